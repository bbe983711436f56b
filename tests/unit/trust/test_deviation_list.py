"""Deviation lists (Doc 9303-12, 10): read for information, entry by entry."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import CmsError
from eid.simulator.issuer import TestIssuer
from eid.simulator.lists import list_signer, sign_deviation_list
from eid.trust.deviation_list import (
    DEVIATION_LIST,
    DEVIATION_LIST_SIGNER,
    Deviation,
    parse_deviation_list,
)

HOME = TestIssuer.create("ecdsa-secp256r1-sha256")
SIGNER = list_signer(HOME, purpose=DEVIATION_LIST_SIGNER)
NAME = parse(HOME.csca_der).children()[0].children()[5].raw


def entry(*documents: bytes, kinds: tuple[str, ...] = ("1.2",)) -> bytes:
    descriptions = (
        der.sequence(
            der.oid(f"{DEVIATION_LIST}.{kind}"), tlv(0xA0, der.integer(3)), tlv(0xA1, der.integer(0))
        )
        for kind in kinds
    )
    return der.sequence(der.sequence(*documents), der.set_of(descriptions))


def single(octets: bytes) -> Deviation:
    found = parse_deviation_list(sign_deviation_list(SIGNER, [octets]))
    assert found.unreadable == 0
    (deviation,) = found.deviations
    return deviation


def test_documents_are_told_by_signer_period_and_type() -> None:
    serial = tlv(0xA1, NAME, der.integer(-5))
    period = tlv(0xA4, tlv(0x18, b"20250101000000Z"), tlv(0x18, b"20250630000000Z"))
    numbers = tlv(0xA5, tlv(0x13, b"C01X0006H"), tlv(0x13, b"C01X0007H"))
    found = single(entry(tlv(0x80, b"P<"), serial, period, numbers, kinds=("1.2", "5")))
    assert set(found.kinds) == {"document_signer_encoding", "national_use"}
    assert (found.document_type, found.signer_serial) == ("P<", -5)
    assert found.signer_issuer == "C=UT,O=Invented for tests,CN=Test CSCA, not an authority"
    assert (found.first_issued, found.last_issued) == (
        datetime(2025, 1, 1, tzinfo=UTC),
        datetime(2025, 6, 30, tzinfo=UTC),
    )
    assert found.document_numbers == 2


def test_document_numbers_are_counted_and_not_kept() -> None:
    found = single(entry(tlv(0xA5, tlv(0x13, b"C01X0006H"))))
    assert "C01X0006H" not in repr(found)
    assert not any("C01X0006H" in str(getattr(found, name)) for name in Deviation.__slots__)


def test_signers_may_be_meant_by_key_identifier_or_digest() -> None:
    assert single(entry(tlv(0x82, b"\1" * 20))).signer_key_identifier == b"\1" * 20
    assert single(entry(tlv(0x83, b"\2" * 32))).signer_digest == b"\2" * 32


def test_an_unreadable_entry_does_not_lose_the_others() -> None:
    bad = [b"\x30\x00", entry(tlv(0x80, b"\xff\xfe")), entry(tlv(0xA4, tlv(0x18, b"2025"))), b"\x05\x00"]
    found = parse_deviation_list(sign_deviation_list(SIGNER, [*bad, entry()]))
    assert (len(found.deviations), found.unreadable) == (1, 4)
    assert repr(found) == "<DeviationList of 1 deviations>"


@pytest.mark.parametrize("content", [b"", b"\x30\x00", der.sequence(der.integer(0)), der.set_of([])])
def test_other_contents_are_no_deviation_list(content: bytes) -> None:
    with pytest.raises(CmsError):
        parse_deviation_list(SIGNER.sign_content(content, content_type=DEVIATION_LIST))


def test_other_content_types_are_no_deviation_list() -> None:
    with pytest.raises(CmsError):
        parse_deviation_list(SIGNER.sign_content(der.sequence(), content_type="2.23.136.1.1.2"))
