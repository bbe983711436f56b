"""The page on cleaning names every word that the cleaning says, and prints what its comments promise."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import doc_pages
import pytest

from eid.bulk import Field, PairVerdict
from eid.bulk.codes import NOTES, PROBLEMS, REJECTIONS, ROWS

PATH = doc_pages.DOCS / "guides" / "cleaning.md"
PAGE = PATH.read_text(encoding="utf-8")
WORDS = set(re.findall(r"`([a-z_0-9]+)`", PAGE))


@pytest.mark.parametrize(
    "codes", [NOTES, PROBLEMS, REJECTIONS, ROWS], ids=["notes", "problems", "rejections", "rows"]
)
def test_every_code_is_explained(codes: dict[str, object]) -> None:
    assert not codes.keys() - WORDS


def test_notes_and_problems_stand_in_their_own_tables() -> None:
    notes = PAGE.split("## What was done")[1].split("\n## ")[0]
    problems = PAGE.split("## What is wrong")[1].split("\n## ")[0]
    for table, codes in ((notes, NOTES), (problems, PROBLEMS)):
        named = set(
            re.findall(
                r"`([a-z_0-9]+)`", "".join(line for line in table.splitlines() if line.startswith("| `"))
            )
        )
        assert named == set(codes)


def test_every_field_and_verdict_is_explained() -> None:
    assert not {each.value for each in (*Field, *PairVerdict)} - WORDS


def test_the_page_prints_what_it_promises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = (text for _, text in doc_pages.fences(PATH, "python"))
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(code, {"__name__": "page"})
    promised = [line.removeprefix("# ") for line in code.splitlines() if line.startswith("# ")]
    assert printed.getvalue().splitlines() == promised
