"""Fuzz the machine readable zone: what is accepted can be read again and gives dates or none."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.document.dg1 import DG1, encode_dg1
    from eid.document.mrz import parse_mrz
    from eid.errors import EidError

_REFERENCE = dt.date(2026, 3, 1)


def check(data: bytes) -> None:
    """Read *data* as octets, as text, and as DG1."""
    with contextlib.suppress(EidError):
        DG1.parse(data)
    mrz = parse_mrz(data)
    assert parse_mrz("\n".join(mrz.lines)) == mrz == parse_mrz(data.decode("ascii"))
    born = mrz.birth_date(_REFERENCE)
    assert born is None or born.first_day() <= _REFERENCE
    expiry = mrz.expiry_date()
    assert expiry is None or 2000 <= expiry.year <= 2099
    assert mrz.valid == (not mrz.wrong_checks)


def seeds() -> Iterator[bytes]:
    """Invented zones of the five formats, and one of them as DG1."""
    one = (
        "IDVNM0990123493001099012349<<4",
        "9907043M3907041VNM<<<<<<<<<<<2",
        "NGUYEN<<DUC<ANH".ljust(30, "<"),
    )
    yield "\r\n".join(one).encode()
    yield encode_dg1("".join(one))
    yield b"I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<<<<<<<<<<<<<<"
    for code, width in (("P<", 44), ("I<", 36), ("V<", 44), ("V<", 36)):
        yield (
            f"{code}UTOERIKSSON<<ANNA".ljust(width, "<").encode()
            + b"\n"
            + ("L898902C36UTO7408122F1204159".ljust(width, "<").encode())
        )


if __name__ == "__main__":
    run(check, seeds)
