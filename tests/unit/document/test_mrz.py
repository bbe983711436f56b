from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.document.dates import PartialDate
from eid.document.dg1 import DG1, encode_dg1
from eid.document.mrz import MachineReadableZone, check_digit, parse_mrz
from eid.encoding.tlv import tlv
from eid.errors import DocumentError, EncodingError, MrzError

_TD1 = ("IDVNM0990123493001099012349<<4", "9907043M3907041VNM<<<<<<<<<<<2", "NGUYEN<<DUC<ANH<<<<<<<<<<<<<<<")
_TD3 = ("P<UTOERIKSSON<<ANNA<MARIA".ljust(44, "<"), "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
_READ_AT = dt.date(2026, 3, 1)


@pytest.fixture(scope="module")
def samples(corpora: Path) -> dict[str, list[dict[str, object]]]:
    loaded: dict[str, list[dict[str, object]]] = json.loads((corpora / "icao9303/mrz.json").read_text())
    return loaded


def test_icao_9303_3_appendix_a(samples: dict[str, list[dict[str, object]]]) -> None:
    assert len(samples["check_digits"]) == 5
    for sample in samples["check_digits"]:
        assert check_digit(str(sample["data"])) == sample["check_digit"], sample["reference"]


def test_every_sample_of_the_standard_is_read(samples: dict[str, list[dict[str, object]]]) -> None:
    assert len(samples["mrz"]) == 10
    for sample in samples["mrz"]:
        lines = [str(line) for line in sample["lines"]]
        mrz = parse_mrz("\n".join(lines))
        assert mrz == parse_mrz("".join(lines).encode()) == parse_mrz("\r\n".join(lines) + "\r\n")
        assert mrz.lines == tuple(lines)
        assert mrz.text == "".join(lines)
        assert mrz.valid, sample["reference"]
        for name in ("format", "birth", "expiry", "surname", "given_names", "issuer", "nationality", "sex"):
            assert getattr(mrz, name) == sample[name], (name, sample["reference"])
        assert mrz.document_number == str(sample["document_number"]).rstrip("<")
        assert mrz.mrz_information == sample["mrz_information"], sample["reference"]
        if "optional" in sample:
            assert mrz.optional1 == sample["optional"]
        computed = {check.name: check.computed for check in mrz.checks}
        printed = dict(sample["check_digits"])
        for long, short in (
            ("document_number", "document_number_extended"),
            ("birth_date", "birth"),
            ("expiry_date", "expiry"),
        ):
            printed[long] = printed.pop(short, printed.get(long))
        assert computed == printed, sample["reference"]


def test_a_wrong_composite_digit_is_reported_not_raised(samples: dict[str, list[dict[str, object]]]) -> None:
    assert len(samples["mrz_invalid"]) == 2
    for sample in samples["mrz_invalid"]:
        mrz = parse_mrz("\n".join(map(str, sample["lines"])))
        assert not mrz.valid
        wrong = {check.name: check for check in mrz.checks if not check.ok}
        assert str(sample["wrong"]) in wrong
        assert mrz.wrong_checks == tuple(wrong)
        check = wrong[str(sample["wrong"])]
        assert (check.printed, check.computed) == (str(sample["printed"]), sample["computed"])


def test_the_invented_vietnamese_zones_are_read(vietnam_vectors: dict[str, list[dict[str, object]]]) -> None:
    read = 0
    for case in vietnam_vectors["mrz"]:
        expect = dict(case["expect"])
        if not str(expect["outcome"]).startswith("ok") or not isinstance(case["input"], list):
            continue
        fields = dict(expect.get("fields", {}))
        mrz = parse_mrz("\n".join(case["input"]).upper())
        if not fields or not mrz.valid:
            continue
        read += 1
        assert (mrz.format, mrz.document_number) == ("TD1", fields["document_number"]), case["id"]
        assert (mrz.surname, mrz.given_names) == (fields["primary"], fields["secondary"]), case["id"]
        assert (mrz.birth, mrz.expiry) == (fields["dob"], fields["expiry"]), case["id"]
        assert mrz.mrz_information == fields["mrz_information"], case["id"]
        assert mrz.name_truncated == ("name_truncated" in expect["warnings"]), case["id"]
    assert read >= 5


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "length"),
        ("A" * 89, "length"),
        ("A" * 31 + "\n" + "A" * 29 + "\n" + "A" * 30, "length"),
        ("A" * 10_000_000, "length"),
        ("a" * 90, "characters"),
        ("Đ" * 90, "characters"),
        ("٣" * 90, "characters"),
        (b"\xff" * 90, "characters"),
        ("A" * 89 + "-", "characters"),
    ],
)
def test_what_cannot_be_a_zone_is_refused(text: str | bytes, kind: str) -> None:
    with pytest.raises(MrzError) as caught:
        parse_mrz(text)
    assert caught.value.kind == kind


