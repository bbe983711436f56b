"""JSON that all readers read the same way; what some read otherwise is refused, each with its kind."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.encoding.strict_json import MAX_DEPTH, dumps, loads
from eid.errors import EncodingError, LimitExceeded

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def kind_of(octets: bytes) -> str:
    with pytest.raises(EncodingError) as caught:
        loads(octets, limit=10_000)
    return caught.value.kind


# --- what is read --------------------------------------------------------------------------------


@given(VALUES)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert loads(dumps(value), limit=100_000) == value


@given(VALUES, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_the_writing_of_others_is_read_like_they_mean_it(value: Any, ascii_only: bool, indent: Any) -> None:
    octets = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert loads(octets, limit=100_000) == value


def test_writing_is_compact_and_keeps_order_and_letters() -> None:
    assert dumps({"b": "Ánh", "a": [1, None, True]}) == '{"b":"Ánh","a":[1,null,true]}'.encode()


@pytest.mark.parametrize(("text", "value"), [
    ("0", 0), ("-0", 0), ("1.5", 1.5), ("1E2", 100.0), ("9007199254740991", 2**53 - 1), ("-9007199254740991", -(2**53) + 1),
    ('"\\u00e9"', "é"), ('"\\ud83d\\ude00"', "😀"), ('" \\" [ { "', ' " [ { '), (" \t\r\n1 \n", 1), ("1e-400", 0.0), ('""', ""), ("{}", {}), ("[]", []),
])  # fmt: skip
def test_plain_json_is_read(text: str, value: Any) -> None:
    assert loads(text.encode(), limit=100) == value


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    '{"a":1,"a":1}', '{"a":1,"b":{"c":1,"c":2}}', '[{"a":1,"a":2}]', '{"\\u0061":1,"a":2}', '{"":1,"":2}',
    '{"\\ud83d\\ude00":1,"😀":2}', '{"a":1,"a":NaN}'.replace("NaN", "2"),
])  # fmt: skip
def test_a_member_named_twice(text: str) -> None:
    assert kind_of(text.encode()) == "duplicate"


def test_members_that_only_look_alike_are_two() -> None:
    composed, decomposed = "\u00e9", "e\u0301"
    text = f'{{"{composed}":1,"{decomposed}":2,"E":3,"e":4}}'
    assert loads(text.encode(), limit=100) == {composed: 1, decomposed: 2, "E": 3, "e": 4}


@pytest.mark.parametrize("text", [
    "NaN", "Infinity", "-Infinity", '{"exp":NaN}', "1e400", "-1e400", '{"exp":1e999999999}', "9007199254740992", "-9007199254740992",
    "1" * 400, "1" * 9000, "-" + "9" * 18, "12345678901234567890",
])  # fmt: skip
def test_numbers_that_readers_differ_about(text: str) -> None:
    assert kind_of(text.encode()) == "number"


@pytest.mark.parametrize("text", [
    '"\\ud800"', '"\\udc00"', '{"\\ud800":1}', '["\\udfff\\ud800"]', '{"a":{"b":["\\ud83d"]}}', '"\\uD83D\\u0041"', '"\\ud83dx\\ude00"',
])  # fmt: skip
def test_half_a_surrogate_pair(text: str) -> None:
    assert kind_of(text.encode()) == "surrogate"


@pytest.mark.parametrize("octets", [
    b"\xff", b'"\xc3"', b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', "1".encode("utf-16"), "{}".encode("utf-32"), b"\xfe\xff1",
    b'"\xe2\x82"',
])  # fmt: skip
def test_what_is_not_utf_8(octets: bytes) -> None:
    assert kind_of(octets) == "utf8"


@pytest.mark.parametrize("text", [
    "", " ", "{", "}", "[1,]", '{"a":1,}', "{a:1}", "{'a':1}", '{"a"}', '{"a":}', "[1 2]", "01", "+1", ".5", "1.", "0x10", "1_000", "nul", "True",
    '"\t"', '"\n"', '"\x00"', '"\\x41"', '"\\u12"', '"', '"\\', "1 2", "{}{}", "{} x", "//\n1", "/**/1", "\ufeff{}", "\u00a01", "\x0c1", "1\x00",
    "undefined", "[", "\u2028", '"a" "b"', "١", '"\\u00é0"', "1e", "--1", "-",
])  # fmt: skip
def test_what_only_lax_readers_take_for_json(text: str) -> None:
    assert kind_of(text.encode()) == "syntax"


# --- bounds --------------------------------------------------------------------------------------


def test_size_is_looked_at_before_anything_else() -> None:
    assert loads(b'"1234"', limit=6) == "1234"
    for octets in (b'"12345"', b"\xff" * 7, b"[" * 7):
        with pytest.raises(LimitExceeded):
            loads(octets, limit=6)


@pytest.mark.parametrize("depth", [1, 3, MAX_DEPTH])
def test_depth_is_bounded(depth: int) -> None:
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        inside = "1" if opening == '{"a":' else ""
        good = opening * depth + inside + closing * depth
        assert loads(good.encode(), limit=1000, depth=depth) is not None
        with pytest.raises(LimitExceeded):
            loads(
                (opening + good + closing if inside else "[" + good + "]").encode(), limit=1000, depth=depth
            )


def test_depth_does_not_count_what_stands_in_texts_or_side_by_side() -> None:
    brackets = json.dumps(["[{" * 50, {'a"[': "]" * 9}, [], [], {}] + [[]] * 30).encode()
    assert loads(brackets, limit=1000, depth=2)[0] == "[{" * 50
    with pytest.raises(LimitExceeded):
        loads(brackets, limit=1000, depth=1)


@pytest.mark.parametrize("octets", [
    b"[" * 200_000, b'{"a":' * 50_000, b'["' + b'\\"[' * 60_000, b'"' * 200_000, b'"\\' * 100_000, b"[]" * 100_000,
    b'{"a":1,' * 30_000, (b"[" * 17 + b"]" * 17) * 5000,
])  # fmt: skip
def test_hostile_nesting_never_exhausts_the_stack(octets: bytes) -> None:
    with pytest.raises((LimitExceeded, EncodingError)):
        loads(octets, limit=1_000_000)


@given(st.binary(max_size=60) | st.text('{}[]",:\\u0d8e19.-+ntf \n', max_size=40).map(str.encode))
def test_only_two_errors_come_and_what_is_read_is_sound(octets: bytes) -> None:
    value, refused = None, None
    try:
        value = loads(octets, limit=60, depth=4)
    except (EncodingError, LimitExceeded) as error:
        refused = error
    if isinstance(refused, EncodingError):
        assert refused.kind in {"utf8", "syntax", "duplicate", "number", "surrogate"}
    elif refused is not None:
        assert octets.count(b"[") + octets.count(b"{") > 4
    else:
        assert json.loads(octets) == value  # nobody else reads it otherwise
        assert loads(dumps(value), limit=1000) == value


# --- writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, {"a": [math.nan]}, "\ud800", {"\udfff": 1}, ["\ud83d"]], ids=repr
)
def test_what_json_cannot_carry_is_not_written(value: Any) -> None:
    with pytest.raises(EncodingError):
        dumps(value)
