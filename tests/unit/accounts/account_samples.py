"""Invented accounts, and strategies that make any account there can be."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from eid.accounts.model import (
    Account,
    Actor,
    CardState,
    EvidenceItem,
    Factor,
    HolderKind,
    Lock,
    Role,
)
from eid.accounts.requirement import Consent, Context, Requirement
from eid.document.checks import Outcome
from eid.document.dates import PartialDate

NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
TRANSACTION = "t-1"
HOLDER = Actor(Role.HOLDER, "a-1")
OFFICER = Actor(Role.OFFICER, "o-1")


def account(**changes: Any) -> Account:
    """An adult citizen's account of level 2, active, with everything in order."""
    made = Account(
        "a-1",
        HolderKind.CITIZEN,
        2,
        NOW - 300 * DAY,
        birth_date=PartialDate(1999, 7, 4),
        documents=frozenset({"identity_card", "valid_identity_card"}),
        notified_at=NOW - 299 * DAY,
        activated_at=NOW - 298 * DAY,
        card=CardState.IN_FORCE,
        evidence=(EvidenceItem("chip_report", Outcome.PASSED, NOW - DAY, "counter"),),
    )
    return replace(made, **changes)


def factor(kind: str, *, age: dt.timedelta = dt.timedelta(0), transaction: str = TRANSACTION) -> Factor:
    return Factor(kind, NOW - age, transaction)


def context(*kinds: str, **changes: Any) -> Context:
    """The holder, recognised by *kinds* just now."""
    made = Context(transaction=TRANSACTION, actor=HOLDER, factors=tuple(factor(kind) for kind in kinds))
    return replace(made, **changes)


#: For properties on a busy machine: how long an example takes says nothing.
calmly = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

# --- strategies ----------------------------------------------------------------------------------

KINDS = ["password", "identity_card", "face", "fingerprint", "software", "two_dimensional_barcode", "hat"]
EVIDENCE = ["chip_report", "in_person", "bank_face_match"]
PURPOSES = ["loan", "clinic"]

moments = st.integers(-4000, 400).map(lambda days: NOW + days * DAY)
locks = st.builds(
    Lock,
    st.sampled_from(["holder_request", "authority_request", "holder_died", "never heard of"]),
    st.just("holder"),
    moments,
)
birth_dates = st.one_of(
    st.none(),
    st.dates(dt.date(1920, 1, 1), dt.date(2026, 11, 1)).flatmap(
        lambda day: st.sampled_from([
            PartialDate(day.year, day.month, day.day),
            PartialDate(day.year, day.month),
            PartialDate(day.year),
        ])
    ),
)  # fmt: skip
evidence_items = st.builds(
    EvidenceItem,
    st.sampled_from(EVIDENCE),
    st.sampled_from(list(Outcome)),
    moments,
    st.just("counter"),
    st.one_of(st.none(), moments),
)


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    holder = draw(st.sampled_from(list(HolderKind)))
    return Account(
        "a-1",
        holder,
        None if holder is HolderKind.ORGANISATION else draw(st.sampled_from([1, 2])),
        draw(moments),
        birth_date=draw(birth_dates),
        documents=draw(st.frozensets(st.sampled_from(["identity_card", "valid_identity_card"]))),
        notified_at=draw(st.one_of(st.none(), moments)),
        activated_at=draw(st.one_of(st.none(), moments)),
        closed_at=draw(st.one_of(st.none(), st.none(), moments)),
        locks=draw(st.lists(locks, max_size=2).map(tuple)),
        card=draw(st.sampled_from(list(CardState))),
        card_locks=draw(st.lists(locks, max_size=2).map(tuple)),
        under_guardianship=draw(st.booleans()),
        guardians=draw(st.frozensets(st.sampled_from(["g-1", "g-2"]))),
        representatives=draw(st.frozensets(st.sampled_from(["r-1"]))),
        evidence=draw(st.lists(evidence_items, max_size=4).map(tuple)),
        consents=draw(st.lists(consents, max_size=1).map(tuple)),
        recovered_at=draw(st.one_of(st.none(), st.none(), moments)),
    )


@st.composite
def requirements(draw: st.DrawFn) -> Requirement:
    purpose = draw(st.one_of(st.none(), st.sampled_from(PURPOSES)))
    return Requirement(
        account_level=draw(st.sampled_from([None, 1, 2])),
        authentication_level=draw(st.sampled_from([None, 1, 2, 3, 4])),
        factor_categories=draw(
            st.frozensets(st.sampled_from(["biometric", "possession", "knowledge", "hat"]), max_size=2)
        ),
        evidence=draw(st.frozensets(st.sampled_from([*EVIDENCE, "electronic_identity_card"]), max_size=2)),
        any_evidence=draw(
            st.frozensets(st.frozensets(st.sampled_from(EVIDENCE), min_size=1, max_size=2), max_size=1)
        ),
        max_auth_age=draw(st.one_of(st.none(), st.timedeltas(dt.timedelta(0), 3 * DAY))),
        min_age=draw(st.one_of(st.none(), st.integers(0, 90))),
        holder_kinds=draw(st.one_of(st.none(), st.frozensets(st.sampled_from(list(HolderKind)), min_size=1))),
        purpose=purpose,
        consent=draw(st.booleans()) if purpose else False,
        fields=draw(fields) if purpose else frozenset(),
        basis=draw(st.sampled_from([None, "Circular 17/2024/TT-NHNN, Art. 17(5)(c)"])),
    )


factors = st.builds(
    Factor,
    st.sampled_from(KINDS),
    st.integers(-100, 100).map(lambda hours: NOW + dt.timedelta(hours=hours)),
    st.sampled_from([TRANSACTION, "t-2"]),
)
fields = st.frozensets(st.sampled_from(["name", "address"]))
consents = st.builds(
    Consent,
    purpose=st.sampled_from(PURPOSES),
    given_at=moments,
    withdrawn_at=st.one_of(st.none(), moments),
    fields=fields,
)
actors = st.one_of(
    st.none(),
    st.builds(Actor, st.sampled_from(list(Role)), st.sampled_from(["a-1", "g-1", "r-1", "x"])),
)
contexts = st.builds(
    Context,
    transaction=st.just(TRANSACTION),
    actor=actors,
    factors=st.lists(factors, max_size=4).map(tuple),
    consents=st.lists(consents, max_size=2).map(tuple),
    guardian_confirmed=st.booleans(),
)
