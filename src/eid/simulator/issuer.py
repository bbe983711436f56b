"""A test issuer: a CSCA and a document signer of our own, and the EF.SOD they sign.

Everything made here is test material and says so in its names. Nobody's authority is imitated.

Standards: X.509 certificates (RFC 5280, Doc 9303-12, 7.1), CMS SignedData (RFC 5652), LDS security
object (Doc 9303-10, 4.6.2).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar

from eid.crypto.digests import digest
from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import EncodingError, PersonalisationError
from eid.simulator.scheme import (
    PrivateKey,
    Scheme,
    hash_identifier,
    load_private_key,
    spki_of,
    write_private_key,
)
from eid.trust.crl import REASONS

__all__ = ["DS_VALIDITY", "PrivateKey", "Scheme", "TestIssuer", "load_private_key", "write_private_key"]

_FROM = datetime(2021, 1, 1, tzinfo=UTC)
_CSCA_TO = datetime(2046, 1, 1, tzinfo=UTC)
#: Validity of a document signer unless another is asked for.
DS_VALIDITY = (_FROM, datetime(2043, 1, 1, tzinfo=UTC))
_NOTE = "Invented for tests"


def _key_identifier(spki: bytes) -> bytes:
    """SHA-1 of the public key's octets (RFC 5280, 4.2.1.2, method 1)."""
    return hashlib.sha1(der.read_bit_string(parse(spki).children()[1]), usedforsecurity=False).digest()


def _name(country: str, common_name: str) -> bytes:
    def part(kind: str, tag: int, text: str) -> bytes:
        return der.set_of([der.sequence(der.oid(kind), tlv(tag, text.encode()))])

    return der.sequence(
        part("2.5.4.6", 0x13, country),
        part("2.5.4.10", der.UTF8_STRING, _NOTE),
        part("2.5.4.3", der.UTF8_STRING, common_name),
    )


