"""Public keys from SubjectPublicKeyInfo (RFC 5280, 4.1.2.7; RFC 5480; RFC 4055; BSI TR-03111).

``cryptography`` refuses what a sixth of all country certificates contain, explicit curve
parameters, so the structure is read here and only the numbers are handed over.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm as NativeUnsupported
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from eid.crypto.curves import CURVES, Curve, Point, by_oid, identify
from eid.crypto.digests import hash_name
from eid.crypto.weierstrass import decode_point
from eid.encoding.der import (
    BIT_STRING,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    read_bit_string,
    read_integer,
    read_oid,
)
from eid.encoding.tlv import Node, parse
from eid.errors import EncodingError, KeyFormatError, LimitExceeded, UnsupportedAlgorithm

__all__ = [
    "MAX_RSA_BITS",
    "MAX_SPKI",
    "UNKNOWN_CURVE",
    "PssParameters",
    "PublicKey",
    "load_public_key",
    "read_pss_parameters",
]

#: Octets of a SubjectPublicKeyInfo; RSA-16384 needs some 2100, explicit curves fewer.
MAX_SPKI = 8192
#: Bits of an RSA modulus: OpenSSL's own limit, and what keeps one check below some milliseconds.
MAX_RSA_BITS = 16_384
_MIN_RSA_BITS = 1024
_MAX_SALT = MAX_RSA_BITS // 8
_DSA_BITS = frozenset({1024, 2048, 3072, 4096})

#: ``PublicKey.unsupported`` of explicit parameters that equal no named curve.
UNKNOWN_CURVE = "UNKNOWN_CURVE"

_RSA = "1.2.840.113549.1.1.1"
_RSA_PSS = "1.2.840.113549.1.1.10"
_EC = "1.2.840.10045.2.1"
_DSA = "1.2.840.10040.4.1"
_PRIME_FIELD = "1.2.840.10045.1.1"
_MGF1 = "1.2.840.113549.1.1.8"
_OTHER_KINDS = {
    "1.2.840.113549.1.3.1": "DH",
    "1.2.840.10046.2.1": "DH",
    "1.3.101.112": "ED25519",
    "1.3.101.113": "ED448",
}


@dataclass(frozen=True, slots=True)
class PssParameters:
    """RSASSA-PSS-params (RFC 4055, 3.1). In a key: what its signatures must use.

    :param salt_length: octets; in a key the least that is allowed.
    """

    hash_name: str = "sha1"
    mgf_hash: str = "sha1"
    salt_length: int = 20


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key.

    :param kind: ``RSA``, ``EC``, ``DSA``, ``DH``, ``ED25519``, ``ED448`` or ``OTHER``.
    :param spki: the SubjectPublicKeyInfo as it was read.
    :param bits: length of modulus or field; 0 when unknown.
    :param native: the key in ``cryptography``; ``None`` when it cannot be used, and for a curve that
        only :mod:`eid.crypto.weierstrass` has: such a key verifies signatures and agrees on nothing.
    :param curve: the named curve, also where the parameters were explicit.
    :param unsupported: why it cannot be used, :data:`UNKNOWN_CURVE` or words; else ``None``.
    :param explicit_parameters: whether the curve was written out in numbers.
    :param rsa_pss: the key is for RSASSA-PSS only, with these parameters when it states any.
    :param pss_only: the key was labelled id-RSASSA-PSS.
    :param point: the public point on a curve without native support.
    """

    kind: str
    spki: bytes = field(repr=False)
    bits: int = 0
    native: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | dsa.DSAPublicKey | None = field(
        default=None, repr=False, compare=False
    )
    curve: Curve | None = None
    unsupported: str | None = None
    explicit_parameters: bool = False
    rsa_pss: PssParameters | None = None
    pss_only: bool = False
    point: Point | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """For people and facts: ``RSA-2048``, ``brainpoolP256r1``, ``DSA``."""
        if self.kind == "RSA":
            return f"RSA-{self.bits}"
        return self.curve.name if self.curve else self.kind


