from __future__ import annotations

from typing import Any

import pytest

from eid.chip.access import Can
from eid.chip.apdu import CommandAPDU
from eid.chip.chip_authentication import chip_authentication, suites_of
from eid.chip.pace import pace, suite_of
from eid.chip.session import Session
from eid.chip.transport import RecordingTransport, run
from eid.crypto.curves import CURVES, by_name
from eid.crypto.symmetric import CIPHERS
from eid.document.security_infos import (
    DG14,
    SecurityInfos,
    chip_authentication_info,
    chip_authentication_public_key_info,
    encode_dg14,
)
from eid.encoding.tlv import parse_prefix, tlv
from eid.errors import (
    InputError,
    SecureMessagingError,
    SecureMessagingLost,
    StatusWordError,
    UnsupportedAlgorithm,
)
from eid.simulator.chip import Chip
from eid.simulator.keys import EcKey
from eid.simulator.personalise import personalise

NATIVE = [curve.name for curve in CURVES if curve.native is not None]
SELECT = CommandAPDU(0, 0xA4, 4, 0x0C, bytes.fromhex("a0000002471001"))
READ_DG14 = CommandAPDU(0, 0xB0, 0x8E, 0, le=8)


def opened(*keys: dict[str, Any], **members: Any) -> tuple[Session, Chip, DG14]:
    """A session after PACE, in the application, and DG14 of the chip."""
    description: dict[str, Any] = {
        "format": "eid-chip/1",
        "access": {"pace": [{"curve": "secp256r1"}], "can": "123456"},
        "keys": {"chip_authentication": list(keys)},
        "groups": {"EF.SOD": None},
        **members,
    }
    chip, session = Chip(personalise(description)), Session()
    infos = SecurityInfos.parse(chip.card.files["EF.CardAccess"])
    run(pace(session, Can("123456"), suite_of(infos.pace[0])), chip)
    run(session.send(SELECT), chip)
    return session, chip, DG14.parse(chip.card.files["DG14"])


def spki(curve: str = "secp256r1") -> bytes:
    known = by_name(curve)
    assert known is not None
    return EcKey.generate(known).spki()


@pytest.mark.parametrize("curve", NATIVE)
@pytest.mark.parametrize("cipher", CIPHERS)
def test_new_keys_work_on_every_curve_and_cipher(curve: str, cipher: str) -> None:
    session, chip, dg14 = opened({"curve": curve, "cipher": cipher})
    before = session.messaging
    (suite,) = suites_of(dg14)
    assert run(chip_authentication(session, suite), chip) == curve
    assert session.messaging is not before
    assert run(session.send(READ_DG14), chip).data == chip.card.files["DG14"][:8]


def test_explicit_curve_parameters_are_a_named_curve() -> None:
    session, chip, dg14 = opened({"curve": "brainpoolP256r1", "explicit_parameters": True})
    assert run(chip_authentication(session, suites_of(dg14)[0]), chip) == "brainpoolP256r1"
    run(session.send(READ_DG14), chip)


@pytest.mark.parametrize("key_id", [None, 0, 1, 127])
@pytest.mark.parametrize("cipher", ["3DES", "AES-128"])
def test_the_key_identifier_is_sent_when_dg14_has_one(key_id: int | None, cipher: str) -> None:
    key: dict[str, Any] = {"curve": "secp256r1", "cipher": cipher}
    if key_id is not None:
        key["key_id"] = key_id
    session, chip, dg14 = opened(key)
    (suite,) = suites_of(dg14)
    assert suite.key_id == key_id
    sent = next(chip_authentication(session, suite)).data
    assert session.messaging is not None
    session.messaging.uncount()
    run(chip_authentication(session, suite), chip)
    run(session.send(READ_DG14), chip)
    assert parse_prefix(sent).tag == 0x87  # protected; the chip has found its key by it


def test_of_several_keys_each_is_used_by_its_identifier() -> None:
    keys = [
        {"curve": "brainpoolP256r1", "cipher": "3DES", "key_id": 3},
        {"curve": "secp384r1", "cipher": "AES-256", "key_id": 2},
        {"curve": "secp256r1", "cipher": "AES-128", "key_id": 1},
    ]
    for wanted, (cipher, key_id) in enumerate([("AES-256", 2), ("AES-128", 1), ("3DES", 3)]):
        session, chip, dg14 = opened(*keys)
        suite = suites_of(dg14)[wanted]  # stronger first
        assert (suite.cipher, suite.key_id) == (cipher, key_id)
        run(chip_authentication(session, suite), chip)
        run(session.send(READ_DG14), chip)


