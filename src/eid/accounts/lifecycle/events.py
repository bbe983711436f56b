"""What happened to accounts. An account is what its events made of it, and nothing else.

Every event says when, by whom, under which article and by which rules it was made, so that years later
it can be proved who registered what, and why that was allowed then. :func:`apply` knows no rule of law:
the rules decided before the event was written (:mod:`eid.accounts.lifecycle.execute`), and a later change of
law never changes what an old event did.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from eid.accounts.model import (
    Account,
    Actor,
    CardState,
    Consent,
    Details,
    EvidenceItem,
    HolderKind,
    Link,
    Lock,
)
from eid.document.dates import PartialDate
from eid.errors import EventOutOfPlace

__all__ = [
    "ACCOUNT",
    "ELECTRONIC_CARD",
    "EVENTS",
    "Activated",
    "AliasAdded",
    "BirthDateChanged",
    "CameOfAge",
    "CardIssued",
    "Closed",
    "ConsentGiven",
    "ConsentNarrowed",
    "ConsentWithdrawn",
    "DetailsChanged",
    "DocumentsChanged",
    "Event",
    "EvidenceAdded",
    "GuardiansChanged",
    "Linked",
    "Locked",
    "Notified",
    "Recovered",
    "Registered",
    "Renumbered",
    "RepresentativesChanged",
    "Unlinked",
    "Unlocked",
    "Upgraded",
    "apply",
    "replay",
]

#: What can be locked, in the words of the rules.
ACCOUNT = "account"
ELECTRONIC_CARD = "electronic_identity_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events have.

    :param at: when it was decided, aware.
    :param by: who asked for it.
    :param article: instrument and article of the rule that allowed or demanded it; ``None`` where none did.
    :param rules: version of the rules it was decided by (:attr:`eid.accounts.rules.RuleBook.version`).
    """

    kind: ClassVar[str]

    at: datetime
    by: Actor
    article: str | None = None
    rules: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered(Event):
    """The account was made: of level 1 for a person, without level for an organisation.

    :param subject: the personal number, or another identifier of the holder.
    :param aliases: further identifiers, such as an old number of nine digits.
    """

    kind = "registered"

    account_id: str
    holder: HolderKind
    subject: str = field(repr=False)
    aliases: tuple[str, ...] = field(default=(), repr=False)
    birth_date: PartialDate | None = field(default=None, repr=False)
    documents: frozenset[str] = frozenset()
    under_guardianship: bool = False
    guardians: frozenset[str] = frozenset()
    representatives: frozenset[str] = frozenset()
    details: Details | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified(Event):
    """The holder was told of the result of the registration."""

    kind = "notified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activated(Event):
    """The account can be used from now on."""

    kind = "activated"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAdded(Event):
    """Something was proved about the holder, or failed to be."""

    kind = "evidence_added"

    items: tuple[EvidenceItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded(Event):
    """The account has a higher level.

    :param level: the new one.
    :param rests_on: the evidence that it was given for.
    """

    kind = "upgraded"

    level: int
    rests_on: tuple[EvidenceItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardIssued(Event):
    """The account has an electronic identity card."""

    kind = "card_issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked(Event):
    """The account, or its electronic identity card, was locked for one more reason.

    :param object: ``account`` or ``electronic_identity_card``.
    :param reason: a code of the rules, or one that they do not know.
    :param requested_by: ``holder``, ``authority``, ``system`` or another stable word.
    :param notify_holder: the holder has to be told at once.
    """

    kind = "locked"

    object: str
    reason: str
    requested_by: str
    notify_holder: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlocked(Event):
    """One reason for a lock is gone; other locks stay.

    :param ground: what made it go, a word of the rules.
    """

    kind = "unlocked"

    object: str
    reason: str
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered(Event):
    """The holder got back in; what was a means of access before is void. Locks stay."""

    kind = "recovered"

    rests_on: tuple[EvidenceItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Event):
    """The account ended. Its events stay for as long as they have to be kept."""

    kind = "closed"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked(Event):
    """An account elsewhere belongs to the same holder."""

    kind = "linked"

    scope: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlinked(Event):
    """It does so no more."""

    kind = "unlinked"

    scope: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renumbered(Event):
    """The holder has another number. The old one still finds the account.

    :param birth_date: the corrected one, where that was the reason.
    """

    kind = "renumbered"

    subject: str = field(repr=False)
    reason: str
    birth_date: PartialDate | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasAdded(Event):
    """One more identifier finds the account; the present one stays."""

    kind = "alias_added"

    subject: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardiansChanged(Event):
    """Others are parents or guardians from now on, or nobody."""

    kind = "guardians_changed"

    guardians: frozenset[str]
    under_guardianship: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CameOfAge(Event):
    """The holder is old enough to act alone: those who were guardians have no part in the account."""

    kind = "came_of_age"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepresentativesChanged(Event):
    """Others may act for the organisation from now on."""

    kind = "representatives_changed"

    representatives: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BirthDateChanged(Event):
    """The date of birth was put right or completed."""

    kind = "birth_date_changed"

    birth_date: PartialDate = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsChanged(Event):
    """Other documents are held from now on."""

    kind = "documents_changed"

    documents: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsChanged(Event):
    """The holder is called or reached otherwise."""

    kind = "details_changed"

    details: Details = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Event):
    """The holder agreed to one use of data; in place of what was agreed before with the same requester."""

    kind = "consent_given"

    purpose: str
    fields: frozenset[str]
    requester: str | None = None
    basis: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentNarrowed(Event):
    """The holder took fields out of a consent.

    :param fields: those that are left.
    """

    kind = "consent_narrowed"

    purpose: str
    fields: frozenset[str]
    requester: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Event):
    """The holder took a consent back."""

    kind = "consent_withdrawn"

    purpose: str
    requester: str | None = None


