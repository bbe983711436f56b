"""CMS SignedData (RFC 5652) as documents and lists use it.

What was signed is hashed as it was read. BER with indefinite lengths (New Zealand's security
objects, every EU list) is brought into definite form first, which leaves the signed octets alone.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from eid.crypto.signatures import (
    SignatureAlgorithm,
    digest,
    hash_name,
    read_signature_algorithm,
    verify_signature,
)
from eid.encoding.der import INTEGER, OCTET_STRING, SEQUENCE, SET, read_oid, read_time
from eid.encoding.tlv import Node, normalise_ber, parse, tlv
from eid.errors import CertificateError, CmsError, EncodingError, InvalidSignature, LimitExceeded
from eid.trust.certificates import Certificate, name_key

__all__ = [
    "MAX_SIGNED_DATA",
    "SignedData",
    "SignerInfo",
    "parse_signed_data",
    "signer_certificate",
    "verify_signer",
]

#: Octets of a SignedData; the largest public list has some 1.5 million.
MAX_SIGNED_DATA = 16 * 1024 * 1024
_MAX_CERTIFICATES = 64
_MAX_SIGNERS = 16

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_TIME = "1.2.840.113549.1.9.5"


@dataclass(frozen=True, slots=True, eq=False)
class SignerInfo:
    """One signature (RFC 5652, 5.3).

    :param issuer: sid by issuer and serial number: the issuer's Name, DER; else ``None``.
    :param serial: its serial number, value octets.
    :param key_identifier: sid by key identifier, else ``None``.
    :param signed_attributes: their element as it stands (tag A0), or ``None`` when the content
        itself is signed.
    """

    issuer: bytes | None
    serial: bytes
    key_identifier: bytes | None
    digest_algorithm: Node
    signed_attributes: Node | None
    signature_algorithm: Node
    signature: bytes

    @property
    def hash_name(self) -> str:
        """The function of digestAlgorithm.

        :raises UnsupportedAlgorithm: not one of this library.
        :raises CmsError: malformed.
        """
        return hash_name(self.digest_oid)

    @property
    def digest_oid(self) -> str:
        """DigestAlgorithm (dotted).

        :raises CmsError: malformed.
        """
        return _identifier(self.digest_algorithm)

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """The signature algorithm, from SignerInfo itself and never from the certificate.

        :raises UnsupportedAlgorithm: not one of this library.
        :raises CmsError: malformed.
        """
        try:
            return read_signature_algorithm(self.signature_algorithm, self.hash_name)
        except EncodingError as error:
            raise CmsError(error.detail) from None

    def attributes(self) -> dict[str, tuple[Node, ...]]:
        """The values of every signed attribute, by dotted identifier.

        :raises CmsError: malformed, or one attribute twice (RFC 5652, 5.3).
        """
        found: dict[str, tuple[Node, ...]] = {}
        try:
            for attribute in self.signed_attributes.children() if self.signed_attributes is not None else ():
                kind, values = _at_least(attribute.expect(SEQUENCE).children(), 2)[:2]
                oid = read_oid(kind)
                if oid in found:
                    raise CmsError(f"signed attribute {oid} twice")
                found[oid] = tuple(values.expect(SET).children())
        except EncodingError as error:
            raise CmsError(error.detail) from None
        return found

    @property
    def signing_time(self) -> datetime | None:
        """What the signer says; not needed for, nor evidence of, anything."""
        values = self.attributes().get(_SIGNING_TIME)
        try:
            return read_time(_single(values)) if values is not None else None
        except EncodingError as error:
            raise CmsError(error.detail) from None


@dataclass(frozen=True, slots=True, eq=False)
class SignedData:
    """A parsed SignedData.

    :param content_type: of the encapsulated content (dotted).
    :param content: its octets, or ``None`` when they are elsewhere.
    :param digest_algorithms: what the head announces for its signers (dotted); under no signature.
    :param certificate_octets: every certificate that came along, unread.
    """

    content_type: str
    content: bytes | None
    digest_algorithms: tuple[str, ...]
    certificate_octets: tuple[bytes, ...]
    signers: tuple[SignerInfo, ...]

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The certificates that can be read; an unreadable one does not lose the others."""
        found: list[Certificate] = []
        for octets in self.certificate_octets:
            try:
                found.append(Certificate.from_der(octets))
            except (CertificateError, LimitExceeded):
                continue
        return tuple(found)


def parse_signed_data(data: bytes) -> SignedData:
    """Read a ContentInfo with SignedData in it, DER or BER.

    :raises CmsError: it is none.
    :raises LimitExceeded: longer than :data:`MAX_SIGNED_DATA`, or too many certificates or signers.
    """
    if len(data) > MAX_SIGNED_DATA:
        raise LimitExceeded(f"signed data of more than {MAX_SIGNED_DATA} octets")
    try:
        return _signed_data(parse(data, SEQUENCE, der=False))
    except EncodingError:
        pass  # indefinite lengths or constructed strings, or really malformed: the second try tells
    try:
        return _signed_data(parse(normalise_ber(data), SEQUENCE))
    except EncodingError as error:
        raise CmsError(error.detail) from None


