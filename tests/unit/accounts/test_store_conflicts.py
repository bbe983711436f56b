"""Many processes change one account: no event is lost and none is there twice, also when the server dies."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import store_processes
import store_samples as samples

from eid.accounts.stores.sql import SqlAccountStore
from eid.accounts.stores.vault import Vault
from eid.errors import AccountStoreUnavailable

pytest.importorskip("sqlalchemy", reason="needs the extra sql")
pytest.importorskip("alembic", reason="needs the extra sql")
pytest.importorskip("psycopg", reason="needs the extra sql")

import private_cluster

import servers


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'accounts.db'}"
        return
    with servers.database() as address:
        yield address


@pytest.mark.parametrize("count", [25, pytest.param(2000, marks=[pytest.mark.soak, pytest.mark.timeout(0)])])
def test_eight_processes_lose_no_event_and_double_none(url: str, count: int) -> None:
    vault = Vault.generate()
    store = SqlAccountStore.open(url, vault=vault)
    account = store.append(samples.registration(samples.new_number()))
    began = time.monotonic()
    conflicts = store_processes.run(url, vault.to_bytes(), account.id, count, timeout=3000)
    took = time.monotonic() - began
    kept = Counter(event.by.reference for event in store.events(account.id)[1:])
    assert set(kept) == store_processes.expected(count)
    assert set(kept.values()) == {1}
    final = store.by_id(account.id)
    assert final is not None
    assert final.version == 1 + store_processes.PROCESSES * count
    assert conflicts, "the processes did not meet"
    store.close()
    print(f"{sum(kept.values())} events, {conflicts} conflicts, {took:.0f} s")  # shown by -rP


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=[pytest.mark.soak, pytest.mark.timeout(0)])])
def test_a_server_that_is_killed_forgets_nothing_it_acknowledged(kills: int) -> None:
    with private_cluster.cluster() as cluster:
        cluster.start()
        vault = Vault.generate()
        store = SqlAccountStore.open(cluster.url, vault=vault)
        ids = [store.append(samples.registration(samples.new_number())).id for _ in range(3)]
        store.close()
        writers = [_Writer(cluster.url, vault, ids[n % 3], f"w{n}") for n in range(6)]
        for _ in range(kills):
            before = [len(writer.acknowledged) for writer in writers]
            # Killed while all of them are at it, not while they still connect.
            _wait(
                lambda was=before: all(len(w.acknowledged) > n + 3 for w, n in zip(writers, was, strict=True))
            )
            cluster.kill()
            cluster.start()
        for writer in writers:
            writer.stop()
        store = SqlAccountStore.open(cluster.url, vault=vault)
        lost_answers = sum(writer.repeated for writer in writers)
        for account_id in ids:
            kept = Counter(event.by.reference for event in store.events(account_id)[1:])
            acknowledged = {
                name for writer in writers if writer.account_id == account_id for name in writer.acknowledged
            }
            assert acknowledged == set(kept), "what was acknowledged is there, and nothing else is"
            assert set(kept.values()) == {1}
            account = store.by_id(account_id)
            assert account is not None
            assert account.version == 1 + len(kept)
        assert lost_answers, "nobody was hit"
        store.close()
        total = sum(len(writer.acknowledged) for writer in writers)
        print(f"{kills} kills, {total} acknowledged, {lost_answers} answers lost and asked for again")


class _Writer:
    """Adds events without end; repeats a command whose answer was lost until it is answered."""

    def __init__(self, url: str, vault: Vault, account_id: str, name: str) -> None:
        self.account_id, self._name = account_id, name
        self.acknowledged: list[str] = []
        self.repeated = 0
        self.failed: BaseException | None = None
        self._store = SqlAccountStore.open(url, vault=vault)
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._enough.is_set():
                self._add(f"{self._name}-{len(self.acknowledged)}")
        except BaseException as error:
            self.failed = error

    def _add(self, reference: str) -> None:
        while True:
            try:
                store_processes.append_until_kept(self._store, self.account_id, reference)
                self.acknowledged.append(reference)
                return
            except AccountStoreUnavailable:
                self.repeated += 1
                time.sleep(0.05)

    def stop(self) -> None:
        self._enough.set()
        self._thread.join(timeout=60)
        assert not self._thread.is_alive()
        assert self.failed is None, self.failed
        self._store.close()


def _wait(condition: object, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "the writers do not get on"
        time.sleep(0.01)
