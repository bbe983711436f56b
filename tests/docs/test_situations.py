"""Each row of the table of situations, made with the built-in chip."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import doc_pages
import pytest

import eid
from eid import vietnam
from eid.simulator.chip import Chip
from eid.simulator.personalise import personalise
from eid.trust.certificates import Certificate

NOW = eid.utc_now()
ROWS = doc_pages.table(doc_pages.DOCS / "verification.md", "## Situations")


@dataclass(frozen=True)
class Situation:
    """How a row comes about."""

    faults: dict[str, Any] = field(default_factory=dict)
    quirks: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    anchor: bool = True
    now: dt.datetime = NOW
    arguments: dict[str, Any] = field(default_factory=dict)
    stored: bool = False
    only: Callable[[str], bool] | None = None
    challenge: str | None = None


IN_FORCE = eid.StatusAnswer("IN_FORCE", "test", NOW)
LOST = eid.StatusAnswer("LOST", "test", NOW)

SITUATIONS: dict[str, Situation] = {
    "genuine card, read here": Situation(),
    "the same, status and holder asked": Situation(
        arguments={"status": IN_FORCE, "holder": eid.HolderMatch(True, "officer", "officer", NOW)}
    ),
    "no anchor for its issuer": Situation(anchor=False),
    "signed under another authority": Situation({"foreign_signer": True}),
    "one octet of DG1 altered": Situation({"altered": ["DG1"]}),
    "signature wrong": Situation({"wrong_signature": True}),
    "signer's certificate expired": Situation({"expired_signer": True}),
    "EF.CardAccess weakened": Situation({"downgraded_access": "weak"}),
    "copy without the chip's keys": Situation({"clone": "no_keys"}),
    "copy with other keys": Situation({"clone": "wrong_keys"}),
    "chip keys that nobody signed": Situation({"unbound": ["DG14", "DG15"]}),
    "chip keys on an unsupported curve": Situation({"unsupported_curve": ["DG14", "DG15"]}),
    "expired card": Situation(now=dt.datetime(2040, 1, 1, tzinfo=dt.UTC)),
    "card reported lost": Situation(arguments={"status": LOST}),
    "another person's card": Situation(
        arguments={"holder": eid.HolderMatch(False, "officer", "officer", NOW)}
    ),
    "pulled out during the portrait": Situation(quirks={"dies_at": 18}),
    "stored file, no challenge": Situation(stored=True),
    "stored file, the challenge used": Situation(stored=True, challenge="same"),
    "stored file, another challenge": Situation(stored=True, challenge="other"),
    "stored file, Chip Authentication only": Situation(keys={"active_authentication": None}, stored=True),
    "folder with all files": Situation(stored=True, only=lambda name: True),
    "a lone EF.SOD": Situation(stored=True, only=lambda name: name == "EF.SOD"),
    "a folder without EF.SOD": Situation(stored=True, only=lambda name: name != "EF.SOD"),
}


def test_every_row_has_a_situation_and_every_situation_a_row() -> None:
    assert [row[0] for row in ROWS] == list(SITUATIONS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_situation_gets_the_verdicts_of_its_row(row: list[str], description: dict[str, Any]) -> None:
    report = make(SITUATIONS[row[0]], description)
    found = [f"{verdict.outcome} {verdict.code or ''}".strip() for verdict in report.verdicts.values()] + [
        report.verdict.value
    ]
    silence = ["", "", "UNDECIDED STATUS_NOT_AVAILABLE", "NOT_CHECKED", ""]
    expected = [quiet if cell == "–" else cell for cell, quiet in zip(row[1:], silence, strict=True)]
    assert found == expected


def make(situation: Situation, description: dict[str, Any]) -> eid.Report:
    """Personalise, read and verify."""
    changed = copy.deepcopy(description)
    changed["faults"] = situation.faults
    changed["quirks"].update(situation.quirks)
    changed["keys"].update(situation.keys)
    # With a foreign signer the anchor stays the one that the card names.
    anchor = Certificate.from_der(personalise(description).csca_der)
    try:
        evidence = eid.read(Chip(personalise(changed)), eid.Can("012349"), profile=vietnam.CITIZEN_CARD)
    except eid.EidError as error:
        evidence = getattr(error, "evidence")
    arguments = dict(situation.arguments)
    if situation.challenge is not None:
        assert evidence.active_authentication is not None
        used = evidence.active_authentication.challenge
        arguments["challenge"] = used if situation.challenge == "same" else bytes(8)
    if situation.stored:
        evidence = eid.Evidence.from_bytes(evidence.to_bytes())
    if situation.only is not None:
        evidence = eid.Evidence(
            {name: octets for name, octets in evidence.files.items() if situation.only(name)}
        )
    return eid.verify(
        evidence,
        trust=eid.TrustStore.of([anchor] if situation.anchor else []),
        policy=eid.Policy.stored() if situation.stored else eid.Policy.counter(),
        profile=vietnam.CITIZEN_CARD,
        now=situation.now,
        **arguments,
    )
