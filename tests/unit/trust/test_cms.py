"""CMS SignedData as documents have it, and what must not pass."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.digests import digest
from eid.encoding import der
from eid.encoding.tlv import Node, parse, tlv
from eid.errors import CmsError, EidError, InvalidSignature, LimitExceeded, UnsupportedAlgorithm
from eid.simulator.issuer import Scheme, TestIssuer
from eid.trust import cms
from eid.trust.certificates import Certificate
from eid.trust.cms import MAX_SIGNED_DATA, SignedData, parse_signed_data, signer_certificate, verify_signer

KIND = "2.23.136.1.1.1"
CONTENT = der.sequence(der.integer(0), tlv(der.OCTET_STRING, b"content"))
ISSUER = TestIssuer.create("ecdsa-secp256r1-sha256")
OTHER = TestIssuer.create("ecdsa-secp256r1-sha256")
NULL = b"\x05\x00"
SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), NULL)
ECDSA_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"))
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"


def attribute(oid: str, *values: bytes) -> bytes:
    return der.sequence(der.oid(oid), der.set_of(values))


def attributes(content: bytes = CONTENT, kind: str = KIND) -> list[bytes]:
    return [
        attribute(CONTENT_TYPE, der.oid(kind)),
        attribute(MESSAGE_DIGEST, tlv(der.OCTET_STRING, digest("sha256", content))),
    ]


def sid(certificate: bytes = ISSUER.ds_der) -> bytes:
    parts = parse(certificate).children()[0].children()
    return der.sequence(parts[3].raw, parts[1].raw)


def signer_info(
    signed: list[bytes] | None,
    *,
    who: bytes | None = None,
    algorithm: bytes = ECDSA_SHA256,
    digests: bytes = SHA256,
) -> bytes:
    """A SignerInfo by ISSUER over the attributes *signed* in this very order, or over the content."""
    value = b"".join(signed) if signed is not None else b""
    message = tlv(der.SET, value) if signed is not None else CONTENT
    return der.sequence(
        der.integer(1),
        who or sid(),
        digests,
        tlv(0xA0, value) if signed is not None else b"",
        algorithm,
        tlv(der.OCTET_STRING, ISSUER.scheme.sign(ISSUER.ds_key, message)),
    )


def signed_data(
    *signers: bytes,
    content: bytes | None = CONTENT,
    kind: str = KIND,
    certificates: tuple[bytes, ...] = (ISSUER.ds_der,),
    crls: bytes = b"",
) -> bytes:
    inner = der.sequence(
        der.integer(3),
        der.set_of([SHA256]),
        der.sequence(
            der.oid(kind), tlv(0xA0, tlv(der.OCTET_STRING, content)) if content is not None else b""
        ),
        tlv(0xA0, *certificates) if certificates else b"",
        crls,
        tlv(der.SET, *signers),
    )
    return der.sequence(der.oid("1.2.840.113549.1.7.2"), tlv(0xA0, inner))


def check(data: bytes) -> str:
    signed = parse_signed_data(data)
    certificate = signer_certificate(signed.signers[0], signed.certificates)
    assert certificate is not None
    return verify_signer(signed, signed.signers[0], certificate).name


def good() -> bytes:
    return signed_data(signer_info(attributes()))


# --- what passes ---------------------------------------------------------------------------------


def test_a_good_signature_passes_and_reads_as_made() -> None:
    when = datetime(2026, 3, 1, 12, tzinfo=UTC)
    data = ISSUER.sign_content(CONTENT, content_type=KIND, signing_time=when)
    signed = parse_signed_data(data)
    (signer,) = signed.signers
    assert (signed.content_type, signed.content) == (KIND, CONTENT)
    assert signed.certificates == (Certificate.from_der(ISSUER.ds_der),)
    assert (signer.hash_name, signer.algorithm.name) == ("sha256", "ecdsa-with-SHA256")
    assert signer.signing_time == when
    assert check(data) == "ecdsa-with-SHA256"
    assert parse_signed_data(good()).signers[0].signing_time is None


def test_signed_attributes_are_hashed_in_the_order_they_were_read() -> None:
    assert check(signed_data(signer_info(attributes())))
    assert check(signed_data(signer_info(attributes()[::-1])))


def test_without_signed_attributes_the_content_is_what_was_signed() -> None:
    assert check(signed_data(signer_info(None)))
    with pytest.raises(InvalidSignature):
        check(signed_data(signer_info(None), content=CONTENT + b"\0"))


def test_the_signer_is_found_by_key_identifier() -> None:
    assert check(ISSUER.sign_content(CONTENT, content_type=KIND, sid="ski"))


def test_the_signer_is_found_among_several_certificates() -> None:
    several = (OTHER.ds_der, OTHER.csca_der, ISSUER.csca_der, ISSUER.ds_der)
    assert check(signed_data(signer_info(attributes()), certificates=several))


def test_a_name_in_another_encoding_than_the_certificates_still_finds_it() -> None:
    certificate = Certificate.from_der(ISSUER.ds_der)
    parts = [("2.5.4.6", 0x13, "UT"), ("2.5.4.10", 0x13, "INVENTED for tests")]
    parts.append(("2.5.4.3", 0x1E, "test csca, not an authority"))
    name = der.sequence(
        *(
            der.set_of([der.sequence(der.oid(o), tlv(t, x.encode("utf-16-be" if t == 0x1E else "ascii")))])
            for o, t, x in parts
        )
    )
    assert name != certificate.issuer
    who = der.sequence(name, tlv(der.INTEGER, certificate.serial_octets))
    both = (OTHER.ds_der, ISSUER.ds_der)
    assert check(signed_data(signer_info(attributes(), who=who), certificates=both))
    # Neither another name nor another serial number is the signer's, even with one certificate only.
    for who in (
        der.sequence(der.sequence(), tlv(der.INTEGER, certificate.serial_octets)),
        der.sequence(certificate.issuer, der.integer(1)),
    ):
        signed = parse_signed_data(signed_data(signer_info(attributes(), who=who)))
        assert signer_certificate(signed.signers[0], signed.certificates) is None
    signed = parse_signed_data(signed_data(signer_info(attributes(), who=who), certificates=both))
    assert signer_certificate(signed.signers[0], signed.certificates) is None
    broken = der.sequence(tlv(der.OCTET_STRING, b""))
    twins = [replace(certificate, issuer=broken), replace(certificate, raw=b"x", issuer=broken)]
    assert signer_certificate(signed.signers[0], twins) is None
    asked = replace(signed.signers[0], serial=certificate.serial_octets)
    assert signer_certificate(asked, twins) is None


def test_algorithm_and_pss_parameters_come_from_signer_info_not_from_the_certificate() -> None:
    """The certificate is signed with PKCS #1 and SHA-256; its key signs with PSS, SHA-512 and salt 9."""
    issuer = TestIssuer.create("rsa-2048-sha256")
    scheme = replace(Scheme.parse("rsapss-2048-sha512"), salt_length=9, mgf_hash="sha1")
    data = replace(issuer, scheme=scheme).sign_content(CONTENT, content_type=KIND)
    signed = parse_signed_data(data)
    algorithm = verify_signer(signed, signed.signers[0], Certificate.from_der(issuer.ds_der))
    assert (algorithm.name, algorithm.hash_name, algorithm.mgf_hash, algorithm.salt_length) == (
        "RSASSA-PSS", "sha512", "sha1", 9,
    )  # fmt: skip


