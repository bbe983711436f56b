"""The machine readable zone (Doc 9303-3, 4.9; -4 TD3; -5 TD1; -6 TD2; -7 visas).

A wrong check digit is a finding, not an error: scanners misread, and a chip may carry what was
printed wrongly. Only text that cannot be a machine readable zone at all raises.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import NamedTuple

from eid.document.dates import PartialDate
from eid.errors import DocumentError, MrzError

__all__ = ["CheckDigit", "MachineReadableZone", "check_digit", "parse_mrz"]

_VALUES = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
_WEIGHTS = (7, 3, 1)
_ALLOWED = re.compile(r"[A-Z0-9<]+")
_SHAPES = {90: 30, 72: 36, 88: 44}  # characters in all: characters of a line
#: Longest text looked at: the largest zone with line ends and the spaces people paste with it.
MAX_TEXT = 256


def check_digit(text: str) -> int:
    """Check digit of *text* (Doc 9303-3, 4.9): weights 7 3 1, A = 10 ... Z = 35, filler 0.

    :raises MrzError: a character outside A-Z, 0-9 and ``<`` (kind ``characters``).
    """
    try:
        return sum(_VALUES[char] * _WEIGHTS[i % 3] for i, char in enumerate(text)) % 10
    except KeyError:
        raise MrzError("a character outside A-Z, 0-9 and <", "characters") from None


@dataclass(frozen=True, slots=True)
class CheckDigit:
    """One check digit.

    :param name: ``document_number``, ``birth_date``, ``expiry_date``, ``personal_number``, ``composite``.
    :param printed: the character in the zone.
    :param computed: the digit that belongs there.
    :param ok: whether they agree; a filler is right where an empty personal number allows it.
    """

    name: str
    printed: str
    computed: int
    ok: bool


@dataclass(frozen=True, slots=True, repr=False)
class MachineReadableZone:
    """A machine readable zone, read field by field. Fillers at the ends of fields are removed.

    :param format: ``TD1``, ``TD2``, ``TD3``, ``MRV-A`` or ``MRV-B``.
    :param lines: the lines as they are.
    :param document_code: one or two characters, for example ``P``, ``ID``, ``I``.
    :param issuer: issuing State or organization, three-letter code (``D`` for Germany).
    :param document_number: whole, also where it is longer than its nine positions.
    :param birth: YYMMDD as printed; see :meth:`birth_date`.
    :param sex: ``M``, ``F``, ``X`` (printed as filler), or ``None`` for any other character.
    :param expiry: YYMMDD as printed; see :meth:`expiry_date`.
    :param optional1: optional data (TD3: personal number), without what belongs to a long number.
    :param optional2: second optional data, TD1 only.
    :param surname: primary identifier, with spaces between its parts.
    :param given_names: secondary identifier, likewise; empty when there is none.
    :param name_truncated: the name reaches the last position, so it may have been cut.
    :param checks: every check digit, in the order of the zone.
    """

    format: str
    lines: tuple[str, ...]
    document_code: str
    issuer: str
    document_number: str
    birth: str
    sex: str | None
    expiry: str
    nationality: str
    optional1: str
    optional2: str
    surname: str
    given_names: str
    name_truncated: bool
    checks: tuple[CheckDigit, ...]
    mrz_information: str
    """Document number, birth and expiry, each with its printed check digit: the access key's input."""

    @property
    def valid(self) -> bool:
        """Whether every check digit is right."""
        return all(check.ok for check in self.checks)

    @property
    def wrong_checks(self) -> tuple[str, ...]:
        """Names of the check digits that are wrong."""
        return tuple(check.name for check in self.checks if not check.ok)

    @property
    def text(self) -> str:
        """The lines joined without line ends, as DG1 holds them."""
        return "".join(self.lines)

    def birth_date(self, reference: dt.date) -> PartialDate | None:
        """The date of birth, in the last century that puts it on or before *reference*.

        Unknown parts (``<<`` or ``00``, Doc 9303-3, 4.8) stay unknown.

        :param reference: the day of reading: nobody is born after it.
        :return: ``None`` when the year is unknown or the date impossible.
        """
        century = reference.year - reference.year % 100
        for base in (century, century - 100):
            date = _date(self.birth, base)
            if date is not None and date.first_day() <= reference:
                return date
        return None

    def expiry_date(self) -> PartialDate | None:
        """The date of expiry, always in this century: documents with a chip exist since 2004.

        :return: ``None`` when the year is unknown or the date impossible.
        """
        return _date(self.expiry, 2000)

    def __repr__(self) -> str:  # personal data
        return f"<MachineReadableZone {self.format} of {self.issuer}, {'valid' if self.valid else 'check digits wrong'}>"


_DATE = re.compile(r"([0-9]{2})([0-9]{2}|<<)([0-9]{2}|<<)")


def _date(text: str, century: int) -> PartialDate | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (None if part in ("<<", "00") else int(part) for part in match.groups())
    try:
        # A year of 00 is the year 2000, not an unknown one; a day without its month says nothing.
        return PartialDate(century + (year or 0), month, day if month else None)
    except DocumentError:
        return None


class _Layout(NamedTuple):
    """Where fields stand: line, start, end. ``composite`` lists what the last check digit covers."""

    name: tuple[int, int, int]
    number: tuple[int, int, int]
    birth: tuple[int, int, int]
    sex: tuple[int, int]
    expiry: tuple[int, int, int]
    nationality: tuple[int, int, int]
    optional1: tuple[int, int, int]
    optional2: tuple[int, int, int] | None
    composite: tuple[tuple[int, int, int], ...]


