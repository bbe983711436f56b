"""Records encrypted to a public key, so that an archive at rest is unreadable without the private one.

HPKE in base mode, one message (RFC 9180, 5.1.1 and 6.1): DHKEM over P-256 or X25519 with HKDF-SHA256,
and AES-256-GCM. The mathematics is that of ``cryptography``. Around it stands a CBOR map that names the
algorithms by their numbers in RFC 9180, 7, and the recipient by the SHA-256 of his SubjectPublicKeyInfo;
all of it goes into ``info``, so nothing of it can be altered. Encryption says nothing about who did it:
that is what the signature inside is for.
"""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.exceptions import UnsupportedAlgorithm as NativeUnsupported
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from eid.encoding import strict_cbor
from eid.errors import EncodingError, KeyFormatError, LimitExceeded, RecordMalformed, RecordNotOpened
from eid.tokens.record.content import MAX_FILE

__all__ = ["SealingKey", "is_sealed", "open_sealed", "recipient_of", "seal", "sealing_key"]

SealingKey = EllipticCurvePublicKey | X25519PublicKey
_OpeningKey = EllipticCurvePrivateKey | X25519PrivateKey

_VERSION = 1
_P256, _X25519, _HKDF_SHA256, _AES_256_GCM = 0x0010, 0x0020, 0x0001, 0x0002
_KEMS = {_P256: KEM.P256, _X25519: KEM.X25519}
#: How a sealed record begins: a map whose first key, of six, this is.
_START = b"\xa6\x62to"
#: Octets that sealing adds at most.
_ADDED = 1024
_MAX_PEM = 16 * 1024


def sealing_key(pem: bytes) -> SealingKey:
    """Read a public key to seal to: SubjectPublicKeyInfo in PEM, on P-256 or X25519.

    :raises KeyFormatError: it is none.
    """
    try:
        key = load_pem_public_key(pem) if len(pem) <= _MAX_PEM else None
    except (ValueError, NativeUnsupported):
        key = None
    if not isinstance(key, EllipticCurvePublicKey | X25519PublicKey):
        raise KeyFormatError("no public key for encryption in PEM")
    _kem(key)
    return key


def seal(octets: bytes, *, to: SealingKey) -> bytes:
    """A record that only the holder of the private key to *to* can read.

    :raises KeyFormatError: a key of another kind.
    :raises LimitExceeded: longer than any record.
    """
    if len(octets) > MAX_FILE - _ADDED:
        raise LimitExceeded("longer than any record")
    kem = _kem(to)
    header = {"eid-sealed": _VERSION, "kem": kem, "kdf": _HKDF_SHA256, "aead": _AES_256_GCM, "to": _name(to)}
    sealed = _suite(kem).encrypt(octets, to, _info(header))
    return strict_cbor.dumps({**header, "sealed": sealed})


def open_sealed(octets: bytes, *, key: Any) -> bytes:
    """The record inside. Nothing of it is verified by this.

    :param key: a private key of ``cryptography`` on P-256 or X25519.
    :raises RecordMalformed: not a sealed record.
    :raises RecordNotOpened: sealed to another key, or altered.
    :raises KeyFormatError: a key of another kind.
    """
    if not isinstance(key, _OpeningKey):
        raise KeyFormatError("no private key for decryption")
    header, sealed = _read(octets)
    kem = _kem(key.public_key())
    if header["kem"] != kem or header["to"] != _name(key.public_key()):
        raise RecordNotOpened("sealed to another key")
    try:
        return bytes(_suite(kem).decrypt(sealed, key, _info(header)))
    except InvalidTag:
        raise RecordNotOpened("altered") from None


def recipient_of(octets: bytes) -> str:
    """SHA-256, in hexadecimal, of the SubjectPublicKeyInfo that a record is sealed to.

    :raises RecordMalformed: not a sealed record.
    """
    return bytes(_read(octets)[0]["to"]).hex()


def is_sealed(octets: bytes) -> bool:
    """Whether *octets* begin as a sealed record does."""
    return octets.startswith(_START)


def _read(octets: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        body = strict_cbor.loads(octets, limit=MAX_FILE)
    except (EncodingError, LimitExceeded) as error:
        raise RecordMalformed(error.detail) from None
    if not isinstance(body, dict) or body.keys() != {"eid-sealed", "kem", "kdf", "aead", "to", "sealed"}:
        raise RecordMalformed("not a sealed record")
    known = {"eid-sealed": _VERSION, "kdf": _HKDF_SHA256, "aead": _AES_256_GCM}
    if {name: body[name] for name in known} != known or body["kem"] not in (_P256, _X25519):
        raise RecordMalformed("sealed with algorithms of another version")
    sealed = body["sealed"]
    if (
        not isinstance(body["to"], bytes)
        or not isinstance(sealed, bytes)
        or strict_cbor.dumps(body) != octets
    ):
        raise RecordMalformed("not in deterministic form")
    del body["sealed"]
    return body, sealed


def _kem(key: SealingKey) -> int:
    if isinstance(key, X25519PublicKey):
        return _X25519
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise KeyFormatError("a key on another curve than P-256 or X25519")
    return _P256


def _suite(kem: int) -> Suite:
    return Suite(_KEMS[kem], KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _info(header: dict[str, Any]) -> bytes:
    return strict_cbor.dumps(header)


def _name(key: SealingKey) -> bytes:
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
