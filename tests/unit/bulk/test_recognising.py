"""What a file is written in: found out where that is certain, and else asked for."""

from __future__ import annotations

import codecs

import pytest

from eid.bulk.dialects import Dialect, Encoding
from eid.bulk.recognising import distinct, recognise
from eid.errors import TableFormatError

HEAD = "Số CCCD{0}Họ và tên{0}Ngày sinh\n"
ROW = "001099012349{0}Nguyễn Đức Ánh{0}04/07/1999\n"


def look(octets: bytes, encoding: Encoding = Encoding.AUTO, **options: object) -> Dialect:
    given = {"delimiter": None, "header": True, **options}
    return recognise(octets, encoding=encoding, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("bom", [b"", codecs.BOM_UTF8])
def test_delimiter_and_mark_come_from_the_first_line(delimiter: str, bom: bytes) -> None:
    octets = bom + (HEAD + ROW).format(delimiter).encode()
    found = look(octets)
    assert (found.delimiter, found.width, found.bom) == (delimiter, 3, bool(bom))
    assert found.header == ("Số CCCD", "Họ và tên", "Ngày sinh")
    assert octets[found.start :] == ROW.format(delimiter).encode()
    assert (found.row, found.line) == (2, 2)


def test_commas_in_quoted_names_are_no_delimiters() -> None:
    found = look('"Họ, chữ đệm, và, tên";CCCD\nx;y\n'.encode())
    assert (found.delimiter, found.header) == (";", ("Họ, chữ đệm, và, tên", "CCCD"))


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        # Spreadsheets put no quotation marks around a comma where it is no delimiter.
        ("Họ, chữ đệm và tên;Ngày, tháng, năm sinh;CCCD\nx;y;z\n", ";"),
        ("Ngày, tháng, năm sinh;CCCD;Nơi ở\ny;z;Xã Ví Dụ, Huyện Thử, Tỉnh Mẫu\n", ";"),
        ("Họ, chữ đệm và tên;CCCD\n", ";"),
        ("Cột; một; hai; ba,CCCD\nx,y\n", ","),
        # No name is known: the lines decide.
        ("a, b, c, d;e\nx, y;z\nx;y\n", ";"),
        ("a;b;c;d,e\nx;y,z\nx,y\n", ","),
    ],
)
def test_the_delimiter_is_the_one_that_makes_sense_of_names_and_lines(text: str, delimiter: str) -> None:
    assert look(text.encode()).delimiter == delimiter
    assert look(text.encode("cp1258", "replace"), Encoding.CP1258).delimiter == delimiter


def test_titles_empty_lines_and_the_line_for_spreadsheets_are_passed_over() -> None:
    found = look(("sep=;\n" + HEAD.format(";") + ROW.format(";")).encode())
    assert (found.delimiter, found.row, found.line) == (";", 2, 3)
    found = look(("DANH SÁCH, NĂM 2026\n\r\n" + HEAD.format("\t")).encode(), skip=1)
    assert (found.delimiter, found.row, found.line) == ("\t", 4, 4)


def test_a_name_with_a_line_break_is_one_name() -> None:
    found = look('"Họ và\ntên",CCCD\nx,y\n'.encode())
    assert (found.header, found.row, found.line) == (("Họ và tên", "CCCD"), 2, 3)


@pytest.mark.parametrize(
    ("encoding", "hint"),
    [("cp1258", "cp1258"), ("tcvn3", "tcvn3"), ("vni", "vni"), ("shift_jis", "--encoding")],
)
def test_another_encoding_is_refused_with_a_hint_and_never_chosen(encoding: str, hint: str) -> None:
    lines = {
        "cp1258": "Ho\u0323 t\u00ean,CCCD\nNguy\u00ea\u0303n \u0110\u01b0\u0301c \u00c1nh,1\nL\u00ea Thi\u0323 Th\u01b0\u0309,2\n".encode(
            "cp1258"
        ),
        "tcvn3": "Hä tªn,CCCD\nNguyÔn §øc ¸nh,1\nLª ThÞ Thö,2\n".encode("cp1252"),
        "vni": "Hoï teân,CCCD\nNguyeãn Ñöùc AÙnh,1\nLeâ Thò Thöû,2\n".encode("cp1252"),
        "shift_jis": "名前,CCCD\n山田太郎,1\n".encode("shift_jis"),
    }[encoding]
    with pytest.raises(TableFormatError, match=hint) as raised:
        look(lines)
    assert raised.value.kind == "encoding"


def test_encodings_are_taken_when_named() -> None:
    octets = "Hä tªn,CCCD\nNguyÔn §øc ¸nh,1\n".encode("cp1252")
    assert look(octets, Encoding.TCVN3).header == ("Họ tên", "CCCD")
    octets = "Ho\u0323 t\u00ean,CCCD\nx,1\n".encode("cp1258")
    assert look(octets, Encoding.CP1258).header == ("Họ tên", "CCCD")


def test_one_damaged_line_does_not_make_a_file_another_encoding() -> None:
    found = look((HEAD.format(",") + ROW.format(",")).encode() + b"\xff\xfe,x,y\n")
    assert found.encoding is Encoding.UTF_8
    look(HEAD.format(",").encode() + "Án".encode()[:2])  # the sample ends within a letter


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (b"PK\x03\x04rest", "workbook"), (b"\xd0\xcf\x11\xe0\xa1\xb1", "workbook"), (b"\x1f\x8b\x08", "workbook"),
        (b"", "empty"), (b"\n \n", "empty"), (codecs.BOM_UTF8, "empty"),
        (b"001099012349,Nguyen\n", "header"), (b"1,'012345678\n", "header"), (b",,\n1,2,3\n", "header"), (b'"a,b\n', "header"),
        (b"a" * 200_000, "header"), (b"," * 2_000 + b"\n", "columns"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_without_its_content(octets: bytes, kind: str) -> None:
    with pytest.raises(TableFormatError) as raised:
        look(octets)
    assert raised.value.kind == kind
    assert "001099012349" not in str(raised.value)


def test_columns_without_a_name_or_with_the_same_get_one() -> None:
    assert distinct(["a", "", "a", "a", ""]) == ("a", "column 2", "a (2)", "a (3)", "column 5")
    assert look(b"CCCD,,Ten,Ten,,\n").header == ("CCCD", "column 2", "Ten", "Ten (2)")


def test_a_column_without_a_name_stays_where_it_has_something() -> None:
    found = look(b"CCCD,Ten,,,\n1,x,,,\n2,y,,note,\n")
    assert found.header == ("CCCD", "Ten", "column 3", "column 4")
    assert look(b"CCCD,Ten,,,\n1,x,,,\n").header == ("CCCD", "Ten")


def test_names_of_columns_that_were_scrambled_are_had_back() -> None:
    assert look(HEAD.format(";").encode().decode("latin-1").encode()).header == (
        "Số CCCD", "Họ và tên", "Ngày sinh",
    )  # fmt: skip


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_refused_with_a_hint(codec: str) -> None:
    for text in (HEAD.format(",") + ROW.format(","), "CCCD,Ten\n1,x\n"):
        with pytest.raises(TableFormatError, match="--encoding utf-16") as raised:
            look(text.encode(codec))
        assert raised.value.kind == "encoding"


def test_without_header_columns_are_counted() -> None:
    found = look(b"001099012349,Nguyen\n", header=False)
    assert (found.header, found.width, found.start, found.row) == (None, 2, 0, 1)
