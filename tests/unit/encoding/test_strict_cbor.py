"""Strict CBOR, beside a reader written here from RFC 8949 alone."""

from __future__ import annotations

import math
import struct
import tracemalloc
from typing import Any

import cbor2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eid.encoding.strict_cbor import MAX_DEPTH, MAX_ITEMS, Tagged, dumps, loads
from eid.errors import EncodingError, LimitExceeded

_LEAF = st.one_of(
    st.integers(-(2**64), 2**64 - 1),
    st.binary(max_size=300),
    st.text(max_size=40),
    st.booleans(),
    st.none(),
)
_KEY = st.one_of(st.integers(-(2**64), 2**64 - 1), st.text(max_size=5))
PLAIN = st.recursive(
    _LEAF,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEY, inner, max_size=4)),
    max_leaves=12,
)


class Refused(Exception):
    pass


def read(octets: bytes, *, floats: bool = False) -> Any:
    """The reference: slow and simple."""
    at = 0

    def take(count: int) -> bytes:
        nonlocal at
        if at + count > len(octets):
            raise Refused
        at += count
        return octets[at - count : at]

    def item(depth: int) -> Any:
        (first,) = take(1)
        major, argument = first >> 5, first & 31
        if major == 7:
            if argument in (20, 21, 22):
                return (False, True, None)[argument - 20]
            if argument in (25, 26, 27) and floats:
                size = 1 << (argument - 24)
                (value,) = struct.unpack({2: ">e", 4: ">f", 8: ">d"}[size], take(size))
                if math.isfinite(value):
                    return value
            raise Refused
        if argument > 27:
            raise Refused
        if argument > 23:
            argument = int.from_bytes(take(1 << (argument - 24)))
        match major:
            case 0:
                return argument
            case 1:
                return -1 - argument
            case 2:
                return take(argument)
            case 3:
                try:
                    return take(argument).decode("utf-8")
                except UnicodeDecodeError:
                    raise Refused from None
            case 6:
                raise Refused
        if depth == 0:
            raise Refused
        if major == 4:
            if argument > len(octets):
                raise Refused
            return [item(depth - 1) for _ in range(argument)]
        if argument > len(octets):
            raise Refused
        found: dict[Any, Any] = {}
        for _ in range(argument):
            key = item(depth - 1)
            if type(key) not in (int, str) or key in found:
                raise Refused
            found[key] = item(depth - 1)
        return found

    value = item(MAX_DEPTH)
    if at != len(octets):
        raise Refused
    return value


def same(octets: bytes, *, floats: bool = False) -> None:
    try:
        expected = read(octets, floats=floats)
    except Refused:
        with pytest.raises((EncodingError, LimitExceeded)):
            loads(octets, limit=4096, floats=floats)
    else:
        found = loads(octets, limit=4096, floats=floats)
        assert found == expected
        assert repr(found) == repr(expected)  # True is not 1


@given(PLAIN)
def test_what_is_written_is_read_again(value: object) -> None:
    octets = dumps(value)
    assert loads(octets, limit=len(octets)) == value
    assert dumps(loads(octets, limit=len(octets))) == octets


@given(PLAIN, st.data())
def test_cut_extended_and_damaged_texts_are_read_as_the_standard_says(
    value: object, draw: st.DataObject
) -> None:
    octets = bytearray(dumps(value))
    same(bytes(octets[: draw.draw(st.integers(0, len(octets)))]))
    same(bytes(octets) + draw.draw(st.binary(min_size=1, max_size=3)))
    octets[draw.draw(st.integers(0, len(octets) - 1))] = draw.draw(st.integers(0, 255))
    same(bytes(octets))
    same(bytes(octets), floats=True)


