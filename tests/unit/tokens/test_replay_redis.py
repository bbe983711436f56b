"""Used tokens in a real Redis."""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
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
SHARED = "redis://127.0.0.1:6379/0"


@pytest.fixture(scope="module")
def url() -> str:
    with closing(redis.Redis.from_url(SHARED, socket_timeout=3)) as client:
        try:
            client.ping()
        except redis.RedisError:
            pytest.skip("no Redis on 127.0.0.1:6379")
    return SHARED


@pytest.fixture
def store(url: str) -> Iterator[RedisReplayStore]:
    with closing(RedisReplayStore.open(url)) as opened:
        yield opened


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server of the test's own, with little memory."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    path = tmp_path / "redis.sock"
    arguments = ["--port", "0", "--unixsocket", str(path), "--save", "", "--maxmemory", "1500kb"]
    with subprocess.Popen([program, *arguments], cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(100):
                if path.exists():
                    break
                time.sleep(0.05)
            yield f"unix://{path}", process
        finally:
            process.kill()


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


def test_a_server_out_of_memory_refuses_and_forgets_nothing(server: tuple[str, Any]) -> None:
    with closing(RedisReplayStore.open(server[0])) as store:
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
    server: tuple[str, Any], policy: str
) -> None:
    with closing(redis.Redis.from_url(server[0])) as client:
        client.config_set("maxmemory-policy", policy)
    store = RedisReplayStore.open(server[0])
    with closing(store), pytest.raises(ReplayStoreUnavailable, match="noeviction"):
        store.use("i", "a", expires_at=SOON, now=NOW)


def test_a_server_that_stops_answering_is_given_up_and_used_again_later(
    server: tuple[str, Any], monkeypatch: Any
) -> None:
    monkeypatch.setattr(redis_server, "TIMEOUT", 0.5)
    with closing(RedisReplayStore.open(server[0])) as store:
        assert store.use("i", "a", expires_at=SOON, now=NOW)
        server[1].send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(ReplayStoreUnavailable):
                store.use("i", "b", expires_at=SOON, now=NOW)
        finally:
            server[1].send_signal(signal.SIGCONT)
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
