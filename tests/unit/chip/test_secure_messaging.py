from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eid.chip.apdu import CommandAPDU, ResponseAPDU
from eid.chip.secure_messaging import SecureMessaging
from eid.crypto.symmetric import CIPHERS, cmac, pad, retail_mac
from eid.encoding.tlv import parse_prefix, tlv
from eid.errors import SecureMessagingError, SecureMessagingLost

ENC, MAC = bytes(range(32)), bytes(range(100, 132))
READ = CommandAPDU(0, 0xB0, 0, 0, le=8)
cipher_names = st.sampled_from(list(CIPHERS))


def both(cipher: str, ssc: int = 0) -> tuple[SecureMessaging, SecureMessaging]:
    """Terminal and chip of one session."""
    size = CIPHERS[cipher]
    keys = ENC[:size], MAC[:size]
    return SecureMessaging(cipher, *keys, ssc), SecureMessaging(cipher, *keys, ssc)


def signed(cipher: str, objects: bytes, sw: int = 0x9000, *, counter: int = 2) -> ResponseAPDU:
    """A response with a right check value over any data objects."""
    block = 8 if cipher == "3DES" else 16
    objects += b"\x99\x02" + sw.to_bytes(2, "big")
    message = counter.to_bytes(block, "big") + pad(objects, block)
    key = MAC[: CIPHERS[cipher]]
    mac = retail_mac(key, message) if cipher == "3DES" else cmac(key, message)[:8]
    return ResponseAPDU(objects + b"\x8e\x08" + mac, sw)


commands = st.builds(
    CommandAPDU,
    st.sampled_from([0, 0x10]),
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, 255),
    st.binary(max_size=400),
    st.sampled_from([0, 1, 8, 255, 256, 257, 2000, 65_535, 65_536]),
)


@given(
    cipher_names, st.lists(st.tuples(commands, st.binary(max_size=300), st.integers(0, 0xFFFF)), max_size=4)
)
@example("AES-256", [(CommandAPDU(0, 0xB0, 0, 0, le=65_536, extended=True), bytes(40_000), 0x9000)])
def test_both_sides_understand_each_other(
    cipher: str, conversation: list[tuple[CommandAPDU, bytes, int]]
) -> None:
    terminal, chip = both(cipher, ssc=2**40)
    for command, data, sw in conversation:
        protected = CommandAPDU.from_bytes(terminal.protect(command).to_bytes())
        seen = chip.unprotect_command(protected)
        assert (seen.cla, seen.ins, seen.p1, seen.p2) == (command.cla, command.ins, command.p1, command.p2)
        assert (seen.data, seen.le) == (command.data, command.le)
        odd = bool(command.ins & 1)
        response = chip.protect_response(ResponseAPDU(data, sw), odd=odd)
        assert data == b"" or data[:8] not in response.data or len(data) < 8
        assert terminal.unprotect(response) == ResponseAPDU(data, sw)


@given(cipher_names, st.binary(max_size=40), st.data())
def test_any_flipped_bit_in_a_response_is_found(cipher: str, data: bytes, draw: st.DataObject) -> None:
    terminal, chip = both(cipher)
    chip.unprotect_command(terminal.protect(READ))
    good = chip.protect_response(ResponseAPDU(data, 0x9000)).data
    bit = draw.draw(st.integers(0, 8 * len(good) - 1))
    bad = bytearray(good)
    bad[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SecureMessagingError):
        terminal.unprotect(ResponseAPDU(bytes(bad), 0x9000))
    assert terminal.closed
    with pytest.raises(SecureMessagingError):
        terminal.unprotect(ResponseAPDU(good, 0x9000))  # nothing is believed afterwards
    with pytest.raises(SecureMessagingError):
        terminal.protect(READ)


@given(cipher_names, commands, st.data())
def test_any_flipped_bit_in_a_command_is_found_by_the_chip(
    cipher: str, command: CommandAPDU, draw: st.DataObject
) -> None:
    terminal, chip = both(cipher)
    good = terminal.protect(command)
    octets = bytes((good.cla, good.ins, good.p1, good.p2)) + good.data
    bit = draw.draw(st.integers(0, 8 * len(octets) - 1))
    bad = bytearray(octets)
    bad[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SecureMessagingError):
        chip.unprotect_command(CommandAPDU(*bad[:4], bytes(bad[4:]), good.le))
    assert chip.closed


