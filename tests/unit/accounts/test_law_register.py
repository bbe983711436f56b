"""Every entry of the rules has its days, its article and a test; every row of the survey of the law has its place.

A change of law is a change of the data *and* of a test: whoever adds, ends or edits an entry fails here first.
"""

from __future__ import annotations

import datetime as dt
import importlib
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from law_register import COVERED, ONE_DAY, entry
from law_rows import NOT_OF_ACCOUNTS, ONLY_IN_THE_DATA, ROWS, Row

DATA = tomllib.loads((files("eid.vietnam") / "rules.toml").read_text(encoding="utf-8"))
ENTRIES = {each["id"]: each for listed in DATA.values() if isinstance(listed, list) for each in listed}

#: Instrument and article, first day, last day, how sure: written down a second time, against slips in the data.
DAYS: dict[str, tuple[str, str, str | None, str]] = {
    "account.citizen_from_14": ("Decree 69/2024/NĐ-CP, Art. 7(1)", "2024-07-01", None, "confirmed"),
    "account.citizen_6_to_13": (
        "Decree 69/2024/NĐ-CP, Art. 7(1), Art. 10(1)(d), Art. 10(2)(đ)",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "account.citizen_below_6": (
        "Decree 69/2024/NĐ-CP, Art. 7(1), Art. 10(1)(d)",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "account.foreigner_from_6": ("Decree 69/2024/NĐ-CP, Art. 7(2), Art. 11", "2024-07-01", None, "confirmed"),
    "account.foreigner_below_6": ("Decree 69/2024/NĐ-CP, Art. 7(2)", "2024-07-01", None, "confirmed"),
    "account.organisation": ("Decree 69/2024/NĐ-CP, Art. 7(3), Art. 12", "2024-07-01", None, "confirmed"),
    "account.citizen_from_14_before_2024": (
        "Decree 59/2022/NĐ-CP, Art. 11",
        "2022-10-20",
        "2024-06-30",
        "likely",
    ),
    "account.citizen_below_14_before_2024": (
        "Decree 59/2022/NĐ-CP, Art. 11",
        "2022-10-20",
        "2024-06-30",
        "likely",
    ),
    "registration.citizen_1": ("Decree 69/2024/NĐ-CP, Art. 10(1)", "2024-07-01", None, "confirmed"),
    "registration.citizen_2": ("Decree 69/2024/NĐ-CP, Art. 10(2)", "2024-07-01", None, "confirmed"),
    "registration.by_guardian_1": ("Decree 69/2024/NĐ-CP, Art. 10(1)(d)", "2024-07-01", None, "confirmed"),
    "registration.by_guardian_2": ("Decree 69/2024/NĐ-CP, Art. 10(2)(đ)", "2024-07-01", None, "confirmed"),
    "registration.foreigner_1": ("Decree 69/2024/NĐ-CP, Art. 11(1)", "2024-07-01", None, "likely"),
    "registration.foreigner_2": ("Decree 69/2024/NĐ-CP, Art. 11(2)", "2024-07-01", None, "confirmed"),
    "registration.organisation": ("Decree 69/2024/NĐ-CP, Art. 12", "2024-07-01", None, "confirmed"),
    "access.citizen_1": ("Decree 69/2024/NĐ-CP, Art. 9(1)", "2024-07-01", None, "confirmed"),
    "access.foreigner_1": ("Decree 69/2024/NĐ-CP, Art. 9(1)", "2024-07-01", None, "confirmed"),
    "access.citizen_2": (
        "Decree 69/2024/NĐ-CP, Art. 9(2), Art. 9(6), Art. 28(3)",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "access.foreigner_2": ("Decree 69/2024/NĐ-CP, Art. 9", "2024-07-01", None, "confirmed"),
    "access.organisation": ("Decree 69/2024/NĐ-CP, Art. 9", "2024-07-01", None, "confirmed"),
    "access.other_accounts": ("Decree 69/2024/NĐ-CP, Art. 9", "2024-07-01", None, "confirmed"),
    "electronic_card.issue": (
        "Decree 69/2024/NĐ-CP, Art. 28(2); Law 26/2023/QH15, Art. 31(1)",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "electronic_card.content": ("Law 26/2023/QH15, Art. 31(2)", "2024-07-01", None, "confirmed"),
    "electronic_card.states": ("Law 26/2023/QH15, Art. 15(5)", "2024-07-01", None, "confirmed"),
    "time_limit.citizen_level_1": ("Decree 69/2024/NĐ-CP, Art. 13", "2024-07-01", None, "confirmed"),
    "time_limit.citizen_level_2": ("Decree 69/2024/NĐ-CP, Art. 13", "2024-07-01", None, "confirmed"),
    "time_limit.citizen_without_card": ("Decree 69/2024/NĐ-CP, Art. 13", "2024-07-01", None, "confirmed"),
    "time_limit.foreigner_level_1": ("Decree 69/2024/NĐ-CP, Art. 13", "2024-07-01", None, "confirmed"),
    "time_limit.foreigner_level_2": ("Decree 69/2024/NĐ-CP, Art. 13", "2024-07-01", None, "confirmed"),
    "time_limit.foreigner_level_2_new_biometrics": (
        "Decree 69/2024/NĐ-CP, Art. 13",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "time_limit.organisation": ("Decree 69/2024/NĐ-CP, Art. 13", "2024-07-01", None, "confirmed"),
    "time_limit.organisation_to_verify": ("Decree 69/2024/NĐ-CP, Art. 13", "2024-07-01", None, "confirmed"),
    "time_limit.activation": ("Decree 69/2024/NĐ-CP, Art. 14", "2024-07-01", None, "confirmed"),
    "time_limit.unlock_card_by_holder": ("Decree 69/2024/NĐ-CP, Art. 30(2)", "2024-07-01", None, "confirmed"),
    "time_limit.unlock_card_by_authority": (
        "Decree 69/2024/NĐ-CP, Art. 30(4), Art. 30(5)",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "time_limit.lock_card_by_authority": ("Decree 69/2024/NĐ-CP, Art. 29", "2024-07-01", None, "likely"),
    "time_limit.lock_card_by_holder": ("Decree 69/2024/NĐ-CP, Art. 29", "2024-07-01", None, "likely"),
    "authentication_level.1": ("Decree 69/2024/NĐ-CP, Art. 20(1)", "2024-07-01", None, "confirmed"),
    "authentication_level.2": ("Decree 69/2024/NĐ-CP, Art. 20(1)", "2024-07-01", None, "confirmed"),
    "authentication_level.3": ("Decree 69/2024/NĐ-CP, Art. 20(1)", "2024-07-01", None, "confirmed"),
    "authentication_level.4": ("Decree 69/2024/NĐ-CP, Art. 20(1)", "2024-07-01", None, "confirmed"),
    "service_level.choice": ("Decree 69/2024/NĐ-CP, Art. 20(2)", "2024-07-01", None, "likely"),
    "factor_category.biometric": ("Decree 69/2024/NĐ-CP, Art. 20(1)", "2024-07-01", None, "confirmed"),
    "factor_category.possession": ("Decree 69/2024/NĐ-CP, Art. 20(1)", "2024-07-01", None, "confirmed"),
    "factor_category.knowledge": ("Decree 69/2024/NĐ-CP, Art. 20(1)", "2024-07-01", None, "confirmed"),
    "lock_reason.holder_request": (
        "Law 26/2023/QH15, Art. 34(1)(a), Art. 34(2)(a)",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "lock_reason.breach_of_app_terms": (
        "Law 26/2023/QH15, Art. 34(1)(b), Art. 34(2)(b)",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "lock_reason.card_revoked_or_withheld": (
        "Law 26/2023/QH15, Art. 34(1)(c), Art. 34(2)(c)",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "lock_reason.holder_died": ("Law 26/2023/QH15, Art. 34(1)(d)", "2024-07-01", None, "confirmed"),
    "lock_reason.authority_request": (
        "Law 26/2023/QH15, Art. 34(1)(đ), Art. 34(2)(d)",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "lock_authority.account": ("Decree 69/2024/NĐ-CP, Art. 16", "2024-07-01", None, "confirmed"),
    "lock_authority.electronic_identity_card": (
        "Law 26/2023/QH15, Art. 34(4)",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "automatic_unlock.electronic_identity_card": (
        "Decree 69/2024/NĐ-CP, Art. 30(1)",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "lock_cases.account": ("Decree 69/2024/NĐ-CP, Art. 15", "2024-07-01", None, "unconfirmed"),
    "lock_cases.account_before_2024": ("Decree 59/2022/NĐ-CP, Art. 19", "2022-10-20", "2024-06-30", "likely"),
    "card_validity.law_2023": ("Law 26/2023/QH15, Art. 19, Art. 21", "2024-07-01", None, "confirmed"),
    "card_validity.law_2014": ("Law 59/2014/QH13, Art. 21", "2016-01-01", "2024-06-30", "likely"),
    "card_validity_transition.citizen_card_2014": (
        "Law 26/2023/QH15, Art. 46(1)",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "card_validity_transition.nine_digits": (
        "Law 26/2023/QH15, Art. 46(2)",
        "2024-07-01",
        "2024-12-31",
        "confirmed",
    ),
    "card_validity_transition.expired_early_2024": (
        "Law 26/2023/QH15, Art. 46(3)",
        "2024-01-15",
        "2024-06-30",
        "confirmed",
    ),
    "retention.access_history": ("Decree 69/2024/NĐ-CP, Art. 17(2)", "2024-07-01", None, "likely"),
    "retention.electronic_card": ("Decree 69/2024/NĐ-CP, Art. 28(4)", "2024-07-01", None, "confirmed"),
    "retention.card_usage_history": ("Decree 69/2024/NĐ-CP, Art. 28(4)", "2024-07-01", None, "confirmed"),
    "transaction_history.evidence": (
        "Law on Electronic Transactions 20/2023/QH15, Art. 46",
        "2024-07-01",
        None,
        "likely",
    ),
    "result_use.no_sharing": ("Decree 69/2024/NĐ-CP, Art. 19(4)", "2024-07-01", None, "confirmed"),
    "result_use.no_reuse": ("Decree 69/2024/NĐ-CP, Art. 19(4)", "2024-07-01", None, "confirmed"),
    "result_use.no_resharing": (
        "Decree 320/2026/NĐ-CP, amending Decree 69/2024/NĐ-CP, Art. 40",
        "2026-09-28",
        None,
        "likely",
    ),
    "result_use.electronic_card_prevails": ("Law 26/2023/QH15, Art. 33(2)", "2024-07-01", None, "confirmed"),
    "result_use.no_double_papers": ("Law 26/2023/QH15, Art. 20(3)", "2024-07-01", None, "confirmed"),
    "result_use.approval": ("Decree 69/2024/NĐ-CP, Art. 14", "2024-07-01", None, "confirmed"),
    "consent.private_bodies": ("Decree 69/2024/NĐ-CP, Art. 19(3)", "2024-07-01", None, "confirmed"),
    "consent.state_bodies": ("Decree 69/2024/NĐ-CP, Art. 19(2)", "2024-07-01", None, "confirmed"),
    "consent.identity_database": (
        "Law 26/2023/QH15, Art. 16(3)(c); Decree 70/2024/NĐ-CP, Art. 8",
        "2024-07-01",
        None,
        "likely",
    ),
    "consent.chip_by_private_bodies": ("Law 26/2023/QH15, Art. 22(5)", "2024-07-01", None, "likely"),
    "consent.guardian": ("Decree 69/2024/NĐ-CP, Art. 14", "2024-07-01", None, "confirmed"),
    "consent.processing": ("Decree 356/2025/NĐ-CP, Art. 6", "2026-01-01", None, "likely"),
    "consent.processing_before_2026": (
        "Decree 13/2023/NĐ-CP, Art. 11",
        "2023-07-01",
        "2025-12-31",
        "confirmed",
    ),
    "data_class.sensitive": ("Decree 356/2025/NĐ-CP, Art. 4", "2026-01-01", None, "likely"),
    "data_class.basic": ("Decree 356/2025/NĐ-CP, Art. 3", "2026-01-01", None, "likely"),
    "data_subject_request.2026": ("Decree 356/2025/NĐ-CP, Art. 5", "2026-01-01", None, "likely"),
    "breach_notice.before_2026": ("Decree 13/2023/NĐ-CP, Art. 23", "2023-07-01", "2025-12-31", "confirmed"),
    "bank_threshold.transfer_c": ("Decision 2345/QĐ-NHNN, Art. 1", "2024-07-01", None, "confirmed"),
    "bank_threshold.payment_c": (
        "Decision 2345/QĐ-NHNN, Art. 1, Appendix 01 (I.2)",
        "2024-07-01",
        None,
        "likely",
    ),
    "bank_threshold.payment_d": (
        "Decision 2345/QĐ-NHNN, Art. 1, Appendix 01 (I.2)",
        "2024-07-01",
        None,
        "likely",
    ),
    "bank_exemption.own_account": (
        "Decision 2345/QĐ-NHNN, Art. 1, Appendix 01 (I.1)",
        "2024-07-01",
        None,
        "likely",
    ),
    "bank_class.order": ("Decision 2345/QĐ-NHNN, Art. 1", "2024-07-01", None, "likely"),
    "bank_precondition.account_individual": (
        "Circular 17/2024/TT-NHNN, Art. 17(5)(c), Art. 23(3)",
        "2025-01-01",
        None,
        "confirmed",
    ),
    "bank_precondition.account_organisation": (
        "Circular 17/2024/TT-NHNN, Art. 17(5)(c), Art. 23",
        "2025-07-01",
        None,
        "likely",
    ),
    "bank_precondition.card": (
        "Circular 18/2024/TT-NHNN, Art. 16(6), Art. 28(3)",
        "2025-01-01",
        None,
        "confirmed",
    ),
    "bank_precondition.card_special_control": (
        "Circular 18/2024/TT-NHNN, Art. 16(6), Art. 28(3)",
        "2025-07-01",
        None,
        "confirmed",
    ),
    "bank_precondition.new_device": ("Decision 2345/QĐ-NHNN, Art. 1", "2024-07-01", None, "likely"),
    "bank_confirmation_forms.2025": ("Circular 50/2024/TT-NHNN, Art. 11", "2025-01-01", None, "likely"),
    "linking_deadline.platforms": ("Decree 320/2026/NĐ-CP, Art. 20(3)", "2026-09-28", None, "likely"),
    "linking_deadline.banking": ("Decree 320/2026/NĐ-CP, Art. 20(3)", "2026-09-28", None, "likely"),
    "linking_scope.sectors": (
        "Decree 69/2024/NĐ-CP, Art. 40(9), Art. 40(10), added by Decree 320/2026/NĐ-CP",
        "2026-09-28",
        None,
        "likely",
    ),
    "identification_duty.sellers": ("Law 122/2025/QH15; Decree 248/2026/NĐ-CP", "2026-07-01", None, "likely"),
    "portal_account.organisation": (
        "Decree 69/2024/NĐ-CP, Art. 40(4)",
        "2024-07-01",
        "2025-06-30",
        "confirmed",
    ),
    "portal_account.citizen": ("Decree 69/2024/NĐ-CP, Art. 40", "2024-07-01", None, "likely"),
    "personal_number.format": (
        "Law 26/2023/QH15, Art. 12; Decree 70/2024/NĐ-CP, Art. 11",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "personal_number.layout": (
        "Decree 137/2015/NĐ-CP, Art. 13; Circular 07/2016/TT-BCA, Art. 7",
        "2016-02-15",
        None,
        "likely",
    ),
    "personal_number_change.reasons": (
        "Decree 70/2024/NĐ-CP, Art. 11(7), Art. 11(11)",
        "2024-07-01",
        None,
        "confirmed",
    ),
    "units.provinces": ("Resolution 202/2025/QH15, Art. 1", "2025-07-01", None, "confirmed"),
}


def test_every_entry_stands_here_with_its_days() -> None:
    assert set(ENTRIES) == set(DAYS)


@pytest.mark.parametrize("name", DAYS)
def test_an_entry_begins_and_ends_on_its_days_and_names_its_article(name: str) -> None:
    article, since, until, confidence = DAYS[name]
    first = dt.date.fromisoformat(since)
    assert entry(name, first - ONE_DAY) is None
    rule = entry(name, first)
    assert rule is not None
    assert (rule.article, rule.confidence) == (article, confidence)
    if until is None:
        assert entry(name, dt.date(2099, 12, 31)) is not None
    else:
        last = dt.date.fromisoformat(until)
        assert entry(name, last) is not None
        assert entry(name, last + ONE_DAY) is None


def test_every_entry_has_a_test_of_what_it_says() -> None:
    for file in sorted(Path(__file__).parent.glob("test_law_*.py")):
        importlib.import_module(file.stem)  # what is marked there enters the register
    assert set(COVERED) - set(ENTRIES) == set(), "tests of entries that do not exist"
    assert set(ENTRIES) - set(COVERED) == set(), "entries without a test"


def test_every_row_of_the_survey_has_an_entry_or_a_reason() -> None:
    named = {name for row in ROWS for name in row.entries}
    assert named - set(ENTRIES) == set()
    assert set(ENTRIES) - named == ONLY_IN_THE_DATA
    for row in ROWS:
        assert row.entries or row.why in NOT_OF_ACCOUNTS, row
    counted = [sum(row.section == section for row in ROWS) for section in range(1, 12)]
    assert counted == [8, 12, 11, 5, 10, 4, 12, 11, 11, 6, 10]


@pytest.mark.parametrize("row", [row for row in ROWS if row.entries], ids=str)
def test_a_row_and_its_entries_name_the_same_article(row: Row) -> None:
    for name in row.entries:
        source = ENTRIES[name]["source"]
        for part in row.articles:
            assert part in source, (name, part)
