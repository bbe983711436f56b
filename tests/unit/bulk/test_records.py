"""One record: its fields beside each other."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.bulk.fields import assign_columns, parse_column_option
from eid.bulk.records import CleanRecord, RecordCleaner, Settings
from eid.errors import CleaningOptionsError

TODAY = dt.date(2026, 11, 21)
HEADER = ["CCCD", "Họ tên", "Ngày sinh", "Giới tính", "Địa chỉ", "Ngày cấp"]


def clean(
    fields: list[str], header: list[str] | None = None, *options: str, **known: object
) -> tuple[dict[str, str], CleanRecord]:
    columns = assign_columns(header or HEADER, [parse_column_option(text) for text in options])
    cleaner = RecordCleaner(columns, Settings(today=TODAY, **known))  # type: ignore[arg-type]
    record = cleaner.clean(fields)
    return dict(zip(cleaner.names, record.values, strict=True)), record


def test_a_good_record_has_clean_values_and_the_names_of_what_was_done() -> None:
    values, record = clean(
        [
            "001099012349",
            "Nguyễn  Đức Ánh",
            "04/07/1999",
            "Nam",
            "Xã Ví Dụ, Huyện Thử, Tỉnh Hà Giang",
            "10/07/2022",
        ],
        as_of_issue=True,
    )
    assert values == {
        "number": "001099012349", "old_number": "", "name": "Nguyễn Đức Ánh", "birth_date": "1999-07-04", "sex": "M",
        "address": "Xã Ví Dụ, Huyện Thử, Tỉnh Hà Giang", "address_commune": "Xã Ví Dụ", "address_district": "Huyện Thử",
        "address_province": "Hà Giang", "address_former_prefix": "002", "address_unit_code": "08",
        "address_unit": "Tuyên Quang", "issue_date": "2022-07-10",
    }  # fmt: skip
    assert record.notes == (
        ("name", "whitespace"), ("birth_date", "date_form"), ("sex", "sex_word"), ("issue_date", "date_form"),
    )  # fmt: skip
    assert (record.problems, record.candidates) == ((), ())
    assert "Nguyễn" not in repr(record)
    assert "001099012349" not in repr(record)


def test_the_date_of_issue_says_which_territory_was_meant() -> None:
    address = "Xã Ví Dụ, Gia Lai"
    for issued, prefix in (("10/07/2022", "064"), ("10/07/2025", ""), ("", ""), ("2022", "")):
        values, record = clean(["", "", "", "", address, issued], as_of_issue=True)
        assert values["address_former_prefix"] == prefix
        assert (("address", "date_missing") in record.notes) == (issued in ("", "2022"))


def test_number_and_record_are_held_against_each_other() -> None:
    _, record = clean(["001099012349", "Lê Thử", "1998", "Nữ", "", ""])
    assert record.problems == (("number", "pin_year_mismatch"), ("number", "pin_sex_mismatch"))
    _, record = clean(["001099012349", "Lê Thử", "04/07/99", "Nam", "", ""])
    assert record.candidates == (("birth_date", "1999-07-04"),)


def test_lost_zeros_are_a_candidate_and_put_back_only_when_asked() -> None:
    fields = ["1099012349", "Lê Thử", "04/07/1999", "Nam", "", ""]
    values, record = clean(fields)
    assert (values["number"], record.candidates) == ("", (("number", "001099012349"),))
    assert record.subject.number == ""
    values, record = clean(fields, restore_zeros=True)
    assert (values["number"], record.candidates) == ("001099012349", ())
    assert ("number", "leading_zeros_restored") in record.notes
    assert record.subject.number == "001099012349"
    values, _ = clean([*fields[:3], "Nữ", "", ""], restore_zeros=True)
    assert values["number"] == ""


def test_an_old_number_in_the_column_of_numbers_gets_a_column() -> None:
    values, record = clean(["012345678", "Lê Thử", "", "", "", ""])
    assert (values["number"], values["old_number"]) == ("", "012345678")
    assert ("number", "moved_to_old_number") in record.notes
    assert ("number", "old_9_digit_number") in record.problems
    assert (record.subject.number, record.subject.old_number) == ("", "012345678")
    values, record = clean(["012345678", "987654321"], ["CCCD", "CMND"])
    assert values == {"number": "", "old_number": "987654321"}  # what stands there is not replaced


@pytest.mark.parametrize(
    ("text", "clean_sex", "codes"),
    [
        ("Nam", "M", {"sex_word"}), ("NỮ", "F", {"sex_word"}), ("Nu\u031b\u0303", "F", {"sex_word"}), ("nu", "F", {"sex_word"}), ("M", "M", set()),
        ("female", "F", {"sex_word"}), ("Khác", "X", {"sex_word"}), ("1", "M", {"sex_word"}), ("2", "", {"unknown_sex"}),
        ("", "", set()), ("NULL", "", {"no_value_word"}), ("Namm", "", {"unknown_sex"}),
    ],
)  # fmt: skip
def test_words_for_sex_are_known_and_codes_must_be_explained(
    text: str, clean_sex: str, codes: set[str]
) -> None:
    values, record = clean(["", "", "", text, "", ""], sexes={"1": "M", "0": "F"})
    assert values["sex"] == clean_sex
    found = {code for column, code in (*record.notes, *record.problems) if column == "sex"}
    assert found - {"unicode_form"} == codes


def test_a_placeholder_joins_nobody() -> None:
    values, record = clean(["000000000000", "Lê Thử", "", "", "", ""])
    assert (values["number"], record.subject.number) == ("000000000000", "")
    assert ("number", "placeholder_like") in record.problems


def test_settings_that_contradict_are_refused() -> None:
    with pytest.raises(CleaningOptionsError):
        Settings(today=TODAY, sexes={"1": "male"})
    with pytest.raises(CleaningOptionsError):
        Settings(today=TODAY, as_of=TODAY, as_of_issue=True)
    with pytest.raises(CleaningOptionsError):
        clean(["x"], ["CCCD"], as_of_issue=True)


_VALUES = st.sampled_from(
    ["", " ", "NULL", "001099012349", "1099012349", "012345678", "1.1E+11", "Nguyễn Đức Ánh", "Nguy?n", "04/07/1999", "36345", "Nam",
     "Xã Ví Dụ, Hà Nội", "\x00", "\ud7ff", "=1+1", "#N/A", "𐐷", "ｘ" * 30]
) | st.text(max_size=30)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(fields=st.lists(_VALUES, min_size=8, max_size=8), restore=st.booleans())
def test_any_record_is_cleaned_and_cleaning_the_clean_one_changes_nothing(
    fields: list[str], restore: bool
) -> None:
    header = [*HEADER, "Tỉnh", "Ghi chú"]
    known = {"restore_zeros": restore, "as_of": dt.date(2022, 7, 10)}
    values, _ = clean(fields, header, "Ghi chú=text", **known)
    again, record = clean(
        [values[name] for name in ("number", "name", "birth_date", "sex", "address", "issue_date", "province", "Ghi_chú")],
        header, "Ghi chú=text", **known,
    )  # fmt: skip
    for name, value in again.items():
        if name != "old_number":
            assert value == values[name], name
    changes = {
        "whitespace",
        "unicode_form",
        "mojibake_repaired",
        "date_form",
        "sex_word",
        "separators_removed",
    }
    assert not {code for _, code in record.notes} & changes