@given(cipher_names, st.integers(0, 200))
def test_a_response_cut_short_anywhere_is_refused(cipher: str, length: int) -> None:
    terminal, chip = both(cipher)
    chip.unprotect_command(terminal.protect(READ))
    good = chip.protect_response(ResponseAPDU(bytes(50), 0x9000)).data
    cut = good[: min(length, len(good) - 1)]
    with pytest.raises(SecureMessagingError):
        terminal.unprotect(ResponseAPDU(cut, 0x9000))


@given(cipher_names, st.binary(max_size=300), st.integers(0, 0xFFFF))
def test_octets_without_the_keys_never_pass(cipher: str, octets: bytes, sw: int) -> None:
    terminal, _ = both(cipher)
    terminal.protect(READ)
    with pytest.raises((SecureMessagingError, SecureMessagingLost)):
        terminal.unprotect(ResponseAPDU(octets, sw))


@pytest.mark.parametrize("cipher", CIPHERS)
def test_replayed_and_reordered_responses_are_refused(cipher: str) -> None:
    terminal, chip = both(cipher)
    chip.unprotect_command(terminal.protect(READ))
    first = chip.protect_response(ResponseAPDU(b"first", 0x9000))
    assert terminal.unprotect(first).data == b"first"
    terminal.protect(READ)
    with pytest.raises(SecureMessagingError):
        terminal.unprotect(first)


@pytest.mark.parametrize("cipher", CIPHERS)
def test_9000_in_plain_is_refused_and_closes_the_session(cipher: str) -> None:
    terminal, _ = both(cipher)
    terminal.protect(READ)
    with pytest.raises(SecureMessagingError):
        terminal.unprotect(ResponseAPDU(b"", 0x9000))
    assert terminal.closed
    assert "closed" in repr(terminal)


@pytest.mark.parametrize("cipher", CIPHERS)
def test_an_error_in_plain_is_typed_and_the_session_goes_on(cipher: str) -> None:
    terminal, chip = both(cipher)
    chip.unprotect_command(terminal.protect(READ))
    with pytest.raises(SecureMessagingLost) as caught:
        terminal.unprotect(ResponseAPDU(b"", 0x6982))
    assert caught.value.sw == 0x6982
    assert not terminal.closed
    assert chip.unprotect_command(terminal.protect(READ)) == READ


def test_a_command_can_be_taken_out_of_the_count() -> None:
    terminal, chip = both("AES-128")
    terminal.protect(READ)
    terminal.uncount()
    assert chip.unprotect_command(terminal.protect(READ)) == READ


@pytest.mark.parametrize("cipher", CIPHERS)
def test_the_protected_status_word_counts_not_the_one_outside(cipher: str) -> None:
    for inside, outside in ((0x6A82, 0x9000), (0x9000, 0x6F00)):
        terminal, chip = both(cipher)
        chip.unprotect_command(terminal.protect(READ))
        answer = chip.protect_response(ResponseAPDU(b"x", inside))
        assert terminal.unprotect(ResponseAPDU(answer.data, outside)).sw == inside


