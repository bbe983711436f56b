"""Fuzz stored events and accounts: what is read is written as the same octets, and applies or is refused."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.accounts.lifecycle import commands as c
    from eid.accounts.lifecycle import events as e
    from eid.accounts.lifecycle.event_bytes import (
        account_from_bytes,
        account_to_bytes,
        event_from_bytes,
        event_to_bytes,
    )
    from eid.accounts.lifecycle.execute import handle
    from eid.accounts.model import Account, Actor, Details, EvidenceItem, HolderKind, Role
    from eid.document.checks import Outcome
    from eid.document.dates import PartialDate
    from eid.errors import EidError
    from eid.vietnam.rules import rules_for

_NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
_OFFICER = Actor(Role.OFFICER, "o-1")
_RULES = rules_for(dt.date(2026, 11, 21))


def check(data: bytes) -> None:
    """Read *data* as an event and as an account, and go on with either."""
    with contextlib.suppress(EidError):
        event = event_from_bytes(data)
        assert event_to_bytes(event) == data
        repr(event)
        for before in (None, _account()):
            with contextlib.suppress(EidError):
                _check_account(e.apply(before, event))
    with contextlib.suppress(EidError):
        account = account_from_bytes(data)
        assert account_to_bytes(account) == data
        _check_account(account)


def _check_account(account: Account) -> None:
    repr(account)
    assert account_from_bytes(account_to_bytes(account)) == account
    # Whatever a store holds, a command on it does something or is refused with an error of ours.
    for command in (c.Activate(), c.ReachAge(), c.UnlockAccount(reason="x", ground="y"), c.Upgrade()):
        with contextlib.suppress(EidError):
            for event in handle(account, command, actor=_OFFICER, rules=_RULES, now=_NOW):
                account = e.apply(account, event)


def _story() -> Iterator[e.Event]:
    """One account's life, with every kind of event."""
    said = {"at": _NOW, "by": _OFFICER, "article": "Art. 1", "rules": "0" * 64}
    item = EvidenceItem("chip_report", Outcome.PASSED, _NOW, "counter", _NOW, "ab")
    yield e.Registered(
        account_id="a-1", holder=HolderKind.CITIZEN, subject="001099012349", aliases=("012345678",),
        birth_date=PartialDate(1999, 7), documents=frozenset({"b", "a"}), guardians=frozenset({"g"}),
        under_guardianship=True, details=Details("Ai Đó", "+84900000001"), **said,
    )  # fmt: skip
    words = {
        "items": (item,), "rests_on": (item, item), "level": 2, "object": "electronic_identity_card",
        "guardians": frozenset({"g"}), "under_guardianship": True, "representatives": frozenset({"r"}),
        "birth_date": PartialDate(2000), "documents": frozenset(), "fields": frozenset({"name", "address"}),
        "details": Details(email="ai@example.invalid"),
    }  # fmt: skip
    for cls in e.EVENTS.values():
        if cls is not e.Registered:
            own = (each.name for each in dataclasses.fields(cls) if each.name not in said)
            yield cls(**{name: words.get(name, "word") for name in own}, **said)


def _account() -> Account:
    return e.replay(_story())


def seeds() -> Iterator[bytes]:
    """Every kind of event, an account after each, an organisation."""
    account = None
    for event in _story():
        yield event_to_bytes(event)
        account = e.apply(account, event)
        yield account_to_bytes(account)
    yield account_to_bytes(Account("o", HolderKind.ORGANISATION, None, _NOW))


if __name__ == "__main__":
    run(check, seeds)
