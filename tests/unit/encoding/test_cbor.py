from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.encoding.cbor import MAX_DEPTH, MAX_ITEMS, require_plain
from eid.errors import EncodingError, LimitExceeded

_LEAF = st.one_of(st.integers(-(2**64), 2**64 - 1), st.binary(max_size=300), st.text(max_size=40))
_PLAIN = st.recursive(
    _LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def _depth(value: object) -> int:
    inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inside), default=0)


@given(_PLAIN)
def test_plain_values_pass_and_every_cut_is_noticed(value: object) -> None:
    octets = cbor2.dumps(value)
    if _depth(value) > MAX_DEPTH - 1:
        return
    require_plain(octets)
    for end in range(len(octets)):
        with pytest.raises(EncodingError):
            require_plain(octets[:end])
    with pytest.raises(EncodingError):
        require_plain(octets + b"\0")


@pytest.mark.parametrize(
    "octets",
    [
        "c001",
        "d81c80",
        "f6",
        "f5",
        "fb0000000000000000",
        "9fff",
        "5f4100ff",
        "1c",
        "c482000102",
        "82c4820001",
    ],
)
def test_what_a_decoder_would_make_objects_of_is_refused(octets: str) -> None:
    with pytest.raises(EncodingError):
        require_plain(bytes.fromhex(octets))


def test_depth_and_count_are_bounded() -> None:
    require_plain(b"\x81" * (MAX_DEPTH - 1) + b"\1")
    with pytest.raises(LimitExceeded):
        require_plain(b"\x81" * MAX_DEPTH + b"\1")
    require_plain(cbor2.dumps([0] * (MAX_ITEMS - 1)))
    with pytest.raises(LimitExceeded):
        require_plain(cbor2.dumps([0] * MAX_ITEMS))


def test_a_huge_announced_count_costs_nothing() -> None:
    for head in (b"\x9b", b"\xbb", b"\x5b", b"\x7b"):
        with pytest.raises(EncodingError):
            require_plain(head + b"\xff" * 8)
