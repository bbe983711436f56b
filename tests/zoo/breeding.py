"""Certificates of any shape: every octet can be another one before (or after) it is signed.

The library under test takes no part beyond its DER writer and its curve numbers: signatures come from
``cryptography``, and for curves that it lacks (or that nobody should have) from the few lines of
:func:`_ecdsa` below. Keys are fresh in each run; everything here is invented.
"""

from __future__ import annotations

import functools
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa, utils

from eid.crypto.curves import Curve, Point, by_name
from eid.encoding import der
from eid.encoding.tlv import parse, tlv

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FROM, TO = datetime(2021, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
NULL = b"\x05\x00"

HASHES = {
    "md5": ("1.2.840.113549.2.5", hashes.MD5()),
    "sha1": ("1.3.14.3.2.26", hashes.SHA1()),
    "sha224": ("2.16.840.1.101.3.4.2.4", hashes.SHA224()),
    "sha256": ("2.16.840.1.101.3.4.2.1", hashes.SHA256()),
    "sha384": ("2.16.840.1.101.3.4.2.2", hashes.SHA384()),
    "sha512": ("2.16.840.1.101.3.4.2.3", hashes.SHA512()),
}
_PKCS1 = {"md5": 4, "sha1": 5, "sha224": 14, "sha256": 11, "sha384": 12, "sha512": 13}
_ECDSA = {"sha1": "1", "sha224": "3.1", "sha256": "3.2", "sha384": "3.3", "sha512": "3.4"}
_DSA = {"sha1": "1.2.840.10040.4.3", "sha224": "2.16.840.1.101.3.4.3.1", "sha256": "2.16.840.1.101.3.4.3.2"}
_PLAIN = {"sha1": 1, "sha224": 2, "sha256": 3, "sha384": 4, "sha512": 5}


# --- keys ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """A key pair. *secret* is a key of ``cryptography``, or a number for a curve of our own arithmetic."""

    spki: bytes
    secret: (
        rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey | ed25519.Ed25519PrivateKey | int
    )
    curve: Curve | None = None
    generator: Point | None = None  # another one than the curve's: a forgery

    @property
    def identifier(self) -> bytes:
        """SHA-1 of the public key's octets."""
        return hashlib.sha1(parse(self.spki).children()[1].value[1:]).digest()


def _spki(key: object) -> bytes:
    octets: bytes = key.public_key().public_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return octets


@functools.cache
def rsa_key(bits: int = 2048, exponent: int = 65537, number: int = 0) -> Key:
    """An RSA key; *number* tells keys of one kind apart. Any odd exponent."""
    if exponent in (3, 65537):
        made = rsa.generate_private_key(public_exponent=exponent, key_size=bits)
        return Key(_spki(made), made)
    while True:
        base = rsa.generate_private_key(public_exponent=65537, key_size=bits).private_numbers()
        phi = (base.p - 1) * (base.q - 1)
        try:
            d = pow(exponent, -1, phi)
        except ValueError:
            continue
        numbers = rsa.RSAPrivateNumbers(
            base.p, base.q, d, d % (base.p - 1), d % (base.q - 1), base.iqmp,
            rsa.RSAPublicNumbers(exponent, base.public_numbers.n),
        )  # fmt: skip
        made = numbers.private_key()
        return Key(_spki(made), made)


#: Domain parameters of 2048 and 256 bits, generated for this file: making them takes seconds.
_DSA_PARAMETERS = (
    int(
        "B323A2C4F1006DE3A4619AD907049A30F86739ACC1E24509894EE7AD3E1D57B9B19D15D46DCACF02BE5ECAAF84C720C2"
        "60B977A885993726297D62A3913C58949AA170C829E0647E62B3FF6C7BD674C82DC85FE837A2172444BD01323E306A32"
        "8D946AD269349CB48A76664AA388F73AB9148C5358D07D863C9D05DEF06344B739A027A4CBA14D219E50EFC760431E2A"
        "FFDA079039FEE35182D42A7DB54711512B79DCDCE43B98126AEDAC81ED9E061C03B44A469443EA39B3AFA9B16345AC3A"
        "09BAB3DA7A9E5CF43B1A4EBE780984CC800FE2F7468529B3EA278E6310AD8749F740B71F4A37738B8E4ABB3F59B3751C"
        "AB23F05077FB7F14A41D4557C139516F",
        16,
    ),
    0xBA53076425CB937CA15D61FD12ECACBB89A9760093D96EB6793F2E9CC91A41C3,
    int(
        "CEC9D9EEFC5BFC4BE294D8F4E39F52252BA1AACADC9E5845762E38261C31D76F96C8BD7983C86B3CCCA99E4635DB8109"
        "F98DEA17D931ACB63DD08F4C9E85D3CCDB8EBA81EFA03BE532D15061CA6345233272090645578EE1F47B90FD1C11311E"
        "10C1834B208CA8B4419637BC9FED6AF7BAA568BF9D609AEF9062FD0F6A6E54357ED833FAA208F95561DF369325645FA1"
        "581DE2D8F6641F4EC811E07843C75A0A23A5C10588A445E7FA8EEFF3D381794C78BE962D154BE4280B7CDCF263DEA135"
        "B36735A5D5400894EB1990072926C279D27553A88BF6F9D5181B04C9BD43E8B18F52E20F8E688E320C1F56EF9876B2E4"
        "8A8693EDAE36A6E4DC4301818DA7F82",
        16,
    ),
)  # fmt: skip


@functools.cache
def dsa_key(number: int = 0) -> Key:
    """A DSA key of 2048 bits."""
    made = dsa.DSAParameterNumbers(*_DSA_PARAMETERS).parameters().generate_private_key()
    return Key(_spki(made), made)


@functools.cache
def ed25519_key() -> Key:
    """A key of a kind that no document has."""
    made = ed25519.Ed25519PrivateKey.generate()
    return Key(_spki(made), made)


@functools.cache
def ec_key(name: str, number: int = 0) -> Key:
    """A key on a named curve."""
    curve = by_name(name)
    assert curve is not None
    if curve.native is not None:
        made = ec.generate_private_key(curve.native)
        return Key(_spki(made), made, curve)
    secret = secrets.randbelow(curve.n - 1) + 1
    point = multiply(curve, secret, (curve.gx, curve.gy))
    return Key(ec_spki(der.oid(curve.oid), curve.encode(point)), secret, curve)


def ec_spki(parameters: bytes, point: bytes) -> bytes:
    """SubjectPublicKeyInfo of an elliptic curve."""
    return der.sequence(der.sequence(der.oid("1.2.840.10045.2.1"), parameters), der.bit_string(point))


def public_point(key: Key) -> Point:
    """The point of a key on a curve."""
    assert key.curve is not None
    point = key.curve.decode(parse(key.spki).children()[1].value[1:])
    assert point is not None
    return point


def multiply(curve: Curve, scalar: int, point: Point) -> Point:
    """Double and add; good enough for keys nobody needs."""
    result: Point | None = None
    for bit in bin(scalar)[2:]:
        if result is not None:
            result = curve.add(result, result)
        if bit == "1":
            result = point if result is None else curve.add(result, point)
    assert result is not None
    return result


def explicit(
    curve: Curve,
    *,
    generator: Point | None = None,
    a: int | None = None,
    b: int | None = None,
    p: int | None = None,
    n: int | None = None,
    cofactor: int | None = 1,
    seed: bytes | None = None,
    size: tuple[int, int] | None = None,
    compressed: bool = False,
) -> bytes:
    """ECParameters written out (SEC 1, C.2), of *curve* where no other number is given.

    :param size: octets of the coefficients, ``(0, 0)`` for the fewest.
    """
    lengths = size if size is not None else (curve.size, curve.size)
    coefficients = [
        value.to_bytes(length or (value.bit_length() + 7) // 8, "big")
        for value, length in zip(
            (curve.a if a is None else a, curve.b if b is None else b), lengths, strict=True
        )
    ]
    point = generator or (curve.gx, curve.gy)
    base = curve.encode(point)
    if compressed:
        base = bytes((2 + point[1] % 2,)) + base[1 : 1 + curve.size]
    return der.sequence(
        der.integer(1),
        der.sequence(der.oid("1.2.840.10045.1.1"), der.integer(p or curve.p)),
        der.sequence(
            *(tlv(der.OCTET_STRING, octets) for octets in coefficients),
            der.bit_string(seed) if seed is not None else b"",
        ),
        tlv(der.OCTET_STRING, base),
        der.integer(n or curve.n),
        der.integer(cofactor) if cofactor is not None else b"",
    )


def with_parameters(key: Key, parameters: bytes) -> Key:
    """The same key with its curve written as *parameters*."""
    point = parse(key.spki).children()[1].value[1:]
    return replace(key, spki=ec_spki(parameters, point))


def forged_key(key: Key, parameters: bytes | None = None) -> Key:
    """CVE-2020-0601: a curve whose generator was chosen so that the forger knows the secret of *key*'s point.

    With Q = d · G' for a d of the forger, G' = d⁻¹ · Q.
    """
    assert key.curve is not None
    curve, secret = key.curve, 0x5EC2E7
    generator = multiply(curve, pow(secret, -1, curve.n), public_point(key))
    written = parameters or explicit(curve, generator=generator)
    return Key(ec_spki(written, curve.encode(public_point(key))), secret, curve, generator)


# --- signatures ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Algorithm:
    """How to sign: ``PKCS1``, ``PSS``, ``ECDSA``, ``PLAIN``, ``DSA`` or ``ED25519``."""

    scheme: str
    hash_name: str = "sha256"
    salt: int | None = None
    mgf: str | None = None

    @property
    def identifier(self) -> bytes:
        """AlgorithmIdentifier as the standards want it."""
        if self.scheme == "PKCS1":
            return der.sequence(der.oid(f"1.2.840.113549.1.1.{_PKCS1[self.hash_name]}"), NULL)
        if self.scheme == "ECDSA":
            return der.sequence(der.oid(f"1.2.840.10045.4.{_ECDSA[self.hash_name]}"))
        if self.scheme == "PLAIN":
            return der.sequence(der.oid(f"0.4.0.127.0.7.1.1.4.1.{_PLAIN[self.hash_name]}"))
        if self.scheme == "DSA":
            return der.sequence(der.oid(_DSA[self.hash_name]))
        if self.scheme == "ED25519":
            return der.sequence(der.oid("1.3.101.112"))
        return der.sequence(der.oid("1.2.840.113549.1.1.10"), self.pss_parameters)

    @property
    def pss_parameters(self) -> bytes:
        """RSASSA-PSS-params, defaults left out."""
        mgf, salt = self.mgf or self.hash_name, self._salt
        mask = der.sequence(der.oid("1.2.840.113549.1.1.8"), hash_identifier(mgf))
        return der.sequence(
            tlv(0xA0, hash_identifier(self.hash_name)) if self.hash_name != "sha1" else b"",
            tlv(0xA1, mask) if mgf != "sha1" else b"",
            tlv(0xA2, der.integer(salt)) if salt != 20 else b"",
        )

    @property
    def _salt(self) -> int:
        return HASHES[self.hash_name][1].digest_size if self.salt is None else self.salt

    def sign(self, key: Key, message: bytes) -> bytes:
        """The signature, with a key of the right kind."""
        chosen = HASHES[self.hash_name][1]
        secret = key.secret
        if isinstance(secret, int):
            signature = _ecdsa(key, hashlib.new(self.hash_name, message).digest())
        elif isinstance(secret, ec.EllipticCurvePrivateKey):
            signature = secret.sign(message, ec.ECDSA(chosen))
        elif isinstance(secret, dsa.DSAPrivateKey):
            return secret.sign(message, chosen)
        elif isinstance(secret, ed25519.Ed25519PrivateKey):
            return secret.sign(message)
        elif self.scheme == "PSS":
            mask = padding.MGF1(HASHES[self.mgf or self.hash_name][1])
            return secret.sign(message, padding.PSS(mask, self._salt), chosen)
        elif self.hash_name == "md5":
            return _pkcs1_md5(secret, message)
        else:
            return secret.sign(message, padding.PKCS1v15(), chosen)
        if self.scheme == "PLAIN":
            assert key.curve is not None
            size = (key.curve.n.bit_length() + 7) // 8
            return b"".join(part.to_bytes(size, "big") for part in utils.decode_dss_signature(signature))
        return signature


def hash_identifier(name: str) -> bytes:
    """AlgorithmIdentifier of a hash function."""
    return der.sequence(der.oid(HASHES[name][0]), NULL)


def _ecdsa(key: Key, digest: bytes) -> bytes:
    curve, secret = key.curve, key.secret
    assert curve is not None
    assert isinstance(secret, int)
    base = key.generator or (curve.gx, curve.gy)
    e = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - curve.n.bit_length())
    nonce = secrets.randbelow(curve.n - 1) + 1
    r = multiply(curve, nonce, base)[0] % curve.n
    s = pow(nonce, -1, curve.n) * (e + r * secret) % curve.n
    return utils.encode_dss_signature(r, s)


def _pkcs1_md5(secret: rsa.RSAPrivateKey, message: bytes) -> bytes:
    numbers = secret.private_numbers()
    size = (numbers.public_numbers.n.bit_length() + 7) // 8
    info = der.sequence(hash_identifier("md5"), tlv(der.OCTET_STRING, hashlib.md5(message).digest()))
    block = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
    return pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")


# --- certificates --------------------------------------------------------------------------------


def attribute(kind: str, text: str | bytes, tag: int = der.UTF8_STRING) -> bytes:
    """A RelativeDistinguishedName of one attribute."""
    octets = text if isinstance(text, bytes) else text.encode()
    return der.set_of([der.sequence(der.oid(kind), tlv(tag, octets))])


def name(
    common_name: str, country: str | None = "UT", tag: int = der.UTF8_STRING, codec: str = "utf-8"
) -> bytes:
    """``C=UT,O=Zoo,CN=...``."""
    return der.sequence(
        attribute("2.5.4.6", country, 0x13) if country is not None else b"",
        attribute("2.5.4.10", "Zoo".encode(codec), tag),
        attribute("2.5.4.3", common_name.encode(codec), tag),
    )


def time(moment: datetime, *, generalized: bool | None = None) -> bytes:
    """UTCTime or GeneralizedTime, as RFC 5280 says unless told."""
    if generalized if generalized is not None else moment.year >= 2050:
        return tlv(der.GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())
    return tlv(der.UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())


def extension(kind: str, value: bytes, *, critical: bool | bytes = False) -> bytes:
    """An Extension; *critical* as octets is written as it stands."""
    flag = critical if isinstance(critical, bytes) else der.boolean(True) if critical else b""
    return der.sequence(der.oid(kind), flag, tlv(der.OCTET_STRING, value))


SKI, USAGE, BASIC, AKI = "2.5.29.14", "2.5.29.15", "2.5.29.19", "2.5.29.35"
CERT_SIGN, DIGITAL = b"\x01\x06", b"\x07\x80"


def ski(identifier: bytes) -> bytes:
    """SubjectKeyIdentifier."""
    return extension(SKI, tlv(der.OCTET_STRING, identifier))


def aki(identifier: bytes) -> bytes:
    """AuthorityKeyIdentifier."""
    return extension(AKI, der.sequence(tlv(0x80, identifier)))


def usage(bits: bytes) -> bytes:
    """KeyUsage."""
    return extension(USAGE, tlv(der.BIT_STRING, bits), critical=True)


def basic(*, ca: bool | None, path_length: int | None = None, critical: bool = True) -> bytes:
    """BasicConstraints; *ca* ``None`` leaves the default out."""
    value = der.sequence(
        der.boolean(ca) if ca is not None else b"",
        der.integer(path_length) if path_length is not None else b"",
    )
    return extension(BASIC, value, critical=critical)


@dataclass(frozen=True)
class Draft:
    """A certificate before it is signed: encoded fields, any of which may be odd."""

    issuer: bytes
    subject: bytes
    spki: bytes
    algorithm: Algorithm
    version: bytes = tlv(0xA0, der.integer(2))
    serial: bytes = der.integer(0x1D)
    not_before: bytes = time(FROM)
    not_after: bytes = time(TO)
    unique: bytes = b""
    extensions: Mapping[str, bytes] = field(default_factory=dict)
    inner: bytes | None = None  # the AlgorithmIdentifier, where it is not that of `algorithm`
    outer: bytes | None = None
    whole_extensions: bytes | None = None

    def tbs(self) -> bytes:
        """TBSCertificate."""
        listed = b"".join(self.extensions.values())
        extensions = tlv(0xA3, tlv(der.SEQUENCE, listed)) if listed else b""
        return der.sequence(
            self.version,
            self.serial,
            self.inner if self.inner is not None else self.algorithm.identifier,
            self.issuer,
            der.sequence(self.not_before, self.not_after),
            self.subject,
            self.spki,
            self.unique,
            extensions if self.whole_extensions is None else self.whole_extensions,
        )

    def signed_by(self, key: Key) -> bytes:
        """The certificate."""
        tbs = self.tbs()
        return self.with_signature(self.algorithm.sign(key, tbs))

    def with_signature(self, signature: bytes) -> bytes:
        """The certificate with a signature from elsewhere."""
        inner = self.inner if self.inner is not None else self.algorithm.identifier
        return der.sequence(
            self.tbs(), self.outer if self.outer is not None else inner, der.bit_string(signature)
        )

    def with_extensions(self, **changes: bytes) -> Draft:
        """The same with extensions replaced or added; ``b""`` takes one out."""
        return replace(self, extensions={**self.extensions, **changes})


def authority(
    key: Key,
    algorithm: Algorithm,
    subject: bytes,
    *,
    issuer: bytes | None = None,
    issuer_key: Key | None = None,
    path_length: int | None = 0,
    not_before: datetime = FROM,
    not_after: datetime = TO,
    serial: int = 1,
) -> Draft:
    """A certification authority: a CSCA, its link, or an intermediate one."""
    return Draft(
        issuer if issuer is not None else subject,
        subject,
        key.spki,
        algorithm,
        serial=der.integer(serial),
        not_before=time(not_before),
        not_after=time(not_after),
        extensions={
            "ski": ski(key.identifier),
            "aki": aki((issuer_key or key).identifier),
            "usage": usage(CERT_SIGN),
            "basic": basic(ca=True, path_length=path_length),
        },
    )


def signer(
    key: Key,
    algorithm: Algorithm,
    issuer: bytes,
    issuer_key: Key,
    *,
    common_name: str = "Signer",
    not_before: datetime = FROM,
    not_after: datetime = TO,
    serial: int = 0x1D,
) -> Draft:
    """A document signer."""
    return Draft(
        issuer,
        name(common_name),
        key.spki,
        algorithm,
        serial=der.integer(serial),
        not_before=time(not_before),
        not_after=time(not_after),
        extensions={
            "aki": aki(issuer_key.identifier),
            "ski": ski(key.identifier),
            "usage": usage(DIGITAL),
        },
    )
