"""Cards by age at issue, documents of earlier laws, and the number: the day before and the day itself.

Law 26/2023/QH15, Art. 12, 19, 21, 46; Law 59/2014/QH13, Art. 21; Decree 70/2024/NĐ-CP, Art. 11; Resolution 202/2025/QH15.
"""

from __future__ import annotations

import datetime as dt

import pytest
from account_samples import NOW, OFFICER, account
from law_register import LAW, ONE_DAY, TODAY, covers, entry, said

from eid.accounts.lifecycle import commands as c
from eid.accounts.lifecycle.execute import handle
from eid.document.dates import PartialDate
from eid.errors import InputError, NumberChangeRefused, PersonalNumberError
from eid.vietnam.card_validity import card_validity, kept_valid, must_hold_card
from eid.vietnam.number import parse_number
from eid.vietnam.provinces import MERGER, PROVINCES, UNITS
from eid.vietnam.rules import rules_for


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@covers("card_validity.law_2023", "card_validity.law_2014")
@pytest.mark.parametrize(
    ("born", "issued", "ends"),
    [
        # Two years before each age of renewal, and the day before that.
        ("2013-05-20", "2025-05-19", "2027-05-20"),  # below 12: to 14
        ("2013-05-20", "2025-05-20", "2038-05-20"),  # 12 on the day: to 25
        ("2002-05-20", "2025-05-19", "2027-05-20"),  # below 23: to 25
        ("2002-05-20", "2025-05-20", "2042-05-20"),  # 23: to 40
        ("1987-05-20", "2025-05-19", "2027-05-20"),  # below 38: to 40
        ("1987-05-20", "2025-05-20", "2047-05-20"),  # 38: to 60
        ("1966-11-30", "2024-11-29", "2026-11-30"),  # below 58: to 60
        ("1966-11-30", "2024-11-30", None),  # 58: no expiry
        ("2024-08-01", "2024-08-01", "2038-08-01"),  # on the day of birth: to 14
        # The earlier law: from 14, to 25, 40, 60.
        ("2008-07-04", "2022-07-04", "2033-07-04"),
        ("1999-07-04", "2022-07-03", "2024-07-04"),
        ("1999-07-04", "2022-07-04", "2039-07-04"),
        # Both sides of the day on which the law changed, at 12: the earlier law issued no such card.
        ("2012-07-01", "2024-07-01", "2037-07-01"),
    ],
)
def test_law_article_21_valid_to_the_next_age_of_renewal(born: str, issued: str, ends: str | None) -> None:
    found = card_validity(day(born), day(issued))
    assert found is not None
    assert found.ends == (day(ends) if ends else None)
    law = "Law 26/2023/QH15, Art. 19, Art. 21" if day(issued) >= LAW else "Law 59/2014/QH13, Art. 21"
    assert found.rule.article == law
    assert found.allows(found.ends)
    assert not found.allows(day("2031-01-01"))


def test_the_earlier_law_issued_no_card_below_fourteen_and_before_it_nothing_is_known() -> None:
    assert card_validity(day("2010-06-30"), LAW - ONE_DAY) is not None
    assert card_validity(day("2010-07-01"), LAW - ONE_DAY) is None
    assert card_validity(day("2010-07-01"), LAW) is not None
    assert card_validity(day("1990-01-01"), day("2016-01-01")) is not None
    assert card_validity(day("1990-01-01"), day("2015-12-31")) is None
    with pytest.raises(InputError):
        card_validity(day("2026-01-02"), day("2026-01-01"))


def test_born_on_29_february_both_days_may_be_printed() -> None:
    leap = card_validity(day("2000-02-29"), day("2024-08-01"))
    assert leap is not None
    assert (leap.ends, leap.also) == (day("2040-02-29"), None)
    other = card_validity(day("2012-02-29"), day("2024-08-01"))
    assert other is not None
    assert (other.ends, other.also) == (day("2037-02-28"), day("2037-03-01"))
    assert other.allows(day("2037-03-01"))
    assert not other.allows(None)


