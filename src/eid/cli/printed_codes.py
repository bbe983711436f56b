"""``eid vietnam qr``: the code printed on a citizen card, alone or beside what was read from the chip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eid.cli.failures import Failure, message, usage
from eid.cli.files import read_file
from eid.cli.messages import AGREEMENTS, CODE_OUTCOMES, FAILED, FIELDS, HOLDS, SOURCES, UNDECIDED, USAGE
from eid.cli.options import ShowPerson, command, read_scan
from eid.cli.output import Output
from eid.cli.parsers import rejected, show
from eid.errors import InputError, LimitExceeded, MrzError, PrintedCodeError, Text

if TYPE_CHECKING:
    from eid.document.evidence import Evidence
    from eid.vietnam.card_qr import PrintedCode
    from eid.vietnam.comparisons import Comparison

__all__ = ["vietnam_qr"]

_EXIT_CODES = {"none": HOLDS, "note": HOLDS, "review": UNDECIDED, "alarm": FAILED}
_STYLES = {"none": "", "note": "", "review": "yellow", "alarm": "bold red"}


@command
def vietnam_qr(
    out: Output,
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="What the scanner gave, or - .", show_default=False)
    ] = None,
    image: Annotated[
        Path | None, typer.Option("--image", metavar="FILE", help="A picture of the card with the code.")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="FILE.eid", help="Compare with what was read from the chip, field by field."
        ),
    ] = None,
    show_person: ShowPerson = False,
) -> int:
    """Read the code printed on a Vietnamese citizen card. It is not signed and proves nothing.

    Ends with 0 when it could be read and 2 when it is no such code. With --against: 0 when code and chip
    agree, 1 when they are not of the same card, 3 when a person should look.
    """
    from eid.vietnam.card_qr import parse_printed_code

    if (text is None) == (image is None):
        raise usage("text_or_image", hint="eid vietnam qr --help")
    scan = _scanned(image) if image is not None else read_scan(text or "", out, "TEXT")
    evidence = None
    if against is not None:
        from eid.cli.documents import load_evidence

        evidence = load_evidence(against)
    try:
        code = parse_printed_code(scan)
    except LimitExceeded:
        return rejected(out, PrintedCodeError("longer than any printed code", "not_card_qr"), USAGE)
    except InputError as error:
        return rejected(out, error, USAGE)
    if evidence is None:
        _show(out, code, show_person=show_person)
        return HOLDS
    try:
        rows = _compared(code, evidence)
    except MrzError as error:  # of the chip: a passport, a card of another country
        out.fail(error.code, message(error, out.language))
        return FAILED
    return _show(out, code, rows, show_person=show_person)


def _scanned(path: Path) -> bytes:
    """The one code in a picture that is a printed code; the only code there is, whatever it is."""
    from eid.qr.pictures import MAX_FILE, open_picture
    from eid.qr.scanning import scan_image
    from eid.vietnam.card_qr import parse_printed_code

    found = {code.octets for code in scan_image(open_picture(read_file(path, MAX_FILE)))}
    if not found:
        raise Failure("NO_CODE_IN_PICTURE", path=str(path))
    if len(found) == 1:
        return found.pop()
    cards = []
    for octets in found:
        try:
            parse_printed_code(octets)
        except InputError:
            continue
        cards.append(octets)
    if len(cards) != 1:
        # As with two scans in one text: nobody may have to guess which of them was read.
        raise PrintedCodeError(f"{len(found)} codes in the picture", "multiple_payloads")
    return cards[0]


def _compared(code: PrintedCode, evidence: Evidence) -> Sequence[Comparison]:
    from eid.document.dg1 import DG1
    from eid.vietnam.card_qr.check import cross_check
    from eid.vietnam.dg13 import parse_dg13

    first, national = evidence.files.get("DG1"), evidence.files.get("DG13")
    if first is None and national is None:
        raise Failure("NOTHING_TO_COMPARE")
    return cross_check(
        code=code,
        dg1=None if first is None else DG1.parse(first),
        dg13=None if national is None else parse_dg13(national),
    )


def _show(
    out: Output, code: PrintedCode, rows: Sequence[Comparison] | None = None, *, show_person: bool
) -> int:
    from eid.vietnam.comparisons import most_severe

    severity = most_severe(rows or ()).value
    document = code.to_json()
    if out.json:
        if rows is not None:
            table = [row.to_json(show_person=True, language=out.language) for row in rows]
            # Evidence is judged by `eid verify` alone: here it is one claim beside another.
            document |= {"severity": severity, "chip_verified": False, "comparisons": table}
        out.document(document)
        return _EXIT_CODES[severity]
    fields = {
        "generation": code.generation.value,
        **(document["fields"] if isinstance(document["fields"], dict) else {}),
        "dob": str(code.birth_date),
        "parents": [parent.name for parent in code.parents],
    }
    show(out, {**document, "fields": fields}, show_person=show_person, outcomes=CODE_OUTCOMES)
    out.line(out.label("unsigned_code"), "bold")
    if code.degraded:
        out.line(out.label("scanner_mode"), "yellow")
    if rows is not None:
        out.heading(out.label("code_and_chip"))
        out.table(_table(out, rows))
        out.line(out.label("chip_not_verified"), "dim")
    return _EXIT_CODES[severity]


def _table(out: Output, rows: Iterable[Comparison]) -> Iterable[list[tuple[str, str]]]:
    for row in rows:
        style = _STYLES[row.severity]
        label = FIELDS.get(row.field, Text(row.field, row.field))
        sides = f"{out.text(SOURCES[row.left])} – {out.text(SOURCES[row.right])}"
        agreement = out.text(AGREEMENTS[row.agreement])
        reason = "" if row.reason == "same" else out.text(row.explanation)
        yield [(out.text(label), ""), (sides, ""), (agreement, style), (reason, "dim")]
