"""Whatever account, requirement, request and day come: there is an answer, and more proof never makes it worse.

Every property is tried from the rules of many days, those of the earlier regime and of none among them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from account_samples import (
    DAY,
    NOW,
    TRANSACTION,
    accounts,
    calmly,
    consents,
    contexts,
    evidence_items,
    factors,
    locks,
    requirements,
)
from hypothesis import example, given
from hypothesis import strategies as st

from eid.accounts.codes import CODES
from eid.accounts.decision import DecisionOutcome, Effect, decide
from eid.accounts.model import Account, Actor, CardState, EvidenceItem, HolderKind, Lock, Role
from eid.accounts.requirement import Consent, Context, Requirement
from eid.accounts.roles import has_part, needs_guardian
from eid.accounts.rules import RuleBook
from eid.document.checks import Outcome
from eid.vietnam.rules import rules_for

ALLOW, STEP_UP, DENY = DecisionOutcome.ALLOW, DecisionOutcome.STEP_UP, DecisionOutcome.DENY
RANK = [DENY, STEP_UP, ALLOW]
NO_LAW = RuleBook({}, day=dt.date(2026, 11, 21))
TODAY = rules_for(dt.date(2026, 11, 21))

#: No law, and days of each regime with those at its ends.
books = st.sampled_from([
    NO_LAW,
    *(
        rules_for(dt.date.fromisoformat(day))
        for day in (
            "2014-01-01", "2016-02-15", "2022-10-19", "2022-10-20", "2023-07-01", "2024-06-30", "2024-07-01",
            "2025-12-31", "2026-01-01", "2026-09-28", "2026-11-21", "2030-12-31",
        )
    ),
])  # fmt: skip


def rank(subject: Account | None, wanted: Requirement, situation: Context, rules: RuleBook) -> int:
    return RANK.index(decide(subject, wanted, rules=rules, context=situation, now=NOW).outcome)


@calmly
@given(st.one_of(st.none(), accounts()), requirements(), contexts, books)
def test_every_question_has_an_answer(
    subject: Account | None, wanted: Requirement, situation: Context, rules: RuleBook
) -> None:
    decision = decide(subject, wanted, rules=rules, context=situation, now=NOW)
    decision.challenge()
    effects = [reason.effect for reason in decision.reasons]
    assert effects == sorted(effects, key=[Effect.DENY, Effect.STEP_UP, Effect.MET].index)
    assert (decision.outcome is ALLOW) is (decision.codes == ())
    assert (decision.outcome is DENY) is (Effect.DENY in effects)
    assert all(reason.code in CODES for reason in decision.reasons)
    assert decision.confidence in (None, "confirmed", "likely", "unconfirmed")
    assert decision.sentence("vi")
    assert decision.explain()
    assert decision.to_json()
    assert decision == decide(subject, wanted, rules=rules, context=situation, now=NOW)


@calmly
@given(accounts(), requirements(), contexts, books, locks)
def test_a_lock_never_ends_in_allow_and_never_makes_it_better(
    subject: Account, wanted: Requirement, situation: Context, rules: RuleBook, lock: Lock
) -> None:
    locked = replace(subject, locks=(*subject.locks, lock))
    assert rank(locked, wanted, situation, rules) < RANK.index(ALLOW)
    assert rank(locked, wanted, situation, rules) <= rank(subject, wanted, situation, rules)


@calmly
@given(accounts(), requirements(), contexts, books, locks)
def test_a_locked_electronic_card_never_ends_in_allow_where_it_is_asked_for(
    subject: Account, wanted: Requirement, situation: Context, rules: RuleBook, lock: Lock
) -> None:
    locked = replace(subject, card_locks=(*subject.card_locks, lock))
    asked = replace(wanted, evidence=wanted.evidence | {"electronic_identity_card"})
    assert rank(locked, asked, situation, rules) < RANK.index(ALLOW)
    assert rank(locked, wanted, situation, rules) <= rank(subject, wanted, situation, rules)
    by_state = replace(subject, card=CardState.LOCKED)
    assert rank(by_state, asked, situation, rules) < RANK.index(ALLOW)


@calmly
@given(accounts(), requirements(), contexts, books)
def test_a_closed_account_never_ends_in_allow(
    subject: Account, wanted: Requirement, situation: Context, rules: RuleBook
) -> None:
    assert rank(replace(subject, closed_at=NOW), wanted, situation, rules) < RANK.index(ALLOW)


@calmly
@given(accounts(), requirements(), contexts, books, factors)
def test_one_factor_more_never_makes_it_worse(
    subject: Account, wanted: Requirement, situation: Context, rules: RuleBook, more: Any
) -> None:
    better = replace(situation, factors=(*situation.factors, more))
    assert rank(subject, wanted, better, rules) >= rank(subject, wanted, situation, rules)


@calmly
@given(
    accounts(),
    requirements(),
    contexts,
    books,
    evidence_items.map(lambda item: replace(item, outcome=Outcome.PASSED)),
)
def test_one_proof_more_never_makes_it_worse(
    subject: Account, wanted: Requirement, situation: Context, rules: RuleBook, proof: EvidenceItem
) -> None:
    better = replace(subject, evidence=(*subject.evidence, proof))
    assert rank(better, wanted, situation, rules) >= rank(subject, wanted, situation, rules)


@calmly
@given(accounts(), requirements(), contexts, books, st.integers(0, 3))
def test_a_proof_that_lasts_longer_never_makes_it_worse(
    subject: Account, wanted: Requirement, situation: Context, rules: RuleBook, which: int
) -> None:
    if which < len(subject.evidence):
        item = subject.evidence[which]
        better = replace(
            subject,
            evidence=(
                *subject.evidence[:which],
                replace(item, expires_at=None),
                *subject.evidence[which + 1 :],
            ),
        )
        assert rank(better, wanted, situation, rules) >= rank(subject, wanted, situation, rules)


@calmly
@given(accounts(), requirements(), contexts, books)
def test_a_higher_account_level_never_makes_it_worse(
    subject: Account, wanted: Requirement, situation: Context, rules: RuleBook
) -> None:
    if subject.level == 1:
        better = replace(subject, level=2)
        assert rank(better, wanted, situation, rules) >= rank(subject, wanted, situation, rules)


@calmly
@given(accounts(), requirements(), contexts, books, consents)
def test_one_consent_more_never_makes_it_worse(
    subject: Account, wanted: Requirement, situation: Context, rules: RuleBook, more: Consent
) -> None:
    given_ = replace(more, withdrawn_at=None)
    before = rank(subject, wanted, situation, rules)
    assert rank(subject, wanted, replace(situation, consents=(*situation.consents, given_)), rules) >= before
    # What the account has stands in place of what an application remembers from before.
    alone = replace(situation, consents=())
    kept = replace(subject, consents=(*subject.consents, given_))
    assert rank(kept, wanted, alone, rules) >= rank(subject, wanted, alone, rules)


@calmly
@given(accounts(), requirements(), contexts, books, consents)
def test_a_withdrawn_consent_never_makes_it_better(
    subject: Account, wanted: Requirement, situation: Context, rules: RuleBook, more: Consent
) -> None:
    withdrawn = replace(more, withdrawn_at=NOW)
    after = rank(replace(subject, consents=(*subject.consents, withdrawn)), wanted, situation, rules)
    assert after <= rank(subject, wanted, situation, rules)


@calmly
@given(accounts(), requirements(), contexts, books)
def test_the_guardians_word_never_makes_it_worse(
    subject: Account, wanted: Requirement, situation: Context, rules: RuleBook
) -> None:
    better = replace(situation, guardian_confirmed=True)
    assert rank(subject, wanted, better, rules) >= rank(subject, wanted, situation, rules)


@calmly
@given(accounts(), requirements(), requirements(), contexts, books)
def test_asking_for_more_never_makes_it_better(
    subject: Account, wanted: Requirement, more: Requirement, situation: Context, rules: RuleBook
) -> None:
    if wanted.purpose != more.purpose:  # two purposes are two decisions
        more = replace(more, purpose=None, consent=False, fields=frozenset())
    both = rank(subject, wanted & more, situation, rules)
    assert both == min(rank(subject, wanted, situation, rules), rank(subject, more, situation, rules))


@calmly
@given(accounts(), requirements(), contexts, books)
@example(
    Account("a-1", HolderKind.CITIZEN, 1, NOW, activated_at=NOW),
    Requirement(),
    Context(transaction=TRANSACTION, actor=Actor(Role.HOLDER, "a-1")),
    NO_LAW,
)
def test_a_stranger_learns_nothing_that_depends_on_the_account(
    subject: Account, wanted: Requirement, situation: Context, rules: RuleBook
) -> None:
    for actor in (None, Actor(Role.HOLDER, "x"), Actor(Role.GUARDIAN, "x"), Actor(Role.REPRESENTATIVE, "x")):
        asked = replace(situation, actor=actor)
        told = decide(subject, wanted, rules=rules, context=asked, now=NOW)
        assert told == decide(None, wanted, rules=rules, context=asked, now=NOW)
        assert told.outcome is not ALLOW


@calmly
@given(accounts(), requirements(), contexts, st.integers(0, 4000))
def test_what_is_decided_does_not_depend_on_the_place_of_the_clock(
    subject: Account, wanted: Requirement, situation: Context, days: int
) -> None:
    """The same moment in another time zone is the same question."""
    moment = NOW - days * DAY
    elsewhere = moment.astimezone(dt.timezone(dt.timedelta(hours=-11)))
    rules = rules_for(dt.date(2026, 11, 21))
    here = decide(subject, wanted, rules=rules, context=situation, now=moment)
    there = decide(subject, wanted, rules=rules, context=situation, now=elsewhere)
    assert (here.outcome, here.reasons) == (there.outcome, there.reasons)


@calmly
@given(accounts(), contexts, books)
def test_decisions_and_commands_agree_on_who_has_a_part_in_an_account(
    subject: Account, situation: Context, rules: RuleBook
) -> None:
    actor = situation.actor
    if actor is not None and actor.role not in (Role.OFFICER, Role.AUDITOR):
        told = decide(subject, Requirement(), rules=rules, context=situation, now=NOW)
        assert ("NOT_ENTITLED" in told.codes) is not has_part(subject, actor, rules)
    holder = replace(situation, actor=Actor(Role.HOLDER, subject.id), guardian_confirmed=False)
    codes = decide(subject, Requirement(), rules=rules, context=holder, now=NOW).codes
    assert ("GUARDIAN_CONFIRMATION_MISSING" in codes) is needs_guardian(subject, rules)


@calmly
@given(accounts(), requirements(), contexts)
def test_the_ends_of_the_calendar_are_times_too(
    subject: Account, wanted: Requirement, situation: Context
) -> None:
    for moment in (dt.datetime.min, dt.datetime.max):
        now = moment.replace(tzinfo=dt.UTC)
        decide(subject, wanted, rules=NO_LAW, context=situation, now=now)
        decide(subject, wanted, rules=rules_for(now.date()), context=situation, now=now)
        decide(replace(subject, notified_at=now), wanted, rules=TODAY, context=situation, now=NOW)
