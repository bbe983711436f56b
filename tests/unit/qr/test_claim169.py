"""Claim 169 read in all the forms its specification shows, and written in one."""

from __future__ import annotations

import dataclasses
import pickle
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.document.dates import PartialDate
from eid.document.person import Person
from eid.errors import QrClaimInvalid
from eid.qr.claim169 import (
    Biometric,
    BiometricFormat,
    BodyPart,
    Gender,
    ImageFormat,
    MaritalStatus,
    QrPerson,
    read_person,
)

WHOLE = QrPerson(
    id="001099012349",
    version="1.0",
    language="vie",
    full_name="Nguyễn Đức Ánh",
    first_name="Ánh",
    middle_name="Đức",
    last_name="Nguyễn",
    birth_date=PartialDate(1999, 7, 4),
    gender=Gender.MALE,
    address="Số 1, Thôn Thử Nghiệm\nXã Ví Dụ, Tỉnh Mẫu",
    email="anh@example.com",
    phone="+84 900 000 000",
    nationality="VNM",
    marital_status=MaritalStatus.UNMARRIED,
    guardian="Trần Thị Mẫu",
    best_quality_fingers=(1, 2, 6),
    secondary_full_name="NGUYEN DUC ANH",
    secondary_language="eng",
    location_code="849VCWC8+R9",
    legal_status="citizen",
    country_of_issuance="VN",
    biometrics={
        BodyPart.FACE: (Biometric(b"RIFF", BiometricFormat.IMAGE, ImageFormat.WEBP),),
        BodyPart.RIGHT_THUMB: (Biometric(b"FMR", BiometricFormat.TEMPLATE, 1, "a maker"),),
    },
    other={30: "kept", 75: [1, 2]},
)


def read(claim: object) -> QrPerson:
    return read_person(claim)[0]


def test_what_is_written_is_read_again_without_a_warning() -> None:
    person, warnings = read_person(WHOLE.to_claim())
    assert person == WHOLE
    assert warnings == ()
    assert person.photo == Biometric(b"RIFF", 0, 4)


def test_what_is_written_has_the_keys_of_the_specification_in_their_order() -> None:
    claim = WHOLE.to_claim()
    assert list(claim) == [*range(1, 16), *range(18, 24), 30, 50, 62, 75]
    assert claim[8] == "19990704"
    assert claim[9] == 1
    assert claim[62] == [{0: b"RIFF", 1: 0, 2: 4}]
    assert claim[50] == [{0: b"FMR", 1: 1, 2: 1, 3: "a maker"}]


def test_a_person_who_says_nothing_is_an_empty_map() -> None:
    assert QrPerson().to_claim() == {}
    assert read_person({}) == (QrPerson(), ())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("19840118", PartialDate(1984, 1, 18)),
        ("1984-01-18", PartialDate(1984, 1, 18)),
        ("1984-01-18T00:00:00Z", PartialDate(1984, 1, 18)),
        ("1984-01", PartialDate(1984, 1)),
        ("1984", PartialDate(1984)),
        ("19840100", PartialDate(1984, 1)),
        ("19840000", PartialDate(1984)),
        (19840118, PartialDate(1984, 1, 18)),
    ],
)
def test_dates_in_every_form_that_occurs(written: object, expected: PartialDate) -> None:
    person, warnings = read_person({8: written})
    assert person.birth_date == expected
    defined = isinstance(written, str) and len(written) == 8
    assert warnings == (() if defined else ("BIRTH_DATE_FORM",))


@pytest.mark.parametrize("written", ["19841301", "1984-02-30", "18.01.1984", "", "1984-1-8", "199x0101"])
def test_a_date_that_is_none_is_kept_and_named(written: str) -> None:
    person, warnings = read_person({8: written})
    assert person.birth_date is None
    assert person.other == {8: written}
    assert "BIRTH_DATE_UNREADABLE" in warnings


@pytest.mark.parametrize("written", [2, "2", "Female", "female "])
def test_gender_as_number_as_its_text_and_as_word(written: object) -> None:
    """The example of 3.2.1 encodes the number as text."""
    person, warnings = read_person({9: written})
    assert person.gender is Gender.FEMALE
    assert warnings == (() if written == 2 else ("GENDER_NOT_NUMBER",))


