"""The machine readable lines of the citizen card."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.document.dates import PartialDate
from eid.document.dg1 import DG1
from eid.document.mrz import check_digit, parse_mrz
from eid.errors import EidError, MrzError, PersonalNumberError
from eid.vietnam import read_card_mrz, rejection_json
from eid.vietnam.mrz import card_mrz, card_mrz_lines
from eid.vietnam.names import mrz_name_agrees

LINES = ("IDVNM0990123493001099012349<<4", "9907043M3907041VNM<<<<<<<<<<<2", "NGUYEN<<DUC<ANH<<<<<<<<<<<<<<<")


def sealed(one: str, two: str, three: str = LINES[2]) -> tuple[str, str, str]:
    """Lines with all check digits made right."""
    one = one[:14] + str(check_digit(one[5:14])) + one[15:29] + str(check_digit(one[15:29]))
    two = two[:6] + str(check_digit(two[:6])) + two[7:14] + str(check_digit(two[8:14])) + two[15:29]
    return one, two + str(check_digit(one[5:30] + two[:7] + two[8:15] + two[18:29])), three


def test_every_mrz_vector_gives_its_view(vietnam_vectors: dict[str, list[dict[str, Any]]]) -> None:
    for case in vietnam_vectors["mrz"]:
        try:
            found = read_card_mrz(case["input"]).to_json()
        except MrzError as error:
            found = rejection_json(error)
        expected = dict(case["expect"])
        assert sorted(found.pop("warnings")) == sorted(expected.pop("warnings")), case["id"]
        if case["id"] == "mrz-19":  # the vector leaves the fields open
            found.pop("fields")
        assert found == expected, case["id"]


def test_every_dg1_vector(vietnam_vectors: dict[str, list[dict[str, Any]]]) -> None:
    inputs = {case["id"]: case["input"] for case in vietnam_vectors["mrz"]}
    for case in vietnam_vectors["dg1"]:
        octets = bytes.fromhex(case["hex"])
        if case["expect"] == "reject":
            with pytest.raises(EidError) as caught:
                DG1.parse(octets)
            # A data object that is one octet short leaves an octet that is no data object.
            assert getattr(caught.value, "kind", None) in (case["error"], "truncated"), case["id"]
        else:
            card = card_mrz(DG1.parse(octets).mrz)
            assert card.to_json() == read_card_mrz(inputs[case["mrz"]]).to_json(), case["id"]


def test_the_century_of_birth_comes_from_the_number() -> None:
    born_1920 = sealed("IDVNM0200123490001020012349<<0", "2007040M9912310VNM<<<<<<<<<<<0")
    born_2020 = sealed("IDVNM2200123490001220012349<<0", "2007040M3407040VNM<<<<<<<<<<<0")
    assert read_card_mrz(born_1920).birth_date == PartialDate(1920, 7, 4)
    assert read_card_mrz(born_2020).birth_date == PartialDate(2020, 7, 4)


def test_a_year_that_disagrees_is_taken_next_to_that_of_the_number() -> None:
    card = read_card_mrz(sealed("IDVNM2010123490001201012349<<0", "9907040M3907040VNM<<<<<<<<<<<0"))
    assert card.birth_date == PartialDate(1999, 7, 4)
    assert card.warnings == ("pin_year_mismatch",)
    later = read_card_mrz(sealed("IDVNM0990123490001099012349<<0", "0107040M3907040VNM<<<<<<<<<<<0"))
    assert later.birth_date == PartialDate(2001, 7, 4)


def test_no_expiry_is_no_date_but_stays_in_the_access_key() -> None:
    card = read_card_mrz(sealed(LINES[0], "9907040M9912310VNM<<<<<<<<<<<0"))
    assert card.no_expiry
    assert card.expiry_date is None
    assert card.mrz_information.endswith("9912315")
    assert read_card_mrz(LINES).expiry_date == dt.date(2039, 7, 4)


def test_letters_in_numeric_fields_are_repaired_on_paper_but_not_on_the_chip() -> None:
    lines = ("IDVNMO99O123493OO1O99O12349<<4", "99O7O43M39O7O4IVNM<<<<<<<<<<<2", LINES[2])
    card = read_card_mrz(lines)
    assert card.mrz.lines == LINES
    assert card.warnings == ("ocr_repaired",)
    assert card_mrz(parse_mrz("\n".join(lines))).outcome == "check_failed"


def test_a_repair_that_leaves_one_check_digit_wrong_is_not_made() -> None:
    card = read_card_mrz(("IDVNMO990123493001099012349<<4", LINES[1][:29] + "3", LINES[2]))
    assert card.outcome == "check_failed"
    assert card.number is None
    assert "ocr_repaired" not in card.warnings
    assert card.mrz.lines[0].startswith("IDVNMO")
    assert "fields" not in card.to_json()


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (("", "", ""), "length"),
        (LINES[:2], "length"),
        ((*LINES, LINES[2]), "length"),
        (("A" * 600,), "length"),
        (("IDVNM0990123493001099012349<<é", LINES[1], LINES[2]), "characters"),
        (("IDVNM0990123493001099012349<<*", LINES[1], LINES[2]), "characters"),
        (("IDVNM0990123493001099012349<<4", LINES[1], "NGUYEN<<\u017fU" + "<" * 20), "characters"),
        (("IDXXA0990123493001099012349<<4", *LINES[1:]), "issuer"),
        (sealed("IDVNM0990123493001099O12349<<4", LINES[1]), "number"),
        (sealed("IDVNM099012349300109901234<<<4", LINES[1]), "number"),
        (sealed("IDVNM0990123493001099012349AA4", LINES[1]), "number"),
        (sealed(LINES[0], "9913040M3907040VNM<<<<<<<<<<<0"), "date"),
        (sealed(LINES[0], "99<<040M3907040VNM<<<<<<<<<<<0"), "date"),
        (sealed(LINES[0], "<<<<<<0M3907040VNM<<<<<<<<<<<0"), "date"),
        (sealed(LINES[0], "9907040M3902300VNM<<<<<<<<<<<0"), "date"),
        (sealed(LINES[0], "9907040M<<<<<<0VNM<<<<<<<<<<<0"), "date"),
        (("A" * 36, "B" * 36), "not_td1"),
        (("A" * 88,), "not_td1"),
    ],
)
def test_what_is_no_citizen_card_is_refused_with_its_kind(lines: tuple[str, ...], kind: str) -> None:
    with pytest.raises(MrzError) as caught:
        read_card_mrz(lines)
    assert caught.value.kind == kind


def test_a_passport_in_dg1_is_no_citizen_card() -> None:
    with pytest.raises(MrzError) as caught:
        card_mrz(parse_mrz("P<VNMMAU<<VI<DU" + "<" * 29 + "X" + "0" * 43))
    assert caught.value.kind == "not_td1"


def test_spaces_between_and_inside_lines_do_not_matter() -> None:
    assert (
        read_card_mrz("  IDVNM0990123493 001099012349<<4 \n\n" + LINES[1] + "\r\n " + LINES[2]).outcome
        == "ok"
    )


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("NGUYEN<<DUC<ANH<<<KKK<<<<<<<<<", "filler_confusion_suspected"),
        ("NGUYEN<<DUC<ANH<<<K<<<<<<<<<<<", "filler_confusion_suspected"),
        ("NGUYEN<<DUC<ANHCCSSSSSSSSSSSSS", "filler_confusion_suspected"),
        ("NGUYEN<<DUC<ANH<THI<VI<DU<THUY", "name_truncated"),
    ],
)
def test_a_suspicious_name_line_is_warned_about(name: str, warning: str) -> None:
    assert read_card_mrz((*LINES[:2], name)).warnings == (warning,)


@pytest.mark.parametrize(
    "name", ["NGUYEN<<K<SOR<KS<<<<<<<<<<<<<<", "K<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "SIU<<BLAC" + "<" * 21]
)
def test_an_ordinary_name_line_is_not(name: str) -> None:
    assert read_card_mrz((*LINES[:2], name)).warnings == ()


def test_a_listing_shows_no_one() -> None:
    assert repr(read_card_mrz(LINES)) == "<CardMrz 0010******49>"
    failed = read_card_mrz((LINES[0][:-1] + "9", *LINES[1:]))
    assert repr(failed) == "<CardMrz with wrong check digits>"
    assert failed.document_number == "099012349"


WORDS = st.lists(
    st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạếềểễệứừửữự'-", min_size=1, max_size=9).map(str.title),
    min_size=1, max_size=6,
).map(" ".join).filter(lambda name: any(c.isalpha() for c in name))  # fmt: skip
DATES = st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 30))


@given(
    st.from_regex(r"[0-9]{3}", fullmatch=True), st.from_regex(r"[0-9]{6}", fullmatch=True),
    WORDS, DATES, st.sampled_from("MF"), st.dates(dt.date(2021, 1, 1), dt.date(2099, 12, 30)) | st.none(),
)  # fmt: skip
def test_every_generated_person_survives_writing_and_reading(
    prefix: str, serial: str, name: str, birth: dt.date, sex: str, expiry: dt.date | None
) -> None:
    number = f"{prefix}{(birth.year - 1900) // 100 * 2 + (sex == 'F')}{birth.year % 100:02d}{serial}"
    born = PartialDate(birth.year, birth.month, birth.day)
    lines = card_mrz_lines(number=number, full_name=name, birth_date=born, sex=sex, expiry_date=expiry)
    card = read_card_mrz(lines)
    assert card.number is not None
    assert (card.number.number, card.birth_date, card.expiry_date) == (number, born, expiry)
    assert card.no_expiry == (expiry is None)
    assert card.mrz.sex == sex
    assert mrz_name_agrees(name, lines[2])
    assert not set(card.warnings) & {"pin_sex_mismatch", "pin_year_mismatch", "document_number_not_pin_tail"}


def test_a_partial_birth_date_is_written_with_fillers() -> None:
    lines = card_mrz_lines(
        number="036055000077",
        full_name="Trần Văn Mẫu",
        birth_date=PartialDate(1955),
        sex="M",
        expiry_date=None,
    )
    assert lines == (
        "IDVNM0550000778036055000077<<3", "55<<<<0M9912315VNM<<<<<<<<<<<2", "TRAN<<VAN<MAU<<<<<<<<<<<<<<<<<",
    )  # fmt: skip
    assert read_card_mrz(lines).birth_date == PartialDate(1955)


def test_lines_are_not_written_for_what_cannot_be_written() -> None:
    born = PartialDate(1999, 7, 4)
    for name, sex in (("阮德英", "M"), ("Nguyễn Đức Ánh", "X")):
        with pytest.raises(MrzError):
            card_mrz_lines(number="001099012349", full_name=name, birth_date=born, sex=sex, expiry_date=None)
    with pytest.raises(PersonalNumberError):
        card_mrz_lines(number="1", full_name="Nguyễn", birth_date=born, sex="M", expiry_date=None)


def test_wrong_letters_that_count_as_the_digits_do_are_repaired_too() -> None:
    lines = (
        "IDVNM001I11B880001001111888<<1",
        "0101011M3907041VNM<<<<<<<<<<<0",
        "LE<<A<<<<<<<<<<<<<<<<<<<<<<<<<",
    )
    card = read_card_mrz(lines)
    assert card.document_number == "001111888"
    assert card.warnings == ("ocr_repaired",)
    assert card.mrz_information == "001111888001010113907041"


@given(st.text("<IDVNM0123456789OB\n\r KCSé", max_size=100))
def test_any_text_gives_a_result_or_a_typed_error(text: str) -> None:
    with contextlib.suppress(MrzError):
        read_card_mrz(text)


@given(st.integers(0, 89), st.sampled_from("<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_one_wrong_character_outside_the_name_never_changes_the_number_silently(at: int, char: str) -> None:
    text = "".join(LINES)
    try:
        card = read_card_mrz(text[:at] + char + text[at + 1 :])
    except MrzError:
        return
    if card.number is not None and card.number.number != "001099012349":
        assert card.warnings
