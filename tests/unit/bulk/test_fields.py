"""Which column holds what, told by its name or by the caller; nothing by its values."""

from __future__ import annotations

import pytest

from eid.bulk.fields import Field, assign_columns, parse_column_option
from eid.errors import CleaningOptionsError, TableFormatError
from eid.vietnam.matching import NameSource


def found(header: list[str], *options: str) -> dict[str, str]:
    columns = assign_columns(header, [parse_column_option(text) for text in options])
    return {column.name: column.field.value for column in columns}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Số CCCD", "number"), ("SỐ CCCD/CMND", "number"), ("so_cccd", "number"), ("Mã định danh cá nhân", "number"),
        ("Số căn cước công dân (12 số)", "number"), ("citizenPid", "number"), ("national_id", "number"),
        ("Số CMND cũ", "old_number"), ("CMND", "old_number"), ("Họ và tên", "name"), ("HO TEN", "name"), ("hoTen", "name"),
        ("Họ, chữ đệm và tên", "name"), ("full_name", "name"), ("Ngày, tháng, năm sinh", "birth_date"), ("DOB", "birth_date"),
        ("Ngày sinh (dd/mm/yyyy)", "birth_date"), ("Năm sinh", "birth_date"), ("Giới tính", "sex"), ("Gender", "sex"),
        ("Địa chỉ thường trú", "address"), ("Nơi thường trú", "address"), ("Tỉnh/Thành phố", "province"),
        ("Ngày cấp CCCD", "issue_date"), ("Số ĐDCN", "number"), ("Số ĐDCN/CCCD", "number"), ("Họ, chữ đệm, tên", "name"),
        ("Nam/Nữ", "sex"), ("Nơi đăng ký thường trú", "address"), ("HKTT", "address"),
    ],
)  # fmt: skip
def test_names_of_columns_are_known_in_two_languages(name: str, field: str) -> None:
    assert found([name, "STT"]) == {name: field}


@pytest.mark.parametrize(
    "name", ["Tên", "Mã số thuế", "Số điện thoại", "Nơi cấp", "Họ tên cha", "Ngày", "id", "code"]
)
def test_names_that_could_be_anything_are_left_alone(name: str) -> None:
    assert found([name, "CCCD"]) == {"CCCD": "number"}


def test_a_scrambled_name_is_known() -> None:
    scrambled = "Họ và tên".encode().decode("latin-1")
    assert found([scrambled, "STT"]) == {scrambled: "name"}
    assert found([scrambled, "STT"], "Họ và tên=other_name") == {scrambled: "other_name"}


@pytest.mark.parametrize(("name", "encoding"), [("Hä vµ tªn", "tcvn3"), ("Hoï vaø teân", "vni")])
def test_a_column_in_an_old_encoding_is_not_left_out_unseen(name: str, encoding: str) -> None:
    with pytest.raises(TableFormatError, match=f"NAME=name:{encoding}") as raised:
        found(["CMND", name])
    assert raised.value.kind == "columns"
    assert found(["CMND", name], f"{name}=name:{encoding}") == {"CMND": "old_number", name: "name"}
    assert found(["CMND", name], f"{name}=keep") == {"CMND": "old_number"}
    assert found(["CMND", name, "Tên"], "Tên=name") == {"CMND": "old_number", "Tên": "name"}


def test_the_caller_decides() -> None:
    header = ["Tên", "CMND", "Mã", "Họ tên cha"]
    assert found(header, "Tên=name", "Mã=number", "Họ tên cha=other_name") == {
        "Tên": "name", "CMND": "old_number", "Mã": "number", "Họ tên cha": "other_name",
    }  # fmt: skip
    assert found(header, "CMND=number") == {"CMND": "number"}
    assert found(["CCCD", "CMND"], "CMND=keep") == {"CCCD": "number"}
    (column,) = assign_columns(["Tên"], [parse_column_option("Tên=name:TCVN3")])
    assert column.legacy is NameSource.TCVN3
    assert parse_column_option("a=b=name").name == "a=b"


def test_columns_without_names_have_numbers() -> None:
    columns = assign_columns(4, [parse_column_option("2=number"), parse_column_option("4=name")])
    assert [(column.place, column.field) for column in columns] == [(1, Field.NUMBER), (3, Field.NAME)]


def test_two_columns_for_one_field_are_not_chosen_between() -> None:
    with pytest.raises(TableFormatError, match="--column"):
        found(["Ngày sinh", "DOB"])
    assert found(["Ngày sinh", "DOB"], "DOB=birth_date") == {"DOB": "birth_date"}


def test_a_table_of_which_nothing_is_known_is_refused() -> None:
    with pytest.raises(TableFormatError) as raised:
        found(["A", "B"])
    assert raised.value.kind == "columns"


@pytest.mark.parametrize(
    "options",
    [
        ("X=name",),
        ("A=name", "A=sex"),
        ("A=name", "B=name"),
        ("A=nothing",),
        ("A",),
        ("=name",),
        ("A=name:utf-8",),
        ("A=name:mrz",),
    ],
)
def test_options_that_do_not_fit_are_refused(options: tuple[str, ...]) -> None:
    with pytest.raises(CleaningOptionsError):
        found(["A", "B", "CCCD"], *options)


def test_several_columns_may_be_dates_or_names_and_are_called_after_themselves() -> None:
    columns = assign_columns(
        ["Họ tên cha", "Họ tên mẹ"],
        [parse_column_option(f"Họ tên {who}=other_name") for who in ("cha", "mẹ")],
    )
    assert [column.key for column in columns] == ["Họ_tên_cha", "Họ_tên_mẹ"]
