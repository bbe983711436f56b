"""Dates as files have them, in many forms; ISO 8601 comes out, cut where a part is not known.

Nothing is invented: no century, no day, no order of day and month. The order is the caller's word for the whole
table; a date that is only possible in the other order is a problem and no date.
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
import re
import unicodedata
from collections.abc import Callable

from eid.bulk.values import FORMULA_TEXT, Value, no_value, once
from eid.document.dates import PartialDate
from eid.errors import DocumentError
from eid.vietnam.letters import plain_spaces

__all__ = ["MAX_DATE", "DateOrder", "clean_date", "two_digit_candidate"]

#: Characters of a date that are looked at.
MAX_DATE = 60

#: Years that can stand for a birth or an issue; the number goes to 2399.
_FIRST_YEAR, _LAST_YEAR = 1850, 2399
_FULL_WIDTH = {0xFF10 + digit: ord("0") + digit for digit in range(10)}
_UNKNOWN = r"[0-9]{1,2}|--|\?\?|[xX]{2}"
_PARTS = re.compile(rf"({_UNKNOWN})\s*[/.\-\u2013]\s*({_UNKNOWN})\s*[/.\-\u2013]\s*([0-9]{{4}})")
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})\s*[/.\-]\s*({_UNKNOWN})\s*[/.\-]\s*({_UNKNOWN})")
_MONTH = re.compile(r"([0-9]{1,2})\s*[/.\-]\s*([0-9]{4})")
_ISO_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_SHORT = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{2})")
_TIME = re.compile(
    r"(.*[0-9]{4}|[0-9]{4}[/.\-][0-9]{1,2}[/.\-][0-9]{1,2})(?:\s+|T)"
    r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:\s*(?:AM|PM|SA|CH|Z|[+-][0-9]{2}:?[0-9]{2}))?",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"(?:ngày\s*)?([0-9]{1,2})[\s,]*tháng\s*([0-9]{1,2})[\s,]*năm\s*([0-9]{4})|tháng\s*([0-9]{1,2})[\s,]*năm\s*([0-9]{4})"
    r"|(?:năm|sinh năm)\s*([0-9]{4})",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th)?[\s\-.]*([a-z]{3,9})\.?[\s\-,]*([0-9]{4}|[0-9]{2})|([a-z]{3,9})\.?\s*([0-9]{1,2})(?:st|nd|rd|th)?[\s,]+([0-9]{4})",
    re.IGNORECASE,
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
#: What a data frame makes of whole numbers in a column with gaps.
_DECIMAL = re.compile(r"([0-9]{4}|[0-9]{7,8})[.,]0{1,6}")
#: Five digits: 1927 to 2099, counted from the end of 1899. Four are a year.
_SERIAL = re.compile(r"([0-9]{5})(?:[.,][0-9]+)?")
_SERIAL_START, _LAST_SERIAL = dt.date(1899, 12, 30), 73_050


class DateOrder(enum.StrEnum):
    """Which stands first where the year stands last."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


@functools.lru_cache(maxsize=65_536)
def clean_date(text: str, *, order: DateOrder, today: dt.date) -> Value:
    """A date; ``data`` is its :class:`~eid.document.dates.PartialDate`.

    :param order: of day and month in numbers, for the whole table.
    :param today: a later day is a problem; the date is given all the same.
    """
    if (nothing := no_value(text)) is not None:
        return nothing
    if len(text) > MAX_DATE:
        return Value("", problems=("unreadable_date",))
    notes = list[str]()
    tidy = " ".join(plain_spaces(unicodedata.normalize("NFC", text)).split())
    if (folded := tidy.translate(_FULL_WIDTH)) != tidy:
        tidy = folded
        notes.append("fullwidth_digits_folded")
    if found := FORMULA_TEXT.fullmatch(tidy):
        tidy = found[1].strip()
        notes.append("text_mark_removed")
    elif tidy[:1] == "'" and tidy[1:2].isdigit():
        tidy = tidy[1:]
        notes.append("text_mark_removed")
    if found := _TIME.fullmatch(tidy):
        tidy = found[1]
        notes.append("time_dropped")
    value = _read(tidy, order)
    if not isinstance(value.data, PartialDate):
        return Value("", once(notes), value.problems, value.candidate)
    return _judged(value, text, notes, today)


def two_digit_candidate(text: str, year: int, *, order: DateOrder) -> str | None:
    """The date of a two-digit year, when a personal number has the year with these two digits.

    :param year: the birth year that the number says.
    """
    found = _SHORT.fullmatch(text.strip())
    if found is None or int(found[3]) != year % 100:
        return None
    value = _in_order(found[1], found[2], year, order)
    return value.text or None


