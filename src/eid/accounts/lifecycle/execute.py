"""From a command to the events that carry it out, or to an error that names the article in the way.

:func:`handle` is pure but for the identifier of a new account. All ages, levels, windows,
lock reasons and grounds come from the rules of the day; who may act stands in
:mod:`eid.accounts.roles`, which proofs are enough in :mod:`eid.accounts.standing`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from eid.accounts.lifecycle import changing, locking
from eid.accounts.lifecycle import commands as c
from eid.accounts.lifecycle.events import Event, apply
from eid.accounts.lifecycle.handling import Handling
from eid.accounts.lifecycle.registering import Desk
from eid.accounts.model import Account, Actor
from eid.accounts.roles import require_part, require_permission
from eid.accounts.rules import RuleBook
from eid.errors import AccountFull, InputError

__all__ = ["handle"]

#: What carries out each command on an account that is there.
_HANDLERS: Mapping[type[c.Command], Callable[[Handling, Any], Iterable[Event]]] = MappingProxyType(
    {
        c.Notify: changing.notify,
        c.Activate: changing.activate,
        c.AddEvidence: changing.add_evidence,
        c.Upgrade: changing.upgrade,
        c.LockAccount: locking.lock,
        c.UnlockAccount: locking.unlock,
        c.Recover: changing.recover,
        c.Close: changing.close,
        c.Link: changing.link,
        c.Unlink: changing.unlink,
        c.Renumber: changing.renumber,
        c.AddAlias: changing.add_alias,
        c.ChangeGuardians: changing.change_guardians,
        c.ReachAge: changing.reach_age,
        c.ChangeRepresentatives: changing.change_representatives,
        c.ChangeBirthDate: changing.change_birth_date,
        c.ChangeDocuments: changing.change_documents,
        c.ChangeDetails: changing.change_details,
        c.GiveConsent: changing.give_consent,
        c.NarrowConsent: changing.narrow_consent,
        c.WithdrawConsent: changing.withdraw_consent,
    }
)


def handle(
    account: Account | None,
    command: c.Command,
    *,
    actor: Actor,
    rules: RuleBook,
    now: datetime,
    subject: str | None = None,
    acting: Account | None = None,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> tuple[Event, ...]:
    """The events by which *command* is carried out; none when there is nothing left to do.

    :param account: as it is now; ``None`` when there is none.
    :param actor: who asks; the caller has authenticated him.
    :param rules: of the day of *now*, by the calendar of the country.
    :param now: aware.
    :param subject: the identifier under which a new account is found; for :class:`~eid.accounts.lifecycle.commands.Register`.
    :param acting: the actor's own account, where a guardian or representative registers another.
    :param random: makes octets for the identifier of a new account.
    :raises AccountError: it cannot be carried out; ``article`` names the rule where one stands in the way.
    :raises InputError: *now* without zone, or a new account without *subject*.
    """
    if now.utcoffset() is None:
        raise InputError("a time without zone")
    if isinstance(command, c.Register):
        desk = Desk(account, actor, rules, now)
        return (desk.register(command, subject, acting, random),)
    account = require_part(account, actor, rules)
    require_permission(account, command, actor, rules)
    made = tuple(_HANDLERS[type(command)](Handling(account, actor, rules, now), command))
    for event in made:
        account = apply(account, event)
    if made:
        _require_room(account)
    return made


def _require_room(account: Account) -> None:
    held = (
        (account.subjects, c.MAX_SUBJECTS, "identifiers"),
        (account.evidence, c.MAX_EVIDENCE, "items of evidence"),
        (account.locks, c.MAX_LOCKS, "locks"),
        (account.card_locks, c.MAX_LOCKS, "locks"),
        (account.links, c.MAX_LINKS, "links"),
        (account.consents, c.MAX_CONSENTS, "consents"),
    )
    for items, most, what in held:
        if len(items) > most:
            raise AccountFull(f"more than {most} {what}")
