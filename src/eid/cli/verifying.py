"""``eid verify``: from evidence to four verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from eid.cli.card import profile_named
from eid.cli.failures import usage
from eid.cli.messages import FAILED, HOLDS, UNDECIDED
from eid.cli.options import ProfileName, ShowPerson, command, names, read_challenge, read_time
from eid.cli.output import Output
from eid.cli.report_view import show_report

if TYPE_CHECKING:
    from eid.document.evidence import Evidence
    from eid.document.profile import Profile
    from eid.trust.anchors import TrustStore
    from eid.verification.policy import Policy
    from eid.verification.report import Report

__all__ = [
    "At",
    "Challenge",
    "CrlPaths",
    "EvidencePath",
    "OfProfile",
    "Question",
    "Require",
    "TrustPaths",
    "verdict_exit_code",
    "verify",
]

EvidencePath = Annotated[
    Path,
    typer.Argument(metavar="PATH", help="FILE.eid, a folder with EF.SOD and DG1 to DG16, or EF.SOD alone."),
]
OfProfile = Annotated[
    ProfileName | None,
    typer.Option("--profile", help="Kind of card; if left out, by what DG1 says."),
]
TrustPaths = Annotated[
    list[Path] | None,
    typer.Option(
        "--trust",
        metavar="PATH",
        help="Whom to trust: certificates, master lists, LDIF, a trust store, or a folder.",
    ),
]
CrlPaths = Annotated[
    list[Path] | None,
    typer.Option("--crl", metavar="PATH", help="Revocation lists, which then have to clear the signer."),
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="Verify for this time (ISO 8601) instead of now."),
]
Challenge = Annotated[
    str | None, typer.Option("--challenge", metavar="HEX", help="The 8 bytes you had the chip sign.")
]
Require = Annotated[
    str | None,
    typer.Option(
        "--require", metavar="VERDICTS", help="Further verdicts that must pass: still_valid,holder."
    ),
]


class Terms(TypedDict):
    """By what evidence is judged: arguments of :func:`eid.verification.verify.verify` and its like."""

    trust: TrustStore
    policy: Policy
    profile: Profile
    now: datetime
    challenge: bytes | None


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be verified, and how, as the options say."""

    evidence: Evidence
    trust: TrustStore
    policy: Policy
    profile: Profile
    now: datetime
    challenge: bytes | None

    @classmethod
    def read(
        cls,
        out: Output,
        path: Path,
        *,
        profile: ProfileName | None,
        trust: list[Path] | None,
        crl: list[Path] | None,
        at: str | None,
        challenge: str | None,
        require: str | None,
    ) -> Question:
        """Read what the options name.

        :raises Failure: wrong usage, or a file that cannot be read.
        :raises EidError: a file that is not what it should be.
        """
        from eid.cli.documents import load_evidence
        from eid.verification.policy import VERDICTS, Policy
        from eid.vietnam.profile import profile_for

        octets = read_challenge(challenge, "--challenge")
        # A day begins where the verifier is: expiry is judged by the date in the zone of this time.
        now = read_time(at, "--at") if at is not None else datetime.now().astimezone()
        required = names(require)
        if not set(required) <= set(VERDICTS):
            raise usage("verdicts", "--require")
        policy = Policy.stored().requiring(*required)
        evidence = load_evidence(path)
        return cls(
            evidence=evidence,
            trust=_trust(out, trust or [], crl or [], now),
            # Who gives lists wants an answer from them; those that a trust store has are used as far as
            # they go.
            policy=policy.requiring_revocation() if crl else policy,
            profile=profile_named(profile) if profile else profile_for(evidence),
            now=now,
            challenge=octets,
        )

    def terms(self) -> Terms:
        """Everything but the evidence, for a function that judges it: ``verify(evidence, **terms)``."""
        return {
            "trust": self.trust, "policy": self.policy, "profile": self.profile, "now": self.now,
            "challenge": self.challenge,
        }  # fmt: skip


@command
def verify(
    out: Output,
    path: EvidencePath,
    profile: OfProfile = None,
    trust: TrustPaths = None,
    crl: CrlPaths = None,
    at: At = None,
    challenge: Challenge = None,
    require: Require = None,
    show_person: ShowPerson = False,
) -> int:
    """Verify what was read from a card.

    Ends with 0 when it passed, 1 when something failed, 3 when it cannot be decided.
    """
    from eid.verification.verify import verify as verify_evidence

    question = Question.read(
        out, path, profile=profile, trust=trust, crl=crl, at=at, challenge=challenge, require=require
    )
    report = verify_evidence(question.evidence, **question.terms())
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
