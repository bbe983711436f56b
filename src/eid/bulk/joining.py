"""Another table, found by number: an index on disk that every worker reads, and what a pair of records says.

The index is an SQLite file in the folder of the run; it holds personal data and goes when the run ends.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eid.bulk.agreement import By, PairAgreement, PairVerdict, Subject, compare

__all__ = ["NOT_FOUND", "Entry", "Index", "IndexWriter", "Joined"]

#: Parameters of one statement.
_MANY = 500
_CACHE = -16_000  # KiB, as SQLite wants it
#: A record of the other table: row, number, old number, name, birth date, sex, further columns.
Entry = tuple[int, str, str, str, str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, repr=False)
class Joined:
    """What the other table has for one record.

    :param row: of the record that was found; 0 when there is none.
    :param matches: how many there are.
    :param taken: the columns that were asked for.
    """

    row: int = 0
    matches: int = 0
    by: By | None = None
    agreement: PairAgreement | None = None
    taken: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """What a person should look at."""
        codes = self.agreement.codes if self.agreement else ()
        return ("several_matches", *codes) if self.matches > 1 else codes

    @property
    def verdict(self) -> PairVerdict | None:
        """What the pair says; with several in the other table, nothing better than *review*."""
        if self.agreement is None:
            return None
        if self.matches > 1 and self.agreement.verdict is not PairVerdict.CONFLICT:
            return PairVerdict.REVIEW
        return self.agreement.verdict


NOT_FOUND = Joined()


class IndexWriter:
    """Fills the index of one table. It is whole when :meth:`finish` returned, and else of no use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._building = path.with_suffix(".building")
        self._building.unlink(missing_ok=True)
        self._database = sqlite3.connect(self._building, isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", f"PRAGMA cache_size = {_CACHE}",
            "CREATE TABLE entries (row INTEGER PRIMARY KEY, number INTEGER, old TEXT, name TEXT, birth TEXT, sex TEXT,"
            " taken TEXT)",
            "CREATE TABLE rows (read INTEGER, rejected INTEGER)",
            "BEGIN",
        ):  # fmt: skip
            self._database.execute(statement)

    def add(self, entries: Iterable[Entry]) -> None:
        """Records in the order of their rows."""
        self._database.executemany(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    row,
                    int(number) if number else None,
                    old or None,
                    name,
                    birth,
                    sex,
                    json.dumps(taken) if taken else None,
                )
                for row, number, old, name, birth, sex, taken in entries
                if number or old
            ),
        )

    def finish(self, *, read: int, rejected: int) -> None:
        """Make it readable.

        :param read: rows of the table.
        :param rejected: rows that could not be put into columns.
        """
        self._database.execute("INSERT INTO rows VALUES (?, ?)", (read, rejected))
        for statement in (
            "COMMIT",
            "CREATE INDEX by_number ON entries (number) WHERE number IS NOT NULL",
            "CREATE INDEX by_old ON entries (old) WHERE old IS NOT NULL",
            "ANALYZE",
        ):
            self._database.execute(statement)
        self._database.close()
        self._building.replace(self._path)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


class Index:
    """Reads an index; many processes may do so at the same time."""

    def __init__(self, path: Path) -> None:
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._database = sqlite3.connect(uri, uri=True)
        self._database.execute(f"PRAGMA cache_size = {_CACHE}")
        found = self._database.execute("SELECT 1 FROM entries WHERE old IS NOT NULL LIMIT 1").fetchone()
        self._has_old = found is not None

    @property
    def rows(self) -> tuple[int, int]:
        """How many rows the table has, and how many more could not be put into columns."""
        read, rejected = self._database.execute("SELECT read, rejected FROM rows").fetchone()
        return int(read), int(rejected)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def join(self, subjects: Sequence[Subject]) -> list[Joined]:
        """What the table has for each of *subjects*."""
        numbers = {int(each.number) for each in subjects if each.number}
        numbers |= {int(each.old_number) for each in subjects if len(each.old_number) == 12}
        by_number = self._found("number", "number", numbers)
        by_old: dict[int | str, list[Entry]] = {}
        if self._has_old:
            olds = {each.old_number for each in subjects if each.old_number}
            olds |= {each.number for each in subjects if each.number}
            by_old = self._found("old", "old", olds)
        return [_joined(each, by_number, by_old) for each in subjects]

    def _found(self, column: str, index: str, wanted: Iterable[int | str]) -> dict[int | str, list[Entry]]:
        keys, found = sorted(wanted, key=str), dict[int | str, list[Entry]]()
        for start in range(0, len(keys), _MANY):
            some = keys[start : start + _MANY]
            marks = ",".join("?" * len(some))
            rows = self._database.execute(
                f"SELECT {column}, row, number, old, name, birth, sex, taken FROM entries"  # noqa: S608 - our names
                f" WHERE {index} IN ({marks}) ORDER BY row",
                some,
            )
            for key, row, number, old, name, birth, sex, taken in rows:
                entry = (
                    row, f"{number:012d}" if number is not None else "", old or "", name, birth, sex,
                    tuple(json.loads(taken)) if taken else (),
                )  # fmt: skip
                found.setdefault(key, []).append(entry)
        return found


def _joined(
    subject: Subject, by_number: dict[int | str, list[Entry]], by_old: dict[int | str, list[Entry]]
) -> Joined:
    by, entries = _candidates(subject, by_number, by_old)
    if by is None or not entries:
        return NOT_FOUND
    row, number, old, name, birth, sex, taken = entries[0]
    agreement = compare(subject, Subject(number, old, name, birth, sex), by=by)
    return Joined(row, len(entries), by, agreement, taken)


def _candidates(
    subject: Subject, by_number: dict[int | str, list[Entry]], by_old: dict[int | str, list[Entry]]
) -> tuple[By | None, list[Entry]]:
    """The best of: the same number; a cancelled number on one side; the old 9-digit number."""
    number, old = subject.number, subject.old_number
    if number and (entries := by_number.get(int(number))):
        return By.NUMBER, entries
    if number and (entries := by_old.get(number)):
        return By.ALIAS, entries
    if len(old) == 12 and (entries := by_number.get(int(old)) or by_old.get(old)):
        return By.ALIAS, entries
    if len(old) == 9 and (entries := by_old.get(old)):
        return By.OLD_NUMBER, entries
    return None, []
