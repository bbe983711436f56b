from __future__ import annotations

import pytest

from eid.chip.access import Mrz
from eid.chip.apdu import CommandAPDU
from eid.chip.bac import basic_access_control
from eid.chip.session import Session
from eid.chip.transport import run
from eid.crypto.symmetric import kdf, pad, retail_mac, tdes_cbc_decrypt, tdes_cbc_encrypt
from eid.errors import AccessBlocked, ProtocolError, StatusWordError, WrongAccessKey

KEY = Mrz("T00000001490022813502273")
OTHER = Mrz("T00000002790022813502273")
RND_IC = bytes(range(8))
READ = CommandAPDU(0, 0xB0, 0, 0, le=8)


class Card:
    """A chip for BAC whose answer to EXTERNAL AUTHENTICATE can be changed."""

    def __init__(self, key: Mrz = KEY) -> None:
        seed = key.password[:16]
        self.k_enc, self.k_mac = kdf(seed, 1, "3DES"), kdf(seed, 2, "3DES")
        self.challenge: bytes = RND_IC + b"\x90\x00"
        self.status: bytes | None = None
        self.commands: list[bytes] = []

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        apdu = CommandAPDU.from_bytes(command)
        if apdu.ins == 0x84:
            return self.challenge
        return self.status or self.answer(apdu.data) + b"\x90\x00"

    def answer(self, data: bytes) -> bytes:
        plain = tdes_cbc_decrypt(self.k_enc, bytes(8), data[:32])
        return self.sealed(RND_IC + plain[:8] + bytes(16))

    def sealed(self, plain: bytes) -> bytes:
        cryptogram = tdes_cbc_encrypt(self.k_enc, bytes(8), plain)
        return cryptogram + retail_mac(self.k_mac, pad(cryptogram, 8))


def opened(card: Card) -> Session:
    session = Session()
    run(basic_access_control(session, KEY), card)
    return session


def test_an_honest_chip_opens() -> None:
    session = opened(Card())
    assert session.messaging is not None
    assert session.messaging.cipher == "3DES"


def test_every_run_uses_fresh_randoms() -> None:
    one, other = Card(), Card()
    opened(one)
    opened(other)
    assert one.commands[1] != other.commands[1]


@pytest.mark.parametrize("sw", ["6300", "63c2", "6982", "6988", "6985", "6a80"])
def test_a_refusal_is_a_wrong_key(sw: str) -> None:
    card = Card()
    card.status = bytes.fromhex(sw)
    with pytest.raises(WrongAccessKey):
        opened(card)


def test_6983_is_a_blocked_key() -> None:
    card = Card()
    card.status = b"\x69\x83"
    with pytest.raises(AccessBlocked):
        opened(card)


def test_a_wrong_check_value_of_the_chip_is_a_wrong_key() -> None:
    with pytest.raises(WrongAccessKey):
        opened(Card(OTHER))


@pytest.mark.parametrize("position", range(32, 40))
def test_every_octet_of_the_check_value_counts(position: int) -> None:
    class Flipped(Card):
        def answer(self, data: bytes) -> bytes:
            answer = bytearray(super().answer(data))
            answer[position] ^= 1
            return bytes(answer)

    with pytest.raises(WrongAccessKey):
        opened(Flipped())


def test_our_own_message_sent_back_is_not_an_answer() -> None:
    class Mirror(Card):
        def answer(self, data: bytes) -> bytes:
            return data

    session = Session()
    with pytest.raises(ProtocolError):
        run(basic_access_control(session, KEY), Mirror())
    assert session.messaging is None


@pytest.mark.parametrize("position", [0, 7, 8, 15])
def test_both_randoms_must_come_back_unchanged(position: int) -> None:
    class Altered(Card):
        def sealed(self, plain: bytes) -> bytes:
            changed = bytearray(plain)
            changed[position] ^= 1
            return super().sealed(bytes(changed))

    with pytest.raises(ProtocolError):
        opened(Altered())


@pytest.mark.parametrize("challenge", ["9000", "010203040506079000", "0102030405060708099000"])
def test_a_challenge_of_another_length_is_refused(challenge: str) -> None:
    card = Card()
    card.challenge = bytes.fromhex(challenge)
    with pytest.raises(ProtocolError, match="challenge"):
        opened(card)
    assert len(card.commands) == 1


@pytest.mark.parametrize("length", [0, 8, 32, 39, 41, 48])
def test_an_answer_of_another_length_is_refused(length: int) -> None:
    class Other(Card):
        def answer(self, data: bytes) -> bytes:
            return (super().answer(data) + bytes(8))[:length]

    with pytest.raises(ProtocolError, match="40 octets"):
        opened(Other())


def test_other_refusals_keep_their_status_word() -> None:
    card = Card()
    card.challenge = b"\x6d\x00"
    with pytest.raises(StatusWordError):
        opened(card)
    for sw in (0x6281, 0x6400, 0x6F00):
        card = Card()
        card.status = sw.to_bytes(2, "big")
        with pytest.raises(StatusWordError) as caught:
            opened(card)
        assert type(caught.value) is StatusWordError
        assert caught.value.sw == sw
