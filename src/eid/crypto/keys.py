"""Keys that sign and verify tokens, and JSON Web Keys (RFC 7517, RFC 7518, RFC 8037, RFC 9964).

The algorithm belongs to the key: what a token says about its own algorithm is compared with it, and
chooses nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm as NativeUnsupported
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import PyJWTError

from eid.crypto.algorithms import ALGORITHMS, DEFAULT_ALGORITHMS, Algorithm, algorithm
from eid.crypto.weak_keys import has_roca_weakness, has_small_order
from eid.encoding import base64url, strict_json
from eid.errors import (
    EidError,
    EncodingError,
    InvalidSignature,
    KeyFormatError,
    KeyNotInForce,
    LimitExceeded,
    UnknownKey,
    UnsupportedAlgorithm,
)

__all__ = [
    "MAX_JWKS",
    "MAX_KEYS",
    "MAX_KID",
    "FoundKey",
    "Key",
    "KeySet",
    "KeySource",
    "Signer",
    "SoftwareSigner",
]

#: Octets of a JWK Set, and keys in it. An issuer in the middle of a rotation has two or three.
MAX_JWKS = 256 * 1024
MAX_KEYS = 100
#: Characters of a key identifier; a thumbprint has 43.
MAX_KID = 256
_MAX_CERTIFICATES = 8
#: Members of a JWK that are base64url, and how many octets the largest may stand for (RSA-8192).
_OCTETS = ("x", "y", "n", "e", "pub")
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "priv", "k"})
_MAX_MEMBER = 1400


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, with the one algorithm it is for.

    :param kid: key identifier, as headers name it.
    :param alg: name of the algorithm in JOSE.
    :param public: the key in ``cryptography``.
    :param not_before: the key is not used before this time (aware).
    :param not_after: nor after it.
    :param x5c: certificates for it, DER, its own first; nobody has verified them.
    :raises UnsupportedAlgorithm: an algorithm outside the table.
    :raises KeyFormatError: the key is of another kind, or RSA of unsafe length.
    """

    kid: str
    alg: str
    public: Any = field(repr=False)
    not_before: datetime | None = None
    not_after: datetime | None = None
    x5c: tuple[bytes, ...] = field(default=(), repr=False)
    _algorithm: Algorithm = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = algorithm(self.alg)
        if not found.fits(self.public):
            raise KeyFormatError(f"not a key for {found.name}")
        if found.key_type == "RSA" and has_roca_weakness(self.public.public_numbers().n):
            raise KeyFormatError("an RSA key that can be computed (CVE-2017-15361)")
        if found.key_type == "OKP" and has_small_order(self.public.public_bytes_raw()):
            raise KeyFormatError("an Ed25519 key of small order")
        if not self.kid or len(self.kid) > MAX_KID:
            raise KeyFormatError("a key identifier of no or absurd length")
        object.__setattr__(self, "alg", found.name)
        object.__setattr__(self, "_algorithm", found)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check *signature* over *message*; return nothing when it holds.

        :param signature: in the form of JOSE: ECDSA as r || s.
        :raises InvalidSignature: it does not hold.
        """
        if not self._algorithm.holds(self.public, signature, message):
            raise InvalidSignature(f"{self.alg} signature")

    def thumbprint(self) -> str:
        """SHA-256 thumbprint (RFC 7638; RFC 9964, 6 for ML-DSA), base64url."""
        return _thumbprint(self._algorithm, self.public)

    def to_jwk(self) -> dict[str, Any]:
        """The key as a public JWK."""
        jwk = {**_members(self._algorithm, self.public), "kid": self.kid, "alg": self.alg, "use": "sig"}
        for name, moment in (("nbf", self.not_before), ("exp", self.not_after)):
            if moment is not None:
                jwk[name] = int(moment.timestamp())
        if self.x5c:
            jwk["x5c"] = [base64.b64encode(der).decode("ascii") for der in self.x5c]
        return jwk

    @classmethod
    def from_jwk(
        cls,
        jwk: Mapping[str, Any],
        *,
        alg: str | None = None,
        kid: str | None = None,
        algorithms: frozenset[str] = DEFAULT_ALGORITHMS,
    ) -> Self:
        """Read a public JWK.

        :param jwk: already parsed (:func:`eid.encoding.strict_json.loads`).
        :param alg: the algorithm where the JWK names none; RSA keys need it, other keys have but one.
        :param kid: the identifier where the JWK has none; else its thumbprint.
        :param algorithms: names allowed; add :data:`~eid.crypto.algorithms.POST_QUANTUM` for ML-DSA.
        :raises KeyFormatError: malformed, contradicts itself, for another use, or a private key.
        :raises UnsupportedAlgorithm: a kind of key this library does not use.
        """
        found = _algorithm_of(jwk, alg)
        if found.name not in algorithms:
            raise UnsupportedAlgorithm(f"{found.name} was not asked for")
        if not _PRIVATE.isdisjoint(jwk):
            raise KeyFormatError("a private or secret key where a public one belongs")
        _require_use(jwk, "verify")
        public = _public(jwk, found)
        if not isinstance(jwk.get("kid", ""), str):
            raise KeyFormatError("kid is not a text")
        return cls(
            jwk.get("kid", _thumbprint(found, public) if kid is None else kid),
            found.name,
            public,
            _moment(jwk, "nbf"),
            _moment(jwk, "exp"),
            _certificates(jwk, public),
        )

    @classmethod
    def from_certificate(cls, der: bytes, *, alg: str | None = None, kid: str | None = None) -> Self:
        """The key of an X.509 certificate, whose signature is nobody's business here.

        :param kid: else the thumbprint of the key.
        :raises KeyFormatError: no certificate, or no key for a known algorithm.
        """
        try:
            public = x509.load_der_x509_certificate(der).public_key()
        except (ValueError, NativeUnsupported, x509.InvalidVersion):
            raise KeyFormatError("no certificate with a usable key") from None
        return cls.from_public(public, alg=alg, kid=kid, x5c=(der,))

    @classmethod
    def from_public(
        cls, public: Any, *, alg: str | None = None, kid: str | None = None, x5c: tuple[bytes, ...] = ()
    ) -> Self:
        """A key of ``cryptography``.

        :param alg: needed for RSA; else the one algorithm the key is for.
        :param kid: else the thumbprint of the key.
        :raises KeyFormatError: not a key for *alg*, or no key for any algorithm.
        """
        name = alg or next(
            (each.name for each in ALGORITHMS.values() if each.key_type != "RSA" and each.fits(public)), None
        )
        if name is None:
            raise KeyFormatError("no key of a known algorithm; for RSA the algorithm has to be named")
        if kid is None:
            if not algorithm(name).fits(public):
                raise KeyFormatError(f"not a key for {name}")
            kid = _thumbprint(algorithm(name), public)
        return cls(kid, name, public, x5c=x5c)


def _members(found: Algorithm, public: Any) -> dict[str, Any]:
    """What makes the key (RFC 7638, 3.2), as members of a JWK."""
    if found.key_type == "AKP":
        return {"kty": "AKP", "pub": base64url.encode(public.public_bytes_raw())}
    source: Any = {"EC": ECAlgorithm, "OKP": OKPAlgorithm, "RSA": RSAAlgorithm}[found.key_type]
    jwk = source.to_jwk(public, as_dict=True)
    return {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk}


def _thumbprint(found: Algorithm, public: Any) -> str:
    members = _members(found, public)
    if found.key_type == "AKP":
        members["alg"] = found.name
    canonical = strict_json.dumps(dict(sorted(members.items())))
    return base64url.encode(hashlib.sha256(canonical).digest())


def _algorithm_of(jwk: Mapping[str, Any], alg: str | None) -> Algorithm:
    kty, crv, named = jwk.get("kty"), jwk.get("crv"), jwk.get("alg", alg)
    if not isinstance(kty, str) or not (isinstance(named, str) or (named is None and "alg" not in jwk)):
        raise KeyFormatError("kty or alg is missing or not a text")
    if named is not None:
        found = algorithm(named)
        if (kty, crv) != (found.key_type, found.curve) or (alg is not None and algorithm(alg) is not found):
            raise KeyFormatError("alg contradicts the kind of key")
        return found
    for each in ALGORITHMS.values():
        if each.curve is not None and (kty, crv) == (each.key_type, each.curve):
            return each
    if kty in ("RSA", "AKP"):
        raise KeyFormatError(f"a key of kind {kty} that names no algorithm")
    raise UnsupportedAlgorithm("a kind of key or curve that is not in the table")


def _require_use(jwk: Mapping[str, Any], operation: str) -> None:
    """``use`` and ``key_ops`` (RFC 7517, 4.2 and 4.3), where they stand, allow signatures."""
    if jwk.get("use", "sig") != "sig":
        raise KeyFormatError("a key for another use")
    operations = jwk.get("key_ops", [operation])
    if (
        not isinstance(operations, list)
        or not all(isinstance(each, str) for each in operations)
        or len(set(operations)) != len(operations)
        or operation not in operations
    ):
        raise KeyFormatError("a key for other operations")


def _public(jwk: Mapping[str, Any], found: Algorithm) -> Any:
    """The key in ``cryptography``. PyJWT decodes leniently, so the members are looked at before."""
    octets: dict[str, bytes] = {}
    for name in _OCTETS:
        if name in jwk:
            value = jwk[name]
            if not isinstance(value, str):
                raise KeyFormatError(f"{name} is not a text")
            try:
                octets[name] = base64url.decode(value, limit=_MAX_MEMBER * 3)
            except EidError:
                raise KeyFormatError(f"{name} is not base64url") from None
    try:
        if found.key_type == "EC":
            return _point(found, octets["x"], octets["y"])
        if found.key_type == "OKP":
            return OKPAlgorithm.from_jwk({"kty": "OKP", "crv": found.curve, "x": jwk["x"]})
        if found.key_type == "RSA":
            if any(octets[name][:1] in (b"", b"\0") for name in ("n", "e")):  # RFC 7518, 2: no leading zero
                raise KeyFormatError("an RSA number in another form than the shortest")
            return RSAAlgorithm.from_jwk({"kty": "RSA", "n": jwk["n"], "e": jwk["e"]})
        return found.public_class.from_public_bytes(octets["pub"])
    except (KeyError, ValueError, TypeError, PyJWTError, NativeUnsupported):
        raise KeyFormatError(f"not a key for {found.name}") from None


def _point(found: Algorithm, x: bytes, y: bytes) -> ec.EllipticCurvePublicKey:
    """A point of the curve; coordinates have their full length (RFC 7518, 6.2.1.2)."""
    curve = _CURVES[str(found.curve)]
    if not len(x) == len(y) == (curve.key_size + 7) // 8:
        raise KeyFormatError("a coordinate of another length than the curve's")
    return ec.EllipticCurvePublicKey.from_encoded_point(curve, b"\x04" + x + y)


_CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}


def _moment(jwk: Mapping[str, Any], name: str) -> datetime | None:
    if name not in jwk:
        return None
    value = jwk[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 253_402_300_800:
        raise KeyFormatError(f"{name} is not a time")
    return datetime.fromtimestamp(value, UTC)


def _certificates(jwk: Mapping[str, Any], public: Any) -> tuple[bytes, ...]:
    """``x5c`` (RFC 7517, 4.7): plain base64, and the first certificate is for this very key."""
    if "x5c" not in jwk:
        return ()
    texts = jwk["x5c"]
    if not isinstance(texts, list) or not 0 < len(texts) <= _MAX_CERTIFICATES:
        raise KeyFormatError("x5c is not a short list")
    try:
        chain = tuple(base64.b64decode(text, validate=True) for text in texts)
        first = x509.load_der_x509_certificate(chain[0]).public_key()
    except (ValueError, TypeError, NativeUnsupported, x509.InvalidVersion):
        raise KeyFormatError("x5c holds no certificate") from None
    if first != public:
        raise KeyFormatError("x5c is for another key")
    return chain


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key and how fresh the knowledge of it is.

    :param trust_age: since the issuer last confirmed its keys; ``None`` for keys fixed by configuration.
    :param stale: the last attempt to refresh failed; the key is used within the grace configured.
    """

    key: Key
    trust_age: timedelta | None = None
    stale: bool = False


