"""A chip behind a TCP connection, with every way in which the other side can fail."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from eid.chip.virtual import Control, FrameDecoder, encode_frame
from eid.errors import CardMute, CardRemoved, RemoteUnreachable, TransportError
from eid.readers import remote

ATR = bytes.fromhex("3b80800101")
COMMAND = bytes.fromhex("00B0000000")


class Other:
    """The chip's side: ``answer`` is called for each frame and may send whatever it likes."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        self.frames: list[bytes] = []
        self.answer: Callable[[socket.socket, bytes], None] = standard
        self.ended = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            link, _ = self.server.accept()
            frames = FrameDecoder()
            with link:
                while octets := link.recv(70_000):
                    for body in frames.feed(octets):
                        self.frames.append(body)
                        self.answer(link, body)
            self.ended.set()


def standard(link: socket.socket, body: bytes) -> None:
    if body == bytes((Control.ATR,)):
        link.sendall(encode_frame(ATR))
    elif len(body) > 1:
        link.sendall(encode_frame(body + b"\x90\x00"))


@pytest.fixture
def other() -> Iterator[Other]:
    other = Other()
    yield other
    other.server.close()


def after_atr(action: Callable[[socket.socket, bytes], None]) -> Callable[[socket.socket, bytes], None]:
    return lambda link, body: action(link, body) if len(body) > 1 else standard(link, body)


def test_a_chip_is_switched_on_answers_and_is_switched_off(other):
    with remote.connect("127.0.0.1", other.port) as card:
        assert (card.info.name, card.info.atr) == (f"127.0.0.1:{other.port}", ATR)
        for size in (4, 5, 261, 60_000):
            command = bytes(size)
            assert card.transmit(command) == command + b"\x90\x00"
    assert other.ended.wait(5)
    assert other.frames[:3] == [b"\x00", b"\x01", b"\x04"]
    assert other.frames[-1] == b"\x00"
    with pytest.raises(CardRemoved):
        card.transmit(COMMAND)
    card.close()


def test_commands_do_not_wait_for_delayed_acknowledgements(other):
    def in_two_writes(link: socket.socket, body: bytes) -> None:
        link.sendall(b"\x00\x02")
        link.sendall(b"\x90\x00")

    other.answer = after_atr(in_two_writes)
    with remote.connect("127.0.0.1", other.port) as card:
        start = time.monotonic()
        for _ in range(50):
            card.transmit(COMMAND)
        assert time.monotonic() - start < 1  # 50 x 44 ms otherwise


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.1", 1), ("127.0.0.1", 70_000), ("no such host.invalid", 1), ("a" * 80, 1)]
)
def test_nobody_there_is_unreachable(host, port):
    with pytest.raises(RemoteUnreachable):
        remote.connect(host, port, timeout=3)


def test_hanging_up_in_the_middle_is_a_removed_card(other):
    other.answer = after_atr(lambda link, body: link.shutdown(socket.SHUT_RDWR))
    with remote.connect("127.0.0.1", other.port) as card:
        for _ in range(2):
            with pytest.raises(CardRemoved):
                card.transmit(COMMAND)


def test_half_an_answer_and_hanging_up_is_a_removed_card(other):
    def half(link: socket.socket, body: bytes) -> None:
        link.sendall(b"\x00\x09\x01")
        link.shutdown(socket.SHUT_RDWR)

    other.answer = after_atr(half)
    with remote.connect("127.0.0.1", other.port) as card, pytest.raises(CardRemoved):
        card.transmit(COMMAND)


def test_silence_is_a_mute_card_within_the_deadline_and_no_late_answer_is_taken(other):
    def late(link: socket.socket, body: bytes) -> None:
        time.sleep(0.6)
        standard(link, body)

    other.answer = after_atr(late)
    with remote.connect("127.0.0.1", other.port, deadline=0.3) as card:
        start = time.monotonic()
        with pytest.raises(CardMute):
            card.transmit(COMMAND)
        assert time.monotonic() - start < 0.6
        with pytest.raises(CardRemoved):
            card.transmit(bytes(5))


def test_trickling_octets_do_not_extend_the_deadline(other):
    def trickle(link: socket.socket, body: bytes) -> None:
        with contextlib.suppress(OSError):
            for octet in encode_frame(bytes(100)):
                link.sendall(bytes((octet,)))
                time.sleep(0.05)

    other.answer = after_atr(trickle)
    with remote.connect("127.0.0.1", other.port, deadline=0.3) as card:
        start = time.monotonic()
        with pytest.raises(CardMute):
            card.transmit(COMMAND)
        assert time.monotonic() - start < 0.6


def test_a_chip_that_takes_nothing_in_is_mute(other):
    other.answer = after_atr(lambda link, body: time.sleep(2))
    with remote.connect("127.0.0.1", other.port, deadline=0.3) as card, pytest.raises(CardMute):
        fill(card)


def fill(card: remote.RemoteCard) -> None:
    for _ in range(200):  # until the buffers in between are full
        card._send(encode_frame(bytes(60_000)))


def test_no_answer_to_reset_is_a_mute_card(other):
    other.answer = lambda link, body: None
    with pytest.raises(CardMute):
        remote.connect("127.0.0.1", other.port, deadline=0.3)


def test_an_empty_answer_to_reset_is_a_mute_card(other):
    other.answer = lambda link, body: link.sendall(b"\0\0") if body == b"\x04" else None
    with pytest.raises(CardMute):
        remote.connect("127.0.0.1", other.port)


def test_an_endless_answer_to_reset_is_refused(other):
    other.answer = lambda link, body: link.sendall(encode_frame(bytes(34)))
    with pytest.raises(TransportError):
        remote.connect("127.0.0.1", other.port)


def test_two_answers_to_one_command_end_the_connection(other):
    other.answer = after_atr(lambda link, body: link.sendall(encode_frame(b"\x90\x00") * 2))
    with remote.connect("127.0.0.1", other.port) as card:
        with pytest.raises(TransportError):
            card.transmit(COMMAND)
        with pytest.raises(CardRemoved):
            card.transmit(COMMAND)


def test_a_control_cannot_be_sent_as_a_command(other):
    with remote.connect("127.0.0.1", other.port) as card, pytest.raises(TransportError):
        card.transmit(bytes((Control.OFF,)))
