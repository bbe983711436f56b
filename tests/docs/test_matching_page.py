"""The page on matching names every word that the library says."""

from __future__ import annotations

import re

import doc_pages

from eid.vietnam.addresses import Address
from eid.vietnam.matching import NameClass, NameMatch, Reason

PAGE = (doc_pages.DOCS / "guides" / "matching.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| `")]


def test_every_class_stands_there_with_its_advice() -> None:
    for name_class in NameClass:
        (row,) = (row for row in ROWS if row.startswith(f"| `{name_class}` |"))
        assert f"`{NameMatch(name_class).advice}`" in row


def test_every_reason_is_explained() -> None:
    for reason in Reason:
        assert any(f"`{reason}`" in row.split(" | ")[0] for row in ROWS), reason


def test_every_warning_of_an_address_is_explained() -> None:
    assert Address.__doc__
    warnings = re.findall("``([a-z_]+)``", Address.__doc__.partition(":param warnings:")[2])
    assert len(warnings) >= 10
    for word in warnings:
        assert any(f"`{word}`" in row.split(" | ")[0] for row in ROWS), word
