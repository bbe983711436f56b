"""The signature algorithms of JOSE and COSE that this library signs and verifies with.

The mathematics is that of ``cryptography``, for RSA reached through PyJWT's algorithm classes. There is no ``none``, no HMAC and no encryption: a table cannot be talked into what it lacks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature as NativeInvalid
from cryptography.exceptions import UnsupportedAlgorithm as NativeUnsupported
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from jwt.algorithms import RSAAlgorithm, RSAPSSAlgorithm

from eid.errors import UnsupportedAlgorithm

__all__ = [
    "ALGORITHMS",
    "DEFAULT_ALGORITHMS",
    "MIN_RSA_BITS",
    "POST_QUANTUM",
    "Algorithm",
    "algorithm",
]

#: Bits of an RSA modulus (RFC 7518, 3.3).
MIN_RSA_BITS = 2048
_MAX_RSA_BITS = 8192


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How one algorithm signs and verifies.

    :param name: in JOSE (RFC 7518, RFC 9864, RFC 9964).
    :param cose_ids: numbers in COSE (RFC 9053, RFC 9864, RFC 9964) that name it, the one to write first.
    :param key_type: ``kty`` of its JWK (RFC 7517).
    :param curve: ``crv`` of its JWK.
    :param signature_size: octets; 0 where it depends on the key.
    :param sign: signs a message with a private key; ECDSA as r || s.
    """

    name: str
    cose_ids: tuple[int, ...]
    key_type: str
    curve: str | None
    signature_size: int
    public_class: type[Any] = field(repr=False)
    private_class: type[Any] = field(repr=False)
    _verify: Callable[[Any, bytes, bytes], bool] = field(repr=False)
    sign: Callable[[Any, bytes], bytes] = field(repr=False)

    def holds(self, public: Any, signature: bytes, message: bytes) -> bool:
        """Whether *signature* (ECDSA as r || s, RFC 7518, 3.4) over *message* is by *public*."""
        if self.signature_size and len(signature) != self.signature_size:
            return False
        return self._verify(public, signature, message)

    def fits(self, public: Any) -> bool:
        """Whether *public*, a key of ``cryptography``, is one for this algorithm."""
        if not isinstance(public, self.public_class):
            return False
        if isinstance(public, ec.EllipticCurvePublicKey):
            return _CURVE_NAMES.get(public.curve.name) == self.curve
        if isinstance(public, rsa.RSAPublicKey):
            return MIN_RSA_BITS <= public.key_size <= _MAX_RSA_BITS
        return True


_CURVE_NAMES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def _through_jwt(jwt_algorithm: Any) -> tuple[Callable[..., bool], Callable[..., bytes]]:
    def verify(public: Any, signature: bytes, message: bytes) -> bool:
        return bool(jwt_algorithm.verify(message, public, signature))

    def sign(private: Any, message: bytes) -> bytes:
        return bytes(jwt_algorithm.sign(message, private))

    return verify, sign


def _ecdsa(
    digest: hashes.HashAlgorithm, hashed: Callable[[bytes], Any], size: int
) -> tuple[Callable[..., bool], Callable[..., bytes]]:
    """ECDSA, signatures as r || s in *size* octets. Not through PyJWT, which makes the same objects anew
    for every signature, nor hashed by ``cryptography``, which looks the hash up anew: together a tenth of
    the time of a signature with P-256.
    """
    scheme, half = ec.ECDSA(Prehashed(digest)), size // 2

    def verify(public: Any, signature: bytes, message: bytes) -> bool:
        r, s = _der_unsigned(signature[:half]), _der_unsigned(signature[half:])
        length = 4 + len(r) + len(s)
        head = b"\x30%c" if length < 128 else b"\x30\x81%c"
        der = (head + b"\x02%c%b\x02%c%b") % (length, len(r), r, len(s), s)
        try:
            public.verify(der, hashed(message).digest(), scheme)
        except NativeInvalid:
            return False
        return True

    def sign(private: Any, message: bytes) -> bytes:
        der = private.sign(hashed(message).digest(), scheme)
        # SEQUENCE of two INTEGERs, as `cryptography` has just written it (X.690, 8.9).
        start = 4 if der[1] < 128 else 5
        end = start + der[start - 1]
        r, s = der[start:end], der[end + 2 :]
        return bytes(r[-half:].rjust(half, b"\0") + s[-half:].rjust(half, b"\0"))

    return verify, sign


