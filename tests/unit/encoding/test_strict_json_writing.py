"""What is written is what Python's own encoder writes, only faster."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.encoding import strict_json
from eid.errors import EncodingError

plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_is_written_is_what_python_writes(value: Any) -> None:
    assert strict_json.dumps_text(value) == plain.encode(value)
    assert strict_json.dumps(value) == plain.encode(value).encode()


@pytest.mark.parametrize("value", [{1: 2, None: 3, 2.5: 4, False: 5}, (1, (2,)), 10**400, -0.0])
def test_also_what_json_has_another_form_for(value: Any) -> None:
    assert strict_json.dumps_text(value) == plain.encode(value)


def circles() -> list[Any]:
    one: list[Any] = []
    one.append(one)
    two: dict[str, Any] = {}
    two["a"] = [two]
    return [one, two]


@pytest.mark.parametrize(
    "value", [*circles(), float("nan"), [float("inf")], object(), {(1,): 2}, b"x", {1, 2}]
)
def test_what_json_cannot_carry_is_an_error_each_time(value: Any) -> None:
    for _ in range(2):
        with pytest.raises(EncodingError):
            strict_json.dumps_text(value)
    assert strict_json.dumps_text([1]) == "[1]", "and leaves nothing behind"
