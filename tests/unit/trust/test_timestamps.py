"""Trusted timestamps: only the authority's own word about these very octets counts."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import (
    EidError,
    TimestampInvalid,
    TimestampMalformed,
    TimestampMismatch,
    TimestampRejected,
    TimestampUntrusted,
    UnsupportedAlgorithm,
)
from eid.simulator.issuer import TestIssuer
from eid.simulator.timestamps import TestTimestampAuthority, tst_info
from eid.trust.anchors import Anchor, TrustStore
from eid.trust.certificates import Certificate
from eid.trust.timestamps import (
    MAX_TOKEN,
    TIME_STAMPING,
    TST_INFO,
    Timestamp,
    obtain_token,
    request_timestamp,
    token_of_response,
    verify_timestamp,
)

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
MESSAGE = b"the signature of a record"
AUTHORITY = TestTimestampAuthority.create(clock=lambda: NOW)
ROOTS = TrustStore.of([Certificate.from_der(AUTHORITY.root_der)])
SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), tlv(der.NULL))


def imprint(message: bytes = MESSAGE, *, oid: str = "2.16.840.1.101.3.4.2.1", name: str = "sha256") -> bytes:
    hashed = hashlib.new(name, message, usedforsecurity=False).digest()
    return der.sequence(der.sequence(der.oid(oid)), tlv(der.OCTET_STRING, hashed))


def token(info: bytes | None = None, **changes: Any) -> bytes:
    return AUTHORITY.sign(info or tst_info(imprint(), at=NOW), **changes)


def verify(octets: bytes, message: bytes = MESSAGE, **changes: Any) -> Timestamp:
    return verify_timestamp(octets, message, authorities=changes.pop("authorities", ROOTS), **changes)


# --- good ones -----------------------------------------------------------------------------------


def test_a_token_says_when_by_whom_and_under_which_policy() -> None:
    octets, found = obtain_token(MESSAGE, send=AUTHORITY.respond, authorities=ROOTS, policy="1.2.3.4")
    assert found == verify(octets)
    assert (found.at, found.accuracy, found.policy) == (NOW, dt.timedelta(seconds=1), "1.2.3.4")
    signer = Certificate.from_der(AUTHORITY.issuer.ds_der)
    assert (found.authority, found.certificate_sha256) == (signer.subject_text, signer.fingerprint)
    assert found.root_sha256 == ROOTS.anchors[0].fingerprint


def test_a_token_is_good_years_after_the_certificate_ended() -> None:
    ended = TestIssuer.create(
        "ecdsa-secp256r1-sha256",
        csca_key=AUTHORITY.issuer.csca_key,
        csca_der=AUTHORITY.issuer.csca_der,
        ds_validity=(NOW - dt.timedelta(days=900), NOW + dt.timedelta(seconds=1)),
        extended_key_usage=(TIME_STAMPING,),
    )
    octets = TestTimestampAuthority(ended, lambda: NOW).sign(tst_info(imprint(), at=NOW))
    assert verify(octets).at == NOW
    after = TestTimestampAuthority(ended, lambda: NOW).sign(
        tst_info(imprint(), at=NOW + dt.timedelta(seconds=2))
    )
    with pytest.raises(TimestampInvalid, match="not valid at that time"):
        verify(after)


def test_an_authority_whose_own_certificate_is_pinned_needs_no_root() -> None:
    pinned = TrustStore.of(entries=[Anchor(Certificate.from_der(AUTHORITY.issuer.ds_der), pinned=True)])
    assert verify(token(), authorities=pinned).at == NOW


@pytest.mark.parametrize(("oid", "name"), [
    ("2.16.840.1.101.3.4.2.1", "sha256"), ("2.16.840.1.101.3.4.2.2", "sha384"), ("2.16.840.1.101.3.4.2.3", "sha512"),
])  # fmt: skip
def test_strong_hashes_are_read(oid: str, name: str) -> None:
    assert verify(token(tst_info(imprint(oid=oid, name=name), at=NOW))).at == NOW


@pytest.mark.parametrize(("more", "accuracy"), [
    (der.sequence(der.integer(2), tlv(0x80, b"\x01\xf4"), tlv(0x81, b"\x07")), dt.timedelta(seconds=2, microseconds=500_007)),
    (der.sequence(tlv(0x80, b"\x05")), dt.timedelta(milliseconds=5)),
    (der.sequence(), dt.timedelta(0)),
    (b"", None),
    (der.boolean(True) + tlv(0xA0, tlv(0xA4, der.sequence())), None),
])  # fmt: skip
def test_optional_parts_are_read(more: bytes, accuracy: dt.timedelta | None) -> None:
    assert verify(token(tst_info(imprint(), at=NOW, more=more))).accuracy == accuracy


def test_rfc_9921_appendix_a_1() -> None:
    """The request of the worked example, octet for octet."""
    expected = (
        "30390201013031300d06096086480165030402010500042009e638d4aa95fd7271866203595303bce232f462"
        "a94d38e393773cd3aae3f6b00101ff"
    )
    assert request_timestamp(b"This is the content.", nonce=None).hex() == expected


# --- not for this, not by them -------------------------------------------------------------------


def test_other_octets_another_nonce_and_another_policy_are_refused() -> None:
    with pytest.raises(TimestampMismatch, match="digest"):
        verify(token(), b"other octets")
    with pytest.raises(TimestampMismatch, match="nonce"):
        verify(token(), nonce=7)
    with pytest.raises(TimestampMismatch, match="nonce"):
        verify(token(tst_info(imprint(), at=NOW, more=der.integer(8))), nonce=7)
    with pytest.raises(TimestampMismatch, match="policy"):
        verify(token(), policy="1.2.3")
    assert verify(token(tst_info(imprint(), at=NOW, more=der.integer(7))), nonce=7).at == NOW


def test_an_old_answer_to_the_same_question_is_refused() -> None:
    old = AUTHORITY.respond(request_timestamp(MESSAGE, nonce=1))
    with pytest.raises(TimestampMismatch, match="nonce"):
        obtain_token(MESSAGE, send=lambda _: old, authorities=ROOTS)


def test_another_authority_of_the_same_name_is_not_believed() -> None:
    stranger = TestTimestampAuthority.create(clock=lambda: NOW)
    with pytest.raises(TimestampUntrusted):
        verify(stranger.sign(tst_info(imprint(), at=NOW)))
    with pytest.raises(TimestampUntrusted):
        verify(token(), authorities=TrustStore.of())


@pytest.mark.parametrize("purposes", [
    (), ("1.3.6.1.5.5.7.3.3",), (TIME_STAMPING, "1.3.6.1.5.5.7.3.3"), ("2.5.29.37.0",),
])  # fmt: skip
def test_a_certificate_for_another_purpose_makes_no_timestamps(purposes: tuple[str, ...]) -> None:
    other = TestTimestampAuthority.create(clock=lambda: NOW, purposes=purposes)
    roots = TrustStore.of([Certificate.from_der(other.root_der)])
    with pytest.raises(TimestampInvalid, match="not for timestamps alone"):
        verify(other.sign(tst_info(imprint(), at=NOW)), authorities=roots)


def certified_anew(change: Callable[[list[bytes]], list[bytes]]) -> TestTimestampAuthority:
    """The authority with other extensions in its certificate, under the same root."""
    issuer = AUTHORITY.issuer
    tbs, algorithm, _ = parse(issuer.ds_der).children()
    *fields, extensions = tbs.children()
    listed = [node.raw for node in extensions.children()[0].children()]
    changed = change(listed)
    assert changed != listed
    signed = der.sequence(*(node.raw for node in fields), tlv(0xA3, der.sequence(*changed)))
    signature = der.bit_string(issuer.scheme.sign(issuer.csca_key, signed))
    certificate = der.sequence(signed, algorithm.raw, signature)
    return TestTimestampAuthority(replace(issuer, ds_der=certificate), lambda: NOW)


def extension(oid: str, value: bytes, *, critical: bool = True) -> bytes:
    return der.sequence(der.oid(oid), der.boolean(critical), tlv(der.OCTET_STRING, value))


CRITICAL = der.oid("2.5.29.37") + der.boolean(True)
LAX = der.oid("2.5.29.37") + tlv(der.BOOLEAN, b"\0")
ABSENT = der.oid("2.5.29.37")
SIGNS, AGREES = tlv(der.BIT_STRING, b"\7\x80"), tlv(der.BIT_STRING, b"\3\x08")
COMMITS = tlv(der.BIT_STRING, b"\6\x40")


def inside(one: bytes, other: bytes) -> Callable[[list[bytes]], list[bytes]]:
    """*other* where *one* stands in an extension, with lengths that fit."""

    def change(extensions: list[bytes]) -> list[bytes]:
        return [
            der.sequence(parse(each).value.replace(one, other)) if one in each else each
            for each in extensions
        ]

    return change


@pytest.mark.parametrize("change", [inside(CRITICAL, LAX), inside(CRITICAL, ABSENT)])
def test_the_purpose_has_to_be_critical(change: Callable[[list[bytes]], list[bytes]]) -> None:
    with pytest.raises(TimestampInvalid, match="not for timestamps alone"):
        verify(certified_anew(change).sign(tst_info(imprint(), at=NOW)))


@pytest.mark.parametrize("change", [
    lambda all_: [*all_, extension("2.5.29.19", der.sequence(der.boolean(True)))],
    lambda all_: [*all_, extension("1.2.3", b"")],
    inside(SIGNS, AGREES),
])  # fmt: skip
def test_a_certificate_that_may_not_sign_makes_no_timestamps(
    change: Callable[[list[bytes]], list[bytes]],
) -> None:
    with pytest.raises(TimestampInvalid, match="not for signing timestamps"):
        verify(certified_anew(change).sign(tst_info(imprint(), at=NOW)))


@pytest.mark.parametrize("change", [
    inside(SIGNS, COMMITS), lambda all_: [*all_, extension("1.2.3", b"", critical=False)],
])  # fmt: skip
def test_other_certificates_of_an_authority_are_good(change: Callable[[list[bytes]], list[bytes]]) -> None:
    assert verify(certified_anew(change).sign(tst_info(imprint(), at=NOW))).at == NOW


def test_a_second_signature_beside_the_authoritys_is_refused() -> None:
    other = TestTimestampAuthority.create(clock=lambda: NOW).sign(tst_info(imprint(), at=NOW))
    kind, wrapped = parse(token()).children()
    *parts, signers = wrapped.children()[0].children()
    more = parse(other).children()[1].children()[0].children()[-1].value
    body = der.sequence(*(node.raw for node in parts), tlv(der.SET, signers.value + more))
    with pytest.raises(TimestampMalformed, match="2 signatures"):
        verify(der.sequence(kind.raw, tlv(0xA0, body)))
    none = der.sequence(*(node.raw for node in parts), tlv(der.SET, b""))
    with pytest.raises(TimestampMalformed, match="0 signatures"):
        verify(der.sequence(kind.raw, tlv(0xA0, none)))


def test_the_certificate_must_be_the_one_that_was_named() -> None:
    with pytest.raises(TimestampInvalid, match="another certificate"):
        verify(token(named=AUTHORITY.root_der))


def test_a_signature_without_the_name_of_its_certificate_is_refused() -> None:
    octets = AUTHORITY.issuer.sign_content(tst_info(imprint(), at=NOW), content_type=TST_INFO)
    with pytest.raises(TimestampMalformed, match="names the certificate"):
        verify(octets)


def test_a_forged_content_and_a_forged_signature_are_refused() -> None:
    good = token()
    later = tst_info(imprint(), at=NOW + dt.timedelta(days=1))
    assert len(later) == len(tst_info(imprint(), at=NOW))
    with pytest.raises(TimestampInvalid):
        verify(good.replace(tst_info(imprint(), at=NOW), later))
    with pytest.raises(TimestampInvalid):
        verify(good[:-1] + bytes([good[-1] ^ 1]))


@pytest.mark.parametrize("algorithm", ["ecdsa-secp256r1-sha1", "rsa-2048-sha1", "ecdsa-secp256r1-sha224"])
def test_signatures_over_weak_hashes_do_not_last(algorithm: str) -> None:
    weak = TestTimestampAuthority.create(clock=lambda: NOW, algorithm=algorithm)
    roots = TrustStore.of([Certificate.from_der(weak.root_der)])
    with pytest.raises(UnsupportedAlgorithm):
        verify(weak.sign(tst_info(imprint(), at=NOW)), authorities=roots)


@pytest.mark.parametrize(("oid", "name"), [
    ("1.3.14.3.2.26", "sha1"), ("1.2.840.113549.2.5", "md5"), ("2.16.840.1.101.3.4.2.4", "sha224"),
])  # fmt: skip
def test_imprints_by_weak_hashes_do_not_last(oid: str, name: str) -> None:
    with pytest.raises(UnsupportedAlgorithm):
        verify(token(tst_info(imprint(oid=oid, name=name), at=NOW)))


# --- malformed -----------------------------------------------------------------------------------


def _with(position: int, part: bytes) -> bytes:
    parts = [node.raw for node in parse(tst_info(imprint(), at=NOW)).children()]
    parts[position] = part
    return der.sequence(*parts)


@pytest.mark.parametrize("info", [
    _with(0, der.integer(2)),
    _with(1, der.integer(1)),
    _with(2, SHA256),
    _with(2, der.sequence(SHA256, tlv(der.OCTET_STRING, bytes(32)), der.integer(1))),
    _with(3, der.boolean(True)),
    _with(4, tlv(der.GENERALIZED_TIME, b"20261301000000Z")),
    _with(4, tlv(der.UTC_TIME, b"260301120000Z")),
    tst_info(imprint(), at=NOW, more=tlv(0xA1, der.sequence())),
    tst_info(imprint(), at=NOW, more=der.sequence(tlv(0x80, b"\0"))),
    tst_info(imprint(), at=NOW, more=der.sequence(tlv(0x81, b"\x03\xe8"))),
    tst_info(imprint(), at=NOW, more=der.sequence(der.integer(-1))),
    tst_info(imprint(), at=NOW, more=der.sequence(der.integer(1), der.integer(1))),
    tst_info(imprint(), at=NOW, more=der.sequence(tlv(0x82, b"\1"))),
    tst_info(imprint(), at=NOW) + b"\0",
    der.sequence(der.integer(1)),
    b"\x04\x00",
])  # fmt: skip
def test_contents_of_another_form_are_refused(info: bytes) -> None:
    with pytest.raises(TimestampMalformed):
        verify(token(info))


def test_other_signed_data_is_no_timestamp() -> None:
    with pytest.raises(TimestampMalformed, match="another kind"):
        verify(parse(AUTHORITY.issuer.sign_sod({"DG1": b"1"}), 0x77).value)
    for octets in (b"", b"\x30\0", bytes(MAX_TOKEN + 1)):
        with pytest.raises(TimestampMalformed):
            verify(octets)


@pytest.mark.parametrize(("response", "error", "words"), [
    (der.sequence(der.sequence(der.integer(2))), TimestampRejected, "status 2"),
    (der.sequence(der.sequence(der.integer(2), der.sequence(tlv(der.UTF8_STRING, b"no")), tlv(der.BIT_STRING, b"\7\x80"))), TimestampRejected, "badAlg"),
    (der.sequence(der.sequence(der.integer(2), tlv(der.BIT_STRING, b"\6\0\0\0\x40"))), TimestampRejected, "systemFailure"),
    (der.sequence(der.sequence(der.integer(2), tlv(der.BIT_STRING, b""))), TimestampRejected, "status 2"),
    (der.sequence(der.sequence(der.integer(0))), TimestampMalformed, "without a token"),
    (der.sequence(der.sequence()), TimestampMalformed, "not a response"),
    (der.sequence(), TimestampMalformed, "not a response"),
    (der.sequence(der.integer(0), der.sequence()), TimestampMalformed, "not a response"),
    (b"<html>", TimestampMalformed, "not a response"),
    (bytes(MAX_TOKEN + 1), TimestampMalformed, "octets"),
])  # fmt: skip
def test_answers_that_hold_no_token(response: bytes, error: type[EidError], words: str) -> None:
    with pytest.raises(error, match=words):
        token_of_response(response)


def test_granted_with_modifications_is_granted() -> None:
    octets = token()
    assert token_of_response(der.sequence(der.sequence(der.integer(1)), octets)) == octets


@settings(max_examples=200, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_never_changes_what_a_token_says(place: float, bit: int) -> None:
    octets = bytearray(GOOD)
    octets[int(place * len(octets))] ^= 1 << bit
    try:
        found = verify(bytes(octets))
    except EidError:
        return
    assert found == verify(GOOD)  # a bit that nobody has signed, such as one of the certificates' order


GOOD = token()


@pytest.mark.parametrize("make", [
    lambda request: request,
    lambda request: b"",
    lambda request: AUTHORITY.respond(request)[:-1],
])  # fmt: skip
def test_whatever_the_network_brings_is_an_error_of_ours(make: Callable[[bytes], bytes]) -> None:
    with pytest.raises(EidError):
        obtain_token(MESSAGE, send=make, authorities=ROOTS)
