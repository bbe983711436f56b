"""One command on one account: loaded, handled, and made into a change that a store can keep."""

from __future__ import annotations

import hmac
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from eid.accounts.lifecycle.commands import AddAlias, Command, Register, Renumber, digest_of
from eid.accounts.lifecycle.events import Event, apply, replay
from eid.accounts.lifecycle.execute import handle
from eid.accounts.model import Account, Actor, Role
from eid.accounts.roles import OFFICE, has_part, require_part
from eid.accounts.rules import RuleBook
from eid.accounts.stores.store import AccountStore, Change
from eid.errors import AccountConflict, AccountNotAvailable, CommandIdReused, SubjectTaken

__all__ = ["Prepared", "Run"]

#: How often a command is handled anew when others changed the account in the meantime.
_ATTEMPTS = 64
#: Seconds to wait before the next time: at first, and at most. Any time up to that, so that those who
#: collided do not collide again.
_WAIT, _LONGEST_WAIT = 0.001, 0.05


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a command comes to.

    :param account: after it.
    :param events: what is to be kept; none when there is nothing left to do.
    :param change: ``None`` when the store need not be asked.
    """

    account: Account
    events: tuple[Event, ...] = ()
    change: Change | None = None


class Run:
    """A command to be carried out, perhaps not for the first time.

    :param command_id: the caller's; ``None`` for a command that is not repeated.
    """

    def __init__(
        self,
        store: AccountStore,
        *,
        rules: RuleBook,
        subject: str,
        command: Command,
        actor: Actor,
        command_id: str | None,
        now: datetime,
    ) -> None:
        self._store, self._rules, self._now = store, rules, now
        self._subject, self._command, self._actor = subject, command, actor
        self._repeatable = command_id is not None
        #: The identifier under which the store keeps the command.
        self.name = secrets.token_hex(16) if command_id is None else command_id
        self._digest = digest_of(command, subject=subject, actor=actor)
        self._account_id: str | None = None
        self._acting: Account | None = None
        if isinstance(command, Register) and actor.role in (Role.GUARDIAN, Role.REPRESENTATIVE):
            self._acting = store.by_id(actor.reference)

    @property
    def about(self) -> str:
        """Whose account it is, for the log: the account where there is one, else what was asked for."""
        return self._subject if self._account_id is None else self._account_id

    def settle(self, expected_version: int | None, ready: Callable[[Prepared], None]) -> Account:
        """Carry the command out.

        :param ready: is told what the command comes to before it is kept, each time it is handled.
        :returns: the account after it.
        :raises AccountConflict: the account is not at *expected_version*, or changes all the time.
        :raises CommandIdReused: the identifier was another command's.
        :raises SubjectTaken: an identifier leads to another account.
        :raises AccountError: the command is refused.
        """
        for attempt in range(_ATTEMPTS):
            before = self._store.by_subject(self._subject)
            self._account_id = None if before is None else before.id
            prepared = self._prepare(before, expected_version)
            ready(prepared)
            if prepared.change is None:
                return prepared.account
            try:
                return self._store.append(prepared.change)
            except AccountConflict:
                # With an expected version the next look refuses, unless the winner was this very command.
                pass
            except SubjectTaken:
                self._require_lost_race()
            time.sleep(random.uniform(0, min(_WAIT * 2**attempt, _LONGEST_WAIT)))
        raise AccountConflict("the account changes all the time")

    def _require_lost_race(self) -> None:
        """Go on when the subject of a registration was registered just now: perhaps by this very command.

        :raises SubjectTaken: another identifier leads to another account. Only officers give others.
        """
        command = self._command
        if not isinstance(command, Register):
            raise SubjectTaken
        if command.aliases and self._store.by_subject(self._subject) is None:
            raise SubjectTaken

    def _prepare(self, before: Account | None, expected_version: int | None) -> Prepared:
        """What the command comes to on *before*, the account as it is now."""
        if before is not None and self._repeatable:
            done = self._store.executed(before.id, self.name)
            if done is not None:
                return Prepared(self._again(before, done))
        if not isinstance(self._command, Register):
            account = require_part(before, self._actor, self._rules)
            if expected_version is not None and account.version != expected_version:
                raise AccountConflict(f"the account is at version {account.version}")
        events = handle(
            before, self._command, actor=self._actor, rules=self._rules, now=self._now,
            subject=self._subject, acting=self._acting,
        )  # fmt: skip
        after = before
        for event in events:
            after = apply(after, event)
        if after is None:  # a registration has an event, everything else an account
            raise AccountNotAvailable
        if not events and not self._repeatable:
            return Prepared(after)
        version = 0 if before is None else before.version
        change = Change(after, version, events, self.name, self._digest, self._subjects(events))
        return Prepared(after, events, change)

    def _subjects(self, events: tuple[Event, ...]) -> tuple[str, ...]:
        """Identifiers that the command adds."""
        command = self._command
        if isinstance(command, Register):
            return tuple(dict.fromkeys((self._subject, *command.aliases)))
        return (command.subject,) if events and isinstance(command, Renumber | AddAlias) else ()

    def _again(self, account: Account, done: bytes) -> Account:
        """The account, for somebody who repeats a command that was carried out."""
        part = self._actor.role in OFFICE or has_part(account, self._actor, self._rules)
        if not hmac.compare_digest(done, self._digest):
            # To others the account does not exist, and so neither do its commands.
            raise CommandIdReused if part else AccountNotAvailable
        return account if part else self._as_left(account)

    def _as_left(self, account: Account) -> Account:
        """The account as the actor's own last act left it: who has no part in it any more sees no more.

        It is somebody who registered it and has not been told its identifier yet, or who took himself out.
        """
        events = self._store.events(account.id)
        own = [place for place, event in enumerate(events, start=1) if event.by == self._actor]
        if not own:
            raise AccountNotAvailable
        return replay(events[: own[-1]])
