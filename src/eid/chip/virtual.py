"""Framing of the virtual smart-card reader: what travels on the socket between a chip in software and a reader.

Each frame is a two-byte big-endian length and that many octets. From the reader side a body of one
octet is a control (:class:`Control`), anything longer a command APDU; the chip answers a command with
its response APDU and :attr:`Control.ATR` with its answer to reset. The other controls have no answer.
The protocol is the one of the ``vpcd`` driver of the Virtual Smart Card Architecture. No I/O here.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator

from eid.errors import EncodingError, LimitExceeded

__all__ = ["MAX_ATR", "MAX_BODY", "VPCD_PORT", "Control", "FrameDecoder", "encode_frame", "read_control"]

#: Octets a frame can hold. A response under extended length with more data cannot travel this way.
MAX_BODY = 0xFFFF
#: Octets of an answer to reset: TS and up to 32 more (ISO/IEC 7816-3, 8.2.1).
MAX_ATR = 33
#: Where Debian's ``vpcd`` waits for the chip of its first slot; the second slot is one above.
VPCD_PORT = 35963


class Control(enum.IntEnum):
    """Frames of one octet, from the reader side to the chip."""

    OFF = 0x00
    ON = 0x01
    RESET = 0x02
    ATR = 0x04

    @property
    def frame(self) -> bytes:
        """The whole frame, ready to send."""
        return bytes((0, 1, self))


def encode_frame(body: bytes) -> bytes:
    """The frame around *body*, to be sent in one piece (two writes cost 44 ms in delayed ACKs).

    :raises LimitExceeded: more than :data:`MAX_BODY` octets.
    """
    if len(body) > MAX_BODY:
        raise LimitExceeded(f"a frame holds {MAX_BODY} octets, not {len(body)}")
    return len(body).to_bytes(2, "big") + body


def read_control(body: bytes) -> Control | None:
    """What the chip side shall do with *body*: a control, or ``None`` for a command APDU.

    :raises EncodingError: empty, or one octet that is no known control.
    """
    if len(body) > 1:
        return None
    try:
        return Control(body[0])
    except (IndexError, ValueError):
        raise EncodingError("a frame that is neither control nor command", "control") from None


class FrameDecoder:
    """Cuts a stream of octets into frames, however the network cut it before.

    :param limit: the longest body accepted, in octets; the sender is told off before its octets are
        kept.
    """

    def __init__(self, limit: int = MAX_BODY) -> None:
        self.limit = limit
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Octets of a frame that is not complete yet. Not 0 at the end of the stream: it was cut."""
        return len(self._buffer)

    def feed(self, octets: bytes) -> Iterator[bytes]:
        """Take *octets* from the stream and give the bodies of the frames that they complete.

        :raises LimitExceeded: a frame announces more than the limit. The stream is of no more use.
        """
        self._buffer += octets
        return self._frames()

    def _frames(self) -> Iterator[bytes]:
        buffer = self._buffer
        while len(buffer) >= 2:
            size = buffer[0] << 8 | buffer[1]
            if size > self.limit:
                raise LimitExceeded(f"a frame of {size} octets where {self.limit} are allowed")
            if len(buffer) < size + 2:
                return
            body = bytes(buffer[2 : size + 2])
            del buffer[: size + 2]
            yield body