def _der_unsigned(octets: bytes) -> bytes:
    """An unsigned number as the contents of an INTEGER (X.690, 8.3)."""
    if 0 < octets[0] < 128:
        return octets
    shortest = octets.lstrip(b"\0")
    return shortest if shortest and shortest[0] < 128 else b"\0" + shortest


def _verify_plainly(public: Any, signature: bytes, message: bytes) -> bool:
    try:
        public.verify(signature, message)
    except NativeInvalid:
        return False
    return True


def _mldsa_verify(public: Any, signature: bytes, message: bytes) -> bool:
    try:
        return _verify_plainly(public, signature, message)
    except NativeUnsupported as error:
        raise UnsupportedAlgorithm(f"ML-DSA: {error}") from None


def _sign_plainly(private: Any, message: bytes) -> bytes:
    return bytes(private.sign(message))


def _table() -> dict[str, Algorithm]:
    ec_key = (ec.EllipticCurvePublicKey, ec.EllipticCurvePrivateKey)
    rsa_key = (rsa.RSAPublicKey, rsa.RSAPrivateKey)
    edwards = (ed25519.Ed25519PublicKey, ed25519.Ed25519PrivateKey)
    rows = [
        Algorithm("ES256", (-7, -9), "EC", "P-256", 64, *ec_key, *_ecdsa(hashes.SHA256(), hashlib.sha256, 64)),
        Algorithm("ES384", (-35, -51), "EC", "P-384", 96, *ec_key, *_ecdsa(hashes.SHA384(), hashlib.sha384, 96)),
        Algorithm("ES512", (-36, -52), "EC", "P-521", 132, *ec_key, *_ecdsa(hashes.SHA512(), hashlib.sha512, 132)),
        Algorithm("Ed25519", (-8, -19), "OKP", "Ed25519", 64, *edwards, _verify_plainly, _sign_plainly),
        Algorithm("RS256", (-257,), "RSA", None, 0, *rsa_key, *_through_jwt(RSAAlgorithm(RSAAlgorithm.SHA256))),
        Algorithm("PS256", (-37,), "RSA", None, 0, *rsa_key, *_through_jwt(RSAPSSAlgorithm(RSAPSSAlgorithm.SHA256))),
        Algorithm("PS384", (-38,), "RSA", None, 0, *rsa_key, *_through_jwt(RSAPSSAlgorithm(RSAPSSAlgorithm.SHA384))),
    ]  # fmt: skip
    quantum = (
        ("ML-DSA-44", -48, 2420, mldsa.MLDSA44PublicKey, mldsa.MLDSA44PrivateKey),
        ("ML-DSA-65", -49, 3309, mldsa.MLDSA65PublicKey, mldsa.MLDSA65PrivateKey),
        ("ML-DSA-87", -50, 4627, mldsa.MLDSA87PublicKey, mldsa.MLDSA87PrivateKey),
    )
    for name, cose, size, public, private in quantum:
        rows.append(
            Algorithm(name, (cose,), "AKP", None, size, public, private, _mldsa_verify, _sign_plainly)
        )
    return {row.name: row for row in rows}


#: Every algorithm by its name in JOSE.
ALGORITHMS = _table()
#: ML-DSA (RFC 9964), used where the caller says so.
POST_QUANTUM = frozenset({"ML-DSA-44", "ML-DSA-65", "ML-DSA-87"})
#: What keys may be for unless the caller says otherwise.
DEFAULT_ALGORITHMS = frozenset(ALGORITHMS) - POST_QUANTUM


def algorithm(name: str) -> Algorithm:
    """The algorithm called *name* in JOSE; ``EdDSA`` is Ed25519 (RFC 9864, 2.2).

    :raises UnsupportedAlgorithm: not in the table.
    """
    found = ALGORITHMS.get("Ed25519" if name == "EdDSA" else name)
    if found is None:
        raise UnsupportedAlgorithm("a signature algorithm that is not in the table")
    return found
