"""Progress of a reading, on standard error: a bar on a terminal, else a line for each file."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from eid.cli.output import Output

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["LoadingProgress", "ReadingProgress"]

#: Octets of a file, and certificates of a check, below which nobody waits long enough to be told.
_LARGE = 1 << 20
_MANY = 2000


class ReadingProgress:
    """Called with file name, octets so far and octets in all; a context manager."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._bar: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

            self._bar = Progress(
                TextColumn("{task.description:<14}", markup=False),
                BarColumn(),
                DownloadColumn(binary_units=True),
                console=self._out.error_console,
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, name: str, done: int, total: int) -> None:
        """One step further."""
        if self._bar is not None:
            if name not in self._tasks:
                self._tasks[name] = self._bar.add_task(name, total=total)
            self._bar.update(self._tasks[name], completed=done, total=total)
        elif done == total and not self._out.json:
            self._out.note(f"  {name}: {total} {self._out.label('octets')}")


class LoadingProgress(ReadingProgress):
    """The same for loading files of certificates; small ones are not worth a line."""

    def __call__(self, name: str, done: int, total: int) -> None:
        """One step further; what is called ``name`` has so many octets."""
        if total >= _LARGE:
            super().__call__(name, done, total)

    def certificates(self, done: int, total: int) -> None:
        """So many certificates are checked; a bar on a terminal only, since all follow in the result."""
        if total >= _MANY and self._bar is not None:
            super().__call__(self._out.label("certificates"), done, total)
