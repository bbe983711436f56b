"""The looking behind :func:`eid.accounts.decision.decide`: one method for each thing that can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from eid.accounts.model import (
    Account,
    AccountState,
    CardState,
    Consent,
    EvidenceItem,
    Factor,
    HolderKind,
    Lock,
    Role,
    age_on,
)
from eid.accounts.reasons import Effect, Reason, by_rule
from eid.accounts.requirement import ELECTRONIC_CARD, Context, Requirement
from eid.accounts.rules import Eligibility, Rule, RuleBook
from eid.document.checks import Fact, Outcome
from eid.verification.status import CLOCK_SKEW

__all__ = ["Looking"]

#: Codes about one proof, the best first.
_BEST = ("EVIDENCE_MET", "EVIDENCE_EXPIRED", "EVIDENCE_MISSING", "EVIDENCE_FAILED")


class Looking:
    """One question about one account, and what was found: by effect, each list in the order of looking."""

    __slots__ = (
        "account",
        "ages",
        "context",
        "denied",
        "eligible",
        "latest",
        "met",
        "missing",
        "now",
        "requirement",
        "rules",
    )

    def __init__(
        self, account: Account, requirement: Requirement, rules: RuleBook, context: Context, now: datetime
    ) -> None:
        self.account = account
        self.requirement = requirement
        self.rules = rules
        self.context = context
        self.now = now
        try:
            #: What claims to be later than this has not happened yet.
            self.latest = now + CLOCK_SKEW
        except OverflowError:
            self.latest = now
        self.denied: list[Reason] = []
        self.missing: list[Reason] = []
        self.met: list[Reason] = []
        #: Least and greatest age the date of birth can mean; ``None`` when it is unknown.
        self.ages: tuple[int, int] | None = None
        #: What the rules allow the holder; with an incomplete date of birth, for the younger age.
        self.eligible: tuple[Eligibility, ...] = ()
        if account.holder is HolderKind.ORGANISATION:
            self.eligible = rules.eligibility(account.holder, None)
        elif account.birth_date is not None:
            self.ages = age_on(account.birth_date, rules.day)
            self.eligible = rules.eligibility(account.holder, self.ages[0])

    def look(self) -> None:
        self._actor()
        self._state()
        self._holder()
        self._age()
        self._level()
        self._guardian()
        self._authentication()
        self._evidence()
        self._consent()

    def _deny(self, code: str, rule: Rule | None, facts: Mapping[str, Fact] | None = None) -> None:
        self.denied.append(by_rule(code, Effect.DENY, rule, facts))

    def _miss(self, code: str, rule: Rule | None, facts: Mapping[str, Fact] | None = None) -> None:
        self.missing.append(by_rule(code, Effect.STEP_UP, rule, facts))

    def _meet(self, code: str, rule: Rule | None, facts: Mapping[str, Fact] | None = None) -> None:
        self.met.append(by_rule(code, Effect.MET, rule, facts))

    def _asked(
        self, code: str, effect: Effect, facts: Mapping[str, Fact], asks: Callable[[Requirement], object]
    ) -> None:
        """A reason about something that the service asks for, on the basis it names.

        :param asks: whether a part of the requirement asks for it.
        """
        basis, confidence = self.requirement.basis_of(asks)
        found = self.met if effect is Effect.MET else self.denied if effect is Effect.DENY else self.missing
        found.append(Reason(code, effect, basis, facts, confidence))

    # --- who acts, and on what --------------------------------------------------------------------

    def entitled(self, role: Role, reference: str) -> bool:
        """Whether who asks has a part in the account, and may know of it."""
        if role is Role.OFFICER or role is Role.AUDITOR:
            return True
        account = self.account
        if role is Role.HOLDER:
            return reference == account.id
        if role is Role.REPRESENTATIVE:
            return reference in account.representatives
        # Who came of age acts alone: a guardian of earlier days has no part any more.
        return reference in account.guardians and self._warded()

    def _actor(self) -> None:
        actor = self.context.actor
        if actor is not None and actor.role is Role.AUDITOR:
            self.denied.append(Reason("ROLE_MAY_NOT_ACT", Effect.DENY))

    def _state(self) -> None:
        account = self.account
        if account.closed_at is not None:
            self._deny("ACCOUNT_CLOSED", self.rules.find("lock_authority", object="account"))
        for lock in account.locks:
            self._deny("ACCOUNT_LOCKED", self._of_lock("account", lock), {"lock": lock.reason})
        for lock in account.card_locks:
            rule = self._of_lock(ELECTRONIC_CARD, lock)
            asked = ELECTRONIC_CARD in self.requirement.evidence
            if rule is not None and rule.get("unlock_when") == "never" and not asked:
                # What is never lifted is about the person and not about the card: the holder died.
                self._deny("ELECTRONIC_CARD_LOCKED", rule, {"lock": lock.reason})
        if account.state is AccountState.REGISTERED:
            self._activation()

    def _activation(self) -> None:
        rule = self.rules.find("time_limit", event="activate_account")
        if self.account.notified_at is not None:
            ends, rule = self.rules.activation_ends(self.account.notified_at)
            if ends is not None and rule is not None and self.now > ends:
                self._miss("ACTIVATION_WINDOW_PASSED", rule, {"days": rule["max"]})
                return
        self._miss("NOT_ACTIVATED", rule)

    def _of_lock(self, object_: str, lock: Lock) -> Rule | None:
        known = self.rules.find("lock_reason", object=object_, code=lock.reason)
        return known or self.rules.find("lock_authority", object=object_)

    # --- the holder -------------------------------------------------------------------------------

    def _holder(self) -> None:
        kinds = self.requirement.holder_kinds
        if kinds is not None:
            holder = self.account.holder
            facts: dict[str, Fact] = {"holder": holder.value, "allowed": tuple(sorted(kinds))}
            if holder in kinds:
                self._asked("HOLDER_KIND_MET", Effect.MET, facts, lambda part: part.holder_kinds is not None)
            else:
                self._asked("HOLDER_KIND", Effect.DENY, facts, lambda part: _excludes(part, holder))

    def _age(self) -> None:
        least = self.requirement.min_age
        if least is None:
            return
        if self.account.holder is HolderKind.ORGANISATION:
            code, effect = "ORGANISATION_HAS_NO_AGE", Effect.DENY
        elif self.ages is None:
            code, effect = "AGE_UNKNOWN", Effect.STEP_UP
        elif self.ages[0] >= least:
            code, effect = "AGE_MET", Effect.MET
        elif self.ages[1] < least:
            code, effect = "TOO_YOUNG", Effect.DENY
        else:
            code, effect = "AGE_UNDECIDED", Effect.STEP_UP
        self._asked(code, effect, {"min_age": least}, lambda part: part.min_age == least)

    def _level(self) -> None:
        wanted, have = self.requirement.account_level, self.account.level
        if wanted is None:
            return
        rule = self.eligible[0].rule if self.eligible else None
        facts: dict[str, Fact] = {"required": wanted, "level": have}
        if have is None:
            self._deny("ORGANISATION_HAS_NO_LEVEL", rule, facts)
        elif self.eligible and not self._may_have(wanted):
            # Also to somebody who has it: the date of birth may have been put right since.
            self._deny("LEVEL_NOT_OPEN", rule, facts)
        elif have >= wanted:
            self._meet("ACCOUNT_LEVEL_MET", self.rules.opens(self.account.holder, have) or rule, facts)
        elif self._may_have(wanted):
            self._miss("ACCOUNT_LEVEL_TOO_LOW", rule, facts)
        else:
            self._deny("LEVEL_NOT_OPEN", rule, facts)

    def _may_have(self, level: int) -> bool:
        """Whether a higher level is open to the holder, or may be: the age is not exactly known."""
        if self.ages is None:
            return True
        return any(
            level in each.levels
            for age in dict.fromkeys(self.ages)
            for each in self.rules.eligibility(self.account.holder, age)
        )

    def _warded(self) -> bool:
        """Whether a guardian has to confirm. Where no rule speaks of the age, those who have guardians are
        wards: :func:`eid.accounts.roles.needs_guardian`, on what is looked up here once.
        """
        account = self.account
        if account.holder is HolderKind.ORGANISATION:
            return False
        if account.under_guardianship:
            return True
        if not self.eligible:
            return bool(account.guardians)
        return any(each.guardian for each in self.eligible)

    def _guardian(self) -> None:
        if not self._warded():
            return
        rule = self.rules.find("consent", case="account_use_below_14_or_under_guardianship")
        actor = self.context.actor
        if self.context.guardian_confirmed or (actor is not None and actor.role is Role.GUARDIAN):
            self._meet("GUARDIAN_CONFIRMED", rule)
        else:
            self._miss("GUARDIAN_CONFIRMATION_MISSING", rule)

    # --- how the user was recognised --------------------------------------------------------------

    def _authentication(self) -> None:
        wanted = self.requirement
        if (
            wanted.authentication_level is None
            and wanted.max_auth_age is None
            and not wanted.factor_categories
        ):
            return
        given, transaction = self.context.factors, self.context.transaction
        own = [factor for factor in given if factor.transaction == transaction]
        if len(own) < len(given):
            reuse = self.rules.find("result_use", rule="not_an_authentication_factor_elsewhere")
            self._meet("FACTOR_FROM_ELSEWHERE", reuse)
        recent = self._recent(own)
        if wanted.authentication_level is not None or wanted.max_auth_age is not None:
            self._reached(wanted.authentication_level, own, recent)
        for category in sorted(wanted.factor_categories):
            self._category(category, recent)

    def _reached(self, wanted: int | None, own: list[Factor], recent: list[Factor]) -> None:
        level, rule = self.rules.authentication_level(recent)
        facts: dict[str, Fact] = {"required": wanted, "level": level}
        least = wanted or 1
        if level is not None and level >= least:
            self._meet("AUTHENTICATION_MET", rule, facts)
            return
        needed = self.rules.find("authentication_level", level=least)
        before, _ = self.rules.authentication_level(own)
        old = before is not None and before >= least
        self._miss("AUTHENTICATION_TOO_OLD" if old else "AUTHENTICATION_LEVEL_TOO_LOW", needed, facts)

    def _category(self, category: str, recent: list[Factor]) -> None:
        met = any(self.rules.category(factor.kind) == category for factor in recent)
        facts: dict[str, Fact] = {"category": category}
        if not met:  # a client is asked for by level; so name the least one that has such a factor
            facts["authentication_level"] = self.rules.least_level_with(category)
        code = "FACTOR_CATEGORY_MET" if met else "FACTOR_CATEGORY_MISSING"
        effect = Effect.MET if met else Effect.STEP_UP
        self._asked(code, effect, facts, lambda part: category in part.factor_categories)

    def _recent(self, own: list[Factor]) -> list[Factor]:
        """Those that still count: not too old, not of the future, not from before a recovery."""
        now, latest, recovered = self.now, self.latest, self.account.recovered_at
        oldest = self.requirement.max_auth_age
        return [
            factor
            for factor in own
            if factor.at <= latest
            and (oldest is None or now - factor.at <= oldest)
            and (recovered is None or factor.at >= recovered)
        ]

    # --- evidence and consent ---------------------------------------------------------------------

    def _evidence(self) -> None:
        wanted = self.requirement
        for kind in sorted(wanted.evidence):
            if kind == ELECTRONIC_CARD:
                self._electronic_card()
            else:
                self._all_of(kind)
        for group in sorted(wanted.any_evidence, key=sorted):
            self._one_of(group)

    def _all_of(self, kind: str) -> None:
        self._asked(*self._proof(kind), lambda part: kind in part.evidence)

    def _one_of(self, group: frozenset[str]) -> None:
        """The best of the group decides: the newest failure of one kind does not spoil another."""
        proofs = (self._proof(kind) for kind in sorted(group))
        code, effect, facts = min(proofs, key=lambda each: _BEST.index(each[0]))
        if effect is not Effect.MET:
            facts = {"evidence": tuple(sorted(group))}
        self._asked(code, effect, facts, lambda part: group in part.any_evidence)

    def _proof(self, kind: str) -> tuple[str, Effect, Mapping[str, Fact]]:
        now = self.now
        newest: EvidenceItem | None = None
        failed = False
        sources: set[str] = set()
        for item in self.account.evidence:
            if item.kind != kind or item.at > self.latest:
                continue
            if item.outcome is Outcome.FAILED:
                failed_now = True
            elif item.outcome is Outcome.PASSED:
                failed_now = False
                if item.expires_at is None or now < item.expires_at:
                    sources.add(item.source)
            else:
                continue
            if newest is None or item.at > newest.at:
                newest, failed = item, failed_now
            elif item.at == newest.at:
                failed = failed or failed_now
        facts: dict[str, Fact] = {"evidence": kind}
        if newest is None:
            return "EVIDENCE_MISSING", Effect.STEP_UP, facts
        if failed:
            return "EVIDENCE_FAILED", Effect.DENY, facts
        if not sources:
            return "EVIDENCE_EXPIRED", Effect.STEP_UP, facts
        return "EVIDENCE_MET", Effect.MET, {**facts, "sources": tuple(sorted(sources))}

    def _electronic_card(self) -> None:
        account = self.account
        facts: dict[str, Fact] = {"evidence": ELECTRONIC_CARD}
        opens = self.rules.opens(account.holder, 2)
        if account.card is CardState.IN_FORCE and not account.card_locks:
            self._meet("ELECTRONIC_CARD_MET", opens, facts)
        elif account.card is CardState.NONE:
            if opens is not None and ELECTRONIC_CARD in opens.get("grants", ()):
                self._miss("NO_ELECTRONIC_CARD", opens, facts)
            else:
                self._deny("NO_ELECTRONIC_CARD", opens, facts)
        elif not account.card_locks:
            self._deny("ELECTRONIC_CARD_LOCKED", opens, facts)
        for lock in account.card_locks:
            by = self._of_lock(ELECTRONIC_CARD, lock)
            self._deny("ELECTRONIC_CARD_LOCKED", by, {**facts, "lock": lock.reason})

    def _about(self, consent: Consent) -> bool:
        """Whether it is one to what is asked for, and not of the future."""
        wanted = self.requirement
        return (
            consent.purpose == wanted.purpose
            and consent.requester == wanted.requester
            and consent.given_at <= self.latest
        )

    def _consent(self) -> None:
        wanted = self.requirement
        if not wanted.consent:
            return
        rule = self.rules.find("consent", case="any_processing_of_personal_data")
        facts: dict[str, Fact] = {"purpose": wanted.purpose}
        held = [each for each in self.account.consents if self._about(each)]
        given = [*held, *(each for each in self.context.consents if self._about(each))]
        # A withdrawal ends whatever was agreed to before it, whoever remembers that.
        ended = max(
            (e.withdrawn_at for e in given if e.withdrawn_at and e.withdrawn_at <= self.now), default=None
        )
        # What an application remembers counts from the last word on that the account has of the holder.
        said = max((each.narrowed_at or each.given_at for each in held), default=None)
        live = [
            each
            for place, each in enumerate(given)
            if (ended is None or each.given_at > ended)
            and (place < len(held) or said is None or each.given_at > said)
        ]
        if any(wanted.fields <= each.fields for each in live):
            self._meet("CONSENT_MET", rule, facts)
        elif live:
            self._miss("CONSENT_TOO_NARROW", rule, facts)
        else:
            self._miss("CONSENT_WITHDRAWN" if given else "CONSENT_MISSING", rule, facts)


def _excludes(part: Requirement, holder: HolderKind) -> bool:
    return part.holder_kinds is not None and holder not in part.holder_kinds