class KeySource(Protocol):
    """Where an issuer's keys come from. Implementations can be shared by threads."""

    def find(self, kid: str, *, now: datetime) -> FoundKey:
        """The key called *kid*.

        :raises UnknownKey: the issuer has no such key.
        :raises KeyNotInForce: it has, for another time.
        :raises KeysUnavailable: the keys could not be had.
        :raises KeysTooOld: nor refreshed for longer than allowed.
        """
        ...


class KeySet:
    """Keys with their identifiers. Immutable; a :class:`KeySource` of fixed keys.

    :param keys: no two with the same identifier.
    :param problems: codes of what was left out while reading.
    :raises KeyFormatError: one identifier for two keys.
    """

    __slots__ = ("_found", "_keys", "problems")

    def __init__(self, keys: Iterable[Key], *, problems: tuple[str, ...] = ()) -> None:
        self._keys: dict[str, Key] = {}
        for key in keys:
            if self._keys.setdefault(key.kid, key) != key:
                raise KeyFormatError("two keys with one identifier")
        self._found = {kid: FoundKey(key) for kid, key in self._keys.items()}
        self.problems = problems

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"KeySet({list(self._keys)!r})"

    def get(self, kid: str) -> Key | None:
        """The key called *kid*, or ``None``."""
        return self._keys.get(kid)

    def find(self, kid: str, *, now: datetime) -> FoundKey:
        """See :class:`KeySource`.

        :raises UnknownKey: not in the set.
        :raises KeyNotInForce: *now* is outside the time of the key.
        """
        found = self._found.get(kid)
        if found is None:
            raise UnknownKey("no key with this identifier")
        key = found.key
        if (key.not_before and now < key.not_before) or (key.not_after and now > key.not_after):
            raise KeyNotInForce("outside the time of the key")
        return found

    def to_jwks(self) -> dict[str, Any]:
        """The set as a JWK Set (RFC 7517, 5)."""
        return {"keys": [key.to_jwk() for key in self]}

    @classmethod
    def from_jwks(cls, octets: bytes, *, algorithms: frozenset[str] = DEFAULT_ALGORITHMS) -> Self:
        """Read a JWK Set. Keys that cannot be used are left out and counted in ``problems``.

        :param octets: UTF-8 JSON, at most :data:`MAX_JWKS`.
        :param algorithms: names allowed, as for :meth:`Key.from_jwk`.
        :raises KeyFormatError: no JWK Set, or one identifier for two keys.
        :raises LimitExceeded: too long, or more than :data:`MAX_KEYS` keys.
        """
        try:
            document = strict_json.loads(octets, limit=MAX_JWKS)
        except EncodingError as error:
            raise KeyFormatError(f"JWK Set: {error.detail}") from None
        listed = document.get("keys") if isinstance(document, dict) else None
        if not isinstance(listed, list):
            raise KeyFormatError("no JWK Set")
        if len(listed) > MAX_KEYS:
            raise LimitExceeded(f"more than {MAX_KEYS} keys")
        keys, problems = [], []
        for jwk in listed:
            try:
                if not isinstance(jwk, dict):
                    raise KeyFormatError("not an object")
                keys.append(Key.from_jwk(jwk, algorithms=algorithms))
            except (KeyFormatError, UnsupportedAlgorithm) as error:
                problems.append(error.code)
        return cls(keys, problems=tuple(problems))


