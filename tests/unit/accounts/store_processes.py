"""Processes that change one account at the same time."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path
from typing import Any

PROCESSES = 8


def append_until_kept(store: Any, account_id: str, reference: str) -> int:
    """Add one event, as a service does: load, handle, append, and on a conflict again.

    :returns: how many conflicts there were.
    """
    import store_samples as samples

    from eid.errors import AccountConflict

    conflicts = 0
    while True:
        account = store.by_id(account_id)
        try:
            store.append(samples.change(account, samples.note(reference), command=reference))
            return conflicts
        except AccountConflict:
            conflicts += 1


def _worker(
    url: str, vault: bytes, account_id: str, number: int, count: int, ready: Any, go: Any, done: Any
) -> None:
    sys.path.insert(0, str(Path(__file__).parent))
    from eid.accounts.stores.sql import SqlAccountStore
    from eid.accounts.stores.vault import Vault
    from eid.errors import EidError

    store = SqlAccountStore.open(url, vault=Vault.from_bytes(vault))
    ready.release()
    go.wait()
    try:
        conflicts = 0
        for turn in range(count):
            conflicts += append_until_kept(store, account_id, f"o-{number}-{turn}")
            if turn % 10 == 0:  # a client that lost the answer
                conflicts += append_until_kept(store, account_id, f"o-{number}-{turn}")
        done.put(conflicts)
    except EidError as error:
        done.put(str(error))
    store.close()


def run(url: str, vault: bytes, account_id: str, count: int, *, timeout: float) -> int:
    """*count* commands from each of :data:`PROCESSES` processes on one account.

    :returns: how many conflicts there were.
    """
    context = multiprocessing.get_context("spawn")
    ready, go, done = context.Semaphore(0), context.Event(), context.Queue()
    processes = [
        context.Process(target=_worker, args=(url, vault, account_id, number, count, ready, go, done))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for _ in processes:
        assert ready.acquire(timeout=120)
    go.set()
    results = [done.get(timeout=timeout) for _ in processes]
    for process in processes:
        process.join()
    assert all(isinstance(each, int) for each in results), results
    return sum(results)


def expected(count: int) -> set[str]:
    """The references of all events that were added."""
    return {f"o-{number}-{turn}" for number in range(PROCESSES) for turn in range(count)}
