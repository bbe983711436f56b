"""One token, shown from fifty threads in each of several processes at the same moment."""

from __future__ import annotations

import multiprocessing
import secrets
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from typing import Any

THREADS, PROCESSES = 50, 4


def _one_process(module: str, store: str, url: str, name: str, ready: Any, go: Any, found: Any) -> None:
    from importlib import import_module

    from eid.errors import EidError

    opened = getattr(import_module(module), store).open(url)
    now = datetime.now(UTC)
    outcomes: SimpleQueue[str] = SimpleQueue()

    def use() -> None:
        go.wait()
        try:
            first = opened.use("https://issuer.example", name, expires_at=now + timedelta(minutes=5), now=now)
            outcomes.put("accepted" if first else "replayed")
        except EidError as error:
            outcomes.put(error.code)

    threads = [threading.Thread(target=use) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    ready.release()
    for thread in threads:
        thread.join()
    found.put(Counter(outcomes.get() for _ in threads))
    opened.close()


def outcomes_of_one_token(module: str, store: str, url: str) -> Counter[str]:
    """How often it was accepted, replayed or refused with a code."""
    context = multiprocessing.get_context("spawn")
    ready, go, found = context.Semaphore(0), context.Event(), context.Queue()
    arguments = (module, store, url, secrets.token_hex(16), ready, go, found)
    processes = [context.Process(target=_one_process, args=arguments) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for _ in processes:
        assert ready.acquire(timeout=60)
    go.set()
    counted: Counter[str] = sum((found.get(timeout=60) for _ in processes), Counter())
    for process in processes:
        process.join()
    return counted