_TWO_LINES = ((1, 0, 9), (1, 13, 19), (1, 20), (1, 21, 27), (1, 10, 13))
_LAYOUTS = {
    "TD1": _Layout(
        (2, 0, 30), (0, 5, 14), (1, 0, 6), (1, 7), (1, 8, 14), (1, 15, 18), (0, 15, 30), (1, 18, 29),
        ((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)),
    ),
    "TD2": _Layout((0, 5, 36), *_TWO_LINES, (1, 28, 35), None, ((1, 0, 10), (1, 13, 20), (1, 21, 35))),
    "TD3": _Layout((0, 5, 44), *_TWO_LINES, (1, 28, 42), None, ((1, 0, 10), (1, 13, 20), (1, 21, 43))),
    "MRV-A": _Layout((0, 5, 44), *_TWO_LINES, (1, 28, 44), None, ()),
    "MRV-B": _Layout((0, 5, 36), *_TWO_LINES, (1, 28, 36), None, ()),
}  # fmt: skip


def _split(text: str | bytes) -> tuple[str, tuple[str, ...]]:
    """Format and lines."""
    if len(text) > MAX_TEXT:
        raise MrzError("too many characters", "length")
    if isinstance(text, bytes):
        try:
            text = text.decode("ascii")
        except UnicodeDecodeError:
            raise MrzError("a character outside A-Z, 0-9 and <", "characters") from None
    pieces = text.split()
    joined = "".join(pieces)
    width = _SHAPES.get(len(joined))
    if width is None or (len(pieces) > 1 and any(len(piece) != width for piece in pieces)):
        raise MrzError("not 3 lines of 30, 2 of 36 or 2 of 44 characters", "length")
    if not _ALLOWED.fullmatch(joined):
        raise MrzError("a character outside A-Z, 0-9 and <", "characters")
    lines = tuple(joined[at : at + width] for at in range(0, len(joined), width))
    visa = joined[0] == "V"
    return {30: "TD1", 36: "MRV-B" if visa else "TD2", 44: "MRV-A" if visa else "TD3"}[width], lines


def parse_mrz(text: str | bytes) -> MachineReadableZone:
    """Read a machine readable zone.

    :param text: the lines, apart by line ends or spaces, or joined as in DG1.
    :raises MrzError: not a shape of Doc 9303 (kind ``length``) or foreign characters (``characters``).
        Wrong check digits do not raise: look at ``checks``.
    """
    format_, lines = _split(text)
    layout = _LAYOUTS[format_]

    def field(place: tuple[int, int, int]) -> str:
        line, start, end = place
        return lines[line][start:end]

    def check(name: str, place: tuple[int, int, int]) -> CheckDigit:
        printed, computed = lines[place[0]][place[2]], check_digit(field(place))
        return CheckDigit(name, printed, computed, printed == str(computed))

    number, number_check, optional1 = _document_number(
        check("document_number", layout.number),
        field(layout.number),
        field(layout.optional1),
        may_be_long=format_ in ("TD1", "TD2"),
    )
    checks = [number_check, check("birth_date", layout.birth), check("expiry_date", layout.expiry)]
    information = "".join(
        value + found.printed
        for value, found in zip((number, field(layout.birth), field(layout.expiry)), checks, strict=True)
    )
    if format_ == "TD3":
        personal = check("personal_number", layout.optional1)
        if personal.printed == "<" and not optional1.strip("<"):
            personal = CheckDigit(personal.name, "<", personal.computed, True)  # Doc 9303-4, 4.2.2.2
        checks.append(personal)
    if layout.composite:
        covered = "".join(field(place) for place in layout.composite)
        printed, computed = lines[1][-1], check_digit(covered)
        checks.append(CheckDigit("composite", printed, computed, printed == str(computed)))
    surname, given_names = _names(field(layout.name))
    return MachineReadableZone(
        format=format_,
        lines=lines,
        document_code=lines[0][:2].rstrip("<"),
        issuer=lines[0][2:5].rstrip("<"),
        document_number=number.rstrip("<"),
        birth=field(layout.birth),
        sex={"M": "M", "F": "F", "X": "X", "<": "X"}.get(lines[layout.sex[0]][layout.sex[1]]),
        expiry=field(layout.expiry),
        nationality=field(layout.nationality).rstrip("<"),
        optional1=optional1.strip("<"),
        optional2=field(layout.optional2).strip("<") if layout.optional2 else "",
        surname=surname,
        given_names=given_names,
        name_truncated=field(layout.name)[-1] != "<",
        checks=tuple(checks),
        mrz_information=information,
    )


def _document_number(
    found: CheckDigit, number: str, optional: str, *, may_be_long: bool
) -> tuple[str, CheckDigit, str]:
    """Number, its check and what is left of the optional data, by the long-number rule.

    A filler in the place of the check digit says that the number goes on in the optional data, up
    to the next filler, its last character being the check digit (Doc 9303-5, 4.2.2; -6, 4.2.2).
    """
    rest, _, left = optional.partition("<")
    if not may_be_long or found.printed != "<" or len(rest) < 2:
        return number, found, optional
    whole, printed = number + rest[:-1], rest[-1]
    computed = check_digit(whole)
    return whole, CheckDigit(found.name, printed, computed, printed == str(computed)), left


def _names(field: str) -> tuple[str, str]:
    """Primary and secondary identifier (Doc 9303-3, 4.6)."""
    primary, _, secondary = field.strip("<").partition("<<")
    return " ".join(primary.replace("<", " ").split()), " ".join(secondary.replace("<", " ").split())
