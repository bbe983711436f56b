from __future__ import annotations

import functools
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.chip.active_authentication import (
    internal_authenticate,
    message_representative_hash,
    signature_length,
    verify_active_authentication,
)
from eid.chip.apdu import CommandAPDU
from eid.chip.session import Session
from eid.chip.transport import run
from eid.crypto.curves import CURVES, by_name
from eid.encoding import der
from eid.encoding.tlv import tlv
from eid.errors import (
    ChallengeFormatError,
    EidError,
    InvalidSignature,
    KeyFormatError,
    UnknownCurve,
    UnsupportedAlgorithm,
)
from eid.simulator.keys import EcKey, RsaKey

CHALLENGE, OTHER = bytes.fromhex("f173589974bf40c6"), bytes(8)
TRAILERS = {
    "bc": "sha1",
    "33cc": "sha1",
    "34cc": "sha256",
    "36cc": "sha384",
    "35cc": "sha512",
    "38cc": "sha224",
}
NATIVE = [curve.name for curve in CURVES if curve.native is not None]


@functools.cache
def rsa_key(bits: int) -> RsaKey:
    return RsaKey.generate(bits)


@functools.cache
def ec_key(curve: str) -> EcKey:
    known = by_name(curve)
    assert known is not None
    return EcKey.generate(known)


def representative(
    size: int,
    trailer: str,
    *,
    head: int = 0x6A,
    first: bytes = b"",
    challenge: bytes = CHALLENGE,
    covers: bytes | None = None,
) -> bytes:
    """F of *size* octets; *first* are the first octets of the recoverable part."""
    tail, name = bytes.fromhex(trailer), TRAILERS.get(trailer, "sha1")
    room = size - 1 - len(tail) - hashlib.new(name).digest_size
    recoverable = (first + bytes(range(1, 250)) * 2)[:room]
    message = recoverable + challenge if covers is None else covers
    return bytes((head,)) + recoverable + hashlib.new(name, message).digest() + tail


def sign(key: RsaKey, f: bytes, *, complement: bool = False) -> bytes:
    number = key.raw(int.from_bytes(f, "big"))
    if complement:
        number = key.native.public_key().public_numbers().n - number
    return number.to_bytes(key.size, "big")


# --- RSA --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [1024, 2048, 3072])
@pytest.mark.parametrize("trailer", TRAILERS)
@pytest.mark.parametrize("first", [b"", bytes(8)], ids=["", "leading zeros"])
def test_every_trailer_and_length_verifies(bits: int, trailer: str, first: bytes) -> None:
    key = rsa_key(bits)
    signature = sign(key, representative(key.size, trailer, first=first))
    result = verify_active_authentication(key.spki(), CHALLENGE, signature)
    assert (result.algorithm, result.hash_name) == ("RSA ISO 9796-2", TRAILERS[trailer])
    with pytest.raises(InvalidSignature):
        verify_active_authentication(key.spki(), OTHER, signature)


@pytest.mark.parametrize("trailer", TRAILERS)
def test_the_smaller_of_s_and_n_minus_s_verifies_too(trailer: str) -> None:
    key = rsa_key(1024)
    signature = sign(key, representative(key.size, trailer), complement=True)
    assert verify_active_authentication(key.spki(), CHALLENGE, signature).hash_name == TRAILERS[trailer]
    with pytest.raises(InvalidSignature):
        verify_active_authentication(key.spki(), OTHER, signature)


@pytest.mark.parametrize("head", [0x4A, 0x4B, 0x6B, 0x60, 0x00])
def test_only_partial_recovery_without_padding_is_taken(head: int) -> None:
    key = rsa_key(1024)
    f = representative(key.size, "bc", head=head)
    with pytest.raises(InvalidSignature):
        verify_active_authentication(key.spki(), CHALLENGE, sign(key, f))