@functools.lru_cache(maxsize=256)
def load_public_key(spki: bytes) -> PublicKey:
    """Read a DER SubjectPublicKeyInfo.

    A key that is well formed but cannot be used (a curve that is not in the table, unknown
    parameters, Ed25519) is returned with ``unsupported`` set: it is no evidence of forgery.

    :raises KeyFormatError: malformed, or a point that is not on its curve.
    :raises LimitExceeded: longer than :data:`MAX_SPKI`.
    """
    if len(spki) > MAX_SPKI:
        raise LimitExceeded(f"a public key of more than {MAX_SPKI} octets")
    try:
        algorithm, bits = _two(parse(spki, SEQUENCE, der=False))
        oid_node, *rest = algorithm.expect(SEQUENCE).children() or [algorithm]
        oid = read_oid(oid_node)
        parameters = rest[0] if rest else None
        if oid == _EC:
            return _ec(spki, parameters, read_bit_string(bits))
        if oid in (_RSA, _RSA_PSS):
            return _rsa(spki, read_bit_string(bits), parameters if oid == _RSA_PSS else None, oid == _RSA_PSS)
        if oid == _DSA:
            return _dsa(spki, parameters, read_bit_string(bits))
        bits.expect(BIT_STRING)
    except EncodingError as error:
        raise KeyFormatError(f"public key: {error.detail}") from None
    return PublicKey(_OTHER_KINDS.get(oid, "OTHER"), spki, unsupported=f"key algorithm {oid}")


def _two(node: Node) -> tuple[Node, Node]:
    children = node.children()
    if len(children) != 2:
        raise EncodingError(f"{len(children)} elements where two belong")
    return children[0], children[1]


# --- RSA -----------------------------------------------------------------------------------------


def _rsa(spki: bytes, octets: bytes, parameters: Node | None, pss_only: bool) -> PublicKey:
    modulus, exponent = _two(parse(octets, SEQUENCE, der=False))
    # Some issuers forgot the leading zero: the modulus is never negative, so read it unsigned.
    n = int.from_bytes(modulus.expect(INTEGER).value, "big")
    e = int.from_bytes(exponent.expect(INTEGER).value, "big")
    bits = n.bit_length()
    restriction: PssParameters | None = None
    native: rsa.RSAPublicKey | None = None
    unsupported: str | None = None
    try:
        if parameters is not None and parameters.tag == SEQUENCE:
            restriction = read_pss_parameters(parameters)
    except UnsupportedAlgorithm as error:
        unsupported = error.detail
    if not _MIN_RSA_BITS <= bits <= MAX_RSA_BITS:
        unsupported = f"RSA modulus of {bits} bits"
    elif bits > 3072 and e.bit_length() > 64:
        unsupported = "RSA exponent of more than 64 bits"  # OpenSSL's limit against endless work
    if unsupported is None:
        if not (n & 1 and e & 1 and 3 <= e < n):
            raise KeyFormatError("RSA modulus or exponent cannot be right")
        try:
            native = rsa.RSAPublicNumbers(e, n).public_key()
        except ValueError:
            raise KeyFormatError("RSA modulus or exponent cannot be right") from None
    return PublicKey(
        "RSA", spki, bits, native, unsupported=unsupported, rsa_pss=restriction, pss_only=pss_only
    )


def read_pss_parameters(node: Node) -> PssParameters:
    """Read RSASSA-PSS-params (RFC 4055, 3.1); what is left out has its default.

    :raises EncodingError: malformed.
    :raises UnsupportedAlgorithm: an unknown hash or mask function, another trailer, an absurd salt.
    """
    values = {"hash_name": "sha1", "mgf_hash": "sha1"}
    salt, last = 20, 0x9F
    for field_ in node.expect(SEQUENCE).children():
        if field_.tag <= last or not 0xA0 <= field_.tag <= 0xA3:
            raise EncodingError("PSS parameters in the wrong order", "tag")
        last = field_.tag
        inner = parse(field_.value, der=False)
        if last == 0xA0:
            values["hash_name"] = _hash_of(inner)
        elif last == 0xA1:
            function, parameter = _two(inner.expect(SEQUENCE))
            if read_oid(function) != _MGF1:
                raise UnsupportedAlgorithm(f"PSS mask function {read_oid(function)}")
            values["mgf_hash"] = _hash_of(parameter)
        elif last == 0xA2:
            salt = read_integer(inner)
        elif read_integer(inner) != 1:
            raise UnsupportedAlgorithm("PSS trailer field other than 1")
    if not 0 <= salt <= _MAX_SALT:
        raise UnsupportedAlgorithm("PSS salt length out of range")
    return PssParameters(values["hash_name"], values["mgf_hash"], salt)


def _hash_of(node: Node) -> str:
    """The hash function of an AlgorithmIdentifier; absent and NULL parameters are the same."""
    children = node.expect(SEQUENCE).children()
    if not children:
        raise EncodingError("an algorithm without identifier")
    return hash_name(read_oid(children[0]))


# --- DSA -----------------------------------------------------------------------------------------


