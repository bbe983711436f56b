"""Rules of law as dated data: what was in force on a day, and the article that said so.

The data come from outside (``eid.vietnam.rules``). Here is only what accounts ask them; what a country
asks beyond that (amounts, cards) stands with the country. A change of law is a change of the data; no
age, amount or time limit stands in this code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from eid.accounts.model import Factor, HolderKind
from eid.accounts.rule_shapes import CONFIDENCE, check_entry
from eid.errors import RulesError

__all__ = ["Eligibility", "Rule", "RuleBook", "surest", "weakest"]

#: Ages up to here are looked up, all others searched.
_OLDEST = 150


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry.

    :param kind: the table it stands in.
    :param article: instrument and article, for auditors.
    :param since: first day in force.
    :param until: last day in force; ``None`` while it is.
    :param confidence: ``confirmed``, ``likely`` or ``unconfirmed``.
    :param values: what it says.
    :param id: its stable name in the data; empty when it has none.
    """

    kind: str
    article: str
    since: date
    until: date | None
    confidence: str
    values: Mapping[str, Any] = field(hash=False)
    id: str = ""

    def in_force(self, day: date) -> bool:
        """Whether it was in force on *day*."""
        return self.since <= day and (self.until is None or day <= self.until)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """What it says of *name*."""
        return self.values.get(name, default)


def weakest(confidences: Iterable[str | None]) -> str | None:
    """The least sure of *confidences*; ``None`` stands for what rests on no law and counts for nothing."""
    return max((each for each in confidences if each), key=CONFIDENCE.index, default=None)


