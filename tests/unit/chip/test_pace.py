from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.chip.access import AccessKey, Can, Mrz
from eid.chip.apdu import CommandAPDU
from eid.chip.pace import PaceSuite, _decrypt_nonce, _mapped_generator, pace, random_scalar, suite_of
from eid.chip.session import Session
from eid.chip.transport import RecordingTransport, run
from eid.crypto.curves import CURVES, Curve, by_name
from eid.crypto.symmetric import CIPHERS, aes_cbc_encrypt, kdf
from eid.document.security_infos import SecurityInfos, encode_card_access, pace_info
from eid.encoding.tlv import parse, tlv
from eid.errors import (
    AccessBlocked,
    AccessDenied,
    AccessNotOffered,
    EidError,
    ProtocolError,
    StatusWordError,
    UnsupportedAlgorithm,
    WrongAccessKey,
)
from eid.simulator.chip import Chip
from eid.simulator.personalise import personalise
from eid.simulator.points import multiply

NATIVE = [curve for curve in CURVES if curve.native is not None]
CAN, MRZ = Can("123456"), Mrz("T00000001490022813502273")
CURVE = by_name("brainpoolP256r1")
assert CURVE is not None


def suite(curve: Curve = CURVE, cipher: str = "AES-128") -> PaceSuite:
    info = pace_info(f"PACE-ECDH-GM-{cipher}", curve.parameter_id)
    return suite_of(SecurityInfos.parse(encode_card_access([info])).pace[0])


def chip(curve: Curve = CURVE, cipher: str = "AES-128", **quirks: Any) -> Chip:
    return Chip(
        personalise(
            {
                "format": "eid-chip/1",
                "access": {
                    "pace": [{"curve": curve.name, "cipher": cipher}],
                    "can": CAN.digits,
                    "mrz": MRZ.information,
                },
                "groups": {"EF.SOD": None},
                "quirks": quirks,
            }
        )
    )


class Between:
    """Somebody between terminal and chip who changes answers: data object by tag to a function."""

    def __init__(self, inner: Any, **changes: Any) -> None:
        self.inner = inner
        self.changes: dict[int, Callable[[bytes], bytes]] = {int(k[1:], 16): v for k, v in changes.items()}
        self.sent: dict[int, bytes] = {}
        self.commands: list[bytes] = []

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        apdu = CommandAPDU.from_bytes(command)
        if apdu.ins == 0x86:
            for node in parse(apdu.data, 0x7C).children():
                self.sent[node.tag] = node.value
        answer: bytes = self.inner.transmit(command)
        if apdu.ins != 0x86 or answer[-2:] != b"\x90\x00":
            return answer
        (node,) = parse(answer[:-2], 0x7C).children()
        if node.tag not in self.changes:
            return answer
        return tlv(0x7C, tlv(node.tag, self.changes[node.tag](node.value))) + answer[-2:]


def refused(transport: Any, key: AccessKey = CAN, error: type[EidError] = ProtocolError) -> EidError:
    session = Session()
    with pytest.raises(error) as caught:
        run(pace(session, key, suite()), transport)
    assert session.messaging is None
    return caught.value


@pytest.mark.parametrize("curve", NATIVE, ids=lambda curve: curve.name)
@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("key", [CAN, MRZ], ids=lambda key: key.kind)
def test_every_curve_and_cipher_opens(curve: Curve, cipher: str, key: AccessKey) -> None:
    session, card = Session(), chip(curve, cipher)
    result = run(pace(session, key, suite(curve, cipher)), card)
    assert (result.password, result.suite.curve, result.suite.cipher) == (key.kind, curve, cipher)
    answer = run(session.send(CommandAPDU(0, 0xA4, 4, 0x0C, bytes.fromhex("a0000002471001"))), card)
    assert answer.sw == 0x9000


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(NATIVE), st.integers(1, 2**128 - 1), st.integers(1, 2**120), st.integers(1, 2**120))
def test_the_fast_mapping_is_the_one_of_the_standard(curve: Curve, nonce: int, d: int, q: int) -> None:
    assert curve.native is not None
    generator = (curve.gx, curve.gy)
    peer = multiply(curve, q, generator)
    base, shared = multiply(curve, nonce, generator), multiply(curve, d * q % curve.n, generator)
    assert peer is not None
    assert base is not None
    assert shared is not None
    expected = curve.add(base, shared)
    assert expected is not None
    mapped = _mapped_generator(curve, nonce, ec.derive_private_key(d, curve.native), curve.encode(peer))
    assert mapped.public_numbers().x == expected[0]


