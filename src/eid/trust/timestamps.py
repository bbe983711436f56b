"""Trusted timestamps (RFC 3161, RFC 5816): that octets existed at a time, on an authority's word.

A token is CMS SignedData over TSTInfo. What it says counts only when its one signature holds, its
signer's certificate is for timestamps and nothing else, and the chain leads to a root of the caller.
Nothing here talks to an authority: the caller sends the request and brings the answer.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from eid.crypto.digests import HASH_OIDS, digest
from eid.encoding import der
from eid.encoding.der import (
    BOOLEAN,
    GENERALIZED_TIME,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    read_boolean,
    read_integer,
    read_oid,
    read_time,
)
from eid.encoding.tlv import Node, parse, tlv
from eid.errors import (
    CmsError,
    EncodingError,
    InvalidSignature,
    KeyFormatError,
    TimestampInvalid,
    TimestampMalformed,
    TimestampMismatch,
    TimestampRejected,
    TimestampUntrusted,
    UnsupportedAlgorithm,
)
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate
from eid.trust.chains import find_chain
from eid.trust.cms import SignedData, SignerInfo, parse_signed_data, signer_certificate, verify_signer
from eid.trust.extensions import list_extensions

__all__ = [
    "MAX_TOKEN",
    "TIME_STAMPING",
    "TST_INFO",
    "Timestamp",
    "obtain_token",
    "request_timestamp",
    "token_of_response",
    "verify_timestamp",
]

#: Octets of a response or token; one with a long chain of RSA certificates has some ten thousand.
MAX_TOKEN = 64 * 1024
#: Content type of a token (RFC 3161, 2.4.2).
TST_INFO = "1.2.840.113549.1.9.16.1.4"
#: The one purpose of an authority's certificate (RFC 3161, 2.3).
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"

_EXTENDED_KEY_USAGE = "2.5.29.37"
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
#: For new requests, and what a token's imprint and signature may use: nothing weaker lasts for years.
_HASH = "sha256"
_STRONG = frozenset({"sha256", "sha384", "sha512"})
#: PKIFailureInfo by bit (RFC 3161, 2.4.2).
_REASONS = {
    0: "badAlg", 2: "badRequest", 5: "badDataFormat", 14: "timeNotAvailable", 15: "unacceptedPolicy",
    16: "unacceptedExtension", 17: "addInfoNotAvailable", 25: "systemFailure",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Timestamp:
    """What a verified token says.

    :param at: the octets existed at this time, UTC; fractions of a second are left out.
    :param accuracy: the authority's clock may be off by this much; ``None`` when it does not say.
    :param policy: of the authority (dotted).
    :param serial: number of the token.
    :param authority: subject of the certificate that signed it.
    :param certificate_sha256: of that certificate, in hexadecimal.
    :param root_sha256: of the certificate of the caller at the end of the chain.
    """

    at: datetime
    accuracy: timedelta | None
    policy: str
    serial: int
    authority: str
    certificate_sha256: str
    root_sha256: str


# --- asking --------------------------------------------------------------------------------------


def request_timestamp(message: bytes, *, nonce: int | None, policy: str | None = None) -> bytes:
    """A TimeStampReq in DER (RFC 3161, 2.4.1) for the SHA-256 of *message*. It asks for the
    authority's certificate, so that the token can be verified without asking again.

    Send it over HTTP as ``application/timestamp-query`` (RFC 3161, 3.4).

    :param nonce: a large random number that the token shall repeat; ``None`` where the answer comes too
        much later to remember one.
    :param policy: the authority's policy to ask for (dotted).
    """
    imprint = der.sequence(_hash_identifier(), tlv(OCTET_STRING, digest(_HASH, message)))
    return der.sequence(
        der.integer(1),
        imprint,
        der.oid(policy) if policy is not None else b"",
        der.integer(nonce) if nonce is not None else b"",
        der.boolean(True),
    )


def obtain_token(
    message: bytes,
    *,
    send: Callable[[bytes], bytes],
    authorities: TrustStore,
    policy: str | None = None,
) -> tuple[bytes, Timestamp]:
    """Ask for a timestamp of *message* and verify the answer.

    :param send: takes the request's octets to an authority and returns the octets of its answer; what
        it raises is not caught.
    :param authorities: the roots that vouch for the authority.
    :param policy: to ask for and to demand.
    :returns: the token in DER, and what it says.
    :raises TimestampError: as :func:`token_of_response` and :func:`verify_timestamp`.
    """
    nonce = secrets.randbits(64)
    token = token_of_response(send(request_timestamp(message, nonce=nonce, policy=policy)))
    return token, verify_timestamp(token, message, authorities=authorities, nonce=nonce, policy=policy)


def token_of_response(response: bytes) -> bytes:
    """The token in a TimeStampResp (RFC 3161, 2.4.2), not verified.

    :raises TimestampRejected: the authority refused.
    :raises TimestampMalformed: no such response.
    """
    _require_size(response)
    try:
        status, *token = parse(response, SEQUENCE).children()
        number = read_integer(status.expect(SEQUENCE).children()[0])
        if number not in (0, 1):  # granted, granted with modifications
            raise TimestampRejected(f"status {number}" + _reason(status))
        if len(token) != 1:
            raise TimestampMalformed("granted, but without a token")
        return token[0].expect(SEQUENCE).raw
    except (EncodingError, ValueError, IndexError):
        raise TimestampMalformed("not a response of RFC 3161") from None


def _reason(status: Node) -> str:
    """PKIFailureInfo in words. The authority's own text stays out: it could hold anything."""
    bits = status.find(der.BIT_STRING)
    octets = bits.value[1:5] if bits is not None else b""
    words = [word for bit, word in _REASONS.items() if octets[bit // 8 : bit // 8 + 1] and
             octets[bit // 8] & 0x80 >> bit % 8]  # fmt: skip
    return f": {', '.join(words)}" if words else ""


def _hash_identifier() -> bytes:
    oid = next(oid for oid, name in HASH_OIDS.items() if name == _HASH)
    return der.sequence(der.oid(oid), tlv(der.NULL))


def _require_size(octets: bytes) -> None:
    if len(octets) > MAX_TOKEN:
        raise TimestampMalformed(f"more than {MAX_TOKEN} octets")


# --- verifying -----------------------------------------------------------------------------------


def verify_timestamp(
    token: bytes,
    message: bytes,
    *,
    authorities: TrustStore,
    nonce: int | None = None,
    policy: str | None = None,
) -> Timestamp:
    """Verify that *token* is a timestamp of *message* by an authority under a root of *authorities*.

    The certificates must have been valid at the time of the token, not now; whether they were revoked
    later is not looked at.

    :param token: TimeStampToken in DER.
    :param nonce: the one that was sent, where it was kept.
    :param policy: demanded (dotted).
    :raises TimestampMalformed: no token.
    :raises TimestampInvalid: the signature does not hold, or its certificate is not for timestamps.
    :raises TimestampMismatch: of other octets, with another nonce, or under another policy.
    :raises TimestampUntrusted: no chain to a root of *authorities*.
    :raises UnsupportedAlgorithm: a hash or signature this library does not use for timestamps.
    :raises LimitExceeded: too many certificates or signatures.
    """
    _require_size(token)
    try:
        signed = parse_signed_data(token)
        info = _read_info(signed)
        certificate = _require_signature(signed, authorities)
    except (CmsError, EncodingError) as error:
        raise TimestampMalformed(error.detail) from None
    if info.hash_name not in _STRONG:
        raise UnsupportedAlgorithm(f"a timestamp over {info.hash_name}")
    if not hmac.compare_digest(info.imprint, digest(info.hash_name, message)):
        raise TimestampMismatch("the digest is another one")
    if nonce is not None and info.nonce != nonce:
        raise TimestampMismatch("the nonce is another one")
    if policy is not None and info.policy != policy:
        raise TimestampMismatch("the policy is another one")
    _require_entitled(certificate, info.at)
    chain = find_chain(certificate, authorities, now=info.at, intermediates=signed.certificates)
    if chain.outcome != "PASSED" or chain.anchor is None:
        raise TimestampUntrusted(chain.code or "")
    return Timestamp(
        at=info.at,
        accuracy=info.accuracy,
        policy=info.policy,
        serial=info.serial,
        authority=certificate.subject_text,
        certificate_sha256=certificate.fingerprint,
        root_sha256=chain.anchor.certificate.fingerprint,
    )


def _require_signature(signed: SignedData, authorities: TrustStore) -> Certificate:
    """The certificate whose key signed, after the signature was found to hold."""
    if len(signed.signers) != 1:  # RFC 3161, 2.4.2: no other signature than the authority's
        raise TimestampMalformed(f"{len(signed.signers)} signatures")
    signer = signed.signers[0]
    stored = authorities.signers(key_identifier=signer.key_identifier, serial=signer.serial)
    certificate = signer_certificate(signer, (*signed.certificates, *stored))
    if certificate is None:
        raise TimestampUntrusted("the authority's certificate is missing")
    if signer.algorithm.hash_name not in _STRONG or signer.hash_name not in _STRONG:
        raise UnsupportedAlgorithm("a timestamp signed over a weak hash")
    if signer.signed_attributes is None:
        raise TimestampMalformed("no signed attributes")
    try:
        verify_signer(signed, signer, certificate)
    except InvalidSignature as error:
        raise TimestampInvalid(error.detail) from None
    except KeyFormatError:
        raise TimestampInvalid("the key of the certificate is malformed") from None
    _require_meant(signer, certificate)
    return certificate


def _require_meant(signer: SignerInfo, certificate: Certificate) -> None:
    """The signed attribute that names the certificate by its hash (RFC 2634, 5.4; RFC 5035, 3)."""
    attributes = signer.attributes()
    values = attributes.get(_SIGNING_CERTIFICATE_V2) or attributes.get(_SIGNING_CERTIFICATE)
    if values is None or len(values) != 1:
        raise TimestampMalformed("no attribute that names the certificate")
    first, *_ = _children(values[0].expect(SEQUENCE), 1)
    identifier, *_ = _children(first.expect(SEQUENCE), 1)
    fields = _children(identifier.expect(SEQUENCE), 1)
    name = "sha1"
    if _SIGNING_CERTIFICATE_V2 in attributes:
        name = "sha256"
        if fields[0].tag == SEQUENCE:
            name = _hash_of(fields.pop(0))
    if not fields or not hmac.compare_digest(
        fields[0].expect(OCTET_STRING).value, digest(name, certificate.raw)
    ):
        raise TimestampInvalid("signed with another certificate than the one named")


def _require_entitled(certificate: Certificate, at: datetime) -> None:
    """RFC 3161, 2.3: for timestamps, for nothing else, and marked as critical; valid at that time."""
    if certificate.extended_key_usage != (TIME_STAMPING,) or not _is_critical(certificate):
        raise TimestampInvalid("a certificate that is not for timestamps alone")
    usage = certificate.key_usage
    signs = usage is None or not usage.isdisjoint({"digital_signature", "content_commitment"})
    if certificate.is_ca or not signs or certificate.unknown_critical:
        raise TimestampInvalid("a certificate that is not for signing timestamps")
    if not certificate.valid_at(at):
        raise TimestampInvalid("a certificate that was not valid at that time")


def _is_critical(certificate: Certificate) -> bool:
    node = parse(certificate.tbs, SEQUENCE, der=False).find(0xA3)
    return node is not None and any(
        oid == _EXTENDED_KEY_USAGE and critical is not None and read_boolean(critical)
        for oid, critical, _ in list_extensions(node)
    )


# --- TSTInfo -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Info:
    policy: str
    hash_name: str
    imprint: bytes
    serial: int
    at: datetime
    accuracy: timedelta | None = None
    nonce: int | None = None


def _read_info(signed: SignedData) -> _Info:
    """TSTInfo (RFC 3161, 2.4.2)."""
    if signed.content_type != TST_INFO or signed.content is None:
        raise TimestampMalformed("signed data of another kind")
    version, policy, imprint, serial, at, *rest = _children(parse(signed.content, SEQUENCE), 5)
    if read_integer(version) != 1:
        raise TimestampMalformed("another version than 1")
    algorithm, hashed, *more = _children(imprint.expect(SEQUENCE), 2)
    accuracy = _accuracy(rest.pop(0)) if rest and rest[0].tag == SEQUENCE else None
    if rest and rest[0].tag == BOOLEAN:
        rest.pop(0)  # whether tokens of this authority can be put in order by time alone
    nonce = read_integer(rest.pop(0)) if rest and rest[0].tag == INTEGER else None
    if rest and rest[0].tag == 0xA0:
        rest.pop(0)  # the authority's name, a hint: its certificate tells
    if rest and rest[0].tag == 0xA1:
        _require_none_critical(rest.pop(0))
    if rest or more:
        raise TimestampMalformed("parts that are not known")
    return _Info(
        policy=read_oid(policy),
        hash_name=_hash_of(algorithm),
        imprint=hashed.expect(OCTET_STRING).value,
        serial=read_integer(serial),
        at=read_time(at.expect(GENERALIZED_TIME)),
        accuracy=accuracy,
        nonce=nonce,
    )


def _require_none_critical(extensions: Node) -> None:
    """No extension is known here, so none may be critical. Qualified timestamps have one that is not
    (EN 319 422, 9.1: a statement that they are qualified).
    """
    for extension in _children(extensions, 1):
        _, *rest = _children(extension.expect(SEQUENCE), 2)
        if rest[0].tag == BOOLEAN and read_boolean(rest[0]):
            raise TimestampMalformed("a critical extension that is not known")


def _hash_of(algorithm: Node) -> str:
    oid = read_oid(_children(algorithm.expect(SEQUENCE), 1)[0])
    name = HASH_OIDS.get(oid)
    if name is None:
        raise UnsupportedAlgorithm(f"hash function {oid}")
    return name


def _accuracy(node: Node) -> timedelta:
    """Accuracy: seconds, and implicitly tagged milliseconds and microseconds from 1 to 999."""
    total = timedelta(0)
    for part in node.children():
        if part.tag == INTEGER and not total:
            number, unit = read_integer(part), timedelta(seconds=1)
            allowed = range(100_000_000)
        elif part.tag in (0x80, 0x81):
            number = read_integer(part, tag=part.tag)
            unit = timedelta(milliseconds=1) if part.tag == 0x80 else timedelta(microseconds=1)
            allowed = range(1, 1000)
        else:
            raise EncodingError("an accuracy of another form")
        if number not in allowed:
            raise EncodingError("an impossible accuracy")
        total += number * unit
    return total


def _children(node: Node, least: int) -> list[Node]:
    children = node.children()
    if len(children) < least:
        raise EncodingError(f"{len(children)} elements where {least} belong")
    return children
