"""Fuzz health certificates (HC1:): only what a listed signer signed is proven."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hashlib
import zlib
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    import cbor2
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    from eid.crypto.cose import TAGGED, sign1
    from eid.crypto.keys import SoftwareSigner
    from eid.document.checks import Outcome
    from eid.encoding import base45
    from eid.errors import EidError
    from eid.qr.envelope import pack_text, parse_claims, parse_message, unpack_text
    from eid.qr.hcert import CLAIM_HCERT, read_health_certificate
    from eid.qr.hcert_verifying import PREFIX, HcertVerifier, HealthSigners
    from eid.trust.certificates import Certificate

NOW = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC)
_COMMON = {"tg": "840539006", "co": "VN", "is": "Ministry", "ci": "URN:UVCI:01:VN:0001"}
_ENTRIES = {
    "v": {
        **_COMMON,
        "vp": "1119349007",
        "mp": "EU/1/20/1528",
        "ma": "ORG-1",
        "dn": 2,
        "sd": 2,
        "dt": "2026-02-18",
    },
    "t": {
        **_COMMON,
        "tt": "LP6464-4",
        "sc": "2026-11-20T12:34:56Z",
        "tr": "260415000",
        "nm": "PCR",
        "tc": "1",
    },
    "r": {**_COMMON, "fr": "2026-09-01", "df": "2026-09-12", "du": "2027-02-28"},
}


@functools.cache
def _signer() -> tuple[SoftwareSigner, bytes]:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "VN")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=365))
        .sign(private, SHA256())
    )
    return SoftwareSigner(private), certificate.public_bytes(Encoding.DER)


@functools.cache
def _verifier() -> HcertVerifier:
    return HcertVerifier(signers=HealthSigners([Certificate.from_der(_signer()[1])]), clock=lambda: NOW)


@functools.cache
def _signed() -> frozenset[bytes]:
    return frozenset(_payloads())


def check(data: bytes) -> None:
    """Take *data* for the text of a code, for its message and for its payload."""
    for text in (data.decode("latin-1"), PREFIX + base45.encode(zlib.compress(data))):
        with contextlib.suppress(EidError):
            result = _verifier().verify(text)
            repr(result)
            message = parse_message(unpack_text(text, prefix=PREFIX), anywhere=True)
            if result.authentic.outcome is Outcome.PASSED:
                assert message.payload in _signed()
            assert (result.certificate is not None) == (result.authentic.outcome is Outcome.PASSED)
    certificate = read_health_certificate(parse_claims(data).claims.get(CLAIM_HCERT))
    assert certificate.entry.kind in ("vaccination", "test", "recovery")
    assert certificate.name
    assert "FUZZ-NAME" not in repr(certificate)


@functools.cache
def _payloads() -> tuple[bytes, ...]:
    times = {1: "VN", 4: int(NOW.timestamp()) + 60, 6: int(NOW.timestamp())}
    names = {"fn": "FUZZ-NAME", "gn": "Ánh", "fnt": "FUZZ<NAME"}
    return tuple(
        cbor2.dumps({**times, CLAIM_HCERT: {1: {"ver": "1.3.0", "dob": dob, "nam": names, kind: [entry]}}})
        for (kind, entry), dob in zip(_ENTRIES.items(), ("1999-07-04", "1999", ""), strict=True)
    )


@functools.cache
def _codes() -> tuple[bytes, ...]:
    signer, _ = _signer()
    kid = _kid()
    return tuple(sign1(payload, signer, wrapping=TAGGED, protected={4: kid}) for payload in _payloads())


def _kid() -> bytes:
    return hashlib.sha256(_signer()[1]).digest()[:8]


def seeds() -> Iterator[bytes]:
    """One code of each kind, as text, as message and as payload; and one with headers where others put them."""
    for message, payload in zip(_codes(), _payloads(), strict=True):
        yield pack_text(message, prefix=PREFIX).encode("ascii")
        yield message
        yield payload
    yield cbor2.dumps(
        cbor2.CBORTag(61, cbor2.CBORTag(18, [b"", {1: -7, 4: _kid()}, _payloads()[0], bytes(64)]))
    )


if __name__ == "__main__":
    run(check, seeds)
