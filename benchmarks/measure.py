"""What all benchmarks measure with: one line of the table, and medians of paired runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Row", "paired"]


@dataclass(frozen=True)
class Row:
    """One line of the table. ``limit`` is what the project promises, ``None`` for information only.

    :param at_least: the limit is a floor and not a ceiling.
    """

    name: str
    value: float
    unit: str
    limit: float | None
    detail: str
    at_least: bool = False

    @property
    def kept(self) -> bool | None:
        """Whether the promise is kept; ``None`` where there is none."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def paired(ours: Callable[[], float | None], bare: Callable[[], None], rounds: int) -> tuple[float, float]:
    """Median ratio and median time (ms) of *ours*; it may return its own time in seconds."""
    ratios, times = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        own = ours()
        mine = time.perf_counter() - start if own is None else own
        start = time.perf_counter()
        bare()
        base = time.perf_counter() - start
        ratios.append(mine / base)
        times.append(mine * 1000)
    return statistics.median(ratios), statistics.median(times)
