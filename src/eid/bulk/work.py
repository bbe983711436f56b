"""What one worker does: cleans a block of records, and gives back finished octets. It remembers nothing between blocks.

A worker is a process of its own; what it needs to know is a :class:`Plan`, and what it gives is a :class:`Done`.
"""

from __future__ import annotations

import csv
import functools
import io
import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from eid.bulk.agreement import Subject
from eid.bulk.codes import Kind
from eid.bulk.csv_reading import Block, Row, rows_of
from eid.bulk.dialects import Dialect
from eid.bulk.fields import Column
from eid.bulk.joining import Entry, Index, Joined
from eid.bulk.parquet import Batch, as_text, unpacked, with_columns
from eid.bulk.records import CleanRecord, RecordCleaner, Settings
from eid.errors import CleaningOptionsError

__all__ = ["Done", "Plan", "Seen", "Worker", "added_columns"]

#: Key of the person or row, digest of the row, row, old number, name, birth date, sex.
Seen = tuple[int, int, int, str, str, str, str]
#: What is counted: kind, column or place, code.
Counted = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a worker has to know of a run.

    :param names: of the source's columns, in order.
    :param dialect: of a table of text; ``None`` for Parquet.
    :param delimiter: of the result.
    :param parquet: the result is Parquet.
    :param indexes: of the tables to join.
    :param taken: for each of these, the columns to take over.
    :param show_values: the report holds what stands in the source.
    :param json_report: the report is lines of JSON.
    :param index_only: the table is to be joined: only its subjects are wanted.
    :param take: then, the places of the columns to take over.
    """

    names: tuple[str, ...]
    columns: tuple[Column, ...]
    settings: Settings
    dialect: Dialect | None
    delimiter: str = ","
    parquet: bool = False
    prefix: str = "clean_"
    indexes: tuple[Path, ...] = ()
    taken: tuple[tuple[str, ...], ...] = ()
    show_values: bool = False
    json_report: bool = False
    index_only: bool = False
    take: tuple[int, ...] = ()


@dataclass(slots=True, repr=False)
class Done:
    """A block after cleaning. Personal data; not shown.

    :param text: lines of the result, or an Arrow stream.
    :param ends: for lines, where each ends.
    :param report: row, and line of the report.
    :param rejected: octets of rows that could not be put into columns, as they stood there.
    :param seen: what is compared with earlier rows.
    :param entries: of a table to be joined.
    """

    text: str | bytes = ""
    ends: array[int] = field(default_factory=lambda: array("L"))
    report: list[tuple[int, str]] = field(default_factory=list)
    rejected: bytes = b""
    seen: list[Seen] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    counts: Counter[Counted] = field(default_factory=Counter)


def added_columns(plan: Plan) -> tuple[tuple[str, ...], frozenset[str]]:
    """Names of the columns that the result has behind the source's, and which of them are whole numbers.

    :raises CleaningOptionsError: the source has one of these already.
    """
    prefix = plan.prefix
    names = [f"{prefix}row", *(prefix + name for name in RecordCleaner(plan.columns, plan.settings).names)]
    names += [f"{prefix}{name}" for name in ("candidates", "notes", "problems")]
    whole = {f"{prefix}row", f"{prefix}duplicate_of"}
    for place, taken in enumerate(plan.taken, 1):
        join = f"{prefix}join{place}_"
        names += [join + name for name in ("row", "matches", "by", "name", "birth_date", "sex", "verdict")]
        names += [f"{join}its_{'_'.join(name.split())}" for name in taken]
        whole |= {f"{join}row", f"{join}matches"}
    names += [f"{prefix}duplicate", f"{prefix}duplicate_of"]
    if len({*names, *plan.names}) != len(names) + len(plan.names):
        raise CleaningOptionsError("the table has clean columns already: give another --prefix")
    return tuple(names), frozenset(whole)


class Worker:
    """Cleans blocks of one table."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._cleaner = RecordCleaner(plan.columns, plan.settings)
        self._added, self._whole = ((), frozenset[str]()) if plan.index_only else added_columns(plan)
        self._indexes = [Index(path) for path in plan.indexes]
        self._places = {column.key: column.place for column in plan.columns}

    def close(self) -> None:
        """Let go of the indexes."""
        for index in self._indexes:
            index.close()

    def clean(self, block: Block | Batch) -> Done:
        """Clean one block."""
        done = Done()
        rows = list(self._rows(block, done))
        records = [self._cleaner.clean(row.fields or ()) for row in rows]
        if self._plan.index_only:
            done.entries = list(self._entries(rows, records))
            return done
        joins = [index.join([record.subject for record in records]) for index in self._indexes]
        lines: list[list[object]] = []
        for at, (row, record) in enumerate(zip(rows, records, strict=True)):
            found = [join[at] for join in joins]
            lines.append(self._cells(row, record, found))
            self._account(row, record, found, done)
            done.seen.append(_seen(row, record.subject))
        done.report.sort(key=lambda entry: entry[0])
        self._write(block, rows, lines, done)
        return done

    # --- reading ----------------------------------------------------------------------------------

    def _rows(self, block: Block | Batch, done: Done) -> Iterator[Row]:
        """The rows that have columns; the others go to the report and to the rejected ones."""
        if isinstance(block, Batch):
            columns = as_text(unpacked(block.octets))
            for at, fields in enumerate(zip(*columns, strict=True)):
                yield Row(block.row + at, 0, list(fields))
            done.counts["rows", "", "read"] += block.rows
            return
        dialect = self._plan.dialect
        assert dialect is not None
        rejected = list[bytes]()
        good = 0
        for row in rows_of(block, dialect):
            if row.fields is not None:
                # Delimiters and nothing else are no row: a spreadsheet leaves them at the end.
                if any(map(str.strip, row.fields)):
                    good += 1
                    yield row
                continue
            code = row.code or ""
            rejected.append(row.octets)
            done.counts["rows", "", "rejected"] += 1
            done.counts["rejected", "", code] += 1
            done.report.append((row.number, self._line(row, Kind.REJECTED, "", code)))
        done.rejected = b"".join(each if each.endswith((b"\n", b"\r")) else each + b"\n" for each in rejected)
        done.counts["rows", "", "read"] += good
        done.counts["rows", "", "empty"] += block.rows - good - len(rejected)

    def _entries(self, rows: Iterable[Row], records: Iterable[CleanRecord]) -> Iterator[Entry]:
        for row, record in zip(rows, records, strict=True):
            subject, fields = record.subject, row.fields or ()
            yield (
                row.number, subject.number, subject.old_number, subject.name, subject.birth_date, subject.sex,
                tuple(fields[place] for place in self._plan.take),
            )  # fmt: skip

    # --- the result -------------------------------------------------------------------------------

    def _cells(self, row: Row, record: CleanRecord, joins: Sequence[Joined]) -> list[object]:
        """The values of the added columns, the last two left empty: they need the rows before."""
        notes = record.notes if row.code is None else (*record.notes, ("row", row.code))
        cells: list[object] = [
            row.number,
            *record.values,
            " ".join(f"{column}={value}" for column, value in record.candidates),
            _listed(notes),
            _listed(record.problems),
        ]
        for place, join in enumerate(joins):
            cells += _join_cells(join, len(self._plan.taken[place]))
        return [*cells, "", ""]

    def _write(
        self, block: Block | Batch, rows: Sequence[Row], lines: list[list[object]], done: Done
    ) -> None:
        if self._plan.parquet:
            columns = list(zip(*lines, strict=True)) or [()] * len(self._added)
            added = dict(zip(self._added, columns, strict=True))
            if isinstance(block, Batch):
                done.text = with_columns(unpacked(block.octets), added, whole=self._whole)
            else:
                sources = list(zip(*(row.fields or () for row in rows), strict=True)) or [()] * len(
                    self._plan.names
                )
                source = dict(zip(self._plan.names, sources, strict=True))
                done.text = with_columns(source, added, whole=self._whole)
            return
        text, end = io.StringIO(newline=""), 0
        writer = csv.writer(text, delimiter=self._plan.delimiter, lineterminator="\r\n")
        for row, cells in zip(rows, lines, strict=True):
            end += writer.writerow([*(row.fields or ()), *cells])
            done.ends.append(end)
        done.text = text.getvalue()

    # --- the report -------------------------------------------------------------------------------

    def _account(self, row: Row, record: CleanRecord, joins: Sequence[Joined], done: Done) -> None:
        counts = done.counts
        if row.code is not None:
            counts["notes", "row", row.code] += 1
        for column, code in record.notes:
            counts["notes", column, code] += 1
        for column, _ in record.candidates:
            counts["candidates", column, ""] += 1
        if record.problems:
            counts["rows", "", "with_problems"] += 1
        for column, code in record.problems:
            counts["problems", column, code] += 1
            done.report.append((row.number, self._line(row, Kind.PROBLEM, column, code)))
        for place, join in enumerate(joins, 1):
            name = f"join{place}"
            counts["joins", name, join.verdict or "not_found"] += 1
            for code in join.codes:
                counts["join_codes", name, code] += 1
                done.report.append((row.number, self._line(row, Kind.JOIN, name, code, join.row)))

    def _line(self, row: Row, kind: Kind, column: str, code: str, other: int | None = None) -> str:
        value = None
        if self._plan.show_values:
            place = self._places.get(column)
            value = row.fields[place] if row.fields is not None and place is not None else ""
        return report_line(self._plan, row.number, row.line, kind, column, code, other, value)


