"""Hash functions by object identifier and by name (Doc 9303-12, 4.4; NIST FIPS 180-4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes

from eid.errors import UnsupportedAlgorithm

__all__ = ["HASH_OIDS", "digest", "hash_algorithm", "hash_name"]

#: Object identifiers of the hash functions documents use.
HASH_OIDS = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}

_HASHES: dict[str, tuple[Callable[[bytes], Any], hashes.HashAlgorithm]] = {
    "sha1": (hashlib.sha1, hashes.SHA1()),  # noqa: S303 - old documents; the report names it
    "sha224": (hashlib.sha224, hashes.SHA224()),
    "sha256": (hashlib.sha256, hashes.SHA256()),
    "sha384": (hashlib.sha384, hashes.SHA384()),
    "sha512": (hashlib.sha512, hashes.SHA512()),
}


def hash_name(oid: str) -> str:
    """The name (``sha256``) of the hash function with this dotted object identifier.

    :raises UnsupportedAlgorithm: not one of :data:`HASH_OIDS`.
    """
    try:
        return HASH_OIDS[oid]
    except KeyError:
        raise UnsupportedAlgorithm(f"hash function {oid}") from None


def digest(name: str, data: bytes) -> bytes:
    """The hash of *data* under the function called *name* (``sha1`` ... ``sha512``).

    :raises UnsupportedAlgorithm: an unknown name.
    """
    try:
        function = _HASHES[name][0]
    except KeyError:
        raise UnsupportedAlgorithm(f"hash function {name}") from None
    value: bytes = function(data).digest()
    return value


def hash_algorithm(name: str) -> hashes.HashAlgorithm:
    """The same function as ``cryptography`` knows it.

    :raises UnsupportedAlgorithm: an unknown name.
    """
    try:
        return _HASHES[name][1]
    except KeyError:
        raise UnsupportedAlgorithm(f"hash function {name}") from None
