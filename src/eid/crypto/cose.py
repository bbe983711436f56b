"""COSE_Sign1 (RFC 9052, 4.2), read strictly: the signed form of QR codes and of status lists in CBOR.

Reading and verifying are two steps, because the header says which key to look for. What is read here
is not yet verified: it is a :class:`Sign1`, never a result.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from eid.crypto.algorithms import ALGORITHMS, algorithm
from eid.crypto.keys import MAX_KID, Key, Signer
from eid.encoding import base64url, strict_cbor
from eid.errors import (
    AlgorithmMismatch,
    AlgorithmUnprotected,
    CoseMalformed,
    CoseTagMismatch,
    CriticalHeader,
    EncodingError,
    HeaderForbidden,
    HeaderInvalid,
    InvalidSignature,
    LimitExceeded,
    PayloadDetached,
    TokenDuplicateMember,
    TokenMalformed,
    TokenNumberInvalid,
    TokenSignatureInvalid,
    TokenTextInvalid,
    TokenTooLarge,
)

__all__ = [
    "ALG",
    "CONTENT_TYPE",
    "CRIT",
    "CWT_TAGGED",
    "KID",
    "TAGGED",
    "TYP",
    "UNTAGGED",
    "X5CHAIN",
    "X5T",
    "Headers",
    "Sign1",
    "Wrapping",
    "kid_octets",
    "kid_text",
    "malformed",
    "parse_sign1",
    "parse_sign1_without_header_placement",
    "sign1",
    "verify_sign1",
]

#: Tags around a message, the outermost first.
Wrapping = tuple[int, ...]
Headers = Mapping[int | str, Any]

UNTAGGED: Wrapping = ()
#: COSE_Sign1_Tagged (RFC 9052, 2).
TAGGED: Wrapping = (18,)
#: With the tag of a CWT around it (RFC 8392, 6).
CWT_TAGGED: Wrapping = (61, 18)

#: Labels of header parameters (RFC 9052, 3.1; RFC 9360; RFC 9596).
ALG, CRIT, CONTENT_TYPE, KID, TYP, X5CHAIN, X5T = 1, 2, 3, 4, 16, 33, 34
_X5U = 35
#: What ``crit`` may name: parameters that this module reads.
_UNDERSTOOD = frozenset({ALG, CONTENT_TYPE, KID, TYP, X5CHAIN})
#: Octets of either header; a chain of three certificates has about 4 KB.
_MAX_HEADER = 32 * 1024
_MAX_CERTIFICATES = 8
_MAX_TEXT = 100
#: Headers up to this length are kept decoded: an issuer's are the same for all its codes.
_SHORT = 64

_NAMES: Mapping[int | str, str] = {
    number: each.name for each in ALGORITHMS.values() for number in each.cose_ids
}
_KINDS: Mapping[str, type[TokenMalformed]] = {
    "duplicate": TokenDuplicateMember,
    "number": TokenNumberInvalid,
    "utf8": TokenTextInvalid,
}


@dataclass(frozen=True, slots=True)
class Sign1:
    """A message taken apart. Nothing of it has been verified.

    :param protected: the header that is signed.
    :param unprotected: the header that anybody can change on the way.
    :param payload: what is signed; ``None`` when it is kept elsewhere (detached).
    :param protected_raw: the protected header as it was signed; empty for an empty map.
    :param alg: number or name of the algorithm, as the message says.
    :param kid: identifier of the key, from the protected header when it is in both.
    """

    protected: Headers
    unprotected: Headers
    payload: bytes | None = field(repr=False)
    signature: bytes = field(repr=False)
    protected_raw: bytes = field(repr=False)
    alg: int | str
    kid: bytes | None

    @property
    def algorithm(self) -> str | None:
        """The name in JOSE of the algorithm the message says, or ``None`` for one outside the table."""
        return _NAMES.get(self.alg)

    @property
    def x5chain(self) -> tuple[bytes, ...]:
        """Certificates of the signer in DER, its own first (RFC 9360, 2); nobody has verified them."""
        chain = self.protected.get(X5CHAIN, self.unprotected.get(X5CHAIN, ()))
        return (chain,) if isinstance(chain, bytes) else tuple(chain)


def parse_sign1(octets: bytes, *, wrappings: frozenset[Wrapping], limit: int) -> Sign1:
    """Take a message apart and check everything that needs no key.

    :param wrappings: which tags may be around it: some of :data:`UNTAGGED`, :data:`TAGGED`,
        :data:`CWT_TAGGED`.
    :param limit: octets allowed.
    :raises CoseMalformed: not one COSE_Sign1 structure, nothing after it.
    :raises TokenMalformed: its other kinds: too large or deep, a label twice in one header, bad text.
    :raises CoseTagMismatch: wrapped in another way.
    :raises AlgorithmUnprotected: the algorithm is not in the protected header, or also in the other.
    :raises HeaderInvalid: a parameter is missing, of a wrong type, or in both headers.
    :raises HeaderForbidden: ``x5u``, which fetches a key.
    :raises CriticalHeader: ``crit`` names what is not understood, is empty, or unprotected.
    """
    message = _parse(octets, wrappings, limit)
    if ALG in message.unprotected or ALG not in message.protected:
        raise AlgorithmUnprotected("alg is not in the protected header alone")
    if not message.protected.keys().isdisjoint(message.unprotected):
        raise HeaderInvalid("a label in both headers")
    if TYP in message.unprotected:  # RFC 9596, 2: it MUST NOT stand where anybody can change it
        raise HeaderInvalid("a type that nobody signed")
    return message


def parse_sign1_without_header_placement(
    octets: bytes, *, wrappings: frozenset[Wrapping], limit: int
) -> Sign1:
    """As :func:`parse_sign1`, for formats whose issuers put parameters in either header or in both.

    The EU Digital COVID Certificate is one. What the protected header says counts. The algorithm is
    the key's own all the same (:func:`verify_sign1`).
    """
    return _parse(octets, wrappings, limit)


def _parse(octets: bytes, wrappings: frozenset[Wrapping], limit: int) -> Sign1:
    wrapping: Wrapping = ()
    if octets[:1] == b"\xd2":  # the usual tag 18: the decoder takes longer for it than for all the rest
        octets, wrapping = octets[1:], TAGGED
    try:
        item = strict_cbor.loads(octets, limit=limit, depth=6, tags=_TAGS)
    except (EncodingError, LimitExceeded) as error:
        raise malformed(error) from None
    while isinstance(item, strict_cbor.Tagged):
        wrapping += (item.number,)
        item = item.value
    if wrapping not in wrappings:
        raise CoseTagMismatch("wrapped in other tags than allowed")
    if not isinstance(item, list) or len(item) != 4:
        raise CoseMalformed("not an array of four items")
    protected_raw, unprotected, payload, signature = item
    if (
        not isinstance(protected_raw, bytes)
        or not isinstance(unprotected, dict)
        or not isinstance(payload, bytes | None)
        or not isinstance(signature, bytes)
    ):
        raise CoseMalformed("a part of another type than COSE_Sign1 has")
    protected = (_cached_header if len(protected_raw) <= _SHORT else _header)(protected_raw)
    if unprotected:
        _require_valid(unprotected)
        if CRIT in unprotected:
            raise CriticalHeader("crit in the unprotected header")
    alg = protected.get(ALG, unprotected.get(ALG))
    if alg is None:
        raise HeaderInvalid("no alg")
    return Sign1(
        protected,
        MappingProxyType(unprotected),
        payload,
        signature,
        protected_raw if protected else b"",
        alg,
        protected.get(KID, unprotected.get(KID)),
    )


#: 17, 96, 97 and 98 are other COSE messages: known, so that they are told apart from damage.
_TAGS = frozenset({16, 17, 18, 61, 96, 97, 98})


def _header(octets: bytes) -> Headers:
    """The protected header: an encoded map, or nothing for an empty one (RFC 9052, 3)."""
    if not octets:
        return MappingProxyType({})
    try:
        header = strict_cbor.loads(octets, limit=_MAX_HEADER)
    except (EncodingError, LimitExceeded) as error:
        raise malformed(error) from None
    if not isinstance(header, dict):
        raise CoseMalformed("the protected header is no map")
    _require_valid(header)
    if CRIT in header:
        _require_understood(header)
    return MappingProxyType(header)


_cached_header = functools.lru_cache(maxsize=64)(_header)


def _require_valid(header: Headers) -> None:
    if _X5U in header:
        raise HeaderForbidden("x5u fetches a key")
    for label, classes in _TYPES:
        if label in header and not isinstance(header[label], classes):
            raise HeaderInvalid(f"parameter {label} is of a wrong type")
    for label in (CONTENT_TYPE, TYP):
        value = header.get(label, 0)
        short = 0 < len(value) <= _MAX_TEXT if isinstance(value, str) else 0 <= value < 0x1_0000
        if not short or isinstance(value, bool):
            raise HeaderInvalid(f"parameter {label} is no media type")
    if not 0 < len(header.get(KID, b"-")) <= MAX_KID:
        raise HeaderInvalid("kid of no or absurd length")
    chain = header.get(X5CHAIN)
    if isinstance(chain, list) and not (
        1 < len(chain) <= _MAX_CERTIFICATES and all(isinstance(each, bytes) for each in chain)
    ):
        raise HeaderInvalid("x5chain is not a short list of certificates")


_TYPES: tuple[tuple[int, Any], ...] = (
    (ALG, int | str),
    (CONTENT_TYPE, int | str),
    (KID, bytes),
    (TYP, int | str),
    (X5CHAIN, bytes | list),
    (X5T, list),
)


def _require_understood(header: Headers) -> None:
    labels = header[CRIT]
    if not isinstance(labels, list) or not labels or not all(isinstance(each, int | str) for each in labels):
        raise CriticalHeader("crit is not a list of labels")
    if len(set(labels)) != len(labels) or not all(
        label in _UNDERSTOOD and label in header and not isinstance(label, bool) for label in labels
    ):
        raise CriticalHeader("crit names a parameter that is missing or not understood")


def malformed(error: EncodingError | LimitExceeded) -> TokenMalformed:
    """What an error of :mod:`eid.encoding.strict_cbor` is called in a token."""
    if isinstance(error, LimitExceeded):
        return TokenTooLarge(error.detail)
    named = _KINDS.get(error.kind)
    return named(error.detail) if named is not None else CoseMalformed(error.detail, error.kind)


# --- verifying and signing -----------------------------------------------------------------------


def verify_sign1(
    message: Sign1, key: Key, *, external_aad: bytes = b"", detached: bytes | None = None
) -> None:
    """Check the signature with *key*, whose algorithm the message must name (RFC 9052, 4.4).

    ES256 is -7 or -9, Ed25519 is -8 or -19, and so on (RFC 9053, RFC 9864): the key binds hash and curve.

    :param external_aad: what both sides know and the signature covers, beside the message.
    :param detached: the payload of a message that does not carry it.
    :raises PayloadDetached: the message has no payload and none is given, or both.
    :raises AlgorithmMismatch: the message names another algorithm than the key's.
    :raises TokenSignatureInvalid: the signature does not hold.
    """
    payload = message.payload if detached is None else detached
    if payload is None or (message.payload is not None and detached is not None):
        raise PayloadDetached("no payload, or two")
    if message.algorithm != key.alg:
        raise AlgorithmMismatch("alg is not the algorithm of the key")
    try:
        key.verify(message.signature, _signed(message.protected_raw, external_aad, payload))
    except InvalidSignature:
        raise TokenSignatureInvalid(f"{key.alg} signature") from None


def sign1(
    payload: bytes,
    signer: Signer,
    *,
    wrapping: Wrapping,
    protected: Headers = MappingProxyType({}),
    unprotected: Headers = MappingProxyType({}),
    external_aad: bytes = b"",
) -> bytes:
    """A signed message, deterministic but for the signature.

    :param wrapping: tags around it, for example :data:`TAGGED`.
    :param protected: parameters beside ``alg``. Name the key here (:data:`KID`, :func:`kid_octets`) or
        bring its certificates (:data:`X5CHAIN`).
    :param unprotected: parameters that shall not be signed.
    :raises UnsupportedAlgorithm: the signer's algorithm is not in the table.
    """
    header = strict_cbor.dumps({**protected, ALG: algorithm(signer.alg).cose_ids[0]})
    signature = signer.sign(_signed(header, external_aad, payload))
    item: Any = [header, dict(unprotected), payload, signature]
    for number in reversed(wrapping):
        item = strict_cbor.Tagged(number, item)
    return strict_cbor.dumps(item)


def _signed(protected_raw: bytes, external_aad: bytes, payload: bytes) -> bytes:
    """Sig_structure (RFC 9052, 4.4), put together by hand: it is four strings."""
    heads = _head(len(protected_raw)), _head(len(external_aad)), _head(len(payload))
    return b"".join(
        (b"\x84\x6aSignature1", heads[0], protected_raw, heads[1], external_aad, heads[2], payload)
    )


def _head(length: int) -> bytes:
    if length < 24:
        return bytes((0x40 | length,))
    if length < 0x100:
        return bytes((0x58, length))
    if length < 0x1_0000:
        return b"\x59" + length.to_bytes(2, "big")
    return b"\x5a" + length.to_bytes(4, "big")


# --- key identifiers -----------------------------------------------------------------------------


def kid_text(kid: bytes) -> str:
    """The ``kid`` of a key in JOSE, which is text, for one in COSE, which is octets.

    Octets that are printable text are that text; others, such as the first eight of a certificate's
    hash, are written in base64url.
    """
    try:
        text = kid.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    return text if text and text.isprintable() else base64url.encode(kid)


def kid_octets(kid: str) -> bytes:
    """The ``kid`` in COSE for a key whose identifier is *kid*: its UTF-8 octets."""
    return kid.encode("utf-8")
