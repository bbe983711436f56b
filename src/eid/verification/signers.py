"""Who signed EF.SOD, and may he: signature, chain to an anchor, times, revocation, the signer's profile.

Standards: Doc 9303-11, 5.1; Doc 9303-12, 5 and 7.1; RFC 5652.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from eid.document.checks import Check, Fact, Outcome, worst
from eid.document.dg1 import DG1
from eid.document.states import SPECIMEN, countries_of, is_assigned
from eid.encoding.der import SEQUENCE, SET, read_text
from eid.encoding.tlv import parse
from eid.errors import CmsError, EncodingError, InvalidSignature, KeyFormatError, UnsupportedAlgorithm
from eid.trust.certificates import Certificate
from eid.trust.chains import Chain, find_chain
from eid.trust.cms import signer_certificate, verify_signer
from eid.verification.revocation import revocation_checks

if TYPE_CHECKING:
    from eid.document.sod import SecurityObject
    from eid.trust.anchors import TrustStore
    from eid.trust.cms import SignerInfo
    from eid.verification.policy import Policy

__all__ = ["Signed", "judge_signers", "profile_checks"]

#: An extended key usage of this family names another task: lists, bar codes, visas (Doc 9303-12, 7.1.1).
_OTHER_PURPOSES = "2.23.136.1.1."
_DOCUMENT_TYPES = "2.23.136.1.1.6.2"


@dataclass(frozen=True, slots=True)
class Signed:
    """What was found out about one signature.

    :param checks: ``sod_signature``, ``certificate_chain``, ``document_signer_validity`` and more.
    :param chain: from the signer's certificate; ``None`` when there is none.
    """

    checks: tuple[Check, ...]
    warnings: tuple[str, ...] = ()
    chain: Chain | None = None

    @property
    def holds(self) -> bool:
        """The signature over the security object is right, whoever made it."""
        return self.checks[0].outcome is Outcome.PASSED

    @property
    def trusted(self) -> bool:
        """The chain leads to an anchor of the caller."""
        return self.chain is not None and self.chain.outcome == "PASSED"


def judge_signers(sod: SecurityObject, trust: TrustStore, policy: Policy, now: datetime) -> Signed:
    """The one signer; of several, the one that fares worst: an added good one redeems nothing.

    :param now: aware.
    """
    order = (Outcome.FAILED, Outcome.UNDECIDED, Outcome.PASSED, Outcome.NOT_CHECKED)
    found = (_judge(sod, signer, trust, policy, now) for signer in sod.signed_data.signers)
    return min(found, key=lambda signed: order.index(worst(signed.checks)[0]))


def _judge(
    sod: SecurityObject, signer: SignerInfo, trust: TrustStore, policy: Policy, now: datetime
) -> Signed:
    embedded = sod.signed_data.certificates
    certificate = _certificate(signer, trust, embedded)
    if certificate is None:
        missing = "SIGNER_CERTIFICATE_MISSING"
        return Signed((
            Check("sod_signature", Outcome.UNDECIDED, missing),
            Check("certificate_chain", Outcome.UNDECIDED, missing),
            Check("document_signer_validity", Outcome.NOT_CHECKED, missing),
        ))  # fmt: skip
    signing_time = _signing_time(signer)
    at_signing = policy.signer_validity == "SIGNING" and signing_time is not None
    moment = min(signing_time, now) if at_signing and signing_time is not None else now
    chain = find_chain(certificate, trust, now=moment, intermediates=embedded)
    checks = [
        _signature(sod, signer, certificate, signing_time),
        _chain(certificate, chain),
        _validity(certificate, moment, trusted=chain.outcome == "PASSED", at_signing=at_signing),
    ]
    warnings = list(chain.warnings)
    if policy.max_trust_age is not None:
        checks.append(_trust_age(trust, policy, now))
    if chain.outcome == "PASSED":
        revocation, more = revocation_checks(chain, trust, policy, now)
        checks += revocation
        warnings += more
        if _unverified(chain):
            warnings.append("ANCHOR_NOT_VERIFIED")
    if "sha1" in (sod.hash_name, *_hash_names(signer, chain)):
        warnings.append("SHA1_USED")
    return Signed(tuple(checks), tuple(warnings), chain)


def _certificate(
    signer: SignerInfo, trust: TrustStore, embedded: Sequence[Certificate]
) -> Certificate | None:
    """The signer's certificate: of those that came along the one that is meant; else from the store, as
    some documents leave it out because it is in the ICAO PKD.
    """
    found = signer_certificate(signer, embedded)
    if found is not None:
        return found
    stored = trust.signers(key_identifier=signer.key_identifier, serial=signer.serial)
    return signer_certificate(signer, stored)


def _signing_time(signer: SignerInfo) -> datetime | None:
    try:
        return signer.signing_time
    except CmsError:
        return None  # nothing depends on it; a malformed one is as good as none


def _hash_names(signer: SignerInfo, chain: Chain) -> tuple[str, ...]:
    """Hash functions of the signatures that were relied on: an anchor's own is none of them."""
    try:
        return (
            signer.algorithm.hash_name,
            *(certificate.signature_algorithm.hash_name for certificate in chain.certificates[:-1]),
        )
    except (CmsError, EncodingError, UnsupportedAlgorithm):
        return ()


