"""PACE against libeac3 (Debian package ``libeac3``), an implementation by other people, in both roles.

The declarations below are what its headers say about the functions and structures used here.
"""

from __future__ import annotations

import ctypes as c
from collections.abc import Iterator
from typing import Any

import pytest

from eid.chip.access import AccessKey, Can, Mrz
from eid.chip.apdu import CommandAPDU, ResponseAPDU
from eid.chip.pace import pace, suite_of
from eid.chip.secure_messaging import SecureMessaging
from eid.chip.session import Session
from eid.chip.transport import run
from eid.crypto.curves import by_name
from eid.crypto.symmetric import CIPHERS, cmac, pad
from eid.document.security_infos import SecurityInfos, encode_card_access, pace_info
from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import WrongAccessKey
from eid.simulator.chip import Chip
from eid.simulator.personalise import personalise

CURVES = ("secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1")
CAN = Can("123456")
#: libeac3 takes the lines as printed and finds the three fields itself.
LINES = "I<UTOT000000014<<<<<<<<<<<<<<<9002281F3502273UTO<<<<<<<<<<<4MUSTER<<VERA<LINH<<<<<<<<<<<<<"
MRZ = Mrz.from_text(LINES)
EVERY_VARIANT = [
    pytest.param(curve, cipher, key, id=f"{curve}-{cipher}-{key.kind}")
    for curve in CURVES
    for cipher in CIPHERS
    for key in (CAN, MRZ)
]


class Buffer(c.Structure):
    """BUF_MEM of OpenSSL."""

    _fields_ = [("length", c.c_size_t), ("data", c.c_void_p), ("max", c.c_size_t), ("flags", c.c_ulong)]


class KeyAgreement(c.Structure):
    """KA_CTX."""

    _fields_ = [
        *((name, c.c_void_p) for name in ("md", "md_engine", "cmac", "cipher", "cipher_engine", "iv")),
        *((name, c.c_int) for name in ("mac_length", "enc_length")),
        *((name, c.c_void_p) for name in ("generate_key", "compute_key", "key")),
        *((name, c.POINTER(Buffer)) for name in ("shared_secret", "k_enc", "k_mac")),
    ]


class PaceContext(c.Structure):
    """PACE_CTX."""

    _fields_ = [
        ("protocol", c.c_int),
        ("version", c.c_ubyte),
        ("id", c.c_int),
        *((name, c.c_void_p) for name in ("map_generate_key", "map_compute_key", "static_key")),
        ("agreement", c.POINTER(KeyAgreement)),
    ]


class Context(c.Structure):
    """EAC_CTX, as far as it is looked at."""

    _fields_ = [
        ("tr_version", c.c_int),
        *((name, c.c_void_p) for name in ("bn", "md", "cipher")),
        ("pace", c.POINTER(PaceContext)),
    ]


def _load() -> Any:
    try:
        library = c.CDLL("libeac.so.3")
    except OSError:
        return None
    context, buffer, secret = c.POINTER(Context), c.POINTER(Buffer), c.c_void_p
    returning_buffers = {
        "PACE_STEP1_enc_nonce": [context, secret],
        "PACE_STEP3A_generate_mapping_data": [context],
        "PACE_STEP3B_generate_ephemeral_key": [context],
        "PACE_STEP3D_compute_authentication_token": [context, buffer],
        "EAC_encrypt": [context, buffer],
        "EAC_decrypt": [context, buffer],
        "EAC_authenticate": [context, buffer],
    }
    returning_int = {
        "PACE_STEP2_dec_nonce": [context, secret, buffer],
        "PACE_STEP3A_map_generator": [context, buffer],
        "PACE_STEP3B_compute_shared_secret": [context, buffer],
        "PACE_STEP3C_derive_keys": [context],
        "PACE_STEP3D_verify_authentication_token": [context, buffer],
        "EAC_CTX_init_ef_cardaccess": [c.c_char_p, c.c_size_t, context],
        "EAC_CTX_set_encryption_ctx": [context, c.c_int],
        "EAC_increment_ssc": [context],
    }
    for result, functions in ((buffer, returning_buffers), (c.c_int, returning_int)):
        for name, arguments in functions.items():
            getattr(library, name).restype = result
            getattr(library, name).argtypes = arguments
    library.EAC_CTX_new.restype = context
    library.EAC_CTX_clear_free.argtypes = [context]
    library.PACE_SEC_new.restype = secret
    library.PACE_SEC_new.argtypes = [c.c_char_p, c.c_size_t, c.c_int]
    library.PACE_SEC_clear_free.argtypes = [secret]
    library.BUF_MEM_clear_free.argtypes = [buffer]
    library.EAC_init()
    return library


