"""Events and accounts as octets, as stores keep them: deterministic CBOR (RFC 8949, 4.2), versioned.

An event is ``[1, kind, members]``, an account ``[1, members]``. The octets hold personal data: a store
encrypts them. Every event has one spelling, so its digest can be logged and compared years later.
"""

from __future__ import annotations

from typing import Any

from eid.accounts.lifecycle.events import EVENTS, Event
from eid.accounts.lifecycle.members import from_members, to_members
from eid.accounts.model import Account
from eid.encoding import strict_cbor
from eid.errors import EncodingError, EventFormatError, EventUnknown, LimitExceeded

__all__ = [
    "FORMAT",
    "MAX_ACCOUNT",
    "MAX_EVENT",
    "account_from_bytes",
    "account_to_bytes",
    "event_from_bytes",
    "event_to_bytes",
]

#: Version of the form, raised when a reader of the old one would misunderstand.
FORMAT = 1
#: Octets of an event and of an account: more than one with everything at its limit has.
MAX_EVENT = 256 * 1024
MAX_ACCOUNT = 2 * 1024 * 1024


def event_to_bytes(event: Event) -> bytes:
    """The one encoding of *event*."""
    return strict_cbor.dumps([FORMAT, event.kind, to_members(event)])


def event_from_bytes(octets: bytes) -> Event:
    """The event that :func:`event_to_bytes` wrote.

    :raises EventUnknown: a version, kind or member of a newer library. Never ignore such an event: it
        could be a lock.
    :raises EventFormatError: anything else, also another encoding of the same event.
    """
    match _loads(octets, MAX_EVENT):
        case [int(), str(kind), members]:
            if kind not in EVENTS:
                raise EventUnknown("an event of a kind that this version does not know")
            event: Event = from_members(EVENTS[kind], members)
        case _:
            raise EventFormatError("not an event")
    if event_to_bytes(event) != octets:
        raise EventFormatError("an event in another encoding than its own")
    return event


def account_to_bytes(account: Account) -> bytes:
    """The one encoding of *account*."""
    return strict_cbor.dumps([FORMAT, to_members(account)])


def account_from_bytes(octets: bytes) -> Account:
    """The account that :func:`account_to_bytes` wrote.

    :raises EventUnknown: a version or member of a newer library.
    :raises EventFormatError: anything else, also another encoding of the same account.
    """
    match _loads(octets, MAX_ACCOUNT):
        case [int(), members]:
            account: Account = from_members(Account, members)
        case _:
            raise EventFormatError("not an account")
    if account_to_bytes(account) != octets:
        raise EventFormatError("an account in another encoding than its own")
    return account


def _loads(octets: bytes, limit: int) -> Any:
    try:
        value = strict_cbor.loads(octets, limit=limit)
    except (EncodingError, LimitExceeded) as error:
        raise EventFormatError(error.detail) from None
    if isinstance(value, list) and value and isinstance(value[0], int) and value[0] != FORMAT:
        raise EventUnknown("written by another version")
    return value