@pytest.mark.parametrize("written", [0, 4, -1, "9", "unknown"])
def test_an_unknown_gender_is_kept_and_named(written: object) -> None:
    person, warnings = read_person({9: written, 14: 2})
    assert person.gender is None
    assert person.other == {9: written}
    assert "GENDER_UNKNOWN" in warnings
    assert person.marital_status is MaritalStatus.MARRIED


def test_others_is_the_word_of_the_table() -> None:
    assert read({9: "Others"}).gender is Gender.OTHER


def test_one_sample_without_the_array_around_it() -> None:
    """As in the example of 3.2.1."""
    person, warnings = read_person({62: {0: b"x", 1: 0, 2: 4}})
    assert person.photo == Biometric(b"x", 0, 4)
    assert warnings == ("BIOMETRIC_NOT_LIST",)


def test_octets_as_hexadecimal_text() -> None:
    """As in the same example."""
    person, warnings = read_person({62: [{0: "52494646", 1: 0}]})
    assert person.photo == Biometric(b"RIFF", 0)
    assert warnings == ("BIOMETRIC_AS_TEXT",)


@pytest.mark.parametrize(("old", "new"), [(1, 1), (2, 2), (3, 3), (4, 4)])
def test_the_photograph_in_its_old_place(old: int, new: int) -> None:
    person, warnings = read_person({16: b"picture", 17: old})
    assert person.photo == Biometric(b"picture", BiometricFormat.IMAGE, ImageFormat(new))
    assert person.other == {}
    assert warnings == ("PHOTO_IN_OLD_FIELD",)


def test_the_new_place_wins_over_the_old_one() -> None:
    person, _ = read_person({16: b"old", 17: 1, 62: [{0: b"new", 1: 0, 2: 4}]})
    assert person.photo is not None
    assert person.photo.data == b"new"
    assert person.other == {16: b"old", 17: 1}


def test_a_format_of_no_photograph_is_only_kept() -> None:
    """A vector of the claim169 project."""
    person, warnings = read_person({17: 1})
    assert person.photo is None
    assert person.other == {17: 1}
    assert warnings == ()


def test_a_template_of_the_face_is_no_photograph() -> None:
    assert read({62: [{0: b"t", 1: 1, 2: 100}]}).photo is None
    assert read({62: [{0: b"t", 1: 1}, {0: b"i", 1: 0}]}).photo == Biometric(b"i", 0)


@pytest.mark.parametrize("written", [[1, 2, 6], b"\x01\x02\x06"])
def test_fingers_as_list_and_as_octets(written: object) -> None:
    assert read({18: written}).best_quality_fingers == (1, 2, 6)


def test_numbers_where_texts_belong() -> None:
    """Example 3.2 shows ID and version without quotation marks."""
    person, warnings = read_person({1: 3918592438, 2: 1.0})
    assert (person.id, person.version) == ("3918592438", "1.0")
    assert warnings == ("ID_NOT_TEXT", "VERSION_NOT_TEXT")


def test_unknown_keys_are_kept() -> None:
    claim = {4: "A", 24: 1, 49: "x", 70: b"\1", 99: True, 500: [1], -3: None, "own": {"a": 1}}
    assert read(claim).other == {k: v for k, v in claim.items() if k != 4}


@pytest.mark.parametrize(
    "claim",
    [
        None,
        [],
        "text",
        {4: b"octets"},
        {4: [1]},
        {1: True},
        {8: b"1984"},
        {8: True},
        {8: 1.5},
        {9: True},
        {9: [1]},
        {9: b"1"},
        {14: {}},
        {18: "1"},
        {18: [11]},
        {18: [True]},
        {18: [-1]},
        {18: list(range(11)) + [0]},
        {16: 5},
        {16: "not hexadecimal"},
        {62: b"octets"},
        {62: [b"octets"]},
        {62: [{}]},
        {62: [{0: 5}]},
        {62: [{0: "zz"}]},
        {62: [{0: b"x", 1: "0"}]},
        {62: [{0: b"x", 2: True}]},
        {62: [{0: b"x", 3: 1}]},
        {50: [{0: b"x"}] * 9},
    ],
)
def test_a_field_of_an_impossible_type_is_refused(claim: object) -> None:
    with pytest.raises(QrClaimInvalid):
        read_person(claim)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("language", "vn"),
        ("language", "VIE"),
        ("secondary_language", "AR"),
        ("nationality", "vn"),
        ("nationality", "Việt Nam"),
        ("country_of_issuance", "V"),
        ("phone", "0900000000"),
        ("phone", "+84900000000000000000"),
        ("email", "no address"),
        ("full_name", " "),
        ("full_name", "two\nlines"),
        ("full_name", "half \ud800"),
        ("full_name", 5),
        ("address", "\n"),
        ("address", "a\x00b"),
        ("gender", 4),
        ("best_quality_fingers", (11,)),
        ("best_quality_fingers", (True,)),
        ("biometrics", {49: (Biometric(b"x"),)}),
        ("biometrics", {62: ()}),
        ("biometrics", {62: (Biometric(b""),)}),
        ("other", {4: "hidden behind the name"}),
        ("other", {50: [{0: b"x"}]}),
        ("other", {100: 1}),
        ("other", {"text": 1}),
    ],
)
def test_only_what_the_specification_allows_is_written(field: str, value: object) -> None:
    with pytest.raises(QrClaimInvalid) as caught:
        dataclasses.replace(WHOLE, **{field: value}).to_claim()
    assert caught.value.claim == field


