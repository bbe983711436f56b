"""How the result of a signed code is shown: to programs, and to people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from eid.cli.messages import FAILED, FIELDS, HOLDS, OUTCOMES, UNDECIDED
from eid.cli.output import Output
from eid.cli.report_view import check_row, explain, verdict_row

if TYPE_CHECKING:
    from eid.qr.hcert import HealthCertificate
    from eid.qr.hcert_verifying import VerifiedHcert
    from eid.qr.result import CodeResult
    from eid.qr.verifying import VerifiedQr

__all__ = ["result_json", "show_result", "verdict_exit_code"]

_STYLES = {"PASSED": "green", "FAILED": "bold red", "UNDECIDED": "yellow"}
_NAMES = ("authentic", "still_valid", "holder")


def verdict_exit_code(result: CodeResult) -> int:
    """0 PASSED, 1 FAILED, 3 UNDECIDED."""
    return {"PASSED": HOLDS, "FAILED": FAILED}.get(result.verdict.value, UNDECIDED)


def result_json(result: VerifiedQr | VerifiedHcert, *, show_person: bool) -> dict[str, Any]:
    """The document of ``eid qr verify --json``, in the form of ``eid verify --json``.

    :param show_person: the person in clear; otherwise a masked number and no name.
    """
    age = result.trust_age
    return {
        "verdict": result.verdict.value,
        **{name: getattr(result, name).to_json() for name in _NAMES},
        "person": _person(result, show_person),
        "code": _code(result),
        "trust_age_seconds": None if age is None else int(age.total_seconds()),
        "warnings": list(result.warnings),
    }


def _code(result: VerifiedQr | VerifiedHcert) -> dict[str, Any] | None:
    """What the code says of itself. ``proven`` is false while nobody vouches for it."""
    from eid.qr.hcert_verifying import VerifiedHcert

    if isinstance(result, VerifiedHcert):
        content = result.certificate or result.unproven
        return None if content is None else {
            "format": "HCERT", "proven": result.certificate is not None, "kind": content.entry.kind,
            "issuer": result.country, "issued_at": _time(result.issued_at), "expires_at": _time(result.expires_at),
        }  # fmt: skip
    claims = result.claims or result.unproven
    return None if claims is None else {
        "format": "CLAIM169", "proven": result.claims is not None, "kind": claims.kind.value,
        "issuer": claims.issuer, "issued_at": _time(claims.issued_at), "expires_at": _time(claims.expires_at),
        "identifier": claims.identifier and claims.identifier.hex(), "account_level": claims.account_level,
        "authentication_level": claims.authentication_level,
    }  # fmt: skip


def _person(result: VerifiedQr | VerifiedHcert, show: bool) -> dict[str, Any] | None:
    from eid.document.person import mask_number
    from eid.qr.hcert_verifying import VerifiedHcert

    if isinstance(result, VerifiedHcert):
        content = result.certificate or result.unproven
        if content is None or show:
            return None if content is None else _health_person(content)
        return {"number": None}
    claims = result.claims or result.unproven
    if claims is None:
        return None
    person = claims.person
    if not show:
        return {"number": person.id and mask_number(person.id)}
    shown = {
        "number": person.id, "name": person.full_name, "birth_date": person.birth_date and str(person.birth_date),
        "gender": person.gender and person.gender.name.lower(), "nationality": person.nationality,
        "address": person.address, "secondary_name": person.secondary_full_name,
        "legal_status": person.legal_status, "country_of_issuance": person.country_of_issuance,
        "photo_octets": person.photo and len(person.photo.data),
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value is not None}


def _health_person(content: HealthCertificate) -> dict[str, Any]:
    return {"name": content.name, "birth_date": content.birth_date and str(content.birth_date)}


def _time(moment: Any) -> str | None:
    return None if moment is None else str(moment.isoformat())


# --- for people ----------------------------------------------------------------------------------


def show_result(out: Output, result: VerifiedQr | VerifiedHcert, *, show_person: bool) -> None:
    """For people.

    :param show_person: personal data in clear.
    """
    out.table(verdict_row(out, name, getattr(result, name)) for name in _NAMES)
    out.heading(out.label("checks"))
    out.table(check_row(out, check) for name in _NAMES for check in getattr(result, name).checks)
    code = _code(result)
    if code is not None:
        claim = "" if code["proven"] else f" {out.label('claim')}"
        out.heading(out.label("signed_code") + claim)
        out.table([(_name(out, name), ""), (str(value), "")] for name, value in _lines(code))
        out.heading(out.label("person") + claim)
        person = _person(result, show_person) or {}
        masked = "" if show_person else f" {out.label('masked')}"
        out.table([(_name(out, name), ""), (f"{value or '-'}{masked}", "")] for name, value in person.items())
    if result.warnings:
        out.heading(out.label("warnings"))
        out.table([(code, "yellow"), (explain(out, code), "")] for code in result.warnings)
    out.line()
    word = result.verdict.value
    reason = f" ({result.code})" if result.code else ""
    out.line(f"{out.label('verdict')}: {out.text(OUTCOMES[word])}{reason}", _STYLES[word])


def _name(out: Output, name: str) -> str:
    return out.text(FIELDS[name]) if name in FIELDS else name.replace("_", " ")


def _lines(code: dict[str, Any]) -> Iterator[tuple[str, object]]:
    return ((name, value) for name, value in code.items() if value is not None and name != "proven")
