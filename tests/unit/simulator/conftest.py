"""Cards and a small terminal for the tests of the test chip."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from eid.chip.access import Can, Mrz
from eid.chip.apdu import CommandAPDU, ResponseAPDU
from eid.chip.bac import basic_access_control
from eid.chip.chip_authentication import chip_authentication, suites_of
from eid.chip.pace import pace, suite_of
from eid.chip.session import Session
from eid.chip.transport import run
from eid.document.security_infos import DG14, SecurityInfos
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation, new_personalisation, personalise

MakeCard = Callable[..., Personalisation]


class Terminal:
    """Sends commands to a chip, protected when a channel is open."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.session = Session()

    def plain(self, octets: str) -> str:
        """Hexadecimal in, hexadecimal out, past any secure messaging."""
        return self.chip.transmit(bytes.fromhex(octets)).hex()

    def send(self, octets: str) -> ResponseAPDU:
        return self.command(CommandAPDU.from_bytes(bytes.fromhex(octets)))

    def command(self, command: CommandAPDU) -> ResponseAPDU:
        return run(self.session.send(command), self.chip)

    def pace(self, key: Can | Mrz | None = None, variant: int = 0) -> Terminal:
        infos = SecurityInfos.parse(self.chip.card.files["EF.CardAccess"])
        key = key or Can(str(self.chip.card.can))
        run(pace(self.session, key, suite_of(infos.pace[variant])), self.chip)
        assert self.send("00a4040c07a0000002471001").sw == 0x9000
        return self

    def bac(self) -> Terminal:
        assert self.send("00a4040c07a0000002471001").sw == 0x9000
        run(basic_access_control(self.session, Mrz(str(self.chip.card.mrz_information))), self.chip)
        return self

    def chip_authentication(self) -> Terminal:
        suite = suites_of(DG14.parse(self.chip.card.files["DG14"]))[0]
        run(chip_authentication(self.session, suite), self.chip)
        return self

    def file(self, fid: int, *, step: int = 200) -> bytes:
        assert self.send(f"00a4020c02{fid:04x}").sw == 0x9000
        content = b""
        while True:
            response = self.command(CommandAPDU(0, 0xB0, len(content) >> 8, len(content) & 0xFF, le=step))
            content += response.data
            if response.sw != 0x9000 or len(response.data) < step:
                return content


@pytest.fixture(scope="session")
def description() -> dict[str, Any]:
    """A complete description of an invented card."""
    return new_personalisation()


def merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """*base* with members replaced; objects are merged member by member."""
    out = copy.deepcopy(base)
    for name, value in changes.items():
        old = out.get(name)
        out[name] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return out


@pytest.fixture
def make_card(description: dict[str, Any]) -> Iterator[MakeCard]:
    """Makes cards that differ from the usual one in some members."""
    return lambda **changes: personalise(merge(description, changes))


@pytest.fixture
def make_terminal(make_card: MakeCard) -> Callable[..., Terminal]:
    """A terminal with a chip that differs from the usual one in some members."""
    return lambda **changes: Terminal(Chip(make_card(**changes)))


@pytest.fixture(scope="session")
def terminal_on() -> type[Terminal]:
    """Makes a terminal in front of anything that can transmit."""
    return Terminal


@pytest.fixture(scope="session")
def merged() -> Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]:
    """Changes members of a description."""
    return merge
