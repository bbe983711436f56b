"""``eid mrz check``, ``eid vietnam number`` and ``eid vietnam dg13``: what a text or file says."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eid.cli.failures import message, usage
from eid.cli.files import read_file
from eid.cli.keys import capitals, mrz_text
from eid.cli.messages import ENVIRONMENT, FAILED, FIELDS, HOLDS, OUTCOMES, USAGE
from eid.cli.options import PROMPTS, ShowPerson, command, names, read_secret
from eid.cli.output import Output
from eid.errors import InputError, MrzError, PersonalNumberError, Text

if TYPE_CHECKING:
    from eid.document.mrz import MachineReadableZone

__all__ = ["mrz_check", "rejected", "show", "vietnam_dg13", "vietnam_number"]

_EXIT_CODES = {"ok": HOLDS, "ok_with_warnings": HOLDS, "check_failed": FAILED, "reject": USAGE}
#: An identity card of Viet Nam; passports and visas have other first letters.
_CARD = re.compile(r"\s*I[A-Z<]\s*VNM", re.IGNORECASE)
#: Fields that say nothing of a person. Personal numbers are shown masked, all others not at all.
_PUBLIC = frozenset(
    {"format", "document_code", "issuer", "nationality", "no_expiry", "kind", "prefix", "generation"}
)
_NUMBERS = frozenset({"pin", "normalised"})


@command
def mrz_check(
    out: Output,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help=r"The lines, apart by line ends, spaces or \n; or - .")
    ],
    show_person: ShowPerson = False,
) -> int:
    """Check machine readable lines: shape, characters and every check digit.

    Ends with 0 when they are right, 1 when a check digit is wrong, 2 when they are no MRZ.
    """
    text = mrz_text(read_secret(text, out, "TEXT", PROMPTS["--mrz"], characters=72))
    try:
        document = _read_mrz(text)
    except MrzError as error:
        return rejected(out, error, USAGE)
    if out.json:
        out.document(document)
    else:
        show(out, document, show_person=show_person)
    return _EXIT_CODES[str(document["outcome"])]


def _read_mrz(text: str) -> dict[str, Any]:
    from eid.document.mrz import parse_mrz
    from eid.vietnam.mrz import read_card_mrz

    if _CARD.match(text):
        # On this card positions 16 to 30 of line 1 have a meaning of their own.
        card = read_card_mrz(_card_lines(text))
        return {**card.to_json(), "checks": _checks(card.mrz)}
    folded = capitals(text)
    zone = parse_mrz(folded)
    if zone.issuer == "VNM" and not zone.valid:
        return read_card_mrz(folded).to_json()  # says why these are not the lines of an identity card
    warnings = ["case_folded"] if folded != text else []
    if not zone.valid:
        return {
            "outcome": "check_failed",
            "warnings": warnings,
            "failed_checks": list(zone.wrong_checks),
            "checks": _checks(zone),
        }
    if zone.name_truncated:
        warnings.append("name_truncated")
    return {
        "outcome": "ok_with_warnings" if warnings else "ok",
        "warnings": warnings,
        "fields": {
            "format": zone.format,
            "document_code": zone.document_code,
            "issuer": zone.issuer,
            "document_number": zone.document_number,
            "dob": zone.birth,
            "sex": zone.sex,
            "expiry": zone.expiry,
            "nationality": zone.nationality,
            "optional1": zone.optional1,
            "optional2": zone.optional2,
            "primary": zone.surname,
            "secondary": zone.given_names,
            "mrz_information": zone.mrz_information,
        },
        "checks": _checks(zone),
    }


def _checks(zone: MachineReadableZone) -> list[dict[str, object]]:
    """Every check digit, printed and computed."""
    return [
        {"name": check.name, "printed": check.printed, "computed": check.computed, "ok": check.ok}
        for check in zone.checks
    ]


def _card_lines(text: str) -> str:
    """*text* with its three parts on three lines, when spaces stand between them."""
    parts = text.split()
    return "\n".join(parts) if [len(part) for part in parts] == [30, 30, 30] else text


@command
def vietnam_number(
    out: Output,
    number: Annotated[str, typer.Argument(metavar="N", help="The 12-digit personal number, or - .")],
    show_person: ShowPerson = False,
) -> int:
    """Say what a personal number says by its form: place and year of registration, sex.

    It is no proof that the number was ever given to anybody.
    """
    from eid.vietnam.number import parse_number

    number = read_secret(number, out, "N", PROMPTS["--number"])
    try:
        info = parse_number(number, today=dt.datetime.now().astimezone().date())
    except PersonalNumberError as error:
        return rejected(out, error, USAGE)
    if out.json:
        out.document(info.to_json())
        return HOLDS
    fields = info.to_json()
    fields.pop("valid_format")
    warnings = fields.pop("warnings")
    outcome = "ok_with_warnings" if warnings else "ok"
    show(out, {"outcome": outcome, "warnings": warnings, "fields": fields}, show_person=show_person)
    return HOLDS


@command
def vietnam_dg13(
    out: Output,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="DG13 as read from the card.")],
    sensitive: Annotated[
        str | None,
        typer.Option(
            "--sensitive", metavar="FIELDS", help="Give these too: ethnicity,religion,identification_marks."
        ),
    ] = None,
    show_person: ShowPerson = False,
) -> int:
    """Read the national data of a Vietnamese citizen card.

    Nothing is verified here: only `eid verify` says whether the data are genuine.
    """
    from eid.document.lds import MAX_FILE
    from eid.vietnam.dg13 import SENSITIVE, parse_dg13

    wanted = names(sensitive)
    if not set(wanted) <= SENSITIVE:
        raise usage("sensitive", "--sensitive")
    octets = read_file(path, MAX_FILE)
    try:
        document = parse_dg13(octets).to_json(sensitive=wanted)
    except InputError as error:
        cut_off = getattr(error, "kind", None) == "truncated"  # a bad copy, and not bad data
        return rejected(out, error, ENVIRONMENT if cut_off else FAILED)
    if out.json:
        out.document(document)
    else:
        show(out, document, show_person=show_person)
    return HOLDS


# --- output ----------------------------------------------------------------------------------------


def rejected(out: Output, error: InputError, code: int) -> int:
    """Say why input could not be read at all; *code* is the exit code, which it returns."""
    if out.json:
        from eid.vietnam.rejections import rejection_json

        out.document(rejection_json(error))
        return code
    hint = getattr(error, "hint", None)
    out.fail(error.code, message(error, out.language) + (f"; {out.label('hint')}: {hint}" if hint else ""))
    return code


def show(
    out: Output,
    document: Mapping[str, Any],
    *,
    show_person: bool,
    outcomes: Mapping[str, Text] = OUTCOMES,
) -> None:
    """What was read, for people: outcome, warnings, fields. Personal data are masked unless asked for."""
    out.line(f"{out.label('outcome')}: {out.text(outcomes[document['outcome']])}", "bold")
    for name, label in (("failed_checks", "failed_checks"), ("warnings", "warnings")):
        if words := document.get(name):
            out.line(f"{out.label(label)}: {', '.join(words)}", "yellow")
    out.table(_rows(out, document.get("fields", {}), show_person=show_person))


def _rows(out: Output, fields: Mapping[str, Any], *, show_person: bool) -> Iterable[list[tuple[str, str]]]:
    from eid.document.person import mask_number

    for name, value in fields.items():
        if value in (None, "", []):
            continue
        label = out.text(FIELDS[name]) if name in FIELDS else name
        if show_person or name in _PUBLIC:
            yield [(label, ""), (_plain(value), "bold")]
        elif name in _NUMBERS:
            yield [(label, ""), (f"{mask_number(value)} {out.label('masked')}", "")]
        else:
            yield [(label, ""), (out.label("hidden"), "dim")]


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {part}" for key, part in value.items() if part is not None)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
