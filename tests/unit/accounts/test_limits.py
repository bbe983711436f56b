"""Attempts are counted alike in memory, SQLite, PostgreSQL and Redis."""

from __future__ import annotations

import secrets
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import limits_processes

from eid.accounts.attempts.limits import (
    CAPACITY,
    LONGEST,
    Admission,
    AttemptKey,
    AttemptLimits,
    Limit,
    MemoryAttemptLimits,
)
from eid.errors import AttemptLimitsFull, AttemptLimitsUnavailable, InputError

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
THREE = Limit(3, 15 * MINUTE, lockout=MINUTE, longest=5 * MINUTE)
ALLOWED = Admission(True)


def where(kind: str, request: pytest.FixtureRequest, folder: Path) -> tuple[str, str, str]:
    """Module, class and address of a store that processes can share."""
    if kind == "redis":
        return "eid.accounts.attempts.redis", "RedisAttemptLimits", request.getfixturevalue("redis_url")
    pytest.importorskip("sqlalchemy", reason="needs the extra sql")
    url = f"sqlite:///{folder}/attempts.db" if kind == "sqlite" else request.getfixturevalue("database")
    return "eid.accounts.attempts.sql", "SqlAttemptLimits", url


def opened(place: tuple[str, str, str]) -> Any:
    from importlib import import_module

    return getattr(import_module(place[0]), place[1]).open(place[2])


@pytest.fixture(params=["memory", "sqlite", "postgresql", "redis"], scope="module")
def limits(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AttemptLimits]:
    if request.param == "memory":
        yield MemoryAttemptLimits()
        return
    with closing(opened(where(request.param, request, tmp_path_factory.mktemp("limits")))) as store:
        yield store


def key(limit: Limit = THREE, *, resets: bool = True) -> AttemptKey:
    """A counter that nobody used before."""
    return AttemptKey(secrets.token_bytes(32), limit, resets)


def admitted(limits: AttemptLimits, *keys: AttemptKey, at: datetime, most: int = 50) -> int:
    """How many attempts at one moment are admitted."""
    return sum(limits.admit(keys, now=at).allowed for _ in range(most))


# --- one counter ---------------------------------------------------------------------------------


def test_as_many_attempts_as_allowed_and_then_a_lockout(limits: AttemptLimits) -> None:
    one = key()
    found = [limits.admit([one], now=NOW + count * SECOND) for count in range(5)]
    assert found == [ALLOWED] * 3 + [Admission(False, 59 * SECOND), Admission(False, 58 * SECOND)]


def test_a_lockout_ends_when_it_was_said_to_end(limits: AttemptLimits) -> None:
    one = key()
    assert admitted(limits, one, at=NOW) == 3
    assert admitted(limits, one, at=NOW + MINUTE - timedelta(milliseconds=1)) == 0
    assert limits.admit([one], now=NOW + MINUTE) == ALLOWED


def test_every_further_lockout_is_twice_as_long_up_to_the_longest(limits: AttemptLimits) -> None:
    one, at, waits = key(), NOW, []
    for _ in range(5):
        assert admitted(limits, one, at=at) == 3
        wait = limits.admit([one], now=at).retry_after
        waits.append(wait)
        at += wait
    assert waits == [MINUTE, 2 * MINUTE, 4 * MINUTE, 5 * MINUTE, 5 * MINUTE]


def test_one_lockout_is_forgotten_each_time_the_longest_one_has_passed(limits: AttemptLimits) -> None:
    almost = timedelta(milliseconds=1)
    for later, expected in (
        (5 * MINUTE - almost, 4 * MINUTE),
        (5 * MINUTE, 2 * MINUTE),
        (10 * MINUTE - almost, 2 * MINUTE),
        (10 * MINUTE, MINUTE),
        (HOUR, MINUTE),
    ):
        one = key()
        admitted(limits, one, at=NOW)
        admitted(limits, one, at=NOW + MINUTE)
        at = NOW + 3 * MINUTE + later
        assert admitted(limits, one, at=at) == 3
        assert limits.admit([one], now=at).retry_after == expected


