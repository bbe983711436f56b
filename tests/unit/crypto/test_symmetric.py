from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.symmetric import (
    CIPHERS,
    aes_cbc_decrypt,
    aes_cbc_encrypt,
    aes_ecb_encryptor,
    cmac,
    cmac_context,
    kdf,
    key_length,
    pad,
    retail_mac,
    tdes_cbc_decrypt,
    tdes_cbc_encrypt,
    unpad,
)
from eid.errors import EncodingError

KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ],
)
def test_rfc_4493_cmac_examples(length: int, expected: str) -> None:
    message = bytes.fromhex(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
    )[:length]
    assert cmac(KEY, message).hex() == expected
    context = cmac_context(KEY)
    context.update(message)
    assert context.finalize().hex() == expected


def test_sp_800_38a_cbc_and_ecb_examples() -> None:
    plain = bytes.fromhex("6bc1bee22e409f96e93d7e117393172a")
    iv = bytes(range(16))
    assert aes_cbc_encrypt(KEY, iv, plain).hex() == "7649abac8119b246cee98e9b12e9197d"
    assert aes_cbc_decrypt(KEY, iv, bytes.fromhex("7649abac8119b246cee98e9b12e9197d")) == plain
    assert aes_ecb_encryptor(KEY).update(plain).hex() == "3ad77bb40d7a3660a89ecaf32466ef97"


@given(st.binary(max_size=80), st.sampled_from([8, 16]))
def test_padding_round_trip_always_adds_at_least_one_octet(data: bytes, block: int) -> None:
    padded = pad(data, block)
    assert len(padded) % block == 0
    assert len(data) < len(padded) <= len(data) + block
    assert unpad(padded) == data


@pytest.mark.parametrize("wrong", [b"", bytes(16), b"abc", b"\x80\x01\x00", b"\x00\x81"])
def test_missing_padding_is_an_encoding_error(wrong: bytes) -> None:
    with pytest.raises(EncodingError):
        unpad(wrong)


def test_derived_keys_have_the_length_of_their_cipher_and_differ_by_counter() -> None:
    for cipher, length in CIPHERS.items():
        assert key_length(cipher) == length
        keys = {kdf(b"secret", counter, cipher) for counter in (1, 2, 3)}
        assert len(keys) == 3
        assert {len(key) for key in keys} == {length}


def test_3des_keys_have_odd_parity() -> None:
    for counter in range(1, 40):
        assert all(octet.bit_count() % 2 for octet in kdf(b"secret", counter, "3DES"))


@given(st.binary(min_size=16, max_size=16), st.integers(0, 6))
def test_3des_round_trip_with_two_and_three_keys(key: bytes, blocks: int) -> None:
    data = bytes(range(8 * blocks))
    for whole in (key, key + bytes(range(8))):
        assert tdes_cbc_decrypt(whole, bytes(8), tdes_cbc_encrypt(whole, bytes(8), data)) == data


def test_two_key_3des_is_three_key_3des_with_the_first_repeated() -> None:
    key = bytes(range(16))
    assert tdes_cbc_encrypt(key, bytes(8), bytes(16)) == tdes_cbc_encrypt(key + key[:8], bytes(8), bytes(16))


@given(st.integers(1, 12), st.binary(min_size=16, max_size=16))
def test_retail_mac_is_the_long_way_of_iso_9797_1_algorithm_3(blocks: int, key: bytes) -> None:
    data = bytes(range(8 * blocks))
    first = key[:8] * 3  # single DES as 3DES with one key
    state = bytes(8)
    for i in range(0, len(data), 8):
        block = bytes(a ^ b for a, b in zip(state, data[i : i + 8], strict=True))
        state = tdes_cbc_encrypt(first, bytes(8), block)
    opened = tdes_cbc_decrypt(key[8:] * 3, bytes(8), state)
    assert retail_mac(key, data) == tdes_cbc_encrypt(first, bytes(8), opened)