def test_a_check_digit_needs_characters_of_the_zone() -> None:
    with pytest.raises(MrzError):
        check_digit("a")


@given(st.integers(0, 89), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"))
def test_one_changed_character_never_goes_unseen_where_check_digits_reach(at: int, char: str) -> None:
    text = "".join(_TD1)
    if text[at] == char:
        return
    mrz = parse_mrz(text[:at] + char + text[at + 1 :])
    covered = 5 <= at < 37 or 38 <= at < 45 or 48 <= at < 60
    # Weights 7 and 3 are units modulo 10, so only characters that differ by ten are taken for each other.
    same = check_digit(text[at]) == check_digit(char)
    digit = at in (14, 36, 44, 59)
    if covered and (digit or not same):
        assert not mrz.valid
    elif not covered:
        assert mrz.valid


def _td1(number: str, optional: str) -> MachineReadableZone:
    return parse_mrz(
        "I<UTO"
        + (number + optional).ljust(25, "<")
        + "7408122F1204159UTO<<<<<<<<<<<6"
        + "A<<B".ljust(30, "<")
    )


def test_a_long_document_number_goes_on_in_the_optional_data() -> None:
    mrz = _td1("D23145890", "<7349<XYZ")
    assert (mrz.document_number, mrz.optional1) == ("D23145890734", "XYZ")
    assert "document_number" not in mrz.wrong_checks
    wrong = _td1("D23145890", "<7348")
    assert wrong.document_number == "D23145890734"
    assert "document_number" in wrong.wrong_checks


def test_a_filler_instead_of_the_check_digit_is_wrong_without_a_long_number() -> None:
    for optional in ("<", "<<734", "<7"):
        assert "document_number" in _td1("D23145890", optional).wrong_checks


def test_the_second_optional_data_is_whole_and_counts_for_the_composite_digit() -> None:
    covered = "D231458907" + "<" * 15 + "7408122" + "1204159" + "ABCDEFGHIJK"
    zone = f"I<UTO{covered[:25]}7408122F1204159UTOABCDEFGHIJK{check_digit(covered)}" + "A<<B".ljust(30, "<")
    mrz = parse_mrz(zone)
    assert (mrz.optional1, mrz.optional2, mrz.valid) == ("", "ABCDEFGHIJK", True)
    assert parse_mrz(zone.replace("ABCDEFGHIJK", "ABCDEFGHIJJ")).wrong_checks == ("composite",)


def test_the_long_number_rule_is_not_for_passports() -> None:
    line = _TD3[1][:9] + "<" + _TD3[1][10:]
    mrz = parse_mrz(_TD3[0] + line)
    assert mrz.document_number == "L898902C3"
    assert "document_number" in mrz.wrong_checks


@pytest.mark.parametrize(
    ("personal", "ok"), [("<" * 15, True), ("<" * 14 + "0", True), ("A" + "<" * 14, False)]
)
def test_the_check_digit_of_an_empty_personal_number_may_be_a_filler(personal: str, ok: bool) -> None:
    mrz = parse_mrz(_TD3[0] + _TD3[1][:28] + personal + "<")
    assert ("personal_number" not in mrz.wrong_checks) is ok


@pytest.mark.parametrize(
    ("field", "surname", "given", "cut"),
    [
        ("ERIKSSON<<ANNA<MARIA", "ERIKSSON", "ANNA MARIA", False),
        ("ARKFREITH", "ARKFREITH", "", False),
        ("Y<THU<<EBAN", "Y THU", "EBAN", False),
        ("A<<B<<C", "A", "B C", False),
        ("", "", "", False),
        ("CONG<<TANG<TON<NU<THI<VI<DU<MA", "CONG", "TANG TON NU THI VI DU MA", True),
    ],
)
def test_names_are_split(field: str, surname: str, given: str, cut: bool) -> None:
    mrz = parse_mrz(_TD1[0] + _TD1[1] + field.ljust(30, "<"))
    assert (mrz.surname, mrz.given_names, mrz.name_truncated) == (surname, given, cut)


@pytest.mark.parametrize(("printed", "sex"), [("M", "M"), ("F", "F"), ("<", "X"), ("X", "X"), ("N", None)])
def test_sex(printed: str, sex: str | None) -> None:
    assert parse_mrz(_TD1[0] + _TD1[1][:7] + printed + _TD1[1][8:] + _TD1[2]).sex == sex


def _dates(birth: str, expiry: str = "390704") -> MachineReadableZone:
    return parse_mrz(_TD1[0] + birth + "0M" + expiry + "0" + _TD1[1][15:] + _TD1[2])


@pytest.mark.parametrize(
    ("birth", "expected"),
    [
        ("990704", PartialDate(1999, 7, 4)),
        ("260301", PartialDate(2026, 3, 1)),
        ("260302", PartialDate(1926, 3, 2)),
        ("000229", PartialDate(2000, 2, 29)),
        ("280229", PartialDate(1928, 2, 29)),
        ("9907<<", PartialDate(1999, 7)),
        ("990700", PartialDate(1999, 7)),
        ("99<<<<", PartialDate(1999)),
        ("990000", PartialDate(1999)),
        ("26<<<<", PartialDate(2026)),
        ("00<<<<", PartialDate(2000)),
        ("27<<<<", PartialDate(1927)),
        ("<<<<<<", None),
        ("991301", None),
        ("250229", None),
        ("9907O4", None),
    ],
)
def test_nobody_is_born_after_the_day_of_reading(birth: str, expected: PartialDate | None) -> None:
    assert _dates(birth).birth_date(_READ_AT) == expected


@pytest.mark.parametrize(
    ("expiry", "expected"),
    [
        ("390704", PartialDate(2039, 7, 4)),
        ("991231", PartialDate(2099, 12, 31)),
        ("3907<<", PartialDate(2039, 7)),
        ("<<<<<<", None),
        ("390230", None),
    ],
)
def test_expiry_is_in_this_century(expiry: str, expected: PartialDate | None) -> None:
    assert _dates("990704", expiry).expiry_date() == expected


def test_repr_shows_no_personal_data() -> None:
    mrz = parse_mrz("".join(_TD1))
    for shown in (repr(mrz), repr(DG1(mrz)), str(mrz)):
        assert not any(secret in shown for secret in ("NGUYEN", "099012349", "990704"))


# --- DG1 --------------------------------------------------------------------------------------------


def test_dg1_comes_back() -> None:
    for lines in (_TD1, _TD3):
        assert DG1.parse(encode_dg1("\n".join(lines))).mrz == parse_mrz("".join(lines))


def test_the_invented_dg1_are_read_or_refused_as_expected(
    vietnam_vectors: dict[str, list[dict[str, object]]],
) -> None:
    zones = {case["id"]: case["input"] for case in vietnam_vectors["mrz"]}
    for case in vietnam_vectors["dg1"]:
        octets = bytes.fromhex(str(case["hex"]))
        if case["expect"] == "ok":
            assert list(DG1.parse(octets).mrz.lines) == zones[case["mrz"]], case["id"]
            assert encode_dg1(DG1.parse(octets).mrz.text) == octets
        else:
            with pytest.raises((EncodingError, MrzError)):
                DG1.parse(octets)


def test_dg1_without_a_zone_is_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        DG1.parse(tlv(0x61, tlv(0x5F20, b"A")))
    assert caught.value.kind == "dg1"
    with pytest.raises(EncodingError):
        DG1.parse(tlv(0x75, b""))
