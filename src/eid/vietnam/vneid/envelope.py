"""The envelope of VNeID sign-in, as publicly known: AES in ECB mode, its key wrapped with RSA PKCS#1 v1.5.

Nothing in it is authenticated: blocks can be moved, and whoever can tell one fault from another can
decrypt with a service's key (Bleichenbacher, 1998). So a wrong padding of the wrapped key gives another
key instead of an error (implicit rejection), everything is carried to its end whatever came before, and
all faults are one error. What comes out is as good as the TLS connection it came through, and no better.
"""

from __future__ import annotations

import binascii
import secrets
from pathlib import Path
from typing import Any, Protocol, Self

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from eid.crypto.algorithms import MIN_RSA_BITS
from eid.crypto.key_files import load_private_key
from eid.encoding import strict_json
from eid.errors import EidError, KeyFormatError, UnsupportedAlgorithm, VneidEnvelopeInvalid

__all__ = [
    "MAX_DATA",
    "KeyUnwrapper",
    "SoftwareUnwrapper",
    "open_code",
    "open_json",
    "restore_plus",
    "seal",
]

#: Characters of base64 of an answer, and of a wrapped key (RSA-8192 has 1368).
MAX_DATA = 64 * 1024
_MAX_KEY = 1400
_MAX_CODE = 4096
_MAX_RSA_BITS = 8192
_BLOCK = 16
_KEY_SIZES = (16, 24, 32)


class KeyUnwrapper(Protocol):
    """The service's private RSA key: in a file, an HSM, or behind an interface elsewhere. Implementations
    can be shared by threads, and write neither what goes in nor what comes out to a log.
    """

    def unwrap(self, wrapped: bytes) -> bytes:
        """Undo RSA PKCS#1 v1.5 encryption (RFC 8017, 7.2.2).

        :param wrapped: octets from outside, perhaps of a wrong length.
        :returns: the message; for whatever is no encryption, octets that an outsider cannot tell from
            one: of random length and content. No fault of *wrapped* raises or takes another time.
        """
        ...


class SoftwareUnwrapper:
    """A :class:`KeyUnwrapper` with the key in memory.

    :param private: an RSA key of ``cryptography``, 2048 to 8192 bits.
    :raises KeyFormatError: another kind of key.
    :raises UnsupportedAlgorithm: the OpenSSL in use tells wrong padding by an error (before 3.2).
    """

    def __init__(self, private: rsa.RSAPrivateKey) -> None:
        if not isinstance(private, rsa.RSAPrivateKey):
            raise KeyFormatError("not an RSA key")
        if not MIN_RSA_BITS <= private.key_size <= _MAX_RSA_BITS:
            raise KeyFormatError(f"RSA with {private.key_size} bits")
        self._private = private
        self._size = private.key_size // 8
        numbers = private.public_key().public_numbers()
        try:
            # The number 2, encrypted without padding: no message has this form.
            private.decrypt(pow(2, numbers.e, numbers.n).to_bytes(self._size, "big"), padding.PKCS1v15())
        except ValueError:
            raise UnsupportedAlgorithm(
                "RSA PKCS#1 v1.5 without implicit rejection: OpenSSL 3.2 or newer is needed"
            ) from None

    @classmethod
    def load(cls, path: str | Path, *, passphrase: bytes | None = None) -> Self:
        """From PKCS#8 in PEM, encrypted or readable by its owner alone.

        :raises KeyFileError: missing, unreadable or no private key; likewise its kinds.
        :raises KeyFormatError: not an RSA key of that size.
        """
        return cls(load_private_key(path, passphrase=passphrase))

    @property
    def public(self) -> rsa.RSAPublicKey:
        """What the provider gets."""
        return self._private.public_key()

    def unwrap(self, wrapped: bytes) -> bytes:
        """See :class:`KeyUnwrapper`."""
        substitute = secrets.token_bytes(32)
        try:
            return self._private.decrypt(wrapped, padding.PKCS1v15())
        except ValueError:  # a number beyond the modulus, or another length: nothing secret in that
            return substitute

    def __repr__(self) -> str:
        return f"<SoftwareUnwrapper RSA-{self._private.key_size}>"


