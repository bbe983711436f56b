"""Passive authentication (Doc 9303-11, 5.1): is what was read signed by a trusted issuer, unaltered?"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from eid.crypto.curves import by_parameter_id
from eid.crypto.digests import digest
from eid.document.checks import Check, Fact, Outcome, worst
from eid.document.dg1 import DG1
from eid.document.evidence import AccessTranscript, Evidence
from eid.document.lds import DATA_GROUPS, EF_CARD_ACCESS, EF_SOD, group_number, parse_group
from eid.document.profile import CardContent, Profile
from eid.document.security_infos import DG14, PaceInfo, SecurityInfos
from eid.document.sod import SecurityObject
from eid.errors import (
    CertificateError,
    CmsError,
    EidError,
    InvalidSignature,
    KeyFormatError,
    UnsupportedAlgorithm,
)
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate, verify_issued_by
from eid.trust.cms import SignerInfo, signer_certificate, verify_signer

__all__ = ["Passive", "authenticate_passively"]

#: Groups every document has (Doc 9303-10, 3.1): without the first nobody is named.
_MANDATORY = frozenset({"DG1", "DG2"})
#: An extended key usage of this family names another task: lists, bar codes, visas (Doc 9303-12, 7.1.1).
_OTHER_PURPOSES = "2.23.136.1.1."


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
    evidence: Evidence, *, trust: TrustStore, profile: Profile, now: datetime
) -> Passive:
    """Run passive authentication. Nothing in the evidence makes it raise.

    :param now: aware; certificates must be valid at this time.
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
    signer_checks = _signers(sod, trust, now)
    hash_checks, matching = _hashes(evidence, sod)
    signed = signer_checks[0].outcome is Outcome.PASSED
    bound = matching if signed else frozenset()
    warnings: list[str] = ["TRAILING_OCTETS"] if sod.trailing else []
    if any(check.code == "DATA_GROUP_NOT_IN_SOD" for check in hash_checks):
        warnings.append("DATA_GROUP_NOT_IN_SOD")
    groups = _parsed(evidence, bound, profile, warnings)
    checks = [structure, *signer_checks, *hash_checks]
    listed = frozenset(f"DG{number}" for number in sod.hashes) if signed else frozenset()
    checks.append(_card_access(evidence, groups.get("DG14"), warnings, hidden="DG14" in listed - bound))
    checks.append(_required_groups(matching, groups if signed else None))
    cross_checks = tuple(_cross_checks(profile, CardContent(groups, evidence.access)))
    checks.extend(cross_checks)
    # What a country's check could not compare decides nothing, but somebody should know.
    warnings.extend(
        check.code for check in cross_checks if check.outcome is Outcome.NOT_CHECKED and check.code
    )
    if signer_checks[1].outcome is Outcome.PASSED:
        warnings.append("REVOCATION_NOT_CHECKED")
    return Passive(tuple(checks), tuple(warnings), listed, bound, groups)


# --- who signed ----------------------------------------------------------------------------------


def _signers(sod: SecurityObject, trust: TrustStore, now: datetime) -> tuple[Check, Check, Check]:
    """Signature, chain and validity of the one signer; of several, of the one that fares worst.

    Documents have one. Where there are more, each must hold: an added good one redeems nothing.
    """
    certificates = sod.signed_data.certificates
    found = [_signer(sod, signer, certificates, trust, now) for signer in sod.signed_data.signers]
    order = (Outcome.FAILED, Outcome.UNDECIDED, Outcome.PASSED)
    return min(found, key=lambda three: order.index(worst(three)[0]))


def _signer(
    sod: SecurityObject,
    signer: SignerInfo,
    certificates: tuple[Certificate, ...],
    trust: TrustStore,
    now: datetime,
) -> tuple[Check, Check, Check]:
    certificate = signer_certificate(signer, certificates)
    if certificate is None:
        missing = "SIGNER_CERTIFICATE_MISSING"
        return (
            Check("sod_signature", Outcome.UNDECIDED, missing),
            Check("certificate_chain", Outcome.UNDECIDED, missing),
            Check("document_signer_validity", Outcome.NOT_CHECKED, missing),
        )
    chain = _chain(certificate, trust, now)
    trusted = chain.outcome is Outcome.PASSED
    return _signature(sod, signer, certificate), chain, _validity(certificate, now, trusted=trusted)


