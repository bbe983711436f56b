"""Fuzz base45: what is decoded has that one spelling, and all octets can be written."""

from __future__ import annotations

from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.encoding.base45 import decode, encode


def check(data: bytes) -> None:
    """Write *data* and read it back; read *data* as text and write it again."""
    text = encode(data)
    assert decode(text, limit=len(text)) == data
    text = data.decode("latin-1")
    assert encode(decode(text, limit=4096)) == text


def seeds() -> Iterator[bytes]:
    """The examples of RFC 9285, the largest groups, and groups that are too large."""
    yield b"BB8"
    yield b"%69 VD92EX0"
    yield b"QED8WEX0"
    yield b"FGWU5"
    yield b"GGX"
    yield b"BB8V5"
    yield b"NCFOXN%TS3DH3ZSUZK+.V0ETD%65NL-AH-R6IOOK.IR9B+9D" * 4


if __name__ == "__main__":
    run(check, seeds)
