"""Who may do what: one table from command to roles, and who has a part in an account.

The table is the house's; the systems of an authority act as officers, with a name of their own. Where
the law says who acts (a guardian for the young, an officer for whoever let the time to activate pass),
the rules of the day say so, and the error names their article.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from eid.accounts.lifecycle.commands import (
    Activate,
    AddAlias,
    AddEvidence,
    ChangeBirthDate,
    ChangeDetails,
    ChangeDocuments,
    ChangeGuardians,
    ChangeRepresentatives,
    Close,
    Command,
    GiveConsent,
    Link,
    LockAccount,
    NarrowConsent,
    Notify,
    ReachAge,
    Recover,
    Register,
    Renumber,
    Unlink,
    UnlockAccount,
    Upgrade,
    WithdrawConsent,
)
from eid.accounts.model import Account, AccountState, Actor, HolderKind, Role, age_on
from eid.accounts.rules import Eligibility, RuleBook
from eid.errors import (
    AccountClosed,
    AccountLocked,
    AccountNotActivated,
    AccountNotAvailable,
    AccountUnknown,
    GuardianNeeded,
    RoleNotAllowed,
)

__all__ = [
    "OFFICE",
    "OWN",
    "PERMISSIONS",
    "Permission",
    "eligible",
    "has_part",
    "needs_guardian",
    "require_office",
    "require_part",
    "require_permission",
]

#: The holder's side, each for an account of his own.
OWN = frozenset({Role.HOLDER, Role.GUARDIAN, Role.REPRESENTATIVE})
#: Whose office it is to know of every account.
OFFICE = frozenset({Role.OFFICER, Role.AUDITOR})
_OFFICER = frozenset({Role.OFFICER})
_NOBODY: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may give a command.

    :param roles: who may.
    :param locked: who of them may on a locked account.
    :param closed: who of them may on a closed account.
    :param active: the account must have been activated.
    :param alone: a holder who needs a guardian may do it without.
    """

    roles: frozenset[Role]
    locked: frozenset[Role] = _NOBODY
    closed: frozenset[Role] = _NOBODY
    active: bool = False
    alone: bool = False


_BOTH = OWN | _OFFICER

#: The table. Auditors look and never act. Nobody gives consent in the holder's place, and taking it back
#: is always possible; so is a further lock.
PERMISSIONS: Mapping[type[Command], Permission] = MappingProxyType(
    {
        Register: Permission(_BOTH),
        Notify: Permission(_OFFICER, locked=_OFFICER),
        Activate: Permission(_BOTH),
        AddEvidence: Permission(_BOTH, locked=_OFFICER),
        Upgrade: Permission(_BOTH),
        LockAccount: Permission(_BOTH, locked=_BOTH, alone=True),
        UnlockAccount: Permission(_BOTH, locked=_BOTH),
        Recover: Permission(_BOTH, locked=_BOTH),
        Close: Permission(_BOTH, locked=_OFFICER),
        Link: Permission(_BOTH, active=True),
        Unlink: Permission(_BOTH, locked=_OFFICER),
        Renumber: Permission(_OFFICER, locked=_OFFICER),
        AddAlias: Permission(_OFFICER, locked=_OFFICER),
        ChangeGuardians: Permission(_OFFICER, locked=_OFFICER),
        ReachAge: Permission(_OFFICER | {Role.HOLDER}, locked=_OFFICER, alone=True),
        ChangeRepresentatives: Permission(_OFFICER | {Role.REPRESENTATIVE}, locked=_OFFICER),
        ChangeBirthDate: Permission(_OFFICER, locked=_OFFICER),
        ChangeDocuments: Permission(_OFFICER, locked=_OFFICER),
        ChangeDetails: Permission(_BOTH, locked=_OFFICER),
        GiveConsent: Permission(OWN, active=True),
        NarrowConsent: Permission(_BOTH, locked=_BOTH, closed=_BOTH, alone=True),
        WithdrawConsent: Permission(_BOTH, locked=_BOTH, closed=_BOTH, alone=True),
    }
)


def eligible(account: Account, rules: RuleBook) -> tuple[Eligibility, ...]:
    """What the rules of the day give the holder; with an incomplete date of birth, at the younger age."""
    if account.holder is HolderKind.ORGANISATION:
        return rules.eligibility(account.holder, None)
    if account.birth_date is None:
        return ()
    return rules.eligibility(account.holder, age_on(account.birth_date, rules.day)[0])


def needs_guardian(account: Account, rules: RuleBook) -> bool:
    """Whether the holder is too young, or under guardianship, to act alone.

    Where the rules of the day have no entry for the age, guardians keep their part.
    """
    if account.holder is HolderKind.ORGANISATION:
        return False
    found = eligible(account, rules)
    young = any(each.guardian for each in found) if found else bool(account.guardians)
    return account.under_guardianship or young


def has_part(account: Account, actor: Actor, rules: RuleBook) -> bool:
    """Whether *actor* is holder, needed guardian or representative of *account*."""
    match actor.role:
        case Role.HOLDER:
            return actor.reference == account.id
        case Role.GUARDIAN:  # of somebody grown up nobody is guardian any more
            return actor.reference in account.guardians and needs_guardian(account, rules)
        case Role.REPRESENTATIVE:
            return actor.reference in account.representatives
        case _:
            return False


def require_part(account: Account | None, actor: Actor, rules: RuleBook) -> Account:
    """*account*, for somebody who may know of it.

    :raises AccountUnknown: there is none; only officers and auditors are told.
    :raises AccountNotAvailable: there is none, or *actor* has no part in it: both look the same.
    """
    if actor.role in OFFICE:
        if account is None:
            raise AccountUnknown
        return account
    if account is None or not has_part(account, actor, rules):
        raise AccountNotAvailable
    return account


def require_office(account: Account, actor: Actor) -> None:
    """Let pass whoever is no officer, and an officer who has no part of his own in *account*.

    :raises RoleNotAllowed: an officer known by the account's identifier, or by a guardian's or representative's.
    """
    own = actor.reference == account.id or actor.reference in account.guardians | account.representatives
    if own and actor.role is Role.OFFICER:
        raise RoleNotAllowed("an officer on an account of his own")


def require_permission(account: Account, command: Command, actor: Actor, rules: RuleBook) -> None:
    """Let pass what the table allows on an account in this state.

    :param actor: has a part in the account, or an office.
    :raises RoleNotAllowed: :raises AccountClosed: :raises AccountLocked: :raises AccountNotActivated:
        :raises GuardianNeeded: as they say.
    """
    permission = PERMISSIONS[type(command)]
    if actor.role not in permission.roles:
        raise RoleNotAllowed(f"{command.kind} by {actor.role.value}")
    require_office(account, actor)
    authority = rules.find("lock_authority", object="account")
    article = authority.article if authority else None
    if account.state is AccountState.CLOSED and actor.role not in permission.closed:
        raise AccountClosed(command.kind, article=article)
    if account.locks and actor.role not in permission.locked:
        raise AccountLocked(command.kind, article=article)
    if permission.active and account.activated_at is None:
        raise AccountNotActivated(command.kind)
    if actor.role is Role.HOLDER and not permission.alone and needs_guardian(account, rules):
        rule = rules.find("consent", case="account_use_below_14_or_under_guardianship")
        raise GuardianNeeded(command.kind, article=rule.article if rule else None)
