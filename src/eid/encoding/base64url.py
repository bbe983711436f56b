"""base64url without padding (RFC 4648, 5; RFC 7515, 2), in its one canonical form.

Lax decoders skip line breaks, accept padding and ignore stray bits, so that one signature has many
spellings. Here each octet string has exactly one.
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence

from eid.errors import EncodingError, LimitExceeded

__all__ = ["decode", "decode_each", "encode", "encode_each"]

#: To the alphabet that binascii knows; what is not base64url becomes what is in no alphabet.
_TO_BASE64 = bytes.maketrans(b"-_+/=", b"+/\0\0\0")
_FROM_BASE64 = bytes.maketrans(b"+/", b"-_")
#: Last characters that leave no bits over, by the number of characters beyond the last group of four,
#: which is never one.
_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")
_PADDING = (b"", b"", b"==", b"=")


def encode(octets: bytes) -> str:
    """*octets* as base64url text without padding."""
    return binascii.b2a_base64(octets, newline=False).translate(_FROM_BASE64).rstrip(b"=").decode("ascii")


def encode_each(parts: Sequence[bytes]) -> list[str]:
    """Each of *parts* as :func:`encode` would write it. In one go: that is faster."""
    lines = b"".join([_B2A(octets) for octets in parts])
    return lines.translate(_FROM_BASE64, b"=").decode("ascii").split("\n")[:-1]


def decode(text: str, *, limit: int) -> bytes:
    """The octets that *text* stands for.

    :param limit: characters allowed.
    :raises EncodingError: of kind ``base64url``: a character outside the alphabet (padding and white
        space among them), an impossible length, or bits set that stand for nothing.
    :raises LimitExceeded: longer than *limit*.
    """
    if len(text) > limit:
        raise LimitExceeded(f"more than {limit} characters of base64url")
    try:
        raw = text.encode("ascii")
    except UnicodeEncodeError:
        raise EncodingError("characters outside base64url", "base64url") from None
    over = len(raw) & 3
    if over and raw[-1] not in _LAST[over]:
        raise EncodingError("a length or last character that base64url cannot end with", "base64url")
    # JSON in ASCII seldom gives another character, and looking is faster than replacing.
    if not raw.isalnum():
        raw = raw.translate(_TO_BASE64)
    try:
        return _A2B(raw + _PADDING[over], strict_mode=True)
    except binascii.Error:
        raise EncodingError("characters outside base64url", "base64url") from None


def decode_each(texts: Sequence[bytes], *, limit: int) -> list[bytes]:
    """The octets of each of *texts*, as :func:`decode` would give them. In one go: that is faster.

    :param texts: in ASCII.
    :param limit: characters allowed, of all together.
    :raises EncodingError: as for :func:`decode`.
    :raises LimitExceeded: longer than *limit*.
    """
    if sum(map(len, texts)) > limit:
        raise LimitExceeded(f"more than {limit} characters of base64url")
    found = []
    try:
        for text in texts:
            over = len(text) & 3
            if over and text[-1] not in _LAST[over]:
                raise EncodingError("a length or last character that base64url cannot end with", "base64url")
            found.append(_A2B(text.translate(_TO_BASE64) + _PADDING[over], strict_mode=True))
    except binascii.Error:
        raise EncodingError("characters outside base64url", "base64url") from None
    return found


_A2B, _B2A = binascii.a2b_base64, binascii.b2a_base64