def test_total_recovery_does_not_cover_the_challenge() -> None:
    """With 4A the hash is over the recovered part alone: one signature would serve every challenge."""
    key = rsa_key(1024)
    size = key.size - 1 - 1 - 20
    recovered = (bytes(range(1, 250)))[:size]
    for head in (0x4A, 0x6A):
        f = representative(key.size, "bc", head=head, covers=recovered)
        with pytest.raises(InvalidSignature):
            verify_active_authentication(key.spki(), CHALLENGE, sign(key, f))


@pytest.mark.parametrize("trailer", ["31cc", "37cc", "00cc"])
def test_an_unknown_hash_is_unsupported_not_forged(trailer: str) -> None:
    key = rsa_key(1024)
    with pytest.raises(UnsupportedAlgorithm, match=trailer.upper()):
        verify_active_authentication(key.spki(), CHALLENGE, sign(key, representative(key.size, trailer)))
    # With a wrong head it is only a wrong signature.
    for head in (0x12, 0x69, 0x6B):
        f = representative(key.size, trailer, head=head)
        with pytest.raises(InvalidSignature):
            verify_active_authentication(key.spki(), CHALLENGE, sign(key, f))


@pytest.mark.parametrize("trailer", ["ac", "dc", "33cd", "0c", "7c"])
def test_another_trailer_is_refused(trailer: str) -> None:
    key = rsa_key(1024)
    for complement in (False, True):
        signature = sign(key, representative(key.size, trailer), complement=complement)
        with pytest.raises(InvalidSignature):
            verify_active_authentication(key.spki(), CHALLENGE, signature)


def test_another_key_and_other_lengths_are_refused() -> None:
    key, other = rsa_key(1024), RsaKey.generate(1024)
    good = sign(key, representative(key.size, "bc"))
    modulus = key.native.public_key().public_numbers().n
    beyond = int.from_bytes(good, "big") + modulus
    wrong = [
        b"",
        good[:-1],
        b"\0" + good,
        good + b"\0",
        bytes(128),
        b"\xff" * 128,
        beyond.to_bytes(129, "big"),
    ]
    for signature in wrong:
        with pytest.raises(InvalidSignature):
            verify_active_authentication(key.spki(), CHALLENGE, signature)
    with pytest.raises(InvalidSignature):
        verify_active_authentication(other.spki(), CHALLENGE, good)


def test_a_signature_has_all_octets_of_the_modulus_also_the_leading_zeros() -> None:
    key = rsa_key(1024)
    found = (sign(key, representative(key.size, "bc", first=n.to_bytes(2, "big"))) for n in range(65_536))
    signature = next(octets for octets in found if octets[0] == 0)
    assert verify_active_authentication(key.spki(), CHALLENGE, signature).hash_name == "sha1"
    for other in (signature[1:], b"\0" + signature, signature + b"\0"):
        with pytest.raises(InvalidSignature):
            verify_active_authentication(key.spki(), CHALLENGE, other)


def test_a_signature_not_reduced_is_refused() -> None:
    """S + n opens to the same F; taking it would let one signature appear in two forms."""
    key = rsa_key(1024)
    modulus = key.native.public_key().public_numbers().n
    for attempt in range(2_000):
        good = sign(key, representative(key.size, "bc", first=attempt.to_bytes(4, "big")))
        beyond = int.from_bytes(good, "big") + modulus
        if beyond < 1 << 1024:
            break
    verify_active_authentication(key.spki(), CHALLENGE, good)
    with pytest.raises(InvalidSignature):
        verify_active_authentication(key.spki(), CHALLENGE, beyond.to_bytes(128, "big"))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1023))
