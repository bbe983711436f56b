"""X.509 certificates as documents have them (RFC 5280, Doc 9303-12): a view over the TLV reader.

Of 936 public country certificates 165 have keys and 10 have structures that strict loaders refuse.
So nothing is rejected here that can still be understood: the oddity becomes a problem code
(:mod:`eid.trust.problems`), and what matters for trust (who may issue, until when) is read from the
octets that were signed.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from eid.crypto.public_keys import PublicKey, load_public_key
from eid.crypto.signatures import SignatureAlgorithm, read_signature_algorithm, verify_signature
from eid.encoding import pem
from eid.encoding.der import INTEGER, SEQUENCE, read_bit_string, read_time
from eid.encoding.tlv import Node, parse
from eid.errors import CertificateError, EncodingError, InvalidSignature, LimitExceeded
from eid.trust.extensions import NAME_CHANGE, NONE, Extensions, read_extensions
from eid.trust.names import country_of, name_key, name_text
from eid.trust.oddities import oddities_of, same_algorithm

__all__ = [
    "MAX_CERTIFICATE",
    "Certificate",
    "certificates_in",
    "der_blocks",
    "name_key",
    "name_text",
    "verify_issued_by",
]

#: Octets of one certificate. The largest public country certificate has some 3400.
MAX_CERTIFICATE = 65_536


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Certificate:
    """One certificate. Equal when its octets are.

    :param raw: the DER octets as read.
    :param tbs: the octets that are signed.
    :param issuer: the issuer's Name, DER. Text: :attr:`issuer_text`.
    :param subject: the subject's Name, DER.
    :param serial: any integer; zero and negative ones occur.
    :param serial_octets: the value octets of the serial number, as they stand.
    :param not_before: first moment of validity, UTC.
    :param not_after: last moment of validity, UTC.
    :param spki: SubjectPublicKeyInfo; loaded by :attr:`public_key`.
    :param signature_node: the *signed* AlgorithmIdentifier (the outer copy is under no signature).
    :param signature: the issuer's signature.
    :param one_algorithm: whether the unsigned copy of the algorithm is the signed one.
    """

    raw: bytes
    tbs: bytes
    issuer: bytes
    subject: bytes
    serial: int
    serial_octets: bytes
    not_before: datetime
    not_after: datetime
    spki: bytes
    signature_node: Node
    signature: bytes
    one_algorithm: bool = True
    _extensions: Extensions = field(default=NONE)

    @staticmethod
    def from_der(data: bytes) -> Certificate:
        """Read one DER certificate.

        :raises CertificateError: not a certificate, not even a tolerated variant.
        :raises LimitExceeded: longer than :data:`MAX_CERTIFICATE`.
        """
        if len(data) > MAX_CERTIFICATE:
            raise LimitExceeded(f"a certificate of more than {MAX_CERTIFICATE} octets")
        return _from_der(bytes(data))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __repr__(self) -> str:
        return f"<Certificate {self.subject_text} {self.fingerprint[:8]}>"

    @property
    def public_key(self) -> PublicKey:
        """The subject's key.

        :raises KeyFormatError: it is malformed.
        """
        return load_public_key(self.spki)

    @property
    def signature_algorithm(self) -> SignatureAlgorithm:
        """How the issuer signed.

        :raises UnsupportedAlgorithm: not an algorithm of this library.
        :raises EncodingError: malformed.
        """
        return read_signature_algorithm(self.signature_node)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the octets, in hexadecimal."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def issuer_text(self) -> str:
        """``C=VN,O=...``, in the order of the certificate."""
        return name_text(self.issuer)

    @property
    def subject_text(self) -> str:
        """``C=VN,O=...``, in the order of the certificate."""
        return name_text(self.subject)

    @property
    def country(self) -> str | None:
        """The subject's country in capitals as written there (two letters, sometimes three); ``None``
        without one that can be read.
        """
        return _country(self.subject)

    @property
    def issuer_country(self) -> str | None:
        """The country of the issuer's name, likewise."""
        return _country(self.issuer)

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer have one name: says nothing about who signed it."""
        try:
            return self.subject == self.issuer or name_key(self.subject) == name_key(self.issuer)
        except EncodingError:
            return False

    @property
    def ski(self) -> bytes | None:
        """Subject key identifier."""
        return self._extensions.ski

    @property
    def aki(self) -> bytes | None:
        """Key identifier of the issuer's key."""
        return self._extensions.aki

    @property
    def is_ca(self) -> bool:
        """BasicConstraints says that it is a certification authority; absent means no."""
        return self._extensions.is_ca

    @property
    def path_length(self) -> int | None:
        """PathLenConstraint of BasicConstraints."""
        return self._extensions.path_length

    @property
    def key_usage(self) -> frozenset[str] | None:
        """Names such as ``digital_signature`` and ``key_cert_sign``; ``None`` without the extension."""
        return self._extensions.key_usage

    @property
    def extended_key_usage(self) -> tuple[str, ...]:
        """Purposes (dotted); empty without the extension."""
        return self._extensions.extended_key_usage

    @property
    def unknown_critical(self) -> tuple[str, ...]:
        """Critical extensions (dotted) that this library does not evaluate."""
        return self._extensions.unknown_critical

    @property
    def name_change(self) -> bool:
        """Whether it links two keys of one country that changed its name (Doc 9303-12, 7.1.1.4)."""
        return NAME_CHANGE in self.extensions

    @property
    def extensions(self) -> Mapping[str, bytes]:
        """Every extension by dotted identifier: the octets inside its OCTET STRING, unread."""
        return MappingProxyType(self._extensions.values or {})

    @property
    def warnings(self) -> tuple[str, ...]:
        """Codes of the oddities that were tolerated, from :data:`eid.trust.problems.PROBLEMS`."""
        return oddities_of(self.raw)

    @property
    def may_issue(self) -> bool:
        """Whether it may sign certificates: a CA, and keyCertSign where usages are stated."""
        usage = self._extensions.key_usage
        return self._extensions.is_ca and (usage is None or "key_cert_sign" in usage)

    def valid_at(self, moment: datetime) -> bool:
        """Whether *moment* (aware) is within the validity, both ends included."""
        return self.not_before <= moment <= self.not_after


