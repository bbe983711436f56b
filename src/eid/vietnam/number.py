"""The 12-digit personal identification number: ``PPP C YY RRRRRR``.

Place of birth registration, century with sex, year, six digits; there is no check digit (Law
26/2023/QH15, Art. 12; Decree 137/2015/NĐ-CP, Art. 13; Decree 70/2024/NĐ-CP, Art. 11).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from eid.chip.access import Can
from eid.document.dates import PartialDate
from eid.document.person import mask_number
from eid.errors import PersonalNumberError
from eid.vietnam.provinces import Province, province

__all__ = ["NumberInfo", "can_from_number", "consistency", "parse_number"]

#: Characters looked at; twelve digits with generous spacing fit several times.
MAX_INPUT = 64

# str.isdigit(), int() and a pattern ending in "$" all let wrong input through.
_NUMBER = re.compile(r"[0-9]{12}")
_DIGITS = re.compile(r"[0-9]*")
_FULL_WIDTH = {0xFF10 + digit: ord("0") + digit for digit in range(10)}
_HINTS = {9: "old_9_digit_number", 10: "leading_zero_lost"}


@dataclass(frozen=True, slots=True, repr=False)
class NumberInfo:
    """What a number says by its form alone. It is no proof that the number was ever assigned.

    :param number: the twelve digits.
    :param province: of birth registration; ``None`` for a prefix that is not in the list.
    :param sex: ``M`` or ``F`` as coded in the fourth digit.
    :param birth_year: four digits, century from the fourth digit.
    :param warnings: stable words: ``pin_prefix_unknown``, ``placeholder_like``, ``birth_in_future``,
        ``fullwidth_digits_folded``, ``separators_removed``.
    """

    number: str
    province: Province | None
    sex: str
    birth_year: int
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<NumberInfo {mask_number(self.number)}>"

    @property
    def prefix(self) -> str:
        """The first three digits."""
        return self.number[:3]

    @property
    def serial(self) -> str:
        """The last six digits, which are also the CAN of the card."""
        return self.number[6:]

    @property
    def kind(self) -> str:
        """``province``, or ``foreign_or_unknown`` for a prefix that is not in the list."""
        return "province" if self.province else "foreign_or_unknown"

    def to_json(self) -> dict[str, object]:
        """The form of the command line; it holds the number in clear."""
        place = self.province
        return {
            "valid_format": True,
            "warnings": list(self.warnings),
            "normalised": self.number,
            "prefix": self.prefix,
            "kind": self.kind,
            "birth_registration_province": place.name if place else None,
            "unit_code_since_2025_07": place.unit_code if place else None,
            "unit_name_since_2025_07": place.unit_name if place else None,
            "sex": self.sex,
            "birth_year": self.birth_year,
            "serial": self.serial,
        }


def parse_number(text: str, *, today: dt.date | None = None) -> NumberInfo:
    """Read a personal number.

    Full-width digits are folded and white space is removed, each with a warning. Digits are never
    added: a number that lost its leading zero is rejected.

    :param text: the number as typed or scanned.
    :param today: with it, a year of birth after this day's year gets ``birth_in_future``.
    :raises PersonalNumberError: kind ``empty``, ``non_digit`` or ``length``; ``hint`` may say why.
    """
    if len(text) > MAX_INPUT:
        raise PersonalNumberError(f"more than {MAX_INPUT} characters", "length")
    warnings: list[str] = []
    folded = text.translate(_FULL_WIDTH)
    if folded != text:
        warnings.append("fullwidth_digits_folded")
    number = "".join(folded.split())
    if number != folded:
        warnings.append("separators_removed")
    if not number:
        raise PersonalNumberError("nothing given", "empty")
    if not _DIGITS.fullmatch(number):
        raise PersonalNumberError("a character other than the digits 0 to 9", "non_digit")
    if not _NUMBER.fullmatch(number):
        raise PersonalNumberError(f"{len(number)} digits in place of 12", "length", _HINTS.get(len(number)))
    return _info(number, warnings, today)


def _info(number: str, warnings: list[str], today: dt.date | None) -> NumberInfo:
    century, place = int(number[3]), province(number[:3])
    year = 1900 + century // 2 * 100 + int(number[4:6])
    if place is None:
        warnings.append("pin_prefix_unknown")
    if len(set(number)) == 1:
        warnings.append("placeholder_like")
    if today is not None and year > today.year:
        warnings.append("birth_in_future")
    return NumberInfo(number, place, "FM"[century % 2 == 0], year, tuple(warnings))


def consistency(
    number: NumberInfo | str, birth_date: PartialDate | dt.date | None, sex: str | None
) -> tuple[str, ...]:
    """Whether birth date and sex agree with the number.

    A mismatch is a warning, not fraud: after a correction of sex or year of birth the number is
    cancelled and a new one set (Decree 70/2024/NĐ-CP, Art. 11(7)); ask for the cancelled number.

    :param birth_date: only its year counts; ``None`` is not compared.
    :param sex: ``M`` or ``F``; anything else is not compared.
    :returns: ``pin_year_mismatch`` and ``pin_sex_mismatch``, as far as they apply.
    :raises PersonalNumberError: *number* is not a personal number.
    """
    info = parse_number(number) if isinstance(number, str) else number
    found = []
    if birth_date is not None and birth_date.year != info.birth_year:
        found.append("pin_year_mismatch")
    if sex in ("M", "F") and sex != info.sex:
        found.append("pin_sex_mismatch")
    return tuple(found)


def can_from_number(number: NumberInfo | str) -> Can:
    """The access key of a citizen card: its CAN is not printed, it is the last six digits.

    :raises PersonalNumberError: *number* is not a personal number.
    """
    info = parse_number(number) if isinstance(number, str) else number
    return Can(info.serial)