# --- signature, chain, times ---------------------------------------------------------------------


def _signature(
    sod: SecurityObject, signer: SignerInfo, certificate: Certificate, signing_time: datetime | None
) -> Check:
    name = "sod_signature"
    facts: dict[str, Fact] = {}
    if signing_time is not None:
        facts["signing_time"] = signing_time.isoformat()
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


def _chain(signer: Certificate, chain: Chain) -> Check:
    """Whether an anchor stands behind *signer*. Anybody can write an issuer's name: that decides nothing."""
    name = "certificate_chain"
    facts: dict[str, Fact] = {"signer": signer.subject_text, "signer_sha256": signer.fingerprint}
    if chain.outcome != "PASSED" or chain.anchor is None:
        return Check(name, Outcome.UNDECIDED, chain.code, {**facts, "issuer": signer.issuer_text})
    anchor = chain.anchor.certificate
    if chain.anchor.pinned:
        facts["anchor"] = "pinned document signer"
    else:
        facts |= {"issuer": anchor.subject_text, "issuer_sha256": anchor.fingerprint}
    facts["country"] = anchor.country
    if len(chain.certificates) > 2:
        facts["links"] = tuple(link.fingerprint for link in chain.certificates[1:-1])
    if chain.anchor.provenance:
        facts["anchor_source"] = tuple(
            " ".join(filter(None, (p.source, p.outcome))) for p in chain.anchor.provenance
        )
    code = _not_entitled(signer)
    return Check(name, Outcome.UNDECIDED if code else Outcome.PASSED, code, facts)


def _unverified(chain: Chain) -> bool:
    """The anchor is known only from lists whose signature nobody checked."""
    sources = chain.anchor.provenance if chain.anchor is not None else ()
    return bool(sources) and not any(p.outcome in (None, "VERIFIED") for p in sources)


def _not_entitled(signer: Certificate) -> str | None:
    """Why a certificate of a trusted issuer is not one for signing documents, or ``None``."""
    usage = signer.key_usage
    if signer.is_ca or (usage is not None and "digital_signature" not in usage):
        return "SIGNER_NOT_ENTITLED"
    if any(purpose.startswith(_OTHER_PURPOSES) for purpose in signer.extended_key_usage):
        return "SIGNER_NOT_ENTITLED"
    return "SIGNER_EXTENSION_UNKNOWN" if signer.unknown_critical else None


