"""DG13: the national data of the citizen card."""

from __future__ import annotations

import contextlib
import datetime as dt
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.document.dates import PartialDate
from eid.encoding.der import integer, oid, sequence
from eid.encoding.tlv import tlv
from eid.errors import DocumentError, EidError, EncodingError, InputError, LimitExceeded
from eid.vietnam import parse_dg13, rejection_json
from eid.vietnam.dg13 import FIELDS, MAX_DG13, MAX_ENTRIES, SENSITIVE, encode_dg13

PERSON: dict[str, object] = {
    "pin": "001099012349", "full_name": "Nguyễn Đức Ánh", "dob": "04/07/1999", "sex": "Nam",
    "nationality": "Việt Nam", "ethnicity": "Kinh", "religion": "Không", "origin": "Xã Ví Dụ",
    "residence": "Số 1, " + "Thôn Thử Nghiệm, " * 12, "identification_marks": "Nốt ruồi",
    "issue_date": "10/07/2022", "expiry": "04/07/2039", "parents": ["Nguyễn Văn Cha", "Lê Thị Mẹ"],
    "spouse": None, "old_number": "012345678", "unknown_16": "0123456789ABCDEF",
}  # fmt: skip
HEADER = integer(1), oid("1.0.10646.1.0.8")


def entry(index: int, *values: bytes) -> bytes:
    return sequence(integer(index), *values)


def text(value: str, tag: int = 0x0C) -> bytes:
    return tlv(tag, value.encode())


def group(*entries: bytes, header: tuple[bytes, ...] = HEADER) -> bytes:
    return tlv(0x6D, sequence(*header, tlv(0x31, *entries)))


def test_every_dg13_vector_gives_its_view(vietnam_vectors: dict[str, list[dict[str, Any]]]) -> None:
    for case in vietnam_vectors["dg13"]:
        octets = bytes.fromhex(case["hex"])
        assert len(octets) == case["length"], case["id"]
        try:
            found = parse_dg13(octets).to_json(sensitive=SENSITIVE)
        except InputError as error:
            found = rejection_json(error)
        expected = dict(case["expect"])
        assert sorted(found.pop("warnings")) == sorted(expected.pop("warnings")), case["id"]
        assert found == expected, case["id"]


def test_the_writer_gives_the_octets_of_the_vectors(vietnam_vectors: dict[str, list[dict[str, Any]]]) -> None:
    cases = {case["id"]: case for case in vietnam_vectors["dg13"]}
    for name in ("dg13-01", "dg13-02", "dg13-03", "dg13-07", "dg13-11"):
        case = cases[name]
        assert encode_dg13(case["expect"]["fields"]).hex() == case["hex"], name


def test_fields_are_typed() -> None:
    found = parse_dg13(encode_dg13(PERSON))
    assert found.number == "001099012349"
    assert found.full_name == "Nguyễn Đức Ánh"
    assert found.birth_date == PartialDate(1999, 7, 4)
    assert found.sex == "M"
    assert found.issue_date == dt.date(2022, 7, 10)
    assert found.expiry_date == dt.date(2039, 7, 4)
    assert not found.no_expiry
    assert (found.father, found.mother) == ("Nguyễn Văn Cha", "Lê Thị Mẹ")
    assert found.warnings == ()
    assert parse_dg13(encode_dg13(PERSON | {"sex": "Nữ"})).sex == "F"


def test_sensitive_fields_are_given_only_by_name() -> None:
    found = parse_dg13(encode_dg13(PERSON))
    for view in (str(found.to_json()), repr(found), str(dict(found.texts))):
        assert not any(word in view for word in ("Kinh", "Không", "Nốt ruồi"))
    assert found.sensitive("ethnicity") == "Kinh"
    assert found.sensitive("religion") == "Không"
    assert found.sensitive("identification_marks") == "Nốt ruồi"
    assert found.sensitive("full_name") is None
    fields = found.to_json(sensitive=("religion", "pin"))["fields"]
    assert isinstance(fields, dict)
    assert fields["religion"] == "Không"
    assert "ethnicity" not in fields


def test_a_listing_shows_no_one() -> None:
    assert repr(parse_dg13(encode_dg13(PERSON))) == "<DG13 0010******49>"
    assert repr(parse_dg13(group())) == "<DG13 without number>"


