from __future__ import annotations

from datetime import UTC, datetime

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import EncodingError

_ARCS = st.lists(st.integers(0, 2**70), min_size=0, max_size=5)
_OIDS = st.one_of(
    st.tuples(st.integers(0, 1), st.integers(0, 39), _ARCS),
    st.tuples(st.just(2), st.integers(0, 2**40), _ARCS),
).map(lambda t: ".".join(map(str, (t[0], t[1], *t[2]))))


@given(st.integers(-(2**600), 2**600))
def test_integers_agree_with_an_independent_encoder(value: int) -> None:
    assert der.integer(value) == core.Integer(value).dump()
    assert der.read_integer(parse(der.integer(value))) == value


@given(_OIDS)
def test_object_identifiers_agree_with_an_independent_encoder(dotted: str) -> None:
    assert der.oid(dotted) == core.ObjectIdentifier(dotted).dump()
    assert der.read_oid(parse(der.oid(dotted))) == dotted


@given(st.binary(max_size=50), st.booleans())
def test_small_types_come_back(value: bytes, flag: bool) -> None:
    assert der.read_bit_string(parse(der.bit_string(value))) == value
    assert der.read_boolean(parse(der.boolean(flag))) is flag


def test_a_set_is_sorted() -> None:
    assert der.set_of([b"\x02\x01\x05", b"\x02\x01\x03"]) == bytes.fromhex("3106020103020105")


@pytest.mark.parametrize("octets", ["0200", "02020001", "0202ff80", "0402 0001"])
def test_integers_of_another_form_are_refused(octets: str) -> None:
    with pytest.raises(EncodingError):
        der.read_integer(parse(bytes.fromhex(octets)))


@pytest.mark.parametrize("octets", ["0600", "060180", "0602 8001", "060181", "0641" + "01" * 65])
def test_object_identifiers_of_another_form_are_refused(octets: str) -> None:
    with pytest.raises(EncodingError):
        der.read_oid(parse(bytes.fromhex(octets)))


@pytest.mark.parametrize("octets", ["0300", "030204f0", "0400"])
def test_bit_strings_of_broken_octets_are_refused(octets: str) -> None:
    with pytest.raises(EncodingError):
        der.read_bit_string(parse(bytes.fromhex(octets)))


def test_a_boolean_of_another_size_is_refused() -> None:
    assert der.read_boolean(parse(b"\x01\x01\x01")) is True
    with pytest.raises(EncodingError):
        der.read_boolean(parse(b"\x01\x02\xff\xff"))


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        (0x17, b"491231235959Z", datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (0x17, b"500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (0x17, b"2601011200Z", datetime(2026, 1, 1, 12, tzinfo=UTC)),
        (0x18, b"20991231235959Z", datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (0x18, b"20260101120000.123Z", datetime(2026, 1, 1, 12, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_utc(tag: int, text: bytes, expected: datetime) -> None:
    assert der.read_time(parse(tlv(tag, text))) == expected


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (0x17, b"260230120000Z"),
        (0x17, b"260101120000+0000"),
        (0x17, b"20260101120000Z"),
        (0x18, b"00000101000000Z"),
        (0x18, b"20260101250000Z"),
        (0x18, b"2026010112000Z\n"),
        (0x0C, b"20260101120000Z"),
        (0x17, "٢٦٠١٠١١٢٠٠٠٠Z".encode()),
    ],
)
def test_impossible_times_are_refused(tag: int, text: bytes) -> None:
    with pytest.raises(EncodingError):
        der.read_time(parse(tlv(tag, text)))


@pytest.mark.parametrize(
    ("tag", "octets", "text"),
    [
        (0x0C, "Đỗ".encode(), "Đỗ"),
        (0x13, b"abc", "abc"),
        (0x14, b"\xe9", "é"),
        (0x1E, "Đỗ".encode("utf-16-be"), "Đỗ"),
        (0x1C, "Đỗ".encode("utf-32-be"), "Đỗ"),
    ],
)
def test_every_string_type_is_read(tag: int, octets: bytes, text: str) -> None:
    assert der.read_text(parse(tlv(tag, octets))) == text


@pytest.mark.parametrize(
    ("tag", "octets"), [(0x0C, b"\xff"), (0x13, b"\xe9"), (0x1E, b"\0"), (0x1C, b"\xff" * 4), (0x04, b"a")]
)
def test_text_outside_its_character_set_is_refused(tag: int, octets: bytes) -> None:
    with pytest.raises(EncodingError):
        der.read_text(parse(tlv(tag, octets)))