def test_plain_rsa_encryption_is_checked_with_the_digest_algorithm() -> None:
    issuer = TestIssuer.create("rsa-2048-sha384")
    signed = parse_signed_data(issuer.sign_content(CONTENT, content_type=KIND, plain_rsa=True))
    algorithm = verify_signer(signed, signed.signers[0], Certificate.from_der(issuer.ds_der))
    assert algorithm.name == "sha384WithRSAEncryption"


def _indefinite(node: Node) -> bytes:
    """The same in BER: indefinite lengths on the way to content and signers, content in pieces."""
    if node.tag == der.OCTET_STRING and node.value == CONTENT:
        pieces = tlv(4, CONTENT[:3]) + tlv(4, CONTENT[3:])
        return b"\x24\x80" + pieces + b"\0\0"
    if node.tag not in (der.SEQUENCE, 0xA0, der.SET) or node.raw in (ISSUER.ds_der,) or not node.value:
        return node.raw
    if node.tag == 0xA0 and node.value == b"".join(attributes()):
        return node.raw  # signed attributes are DER by definition (RFC 5652, 5.3)
    return bytes((node.tag, 0x80)) + b"".join(map(_indefinite, node.children())) + b"\0\0"


def test_ber_with_indefinite_lengths_and_content_in_pieces_passes() -> None:
    data = _indefinite(parse(good()))
    assert data != good()
    assert parse_signed_data(data).content == CONTENT
    assert check(data)


