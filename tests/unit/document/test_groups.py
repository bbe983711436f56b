from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from eid.document import lds
from eid.document.dates import PartialDate
from eid.document.dg1 import DG1, encode_dg1
from eid.document.dg2 import DG2
from eid.document.dg11 import DG11
from eid.document.dg12 import DG12
from eid.document.dg15 import DG15, encode_dg15
from eid.document.lds import RawGroup, encode_com, parse_group, read_com
from eid.document.reading import document_facts, person_from
from eid.document.security_infos import DG14
from eid.encoding.der import bit_string, oid, sequence
from eid.encoding.tlv import tlv
from eid.errors import DocumentError, EncodingError, LimitExceeded

_READ_AT = dt.date(2026, 3, 1)
_TD1 = "IDVNM0990123493001099012349<<49907043M3907041VNM<<<<<<<<<<<2NGUYEN<<DUC<ANH<<<<<<<<<<<<<<<"


def _dg11(*fields: bytes) -> bytes:
    return tlv(0x6B, tlv(0x5C, b"\x5f\x0e"), *fields)


_DG11 = _dg11(
    tlv(0x5F0E, "NGUYỄN<<ĐỨC<ÁNH".encode()),
    tlv(0xA0, tlv(0x02, b"\2"), tlv(0x5F0F, b"A<<B"), tlv(0x5F0F, b"C")),
    tlv(0x5F10, b"001099012349"),
    tlv(0x5F2B, b"19990704"),
    tlv(0x5F11, b"SOME TOWN<SOME PROVINCE"),
    tlv(0x5F42, b"1 SOME STREET<SOME TOWN<"),
    tlv(0x5F12, b"+84 000"),
    tlv(0x5F13, b"TESTER"),
    tlv(0x5F14, b"DR"),
    tlv(0x5F15, b"summary"),
    tlv(0x5F16, b"\xff\xd8"),
    tlv(0x5F17, b"X1<X2"),
    tlv(0x5F18, b"custody"),
    tlv(0x5F7F, b"future"),
)
_DG12 = tlv(
    0x6C,
    tlv(0x5C, b"\x5f\x19"),
    tlv(0x5F19, b"SOME<AUTHORITY"),
    tlv(0x5F26, b"20220710"),
    tlv(0xA0, tlv(0x02, b"\1"), tlv(0x5F1A, b"D<<E")),
    tlv(0x5F1B, b"none"),
    tlv(0x5F1C, b"tax"),
    tlv(0x5F1D, b"front"),
    tlv(0x5F1E, b"rear"),
    tlv(0x5F55, b"20220710120000"),
    tlv(0x5F56, b"SYS-1"),
)


def test_the_bsi_specimen(corpora: Path) -> None:
    folder = corpora / "bsi_silver"
    groups = {
        name: parse_group(name, (folder / f"EF_{name}.bin").read_bytes())
        for name in ("DG1", "DG2", "DG14", "DG15")
    }
    assert [type(group) for group in groups.values()] == [DG1, DG2, DG14, DG15]
    person = person_from(groups, read_at=_READ_AT)
    assert (person.surname, person.given_names, person.name) == ("MUSTERMANN", "ERIKA", "MUSTERMANN ERIKA")
    assert (person.sex, person.nationality, person.birth_date) == ("F", "D", PartialDate(1996, 8, 12))
    assert person.number is None
    assert person.portrait is not None
    assert person.sources["portrait"] == "DG2"
    facts = document_facts(groups)
    assert facts is not None
    assert (facts.kind, facts.issuer, facts.number) == ("TD3", "D", "C11T002JM")
    assert facts.expiry_date == PartialDate(2023, 10, 31)
    com_octets = (folder / "EF_COM.bin").read_bytes()
    com = read_com(com_octets)
    assert (com.lds_version, com.unicode_version) == ("1.7", "4.0.0")
    assert com.groups == ("DG1", "DG2", "DG3", "DG4", "DG14")
    assert encode_com(com.groups) == com_octets


