"""How a verified e-ID token is shown: one JSON document, or text for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eid.cli.messages import FIELDS, OUTCOMES, VERDICTS
from eid.cli.output import Output
from eid.document.person import mask_number

if TYPE_CHECKING:
    from eid.tokens.verifying import VerifiedToken

__all__ = ["show_token", "token_document", "utc_text"]


def token_document(verified: VerifiedToken, *, show_person: bool) -> dict[str, Any]:
    """What ``eid token verify --json`` prints.

    :param show_person: a number in clear, and the fields that were disclosed.
    """
    age = verified.trust_age
    return {
        "verdict": "PASSED",
        "issuer": verified.issuer,
        "audience": verified.audience,
        "subject": _subject(verified, show_person=show_person),
        "subject_is_number": verified.subject_is_number,
        "account_level": verified.account_level,
        "authentication_level": verified.authentication_level,
        "verdicts": {name: outcome.value for name, outcome in verified.verdicts.items()},
        "issued_at": utc_text(verified.issued_at),
        "expires_at": utc_text(verified.expires_at),
        "auth_time": None if verified.auth_time is None else utc_text(verified.auth_time),
        "amr": list(verified.amr),
        "evidence": [each.to_claim() for each in verified.evidence],
        "first_use": verified.first_use,
        "holder_proven": verified.holder_proven,
        "key_id": verified.key_id,
        "trust_age_seconds": None if age is None else int(age.total_seconds()),
        "stale": verified.stale,
        "fields": sorted(verified.person),
        **({"person": dict(verified.person)} if show_person else {}),
    }


def _subject(verified: VerifiedToken, *, show_person: bool) -> str:
    hidden = verified.subject_is_number and not show_person
    return mask_number(verified.subject) if hidden else verified.subject


def show_token(out: Output, verified: VerifiedToken, *, show_person: bool) -> None:
    """The same for people."""
    out.line(out.label("token_holds"), "green")
    out.line(f"{out.label('signed_by')} {verified.issuer} ({verified.key_id})")
    out.line(f"{out.label('expires')} {utc_text(verified.expires_at)}")
    if verified.holder_proven:
        out.line(out.label("token_holder_proven"))
    if not verified.first_use:
        out.line(out.label("token_use_unknown"), "yellow")
    if verified.stale:
        out.line(out.label("keys_stale"), "yellow")
    out.table([(label, ""), (value, "")] for label, value in _rows(out, verified, show_person=show_person))


def _rows(out: Output, verified: VerifiedToken, *, show_person: bool) -> Iterator[tuple[str, str]]:
    yield out.label("person"), _subject(verified, show_person=show_person)
    for name, value in verified.person.items():
        label = out.text(FIELDS[name]) if name in FIELDS else name
        yield label, str(value) if show_person else out.label("hidden")
    for name in ("account_level", "authentication_level"):
        level = getattr(verified, name)
        yield out.label(name), out.label("not_stated") if level is None else str(level)
    for name, outcome in verified.verdicts.items():
        yield out.text(VERDICTS[name]), out.text(OUTCOMES[outcome.value])


def utc_text(moment: datetime) -> str:
    """A time as JSON has it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
