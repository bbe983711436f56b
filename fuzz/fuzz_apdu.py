"""Fuzz commands and responses: what is accepted means the same after it is written again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from common import instrumented, run

with instrumented(__name__):
    from eid.chip.apdu import CommandAPDU, ResponseAPDU
    from eid.errors import EidError


def check(data: bytes) -> None:
    """Read *data* as a response and as a command."""
    try:
        response = ResponseAPDU.from_bytes(data)
        assert response.to_bytes() == data
        assert response.status == response.sw
        assert response.status.name
    except EidError:
        pass
    command = CommandAPDU.from_bytes(data)
    assert command.to_bytes() == data
    assert repr(command)
    # Without the wish for the extended form the meaning stays, whatever form is chosen.
    again = CommandAPDU.from_bytes(replace(command, extended=False).to_bytes())
    assert (again.data, again.le) == (command.data, command.le)


def seeds() -> Iterator[bytes]:
    """The seven cases of ISO/IEC 7816-4, 5.2."""
    for data, le in ((b"", 0), (b"", 256), (b"\x01\x1c", 0), (b"\x01\x1c", 255)):
        yield CommandAPDU(0, 0xA4, 2, 0x0C, data, le).to_bytes()
    for data, le in ((b"", 65_536), (bytes(300), 0), (bytes(300), 65_536), (b"\1", 300)):
        yield CommandAPDU(0x0C, 0xB0, 0, 0, data, le, True).to_bytes()


if __name__ == "__main__":
    run(check, seeds)