def test_law_article_19_who_is_fourteen_must_hold_a_card() -> None:
    assert not must_hold_card(day("2012-11-22"), TODAY)
    assert must_hold_card(day("2012-11-21"), TODAY)
    assert not must_hold_card(day("1990-01-01"), day("2015-12-31"))


def test_no_expiry_begins_two_years_before_the_last_age_of_renewal() -> None:
    for name, on in (("card_validity.law_2023", LAW), ("card_validity.law_2014", LAW - ONE_DAY)):
        rule = said(name, on)
        assert rule["no_expiry_from_age"] == rule["renewal_ages"][-1] - rule["early_window_years"]


@covers(
    "card_validity_transition.citizen_card_2014",
    "card_validity_transition.nine_digits",
    "card_validity_transition.expired_early_2024",
)
@pytest.mark.parametrize(
    ("document", "first", "last", "article"),
    [
        ("citizen_card_2014_law", "2024-07-01", None, "Law 26/2023/QH15, Art. 46(1)"),
        ("nine_digit_identity_card", "2024-07-01", "2024-12-31", "Law 26/2023/QH15, Art. 46(2)"),
        (
            "cards_expiring_2024-01-15_to_2024-06-30",
            "2024-01-15",
            "2024-06-30",
            "Law 26/2023/QH15, Art. 46(3)",
        ),
    ],
)
def test_law_article_46_until_when_documents_of_the_earlier_law_are_good(
    document: str, first: str, last: str | None, article: str
) -> None:
    assert kept_valid(document, rules_for(day(first) - ONE_DAY)) is None
    for on in (first, last or "2099-01-01"):
        rule = kept_valid(document, rules_for(day(on)))
        assert rule is not None
        assert rule.article == article
    if last:
        assert kept_valid(document, rules_for(day(last) + ONE_DAY)) is None


@covers("personal_number.format", "personal_number.layout")
def test_law_article_12_a_number_has_twelve_digits_and_no_check_digit() -> None:
    assert (said("personal_number.format")["digits"], said("personal_number.format")["check_digit"]) == (
        12,
        False,
    )
    assert len(said("personal_number.layout")["layout"].replace(" ", "")) == 12
    for number in ("001099012349", "001099012340"):
        assert parse_number(number).birth_year == 1999
    for wrong in ("00109901234", "0010990123490"):
        with pytest.raises(PersonalNumberError):
            parse_number(wrong)


@covers("personal_number_change.reasons")
def test_decree_70_article_11_a_number_is_set_anew_for_listed_reasons_and_never_used_again() -> None:
    rule = said("personal_number_change.reasons")
    assert rule["old_number_reused"] is False
    subject = account(subjects=("001099012349",))
    listed = {
        "sex_redetermined",
        "birth_year_corrected",
        "error_in_birth_registration_place_birth_year_or_sex",
        "number_obtained_with_forged_papers",
    }
    assert set(rule["reasons"]) == listed

    def renumber(reason: str, to: str = "001199012340") -> object:
        birth = PartialDate(1998, 7, 4) if reason == "birth_year_corrected" else None
        command = c.Renumber(subject=to, reason=reason, birth_date=birth)
        return handle(subject, command, actor=OFFICER, rules=rules_for(TODAY), now=NOW)

    for reason in listed:
        assert renumber(reason)
    with pytest.raises(NumberChangeRefused) as caught:
        renumber("a nicer number")
    assert caught.value.article == "Decree 70/2024/NĐ-CP, Art. 11(7), Art. 11(11)"
    assert renumber("sex_redetermined", "001099012349") == ()


@covers("units.provinces")
def test_resolution_202_34_provinces_of_63_and_no_number_changed() -> None:
    rule = said("units.provinces")
    assert (rule["provinces_before"], rule["provinces_after"], rule["numbers_change"]) == (63, 34, False)
    assert entry("units.provinces", dt.date(2025, 6, 30)) is None
    assert rule.since == MERGER
    assert (len(PROVINCES), len(UNITS)) == (63, 34)
    # So a prefix of a province that is no more is still good.
    assert parse_number("002099012349").warnings == ()
