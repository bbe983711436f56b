"""What cannot be made to happen with the virtual reader: every return code, T=0, readers with short length only."""

from __future__ import annotations

import sys
import threading
from types import SimpleNamespace

import pytest

from eid.errors import (
    CardMute,
    CardRemoved,
    CardReset,
    NoCard,
    NoReader,
    ReaderForbidden,
    ReaderGone,
    ReaderServiceDown,
    SharingViolation,
    TransportError,
)
from eid.readers import pcsc, scard
from eid.readers.pcsc_link import fit
from eid.readers.worker import Worker

NAME = "A reader"
SHORT = bytes.fromhex("00B0000010")
CASE_4 = bytes.fromhex("00A4040C02010200")
EXTENDED = bytes.fromhex("00B00000001000")
NOT_TRANSACTED = 0x80100016


def signed(code: int) -> int:
    """As pyscard gives it on systems where return codes are signed."""
    return code - (1 << 32) if code >> 31 else code


class FakeScard(SimpleNamespace):
    """``smartcard.scard`` with results to choose."""

    SCARD_SCOPE_SYSTEM, SCARD_SHARE_EXCLUSIVE, SCARD_SHARE_SHARED = 2, 1, 2
    SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1, SCARD_PCI_T0, SCARD_PCI_T1 = 1, 2, 10, 11
    SCARD_RESET_CARD, SCARD_LEAVE_CARD = 1, 0

    def __init__(self) -> None:
        super().__init__(establish=0, connects=[0], protocol=2, status=0, begin=0, reconnect=0, listing=0)
        self.transmits: list[tuple[int, list[int]]] = []
        self.change, self.state = 0, 0x20
        self.properties: list[int] = []
        self.features: list[int] = []
        self.sent: list[tuple[int, list[int]]] = []
        self.released = self.disconnected = 0

    def SCardEstablishContext(self, scope):
        return signed(self.establish), 1

    def SCardReleaseContext(self, context):
        self.released += 1
        return 0

    def SCardListReaders(self, context, groups):
        return signed(self.listing), [NAME]

    def SCardConnect(self, context, name, mode, protocols):
        result = self.connects.pop(0) if len(self.connects) > 1 else self.connects[0]
        return signed(result), 5, self.protocol

    def SCardBeginTransaction(self, card):
        return signed(self.begin)

    def SCardStatus(self, card):
        return signed(self.status), NAME, 0, self.protocol, [0x3B, 0x00]

    def SCARD_CTL_CODE(self, code):
        return 0x42000000 + code

    def SCardControl(self, card, code, data):
        if code == 0x42000000 + 3400:
            return (0, self.features) if self.features else (signed(NOT_TRANSACTED), [])
        assert code == 0x42330012
        return 0, self.properties

    def SCardTransmit(self, card, pci, command):
        self.sent.append((pci, command))
        result, response = self.transmits.pop(0) if self.transmits else (0, [0x90, 0x00])
        return signed(result), response

    def SCardReconnect(self, card, mode, protocols, initialization):
        return signed(self.reconnect), self.protocol

    def SCardDisconnect(self, card, disposition):
        self.disconnected += 1
        return 0

    def SCardGetStatusChange(self, context, milliseconds, states):
        return signed(self.change), [(name, self.state, []) for name, _ in states]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeScard:
    fake = FakeScard()
    monkeypatch.setattr(scard, "load", lambda: fake)
    monkeypatch.setattr("eid.readers.pcsc_link._SETTLE", 0.05)
    return fake


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (0x80100009, NoReader),
        (0x8010000B, SharingViolation),
        (0x8010000C, NoCard),
        (0x80100017, ReaderGone),
        (0x8010001D, ReaderServiceDown),
        (0x80100066, CardMute),
        (0x80100067, CardMute),
        (0x80100069, CardRemoved),
        (0x8010000F, TransportError),
    ],
)
def test_what_connecting_may_answer(fake, code, error):
    fake.connects = [code]
    with pytest.raises(TransportError) as caught:
        pcsc.connect(NAME)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (0x80100069, CardRemoved),
        (0x8010000C, CardRemoved),
        (0x80100068, CardReset),
        (0x80100066, CardMute),
        (0x80100067, CardMute),
        (0x80100017, ReaderGone),
        (0x80100009, ReaderGone),
        (0x8010001E, ReaderServiceDown),
        (0x80100013, ReaderServiceDown),
        (0x80100003, ReaderServiceDown),
        (NOT_TRANSACTED, TransportError),
        (0x80100008, TransportError),
    ],
)
def test_what_transmitting_may_answer(fake, code, error):
    fake.transmits = [(code, [])]
    with pcsc.connect(NAME) as card, pytest.raises(TransportError) as caught:
        card.transmit(SHORT)
    assert type(caught.value) is error


@pytest.mark.parametrize("answer", [(0, []), (0, [0x90]), (NOT_TRANSACTED, [])])
@pytest.mark.parametrize(
    ("state", "error"),
    [(0x10, CardRemoved), (0x04, ReaderGone), (0x08, ReaderGone), (0x20, TransportError)],
)
def test_no_valid_response_is_explained_by_the_state_of_the_reader(fake, answer, state, error):
    fake.transmits, fake.state = [answer], state
    with pcsc.connect(NAME) as card, pytest.raises(TransportError) as caught:
        card.transmit(SHORT)
    assert type(caught.value) is error


