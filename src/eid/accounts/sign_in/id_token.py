"""ID tokens (OpenID Connect Core 1.0, 2 and 3.1.3.7): verified strictly, and pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from eid.crypto.keys import KeySource
from eid.encoding import base64url
from eid.errors import (
    AlgorithmForbidden,
    AudienceMismatch,
    AuthenticationInsufficient,
    ClaimInvalid,
    ClaimMissing,
    IssuerMismatch,
    NonceMismatch,
)
from eid.tokens.claims import (
    LEEWAY,
    check_times,
    equal,
    moment,
    optional_text,
    optional_time,
    required_text,
    required_time,
    texts,
)
from eid.tokens.jws import parse_claims, parse_jws, require_type, verify_jws

__all__ = ["ID_TOKEN_ALGORITHMS", "MAX_ID_TOKEN", "MAX_LIFETIME", "verify_id_token"]

#: Algorithms of ID tokens unless the caller says otherwise.
ID_TOKEN_ALGORITHMS = frozenset({"ES256", "ES384", "ES512", "Ed25519", "PS256", "PS384", "RS256"})
#: Characters of an ID token.
MAX_ID_TOKEN = 32 * 1024
#: How long one may live: providers differ, but it is for one sign-in.
MAX_LIFETIME = timedelta(hours=24)
_MAX_SUBJECT = 255
#: The hash of each algorithm, of which ``at_hash`` has the left half. There is none for the others.
_HASHES = {
    "ES256": hashlib.sha256, "PS256": hashlib.sha256, "RS256": hashlib.sha256,
    "ES384": hashlib.sha384, "PS384": hashlib.sha384,
    "ES512": hashlib.sha512, "Ed25519": hashlib.sha512,
}  # fmt: skip


def verify_id_token(
    token: str | bytes,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    keys: KeySource,
    now: datetime,
    access_token: str | None,
    acr_values: Collection[str] = (),
    max_age: timedelta | None = None,
    algorithms: frozenset[str] = ID_TOKEN_ALGORITHMS,
    audiences: frozenset[str] = frozenset(),
    leeway: timedelta = LEEWAY,
) -> dict[str, Any]:
    """The claims of an ID token that holds.

    :param issuer: exactly as the provider writes itself.
    :param client_id: this client.
    :param nonce: the value sent with the request.
    :param access_token: the one that came along; ``at_hash`` has to be of it, where it stands.
    :param acr_values: ``acr`` has to be one of these, when any are given.
    :param max_age: then ``auth_time`` has to be there, and not longer ago.
    :param algorithms: allowed ones, by their names in JOSE.
    :param audiences: others that may stand in ``aud`` beside this client.
    :param now: aware.
    :raises AlgorithmForbidden: ``none``, HMAC, or one that is not allowed here.
    :raises TokenTypeMismatch: another kind of token.
    :raises IssuerMismatch: by somebody else.
    :raises UnknownKey: by a key the issuer does not have; likewise the others of the key source.
    :raises TokenSignatureInvalid: altered or forged.
    :raises AudienceMismatch: for another client, or for strangers beside this one.
    :raises TokenExpired: ended; likewise TokenNotYetValid, TokenLifetimeTooLong.
    :raises NonceMismatch: of another sign-in.
    :raises AuthenticationInsufficient: ``acr`` or ``auth_time`` is not what was asked for.
    :raises ClaimMissing: a claim that has to be there is not.
    :raises ClaimInvalid: one has another type, or a value it cannot have.
    """
    jws = parse_jws(token, limit=MAX_ID_TOKEN)
    if "typ" in jws.header:  # absent, or JWT: every other kind of token names itself
        require_type(jws, "jwt")
    alg = "Ed25519" if jws.header["alg"] == "EdDSA" else jws.header["alg"]
    if alg not in algorithms:
        raise AlgorithmForbidden("an algorithm that is not allowed here")
    kid = jws.kid
    claims = parse_claims(jws.payload)
    if not equal(required_text(claims, "iss"), issuer):
        raise IssuerMismatch("iss is somebody else")
    verify_jws(jws, keys.find(kid, now=now).key)
    _check_audience(claims, client_id, audiences)
    issued, _ = check_times(
        claims,
        now=now.timestamp(),
        leeway=leeway.total_seconds(),
        lifetime=MAX_LIFETIME.total_seconds(),
    )
    if not equal(required_text(claims, "nonce"), nonce):
        raise NonceMismatch("nonce is of another sign-in")
    subject = required_text(claims, "sub")
    if len(subject) > _MAX_SUBJECT or not subject.isascii():
        raise ClaimInvalid(f"sub is not {_MAX_SUBJECT} characters of ASCII")
    _check_access_token(claims, access_token, alg)
    _check_authentication(claims, issued, acr_values, max_age, now, leeway)
    return claims


def _check_audience(claims: Mapping[str, Any], client_id: str, others: frozenset[str]) -> None:
    """Core, 3.1.3.7, 3 to 5."""
    if "aud" not in claims:
        raise ClaimMissing("aud")
    several = isinstance(claims["aud"], list)
    audience = frozenset(texts(claims, "aud") if several else (required_text(claims, "aud"),))
    if client_id not in audience or not audience <= others | {client_id}:
        raise AudienceMismatch("aud is not this client, or has strangers beside it")
    authorised = optional_text(claims, "azp")
    if authorised is None and len(audience) > 1:
        raise ClaimMissing("azp")
    if authorised is not None and authorised != client_id:
        raise AudienceMismatch("azp is another client")


def _check_access_token(claims: Mapping[str, Any], access_token: str | None, alg: str) -> None:
    """Core, 3.1.3.8: where it stands, it holds."""
    at_hash = optional_text(claims, "at_hash")
    if at_hash is None:
        return
    if access_token is None or alg not in _HASHES:
        raise ClaimInvalid("at_hash, and nothing to compare it with")
    digest = _HASHES[alg](access_token.encode("utf-8", "surrogatepass")).digest()
    if not equal(at_hash, base64url.encode(digest[: len(digest) // 2])):
        raise ClaimInvalid("at_hash is of another access token")


def _check_authentication(
    claims: Mapping[str, Any],
    issued: int,
    acr_values: Collection[str],
    max_age: timedelta | None,
    now: datetime,
    leeway: timedelta,
) -> None:
    acr = optional_text(claims, "acr")
    texts(claims, "amr")
    if acr_values and acr not in acr_values:
        raise AuthenticationInsufficient("acr is not among those asked for")
    at = required_time(claims, "auth_time") if max_age is not None else optional_time(claims, "auth_time")
    if at is None:
        return
    if at > issued + leeway.total_seconds():
        raise ClaimInvalid("auth_time is after iat")
    if max_age is not None and now - moment(at) > max_age + leeway:
        raise AuthenticationInsufficient("the authentication is too long ago")
