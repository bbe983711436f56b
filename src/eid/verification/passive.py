"""Passive authentication (Doc 9303-11, 5.1): is what was read signed by a trusted issuer, unaltered?"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from eid.crypto.curves import by_parameter_id
from eid.crypto.digests import digest
from eid.document.checks import Check, Fact, Outcome
from eid.document.dg1 import DG1
from eid.document.evidence import AccessTranscript, Evidence
from eid.document.lds import DATA_GROUPS, EF_CARD_ACCESS, EF_SOD, group_number, parse_group
from eid.document.profile import CardContent, Profile
from eid.document.security_infos import DG14, PaceInfo, SecurityInfos
from eid.document.sod import SecurityObject
from eid.errors import EidError, UnsupportedAlgorithm
from eid.trust.anchors import TrustStore
from eid.verification.policy import Policy
from eid.verification.revocation import unknown_issuer_checks
from eid.verification.signers import Signed, judge_signers, profile_checks
from eid.verification.status import CLOCK_SKEW, GatewayAnswer

__all__ = ["Passive", "authenticate_passively"]

#: Groups every document has (Doc 9303-10, 3.1): without the first nobody is named.
_MANDATORY = frozenset({"DG1", "DG2"})


@dataclass(frozen=True, slots=True)
class Passive:
    """The checks, and what may be relied on afterwards.

    :param listed: names of groups in a security object whose signature holds.
    :param bound: those of them that were read and whose octets are the signed ones.
    :param groups: the bound groups, parsed.
    """

    checks: tuple[Check, ...]
    warnings: tuple[str, ...] = ()
    listed: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()
    groups: Mapping[str, object] = field(default_factory=dict)


def authenticate_passively(
    evidence: Evidence,
    *,
    trust: TrustStore,
    policy: Policy,
    profile: Profile,
    now: datetime,
    gateway: GatewayAnswer | None = None,
) -> Passive:
    """Run passive authentication. Nothing in the evidence makes it raise.

    :param now: aware; certificates must be valid at this time, unless the policy names another.
    :param gateway: who vouches for EF.SOD where no anchor does.
    """
    octets = evidence.files.get(EF_SOD)
    if octets is None:
        return Passive((Check("sod_structure", Outcome.UNDECIDED, "SOD_MISSING"),))
    try:
        sod = SecurityObject.parse(octets)
    except UnsupportedAlgorithm as error:
        return Passive((Check("sod_structure", Outcome.UNDECIDED, error.code),))
    except EidError:
        return Passive((Check("sod_structure", Outcome.FAILED, "SOD_MALFORMED"),))
    structure = Check(
        "sod_structure", Outcome.PASSED, None, {"lds_version": sod.lds_version, "hash": sod.hash_name}
    )
    signed = judge_signers(sod, trust, policy, now)
    warnings = list(signed.warnings)
    signer_checks = signed.checks
    if gateway is not None:
        signer_checks = _with_gateway(signed, gateway, octets, policy, now, warnings)
    hash_checks, matching = _hashes(evidence, sod)
    bound = matching if signed.holds else frozenset()
    if sod.trailing:
        warnings.append("TRAILING_OCTETS")
    if any(check.code == "DATA_GROUP_NOT_IN_SOD" for check in hash_checks):
        warnings.append("DATA_GROUP_NOT_IN_SOD")
    groups = _parsed(evidence, bound, profile, warnings)
    checks = [structure, *signer_checks, *hash_checks]
    listed = frozenset(f"DG{number}" for number in sod.hashes) if signed.holds else frozenset()
    checks.append(_card_access(evidence, groups.get("DG14"), warnings, hidden="DG14" in listed - bound))
    checks.append(_required_groups(matching, groups if signed.holds else None))
    dg1 = groups.get("DG1")
    chain = signed.chain if signed.trusted else None  # whose issuer is unknown may sign anything
    if chain is not None and isinstance(dg1, DG1):
        of_signer, unknown = profile_checks(chain, dg1)
        checks.extend(of_signer)
        warnings.extend(unknown)
    cross_checks = tuple(_cross_checks(profile, CardContent(groups, evidence.access)))
    checks.extend(cross_checks)
    # What a country's check could not compare decides nothing, but somebody should know.
    warnings.extend(
        check.code for check in cross_checks if check.outcome is Outcome.NOT_CHECKED and check.code
    )
    return Passive(tuple(checks), tuple(warnings), listed, bound, groups)


# --- a gateway instead of an anchor --------------------------------------------------------------


def _with_gateway(
    signed: Signed,
    answer: GatewayAnswer,
    sod: bytes,
    policy: Policy,
    now: datetime,
    warnings: list[str],
) -> tuple[Check, ...]:
    """The checks with the gateway's answer. It stands in for an unknown issuer and for nothing else:
    the signature and every hash are checked here all the same.
    """
    check = _gateway(answer, sod, policy, now)
    checks = list(signed.checks)
    chain = checks[1]
    if check.outcome is Outcome.PASSED and chain.code == "UNKNOWN_ISSUER":
        checks[1] = replace(chain, outcome=Outcome.NOT_CHECKED)
        revocation, more = unknown_issuer_checks(policy)
        checks += revocation
        warnings += ["VOUCHED_BY_GATEWAY", *more]
    return (*checks, check)


def _gateway(answer: GatewayAnswer, sod: bytes, policy: Policy, now: datetime) -> Check:
    name = "gateway"
    facts: dict[str, Fact] = {"source": answer.source, "at": answer.at.isoformat()}
    if answer.sod_sha256.lower() != hashlib.sha256(sod).hexdigest():
        return Check(name, Outcome.UNDECIDED, "GATEWAY_OTHER_DOCUMENT", facts)
    if not answer.authentic:  # bad news does not grow stale
        return Check(name, Outcome.FAILED, "GATEWAY_REJECTED", facts)
    if not -CLOCK_SKEW <= now - answer.at <= policy.status_within:
        return Check(name, Outcome.UNDECIDED, "GATEWAY_STALE", facts)
    return Check(name, Outcome.PASSED, None, {**facts, "anchor": "gateway"})


# --- what was signed -----------------------------------------------------------------------------


def _hashes(evidence: Evidence, sod: SecurityObject) -> tuple[list[Check], frozenset[str]]:
    """One check per group that was read, and the names of those that agree."""
    checks: list[Check] = []
    matching: set[str] = set()
    for name in DATA_GROUPS:
        octets = evidence.files.get(name)
        if octets is None:
            continue
        expected = sod.hashes.get(group_number(name))
        if expected is None:
            # A group nobody signed says nothing and is not used. Only of a mandatory one is that strange.
            outcome = Outcome.UNDECIDED if name in _MANDATORY else Outcome.NOT_CHECKED
            checks.append(Check(f"hash_{name}", outcome, "DATA_GROUP_NOT_IN_SOD"))
        elif hmac.compare_digest(expected, digest(sod.hash_name, octets)):
            checks.append(Check(f"hash_{name}", Outcome.PASSED))
            matching.add(name)
        else:
            checks.append(Check(f"hash_{name}", Outcome.FAILED, "DATA_GROUP_ALTERED"))
    return checks, frozenset(matching)


def _parsed(
    evidence: Evidence, names: frozenset[str], profile: Profile, warnings: list[str]
) -> dict[str, object]:
    groups: dict[str, object] = {}
    for name in DATA_GROUPS:
        if name in names:
            try:
                parser = profile.parsers.get(name)
                octets = evidence.files[name]
                groups[name] = parser(octets) if parser else parse_group(name, octets)
            except EidError:
                # Signed as it is: the issuer's own slip, or a form not known here. No forgery.
                warnings.append("DATA_GROUP_MALFORMED")
    dg1 = groups.get("DG1")
    if isinstance(dg1, DG1) and not dg1.mrz.valid:
        warnings.append("MRZ_CHECK_DIGIT")
    return groups


def _required_groups(matching: frozenset[str], groups: Mapping[str, object] | None) -> Check:
    """DG1 must be there and readable: a signature over nothing that was read proves nothing."""
    name = "required_groups"
    facts: dict[str, Fact] = {"groups": tuple(group for group in DATA_GROUPS if group in matching)}
    if "DG1" not in matching:
        return Check(name, Outcome.UNDECIDED, "DATA_GROUPS_MISSING", facts)
    if groups is not None and "DG1" not in groups:
        return Check(name, Outcome.UNDECIDED, "DATA_GROUP_MALFORMED", facts)
    return Check(name, Outcome.PASSED, None, facts)


def _cross_checks(profile: Profile, content: CardContent) -> Iterator[Check]:
    if not content.groups:
        return
    try:
        yield from profile.cross_checks(content)
    except EidError:
        yield Check("cross_checks", Outcome.UNDECIDED, "DATA_GROUP_MALFORMED")


# --- how the chip was opened ---------------------------------------------------------------------


def _card_access(evidence: Evidence, dg14: object, warnings: list[str], *, hidden: bool) -> Check:
    """EF.CardAccess, which nobody signed, against its signed copy in DG14 (Doc 9303-11, 9.2.11).

    Somebody between card and reader could have taken the better protocols out of it.

    :param hidden: the signed copy exists but was not read, or is not the signed one.
    """
    name = "card_access"
    octets, access = evidence.files.get(EF_CARD_ACCESS), evidence.access
    if octets is None and access is None:
        return Check(name, Outcome.NOT_CHECKED)
    try:
        offered = SecurityInfos.parse(octets) if octets is not None else None
    except EidError:
        return Check(name, Outcome.UNDECIDED, "CARD_ACCESS_MALFORMED")
    if not isinstance(dg14, DG14) or not dg14.pace:
        # Documents from before PACE, and early ones with it, have no copy to compare with.
        if offered is not None:
            warnings.append("CARD_ACCESS_NOT_BOUND")
        # Who weakens the access would also keep the copy from being read; a strong one has no need to.
        weak = hidden and access is not None and not _is_strong(access)
        return Check(name, Outcome.UNDECIDED if weak else Outcome.NOT_CHECKED, "CARD_ACCESS_NOT_BOUND")
    if offered is not None:
        removed = {info.raw for info in dg14.pace} - offered.raw_elements
        if removed or not offered.raw_elements <= dg14.raw_elements:
            return Check(name, Outcome.FAILED, "ACCESS_DOWNGRADE", {"found": "card_access_differs"})
    if access is None:
        return Check(name, Outcome.PASSED)
    facts: dict[str, Fact] = {"protocol": access.protocol, "algorithm": access.algorithm}
    if access.protocol != "PACE":
        if "pace_unsupported" in evidence.quirks:
            warnings.append("PACE_UNSUPPORTED")
            return Check(name, Outcome.PASSED, None, facts)
        return Check(name, Outcome.FAILED, "ACCESS_DOWNGRADE", {**facts, "found": "pace_not_used"})
    if not any(_same_variant(access, info) for info in dg14.pace):
        return Check(name, Outcome.FAILED, "ACCESS_DOWNGRADE", {**facts, "found": "variant_not_offered"})
    return Check(name, Outcome.PASSED, None, facts)


def _is_strong(access: AccessTranscript) -> bool:
    return access.protocol == "PACE" and "AES" in (access.algorithm or "")


def _same_variant(access: AccessTranscript, info: PaceInfo) -> bool:
    if info.name != access.algorithm:
        return False
    curve = by_parameter_id(info.parameter_id) if info.parameter_id is not None else None
    return curve is None or access.curve is None or curve.name == access.curve