def test_an_unreadable_sensitive_field_is_not_shown_either() -> None:
    found = parse_dg13(group(entry(6, tlv(0x04, b"Kinh"))))
    assert found.warnings == ("field_unreadable",)
    assert found.unknown[6] == tlv(0x04, b"Kinh")
    assert "unknown" not in str(found.to_json()["fields"])
    named = found.to_json(sensitive=("ethnicity",))["fields"]
    assert named == {"unknown": {"6": tlv(0x04, b"Kinh").hex()}}


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        ({"dob": "1960"}, "partial_dob"),
        ({"dob": "00/00/1960"}, "partial_dob"),
        ({"dob": "07/1960"}, "partial_dob"),
        ({"dob": "31/02/1960"}, "dob_unreadable"),
        ({"dob": "ba mươi"}, "dob_unreadable"),
        ({"dob": "04/00/1999"}, "dob_unreadable"),
        ({"issue_date": "2024"}, "issue_date_unreadable"),
        ({"expiry": "2039"}, "expiry_unreadable"),
        ({"expiry": "04-07-2039"}, "expiry_unreadable"),
        ({"sex": "Khác"}, "sex_unrecognised"),
        ({"parents": ["A"]}, "parent_role_unknown"),
        ({"parents": ["A", "B", "C"]}, "parent_role_unknown"),
        ({"old_number": "001099012340"}, "old_number_12_digits"),
        ({"pin": "12345"}, "pin_format"),
        ({"full_name": unicodedata.normalize("NFD", "Đức Ánh")}, "normalised_nfc"),
    ],
)
def test_odd_content_is_kept_with_a_warning(fields: dict[str, object], warning: str) -> None:
    def octets(name: str, value: object) -> bytes:
        names = value if isinstance(value, list) else [value]
        index = {name: index for index, name in FIELDS.items()}[name]
        strings = [text(str(one)) for one in names]
        return entry(index, *([sequence(s) for s in strings] if isinstance(value, list) else strings))

    found = parse_dg13(group(*(octets(*item) for item in fields.items())))
    assert found.warnings == (warning,)
    assert found.to_json()["outcome"] == "ok_with_warnings"
    if "parents" in fields:
        assert found.father is found.mother is None


@pytest.mark.parametrize(
    "expiry", ["Không thời hạn", "KHÔNG THỜI HẠN", "Không xác định thời hạn", "31/12/2099"]
)
def test_no_expiry_is_recognised(expiry: str) -> None:
    found = parse_dg13(encode_dg13({"expiry": expiry}))
    assert found.no_expiry
    assert found.expiry_date is None
    assert found.warnings == ()


def test_missing_and_empty_fields_are_told_apart() -> None:
    found = parse_dg13(encode_dg13({"residence": "", "ethnicity": ""}))
    assert found.texts == {"residence": ""}
    assert found.sensitive("ethnicity") == ""
    assert found.sensitive("religion") is None
    assert found.number is found.birth_date is found.expiry_date is found.sex is found.father is None


@pytest.mark.parametrize(
    "values",
    [
        (tlv(0x04, b"x"),),  # no string
        (text("a"), text("b")),  # two strings
        (tlv(0x0C, b"\xff"),),  # not UTF-8
        (sequence(sequence(sequence(text("a")))),),  # too deep
        (tlv(0x30, b"\x0c\x05a"),),  # cut off inside
        (),
    ],
)
def test_a_field_of_another_form_is_kept_raw_and_the_others_are_read(values: tuple[bytes, ...]) -> None:
    found = parse_dg13(group(entry(9, *values), entry(2, text("Anh"))))
    assert found.full_name == "Anh"
    assert found.unknown == {9: b"".join(values)}
    assert found.warnings == ("field_unreadable",)


def test_any_string_type_is_read() -> None:
    for tag, octets in ((0x1E, "Ánh".encode("utf-16-be")), (0x1C, "Ánh".encode("utf-32-be"))):
        assert parse_dg13(group(entry(2, tlv(tag, octets)))).full_name == "Ánh"


def test_a_spouse_may_be_the_bare_number_without_a_sequence() -> None:
    found = parse_dg13(group(integer(14), entry(2, text("Anh"))))
    assert found.texts == {"spouse": None, "full_name": "Anh"}


def test_long_form_lengths_that_are_not_the_shortest_are_tolerated() -> None:
    inner = sequence(*HEADER, tlv(0x31, entry(2, b"\x0c\x81\x03Anh")))
    assert parse_dg13(b"\x6d\x82" + len(inner).to_bytes(2, "big") + inner).full_name == "Anh"


@pytest.mark.parametrize("header", [(), (integer(1),), (oid("1.0.10646.1.0.8"),)])
def test_a_header_without_version_or_oid_is_read_with_a_warning(header: tuple[bytes, ...]) -> None:
    found = parse_dg13(group(entry(2, text("Anh")), header=header))
    assert (found.full_name, found.warnings) == ("Anh", ("header_missing",))


