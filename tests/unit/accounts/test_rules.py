"""Rules as data: what cannot be read is refused when it is loaded, so that no decision fails on it later."""

from __future__ import annotations

import copy
import datetime as dt
import tomllib
from importlib.resources import files
from typing import Any

import pytest
from account_samples import NOW, account, accounts, calmly, context, contexts, factor, requirements
from hypothesis import given
from hypothesis import strategies as st

from eid.accounts.decision import decide
from eid.accounts.model import Account, HolderKind
from eid.accounts.requirement import Context, Requirement
from eid.accounts.rule_shapes import CONFIDENCE
from eid.accounts.rules import RuleBook, surest, weakest
from eid.errors import InputError, RulesError
from eid.vietnam import rules
from eid.vietnam.rules import rules_for

DAY = dt.date(2026, 11, 21)
DATA = tomllib.loads((files("eid.vietnam") / "rules.toml").read_text(encoding="utf-8"))
ENTRY = {"source": "A law, Art. 1", "from": dt.date(2020, 1, 1), "confidence": "confirmed"}


def book(kind: str, **values: Any) -> RuleBook:
    return RuleBook({kind: [{**ENTRY, **values}]}, day=DAY)


# --- days ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        (dt.datetime(2024, 6, 30, 16, 59, 59, 999_999, tzinfo=dt.UTC), dt.date(2024, 6, 30)),
        (dt.datetime(2024, 6, 30, 17, tzinfo=dt.UTC), dt.date(2024, 7, 1)),
        (dt.datetime(2024, 7, 1, 0, tzinfo=dt.timezone(dt.timedelta(hours=7))), dt.date(2024, 7, 1)),
        (dt.datetime(2024, 6, 30, 12, tzinfo=dt.timezone(dt.timedelta(hours=-5))), dt.date(2024, 7, 1)),
    ],
)
def test_a_law_begins_at_midnight_in_viet_nam(utc: dt.datetime, day: dt.date) -> None:
    assert rules.at(utc).day == rules.day_of(utc) == day
    assert rules.at(utc) is rules_for(day)
    known = bool(rules.at(utc).eligibility(HolderKind.FOREIGNER, 30))
    assert known is (day >= dt.date(2024, 7, 1))


def test_a_time_without_a_zone_has_no_day() -> None:
    with pytest.raises(InputError):
        rules.at(dt.datetime(2026, 11, 21))


def test_an_adult_is_one_by_the_day_in_viet_nam() -> None:
    """At 17:30 in London the birthday has begun in Ha Noi."""
    from eid.document.dates import PartialDate

    subject = account(birth_date=PartialDate(2008, 11, 22))
    wanted = Requirement(min_age=18)
    for hour, code in ((16, "TOO_YOUNG"), (17, "AGE_MET")):
        now = dt.datetime(2026, 11, 21, hour, tzinfo=dt.UTC)
        decision = decide(subject, wanted, rules=rules.at(now), context=context(), now=now)
        assert decision.reasons[0].code == code


def test_data_name_themselves_exactly() -> None:
    book_ = rules_for(DAY)
    assert book_.as_of == dt.date(2026, 11, 21)
    assert book_.version == rules_for(dt.date(2020, 1, 1)).version
    changed = copy.deepcopy(DATA)
    changed["account"][0]["age_min"] = 15
    assert RuleBook(changed, day=DAY).version != book_.version
    assert RuleBook(DATA, day=DAY).version == book_.version
    assert RuleBook({}, day=DAY).as_of is None


# --- entries -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"source": ""},
        {"source": None},
        {"from": "2024-07-01"},
        {"from": dt.datetime(2024, 7, 1, tzinfo=dt.UTC)},
        {"until": dt.date(2019, 12, 31)},
        {"until": "2025-01-01"},
        {"confidence": "sure"},
        {"confidence": None},
        {"id": 7},
    ],
)
def test_an_entry_without_article_days_or_confidence_is_refused(change: dict[str, Any]) -> None:
    book("anything")
    with pytest.raises(RulesError):
        book("anything", **change)


def test_two_entries_of_one_id_and_entries_that_are_none_are_refused() -> None:
    with pytest.raises(RulesError):
        RuleBook({"a": [{**ENTRY, "id": "x"}], "b": [{**ENTRY, "id": "x"}]}, day=DAY)
    with pytest.raises(RulesError):
        RuleBook({"a": [1]}, day=DAY)


