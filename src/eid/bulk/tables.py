"""The tables that are read: what kind each is, its columns, its blocks. Text as CSV has it, or Parquet."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eid.bulk.csv_reading import Block, cut_blocks
from eid.bulk.dialects import Dialect, Encoding
from eid.bulk.fields import Column, ColumnOption, assign_columns
from eid.bulk.parquet import MAGIC, Batch, ParquetTable
from eid.bulk.parts import private_file, written
from eid.bulk.recognising import SAMPLE, distinct, recognise
from eid.errors import CleaningOptionsError, TableFormatError, TableUnreadable

__all__ = ["OpenTable", "Source", "digest_of"]

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """A table, and what the caller knows about it.

    :param encoding: of its octets; ``AUTO`` takes UTF-8, and UTF-16 with a mark.
    :param delimiter: one character; found out from the first line if left out.
    :param header: whether the first line names the columns.
    :param skip: lines above it, such as a title.
    :param columns: what columns hold, beyond what their names say.
    :param shared: *columns* are also those of other tables: one that is not here has to be in another.
    :param take: for a table that is joined: names of columns to take over.
    """

    path: Path
    encoding: Encoding = Encoding.AUTO
    delimiter: str | None = None
    header: bool = True
    skip: int = 0
    columns: tuple[ColumnOption, ...] = ()
    shared: bool = False
    take: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n\0'):
            raise CleaningOptionsError("a delimiter is one character")
        if self.delimiter is not None and not self.delimiter.isascii():
            raise CleaningOptionsError("a delimiter is an ASCII character")
        if not 0 <= self.skip <= 1_000:
            raise CleaningOptionsError("up to 1,000 lines can be skipped")


class OpenTable:
    """A table whose kind, dialect and columns are known.

    :raises TableUnreadable: missing, unreadable, no regular file.
    :raises TableFormatError: not a table that can be read; see :func:`eid.bulk.recognising.recognise`.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        with _readable():
            status = source.path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise TableUnreadable("not a regular file")
            self.size, self._changed = status.st_size, status.st_mtime_ns
            with source.path.open("rb") as stream:
                sample = stream.read(SAMPLE)
        self.parquet: ParquetTable | None = None
        self.dialect: Dialect | None = None
        self.wide, self._wide_codec = False, ""
        if sample.startswith(MAGIC):
            self.parquet = ParquetTable(source.path)
            self.names = self.parquet.names
            header: tuple[str, ...] | int = self.names
        else:
            header = self._text(sample)
        self.columns: tuple[Column, ...] = assign_columns(
            header, source.columns, legacy=source.encoding.legacy, all_options_needed=not source.shared
        )
        places = {name: place for place, name in enumerate(self.names)}
        if not set(source.take) <= set(places):
            raise CleaningOptionsError("a column that shall be taken over is not there")
        self.take = tuple(places[name] for name in source.take)

    def _text(self, sample: bytes) -> tuple[str, ...] | int:
        source = self.source
        self.wide = source.encoding is Encoding.UTF_16 or (
            source.encoding is Encoding.AUTO and sample.startswith(_UTF16)
        )
        if self.wide:
            self._wide_codec = _utf16(sample)
            decoder = codecs.getincrementaldecoder(self._wide_codec)("surrogatepass")
            try:
                sample = decoder.decode(sample).encode("utf-8", "surrogatepass")
            except UnicodeError:
                raise TableFormatError("the text is not UTF-16", "encoding") from None
        self.dialect = recognise(
            sample,
            encoding=Encoding.UTF_8 if self.wide else source.encoding,
            delimiter=source.delimiter,
            header=source.header,
            skip=source.skip,
        )
        self.names = self.dialect.header or distinct([""] * self.dialect.width)
        return self.dialect.header or self.dialect.width

    @property
    def start(self) -> tuple[int, int, int]:
        """Position, row and line of the first record."""
        return (self.dialect.start, self.dialect.row, self.dialect.line) if self.dialect else (0, 1, 1)

    def total(self, text: Path) -> int:
        """How far :meth:`blocks` go: octets of *text*, or rows of Parquet."""
        return self.parquet.rows if self.parquet is not None else text.stat().st_size

    @property
    def identity(self) -> list[object]:
        """What must be the same when a run goes on; what was read already is compared by its digest."""
        rows = self.parquet.rows if self.parquet is not None else None
        changed = self._changed if self.parquet is not None or self.wide else None
        return [
            self.size,
            rows,
            changed,
            repr(self.dialect),
            [repr(each) for each in self.columns],
            list(self.take),
        ]

    @property
    def whole_identity(self) -> list[object]:
        """The same for a table that is not read again."""
        return [*self.identity, self._changed]

    def blocks(self, text: Path, *, position: int, row: int, line: int) -> Iterator[Block | Batch]:
        """The blocks behind *position*.

        :param text: the file itself, or its text in UTF-8.
        :raises TableUnreadable: it was changed or went away.
        """
        if self.parquet is not None:
            yield from self.parquet.batches(start=position)
            return
        assert self.dialect is not None
        with _readable():
            stream = text.open("rb")
        with stream:
            stream.seek(position)
            blocks = cut_blocks(stream, self.dialect, start=position, row=row, line=line)
            while True:
                with _readable():
                    block = next(blocks, None)
                if block is None:
                    return
                yield block

    def converted(self, folder: Path, name: str) -> Path:
        """The file to read: itself, or for UTF-16 a copy in UTF-8, which is made in *folder*."""
        if not self.wide:
            return self.source.path
        target, building = folder / f"{name}.utf8", folder / f"{name}.utf8.building"
        if not target.exists():
            decoder = codecs.getincrementaldecoder(self._wide_codec)("surrogatepass")
            with _readable():
                source = self.source.path.open("rb")
            with source, private_file(building) as sink:
                while True:
                    with _readable():
                        octets = source.read(_CHUNK)
                    try:
                        # Half a pair of surrogates is no text; its row will be rejected, and not the table.
                        text = decoder.decode(octets, final=not octets)
                    except UnicodeError:
                        raise TableFormatError("the text in UTF-16 is cut off", "encoding") from None
                    with written():
                        sink.write(text.encode("utf-8", "surrogatepass"))
                    if not octets:
                        break
            with written():
                building.replace(target)
        return target

    def close(self) -> None:
        """Let go of the file."""
        if self.parquet is not None:
            self.parquet.close()


def _utf16(sample: bytes) -> str:
    """The codec for UTF-16, in the order of its mark; without one, in that in which most octets 00 are the upper ones."""
    if sample.startswith(_UTF16):
        return "utf-16"
    return "utf-16-be" if sample[::2].count(0) > sample[1::2].count(0) else "utf-16-le"


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = (isinstance(error, OSError) and error.strerror) or "not a name of a file"
        raise TableUnreadable(reason) from None


def digest_of(path: Path, length: int) -> hashlib._Hash:
    """SHA-256 over the first *length* octets, to which more can be added.

    :raises TableUnreadable: it has fewer.
    """
    digest, left = hashlib.sha256(), length
    with _readable(), path.open("rb") as stream:
        while left:
            octets = stream.read(min(left, _CHUNK))
            if not octets:
                raise TableUnreadable("it is shorter than it was when the run was interrupted")
            digest.update(octets)
            left -= len(octets)
    return digest
