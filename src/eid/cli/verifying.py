"""``eid verify``: from evidence to four verdicts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eid.cli.card import profile_named
from eid.cli.failures import usage
from eid.cli.messages import FAILED, HOLDS, UNDECIDED
from eid.cli.options import ProfileName, ShowPerson, command, names, read_challenge, read_time
from eid.cli.output import Output
from eid.cli.report_view import show_report

if TYPE_CHECKING:
    from eid.trust.anchors import TrustStore
    from eid.verification.report import Report

__all__ = ["verdict_exit_code", "verify"]


@command
def verify(
    out: Output,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH", help="FILE.eid, a folder with EF.SOD and DG1 to DG16, or EF.SOD alone."
        ),
    ],
    profile: Annotated[
        ProfileName | None,
        typer.Option("--profile", help="Kind of card; if left out, by what DG1 says."),
    ] = None,
    trust: Annotated[
        list[Path] | None,
        typer.Option(
            "--trust",
            metavar="PATH",
            help="Whom to trust: certificates, master lists, LDIF, a trust store, or a folder.",
        ),
    ] = None,
    crl: Annotated[
        list[Path] | None,
        typer.Option("--crl", metavar="PATH", help="Revocation lists, which then have to clear the signer."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="Verify for this time (ISO 8601) instead of now."),
    ] = None,
    challenge: Annotated[
        str | None, typer.Option("--challenge", metavar="HEX", help="The 8 bytes you had the chip sign.")
    ] = None,
    require: Annotated[
        str | None,
        typer.Option(
            "--require", metavar="VERDICTS", help="Further verdicts that must pass: still_valid,holder."
        ),
    ] = None,
    show_person: ShowPerson = False,
) -> int:
    """Verify what was read from a card.

    Ends with 0 when it passed, 1 when something failed, 3 when it cannot be decided.
    """
    from eid.cli.documents import load_evidence
    from eid.verification.policy import VERDICTS, Policy
    from eid.verification.verify import verify as verify_evidence
    from eid.vietnam.profile import profile_for

    octets = read_challenge(challenge, "--challenge")
    # A day begins where the verifier is: expiry is judged by the date in the zone of this time.
    now = read_time(at, "--at") if at is not None else datetime.now().astimezone()
    required = names(require)
    if not set(required) <= set(VERDICTS):
        raise usage("verdicts", "--require")
    policy = Policy.stored().requiring(*required)
    evidence = load_evidence(path)
    report = verify_evidence(
        evidence,
        trust=_trust(out, trust or [], crl or [], now),
        # Who gives lists wants an answer from them; those that a trust store has are used as far as they go.
        policy=policy.requiring_revocation() if crl else policy,
        profile=profile_named(profile) if profile else profile_for(evidence),
        now=now,
        challenge=octets,
    )
    if out.json:
        out.document(report.to_json(show_person=show_person))
    else:
        show_report(out, report, show_person=show_person)
    return verdict_exit_code(report)


def verdict_exit_code(report: Report) -> int:
    """0 PASSED, 1 FAILED, 3 UNDECIDED."""
    return {"PASSED": HOLDS, "FAILED": FAILED}.get(report.verdict.value, UNDECIDED)


def _trust(out: Output, paths: list[Path], crls: list[Path], now: datetime) -> TrustStore:
    """The anchors at *paths*, with the revocation lists at *crls*; without any, a store that knows nobody."""
    from eid.errors import CrlError
    from eid.trust.anchors import TrustStore
    from eid.trust.sources import load

    store = TrustStore.open(*paths, now=now) if paths else TrustStore.of(())
    problems = len(store.problems)
    if crls:
        loaded = load(*crls, now=now)  # certificates beside the lists are not trusted
        if not loaded.crls:
            raise CrlError("no revocation list at --crl")
        problems += len(loaded.problems)
        store = store.with_crls(loaded.crls)
    if problems and not out.json:
        out.note(out.label("trust_problems").format(count=problems))
    return store
