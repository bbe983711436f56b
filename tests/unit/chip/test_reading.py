"""Whole readings against the built-in chip."""

from __future__ import annotations

import copy
import functools
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.chip.access import AccessKey, Can, Mrz
from eid.chip.active_authentication import verify_active_authentication
from eid.chip.apdu import CommandAPDU, ResponseAPDU
from eid.chip.reading import read, read_protocol
from eid.chip.transport import RecordingTransport, run
from eid.document.dg15 import DG15
from eid.document.evidence import Context, Evidence, Exchange, ReaderInfo
from eid.document.lds import encode_com
from eid.document.profile import ICAO
from eid.document.security_infos import encode_card_access, pace_info
from eid.encoding.tlv import tlv
from eid.errors import (
    AccessBlocked,
    AccessNotOffered,
    CardMute,
    CardRemoved,
    ChallengeFormatError,
    ChipError,
    DocumentError,
    FileNotOnChip,
    InvalidSignature,
    SecureMessagingError,
    SecureMessagingLost,
    StatusWordError,
    TransportError,
    WrongAccessKey,
)
from eid.simulator.chip import Chip
from eid.simulator.personalise import new_personalisation, personalise

CAN = Can("123456")
MRZ = Mrz("T00000001490022813502273")
ALL = {"EF.CardAccess", "EF.COM", "EF.SOD", "DG1", "DG2", "DG14", "DG15"}


@functools.cache
def _base() -> dict[str, Any]:
    description = new_personalisation()
    description["groups"] = {"DG3": {"hex": "6302aabb"}, "DG13": {"hex": "6d0401020304"}}
    return description


def card(**members: Any) -> Chip:
    """The Utopian card with DG3 and DG13; members of its description replaced or, if dicts, updated."""
    description = copy.deepcopy(_base())
    for name, value in members.items():
        if isinstance(value, dict) and isinstance(description.get(name), dict):
            description[name].update(value)
        else:
            description[name] = value
    return Chip(personalise(description), sleep=lambda _: None)


def instructions(recording: RecordingTransport) -> list[int]:
    return [command[1] for command, _ in recording.exchanges]


def plain_instructions(recording: RecordingTransport) -> list[int]:
    return [command[1] for command, _ in recording.exchanges if not command[0] & 0x0C]


# --- the good way -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [CAN, MRZ], ids=lambda key: key.kind)
def test_everything_is_read_as_it_is(key: AccessKey) -> None:
    chip = card()
    evidence = read(chip, key, profile=ICAO)
    assert set(evidence.files) == ALL | {"DG13"}
    for name, octets in evidence.files.items():
        assert octets == chip.card.files[name]
    assert evidence.unreadable == {"DG3": "ACCESS_DENIED"}
    assert evidence.quirks == ()
    assert evidence.interruption is None
    access = evidence.access
    assert access is not None
    assert (access.protocol, access.algorithm, access.curve, access.password) == (
        "PACE",
        "PACE-ECDH-GM-AES-128",
        "brainpoolP256r1",
        key.kind,
    )
    assert evidence.active_authentication is not None
    assert evidence.active_authentication.exchange is Exchange.COMPLETED
    assert evidence.chip_authentication is not None
    assert evidence.chip_authentication.exchange is Exchange.COMPLETED
    assert evidence.chip_authentication.curve == "brainpoolP256r1"
    assert evidence.live is not None
    assert Evidence.from_bytes(evidence.to_bytes()) == evidence.stored()


def test_the_order_gives_as_much_as_possible_early() -> None:
    names: list[str] = []
    read(card(), CAN, profile=ICAO, progress=lambda name, done, total: names.append(name))
    order = list(dict.fromkeys(names))
    assert order == ["EF.COM", "EF.SOD", "DG1", "DG14", "DG15", "DG13", "DG2"]


