"""``eid.Accounts``: the one object that an application asks, changes and looks up accounts with.

A check is one question to the store, one pure decision, and one entry in the log where there is one. A
command is loaded, handled and appended; whoever lost a race handles again on what the winner left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol

from eid.accounts.decision import Decision, decide
from eid.accounts.lifecycle.commands import Command, GiveConsent, NarrowConsent, WithdrawConsent, subject_of
from eid.accounts.lifecycle.events import Event, replay
from eid.accounts.lifecycle.running import Prepared, Run
from eid.accounts.model import Account, Actor, Role
from eid.accounts.requirement import Context, Requirement
from eid.accounts.roles import require_office, require_part
from eid.accounts.rules import RuleBook
from eid.accounts.stores.store import MAX_COMMAND_ID, AccountStore
from eid.accounts.usage import NewEntry, UsageKind
from eid.accounts.usage.log import UsageLog
from eid.errors import AccountDataDamaged, AccountError, InputError, RoleNotAllowed

__all__ = ["Accounts", "Rules"]

_NOBODY = Context(transaction="")


class Rules(Protocol):
    """Where the rules of a moment come from; the module :mod:`eid.vietnam.rules` is such an object."""

    def at(self, now: datetime, /) -> RuleBook:
        """The rules in force at *now*, by the calendar of the country."""
        ...


class Accounts:
    """Accounts as an application uses them. Thread-safe when store and log are.

    :param store: where they are kept.
    :param rules: for example the module :mod:`eid.vietnam.rules`.
    :param clock: gives the time, aware: :func:`eid.utc_now`.
    :param log: keeps who used whose data; what cannot be logged is refused.
    :param service: what the log calls this application, a stable word.
    """

    def __init__(
        self,
        store: AccountStore,
        *,
        rules: Rules,
        clock: Callable[[], datetime],
        log: UsageLog | None = None,
        service: str = "accounts",
    ) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock
        self._log = log
        self._service = service

    def __repr__(self) -> str:
        return f"<Accounts of {self._service}>"

    def _time(self, now: datetime | None) -> datetime:
        moment = self._clock() if now is None else now
        if moment.utcoffset() is None:
            raise InputError("a time without zone")
        return moment

    # --- asking -----------------------------------------------------------------------------------

    def check(
        self,
        subject: str,
        *,
        require: Requirement,
        context: Context | None = None,
        now: datetime | None = None,
    ) -> Decision:
        """May the holder of *subject* do this now?

        :param subject: the personal number, or another identifier that leads to the account.
        :param context: who asks and by what he was recognised; ``None`` for nobody.
        :param now: instead of the clock's time.
        :raises InputError: *subject* is no identifier, or *now* has no zone.
        :raises AccountStoreUnavailable: nobody knows: refuse.
        :raises UsageLogUnavailable: the decision could not be logged: refuse.
        """
        subject, now = subject_of(subject), self._time(now)
        context = _NOBODY if context is None else context
        account = self._store.by_subject(subject)
        decision = decide(account, require, rules=self._rules.at(now), context=context, now=now)
        entry = self._entry(
            kind=UsageKind.CHECK,
            at=now,
            requester=require.requester or self._service,
            subject=subject if account is None else account.id,
            actor=context.actor,
            purpose=require.purpose,
            basis=require.basis,
            fields=tuple(sorted(require.fields)),
            outcome=decision.outcome.value,
            codes=tuple(dict.fromkeys(decision.codes)),
            rules_version=decision.rules_version,
        )
        self._append(entry)
        return decision

    def find(self, subject: str, *, actor: Actor, now: datetime | None = None) -> Account:
        """The account of *subject*, for somebody who may see it.

        :raises AccountUnknown: there is none; only officers and auditors are told.
        :raises AccountNotAvailable: there is none, or *actor* has no part in it.
        :raises AccountStoreUnavailable: :raises UsageLogUnavailable: see :meth:`check`.
        """
        return self._shown(subject, actor, now, "find")

    def history(self, subject: str, *, actor: Actor, now: datetime | None = None) -> tuple[Event, ...]:
        """All that happened to the account of *subject*, oldest first: when, by whom, under which article.

        :raises AccountDataDamaged: they are not what made the account.
        :raises AccountError: see :meth:`find`.
        """
        account = self._shown(subject, actor, now, "history")
        events = self._store.events(account.id)
        # There may be more by now.
        if replay(events[: account.version]) != account:
            raise AccountDataDamaged("a history that did not make the account")
        return events

    def _shown(self, subject: str, actor: Actor, now: datetime | None, action: str) -> Account:
        subject, now = subject_of(subject), self._time(now)
        rules = self._rules.at(now)
        account = self._store.by_subject(subject)
        said = {
            "kind": UsageKind.DISCLOSURE,
            "action": action,
            "at": now,
            "actor": actor,
            "subject": subject if account is None else account.id,
            "rules_version": rules.version,
        }
        try:
            account = require_part(account, actor, rules)
        except AccountError as refusal:
            self._append(self._entry(**said, **_refused(refusal)))
            raise
        self._append(self._entry(**said, outcome="SHOWN"))
        return account

    # --- changing ---------------------------------------------------------------------------------

    def run(
        self,
        subject: str,
        command: Command,
        *,
        actor: Actor,
        command_id: str | None = None,
        expected_version: int | None = None,
        now: datetime | None = None,
    ) -> Account:
        """Carry *command* out on the account of *subject*.

        Who repeats a command because its answer was lost gives it the same *command_id*: it is carried out
        once, and the account comes back as it is now. Without an identifier a repeated command is a new
        one; most then have nothing left to do.

        When somebody else changed the account in the meantime, the command is handled again on what is
        there now; with *expected_version* it is refused instead. A command that must not act on what it
        never saw when it arrives late (an unlock) gives that too.

        :param subject: the personal number, or another identifier that leads to the account.
        :param actor: who asks; the caller has authenticated him.
        :param command_id: the caller's own, random, up to 200 characters.
        :param expected_version: :attr:`~eid.accounts.model.Account.version` that the command was made for.
        :param now: instead of the clock's time.
        :returns: the account after it.
        :raises AccountError: the command is refused; ``article`` names the rule where one does.
        :raises AccountConflict: the account is at another version than expected, or changes all the time.
        :raises CommandIdReused: another command, or somebody else's, had this identifier.
        :raises SubjectTaken: an identifier leads to another account.
        :raises InputError: *subject* or *command_id* is none, or *now* has no zone.
        :raises AccountStoreUnavailable: nobody knows whether it was carried out: repeat it.
        :raises UsageLogUnavailable: it could not be logged, whether refused or carried out: repeat it.
        """
        subject, now = subject_of(subject), self._time(now)
        if command_id is not None and not 0 < len(command_id) <= MAX_COMMAND_ID:
            raise InputError(f"a command's identifier has 1 to {MAX_COMMAND_ID} characters")
        rules = self._rules.at(now)
        run = Run(
            self._store, rules=rules, subject=subject, command=command, actor=actor,
            command_id=command_id, now=now,
        )  # fmt: skip
        said = {"at": now, "actor": actor, "rules_version": rules.version, **_said_of(command)}
        article: str | None = None

        def ready(prepared: Prepared) -> None:
            nonlocal article
            article = next((event.article for event in prepared.events if event.article), None)
            # What cannot be said in the log is not done.
            self._entry(**{**said, **_done(command, prepared.account, article, run.name)})

        try:
            account = run.settle(expected_version, ready)
        except AccountError as refusal:
            self._append(self._entry(subject=run.about, **{**said, **_refused(refusal)}))
            raise
        # Who registered at the same time as another gets the other's account.
        self._append(self._entry(**{**said, **_done(command, account, article, run.name)}))
        return account

    # --- forgetting -------------------------------------------------------------------------------

    def erase(
        self,
        subject: str,
        *,
        actor: Actor,
        basis: str | None = None,
        keep: Iterable[UsageKind] = (),
        now: datetime | None = None,
    ) -> None:
        """Forget the account of *subject* for good, and take the person out of the log; its chain stays whole.

        Whether that is due is for a person to know. When it was interrupted, repeat it.

        :param actor: an officer, on no account of his own.
        :param basis: the law or contract by which it is due, for the log.
        :param keep: kinds of entries that stay the person's, such as proofs of consent.
        :raises AccountError: see :meth:`find`; ``RoleNotAllowed`` for who is no such officer.
        :raises AccountStoreUnavailable: :raises UsageLogUnavailable: it may be half done: repeat it.
        """
        subject, now, keep = subject_of(subject), self._time(now), frozenset(keep)
        rules = self._rules.at(now)
        account = self._store.by_subject(subject)
        try:
            account = require_part(account, actor, rules)
            if actor.role is not Role.OFFICER:
                raise RoleNotAllowed("only officers erase")
            require_office(account, actor)
        except AccountError as refusal:
            entry = self._entry(
                kind=UsageKind.COMMAND, action="erase", at=now, actor=actor, rules_version=rules.version,
                subject=subject if account is None else account.id, **_refused(refusal),
            )  # fmt: skip
            self._append(entry)
            raise
        # The log first: once the account is gone, nobody knows which entries were about it.
        self._erase_entries(account, at=now, actor=actor, basis=basis, keep=keep)
        self._store.erase(account.id)
        about = (account.id, *account.subjects)
        if self._log is not None and any(each.kind not in keep for each in self._log.of_subject(*about)):
            self._erase_entries(account, at=now, actor=actor, basis=basis, keep=keep)  # logged meanwhile

    def _erase_entries(self, account: Account, **said: Any) -> None:
        if self._log is not None:
            self._log.erase(account.id, *account.subjects, requester=self._service, **said)

    # --- the log ----------------------------------------------------------------------------------

    def _entry(self, **said: Any) -> tuple[NewEntry, ...]:
        """What is to be logged: nothing where there is no log."""
        return () if self._log is None else (NewEntry(**{"requester": self._service, **said}),)

    def _append(self, entries: Iterable[NewEntry]) -> None:
        if self._log is not None:
            self._log.append(*entries)


def _refused(refusal: AccountError) -> dict[str, Any]:
    return {"outcome": "REFUSED", "codes": (refusal.code,), "basis": refusal.article}


def _said_of(command: Command) -> dict[str, Any]:
    """What the log says of *command*, whether it is carried out or not."""
    said: dict[str, Any] = {"kind": UsageKind.COMMAND, "action": command.kind}
    if isinstance(command, GiveConsent | NarrowConsent | WithdrawConsent):
        said["purpose"] = command.purpose
        if command.requester is not None:
            said["requester"] = command.requester
        if not isinstance(command, WithdrawConsent):
            said["fields"] = tuple(sorted(command.fields))
    return said


def _done(command: Command, account: Account, article: str | None, name: str) -> dict[str, Any]:
    """What the log says of a command that was carried out.

    A repeated command is logged once, also when the first time was not logged because the log was down.

    :param account: after it.
    :param name: under which the store keeps the command.
    """
    once = hashlib.sha256(f"{account.id}\0{name}".encode("utf-8", "surrogatepass")).hexdigest()
    said = {"subject": account.id, "outcome": "DONE", "basis": article, "once": once}
    return {**said, **_of_consent(command, account)}


def _of_consent(command: Command, account: Account) -> dict[str, Any]:
    """What a command about consent did: an act of consent, as receipts are made from; else nothing.

    Only what still stands in the account is one. The log may have been down when consent was given, and
    the command be repeated after it was withdrawn: then it must not look as if it were given again.
    """
    if not isinstance(command, GiveConsent | NarrowConsent | WithdrawConsent):
        return {}
    about = (command.purpose, command.requester)
    held = next((each for each in account.consents if (each.purpose, each.requester) == about), None)
    if held is None:
        return {}
    if isinstance(command, WithdrawConsent):
        action, at, stands = "withdrawn", held.withdrawn_at, True
    else:
        stands = held.withdrawn_at is None and held.fields == command.fields
        given = isinstance(command, GiveConsent)
        action, at = ("given", held.given_at) if given else ("narrowed", held.narrowed_at)
    if at is None or not stands:
        return {}
    said: dict[str, Any] = {"kind": UsageKind.CONSENT, "action": action, "at": at}
    if action == "given":
        said["channel"] = held.channel
        if held.basis is not None:
            said["basis"] = held.basis
    return said
