"""Time limits, retention and the linking of accounts elsewhere: the last day in time, and the day after.

Decree 69/2024/NĐ-CP, Art. 13, 14, 17, 28 to 30, 40; Decree 320/2026/NĐ-CP, Art. 20; Law on Electronic Transactions
20/2023/QH15, Art. 46. 21 November 2026 is a Saturday.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from account_samples import DAY, HOLDER, NOW, OFFICER, account, context
from law_register import LAW, ONE_DAY, TODAY, covers, entry, said

from eid.accounts.decision import DecisionOutcome, decide
from eid.accounts.lifecycle import commands as c
from eid.accounts.lifecycle.execute import handle
from eid.accounts.model import HolderKind, Link
from eid.accounts.requirement import Requirement
from eid.accounts.usage import UsageKind
from eid.accounts.usage.retention import retention
from eid.errors import ActivationWindowPassed, InputError
from eid.vietnam.deadlines import link_duty, own_portal_account, time_limit
from eid.vietnam.rules import rules_for

CITIZEN, FOREIGNER, ORGANISATION = HolderKind.CITIZEN, HolderKind.FOREIGNER, HolderKind.ORGANISATION
MONDAY = dt.date(2026, 11, 23)


@covers(
    "time_limit.citizen_level_1",
    "time_limit.citizen_level_2",
    "time_limit.citizen_without_card",
    "time_limit.foreigner_level_1",
    "time_limit.foreigner_level_2",
    "time_limit.foreigner_level_2_new_biometrics",
    "time_limit.organisation",
    "time_limit.organisation_to_verify",
)
@pytest.mark.parametrize(
    ("holder", "level", "condition", "days", "from_monday"),
    [
        (CITIZEN, 1, "valid_card", 1, dt.date(2026, 11, 24)),
        (CITIZEN, 2, "valid_card", 3, dt.date(2026, 11, 26)),
        (CITIZEN, 1, "card_expired_or_none", 7, dt.date(2026, 12, 2)),
        (CITIZEN, 2, "card_expired_or_none", 7, dt.date(2026, 12, 2)),
        (FOREIGNER, 1, None, 1, dt.date(2026, 11, 24)),
        (FOREIGNER, 2, "face_and_fingerprints_on_file", 3, dt.date(2026, 11, 26)),
        (FOREIGNER, 2, "face_and_fingerprints_not_on_file", 7, dt.date(2026, 12, 2)),
        (ORGANISATION, None, "data_in_national_or_sector_database", 3, dt.date(2026, 11, 26)),
        (ORGANISATION, None, "data_to_be_verified", 15, dt.date(2026, 12, 8)),
    ],
)
def test_decree_69_article_13_until_when_an_account_is_issued(
    holder: HolderKind, level: int | None, condition: str | None, days: int, from_monday: dt.date
) -> None:
    case = {"holder": holder, "level": level, "condition": condition}
    limit = time_limit(rules_for(LAW), "issue_account", **case)  # type: ignore[arg-type]
    assert limit is not None
    assert (limit.days, limit.working) == (days, condition != "data_to_be_verified")
    assert limit.rule.article == "Decree 69/2024/NĐ-CP, Art. 13"
    assert limit.last_day(MONDAY) == from_monday
    assert time_limit(rules_for(LAW - ONE_DAY), "issue_account", **case) is None  # type: ignore[arg-type]


def test_a_limit_is_given_only_for_exactly_the_case() -> None:
    rules = rules_for(TODAY)
    assert time_limit(rules, "issue_account", holder=CITIZEN, level=1) is None  # with a card, or without?
    assert time_limit(rules, "issue_account", holder=FOREIGNER, level=2) is None
    assert time_limit(rules, "bake_a_cake") is None


def test_working_days_pass_over_week_ends_and_holidays() -> None:
    limit = time_limit(rules_for(TODAY), "issue_account", holder=CITIZEN, level=2, condition="valid_card")
    assert limit is not None
    assert limit.last_day(dt.date(2026, 11, 20)) == dt.date(2026, 11, 25)  # a Friday
    assert limit.last_day(dt.date(2026, 11, 21)) == dt.date(2026, 11, 25)  # the Saturday after it
    off = [dt.date(2026, 11, 24), dt.date(2026, 11, 25)]
    assert limit.last_day(MONDAY, holidays=off) == dt.date(2026, 11, 30)
    with pytest.raises(InputError):
        limit.last_day(MONDAY, holidays=[MONDAY + n * ONE_DAY for n in range(10_001)])


@covers("time_limit.activation")
def test_decree_69_article_14_activation_within_seven_days_of_the_notice() -> None:
    wanted, rules = Requirement(), rules_for(TODAY)
    in_time = account(activated_at=None, notified_at=NOW - 7 * DAY)
    too_late = replace(in_time, notified_at=NOW - 7 * DAY - dt.timedelta(seconds=1))
    for subject, code in ((in_time, "NOT_ACTIVATED"), (too_late, "ACTIVATION_WINDOW_PASSED")):
        decision = decide(subject, wanted, rules=rules, context=context(), now=NOW)
        assert (decision.outcome, decision.codes) == (DecisionOutcome.STEP_UP, (code,))
        assert decision.reasons[0].article == "Decree 69/2024/NĐ-CP, Art. 14"
    assert handle(in_time, c.Activate(), actor=HOLDER, rules=rules, now=NOW)
    with pytest.raises(ActivationWindowPassed) as caught:  # the decision and the command agree
        handle(too_late, c.Activate(), actor=HOLDER, rules=rules, now=NOW)
    assert caught.value.article == "Decree 69/2024/NĐ-CP, Art. 14"
    assert handle(too_late, c.Activate(), actor=OFFICER, rules=rules, now=NOW)  # the hotline
    before = decide(too_late, wanted, rules=rules_for(LAW - ONE_DAY), context=context(), now=NOW)
    assert before.codes == ("NOT_ACTIVATED",)


@covers(
    "time_limit.lock_card_by_holder",
    "time_limit.lock_card_by_authority",
    "time_limit.unlock_card_by_holder",
    "time_limit.unlock_card_by_authority",
)
@pytest.mark.parametrize(
    ("event", "condition", "days", "article", "confidence"),
    [
        ("lock", "holder_request", 0, "Decree 69/2024/NĐ-CP, Art. 29", "likely"),
        ("lock", "authority_request", 3, "Decree 69/2024/NĐ-CP, Art. 29", "likely"),
        ("unlock", "holder_request", 0, "Decree 69/2024/NĐ-CP, Art. 30(2)", "confirmed"),
        ("unlock", "authority_request", 3, "Decree 69/2024/NĐ-CP, Art. 30(4), Art. 30(5)", "confirmed"),
    ],
)
def test_decree_69_articles_29_and_30_holders_at_once_authorities_in_three_working_days(
    event: str, condition: str, days: int, article: str, confidence: str
) -> None:
    limit = time_limit(rules_for(TODAY), f"{event}_electronic_identity_card", condition=condition)
    assert limit is not None
    assert (limit.rule.article, limit.rule.confidence) == (article, confidence)
    assert limit.last_day(MONDAY) == MONDAY + days * ONE_DAY


# --- retention -----------------------------------------------------------------------------------


@covers("retention.access_history", "retention.card_usage_history")
@pytest.mark.parametrize(
    ("what", "article"),
    [
        ("access_history_of_the_identification_system", "Decree 69/2024/NĐ-CP, Art. 17(2)"),
        ("electronic_identity_card_usage_history", "Decree 69/2024/NĐ-CP, Art. 28(4)"),
    ],
)
def test_decree_69_a_use_is_kept_for_five_years_and_not_a_second_less(what: str, article: str) -> None:
    kept = retention(rules_for(LAW), own={UsageKind.CHECK: 30 * DAY}, bound_by=[what])
    assert kept.articles == (article,)
    used = dt.datetime(2024, 7, 1, 9, tzinfo=dt.UTC)
    until = used.replace(year=2029)
    assert kept.due(until)[UsageKind.CHECK] == used  # what is older goes; this use does not yet
    assert kept.due(until + dt.timedelta(seconds=1))[UsageKind.CHECK] > used
    with pytest.raises(InputError):
        retention(rules_for(LAW - ONE_DAY), own={UsageKind.CHECK: DAY}, bound_by=[what])


@covers("retention.electronic_card")
def test_decree_69_article_28_4_the_electronic_card_is_kept_for_good() -> None:
    kept = retention(rules_for(LAW), own={UsageKind.CHECK: DAY}, bound_by=["electronic_identity_card"])
    assert kept.articles == ("Decree 69/2024/NĐ-CP, Art. 28(4)",)
    assert kept.due(dt.datetime(9999, 1, 1, tzinfo=dt.UTC)) == {}
    assert retention(rules_for(LAW), own={UsageKind.CHECK: DAY}).due(NOW)[UsageKind.CHECK] == NOW - DAY


@covers("transaction_history.evidence")
def test_law_on_electronic_transactions_article_46_what_a_history_needs_as_evidence() -> None:
    rule = said("transaction_history.evidence")
    assert set(rule["requires"]) == {"secure_system", "tied_to_one_holder", "national_standard_time"}
    assert rule.confidence == "likely"


# --- accounts elsewhere --------------------------------------------------------------------------


@covers("linking_deadline.platforms", "linking_deadline.banking")
@pytest.mark.parametrize(
    ("scope", "last"), [("platform", dt.date(2026, 12, 31)), ("banking", dt.date(2027, 6, 30))]
)
def test_decree_320_article_20_3_an_account_is_overdue_the_day_after(scope: str, last: dt.date) -> None:
    other = {"platform": "banking", "banking": "platform"}[scope]
    without = account(links=(Link(other, "reference", NOW),))
    linked = account(links=(Link(scope, "reference", NOW),))
    for day, overdue in ((last, False), (last + ONE_DAY, True)):
        duty = link_duty(without, scope, rules_for(day))
        assert duty is not None
        assert (duty.last_day, duty.linked, duty.overdue) == (last, False, overdue)
        assert (duty.rule.article, duty.rule.confidence) == ("Decree 320/2026/NĐ-CP, Art. 20(3)", "likely")
        duty = link_duty(linked, scope, rules_for(day))
        assert duty is not None
        assert (duty.linked, duty.overdue) == (True, False)
    first = dt.date(2026, 9, 28)
    assert link_duty(without, scope, rules_for(first)) is not None
    assert link_duty(without, scope, rules_for(first - ONE_DAY)) is None


@covers("linking_scope.sectors", "identification_duty.sellers")
def test_decree_320_and_law_122_whom_it_concerns() -> None:
    sectors = said("linking_scope.sectors")["sectors"]
    assert len(sectors) == 11
    assert {"banking", "telecom", "social_networks"} <= set(sectors)
    assert entry("linking_scope.sectors", dt.date(2026, 9, 27)) is None
    sellers = said("identification_duty.sellers")
    assert (sellers["who"], sellers["by"]) == ("sellers_on_platforms", "electronic_identity")
    assert entry("identification_duty.sellers", dt.date(2026, 6, 30)) is None


@covers("portal_account.organisation", "portal_account.citizen")
def test_decree_69_article_40_own_portal_accounts_ended_for_organisations_on_30_june_2025() -> None:
    last = dt.date(2025, 6, 30)
    usable, rule = own_portal_account(ORGANISATION, rules_for(last))
    assert rule is not None
    assert (usable, rule.article) == (True, "Decree 69/2024/NĐ-CP, Art. 40(4)")
    assert own_portal_account(ORGANISATION, rules_for(last + ONE_DAY)) == (False, None)
    usable, rule = own_portal_account(CITIZEN, rules_for(LAW))
    assert rule is not None
    assert (usable, rule.article, rule.confidence) == (False, "Decree 69/2024/NĐ-CP, Art. 40", "likely")
    assert own_portal_account(CITIZEN, rules_for(LAW - ONE_DAY)) == (False, None)
