"""Keys and point arithmetic of the chip agree with OpenSSL where OpenSSL has the curve."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.curves import CURVES, Curve
from eid.errors import KeyFormatError
from eid.simulator.keys import EcKey, RsaKey, read_key
from eid.simulator.points import multiply

NATIVE = [curve for curve in CURVES if curve.native is not None]


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_products_at_the_edges(curve: Curve) -> None:
    base = (curve.gx, curve.gy)
    twice = curve.add(base, base)
    assert twice is not None
    assert multiply(curve, 0, base) is None
    assert multiply(curve, curve.n, twice) is None
    assert multiply(curve, 1, twice) == twice
    assert multiply(curve, curve.n - 1, twice) == (twice[0], curve.p - twice[1])
    assert multiply(curve, curve.n + 2, base) == twice
    assert multiply(curve, 16, twice) == multiply(curve, 32, base)


@settings(max_examples=40, deadline=None)
@given(curve=st.sampled_from(NATIVE), one=st.integers(1, 2**192), other=st.integers(1, 2**521))
def test_agreement_is_that_of_openssl(curve: Curve, one: int, other: int) -> None:
    mine, theirs = EcKey(curve, one % curve.n or 1), EcKey(curve, other % curve.n or 1)
    assert curve.native is not None
    private = ec.derive_private_key(mine.scalar, curve.native)
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve.native, curve.encode(theirs.point))
    assert mine.agree(curve.encode(theirs.point)) == private.exchange(ec.ECDH(), public)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_keys_survive_pkcs8(curve: Curve) -> None:
    key = EcKey.generate(curve)
    assert read_key(key.pkcs8()) == key
    if curve.native is not None:
        private = load_der_private_key(key.pkcs8(), None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        assert private.private_numbers().private_value == key.scalar
        assert load_der_public_key(key.spki()) == private.public_key()


def test_a_point_off_the_curve_is_no_peer() -> None:
    curve = NATIVE[0]
    assert EcKey(curve, 5).agree(b"\x04" + bytes(2 * curve.size)) is None
    assert EcKey(curve, 5).agree(b"") is None


def test_rsa_keys_and_the_bare_operation() -> None:
    key = RsaKey.generate(1024)
    again = read_key(key.pkcs8())
    assert isinstance(again, RsaKey)
    assert again.spki() == key.spki()
    public = key.native.public_key().public_numbers()
    for message in (0, 1, 2**1000 + 12345):
        assert pow(key.raw(message), public.e, public.n) == message
    assert isinstance(key.native, rsa.RSAPrivateKey)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x30\x00",
        bytes(100),
        EcKey(NATIVE[0], 5).pkcs8()[:-1],
        EcKey(NATIVE[0], 0x1234).pkcs8().replace(b"\x12\x34", b"\0\0", 1),
    ],
)
def test_other_octets_are_no_key(octets: bytes) -> None:
    with pytest.raises(KeyFormatError):
        read_key(octets)


def test_a_key_on_an_unknown_curve_is_refused() -> None:
    with pytest.raises(KeyFormatError):
        read_key(
            EcKey(NATIVE[0], 5)
            .pkcs8()
            .replace(b"\x2a\x86\x48\xce\x3d\x03\x01\x01", b"\x2a\x86\x48\xce\x3d\x03\x01\x7f")
        )
