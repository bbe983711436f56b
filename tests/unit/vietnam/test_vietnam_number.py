"""The personal number, the provinces, and the CAN that comes from the number."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.chip.access import Can, Mrz
from eid.crypto.symmetric import kdf
from eid.document.dates import PartialDate
from eid.errors import EidError, PersonalNumberError
from eid.vietnam import can_from_number, parse_number, read_card_mrz, rejection_json
from eid.vietnam.number import consistency
from eid.vietnam.provinces import PROVINCES, UNITS, province

TODAY = dt.date(2026, 11, 21)


def test_every_number_vector_gives_its_view(vietnam_vectors: dict[str, list[dict[str, Any]]]) -> None:
    for case in vietnam_vectors["pin"]:
        try:
            found = parse_number(case["input"], today=TODAY).to_json()
        except PersonalNumberError as error:
            found = rejection_json(error)
        expected = dict(case["expect"])
        assert sorted(found.pop("warnings")) == sorted(expected.pop("warnings")), case["id"]
        assert found == expected, case["id"]


def test_every_consistency_vector(vietnam_vectors: dict[str, list[dict[str, Any]]]) -> None:
    for case in vietnam_vectors["pin_consistency"]:
        birth = PartialDate(*map(int, case["dob"].split("-")))
        assert list(consistency(case["pin"], birth, case["sex"])) == case["expect"], case["id"]


def test_every_province_vector(vietnam_vectors: dict[str, list[dict[str, Any]]]) -> None:
    for case in vietnam_vectors["province_lookup"]:
        found = province(case["prefix"])
        if case["old_name"] is None:
            assert found is None, case["prefix"]
            continue
        assert found is not None, case["prefix"]
        assert (found.name, found.unit_code, found.unit_name) == (
            case["old_name"], case["new_code"], case["new_name"],
        )  # fmt: skip


def test_sixty_three_prefixes_belong_to_thirty_four_units() -> None:
    assert len(PROVINCES) == 63
    assert {place.unit_code for place in PROVINCES.values()} == set(UNITS)
    assert len(UNITS) == 34
    assert province("052") != province("52")


def test_access_vectors_can_mrz_and_keys(vietnam_vectors: dict[str, list[dict[str, Any]]]) -> None:
    for case in vietnam_vectors["access"]:
        can, mrz = can_from_number(case["pin"]), Mrz(case["mrz_information"])
        assert can == Can(case["can"])
        assert kdf(can.password, 3, "AES-128").hex() == case["pace_k_pi_can_aes128"], case["id"]
        assert kdf(mrz.password, 3, "AES-128").hex() == case["pace_k_pi_mrz_aes128"], case["id"]
        seed = mrz.password[:16]
        assert seed.hex() == case["bac_k_seed"]
        assert kdf(seed, 1, "3DES").hex() == case["bac_k_enc"]
        assert kdf(seed, 2, "3DES").hex() == case["bac_k_mac"]


def test_the_mrz_of_a_card_gives_the_keys_of_the_access_vectors(
    vietnam_vectors: dict[str, list[dict[str, Any]]],
) -> None:
    keys = {case["pin"]: case for case in vietnam_vectors["access"]}
    for number in range(4):
        card = read_card_mrz(vietnam_vectors["mrz"][number]["input"])
        assert card.number is not None
        expected = keys[card.number.number]
        assert card.mrz_information == expected["mrz_information"]
        assert can_from_number(card.number).digits == expected["can"]


def test_a_number_shows_only_its_ends_in_a_listing() -> None:
    assert repr(parse_number("001099012349")) == "<NumberInfo 0010******49>"


def test_without_a_day_given_no_birth_year_is_called_future() -> None:
    assert parse_number("079405000017").warnings == ()
    assert parse_number("079405000017", today=TODAY).warnings == ("birth_in_future",)


def test_a_very_long_text_is_refused_before_it_is_read() -> None:
    with pytest.raises(PersonalNumberError) as caught:
        parse_number("1" * 65)
    assert caught.value.kind == "length"


def test_nothing_is_compared_with_what_is_not_known() -> None:
    assert consistency("001099012349", None, None) == ()
    assert consistency("001099012349", dt.date(1998, 1, 1), "X") == ("pin_year_mismatch",)


def test_a_number_that_lost_its_zero_gives_no_access_key() -> None:
    with pytest.raises(PersonalNumberError) as caught:
        can_from_number("1099012349")
    assert caught.value.hint == "leading_zero_lost"
    assert "1099012349" not in str(caught.value)


@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_every_twelve_digits_are_a_number_whose_parts_make_it_up(number: str) -> None:
    info = parse_number(number, today=TODAY)
    century = (info.birth_year - 1900) // 100 * 2 + (info.sex == "F")
    assert f"{info.prefix}{century}{info.birth_year % 100:02d}{info.serial}" == number
    assert (info.kind == "province") == (info.prefix in PROVINCES)
    assert consistency(info, PartialDate(info.birth_year), info.sex) == ()


@given(st.text())
def test_any_text_gives_twelve_digits_or_a_typed_error(text: str) -> None:
    try:
        number = parse_number(text).number
    except EidError:
        return
    assert len(number) == 12
    assert number.isascii()
    assert number.isdigit()
