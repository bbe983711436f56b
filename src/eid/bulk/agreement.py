"""Two records with one number: do they say the same person? A class with its evidence, and no hidden score.

A number finds the pair, the rest is evidence for or against it. Two records are never joined on name and date of
birth alone, and an old 9-digit number, which was given out more than once, is no key (matching.md, 2).
"""

from __future__ import annotations

import enum
import functools
from dataclasses import dataclass

from eid.errors import InputError
from eid.vietnam.matching import Advice, NameClass, NameMatch, NameSource, match_names

__all__ = ["By", "Compared", "PairAgreement", "PairVerdict", "Subject", "compare"]


class PairVerdict(enum.StrEnum):
    """What two records with one number say, from best to worst."""

    SAME = "same"
    COMPATIBLE = "compatible"
    UNCONFIRMED = "unconfirmed"
    REVIEW = "review"
    CONFLICT = "conflict"


class Compared(enum.StrEnum):
    """One attribute of two records. *Compatible*: one side knows only a part of the date."""

    EQUAL = "equal"
    COMPATIBLE = "compatible"
    DIFFERENT = "different"
    MISSING = "missing"


class By(enum.StrEnum):
    """What brought two records together. *Alias*: a cancelled personal number on one side."""

    NUMBER = "number"
    ALIAS = "alias"
    OLD_NUMBER = "old_number"


@dataclass(frozen=True, slots=True, repr=False)
class Subject:
    """What a record says of its person, as far as it is compared. Personal data; not shown.

    :param number: the personal number.
    :param old_number: 9 digits, or 12 of a cancelled personal number.
    :param birth_date: ISO 8601, cut where it is not known.
    :param sex: ``M``, ``F`` or ``X``.
    """

    number: str = ""
    old_number: str = ""
    name: str = ""
    birth_date: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How two records agree. It holds no personal data.

    :param name: the class of the two names; ``None`` where one has none.
    :param codes: what a person should look at, keys of :data:`eid.bulk.codes.ROWS`.
    """

    verdict: PairVerdict
    name: NameClass | None
    birth_date: Compared
    sex: Compared
    codes: tuple[str, ...] = ()


def compare(one: Subject, other: Subject, *, by: By = By.NUMBER) -> PairAgreement:
    """Put the evidence of two records beside each other. Which comes first does not matter."""
    match = _names(one.name, other.name)
    birth_date = _dates(one.birth_date, other.birth_date)
    sex = _plain(one.sex, other.sex)
    advice = match.advice if match is not None else None
    typing_error = match is not None and match.name_class in (NameClass.NEAR, NameClass.ACCENT_CONFLICT)
    codes = list[str]()
    if advice is Advice.NOT_SAME and not (typing_error and birth_date is Compared.EQUAL):
        codes.append("name_differs")
    elif advice in (Advice.REVIEW, Advice.NOT_SAME):
        codes.append("name_review")
    if birth_date is Compared.DIFFERENT:
        codes.append("birth_date_differs")
    if sex is Compared.DIFFERENT:
        codes.append("sex_differs")
    verdict = _verdict(codes, advice, birth_date)
    if by is By.OLD_NUMBER:
        codes.append("by_old_number")
        verdict = max(verdict, PairVerdict.REVIEW, key=_ORDER.index)
    if verdict is PairVerdict.UNCONFIRMED:
        codes.append("nothing_compared")
    name_class = match.name_class if match is not None else None
    return PairAgreement(verdict, name_class, birth_date, sex, tuple(codes))


def _verdict(codes: list[str], advice: Advice | None, birth_date: Compared) -> PairVerdict:
    if any(code.endswith("_differs") for code in codes):
        return PairVerdict.CONFLICT
    if codes:
        return PairVerdict.REVIEW
    dated = birth_date in (Compared.EQUAL, Compared.COMPATIBLE)
    if advice is Advice.SAME or (advice is Advice.COMPATIBLE and birth_date is Compared.EQUAL):
        return PairVerdict.SAME
    return PairVerdict.COMPATIBLE if dated or advice is Advice.COMPATIBLE else PairVerdict.UNCONFIRMED


_ORDER = list(PairVerdict)


@functools.lru_cache(maxsize=32_768)
def _names(one: str, other: str) -> NameMatch | None:
    if not one or not other:
        return None
    try:
        return match_names(one, other, a_source=NameSource.TEXT, b_source=NameSource.TEXT)
    except InputError:  # a name without letters; cleaning lets none through
        return None


def _dates(one: str, other: str) -> Compared:
    if not one or not other:
        return Compared.MISSING
    if one == other:
        return Compared.EQUAL if len(one) == len("1999-07-04") else Compared.COMPATIBLE
    short, long = sorted((one, other), key=len)
    cut = len(short) < len(long) and long.startswith(f"{short}-")
    return Compared.COMPATIBLE if cut else Compared.DIFFERENT


def _plain(one: str, other: str) -> Compared:
    if not one or not other:
        return Compared.MISSING
    return Compared.EQUAL if one == other else Compared.DIFFERENT
