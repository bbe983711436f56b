"""Write the error catalogue from the error classes, the verdict codes and the problem codes.

    python docs/generate_errors.py [FILE]

The build of the documentation calls it, so the catalogue cannot differ from the code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from eid.accounts.codes import CODES as DECISION_CODES
from eid.accounts.usage.findings import USAGE_CODES
from eid.cli.messages import FAILURES
from eid.errors import EidError, all_errors
from eid.qr.codes import QR_CODES
from eid.trust.problems import PROBLEMS
from eid.verification.codes import CODES

_HEAD = """\
# Error catalogue

This page is generated from the code. Codes are stable: programs decide by the code, people read the
sentence. There are six kinds:

- [Errors](#errors) are exceptions. Every exception that leaves the library is an `eid.EidError` with the
  attributes `code`, `public_message` (`.en` and `.vi`), `cause` and `remedy`.
- [Verdict codes](#verdict-codes) stand in a report, beside an outcome that is not `PASSED` or in
  `report.warnings`. They are not exceptions: `verify` does not raise because a card is bad.
- [Problem codes](#problem-codes) name what is odd about a certificate or a list, though it is used: `eid trust
  check` counts them, `Certificate.warnings` and `report.warnings` hold them. They decide nothing.
- [Codes of decisions](#codes-of-decisions) are the reasons of an answer about an account, each with its effect and
  article; see [Accounts](guides/accounts.md).
- [Codes of the usage log](#codes-of-the-usage-log) are what a verification of the log found, and where; see [The usage
  log](guides/usage-log.md).
- [Codes of the command line](#codes-of-the-command-line) name what only the program `eid` meets.

None of the texts holds personal data, keys or APDU octets.
"""
_DECISIONS = """\
## Codes of decisions

| code | English | Tiếng Việt |
|---|---|---|
"""
_USAGE = """\
## Codes of the usage log

| code | English | Tiếng Việt |
|---|---|---|
"""
_COMMAND_LINE = """\
## Codes of the command line

Beside the errors above, the program `eid` reports these. What stands in braces is filled in. Exit codes are
explained on the page [The command line](cli.md#exit-codes).

| code | exit code | English | Tiếng Việt |
|---|---|---|---|
"""


def errors() -> Iterator[type[EidError]]:
    """The library's error classes, each once; subclasses made elsewhere are not its business."""
    seen: set[type[EidError]] = set()
    for cls in all_errors():
        if cls.__module__.startswith("eid.") and cls not in seen:
            seen.add(cls)
            yield cls


def catalogue() -> str:
    """The page, in Markdown."""
    parts = [_HEAD, "## Errors\n"]
    for cls in errors():
        parents = [base.__name__ for base in cls.__bases__ if issubclass(base, EidError)]
        kind = f"Exception `eid.errors.{cls.__name__}`"
        if parents:
            kind += ", a kind of " + " and ".join(f"`{name}`" for name in parents)
        text = cls.public_message
        parts.append(_entry(f"error-{cls.code}", cls.code, text.en, text.vi, cls.cause, cls.remedy, kind))
    parts.append("## Verdict codes\n")
    for entry in (*CODES.values(), *QR_CODES.values()):
        text = entry.text
        parts.append(_entry(f"code-{entry.code}", entry.code, text.en, text.vi, entry.cause, entry.remedy))
    parts.append("## Problem codes\n")
    for problem in PROBLEMS.values():
        text = problem.text
        parts.append(
            _entry(f"problem-{problem.code}", problem.code, text.en, text.vi, problem.cause, problem.remedy)
        )
    rows = [f"| `{code}` | {end} | {text.en} | {text.vi} |\n" for code, (end, text) in FAILURES.items()]
    reasons = [f"| `{code}` | {text.en} | {text.vi} |\n" for code, text in DECISION_CODES.items()]
    found = [f"| `{code}` | {text.en} | {text.vi} |\n" for code, text in USAGE_CODES.items()]
    tables = ((_DECISIONS, reasons), (_USAGE, found), (_COMMAND_LINE, rows))
    return "\n".join([*parts, *(head + "".join(lines) for head, lines in tables)])


def _entry(target: str, code: str, en: str, vi: str, cause: str, remedy: str, kind: str = "") -> str:
    lines = [f"({target.lower().replace('_', '-')})=", f"### `{code}`", ""]
    if kind:
        lines += [f"{kind}.", ""]
    lines += [
        f"- English: {en}",
        f"- Tiếng Việt: {vi}",
        f"- Cause: {cause}",
        f"- Remedy: {remedy}",
        "",
    ]
    return "\n".join(lines)


def write(path: Path) -> None:
    """Write the page to *path*, only if it changed, so that Sphinx does not rebuild for nothing."""
    text = catalogue()
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "errors.md")
