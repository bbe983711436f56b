"""Who may hold which account, how it is registered and what it opens: ages and documents, both sides.

Decree 69/2024/NĐ-CP, Art. 7, 9 to 12, 28; before, Decree 59/2022/NĐ-CP, Art. 11; Law 26/2023/QH15, Art. 15, 31.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from account_samples import NOW, account, context
from law_register import LAW, ONE_DAY, TODAY, covers, entry, said

from eid.accounts.decision import Decision, DecisionOutcome, decide
from eid.accounts.lifecycle import commands as c
from eid.accounts.lifecycle.events import Registered, apply
from eid.accounts.lifecycle.execute import handle
from eid.accounts.model import Account, Actor, CardState, EvidenceItem, HolderKind, Role
from eid.accounts.requirement import Requirement
from eid.document.checks import Outcome
from eid.document.dates import PartialDate
from eid.errors import (
    AccountError,
    DocumentsMissing,
    GuardianNeeded,
    NotEntitledToLevel,
    RepresentativesNotAgreed,
)
from eid.vietnam.rules import rules_for

ALLOW, STEP_UP, DENY = DecisionOutcome.ALLOW, DecisionOutcome.STEP_UP, DecisionOutcome.DENY
CITIZEN, FOREIGNER, ORGANISATION = HolderKind.CITIZEN, HolderKind.FOREIGNER, HolderKind.ORGANISATION
OFFICER = Actor(Role.OFFICER, "o-1")
CARD = frozenset({"identity_card", "valid_identity_card"})
RESIDENCE = frozenset({"permanent_or_temporary_residence_card"})


def born(age: int, day: dt.date, *, days_short: int = 0) -> PartialDate:
    """Of somebody who turns *age* on *day*, or so many days later."""
    birthday = day + days_short * ONE_DAY
    return PartialDate(birthday.year - age, birthday.month, birthday.day)


def levels(holder: HolderKind, age: int | None, day: dt.date) -> set[int]:
    found = rules_for(day).eligibility(holder, age)
    return {level for each in found for level in each.levels}


def ask(subject: Account | None, wanted: Requirement, day: dt.date = TODAY, **changes: bool) -> Decision:
    situation = replace(context(), **changes)
    return decide(subject, wanted, rules=rules_for(day), context=situation, now=NOW)


def register(
    holder: HolderKind,
    birth: PartialDate | None,
    documents: frozenset[str],
    day: dt.date = TODAY,
    **more: object,
) -> Registered:
    """What an officer registers."""
    command = c.Register(holder=holder, birth_date=birth, documents=documents, **more)  # type: ignore[arg-type]
    now = dt.datetime(day.year, day.month, day.day, 9, tzinfo=dt.UTC)
    (event,) = handle(None, command, actor=OFFICER, rules=rules_for(day), now=now, subject="passport-X1")
    assert isinstance(event, Registered)
    return event


WARD = {"guardians": frozenset({"g-1"})}


@covers("account.citizen_from_14", "account.citizen_6_to_13")
def test_decree_69_article_7_1_at_fourteen_a_citizen_acts_alone_and_the_day_before_not() -> None:
    wanted = Requirement(account_level=2)
    ward = account(birth_date=born(14, TODAY, days_short=1), **WARD)
    assert ask(ward, wanted).codes == ("GUARDIAN_CONFIRMATION_MISSING",)
    assert ask(replace(ward, birth_date=born(14, TODAY)), wanted).outcome is ALLOW
    # 14 and over needs a valid card, below 14 any card.
    expired = frozenset({"identity_card"})
    assert register(CITIZEN, born(14, TODAY), CARD).article == "Decree 69/2024/NĐ-CP, Art. 7(1)"
    with pytest.raises(DocumentsMissing) as caught:
        register(CITIZEN, born(14, TODAY), expired)
    assert caught.value.article == "Decree 69/2024/NĐ-CP, Art. 7(1)"
    assert register(CITIZEN, born(14, TODAY, days_short=1), expired, **WARD).article == (
        "Decree 69/2024/NĐ-CP, Art. 7(1), Art. 10(1)(d), Art. 10(2)(đ)"
    )
    assert (said("account.citizen_from_14")["on_demand"], said("account.citizen_6_to_13")["on_demand"]) == (
        False,
        True,
    )


@covers("account.citizen_6_to_13", "account.citizen_below_6")
def test_decree_69_article_7_1_at_six_a_citizen_may_have_level_2_and_the_day_before_not() -> None:
    wanted = Requirement(account_level=2)
    child = account(level=1, birth_date=born(6, TODAY, days_short=1), **WARD)
    young = ask(child, wanted, guardian_confirmed=True)
    assert (young.outcome, young.codes) == (DENY, ("LEVEL_NOT_OPEN",))
    assert young.reasons[0].article == "Decree 69/2024/NĐ-CP, Art. 7(1), Art. 10(1)(d)"
    six = ask(replace(child, birth_date=born(6, TODAY)), wanted, guardian_confirmed=True)
    assert (six.outcome, six.codes) == (STEP_UP, ("ACCOUNT_LEVEL_TOO_LOW",))
    assert six.reasons[0].article == "Decree 69/2024/NĐ-CP, Art. 7(1), Art. 10(1)(d), Art. 10(2)(đ)"
    assert levels(CITIZEN, 5, TODAY) == {1}
    assert levels(CITIZEN, 6, TODAY) == {1, 2}
    with pytest.raises(DocumentsMissing):  # also the youngest need a card
        register(CITIZEN, born(3, TODAY), frozenset(), **WARD)
    newborn = register(CITIZEN, born(0, TODAY), frozenset({"identity_card"}), **WARD)
    assert newborn.article == "Decree 69/2024/NĐ-CP, Art. 7(1), Art. 10(1)(d)"


@covers("account.foreigner_from_6", "account.foreigner_below_6")
def test_decree_69_article_7_2_foreigners_at_six_and_at_fourteen() -> None:
    wanted = Requirement(account_level=2)
    child = account(holder=FOREIGNER, level=1, birth_date=born(6, TODAY, days_short=1), **WARD)
    young = ask(child, wanted, guardian_confirmed=True)
    assert (young.outcome, young.reasons[0].article) == (DENY, "Decree 69/2024/NĐ-CP, Art. 7(2)")
    six = ask(replace(child, birth_date=born(6, TODAY)), wanted, guardian_confirmed=True)
    assert (six.outcome, six.reasons[0].article) == (STEP_UP, "Decree 69/2024/NĐ-CP, Art. 7(2), Art. 11")
    young = replace_age(child, born(14, TODAY, days_short=1))
    assert ask(young, Requirement()).codes == ("GUARDIAN_CONFIRMATION_MISSING",)
    assert ask(replace_age(child, born(14, TODAY)), Requirement()).outcome is ALLOW
    for age in (3, 30):
        more = WARD if age < 14 else {}
        assert register(FOREIGNER, born(age, TODAY), RESIDENCE, **more).holder is FOREIGNER
        with pytest.raises(DocumentsMissing):  # a citizen's card is no residence card
            register(FOREIGNER, born(age, TODAY), CARD, **more)


def replace_age(subject: Account, birth: PartialDate) -> Account:
    return replace(subject, birth_date=birth)


@covers("account.organisation", "registration.organisation", "access.organisation")
def test_decree_69_articles_7_3_and_12_an_organisation_has_one_account_without_level() -> None:
    firm = account(holder=ORGANISATION, level=None, birth_date=None)
    for level in (1, 2):
        decision = ask(firm, Requirement(account_level=level))
        assert (decision.outcome, decision.codes) == (DENY, ("ORGANISATION_HAS_NO_LEVEL",))
        assert decision.reasons[0].article == "Decree 69/2024/NĐ-CP, Art. 7(3), Art. 12"
    assert ask(firm, Requirement()).outcome is ALLOW
    documents = frozenset({"established_or_registered_in_vietnam"})
    both = frozenset({"r-1", "r-2"})
    made = register(ORGANISATION, None, documents, representatives=both, agreed=both)
    assert made.article == "Decree 69/2024/NĐ-CP, Art. 7(3), Art. 12"
    with pytest.raises(RepresentativesNotAgreed) as caught:  # one of the others did not agree
        register(ORGANISATION, None, documents, representatives=both, agreed=frozenset({"r-1"}))
    assert caught.value.article == "Decree 69/2024/NĐ-CP, Art. 7(3), Art. 12"
    with pytest.raises(DocumentsMissing):
        register(ORGANISATION, None, frozenset(), representatives=both, agreed=both)
    rule = said("registration.organisation")
    assert (rule["representative_account_level"], rule["consent_of"]) == (2, "all_other_representatives")
    assert "form_TK02" in rule["asks"]
    opens = rules_for(TODAY).opens(ORGANISATION, None)
    assert opens is not None
    assert (opens.id, "electronic_identity_card" in opens["grants"]) == ("access.organisation", False)


@covers("account.citizen_from_14_before_2024", "account.citizen_below_14_before_2024")
def test_decree_59_article_11_below_fourteen_there_was_no_account_of_ones_own() -> None:
    before = LAW - ONE_DAY
    assert (levels(CITIZEN, 13, before), levels(CITIZEN, 14, before)) == (set(), {1, 2})
    assert (levels(CITIZEN, 13, LAW), levels(CITIZEN, 14, LAW)) == ({1, 2}, {1, 2})
    first = dt.date(2022, 10, 20)
    assert (levels(CITIZEN, 14, first - ONE_DAY), levels(CITIZEN, 14, first)) == (set(), {1, 2})
    child = account(level=1, birth_date=born(14, before, days_short=1), **WARD)
    decision = ask(child, Requirement(account_level=2), before, guardian_confirmed=True)
    assert (decision.outcome, decision.codes) == (DENY, ("LEVEL_NOT_OPEN",))
    assert decision.reasons[0].article == "Decree 59/2022/NĐ-CP, Art. 11"
    assert decision.confidence == "likely"
    grown = ask(replace_age(child, born(14, before)), Requirement(account_level=2), before)
    assert (grown.outcome, grown.codes) == (STEP_UP, ("ACCOUNT_LEVEL_TOO_LOW",))
    with pytest.raises(NotEntitledToLevel) as caught:
        register(CITIZEN, born(13, before), CARD, before, **WARD)
    assert caught.value.article == "Decree 59/2022/NĐ-CP, Art. 11"
    assert register(CITIZEN, born(14, before), CARD, before).article == "Decree 59/2022/NĐ-CP, Art. 11"


# --- registration --------------------------------------------------------------------------------


@covers("registration.by_guardian_1", "registration.by_guardian_2")
def test_decree_69_article_10_below_fourteen_the_guardian_registers_with_an_account_of_level_2() -> None:
    def by_guardian(own_level: int | None, birth: PartialDate) -> Registered:
        guardian = account(id="g-1", level=own_level)
        command = c.Register(holder=CITIZEN, birth_date=birth, documents=CARD, guardians=frozenset({"g-1"}))
        (event,) = handle(
            None,
            command,
            actor=Actor(Role.GUARDIAN, "g-1"),
            rules=rules_for(TODAY),
            now=NOW,
            subject="passport-X1",
            acting=guardian,
        )
        assert isinstance(event, Registered)
        return event

    assert by_guardian(2, born(13, TODAY)).guardians == {"g-1"}
    with pytest.raises(GuardianNeeded) as caught:
        by_guardian(1, born(13, TODAY))
    assert caught.value.article == "Decree 69/2024/NĐ-CP, Art. 10(1)(d)"
    with pytest.raises(AccountError):  # of a citizen of fourteen nobody is guardian
        by_guardian(2, born(14, TODAY))
    with pytest.raises(GuardianNeeded):  # and below fourteen nobody registers alone
        register(CITIZEN, born(13, TODAY), CARD)
    assert said("registration.by_guardian_1")["guardian_account_level"] == 2
    for name in ("registration.by_guardian_1", "registration.by_guardian_2"):
        assert (said(name)["age_below"], said(name)["or_under_guardianship"]) == (14, True)
    assert said("registration.by_guardian_2")["asks"] == ["own_number_of_the_guardian"]


@covers("registration.citizen_1", "registration.citizen_2")
def test_decree_69_article_10_level_1_in_the_app_and_level_2_in_person() -> None:
    one, two = said("registration.citizen_1"), said("registration.citizen_2")
    assert (one["channel"], two["channel"]) == ("app", "in_person")
    assert set(one["asks"]) == {"personal_number", "own_mobile_number", "email_if_any", "face_image"}
    assert "compares" not in one.values
    assert two["compares"] == ["face", "fingerprint"]
    assert set(two["asks"]) == {"valid_identity_card", "form_TK01"}


@covers("registration.foreigner_1", "registration.foreigner_2")
def test_decree_69_article_11_foreigners_at_the_immigration_authority_with_a_passport() -> None:
    one, two = said("registration.foreigner_1"), said("registration.foreigner_2")
    assert (one["channel"], two["channel"], two["where"]) == ("app", "in_person", "immigration_authority")
    assert set(two["asks"]) == {"passport", "form_TK01"}
    assert (one.confidence, two.confidence) == ("likely", "confirmed")


# --- what it opens -------------------------------------------------------------------------------


@covers("access.citizen_1", "access.citizen_2", "access.foreigner_1", "access.foreigner_2")
def test_decree_69_article_9_level_2_opens_all_utilities_and_level_1_some() -> None:
    for holder, name in ((CITIZEN, "citizen"), (FOREIGNER, "foreigner")):
        for level, all_of_them in ((1, False), (2, True)):
            decision = ask(account(holder=holder, level=level), Requirement(account_level=level))
            (reason,) = decision.reasons
            rule = said(f"access.{name}_{level}")
            assert (reason.code, reason.article) == ("ACCOUNT_LEVEL_MET", rule.article)
            assert ("all_utilities" in rule["grants"]) is all_of_them
        low = ask(account(holder=holder, level=1), Requirement(account_level=2))
        assert low.codes == ("ACCOUNT_LEVEL_TOO_LOW",)
    assert said("access.citizen_2")["equals_presenting_documents"] is True


@covers("electronic_card.issue", "electronic_card.content", "electronic_card.states")
def test_law_article_31_citizens_get_an_electronic_card_with_level_2_and_foreigners_none() -> None:
    proofs = (
        EvidenceItem("chip_report", Outcome.PASSED, NOW, "counter"),
        EvidenceItem("in_person", Outcome.PASSED, NOW, "counter"),
    )

    def upgraded(holder: HolderKind, documents: frozenset[str]) -> Account:
        subject = account(holder=holder, level=1, documents=documents, card=CardState.NONE, evidence=())
        for event in handle(subject, c.Upgrade(items=proofs), actor=OFFICER, rules=rules_for(TODAY), now=NOW):
            subject = apply(subject, event)
        return subject

    wanted = Requirement(evidence=frozenset({"electronic_identity_card"}))
    citizen, foreigner = upgraded(CITIZEN, CARD), upgraded(FOREIGNER, RESIDENCE)
    assert (citizen.level, citizen.card) == (2, CardState.IN_FORCE)
    assert (foreigner.level, foreigner.card) == (2, CardState.NONE)
    assert ask(citizen, wanted).outcome is ALLOW
    refused = ask(foreigner, wanted)
    assert (refused.outcome, refused.codes) == (DENY, ("NO_ELECTRONIC_CARD",))
    assert refused.reasons[0].article == "Decree 69/2024/NĐ-CP, Art. 9"
    assert said("electronic_card.issue")["issued_with_level"] == 2
    assert "papers_integrated_on_request" in said("electronic_card.content")["content"]
    assert set(said("electronic_card.states")["states"]) == {"locked", "unlocked"}


@covers("access.other_accounts")
def test_decree_69_article_9_accounts_that_others_make_have_levels_of_their_own() -> None:
    rule = said("access.other_accounts")
    assert rule["sets_own_level"] is True
    assert "grants" not in rule.values
    for holder in HolderKind:  # so no account of ours takes its level from there
        assert all(rules_for(TODAY).opens(holder, level) != rule for level in (None, 1, 2))
    assert entry("access.other_accounts", LAW - ONE_DAY) is None
