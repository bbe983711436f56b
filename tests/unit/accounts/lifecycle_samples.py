"""Invented holders on their way through an account's life, and strategies for events and commands."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import types
import typing
from typing import Any

from hypothesis import strategies as st

from eid.accounts.lifecycle import commands as c
from eid.accounts.lifecycle.events import EVENTS, Event, apply
from eid.accounts.lifecycle.execute import handle
from eid.accounts.model import Account, Actor, Details, EvidenceItem, HolderKind, Role
from eid.accounts.rules import RuleBook
from eid.document.checks import Outcome
from eid.document.dates import PartialDate
from eid.vietnam.rules import rules_for

NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 21)
DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
RULES = rules_for(TODAY)
NUMBER = "001099012349"
OFFICER = Actor(Role.OFFICER, "officer-7")
AUDITOR = Actor(Role.AUDITOR, "auditor-1")
GUARDIAN = Actor(Role.GUARDIAN, "guardian-1")
REPRESENTATIVE = Actor(Role.REPRESENTATIVE, "representative-1")
CARDS = frozenset({"identity_card", "valid_identity_card"})
ADULT = c.Register(
    holder=HolderKind.CITIZEN,
    birth_date=PartialDate(1999, 7, 4),
    documents=CARDS,
    details=Details("Trần Thị Mẫu", "+84900000001", "mau@example.invalid"),
)


def item(kind: str, outcome: Outcome = Outcome.PASSED, *, at: dt.datetime = NOW, **more: Any) -> EvidenceItem:
    return EvidenceItem(kind, outcome, at, more.pop("source", "counter"), **more)


PROVEN = (item("chip_report"), item("in_person"))


def carry_out(
    account: Account | None,
    command: c.Command,
    *,
    actor: Actor = OFFICER,
    now: dt.datetime = NOW,
    rules: RuleBook = RULES,
    subject: str | None = NUMBER,
    acting: Account | None = None,
) -> tuple[Account, tuple[Event, ...]]:
    """The account after *command*, and what happened."""
    events = handle(
        account, command, actor=actor, rules=rules, now=now, subject=subject, acting=acting
    )  # fmt: skip
    for event in events:
        account = apply(account, event)
    assert account is not None
    return account, events


def after(account: Account | None, *given: c.Command, **more: Any) -> Account:
    """The account after several commands of an officer."""
    for command in given:
        account, _ = carry_out(account, command, **more)
    assert account is not None
    return account


def registered(command: c.Register = ADULT, **more: Any) -> Account:
    return after(None, command, **more)


def active(command: c.Register = ADULT, *more: c.Command) -> Account:
    return after(registered(command), c.Notify(), c.Activate(), *more)


def level_2(*more: c.Command) -> Account:
    return active(ADULT, c.Upgrade(items=PROVEN), *more)


def holder_of(account: Account) -> Actor:
    return Actor(Role.HOLDER, account.id)


def child(years: int, **changes: Any) -> c.Register:
    """Registers a citizen who turned *years* today."""
    said: dict[str, Any] = {
        "holder": HolderKind.CITIZEN,
        "birth_date": PartialDate(TODAY.year - years, TODAY.month, TODAY.day),
        "documents": CARDS,
        "guardians": frozenset({GUARDIAN.reference}),
    }
    return c.Register(**{**said, **changes})


def person(account_id: str, **changes: Any) -> Account:
    """Somebody's own account of level 2, active."""
    made = Account(
        account_id,
        HolderKind.CITIZEN,
        2,
        NOW - 300 * DAY,
        birth_date=PartialDate(1985, 2, 3),
        documents=CARDS,
        activated_at=NOW - 299 * DAY,
    )
    return dataclasses.replace(made, **changes)


# --- strategies ----------------------------------------------------------------------------------

_words = st.text("abcxyz_ôđ 19", min_size=1, max_size=12).filter(str.strip)
_moments = st.integers(-4_000_000, 4_000_000).map(lambda minutes: NOW + minutes * MINUTE)
_birth_dates = st.dates(dt.date(1905, 1, 1), TODAY).flatmap(
    lambda day: st.sampled_from(
        [PartialDate(day.year, day.month, day.day), PartialDate(day.year, day.month), PartialDate(day.year)]
    )
)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: _words,
    int: st.integers(1, 2),
    bool: st.booleans(),
    dt.datetime: _moments,
    PartialDate: _birth_dates,
    Account: st.nothing(),
}


