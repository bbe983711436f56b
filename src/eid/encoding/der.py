"""ASN.1 values in DER (ITU-T X.690): the few types that cards and certificates use."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from eid.encoding.tlv import Node, tlv
from eid.errors import EncodingError

__all__ = [
    "BIT_STRING",
    "BOOLEAN",
    "GENERALIZED_TIME",
    "INTEGER",
    "NULL",
    "OCTET_STRING",
    "OID",
    "SEQUENCE",
    "SET",
    "UTC_TIME",
    "UTF8_STRING",
    "bit_string",
    "boolean",
    "integer",
    "oid",
    "oid_text",
    "read_bit_string",
    "read_boolean",
    "read_integer",
    "read_oid",
    "read_text",
    "read_time",
    "sequence",
    "set_of",
]

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTF8_STRING, UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET = 0x0C, 0x17, 0x18, 0x30, 0x31


def read_integer(node: Node, *, tag: int = INTEGER) -> int:
    """INTEGER (or an implicitly tagged one) as a Python integer; shortest form demanded."""
    value = node.expect(tag).value
    if not value:
        raise EncodingError("INTEGER without octets")
    if len(value) > 1 and ((value[0] == 0 and value[1] < 0x80) or (value[0] == 0xFF and value[1] >= 0x80)):
        raise EncodingError("INTEGER not in its shortest form")
    return int.from_bytes(value, "big", signed=True)


def read_boolean(node: Node) -> bool:
    """BOOLEAN; every non-zero octet is true (BER), because real certificates hold 01."""
    value = node.expect(BOOLEAN).value
    if len(value) != 1:
        raise EncodingError("BOOLEAN not of one octet")
    return value != b"\0"


def read_oid(node: Node, *, tag: int = OID) -> str:
    """OBJECT IDENTIFIER in dotted form."""
    return oid_text(node.expect(tag).value)


@functools.lru_cache(maxsize=512)
def oid_text(value: bytes) -> str:
    """The dotted form of the value octets of an OBJECT IDENTIFIER."""
    if not value or value[-1] & 0x80 or len(value) > 64:
        raise EncodingError("OBJECT IDENTIFIER cut off, empty or too long")
    arcs: list[int] = []
    arc = 0
    fresh = True
    for octet in value:
        if fresh and octet == 0x80:
            raise EncodingError("OBJECT IDENTIFIER not in its shortest form")
        arc = arc << 7 | octet & 0x7F
        fresh = not octet & 0x80
        if fresh:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def read_bit_string(node: Node, *, tag: int = BIT_STRING) -> bytes:
    """BIT STRING of whole octets (keys and signatures always are)."""
    value = node.expect(tag).value
    if not value or value[0] != 0:
        raise EncodingError("BIT STRING not of whole octets")
    return value[1:]


_UTC = re.compile(rb"([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})?Z")
_GENERALIZED = re.compile(rb"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})?(?:\.[0-9]+)?Z")


def read_time(node: Node) -> datetime:
    """UTCTime (1950 to 2049, RFC 5280, 4.1.2.5.1) or GeneralizedTime, as an aware UTC time."""
    value = node.value
    match = (_UTC if node.tag == UTC_TIME else _GENERALIZED).fullmatch(value)
    if node.tag not in (UTC_TIME, GENERALIZED_TIME) or match is None:
        raise EncodingError("not a UTC time")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    if node.tag == UTC_TIME:
        year += 1900 if year >= 50 else 2000
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise EncodingError("impossible time") from None


_TEXT = {
    0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1A: "ascii",
    0x1C: "utf-32-be", 0x1E: "utf-16-be",
}  # fmt: skip


def read_text(node: Node) -> str:
    """Any ASN.1 string type as text; T61String is read as Latin-1, as issuers use it."""
    codec = _TEXT.get(node.tag)
    if codec is None:
        raise EncodingError(f"tag {node.tag:02X} is not a string", "tag")
    try:
        return node.value.decode(codec)
    except UnicodeDecodeError:
        raise EncodingError("string with octets outside its character set", "text") from None


def integer(value: int, *, tag: int = INTEGER) -> bytes:
    """Write an INTEGER."""
    return tlv(tag, value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True))


def boolean(value: bool) -> bytes:
    """Write a BOOLEAN."""
    return tlv(BOOLEAN, b"\xff" if value else b"\0")


@functools.lru_cache(maxsize=512)
def oid(dotted: str, *, tag: int = OID) -> bytes:
    """Write an OBJECT IDENTIFIER given in dotted form."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    out = bytearray()
    for arc in (first * 40 + second, *rest):
        octets = [arc & 0x7F]
        while arc := arc >> 7:
            octets.append(arc & 0x7F | 0x80)
        out += bytes(reversed(octets))
    return tlv(tag, bytes(out))


def bit_string(value: bytes) -> bytes:
    """Write a BIT STRING of whole octets."""
    return tlv(BIT_STRING, b"\0", value)


def sequence(*parts: bytes) -> bytes:
    """Write a SEQUENCE of encoded elements."""
    return tlv(SEQUENCE, b"".join(parts))


def set_of(parts: Iterable[bytes]) -> bytes:
    """Write a SET OF, elements sorted as DER demands (X.690, 11.6)."""
    return tlv(SET, b"".join(sorted(parts)))
