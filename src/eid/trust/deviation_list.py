"""Deviation lists (Doc 9303-12, 10): what states say about documents of theirs that came out wrong.

Read for information only. Nothing in such a list makes a wrong signature right or a key trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from eid.encoding.der import (
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    read_integer,
    read_oid,
    read_text,
    read_time,
)
from eid.encoding.tlv import Node, parse
from eid.errors import CmsError, EncodingError
from eid.trust.certificates import name_text
from eid.trust.cms import SignedData, parse_signed_data

__all__ = [
    "DEVIATION_LIST",
    "DEVIATION_LIST_SIGNER",
    "KINDS",
    "Deviation",
    "DeviationList",
    "parse_deviation_list",
    "read_deviation_list",
]

#: Content type of a deviation list, and the extended key usage of who may sign one.
DEVIATION_LIST = "2.23.136.1.1.7"
DEVIATION_LIST_SIGNER = "2.23.136.1.1.8"

#: What a deviation is, by the arcs after :data:`DEVIATION_LIST`.
KINDS = {
    "1": "certificate_or_key",
    "1.1": "document_signer_signature",
    "1.2": "document_signer_encoding",
    "1.3": "country_certificate_encoding",
    "1.4": "active_authentication_key_compromised",
    "2": "logical_data_structure",
    "2.1": "data_group_malformed",
    "2.2": "data_group_hash_wrong",
    "2.3": "security_object_signature_wrong",
    "2.4": "com_inconsistent",
    "3": "machine_readable_zone",
    "3.1": "machine_readable_zone_data_wrong",
    "3.2": "machine_readable_zone_check_digit_wrong",
    "4": "chip",
    "5": "national_use",
}


@dataclass(frozen=True, slots=True, repr=False)
class Deviation:
    """What is wrong with some documents.

    :param kinds: words of :data:`KINDS`, or the dotted identifier of one that is not there.
    :param descriptions: what the state writes about it.
    :param document_type: the two letters of the MRZ, when only such documents are meant.
    :param signer_issuer: issuer of the document signer that is meant, as text.
    :param signer_serial: its serial number.
    :param signer_key_identifier: or the signer by key identifier.
    :param signer_digest: or by a digest of its certificate.
    :param first_issued: the documents issued from then on, UTC.
    :param last_issued: up to then.
    :param document_numbers: how many document numbers are listed; the numbers are not kept.
    """

    kinds: tuple[str, ...]
    descriptions: tuple[str, ...] = ()
    document_type: str | None = None
    signer_issuer: str | None = None
    signer_serial: int | None = None
    signer_key_identifier: bytes | None = None
    signer_digest: bytes | None = None
    first_issued: datetime | None = None
    last_issued: datetime | None = None
    document_numbers: int = 0

    def __repr__(self) -> str:
        return f"<Deviation {', '.join(self.kinds)}>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DeviationList:
    """A list whose signature nobody has looked at: :func:`eid.trust.master_list.verify_list` does.

    :param unreadable: entries that could not be read.
    """

    signed: SignedData
    deviations: tuple[Deviation, ...]
    unreadable: int = 0

    def __repr__(self) -> str:
        return f"<DeviationList of {len(self.deviations)} deviations>"


def parse_deviation_list(data: bytes) -> DeviationList:
    """Read a signed deviation list. Nothing is verified.

    :raises CmsError: it is none.
    :raises LimitExceeded: too long, or too many entries.
    """
    return read_deviation_list(parse_signed_data(data))


def read_deviation_list(signed: SignedData) -> DeviationList:
    """Read the content of *signed* as a deviation list; an unreadable entry does not lose the others.

    :raises CmsError: it is none.
    :raises LimitExceeded: too many entries.
    """
    if signed.content_type != DEVIATION_LIST or signed.content is None:
        raise CmsError("signed data, but not a deviation list")
    try:
        version, *rest = parse(signed.content, SEQUENCE, der=False).children()
        read_integer(version, tag=INTEGER)
        entries = next((node for node in rest if node.tag == SET), None)
        if entries is None:
            raise EncodingError("no deviations")
        nodes = entries.children()
    except (EncodingError, ValueError) as error:
        raise CmsError(error.detail if isinstance(error, EncodingError) else "an empty list") from None
    found: list[Deviation] = []
    unreadable = 0
    for node in nodes:
        try:
            found.append(_deviation(node))
        except EncodingError:
            unreadable += 1
    return DeviationList(signed, tuple(found), unreadable)


def _deviation(node: Node) -> Deviation:
    documents, descriptions = _least(node.expect(SEQUENCE), 2)[:2]
    values: dict[str, object] = {}
    for part in documents.expect(SEQUENCE).children():
        reader = _DOCUMENTS.get(part.tag)
        if reader is not None:
            values |= reader(part)
    kinds: list[str] = []
    texts: list[str] = []
    for description in descriptions.expect(SET).children():
        for part in description.expect(SEQUENCE).children():
            if part.tag == OID:
                kinds.append(_kind(read_oid(part)))
            elif part.tag < 0x80:  # the text before it; parameters and national use are tagged
                texts.append(read_text(part))
    return Deviation(tuple(kinds), tuple(texts), **values)  # type: ignore[arg-type]


def _kind(oid: str) -> str:
    return KINDS.get(oid.removeprefix(DEVIATION_LIST + "."), oid)


def _document_type(node: Node) -> dict[str, object]:
    try:
        return {"document_type": node.value.decode("ascii")}
    except UnicodeDecodeError:
        raise EncodingError("a document type outside its character set", "text") from None


def _issuer_and_serial(node: Node) -> dict[str, object]:
    issuer, serial = _least(node, 2)[:2]
    return {
        "signer_issuer": name_text(issuer.expect(SEQUENCE).raw),
        "signer_serial": int.from_bytes(serial.expect(INTEGER).value, "big", signed=True),
    }


def _period(node: Node) -> dict[str, object]:
    first, last = _least(node, 2)[:2]
    return {"first_issued": read_time(first), "last_issued": read_time(last)}


_DOCUMENTS: Mapping[int, Callable[[Node], dict[str, object]]] = {
    0x80: _document_type,
    0xA1: _issuer_and_serial,
    0x82: lambda node: {"signer_key_identifier": node.value},
    0x83: lambda node: {"signer_digest": node.value},
    0xA3: lambda node: {"signer_digest": _least(node, 1)[-1].expect(OCTET_STRING).value},
    0xA4: _period,
    0xA5: lambda node: {"document_numbers": len(node.children())},
}


def _least(node: Node, count: int) -> list[Node]:
    children = node.children()
    if len(children) < count:
        raise EncodingError(f"{len(children)} elements where {count} belong")
    return children