def _signed_data(root: Node) -> SignedData:
    kind, wrapped = _at_least(root.children(), 2)[:2]
    if read_oid(kind) != _SIGNED_DATA:
        raise EncodingError("not SignedData")
    body = _at_least(wrapped.expect(0xA0).children(), 1)[0].expect(SEQUENCE)
    version, digests, encapsulated, *rest = _at_least(body.children(), 4)
    version.expect(INTEGER)
    announced = tuple(_identifier(node.expect(SEQUENCE)) for node in digests.expect(SET).children())
    content_type, *content = _at_least(encapsulated.expect(SEQUENCE).children(), 1)
    octets: bytes | None = None
    if content:
        octets = _at_least(content[0].expect(0xA0).children(), 1)[0].expect(OCTET_STRING).value
    certificates = rest.pop(0).children() if rest[0].tag == 0xA0 else []
    if rest and rest[0].tag == 0xA1:
        rest.pop(0)  # revocation lists: a document's security object has none
    signers = _at_least(rest, 1)[0].expect(SET).children()
    if len(certificates) > _MAX_CERTIFICATES or len(signers) > _MAX_SIGNERS:
        raise LimitExceeded("too many certificates or signers")
    return SignedData(
        content_type=read_oid(content_type),
        content=octets,
        digest_algorithms=announced,
        certificate_octets=tuple(node.raw for node in certificates if node.tag == SEQUENCE),
        signers=tuple(_signer(node.expect(SEQUENCE)) for node in signers),
    )


def _signer(node: Node) -> SignerInfo:
    version, sid, digest_algorithm, *rest = _at_least(node.children(), 5)
    version.expect(INTEGER)
    attributes = rest.pop(0) if rest[0].tag == 0xA0 else None
    algorithm, signature = _at_least(rest, 2)[:2]
    issuer: bytes | None = None
    serial, key_identifier = b"", None
    if sid.tag == 0x80:
        key_identifier = sid.value
    else:
        name, number = _at_least(sid.expect(SEQUENCE).children(), 2)[:2]
        issuer, serial = name.expect(SEQUENCE).raw, number.expect(INTEGER).value
    return SignerInfo(
        issuer=issuer,
        serial=serial,
        key_identifier=key_identifier,
        digest_algorithm=digest_algorithm.expect(SEQUENCE),
        signed_attributes=attributes,
        signature_algorithm=algorithm.expect(SEQUENCE),
        signature=signature.expect(OCTET_STRING).value,
    )


def _at_least(nodes: list[Node], count: int) -> list[Node]:
    if len(nodes) < count:
        raise EncodingError(f"{len(nodes)} elements where {count} belong")
    return nodes


def _single(values: tuple[Node, ...]) -> Node:
    """Content type, message digest and signing time have exactly one value (RFC 5652, 11)."""
    if len(values) != 1:
        raise EncodingError(f"a signed attribute with {len(values)} values")
    return values[0]


def _identifier(algorithm: Node) -> str:
    try:
        return read_oid(_at_least(algorithm.children(), 1)[0])
    except EncodingError as error:
        raise CmsError(error.detail) from None


def signer_certificate(signer: SignerInfo, certificates: Sequence[Certificate]) -> Certificate | None:
    """The certificate among *certificates* that *signer* means, or ``None``.

    By key identifier, or by serial number and issuer: by the octets of the name, else by what the name
    says, because some issuers encode it otherwise here, or in another order, than in the certificate.
    """
    if signer.key_identifier is not None:
        found = [c for c in certificates if c.ski == signer.key_identifier]
    else:
        same_serial = [c for c in certificates if c.serial_octets == signer.serial]
        found = [c for c in same_serial if c.issuer == signer.issuer]
        found = found or [c for c in same_serial if _same_name(c.issuer, signer.issuer)]
    return found[0] if found else None


def _same_name(one: bytes, other: bytes | None) -> bool:
    try:
        return other is not None and sorted(name_key(one)) == sorted(name_key(other))
    except EncodingError:
        return False


def verify_signer(signed: SignedData, signer: SignerInfo, certificate: Certificate) -> SignatureAlgorithm:
    """Check one signature of *signed* with the key of *certificate* (RFC 5652, 5.4 and 5.6).

    The message digest and content type attributes are compared, then the signature is checked over
    the signed attributes as a SET OF; without signed attributes, over the content.

    :returns: the algorithm that was used.
    :raises InvalidSignature: content, attributes or signature do not belong together.
    :raises UnsupportedAlgorithm: algorithm or key cannot be used (``UnknownCurve`` among them).
    :raises CmsError: no content, or malformed attributes.
    :raises KeyFormatError: the certificate's key is malformed.
    """
    algorithm = signer.algorithm
    if signed.content is None:
        raise CmsError("the signed content is not there")
    attributes = signer.signed_attributes
    if attributes is None:
        verify_signature(certificate.public_key, algorithm, signer.signature, signed.content)
        return algorithm
    _compare_attributes(signed.content_type, signed.content, signer)
    # Their own tag is [0]; signed is the same value as a SET OF (RFC 5652, 5.4).
    stated = attributes.value
    try:
        verify_signature(certificate.public_key, algorithm, signer.signature, tlv(SET, stated))
    except InvalidSignature:
        # As they stand is not the order of DER, in which some signers sign and others do not.
        ordered = b"".join(sorted(node.raw for node in attributes.children()))
        if ordered == stated:
            raise
        verify_signature(certificate.public_key, algorithm, signer.signature, tlv(SET, ordered))
    return algorithm


def _compare_attributes(content_type: str, content: bytes, signer: SignerInfo) -> None:
    stated = signer.attributes()
    try:
        same_type = read_oid(_single(stated.get(_CONTENT_TYPE, ()))) == content_type
        expected = _single(stated.get(_MESSAGE_DIGEST, ())).expect(OCTET_STRING).value
    except EncodingError as error:
        raise CmsError(error.detail) from None
    if not hmac.compare_digest(expected, digest(signer.hash_name, content)):
        raise InvalidSignature("the content is not the one that was signed")
    if not same_type:
        raise InvalidSignature("the content type is not the one that was signed")
