"""Was the signer, or its issuer, revoked? By the lists in the trust store (Doc 9303-12, 5.5; RFC 5280, 6.3).

What is on a list that the issuer signed is revoked, however old the list. That something is *not* on
a list counts only when the list is a complete and current one. Where a list is missing, or is not of
this issuer, nothing is known, which by itself decides nothing: many countries publish none. But a list
of this issuer that is forged or out of date should not be there: then the question stays open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from eid.document.checks import Check, Fact, Outcome
from eid.errors import EidError, EncodingError, InvalidSignature, UnsupportedAlgorithm
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate, name_key
from eid.trust.chains import Chain
from eid.trust.crl import Crl, Revoked
from eid.verification.policy import Policy
from eid.verification.status import CLOCK_SKEW

__all__ = ["MAX_LISTS", "revocation_checks", "unknown_issuer_checks"]

#: Lists in the name of one issuer that are looked at, newest first; real stores have one or two.
MAX_LISTS = 16
#: When a list that does not say so is out of date: the longest interval of Doc 9303-12, 5.5.
_INTERVAL = timedelta(days=90)

_SIGNER, _ISSUER = "signer_revocation", "issuer_revocation"
_MISSING = "REVOCATION_NOT_AVAILABLE"
#: Problems that leave *authentic* undecided under every policy that looks at lists; the worse first.
_DECIDING = ("CRL_SIGNATURE_INVALID", "STALE_REVOCATION")


def revocation_checks(
    chain: Chain, trust: TrustStore, policy: Policy, now: datetime
) -> tuple[tuple[Check, ...], tuple[str, ...]]:
    """The checks ``signer_revocation`` and ``issuer_revocation``, and warnings.

    :param chain: one that leads to an anchor.
    :param now: aware.
    """
    if policy.revocation == "OFF":
        return _omitted()
    warnings: list[str] = []
    checks: list[Check] = []
    last = len(chain.certificates) - 1
    for place, certificate in enumerate(chain.certificates):
        above = chain.certificates[min(place + 1, last) :]
        found = _look_up(certificate, above, trust, now, policy.revocation_within)
        if place == 0:
            checks.append(_check(_SIGNER, "SIGNER_REVOKED", found, policy, warnings))
        elif place < last or found.revoked or found.good:
            # Nobody has to vouch for an anchor: only that it is listed counts.
            checks.append(_check(_ISSUER, "ISSUER_REVOKED", found, policy, warnings))
    return tuple(checks), tuple(dict.fromkeys(warnings))


def unknown_issuer_checks(policy: Policy) -> tuple[tuple[Check, ...], tuple[str, ...]]:
    """The same where no issuer is known whose list could be looked at."""
    if policy.revocation == "OFF":
        return _omitted()
    warnings: list[str] = []
    return (_check(_SIGNER, "SIGNER_REVOKED", _Found(), policy, warnings),), tuple(warnings)


def _omitted() -> tuple[tuple[Check, ...], tuple[str, ...]]:
    code = "REVOCATION_CHECK_OMITTED"
    return (Check(_SIGNER, Outcome.NOT_CHECKED, code),), (code,)


@dataclass(slots=True)
class _Found:
    """What the lists say of one certificate: an entry, or that there is none, or why neither."""

    revoked: Revoked | None = None
    good: bool = False
    released: bool = False
    facts: dict[str, Fact] = field(default_factory=dict)
    problems: dict[str, dict[str, Fact]] = field(default_factory=dict)


def _check(name: str, revoked: str, found: _Found, policy: Policy, warnings: list[str]) -> Check:
    if found.revoked is not None:
        date = found.revoked.date.isoformat()
        facts: dict[str, Fact] = {"revoked_at": date, "reason": found.revoked.reason, **found.facts}
        return Check(name, Outcome.FAILED, revoked, facts)
    if found.good:
        # A problem of another list is worth knowing; the one in use may be past its time within policy.
        warnings.extend(found.problems)
        return Check(name, Outcome.PASSED, None, found.facts)
    code = next(iter([*(c for c in _DECIDING if c in found.problems), *found.problems]), _MISSING)
    facts = found.problems.get(code, {})
    if code in _DECIDING or policy.revocation == "REQUIRED":
        return Check(name, Outcome.UNDECIDED, code, facts)
    warnings.append("REVOCATION_NOT_CHECKED")
    warnings.extend(found.problems)
    return Check(name, Outcome.NOT_CHECKED, code, facts)


# --- one certificate -----------------------------------------------------------------------------


def _look_up(
    certificate: Certificate,
    above: tuple[Certificate, ...],
    trust: TrustStore,
    now: datetime,
    overdue: timedelta,
) -> _Found:
    """Go through the lists in the name of *certificate*'s issuer, newest first.

    :param above: the rest of the chain, which was verified; at its end the certificate itself.
    :param overdue: how long after its next update a list may be used.
    """
    found = _Found()
    if not trust.crls:
        return found
    name = _name(certificate.issuer)
    if name is None:
        return found
    # After a change of its key a country signs its lists with the new one: all keys of its name count,
    # among the anchors and where link certificates lead.
    keys = [
        key for key in dict.fromkeys((*above, *trust.issuers_of(certificate))) if _name(key.subject) == name
    ]
    lists = dict.fromkeys(crl for key in keys for crl in trust.crls_for(key))
    newest = sorted(lists, key=lambda crl: (crl.this_update, crl.number or 0), reverse=True)
    for crl in newest[:MAX_LISTS]:
        facts = _facts(crl)
        problem = _not_by(crl, name, keys, now, facts) or _read(crl, certificate, found, facts)
        if problem is not None:
            found.problems.setdefault(problem, facts)
        if found.revoked is not None:
            return found
        if problem is not None or not crl.covers(certificate):
            continue
        late = now - (crl.next_update or crl.this_update + _INTERVAL)
        early = crl.this_update - now
        if late > timedelta(0) or early > CLOCK_SKEW:
            found.problems.setdefault("STALE_REVOCATION", facts)
        if late <= overdue and early <= CLOCK_SKEW:
            found.good, found.facts = True, facts
            return found
    return found


def _facts(crl: Crl) -> dict[str, Fact]:
    return {
        "list_issuer": crl.issuer_text,
        "list_number": crl.number,
        "this_update": crl.this_update.isoformat(),
        "next_update": crl.next_update.isoformat() if crl.next_update is not None else None,
    }


def _name(name: bytes) -> object:
    try:
        return name_key(name)
    except EncodingError:
        return None


def _not_by(
    crl: Crl, name: object, keys: Iterable[Certificate], now: datetime, facts: dict[str, Fact]
) -> str | None:
    """Why *crl* is not a list of the authority called *name*, which has these *keys*; or ``None``."""
    if _name(crl.issuer) != name:
        return "CRL_WRONG_ISSUER"  # only its key identifier is this authority's
    code = "CRL_SIGNATURE_INVALID"
    identifiers = set()
    for key in keys:
        identifiers.add(key.ski)
        try:
            crl.verify(key)
        except InvalidSignature:
            continue
        except UnsupportedAlgorithm as error:
            facts["unsupported"] = error.detail
            code = "CRL_UNSUPPORTED"
            continue
        except EidError:
            continue
        if key.key_usage is not None and "crl_sign" not in key.key_usage:
            return "CRL_WRONG_ISSUER"
        if not key.valid_at(now):
            return "CRL_WRONG_ISSUER"
        return None
    if code == "CRL_SIGNATURE_INVALID" and crl.aki is not None and crl.aki not in identifiers:
        return "CRL_WRONG_ISSUER"  # of that name, but by its own words of a key that is not known
    return code


def _read(crl: Crl, certificate: Certificate, found: _Found, facts: dict[str, Fact]) -> str | None:
    """Look for *certificate* on a list that its issuer signed; or why the list is of no use."""
    try:
        limits = crl.unsupported
        if limits == "CRL_INDIRECT":  # the same serial number there may be another issuer's
            facts["unsupported"] = limits
            return "CRL_UNSUPPORTED"
        entry = crl.entries.get(certificate.serial)
    except EidError as error:
        facts["unsupported"] = error.code
        return "CRL_UNSUPPORTED"
    if limits == "CRL_DELTA" and entry is not None and entry.reason == "remove_from_crl":
        found.released = True
    elif entry is not None and not (found.released and entry.reason == "certificate_hold"):
        found.revoked, found.facts = entry, facts
        return None
    if limits is not None or entry is not None:
        # What changed since another list, of some certificates or reasons only, or with a condition that
        # is not known: who is not on it may be on another. Who is on it is revoked all the same, but for
        # a hold that a later delta ended: then nothing is known.
        facts["unsupported"] = limits or "CRL_DELTA"
        return "CRL_UNSUPPORTED"
    return None
