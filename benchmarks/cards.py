"""The cards the benchmarks read, made once."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import eid
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation, new_personalisation, personalise
from eid.trust.certificates import Certificate
from eid.vietnam.sample import sample_citizen

CAN = eid.Can("012349")


@dataclass(frozen=True)
class BenchCard:
    """A personalised card. ``block`` is how many octets one READ BINARY can bring."""

    personalisation: Personalisation
    block: int

    def fresh(self) -> Chip:
        """The card, just powered."""
        return Chip(self.personalisation)

    @property
    def anchors(self) -> tuple[Certificate, ...]:
        """Its test CSCA."""
        return (Certificate.from_der(self.personalisation.csca_der),)


@functools.cache
def sample_card(*, short: bool = False) -> BenchCard:
    """The sample citizen's card; *short* without extended length."""
    description: dict[str, Any] = dict(_complete())
    if short:
        description["quirks"] = {**description.get("quirks", {}), "short_only": True}
    return BenchCard(personalise(description), 223 if short else 65_535)


@functools.cache
def silver_sized_card(*, short: bool = False) -> BenchCard:
    """The same with PACE over 3DES and a portrait file of 15,083 octets, the size of the BSI specimen."""
    description: dict[str, Any] = dict(_complete())
    description["access"] = {
        **description["access"],
        "pace": [{"curve": "brainpoolP256r1", "cipher": "3DES"}],
    }
    # Chip Authentication with AES would change the cipher at the end; the files are read before it.
    portrait = personalise(description).files["DG2"]
    padded = _stretch(portrait, 15_083)
    description["groups"] = {**description["groups"], "DG2": {"hex": padded.hex()}}
    if short:
        description["quirks"] = {**description.get("quirks", {}), "short_only": True}
    return BenchCard(personalise(description), 231 if short else 65_535)


def _stretch(dg2: bytes, size: int) -> bytes:
    """A file with the header of *dg2* for *size* octets in all: benchmarks do not look at the picture."""
    return b"\x75\x82" + (size - 4).to_bytes(2, "big") + dg2[4:].ljust(size - 4, b"\0")


@functools.cache
def _complete() -> dict[str, Any]:
    return new_personalisation(sample_citizen())
