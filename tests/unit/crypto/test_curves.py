from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.curves import CURVES, Curve, by_name, by_oid, by_parameter_id, identify

NATIVE = [curve for curve in CURVES if curve.native is not None]
ALL = pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
WITH_OPENSSL = pytest.mark.parametrize("curve", NATIVE, ids=lambda curve: curve.name)


def _multiply(curve: Curve, scalar: int) -> tuple[int, int] | None:
    result, power = None, (curve.gx, curve.gy)
    while scalar:
        if scalar & 1:
            result = power if result is None else curve.add(result, power)
        scalar >>= 1
        if scalar:
            doubled = curve.add(power, power)
            assert doubled is not None
            power = doubled
    return result


@ALL
def test_parameters_are_a_curve_with_a_generator_of_its_order(curve: Curve) -> None:
    assert pow(2, curve.p - 1, curve.p) == 1
    assert pow(2, curve.n - 1, curve.n) == 1
    assert (4 * curve.a**3 + 27 * curve.b**2) % curve.p != 0
    assert curve.contains((curve.gx, curve.gy))
    assert abs(curve.p + 1 - curve.n) ** 2 <= 4 * curve.p  # Hasse, with cofactor 1
    before_infinity = _multiply(curve, curve.n - 1)
    assert before_infinity == (curve.gx, curve.p - curve.gy)
    assert curve.add(before_infinity, (curve.gx, curve.gy)) is None


@WITH_OPENSSL
def test_numbers_are_those_of_openssl(curve: Curve) -> None:
    assert curve.native is not None
    for scalar in (1, 2, 3, 1000, curve.n - 1):
        numbers = ec.derive_private_key(scalar, curve.native).public_key().public_numbers()
        assert _multiply(curve, scalar) == (numbers.x, numbers.y)


@ALL
def test_every_way_of_naming_finds_the_curve(curve: Curve) -> None:
    assert by_name(curve.name) is curve
    assert by_oid(curve.oid) is curve
    assert by_parameter_id(curve.parameter_id) is curve
    numbers = (curve.p, curve.a, curve.b, curve.gx, curve.gy, curve.n)
    assert identify(*numbers, 1) is curve
    assert identify(*numbers, None) is curve
    assert identify(curve.p, curve.a - curve.p, *numbers[2:], 1) is curve  # a as a negative number


def test_unknown_names_are_none() -> None:
    assert by_name("secp256k1") is None
    assert by_oid("1.3.132.0.10") is None
    assert by_parameter_id(0) is None
    assert by_parameter_id(19) is None


@ALL
@pytest.mark.parametrize("position", range(6))
def test_explicit_parameters_must_agree_in_every_number(curve: Curve, position: int) -> None:
    numbers = [curve.p, curve.a, curve.b, curve.gx, curve.gy, curve.n]
    numbers[position] += 1
    assert identify(*numbers, 1) is None


def test_another_generator_or_cofactor_is_not_the_named_curve() -> None:
    """CVE-2020-0601: with a generator of the forger's choice, any public key has a known private one."""
    curve = by_name("secp384r1")
    assert curve is not None
    doubled = curve.add((curve.gx, curve.gy), (curve.gx, curve.gy))
    assert doubled is not None
    assert identify(curve.p, curve.a, curve.b, *doubled, curve.n, 1) is None
    assert identify(curve.p, curve.a, curve.b, curve.gx, curve.gy, curve.n, 4) is None
    assert identify(0, curve.a, curve.b, curve.gx, curve.gy, curve.n, 1) is None


@ALL
def test_points_off_the_curve_are_no_points(curve: Curve) -> None:
    good = curve.encode((curve.gx, curve.gy))
    assert curve.decode(good) == (curve.gx, curve.gy)
    assert curve.decode(good[:-1] + bytes((good[-1] ^ 1,))) is None
    assert curve.decode(b"\x00") is None  # infinity
    assert curve.decode(b"") is None
    assert curve.decode(b"\x02" + good[1 : curve.size + 1]) is None
    assert curve.decode(good + b"\x00") is None
    assert curve.decode(b"\x06" + good[1:]) is None
    assert curve.decode(b"\x04" + bytes(2 * curve.size)) is None
    if (curve.gx + curve.p).bit_length() <= 8 * curve.size:
        assert not curve.contains((curve.gx + curve.p, curve.gy))  # not reduced
    assert not curve.contains((curve.gx, curve.gy - curve.p))


@given(st.sampled_from(NATIVE), st.integers(2, 2**160), st.integers(2, 2**160))
def test_addition_agrees_with_openssl(curve: Curve, one: int, other: int) -> None:
    assert curve.native is not None

    def times(scalar: int) -> tuple[int, int]:
        numbers = ec.derive_private_key(scalar, curve.native).public_key().public_numbers()  # type: ignore[arg-type]
        return numbers.x, numbers.y

    assert curve.add(times(one), times(other)) == times(one + other)