def _time(value: datetime) -> bytes:
    value = value.astimezone(UTC)
    if value.year < 2050:  # RFC 5280, 4.1.2.5
        return tlv(der.UTC_TIME, value.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(der.GENERALIZED_TIME, value.strftime("%Y%m%d%H%M%SZ").encode())


def _extension(kind: str, value: bytes, *, critical: bool = False) -> bytes:
    flag = der.boolean(True) if critical else b""
    return der.sequence(der.oid(kind), flag, tlv(der.OCTET_STRING, value))


def _certificate(
    *,
    serial: int,
    issuer: bytes,
    subject: bytes,
    validity: tuple[datetime, datetime],
    spki: bytes,
    extensions: list[bytes],
    scheme: Scheme,
    key: PrivateKey,
) -> bytes:
    """A signed X.509 version 3 certificate."""
    tbs = der.sequence(
        tlv(0xA0, der.integer(2)),
        der.integer(serial),
        scheme.identifier(),
        issuer,
        der.sequence(_time(validity[0]), _time(validity[1])),
        subject,
        spki,
        tlv(0xA3, der.sequence(*extensions)),
    )
    return der.sequence(tbs, scheme.identifier(), der.bit_string(scheme.sign(key, tbs)))


def _new_serial() -> int:
    return int.from_bytes(secrets.token_bytes(8), "big") >> 1 | 1


@dataclass(frozen=True, slots=True, repr=False)
class TestIssuer:
    """A test CSCA with one document signer. Frozen; :meth:`create` makes one.

    :param csca_der: the self-signed CSCA certificate: what a verifier is given as its anchor.
    :param ds_der: the document signer's certificate, as it goes into every EF.SOD.
    :param csca_scheme: how the CSCA signs; like the document signer unless given.
    """

    #: pytest would take the class for a test by its name.
    __test__: ClassVar[bool] = False

    scheme: Scheme
    csca_key: PrivateKey
    ds_key: PrivateKey
    csca_der: bytes
    ds_der: bytes
    csca_scheme: Scheme | None = None

    @classmethod
    def create(
        cls,
        algorithm: str = "ecdsa-brainpoolP384r1-sha256",
        *,
        country: str = "UT",
        csca_algorithm: str | None = None,
        csca_key: PrivateKey | None = None,
        csca_der: bytes | None = None,
        ds_key: PrivateKey | None = None,
        csca_validity: tuple[datetime, datetime] = (_FROM, _CSCA_TO),
        ds_validity: tuple[datetime, datetime] = DS_VALIDITY,
        explicit_parameters: bool = False,
        document_types: tuple[str, ...] = (),
        extended_key_usage: tuple[str, ...] = (),
        salt_length: int | None = None,
    ) -> TestIssuer:
        """Make a CSCA and a document signer; keys that are not given are fresh.

        :param algorithm: of the document signer, see :meth:`Scheme.parse`.
        :param csca_algorithm: of the CSCA; the same unless given.
        :param csca_der: an existing CSCA certificate (then *csca_key* is its key), kept as it is.
        :param explicit_parameters: write EC keys with explicit curve parameters.
        :param document_types: for the extension document type list (Doc 9303-12, 7.1.1.6).
        :param extended_key_usage: purposes (dotted) that make the document signer a signer of lists.
        :param salt_length: of PSS in octets; the length of the hash unless given.
        :raises PersonalisationError: unknown algorithm, or a key that does not fit it.
        """
        scheme = replace(Scheme.parse(algorithm), salt_length=salt_length)
        csca_scheme = Scheme.parse(csca_algorithm) if csca_algorithm else scheme
        csca_key = csca_key or csca_scheme.new_key()
        ds_key = ds_key or scheme.new_key()
        csca_spki = spki_of(csca_key, explicit_parameters=explicit_parameters)
        ds_spki = spki_of(ds_key, explicit_parameters=explicit_parameters)
        authority = _name(country, "Test CSCA, not an authority")
        identifier = _key_identifier(csca_spki)
        if csca_der is None:
            csca_der = _certificate(
                serial=_new_serial(),
                issuer=authority,
                subject=authority,
                validity=csca_validity,
                spki=csca_spki,
                extensions=[
                    _extension("2.5.29.14", tlv(der.OCTET_STRING, identifier)),
                    _extension("2.5.29.15", tlv(der.BIT_STRING, b"\x01\x06"), critical=True),
                    _extension("2.5.29.19", der.sequence(der.boolean(True), der.integer(0)), critical=True),
                ],
                scheme=csca_scheme,
                key=csca_key,
            )
        else:
            authority, csca_spki = _subject_and_key(csca_der)
            identifier = _key_identifier(csca_spki)
        extensions = [
            _extension("2.5.29.35", der.sequence(tlv(0x80, identifier))),
            _extension("2.5.29.14", tlv(der.OCTET_STRING, _key_identifier(ds_spki))),
            _extension("2.5.29.15", tlv(der.BIT_STRING, b"\x07\x80"), critical=True),
        ]
        if document_types:
            kinds = der.set_of(tlv(0x13, kind.encode()) for kind in document_types)
            extensions.append(_extension("2.23.136.1.1.6.2", der.sequence(der.integer(0), kinds)))
        if extended_key_usage:
            purposes = der.sequence(*map(der.oid, extended_key_usage))
            extensions.append(_extension("2.5.29.37", purposes, critical=True))
        ds_der = _certificate(
            serial=_new_serial(),
            issuer=authority,
            subject=_name(country, "Test document signer, not an authority"),
            validity=ds_validity,
            spki=ds_spki,
            extensions=extensions,
            scheme=csca_scheme,
            key=csca_key,
        )
        return cls(scheme, csca_key, ds_key, csca_der, ds_der, csca_scheme)

    def sign_sod(
        self,
        files: Mapping[str, bytes] | None = None,
        *,
        hashes: Mapping[int, bytes] | None = None,
        hash_name: str | None = None,
        lds_version: int = 0,
        sid: str = "issuer",
        signing_time: datetime | None = None,
        content_type: str = "2.23.136.1.1.1",
        with_certificate: bool = True,
        plain_rsa: bool = False,
    ) -> bytes:
        """The octets of EF.SOD (tag 77).

        :param files: data groups by name (``DG1`` ...); their hashes go into the security object.
        :param hashes: hashes by group number instead of or beside *files*.
        :param hash_name: of the groups, ``sha1`` to ``sha512``; that of the signature unless given.
        :param lds_version: 0, or 1 for a security object with LDS version information.
        :param sid: signer identified by ``issuer`` (name and serial) or by ``ski``.
        :param signing_time: added as a signed attribute when given.
        :param plain_rsa: name rsaEncryption as the signature algorithm.
        """
        content = lds_security_object(
            files or {}, hashes or {}, hash_name or self.scheme.hash_name, lds_version
        )
        return tlv(
            0x77,
            self.sign_content(
                content,
                content_type=content_type,
                sid=sid,
                signing_time=signing_time,
                with_certificate=with_certificate,
                plain_rsa=plain_rsa,
            ),
        )

    def sign_content(
        self,
        content: bytes,
        *,
        content_type: str,
        sid: str = "issuer",
        signing_time: datetime | None = None,
        with_certificate: bool = True,
        plain_rsa: bool = False,
        attributes: Iterable[tuple[str, bytes]] = (),
    ) -> bytes:
        """A CMS SignedData (in its ContentInfo) over *content*, signed by the document signer.

        :param attributes: further signed attributes: dotted identifier and encoded value.
        """
        digest_name = self.scheme.hash_name
        stated = [
            _attribute("1.2.840.113549.1.9.3", der.oid(content_type)),
            _attribute("1.2.840.113549.1.9.4", tlv(der.OCTET_STRING, digest(digest_name, content))),
            *(_attribute(kind, value) for kind, value in attributes),
        ]
        if signing_time is not None:
            stated.append(_attribute("1.2.840.113549.1.9.5", _time(signing_time)))
        signed = der.set_of(stated)
        certificate = parse(self.ds_der).children()[0].children()
        serial, issuer, spki = certificate[1].raw, certificate[3].raw, certificate[6].raw
        by_key = sid == "ski"
        who = tlv(0x80, _key_identifier(spki)) if by_key else der.sequence(issuer, serial)
        signer = der.sequence(
            der.integer(3 if by_key else 1),
            who,
            hash_identifier(digest_name),
            b"\xa0" + signed[1:],
            self.scheme.identifier(plain_rsa=plain_rsa),
            tlv(der.OCTET_STRING, self.scheme.sign(self.ds_key, signed)),
        )
        signed_data = der.sequence(
            der.integer(3),
            der.set_of([hash_identifier(digest_name)]),
            der.sequence(der.oid(content_type), tlv(0xA0, tlv(der.OCTET_STRING, content))),
            tlv(0xA0, self.ds_der) if with_certificate else b"",
            der.set_of([signer]),
        )
        return der.sequence(der.oid("1.2.840.113549.1.7.2"), tlv(0xA0, signed_data))

    def sign_crl(
        self,
        revoked: Mapping[int, str | None] | None = None,
        *,
        this_update: datetime,
        next_update: datetime | None,
        number: int = 1,
        extensions: Iterable[bytes] = (),
    ) -> bytes:
        """A certificate revocation list signed by the CSCA (RFC 5280, 5).

        :param revoked: serial numbers with a reason, a word of :data:`eid.trust.crl.REASONS` or ``None``.
            The date of each revocation is *this_update*.
        :param next_update: ``None`` leaves it out.
        :param extensions: further ones of the list, encoded.
        """
        subject, spki = _subject_and_key(self.csca_der)
        scheme = self.csca_scheme or self.scheme
        entries = [_revoked(serial, this_update, reason) for serial, reason in (revoked or {}).items()]
        tbs = der.sequence(
            der.integer(1),
            scheme.identifier(),
            subject,
            _time(this_update),
            _time(next_update) if next_update is not None else b"",
            der.sequence(*entries) if entries else b"",
            tlv(0xA0, der.sequence(
                _extension("2.5.29.35", der.sequence(tlv(0x80, _key_identifier(spki)))),
                _extension("2.5.29.20", der.integer(number)),
                *extensions,
            )),
        )  # fmt: skip
        signature = scheme.sign(self.csca_key, tbs)
        return der.sequence(tbs, scheme.identifier(), der.bit_string(signature))


def _revoked(serial: int, date: datetime, reason: str | None) -> bytes:
    number = next((number for number, word in REASONS.items() if word == reason), None)
    more = b""
    if number is not None:
        more = der.sequence(_extension("2.5.29.21", der.integer(number, tag=0x0A)))
    return der.sequence(der.integer(serial), _time(date), more)


def _subject_and_key(certificate: bytes) -> tuple[bytes, bytes]:
    try:
        fields = parse(certificate, der.SEQUENCE).children()[0].children()
        return fields[5].raw, fields[6].raw
    except (EncodingError, IndexError):
        raise PersonalisationError("the CSCA certificate cannot be read") from None


def _attribute(kind: str, value: bytes) -> bytes:
    return der.sequence(der.oid(kind), der.set_of([value]))


def lds_security_object(
    files: Mapping[str, bytes], given: Mapping[int, bytes], hash_name: str, version: int
) -> bytes:
    """LDSSecurityObject (Doc 9303-10, 4.6.2.2), version 0 or 1."""
    all_hashes = {int(name.removeprefix("DG")): digest(hash_name, octets) for name, octets in files.items()}
    all_hashes.update(given)
    info = der.sequence(tlv(0x13, b"0108"), tlv(0x13, b"040000")) if version else b""
    return der.sequence(
        der.integer(version),
        hash_identifier(hash_name),
        der.sequence(
            *(
                der.sequence(der.integer(number), tlv(der.OCTET_STRING, value))
                for number, value in sorted(all_hashes.items())
            )
        ),
        info,
    )
