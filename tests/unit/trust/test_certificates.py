"""Certificates, among them the odd ones that real authorities have issued."""

from __future__ import annotations

import base64
import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import CertificateError, EidError, EncodingError, InvalidSignature, LimitExceeded
from eid.simulator.issuer import TestIssuer
from eid.trust.certificates import (
    MAX_CERTIFICATE,
    Certificate,
    certificates_in,
    name_key,
    name_text,
    verify_issued_by,
)
from eid.trust.oddities import issuance_oddities
from eid.trust.problems import PROBLEMS

ISSUER = TestIssuer.create("ecdsa-secp256r1-sha256")
CSCA, DS = Certificate.from_der(ISSUER.csca_der), Certificate.from_der(ISSUER.ds_der)


def name(*attributes: tuple[str, bytes]) -> bytes:
    return der.sequence(*(der.set_of([der.sequence(der.oid(oid), value)]) for oid, value in attributes))


def rebuilt(base: bytes, changes: dict[int, bytes], extensions: list[bytes] | None = None) -> bytes:
    """*base* with elements of its tbsCertificate replaced by number; its signature is then wrong."""
    tbs, algorithm, signature = parse(base).children()
    parts = [changes.get(i, node.raw) for i, node in enumerate(tbs.children())]
    if extensions is not None:
        parts[7] = tlv(0xA3, der.sequence(*extensions))
    return der.sequence(der.sequence(*parts), algorithm.raw, signature.raw)


def extension(oid: str, value: bytes, critical: bytes = b"") -> bytes:
    return der.sequence(der.oid(oid), critical, tlv(der.OCTET_STRING, value))


# --- real certificates ---------------------------------------------------------------------------


def test_every_odd_country_certificate_loads_and_its_signature_holds(corpora: Path) -> None:
    folder = corpora / "csca"
    items: list[dict[str, Any]] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))[
        "certificates"
    ]
    found: dict[str, str] = {}
    for item in items:
        (certificate,) = certificates_in((folder / item["file"]).read_bytes())
        assert certificate.fingerprint == item["sha256"]
        assert certificate.serial == int(item["serial"], 16)
        signer = certificate
        if item["signed_by"] != "self":
            (signer,) = certificates_in((folder / item["signed_by"]).read_bytes())
        assert certificate.public_key.unsupported is None
        kind, size = item["key"].split()[:2]
        expected = f"RSA-{size}" if kind == "rsa" else size
        assert certificate.public_key.name == expected
        assert certificate.public_key.explicit_parameters == (kind == "explicit")
        verify_issued_by(certificate, signer)
        found[item["oddity"]] = certificate.fingerprint
    assert len(items) == 43
    assert found["vn-explicit-brainpoolP512r1"].startswith("6b5fa6fe")


def test_an_altered_country_certificate_is_noticed(corpora: Path) -> None:
    raw = bytearray((corpora / "csca/certs/vn-explicit-brainpoolP512r1_VN_6b5fa6fe.der").read_bytes())
    good = Certificate.from_der(bytes(raw))
    at = raw.index(b"CSCA ePassport")
    raw[at] ^= 1
    with pytest.raises(InvalidSignature):
        verify_issued_by(Certificate.from_der(bytes(raw)), good)


