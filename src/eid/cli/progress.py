"""Progress, on standard error: bars on a terminal, else a line for each part that is done."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from eid.cli.output import Output

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, TaskID

__all__ = ["Bars", "LoadingProgress", "ReadingProgress"]

#: Octets of a file, and certificates of a check, below which nobody waits long enough to be told.
_LARGE = 1 << 20
_MANY = 2000


class Bars:
    """Bars on a terminal, one for each part of the work; a context manager. Without a terminal there are none."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._bar: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def _columns(self) -> tuple[ProgressColumn, ...]:
        """What stands behind the name and the bar."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.progress import BarColumn, Progress, TextColumn

            title = TextColumn("{task.description:<16}", markup=False)
            self._bar = Progress(
                title, BarColumn(), *self._columns(), console=self._out.error_console, transient=True
            )
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _drawn(self, title: str, done: int, total: int) -> bool:
        """Draw how far the part *title* is; ``False`` where there is no terminal."""
        if self._bar is None:
            return False
        if title not in self._tasks:
            self._tasks[title] = self._bar.add_task(title, total=total)
        self._bar.update(self._tasks[title], completed=done, total=total)
        return True


class ReadingProgress(Bars):
    """Called with file name, octets so far and octets in all; a line for each file without a terminal."""

    def _columns(self) -> tuple[ProgressColumn, ...]:
        from rich.progress import DownloadColumn

        return (DownloadColumn(binary_units=True),)

    def __call__(self, name: str, done: int, total: int) -> None:
        """One step further."""
        if not self._drawn(name, done, total) and done == total and not self._out.json:
            self._out.note(f"  {name}: {total} {self._out.label('octets')}")


class LoadingProgress(ReadingProgress):
    """The same for loading files of certificates; small ones are not worth a line."""

    def __call__(self, name: str, done: int, total: int) -> None:
        """One step further; what is called ``name`` has so many octets."""
        if total >= _LARGE:
            super().__call__(name, done, total)

    def certificates(self, done: int, total: int) -> None:
        """So many certificates are checked; a bar on a terminal only, since all follow in the result."""
        if total >= _MANY:
            self._drawn(self._out.label("certificates"), done, total)
