"""The report: four verdicts with their checks, the person and the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from eid.document.checks import Check, Fact, Outcome
from eid.document.person import Person, mask_number
from eid.document.reading import DocumentFacts
from eid.verification.policy import VERDICTS

__all__ = ["Check", "DocumentFacts", "Fact", "Outcome", "Report", "Verdict"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One of the four answers. ``code`` says why it is not PASSED."""

    outcome: Outcome
    code: str | None = None
    checks: tuple[Check, ...] = ()

    def check(self, name: str) -> Check | None:
        """The check called *name*, or ``None`` when it was not made."""
        return next((check for check in self.checks if check.name == name), None)

    def to_json(self) -> dict[str, object]:
        """The form of the command line."""
        return {
            "outcome": self.outcome.value,
            "code": self.code,
            "checks": [check.to_json() for check in self.checks],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What was found out about one document.

    :param authentic: signed by a trusted issuer, unaltered.
    :param chip_genuine: the chip is no copy.
    :param still_valid: not expired, lost or revoked.
    :param holder: presented by its holder.
    :param person: from groups whose octets a valid signature vouches for; ``None`` when *authentic*
        failed or there are none. While *authentic* is UNDECIDED it is a claim.
    :param document: likewise.
    :param warnings: codes of what does not decide but should be known.
    :param required: verdicts that had to pass.
    :param verified_at: the time the verification was made for.
    """

    authentic: Verdict
    chip_genuine: Verdict
    still_valid: Verdict
    holder: Verdict
    person: Person | None
    document: DocumentFacts | None
    warnings: tuple[str, ...]
    policy: str
    required: frozenset[str]
    profile: str
    verified_at: datetime

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        """The four by name."""
        return {name: getattr(self, name) for name in VERDICTS}

    @property
    def verdict(self) -> Outcome:
        """One word: FAILED when any of the four failed; UNDECIDED when a required one did not pass."""
        outcomes = {name: verdict.outcome for name, verdict in self.verdicts.items()}
        if Outcome.FAILED in outcomes.values():
            return Outcome.FAILED
        if any(outcomes[name] is not Outcome.PASSED for name in self.required):
            return Outcome.UNDECIDED
        return Outcome.PASSED

    @property
    def code(self) -> str | None:
        """Why :attr:`verdict` is not PASSED: the code of the first verdict that decided it."""
        overall = self.verdict
        if overall is Outcome.PASSED:
            return None
        failed = overall is Outcome.FAILED
        return next(
            verdict.code
            for name, verdict in self.verdicts.items()
            if verdict.outcome is Outcome.FAILED
            or (not failed and name in self.required and verdict.outcome is not Outcome.PASSED)
        )

    def to_json(self, *, show_person: bool = False) -> dict[str, object]:
        """The document that ``eid verify --json`` prints.

        :param show_person: number in clear, name and date of birth; otherwise the masked number only.
        """
        document = self.document
        return {
            "verdict": self.verdict.value,
            **{name: verdict.to_json() for name, verdict in self.verdicts.items()},
            "person": _person(self.person, show_person),
            "document": document
            and {
                "kind": document.kind,
                "issuer": document.issuer,
                "expiry_date": document.expiry_date and str(document.expiry_date),
            },
            "warnings": list(self.warnings),
        }


def _person(person: Person | None, show: bool) -> dict[str, object] | None:
    if person is None:
        return None
    if not show:
        return {"number": person.number and mask_number(person.number)}
    return {
        "number": person.number,
        "name": person.name,
        "birth_date": person.birth_date and str(person.birth_date),
    }