@pytest.mark.parametrize("cipher", CIPHERS)
def test_odd_instructions_use_do_85_without_padding_indicator(cipher: str) -> None:
    terminal, chip = both(cipher)
    protected = terminal.protect(CommandAPDU(0, 0xB1, 0, 0, b"\x54\x02\x80\x00", 8))
    node = parse_prefix(protected.data)
    assert node.tag == 0x85
    assert len(node) == (8 if cipher == "3DES" else 16)
    assert chip.unprotect_command(protected).data == b"\x54\x02\x80\x00"
    answer = chip.protect_response(ResponseAPDU(b"\x53\x01x", 0x9000), odd=True)
    assert answer.data[0] == 0x85
    assert terminal.unprotect(answer).data == b"\x53\x01x"


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize(
    ("what", "objects"),
    [
        ("no padding indicator", tlv(0x87, bytes(16))),
        ("another padding indicator", tlv(0x87, b"\x02", bytes(16))),
        ("no cryptogram", tlv(0x87, b"\x01")),
        ("an empty object", tlv(0x85)),
        ("not whole blocks", tlv(0x87, b"\x01", bytes(17))),
        ("plain data", tlv(0x81, b"plain")),
        ("a length beyond the object", b"\x87\x7f\x01" + bytes(16)),
        ("an absurd length", b"\x87\xff" + bytes(40)),
        ("an indefinite length", b"\x87\x80\x01" + bytes(16)),
        ("one octet", b"\x87"),
        ("two objects", tlv(0x87, b"\x01", bytes(16)) + tlv(0x87, b"\x01", bytes(16))),
        ("no padding in the plain text", tlv(0x87, b"\x01", bytes(16))),
    ],
)
def test_malformed_objects_are_refused_even_with_a_right_check_value(
    cipher: str, what: str, objects: bytes
) -> None:
    terminal, _ = both(cipher)
    terminal.protect(READ)
    with pytest.raises(SecureMessagingError):
        terminal.unprotect(signed(cipher, objects))
    assert terminal.closed


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize(
    "wrap",
    [
        lambda cryptogram: tlv(0x87, b"\x02", cryptogram),
        lambda cryptogram: tlv(0x87, b"\x00", cryptogram),
        lambda cryptogram: tlv(0x83, cryptogram),
        lambda cryptogram: tlv(0x86, b"\x01", cryptogram),
        lambda cryptogram: tlv(0x84, cryptogram),
        lambda cryptogram: tlv(0x86, cryptogram),
        lambda cryptogram: tlv(0x97, cryptogram),
        lambda cryptogram: tlv(0x89, b"\x01", cryptogram),
        lambda cryptogram: tlv(0x87, b"\x01", cryptogram, b"\x80"),
        lambda cryptogram: bytes((0x87, 1 + len(cryptogram) + 16, 1)) + cryptogram,
        lambda cryptogram: tlv(0x87, b"\x01", cryptogram[4:]),
        lambda cryptogram: b"\x87\x09\x01" + cryptogram,
        lambda cryptogram: tlv(0x87, b"\x01", cryptogram) + tlv(0x87, b"\x01", cryptogram),
    ],
)
def test_a_right_cryptogram_in_a_wrong_object_is_refused(cipher: str, wrap: Callable[[bytes], bytes]) -> None:
    terminal, chip = both(cipher)
    chip.unprotect_command(terminal.protect(READ))
    whole = chip.protect_response(ResponseAPDU(b"a plain text of some length", 0x9000)).data
    cryptogram = parse_prefix(whole).value[1:]
    good, _ = both(cipher)
    good.protect(READ)
    assert good.unprotect(signed(cipher, tlv(0x87, b"\x01", cryptogram))).data.startswith(b"a plain")
    with pytest.raises(SecureMessagingError):
        terminal.unprotect(signed(cipher, wrap(cryptogram)))
    assert terminal.closed


@pytest.mark.parametrize("cipher", CIPHERS)
def test_the_helper_above_makes_right_check_values(cipher: str) -> None:
    terminal, _ = both(cipher)
    terminal.protect(READ)
    assert terminal.unprotect(signed(cipher, b"", 0x6282)) == ResponseAPDU(b"", 0x6282)


def test_the_order_of_status_and_check_value_is_fixed() -> None:
    terminal, chip = both("AES-128")
    chip.unprotect_command(terminal.protect(READ))
    good = chip.protect_response(ResponseAPDU(b"", 0x9000)).data
    with pytest.raises(SecureMessagingError):
        terminal.unprotect(ResponseAPDU(good[4:] + good[:4], 0x9000))


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x97\x01\x08",
        b"\x8e\x08" + bytes(8),
        b"\x87\x11\x02" + bytes(16) + b"\x8e\x08" + bytes(8),
        b"\x87\x7f",
        b"\x87\x80",
    ],
)
def test_the_chip_refuses_malformed_commands(cipher: str, data: bytes) -> None:
    _, chip = both(cipher)
    with pytest.raises(SecureMessagingError):
        chip.unprotect_command(CommandAPDU(0x0C, 0xB0, 0, 0, data, 256))


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize(("indicator", "good"), [(b"\x01", True), (b"\x00", False), (b"\x02", False)])
def test_the_chip_takes_only_data_with_its_padding_indicator(
    cipher: str, indicator: bytes, good: bool
) -> None:
    terminal, chip = both(cipher)
    command = CommandAPDU(0, 0xD6, 0, 0, b"some octets")
    cryptogram = parse_prefix(terminal.protect(command).data, 0x87).value[1:]
    block = 8 if cipher == "3DES" else 16
    objects = tlv(0x87, indicator, cryptogram)
    message = (1).to_bytes(block, "big") + pad(b"\x0c\xd6\0\0", block) + pad(objects, block)
    key = MAC[: CIPHERS[cipher]]
    mac = retail_mac(key, message) if cipher == "3DES" else cmac(key, message)[:8]
    protected = CommandAPDU(0x0C, 0xD6, 0, 0, objects + tlv(0x8E, mac), 256)
    if good:
        assert chip.unprotect_command(protected) == command
    else:
        with pytest.raises(SecureMessagingError):
            chip.unprotect_command(protected)
        assert chip.closed


