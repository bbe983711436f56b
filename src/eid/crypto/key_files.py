"""Keys on disk: private keys as PKCS#8 in PEM (RFC 7468, RFC 5958), public keys as a JWK Set.

A private key is encrypted with a passphrase, or readable by its owner alone; anything else is refused.
PEM has no place for an identifier or, with RSA, for the algorithm. So both stand in two lines above the
key, where RFC 7468, 2 allows text and other programs pass it over::

    kid: issuer-2026
    alg: ES256
    -----BEGIN ENCRYPTED PRIVATE KEY-----

Without these lines the identifier is the key's thumbprint (RFC 7638).
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InternalError
from cryptography.exceptions import UnsupportedAlgorithm as NativeUnsupported
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_private_key

from eid.crypto.algorithms import ALGORITHMS
from eid.crypto.keys import MAX_JWKS, MAX_KID, Key, KeySet, SoftwareSigner
from eid.encoding import der, pem, strict_json
from eid.encoding.tlv import tlv
from eid.errors import (
    EncodingError,
    InputError,
    KeyFileError,
    KeyFileExists,
    KeyFileExposed,
    KeyFormatError,
    KeyPassphraseError,
    UnsupportedAlgorithm,
)

__all__ = [
    "MAX_KEY_FILE",
    "create_file",
    "load_key_set",
    "load_private_key",
    "load_signer",
    "read_file",
    "read_signer",
    "save_key_set",
    "save_signer",
]

#: Octets of a private key's file; RSA-8192 needs some 6500.
MAX_KEY_FILE = 64 * 1024
#: Rounds of PBKDF2 with SHA-256 between a passphrase and the key that encrypts: a third of a second.
#: OpenSSL writes 2048, which a graphics card tries some million times a second.
_ROUNDS = 600_000

_PKCS5, _AES256_CBC = "1.2.840.113549.1.5", "2.16.840.1.101.3.4.1.42"
_HMAC_SHA256 = "1.2.840.113549.2.9"
_ALL = frozenset(ALGORITHMS)
_LINE = re.compile(rb"^(kid|alg): *([^\r\n]{1,1024}?) *\r?$", re.MULTILINE)


# --- private keys --------------------------------------------------------------------------------


def save_signer(signer: SoftwareSigner, path: str | Path, *, passphrase: bytes | None = None) -> None:
    """Write the private key of *signer* into a new file, readable by its owner only.

    :param passphrase: encrypts the key (PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC, RFC 8018).
    :raises KeyFileExists: something has this name; keys are never overwritten.
    :raises KeyFileError: it cannot be written.
    :raises InputError: an empty passphrase, or an identifier that fits in no line.
    """
    if passphrase is not None and not passphrase:
        raise InputError("an empty passphrase protects nothing")
    if not signer.kid.isprintable() or signer.kid != signer.kid.strip():
        raise InputError("an identifier that does not fit in one line")
    head = f"kid: {signer.kid}\nalg: {signer.alg}\n".encode()
    pkcs8 = signer.private_bytes()
    if passphrase is None:
        body = _pem("PRIVATE KEY", pkcs8)
    else:
        body = _pem("ENCRYPTED PRIVATE KEY", _encrypted(pkcs8, passphrase))
    create_file(Path(path), head + body, mode=0o600)


def load_signer(
    path: str | Path, *, passphrase: bytes | None = None, alg: str | None = None, kid: str | None = None
) -> SoftwareSigner:
    """Read a private key, of this library's or another program's making.

    :param passphrase: for an encrypted file.
    :param alg: for a file that does not name it; only RSA keys need it.
    :param kid: for a file that does not name it; else the thumbprint.
    :raises KeyFileError: missing, unreadable, or no private key.
    :raises KeyFileExposed: not encrypted, and open to the group or to others.
    :raises KeyPassphraseError: missing, wrong, or given for a file that is not encrypted.
    :raises KeyFormatError: the key is not one for its algorithm, or the file says otherwise than *alg*
        and *kid*.
    """
    return read_signer(_read_private(Path(path)), passphrase=passphrase, alg=alg, kid=kid)


def load_private_key(path: str | Path, *, passphrase: bytes | None = None) -> Any:
    """Read a private key for something else than signing, such as decryption: one of ``cryptography``.

    :raises KeyFileError: see :func:`load_signer`, as for the other errors of files and passphrases.
    """
    return _load(_read_private(Path(path)), passphrase)


def _read_private(path: Path) -> bytes:
    octets, status = read_file(path, MAX_KEY_FILE)
    if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077 and _in_clear(octets):
        raise KeyFileExposed(f"{path.name} has mode {stat.S_IMODE(status.st_mode):o}: chmod 600")
    return octets


def read_signer(
    octets: bytes, *, passphrase: bytes | None = None, alg: str | None = None, kid: str | None = None
) -> SoftwareSigner:
    """The same from the octets of a file, wherever they are kept (a store of secrets, for example).

    :raises KeyFileError: see :func:`load_signer`, as for the others.
    """
    if len(octets) > MAX_KEY_FILE:
        raise KeyFileError(f"more than {MAX_KEY_FILE} octets")
    private = _load(octets, passphrase)
    said = _lines(octets)
    for name, given in (("kid", kid), ("alg", alg)):
        if given is not None and said.get(name, given) != given:
            raise KeyFormatError(f"the key file has another {name}")
    return SoftwareSigner(private, alg=said.get("alg", alg), kid=said.get("kid", kid))


def _load(octets: bytes, passphrase: bytes | None) -> Any:
    try:
        return load_pem_private_key(octets, passphrase)
    except TypeError:
        # cryptography says it this way when there is a passphrase too few or too many.
        if passphrase is None or not passphrase:
            raise KeyPassphraseError("the file is encrypted") from None
        raise KeyPassphraseError("the file is not encrypted") from None
    except ValueError:
        if passphrase is not None and b"ENCRYPTED" in octets:
            raise KeyPassphraseError("wrong, or the file is damaged") from None
        raise KeyFileError("no private key in PEM") from None
    except NativeUnsupported:
        raise KeyFileError("a private key of a kind that is not supported") from None
    except InternalError:  # Edwards and Montgomery keys of another length than their curve's
        raise KeyFileError("a damaged private key") from None


def _in_clear(octets: bytes) -> bool:
    """Whether a private key can be read from *octets* without a passphrase."""
    try:
        load_pem_private_key(octets, None)
    except (TypeError, ValueError, NativeUnsupported, InternalError):
        return False
    return True


def _lines(octets: bytes) -> dict[str, str]:
    """What stands above the key about it."""
    above = octets.partition(b"-----BEGIN ")[0]
    found: dict[str, str] = {}
    for name, value in _LINE.findall(above):
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            raise KeyFileError("a line above the key that is not UTF-8") from None
        if name.decode() in found or len(text) > MAX_KID:
            raise KeyFileError("lines above the key that say a thing twice, or too much")
        found[name.decode()] = text
    return found


def _encrypted(pkcs8: bytes, passphrase: bytes) -> bytes:
    """EncryptedPrivateKeyInfo (RFC 5958, 3) with PBES2 (RFC 8018, 6.2)."""
    salt, vector = secrets.token_bytes(16), secrets.token_bytes(16)
    derived = PBKDF2HMAC(hashes.SHA256(), length=32, salt=salt, iterations=_ROUNDS).derive(passphrase)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(derived), modes.CBC(vector)).encryptor()
    ciphertext = encryptor.update(padder.update(pkcs8) + padder.finalize()) + encryptor.finalize()
    prf = der.sequence(der.oid(_HMAC_SHA256), tlv(der.NULL))
    kdf = der.sequence(
        der.oid(f"{_PKCS5}.12"),
        der.sequence(tlv(der.OCTET_STRING, salt), der.integer(_ROUNDS), der.integer(32), prf),
    )
    cipher = der.sequence(der.oid(_AES256_CBC), tlv(der.OCTET_STRING, vector))
    scheme = der.sequence(der.oid(f"{_PKCS5}.13"), der.sequence(kdf, cipher))
    return der.sequence(scheme, tlv(der.OCTET_STRING, ciphertext))


def _pem(label: str, octets: bytes) -> bytes:
    text = base64.b64encode(octets).decode("ascii")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode("ascii")


# --- public keys ---------------------------------------------------------------------------------


def save_key_set(keys: KeySet, path: str | Path) -> None:
    """Write the public keys as a JWK Set (RFC 7517, 5) into a new file.

    :raises KeyFileExists: something has this name. To replace the file that others read, write a new
        one beside it and rename it.
    :raises KeyFileError: it cannot be written.
    """
    create_file(Path(path), strict_json.dumps(keys.to_jwks()) + b"\n", mode=0o644)


def load_key_set(path: str | Path) -> KeySet:
    """Read public keys: a JWK Set, one JWK, or public keys and certificates in PEM.

    For a JWK Set that changes while the program runs there is
    :class:`eid.tokens.key_sources.FileKeySource`.

    :raises KeyFileError: missing or unreadable, or with a private key in it.
    :raises KeyFormatError: no key, one that does not say its algorithm (RSA in PEM), or one identifier
        for two keys.
    :raises UnsupportedAlgorithm: a kind of key this library does not use.
    """
    octets, _ = read_file(Path(path), MAX_JWKS)
    if b"-----BEGIN " in octets:
        keys = KeySet(_in_pem(octets))
        if not len(keys):
            raise KeyFormatError("no public key and no certificate in PEM")
        return keys
    try:
        document = strict_json.loads(octets, limit=MAX_JWKS)
    except EncodingError as error:
        raise KeyFormatError(f"neither PEM nor JSON: {error.detail}") from None
    if isinstance(document, dict) and "kty" in document:
        return KeySet([Key.from_jwk(document, algorithms=_ALL)])
    return KeySet.from_jwks(octets, algorithms=_ALL)


def _in_pem(octets: bytes) -> Iterator[Key]:
    for label, block in pem.blocks(octets):
        if "PRIVATE KEY" in label:
            raise KeyFileError("a private key where public ones belong")
        if block is None:
            raise KeyFormatError("a PEM block that holds no public key")
        try:
            if label == "CERTIFICATE":
                yield Key.from_certificate(block)
            elif label == "PUBLIC KEY":
                yield Key.from_public(load_der_public_key(block))
        except ValueError:
            raise KeyFormatError("a PEM block that holds no public key") from None
        except NativeUnsupported:
            raise UnsupportedAlgorithm("a public key of a kind that is not supported") from None


# --- files ---------------------------------------------------------------------------------------


def read_file(path: Path, limit: int) -> tuple[bytes, os.stat_result]:
    """The octets of a regular file, and the state of the very file they were read from.

    :raises KeyFileError: missing, unreadable, of another kind, or longer than *limit*.
    """
    try:
        # A pipe under that name must not hold up the program.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        with open(handle, "rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise KeyFileError(f"{path.name}: not a regular file")
            octets = stream.read(limit + 1)
    except (OSError, ValueError) as error:
        raise KeyFileError(f"{path.name}: {_reason(error)}") from None
    if len(octets) > limit:
        raise KeyFileError(f"{path.name}: more than {limit} octets")
    return octets, status


def create_file(path: Path, octets: bytes, *, mode: int) -> None:
    """A new file, which has *mode* from its first moment on. What was begun and failed is removed.

    :raises KeyFileExists: something has this name.
    :raises KeyFileError: it cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
    try:
        handle = os.open(path, flags, mode)
    except FileExistsError:
        raise KeyFileExists(path.name) from None
    except (OSError, ValueError) as error:
        raise KeyFileError(f"{path.name}: {_reason(error)}") from None
    try:
        with open(handle, "wb") as stream:
            stream.write(octets)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise KeyFileError(f"{path.name}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
