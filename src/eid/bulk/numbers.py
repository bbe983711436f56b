"""Personal numbers and old numbers as files have them: with separators, marks of a spreadsheet, lost zeros.

Digits are never added unasked (formats.md, 1.3): what a number may have been is a candidate beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from eid.bulk.values import FORMULA_TEXT, Value, no_value, once
from eid.document.dates import PartialDate
from eid.vietnam.letters import plain_spaces
from eid.vietnam.number import MAX_INPUT, NumberInfo, consistency, parse_number
from eid.vietnam.provinces import province

__all__ = ["clean_number", "clean_old_number", "restored", "with_evidence"]

_TWELVE = re.compile(r"[0-9]{12}")
_OLD = re.compile(r"[0-9]{9}|[0-9]{12}")
_FULL_WIDTH = {0xFF10 + digit: ord("0") + digit for digit in range(10)}
_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]*)?[eE][+-]?[0-9]{1,3}")
#: What a spreadsheet or a data frame makes of a number that it takes for a quantity.
_DECIMAL = re.compile(r"([0-9]{7,12})[.,]0{1,6}")
#: Digits in groups. A point between groups of three may also be what a spreadsheet writes into quantities.
_GROUPED = re.compile(r"[0-9]{1,9}(?:(?:\s|[.\-\u2010\u2011])+[0-9]{1,9})+")
_BETWEEN = re.compile(r"[\s.\-\u2010\u2011]+")


def clean_number(text: str) -> Value:
    """A personal number; ``data`` is its :class:`~eid.vietnam.number.NumberInfo`.

    An old 9-digit number is none: it stays a problem, with itself as ``data``.
    """
    if _TWELVE.fullmatch(text):
        return _twelve(text, [])
    if (nothing := no_value(text)) is not None:
        return nothing
    digits, notes = _unwrapped(text)
    if _TWELVE.fullmatch(digits):
        return _twelve(digits, notes)
    if len(digits) == 9 and digits.isascii() and digits.isdigit():
        return Value("", once(notes), ("old_9_digit_number",), data=digits)
    return replace(_unreadable(digits, _TWELVE, _padded), notes=once(notes))


def clean_old_number(text: str) -> Value:
    """An old number: 9 digits, or 12 of a cancelled one (formats.md, 1.1)."""
    if (nothing := no_value(text)) is not None:
        return nothing
    digits, notes = _unwrapped(text)
    if _OLD.fullmatch(digits):
        if len(digits) == 12:
            notes.append("old_number_12_digits")
        return Value(digits, once(notes), data=digits)
    return replace(_unreadable(digits, _OLD, _padded_old), notes=once(notes))


def with_evidence(
    value: Value, birth_date: PartialDate | None, sex: str | None, *, year: int
) -> tuple[str, ...]:
    """Problems that a number has beside the rest of its record.

    :param year: this year; a number of somebody born later has a wrong digit.
    """
    if not isinstance(value.data, NumberInfo):
        return ()
    found = consistency(value.data, birth_date, sex)
    return ("birth_in_future", *found) if value.data.birth_year > year else found


def restored(value: Value, birth_date: PartialDate | None, sex: str | None) -> Value:
    """The candidate in place of a number that lost its zeros, where birth year and sex are both there and agree.

    Only for callers who asked for it. Anything else stays as it is.
    """
    if value.candidate is None or birth_date is None or sex not in ("M", "F"):
        return value
    if "leading_zero_lost" not in value.problems or consistency(value.candidate, birth_date, sex):
        return value
    whole = _twelve(value.candidate, [*value.notes, "leading_zeros_restored"])
    return whole if not whole.problems else value


def _unwrapped(text: str) -> tuple[str, list[str]]:
    """*text* without what is no part of a number, and what was taken away."""
    notes = list[str]()
    if len(text) > MAX_INPUT:
        return text, notes
    folded = text.translate(_FULL_WIDTH)
    if folded != text:
        notes.append("fullwidth_digits_folded")
    if len(visible := plain_spaces(folded)) != len(folded):  # marks of direction, as dialogs copy them along
        folded = visible
        notes.append("whitespace")
    stripped = folded.strip()
    if found := FORMULA_TEXT.fullmatch(stripped):
        stripped, folded = found[1].strip(), found[1]
        notes.append("text_mark_removed")
    elif stripped[:1] in ("'", "\u2019", "`") and stripped[1:2].isdigit():
        stripped = folded = stripped[1:]
        notes.append("text_mark_removed")
    if stripped != folded:
        notes.append("whitespace")
    if _GROUPED.fullmatch(stripped) and not _DECIMAL.fullmatch(stripped):
        stripped = _BETWEEN.sub("", stripped)
        notes.append("separators_removed")
    return stripped, notes


def _twelve(digits: str, notes: list[str]) -> Value:
    info = parse_number(digits)
    if not info.warnings:
        return Value(digits, once(notes) if notes else (), data=info)
    notes += [warning for warning in info.warnings if warning == "pin_prefix_unknown"]
    problems = tuple(warning for warning in info.warnings if warning == "placeholder_like")
    return Value(digits, once(notes), problems, data=info)


def _unreadable(digits: str, whole: re.Pattern[str], pad: Callable[[str], str | None]) -> Value:
    """Why it is no number, and what it may have been."""
    if _SCIENTIFIC.fullmatch(digits):
        return Value("", problems=("scientific_notation",))
    if found := _DECIMAL.fullmatch(digits):
        candidate = found[1] if whole.fullmatch(found[1]) else pad(found[1])
        lost = candidate is not None and candidate != found[1]
        problems = ("written_as_decimal", "leading_zero_lost") if lost else ("written_as_decimal",)
        return Value("", problems=problems, candidate=candidate)
    if not (digits.isascii() and digits.isdigit()):
        return Value("", problems=("non_digit",))
    candidate = pad(digits)
    return Value("", problems=("leading_zero_lost" if candidate else "length",), candidate=candidate)


def _padded(digits: str) -> str | None:
    """Twelve digits, when one or two zeros in front make a prefix that was assigned. None begins with 000."""
    if len(digits) not in (10, 11) or digits[0] == "0":
        return None
    whole = digits.zfill(12)
    return whole if province(whole[:3]) is not None else None


def _padded_old(digits: str) -> str | None:
    """Nine digits of eight. More than one zero in front was not seen."""
    return digits.zfill(9) if len(digits) == 8 and digits[0] != "0" else None
