"""Tables of delimited text, cut into blocks of whole records, and read.

Nothing about a record is guessed. A line that cannot be put into columns is named with a code, and the reading goes
on with the next line, so that one lost quotation mark does not swallow the rest of the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from eid.bulk.dialects import Dialect
from eid.errors import TableFormatError

__all__ = ["BLOCK", "MAX_RECORD", "Block", "Row", "cut_blocks", "records", "rows_of"]

#: Octets of a block, which one worker cleans at a time.
BLOCK = 1 << 19
#: Octets of a record. A quotation mark that is not closed within as many is taken for a lost one.
MAX_RECORD = 1 << 16
#: Octets of a line; what has longer ones is no table, and reading it would fill the memory.
_MAX_LINE = 1 << 24
#: Programs of DOS write this character behind the last line.
_END_OF_FILE = ["\x1a"]


@dataclass(frozen=True, slots=True, repr=False)
class Block:
    """Whole records, one after the other.

    :param end: octets of the file up to its end.
    :param row: of its first record.
    :param line: of its first record.
    :param bad: lines that are no records (from 0 in the block), with the code of the reason.
    :param rows: how many records it has, bad lines and empty ones among them.
    :param lines: how many lines it has.
    """

    octets: bytes
    end: int
    row: int
    line: int
    bad: tuple[tuple[int, str], ...]
    rows: int
    lines: int


# --- records ---------------------------------------------------------------------------------------


class _Lines:
    """Feeds lines to the parser, for one record never more than it may have."""

    def __init__(self, lines: Sequence[bytes], start: int) -> None:
        self._lines = lines
        self._next = start
        self._taken = 0
        self.exhausted = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._next == len(self._lines):
            self.exhausted = True
            raise StopIteration
        if self._taken > MAX_RECORD:
            raise StopIteration
        line = self._lines[self._next]
        self._next += 1
        self._taken += len(line)
        return line.decode("latin-1")  # every octet one character: only the structure counts here

    def next_record(self) -> None:
        self._taken = 0


def records(
    lines: Sequence[bytes], delimiter: str, *, complete: bool
) -> Iterator[tuple[int, int, list[str] | None, str | None]]:
    """First line, line behind the last, fields (octets as Latin-1) and a code for what is no record.

    :param complete: no lines follow; else a record that may go on is left out.
    """
    start = 0
    while start < len(lines):
        if len(lines[start]) > MAX_RECORD:
            yield start, start + 1, None, "row_too_long"
            start += 1
            continue
        feed, first = _Lines(lines, start), start
        reader = csv.reader(feed, delimiter=delimiter, strict=True)
        try:
            for row in reader:
                end = first + reader.line_num
                if any(len(line) > MAX_RECORD for line in lines[start:end]):
                    break
                yield start, end, row, None
                start = end
                feed.next_record()
            else:
                return
            yield start, start + 1, None, "row_too_long"
        except csv.Error:
            if feed.exhausted and not complete:
                return  # with the next lines it may be a record
            # The same word as for a line with which a block begins.
            code = "row_too_long" if len(lines[start]) > MAX_RECORD else "quote_unbalanced"
            yield start, start + 1, None, code
        start += 1


def cut_blocks(stream: BinaryIO, dialect: Dialect, *, start: int, row: int, line: int) -> Iterator[Block]:
    """Cut a table into blocks.

    :param stream: positioned at *start*, which is the end of a block or of the header.
    :raises TableFormatError: a line that never ends; kind ``line``.
    """
    rest, position, ended = b"", start, False
    while not ended:
        read = stream.read(BLOCK)
        ended = len(read) < BLOCK
        octets = rest + read
        cut = len(octets) if ended else _last_line_end(octets)
        if cut == 0 and not ended:
            if len(octets) > _MAX_LINE:
                raise TableFormatError("a line without an end: this is no table", "line")
            rest = octets
            continue
        lines = octets[:cut].splitlines(keepends=True)
        if b'"' in octets[:cut]:
            used, rows, bad = _with_quotes(lines, dialect.delimiter, complete=ended)
        else:
            used = rows = len(lines)
            bad = tuple((at, "row_too_long") for at, each in enumerate(lines) if len(each) > MAX_RECORD)
        whole = b"".join(lines[:used]) if used < len(lines) else octets[:cut]
        rest = octets[len(whole) :]
        if not whole:
            continue
        position += len(whole)
        yield Block(whole, position, row, line, bad, rows, used)
        row, line = row + rows, line + used


def _last_line_end(octets: bytes) -> int:
    """Behind the last line that is certainly whole: CR at the very end may be half of CRLF."""
    return max(octets.rfind(b"\n"), octets.rfind(b"\r", 0, len(octets) - 1)) + 1


def _with_quotes(
    lines: Sequence[bytes], delimiter: str, *, complete: bool
) -> tuple[int, int, tuple[tuple[int, str], ...]]:
    """How many lines make whole records, how many records these are, and which lines are none."""
    used, rows, bad = 0, 0, list[tuple[int, str]]()
    for start, end, _, code in records(lines, delimiter, complete=complete):
        if code is not None:
            bad.append((start, code))
        used, rows = end, rows + 1
    return used, rows, tuple(bad)


# --- in the worker ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A record: its fields, or the code of the reason why there are none, with its octets.

    :param number: as a spreadsheet counts.
    """

    number: int
    line: int
    fields: list[str] | None
    code: str | None = None
    octets: bytes = b""


