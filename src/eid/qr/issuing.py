"""Issue signed codes: claim 169 in a CBOR Web Token, signed, compressed, as base45 text.

The text is what a QR code holds; :mod:`eid.qr.rendering` draws it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from eid.crypto.cose import KID, TAGGED, X5CHAIN, kid_octets, sign1
from eid.crypto.keys import Signer
from eid.document.face import FaceImage
from eid.document.person import Person
from eid.encoding import strict_cbor
from eid.errors import QrNotIssued
from eid.qr.claim169 import CLAIM_169, Biometric, BiometricFormat, BodyPart, ImageFormat, QrPerson
from eid.qr.claims import ACCOUNT_LEVEL, AUTHENTICATION_LEVEL, MAX_NONCE, MIN_NONCE, NONCE, QrKind
from eid.qr.envelope import MAX_CODE, pack_text
from eid.qr.verifying import MAX_PRESENTATION
from eid.tokens.cwt import CTI, EXP, IAT, ISS, NBF, STATUS, SUB
from eid.tokens.status.reference import StatusReference

__all__ = ["QrCredential", "QrIssuer"]

#: Signatures that fit a code. Others are for tokens.
_ALGORITHMS = frozenset({"ES256", "Ed25519"})
_CTI = 12
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]{1,500}")


@dataclass(frozen=True, slots=True)
class QrCredential:
    """A code that was issued.

    :param text: what the QR code holds. Anybody can read the person in it.
    :param identifier: ``cti``, to be kept where the code may have to be revoked.
    """

    text: str = field(repr=False)
    kind: QrKind
    identifier: bytes
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QrIssuer:
    """Issues codes in the name of one issuer. Immutable, shared by threads.

    :param signer: an ES256 or Ed25519 key. Verifiers find it by its ``kid``, which each code carries:
        give it a short one.
    :param issuer: name of the issuer, a URI (``https://…``), as verifiers know it.
    :param clock: aware UTC time.
    :param chain: certificates of the key in DER, its own first and the root left out, for verifiers that
        pin a root. Each costs some 400 octets, so a code has few; they stand in place of the ``kid``.
    :raises QrNotIssued: another algorithm, or a name that is no URI.
    """

    signer: Signer
    issuer: str
    clock: Callable[[], datetime]
    chain: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.signer.alg not in _ALGORITHMS:
            raise QrNotIssued("codes are signed with ES256 or Ed25519")
        if not _URI.fullmatch(self.issuer):
            raise QrNotIssued("the issuer's name is not a URI")

    def issue(
        self,
        person: QrPerson | Person,
        *,
        kind: QrKind,
        valid_for: timedelta,
        nonce: bytes | None = None,
        photo: FaceImage | bytes | None = None,
        status: StatusReference | None = None,
        account_level: int | None = None,
        authentication_level: int | None = None,
        subject: str | None = None,
        not_before: datetime | None = None,
    ) -> QrCredential:
        """Issue one code. Put into it only what may be read by whoever sees it.

        :param person: what the code says; of a :class:`~eid.document.person.Person`, number, name, date
            of birth, sex and nationality.
        :param kind: ``STATIC``, to be printed: a signed photocopy that never proves who shows it;
            or ``PRESENTATION``, made for one check.
        :param valid_for: how long; at most 60 seconds for a presentation.
        :param nonce: 8 to 64 octets from the verifier, for a presentation and only for that.
        :param photo: the face of DG2, which is made small enough (extra ``images``), or the octets of a
            small WebP or JPEG as they shall stand in the code (:func:`eid.qr.photo.fit_photo`).
        :param status: where a revocation would be written.
        :param account_level: 1 or 2. :param authentication_level: 1 to 4: how the person was
            authenticated when the code was issued. The two are different scales.
        :param subject: a name for the person between issuer and verifier.
        :param not_before: aware; the time of issue unless given.
        :raises QrNotIssued: an argument outside these bounds, or more than any code holds.
        :raises QrPhotoError: the face of DG2 cannot be made small enough.
        :raises QrClaimInvalid: a field of *person* that claim 169 does not allow.
        """
        now = self.clock().replace(microsecond=0)
        kind = _checked_kind(kind, valid_for, nonce)
        subject_of = QrPerson.of(person) if isinstance(person, Person) else person
        if photo is not None:
            subject_of = _with_photo(subject_of, _small(photo))
        begins = (not_before or now).replace(microsecond=0)
        expires = _end(now, valid_for)
        if not begins < expires:
            raise QrNotIssued("the code would end before it begins")
        identifier = secrets.token_bytes(_CTI)
        claims: dict[int, Any] = {
            ISS: self.issuer,
            SUB: subject,
            EXP: int(expires.timestamp()),
            NBF: int(begins.timestamp()),
            IAT: int(now.timestamp()),
            CTI: identifier,
            NONCE: nonce,
            CLAIM_169: subject_of.to_claim(),
            STATUS: status.to_claim() if status is not None else None,
            ACCOUNT_LEVEL: _level(account_level, "account_level", 2),
            AUTHENTICATION_LEVEL: _level(authentication_level, "authentication_level", 4),
        }
        text = pack_text(self._signed({key: value for key, value in claims.items() if value is not None}))
        if len(text) > MAX_CODE:
            raise QrNotIssued(f"{len(text)} characters do not fit any QR code")
        return QrCredential(text, kind, identifier, now, expires)

    def _signed(self, claims: dict[int, Any]) -> bytes:
        header: dict[int | str, Any] = {KID: kid_octets(self.signer.kid)}
        if self.chain:
            header = {X5CHAIN: self.chain[0] if len(self.chain) == 1 else list(self.chain)}
        return sign1(strict_cbor.dumps(claims), self.signer, wrapping=TAGGED, protected=header)


def _checked_kind(kind: QrKind, valid_for: timedelta, nonce: bytes | None) -> QrKind:
    if valid_for < timedelta(seconds=1):
        raise QrNotIssued("a code lives for at least a second")
    if kind == QrKind.STATIC:
        if nonce is not None:
            raise QrNotIssued("a nonce belongs to a presentation")
        return QrKind.STATIC
    if kind != QrKind.PRESENTATION:
        raise QrNotIssued("neither static nor a presentation")
    if nonce is None or not MIN_NONCE <= len(nonce) <= MAX_NONCE:
        raise QrNotIssued(f"a presentation needs the verifier's nonce of {MIN_NONCE} to {MAX_NONCE} octets")
    if valid_for > MAX_PRESENTATION:
        raise QrNotIssued("a presentation lives for 60 seconds at most")
    return QrKind.PRESENTATION


def _end(now: datetime, valid_for: timedelta) -> datetime:
    try:
        return now + valid_for
    except OverflowError:
        raise QrNotIssued("beyond the end of the calendar") from None


def _level(value: int | None, name: str, most: int) -> int | None:
    if value is not None and not (value.__class__ is int and 1 <= value <= most):
        raise QrNotIssued(f"{name} is not 1 to {most}")
    return value


def _small(photo: FaceImage | bytes) -> bytes:
    if isinstance(photo, bytes):
        return photo
    from eid.qr.photo import fit_photo  # Pillow, for those who have photos

    return fit_photo(photo).octets


def _with_photo(person: QrPerson, photo: bytes) -> QrPerson:
    if photo[:4] == b"RIFF" and photo[8:12] == b"WEBP":
        kind = ImageFormat.WEBP
    elif photo[:2] == b"\xff\xd8":
        kind = ImageFormat.JPEG
    else:
        raise QrNotIssued("a photograph that is neither WebP nor JPEG")
    sample = Biometric(photo, int(BiometricFormat.IMAGE), int(kind))
    return replace(person, biometrics={**person.biometrics, int(BodyPart.FACE): (sample,)})
