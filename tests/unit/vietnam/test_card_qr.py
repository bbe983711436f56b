"""The printed code: the vectors, what scanners do to it, and what only the chip can tell."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import random
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_people import (
    REVERSIBLE,
    Invented,
    lost_octets,
    people,
    question_marks,
    telex,
    windows,
    without_accents,
)

from eid.chip.access import Can
from eid.document.dates import PartialDate
from eid.document.dg1 import DG1
from eid.document.mrz import parse_mrz
from eid.errors import EidError, LimitExceeded, MrzError, PrintedCodeError
from eid.vietnam import (
    PrintedCode,
    Severity,
    can_from_number,
    cross_check,
    most_severe,
    parse_dg13,
    parse_printed_code,
    read_card_mrz,
    rejection_json,
)
from eid.vietnam.card_qr import Generation
from eid.vietnam.card_qr.repair import MAX_PAYLOAD
from eid.vietnam.comparisons import REASONS, Agreement, Comparison, Source
from eid.vietnam.dg13 import encode_dg13
from eid.vietnam.mrz import card_mrz_lines

CODE = "001099012349|012345678|Nguyễn Đức Ánh|04071999|Nam|Số 1, Thôn Thử, Xã Ví Dụ, Tỉnh Mẫu|10072022"
FOUND = {Severity.REVIEW, Severity.ALARM}


def fields(code: PrintedCode) -> tuple[object, ...]:
    """Everything but the warnings."""
    return dataclasses.astuple(dataclasses.replace(code, warnings=()))


def changed(position: int, value: str, text: str = CODE) -> str:
    parts = text.split("|")
    parts[position] = value
    return "|".join(parts)


def rejected(payload: str | bytes) -> PrintedCodeError:
    with pytest.raises(PrintedCodeError) as caught:
        parse_printed_code(payload)
    return caught.value


# --- vectors ---------------------------------------------------------------------------------------


def test_every_printed_code_vector_gives_its_view(vietnam_vectors: dict[str, list[dict[str, Any]]]) -> None:
    assert len(vietnam_vectors["qr"]) >= 51
    for case in vietnam_vectors["qr"]:
        payload = bytes.fromhex(case["input_hex"]) if "input_hex" in case else case["input"]
        try:
            found = parse_printed_code(payload).to_json()
        except PrintedCodeError as error:
            found = rejection_json(error)
        expected = dict(case["expect"])
        raw = found.pop("raw", None)
        assert sorted(found.pop("warnings")) == sorted(expected.pop("warnings")), case["id"]
        assert found == expected, case["id"]
        if "extras_order_unconfirmed" in case["expect"]["warnings"]:
            assert raw["extras"] == case["input"].split("|")[7:], case["id"]


def test_octets_and_text_are_read_alike(vietnam_vectors: dict[str, list[dict[str, Any]]]) -> None:
    for case in vietnam_vectors["qr"]:
        if case["expect"]["outcome"] != "reject" and "input" in case:
            assert parse_printed_code(case["input"].encode()) == parse_printed_code(case["input"]), case["id"]


# --- what a code is and is not ---------------------------------------------------------------------


def test_a_code_cannot_be_mistaken_for_proof() -> None:
    code = parse_printed_code(CODE)
    assert code.proof is False
    assert code.to_json()["proof"] is False
    with pytest.raises((TypeError, AttributeError, dataclasses.FrozenInstanceError)):
        code.proof = True  # type: ignore[misc]
    words = " ".join(name for name in dir(code) if not name.startswith("_")).lower()
    for word in ("valid", "verif", "authentic", "genuine", "trust"):
        assert word not in words
    assert "without proof" in repr(code)


def test_a_listing_shows_only_the_ends_of_the_number() -> None:
    code = parse_printed_code(changed(7, "Lê Văn Cha", CODE + "||||"))
    rows = cross_check(code=code)
    for text in (repr(code), str(code), repr(code.parents), repr(rows)):
        for secret in ("001099012349", "099012349", "Nguyễn", "1999", "Thôn", "012345678", "Lê Văn"):
            assert secret not in text


def test_the_number_of_a_scanned_code_opens_the_chip() -> None:
    assert can_from_number(parse_printed_code(CODE + "\r\n").number) == Can("012349")


@pytest.mark.parametrize("payload", ["", "\r\n", "\ufeff", " \0", "\u200b", b"", "\u00a0\u00a0"])
def test_nothing_scanned_is_said_so(payload: str | bytes) -> None:
    assert rejected(payload).kind == "empty"


@pytest.mark.parametrize(
    "payload",
    [
        "https://example.com/?a=1", "HC1:6BFOXN", "Họ tên: Nguyễn Đức Ánh\nSố: 001099012349", "001099012349",
        '{"a": "1|2|3|4|5|6|7"}', "BEGIN:VCARD\r\nFN:A\r\nEND:VCARD", "[1|2]", "<a>|</a>", CODE + "|" * 10,
    ],
)  # fmt: skip
def test_other_codes_are_refused_politely(payload: str) -> None:
    error = rejected(payload)
    assert error.kind == "not_card_qr"
    assert "001099012349" not in str(error)


@pytest.mark.parametrize(
    ("position", "value", "kind"),
    [
        (0, "00109901234", "pin_format"), (0, " 001099012349x", "pin_format"), (0, "001 099 012 349", "pin_format"),
        (0, "", "pin_format"), (0, "٠٠١٠٩٩٠١٢٣٤٩", "pin_format"), (0, "²01099012349", "pin_format"),
        (2, "   ", "name_missing"),
        (3, "0407999", "dob_format"), (3, "4071999", "dob_format"), (3, "٠٤٠٧١٩٩٩", "dob_format"), (3, "", "dob_format"),
        (3, "04001999", "dob_invalid"), (3, "29021999", "dob_invalid"), (3, "00130000", "dob_invalid"),
        (3, "00000000", "dob_invalid"), (3, "0000", "dob_invalid"), (3, "19990704", "dob_invalid"),
        (6, "10/07/2022", "issue_date_format"), (6, "31022022", "issue_date_format"), (6, "00002022", "issue_date_format"),
        (6, "2022", "issue_date_format"),
    ],
)  # fmt: skip
def test_fields_that_cannot_be_are_refused(position: int, value: str, kind: str) -> None:
    error = rejected(changed(position, value))
    assert error.kind == kind
    if len(value) > 3:
        assert value not in str(error)


def test_known_mistakes_have_a_hint() -> None:
    assert rejected(changed(0, "1099012349")).hint == "leading_zero_lost"
    assert rejected(changed(0, "012345678")).hint == "old_9_digit_number"
    assert rejected(CODE.replace("|012345678", "")).hint == "old_number_field_missing"
    for year_alone in ("1999", "19990000"):
        text = changed(3, year_alone).replace("|012345678", "")
        assert rejected(text).hint == "old_number_field_missing"
    assert rejected("001099012349|012345678").hint is None
    assert rejected(CODE.rpartition("|")[0]).hint is None  # six fields, and the last one is missing


def test_two_scans_are_never_one_person() -> None:
    for end in ("\r", "\n", "\r\n", "\r\n\r\n"):
        assert rejected(CODE + end + CODE).kind == "multiple_payloads"
        assert rejected(CODE + end + CODE + end).kind == "multiple_payloads"
    assert rejected(CODE + CODE).kind == "issue_date_format"
    assert rejected(CODE + "\0" + CODE).kind == "issue_date_format"


def test_octets_that_are_not_utf8_are_refused_in_either_form() -> None:
    octets = CODE.encode()[:-20] + b"\xff" + CODE.encode()[-20:]
    assert rejected(octets).kind == "invalid_utf8"
    assert rejected(octets.decode("utf-8", "surrogateescape")).kind == "invalid_utf8"
    assert rejected(CODE.encode("utf-16")).kind == "invalid_utf8"


def test_size_is_looked_at_first() -> None:
    for payload in ("1" * (MAX_PAYLOAD + 1), b"\xff" * (MAX_PAYLOAD + 1)):
        with pytest.raises(LimitExceeded):
            parse_printed_code(payload)


@pytest.mark.parametrize(
    ("value", "date", "warnings"),
    [
        ("00071999", "1999-07", {"partial_dob"}),
        ("00001999", "1999", {"partial_dob"}),
        ("1999", "1999", {"partial_dob"}),
        ("19990000", "1999", {"partial_dob", "date_order_yyyymmdd"}),
    ],
)
def test_partial_dates_stay_partial(value: str, date: str, warnings: set[str]) -> None:
    code = parse_printed_code(changed(3, value))
    assert str(code.birth_date) == date
    assert set(code.warnings) == warnings


def test_dates_in_the_wrong_order_are_told() -> None:
    assert parse_printed_code(changed(6, "03071999")).warnings == ("dates_inconsistent",)
    assert parse_printed_code(changed(6, "04071999")).warnings == ()  # issued on the day of birth
    assert "dates_inconsistent" not in parse_printed_code(changed(3, "00001999")).warnings


def test_extras_are_taken_by_their_shape_and_kept_as_they_stand() -> None:
    new = changed(6, "01082024")
    code = parse_printed_code(f"{new}|048220000125|012345678|Lê Văn Cha 2|Lê Văn Cha")
    assert code.cancelled_numbers == ("048220000125",)
    assert [(parent.name, parent.role) for parent in code.parents] == [("Lê Văn Cha", None)]
    assert code.extras == ("048220000125", "012345678", "Lê Văn Cha 2", "Lê Văn Cha")
    assert code.warnings == ("extras_order_unconfirmed",)
    three = parse_printed_code(f"{new}|Lê Một|Lê Hai|Lê Ba|")
    assert [parent.role for parent in three.parents] == [None, None, None]
    four = parse_printed_code(f"{new}|  |Lê Một|Lê Hai| ")
    assert [parent.role for parent in four.parents] == ["father", "mother"]


def test_odd_but_readable_values_are_kept_with_a_warning() -> None:
    assert parse_printed_code(changed(1, "12345678")).warnings == ("old_number_unusual",)
    assert parse_printed_code(changed(4, "nam")).sex == "M"
    assert parse_printed_code(changed(4, "NỮ", CODE.replace("001099", "001199"))).sex == "F"
    unknown = parse_printed_code(changed(4, "N?"))
    assert (unknown.sex, unknown.sex_text) == (None, "N?")
    assert set(unknown.warnings) == {"sex_unrecognised", "degraded_text"}
    assert parse_printed_code(changed(5, "  ")).residence is None
    assert parse_printed_code(CODE + "|").generation is Generation.CCCD_2021


# --- damage ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def everybody() -> list[tuple[str, PrintedCode]]:
    """Ten thousand codes and what stands in them."""
    return [(person.code, parse_printed_code(person.code)) for person in people(10_000, seed=9303)]


@pytest.mark.parametrize("damage", REVERSIBLE)
def test_ten_thousand_people_survive_each_reversible_damage(
    damage: str, everybody: list[tuple[str, PrintedCode]]
) -> None:
    warnings, harm = REVERSIBLE[damage]
    chance = random.Random(5)
    harmed = 0
    for text, undamaged in everybody:
        payload = harm(text, chance)
        if payload == text:
            continue
        harmed += 1
        code = parse_printed_code(payload)
        assert dataclasses.replace(code, warnings=undamaged.warnings) == undamaged
        assert set(code.warnings) == {*undamaged.warnings, *warnings}
    assert harmed > 9_500


def test_damage_upon_damage_is_undone_in_the_right_order() -> None:
    chance = random.Random(6)
    for person in people(1_500, seed=6):
        text = person.code
        for name in chance.sample(["decomposed", "full width", "odd spaces", "no width"], 3):
            text = str(REVERSIBLE[name][1](text, chance))
        text = windows(text) if chance.random() < 0.5 else text.encode().decode("latin-1")
        text = str(REVERSIBLE["suffix"][1]("\ufeff" + text, chance))
        assert fields(parse_printed_code(text)) == fields(parse_printed_code(person.code))


@pytest.mark.parametrize("scramble", [windows, lambda text: text.encode().decode("latin-1")])
@pytest.mark.parametrize("before", ["\ufeff\t\ufeff", "\t\ufeff \ufeff"])
def test_marks_and_spaces_between_marks_do_not_hide_a_scrambled_text(
    before: str, scramble: Callable[[str], str]
) -> None:
    text = before + scramble(CODE) + "\t"
    assert fields(parse_printed_code(text)) == fields(parse_printed_code(CODE))


def test_an_undamaged_code_has_no_warning_of_damage() -> None:
    told = {"extras_order_unconfirmed"}
    for person in people(2_000, seed=16):
        code = parse_printed_code(person.code)
        assert set(code.warnings) <= told
        assert (code.number.number, code.full_name, code.sex) == (person.number, person.name, person.sex)
        assert (code.residence, code.issue_date) == (person.residence, person.issued)
        assert code.birth_date.first_day() == person.born
        assert (code.old_number or "") == person.old_number
        assert tuple(parent.name for parent in code.parents) == (person.parents or ())
        assert code.cancelled_numbers == ((person.cancelled,) if code.cancelled_numbers else ())


def test_lost_letters_are_flagged_and_nothing_is_guessed() -> None:
    for person in people(1_500, seed=7):
        for harm in (question_marks, without_accents):
            text = harm(person.code)
            code = parse_printed_code(text)
            assert code.degraded, harm
            assert code.full_name == text.split("|")[2]
            assert code.number.number == person.number


def test_lost_octets_are_flagged_or_found_by_the_chip() -> None:
    unseen = 0
    for person in people(1_500, seed=8):
        text = lost_octets(person.code)
        try:
            code = parse_printed_code(text)
        except PrintedCodeError:
            continue
        assert code.full_name == text.split("|")[2]
        if not code.degraded and fields(code) != fields(parse_printed_code(person.code)):
            unseen += 1
            assert most_severe(checked(person, code)) in FOUND
    assert unseen < 20


def test_a_locked_capitals_key_is_flagged() -> None:
    assert parse_printed_code(CODE.swapcase()).degraded
    assert not parse_printed_code(CODE.upper()).degraded


@pytest.mark.parametrize("name", ["Äan", "Lê Vn\ufffd", "Nguyá»n", "Lê \x07 Ba", "Lê ?"])
def test_traces_of_lost_letters_are_flagged_and_kept(name: str) -> None:
    code = parse_printed_code(changed(2, name))
    assert code.degraded
    assert code.full_name == name


@pytest.mark.parametrize("name", ["H’Ví Niê", "Hà\u00a0An", "Ñoĭ Ŏt", "Đỗ Ý", "Lê’ Bá"])
def test_letters_that_only_look_like_damage_are_not_flagged(name: str) -> None:
    assert not parse_printed_code(changed(2, name)).degraded


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_scan_gives_a_code_or_a_typed_error(payload: str | bytes) -> None:
    try:
        code = parse_printed_code(payload)
    except EidError as error:
        assert isinstance(rejection_json(error), dict)  # noqa: PT017 - either way is right
        return
    assert len(code.number.number) == 12


@given(st.integers(0, 6), st.text(max_size=40).filter(lambda text: "|" not in text))
def test_any_field_gives_a_code_or_a_typed_error(position: int, value: str) -> None:
    try:
        code = parse_printed_code(changed(position, value))
    except PrintedCodeError as error:
        assert len(value) < 4 or value not in str(error)  # noqa: PT017 - either way is right
        return
    assert code.number.number.isascii()
    assert unicodedata.is_normalized("NFC", code.full_name)


# --- code and chip ---------------------------------------------------------------------------------


def checked(person: Invented, code: PrintedCode) -> tuple[Comparison, ...]:
    lines = person.printed_lines
    return cross_check(code=code, mrz=lines, dg1=DG1(lines.mrz), dg13=person.national_data)


def one(rows: tuple[Comparison, ...], field: str, left: Source, right: Source) -> Comparison:
    (row,) = (row for row in rows if (row.field, row.left, row.right) == (field, left, right))
    return row


def test_a_code_of_the_same_card_agrees_in_every_field() -> None:
    for person in people(1_000, seed=10):
        rows = checked(person, parse_printed_code(person.code))
        assert most_severe(rows) is Severity.NONE, [row for row in rows if row.severity is not Severity.NONE]
        assert one(rows, "name", Source.CODE, Source.DG13).reason == "same"
        assert one(rows, "residence", Source.CODE, Source.DG13).reason == "same"
        assert len({(row.field, row.left, row.right) for row in rows}) == len(rows)


def test_every_altered_digit_is_refused_or_found_by_the_chip() -> None:
    chance = random.Random(11)
    refused = 0
    for person in people(1_500, seed=11):
        fields = person.code.split("|")
        position = chance.choice([0, 0, 0, 3, 5, 6, *([1] if person.old_number else [])])
        digits = [at for at, letter in enumerate(fields[position]) if letter.isdigit()]
        if not digits:
            continue
        at = chance.choice(digits)
        other = chance.choice([digit for digit in "0123456789" if digit != fields[position][at]])
        fields[position] = fields[position][:at] + other + fields[position][at + 1 :]
        try:
            code = parse_printed_code("|".join(fields))
        except PrintedCodeError:
            refused += 1
            continue
        rows = checked(person, code)
        severity = most_severe(rows)
        assert severity in FOUND, fields[position]
        if position in (0, 3) and code.birth_date.complete:
            assert severity is Severity.ALARM
    assert refused < 500


def test_every_name_that_telex_rewrites_is_found_by_the_chip() -> None:
    rewritten, explained = 0, 0
    for person in people(2_500, seed=12):
        name = telex(person.name)
        if name == person.name:
            continue
        rewritten += 1
        code = parse_printed_code(person.code.replace(person.name, name, 1))
        rows = checked(person, code)
        row = one(rows, "name", Source.CODE, Source.DG13)
        assert row.agreement is Agreement.DIFFERENT
        assert row.severity in FOUND
        explained += row.reason == "input_method"
    assert rewritten > 250
    assert explained > rewritten * 0.8


@pytest.mark.parametrize(
    ("typed", "arrived"),
    [
        ("Wang", "Ưang"),
        ("Thuowng", "Thương"),
        ("Loong", "Lông"),
        ("Ddam", "Đam"),
        ("Ksor", "Ksỏ"),
        ("Bees", "Bế"),
    ],
)
def test_telex_is_named_as_the_likely_cause(typed: str, arrived: str) -> None:
    person = dataclasses.replace(ANH, name=f"Siu {typed} Niê")
    row = one(checked(person, parse_printed_code(person.code.replace(typed, arrived))), "name", Source.CODE, Source.DG13)  # fmt: skip
    assert row.reason == "input_method"
    other = one(checked(person, parse_printed_code(person.code.replace(typed, "Blia"))), "name", Source.CODE, Source.DG13)  # fmt: skip
    assert other.reason == "name_differs"


def test_addresses_that_telex_rewrites_are_found_too() -> None:
    rewritten = 0
    for person in people(800, seed=13):
        text = telex(person.residence)
        if text == person.residence:
            continue
        rewritten += 1
        code = parse_printed_code(person.code.replace(person.residence, text))
        row = one(checked(person, code), "residence", Source.CODE, Source.DG13)
        assert row.agreement is Agreement.DIFFERENT
        assert row.severity in FOUND
    assert rewritten > 100


def test_the_code_of_another_person_raises_the_alarm() -> None:
    for person, other in itertools.pairwise(people(400, seed=14)):
        rows = checked(person, parse_printed_code(other.code))
        assert one(rows, "number", Source.CODE, Source.DG1).reason == "number_differs"
        assert most_severe(rows) is Severity.ALARM


ANH = Invented(
    number="001099012349",
    name="Nguyễn Đức Ánh",
    born=parse_printed_code(CODE).birth_date.first_day(),
    sex="M",
    residence="Số 1, Thôn Thử, Xã Ví Dụ, Tỉnh Mẫu",
    issued=parse_printed_code(CODE).issue_date,
    old_number="012345678",
    parents=None,
    cancelled="",
)


@pytest.mark.parametrize(
    ("position", "value", "field", "reason"),
    [
        (2, "NGUYỄN ĐỨC ÁNH", "name", "spelling"),
        (2, "Nguyễn  Đức Ánh", "name", "spelling"),
        (2, "Nguyễn Ðức Ánh", "name", "spelling"),  # Eth
        (2, "Nguyễn Đức Anh", "name", "accents_differ"),
        (2, "Nguyen Duc Anh", "name", "accents_missing"),
        (2, "Nguy?n ??c ?nh", "name", "degraded"),
        (2, "Trần Đức Ánh", "name", "name_differs"),
        (2, "Nguyễn Ánh", "name", "name_differs"),
        (2, "Nguyn Đức Ánh", "name", "name_differs"),
        (3, "05071999", "birth_date", "birth_date_differs"),
        (3, "04071899", "birth_date", "birth_date_differs"),
        (3, "00071999", "birth_date", "partial_in_code"),
        (3, "00081999", "birth_date", "birth_date_differs"),
        (4, "Nữ", "sex", "sex_differs"),
        (4, "X", "sex", "missing"),
        (5, "Số 2, Thôn Thử, Xã Ví Dụ, Tỉnh Mẫu", "residence", "residence_differs"),
        (5, "", "residence", "missing"),
        (6, "11072022", "issue_date", "issue_date_differs"),
        (1, "012345679", "old_number", "old_number_differs"),
        (1, "", "old_number", "missing"),
    ],
)
def test_each_difference_has_its_reason(position: int, value: str, field: str, reason: str) -> None:
    rows = checked(ANH, parse_printed_code(changed(position, value)))
    row = one(rows, field, Source.CODE, Source.DG13)
    assert row.reason == reason
    assert row.explanation.vi
    others = [row for row in rows if row.left is Source.CODE and row.field != field]
    assert {row.severity for row in others} <= {Severity.NONE}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Nguyễn Đức Anh", "without_accents"),  # DG13 tells them apart, these lines cannot
        ("Nguy?n ??c ?nh", "degraded"),
        ("Nguy?n ??c Em", "name_differs"),
        ("Trần Đức Ánh", "name_differs"),
        ("阮德英", "not_in_mrz_letters"),
    ],
)
def test_names_are_compared_as_far_as_the_lines_go(name: str, reason: str) -> None:
    rows = checked(ANH, parse_printed_code(changed(2, name)))
    assert one(rows, "name", Source.CODE, Source.MRZ).reason == reason
    assert one(rows, "name", Source.CODE, Source.DG1).reason == reason


def test_a_name_that_was_cut_off_and_lost_letters_is_not_called_another() -> None:
    person = dataclasses.replace(ANH, name="Nguyễn Phương Quỳnh Thanh Xuân Hường")
    code = parse_printed_code(question_marks(person.code))
    assert one(checked(person, code), "name", Source.CODE, Source.DG1).reason == "not_in_mrz_letters"
    assert one(checked(person, code), "name", Source.CODE, Source.DG13).reason == "degraded"


def test_a_date_that_only_the_chip_has_in_part_needs_no_review() -> None:
    fields: dict[str, object] = {"pin": ANH.number, "dob": "1999", "expiry": "01/03/2039"}
    code = parse_printed_code(ANH.code)
    rows = cross_check(code=code, mrz=ANH.printed_lines, dg13=parse_dg13(encode_dg13(fields)))
    assert one(rows, "birth_date", Source.CODE, Source.DG13).reason == "partial_date"
    assert one(rows, "birth_date", Source.MRZ, Source.DG13).reason == "partial_date"
    lines = card_mrz_lines(
        number=ANH.number, full_name=ANH.name, birth_date=PartialDate(1999), sex="M", expiry_date=None
    )
    rows = cross_check(mrz=read_card_mrz(lines), dg13=ANH.national_data)
    assert one(rows, "birth_date", Source.MRZ, Source.DG13).reason == "partial_date"


def test_expiry_of_those_born_on_29_february_may_be_either_day() -> None:
    lines = card_mrz_lines(
        number="001096012349", full_name=ANH.name, birth_date=PartialDate(1996, 2, 29), sex="M",
        expiry_date=dt.date(2036, 2, 28),
    )  # fmt: skip
    for day, reason in (("01/03/2036", "same"), ("28/02/2036", "same"), ("02/03/2036", "expiry_differs")):
        group = parse_dg13(encode_dg13({"pin": "001096012349", "expiry": day}))
        rows = cross_check(mrz=read_card_mrz(lines), dg13=group)
        assert one(rows, "expiry", Source.MRZ, Source.DG13).reason == reason


def test_tone_marks_may_stand_on_either_vowel() -> None:
    person = dataclasses.replace(ANH, name="Lê Thuý Hoà")
    rows = checked(person, parse_printed_code(person.code.replace("Thuý Hoà", "Thúy Hòa")))
    assert one(rows, "name", Source.CODE, Source.DG13).reason == "spelling"


def test_parents_may_stand_in_either_order() -> None:
    child = next(person for person in people(100, seed=15) if person.parents)
    assert child.parents
    first, second = child.parents
    for text, reason in (
        (f"{first}|{second}", "same"),
        (f"{second}|{first}", "same"),
        (f"{first}|Lê Thị Khác", "parents_differ"),
        (f"{first}|", "parents_differ"),
        ("|", "missing"),
    ):
        code = parse_printed_code(child.code.replace(f"{first}|{second}", text))
        assert one(checked(child, code), "parents", Source.CODE, Source.DG13).reason == reason


def test_a_number_set_before_a_correction_asks_for_the_cancelled_one() -> None:
    rows = cross_check(code=parse_printed_code(CODE.replace("001099", "001198")))
    assert {(row.field, row.reason) for row in rows} == {
        ("birth_date", "not_in_number"),
        ("sex", "not_in_number"),
    }
    assert most_severe(rows) is Severity.REVIEW


def test_lines_with_wrong_check_digits_are_not_compared() -> None:
    one_line, two, three = ANH.printed_lines.mrz.lines
    wrong = read_card_mrz([one_line, two[:6] + "0" + two[7:], three])
    rows = cross_check(code=parse_printed_code(CODE), mrz=wrong)
    row = one(rows, "number", Source.CODE, Source.MRZ)
    assert (row.reason, row.severity) == ("wrong_check_digits", Severity.REVIEW)
    assert one(rows, "name", Source.CODE, Source.MRZ).reason == "without_accents"


def test_printed_lines_of_another_card_differ_from_the_chip() -> None:
    other = dataclasses.replace(ANH, number="001099012340", name="Trần Đức Ánh")
    rows = cross_check(mrz=other.printed_lines, dg1=DG1(ANH.printed_lines.mrz), dg13=ANH.national_data)
    assert one(rows, "number", Source.MRZ, Source.DG1).reason == "number_differs"
    assert one(rows, "name", Source.MRZ, Source.DG1).reason == "name_differs"
    assert one(rows, "name", Source.MRZ, Source.DG13).reason == "name_differs"
    assert one(rows, "expiry", Source.MRZ, Source.DG1).reason == "same"
    assert one(rows, "expiry", Source.DG1, Source.DG13).reason == "same"


def test_a_passport_is_not_compared_with_a_card() -> None:
    td3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
    with pytest.raises(MrzError):
        cross_check(code=parse_printed_code(CODE), dg1=DG1(parse_mrz(td3)))


def test_the_table_explains_itself_and_keeps_values_back_unless_asked() -> None:
    rows = checked(ANH, parse_printed_code(changed(2, "Nguyễn Đức Anh")))
    row = one(rows, "name", Source.CODE, Source.DG13)
    assert "values" not in row.to_json()
    shown = row.to_json(show_person=True, language="vi")
    assert shown["values"] == ["Nguyễn Đức Anh", "Nguyễn Đức Ánh"]
    assert shown["explanation"] == row.explanation.vi
    assert "Ánh" not in repr(rows)
    for agreement, _, text in REASONS.values():
        assert isinstance(agreement, Agreement)
        assert text.en
        assert text.vi


def test_nothing_given_is_an_empty_table() -> None:
    assert cross_check() == ()
    assert most_severe(()) is Severity.NONE
