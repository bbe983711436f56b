"""The folder of a run that is not finished: what was done so far, so that the same command can go on.

Everything about progress is one SQLite transaction: how far the input was read, how long the result is, what was
counted, which numbers were met. A run that is killed finds the last of these states whole, cuts its files back to the
lengths that stand there, and goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eid.bulk.agreement import PairVerdict, Subject, compare
from eid.bulk.parts import written
from eid.bulk.work import Counted, Seen
from eid.errors import (
    CleaningFolderBusy,
    CleaningOutputExists,
    OtherCleaningUnfinished,
)

__all__ = ["Progress", "RunFolder"]

_CACHE = -24_000  # KiB, as SQLite wants it
_MANY = 500
#: All files that a run makes there.
_OURS = re.compile(
    r"lock|(?:state|join[0-9]+)\.(?:sqlite|building)(?:-wal|-shm|-journal)?|rows|report|rejected|result"
    r"|(?:source|join[0-9]+)\.utf8(?:\.building)?"
)
#: Of a number that was met before: what its first row says.
_CODES = {PairVerdict.CONFLICT: "number_conflict", PairVerdict.REVIEW: "number_review"}


@dataclass(slots=True)
class Progress:
    """How far a run is.

    :param position: octets of the source that are done; rows for Parquet.
    :param row: number of the next row.
    :param line: number of the next line.
    :param lengths: octets of each file that is written.
    :param digest: of what was read of the source.
    """

    position: int
    row: int
    line: int
    lengths: dict[str, int] = field(default_factory=dict)
    counts: Counter[Counted] = field(default_factory=Counter)
    digest: str = ""
    finished: bool = False

    def to_json(self) -> str:
        """For the state; in a fixed order."""
        counts = sorted([*key, value] for key, value in self.counts.items())
        return json.dumps(
            [self.position, self.row, self.line, self.lengths, counts, self.digest, self.finished]
        )

    @classmethod
    def from_json(cls, text: str) -> Progress:
        """What :meth:`to_json` wrote."""
        position, row, line, lengths, counts, digest, finished = json.loads(text)
        counter: Counter[Counted] = Counter({(a, b, c): value for a, b, c, value in counts})
        return cls(position, row, line, lengths, counter, digest, finished)


class RunFolder:
    """The folder, which only one program uses at a time. Only its owner may look into it.

    :param path: it is made if it is not there.
    :raises CleaningFolderBusy: another program uses it.
    :raises CleaningOutputExists: it was there, and is not of a run: it belongs to another user, or holds other files.
    :raises CleaningOutputError: it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with written():
            path.mkdir(mode=0o700, exist_ok=True)
            _must_be_ours(path)
            path.chmod(0o700)
            self._lock = _locked(path / "lock")
        self._database: sqlite3.Connection | None = None

    def open(self, fingerprint: str, *, today: str) -> tuple[Progress | None, str]:
        """What was done before by a run with the same *fingerprint*, and its day; else this is the first.

        :raises OtherCleaningUnfinished: it was another one.
        """
        with written():
            self._database = database = sqlite3.connect(self.path / "state.sqlite", isolation_level=None)
            for statement in (
                "PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", f"PRAGMA cache_size = {_CACHE}",
                "CREATE TABLE IF NOT EXISTS run (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
                "CREATE TABLE IF NOT EXISTS seen (key INTEGER PRIMARY KEY, digest INTEGER, row INTEGER, old TEXT, name TEXT,"
                " birth TEXT, sex TEXT)",
            ):  # fmt: skip
                database.execute(statement)
            known: dict[str, Any] = dict(database.execute("SELECT name, value FROM run").fetchall())
            if "fingerprint" not in known:
                database.executemany(
                    "INSERT INTO run VALUES (?, ?)", [("fingerprint", fingerprint), ("today", today)]
                )
                known = {"fingerprint": fingerprint, "today": today}
            database.execute("BEGIN")
        if known["fingerprint"] != fingerprint:
            raise OtherCleaningUnfinished("finish it with the same command, or give --restart")
        progress = Progress.from_json(known["progress"]) if "progress" in known else None
        return progress, known["today"]

    def save(self, progress: Progress) -> None:
        """Make all since the last time durable. What is written to files must be durable before."""
        with written():
            assert self._database is not None
            self._database.execute(
                "INSERT INTO run VALUES ('progress', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (progress.to_json(),),
            )
            self._database.execute("COMMIT")
            self._database.execute("BEGIN")

    def met_before(self, seen: Sequence[Seen]) -> list[tuple[int, str, int]]:
        """Which of these rows were met before: position in *seen*, code, and the first row of that number.

        Those that were not are remembered.
        """
        assert self._database is not None
        with written():
            known: dict[int, Seen] = {}
            keys = sorted({each[0] for each in seen})
            for start in range(0, len(keys), _MANY):
                some = keys[start : start + _MANY]
                marks = ",".join("?" * len(some))
                found = self._database.execute(f"SELECT * FROM seen WHERE key IN ({marks})", some)  # noqa: S608
                known |= {each[0]: each for each in found}
            again, new = [], list[Seen]()
            for position, each in enumerate(seen):
                first = known.get(each[0])
                if first is None:
                    known[each[0]] = each
                    new.append(each)
                else:
                    again.append((position, _code(each, first), first[2]))
            self._database.executemany("INSERT INTO seen VALUES (?, ?, ?, ?, ?, ?, ?)", new)
        return again

    def remove(self) -> None:
        """Away with it, and with nothing else."""
        self.close()
        with written():
            for each in list(self.path.iterdir()):
                if _OURS.fullmatch(each.name):
                    each.unlink()
            self.path.rmdir()

    def close(self) -> None:
        """Let go of it; what was not saved is lost."""
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
            self._database = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _code(again: Seen, first: Seen) -> str:
    if again[1] == first[1]:
        return "duplicate_row"
    one, other = (Subject(str(each[0]), *each[3:]) for each in (again, first))
    return _CODES.get(compare(one, other).verdict, "duplicate_number")


def _must_be_ours(path: Path) -> None:
    """In a folder of somebody else the files could be links to anywhere."""
    status = path.lstat()
    owned = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    if not (stat.S_ISDIR(status.st_mode) and owned):
        raise CleaningOutputExists("the folder for unfinished work belongs to somebody else")
    if not all(_OURS.fullmatch(each.name) and not each.is_symlink() for each in path.iterdir()):
        raise CleaningOutputExists("the folder for unfinished work holds other files")


def _locked(path: Path) -> int | None:
    """A lock that the system lets go when the process ends, however it ends. Windows has none of this kind."""
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise CleaningFolderBusy("wait until it ends") from None
    return handle
