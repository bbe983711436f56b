"""From evidence to a report. Pure: the same arguments give the same report, with no reader in sight."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from eid.chip.active_authentication import check_challenge
from eid.document.checks import Check, Outcome, worst
from eid.document.dg1 import DG1
from eid.document.evidence import Evidence
from eid.document.person import Person
from eid.document.profile import CardContent, Profile
from eid.document.reading import DocumentFacts, document_facts, person_from
from eid.errors import EidError, InputError, NotPassed
from eid.trust.anchors import TrustStore
from eid.verification.chip import chip_genuine
from eid.verification.holder import judge_holder
from eid.verification.passive import Passive, authenticate_passively
from eid.verification.policy import Policy
from eid.verification.report import Report, Verdict
from eid.verification.status import CLOCK_SKEW, DocumentStatus, GatewayAnswer, HolderMatch, StatusAnswer

__all__ = ["verify", "verify_or_raise"]


def verify(
    evidence: Evidence,
    *,
    trust: TrustStore,
    policy: Policy,
    profile: Profile,
    now: datetime,
    challenge: bytes | None = None,
    status: StatusAnswer | None = None,
    holder: HolderMatch | None = None,
    gateway: GatewayAnswer | None = None,
) -> Report:
    """Judge *evidence*. Nothing in it makes this raise; what is wrong with it stands in the report.

    :param trust: anchors and revocation lists; an empty store leaves *authentic* undecided.
    :param policy: what has to hold.
    :param profile: what cards of this kind are like; :data:`eid.document.profile.ICAO` or a country's.
    :param now: aware. Its date, in its own zone, is the day for expiry and ages.
    :param challenge: the 8 octets that this verifier had the chip sign (Doc 9303-11, 6.1).
    :param status: answer about loss or revocation, asked before.
    :param holder: result of comparing the person with the portrait.
    :param gateway: an authority's answer about this EF.SOD, asked before: vouches where no anchor does.
    :raises InputError: *now* has no zone.
    :raises ChallengeFormatError: *challenge* is not of 8 octets.
    """
    if now.utcoffset() is None:
        raise InputError("a time without zone")
    if challenge is not None:
        check_challenge(challenge)
    passive = authenticate_passively(
        evidence, trust=trust, policy=policy, profile=profile, now=now, gateway=gateway
    )
    authentic = Verdict(*worst(passive.checks), passive.checks)
    warnings = list(passive.warnings)
    person: Person | None = None
    document: DocumentFacts | None = None
    if authentic.outcome is not Outcome.FAILED and isinstance(passive.groups.get("DG1"), DG1):
        person = _person(evidence, passive, profile, now, warnings)
        document = document_facts(passive.groups)
    if evidence.interruption is not None:
        warnings.append("READING_INTERRUPTED")
    never_expires = _never_expires(passive, profile)
    if document is not None and never_expires:
        document = replace(document, expiry_date=None)
    return Report(
        authentic=authentic,
        chip_genuine=chip_genuine(evidence, passive, authentic, policy=policy, challenge=challenge),
        still_valid=_still_valid(authentic, document, status, policy, now, never_expires=never_expires),
        holder=judge_holder(authentic, holder),
        person=person,
        document=document,
        warnings=tuple(dict.fromkeys(warnings)),
        policy=policy.name,
        required=policy.required_for(challenge),
        profile=profile.name,
        verified_at=now,
    )


def verify_or_raise(
    evidence: Evidence,
    *,
    trust: TrustStore,
    policy: Policy,
    profile: Profile,
    now: datetime,
    challenge: bytes | None = None,
    status: StatusAnswer | None = None,
    holder: HolderMatch | None = None,
    gateway: GatewayAnswer | None = None,
) -> Report:
    """Like :func:`verify`, for those who want an exception: returns only a report that PASSED.

    :raises NotPassed: with the report in ``report``.
    """
    report = verify(
        evidence, trust=trust, policy=policy, profile=profile, now=now,
        challenge=challenge, status=status, holder=holder, gateway=gateway,
    )  # fmt: skip
    if report.verdict is not Outcome.PASSED:
        raise NotPassed(f"{report.verdict} {report.code or ''}".strip(), report)
    return report


def _person(
    evidence: Evidence, passive: Passive, profile: Profile, now: datetime, warnings: list[str]
) -> Person:
    # The day of verification, not of reading: a stored time could be anything, and a folder has none.
    person = Person()
    try:
        person = person_from(passive.groups, read_at=now.date())
        return profile.complete(person, CardContent(passive.groups, evidence.access))
    except EidError:
        warnings.append("DATA_GROUP_MALFORMED")
        return person


# --- still valid ---------------------------------------------------------------------------------


def _never_expires(passive: Passive, profile: Profile) -> bool:
    dg1 = passive.groups.get("DG1")
    return isinstance(dg1, DG1) and dg1.mrz.expiry in profile.no_expiry


def _still_valid(
    authentic: Verdict,
    document: DocumentFacts | None,
    status: StatusAnswer | None,
    policy: Policy,
    now: datetime,
    *,
    never_expires: bool,
) -> Verdict:
    expiry, answer = _expiry(document, now, never_expires=never_expires), _status(status, policy, now)
    checks = (expiry, answer)
    if answer.outcome is Outcome.FAILED:
        return Verdict(Outcome.FAILED, answer.code, checks)
    outcome, code = worst(checks)
    # A date that nobody trusted has signed is a claim, for good and for bad.
    if outcome is not Outcome.UNDECIDED and authentic.outcome is not Outcome.PASSED:
        outcome, code = Outcome.UNDECIDED, "AUTHENTIC_NOT_PASSED"
    return Verdict(outcome, code, checks)


def _expiry(document: DocumentFacts | None, now: datetime, *, never_expires: bool) -> Check:
    if document is None:
        return Check("expiry", Outcome.UNDECIDED, "AUTHENTIC_NOT_PASSED")
    if never_expires:
        return Check("expiry", Outcome.PASSED, None, {"expires": False})
    if document.expiry_date is None:
        return Check("expiry", Outcome.UNDECIDED, "EXPIRY_UNREADABLE")
    if now.date() > document.expiry_date.last_day():
        return Check("expiry", Outcome.FAILED, "EXPIRED")
    return Check("expiry", Outcome.PASSED, None, {"expires": True})


def _status(answer: StatusAnswer | None, policy: Policy, now: datetime) -> Check:
    name = "status"
    if answer is None:
        return Check(name, Outcome.UNDECIDED, "STATUS_NOT_AVAILABLE")
    facts = {"source": answer.source, "at": answer.at.isoformat(), "status": answer.status.value}
    if answer.status is DocumentStatus.UNKNOWN:
        return Check(name, Outcome.UNDECIDED, "STATUS_UNKNOWN", facts)
    if answer.status is not DocumentStatus.IN_FORCE:  # bad news does not grow stale
        return Check(name, Outcome.FAILED, answer.status.value, facts)
    if not -CLOCK_SKEW <= now - answer.at <= policy.status_within:
        return Check(name, Outcome.UNDECIDED, "STATUS_STALE", facts)
    return Check(name, Outcome.PASSED, None, facts)
