"""The printed code, the machine readable lines and the chip beside each other, field by field.

Nothing here proves anything: only what the chip holds can be verified, and where print and chip differ
the chip prevails (Law 26/2023/QH15, Art. 33(2)). The table says what a person should look at, and finds
what cannot be seen in the code alone: altered digits, letters rewritten by an input method, the code of
another card.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

from eid.document.dates import PartialDate
from eid.document.dg1 import DG1
from eid.vietnam.card_qr import PrintedCode
from eid.vietnam.comparisons import Comparison, Source
from eid.vietnam.cross_checks import same_birth, same_expiry
from eid.vietnam.dg13 import DG13
from eid.vietnam.mrz import CardMrz, card_mrz
from eid.vietnam.names import mrz_name_agrees
from eid.vietnam.number import consistency
from eid.vietnam.spellings import compare_texts, letters_left_agree

__all__ = ["cross_check"]


def cross_check(
    *,
    code: PrintedCode | None = None,
    mrz: CardMrz | None = None,
    dg1: DG1 | None = None,
    dg13: DG13 | None = None,
) -> tuple[Comparison, ...]:
    """Compare what is given of one card, each with each, and each with its own number.

    Give DG1 and DG13 from evidence that was verified, else the table compares claims with claims.

    :param code: the printed code.
    :param mrz: the lines printed on the card, as scanned or typed.
    :param dg1: the lines on the chip.
    :param dg13: the national data on the chip.
    :returns: one row for each field that both sides can have.
    :raises MrzError: DG1 is not that of a citizen card.
    """
    sides = []
    if code is not None:
        sides.append(_of_code(code))
    if mrz is not None:
        sides.append(_of_mrz(Source.MRZ, mrz))
    if dg1 is not None:
        sides.append(_of_mrz(Source.DG1, card_mrz(dg1.mrz)))
    if dg13 is not None:
        sides.append(_of_dg13(dg13))
    rows = [row for left, right in combinations(sides, 2) for row in _pair(left, right)]
    return (*rows, *(row for side in sides for row in _with_number(side)))


@dataclass(frozen=True, slots=True, repr=False)
class _Side:
    """One source. ``values`` has the texts of the fields it can have, ``None`` where it has none."""

    source: Source
    values: Mapping[str, str | None]
    birth: PartialDate | None
    card: CardMrz | None = None
    group: DG13 | None = None
    parents: tuple[str, ...] = ()
    degraded: bool = False


def _of_code(code: PrintedCode) -> _Side:
    parents = tuple(parent.name for parent in code.parents)
    values = {
        "number": code.number.number,
        "name": code.full_name,
        "birth_date": str(code.birth_date),
        "sex": code.sex,
        "residence": code.residence,
        "issue_date": code.issue_date.isoformat(),
        "old_number": code.old_number,
        "parents": ", ".join(parents) or None,
    }
    return _Side(Source.CODE, values, code.birth_date, parents=parents, degraded=code.degraded)


def _of_mrz(source: Source, card: CardMrz) -> _Side:
    _, two, three = card.mrz.lines
    sex = two[7] if two[7] in "MF" else None
    expiry = None if card.expiry_date is None else card.expiry_date.isoformat()
    values = {
        "number": card.number.number if card.number else None,
        "name": three,
        "birth_date": None if card.birth_date is None else str(card.birth_date),
        "sex": sex if card.number else None,
        "expiry": "no expiry" if card.number and card.no_expiry else expiry,
    }
    return _Side(source, values, card.birth_date, card=card)


def _of_dg13(group: DG13) -> _Side:
    def day(date: dt.date | None) -> str | None:
        return None if date is None else date.isoformat()

    birth = group.birth_date
    parents = tuple(name for name in group.parents or () if name.strip())
    values = {
        "number": (group.number or "").strip() or None,
        "name": group.full_name or None,
        "birth_date": None if birth is None else str(birth),
        "sex": group.sex,
        "expiry": "no expiry" if group.no_expiry else day(group.expiry_date),
        "residence": group.texts.get("residence") or None,
        "issue_date": day(group.issue_date),
        "old_number": (group.texts.get("old_number") or "").strip() or None,
        "parents": ", ".join(parents) or None,
    }
    return _Side(Source.DG13, values, birth, group=group, parents=parents)


def _pair(left: _Side, right: _Side) -> Iterator[Comparison]:
    wrong = any(side.card is not None and side.card.failed_checks for side in (left, right))
    for name in (name for name in left.values if name in right.values):
        values = left.values[name], right.values[name]
        if wrong and name != "name":  # the line of the name has no check digit
            reason = "wrong_check_digits"
        elif None in values:
            reason = "missing"
        else:
            reason = _COMPARED.get(name, _exact(name))(left, right)
        yield Comparison(name, left.source, right.source, reason, values)


def _exact(name: str) -> Callable[[_Side, _Side], str]:
    return lambda left, right: "same" if left.values[name] == right.values[name] else f"{name}_differs"


def _birth_dates(left: _Side, right: _Side) -> str:
    short, long = left.birth, right.birth
    two_digits = left.card is not None or right.card is not None
    if not two_digits and short and long and short.year != long.year:
        return "birth_date_differs"
    if not same_birth(short, long):
        return "birth_date_differs"
    if short and long and short.complete and long.complete:
        return "same"
    # DG13 of some cards has the year alone. The code has what is printed; zeros in it may be an alteration.
    less = left.source is Source.CODE and str(short) != str(long) and str(long).startswith(str(short))
    return "partial_in_code" if less else "partial_date"


def _names(left: _Side, right: _Side) -> str:
    one, other = left.values["name"] or "", right.values["name"] or ""
    if left.card is None and right.card is None:
        return _as_reason("name", compare_texts(one, other, degraded=left.degraded))
    if left.card is not None and right.card is not None:
        return "same" if one == other else "name_differs"
    accented, printed, degraded = (one, other, left.degraded) if right.card else (other, one, False)
    agrees = mrz_name_agrees(accented, printed)
    if agrees:
        return "without_accents"
    if degraded and letters_left_agree(accented, printed):
        return "degraded"
    if degraded and not printed.endswith("<"):
        return "not_in_mrz_letters"  # cut off somewhere, and nobody can say where
    return "not_in_mrz_letters" if agrees is None and not degraded else "name_differs"


def _residences(left: _Side, right: _Side) -> str:
    one, other = left.values["residence"] or "", right.values["residence"] or ""
    return _as_reason("residence", compare_texts(one, other, degraded=left.degraded))


def _parents(left: _Side, right: _Side) -> str:
    """The same names, in any order: which of the two stands first is not documented for the code."""
    if len(left.parents) != len(right.parents):
        return "parents_differ"
    orders = (right.parents, right.parents[::-1])
    found = [
        [compare_texts(one, other, degraded=left.degraded) for one, other in zip(left.parents, order, strict=True)]
        for order in orders
    ]  # fmt: skip
    words = min(found, key=lambda words: max(map(_WORDS.index, words)))
    word = max(words, key=_WORDS.index)
    return "parents_differ" if word == "different" else word


#: What :func:`compare_texts` says, from best to worst.
_WORDS = ("same", "spelling", "degraded", "accents_missing", "accents_differ", "input_method", "different")


def _as_reason(name: str, word: str) -> str:
    return f"{name}_differs" if word == "different" else word


def _expiries(left: _Side, right: _Side) -> str:
    card = left.card or right.card
    group = right.group or left.group
    if card is None or group is None:
        return _exact("expiry")(left, right)
    return "same" if same_expiry(card, group) else "expiry_differs"


_COMPARED: Mapping[str, Callable[[_Side, _Side], str]] = MappingProxyType(
    {
        "birth_date": _birth_dates,
        "name": _names,
        "residence": _residences,
        "parents": _parents,
        "expiry": _expiries,
    }
)


def _with_number(side: _Side) -> Iterator[Comparison]:
    """Year and sex against the number that stands beside them."""
    number, sex = side.values["number"], side.values["sex"]
    if number is None or len(number) != 12 or not number.isascii() or not number.isdigit():
        return
    found = consistency(number, side.birth, sex)
    for name, value, warning in (
        ("birth_date", side.values["birth_date"], "pin_year_mismatch"),
        ("sex", sex, "pin_sex_mismatch"),
    ):
        reason = "missing" if value is None else "not_in_number" if warning in found else "same"
        yield Comparison(name, Source.NUMBER, side.source, reason, (number, value))
