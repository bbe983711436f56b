"""Certificate revocation lists (RFC 5280, 5; Doc 9303-12, 7.1.4): a view over the TLV reader.

A country's list is complete, signed by its CSCA and short. Delta and indirect lists and those for a
part of the certificates are not in the profile: they are read, and say what they are.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from eid.crypto.signatures import read_signature_algorithm, verify_signature
from eid.encoding import pem
from eid.encoding.der import (
    BIT_STRING,
    GENERALIZED_TIME,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    UTC_TIME,
    read_boolean,
    read_oid,
    read_time,
)
from eid.encoding.tlv import Node, parse
from eid.errors import CrlError, EncodingError, LimitExceeded
from eid.trust.certificates import Certificate, name_text

__all__ = ["MAX_CRL", "REASONS", "Crl", "Revoked", "crls_in"]

#: Octets of one list: some 200 000 entries would fit, but more than 65 536 are refused.
MAX_CRL = 8 * 1024 * 1024

#: CRLReason by number (RFC 5280, 5.3.1); 7 is not used.
REASONS = {
    0: "unspecified", 1: "key_compromise", 2: "ca_compromise", 3: "affiliation_changed", 4: "superseded",
    5: "cessation_of_operation", 6: "certificate_hold", 8: "remove_from_crl", 9: "privilege_withdrawn",
    10: "aa_compromise",
}  # fmt: skip

_AKI, _NUMBER, _DELTA, _POINT, _REASON, _ENTRY_ISSUER = (
    "2.5.29.35", "2.5.29.20", "2.5.29.27", "2.5.29.28", "2.5.29.21", "2.5.29.29",
)  # fmt: skip
#: May be critical without changing what the list means: other names of the issuer, where deltas are.
_HARMLESS = frozenset({_AKI, _NUMBER, _REASON, "2.5.29.18", "2.5.29.46", "2.5.29.24"})


@dataclass(frozen=True, slots=True)
class Revoked:
    """One entry.

    :param date: of the revocation, UTC.
    :param reason: a word of :data:`REASONS`, or ``None`` when the list gives none.
    """

    serial: int
    date: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Crl:
    """One list. Nothing of it counts before :meth:`verify`. Equal when its octets are.

    :param raw: the DER octets as read.
    :param tbs: the octets that are signed.
    :param issuer: the issuer's Name, DER. Text: :attr:`issuer_text`.
    :param this_update: when it was made, UTC.
    :param next_update: when the next one is due at the latest; ``None`` when it does not say.
    :param number: CRL number, growing from list to list.
    :param aki: key identifier of the key that signed it.
    :param covers_signers: it is about end entities; a list may be about authorities only.
    :param covers_authorities: it is about certification authorities.
    """

    raw: bytes
    tbs: bytes
    issuer: bytes
    this_update: datetime
    next_update: datetime | None
    signature_node: Node
    signature: bytes
    number: int | None = None
    aki: bytes | None = None
    covers_signers: bool = True
    covers_authorities: bool = True
    _limits: str | None = None
    _revoked: Node | None = None
    _index: list[tuple[Mapping[int, Revoked], str | None]] = field(default_factory=list)

    @staticmethod
    def from_der(data: bytes) -> Crl:
        """Read one DER list. PEM: :func:`crls_in`.

        :raises CrlError: not a revocation list.
        :raises LimitExceeded: longer than :data:`MAX_CRL`.
        """
        if len(data) > MAX_CRL:
            raise LimitExceeded(f"a revocation list of more than {MAX_CRL} octets")
        try:
            return _read(bytes(data))
        except EncodingError as error:
            raise CrlError(error.detail) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Crl) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __repr__(self) -> str:
        return f"<Crl of {self.issuer_text} {self.this_update:%Y-%m-%d}>"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the octets, in hexadecimal."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def issuer_text(self) -> str:
        """``C=CO,O=...``, in the order of the list."""
        return name_text(self.issuer)

    @property
    def entries(self) -> Mapping[int, Revoked]:
        """The revoked certificates by serial number; indexed when first asked for.

        :raises CrlError: an entry is malformed.
        :raises LimitExceeded: more entries than :data:`eid.encoding.tlv.MAX_CHILDREN`.
        """
        return self._indexed()[0]

    @property
    def unsupported(self) -> str | None:
        """Why it cannot show that a certificate is *not* revoked: ``CRL_DELTA``, ``CRL_INDIRECT``,
        ``CRL_PARTIAL`` or ``CRL_EXTENSION_UNKNOWN`` (a critical one); else ``None``.

        :raises CrlError: an entry is malformed.
        :raises LimitExceeded: as for :attr:`entries`.
        """
        return self._limits or self._indexed()[1]

    def _indexed(self) -> tuple[Mapping[int, Revoked], str | None]:
        if not self._index:
            try:
                found, limits = _entries(self._revoked)
            except EncodingError as error:
                raise CrlError(error.detail) from None
            self._index.append((MappingProxyType(found), limits))
        return self._index[0]

    def covers(self, certificate: Certificate) -> bool:
        """Whether it is about certificates of this kind. Its issuer's name is not looked at."""
        return self.covers_authorities if certificate.is_ca else self.covers_signers

    def verify(self, issuer: Certificate) -> None:
        """Check that *issuer*'s key signed the list. Names, times and key usage are not looked at.

        A success is remembered, in a bounded cache for all threads.

        :raises InvalidSignature: it did not.
        :raises UnsupportedAlgorithm: algorithm or key cannot be used (``UnknownCurve`` among them).
        :raises KeyFormatError: the issuer's key is malformed.
        :raises CrlError: the signature algorithm is malformed.
        """
        _verify(self, issuer)


