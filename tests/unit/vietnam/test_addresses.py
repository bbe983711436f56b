"""Addresses: levels and province, with a date, and nothing guessed without one."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import LimitExceeded
from eid.vietnam.addresses import MAX_ADDRESS, Address, DatedUnit, parse_address
from eid.vietnam.provinces import MERGER, PROVINCES, UNITS

BEFORE, AFTER = dt.date(2022, 7, 10), dt.date(2025, 8, 1)
LAST_DAY = MERGER - dt.timedelta(days=1)


def read(text: str, as_of: dt.date | None = BEFORE) -> Address:
    return parse_address(text, as_of=as_of)


def test_all_vectors(vietnam_vectors: dict[str, list[Any]]) -> None:
    assert len(vietnam_vectors["addresses"]) >= 17
    for case in vietnam_vectors["addresses"]:
        as_of = dt.date.fromisoformat(case["as_of"]) if case["as_of"] else None
        found = read(case["input"], as_of).to_json()
        for key, expected in case["expect"].items():
            value = set(found[key]) if key == "warnings" else found[key]
            assert value == (set(expected) if key == "warnings" else expected), (case["id"], key)


def test_every_province_is_found_by_its_name_on_its_day() -> None:
    for province in PROVINCES.values():
        for name in (province.name, province.name.upper(), unicodedata.normalize("NFD", province.name)):
            found = read(f"Xã Ví Dụ, Huyện Thử, Tỉnh {name}", BEFORE)
            assert (found.former_prefix, found.unit_code) == (province.prefix, province.unit_code)
            assert found.warnings == ()
            assert found.unit == DatedUnit(province.prefix, province.name, None, LAST_DAY)
    for code, name in UNITS.items():
        for kind in ("Tỉnh ", "Thành phố ", "TP. ", ""):
            found = read(f"Xã Ví Dụ, {kind}{name}", AFTER)
            assert (found.former_prefix, found.unit_code, found.levels) == (None, code, 2)
            assert found.warnings == ()
            assert found.unit == DatedUnit(code, name, MERGER, None)


def test_one_name_is_two_units_and_the_last_day_counts() -> None:
    text = "Xã Ví Dụ, Gia Lai"
    last, first = read(text, LAST_DAY), read(text, MERGER)
    assert last.unit is not None
    assert first.unit is not None
    assert (last.unit.code, first.unit.code) == ("064", "52")
    undated = read(text, None)
    assert undated.unit is None
    assert undated.former_prefix is None
    assert undated.warnings == ("date_missing",)


def test_a_name_that_is_gone_says_which_province_was_meant() -> None:
    undated = read("Xã Ví Dụ, Huyện Thử, Hà Giang", None)
    assert (undated.former_prefix, undated.unit_code, undated.warnings) == ("002", "08", ("date_missing",))
    late = read("Xã Ví Dụ, Hà Giang", AFTER)
    assert (late.former_prefix, late.unit_code, late.warnings) == ("002", "08", ("name_not_of_date",))
    assert late.unit == DatedUnit("002", "Hà Giang", None, LAST_DAY)


def test_hue_has_its_name_since_2025() -> None:
    day = dt.date(2025, 1, 1)
    assert read("Phường Mẫu, Quận Thử, Thành phố Huế", day).former_prefix == "046"
    assert read("Phường Mẫu, Quận Thử, Thành phố Huế", day).warnings == ()
    assert read("Thừa Thiên Huế", day).warnings == ("name_not_of_date",)
    assert read("Thừa Thiên Huế", day - dt.timedelta(days=1)).warnings == ()
    # The day before it was a city in the province: which one, is not said.
    city = read("Phường Mẫu, Thành phố Huế", day - dt.timedelta(days=1))
    assert (city.district, city.province, city.warnings) == ("Thành phố Huế", None, ("province_unknown",))


@pytest.mark.parametrize(
    ("text", "commune", "district", "warnings"),
    [
        ("Phường A, TP. Cao Bằng, Cao Bằng", "Phường A", "TP. Cao Bằng", ""),  # a city of the same name
        ("Phường A, Quận B, TP. Hà Nội, Hà Nội", "Phường A", "Quận B", "duplicate_tail"),
        ("Xã A, Huyện B, Tỉnh Lào Cai, Lào Cai", "Xã A", "Huyện B", "duplicate_tail"),
        ("TT. A, H. B, T. Lào Cai", "TT. A", "H. B", "abbreviation_expanded"),
        ("X. A, TX. B, Lào Cai", "X. A", "TX. B", "abbreviation_expanded"),
        ("P.5, Q.1, TPHCM", "P.5", "Q.1", "abbreviation_expanded"),
        ("P. 302, P12, Q3, HN", "P12", "Q3", "abbreviation_expanded"),
        ("P. 302, Quận 3, Hà Nội", None, "Quận 3", ""),  # a room
        ("Xã A, Xã B, Huyện C, Lào Cai", "Xã B", "Huyện C", ""),
        ("P. 302, Xã A, Huyện B, Lào Cai", "Xã A", "Huyện B", ""),
        ("Xa A, Huyen B, Tinh Ha Giang", "Xa A", "Huyen B", "spelling_variant"),
        ("Xã A, Huyện B, Dak Lak", "Xã A", "Huyện B", "spelling_variant"),
        ("Xã A, Huyện B, Đăk Nông", "Xã A", "Huyện B", "spelling_variant"),
        ("Xã A - Huyện B - Tỉnh Lào Cai", "Xã A", "Huyện B", ""),
        ("Xã A – Huyện B – Lào Cai", "Xã A", "Huyện B", ""),
        ("Xã A - Huyện B - Bà Rịa - Vũng Tàu", "Xã A", "Huyện B", ""),
        ("Xã A; Huyện B; Lào Cai, Việt Nam.", "Xã A", "Huyện B", ""),
        ("Xã A, B, Lào Cai", "Xã A", None, "levels_not_of_date"),
        ("Huyện B, Lào Cai", None, "Huyện B", ""),
        ("Lào Cai", None, None, ""),
        ("Huyện B", None, "Huyện B", "province_unknown"),
        ("Phường A, Thành phố Cao Bằng", "Phường A", "Thành phố Cao Bằng", "province_unknown"),
    ],
)  # fmt: skip
def test_ways_of_writing(text: str, commune: str | None, district: str | None, warnings: str) -> None:
    found = read(text)
    assert (found.commune, found.district) == (commune, district)
    assert set(found.warnings) == set(warnings.split())
    assert found.levels == sum(each is not None for each in (commune, district, found.province))


def test_a_district_after_the_merger_is_noticed() -> None:
    assert read("Xã A, Huyện B, Lào Cai", AFTER).warnings == ("levels_not_of_date",)
    assert read("Xã A, Huyện B, Lào Cai", MERGER).warnings == ("levels_not_of_date",)
    assert read("Xã A, Huyện B, Lào Cai", LAST_DAY).warnings == ()
    assert read("Xã A, Lào Cai", LAST_DAY).warnings == ("levels_not_of_date",)
    assert read("Xã A, Lào Cai", MERGER).warnings == ()


@pytest.mark.parametrize("city", ["Thành phố Mẫu", "TP. Mẫu"])
def test_a_city_is_a_province_after_the_merger_and_may_be_a_district_before(city: str) -> None:
    late = read(f"Phường A, {city}", MERGER)
    assert (late.levels, late.province, late.commune, late.district) == (2, None, "Phường A", None)
    assert late.warnings == ("province_unknown",)
    early = read(f"Phường A, {city}", LAST_DAY)
    assert (early.levels, early.province, early.district) == (2, None, city)


def test_a_place_below_the_levels_is_not_abroad() -> None:
    assert read("Thôn A").warnings == ("province_unknown",)
    assert read("Example City").warnings == ("not_vietnamese",)


def test_a_code_is_no_name() -> None:
    for text in ("Xã Ví Dụ, 64", "Xã Ví Dụ, Tỉnh 064", "00001, 002"):
        assert read(text).unit_code is None


def test_damage_is_repaired_or_noticed() -> None:
    text = "Xã Ví Dụ, Huyện Thử, Hà Giang"
    scrambled = read(text.encode().decode("latin-1"))
    assert (scrambled.former_prefix, scrambled.warnings) == ("002", ("mojibake_repaired",))
    assert scrambled.raw == text.encode().decode("latin-1")
    assert "degraded_text" in read(text.replace("ễ", "?").replace("ử", "?")).warnings


def test_an_address_shows_no_text_of_itself() -> None:
    assert "Hà Giang" not in repr(read("Xã Ví Dụ, Huyện Thử, Hà Giang"))
    assert "Ví Dụ" not in repr(read("Xã Ví Dụ, Huyện Thử, Hà Giang"))


def test_long_input_is_refused() -> None:
    read("x" * MAX_ADDRESS)
    with pytest.raises(LimitExceeded):
        read("x" * (MAX_ADDRESS + 1))


pieces = st.sampled_from(
    [
        "Xã",
        "Huyện",
        "Tỉnh",
        "TP.",
        "P.",
        "Q",
        "12",
        "Hà Giang",
        "Huế",
        "Thử",
        "-",
        "–",
        ",",
        ";",
        " ",
        "Á",
        "?",
    ]
)


@given(
    st.lists(pieces, max_size=12).map(" ".join) | st.text(max_size=60),
    st.none() | st.dates(dt.date(2000, 1, 1), dt.date(2030, 1, 1)),
)
def test_any_text_is_read_and_kept(text: str, as_of: dt.date | None) -> None:
    found = read(text, as_of)
    assert found.raw == text
    assert 0 <= found.levels <= 3
    assert (found.province is None) == (found.unit_code is None)
    if found.province is None:
        assert set(found.warnings) & {"empty", "not_vietnamese", "province_unknown"}
    if as_of is None and found.former_prefix is not None:
        assert found.province not in UNITS.values()  # nothing guessed: the name had one meaning