def rows_of(block: Block, dialect: Dialect) -> Iterator[Row]:
    """The records of a block; empty lines are left out."""
    lines = block.octets.splitlines(keepends=True)
    bad = dict(block.bad)
    number, at = block.row, 0
    for place in [*bad, len(lines)]:
        run = lines[at:place]
        if run:
            for row in _run(run, number, block.line + at, dialect):
                if isinstance(row, int):
                    number = row
                else:
                    yield row
        if place < len(lines):
            yield Row(number, block.line + place, None, bad[place], lines[place])
            number += 1
        at = place + 1


def _run(lines: list[bytes], number: int, line: int, dialect: Dialect) -> Iterator[Row | int]:
    """The records of lines that are all good, then the number of the next row."""
    octets = b"".join(lines)
    try:
        text = octets.decode(dialect.encoding.codec)
    except UnicodeDecodeError:
        yield from _one_by_one(lines, number, line, dialect)
        return
    source = io.StringIO(text, newline="")
    reader = csv.reader(source, delimiter=dialect.delimiter, strict=True)
    before = 0
    for fields in reader:
        if any(fields) and fields != _END_OF_FILE:
            yield _fitted(number, line + before, fields, dialect, lines, before, reader.line_num)
        number, before = number + 1, reader.line_num
    yield number


def _fitted(
    number: int, line: int, fields: list[str], dialect: Dialect, lines: list[bytes], start: int, end: int
) -> Row:
    if len(fields) == dialect.width:
        return Row(number, line, fields)
    if len(fields) < dialect.width:
        return Row(number, line, None, "too_few_fields", b"".join(lines[start:end]))
    if any(fields[dialect.width :]):
        return Row(number, line, None, "too_many_fields", b"".join(lines[start:end]))
    return Row(number, line, fields[: dialect.width], "extra_empty_fields")


def _one_by_one(lines: list[bytes], number: int, line: int, dialect: Dialect) -> Iterator[Row | int]:
    """The same where some octets are no text: the records around them are read all the same."""
    codec = dialect.encoding.codec
    for start, end, row, _ in records(lines, dialect.delimiter, complete=True):
        octets = b"".join(lines[start:end])
        try:
            fields = [field.encode("latin-1").decode(codec) for field in row or ()]
        except UnicodeDecodeError:
            yield Row(number, line + start, None, "undecodable_octets", octets)
        else:
            if any(fields) and fields != _END_OF_FILE:
                yield _fitted(number, line + start, fields, dialect, lines, start, end)
        number += 1
    yield number