def _signature(sod: SecurityObject, signer: SignerInfo, certificate: Certificate) -> Check:
    name = "sod_signature"
    facts: dict[str, Fact] = {}
    try:
        algorithm = signer.algorithm
        facts |= {
            "algorithm": algorithm.name,
            "hash": algorithm.hash_name,
            "key": certificate.public_key.name,
        }
        verify_signer(sod.signed_data, signer, certificate)
    except InvalidSignature:
        return Check(name, Outcome.FAILED, "SOD_SIGNATURE_INVALID", facts)
    except UnsupportedAlgorithm as error:
        return Check(name, Outcome.UNDECIDED, error.code, {**facts, "unsupported": error.detail})
    except (CmsError, KeyFormatError):
        return Check(name, Outcome.FAILED, "SOD_MALFORMED", facts)
    if signer.digest_oid not in sod.signed_data.digest_algorithms:
        # That list is under no signature; still, somebody has written into the file.
        return Check(name, Outcome.UNDECIDED, "SOD_INCONSISTENT", facts)
    return Check(name, Outcome.PASSED, None, facts)


def _chain(signer: Certificate, trust: TrustStore, now: datetime) -> Check:
    """Whether an anchor issued *signer*. Anybody can write an issuer's name: only the signature counts."""
    name = "certificate_chain"
    facts: dict[str, Fact] = {"signer": signer.subject_text, "signer_sha256": signer.fingerprint}
    reason = "UNKNOWN_ISSUER"
    for anchor in trust.issuers_of(signer):
        try:
            verify_issued_by(signer, anchor)
        except InvalidSignature:
            continue
        except UnsupportedAlgorithm as error:
            reason = error.code if reason == "UNKNOWN_ISSUER" else reason
            continue
        except (CertificateError, KeyFormatError):
            continue
        if not anchor.may_issue:
            reason = "ISSUER_NOT_A_CA"
            continue
        if not anchor.valid_at(now):
            reason = "ISSUER_NOT_VALID"
            continue
        facts |= {
            "issuer": anchor.subject_text,
            "issuer_sha256": anchor.fingerprint,
            "country": anchor.country,
        }
        code = _not_entitled(signer)
        return Check(name, Outcome.UNDECIDED if code else Outcome.PASSED, code, facts)
    return Check(name, Outcome.UNDECIDED, reason, {**facts, "issuer": signer.issuer_text})


def _not_entitled(signer: Certificate) -> str | None:
    """Why a certificate of a trusted issuer is not one for signing documents, or ``None``."""
    usage = signer.key_usage
    if signer.is_ca or (usage is not None and "digital_signature" not in usage):
        return "SIGNER_NOT_ENTITLED"
    if any(purpose.startswith(_OTHER_PURPOSES) for purpose in signer.extended_key_usage):
        return "SIGNER_NOT_ENTITLED"
    return "SIGNER_EXTENSION_UNKNOWN" if signer.unknown_critical else None


def _validity(signer: Certificate, now: datetime, *, trusted: bool) -> Check:
    """A signer's certificate covers the life of its documents (Doc 9303-12, 6), so *now* decides.

    While nobody trusted has issued it, its dates are anybody's writing and decide nothing.
    """
    facts: dict[str, Fact] = {
        "not_before": signer.not_before.isoformat(),
        "not_after": signer.not_after.isoformat(),
    }
    code = None
    if now < signer.not_before:
        code = "SIGNER_NOT_YET_VALID"
    elif now > signer.not_after:
        code = "SIGNER_EXPIRED"
    outcome = Outcome.PASSED
    if code is not None:
        outcome = Outcome.FAILED if trusted else Outcome.UNDECIDED
    return Check("document_signer_validity", outcome, code, facts)


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
