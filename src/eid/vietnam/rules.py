"""Viet Nam's rules as dated data (``rules.toml``): what was in force on a day, with the article.

The module itself can be handed to ``eid.Accounts(..., rules=vietnam.rules)``: it has :func:`at`.
"""

from __future__ import annotations

import functools
import tomllib
from datetime import date, datetime, timedelta, timezone
from importlib.resources import files
from typing import Any

from eid.accounts.rules import RuleBook
from eid.errors import InputError

__all__ = ["TIME_ZONE", "at", "day_of", "rules_for"]

#: Viet Nam's time. No summer time, so a fixed offset is right and needs no time zone database.
TIME_ZONE = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")


@functools.cache
def _tables() -> dict[str, Any]:
    return tomllib.loads((files("eid.vietnam") / "rules.toml").read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=64)
def rules_for(day: date) -> RuleBook:
    """The rules in force on *day*, by the calendar of Viet Nam (UTC+7).

    They are reference data for developers, not legal advice; each has its article and how sure we are.
    """
    return RuleBook(_tables(), day=day)


def day_of(now: datetime) -> date:
    """The day that it is in Viet Nam at *now*.

    :param now: aware.
    :raises InputError: *now* has no time zone.
    """
    if now.tzinfo is None:
        raise InputError("a time without a time zone")
    return now.astimezone(TIME_ZONE).date()


def at(now: datetime) -> RuleBook:
    """The rules in force at *now*: those of the day that it is in Viet Nam then.

    :param now: aware.
    :raises InputError: *now* has no time zone.
    """
    return rules_for(day_of(now))