def test_the_value_of_a_field_is_in_no_message() -> None:
    with pytest.raises(QrClaimInvalid) as caught:
        QrPerson(email="secret person").to_claim()
    assert "secret" not in str(caught.value)
    with pytest.raises(QrClaimInvalid) as caught:
        read_person({4: b"secret person"})
    assert "secret" not in str(caught.value)


def test_a_partial_date_invents_no_day() -> None:
    assert QrPerson(birth_date=PartialDate(1999)).to_claim() == {8: "19990000"}
    assert QrPerson(birth_date=PartialDate(1999, 7)).to_claim() == {8: "19990700"}


def test_personal_data_are_in_no_repr() -> None:
    for shown in (repr(WHOLE), str(WHOLE), f"{WHOLE}"):
        assert "Nguy" not in shown
        assert "001099" not in shown
    assert "RIFF" not in repr(WHOLE.photo)


def test_from_what_a_chip_says() -> None:
    chip = Person(number="001099012349", name="Nguyễn Đức Ánh", birth_date=PartialDate(1999, 7, 4), sex="M",
                  nationality="VNM")  # fmt: skip
    person = QrPerson.of(chip, legal_status="citizen")
    assert person == QrPerson(
        id="001099012349",
        full_name="Nguyễn Đức Ánh",
        birth_date=PartialDate(1999, 7, 4),
        gender=Gender.MALE,
        nationality="VNM",
        legal_status="citizen",
    )
    assert QrPerson.of(chip, id=None).id is None


_LINES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30).filter(str.strip)
_LETTERS = st.text(string.ascii_lowercase, min_size=3, max_size=3)
_DATES = st.dates().map(lambda day: PartialDate(day.year, day.month, day.day))
_SAMPLES = st.builds(
    Biometric,
    st.binary(min_size=1, max_size=20),
    st.none() | st.sampled_from(BiometricFormat).map(int),
    st.none() | st.integers(0, 200),
    st.none() | _LINES,
)


@given(
    st.builds(
        QrPerson,
        id=st.none() | _LINES,
        full_name=st.none() | _LINES,
        language=st.none() | _LETTERS,
        birth_date=st.none() | _DATES | st.integers(1, 9999).map(PartialDate),
        gender=st.none() | st.sampled_from(Gender),
        marital_status=st.none() | st.sampled_from(MaritalStatus),
        address=st.none() | st.lists(_LINES, min_size=1, max_size=3).map("\n".join),
        best_quality_fingers=st.lists(st.integers(0, 10), max_size=11).map(tuple),
        secondary_full_name=st.none() | _LINES,
        biometrics=st.dictionaries(
            st.integers(50, 65), st.lists(_SAMPLES, min_size=1, max_size=3).map(tuple), max_size=3
        ),
        other=st.dictionaries(st.integers(24, 49) | st.integers(66, 99), st.integers() | _LINES, max_size=3),
    )
)
def test_every_person_that_can_be_written_is_read_as_the_same(person: QrPerson) -> None:
    assert read_person(person.to_claim()) == (person, ())


def test_people_can_be_copied_to_another_process() -> None:
    person = read(WHOLE.to_claim())
    assert pickle.loads(pickle.dumps(person)) == person
