"""Fences and tables of the pages that the tests of the documentation look at."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """README and every page that somebody wrote; the generated catalogue is tested by itself."""
    written = [path for path in DOCS.rglob("*.md") if "_build" not in path.parts and path.name != "errors.md"]
    return [ROOT / "README.md", *sorted(written)]


def name(path: Path) -> str:
    """How a page is called in test ids."""
    return str(path.relative_to(ROOT))


def fences(path: Path, language: str) -> list[tuple[int, str]]:
    """Line number and text of each fence in *language*."""
    text = path.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, match.start(2)) + 1, match[2])
        for match in _FENCE.finditer(text)
        if match[1] == language
    ]


def table(path: Path, heading: str) -> list[list[str]]:
    """Rows (without the head) of the first table under *heading*."""
    section = path.read_text(encoding="utf-8").split(f"\n{heading}\n", 1)[1]
    rows: list[list[str]] = []
    for line in section.splitlines():
        if line.startswith("|"):
            rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
        elif rows:
            break
    return rows[2:]
