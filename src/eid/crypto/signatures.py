"""Signatures as SignerInfo and certificates name them, checked with ``cryptography`` primitives.

RSA PKCS#1 v1.5 and RSASSA-PSS (RFC 8017, RFC 4055), ECDSA with a DER signature (RFC 5480, X9.62)
and plain r || s (BSI TR-03111, 5.2.1.1), DSA (FIPS 186-4). On curves that OpenSSL lacks, ECDSA is
checked by :mod:`eid.crypto.weierstrass`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature as NativeInvalid
from cryptography.exceptions import UnsupportedAlgorithm as NativeUnsupported
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from eid.crypto.digests import digest, hash_algorithm, hash_name
from eid.crypto.public_keys import UNKNOWN_CURVE, PublicKey, read_pss_parameters
from eid.crypto.weierstrass import verify_ecdsa
from eid.encoding.der import SEQUENCE, read_integer, read_oid
from eid.encoding.tlv import Node, parse
from eid.errors import EncodingError, InvalidSignature, UnknownCurve, UnsupportedAlgorithm

__all__ = [
    "SignatureAlgorithm",
    "digest",
    "hash_name",
    "read_signature_algorithm",
    "signature_algorithm_by_oid",
    "verify_ecdsa_plain",
    "verify_signature",
]

_MAX_ALGORITHM = 1024  # octets of an AlgorithmIdentifier; PSS needs some 70


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """What it takes to check a signature.

    :param name: as in RFC 5754 and RFC 4055, for example ``ecdsa-with-SHA256``.
    :param scheme: ``PKCS1``, ``PSS``, ``ECDSA`` (DER), ``ECDSA_PLAIN`` (r || s) or ``DSA``.
    :param hash_name: ``sha1`` ... ``sha512``.
    :param mgf_hash: PSS only.
    :param salt_length: PSS only, octets.
    """

    name: str
    scheme: str
    hash_name: str
    mgf_hash: str | None = None
    salt_length: int | None = None


def _table() -> dict[str, SignatureAlgorithm]:
    rows = [
        ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption", "PKCS1", "sha1"),
        ("1.3.14.3.2.29", "sha1WithRSAEncryption", "PKCS1", "sha1"),  # the older OIW identifier
        ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption", "PKCS1", "sha224"),
        ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption", "PKCS1", "sha256"),
        ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption", "PKCS1", "sha384"),
        ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption", "PKCS1", "sha512"),
        ("1.2.840.10045.4.1", "ecdsa-with-SHA1", "ECDSA", "sha1"),
        ("1.2.840.10040.4.3", "dsa-with-SHA1", "DSA", "sha1"),
        ("2.16.840.1.101.3.4.3.1", "dsa-with-SHA224", "DSA", "sha224"),
        ("2.16.840.1.101.3.4.3.2", "dsa-with-SHA256", "DSA", "sha256"),
        ("2.16.840.1.101.3.4.3.3", "dsa-with-SHA384", "DSA", "sha384"),
        ("2.16.840.1.101.3.4.3.4", "dsa-with-SHA512", "DSA", "sha512"),
    ]
    for number, bits in enumerate((224, 256, 384, 512), 1):
        rows.append((f"1.2.840.10045.4.3.{number}", f"ecdsa-with-SHA{bits}", "ECDSA", f"sha{bits}"))
    for number, bits in enumerate((1, 224, 256, 384, 512), 1):
        rows.append(
            (f"0.4.0.127.0.7.1.1.4.1.{number}", f"ecdsa-plain-SHA{bits}", "ECDSA_PLAIN", f"sha{bits}")
        )
    return {oid: SignatureAlgorithm(name, scheme, hash_) for oid, name, scheme, hash_ in rows}


_ALGORITHMS = _table()
_RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
_RSASSA_PSS = "1.2.840.113549.1.1.10"
_EC_PUBLIC_KEY = "1.2.840.10045.2.1"
_ECDSA_SPECIFIED = "1.2.840.10045.4.3"


def signature_algorithm_by_oid(oid: str) -> SignatureAlgorithm | None:
    """The algorithm that this dotted identifier names completely, or ``None``."""
    return _ALGORITHMS.get(oid)


def read_signature_algorithm(node: Node, digest: str | None = None) -> SignatureAlgorithm:
    """Read an AlgorithmIdentifier.

    NULL parameters beside an ECDSA identifier are accepted: certificates of Austria, Germany, Japan,
    Algeria and the United Arab Emirates have them.

    :param digest: hash function for plain ``rsaEncryption`` and ``id-ecPublicKey``, from
        digestAlgorithm of SignerInfo (RFC 5652, 5.3; RFC 3370, 3.2).
    :raises EncodingError: malformed.
    :raises UnsupportedAlgorithm: not an algorithm of this library.
    """
    if node.end - node.start > _MAX_ALGORITHM:
        raise UnsupportedAlgorithm("an algorithm identifier of absurd length")
    return _read(node.raw, digest)


@functools.lru_cache(maxsize=256)
def _read(raw: bytes, digest: str | None) -> SignatureAlgorithm:
    children = parse(raw, SEQUENCE, der=False).children()
    if not children:
        raise EncodingError("an algorithm without identifier")
    oid = read_oid(children[0])
    known = _ALGORITHMS.get(oid)
    if known is not None:
        return known
    if oid == _RSASSA_PSS and len(children) == 2 and children[1].tag == SEQUENCE:
        pss = read_pss_parameters(children[1])
        return SignatureAlgorithm("RSASSA-PSS", "PSS", pss.hash_name, pss.mgf_hash, pss.salt_length)
    if oid == _RSA_ENCRYPTION and digest is not None:
        return SignatureAlgorithm(f"{digest}WithRSAEncryption", "PKCS1", digest)
    if oid == _EC_PUBLIC_KEY and digest is not None:
        return SignatureAlgorithm(f"ecdsa-with-{digest.upper()}", "ECDSA", digest)
    if oid == _ECDSA_SPECIFIED and len(children) == 2:
        identifier = children[1].expect(SEQUENCE).children()
        if identifier:
            name = hash_name(read_oid(identifier[0]))
            return SignatureAlgorithm(f"ecdsa-with-{name.upper()}", "ECDSA", name)
    raise UnsupportedAlgorithm(f"signature algorithm {oid}")


def verify_signature(key: PublicKey, algorithm: SignatureAlgorithm, signature: bytes, message: bytes) -> None:
    """Check *signature* over *message*; return nothing when it holds.

    :raises InvalidSignature: it does not hold, or is of another kind than the key.
    :raises UnknownCurve: the key has explicit parameters of no named curve.
    :raises UnsupportedAlgorithm: the key cannot be used, or does not permit these parameters.
    """
    native = _usable(key)
    chosen = hash_algorithm(algorithm.hash_name)
    try:
        if algorithm.scheme == "ECDSA":
            if isinstance(native, ec.EllipticCurvePublicKey):
                native.verify(signature, message, ec.ECDSA(chosen))
            else:
                _verify_slowly(key, algorithm.hash_name, *_pair_of(key, signature), message)
        elif algorithm.scheme == "ECDSA_PLAIN":
            verify_ecdsa_plain(key, algorithm.hash_name, signature, message)
        elif algorithm.scheme == "DSA":
            if not isinstance(native, dsa.DSAPublicKey):
                raise InvalidSignature("a DSA signature with a key of another kind")
            native.verify(signature, message, chosen)
        else:
            if not isinstance(native, rsa.RSAPublicKey):
                raise InvalidSignature("an RSA signature with a key of another kind")
            native.verify(signature, message, _padding(key, algorithm), chosen)
    except NativeInvalid:
        raise InvalidSignature(f"{algorithm.name} signature") from None
    except NativeUnsupported as error:  # an OpenSSL that was built or configured without it
        raise UnsupportedAlgorithm(f"{algorithm.name}: {error}") from None
    except ValueError:
        raise InvalidSignature(f"{algorithm.name} signature of an impossible form") from None


def verify_ecdsa_plain(key: PublicKey, hash_name: str, signature: bytes, message: bytes) -> None:
    """Check a plain signature r || s, both as long as the order of the curve (BSI TR-03111, 5.2.1.1).

    :raises InvalidSignature: it does not hold, has another length, or the key is not an EC key.
    :raises UnsupportedAlgorithm: the key cannot be used (``UnknownCurve`` among them).
    """
    native = _usable(key)
    if key.curve is None:
        raise InvalidSignature("an ECDSA signature with a key of another kind")
    size = (key.curve.n.bit_length() + 7) // 8
    if len(signature) != 2 * size:
        raise InvalidSignature("plain ECDSA signature of another length")
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    if not isinstance(native, ec.EllipticCurvePublicKey):
        return _verify_slowly(key, hash_name, r, s, message)
    try:
        native.verify(encode_dss_signature(r, s), message, ec.ECDSA(hash_algorithm(hash_name)))
    except NativeInvalid:
        raise InvalidSignature("plain ECDSA signature") from None
    except NativeUnsupported as error:
        raise UnsupportedAlgorithm(f"ECDSA: {error}") from None
    return None


def _pair_of(key: PublicKey, signature: bytes) -> tuple[int, int]:
    """The two numbers of a DER signature, read as strictly as OpenSSL does."""
    if key.curve is None or key.point is None:
        raise InvalidSignature("an ECDSA signature with a key of another kind")
    if len(signature) > 2 * key.curve.size + 16:
        raise InvalidSignature("an ECDSA signature of impossible length")
    try:
        numbers = [read_integer(node) for node in parse(signature, SEQUENCE).children()]
    except EncodingError:
        numbers = []
    if len(numbers) != 2:
        raise InvalidSignature("an ECDSA signature of an impossible form")
    return numbers[0], numbers[1]


def _verify_slowly(key: PublicKey, hash_name: str, r: int, s: int, message: bytes) -> None:
    if key.curve is None or key.point is None:
        raise InvalidSignature("an ECDSA signature with a key of another kind")
    if not verify_ecdsa(key.curve, key.point, digest(hash_name, message), r, s):
        raise InvalidSignature("ECDSA signature")


def _usable(key: PublicKey) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey | dsa.DSAPublicKey | None:
    """The key of ``cryptography``, or ``None`` for one on a curve that it lacks."""
    if key.native is not None or key.point is not None:
        return key.native
    if key.unsupported == UNKNOWN_CURVE:
        raise UnknownCurve("explicit curve parameters that equal no named curve")
    raise UnsupportedAlgorithm(key.unsupported or "key")


def _padding(key: PublicKey, algorithm: SignatureAlgorithm) -> padding.AsymmetricPadding:
    if algorithm.scheme == "PKCS1":
        if key.pss_only:  # RFC 4055, 1.2: such a key signs with PSS and nothing else
            raise UnsupportedAlgorithm("the key is for RSASSA-PSS only")
        return padding.PKCS1v15()
    mgf_hash, salt_length = algorithm.mgf_hash or algorithm.hash_name, algorithm.salt_length or 0
    allowed = key.rsa_pss
    if allowed is not None and (
        (allowed.hash_name, allowed.mgf_hash) != (algorithm.hash_name, mgf_hash)
        or salt_length < allowed.salt_length
    ):
        raise UnsupportedAlgorithm("the key does not permit these PSS parameters")
    return padding.PSS(padding.MGF1(hash_algorithm(mgf_hash)), salt_length)