def _values(hint: Any) -> st.SearchStrategy[Any]:
    """Anything of type *hint*."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([st.none() if each is type(None) else _values(each) for each in inner])
    if origin is frozenset:
        return st.frozensets(_values(inner[0]), min_size=1, max_size=3)
    if origin is tuple:
        return st.lists(_values(inner[0]), max_size=3).map(tuple)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if issubclass(hint, enum.Enum):
        return st.sampled_from(list(hint))
    return things(hint)


def things(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Anything that dataclass *cls* can hold."""
    hints = typing.get_type_hints(cls)
    return st.builds(cls, **{each.name: _values(hints[each.name]) for each in dataclasses.fields(cls)})


def events() -> st.SearchStrategy[Event]:
    """Events of every kind, in no order that could happen."""
    return st.sampled_from(list(EVENTS.values())).flatmap(things)


#: Few words, so that commands meet each other's traces.
_reasons = st.sampled_from(
    ["holder_request", "authority_request", "breach_of_app_terms", "holder_died", "never heard of"]
)
_grounds = {"breach_of_app_terms": "breach_remedied", "holder_died": "never"}
_objects = st.sampled_from(["account", "electronic_identity_card"])
_scopes = st.sampled_from(["banking", "platform"])
_few = st.sampled_from(["one", "two"])
_purposes = st.sampled_from(["loan", "clinic"])
_fields = st.frozensets(st.sampled_from(["name", "birth_date", "address"]), min_size=1)
_subjects = st.sampled_from([NUMBER, "001199012340", "012345678"])
_items = st.lists(
    st.builds(
        EvidenceItem,
        st.sampled_from(["chip_report", "in_person", "biometric", "vneid_sign_in"]),
        st.sampled_from([Outcome.PASSED, Outcome.PASSED, Outcome.FAILED, Outcome.UNDECIDED]),
        st.integers(-40, 0).map(lambda days: NOW + days * DAY),
        st.sampled_from(["counter", "kiosk"]),
        st.sampled_from([None, NOW - DAY, NOW + 30 * DAY]),
    ),
    max_size=3,
).map(tuple)

_unlocks = st.builds(
    lambda reason, object_, right: c.UnlockAccount(
        reason=reason, ground=_grounds.get(reason, reason) if right else "because", object=object_
    ),
    _reasons,
    _objects,
    st.sampled_from([True, True, False]),
)

commands: st.SearchStrategy[c.Command] = st.one_of(
    st.sampled_from([ADULT, c.Notify(), c.Activate(), c.ReachAge()]),
    _unlocks,
    _unlocks,
    st.builds(c.LockAccount, reason=_reasons, object=_objects),
    st.sampled_from([c.Upgrade(items=PROVEN), c.Recover(items=PROVEN)]),
    st.builds(c.AddEvidence, items=_items.filter(bool)),
    st.builds(c.Upgrade, items=_items),
    st.builds(c.LockAccount, reason=_reasons, object=_objects),
    st.builds(c.Recover, items=_items),
    st.integers(0, 7).map(lambda n: c.Notify() if n else c.Close(reason="holder_request")),
    st.builds(c.Link, scope=_scopes, reference=_few),
    st.builds(c.Unlink, scope=_scopes, reference=_few),
    st.builds(c.Renumber, subject=_subjects, reason=st.just("sex_redetermined")),
    st.builds(c.AddAlias, subject=_subjects),
    st.builds(c.ChangeGuardians, guardians=st.frozensets(_few), under_guardianship=st.booleans()),
    st.builds(c.ChangeBirthDate, birth_date=_birth_dates),
    st.builds(c.ChangeDocuments, documents=st.sampled_from([CARDS, frozenset()])),
    st.builds(c.ChangeDetails, details=st.builds(Details, _words)),
    st.builds(c.GiveConsent, purpose=_purposes, fields=_fields, requester=st.sampled_from([None, "bank"])),
    st.builds(c.NarrowConsent, purpose=_purposes, fields=_fields, requester=st.sampled_from([None, "bank"])),
    st.builds(c.WithdrawConsent, purpose=_purposes, requester=st.sampled_from([None, "bank"])),
)