def test_lengths_that_are_longer_than_needed_are_tolerated() -> None:
    inner = parse(good()).value
    assert check(b"\x30\x84" + len(inner).to_bytes(4, "big") + inner)


def test_one_unreadable_certificate_does_not_lose_the_others() -> None:
    junk = (der.sequence(), der.sequence(tlv(4, b"x" * 70_000)), tlv(0xA1, b""))
    data = signed_data(signer_info(attributes()), certificates=(*junk, ISSUER.ds_der), crls=tlv(0xA1, b""))
    assert len(parse_signed_data(data).certificate_octets) == 3
    assert check(data)


# --- what must not pass --------------------------------------------------------------------------


def test_altered_content_fails() -> None:
    with pytest.raises(InvalidSignature):
        check(signed_data(signer_info(attributes()), content=CONTENT[:-1] + b"X"))


def test_another_content_type_than_the_signed_one_fails() -> None:
    with pytest.raises(InvalidSignature):
        check(signed_data(signer_info(attributes()), kind="2.23.136.1.1.2"))


def test_altered_signed_attributes_fail() -> None:
    """Content and message digest agree with each other, but nobody signed that digest."""
    altered = CONTENT[:-1] + b"X"
    honest = signer_info(attributes())
    forged = honest.replace(digest("sha256", CONTENT), digest("sha256", altered))
    assert forged != honest
    with pytest.raises(InvalidSignature):
        check(signed_data(forged, content=altered))


def test_a_signature_by_another_key_fails() -> None:
    with pytest.raises(InvalidSignature):
        check(signed_data(signer_info(attributes(), who=sid(OTHER.ds_der)), certificates=(OTHER.ds_der,)))


@pytest.mark.parametrize(
    "signed",
    [
        [],
        attributes()[:1],
        attributes()[1:],
        [*attributes(), attributes()[1]],
        [attribute(CONTENT_TYPE, der.oid(KIND), der.oid("1.2.3")), attributes()[1]],
        [attribute(CONTENT_TYPE), attributes()[1]],
        [attributes()[0], attribute(MESSAGE_DIGEST, der.integer(1))],
        [*attributes(), der.sequence(der.oid("1.2.3"))],
        [*attributes(), der.integer(1)],
    ],
    ids=[
        "none",
        "no digest",
        "no type",
        "digest twice",
        "two types",
        "empty type",
        "no octets",
        "short",
        "integer",
    ],
)
def test_missing_or_malformed_signed_attributes_are_refused(signed: list[bytes]) -> None:
    with pytest.raises(CmsError):
        check(signed_data(signer_info(signed)))


def test_content_that_is_elsewhere_cannot_be_checked() -> None:
    with pytest.raises(CmsError):
        check(signed_data(signer_info(attributes()), content=None))