def test_no_valid_response_because_the_service_stops(fake):
    fake.transmits, fake.change = [(NOT_TRANSACTED, [])], scard.SERVICE_STOPPED
    with pcsc.connect(NAME) as card, pytest.raises(ReaderServiceDown):
        card.transmit(SHORT)


def test_after_a_reset_a_new_reading_can_start(fake):
    fake.transmits = [(scard.RESET, []), (0, [0x90, 0x00])]
    with pcsc.connect(NAME) as card:
        with pytest.raises(CardReset):
            card.transmit(SHORT)
        assert card.transmit(SHORT) == b"\x90\x00"


def test_a_reset_that_was_a_removal(fake):
    fake.transmits, fake.reconnect = [(scard.RESET, [])], scard.REMOVED
    with pcsc.connect(NAME) as card, pytest.raises(CardRemoved) as caught:
        card.transmit(SHORT)
    assert type(caught.value) is CardRemoved


def test_shared_use_is_noted_and_failures_give_everything_back(fake):
    fake.connects = [scard.SHARING, 0]
    with pcsc.connect(NAME) as card:
        assert card.shared
    assert (fake.disconnected, fake.released) == (1, 1)
    fake.connects, fake.begin = [scard.SHARING, 0], scard.REMOVED
    with pytest.raises(CardRemoved):
        pcsc.connect(NAME)
    fake.begin, fake.status = 0, scard.REMOVED
    with pytest.raises(CardRemoved):
        pcsc.connect(NAME)


def test_a_user_who_may_not_use_readers_is_told_so(fake):
    fake.establish = 0x8010006A
    with pytest.raises(ReaderForbidden):
        pcsc.list_readers()


def test_no_reader_is_an_empty_list_and_any_other_failure_an_error(fake):
    fake.listing = scard.NO_READERS
    assert pcsc.list_readers() == ()
    with pytest.raises(NoReader):
        pcsc.wait_for_card(timeout=1)
    fake.listing = 0x80100001
    with pytest.raises(TransportError):
        pcsc.list_readers()


def test_without_pyscard_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "smartcard.scard", None)
    for call in (pcsc.list_readers, lambda: pcsc.connect(NAME), lambda: next(pcsc.watch())):
        with pytest.raises(ReaderServiceDown, match=r"eid\[pcsc\]"):
            call()


def test_t0_goes_without_le_in_case_4_and_refuses_extended_length(fake):
    fake.protocol = 1
    with pcsc.connect(NAME) as card:
        card.transmit(SHORT)
        card.transmit(CASE_4)
        assert card.transmit(EXTENDED) == b"\x67\x00"
    assert fake.sent == [(10, list(SHORT)), (10, list(CASE_4[:-1]))]


@pytest.mark.parametrize(("size", "passes"), [(0, False), (0x800, False), (0x10000, True)])
def test_a_reader_that_says_what_it_can_carry_is_believed(fake, size, passes):
    fake.features = [0x06, 4, 0x42, 0x33, 0, 0x06, 0x12, 4, 0x42, 0x33, 0, 0x12]
    fake.properties = [0x0A, 4, *size.to_bytes(4, "little")]
    with pcsc.connect(NAME) as card:
        assert card.transmit(EXTENDED) == (b"\x90\x00" if passes else b"\x67\x00")
        assert card.transmit(SHORT) == b"\x90\x00"


def test_a_reader_that_says_nothing_is_given_everything(fake):
    fake.features, fake.properties = [0x12, 4, 0x42, 0x33, 0, 0x12], [0x01]
    with pcsc.connect(NAME) as card:
        assert card.transmit(EXTENDED) == b"\x90\x00"


def test_a_command_that_is_none_goes_to_the_card_as_it_is():
    assert fit(b"\x00\xb0", t0=True, max_data=None) == b"\x00\xb0"


def test_a_card_swapped_between_two_looks_is_seen(fake):
    events = pcsc.watch(timeout=5)
    assert [next(events).happening for _ in range(2)] == ["READER_ADDED", "CARD_INSERTED"]
    fake.state = 0x20022
    assert [next(events).happening for _ in range(2)] == ["CARD_REMOVED", "CARD_INSERTED"]
    fake.state = 0x0A  # unavailable
    assert [next(events).happening for _ in range(2)] == ["CARD_REMOVED", "READER_REMOVED"]
    events.close()


def test_watching_gives_other_failures_to_the_caller(fake):
    events = pcsc.watch()
    next(events)
    fake.change = 0x80100001
    with pytest.raises(TransportError):
        list(events)


def test_interrupting_a_command_ends_the_connection(fake, monkeypatch):
    card = pcsc.connect(NAME)

    def interrupt(function, seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(card._worker, "call", interrupt)
    with pytest.raises(KeyboardInterrupt):
        card.transmit(SHORT)
    with pytest.raises(CardRemoved):
        card.transmit(SHORT)


def test_a_closed_link_transmits_nothing(fake):
    card = pcsc.connect(NAME)
    card._link.close()
    with pytest.raises(CardRemoved):
        card.transmit(SHORT)


def test_a_worker_hands_over_results_and_errors_and_can_be_left():
    worker, release, tidied = Worker("test"), threading.Event(), threading.Event()
    assert worker.call(lambda: 7, 5) == 7
    with pytest.raises(ZeroDivisionError):
        worker.call(lambda: 1 // 0, 5)
    with pytest.raises(TimeoutError):
        worker.call(lambda: release.wait(10), 0.05)
    worker.finish(tidied.set)
    assert not tidied.wait(0.05)
    release.set()
    assert tidied.wait(5)