def test_another_oid_is_warned_about() -> None:
    assert parse_dg13(group(header=(integer(1), oid("1.2.3")))).warnings == ("header_unexpected",)
    assert parse_dg13(group(header=(oid("1.2.3"),))).warnings == ("header_missing", "header_unexpected")


@pytest.mark.parametrize(
    ("octets", "error", "kind"),
    [
        (b"", EncodingError, "truncated"),
        (tlv(0x6D, b""), DocumentError, "structure"),
        (tlv(0x6D, sequence(), sequence()), DocumentError, "structure"),
        (tlv(0x6D, sequence()), EncodingError, "tag"),
        (tlv(0x6D, tlv(0x31, b"")), EncodingError, "tag"),
        (group(header=(integer(1), integer(1))), DocumentError, "structure"),
        (group(header=(oid("1.0.10646.1.0.8"), integer(1))), DocumentError, "structure"),
        (group(header=(*HEADER, integer(1))), DocumentError, "structure"),
        (tlv(0x6D, sequence(*HEADER)), EncodingError, "tag"),
        (group(sequence()), EncodingError, "tag"),
        (group(sequence(text("a"))), EncodingError, "tag"),
        (group(text("a")), EncodingError, "tag"),
        (group(sequence(tlv(2, b"\1" * 5))), DocumentError, "structure"),
        (group(sequence(tlv(2, b""))), EncodingError, "malformed"),
        (group(integer(14), entry(14, text("a"))), DocumentError, "duplicate_index"),
    ],
)
def test_what_is_no_dg13_is_refused(octets: bytes, error: type[EidError], kind: str) -> None:
    with pytest.raises(error) as caught:
        parse_dg13(octets)
    assert getattr(caught.value, "kind", None) == kind


def test_limits_come_before_work() -> None:
    with pytest.raises(LimitExceeded) as caught:
        parse_dg13(bytes(MAX_DG13 + 1))
    assert rejection_json(caught.value)["error"] == "limit"
    parse_dg13(group(*(entry(index, text("")) for index in range(MAX_ENTRIES))))
    with pytest.raises(LimitExceeded):
        parse_dg13(group(*(entry(index, text("")) for index in range(MAX_ENTRIES + 1))))


def test_a_file_cut_at_any_octet_is_a_typed_error() -> None:
    octets = encode_dg13(PERSON)
    for end in range(len(octets)):
        with pytest.raises(EncodingError):
            parse_dg13(octets[:end])


@pytest.mark.parametrize(
    "fields",
    [{"age": "1"}, {"pin": 1}, {"parents": "A"}, {"parents": ["A", 1]}, {"dob": "mồng 4"}, {"spouse": 1}],
)
def test_the_writer_refuses_what_it_cannot_write(fields: dict[str, object]) -> None:
    if fields == {"parents": "A"}:  # one text is not a list of parents, yet it can be read
        assert parse_dg13(encode_dg13(fields)).parents == ("A",)
        return
    with pytest.raises(DocumentError):
        encode_dg13(fields)


LINE = st.text(st.characters(exclude_categories=("Cs",)), max_size=300).map(
    lambda s: unicodedata.normalize("NFC", s)
)
PLAIN = st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=20)
FULL = st.fixed_dictionaries(
    {},
    optional={
        name: (PLAIN if index in (1, 3, 11, 15, 16) else LINE)
        for index, name in FIELDS.items()
        if name not in ("parents", "spouse")
    }
    | {"parents": st.lists(LINE, max_size=3), "spouse": st.none() | LINE},
)


@given(FULL)
def test_everything_written_is_read_back(fields: dict[str, Any]) -> None:
    found = parse_dg13(encode_dg13(fields))
    view = found.to_json(sensitive=SENSITIVE)["fields"]
    assert isinstance(view, dict)
    view.pop("no_expiry", None)
    if isinstance(view.get("dob"), dict):
        view["dob"] = fields["dob"]
    assert view == fields


@given(
    st.binary(max_size=300)
    | st.binary(max_size=200).map(lambda octets: tlv(0x6D, sequence(tlv(0x31, octets))))
)
def test_hostile_octets_give_a_result_or_a_typed_error(octets: bytes) -> None:
    with contextlib.suppress(EidError):
        parse_dg13(octets).to_json(sensitive=SENSITIVE)


@given(st.data())
def test_altered_octets_give_a_result_or_a_typed_error(data: st.DataObject) -> None:
    octets = bytearray(encode_dg13(PERSON))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(EidError):
        parse_dg13(bytes(octets)).to_json(sensitive=SENSITIVE)
