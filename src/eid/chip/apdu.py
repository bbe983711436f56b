"""Commands and responses (ISO/IEC 7816-4, 5.1 to 5.6): frozen values and their octets."""

from __future__ import annotations

import enum
from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

from eid.errors import EncodingError

__all__ = ["CommandAPDU", "Protocol", "ResponseAPDU", "StatusWord"]

T = TypeVar("T")

#: A chip protocol: yields commands, is sent responses, returns a result. It does no I/O itself.
Protocol = Generator["CommandAPDU", "ResponseAPDU", T]


class StatusWord(enum.IntEnum):
    """Status words by name. Any 16-bit value is accepted; unknown ones are called ``SW_xxxx``."""

    OK = 0x9000
    END_OF_FILE = 0x6282
    WARNING_AUTHENTICATION_FAILED = 0x6300
    EXECUTION_ERROR = 0x6400
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    LOGICAL_CHANNEL_NOT_SUPPORTED = 0x6881
    SECURE_MESSAGING_NOT_SUPPORTED = 0x6882
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    AUTHENTICATION_BLOCKED = 0x6983
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_EF = 0x6986
    SM_OBJECTS_MISSING = 0x6987
    SM_OBJECTS_INCORRECT = 0x6988
    WRONG_DATA = 0x6A80
    FUNCTION_NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    INCORRECT_P1P2 = 0x6A86
    REFERENCE_NOT_FOUND = 0x6A88
    WRONG_OFFSET = 0x6B00
    INS_NOT_SUPPORTED = 0x6D00
    CLA_NOT_SUPPORTED = 0x6E00
    UNKNOWN_ERROR = 0x6F00

    @classmethod
    def _missing_(cls, value: object) -> StatusWord | None:
        if not isinstance(value, int) or not 0 <= value <= 0xFFFF:
            return None
        word = int.__new__(cls, value)
        word._name_ = f"SW_{value:04X}"
        word._value_ = value
        return word

    @property
    def more(self) -> int | None:
        """61xx: octets still available (0 means 256 or more), else ``None``."""
        return self & 0xFF if self >> 8 == 0x61 else None

    @property
    def right_length(self) -> int | None:
        """6Cxx: the Le the chip wants (0 means 256), else ``None``."""
        return self & 0xFF if self >> 8 == 0x6C else None


@dataclass(frozen=True, slots=True)
class CommandAPDU:
    """A command.

    :param le: octets expected in the response: 0 for none, up to 65,536; 256 (65,536 in extended
        form) stands for "as many as there are".
    :param extended: write the extended form even where the short one would do.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int = 0
    extended: bool = False

    def to_bytes(self) -> bytes:
        """The octets, cases 1 to 4, short or extended (ISO/IEC 7816-4, 5.2)."""
        head = bytes((self.cla, self.ins, self.p1, self.p2))
        data, le = self.data, self.le
        size = len(data)
        if size <= 255 and le <= 256 and not self.extended:
            out = head + bytes((size,)) + data if size else head
            return out + bytes((le & 0xFF,)) if le else out
        if size > 65_535 or le > 65_536:
            raise EncodingError("command longer than an extended APDU can be", "length")
        out = head + b"\0" + size.to_bytes(2, "big") + data if size else head
        if le:
            # Extended case 2 has a leading 00 before Le (ISO/IEC 7816-4, 5.2, case 2E).
            out += (b"" if size else b"\0") + (le & 0xFFFF).to_bytes(2, "big")
        return out

    @classmethod
    def from_bytes(cls, octets: bytes) -> CommandAPDU:
        """Read the octets of a command.

        :raises EncodingError: Lc and Le do not fit the number of octets.
        """
        if len(octets) < 4:
            raise EncodingError("command of less than four octets", "truncated")
        cla, ins, p1, p2 = octets[:4]
        body = bytes(octets[4:])
        if not body:
            return cls(cla, ins, p1, p2)
        if len(body) == 1:
            return cls(cla, ins, p1, p2, b"", body[0] or 256)
        if body[0]:
            size, rest = body[0], body[1:]
            if len(rest) == size:
                return cls(cla, ins, p1, p2, rest)
            if len(rest) == size + 1:
                return cls(cla, ins, p1, p2, rest[:-1], rest[-1] or 256)
        elif len(body) >= 3:
            size, rest = int.from_bytes(body[1:3], "big"), body[3:]
            if not rest:
                return cls(cla, ins, p1, p2, b"", size or 65_536, True)
            if size and len(rest) == size:
                return cls(cla, ins, p1, p2, rest, 0, True)
            if size and len(rest) == size + 2:
                le = int.from_bytes(rest[size:], "big") or 65_536
                return cls(cla, ins, p1, p2, rest[:size], le, True)
        raise EncodingError("Lc and Le do not fit the command", "length")

    def __repr__(self) -> str:  # data may be personal or secret
        return (
            f"<CommandAPDU {self.cla:02X} {self.ins:02X} {self.p1:02X} {self.p2:02X}, "
            f"{len(self.data)} octets, Le {self.le}>"
        )


@dataclass(frozen=True, slots=True)
class ResponseAPDU:
    """A response: ``data`` and the 16-bit status word ``sw``."""

    data: bytes
    sw: int

    @property
    def status(self) -> StatusWord:
        """The status word by name."""
        return StatusWord(self.sw)

    def to_bytes(self) -> bytes:
        """Data followed by the status word."""
        return self.data + self.sw.to_bytes(2, "big")

    @classmethod
    def from_bytes(cls, octets: bytes) -> ResponseAPDU:
        """Read the octets of a response.

        :raises EncodingError: fewer than two octets.
        """
        if len(octets) < 2:
            raise EncodingError("response of less than two octets", "truncated")
        return cls(bytes(octets[:-2]), octets[-2] << 8 | octets[-1])

    def __repr__(self) -> str:
        return f"<ResponseAPDU {len(self.data)} octets, SW {self.sw:04X}>"
