from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.document.dates import PartialDate
from eid.errors import DocumentError


@given(st.dates())
def test_complete_dates_come_back(day: dt.date) -> None:
    date = PartialDate.from_compact(f"{day.year:04d}{day.month:02d}{day.day:02d}")
    assert date == PartialDate(day.year, day.month, day.day)
    assert date.complete
    assert date.first_day() == date.last_day() == day
    assert str(date) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "first", "last", "shown"),
    [
        ("19990700", dt.date(1999, 7, 1), dt.date(1999, 7, 31), "1999-07"),
        ("199902<<", dt.date(1999, 2, 1), dt.date(1999, 2, 28), "1999-02"),
        ("1999    ", dt.date(1999, 1, 1), dt.date(1999, 12, 31), "1999"),
        ("19990000", dt.date(1999, 1, 1), dt.date(1999, 12, 31), "1999"),
        ("99991200", dt.date(9999, 12, 1), dt.date(9999, 12, 31), "9999-12"),
    ],
)
def test_unknown_parts_stay_unknown(text: str, first: dt.date, last: dt.date, shown: str) -> None:
    date = PartialDate.from_compact(text)
    assert (date.first_day(), date.last_day(), str(date)) == (first, last, shown)
    assert not date.complete


@pytest.mark.parametrize(
    "text", ["", "19990704\n", "19991301", "19990230", "00000101", "19990004", "1999070", "١٩٩٩٠٧٠٤"]
)
def test_impossible_dates_are_refused(text: str) -> None:
    with pytest.raises(DocumentError) as caught:
        PartialDate.from_compact(text)
    assert caught.value.kind == "date"


@pytest.mark.parametrize("parts", [(1999, None, 4), (0,), (10**30,), (1999, 0), (1999, 1, 32)])
def test_impossible_parts_are_refused(parts: tuple[int, ...]) -> None:
    with pytest.raises(DocumentError):
        PartialDate(*parts)
