"""Catalogue of procedures: what each service of an office or a bank asks for, kept in a file.

The embedding application writes the file, in TOML or JSON; people who know the procedures can read and
change it without touching the program. Each service has a name and is one
:class:`~eid.accounts.requirement.Requirement`::

    schema = 1

    [services.residence-registration]
    title = { vi = "Đăng ký thường trú", en = "Residence registration" }
    account_level = 2
    authentication_level = 2
    holder_kinds = ["citizen"]
    purpose = "residence"
    basis = "Decision 12/QĐ-UBND, Art. 3"

A name that nobody knows is refused, and so is a member that nobody knows: a misspelled demand would
otherwise be no demand at all.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from eid.accounts.requirement import Requirement
from eid.encoding import strict_json
from eid.errors import CatalogueError, EncodingError, InputError, LimitExceeded, ServiceUnknown, Text

__all__ = ["MAX_CATALOGUE", "Catalogue", "Service"]

#: Octets of a file, and services in it.
MAX_CATALOGUE = 1024 * 1024
_MAX_SERVICES = 5000
_MAX_TEXT = 500
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
_DURATION = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
#: Brackets that stand inside each other, and dots in a line.
_MAX_DEPTH = 8
_MAX_DOTS = 20
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))

_SETS = frozenset({"evidence", "factor_categories", "fields", "holder_kinds"})
_NUMBERS = frozenset({"account_level", "authentication_level", "min_age"})
_WORDS = frozenset({"purpose", "requester", "basis", "confidence"})
_MEMBERS = _SETS | _NUMBERS | _WORDS | {"any_evidence", "max_auth_age", "consent"}
_ABOUT = frozenset({"title", "from", "until"})


@dataclass(frozen=True, slots=True)
class Service:
    """One procedure.

    :param title: for people; ``None`` when the file has none.
    :param since: first day on which it is offered; ``None`` for always.
    :param until: last day.
    """

    name: str
    requirement: Requirement
    title: Text | None = None
    since: date | None = None
    until: date | None = None

    def offered(self, day: date) -> bool:
        """Whether it is offered on *day*."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All procedures of a file.

    :param version: names the file's octets exactly (SHA-256, hexadecimal), for records of decisions.
    """

    services: Mapping[str, Service] = field(hash=False)
    version: str

    @classmethod
    def read(cls, path: Path | str) -> Catalogue:
        """Read a file; JSON when its name ends so, else TOML.

        :raises CatalogueError: it cannot be read, or says something that no requirement can.
        :raises LimitExceeded: larger or deeper than allowed.
        """
        path = Path(path)
        try:
            with path.open("rb") as file:
                octets = file.read(MAX_CATALOGUE + 1)
        except OSError as error:
            raise CatalogueError(f"the file cannot be read: {error.strerror}") from None
        return cls.from_json(octets) if path.suffix.lower() == ".json" else cls.from_toml(octets)

    @classmethod
    def from_toml(cls, octets: bytes) -> Catalogue:
        """Read TOML (UTF-8).

        :raises CatalogueError: it is no TOML, or says something that no requirement can.
        :raises LimitExceeded: larger or deeper than allowed.
        """
        _check_size(octets)
        _check_toml(octets)
        try:
            table = tomllib.loads(octets.decode("utf-8"))
        except (ValueError, RecursionError):  # a wrong date is a plain ValueError
            raise CatalogueError("the file is no TOML") from None
        return cls(_services(table), hashlib.sha256(octets).hexdigest())

    @classmethod
    def from_json(cls, octets: bytes) -> Catalogue:
        """Read JSON (UTF-8), with dates as ``CCYY-MM-DD``.

        :raises CatalogueError: it is no JSON, or says something that no requirement can.
        :raises LimitExceeded: larger or deeper than allowed.
        """
        _check_size(octets)
        try:
            table = strict_json.loads(octets, limit=MAX_CATALOGUE, depth=_MAX_DEPTH)
        except EncodingError as error:
            raise CatalogueError(f"the file is no JSON: {error.kind}") from None
        if not isinstance(table, dict):
            raise CatalogueError("the file is no object")
        return cls(_services(table), hashlib.sha256(octets).hexdigest())

    def __getitem__(self, name: str) -> Requirement:
        """What the service asks for.

        :raises ServiceUnknown: there is none of that name.
        """
        return self.service(name).requirement

    def service(self, name: str, *, day: date | None = None) -> Service:
        """The service of that name.

        :param day: it must be offered then; ``None`` to ask for none.
        :raises ServiceUnknown: there is none of that name, or not on that day.
        """
        service = self.services.get(name)
        if service is None or (day is not None and not service.offered(day)):
            raise ServiceUnknown
        return service

    def __iter__(self) -> Iterator[Service]:
        return iter(self.services.values())

    def __len__(self) -> int:
        return len(self.services)


def _check_size(octets: bytes) -> None:
    if len(octets) > MAX_CATALOGUE:
        raise LimitExceeded(f"a catalogue of more than {MAX_CATALOGUE} octets")


def _check_toml(octets: bytes) -> None:
    """The TOML reader of the standard library sets no limits, and long dotted keys cost it much."""
    depth = deepest = 0
    for octet in octets.translate(None, _NO_BRACKETS):
        depth += 1 if octet in b"[{" else -1
        deepest = max(deepest, depth)
    if deepest > _MAX_DEPTH:  # brackets within texts count too
        raise LimitExceeded(f"a catalogue with brackets more than {_MAX_DEPTH} deep")
    if any(line.count(b".") > _MAX_DOTS for line in octets.splitlines()):
        raise LimitExceeded(f"a catalogue with more than {_MAX_DOTS} dots in a line")


def _services(table: Mapping[str, Any]) -> Mapping[str, Service]:
    if table.get("schema") != 1 or isinstance(table.get("schema"), bool):
        raise CatalogueError("schema is not 1")
    if set(table) - {"schema", "services"}:
        raise CatalogueError("an unknown member beside services")
    listed = table.get("services")
    if not isinstance(listed, dict):
        raise CatalogueError("services is no table")
    if len(listed) > _MAX_SERVICES:
        raise LimitExceeded(f"more than {_MAX_SERVICES} services")
    return MappingProxyType({name: _service(name, entry) for name, entry in listed.items()})


def _service(name: str, entry: object) -> Service:
    if not _NAME.fullmatch(name):
        raise CatalogueError("a service whose name is not of a-z, 0-9, dot, hyphen and underscore")
    try:
        if not isinstance(entry, dict):
            raise CatalogueError("no table")
        unknown = set(entry) - _MEMBERS - _ABOUT
        if unknown:
            raise CatalogueError(f"unknown: {', '.join(sorted(map(_shown, unknown)))}")
        requirement = Requirement(**{key: _value(key, entry[key]) for key in entry.keys() & _MEMBERS})
        since, until = _day(entry, "from"), _day(entry, "until")
        if since is not None and until is not None and until < since:
            raise CatalogueError("it ends before it begins")
        return Service(name, requirement, _title(entry.get("title")), since, until)
    except InputError as error:
        raise CatalogueError(f"service {name}: {error}") from None


def _value(key: str, value: Any) -> Any:
    if key in _SETS:
        return _set(key, value)
    if key == "any_evidence":
        if not isinstance(value, list):
            raise CatalogueError(f"{key} is no list of lists")
        return frozenset(_set(key, group) for group in value)
    if key in _NUMBERS:
        if type(value) is not int:
            raise CatalogueError(f"{key} is no whole number")
        return value
    if key == "consent":
        if not isinstance(value, bool):
            raise CatalogueError(f"{key} is neither true nor false")
        return value
    if key == "max_auth_age":
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise CatalogueError(f"{key} is no duration such as 30s, 5m, 12h or 90d")
        return timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    return _text(key, value)


def _set(key: str, value: object) -> frozenset[str]:
    if not isinstance(value, list):
        raise CatalogueError(f"{key} is no list")
    return frozenset(_text(key, each) for each in value)


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT or not value.isprintable():
        raise CatalogueError(f"{key} is no text of 1 to {_MAX_TEXT} printable characters")
    return value


def _title(value: object) -> Text | None:
    if value is None:
        return None
    if isinstance(value, str):
        value = {"vi": value, "en": value}
    if not isinstance(value, dict) or set(value) != {"vi", "en"}:
        raise CatalogueError("title is neither a text nor one in vi and en")
    return Text(_text("title", value["en"]), _text("title", value["vi"]))


def _day(entry: Mapping[str, Any], key: str) -> date | None:
    value = entry.get(key)
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == 10 else value
        except ValueError:
            value = False
    if value is not None and type(value) is not date:
        raise CatalogueError(f"{key} is no day")
    return value


def _shown(name: str) -> str:
    """A member's name for a message: what somebody typed is not repeated without bounds."""
    return name[:40] if name.isprintable() else "unprintable"