def test_the_registry_is_that_of_doc_9303_10() -> None:
    assert lds.AID.hex() == "a0000002471001"
    assert lds.FILES["DG16"] == lds.ElementaryFile("DG16", 0x0110, 0x10, 0x70)
    assert lds.FILES["DG13"] == lds.ElementaryFile("DG13", 0x010D, 0x0D, 0x6D)
    assert lds.FILES["DG4"].tag == 0x76
    assert lds.FILES[lds.EF_SOD] == lds.ElementaryFile("EF.SOD", 0x011D, 0x1D, 0x77)
    assert lds.FILES[lds.EF_CARD_ACCESS].fid == 0x011C
    assert len({file.fid for file in lds.FILES.values()}) == len(lds.FILES) == 19
    assert [lds.group_number(lds.group_name(number)) for number in range(1, 17)] == list(range(1, 17))


@pytest.mark.parametrize("number", [0, 17, -1])
def test_there_are_sixteen_groups(number: int) -> None:
    with pytest.raises(DocumentError):
        lds.group_name(number)


@pytest.mark.parametrize("name", ["EF.SOD", "DG17", "dg1", ""])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(DocumentError):
        parse_group(name, tlv(0x61))


def test_groups_without_a_parser_stay_as_they_are() -> None:
    group = parse_group("DG13", b"not even TLV")
    assert group == RawGroup("DG13", b"not even TLV")
    assert "not even" not in repr(group)


def test_a_file_that_is_too_large_is_not_looked_at() -> None:
    with pytest.raises(LimitExceeded):
        parse_group("DG13", bytes(lds.MAX_FILE + 1))


def test_a_group_under_the_wrong_name_is_refused() -> None:
    for name in ("DG1", "DG2", "DG11", "DG12", "DG14", "DG15"):
        with pytest.raises(EncodingError):
            parse_group(name, tlv(0x63))


# --- EF.COM -----------------------------------------------------------------------------------------


def test_a_com_that_lies_or_lacks_versions_still_lists_groups() -> None:
    com = read_com(
        tlv(0x60, tlv(0x5F01, b"17"), tlv(0x5F36, b"04x000"), tlv(0x5C, bytes.fromhex("61756161ff")))
    )
    assert com == lds.Com(None, None, ("DG1", "DG2"), (0xFF,))
    assert read_com(tlv(0x60, tlv(0x5C))).groups == ()


def test_a_com_without_a_list_is_refused() -> None:
    with pytest.raises(DocumentError):
        read_com(tlv(0x60, tlv(0x5F01, b"0107")))
    with pytest.raises(EncodingError):
        read_com(tlv(0x60, tlv(0x5C, bytes(256))))
    with pytest.raises(EncodingError):
        read_com(tlv(0x77))
    with pytest.raises(DocumentError):
        encode_com(["EF.SOD"])


# --- DG11, DG12, DG15 -------------------------------------------------------------------------------


def test_every_field_of_dg11() -> None:
    group = DG11.parse(_DG11)
    assert group == DG11(
        name="NGUYỄN ĐỨC ÁNH",
        other_names=("A B", "C"),
        personal_number="001099012349",
        birth_date=PartialDate(1999, 7, 4),
        place_of_birth=("SOME TOWN", "SOME PROVINCE"),
        residence=("1 SOME STREET", "SOME TOWN"),
        telephone="+84 000",
        profession="TESTER",
        title="DR",
        personal_summary="summary",
        citizenship_image=b"\xff\xd8",
        other_documents=("X1", "X2"),
        custody_information="custody",
        rest={0x5F7F: b"future"},
    )
    assert repr(group) == "<DG11>"


def test_every_field_of_dg12() -> None:
    group = DG12.parse(_DG12)
    assert group == DG12(
        issuing_authority="SOME AUTHORITY",
        issue_date=PartialDate(2022, 7, 10),
        other_persons=("D E",),
        endorsements="none",
        tax_or_exit="tax",
        front_image=b"front",
        rear_image=b"rear",
        personalized_at="20220710120000",
        personalization_system="SYS-1",
        rest={},
    )
    assert repr(group) == "<DG12>"


def test_empty_groups_have_no_fields() -> None:
    assert DG11.parse(tlv(0x6B)) == DG11()
    assert DG12.parse(tlv(0x6C)) == DG12()
    assert DG11.parse(tlv(0x6B, tlv(0x5F10))).personal_number is None