_ALL: tuple[type[Event], ...] = (
    Registered,
    Notified,
    Activated,
    EvidenceAdded,
    Upgraded,
    CardIssued,
    Locked,
    Unlocked,
    Recovered,
    Closed,
    Linked,
    Unlinked,
    Renumbered,
    AliasAdded,
    GuardiansChanged,
    CameOfAge,
    RepresentativesChanged,
    BirthDateChanged,
    DocumentsChanged,
    DetailsChanged,
    ConsentGiven,
    ConsentNarrowed,
    ConsentWithdrawn,
)

#: Every kind of event, by its word.
EVENTS: dict[str, type[Event]] = {each.kind: each for each in _ALL}


def apply(account: Account | None, event: Event) -> Account:
    """*account* after *event*; pure.

    :param account: ``None`` before the first event.
    :raises EventOutOfPlace: a first event that is not :class:`Registered`, or a second one that is. The
        lifecycle makes no such sequence; a store that holds one is damaged.
    """
    if account is None:
        if not isinstance(event, Registered):
            raise EventOutOfPlace(f"an account that begins with {event.kind}")
        return _registered(event)
    if isinstance(event, Registered):
        raise EventOutOfPlace("an account that is registered twice")
    return replace(_after(account, event), version=account.version + 1)


def replay(events: Iterable[Event]) -> Account:
    """The account that *events* made, from the first one on.

    :raises EventOutOfPlace: no events, or not those of one account.
    """
    account: Account | None = None
    for event in events:
        account = apply(account, event)
    if account is None:
        raise EventOutOfPlace("an account without events")
    return account


def _registered(event: Registered) -> Account:
    return Account(
        event.account_id,
        event.holder,
        None if event.holder is HolderKind.ORGANISATION else 1,
        event.at,
        birth_date=event.birth_date,
        documents=event.documents,
        under_guardianship=event.under_guardianship,
        guardians=event.guardians,
        representatives=event.representatives,
        subjects=(*event.aliases, event.subject),
        details=event.details,
        version=1,
    )