ODDITIES = {
    "vn-explicit-brainpoolP512r1": {"EXPLICIT_CURVE_PARAMETERS"},
    "ecdsa-null-params-unparsable": {"ALGORITHM_PARAMETERS"},
    "explicit-brainpoolP256r1": {"EXPLICIT_CURVE_PARAMETERS"},
    "explicit-brainpoolP384r1": {"EXPLICIT_CURVE_PARAMETERS"},
    "explicit-secp521r1-b-65-octets": {"EXPLICIT_CURVE_PARAMETERS", "CURVE_COEFFICIENTS"},
    "explicit-secp256r1-nonstandard-seed": {"EXPLICIT_CURVE_PARAMETERS", "CURVE_SEED"},
    "explicit-secp384r1-padded-49-octet-coeffs": {"EXPLICIT_CURVE_PARAMETERS", "CURVE_COEFFICIENTS"},
    "ski-not-wrapped": {"SKI_NOT_WRAPPED"},
    "boolean-true-01": {"BOOLEAN_NOT_DER"},
    "ca-false-with-pathlen": {"PATH_LENGTH_WITHOUT_CA", "CA_FALSE"},
    "aki-serial-without-issuer": {"AKI_SERIAL_WITHOUT_ISSUER"},
    "serial-negative": {"SERIAL_NOT_POSITIVE"},
    "serial-zero": {"SERIAL_NOT_POSITIVE"},
    "generalizedtime-before-2050": {"TIME_ENCODING"},
    "country-lower-case": {"COUNTRY_LOWER_CASE"},
    "country-three-letters": {"COUNTRY_NOT_TWO_LETTERS"},
    "no-country": {"COUNTRY_MISSING"},
    "pss-salt-20": {"PSS_PARAMETERS"},
    "sha1-rsa": {"SHA1_SIGNATURE"},
    "sha1-ecdsa": {"SHA1_SIGNATURE"},
    "rsa-6144": {"RSA_KEY_SIZE"},
    "rsa-e3": {"RSA_EXPONENT"},
    "rsa-spki-rsassa-pss-or-odd-e": {"RSA_EXPONENT"},
    "critical-nameChange": {"NAME_CHANGE_CRITICAL"},
    "ca-without-basicConstraints": {"BASIC_CONSTRAINTS_MISSING"},
    "link-issuer-name-mismatch-issuer": set(),
}
#: What the name of the signer is beside the issuer's name that the certificate states.
LINKS = {
    "AT": "ISSUER_NAME_ENCODING",
    "GB": "ISSUER_NAME_ENCODING",
    "SE": "ISSUER_NAME_ENCODING",
    "ES": "ISSUER_NAME_DIFFERS",
    "PH": "ISSUER_NAME_DIFFERS",
}


def test_every_oddity_of_the_corpus_has_a_problem_code(corpora: Path) -> None:
    folder = corpora / "csca"
    items = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["certificates"]
    for item in items:
        certificate = Certificate.from_der((folder / item["file"]).read_bytes())
        signer = certificate
        if item["signed_by"] != "self":
            signer = Certificate.from_der((folder / item["signed_by"]).read_bytes())
        between = issuance_oddities(certificate, signer)
        assert set(certificate.warnings) | set(between) <= PROBLEMS.keys()
        if item["oddity"] == "link-issuer-name-mismatch":
            assert between == (LINKS[item["file"].split("_")[-2]],)
        else:
            assert set(certificate.warnings) >= ODDITIES[item["oddity"]], item["file"]


@pytest.mark.parametrize(
    ("start", "may_issue"),
    [
        ("serial-zero", True),
        ("boolean-true-01", True),
        ("ca-without-basicConstraints", False),
        ("ca-false-with-pathlen", False),
        ("critical-nameChange", True),
    ],
)
def test_oddities_do_not_widen_rights(corpora: Path, start: str, may_issue: bool) -> None:
    for path in (corpora / "csca/certs").glob(f"{start}*.der"):
        certificate = Certificate.from_der(path.read_bytes())
        assert certificate.may_issue is may_issue
        assert certificate.unknown_critical == ()
        assert certificate.name_change is (start == "critical-nameChange")


def test_key_identifier_without_its_inner_octet_string_is_read(corpora: Path) -> None:
    (path,) = (corpora / "csca/certs").glob("ski-not-wrapped*.der")
    certificate = Certificate.from_der(path.read_bytes())
    assert certificate.ski is not None
    assert len(certificate.ski) == 20


# --- reading -------------------------------------------------------------------------------------


def test_a_signer_certificate_reads_as_it_was_made() -> None:
    assert DS.issuer_text == CSCA.subject_text == "C=UT,O=Invented for tests,CN=Test CSCA, not an authority"
    assert DS.country == "UT"
    assert (DS.is_ca, DS.may_issue, DS.key_usage) == (False, False, frozenset({"digital_signature"}))
    assert (CSCA.is_ca, CSCA.may_issue, CSCA.path_length) == (True, True, 0)
    assert CSCA.key_usage == frozenset({"key_cert_sign", "crl_sign"})
    assert DS.aki == CSCA.ski
    assert CSCA.self_issued
    assert not DS.self_issued
    assert DS.signature_algorithm.name == "ecdsa-with-SHA256"
    assert DS.warnings == ()
    verify_issued_by(DS, CSCA)
    verify_issued_by(CSCA, CSCA)
    with pytest.raises(InvalidSignature):
        verify_issued_by(CSCA, DS)


