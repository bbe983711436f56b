"""``eid clean``: a file of many records cleaned, compared with others, and reported on."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import typer

from eid.cli.failures import usage
from eid.cli.messages import FAILED, HOLDS, UNDECIDED
from eid.cli.options import command
from eid.cli.output import Output
from eid.cli.progress import Bars
from eid.errors import Text

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

    from eid.bulk import Summary

__all__ = ["clean"]

#: Days begin in Viet Nam's time.
_ZONE = dt.timezone(dt.timedelta(hours=7))
_ISSUE = "issue_date"
_MOST_WORKERS = 64

_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "rows": Text("rows", "số dòng"),
        "cleaned": Text("cleaned", "đã làm sạch"),
        "with_problems": Text("with problems", "có vấn đề"),
        "rejected": Text("rejected", "bị loại"),
        "empty": Text("empty", "trống"),
        "conflicts": Text("conflicts", "mâu thuẫn"),
        "columns": Text("Columns", "Cột"),
        "problems": Text("Problems", "Vấn đề"),
        "rejections": Text("Rejected rows", "Dòng bị loại"),
        "duplicates": Text("Rows met before", "Dòng trùng"),
        "join": Text("Joined table", "Bảng đối chiếu"),
        "files": Text("Files", "Tệp"),
        "goes_on": Text("An interrupted run goes on.", "Tiếp tục lần chạy dở dang."),
        "clean": Text("cleaning", "làm sạch"),
        "index": Text("reading table", "đọc bảng"),
    }
)


class EncodingName(enum.StrEnum):
    """As :class:`eid.bulk.Encoding`, which takes long to import."""

    AUTO = "auto"
    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    CP1258 = "cp1258"
    CP1252 = "cp1252"
    LATIN_1 = "latin-1"
    TCVN3 = "tcvn3"
    VNI = "vni"


class OrderName(enum.StrEnum):
    """Which stands first in a date."""

    DMY = "dmy"
    MDY = "mdy"


@command
def clean(
    out: Output,
    table: Annotated[Path, typer.Argument(metavar="IN", help="A table: CSV, or Parquet.")],
    to: Annotated[Path, typer.Option("--out", metavar="FILE", help="The cleaned table: .csv or .parquet.")],
    join: Annotated[
        list[Path] | None,
        typer.Option("--join", metavar="FILE", help="Another table, whose records are found by number."),
    ] = None,
    take: Annotated[
        list[str] | None,
        typer.Option("--take", metavar="NAME", help="A column to take over from the joined tables."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="NAME=FIELD",
            help="What a column holds: number, old_number, name, birth_date, sex, address, province, issue_date,"
            " other_name, other_date, text, keep; with :tcvn3 or :vni for text in an old encoding.",
        ),
    ] = None,
    encoding: Annotated[
        EncodingName,
        typer.Option("--encoding", help="Of the table; auto takes UTF-8, or UTF-16 with a mark."),
    ] = EncodingName.AUTO,
    join_encoding: Annotated[
        EncodingName, typer.Option("--join-encoding", help="Of the joined tables.")
    ] = EncodingName.AUTO,
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", metavar="CHAR", help="Of the table; tab for a tab.")
    ] = None,
    no_header: Annotated[
        bool, typer.Option("--no-header", help="The first line has no names: columns are called 1, 2, 3 …")
    ] = False,
    skip_lines: Annotated[int, typer.Option("--skip-lines", metavar="N", help="Lines above the header.")] = 0,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="The day on which the addresses were right, or issue_date for that column.",
        ),
    ] = None,
    date_order: Annotated[
        OrderName, typer.Option("--date-order", help="Day or month first, where the year stands last.")
    ] = OrderName.DMY,
    sex: Annotated[
        list[str] | None, typer.Option("--sex", metavar="VALUE=M|F|X", help="What a code of sex means.")
    ] = None,
    restore_zeros: Annotated[
        bool,
        typer.Option(
            "--restore-zeros", help="Put back lost leading zeros of a number where birth year and sex agree."
        ),
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Problems: .csv or .jsonl; beside --out.")
    ] = None,
    rejected: Annotated[
        Path | None,
        typer.Option("--rejected", metavar="FILE", help="Rows that are no records; beside --out."),
    ] = None,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="The report holds what stands in the table: personal data.")
    ] = False,
    prefix: Annotated[
        str, typer.Option("--prefix", metavar="TEXT", help="Of the names of added columns.")
    ] = "clean_",
    force: Annotated[bool, typer.Option("--force", help="Replace results of an earlier run.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Forget an interrupted run.")] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="Processes; as many as processors.")
    ] = None,
) -> int:
    """Clean names, dates, numbers and addresses of a table, and say what was done and what is wrong.

    The source's columns stay as they are; clean ones are added. Started again after an interruption, it goes
    on. Ends with 1 when two rows have one number and seem two people, with 3 when rows had to be left out.
    """
    from eid.bulk import DateOrder, Encoding, Results, Settings, Source, clean_table, parse_column_option

    if workers is not None and not 1 <= workers <= _MOST_WORKERS:
        raise usage("bad_value", "--workers")
    today = dt.datetime.now(_ZONE).date()
    settings = Settings(
        today=today,
        date_order=DateOrder(date_order.value),
        as_of=_day(as_of),
        as_of_issue=as_of == _ISSUE,
        sexes=_sexes(sex or ()),
        restore_zeros=restore_zeros,
    )
    columns = tuple(parse_column_option(text) for text in column or ())
    source = Source(
        table,
        encoding=Encoding(encoding.value),
        delimiter="\t" if delimiter in ("tab", "\\t") else delimiter,
        header=not no_header,
        skip=skip_lines,
        columns=columns,
        shared=bool(join),
    )
    others = [
        Source(
            path, encoding=Encoding(join_encoding.value), columns=columns, shared=True, take=tuple(take or ())
        )
        for path in join or ()
    ]
    if take and not others:
        raise usage("missing", "--join")
    results = Results.beside(to, report=report, rejected=rejected)
    with CleaningProgress(out) as progress:
        summary = clean_table(
            source,
            results,
            settings=settings,
            joins=others,
            prefix=prefix,
            show_values=show_values,
            force=force,
            restart=restart,
            workers=workers,
            progress=progress,
        )
    if out.json:
        out.document(summary.to_json())
    else:
        _show(out, summary)
    if summary.conflicts:
        return FAILED
    return UNDECIDED if summary.rows_rejected else HOLDS


def _day(text: str | None) -> dt.date | None:
    if text is None or text == _ISSUE:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise usage("time", "--as-of") from None


def _sexes(given: Sequence[str]) -> dict[str, str]:
    pairs = [text.rpartition("=") for text in given]
    if not all(value and sex in ("M", "F", "X") for value, _, sex in pairs):
        raise usage("bad_value", "--sex")
    return {value: sex for value, _, sex in pairs}


# --- for people ------------------------------------------------------------------------------------


def _show(out: Output, summary: Summary) -> None:
    from eid.bulk.codes import PROBLEMS, REJECTIONS, ROWS

    if summary.resumed:
        out.note(_word(out, "goes_on"))
    found = summary.to_json()
    parts = [f"{_word(out, name)}: {found[name]}" for name in ("rows", "cleaned", "with_problems")]
    parts += [
        f"{_word(out, 'rejected')}: {summary.rows_rejected}",
        f"{_word(out, 'conflicts')}: {summary.conflicts}",
    ]
    out.line(", ".join(parts), "bold")
    out.heading(_word(out, "columns"))
    out.table([[(field, ""), (name, "")] for field, name in summary.columns.items()])
    for column, codes in summary.by_code("problems").items():
        out.heading(f"{_word(out, 'problems')}: {column}")
        _codes(out, codes, PROBLEMS)
    _section(out, "rejections", summary.by_code("rejected").get("", {}), REJECTIONS)
    _section(out, "duplicates", summary.by_code("duplicates").get("", {}), ROWS)
    for number in range(1, summary.joins + 1):
        verdicts = summary.by_code("joins").get(f"join{number}", {})
        out.heading(f"{_word(out, 'join')} {number}")
        out.table([[(f"{count}", ""), (verdict, "")] for verdict, count in verdicts.items()])
        _codes(out, summary.by_code("join_codes").get(f"join{number}", {}), ROWS)
    out.heading(_word(out, "files"))
    files = [summary.out, summary.report, *([summary.rejected] if summary.rejected else [])]
    out.table([[(str(path), "")] for path in files])


def _section(out: Output, word: str, codes: Mapping[str, int], texts: Mapping[str, Text]) -> None:
    if codes:
        out.heading(_word(out, word))
        _codes(out, codes, texts)


def _codes(out: Output, codes: Mapping[str, int], texts: Mapping[str, Text]) -> None:
    if codes:
        out.table(
            [[(f"{count}", ""), (code, ""), (out.text(texts[code]), "")] for code, count in codes.items()]
        )


def _word(out: Output, name: str) -> str:
    return out.text(_WORDS[name])


class CleaningProgress(Bars):
    """A bar on a terminal; else a line for each part of the work that is done. On standard error."""

    def _columns(self) -> tuple[ProgressColumn, ...]:
        from rich.progress import TaskProgressColumn, TimeRemainingColumn

        return (TaskProgressColumn(), TimeRemainingColumn())

    def __call__(self, name: str, done: int, total: int) -> None:
        """One step further."""
        word, _, number = name.partition(" ")
        title = f"{_word(self._out, word)} {number}".rstrip()
        if not self._drawn(title, done, total) and done >= total and not self._out.json:
            self._out.note(f"  {title}: 100 %")