def _after(account: Account, event: Event) -> Account:
    match event:
        case Notified():
            return replace(account, notified_at=event.at)
        case Activated():
            return replace(account, activated_at=event.at)
        case EvidenceAdded():
            return replace(account, evidence=_newer(account.evidence, event.items))
        case Upgraded():
            return replace(account, level=event.level)
        case CardIssued():
            return replace(account, card=CardState.LOCKED if account.card_locks else CardState.IN_FORCE)
        case Locked():
            return _locked(account, event)
        case Unlocked():
            return _unlocked(account, event)
        case Recovered():
            return replace(account, recovered_at=event.at)
        case Closed():
            return replace(account, closed_at=event.at)
        case Linked():
            return replace(account, links=(*account.links, Link(event.scope, event.reference, event.at)))
        case Unlinked():
            gone = (event.scope, event.reference)
            left = tuple(each for each in account.links if (each.scope, each.reference) != gone)
            return replace(account, links=left)
        case Renumbered():
            birth_date = event.birth_date or account.birth_date
            return replace(account, subjects=(*account.subjects, event.subject), birth_date=birth_date)
        case AliasAdded():
            return replace(account, subjects=(event.subject, *account.subjects))
        case GuardiansChanged():
            return replace(account, guardians=event.guardians, under_guardianship=event.under_guardianship)
        case CameOfAge():
            return replace(account, guardians=frozenset())
        case RepresentativesChanged():
            return replace(account, representatives=event.representatives)
        case BirthDateChanged():
            return replace(account, birth_date=event.birth_date)
        case DocumentsChanged():
            return replace(account, documents=event.documents)
        case DetailsChanged():
            return replace(account, details=event.details)
        case ConsentGiven() | ConsentNarrowed() | ConsentWithdrawn():
            return replace(account, consents=_consents(account.consents, event))
        case _:
            raise EventOutOfPlace(f"an event of a kind that nobody applies: {event.kind}")


def _newer(held: tuple[EvidenceItem, ...], items: Iterable[EvidenceItem]) -> tuple[EvidenceItem, ...]:
    """*held* and *items*, without those that say nothing more because a newer one says the same for as long.

    A holder who signs in every day adds an item every day, and a check reads all that are kept.
    """
    for new in items:
        if not any(_covers(old, new) for old in held):
            held = (*(old for old in held if not _covers(new, old)), new)
    return held


def _covers(new: EvidenceItem, old: EvidenceItem) -> bool:
    same = (new.kind, new.source, new.outcome) == (old.kind, old.source, old.outcome)
    longer = new.expires_at is None or (old.expires_at is not None and old.expires_at <= new.expires_at)
    return same and old.at <= new.at and longer


def _locked(account: Account, event: Locked) -> Account:
    lock = Lock(event.reason, event.requested_by, event.at)
    if event.object == ACCOUNT:
        return replace(account, locks=(*account.locks, lock))
    state = CardState.NONE if account.card is CardState.NONE else CardState.LOCKED
    return replace(account, card_locks=(*account.card_locks, lock), card=state)


def _unlocked(account: Account, event: Unlocked) -> Account:
    if event.object == ACCOUNT:
        return replace(account, locks=tuple(each for each in account.locks if each.reason != event.reason))
    left = tuple(each for each in account.card_locks if each.reason != event.reason)
    none = account.card is CardState.NONE
    state = CardState.NONE if none else CardState.LOCKED if left else CardState.IN_FORCE
    return replace(account, card_locks=left, card=state)


def _consents(
    held: tuple[Consent, ...], event: ConsentGiven | ConsentNarrowed | ConsentWithdrawn
) -> tuple[Consent, ...]:
    about = (event.purpose, event.requester)
    others = tuple(each for each in held if (each.purpose, each.requester) != about)
    if isinstance(event, ConsentGiven):
        given = Consent(
            purpose=event.purpose, given_at=event.at, requester=event.requester,
            fields=event.fields, basis=event.basis, channel=event.channel,
        )  # fmt: skip
        return (*others, given)
    # Of what was never given nothing can be taken back; then nothing changes.
    return tuple(
        each
        if (each.purpose, each.requester) != about
        else replace(each, fields=event.fields, narrowed_at=event.at)
        if isinstance(event, ConsentNarrowed)
        else replace(each, withdrawn_at=event.at)
        for each in held
    )
