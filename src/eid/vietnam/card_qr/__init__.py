"""The code printed on the citizen card: seven fields since 2021, eleven since 1 July 2024.

UTF-8 text with ``|`` between the fields, no check digit and **no signature**: anybody can print one with
any content. It helps to fill in a form, to open the chip and to compare with the chip; it proves nothing.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from eid.document.dates import PartialDate
from eid.document.person import mask_number
from eid.errors import DocumentError, PersonalNumberError, PrintedCodeError
from eid.vietnam.card_qr.repair import repair
from eid.vietnam.number import NumberInfo, consistency, parse_number

__all__ = ["Generation", "Parent", "PrintedCode", "parse_printed_code"]

#: From this day cards are issued under Circular 16/2024/TT-BCA.
_CARDS_OF_2024 = dt.date(2024, 7, 1)
_FIELDS_2021, _FIELDS_2024 = 7, 11
#: Nobody alive was born before. A year that is none comes from digits in another order.
_FIRST_YEAR = 1850
#: More separators than this are not a card with a field too many.
_MAX_FIELDS = 16

_DIGITS = re.compile(r"[0-9]*")
_EIGHT_DIGITS = re.compile(r"[0-9]{8}")
_BIRTH_DATE = re.compile(r"[0-9]{8}|[0-9]{4}")
_OLD_NUMBER = re.compile(r"[0-9]{9}|[0-9]{12}")
_PLAIN_SEX = {"nam": "M", "nữ": "F"}


class Generation(enum.StrEnum):
    """Series of cards."""

    CCCD_2021 = "cccd_2021"
    CAN_CUOC_2024 = "can_cuoc_2024"


@dataclass(frozen=True, slots=True)
class Parent:
    """A parent named on a child's card.

    :param role: ``father`` or ``mother``; ``None`` unless exactly two are named.
    """

    name: str = field(repr=False)
    role: str | None


@dataclass(frozen=True, slots=True, repr=False)
class PrintedCode:
    """What a printed code claims. Not proof of anything, and no check can make it one.

    :param number: the personal number; :func:`eid.vietnam.can_from_number` makes the chip's key of it.
    :param old_number: of the identity card before; nine digits, twelve have been reported.
    :param full_name: as it stands, with its accents and capitals.
    :param birth_date: perhaps partial.
    :param sex: ``M`` or ``F``; ``None`` when *sex_text* is neither *Nam* nor *Nữ*.
    :param residence: as it stands; ``None`` when empty.
    :param generation: by the count of fields, else by the date of issue.
    :param cancelled_numbers: earlier personal numbers; found by their shape.
    :param parents: on children's cards; found by their shape, their order is not documented.
    :param extras: fields 8 and up as they stand.
    :param warnings: stable words.
    """

    proof: ClassVar[Literal[False]] = False

    number: NumberInfo
    old_number: str | None
    full_name: str
    birth_date: PartialDate
    sex: str | None
    sex_text: str
    residence: str | None
    issue_date: dt.date
    generation: Generation
    cancelled_numbers: tuple[str, ...] = ()
    parents: tuple[Parent, ...] = ()
    extras: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<PrintedCode {mask_number(self.number.number)}, a claim without proof>"

    @property
    def degraded(self) -> bool:
        """Whether letters were lost or changed on the way in a manner that cannot be reversed."""
        return "degraded_text" in self.warnings

    def to_json(self) -> dict[str, object]:
        """The form of the command line, personal data in clear. ``proof`` is always false."""
        birth = self.birth_date
        fields: dict[str, object] = {
            "pin": self.number.number,
            "old_number": self.old_number,
            "full_name": self.full_name,
            "dob": {"year": birth.year, "month": birth.month, "day": birth.day},
            "sex": self.sex,
            "residence": self.residence,
            "issue_date": self.issue_date.isoformat(),
        }
        if self.generation is Generation.CAN_CUOC_2024 or any(self.extras):
            fields["cancelled_pins"] = list(self.cancelled_numbers)
            fields["parents"] = [{"name": each.name, "role": each.role} for each in self.parents]
        document: dict[str, object] = {
            "outcome": "ok_with_warnings" if self.warnings else "ok",
            "generation": self.generation.value,
            "proof": self.proof,
            "warnings": list(self.warnings),
            "fields": fields,
        }
        raw: dict[str, object] = {"extras": list(self.extras)} if any(self.extras) else {}
        if self.sex is None:
            raw["sex"] = self.sex_text
        return {**document, "raw": raw} if raw else document


def parse_printed_code(payload: str | bytes) -> PrintedCode:
    """Read the text of a printed code, of either series, as a scanner gave it.

    Fields 1 to 7 are read by their position and never moved; fields 8 and up by their shape. Damage that
    reverses without loss is undone. Everything odd has a warning.

    :param payload: one scan; octets are read as UTF-8.
    :raises PrintedCodeError: ``kind`` says what is wrong, ``hint`` names a known mistake.
    :raises LimitExceeded: longer than :data:`eid.vietnam.card_qr.repair.MAX_PAYLOAD`.
    """
    text, repairs = repair(payload)
    fields = _split(text)
    warnings = list(repairs)
    number = _number(fields[0])
    warnings += number.warnings
    old_number = _old_number(fields[1], warnings)
    if not fields[2].strip():
        raise PrintedCodeError("the field of the name is empty", "name_missing")
    birth = _birth_date(fields[3], warnings)
    sex = _sex(fields[4], warnings)
    if not fields[5].strip():
        warnings.append("empty_residence")
    issued = _issue_date(fields[6])
    if issued < birth.first_day():
        warnings.append("dates_inconsistent")
    warnings += consistency(number, birth, sex)
    if _letters_lost(fields):
        warnings.append("degraded_text")
    generation = _generation(len(fields), issued, warnings)
    cancelled, parents = _extras(fields[7:], warnings)
    return PrintedCode(
        number=number,
        old_number=old_number,
        full_name=fields[2],
        birth_date=birth,
        sex=sex,
        sex_text=fields[4],
        residence=fields[5] if fields[5].strip() else None,
        issue_date=issued,
        generation=generation,
        cancelled_numbers=cancelled,
        parents=parents,
        extras=tuple(fields[7:]),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _split(text: str) -> list[str]:
    fields = text.split("|")
    if len(fields) == 1 or text[0] in "{[<":
        raise PrintedCodeError("no fields with separators", "not_card_qr")
    if "\n" in text or "\r" in text:
        raise PrintedCodeError("two scans, or a text of several lines", "multiple_payloads")
    if len(fields) > _MAX_FIELDS:
        raise PrintedCodeError(f"more than {_MAX_FIELDS} fields", "not_card_qr")
    if len(fields) < _FIELDS_2021:
        # Six with a date in third place: the empty field of the old number was left out on the way.
        lost = len(fields) == _FIELDS_2021 - 1 and _BIRTH_DATE.fullmatch(fields[2])
        hint = "old_number_field_missing" if lost else None
        raise PrintedCodeError(f"{len(fields)} fields in place of {_FIELDS_2021}", "too_few_fields", hint)
    return fields


def _number(text: str) -> NumberInfo:
    if not _DIGITS.fullmatch(text):  # parse_number() also takes white space between the digits
        raise PrintedCodeError("the first field is not the number", "pin_format")
    try:
        return parse_number(text)
    except PersonalNumberError as error:
        raise PrintedCodeError("the first field is not the number", "pin_format", error.hint) from None


def _old_number(text: str, warnings: list[str]) -> str | None:
    if not text.strip():
        return None
    if not _OLD_NUMBER.fullmatch(text):
        warnings.append("old_number_unusual")
    elif len(text) == 12:
        warnings.append("old_number_12_digits")
    return text


def _birth_date(text: str, warnings: list[str]) -> PartialDate:
    """``ddmmyyyy``; day or both may be 00; the year alone, or with 0000 behind it."""
    if not _BIRTH_DATE.fullmatch(text):
        raise PrintedCodeError("a birth date that is not ddmmyyyy", "dob_format")
    day, month, year = text[:2], text[2:4], text[4:] or text
    if len(text) == 4:
        day, month = "00", "00"
    elif year == "0000":
        day, month, year = "00", "00", text[:4]
        warnings.append("date_order_yyyymmdd")
    try:
        birth = PartialDate(int(year), int(month) or None, int(day) or None)
    except DocumentError:
        raise PrintedCodeError("a birth date that is none", "dob_invalid") from None
    if birth.year < _FIRST_YEAR:
        raise PrintedCodeError("a birth date that is none", "dob_invalid")
    if not birth.complete:
        warnings.append("partial_dob")
    return birth


def _sex(text: str, warnings: list[str]) -> str | None:
    plain = text.strip().casefold()
    if plain in _PLAIN_SEX:
        return _PLAIN_SEX[plain]
    if plain == "nu":
        warnings.append("sex_unaccented")
        return "F"
    warnings.append("sex_unrecognised")
    return None


def _issue_date(text: str) -> dt.date:
    if _EIGHT_DIGITS.fullmatch(text):
        try:
            return dt.date(int(text[4:]), int(text[2:4]), int(text[:2]))
        except ValueError:
            pass
    raise PrintedCodeError("a date of issue that is none", "issue_date_format")


def _letters_lost(fields: Sequence[str]) -> bool:
    """Whether a keyboard stands between: the capitals key was locked, or no letter kept its accent.

    An address without a single accent does not occur; a name without one does.
    """
    name, residence = fields[2], fields[5]
    inverted = any(word[0].islower() and word[1:].isupper() for word in name.split())
    return inverted or (residence.strip() != "" and (name + residence).isascii())


def _generation(count: int, issued: dt.date, warnings: list[str]) -> Generation:
    by_date = Generation.CAN_CUOC_2024 if issued >= _CARDS_OF_2024 else Generation.CCCD_2021
    by_count = {_FIELDS_2021: Generation.CCCD_2021, _FIELDS_2024: Generation.CAN_CUOC_2024}.get(count)
    if by_count is None:
        warnings.append("field_count_unusual")
        return by_date
    if by_count is not by_date:
        warnings.append("generation_date_conflict")
    return by_count


def _extras(fields: Iterable[str], warnings: list[str]) -> tuple[tuple[str, ...], tuple[Parent, ...]]:
    """Cancelled numbers and parents. The order of the four fields is not documented: shapes decide."""
    cancelled, names = [], []
    for text in filter(None, map(str.strip, fields)):
        warnings.append("extras_order_unconfirmed")
        if re.fullmatch(r"[0-9]{12}", text):
            cancelled.append(text)
        elif _EIGHT_DIGITS.fullmatch(text):
            warnings.append("extras_date_skipped")
        elif not any(map(str.isdigit, text)):
            names.append(text)
    roles = ("father", "mother") if len(names) == 2 else (None,) * len(names)
    return tuple(cancelled), tuple(map(Parent, names, roles))
