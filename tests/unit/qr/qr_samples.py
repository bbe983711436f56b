"""A synthetic person, an issuer with keys, a clock that can be set, and codes put together by hand."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from eid.crypto.cose import TAGGED, sign1
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.document.dates import PartialDate
from eid.encoding import strict_cbor
from eid.qr.claim169 import Gender, QrPerson
from eid.qr.envelope import pack_text
from eid.qr.issuing import QrIssuer
from eid.qr.verifying import QrVerifier

ISSUER = "https://id.example"
NOW = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC)
HOUR, DAY, YEAR = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(days=365)

PERSON = QrPerson(
    id="001099012349",
    full_name="Nguyễn Đức Ánh",
    birth_date=PartialDate(1999, 7, 4),
    gender=Gender.MALE,
    nationality="VNM",
)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: dt.datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def advance(self, by: dt.timedelta) -> None:
        self.now += by


def signer(alg: str = "ES256", kid: str = "2026-1") -> SoftwareSigner:
    """The same key for the same names, in one run."""
    return _generated(alg, kid)


@functools.cache
def _generated(alg: str, kid: str) -> SoftwareSigner:
    return SoftwareSigner.generate(alg, kid=kid)


def issuer(alg: str = "ES256", **more: Any) -> QrIssuer:
    return QrIssuer(**{"signer": signer(alg), "issuer": ISSUER, "clock": Clock(), **more})


def verifier(*signers: SoftwareSigner, **more: Any) -> QrVerifier:
    keys = KeySet(each.key for each in signers or (signer(),))
    return QrVerifier(**{"issuers": ISSUER, "keys": keys, "clock": Clock(), **more})


def claims(**changes: Any) -> dict[Any, Any]:
    """A sound claims set; keyword ``claim_4=None`` leaves claim 4 out, another value replaces it."""
    found: dict[Any, Any] = {
        1: ISSUER,
        4: int((NOW + YEAR).timestamp()),
        6: int(NOW.timestamp()),
        169: {1: "001099012349", 4: "Nguyễn Đức Ánh"},
    }
    for name, value in changes.items():
        key = int(name.removeprefix("claim_").replace("minus_", "-"))
        if value is None:
            found.pop(key, None)
        else:
            found[key] = value
    return found


def signed_text(
    content: object,
    *,
    by: SoftwareSigner | None = None,
    protected: dict[Any, Any] | None = None,
    unprotected: dict[Any, Any] | None = None,
    wrapping: tuple[int, ...] = TAGGED,
    prefix: str = "",
) -> str:
    """A code with any payload under a right signature."""
    payload = content if isinstance(content, bytes) else cbor2.dumps(content)
    key = by or signer()
    header = {4: key.kid.encode()} if protected is None else protected
    return pack_text(
        sign1(payload, key, wrapping=wrapping, protected=header, unprotected=unprotected or {}), prefix=prefix
    )


def message_of(text: str) -> list[Any]:
    """The four parts of a code, to be changed."""
    from eid.qr.envelope import unpack_text

    return list(cbor2.loads(unpack_text(text)).value)


def text_of(parts: list[Any], tag: int | None = 18) -> str:
    """A code of four parts."""
    item: Any = parts if tag is None else strict_cbor.Tagged(tag, parts)
    return pack_text(cbor2.dumps(cbor2.CBORTag(tag, parts) if tag is not None else item))


# --- certificates --------------------------------------------------------------------------------


def _builder(subject: str, issued_by: str, public: Any, start: dt.datetime, end: dt.datetime) -> Any:
    def name(text: str) -> x509.Name:
        country, _, common = text.partition("/")
        parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, country)] if country else []
        return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])

    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issued_by))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def authority(name: str = "VN/Root") -> tuple[Any, bytes]:
    """A root's private key and certificate."""
    private = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(name, name, private.public_key(), NOW - YEAR, NOW + 10 * YEAR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(private, hashes.SHA256())
    )
    return private, certificate.public_bytes(serialization.Encoding.DER)


def certificate_for(
    public: Any,
    root: Any,
    *,
    subject: str = "VN/Signer",
    issued_by: str = "VN/Root",
    start: dt.datetime = NOW - DAY,
    end: dt.datetime = NOW + YEAR,
    usages: tuple[str, ...] = (),
) -> bytes:
    """A signer's certificate."""
    builder = _builder(subject, issued_by, public, start, end).add_extension(
        _usage(signs_certificates=False), critical=True
    )
    if usages:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([x509.ObjectIdentifier(each) for each in usages]), critical=False
        )
    octets: bytes = builder.sign(root, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return octets


@functools.cache
def rsa_key() -> Any:
    """One RSA key for all tests: making one takes long."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)
