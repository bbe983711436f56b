"""Access tokens as JWT (RFC 9068): what a client shows to a service, more than once while it lives.

An access token says what a client may do; it is no proof to others that somebody was checked. For that
there is the e-ID token (:mod:`eid.tokens.issuing`), whose type is another, so that neither passes for
the other.
"""

from __future__ import annotations

import copy
import re
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Self

from eid.crypto.keys import Key, KeySource, Signer
from eid.encoding import strict_json
from eid.errors import AudienceMismatch, ClaimInvalid, ClaimMissing, InputError
from eid.tokens.claims import (
    LEEWAY,
    authenticated_seconds,
    check_times,
    issued_text,
    optional_text,
    optional_time,
    plain_claims,
    present,
    required_text,
    texts,
)
from eid.tokens.dpop import (
    DpopRequest,
    DpopVerifier,
    confirmation_claim,
    prove_holder,
)
from eid.tokens.jws import sign_jws
from eid.tokens.replay import ReplayStore
from eid.tokens.signed import SignedClaims, read_signed, sources_of

__all__ = ["MAX_LIFETIME", "TYPE", "AccessTokenIssuer", "AccessTokenVerifier", "VerifiedAccessToken"]

TYPE = "at+jwt"
#: How long an access token may live.
MAX_LIFETIME = timedelta(hours=1)
_LONGEST = 16 * 1024
_SCOPE = re.compile(r"[!#-\[\]-~]+")  # RFC 6749, 3.3
_OWN = frozenset(
    {"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "scope", "auth_time", "acr", "amr", "cnf"}
)


@dataclass(frozen=True, slots=True, repr=False)
class VerifiedAccessToken(SignedClaims):
    """An access token that holds. Made by :meth:`AccessTokenVerifier.verify`.

    Its :attr:`subject` is the person, or the client itself.
    """

    @property
    def client_id(self) -> str:
        """The client it was issued to."""
        return str(self._claims["client_id"])

    @property
    def audience(self) -> tuple[str, ...]:
        """The services it is for."""
        return _audience(self._claims)

    @property
    def scope(self) -> frozenset[str]:
        """What the client may do."""
        return _scope(self._claims)

    @property
    def claims(self) -> Mapping[str, Any]:
        """Further claims."""
        return MappingProxyType({name: self._claims[name] for name in self._claims.keys() - _OWN})

    def __repr__(self) -> str:  # subject and claims are personal data
        return f"<VerifiedAccessToken issuer={self.issuer!r} client_id={self.client_id!r} jti={self.jti!r}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokenVerifier:
    """Verifies access tokens at one service (RFC 9068, 4). Immutable; share it between threads.

    :param issuers: see :class:`~eid.tokens.verifying.TokenVerifier`, as *keys*.
    :param audience: the name of this service; it has to be among those in ``aud``.
    :param replay: where used DPoP proofs are kept; the tokens themselves are good for several uses.
    :param clock: aware UTC time.
    :param leeway: how far the clocks may be apart.
    :param max_lifetime: how long a token may live.
    :raises InputError: as :class:`~eid.tokens.verifying.TokenVerifier`.
    """

    issuers: str | Collection[str]
    audience: str
    keys: KeySource | Mapping[str, KeySource]
    replay: ReplayStore
    clock: Callable[[], datetime]
    leeway: timedelta = LEEWAY
    max_lifetime: timedelta = MAX_LIFETIME
    _sources: Mapping[str, KeySource] = field(init=False, repr=False)
    _require_proof: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        if not self.audience:
            raise InputError("the audience is the name of this service")
        object.__setattr__(self, "_sources", sources_of(self.issuers, self.keys))

    def without_proof_of_possession(self) -> Self:
        """The same, but whoever sends a bound token is taken for its holder. The result says
        ``holder_proven=False``.
        """
        other = copy.copy(self)
        object.__setattr__(other, "_require_proof", False)
        return other

    def verify(self, token: str | bytes, *, proof: DpopRequest | None = None) -> VerifiedAccessToken:
        """Verify *token*.

        :param token: as received, without ``Bearer`` or ``DPoP`` before it.
        :param proof: the request with its DPoP proof; then the token has to be bound.
        :raises TokenError: as :meth:`eid.tokens.verifying.TokenVerifier.verify`, without those about the
            transaction and the first use of the token.
        :raises DpopReplayed: the proof was used before.
        :raises ReplayStoreUnavailable: nobody knows whether it was.
        """
        claims, found, now = read_signed(
            token, limit=_LONGEST, typ=TYPE, sources=self._sources, clock=self.clock
        )
        if self.audience not in _audience(claims):
            raise AudienceMismatch("this service is not in aud")
        issued, _ = check_times(
            claims,
            now=now.timestamp(),
            leeway=self.leeway.total_seconds(),
            lifetime=self.max_lifetime.total_seconds(),
        )
        for name in ("sub", "client_id", "jti"):
            required_text(claims, name)
        _check_optional(claims, issued)
        proofs = DpopVerifier(replay=self.replay, clock=lambda: now, leeway=self.leeway)
        proven = prove_holder(token, claims, proof, required=self._require_proof, check=proofs.verify)
        return VerifiedAccessToken(claims, found, proven)


def _check_optional(claims: Mapping[str, Any], issued: int) -> None:
    optional_text(claims, "acr")
    texts(claims, "amr")
    _scope(claims)
    authenticated = optional_time(claims, "auth_time")
    if authenticated is not None and authenticated > issued:
        raise ClaimInvalid("auth_time is after iat")


def _audience(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """``aud``, one text or several (RFC 7519, 4.1.3)."""
    if "aud" not in claims:
        raise ClaimMissing("aud")
    if isinstance(claims["aud"], str):
        return (required_text(claims, "aud"),)
    return texts(claims, "aud")


def _scope(claims: Mapping[str, Any]) -> frozenset[str]:
    if "scope" not in claims:
        return frozenset()
    # Not an identifier but a list: servers with many services write long ones. The token has a length.
    words = claims["scope"].split(" ") if isinstance(claims["scope"], str) else [""]
    if not all(map(_SCOPE.fullmatch, words)):
        raise ClaimInvalid("scope is not a list of words")
    return frozenset(words)


class AccessTokenIssuer:
    """Issues access tokens (RFC 9068, 2). Share one between threads.

    :param issuer: the authorization server, as it writes itself.
    :param signer: signs; its key identifier goes into each header.
    :param clock: aware UTC time.
    :raises InputError: an empty issuer.
    """

    def __init__(self, *, issuer: str, signer: Signer, clock: Callable[[], datetime]) -> None:
        self._issuer = issued_text(issuer, "issuer")
        self._signer = signer
        self._clock = clock

    def issue(
        self,
        *,
        subject: str,
        audience: str | Sequence[str],
        client_id: str,
        scope: Collection[str],
        ttl: timedelta,
        auth_time: datetime | None = None,
        acr: str | None = None,
        amr: Collection[str] = (),
        claims: Mapping[str, Any] | None = None,
        confirmation: Key | str | None = None,
    ) -> str:
        """An access token.

        :param subject: the person (a pseudonym), or *client_id* when no person takes part.
        :param scope: what the client may do.
        :param ttl: whole seconds, at most :data:`MAX_LIFETIME`.
        :param auth_time: when the person was authenticated; *acr* and *amr* say how.
        :param claims: further claims.
        :param confirmation: the client's key or its thumbprint, see
            :meth:`eid.tokens.issuing.TokenIssuer.issue`.
        :raises InputError: an argument outside its range.
        """
        if isinstance(scope, str) or not all(map(_SCOPE.fullmatch, scope)):
            raise InputError("scope is a collection of words")
        if not timedelta(seconds=1) <= ttl <= MAX_LIFETIME:
            raise InputError(f"an access token lives for 1 to {MAX_LIFETIME.total_seconds():.0f} seconds")
        services = [audience] if isinstance(audience, str) else list(audience)
        if not services:
            raise InputError("a token is for some service")
        now = present(self._clock)
        issued = int(now.timestamp())
        body: dict[str, Any] = {
            "iss": self._issuer,
            "sub": issued_text(subject, "subject"),
            "aud": [issued_text(each, "audience") for each in services],
            "iat": issued,
            "exp": issued + int(ttl.total_seconds()),
            "jti": secrets.token_urlsafe(16),
            "client_id": issued_text(client_id, "client_id"),
        }
        if isinstance(audience, str):
            body["aud"] = audience
        if scope:
            body["scope"] = " ".join(scope)
        if auth_time is not None:
            body["auth_time"] = authenticated_seconds(auth_time, now)
        if acr is not None:
            body["acr"] = issued_text(acr, "acr")
        if amr:
            body["amr"] = [issued_text(each, "method") for each in amr]
        if confirmation is not None:
            body["cnf"] = confirmation_claim(confirmation)
        if taken := _OWN & (claims or {}).keys():
            raise InputError(f"claims with a meaning of their own: {', '.join(sorted(taken))}")
        body.update(plain_claims(claims or {}))
        return sign_jws({"typ": TYPE}, strict_json.dumps(body), self._signer)
