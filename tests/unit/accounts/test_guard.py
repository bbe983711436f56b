"""Around a verification: counted first, and refused alike."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eid.accounts.attempts.guard import MAX_SOURCE, AttemptPolicy, Guard, network_of
from eid.accounts.attempts.limits import Admission, AttemptKey, Limit, MemoryAttemptLimits
from eid.accounts.model import Account, AccountState, HolderKind, Lock
from eid.accounts.stores.store import MAX_SUBJECT
from eid.errors import AttemptLimitsUnavailable, AttemptRefused, InputError, TooManyAttempts

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
SECRET = bytes(range(32))
NUMBER, OLD_NUMBER, LOCKED_NUMBER, NOBODY = "001099012349", "012345678", "001099054321", "001099099999"
ACTIVE = Account("a-1", HolderKind.CITIZEN, 2, NOW - DAY, notified_at=NOW - DAY, activated_at=NOW - DAY)
LOCKED = replace(ACTIVE, id="a-2", locks=(Lock("holder_request", "holder", NOW),))
HERE, THERE = "192.0.2.1", "198.51.100.7"
QUICK = AttemptPolicy(answer_time=timedelta(0))


class People:
    """Three identifiers of two accounts; counts the questions."""

    def __init__(self) -> None:
        self.accounts = {NUMBER: ACTIVE, OLD_NUMBER: ACTIVE, LOCKED_NUMBER: LOCKED}
        self.asked = 0

    def by_subject(self, subject: str) -> Account | None:
        self.asked += 1
        return self.accounts.get(subject)


class Check:
    """A secret, typed in right or wrong; keeps what it was asked about."""

    def __init__(self, outcome: object) -> None:
        self.outcome = outcome
        self.asked: list[Account | None] = []

    def __call__(self, account: Account | None) -> Any:
        self.asked.append(account)
        return self.outcome


def made(policy: AttemptPolicy = QUICK, **changes: Any) -> Guard:
    """A guard over nothing that was counted yet."""
    parts = {"limits": MemoryAttemptLimits(), "store": People(), "secret": SECRET, **changes}
    return Guard(parts.pop("limits"), policy=policy, **parts)


def outcome(guard: Guard, subject: str = NUMBER, *, right: bool = False, **how: Any) -> str:
    """``passed``, ``refused`` or ``too many``."""
    arguments: dict[str, Any] = {"source": HERE, "now": NOW, "verify": Check(right), **how}
    try:
        guard.attempt(subject, **arguments)
    except TooManyAttempts:
        return "too many"
    except AttemptRefused:
        return "refused"
    return "passed"


def outcomes(guard: Guard, count: int, **how: Any) -> list[str]:
    return [outcome(guard, **how) for _ in range(count)]


def from_anywhere(number: int) -> str:
    """One of many sources."""
    return f"203.0.113.{number}"


# --- counting ------------------------------------------------------------------------------------


def test_who_knows_the_secret_passes() -> None:
    check = Check(True)
    assert made().attempt(f" {NUMBER}\n", source=HERE, verify=check, now=NOW).account is ACTIVE
    assert check.asked == [ACTIVE]


def test_five_wrong_attempts_from_one_place_and_then_a_pause() -> None:
    guard = made()
    assert outcomes(guard, 7) == ["refused"] * 5 + ["too many"] * 2
    assert outcome(guard, right=True) == "too many", "also for who knows the secret"
    assert outcome(guard, right=True, now=NOW + HOUR) == "passed"


def test_the_wait_is_told() -> None:
    guard = made()
    outcomes(guard, 5)
    with pytest.raises(TooManyAttempts) as caught:
        guard.attempt(NUMBER, source=HERE, verify=Check(False), now=NOW + MINUTE)
    assert caught.value.retry_after == 59 * MINUTE


def test_nothing_is_verified_or_looked_up_when_there_were_too_many() -> None:
    people, check = People(), Check(True)
    guard = made(store=people)
    outcomes(guard, 5)
    asked = people.asked
    assert outcome(guard, verify=check) == "too many"
    assert check.asked == []
    assert people.asked == asked


def test_of_ten_thousand_parallel_guesses_the_allowed_number_is_verified() -> None:
    guard, check, found = made(), Check(False), []
    go = threading.Barrier(100)

    def guess(number: int) -> None:
        go.wait()
        for each in range(100):
            source = from_anywhere((number * 100 + each) % 250)
            found.append(outcome(guard, source=source, verify=check))

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(check.asked) == found.count("refused") == 30
    assert found.count("too many") == 9970


def test_all_identifiers_of_an_account_share_its_attempts() -> None:
    guard, check = made(), Check(False)
    for number in range(100):
        for subject in (NUMBER, OLD_NUMBER):
            outcome(guard, subject, source=from_anywhere(number), verify=check)
    assert check.asked.count(ACTIVE) == 30


def test_that_two_identifiers_lead_to_one_account_is_not_told() -> None:
    def seen(first: str, second: str) -> list[str]:
        guard = made()
        for number in range(35):
            outcome(guard, first, source=from_anywhere(number))
        return [outcome(guard, second, source=from_anywhere(100 + number)) for number in range(35)]

    assert seen(NUMBER, OLD_NUMBER) == seen(NUMBER, NOBODY) == seen(NOBODY, NUMBER)


def test_the_right_secret_does_not_pass_when_an_account_has_no_attempts_left() -> None:
    guard, check = made(), Check(True)
    for number in range(35):
        outcome(guard, OLD_NUMBER, source=from_anywhere(number))
    assert outcome(guard, NUMBER, verify=check, source=THERE) == "refused"
    assert check.asked == [None], "it was not verified, and the same work was done"


def test_a_success_forgets_what_was_mistyped_before_it() -> None:
    guard = made()
    for _ in range(4):
        assert outcomes(guard, 4) == ["refused"] * 4
        assert outcome(guard, right=True) == "passed"


def test_those_who_guess_gain_nothing_when_the_holder_signs_in() -> None:
    guard, check = made(), Check(False)
    for number in range(60):
        outcome(guard, source=from_anywhere(number), verify=check)
        outcome(guard, right=True, source=THERE)
    assert len(check.asked) == 30


def test_successes_do_not_use_up_a_source_that_many_share() -> None:
    guard = made()
    assert outcomes(guard, 150, right=True) == ["passed"] * 150


def test_an_account_of_ones_own_does_not_clear_the_source() -> None:
    guard, verified = made(), 0
    for number in range(200):
        verified += outcome(guard, str(number)) == "refused"
        outcome(guard, NUMBER, right=True)
    assert verified == 100


def test_an_attempt_whose_verification_breaks_is_counted() -> None:
    def breaks(account: Account | None) -> bool:
        raise RuntimeError("the hardware module is gone")

    guard = made()
    for _ in range(5):
        with pytest.raises(RuntimeError):
            guard.attempt(NUMBER, source=HERE, verify=breaks, now=NOW)
    assert outcome(guard, right=True) == "too many"


@pytest.mark.parametrize("almost", [1, "yes", b"\1", object()])
def test_only_true_passes(almost: object) -> None:
    assert outcome(made(), verify=Check(almost)) == "refused"


# --- refused alike -------------------------------------------------------------------------------


class Recorded:
    """Limits that keep what they were asked, keys aside."""

    def __init__(self) -> None:
        self.limits, self.calls = MemoryAttemptLimits(), []  # type: ignore[var-annotated]

    def admit(self, keys: Any, *, now: datetime) -> Admission:
        self.calls.append([(each.limit, each.resets) for each in keys])
        return self.limits.admit(keys, now=now)

    def succeeded(self, keys: Any, *, at: datetime) -> None:
        self.calls.append("succeeded")

    def release(self, keys: Any) -> None:
        raise AssertionError


@pytest.mark.parametrize(
    ("subject", "right", "verified"),
    [
        (NUMBER, False, ACTIVE),
        (LOCKED_NUMBER, False, LOCKED),
        (LOCKED_NUMBER, True, LOCKED),
        (NOBODY, False, None),
        (NOBODY, True, None),
    ],
)
def test_unknown_locked_and_wrong_are_one_answer_after_the_same_work(
    subject: str, right: bool, verified: Account | None
) -> None:
    limits, people, check = Recorded(), People(), Check(right)
    guard = made(limits=limits, store=people)
    with pytest.raises(AttemptRefused) as caught:
        guard.attempt(subject, source=HERE, verify=check, now=NOW)
    assert type(caught.value) is AttemptRefused
    assert str(caught.value) == str(AttemptRefused())
    assert (people.asked, check.asked) == (1, [verified])
    assert limits.calls == [
        [(QUICK.source, False), (QUICK.pair, True), (QUICK.account, False)],
        [(QUICK.account, False)],
    ]


@pytest.mark.parametrize("subject", [NUMBER, LOCKED_NUMBER, NOBODY])
def test_unknown_and_locked_accounts_run_out_of_attempts_like_others(subject: str) -> None:
    guard = made()
    assert outcomes(guard, 6, subject=subject) == ["refused"] * 5 + ["too many"]
    many = [outcome(guard, subject, source=from_anywhere(number)) for number in range(30)]
    assert many == ["refused"] * 25 + ["too many"] * 5


def test_an_answer_comes_at_the_same_time_however_long_the_work_took() -> None:
    for took in (0.0, 0.01, 0.499, 0.5, 0.7, 1.3):
        clock = [1000.0]

        def verify(account: Account | None, clock: list[float] = clock, took: float = took) -> bool:
            clock[0] += took
            return False

        def sleep(seconds: float, clock: list[float] = clock) -> None:
            clock[0] += seconds

        guard = made(AttemptPolicy(), monotonic=lambda clock=clock: clock[0], sleep=sleep)
        assert outcome(guard, verify=verify) == "refused"
        steps = (clock[0] - 1000) / 0.5
        assert steps == pytest.approx(took // 0.5 + 1)


def test_who_passes_or_comes_too_often_does_not_wait() -> None:
    def sleep(seconds: float) -> None:
        raise AssertionError("waits")

    guard = made(AttemptPolicy(pair=Limit(1, HOUR, HOUR, HOUR)), sleep=sleep)
    assert outcomes(guard, 3, right=True) == ["passed"] * 3
    guard.release(NUMBER)
    limits = MemoryAttemptLimits()
    outcome(made(replace(QUICK, pair=Limit(1, HOUR, HOUR, HOUR)), limits=limits))
    guard = made(AttemptPolicy(pair=Limit(1, HOUR, HOUR, HOUR)), limits=limits, sleep=sleep)
    assert outcome(guard) == "too many"


def test_a_recovery_may_say_that_it_is_about_locked_accounts() -> None:
    guard = made()
    wanted = frozenset({AccountState.LOCKED})
    assert outcome(guard, LOCKED_NUMBER, right=True, states=wanted) == "passed"
    assert outcome(guard, NUMBER, right=True, states=wanted) == "refused"


# --- the honest citizen --------------------------------------------------------------------------


def locked_by_others(guard: Guard, at: datetime = NOW) -> None:
    """What somebody with many addresses can do."""
    for number in range(40):
        outcome(guard, source=from_anywhere(number), now=at)


@pytest.mark.parametrize("each_time", [1, 4, 6])
@pytest.mark.parametrize("pause", [15 * MINUTE, HOUR, 6 * HOUR, DAY])
def test_one_source_alone_locks_an_account_for_nobody_else(each_time: int, pause: timedelta) -> None:
    guard, at = made(), NOW
    while at < NOW + 5 * DAY:
        outcomes(guard, each_time, now=at)
        at += pause
        assert outcome(guard, right=True, source=THERE, now=at) == "passed"


def guesses_of(sources: int, days: int) -> int:
    """How many guesses are verified when the next is made as soon as it is admitted."""
    guard, check, at = made(), Check(False), NOW
    while at < NOW + days * DAY:
        waits = []
        for number in range(sources):
            try:
                guard.attempt(NUMBER, source=from_anywhere(number), verify=check, now=at)
            except TooManyAttempts as error:
                waits.append(error.retry_after)
            except AttemptRefused:
                pass
        at += min(waits) if len(waits) == sources else timedelta(0)
    return check.asked.count(ACTIVE)


def test_the_guide_says_how_many_guesses_there_are() -> None:
    assert (guesses_of(1, 1), guesses_of(1, 11)) == (25, 25 + 10 * 5)
    assert (guesses_of(100, 1), guesses_of(100, 11)) == (270, 270 + 10 * 30)


def device_of(guard: Guard, subject: str = NUMBER, now: datetime = NOW) -> str:
    return guard.attempt(subject, source=THERE, verify=Check(True), now=now).device


def test_a_known_device_gets_in_while_others_keep_the_account_locked() -> None:
    guard = made()
    device = device_of(guard)
    locked_by_others(guard)
    assert outcome(guard, right=True, source="192.0.2.200") == "too many", "from an unknown device"
    assert outcome(guard, right=True, source="192.0.2.200", device=device) == "passed"


def test_a_known_device_has_few_attempts_too() -> None:
    guard = made()
    device = device_of(guard)
    found = [outcome(guard, source=from_anywhere(number), device=device) for number in range(7)]
    assert found == ["refused"] * 5 + ["too many"] * 2
    assert outcome(guard, right=True, source=THERE) == "passed", "the account itself is not locked"


def test_many_known_devices_are_no_way_around_the_limit_of_an_account() -> None:
    """Whoever knew the secret until it was changed could have made any number of them."""
    guard, check = made(), Check(False)
    devices = [device_of(guard, subject) for subject in (NUMBER, OLD_NUMBER) for _ in range(50)]
    for device, subject in zip(devices, [NUMBER] * 50 + [OLD_NUMBER] * 50, strict=True):
        for _ in range(5):
            outcome(guard, subject, device=device, verify=check)
    assert check.asked.count(ACTIVE) == 30
    assert outcome(guard, right=True, device=devices[0], now=NOW + 15 * MINUTE) == "passed"
    assert outcome(guard, right=True, source=THERE) == "passed", "from elsewhere at any time"


def test_who_mistypes_every_day_gets_in_on_a_known_device_as_long_as_it_lives() -> None:
    guard = made()
    device = device_of(guard)
    for day in range(90):
        now = NOW + day * DAY
        for _ in range(5):
            assert outcomes(guard, 4, device=device, now=now) == ["refused"] * 4
            assert outcome(guard, right=True, device=device, now=now) == "passed"


def test_a_known_device_does_not_open_a_locked_account() -> None:
    people = People()
    guard = made(store=people)
    device = device_of(guard)
    people.accounts[NUMBER] = LOCKED
    assert outcome(guard, right=True, device=device) == "refused"


def altered(text: str) -> Iterator[str]:
    for place in range(len(text)):
        yield text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def test_a_device_that_is_not_known_gains_nothing() -> None:
    guard = made()
    device = device_of(guard)
    others = made(secret=secrets.token_bytes(32))
    forged = [*altered(device), "", "x", "é" * 75, device + "A", device[:-1], "A" * 75, device_of(others)]
    locked_by_others(guard)
    for each in forged:
        assert outcome(guard, right=True, source="192.0.2.200", device=each) == "too many"


def test_a_device_is_known_for_one_account_only() -> None:
    people = People()
    people.accounts["033099000001"] = replace(ACTIVE, id="a-3")
    guard = made(store=people)
    mine = device_of(guard, "033099000001")
    locked_by_others(guard)
    assert outcome(guard, right=True, source="192.0.2.200", device=mine) == "too many"


def test_a_device_is_known_for_so_long() -> None:
    guard = made()
    device = device_of(guard)
    end = NOW + 90 * DAY
    locked_by_others(guard, end)
    assert outcome(guard, right=True, source="192.0.2.200", device=device, now=end - SECOND) == "passed"
    assert outcome(guard, right=True, source="192.0.2.200", device=device, now=end) == "too many"
    long_before = NOW - HOUR
    locked_by_others(guard, long_before)
    assert outcome(guard, right=True, source="192.0.2.200", device=device, now=long_before) == "too many"


def test_a_device_keeps_its_text_until_half_of_its_life() -> None:
    guard = made()
    device = device_of(guard)

    def next_text(now: datetime) -> str:
        return guard.attempt(NUMBER, source=HERE, verify=Check(True), now=now, device=device).device

    assert next_text(NOW + 45 * DAY - SECOND) == device
    newer = next_text(NOW + 45 * DAY)
    assert newer != device
    end = NOW + 90 * DAY
    locked_by_others(guard, end)
    assert outcome(guard, right=True, source="192.0.2.200", device=newer, now=end) == "passed"


def test_an_officer_ends_what_others_did_to_an_account() -> None:
    guard = made()
    locked_by_others(guard)
    assert outcomes(guard, 6, source=THERE) == ["too many"] * 6
    guard.release(NUMBER)
    assert outcomes(guard, 6, source=THERE) == ["refused"] * 5 + ["too many"]
    guard.release(NUMBER, source=THERE)
    assert outcome(guard, right=True, source=THERE) == "passed"


def test_an_officer_ends_it_for_every_identifier_of_the_account() -> None:
    people = People()
    subjects = (*(f"{number:09d}" for number in range(10)), OLD_NUMBER, NUMBER)
    people.accounts = dict.fromkeys(subjects, replace(ACTIVE, subjects=subjects))
    guard = made(store=people)
    devices = [device_of(guard, subject) for subject in subjects]
    for subject, device in zip(subjects, devices, strict=True):
        guard.release(NUMBER)
        outcomes(guard, 6, subject=subject, source=THERE)
        for number in range(40):
            outcome(guard, subject, source=from_anywhere(number))
        outcomes(guard, 4, subject=subject, device=device)
    guard.release(NUMBER, source=THERE)
    for subject, device in zip(subjects, devices, strict=True):
        assert outcome(guard, subject, right=True, source=THERE) == "passed"
        assert outcome(guard, subject, right=True, device=device) == "passed"


# --- when nobody knows ---------------------------------------------------------------------------


class Unavailable(MemoryAttemptLimits):
    """Goes away after so many questions."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        self.answers = answers

    def _answer(self) -> None:
        self.answers -= 1
        if self.answers < 0:
            raise AttemptLimitsUnavailable

    def admit(self, keys: Any, *, now: datetime) -> Admission:
        self._answer()
        return super().admit(keys, now=now)

    def succeeded(self, keys: Any, *, at: datetime) -> None:
        self._answer()
        super().succeeded(keys, at=at)


