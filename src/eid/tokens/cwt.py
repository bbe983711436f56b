"""Claims of a CBOR Web Token (RFC 8392), each read as the one type it has.

The signature is that of :mod:`eid.crypto.cose`. Which claims must be there is for each kind of token
to say: a status list needs others than a QR credential.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from eid.crypto.cose import malformed
from eid.encoding import strict_cbor
from eid.errors import (
    ClaimInvalid,
    EncodingError,
    LimitExceeded,
    TokenExpired,
    TokenMalformed,
    TokenNotYetValid,
)
from eid.tokens.claims import LEEWAY
from eid.tokens.status.reference import StatusReference

__all__ = ["AUD", "CTI", "EXP", "IAT", "ISS", "NBF", "STATUS", "SUB", "Cwt", "check_times", "read_cwt"]

#: Keys of claims (RFC 8392, 4; Token Status List, 14.3).
ISS, SUB, AUD, EXP, NBF, IAT, CTI = range(1, 8)
STATUS = 65535

_MAX_TEXT = 1024
_MAX_AUDIENCES = 32
_MAX_CTI = 256
#: The end of the year 9999: later seconds are no time on every machine.
_END_OF_TIME = 253_402_300_800


@dataclass(frozen=True, slots=True)
class Cwt:
    """The claims of a token. They are as good as the signature that was checked before.

    :param issuer: ``iss``, and so on; ``None`` for what is not there.
    :param audience: ``aud``; one or several.
    :param expires_at: seconds since 1970, as are the next two; a fraction is possible.
    :param token_id: ``cti``.
    :param claims: all of them, by key.
    """

    issuer: str | None
    subject: str | None = field(repr=False)
    audience: tuple[str, ...]
    expires_at: float | None
    not_before: float | None
    issued_at: float | None
    token_id: bytes | None = field(repr=False)
    claims: Mapping[int | str, Any] = field(repr=False)

    @property
    def status(self) -> StatusReference | None:
        """Where its status stands, or ``None`` when it names no status at all.

        :raises ClaimMissing: it has a status, which is of no kind known here.
        :raises ClaimInvalid: malformed.
        """
        return StatusReference.from_claim(self.claims[STATUS]) if STATUS in self.claims else None

    def time(self, key: int) -> datetime | None:
        """``EXP``, ``NBF`` or ``IAT`` as an aware UTC time."""
        seconds = {EXP: self.expires_at, NBF: self.not_before, IAT: self.issued_at}[key]
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def read_cwt(payload: bytes, *, limit: int, tags: frozenset[int] = frozenset()) -> Cwt:
    """Read the payload of a message whose signature has been checked.

    :param limit: octets allowed.
    :param tags: that may stand around values of other claims, see :func:`eid.encoding.strict_cbor.loads`.
    :raises TokenMalformed: no CBOR map (and its kinds: too large, a claim twice, an infinite number).
    :raises ClaimInvalid: a claim of another type, or a time outside the calendar.
    """
    try:
        claims = strict_cbor.loads(payload, limit=limit, floats=True, tags=tags)
    except (EncodingError, LimitExceeded) as error:
        raise malformed(error) from None
    if not isinstance(claims, dict):
        raise TokenMalformed("the claims are no CBOR map")
    return Cwt(
        _text(claims, ISS),
        _text(claims, SUB),
        _audience(claims),
        _time(claims, EXP),
        _time(claims, NBF),
        _time(claims, IAT),
        _octets(claims, CTI),
        MappingProxyType(claims),
    )


def check_times(cwt: Cwt, *, now: datetime, leeway: timedelta = LEEWAY) -> None:
    """Check ``exp``, ``nbf`` and ``iat``, those that are there (RFC 8392, 3.1.4 to 3.1.6).

    :param now: aware.
    :param leeway: by which the clocks may differ, either way.
    :raises TokenExpired: ``exp`` is past.
    :raises TokenNotYetValid: ``nbf`` or ``iat`` lies in the future.
    """
    seconds, slack = now.timestamp(), leeway.total_seconds()
    if cwt.expires_at is not None and seconds >= cwt.expires_at + slack:
        raise TokenExpired("exp is past")
    if cwt.not_before is not None and cwt.not_before > seconds + slack:
        raise TokenNotYetValid("nbf lies in the future")
    if cwt.issued_at is not None and cwt.issued_at > seconds + slack:
        raise TokenNotYetValid("iat lies in the future")


def _text(claims: Mapping[Any, Any], key: int) -> str | None:
    value = claims.get(key)
    if value is None and key not in claims:
        return None
    if type(value) is str and 0 < len(value) <= _MAX_TEXT:
        return value
    raise ClaimInvalid(f"claim {key} is not a text of 1 to {_MAX_TEXT} characters")


def _audience(claims: Mapping[Any, Any]) -> tuple[str, ...]:
    if AUD not in claims:
        return ()
    value = claims[AUD]
    texts = value if isinstance(value, list) else [value]
    if 0 < len(texts) <= _MAX_AUDIENCES and all(
        type(each) is str and 0 < len(each) <= _MAX_TEXT for each in texts
    ):
        return tuple(texts)
    raise ClaimInvalid("claim 3 is not a text or a short list of texts")


def _time(claims: Mapping[Any, Any], key: int) -> float | None:
    value: Any = claims.get(key)
    if value is None and key not in claims:
        return None
    if (type(value) is int or type(value) is float) and 0 <= value < _END_OF_TIME:
        return value
    raise ClaimInvalid(f"claim {key} is not a number of seconds since 1970")


def _octets(claims: Mapping[Any, Any], key: int) -> bytes | None:
    value = claims.get(key)
    if value is None and key not in claims:
        return None
    if type(value) is bytes and 0 < len(value) <= _MAX_CTI:
        return value
    raise ClaimInvalid(f"claim {key} is not 1 to {_MAX_CTI} octets")