def surest(confidences: Iterable[str | None]) -> str | None:
    """The surest of *confidences*; ``None`` when one of them rests on no law, which is sure by itself."""
    listed = list(confidences)
    rated = [each for each in listed if each is not None]
    return min(rated, key=CONFIDENCE.index, default=None) if len(rated) == len(listed) else None


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Who may hold which account levels, by one entry.

    :param levels: empty where the account has no level.
    :param requires: documents, of which all are needed.
    :param guardian: a guardian has to register and to confirm the use.
    """

    levels: frozenset[int]
    requires: frozenset[str]
    guardian: bool
    rule: Rule


class RuleBook:
    """The rules in force on one day. Immutable; may be shared between threads.

    :param tables: from kind to entries, as read from TOML: every entry has ``source``, ``from``,
        ``confidence``, and ``until`` when it ended.
    :param day: the day.
    :raises RulesError: an entry without article, date or confidence, or with values of another type.
    """

    __slots__ = (
        "_access",
        "_bands",
        "_categories",
        "_eligible",
        "_indexes",
        "_levels",
        "_reached",
        "_rules",
        "as_of",
        "day",
        "version",
    )

    def __init__(self, tables: Mapping[str, Any], *, day: date) -> None:
        rules = [
            _rule(kind, entry)
            for kind, listed in tables.items()
            if isinstance(listed, list | tuple)
            for entry in listed
        ]
        names = [rule.id for rule in rules if rule.id]
        if len(set(names)) < len(names):
            raise RulesError("two entries of one id")
        self.day = day
        #: The day whose state of the law the data give; ``None`` when they do not say.
        self.as_of: date | None = tables["as_of"] if type(tables.get("as_of")) is date else None
        canonical = json.dumps(tables, sort_keys=True, default=str, ensure_ascii=False)
        #: Names the data exactly: for records of what was decided by which rules.
        self.version = hashlib.sha256(canonical.encode()).hexdigest()
        self._rules: dict[str, tuple[Rule, ...]] = {}
        for rule in rules:
            if rule.in_force(day):
                self._rules[rule.kind] = (*self._rules.get(rule.kind, ()), rule)
        self._indexes: dict[tuple[str, tuple[str, ...]], dict[tuple[object, ...], Rule]] = {}
        # What every decision asks is looked up, not searched.
        self._bands = {holder: self._bands_of(holder) for holder in HolderKind}
        self._eligible: dict[tuple[HolderKind, int | None], tuple[Eligibility, ...]] = {}
        self._access = {(rule["holder"], rule.get("level")): rule for rule in reversed(self.all("access"))}
        self._levels = sorted(
            self.all("authentication_level"), key=lambda rule: int(rule["level"]), reverse=True
        )
        self._categories = {
            kind: str(rule["category"])
            for rule in reversed(self.all("factor_category"))
            for kind in rule["examples"]
        }
        self._reached: dict[frozenset[str], Rule | None] = {}

    def __repr__(self) -> str:
        return f"RuleBook(day={self.day}, version={self.version[:12]})"

    def all(self, kind: str) -> tuple[Rule, ...]:
        """The entries of *kind* in force, in their order."""
        return self._rules.get(kind, ())

    def find(self, kind: str, **values: object) -> Rule | None:
        """The first entry of *kind* that says *values* (``None``: does not say), or ``None``.

        :param values: words, numbers, dates.
        """
        names = tuple(values)
        index = self._indexes.get((kind, names))
        if index is None:
            index = {}
            for rule in reversed(self.all(kind)):
                said = tuple(rule.get(name) for name in names)
                if not any(isinstance(value, list | dict) for value in said):
                    index[said] = rule
            self._indexes[kind, names] = index
        return index.get(tuple(values.values()))

    # --- accounts ---------------------------------------------------------------------------------

    def eligibility(self, holder: HolderKind, age: int | None) -> tuple[Eligibility, ...]:
        """What a holder of this kind and *age* (whole years; ``None`` for organisations) may have."""
        known = self._eligible.get((holder, age))
        if known is None:
            known = tuple(
                with_guardian if age is not None and below is not None and age < below else eligibility
                for first, end, below, eligibility, with_guardian in self._bands[holder]
                if age is None or first <= age < end
            )
            if age is None or 0 <= age <= _OLDEST:  # so few are remembered
                self._eligible[holder, age] = known
        return known

    def _bands_of(self, holder: HolderKind) -> list[tuple[int, int, int | None, Eligibility, Eligibility]]:
        """Ages from, to below, guardian below; what holds; what holds with a guardian."""
        found = []
        for rule in self.all("account"):
            if rule["holder"] == holder.value:
                levels, requires = frozenset(rule["levels"]), frozenset(rule.get("requires", ()))
                plain = Eligibility(levels, requires, bool(rule.get("guardian", False)), rule)
                warded = Eligibility(levels, requires, True, rule)
                ages = (rule.get("age_min", 0), rule.get("age_below", 1000), rule.get("guardian_below"))
                found.append((*ages, plain, warded))
        return found

    def opens(self, holder: HolderKind, level: int | None) -> Rule | None:
        """What an account of this kind and level opens (``grants``)."""
        return self._access.get((holder, level))

    def activation_ends(self, notified_at: datetime) -> tuple[datetime | None, Rule | None]:
        """Until when an account can be activated whose holder was told at *notified_at*, with the rule.

        ``None`` when the rules set no limit.
        """
        rule = self.find("time_limit", event="activate_account")
        if rule is None:
            return None, None
        try:
            return notified_at + timedelta(days=rule["max"]), rule
        except OverflowError:
            return None, rule

    # --- authentication ---------------------------------------------------------------------------

    def category(self, kind: str) -> str | None:
        """The category of a factor: ``biometric``, ``possession``, ``knowledge``; ``None`` when unknown."""
        return self._categories.get(kind)

    def authentication_level(self, factors: Iterable[Factor]) -> tuple[int | None, Rule | None]:
        """The highest level that *factors* reach, with its rule; ``None`` when they reach none.

        A level that asks for no biometrics counts the other factors only, so that one factor more never
        makes the level lower.
        """
        # Only words of the rules stay, so there are few sets to remember.
        known = frozenset(factor.kind for factor in factors if factor.kind in self._categories)
        try:
            best = self._reached[known]
        except KeyError:
            best = next((rule for rule in self._levels if self._reaches(known, rule)), None)
            self._reached[known] = best
        return (None, None) if best is None else (int(best["level"]), best)

    def _reaches(self, kinds: frozenset[str], rule: Rule) -> bool:
        plain = rule["biometric"] == "none"
        counted = {kind for kind in kinds if not plain or self._categories[kind] != "biometric"}
        categories = {self._categories[kind] for kind in counted}
        return (
            len(counted) >= rule["min_factors"]
            and len(categories) >= rule["distinct_categories"]
            and (plain or "biometric" in categories)
            and categories.issuperset(rule.get("requires_categories", ()))
        )

    def least_level_with(self, category: str) -> int | None:
        """The lowest authentication level that cannot be had without a factor of *category*, or ``None``."""
        levels = [
            int(rule["level"])
            for rule in self._levels
            if category in rule.get("requires_categories", ())
            or (category == "biometric" and rule["biometric"] != "none")
        ]
        return min(levels, default=None)


def _rule(kind: str, entry: object) -> Rule:
    if not isinstance(entry, Mapping):
        raise RulesError(f"{kind}: an entry that is no table")
    article, since, until = entry.get("source"), entry.get("from"), entry.get("until")
    if not isinstance(article, str) or not article or type(since) is not date:
        raise RulesError(f"{kind}: an entry without article or first day")
    if until is not None and (type(until) is not date or until < since):
        raise RulesError(f"{kind}: an entry that ends before it begins")
    if entry.get("confidence") not in CONFIDENCE:
        raise RulesError(f"{kind}: an entry without confidence")
    check_entry(kind, entry)
    name = entry.get("id", "")
    if not isinstance(name, str):
        raise RulesError(f"{kind}: an entry whose id is no word")
    return Rule(kind, article, since, until, entry["confidence"], MappingProxyType(dict(entry)), name)
