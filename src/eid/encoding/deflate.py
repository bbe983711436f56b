"""zlib streams (RFC 1950) whose result has a known bound."""

from __future__ import annotations

import zlib

from eid.errors import EncodingError, LimitExceeded

__all__ = ["MAX_RATIO", "deflate", "inflate"]

#: Octets out for one octet in. DEFLATE reaches 1032; an all-zero status list comes near that.
MAX_RATIO = 1040


def inflate(octets: bytes, *, limit: int, ratio: int = MAX_RATIO) -> bytes:
    """Decompress one whole zlib stream.

    :param limit: octets that may come out; no more than one beyond it are ever made.
    :param ratio: octets that may come out for each octet that goes in.
    :raises EncodingError: of kind ``deflate``: no zlib stream, cut off, with a preset dictionary, or with
        octets behind it.
    :raises LimitExceeded: more would come out than allowed.
    """
    bound = min(limit, ratio * len(octets))
    decompressor = zlib.decompressobj()
    try:
        out = decompressor.decompress(octets, bound + 1)
    except zlib.error:
        raise EncodingError("no zlib stream", "deflate") from None
    if len(out) > bound:
        raise LimitExceeded(f"more than {bound} octets when decompressed")
    if not decompressor.eof:
        raise EncodingError("a zlib stream cut off", "deflate")
    if decompressor.unused_data:
        raise EncodingError("octets behind the zlib stream", "deflate")
    return out


def deflate(octets: bytes) -> bytes:
    """Compress as well as zlib can."""
    return zlib.compress(octets, 9)
