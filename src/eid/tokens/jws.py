"""JSON Web Signatures in compact form (RFC 7515), read strictly (RFC 8725).

Reading and verifying are two steps, because the header says which key to look for. What is read here
is not yet verified: it is a :class:`Jws`, never a result.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from eid.crypto.algorithms import ALGORITHMS
from eid.crypto.keys import MAX_KID, Key, Signer
from eid.encoding import base64url, strict_json
from eid.errors import (
    AlgorithmForbidden,
    AlgorithmMismatch,
    CriticalHeader,
    EncodingError,
    HeaderForbidden,
    HeaderInvalid,
    InvalidSignature,
    LimitExceeded,
    TokenDuplicateMember,
    TokenEncodingInvalid,
    TokenFormUnsupported,
    TokenMalformed,
    TokenNumberInvalid,
    TokenSignatureInvalid,
    TokenTextInvalid,
    TokenTooLarge,
    TokenTypeMismatch,
)

__all__ = [
    "MAX_TOKEN",
    "Jws",
    "parse_claims",
    "parse_jws",
    "parse_jws_json",
    "require_type",
    "sign_jws",
    "verify_jws",
]

#: Characters of a token. An e-ID token has some 900; a certificate chain in the header makes it longer.
MAX_TOKEN = 64 * 1024
_MAX_HEADER = 32 * 1024
_MAX_SIGNATURE = 8 * 1024
_MAX_SIGNERS = 16
#: Headers that bring or fetch a key, or change what is signed. ``allow`` opens one where a profile needs it.
_FORBIDDEN = frozenset(
    {"jwk", "jku", "x5u", "x5c", "b64", "zip", "enc", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c"}
)
_NOTHING: frozenset[str] = frozenset()
_KINDS: Mapping[str, type[TokenMalformed]] = {
    "base64url": TokenEncodingInvalid,
    "duplicate": TokenDuplicateMember,
    "number": TokenNumberInvalid,
    "surrogate": TokenTextInvalid,
    "utf8": TokenTextInvalid,
}


class Jws(NamedTuple):
    """A token taken apart. Nothing of it has been verified.

    :param header: the protected header; ``alg`` is a name of :data:`eid.crypto.algorithms.ALGORITHMS`
        or ``EdDSA``.
    :param signing_input: what is signed.
    """

    header: Mapping[str, Any]
    payload: bytes
    signature: bytes
    signing_input: bytes

    def __repr__(self) -> str:  # the payload is somebody's claims
        return f"<Jws {dict(self.header)}>"

    @property
    def kid(self) -> str:
        """The key identifier.

        :raises HeaderInvalid: there is none.
        """
        kid = self.header.get("kid")
        if kid is None:
            raise HeaderInvalid("no kid")
        return str(kid)


def parse_jws(token: str | bytes, *, limit: int = MAX_TOKEN, allow: frozenset[str] = _NOTHING) -> Jws:
    """Take a compact token apart and check everything that needs no key.

    :param token: as received, nothing around it.
    :param limit: characters allowed.
    :param allow: of the headers that are otherwise forbidden, those that the profile uses (``jwk`` in a
        DPoP proof, ``x5c`` in a credential). Who allows one checks it.
    :raises TokenMalformed: not a compact token (and its kinds: too large, base64url, duplicate member,
        number, text, another form of JOSE).
    :raises HeaderInvalid: ``alg``, ``kid`` or ``typ`` is missing or no text.
    :raises HeaderForbidden: a header that is not allowed here.
    :raises CriticalHeader: ``crit`` is there: no extension is implemented.
    :raises AlgorithmForbidden: ``none``, HMAC, encryption or unknown.
    """
    if len(token) > limit:
        raise TokenTooLarge(f"more than {limit} characters")
    if isinstance(token, bytes):
        try:
            token = token.decode("ascii")
        except UnicodeDecodeError:
            raise TokenMalformed("not ASCII") from None
    signed, dot, signature_text = token.rpartition(".")
    header_text, second_dot, payload_text = signed.partition(".")
    if not (dot and second_dot and payload_text) or "." in payload_text:
        raise _not_compact(token)
    try:
        # An issuer's header is the same for all its tokens.
        header, special = (_cached_header if len(header_text) <= 512 else _header)(header_text)
        payload = base64url.decode(payload_text, limit=limit)
        signature = base64url.decode(signature_text, limit=_MAX_SIGNATURE)
    except EncodingError as error:
        raise _malformed(error) from None
    except LimitExceeded as error:
        raise TokenTooLarge(error.detail) from None
    if special:
        _require_allowed(special, allow)
    return Jws(header, payload, signature, signed.encode("ascii"))


def _header(text: str) -> tuple[Mapping[str, Any], frozenset[str]]:
    """The header, and what of it only some profiles allow."""
    header = strict_json.loads(base64url.decode(text, limit=_MAX_HEADER), limit=_MAX_HEADER)
    if not isinstance(header, dict):
        raise TokenMalformed("the header is no JSON object")
    return _checked(header)


def _checked(header: dict[str, Any]) -> tuple[Mapping[str, Any], frozenset[str]]:
    if "crit" in header:
        raise CriticalHeader("crit, and no extension is implemented")
    alg = header.get("alg")
    if not isinstance(alg, str):
        raise HeaderInvalid("alg is missing or not a text")
    if alg not in ALGORITHMS and alg != "EdDSA":
        raise AlgorithmForbidden("an algorithm that is not in the table")
    for name, longest in (("kid", MAX_KID), ("typ", 100), ("cty", 100)):
        value = header.get(name, "-")
        if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
            raise HeaderInvalid(f"{name} is not a short text")
    return MappingProxyType(header), _FORBIDDEN & header.keys()


def _require_allowed(special: frozenset[str], allow: frozenset[str]) -> None:
    if not special <= allow:
        raise HeaderForbidden("a header that chooses the key or changes how the token is read")


def parse_jws_json(
    octets: bytes, *, limit: int = MAX_TOKEN, allow: frozenset[str] = _NOTHING
) -> tuple[Jws, ...]:
    """Take a token in JSON form apart, general or flattened (RFC 7515, 7.2). No token of this library is
    made so; it is for what others have signed.

    What stands in ``header`` is under no signature, so only ``alg`` and ``kid`` may stand there: the one
    is compared with the key, the other finds it.

    :param octets: as received.
    :param limit: :param allow: as for :func:`parse_jws`.
    :returns: one for each signature with a known algorithm; each vouches for itself alone.
    :raises TokenError: as :func:`parse_jws` does; AlgorithmForbidden when no signature has a known
        algorithm.
    """
    document = parse_claims(octets, limit=limit)
    payload, listed = document.get("payload"), document.get("signatures")
    if listed is None:
        listed = [{name: value for name, value in document.items() if name != "payload"}]
    elif not document.keys() <= {"payload", "signatures"}:
        raise TokenMalformed("general and flattened form at once")
    if not isinstance(payload, str) or not isinstance(listed, list) or not 0 < len(listed) <= _MAX_SIGNERS:
        raise TokenMalformed("no payload, or no short list of signatures")
    content = _decoded(payload, limit)
    found = []
    for entry in listed:
        try:
            found.append(_signed_json(entry, payload, content, allow))
        except AlgorithmForbidden as error:
            refused = error
    if not found:
        raise refused
    return tuple(found)


def _signed_json(entry: object, payload: str, content: bytes, allow: frozenset[str]) -> Jws:
    if not isinstance(entry, dict) or not entry.keys() <= {"protected", "header", "signature"}:
        raise TokenMalformed("a signature with other members")
    protected, unprotected = entry.get("protected", ""), entry.get("header", {})
    signature = entry.get("signature")
    if not isinstance(protected, str) or not isinstance(signature, str) or not isinstance(unprotected, dict):
        raise TokenMalformed("a signature with members of another type")
    octets = _decoded(protected, _MAX_HEADER)
    header = parse_claims(octets, limit=_MAX_HEADER) if octets else {}
    value = _decoded(signature, _MAX_SIGNATURE)
    if not unprotected.keys() <= {"alg", "kid"}:
        raise HeaderForbidden("a header outside the signature")
    if not header.keys().isdisjoint(unprotected):
        raise TokenDuplicateMember("a header inside and outside the signature")
    checked, special = _checked({**header, **unprotected})
    _require_allowed(special, allow)
    return Jws(checked, content, value, f"{protected}.{payload}".encode("ascii"))


def _decoded(text: str, limit: int) -> bytes:
    try:
        return base64url.decode(text, limit=limit)
    except EncodingError as error:
        raise _malformed(error) from None
    except LimitExceeded as error:
        raise TokenTooLarge(error.detail) from None


def _not_compact(token: str) -> TokenMalformed:
    """Forms of RFC 7515 and RFC 7516 that are not read are told apart from what is nothing at all."""
    dots = token.count(".")
    if token.lstrip()[:1] == "{":
        return TokenFormUnsupported("JSON serialisation")
    if dots == 4:
        return TokenFormUnsupported("encrypted (JWE)")
    if dots == 2 and ".." in token:
        return TokenFormUnsupported("the content is detached")
    return TokenMalformed("not three parts")


_cached_header = functools.lru_cache(maxsize=64)(_header)


def _malformed(error: EncodingError) -> TokenMalformed:
    return _KINDS.get(error.kind, TokenMalformed)(error.detail)


def require_type(jws: Jws, typ: str) -> None:
    """Check ``typ`` (RFC 7515, 4.1.9): case does not matter, and ``application/`` may stand before it.

    :raises TokenTypeMismatch: missing, or another.
    """
    found = jws.header.get("typ")
    # ASCII alone: the Kelvin sign, for one, has a small letter that is a plain k.
    if found != typ and not (
        found is not None and found.isascii() and found.lower().removeprefix("application/") == typ
    ):
        raise TokenTypeMismatch("typ is missing or another")


def verify_jws(jws: Jws, key: Key) -> None:
    """Check the signature with *key*, whose algorithm the header must name.

    :raises AlgorithmMismatch: the header names another algorithm than the key's.
    :raises TokenSignatureInvalid: the signature does not hold.
    """
    alg = jws.header["alg"]
    if alg != key.alg and not (alg == "EdDSA" and key.alg == "Ed25519"):
        raise AlgorithmMismatch("alg is not the algorithm of the key")
    try:
        key.verify(jws.signature, jws.signing_input)
    except InvalidSignature:
        raise TokenSignatureInvalid(f"{key.alg} signature") from None


def sign_jws(header: Mapping[str, Any], payload: bytes, signer: Signer) -> str:
    """A compact token: *header* with the signer's ``alg`` and ``kid``, *payload*, signature.

    :param header: what stands beside ``alg`` and ``kid``.
    """
    alg, kid = signer.alg, signer.kid
    # An issuer's header is the same for all its tokens: seldom more than the type.
    if len(header) == 1 and "typ" in header:
        protected = _typed_header_text(alg, kid, header["typ"])
    else:
        protected = _header_text(alg, kid, header)
    signing_input = f"{protected}.{base64url.encode(payload)}"
    return f"{signing_input}.{base64url.encode(signer.sign(signing_input.encode('ascii')))}"


def _header_text(alg: str, kid: str, others: Mapping[str, Any]) -> str:
    return base64url.encode(strict_json.dumps({"alg": alg, **others, "kid": kid}))


@functools.lru_cache(maxsize=64)
def _typed_header_text(alg: str, kid: str, typ: str) -> str:
    return _header_text(alg, kid, {"typ": typ})


def parse_claims(payload: bytes, *, limit: int = MAX_TOKEN) -> dict[str, Any]:
    """The claims set: one JSON object (RFC 7519, 4).

    :param limit: octets allowed.
    :raises TokenMalformed: it is not (and its kinds).
    """
    try:
        value = strict_json.loads(payload, limit=limit)
    except EncodingError as error:
        raise _malformed(error) from None
    except LimitExceeded as error:
        raise TokenTooLarge(error.detail) from None
    if not isinstance(value, dict):
        raise TokenMalformed("no JSON object")
    return value
