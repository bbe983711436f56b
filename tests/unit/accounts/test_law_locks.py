"""Locks of the account and of the electronic identity card: what locks, what unlocks, who decides.

Law 26/2023/QH15, Art. 34; Decree 69/2024/NĐ-CP, Art. 15, 16, 29, 30; before, Decree 59/2022/NĐ-CP, Art. 19.
"""

from __future__ import annotations

import pytest
from account_samples import DAY, NOW, account, context
from law_register import LAW, ONE_DAY, TODAY, covers, entry, said

from eid.accounts.decision import DecisionOutcome, decide
from eid.accounts.lifecycle import commands as c
from eid.accounts.lifecycle.events import Locked, Unlocked, apply
from eid.accounts.lifecycle.execute import handle
from eid.accounts.model import Account, Actor, CardState, Lock, Role
from eid.accounts.requirement import Requirement
from eid.errors import LockNeverLifted, UnlockGroundMissing
from eid.vietnam.rules import rules_for

ALLOW, DENY = DecisionOutcome.ALLOW, DecisionOutcome.DENY
CARD = "electronic_identity_card"
OFFICER = Actor(Role.OFFICER, "o-1")

#: Reason, what lifts it, whether the holder is told at once, letter of the article.
REASONS = [
    ("holder_request", "holder_request", True, "a"),
    ("breach_of_app_terms", "breach_remedied", True, "b"),
    ("card_revoked_or_withheld", "card_returned", True, "c"),
    ("holder_died", "never", False, "d"),
    ("authority_request", "authority_request", True, "đ"),
]


def locked_card(reason: str) -> Account:
    return account(card=CardState.LOCKED, card_locks=(Lock(reason, "authority", NOW - DAY),))


@covers(
    "lock_reason.holder_request",
    "lock_reason.breach_of_app_terms",
    "lock_reason.card_revoked_or_withheld",
    "lock_reason.holder_died",
    "lock_reason.authority_request",
    "lock_authority.electronic_identity_card",
)
@pytest.mark.parametrize(("reason", "lifted_by", "told", "letter"), REASONS)
def test_law_article_34_a_locked_electronic_card_denies_until_its_ground_is_gone(
    reason: str, lifted_by: str, told: bool, letter: str
) -> None:
    rules = rules_for(TODAY)
    wanted = Requirement(evidence=frozenset({CARD}))
    decision = decide(locked_card(reason), wanted, rules=rules, context=context(), now=NOW)
    assert (decision.outcome, decision.codes) == (DENY, ("ELECTRONIC_CARD_LOCKED",))
    (denied,) = decision.reasons
    assert f"Art. 34(1)({letter})" in str(denied.article)
    assert decide(account(), wanted, rules=rules, context=context(), now=NOW).outcome is ALLOW

    command = c.LockAccount(reason=reason, object=CARD)
    (event,) = handle(account(), command, actor=OFFICER, rules=rules, now=NOW)
    assert isinstance(event, Locked)
    assert (event.notify_holder, event.article) == (told, denied.article)

    def unlock(ground: str) -> Unlocked:
        command = c.UnlockAccount(reason=reason, ground=ground, object=CARD)
        (event,) = handle(locked_card(reason), command, actor=OFFICER, rules=rules, now=NOW)
        assert isinstance(event, Unlocked)
        return event

    if lifted_by == "never":
        with pytest.raises(LockNeverLifted) as never:
            unlock("never")
        assert never.value.article == "Law 26/2023/QH15, Art. 34(1)(d)"
        return
    assert unlock(lifted_by).article == denied.article
    with pytest.raises(UnlockGroundMissing) as caught:
        unlock("another ground")
    assert caught.value.article == denied.article


def test_there_are_no_other_reasons_in_the_law_and_one_unheard_of_names_who_decides() -> None:
    rules = rules_for(TODAY)
    assert {rule["code"] for rule in rules.all("lock_reason")} == {reason for reason, *_ in REASONS}
    wanted = Requirement(evidence=frozenset({CARD}))
    decision = decide(locked_card("unheard of"), wanted, rules=rules, context=context(), now=NOW)
    assert decision.outcome is DENY
    assert decision.reasons[0].article == "Law 26/2023/QH15, Art. 34(4)"
    rule = said("lock_authority.electronic_identity_card")
    assert rule["decides"].startswith("head of the identity management authority")


@covers("automatic_unlock.electronic_identity_card")
def test_decree_69_article_30_1_with_no_ground_left_the_card_is_in_force_again() -> None:
    assert said("automatic_unlock.electronic_identity_card")["when"] == "no_ground_is_left"
    rules = rules_for(TODAY)
    locks = (Lock("holder_request", "holder", NOW - DAY), Lock("authority_request", "authority", NOW - DAY))
    subject = account(card=CardState.LOCKED, card_locks=locks)
    for reason, still in (("holder_request", CardState.LOCKED), ("authority_request", CardState.IN_FORCE)):
        command = c.UnlockAccount(reason=reason, ground=reason, object=CARD)
        for event in handle(subject, command, actor=OFFICER, rules=rules, now=NOW):
            subject = apply(subject, event)
        assert subject.card is still


@covers("lock_authority.account", "lock_cases.account")
def test_decree_69_articles_15_and_16_the_lock_of_an_account_names_who_decides_whatever_its_reason() -> None:
    for reason in ("holder_request", "authority_request", "a case of Article 15 that was not seen"):
        locked = account(locks=(Lock(reason, "authority", NOW - DAY),))
        decision = decide(locked, Requirement(), rules=rules_for(TODAY), context=context(), now=NOW)
        assert (decision.outcome, decision.codes) == (DENY, ("ACCOUNT_LOCKED",))
        assert decision.reasons[0].article == "Decree 69/2024/NĐ-CP, Art. 16"
        assert decision.reasons[0].facts["lock"] == reason
    cases = said("lock_cases.account")
    assert (cases["closed_list"], cases.confidence) == (False, "unconfirmed")
    before = rules_for(LAW - ONE_DAY)
    decision = decide(locked, Requirement(), rules=before, context=context(), now=NOW)
    assert (decision.outcome, decision.reasons[0].article) == (DENY, None)


@covers("lock_cases.account_before_2024")
def test_decree_59_article_19_the_earlier_cases() -> None:
    rule = said("lock_cases.account_before_2024", LAW - ONE_DAY)
    assert (rule["count"], rule["closed_list"]) == (4, False)
    assert set(rule["also"]) == {"foreigner_passport_or_residence_ended", "organisation_dissolved"}
    assert entry("lock_cases.account_before_2024", LAW) is None


def test_law_article_34_death_never_unlocks_an_account_either() -> None:
    dead = account(locks=(Lock("holder_died", "authority", NOW - DAY),))
    for ground in ("never", "holder_request", "authority_request"):
        command = c.UnlockAccount(reason="holder_died", ground=ground)
        with pytest.raises(LockNeverLifted):
            handle(dead, command, actor=OFFICER, rules=rules_for(TODAY), now=NOW)
    assert decide(dead, Requirement(), rules=rules_for(TODAY), context=context(), now=NOW).outcome is DENY