def test_attempts_that_do_not_lock_forget_no_lockout(limits: AttemptLimits) -> None:
    one = key()
    admitted(limits, one, at=NOW)
    admitted(limits, one, at=NOW + MINUTE)
    at = NOW + 3 * MINUTE
    assert admitted(limits, one, at=at + 4 * MINUTE, most=2) == 2
    assert admitted(limits, one, at=at + 5 * MINUTE) == 1
    assert limits.admit([one], now=at + 5 * MINUTE).retry_after == 2 * MINUTE, "one of two is forgotten"


_pauses = st.sampled_from([SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 16 * MINUTE, 31 * MINUTE])


@settings(max_examples=200, deadline=None)
@given(
    plan=st.lists(st.tuples(st.integers(1, 6), _pauses), min_size=20, max_size=80),
    limit=st.sampled_from(
        [
            THREE,
            Limit(3, 5 * MINUTE, MINUTE, 5 * MINUTE),
            Limit(2, 30 * MINUTE, SECOND, 30 * MINUTE),
            Limit(1, MINUTE, MINUTE, MINUTE),
        ]
    ),
)
def test_no_way_of_waiting_admits_twice_the_attempts_in_each_longest_lockout(
    plan: list[Any], limit: Limit
) -> None:
    limits, one, at, found = MemoryAttemptLimits(), key(limit), NOW, 0
    for attempts, pause in plan:
        answers = [limits.admit([one], now=at) for _ in range(attempts)]
        found += sum(each.allowed for each in answers)
        # Either as long as it is told, or as planned.
        at += max(answers[-1].retry_after, pause if answers[-1].allowed else SECOND)
    times = (at - NOW) / limit.longest + 1
    assert found <= limit.attempts * (limit.most_locks + times) + (limit.attempts - 1) * times


def test_attempts_are_forgotten_with_their_window(limits: AttemptLimits) -> None:
    one = key()
    assert admitted(limits, one, at=NOW, most=2) == 2
    assert limits.admit([one], now=NOW + 15 * MINUTE) == ALLOWED
    assert admitted(limits, one, at=NOW + 15 * MINUTE) == 2, "a new window has begun"
    other = key()
    assert admitted(limits, other, at=NOW, most=2) == 2
    assert admitted(limits, other, at=NOW + 15 * MINUTE - timedelta(milliseconds=1)) == 1


def test_a_single_attempt_may_be_all_there_is(limits: AttemptLimits) -> None:
    one = key(Limit(1, HOUR, HOUR, HOUR))
    assert admitted(limits, one, at=NOW) == 1
    assert limits.admit([one], now=NOW).retry_after == HOUR


def test_a_clock_that_goes_back_opens_nothing(limits: AttemptLimits) -> None:
    one = key()
    assert admitted(limits, one, at=NOW, most=2) == 2
    assert admitted(limits, one, at=NOW - HOUR) == 1
    assert limits.admit([one], now=NOW).retry_after == MINUTE
    assert admitted(limits, one, at=NOW - 30 * HOUR) == 0


def test_many_lockouts_do_not_overflow(limits: AttemptLimits) -> None:
    one, at = key(Limit(1, LONGEST, timedelta(milliseconds=1), LONGEST)), datetime(1970, 1, 2, tzinfo=UTC)
    for count in range(60):
        assert limits.admit([one], now=at) == ALLOWED
        wait = limits.admit([one], now=at).retry_after
        assert wait == min(timedelta(milliseconds=2 ** min(count, 40)), LONGEST)
        at += wait


# --- several counters ----------------------------------------------------------------------------


def test_what_one_counter_refuses_counts_on_none(limits: AttemptLimits) -> None:
    account, source = key(), key(Limit(10, HOUR, MINUTE, MINUTE))
    assert admitted(limits, account, source, at=NOW) == 3
    assert admitted(limits, source, at=NOW) == 7


