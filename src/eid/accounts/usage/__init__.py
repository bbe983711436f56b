"""An entry of the usage log: who used whose data, when, for what, by which law; without personal data.

How it is kept and hashed: :mod:`eid.accounts.usage.rows`.
"""

from __future__ import annotations

import enum
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Self

from eid.accounts.model import Actor, Role
from eid.accounts.usage.rows import EPOCH, Row, microseconds, moment
from eid.encoding import strict_json
from eid.errors import EidError, InputError, UsageEntryRefused, UsageLogFormatError

__all__ = ["MAX_CONTENT", "Content", "Entry", "NewEntry", "SubjectKey", "UsageKind"]

#: Octets of the content of one entry.
MAX_CONTENT = 16 * 1024
#: Characters of one word, and of the longest text (a legal basis).
_MAX_WORD, _MAX_TEXT = 128, 300
#: Fields touched and codes of one entry.
_MAX_LIST = 64
_MAX_SUBJECT = 256
#: Personal and tax numbers have 9 to 12 digits, telephones 10 or 11, some written with spaces or dots.
#: Digits of every script: full-width ones are typed, too.
_LIKE_A_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?\d(?:[ .-]?\d){8,}(?![0-9A-Za-z])")
#: Characters of the longest such number, however it is written.
_NUMBER = 24
_LIKE_AN_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


class UsageKind(enum.StrEnum):
    """What an entry tells of. The last two are written by the log itself."""

    CHECK = "check"
    COMMAND = "command"
    CONSENT = "consent"
    DISCLOSURE = "disclosure"
    ERASURE = "erasure"
    EXPIRY = "expiry"

    @property
    def number(self) -> int:
        """The octet that stands for it in the frame."""
        return _NUMBERS[self]

    @classmethod
    def of_number(cls, number: int) -> Self:
        """The kind with this octet.

        :raises UsageLogFormatError: none, or one of a newer version.
        """
        try:
            return cls(_KINDS[number])
        except KeyError:
            raise UsageLogFormatError("an entry of an unknown kind") from None


_NUMBERS = {kind: number for number, kind in enumerate(UsageKind, 1)}
_KINDS = {number: kind for kind, number in _NUMBERS.items()}


