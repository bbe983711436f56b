"""What the columns of a table hold, told by their names.

Headers are recognised in Vietnamese and English, with and without accents. A name that is not in the list is
left alone: nobody guesses from the values.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from eid.errors import CleaningOptionsError, TableFormatError
from eid.vietnam.legacy_encodings import from_tcvn3, from_vni
from eid.vietnam.letters import without_accents
from eid.vietnam.matching import NameSource
from eid.vietnam.mojibake import unscrambled

__all__ = [
    "REPEATED",
    "Column",
    "ColumnOption",
    "Field",
    "assign_columns",
    "field_of",
    "parse_column_option",
    "plain_name",
]


class Field(enum.StrEnum):
    """The meaning of a column. ``keep`` is for one that is left alone, whatever its name."""

    NUMBER = "number"
    OLD_NUMBER = "old_number"
    NAME = "name"
    BIRTH_DATE = "birth_date"
    SEX = "sex"
    ADDRESS = "address"
    PROVINCE = "province"
    ISSUE_DATE = "issue_date"
    OTHER_NAME = "other_name"
    OTHER_DATE = "other_date"
    TEXT = "text"
    KEEP = "keep"


#: Of these there may be several; their clean column is called after the source column.
REPEATED = frozenset({Field.OTHER_NAME, Field.OTHER_DATE, Field.TEXT, Field.KEEP})

#: As they stand in files of offices, banks and schools; spaces, marks, case and accents do not count.
_HEADERS: Mapping[Field, tuple[str, ...]] = MappingProxyType(
    {
        Field.NUMBER: (
            "number", "pin", "cccd", "số cccd", "mã cccd", "số thẻ cccd", "cccd/cmnd", "số cccd/cmnd", "cmnd/cccd",
            "số cmnd/cccd", "căn cước", "số căn cước", "thẻ căn cước", "căn cước công dân", "số căn cước công dân",
            "số thẻ căn cước", "định danh", "số định danh", "số định danh cá nhân", "mã định danh",
            "mã định danh cá nhân", "sđd", "sđdcn", "mđdcn", "đdcn", "số đdcn", "số đdcn/cccd", "số cc", "số cc/cccd",
            "số định danh cá nhân/cccd", "personal number", "personal id",
            "personal identification number", "national id", "national id number", "citizen id", "citizen pid",
            "identity number", "identity card number", "id number", "id card", "id card number",
        ),
        Field.OLD_NUMBER: (
            "old number", "cmnd", "số cmnd", "cmnd cũ", "số cmnd cũ", "cmnd 9 số", "số cmnd 9 số", "chứng minh nhân dân",
            "số chứng minh nhân dân", "số chứng minh nhân dân cũ", "số giấy tờ cũ", "old id", "old id number",
            "previous id number",
        ),
        Field.NAME: (
            "name", "full name", "họ tên", "họ và tên", "họ, chữ đệm và tên", "họ, chữ đệm, tên", "họ và tên khai sinh",
            "họ, chữ đệm và tên khai sinh", "họ, chữ đệm, tên khai sinh", "tên đầy đủ",
            "tên khách hàng", "họ tên khách hàng", "họ và tên khách hàng", "họ tên học sinh", "họ và tên học sinh",
            "họ tên sinh viên", "họ và tên sinh viên", "họ tên nhân viên", "họ và tên nhân viên", "họ tên công dân",
            "họ và tên công dân", "customer name", "holder name",
        ),
        Field.BIRTH_DATE: (
            "birth date", "date of birth", "dob", "birthday", "ngày sinh", "ngày tháng năm sinh", "ngày, tháng, năm sinh",
            "năm sinh", "sinh ngày", "year of birth", "birth year",
        ),
        Field.SEX: ("sex", "gender", "giới tính", "phái", "nam/nữ"),
        Field.ADDRESS: (
            "address", "residence", "địa chỉ", "thường trú", "nơi thường trú", "địa chỉ thường trú", "hộ khẩu thường trú",
            "nơi đăng ký thường trú", "nơi đktt", "hktt", "nơi cư trú", "địa chỉ cư trú", "nơi ở", "nơi ở hiện tại",
            "chỗ ở hiện nay", "permanent address", "place of residence",
        ),
        Field.PROVINCE: ("province", "tỉnh", "tỉnh thành", "tỉnh/thành phố", "tỉnh/tp", "tên tỉnh", "province/city"),
        Field.ISSUE_DATE: ("issue date", "date of issue", "ngày cấp", "ngày cấp cccd", "ngày cấp thẻ", "issued on"),
    }
)  # fmt: skip
_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
#: Old encodings that may be named with a column.
_LEGACY = {NameSource.TCVN3: from_tcvn3, NameSource.VNI: from_vni}


@dataclass(frozen=True, slots=True)
class Column:
    """One column to clean.

    :param place: its position in the source, from 0.
    :param name: its header.
    :param legacy: the old encoding its text is in, when the caller says so.
    """

    place: int
    name: str
    field: Field
    legacy: NameSource | None = None

    @property
    def key(self) -> str:
        """How its clean column and its codes are called: the field, or the source column where there may be several."""
        return "_".join(self.name.split()) if self.field in REPEATED else self.field.value


@dataclass(frozen=True, slots=True)
class ColumnOption:
    """What a caller says about a column.

    :param name: its header; for a table without one its number, from 1.
    """

    name: str
    field: Field
    legacy: NameSource | None = None


def parse_column_option(text: str) -> ColumnOption:
    """Read ``NAME=FIELD`` or ``NAME=FIELD:tcvn3`` (or ``:vni``).

    :raises CleaningOptionsError: another form, an unknown field or encoding.
    """
    name, equals, rest = text.rpartition("=")
    word, colon, encoding = rest.partition(":")
    if not equals or not name.strip():
        raise CleaningOptionsError("a column is given as NAME=FIELD")
    try:
        field = Field(word.strip().lower())
        legacy = NameSource(encoding.strip().lower()) if colon else None
    except ValueError:
        raise CleaningOptionsError(
            f"a field is one of {', '.join(Field)}; an encoding tcvn3 or vni"
        ) from None
    if legacy is not None and legacy not in _LEGACY:
        raise CleaningOptionsError("the encoding of a column is tcvn3 or vni")
    return ColumnOption(name.strip(), field, legacy)


def assign_columns(
    header: Sequence[str] | int,
    options: Sequence[ColumnOption],
    *,
    legacy: NameSource | None = None,
    all_options_needed: bool = True,
) -> tuple[Column, ...]:
    """The columns to clean, in the order of the table.

    :param header: names of all columns, or how many there are when the table has no header.
    :param legacy: the old encoding of the whole file.
    :param all_options_needed: refuse an option whose column is not there.
    :raises CleaningOptionsError: an option names a column that is not there, or a field twice.
    :raises TableFormatError: two columns could be the same field, or none could be any.
    """
    names = [str(place + 1) for place in range(header)] if isinstance(header, int) else list(header)
    keys = [plain_name(name) for name in names]
    chosen: dict[int, Column] = {}
    for option in options:
        places = [place for place, key in enumerate(keys) if key == plain_name(option.name)]
        if len(places) > 1:
            places = [place for place in places if names[place] == option.name]
        if not places and not all_options_needed:
            continue
        if len(places) != 1 or places[0] in chosen:
            raise CleaningOptionsError("a column that is named is not there, or is there or named twice")
        if option.field not in REPEATED and option.field in {each.field for each in chosen.values()}:
            raise CleaningOptionsError(f"{option.field} is given to two columns")
        place = places[0]
        chosen[place] = Column(place, names[place], option.field, option.legacy or legacy)
    if not isinstance(header, int):
        _recognise(names, chosen, legacy)
    columns = tuple(chosen[place] for place in sorted(chosen) if chosen[place].field is not Field.KEEP)
    if not columns:
        raise TableFormatError(
            "no column was recognised: name them, as in --column 'Số CCCD=number', or leave out what stands above"
            " the names with --skip-lines",
            "columns",
        )
    return columns


def _recognise(names: Sequence[str], chosen: dict[int, Column], legacy: NameSource | None) -> None:
    given = {column.field for column in chosen.values()}
    for place, name in enumerate(names):
        field = field_of(name)
        if place not in chosen and field is None and legacy is None:
            _refuse_legacy(name, given)
        if place in chosen or field is None or field in given:
            continue
        if field in {column.field for column in chosen.values()}:
            raise TableFormatError(
                f"two columns could be {field}: say which with --column NAME={field}", "columns"
            )
        chosen[place] = Column(place, name, field, legacy)


def _refuse_legacy(name: str, given: Collection[Field]) -> None:
    """A header in an old encoding: so is the column, and left alone it would look as if it had been cleaned."""
    for encoding, read in _LEGACY.items():
        field = None if name.isascii() else field_of(read(name))
        if field is not None and field not in given:
            raise TableFormatError(
                f"a header looks like {encoding}: say what the column holds with --column"
                f" NAME={field}:{encoding}, or NAME=keep",
                "columns",
            )


def field_of(name: str) -> Field | None:
    """What a column of that header holds; ``None`` when the header is not in the list."""
    return _KNOWN.get(_key(name))


def plain_name(name: str) -> str:
    """A header as it is compared with the name of an option."""
    return " ".join(unicodedata.normalize("NFC", unscrambled(name)).split())


def _key(name: str) -> str:
    plain = unicodedata.normalize("NFC", _IN_BRACKETS.sub("", unscrambled(name)))
    bare = without_accents(plain).casefold()
    return "".join(letter for letter in bare if letter.isalnum())


_KNOWN: Mapping[str, Field] = MappingProxyType(
    {_key(name): field for field, names in _HEADERS.items() for name in names}
)
