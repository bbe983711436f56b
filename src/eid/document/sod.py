"""EF.SOD: the LDS security object, signed by the document signer (Doc 9303-10, 4.6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from eid.crypto.digests import hash_name
from eid.encoding.der import OCTET_STRING, SEQUENCE, read_integer, read_oid, read_text
from eid.encoding.tlv import Node, parse, parse_prefix
from eid.errors import DocumentError, EncodingError, LimitExceeded
from eid.trust.cms import SignedData, parse_signed_data

__all__ = ["MAX_SOD", "SecurityObject"]

#: Octets of EF.SOD; those of real documents have 1500 to 5000.
MAX_SOD = 256 * 1024

#: Of Doc 9303-10; and of older documents of Belgium and France, and of the Netherlands.
_CONTENT_TYPES = frozenset({"2.23.136.1.1.1", "1.3.27.1.1.1", "1.2.528.1.1006.1.20.1"})


@dataclass(frozen=True, slots=True, eq=False)
class SecurityObject:
    """What EF.SOD says. Nothing of it is trusted before its signature was checked.

    :param lds_version: 0 or 1, as written.
    :param hash_name: function of the data group hashes, ``sha256``.
    :param hashes: expected hash by number of the data group, 1 to 16.
    :param lds_info: LDS and Unicode version, in version 1 only.
    :param trailing: whether octets follow the object; copies of memory blocks have padding there.
    """

    signed_data: SignedData
    lds_version: int
    hash_name: str
    hashes: Mapping[int, bytes]
    lds_info: tuple[str, str] | None = None
    trailing: bool = False

    @classmethod
    def parse(cls, octets: bytes) -> SecurityObject:
        """Read EF.SOD with its tag 77, DER or BER.

        :raises DocumentError: not a security object.
        :raises EncodingError: malformed outer structure.
        :raises CmsError: malformed SignedData.
        :raises LimitExceeded: longer than :data:`MAX_SOD`.
        :raises UnsupportedAlgorithm: an unknown hash function for the data groups.
        """
        if len(octets) > MAX_SOD:
            raise LimitExceeded(f"EF.SOD of more than {MAX_SOD} octets")
        outer = parse_prefix(octets, 0x77, der=False)
        signed = parse_signed_data(outer.value)
        if signed.content_type not in _CONTENT_TYPES:
            raise DocumentError(f"EF.SOD holds content of type {signed.content_type}", "content_type")
        if signed.content is None:
            raise DocumentError("EF.SOD without content", "content")
        if not signed.signers:
            raise DocumentError("EF.SOD without a signature", "signers")
        try:
            version, name, hashes, info = _lds_security_object(signed.content)
        except EncodingError as error:
            raise DocumentError(f"LDS security object: {error.detail}") from None
        return cls(signed, version, name, MappingProxyType(hashes), info, outer.end != len(octets))


def _lds_security_object(content: bytes) -> tuple[int, str, dict[int, bytes], tuple[str, str] | None]:
    children = parse(content, SEQUENCE, der=False).children()
    if not 3 <= len(children) <= 4:
        raise DocumentError("LDS security object with a wrong number of elements")
    version, algorithm, groups, *info = children
    identifier = algorithm.expect(SEQUENCE).children()
    if not identifier:
        raise DocumentError("LDS security object without a hash function")
    hashes: dict[int, bytes] = {}
    for group in groups.expect(SEQUENCE).children():
        number, expected = _pair(group.expect(SEQUENCE))
        dg = read_integer(number)
        if not 1 <= dg <= 16 or dg in hashes:
            raise DocumentError("a data group number out of range or twice", "data_group")
        hashes[dg] = expected.expect(OCTET_STRING).value
    if not hashes:
        raise DocumentError("LDS security object without data groups")
    versions: tuple[str, str] | None = None
    if info:
        lds, unicode = _pair(info[0].expect(SEQUENCE))
        versions = read_text(lds), read_text(unicode)
    return read_integer(version), hash_name(read_oid(identifier[0])), hashes, versions


def _pair(node: Node) -> tuple[Node, Node]:
    children = node.children()
    if len(children) != 2:
        raise EncodingError(f"{len(children)} elements where two belong")
    return children[0], children[1]