def test_the_access_key_is_kept_as_a_salted_digest_only() -> None:
    import hashlib

    one, other = (read(card(), CAN, profile=ICAO).access for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.salt != other.salt
    assert len(one.salt) == 16
    assert one.password_digest == hashlib.sha256(one.salt + b"123456").digest()
    assert "123456" not in repr(one)


def test_what_the_caller_gives_is_in_the_evidence() -> None:
    class Reader:
        info = ReaderInfo("Reader 1", b"\x3b\x80")

        def __init__(self) -> None:
            self.transmit = card().transmit

    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    context = Context(purpose="account opening", consent_reference="C-1", operator="O-1")
    evidence = read(Reader(), CAN, profile=ICAO, challenge=b"8 octets", context=context, clock=lambda: now)
    assert evidence.reader == Reader.info
    assert evidence.context == context
    assert evidence.read_at == now
    assert evidence.profile == "icao"
    active = evidence.active_authentication
    assert active is not None
    assert active.challenge == b"8 octets"
    assert evidence.live is not None
    assert evidence.live.challenge == b"8 octets"
    spki = DG15.parse(evidence.files["DG15"]).spki
    verify_active_authentication(spki, b"8 octets", active.signature)


def test_without_a_challenge_each_reading_chooses_its_own() -> None:
    challenges = set()
    for _ in range(2):
        active = read(card(), CAN, profile=ICAO).active_authentication
        assert active is not None
        challenges.add(active.challenge)
    assert len(challenges) == 2


def test_a_challenge_of_another_length_is_refused_before_the_card_is_touched() -> None:
    chip = card()
    for wrong in (b"", b"7 octet", b"9 octets!"):
        with pytest.raises(ChallengeFormatError):
            read(chip, CAN, profile=ICAO, challenge=wrong)
    assert chip.commands == 0


def test_the_protocol_without_a_driver_reads_the_same() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    chip = card()
    evidence = run(read_protocol(CAN, profile=ICAO, read_at=now, challenge=bytes(8)), chip)
    assert dict(evidence.files) == dict(read(chip, CAN, profile=ICAO).files)
    assert evidence.read_at == now


@pytest.mark.parametrize(
    ("algorithm", "hash_name"),
    [("RSA-1024", "sha1"), ("RSA-2048", "sha256"), ("RSA-3072", "sha512"), ("brainpoolP384r1", "sha384")],
)
@pytest.mark.parametrize("key", [CAN, MRZ], ids=lambda key: key.kind)
def test_signatures_longer_than_a_short_response_arrive(
    algorithm: str, hash_name: str, key: AccessKey
) -> None:
    keys = {"active_authentication": {"algorithm": algorithm, "hash": hash_name}}
    for quirks in ({}, {"short_only": True}):
        chip = card(keys=keys, quirks=quirks, signing={"algorithm": "ecdsa-secp256r1-sha256"})
        evidence = read(chip, key, profile=ICAO, challenge=bytes(8))
        active = evidence.active_authentication
        assert active is not None
        assert active.exchange is Exchange.COMPLETED
        verify_active_authentication(DG15.parse(evidence.files["DG15"]).spki, bytes(8), active.signature)


# --- which files ------------------------------------------------------------------------------------


def test_files_restricts_the_groups_but_not_the_proof() -> None:
    evidence = read(card(), CAN, profile=ICAO, files=["DG1"])
    assert set(evidence.files) == ALL - {"DG2"}


def test_keys_that_nobody_lists_are_asked_for_all_the_same() -> None:
    """As on the BSI specimen, whose security object knows nothing of DG15."""
    evidence = read(card(faults={"unbound": ["DG15"]}, com=["DG1"]), CAN, profile=ICAO)
    assert "DG15" in evidence.files
    evidence = read(card(keys={"active_authentication": None}, com=["DG1"]), CAN, profile=ICAO)
    assert "DG15" not in evidence.files
    assert "DG15" not in evidence.unreadable


def test_a_hash_function_nobody_knows_leaves_ef_com() -> None:
    chip = card()
    sha256 = bytes.fromhex("608648016503040201")
    sod = chip.card.files["EF.SOD"].replace(sha256, sha256[:-1] + b"\x7f")
    evidence = read(card(groups={"EF.SOD": {"hex": sod.hex()}}), CAN, profile=ICAO)
    assert "sod_not_understood" in evidence.quirks
    assert "DG2" in evidence.files


def test_files_takes_names_of_files_only() -> None:
    assert set(read(card(), CAN, profile=ICAO, files=["EF.SOD"]).files) == ALL - {"DG1", "DG2"}
    chip = card()
    for wrong in ("dg1", "DG17", "portrait", ""):
        with pytest.raises(DocumentError):
            read(chip, CAN, profile=ICAO, files=[wrong])
    assert chip.commands == 0


def test_a_group_asked_for_by_name_is_tried_although_nobody_lists_it() -> None:
    evidence = read(card(), CAN, profile=ICAO, files=["DG7"])
    assert evidence.unreadable["DG7"] == "FILE_NOT_FOUND"


def test_fingerprints_are_not_even_asked_for() -> None:
    recording = RecordingTransport(card())
    evidence = read(recording, CAN, profile=ICAO)
    assert evidence.unreadable["DG3"] == "ACCESS_DENIED"
    full = len(recording.exchanges)
    recording = RecordingTransport(card())
    evidence = read(recording, CAN, profile=replace(ICAO, skip=frozenset()))
    assert evidence.unreadable["DG3"] == "ACCESS_DENIED"
    assert len(recording.exchanges) > full


def test_a_skipped_group_is_tried_when_asked_for_by_name() -> None:
    chip = card(locked=[])
    assert "DG3" not in read(chip, CAN, profile=ICAO).files
    assert read(chip, CAN, profile=ICAO, files=["DG3"]).files["DG3"] == bytes.fromhex("6302aabb")


def test_ef_com_may_lie_the_security_object_decides() -> None:
    chip = card(com=["DG1", "DG7"])
    evidence = read(chip, CAN, profile=ICAO)
    assert set(evidence.files) == ALL | {"DG13"}
    assert evidence.unreadable["DG7"] == "FILE_NOT_FOUND"


@pytest.mark.parametrize("sod", ["7703020100", "77", "770430020500", "6f00"])
def test_a_security_object_that_is_not_understood_leaves_ef_com(sod: str) -> None:
    evidence = read(card(groups={"EF.SOD": {"hex": sod}}), CAN, profile=ICAO)
    if sod == "77":
        assert evidence.unreadable["EF.SOD"] == "FILE_TRUNCATED"
    else:
        assert "sod_not_understood" in evidence.quirks
    assert {"DG1", "DG2", "DG14", "DG15", "DG13"} <= set(evidence.files)


def test_an_ef_com_that_is_not_understood_leaves_the_security_object() -> None:
    evidence = read(card(groups={"EF.COM": {"hex": "600101"}}), CAN, profile=ICAO)
    assert "com_not_understood" in evidence.quirks
    assert set(evidence.files) >= ALL


def test_without_both_there_is_nothing_more_to_read() -> None:
    chip = card(quirks={"unreadable": {"EF.COM": "6f00", "EF.SOD": "6f00"}})
    evidence = read(chip, CAN, profile=ICAO)
    # But for the keys that prove the chip: those are asked for unseen.
    assert set(evidence.files) == {"EF.CardAccess", "DG14", "DG15"}
    assert evidence.unreadable == {"EF.COM": "STATUS_WORD", "EF.SOD": "STATUS_WORD"}


@pytest.mark.parametrize("name", ["EF.COM", "EF.SOD", "DG1", "DG2", "DG13", "DG14", "DG15"])
@pytest.mark.parametrize("sw", ["6a82", "6982", "6985", "6f00", "6b00", "6700"])
def test_one_unreadable_file_never_loses_the_others(name: str, sw: str) -> None:
    for key, mrz in ((CAN, False), (MRZ, True)):
        access = {"pace": []} if mrz else {}
        evidence = read(card(quirks={"unreadable": {name: sw}}, access=access), key, profile=ICAO)
        expected = (
            (ALL | {"DG13"})
            - {name}
            - ({"EF.CardAccess"} if mrz and "EF.CardAccess" not in evidence.files else set())
        )
        assert set(evidence.files) == expected
        assert name in evidence.unreadable
        assert (evidence.chip_authentication is None) == (name == "DG14")
        assert (evidence.active_authentication is None) == (name == "DG15")


@pytest.mark.parametrize("octets", ["75", "7583200000", "758400200000"])
def test_a_truncated_or_endless_file_never_loses_the_others(octets: str) -> None:
    evidence = read(card(groups={"DG2": {"hex": octets}}), CAN, profile=ICAO)
    assert evidence.unreadable["DG2"] in ("FILE_TRUNCATED", "LIMIT_EXCEEDED")
    assert set(evidence.files) == (ALL | {"DG13"}) - {"DG2"}


# --- access -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [Can("000000"), Mrz("T00000002790022813502273")], ids=lambda key: key.kind)
def test_a_wrong_key_is_said_so_and_bac_is_not_tried(key: AccessKey) -> None:
    recording = RecordingTransport(card())
    with pytest.raises(WrongAccessKey) as caught:
        read(recording, key, profile=ICAO)
    assert not {0x82, 0x84} & set(instructions(recording))
    assert instructions(recording).count(0x22) == 1  # and PACE only once: chips block
    evidence = caught.value.evidence
    assert isinstance(evidence, Evidence)
    assert set(evidence.files) == {"EF.CardAccess"}
    assert evidence.interruption == "WRONG_ACCESS_KEY"
    assert evidence.access is None


def test_wrong_keys_until_the_card_blocks() -> None:
    chip = card(quirks={"wrong_password_tries": 2, "wrong_password_delay": 5})
    codes = []
    for _ in range(3):
        with pytest.raises(ChipError) as caught:
            read(chip, Can("000000"), profile=ICAO)
        codes.append(caught.value.code)
    assert codes == ["WRONG_ACCESS_KEY", "ACCESS_BLOCKED", "ACCESS_BLOCKED"]
    with pytest.raises(AccessBlocked):
        read(chip, CAN, profile=ICAO)


def test_a_wrong_mrz_over_bac() -> None:
    recording = RecordingTransport(card(access={"pace": []}))
    with pytest.raises(WrongAccessKey):
        read(recording, Mrz("T00000002790022813502273"), profile=ICAO)
    assert instructions(recording).count(0x82) == 1


def test_without_pace_the_mrz_opens_bac_and_chip_authentication_comes_first() -> None:
    names: list[str] = []
    evidence = read(
        card(access={"pace": []}), MRZ, profile=ICAO, progress=lambda name, *_: names.append(name)
    )
    assert evidence.access is not None
    assert (evidence.access.protocol, evidence.access.algorithm) == ("BAC", "BAC")
    assert "pace_unsupported" not in evidence.quirks
    assert evidence.chip_authentication is not None
    assert evidence.chip_authentication.exchange is Exchange.COMPLETED
    order = list(dict.fromkeys(names))
    assert order[order.index("EF.SOD") + 1] == "DG14"
    assert order[-1] == "DG2"
    assert {"DG1", "DG2", "DG13", "DG15"} <= set(evidence.files)


@pytest.mark.parametrize(
    "infos",
    [
        [pace_info("PACE-ECDH-IM-AES-128", 13)],
        [pace_info("PACE-DH-GM-AES-128", 0), pace_info("PACE-ECDH-GM-AES-128", 11)],
    ],
)
def test_pace_that_is_not_supported_leads_to_bac_and_is_noted(infos: list[bytes]) -> None:
    octets = encode_card_access(infos)
    evidence = read(card(groups={"EF.CardAccess": {"hex": octets.hex()}}), MRZ, profile=ICAO)
    assert evidence.access is not None
    assert evidence.access.protocol == "BAC"
    assert "pace_unsupported" in evidence.quirks
    with pytest.raises(AccessNotOffered):
        read(card(groups={"EF.CardAccess": {"hex": octets.hex()}}), CAN, profile=ICAO)


def test_offered_pace_that_breaks_off_is_not_followed_by_bac() -> None:
    """Else whoever sits in between could choose the weaker protocol by one refusal."""
    octets = encode_card_access([pace_info("PACE-ECDH-GM-AES-128", 13)])
    chip = card(access={"pace": []}, groups={"EF.CardAccess": {"hex": octets.hex()}})
    recording = RecordingTransport(chip)
    with pytest.raises(StatusWordError):
        read(recording, MRZ, profile=ICAO)
    assert not {0x82, 0x84} & set(instructions(recording))


def test_the_strongest_supported_variant_is_used() -> None:
    pace = [
        {"curve": "secp256r1", "cipher": "3DES"},
        {"curve": "secp256r1", "cipher": "AES-128"},
        {"curve": "secp384r1", "cipher": "AES-256"},
        {"curve": "secp521r1", "cipher": "AES-256"},
    ]
    access = read(card(access={"pace": pace}), CAN, profile=ICAO).access
    assert access is not None
    assert (access.algorithm, access.curve) == ("PACE-ECDH-GM-AES-256", "secp384r1")


def test_a_can_cannot_open_a_card_with_bac_only() -> None:
    with pytest.raises(AccessNotOffered):
        read(card(access={"pace": []}), CAN, profile=ICAO)


@pytest.mark.parametrize("key", [CAN, MRZ], ids=lambda key: key.kind)
def test_a_card_without_access_control_is_read_and_said_to_be_open(key: AccessKey) -> None:
    evidence = read(card(access={"pace": [], "bac": False, "open": True}), key, profile=ICAO)
    assert evidence.access is not None
    assert evidence.access.protocol == "NONE"
    assert evidence.access.password_digest == b""
    assert {"DG1", "DG2", "DG15"} <= set(evidence.files)
    assert ("no_bac" in evidence.quirks) == (key is MRZ)


def test_neither_pace_nor_bac_nor_open() -> None:
    with pytest.raises(AccessNotOffered):
        read(card(access={"pace": [], "bac": False}), MRZ, profile=ICAO)


@pytest.mark.parametrize("octets", ["3003020101", "3100", "310730050603290101", "3184ffffffff"])
def test_a_card_access_that_is_not_understood_offers_nothing(octets: str) -> None:
    chip = card(groups={"EF.CardAccess": {"hex": octets}})
    evidence = read(chip, MRZ, profile=ICAO)
    assert evidence.access is not None
    assert evidence.access.protocol == "BAC"


def test_a_profile_may_know_what_the_chip_does_not_tell() -> None:
    chip = card(quirks={"unreadable": {"EF.CardAccess": "6a82"}})
    profile = replace(ICAO, card_access_hint=chip.card.files["EF.CardAccess"])
    evidence = read(chip, CAN, profile=profile)
    assert evidence.access is not None
    assert evidence.access.protocol == "PACE"
    assert "card_access_assumed" in evidence.quirks
    assert "EF.CardAccess" not in evidence.files


def test_an_assumed_pace_that_the_chip_refuses_leaves_bac() -> None:
    octets = encode_card_access([pace_info("PACE-ECDH-GM-AES-128", 13)])
    profile = replace(ICAO, card_access_hint=octets)
    for quirks in ({}, {"pace_parameter_id": "refused"}):
        evidence = read(
            card(access={"pace": []}, quirks=quirks, groups={"EF.CardAccess": None}), MRZ, profile=profile
        )
        assert evidence.access is not None
        assert evidence.access.protocol == "BAC"
        assert {"card_access_assumed", "assumed_pace_refused"} <= set(evidence.quirks)
    # But not a wrong key: that is the answer.
    chip = card(quirks={"unreadable": {"EF.CardAccess": "6a82"}})
    recording = RecordingTransport(chip)
    with pytest.raises(WrongAccessKey):
        read(recording, Mrz("T00000002790022813502273"), profile=profile)
    assert not {0x82, 0x84} & set(instructions(recording))


# --- quirks of chips --------------------------------------------------------------------------------

QUIRKS: list[dict[str, Any]] = [
    {"select_mf": "6d00"},
    {"select_mf": "6a86"},
    {"short_only": True},
    {"max_le": 100},
    {"max_le": 100, "wrong_length": "6cxx"},
    {"max_le": 100, "wrong_length": "6700"},
    {"wrong_length": "6cxx"},
    {"wrong_length": "6700"},
    {"short_only": True, "wrong_length": "6700", "no_sfi": True},
    {"response_chaining": 100},
    {"response_chaining": 256},
    {"end_of_file": "short"},
    {"end_of_file": "6b00"},
    {"no_sfi": True},
    {"pace_parameter_id": "required"},
    {"pace_parameter_id": "refused"},
]
#: Here the same answer ends two sessions in a row, and a third is not opened.
_LOST: list[tuple[str, dict[str, Any]]] = [
    ("dropped", {"unreadable": {"DG13": "6982"}}),
    ("dropped", {"unreadable": {"DG14": "6985"}}),
]
NAKED: list[dict[str, Any]] = [
    {"naked_errors": naked, **more}
    for naked in ("counted", "uncounted", "dropped")
    for more in (
        {},
        {"no_sfi": True},
        {"short_only": True},
        {"end_of_file": "6b00"},
        {"wrong_length": "6700"},
        {"wrong_length": "6cxx"},
        {"unreadable": {"DG13": "6a82"}},
        {"unreadable": {"DG13": "6982"}},
        {"unreadable": {"DG14": "6985"}},
    )
    if (naked, more) not in _LOST
]


@pytest.mark.parametrize("quirks", QUIRKS, ids=str)
@pytest.mark.parametrize("access", ["PACE", "BAC"])
@pytest.mark.parametrize("cipher", ["3DES", "AES-256"])
def test_odd_chips_are_read_all_the_same(quirks: dict[str, Any], access: str, cipher: str) -> None:
    pace = [{"curve": "secp256r1", "cipher": cipher}] if access == "PACE" else []
    chip = card(quirks=quirks, access={"pace": pace})
    recording = RecordingTransport(chip)
    evidence = read(recording, MRZ, profile=ICAO)
    missing = (ALL | {"DG13"}) - set(evidence.files)
    assert missing <= ({"EF.CardAccess"} if access == "BAC" else set())
    assert all(octets == chip.card.files[name] for name, octets in evidence.files.items())
    assert evidence.active_authentication is not None
    assert evidence.active_authentication.exchange is Exchange.COMPLETED
    assert evidence.chip_authentication is not None
    assert evidence.chip_authentication.exchange is Exchange.COMPLETED
    assert len(recording.exchanges) < 420


@pytest.mark.parametrize("quirks", NAKED, ids=str)
@pytest.mark.parametrize("key", [CAN, MRZ], ids=lambda key: key.kind)
def test_chips_that_refuse_in_plain_are_read_all_the_same(quirks: dict[str, Any], key: AccessKey) -> None:
    chip = card(quirks=quirks, access={"pace": [] if key is MRZ else _base()["access"]["pace"]})
    recording = RecordingTransport(chip)
    evidence = read(recording, key, profile=ICAO)
    unreadable = set(quirks.get("unreadable", ()))
    assert set(evidence.files) | {"EF.CardAccess"} == (ALL | {"DG13"}) - unreadable
    assert all(octets == chip.card.files[name] for name, octets in evidence.files.items())
    assert set(evidence.unreadable) == unreadable | {"DG3"}
    for name in ("active_authentication", "chip_authentication"):
        transcript = getattr(evidence, name)
        assert (transcript is None) or transcript.exchange is Exchange.COMPLETED
    # At most one second access, and it says so.
    again = sum(command[:2] in (b"\x00\x22", b"\x00\x84") for command, _ in recording.exchanges) - 1
    assert again == evidence.quirks.count("session_reopened") <= 1


#: Says that the session is over each time, and goes on with it.
_SAID_LOST: list[tuple[str, dict[str, Any]]] = [("counted", {"unreadable": {"DG13": "6988"}})]


@pytest.mark.parametrize(
    "quirks", [{"naked_errors": naked, **more} for naked, more in _LOST + _SAID_LOST], ids=str
)
def test_a_file_that_ends_every_session_ends_the_reading(quirks: dict[str, Any]) -> None:
    with pytest.raises(SecureMessagingLost) as caught:
        read(card(quirks=quirks), CAN, profile=ICAO)
    evidence = caught.value.evidence
    assert {"EF.COM", "EF.SOD", "DG1"} <= set(evidence.files)
    assert evidence.quirks.count("session_reopened") == 1


def test_quirks_met_are_in_the_evidence() -> None:
    assert "select_mf_6D00" in read(card(quirks={"select_mf": "6d00"}), CAN, profile=ICAO).quirks
    quirks = read(card(quirks={"no_sfi": True, "short_only": True}), CAN, profile=ICAO).quirks
    assert set(quirks) == {"no_short_file_identifiers", "extended_length_refused"}


def test_a_profile_may_leave_out_select_mf() -> None:
    recording = RecordingTransport(card())
    read(recording, CAN, profile=replace(ICAO, select_master_file=False))
    assert recording.exchanges[0][0] == bytes.fromhex("00a4020c02011c")


def test_an_application_that_insists_on_file_control_information() -> None:
    chip = card(access={"pace": []})

    class Insisting:
        def transmit(self, command: bytes) -> bytes:
            if command[1] == 0xA4 and command[2:4] == b"\x04\x0c":
                return b"\x6a\x86"
            return chip.transmit(command)

    evidence = read(Insisting(), MRZ, profile=ICAO)
    assert "select_application_with_fci" in evidence.quirks
    assert "DG1" in evidence.files


def test_a_chip_that_drops_its_session_is_opened_again_once() -> None:
    class Dropping:
        """Answers command number *at* as if the session were gone."""

        def __init__(self, *at: int) -> None:
            self.chip, self.at, self.count = card(), at, 0
            self.accesses = 0

        def transmit(self, command: bytes) -> bytes:
            self.count += 1
            self.accesses += command[:2] == b"\x00\x22"
            if self.count in self.at:
                self.chip.reset()
                return b"\x69\x88"
            return self.chip.transmit(command)

    whole = RecordingTransport(card())
    read(whole, CAN, profile=ICAO)
    first = next(i for i, (command, _) in enumerate(whole.exchanges, 1) if command[0] & 0x0C)
    reopened = 0
    for at in range(first + 1, len(whole.exchanges)):
        chip = Dropping(at)
        evidence = read(chip, CAN, profile=ICAO)
        assert set(evidence.files) == ALL | {"DG13"}
        assert chip.accesses <= 2
        assert evidence.active_authentication is not None
        assert evidence.active_authentication.exchange is Exchange.COMPLETED
        reopened += "session_reopened" in evidence.quirks
    assert reopened >= len(whole.exchanges) - first - 3
    for where in (range(first + 1, 10_000), (first + 2, first + 12)):
        chip = Dropping(*where)
        with pytest.raises(ChipError) as caught:
            read(chip, CAN, profile=ICAO)
        assert chip.accesses <= 2
        assert caught.value.evidence.interruption == caught.value.code
    assert caught.type is SecureMessagingLost


def test_a_chip_that_leaves_at_every_challenge_has_refused_it() -> None:
    chip = card()

    class Leaving:
        def transmit(self, command: bytes) -> bytes:
            if command[:2] == b"\x0c\x88":
                chip.reset()
                return b"\x69\x88"
            return chip.transmit(command)

    evidence = read(Leaving(), CAN, profile=ICAO)
    assert evidence.active_authentication is not None
    assert evidence.active_authentication.exchange is Exchange.REFUSED
    assert evidence.active_authentication.status_word == 0x6988
    assert set(evidence.files) == ALL | {"DG13"}


@pytest.mark.parametrize(("times", "exchange"), [(1, Exchange.COMPLETED), (2, Exchange.REFUSED)])
def test_a_chip_that_leaves_at_chip_authentication_gets_one_more_try(times: int, exchange: Exchange) -> None:
    chip = card()

    class Leaving:
        left = 0

        def transmit(self, command: bytes) -> bytes:
            if command[:2] == b"\x0c\x22":
                self.left += 1
                if self.left <= times:
                    chip.reset()
                    return b"\x69\x88"
            return chip.transmit(command)

    transport = Leaving()
    evidence = read(transport, CAN, profile=ICAO)
    assert evidence.chip_authentication is not None
    assert evidence.chip_authentication.exchange is exchange
    assert evidence.chip_authentication.status_word == (None if times == 1 else 0x6988)
    assert transport.left == 2


def test_a_chip_that_refuses_one_key_is_not_asked_for_another() -> None:
    """A copy may have the one key that leaked; the refusal of the strongest is the answer."""
    keys = [
        {"curve": "secp256r1", "cipher": "AES-256", "key_id": 2},
        {"curve": "secp256r1", "cipher": "AES-128", "key_id": 1},
    ]
    chip = card(faults={"clone": "no_keys"}, keys={"chip_authentication": keys})
    recording = RecordingTransport(chip)
    evidence = read(recording, CAN, profile=ICAO)
    assert evidence.chip_authentication is not None
    assert evidence.chip_authentication.exchange is Exchange.REFUSED
    assert evidence.chip_authentication.key_id == 2
    assert len([command for command, _ in recording.exchanges if command[:2] == b"\x0c\x22"]) == 1


@pytest.mark.parametrize("answer", ["6988", "990290008e0800000000000000009000"])
def test_after_bac_a_copy_without_the_chip_key_is_read_to_the_end(answer: str) -> None:
    class Copy:
        def __init__(self) -> None:
            self.chip = card(faults={"clone": "wrong_keys"}, access={"pace": []})
            self.agreeing = self.lied = False

        def transmit(self, command: bytes) -> bytes:
            if self.agreeing and not self.lied and command[:2] == b"\x0c\xa4":
                self.lied = True
                self.chip.reset()
                return bytes.fromhex(answer)
            self.agreeing |= command[:2] == b"\x0c\x22"
            return self.chip.transmit(command)

    copied = Copy()
    evidence = read(copied, MRZ, profile=ICAO)
    assert copied.lied
    assert evidence.chip_authentication is not None
    assert evidence.chip_authentication.exchange is Exchange.WRONG
    assert set(evidence.files) == (ALL | {"DG13"}) - {"EF.CardAccess"}


def test_a_refusal_in_plain_that_ends_no_session_loses_nothing() -> None:
    whole = RecordingTransport(card())
    read(whole, CAN, profile=ICAO)
    selects = [n for n, (command, _) in enumerate(whole.exchanges) if command[:2] == b"\x0c\xa4"]

    class Grumbling:
        def __init__(self, at: int) -> None:
            self.chip, self.at, self.commands = card(), at, list[bytes]()

        def transmit(self, command: bytes) -> bytes:
            self.commands.append(command)
            answer = self.chip.transmit(command)
            return b"\x69\x87" if len(self.commands) - 1 == self.at else answer

    for at in (selects[0] + 3, selects[0] + 5):
        chip = Grumbling(at)
        assert set(read(chip, CAN, profile=ICAO).files) == ALL | {"DG13"}
        # PACE belongs to the master file, so that is selected again before it.
        assert chip.commands.count(bytes.fromhex("00a4000c023f00")) == 2


def test_a_chip_without_the_application_is_no_document() -> None:
    chip = card(access={"pace": []})

    class Other:
        def transmit(self, command: bytes) -> bytes:
            return b"\x6a\x82" if command[:3] == b"\0\xa4\x04" else chip.transmit(command)

    with pytest.raises(FileNotOnChip):
        read(Other(), MRZ, profile=ICAO)


def test_a_missing_card_access_says_nothing_about_short_identifiers() -> None:
    evidence = read(card(quirks={"unreadable": {"EF.CardAccess": "6a82"}}), MRZ, profile=ICAO)
    assert "no_short_file_identifiers" not in evidence.quirks


@pytest.mark.parametrize("sw", [0x6282, 0x6A80, 0x9001, 0x9F00])
def test_an_answer_to_the_challenge_with_another_status_is_a_refusal(
    sw: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = Chip._internal_authenticate
    monkeypatch.setattr(
        Chip,
        "_internal_authenticate",
        lambda chip, command: ResponseAPDU(signed(chip, command).data, sw),
    )
    evidence = read(card(), CAN, profile=ICAO)
    assert evidence.active_authentication is not None
    assert evidence.active_authentication.exchange is Exchange.REFUSED
    assert evidence.active_authentication.status_word == sw


def test_a_reader_without_extended_length() -> None:
    chip = card()

    class Reader:
        def transmit(self, command: bytes) -> bytes:
            if CommandAPDU.from_bytes(command).extended:
                raise TransportError("the reader passes short commands only")
            return chip.transmit(command)

    evidence = read(Reader(), CAN, profile=ICAO)
    assert set(evidence.files) == ALL | {"DG13"}
    assert "extended_length_refused" in evidence.quirks


# --- breaking off -----------------------------------------------------------------------------------


@pytest.mark.parametrize("quirk", ["dies_at", "mute_at"])
@pytest.mark.parametrize("key", [CAN, MRZ], ids=lambda key: key.kind)
def test_a_card_that_vanishes_at_any_command_leaves_what_was_read(quirk: str, key: AccessKey) -> None:
    access = {"pace": []} if key is MRZ else {}
    whole = RecordingTransport(card(access=access))
    complete = read(whole, key, profile=ICAO)
    error = CardRemoved if quirk == "dies_at" else CardMute
    kept = 0
    for at in range(1, len(whole.exchanges) + 1):
        chip = card(quirks={quirk: at}, access=access)
        with pytest.raises(error) as caught:
            read(chip, key, profile=ICAO)
        evidence = caught.value.evidence
        assert isinstance(evidence, Evidence)
        assert evidence.interruption == error.code
        assert all(chip.card.files[name] == octets for name, octets in evidence.files.items())
        assert len(evidence.files) >= kept
        kept = len(evidence.files)
        assert Evidence.from_bytes(evidence.to_bytes()) == evidence.stored()
        for name in ("active_authentication", "chip_authentication"):
            transcript = getattr(evidence, name)
            assert transcript is None or transcript.exchange in (Exchange.COMPLETED, Exchange.INTERRUPTED)
    assert kept == len(complete.files)
    assert read(card(quirks={quirk: at + 1}, access=access), key, profile=ICAO).files == complete.files


@pytest.mark.parametrize("quirk", ["dies_at", "mute_at"])
@pytest.mark.parametrize("cipher", ["3DES", "AES-128"])
@pytest.mark.parametrize("key", [CAN, MRZ], ids=lambda key: key.kind)
def test_a_proof_that_was_cut_short_is_interrupted_and_never_complete(
    quirk: str, cipher: str, key: AccessKey
) -> None:
    members: dict[str, Any] = {
        "keys": {"chip_authentication": [{"curve": "brainpoolP256r1", "cipher": cipher}]},
        "access": {"pace": []} if key is MRZ else {},
    }
    whole = RecordingTransport(card(**members))
    read(whole, key, profile=ICAO)
    protected = [(n, c[1]) for n, (c, _) in enumerate(whole.exchanges, 1) if c[0] & 0x0C]
    active = next(n for n, ins in protected if ins == 0x88)
    first = next(n for n, ins in protected if ins == 0x22)
    last = next(n for n, ins in protected if ins == 0xA4 and n > first)  # under the new keys
    assert last - first == (1 if cipher == "3DES" else 2)
    for at in {active - 1, active, active + 1, *range(first - 1, last + 2)} & set(
        range(len(whole.exchanges) + 1)
    ):
        with pytest.raises(ChipError) as caught:
            read(card(quirks={quirk: at}, **members), key, profile=ICAO)
        evidence = caught.value.evidence
        for transcript, begins, ends in (
            (evidence.active_authentication, active, active),
            (evidence.chip_authentication, first, last),
        ):
            if at < begins:
                assert transcript is None
            else:
                expected = Exchange.INTERRUPTED if at <= ends else Exchange.COMPLETED
                assert transcript.exchange is expected


def test_an_altered_answer_ends_the_reading_and_keeps_what_is_certain() -> None:
    chip = card()

    class Altering:
        def __init__(self, at: int) -> None:
            self.at, self.count = at, 0

        def transmit(self, command: bytes) -> bytes:
            answer = chip.transmit(command)
            self.count += bool(command[0] & 0x0C)
            if self.count == self.at and len(answer) > 20:
                answer = answer[:5] + bytes((answer[5] ^ 1,)) + answer[6:]
            return answer

    for at in range(2, 9):
        chip.reset()
        with pytest.raises(SecureMessagingError) as caught:
            read(Altering(at), CAN, profile=ICAO)
        evidence = caught.value.evidence
        assert all(chip.card.files[name] == octets for name, octets in evidence.files.items())


# --- copies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [CAN, MRZ], ids=lambda key: key.kind)
@pytest.mark.parametrize("naked", [None, "counted", "uncounted", "dropped"])
def test_a_copy_without_private_keys_refuses(key: AccessKey, naked: str | None) -> None:
    quirks = {"naked_errors": naked} if naked else {}
    chip = card(faults={"clone": "no_keys"}, access={"pace": []} if key is MRZ else {}, quirks=quirks)
    evidence = read(chip, key, profile=ICAO)
    assert evidence.active_authentication is not None
    assert evidence.active_authentication.exchange is Exchange.REFUSED
    assert evidence.active_authentication.status_word is not None
    assert evidence.chip_authentication is not None
    assert evidence.chip_authentication.exchange is Exchange.REFUSED
    assert {"DG1", "DG2", "DG13"} <= set(evidence.files)


@pytest.mark.parametrize("key", [CAN, MRZ], ids=lambda key: key.kind)
@pytest.mark.parametrize("cipher", ["3DES", "AES-128"])
@pytest.mark.parametrize("naked", [None, "counted", "uncounted", "dropped"])
def test_a_copy_with_other_private_keys_is_found(key: AccessKey, cipher: str, naked: str | None) -> None:
    keys = {"chip_authentication": [{"curve": "brainpoolP256r1", "cipher": cipher}]}
    quirks = {"naked_errors": naked} if naked else {}
    access = {"pace": []} if key is MRZ else {}
    chip = card(faults={"clone": "wrong_keys"}, keys=keys, access=access, quirks=quirks)
    evidence = read(chip, key, profile=ICAO, challenge=bytes(8))
    assert evidence.chip_authentication is not None
    assert evidence.chip_authentication.exchange is Exchange.WRONG
    active = evidence.active_authentication
    assert active is not None
    assert active.exchange is Exchange.COMPLETED
    with pytest.raises(InvalidSignature):
        verify_active_authentication(DG15.parse(evidence.files["DG15"]).spki, bytes(8), active.signature)
    assert {"DG1", "DG2", "DG13"} <= set(evidence.files)


@pytest.mark.parametrize(
    "answer", ["9000", "6a86", "6982", "6a82", "6700", "6c08", "990290008e0800000000000000009000"]
)
def test_no_answer_without_the_new_keys_completes_chip_authentication(answer: str) -> None:
    """A copy that takes part in the protocol and then answers whatever it likes, in plain or not."""

    class Copy:
        def __init__(self) -> None:
            self.chip = card(faults={"clone": "wrong_keys"})
            self.agreed = False

        def transmit(self, command: bytes) -> bytes:
            if self.agreed:
                return bytes.fromhex(answer)
            response = self.chip.transmit(command)
            self.agreed = self.chip._messaging is not self.before if command[:2] == b"\x0c\x86" else False
            self.before = self.chip._messaging
            return response

    evidence: Evidence | None
    try:
        evidence = read(Copy(), CAN, profile=ICAO)
    except ChipError as error:
        evidence = error.evidence
    assert evidence is not None
    assert evidence.chip_authentication is not None
    assert evidence.chip_authentication.exchange is Exchange.WRONG


@pytest.mark.parametrize("key", [CAN, MRZ], ids=lambda key: key.kind)
def test_keys_on_a_curve_without_implementation(key: AccessKey) -> None:
    access = {"pace": []} if key is MRZ else {}
    chip = card(faults={"unsupported_curve": ["DG14", "DG15"]}, access=access)
    evidence = read(chip, key, profile=ICAO)
    assert evidence.chip_authentication is not None
    assert evidence.chip_authentication.exchange is Exchange.UNSUPPORTED
    assert evidence.active_authentication is not None
    # The chip is asked all the same: somebody else may have that curve.
    assert evidence.active_authentication.exchange is Exchange.COMPLETED
    assert {"DG1", "DG2", "DG13"} <= set(evidence.files)


def test_keys_that_are_none() -> None:
    groups = {"DG14": {"hex": "6e0431020500"}, "DG15": {"hex": "6f023000"}}
    evidence = read(card(groups=groups), CAN, profile=ICAO)
    assert "dg14_not_understood" in evidence.quirks
    assert evidence.chip_authentication is None
    assert evidence.active_authentication is not None
    assert evidence.active_authentication.exchange is Exchange.UNSUPPORTED


def test_an_unsupported_key_is_passed_over_for_a_supported_one() -> None:
    from eid.document.security_infos import (
        chip_authentication_info,
        chip_authentication_public_key_info,
        encode_dg14,
    )

    chip = card(keys={"chip_authentication": [{"curve": "secp256r1", "cipher": "3DES", "key_id": 1}]})
    from eid.document.security_infos import DG14

    good = DG14.parse(chip.card.files["DG14"]).chip_authentication_keys[0].spki
    infos = [
        chip_authentication_info("CA-ECDH-AES-256", key_id=2),
        chip_authentication_public_key_info(b"\x30\x00", key_id=2),
        chip_authentication_info("CA-ECDH-3DES", key_id=1),
        chip_authentication_public_key_info(good, key_id=1),
    ]
    description = copy.deepcopy(dict(chip.card.description))
    description["groups"]["DG14"] = {"hex": encode_dg14(infos).hex()}
    description["keys"]["chip_authentication"][0]["key"] = {"hex": _pkcs8(chip).hex()}
    evidence = read(Chip(personalise(description)), CAN, profile=ICAO)
    assert evidence.chip_authentication is not None
    assert evidence.chip_authentication.exchange is Exchange.COMPLETED
    assert evidence.chip_authentication.key_id == 1


def _pkcs8(chip: Chip) -> bytes:
    key = chip.card.chip_keys[0].key
    assert key is not None
    return key.pkcs8()


# --- any chip ---------------------------------------------------------------------------------------

_words = st.sampled_from([0x9000, 0x6282, 0x6A82, 0x6982, 0x6700, 0x6C10, 0x6108, 0x6300, 0x6D00, 0x6B00])
_files = st.sampled_from(
    [
        b"",
        encode_com(["DG1", "DG14", "DG15"]),
        tlv(0x77, b"\x30\x00"),
        encode_card_access([pace_info("PACE-ECDH-GM-AES-128", 13)]),
    ]
)
_answers = st.builds(
    lambda head, body, sw: head + body + sw.to_bytes(2, "big"), _files, st.binary(max_size=60), _words
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_answers | st.binary(max_size=6), min_size=1, max_size=25), st.sampled_from([CAN, MRZ]))
def test_whatever_the_chip_answers_reading_ends_in_a_result_or_an_error_of_ours(
    script: list[bytes], key: AccessKey
) -> None:
    class Anything:
        count = 0

        def transmit(self, command: bytes) -> bytes:
            self.count += 1
            assert self.count < 5_000
            return script[min(self.count, len(script)) - 1]

    try:
        evidence = read(Anything(), key, profile=ICAO)
    except ChipError as error:
        evidence = error.evidence
    assert isinstance(evidence, Evidence)
    assert evidence.access is None or evidence.access.protocol == "NONE"


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 25), st.integers(0, 4_000), st.booleans())
def test_one_flipped_bit_never_changes_a_file_read_under_messaging(at: int, bit: int, bac: bool) -> None:
    chip = card(access={"pace": []} if bac else {})

    class Flipping:
        count = 0

        def transmit(self, command: bytes) -> bytes:
            answer = bytearray(chip.transmit(command))
            self.count += 1
            if self.count == at:
                answer[bit // 8 % len(answer)] ^= 1 << bit % 8
            return bytes(answer)

    try:
        evidence = read(Flipping(), MRZ, profile=ICAO)
    except ChipError as error:
        evidence = error.evidence
    assert isinstance(evidence, Evidence)
    for name, octets in evidence.files.items():
        assert name == "EF.CardAccess" or octets == chip.card.files[name]
