"""ECDSA verification in Python integers, for curves that OpenSSL lacks (brainpoolP192r1, P224r1, P320r1).

**Not constant time.** That is no matter here: everything that goes in (key, signature, message) is
public. There is on purpose nothing in this module that takes a secret.
"""

from __future__ import annotations

from eid.crypto.curves import Curve, Point

__all__ = ["decode_point", "verify_ecdsa"]

#: (X, Y, Z) for the point (X/Z², Y/Z³); Z = 0 is the point at infinity.
_Jacobian = tuple[int, int, int]
_INFINITY: _Jacobian = (1, 1, 0)


def decode_point(curve: Curve, octets: bytes) -> Point | None:
    """The point of an uncompressed or compressed form (SEC 1, 2.3.4), or ``None`` when it is none of
    this curve.
    """
    if octets[:1] == b"\4":
        return curve.decode(octets)
    if len(octets) != curve.size + 1 or octets[0] not in (2, 3) or curve.p % 4 != 3:
        return None
    p, x = curve.p, int.from_bytes(octets[1:], "big")
    y = pow((x * x + curve.a) * x + curve.b, (p + 1) // 4, p)
    if y & 1 != octets[0] & 1:
        y = (p - y) % p
    return (x, y) if y & 1 == octets[0] & 1 and curve.contains((x, y)) else None


def verify_ecdsa(curve: Curve, point: Point, digest: bytes, r: int, s: int) -> bool:
    """Whether (r, s) is a signature over *digest* by the key *point* (BSI TR-03111, 4.2.1.2).

    :param point: a point of the curve; whoever loads a key checks that.
    :param digest: the hash of the message; of a long one the leftmost bits count.
    """
    n = curve.n
    if not (0 < r < n and 0 < s < n):
        return False
    excess = max(0, 8 * len(digest) - n.bit_length())
    e = int.from_bytes(digest, "big") >> excess
    w = pow(s, -1, n)
    x, _, z = _double_product(curve, e * w % n, (curve.gx, curve.gy), r * w % n, point)
    if z == 0:
        return False
    return x * pow(z, -2, curve.p) % curve.p % n == r


def _double_product(curve: Curve, u: int, g: Point, v: int, q: Point) -> _Jacobian:
    """u·G + v·Q, doubling once for both (Shamir's trick)."""
    both = curve.add(g, q)
    terms: tuple[Point | None, ...] = (None, g, q, both)
    total = _INFINITY
    for bit in range(max(u.bit_length(), v.bit_length()) - 1, -1, -1):
        total = _double(curve, total)
        term = terms[(u >> bit & 1) | (v >> bit & 1) << 1]
        if term is not None:
            total = _add(curve, total, term)
    return total


def _double(curve: Curve, point: _Jacobian) -> _Jacobian:
    x, y, z = point
    p = curve.p
    if z == 0 or y == 0:
        return _INFINITY
    yy = y * y % p
    s = 4 * x * yy % p
    zz = z * z % p
    m = (3 * x * x + curve.a * (zz * zz % p)) % p
    x3 = (m * m - 2 * s) % p
    return x3, (m * (s - x3) - 8 * yy * yy) % p, 2 * y * z % p


def _add(curve: Curve, one: _Jacobian, other: Point) -> _Jacobian:
    """Sum of a Jacobian and an affine point."""
    x1, y1, z1 = one
    x2, y2 = other
    if z1 == 0:
        return x2, y2, 1
    p = curve.p
    zz = z1 * z1 % p
    h = (x2 * zz - x1) % p
    r = (y2 * zz * z1 - y1) % p
    if h == 0:
        return _double(curve, one) if r == 0 else _INFINITY
    hh = h * h % p
    hhh = h * hh % p
    v = x1 * hh % p
    x3 = (r * r - hhh - 2 * v) % p
    return x3, (r * (v - x3) - y1 * hhh) % p, z1 * h % p
