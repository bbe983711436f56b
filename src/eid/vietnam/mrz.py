"""The machine readable zone of the citizen card: TD1 with a national use of the optional data.

Positions 6-14 of line 1 are the last nine digits of the personal number, 16-27 the number itself, and
position 30 is a check digit over it, where ICAO Doc 9303-5 has optional data only. The long-number
rule of Doc 9303-5 does not occur on this card and is not applied.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from eid.document.dates import PartialDate
from eid.document.mrz import MachineReadableZone, check_digit, parse_mrz
from eid.document.person import mask_number
from eid.errors import DocumentError, MrzError
from eid.vietnam.names import NAME_LINE, mrz_tokens
from eid.vietnam.number import NumberInfo, consistency, parse_number

__all__ = ["NO_EXPIRY", "CardMrz", "card_mrz", "card_mrz_lines", "read_card_mrz"]

#: Expiry field of a card that does not expire. It stays literal in the access key of the chip.
NO_EXPIRY = "991231"
#: Characters of input that are looked at: three lines with generous spacing.
MAX_INPUT = 512

_ISSUER = "VNM"
_CHARACTERS = re.compile(r"[A-Z0-9<]*")
_NUMBER_FIELD = re.compile(r"[0-9]{12}<<")
_DATE = re.compile(r"([0-9]{2})([0-9]{2}|<<)([0-9]{2}|<<)")
# Line 3 has no check digit, so fillers that OCR takes for letters can only be suspected.
_FILLER_CONFUSION = re.compile(r"[KCS]{3,}<*\Z|<<.*[A-Z].*<<.*[A-Z]")
_OCR = str.maketrans("OIB", "018")
#: Numeric fields, by line: (first, last + 1).
_NUMERIC = (((5, 15), (15, 27), (29, 30)), ((0, 7), (8, 15), (29, 30)))


@dataclass(frozen=True, slots=True, repr=False)
class CardMrz:
    """The three lines of a citizen card.

    :param mrz: the lines and their general reading; after an OCR repair the repaired ones.
    :param number: the personal number; ``None`` when a check digit is wrong, because then nothing in
        the lines can be relied on.
    :param birth_date: with the century of the number; perhaps partial.
    :param expiry_date: last day of validity; ``None`` when the card does not expire.
    :param failed_checks: ``document_number``, ``pin``, ``dob``, ``expiry``, ``composite``.
    :param warnings: stable words.
    """

    mrz: MachineReadableZone
    number: NumberInfo | None = None
    birth_date: PartialDate | None = None
    expiry_date: dt.date | None = None
    failed_checks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<CardMrz {mask_number(self.number.number) if self.number else 'with wrong check digits'}>"

    @property
    def outcome(self) -> str:
        """``ok``, ``ok_with_warnings`` or ``check_failed``."""
        if self.failed_checks:
            return "check_failed"
        return "ok_with_warnings" if self.warnings else "ok"

    @property
    def document_number(self) -> str:
        """Positions 6-14 of line 1: not the personal number."""
        return self.mrz.lines[0][5:14]

    @property
    def no_expiry(self) -> bool:
        """Whether the expiry field says that the card does not expire."""
        return self.mrz.lines[1][8:14] == NO_EXPIRY

    @property
    def mrz_information(self) -> str:
        """Input of BAC and PACE (Doc 9303-11, 4.3.2): number, birth and expiry with check digits."""
        return self.mrz.mrz_information

    def to_json(self) -> dict[str, object]:
        """The form of the command line, personal data in clear; no fields after a failed check."""
        result: dict[str, object] = {"outcome": self.outcome, "warnings": list(self.warnings)}
        if self.number is None:
            return {**result, "failed_checks": list(self.failed_checks)}
        two = self.mrz.lines[1]
        result["fields"] = {
            "pin": self.number.number,
            "document_number": self.document_number,
            "dob": two[0:6],
            "sex": two[7],
            "expiry": two[8:14],
            "nationality": two[15:18],
            "primary": self.mrz.surname,
            "secondary": self.mrz.given_names,
            "mrz_information": self.mrz_information,
            "can": self.number.serial,
            "no_expiry": self.no_expiry,
        }
        return result


def read_card_mrz(text: str | Sequence[str]) -> CardMrz:
    """Read the machine readable lines of a citizen card, typed or scanned.

    Lower case is folded. The letters O, I and B in numeric fields are read as 0, 1 and 8, but only when
    every check digit then agrees. Each of these gets a warning.

    :param text: one text with or without line ends, or the three lines.
    :raises MrzError: kind ``length``, ``not_td1``, ``characters``, ``issuer`` (not VNM),
        ``document_number_overflow``, ``number`` (no personal number in positions 16-29) or ``date``.
    """
    lines, warnings = _lines(text)
    _refuse_others(lines)
    repaired = _repaired(lines)
    if repaired != lines and not _failed_checks(repaired):  # two wrong letters may count as the digits did
        lines, warnings = repaired, (*warnings, "ocr_repaired")
    elif failed := _failed_checks(lines):
        return CardMrz(parse_mrz("\n".join(lines)), failed_checks=failed, warnings=warnings)
    return _interpret(parse_mrz("\n".join(lines)), warnings)


def card_mrz(mrz: MachineReadableZone) -> CardMrz:
    """The same for lines that were read already, such as those of DG1; nothing in them is repaired.

    :raises MrzError: as :func:`read_card_mrz`; ``not_td1`` for other formats.
    """
    lines = tuple(mrz.lines)
    if len(lines) != 3:
        raise MrzError("not the three lines of a card", "not_td1")
    _refuse_others(lines)
    failed = _failed_checks(lines)
    return CardMrz(mrz, failed_checks=failed) if failed else _interpret(mrz, ())


def _lines(text: str | Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Three lines of thirty MRZ characters, and warnings."""
    joined = text if isinstance(text, str) else "\n".join(text)
    if len(joined) > MAX_INPUT:
        raise MrzError(f"more than {MAX_INPUT} characters", "length")
    if not joined.isascii():  # before upper(), which turns some other letters into A to Z
        raise MrzError("characters outside A-Z 0-9 <", "characters")
    folded = joined.upper()
    lines = [line for line in ("".join(part.split()) for part in folded.splitlines()) if line]
    if not all(_CHARACTERS.fullmatch(line) for line in lines):
        raise MrzError("characters outside A-Z 0-9 <", "characters")
    if len(lines) == 1 and len(lines[0]) == 90:
        lines = [lines[0][at : at + 30] for at in (0, 30, 60)]
    lengths = [len(line) for line in lines]
    if lengths in ([44, 44], [36, 36], [88], [72]):
        raise MrzError("two lines: a passport or an older card, not a citizen card", "not_td1")
    if lengths != [30, 30, 30]:
        raise MrzError("not three lines of 30 characters", "length")
    return tuple(lines), ("case_folded",) if folded != joined else ()