def test_the_longest_wait_of_all_counters_is_told(limits: AttemptLimits) -> None:
    account, source = key(), key(Limit(3, HOUR, HOUR, HOUR))
    assert admitted(limits, account, source, at=NOW) == 3
    assert limits.admit([account, source], now=NOW).retry_after == HOUR


# --- success -------------------------------------------------------------------------------------


def test_a_success_forgets_the_attempts_before_it(limits: AttemptLimits) -> None:
    one = key()
    for count in range(10):
        at = NOW + count * SECOND
        assert admitted(limits, one, at=at, most=3) == 3, "the last of them locked"
        limits.succeeded([one], at=at)
    assert admitted(limits, one, at=NOW + MINUTE) == 3


def test_a_success_takes_back_only_itself_where_many_share_a_counter(limits: AttemptLimits) -> None:
    source = key(resets=False)
    for count in range(10):
        at = NOW + count * SECOND
        assert limits.admit([source], now=at).allowed
        limits.succeeded([source], at=at)
    assert admitted(limits, source, at=NOW + MINUTE, most=2) == 2
    assert limits.admit([source], now=NOW + MINUTE).allowed, "the third locks"
    limits.succeeded([source], at=NOW + MINUTE)
    assert admitted(limits, source, at=NOW + MINUTE) == 1, "the two before it still count"


def test_a_success_does_not_shorten_the_next_lockout(limits: AttemptLimits) -> None:
    one = key()
    admitted(limits, one, at=NOW)
    again = NOW + MINUTE
    assert limits.admit([one], now=again).allowed
    limits.succeeded([one], at=again)
    assert admitted(limits, one, at=again) == 3
    assert limits.admit([one], now=again).retry_after == 2 * MINUTE


def test_the_lockout_that_a_success_ends_does_not_count(limits: AttemptLimits) -> None:
    one = key()
    assert admitted(limits, one, at=NOW) == 3
    limits.succeeded([one], at=NOW)
    assert admitted(limits, one, at=NOW) == 3
    assert limits.admit([one], now=NOW).retry_after == MINUTE


def test_a_success_of_an_earlier_window_changes_nothing_now(limits: AttemptLimits) -> None:
    one = key()
    assert limits.admit([one], now=NOW).allowed
    later = NOW + 16 * MINUTE
    assert admitted(limits, one, at=later) == 3
    limits.succeeded([one], at=NOW)
    assert admitted(limits, one, at=later) == 0


def test_a_success_without_attempt_gives_none(limits: AttemptLimits) -> None:
    one = key(resets=False)
    for _ in range(5):
        limits.succeeded([one], at=NOW)
    assert admitted(limits, one, at=NOW) == 3


def test_an_officer_ends_a_lockout(limits: AttemptLimits) -> None:
    one, other = key(), key()
    assert admitted(limits, one, at=NOW) == admitted(limits, other, at=NOW) == 3
    limits.release([one])
    assert admitted(limits, one, at=NOW) == 3
    assert limits.admit([one], now=NOW).retry_after == MINUTE, "the first of its lockouts again"
    assert admitted(limits, other, at=NOW) == 0


# --- the stores agree ----------------------------------------------------------------------------

_KEYS = [
    AttemptKey(bytes([number]) * 32, limit, resets)
    for number, (limit, resets) in enumerate([
        (THREE, True),
        (Limit(2, 3 * MINUTE, 2 * MINUTE, 3 * MINUTE), True),
        (Limit(5, 5 * MINUTE, 20 * SECOND, 150 * SECOND), False),
    ])
]  # fmt: skip
_steps = st.tuples(
    st.sampled_from(["admit", "admit", "admit", "admit", "admit", "succeeded", "release"]),
    st.lists(st.sampled_from(_KEYS), min_size=1, max_size=3, unique=True),
    st.integers(-10, 400).map(lambda halves: timedelta(seconds=halves / 2)),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(_steps, min_size=5, max_size=40))
