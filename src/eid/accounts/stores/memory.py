"""Accounts in the memory of one process: for tests, demonstrations and short jobs."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from eid.accounts.lifecycle.events import Event
from eid.accounts.model import Account
from eid.accounts.stores.store import Change
from eid.errors import AccountConflict, CommandIdReused, SubjectTaken

__all__ = ["MemoryAccountStore"]


@dataclass(slots=True, repr=False)
class _Kept:
    account: Account
    events: list[Event] = field(default_factory=list)
    commands: dict[str, bytes] = field(default_factory=dict)
    subjects: set[str] = field(default_factory=set)


class MemoryAccountStore:
    """An :class:`~eid.accounts.stores.store.AccountStore` that a restart empties. Thread-safe."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Kept] = {}
        self._by_subject: dict[str, str] = {}
        self._lock = threading.Lock()

    def by_subject(self, subject: str) -> Account | None:
        """See :class:`~eid.accounts.stores.store.AccountStore`."""
        with self._lock:
            account_id = self._by_subject.get(subject)
            return None if account_id is None else self._accounts[account_id].account

    def by_id(self, account_id: str) -> Account | None:
        """See :class:`~eid.accounts.stores.store.AccountStore`."""
        with self._lock:
            kept = self._accounts.get(account_id)
            return None if kept is None else kept.account

    def append(self, change: Change) -> Account:
        """See :class:`~eid.accounts.stores.store.AccountStore`, also for the errors."""
        new = change.account
        with self._lock:
            kept = self._accounts.get(new.id)
            if kept is not None and (digest := kept.commands.get(change.command_id)) is not None:
                if digest != change.command_digest:
                    raise CommandIdReused
                return kept.account
            if (0 if kept is None else kept.account.version) != change.before:
                raise AccountConflict(f"the account is not at version {change.before}")
            for subject in change.subjects:
                owner = self._by_subject.get(subject, new.id)
                if owner != new.id:
                    other = self._accounts[owner]
                    if change.before == 0 and other.commands.get(change.command_id) == change.command_digest:
                        return other.account  # handled anew, this account got another identifier
                    raise SubjectTaken
            if kept is None:
                kept = self._accounts[new.id] = _Kept(new)
            kept.account = new
            kept.events += change.events
            kept.commands[change.command_id] = change.command_digest
            kept.subjects.update(change.subjects)
            self._by_subject.update(dict.fromkeys(change.subjects, new.id))
            return new

    def events(self, account_id: str) -> tuple[Event, ...]:
        """See :class:`~eid.accounts.stores.store.AccountStore`."""
        with self._lock:
            kept = self._accounts.get(account_id)
            return () if kept is None else tuple(kept.events)

    def executed(self, account_id: str, command_id: str) -> bytes | None:
        """See :class:`~eid.accounts.stores.store.AccountStore`."""
        with self._lock:
            kept = self._accounts.get(account_id)
            return None if kept is None else kept.commands.get(command_id)

    def erase(self, account_id: str) -> bool:
        """See :class:`~eid.accounts.stores.store.AccountStore`."""
        with self._lock:
            kept = self._accounts.pop(account_id, None)
            for subject in () if kept is None else kept.subjects:
                del self._by_subject[subject]
            return kept is not None

    def __repr__(self) -> str:
        return f"<MemoryAccountStore {len(self._accounts)} accounts>"
