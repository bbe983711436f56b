"""Every situation of the catalogue goes into a record and comes out as the same report."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import verification_cards

from eid.crypto.keys import SoftwareSigner
from eid.document.evidence import Evidence
from eid.document.profile import ICAO
from eid.tokens.record import check_record, make_record
from eid.verification import Policy, Report

SIGNER = SoftwareSigner.generate()


def neighbour(name: str) -> ModuleType:
    """The module beside this one: another folder has one of the same name."""
    spec = importlib.util.spec_from_file_location(f"recorded_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


situations = neighbour("test_situations")


@pytest.mark.parametrize("situation", situations.SITUATIONS, ids=lambda each: each.title)
def test_every_situation_is_the_same_from_its_record(situation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trust store in the record holds less than the one given, and must give the same answers."""
    reports: list[Report] = []

    def judge(evidence: Evidence, **changes: Any) -> Report:
        given = {"trust": verification_cards.TRUST, "policy": Policy.stored(), "profile": ICAO}
        arguments: dict[str, Any] = {**given, "now": verification_cards.NOW, **changes}
        made = make_record(evidence, signer=SIGNER, made_at=verification_cards.NOW, rules="1", **arguments)
        profiles = {arguments["profile"].name: arguments["profile"]}
        checked = check_record(made.octets, signer=SIGNER.key, profiles=profiles)
        assert checked.same, checked.differences
        assert checked.report_now == made.report
        reports.append(made.report)
        return made.report

    monkeypatch.setattr(situations, "judge", judge)
    monkeypatch.setattr(verification_cards, "judge", judge)
    report = situation.make()
    assert report in reports, "this situation was not made by judge()"
