"""May this account do this now? ALLOW, STEP_UP or DENY, with reasons in order and the article of each.

:func:`decide` is pure and total: the same arguments give the same decision, and none raise. More proof
never makes a decision worse, and a lock never ends in ALLOW.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime

from eid.accounts.codes import CODES
from eid.accounts.looking import Looking
from eid.accounts.model import Account, Role
from eid.accounts.reasons import Effect, Reason
from eid.accounts.requirement import Context, Requirement
from eid.accounts.rules import RuleBook, surest, weakest
from eid.document.checks import Fact
from eid.tokens.profile import AUTHENTICATION_LEVELS, acr_for
from eid.tokens.step_up import StepUpChallenge

__all__ = ["Decision", "DecisionOutcome", "Effect", "Reason", "decide"]

#: What another authentication can help with.
_AGAIN = frozenset({
    "NOT_AUTHENTICATED",
    "AUTHENTICATION_LEVEL_TOO_LOW",
    "AUTHENTICATION_TOO_OLD",
    "FACTOR_CATEGORY_MISSING",
})  # fmt: skip
_SIGN_IN = Reason("NOT_AUTHENTICATED", Effect.STEP_UP)
_NOT_ENTITLED = Reason("NOT_ENTITLED", Effect.DENY)
_UNKNOWN = Reason("ACCOUNT_UNKNOWN", Effect.DENY)


class DecisionOutcome(enum.StrEnum):
    """The answer."""

    ALLOW = "ALLOW"
    STEP_UP = "STEP_UP"
    DENY = "DENY"


_OUTCOMES = {
    Effect.DENY: DecisionOutcome.DENY,
    Effect.STEP_UP: DecisionOutcome.STEP_UP,
    Effect.MET: DecisionOutcome.ALLOW,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer with its reasons: what denies first, then what is missing, then what was met.

    :param requirement: what was asked for.
    :param rules_version: names the data of the rules it was made by.
    :param decided_at: the time it was made for.
    :param rules_day: the day whose law was applied.
    :param rules_as_of: the day whose state of the law the data give.
    """

    outcome: DecisionOutcome
    reasons: tuple[Reason, ...]
    requirement: Requirement
    rules_version: str
    decided_at: datetime
    rules_day: date | None = None
    rules_as_of: date | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of what stands in the way, in order; empty for ALLOW."""
        return tuple(reason.code for reason in self.reasons if reason.effect is not Effect.MET)

    @property
    def missing(self) -> tuple[Reason, ...]:
        """What would turn STEP_UP into ALLOW."""
        return tuple(reason for reason in self.reasons if reason.effect is Effect.STEP_UP)

    @property
    def confidence(self) -> str | None:
        """How sure the law behind the answer is; ``None`` where it rests on no law.

        ALLOW is as sure as the least sure thing that was met; DENY and STEP_UP are as sure as the surest of
        what stands in the way, since each of these is enough.
        """
        if self.outcome is DecisionOutcome.ALLOW:
            return weakest(reason.confidence for reason in self.reasons)
        decisive = Effect(self.outcome.value)
        return surest(reason.confidence for reason in self.reasons if reason.effect is decisive)

    def challenge(self) -> StepUpChallenge | None:
        """What to ask a client for whose user has to authenticate again, more strongly or more recently
        (RFC 9470); ``None`` where another authentication would not help.
        """
        wanted = self.requirement
        if self.outcome is not DecisionOutcome.STEP_UP or _AGAIN.isdisjoint(self.codes):
            return None
        least = wanted.authentication_level or 1
        for reason in self.missing:
            level = reason.facts.get("authentication_level")
            if isinstance(level, int):
                least = max(least, level)
        acceptable = tuple(acr_for(level) for level in sorted(AUTHENTICATION_LEVELS) if level >= least)
        return StepUpChallenge(acceptable, wanted.max_auth_age)

    def sentence(self, language: str = "en") -> str:
        """What to tell people: what denies, or everything that is missing.

        :param language: ``vi`` or ``en``.
        """
        wanted = Effect(self.outcome.value) if self.outcome is not DecisionOutcome.ALLOW else Effect.MET
        if wanted is Effect.MET:
            return CODES["ALLOWED"].in_language(language)
        sentences = (reason.text.in_language(language) for reason in self.reasons if reason.effect is wanted)
        return " ".join(dict.fromkeys(sentences))

    def explain(self, language: str = "en") -> str:
        """For auditors: the rules used, then one line for each thing that was looked at, with its article.

        What rests on an entry that is only ``likely`` or ``unconfirmed`` says so.
        """
        state = f" as of {self.rules_as_of}" if self.rules_as_of else ""
        sure = f" ({self.confidence})" if self.confidence not in (None, "confirmed") else ""
        rules = f"rules {self.rules_version[:12]}{state}, in force on {self.rules_day}"
        lines = [f"{self.outcome.value}{sure} {self.decided_at.isoformat()} {rules}"]
        for reason in self.reasons:
            sure = f"; {reason.confidence}" if reason.confidence not in (None, "confirmed") else ""
            article = f" [{reason.article}{sure}]" if reason.article else ""
            facts = " ".join(f"{name}={_shown(value)}" for name, value in sorted(reason.facts.items()))
            text = reason.text.in_language(language)
            lines.append(f"{reason.effect.value} {reason.code}: {text}{article} {facts}".rstrip())
        return "\n".join(lines)

    def to_json(self) -> dict[str, object]:
        """The form of the command line."""
        return {
            "outcome": self.outcome.value,
            "reasons": [reason.to_json() for reason in self.reasons],
            "message": {"en": self.sentence("en"), "vi": self.sentence("vi")},
            "confidence": self.confidence,
            "rules_version": self.rules_version,
            "rules_as_of": self.rules_as_of.isoformat() if self.rules_as_of else None,
            "rules_day": self.rules_day.isoformat() if self.rules_day else None,
            "decided_at": self.decided_at.isoformat(),
        }


def decide(
    account: Account | None, requirement: Requirement, *, rules: RuleBook, context: Context, now: datetime
) -> Decision:
    """Decide whether *account* meets *requirement* in *context*.

    Somebody who has not authenticated is asked to, and somebody without a part in this account is
    refused, whatever the account: unknown, locked, closed and active look the same, and nothing that
    is known of the holder (age, level, evidence) is told.

    :param account: ``None`` when there is none.
    :param rules: of the day of *now*, by the calendar of the country.
    :param now: aware.
    """
    reasons = _reasons(account, requirement, rules, context, now)
    # They stand in order of effect.
    outcome = _OUTCOMES[reasons[0].effect] if reasons else DecisionOutcome.ALLOW
    return Decision(outcome, reasons, requirement, rules.version, now, rules.day, rules.as_of)


def _reasons(
    account: Account | None, requirement: Requirement, rules: RuleBook, context: Context, now: datetime
) -> tuple[Reason, ...]:
    actor = context.actor
    if actor is None:
        return (_SIGN_IN,)
    if account is None:
        return (_UNKNOWN if actor.role in (Role.OFFICER, Role.AUDITOR) else _NOT_ENTITLED,)
    looking = Looking(account, requirement, rules, context, now)
    if not looking.entitled(actor.role, actor.reference):
        return (_NOT_ENTITLED,)
    looking.look()
    return (*looking.denied, *looking.missing, *looking.met)


def _shown(value: Fact) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)
