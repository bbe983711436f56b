"""Dates in files: many forms, one result, and nothing invented."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.bulk.dates import DateOrder, clean_date, two_digit_candidate
from eid.bulk.values import Value

TODAY = dt.date(2026, 11, 21)


def read(text: str, order: DateOrder = DateOrder.DAY_FIRST) -> Value:
    return clean_date(text, order=order, today=TODAY)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("1999-07-04", None),
        ("04/07/1999", "date_form"),
        ("4/7/1999", "date_form"),
        ("04-07-1999", "date_form"),
        ("04.07.1999", "date_form"),
        ("04 / 07 / 1999", "date_form"),
        ("1999/07/04", "date_form"),
        ("1999.7.4", "date_form"),
        ("04071999", "date_form"),
        ("19990704", "date_form"),
        ("1999-07-04 00:00:00", "time_dropped"),
        ("1999-07-04T00:00:00.000Z", "time_dropped"),
        ("04/07/1999 12:00:00 AM", "time_dropped"),
        ("4/7/1999 0:00", "time_dropped"),
        ("Ngày 04 tháng 07 năm 1999", "date_from_words"),
        ("4 tháng 7 năm 1999", "date_from_words"),
        ("ngày 4 tháng 7, năm 1999", "date_from_words"),
        ("04-Jul-1999", "date_from_words"),
        ("4 July 1999", "date_from_words"),
        ("July 4, 1999", "date_from_words"),
        ("４/７/１９９９", "fullwidth_digits_folded"),
        ("'04/07/1999", "text_mark_removed"),
        ('="04/07/1999"', "text_mark_removed"),
        ("4–7–1999", "date_form"),
        (" 04/07/1999 ", "date_form"),
    ],
)
def test_forms_of_one_day(text: str, note: str | None) -> None:
    value = read(text)
    assert (value.text, value.problems, value.candidate) == ("1999-07-04", (), None)
    assert value.notes == ((note,) if note else ())


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("1999", "1999"), ("07/1999", "1999-07"), ("1999-07", "1999-07"), ("00/00/1999", "1999"), ("00/07/1999", "1999-07"),
        ("--/--/1999", "1999"), ("xx/07/1999", "1999-07"), ("1999-00-00", "1999"), ("00001999", "1999"), ("19990000", "1999"),
        ("năm 1999", "1999"), ("tháng 7 năm 1999", "1999-07"), ("15/00/1999", "1999"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_left_out_and_not_the_first_of_january(text: str, clean: str) -> None:
    value = read(text)
    assert (value.text, value.problems) == (clean, ())
    assert "partial_date" in value.notes


@pytest.mark.parametrize(
    ("text", "problem", "candidate"),
    [
        ("31/02/1999", "impossible_date", None),
        ("29/02/1999", "impossible_date", None),
        ("32/01/1999", "impossible_date", None),
        ("13/13/1999", "impossible_date", None),
        ("07/25/1999", "month_first", None),
        ("04/07/99", "two_digit_year", None),
        ("04-Jul-99", "two_digit_year", None),
        ("36345", "spreadsheet_serial", "1999-07-04"),
        ("36345.0", "spreadsheet_serial", "1999-07-04"),
        ("36345,75", "spreadsheet_serial", "1999-07-04"),
        ("4071999", "leading_zero_lost", "1999-07-04"),
        ("04/07/0199", "implausible_year", None),
        ("01/01/9999", "implausible_year", None),
        ("############", "unreadable_date", None),
        ("#VALUE!", "spreadsheet_error", None),
        ("yesterday", "unreadable_date", None),
        ("04/07/1999 hoặc 05/07/1999", "unreadable_date", None),
        ("4 J 1999", "unreadable_date", None),
        ("9" * 100, "unreadable_date", None),
    ],
)
def test_no_date_is_made_of_what_could_be_two(text: str, problem: str, candidate: str | None) -> None:
    value = read(text)
    assert (value.text, value.problems, value.candidate) == ("", (problem,), candidate)


@pytest.mark.parametrize(
    ("text", "problems", "candidate"),
    [
        ("1999.0", ("written_as_decimal",), "1999"),
        ("19990704.0", ("written_as_decimal",), "1999-07-04"),
        ("4071999,0", ("written_as_decimal", "leading_zero_lost"), "1999-07-04"),
        ("31021999.0", ("written_as_decimal", "impossible_date"), None),
        ("1999.5", ("unreadable_date",), None),
    ],
)
def test_a_date_taken_for_a_quantity_is_proposed_and_not_taken(
    text: str, problems: tuple[str, ...], candidate: str | None
) -> None:
    value = read(text)
    assert (value.text, value.problems, value.candidate) == ("", problems, candidate)


def test_the_order_is_the_word_of_the_caller() -> None:
    assert read("04/07/1999", DateOrder.MONTH_FIRST).text == "1999-04-07"
    assert read("25/07/1999", DateOrder.MONTH_FIRST).problems == ("day_first",)
    assert read("1999-07-04", DateOrder.MONTH_FIRST).text == "1999-07-04"


def test_weak_and_future_days_are_told() -> None:
    assert read("01/01/1980").notes == ("date_form", "first_of_january")
    assert read("21/11/2026").problems == ()
    assert (read("22/11/2026").text, read("22/11/2026").problems) == ("2026-11-22", ("date_in_future",))


def test_a_century_comes_from_the_number_and_only_as_a_candidate() -> None:
    order = DateOrder.DAY_FIRST
    assert two_digit_candidate("04/07/99", 1999, order=order) == "1999-07-04"
    assert two_digit_candidate("04/07/05", 2005, order=order) == "2005-07-04"
    assert two_digit_candidate("04/07/99", 1998, order=order) is None
    assert two_digit_candidate("31/02/99", 1999, order=order) is None
    assert two_digit_candidate("1999", 1999, order=order) is None


@given(st.dates(dt.date(1900, 1, 1), TODAY))
def test_every_day_survives_every_form(day: dt.date) -> None:
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d%m%Y", "%Y%m%d", "%d.%m.%Y", "%d-%b-%Y", "%Y-%m-%d 00:00:00"):
        assert read(day.strftime(form)).text == day.isoformat()


@given(st.text(max_size=70) | st.from_regex(r"\A[0-9/.\- xT:]{1,24}\Z"))
def test_anything_gives_a_value_and_never_an_exception(text: str) -> None:
    value = read(text)
    assert value.text == "" or read(value.text).text == value.text