@functools.lru_cache(maxsize=128)
def _from_der(data: bytes) -> Certificate:
    try:
        tbs, algorithm, signature = _exactly(parse(data, SEQUENCE, der=False), 3)
        algorithm.expect(SEQUENCE)
        fields = tbs.expect(SEQUENCE).children()
        if fields and fields[0].tag == 0xA0:
            del fields[0]  # the version; what it would tell, the extensions tell
        if len(fields) < 6:
            raise EncodingError("certificate cut short")
        serial, inner, issuer, validity, subject, spki = fields[:6]
        not_before, not_after = _exactly(validity.expect(SEQUENCE), 2)
        number = serial.expect(INTEGER).value
        if not number:
            raise EncodingError("a serial number without octets")
        return Certificate(
            raw=data,
            tbs=tbs.raw,
            issuer=issuer.expect(SEQUENCE).raw,
            subject=subject.expect(SEQUENCE).raw,
            serial=int.from_bytes(number, "big", signed=True),
            serial_octets=number,
            not_before=read_time(not_before),
            not_after=read_time(not_after),
            spki=spki.expect(SEQUENCE).raw,
            signature_node=inner.expect(SEQUENCE),
            signature=read_bit_string(signature),
            one_algorithm=inner.raw == algorithm.raw or same_algorithm(inner, algorithm),
            _extensions=read_extensions(next((node for node in fields[6:] if node.tag == 0xA3), None)),
        )
    except EncodingError as error:
        raise CertificateError(error.detail) from None


def _country(name: bytes) -> str | None:
    try:
        return country_of(name)
    except EncodingError:
        return None


def _exactly(node: Node, count: int) -> list[Node]:
    children = node.children()
    if len(children) != count:
        raise EncodingError(f"{len(children)} elements where {count} belong")
    return children


# --- files and signatures ------------------------------------------------------------------------


def der_blocks(data: bytes) -> Iterator[bytes]:
    """The certificates of a file, each as DER: those between PEM marks, else the file itself.

    :raises CertificateError: a PEM block that is not base64.
    """
    for octets in pem.labelled(data, "CERTIFICATE"):
        if octets is None:
            raise CertificateError("PEM block is not base64")
        yield octets


def certificates_in(data: bytes) -> tuple[Certificate, ...]:
    """Every certificate of a PEM or DER file.

    :raises CertificateError: one of them cannot be read, or there is none.
    """
    found = tuple(Certificate.from_der(block) for block in der_blocks(data))
    if not found:
        raise CertificateError("no certificate between PEM marks")
    return found


def verify_issued_by(child: Certificate, issuer: Certificate) -> None:
    """Check that *issuer*'s key signed *child*. Names, validity and the right to issue are not looked at.

    :raises InvalidSignature: it did not, or the unsigned copy of the algorithm is another than the
        signed one (RFC 5280, 4.1.1.2).
    :raises UnsupportedAlgorithm: algorithm or key cannot be used (``UnknownCurve`` among them).
    :raises KeyFormatError: the issuer's key is malformed.
    """
    try:
        algorithm = child.signature_algorithm
    except EncodingError as error:
        raise CertificateError(error.detail) from None
    if not child.one_algorithm:
        raise InvalidSignature("two signature algorithms in one certificate")
    verify_signature(issuer.public_key, algorithm, child.signature, child.tbs)
