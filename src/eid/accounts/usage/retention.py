"""How long entries of the usage log keep their content: by rules of law and by the service's own purpose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from eid.accounts.rules import Rule, RuleBook
from eid.accounts.usage import UsageKind
from eid.errors import InputError

__all__ = ["Retention", "retention"]


@dataclass(frozen=True, slots=True)
class Retention:
    """For each kind of entry, how long. Kinds that are not named are kept.

    :param own: what the purpose of the service needs.
    :param rules: entries of the table ``retention`` that bind this service too; the longest time counts.
    """

    own: Mapping[UsageKind, timedelta]
    rules: tuple[Rule, ...] = ()

    def due(self, now: datetime) -> Mapping[UsageKind, datetime]:
        """For each kind, before when entries are no longer needed: for ``UsageLog.expire``.

        :param now: aware.
        """
        if any(rule.get("permanent") for rule in self.rules):
            return MappingProxyType({})
        years = max((_years(rule) for rule in self.rules), default=0)
        return MappingProxyType(
            {kind: min(now - period, _years_before(now, years)) for kind, period in self.own.items()}
        )

    @property
    def articles(self) -> tuple[str, ...]:
        """Which articles demand it."""
        return tuple(dict.fromkeys(rule.article for rule in self.rules))


def retention(
    rules: RuleBook, *, own: Mapping[UsageKind, timedelta], bound_by: Iterable[str] = ()
) -> Retention:
    """The times of retention of a service.

    :param own: for each kind, what the purpose of the service needs.
    :param bound_by: what the rules call the records that this service keeps, for example
        ``access_history_of_the_identification_system``. These rules bind the state's systems; whether
        they bind the caller is the caller's to know.
    :raises InputError: an entry that the rules do not have, a negative time, or a kind that is kept for good.
    """
    if any(period < timedelta(0) for period in own.values()):
        raise InputError("a negative time of retention")
    if not own.keys().isdisjoint({UsageKind.ERASURE, UsageKind.EXPIRY}):
        raise InputError("erasures and expiries stay on record")
    found = []
    for what in bound_by:
        rule = rules.find("retention", what=what)
        if rule is None:
            raise InputError("a record that the rules do not know")
        found.append(rule)
    return Retention(MappingProxyType(dict(own)), tuple(found))


def _years(rule: Rule) -> int:
    return int(rule.get("min_years") or rule.get("years") or 0)


def _years_before(now: datetime, years: int) -> datetime:
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # 29 February: the day before, so that nothing goes a day early
        return now.replace(year=now.year - years, day=28)