@pytest.mark.parametrize(
    ("kind", "values", "change"),
    [
        ("account", {"holder": "citizen", "levels": [1]}, {"levels": 1}),
        ("account", {"holder": "citizen", "levels": [1]}, {"levels": ["1"]}),
        ("account", {"holder": "citizen", "levels": [1]}, {"levels": [True]}),
        ("account", {"holder": "citizen", "levels": [1]}, {"age_min": "14"}),
        ("account", {"holder": "citizen", "levels": [1]}, {"age_min": -1}),
        ("account", {"holder": "citizen", "levels": [1]}, {"guardian": "yes"}),
        ("access", {"holder": "citizen", "grants": ["x"]}, {"grants": "x"}),
        ("time_limit", {"event": "e", "max": 7, "unit": "day"}, {"max": "7"}),
        ("time_limit", {"event": "e", "max": 7, "unit": "day"}, {"max": 10_000_000}),
        (
            "authentication_level",
            {"level": 1, "min_factors": 1, "distinct_categories": 1, "biometric": "none"},
            {"biometric": False},
        ),
        ("factor_category", {"category": "biometric", "examples": ["face"]}, {"examples": [1]}),
        ("lock_reason", {"object": "account", "code": "c", "unlock_when": "never"}, {"unlock_when": None}),
        ("retention", {"what": "w", "years": 5}, {"years": "5"}),
        ("retention", {"what": "w", "years": 5}, {"years": 0}),
        ("consent", {"case": "c", "required": True}, {"required": "true"}),
    ],
)
def test_an_entry_with_a_value_of_another_type_is_refused(
    kind: str, values: dict[str, Any], change: dict[str, Any]
) -> None:
    book(kind, **values)
    with pytest.raises(RulesError):
        book(kind, **{**values, **change})


def test_every_entry_that_a_decision_reads_has_to_be_whole() -> None:
    for kind, must in {
        "account": {"holder": "citizen", "levels": [1]},
        "authentication_level": {"level": 1, "min_factors": 1, "distinct_categories": 1, "biometric": "none"},
        "factor_category": {"category": "biometric", "examples": ["face"]},
        "time_limit": {"event": "e", "max": 7, "unit": "day"},
        "lock_reason": {"object": "account", "code": "c", "unlock_when": "never"},
    }.items():
        for name in must:
            with pytest.raises(RulesError):
                book(kind, **{key: value for key, value in must.items() if key != name})


values = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 300), st.sampled_from(["citizen", "none", "face", ""]),
    st.lists(st.one_of(st.integers(-1, 5), st.sampled_from(["face", "biometric"])), max_size=3),
)  # fmt: skip


@calmly
@given(
    st.sampled_from(
        [(kind, n) for kind, listed in DATA.items() if isinstance(listed, list) for n in range(len(listed))]
    ),
    st.data(),
    accounts(),
    requirements(),
    contexts,
)
def test_whatever_data_are_accepted_decisions_are_made_by_them(
    place: tuple[str, int], draw: st.DataObject, subject: Account, wanted: Requirement, situation: Context
) -> None:
    changed = {**DATA, place[0]: list(DATA[place[0]])}
    entry = dict(changed[place[0]][place[1]])
    name = draw.draw(st.sampled_from(sorted(entry)))
    if draw.draw(st.booleans()):
        del entry[name]
    else:
        entry[name] = draw.draw(values)
    changed[place[0]][place[1]] = entry
    try:
        made = RuleBook(changed, day=DAY)
    except RulesError:
        return
    decision = decide(subject, wanted, rules=made, context=situation, now=NOW)
    assert decision.explain()
    decision.challenge()


def test_a_law_that_counts_factors_otherwise_is_followed() -> None:
    """A change of law is a change of the data: each value of a level is looked at by itself."""
    categories = [
        {**ENTRY, "category": "biometric", "examples": ["face", "iris"]},
        {**ENTRY, "category": "knowledge", "examples": ["password", "secret_code"]},
    ]

    def reached(kinds: str, **level: Any) -> bool:
        rule = {
            **ENTRY,
            "level": 1,
            "min_factors": 1,
            "distinct_categories": 1,
            "biometric": "at_least_one",
            **level,
        }
        made = RuleBook({"factor_category": categories, "authentication_level": [rule]}, day=DAY)
        return made.authentication_level([factor(kind) for kind in kinds.split()])[0] is not None

    assert reached("face")
    assert (reached("face", min_factors=2), reached("face iris", min_factors=2)) == (False, True)
    assert (reached("face iris", distinct_categories=2), reached("face password", distinct_categories=2)) == (
        False,
        True,
    )
    wanted = ["knowledge"]
    assert (
        reached("face", requires_categories=wanted),
        reached("face password", requires_categories=wanted),
    ) == (
        False,
        True,
    )
    assert (reached("password"), reached("password", biometric="none")) == (False, True)
    assert not reached("face", biometric="none")


# --- asking --------------------------------------------------------------------------------------


def test_find_gives_the_first_entry_that_says_so() -> None:
    two = RuleBook({"k": [{**ENTRY, "a": 1, "b": 1}, {**ENTRY, "a": 1, "b": 2, "c": [1]}]}, day=DAY)
    first, second = two.all("k")
    assert two.find("k", a=1) is first
    assert two.find("k", a=1, b=2) is two.find("k", b=2, a=1) is second
    assert two.find("k", a=1, c=None) is first  # that says nothing of c
    assert two.find("k", a=3) is None
    assert two.find("another", a=1) is None


def test_confidence_goes_from_confirmed_to_unconfirmed() -> None:
    assert CONFIDENCE == ("confirmed", "likely", "unconfirmed")
    assert weakest(["confirmed", None, "unconfirmed", "likely"]) == "unconfirmed"
    assert weakest([None]) is weakest([]) is None
    assert surest(["unconfirmed", "likely"]) == "likely"
    assert surest(["unconfirmed", None]) is None  # what rests on no law is sure by itself
    assert surest([]) is None


def test_a_book_of_rules_shows_no_data() -> None:
    assert repr(rules_for(DAY)).startswith("RuleBook(day=2026-11-21, version=")
