"""The claims: the invented vectors, and every spelling that must not pass for a number, level or date."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.accounts.model import HolderKind
from eid.document.dates import PartialDate
from eid.errors import InputError, VneidClaimsInvalid
from eid.vietnam.vneid.claims import holder_kinds, parse_claims

KINDS = holder_kinds({1: HolderKind.CITIZEN, "2": HolderKind.FOREIGNER, "org": HolderKind.ORGANISATION})
GOOD: dict[str, Any] = {
    "citizenPid": "001099012349", "fullName": "Nguyễn Đức Ánh", "birthDate": "04/07/1999",
    "accountType": 1, "accountLevel": 2,
}  # fmt: skip


def refused(**changes: Any) -> str:
    with pytest.raises(VneidClaimsInvalid) as caught:
        parse_claims({**GOOD, **changes}, kinds=KINDS)
    assert "001099012349" not in str(caught.value)
    return caught.value.kind


def test_all_invented_vectors_have_the_expected_outcome(vietnam_vectors) -> None:
    cases = vietnam_vectors["vneid_claims"]
    assert len(cases) >= 8
    for case in cases:
        expected = case["expect"]
        if "error" in expected:
            with pytest.raises(VneidClaimsInvalid) as caught:
                parse_claims(case["input"], kinds={})
            assert caught.value.kind == expected["error"], case["id"]
            continue
        found = parse_claims(json.loads(json.dumps(case["input"])), kinds={})
        assert (found.account_level, found.number) == (expected["level"], expected["pin"]), case["id"]
        assert (found.account_type, type(found.account_type)) == (
            expected["account_type_raw"],
            type(expected["account_type_raw"]),
        ), case["id"]
        assert found.holder is None  # nobody mapped it


@pytest.mark.parametrize(
    ("value", "level"),
    [(1, 1), (2, 2), ("1", 1), ("2", 2), ("01", 1), ("02", 2), ("Mức 1", 1), ("Mức 2", 2),
     (unicodedata.normalize("NFD", "Mức 2"), 2)],
)  # fmt: skip
def test_known_spellings_of_a_level(value: object, level: int) -> None:
    assert parse_claims({**GOOD, "accountLevel": value}, kinds=KINDS).account_level == level


@pytest.mark.parametrize(
    "value",
    [0, 3, -1, 12, True, False, 1.0, 2.0, "", "0", "3", "001", " 2", "2 ", "２", "Mức", "Mức 3", "mức 2", "Muc 2",
     "II", [2], {"level": 2}, "Mức 02", "x" * 1000],
)  # fmt: skip
def test_everything_else_is_no_level(value: object) -> None:
    assert refused(accountLevel=value) == "account_level_unknown"


def test_a_missing_level_is_no_default() -> None:
    assert refused(accountLevel=None) == "account_level_missing"
    without = {name: value for name, value in GOOD.items() if name != "accountLevel"}
    with pytest.raises(VneidClaimsInvalid) as caught:
        parse_claims(without, kinds=KINDS)
    assert caught.value.kind == "account_level_missing"


def test_an_organisation_has_no_level_and_never_gets_one() -> None:
    claims = {**GOOD, "accountType": "org"}
    del claims["accountLevel"]
    found = parse_claims(claims, kinds=KINDS)
    assert (found.account_level, found.holder) == (None, HolderKind.ORGANISATION)
    assert refused(accountType="org", accountLevel=2) == "account_level_unexpected"


@pytest.mark.parametrize(
    ("value", "kind"),
    [(1099012349, "pin_not_string"), (1099012349.0, "pin_not_string"), (True, "pin_not_string"), (None, "pin_missing"),
     (["001099012349"], "pin_not_string"), ("", "pin_format"), ("1099012349", "pin_format"), ("0010990123499", "pin_format"),
     ("001099012349\n", "pin_format"), (" 001099012349", "pin_format"), ("００１０９９０１２３４９", "pin_format"),
     ("٠٠١٠٩٩٠١٢٣٤٩", "pin_format"), ("00109901234x", "pin_format")],
)  # fmt: skip
def test_a_number_that_may_have_lost_something_is_refused(value: object, kind: str) -> None:
    assert refused(citizenPid=value) == kind


@pytest.mark.parametrize(
    ("raw", "holder"),
    [(1, HolderKind.CITIZEN), ("1", HolderKind.CITIZEN), (2, HolderKind.FOREIGNER), (3, None), ("01", None), (None, None),
     ("", None)],
)  # fmt: skip
def test_the_kind_of_account_is_what_the_caller_says_and_else_unknown(
    raw: object, holder: HolderKind | None
) -> None:
    found = parse_claims({**GOOD, "accountType": raw}, kinds=KINDS)
    assert (found.holder, found.account_type) == (holder, raw)


@pytest.mark.parametrize("raw", [True, 1.0, [1], {}, "x" * 65])
def test_a_kind_of_account_of_another_type_is_refused(raw: object) -> None:
    assert refused(accountType=raw) == "account_type_format"


def test_a_mapping_that_says_two_things_is_refused() -> None:
    for wrong in ({1: "citizen", "1": "foreigner"}, {True: "citizen"}, {1.0: "citizen"}, {None: "citizen"}):
        with pytest.raises(InputError):
            holder_kinds(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "date"),
    [("04/07/1999", PartialDate(1999, 7, 4)), ("19990704", PartialDate(1999, 7, 4)), ("1999-07-04", PartialDate(1999, 7, 4)),
     ("1999", PartialDate(1999)), ("1999-07", PartialDate(1999, 7)), ("07/1999", PartialDate(1999, 7)),
     ("00/00/1999", PartialDate(1999)), ("00/07/1999", PartialDate(1999, 7)), ("19990000", PartialDate(1999)),
     ("1999-00-00", PartialDate(1999)), ("29/02/2000", PartialDate(2000, 2, 29)), (None, None)],
)  # fmt: skip
def test_dates_in_all_known_forms_and_partial_ones_stay_partial(
    text: str | None, date: PartialDate | None
) -> None:
    assert parse_claims({**GOOD, "birthDate": text}, kinds=KINDS).birth_date == date


@pytest.mark.parametrize(
    ("value", "kind"),
    [(19990704, "birth_date_format"), (True, "birth_date_format"), ("", "birth_date_format"), ("4/7/1999", "birth_date_format"),
     ("04-07-1999", "birth_date_format"), ("1999/07/04", "birth_date_format"), ("99", "birth_date_format"),
     ("1999-07-04T00:00:00Z", "birth_date_format"), ("04/07/1999 ", "birth_date_format"), ("٠٤/٠٧/١٩٩٩", "birth_date_format"),
     ("199907", "birth_date_format"), ("30/02/1999", "birth_date_invalid"), ("29/02/1999", "birth_date_invalid"),
     ("04/13/1999", "birth_date_invalid"), ("04/00/1999", "birth_date_invalid"), ("0000", "birth_date_invalid")],
)  # fmt: skip
def test_what_is_no_date_is_refused(value: object, kind: str) -> None:
    assert refused(birthDate=value) == kind


def test_names_are_nfc_and_may_be_left_out() -> None:
    decomposed = unicodedata.normalize("NFD", "Nguyễn Đức Ánh")
    assert parse_claims({**GOOD, "fullName": decomposed}, kinds=KINDS).name == "Nguyễn Đức Ánh"
    assert parse_claims({**GOOD, "fullName": None}, kinds=KINDS).name is None
    for wrong in ("", " ", "\u202eA", "A\nB", 5, ["A"], "x" * 401, "\ud800"):
        assert refused(fullName=wrong) == "name_format"


def test_a_year_that_differs_from_the_number_is_a_warning() -> None:
    assert parse_claims({**GOOD, "birthDate": "1998"}, kinds=KINDS).warnings == ("pin_year_mismatch",)
    assert parse_claims(GOOD, kinds=KINDS).warnings == ()


def test_claims_show_nothing_personal() -> None:
    shown = repr(parse_claims({**GOOD, "email": "a@example"}, kinds=KINDS))
    for secret in ("001099012349", "Ánh", "1999", "a@example"):
        assert secret not in shown


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), st.none() | st.booleans() | st.integers() | st.text() | st.floats()
                       | st.lists(st.integers(), max_size=2)))  # fmt: skip
def test_whatever_comes_gives_claims_or_one_error(claims: dict[str, Any]) -> None:
    try:
        found = parse_claims({**GOOD, **claims}, kinds=KINDS)
    except VneidClaimsInvalid:
        return
    assert found.account_level in (1, 2, None)
    assert (found.account_level is None) == (found.holder is HolderKind.ORGANISATION)
    assert len(found.number) == 12
    assert found.number.isascii()
