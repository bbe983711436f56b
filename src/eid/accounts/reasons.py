"""One thing that a decision looked at: what it does to the answer, and which article said so."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from eid.accounts.codes import CODES
from eid.accounts.rules import Rule
from eid.document.checks import Fact
from eid.errors import Text

__all__ = ["Effect", "Reason", "by_rule"]


class Effect(enum.StrEnum):
    """What one reason does to the answer."""

    MET = "MET"
    STEP_UP = "STEP_UP"
    DENY = "DENY"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was looked at.

    :param code: from :data:`eid.accounts.codes.CODES`.
    :param article: instrument and article; ``None`` where the service itself asks for it, or where the
        reason is technical.
    :param facts: never personal data.
    :param confidence: how sure it is that the article says so: ``confirmed``, ``likely``, ``unconfirmed``;
        ``None`` where no law is behind it, or where the service answers for it.
    """

    code: str
    effect: Effect
    article: str | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)
    confidence: str | None = None

    @property
    def text(self) -> Text:
        """A sentence for people."""
        return CODES[self.code]

    def to_json(self) -> dict[str, object]:
        """The form of the command line."""
        facts = {name: list(v) if isinstance(v, tuple) else v for name, v in self.facts.items()}
        return {
            "code": self.code,
            "effect": self.effect.value,
            "article": self.article,
            "confidence": self.confidence,
            "facts": facts,
        }


def by_rule(code: str, effect: Effect, rule: Rule | None, facts: Mapping[str, Fact] | None) -> Reason:
    """A reason that *rule* gives; without article when no rule says anything of it."""
    if rule is None:
        return Reason(code, effect, None, facts or {})
    return Reason(code, effect, rule.article, facts or {}, rule.confidence)
