"""What the test issuer signs is what OpenSSL and our own trust code call right."""

from __future__ import annotations

import functools
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from eid.document.sod import SecurityObject
from eid.encoding.tlv import parse
from eid.errors import KeyFormatError, PersonalisationError
from eid.simulator.issuer import PrivateKey, Scheme, TestIssuer, load_private_key, write_private_key
from eid.trust.certificates import Certificate, verify_issued_by
from eid.trust.cms import verify_signer

CURVES = ("secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1")
HASHES = ("sha1", "sha224", "sha256", "sha384", "sha512")
ALGORITHMS = (
    *(f"ecdsa-{curve}-{HASHES[i % 5]}" for i, curve in enumerate(CURVES * 2)),
    *(f"rsa-2048-{name}" for name in HASHES),
    *(f"rsapss-2048-{name}" for name in HASHES),
)


@functools.cache
def _key(algorithm: str) -> PrivateKey:
    return Scheme.parse(algorithm).new_key()


def issuer(algorithm: str, **options: object) -> TestIssuer:
    """An issuer whose slow keys are made once."""
    kind = algorithm if algorithm.startswith("ecdsa") else "rsa-2048-sha256"
    return TestIssuer.create(algorithm, csca_key=_key(kind), ds_key=_key(kind), **options)  # type: ignore[arg-type]


def openssl_verify(folder: Path, sod: bytes, csca: bytes, *, chain: bool = True) -> bytes | None:
    """The content, when ``openssl cms`` accepts the signature."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    (folder / "sod.der").write_bytes(parse(sod).value)
    certificate = x509.load_der_x509_certificate(csca)
    (folder / "csca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    trust = ["-CAfile", str(folder / "csca.pem"), "-purpose", "any"] if chain else ["-noverify"]
    command = [
        "openssl",
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        str(folder / "sod.der"),
        "-out",
    ]
    done = subprocess.run([*command, str(folder / "content"), *trust], capture_output=True, check=False)
    return (folder / "content").read_bytes() if done.returncode == 0 else None


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_openssl_accepts_the_security_object_and_refuses_an_altered_one(
    algorithm: str, tmp_path: Path
) -> None:
    made = issuer(algorithm, document_types=("ID",))
    for sid, moment in (("issuer", None), ("ski", datetime(2024, 7, 4, tzinfo=UTC))):
        sod = made.sign_sod({"DG1": b"one", "DG2": b"two"}, sid=sid, signing_time=moment, lds_version=1)
        assert openssl_verify(tmp_path, sod, made.csca_der) == SecurityObject.parse(sod).signed_data.content
    altered = sod[:-1] + bytes((sod[-1] ^ 1,))
    assert openssl_verify(tmp_path, altered, made.csca_der) is None


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_our_own_verification_accepts_it(algorithm: str) -> None:
    made = issuer(algorithm)
    sod = SecurityObject.parse(made.sign_sod({"DG1": b"one"}, hashes={16: b"\1" * 32}, hash_name="sha256"))
    certificate = Certificate.from_der(made.ds_der)
    verify_signer(sod.signed_data, sod.signed_data.signers[0], certificate)
    verify_issued_by(certificate, Certificate.from_der(made.csca_der))
    assert sod.hash_name == "sha256"
    assert sorted(sod.hashes) == [1, 16]


def test_explicit_curve_parameters_are_written_out(tmp_path: Path) -> None:
    made = issuer("ecdsa-brainpoolP512r1-sha512", explicit_parameters=True)
    key = Certificate.from_der(made.csca_der).public_key
    assert key.explicit_parameters
    assert key.curve is not None
    assert key.curve.name == "brainpoolP512r1"
    # OpenSSL verifies the signature but by policy no chain with such keys.
    assert openssl_verify(tmp_path, made.sign_sod({"DG1": b""}), made.csca_der, chain=False)


def test_another_salt_length_and_plain_rsa_encryption_are_possible(tmp_path: Path) -> None:
    for made, plain in (
        (issuer("rsapss-2048-sha256", salt_length=20), False),
        (issuer("rsa-2048-sha256"), True),
    ):
        sod = made.sign_sod({"DG1": b"one"}, plain_rsa=plain)
        assert openssl_verify(tmp_path, sod, made.csca_der)


def test_certificates_have_the_extensions_of_doc_9303_12() -> None:
    made = issuer("ecdsa-secp256r1-sha256", country="VN", document_types=("ID", "P"))
    csca = x509.load_der_x509_certificate(made.csca_der)
    signer = x509.load_der_x509_certificate(made.ds_der)
    assert "not an authority" in csca.subject.rfc4514_string()
    assert "not an authority" in signer.subject.rfc4514_string()
    assert csca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert csca.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    assert signer.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    identifier = csca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert (
        signer.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        == identifier
    )
    assert signer.extensions.get_extension_for_oid(x509.ObjectIdentifier("2.23.136.1.1.6.2"))
    signer.verify_directly_issued_by(csca)
    csca.verify_directly_issued_by(csca)


def test_an_existing_csca_certificate_is_kept() -> None:
    first = issuer("ecdsa-secp256r1-sha256", country="VN")
    again = TestIssuer.create("ecdsa-secp256r1-sha256", csca_key=first.csca_key, csca_der=first.csca_der)
    assert again.csca_der == first.csca_der
    verify_issued_by(Certificate.from_der(again.ds_der), Certificate.from_der(first.csca_der))
    with pytest.raises(PersonalisationError):
        TestIssuer.create(csca_key=first.csca_key, csca_der=b"\x30\x00")


def test_validity_beyond_2049_is_written_as_generalized_time() -> None:
    far = (datetime(2049, 12, 31, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC))
    certificate = x509.load_der_x509_certificate(issuer("ecdsa-secp256r1-sha256", ds_validity=far).ds_der)
    assert (certificate.not_valid_before_utc, certificate.not_valid_after_utc) == far


def test_ecdsa_signs_the_same_message_the_same_way() -> None:
    made = issuer("ecdsa-brainpoolP384r1-sha256")
    assert made.sign_sod({"DG1": b"x"}) == made.sign_sod({"DG1": b"x"})


@pytest.mark.parametrize(
    "name", ["", "ecdsa-secp256k1-sha256", "ecdsa-brainpoolP224r1-sha256", "rsa-512-sha1", "rsa-2048-md5"]
)
def test_an_unknown_algorithm_is_refused(name: str) -> None:
    with pytest.raises(PersonalisationError):
        Scheme.parse(name)


def test_a_key_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(PersonalisationError):
        TestIssuer.create("rsa-2048-sha256", csca_key=_key("ecdsa-secp256r1-sha256"))
    with pytest.raises(PersonalisationError):
        TestIssuer.create("ecdsa-secp256r1-sha256", csca_key=_key("rsa-2048-sha256"))


def test_private_keys_survive_pkcs8_and_other_octets_are_refused() -> None:
    key = _key("ecdsa-secp256r1-sha256")
    again = load_private_key(write_private_key(key))
    assert isinstance(again, ec.EllipticCurvePrivateKey)
    assert again.private_numbers() == key.private_numbers()
    ed25519 = bytes.fromhex("302e020100300506032b657004220420") + bytes(range(32))
    for octets in (b"", b"\x30\x00", ed25519):
        with pytest.raises(KeyFormatError):
            load_private_key(octets)
