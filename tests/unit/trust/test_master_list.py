"""Master lists: who signed them, what is in them, and what is left of damaged and forged ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from eid.encoding import der
from eid.encoding.tlv import Node, parse, tlv
from eid.errors import CmsError, EidError
from eid.simulator.issuer import TestIssuer
from eid.simulator.lists import list_signer, sign_master_list
from eid.trust.certificates import Certificate
from eid.trust.deviation_list import DEVIATION_LIST_SIGNER
from eid.trust.master_list import (
    MASTER_LIST,
    MASTER_LIST_SIGNER,
    ListSignature,
    parse_master_list,
    verify_list,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ALGORITHM = "ecdsa-secp256r1-sha256"
HOME = TestIssuer.create(ALGORITHM, country="UT")
OTHERS = [TestIssuer.create(ALGORITHM, country=country).csca_der for country in ("XA", "XB", "XC")]
SIGNER = list_signer(HOME)
LIST = sign_master_list(SIGNER, [HOME.csca_der, *OTHERS], signing_time=NOW)
ANCHOR = Certificate.from_der(HOME.csca_der)


def verified(
    octets: bytes, *anchors: Certificate, now: datetime = NOW, middle: tuple[Certificate, ...] = ()
) -> ListSignature:
    return verify_list(
        parse_master_list(octets).signed,
        purpose=MASTER_LIST_SIGNER,
        anchors=anchors,
        now=now,
        intermediates=middle,
    )


def in_ber(data: bytes) -> bytes:
    """Indefinite lengths around everything, and the content in pieces, as EU lists come."""

    def around(node: Node, parts: list[bytes]) -> bytes:
        return node.raw[:1] + b"\x80" + b"".join(parts) + b"\0\0"

    root = parse(data)
    kind, wrapped = root.children()
    body = wrapped.children()[0]
    version, digests, capsule, *rest = body.children()
    content_type, content = capsule.children()
    value = content.children()[0].value
    pieces = [tlv(0x04, value[at : at + 1000]) for at in range(0, len(value), 1000)]
    octets = b"\x24\x80" + b"".join(pieces) + b"\0\0"
    inner = around(capsule, [content_type.raw, around(content, [octets])])
    signed = around(body, [version.raw, digests.raw, inner, *(node.raw for node in rest)])
    return around(root, [kind.raw, around(wrapped, [signed])])


def test_a_list_is_verified_by_the_authority_of_its_signer() -> None:
    found = verified(LIST, ANCHOR)
    assert (found.outcome, found.code, found.signature) == ("VERIFIED", None, "VALID")
    assert found.signer == Certificate.from_der(SIGNER.ds_der)
    assert found.signed_at == NOW


def test_the_certificates_of_a_list_are_those_that_were_put_in() -> None:
    found = parse_master_list(LIST)
    assert sorted(found.certificate_octets) == sorted([HOME.csca_der, *OTHERS])
    assert (found.version, found.complete) == (0, True)
    assert repr(found) == "<MasterList of 4 certificates>"


def test_without_an_anchor_a_list_is_not_verified_however_well_signed() -> None:
    stranger = Certificate.from_der(OTHERS[0])
    for anchors in ((), (stranger,)):
        found = verified(LIST, *anchors)
        assert (found.outcome, found.code, found.signature) == ("UNVERIFIED", "UNKNOWN_ISSUER", "VALID")


def test_that_a_list_holds_its_own_authority_vouches_for_nothing() -> None:
    found = verified(LIST, middle=(ANCHOR, *map(Certificate.from_der, OTHERS)))
    assert found.outcome == "UNVERIFIED"


def test_an_altered_list_fails() -> None:
    altered = LIST.replace(OTHERS[1], OTHERS[1][:-1] + bytes([OTHERS[1][-1] ^ 1]))
    found = verified(altered, ANCHOR)
    assert (found.outcome, found.code, found.signature) == ("FAILED", "LIST_SIGNATURE_INVALID", "INVALID")


def test_a_document_signer_may_not_sign_lists() -> None:
    for signer in (HOME, list_signer(HOME, purpose=DEVIATION_LIST_SIGNER)):
        for anchors in ((ANCHOR,), (Certificate.from_der(signer.ds_der),)):
            found = verified(sign_master_list(signer, OTHERS), *anchors)
            assert (found.outcome, found.code) == ("FAILED", "LIST_SIGNER_NOT_ENTITLED")


def test_an_authority_given_as_anchor_may_sign_a_list_itself() -> None:
    itself = replace(HOME, ds_key=HOME.csca_key, ds_der=HOME.csca_der)
    octets = sign_master_list(itself, OTHERS)
    assert verified(octets, ANCHOR).outcome == "VERIFIED"
    assert verified(octets, Certificate.from_der(OTHERS[0])).code == "LIST_SIGNER_NOT_ENTITLED"


def test_the_signer_itself_may_be_the_anchor() -> None:
    assert verified(LIST, Certificate.from_der(SIGNER.ds_der)).outcome == "VERIFIED"


@pytest.mark.parametrize(("days", "code"), [(-400, "SIGNER_NOT_YET_VALID"), (400, "SIGNER_EXPIRED")])
def test_a_signer_out_of_its_time_is_not_verified(days: int, code: str) -> None:
    signer = list_signer(HOME, validity=(NOW - timedelta(days=300), NOW + timedelta(days=300)))
    octets = sign_master_list(signer, OTHERS)
    assert verified(octets, ANCHOR).outcome == "VERIFIED"
    found = verified(octets, ANCHOR, now=NOW + timedelta(days=days))
    assert (found.outcome, found.code) == ("UNVERIFIED", code)


def test_a_link_in_the_list_leads_from_an_old_anchor_to_a_new_signer() -> None:
    new = TestIssuer.create(ALGORITHM, country="UT")
    octets = sign_master_list(list_signer(new), [new.csca_der])
    link = linked(HOME, new)
    assert verified(octets, ANCHOR).outcome == "UNVERIFIED"
    assert verified(octets, ANCHOR, middle=(link,)).outcome == "VERIFIED"
    assert verified(octets, ANCHOR, middle=(linked(new, new),)).outcome == "UNVERIFIED"


def linked(old: TestIssuer, new: TestIssuer) -> Certificate:
    """A certificate for the key of *new*, signed by *old*."""
    before, after = (x509.load_der_x509_certificate(issuer.csca_der) for issuer in (old, new))
    builder = (
        x509.CertificateBuilder(before.subject, after.subject, after.public_key(), 77)
        .not_valid_before(datetime(2025, 1, 1))
        .not_valid_after(datetime(2035, 1, 1))
        .add_extension(x509.BasicConstraints(True, 0), critical=True)
    )
    for kind in (x509.KeyUsage, x509.SubjectKeyIdentifier):
        extension = after.extensions.get_extension_for_class(kind)
        builder = builder.add_extension(extension.value, critical=extension.critical)
    identifier = before.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
    )
    return Certificate.from_der(builder.sign(old.csca_key, hashes.SHA256()).public_bytes(Encoding.DER))


@pytest.mark.parametrize("sid", ["issuer", "ski"])
def test_a_signer_is_found_by_name_or_key_identifier_or_among_the_anchors(sid: str) -> None:
    octets = sign_master_list(SIGNER, OTHERS, sid=sid, with_certificate=False)
    found = verified(octets, ANCHOR)
    assert (found.outcome, found.code) == ("UNVERIFIED", "SIGNER_CERTIFICATE_MISSING")
    assert verified(octets, Certificate.from_der(SIGNER.ds_der)).outcome == "VERIFIED"
    assert verified(sign_master_list(SIGNER, OTHERS, sid=sid), ANCHOR).outcome == "VERIFIED"


def test_a_list_in_ber_with_indefinite_lengths_and_an_unsorted_set_is_verified() -> None:
    backwards = sorted([HOME.csca_der, *OTHERS], reverse=True)
    octets = in_ber(sign_master_list(SIGNER, backwards, ordered=False))
    assert list(parse_master_list(octets).certificate_octets) == backwards
    assert verified(octets, ANCHOR).outcome == "VERIFIED"


def test_one_bad_entry_does_not_lose_a_list() -> None:
    bad = [b"\x30\x03\x02\x01\x05", b"\x05\x00", OTHERS[0][:-1] + b"\0"]
    octets = sign_master_list(SIGNER, [*bad, *OTHERS], ordered=False)
    assert parse_master_list(octets).certificate_octets == (*bad, *OTHERS)


def test_entries_before_a_wrong_length_are_not_lost() -> None:
    content = der.sequence(der.integer(0), tlv(der.SET, *OTHERS, b"\x30\x82\x40\x00\x01"))
    found = parse_master_list(SIGNER.sign_content(content, content_type=MASTER_LIST))
    assert found.certificate_octets == tuple(OTHERS)
    assert not found.complete


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x30\x00",
        der.sequence(der.integer(0)),
        der.sequence(der.integer(0), der.sequence(*OTHERS)),
        der.sequence(der.set_of(OTHERS), der.integer(0)),
        der.set_of(OTHERS),
    ],
)
def test_other_contents_are_no_master_list(content: bytes) -> None:
    with pytest.raises(CmsError):
        parse_master_list(SIGNER.sign_content(content, content_type=MASTER_LIST))


def test_other_content_types_are_no_master_list() -> None:
    content = der.sequence(der.integer(0), der.set_of(OTHERS))
    with pytest.raises(CmsError):
        parse_master_list(SIGNER.sign_content(content, content_type="2.23.136.1.1.1"))


def test_no_single_bit_of_the_content_can_be_changed_unnoticed() -> None:
    at = LIST.index(OTHERS[0])
    for position in range(at, at + len(OTHERS[0]), 7):
        altered = bytearray(LIST)
        altered[position] ^= 1 << position % 8
        try:
            found = verified(bytes(altered), ANCHOR)
        except EidError:
            continue
        assert found.outcome == "FAILED", position


def test_a_signature_that_somebody_adds_does_not_spoil_a_list() -> None:
    signed = parse_master_list(LIST).signed
    spoilt = replace(signed.signers[0], signature=b"\x30\x06\x02\x01\x01\x02\x01\x01")
    for signers in ((spoilt, *signed.signers), (*signed.signers, spoilt)):
        both = replace(signed, signers=signers)
        assert verify_list(both, purpose=MASTER_LIST_SIGNER, anchors=[ANCHOR], now=NOW).outcome == "VERIFIED"
    none = replace(signed, signers=())
    found = verify_list(none, purpose=MASTER_LIST_SIGNER, anchors=[ANCHOR], now=NOW)
    assert (found.outcome, found.code) == ("UNVERIFIED", "LIST_SIGNATURE_MISSING")


def test_an_algorithm_that_is_not_supported_is_no_forgery() -> None:
    signed = parse_master_list(LIST).signed
    odd = parse(der.sequence(der.oid("1.2.3.4")))
    other = replace(signed, signers=(replace(signed.signers[0], signature_algorithm=odd),))
    found = verify_list(other, purpose=MASTER_LIST_SIGNER, anchors=[ANCHOR], now=NOW)
    assert (found.outcome, found.code, found.signature) == (
        "UNVERIFIED",
        "UNSUPPORTED_ALGORITHM",
        "UNDECIDED",
    )
