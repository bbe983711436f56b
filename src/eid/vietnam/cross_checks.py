"""Whether DG1, DG13, the personal number and the access key of a citizen card tell the same story.

The groups come from a security object whose signature holds, so a contradiction was signed by the
issuer or two cards were mixed; either way nobody should act on it. What cannot be compared is not
held against the card. A number that disagrees with birth year or sex is no contradiction: the number
may have been set before a correction (Decree 70/2024/NĐ-CP, Art. 11(7)).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterator, Sequence

from eid.document.checks import Check, Outcome
from eid.document.dates import PartialDate
from eid.document.dg1 import DG1
from eid.document.evidence import AccessTranscript
from eid.document.profile import CardContent
from eid.errors import MrzError
from eid.vietnam.dg13 import DG13
from eid.vietnam.mrz import CardMrz, card_mrz
from eid.vietnam.names import mrz_name_agrees
from eid.vietnam.number import NumberInfo, can_from_number, consistency

__all__ = ["card_of", "cross_checks", "same_birth", "same_expiry"]


def card_of(content: CardContent) -> CardMrz | None:
    """DG1 as a citizen card, or ``None`` when it is missing or of another document."""
    group = content.groups.get("DG1")
    if not isinstance(group, DG1):
        return None
    try:
        return card_mrz(group.mrz)
    except MrzError:
        return None


def cross_checks(content: CardContent) -> Sequence[Check]:
    """The cross-checks one by one: ``dg1_number_layout``, ``dg13_number``, ``dg13_name``,
    ``dg13_birth_date``, ``dg13_sex``, ``dg13_expiry``, ``number_birth_year``, ``number_sex`` and
    ``access_key``.

    FAILED has the code ``CROSS_CHECK_FAILED`` (with the names of the fields) or
    ``ACCESS_KEY_MISMATCH``; NOT_CHECKED has a code that says why.
    """
    first = content.groups.get("DG1")
    if not isinstance(first, DG1):
        return ()  # the verification of the data groups reports it
    national = content.groups.get("DG13")
    group = national if isinstance(national, DG13) else None
    card = card_of(content)
    number = card.number if card else None
    checks = [_layout(card)]
    if card and number:
        checks += _dg13(card, number, group) if group else [_not_checked("dg13", "DATA_GROUP_NOT_READ")]
        checks += _number(card, number, group)
    return (*checks, _access_key(content.access, number, first.mrz.mrz_information))


def _layout(card: CardMrz | None) -> Check:
    """Positions 6-14 of line 1 are the last nine digits of the number."""
    name = "dg1_number_layout"
    if card is None:
        return _not_checked(name, "NATIONAL_LAYOUT_NOT_FOUND")
    if card.failed_checks:
        return _not_checked(name, "MRZ_CHECK_DIGIT")  # a slip of the issuer, who has signed it so
    if "document_number_not_pin_tail" in card.warnings:
        return Check(name, Outcome.FAILED, "CROSS_CHECK_FAILED", {"fields": ("document_number",)})
    return Check(name, Outcome.PASSED)


def _dg13(card: CardMrz, number: NumberInfo, group: DG13) -> Iterator[Check]:
    _, two, three = card.mrz.lines
    name, sex = group.full_name, group.sex
    agreements: dict[str, bool | None] = {
        "number": None if group.number is None else group.number.strip() == number.number,
        "name": None if name is None else mrz_name_agrees(name, three),
        "birth_date": same_birth(card.birth_date, group.birth_date),
        "sex": None if sex is None or two[7] == "<" else sex == two[7],
        "expiry": same_expiry(card, group),
    }
    for field, agrees in agreements.items():
        facts = {"fields": (field,)}
        if agrees is None:
            yield Check(f"dg13_{field}", Outcome.NOT_CHECKED, "FIELD_NOT_COMPARABLE", facts)
        elif agrees:
            yield Check(f"dg13_{field}", Outcome.PASSED)
        else:
            yield Check(f"dg13_{field}", Outcome.FAILED, "CROSS_CHECK_FAILED", facts)


def same_birth(short: PartialDate | None, long: PartialDate | None) -> bool | None:
    """Known parts agree; of the year only two digits, because the MRZ has no more.

    :param short: of an MRZ.
    :param long: of DG13 or of the printed code.
    :returns: ``None`` when one of them is missing.
    """
    if short is None or long is None:
        return None
    pairs = ((short.year % 100, long.year % 100), (short.month, long.month), (short.day, long.day))
    return all(a == b for a, b in pairs if a is not None and b is not None)


def same_expiry(card: CardMrz, group: DG13) -> bool | None:
    """The same last day of validity, or both without one; ``None`` when that cannot be said."""
    if group.no_expiry or card.no_expiry:
        # "No expiry" against an expiry that is missing or unreadable says nothing.
        return (
            None if not group.no_expiry and group.expiry_date is None else group.no_expiry == card.no_expiry
        )
    short, long, birth = card.expiry_date, group.expiry_date, card.birth_date
    if short is None or long is None:
        return None
    if birth is not None and (birth.month, birth.day) == (2, 29):
        # Which day such a birthday falls on in other years is not documented; both are accepted.
        either = {dt.date(short.year, 2, 28), dt.date(short.year, 3, 1)}
        if {short, long} <= either:
            return True
    return short == long


def _number(card: CardMrz, number: NumberInfo, group: DG13 | None) -> Iterator[Check]:
    """The number against birth year and sex: never FAILED, see the head of this module."""
    birth = (group.birth_date if group else None) or card.birth_date
    found = consistency(number, birth, card.mrz.lines[1][7])
    for name, warning, code in (
        ("number_birth_year", "pin_year_mismatch", "NUMBER_BIRTH_YEAR_MISMATCH"),
        ("number_sex", "pin_sex_mismatch", "NUMBER_SEX_MISMATCH"),
    ):
        yield _not_checked(name, code) if warning in found else Check(name, Outcome.PASSED)


def _access_key(access: AccessTranscript | None, number: NumberInfo | None, information: str) -> Check:
    """The key that opened the chip is the one that this card's own data give."""
    name = "access_key"
    keys = {"MRZ": information.encode("ascii")}
    if number is not None:
        keys["CAN"] = can_from_number(number).text
    key = keys.get(access.password or "") if access and access.password_digest else None
    if access is None or key is None:
        return _not_checked(name, None)
    if not hmac.compare_digest(hashlib.sha256(access.salt + key).digest(), access.password_digest):
        return Check(name, Outcome.FAILED, "ACCESS_KEY_MISMATCH", {"password": access.password})
    return Check(name, Outcome.PASSED, None, {"password": access.password})


def _not_checked(name: str, code: str | None) -> Check:
    return Check(name, Outcome.NOT_CHECKED, code)