class SubjectKey:
    """Turns identifiers into pseudonyms: HMAC-SHA-256, 32 octets.

    Whoever has the key and a number can find the entries of that number; without it nobody can.

    :param secret: at least 32 octets; one for each log, kept apart from its database.
    :raises InputError: shorter.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise InputError("the key of a usage log has at least 32 octets")
        self._secret = bytes(secret)

    def pseudonym(self, subject: str) -> bytes:
        """What stands for *subject*; white space around it does not count.

        :raises InputError: empty, or longer than any identifier.
        """
        subject = subject.strip()
        if not 0 < len(subject) <= _MAX_SUBJECT:
            raise InputError(f"an identifier has 1 to {_MAX_SUBJECT} characters")
        return self.of("subject", subject)

    def of(self, domain: str, text: str) -> bytes:
        """A keyed hash of *text*; those of two domains have nothing in common."""
        octets = f"eid usage log 1\0{domain}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret, octets, "sha256")

    def __repr__(self) -> str:
        return "<SubjectKey>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is said of one use. Stable words, no personal data.

    :param requester: the service that used the data, or that asked.
    :param purpose: the word of the requirement or consent.
    :param basis: instrument and article, or ``consent``.
    :param fields: names of the fields touched.
    :param outcome: of a decision.
    :param codes: what stood in the way, in order; of a sign-in the levels.
    :param rules_version: :attr:`eid.accounts.rules.RuleBook.version`.
    :param role: as what somebody acted; ``None`` when nobody was authenticated.
    :param staff: reference of the officer or auditor who acted. Of others only a keyed pseudonym is
        kept, in the person's layer.
    :param action: the command's name; ``given``, ``narrowed`` or ``withdrawn`` of a consent.
    :param channel: on which way consent was given: ``app``, ``counter``, ``sms`` or another word; of a sign-in
        the provider.
    :param reference: opaque: a transaction, a consent, a command.
    :param clock: where the time comes from, for example ``system`` or the name of a time service.
    :param count: of an erasure or expiry: how many entries it reduced.
    :param erased: of the same: how many entries of the whole log are without their person since then.
    :param covers: of the same: which (:class:`eid.accounts.usage.rows.Erased`). Not which of them this
        erasure added: that would tie the entries of one person together, after all.
    :param due: of an expiry: for each kind, before when entries may be without content.
    """

    requester: str
    purpose: str | None = None
    basis: str | None = None
    fields: tuple[str, ...] = ()
    outcome: str | None = None
    codes: tuple[str, ...] = ()
    rules_version: str | None = None
    role: Role | None = None
    staff: str | None = None
    action: str | None = None
    channel: str | None = None
    reference: str | None = None
    clock: str = "system"
    count: int | None = None
    erased: int | None = None
    covers: bytes | None = None
    due: tuple[tuple[UsageKind, datetime], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Its members; what is not said is left out."""
        said: dict[str, Any] = {}
        for name in _MEMBERS:
            value = getattr(self, name)
            if value is not None and value != ():
                said[name] = value
        for name in ("fields", "codes"):
            if name in said:
                said[name] = list(said[name])
        if self.covers is not None:
            said["covers"] = self.covers.hex()
        if self.due:
            said["due"] = {kind.value: before.isoformat() for kind, before in self.due}
        return said

    def to_bytes(self) -> bytes:
        """The JSON that is hashed and kept.

        :raises UsageEntryRefused: longer than :data:`MAX_CONTENT`.
        """
        octets = strict_json.dumps(self.to_json())
        if len(octets) > MAX_CONTENT:
            raise UsageEntryRefused(f"more than {MAX_CONTENT} octets of content")
        return octets

    @classmethod
    def from_bytes(cls, octets: bytes) -> Self:
        """Read it.

        :raises UsageLogFormatError: not such JSON; a member of a newer version is refused too.
        """
        try:
            said = strict_json.loads(octets, limit=MAX_CONTENT, depth=2)
        except EidError as error:
            raise UsageLogFormatError(f"an entry whose content is no JSON: {error.code}") from None
        if not isinstance(said, dict) or not said.keys() <= _MEMBER_SET or "requester" not in said:
            raise UsageLogFormatError("an entry whose content has other members")
        for name, value in said.items():
            if not _right_type(name, value):
                raise UsageLogFormatError("an entry whose content has a member of another type")
        try:
            for name in ("fields", "codes"):
                said[name] = tuple(said.get(name, ()))
            if "role" in said:
                said["role"] = Role(said["role"])
            if "covers" in said:
                said["covers"] = bytes.fromhex(said["covers"])
            due = said.get("due", {}).items()
            said["due"] = tuple((UsageKind(kind), _aware(before)) for kind, before in due)
        except (ValueError, OverflowError):
            raise UsageLogFormatError("an entry whose content has a value that does not exist") from None
        return cls(**said)


_MEMBERS = tuple(each.name for each in fields(Content))
_MEMBER_SET = frozenset(_MEMBERS)


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.utcoffset() is None or at < EPOCH:
        raise ValueError
    return at.astimezone(UTC)


def _right_type(name: str, value: object) -> bool:
    if name in ("count", "erased"):
        return type(value) is int and value >= 0
    if name == "due":
        return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    if name in ("fields", "codes"):
        return (
            isinstance(value, list)
            and len(value) <= _MAX_LIST
            and all(isinstance(each, str) for each in value)
        )
    return isinstance(value, str)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """What is to be logged.

    :param at: aware; from the same clock as the decision.
    :param subject: whose data: a number, or better the identifier of the account, which stays when the
        number changes. Only its keyed pseudonym is kept.
    :param actor: who acted; ``None`` when nobody was authenticated.
    :param once: names what happened, for example a command's identifier: an entry with the same name
        for the same log is not added a second time, so that a request can be repeated after a failure.
    :param requester: :param purpose: :param basis: :param fields: :param outcome: :param codes:
        :param rules_version: :param action: :param channel: :param reference: see :class:`Content`.
    :raises UsageEntryRefused: a time without zone, something empty or too long, or something that looks
        like the number or the address of a person.
    """

    kind: UsageKind
    at: datetime
    requester: str
    subject: str | None = field(default=None, repr=False)
    actor: Actor | None = field(default=None, repr=False)
    purpose: str | None = None
    basis: str | None = None
    fields: tuple[str, ...] = ()
    outcome: str | None = None
    codes: tuple[str, ...] = ()
    rules_version: str | None = None
    action: str | None = None
    channel: str | None = None
    reference: str | None = field(default=None, repr=False)
    once: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        microseconds(self.at)
        if self.kind in (UsageKind.ERASURE, UsageKind.EXPIRY):
            raise UsageEntryRefused("the log itself writes erasures and expiries")
        object.__setattr__(self, "fields", tuple(self.fields))
        object.__setattr__(self, "codes", tuple(self.codes))
        if len(self.fields) > _MAX_LIST or len(self.codes) > _MAX_LIST:
            raise UsageEntryRefused(f"more than {_MAX_LIST} fields or codes")
        staff = self.actor.reference if self.actor is not None and self.actor.role in _STAFF else None
        words = (self.requester, self.purpose, self.outcome, self.action, self.channel, staff)
        for word in (*words, *self.fields, *self.codes):
            _require_plain(word, _MAX_WORD)
        _require_plain(self.basis, _MAX_TEXT)
        for opaque in (self.reference, self.rules_version, self.once):
            if opaque is not None and (not 0 < len(opaque) <= _MAX_WORD or not opaque.isprintable()):
                raise UsageEntryRefused("a reference that is empty, too long or not printable")
        # A random identifier may hold a run of digits; a short one that is nothing else is somebody's number.
        reference = self.reference
        if reference is not None and len(reference) <= _NUMBER and _LIKE_A_NUMBER.fullmatch(reference):
            raise UsageEntryRefused("a reference that looks like somebody's number")

    def content(self, *, clock: str) -> Content:
        """What is kept of it, the person aside.

        :param clock: where the time comes from.
        """
        actor = self.actor
        return Content(
            requester=self.requester,
            purpose=self.purpose,
            basis=self.basis,
            fields=self.fields,
            outcome=self.outcome,
            codes=self.codes,
            rules_version=self.rules_version,
            role=None if actor is None else actor.role,
            staff=actor.reference if actor is not None and actor.role in _STAFF else None,
            action=self.action,
            channel=self.channel,
            reference=self.reference,
            clock=clock,
        )


#: Who acts in an office: that stays on record when the person's part is erased.
_STAFF = (Role.OFFICER, Role.AUDITOR)


def _require_plain(word: str | None, longest: int) -> None:
    if word is None:
        return
    if not 0 < len(word) <= longest or not word.isprintable():
        raise UsageEntryRefused("a word that is empty, too long or not printable")
    if _LIKE_A_NUMBER.search(word) or _LIKE_AN_ADDRESS.search(word):
        raise UsageEntryRefused("a word that looks like somebody's number or address")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as people read it.

    :param sequence: its place in the log, from 0.
    :param content: ``None`` once its time of retention is over.
    :param subject: pseudonym of the person; ``None`` when it is about nobody, was erased or expired.
    :param erased: the person's layer was erased.
    :param hash: leaf hash.
    """

    sequence: int
    kind: UsageKind
    at: datetime
    content: Content | None
    hash: bytes = field(repr=False)
    subject: bytes | None = field(default=None, repr=False)
    actor: bytes | None = field(default=None, repr=False)
    erased: bool = False

    @property
    def expired(self) -> bool:
        """Its time of retention is over: only place, time and kind are left."""
        return self.content is None

    @classmethod
    def of(cls, row: Row) -> Self:
        """From what is kept.

        :raises UsageLogFormatError: damaged, or of a newer version.
        """
        octets = (row.hash, *row[4:])
        if not all(each is None or type(each) is bytes for each in octets):
            raise UsageLogFormatError("an entry with a value of another type")
        return cls(
            row.sequence,
            UsageKind.of_number(row.kind),
            moment(row.at),
            None if row.content is None else Content.from_bytes(row.content),
            row.hash,
            row.subject,
            row.actor,
            row.erased,
        )

    def to_json(self) -> Mapping[str, object]:
        """The form of the command line and of a person's export; pseudonyms are left out."""
        said: dict[str, object] = {
            "sequence": self.sequence,
            "kind": self.kind.value,
            "at": self.at.isoformat(),
            "hash": self.hash.hex(),
        }
        if self.content is not None:
            said.update(self.content.to_json())
        if self.erased:
            said["erased"] = True
        if self.expired:
            said["expired"] = True
        return said
