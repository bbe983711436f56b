from __future__ import annotations

import asyncio
import logging

import pytest

from eid.chip.apdu import CommandAPDU, ResponseAPDU, StatusWord
from eid.chip.secure_messaging import SecureMessaging
from eid.chip.session import MAX_RESPONSE, Session, exchange, require_ok
from eid.chip.transport import TRAFFIC, RecordedTransport, RecordingTransport, Transport, run, run_async
from eid.errors import (
    AccessDenied,
    CardRemoved,
    FileNotOnChip,
    ProtocolError,
    RecordingMismatch,
    SecureMessagingError,
    SecureMessagingLost,
    StatusWordError,
    TransportError,
)

READ = CommandAPDU(0, 0xB0, 0, 0, le=10)
KEY = bytes(range(16))


class Answers:
    """Answers in order whatever is asked, and keeps the commands."""

    def __init__(self, *answers: str | bytes | Exception) -> None:
        self.left = list(answers)
        self.commands: list[CommandAPDU] = []

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(CommandAPDU.from_bytes(command))
        answer = self.left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return bytes.fromhex(answer) if isinstance(answer, str) else answer


def both() -> tuple[SecureMessaging, SecureMessaging]:
    return SecureMessaging("AES-128", KEY, KEY[::-1]), SecureMessaging("AES-128", KEY, KEY[::-1])


# --- status words -----------------------------------------------------------------------------------


def test_families_do_not_run_into_each_other() -> None:
    # A mask such as (sw & 0x6700) == 0x6700 takes 6F00 for a wrong length.
    for sw in range(0x6000, 0x7000):
        word = StatusWord(sw)
        assert (word.more is not None) == (sw >> 8 == 0x61)
        assert (word.right_length is not None) == (sw >> 8 == 0x6C)
    assert StatusWord(0x6F00) is not StatusWord.WRONG_LENGTH
    assert StatusWord(0x6C10).right_length == 0x10
    assert StatusWord(0x61FF).more == 0xFF


def test_every_16_bit_value_has_a_name_and_nothing_else_is_one() -> None:
    assert StatusWord(0x6A82).name == "FILE_NOT_FOUND"
    assert StatusWord(0x63C2).name == "SW_63C2"
    assert ResponseAPDU(b"", 0x9100).status.name == "SW_9100"
    for wrong in (-1, 0x10000, "9000"):
        with pytest.raises(ValueError):
            StatusWord(wrong)


def test_odd_behaviour_is_noted_once_and_can_be_taken_back() -> None:
    session = Session()
    for quirk in ("one", "other", "one"):
        session.note(quirk)
    assert session.quirks == ["one", "other"]
    session.forget("one")
    session.forget("never noted")
    assert session.quirks == ["other"]


@pytest.mark.parametrize("octets", [b"", b"\x90"])
def test_a_response_without_a_status_word_is_an_error_of_the_line(octets: bytes) -> None:
    async def transmit(_: bytes) -> bytes:
        return octets

    with pytest.raises(TransportError):
        run(exchange(READ), Answers(octets))
    with pytest.raises(TransportError):
        asyncio.run(run_async(exchange(READ), transmit))


@pytest.mark.parametrize("p2", [0, 2])
def test_a_recording_answers_only_what_was_recorded(p2: int) -> None:
    recorded = RecordedTransport([(bytes((0, 0xB0, 0, 1)), b"\x90\x00")])
    with pytest.raises(RecordingMismatch):
        recorded.transmit(bytes((0, 0xB0, 0, p2)))


def test_only_9000_is_success() -> None:
    assert require_ok(ResponseAPDU(b"x", 0x9000), "it") == b"x"
    # sw1 != 90 && sw2 != 00 lets 6700 pass as success.
    for sw in (0x6700, 0x6F00, 0x9001, 0x9100, 0x6282, 0x6100, 0x0000, 0x8000):
        with pytest.raises(StatusWordError) as caught:
            require_ok(ResponseAPDU(b"x", sw), "it")
        assert caught.value.sw == sw
    with pytest.raises(FileNotOnChip):
        require_ok(ResponseAPDU(b"", 0x6A82), "it")
    with pytest.raises(AccessDenied):
        require_ok(ResponseAPDU(b"", 0x6982), "it")


# --- 61xx and 6Cxx ----------------------------------------------------------------------------------


