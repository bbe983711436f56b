"""Revocation lists: what is read, what is refused, and what a list says of itself."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import CrlError, EidError, InvalidSignature, LimitExceeded, UnsupportedAlgorithm
from eid.simulator.issuer import TestIssuer
from eid.trust.certificates import Certificate
from eid.trust.crl import MAX_CRL, Crl, Revoked, crls_in

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=30)
ISSUER = TestIssuer.create("ecdsa-secp256r1-sha256")
STRANGER = TestIssuer.create("ecdsa-secp256r1-sha256")
AUTHORITY = Certificate.from_der(ISSUER.csca_der)
LIST = ISSUER.sign_crl({5: "key_compromise", 2**70: None, -3: "superseded"}, this_update=NOW, next_update=LATER, number=7)  # fmt: skip


def extension(oid: str, value: bytes, *, critical: bool = True) -> bytes:
    return der.sequence(der.oid(oid), der.boolean(critical), tlv(der.OCTET_STRING, value))


def with_extension(oid: str, value: bytes, *, critical: bool = True) -> Crl:
    more = [extension(oid, value, critical=critical)]
    return Crl.from_der(ISSUER.sign_crl({5: None}, this_update=NOW, next_update=LATER, extensions=more))


def rebuilt(**parts: bytes | None) -> bytes:
    """LIST with other parts of the signed structure, under a signature that is no longer right."""
    tbs, algorithm, signature = parse(LIST).children()
    names = ("version", "algorithm", "issuer", "this_update", "next_update", "revoked", "extensions")
    fields = {name: node.raw for name, node in zip(names, tbs.children(), strict=True)} | parts
    return der.sequence(
        der.sequence(*(octets for octets in fields.values() if octets)), algorithm.raw, signature.raw
    )


def entry(serial: bytes = der.integer(5), *extensions: bytes) -> bytes:
    date = tlv(der.UTC_TIME, b"260301120000Z")
    return der.sequence(serial, date, der.sequence(*extensions) if extensions else b"")


# --- what is read --------------------------------------------------------------------------------


def test_the_list_of_colombia_reads_and_verifies_as_expected(corpora: Path) -> None:
    expected = json.loads((corpora / "crl/expected.json").read_text())
    crl = Crl.from_der((corpora / "crl" / expected["crl"]).read_bytes())
    csca = Certificate.from_der((corpora / "crl" / expected["csca"][0]).read_bytes())
    crl.verify(csca)
    assert [crl.number] == expected["crl_number"]
    assert crl.this_update.isoformat() == expected["this_update"]
    assert crl.next_update is not None
    assert crl.next_update.isoformat() == expected["next_update"]
    assert list(map(hex, crl.entries)) == expected["revoked_serials"]
    assert (crl.aki, crl.issuer, crl.unsupported) == (csca.ski, csca.subject, None)
    assert crl.issuer_text.startswith("C=CO,O=Colombia")


def test_a_list_reads_as_it_was_made() -> None:
    crl = Crl.from_der(LIST)
    crl.verify(AUTHORITY)
    assert dict(crl.entries) == {
        5: Revoked(5, NOW, "key_compromise"),
        2**70: Revoked(2**70, NOW, None),
        -3: Revoked(-3, NOW, "superseded"),
    }
    assert (crl.this_update, crl.next_update, crl.number) == (NOW, LATER, 7)
    assert (crl.aki, crl.unsupported) == (AUTHORITY.ski, None)
    assert crl == Crl.from_der(LIST)
    assert len({crl, Crl.from_der(LIST)}) == 1
    assert "2026-03-01" in repr(crl)


def test_a_list_without_entries_and_without_next_update() -> None:
    crl = Crl.from_der(ISSUER.sign_crl(this_update=NOW, next_update=None))
    assert (dict(crl.entries), crl.next_update) == ({}, None)


def test_a_version_1_list_has_no_extensions() -> None:
    crl = Crl.from_der(rebuilt(version=None, extensions=None, revoked=der.sequence(entry())))
    assert (crl.number, crl.aki, list(crl.entries)) == (None, None, [5])


def test_pem_and_several_lists_in_one_file() -> None:
    pem = b"-----BEGIN X509 CRL-----\n" + base64.encodebytes(LIST) + b"-----END X509 CRL-----\n"
    assert crls_in(LIST) == (Crl.from_der(LIST),)
    assert [crl.number for crl in crls_in(pem + b"text between\n" + pem)] == [7, 7]
    for wrong in (pem.replace(b"MII", b"MI="), b"-----BEGIN CERTIFICATE-----", b""):
        with pytest.raises(CrlError):
            crls_in(wrong)


def test_serial_numbers_are_compared_as_numbers_however_they_are_padded() -> None:
    padded = Crl.from_der(rebuilt(revoked=der.sequence(entry(b"\x02\x03\x00\x00\x05"))))
    assert list(padded.entries) == [5]


def test_a_reason_without_a_name_still_revokes() -> None:
    odd = extension("2.5.29.21", b"\x0a\x01\x2a", critical=False)
    crl = Crl.from_der(rebuilt(revoked=der.sequence(entry(der.integer(5), odd))))
    assert crl.entries[5].reason == "unspecified"


# --- what a list says of itself ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("oid", "value", "critical", "expected"),
    [
        ("2.5.29.27", der.integer(3), True, "CRL_DELTA"),
        ("2.5.29.27", der.integer(3), False, "CRL_DELTA"),
        ("2.5.29.28", der.sequence(tlv(0x84, b"\xff")), True, "CRL_INDIRECT"),
        ("2.5.29.28", der.sequence(tlv(0x85, b"\xff")), True, "CRL_PARTIAL"),
        ("2.5.29.28", der.sequence(tlv(0x83, b"\x05\x60")), True, "CRL_PARTIAL"),
        ("2.5.29.28", der.sequence(tlv(0xA0, b"")), True, "CRL_PARTIAL"),
        ("2.5.29.28", der.sequence(tlv(0x84, b"\0"), tlv(0x85, b"\0")), True, None),
        ("1.2.3", b"", True, "CRL_EXTENSION_UNKNOWN"),
        ("1.2.3", b"", False, None),
        ("2.5.29.18", der.sequence(), True, None),
    ],
)
def test_lists_outside_the_profile_say_so(
    oid: str, value: bytes, critical: bool, expected: str | None
) -> None:
    crl = with_extension(oid, value, critical=critical)
    assert crl.unsupported == expected
    crl.verify(AUTHORITY)


def test_lists_for_signers_or_for_authorities_only() -> None:
    signer = Certificate.from_der(ISSUER.ds_der)
    for flag, expected in ((0x81, (True, False)), (0x82, (False, True))):
        crl = with_extension("2.5.29.28", der.sequence(tlv(flag, b"\xff")))
        assert (crl.covers(signer), crl.covers(AUTHORITY), crl.unsupported) == (*expected, None)


@pytest.mark.parametrize(
    ("oid", "critical", "expected"),
    [("2.5.29.29", True, "CRL_INDIRECT"), ("1.2.3", True, "CRL_EXTENSION_UNKNOWN"), ("1.2.3", False, None)],
)
def test_entries_can_make_a_list_unsupported(oid: str, critical: bool, expected: str | None) -> None:
    odd = extension(oid, b"", critical=critical)
    crl = Crl.from_der(rebuilt(revoked=der.sequence(entry(der.integer(5), odd))))
    assert (crl.unsupported, list(crl.entries)) == (expected, [5])


# --- signatures ----------------------------------------------------------------------------------


def test_only_the_key_that_signed_verifies() -> None:
    crl = Crl.from_der(LIST)
    for other in (STRANGER.csca_der, ISSUER.ds_der):
        for _ in range(2):  # a failure is not remembered as anything else
            with pytest.raises(InvalidSignature):
                crl.verify(Certificate.from_der(other))
    crl.verify(AUTHORITY)


def test_an_altered_list_does_not_verify_after_the_right_one_did() -> None:
    Crl.from_der(LIST).verify(AUTHORITY)
    altered = Crl.from_der(rebuilt(revoked=der.sequence(entry(der.integer(6)))))
    with pytest.raises(InvalidSignature):
        altered.verify(AUTHORITY)


def test_an_unknown_signature_algorithm_is_unsupported_and_no_forgery() -> None:
    md5 = der.sequence(der.oid("1.2.840.113549.1.1.4"))
    tbs, _, signature = parse(rebuilt(algorithm=md5)).children()
    with pytest.raises(UnsupportedAlgorithm):
        Crl.from_der(der.sequence(tbs.raw, md5, signature.raw)).verify(AUTHORITY)


def test_a_signature_not_of_whole_octets_is_a_wrong_one() -> None:
    tbs, algorithm, signature = parse(LIST).children()
    odd = tlv(der.BIT_STRING, b"\1" + signature.value[1:])
    with pytest.raises(InvalidSignature):
        Crl.from_der(der.sequence(tbs.raw, algorithm.raw, odd)).verify(AUTHORITY)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30\0",
        ISSUER.csca_der,
        LIST[:-1],
        LIST + b"\0",
        rebuilt(this_update=b"\x05\0"),
        rebuilt(issuer=b"\x05\0"),
        rebuilt(algorithm=der.sequence(der.oid("1.2.840.113549.1.1.11"))),  # not the outer one
        rebuilt(extensions=tlv(0xA0, der.sequence(der.sequence(der.oid("2.5.29.20"))))),
        rebuilt(extensions=tlv(0xA1, b"")),
    ],
    ids=["empty", "shell", "certificate", "cut", "trailing", "time", "issuer", "algorithms", "extension", "tag"],
)  # fmt: skip
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(CrlError):
        Crl.from_der(data)


def test_a_malformed_entry_is_found_when_entries_are_asked_for() -> None:
    crl = Crl.from_der(rebuilt(revoked=der.sequence(entry(), der.sequence(der.integer(1)))))
    for _ in range(2):
        with pytest.raises(CrlError):
            _ = crl.entries
        with pytest.raises(CrlError):
            _ = crl.unsupported


def test_sizes_are_limited_before_any_work() -> None:
    with pytest.raises(LimitExceeded):
        Crl.from_der(b"\x30" * (MAX_CRL + 1))
    many = Crl.from_der(rebuilt(revoked=der.sequence(entry() * 65_600)))
    with pytest.raises(LimitExceeded):
        _ = many.entries


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=6), st.integers(0, 2000), st.integers(0, 4))
def test_damaged_lists_raise_only_errors_of_the_library(new: bytes, at: int, drop: int) -> None:
    at %= len(LIST)
    with contextlib.suppress(EidError):
        crl = Crl.from_der(LIST[:at] + new + LIST[at + drop :])
        repr(crl)
        _ = crl.entries
        crl.verify(AUTHORITY)
        assert crl.tbs == Crl.from_der(LIST).tbs


def test_every_list_of_the_public_suite_is_read(corpora: Path) -> None:
    lists = {path.name: Crl.from_der(path.read_bytes()) for path in (corpora / "pkits/crls").iterdir()}
    assert len(lists) == 173
    assert lists["deltaCRLCA1deltaCRL.crl"].unsupported == "CRL_DELTA"
    assert lists["indirectCRLCA1CRL.crl"].unsupported == "CRL_INDIRECT"
    assert lists["onlySomeReasonsCA2CRL1.crl"].unsupported == "CRL_PARTIAL"
    assert lists["UnknownCRLExtensionCACRL.crl"].unsupported == "CRL_EXTENSION_UNKNOWN"
    assert lists["UnknownCRLEntryExtensionCACRL.crl"].unsupported == "CRL_EXTENSION_UNKNOWN"
    assert sum(crl.unsupported is None for crl in lists.values()) == 149
