"""The claims of a signed code: a CBOR Web Token (RFC 8392) with claim 169 and both levels.

Level claims are private: RFC 8392, 9.1 leaves keys below -65536 to those who agree on them. Ours are
:data:`ACCOUNT_LEVEL` and :data:`AUTHENTICATION_LEVEL`, two axes that are never one number.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from eid.errors import ClaimInvalid, ClaimMissing, QrClaimInvalid, QrClaimMissing
from eid.qr.claim169 import CLAIM_169, QrPerson, read_person
from eid.tokens.cwt import AUD, CTI, EXP, IAT, ISS, NBF, STATUS, SUB, Cwt
from eid.tokens.status.reference import StatusReference

__all__ = [
    "ACCOUNT_LEVEL",
    "AUTHENTICATION_LEVEL",
    "MAX_NONCE",
    "MIN_NONCE",
    "NONCE",
    "QrClaims",
    "QrKind",
    "moment",
    "read_claims",
]

#: Nonce of the verifier (RFC 9711, 4.1), 8 to 64 octets.
NONCE = 10
MIN_NONCE, MAX_NONCE = 8, 64
#: Level of the account, 1 or 2, and of the authentication at issuing, 1 to 4.
ACCOUNT_LEVEL, AUTHENTICATION_LEVEL = -65_537, -65_538

_READ = frozenset(
    {ISS, SUB, AUD, EXP, NBF, IAT, CTI, NONCE, STATUS, CLAIM_169, ACCOUNT_LEVEL, AUTHENTICATION_LEVEL}
)


class QrKind(enum.StrEnum):
    """What a code is for."""

    #: Printed or shown again and again: a signed photocopy.
    STATIC = "static"
    #: Made for one check, with the nonce of its verifier.
    PRESENTATION = "presentation"


@dataclass(frozen=True, slots=True)
class QrClaims:
    """What a code claims. Whether that is proven, the verdicts beside it say.

    Times are aware UTC, ``None`` where the code has none.

    :param issuer: name of the issuer, a URI.
    :param audience: for whom it was made, by name; empty for everybody.
    :param identifier: ``cti``, unique for each code of an issuer.
    :param nonce: of the verifier for whom the code was made.
    :param status: where it is written whether the code was revoked.
    :param account_level: 1 or 2; :attr:`authentication_level` is 1 to 4, at the time of issuing.
    :param other: claims without meaning here, as read.
    """

    issuer: str | None
    subject: str | None = field(repr=False)
    audience: tuple[str, ...]
    expires_at: datetime | None
    not_before: datetime | None
    issued_at: datetime | None
    identifier: bytes | None = field(repr=False)
    nonce: bytes | None = field(repr=False)
    status: StatusReference | None = field(repr=False)
    account_level: int | None
    authentication_level: int | None
    person: QrPerson = field(repr=False)
    other: Mapping[int | str, object] = field(repr=False)

    @property
    def kind(self) -> QrKind:
        """Made for one check, or not."""
        return QrKind.STATIC if self.nonce is None else QrKind.PRESENTATION


def read_claims(cwt: Cwt) -> tuple[QrClaims, tuple[str, ...]]:
    """Give the claims of a code their types.

    :returns: the claims, and warnings as :func:`eid.qr.claim169.read_person` has them.
    :raises QrClaimMissing: no claim 169.
    :raises QrClaimInvalid: a claim of another type or beyond its bounds.
    """
    claims = cwt.claims
    if CLAIM_169 not in claims:
        raise QrClaimMissing("no identity data", str(CLAIM_169))
    person, warnings = read_person(claims[CLAIM_169])
    return (
        QrClaims(
            cwt.issuer,
            cwt.subject,
            cwt.audience,
            moment(cwt.expires_at),
            moment(cwt.not_before),
            moment(cwt.issued_at),
            cwt.token_id,
            _nonce(claims),
            _status(cwt),
            _level(claims, ACCOUNT_LEVEL, 2),
            _level(claims, AUTHENTICATION_LEVEL, 4),
            person,
            {} if claims.keys() <= _READ else {key: claims[key] for key in claims if key not in _READ},
        ),
        warnings,
    )


def moment(seconds: float | None) -> datetime | None:
    """An aware UTC time from seconds since 1970."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _nonce(claims: Mapping[Any, Any]) -> bytes | None:
    value = claims.get(NONCE)
    if value is None and NONCE not in claims:
        return None
    if isinstance(value, bytes) and MIN_NONCE <= len(value) <= MAX_NONCE:
        return value
    raise QrClaimInvalid(f"nonce is not {MIN_NONCE} to {MAX_NONCE} octets", "nonce")


def _status(cwt: Cwt) -> StatusReference | None:
    try:
        return cwt.status
    except (ClaimMissing, ClaimInvalid) as error:
        raise QrClaimInvalid(error.detail, "status") from None


def _level(claims: Mapping[Any, Any], key: int, most: int) -> int | None:
    value = claims.get(key)
    if value is None and key not in claims:
        return None
    if value.__class__ is int and 1 <= value <= most:
        return int(value)
    raise QrClaimInvalid(f"level {key} is not 1 to {most}", str(key))
