"""Parquet files, read and written a batch at a time (the extra ``bulk``).

A Parquet file has its directory at the end, so an unfinished one is of no use. Results are kept as Arrow streams,
one behind the other, and made into one file when all is done.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import decimal
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from eid.errors import CleaningOutputError, MissingExtra, TableFormatError, TableUnreadable

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]

__all__ = [
    "MAGIC",
    "Batch",
    "ParquetTable",
    "as_text",
    "packed",
    "patched",
    "to_parquet",
    "unpacked",
    "with_columns",
]

#: First octets of a Parquet file.
MAGIC = b"PAR1"
#: Rows of a block, which one worker cleans at a time.
BATCH = 4_096
#: Rows of a row group of the result.
_GROUP = 65_536
_READ_BUFFER = 1 << 20


def _arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtra("install eid[bulk]") from None
    return pyarrow


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    arrow = _arrow()
    try:
        yield
    except arrow.ArrowException as error:
        raise TableFormatError(
            f"not a Parquet file that can be read ({type(error).__name__})", "parquet"
        ) from None
    except OSError as error:
        raise TableUnreadable(error.strerror or type(error).__name__) from None


@dataclass(frozen=True, slots=True, repr=False)
class Batch:
    """Rows of a Parquet file, as an Arrow stream.

    :param row: number of the first row, from 1.
    :param end: rows of the file up to its end.
    """

    octets: bytes
    row: int
    rows: int
    end: int


class ParquetTable:
    """A Parquet file that is read.

    :raises TableFormatError: not one, without columns, or with two of one name.
    """

    def __init__(self, path: Path) -> None:
        self._arrow = _arrow()
        self.path = path
        with _readable(path):
            self._file = self._arrow.parquet.ParquetFile(path, buffer_size=_READ_BUFFER, pre_buffer=False)
            self.names = tuple(self._file.schema_arrow.names)
            self.rows = int(self._file.metadata.num_rows)
        if not self.names or len(set(self.names)) != len(self.names):
            raise TableFormatError("a Parquet file without columns, or with two of one name", "header")

    def batches(self, *, start: int) -> Iterator[Batch]:
        """The rows behind the first *start*, in blocks."""
        first = 0
        with _readable(self.path):
            for group in range(self._file.metadata.num_row_groups):
                rows = self._file.metadata.row_group(group).num_rows
                if first + rows <= start:
                    first += rows
                    continue
                for batch in self._file.iter_batches(batch_size=BATCH, row_groups=[group]):
                    last = first + batch.num_rows
                    if first >= start and batch.num_rows:
                        yield Batch(packed(batch), first + 1, batch.num_rows, last)
                    first = last

    def empty(self) -> pa.RecordBatch:
        """A batch without rows."""
        return self._arrow.RecordBatch.from_pylist([], schema=self._file.schema_arrow)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


# --- batches ---------------------------------------------------------------------------------------


def packed(batch: pa.RecordBatch) -> bytes:
    """*batch* as an Arrow stream of its own."""
    arrow = _arrow()
    sink = arrow.BufferOutputStream()
    with arrow.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    octets: bytes = sink.getvalue().to_pybytes()
    return octets


def unpacked(octets: bytes) -> pa.RecordBatch:
    """The batch of an Arrow stream."""
    return _arrow().ipc.open_stream(octets).read_next_batch()


def as_text(batch: pa.RecordBatch) -> list[list[str]]:
    """The columns of *batch* as text, as somebody would have typed it; nothing for a missing value."""
    return [[_text(value) for value in _values(column)] for column in batch.columns]


def _values(column: Any) -> list[object]:
    arrow = _arrow()
    try:
        if arrow.types.is_timestamp(column.type) and column.type.unit == "ns":
            column = column.cast(
                arrow.timestamp("us", column.type.tz), safe=False
            )  # Python has no finer time
        return list(column.to_pylist())
    except (
        ValueError,
        OverflowError,
    ):  # a day that Python's calendar has not; Arrow's errors are among these
        return list(column.cast(arrow.string()).to_pylist())


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.1f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        try:
            return value.decode()  # older programs write text so
        except UnicodeDecodeError:
            return value.hex()
    return str(value)


def with_columns(
    source: pa.RecordBatch | Mapping[str, Sequence[str]],
    added: Mapping[str, Sequence[object]],
    *,
    whole: Collection[str],
) -> bytes:
    """The source's columns and further ones behind them, packed.

    :param source: a batch, or columns of text.
    :param added: columns of text; an empty text is a missing value.
    :param whole: those of *added* that hold whole numbers.
    """
    arrow = _arrow()
    if isinstance(source, Mapping):
        names, arrays = list(source), [arrow.array(values, arrow.string()) for values in source.values()]
    else:
        names, arrays = list(source.schema.names), list(source.columns)
    for name, values in added.items():
        kind = arrow.int64() if name in whole else arrow.string()
        arrays.append(arrow.array([None if value == "" else value for value in values], kind))
        names.append(name)
    return packed(arrow.RecordBatch.from_arrays(arrays, names=names))


def patched(octets: bytes, changed: Mapping[str, Mapping[int, object]]) -> bytes:
    """A packed batch with some values of some columns set.

    :param changed: for each column, the values by position.
    """
    arrow = _arrow()
    batch = unpacked(octets)
    for name, values in changed.items():
        place = batch.schema.get_field_index(name)
        column = batch.column(place).to_pylist()
        for position, value in values.items():
            column[position] = value
        batch = batch.set_column(
            place, batch.schema.field(place), arrow.array(column, batch.schema.field(place).type)
        )
    return packed(batch)


# --- the result ------------------------------------------------------------------------------------


def to_parquet(spool: BinaryIO, target: BinaryIO, *, empty: bytes) -> None:
    """Make one Parquet file of Arrow streams that stand one behind the other. Its octets depend on the rows alone.

    :param empty: a packed batch without rows, which says the columns where there are no rows.
    :raises CleaningOutputError: the disk is full.
    """
    arrow = _arrow()
    schema = unpacked(empty).schema
    try:
        with arrow.parquet.ParquetWriter(target, schema, compression="zstd") as writer:
            waiting, rows = list[Any](), 0
            for batch in _spooled(arrow, spool):
                waiting.append(batch)
                rows += batch.num_rows
                while rows >= _GROUP:
                    table = arrow.Table.from_batches(waiting, schema)
                    writer.write_table(table.slice(0, _GROUP), row_group_size=_GROUP)
                    rest = table.slice(_GROUP)
                    waiting, rows = rest.to_batches(), rest.num_rows
            if waiting:
                writer.write_table(arrow.Table.from_batches(waiting, schema), row_group_size=_GROUP)
    except OSError as error:
        raise CleaningOutputError(error.strerror or type(error).__name__) from None


def _spooled(arrow: Any, spool: BinaryIO) -> Iterator[Any]:
    size = spool.seek(0, 2)
    spool.seek(0)
    while spool.tell() < size:
        yield from arrow.ipc.open_stream(spool)
