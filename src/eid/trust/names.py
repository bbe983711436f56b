"""Distinguished names: compared by what they say, whatever strings they are written in (RFC 5280, 7.1)."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from eid.encoding.der import SEQUENCE, SET, oid_text, read_text
from eid.encoding.tlv import Node, parse
from eid.errors import EncodingError

__all__ = ["COUNTRY", "country_of", "name_key", "name_text", "name_values"]

#: Attribute countryName.
COUNTRY = "2.5.4.6"

_ATTRIBUTES = {
    "2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
    "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "1.2.840.113549.1.9.1": "E", "0.9.2342.19200300.100.1.25": "DC",
}  # fmt: skip


#: Octets of a name that is worth remembering: longer ones are somebody's joke, and memory is bounded.
_MAX_REMEMBERED = 1024


def name_key(name: bytes) -> tuple[tuple[str, str], ...]:
    """A Name in a form that is equal for equal names, however they are encoded.

    String type, letter case and runs of spaces make no difference (RFC 5280, 7.1): public link
    certificates name their issuer in another encoding than that issuer does.

    :param name: a DER Name.
    :raises EncodingError: malformed.
    """
    return _remembered_key(name) if len(name) <= _MAX_REMEMBERED else _key(name)


def _key(name: bytes) -> tuple[tuple[str, str], ...]:
    return tuple((oid, " ".join(text.split()).casefold()) for oid, text in _attributes(name))


_remembered_key = functools.lru_cache(maxsize=1024)(_key)


def country_of(name: bytes) -> str | None:
    """The first country of a Name in capitals, as written there (two letters, sometimes three).

    :raises EncodingError: malformed.
    """
    return next((text.upper() for attribute, text in name_key(name) if attribute == COUNTRY), None)


def name_text(name: bytes) -> str:
    """A Name for people: ``C=VN,O=Example``. An unreadable one gives ``(unreadable)``."""
    return _remembered_text(name) if len(name) <= _MAX_REMEMBERED else _text(name)


def _text(name: bytes) -> str:
    try:
        pairs = list(_attributes(name))
    except EncodingError:
        return "(unreadable)"
    return ",".join(
        f"{_ATTRIBUTES.get(oid, oid)}={text if text.isprintable() else ''.join(filter(str.isprintable, text))}"
        for oid, text in pairs
    )


_remembered_text = functools.lru_cache(maxsize=1024)(_text)


def name_values(name: bytes) -> Iterator[tuple[str, Node]]:
    """Every attribute of a Name: dotted identifier and value.

    :raises EncodingError: malformed.
    """
    for part in parse(name, SEQUENCE, der=False).children():
        for attribute in part.expect(SET).children():
            kind_and_value = attribute.expect(SEQUENCE).children()
            if len(kind_and_value) != 2:
                raise EncodingError("an attribute without its value")
            yield oid_text(kind_and_value[0].value), kind_and_value[1]


def _attributes(name: bytes) -> Iterator[tuple[str, str]]:
    for oid, value in name_values(name):
        try:
            yield oid, read_text(value)
        except EncodingError:
            yield oid, "#" + value.raw.hex()
