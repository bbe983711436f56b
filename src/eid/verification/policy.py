"""What has to hold. A policy is immutable: build it once, share it between threads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from eid.errors import InputError

__all__ = ["VERDICTS", "Policy"]

#: The four verdicts by name, in their order.
VERDICTS = ("authentic", "chip_genuine", "still_valid", "holder")


@dataclass(frozen=True, slots=True)
class Policy:
    """Start from :meth:`counter` or :meth:`stored`, then add with :meth:`requiring`.

    :param required: verdicts that must be PASSED for the report to be.
    :param trust_terminal: believe what this very process saw of the chip (evidence marked as live).
        Evidence from a file is never believed that way, whatever the policy.
    :param status_within: how old an answer about lost or revoked documents may be.
    """

    name: str
    required: frozenset[str]
    trust_terminal: bool
    status_within: timedelta = timedelta(days=1)

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

    def required_for(self, challenge: bytes | None) -> frozenset[str]:
        """What is required in one verification: who gives a challenge wants the chip proven."""
        return self.required if challenge is None else self.required | {"chip_genuine"}
