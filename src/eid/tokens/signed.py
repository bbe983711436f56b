"""What e-ID tokens and access tokens have in common: an issuer's signed claims, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from eid.crypto.keys import FoundKey, KeySource
from eid.errors import InputError, IssuerMismatch
from eid.tokens.claims import moment, present, required_text
from eid.tokens.dpop import confirmed_thumbprint
from eid.tokens.jws import parse_claims, parse_jws, require_type, verify_jws

__all__ = ["SignedClaims", "read_signed", "sources_of"]


@dataclass(frozen=True, slots=True, repr=False)
class SignedClaims:
    """The claims of a token that holds.

    :param holder_proven: the sender proved to hold the key that the token is bound to.
    """

    # A view of the checked claims, not a field for each: making those takes longer than checking them.
    _claims: Mapping[str, Any]
    _found: FoundKey
    holder_proven: bool

    @property
    def issuer(self) -> str:
        """Who issued it."""
        return str(self._claims["iss"])

    @property
    def subject(self) -> str:
        """Whom it is about."""
        return str(self._claims["sub"])

    @property
    def jti(self) -> str:
        """The token's name."""
        return str(self._claims["jti"])

    @property
    def issued_at(self) -> datetime:
        """When it was issued, aware UTC time."""
        return moment(self._claims["iat"])

    @property
    def expires_at(self) -> datetime:
        """When it ends, aware UTC time."""
        return moment(self._claims["exp"])

    @property
    def acr(self) -> str | None:
        """How the person was authenticated, as :class:`~eid.tokens.step_up.StepUpChallenge` asks."""
        return self._claims.get("acr")

    @property
    def amr(self) -> tuple[str, ...]:
        """The methods used (RFC 8176)."""
        return tuple(self._claims.get("amr", ()))

    @property
    def auth_time(self) -> datetime | None:
        """When the person was authenticated, aware UTC time."""
        seconds = self._claims.get("auth_time")
        return None if seconds is None else moment(seconds)

    @property
    def holder(self) -> str | None:
        """Thumbprint of the key that the token is bound to (RFC 7638), ``None`` when to none."""
        return confirmed_thumbprint(self._claims)

    @property
    def key_id(self) -> str:
        """The key that signed."""
        return self._found.key.kid

    @property
    def trust_age(self) -> timedelta | None:
        """Since the issuer's keys were last confirmed; ``None`` for keys fixed by configuration."""
        return self._found.trust_age

    @property
    def stale(self) -> bool:
        """The last attempt to refresh the issuer's keys failed."""
        return self._found.stale


def read_signed(
    token: str | bytes,
    *,
    limit: int,
    typ: str,
    sources: Mapping[str, KeySource],
    clock: Callable[[], datetime],
) -> tuple[dict[str, Any], FoundKey, datetime]:
    """The claims that one of the issuers signed, the key, and the time at which it was looked for. The
    claims are the caller's to check.

    :param limit: characters allowed.
    :param sources: the keys of each issuer who is expected.
    :raises TokenError: see :meth:`eid.tokens.verifying.TokenVerifier.verify`.
    """
    jws = parse_jws(token, limit=limit)
    require_type(jws, typ)
    kid = jws.kid
    claims = parse_claims(jws.payload)
    # Read before the signature is checked only to know whose keys to ask.
    source = sources.get(required_text(claims, "iss"))
    if source is None:
        raise IssuerMismatch("iss is nobody expected")
    now = present(clock)
    found = source.find(kid, now=now)
    verify_jws(jws, found.key)
    return claims, found, now


def sources_of(
    issuers: str | Collection[str], keys: KeySource | Mapping[str, KeySource]
) -> Mapping[str, KeySource]:
    """Each issuer with its own keys.

    :raises InputError: no issuer, or not every issuer has keys of its own.
    """
    names = frozenset((issuers,) if isinstance(issuers, str) else issuers)
    if not names or "" in names:
        raise InputError("an issuer has to be named")
    if isinstance(keys, Mapping):
        if names != frozenset(keys):
            raise InputError("each issuer has keys, and nobody else")
        return MappingProxyType(dict(keys))
    if len(names) > 1:
        raise InputError("several issuers: give each its own keys")
    return MappingProxyType(dict.fromkeys(names, keys))