def test_every_store_gives_the_same_answers(limits: AttemptLimits, steps: list[Any]) -> None:
    # Redis drops what has expired by its own clock, so this history is of now.
    reference, start = MemoryAttemptLimits(), datetime.now(UTC).replace(microsecond=0)
    salt = secrets.token_bytes(31)
    mine = {each.key: AttemptKey(salt + each.key[:1], each.limit, each.resets) for each in _KEYS}
    at, last = start, start
    for act, chosen, passing in steps:
        at += passing
        theirs, ours = list(chosen), [mine[each.key] for each in chosen]
        if act == "admit":
            expected, found = reference.admit(theirs, now=at), limits.admit(ours, now=at)
            assert found == expected
            last = at if found.allowed else last
        elif act == "succeeded":
            reference.succeeded(theirs, at=last)
            limits.succeeded(ours, at=last)
        else:
            reference.release(theirs)
            limits.release(ours)


# --- many at once --------------------------------------------------------------------------------


def test_of_ten_thousand_guesses_in_threads_the_allowed_number_gets_through() -> None:
    found = limits_processes.guesses(MemoryAttemptLimits(), secrets.token_bytes(32), 100, 100)
    assert found == {"admitted": 7, "refused": 9993}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "redis"])
@pytest.mark.parametrize("total", [1000, pytest.param(10_000, marks=pytest.mark.soak)])
def test_of_many_guesses_from_processes_the_allowed_number_gets_through(
    kind: str, total: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    place = where(kind, request, tmp_path)
    with closing(opened(place)):  # the tables are there
        pass
    found = limits_processes.outcomes(*place, secrets.token_bytes(32), total)
    assert found["admitted"] == 7
    assert found.total() == total
    # SQLite may give up a place in the queue of writers; what it gives up is not admitted.
    assert found["refused"] + found["ATTEMPT_LIMITS_UNAVAILABLE"] == total - 7
    assert found["refused"] > total / 2


@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgresql", "redis"])
def test_attempts_with_counters_in_common_do_not_wait_for_each_other_in_vain(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    import random
    import threading

    with ExitStack() as stack:
        limits: Any = MemoryAttemptLimits()
        if kind != "memory":
            limits = stack.enter_context(closing(opened(where(kind, request, tmp_path))))
        keys = [key(Limit(100, HOUR, HOUR, HOUR), resets=False) for _ in range(4)]
        failures: list[BaseException] = []

        def attempts(seed: int) -> None:
            chance = random.Random(seed)
            try:
                for _ in range(10):
                    chosen = chance.sample(keys, 3)
                    assert limits.admit(chosen, now=NOW).allowed
                    limits.succeeded(chosen, at=NOW)
                    assert limits.admit(chosen, now=NOW).allowed
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=attempts, args=(seed,)) for seed in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        # 5 threads made 10 attempts each that stay, on 3 of 4 counters.
        counted = [100 - admitted(limits, each, at=NOW, most=100) for each in keys]
        assert sum(counted) == 5 * 10 * 3


# --- when nobody knows ---------------------------------------------------------------------------


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_memory_without_room_refuses_and_forgets_nothing() -> None:
    limits = MemoryAttemptLimits(capacity=2)
    one = key()
    assert limits.admit([one, key()], now=NOW).allowed
    with pytest.raises(AttemptLimitsFull):
        limits.admit([key()], now=NOW)
    assert admitted(limits, one, at=NOW) == 2, "the counters it has still count"
    assert len(limits) == 2
    assert limits.admit([key()], now=NOW + HOUR).allowed, "by then the others are no longer needed"


def test_a_memory_keeps_only_what_is_needed() -> None:
    limits = MemoryAttemptLimits()
    for count in range(10):
        one = key()
        limits.admit([one], now=NOW)
        if count % 2:
            limits.succeeded([one], at=NOW)
    assert len(limits) == 5
    locked = key()
    admitted(limits, locked, at=NOW)
    limits.admit([key()], now=NOW + 20 * MINUTE)
    assert len(limits) == 1, "also a lockout is forgotten, when it can change nothing"
    assert bool(MemoryAttemptLimits())
    assert repr(limits) == f"<MemoryAttemptLimits 1 of {CAPACITY}>"


def test_postgresql_where_nobody_listens_admits_nothing(unused_port: int) -> None:
    pytest.importorskip("psycopg", reason="needs the extra sql")
    from eid.accounts.attempts.sql import SqlAttemptLimits

    with pytest.raises(AttemptLimitsUnavailable) as caught:
        SqlAttemptLimits.open(f"postgresql://secret-user:secret-word@127.0.0.1:{unused_port}/x")
    assert "secret" not in str(caught.value)


def _every_method(limits: Any) -> list[Callable[[], object]]:
    keys = [key(), key()]
    return [
        lambda: limits.admit(keys, now=NOW),
        lambda: limits.succeeded(keys, at=NOW),
        lambda: limits.release(keys),
    ]


def test_a_table_that_went_away_admits_nothing(tmp_path: Path) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy", reason="needs the extra sql")
    from eid.accounts.attempts.sql import SqlAttemptLimits

    with closing(SqlAttemptLimits.open(f"sqlite:///{tmp_path}/attempts.db")) as limits:
        with limits._database.engine.begin() as connection:
            connection.execute(sqlalchemy.text("DROP TABLE eid_account_attempts"))
        for call in _every_method(limits):
            with pytest.raises(AttemptLimitsUnavailable):
                call()


def test_redis_where_nobody_listens_admits_nothing(unused_port: int) -> None:
    pytest.importorskip("redis", reason="needs the extra redis")
    from eid.accounts.attempts.redis import RedisAttemptLimits

    address = f"redis://secret-user:secret-word@127.0.0.1:{unused_port}/0"
    with closing(RedisAttemptLimits.open(address)) as limits:
        for call in _every_method(limits):
            with pytest.raises(AttemptLimitsUnavailable) as caught:
                call()
            assert "secret" not in str(caught.value)


def test_a_redis_that_stops_answering_admits_nothing_until_it_answers(
    own_redis: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from eid.accounts.attempts.redis import RedisAttemptLimits
    from eid.tokens import redis_server

    monkeypatch.setattr(redis_server, "TIMEOUT", 0.5)
    with closing(RedisAttemptLimits.open(own_redis[0])) as limits:
        one = key()
        assert limits.admit([one], now=NOW).allowed
        own_redis[1].send_signal(signal.SIGSTOP)
        try:
            for call in _every_method(limits):
                with pytest.raises(AttemptLimitsUnavailable):
                    call()
        finally:
            own_redis[1].send_signal(signal.SIGCONT)
        assert limits.admit([one], now=NOW).allowed


def test_a_redis_that_forgets_when_memory_runs_out_is_not_relied_on(own_redis: tuple[str, Any]) -> None:
    import redis

    from eid.accounts.attempts.redis import RedisAttemptLimits

    with closing(redis.Redis.from_url(own_redis[0])) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    with (
        closing(RedisAttemptLimits.open(own_redis[0])) as limits,
        pytest.raises(AttemptLimitsUnavailable, match="noeviction"),
    ):
        limits.admit([key()], now=NOW)


def test_a_redis_out_of_memory_admits_nothing_and_forgets_nothing(own_redis: tuple[str, Any]) -> None:
    from eid.accounts.attempts.redis import RedisAttemptLimits

    with closing(RedisAttemptLimits.open(own_redis[0])) as limits:
        first = key()
        assert admitted(limits, first, at=NOW) == 3

        def until_full() -> None:
            for _ in range(100_000):
                assert limits.admit([key(), key()], now=NOW).allowed

        with pytest.raises(AttemptLimitsFull):
            until_full()
        assert limits._client.exists(b"eid:attempts:" + first.key), "the first is not forgotten"


# --- what is kept --------------------------------------------------------------------------------


def test_old_counters_go_and_no_sooner_than_they_may(tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy", reason="needs the extra sql")
    from eid.accounts.attempts.sql import SqlAttemptLimits

    with closing(SqlAttemptLimits.open(f"sqlite:///{tmp_path}/attempts.db")) as limits:

        def kept() -> int:
            with limits._database.engine.connect() as connection:
                return len(connection.execute(limits._table.select()).all())

        one = key()
        limits.admit([one], now=NOW)
        limits.admit([key()], now=NOW + 20 * MINUTE - SECOND)
        assert kept() == 2
        limits.admit([key()], now=NOW + 22 * MINUTE)
        assert kept() == 2, "of the first the window is over"
        limits.succeeded([one], at=NOW)
        limits.release([key()])
        assert kept() == 2


def test_counters_of_an_attack_go_faster_than_they_came(tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy", reason="needs the extra sql")
    from eid.accounts.attempts.sql import SqlAttemptLimits

    with closing(SqlAttemptLimits.open(f"sqlite:///{tmp_path}/attempts.db")) as limits:
        old = {"count": 1, "opened": 1, "locks": 0, "locked": 0, "kept_until": 2}
        with limits._database.transaction() as connection:
            rows = [{"key": number.to_bytes(32), **old} for number in range(25_000)]
            connection.execute(limits._table.insert(), rows)
        for _ in range(3):
            limits.admit([key()], now=NOW)
        with limits._database.engine.connect() as connection:
            assert len(connection.execute(limits._table.select()).all()) == 3


def test_a_time_without_zone_is_refused_by_every_store(limits: AttemptLimits) -> None:
    one, naive = key(), NOW.replace(tzinfo=None)
    with pytest.raises(InputError):
        limits.admit([one], now=naive)
    with pytest.raises(InputError):
        limits.succeeded([one], at=naive)
    assert admitted(limits, one, at=NOW) == 3


def test_a_counter_in_redis_goes_by_itself(redis_url: str) -> None:
    from eid.accounts.attempts.redis import PREFIX, RedisAttemptLimits

    with closing(RedisAttemptLimits.open(redis_url)) as limits:
        one, two = key(), key()
        limits.admit([one], now=NOW)
        admitted(limits, two, at=NOW)
        lives = [limits._client.pttl(PREFIX + each.key) / 1000 for each in (one, two)]
        assert lives == pytest.approx([1200, 1200], abs=60)
        limits.succeeded([one], at=NOW)
        assert not limits._client.exists(PREFIX + one.key)


def test_a_key_that_does_not_fit_is_refused(limits: AttemptLimits) -> None:
    with pytest.raises(InputError):
        AttemptKey(b"short", THREE)
    one = key()
    for keys in ([], [one, one], [key() for _ in range(9)]):
        with pytest.raises(InputError):
            limits.admit(keys, now=NOW)


@pytest.mark.parametrize(
    "arguments",
    [
        (0, MINUTE, MINUTE, MINUTE),
        (-1, MINUTE, MINUTE, MINUTE),
        (1_000_001, MINUTE, MINUTE, MINUTE),
        (1, timedelta(0), MINUTE, MINUTE),
        (1, MINUTE, -MINUTE, MINUTE),
        (1, MINUTE, MINUTE, LONGEST + SECOND),
        (1, HOUR, HOUR, MINUTE),
        (1, MINUTE, SECOND, HOUR),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(arguments: Any) -> None:
    with pytest.raises(InputError):
        Limit(*arguments)


def test_no_address_and_no_key_shows(limits: AttemptLimits) -> None:
    assert "127.0.0.1" not in repr(limits)
    one = key()
    assert one.key.hex() not in repr(one)
    assert repr(one.key) not in repr(one)


@pytest.mark.parametrize("url", ["", "nonsense", "http://127.0.0.1", "redis://127.0.0.1:port/0"])
def test_addresses_that_cannot_work_are_refused(url: str) -> None:
    pytest.importorskip("redis", reason="needs the extra redis")
    from eid.accounts.attempts.redis import RedisAttemptLimits

    with pytest.raises(InputError):
        RedisAttemptLimits.open(url)
