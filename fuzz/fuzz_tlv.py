"""Fuzz the TLV and DER reader: what it accepts covers its input exactly, and normal BER stays normal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.encoding import der
    from eid.encoding.tlv import Node, normalise_ber, parse, tlv
    from eid.errors import EidError

_READERS: tuple[Callable[[Node], object], ...] = (
    der.read_integer,
    der.read_boolean,
    der.read_oid,
    der.read_bit_string,
    der.read_time,
    der.read_text,
)


def _walk(node: Node, depth: int) -> None:
    for read in _READERS:
        try:
            read(node)
        except EidError:
            continue
    if node.constructed and depth < 20:
        children = node.children()
        assert b"".join(child.raw for child in children) == node.value
        for child in children:
            _walk(child, depth + 1)


def check(data: bytes) -> None:
    """Read *data* strictly, tolerantly, and as BER."""
    for strict in (True, False):
        try:
            node = parse(data, der=strict)
            assert node.raw == data
            assert not strict or tlv(node.tag, node.value) == data
            _walk(node, 0)
        except EidError:
            continue
    normal = normalise_ber(data)
    assert normalise_ber(normal) == normal


def seeds() -> Iterator[bytes]:
    """Small objects of every kind the reader knows."""
    yield der.sequence(der.oid("1.2.840.10045.2.1"), der.integer(-129), der.boolean(True))
    yield der.set_of([der.integer(300), tlv(0x17, b"260101120000Z"), tlv(0x18, b"20260101120000Z")])
    yield tlv(0x7F61, tlv(0x5F2E, bytes(300)), tlv(0x0C, "Ánh".encode()))
    yield bytes.fromhex("30802480040101040102000031800000a0800201050000" + "0000")
    yield bytes.fromhex("308400000003020101")


if __name__ == "__main__":
    run(check, seeds)
