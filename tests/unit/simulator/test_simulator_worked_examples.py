"""ICAO Doc 9303-11, worked examples, from the chip's side: every response is the printed one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eid.chip.apdu import CommandAPDU, ResponseAPDU
from eid.chip.secure_messaging import SecureMessaging
from eid.crypto.symmetric import kdf
from eid.simulator.access import ActiveKey
from eid.simulator.chip import Chip
from eid.simulator.keys import RsaKey
from eid.simulator.protocols import basic_access, sign_challenge
from eid.simulator.refused import Refused

MakeCard = Callable[..., object]


def fields(corpora: Path, name: str) -> dict[str, str]:
    values: dict[str, str] = json.loads((corpora / "icao9303" / f"{name}.json").read_text())["fields"]
    return values


def dice(*octets: str) -> Callable[[int], bytes]:
    """Randomness from a list, each piece of the length that is asked for."""
    left = [bytes.fromhex(piece) for piece in octets]

    def random(count: int) -> bytes:
        piece = left.pop(0)
        assert len(piece) == count
        return piece

    return random


def send(chip: Chip, command: str) -> str:
    return chip.transmit(bytes.fromhex(command)).hex().upper()


def test_icao_9303_11_appendix_d_3_bac_and_d_4_secure_messaging(corpora: Path, make_card: MakeCard) -> None:
    bac, sm = fields(corpora, "bac"), fields(corpora, "secure_messaging_3des")
    mrz = bytes.fromhex(bac["mrz_information"]).decode()
    card = make_card(access={"mrz": mrz, "pace": []}, groups={"EF.COM": {"hex": sm["EF_COM"]}})
    chip = Chip(card, random=dice(bac["RND_IC"], bac["K_IC"]))  # type: ignore[arg-type]
    assert send(chip, "00a4040c07a0000002471001") == "9000"
    assert send(chip, bac["command_get_challenge"]) == bac["response_get_challenge"]
    assert send(chip, bac["command_external_authenticate"]) == bac["response_external_authenticate"]
    for step in ("select", "read4", "read18"):
        assert send(chip, sm[f"{step}_protected_command"]) == sm[f"{step}_protected_response"]


def test_icao_9303_11_appendix_d_3_session_keys(corpora: Path) -> None:
    bac, sm = fields(corpora, "bac"), fields(corpora, "secure_messaging_3des")
    data = bytes.fromhex(bac["E_IFD"] + bac["M_IFD"])
    answer, messaging = basic_access(
        bytes.fromhex(bac["mrz_information"]).decode(), bytes.fromhex(bac["RND_IC"]), data, dice(bac["K_IC"])
    )
    assert answer.hex().upper() == bac["E_IC"] + bac["M_IC"]
    printed = SecureMessaging(
        "3DES", bytes.fromhex(bac["KS_enc"]), bytes.fromhex(bac["KS_mac"]), int(sm["SSC_start"], 16)
    )
    command = CommandAPDU(0, 0xB0, 0, 0, le=4)
    assert messaging.protect(command) == printed.protect(command)
    assert kdf(bytes.fromhex(bac["session_K_seed"]), 1, "3DES").hex().upper() == bac["KS_enc"]


@pytest.mark.parametrize("what", ["check value", "cryptogram", "challenge"])
def test_bac_refuses_when_any_part_is_wrong(what: str, corpora: Path) -> None:
    bac = fields(corpora, "bac")
    data, challenge = bytearray.fromhex(bac["E_IFD"] + bac["M_IFD"]), bytearray.fromhex(bac["RND_IC"])
    if what == "challenge":
        challenge[0] ^= 1
    else:
        data[-1 if what == "check value" else 0] ^= 1
    mrz = bytes.fromhex(bac["mrz_information"]).decode()
    with pytest.raises(Refused, match="6300"):
        basic_access(mrz, bytes(challenge), bytes(data), dice(bac["K_IC"]))


def test_icao_9303_11_appendix_g_1_pace_generic_mapping(corpora: Path, make_card: MakeCard) -> None:
    given = fields(corpora, "pace_ecdh_gm")
    mrz = bytes.fromhex(given["mrz_information"]).decode()
    card = make_card(access={"mrz": mrz})
    chip = Chip(
        card,  # type: ignore[arg-type]
        random=dice(given["s_nonce"], given["chip_mapping_private"], given["chip_ephemeral_private"]),
    )
    assert send(chip, given["command_mse_set_at"]) == "9000"
    for step in ("step1_get_nonce", "step2_map_nonce", "step3_key_agreement", "step4_mutual_authentication"):
        assert send(chip, given[f"{step}_command"]) == given[f"{step}_response"]
    # The channel is the one of the printed keys.
    printed = SecureMessaging("AES-128", bytes.fromhex(given["KS_enc"]), bytes.fromhex(given["KS_mac"]))
    select = CommandAPDU(0, 0xA4, 4, 0x0C, bytes.fromhex("a0000002471001"))
    response = ResponseAPDU.from_bytes(chip.transmit(printed.protect(select).to_bytes()))
    assert printed.unprotect(response).sw == 0x9000


def test_icao_9303_11_appendix_f_active_authentication_message(
    corpora: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = fields(corpora, "active_authentication_rsa")
    seen: list[int] = []
    monkeypatch.setattr(RsaKey, "raw", lambda self, message: seen.append(message) or 0)
    monkeypatch.setattr(RsaKey, "size", 128)
    key = ActiveKey(RsaKey.__new__(RsaKey), "sha1", b"\xbc")
    sign_challenge(key, bytes.fromhex(given["RND_IFD"]), dice(given["M1"]))
    assert seen == [int(given["F"], 16)]
