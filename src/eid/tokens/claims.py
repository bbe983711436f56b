"""Claims of a JWT (RFC 7519), each read as the one type it has."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from eid.encoding import strict_json
from eid.errors import (
    ClaimInvalid,
    ClaimMissing,
    EncodingError,
    InputError,
    LimitExceeded,
    TokenExpired,
    TokenLifetimeTooLong,
    TokenNotYetValid,
)

__all__ = [
    "LEEWAY",
    "MAX_TEXT",
    "MAX_TEXTS",
    "authenticated_seconds",
    "check_times",
    "equal",
    "issued_text",
    "moment",
    "optional_text",
    "optional_time",
    "plain_claims",
    "present",
    "required_text",
    "required_time",
    "texts",
]

#: How far the clocks of two machines may be apart.
LEEWAY = timedelta(seconds=30)
#: Characters of an identifier: issuer, audience, subject, nonce.
MAX_TEXT = 1024
#: Entries of a list of texts: methods, audiences.
MAX_TEXTS = 32
_MAX_CLAIMS = 12 * 1024
#: The end of the year 9999: later seconds are no time on every machine.
_END_OF_TIME = 253_402_300_800


def required_text(claims: Mapping[str, Any], name: str) -> str:
    """The claim *name*, a text that is not empty.

    :raises ClaimMissing: not there.
    :raises ClaimInvalid: not a text, empty, or longer than :data:`MAX_TEXT`.
    """
    value = claims.get(name)
    if type(value) is str and 0 < len(value) <= MAX_TEXT:
        return value
    if name not in claims:
        raise ClaimMissing(name)
    raise ClaimInvalid(f"{name} is not a text of 1 to {MAX_TEXT} characters")


def optional_text(claims: Mapping[str, Any], name: str) -> str | None:
    """The claim *name* as :func:`required_text` reads it, or ``None`` when it is not there."""
    return required_text(claims, name) if name in claims else None


def required_time(claims: Mapping[str, Any], name: str) -> int:
    """The claim *name* in seconds since 1970. RFC 7519 also allows fractions; these are refused, since
    readers round them differently.

    :raises ClaimMissing: not there.
    :raises ClaimInvalid: not a whole number, or outside the calendar.
    """
    value = claims.get(name)
    if type(value) is int and 0 <= value < _END_OF_TIME:  # True is an int, but not of this type
        return value
    if name not in claims:
        raise ClaimMissing(name)
    raise ClaimInvalid(f"{name} is not a whole number of seconds since 1970")


def optional_time(claims: Mapping[str, Any], name: str) -> int | None:
    """The claim *name* as :func:`required_time` reads it, or ``None`` when it is not there."""
    return required_time(claims, name) if name in claims else None


def texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The claim *name*, an array of texts; empty when it is not there.

    :raises ClaimInvalid: something else, or more than 32.
    """
    if name not in claims:
        return ()
    value = claims[name]
    if type(value) is list and len(value) <= MAX_TEXTS:
        for each in value:
            if type(each) is not str or not 0 < len(each) <= MAX_TEXT:
                break
        else:
            return tuple(value)
    raise ClaimInvalid(f"{name} is not a short list of texts")


def present(clock: Callable[[], datetime]) -> datetime:
    """What *clock* says.

    :raises InputError: a time without zone, which another machine would read differently.
    """
    now = clock()
    if now.tzinfo is None:
        raise InputError("a clock without zone")
    return now


def equal(first: str, second: str) -> bool:
    """Whether two texts are the same, in a time that does not tell where they differ."""
    if first.isascii() and second.isascii():
        return hmac.compare_digest(first, second)
    return hmac.compare_digest(
        first.encode("utf-8", "surrogatepass"), second.encode("utf-8", "surrogatepass")
    )


def moment(seconds: int) -> datetime:
    """An aware UTC time."""
    return datetime.fromtimestamp(seconds, UTC)


def issued_text(value: str, name: str) -> str:
    """*value* for a claim of a token to be issued.

    :raises InputError: not a printable text of 1 to :data:`MAX_TEXT` characters.
    """
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        raise InputError(f"{name} is a text of 1 to {MAX_TEXT} characters")
    return value


def authenticated_seconds(at: datetime, now: datetime) -> int:
    """``auth_time`` of a token to be issued.

    :raises InputError: in the future, or a time without zone.
    """
    if at.utcoffset() is None:
        raise InputError("a time without zone")
    if at > now:
        raise InputError("an authentication in the future")
    return int(at.timestamp())


def plain_claims(claims: Mapping[str, Any]) -> dict[str, Any]:
    """A caller's claims for a token to be issued, as every verifier will read them.

    :raises InputError: a value that JSON cannot carry exactly, or too much.
    """
    try:
        plain: dict[str, Any] = strict_json.loads(strict_json.dumps(dict(claims)), limit=_MAX_CLAIMS)
    except (EncodingError, LimitExceeded, TypeError, RecursionError):
        raise InputError("a claim that JSON cannot carry, or more than a token can hold") from None
    return plain


def check_times(
    claims: Mapping[str, Any], *, now: float, leeway: float, lifetime: float | None
) -> tuple[int, int]:
    """Check ``iat``, ``exp`` and, where it stands, ``nbf``; return the first two.

    :param now: seconds since 1970.
    :param leeway: seconds by which the clocks may differ, either way.
    :param lifetime: seconds that may lie between ``iat`` and ``exp``; ``None`` for any number.
    :raises ClaimMissing: ``iat`` or ``exp`` is not there.
    :raises ClaimInvalid: no times, or ``exp`` is not after ``iat``.
    :raises TokenLifetimeTooLong: too much between the two.
    :raises TokenExpired: ``exp`` is past.
    :raises TokenNotYetValid: ``iat`` or ``nbf`` lies in the future.
    """
    issued, expires = claims.get("iat"), claims.get("exp")
    if type(issued) is not int or type(expires) is not int or not 0 <= issued < expires < _END_OF_TIME:
        required_time(claims, "iat")
        required_time(claims, "exp")
        raise ClaimInvalid("exp is not after iat")
    if lifetime is not None and expires - issued > lifetime:
        raise TokenLifetimeTooLong(f"more than {lifetime:.0f} seconds")
    if now >= expires + leeway:
        raise TokenExpired("exp is past")
    if issued > now + leeway:
        raise TokenNotYetValid("iat lies in the future")
    if "nbf" in claims and required_time(claims, "nbf") > now + leeway:
        raise TokenNotYetValid("nbf lies in the future")
    return issued, expires