def test_secrets_cover_one_to_order_minus_one(monkeypatch: pytest.MonkeyPatch) -> None:
    import secrets

    monkeypatch.setattr(secrets, "randbelow", lambda bound: 0)
    assert random_scalar(CURVE) == 1
    monkeypatch.setattr(secrets, "randbelow", lambda bound: bound - 1)
    assert random_scalar(CURVE) == CURVE.n - 1


# --- wrong passwords --------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [Can("654321"), Mrz("T00000002790022813502273")], ids=lambda key: key.kind)
def test_a_wrong_password_is_said_so_and_nothing_else_is_tried(key: AccessKey) -> None:
    recording = RecordingTransport(chip())
    refused(recording, key, WrongAccessKey)
    assert [command[1] for command, _ in recording.exchanges] == [0x22, 0x86, 0x86, 0x86, 0x86]


@pytest.mark.parametrize("sw", ["6300", "63c2", "6982", "6988"])
def test_refusals_of_the_last_step_mean_a_wrong_password(sw: str) -> None:
    class Refusing(Between):
        def transmit(self, command: bytes) -> bytes:
            answer = super().transmit(command)
            return bytes.fromhex(sw) if command[:2] == b"\0\x86" else answer

    refused(Refusing(chip()), error=WrongAccessKey)


@pytest.mark.parametrize("sw", ["6281", "6400", "6a80", "6a82", "9f00"])
def test_other_refusals_of_the_last_step_keep_their_status_word(sw: str) -> None:
    class Refusing(Between):
        def transmit(self, command: bytes) -> bytes:
            answer = super().transmit(command)
            return bytes.fromhex(sw) if command[:2] == b"\0\x86" else answer

    error = refused(Refusing(chip()), error=StatusWordError)
    assert type(error) is StatusWordError  # 6A82 speaks of no file here
    assert error.sw == int(sw, 16)


@pytest.mark.parametrize("step", [0x80, 0x82, 0x84])
def test_a_refusal_before_the_last_step_says_nothing_of_the_password(step: int) -> None:
    class Refusing(Between):
        def transmit(self, command: bytes) -> bytes:
            answer = super().transmit(command)
            return b"\x69\x82" if command[1] == 0x86 and answer[2] == step else answer

    assert isinstance(refused(Refusing(chip()), error=StatusWordError), AccessDenied)


def test_a_token_of_a_chip_without_the_password_is_refused() -> None:
    for change in (lambda token: bytes(8), lambda token: token[:7] + bytes((token[7] ^ 1,))):
        refused(Between(chip(), x86=change), error=WrongAccessKey)


def test_our_own_token_sent_back_is_refused() -> None:
    between = Between(chip())
    between.changes[0x86] = lambda _: between.sent[0x85]
    refused(between, error=WrongAccessKey)


def test_an_empty_or_short_token_is_refused() -> None:
    refused(Between(chip(), x86=lambda _: b""), error=WrongAccessKey)
    refused(Between(chip(), x86=lambda token: token[:4]), error=WrongAccessKey)