def test_a_key_without_info_is_used_with_3des() -> None:
    infos = DG14.parse(encode_dg14([chip_authentication_public_key_info(spki())]))
    assert [(suite.name, suite.key_id) for suite in suites_of(infos)] == [("CA-ECDH-3DES", None)]


def test_info_and_key_belong_together_by_identifier() -> None:
    infos = DG14.parse(
        encode_dg14(
            [
                chip_authentication_info("CA-ECDH-AES-256", key_id=1),
                chip_authentication_public_key_info(spki(), key_id=1),
                chip_authentication_public_key_info(spki(), key_id=2),
            ]
        )
    )
    assert [(s.name, s.key_id) for s in suites_of(infos)] == [("CA-ECDH-AES-256", 1), ("CA-ECDH-3DES", 2)]


def test_a_single_key_without_identifier_takes_the_info_that_has_one() -> None:
    infos = DG14.parse(
        encode_dg14(
            [
                chip_authentication_info("CA-ECDH-AES-128", key_id=1),
                chip_authentication_public_key_info(spki()),
            ]
        )
    )
    assert [(s.name, s.key_id) for s in suites_of(infos)] == [("CA-ECDH-AES-128", None)]


def test_info_without_key_and_no_info_give_nothing() -> None:
    assert suites_of(DG14.parse(encode_dg14([chip_authentication_info("CA-ECDH-AES-128")]))) == ()


@pytest.mark.parametrize(
    ("infos", "error"),
    [
        ([chip_authentication_public_key_info(spki(), agreement="DH")], UnsupportedAlgorithm),
        ([chip_authentication_public_key_info(spki("brainpoolP224r1"))], UnsupportedAlgorithm),
        ([chip_authentication_public_key_info(spki(), key_id=-1)], UnsupportedAlgorithm),
        ([chip_authentication_public_key_info(spki(), key_id=1 << 32)], UnsupportedAlgorithm),
        ([chip_authentication_public_key_info(spki(), key_id=1 << 4000)], UnsupportedAlgorithm),
        ([chip_authentication_public_key_info(b"\x30\x00")], InputError),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_is_sent(
    infos: list[bytes], error: type[Exception]
) -> None:
    (suite,) = suites_of(DG14.parse(encode_dg14(infos)))
    with pytest.raises(error):
        next(chip_authentication(Session(), suite))


@pytest.mark.parametrize(
    ("key_id", "sent"), [(0, "00"), (255, "ff"), (256, "0100"), (0xFFFF_FFFF, "ffffffff")]
)
def test_a_key_identifier_is_sent_as_an_unsigned_number_of_up_to_four_octets(key_id: int, sent: str) -> None:
    infos = DG14.parse(encode_dg14([chip_authentication_public_key_info(spki(), key_id=key_id)]))
    (suite,) = suites_of(infos)
    command = next(chip_authentication(Session(), suite))
    assert command.data.endswith(tlv(0x84, bytes.fromhex(sent)))


@pytest.mark.parametrize("cipher", ["3DES", "AES-128"])
def test_a_clone_without_keys_refuses_and_the_old_session_goes_on(cipher: str) -> None:
    session, chip, dg14 = opened({"curve": "secp256r1", "cipher": cipher}, faults={"clone": "no_keys"})
    before = session.messaging
    with pytest.raises(StatusWordError):
        run(chip_authentication(session, suites_of(dg14)[0]), chip)
    assert session.messaging is before
    run(session.send(READ_DG14), chip)


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_clone_with_other_keys_cannot_answer(cipher: str) -> None:
    session, chip, dg14 = opened({"curve": "secp256r1", "cipher": cipher}, faults={"clone": "wrong_keys"})
    run(chip_authentication(session, suites_of(dg14)[0]), chip)  # proves nothing yet
    with pytest.raises((SecureMessagingError, SecureMessagingLost)):
        run(session.send(READ_DG14), chip)


def test_a_refusal_of_the_second_step_leaves_the_old_session() -> None:
    session, chip, dg14 = opened({"curve": "secp256r1"})
    before = session.messaging

    class Refusing:
        def transmit(self, command: bytes) -> bytes:
            return b"\x6a\x80" if command[1] == 0x86 else chip.transmit(command)

    with pytest.raises(StatusWordError):
        run(chip_authentication(session, suites_of(dg14)[0]), Refusing())
    assert session.messaging is before


def test_every_run_uses_a_fresh_key() -> None:
    session, chip, dg14 = opened({"curve": "secp256r1", "cipher": "3DES"})
    one = RecordingTransport(chip)
    run(chip_authentication(session, suites_of(dg14)[0]), one)
    other = RecordingTransport(chip)
    run(chip_authentication(session, suites_of(dg14)[0]), other)
    assert one.exchanges[0][0] != other.exchanges[0][0]
