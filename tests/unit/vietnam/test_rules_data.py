"""The project's rules beside the survey they were taken from, and beside its invented cases."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from eid.accounts.model import HolderKind
from eid.vietnam.card_validity import card_validity
from eid.vietnam.rules import rules_for

#: What we say otherwise than the survey's data, and why.
REWORDED = {
    # The survey's own page names the head of the department; its data, the authority. Both are one.
    ("lock_authority.account", "decides"),
    # What was not seen, and what public pages report of banks under special control.
    ("bank_threshold.transfer_c", "note"),
}


@pytest.fixture(scope="module")
def survey() -> dict[str, Any]:
    folder = os.environ.get("EID_VIETNAM") or Path(__file__).resolve().parents[4] / "shared" / "vietnam"
    path = Path(folder) / "rules.toml"
    if not path.is_file():
        pytest.skip("the survey's rules are not here: set EID_VIETNAM")
    data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return data


def test_every_entry_of_the_survey_is_in_our_data_with_its_values(survey: dict[str, Any]) -> None:
    ours = tomllib.loads((files("eid.vietnam") / "rules.toml").read_text(encoding="utf-8"))
    assert ours["as_of"] >= survey["as_of"]
    differences = set()
    for kind, listed in survey.items():
        for entry in listed if isinstance(listed, list) else ():
            key = {name: entry[name] for name in ("source", "from")}
            mine = min(
                (each for each in ours[kind] if key.items() <= each.items()),
                key=lambda each, entry=entry: sum(each.get(k) != v for k, v in entry.items()),
            )
            differences |= {(mine["id"], name) for name in entry if mine.get(name) != entry[name]}
    assert differences == REWORDED


def test_validity_of_the_survey_s_cards(vietnam_vectors: dict[str, Any]) -> None:
    cases = vietnam_vectors["card_validity"]
    assert len(cases) >= 15
    for case in cases:
        found = card_validity(dt.date.fromisoformat(case["dob"]), dt.date.fromisoformat(case["issue_date"]))
        assert found is not None, case["id"]
        assert case["law"] in found.rule.article, case["id"]
        expected = case["expect_expiry"] and dt.date.fromisoformat(case["expect_expiry"])
        assert found.ends == expected, case["id"]
        for also in case.get("also_accept", ()):
            assert found.allows(dt.date.fromisoformat(also)), case["id"]


def test_account_levels_of_the_survey_s_holders(vietnam_vectors: dict[str, Any]) -> None:
    cases = vietnam_vectors["account_levels"]
    assert len(cases) >= 11
    for case in cases:
        rules = rules_for(dt.date.fromisoformat(case["on"]))
        found = rules.eligibility(HolderKind(case["holder"]), case["age"])
        open_ = [each for each in found if case["has_required_document"]]
        levels: list[Any] = sorted({level for each in open_ for level in each.levels})
        if case["expect_levels"] == ["no_level"]:
            assert [each.levels for each in open_] == [frozenset()], case["id"]
        else:
            assert levels == case["expect_levels"], case["id"]
        assert all(each.requires for each in found), case["id"]
        assert all(case["source"].split(",")[0] in each.rule.article for each in found), case["id"]
