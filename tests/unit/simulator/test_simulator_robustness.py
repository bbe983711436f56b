"""Whatever is sent, the chip answers with at least a status word, and quickly."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.chip.apdu import CommandAPDU
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation, new_personalisation, personalise

INSTRUCTIONS = [0xA4, 0xB0, 0xB1, 0x22, 0x86, 0x82, 0x84, 0x88, 0xC0, 0xD6]
SEEDS = [
    bytes.fromhex(text)
    for text in (
        "00a4040c07a0000002471001", "00a4020c02011c", "00b09c0000", "0084000008", "0022c1a412800a04007f0007020204020283010284010d",
        "10860000027c0000", "0088000008000102030405060700", "00b100000454020100c0", "002241a40c800a04007f00070202030202", "00c0000000",
    )
]  # fmt: skip


@pytest.fixture(scope="module")
def cards(merged: Any) -> list[Personalisation]:
    base = new_personalisation()
    quirks: list[dict[str, Any]] = [
        {},
        {"response_chaining": 3, "wrong_length": "6cxx", "max_le": 7, "naked_errors": "dropped"},
        {
            "end_of_file": "6b00",
            "wrong_length": "6700",
            "wrong_password_tries": 1,
            "naked_errors": "uncounted",
        },
    ]
    return [
        personalise(merged(base, {"quirks": quirk, "access": {"open": i == 1}}))
        for i, quirk in enumerate(quirks)
    ]


def answered(chip: Chip, command: bytes) -> None:
    answer = chip.transmit(command)
    assert len(answer) >= 2
    assert answer[-2] & 0xF0 in (0x60, 0x90)
    assert len(answer) <= 65_538


COMMANDS = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(SEEDS),
    st.builds(
        lambda seed, at, octet: seed[:at] + bytes((octet,)) + seed[at + 1 :],
        st.sampled_from(SEEDS), st.integers(0, 20), st.integers(0, 255),
    ),
    st.builds(
        lambda cla, ins, p1, p2, data, le, extended: CommandAPDU(cla, ins, p1, p2, data, le, extended).to_bytes(),
        st.sampled_from([0x00, 0x10, 0x0C, 0x80]), st.sampled_from(INSTRUCTIONS), st.integers(0, 255),
        st.sampled_from([0, 1, 0x0C, 0x9C, 0xA4, 0xA6]), st.binary(max_size=60), st.integers(0, 65_536), st.booleans(),
    ),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(commands=st.lists(COMMANDS, min_size=1, max_size=8), which=st.integers(0, 2))
def test_any_octets_get_an_answer(commands: list[bytes], which: int, cards: list[Personalisation]) -> None:
    chip = Chip(cards[which])
    for command in commands:
        answered(chip, command)


@settings(max_examples=150, deadline=None)
@given(commands=st.lists(COMMANDS, min_size=1, max_size=4), which=st.sampled_from([0, 2]))
def test_any_command_under_secure_messaging_gets_an_answer(
    commands: list[bytes], which: int, cards: list[Personalisation], terminal_on: Any
) -> None:
    terminal = terminal_on(Chip(cards[which])).bac()
    for command in commands:
        try:
            plain = CommandAPDU.from_bytes(command)
        except Exception:
            continue
        answered(terminal.chip, terminal.session.messaging.protect(plain).to_bytes())
    answered(
        terminal.chip, b"\x0c\xb0\x00\x00" + bytes((len(commands[0][:200]),)) + commands[0][:200] + b"\0"
    )
