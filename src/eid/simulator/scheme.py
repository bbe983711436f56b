"""Ways to sign, and the keys for them: test material, with primitives of ``cryptography``.

RFC 5912 and RFC 4055 (AlgorithmIdentifiers), RFC 5958 (private keys), SEC 1, C.2 (curve parameters).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptography.exceptions import InternalError
from cryptography.exceptions import UnsupportedAlgorithm as NativeUnsupported
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from eid.crypto.curves import Curve, by_name
from eid.crypto.digests import HASH_OIDS, hash_algorithm
from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import KeyFormatError, PersonalisationError

__all__ = [
    "PrivateKey",
    "Scheme",
    "explicit_curve",
    "hash_identifier",
    "load_private_key",
    "spki_of",
    "write_private_key",
]

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_HASH_OIDS = {name: oid for oid, name in HASH_OIDS.items()}
_ECDSA = {
    "sha1": "1.2.840.10045.4.1",
    "sha224": "1.2.840.10045.4.3.1",
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
}
_RSA = {
    "sha1": "1.2.840.113549.1.1.5",
    "sha224": "1.2.840.113549.1.1.14",
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
_RSA_KEY = "1.2.840.113549.1.1.1"
_PSS = "1.2.840.113549.1.1.10"
_MGF1 = "1.2.840.113549.1.1.8"
_NULL = b"\x05\x00"

_SCHEME = re.compile(r"(ecdsa|rsa|rsapss)-([A-Za-z0-9]{1,20})-(sha1|sha224|sha256|sha384|sha512)")


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way to sign: ``ecdsa-CURVE-HASH``, ``rsa-BITS-HASH`` (PKCS #1 v1.5) or ``rsapss-BITS-HASH``.

    :param curve: for ECDSA.
    :param bits: of the modulus, for RSA.
    :param salt_length: of PSS, in octets; ``None`` is the length of the hash.
    :param mgf_hash: of PSS; ``None`` is the hash of the signature.
    """

    kind: str
    hash_name: str
    curve: Curve | None = None
    bits: int = 0
    salt_length: int | None = None
    mgf_hash: str | None = None

    @classmethod
    def parse(cls, text: str) -> Scheme:
        """Read a name such as ``ecdsa-brainpoolP384r1-sha256`` or ``rsapss-2048-sha512``.

        :raises PersonalisationError: no such scheme.
        """
        match = _SCHEME.fullmatch(text)
        if match is None:
            raise PersonalisationError(f"no signing algorithm of this name: {text[:60]!r}")
        kind, size, hash_name = match.groups()
        if kind == "ecdsa":
            curve = by_name(size)
            if curve is None or curve.native is None:
                raise PersonalisationError(f"no key can be made on a curve called {size!r}")
            return cls(kind, hash_name, curve)
        if size not in ("1024", "2048", "3072", "4096"):
            raise PersonalisationError("RSA keys of 1024, 2048, 3072 or 4096 bits can be made")
        return cls(kind, hash_name, bits=int(size))

    def new_key(self) -> PrivateKey:
        """A fresh key for this scheme."""
        if self.curve is not None and self.curve.native is not None:
            return ec.generate_private_key(self.curve.native)
        return rsa.generate_private_key(public_exponent=65537, key_size=self.bits)

    def identifier(self, *, plain_rsa: bool = False) -> bytes:
        """The AlgorithmIdentifier. *plain_rsa*: write rsaEncryption, as many SignerInfos do."""
        if self.kind == "ecdsa":
            return der.sequence(der.oid(_ECDSA[self.hash_name]))
        if self.kind == "rsa":
            return der.sequence(der.oid(_RSA_KEY if plain_rsa else _RSA[self.hash_name]), _NULL)
        # DER leaves defaults out: SHA-1, MGF1 with SHA-1, 20 octets (RFC 4055, 3.1).
        mgf_hash, salt = self.mgf_hash or self.hash_name, self._salt()
        mgf = der.sequence(der.oid(_MGF1), hash_identifier(mgf_hash))
        parameters = der.sequence(
            tlv(0xA0, hash_identifier(self.hash_name)) if self.hash_name != "sha1" else b"",
            tlv(0xA1, mgf) if mgf_hash != "sha1" else b"",
            tlv(0xA2, der.integer(salt)) if salt != 20 else b"",
        )
        return der.sequence(der.oid(_PSS), parameters)

    def _salt(self) -> int:
        return hash_algorithm(self.hash_name).digest_size if self.salt_length is None else self.salt_length

    def sign(self, key: PrivateKey, message: bytes) -> bytes:
        """Sign *message*; ECDSA deterministically (RFC 6979) where OpenSSL can, so that one
        personalisation always gives the same card.

        :raises PersonalisationError: the key does not fit the scheme.
        """
        algorithm = hash_algorithm(self.hash_name)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            if self.kind != "ecdsa":
                raise PersonalisationError("an elliptic-curve key cannot sign with RSA")
            try:
                return key.sign(message, ec.ECDSA(algorithm, deterministic_signing=True))
            except NativeUnsupported:
                return key.sign(message, ec.ECDSA(algorithm))
        if self.kind == "rsa":
            return key.sign(message, padding.PKCS1v15(), algorithm)
        if self.kind == "rsapss":
            mgf = padding.MGF1(hash_algorithm(self.mgf_hash or self.hash_name))
            return key.sign(message, padding.PSS(mgf, self._salt()), algorithm)
        raise PersonalisationError("an RSA key cannot sign with ECDSA")


def hash_identifier(name: str) -> bytes:
    """The AlgorithmIdentifier of a hash."""
    return der.sequence(der.oid(_HASH_OIDS[name]), _NULL)


def load_private_key(pkcs8: bytes) -> PrivateKey:
    """A private key (RSA, or EC on a named curve) from PKCS #8 DER.

    :raises KeyFormatError: not such a key, or of another kind.
    """
    try:
        key = serialization.load_der_private_key(pkcs8, None)
    except (ValueError, TypeError, NativeUnsupported, InternalError) as error:
        raise KeyFormatError(f"not a usable PKCS #8 private key ({type(error).__name__})") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise KeyFormatError("a private key that is neither RSA nor EC")
    return key


def write_private_key(key: PrivateKey) -> bytes:
    """PKCS #8 DER, not encrypted: these are test keys."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def spki_of(key: PrivateKey, *, explicit_parameters: bool = False) -> bytes:
    """SubjectPublicKeyInfo of the public half; curve by name or with explicit parameters (X9.62)."""
    spki = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    if not explicit_parameters or not isinstance(key, ec.EllipticCurvePrivateKey):
        return spki
    curve = by_name(key.curve.name)
    if curve is None:
        raise PersonalisationError("no explicit parameters are known for this curve")
    algorithm, point = parse(spki).children()
    return der.sequence(der.sequence(algorithm.children()[0].raw, explicit_curve(curve)), point.raw)


def explicit_curve(curve: Curve) -> bytes:
    """ECParameters written out: version, field, a and b, generator, order, cofactor (SEC 1, C.2)."""
    size = curve.size
    return der.sequence(
        der.integer(1),
        der.sequence(der.oid("1.2.840.10045.1.1"), der.integer(curve.p)),
        der.sequence(
            tlv(der.OCTET_STRING, curve.a.to_bytes(size, "big")),
            tlv(der.OCTET_STRING, curve.b.to_bytes(size, "big")),
        ),
        tlv(der.OCTET_STRING, curve.encode((curve.gx, curve.gy))),
        der.integer(curve.n),
        der.integer(1),
    )