@functools.lru_cache(maxsize=256)
def _verify(crl: Crl, issuer: Certificate) -> None:
    try:
        algorithm = read_signature_algorithm(crl.signature_node)
    except EncodingError as error:
        raise CrlError(error.detail) from None
    verify_signature(issuer.public_key, algorithm, crl.signature, crl.tbs)


def _read(data: bytes) -> Crl:
    tbs, algorithm, signature = _children(parse(data, SEQUENCE, der=False), 3, 3)
    fields = tbs.expect(SEQUENCE).children()
    if fields and fields[0].tag == INTEGER:
        del fields[0]  # the version; what it would tell, the extensions tell
    if len(fields) < 3:
        raise EncodingError("revocation list cut short")
    inner, issuer, this_update, *rest = fields
    if _algorithm(inner) != _algorithm(algorithm):
        raise EncodingError("two signature algorithms")
    bits = signature.expect(BIT_STRING).value
    next_update = rest.pop(0) if rest and rest[0].tag in (UTC_TIME, GENERALIZED_TIME) else None
    revoked = rest.pop(0) if rest and rest[0].tag == SEQUENCE else None
    extensions = rest.pop(0) if rest and rest[0].tag == 0xA0 else None
    if rest:
        raise EncodingError("a list with unknown parts")
    values, limits = _list_extensions(extensions)
    return Crl(
        raw=data,
        tbs=tbs.raw,
        issuer=issuer.expect(SEQUENCE).raw,
        this_update=read_time(this_update),
        next_update=read_time(next_update) if next_update is not None else None,
        signature_node=inner,
        # One that is not of whole octets (a test of NIST's suite) is a wrong signature of a sound list.
        signature=bits[1:] if bits[:1] == b"\0" else b"",
        _limits=limits,
        _revoked=revoked,
        **values,  # type: ignore[arg-type]
    )


def _children(node: Node, least: int, most: int) -> list[Node]:
    children = node.children()
    if not least <= len(children) <= most:
        raise EncodingError(f"{len(children)} elements where {least} to {most} belong")
    return children


def _algorithm(node: Node) -> tuple[bytes, ...]:
    """Identifier and parameters, where absent and NULL parameters are the same."""
    return tuple(child.raw for child in node.expect(SEQUENCE).children() if child.raw != b"\x05\x00")


