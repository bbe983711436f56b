"""Many guesses at one account at the same moment, from threads in several processes."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from typing import Any

from eid.accounts.attempts.limits import AttemptKey, Limit

#: A window that no run outlasts.
LIMIT = Limit(7, timedelta(hours=1), timedelta(hours=1), timedelta(hours=1))
PROCESSES, THREADS = 4, 25


def guesses(limits: Any, account: bytes, each: int, threads: int, go: Any = None) -> Counter[str]:
    """What became of *each* guesses in each of *threads*, all from the same source."""
    from eid.errors import EidError

    now = datetime.now(UTC)
    keys = [AttemptKey(account, LIMIT), AttemptKey(bytes(32), Limit(1_000_000, *[timedelta(hours=1)] * 3))]
    outcomes: SimpleQueue[str] = SimpleQueue()

    def guess() -> None:
        if go is not None:
            go.wait()
        for _ in range(each):
            try:
                outcomes.put("admitted" if limits.admit(keys, now=now).allowed else "refused")
            except EidError as error:
                outcomes.put(error.code)

    started = [threading.Thread(target=guess) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return Counter(outcomes.get() for _ in range(each * threads))


def _one_process(module: str, store: str, url: str, account: bytes, each: int, go: Any, found: Any) -> None:
    from importlib import import_module

    opened = getattr(import_module(module), store).open(url)
    opened.release([AttemptKey(account, LIMIT)])  # connected, and nothing counted yet
    go.wait(timeout=60)
    found.put(guesses(opened, account, each, THREADS))
    opened.close()


def outcomes(module: str, store: str, url: str, account: bytes, total: int) -> Counter[str]:
    """What became of *total* guesses."""
    context = multiprocessing.get_context("spawn")
    # The first guess of every process is made when all of them are ready.
    go, found = context.Barrier(PROCESSES), context.Queue()
    arguments = (module, store, url, account, total // PROCESSES // THREADS, go, found)
    processes = [context.Process(target=_one_process, args=arguments) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    counted: Counter[str] = sum((found.get(timeout=240) for _ in processes), Counter())
    for process in processes:
        process.join()
    return counted
