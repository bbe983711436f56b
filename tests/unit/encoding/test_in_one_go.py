"""Several values read or written in one go come out as they would one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.encoding import base64url, strict_json
from eid.errors import EncodingError, LimitExceeded

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=6,
)


@given(st.lists(VALUES, max_size=6))
def test_json_values_come_out_one_by_one(values: list[object]) -> None:
    parts = [strict_json.dumps(value) for value in values]
    assert strict_json.loads_each(parts, limit=100_000) == values


@given(
    st.lists(
        st.sampled_from(
            [
                b"[",
                b"]",
                b'"',
                b",",
                b'["a"',
                b'"b"]',
                b"1",
                b"[]",
                b" ",
                b"{",
                b"}",
                b'"a":1',
                b"1],2",
                b"1]",
                b"[1,[2",
            ]
        )
    )
)
def test_json_parts_never_help_each_other(parts: list[bytes]) -> None:
    try:
        one_by_one = [strict_json.loads(part, limit=100) for part in parts]
    except EncodingError:
        with pytest.raises(EncodingError):
            strict_json.loads_each(parts, limit=10_000)
    else:
        assert strict_json.loads_each(parts, limit=10_000) == one_by_one


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ([b'["a",["b"]', b'["c"]]'], "syntax"),
        ([b'["a"]', b"", b'["c"]'], "syntax"),
        ([b'["a"]],["b"'], "syntax"),
        ([b"1],2"], "syntax"),
        ([b"1] "], "syntax"),
        ([b"1]", b"[2"], "syntax"),
        ([b""], "syntax"),
        ([b'["a"],["b"]'], "syntax"),
        ([b'["a","b"],["c"', b'"d"]'], "syntax"),
        ([b'["a"', b'["b"]]', b"1,2"], "syntax"),
        ([b"1", b"NaN"], "number"),
        ([b"1", b'{"a":1,"a":2}'], "duplicate"),
        ([b"1", b'"\\ud800"'], "surrogate"),
        ([b"1", b'"\xff"'], "utf8"),
    ],
)
def test_json_parts_that_are_not_one_value_each(parts: list[bytes], kind: str) -> None:
    with pytest.raises(EncodingError) as caught:
        strict_json.loads_each(parts, limit=1000)
    assert caught.value.kind == kind


def test_json_limits_hold_for_each() -> None:
    assert strict_json.loads_each([b"[[1]]", b"[[2]]"], limit=1000, depth=2) == [[[1]], [[2]]]
    with pytest.raises(LimitExceeded):
        strict_json.loads_each([b"[[[1]]]", b"1"], limit=1000, depth=2)
    with pytest.raises(LimitExceeded):
        strict_json.loads_each([b"1" * 15] * 10, limit=100)
    assert strict_json.loads_each([], limit=0) == []


@given(st.lists(st.binary(max_size=20) | st.just(b"\xfb\xff\xfe"), max_size=5))
def test_base64url_is_read_one_by_one(parts: list[bytes]) -> None:
    texts = [base64url.encode(part) for part in parts]
    assert base64url.decode_each([text.encode() for text in texts], limit=1000) == parts
    assert base64url.encode_each(parts) == texts


@given(st.lists(st.text("AQgwEz09-_+/=\n é", max_size=5), max_size=3))
def test_base64url_of_any_text_is_read_as_one_by_one(texts: list[str]) -> None:
    octets = [text.encode() for text in texts]
    try:
        one_by_one = [base64url.decode(text, limit=100) for text in texts]
    except EncodingError:
        with pytest.raises(EncodingError):
            base64url.decode_each(octets, limit=1000)
    else:
        assert base64url.decode_each(octets, limit=1000) == one_by_one
    if sum(map(len, texts)) > 1:
        with pytest.raises(LimitExceeded):
            base64url.decode_each(octets, limit=1)
