"""How long entries keep their content: Decree 69/2024/NĐ-CP, Art. 17(2) and 28(4), and the service's own time."""

from __future__ import annotations

import datetime as dt

import pytest
import usage_samples as samples

from eid.accounts.usage import UsageKind
from eid.accounts.usage.log import MemoryUsageLog
from eid.accounts.usage.retention import retention
from eid.errors import InputError
from eid.vietnam.rules import rules_for

RULES = rules_for(dt.date(2026, 11, 21))
ACCESS, USE = "access_history_of_the_identification_system", "electronic_identity_card_usage_history"
CHECKS = {UsageKind.CHECK: 30 * samples.DAY}
NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)


def test_a_service_that_no_rule_binds_keeps_its_own_time() -> None:
    due = retention(RULES, own=CHECKS).due(NOW)
    assert due == {UsageKind.CHECK: NOW - 30 * samples.DAY}


@pytest.mark.parametrize(("what", "article"), [(ACCESS, "Art. 17(2)"), (USE, "Art. 28(4)")])
def test_a_rule_of_five_years_is_longer_than_a_month_and_shorter_than_ten_years(
    what: str, article: str
) -> None:
    bound = retention(RULES, own=CHECKS, bound_by=[what])
    assert bound.due(NOW) == {UsageKind.CHECK: dt.datetime(2021, 11, 21, 9, tzinfo=dt.UTC)}
    assert bound.articles == (f"Decree 69/2024/NĐ-CP, {article}",)
    longer = {UsageKind.CHECK: 3653 * samples.DAY}
    assert retention(RULES, own=longer, bound_by=[what]).due(NOW) == {
        UsageKind.CHECK: NOW - 3653 * samples.DAY
    }


def test_five_years_to_the_moment() -> None:
    log = MemoryUsageLog(key=samples.KEY)
    edge = dt.datetime(2021, 11, 21, 9, tzinfo=dt.UTC)
    log.append(*(samples.entry(0, at=edge + step) for step in (-dt.timedelta.resolution, dt.timedelta(0))))
    due = retention(RULES, own=CHECKS, bound_by=[ACCESS]).due(NOW)
    log.expire(due, at=NOW, requester="office")
    assert [entry.expired for entry in log.entries(0, 2)] == [True, False]


def test_a_leap_day_takes_nothing_a_day_early() -> None:
    leap = dt.datetime(2028, 2, 29, 9, tzinfo=dt.UTC)
    due = retention(RULES, own=CHECKS, bound_by=[USE]).due(leap)
    assert due == {UsageKind.CHECK: dt.datetime(2023, 2, 28, 9, tzinfo=dt.UTC)}


def test_what_is_kept_for_good_is_never_due() -> None:
    assert retention(RULES, own=CHECKS, bound_by=["electronic_identity_card"]).due(NOW) == {}


def test_kinds_that_are_not_named_are_kept() -> None:
    assert retention(RULES, own={}, bound_by=[ACCESS]).due(NOW) == {}


@pytest.mark.parametrize(
    ("own", "bound_by"),
    [
        ({UsageKind.CHECK: -samples.DAY}, []),
        ({UsageKind.ERASURE: samples.DAY}, []),
        ({UsageKind.EXPIRY: samples.DAY}, []),
        (CHECKS, ["never heard of"]),
    ],
)
def test_what_makes_no_sense_is_refused(own: dict[UsageKind, dt.timedelta], bound_by: list[str]) -> None:
    with pytest.raises(InputError):
        retention(RULES, own=own, bound_by=bound_by)