LIBEAC = _load()
pytestmark = pytest.mark.skipif(LIBEAC is None, reason="libeac3 is not here: apt install libeac3")


class Party:
    """One side of PACE in libeac3: each call is one of its functions."""

    def __init__(self, card_access: bytes, key: AccessKey) -> None:
        self._context = LIBEAC.EAC_CTX_new()
        assert LIBEAC.EAC_CTX_init_ef_cardaccess(card_access, len(card_access), self._context)
        text = LINES.encode() if isinstance(key, Mrz) else key.text
        self._secret = LIBEAC.PACE_SEC_new(text, len(text), key.reference)
        assert self._secret

    def close(self) -> None:
        LIBEAC.PACE_SEC_clear_free(self._secret)
        LIBEAC.EAC_CTX_clear_free(self._context)

    def _octets(self, function: str, *arguments: Any) -> bytes:
        result = getattr(LIBEAC, function)(self._context, *arguments)
        assert result, function
        octets = c.string_at(result.contents.data, result.contents.length)
        LIBEAC.BUF_MEM_clear_free(result)
        return octets

    def _ok(self, function: str, *arguments: Any) -> None:
        assert getattr(LIBEAC, function)(self._context, *arguments) == 1, function

    def make_nonce(self) -> bytes:
        return self._octets("PACE_STEP1_enc_nonce", self._secret)

    def take_nonce(self, encrypted: bytes) -> None:
        self._ok("PACE_STEP2_dec_nonce", self._secret, _buffer(encrypted))

    def mapping_key(self) -> bytes:
        return self._octets("PACE_STEP3A_generate_mapping_data")

    def map(self, peer: bytes) -> None:
        self._ok("PACE_STEP3A_map_generator", _buffer(peer))

    def ephemeral_key(self) -> bytes:
        return self._octets("PACE_STEP3B_generate_ephemeral_key")

    def agree(self, peer: bytes) -> None:
        self._ok("PACE_STEP3B_compute_shared_secret", _buffer(peer))
        self._ok("PACE_STEP3C_derive_keys")

    def token(self, peer: bytes) -> bytes:
        return self._octets("PACE_STEP3D_compute_authentication_token", _buffer(peer))

    def accepts(self, token: bytes) -> bool:
        function = LIBEAC.PACE_STEP3D_verify_authentication_token
        return bool(function(self._context, _buffer(token)) == 1)

    def keys(self) -> tuple[bytes, bytes]:
        agreement = self._context.contents.pace.contents.agreement.contents
        enc, mac = agreement.k_enc.contents, agreement.k_mac.contents
        return c.string_at(enc.data, enc.length), c.string_at(mac.data, mac.length)

    def protected(self, message: bytes, block: int) -> tuple[bytes, bytes]:
        """Cryptogram of *message* and check value of it, at counter 1."""
        self._ok("EAC_CTX_set_encryption_ctx", 0)
        self._ok("EAC_increment_ssc")
        cryptogram = self._octets("EAC_encrypt", _buffer(pad(message, block)))
        return cryptogram, self._octets("EAC_authenticate", _buffer(pad(cryptogram, block)))


def _buffer(octets: bytes) -> Any:
    """A BUF_MEM around octets that live as long as the call."""
    kept = c.create_string_buffer(octets, len(octets))
    buffer = Buffer(len(octets), c.cast(kept, c.c_void_p), len(octets), 0)
    buffer.kept = kept
    return c.byref(buffer)


class LibeacChip:
    """A transport with libeac3 behind it: MSE:Set AT and the four steps of GENERAL AUTHENTICATE."""

    def __init__(self, party: Party) -> None:
        self._party = party
        self._terminal_key = self._own_key = b""

    def transmit(self, command: bytes) -> bytes:
        apdu = CommandAPDU.from_bytes(command)
        if apdu.ins == 0x22:
            return b"\x90\x00"
        inside = parse(apdu.data, 0x7C).children()
        tag, value = (inside[0].tag, inside[0].value) if inside else (0, b"")
        answer = {0: self._nonce, 0x81: self._map, 0x83: self._agree, 0x85: self._confirm}[tag](value)
        if not answer:
            return b"\x63\x00"
        return tlv(0x7C, tlv(tag + 1 if tag else 0x80, answer)) + b"\x90\x00"

    def _nonce(self, _: bytes) -> bytes:
        return self._party.make_nonce()

    def _map(self, peer: bytes) -> bytes:
        own = self._party.mapping_key()
        self._party.map(peer)
        return own

    def _agree(self, peer: bytes) -> bytes:
        self._terminal_key, self._own_key = peer, self._party.ephemeral_key()
        self._party.agree(peer)
        return self._own_key

    def _confirm(self, token: bytes) -> bytes:
        return self._party.token(self._terminal_key) if self._party.accepts(token) else b""


