"""Public keys that are well formed and prove nothing."""

from __future__ import annotations

__all__ = ["has_roca_weakness", "has_small_order"]

# --- RSA: CVE-2017-15361 ("ROCA") ----------------------------------------------------------------
# The primes of one library were powers of 65537 modulo the product of the first primes, plus a multiple
# of it. So its moduli are such powers, too, modulo every one of those primes, and can be factored
# (Nemec et al., ACM CCS 2017, section 3).

#: The 39 primes up to 167 that even the smallest of these keys were made with; larger keys use more.
_PRIMES = [p for p in range(3, 168) if all(p % d for d in range(2, p))]


def _order(prime: int) -> int:
    """The number of powers of 65537 modulo *prime*."""
    order, power = 1, 65_537 % prime
    while power != 1:
        order, power = order + 1, power * 65_537 % prime
    return order


#: Where every residue is a power of 65537, the prime tells nothing.
_ORDERS = [(prime, order) for prime in _PRIMES if (order := _order(prime)) < prime - 1]


def has_roca_weakness(modulus: int) -> bool:
    """Whether an RSA *modulus* has the fingerprint of those keys. A sound one has it by chance in 1 of 2**27 cases."""
    return all(pow(modulus, order, prime) == 1 for prime, order in _ORDERS)


# --- Ed25519: points of small order --------------------------------------------------------------
# With one of these eight points as public key, signatures exist that hold for a quarter of all messages
# and more, made by nobody (Cremers and Jackson, IEEE CSF 2019; FIPS 186-5, 7.8.2 excludes them).

_P = 2**255 - 19
_ORDER_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
_SMALL_ORDER = frozenset({0, 1, _P - 1, _ORDER_8, _P - _ORDER_8})


def has_small_order(point: bytes) -> bool:
    """Whether *point*, an Ed25519 public key (RFC 8032, 5.1.2), has an order of 8 or less.

    The second coordinate tells, also where it is not written in its shortest form.
    """
    return (int.from_bytes(point, "little") & (2**255 - 1)) % _P in _SMALL_ORDER