def test_validity_includes_both_ends() -> None:
    second = timedelta(seconds=1)
    assert DS.not_before == datetime(2021, 1, 1, tzinfo=UTC)
    assert DS.valid_at(DS.not_before)
    assert DS.valid_at(DS.not_after)
    assert not DS.valid_at(DS.not_before - second)
    assert not DS.valid_at(DS.not_after + second)


def test_equality_is_that_of_the_octets() -> None:
    twin = Certificate.from_der(bytes(bytearray(ISSUER.ds_der)))
    assert twin == DS
    assert len({twin, DS, CSCA}) == 2
    assert ISSUER.ds_der != DS
    assert "DS" not in repr(DS)
    assert DS.fingerprint[:8] in repr(DS)


def test_a_signature_algorithm_outside_the_signed_part_must_be_the_signed_one() -> None:
    tbs, _, signature = parse(ISSUER.ds_der).children()
    other = der.sequence(der.oid("1.2.840.10045.4.3.4"))
    certificate = Certificate.from_der(der.sequence(tbs.raw, other, signature.raw))
    assert certificate.warnings == ("SIGNATURE_ALGORITHM_DIFFERS",)
    assert certificate.signature_algorithm.hash_name == "sha256"
    with pytest.raises(InvalidSignature):
        verify_issued_by(certificate, CSCA)


def test_a_malformed_signature_algorithm_is_an_error_of_the_certificate() -> None:
    certificate = Certificate.from_der(rebuilt(ISSUER.ds_der, {2: der.sequence()}))
    with pytest.raises(CertificateError):
        verify_issued_by(certificate, CSCA)


def test_extensions_that_are_malformed_or_repeated_give_a_warning_and_no_rights() -> None:
    basic, usage = "2.5.29.19", "2.5.29.15"
    broken = Certificate.from_der(rebuilt(ISSUER.csca_der, {}, [extension(basic, b"\x30\x05")]))
    assert broken.warnings == ("EXTENSION_MALFORMED",)
    assert not broken.is_ca
    no, yes = der.sequence(), der.sequence(der.boolean(True))
    twice = Certificate.from_der(rebuilt(ISSUER.csca_der, {}, [extension(basic, no), extension(basic, yes)]))
    assert twice.warnings == ("EXTENSION_REPEATED",)
    assert not twice.is_ca
    without_sign = [extension(basic, yes), extension(usage, tlv(der.BIT_STRING, b"\7\x80"))]
    signer = Certificate.from_der(rebuilt(ISSUER.csca_der, {}, without_sign))
    assert signer.is_ca
    assert not signer.may_issue
    only_basic = Certificate.from_der(rebuilt(ISSUER.csca_der, {}, [extension(basic, yes)]))
    assert only_basic.may_issue
    assert only_basic.key_usage is None


@pytest.mark.parametrize(
    ("oid", "value"),
    [
        ("2.5.29.15", b"\4\2\1\6"),
        ("2.5.29.15", b"\3\0"),
        ("2.5.29.19", b"\x30\5\1"),
        ("2.5.29.19", der.sequence(der.boolean(True), der.integer(-1))),
        ("2.5.29.37", der.sequence(der.integer(1))),
    ],
)
def test_a_restriction_that_cannot_be_read_is_not_taken_for_none(oid: str, value: bytes) -> None:
    basic = extension("2.5.29.19", der.sequence(der.boolean(True)))
    others = [] if oid == "2.5.29.19" else [basic]
    certificate = Certificate.from_der(rebuilt(ISSUER.csca_der, {}, [extension(oid, value), *others]))
    assert certificate.unknown_critical == (oid,)
    assert "EXTENSION_MALFORMED" in certificate.warnings
    assert certificate.key_usage == (frozenset() if oid == "2.5.29.15" else None)
    assert certificate.may_issue is (oid == "2.5.29.37")


def test_two_restrictions_are_not_taken_for_the_better_one() -> None:
    sign, certify = (extension("2.5.29.15", tlv(der.BIT_STRING, bits)) for bits in (b"\7\x80", b"\1\6"))
    certificate = Certificate.from_der(rebuilt(ISSUER.csca_der, {}, [sign, certify]))
    assert certificate.unknown_critical == ("2.5.29.15",)
    assert certificate.key_usage == frozenset({"digital_signature"})