def _card_access(curve: str, cipher: str) -> bytes:
    known = by_name(curve)
    assert known is not None
    return encode_card_access([pace_info(f"PACE-ECDH-GM-{cipher}", known.parameter_id)])


@pytest.fixture
def parties() -> Iterator[Any]:
    made: list[Party] = []

    def make(card_access: bytes, key: AccessKey) -> Party:
        made.append(Party(card_access, key))
        return made[-1]

    yield make
    for party in made:
        party.close()


def _assert_same_channel(ours: SecureMessaging | None, theirs: Party, cipher: str) -> None:
    assert ours is not None
    k_enc, k_mac = theirs.keys()
    command = CommandAPDU(0, 0xA4, 2, 0x0C, b"\x01\x1e")
    protected = ours.protect(command)
    assert protected == SecureMessaging(cipher, k_enc, k_mac).protect(command)
    if cipher != "3DES":  # libeac3 has no counter of 8 octets
        cryptogram, check_value = theirs.protected(command.data, 16)
        assert protected.data[3:19] == cryptogram
        assert check_value == cmac(k_mac, (1).to_bytes(16, "big") + pad(cryptogram, 16))[:8]


@pytest.mark.parametrize(("curve", "cipher", "key"), EVERY_VARIANT)
def test_our_terminal_opens_a_chip_of_libeac3(curve: str, cipher: str, key: AccessKey, parties: Any) -> None:
    octets = _card_access(curve, cipher)
    chip = parties(octets, key)
    session = Session()
    suite = suite_of(SecurityInfos.parse(octets).pace[0])
    run(pace(session, key, suite), LibeacChip(chip))
    _assert_same_channel(session.messaging, chip, cipher)


@pytest.mark.parametrize(("curve", "cipher", "key"), EVERY_VARIANT)
def test_a_terminal_of_libeac3_opens_our_chip(curve: str, cipher: str, key: AccessKey, parties: Any) -> None:
    description = {
        "format": "eid-chip/1",
        "access": {
            "pace": [{"curve": curve, "cipher": cipher}],
            "can": CAN.digits,
            "mrz": MRZ.information,
        },
        "groups": {"EF.SOD": None},
    }
    chip = Chip(personalise(description))
    octets = chip.card.files["EF.CardAccess"]
    terminal = parties(octets, key)
    suite = suite_of(SecurityInfos.parse(octets).pace[0])

    def step(cla: int, data: bytes, tag: int) -> bytes:
        command = CommandAPDU(cla, 0x86, 0, 0, tlv(0x7C, data), 256)
        response = ResponseAPDU.from_bytes(chip.transmit(command.to_bytes()))
        assert response.sw == 0x9000
        return parse(response.data, 0x7C).children()[0].expect(tag).value

    select = tlv(0x80, der.oid(suite.oid)[2:]) + tlv(0x83, bytes((key.reference,)))
    assert chip.transmit(CommandAPDU(0, 0x22, 0xC1, 0xA4, select).to_bytes()) == b"\x90\x00"
    terminal.take_nonce(step(0x10, b"", 0x80))
    terminal.map(step(0x10, tlv(0x81, terminal.mapping_key()), 0x82))
    chip_key = step(0x10, tlv(0x83, terminal.ephemeral_key()), 0x84)
    terminal.agree(chip_key)
    assert terminal.accepts(step(0x00, tlv(0x85, terminal.token(chip_key)), 0x86))
    _assert_same_channel(chip._messaging, terminal, cipher)


@pytest.mark.parametrize("curve", CURVES)
def test_a_chip_of_libeac3_refuses_our_wrong_can(curve: str, parties: Any) -> None:
    octets = _card_access(curve, "AES-128")
    chip = parties(octets, Can("654321"))
    session = Session()
    suite = suite_of(SecurityInfos.parse(octets).pace[0])
    with pytest.raises(WrongAccessKey):
        run(pace(session, CAN, suite), LibeacChip(chip))
    assert session.messaging is None
