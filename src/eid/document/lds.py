"""The logical data structure: which files there are, and who reads them (Doc 9303-10, 3 and 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from eid.document.dg1 import DG1
from eid.document.dg2 import DG2
from eid.document.dg11 import DG11
from eid.document.dg12 import DG12
from eid.document.dg15 import DG15
from eid.document.security_infos import DG14
from eid.encoding.tlv import parse, tlv
from eid.errors import DocumentError, EncodingError, LimitExceeded

__all__ = [
    "AID",
    "DATA_GROUPS",
    "EF_CARD_ACCESS",
    "EF_COM",
    "EF_SOD",
    "FILES",
    "MAX_FILE",
    "Com",
    "ElementaryFile",
    "RawGroup",
    "encode_com",
    "group_name",
    "group_number",
    "parse_group",
    "read_com",
]

#: The LDS1 eMRTD application (Doc 9303-10, 3.6.1).
AID = bytes.fromhex("a0000002471001")
#: Octets of one file. A short file offset ends at 32,767; the largest DG3 seen stays below 200 KB.
MAX_FILE = 1024 * 1024

EF_CARD_ACCESS = "EF.CardAccess"
EF_COM = "EF.COM"
EF_SOD = "EF.SOD"


@dataclass(frozen=True, slots=True)
class ElementaryFile:
    """How one file is found.

    :param fid: file identifier, 16 bits.
    :param sfi: short file identifier, 5 bits.
    :param tag: first tag of its content.
    """

    name: str
    fid: int
    sfi: int
    tag: int


_GROUP_TAGS = (0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70)

#: ``DG1`` ... ``DG16`` in their order.
DATA_GROUPS: tuple[str, ...] = tuple(f"DG{number}" for number in range(1, 17))

#: Every file by name (Doc 9303-10, tables 33 and 34).
FILES: Mapping[str, ElementaryFile] = MappingProxyType(
    {
        EF_CARD_ACCESS: ElementaryFile(EF_CARD_ACCESS, 0x011C, 0x1C, 0x31),
        EF_COM: ElementaryFile(EF_COM, 0x011E, 0x1E, 0x60),
        EF_SOD: ElementaryFile(EF_SOD, 0x011D, 0x1D, 0x77),
        **{
            f"DG{number}": ElementaryFile(f"DG{number}", 0x0100 + number, number, tag)
            for number, tag in enumerate(_GROUP_TAGS, 1)
        },
    }
)
_NAME_OF_TAG = {FILES[name].tag: name for name in DATA_GROUPS}


def group_name(number: int) -> str:
    """``DG1`` for 1.

    :raises DocumentError: not 1 to 16 (kind ``name``).
    """
    if not 1 <= number <= 16:
        raise DocumentError("a data group number outside 1 to 16", "name")
    return DATA_GROUPS[number - 1]


def group_number(name: str) -> int:
    """1 for ``DG1``.

    :raises DocumentError: not the name of a data group (kind ``name``).
    """
    if name not in DATA_GROUPS:
        raise DocumentError("not the name of a data group", "name")
    return FILES[name].sfi


@dataclass(frozen=True, slots=True)
class RawGroup:
    """A data group that no parser here reads: its octets, unjudged."""

    name: str
    octets: bytes = field(repr=False)


_PARSERS: Mapping[str, Callable[[bytes], object]] = {
    "DG1": DG1.parse,
    "DG2": DG2.parse,
    "DG11": DG11.parse,
    "DG12": DG12.parse,
    "DG14": DG14.parse,
    "DG15": DG15.parse,
}


def parse_group(name: str, octets: bytes) -> object:
    """Read one data group: :class:`DG1`, ``DG2``, ``DG11``, ``DG12``, ``DG14``, ``DG15`` or :class:`RawGroup`.

    :param name: ``DG1`` ... ``DG16``.
    :param octets: the whole file as read, with its tag.
    :raises DocumentError: not the name of a data group, or content that breaks Doc 9303-10.
    :raises EncodingError: malformed or cut off.
    :raises MrzError: DG1 without a readable machine readable zone.
    :raises LimitExceeded: more than :data:`MAX_FILE` octets.
    """
    group_number(name)
    if len(octets) > MAX_FILE:
        raise LimitExceeded(f"a data group of more than {MAX_FILE} octets")
    parser = _PARSERS.get(name)
    return parser(bytes(octets)) if parser else RawGroup(name, bytes(octets))


@dataclass(frozen=True, slots=True)
class Com:
    """EF.COM (Doc 9303-10, 4.6.1): unsigned advice about which groups there are, and sometimes wrong.

    :param lds_version: ``1.7``, or ``None`` where it is missing or not four digits.
    :param unicode_version: ``4.0.0``, or ``None`` likewise.
    :param groups: names of the data groups listed, in the order of the list.
    :param unknown_tags: tags listed that belong to no data group.
    """

    lds_version: str | None
    unicode_version: str | None
    groups: tuple[str, ...]
    unknown_tags: tuple[int, ...] = ()


def _version(value: bytes | None, parts: int) -> str | None:
    if value is None or len(value) != 2 * parts or not value.isdigit():
        return None
    return ".".join(str(int(value[i : i + 2])) for i in range(0, 2 * parts, 2))


def read_com(octets: bytes) -> Com:
    """Read EF.COM.

    :raises EncodingError: malformed, cut off or another file.
    :raises DocumentError: no tag list in it (kind ``com``).
    """
    members: dict[int, bytes] = {}
    for node in parse(octets, 0x60, der=False).children():
        members.setdefault(node.tag, node.value)
    if 0x5C not in members:
        raise DocumentError("EF.COM without a tag list", "com")
    if len(members[0x5C]) > 255:
        raise EncodingError("a tag list of more than 255 octets", "length")
    tags = dict.fromkeys(members[0x5C])  # some lists name a group twice
    return Com(
        _version(members.get(0x5F01), 2),
        _version(members.get(0x5F36), 3),
        tuple(_NAME_OF_TAG[tag] for tag in tags if tag in _NAME_OF_TAG),
        tuple(tag for tag in tags if tag not in _NAME_OF_TAG),
    )


def encode_com(groups: Iterable[str], *, lds_version: str = "0107", unicode_version: str = "040000") -> bytes:
    """Write EF.COM.

    :param groups: names, ``DG1`` ... ``DG16``; they are listed in the order given.
    :param lds_version: four digits, as they stand in the file.
    :param unicode_version: six digits.
    :raises DocumentError: a name that is no data group (kind ``name``).
    """
    tags = bytes(FILES[group_name(group_number(name))].tag for name in groups)
    return tlv(
        0x60,
        tlv(0x5F01, lds_version.encode("ascii")),
        tlv(0x5F36, unicode_version.encode("ascii")),
        tlv(0x5C, tags),
    )
