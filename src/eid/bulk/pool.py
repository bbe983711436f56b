"""Processes that clean blocks, and give them back in the order in which they came.

Each worker has a pipe of its own and ends when its other end goes away: nothing stays behind when the program that
started it is killed. (The pools of the standard library leave their workers waiting.)
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import TypeVar, cast

from eid.bulk.csv_reading import Block
from eid.bulk.parquet import Batch
from eid.bulk.work import Done, Plan, Worker
from eid.errors import CleaningInterrupted, EidError

__all__ = ["default_workers", "worked"]

#: What a worker gets.
Work = Block | Batch
U = TypeVar("U")

#: Results that may wait, for each worker, until an earlier one is there.
_AHEAD = 3
_STOP_SECONDS = 5
#: How many more objects there must be in a worker before it looks for cycles.
_OBJECTS = 100_000


def default_workers() -> int:
    """As many as there are processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def worked(plan: Plan, blocks: Iterable[Work], *, workers: int) -> Generator[tuple[Work, Done], None, None]:
    """Every block with what became of it, in order.

    :param workers: how many processes; with 1 it is done in this one.
    :raises CleaningInterrupted: a worker was ended, or met an error of its own.
    :raises EidError: what a worker raised.
    """
    if workers <= 1:
        yield from _here(plan, blocks)
        return
    with contextlib.closing(_Pool(plan, workers)) as pool:
        yield from pool.run(blocks)


def _here(plan: Plan, blocks: Iterable[Work]) -> Iterator[tuple[Work, Done]]:
    with contextlib.closing(Worker(plan)) as worker:
        for block in blocks:
            yield block, worker.clean(block)


class _Pool:
    def __init__(self, plan: Plan, workers: int) -> None:
        # A fresh interpreter: a fork of a process with threads may hang.
        context = multiprocessing.get_context("spawn")
        self._processes = []
        self._pipes = list[Connection]()
        try:
            for _ in range(workers):
                ours, theirs = context.Pipe()
                process = context.Process(target=_serve, args=(theirs, plan), daemon=True)
                process.start()
                theirs.close()
                self._processes.append(process)
                self._pipes.append(ours)
        except OSError as error:
            self.close()
            raise CleaningInterrupted(f"no worker could be started ({error.strerror})") from None

    def close(self) -> None:
        """End the workers."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(_STOP_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()

    def run(self, blocks: Iterable[Work]) -> Iterator[tuple[Work, Done]]:
        """Hand out blocks, each to a worker that waits: two sides that both write would wait for ever."""
        source = enumerate(blocks)
        idle, busy = list(self._pipes), dict[Connection, tuple[int, Work]]()
        finished: dict[int, tuple[Work, Done]] = {}
        turn, ended = 0, False
        while True:
            while idle and not ended and len(finished) < _AHEAD * len(self._pipes):
                following = next(source, None)
                if following is None:
                    ended = True
                    break
                with _lost_when_closed():
                    idle[-1].send(following[1])
                busy[idle.pop()] = following
            if turn in finished:
                yield finished.pop(turn)
                turn += 1
            elif not busy:
                return
            # With something to give, only what is there already is fetched.
            for pipe in wait(list(busy), timeout=0 if turn in finished else None) if busy else ():
                ready = cast("Connection", pipe)  # only pipes were given; Windows has a class of its own
                number, block = busy.pop(ready)
                with _lost_when_closed():
                    finished[number] = block, _result(ready)
                idle.append(ready)


@contextlib.contextmanager
def _lost_when_closed() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError):
        raise CleaningInterrupted("a worker process was ended") from None


def _result(pipe: Connection) -> Done:
    answer = pipe.recv()
    if isinstance(answer, Done):
        return answer
    error, detail = answer
    if error is None:
        raise CleaningInterrupted(f"an error of a worker ({detail})")
    raise error(detail)


def _serve(pipe: Connection, plan: Plan) -> None:
    """The life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that started it
    # A block makes many objects and hardly any cycles: looking for these once for each block is enough.
    gc.freeze()
    gc.set_threshold(_OBJECTS)
    with contextlib.suppress(EOFError, OSError), contextlib.closing(pipe):
        _serve_blocks(pipe, plan)


def _serve_blocks(pipe: Connection, plan: Plan) -> None:
    worker = _guarded(Worker, plan)
    while True:
        block = pipe.recv()
        pipe.send(_guarded(worker.clean, block) if isinstance(worker, Worker) else worker)


def _guarded(call: Callable[[U], object], argument: U) -> object:
    """What *call* returns, or an error that can be sent: its class and words, never a traceback with values."""
    try:
        return call(argument)
    except EidError as error:
        return type(error), error.detail
    except Exception as error:  # noqa: BLE001 - whatever it is, its text could hold personal data
        return None, type(error).__name__
