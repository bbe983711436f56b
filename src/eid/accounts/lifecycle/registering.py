"""How an account begins: of a person by himself or his guardian, of an organisation by a representative."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from eid.accounts.lifecycle import commands as c
from eid.accounts.lifecycle import events as e
from eid.accounts.lifecycle.events import Event
from eid.accounts.model import Account, AccountState, Actor, HolderKind, Role
from eid.accounts.roles import OFFICE, PERMISSIONS, eligible, has_part, needs_guardian, require_office
from eid.accounts.rules import Eligibility, Rule, RuleBook
from eid.document.dates import PartialDate
from eid.errors import (
    AccountExists,
    AccountNotAvailable,
    DocumentsMissing,
    GuardianNeeded,
    HolderAgeUnknown,
    InputError,
    NotEntitledToLevel,
    RepresentativesNotAgreed,
    RoleNotAllowed,
)

__all__ = ["Desk", "entitling", "require_born"]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where new accounts are made: *account* is the one that is there already, if there is one."""

    account: Account | None
    actor: Actor
    rules: RuleBook
    now: datetime

    def register(
        self,
        command: c.Register,
        subject: str | None,
        acting: Account | None,
        random: Callable[[int], bytes],
    ) -> Event:
        """The first event of a new account; for the parameters see :func:`eid.accounts.lifecycle.execute.handle`.

        :raises AccountError: the rules or the table of roles do not allow it.
        """
        actor = self.actor
        if actor.role not in PERMISSIONS[c.Register].roles:
            raise RoleNotAllowed(f"register by {actor.role.value}")
        if command.aliases and actor.role is not Role.OFFICER:
            raise RoleNotAllowed(f"further identifiers by {actor.role.value}")
        _require_one_kind(command)
        require_born(command.birth_date, self.rules)
        if subject is None:
            raise InputError("an account needs an identifier that leads to it")
        subject = c.subject_of(subject)
        made = e.Registered(
            at=self.now,
            by=actor,
            rules=self.rules.version,
            account_id=random(16).hex(),
            holder=command.holder,
            subject=subject,
            aliases=tuple(each for each in command.aliases if each != subject),
            birth_date=command.birth_date,
            documents=command.documents,
            under_guardianship=command.under_guardianship,
            guardians=command.guardians,
            representatives=command.representatives,
            details=command.details,
        )
        made = self._with_article(made, command, acting)
        # Last, so that a registration that cannot succeed does not tell whether there is an account.
        if self.account is not None:
            known = actor.role in OFFICE or has_part(self.account, actor, self.rules)
            raise AccountExists if known else AccountNotAvailable
        return made

    def _with_article(self, made: e.Registered, command: c.Register, acting: Account | None) -> e.Registered:
        new = e.apply(None, made)
        require_office(new, self.actor)
        if new.holder is HolderKind.ORGANISATION:
            entry = entitling(new, self.rules, None)
            self._require_representatives(command, acting, entry.rule.article)
        else:
            entry = entitling(new, self.rules, 1)
            self._require_guardian(new, acting, entry.rule.article)
        return replace(made, article=entry.rule.article)

    def _require_guardian(self, new: Account, acting: Account | None, article: str) -> None:
        role = self.actor.role
        if role is Role.REPRESENTATIVE:
            raise RoleNotAllowed("a person's account registered by a representative")
        if not needs_guardian(new, self.rules):
            if role is Role.GUARDIAN:
                raise RoleNotAllowed("a guardian of somebody who needs none")
            if new.guardians:
                raise InputError("guardians of somebody who needs none")
            return
        if role is Role.HOLDER or not new.guardians:
            raise GuardianNeeded("register", article=article)
        if role is Role.GUARDIAN:
            rule = self.rules.find("registration", by="representative_or_guardian", level=1)
            level = _own_level(rule, "guardian_account_level")
            if self.actor.reference not in new.guardians or not self._identified(acting, level):
                article = rule.article if rule else article
                raise GuardianNeeded(
                    f"a guardian without an active account of level {level}", article=article
                )

    def _require_representatives(self, command: c.Register, acting: Account | None, article: str) -> None:
        if self.actor.role not in (Role.REPRESENTATIVE, Role.OFFICER):
            raise RoleNotAllowed(f"an organisation registered by {self.actor.role.value}")
        everybody = command.representatives
        mine = {self.actor.reference} if self.actor.role is Role.REPRESENTATIVE else set()
        if not everybody or not mine <= everybody or not everybody <= command.agreed | mine:
            raise RepresentativesNotAgreed("not every representative agreed", article=article)
        rule = self.rules.find("registration", holder=HolderKind.ORGANISATION.value, by="representative")
        level = _own_level(rule, "representative_account_level")
        if mine and not self._identified(acting, level):
            article = rule.article if rule else article
            raise RepresentativesNotAgreed(f"no active account of level {level}", article=article)

    def _identified(self, acting: Account | None, level: int) -> bool:
        """Whether the actor has an account of *level* that he uses by himself."""
        return (
            acting is not None
            and acting.id == self.actor.reference
            and acting.level is not None
            and acting.level >= level
            and acting.state is AccountState.ACTIVE
            and not needs_guardian(acting, self.rules)
        )


def _own_level(rule: Rule | None, name: str) -> int:
    """Of which level the account of whoever registers another has to be; the highest where no rule says it."""
    return 2 if rule is None else int(rule.get(name, 2))


def _require_one_kind(command: c.Register) -> None:
    if command.holder is HolderKind.ORGANISATION:
        if command.birth_date is not None or command.guardians or command.under_guardianship:
            raise InputError("an organisation has representatives, no age and no guardians")
    elif command.representatives or command.agreed:
        raise InputError("a person has guardians, no representatives")


def require_born(birth_date: PartialDate | None, rules: RuleBook) -> None:
    """Let pass a date that can be somebody's date of birth on the day of *rules*.

    :raises InputError: it is after that day.
    """
    if birth_date is not None and birth_date.first_day() > rules.day:
        raise InputError("a date of birth in the future")


def entitling(account: Account, rules: RuleBook, level: int | None) -> Eligibility:
    """The entry of the rules that gives the holder an account of *level* (``None``: without level).

    :raises HolderAgeUnknown: :raises NotEntitledToLevel: :raises DocumentsMissing: as they say.
    """
    if account.holder is not HolderKind.ORGANISATION and account.birth_date is None:
        raise HolderAgeUnknown
    found = eligible(account, rules)
    article = found[0].rule.article if found else None
    open_ = [each for each in found if (level in each.levels if level else not each.levels)]
    if not open_:
        raise NotEntitledToLevel(f"level {level}" if level else "an organisation", article=article)
    for each in open_:
        if each.requires <= account.documents:
            return each
    missing = ", ".join(sorted(open_[0].requires - account.documents))
    raise DocumentsMissing(missing, article=open_[0].rule.article)