def _validity(signer: Certificate, moment: datetime, *, trusted: bool, at_signing: bool) -> Check:
    """A signer's certificate covers the life of its documents (Doc 9303-12, 6), so *now* decides unless
    the policy says otherwise.

    While nobody trusted has issued it, its dates are anybody's writing and decide nothing.
    """
    facts: dict[str, Fact] = {
        "not_before": signer.not_before.isoformat(),
        "not_after": signer.not_after.isoformat(),
    }
    if at_signing:
        facts["judged_at"] = moment.isoformat()
    code = None
    if moment < signer.not_before:
        code = "SIGNER_NOT_YET_VALID"
    elif moment > signer.not_after:
        code = "SIGNER_EXPIRED"
    outcome = Outcome.PASSED
    if code is not None:
        outcome = Outcome.FAILED if trusted else Outcome.UNDECIDED
    return Check("document_signer_validity", outcome, code, facts)


def _trust_age(trust: TrustStore, policy: Policy, now: datetime) -> Check:
    age = trust.age(now)
    facts: dict[str, Fact] = {"age_days": age.days if age is not None else None}
    if age is None or policy.max_trust_age is None or age > policy.max_trust_age:
        return Check("trust_age", Outcome.UNDECIDED, "TRUST_STALE", facts)
    return Check("trust_age", Outcome.PASSED, None, facts)


# --- the signer's profile against DG1 ------------------------------------------------------------


def profile_checks(chain: Chain, dg1: DG1) -> tuple[tuple[Check, ...], tuple[str, ...]]:
    """Whether signer and issuers may sign a document like this: ``issuer_country``, ``document_type``.

    A signature by any trusted country over a document of any other would otherwise be as good.
    """
    checks = [_issuer_country(chain, dg1.mrz.issuer)]
    types = _document_types(chain.certificates[0])
    if types is not None:
        checks.append(_document_type(types, dg1.mrz.document_code))
    unknown = (check.code for check in checks if check.outcome is Outcome.NOT_CHECKED and check.code)
    return tuple(checks), tuple(unknown)


def _issuer_country(chain: Chain, state: str) -> Check:
    """Country of the certificates and issuing State of DG1 (Doc 9303-12, 7.1.1; Doc 9303-3, 5)."""
    name = "issuer_country"
    countries = tuple(dict.fromkeys(filter(None, (each.country for each in chain.certificates))))
    facts: dict[str, Fact] = {"state": state, "countries": countries}
    allowed = countries_of(state) | {state}  # Lithuania's certificates once said LTU
    if countries and all(country in allowed for country in countries):
        return Check(name, Outcome.PASSED, None, facts)
    # No State has XX or UT: who trusts such an authority has made it one for everything. Between a State
    # and another one, however, there is a border.
    nowhere = not any(map(is_assigned, countries)) and is_assigned(state)
    if not countries or state == SPECIMEN or nowhere:
        return Check(name, Outcome.NOT_CHECKED, "ISSUER_COUNTRY_UNKNOWN", facts)
    return Check(name, Outcome.UNDECIDED, "ISSUER_COUNTRY_MISMATCH", facts)


def _document_type(types: tuple[str, ...], code: str) -> Check:
    """Document type list of the signer (Doc 9303-12, 7.1.1.6): one letter stands for all its kinds."""
    facts: dict[str, Fact] = {"listed": types, "document_code": code}
    if code in types or code[:1] in types:
        return Check("document_type", Outcome.PASSED, None, facts)
    return Check("document_type", Outcome.UNDECIDED, "DOCUMENT_TYPE_NOT_LISTED", facts)


@functools.lru_cache(maxsize=256)
def _document_types(signer: Certificate) -> tuple[str, ...] | None:
    """The types of the extension without fillers; ``None`` without it or when it cannot be read."""
    try:
        value = signer.extensions.get(_DOCUMENT_TYPES)
        if value is None:
            return None
        kinds = parse(value, SEQUENCE, der=False).find(SET)
        return tuple(read_text(kind).strip("< ").upper() for kind in kinds.children()) if kinds else None
    except EncodingError:
        return None
