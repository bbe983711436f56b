"""Used tokens in a real Redis."""

from __future__ import annotations

import secrets
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import replay_processes

from eid.errors import InputError, ReplayStoreFull, ReplayStoreUnavailable
from eid.tokens import redis_server
from eid.tokens.replay import KEPT_LONGER, replay_key
from eid.tokens.replay.redis import PREFIX, RedisReplayStore

redis = pytest.importorskip("redis", reason="needs the extra redis")

NOW = datetime.now(UTC)
SOON = NOW + timedelta(minutes=5)


@pytest.fixture(scope="module")
def url(redis_url: str) -> str:
    return redis_url


@pytest.fixture
def store(url: str) -> Iterator[RedisReplayStore]:
    with closing(RedisReplayStore.open(url)) as opened:
        yield opened


def test_the_first_use_is_the_only_one(store: RedisReplayStore, url: str) -> None:
    name = secrets.token_hex()
    assert [store.use("i", name, expires_at=SOON, now=NOW) for _ in range(3)] == [True, False, False]
    assert store.use("j", name, expires_at=SOON, now=NOW)
    with closing(RedisReplayStore.open(url)) as another:
        assert not another.use("i", name, expires_at=SOON, now=NOW)


def test_of_four_processes_with_fifty_threads_one_thread_is_first(url: str) -> None:
    found = replay_processes.outcomes_of_one_token("eid.tokens.replay.redis", "RedisReplayStore", url)
    assert found == {"accepted": 1, "replayed": 199}


def test_an_entry_outlives_its_token_and_then_goes_by_itself(store: RedisReplayStore) -> None:
    name = secrets.token_hex()
    store.use("https://issuer.example", name, expires_at=SOON, now=NOW)
    key = PREFIX + replay_key("https://issuer.example", name)
    seconds = store._client.pttl(key) / 1000
    assert seconds == pytest.approx((timedelta(minutes=5) + KEPT_LONGER).total_seconds(), abs=30)
    assert store._client.get(key) == b""


def test_a_server_out_of_memory_refuses_and_forgets_nothing(own_redis: tuple[str, Any]) -> None:
    with closing(RedisReplayStore.open(own_redis[0])) as store:
        used: list[str] = []

        def use_until_full() -> None:
            for _ in range(100_000):
                name = secrets.token_hex()
                assert store.use("i", name, expires_at=SOON, now=NOW)
                used.append(name)

        with pytest.raises(ReplayStoreFull):
            use_until_full()
        assert len(used) > 10
        assert store._client.exists(PREFIX + replay_key("i", used[0])), "the first is not forgotten"


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl", "volatile-random"])
def test_a_server_that_forgets_when_memory_runs_out_is_not_relied_on(
    own_redis: tuple[str, Any], policy: str
) -> None:
    with closing(redis.Redis.from_url(own_redis[0])) as client:
        client.config_set("maxmemory-policy", policy)
    store = RedisReplayStore.open(own_redis[0])
    with closing(store), pytest.raises(ReplayStoreUnavailable, match="noeviction"):
        store.use("i", "a", expires_at=SOON, now=NOW)


def test_a_server_that_stops_answering_is_given_up_and_used_again_later(
    own_redis: tuple[str, Any], monkeypatch: Any
) -> None:
    monkeypatch.setattr(redis_server, "TIMEOUT", 0.5)
    with closing(RedisReplayStore.open(own_redis[0])) as store:
        assert store.use("i", "a", expires_at=SOON, now=NOW)
        own_redis[1].send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(ReplayStoreUnavailable):
                store.use("i", "b", expires_at=SOON, now=NOW)
        finally:
            own_redis[1].send_signal(signal.SIGCONT)
        assert store.use("i", "c", expires_at=SOON, now=NOW)


def test_nobody_listens() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"redis://secret-user:secret-word@127.0.0.1:{listener.getsockname()[1]}/0"
        store = RedisReplayStore.open(address)
        with closing(store), pytest.raises(ReplayStoreUnavailable) as caught:
            store.use("i", "a", expires_at=SOON, now=NOW)
    assert "secret" not in str(caught.value)


def test_a_wrong_password_is_an_answer_with_a_code(url: str) -> None:
    store = RedisReplayStore.open(url.replace("127", "nobody:wrong@127"))
    with closing(store), pytest.raises(ReplayStoreUnavailable):
        store.use("i", "a", expires_at=SOON, now=NOW)


@pytest.mark.parametrize("url", ["", "nonsense", "http://127.0.0.1", "redis://127.0.0.1:port/0"])
def test_addresses_that_cannot_work_are_refused(url: str) -> None:
    with pytest.raises(InputError):
        RedisReplayStore.open(url)


def test_no_address_shows(store: RedisReplayStore) -> None:
    assert repr(store) == "<RedisReplayStore>"
