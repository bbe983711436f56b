"""Verify EU digital COVID certificates (``HC1:``): who signed, for what, and until when.

The rules are the few that the format itself has: the signer's key usage, its country, the dates of the
code and of its signer. Which vaccine or interval is accepted, each country said otherwise and from month to
month; that is for the caller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from eid.crypto.algorithms import ALGORITHMS
from eid.crypto.cose import Sign1, verify_sign1
from eid.crypto.keys import Key
from eid.document.checks import Check, Fact, Outcome
from eid.errors import AlgorithmMismatch, KeyFormatError, TokenSignatureInvalid, UnsupportedAlgorithm
from eid.qr.claims import moment
from eid.qr.envelope import parse_claims, parse_message, unpack_text
from eid.qr.hcert import CLAIM_HCERT, HealthCertificate, Recovery, read_health_certificate
from eid.qr.result import CodeResult, judge_signature, judge_times, judge_validity
from eid.tokens.claims import LEEWAY, present
from eid.trust.certificates import Certificate
from eid.verification.holder import judge_holder

if TYPE_CHECKING:
    from eid.verification.status import HolderMatch

__all__ = ["PREFIX", "HcertVerifier", "HealthSigners", "VerifiedHcert"]

PREFIX = "HC1:"
_KID = 8
#: Certificates that are tried for a code that names none.
_MAX_TRIALS = 64

#: Extended key usages of signers, each under both arcs that were in use. Without any, all is allowed.
_USAGES = {
    f"{arc}.{number}": kind
    for arc in ("1.3.6.1.4.1.0.1847.2021.1", "1.3.6.1.4.1.1847.2021.1")
    for number, kind in ((1, "test"), (2, "vaccination"), (3, "recovery"))
}
_NAMES: Mapping[int | str, str] = {
    number: each.name for each in ALGORITHMS.values() for number in each.cose_ids
}


@dataclass(frozen=True, slots=True)
class HealthSigner:
    """A certificate of a trust list with its key; PS256 for RSA, which these codes use."""

    certificate: Certificate
    key: Key

    @property
    def entitled(self) -> frozenset[str] | None:
        """The kinds of certificate it may sign; ``None`` for all."""
        found = frozenset(_USAGES[u] for u in self.certificate.extended_key_usage if u in _USAGES)
        return found or None


class HealthSigners:
    """A trust list: certificates of document signers, found by the first 8 octets of their SHA-256.

    :param certificates: that the caller trusts; nobody looks at who issued them. Those whose key cannot be
        used are left out and named in :attr:`problems`.
    """

    def __init__(self, certificates: Iterable[Certificate]) -> None:
        self._by_kid: dict[bytes, list[HealthSigner]] = {}
        problems = []
        for certificate in dict.fromkeys(certificates):
            try:
                signer = _signer(certificate)
            except (KeyFormatError, UnsupportedAlgorithm) as error:
                problems.append((certificate.fingerprint, error.code))
                continue
            self._by_kid.setdefault(hashlib.sha256(certificate.raw).digest()[:_KID], []).append(signer)
        #: Fingerprint and error code of certificates that were left out.
        self.problems = tuple(problems)

    def __len__(self) -> int:
        return sum(map(len, self._by_kid.values()))

    def __iter__(self) -> Iterator[HealthSigner]:
        return (signer for group in self._by_kid.values() for signer in group)

    def named(self, kid: bytes) -> tuple[HealthSigner, ...]:
        """Those with this key identifier; eight octets of a hash may be those of two."""
        return tuple(self._by_kid.get(kid, ()))

    def to_try(self, country: str | None, alg: str) -> tuple[HealthSigner, ...]:
        """Those that may have signed a code of *country* that names no key."""
        fitting = (s for s in self if s.key.alg == alg and _speaks_for(s.certificate, country))
        return tuple(signer for signer, _ in zip(fitting, range(_MAX_TRIALS), strict=False))


def _signer(certificate: Certificate) -> HealthSigner:
    public = certificate.public_key
    if public.native is None:
        raise UnsupportedAlgorithm(f"a key on {public.name}")
    kid = hashlib.sha256(certificate.raw).hexdigest()[: 2 * _KID]
    return HealthSigner(
        certificate, Key.from_public(public.native, alg="PS256" if public.kind == "RSA" else None, kid=kid)
    )


def _speaks_for(certificate: Certificate, country: str | None) -> bool:
    """A signer of one country does not vouch for another; where one side is silent, nothing is known."""
    return None in (certificate.country, country) or certificate.country == country


@dataclass(frozen=True, slots=True)
class VerifiedHcert(CodeResult):
    """What came out for one code. Its ``repr`` holds no personal data.

    :param certificate: the content, when the code is authentic; else ``None``.
    :param unproven: the content while *authentic* is UNDECIDED: a claim of somebody unknown.
    :param country: that issued the code, as it says itself. Proven when *authentic* passed.
    :param issued_at: UTC, likewise, and :attr:`expires_at`.
    """

    certificate: HealthCertificate | None
    unproven: HealthCertificate | None
    country: str | None
    issued_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HcertVerifier:
    """Verifies health certificates. Immutable, shared by threads.

    :param signers: the trust list.
    :param clock: aware UTC time.
    :param leeway: how far the clocks may be apart.
    :param trusted_since: when the list was gathered, and how old it may be (*max_trust_age*), where that is
        known. No result is proven with a clock that is behind it.
    """

    signers: HealthSigners
    clock: Callable[[], datetime]
    leeway: timedelta = LEEWAY
    trusted_since: datetime | None = None
    max_trust_age: timedelta | None = None

    def verify(self, text: str, *, holder: HolderMatch | None = None) -> VerifiedHcert:
        """Judge the text of a code.

        :param text: as scanned, beginning with ``HC1:``.
        :param holder: result of comparing the person present with an identity document. The code has no
            photograph: it is good only together with one.
        :raises QrMalformed: not such a code; its kinds say more.
        :raises QrClaimInvalid: no certificate in it, or one that the schema does not allow.
        """
        message = parse_message(unpack_text(text, prefix=PREFIX), anywhere=True)
        assert message.payload is not None  # parse_message sees to it
        cwt = parse_claims(message.payload)
        certificate = read_health_certificate(cwt.claims.get(CLAIM_HCERT))
        country, now = cwt.issuer, present(self.clock)
        issued, expires = moment(cwt.issued_at), moment(cwt.expires_at)
        signature, signer = self._authenticate(message, country, certificate)
        authentic = judge_signature(
            signature, self.trusted_since, self.max_trust_age, now=now, leeway=self.leeway
        )
        begins = (issued, moment(cwt.not_before))
        checks = [judge_times(expires=expires, begins=begins, now=now, leeway=self.leeway)]
        if signer is not None:
            checks.append(_signer_times(signer.certificate, now))
        if isinstance(certificate.entry, Recovery):
            checks.append(_recovery_period(certificate.entry, now))
        outcome = authentic.outcome
        return VerifiedHcert(
            authentic,
            judge_validity(authentic, checks),
            judge_holder(authentic, holder),
            (),
            None if self.trusted_since is None else max(now - self.trusted_since, timedelta(0)),
            now,
            certificate if outcome is Outcome.PASSED else None,
            certificate if outcome is Outcome.UNDECIDED else None,
            country,
            issued,
            expires,
        )

    def _authenticate(
        self, message: Sign1, country: str | None, certificate: HealthCertificate
    ) -> tuple[Check, HealthSigner | None]:
        """Whether a signer of the list signed, and may sign this."""
        if not message.signature:
            return _signature(Outcome.FAILED, "QR_UNSIGNED"), None
        alg = _NAMES.get(message.alg)
        if alg is None:
            return _signature(Outcome.UNDECIDED, "UNSUPPORTED_ALGORITHM"), None
        named = message.kid is not None
        candidates = (
            self.signers.named(message.kid) if message.kid is not None else self.signers.to_try(country, alg)
        )
        if named and not candidates:
            return _signature(Outcome.UNDECIDED, "UNKNOWN_KEY"), None
        code = "QR_SIGNATURE_INVALID"
        for signer in candidates:
            try:
                verify_sign1(message, signer.key)
            except TokenSignatureInvalid:
                continue
            except AlgorithmMismatch:
                code = "QR_ALGORITHM_MISMATCH"
                continue
            return _entitled(signer, country, certificate, alg), signer
        if not named:
            return _signature(Outcome.UNDECIDED, "QR_KEY_NOT_NAMED"), None
        return _signature(Outcome.FAILED, code), None


def _signature(outcome: Outcome, code: str | None) -> Check:
    return Check("signature", outcome, code)


def _entitled(signer: HealthSigner, country: str | None, certificate: HealthCertificate, alg: str) -> Check:
    """The signature holds: did the right signer make it?"""
    facts: dict[str, Fact] = {"algorithm": alg, "key": signer.key.kid}
    if not _speaks_for(signer.certificate, country):
        return Check("signature", Outcome.FAILED, "QR_COUNTRY_MISMATCH", facts)
    entitled = signer.entitled
    if entitled is not None and certificate.entry.kind not in entitled:
        return Check("signature", Outcome.FAILED, "QR_SIGNER_NOT_ENTITLED", facts)
    return Check("signature", Outcome.PASSED, None, facts)


def _signer_times(certificate: Certificate, now: datetime) -> Check:
    """An expired signer vouches no longer: its list was to be renewed, and its codes ended with it."""
    facts: dict[str, Fact] = {"not_after": certificate.not_after.isoformat()}
    if now < certificate.not_before:
        return Check("signer_validity", Outcome.FAILED, "QR_SIGNER_NOT_YET_VALID", facts)
    if now > certificate.not_after:
        return Check("signer_validity", Outcome.FAILED, "QR_SIGNER_EXPIRED", facts)
    return Check("signer_validity", Outcome.PASSED, None, facts)


def _recovery_period(recovery: Recovery, now: datetime) -> Check:
    if recovery.valid_from <= now.date() <= recovery.valid_until:
        return Check("recovery_period", Outcome.PASSED)
    return Check("recovery_period", Outcome.FAILED, "QR_OUTSIDE_RECOVERY_PERIOD")
