"""DPoP: the sender of a token proves to hold the key the token is bound to (RFC 9449).

A proof is a small JWT for one request, signed with the holder's key, which stands in its header: the
only header of this library in which a key is read. That key is worth nothing by itself; it counts when
its thumbprint is the one the token names (``cnf``).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from eid.crypto.keys import Key, Signer
from eid.encoding import base64url, strict_json
from eid.errors import (
    ClaimInvalid,
    DpopKeyInvalid,
    DpopKeyMismatch,
    DpopMethodMismatch,
    DpopNonceMismatch,
    DpopReplayed,
    DpopTimeMismatch,
    DpopTokenMismatch,
    DpopUrlMismatch,
    InputError,
    KeyFormatError,
    ProofMissing,
    TokenNotBound,
    UnsupportedAlgorithm,
)
from eid.tokens.claims import (
    LEEWAY,
    equal,
    moment,
    optional_text,
    optional_time,
    present,
    required_text,
    required_time,
)
from eid.tokens.jws import parse_claims, parse_jws, require_type, sign_jws, verify_jws
from eid.tokens.replay import ReplayStore

__all__ = [
    "MAX_AGE",
    "MAX_PROOF",
    "DpopRequest",
    "DpopVerifier",
    "VerifiedProof",
    "check_proof",
    "confirmation_claim",
    "confirmed_thumbprint",
    "make_proof",
    "normalised_url",
    "prove_holder",
    "public_members",
]

#: How old a proof may be: it is made for the request that carries it.
MAX_AGE = timedelta(seconds=60)
#: Characters of a proof.
MAX_PROOF = 8 * 1024
TYPE = "dpop+jwt"
_MAX_URL = 2048
_THUMBPRINT = re.compile("[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")  # 32 octets, no stray bits
_UNRESERVED = re.compile(r"%([0-9A-Fa-f]{2})")
_URL = re.compile(r"[!#-;=?-\[\]_a-z~]+")  # RFC 3986, 2: what may stand in a URL at all
_QUERY = re.compile("[?#]")
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")  # RFC 9110, 9.1
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class DpopRequest:
    """A request that came with a proof, as the server sees it.

    :param proof: the one value of the ``DPoP`` header; refuse requests with two.
    :param method: for example ``POST``.
    :param url: the address the client used; behind a proxy, the proxy's.
    :param nonce: the value this server gave out (``DPoP-Nonce``), ``None`` when it gives out none.
    """

    proof: str = field(repr=False)
    method: str
    url: str
    nonce: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """A proof that holds for its request.

    :param thumbprint: of the key that made it (RFC 7638, SHA-256, base64url).
    """

    key: Key
    thumbprint: str
    jti: str
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DpopVerifier:
    """Verifies proofs, each once. Immutable; share it between threads.

    :param replay: where used proofs are kept.
    :param clock: aware UTC time.
    :param leeway: how far the client's clock may be ahead.
    :param max_age: how old a proof may be.
    """

    replay: ReplayStore
    clock: Callable[[], datetime]
    leeway: timedelta = LEEWAY
    max_age: timedelta = MAX_AGE

    def verify(self, request: DpopRequest, *, token: str | None, thumbprint: str | None) -> VerifiedProof:
        """Verify the proof of *request* (RFC 9449, 4.3).

        :param token: the access token that came with it; ``None`` at a token endpoint.
        :param thumbprint: of the key the token is bound to; ``None`` at a token endpoint.
        :raises TokenError: as :func:`check_proof`.
        :raises DpopReplayed: the proof was used before.
        :raises ReplayStoreUnavailable: nobody knows whether it was.
        """
        now = present(self.clock)
        proof = check_proof(
            request, token=token, thumbprint=thumbprint, now=now, leeway=self.leeway, max_age=self.max_age
        )
        expires = proof.issued_at + self.max_age + self.leeway
        if not self.replay.use(f"dpop {proof.thumbprint}", proof.jti, expires_at=expires, now=now):
            raise DpopReplayed("jti was used before")
        return proof


def check_proof(
    request: DpopRequest,
    *,
    token: str | None,
    thumbprint: str | None,
    now: datetime,
    leeway: timedelta = LEEWAY,
    max_age: timedelta = MAX_AGE,
) -> VerifiedProof:
    """Everything of RFC 9449, 4.3 except whether the proof was used before.

    :param token: see :meth:`DpopVerifier.verify`, as *thumbprint*.
    :raises TokenMalformed: not a compact JWT.
    :raises TokenTypeMismatch: ``typ`` is not ``dpop+jwt``.
    :raises AlgorithmForbidden: not an asymmetric algorithm of this library.
    :raises DpopKeyInvalid: ``jwk`` is missing, private or malformed.
    :raises TokenSignatureInvalid: not signed by that key.
    :raises ClaimMissing: ``jti``, ``htm``, ``htu``, ``iat``, or with a token ``ath``, is not there.
    :raises ClaimInvalid: one of them has another type.
    :raises DpopMethodMismatch: another method; and so on for ``htu``, ``iat``, ``nonce``, ``ath``.
    :raises DpopKeyMismatch: another key than *thumbprint*.
    :raises InputError: method or URL of the request itself is none.
    """
    method, url = request.method, normalised_url(request.url)
    jws = parse_jws(request.proof, limit=MAX_PROOF, allow=frozenset({"jwk"}))
    require_type(jws, TYPE)
    key = _holder_key(jws.header)
    claims = parse_claims(jws.payload)
    verify_jws(jws, key)
    jti, issued = required_text(claims, "jti"), required_time(claims, "iat")
    if required_text(claims, "htm") != method:
        raise DpopMethodMismatch("htm is another method")
    if _claimed_url(claims) != url:
        raise DpopUrlMismatch("htu is another address")
    _check_times(claims, issued, now.timestamp(), leeway.total_seconds(), max_age.total_seconds())
    nonce = optional_text(claims, "nonce")
    if request.nonce is not None and not equal(nonce or "", request.nonce):
        raise DpopNonceMismatch("nonce is missing or another")
    if token is not None and not equal(required_text(claims, "ath"), _hash(token)):
        raise DpopTokenMismatch("ath is of another token")
    own = key.thumbprint()
    if thumbprint is not None and not equal(own, thumbprint):
        raise DpopKeyMismatch("the token is bound to another key")
    return VerifiedProof(key, own, jti, moment(issued))


def _check_times(claims: Mapping[str, Any], issued: int, now: float, leeway: float, max_age: float) -> None:
    if not now - max_age - leeway <= issued <= now + leeway:
        raise DpopTimeMismatch("iat is not about now")
    # Not used by RFC 9449, but where they stand they mean what they always mean.
    expires, not_before = optional_time(claims, "exp"), optional_time(claims, "nbf")
    if (expires is not None and now >= expires + leeway) or (
        not_before is not None and not_before > now + leeway
    ):
        raise DpopTimeMismatch("exp or nbf")


def _holder_key(header: Mapping[str, Any]) -> Key:
    jwk = header.get("jwk")
    if not isinstance(jwk, dict):
        raise DpopKeyInvalid("no jwk")
    try:
        return Key.from_jwk(jwk, alg=header["alg"])
    except (KeyFormatError, UnsupportedAlgorithm) as error:
        raise DpopKeyInvalid(error.detail) from None


def confirmed_thumbprint(claims: Mapping[str, Any]) -> str | None:
    """The thumbprint of the key that a token is bound to: ``cnf`` with ``jkt`` (RFC 9449, 6.1) or ``jwk``
    (RFC 7800, 3.2); ``None`` for a token bound to none.

    :raises ClaimInvalid: ``cnf`` with neither, both, or something that is no key.
    """
    if "cnf" not in claims:
        return None
    confirmation = claims["cnf"]
    # A method of confirmation that is not understood would be one that is not checked.
    if isinstance(confirmation, dict) and len(confirmation) == 1:
        thumbprint, jwk = confirmation.get("jkt"), confirmation.get("jwk")
        if isinstance(thumbprint, str) and _THUMBPRINT.fullmatch(thumbprint):
            return thumbprint
        if isinstance(jwk, dict):
            try:
                return Key.from_jwk(jwk).thumbprint()
            except (KeyFormatError, UnsupportedAlgorithm):
                raise ClaimInvalid("cnf holds no usable key") from None
    raise ClaimInvalid("cnf names no key this library knows how to confirm")


def confirmation_claim(key: Key | str) -> dict[str, Any]:
    """``cnf`` for a token bound to *key*, or to the key with that thumbprint.

    :raises InputError: not a thumbprint.
    """
    if isinstance(key, Key):
        return {"jwk": public_members(key)}
    if not _THUMBPRINT.fullmatch(key):
        raise InputError("a thumbprint has 43 characters of base64url")
    return {"jkt": key}


def prove_holder(
    token: str | bytes,
    claims: Mapping[str, Any],
    request: DpopRequest | None,
    *,
    required: bool,
    check: Callable[..., object],
) -> bool:
    """Whether the sender of *token* has proved to hold the key the token is bound to.

    :param required: a bound token needs a proof.
    :param check: called with the request, ``token`` and ``thumbprint``; raises when the proof is none.
    :raises ProofMissing: bound, without a proof.
    :raises TokenNotBound: with a proof, and not bound.
    """
    holder = confirmed_thumbprint(claims)
    if request is None:
        if holder is not None and required:
            raise ProofMissing("the token is bound to a key")
        return False
    if holder is None:
        raise TokenNotBound("no cnf")
    check(request, token=token if isinstance(token, str) else token.decode("ascii"), thumbprint=holder)
    return True


def make_proof(
    signer: Signer,
    key: Key,
    *,
    method: str,
    url: str,
    token: str | None,
    nonce: str | None,
    now: datetime,
) -> str:
    """The client's side: a proof for one request.

    :param signer: the holder's private key, *key* its public one.
    :param token: the token that goes along, ``None`` at a token endpoint.
    :param nonce: the value the server gave out, if it did.
    :raises InputError: method or URL is none.
    """
    if not _METHOD.fullmatch(method):
        raise InputError("not a method of HTTP")
    claims: dict[str, Any] = {
        "jti": secrets.token_urlsafe(16),
        "htm": method,
        "htu": normalised_url(url),
        "iat": int(now.timestamp()),
    }
    if token is not None:
        claims["ath"] = _hash(token)
    if nonce is not None:
        claims["nonce"] = nonce
    return sign_jws({"typ": TYPE, "jwk": public_members(key)}, strict_json.dumps(claims), signer)


def public_members(key: Key) -> dict[str, Any]:
    """The JWK of *key* with nothing in it but the key: for a header or ``cnf``."""
    wanted = ("kty", "crv", "x", "y", "n", "e", "pub", "alg")
    return {name: value for name, value in key.to_jwk().items() if name in wanted}


def normalised_url(url: str) -> str:
    """*url* in the one form in which two are compared (RFC 3986, 6.2.2 and 6.2.3): without query and
    fragment, scheme and host in small letters, no default port, no dot segments, no needless ``%``.

    :raises InputError: not an absolute ``http`` or ``https`` address, or one with a user in it.
    """
    wrong = InputError("not an absolute http or https address")
    # What does not count is not looked at either: in queries, browsers send what no URL may hold.
    url = _QUERY.split(url, maxsplit=1)[0]
    if len(url) > _MAX_URL or not _URL.fullmatch(url):
        raise wrong
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc or re.search("%(?![0-9A-Fa-f]{2})", url):
        raise wrong
    host = f"[{host}]" if ":" in host else _plain(host).lower()
    place = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    return f"{parts.scheme}://{place}{_without_dots(_plain(parts.path))}"


def _plain(text: str) -> str:
    """Percent-encoded characters that need none are decoded, the others in capitals."""

    def one(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if re.fullmatch("[A-Za-z0-9._~-]", char) else match[0].upper()

    return _UNRESERVED.sub(one, text)


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4 for an absolute path; an empty one is ``/``."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for position, segment in enumerate(segments):
        last = position == len(segments) - 1
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
            continue
        if last:
            kept.append("")
    return "/" + "/".join(kept)


def _claimed_url(claims: Mapping[str, Any]) -> str:
    try:
        return normalised_url(required_text(claims, "htu"))
    except InputError:
        raise ClaimInvalid("htu is not an absolute address") from None


def _hash(token: str) -> str:
    """``ath``: SHA-256 of the token (RFC 9449, 4.2)."""
    return base64url.encode(hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest())
