"""Which evidence stands at a time, and what an upgrade or a recovery has to rest on.

Which proofs are enough is the house's rule, not the law's: the law has the state identify the holder in
person with face and fingerprints, a relying party has a chip report and a person or matcher that
compared the face. It can be stricter by asking for evidence in a :class:`~eid.accounts.requirement.Requirement`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from eid.accounts.model import Account, EvidenceItem, Role
from eid.document.checks import Outcome
from eid.errors import EvidenceInsufficient, EvidenceNotAcceptable
from eid.verification.status import CLOCK_SKEW

__all__ = [
    "RECOVER_WITHIN",
    "UPGRADE_WITHIN",
    "acceptable",
    "for_recovery",
    "for_upgrade",
    "standing",
]

#: How old the proofs of an upgrade may be: the card is shown one day, the person another.
UPGRADE_WITHIN = timedelta(days=30)
#: How old those of a recovery may be: what proved the holder years ago proves nobody who asks today.
RECOVER_WITHIN = timedelta(days=1)

_CARD = frozenset({"chip_report"})
_PERSON = frozenset({"in_person", "biometric"})
_LIGHT = _PERSON | {"vneid_sign_in"}


def standing(items: Iterable[EvidenceItem], kinds: Collection[str], *, now: datetime) -> EvidenceItem | None:
    """The newest item of one of *kinds* that passed and has not expired; ``None`` when a newer one failed.

    Whom a matcher refused after an officer saw him, or the other way round, is not proven by the older word.
    """
    decided = [
        item
        for item in items
        if item.kind in kinds
        and item.outcome in (Outcome.PASSED, Outcome.FAILED)
        and item.at <= now + CLOCK_SKEW
    ]
    newest = max((item.at for item in decided), default=now)
    if any(item.outcome is Outcome.FAILED and item.at == newest for item in decided):
        return None
    valid = (
        item
        for item in decided
        if item.outcome is Outcome.PASSED and (item.expires_at is None or now < item.expires_at)
    )
    return max(valid, key=lambda item: item.at, default=None)


def acceptable(items: Iterable[EvidenceItem], *, role: Role, now: datetime) -> None:
    """Let pass only evidence that *role* can give at *now*.

    :raises EvidenceNotAcceptable: made in the future, expired before it was made, or an in-person check
        that no officer reports.
    """
    for item in items:
        if item.at > now + CLOCK_SKEW:
            raise EvidenceNotAcceptable("evidence of the future")
        if item.expires_at is not None and item.expires_at <= item.at:
            raise EvidenceNotAcceptable("evidence that expired before it was made")
        if item.kind == "in_person" and role is not Role.OFFICER:
            raise EvidenceNotAcceptable("only an officer says whom he saw")


def for_upgrade(items: Iterable[EvidenceItem], *, now: datetime) -> tuple[EvidenceItem, ...]:
    """What level 2 rests on: a chip report, and the person seen by an officer or by a matcher.

    :raises EvidenceInsufficient: one of them is missing, failed, expired or is too old.
    """
    return _need((_CARD, _PERSON), items, now - UPGRADE_WITHIN, now)


def for_recovery(
    account: Account, items: Iterable[EvidenceItem], *, now: datetime
) -> tuple[EvidenceItem, ...]:
    """What a recovery rests on: for level 2 the same as the upgrade; otherwise the person, or VNeID.

    What an earlier recovery rested on does not count again, also when a clock was ahead that gave it its time.

    :raises EvidenceInsufficient: see :func:`for_upgrade`.
    """
    since = now - RECOVER_WITHIN
    if account.recovered_at is not None:
        since = max(since, account.recovered_at)
        items = [item for item in items if item.at > account.recovered_at + CLOCK_SKEW]
    return _need((_CARD, _PERSON) if account.level == 2 else (_LIGHT,), items, since, now)


def _need(
    groups: Iterable[frozenset[str]], items: Iterable[EvidenceItem], since: datetime, now: datetime
) -> tuple[EvidenceItem, ...]:
    listed, found, missing = tuple(items), [], []
    for kinds in groups:
        item = standing(listed, kinds, now=now)
        if item is not None and item.at >= since:
            found.append(item)
        else:
            missing.append(" or ".join(sorted(kinds)))
    if missing:
        raise EvidenceInsufficient(f"missing: {'; '.join(missing)}")
    return tuple(found)