@functools.lru_cache(maxsize=4_096)
def _listed(codes: tuple[tuple[str, str], ...]) -> str:
    """Codes as they stand in one cell. The same few lists come again and again."""
    return " ".join(f"{column}:{code}" for column, code in codes)


def report_line(
    plan: Plan, row: int, line: int, kind: Kind, column: str, code: str, other: int | None, value: str | None
) -> str:
    """One line of the report."""
    cells: dict[str, object] = {
        "row": row, "line": line or None, "kind": kind.value, "column": column or None, "code": code, "other_row": other,
    }  # fmt: skip
    if plan.show_values:
        cells["value"] = value or None
    if plan.json_report:
        return (
            json.dumps({name: each for name, each in cells.items() if each is not None}, ensure_ascii=False)
            + "\n"
        )
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(
        ["" if each is None else each for each in cells.values()]
    )
    return text.getvalue()


def report_head(plan: Plan) -> str:
    """The first line of the report."""
    if plan.json_report:
        return ""
    return "row,line,kind,column,code,other_row" + (",value" if plan.show_values else "") + "\r\n"


def _join_cells(join: Joined, taken: int) -> list[object]:
    agreement = join.agreement
    if agreement is None or join.by is None:
        return ["", 0, "", "", "", "", "not_found", *[""] * taken]
    return [
        join.row, join.matches, join.by.value, agreement.name.value if agreement.name else "", agreement.birth_date.value,
        agreement.sex.value, (join.verdict or "not_found"), *join.taken,
    ]  # fmt: skip


def _seen(row: Row, subject: Subject) -> Seen:
    digest = blake2b("\x1f".join(row.fields or ()).encode("utf-8", "surrogatepass"), digest_size=7).digest()
    whole = int.from_bytes(digest, "big")
    # A row without a number can only be the same row again; such keys are below zero.
    key = int(subject.number) if subject.number else -whole - 1
    return key, whole, row.number, subject.old_number, subject.name, subject.birth_date, subject.sex
