"""How an entry of the usage log is kept and hashed.

An entry has three layers, so that each can go without breaking what the next one proves:

===========  ========================================================================  ==================
layer        holds                                                                     goes with
===========  ========================================================================  ==================
person       keyed pseudonyms of the subject and of who acted, a random salt           erasure
content      purpose, legal basis, requester, fields, outcome, codes, rules            retention
frame        version, kind, place, time, and the digest of the two others              never
===========  ========================================================================  ==================

``commitment = SHA-256(salt || subject || actor)``, ``digest = SHA-256(commitment || content)``, and the
hash of an entry is the leaf hash of RFC 9162, 2.1.1, over the hash of the entry before it and the
frame. When salt and pseudonyms are gone, the commitment stays and can be matched with nobody.
"""

from __future__ import annotations

import hashlib
import struct
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from eid.accounts.usage.chain import leaf_hash
from eid.errors import UsageEntryRefused, UsageLogDamaged, UsageLogFormatError

__all__ = [
    "EPOCH",
    "NOBODY",
    "SALT",
    "Erased",
    "Row",
    "commitment",
    "frame",
    "microseconds",
    "moment",
    "row_digest",
    "seal",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Octets of a salt.
SALT = 16
_HASH = 32
_NOTHING = (None, None, None, None)
_MICROSECOND = timedelta(microseconds=1)

_VERSION = 1
_FRAME = struct.Struct(">BBQQ")
#: Stands for "nobody" where 32 octets are hashed; no pseudonym is this.
NOBODY = bytes(32)


class Row(NamedTuple):
    """An entry as it is kept and hashed. Of the three layers, what went is ``None``.

    :param sequence: its place, from 0.
    :param at: microseconds since 1970, UTC.
    :param kind: :attr:`UsageKind.number`.
    :param hash: leaf hash, 32 octets.
    :param content: ``None`` once it expired; then *digest* stands for it and for the person's layer.
    :param salt: 16 octets; ``None`` once the person's layer is gone; then *commitment* stands for it.
    :param subject: pseudonym, 32 octets; ``None`` when gone or when the entry is about nobody.
    :param actor: pseudonym of who acted, likewise.
    """

    sequence: int
    at: int
    kind: int
    hash: bytes
    content: bytes | None = None
    salt: bytes | None = None
    subject: bytes | None = None
    actor: bytes | None = None
    commitment: bytes | None = None
    digest: bytes | None = None

    @property
    def erased(self) -> bool:
        """The person's layer is gone, the content is not."""
        return self.content is not None and self.salt is None

    def without_person(self) -> Row:
        """The same with the commitment in the place of the person's layer."""
        if self.salt is None:
            return self
        committed = commitment(self.salt, self.subject, self.actor)
        return self._replace(salt=None, subject=None, actor=None, commitment=committed)

    def without_content(self) -> Row:
        """The same with the digest in the place of content and person's layer.

        :raises UsageLogDamaged: neither is there.
        """
        digest = row_digest(self)
        if digest is None:
            raise UsageLogDamaged("an entry that is neither whole nor reduced")
        return Row(self.sequence, self.at, self.kind, self.hash, digest=digest)

    def __repr__(self) -> str:
        return f"<Row {self.sequence}>"


def row_digest(row: Row) -> bytes | None:
    """The digest of content and person's layer, from what is left; ``None`` when it is no such row.

    Lengths are looked at, because what is hashed in one piece could otherwise be cut in another place. What
    is left over, the salt, then has its own by the hash.
    """
    _, _, _, _, content, salt, subject, actor, committed, digest = row
    try:
        if content is None:
            rest = (salt, subject, actor, committed)
            return digest if rest == _NOTHING and digest is not None and len(digest) == _HASH else None
        if digest is not None:
            return None
        if salt is None:
            if committed is None or len(committed) != _HASH or subject is not None or actor is not None:
                return None
        else:
            if committed is not None:
                return None
            if (subject is not None and not _is_pseudonym(subject)) or (
                actor is not None and not _is_pseudonym(actor)
            ):
                return None
            committed = commitment(salt, subject, actor)
        return hashlib.sha256(committed + content).digest()
    except TypeError:  # a database that keeps anything anywhere
        return None


def _is_pseudonym(octets: bytes) -> bool:
    return len(octets) == _HASH and octets != NOBODY


def commitment(salt: bytes, subject: bytes | None, actor: bytes | None) -> bytes:
    """What stays of the person's layer: to be matched with nobody once *salt* is gone."""
    return hashlib.sha256(salt + (subject or NOBODY) + (actor or NOBODY)).digest()


def frame(kind: int, sequence: int, at: int, digest: bytes) -> bytes:
    """What the hash of an entry is over, beside the hash before it: 50 octets."""
    return _FRAME.pack(_VERSION, kind, sequence, at) + digest


def microseconds(at: datetime) -> int:
    """Since 1970, as the frame holds it.

    :raises UsageEntryRefused: a time without zone, or before 1970.
    """
    if at.utcoffset() is None or at < EPOCH:
        raise UsageEntryRefused("a time without zone, or before 1970")
    return (at - EPOCH) // _MICROSECOND


def moment(since: int) -> datetime:
    """The time that so many *microseconds* since 1970 stand for, UTC.

    :raises UsageLogFormatError: none that a calendar has.
    """
    try:
        return EPOCH + since * _MICROSECOND
    except OverflowError:
        raise UsageLogFormatError("an entry with a time that does not exist") from None


def seal(
    content: bytes,
    *,
    kind: int,
    sequence: int,
    at: datetime,
    previous: bytes,
    salt: bytes,
    subject: bytes | None,
    actor: bytes | None,
) -> Row:
    """The row of a new entry.

    :param previous: hash of the entry before it.
    :param salt: 16 octets, random, used once.
    :param subject: :param actor: pseudonyms.
    """
    since = microseconds(at)
    digest = hashlib.sha256(commitment(salt, subject, actor) + content).digest()
    leaf = leaf_hash(previous, frame(kind, sequence, since, digest))
    return Row(sequence, since, kind, leaf, content, salt, subject, actor)


class Erased:
    """Which entries of a log are without their person: counted, and hashed in the order of their places.

    The digest is SHA-256 over the places, 8 octets each. Every erasure and every expiry writes it down,
    so that nobody is taken out unnoticed.
    """

    __slots__ = ("_hash", "count", "first", "last")

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.count = 0
        self.first = self.last = 0

    def add(self, sequence: int) -> None:
        """Count one; places ascend."""
        self._hash.update(sequence.to_bytes(8, "big"))
        if not self.count:
            self.first = sequence
        self.last = sequence
        self.count += 1

    @property
    def covers(self) -> bytes:
        """The digest over all places."""
        return self._hash.digest()
