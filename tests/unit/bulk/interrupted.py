"""A cleaning that is killed: a program for the tests, which start it again and again.

    python interrupted.py PLACE N SOURCE OUT [WORKERS [JOIN]]

Ends itself with SIGKILL at the N-th time that it comes to PLACE: ``block`` (rows are written and not yet durable),
``save`` (files are durable, the state is not), ``saved`` (both are), ``replace`` (results appear under their names),
``index`` (a table to join is read), ``build`` (the index is complete and not in its place). With N = 0 it goes through.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from cleaning_samples import SETTINGS

from eid.bulk import Results, Source, clean_table, csv_reading, job, parquet, state


class _Countdown:
    def __init__(self, place: str, left: int) -> None:
        self._place, self._left = place, left

    def here(self, place: str) -> None:
        if place == self._place:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    place, left, source, out, *rest = sys.argv[1:]
    countdown = _Countdown(place, int(left))
    job.CHECKPOINT_SECONDS = 0.0  # after every block
    csv_reading.BLOCK = 4_000
    parquet.BATCH = 60

    save, replace = state.RunFolder.save, Path.replace

    def saved(self: state.RunFolder, progress: state.Progress) -> None:
        countdown.here("save")
        save(self, progress)
        countdown.here("saved")

    def replaced(self: Path, target: Path) -> Path:
        countdown.here("build" if target.suffix == ".sqlite" else "replace")
        return replace(self, target)

    state.RunFolder.save = saved  # type: ignore[method-assign]
    Path.replace = replaced  # type: ignore[method-assign,assignment]
    clean_table(
        Source(Path(source)),
        Results.beside(Path(out)),
        settings=SETTINGS,
        joins=[Source(Path(each), take=("Ghi chú",)) for each in rest[1:]],
        workers=int(rest[0]) if rest else 1,
        progress=lambda name, *_: countdown.here("block" if name == "clean" else "index"),
    )


if __name__ == "__main__":
    main()
