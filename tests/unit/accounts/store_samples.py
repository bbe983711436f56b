"""Changes of invented accounts, as stores are given them."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from eid.accounts.lifecycle.events import Event, Locked, Notified, Registered, Renumbered, apply
from eid.accounts.model import Account, Actor, Details, HolderKind, Role
from eid.accounts.stores.store import Change
from eid.document.dates import PartialDate

AT = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
CLERK = Actor(Role.OFFICER, "o-1")
DETAILS = Details("Trần Thị Ngọc Ánh", "+84912345678", "ngoc.anh@mail.example")


def new_number() -> str:
    """A number that no other test has."""
    return "001" + "".join(secrets.choice("0123456789") for _ in range(9))


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def registration(number: str, *, account_id: str | None = None, command: str = "register") -> Change:
    """The first change of an account for *number*, with everything personal an account can hold."""
    event = Registered(
        at=AT,
        by=CLERK,
        account_id=account_id or secrets.token_hex(16),
        holder=HolderKind.CITIZEN,
        subject=number,
        birth_date=PartialDate(1999, 7, 4),
        details=DETAILS,
    )
    return Change(apply(None, event), 0, (event,), command, digest(command), (number,))


def change(account: Account, *events: Event, command: str, subjects: tuple[str, ...] = ()) -> Change:
    """*events* on *account*."""
    after = account
    for event in events:
        after = apply(after, event)
    return Change(after, account.version, events, command, digest(command), subjects)


def note(reference: str) -> Notified:
    """An event that can be told from all others and leaves the account as small as it was."""
    return Notified(at=AT, by=Actor(Role.OFFICER, reference))


def lock(reason: str = "holder_request") -> Locked:
    return Locked(at=AT, by=CLERK, object="account", reason=reason, requested_by="holder")


def renumbering(number: str) -> Renumbered:
    return Renumbered(at=AT, by=CLERK, subject=number, reason="corrected")
