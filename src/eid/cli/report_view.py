"""How a report is shown to people: four verdicts, the checks below them, the person, warnings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from eid.cli.messages import CHECKS, FIELDS, OUTCOMES, VERDICTS
from eid.cli.output import Output
from eid.errors import all_errors

if TYPE_CHECKING:
    from eid.document.checks import Check
    from eid.document.person import Person
    from eid.verification.report import Report, Verdict

__all__ = ["check_row", "explain", "show_report", "verdict_row"]

_STYLES = {"PASSED": "green", "FAILED": "bold red", "UNDECIDED": "yellow", "NOT_CHECKED": "dim"}
_MARKS = {"PASSED": "+", "FAILED": "x", "UNDECIDED": "?", "NOT_CHECKED": "-"}
#: Facts worth a glance; all of them are in the JSON.
_FACTS = (
    "algorithm", "key", "hash", "curve", "issuer", "not_after", "protocol", "password", "fields", "found",
    "unsupported", "status", "source", "status_word", "anchor", "revoked_at", "reason", "next_update",
    "state", "countries", "listed",
)  # fmt: skip
_HASH = re.compile(r"hash_(DG[0-9]+)")


def explain(out: Output, code: str | None) -> str:
    """What *code* means, in the language of the output; empty for codes that nobody explains."""
    from eid.qr.codes import QR_CODES
    from eid.trust.problems import PROBLEMS
    from eid.verification.codes import CODES

    if code is None:
        return ""
    for catalogue in (QR_CODES, CODES):
        if code in catalogue:
            return out.text(catalogue[code].text)
    if code in PROBLEMS:
        return out.text(PROBLEMS[code].text)
    return next((out.text(error.public_message) for error in all_errors() if error.code == code), "")


def show_report(out: Output, report: Report, *, show_person: bool) -> None:
    """For people.

    :param show_person: personal data in clear.
    """
    out.table(verdict_row(out, name, verdict) for name, verdict in report.verdicts.items())
    out.heading(out.label("checks"))
    out.table(check_row(out, check) for verdict in report.verdicts.values() for check in verdict.checks)
    _show_person(out, report, show_person=show_person)
    if report.warnings:
        out.heading(out.label("warnings"))
        out.table([(code, "yellow"), (explain(out, code), "")] for code in report.warnings)
    out.line()
    word = report.verdict.value
    reason = f" ({report.code})" if report.code else ""
    out.line(f"{out.label('verdict')}: {out.text(OUTCOMES[word])}{reason}", _STYLES[word])


def verdict_row(out: Output, name: str, verdict: Verdict) -> list[tuple[str, str]]:
    """A verdict, and why it did not pass."""
    word = verdict.outcome.value
    explained = " ".join(filter(None, (verdict.code, explain(out, verdict.code))))
    return [(out.text(VERDICTS[name]), "bold"), (out.text(OUTCOMES[word]), _STYLES[word]), (explained, "")]


def check_row(out: Output, check: Check) -> list[tuple[str, str]]:
    """A check, its code, and facts worth a glance."""
    word = check.outcome.value
    remarks = " ".join(filter(None, (check.code, ", ".join(_facts(check)))))
    return [(_MARKS[word], _STYLES[word]), (_check_name(out, check.name), ""), (remarks, "dim")]


def _check_name(out: Output, name: str) -> str:
    if match := _HASH.fullmatch(name):
        return f"{out.text(CHECKS['hash'])} {match[1]}"
    return out.text(CHECKS[name]) if name in CHECKS else name


def _facts(check: Check) -> Iterator[str]:
    for name in _FACTS:
        value = check.facts.get(name)
        if value not in (None, (), ""):
            yield " ".join(value) if isinstance(value, tuple) else str(value)


def _show_person(out: Output, report: Report, *, show_person: bool) -> None:
    person, document = report.person, report.document
    if person is not None:
        claim = "" if report.authentic.outcome.value == "PASSED" else f" {out.label('claim')}"
        out.heading(out.label("person") + claim)
        out.table(_person_rows(out, person, show_person=show_person))
    if document is not None:
        expiry = document.expiry_date
        ends = f"{out.label('expires')} {expiry}" if expiry else out.label("no_expiry")
        out.line(f"{out.label('document')}: {document.kind} {out.label('of')} {document.issuer}, {ends}")


def _person_rows(out: Output, person: Person, *, show_person: bool) -> Iterator[list[tuple[str, str]]]:
    from eid.document.person import mask_number

    if not show_person:
        number = mask_number(person.number) if person.number else "-"
        yield [(out.text(FIELDS["number"]), ""), (f"{number} {out.label('masked')}", "")]
        return
    for name in ("number", "name", "birth_date", "sex", "nationality"):
        value = getattr(person, name)
        if value is not None:
            yield [(out.text(FIELDS[name]), ""), (str(value), "bold")]
    for name in ("residence", "issue_date"):
        if person.other.get(name) is not None:
            yield [(out.text(FIELDS[name]), ""), (str(person.other[name]), "")]
