"""Authentication levels and what is done with a result: both sides of each count of factors.

Decree 69/2024/NĐ-CP, Art. 14, 19, 20; Law 26/2023/QH15, Art. 20, 33; Decree 320/2026/NĐ-CP.
"""

from __future__ import annotations

import pytest
from account_samples import NOW, account, context, factor
from law_register import LAW, ONE_DAY, TODAY, covers, entry, said

from eid.accounts.decision import Decision, DecisionOutcome, decide
from eid.accounts.requirement import Requirement
from eid.vietnam.rules import rules_for

ALLOW, STEP_UP = DecisionOutcome.ALLOW, DecisionOutcome.STEP_UP
ARTICLE_20 = "Decree 69/2024/NĐ-CP, Art. 20(1)"


def ask(level: int, *kinds: str) -> Decision:
    wanted = Requirement(authentication_level=level)
    return decide(account(), wanted, rules=rules_for(TODAY), context=context(*kinds), now=NOW)


@covers(
    "authentication_level.1", "authentication_level.2", "authentication_level.3", "authentication_level.4"
)
@pytest.mark.parametrize(
    ("level", "short", "enough"),
    [
        (1, (), ("password",)),
        (1, ("face",), ("software",)),  # without biometrics
        (2, ("password",), ("password", "identity_card")),
        (2, ("password", "secret_code"), ("secret_code", "software")),  # two of one kind
        (2, ("face", "iris"), ("password", "software")),
        (3, ("password", "identity_card"), ("password", "face")),  # a biometric one
        (3, ("face", "fingerprint"), ("identity_card", "fingerprint")),  # of two categories
        (4, ("password", "face"), ("password", "face", "identity_card")),
        (4, ("identity_card", "software", "voice"), ("identity_card", "secret_code", "voice")),
        (4, ("password", "identity_card", "software"), ("two_dimensional_barcode", "software", "iris")),
    ],
)
def test_decree_69_article_20_1_one_factor_short_is_not_enough(
    level: int, short: tuple[str, ...], enough: tuple[str, ...]
) -> None:
    low = ask(level, *short)
    assert (low.outcome, low.codes) == (STEP_UP, ("AUTHENTICATION_LEVEL_TOO_LOW",))
    assert low.reasons[0].article == ARTICLE_20
    met = ask(level, *enough)
    assert met.outcome is ALLOW
    assert met.reasons[0].article == ARTICLE_20


@covers("factor_category.biometric", "factor_category.possession", "factor_category.knowledge")
def test_decree_69_article_20_1_which_factor_is_of_which_category() -> None:
    listed = {
        "biometric": {"face", "fingerprint", "voice", "iris"},
        "possession": {"identity_card", "digital_device", "software"},
        "knowledge": {"password", "secret_code", "two_dimensional_barcode"},
    }
    rules = rules_for(TODAY)
    for category, kinds in listed.items():
        assert set(said(f"factor_category.{category}")["examples"]) == kinds
        for kind in kinds:
            assert rules.category(kind) == category
            wanted = Requirement(factor_categories=frozenset({category}))
            decision = decide(account(), wanted, rules=rules, context=context(kind), now=NOW)
            assert decision.outcome is ALLOW
        others = sorted(set().union(*listed.values()) - kinds)
        decision = decide(account(), wanted, rules=rules, context=context(*others), now=NOW)
        assert decision.codes == ("FACTOR_CATEGORY_MISSING",)
    assert rules.category("hat") is None
    assert rules_for(LAW - ONE_DAY).authentication_level([factor("password")]) == (None, None)


def test_a_missing_category_is_asked_for_by_the_least_level_that_has_it() -> None:
    wanted = Requirement(factor_categories=frozenset({"biometric"}))
    decision = decide(account(), wanted, rules=rules_for(TODAY), context=context("password"), now=NOW)
    assert decision.missing[0].facts["authentication_level"] == 3
    challenge = decision.challenge()
    assert challenge is not None
    assert [value[-1] for value in challenge.acr_values] == ["3", "4"]


@covers("service_level.choice")
def test_decree_69_article_20_2_the_body_that_offers_the_service_chooses_its_level() -> None:
    assert said("service_level.choice")["rule"] == "the_body_offering_the_service_chooses"
    assert said("service_level.choice").confidence == "likely"
    # So there is no level unless the service asks for one.
    decision = decide(account(), Requirement(), rules=rules_for(TODAY), context=context(), now=NOW)
    assert decision.outcome is ALLOW


@covers("result_use.no_reuse", "result_use.no_sharing")
def test_decree_69_article_19_4_a_result_is_no_factor_of_another_transaction() -> None:
    wanted = Requirement(authentication_level=1)
    for transaction, outcome in (("t-1", ALLOW), ("t-2", STEP_UP)):
        situation = context(factors=(factor("password", transaction=transaction),))
        decision = decide(account(), wanted, rules=rules_for(TODAY), context=situation, now=NOW)
        assert decision.outcome is outcome
        named = [reason.article for reason in decision.reasons if reason.code == "FACTOR_FROM_ELSEWHERE"]
        assert named == ([] if transaction == "t-1" else ["Decree 69/2024/NĐ-CP, Art. 19(4)"])
    assert said("result_use.no_reuse")["exception"] == ""
    assert said("result_use.no_sharing")["exception"] == "personal data law provides otherwise"


@covers("result_use.no_resharing")
def test_decree_320_data_of_vneid_are_not_shared_again_from_its_first_day() -> None:
    first = entry("result_use.no_resharing", LAW)
    assert first is None
    rule = said("result_use.no_resharing")
    assert (rule["rule"], rule.confidence) == ("no_resharing_of_vneid_data", "likely")


@covers("result_use.electronic_card_prevails", "result_use.no_double_papers", "result_use.approval")
def test_what_the_use_of_an_account_means_law_33_20_and_decree_14() -> None:
    assert said("result_use.electronic_card_prevails").article == "Law 26/2023/QH15, Art. 33(2)"
    assert said("result_use.no_double_papers")["exception"] == "the data have changed"
    approval = "use_shows_that_the_holder_carried_out_and_approved_the_transaction"
    assert said("result_use.approval")["rule"] == approval
    for name in ("electronic_card_prevails", "no_double_papers", "approval"):
        assert entry(f"result_use.{name}", LAW - ONE_DAY) is None
