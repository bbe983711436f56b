"""Scalar multiplication in plain Python, for the test chip only: not constant-time.

``cryptography`` multiplies neither other generators nor on every curve that documents use; a chip
needs both. Jacobian coordinates, a window of four bits.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

from eid.crypto.curves import Curve, Point

__all__ = ["multiply"]

_Jacobian = tuple[int, int, int]
_INFINITY: _Jacobian = (1, 1, 0)


def _double(point: _Jacobian, a: int, p: int) -> _Jacobian:
    x, y, z = point
    if not z or not y:
        return _INFINITY
    yy = y * y % p
    s = 4 * x * yy % p
    zz = z * z % p
    m = (3 * x * x + a * zz * zz) % p
    x3 = (m * m - 2 * s) % p
    return x3, (m * (s - x3) - 8 * yy * yy) % p, 2 * y * z % p


def _add(one: _Jacobian, other: _Jacobian, a: int, p: int) -> _Jacobian:
    x1, y1, z1 = one
    x2, y2, z2 = other
    if not z1:
        return other
    if not z2:
        return one
    z1z1, z2z2 = z1 * z1 % p, z2 * z2 % p
    u1, u2 = x1 * z2z2 % p, x2 * z1z1 % p
    s1, s2 = y1 * z2z2 * z2 % p, y2 * z1z1 * z1 % p
    h, r = (u2 - u1) % p, (s2 - s1) % p
    if not h:
        return _INFINITY if r else _double(one, a, p)
    hh = h * h % p
    hhh, v = h * hh % p, u1 * hh % p
    x3 = (r * r - hhh - 2 * v) % p
    return x3, (r * (v - x3) - s1 * hhh) % p, z1 * z2 * h % p


def multiply(curve: Curve, scalar: int, point: Point) -> Point | None:
    """*scalar* times *point*; ``None`` is the point at infinity."""
    scalar %= curve.n
    if curve.native is not None and scalar and point == (curve.gx, curve.gy):
        # The only product that OpenSSL gives whole; three times as fast.
        numbers = ec.derive_private_key(scalar, curve.native).public_key().public_numbers()
        return numbers.x, numbers.y
    a, p = curve.a, curve.p
    table: list[_Jacobian] = [_INFINITY, (point[0], point[1], 1)]
    for _ in range(14):
        table.append(_add(table[-1], table[1], a, p))
    result = _INFINITY
    for digit in f"{scalar:x}":
        for _ in range(4):
            result = _double(result, a, p)
        result = _add(result, table[int(digit, 16)], a, p)
    x, y, z = result
    if not z:
        return None
    inverse = pow(z, -1, p)
    square = inverse * inverse % p
    return x * square % p, y * square * inverse % p
