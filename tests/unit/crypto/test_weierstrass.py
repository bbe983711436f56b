"""ECDSA in Python integers: right where OpenSSL can be asked, and everywhere else by its own arithmetic."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from eid.crypto.curves import CURVES, Curve, Point, by_name
from eid.crypto.public_keys import load_public_key
from eid.crypto.signatures import SignatureAlgorithm, verify_signature
from eid.crypto.weierstrass import decode_point, verify_ecdsa
from eid.encoding import der
from eid.encoding.tlv import parse
from eid.errors import EncodingError, InvalidSignature

SLOW = [curve for curve in CURVES if curve.native is None]
NATIVE = [curve for curve in CURVES if curve.native is not None]


def multiply(curve: Curve, scalar: int, point: Point) -> Point:
    """Double and add on affine points: another arithmetic than the one under test."""
    result: Point | None = None
    for bit in bin(scalar)[2:]:
        result = curve.add(result, result) if result else None
        if bit == "1":
            result = curve.add(result, point) if result else point
    assert result is not None
    return result


def sign(curve: Curve, secret: int, digest: bytes, nonce: int | None = None) -> tuple[int, int]:
    n = curve.n
    e = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - n.bit_length())
    k = nonce or secrets.randbelow(n - 1) + 1
    r = multiply(curve, k, (curve.gx, curve.gy))[0] % n
    return r, pow(k, -1, n) * (e + r * secret) % n


def generator(curve: Curve) -> Point:
    return curve.gx, curve.gy


@pytest.mark.parametrize("curve", SLOW, ids=lambda curve: curve.name)
@pytest.mark.parametrize("hash_name", ["sha1", "sha224", "sha256", "sha384", "sha512"])
def test_signatures_hold_with_every_hash_shorter_and_longer_than_the_curve(
    curve: Curve, hash_name: str
) -> None:
    secret = secrets.randbelow(curve.n - 1) + 1
    point = multiply(curve, secret, generator(curve))
    digest = hashlib.new(hash_name, b"message").digest()
    r, s = sign(curve, secret, digest)
    assert verify_ecdsa(curve, point, digest, r, s)
    assert verify_ecdsa(curve, point, digest, r, curve.n - s)  # as everywhere: the sign of s is free
    assert not verify_ecdsa(curve, point, hashlib.new(hash_name, b"other").digest(), r, s)
    assert not verify_ecdsa(curve, (point[0], curve.p - point[1]), digest, r, s)
    assert not verify_ecdsa(curve, point, digest, r, s % (curve.n - 1) + 1)
    assert not verify_ecdsa(curve, point, digest, r % (curve.n - 1) + 1, s)


@pytest.mark.parametrize("curve", NATIVE, ids=lambda curve: curve.name)
def test_it_agrees_with_openssl(curve: Curve) -> None:
    assert curve.native is not None
    for number in range(4):
        key = ec.generate_private_key(curve.native)
        numbers = key.public_key().public_numbers()
        message = bytes((number,))
        r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA384())))
        digest = hashlib.sha384(message).digest()
        assert verify_ecdsa(curve, (numbers.x, numbers.y), digest, r, s)
        assert not verify_ecdsa(curve, (numbers.x, numbers.y), digest, r ^ 1, s)


@pytest.mark.parametrize("name", ["secp256r1_sha256", "secp384r1_sha384", "brainpoolP256r1_sha256"])
def test_it_gives_the_results_of_project_wycheproof(corpora: Path, name: str) -> None:
    document = json.loads((corpora / "wycheproof" / f"ecdsa_{name}_test.json").read_text(encoding="utf-8"))
    wrong = []
    for group in document["testGroups"]:
        key = load_public_key(bytes.fromhex(group["publicKeyDer"]))
        assert key.curve is not None
        point = key.curve.decode(bytes.fromhex(group["publicKey"]["uncompressed"]))
        assert point is not None
        for test in group["tests"]:
            try:
                numbers = parse(bytes.fromhex(test["sig"]), der.SEQUENCE).children()
                r, s = (der.read_integer(node) for node in numbers)
            except (EncodingError, ValueError):
                continue  # never gets this far
            digest = hashlib.new(group["sha"].replace("-", ""), bytes.fromhex(test["msg"])).digest()
            if verify_ecdsa(key.curve, point, digest, r, s) != (test["result"] != "invalid"):
                wrong.append(test["tcId"])
    assert wrong == []


@pytest.mark.parametrize("curve", SLOW, ids=lambda curve: curve.name)
def test_numbers_out_of_range_never_hold(curve: Curve) -> None:
    point, n = generator(curve), curve.n
    digest = hashlib.sha256(b"").digest()
    r, s = sign(curve, 1, digest)
    assert verify_ecdsa(curve, point, digest, r, s)
    for wrong in (
        (0, 0),
        (0, s),
        (r, 0),
        (r + n, s),
        (r, s + n),
        (-r, s),
        (r - n, s),
        (r, s - n),
        (n, n),
        (1, 1),
    ):
        assert not verify_ecdsa(curve, point, digest, *wrong)


@pytest.mark.parametrize("curve", SLOW, ids=lambda curve: curve.name)
def test_special_points_on_the_way_are_handled(curve: Curve) -> None:
    n, g = curve.n, generator(curve)
    digest = hashlib.sha256(b"m").digest()
    for secret in (1, 2, n - 1, n - 2):  # Q is G, 2G, -G: the sum G + Q is a doubling or at infinity
        point = multiply(curve, secret, g)
        for nonce in (1, 2, 3, n - 1):
            assert verify_ecdsa(curve, point, digest, *sign(curve, secret, digest, nonce))
    # u·G + v·Q at infinity holds for nothing: e = -r·d makes it so.
    e = int.from_bytes(digest, "big") >> max(0, 256 - n.bit_length())
    secret = 7
    r = -e * pow(secret, -1, n) % n
    assert not verify_ecdsa(curve, multiply(curve, secret, g), digest, r, 5)
    # A hash of zero: only the key's term is left.
    zero = bytes(32)
    assert verify_ecdsa(curve, multiply(curve, secret, g), zero, *sign(curve, secret, zero))


@pytest.mark.parametrize("curve", SLOW, ids=lambda curve: curve.name)
def test_points_are_decoded_only_when_they_are_on_the_curve(curve: Curve) -> None:
    x, y = generator(curve)
    short = x.to_bytes(curve.size, "big")
    assert decode_point(curve, curve.encode((x, y))) == (x, y)
    assert decode_point(curve, bytes((2 + y % 2,)) + short) == (x, y)
    assert decode_point(curve, bytes((3 - y % 2,)) + short) == (x, curve.p - y)
    absent = next(
        v for v in range(1, 99) if pow((v * v + curve.a) * v + curve.b, (curve.p - 1) // 2, curve.p) != 1
    )
    for wrong in (
        b"", b"\0", b"\4", b"\2", curve.encode((x, y + 1)), curve.encode((x, y)) + b"\0", b"\5" + short,
        b"\2" + absent.to_bytes(curve.size, "big"), b"\2" + (x + curve.p).to_bytes(curve.size + 1, "big"),
    ):  # fmt: skip
        assert decode_point(curve, wrong) is None


def test_certificates_on_these_curves_take_milliseconds() -> None:
    curve = by_name("brainpoolP320r1")
    assert curve is not None
    digest = hashlib.sha256(b"m").digest()
    point = multiply(curve, 12345, generator(curve))
    r, s = sign(curve, 12345, digest)
    start = time.process_time()
    assert verify_ecdsa(curve, point, digest, r, s)
    assert time.process_time() - start < 0.1


@pytest.mark.parametrize("curve", SLOW, ids=lambda curve: curve.name)
def test_signature_forms_are_read_as_strictly_as_openssl_reads_them(curve: Curve) -> None:
    secret = 99
    point = curve.encode(multiply(curve, secret, generator(curve)))
    spki = der.sequence(der.sequence(der.oid("1.2.840.10045.2.1"), der.oid(curve.oid)), der.bit_string(point))
    key = load_public_key(spki)
    ecdsa = SignatureAlgorithm("ecdsa-with-SHA256", "ECDSA", "sha256")
    plain = SignatureAlgorithm("ecdsa-plain-SHA256", "ECDSA_PLAIN", "sha256")
    r, s = sign(curve, secret, hashlib.sha256(b"m").digest())
    good = der.sequence(der.integer(r), der.integer(s))
    verify_signature(key, ecdsa, good, b"m")
    size = (curve.n.bit_length() + 7) // 8
    verify_signature(key, plain, r.to_bytes(size, "big") + s.to_bytes(size, "big"), b"m")
    for wrong in (
        b"",
        good + b"\0",
        good[:-1],
        der.sequence(der.integer(r)),
        der.sequence(der.integer(r), der.integer(s), der.integer(s)),
        der.sequence(der.integer(r), der.integer(s), der.integer(1)),
        der.sequence(der.integer(r), b"\2\3\0\0\1"),
        der.sequence(der.integer(r), der.integer(s + (curve.n << 2000))),
        b"\x30\x81" + good[1:],
        der.sequence(der.integer(r), der.bit_string(b"1")),
    ):
        with pytest.raises(InvalidSignature):
            verify_signature(key, ecdsa, wrong, b"m")
    for wrong in (bytes(2 * size), bytes(2 * size - 1), good):
        with pytest.raises(InvalidSignature):
            verify_signature(key, plain, wrong, b"m")
    with pytest.raises(InvalidSignature):
        verify_signature(key, SignatureAlgorithm("x", "PKCS1", "sha256"), good, b"m")
    with pytest.raises(InvalidSignature):
        verify_signature(key, SignatureAlgorithm("x", "DSA", "sha256"), good, b"m")