def _dsa(spki: bytes, parameters: Node | None, octets: bytes) -> PublicKey:
    """RFC 3279, 2.3.2. No document is known to use DSA, but national lists may."""
    y = int.from_bytes(parse(octets, INTEGER, der=False).value, "big")
    if parameters is None or parameters.tag != SEQUENCE:
        return PublicKey("DSA", spki, unsupported="DSA parameters that are the issuer's")
    numbers = [int.from_bytes(node.expect(INTEGER).value, "big") for node in parameters.children()]
    if len(numbers) != 3:
        raise EncodingError("DSA parameters are three numbers")
    p, q, g = numbers
    if p.bit_length() not in _DSA_BITS or q.bit_length() not in (160, 224, 256):
        return PublicKey("DSA", spki, p.bit_length(), unsupported=f"DSA of {p.bit_length()} bits")
    if not (1 < y < p and 1 < g < p):
        raise KeyFormatError("DSA numbers cannot be right")
    try:
        native = dsa.DSAPublicNumbers(y, dsa.DSAParameterNumbers(p, q, g)).public_key()
    except ValueError:
        raise KeyFormatError("DSA numbers cannot be right") from None
    return PublicKey("DSA", spki, p.bit_length(), native)


# --- elliptic curves -----------------------------------------------------------------------------


def _ec(spki: bytes, parameters: Node | None, point: bytes) -> PublicKey:
    if parameters is not None and parameters.tag == OID:
        oid = read_oid(parameters)
        curve = by_oid(oid)
        if curve is None:
            return PublicKey("EC", spki, unsupported=f"curve {oid}")
        explicit = False
    elif parameters is not None and parameters.tag == SEQUENCE:
        curve = _explicit_curve(parameters)
        explicit = True
    else:
        curve, explicit = None, False  # implicitly inherited parameters (RFC 5480, 2.1.1: must not be used)
    if curve is None:
        return PublicKey("EC", spki, unsupported=UNKNOWN_CURVE, explicit_parameters=explicit)
    native = _native_point(curve, point)
    slow = decode_point(curve, point) if native is None else None
    if native is None and slow is None:
        raise KeyFormatError(f"the public key is not a point of {curve.name}")
    return PublicKey(
        "EC", spki, curve.p.bit_length(), native, curve, explicit_parameters=explicit, point=slow
    )


def _native_point(curve: Curve, point: bytes) -> ec.EllipticCurvePublicKey | None:
    if curve.native is None:
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve.native, point)
    except ValueError:
        raise KeyFormatError(f"the public key is not a point of {curve.name}") from None
    except NativeUnsupported:  # an OpenSSL built without this curve
        return None


def _explicit_curve(parameters: Node) -> Curve | None:
    """The named curve that ECParameters (BSI TR-03111, 5.1; SEC 1, C.2) are equal to, or ``None``.

    Coefficients may have leading zeros or lack them (secp384r1 of the United Arab Emirates,
    secp521r1 of Turkey); the seed is not part of the curve (Russia writes it oddly).
    """
    children = parameters.children()
    if len(children) < 5:
        raise EncodingError("curve parameters cut short")
    read_integer(children[0])
    field_type, *prime = children[1].expect(SEQUENCE).children() or [children[1]]
    if read_oid(field_type) != _PRIME_FIELD or not prime:
        return None
    coefficients = children[2].expect(SEQUENCE).children()
    if len(coefficients) < 2:
        raise EncodingError("curve without coefficients")
    p, n = read_integer(prime[0]), read_integer(children[4])
    a, b = (int.from_bytes(node.expect(OCTET_STRING).value, "big") for node in coefficients[:2])
    h = read_integer(children[5]) if len(children) > 5 and children[5].tag == INTEGER else None
    base = _base_point(children[3].expect(OCTET_STRING).value)
    if base is None or a >= p or b >= p:  # a field element has one form
        return None
    return identify(p, a, b, *base, n, h)


def _base_point(octets: bytes) -> tuple[int, int] | None:
    half = len(octets) // 2
    if len(octets) < 3:
        return None
    if octets[0] == 4 and len(octets) % 2 == 1:
        return int.from_bytes(octets[1 : half + 1], "big"), int.from_bytes(octets[half + 1 :], "big")
    if octets[0] in (2, 3):  # compressed: y is that of the named curve; identify() compares the rest
        x = int.from_bytes(octets[1:], "big")
        for curve in CURVES:
            if curve.gx == x and curve.gy & 1 == octets[0] & 1:
                return x, curve.gy
    return None