def test_6cxx_repeats_the_command_once_with_the_right_length() -> None:
    chip = Answers("6c04", "010203049000")
    assert run(exchange(READ), chip).data == bytes((1, 2, 3, 4))
    assert [command.le for command in chip.commands] == [10, 4]
    chip = Answers("6c00", "6c05")
    assert run(exchange(READ), chip).sw == 0x6C05
    assert [command.le for command in chip.commands] == [10, 256]


def test_61xx_fetches_the_rest() -> None:
    chip = Answers("01026103", "03046101", "059000")
    answer = run(exchange(READ), chip)
    assert (answer.data, answer.sw) == (bytes((1, 2, 3, 4, 5)), 0x9000)
    assert [(c.cla, c.ins, c.le) for c in chip.commands[1:]] == [(0, 0xC0, 3), (0, 0xC0, 1)]


def test_6100_asks_for_256() -> None:
    chip = Answers("6100", bytes(256) + b"\x90\x00")
    assert len(run(exchange(READ), chip).data) == 256
    assert chip.commands[1].le == 256


def test_a_refusal_ends_the_fetching() -> None:
    assert run(exchange(READ), Answers("016101", "6f00")) == ResponseAPDU(b"\x01", 0x6F00)
    assert run(exchange(READ), Answers("016101", "6000")) == ResponseAPDU(b"\x01", 0x6000)


@pytest.mark.parametrize("sw", [0x0000, 0x6000, 0x60FF, 0x6200, 0x6282, 0x9000, 0xFFFF])
def test_only_61xx_announces_more(sw: int) -> None:
    chip = Answers(b"\x01" + sw.to_bytes(2, "big"))
    assert run(exchange(READ), chip) == ResponseAPDU(b"\x01", sw)
    assert len(chip.commands) == 1


def test_a_chip_that_announces_and_gives_nothing_is_left() -> None:
    with pytest.raises(ProtocolError):
        run(exchange(READ), Answers("6110", "6110"))


