"""BER-TLV and DER (ITU-T X.690, ISO/IEC 7816-4): one reader for data groups and ASN.1 alike.

A :class:`Node` is a window on the bytes as they were read: nothing is copied until ``value`` or
``raw`` is asked for, so that hashes and signatures are always taken over the original octets.
Parsing is lazy (one level per :meth:`Node.children`), bounded, and never recurses by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from eid.errors import EncodingError, LimitExceeded

__all__ = ["MAX_CHILDREN", "MAX_DEPTH", "Node", "normalise_ber", "parse", "parse_prefix", "tlv"]

#: Nesting allowed in :func:`normalise_ber`, the only recursive function here. Real SODs need 14.
MAX_DEPTH = 40
#: Elements allowed on one level; the largest public master list has some 700 certificates.
MAX_CHILDREN = 65_536


class Node:
    """One data object: ``tag`` as an integer of its own octets (``0x30``, ``0x5F1F``, ``0x7F61``).

    Equality and hashing are by identity; compare ``raw`` when the octets are meant.
    """

    __slots__ = ("body", "buf", "der", "end", "start", "tag")

    def __init__(self, buf: bytes, tag: int, start: int, body: int, end: int, der: bool) -> None:
        self.buf = buf
        self.tag = tag
        self.start = start
        self.body = body
        self.end = end
        self.der = der

    @property
    def value(self) -> bytes:
        """The value octets."""
        return self.buf[self.body : self.end]

    @property
    def raw(self) -> bytes:
        """Tag, length and value exactly as they stand in the input."""
        return self.buf[self.start : self.end]

    @property
    def constructed(self) -> bool:
        """Whether the first tag octet has the constructed bit (X.690, 8.1.2.5)."""
        return bool(self.buf[self.start] & 0x20)

    def __len__(self) -> int:
        return self.end - self.body

    def __bool__(self) -> bool:
        return True  # an empty value is still a data object

    def __repr__(self) -> str:
        return f"<Node {self.tag:02X} of {self.end - self.body} octets>"

    def children(self) -> list[Node]:
        """The data objects inside.

        :raises EncodingError: one of them is malformed or runs over the end.
        :raises LimitExceeded: more than :data:`MAX_CHILDREN`.
        """
        buf, pos, end, der = self.buf, self.body, self.end, self.der
        nodes: list[Node] = []
        while pos < end:
            tag, body, stop = _header(buf, pos, end, der)
            nodes.append(Node(buf, tag, pos, body, stop, der))
            pos = stop
            if len(nodes) > MAX_CHILDREN:
                raise LimitExceeded(f"more than {MAX_CHILDREN} data objects in one template")
        return nodes

    def iterate(self) -> Iterator[Node]:
        """The data objects inside, one by one: those before a malformed one come before it raises.

        :raises EncodingError: as for :meth:`children`.
        :raises LimitExceeded: as for :meth:`children`.
        """
        buf, pos, end, der = self.buf, self.body, self.end, self.der
        count = 0
        while pos < end:
            if count == MAX_CHILDREN:
                raise LimitExceeded(f"more than {MAX_CHILDREN} data objects in one template")
            count += 1
            tag, body, stop = _header(buf, pos, end, der)
            yield Node(buf, tag, pos, body, stop, der)
            pos = stop

    def expect(self, tag: int) -> Node:
        """Itself when it has this *tag*.

        :raises EncodingError: another tag (kind ``tag``).
        """
        if self.tag != tag:
            raise EncodingError(f"tag {self.tag:02X} where {tag:02X} belongs", "tag")
        return self

    def find(self, tag: int) -> Node | None:
        """The first child with this *tag*, or ``None``."""
        for node in self.children():
            if node.tag == tag:
                return node
        return None


def _header(buf: bytes, pos: int, end: int, der: bool) -> tuple[int, int, int]:
    """Tag, offset of the value and end of the value of the object at *pos*."""
    start = pos
    try:
        tag = buf[pos]
        pos += 1
        if tag & 0x1F == 0x1F:
            octet = buf[pos]
            pos += 1
            if octet & 0x7F == 0 or (der and octet < 0x1F):
                raise EncodingError("tag number not in its shortest form", "tag")
            tag = tag << 8 | octet
            while octet & 0x80:
                if pos - start >= 4:
                    raise EncodingError("tag of more than four octets", "tag")
                octet = buf[pos]
                pos += 1
                tag = tag << 8 | octet
        length = buf[pos]
        pos += 1
        if length >= 0x80:
            count = length & 0x7F
            if count == 0:
                raise EncodingError("indefinite length", "indefinite_length")
            if count > 4:
                raise EncodingError("length of more than four octets", "length")
            if pos + count > end:
                raise EncodingError("cut off inside a length", "truncated")
            length = int.from_bytes(buf[pos : pos + count], "big")
            pos += count
            if der and (length < 0x80 or length >> (8 * (count - 1)) == 0):
                raise EncodingError("length not in its shortest form", "length")
    except IndexError:
        raise EncodingError("cut off inside a header", "truncated") from None
    stop = pos + length
    if pos > end or stop > end:
        raise EncodingError("value runs over the end", "truncated")
    return tag, pos, stop


def parse(data: bytes, tag: int | None = None, *, der: bool = True) -> Node:
    """Read *data* as exactly one data object.

    :param data: the octets; nothing may follow the object.
    :param tag: the tag it must have, or ``None`` for any.
    :param der: shortest tags and lengths are demanded (X.690, 10.1); ``False`` tolerates longer
        definite ones, as some chips write them. Indefinite lengths: see :func:`normalise_ber`.
    :raises EncodingError: malformed, another tag, or trailing octets (kind ``trailing``).
    """
    node = parse_prefix(data, tag, der=der)
    if node.end != len(data):
        raise EncodingError(f"{len(data) - node.end} octets after the end", "trailing")
    return node


def parse_prefix(data: bytes, tag: int | None = None, *, der: bool = True) -> Node:
    """Like :func:`parse`, but octets may follow; ``end`` tells where the object stops."""
    data = bytes(data)
    found, body, stop = _header(data, 0, len(data), der)
    if tag is not None and found != tag:
        raise EncodingError(f"tag {found:02X} where {tag:02X} belongs", "tag")
    return Node(data, found, 0, body, stop, der)


def tlv(tag: int, *parts: bytes) -> bytes:
    """Write one data object with definite, shortest length around the concatenated *parts*."""
    value = parts[0] if len(parts) == 1 else b"".join(parts)
    length = len(value)
    head = tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big")
    if length < 0x80:
        return head + bytes((length,)) + value
    size = (length.bit_length() + 7) // 8
    return head + bytes((0x80 | size,)) + length.to_bytes(size, "big") + value


_STRING_TAGS = frozenset({0x23, 0x24, 0x2C, 0x33, 0x36, 0x3A, 0x3C, 0x3E})  # constructed strings


def normalise_ber(data: bytes) -> bytes:
    """Rewrite BER as definite, shortest lengths and primitive strings; the order of SETs stays.

    For CMS objects only, which may be BER (RFC 5652, 2): the octets that are hashed and signed
    (content, signed attributes, certificates) are DER inside, so they come out unchanged.

    :raises EncodingError: malformed, or octets after the end.
    :raises LimitExceeded: nested deeper than :data:`MAX_DEPTH`.
    """
    data = bytes(data)
    out, end = _normalise(data, 0, len(data), 0)
    if end != len(data):
        raise EncodingError(f"{len(data) - end} octets after the end", "trailing")
    return out


def _normalise(buf: bytes, pos: int, end: int, depth: int) -> tuple[bytes, int]:
    if depth > MAX_DEPTH:
        raise LimitExceeded(f"nested deeper than {MAX_DEPTH}")
    length_at = pos + 1
    if pos < end and buf[pos] & 0x1F == 0x1F:
        while length_at < end and buf[length_at] & 0x80:
            length_at += 1
        length_at += 1
    indefinite = length_at < end and buf[length_at] == 0x80
    if indefinite:
        if not buf[pos] & 0x20:
            raise EncodingError("indefinite length of a primitive value", "indefinite_length")
        if length_at - pos > 4:
            raise EncodingError("tag of more than four octets", "tag")
        tag, body, stop = int.from_bytes(buf[pos:length_at], "big"), length_at + 1, end
    else:
        tag, body, stop = _header(buf, pos, end, False)
        if not buf[pos] & 0x20:
            return tlv(tag, buf[body:stop]), stop
    # One growing buffer a level: a list of its parts would take twenty times the octets of small ones.
    value, count, cursor = bytearray(), 0, body
    primitive = tag & ~0x20 if tag in _STRING_TAGS else None
    while True:
        if indefinite and buf[cursor : cursor + 2] == b"\0\0" and cursor + 2 <= stop:
            cursor += 2
            break
        if cursor >= stop:
            if indefinite:
                raise EncodingError("no end-of-contents octets", "truncated")
            break
        part, cursor = _normalise(buf, cursor, stop, depth + 1)
        value += part if primitive is None else _segment(part, primitive)
        count += 1
        if count > MAX_CHILDREN:
            raise LimitExceeded(f"more than {MAX_CHILDREN} data objects in one template")
    return tlv(tag if primitive is None else primitive, bytes(value)), cursor


def _segment(part: bytes, tag: int) -> bytes:
    node = parse(part)
    if node.tag != tag:
        raise EncodingError("a constructed string holds something else", "tag")
    return node.value
