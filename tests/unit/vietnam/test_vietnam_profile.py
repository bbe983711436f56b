"""The profile of the citizen card: cross-checks, the completed person, the sample card."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest

from eid.chip.access import Mrz
from eid.document.checks import Check, Outcome, worst
from eid.document.dates import PartialDate
from eid.document.dg1 import DG1, encode_dg1
from eid.document.evidence import AccessTranscript, Evidence
from eid.document.mrz import parse_mrz
from eid.document.person import Person
from eid.document.profile import ICAO, CardContent
from eid.document.reading import person_from
from eid.document.security_infos import SecurityInfos
from eid.vietnam import CITIZEN_CARD, can_from_number, parse_dg13, profile_for, read_card_mrz
from eid.vietnam.dg13 import encode_dg13
from eid.vietnam.mrz import card_mrz_lines
from eid.vietnam.sample import sample_citizen

NUMBER = "001099012349"
LINES: dict[str, Any] = {
    "number": NUMBER, "full_name": "Nguyễn Đức Ánh", "birth_date": PartialDate(1999, 7, 4), "sex": "M",
    "expiry_date": dt.date(2039, 7, 4),
}  # fmt: skip
FIELDS: dict[str, object] = {
    "pin": NUMBER, "full_name": "Nguyễn Đức Ánh", "dob": "04/07/1999", "sex": "Nam", "nationality": "Việt Nam",
    "ethnicity": "Kinh", "religion": "", "origin": "Xã Ví Dụ", "residence": "Số 1, Phường Ví Dụ",
    "identification_marks": "Nốt ruồi", "issue_date": "10/07/2022", "expiry": "04/07/2039",
    "parents": ["Nguyễn Văn Cha", "Lê Thị Mẹ"], "spouse": None, "old_number": "012345678",
}  # fmt: skip
DG13_CHECKS = {f"dg13_{field}" for field in ("number", "name", "birth_date", "sex", "expiry")}
ALL = DG13_CHECKS | {"dg1_number_layout", "number_birth_year", "number_sex", "access_key"}


def access(password: str = "CAN", key: bytes = b"012349", protocol: str = "PACE") -> AccessTranscript:
    return AccessTranscript(
        protocol, password=password, salt=b"salt", password_digest=hashlib.sha256(b"salt" + key).digest()
    )


def content(
    lines: tuple[str, ...] | None = None,
    fields: dict[str, object] | None = None,
    opened: AccessTranscript | None = None,
    **changes: Any,
) -> CardContent:
    printed = lines or card_mrz_lines(**(LINES | changes))
    groups: dict[str, object] = {"DG1": DG1(parse_mrz("\n".join(printed)))}
    groups["DG13"] = parse_dg13(encode_dg13(FIELDS if fields is None else fields))
    return CardContent(groups, opened)


def checks(card: CardContent) -> dict[str, Check]:
    found = CITIZEN_CARD.cross_checks(card)
    named = {check.name: check for check in found}
    assert len(named) == len(found)
    return named


def test_a_card_whose_parts_agree_passes_every_check() -> None:
    found = checks(content(opened=access()))
    assert found.keys() == ALL
    assert {check.outcome for check in found.values()} == {Outcome.PASSED}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "001099012348"),
        ("name", "Nguyễn Đức Anh Tú"),
        ("name", "Nguyễn Ánh Đức"),
        ("birth_date", "05/07/1999"),
        ("birth_date", "04/08/1999"),
        ("birth_date", "1998"),
        ("sex", "Nữ"),
        ("expiry", "05/07/2039"),
        ("expiry", "04/07/2040"),
        ("expiry", "Không thời hạn"),
    ],
)
def test_each_contradiction_between_dg1_and_dg13_is_found_and_named(field: str, value: str) -> None:
    key = {"number": "pin", "name": "full_name", "birth_date": "dob"}.get(field, field)
    found = checks(content(fields=FIELDS | {key: value}, opened=access()))
    check = found[f"dg13_{field}"]
    assert (check.outcome, check.code) == (Outcome.FAILED, "CROSS_CHECK_FAILED")
    assert check.facts == {"fields": (field,)}
    assert {name for name, one in found.items() if one.outcome is Outcome.FAILED} == {f"dg13_{field}"}
    assert value not in str(check.to_json())
    assert worst(found.values()) == (Outcome.FAILED, "CROSS_CHECK_FAILED")


@pytest.mark.parametrize(
    "change",
    [
        {"number": "001099012348"}, {"full_name": "Trần Đức Ánh"}, {"birth_date": PartialDate(1999, 7, 5)},
        {"sex": "F"}, {"expiry_date": dt.date(2040, 7, 4)}, {"expiry_date": None},
    ],
)  # fmt: skip
def test_the_same_with_the_other_side_altered(change: dict[str, Any]) -> None:
    found = checks(content(**change))
    failed = {name for name, check in found.items() if check.outcome is Outcome.FAILED}
    name = {"full_name": "name", "expiry_date": "expiry"}.get(next(iter(change)), next(iter(change)))
    assert failed == {f"dg13_{name}"}


def test_what_agrees_in_other_words_passes() -> None:
    for fields, change in (
        ({"dob": "1999"}, {}),
        ({"dob": "04/07/1999"}, {"birth_date": PartialDate(1999)}),
        ({"sex": "NAM"}, {}),
        ({"full_name": "NGUYỄN  ĐỨC ÁNH"}, {}),
        ({"expiry": "Không thời hạn"}, {"expiry_date": None}),
        ({"expiry": "31/12/2099"}, {"expiry_date": None}),
    ):
        found = checks(content(fields=FIELDS | fields, **change))
        assert all(found[name].outcome is Outcome.PASSED for name in DG13_CHECKS), (fields, change)


@pytest.mark.parametrize(
    ("dg1", "dg13", "outcome"),
    [
        (dt.date(2037, 3, 1), "28/02/2037", Outcome.PASSED),
        (dt.date(2037, 2, 28), "01/03/2037", Outcome.PASSED),
        (dt.date(2037, 3, 1), "01/03/2037", Outcome.PASSED),
        (dt.date(2037, 3, 1), "02/03/2037", Outcome.FAILED),
        (dt.date(2037, 3, 1), "28/02/2038", Outcome.FAILED),
    ],
)
def test_born_on_29_february_both_days_of_expiry_are_the_same(
    dg1: dt.date, dg13: str, outcome: Outcome
) -> None:
    leap = {"number": "026212000019", "birth_date": PartialDate(2012, 2, 29), "expiry_date": dg1}
    fields = FIELDS | {"pin": "026212000019", "dob": "29/02/2012", "expiry": dg13}
    assert checks(content(fields=fields, **leap))["dg13_expiry"].outcome is outcome


def test_what_cannot_be_compared_is_not_held_against_the_card() -> None:
    odd = {"pin": None, "full_name": "阮", "dob": "?", "sex": "Khác", "expiry": "?"}
    fields = {name: odd.get(name, value) for name, value in FIELDS.items()}
    del fields["pin"]
    for given, change in ((fields, {}), ({"residence": "x"}, {}), (fields, {"expiry_date": None})):
        found = checks(content(fields=given, **change))
        for name in DG13_CHECKS:
            assert found[name].outcome is Outcome.NOT_CHECKED, name
            assert found[name].code == "FIELD_NOT_COMPARABLE"
        assert worst(found.values())[0] is Outcome.PASSED


def test_a_number_from_before_a_correction_is_a_warning_and_no_fraud() -> None:
    # Number says male, born 1999; DG1 and DG13 agree on female, born 1998.
    fields = FIELDS | {"dob": "04/07/1998", "sex": "Nữ"}
    found = checks(content(fields=fields, birth_date=PartialDate(1998, 7, 4), sex="F", opened=access()))
    for name, code in (
        ("number_birth_year", "NUMBER_BIRTH_YEAR_MISMATCH"),
        ("number_sex", "NUMBER_SEX_MISMATCH"),
    ):
        assert (found[name].outcome, found[name].code) == (Outcome.NOT_CHECKED, code)
    assert worst(found.values()) == (Outcome.PASSED, None)


def test_the_century_in_dg13_counts_against_the_number() -> None:
    found = checks(content(fields=FIELDS | {"dob": "04/07/1899"}))
    assert found["dg13_birth_date"].outcome is Outcome.PASSED  # DG1 has two digits only
    assert found["number_birth_year"].code == "NUMBER_BIRTH_YEAR_MISMATCH"


def test_document_number_and_personal_number_of_dg1_must_agree() -> None:
    lines = (
        "IDVNM9999999997001099012349<<4",
        "9907043M3907041VNM<<<<<<<<<<<4",
        "NGUYEN<<DUC<ANH<<<<<<<<<<<<<<<",
    )
    check = checks(content(lines))["dg1_number_layout"]
    assert (check.outcome, check.code) == (Outcome.FAILED, "CROSS_CHECK_FAILED")
    assert check.facts == {"fields": ("document_number",)}


def test_a_wrong_check_digit_that_the_issuer_signed_is_told_but_is_no_forgery() -> None:
    lines = (
        "IDVNM0990123493001099012349<<5",
        "9907043M3907041VNM<<<<<<<<<<<2",
        "NGUYEN<<DUC<ANH<<<<<<<<<<<<<<<",
    )
    found = checks(content(lines, opened=access("MRZ", b"099012349399070433907041")))
    assert found.keys() == {"dg1_number_layout", "access_key"}
    layout = found["dg1_number_layout"]
    assert (layout.outcome, layout.code) == (Outcome.NOT_CHECKED, "MRZ_CHECK_DIGIT")
    assert found["access_key"].outcome is Outcome.PASSED


def test_the_access_key_must_be_that_of_the_card_itself() -> None:
    mrz = b"099012349399070433907041"
    for opened in (access(), access("MRZ", mrz), access("MRZ", mrz, "BAC")):
        check = checks(content(opened=opened))["access_key"]
        assert check.outcome is Outcome.PASSED
        assert check.facts == {"password": opened.password}
    for opened in (access(key=b"012348"), access("MRZ", mrz[:-1] + b"2", "BAC"), access("CAN", mrz)):
        check = checks(content(opened=opened))["access_key"]
        assert (check.outcome, check.code) == (Outcome.FAILED, "ACCESS_KEY_MISMATCH")


def test_the_key_classes_give_what_is_compared() -> None:
    for key in (can_from_number(NUMBER), Mrz.from_text("\n".join(card_mrz_lines(**LINES)))):
        assert checks(content(opened=access(key.kind, key.text)))["access_key"].outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "opened", [None, AccessTranscript("NONE"), AccessTranscript("PACE", password="CAN"), access("PIN")]
)
def test_without_a_record_of_the_key_nothing_is_said(opened: AccessTranscript | None) -> None:
    check = checks(content(opened=opened))["access_key"]
    assert (check.outcome, check.code) == (Outcome.NOT_CHECKED, None)


def test_a_passport_gets_no_citizen_checks() -> None:
    zone = parse_mrz("P<VNMMAU<<VI<DU" + "<" * 29 + "X" + "0" * 43)
    passport = CardContent({"DG1": DG1(zone)}, access("MRZ", zone.mrz_information.encode()))
    found = checks(passport)
    assert found["dg1_number_layout"].code == "NATIONAL_LAYOUT_NOT_FOUND"
    assert found["access_key"].outcome is Outcome.PASSED
    assert found.keys() == {"dg1_number_layout", "access_key"}
    person = Person(name="VI DU MAU")
    assert CITIZEN_CARD.complete(person, passport) == person


def test_missing_groups_are_not_checked() -> None:
    assert CITIZEN_CARD.cross_checks(CardContent({})) == ()
    whole = content()
    found = checks(CardContent({"DG1": whole.groups["DG1"]}))
    assert (found["dg13"].outcome, found["dg13"].code) == (Outcome.NOT_CHECKED, "DATA_GROUP_NOT_READ")
    assert found["number_sex"].outcome is Outcome.PASSED
    assert CITIZEN_CARD.complete(Person(), CardContent({})) == Person()


def completed(card: CardContent) -> Person:
    return CITIZEN_CARD.complete(person_from(card.groups, read_at=dt.date(2026, 11, 21)), card)


def test_the_person_is_completed_with_sources() -> None:
    person = completed(content())
    assert person.number == NUMBER
    assert person.name == "Nguyễn Đức Ánh"
    assert person.birth_date == PartialDate(1999, 7, 4)
    assert person.sex == "M"
    assert person.other["residence"] == "Số 1, Phường Ví Dụ"
    assert person.other["place_of_origin"] == "Xã Ví Dụ"
    assert person.other["issue_date"] == dt.date(2022, 7, 10)
    assert person.other["expiry_date"] == dt.date(2039, 7, 4)
    assert (person.other["father"], person.other["mother"]) == ("Nguyễn Văn Cha", "Lê Thị Mẹ")
    assert "spouse" not in person.other
    sources = {"number": "DG1", "name": "DG13", "birth_date": "DG13", "sex": "DG1", "residence": "DG13"}
    assert {name: person.sources[name] for name in sources} == sources


def test_sensitive_fields_of_the_person_are_given_only_by_name() -> None:
    person = completed(content())
    assert person.sensitive("ethnicity") == "Kinh"
    assert person.sensitive("identification_marks") == "Nốt ruồi"
    assert person.sensitive("religion") is None  # empty on the card
    assert person.sensitive_names <= CITIZEN_CARD.sensitive
    assert not {"Kinh", "Nốt ruồi"} & {str(value) for value in person.other.values()}
    assert "Kinh" not in repr(person)


def test_a_person_born_in_1920_is_not_made_a_child() -> None:
    old = {"number": "001020012349", "birth_date": PartialDate(1920, 7, 4), "expiry_date": None}
    fields = FIELDS | {"pin": "001020012349", "dob": "1920", "expiry": "Không thời hạn"}
    person = completed(content(fields=fields, **old))
    assert person.birth_date == PartialDate(1920, 7, 4)  # DG13 has the year alone
    assert person.sources["birth_date"] == "DG1"
    assert person.other["no_expiry"] is True
    assert "expiry_date" not in person.other


def test_dg13_alone_still_names_the_person() -> None:
    person = CITIZEN_CARD.complete(Person(), CardContent({"DG13": content().groups["DG13"]}))
    assert (person.number, person.sex, person.sources["number"]) == (NUMBER, "M", "DG13")


def test_entry_8_is_labelled_by_the_generation_of_the_card() -> None:
    person = completed(content(fields=FIELDS | {"issue_date": "01/07/2024"}))
    assert person.other["place_of_birth_registration"] == "Xã Ví Dụ"
    assert "place_of_origin" not in person.other


def test_the_profile_knows_the_chip(vietnam_vectors: dict[str, Any]) -> None:
    assert CITIZEN_CARD.card_access_hint is not None
    assert CITIZEN_CARD.card_access_hint.hex() == vietnam_vectors["ef_cardaccess_hex"]
    [pace] = SecurityInfos.parse(CITIZEN_CARD.card_access_hint).pace
    assert pace.parameter_id == 13
    assert not CITIZEN_CARD.select_master_file
    assert "DG3" in CITIZEN_CARD.skip
    assert "991231" in CITIZEN_CARD.no_expiry
    assert CITIZEN_CARD.parsers["DG13"] is parse_dg13


@pytest.mark.parametrize(
    "person",
    [
        {},
        {
            "number": "052160004321",
            "full_name": "H'Ví Niê",
            "birth_date": dt.date(1960, 2, 15),
            "sex": "F",
            "expiry_date": None,
        },
    ],
)
def test_the_sample_card_agrees_with_itself(person: dict[str, Any]) -> None:
    card: dict[str, Any] = sample_citizen(**person)
    assert read_card_mrz(card["person"]["mrz"]).outcome == "ok"
    dg13 = bytes.fromhex(card["groups"]["DG13"]["hex"])
    groups = {"DG1": DG1(parse_mrz("\n".join(card["person"]["mrz"]))), "DG13": parse_dg13(dg13)}
    found = checks(CardContent(groups, access(key=card["access"]["can"].encode())))
    assert found.keys() == ALL
    assert {check.outcome for check in found.values()} == {Outcome.PASSED}
    assert len(dg13) > 256
    assert groups["DG13"].warnings == ()  # type: ignore[attr-defined]


def test_the_sample_chip_offers_what_the_cards_offer() -> None:
    simulator = pytest.importorskip("eid.simulator.personalise")
    made = simulator.personalise(sample_citizen())
    assert made.files["EF.CardAccess"] == CITIZEN_CARD.card_access_hint
    assert made.can == "012349"
    assert {"EF.COM", "EF.SOD", "DG1", "DG2", "DG3", "DG13", "DG14", "DG15"} <= made.files.keys()


def test_the_profile_is_chosen_by_what_the_issuer_signed_and_not_by_the_terminal() -> None:
    card = encode_dg1("".join(card_mrz_lines(**LINES)))
    assert profile_for(Evidence(files={"DG1": card}, profile="icao")) is CITIZEN_CARD
    passport = encode_dg1(
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<" + "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    )
    assert profile_for(Evidence(files={"DG1": passport}, profile="vietnam")) is ICAO
    assert profile_for(Evidence(files={})) is ICAO
    assert profile_for(Evidence(files={"DG1": b"\x61\x00"})) is ICAO