@settings(max_examples=400)
@given(st.binary(max_size=30), st.booleans())
@example(b"\xa2\x01\x01\x18\x01\x02", False)
@example(b"\xa2\xf5\x01\x01\x02", False)
@example(b"\xf9\x7e\x00", True)
@example(b"\xf9\x3c\x00", True)
@example(b"\xa1\xf9\x3c\x00\x01", True)
@example(b"\xa1\x80\x01", False)
@example(b"\x7f\x61a\xff", False)
def test_any_octets_are_read_as_the_standard_says(octets: bytes, floats: bool) -> None:
    same(octets, floats=floats)


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        ("a201010102", "duplicate"),
        ("a1 01 a2 616101616102", "duplicate"),
        ("82 01 a2 20 01 20 02", "duplicate"),
        ("9f01ff", "indefinite"),
        ("bf0101ff", "indefinite"),
        ("5f4101ff", "indefinite"),
        ("7f6161ff", "indefinite"),
        ("62c328", "utf8"),
        ("63eda080", "utf8"),
        ("0101", "trailing"),
        ("8101f6", "trailing"),
        ("18", "truncated"),
        ("a101", "truncated"),
        ("5bffffffffffffffff00", "truncated"),
        ("f97e00", "kind"),
        ("f7", "kind"),
        ("f0", "kind"),
        ("f8ff", "kind"),
        ("a14001", "kind"),
        ("a1f601", "kind"),
        ("a1f401", "kind"),
        ("c101", "kind"),
        ("1c", "malformed"),
        ("ff", "malformed"),
    ],
)  # fmt: skip
def test_each_way_to_be_wrong_has_its_kind(octets: str, kind: str) -> None:
    with pytest.raises(EncodingError) as caught:
        loads(bytes.fromhex(octets.replace(" ", "")), limit=100)
    assert caught.value.kind == kind


@pytest.mark.parametrize("octets", ["f97c00", "f97e00", "fb7ff0000000000000", "faff800000"])
def test_numbers_without_end_are_no_times(octets: str) -> None:
    with pytest.raises(EncodingError) as caught:
        loads(bytes.fromhex(octets), limit=100, floats=True)
    assert caught.value.kind == "number"


@pytest.mark.parametrize(
    "number", [*range(64), 100, 256, 258, 260, 261, 1004, 43000, 55799, 2**32, 2**64 - 1]
)
def test_no_tag_is_followed_unless_asked_for(number: int) -> None:
    for inside in (1, b"\1\2", "2020-01-01T00:00:00Z", [1, 2], [2, b"\1"]):
        octets = cbor2.dumps(cbor2.CBORTag(number, inside))
        with pytest.raises(EncodingError):
            loads(octets, limit=100)
        assert loads(octets, limit=100, tags=frozenset({number})) == Tagged(number, inside)


def test_an_allowed_tag_is_kept_and_others_in_it_are_not() -> None:
    assert loads(b"\xd2\x81\x01", limit=9, tags=frozenset({18})) == Tagged(18, [1])
    assert dumps(Tagged(18, [1])) == b"\xd2\x81\x01"
    with pytest.raises(EncodingError):
        loads(b"\xd2\xc1\x01", limit=9, tags=frozenset({18}))
    with pytest.raises(EncodingError):  # nor in what it holds
        loads(b"\xd2\x81\xf7", limit=9, tags=frozenset({18}))
    with pytest.raises(EncodingError):  # nor as a key
        loads(b"\xa1\xd2\x01\x02", limit=9, tags=frozenset({18}))


def test_size_depth_and_count_are_bounded() -> None:
    assert loads(b"\x81" * MAX_DEPTH + b"\1", limit=100)
    for octets in (b"\x81" * (MAX_DEPTH + 1) + b"\1", b"\xa1\1" * (MAX_DEPTH + 1) + b"\1", b"\x81" * 100_000):
        with pytest.raises(LimitExceeded):
            loads(octets, limit=1_000_000)
    with pytest.raises(LimitExceeded):
        loads(b"\xd2" * 100_000 + b"\1", limit=1_000_000, tags=frozenset({18}))
    with pytest.raises(LimitExceeded):
        loads(b"\x81\x81\1", limit=100, depth=1)
    with pytest.raises(LimitExceeded):
        loads(b"\x44abcd", limit=4)
    assert len(loads(dumps([0] * (MAX_ITEMS - 1)), limit=100_000)) == MAX_ITEMS - 1
    with pytest.raises(LimitExceeded):
        loads(dumps([0] * MAX_ITEMS), limit=100_000)
    # Long strings are not many items.
    assert loads(dumps([bytes(200_000), "a" * 200_000, 2**40]), limit=500_000)


@pytest.mark.parametrize("head", [b"\x9b", b"\xbb", b"\x5b", b"\x7b"])
def test_a_huge_announced_count_costs_nothing(head: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(EncodingError):
        loads(head + b"\x00\x00\x00\xff\xff\xff\xff\xff", limit=100)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_one_value_has_one_encoding() -> None:
    assert dumps({"b": 1, "a": 2, 10: 3, -1: 4}) == dumps({-1: 4, 10: 3, "a": 2, "b": 1})
    assert dumps({24: 0, -1: 0}) == bytes.fromhex("a22000181800")  # the shorter key first (RFC 8949, 4.2.3)
    for value in (object(), {"a": {1, 2}.__iter__()}, "\ud800", {"\udfff": 1}):
        with pytest.raises(EncodingError):
            dumps(value)
