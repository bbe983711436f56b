"""Locks of an account and of its electronic identity card: reasons, and what lifts them.

Reasons and grounds are words of the rules. A reason that they do not know locks all the same, and an
officer says what lifted it. One command lifts one reason, and no other command lifts any.
"""

from __future__ import annotations

from collections.abc import Iterable

from eid.accounts.lifecycle import commands as c
from eid.accounts.lifecycle import events as e
from eid.accounts.lifecycle.events import ACCOUNT, ELECTRONIC_CARD, Event
from eid.accounts.lifecycle.handling import Handling, article_of
from eid.accounts.model import CardState, Lock
from eid.accounts.roles import OWN
from eid.accounts.rules import Rule
from eid.errors import (
    LockNeverLifted,
    NoElectronicCard,
    NotLocked,
    RoleNotAllowed,
    UnlockGroundMissing,
)

__all__ = ["HOLDER_REQUEST", "lock", "require_liftable", "unlock"]

#: The one reason for which holders lock and unlock, in the words of the rules.
HOLDER_REQUEST = "holder_request"
#: ``unlock_when`` of a lock that nothing lifts.
_NEVER = "never"


def _locks(case: Handling, object_: str) -> tuple[Lock, ...]:
    return case.account.locks if object_ == ACCOUNT else case.account.card_locks


def _condition(case: Handling, object_: str, reason: str) -> Rule | None:
    """What the rules say of *reason*; where they know it only for the other object, what they say there.

    The list of lock cases of accounts is not public; death is death for both.
    """
    return case.rules.find("lock_reason", object=object_, code=reason) or case.rules.find(
        "lock_reason", code=reason
    )


def _article_of(case: Handling, object_: str, reason: str) -> str | None:
    return article_of(
        case.rules.find("lock_reason", object=object_, code=reason)
        or case.rules.find("lock_authority", object=object_)
    )


def lock(case: Handling, command: c.LockAccount) -> Iterable[Event]:
    object_, reason, role = command.object, command.reason, case.actor.role
    if role in OWN and reason != HOLDER_REQUEST:
        raise RoleNotAllowed(f"a lock of another reason than {HOLDER_REQUEST}")
    if object_ == ELECTRONIC_CARD and case.account.card is CardState.NONE:
        raise NoElectronicCard
    if any(each.reason == reason for each in _locks(case, object_)):
        return
    rule = _condition(case, object_, reason)
    yield e.Locked(
        object=object_,
        reason=reason,
        requested_by=role.value if role in OWN else command.requested_by,
        notify_holder=bool(rule.get("notify_holder_at_once", True)) if rule else True,
        **case.said(_article_of(case, object_, reason)),
    )


def unlock(case: Handling, command: c.UnlockAccount) -> Iterable[Event]:
    object_, reason, role = command.object, command.reason, case.actor.role
    lock = next((each for each in _locks(case, object_) if each.reason == reason), None)
    if lock is None or command.locked_at not in (None, lock.at):
        raise NotLocked
    article = _article_of(case, object_, reason)
    rule = _condition(case, object_, reason)
    # Of a reason that the rules do not know only an officer can say what lifts it.
    needed = command.ground if rule is None else str(rule["unlock_when"])
    if needed == _NEVER and rule is not None:
        raise LockNeverLifted(article=article)
    if role in OWN and (rule is None or needed != HOLDER_REQUEST):
        raise RoleNotAllowed("a lock that the holder did not ask for", article=article)
    if command.ground != needed:
        raise UnlockGroundMissing(f"needed: {needed}", article=article)
    yield e.Unlocked(object=object_, reason=reason, ground=needed, **case.said(article))


def require_liftable(case: Handling) -> None:
    """Let pass only an account on which no lock stays for good.

    :raises LockNeverLifted: the holder died, for example.
    """
    for object_ in (ACCOUNT, ELECTRONIC_CARD):
        for each in _locks(case, object_):
            rule = _condition(case, object_, each.reason)
            if rule is not None and rule["unlock_when"] == _NEVER:
                raise LockNeverLifted(article=_article_of(case, object_, each.reason))
