"""Which test stands behind which entry of the rules, and the days around which an entry is tried."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from eid.accounts.rules import Rule
from eid.vietnam.rules import rules_for

_Test = TypeVar("_Test", bound=Callable[..., None])

#: Tests by the id of the entry that they try on both sides.
COVERED: dict[str, set[str]] = {}

TODAY = dt.date(2026, 11, 21)
#: First day of Decree 69/2024 and of the Law on Identity.
LAW = dt.date(2024, 7, 1)
ONE_DAY = dt.timedelta(days=1)


def covers(*entries: str) -> Callable[[_Test], _Test]:
    """Marks a test as the one that tries *entries* (ids in ``rules.toml``) on both sides of what they say."""

    def mark(test: _Test) -> _Test:
        for entry in entries:
            COVERED.setdefault(entry, set()).add(test.__name__)
        return test

    return mark


def entry(name: str, day: dt.date = TODAY) -> Rule | None:
    """The entry of that id, if it is in force on *day*."""
    return next((rule for rule in rules_for(day).all(name.partition(".")[0]) if rule.id == name), None)


def said(name: str, day: dt.date = TODAY) -> Rule:
    """The entry of that id, which is in force on *day*."""
    found = entry(name, day)
    assert found is not None, name
    return found
