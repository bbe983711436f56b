"""The bits of a status list (Token Status List, section 4): a number of one to eight bits for each index."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Self

from eid.encoding.deflate import deflate, inflate
from eid.errors import (
    EncodingError,
    LimitExceeded,
    StatusIndexOutside,
    StatusListInvalid,
    StatusValueInvalid,
)

__all__ = ["MAX_OCTETS", "Status", "StatusList"]

#: Octets of a list when inflated: 134 million entries of one bit.
MAX_OCTETS = 16 * 1024 * 1024
_BITS = (1, 2, 4, 8)


class Status(enum.IntEnum):
    """Statuses with a meaning of their own (section 7.1). Other numbers are the application's."""

    VALID = 0  #: in force
    INVALID = 1  #: revoked, for good
    SUSPENDED = 2  #: for the time being


class StatusList:
    """The statuses of all indexes. Immutable.

    :param octets: inflated; bits count from the least significant bit of each octet.
    :param bits: of one status: 1, 2, 4 or 8.
    :raises StatusListInvalid: another number of bits, or too long.
    """

    __slots__ = ("_mask", "_octets", "_shift", "bits", "size")

    def __init__(self, octets: bytes, bits: int) -> None:
        if type(bits) is not int or bits not in _BITS:
            raise StatusListInvalid("bits is not 1, 2, 4 or 8")
        if len(octets) > MAX_OCTETS:
            raise StatusListInvalid(f"more than {MAX_OCTETS} octets")
        self._octets = bytes(octets)
        self._mask = (1 << bits) - 1
        self._shift = bits.bit_length() - 1
        self.bits = bits
        #: Entries, those that nothing refers to included.
        self.size = len(octets) * 8 // bits

    @classmethod
    def of(cls, size: int, *, bits: int, entries: Mapping[int, int] | Iterable[tuple[int, int]] = ()) -> Self:
        """A list of at least *size* entries (a full octet), VALID but for *entries*.

        :param entries: status by index.
        :raises StatusListInvalid: a size or number of bits that no list has.
        :raises StatusValueInvalid: an index outside the list, or a status that needs more bits.
        """
        if type(bits) is not int or bits not in _BITS or not 0 < size <= MAX_OCTETS * 8 // bits:
            raise StatusListInvalid("a size or number of bits that no list has")
        return cls(bytes(-(-size * bits // 8)), bits).changed(entries)

    def changed(self, entries: Mapping[int, int] | Iterable[tuple[int, int]]) -> Self:
        """A copy with other statuses at some indexes.

        :raises StatusValueInvalid: an index outside the list, or a status that needs more bits.
        """
        octets, mask, bits = bytearray(self._octets), self._mask, self.bits
        for index, status in entries.items() if isinstance(entries, Mapping) else entries:
            if not 0 <= index < self.size or not 0 <= status <= mask:
                raise StatusValueInvalid("an index or status that the list cannot hold")
            at = index * bits
            octets[at >> 3] = octets[at >> 3] & ~(mask << (at & 7)) | status << (at & 7)
        return type(self)(bytes(octets), bits)

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> int:
        """The status at *index*: a number, which equals a :class:`Status` where that has a name.

        :raises StatusIndexOutside: the list has no such entry.
        """
        if not 0 <= index < self.size:
            raise StatusIndexOutside("an index beyond the end of the list")
        at = index << self._shift
        return self._octets[at >> 3] >> (at & 7) & self._mask

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StatusList) and self.bits == other.bits and self._octets == other._octets

    def __hash__(self) -> int:
        return hash((self.bits, self._octets))

    def __repr__(self) -> str:
        return f"<StatusList of {self.size} x {self.bits} bit>"

    def tally(self) -> dict[int, int]:
        """How many entries have each status that occurs."""
        found: Counter[int] = Counter()
        for octet, count in Counter(self._octets).items():
            for at in range(0, 8, self.bits):
                found[octet >> at & self._mask] += count
        return dict(sorted(found.items()))

    def compressed(self) -> bytes:
        """The zlib stream that a token carries (section 4.1)."""
        return deflate(self._octets)

    @classmethod
    def from_compressed(cls, octets: bytes, *, bits: int) -> Self:
        """Inflate the zlib stream of a token.

        :raises StatusListInvalid: no whole zlib stream, more than :data:`MAX_OCTETS`, or wrong bits.
        """
        try:
            return cls(inflate(octets, limit=MAX_OCTETS), bits)
        except (EncodingError, LimitExceeded) as error:
            raise StatusListInvalid(f"lst: {error.detail}") from None
