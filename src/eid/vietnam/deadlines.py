"""Until when: time limits of accounts, and the linking of accounts elsewhere.

Days are those of Viet Nam (:func:`eid.vietnam.rules.day_of`). The day on which something happens does not count;
a limit of working days passes over Saturdays, Sundays and the holidays that the caller knows (they are
decided anew each year).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from eid.accounts.model import Account, HolderKind
from eid.accounts.rules import Rule, RuleBook
from eid.errors import InputError, RulesError

__all__ = [
    "LinkDuty",
    "TimeLimit",
    "link_duty",
    "own_portal_account",
    "time_limit",
    "working_days_after",
]

#: Longer lists of holidays are a mistake.
_MAX_HOLIDAYS = 10_000


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """So many days.

    :param working: working days and not days of the calendar.
    """

    days: int
    working: bool
    rule: Rule

    def last_day(self, start: date, *, holidays: Collection[date] = ()) -> date:
        """The last day on which what began on *start* is in time."""
        if not self.working:
            return start + timedelta(days=self.days)
        return working_days_after(start, self.days, holidays)


def time_limit(
    rules: RuleBook,
    event: str,
    *,
    holder: HolderKind | None = None,
    level: int | None = None,
    condition: str | None = None,
) -> TimeLimit | None:
    """The limit for *event*, or ``None`` where the rules set none for exactly this case.

    :param event: ``issue_account``, ``activate_account``, ``lock_electronic_identity_card`` or
        ``unlock_electronic_identity_card``.
    :param condition: a word of the rules, such as ``valid_card``.
    """
    given = {"holder": holder.value if holder else None, "level": level, "condition": condition}
    for rule in rules.all("time_limit"):
        # An entry that does not say something holds for all of it.
        if rule["event"] == event and all(rule.get(k) in (None, v) for k, v in given.items()):
            if rule["unit"] not in ("day", "working_day"):
                raise RulesError("time_limit: an unknown unit")
            return TimeLimit(rule["max"], rule["unit"] == "working_day", rule)
    return None


@dataclass(frozen=True, slots=True)
class LinkDuty:
    """An account elsewhere has to be linked with the holder's identity.

    :param last_day: until when.
    :param linked: whether it is.
    :param overdue: it is not, and the day has passed.
    """

    last_day: date
    linked: bool
    overdue: bool
    rule: Rule


def link_duty(account: Account, scope: str, rules: RuleBook) -> LinkDuty | None:
    """Until when the holder's account of *scope* elsewhere has to be linked, or ``None`` without such a duty.

    :param scope: as in :class:`~eid.accounts.model.Link`: ``banking`` has its own day, all other
        platforms share one.
    :raises RulesError: an entry without a day.
    """
    listed = "banking" if scope == "banking" else "national_platforms_and_existing_accounts"
    rule = rules.find("linking_deadline", scope=listed)
    if rule is None:
        return None
    last = rule.get("deadline")
    if type(last) is not date:
        raise RulesError("linking_deadline: an entry without a day")
    linked = any(link.scope == scope for link in account.links)
    return LinkDuty(last, linked, not linked and rules.day > last, rule)


def own_portal_account(holder: HolderKind, rules: RuleBook) -> tuple[bool, Rule | None]:
    """Whether a portal's own account may still be used to sign in there, and the rule that says so."""
    rule = rules.find("portal_account", holder=holder.value)
    return rule is not None and rule.get("rule") == "own_portal_accounts_usable_until", rule


def working_days_after(start: date, days: int, holidays: Collection[date]) -> date:
    """The day that is so many working days after *start*.

    :param holidays: days off that are no Saturday or Sunday.
    :raises InputError: too many holidays.
    """
    free = frozenset(holidays)
    if len(free) > _MAX_HOLIDAYS:
        raise InputError("too many holidays")
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in free:
            days -= 1
    return day
