"""Personal data: which are sensitive, and by when a person's request or a breach has to be dealt with.

Law 91/2025/QH15 and Decree 356/2025/NĐ-CP since 2026-01-01, Decree 13/2023/NĐ-CP before. Consent itself is a demand of a
:class:`~eid.accounts.requirement.Requirement`; how long what is kept, see
:mod:`eid.accounts.usage.retention`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from eid.accounts.rules import Rule, RuleBook
from eid.vietnam.deadlines import working_days_after

__all__ = ["DataRequestDays", "breach_notice_by", "data_class", "data_request"]


def data_class(item: str, rules: RuleBook) -> tuple[str | None, Rule | None]:
    """Whether *item* is ``sensitive`` or ``basic`` personal data, with the rule; ``None`` where none names it.

    :param item: a word of the rules, such as ``image_of_identity_card`` or ``personal_number``.
    """
    for rule in rules.all("data_class"):
        if item in rule.get("items", ()):
            return str(rule["class"]), rule
    return None, None


@dataclass(frozen=True, slots=True)
class DataRequestDays:
    """By when a person's request about the own data is to be answered.

    :param acknowledge: the last day to say that it came.
    :param act: the last day to act for the kinds of requests with the shortest limit.
    :param act_at_latest: the same for those with the longest.
    """

    acknowledge: date
    act: date
    act_at_latest: date
    rule: Rule


def data_request(
    received: date, rules: RuleBook, *, holidays: Collection[date] = ()
) -> DataRequestDays | None:
    """By when a request received on *received* is to be answered; ``None`` where the rules do not say."""
    rule = next(iter(rules.all("data_subject_request")), None)
    if rule is None:
        return None
    return DataRequestDays(
        working_days_after(received, rule["acknowledge_within_working_days"], holidays),
        received + timedelta(days=rule["act_within_days_min"]),
        received + timedelta(days=rule["act_within_days_max"]),
        rule,
    )


def breach_notice_by(found_at: datetime, rules: RuleBook) -> tuple[datetime, Rule] | None:
    """By when a breach found at *found_at* has to be told to the authority.

    ``None`` where the rules do not say: since 2026 the period was not seen in our sources, which does not mean
    that there is none.
    """
    rule = next(iter(rules.all("breach_notice")), None)
    return None if rule is None else (found_at + timedelta(hours=rule["within_hours"]), rule)