def test_blocked_passwords() -> None:
    card = chip(wrong_password_tries=1)
    refused(card, Can("000000"), AccessBlocked)  # 63C0
    refused(card, CAN, AccessBlocked)  # 6983 to MSE:Set AT

    class Blocking:
        def transmit(self, command: bytes) -> bytes:
            return b"\x90\x00" if command[1] == 0x22 else b"\x69\x83"

    refused(Blocking(), error=AccessBlocked)


def test_few_tries_left_is_no_refusal() -> None:
    class Counting:
        def __init__(self) -> None:
            self.inner = chip()

        def transmit(self, command: bytes) -> bytes:
            answer = self.inner.transmit(command)
            return b"\x63\xc1" if command[1] == 0x22 else answer

    session = Session()
    run(pace(session, CAN, suite()), Counting())
    assert session.messaging is not None


# --- hostile points ---------------------------------------------------------------------------------


def _negated(point: bytes) -> bytes:
    decoded = CURVE.decode(point)
    assert decoded is not None
    return CURVE.encode((decoded[0], CURVE.p - decoded[1]))


HOSTILE: list[Callable[[bytes], bytes]] = [
    lambda _: b"",
    lambda _: b"\x00",  # infinity
    lambda _: b"\x04" + bytes(64),
    lambda point: point[:-1] + bytes((point[-1] ^ 1,)),  # off the curve
    lambda point: point[:-1],
    lambda point: point + b"\x00",
    lambda point: b"\x02" + point[1:33],
    lambda point: b"\x06" + point[1:],
    lambda _: b"\x04" + b"\xff" * 64,
]


@pytest.mark.parametrize("change", HOSTILE)
@pytest.mark.parametrize("tag", [0x82, 0x84])
def test_points_that_are_none_are_refused(tag: int, change: Callable[[bytes], bytes]) -> None:
    between = Between(chip())
    between.changes[tag] = change
    refused(between)


def test_our_mapping_key_sent_back_is_refused() -> None:
    between = Between(chip())
    between.changes[0x82] = lambda _: between.sent[0x81]
    refused(between)


@pytest.mark.parametrize("change", [lambda point: point, _negated])
def test_our_ephemeral_key_sent_back_is_refused_whatever_its_sign(change: Callable[[bytes], bytes]) -> None:
    between = Between(chip())
    between.changes[0x84] = lambda _: change(between.sent[0x83])
    refused(between)


def test_a_mapping_to_infinity_is_refused() -> None:
    d, nonce = 1234567, 99
    u = nonce * pow(d, -1, CURVE.n) % CURVE.n
    opposite = multiply(CURVE, CURVE.n - u, (CURVE.gx, CURVE.gy))
    assert opposite is not None
    with pytest.raises(ProtocolError):
        _mapped_generator(CURVE, nonce, ec.derive_private_key(d, CURVE.native), CURVE.encode(opposite))  # type: ignore[arg-type]


def test_nonce_zero_is_refused() -> None:
    empty = aes_cbc_encrypt(kdf(CAN.password, 3, "AES-128"), bytes(16), bytes(16))
    refused(Between(chip(), x80=lambda _: empty))


@pytest.mark.parametrize("nonce", [b"", bytes(8), bytes(17), bytes(80)])
def test_nonces_of_another_length_are_refused(nonce: bytes) -> None:
    refused(Between(chip(), x80=lambda _: nonce))


def test_nonces_may_be_of_64_octets_and_no_more() -> None:
    key = kdf(CAN.password, 3, "AES-128")
    for cipher, block in (("AES-128", 16), ("3DES", 8)):
        for size in range(block, 65, block):
            assert _decrypt_nonce(cipher, key, bytes(size)) > 0
        for size in (0, 1, block - 1, block + 1, 64 + block):
            with pytest.raises(ProtocolError):
                _decrypt_nonce(cipher, key, bytes(size))