def test_any_flipped_bit_of_an_rsa_signature_is_found(bit: int) -> None:
    key = rsa_key(1024)
    signature = bytearray(sign(key, representative(key.size, "34cc")))
    signature[bit // 8] ^= 1 << bit % 8
    with pytest.raises((InvalidSignature, UnsupportedAlgorithm)):
        verify_active_authentication(key.spki(), CHALLENGE, bytes(signature))


@given(st.binary(max_size=80), st.sampled_from(["bc", "33cc", "34cc", "35cc", "36cc", "38cc", "cc", "99cc"]))
def test_any_representative_is_judged_without_a_foreign_error(body: bytes, trailer: str) -> None:
    for octets in (body, b"\x6a" + body + bytes.fromhex(trailer), bytes.fromhex(trailer)):
        with pytest.raises((InvalidSignature, UnsupportedAlgorithm)):
            message_representative_hash(octets, CHALLENGE)


def test_the_recovered_part_must_not_be_empty() -> None:
    digest = hashlib.sha1(CHALLENGE).digest()
    with pytest.raises(InvalidSignature):
        message_representative_hash(b"\x6a" + digest + b"\xbc", CHALLENGE)
    digest = hashlib.sha1(b"x" + CHALLENGE).digest()
    assert message_representative_hash(b"\x6ax" + digest + b"\xbc", CHALLENGE) == "sha1"


# --- ECDSA ------------------------------------------------------------------------------------------


def _der(plain: bytes) -> bytes:
    half = len(plain) // 2
    return encode_dss_signature(int.from_bytes(plain[:half], "big"), int.from_bytes(plain[half:], "big"))


@pytest.mark.parametrize("curve", NATIVE)
@pytest.mark.parametrize("hash_name", ["sha1", "sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("named", [True, False])
def test_ecdsa_plain_and_der_with_the_hash_named_or_guessed(curve: str, hash_name: str, named: bool) -> None:
    key = ec_key(curve)
    plain = key.sign_plain(hash_name, CHALLENGE)
    for signature in (plain, _der(plain)):
        result = verify_active_authentication(
            key.spki(), CHALLENGE, signature, ecdsa_hash=hash_name if named else None
        )
        assert (result.algorithm, result.hash_name) == ("ECDSA", hash_name)
        with pytest.raises(InvalidSignature):
            verify_active_authentication(key.spki(), OTHER, signature)


def test_the_hash_that_dg14_names_is_the_only_one() -> None:
    key = ec_key("secp256r1")
    signature = key.sign_plain("sha1", CHALLENGE)
    with pytest.raises(InvalidSignature):
        verify_active_authentication(key.spki(), CHALLENGE, signature, ecdsa_hash="sha256")
    with pytest.raises(UnsupportedAlgorithm):
        verify_active_authentication(key.spki(), CHALLENGE, signature, ecdsa_hash="ripemd160")


def test_a_plain_signature_that_begins_like_der_verifies() -> None:
    key = ec_key("secp256r1")
    while True:
        signature = key.sign_plain("sha256", CHALLENGE)
        if signature[0] == 0x30:
            break
    verify_active_authentication(key.spki(), CHALLENGE, signature)


def test_explicit_parameters_of_a_named_curve_verify() -> None:
    key = ec_key("brainpoolP256r1")
    signature = key.sign_plain("sha256", CHALLENGE)
    verify_active_authentication(key.spki(explicit_parameters=True), CHALLENGE, signature)


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        b"\x30",
        bytes(64),
        b"\xff" * 64,
        bytes(63),
        b"\x30\x06\x02\x01\x00\x02\x01\x00",
        b"\x30\x06\x02\x01\xff\x02\x01\xff",
        b"\x30\x09\x02\x01\x01\x02\x01\x01\x02\x01\x01",
        b"\x30\x03\x02\x01\x01",
        b"\x30\x00",
        der.sequence(der.integer(1 << 600), der.integer(1)),
        der.sequence(der.oid("1.2.3"), der.integer(1)),
        der.sequence(*[b"\x05\x00"] * 70_000),
    ],
)
def test_impossible_ecdsa_signatures_are_invalid(signature: bytes) -> None:
    with pytest.raises(InvalidSignature):
        verify_active_authentication(ec_key("secp256r1").spki(), CHALLENGE, signature)


def test_a_curve_without_implementation_is_unsupported_never_forged() -> None:
    """The key of the BSI Silver Data Set is on brainpoolP224r1."""
    key = ec_key("brainpoolP224r1")
    for signature in (
        key.sign_plain("sha256", CHALLENGE),
        bytes(56),
        _der(key.sign_plain("sha1", CHALLENGE)),
    ):
        with pytest.raises(UnsupportedAlgorithm) as caught:
            verify_active_authentication(key.spki(), CHALLENGE, signature)
        assert not isinstance(caught.value, UnknownCurve)


def test_a_curve_nobody_knows_is_said_to_be_one_whatever_the_signature_looks_like() -> None:
    curve = by_name("secp256r1")
    assert curve is not None
    point = curve.encode((curve.gx, curve.gy))
    parameters = der.sequence(
        der.integer(1),
        der.sequence(der.oid("1.2.840.10045.1.1"), der.integer(curve.p)),
        der.sequence(tlv(4, curve.a.to_bytes(32, "big")), tlv(4, curve.b.to_bytes(32, "big"))),
        tlv(4, point),
        der.integer(curve.n - 2),
        der.integer(1),
    )
    spki = der.sequence(der.sequence(der.oid("1.2.840.10045.2.1"), parameters), der.bit_string(point))
    for signature in (bytes(64), b"\x30" + bytes(63), _der(bytes(63) + b"\1")):
        with pytest.raises(UnknownCurve):
            verify_active_authentication(spki, CHALLENGE, signature)


def test_other_keys() -> None:
    ed25519 = der.sequence(der.sequence(der.oid("1.3.101.112")), der.bit_string(bytes(32)))
    with pytest.raises(UnsupportedAlgorithm):
        verify_active_authentication(ed25519, CHALLENGE, bytes(64))
    for octets in (b"", b"\x30\x00", b"garbage"):
        with pytest.raises(KeyFormatError):
            verify_active_authentication(octets, CHALLENGE, bytes(64))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=150))
