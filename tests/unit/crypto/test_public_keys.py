"""Public keys: what is usable, what is only unsupported, and what is a trap."""

from __future__ import annotations

import contextlib

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.curves import CURVES, Curve, by_name
from eid.crypto.public_keys import MAX_SPKI, UNKNOWN_CURVE, load_public_key, read_pss_parameters
from eid.crypto.signatures import SignatureAlgorithm, verify_signature
from eid.encoding import der
from eid.encoding.tlv import parse, tlv
from eid.errors import (
    EidError,
    EncodingError,
    InvalidSignature,
    KeyFormatError,
    LimitExceeded,
    UnknownCurve,
    UnsupportedAlgorithm,
)

EC_KEY, RSA_KEY, PSS_KEY = "1.2.840.10045.2.1", "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"
SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))
ECDSA = SignatureAlgorithm("ecdsa-with-SHA256", "ECDSA", "sha256")


def spki_of(key: object) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]


def spki(oid: str, parameters: bytes, key: bytes) -> bytes:
    return der.sequence(der.sequence(der.oid(oid), parameters), der.bit_string(key))


def octets(value: int, size: int = 0) -> bytes:
    return tlv(der.OCTET_STRING, value.to_bytes(size or (value.bit_length() + 7) // 8 or 1, "big"))


def parameters(curve: Curve, **changes: object) -> bytes:
    """ECParameters of *curve*, with single parts replaced by encoded ones."""
    size = curve.size
    parts: dict[str, bytes] = {
        "version": der.integer(1),
        "field": der.sequence(der.oid("1.2.840.10045.1.1"), der.integer(curve.p)),
        "a": octets(curve.a, size),
        "b": octets(curve.b, size),
        "seed": b"",
        "base": tlv(der.OCTET_STRING, curve.encode((curve.gx, curve.gy))),
        "order": der.integer(curve.n),
        "cofactor": der.integer(1),
        **changes,  # type: ignore[dict-item]
    }
    coefficients = der.sequence(parts["a"], parts["b"], parts["seed"])
    return der.sequence(
        parts["version"], parts["field"], coefficients, parts["base"], parts["order"], parts["cofactor"]
    )


def explicit(curve: Curve, point: bytes | None = None, **changes: object) -> bytes:
    return spki(EC_KEY, parameters(curve, **changes), point or curve.encode((curve.gx, curve.gy)))


P256 = by_name("secp256r1")
assert P256


@pytest.mark.parametrize("curve", CURVES, ids=lambda c: c.name)
def test_explicit_parameters_equal_to_a_named_curve_are_that_curve(curve: Curve) -> None:
    key = load_public_key(explicit(curve))
    assert key.curve == curve
    assert key.explicit_parameters
    assert key.name == curve.name
    assert (key.native is None) == (curve.native is None)


@pytest.mark.parametrize(
    "changes",
    [
        {"a": octets(P256.a, 33), "b": octets(P256.b, 40)},  # padded (United Arab Emirates)
        {"seed": tlv(der.BIT_STRING, b"\0\1\2\3\4")},  # another seed (Russia)
        {"cofactor": b""},
        {"base": tlv(der.OCTET_STRING, bytes((2 + (P256.gy & 1),)) + P256.gx.to_bytes(32, "big"))},
        {"version": der.integer(3)},
    ],
    ids=["padded coefficients", "odd seed", "no cofactor", "compressed generator", "version"],
)
def test_another_writing_of_the_same_curve_is_accepted(changes: dict[str, bytes]) -> None:
    assert load_public_key(explicit(P256, **changes)).curve == P256


def test_coefficient_without_its_leading_zero_is_accepted() -> None:
    curve = by_name("secp521r1")  # Turkey and Hungary write b with 65 octets
    assert curve is not None
    assert load_public_key(explicit(curve, b=octets(curve.b))).curve == curve


@pytest.mark.parametrize(
    "changes",
    [
        {"field": der.sequence(der.oid("1.2.840.10045.1.1"), der.integer(P256.p + 2))},
        {"a": octets(P256.a - 1, 32)},
        {"b": octets(P256.b + 1, 32)},
        {"order": der.integer(P256.n + 2)},
        {"cofactor": der.integer(2)},
        {"base": tlv(der.OCTET_STRING, P256.encode((P256.gx, P256.p - P256.gy)))},
        {"base": tlv(der.OCTET_STRING, bytes((2 + (~P256.gy & 1),)) + P256.gx.to_bytes(32, "big"))},
        {"base": tlv(der.OCTET_STRING, b"\0")},
        {"base": tlv(der.OCTET_STRING, b"\x07" + b"\1" * 64)},
        {"field": der.sequence(der.oid("1.2.840.10045.1.2"), der.integer(233))},
    ],
)
def test_parameters_that_differ_in_any_number_are_an_unknown_curve(changes: dict[str, bytes]) -> None:
    key = load_public_key(explicit(P256, **changes))
    assert key.unsupported == UNKNOWN_CURVE
    assert key.native is None
    with pytest.raises(UnknownCurve):
        verify_signature(key, ECDSA, b"", b"")


def test_a_generator_chosen_by_a_forger_is_refused_cve_2020_0601() -> None:
    """With G' = Q the private key is 1, and a forger signs for the real key's owner."""
    victim = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = victim.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    key = load_public_key(explicit(P256, point, base=tlv(der.OCTET_STRING, point)))
    with pytest.raises(UnknownCurve):
        verify_signature(key, ECDSA, b"0\x06\2\1\1\2\1\1", b"")


def test_implicit_curve_parameters_are_an_unknown_curve() -> None:
    key = load_public_key(spki(EC_KEY, b"\x05\x00", P256.encode((P256.gx, P256.gy))))
    assert key.unsupported == UNKNOWN_CURVE


@pytest.mark.parametrize("name", ["brainpoolP192r1", "brainpoolP224r1", "brainpoolP320r1"])
def test_a_curve_that_openssl_lacks_serves_verification_and_nothing_else(name: str) -> None:
    curve = by_name(name)
    assert curve is not None
    key = load_public_key(spki(EC_KEY, der.oid(curve.oid), curve.encode((curve.gx, curve.gy))))
    assert (key.curve, key.native, key.unsupported) == (curve, None, None)
    assert (key.name, key.bits, key.point) == (name, curve.p.bit_length(), (curve.gx, curve.gy))
    with pytest.raises(InvalidSignature):
        verify_signature(key, ECDSA, b"", b"")
    compressed = bytes((2 + curve.gy % 2,)) + curve.gx.to_bytes(curve.size, "big")
    assert load_public_key(spki(EC_KEY, der.oid(curve.oid), compressed)).point == key.point
    for wrong in (
        curve.encode((curve.gx, curve.gy + 1)),
        b"\2" + b"\xff" * curve.size,
        b"\0",
        b"",
        b"\6" + curve.encode((curve.gx, curve.gy))[1:],
    ):
        with pytest.raises(KeyFormatError):
            load_public_key(spki(EC_KEY, der.oid(curve.oid), wrong))


def test_a_curve_that_is_named_but_not_used_by_documents_is_unsupported() -> None:
    key = load_public_key(spki_of(ec.generate_private_key(ec.SECP256K1()).public_key()))
    assert key.unsupported == "curve 1.3.132.0.10"
    with pytest.raises(UnsupportedAlgorithm):
        verify_signature(key, ECDSA, b"", b"")


@pytest.mark.parametrize(
    "point", [P256.encode((P256.gx, P256.gy + 1)), b"\0", b"\4", b"", b"\2" + b"\xff" * 32]
)
def test_a_point_that_is_not_on_its_curve_is_refused(point: bytes) -> None:
    with pytest.raises(KeyFormatError):
        load_public_key(spki(EC_KEY, der.oid(P256.oid), point))


def test_a_compressed_point_is_accepted() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )
    loaded = load_public_key(spki(EC_KEY, der.oid(P256.oid), point))
    verify_signature(loaded, ECDSA, key.sign(b"m", ec.ECDSA(hashes.SHA256())), b"m")


def test_other_kinds_of_keys_are_named_and_unsupported() -> None:
    loaded = load_public_key(spki_of(ed25519.Ed25519PrivateKey.generate().public_key()))
    assert (loaded.kind, loaded.name) == ("ED25519", "ED25519")
    with pytest.raises(UnsupportedAlgorithm):
        verify_signature(loaded, ECDSA, b"", b"")
    assert load_public_key(spki("1.2.3.4", b"", b"\0")).kind == "OTHER"


@pytest.mark.parametrize(("change", "value"), [("a", "p"), ("b", "p")])
def test_coefficients_beyond_the_field_are_no_known_curve(change: str, value: str) -> None:
    larger = octets(getattr(P256, change) + P256.p, P256.size + 1)
    assert load_public_key(explicit(P256, **{change: larger})).unsupported == UNKNOWN_CURVE


# --- DSA -----------------------------------------------------------------------------------------

DSA_KEY = "1.2.840.10040.4.1"
DSA = SignatureAlgorithm("dsa-with-SHA256", "DSA", "sha256")
DSA_PRIVATE = dsa.generate_private_key(1024)


def dsa_spki(y: int | None = None, **changes: int | None) -> bytes:
    numbers = DSA_PRIVATE.public_key().public_numbers()
    group = numbers.parameter_numbers
    values = {"p": group.p, "q": group.q, "g": group.g, **changes}
    parameters = der.sequence(*(der.integer(value) for value in values.values() if value is not None))
    return spki(DSA_KEY, parameters, der.integer(numbers.y if y is None else y))


def test_dsa_signatures_are_verified() -> None:
    key = load_public_key(dsa_spki())
    assert (key.kind, key.name, key.bits, key.unsupported) == ("DSA", "DSA", 1024, None)
    signature = DSA_PRIVATE.sign(b"m", hashes.SHA256())
    verify_signature(key, DSA, signature, b"m")
    for wrong, message in (
        (signature, b"n"),
        (b"", b"m"),
        (signature[:-1], b"m"),
        (b"\x30\6\2\1\0\2\1\0", b"m"),
    ):
        with pytest.raises(InvalidSignature):
            verify_signature(key, DSA, wrong, message)
    for scheme in ("ECDSA", "ECDSA_PLAIN", "PKCS1", "PSS"):
        with pytest.raises(InvalidSignature):
            verify_signature(key, SignatureAlgorithm("other", scheme, "sha256"), signature, b"m")
    with pytest.raises(InvalidSignature):
        verify_signature(
            load_public_key(spki_of(rsa.generate_private_key(65537, 2048).public_key())), DSA, b"", b""
        )


def test_dsa_keys_that_cannot_be_used_or_cannot_be_right() -> None:
    y = der.integer(DSA_PRIVATE.public_key().public_numbers().y)
    for inherited in (b"", b"\5\0"):
        key = load_public_key(spki(DSA_KEY, inherited, y))
        assert (key.kind, key.unsupported) == ("DSA", "DSA parameters that are the issuer's")
        with pytest.raises(UnsupportedAlgorithm):
            verify_signature(key, DSA, b"", b"")
    p = DSA_PRIVATE.public_key().public_numbers().parameter_numbers.p
    assert load_public_key(dsa_spki(p=1 << 511 | 1)).unsupported == "DSA of 512 bits"
    assert load_public_key(dsa_spki(p=1 << 16_000 | 1)).unsupported == "DSA of 16001 bits"
    assert load_public_key(dsa_spki(q=1 << 100 | 1)).unsupported is not None
    for wrong in (
        dsa_spki(0),
        dsa_spki(1),
        dsa_spki(p),
        dsa_spki(g=0),
        dsa_spki(g=1),
        dsa_spki(g=p),
        dsa_spki(g=None),
    ):
        with pytest.raises(KeyFormatError):
            load_public_key(wrong)


# --- RSA -----------------------------------------------------------------------------------------


def rsa_spki(n: int, e: int, oid: str = RSA_KEY, parameters: bytes = b"\x05\x00") -> bytes:
    return spki(oid, parameters, der.sequence(der.integer(n), der.integer(e)))


@pytest.mark.parametrize(
    ("n", "e"),
    [(1 << 2047, 65537), (1 << 2047 | 1, 65536), (1 << 2047 | 1, 1), (1 << 2047 | 1, (1 << 2047) + 3)],
)
def test_an_even_modulus_or_an_impossible_exponent_is_no_key(n: int, e: int) -> None:
    with pytest.raises(KeyFormatError):
        load_public_key(rsa_spki(n, e))


def test_rsa_keys_load_with_their_length() -> None:
    key = load_public_key(spki_of(rsa.generate_private_key(65537, 2048).public_key()))
    assert (key.kind, key.bits, key.name, key.unsupported) == ("RSA", 2048, "RSA-2048", None)


@pytest.mark.parametrize(
    ("n", "e", "reason"),
    [
        ((1 << 16384) | 1, 65537, "RSA modulus of 16385 bits"),
        ((1 << 700) | 1, 65537, "RSA modulus of 701 bits"),
        ((1 << 4095) | 1, (1 << 65) | 1, "RSA exponent of more than 64 bits"),
    ],
    ids=["modulus too long", "modulus too short", "exponent too long"],
)
def test_rsa_keys_of_absurd_size_are_refused_before_any_work(n: int, e: int, reason: str) -> None:
    key = load_public_key(rsa_spki(n, e))
    assert key.unsupported == reason
    with pytest.raises(UnsupportedAlgorithm):
        verify_signature(key, SignatureAlgorithm("x", "PKCS1", "sha256"), b"", b"")


@pytest.mark.parametrize("e", [0, 1, 2, 65536])
def test_rsa_exponents_that_cannot_be_right_are_refused(e: int) -> None:
    with pytest.raises(KeyFormatError):
        load_public_key(rsa_spki((1 << 2047) | 1, e))


def test_a_modulus_without_its_leading_zero_is_read_unsigned() -> None:
    n = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    body = der.sequence(tlv(der.INTEGER, n.to_bytes(256, "big")), der.integer(65537))
    assert load_public_key(spki(RSA_KEY, b"\x05\x00", body)).bits == 2048


def test_a_key_for_pss_only_keeps_its_restriction() -> None:
    n = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    mgf = der.sequence(der.oid("1.2.840.113549.1.1.8"), SHA256)
    wanted = der.sequence(tlv(0xA0, SHA256), tlv(0xA1, mgf), tlv(0xA2, der.integer(32)))
    key = load_public_key(rsa_spki(n, 65537, PSS_KEY, wanted))
    assert key.rsa_pss is not None
    for scheme, hash_name, salt in (("PSS", "sha1", 32), ("PSS", "sha256", 20), ("PKCS1", "sha256", 0)):
        with pytest.raises(UnsupportedAlgorithm):
            verify_signature(
                key, SignatureAlgorithm("x", scheme, hash_name, "sha256", salt), b"\1" * 256, b""
            )
    with pytest.raises(InvalidSignature):
        verify_signature(key, SignatureAlgorithm("x", "PSS", "sha256", "sha256", 32), b"\1" * 256, b"")
    free = load_public_key(rsa_spki(n, 65537, PSS_KEY, b""))
    assert free.pss_only
    assert free.rsa_pss is None
    odd = der.sequence(tlv(0xA3, der.integer(2)))
    assert load_public_key(rsa_spki(n, 65537, PSS_KEY, odd)).unsupported == "PSS trailer field other than 1"


def test_pss_parameters_left_out_have_the_defaults_of_rfc_4055() -> None:
    found = read_pss_parameters(parse(der.sequence()))
    assert (found.hash_name, found.mgf_hash, found.salt_length) == ("sha1", "sha1", 20)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (der.sequence(tlv(0xA2, der.integer(1)), tlv(0xA0, SHA256)), EncodingError),
        (der.sequence(tlv(0xA4, der.integer(1))), EncodingError),
        (der.sequence(tlv(0xA0, der.sequence())), EncodingError),
        (der.sequence(tlv(0xA2, der.integer(-1))), UnsupportedAlgorithm),
        (der.sequence(tlv(0xA2, der.integer(1 << 80))), UnsupportedAlgorithm),
        (der.sequence(tlv(0xA0, der.sequence(der.oid("1.2.3")))), UnsupportedAlgorithm),
        (der.sequence(tlv(0xA1, der.sequence(der.oid("1.2.3"), SHA256))), UnsupportedAlgorithm),
    ],
)
def test_other_pss_parameters_are_refused(raw: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_pss_parameters(parse(raw))


# --- hostile input -------------------------------------------------------------------------------


def test_a_key_beyond_the_limit_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        load_public_key(b"\0" * (MAX_SPKI + 1))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30\x00",
        der.sequence(der.sequence(), der.bit_string(b"")),
        der.sequence(der.sequence(der.oid(EC_KEY))),
        spki(EC_KEY, der.sequence(der.integer(1)), b"\4"),
        explicit(P256, a=b"", b=b"", seed=b""),
    ],
)
def test_malformed_keys_give_a_key_format_error(data: bytes) -> None:
    with pytest.raises(KeyFormatError):
        load_public_key(data)


SEEDS = [explicit(P256), rsa_spki((1 << 2047) | 1, 3), spki(EC_KEY, der.oid(P256.oid), b"\4")]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 400), st.binary(max_size=4), st.integers(0, 3))
def test_damaged_keys_raise_only_errors_of_the_library(seed: bytes, at: int, new: bytes, drop: int) -> None:
    at %= len(seed)
    with contextlib.suppress(EidError):
        load_public_key(seed[:at] + new + seed[at + drop :])


def test_a_key_shows_no_octets_in_its_repr() -> None:
    key = load_public_key(explicit(P256))
    assert key.spki.hex() not in repr(key)
    assert len(repr(key)) < 400
