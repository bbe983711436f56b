"""The chip on a socket, as a virtual reader and as a reader side see it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from eid.chip.virtual import Control, encode_frame
from eid.errors import CardMute, CardRemoved, RemoteUnreachable
from eid.readers.remote import connect
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation
from eid.simulator.serve import dial, listen

MakeCard = Callable[..., Personalisation]
AID = bytes.fromhex("00a4040c07a0000002471001")


def receive(link: socket.socket) -> bytes:
    link.settimeout(5)
    head = link.recv(2, socket.MSG_WAITALL)
    return link.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)


def test_a_reader_side_connects_and_reads(make_card: MakeCard) -> None:
    card = make_card()
    with listen(lambda: Chip(card)) as served:
        with connect(*served.address) as remote:
            assert remote.info.atr == card.atr
            assert remote.transmit(AID) == b"\x90\x00"
        with connect(*served.address) as one, connect(*served.address) as other:
            assert one.transmit(AID) == other.transmit(AID) == b"\x90\x00"
    assert not served.running
    with pytest.raises(RemoteUnreachable):
        connect(*served.address)


def test_the_chip_dials_a_virtual_reader(make_card: MakeCard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as reader:
        chip = Chip(make_card())
        with dial(chip, *reader.getsockname()[:2]) as served:
            link, _ = reader.accept()
            with link:
                # Length and body apart, as vpcd writes them.
                for frame in (Control.OFF.frame, Control.ON.frame, Control.RESET.frame, Control.ATR.frame):
                    link.sendall(frame[:2])
                    link.sendall(frame[2:])
                assert receive(link) == chip.atr
                start = time.perf_counter()
                for _ in range(5):
                    link.sendall(encode_frame(AID)[:2])
                    link.sendall(encode_frame(AID)[2:])
                    assert receive(link) == b"\x90\x00"
                assert time.perf_counter() - start < 0.15  # no delayed ACK
                assert served.running
                link.sendall(encode_frame(b"\x99") + encode_frame(b"") + encode_frame(AID))
                assert receive(link) == b"\x90\x00"
            assert served.wait(5)


def test_taking_the_card_out_closes_the_connection(make_card: MakeCard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as reader:
        served = dial(Chip(make_card()), *reader.getsockname()[:2])
        link, _ = reader.accept()
        with link:
            served.stop()
            link.settimeout(5)
            assert link.recv(1) == b""
        served.stop()
        assert not served.running


def test_an_abrupt_end_leaves_no_traceback(make_card: MakeCard, capfd: pytest.CaptureFixture[str]) -> None:
    card = make_card()
    with listen(lambda: Chip(card)) as served:
        for _ in range(3):
            link = socket.create_connection(served.address)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            link.sendall(b"\x00\xff partial")
            link.close()
        with connect(*served.address) as remote:
            assert remote.transmit(AID) == b"\x90\x00"
    assert capfd.readouterr() == ("", "")


def test_a_card_that_vanishes_hangs_up_and_a_silent_one_stays(make_card: MakeCard) -> None:
    dying = make_card(quirks={"dies_at": 2})
    with listen(lambda: Chip(dying)) as served, connect(*served.address) as remote:
        assert remote.transmit(AID) == b"\x90\x00"
        with pytest.raises(CardRemoved):
            remote.transmit(AID)
    mute = make_card(quirks={"mute_at": 2})
    with listen(lambda: Chip(mute)) as served, connect(*served.address, deadline=0.3) as remote:
        assert remote.transmit(AID) == b"\x90\x00"
        start = time.monotonic()
        with pytest.raises(CardMute):
            remote.transmit(AID)
        assert time.monotonic() - start < 3


@pytest.mark.parametrize("address", [("127.0.0.1", 1), ("no such host.invalid", 5), ("127.0.0.1", 99_999)])
def test_nobody_there(address: tuple[str, int], make_card: MakeCard) -> None:
    with pytest.raises(RemoteUnreachable):
        dial(Chip(make_card()), *address)


def test_an_address_in_use(make_card: MakeCard) -> None:
    chip: Any = Chip(make_card())
    with listen(lambda: chip) as served:
        with pytest.raises(RemoteUnreachable):
            listen(lambda: chip, *served.address)
        assert str(served.address[1]) in repr(served)
