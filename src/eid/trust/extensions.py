"""The extensions of a certificate that decide something (RFC 5280, 4.2; Doc 9303-12, 7.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from eid.encoding.der import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    read_boolean,
    read_integer,
    read_oid,
)
from eid.encoding.tlv import Node, parse
from eid.errors import EncodingError

__all__ = [
    "AKI",
    "BASIC",
    "KEY_USAGE",
    "NAME_CHANGE",
    "SKI",
    "Extensions",
    "list_extensions",
    "read_extensions",
]

SKI, KEY_USAGE, BASIC, AKI, EXTENDED = "2.5.29.14", "2.5.29.15", "2.5.29.19", "2.5.29.35", "2.5.29.37"
#: ICAO: the country's name changed with the key; critical in Luxembourg's link.
NAME_CHANGE = "2.23.136.1.1.6.1"

#: Critical extensions that change nothing for a document's chain or are evaluated here.
_UNDERSTOOD = frozenset({
    SKI, KEY_USAGE, BASIC, AKI, EXTENDED, NAME_CHANGE,
    "2.5.29.17", "2.5.29.18", "2.5.29.16", "2.5.29.31", "2.5.29.32",  # names, key period, CRL, policies
    "2.23.136.1.1.6.2",  # ICAO document types
})  # fmt: skip
#: Those that restrict a certificate: unreadable or written twice, nobody knows what it may do.
_RESTRICTING = frozenset({KEY_USAGE, BASIC, EXTENDED})
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
#: Octets of a key identifier that stands without its inner OCTET STRING; real ones have 20.
_BARE_SKI = range(8, 65)


@dataclass(frozen=True, slots=True)
class Extensions:
    """What they say.

    :param key_usage: ``None`` without the extension; empty when it cannot be read.
    :param unknown_critical: critical ones (dotted) that are not evaluated here, and restricting ones
        that cannot be read.
    :param values: every extension by dotted identifier, the value octets of its OCTET STRING.
    :param malformed: those that could not be read.
    :param repeated: those that stand there more than once; the first counts.
    """

    ski: bytes | None = None
    aki: bytes | None = None
    is_ca: bool = False
    path_length: int | None = None
    key_usage: frozenset[str] | None = None
    extended_key_usage: tuple[str, ...] = ()
    unknown_critical: tuple[str, ...] = ()
    values: Mapping[str, bytes] | None = None
    malformed: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()


NONE = Extensions()


def list_extensions(node: Node) -> Iterator[tuple[str, Node | None, Node]]:
    """Every extension under its tag A3: identifier, BOOLEAN critical or ``None``, OCTET STRING.

    :raises EncodingError: malformed.
    """
    wrapped = node.children()
    if len(wrapped) != 1:
        raise EncodingError("extensions are one SEQUENCE")
    for extension in wrapped[0].expect(SEQUENCE).children():
        parts = extension.expect(SEQUENCE).children()
        if not 2 <= len(parts) <= 3:
            raise EncodingError("a malformed extension")
        yield read_oid(parts[0]), parts[1] if len(parts) == 3 else None, parts[-1].expect(OCTET_STRING)


def read_extensions(node: Node | None) -> Extensions:
    """Read what stands under tag A3.

    :raises EncodingError: the list itself is malformed; what is wrong inside one extension only
        makes that one count for nothing.
    """
    if node is None:
        return NONE
    values: dict[str, bytes] = {}
    unknown: dict[str, None] = {}
    repeated: list[str] = []
    malformed: list[str] = []
    read: dict[str, object] = {}
    for oid, critical, value in list_extensions(node):
        if critical is not None and read_boolean(critical) and oid not in _UNDERSTOOD:
            unknown[oid] = None
        if oid in values:
            repeated.append(oid)
            continue
        values[oid] = value.value
        reader = _READERS.get(oid)
        if reader is not None:
            try:
                read |= reader(values[oid])
            except EncodingError:
                malformed.append(oid)
    for oid in (*malformed, *repeated):
        if oid in _RESTRICTING:
            unknown[oid] = None
    found = Extensions(**read)  # type: ignore[arg-type]
    usage = frozenset[str]() if KEY_USAGE in malformed else found.key_usage
    return replace(
        found,
        key_usage=usage,
        unknown_critical=tuple(unknown),
        values=values,
        malformed=tuple(malformed),
        repeated=tuple(repeated),
    )


def _ski(value: bytes) -> dict[str, object]:
    try:
        return {"ski": parse(value, OCTET_STRING, der=False).value}
    except EncodingError:
        if len(value) in _BARE_SKI:
            return {"ski": value}  # Lithuania's key identifier lacks the inner OCTET STRING
        raise


def _aki(value: bytes) -> dict[str, object]:
    identifier = parse(value, SEQUENCE, der=False).find(0x80)
    return {"aki": identifier.value if identifier is not None else None}


def _basic(value: bytes) -> dict[str, object]:
    is_ca, path_length = False, None
    for node in parse(value, SEQUENCE, der=False).children():
        if node.tag == BOOLEAN:
            is_ca = read_boolean(node)
        elif node.tag == INTEGER:  # beside cA FALSE in Italy's certificate, where it means nothing
            path_length = read_integer(node)
            if path_length < 0:
                raise EncodingError("a negative path length")
    return {"is_ca": is_ca, "path_length": path_length}


def _usage(value: bytes) -> dict[str, object]:
    octets = parse(value, BIT_STRING, der=False).value
    if not octets:
        raise EncodingError("BIT STRING without octets")
    bits = "".join(f"{octet:08b}" for octet in octets[1:3])
    return {"key_usage": frozenset(name for name, bit in zip(_USAGES, bits, strict=False) if bit == "1")}


def _extended(value: bytes) -> dict[str, object]:
    purposes = parse(value, SEQUENCE, der=False).children()
    return {"extended_key_usage": tuple(read_oid(node) for node in purposes)}


_READERS = {SKI: _ski, AKI: _aki, BASIC: _basic, KEY_USAGE: _usage, EXTENDED: _extended}
