"""Texts, names and addresses: tidied, never rewritten, and what was done is named."""

from __future__ import annotations

import datetime as dt
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.bulk.addresses import clean_address, clean_province, read_address
from eid.bulk.values import clean_name, clean_text, tidied
from eid.vietnam.addresses import MAX_ADDRESS, parse_address
from eid.vietnam.matching import NameSource
from eid.vietnam.provinces import MERGER

NAME = "Nguyễn Đức Ánh"
SCRAMBLED = NAME.encode().decode("latin-1")
BEFORE = dt.date(2022, 7, 10)
SINCE = dt.date(2025, 8, 1)


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (NAME, ()),
        (unicodedata.normalize("NFD", NAME), ("unicode_form",)),
        (f"  {NAME} ", ("whitespace",)),
        (NAME.replace(" ", "\u00a0"), ("whitespace",)),
        (NAME.replace(" ", "\u200b "), ("whitespace",)),
        (NAME.replace(" ", "\n"), ("whitespace",)),
        (SCRAMBLED, ("mojibake_repaired",)),
        (SCRAMBLED.encode().decode("latin-1"), ("mojibake_repaired",)),
    ],
)
def test_a_name_is_tidied_and_what_was_done_is_named(text: str, notes: tuple[str, ...]) -> None:
    value = clean_name(text)
    assert (value.text, value.notes, value.problems) == (NAME, notes, ())


@pytest.mark.parametrize(
    "name",
    [
        "NGUYỄN ĐỨC ÁNH",
        "nguyễn đức ánh",
        "Trần Hoà",
        "Lý Văn Mẫu",
        "H'Ví Niê",
        "Y-Thử Êban",
        "Lò Thị Ñ Mẫu",
        "Giàng A Mẫu",
    ],
)
def test_case_tone_and_spelling_stay_as_the_source_has_them(name: str) -> None:
    value = clean_name(name)
    assert (value.text, value.notes, value.problems) == (name, (), ())


@pytest.mark.parametrize(
    ("text", "clean", "codes"),
    [
        ("Ðặng Thử", "Ðặng Thử", ("look_alike",)),
        ("Nguy?n ??c", "Nguy?n ??c", ("degraded_text",)),
        ("§Æng V¨n Thö", "§Æng V¨n Thö", ("looks_like_tcvn3",)),
        ("Ñaëng Vaên Thöû", "Ñaëng Vaên Thöû", ("looks_like_vni",)),
        ("12345", "", ("no_letters",)),
        ("Nguyễn Đức Ánh 2", "Nguyễn Đức Ánh 2", ("digits_in_name",)),
        ("=HYPERLINK(A)", "=HYPERLINK(A)", ("formula_like",)),
        ("a" * 401, "", ("too_long",)),
        ("#REF!", "", ("spreadsheet_error",)),
        ("NULL", "", ("no_value_word",)),
    ],
)
def test_what_is_odd_about_a_name_is_told_and_not_repaired(
    text: str, clean: str, codes: tuple[str, ...]
) -> None:
    value = clean_name(text)
    assert (value.text, value.notes + value.problems) == (clean, codes)


@pytest.mark.parametrize("name", ["Na", "Không", "Nan Thị Thử", "An"])
def test_names_that_look_like_words_for_nothing_are_names(name: str) -> None:
    assert clean_name(name).text == name


def test_old_encodings_are_converted_when_named_and_not_otherwise() -> None:
    assert clean_name("§Æng V¨n Thö", legacy=NameSource.TCVN3).text == "Đặng Văn Thử"
    vni = clean_name("Ñaëng Vaên Thöû", legacy=NameSource.VNI)
    assert (vni.text, vni.notes, vni.problems) == ("Đặng Văn Thử", ("legacy_encoding",), ())


def test_vectors_of_names_fold_to_the_same_class_after_cleaning(vietnam_vectors) -> None:
    """Cleaning takes away what does not matter, and nothing that tells two people apart."""
    from eid.vietnam.matching import NameClass, match_names

    harmless = {NameClass.EXACT, NameClass.CANONICAL}
    for case in vietnam_vectors["names"]:
        if {case["a_source"], case["b_source"]} != {"text"}:
            continue
        one, other = (clean_name(case[side]).text for side in "ab")
        found = match_names(one, other, a_source=NameSource.TEXT, b_source=NameSource.TEXT).name_class
        expected = NameClass(case["expect"]["class"])
        assert found == expected or {found, expected} <= harmless, case["id"]


@settings(deadline=None)
@given(st.text(max_size=60) | st.text("aÁnễ Äá»©\u0301\u00a0\u200bÃ¡?<'-\n\t", max_size=40))
def test_tidying_twice_is_tidying_once(text: str) -> None:
    once = tidied(text, [])
    again: list[str] = []
    assert tidied(once, again) == once
    assert again == []
    clean_name(text)
    clean_text(text)


# --- addresses -------------------------------------------------------------------------------------


