"""A well-behaved chip: what it serves, what it refuses, and how it proves itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from eid.chip.access import Can, Mrz
from eid.chip.active_authentication import verify_active_authentication
from eid.chip.apdu import CommandAPDU
from eid.chip.transport import Transport
from eid.document.dg15 import DG15
from eid.errors import AccessNotOffered, WrongAccessKey
from eid.simulator.chip import Chip

CURVES = ("secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1")
CIPHERS = ("3DES", "AES-128", "AES-192", "AES-256")
AID = "00a4040c07a0000002471001"
MakeTerminal = Callable[..., Any]


def test_a_chip_is_a_transport(make_card: Callable[..., Any]) -> None:
    chip = Chip(make_card())
    assert isinstance(chip, Transport)
    assert chip.power_on() == chip.atr == chip.card.atr
    assert len(chip.card.atr) == 13


# --- access ---------------------------------------------------------------------------------------


def test_nothing_but_card_access_is_readable_before_access(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(groups={"DG3": {"hex": "6300"}})
    assert terminal.plain("00a4000c023f00") == "9000"
    assert terminal.file(0x011C) == terminal.chip.card.files["EF.CardAccess"]
    assert terminal.plain("00b09c0000")[-4:] == "9000"
    assert terminal.plain("00a4020c020101") == "6a82"
    assert terminal.plain(AID) == "9000"
    for fid in ("0101", "0102", "010e", "011e", "011d", "0103"):
        assert terminal.plain(f"00a4020c02{fid}") == "6982"
        assert terminal.plain("00b0000000") == "6986"
    assert terminal.plain("00b0810000") == "6982"
    assert terminal.plain("00b100010354010000") == "6982"
    assert terminal.plain("0088000008000102030405060700") == "6982"
    assert terminal.plain("002241a40c800a04007f00070202030202") == "6982"


@pytest.mark.parametrize("access", ["pace", "bac"])
def test_after_access_every_file_is_readable_but_the_locked_ones(
    access: str, make_terminal: MakeTerminal
) -> None:
    terminal = getattr(make_terminal(groups={"DG3": {"hex": "6300"}}), access)()
    files = terminal.chip.card.files
    for name, fid in (
        ("EF.COM", 0x011E),
        ("EF.SOD", 0x011D),
        ("DG1", 0x0101),
        ("DG2", 0x0102),
        ("DG14", 0x010E),
    ):
        assert terminal.file(fid) == files[name]
    assert terminal.send("00a4020c020103").sw == 0x6982
    assert terminal.send("00b0830000").sw == 0x6982
    assert terminal.send("00a4020c020104").sw == 0x6A82
    assert terminal.send("00a4020c02010b").sw == 0x6A82


def test_a_plain_command_ends_the_channel_and_the_access(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal().pace()
    assert terminal.send("00a4020c020101").sw == 0x9000
    assert terminal.plain("00b0000000") == "6982"  # the file that was selected over the channel
    assert terminal.plain("00b0810000") == "6982"
    assert terminal.plain("0cb0810000") == "6882"


def test_a_wrong_check_value_ends_the_channel(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal().pace()
    good = terminal.session.messaging.protect(CommandAPDU(0, 0xB0, 0x81, 0, le=4)).to_bytes()
    bad = good[:-2] + bytes((good[-2] ^ 1,)) + good[-1:]
    assert terminal.chip.transmit(bad).hex() == "6988"
    assert terminal.chip.transmit(good).hex() == "6882"
    terminal = make_terminal().pace()
    assert terminal.plain("0cb0810000") == "6987"


def test_a_replayed_command_is_refused(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal().pace()
    command = terminal.session.messaging.protect(CommandAPDU(0, 0xB0, 0x81, 0, le=4)).to_bytes()
    assert terminal.chip.transmit(command)[-2:] == b"\x90\x00"
    assert terminal.chip.transmit(command).hex() == "6988"


def test_reset_and_power_on_forget_everything(make_terminal: MakeTerminal) -> None:
    for again in ("reset", "power_on", "power_off"):
        terminal = make_terminal().pace()
        getattr(terminal.chip, again)()
        assert terminal.plain("0cb0810000") == "6882"
        assert terminal.plain("00a4020c020101") == "6a82"


def test_an_open_card_needs_no_access(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(access={"open": True, "bac": False, "pace": []})
    assert terminal.plain(AID) == "9000"
    assert terminal.file(0x0101) == terminal.chip.card.files["DG1"]
    assert terminal.plain("0084000008")[-4:] == "9000"
    assert terminal.plain("0082000028" + "00" * 40 + "28") == "6d00"


# --- PACE and BAC -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("curve", CURVES)
def test_pace_on_every_curve_with_every_cipher(curve: str, cipher: str, make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(
        access={"pace": [{"curve": curve, "cipher": cipher}]}, keys={"chip_authentication": []}
    )
    mrz = Mrz(terminal.chip.card.mrz_information)
    terminal.pace(mrz)
    assert terminal.file(0x0101) == terminal.chip.card.files["DG1"]
    assert terminal.session.messaging.cipher == cipher


def test_several_pace_variants_are_told_apart_by_their_parameters(make_terminal: MakeTerminal) -> None:
    variants = [
        {"curve": "secp256r1", "cipher": "AES-128"},
        {"curve": "brainpoolP256r1", "cipher": "AES-128"},
    ]
    for index in (0, 1):
        terminal = make_terminal(access={"pace": variants}).pace(variant=index)
        assert terminal.file(0x0101) == terminal.chip.card.files["DG1"]
    terminal = make_terminal(access={"pace": variants})
    assert terminal.plain("0022c1a40f800a04007f00070202040202830102") == "6a88"
    assert terminal.plain("0022c1a412800a04007f0007020204020283010284010f") == "6a88"
    assert terminal.plain("0022c1a412800a04007f0007020204020483010284010d") == "6a80"


def test_a_wrong_can_is_6300_and_leaves_the_chip_closed(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal()
    with pytest.raises(WrongAccessKey):
        terminal.pace(Can("654321"))
    assert terminal.plain(AID) == "9000"
    assert terminal.plain("00a4020c020101") == "6982"


def test_a_password_the_card_does_not_have_is_refused(make_terminal: MakeTerminal) -> None:
    without_can = make_terminal(access={"can": None})
    with pytest.raises(AccessNotOffered):
        without_can.pace(Can("123456"))
    without_mrz = make_terminal(access={"mrz": False, "bac": False})
    with pytest.raises(AccessNotOffered):
        without_mrz.pace(Mrz("L898902C<369080619406236"))
    assert without_mrz.plain("0022c1a412800a04007f0007020204020283010384010d") == "6a88"


PACE_SET_AT = "0022c1a412800a04007f0007020204020283010284010d"


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        (["10860000027c0000"], "6985"),  # no MSE:Set AT
        ([PACE_SET_AT, "00860000027c0000"], "6985"),  # not chained
        ([PACE_SET_AT, "10860000047c02810000"], "6985"),  # mapping before the nonce
        ([PACE_SET_AT, "10860000027c0000", "10860000047c02810000"], "6a80"),  # no point
        ([PACE_SET_AT, "10860000027c0000", "10860000047c02830000"], "6985"),  # step left out
        ([PACE_SET_AT, "008600000c7c0a8508000000000000000000"], "6985"),
        ([PACE_SET_AT, "10860000037c018000"], "6a80"),  # malformed inside
        ([PACE_SET_AT, "10860000067c048000820000"], "6a80"),  # two objects
        ([PACE_SET_AT, "10860100027c0000"], "6a86"),
        (["0022c1a4038401ff"], "6a80"),
        (["0022c1a40684020d0d830102"], "6a80"),
        (["0022c1a5028000"], "6a86"),
        (["0022c1a40180"], "6a80"),
    ],
)
def test_pace_steps_out_of_order_are_refused(
    commands: list[str], answer: str, make_terminal: MakeTerminal
) -> None:
    terminal = make_terminal()
    *before, last = commands
    for command in before:
        assert terminal.plain(command)[-4:] == "9000"
    assert terminal.plain(last) == answer
    assert terminal.plain("10860000027c0000")[-4:] in ("6985", "9000")


def test_bac_needs_a_fresh_challenge_the_application_and_the_right_keys(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal()
    external = "0082000028" + "00" * 40 + "28"
    assert terminal.plain("0084000008")[-4:] == "9000"
    assert terminal.plain(external) == "6985"
    assert terminal.plain(AID) == "9000"
    assert terminal.plain(external) == "6985"
    assert terminal.plain("0084000008")[-4:] == "9000"
    assert terminal.plain(external) == "6300"
    assert terminal.plain(external) == "6985"
    assert terminal.plain("0084000004") == "6700"
    assert terminal.plain("0084000008")[-4:] == "9000"
    assert terminal.plain("00820000080000000000000000") == "6700"


# --- reading ------------------------------------------------------------------------------------------


def test_read_binary_by_offset_sfi_and_odd_instruction(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal().pace()
    dg2 = terminal.chip.card.files["DG2"]
    assert terminal.send("00b0820004").data == dg2[:4]
    assert terminal.send("00b0821004").data == dg2[16:20]
    assert terminal.send("00b0010004").data == dg2[256:260]
    odd = terminal.send("00b100000454020100c0")
    assert odd.data == b"\x53\x81\xbd" + dg2[256 : 256 + 189]
    assert terminal.send("00b1000103540100ff").data[:2] == b"\x53\x5f"
    assert terminal.send("00b13fff03540100ff").sw == 0x6A86
    assert terminal.send("00b100020354010002").sw == 0x6700
    assert terminal.send("00b10002075405000000000040").sw == 0x6A80
    assert terminal.send("00b0e20004").sw == 0x6A86
    assert terminal.send("00b09f0004").sw == 0x6A82


def test_extended_length_reads_the_portrait_at_once(make_terminal: MakeTerminal) -> None:
    for terminal in (make_terminal().pace(), make_terminal().bac()):
        command = CommandAPDU(0, 0xB0, 0x82, 0, le=65_536, extended=True)
        assert terminal.command(command).data == terminal.chip.card.files["DG2"]


def test_a_short_response_holds_what_secure_messaging_leaves(make_terminal: MakeTerminal) -> None:
    assert len(make_terminal().pace().send("00b0820000").data) == 223
    assert len(make_terminal().bac().send("00b0820000").data) == 231
    assert len(make_terminal().bac().send("00b08200ff").data) == 231
    open_card = make_terminal(access={"open": True})
    open_card.plain(AID)
    assert len(open_card.send("00b0820000").data) == 256


def test_reading_past_the_end(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal().pace()
    dg1 = terminal.chip.card.files["DG1"]
    assert terminal.send("00b08100c8").sw == 0x6282
    assert terminal.send("00b0810000").data == dg1
    assert terminal.send(f"00b000{len(dg1):02x}01").sw == 0x6B00
    assert terminal.send("00b0100001").sw == 0x6B00
    assert terminal.command(CommandAPDU(0, 0xB0, 0, 0)).sw == 0x6700


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("", "6700"), ("00", "6700"), ("00a4", "6700"), ("00a4040c05a000", "6700"),
        ("80a4040c", "6e00"), ("00ca0000", "6d00"), ("10a4040c", "6884"), ("00c0000000", "6985"),
        ("00a4040c", "6a82"), ("00a4040c02a000", "6a82"), ("00a4040c05a000000247", "9000"),
        ("00a4090c023f00", "6a86"), ("00a4000c023f00", "9000"), ("00a4000c", "9000"), ("0082000008", "6985"),
        ("0088000000", "6982"),
    ],
)  # fmt: skip
def test_other_commands(command: str, answer: str, make_terminal: MakeTerminal) -> None:
    assert make_terminal().plain(command) == answer


# --- proofs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("curve", CURVES)
def test_chip_authentication_gives_new_keys(curve: str, cipher: str, make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(
        keys={"chip_authentication": [{"curve": curve, "cipher": cipher, "key_id": 5}]}
    ).bac()
    before = terminal.session.messaging
    terminal.chip_authentication()
    assert terminal.session.messaging is not before
    assert terminal.file(0x0101) == terminal.chip.card.files["DG1"]


def test_of_several_chip_keys_the_named_one_is_used(make_terminal: MakeTerminal) -> None:
    keys = [
        {"curve": "secp256r1", "cipher": "AES-128", "key_id": 1},
        {"curve": "brainpoolP384r1", "cipher": "AES-256", "key_id": 2, "explicit_parameters": True},
    ]
    terminal = make_terminal(keys={"chip_authentication": keys}).pace().chip_authentication()
    assert terminal.session.messaging.cipher == "AES-256"
    assert terminal.file(0x0101)
    assert terminal.send("002241a40f800a04007f00070202030204840103").sw == 0x6A88
    assert terminal.send("002241a40f800a04007f00070202030202840102").sw == 0x6A88
    assert terminal.send("002241a40f800a04007f00070202030202840101").sw == 0x9000
    assert terminal.send("00860000047c02800000").sw == 0x6A80


@pytest.mark.parametrize("curve", [*CURVES, "brainpoolP224r1", "brainpoolP320r1", "secp224r1"])
@pytest.mark.parametrize("hash_name", ["sha1", "sha224", "sha256", "sha384", "sha512"])
def test_active_authentication_with_ecdsa(curve: str, hash_name: str, make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(
        keys={"active_authentication": {"algorithm": curve, "hash": hash_name, "key": None}}
    ).pace()
    challenge = bytes(range(8))
    response = terminal.send("0088000008" + challenge.hex() + "00")
    spki = DG15.parse(terminal.chip.card.files["DG15"]).spki
    from eid.crypto.public_keys import load_public_key

    key = load_public_key(spki)
    if key.native is None:
        assert len(response.data) == 2 * key.curve.size  # type: ignore[union-attr]
        return
    assert isinstance(key.native, ec.EllipticCurvePublicKey)
    half = len(response.data) // 2
    signature = encode_dss_signature(
        *(int.from_bytes(response.data[at : at + half], "big") for at in (0, half))
    )
    key.native.verify(signature, challenge, ec.ECDSA(getattr(hashes, hash_name.upper())()))


@pytest.mark.parametrize(
    ("bits", "hash_name", "trailer"),
    [
        (1024, "sha1", "bc"), (1024, "sha1", "33cc"), (2048, "sha224", "38cc"), (2048, "sha256", "34cc"),
        (2048, "sha384", "36cc"), (2048, "sha512", "35cc"),
    ],
)  # fmt: skip
def test_active_authentication_with_rsa(
    bits: int, hash_name: str, trailer: str, make_terminal: MakeTerminal
) -> None:
    wanted = {"algorithm": f"RSA-{bits}", "hash": hash_name, "trailer": trailer, "key": None}
    terminal = make_terminal(keys={"active_authentication": wanted}).pace()
    # Longer than a short response under secure messaging: the chip chains it (61xx).
    response = terminal.send("0088000008000102030405060700")
    spki = DG15.parse(terminal.chip.card.files["DG15"]).spki
    result = verify_active_authentication(spki, bytes(range(8)), response.data)
    assert result.hash_name == hash_name
    assert terminal.send("00880000070001020304050600").sw == 0x6700


def test_without_keys_there_is_nothing_to_prove(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(keys={"chip_authentication": [], "active_authentication": None}).pace()
    assert "DG15" not in terminal.chip.card.files
    assert terminal.send("0088000008000102030405060700").sw == 0x6D00
    assert terminal.send("002241a40c800a04007f00070202030202").sw == 0x6A88