def restore_plus(text: str) -> str:
    """A base64 value of the callback whose ``+`` became spaces when the query was decoded.

    :param text: after decoding.
    :returns: *text* itself when it has no space; else with ``+`` for each, when that is base64.
    :raises VneidEnvelopeInvalid: it is not base64 that way either.
    """
    restored = text.replace(" ", "+")
    _octets(restored, MAX_DATA)
    return restored


def open_code(data: str, key: str, unwrapper: KeyUnwrapper) -> str:
    """The authorization code in an envelope that came through the browser.

    :param data: base64 of the encrypted code.
    :param key: base64 of the wrapped key.
    :raises VneidEnvelopeInvalid: whatever does not fit.
    """
    good, plain = _opened(data, key, unwrapper, _MAX_CODE)
    code = plain.decode("latin-1")
    good &= 0 < len(code) <= _MAX_CODE and code.isascii() and code.isprintable() and " " not in code
    if not good:
        raise VneidEnvelopeInvalid
    return code


def open_json(data: str, key: str, unwrapper: KeyUnwrapper) -> dict[str, Any]:
    """The JSON object in an envelope.

    :param data: base64 of it, encrypted.
    :param key: base64 of the wrapped key.
    :raises VneidEnvelopeInvalid: whatever does not fit.
    """
    good, plain = _opened(data, key, unwrapper, MAX_DATA)
    value: object = None
    try:
        value = strict_json.loads(plain, limit=MAX_DATA)
    except EidError:
        good = False
    if not good or not isinstance(value, dict):
        raise VneidEnvelopeInvalid
    return value


def _opened(data: str, key: str, unwrapper: KeyUnwrapper, limit: int) -> tuple[bool, bytes]:
    """Whether it opened, and what came out; when it did not, octets that mean nothing."""
    ciphertext, wrapped = _octets(data, limit), _octets(key, _MAX_KEY)
    if not ciphertext or len(ciphertext) % _BLOCK:
        raise VneidEnvelopeInvalid
    substitute = secrets.token_bytes(32)
    unwrapped = unwrapper.unwrap(wrapped)
    good = len(unwrapped) in _KEY_SIZES
    plain = _ecb(unwrapped if good else substitute).decryptor().update(ciphertext)
    good &= _padded(plain)
    # With a wrong padding, too, something goes on to be looked at.
    return good, plain[: -plain[-1]] if good else plain


def _padded(plain: bytes) -> bool:
    """Whether PKCS#7 padding (RFC 5652, 6.3) is at its end: all sixteen octets are looked at."""
    length = plain[-1]
    wrong = not 1 <= length <= _BLOCK
    for position, octet in enumerate(reversed(plain[-_BLOCK:])):
        wrong |= (position < length) & (octet != length)
    return not wrong


def _octets(text: str, limit: int) -> bytes:
    """Base64 with padding (RFC 4648, 4), in its one canonical form."""
    if len(text) > limit:
        raise VneidEnvelopeInvalid
    try:
        octets = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error):
        raise VneidEnvelopeInvalid from None
    if binascii.b2a_base64(octets, newline=False).decode("ascii") != text:
        raise VneidEnvelopeInvalid
    return octets


def _ecb(key: bytes) -> Cipher[ECB]:
    return Cipher(AES(key), ECB())  # noqa: S305 - the provider's choice, see above


def seal(plain: bytes, public: rsa.RSAPublicKey) -> tuple[str, str]:
    """The provider's side, for the mock provider and for tests: base64 of data and wrapped key."""
    key, length = secrets.token_bytes(32), _BLOCK - len(plain) % _BLOCK
    data = _ecb(key).encryptor().update(plain + bytes([length]) * length)
    wrapped = public.encrypt(key, padding.PKCS1v15())
    return _base64(data), _base64(wrapped)


def _base64(octets: bytes) -> str:
    return binascii.b2a_base64(octets, newline=False).decode("ascii")