@pytest.mark.parametrize(
    "answer",
    ["9000", "7c009000", "7c0380019000", "810101" + "9000", "7c06800101810101" + "9000", "7c038101019000"],
)
def test_malformed_authentication_data_is_refused(answer: str) -> None:
    class Malformed:
        def transmit(self, command: bytes) -> bytes:
            return b"\x90\x00" if command[1] == 0x22 else bytes.fromhex(answer)

    refused(Malformed())


@pytest.mark.parametrize("step", [0x80, 0x82, 0x84, 0x86])
def test_a_second_data_object_is_refused(step: int) -> None:
    class More(Between):
        def transmit(self, command: bytes) -> bytes:
            answer = super().transmit(command)
            if command[1] != 0x86 or answer[2] != step:
                return answer
            return tlv(0x7C, answer[2:-2] + tlv(0x8A, b"x")) + answer[-2:]

    refused(More(chip()))


def test_lengths_in_a_longer_form_than_needed_are_taken() -> None:
    class Padded(Between):
        def transmit(self, command: bytes) -> bytes:
            answer = super().transmit(command)
            if command[1] != 0x86 or answer[-2:] != b"\x90\x00":
                return answer
            inner = answer[2:-2]
            return b"\x7c\x81" + bytes((len(inner),)) + inner + answer[-2:]

    run(pace(Session(), CAN, suite()), Padded(chip()))


# --- MSE:Set AT -------------------------------------------------------------------------------------


def test_the_parameter_id_is_left_out_once_when_the_chip_refuses_it() -> None:
    session, card = Session(), RecordingTransport(chip(pace_parameter_id="refused"))
    run(pace(session, CAN, suite()), card)
    first, second = (CommandAPDU.from_bytes(command) for command, _ in card.exchanges[:2])
    assert first.data.endswith(b"\x84\x01\x0d")
    assert second.data == first.data[:-3]
    assert session.quirks == ["pace_without_parameter_id"]


def test_it_is_left_in_where_it_is_required() -> None:
    session = Session()
    run(pace(session, CAN, suite()), chip(pace_parameter_id="required"))
    assert session.quirks == []


@pytest.mark.parametrize(
    ("sw", "error", "tries"),
    [
        ("6a80", StatusWordError, 2),
        ("6a88", AccessNotOffered, 2),
        ("6d00", StatusWordError, 1),
        ("6983", AccessBlocked, 1),
        ("63c0", AccessBlocked, 1),
        ("6300", StatusWordError, 1),
    ],
)
def test_other_refusals_are_final(sw: str, error: type[EidError], tries: int) -> None:
    class Refusing:
        commands = 0

        def transmit(self, command: bytes) -> bytes:
            self.commands += 1
            return bytes.fromhex(sw)

    card = Refusing()
    refused(card, error=error)
    assert card.commands == tries


def test_a_card_without_can_says_that_it_takes_none() -> None:
    card = Chip(
        personalise(
            {
                "format": "eid-chip/1",
                "access": {"pace": [{"curve": "brainpoolP256r1"}], "mrz": MRZ.information},
                "groups": {"EF.SOD": None},
            }
        )
    )
    refused(card, CAN, AccessNotOffered)


# --- what is supported ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parameter_id"),
    [
        ("PACE-DH-GM-AES-128", 0),
        ("PACE-DH-GM-AES-128", 13),  # a curve, where a group belongs
        ("PACE-ECDH-IM-AES-128", 13),
        ("PACE-ECDH-CAM-AES-128", 13),
        ("PACE-ECDH-GM-AES-128", 11),  # brainpoolP224r1
        ("PACE-ECDH-GM-AES-128", 99),
        ("PACE-ECDH-GM-AES-128", -1),
        ("PACE-ECDH-GM-AES-128", None),
    ],
)
def test_other_variants_are_unsupported_not_wrong(name: str, parameter_id: int | None) -> None:
    infos = SecurityInfos.parse(encode_card_access([pace_info(name, parameter_id)]))
    with pytest.raises(UnsupportedAlgorithm):
        suite_of(infos.pace[0])
