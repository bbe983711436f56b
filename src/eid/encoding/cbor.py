"""What may stand in a CBOR file of ours (RFC 8949), checked before a decoder builds anything."""

from __future__ import annotations

from eid.errors import EncodingError, LimitExceeded

__all__ = ["require_plain"]

#: Nesting allowed; an evidence file has two levels.
MAX_DEPTH = 8
#: Data items allowed; an evidence file has fewer than two hundred.
MAX_ITEMS = 10_000


def require_plain(octets: bytes) -> None:
    """Let pass only one item of integers, octet strings, texts, arrays and maps of definite length.

    Tags are refused because decoders make objects of them: a decimal fraction of 300 KB keeps
    ``cbor2`` busy for seven seconds, and that time grows with the square of the size.

    :raises EncodingError: another kind of item, cut off, or octets after the end.
    :raises LimitExceeded: deeper than :data:`MAX_DEPTH` or more than :data:`MAX_ITEMS` items.
    """
    at, items, end = 0, 0, len(octets)
    open_counts = [1]
    while open_counts:
        if open_counts[-1] == 0:
            open_counts.pop()
            continue
        open_counts[-1] -= 1
        items += 1
        if items > MAX_ITEMS or len(open_counts) > MAX_DEPTH:
            raise LimitExceeded("more or deeper CBOR than one of our files has")
        if at >= end:
            raise EncodingError("cut off before an item", "truncated")
        major, argument = octets[at] >> 5, octets[at] & 0x1F
        at += 1
        if major > 5 or argument > 27:
            raise EncodingError("a tag, simple value or indefinite length", "kind")
        if argument > 23:
            size = 1 << (argument - 24)
            argument = int.from_bytes(octets[at : at + size], "big")
            at += size
        if major in (2, 3):
            at += argument
        elif major in (4, 5):
            open_counts.append(argument * (major - 3))
        if at > end:
            raise EncodingError("cut off inside an item", "truncated")
    if at != end:
        raise EncodingError(f"{end - at} octets after the end", "trailing")
