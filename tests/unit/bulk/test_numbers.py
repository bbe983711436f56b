"""Numbers in files: what is read, what is only proposed, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.bulk.numbers import clean_number, clean_old_number, restored, with_evidence
from eid.document.dates import PartialDate

NUMBER = "001099012349"
BORN = PartialDate(1999, 7, 4)


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (NUMBER, ()),
        (f" {NUMBER}\n", ("whitespace",)),
        (f"'{NUMBER}", ("text_mark_removed",)),
        (f'="{NUMBER}"', ("text_mark_removed",)),
        ("001 099 012 349", ("separators_removed",)),
        ("001.099.012.349", ("separators_removed",)),
        ("001099-012349", ("separators_removed",)),
        ("００１０９９０１２３４９", ("fullwidth_digits_folded",)),
        ("\u00a0001099012349", ("whitespace",)),
        ("\u202a001099012349\u202c", ("whitespace",)),
        ("\ufeff001\u200b 099 012 349", ("whitespace", "separators_removed")),
    ],
)
def test_a_number_in_another_dress_is_read_and_the_dress_is_named(text: str, notes: tuple[str, ...]) -> None:
    value = clean_number(text)
    assert (value.text, value.notes, value.problems, value.candidate) == (NUMBER, notes, (), None)


@pytest.mark.parametrize(
    ("text", "problems", "candidate"),
    [
        ("1099012349", ("leading_zero_lost",), NUMBER),
        ("52160004321", ("leading_zero_lost",), "052160004321"),
        ("1099012349.0", ("written_as_decimal", "leading_zero_lost"), NUMBER),
        ("130188000031.0", ("written_as_decimal",), "130188000031"),
        ("1,099,012,349", ("non_digit",), None),
        ("1.099.012.349", ("leading_zero_lost",), NUMBER),
        ("1.09901E+11", ("scientific_notation",), None),
        ("1,09901E+11", ("scientific_notation",), None),
        ("1.099012349e9", ("scientific_notation",), None),
        ("5E10", ("scientific_notation",), None),
        ("0912345678", ("length",), None),
        ("00109901234", ("length",), None),
        ("3099012349", ("length",), None),
        ("0010990123490", ("length",), None),
        ("00109901234O", ("non_digit",), None),
        ("٠٠١٠٩٩٠١٢٣٤٩", ("non_digit",), None),
        ("²01099012349", ("non_digit",), None),
        ("-01099012349", ("non_digit",), None),
        ("012345678", ("old_9_digit_number",), None),
        ("#N/A", ("spreadsheet_error",), None),
        ("############", ("non_digit",), None),
    ],
)
def test_what_is_no_number_stays_none_and_only_a_candidate_is_proposed(
    text: str, problems: tuple[str, ...], candidate: str | None
) -> None:
    value = clean_number(text)
    assert (value.text, value.problems, value.candidate) == ("", problems, candidate)


@pytest.mark.parametrize("text", ["", "  ", "NULL", "n/a", "-", "không có"])
def test_nothing_is_no_problem(text: str) -> None:
    value = clean_number(text)
    assert (value.text, value.problems) == ("", ())
    assert value.notes == (() if not text.strip() else ("no_value_word",))


def test_vectors_of_numbers(vietnam_vectors) -> None:
    for case in vietnam_vectors["pin"]:
        value, expected = clean_number(case["input"]), case["expect"]
        if expected["valid_format"]:
            assert value.text == expected["normalised"], case["id"]
            assert set(value.notes) >= set(expected["warnings"]) & {
                "fullwidth_digits_folded",
                "pin_prefix_unknown",
            }
        else:
            assert value.text == "", case["id"]
            assert case["input"] == "" or value.problems, case["id"]


def test_what_the_record_says_otherwise_is_a_problem() -> None:
    value = clean_number(NUMBER)
    assert with_evidence(value, BORN, "M", year=2026) == ()
    assert with_evidence(value, PartialDate(1998), "F", year=2026) == (
        "pin_year_mismatch",
        "pin_sex_mismatch",
    )
    assert with_evidence(clean_number("079405000017"), None, None, year=2026) == ("birth_in_future",)
    assert with_evidence(clean_number("1099012349"), BORN, "M", year=2026) == ()


def test_zeros_are_put_back_only_where_two_other_fields_agree() -> None:
    lost = clean_number("1099012349")
    assert restored(lost, BORN, "M").text == NUMBER
    assert restored(lost, BORN, "M").notes == ("leading_zeros_restored",)
    for date, sex in ((BORN, "F"), (PartialDate(1998), "M"), (None, "M"), (BORN, ""), (BORN, "X")):
        assert restored(lost, date, sex) == lost
    decimal = clean_number("130188000031.0")
    assert restored(decimal, PartialDate(1988), "F") == decimal  # no zero was lost there


@pytest.mark.parametrize(
    ("text", "clean", "codes"),
    [
        ("012345678", "012345678", ()),
        ("012 345 678", "012345678", ("separators_removed",)),
        (NUMBER, NUMBER, ("old_number_12_digits",)),
        ("12345678", "", ("leading_zero_lost",)),
        ("1234567", "", ("length",)),
        ("B1234567", "", ("non_digit",)),
    ],
)
def test_old_numbers_have_nine_digits_or_twelve(text: str, clean: str, codes: tuple[str, ...]) -> None:
    value = clean_old_number(text)
    assert (value.text, value.notes + value.problems) == (clean, codes)
    assert value.candidate == ("012345678" if text == "12345678" else None)


@given(st.text(max_size=80) | st.from_regex(r"\A['=\"]{0,2}[0-9 .,eE+\-]{1,20}\"?\Z"))
def test_a_clean_number_is_twelve_ascii_digits_of_the_source_or_nothing(text: str) -> None:
    value = clean_number(text)
    assert value.text == "" or (len(value.text) == 12 and value.text.isascii() and value.text.isdigit())
    digits = "".join(
        char for char in text.translate({0xFF10 + n: str(n) for n in range(10)}) if char in "0123456789"
    )
    assert value.text in ("", digits)  # none was added, none left out
    assert value.candidate is None or value.candidate.lstrip("0").startswith(digits.lstrip("0")[:7])
    clean_old_number(text)
