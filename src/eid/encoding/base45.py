"""base45 (RFC 9285): octets in the alphabet that QR codes pack best.

Two octets become three characters, the least significant first: ``n = c + 45·d + 45²·e``. All groups
of a text are worked out at once, as lanes of one long integer: a loop over the groups took longer than
the signature check of a QR code leaves room for.
"""

from __future__ import annotations

from eid.errors import EncodingError, LimitExceeded

__all__ = ["decode", "encode"]

_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_TO_VALUE = bytes.maketrans(_ALPHABET, bytes(range(45)))
_TO_CHARACTER = bytes.maketrans(bytes(range(45)), _ALPHABET)


def encode(octets: bytes) -> str:
    """*octets* as base45 text."""
    count = len(octets) // 2
    # Lanes of 32 bits: two zeros and the two octets.
    lanes = bytearray(4 * count)
    lanes[2::4], lanes[3::4] = octets[: 2 * count : 2], octets[1::2]
    n, quotients = int.from_bytes(lanes, "big"), int.from_bytes(b"\0\0\x07\xff" * count, "big")
    # Division by 45 as multiplication: exact for all n < 65,536, then for all quotients of those.
    de = n * 46_604 >> 21 & quotients
    e = de * 1_457 >> 16 & quotients
    values = ((n - 45 * de << 16) + (de - 45 * e << 8) + e).to_bytes(4 * count, "big")
    text = bytearray(3 * count)
    text[::3], text[1::3], text[2::3] = values[1::4], values[2::4], values[3::4]
    if len(octets) & 1:
        text += bytes((octets[-1] % 45, octets[-1] // 45))
    return text.translate(_TO_CHARACTER).decode("ascii")


def decode(text: str, *, limit: int) -> bytes:
    """The octets that *text* stands for.

    :param limit: characters allowed.
    :raises EncodingError: of kind ``base45``: a character outside the alphabet, an impossible length, or
        a group that stands for more than its octets can hold.
    :raises LimitExceeded: longer than *limit*.
    """
    if len(text) > limit:
        raise LimitExceeded(f"more than {limit} characters of base45")
    try:
        raw = text.encode("ascii")
    except UnicodeEncodeError:
        raise EncodingError("characters outside base45", "base45") from None
    if raw.translate(None, _ALPHABET):
        raise EncodingError("characters outside base45", "base45")
    count, over = divmod(len(raw), 3)
    if over == 1:
        raise EncodingError("a length that base45 cannot have", "base45")
    values = raw.translate(_TO_VALUE)
    # Lanes of 24 bits hold the three values of a group, and each sum fits its lane: 91,124 at most.
    lanes = int.from_bytes(values[: 3 * count], "big")
    low = int.from_bytes(b"\0\0\xff" * count, "big")
    n = (lanes >> 16 & low) + 45 * ((lanes >> 8 & low) + 45 * (lanes & low))
    sums = n.to_bytes(3 * count, "big")
    octets = bytearray(2 * count)
    octets[::2], octets[1::2] = sums[1::3], sums[2::3]
    last = values[-2] + 45 * values[-1] if over else 0
    if sums[::3].strip(b"\0") or last > 0xFF:
        raise EncodingError("a group of base45 that is too large", "base45")
    if over:
        octets.append(last)
    return bytes(octets)
