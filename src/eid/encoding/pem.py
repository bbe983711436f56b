"""PEM (RFC 7468): octets in base64 between two marks, with any prose around them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

__all__ = ["blocks", "labelled"]

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,32})-----([A-Za-z0-9+/=\s]*)-----END \1-----")


def blocks(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Every block of *data*: its label, and its octets, which are ``None`` when it is not base64."""
    for match in _BLOCK.finditer(data):
        label = match[1].decode("ascii")
        try:
            yield label, base64.b64decode(b"".join(match[2].split()), validate=True)
        except (binascii.Error, ValueError):
            yield label, None


def labelled(data: bytes, label: str) -> Iterator[bytes | None]:
    """The octets of every block with that label, see :func:`blocks`; *data* itself when it has no marks."""
    if b"-----BEGIN" not in data:
        yield data
        return
    yield from (octets for found, octets in blocks(data) if found == label)
