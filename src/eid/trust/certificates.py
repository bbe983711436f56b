"""X.509 certificates as documents have them (RFC 5280, Doc 9303-12): a view over the TLV reader.

Of 936 public country certificates 165 have keys and 10 have structures that strict loaders refuse.
So nothing is rejected here that can still be understood: the oddity becomes a warning, and what
matters for trust (who may issue, until when) is read from the octets that were signed.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from eid.crypto.keys import PublicKey, load_public_key
from eid.crypto.signatures import SignatureAlgorithm, read_signature_algorithm, verify_signature
from eid.encoding.der import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    oid_text,
    read_bit_string,
    read_boolean,
    read_integer,
    read_oid,
    read_text,
    read_time,
)
from eid.encoding.tlv import Node, parse
from eid.errors import CertificateError, EncodingError, InvalidSignature, LimitExceeded

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

_ATTRIBUTES = {
    "2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
    "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "1.2.840.113549.1.9.1": "E", "0.9.2342.19200300.100.1.25": "DC",
}  # fmt: skip

_SKI, _KEY_USAGE, _BASIC, _AKI, _EXTENDED = "2.5.29.14", "2.5.29.15", "2.5.29.19", "2.5.29.35", "2.5.29.37"
#: Critical extensions that change nothing for a document's chain or are evaluated here.
_UNDERSTOOD = frozenset({
    _SKI, _KEY_USAGE, _BASIC, _AKI, _EXTENDED,
    "2.5.29.17", "2.5.29.18", "2.5.29.16", "2.5.29.31", "2.5.29.32",  # names, key period, CRL, policies
    "2.23.136.1.1.6.1", "2.23.136.1.1.6.2",  # ICAO name change (critical in Luxembourg's link), document types
})  # fmt: skip
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Extensions:
    ski: bytes | None = None
    aki: bytes | None = None
    is_ca: bool = False
    path_length: int | None = None
    key_usage: frozenset[str] | None = None
    extended_key_usage: tuple[str, ...] = ()
    unknown_critical: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


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
    _extensions: _Extensions = field(default_factory=_Extensions)

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
        """The subject's country in capitals as written there (two letters, sometimes three)."""
        for attribute, text in name_key(self.subject):
            if attribute == "2.5.4.6":
                return text.upper()
        return None

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer have one name: says nothing about who signed it."""
        return name_key(self.subject) == name_key(self.issuer)

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
    def warnings(self) -> tuple[str, ...]:
        """Codes of the oddities that were tolerated."""
        return self._extensions.warnings

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
    warnings: list[str] = []
    try:
        tbs, algorithm, signature = _exactly(parse(data, SEQUENCE, der=False), 3)
        fields = tbs.expect(SEQUENCE).children()
        if fields and fields[0].tag == 0xA0:
            del fields[0]  # the version; what it would tell, the extensions tell
        if len(fields) < 6:
            raise EncodingError("certificate cut short")
        serial, inner, issuer, validity, subject, spki = fields[:6]
        not_before, not_after = _exactly(validity.expect(SEQUENCE), 2)
        if _algorithm_of(inner) != _algorithm_of(algorithm):
            warnings.append("SIGNATURE_ALGORITHM_DIFFERS")
        number = serial.expect(INTEGER).value
        if int.from_bytes(number, "big", signed=True) <= 0:
            warnings.append("SERIAL_NOT_POSITIVE")
        extensions = next((node for node in fields[6:] if node.tag == 0xA3), None)
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
            _extensions=_read_extensions(extensions, warnings),
        )
    except EncodingError as error:
        raise CertificateError(error.detail) from None


def _exactly(node: Node, count: int) -> list[Node]:
    children = node.children()
    if len(children) != count:
        raise EncodingError(f"{len(children)} elements where {count} belong")
    return children


def _algorithm_of(node: Node) -> tuple[bytes, ...]:
    """Identifier and parameters, where absent and NULL parameters are the same."""
    return tuple(child.raw for child in node.expect(SEQUENCE).children() if child.raw != b"\x05\x00")


# --- extensions ----------------------------------------------------------------------------------


def _read_extensions(node: Node | None, warnings: list[str]) -> _Extensions:
    found: dict[str, Node] = {}
    unknown: list[str] = []
    if node is not None:
        for extension in _exactly(node, 1)[0].expect(SEQUENCE).children():
            parts = extension.expect(SEQUENCE).children()
            if not 2 <= len(parts) <= 3:
                raise EncodingError("a malformed extension")
            oid = read_oid(parts[0])
            if len(parts) == 3 and read_boolean(parts[1]) and oid not in _UNDERSTOOD:
                unknown.append(oid)
            if oid in found:
                warnings.append("EXTENSION_REPEATED")
            else:
                found[oid] = parts[-1].expect(OCTET_STRING)
    values: dict[str, object] = {}
    for oid, reader in _READERS.items():
        if oid in found:
            try:
                values |= reader(found[oid].value)
            except EncodingError:
                # As if absent: without BasicConstraints nothing can be issued, so this is no way in.
                warnings.append("EXTENSION_MALFORMED")
    return _Extensions(unknown_critical=tuple(unknown), warnings=tuple(warnings), **values)  # type: ignore[arg-type]


def _ski(value: bytes) -> Mapping[str, object]:
    try:
        return {"ski": parse(value, OCTET_STRING, der=False).value}
    except EncodingError:
        return {"ski": value}  # Lithuania's key identifier lacks the inner OCTET STRING


def _aki(value: bytes) -> Mapping[str, object]:
    identifier = parse(value, SEQUENCE, der=False).find(0x80)
    return {"aki": identifier.value if identifier is not None else None}


def _basic(value: bytes) -> Mapping[str, object]:
    is_ca, path_length = False, None
    for node in parse(value, SEQUENCE, der=False).children():
        if node.tag == BOOLEAN:
            is_ca = read_boolean(node)
        elif node.tag == INTEGER:  # beside cA FALSE in Italy's certificate, where it means nothing
            path_length = read_integer(node)
    return {"is_ca": is_ca, "path_length": path_length}


def _usage(value: bytes) -> Mapping[str, object]:
    octets = parse(value, BIT_STRING, der=False).value[1:]
    bits = "".join(f"{octet:08b}" for octet in octets[:2])
    return {"key_usage": frozenset(name for name, bit in zip(_USAGES, bits, strict=False) if bit == "1")}


def _extended(value: bytes) -> Mapping[str, object]:
    return {
        "extended_key_usage": tuple(read_oid(node) for node in parse(value, SEQUENCE, der=False).children())
    }


_READERS = {_SKI: _ski, _AKI: _aki, _BASIC: _basic, _KEY_USAGE: _usage, _EXTENDED: _extended}


# --- names ---------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1024)
def name_key(name: bytes) -> tuple[tuple[str, str], ...]:
    """A Name in a form that is equal for equal names, however they are encoded.

    String type, letter case and runs of spaces make no difference (RFC 5280, 7.1): five public link
    certificates name their issuer in another encoding than that issuer does.

    :param name: a DER Name.
    :raises EncodingError: malformed.
    """
    return tuple((oid, " ".join(text.split()).casefold()) for oid, text in _attributes(name))


@functools.lru_cache(maxsize=1024)
def name_text(name: bytes) -> str:
    """A Name for people: ``C=VN,O=Example``. An unreadable one gives ``(unreadable)``."""
    try:
        pairs = list(_attributes(name))
    except EncodingError:
        return "(unreadable)"
    return ",".join(
        f"{_ATTRIBUTES.get(oid, oid)}={''.join(c for c in text if c.isprintable())}" for oid, text in pairs
    )


def _attributes(name: bytes) -> Iterator[tuple[str, str]]:
    for part in parse(name, SEQUENCE, der=False).children():
        for attribute in part.expect(SET).children():
            kind, value = _exactly(attribute.expect(SEQUENCE), 2)
            oid = oid_text(kind.value)
            try:
                yield oid, read_text(value)
            except EncodingError:
                yield oid, "#" + value.raw.hex()


# --- files and signatures ------------------------------------------------------------------------

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----")


def der_blocks(data: bytes) -> Iterator[bytes]:
    """The certificates of a file, each as DER: those between PEM marks, else the file itself.

    :raises CertificateError: a PEM block that is not base64.
    """
    if b"-----BEGIN" not in data:
        yield data
        return
    for match in _PEM.finditer(data):
        try:
            yield base64.b64decode(b"".join(match[1].split()), validate=True)
        except (binascii.Error, ValueError):
            raise CertificateError("PEM block is not base64") from None


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
    if "SIGNATURE_ALGORITHM_DIFFERS" in child.warnings:
        raise InvalidSignature("two signature algorithms in one certificate")
    verify_signature(issuer.public_key, algorithm, child.signature, child.tbs)
