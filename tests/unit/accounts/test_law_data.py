"""Consent and personal data: what was asked for on which day.

Decree 356/2025/NĐ-CP and Law 91/2025/QH15 since 2026-01-01, Decree 13/2023/NĐ-CP before; Decree 69/2024/NĐ-CP, Art. 14, 19;
Law 26/2023/QH15, Art. 16, 22.
"""

from __future__ import annotations

import datetime as dt

import pytest
from account_samples import DAY, NOW, account, context
from law_register import LAW, ONE_DAY, covers, entry, said

from eid.accounts.decision import Decision, DecisionOutcome, decide
from eid.accounts.model import Consent
from eid.accounts.requirement import Requirement
from eid.vietnam.data_protection import breach_notice_by, data_class, data_request
from eid.vietnam.rules import rules_for

ALLOW, STEP_UP = DecisionOutcome.ALLOW, DecisionOutcome.STEP_UP
WANTED = Requirement(purpose="loan", consent=True, fields=frozenset({"name", "address"}))
GIVEN = Consent(purpose="loan", given_at=NOW - DAY, fields=frozenset({"name", "address"}))
NEW_LAW = dt.date(2026, 1, 1)


def ask(day: dt.date, *consents: Consent) -> Decision:
    return decide(account(consents=consents), WANTED, rules=rules_for(day), context=context(), now=NOW)


@covers("consent.processing", "consent.processing_before_2026")
@pytest.mark.parametrize(
    ("day", "article", "confidence"),
    [
        (NEW_LAW - ONE_DAY, "Decree 13/2023/NĐ-CP, Art. 11", "confirmed"),
        (NEW_LAW, "Decree 356/2025/NĐ-CP, Art. 6", "likely"),
        (dt.date(2023, 7, 1), "Decree 13/2023/NĐ-CP, Art. 11", "confirmed"),
        (dt.date(2023, 6, 30), None, None),
    ],
)
def test_consent_is_an_act_of_the_holder_and_the_decision_names_the_decree_of_the_day(
    day: dt.date, article: str | None, confidence: str | None
) -> None:
    silent = ask(day)
    assert (silent.outcome, silent.codes) == (STEP_UP, ("CONSENT_MISSING",))  # silence is none
    assert (silent.reasons[0].article, silent.confidence) == (article, confidence)
    met = ask(day, GIVEN)
    assert (met.outcome, met.reasons[0].article, met.confidence) == (ALLOW, article, confidence)
    if article:
        said_so = f"[{article}{'; likely' if confidence == 'likely' else ''}]"
        assert said_so in silent.explain()
    before, after = said("consent.processing_before_2026", NEW_LAW - ONE_DAY), said("consent.processing")
    assert before["silence_is_consent"] is False
    assert (after["no_default_or_preticked"], after["unclear_wording_banned"]) == (True, True)


@covers("consent.guardian")
def test_decree_69_article_14_the_guardian_confirms_the_use_from_the_first_day_of_the_decree() -> None:
    ward = account(under_guardianship=True, guardians=frozenset({"g-1"}))
    for day, article in ((LAW, "Decree 69/2024/NĐ-CP, Art. 14"), (LAW - ONE_DAY, None)):
        rules = rules_for(day)
        alone = decide(ward, Requirement(), rules=rules, context=context(), now=NOW)
        assert (alone.outcome, alone.codes) == (STEP_UP, ("GUARDIAN_CONFIRMATION_MISSING",))
        assert alone.reasons[0].article == article
        confirmed = context(guardian_confirmed=True)
        assert decide(ward, Requirement(), rules=rules, context=confirmed, now=NOW).outcome is ALLOW


@covers("consent.private_bodies", "consent.state_bodies")
def test_decree_69_article_19_state_bodies_ask_directly_and_all_others_with_consent() -> None:
    private, state = said("consent.private_bodies"), said("consent.state_bodies")
    assert (private["required"], private["through"]) == (True, "licensed_authentication_provider")
    assert set(private["channels"]) == {"vneid_app", "sms_to_own_number", "other_prescribed"}
    assert (state["required"], state["through"]) == (False, "connection")
    assert (private.article, state.article) == (
        "Decree 69/2024/NĐ-CP, Art. 19(3)",
        "Decree 69/2024/NĐ-CP, Art. 19(2)",
    )


@covers("consent.chip_by_private_bodies", "consent.identity_database")
def test_law_articles_16_and_22_private_bodies_need_consent_for_chip_and_database() -> None:
    chip, database = said("consent.chip_by_private_bodies"), said("consent.identity_database")
    assert (chip["required"], chip.confidence) == (True, "likely")
    assert (database["required"], database["written_request"]) == (True, True)
    assert set(database["agreement_of"]) == {"authority", "person"}
    assert entry("consent.chip_by_private_bodies", LAW - ONE_DAY) is None


# --- personal data -------------------------------------------------------------------------------


@covers("data_class.sensitive", "data_class.basic")
@pytest.mark.parametrize(
    ("item", "expected", "article"),
    [
        ("image_of_identity_card", "sensitive", "Decree 356/2025/NĐ-CP, Art. 4"),
        ("biometrics", "sensitive", "Decree 356/2025/NĐ-CP, Art. 4"),
        ("login_credentials", "sensitive", "Decree 356/2025/NĐ-CP, Art. 4"),
        ("personal_number", "basic", "Decree 356/2025/NĐ-CP, Art. 3"),
        ("date_of_birth", "basic", "Decree 356/2025/NĐ-CP, Art. 3"),
    ],
)
def test_decree_356_the_image_of_a_card_is_sensitive_and_its_number_is_not(
    item: str, expected: str, article: str
) -> None:
    found, rule = data_class(item, rules_for(NEW_LAW))
    assert rule is not None
    assert (found, rule.article, rule.confidence) == (expected, article, "likely")
    assert data_class(item, rules_for(NEW_LAW - ONE_DAY)) == (None, None)
    assert data_class("favourite colour", rules_for(NEW_LAW)) == (None, None)


@covers("data_subject_request.2026")
def test_decree_356_article_5_a_request_is_acknowledged_in_two_working_days() -> None:
    friday = dt.date(2026, 11, 20)
    days = data_request(friday, rules_for(friday))
    assert days is not None
    assert days.acknowledge == dt.date(2026, 11, 24)
    assert (days.act, days.act_at_latest) == (dt.date(2026, 11, 30), dt.date(2026, 12, 20))
    assert days.rule.article == "Decree 356/2025/NĐ-CP, Art. 5"
    later = data_request(friday, rules_for(friday), holidays=[dt.date(2026, 11, 24)])
    assert later is not None
    assert later.acknowledge == dt.date(2026, 11, 25)
    assert data_request(friday, rules_for(NEW_LAW - ONE_DAY)) is None


@covers("breach_notice.before_2026")
def test_decree_13_article_23_a_breach_was_to_be_told_within_72_hours() -> None:
    found = dt.datetime(2025, 12, 31, 16, tzinfo=dt.UTC)
    told = breach_notice_by(found, rules_for(NEW_LAW - ONE_DAY))
    assert told is not None
    assert told[0] - found == dt.timedelta(hours=72)
    assert told[1].article == "Decree 13/2023/NĐ-CP, Art. 23"
    assert breach_notice_by(found, rules_for(NEW_LAW)) is None
    assert breach_notice_by(found, rules_for(dt.date(2023, 6, 30))) is None
