"""Addresses and provinces of a table: the text tidied, its units read, old provinces put to new units."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from eid.bulk.values import Value, no_value, once, tidied
from eid.vietnam.addresses import MAX_ADDRESS, Address, parse_address
from eid.vietnam.matching import NameSource
from eid.vietnam.mojibake import shows_damage
from eid.vietnam.provinces import MERGER, UNITS

__all__ = ["ADDRESS_PARTS", "PROVINCE_PARTS", "clean_address", "clean_province", "read_address"]

#: Further columns beside the clean text of an address, and of a province.
ADDRESS_PARTS = ("commune", "district", "province", "former_prefix", "unit_code", "unit")
PROVINCE_PARTS = ("former_prefix", "unit_code", "unit")

#: Warnings that say how it was read; the others say that something is wrong.
_NOTES = frozenset(
    {"date_missing", "duplicate_tail", "abbreviation_expanded", "spelling_variant", "mojibake_repaired"}
)
_NOT_SAID = frozenset({"empty"})
_LINE_BREAK = re.compile(r"[ \t,;]*[\r\n]+[ \t,;\r\n]*")
#: Days on which names of provinces changed, the last one first: the merger; Huế becomes a city.
_CHANGES = (MERGER, dt.date(2025, 1, 1))
#: How many parts from the end are remembered, many people living in one commune: as many as it has levels.
_TAILS = (2, 3)


def clean_address(
    text: str, *, as_of: dt.date | None, legacy: NameSource | None = None
) -> tuple[Value, tuple[str, ...]]:
    """An address and the values of :data:`ADDRESS_PARTS`.

    :param as_of: the day on which it was right; ``None`` when that is not known.
    """
    if (nothing := no_value(text)) is not None:
        return nothing, _NO_ADDRESS
    notes = list[str]()
    if "\n" in text or "\r" in text:
        text = text.strip("\r\n")
        if (joined := _LINE_BREAK.sub(", ", text)) != text:
            text = joined
            notes.append("line_break_joined")
    if len(text) > MAX_ADDRESS:
        return Value("", once(notes), ("too_long",)), _NO_ADDRESS
    tidy = tidied(text, notes, legacy=legacy)
    if len(tidy) > MAX_ADDRESS:
        return Value("", once(notes), ("too_long",)), _NO_ADDRESS
    reading = _read(tidy, as_of)
    value = Value(tidy, once([*notes, *reading.notes]) if notes else reading.notes, reading.problems)
    return value, reading.parts


@functools.lru_cache(maxsize=4_096)
def clean_province(
    text: str, *, as_of: dt.date | None, legacy: NameSource | None = None
) -> tuple[Value, tuple[str, ...]]:
    """The name of a province, and the values of :data:`PROVINCE_PARTS`. Codes are not names: they stay unread."""
    if (nothing := no_value(text)) is not None:
        return nothing, _NO_PROVINCE
    notes = list[str]()
    if len(text) > MAX_ADDRESS:
        return Value("", problems=("too_long",)), _NO_PROVINCE
    tidy = tidied(text, notes, legacy=legacy)
    read = parse_address(tidy, as_of=as_of)
    if read.province is None or read.levels != 1:
        return Value("", once(notes), ("province_unknown",)), _NO_PROVINCE
    if read.province != tidy:
        notes.append("spelling_variant")
    unread = _codes(read.warnings)
    parts = read.former_prefix, read.unit_code, UNITS[read.unit_code] if read.unit_code else ""
    return Value(read.province, once([*notes, *unread[0]]), unread[1]), tuple(part or "" for part in parts)


def read_address(text: str, *, as_of: dt.date | None) -> Address:
    """As :func:`~eid.vietnam.addresses.parse_address`, and quicker for the next of the same commune.

    Units are told from the end, so once the commune is found, what stands in front of it changes nothing;
    ``raw`` is then the end alone.
    """
    return _read(text, as_of).address


@dataclass(frozen=True, slots=True, repr=False)
class _Reading:
    """An address that was read, and what a table gets of it.

    :param whole: what stands in front of it would change nothing.
    """

    address: Address
    parts: tuple[str, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...]
    whole: bool

    @classmethod
    def of(cls, address: Address) -> _Reading:
        unit = UNITS[address.unit_code] if address.unit_code else ""
        parts = (
            address.commune,
            address.district,
            address.province,
            address.former_prefix,
            address.unit_code,
            unit,
        )
        whole = address.province is not None and address.commune is not None
        whole = whole and _DAMAGED.isdisjoint(address.warnings)
        return cls(address, tuple(part or "" for part in parts), *_codes(address.warnings), whole)


def _read(text: str, as_of: dt.date | None) -> _Reading:
    plain, period = text.replace(";", ","), _period(as_of)
    for length in _TAILS:
        head, *tail = plain.rsplit(",", length)
        if len(tail) < length:
            break
        reading = _remembered(plain[len(head) + 1 :], period)
        if reading.whole:
            if shows_damage(head):
                break
            return reading
    return _Reading.of(parse_address(text, as_of=as_of))


_DAMAGED = frozenset({"mojibake_repaired", "degraded_text"})
_NO_ADDRESS = ("",) * len(ADDRESS_PARTS)
_NO_PROVINCE = ("",) * len(PROVINCE_PARTS)


def _period(day: dt.date | None) -> dt.date | None:
    """The first day on which all was as on *day*: what an address means changes on few days."""
    if day is None:
        return None
    for first in _CHANGES:
        if day >= first:
            return first
    return dt.date.min


@functools.lru_cache(maxsize=16_384)
def _remembered(tail: str, as_of: dt.date | None) -> _Reading:
    return _Reading.of(parse_address(tail, as_of=as_of))


def _codes(warnings: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The warnings of an address as notes and problems."""
    said = [word for word in warnings if word not in _NOT_SAID]
    return tuple(word for word in said if word in _NOTES), tuple(word for word in said if word not in _NOTES)