def test_packed_dates_are_read() -> None:
    assert DG11.parse(_dg11(tlv(0x5F2B, bytes.fromhex("19990704")))).birth_date == PartialDate(1999, 7, 4)
    assert DG12.parse(tlv(0x6C, tlv(0x5F26, b"20220700"))).issue_date == PartialDate(2022, 7)


@pytest.mark.parametrize(
    "field",
    [
        tlv(0x5F0E, b"\xff\xfe"),
        tlv(0x5F2B, b"19991399"),
        tlv(0x5F2B, bytes.fromhex("1999abcd")),
        tlv(0x5F2B, "١٩٩٩".encode()),
        tlv(0xA0),
        tlv(0xA0, tlv(0x02, b"\2"), tlv(0x5F0F, b"A")),
        tlv(0xA0, tlv(0x02, b"\1"), tlv(0x5F1A, b"A")),
        tlv(0xA0, tlv(0x04, b"\1"), tlv(0x5F0F, b"A")),
        tlv(0xA0, tlv(0x02, b"\1"), tlv(0x5F0F, b"\xff")),
    ],
)
def test_one_unreadable_field_is_kept_raw_and_loses_no_other(field: bytes) -> None:
    group = DG11.parse(_dg11(field, tlv(0x5F10, b"12")))
    assert group.personal_number == "12"
    assert (group.name, group.birth_date, group.other_names) == (None, None, ())
    assert len(group.rest) == 1


def test_a_field_twice_is_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        DG11.parse(_dg11(tlv(0x5F10, b"1"), tlv(0x5F10, b"2")))
    assert caught.value.kind == "duplicate"


def test_a_field_over_the_end_is_refused() -> None:
    with pytest.raises(EncodingError):
        DG11.parse(tlv(0x6B, b"\x5f\x10\x05abc"))
    with pytest.raises(EncodingError):
        DG11.parse(_dg11(tlv(0xA0, b"\x02\x05")))


def test_dg15_keeps_the_key_as_it_is() -> None:
    spki = sequence(sequence(oid("1.2.840.113549.1.1.1")), bit_string(b"key"))
    assert DG15.parse(encode_dg15(spki)).spki == spki
    for inside in (b"", spki + spki, bit_string(b"key")):
        with pytest.raises(DocumentError):
            DG15.parse(encode_dg15(inside))


# --- person and document ----------------------------------------------------------------------------


def test_details_complete_the_person() -> None:
    groups = {
        "DG1": parse_group("DG1", encode_dg1(_TD1)),
        "DG11": DG11.parse(_DG11),
        "DG12": DG12.parse(_DG12),
    }
    person = person_from(groups, read_at=_READ_AT)
    assert (person.number, person.name) == ("001099012349", "NGUYỄN ĐỨC ÁNH")
    assert (person.surname, person.given_names) == ("NGUYEN", "DUC ANH")
    assert person.birth_date == PartialDate(1999, 7, 4)
    assert {name: person.sources[name] for name in ("number", "name", "surname", "issue_date")} == {
        "number": "DG11", "name": "DG11", "surname": "DG1", "issue_date": "DG12",
    }  # fmt: skip
    assert person.other["residence"] == "1 SOME STREET, SOME TOWN"
    assert person.other["issuing_authority"] == "SOME AUTHORITY"
    assert person.sensitive("custody_information") == "custody"
    assert "custody_information" not in person.other
    facts = document_facts(groups)
    assert facts is not None
    assert facts.issue_date == PartialDate(2022, 7, 10)
    assert "099012349" not in repr(facts)
    assert "001099012349" not in repr(person)


def test_the_optional_data_is_a_number_only_on_passports() -> None:
    card = person_from({"DG1": parse_group("DG1", encode_dg1(_TD1))}, read_at=_READ_AT)
    assert card.number is None
    assert "number" not in card.sources
    passport = "P<UTOERIKSSON<<ANNA<MARIA".ljust(44, "<") + "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    assert (
        person_from({"DG1": parse_group("DG1", encode_dg1(passport))}, read_at=_READ_AT).number == "ZE184226B"
    )


def test_without_groups_there_is_nobody_and_no_document() -> None:
    person = person_from({"DG13": RawGroup("DG13", b"")}, read_at=_READ_AT)
    assert (person.name, dict(person.sources)) == (None, {})
    assert document_facts({}) is None
