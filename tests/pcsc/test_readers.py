"""The PC/SC layer with raw commands, through a real pcscd and the virtual reader driver."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
import time

import pytest

from eid.chip.virtual import Control
from eid.errors import (
    CardMute,
    CardRemoved,
    NoCard,
    NoReader,
    ReaderServiceDown,
    SharingViolation,
    TransportError,
)
from eid.readers import pcsc, scard
from eid.readers.pcsc import Happening, Reader

COMMAND = bytes.fromhex("00B0000000")
FIRST, SECOND = "Virtual PCD 00 00", "Virtual PCD 00 01"


def test_readers_are_listed_with_their_cards(daemon, insert):
    assert pcsc.list_readers() == (Reader(FIRST, False), Reader(SECOND, False))
    card = insert(1)
    with pcsc.wait_for_card(timeout=5):
        assert pcsc.list_readers() == (Reader(FIRST, False), Reader(SECOND, True, card.atr))


def test_a_card_answers_and_reader_and_atr_are_known(insert):
    inserted = insert()
    with pcsc.wait_for_card(timeout=5) as card:
        assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"
        assert (card.info.name, card.info.atr) == (FIRST, inserted.atr)
        assert not card.shared


@pytest.mark.parametrize("octets", [4, 5, 261, 4000, 65_000])
def test_commands_and_answers_of_every_length_pass(insert, octets):
    insert()
    command = bytes(4) + bytes(range(1, 256)) * (octets // 255 + 1)
    with pcsc.wait_for_card(timeout=5) as card:
        assert card.transmit(command[:octets]) == command[:octets] + b"\x90\x00"


def test_a_reader_is_found_by_a_part_of_its_name(insert):
    insert(0)
    insert(1)
    with pcsc.wait_for_card(reader="pcd 00 01", timeout=5) as card:
        assert card.info.name == SECOND


def test_two_readers_at_once_do_not_mix(insert):
    answers = {FIRST: b"\x01\x90\x00", SECOND: b"\x02\x90\x00"}
    for slot, name in enumerate(answers):
        insert(slot, lambda command, name=name: answers[name])
    wrong: list[str] = []

    def talk(name: str) -> None:
        with pcsc.wait_for_card(reader=name, timeout=5) as card:
            wrong.extend(name for _ in range(200) if card.transmit(COMMAND) != answers[name])

    threads = [threading.Thread(target=talk, args=(name,)) for name in answers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert wrong == []


def test_waiting_ends_with_no_card(daemon):
    start = time.monotonic()
    with pytest.raises(NoCard):
        pcsc.wait_for_card(timeout=0.7)
    assert 0.6 < time.monotonic() - start < 2


def test_a_card_laid_on_while_waiting_is_found(daemon, insert):
    timer = threading.Timer(0.5, insert)
    timer.start()
    with pcsc.wait_for_card(timeout=5) as card:
        assert card.transmit(COMMAND)
    timer.join()


def test_unknown_reader_and_empty_reader_are_told_apart(daemon):
    with pytest.raises(NoReader):
        pcsc.wait_for_card(reader="nothing of this name", timeout=1)
    with pytest.raises(NoReader):
        pcsc.connect("nothing of this name")
    with pytest.raises(NoCard):
        pcsc.connect(FIRST)
    with pytest.raises(NoCard):
        pcsc.connect(pcsc.list_readers()[0])


def test_insertion_and_removal_are_watched(daemon, insert):
    events = pcsc.watch(timeout=10)
    assert {(event.happening, event.reader) for event in itertools.islice(events, 2)} == {
        (Happening.READER_ADDED, FIRST),
        (Happening.READER_ADDED, SECOND),
    }
    card = insert(1)
    assert next(events) == pcsc.ReaderEvent(Happening.CARD_INSERTED, SECOND, card.atr)
    card.pull()
    assert next(events) == pcsc.ReaderEvent(Happening.CARD_REMOVED, SECOND)
    events.close()


def test_watching_ends_in_time(daemon):
    start = time.monotonic()
    assert len(list(pcsc.watch(timeout=0.7))) == 2
    assert time.monotonic() - start < 2


def test_a_card_pulled_in_the_middle_is_a_removed_card(insert):
    cards = []

    def pull_at_third(command: bytes) -> bytes | None:
        if cards[0].commands == 3:
            cards[0].pull()
            return None
        return b"\x90\x00"

    cards.append(insert(0, pull_at_third))
    with pcsc.wait_for_card(timeout=5) as card:
        card.transmit(COMMAND)
        card.transmit(COMMAND)
        for _ in range(3):  # and it stays removed
            with pytest.raises(CardRemoved):
                card.transmit(COMMAND)
    insert()
    with pcsc.wait_for_card(timeout=5) as card:
        assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"


def test_a_card_pulled_between_commands_is_a_removed_card(insert):
    inserted = insert()
    with pcsc.wait_for_card(timeout=5) as card:
        card.transmit(COMMAND)
        inserted.pull()
        with pytest.raises(CardRemoved):
            card.transmit(COMMAND)


def test_a_mute_card_ends_within_the_deadline_and_harms_nothing(insert):
    mute = insert(0, lambda command: None)
    insert(1)
    with pcsc.wait_for_card(reader=FIRST, timeout=5, deadline=0.5) as card:
        start = time.monotonic()
        with pytest.raises(CardMute):
            card.transmit(COMMAND)
        assert time.monotonic() - start < 1
        with pytest.raises(CardMute):  # never the late answer to the first command
            card.transmit(COMMAND)
    with pcsc.wait_for_card(reader=SECOND, timeout=5) as other:
        assert other.transmit(COMMAND) == COMMAND + b"\x90\x00"
    start = time.monotonic()
    with pytest.raises(CardMute):  # the driver still waits for the answer
        pcsc.connect(FIRST, deadline=0.5)
    assert time.monotonic() - start < 1
    mute.pull()
    insert(0)
    with pcsc.wait_for_card(reader=FIRST, timeout=5) as card:
        assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"


def test_the_program_can_end_while_a_card_is_mute(daemon, insert):
    insert(0, lambda command: None)
    program = (
        "from eid.readers import pcsc\n"
        "from eid.errors import CardMute\n"
        "card = pcsc.wait_for_card(timeout=5, deadline=0.3)\n"
        "try: card.transmit(bytes(5))\n"
        "except CardMute: print('mute')\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=20
    )
    assert ended.stdout == "mute\n", ended.stderr


def test_a_card_without_answer_to_reset_is_a_typed_error_in_time(insert):
    mute = insert(0, atr=b"")
    start = time.monotonic()
    with pytest.raises(TransportError):
        pcsc.connect(FIRST, deadline=1.0)
    assert time.monotonic() - start < 2
    mute.pull()


def test_closing_resets_the_card_and_ends_the_conversation(insert):
    inserted = insert()
    with pcsc.wait_for_card(timeout=5) as card:
        card.transmit(COMMAND)
        before = inserted.controls.count(Control.RESET)
    assert inserted.controls.count(Control.RESET) == before + 1
    with pytest.raises(CardRemoved):
        card.transmit(COMMAND)
    card.close()


@pytest.fixture
def other_program():
    """Another user of PC/SC: ``connect(share)`` gives the card handle."""
    module = scard.load()
    result, context = module.SCardEstablishContext(module.SCARD_SCOPE_SYSTEM)
    assert result == 0
    handles = []

    def connect(share: int) -> int:
        result, handle, _ = module.SCardConnect(context, FIRST, share, module.SCARD_PROTOCOL_T1)
        assert result == 0
        handles.append(handle)
        return handle

    connect.scard = module
    yield connect
    for handle in handles:
        module.SCardDisconnect(handle, module.SCARD_LEAVE_CARD)
    module.SCardReleaseContext(context)


def test_a_card_held_by_another_program_is_a_sharing_violation(insert, other_program):
    insert()
    pcsc.wait_for_card(timeout=5).close()
    other_program(other_program.scard.SCARD_SHARE_EXCLUSIVE)
    with pytest.raises(SharingViolation):
        pcsc.connect(FIRST)
    with pytest.raises(SharingViolation):
        pcsc.wait_for_card(timeout=5)


def test_a_card_used_by_another_program_is_shared_but_not_interrupted(insert, other_program):
    inserted = insert()
    pcsc.wait_for_card(timeout=5).close()
    module = other_program.scard
    handle = other_program(module.SCARD_SHARE_SHARED)
    with pcsc.connect(FIRST) as card:
        assert card.shared
        assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"
        other = threading.Thread(target=module.SCardTransmit, args=(handle, module.SCARD_PCI_T1, [0] * 5))
        other.start()
        time.sleep(0.3)
        assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"
        assert inserted.commands == 2  # the other one waits
    other.join(10)
    assert not other.is_alive()


def test_a_transaction_of_another_program_is_not_waited_for_beyond_the_deadline(insert, other_program):
    insert()
    pcsc.wait_for_card(timeout=5).close()
    module = other_program.scard
    handle = other_program(module.SCARD_SHARE_SHARED)
    assert module.SCardBeginTransaction(handle) == 0
    start = time.monotonic()
    with pytest.raises(SharingViolation):
        pcsc.connect(FIRST, deadline=0.5)
    assert time.monotonic() - start < 1.5
    assert module.SCardEndTransaction(handle, module.SCARD_LEAVE_CARD) == 0


def test_a_stopped_service_is_a_typed_error(daemon):
    daemon.stop()
    try:
        for call in (
            pcsc.list_readers,
            lambda: pcsc.connect(FIRST),
            lambda: pcsc.wait_for_card(timeout=1),
            lambda: next(pcsc.watch(timeout=1)),
        ):
            with pytest.raises(ReaderServiceDown):
                call()
    finally:
        assert daemon.start()


def test_a_service_that_stops_in_the_middle_is_a_typed_error(daemon, insert):
    insert()
    card = pcsc.wait_for_card(timeout=5)
    daemon.stop()
    try:
        with pytest.raises(ReaderServiceDown):
            card.transmit(COMMAND)
        card.close()
    finally:
        assert daemon.start()


def test_watching_survives_a_restart_of_the_service(daemon):
    events = pcsc.watch(timeout=20)
    assert {event.happening for event in itertools.islice(events, 2)} == {Happening.READER_ADDED}
    daemon.stop()
    threading.Timer(0.5, daemon.start).start()
    assert {event.happening for event in itertools.islice(events, 2)} == {Happening.READER_REMOVED}
    assert {event.happening for event in itertools.islice(events, 2)} == {Happening.READER_ADDED}
    events.close()
