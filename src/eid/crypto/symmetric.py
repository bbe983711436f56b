"""Symmetric primitives of chip protocols: 3DES and AES in CBC, retail MAC, CMAC, key derivation.

ICAO Doc 9303-11, 9.7 and 9.8; ISO/IEC 9797-1; NIST SP 800-38B. All keys and data are octets.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from eid.errors import EncodingError

__all__ = [
    "CIPHERS",
    "aes_cbc_decrypt",
    "aes_cbc_encrypt",
    "aes_ecb_encryptor",
    "cmac",
    "cmac_context",
    "kdf",
    "key_length",
    "pad",
    "retail_mac",
    "tdes_cbc_decrypt",
    "tdes_cbc_encrypt",
    "unpad",
]

#: Cipher names used throughout, with the octets of their keys (two-key 3DES).
CIPHERS = {"3DES": 16, "AES-128": 16, "AES-192": 24, "AES-256": 32}

_ZERO8 = bytes(8)


def key_length(cipher: str) -> int:
    """Octets of a key of *cipher* (one of :data:`CIPHERS`)."""
    return CIPHERS[cipher]


def kdf(secret: bytes, counter: int, cipher: str) -> bytes:
    """Derive a key (Doc 9303-11, 9.7.1): counter 1 for encryption, 2 for MAC, 3 for a PACE password.

    :returns: a key of *cipher*; for 3DES two keys with adjusted parity.
    """
    message = secret + counter.to_bytes(4, "big")
    if cipher == "3DES":
        digest = hashlib.sha1(message).digest()[:16]  # noqa: S324 - the standard prescribes it
        return bytes(octet & 0xFE | (octet & 0xFE).bit_count() & 1 ^ 1 for octet in digest)
    if cipher == "AES-128":
        return hashlib.sha1(message).digest()[:16]  # noqa: S324 - the standard prescribes it
    return hashlib.sha256(message).digest()[: CIPHERS[cipher]]


def pad(data: bytes, block: int) -> bytes:
    """ISO/IEC 9797-1 padding method 2: 80, then zeros to a multiple of *block* octets."""
    return data + b"\x80" + bytes(-(len(data) + 1) % block)


def unpad(data: bytes) -> bytes:
    """Remove padding method 2.

    :raises EncodingError: there is none.
    """
    end = data.rstrip(b"\0")
    if not end or end[-1] != 0x80:
        raise EncodingError("no padding", "padding")
    return end[:-1]


def _tdes(key: bytes) -> TripleDES:
    # Only 24 octets: shorter keys are deprecated in `cryptography` and warn.
    return TripleDES(key + key[:8] if len(key) == 16 else key)


def tdes_cbc_encrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    """3DES in CBC; *data* a multiple of 8 octets."""
    return Cipher(_tdes(key), modes.CBC(iv)).encryptor().update(data)


def tdes_cbc_decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    """3DES in CBC; *data* a multiple of 8 octets."""
    return Cipher(_tdes(key), modes.CBC(iv)).decryptor().update(data)


def aes_cbc_encrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES in CBC; *data* a multiple of 16 octets."""
    return Cipher(AES(key), modes.CBC(iv)).encryptor().update(data)


def aes_cbc_decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES in CBC; *data* a multiple of 16 octets."""
    return Cipher(AES(key), modes.CBC(iv)).decryptor().update(data)


def aes_ecb_encryptor(key: bytes) -> CipherContext:
    """A context that encrypts single blocks: secure messaging makes its IVs with it."""
    return Cipher(AES(key), modes.ECB()).encryptor()  # noqa: S305 - one block, Doc 9303-11, 9.8.6.1


def retail_mac(key: bytes, data: bytes) -> bytes:
    """ISO/IEC 9797-1 MAC algorithm 3 with DES over padded *data*: 8 octets.

    Single DES over all blocks but the last, then 3DES over the last one, which is the same.
    """
    iv = _ZERO8
    if len(data) > 8:
        first = key[:8]
        single = Cipher(TripleDES(first + first + first), modes.CBC(_ZERO8)).encryptor()
        iv = single.update(data[:-8])[-8:]
    return Cipher(_tdes(key), modes.CBC(iv)).encryptor().update(data[-8:])


def cmac_context(key: bytes) -> CMAC:
    """A fresh CMAC context; ``copy()`` of it is cheaper than a new one."""
    return CMAC(AES(key))


def cmac(key: bytes, data: bytes) -> bytes:
    """AES-CMAC, 16 octets (secure messaging and PACE use the first 8)."""
    context = CMAC(AES(key))
    context.update(data)
    return context.finalize()
