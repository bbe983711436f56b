"""Fuzz the cleaning of tables: from any octets to a result that can be read back, and no row lost."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.bulk.csv_reading import Block, cut_blocks
    from eid.bulk.dialects import Dialect, Encoding
    from eid.bulk.fields import Field, assign_columns, parse_column_option
    from eid.bulk.recognising import SAMPLE, recognise
    from eid.bulk.records import Settings
    from eid.bulk.work import Plan, Worker, added_columns

_SETTINGS = (
    Settings(today=dt.date(2026, 11, 21)),
    Settings(today=dt.date(2026, 11, 21), as_of=dt.date(2022, 7, 10), restore_zeros=True, sexes={"1": "M"}),
)
_ENCODINGS = tuple(Encoding)
_OPTIONS = tuple(
    parse_column_option(f"{place}={field}")
    for place, field in enumerate([field for field in Field if field is not Field.KEEP], 1)
)
_HEADER = "Số CCCD;Số CMND;Họ và tên;Ngày sinh;Giới tính;Địa chỉ;Tỉnh;Ngày cấp"
_ROW = '001099012349;012345678;Nguyễn Đức Ánh;04/07/1999;Nam;"Số 1, Xã Ví Dụ, Huyện Thử, Tỉnh Hà Giang";Hà Giang;10/07/2022'


def check(data: bytes) -> None:
    """The first octet chooses how the rest is read."""
    how, octets = (data[0], data[1:]) if data else (0, b"")
    encoding = _ENCODINGS[how % len(_ENCODINGS)]
    if encoding is Encoding.UTF_16:
        octets = octets.decode("utf-16", "replace").encode("utf-8", "surrogatepass")  # as a copy is made
    header = bool(how & 0x40)
    dialect = recognise(octets[:SAMPLE], encoding=encoding, delimiter=None, header=header)
    columns = assign_columns(
        dialect.header or dialect.width, _OPTIONS, legacy=encoding.legacy, all_options_needed=False
    )
    names = dialect.header or tuple(map(str, range(dialect.width)))
    plan = Plan(
        names=names,
        columns=columns,
        settings=_SETTINGS[bool(how & 0x80)],
        dialect=dialect,
        delimiter=dialect.delimiter,
    )
    added, _ = added_columns(plan)
    worker = Worker(plan)
    stream = io.BytesIO(octets)
    stream.seek(dialect.start)
    end = dialect.start
    for block in cut_blocks(stream, dialect, start=dialect.start, row=dialect.row, line=dialect.line):
        assert block.octets == octets[end : block.end]
        end = block.end
        _clean(worker, block, dialect, len(names) + len(added))
    assert end == len(octets)


def _clean(worker: Worker, block: Block, dialect: Dialect, width: int) -> None:
    done = worker.clean(block)
    counts = done.counts
    kept, rejected = counts["rows", "", "read"], counts["rows", "", "rejected"]
    assert kept + rejected + counts["rows", "", "empty"] == block.rows
    assert isinstance(done.text, str)
    rows = list(csv.reader(io.StringIO(done.text, newline=""), delimiter=dialect.delimiter, strict=True))
    assert [len(row) for row in rows] == [width] * kept
    assert len(done.ends) == len(done.seen) == kept
    assert sum(code for (kind, *_), code in counts.items() if kind == "rejected") == rejected
    done.text.encode()


def seeds() -> Iterator[bytes]:
    """Tables in every encoding, with each kind of damage."""
    yield b"\x40" + f"{_HEADER}\n{_ROW}\n".encode()
    yield b"\xc0" + f"\ufeffsep=;\r\n{_HEADER}\r\n{_ROW}\r\n".encode()
    for place, encoding in enumerate(_ENCODINGS):
        octets = f"{_HEADER}\n{_ROW}\n".encode(encoding.codec, "replace")
        yield bytes([place | 0x40]) + octets
        yield bytes([place | 0x80]) + octets.split(b"\n", 1)[1]
    yield (
        b"\x00" + b'1099012349,1.09901E+11,"a\nb",31/02/99,1\n\n,,,,\nx\n"lost,a,b,c\n2,"a""b",c,36345,e,,\n'
    )
    yield b"\x80" + "='001099012349',x,Nguy?n,ngày 4 tháng 7 năm 1999,Nữ,Hà Nội\n".encode()
    yield b"\x40PK\x03\x04"


if __name__ == "__main__":
    run(check, seeds)