@pytest.mark.parametrize("answers", [0, 1])
@pytest.mark.parametrize("subject", [NUMBER, NOBODY])
def test_nothing_is_verified_when_attempts_cannot_be_counted(answers: int, subject: str) -> None:
    check = Check(True)
    with pytest.raises(AttemptLimitsUnavailable):
        made(limits=Unavailable(answers)).attempt(subject, source=HERE, verify=check, now=NOW)
    assert check.asked == []


def test_who_was_counted_and_knew_the_secret_passes_though_the_count_stays() -> None:
    limits = Unavailable(2)
    assert outcome(made(limits=limits), right=True) == "passed"
    limits.answers = 100
    assert outcomes(made(limits=limits), 5) == ["refused"] * 4 + ["too many"]


# --- with real stores ----------------------------------------------------------------------------


def test_over_a_database_nothing_readable_is_kept(tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy", reason="needs the extra sql")
    from eid.accounts.attempts.sql import SqlAttemptLimits
    from eid.accounts.stores.sql import SqlAccountStore
    from eid.accounts.stores.vault import Vault

    vault = Vault.generate()
    with closing(SqlAccountStore.open(f"sqlite:///{tmp_path}/accounts.db", vault=vault)) as store:
        limits = SqlAttemptLimits(store.database)
        guard = Guard(limits, policy=QUICK, store=store, secret=vault.secret("attempts"))
        assert outcomes(guard, 6, right=True) == ["refused"] * 5 + ["too many"], "nobody is registered"
        kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"eid_account_attempts" in kept
    assert NUMBER.encode() not in kept
    assert HERE.encode() not in kept


# --- sources, and what cannot be meant -----------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/56"),
        ("2001:db8:1:ff::", "2001:db8:1::/56"),
        ("2001:db8:1:100::", "2001:db8:1:100::/56"),
        ("2001:0db8:0001:0102:ffff:ffff:ffff:ffff", "2001:db8:1:100::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        # A network without IPv4: else everybody who comes from there would be one source.
        ("64:ff9b::192.0.2.1", "192.0.2.1"),
        ("64:ff9b::ffff:ffff", "255.255.255.255"),
        ("64:ff9b::1:0:0", "64:ff9b::/56"),
        ("64:ff9b:1::192.0.2.1", "64:ff9b:1::/56"),
    ],
)
def test_the_source_of_an_address(address: str, expected: str) -> None:
    assert network_of(address) == expected


