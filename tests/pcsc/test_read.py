"""The sample card, read and verified through pcscd, the virtual reader driver and pyscard."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from eid.chip.access import Can, Mrz
from eid.chip.reading import read
from eid.document.evidence import Evidence
from eid.errors import CardMute, CardRemoved, ChipError, WrongAccessKey
from eid.readers import pcsc, remote
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation, new_personalisation, personalise
from eid.simulator.serve import listen
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate
from eid.verification.policy import Policy
from eid.verification.verify import verify
from eid.vietnam.profile import CITIZEN_CARD
from eid.vietnam.sample import sample_citizen

FIRST, SECOND = "Virtual PCD 00 00", "Virtual PCD 00 01"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
FILES = {"EF.COM", "EF.SOD", "DG1", "DG2", "DG13", "DG14", "DG15"}


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return new_personalisation(sample_citizen())


@pytest.fixture(scope="module")
def make(description: dict[str, Any]) -> Callable[..., Personalisation]:
    """``make(quirk=value, ...)``; ``pace=False`` leaves BAC alone."""

    def make(*, pace: bool = True, **quirks: Any) -> Personalisation:
        mine = copy.deepcopy(description)
        mine["quirks"].update(quirks)
        if not pace:
            mine["access"]["pace"] = []
        return personalise(mine)

    return make


def passed(evidence: Evidence, card: Personalisation) -> None:
    """The reading proves the card, and gives the octets that are on it."""
    trust = TrustStore.of([Certificate.from_der(card.csca_der)])
    report = verify(evidence, trust=trust, policy=Policy.counter(), profile=CITIZEN_CARD, now=NOW)
    assert report.authentic.outcome == "PASSED", report.authentic
    assert report.chip_genuine.outcome == "PASSED", report.chip_genuine
    assert all(octets == card.files[name] for name, octets in evidence.files.items())
    assert evidence.files.keys() >= FILES


@pytest.mark.parametrize("short_only", [False, True], ids=["extended", "short"])
@pytest.mark.parametrize(
    ("protocol", "password"), [("PACE", "CAN"), ("PACE", "MRZ"), ("BAC", "MRZ")], ids=["can", "mrz", "bac"]
)
def test_the_sample_card_is_read_and_proven(insert_chip, make, protocol, password, short_only):
    card = make(pace=protocol == "PACE", short_only=short_only)
    chip = insert_chip(card)
    key = Can(str(card.can)) if password == "CAN" else Mrz(str(card.mrz_information))
    with pcsc.wait_for_card(timeout=5) as reader:
        evidence = read(reader, key, profile=CITIZEN_CARD)
    passed(evidence, card)
    assert evidence.access is not None
    assert (evidence.access.protocol, evidence.access.password) == (protocol, password)
    if protocol == "PACE":
        assert (evidence.access.algorithm, evidence.access.curve) == (
            "PACE-ECDH-GM-AES-128",
            "brainpoolP256r1",
        )
    assert evidence.reader is not None
    assert (evidence.reader.name, evidence.reader.atr) == (FIRST, chip.atr)


def test_extended_length_saves_commands(insert_chip, make):
    commands = []
    for short_only in (False, True):
        chip = insert_chip(make(short_only=short_only), slot=int(short_only))
        with pcsc.wait_for_card(reader=chip_reader(short_only), timeout=5) as reader:
            read(reader, Can(str(chip.card.can)), profile=CITIZEN_CARD)
        commands.append(chip.commands)
    assert commands[0] < commands[1] / 2


def chip_reader(second: bool) -> str:
    return SECOND if second else FIRST


def test_two_readers_at_once(insert_chip):
    cards = {
        FIRST: personalise(new_personalisation(sample_citizen())),
        SECOND: personalise(
            new_personalisation(sample_citizen(number="079203000018", full_name="Trần Thị Bình", sex="F"))
        ),
    }
    for slot, card in enumerate(cards.values()):
        insert_chip(card, slot)
    found: dict[str, Evidence] = {}

    def one(name: str, card: Personalisation) -> None:
        with pcsc.wait_for_card(reader=name, timeout=5) as reader:
            found[name] = read(reader, Can(str(card.can)), profile=CITIZEN_CARD)

    threads = [threading.Thread(target=one, args=pair) for pair in cards.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for name, card in cards.items():
        passed(found[name], card)


@pytest.mark.parametrize("command", [1, 5, 9, 14, 20])
def test_a_card_pulled_in_the_middle_keeps_what_was_read(insert_chip, make, command):
    card = make(dies_at=command)
    insert_chip(card)
    with pcsc.wait_for_card(timeout=5) as reader, pytest.raises(CardRemoved) as caught:
        read(reader, Can(str(card.can)), profile=CITIZEN_CARD)
    evidence: Evidence = caught.value.evidence
    assert evidence.interruption == caught.value.code
    assert all(octets == card.files[name] for name, octets in evidence.files.items())
    assert command < 14 or "EF.CardAccess" in evidence.files


@pytest.mark.parametrize("command", [1, 8, 16])
def test_a_mute_card_ends_in_a_typed_error_within_its_deadline(insert_chip, make, command):
    card = make(mute_at=command)
    insert_chip(card)
    with pcsc.wait_for_card(timeout=5, deadline=0.5) as reader:
        start = time.monotonic()
        with pytest.raises(CardMute):
            read(reader, Can(str(card.can)), profile=CITIZEN_CARD)
        assert time.monotonic() - start < 2


def test_a_wrong_number_is_told_and_costs_one_try(insert_chip, make):
    card = make()
    insert_chip(card)
    with pcsc.wait_for_card(timeout=5) as reader, pytest.raises(WrongAccessKey):
        read(reader, Can("000000"), profile=CITIZEN_CARD)


def test_the_same_card_can_be_read_again_after_a_failure(insert_chip, make):
    card = make()
    insert_chip(card)
    with pcsc.wait_for_card(timeout=5) as reader, pytest.raises(ChipError):
        read(reader, Can("000000"), profile=CITIZEN_CARD)
    with pcsc.wait_for_card(timeout=5) as reader:
        passed(read(reader, Can(str(card.can)), profile=CITIZEN_CARD), card)


def test_the_same_reading_over_a_network_connection(make):
    card = make()
    with listen(lambda: Chip(card)) as served:
        host, port = served.address
        with remote.connect(host, port) as reader:
            evidence = read(reader, Can(str(card.can)), profile=CITIZEN_CARD)
    passed(evidence, card)
    assert evidence.reader is not None
    assert (evidence.reader.name, evidence.reader.atr) == (f"{host}:{port}", card.atr)
