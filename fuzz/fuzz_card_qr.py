"""Fuzz the printed code: what is read stays readable, hides in listings and can be compared with a chip."""

from __future__ import annotations

from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.document.dg1 import DG1
    from eid.document.mrz import parse_mrz
    from eid.errors import EidError
    from eid.vietnam.card_qr import PrintedCode, parse_printed_code
    from eid.vietnam.card_qr.check import cross_check
    from eid.vietnam.comparisons import most_severe
    from eid.vietnam.dg13 import encode_dg13, parse_dg13
    from eid.vietnam.mrz import read_card_mrz

_LINES = "IDVNM0990123493001099012349<<4\n9907043M3907041VNM<<<<<<<<<<<2\nNGUYEN<<DUC<ANH<<<<<<<<<<<<<<<"
_NATIONAL = {
    "pin": "001099012349",
    "full_name": "Nguyễn Đức Ánh",
    "dob": "04/07/1999",
    "sex": "Nam",
    "residence": "Số 1, Phường Ví Dụ",
    "issue_date": "10/07/2022",
    "parents": ["Nguyễn Văn Cha", "Lê Thị Mẹ"],
    "old_number": "012345678",
}
_CODE = "001099012349|012345678|Nguyễn Đức Ánh|04071999|Nam|Số 1, Phường Ví Dụ|10072022"


def check(data: bytes) -> None:
    """Read *data* as octets and as text, and put what was read beside a chip."""
    for payload in (data, data.decode("latin-1"), data.decode("utf-8", "surrogateescape")):
        try:
            code = parse_printed_code(payload)
        except EidError as error:
            assert len(str(error)) < 200  # noqa: PT017 - nothing of the input is in it
            continue
        _look(code)


def _look(code: PrintedCode) -> None:
    assert code.proof is False
    assert code.to_json()["proof"] is False
    assert len(code.number.number) == 12
    assert code.number.number not in repr(code)
    # The text put together again reads the same: every repair is stable.
    fields = [code.number.number, code.old_number or "", code.full_name, f"{code.birth_date.year:04d}"]
    fields += [code.sex_text, code.residence or "", "01012022", *code.extras]
    again = parse_printed_code("|".join(fields))
    assert (again.full_name, again.old_number, again.sex) == (code.full_name, code.old_number, code.sex)
    assert (again.residence, again.parents, again.extras) == (code.residence, code.parents, code.extras)
    rows = cross_check(
        code=code,
        mrz=read_card_mrz(_LINES),
        dg1=DG1(parse_mrz(_LINES)),
        dg13=parse_dg13(encode_dg13(_NATIONAL)),
    )
    most_severe(rows)
    for row in rows:
        assert code.full_name not in str(row.to_json()) or len(code.full_name) < 12


def seeds() -> Iterator[bytes]:
    """Both generations, damage of every kind, and what is no code."""
    yield _CODE.encode()
    yield f"{_CODE[:-8]}01082024|001199012340|Lê Văn Cha|Trần Thị Mẹ|".encode()
    yield f"\ufeff{_CODE}\r\n".encode()
    yield _CODE.encode().decode("latin-1").encode()
    yield _CODE.encode("ascii", "replace")
    yield _CODE.replace(" ", "\u00a0").replace("1", "１").encode()
    yield f"{_CODE}\r\n{_CODE}".encode()
    yield _CODE.replace("04071999", "00001999").encode()
    yield b'{"id":"001099012349"}'


if __name__ == "__main__":
    run(check, seeds)
