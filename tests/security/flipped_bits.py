"""A line that flips a bit, and what a report may then say."""

from __future__ import annotations

import random
from typing import Any

import pytest

import eid
from eid import vietnam
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation, personalise
from eid.trust.certificates import Certificate

CAN = eid.Can("012349")
VERDICTS = ("authentic", "chip_genuine", "still_valid", "holder")

CARDS: dict[str, dict[str, Any]] = {
    "genuine": {},
    "clone without keys": {"clone": "no_keys"},
    "clone with other keys": {"clone": "wrong_keys"},
    "altered DG1": {"altered": ["DG1"]},
    "unknown issuer": {"foreign_signer": True},
}


class FlippedBit:
    """A line to the chip that flips one bit of one response."""

    def __init__(self, chip: Chip, response: int = -1, bit: float = 0.0) -> None:
        self._chip = chip
        self._response = response
        self._bit = bit
        self.count = 0

    def transmit(self, command: bytes) -> bytes:
        response = bytearray(self._chip.transmit(command))
        if self.count == self._response:
            bit = int(self._bit * len(response) * 8)
            response[bit // 8] ^= 1 << bit % 8
        self.count += 1
        return bytes(response)


def read_over(line: FlippedBit) -> tuple[eid.Evidence | None, bool]:
    """What was read, and whether to the end."""
    try:
        return eid.read(line, CAN, profile=vietnam.CITIZEN_CARD), True
    except eid.EidError as error:
        return getattr(error, "evidence", None), False


def report_on(card: Personalisation, evidence: eid.Evidence) -> eid.Report:
    """The report at a counter that trusts the issuer which *card* names."""
    return eid.verify(
        evidence,
        trust=eid.TrustStore.of([Certificate.from_der(card.csca_der)]),
        policy=eid.Policy.counter(),
        profile=vietnam.CITIZEN_CARD,
        now=eid.utc_now(),
    )


def flip_bits(complete: dict[str, Any], name: str, flips: int, chance: random.Random) -> None:
    """Read the card called *name* with one bit flipped, *flips* times; no report may get better."""
    card = personalise({**complete, "faults": CARDS[name]})
    honest = FlippedBit(Chip(card))
    evidence, finished = read_over(honest)
    assert finished
    assert evidence is not None
    base = report_on(card, evidence)
    assert (base.verdict == "PASSED") == (name == "genuine"), base.verdict
    completed = 0
    for _ in range(flips):
        response, bit = chance.randrange(honest.count), chance.random()
        evidence, finished = read_over(FlippedBit(Chip(card), response, bit))
        assert evidence is not None, (response, bit)
        where = f"{name}: response {response}, bit at {bit}"
        _compare(base, report_on(card, evidence), card, evidence, where, finished=finished)
        completed += finished
    # Flips that do no harm exist (an unprotected status word), so the loop has seen both kinds.
    assert 0 < completed < flips


def _compare(
    base: eid.Report,
    report: eid.Report,
    card: Personalisation,
    evidence: eid.Evidence,
    where: str,
    *,
    finished: bool,
) -> None:
    for verdict in VERDICTS:
        now, before = getattr(report, verdict), getattr(base, verdict)
        if now.outcome is eid.Outcome.PASSED:
            assert before.outcome is eid.Outcome.PASSED, f"{where}: {verdict} became PASSED"
            if verdict in ("authentic", "chip_genuine"):
                for file, octets in evidence.files.items():
                    assert octets == card.files[file], f"{where}: {verdict} with another {file}"
        elif finished and before.outcome is eid.Outcome.FAILED and now.outcome is not before.outcome:
            pytest.fail(f"{where}: {verdict} no longer FAILED in a finished reading")
    if base.verdict != "PASSED":
        assert report.verdict != "PASSED", where