def _refuse_others(lines: Sequence[str]) -> None:
    if lines[0][2:5] != _ISSUER:
        raise MrzError("issued by another state", "issuer")
    if lines[0][14] == "<":
        raise MrzError("a long document number, which citizen cards do not have", "document_number_overflow")


def _failed_checks(lines: Sequence[str]) -> tuple[str, ...]:
    one, two, _ = lines
    checks = (
        ("document_number", one[5:14], one[14]),
        ("pin", one[15:29], one[29]),
        ("dob", two[0:6], two[6]),
        ("expiry", two[8:14], two[14]),
        ("composite", one[5:30] + two[0:7] + two[8:15] + two[18:29], two[29]),
    )
    return tuple(name for name, field, printed in checks if str(check_digit(field)) != printed)


def _repaired(lines: Sequence[str]) -> tuple[str, ...]:
    result = []
    for line, spans in zip(lines[:2], _NUMERIC, strict=True):
        for first, stop in spans:
            line = line[:first] + line[first:stop].translate(_OCR) + line[stop:]
        result.append(line)
    return (*result, lines[2])


def _interpret(mrz: MachineReadableZone, warnings: tuple[str, ...]) -> CardMrz:
    one, two, three = mrz.lines
    if not _NUMBER_FIELD.fullmatch(one[15:29]):
        raise MrzError("no personal number in positions 16 to 29 of line 1", "number")
    info = parse_number(one[15:27])
    birth = _birth_date(two[0:6], info)
    expiry = None if two[8:14] == NO_EXPIRY else _expiry_date(two[8:14])
    found = [*warnings, *info.warnings]
    if one[:2] != "ID":
        found.append("document_code_variant")
    if one[5:14] != info.number[3:]:
        found.append("document_number_not_pin_tail")
    if two[15:18] != _ISSUER:
        found.append("nationality_unexpected")
    if not birth.complete:
        found.append("partial_dob")
    found += consistency(info, birth, two[7])
    if _FILLER_CONFUSION.search(three):
        found.append("filler_confusion_suspected")
    elif three[-1] != "<":
        found.append("name_truncated")
    return CardMrz(mrz, info, birth, expiry, (), tuple(found))


