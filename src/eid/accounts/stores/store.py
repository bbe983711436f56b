"""Where accounts are kept: what every store promises.

A store keeps the events of an account and a copy of the account as they leave it, so that a check asks
once. Numbers and documents (*subjects*) lead to an account; an account may have several, because a person
may own two numbers over time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from eid.accounts.lifecycle.events import Event
from eid.accounts.model import Account
from eid.errors import InputError

__all__ = [
    "MAX_ACCOUNT_ID",
    "MAX_COMMAND_ID",
    "MAX_EVENTS",
    "MAX_SUBJECT",
    "MAX_SUBJECTS",
    "AccountStore",
    "Change",
    "is_account_id",
]

#: Characters of an account's identifier.
MAX_ACCOUNT_ID = 128

#: Characters of an identifier that leads to an account: of a personal number 12, of others less than this.
MAX_SUBJECT = 128
#: Characters of a command's identifier.
MAX_COMMAND_ID = 200
#: Events of one command.
MAX_EVENTS = 1000
#: Identifiers that one command adds.
MAX_SUBJECTS = 16


def is_account_id(text: str) -> bool:
    """Whether *text* can be the identifier of an account: printable ASCII, not too long."""
    return 0 < len(text) <= MAX_ACCOUNT_ID and text.isascii() and text.isprintable()


@dataclass(frozen=True, slots=True)
class Change:
    """What one command did to one account.

    :param account: as the events leave it; its ``version`` is the new one.
    :param before: the version that the command was handled on; 0 for a new account.
    :param events: in order; none for a command that had nothing to do.
    :param command_id: chosen by the caller, the same when the caller repeats the command.
    :param command_digest: 32 octets over the content of the command.
    :param subjects: identifiers that lead to the account from now on; the older ones still do.
    :raises InputError: the version is not *before* and one for each event, an identifier that the account
        does not have, or something is longer than allowed or empty.
    """

    account: Account = field(repr=False)
    before: int
    events: tuple[Event, ...] = field(repr=False)
    command_id: str = field(repr=False)
    command_digest: bytes = field(repr=False)
    subjects: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if not is_account_id(self.account.id):
            raise InputError("an account's identifier is printable ASCII, and short")
        if self.before < 0 or self.account.version != self.before + len(self.events):
            raise InputError("a version that the events do not lead to")
        if not self.before and not self.events:
            raise InputError("an account begins with an event")
        if not 0 < len(self.command_id) <= MAX_COMMAND_ID:
            raise InputError(f"a command's identifier has 1 to {MAX_COMMAND_ID} characters")
        if len(self.command_digest) != 32:
            raise InputError("a command's digest has 32 octets")
        if len(self.events) > MAX_EVENTS or len(self.subjects) > MAX_SUBJECTS:
            raise InputError("a command that does too much at once")
        if not all(0 < len(subject) <= MAX_SUBJECT for subject in self.subjects):
            raise InputError(f"an identifier has 1 to {MAX_SUBJECT} characters")
        if not set(self.subjects) <= set(self.account.subjects):
            raise InputError("an identifier that the account does not have")


class AccountStore(Protocol):
    """Keeps accounts. Implementations can be shared by threads.

    Every method raises :class:`~eid.errors.AccountStoreUnavailable` when nobody knows: whoever asks must
    then refuse.
    """

    def by_subject(self, subject: str) -> Account | None:
        """The account that a number or another identifier leads to. One question to the database.

        :param subject: exactly as it was given to :meth:`append`.
        """
        ...

    def by_id(self, account_id: str) -> Account | None:
        """The account with this identifier. One question to the database."""
        ...

    def append(self, change: Change) -> Account:
        """Keep what a command did: all of it or nothing, on the disk when this returns.

        A command that was carried out before, with the same identifier and digest, adds nothing.

        :returns: the account as it is now.
        :raises AccountConflict: the account is not at ``change.before``. Load it and handle again.
        :raises SubjectTaken: an identifier leads to another account.
        :raises CommandIdReused: another command had this identifier on this account.
        """
        ...

    def events(self, account_id: str) -> tuple[Event, ...]:
        """Everything that happened to the account, oldest first; empty for an unknown account."""
        ...

    def executed(self, account_id: str, command_id: str) -> bytes | None:
        """The digest of the command that was carried out on the account under this identifier."""
        ...

    def erase(self, account_id: str) -> bool:
        """Forget the account, its events and the identifiers that lead to it, for good.

        :returns: whether there was one.
        """
        ...
