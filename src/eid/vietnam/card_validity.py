"""Until when an identity card is valid, by the age at which it was issued.

Law 26/2023/QH15, Art. 19, 21 and 46, and Law 59/2014/QH13, Art. 21 before. What is printed on the card counts for a
check of the card; this is for asking whether a printed date can be right, and when somebody has to renew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from eid.accounts.rules import Rule, RuleBook
from eid.errors import InputError
from eid.vietnam.rules import rules_for

__all__ = ["CardValidity", "card_validity", "kept_valid", "must_hold_card"]


@dataclass(frozen=True, slots=True)
class CardValidity:
    """Until when.

    :param ends: the day that should be printed; ``None`` for no expiry.
    :param also: a further day that may be printed: for births on 29 February it is not known which of
        28 February and 1 March is.
    :param rule: the law the card was issued under.
    """

    ends: date | None
    also: date | None
    rule: Rule

    def allows(self, printed: date | None) -> bool:
        """Whether *printed* (``None``: no expiry) can be right."""
        return printed == self.ends or (printed is not None and printed == self.also)


def card_validity(birth_date: date, issued: date) -> CardValidity | None:
    """Until when a card issued on *issued* is valid; ``None`` where the law of that day issued none.

    A card issued on the very day two years before an age of renewal counts as inside those two years
    (``likely``).

    :raises InputError: issued before the birth.
    """
    if issued < birth_date:
        raise InputError("a card issued before its holder was born")
    rule = next(iter(rules_for(issued).all("card_validity")), None)
    if rule is None or issued < _birthday(birth_date, rule["min_issue_age"]):
        return None
    for age in rule["renewal_ages"]:
        if issued < _birthday(birth_date, age - rule["early_window_years"]):
            ends = _birthday(birth_date, age)
            leap_child = (birth_date.month, birth_date.day) == (2, 29) and ends.day != 29
            return CardValidity(ends, date(ends.year, 3, 1) if leap_child else None, rule)
    return CardValidity(None, None, rule)


def must_hold_card(birth_date: date, day: date) -> bool:
    """Whether somebody has to hold a card on *day*, and not only may."""
    rule = next(iter(rules_for(day).all("card_validity")), None)
    if rule is None:
        return False
    return day >= _birthday(birth_date, rule.get("must_hold_from_age", rule["min_issue_age"]))


def kept_valid(document: str, rules: RuleBook) -> Rule | None:
    """The rule by which a document of an earlier law is still good on the day of *rules*, or ``None``.

    :param document: ``citizen_card_2014_law`` (to the printed date), ``nine_digit_identity_card``, or
        ``cards_expiring_2024-01-15_to_2024-06-30``.
    """
    return rules.find("card_validity_transition", document=document)


def _birthday(born: date, age: int) -> date:
    """The day somebody turns *age*; 28 February where there is no 29th."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        if born.year + age > date.max.year:
            return date.max
        return date(born.year + age, 2, 28)