def test_a_chip_that_never_stops_is_left() -> None:
    endless = Answers(*[bytes(256) + b"\x61\x00"] * (MAX_RESPONSE // 256 + 2))
    with pytest.raises(ProtocolError):
        run(exchange(READ), endless)


# --- sessions ---------------------------------------------------------------------------------------


def test_6cxx_inside_the_channel_repeats_the_command() -> None:
    terminal, chip = both()
    session = Session()
    session.messaging = terminal
    asked = []

    class Card:
        def transmit(self, command: bytes) -> bytes:
            plain = chip.unprotect_command(CommandAPDU.from_bytes(command))
            asked.append(plain.le)
            answer = ResponseAPDU(b"", 0x6C03) if plain.le != 3 else ResponseAPDU(b"abc", 0x9000)
            return chip.protect_response(answer).to_bytes()

    assert run(session.send(READ), Card()).data == b"abc"
    assert asked == [10, 3]


def test_a_refusal_in_plain_is_an_error_and_leaves_the_counter_where_the_command_left_it() -> None:
    terminal, chip = both()
    session = Session()
    session.messaging = terminal
    card = Answers("6a82")
    with pytest.raises(SecureMessagingLost) as caught:
        run(session.send(READ), card)
    assert caught.value.sw == 0x6A82
    assert not terminal.closed
    assert chip.unprotect_command(card.commands[0]) == READ
    assert chip.unprotect_command(terminal.protect(READ)) == READ


@pytest.mark.parametrize("counted", [True, False])
def test_asking_takes_a_plain_refusal_for_an_answer_and_goes_on(counted: bool) -> None:
    terminal, chip = both()
    session = Session()
    session.messaging = terminal
    session.counts_refusals = counted
    protected: list[bytes] = []

    class Card:
        def transmit(self, command: bytes) -> bytes:
            protected.append(command)
            if len(protected) == 1:
                if counted:
                    chip.unprotect_command(CommandAPDU.from_bytes(command))
                return b"\x6a\x82"
            chip.unprotect_command(CommandAPDU.from_bytes(command))
            return chip.protect_response(ResponseAPDU(b"x", 0x9000)).to_bytes()

    assert run(session.ask(READ), Card()) == ResponseAPDU(b"", 0x6A82)
    assert run(session.ask(READ), Card()).data == b"x"
    assert session.quirks == ["plain_refusal"]


@pytest.mark.parametrize("sw", [0x6882, 0x6982, 0x6985, 0x6987, 0x6988])
def test_asking_still_tells_when_the_chip_has_left_the_channel(sw: int) -> None:
    session = Session()
    session.messaging = both()[0]
    with pytest.raises(SecureMessagingLost):
        run(session.ask(READ), Answers(sw.to_bytes(2, "big")))


@pytest.mark.parametrize("ask", [True, False])
def test_success_in_plain_is_never_believed(ask: bool) -> None:
    for answer in ("9000", "01029000", "01026282"):
        session = Session()
        session.messaging = both()[0]
        with pytest.raises(SecureMessagingError):
            run((session.ask if ask else session.send)(READ), Answers(answer))
        assert session.messaging.closed


def test_the_other_way_of_counting_is_taken_when_a_channel_was_lost_after_a_plain_refusal() -> None:
    session = Session()
    session.messaging = both()[0]
    session.close()
    assert session.counts_refusals
    assert session.messaging is None
    session.messaging = both()[0]
    run(session.ask(READ), Answers("6a82"))
    session.close()
    assert not session.counts_refusals


@pytest.mark.parametrize("counted", [True, False])
def test_a_doubtful_error_in_plain_is_settled_by_a_probe(counted: bool) -> None:
    terminal, chip = both()
    session = Session()
    session.messaging, session.counts_refusals = terminal, counted

    class Card:
        def transmit(self, command: bytes) -> bytes:
            answer = chip.unprotect_command(CommandAPDU.from_bytes(command))
            return chip.protect_response(ResponseAPDU(b"", 0x9000 if answer.le else 0x6A82)).to_bytes()

    refused = Answers("6982")
    with pytest.raises(SecureMessagingLost):
        run(session.ask(READ), refused)
    if counted:
        chip.unprotect_command(refused.commands[0])
    assert run(session.survives(READ), Card())
    assert "plain_refusal" in session.quirks
    assert run(session.survives(READ), Answers("6988")) is False
    session.close()
    assert session.counts_refusals is not counted
    assert run(session.survives(READ), Answers()) is False


def test_a_plain_refusal_without_a_channel_is_an_ordinary_answer() -> None:
    assert run(Session().ask(READ), Answers("6a82")).sw == 0x6A82


def test_quirks_are_noted_once() -> None:
    session = Session()
    session.note("a")
    session.note("b")
    session.note("a")
    assert session.quirks == ["a", "b"]


# --- drivers ----------------------------------------------------------------------------------------


def test_transport_errors_reach_the_protocol_and_then_the_caller() -> None:
    with pytest.raises(CardRemoved):
        run(exchange(READ), Answers(CardRemoved("gone")))


def test_a_response_without_status_word_is_a_transport_error() -> None:
    for octets in (b"", b"\x90"):
        with pytest.raises(TransportError):
            run(exchange(READ), Answers(octets))


def test_a_protocol_may_go_on_after_a_transport_error() -> None:
    def protocol():  # type: ignore[no-untyped-def]
        try:
            yield READ
        except TransportError:
            return (yield READ).sw

    assert run(protocol(), Answers(TransportError("a"), "9000")) == 0x9000

    async def transmit(command: bytes) -> bytes:
        return answers.transmit(command)

    answers = Answers(TransportError("a"), "9000")
    assert asyncio.run(run_async(protocol(), transmit)) == 0x9000


def test_the_asynchronous_driver_runs_the_same_protocol() -> None:
    chip = Answers("6c04", "010203049000")

    async def transmit(command: bytes) -> bytes:
        return chip.transmit(command)

    assert asyncio.run(run_async(exchange(READ), transmit)).data == bytes((1, 2, 3, 4))


def test_recordings_play_back_and_refuse_anything_else() -> None:
    recording = RecordingTransport(Answers("6c04", "010203049000"))
    assert isinstance(recording, Transport)
    run(exchange(READ), recording)
    replay = RecordedTransport(recording.exchanges)
    assert not replay.finished
    assert run(exchange(READ), replay).data == bytes((1, 2, 3, 4))
    assert replay.finished
    with pytest.raises(RecordingMismatch):
        run(exchange(READ), replay)
    with pytest.raises(RecordingMismatch) as caught:
        run(exchange(CommandAPDU(0, 0x84, 0, 0, b"secret!!", 8)), RecordedTransport(recording.exchanges))
    assert b"secret!!".hex() not in str(caught.value)


def test_octets_are_logged_only_below_debug(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "eid"):
        run(exchange(READ), Answers("0102039000"))
    assert not caplog.records
    with caplog.at_level(TRAFFIC, "eid"):
        run(exchange(READ), Answers("0102039000"))
    assert "0102039000" in caplog.text
