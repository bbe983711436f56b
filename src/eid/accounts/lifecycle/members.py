"""Dataclasses of accounts as CBOR maps and back: members by name, defaults left out, nothing unknown.

A member that has its default value is not written. So a member that a later version adds with a default
does not change the octets of what was written before; and where it has another value, an older version
meets a name that it does not know and refuses (:class:`~eid.errors.EventUnknown`), because ignoring it
could ignore what matters.
"""

from __future__ import annotations

import enum
import functools
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from eid.document.dates import PartialDate
from eid.errors import DocumentError, EventFormatError, EventUnknown, InputError

__all__ = ["from_members", "to_members"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_To = Callable[[Any], Any]
_From = Callable[[Any], Any]


def to_members(value: object) -> dict[str, Any]:
    """The members of dataclass instance *value*: times as microseconds since 1970 UTC, sets sorted.

    :raises InputError: a time without zone.
    """
    written: dict[str, Any] = {}
    cls: Any = type(value)
    for name, encode, _, default in _members(cls):
        member = getattr(value, name)
        if member != default:
            written[name] = encode(member)
    return written


def from_members(cls: type, written: object) -> Any:
    """An instance of dataclass *cls*.

    :param written: what a decoder made of :func:`to_members`.
    :raises EventUnknown: a member that *cls* does not have.
    :raises EventFormatError: no map, a member missing or of another type, or one that *cls* refuses.
    """
    if not isinstance(written, dict):
        raise EventFormatError(f"{cls.__name__}: not a map of members")
    values: dict[str, Any] = {}
    for name, _, decode, default in _members(cls):
        if name in written:
            values[name] = decode(written[name])
        elif default is MISSING:
            raise EventFormatError(f"{cls.__name__}: a member is missing")
    if len(values) < len(written):
        raise EventUnknown(f"{cls.__name__}: a member that this version does not know")
    try:
        return cls(**values)
    except InputError:
        raise EventFormatError(f"{cls.__name__}: members that do not go together") from None


@functools.cache
def _members(cls: type) -> tuple[tuple[str, _To, _From, object], ...]:
    hints = typing.get_type_hints(cls)
    return tuple((each.name, *_codec(hints[each.name]), _default(each)) for each in fields(cls))


def _default(member: Field[Any]) -> object:
    if member.default_factory is not MISSING:
        return member.default_factory()
    return member.default


def _codec(hint: Any) -> tuple[_To, _From]:
    """How a value of type *hint* is written and read."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (each for each in typing.get_args(hint) if each is not type(None))
        return _optional(*_codec(inner))
    if origin in (tuple, frozenset):
        to, read = _codec(typing.get_args(hint)[0])
        order: Callable[[Any], Any] = sorted if origin is frozenset else list
        return lambda value: [to(each) for each in order(value)], _sequence(origin, read)
    if hint in _CODECS:
        return _CODECS[hint]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return lambda value: value.value, _enum(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return to_members, lambda written: from_members(hint, written)
    raise TypeError(f"no way to write {hint}")


def _optional(to: _To, read: _From) -> tuple[_To, _From]:
    return (
        lambda value: None if value is None else to(value),
        lambda written: None if written is None else read(written),
    )


def _sequence(origin: Callable[[Any], Any], read: _From) -> _From:
    def decode(written: object) -> Any:
        if not isinstance(written, list):
            raise EventFormatError("not an array")
        return origin(read(each) for each in written)

    return decode


def _enum(cls: type[enum.Enum]) -> _From:
    def decode(written: object) -> Any:
        try:
            return cls(written)
        except ValueError:
            # A word of a newer version, or damage: either way not to be guessed at.
            raise EventUnknown(f"{cls.__name__}: a word that this version does not know") from None

    return decode


def _exactly(cls: type) -> tuple[_To, _From]:
    def decode(written: object) -> Any:
        if written.__class__ is not cls:  # a bool is no int here
            raise EventFormatError(f"not of type {cls.__name__}")
        return written

    return lambda value: value, decode


def _to_moment(value: datetime) -> int:
    if value.utcoffset() is None:
        raise InputError("a time without zone")
    return (value - _EPOCH) // _MICROSECOND


def _from_moment(written: object) -> datetime:
    if not isinstance(written, int) or isinstance(written, bool):
        raise EventFormatError("not a time")
    try:
        return _EPOCH + timedelta(microseconds=written)
    except OverflowError:
        raise EventFormatError("a time out of range") from None


def _to_date(value: PartialDate) -> list[int]:
    return [part for part in (value.year, value.month, value.day) if part is not None]


def _from_date(written: object) -> PartialDate:
    if not isinstance(written, list) or not 1 <= len(written) <= 3 or {*map(type, written)} != {int}:
        raise EventFormatError("not a date")
    try:
        return PartialDate(*written)
    except DocumentError:
        raise EventFormatError("an impossible date") from None


_CODECS: dict[Any, tuple[_To, _From]] = {
    str: _exactly(str),
    int: _exactly(int),
    bool: _exactly(bool),
    bytes: _exactly(bytes),
    datetime: (_to_moment, _from_moment),
    PartialDate: (_to_date, _from_date),
}