@pytest.mark.parametrize("address", ["", "localhost", "192.0.2.1, 198.51.100.7", "192.0.2.256", "1", "::1::"])
def test_what_is_no_address_is_no_source(address: str) -> None:
    with pytest.raises(InputError):
        network_of(address)


@pytest.mark.parametrize(
    "how",
    [
        {"subject": ""}, {"subject": " \n"}, {"subject": "1" * (MAX_SUBJECT + 1)},
        {"source": ""}, {"source": "x" * (MAX_SOURCE + 1)}, {"now": NOW.replace(tzinfo=None)},
        {"now": NOW.replace(tzinfo=None), "device": device_of(made())},
    ],
)  # fmt: skip
def test_an_identifier_or_source_that_cannot_be_one_is_refused(how: dict[str, str]) -> None:
    with pytest.raises(InputError):
        outcome(made(), **how)


def test_parts_of_a_key_do_not_run_together() -> None:
    guard = made()
    keys = [
        guard._pair_key("12", "3"), guard._pair_key("1", "23"), guard._pair_key("1 2", "3"),
        guard._subject_key("123"), guard._account_key(ACTIVE, NUMBER), guard._account_key(None, "a-1"),
        guard._subject_key("\ud800"),
    ]  # fmt: skip
    assert len({each.key for each in keys}) == len(keys)
    assert all(isinstance(each, AttemptKey) for each in keys)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: AttemptPolicy(answer_time=-SECOND),
        lambda: AttemptPolicy(answer_time=MINUTE + SECOND),
        lambda: AttemptPolicy(device_lifetime=SECOND),
        lambda: made(secret=bytes(31)),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(InputError):
        wrong()


def test_neither_secret_nor_device_shows() -> None:
    guard = made()
    passed = guard.attempt(NUMBER, source=HERE, verify=Check(True), now=NOW)
    assert passed.device not in repr(passed)
    assert repr(guard) == "<Guard>"
