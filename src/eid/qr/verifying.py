"""Verify signed codes, offline first: signature, dates, nonce, status.

What is not well formed raises a :class:`~eid.errors.QrError`. What is well formed never raises: the result
says PASSED, FAILED or UNDECIDED with a code, as it does for documents. A code of an unknown issuer is
undecided and not forged.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from eid.crypto.cose import Sign1, kid_text, verify_sign1
from eid.crypto.keys import FoundKey, KeySet, KeySource
from eid.document.checks import Check, Fact, Outcome
from eid.errors import (
    AlgorithmMismatch,
    CertificateChainRefused,
    InputError,
    KeyNotInForce,
    KeysTooOld,
    KeysUnavailable,
    StatusUndecided,
    TokenSignatureInvalid,
    UnknownKey,
)
from eid.qr.claims import QrClaims, QrKind, read_claims
from eid.qr.envelope import parse_claims, parse_message, unpack_text
from eid.qr.result import CodeResult, judge_signature, judge_times, judge_validity
from eid.tokens.claims import LEEWAY, present
from eid.tokens.signed import sources_of
from eid.tokens.status.lists import Status
from eid.verification.holder import judge_holder

if TYPE_CHECKING:
    from eid.qr.claim169 import QrPerson
    from eid.tokens.status.reference import StatusReference
    from eid.tokens.status.sources import StatusChecker
    from eid.tokens.x5c import PinnedRoots
    from eid.verification.status import HolderMatch

__all__ = ["MAX_PRESENTATION", "QrPolicy", "QrVerifier", "VerifiedQr"]

#: How long a code made for one check may live.
MAX_PRESENTATION = timedelta(seconds=60)
#: Keys that are tried for a code that names none.
_MAX_TRIALS = 8


@dataclass(frozen=True, slots=True)
class QrPolicy:
    """What has to hold. Immutable.

    :param leeway: how far the clocks may be apart.
    :param max_presentation: how long a code with a nonce may live.
    """

    leeway: timedelta = LEEWAY
    max_presentation: timedelta = MAX_PRESENTATION
    _check_status: bool = True

    def without_status_check(self) -> Self:
        """The same, but revoked codes are not told from others; each result has a warning."""
        return replace(self, _check_status=False)


@dataclass(frozen=True, slots=True)
class VerifiedQr(CodeResult):
    """What came out for one code. Its ``repr`` holds no personal data.

    :param claims: what the code says, when it is authentic; else ``None``.
    :param unproven: what the code says while *authentic* is UNDECIDED: a claim of somebody unknown.
        ``None`` when it is proven, and when it is forged.
    """

    claims: QrClaims | None
    unproven: QrClaims | None

    @property
    def person(self) -> QrPerson | None:
        """The person of an authentic code, which may have expired: look at :attr:`verdict`."""
        return self.claims.person if self.claims is not None else None

    @property
    def kind(self) -> QrKind | None:
        """Printed, or made for one check; ``None`` for a code that is not authentic."""
        return self.claims.kind if self.claims is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class QrVerifier:
    """Verifies codes. Built once, immutable, shared by threads.

    :param issuers: who may have issued a code, exactly as they write themselves in ``iss``.
    :param keys: the issuer's keys; for several issuers a mapping from each to its own, so that the key of
        one never speaks for another. An issuer known by certificates alone has an empty ``KeySet``.
    :param clock: aware UTC time.
    :param status: answers from status lists, which also bounds their age; ``None`` leaves codes that
        refer to a list undecided.
    :param roots: for issuers that put certificates into their codes (``x5chain``): the roots these must
        lead to, for each issuer its own.
    :param policy: what has to hold.
    :param trusted_since: when keys and roots were gathered, for those that came in an offline file. No
        result is proven with a clock that is behind it.
    :param max_trust_age: how old they may be then.
    :raises InputError: no issuer, or not every issuer has keys of its own.
    """

    issuers: str | Collection[str]
    keys: KeySource | Mapping[str, KeySource]
    clock: Callable[[], datetime]
    status: StatusChecker | None = None
    roots: Mapping[str, PinnedRoots] = field(default_factory=dict)
    policy: QrPolicy = QrPolicy()
    trusted_since: datetime | None = None
    max_trust_age: timedelta | None = None
    _sources: Mapping[str, KeySource] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_sources", sources_of(self.issuers, self.keys))
        if not self.roots.keys() <= self._sources.keys():
            raise InputError("roots for an issuer that is not trusted")
        object.__setattr__(self, "roots", MappingProxyType(dict(self.roots)))

    def verify(
        self, text: str, *, nonce: bytes | None = None, holder: HolderMatch | None = None
    ) -> VerifiedQr:
        """Judge the text of a code.

        :param text: as scanned, nothing around it.
        :param nonce: what this verifier gave for a presentation, and uses once: then only a code made with
            it passes. ``None`` for printed codes.
        :param holder: result of comparing the person present with the photograph.
        :raises QrMalformed: not a signed code; its kinds say more.
        :raises QrEncrypted: an encrypted code.
        """
        message = parse_message(unpack_text(text, brotli=True))
        assert message.payload is not None  # parse_message sees to it
        claims, warnings = read_claims(parse_claims(message.payload))
        now = present(self.clock)
        signature, found = self._authenticate(message, claims.issuer, now)
        authentic = judge_signature(
            signature, self.trusted_since, self.max_trust_age, now=now, leeway=self.policy.leeway
        )
        outcome = authentic.outcome
        begins = (claims.not_before, claims.issued_at)
        checks = [judge_times(expires=claims.expires_at, begins=begins, now=now, leeway=self.policy.leeway)]
        if nonce is not None or claims.nonce is not None:
            checks.append(self._check_presentation(claims, nonce))
        if claims.audience:
            checks.append(Check("audience", Outcome.UNDECIDED, "QR_FOR_AN_AUDIENCE"))
        if claims.status is not None:
            status = self._check_status(claims.status, outcome, now)
            checks.append(status)
            if status.outcome is Outcome.NOT_CHECKED or status.facts.get("stale"):
                warnings = (*warnings, status.code or "STATUS_STALE")
        if found is not None and found.stale:
            warnings = (*warnings, "KEYS_STALE")
        return VerifiedQr(
            authentic,
            judge_validity(authentic, checks),
            judge_holder(authentic, holder),
            warnings,
            _trust_age(found, self.trusted_since, now),
            now,
            claims if outcome is Outcome.PASSED else None,
            claims if outcome is Outcome.UNDECIDED else None,
        )

    # --- authentic -------------------------------------------------------------------------------

    def _authenticate(
        self, message: Sign1, issuer: str | None, now: datetime
    ) -> tuple[Check, FoundKey | None]:
        """Whether a key of *issuer* signed, and that key."""
        if not message.signature:
            return _signature(Outcome.FAILED, "QR_UNSIGNED"), None
        source = self._sources.get(issuer) if issuer is not None else None
        if issuer is None or source is None:
            return _signature(Outcome.UNDECIDED, "QR_ISSUER_UNKNOWN"), None
        alg = message.algorithm
        if alg is None:
            facts: dict[str, Fact] = {"algorithm": str(message.alg)}
            return _signature(Outcome.UNDECIDED, "UNSUPPORTED_ALGORITHM", facts), None
        try:
            found = self._find(message, issuer, source, alg, now)
            if found is None:
                return _signature(Outcome.UNDECIDED, "QR_KEY_NOT_NAMED"), None
            verify_sign1(message, found.key)
        except (UnknownKey, KeyNotInForce, KeysTooOld, KeysUnavailable) as error:
            return _signature(Outcome.UNDECIDED, error.code), None
        except CertificateChainRefused as error:
            outcome = Outcome.UNDECIDED if error.kind in _NOT_LEADING_HERE else Outcome.FAILED
            return _signature(outcome, error.code, {"kind": error.kind}), None
        except AlgorithmMismatch:
            return _signature(Outcome.FAILED, "QR_ALGORITHM_MISMATCH"), None
        except TokenSignatureInvalid:
            return _signature(Outcome.FAILED, "QR_SIGNATURE_INVALID"), None
        return _signature(Outcome.PASSED, None, {"algorithm": alg, "key": found.key.kid}), found

    def _find(
        self, message: Sign1, issuer: str, source: KeySource, alg: str, now: datetime
    ) -> FoundKey | None:
        """The key that the code names, by identifier or by certificates; else one that may have signed.

        The identifier comes first because it costs nothing. It only says where to look: a wrong one finds
        no key, or one with which the signature does not hold.
        """
        chain, roots = message.x5chain, self.roots.get(issuer)
        if message.kid is not None:
            try:
                return source.find(kid_text(message.kid), now=now)
            except UnknownKey:
                if not chain or roots is None:
                    raise
        if chain and roots is not None:
            return FoundKey(roots.key(chain, now=now, alg=alg))
        return _tried(message, source, alg, now)

    # --- still valid -----------------------------------------------------------------------------

    def _check_presentation(self, claims: QrClaims, nonce: bytes | None) -> Check:
        """Whether the code was made for this check, and for it alone."""
        name = "presentation"
        if claims.nonce is None:
            return Check(name, Outcome.FAILED, "QR_NOT_A_PRESENTATION")
        if nonce is None:
            return Check(name, Outcome.UNDECIDED, "QR_NONCE_NOT_GIVEN")
        if not hmac.compare_digest(claims.nonce, nonce):
            return Check(name, Outcome.FAILED, "QR_NONCE_MISMATCH")
        if claims.issued_at is None or claims.expires_at is None:
            return Check(name, Outcome.FAILED, "QR_LIVES_TOO_LONG")
        lifetime = claims.expires_at - claims.issued_at
        if lifetime <= timedelta(0):  # the leeway for clocks must not make a time of none
            return Check(name, Outcome.FAILED, "QR_EXPIRED")
        if lifetime > self.policy.max_presentation:
            return Check(name, Outcome.FAILED, "QR_LIVES_TOO_LONG")
        return Check(name, Outcome.PASSED)

    def _check_status(self, reference: StatusReference, authentic: Outcome, now: datetime) -> Check:
        """What the list says to which the code refers."""
        name = "status"
        if not self.policy._check_status:
            return Check(name, Outcome.NOT_CHECKED, "QR_STATUS_NOT_CHECKED")
        if authentic is not Outcome.PASSED:  # nobody is asked for a list that a stranger names
            return Check(name, Outcome.UNDECIDED, "AUTHENTIC_NOT_PASSED")
        if self.status is None:
            return Check(name, Outcome.UNDECIDED, "STATUS_NOT_AVAILABLE")
        try:
            answer = self.status.check(reference, now=now)
        except StatusUndecided as error:
            return Check(name, Outcome.UNDECIDED, error.code)
        facts: dict[str, Fact] = {"at": answer.issued_at.isoformat(), "stale": answer.stale}
        if answer.valid:
            return Check(name, Outcome.PASSED, None, facts)
        return Check(name, *_STATUSES.get(answer.value, (Outcome.UNDECIDED, "QR_STATUS_UNKNOWN")), facts)


#: Statuses that decide; others mean something to the issuer alone.
_STATUSES = {
    int(Status.INVALID): (Outcome.FAILED, "QR_REVOKED"),
    int(Status.SUSPENDED): (Outcome.FAILED, "QR_SUSPENDED"),
}
#: What may be wrong with certificates without the code being forged.
_NOT_LEADING_HERE = frozenset({"root", "validity", "algorithm"})


def _signature(outcome: Outcome, code: str | None, facts: Mapping[str, Fact] | None = None) -> Check:
    return Check("signature", outcome, code, facts or {})


def _trust_age(found: FoundKey | None, trusted_since: datetime | None, now: datetime) -> timedelta | None:
    if found is None:
        return None
    if found.trust_age is None and trusted_since is not None:
        return max(now - trusted_since, timedelta(0))
    return found.trust_age


def _tried(message: Sign1, source: KeySource, alg: str, now: datetime) -> FoundKey | None:
    """The key of a fixed set that signed a code which names none; claim 169 does not ask for a name."""
    if not isinstance(source, KeySet):
        return None
    candidates = [key for key in source if key.alg == alg]
    for key in candidates[:_MAX_TRIALS]:
        try:
            verify_sign1(message, key)
            return source.find(key.kid, now=now)
        except TokenSignatureInvalid:
            continue
    return None