@pytest.mark.parametrize(
    ("le", "extended", "written"),
    [
        (4, False, "970104"),
        (255, False, "9701ff"),
        (256, False, "970100"),
        (257, False, "97020101"),
        (4, True, "97020004"),
        (256, True, "97020100"),
        (65_535, True, "9702ffff"),
        (65_536, True, "97020000"),
    ],
)
def test_the_length_that_is_expected_is_written_as_the_command_would(
    le: int, extended: bool, written: str
) -> None:
    terminal, _ = both("AES-128")
    protected = terminal.protect(CommandAPDU(0, 0xB0, 0, 0, le=le, extended=extended))
    assert protected.data[: len(written) // 2 + 1].hex() == written + "8e"


def test_long_commands_and_answers_get_extended_form() -> None:
    terminal, _ = both("AES-128")
    assert not terminal.protect(CommandAPDU(0, 0xB0, 0, 0, le=256)).extended
    assert terminal.protect(CommandAPDU(0, 0xB0, 0, 0, le=257)).extended
    assert terminal.protect(CommandAPDU(0, 0x86, 0, 0, bytes(240), 256)).extended
    longest = terminal.protect(CommandAPDU(0, 0xB0, 0, 0, b"", 65_536, True))
    assert longest.data.startswith(b"\x97\x02\x00\x00")


def test_the_forms_of_protected_commands_at_their_limits() -> None:
    terminal, _ = both("AES-128")
    short = terminal.protect(CommandAPDU(0, 0x86, 0, 0, bytes(239)))
    assert (len(short.data), short.extended, short.le) == (254, False, 256)
    odd = terminal.protect(CommandAPDU(0, 0xB1, 0, 0, bytes(239), 256))
    assert (len(odd.data), odd.extended, odd.le) == (256, True, 65_536)
    asked = terminal.protect(CommandAPDU(0, 0xB0, 0, 0, le=8, extended=True))
    assert (asked.extended, asked.le) == (True, 65_536)


@pytest.mark.parametrize("cipher", CIPHERS)
def test_the_count_begins_at_zero_unless_told_otherwise(cipher: str) -> None:
    size = CIPHERS[cipher]
    terminal = SecureMessaging(cipher, ENC[:size], MAC[:size])
    terminal.protect(READ)
    assert terminal.unprotect(signed(cipher, b"", counter=2)).sw == 0x9000


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize(
    "objects",
    [
        b"",
        b"\x98\x02\x90\x00",
        b"\x9a\x02\x90\x00",
        b"\x99\x01\x90\x00",
        b"\x99\x03\x90\x00",
        b"\x90\x00",
        tlv(0x81, b"some data and no status"),
    ],
    ids=bytes.hex,
)
def test_a_right_check_value_over_no_status_is_refused(cipher: str, objects: bytes) -> None:
    terminal, _ = both(cipher)
    terminal.protect(READ)
    block = terminal._block
    message = (2).to_bytes(block, "big") + pad(objects, block)
    key = MAC[: CIPHERS[cipher]]
    mac = retail_mac(key, message) if cipher == "3DES" else cmac(key, message)[:8]
    with pytest.raises(SecureMessagingError, match="no status"):
        terminal.unprotect(ResponseAPDU(objects + b"\x8e\x08" + mac, 0x9000))
    assert terminal.closed


@pytest.mark.parametrize("sw", [0x6282, 0x6FFF, 0x8FFF, 0x9001, 0x9F10, 0xFFFF])
def test_any_other_word_than_9000_in_plain_is_a_lost_channel(sw: int) -> None:
    terminal, _ = both("AES-128")
    terminal.protect(READ)
    with pytest.raises(SecureMessagingLost):
        terminal.unprotect(ResponseAPDU(b"", sw))


@pytest.mark.parametrize("octets", [b"\x8f\x08", b"\x8d\x08", b"\x8e\x07", b"\x8e\x09", b"\x8e\x00"])
def test_a_right_check_value_in_a_wrong_object_is_refused(octets: bytes) -> None:
    terminal, _ = both("AES-128")
    terminal.protect(READ)
    good = signed("AES-128", b"").data
    with pytest.raises(SecureMessagingError, match="no status or check value"):
        terminal.unprotect(ResponseAPDU(good[:4] + octets + good[6:], 0x9000))


@pytest.mark.parametrize("cipher", CIPHERS)
def test_an_answer_without_data_has_no_cryptogram(cipher: str) -> None:
    terminal, chip = both(cipher)
    chip.unprotect_command(terminal.protect(READ))
    assert chip.protect_response(ResponseAPDU(b"", 0x9000)).data[:6] == bytes.fromhex("990290008e08")


def test_keys_do_not_show() -> None:
    text = repr(both("AES-128")[0])
    assert text == "<SecureMessaging AES-128>"
