"""Reads one JSON object member by member; every complaint names the member by its path."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eid.errors import PersonalisationError

__all__ = ["MAX_FILE", "Members"]

#: Octets of a file on the chip, and of a file named by a ``path`` member.
MAX_FILE = 1 << 20


class Members:
    """The members of *value*, a decoded JSON object.

    :param path: where the object stands, for error texts (``access.pace[0]``).
    :param folder: what relative ``path`` members are relative to; ``None`` forbids them.
    :raises PersonalisationError: not an object.
    """

    def __init__(self, value: object, path: str = "", folder: Path | None = None) -> None:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise PersonalisationError(f"{path or 'the description'} is not a JSON object")
        self._value: Mapping[str, Any] = value
        self._path = path
        self._folder = folder
        self._seen: set[str] = set()

    def where(self, name: str) -> str:
        """The path of member *name*."""
        return f"{self._path}.{name}" if self._path else name

    def wrong(self, name: str, what: str) -> PersonalisationError:
        """The error that member *name* is not *what* it should be."""
        return PersonalisationError(f"{self.where(name)}: {what}")

    def get(self, name: str) -> Any:
        """The member as it stands, ``None`` when absent or null."""
        self._seen.add(name)
        return self._value.get(name)

    def names(self) -> list[str]:
        """The names of all members."""
        return list(self._value)

    def finish(self) -> None:
        """Refuse members nobody asked for: a misspelt quirk must not pass as a card without it."""
        left = [name for name in self._value if name not in self._seen and name != "note"]
        if left:
            raise self.wrong(left[0][:40], "is not a known member")

    def text(self, name: str, default: str | None = None) -> str:
        """A string; *default* when absent, required without one."""
        value = self.optional_text(name)
        if value is None:
            if default is None:
                raise self.wrong(name, "is missing")
            return default
        return value

    def optional_text(self, name: str) -> str | None:
        """A string, or ``None``."""
        value = self.get(name)
        if value is not None and (not isinstance(value, str) or len(value) > 10_000):
            raise self.wrong(name, "must be a string")
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str | None:
        """One of *allowed*."""
        value = self.optional_text(name)
        if value is None:
            return default
        if value not in allowed:
            raise self.wrong(name, f"must be one of {', '.join(allowed)}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A truth value."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(name, "must be true or false")
        return value

    def integer(self, name: str, low: int, high: int) -> int | None:
        """An integer from *low* to *high*, or ``None``."""
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(name, f"must be an integer from {low} to {high}")
        return value

    def seconds(self, name: str) -> float:
        """A duration from 0 to 60 seconds; 0 when absent."""
        value = self.get(name)
        if value is None:
            return 0.0
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 60:
            raise self.wrong(name, "must be a number of seconds from 0 to 60")
        return float(value)

    def status_word(self, name: str) -> int | None:
        """Four hexadecimal digits, or ``None``."""
        value = self.optional_text(name)
        if value is None:
            return None
        octets = self._hex(name, value)
        if len(octets) != 2:
            raise self.wrong(name, "must be a status word of four hexadecimal digits")
        return int.from_bytes(octets, "big")

    def time(self, name: str) -> datetime | None:
        """An ISO 8601 time with its zone, or ``None``."""
        value = self.optional_text(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise self.wrong(name, "must be a time such as 2024-07-04T00:00:00Z")

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of strings."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(name, "must be a list of strings")
        return tuple(value)

    def child(self, name: str) -> Members:
        """A nested object; an empty one when absent."""
        value = self.get(name)
        return Members({} if value is None else value, self.where(name), self._folder)

    def children(self, name: str) -> list[Members]:
        """A list of objects; empty when absent."""
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > 100:
            raise self.wrong(name, "must be a list of objects")
        return [Members(item, f"{self.where(name)}[{i}]", self._folder) for i, item in enumerate(value)]

    def octets(self, name: str) -> bytes | None:
        """Octets as ``{"hex": ...}``, ``{"base64": ...}`` or ``{"path": ...}``; ``None`` when absent."""
        if self.get(name) is None:
            return None
        source = self.child(name)
        octets = source.only_octets()
        if len(octets) > MAX_FILE:
            raise self.wrong(name, f"more than {MAX_FILE} octets")
        return octets

    def only_octets(self) -> bytes:
        """The octets this object itself describes."""
        kinds = [name for name in self.names() if name in ("hex", "base64", "path")]
        if len(self.names()) != 1 or len(kinds) != 1:
            raise PersonalisationError(f'{self._path}: must be {{"hex"}}, {{"base64"}} or {{"path"}}')
        kind = kinds[0]
        value = self.get(kind)
        if not isinstance(value, str):
            raise self.wrong(kind, "must be a string")
        if kind == "path":
            return self._file(value)
        if kind == "hex":
            return self._hex(kind, value)
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise self.wrong(kind, "is not base64") from None

    def _hex(self, name: str, value: str) -> bytes:
        try:
            return bytes.fromhex(value)
        except ValueError:
            raise self.wrong(name, "is not hexadecimal") from None

    def _file(self, name: str) -> bytes:
        if self._folder is None:
            raise self.wrong("path", "files can only be named in a description that is itself a file")
        try:
            with (self._folder / name).open("rb") as stream:
                return stream.read(MAX_FILE + 1)
        except (OSError, ValueError):
            raise self.wrong("path", "this file cannot be read") from None
