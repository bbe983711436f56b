"""Reading one file, against a chip of a few lines whose every refusal can be chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.chip.apdu import CommandAPDU, ResponseAPDU
from eid.chip.files import _command, _total, read_file, select_file
from eid.chip.secure_messaging import SecureMessaging
from eid.chip.session import Session
from eid.chip.transport import run
from eid.document.lds import FILES, MAX_FILE
from eid.encoding.tlv import parse, tlv
from eid.errors import (
    AccessDenied,
    CardRemoved,
    EidError,
    FileNotOnChip,
    FileTruncated,
    LimitExceeded,
    ProtocolError,
    SecureMessagingLost,
    StatusWordError,
    TransportError,
)

DG1, DG2 = FILES["DG1"], FILES["DG2"]
KEY = bytes(range(16))


def content(length: int, tag: int = 0x75) -> bytes:
    """A file of exactly *length* octets."""
    body = length - 2
    while len(tlv(tag, bytes(body))) > length:
        body -= 1
    return tlv(tag, bytes(i % 251 for i in range(body)))


class Disk:
    """One file, by SELECT or short identifier. *refuse* may answer any READ BINARY instead."""

    def __init__(
        self,
        octets: bytes,
        *,
        sfi: bool = True,
        refuse: Callable[[int, int, bool], int | None] = lambda offset, le, extended: None,
        most: int = 65_000,
        end: int = 0x9000,
        select: int = 0x9000,
    ) -> None:
        self.octets, self.sfi, self.refuse, self.most = octets, sfi, refuse, most
        self.end, self.select = end, select
        self.selected = False
        self.reads: list[tuple[int, int, bool]] = []
        self.messaging: SecureMessaging | None = None
        self.naked = False
        self.counts = True

    def transmit(self, command: bytes) -> bytes:
        apdu = CommandAPDU.from_bytes(command)
        if self.messaging is None:
            return self.execute(apdu).to_bytes()
        try:
            plain = self.messaging.unprotect_command(apdu)
        except EidError:
            return b"\x69\x88"
        response = self.execute(plain)
        if self.naked and response.sw != 0x9000:
            if not self.counts:
                self.messaging.uncount()
            return response.sw.to_bytes(2, "big")
        return self.messaging.protect_response(response, odd=bool(plain.ins & 1)).to_bytes()

    def execute(self, apdu: CommandAPDU) -> ResponseAPDU:
        if apdu.ins == 0xA4:
            self.selected = self.select == 0x9000
            return ResponseAPDU(b"", self.select)
        if apdu.ins == 0xB1:
            offset = int.from_bytes(parse(apdu.data, 0x54).value, "big")
        elif apdu.p1 & 0x80:
            if not self.sfi:
                return ResponseAPDU(b"", 0x6A86)
            self.selected, offset = self.select == 0x9000, apdu.p2
        else:
            offset = apdu.p1 << 8 | apdu.p2
        if not self.selected:
            return ResponseAPDU(b"", self.select if apdu.p1 & 0x80 else 0x6986)
        self.reads.append((offset, apdu.le, apdu.extended))
        sw = self.refuse(offset, apdu.le, apdu.extended)
        if sw is not None:
            return ResponseAPDU(b"", sw)
        if apdu.ins == 0xB1:
            data = self.octets[offset : offset + min(apdu.le - 4, self.most)]
            return ResponseAPDU(tlv(0x53, data), 0x9000)
        data = self.octets[offset : offset + min(apdu.le, self.most)]
        short = offset + apdu.le > len(self.octets)
        return ResponseAPDU(data, self.end if short else 0x9000)


def session_for(disk: Disk, cipher: str | None) -> Session:
    session = Session()
    if cipher:
        session.messaging = SecureMessaging(cipher, KEY, KEY)
        disk.messaging = SecureMessaging(cipher, KEY, KEY)
    return session


CHANNELS = pytest.mark.parametrize("cipher", [None, "3DES", "AES-128"])


# --- the good way -----------------------------------------------------------------------------------


@CHANNELS
@pytest.mark.parametrize(
    "length", [2, 90, 223, 224, 231, 232, 256, 257, 300, 15_000, 32_767, 32_768, 33_500, 80_000]
)
def test_a_file_is_read_to_its_own_length(cipher: str | None, length: int) -> None:
    octets = content(length)
    disk = Disk(octets + b"filler of the file's body")
    session = session_for(disk, cipher)
    assert run(read_file(session, DG2), disk) == octets
    assert session.short_identifiers is True
    assert not session.quirks


def test_a_portrait_takes_two_commands_with_extended_length() -> None:
    disk = Disk(content(15_000))
    session = session_for(disk, "AES-128")
    run(read_file(session, DG2), disk)
    assert disk.reads == [(0, 223, False), (223, 14_777, True)]
    assert session.extended is True


def test_a_portrait_takes_few_commands_without() -> None:
    disk = Disk(content(15_000))
    session = session_for(disk, "AES-128")
    session.extended = False
    run(read_file(session, DG2), disk)
    assert len(disk.reads) == 68  # 15,000 / 223


@CHANNELS
def test_beyond_32767_the_odd_instruction_is_used(cipher: str | None) -> None:
    octets = content(40_000)
    disk = Disk(octets, most=9_000)
    assert run(read_file(session_for(disk, cipher), DG2), disk) == octets
    assert max(offset for offset, _, _ in disk.reads) > 0x7FFF


def test_progress_is_told_in_octets_of_the_file() -> None:
    seen: list[tuple[str, int, int]] = []
    octets = content(600)
    disk = Disk(octets + bytes(300), most=250)
    run(read_file(Session(), DG2, lambda *step: seen.append(step)), disk)
    assert seen[0][0] == "DG2"
    assert [done for _, done, _ in seen] == sorted({done for _, done, _ in seen})
    assert seen[-1] == ("DG2", 600, 600)
    assert {total for _, _, total in seen} == {600}


def test_a_header_longer_than_needed_is_taken() -> None:
    octets = b"\x75\x82\x00\x05hello"
    assert run(read_file(Session(), DG2), Disk(octets)) == octets


# --- short file identifiers -------------------------------------------------------------------------


@CHANNELS
def test_without_short_identifiers_select_is_used_and_remembered(cipher: str | None) -> None:
    octets = content(300)
    disk = Disk(octets, sfi=False)
    session = session_for(disk, cipher)
    assert run(read_file(session, DG2), disk) == octets
    assert session.short_identifiers is False
    assert session.quirks == ["no_short_file_identifiers"]


def test_an_answer_with_another_tag_is_not_this_file() -> None:
    """Some chips ignore short identifiers and read whatever is selected."""

    class Ignoring(Disk):
        def execute(self, apdu: CommandAPDU) -> ResponseAPDU:
            if apdu.ins == 0xB0 and apdu.p1 & 0x80:
                return ResponseAPDU(content(50, 0x60), 0x9000)
            return super().execute(apdu)

    for known in (None, True):
        disk, session = Ignoring(content(300)), Session()
        session.short_identifiers = known
        assert run(read_file(session, DG2), disk) == content(300)


# --- refusals of a size -----------------------------------------------------------------------------


@CHANNELS
@pytest.mark.parametrize("sw", [0x6700, 0x6D00, 0x6F00, 0x6A86, 0x6C00])
def test_extended_length_refused_steps_down_without_moving(cipher: str | None, sw: int) -> None:
    octets = content(2_000)
    disk = Disk(octets, refuse=lambda offset, le, extended: sw if extended else None)
    session = session_for(disk, cipher)
    assert run(read_file(session, DG2), disk) == octets
    assert session.extended is False
    first, second, third = disk.reads[:3]
    assert second[0] == third[0] == first[1]
    if sw == 0x6700:
        assert session.quirks == ["extended_length_refused"]
    before = len([read for read in disk.reads if read[2]])
    run(read_file(session, DG2), disk)
    assert len([read for read in disk.reads if read[2]]) == before  # remembered


@CHANNELS
def test_a_smaller_extended_size_is_found(cipher: str | None) -> None:
    octets = content(9_000)
    disk = Disk(octets, refuse=lambda offset, le, extended: 0x6700 if le > 2_000 else None)
    session = session_for(disk, cipher)
    assert run(read_file(session, DG2), disk) == octets
    assert session.longest == 2_000
    assert len(disk.reads) <= 8


@CHANNELS
@pytest.mark.parametrize("limit", [130, 100, 64])
def test_a_chip_that_takes_short_reads_of_few_octets_only(cipher: str | None, limit: int) -> None:
    octets = content(700)
    disk = Disk(octets, refuse=lambda offset, le, extended: 0x6700 if le > limit else None)
    session = session_for(disk, cipher)
    assert run(read_file(session, DG2), disk) == octets
    assert "exact_length" in session.quirks


@CHANNELS
@pytest.mark.parametrize("sw", [0x6700, 0x6B00])
@pytest.mark.parametrize("sfi", [True, False])
def test_a_chip_that_refuses_more_than_the_file_has(cipher: str | None, sw: int, sfi: bool) -> None:
    for length in (24, 90, 700):
        octets = content(length)
        # Le = 256 in short form asks for what there is, so no chip refuses that in plain.
        disk = Disk(
            octets,
            sfi=sfi,
            refuse=lambda offset, le, _, end=length: sw if le != 256 and offset + le > end else None,  # type: ignore[misc]
        )
        session = session_for(disk, cipher)
        assert run(read_file(session, DG2), disk) == octets
        assert session.longest is None


@CHANNELS
def test_6cxx_is_obeyed_and_then_remembered(cipher: str | None) -> None:
    octets = content(3_000)
    disk = Disk(octets, refuse=lambda offset, le, _: 0x6C64 if le > 100 else None)
    session = session_for(disk, cipher)
    assert run(read_file(session, DG2), disk) == octets
    refused = [read for read in disk.reads if read[1] > 100]
    assert len(refused) <= 2
    assert len(disk.reads) <= 34


@CHANNELS
@pytest.mark.parametrize("end", [0x9000, 0x6282])
def test_a_short_answer_moves_by_what_came(cipher: str | None, end: int) -> None:
    octets = content(2_500)
    disk = Disk(octets, most=111, end=end)
    assert run(read_file(session_for(disk, cipher), DG2), disk) == octets


def test_a_single_short_answer_does_not_slow_the_rest() -> None:
    octets = content(5_000)
    disk = Disk(octets, most=3)
    session = Session()
    session.short_identifiers = True

    def once(offset: int, le: int, extended: bool) -> int | None:
        disk.most = 65_000 if disk.reads[1:] else 10
        return None

    disk.refuse = once
    assert run(read_file(session, DG2), disk) == octets
    assert len(disk.reads) == 2


# --- refusals of a file -----------------------------------------------------------------------------


@CHANNELS
@pytest.mark.parametrize("sfi", [True, False])
@pytest.mark.parametrize(
    ("sw", "error"),
    [(0x6A82, FileNotOnChip), (0x6982, AccessDenied), (0x6985, StatusWordError), (0x6F00, StatusWordError)],
)
def test_a_refused_file_is_a_typed_error(
    cipher: str | None, sfi: bool, sw: int, error: type[StatusWordError]
) -> None:
    disk = Disk(b"", select=sw, sfi=sfi)
    for known in (None, True) if sfi else (None,):
        session = session_for(disk, cipher)
        session.short_identifiers = known
        with pytest.raises(error) as caught:
            run(read_file(session, DG2), disk)
        assert caught.value.sw == sw


def test_select_names_the_file() -> None:
    sent: list[bytes] = []

    class Card:
        def transmit(self, command: bytes) -> bytes:
            sent.append(command)
            return b"\x90\x00"

    run(select_file(Session(), DG1), Card())
    assert sent == [bytes.fromhex("00a4020c020101")]


@CHANNELS
@pytest.mark.parametrize("length", [0, 1, 30, 600])
@pytest.mark.parametrize("end", [0x9000, 0x6282, 0x6B00])
def test_a_file_shorter_than_its_header_says_is_truncated(cipher: str | None, length: int, end: int) -> None:
    def refuse(offset: int, le: int, _: bool) -> int | None:
        return 0x6B00 if end == 0x6B00 and offset + le > length else None

    disk = Disk(content(1_000)[:length], end=0x9000 if end == 0x6B00 else end, refuse=refuse)
    with pytest.raises((FileTruncated, StatusWordError)) as caught:
        run(read_file(session_for(disk, cipher), DG2), disk)
    if length >= 30:
        assert isinstance(caught.value, FileTruncated)


@pytest.mark.parametrize("announced", [MAX_FILE, MAX_FILE + 1, 0x00FF_FFFF, 0x7FFF_FFFF, 0xFFFF_FFFF])
def test_a_header_beyond_the_limit_is_refused_before_reading_on(announced: int) -> None:
    disk = Disk(b"\x75\x84" + announced.to_bytes(4, "big") + bytes(300))
    with pytest.raises(LimitExceeded):
        run(read_file(Session(), DG2), disk)
    assert len(disk.reads) == 1


@pytest.mark.parametrize("head", ["75", "7580", "75ff", "7f", "0000", "7582"])
def test_a_file_without_a_header_is_refused(head: str) -> None:
    disk = Disk(bytes.fromhex(head), sfi=False)
    if head == "0000":
        assert run(read_file(Session(), DG2), disk) == b"\0\0"  # an empty object; parsers judge it
        return
    with pytest.raises(FileTruncated):
        run(read_file(Session(), DG2), disk)


def test_a_refusal_in_the_middle_keeps_its_status_word() -> None:
    disk = Disk(content(900), refuse=lambda offset, le, _: 0x6982 if offset else None)
    with pytest.raises(AccessDenied):
        run(read_file(Session(), DG2), disk)


@CHANNELS
def test_a_chip_that_refuses_every_size_ends(cipher: str | None) -> None:
    disk = Disk(content(9_000), refuse=lambda offset, le, _: 0x6700 if offset else None)
    with pytest.raises(StatusWordError):
        run(read_file(session_for(disk, cipher), DG2), disk)
    assert len(disk.reads) < 10


@pytest.mark.parametrize("answer", ["5402aabb", "53", "530580", "ff"])
def test_an_odd_read_without_do_53_is_a_protocol_error(answer: str) -> None:
    class Odd(Disk):
        def execute(self, apdu: CommandAPDU) -> ResponseAPDU:
            if apdu.ins == 0xB1:
                return ResponseAPDU(bytes.fromhex(answer), 0x9000)
            return super().execute(apdu)

    with pytest.raises(ProtocolError):
        run(read_file(Session(), DG2), Odd(content(40_000), most=32_768))


def test_an_odd_read_without_data_is_the_end() -> None:
    class Odd(Disk):
        def execute(self, apdu: CommandAPDU) -> ResponseAPDU:
            return ResponseAPDU(b"", 0x9000) if apdu.ins == 0xB1 else super().execute(apdu)

    with pytest.raises(FileTruncated):
        run(read_file(Session(), DG2), Odd(content(40_000), most=32_768))


# --- refusals in plain ------------------------------------------------------------------------------


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("cipher", ["3DES", "AES-128"])
@pytest.mark.parametrize("sfi", [True, False])
def test_refusals_in_plain_are_answers_when_the_counting_is_known(
    counts: bool, cipher: str, sfi: bool
) -> None:
    octets = content(3_000)
    disk = Disk(octets, sfi=sfi, refuse=lambda offset, le, extended: 0x6F00 if extended else None)
    disk.naked, disk.counts = True, counts
    session = session_for(disk, cipher)
    session.counts_refusals = counts
    assert run(read_file(session, DG2), disk) == octets
    assert "plain_refusal" in session.quirks


def test_a_wrong_guess_about_counting_is_a_lost_channel_not_a_wrong_file() -> None:
    disk = Disk(content(3_000), refuse=lambda offset, le, extended: 0x6F00 if extended else None)
    disk.naked, disk.counts = True, False
    session = session_for(disk, "AES-128")
    with pytest.raises(SecureMessagingLost):
        run(read_file(session, DG2), disk)
    session.close()
    assert session.counts_refusals is False


@pytest.mark.parametrize("guess", [True, False])
def test_an_extended_command_refused_for_its_form_was_not_counted(guess: bool) -> None:
    octets = content(3_000)
    disk = Disk(octets, refuse=lambda offset, le, extended: 0x6700 if extended else None)
    disk.naked, disk.counts = True, False
    session = session_for(disk, "AES-128")
    session.counts_refusals = guess
    assert run(read_file(session, DG2), disk) == octets
    assert session.quirks == ["extended_length_refused"]


@pytest.mark.parametrize("length", [30, 900])
def test_6cxx_in_plain_is_obeyed(length: int) -> None:
    def refuse(offset: int, le: int, _: bool) -> int | None:
        right = min(100, length - offset)
        return 0x6C00 | right if le > right else None

    octets = content(length)
    disk = Disk(octets, refuse=refuse)
    disk.naked = True
    assert run(read_file(session_for(disk, "AES-128"), DG2), disk) == octets
    assert len(disk.reads) < 14


# --- readers ----------------------------------------------------------------------------------------


@CHANNELS
def test_a_reader_that_cannot_pass_extended_length_is_found_out_once(cipher: str | None) -> None:
    octets = content(3_000)
    disk = Disk(octets)

    class Reader:
        def transmit(self, command: bytes) -> bytes:
            if len(command) > 5 and command[4] == 0:
                raise TransportError("the reader says no")
            return disk.transmit(command)

    session = session_for(disk, cipher)
    with pytest.raises(SecureMessagingLost):
        run(read_file(session, DG2), Reader())
    again = session_for(disk, cipher)  # whoever opened the channel does it again
    again.extended = session.extended
    assert run(read_file(again, DG2), Reader()) == octets


@pytest.mark.parametrize("error", [CardRemoved("gone"), TransportError("short command")])
def test_other_transport_errors_are_handed_on(error: TransportError) -> None:
    class Reader:
        def transmit(self, command: bytes) -> bytes:
            raise error

    with pytest.raises(type(error)):
        run(read_file(Session(), DG2), Reader())
    session = Session()
    session.extended = True
    disk = Disk(content(3_000))

    class Later:
        def transmit(self, command: bytes) -> bytes:
            if disk.reads:
                raise error
            return disk.transmit(command)

    with pytest.raises(type(error)) as caught:
        run(read_file(session, DG2), Later())
    assert not isinstance(caught.value, SecureMessagingLost)


# --- any chip ---------------------------------------------------------------------------------------

words = st.sampled_from(
    [0x9000, 0x6282, 0x6700, 0x6B00, 0x6A82, 0x6982, 0x6C00, 0x6C05, 0x6CFF, 0x6101, 0x6100, 0x6F00, 0x6D00]
)
heads = st.sampled_from(
    [b"", b"\x75\x05", b"\x75\x82\x20\x00", b"\x75\x83\x00\xff\xff", b"\x75\x84\xff", b"\x53\x20"]
)
answers = st.builds(
    lambda head, body, sw: head + body + sw.to_bytes(2, "big"), heads, st.binary(max_size=300), words
)


class Anything:
    """Answers from a list, the last one for ever, and counts."""

    def __init__(self, script: list[bytes]) -> None:
        self.script, self.count = script, 0

    def transmit(self, command: bytes) -> bytes:
        CommandAPDU.from_bytes(command)  # whatever is sent is a command
        self.count += 1
        assert self.count < 70_000
        return self.script[min(self.count, len(self.script)) - 1]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(answers | st.binary(max_size=20), min_size=1, max_size=12), st.sampled_from([None, "AES-128"])
)
def test_whatever_the_chip_answers_reading_ends(script: list[bytes], cipher: str | None) -> None:
    session: Any = Session()
    if cipher:
        session.messaging = SecureMessaging(cipher, KEY, KEY)
    try:
        octets = run(read_file(session, DG2), Anything(script))
    except EidError:
        return
    assert cipher is None
    assert len(octets) <= MAX_FILE


# --- what is believed -------------------------------------------------------------------------------


class Says:
    """Answers in order whatever is asked."""

    def __init__(self, *answers: bytes) -> None:
        self.left = list(answers)
        self.commands: list[CommandAPDU] = []

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(CommandAPDU.from_bytes(command))
        return self.left.pop(0)


@pytest.mark.parametrize("sw", [0x6281, 0x6283, 0x6F00, 0x9001, 0x6A80])
def test_octets_that_come_with_an_error_are_not_taken_for_the_file(sw: int) -> None:
    octets = content(20, 0x61)
    other = content(20, 0x61)[:-1] + b"\xff"
    says = Says(other + sw.to_bytes(2, "big"), b"\x90\x00", octets + b"\x90\x00")
    assert run(read_file(Session(), DG1), says) == octets
    assert [command.ins for command in says.commands] == [0xB0, 0xA4, 0xB0]
    says = Says(other + sw.to_bytes(2, "big"), b"\x90\x00", other + sw.to_bytes(2, "big"))
    with pytest.raises(StatusWordError):
        run(read_file(Session(), DG1), says)


@pytest.mark.parametrize("tag", [0x60, 0x62, 0x75, 0x01])
def test_another_file_than_the_one_named_is_not_taken(tag: int) -> None:
    octets = content(20, 0x61)
    says = Says(content(20, tag) + b"\x90\x00", b"\x90\x00", octets + b"\x90\x00")
    assert run(read_file(Session(), DG1), says) == octets


def test_a_file_may_be_as_long_as_the_limit_and_no_longer() -> None:
    head = content(MAX_FILE)[:8]
    assert _total(DG2, head) == MAX_FILE
    with pytest.raises(LimitExceeded):
        _total(DG2, content(MAX_FILE + 1)[:8])


@pytest.mark.parametrize("known", [None, True])
@pytest.mark.parametrize("error", [TransportError, CardRemoved])
def test_only_a_readers_own_error_at_the_first_extended_read_is_taken_for_its_limit(
    error: type[TransportError], known: bool | None
) -> None:
    class Reader:
        def __init__(self) -> None:
            self.disk = Disk(content(5_000))
            self.extended = 0

        def transmit(self, command: bytes) -> bytes:
            if CommandAPDU.from_bytes(command).extended:
                self.extended += 1
                raise error("no")
            return self.disk.transmit(command)

    session = Session()
    session.extended = known
    with pytest.raises(SecureMessagingLost if error is TransportError and not known else error):
        run(read_file(session, DG2), Reader())
    assert session.extended is (False if error is TransportError and not known else known)


@pytest.mark.parametrize("error", [TransportError, CardRemoved])
def test_an_error_at_a_short_read_stays_what_it_is(error: type[TransportError]) -> None:
    class Reader:
        disk = Disk(content(5_000))

        def transmit(self, command: bytes) -> bytes:
            if CommandAPDU.from_bytes(command).ins == 0xB0 and self.disk.reads:
                raise error("no")
            return self.disk.transmit(command)

    session = Session()
    session.extended = False
    with pytest.raises(error):
        run(read_file(session, DG2), Reader())
    assert session.extended is False
    assert session.quirks == []


@pytest.mark.parametrize(
    ("sw", "extended", "tries"),
    [
        (0x6982, None, 1),
        (0x6982, False, 1),
        (0x66FF, False, 1),
        (0x6701, False, 1),
        (0x6981, False, 1),
        (0x6983, False, 1),
        (0x6F00, False, 1),
        (0x6700, False, 3),  # 256, 128, 64
        (0x6700, None, 5),  # all, 2000, then the short ones
        (0x6981, None, 3),  # all, 2000, 256
        (0x6983, None, 3),
    ],
)
def test_a_refusal_is_taken_for_one_of_the_size_only_where_it_may_be(
    sw: int, extended: bool | None, tries: int
) -> None:
    disk = Disk(content(5_000), refuse=lambda offset, le, extended: sw if offset else None)
    session = Session()
    session.extended = extended
    with pytest.raises(StatusWordError) as caught:
        run(read_file(session, DG2), disk)
    assert caught.value.sw == sw
    assert len([read for read in disk.reads if read[0]]) == tries


@pytest.mark.parametrize("extended", [False, True])
def test_the_odd_instruction_begins_where_the_other_cannot_say_the_offset(extended: bool) -> None:
    last, first = _command(0x7FFF, 100, extended), _command(0x8000, 100, extended)
    assert (last.ins, last.p1, last.p2, last.data) == (0xB0, 0x7F, 0xFF, b"")
    assert (first.ins, first.p1, first.p2, first.data) == (0xB1, 0, 0, b"\x54\x03\x00\x80\x00")
