"""Sealed records: for the holder of one private key, and for nobody else."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.encoding import strict_cbor
from eid.errors import KeyFormatError, LimitExceeded, RecordError, RecordMalformed, RecordNotOpened
from eid.tokens.record.content import MAX_FILE
from eid.tokens.record.sealing import is_sealed, open_sealed, recipient_of, seal, sealing_key

P256, X25519 = ec.generate_private_key(ec.SECP256R1()), x25519.X25519PrivateKey.generate()
RECORD = bytes(range(256)) * 20
SEALED = {key: seal(RECORD, to=key.public_key()) for key in (P256, X25519)}


def spki(key: Any) -> bytes:
    octets: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return octets


@pytest.mark.parametrize("key", [P256, X25519], ids=["P-256", "X25519"])
def test_the_holder_of_the_private_key_reads_the_record(key: Any) -> None:
    sealed = SEALED[key]
    assert is_sealed(sealed)
    assert recipient_of(sealed) == hashlib.sha256(spki(key)).hexdigest()
    assert open_sealed(sealed, key=key) == RECORD
    assert RECORD[:16] not in sealed
    assert seal(RECORD, to=key.public_key()) != sealed
    assert open_sealed(seal(b"", to=key.public_key()), key=key) == b""


@pytest.mark.parametrize("key", [P256, X25519], ids=["P-256", "X25519"])
def test_nobody_else_reads_it(key: Any) -> None:
    for other in {
        P256,
        X25519,
        ec.generate_private_key(ec.SECP256R1()),
        x25519.X25519PrivateKey.generate(),
    } - {key}:
        with pytest.raises(RecordNotOpened, match="another key"):
            open_sealed(SEALED[key], key=other)


def test_naming_another_recipient_opens_nothing() -> None:
    stranger = x25519.X25519PrivateKey.generate()
    body = strict_cbor.loads(SEALED[X25519], limit=MAX_FILE)
    renamed = strict_cbor.dumps({**body, "to": hashlib.sha256(spki(stranger)).digest()})
    with pytest.raises(RecordNotOpened):
        open_sealed(renamed, key=stranger)


@settings(max_examples=300, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), key=st.sampled_from([P256, X25519]))
def test_any_flipped_bit_is_found(place: float, bit: int, key: Any) -> None:
    altered = bytearray(SEALED[key])
    altered[int(place * len(altered))] ^= 1 << bit
    with pytest.raises(RecordError):
        open_sealed(bytes(altered), key=key)


def test_any_flipped_bit_of_the_head_is_found() -> None:
    for key, sealed in SEALED.items():
        for place in range(180):
            for bit in range(8):
                altered = bytearray(sealed)
                altered[place] ^= 1 << bit
                with pytest.raises(RecordError):
                    open_sealed(bytes(altered), key=key)


@pytest.mark.parametrize("change", [
    {"eid-sealed": 2}, {"eid-sealed": True}, {"kem": 17}, {"kem": "P-256"}, {"kdf": 2}, {"aead": 1},
    {"to": "text"}, {"to": bytes(32)}, {"sealed": "text"}, {"sealed": b""}, {"sealed": bytes(48)}, {"more": 1},
    {"kem": 0x0010},
])  # fmt: skip
def test_other_heads_are_refused(change: dict[str, Any]) -> None:
    body = strict_cbor.loads(SEALED[X25519], limit=MAX_FILE)
    with pytest.raises(RecordError):
        open_sealed(strict_cbor.dumps({**body, **change}), key=X25519)


def test_cut_lengthened_and_other_files_are_malformed() -> None:
    sealed = SEALED[P256]
    for octets in (b"", sealed[:-1], sealed[:50], sealed + b"\0", RECORD, b"\xa0", b"\xd2\x84"):
        with pytest.raises(RecordMalformed):
            open_sealed(octets, key=P256)
    assert not is_sealed(RECORD)
    assert not is_sealed(b"")


def test_only_the_one_form_is_read() -> None:
    sealed = SEALED[P256]
    body = strict_cbor.loads(sealed, limit=MAX_FILE)
    pairs = [strict_cbor.dumps(name) + strict_cbor.dumps(value) for name, value in body.items()]
    assert sealed == b"\xa6" + b"".join(pairs)
    for octets in (b"\xa6" + b"".join(reversed(pairs)), b"\xb8\x06" + b"".join(pairs)):
        with pytest.raises(RecordMalformed):
            open_sealed(octets, key=P256)


def test_keys_of_other_kinds_are_refused() -> None:
    others = (
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65_537, 2048),
    )
    for key in others:
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(KeyFormatError):
            sealing_key(pem)
        with pytest.raises(KeyFormatError):
            seal(RECORD, to=key.public_key())  # type: ignore[arg-type]
        with pytest.raises(KeyFormatError):
            open_sealed(SEALED[P256], key=key)
    for octets in (b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", bytes(100_000)):
        with pytest.raises(KeyFormatError):
            sealing_key(octets)
    with pytest.raises(KeyFormatError):
        open_sealed(SEALED[P256], key=P256.public_key())


@pytest.mark.parametrize("key", [P256, X25519], ids=["P-256", "X25519"])
def test_public_keys_are_read_from_pem(key: Any) -> None:
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert open_sealed(seal(RECORD, to=sealing_key(pem)), key=key) == RECORD


def _labelled_extract(suite: bytes, salt: bytes, label: bytes, keying: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + keying, "sha256")


def _labelled_expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    text = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(hashes.SHA256(), length, text).derive(key)


@pytest.mark.parametrize("key", [P256, X25519], ids=["P-256", "X25519"])
def test_it_is_what_the_standard_says_it_is(key: Any) -> None:
    """Opened step by step as RFC 9180, 4.1 and 5.1 write it, without the library that sealed it."""
    body = strict_cbor.loads(SEALED[key], limit=MAX_FILE)
    sealed = body.pop("sealed")
    info = strict_cbor.dumps(body)
    assert (body["kdf"], body["aead"]) == (1, 2)
    size = 32 if key is X25519 else 65
    enc, ciphertext = sealed[:size], sealed[size:]
    if key is X25519:
        shared = X25519.exchange(x25519.X25519PublicKey.from_public_bytes(enc))
        own = X25519.public_key().public_bytes_raw()
    else:
        shared = P256.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), enc))
        own = P256.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    kem = b"KEM" + body["kem"].to_bytes(2, "big")
    secret = _labelled_expand(
        kem, _labelled_extract(kem, b"", b"eae_prk", shared), b"shared_secret", enc + own, 32
    )
    suite = b"HPKE" + bytes([0, body["kem"], 0, 1, 0, 2])
    psk_id, hashed = (
        _labelled_extract(suite, b"", label, octets)
        for label, octets in ((b"psk_id_hash", b""), (b"info_hash", info))
    )
    context, scheduled = b"\0" + psk_id + hashed, _labelled_extract(suite, secret, b"secret", b"")
    content_key = _labelled_expand(suite, scheduled, b"key", context, 32)
    nonce = _labelled_expand(suite, scheduled, b"base_nonce", context, 12)
    assert AESGCM(content_key).decrypt(nonce, ciphertext, b"") == RECORD


def test_more_than_a_record_is_not_sealed() -> None:
    with pytest.raises(LimitExceeded):
        seal(bytes(MAX_FILE), to=X25519.public_key())