def test_unknown_critical_extensions_and_purposes_are_listed() -> None:
    true = der.boolean(True)
    extensions = [
        extension("1.2.3", b"", true),
        extension("1.2.4", b"", der.boolean(False)),
        extension("1.2.5", b""),
        extension("2.5.29.37", der.sequence(der.oid("2.23.136.1.1.3")), true),
    ]
    certificate = Certificate.from_der(rebuilt(ISSUER.ds_der, {}, extensions))
    assert certificate.unknown_critical == ("1.2.3",)
    assert certificate.extended_key_usage == ("2.23.136.1.1.3",)


def test_a_certificate_without_version_and_extensions_is_no_authority() -> None:
    tbs, algorithm, signature = parse(ISSUER.csca_der).children()
    parts = [node.raw for node in tbs.children()][1:-1]
    certificate = Certificate.from_der(der.sequence(der.sequence(*parts), algorithm.raw, signature.raw))
    assert (certificate.is_ca, certificate.ski, certificate.key_usage) == (False, None, None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        der.sequence(),
        der.sequence(der.sequence(), der.sequence(), der.bit_string(b"")),
        ISSUER.ds_der[:-1],
        ISSUER.ds_der + b"\0",
        rebuilt(ISSUER.ds_der, {4: der.sequence(tlv(der.UTC_TIME, b"never"), tlv(der.UTC_TIME, b"never"))}),
        rebuilt(ISSUER.ds_der, {1: tlv(der.OCTET_STRING, b"\1")}),
        rebuilt(ISSUER.ds_der, {}, [der.sequence(der.oid("1.2.3"))]),
    ],
)
def test_what_is_no_certificate_gives_a_certificate_error(data: bytes) -> None:
    with pytest.raises(CertificateError):
        Certificate.from_der(data)


def test_a_certificate_beyond_the_limit_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        Certificate.from_der(b"\0" * (MAX_CERTIFICATE + 1))


def test_pem_and_der_files_are_read() -> None:
    def pem(raw: bytes) -> bytes:
        body = base64.encodebytes(raw)
        return b"-----BEGIN CERTIFICATE-----\r\n" + body + b"-----END CERTIFICATE-----\n"

    assert certificates_in(ISSUER.ds_der) == (DS,)
    assert certificates_in(b"subject=...\n" + pem(ISSUER.ds_der) + pem(ISSUER.csca_der)) == (DS, CSCA)
    for wrong in (b"-----BEGIN PRIVATE KEY-----", pem(b"")[:28] + b"A\n-----END CERTIFICATE-----"):
        with pytest.raises(CertificateError):
            certificates_in(wrong)


# --- names ---------------------------------------------------------------------------------------


def test_names_are_equal_however_they_are_encoded() -> None:
    one = name(("2.5.4.6", tlv(0x13, b"vn")), ("2.5.4.10", tlv(0x0C, b"An  Authority ")))
    other = name(("2.5.4.6", tlv(0x13, b"VN")), ("2.5.4.10", tlv(0x1E, "an authority".encode("utf-16-be"))))
    assert one != other
    assert name_key(one) == name_key(other)
    assert name_key(one) != name_key(name(("2.5.4.6", tlv(0x13, b"VN"))))
    assert name_text(one) == "C=vn,O=An  Authority "


def test_names_that_cannot_be_read_are_still_shown_and_compared() -> None:
    odd = name(("1.2.3", tlv(0x04, b"\xff")), ("2.5.4.3", tlv(0x0C, b"\xff")))
    assert name_text(odd) == "1.2.3=#0401ff,CN=#0c01ff"
    assert name_text(name(("2.5.4.3", tlv(0x0C, b"a\x1b[31mb\n")))) == "CN=a[31mb"
    assert name_text(b"\x30\x05") == "(unreadable)"
    with pytest.raises(EncodingError):
        name_key(b"\x30\x05")
    assert Certificate.from_der(rebuilt(ISSUER.ds_der, {5: der.sequence()})).country is None


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([ISSUER.ds_der, ISSUER.csca_der]),
    st.integers(0, 900),
    st.binary(max_size=4),
    st.integers(0, 3),
)
def test_damaged_certificates_raise_only_errors_of_the_library(
    seed: bytes, at: int, new: bytes, drop: int
) -> None:
    at %= len(seed)
    try:
        certificate = Certificate.from_der(seed[:at] + new + seed[at + drop :])
    except EidError:
        return
    assert set(certificate.warnings) <= PROBLEMS.keys()
    assert repr(certificate)
    with contextlib.suppress(EidError):
        verify_issued_by(certificate, CSCA)
