"""Each quirk and each fault, as it shows in APDUs and files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from eid.chip.access import Can
from eid.chip.apdu import CommandAPDU, ResponseAPDU
from eid.chip.secure_messaging import SecureMessaging
from eid.crypto.digests import digest
from eid.crypto.public_keys import load_public_key
from eid.document.lds import read_com
from eid.document.security_infos import DG14, SecurityInfos
from eid.document.sod import SecurityObject
from eid.errors import (
    AccessBlocked,
    CardMute,
    CardRemoved,
    InvalidSignature,
    PersonalisationError,
    SecureMessagingLost,
    WrongAccessKey,
)
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation
from eid.trust.certificates import Certificate, verify_issued_by
from eid.trust.cms import verify_signer

MakeTerminal = Callable[..., Any]
MakeCard = Callable[..., Personalisation]
AID = "00a4040c07a0000002471001"
SET_AT = "0022c1a40f800a04007f00070202040202830102"
SET_AT_84 = "0022c1a412800a04007f0007020204020283010284010d"


# --- quirks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sw", ["6d00", "6a86", "6985", "6a81"])
def test_no_master_file(sw: str, make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(quirks={"select_mf": sw})
    assert terminal.plain("00a4000c023f00") == sw
    assert terminal.file(0x011C) == terminal.chip.card.files["EF.CardAccess"]


def test_short_length_only(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(quirks={"short_only": True}).pace()
    command = CommandAPDU(0, 0xB0, 0x82, 0, le=65_536, extended=True)
    with pytest.raises(SecureMessagingLost) as caught:
        terminal.command(command)
    assert caught.value.sw == 0x6700
    # The command was not looked at, so it was not counted.
    terminal.session.messaging.uncount()
    assert terminal.send("00b0820004").sw == 0x9000


def test_a_largest_length(make_terminal: MakeTerminal) -> None:
    shortens = make_terminal(quirks={"max_le": 100}).pace()
    assert len(shortens.send("00b08200c8").data) == 100
    assert len(shortens.send("00b0820000").data) == 100
    tells = make_terminal(quirks={"max_le": 100, "wrong_length": "6cxx"}).pace()
    assert tells.send("00b0820000").sw == 0x9000
    # Session.send repeats with the right length by itself, so look below it.
    protected = tells.session.messaging.protect(CommandAPDU(0, 0xB0, 0x82, 0, le=200))
    answer = ResponseAPDU.from_bytes(tells.chip.transmit(protected.to_bytes()))
    assert tells.session.messaging.unprotect(answer).sw == 0x6C64
    refuses = make_terminal(quirks={"max_le": 100, "wrong_length": "6700"}).pace()
    assert refuses.send("00b08200c8").sw == 0x6700
    assert refuses.send("00b0820064").sw == 0x9000


@pytest.mark.parametrize("part", [16, 200])
def test_response_chaining(part: int, make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(quirks={"response_chaining": part})
    first = terminal.plain("00b09c0000")
    assert len(first) == 2 * (min(part, len(terminal.chip.card.files["EF.CardAccess"])) + 2)
    terminal.pace()
    assert terminal.file(0x0102) == terminal.chip.card.files["DG2"]
    terminal.plain("00a4020c02011c")
    assert terminal.plain("00c0000000") == "6985"


def test_get_response_gives_as_much_as_asked(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(quirks={"response_chaining": 20})
    content = terminal.chip.card.files["EF.CardAccess"].hex()
    left = len(content) // 2
    assert left <= 40
    assert terminal.plain("00b09c0000") == content[:40] + f"61{left - 20:02x}"
    assert terminal.plain("00c0000005") == content[40:50] + f"61{left - 25:02x}"
    assert terminal.plain("00c0000000") == content[50:] + "9000"


@pytest.mark.parametrize(("quirk", "sw"), [("6282", 0x6282), ("short", 0x9000), ("6b00", 0x6B00)])
def test_the_end_of_a_file(quirk: str, sw: int, make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(quirks={"end_of_file": quirk}).pace()
    response = terminal.send("00b08100c8")
    assert response.sw == sw
    assert response.data == (b"" if quirk == "6b00" else terminal.chip.card.files["DG1"])


@pytest.mark.parametrize("kind", ["counted", "uncounted", "dropped"])
def test_naked_errors(kind: str, make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(quirks={"naked_errors": kind}).pace()
    messaging: SecureMessaging = terminal.session.messaging
    with pytest.raises(SecureMessagingLost) as caught:
        terminal.send("00a4020c020104")
    assert caught.value.sw == 0x6A82
    if kind == "uncounted":
        messaging.uncount()
    if kind == "dropped":
        with pytest.raises(SecureMessagingLost):
            terminal.send("00b0810004")
    else:
        assert terminal.send("00b0810004").sw == 0x9000


def test_no_short_identifiers_and_unreadable_files(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(quirks={"no_sfi": True, "unreadable": {"DG14": "6982", "EF.CardAccess": "6a82"}})
    assert terminal.plain("00a4020c02011c") == "6a82"
    assert terminal.plain("00b09c0000") == "6a86"
    terminal.bac()
    assert terminal.send("00a4020c02010e").sw == 0x6982
    assert terminal.send("00b0810004").sw == 0x6A86
    assert terminal.file(0x0101)


def test_a_slow_chip_waits_for_commands_and_octets(make_card: MakeCard) -> None:
    waits: list[float] = []
    card = make_card(quirks={"seconds_per_command": 0.5, "seconds_per_octet": 0.25})
    chip = Chip(card, sleep=waits.append)
    chip.transmit(bytes.fromhex(AID))
    assert waits == [0.5 + 0.25 * 14]


def test_a_card_that_vanishes_stays_away_until_power_on(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(quirks={"dies_at": 3})
    assert terminal.plain(AID) == terminal.plain(AID) == "9000"
    for _ in range(2):
        with pytest.raises(CardRemoved):
            terminal.plain(AID)
    terminal.chip.power_on()
    assert terminal.plain(AID) == "9000"
    assert terminal.chip.commands == 1


def test_a_card_that_falls_silent(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(quirks={"mute_at": 2})
    assert terminal.plain(AID) == "9000"
    with pytest.raises(CardMute):
        terminal.plain(AID)


def test_wrong_passwords_are_counted_and_then_blocked(
    make_card: MakeCard, make_terminal: MakeTerminal
) -> None:
    terminal = make_terminal(quirks={"wrong_password_tries": 2})
    with pytest.raises(WrongAccessKey, match="63C1"):
        terminal.pace(Can("000000"))
    terminal.pace()  # the right one sets the counter back
    terminal.session.messaging = None
    terminal.chip.reset()
    with pytest.raises(WrongAccessKey, match="63C1"):
        terminal.pace(Can("000000"))
    terminal.chip.power_on()
    with pytest.raises(AccessBlocked):
        terminal.pace(Can("000000"))
    with pytest.raises(AccessBlocked):
        terminal.pace()
    waits: list[float] = []
    terminal = make_terminal(quirks={"wrong_password_delay": 2.0})
    terminal.chip._sleep = waits.append
    with pytest.raises(WrongAccessKey):
        terminal.pace(Can("000000"))
    assert waits == [2.0]


def test_parameter_id_in_mse_set_at(make_terminal: MakeTerminal) -> None:
    both = make_terminal()
    assert both.plain(SET_AT) == both.plain(SET_AT_84) == "9000"
    required = make_terminal(quirks={"pace_parameter_id": "required"})
    assert (required.plain(SET_AT), required.plain(SET_AT_84)) == ("6a80", "9000")
    refused = make_terminal(quirks={"pace_parameter_id": "refused"})
    assert (refused.plain(SET_AT), refused.plain(SET_AT_84)) == ("9000", "6a80")


def test_ef_com_may_lie(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(com=["DG1", "DG3", "DG16"]).pace()
    assert read_com(terminal.file(0x011E)).groups == ("DG1", "DG3", "DG16")
    assert terminal.send("00a4020c020110").sw == 0x6A82


# --- faults -------------------------------------------------------------------------------------------


def sod_of(card: Personalisation) -> SecurityObject:
    return SecurityObject.parse(card.files["EF.SOD"])


def bound(card: Personalisation, number: int) -> bool | None:
    """Whether a group agrees with its hash; ``None`` when EF.SOD has none."""
    sod = sod_of(card)
    expected = sod.hashes.get(number)
    return None if expected is None else digest(sod.hash_name, card.files[f"DG{number}"]) == expected


def signature_holds(card: Personalisation) -> bool:
    signed = sod_of(card).signed_data
    try:
        verify_signer(signed, signed.signers[0], signed.certificates[0])
    except InvalidSignature:
        return False
    return True


def issued_by_csca(card: Personalisation) -> bool:
    try:
        verify_issued_by(sod_of(card).signed_data.certificates[0], Certificate.from_der(card.csca_der))
    except InvalidSignature:
        return False
    return True


def test_a_genuine_card_is_bound_signed_and_issued(make_card: MakeCard) -> None:
    card = make_card()
    assert all(bound(card, int(name[2:])) for name in card.files if name.startswith("DG"))
    assert signature_holds(card)
    assert issued_by_csca(card)
    assert sod_of(card).signed_data.certificates[0].raw == card.ds_der


def test_altered_wrong_hash_and_unbound(make_card: MakeCard) -> None:
    for changes, outcome in (
        ({"altered": ["DG1"]}, False),
        ({"wrong_hash": ["DG1"]}, False),
        ({"unbound": ["DG1"]}, None),
    ):
        card = make_card(faults=changes)
        assert bound(card, 1) is outcome
        assert bound(card, 2) is True
        assert signature_holds(card)
    genuine, altered = make_card(), make_card(faults={"altered": ["DG2"]})
    pairs = zip(genuine.files["DG2"], altered.files["DG2"], strict=True)
    assert sum(one != other for one, other in pairs) == 1


def test_wrong_signature(make_card: MakeCard) -> None:
    card = make_card(faults={"wrong_signature": True})
    assert not signature_holds(card)
    assert bound(card, 1)
    assert issued_by_csca(card)


def test_a_foreign_signer_is_not_under_the_csca(make_card: MakeCard) -> None:
    card = make_card(faults={"foreign_signer": True})
    assert signature_holds(card)
    assert not issued_by_csca(card)
    assert card.csca_der == make_card().csca_der


def test_an_expired_signer_is_issued_but_of_the_past(make_card: MakeCard) -> None:
    card = make_card(faults={"expired_signer": True})
    signer = sod_of(card).signed_data.certificates[0]
    assert signature_holds(card)
    assert issued_by_csca(card)
    assert signer.not_after.year == 2022


def test_a_clone_without_keys_refuses_its_proofs(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(faults={"clone": "no_keys"}).pace()
    assert terminal.send("0088000008000102030405060700").sw == 0x6A88
    assert terminal.send("002241a40c800a04007f00070202030202").sw == 0x6A88
    assert bound(terminal.chip.card, 14)


@pytest.mark.parametrize("active", ["secp256r1", "RSA-1024"])
def test_a_clone_with_other_keys_proves_nothing(active: str, make_terminal: MakeTerminal) -> None:
    keys = {"active_authentication": {"algorithm": active, "hash": None, "key": None}}
    terminal = make_terminal(faults={"clone": "wrong_keys"}, keys=keys).pace()
    from eid.chip.active_authentication import verify_active_authentication
    from eid.document.dg15 import DG15

    response = terminal.send("0088000008000102030405060700")
    with pytest.raises(InvalidSignature):
        verify_active_authentication(
            DG15.parse(terminal.chip.card.files["DG15"]).spki,
            bytes(range(8)),
            response.data,
            ecdsa_hash="sha256",
        )
    terminal.chip_authentication()
    with pytest.raises(SecureMessagingLost):
        terminal.send("00b0810004")


def test_keys_on_a_curve_without_implementation(make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(faults={"unsupported_curve": ["DG14", "DG15"]}).pace()
    infos = DG14.parse(terminal.chip.card.files["DG14"])
    key = load_public_key(infos.chip_authentication_keys[0].spki)
    assert key.native is None
    assert key.name == "brainpoolP224r1"
    assert b"\x2b\x24\x03\x03\x02\x08\x01\x01\x05" in terminal.chip.card.files["DG15"]
    assert terminal.send("0088000008000102030405060700").sw == 0x9000


def test_a_downgraded_card_access(make_card: MakeCard, make_terminal: MakeTerminal) -> None:
    terminal = make_terminal(faults={"downgraded_access": "weak"})
    files = terminal.chip.card.files
    shown, signed = SecurityInfos.parse(files["EF.CardAccess"]), DG14.parse(files["DG14"])
    assert [info.name for info in shown.pace] == ["PACE-ECDH-GM-3DES"]
    assert not shown.raw_elements <= signed.raw_elements
    terminal.pace()  # the chip does speak it: the attack would work on a terminal that does not compare
    assert terminal.session.messaging.cipher == "3DES"
    none = make_card(faults={"downgraded_access": "none"})
    assert SecurityInfos.parse(none.files["EF.CardAccess"]).pace == ()
    assert DG14.parse(none.files["DG14"]).pace


@pytest.mark.parametrize(
    "faults",
    [
        {"altered": ["DG16"]},
        {"wrong_hash": ["DG9"]},
        {"unbound": ["EF.COM"]},
        {"unsupported_curve": ["DG1"]},
        {"clone": "x"},
    ],
)
def test_a_fault_that_cannot_be_is_refused(faults: dict[str, Any], make_card: MakeCard) -> None:
    with pytest.raises(PersonalisationError, match="faults"):
        make_card(faults=faults)
