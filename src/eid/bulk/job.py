"""A table cleaned from file to file: streamed, on several processors, and able to go on after any interruption.

Results appear under their names when all is done, and not before. Until then they are in a folder beside the result,
``OUT.unfinished``; the same command started again goes on there, and what it writes is the same, octet for octet,
as that of a run that nobody interrupted.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from eid.bulk.codes import Kind
from eid.bulk.csv_reading import Block
from eid.bulk.fields import Field, plain_name
from eid.bulk.joining import Index, IndexWriter
from eid.bulk.parquet import patched, to_parquet, with_columns
from eid.bulk.parts import Parts, appear, private_file, sync_folder, written
from eid.bulk.pool import default_workers, worked
from eid.bulk.records import Settings
from eid.bulk.state import Progress, RunFolder
from eid.bulk.summary import Summary
from eid.bulk.tables import OpenTable, Source, digest_of
from eid.bulk.work import Done, Plan, added_columns, report_head, report_line
from eid.errors import CleaningOptionsError, CleaningOutputError, CleaningOutputExists, TableUnreadable
from eid.version import VERSION

__all__ = ["CHECKPOINT_SECONDS", "Results", "clean_table"]

#: How often the state is made durable; so much work at most is done twice after an interruption.
CHECKPOINT_SECONDS = 2.0

#: What is read of a table that is joined.
_COMPARED = frozenset({Field.NUMBER, Field.OLD_NUMBER, Field.NAME, Field.BIRTH_DATE, Field.SEX})

_WORKBOOKS = frozenset({".xlsx", ".xls", ".ods", ".xlsm"})

#: Called with what is done (``index 1`` for the first table to join, then ``clean``), how far, and of how much.
ProgressCall = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Results:
    """Where results go. All are readable by their owner only.

    :param out: the cleaned table: ``.parquet``, or CSV under any other suffix.
    :param report: problems, one a line; ``.jsonl`` for JSON, else CSV.
    :param rejected: rows that could not be put into columns, as they stood in the source, with its header.
    """

    out: Path
    report: Path
    rejected: Path

    @classmethod
    def beside(cls, out: Path, *, report: Path | None = None, rejected: Path | None = None) -> Results:
        """With names made of that of the result where none are given."""
        suffix = ".csv" if out.suffix.lower() == ".parquet" else out.suffix
        return cls(
            out,
            report or out.with_name(f"{out.stem}.report.csv"),
            rejected or out.with_name(f"{out.stem}.rejected{suffix}"),
        )

    @property
    def folder(self) -> Path:
        """Where they are until the run is finished."""
        return self.out.with_name(self.out.name + ".unfinished")

    @property
    def all(self) -> tuple[Path, Path, Path]:
        """The three files."""
        return self.out, self.report, self.rejected


def clean_table(
    source: Source,
    results: Results,
    *,
    settings: Settings,
    joins: Sequence[Source] = (),
    prefix: str = "clean_",
    show_values: bool = False,
    force: bool = False,
    restart: bool = False,
    workers: int | None = None,
    progress: ProgressCall | None = None,
) -> Summary:
    """Clean a table, or go on cleaning it.

    :param settings: what is known of it; the day of an interrupted run stays that of its beginning.
    :param joins: other tables, whose records are found by number and held against those of this one.
    :param prefix: of the names of all columns that are added.
    :param show_values: the report also holds what stands in the source: personal data.
    :param force: replace results of an earlier run.
    :param restart: forget an interrupted run.
    :param workers: processes; all processors if left out. With more than one, a script that calls this needs the
        usual guard ``if __name__ == "__main__"``, because each worker imports it.
    :raises BulkError: a subclass says what; see :mod:`eid.errors.bulk`.
    """
    tables = [OpenTable(source)]
    with contextlib.ExitStack() as stack:
        stack.callback(tables[0].close)
        for each in joins:
            tables.append(OpenTable(each))
            stack.callback(tables[-1].close)
        _check_options(source, joins, tables)
        run = _Run(tables, results, settings, prefix, show_values, force, workers, progress)
        _check_names(tables, results, force=force, restart=restart)
        if restart:
            _forget(results.folder)
        run.open(stack)
        return run.run()


def _check_options(source: Source, joins: Sequence[Source], tables: Sequence[OpenTable]) -> None:
    there = {plain_name(name) for table in tables for name in table.names}
    for table in tables:
        if not table.source.header:
            there |= {str(place) for place in range(1, len(table.names) + 1)}
    if not {plain_name(option.name) for each in (source, *joins) for option in each.columns} <= there:
        raise CleaningOptionsError("a column that is named is in no table")
    if source.take:
        raise CleaningOptionsError("columns are taken over from tables that are joined")
    for table in tables[1:]:
        if not {"number", "old_number"} & {column.field for column in table.columns}:
            raise CleaningOptionsError("a table to join has no column with numbers: name it with --column")
    if joins and not {"number", "old_number"} & {column.field for column in tables[0].columns}:
        raise CleaningOptionsError("tables are joined by number, and this one has no such column")


def _check_names(tables: Sequence[OpenTable], results: Results, *, force: bool, restart: bool) -> None:
    with written():
        targets = [path.resolve() for path in results.all]
        inputs = {table.source.path.resolve() for table in tables}
        if len(set(targets)) != len(targets) or inputs & set(targets):
            raise CleaningOutputExists("inputs and results must be different files")
        if not all(path.parent.is_dir() and os.access(path.parent, os.W_OK) for path in targets):
            raise CleaningOutputError("the folder is not there, or may not be written to")
        if results.out.suffix.lower() in _WORKBOOKS:
            raise CleaningOptionsError("the result is CSV or Parquet, and no workbook")
        if any(path.exists() and not path.is_file() for path in targets):
            raise CleaningOutputExists("one of them is no regular file")
        goes_on = results.folder.exists() and not restart
        if not force and not goes_on and any(path.exists() for path in targets):
            raise CleaningOutputExists("nothing was changed")


def _forget(folder: Path) -> None:
    with written():
        if folder.exists():
            unfinished = RunFolder(folder)  # not under the hands of another program
            unfinished.remove()


class _Run:
    """One run, from the first octet to the last."""

    def __init__(
        self, tables: Sequence[OpenTable], results: Results, settings: Settings, prefix: str, show_values: bool, force: bool,
        workers: int | None, progress: ProgressCall | None,
    ) -> None:  # fmt: skip
        self._table, self._others = tables[0], tables[1:]
        self._results, self._force = results, force
        self._workers = workers if workers is not None else default_workers()
        self._tell = progress or (lambda *_: None)
        table, dialect = self._table, self._table.dialect
        self._plan = Plan(
            names=table.names,
            columns=table.columns,
            settings=settings,
            dialect=dialect,
            delimiter=dialect.delimiter if dialect else ",",
            parquet=results.out.suffix.lower() == ".parquet",
            prefix=prefix,
            indexes=tuple(results.folder.absolute() / f"join{n}.sqlite" for n in range(1, len(tables))),
            taken=tuple(other.source.take for other in self._others),
            show_values=show_values,
            json_report=results.report.suffix.lower() in (".jsonl", ".ndjson"),
        )
        self._added, self._whole = added_columns(self._plan)

    def open(self, stack: contextlib.ExitStack) -> None:
        """Open the folder, and find out where to begin."""
        self._folder = RunFolder(self._results.folder)
        stack.callback(self._folder.close)
        settings = self._plan.settings
        found, today = self._folder.open(self._fingerprint(), today=settings.today.isoformat())
        self._plan = replace(self._plan, settings=replace(settings, today=dt.date.fromisoformat(today)))
        position, row, line = self._table.start
        self._resumed = found is not None
        self._progress = found or Progress(position, row, line)
        if not self._progress.finished:
            self._text = self._table.converted(self._folder.path, "source")

    def _fingerprint(self) -> str:
        """Everything that the octets of the result depend on, except the source's rows and the day."""
        plan = self._plan
        settings = {name: str(value) for name, value in asdict(plan.settings).items() if name != "today"}
        return json.dumps(
            [
                1, VERSION, self._table.identity, [other.whole_identity for other in self._others], settings, plan.prefix,
                plan.taken, plan.show_values, plan.json_report, [path.name for path in self._results.all],
            ]
        )  # fmt: skip

    def run(self) -> Summary:
        """Do what is left to do."""
        if not self._progress.finished:
            for number, other in enumerate(self._others, 1):
                self._index(number, other)
            self._clean()
        self._publish()
        return self._summary()

    # --- tables to join ---------------------------------------------------------------------------

    def _index(self, number: int, table: OpenTable) -> None:
        path, counts = self._plan.indexes[number - 1], self._progress.counts
        if not path.exists():
            self._build(path, number, table)
        with written(), contextlib.closing(Index(path)) as index:
            counts["rows", f"join{number}", "read"], counts["rows", f"join{number}", "rejected"] = index.rows

    def _build(self, path: Path, number: int, table: OpenTable) -> None:
        compared = tuple(column for column in table.columns if column.field in _COMPARED)
        settings = replace(self._plan.settings, as_of=None, as_of_issue=False)  # its addresses are not read
        plan = Plan(
            names=table.names, columns=compared, settings=settings, dialect=table.dialect, index_only=True, take=table.take,
        )  # fmt: skip
        text = table.converted(self._folder.path, f"join{number}")
        position, row, line = table.start
        blocks = table.blocks(text, position=position, row=row, line=line)
        with written():
            index = IndexWriter(path)
        read = rejected = 0
        with (
            contextlib.closing(index),
            contextlib.closing(worked(plan, blocks, workers=self._workers)) as done,
        ):
            for block, result in done:
                with written():
                    index.add(result.entries)
                read += result.counts["rows", "", "read"]
                rejected += result.counts["rows", "", "rejected"]
                self._tell(f"index {number}", block.end, table.total(text))
            with written():
                index.finish(read=read, rejected=rejected)

    # --- rows -------------------------------------------------------------------------------------

    def _clean(self) -> None:
        progress = self._progress
        digest = digest_of(self._text, progress.position if self._table.dialect else 0)
        if progress.digest not in ("", digest.hexdigest()):
            raise TableUnreadable("it was changed since the run was interrupted: give --restart")
        with Parts(self._folder.path, progress.lengths) as parts:
            if not progress.lengths:
                self._heads(parts)
            self._save(parts, digest.hexdigest())
            saved, total = time.monotonic(), self._table.total(self._text)
            blocks = self._table.blocks(
                self._text, position=progress.position, row=progress.row, line=progress.line
            )
            with contextlib.closing(worked(self._plan, blocks, workers=self._workers)) as results:
                for block, done in results:
                    self._take(done, parts)
                    progress.position, progress.row = block.end, block.row + block.rows
                    if isinstance(block, Block):
                        progress.line = block.line + block.lines
                        digest.update(block.octets)
                    self._tell("clean", block.end, total)
                    if time.monotonic() - saved >= CHECKPOINT_SECONDS:
                        self._save(parts, digest.hexdigest())
                        saved = time.monotonic()
            self._save(parts, digest.hexdigest())
        if self._plan.parquet:
            self._make_parquet()
        progress.finished = True
        self._folder.save(progress)

    def _heads(self, parts: Parts) -> None:
        dialect = self._table.dialect
        parts.write("report", report_head(self._plan).encode())
        if dialect is not None:
            parts.write("rejected", dialect.header_octets)
        if not self._plan.parquet:
            head = io.StringIO(newline="")
            writer = csv.writer(head, delimiter=self._plan.delimiter, lineterminator="\r\n")
            writer.writerow([*self._table.names, *self._added])
            mark = "\ufeff" if dialect is not None and (dialect.bom or self._table.wide) else ""
            parts.write("rows", (mark + head.getvalue()).encode())

    def _take(self, done: Done, parts: Parts) -> None:
        """Write what a worker gave, with what only the rows before can tell."""
        again, prefix, delimiter = self._folder.met_before(done.seen), self._plan.prefix, self._plan.delimiter
        for position, code, first in again:
            row = done.seen[position][2]
            line = report_line(self._plan, row, 0, Kind.DUPLICATE, "", code, first, None)
            done.report.append((row, line))
            done.counts["duplicates", "", code] += 1
        if isinstance(done.text, bytes):
            if again:
                changed: dict[str, dict[int, object]] = {
                    f"{prefix}duplicate": {position: code for position, code, _ in again},
                    f"{prefix}duplicate_of": {position: first for position, _, first in again},
                }
                done.text = patched(done.text, changed)
            parts.write("rows", done.text)
        else:
            parts.write("rows", _with_duplicates(done.text, done, again, delimiter).encode())
        if again:
            done.report.sort(key=lambda entry: entry[0])
        parts.write("report", "".join(line for _, line in done.report).encode())
        parts.write("rejected", done.rejected)
        self._progress.counts.update(done.counts)

    def _save(self, parts: Parts, digest: str) -> None:
        self._progress.lengths, self._progress.digest = parts.durable(), digest
        self._folder.save(self._progress)

    def _make_parquet(self) -> None:
        """Make one file of the streams. It is quick beside the cleaning, and begun again when interrupted."""
        table, folder = self._table, self._folder.path
        added: dict[str, list[object]] = {name: [] for name in self._added}
        if table.parquet is not None:
            empty = with_columns(table.parquet.empty(), added, whole=self._whole)
        else:
            empty = with_columns({name: [] for name in table.names}, added, whole=self._whole)
        with written(), (folder / "rows").open("rb") as spool, private_file(folder / "result") as target:
            to_parquet(spool, target, empty=empty)
            target.flush()
            os.fsync(target.fileno())

    # --- the end ----------------------------------------------------------------------------------

    def _publish(self) -> None:
        """Let the results appear. Interrupted here, the next run does the rest of it."""
        folder, results = self._folder.path, self._results
        none_rejected = not self._progress.counts["rows", "", "rejected"]
        with written():
            for part, target in (
                ("result" if self._plan.parquet else "rows", results.out),
                ("report", results.report),
                ("rejected", results.rejected),
            ):
                source = folder / part
                if part == "rejected" and none_rejected:
                    if self._force:
                        target.unlink(missing_ok=True)  # it told of an earlier run
                elif source.exists():
                    if target.exists() and not self._force:
                        raise CleaningOutputExists("it appeared while this ran")
                    appear(source, target)
                    sync_folder(target.parent)
        self._folder.remove()

    def _summary(self) -> Summary:
        table, results = self._table, self._results
        return Summary(
            counts=Counter(self._progress.counts),
            joins=len(self._others),
            columns={column.key: column.name for column in table.columns},
            encoding=("utf-16" if table.wide else table.dialect.encoding.value) if table.dialect else None,
            delimiter=table.dialect.delimiter if table.dialect else None,
            resumed=self._resumed,
            out=results.out,
            report=results.report,
            rejected=results.rejected if self._progress.counts["rows", "", "rejected"] else None,
        )


def _with_duplicates(text: str, done: Done, again: Sequence[tuple[int, str, int]], delimiter: str) -> str:
    """The last two columns of some lines filled; they are empty until here."""
    pieces, start = list[str](), 0
    tail = len(f"{delimiter}\r\n")
    for position, code, first in again:
        end = done.ends[position]
        pieces += (text[start : end - tail], f"{code}{delimiter}{first}\r\n")
        start = end
    return "".join([*pieces, text[start:]])