def test_vectors_of_addresses_are_read_as_before(vietnam_vectors) -> None:
    for case in vietnam_vectors["addresses"]:
        as_of = dt.date.fromisoformat(case["as_of"]) if case["as_of"] else None
        expected = case["expect"]
        value, parts = clean_address(case["input"], as_of=as_of)
        assert value.text == case["input"], case["id"]
        assert parts[2] == (expected["province_as_written"] or ""), case["id"]
        assert parts[3] == (expected["former_prefix"] or ""), case["id"]
        assert parts[4] == (expected["unit_code_since_2025_07"] or ""), case["id"]
        assert set(value.notes + value.problems) == set(expected["warnings"]) - {"empty"}, case["id"]


def test_an_old_province_gets_its_new_unit_and_line_breaks_become_commas() -> None:
    value, parts = clean_address("Xã Ví Dụ,\r\nHuyện Thử\nTỉnh Hà Giang\n", as_of=BEFORE)
    assert value.text == "Xã Ví Dụ, Huyện Thử, Tỉnh Hà Giang"
    assert value.notes == ("line_break_joined",)
    assert parts == ("Xã Ví Dụ", "Huyện Thử", "Hà Giang", "002", "08", "Tuyên Quang")


def test_without_a_date_the_territory_is_not_guessed() -> None:
    value, parts = clean_address("Xã Ví Dụ, Gia Lai", as_of=None)
    assert "date_missing" in value.notes
    assert parts[3] == ""


@pytest.mark.parametrize(
    ("text", "as_of", "name", "rest"),
    [
        ("Hà Giang", BEFORE, "Hà Giang", ("002", "08", "Tuyên Quang")),
        ("Tỉnh Gia Lai", BEFORE, "Gia Lai", ("064", "52", "Gia Lai")),
        ("Gia Lai", SINCE, "Gia Lai", ("", "52", "Gia Lai")),
        ("TP.HCM", BEFORE, "Hồ Chí Minh", ("079", "79", "Hồ Chí Minh")),
        ("Dac Lac", BEFORE, "Đắk Lắk", ("066", "66", "Đắk Lắk")),
        ("Thử", BEFORE, "", ("", "", "")),
        ("064", BEFORE, "", ("", "", "")),
        ("52", SINCE, "", ("", "", "")),
        ("Xã Ví Dụ, Gia Lai", BEFORE, "", ("", "", "")),
    ],
)
def test_a_column_of_provinces(text: str, as_of: dt.date, name: str, rest: tuple[str, ...]) -> None:
    value, parts = clean_province(text, as_of=as_of)
    assert (value.text, parts) == (name, rest)
    assert ("province_unknown" in value.problems) == (not name)


_PARTS = st.lists(
    st.sampled_from(
        [
            "Số 1", "Thôn Thử", "Xã Ví Dụ", "P. 3", "Phường Mẫu", "Huyện Thử", "Q.1", "Quận Thử", "TX. Mẫu", "Tỉnh Hà Giang",
            "Gia Lai", "TP. Hồ Chí Minh", "Thành phố Huế", "Huế", "Bà Rịa - Vũng Tàu", "Việt Nam", "Tỉnh Mẫu", "xa Vi Du",
            "Hà Nội", "Nguy?n", "Ã¡", "Xã Ví Dụ - Huyện Thử - Gia Lai", "Ruritania", "", " ", "Đặc khu Thử", "Thị trấn Mẫu",
        ]
    ),
    max_size=8,
)  # fmt: skip


_DAYS = st.sampled_from(
    [
        None,
        BEFORE,
        SINCE,
        *(day + dt.timedelta(days) for day in (dt.date(2025, 1, 1), MERGER) for days in (-1, 0, 1)),
    ]
)


@settings(max_examples=600, deadline=None)
@given(parts=_PARTS, between=st.sampled_from([", ", ",", "; "]), as_of=_DAYS)
def test_remembering_communes_changes_nothing(parts: list[str], between: str, as_of: dt.date | None) -> None:
    text = tidied(between.join(parts), [])
    for _ in range(2):
        quick, slow = read_address(text, as_of=as_of), parse_address(text, as_of=as_of)
        assert [getattr(quick, name) for name in quick.__slots__ if name != "raw"] == [
            getattr(slow, name) for name in slow.__slots__ if name != "raw"
        ]


@pytest.mark.parametrize("province", ["Gia Lai", "Thành phố Huế", "Tỉnh Thừa Thiên Huế", "Tỉnh Hà Giang"])
def test_remembering_communes_minds_the_days_on_which_names_changed(province: str) -> None:
    for text in (f"Số 1, Xã Ví Dụ, {province}", f"Số 1, Xã Ví Dụ, Huyện Thử, {province}"):
        for day in (
            dt.date(2024, 12, 31),
            dt.date(2025, 1, 1),
            MERGER - dt.timedelta(1),
            MERGER,
            SINCE,
            dt.date.min,
        ):
            quick, slow = read_address(text, as_of=day), parse_address(text, as_of=day)
            assert (quick.unit, quick.former_prefix, quick.warnings) == (
                slow.unit,
                slow.former_prefix,
                slow.warnings,
            )


@pytest.mark.parametrize("text", ["x" * (MAX_ADDRESS + 1), "Xã Ví Dụ\n" * 200])
def test_what_is_too_long_for_an_address_is_told(text: str) -> None:
    assert clean_address(text, as_of=None)[0].problems == ("too_long",)
    assert clean_province(text, as_of=None)[0].text == ""
