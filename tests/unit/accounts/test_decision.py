"""May this account do this now: what a service, a holder and an auditor are told, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from account_samples import (
    DAY,
    HOLDER,
    NOW,
    OFFICER,
    account,
    context,
    factor,
)

from eid.accounts.decision import Decision, DecisionOutcome, decide
from eid.accounts.model import (
    Account,
    Actor,
    CardState,
    EvidenceItem,
    HolderKind,
    Lock,
    Role,
)
from eid.accounts.requirement import Consent, Context, Requirement
from eid.document.checks import Outcome
from eid.document.dates import PartialDate
from eid.errors import InputError
from eid.tokens.profile import acr_for
from eid.vietnam.rules import rules_for

ALLOW, STEP_UP, DENY = DecisionOutcome.ALLOW, DecisionOutcome.STEP_UP, DecisionOutcome.DENY
RULES = rules_for(dt.date(2026, 11, 21))


def ask(
    subject: Account | None, requirement: Requirement, situation: Context | None = None, **changes: Any
) -> Decision:
    arguments: dict[str, Any] = {"rules": RULES, "context": situation or context(), "now": NOW}
    return decide(subject, requirement, **{**arguments, **changes})


def child(years: int, **changes: Any) -> Account:
    """A child who turned *years* today."""
    birth = PartialDate(2026 - years, 11, 21)
    return account(birth_date=birth, guardians=frozenset({"g-1"}), **changes)


def article(decision: Decision, code: str) -> str | None:
    return next(reason.article for reason in decision.reasons if reason.code == code)


# --- the two axes --------------------------------------------------------------------------------


def test_whoever_has_level_and_factors_may_continue() -> None:
    wanted = Requirement(account_level=2, authentication_level=3)
    decision = ask(account(), wanted, context("password", "face"))
    assert (decision.outcome, decision.codes) == (ALLOW, ())
    assert article(decision, "ACCOUNT_LEVEL_MET") == (
        "Decree 69/2024/NĐ-CP, Art. 9(2), Art. 9(6), Art. 28(3)"
    )
    assert article(decision, "AUTHENTICATION_MET") == "Decree 69/2024/NĐ-CP, Art. 20(1)"


def test_an_account_of_level_2_is_no_authentication_and_the_other_way_round() -> None:
    bare = ask(account(), Requirement(authentication_level=1))
    assert (bare.outcome, bare.codes) == (STEP_UP, ("AUTHENTICATION_LEVEL_TOO_LOW",))
    low = ask(account(level=1), Requirement(account_level=2), context("password", "face", "identity_card"))
    assert (low.outcome, low.codes) == (STEP_UP, ("ACCOUNT_LEVEL_TOO_LOW",))


@pytest.mark.parametrize(
    ("kinds", "level"),
    [
        ((), None),
        (("face",), None),  # one factor without biometrics is level 1; this one is biometric
        (("face", "fingerprint"), None),
        (("hat",), None),
        (("password",), 1),
        (("password", "secret_code"), 1),  # two of one kind are not different
        (("password", "identity_card"), 2),
        (("password", "face"), 3),
        (("identity_card", "fingerprint"), 3),
        (("password", "identity_card", "face"), 4),
        (("two_dimensional_barcode", "software", "voice"), 4),
    ],
)
def test_decree_69_article_20_1_levels_of_authentication(kinds: tuple[str, ...], level: int | None) -> None:
    found, rule = RULES.authentication_level([factor(kind) for kind in kinds])
    assert found == level
    assert rule is None or rule.article == "Decree 69/2024/NĐ-CP, Art. 20(1)"
    for wanted in (1, 2, 3, 4):
        decision = ask(account(), Requirement(authentication_level=wanted), context(*kinds))
        assert (decision.outcome is ALLOW) is (level is not None and level >= wanted)


def test_decree_69_article_19_4_a_factor_of_another_transaction_does_not_count() -> None:
    situation = context(factors=(factor("password", transaction="another"),))
    decision = ask(account(), Requirement(authentication_level=1), situation)
    assert decision.outcome is STEP_UP
    assert article(decision, "FACTOR_FROM_ELSEWHERE") == "Decree 69/2024/NĐ-CP, Art. 19(4)"


def test_a_client_is_told_how_strong_and_how_recent_rfc_9470() -> None:
    wanted = Requirement(authentication_level=3, max_auth_age=dt.timedelta(minutes=5))
    challenge = ask(account(), wanted, context("password")).challenge()
    assert challenge is not None
    assert challenge.acr_values == (acr_for(3), acr_for(4))
    assert challenge.max_age == dt.timedelta(minutes=5)
    assert ask(account(level=1), Requirement(account_level=2)).challenge() is None
    assert ask(account(), wanted, context("password", "face")).challenge() is None
    denied = account(locks=(Lock("holder_request", "holder", NOW),))
    assert ask(denied, wanted).challenge() is None


def test_a_sign_in_counts_as_long_as_the_service_says() -> None:
    wanted = Requirement(authentication_level=1, max_auth_age=dt.timedelta(minutes=5))
    fresh = context(factors=(factor("password", age=dt.timedelta(minutes=5)),))
    assert ask(account(), wanted, fresh).outcome is ALLOW
    old = context(factors=(factor("password", age=dt.timedelta(minutes=5, seconds=1)),))
    assert ask(account(), wanted, old).codes == ("AUTHENTICATION_TOO_OLD",)
    only_age = Requirement(max_auth_age=dt.timedelta(minutes=5))
    assert ask(account(), only_age, context()).codes == ("AUTHENTICATION_LEVEL_TOO_LOW",)
    coming = context(factors=(factor("password", age=-dt.timedelta(minutes=6)),))
    assert ask(account(), wanted, coming).outcome is STEP_UP


# --- who may hold which level --------------------------------------------------------------------


def test_decree_69_article_7_1_below_six_there_is_no_level_2() -> None:
    wanted = Requirement(account_level=2)
    confirmed = context(guardian_confirmed=True)
    young = ask(child(5, level=1), wanted, confirmed)
    assert (young.outcome, young.codes) == (DENY, ("LEVEL_NOT_OPEN",))
    assert article(young, "LEVEL_NOT_OPEN") == "Decree 69/2024/NĐ-CP, Art. 7(1), Art. 10(1)(d)"
    six = ask(child(6, level=1), wanted, confirmed)
    assert (six.outcome, six.codes) == (STEP_UP, ("ACCOUNT_LEVEL_TOO_LOW",))


def test_decree_69_article_7_2_foreigners_below_six_likewise() -> None:
    confirmed = context(guardian_confirmed=True)
    young = ask(child(5, level=1, holder=HolderKind.FOREIGNER), Requirement(account_level=2), confirmed)
    assert article(young, "LEVEL_NOT_OPEN") == "Decree 69/2024/NĐ-CP, Art. 7(2)"
    grown = ask(child(6, level=1, holder=HolderKind.FOREIGNER), Requirement(account_level=2), confirmed)
    assert grown.outcome is STEP_UP


def test_decree_69_article_7_3_an_organisation_has_no_level() -> None:
    firm = account(holder=HolderKind.ORGANISATION, level=None, birth_date=None)
    decision = ask(firm, Requirement(account_level=1))
    assert (decision.outcome, decision.codes) == (DENY, ("ORGANISATION_HAS_NO_LEVEL",))
    assert article(decision, "ORGANISATION_HAS_NO_LEVEL") == "Decree 69/2024/NĐ-CP, Art. 7(3), Art. 12"
    assert ask(firm, Requirement()).outcome is ALLOW
    assert ask(firm, Requirement(min_age=0)).codes == ("ORGANISATION_HAS_NO_AGE",)


@pytest.mark.parametrize("years", [6, 13])
def test_decree_69_article_14_below_fourteen_a_guardian_confirms(years: int) -> None:
    alone = ask(child(years), Requirement())
    assert (alone.outcome, alone.codes) == (STEP_UP, ("GUARDIAN_CONFIRMATION_MISSING",))
    assert article(alone, "GUARDIAN_CONFIRMATION_MISSING") == "Decree 69/2024/NĐ-CP, Art. 14"
    assert ask(child(years), Requirement(), context(guardian_confirmed=True)).outcome is ALLOW
    by_guardian = context(actor=Actor(Role.GUARDIAN, "g-1"))
    assert ask(child(years), Requirement(), by_guardian).outcome is ALLOW


def test_from_fourteen_on_nobody_has_to_confirm_unless_under_guardianship() -> None:
    assert ask(child(14), Requirement()).outcome is ALLOW
    assert ask(child(13), Requirement(), now=NOW).outcome is STEP_UP
    ward = account(under_guardianship=True)
    assert ask(ward, Requirement()).codes == ("GUARDIAN_CONFIRMATION_MISSING",)


def test_the_day_before_the_birthday_is_too_early() -> None:
    adult = Requirement(min_age=18)
    born = PartialDate(2008, 11, 21)
    assert ask(account(birth_date=born), adult).outcome is ALLOW
    day_before = rules_for(dt.date(2026, 11, 20))
    decision = ask(account(birth_date=born), adult, rules=day_before, now=NOW - DAY)
    assert (decision.outcome, decision.codes) == (DENY, ("TOO_YOUNG",))


def test_an_incomplete_date_of_birth_decides_nothing_it_cannot_decide() -> None:
    adult = Requirement(min_age=18)
    for birth, outcome in (
        (PartialDate(2007), ALLOW),
        (PartialDate(2009), DENY),
        (PartialDate(2008), STEP_UP),
    ):
        assert ask(account(birth_date=birth), adult).outcome is outcome
    assert ask(account(birth_date=None), adult).codes == ("AGE_UNKNOWN",)


def test_a_service_for_citizens_is_not_for_foreigners() -> None:
    wanted = Requirement(holder_kinds={"citizen"}, basis="Law 26/2023/QH15, Art. 31(1)")  # type: ignore[arg-type]
    decision = ask(account(holder=HolderKind.FOREIGNER), wanted)
    assert (decision.outcome, article(decision, "HOLDER_KIND")) == (DENY, "Law 26/2023/QH15, Art. 31(1)")
    assert ask(account(), wanted).outcome is ALLOW


# --- states --------------------------------------------------------------------------------------


def test_a_lock_denies_and_names_what_the_rules_know_of_it() -> None:
    locked = account(locks=(Lock("never heard of", "police", NOW - DAY),))
    decision = ask(locked, Requirement())
    assert (decision.outcome, decision.codes) == (DENY, ("ACCOUNT_LOCKED",))
    assert article(decision, "ACCOUNT_LOCKED") == "Decree 69/2024/NĐ-CP, Art. 16"
    assert ask(account(closed_at=NOW), Requirement()).codes == ("ACCOUNT_CLOSED",)


def test_decree_69_article_14_activation_within_seven_days_then_through_the_hotline() -> None:
    waiting = account(activated_at=None, notified_at=NOW - 7 * DAY)
    inside = ask(waiting, Requirement())
    assert (inside.outcome, inside.codes) == (STEP_UP, ("NOT_ACTIVATED",))
    late = ask(replace(waiting, notified_at=NOW - 7 * DAY - dt.timedelta(seconds=1)), Requirement())
    assert (late.outcome, late.codes) == (STEP_UP, ("ACTIVATION_WINDOW_PASSED",))
    assert article(late, "ACTIVATION_WINDOW_PASSED") == "Decree 69/2024/NĐ-CP, Art. 14"
    untold = account(activated_at=None, notified_at=None)
    assert ask(untold, Requirement()).codes == ("NOT_ACTIVATED",)


@pytest.mark.parametrize(
    ("reason", "source"),
    [
        ("holder_request", "Law 26/2023/QH15, Art. 34(1)(a), Art. 34(2)(a)"),
        ("breach_of_app_terms", "Law 26/2023/QH15, Art. 34(1)(b), Art. 34(2)(b)"),
        ("card_revoked_or_withheld", "Law 26/2023/QH15, Art. 34(1)(c), Art. 34(2)(c)"),
        ("holder_died", "Law 26/2023/QH15, Art. 34(1)(d)"),
        ("authority_request", "Law 26/2023/QH15, Art. 34(1)(đ), Art. 34(2)(d)"),
        ("unheard of", "Law 26/2023/QH15, Art. 34(4)"),
    ],
)
def test_law_article_34_a_locked_electronic_card_is_its_own_result(reason: str, source: str) -> None:
    subject = account(card=CardState.LOCKED, card_locks=(Lock(reason, "holder", NOW - DAY),))
    wanted = Requirement(evidence=frozenset({"electronic_identity_card"}))
    decision = ask(subject, wanted)
    assert (decision.outcome, decision.codes) == (DENY, ("ELECTRONIC_CARD_LOCKED",))
    assert article(decision, "ELECTRONIC_CARD_LOCKED") == source
    other = ask(subject, Requirement(account_level=2))
    if reason == "holder_died":  # nobody acts for the dead, whatever was locked
        assert (other.outcome, other.codes) == (DENY, ("ELECTRONIC_CARD_LOCKED",))
        assert article(other, "ELECTRONIC_CARD_LOCKED") == source
    else:
        assert other.outcome is ALLOW  # the account is not locked


def test_law_article_31_1_foreigners_never_have_an_electronic_card() -> None:
    wanted = Requirement(evidence=frozenset({"electronic_identity_card"}))
    assert ask(account(card=CardState.NONE), wanted).outcome is STEP_UP
    foreigner = account(holder=HolderKind.FOREIGNER, card=CardState.NONE)
    assert ask(foreigner, wanted).outcome is DENY
    assert ask(account(), wanted).outcome is ALLOW


ANY_STATE = [
    None,
    account(),
    account(level=1, birth_date=PartialDate(2025), evidence=()),
    account(locks=(Lock("holder_request", "holder", NOW),)),
    account(closed_at=NOW),
    account(activated_at=None),
    account(holder=HolderKind.ORGANISATION, level=None, birth_date=None),
]
PROVE_ALL = Requirement(account_level=2, min_age=18, evidence=frozenset({"chip_report"}))


def test_to_who_has_not_authenticated_all_accounts_look_the_same_and_nothing_is_told() -> None:
    stranger = context("password", actor=None)
    answers = {ask(subject, PROVE_ALL, stranger) for subject in ANY_STATE}
    (answer,) = answers
    assert (answer.outcome, answer.codes) == (STEP_UP, ("NOT_AUTHENTICATED",))
    assert len(answer.reasons) == 1
    assert answer.challenge() is not None


@pytest.mark.parametrize("role", [Role.HOLDER, Role.GUARDIAN, Role.REPRESENTATIVE])
def test_to_who_has_no_part_in_it_all_accounts_look_the_same_and_nothing_is_told(role: Role) -> None:
    stranger = context("password", actor=Actor(role, "somebody else"))
    answers = {ask(subject, PROVE_ALL, stranger) for subject in ANY_STATE}
    (answer,) = answers
    assert (answer.outcome, answer.codes) == (DENY, ("NOT_ENTITLED",))
    assert len(answer.reasons) == 1


def test_the_holder_and_an_officer_are_told_the_state_of_the_account() -> None:
    locked = account(locks=(Lock("holder_request", "holder", NOW),))
    assert ask(locked, Requirement()).codes == ("ACCOUNT_LOCKED",)
    assert ask(locked, Requirement(), context(actor=OFFICER)).codes == ("ACCOUNT_LOCKED",)
    assert ask(account(closed_at=NOW), Requirement()).codes == ("ACCOUNT_CLOSED",)
    assert ask(None, Requirement(), context(actor=OFFICER)).codes == ("ACCOUNT_UNKNOWN",)


def test_an_auditor_looks_and_does_not_act() -> None:
    auditor = context(actor=Actor(Role.AUDITOR, "b-1"))
    assert ask(account(), Requirement(), auditor).codes == ("ROLE_MAY_NOT_ACT",)


def test_a_representative_acts_for_the_organisation_and_for_no_other() -> None:
    firm = account(id="f-1", holder=HolderKind.ORGANISATION, level=None, representatives=frozenset({"a-1"}))
    assert ask(firm, Requirement(), context(actor=Actor(Role.REPRESENTATIVE, "a-1"))).outcome is ALLOW
    assert ask(firm, Requirement(), context(actor=Actor(Role.REPRESENTATIVE, "x"))).outcome is DENY


# --- evidence and consent ------------------------------------------------------------------------


def test_evidence_counts_while_it_lasts_and_the_newest_decides() -> None:
    wanted = Requirement(evidence=frozenset({"chip_report"}))
    assert ask(account(), wanted).outcome is ALLOW
    assert ask(account(evidence=()), wanted).codes == ("EVIDENCE_MISSING",)
    old = EvidenceItem("chip_report", Outcome.PASSED, NOW - 9 * DAY, "counter", expires_at=NOW)
    assert ask(account(evidence=(old,)), wanted).codes == ("EVIDENCE_EXPIRED",)
    assert ask(account(evidence=(replace(old, expires_at=NOW + DAY),)), wanted).outcome is ALLOW
    failed = EvidenceItem("chip_report", Outcome.FAILED, NOW - DAY / 2, "counter")
    assert ask(account(evidence=(old, failed)), wanted).codes == ("EVIDENCE_FAILED",)
    again = EvidenceItem("chip_report", Outcome.PASSED, NOW - DAY / 4, "counter")
    assert ask(account(evidence=(failed, again)), wanted).outcome is ALLOW
    open_ = EvidenceItem("chip_report", Outcome.UNDECIDED, NOW, "counter")
    assert ask(account(evidence=(open_,)), wanted).codes == ("EVIDENCE_MISSING",)


def test_evidence_of_the_future_is_none_and_of_two_at_once_the_failure_counts() -> None:
    wanted = Requirement(evidence=frozenset({"chip_report"}))
    minute = dt.timedelta(minutes=1)
    for late, codes in ((5 * minute, ()), (6 * minute, ("EVIDENCE_MISSING",))):  # clocks differ a little
        coming = EvidenceItem("chip_report", Outcome.PASSED, NOW + late, "counter")
        assert ask(account(evidence=(coming,)), wanted).codes == codes
    passed = EvidenceItem("chip_report", Outcome.PASSED, NOW - DAY, "counter")
    failed = EvidenceItem("chip_report", Outcome.FAILED, NOW - DAY, "kiosk")
    for both in ((passed, failed), (failed, passed)):
        assert ask(account(evidence=both), wanted).codes == ("EVIDENCE_FAILED",)


def test_a_card_with_a_lock_on_it_is_not_said_to_be_in_force() -> None:
    wanted = Requirement(evidence=frozenset({"electronic_identity_card"}))
    odd = account(card=CardState.IN_FORCE, card_locks=(Lock("holder_request", "holder", NOW),))
    assert [reason.code for reason in ask(odd, wanted).reasons] == ["ELECTRONIC_CARD_LOCKED"]


def test_consent_is_for_one_purpose_given_and_not_withdrawn() -> None:
    wanted = Requirement(purpose="loan", consent=True)
    given = Consent(purpose="loan", given_at=NOW - DAY)
    assert ask(account(), wanted).codes == ("CONSENT_MISSING",)
    assert article(ask(account(), wanted), "CONSENT_MISSING") == "Decree 356/2025/NĐ-CP, Art. 6"
    assert ask(account(), wanted, context(consents=(given,))).outcome is ALLOW
    assert ask(account(), wanted, context(consents=(replace(given, purpose="clinic"),))).outcome is STEP_UP
    withdrawn = replace(given, withdrawn_at=NOW)
    assert ask(account(), wanted, context(consents=(withdrawn,))).codes == ("CONSENT_WITHDRAWN",)
    before = rules_for(dt.date(2025, 12, 31))
    earlier = ask(account(), wanted, rules=before)
    assert article(earlier, "CONSENT_MISSING") == "Decree 13/2023/NĐ-CP, Art. 11"


def test_consent_covers_the_fields_and_the_requester_that_were_agreed_to() -> None:
    wanted = Requirement(purpose="loan", consent=True, requester="bank", fields=frozenset({"name"}))
    given = Consent(purpose="loan", given_at=NOW - DAY, requester="bank", fields=frozenset({"name"}))
    assert ask(account(consents=(given,)), wanted).outcome is ALLOW
    more = replace(wanted, fields=frozenset({"name", "address"}))
    assert ask(account(consents=(given,)), more).codes == ("CONSENT_TOO_NARROW",)
    for requester in (None, "another bank"):
        other = replace(wanted, requester=requester)
        assert ask(account(consents=(given,)), other).codes == ("CONSENT_MISSING",)
    # Two halves that were agreed to apart are no agreement to the whole.
    halves = (given, replace(given, fields=frozenset({"address"})))
    assert ask(account(consents=halves), more).codes == ("CONSENT_TOO_NARROW",)


def test_a_withdrawal_ends_what_an_application_still_remembers() -> None:
    wanted = Requirement(purpose="loan", consent=True)
    withdrawn = Consent(purpose="loan", given_at=NOW - 3 * DAY, withdrawn_at=NOW - DAY)
    remembered = Consent(purpose="loan", given_at=NOW - 3 * DAY)
    subject = account(consents=(withdrawn,))
    assert ask(subject, wanted, context(consents=(remembered,))).codes == ("CONSENT_WITHDRAWN",)
    again = replace(remembered, given_at=NOW - DAY / 2)
    assert ask(subject, wanted, context(consents=(again,))).outcome is ALLOW
    coming = replace(withdrawn, withdrawn_at=NOW + DAY)  # not yet
    assert ask(account(consents=(coming,)), wanted).outcome is ALLOW


def test_one_of_several_kinds_of_evidence_is_enough_where_the_service_says_so() -> None:
    wanted = Requirement(any_evidence=frozenset({frozenset({"vneid_sign_in", "chip_report"})}))
    passed = EvidenceItem("vneid_sign_in", Outcome.PASSED, NOW - DAY, "vneid")
    failed = EvidenceItem("chip_report", Outcome.FAILED, NOW, "counter")
    assert ask(account(evidence=(passed,)), wanted).outcome is ALLOW
    assert ask(account(evidence=(failed, passed)), wanted).outcome is ALLOW
    assert ask(account(evidence=(failed,)), wanted).codes == ("EVIDENCE_MISSING",)
    both = replace(failed, kind="vneid_sign_in")
    assert ask(account(evidence=(failed, both)), wanted).codes == ("EVIDENCE_FAILED",)
    assert ask(account(evidence=()), wanted).codes == ("EVIDENCE_MISSING",)
    expired = replace(passed, expires_at=NOW)
    assert ask(account(evidence=(expired,)), wanted).codes == ("EVIDENCE_EXPIRED",)


def test_a_factor_from_before_a_recovery_counts_no_more() -> None:
    wanted = Requirement(authentication_level=1)
    before = context(factors=(factor("password", age=dt.timedelta(minutes=2)),))
    recovered = account(recovered_at=NOW - dt.timedelta(minutes=1))
    assert ask(account(), wanted, before).outcome is ALLOW
    assert ask(recovered, wanted, before).outcome is STEP_UP
    assert ask(recovered, wanted, context("password")).outcome is ALLOW
    category = Requirement(factor_categories=frozenset({"knowledge"}))
    assert ask(recovered, category, before).codes == ("FACTOR_CATEGORY_MISSING",)


def test_who_came_of_age_is_nobodys_ward() -> None:
    guardian = context(actor=Actor(Role.GUARDIAN, "g-1"))
    assert ask(child(13), Requirement(), guardian).outcome is ALLOW
    assert ask(child(14), Requirement(), guardian).codes == ("NOT_ENTITLED",)
    assert ask(child(14, under_guardianship=True), Requirement(), guardian).outcome is ALLOW
    unknown = account(birth_date=None, guardians=frozenset({"g-1"}))
    assert ask(unknown, Requirement(), guardian).outcome is ALLOW
    assert ask(unknown, Requirement()).codes == ("GUARDIAN_CONFIRMATION_MISSING",)


def test_an_incomplete_date_of_birth_keeps_a_level_open_that_may_be() -> None:
    confirmed = context(guardian_confirmed=True)
    for year, codes in ((2021, ("LEVEL_NOT_OPEN",)), (2020, ("ACCOUNT_LEVEL_TOO_LOW",))):
        young = account(level=1, birth_date=PartialDate(year), guardians=frozenset({"g-1"}))
        assert ask(young, Requirement(account_level=2), confirmed).codes == codes


def test_an_answer_is_as_sure_as_the_law_behind_it() -> None:
    loan = Requirement(account_level=2, purpose="loan", consent=True)
    given = (Consent(purpose="loan", given_at=NOW - DAY),)
    allowed = ask(account(consents=given), loan)
    assert [reason.confidence for reason in allowed.reasons] == ["confirmed", "likely"]
    assert allowed.confidence == "likely"  # as its weakest part
    assert ask(account(consents=given), loan).explain().startswith("ALLOW (likely) ")
    # One sure reason in the way is enough.
    two = ask(account(level=1), loan)
    assert (two.codes, two.confidence) == (("ACCOUNT_LEVEL_TOO_LOW", "CONSENT_MISSING"), "confirmed")
    assert ask(account(), loan).confidence == "likely"
    assert ask(account(), Requirement()).confidence is None
    own = ask(account(), Requirement(min_age=99, basis="our terms"))
    assert (own.outcome, own.confidence) == (DENY, None)
    facts: Any = allowed.to_json()
    assert (facts["confidence"], facts["reasons"][1]["confidence"]) == ("likely", "likely")
    assert (facts["rules_as_of"], facts["rules_day"]) == ("2026-11-21", "2026-11-21")


def test_two_requirements_together_ask_for_what_both_ask_for() -> None:
    one = Requirement(
        account_level=1,
        max_auth_age=DAY,
        evidence=frozenset({"chip_report"}),
        basis="A",
        confidence="confirmed",
    )
    other = Requirement(
        account_level=2,
        max_auth_age=DAY / 2,
        min_age=18,
        holder_kinds=frozenset({HolderKind.CITIZEN}),
        purpose="loan",
        consent=True,
        fields=frozenset({"name"}),
        basis="B",
        confidence="likely",
    )
    both = one & other
    assert both == Requirement(
        account_level=2,
        max_auth_age=DAY / 2,
        evidence=frozenset({"chip_report"}),
        min_age=18,
        holder_kinds=frozenset({HolderKind.CITIZEN}),
        purpose="loan",
        consent=True,
        fields=frozenset({"name"}),
        basis="A; B",
        confidence="likely",
    )
    assert one & one == one
    assert (one & one).parts == ()
    assert Requirement() & other == other & Requirement() == other
    citizens, firms = (Requirement(holder_kinds=frozenset({kind})) for kind in ("citizen", "organisation"))
    assert ask(account(), citizens & firms).codes == ("HOLDER_KIND",)
    for clash in ({"purpose": "clinic"}, {"purpose": "loan", "requester": "x"}):
        with pytest.raises(InputError):
            replace(other, requester="bank") & Requirement(**clash)  # type: ignore[arg-type]


def test_each_demand_of_a_requirement_put_together_keeps_its_own_basis() -> None:
    terms = Requirement(min_age=16, evidence=frozenset({"chip_report"}), basis="our terms")
    law = Requirement(
        min_age=18, factor_categories=frozenset({"biometric"}), basis="a law", confidence="likely"
    )
    both = Requirement(evidence=frozenset({"chip_report"}), basis="another law", confidence="confirmed")
    wanted = terms & (law & both)
    decision = ask(account(), wanted, context("face"))
    said = {reason.code: (reason.article, reason.confidence) for reason in decision.reasons}
    assert said == {
        "AGE_MET": ("a law", "likely"),
        "FACTOR_CATEGORY_MET": ("a law", "likely"),
        "EVIDENCE_MET": ("our terms; another law", "confirmed"),
    }
    group = frozenset({"chip_report", "vneid_sign_in"})
    one_of = Requirement(any_evidence=frozenset({group}), basis="a third law")
    assert article(ask(account(), terms & one_of), "EVIDENCE_MET") == "our terms"
    assert [reason.article for reason in ask(account(), terms & one_of).reasons][-1] == "a third law"
    firms = Requirement(holder_kinds=frozenset({HolderKind.ORGANISATION}), basis="for firms")
    persons = Requirement(holder_kinds=frozenset({HolderKind.CITIZEN}), basis="for citizens")
    assert article(ask(account(), firms & persons), "HOLDER_KIND") == "for firms"


def test_what_no_requirement_can_ask_for() -> None:
    for wrong in (
        {"account_level": 3},
        {"account_level": True},
        {"authentication_level": 0},
        {"authentication_level": 5},
        {"min_age": -1},
        {"min_age": 201},
        {"min_age": True},
        {"account_level": 1.0},
        {"evidence": "chip_report"},
        {"any_evidence": [[]]},
        {"any_evidence": [["chip_report", "electronic_identity_card"]]},
        {"holder_kinds": ["child"]},
        {"fields": ["name"]},
        {"confidence": "sure"},
        {"max_auth_age": -DAY},
        {"max_auth_age": 367 * DAY},
        {"consent": True},
    ):
        with pytest.raises(InputError):
            Requirement(**wrong)  # type: ignore[arg-type]


# --- for people and auditors ---------------------------------------------------------------------


def test_a_decision_tells_people_what_is_missing_in_both_languages() -> None:
    wanted = Requirement(account_level=2, authentication_level=3)
    decision = ask(account(level=1), wanted)
    assert decision.sentence("vi") == " ".join(reason.text.vi for reason in decision.missing)
    assert decision.sentence("en").startswith("This needs an account of a higher level.")
    assert ask(account(), Requirement()).sentence("vi") == "Bạn có thể tiếp tục."


def test_an_auditor_reads_the_article_of_each_reason_and_the_rules_used() -> None:
    decision = ask(account(), Requirement(account_level=2, authentication_level=1), context("password"))
    text = decision.explain()
    assert text.splitlines()[0] == (
        f"ALLOW 2026-11-21T09:00:00+00:00 rules {RULES.version[:12]} as of 2026-11-21, in force on 2026-11-21"
    )
    assert "[Decree 69/2024/NĐ-CP, Art. 20(1)] level=1 required=1" in text
    assert decision.to_json()["rules_version"] == RULES.version


def test_nothing_personal_is_shown() -> None:
    subject = account(birth_date=PartialDate(1999, 7, 4))
    assert "1999" not in repr(subject)
    assert HOLDER.reference in repr(HOLDER)
