"""The vocabulary of findings: an outcome of four kinds, and a check with a code and facts."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["Check", "Fact", "Outcome", "worst"]

#: What a check may state beside its outcome. Never personal data.
Fact = str | int | bool | tuple[str, ...] | None


class Outcome(enum.StrEnum):
    """*Undecided* is not *failed*: it says that nothing could be found out, and the code says why."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    UNDECIDED = "UNDECIDED"
    NOT_CHECKED = "NOT_CHECKED"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding.

    :param name: stable snake_case word.
    :param code: why it is not PASSED, from the catalogue; a PASSED check has none.
    :param facts: what was looked at (algorithms, dates of certificates); never personal data.
    """

    name: str
    outcome: Outcome
    code: str | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The form of the command line."""
        facts = {key: list(v) if isinstance(v, tuple) else v for key, v in self.facts.items()}
        return {"name": self.name, "outcome": self.outcome.value, "code": self.code, "facts": facts}


def worst(checks: Iterable[Check]) -> tuple[Outcome, str | None]:
    """Sum of *checks*: FAILED beats UNDECIDED beats PASSED; NOT_CHECKED counts only when alone.

    The code is that of the first check with the summed outcome.
    """
    first: dict[Outcome, str | None] = {}
    for check in checks:
        first.setdefault(check.outcome, check.code)
    for outcome in (Outcome.FAILED, Outcome.UNDECIDED, Outcome.PASSED):
        if outcome in first:
            return outcome, None if outcome is Outcome.PASSED else first[outcome]
    return Outcome.NOT_CHECKED, first.get(Outcome.NOT_CHECKED)
