"""Decisions: how many a second on one core, from an account in memory to the answer with its articles.

python benchmarks/deciding.py
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from measure import Row

from eid.accounts.decision import DecisionOutcome, decide
from eid.accounts.model import (
    Account,
    Actor,
    CardState,
    Consent,
    EvidenceItem,
    Factor,
    HolderKind,
    Lock,
    Role,
)
from eid.accounts.requirement import Context, Requirement
from eid.document.checks import Outcome
from eid.document.dates import PartialDate
from eid.vietnam import rules

_CALLS, _ROUNDS = 5000, 7
_NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
_DAY = dt.timedelta(days=1)
_ACCOUNT = Account(
    "a-1",
    HolderKind.CITIZEN,
    2,
    _NOW - 300 * _DAY,
    birth_date=PartialDate(1999, 7, 4),
    notified_at=_NOW - 299 * _DAY,
    activated_at=_NOW - 298 * _DAY,
    card=CardState.IN_FORCE,
    evidence=(EvidenceItem("chip_report", Outcome.PASSED, _NOW - _DAY, "counter"),),
    consents=(Consent(purpose="loan", given_at=_NOW - _DAY, fields=frozenset({"name"})),),
)
_LOCKED = Account(
    "a-1", HolderKind.CITIZEN, 2, _NOW, activated_at=_NOW, locks=(Lock("holder_request", "holder", _NOW),)
)
_CONTEXT = Context(
    transaction="t",
    actor=Actor(Role.HOLDER, "a-1"),
    factors=tuple(Factor(kind, _NOW, "t") for kind in ("password", "identity_card", "face")),
)
_TWO_AXES = Requirement(account_level=2, authentication_level=3)
_EVERYTHING = Requirement(
    account_level=2,
    authentication_level=4,
    factor_categories=frozenset({"biometric"}),
    evidence=frozenset({"chip_report", "electronic_identity_card"}),
    max_auth_age=dt.timedelta(minutes=5),
    min_age=18,
    holder_kinds=frozenset({HolderKind.CITIZEN}),
    purpose="loan",
    consent=True,
    fields=frozenset({"name"}),
)


def _each_second(call: Callable[[], object]) -> float:
    """Calls for each second of CPU time, the best of some rounds."""
    best = float("inf")
    for _ in range(_ROUNDS):
        start = time.process_time()
        for _ in range(_CALLS):
            call()
        best = min(best, (time.process_time() - start) / _CALLS)
    return 1 / best


def rows() -> list[Row]:
    """Both axes (the promise); everything that can be asked for, and a locked account, for information."""
    cases = (
        ("decide: both axes", _ACCOUNT, _TWO_AXES, DecisionOutcome.ALLOW, 100.0),
        ("decide: all that can be asked", _ACCOUNT, _EVERYTHING, DecisionOutcome.ALLOW, None),
        ("decide: locked account", _LOCKED, _TWO_AXES, DecisionOutcome.DENY, None),
    )
    found = []
    for name, account, wanted, outcome, limit in cases:

        def ask(account: Account = account, wanted: Requirement = wanted) -> DecisionOutcome:
            # With the rules of the moment, as a service asks.
            return decide(account, wanted, rules=rules.at(_NOW), context=_CONTEXT, now=_NOW).outcome

        assert ask() is outcome
        value = _each_second(ask) / 1000
        found.append(Row(name, value, "k/s", limit, f"{1000 / value:.1f} µs each", at_least=True))
    return found


if __name__ == "__main__":
    for row in rows():
        print(f"{row.name:32} {row.value:8.1f} {row.unit}  {row.detail}")
