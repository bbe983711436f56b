"""zlib streams: whole, alone, and never more than the bound."""

from __future__ import annotations

import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.encoding.deflate import MAX_RATIO, deflate, inflate
from eid.errors import EncodingError, LimitExceeded


@given(st.binary(max_size=2000), st.integers(0, 9))
def test_what_is_compressed_comes_back(octets: bytes, level: int) -> None:
    assert inflate(deflate(octets), limit=2000) == octets
    assert inflate(zlib.compress(octets, level), limit=2000) == octets


@given(st.binary(max_size=300))
def test_the_limit_is_exact(octets: bytes) -> None:
    assert inflate(deflate(octets), limit=len(octets)) == octets
    if octets:
        with pytest.raises(LimitExceeded):
            inflate(deflate(octets), limit=len(octets) - 1)


def test_the_ratio_is_bounded_and_reaches_what_deflate_can() -> None:
    zeros = deflate(bytes(1_000_000))
    assert len(inflate(zeros, limit=10**7)) == 1_000_000
    assert 1_000_000 / len(zeros) < MAX_RATIO
    with pytest.raises(LimitExceeded):
        inflate(zeros, limit=10**7, ratio=100)


def test_a_bomb_is_never_unpacked() -> None:
    bomb = deflate(bytes(200 * 1024 * 1024))
    tracemalloc.start()
    try:
        with pytest.raises(LimitExceeded):
            inflate(bomb, limit=100_000)
        assert tracemalloc.get_traced_memory()[1] < 2 * 1024 * 1024
    finally:
        tracemalloc.stop()


def dictionary_stream() -> bytes:
    compressor = zlib.compressobj(zdict=b"dictionary")
    return compressor.compress(b"dictionary") + compressor.flush()


def raw_stream(wbits: int) -> bytes:
    compressor = zlib.compressobj(wbits=wbits)
    return compressor.compress(b"octets" * 9) + compressor.flush()


STREAM = deflate(b"some octets, some octets")


@pytest.mark.parametrize("octets", [
    b"", b"\x78", b"\x78\x9c", b"junk", STREAM[:-1], STREAM[:-4], STREAM[:6], STREAM + b"\0", STREAM + STREAM, b" " + STREAM,
    STREAM[:-1] + bytes([STREAM[-1] ^ 1]), raw_stream(-15), raw_stream(31), dictionary_stream(), b"\x78\x9c" + b"\xff" * 20, bytes(50),
])  # fmt: skip
def test_what_is_not_exactly_one_stream_is_refused(octets: bytes) -> None:
    with pytest.raises(EncodingError) as caught:
        inflate(octets, limit=10_000)
    assert caught.value.kind == "deflate"


@given(st.data())
def test_damage_is_never_a_foreign_error_and_hardly_ever_unseen(data: st.DataObject) -> None:
    octets = bytearray(STREAM)
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = inflate(bytes(octets), limit=10_000)
    except (EncodingError, LimitExceeded):
        return
    assert found == b"some octets, some octets"  # a bit that says how it was packed, not what