def test_unknown_algorithms_are_unsupported_and_no_forgery() -> None:
    md5 = der.sequence(der.oid("1.2.840.113549.2.5"), NULL)
    for signer in (
        signer_info(attributes(), digests=md5),
        signer_info(attributes(), algorithm=der.sequence(der.oid("1.2.3.4"))),
    ):
        with pytest.raises(UnsupportedAlgorithm):
            check(signed_data(signer))


@pytest.mark.parametrize(
    "signer",
    [
        signer_info(attributes(), digests=der.sequence()),
        signer_info(attributes(), digests=der.sequence(der.integer(1))),
        signer_info(attributes(), algorithm=der.sequence()),
    ],
)
def test_malformed_algorithms_are_malformed(signer: bytes) -> None:
    with pytest.raises(CmsError):
        check(signed_data(signer))


def test_a_malformed_signing_time_is_malformed() -> None:
    signed = parse_signed_data(
        signed_data(signer_info([*attributes(), attribute("1.2.840.113549.1.9.5", NULL)]))
    )
    with pytest.raises(CmsError):
        _ = signed.signers[0].signing_time


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30\x00",
        b"\x30\x80",
        der.sequence(der.oid("1.2.840.113549.1.7.1"), tlv(0xA0, der.sequence())),
        der.sequence(der.oid("1.2.840.113549.1.7.2"), tlv(0xA0)),
        der.sequence(der.oid("1.2.840.113549.1.7.2"), tlv(0xA0, der.sequence())),
        good()[:-5],
        good() + b"\0\0",
        signed_data(der.sequence(der.integer(1))),
        signed_data(signer_info(attributes()), certificates=(), crls=tlv(0xA1, b""))[:-200],
    ],
)
def test_what_is_no_signed_data_gives_a_cms_error(data: bytes) -> None:
    with pytest.raises(CmsError):
        parse_signed_data(data)


def test_too_much_of_anything_is_refused() -> None:
    one = signer_info(attributes())
    for data in (
        signed_data(*[one] * 17),
        signed_data(one, certificates=(der.sequence(),) * 65),
        b"\0" * (MAX_SIGNED_DATA + 1),
    ):
        with pytest.raises(LimitExceeded):
            parse_signed_data(data)


# --- every octet that matters --------------------------------------------------------------------


def _regions() -> list[range]:
    data = good()
    signed = parse_signed_data(data)
    covered = [CONTENT, b"".join(attributes()), signed.signers[0].signature]
    return [range(data.index(part), data.index(part) + len(part)) for part in covered]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_bit_of_content_attributes_or_signature_can_be_changed(draw: st.DataObject) -> None:
    data = bytearray(good())
    at = draw.draw(st.sampled_from([i for region in _regions() for i in region]))
    data[at] ^= 1 << draw.draw(st.integers(0, 7))
    with pytest.raises(EidError):
        check(bytes(data))


def test_skipping_the_message_digest_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature over attributes alone vouches for no content: the comparison is what binds it."""
    altered = signed_data(signer_info(attributes()), content=CONTENT[:-1] + b"X")
    no_comparison: Callable[..., None] = lambda *_: None  # noqa: E731
    monkeypatch.setattr(cms, "_compare_attributes", no_comparison)
    assert check(altered)  # so test_altered_content_fails depends on exactly this comparison


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=6), st.integers(0, 2000), st.integers(0, 4))
def test_damaged_signed_data_raises_only_errors_of_the_library(new: bytes, at: int, drop: int) -> None:
    seed = good()
    at %= len(seed)
    with contextlib.suppress(EidError):
        signed: SignedData = parse_signed_data(seed[:at] + new + seed[at + drop :])
        for signer in signed.signers:
            _ = signer.signing_time
            certificate = signer_certificate(signer, signed.certificates)
            if certificate:
                verify_signer(signed, signer, certificate)