# --- signing -------------------------------------------------------------------------------------


class Signer(Protocol):
    """What signs: a key in memory, in a hardware module, behind a service."""

    @property
    def alg(self) -> str:
        """Name of the algorithm in JOSE."""
        ...

    @property
    def kid(self) -> str:
        """Identifier of the key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature over *message* in the form of JOSE: ECDSA as r || s."""
        ...


class SoftwareSigner:
    """A private key in memory.

    :param private: a private key of ``cryptography``.
    :param alg: needed for RSA; else the one algorithm the key is for.
    :param kid: else the thumbprint of the key.
    :raises KeyFormatError: no key for *alg*, or for no known algorithm.
    """

    __slots__ = ("_algorithm", "_private", "key")

    def __init__(self, private: Any, *, alg: str | None = None, kid: str | None = None) -> None:
        try:
            public = private.public_key()
        except (AttributeError, NativeUnsupported):
            raise KeyFormatError("not a private key") from None
        self.key = Key.from_public(public, alg=alg, kid=kid)
        self._private = private
        self._algorithm = algorithm(self.key.alg)

    @classmethod
    def generate(cls, alg: str = "ES256", *, kid: str | None = None) -> Self:
        """A new key.

        :raises UnsupportedAlgorithm: *alg* is not in the table.
        """
        found = algorithm(alg)
        if found.key_type == "EC":
            private: Any = ec.generate_private_key(_CURVES[str(found.curve)])
        elif found.key_type == "OKP":
            private = ed25519.Ed25519PrivateKey.generate()
        elif found.key_type == "RSA":
            private = rsa.generate_private_key(public_exponent=65_537, key_size=3072)
        else:
            private = found.private_class.generate()
        return cls(private, alg=found.name, kid=kid)

    @property
    def alg(self) -> str:
        """See :class:`Signer`."""
        return self.key.alg

    @property
    def kid(self) -> str:
        """See :class:`Signer`."""
        return self.key.kid

    def sign(self, message: bytes) -> bytes:
        """See :class:`Signer`."""
        return self._algorithm.sign(self._private, message)

    def private_bytes(self) -> bytes:
        """The private key in clear, PKCS#8 in DER (RFC 5958)."""
        return bytes(
            self._private.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )

    def __repr__(self) -> str:
        return f"SoftwareSigner(kid={self.kid!r}, alg={self.alg!r})"
