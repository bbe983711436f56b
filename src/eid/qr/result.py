"""What came out of verifying a signed code: three verdicts, in the words of documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from eid.document.checks import Check, Fact, Outcome, worst
from eid.errors import NotPassed
from eid.verification.report import Verdict

__all__ = ["CodeResult", "judge_signature", "judge_times", "judge_validity"]


@dataclass(frozen=True, slots=True)
class CodeResult:
    """The verdicts on one code. Nothing in them is personal.

    :param authentic: signed by a trusted issuer, unaltered.
    :param still_valid: its dates, its nonce, its status. UNDECIDED while *authentic* did not pass: dates
        that nobody trusted has signed are claims.
    :param holder: presented by the person it speaks of. A code proves nothing about that: NOT_CHECKED
        unless the caller compared the person with the photograph.
    :param warnings: codes of what does not decide but should be known.
    :param trust_age: since the issuer last confirmed the key; ``None`` when fixed by configuration.
    :param verified_at: the time the verification was made for.
    """

    authentic: Verdict
    still_valid: Verdict
    holder: Verdict
    warnings: tuple[str, ...]
    trust_age: timedelta | None
    verified_at: datetime

    @property
    def verdict(self) -> Outcome:
        """One word: FAILED when any failed, PASSED when *authentic* and *still_valid* passed."""
        verdicts = (self.authentic, self.still_valid, self.holder)
        if any(each.outcome is Outcome.FAILED for each in verdicts):
            return Outcome.FAILED
        passed = self.authentic.outcome is self.still_valid.outcome is Outcome.PASSED
        return Outcome.PASSED if passed else Outcome.UNDECIDED

    @property
    def code(self) -> str | None:
        """Why :attr:`verdict` is not PASSED: the code of the first verdict that decided it."""
        overall = self.verdict
        if overall is Outcome.PASSED:
            return None
        failed = overall is Outcome.FAILED
        for each in (self.authentic, self.still_valid, self.holder):
            if each.outcome is Outcome.FAILED or (not failed and each.outcome is not Outcome.PASSED):
                return each.code
        return None

    def require_passed(self) -> None:
        """For those who want an exception.

        :raises NotPassed: with this result in ``report``.
        """
        if self.verdict is not Outcome.PASSED:
            raise NotPassed(f"{self.verdict} {self.code or ''}".strip(), self)


def judge_signature(
    signature: Check,
    trusted_since: datetime | None,
    max_trust_age: timedelta | None,
    *,
    now: datetime,
    leeway: timedelta,
) -> Verdict:
    """Whether a code is authentic: its signature, and the age of what it was checked with."""
    if trusted_since is None:
        return Verdict(signature.outcome, signature.code, (signature,))
    age, name = now - trusted_since, "trust_age"
    facts: dict[str, Fact] = {"since": trusted_since.isoformat()}
    if age < -leeway:
        # The clock of this machine is wrong, and what has expired long ago would look valid.
        check = Check(name, Outcome.UNDECIDED, "QR_CLOCK_BEHIND", facts)
    elif max_trust_age is not None and age > max_trust_age:
        check = Check(name, Outcome.UNDECIDED, "KEYS_TOO_OLD", facts)
    else:
        check = Check(name, Outcome.PASSED, None, facts)
    checks = (signature, check)
    return Verdict(*worst(checks), checks)


def judge_times(
    *, expires: datetime | None, begins: Iterable[datetime | None], now: datetime, leeway: timedelta
) -> Check:
    """``exp``, ``nbf`` and ``iat`` of a code (RFC 8392, 3.1.4 to 3.1.6). That it names no end decides nothing.

    :param begins: ``nbf`` and ``iat``, ``None`` for what it does not say.
    """
    # Times are taken from each other, because leeway added to the last day of the calendar is no time.
    if expires is not None and now - expires >= leeway:
        return Check("times", Outcome.FAILED, "QR_EXPIRED")
    for begin in begins:
        if begin is not None and begin - now > leeway:
            return Check("times", Outcome.FAILED, "QR_NOT_YET_VALID")
    if expires is None:
        return Check("times", Outcome.UNDECIDED, "QR_NO_EXPIRY")
    return Check("times", Outcome.PASSED)


def judge_validity(authentic: Verdict, checks: Iterable[Check]) -> Verdict:
    """The sum of *checks*, which counts only for an authentic code."""
    made = tuple(checks)
    if len(made) == 1 and authentic.outcome is made[0].outcome is Outcome.PASSED:
        return Verdict(Outcome.PASSED, None, made)  # as most are
    if authentic.outcome is not Outcome.PASSED:
        return Verdict(Outcome.UNDECIDED, "AUTHENTIC_NOT_PASSED", made)
    return Verdict(*worst(made), made)
