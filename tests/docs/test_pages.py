"""What the documentation says is so: its code runs, its commands exist, its table of situations is true."""

from __future__ import annotations

import io
import json
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import doc_pages
import pytest

from eid.simulator.personalise import Personalisation


@pytest.mark.parametrize("page", doc_pages.pages(), ids=doc_pages.name)
def test_python_on_a_page_runs_from_top_to_bottom(page: Path, desk: Personalisation) -> None:
    namespace: dict[str, Any] = {"__name__": "page"}
    for line, code in doc_pages.fences(page, "python"):
        source = compile("\n" * (line - 1) + code, doc_pages.name(page), "exec")
        exec(source, namespace)


def test_readme_and_start_have_code_to_run() -> None:
    for page in (doc_pages.ROOT / "README.md", doc_pages.DOCS / "start.md"):
        assert doc_pages.fences(page, "python")


def test_start_page_prints_what_it_shows(desk: Personalisation) -> None:
    page = doc_pages.DOCS / "start.md"
    shown = next(text for _, text in doc_pages.fences(page, "text"))
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(doc_pages.fences(page, "python")[0][1], {})
    assert [line.rstrip() for line in printed.getvalue().splitlines()] == [
        line.rstrip() for line in shown.splitlines()
    ]


def test_readme_prints_the_verdict_its_comment_promises(desk: Personalisation) -> None:
    code = doc_pages.fences(doc_pages.ROOT / "README.md", "python")[0][1]
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(code, {})
    assert printed.getvalue().strip() == code.rsplit("# ", 1)[1].strip()


def test_json_on_the_pages_is_json() -> None:
    found = [text for page in doc_pages.pages() for _, text in doc_pages.fences(page, "json")]
    assert found
    for text in found:
        json.loads(text)


# --- command lines ---------------------------------------------------------------------------------


def command_lines() -> list[tuple[str, str]]:
    """Every ``eid ...`` on a page: in console fences, and between backticks in the text."""
    found: list[tuple[str, str]] = []
    for page in doc_pages.pages():
        for _, text in doc_pages.fences(page, "console"):
            found += [
                (doc_pages.name(page), line[2:]) for line in text.splitlines() if line.startswith("$ eid ")
            ]
        text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        found += [(doc_pages.name(page), line) for line in re.findall(r"`(eid [a-z][^`]*)`", text)]
    return found


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_command_on_a_page_exists_with_its_options(page: str, line: str) -> None:
    typer = pytest.importorskip("typer")
    from eid.cli.app import app

    words = shlex.split(line, comments=True)[1:]
    command = typer.main.get_command(app)
    while hasattr(command, "commands") and words:
        word = words.pop(0)
        assert word in command.commands, f"{page}: eid has no command {word!r} ({line})"
        command = command.commands[word]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    used = {word.split("=")[0] for word in words if word.startswith("--")}
    assert used <= known, f"{page}: {line}"


def test_the_pages_show_the_main_commands() -> None:
    shown = {line.split()[1] for _, line in command_lines()}
    assert {"demo", "readers", "read", "verify", "mrz", "vietnam", "chip"} <= shown


# --- links -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", doc_pages.pages(), ids=doc_pages.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    # The build finds broken links inside docs; this also looks at README, which is not part of it.
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if target.endswith("errors.md"):
            continue  # generated
        assert (page.parent / target).exists(), f"{doc_pages.name(page)} links to {target}"


# --- words the code uses ---------------------------------------------------------------------------


def test_every_quirk_a_reading_may_note_is_in_the_table() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in (doc_pages.ROOT / "src/eid/chip").glob("*.py")
    )
    noted = set(re.findall(r'"([a-z0-9_]+)"', "".join(re.findall(r"\.note\(([^\n]*)\)", source))))
    noted |= {"select_mf_XXXX", "short_read_N"}
    page = (doc_pages.DOCS / "reading.md").read_text(encoding="utf-8")
    assert len(noted) > 10
    assert not {word for word in noted if f"`{word}`" not in page}


def test_every_quirk_and_fault_of_the_built_in_chip_is_described() -> None:
    from dataclasses import fields

    from eid.simulator.quirks import Faults, Quirks

    page = (doc_pages.DOCS / "simulator.md").read_text(encoding="utf-8")
    assert not {f.name for cls in (Quirks, Faults) for f in fields(cls) if f"`{f.name}" not in page}


def test_the_pages_name_no_machine_and_no_real_person() -> None:
    for page in doc_pages.pages():
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"/work/|/tmp/|/home/", text), doc_pages.name(page)
        numbers = set(re.findall(r"\b[0-9]{12}\b", text))
        assert numbers <= {"001099012349", "001099012340"}, doc_pages.name(page)
