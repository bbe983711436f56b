"""The page on printed codes names every word that the library says of one."""

from __future__ import annotations

import re

import doc_pages

from eid.vietnam.comparisons import REASONS

PAGE = (doc_pages.DOCS / "guides" / "printed-code.md").read_text(encoding="utf-8")


def test_every_reason_is_explained_with_its_severity() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    for reason, (_, severity, _) in REASONS.items():
        (row,) = (row for row in rows if f"`{reason}`" in row)
        assert f"| {severity} |" in row, reason


def test_every_warning_is_explained() -> None:
    source = doc_pages.ROOT / "src/eid/vietnam"
    text = "".join(
        (source / name).read_text(encoding="utf-8") for name in ("card_qr/__init__.py", "card_qr/repair.py")
    )
    words = set(re.findall(r'(?:append\(|become\([^\n]*, )"([a-z0-9_]+)"', text))
    words |= {"pin_prefix_unknown", "placeholder_like", "pin_sex_mismatch", "pin_year_mismatch"}
    assert len(words) > 18
    assert not {word for word in words if f"`{word}`" not in PAGE}