def _birth_date(text: str, number: NumberInfo) -> PartialDate:
    """The date whose year is nearest to that of the number: the same year unless the two disagree."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise MrzError("a birth date that is none", "date")
    year = number.birth_year // 100 * 100 + int(match[1])
    year = min((year - 100, year, year + 100), key=lambda candidate: abs(candidate - number.birth_year))
    try:
        return PartialDate(year, _part(match[2]), _part(match[3]))
    except DocumentError:
        raise MrzError("a birth date that is none", "date") from None


def _part(text: str) -> int | None:
    return None if text == "<<" else int(text) or None


def _expiry_date(text: str) -> dt.date:
    try:  # cards with this layout are issued since 2021
        return dt.date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise MrzError("an expiry date that is none", "date") from None


def card_mrz_lines(
    *, number: str, full_name: str, birth_date: PartialDate, sex: str, expiry_date: dt.date | None
) -> tuple[str, str, str]:
    """The three lines for a person, as the issuer writes them: for the sample card and tests.

    :param full_name: with accents; the first word is written as the surname.
    :param sex: ``M`` or ``F``.
    :param expiry_date: ``None`` for a card that does not expire.
    :raises PersonalNumberError: *number* is not a personal number.
    :raises MrzError: kind ``characters`` for a name or sex that cannot be written in MRZ letters.
    """
    digits = parse_number(number).number
    tokens = mrz_tokens(full_name)
    if tokens is None or sex not in ("M", "F"):
        raise MrzError("a name or sex that cannot be written in MRZ letters", "characters")
    parts = (birth_date.month, birth_date.day)
    birth = f"{birth_date.year % 100:02d}" + "".join(
        "<<" if part is None else f"{part:02d}" for part in parts
    )
    expiry = expiry_date.strftime("%y%m%d") if expiry_date else NO_EXPIRY
    optional = digits + "<<"
    upper = f"{digits[3:]}{check_digit(digits[3:])}{optional}{check_digit(optional)}"
    dates = f"{birth}{check_digit(birth)}", f"{expiry}{check_digit(expiry)}"
    composite = check_digit(upper + "".join(dates))  # the rest of line 2 is fillers, which count nothing
    name = "<<".join((tokens[0], "<".join(tokens[1:])))
    return (
        f"ID{_ISSUER}{upper}",
        f"{dates[0]}{sex}{dates[1]}{_ISSUER}{'<' * 11}{composite}",
        name[:NAME_LINE].ljust(NAME_LINE, "<"),
    )