def _judged(value: Value, text: str, notes: list[str], today: dt.date) -> Value:
    date = value.data
    assert isinstance(date, PartialDate)
    problems = list(value.problems)
    if not _FIRST_YEAR <= date.year <= _LAST_YEAR:
        return Value("", once(notes), ("implausible_year",))
    notes += value.notes
    if value.text != text and not notes:
        notes.append("date_form")
    if not date.complete:
        notes.append("partial_date")
    elif (date.month, date.day) == (1, 1):
        notes.append("first_of_january")
    if date.first_day() > today:
        problems.append("date_in_future")
    return Value(value.text, once(notes), tuple(problems), data=date)


# --- forms -----------------------------------------------------------------------------------------


def _read(text: str, order: DateOrder) -> Value:
    for pattern, read in _FORMS:
        if found := pattern.fullmatch(text):
            return read(found, order)
    if text.isascii() and text.isdigit():
        return _digits(text, order)
    if found := _SERIAL.fullmatch(text):
        return _serial(found)
    if found := _DECIMAL.fullmatch(text):
        whole = _digits(found[1], order)
        return Value(
            "", problems=("written_as_decimal", *whole.problems), candidate=whole.text or whole.candidate
        )
    return Value("", problems=("unreadable_date",))


def _date(year: int, month: int | None, day: int | None, *notes: str) -> Value:
    if month is None:
        day = None  # a day of an unknown month says nothing
    try:
        date = PartialDate(year, month, day)
    except DocumentError:
        return Value("", problems=("impossible_date",))
    return Value(str(date), notes, data=date)


def _part(text: str) -> int | None:
    """A day or month; ``None`` where it is 00 or stands for unknown."""
    return (int(text) or None) if text.isdigit() else None


def _in_order(first: str, second: str, year: int, order: DateOrder) -> Value:
    day, month = _part(first), _part(second)
    if order is DateOrder.MONTH_FIRST:
        day, month = month, day
    if month is not None and month > 12 and day is not None and day <= 12:
        # Only then: 31/02 is no day in either order.
        swapped = _date(year, day, month)
        if swapped.text:
            return Value("", problems=("month_first" if order is DateOrder.DAY_FIRST else "day_first",))
    return _date(year, month, day)


def _digits(text: str, order: DateOrder) -> Value:
    """Digits alone: years stand where they can be years, which is never at both ends."""
    if len(text) == 4:
        return _date(int(text), None, None)
    if len(text) == 8:
        if _FIRST_YEAR <= int(text[4:]) <= _LAST_YEAR:
            return _in_order(text[:2], text[2:4], int(text[4:]), order)
        return _date(int(text[:4]), _part(text[4:6]), _part(text[6:]))
    if len(text) == 7:
        candidate = _digits("0" + text, order)
        return Value("", problems=("leading_zero_lost",), candidate=candidate.text or None)
    if found := _SERIAL.fullmatch(text):
        return _serial(found)
    return Value("", problems=("unreadable_date",))


def _serial(found: re.Match[str]) -> Value:
    days = int(found[1])
    if not 10_000 <= days <= _LAST_SERIAL:
        return Value("", problems=("unreadable_date",))
    day = _SERIAL_START + dt.timedelta(days=days)
    return Value("", problems=("spreadsheet_serial",), candidate=day.isoformat())


def _from_words(found: re.Match[str], _: DateOrder) -> Value:
    day, month, year, month_alone, its_year, year_alone = found.groups()
    chosen = year or its_year or year_alone
    month = month or month_alone
    return _date(int(chosen), _part(month) if month else None, _part(day) if day else None, "date_from_words")


def _named(found: re.Match[str], _: DateOrder) -> Value:
    day, name, year = (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
    months = [place for place, month in enumerate(_MONTHS, 1) if month.startswith(name.lower())]
    months = months or ([9] if name.lower() == "sept" else [])
    if len(months) != 1:
        return Value("", problems=("unreadable_date",))
    if len(year) == 2:
        return Value("", problems=("two_digit_year",))
    return _date(int(year), months[0], _part(day), "date_from_words")


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], DateOrder], Value]], ...] = (
    (_PARTS, lambda found, order: _in_order(found[1], found[2], int(found[3]), order)),
    (_YEAR_FIRST, lambda found, _: _date(int(found[1]), _part(found[2]), _part(found[3]))),
    (_MONTH, lambda found, _: _date(int(found[2]), _part(found[1]), None)),
    (_ISO_MONTH, lambda found, _: _date(int(found[1]), _part(found[2]), None)),
    (_SHORT, lambda *_: Value("", problems=("two_digit_year",))),
    (_WORDS, _from_words),
    (_NAMED, _named),
)
