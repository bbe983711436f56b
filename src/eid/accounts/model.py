"""What is known of an account: holder, level, state, proofs. Nothing here is edited: events make it.

Two axes that everybody confuses stay two things: the *account level* (how well the holder was
identified when the account was made) and the *authentication level* (how well whoever acts now has
proved to be the holder). Neither is ever derived from the other.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime

from eid.document.checks import Outcome
from eid.document.dates import PartialDate
from eid.errors import InputError

__all__ = [
    "Account",
    "AccountState",
    "Actor",
    "CardState",
    "Consent",
    "Details",
    "EvidenceItem",
    "Factor",
    "HolderKind",
    "Link",
    "Lock",
    "Role",
    "age_on",
]


#: Characters of an actor's reference.
_REFERENCE = 128


class HolderKind(enum.StrEnum):
    """Whose account it is. A child is a citizen or foreigner by age, with guardians."""

    CITIZEN = "citizen"
    FOREIGNER = "foreigner"
    ORGANISATION = "organisation"


class AccountState(enum.StrEnum):
    """Where the account stands. ``LOCKED`` is an active or registered account with a lock on it."""

    REGISTERED = "registered"
    ACTIVE = "active"
    LOCKED = "locked"
    CLOSED = "closed"


class CardState(enum.StrEnum):
    """The electronic identity card, which is locked apart from the account."""

    NONE = "none"
    IN_FORCE = "in_force"
    LOCKED = "locked"


class Role(enum.StrEnum):
    """As what somebody acts."""

    HOLDER = "holder"
    GUARDIAN = "guardian"
    REPRESENTATIVE = "representative"
    OFFICER = "officer"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts.

    :param reference: an opaque identifier (of an account, or of an officer); never a personal number.
    :raises InputError: no role, or a reference that is not of 1 to 128 printable characters.
    """

    role: Role
    reference: str

    def __post_init__(self) -> None:
        # It stands in every event: what could not be read again there would make all of them unreadable.
        reference = self.reference
        if not isinstance(self.role, Role):
            raise InputError("an actor without role")
        if (
            not isinstance(reference, str)
            or not 0 < len(reference) <= _REFERENCE
            or not reference.isprintable()
        ):
            raise InputError(f"an actor's reference has 1 to {_REFERENCE} printable characters")


@dataclass(frozen=True, slots=True)
class Lock:
    """Why something is locked.

    :param reason: a code of the rules; one that they do not know is kept all the same.
    :param by: who asked for it: ``holder``, ``authority``, ``system`` or another stable word.
    """

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One thing that was proved about the holder, apart from the present transaction.

    :param kind: ``chip_report``, ``in_person``, ``biometric``, ``vneid_sign_in``, ``bank_face_match`` or another.
    :param outcome: what it showed; only ``PASSED`` counts for anything.
    :param source: who says so, a stable word.
    :param expires_at: from then on it counts no more.
    :param digest: SHA-256 of the record it refers to, in hexadecimal.
    """

    kind: str
    outcome: Outcome
    at: datetime
    source: str
    expires_at: datetime | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    """Something by which the present user was recognised.

    :param kind: ``password``, ``identity_card``, ``face`` or another word of the rules.
    :param at: when it was checked.
    :param transaction: the transaction it was checked for.
    """

    kind: str
    at: datetime
    transaction: str


@dataclass(frozen=True, slots=True)
class Link:
    """An account elsewhere that belongs to the same holder.

    :param scope: ``banking``, ``platform`` or another word.
    :param reference: keyed, opaque.
    """

    scope: str
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What the holder agreed to.

    :param purpose: the same word as in the requirement.
    :param given_at: when; by an act of the holder, never by default.
    :param withdrawn_at: from then on it counts no more.
    :param requester: who may use the data; ``None`` for the service that keeps this account.
    :param fields: what may be used, words of the service.
    :param basis: instrument and article, or contract, that the use rests on.
    :param channel: how it was given: ``vneid_app``, ``sms_to_own_number`` or another word of the rules.
    :param narrowed_at: when fields were last taken out of it.
    """

    purpose: str
    given_at: datetime
    withdrawn_at: datetime | None = None
    requester: str | None = None
    fields: frozenset[str] = frozenset()
    basis: str | None = None
    channel: str | None = None
    narrowed_at: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Details:
    """How the holder is called and reached: personal data, in no ``repr``."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None

    def __repr__(self) -> str:
        return "<Details>"


@dataclass(frozen=True, slots=True)
class Account:
    """One account as its events left it.

    :param id: opaque, random; not derived from anything personal.
    :param level: 1 or 2; ``None`` for organisations, which have no level.
    :param birth_date: of a person.
    :param documents: what entitles to the account and is held now, words of the rules.
    :param card: the electronic identity card.
    :param under_guardianship: for other reasons than age.
    :param guardians: accounts of parents or guardians.
    :param representatives: accounts of those who may act for an organisation.
    :param notified_at: when the holder was told of the result of the registration.
    :param evidence: what still says something: a newer item of the same kind, source and outcome takes
        the place of an older one. The events have all of them.
    :param subjects: identifiers that lead to it; the last one is the present one.
    :param consents: the latest for each purpose and requester.
    :param recovered_at: when the holder got back in: what was a means of access before that is void.
    :param version: the number of events behind it.
    """

    id: str
    holder: HolderKind
    level: int | None
    registered_at: datetime
    birth_date: PartialDate | None = field(default=None, repr=False)
    documents: frozenset[str] = frozenset()
    notified_at: datetime | None = None
    activated_at: datetime | None = None
    closed_at: datetime | None = None
    locks: tuple[Lock, ...] = ()
    card: CardState = CardState.NONE
    card_locks: tuple[Lock, ...] = ()
    under_guardianship: bool = False
    guardians: frozenset[str] = frozenset()
    representatives: frozenset[str] = frozenset()
    evidence: tuple[EvidenceItem, ...] = ()
    links: tuple[Link, ...] = ()
    subjects: tuple[str, ...] = field(default=(), repr=False)
    details: Details | None = field(default=None, repr=False)
    consents: tuple[Consent, ...] = field(default=(), repr=False)
    recovered_at: datetime | None = None
    version: int = 0

    def __post_init__(self) -> None:
        levels = (None,) if self.holder is HolderKind.ORGANISATION else (1, 2)
        if self.level not in levels:
            raise InputError("a person's account has level 1 or 2, an organisation's has none")

    @property
    def state(self) -> AccountState:
        """Where it stands."""
        if self.closed_at is not None:
            return AccountState.CLOSED
        if self.locks:
            return AccountState.LOCKED
        return AccountState.REGISTERED if self.activated_at is None else AccountState.ACTIVE


def age_on(birth: PartialDate, day: date) -> tuple[int, int]:
    """The least and the greatest age in whole years that *birth* can mean on *day*.

    Who was born on 29 February is a year older on 28 February where there is no such day. Nobody is younger
    than nothing, also when the year of an incomplete date ends after *day*.
    """
    greatest = max(0, _years(birth.first_day(), day))
    return greatest if birth.complete else max(0, _years(birth.last_day(), day)), greatest


def _years(born: date, day: date) -> int:
    anniversary = (born.month, born.day)
    if anniversary == (2, 29) and not _leap(day.year):
        anniversary = (2, 28)
    return day.year - born.year - ((day.month, day.day) < anniversary)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
