"""A thread for calls that may never come back, so that the caller can stop waiting for them."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["Worker"]

T = TypeVar("T")


class Worker:
    """Runs functions one after the other in one thread of its own.

    The thread is a daemon: a driver that never returns must not keep the program from ending.
    """

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def call(self, function: Callable[[], T], seconds: float) -> T:
        """What *function* returns or raises, when it does so within *seconds*.

        :raises TimeoutError: it did not. The worker is of no more use then; :meth:`finish` it.
        """
        self._jobs.put(function)
        try:
            value, error = self._results.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        if error is not None:
            raise error
        result: T = value
        return result

    def finish(self, last: Callable[[], Any], seconds: float = 0.0) -> None:
        """Run *last* as soon as the call under way has come back, then end the thread.

        :param seconds: how long to wait for that at most.
        """
        self._jobs.put(last)
        self._jobs.put(None)
        if seconds:
            with contextlib.suppress(queue.Empty):
                self._results.get(timeout=seconds)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._results.put((job(), None))
            except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
                self._results.put((None, error))