def _extensions(node: Node) -> Iterator[tuple[str, bool, bytes]]:
    for extension in node.expect(SEQUENCE).children():
        parts = _children(extension.expect(SEQUENCE), 2, 3)
        critical = len(parts) == 3 and read_boolean(parts[1])
        yield read_oid(parts[0]), critical, parts[-1].expect(OCTET_STRING).value


# --- the list as a whole -------------------------------------------------------------------------


def _list_extensions(node: Node | None) -> tuple[dict[str, object], str | None]:
    """The fields of :class:`Crl` that are extensions, and why the list is not supported."""
    values: dict[str, object] = {}
    found: list[str] = []
    for oid, critical, value in _extensions(_children(node, 1, 1)[0]) if node is not None else ():
        if oid == _NUMBER:
            values["number"] = _integer(parse(value, INTEGER, der=False))
        elif oid == _AKI:
            identifier = parse(value, SEQUENCE, der=False).find(0x80)
            values["aki"] = identifier.value if identifier is not None else None
        elif oid == _DELTA:
            found.append("CRL_DELTA")
        elif oid == _POINT:
            found += _distribution_point(parse(value, SEQUENCE, der=False), values)
        elif critical and oid not in _HARMLESS:
            found.append("CRL_EXTENSION_UNKNOWN")
    order = ("CRL_DELTA", "CRL_INDIRECT", "CRL_EXTENSION_UNKNOWN", "CRL_PARTIAL")
    return values, next((code for code in order if code in found), None)


def _distribution_point(node: Node, values: dict[str, object]) -> Iterator[str]:
    """IssuingDistributionPoint (RFC 5280, 5.2.5): for which certificates the list is."""
    for part in node.children():
        if part.tag not in (0x81, 0x82, 0x84, 0x85):  # a place, or some reasons only
            yield "CRL_PARTIAL"
        elif part.value.strip(b"\0"):
            if part.tag == 0x81:
                values["covers_authorities"] = False
            elif part.tag == 0x82:
                values["covers_signers"] = False
            else:
                yield "CRL_INDIRECT" if part.tag == 0x84 else "CRL_PARTIAL"


# --- entries -------------------------------------------------------------------------------------


def _entries(node: Node | None) -> tuple[dict[int, Revoked], str | None]:
    """The entries by serial number, and what in one of them makes the list an unsupported one."""
    found: dict[int, Revoked] = {}
    limits: str | None = None
    for entry in node.children() if node is not None else ():
        serial, date, *extensions = _children(entry.expect(SEQUENCE), 2, 3)
        reason: str | None = None
        for oid, critical, value in _extensions(extensions[0]) if extensions else ():
            if oid == _REASON:
                # An unknown number is a reason all the same: the certificate is revoked.
                reason = REASONS.get(_integer(parse(value, 0x0A, der=False)), "unspecified")
            elif oid == _ENTRY_ISSUER:
                limits = "CRL_INDIRECT"  # this serial number, and all that follow, are of another issuer
            elif critical and oid not in _HARMLESS:
                limits = limits or "CRL_EXTENSION_UNKNOWN"
        revoked = Revoked(_integer(serial.expect(INTEGER)), read_time(date), reason)
        found.setdefault(revoked.serial, revoked)
    return found, limits


def _integer(node: Node) -> int:
    """Like serial numbers of certificates: any length, any sign."""
    return int.from_bytes(node.value, "big", signed=True)


# --- files ---------------------------------------------------------------------------------------


def crls_in(data: bytes) -> tuple[Crl, ...]:
    """Every revocation list of a PEM or DER file.

    :raises CrlError: one of them cannot be read, or there is none.
    """
    found = list[Crl]()
    for octets in pem.labelled(data, "X509 CRL"):
        if octets is None:
            raise CrlError("PEM block is not base64")
        found.append(Crl.from_der(octets))
    if not found:
        raise CrlError("no revocation list between PEM marks")
    return tuple(found)