def test_random_octets_never_verify_and_raise_nothing_foreign(signature: bytes) -> None:
    for spki in (rsa_key(1024).spki(), ec_key("secp256r1").spki()):
        with pytest.raises(EidError):
            verify_active_authentication(spki, CHALLENGE, signature)


# --- the command ------------------------------------------------------------------------------------


def test_lengths_of_signatures() -> None:
    assert signature_length(rsa_key(2048).spki()) == 256
    assert signature_length(ec_key("secp521r1").spki()) == 132
    assert signature_length(ec_key("brainpoolP224r1").spki()) == 56
    with pytest.raises(KeyFormatError):
        signature_length(b"\x30\x00")


def test_a_challenge_has_eight_octets() -> None:
    for length in (0, 7, 9):
        with pytest.raises(ChallengeFormatError):
            next(internal_authenticate(Session(), bytes(length), 128))


class Picky:
    """Takes one form of Le only."""

    def __init__(self, extended: bool) -> None:
        self.extended = extended
        self.seen: list[tuple[int, bool]] = []

    def transmit(self, command: bytes) -> bytes:
        apdu = CommandAPDU.from_bytes(command)
        self.seen.append((apdu.le, apdu.extended))
        return b"signature\x90\x00" if apdu.extended == self.extended else b"\x67\x00"


@pytest.mark.parametrize(
    ("length", "known", "works", "tries"),
    [
        (128, None, False, 1),
        (128, None, True, 2),
        (384, None, True, 1),
        (384, None, False, 2),
        (384, False, False, 1),
    ],
)
def test_the_other_form_of_le_is_tried_once(length: int, known: bool | None, works: bool, tries: int) -> None:
    session, chip = Session(), Picky(works)
    session.extended = known
    response = run(internal_authenticate(session, CHALLENGE, length), chip)
    assert response.data == b"signature"
    assert len(chip.seen) == tries
    assert set(chip.seen) <= {(256, False), (65_536, True)}
    assert ("active_authentication_le" in session.quirks) == (tries == 2)


def test_a_refusal_is_handed_back_unjudged() -> None:
    class Refusing:
        def transmit(self, command: bytes) -> bytes:
            return b"\x6a\x88"

    assert run(internal_authenticate(Session(), CHALLENGE, 64), Refusing()).sw == 0x6A88
