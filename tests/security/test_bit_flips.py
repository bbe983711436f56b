"""One flipped bit anywhere on the way from card to terminal never makes a report better."""

from __future__ import annotations

import random
from typing import Any

import pytest

import eid
from eid import vietnam
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation, new_personalisation, personalise
from eid.trust.certificates import Certificate
from eid.vietnam.sample import sample_citizen

CAN = eid.Can("012349")
FLIPS_PER_CARD = 1_300
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


@pytest.fixture(scope="module")
def complete() -> dict[str, Any]:
    return new_personalisation(sample_citizen())


def _read(line: FlippedBit) -> tuple[eid.Evidence | None, bool]:
    try:
        return eid.read(line, CAN, profile=vietnam.CITIZEN_CARD), True
    except eid.EidError as error:
        return getattr(error, "evidence", None), False


def _report(card: Personalisation, evidence: eid.Evidence, trust: eid.TrustStore) -> eid.Report:
    return eid.verify(
        evidence,
        trust=trust,
        policy=eid.Policy.counter(),
        profile=vietnam.CITIZEN_CARD,
        now=eid.utc_now(),
    )


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", CARDS)
def test_one_flipped_bit_never_improves_a_report(name: str, complete: dict[str, Any]) -> None:
    card = personalise({**complete, "faults": CARDS[name]})
    trust = eid.TrustStore.of([Certificate.from_der(card.csca_der)])
    honest = FlippedBit(Chip(card))
    evidence, finished = _read(honest)
    assert finished
    assert evidence is not None
    base = _report(card, evidence, trust)
    assert (base.verdict == "PASSED") == (name == "genuine"), base.verdict
    chance = random.Random(name)
    completed = 0
    for _ in range(FLIPS_PER_CARD):
        response, bit = chance.randrange(honest.count), chance.random()
        evidence, finished = _read(FlippedBit(Chip(card), response, bit))
        assert evidence is not None, (response, bit)
        report = _report(card, evidence, trust)
        where = f"{name}: response {response}, bit at {bit}"
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
        completed += finished
    # Flips that do no harm exist (an unprotected status word), so the loop has seen both kinds.
    assert 0 < completed < FLIPS_PER_CARD
