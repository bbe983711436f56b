"""Framing of the virtual reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.chip.virtual import MAX_BODY, Control, FrameDecoder, encode_frame, read_control
from eid.errors import EncodingError, LimitExceeded


@given(st.lists(st.binary(max_size=300)), st.lists(st.integers(1, 50)))
def test_frames_survive_every_cut_of_the_stream(bodies, cuts):
    stream = b"".join(encode_frame(body) for body in bodies)
    decoder, found = FrameDecoder(), []
    for size in [*cuts, len(stream)]:
        found.extend(decoder.feed(stream[:size]))
        stream = stream[size:]
    assert found == bodies
    assert decoder.pending == 0


def test_a_frame_that_was_cut_off_is_seen_at_the_end_of_the_stream():
    decoder = FrameDecoder()
    assert list(decoder.feed(b"\x00\x05\x00\xb0")) == []
    assert decoder.pending == 4


def test_the_longest_frame_passes_and_a_longer_one_does_not():
    body = bytes(MAX_BODY)
    assert list(FrameDecoder().feed(encode_frame(body))) == [body]
    with pytest.raises(LimitExceeded):
        encode_frame(body + b"\0")


def test_a_frame_beyond_the_limit_is_refused_by_its_length_alone():
    frames = FrameDecoder(limit=33).feed(encode_frame(bytes(33)) + b"\x00\x22")
    assert next(frames) == bytes(33)
    with pytest.raises(LimitExceeded):
        next(frames)


def test_controls_are_told_from_commands():
    assert [read_control(bytes((octet,))) for octet in (0, 1, 2, 4)] == list(Control)
    assert Control.ATR.frame == b"\x00\x01\x04"
    assert read_control(bytes.fromhex("00a4")) is None


@pytest.mark.parametrize("body", [b"", b"\x03", b"\xff"])
def test_what_is_neither_control_nor_command_is_refused(body):
    with pytest.raises(EncodingError):
        read_control(body)
