"""Private keys of the test chip. EC keys on every curve documents name, also those OpenSSL lacks.

Not constant-time and not for any other use: the keys of a test chip stand in its JSON file.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import rsa

from eid.crypto.curves import CURVES, Curve, Point, by_oid
from eid.crypto.digests import digest
from eid.encoding import der
from eid.encoding.tlv import Node, parse, tlv
from eid.errors import EncodingError, KeyFormatError
from eid.simulator.points import multiply
from eid.simulator.scheme import explicit_curve, load_private_key, spki_of, write_private_key

__all__ = ["EcKey", "Random", "RsaKey", "read_key"]

#: Gives so many random octets.
Random = Callable[[int], bytes]

_EC_PUBLIC_KEY = "1.2.840.10045.2.1"


@dataclass(frozen=True, slots=True)
class EcKey:
    """A private key: *scalar* on *curve*."""

    curve: Curve
    scalar: int = field(repr=False)

    @classmethod
    def generate(cls, curve: Curve, random: Random = secrets.token_bytes) -> EcKey:
        """A fresh key. The bias of the reduction does not matter for a test chip."""
        return cls(curve, int.from_bytes(random(curve.size), "big") % curve.n or 1)

    @property
    def point(self) -> Point:
        """The public point."""
        point = multiply(self.curve, self.scalar, (self.curve.gx, self.curve.gy))
        assert point is not None  # the scalar is below the order
        return point

    def spki(self, *, explicit_parameters: bool = False) -> bytes:
        """SubjectPublicKeyInfo, with the curve by name or written out."""
        return der.sequence(
            self._algorithm(explicit_parameters), der.bit_string(self.curve.encode(self.point))
        )

    def pkcs8(self) -> bytes:
        """PKCS #8 (RFC 5958) around an ECPrivateKey (RFC 5915)."""
        secret = self.scalar.to_bytes((self.curve.n.bit_length() + 7) // 8, "big")
        public = tlv(0xA1, der.bit_string(self.curve.encode(self.point)))
        inner = der.sequence(der.integer(1), tlv(der.OCTET_STRING, secret), public)
        return der.sequence(der.integer(0), self._algorithm(False), tlv(der.OCTET_STRING, inner))

    def _algorithm(self, explicit: bool) -> bytes:
        parameters = explicit_curve(self.curve) if explicit else der.oid(self.curve.oid)
        return der.sequence(der.oid(_EC_PUBLIC_KEY), parameters)

    def agree(self, peer: bytes) -> bytes | None:
        """ECDH: the x coordinate of the shared point; ``None`` when *peer* is no point of the curve."""
        point = self.curve.decode(peer)
        shared = multiply(self.curve, self.scalar, point) if point else None
        return shared[0].to_bytes(self.curve.size, "big") if shared else None

    def sign_plain(self, hash_name: str, message: bytes, random: Random = secrets.token_bytes) -> bytes:
        """ECDSA with the signature as r || s (BSI TR-03111, 4.2.1 and 5.2.1)."""
        n = self.curve.n
        size = (n.bit_length() + 7) // 8
        hashed = digest(hash_name, message)
        number = int.from_bytes(hashed, "big") >> max(0, 8 * len(hashed) - n.bit_length())
        while True:
            nonce = EcKey.generate(self.curve, random)
            r = nonce.point[0] % n
            s = pow(nonce.scalar, -1, n) * (number + r * self.scalar) % n
            if r and s:
                return r.to_bytes(size, "big") + s.to_bytes(size, "big")


@dataclass(frozen=True, slots=True)
class RsaKey:
    """An RSA private key, for Active Authentication."""

    native: rsa.RSAPrivateKey = field(repr=False)

    @classmethod
    def generate(cls, bits: int) -> RsaKey:
        """A fresh key."""
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=bits))

    def spki(self) -> bytes:
        """SubjectPublicKeyInfo."""
        return spki_of(self.native)

    def pkcs8(self) -> bytes:
        """PKCS #8."""
        return write_private_key(self.native)

    @property
    def size(self) -> int:
        """Octets of the modulus."""
        return (self.native.key_size + 7) // 8

    def raw(self, message: int) -> int:
        """The bare private operation, by the Chinese remainder theorem."""
        key = self.native.private_numbers()
        one, other = pow(message, key.dmp1, key.p), pow(message, key.dmq1, key.q)
        return other + key.q * ((one - other) * key.iqmp % key.p)


def read_key(pkcs8: bytes) -> EcKey | RsaKey:
    """A key from PKCS #8 DER: RSA, or EC on any named curve, also with explicit parameters.

    :raises KeyFormatError: not such a key.
    """
    try:
        _, algorithm, secret, *_ = parse(pkcs8, der.SEQUENCE).children()
        kind, *parameters = algorithm.children()
        if der.read_oid(kind) != _EC_PUBLIC_KEY:
            native = load_private_key(pkcs8)
            if isinstance(native, rsa.RSAPrivateKey):
                return RsaKey(native)
            raise KeyFormatError("neither RSA nor EC")
        curve = _curve(parameters[0])
        inner = parse(secret.expect(der.OCTET_STRING).value, der.SEQUENCE).children()
        scalar = int.from_bytes(inner[1].expect(der.OCTET_STRING).value, "big")
    except (EncodingError, ValueError, IndexError):
        raise KeyFormatError("not a PKCS #8 private key") from None
    if not 0 < scalar < curve.n:
        raise KeyFormatError("a private key outside its curve")
    return EcKey(curve, scalar)


def _curve(parameters: Node) -> Curve:
    if parameters.tag == der.OID:
        curve = by_oid(der.read_oid(parameters))
    else:
        curve = next((known for known in CURVES if explicit_curve(known) == parameters.raw), None)
    if curve is None:
        raise KeyFormatError("a private key on an unknown curve")
    return curve
