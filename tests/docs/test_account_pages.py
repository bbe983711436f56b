"""The pages about accounts say what their code prints, and name every demand, member and operation there is."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path
from typing import Any

import doc_pages
import pytest

from eid.accounts import catalogue
from eid.accounts.codes import CODES
from eid.accounts.requirement import Requirement
from eid.simulator.personalise import Personalisation
from eid.vietnam.banking import Operation

GUIDES = doc_pages.DOCS / "guides"


@pytest.mark.parametrize("name", ["accounts", "services", "bank", "data-protection"])
def test_what_a_comment_promises_is_what_is_printed(name: str, desk: Personalisation) -> None:
    page = GUIDES / f"{name}.md"
    lines = page.read_text(encoding="utf-8").splitlines()
    printed: dict[int, str] = {}

    def record(*values: object) -> None:
        printed[sys._getframe(1).f_lineno] = " ".join(map(str, values))

    namespace: dict[str, Any] = {"__name__": "page", "print": record}
    for line, code in doc_pages.fences(page, "python"):
        exec(compile("\n" * (line - 1) + code, str(page), "exec"), namespace)
    promised = {n: text for n in printed if (text := lines[n - 1].partition("  # ")[2])}
    assert len(promised) >= 1
    assert {n: printed[n] for n in promised} == promised


def test_the_explanation_shown_is_the_one_that_is_printed(desk: Personalisation) -> None:
    page = GUIDES / "accounts.md"
    namespace: dict[str, Any] = {"__name__": "page", "print": lambda *values: None}
    for _, code in doc_pages.fences(page, "python"):
        exec(code, namespace)
    (shown,) = (text for _, text in doc_pages.fences(page, "text"))
    version = r"rules [0-9a-f]{12}"
    told = namespace["decision"].explain()
    assert re.sub(version, "rules", shown.strip()) == re.sub(version, "rules", told)


def _first_column(page: Path, heading: str) -> str:
    return " ".join(row[0] for row in doc_pages.table(page, heading))


def test_every_demand_of_a_requirement_is_explained() -> None:
    named = set(re.findall("[a-z_]+", _first_column(GUIDES / "accounts.md", "## What can be asked for")))
    assert set(Requirement.__dataclass_fields__) - named == {"parts"}


def test_every_member_of_a_service_is_explained() -> None:
    text = (GUIDES / "services.md").read_text(encoding="utf-8")
    assert not {name for name in catalogue._MEMBERS | catalogue._ABOUT if f"`{name}`" not in text}
    (shown,) = (code for _, code in doc_pages.fences(GUIDES / "services.md", "toml"))
    assert len(catalogue.Catalogue.from_toml(shown.encode())) == 3


def test_every_operation_of_a_bank_is_in_the_table() -> None:
    text = (GUIDES / "bank.md").read_text(encoding="utf-8")
    assert not {each.name for each in Operation if f"| `{each.name}`" not in text}


def test_every_code_of_a_decision_is_in_the_catalogue_and_is_used() -> None:
    source = doc_pages.ROOT / "src/eid/accounts"
    text = "".join((source / name).read_text(encoding="utf-8") for name in ("looking.py", "decision.py"))
    used = set(re.findall(r'"([A-Z]+(?:_[A-Z0-9]+)+)"', text)) - {"STEP_UP", "ELECTRONIC_CARD"}
    assert set(CODES) == used | {"ALLOWED"}
    generator = runpy.run_path(str(doc_pages.DOCS / "generate_errors.py"))
    listed = generator["catalogue"]().split("\n## Codes of decisions\n", 1)[1].split("\n## ", 1)[0]
    for code, said in CODES.items():
        assert f"| `{code}` | {said.en} | {said.vi} |" in listed
        assert said.en != said.vi
