"""Fuzz DG13: what is read has views that hide the sensitive fields, and can be written again."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.errors import EidError
    from eid.vietnam.dg13 import SENSITIVE, encode_dg13, parse_dg13

_PERSON: dict[str, object] = {
    "pin": "001099012349",
    "full_name": "Nguyễn Đức Ánh",
    "dob": "04/07/1999",
    "sex": "Nam",
    "ethnicity": "Kinh",
    "religion": "",
    "residence": "Số 1, Phường Ví Dụ, " * 9,
    "identification_marks": "Nốt ruồi",
    "issue_date": "10/07/2022",
    "expiry": "Không thời hạn",
    "parents": ["Nguyễn Văn Cha", "Lê Thị Mẹ"],
    "spouse": None,
    "unknown_16": "0123456789ABCDEF",
}


def check(data: bytes) -> None:
    """Read *data*, look at everything, and read what is written from it."""
    group = parse_dg13(data)
    assert isinstance(group.expiry_date, dt.date | None)
    assert isinstance(group.issue_date, dt.date | None)
    assert (group.father is None) == (group.mother is None)
    shown = group.to_json()["fields"]
    assert isinstance(shown, dict)
    assert not SENSITIVE & shown.keys()
    fields: dict[str, object] = {**group.texts, "parents": group.parents or ()}
    fields |= {name: group.sensitive(name) or "" for name in SENSITIVE}
    with contextlib.suppress(EidError):  # a PrintableString cannot hold what another type can
        again = parse_dg13(encode_dg13(fields))
        assert again.texts == group.texts
        assert again.parents == (group.parents or ())


def seeds() -> Iterator[bytes]:
    """An invented citizen, less of one, one without header, one with an unknown entry."""
    whole = encode_dg13(_PERSON)
    yield whole
    yield encode_dg13({"pin": "052160004321", "dob": "1960", "expiry": "15/02/2039"})
    yield bytes.fromhex("6d0b30093107300502010f1300")
    yield bytes.fromhex("6d1d301b020101060628d316010008310e30050201110c0030050201020c00")
    yield whole[:-7]


if __name__ == "__main__":
    run(check, seeds)
