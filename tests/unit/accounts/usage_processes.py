"""Processes that add to one usage log at the same time, and one that is killed while it does."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

PROCESSES = 8


def _open(url: str) -> Any:
    sys.path.insert(0, str(Path(__file__).parent))
    import usage_samples as samples

    from eid.accounts.usage.sql import SqlUsageLog

    return SqlUsageLog.open(url, key=samples.KEY)


def _worker(url: str, number: int, count: int, ready: Any, go: Any, done: Any) -> None:
    log = _open(url)
    import usage_samples as samples

    from eid.errors import EidError

    ready.release()
    go.wait()
    try:
        for turn in range(count):
            name = f"c-{number}-{turn}"
            new = samples.entry(turn, once=name, reference=name)
            log.append(new)
            if turn % 10 == 0:  # a client that lost the answer
                log.append(new)
        done.put("")
    except EidError as error:
        done.put(str(error))
    log.close()


def run(url: str, count: int, *, timeout: float) -> None:
    """*count* entries from each of :data:`PROCESSES` processes, some of them sent twice."""
    context = multiprocessing.get_context("spawn")
    ready, go, done = context.Semaphore(0), context.Event(), context.Queue()
    workers = [
        context.Process(target=_worker, args=(url, number, count, ready, go, done), daemon=True)
        for number in range(PROCESSES)
    ]
    for each in workers:
        each.start()
    for _ in workers:
        assert ready.acquire(timeout=timeout)
    go.set()
    assert [done.get(timeout=timeout) for _ in workers] == [""] * PROCESSES
    for each in workers:
        each.join(timeout)


def _endless(url: str, acknowledged: Any) -> None:
    log = _open(url)
    import usage_samples as samples

    number = 0
    while True:
        made = log.append(*(samples.entry(number + each) for each in range(1 + number % 3)))
        acknowledged.send([entry.hash for entry in made])
        number += len(made)


def killed_in_the_middle(url: str, after: int) -> list[bytes]:
    """Have a process add to the log, and kill it once it said *after* times that something was added.

    :returns: hashes of everything that it said was added.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_endless, args=(url, theirs), daemon=True)
    process.start()
    theirs.close()
    said: list[bytes] = []
    for _ in range(after):
        assert ours.poll(60)
        said += ours.recv()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(30)
    try:
        while ours.poll(0):
            said += ours.recv()
    except EOFError:
        pass
    return said
