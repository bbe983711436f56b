"""``eid account check`` and ``show``: may this person do this now, and what is known of the account."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eid.cli.accounts.card import Shown, with_card
from eid.cli.accounts.options import Desk, account_command
from eid.cli.accounts.view import (
    account_document,
    decision_document,
    event_document,
    show_account,
    show_decision,
    show_events,
)
from eid.cli.failures import usage
from eid.cli.messages import FAILED, HOLDS
from eid.cli.options import names
from eid.cli.qr_trust import read_duration

if TYPE_CHECKING:
    from eid.accounts.requirement import Context

__all__ = ["check", "show"]


@account_command(changes=False)
def show(
    desk: Desk,
    history: Annotated[bool, typer.Option("--history", help="Everything that happened to it, too.")] = False,
) -> int:
    """Show an account to its holder, an officer or an auditor."""
    from eid.accounts.lifecycle.events import replay

    actor = desk.somebody()
    # One look is one entry in the log, so what happened says how the account is.
    events = desk.accounts.history(desk.whose, actor=actor) if history else ()
    account = replay(events) if history else desk.accounts.find(desk.whose, actor=actor)
    if desk.out.json:
        document: dict[str, Any] = {"account": account_document(account, show_person=desk.show_person)}
        if history:
            document["history"] = [event_document(each, show_person=desk.show_person) for each in events]
        desk.out.document(document)
        return HOLDS
    show_account(desk.out, account, show_person=desk.show_person)
    if history:
        show_events(desk.out, events)
    return HOLDS


@account_command(changes=False, person=False)
@with_card("in_person")
def check(
    desk: Desk,
    shown: Shown,
    level: Annotated[
        int | None, typer.Option("--level", help="Account level that is needed.", min=1, max=2)
    ] = None,
    authentication_level: Annotated[
        int | None,
        typer.Option("--authentication-level", help="Authentication level that is needed.", min=1, max=4),
    ] = None,
    evidence: Annotated[
        str | None,
        typer.Option(
            "--require-evidence",
            metavar="KIND,...",
            help="Evidence that is needed: electronic_identity_card ...",
        ),
    ] = None,
    max_auth_age: Annotated[
        str | None,
        typer.Option("--max-auth-age", metavar="TIME", help="How old a factor may be: 60s, 15m, 12h."),
    ] = None,
    min_age: Annotated[
        int | None, typer.Option("--min-age", metavar="YEARS", help="Age that is needed.", min=0, max=200)
    ] = None,
    holder_kinds: Annotated[
        str | None,
        typer.Option("--holder-kinds", metavar="KIND,...", help="citizen, foreigner, organisation."),
    ] = None,
    catalogue: Annotated[
        Path | None,
        typer.Option(
            "--catalogue", metavar="FILE", help="What services ask for, in TOML or JSON; with --service."
        ),
    ] = None,
    service: Annotated[
        str | None, typer.Option("--service", metavar="NAME", help="One of them; other options ask for more.")
    ] = None,
    purpose: Annotated[
        str | None, typer.Option("--purpose", metavar="WORD", help="What the data are used for.")
    ] = None,
    consent: Annotated[
        bool, typer.Option("--consent", help="The holder must have agreed to that purpose.")
    ] = False,
    basis: Annotated[
        str | None, typer.Option("--basis", metavar="TEXT", help="Instrument and article that ask for this.")
    ] = None,
    factor: Annotated[
        list[str] | None,
        typer.Option(
            "--factor",
            metavar="KIND",
            help="By what you recognised the person just now: password, digital_device ... Several times.",
        ),
    ] = None,
    transaction: Annotated[
        str | None,
        typer.Option(
            "--transaction", metavar="TEXT", help="Your name for the transaction; factors are for it alone."
        ),
    ] = None,
    guardian_confirmed: Annotated[
        bool, typer.Option("--guardian-confirmed", help="The guardian agreed to this use.")
    ] = False,
) -> int:
    """Decide whether somebody may do something now, with the article of each reason.

    Ends with 0 for ALLOW, and 1 for STEP_UP (something is missing that the person can bring) and DENY.
    Without --as or --officer nobody has authenticated, and an unknown account looks like a locked one.
    """
    from eid.accounts.catalogue import Catalogue
    from eid.accounts.requirement import Requirement
    from eid.chip.reading import utc_now
    from eid.vietnam import rules

    require = Requirement(
        account_level=level,
        authentication_level=authentication_level,
        evidence=frozenset(names(evidence)),
        max_auth_age=None if max_auth_age is None else read_duration(max_auth_age, "--max-auth-age"),
        min_age=min_age,
        holder_kinds=None if holder_kinds is None else frozenset(names(holder_kinds)),  # type: ignore[arg-type]
        purpose=purpose,
        consent=consent,
        basis=basis,
    )
    if catalogue is not None and service is not None:
        now = utc_now()
        require &= Catalogue.read(catalogue).service(service, day=rules.day_of(now)).requirement
    elif catalogue is not None or service is not None:
        raise usage("missing", "--catalogue" if catalogue is None else "--service")
    context = _context(desk, shown, factor or [], transaction, guardian_confirmed)
    decision = desk.accounts.check(desk.whose, require=require, context=context)
    if desk.out.json:
        desk.out.document(decision_document(decision))
    else:
        show_decision(desk.out, decision)
    return HOLDS if decision.outcome.value == "ALLOW" else FAILED


def _context(
    desk: Desk, shown: Shown, kinds: list[str], transaction: str | None, confirmed: bool
) -> Context | None:
    from eid.accounts.model import Factor
    from eid.accounts.requirement import Context
    from eid.chip.reading import utc_now

    actor = desk.actor()
    if actor is None:
        if kinds or confirmed or shown.card is not None:
            raise usage("one_of", "--as, --officer")
        return None
    named = transaction or secrets.token_urlsafe(16)
    now = utc_now()
    return Context(
        transaction=named,
        actor=actor,
        factors=(*shown.factors(desk, named), *(Factor(kind, now, named) for kind in kinds)),
        guardian_confirmed=confirmed,
    )
