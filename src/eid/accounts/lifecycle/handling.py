"""One command on one account, from somebody who may give it: what its handlers look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eid.accounts.model import Account, Actor
from eid.accounts.rules import Rule, RuleBook

__all__ = ["Handling", "article_of"]


@dataclass(frozen=True, slots=True)
class Handling:
    """What is known when a command is handled."""

    account: Account
    actor: Actor
    rules: RuleBook
    now: datetime

    def said(self, rule: Rule | str | None = None) -> dict[str, Any]:
        """What every event says.

        :param rule: by which the event comes about, or its article.
        """
        article = rule if isinstance(rule, str) else article_of(rule)
        return {"at": self.now, "by": self.actor, "article": article, "rules": self.rules.version}


def article_of(rule: Rule | None) -> str | None:
    """Instrument and article of *rule*, if there is one."""
    return None if rule is None else rule.article
