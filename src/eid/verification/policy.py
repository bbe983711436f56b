"""What has to hold. A policy is immutable: build it once, share it between threads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from eid.errors import InputError

__all__ = ["VERDICTS", "Policy"]

#: The four verdicts by name, in their order.
VERDICTS = ("authentic", "chip_genuine", "still_valid", "holder")


@dataclass(frozen=True, slots=True)
class Policy:
    """Start from :meth:`counter` or :meth:`stored`, then change it with the other methods.

    :param required: verdicts that must be PASSED for the report to be.
    :param trust_terminal: believe what this very process saw of the chip (evidence marked as live).
        Evidence from a file is never believed that way, whatever the policy.
    :param status_within: how old an answer about one document may be: a :class:`StatusAnswer`, a
        :class:`GatewayAnswer`.
    :param revocation: what a missing revocation list means. ``OFFERED``: lists are used as far as the
        trust store has them, a missing one is a warning; ``REQUIRED``: without a good one *authentic*
        is undecided; ``OFF``: none is looked at, and the report says so.
    :param revocation_within: how long a revocation list is still used after its announced successor
        was due.
    :param max_trust_age: how old the trust store may be; ``None`` leaves that to the caller.
    :param signer_validity: the time the certificates of signer and issuers must be valid at: ``NOW``,
        or ``SIGNING``, the signing time in EF.SOD.
    """

    name: str
    required: frozenset[str]
    trust_terminal: bool
    status_within: timedelta = timedelta(days=1)
    revocation: Literal["OFFERED", "REQUIRED", "OFF"] = "OFFERED"
    revocation_within: timedelta = timedelta(0)
    max_trust_age: timedelta | None = None
    signer_validity: Literal["NOW", "SIGNING"] = "NOW"

    @classmethod
    def counter(cls) -> Policy:
        """A chip is read here and now: it must be authentic, and no copy."""
        return cls("counter", frozenset({"authentic", "chip_genuine"}), trust_terminal=True)

    @classmethod
    def stored(cls) -> Policy:
        """Evidence comes from elsewhere: it must be authentic; the chip counts when a challenge is given."""
        return cls("stored", frozenset({"authentic"}), trust_terminal=False)

    def requiring(self, *verdicts: str) -> Policy:
        """The same with further required verdicts: ``chip_genuine``, ``still_valid``, ``holder``.

        :raises InputError: not the name of a verdict.
        """
        if not set(verdicts) <= set(VERDICTS):
            raise InputError(f"a verdict is one of {', '.join(VERDICTS)}")
        return replace(self, required=self.required | set(verdicts))

    def with_status_within(self, age: timedelta) -> Policy:
        """The same with another greatest age of a status answer."""
        return replace(self, status_within=age)

    def requiring_revocation(self) -> Policy:
        """The same, but *authentic* is undecided without a good revocation list of the issuer."""
        return replace(self, revocation="REQUIRED")

    def without_revocation_check(self) -> Policy:
        """The same, but no revocation list is looked at: a revoked signer passes. The report says so
        (``REVOCATION_CHECK_OMITTED``).
        """
        return replace(self, revocation="OFF")

    def with_revocation_within(self, overdue: timedelta) -> Policy:
        """The same, but a revocation list is used for this long after the next one was due.

        Unless changed it is not used at all then: Doc 9303-12, 5.5 demands a new one every 90 days,
        and issuers announce the next one by its latest date. Offline devices may need some days.
        """
        return replace(self, revocation_within=overdue)

    def with_max_trust_age(self, age: timedelta) -> Policy:
        """The same, but *authentic* is undecided when the trust store was obtained longer ago, or
        nobody knows when.
        """
        return replace(self, max_trust_age=age)

    def with_signer_valid_at_signing(self) -> Policy:
        """The same, but the certificates must have been valid when EF.SOD was signed, not now.

        For archives of documents that outlived their signer's certificate. The time is the signer's
        own word: who stole an old signer's key can write any time. Without one in EF.SOD it is *now*.
        """
        return replace(self, signer_validity="SIGNING")

    def required_for(self, challenge: bytes | None) -> frozenset[str]:
        """What is required in one verification: who gives a challenge wants the chip proven."""
        return self.required if challenge is None else self.required | {"chip_genuine"}
