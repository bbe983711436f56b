"""Keys that are well formed and prove nothing are told from good ones."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from eid.crypto.keys import Key
from eid.crypto.weak_keys import has_roca_weakness, has_small_order
from eid.encoding import base64url
from eid.errors import KeyFormatError

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def add(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    """Twisted Edwards addition (RFC 8032, 5.1.4), in the plainest form."""
    (x1, y1), (x2, y2) = one, two
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P
    return x, y


def times_eight(point: tuple[int, int]) -> tuple[int, int]:
    for _ in range(3):
        point = add(point, point)
    return point


def points(y: int) -> list[tuple[int, int]]:
    """Those on the curve with this second coordinate."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    if root * root % P != square:
        root = root * pow(2, (P - 1) // 4, P) % P
    return [(root, y), (-root % P, y)] if root * root % P == square else []


def small_order_points() -> set[tuple[int, int]]:
    """All eight, found by multiplying any points with the order of the large subgroup."""
    order = 2**252 + 27742317777372353535851937790883648493
    found: set[tuple[int, int]] = set()
    for y in range(2, 40):
        for point in points(y):
            result, power = (0, 1), point
            for bit in range(order.bit_length()):
                if order >> bit & 1:
                    result = add(result, power)
                power = add(power, power)
            found.add(result)
    return found


def test_all_eight_points_of_small_order_are_known_and_no_other() -> None:
    small = small_order_points()
    assert len(small) == 8
    assert all(times_eight(point) == (0, 1) for point in small)
    spellings = set()
    for x, y in small:
        for written in (y, y + P):
            if written < 2**255:
                spellings |= {(written | sign << 255).to_bytes(32, "little") for sign in (x & 1, 1 - x & 1)}
    assert all(has_small_order(each) for each in spellings)
    for each in spellings:
        try:
            public = ed25519.Ed25519PublicKey.from_public_bytes(each)
        except ValueError:
            continue
        with pytest.raises(KeyFormatError, match="small order"):
            Key.from_public(public)
        with pytest.raises(KeyFormatError):
            Key.from_jwk({"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(each)})


def test_ordinary_ed25519_keys_have_no_small_order() -> None:
    for _ in range(200):
        assert not has_small_order(ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw())


def test_ordinary_rsa_keys_have_no_fingerprint() -> None:
    for _ in range(3):
        private = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        assert not has_roca_weakness(private.public_key().public_numbers().n)


def test_numbers_made_like_the_weak_keys_have_the_fingerprint() -> None:
    product = 1
    for prime in (p for p in range(2, 168) if all(p % d for d in range(2, p))):
        product *= prime
    for exponents in ((5, 7), (1, 123456), (99, 100)):
        one, two = (
            k * product + pow(65_537, a, product)
            for k, a in zip((2**60 + 1, 2**61 + 9), exponents, strict=True)
        )
        assert has_roca_weakness(one * two)
        assert not has_roca_weakness(one * two + 2)
