"""One record of a table: every column that was named is cleaned, and the fields are held against each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from eid.bulk.addresses import ADDRESS_PARTS, PROVINCE_PARTS, clean_address, clean_province
from eid.bulk.agreement import Subject
from eid.bulk.dates import DateOrder, clean_date, two_digit_candidate
from eid.bulk.fields import REPEATED, Column, Field
from eid.bulk.numbers import clean_number, clean_old_number, restored, with_evidence
from eid.bulk.values import NOTHING, Value, clean_name, clean_text, no_value
from eid.document.dates import PartialDate
from eid.errors import CleaningOptionsError
from eid.vietnam.number import NumberInfo

__all__ = ["CleanRecord", "RecordCleaner", "Settings"]

_SEXES = {
    "nam": "M", "m": "M", "male": "M", "nữ": "F", "nu": "F", "nữ giới": "F", "nam giới": "M", "f": "F", "female": "F",
    "x": "X", "khác": "X", "khac": "X", "other": "X",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """What the caller knows about a table and no program can.

    :param today: the day of cleaning; a birth after it is a problem.
    :param date_order: of day and month where the year stands last.
    :param as_of: the day on which the addresses were right.
    :param as_of_issue: take the date of issue of each record for it instead.
    :param sexes: what codes mean: ``{"1": "M", "0": "F"}``.
    :param restore_zeros: put back lost leading zeros of a number where birth year and sex agree.
    """

    today: dt.date
    date_order: DateOrder = DateOrder.DAY_FIRST
    as_of: dt.date | None = None
    as_of_issue: bool = False
    sexes: Mapping[str, str] = field(default_factory=dict)
    restore_zeros: bool = False

    def __post_init__(self) -> None:
        if any(sex not in ("M", "F", "X") for sex in self.sexes.values()):
            raise CleaningOptionsError("a code of sex stands for M, F or X")
        if self.as_of is not None and self.as_of_issue:
            raise CleaningOptionsError(
                "addresses are as of one day, or as of the date of issue, and not both"
            )


@dataclass(frozen=True, slots=True, repr=False)
class CleanRecord:
    """A record after cleaning. Personal data; not shown.

    :param values: as :attr:`RecordCleaner.names`.
    :param notes: pairs of column and code: what was done.
    :param problems: pairs of column and code: what is wrong.
    :param candidates: pairs of column and value: what it may have been.
    :param subject: what is compared with other records.
    """

    values: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]
    problems: tuple[tuple[str, str], ...]
    candidates: tuple[tuple[str, str], ...]
    subject: Subject


class RecordCleaner:
    """Cleans records of one table. It keeps nothing of them.

    :param columns: from :func:`eid.bulk.fields.assign_columns`.
    """

    def __init__(self, columns: Sequence[Column], settings: Settings) -> None:
        self._readers = tuple((column.place, self._reader(column)) for column in columns)
        self._keys = tuple(_Paired(column.key) for column in columns)
        self._at = {column.field: at for at, column in enumerate(columns) if column.field not in REPEATED}
        self._legacy = tuple(column.legacy for column in columns)
        self._settings = settings
        self._sexes = _SEXES | {word.strip().casefold(): sex for word, sex in settings.sexes.items()}
        self._number_at, self._old_at = self._at.get(Field.NUMBER), self._at.get(Field.OLD_NUMBER)
        self._birth_at, self._sex_at = self._at.get(Field.BIRTH_DATE), self._at.get(Field.SEX)
        self._name_at, self._issue_at = self._at.get(Field.NAME), self._at.get(Field.ISSUE_DATE)
        self._places = tuple(
            (self._at[field], clean)
            for field, clean in ((Field.ADDRESS, clean_address), (Field.PROVINCE, clean_province))
            if field in self._at
        )
        self._old_added = self._number_at is not None and self._old_at is None
        if settings.as_of_issue and self._issue_at is None:
            raise CleaningOptionsError(
                "addresses shall be as of the date of issue, and there is no such column"
            )
        #: Names of the clean columns, in order, without prefix.
        self.names = tuple(name for column in columns for name in self._names_of(column))

    def _names_of(self, column: Column) -> tuple[str, ...]:
        if column.field is Field.NUMBER and self._old_added:
            return column.key, Field.OLD_NUMBER.value
        parts = {Field.ADDRESS: ADDRESS_PARTS, Field.PROVINCE: PROVINCE_PARTS}.get(column.field, ())
        return column.key, *(f"{column.key}_{part}" for part in parts)

    def _reader(self, column: Column) -> Callable[[str], Value]:
        """What reads a field that needs no other one."""
        legacy = column.legacy
        match column.field:
            case Field.NAME | Field.OTHER_NAME:
                return lambda text: clean_name(text, legacy=legacy)
            case Field.BIRTH_DATE | Field.ISSUE_DATE | Field.OTHER_DATE:
                return self._date
            case Field.NUMBER:
                return clean_number
            case Field.OLD_NUMBER:
                return clean_old_number
            case Field.SEX:
                return self._sex
            case Field.TEXT:
                return lambda text: clean_text(text, legacy=legacy)
        return lambda _: NOTHING  # addresses and provinces: they need the date of the record

    def clean(self, fields: Sequence[str]) -> CleanRecord:
        """Clean one record.

        :param fields: all fields of the source, as text.
        """
        read = [reader(fields[place]) for place, reader in self._readers]
        beside: dict[int, tuple[str, ...]] = {}
        birth_date, sex = self._field(read, self._birth_at), self._field(read, self._sex_at).text
        old = self._field(read, self._old_at).text
        if (at := self._number_at) is not None:
            read[at], beside[at] = self._number(read[at], birth_date, sex)
            old = old or "".join(beside[at])
        if (at := self._birth_at) is not None and birth_date.problems:
            read[at] = self._birth_date(
                birth_date, fields[self._readers[at][0]], self._field(read, self._number_at)
            )
        for at, clean_place in self._places:
            text, as_of = fields[self._readers[at][0]], self._as_of(read)
            read[at], beside[at] = clean_place(text, as_of=as_of, legacy=self._legacy[at])
        number, name = self._field(read, self._number_at), self._field(read, self._name_at).text
        # Twelve times one digit is nobody's number, and would join all who have none.
        compared = "" if "placeholder_like" in number.problems else number.text
        return self._record(read, beside, Subject(compared, old, name, birth_date.text, sex))

    def _record(self, read: list[Value], beside: dict[int, tuple[str, ...]], subject: Subject) -> CleanRecord:
        values, candidates = list[str](), list[tuple[str, str]]()
        notes, problems = list[tuple[str, str]](), list[tuple[str, str]]()
        for at, value in enumerate(read):
            values.append(value.text)
            if at in beside:
                values += beside[at]
            if value.notes:
                notes += self._keys[at][value.notes]
            if value.problems:
                problems += self._keys[at][value.problems]
                if value.candidate:
                    candidates.append((self._keys[at].key, value.candidate))
        return CleanRecord(tuple(values), tuple(notes), tuple(problems), tuple(candidates), subject)

    @staticmethod
    def _field(read: list[Value], at: int | None) -> Value:
        return NOTHING if at is None else read[at]

    def _date(self, text: str) -> Value:
        return clean_date(text, order=self._settings.date_order, today=self._settings.today)

    def _sex(self, text: str) -> Value:
        sex = self._sexes.get(" ".join(text.split()).casefold())
        if sex is not None:
            return Value(sex, () if sex == text else ("sex_word",))
        if (nothing := no_value(text)) is not None:
            return nothing
        # Once more after the letters are composed: Nữ may come in three code points.
        tidy = clean_text(text)
        sex = self._sexes.get(tidy.text.casefold())
        return Value(sex, (*tidy.notes, "sex_word")) if sex else Value("", problems=("unknown_sex",))

    def _number(self, value: Value, birth_date: Value, sex: str) -> tuple[Value, tuple[str, ...]]:
        born = birth_date.data if isinstance(birth_date.data, PartialDate) else None
        if self._settings.restore_zeros:
            value = restored(value, born, sex)
        found = with_evidence(value, born, sex, year=self._settings.today.year)
        if found:
            value = replace(value, problems=(*value.problems, *found))
        if not self._old_added:
            return value, ()
        if isinstance(value.data, str):  # an old 9-digit number in the column of numbers
            return replace(value, notes=(*value.notes, "moved_to_old_number")), (value.data,)
        return value, ("",)

    def _birth_date(self, value: Value, text: str, number: Value) -> Value:
        if "two_digit_year" in value.problems and isinstance(number.data, NumberInfo):
            year, order = number.data.birth_year, self._settings.date_order
            return replace(value, candidate=two_digit_candidate(text, year, order=order))
        return value

    def _as_of(self, read: list[Value]) -> dt.date | None:
        if not self._settings.as_of_issue:
            return self._settings.as_of
        issued = self._field(read, self._issue_at).data
        return issued.first_day() if isinstance(issued, PartialDate) and issued.complete else None


class _Paired(dict[tuple[str, ...], tuple[tuple[str, str], ...]]):
    """Codes, each with the column it belongs to. The same few come again for every record."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key

    def __missing__(self, codes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        pairs = self[codes] = tuple((self.key, code) for code in codes)
        return pairs
