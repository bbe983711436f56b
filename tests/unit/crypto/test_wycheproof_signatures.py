"""Project Wycheproof: ECDSA with DER and P1363 signatures, and RSASSA-PSS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eid.crypto.public_keys import load_public_key
from eid.crypto.signatures import SignatureAlgorithm, verify_signature
from eid.errors import InvalidSignature

_CURVES = [
    f"{curve}_{hash_}"
    for curve, hash_ in (
        ("secp256r1", "sha256"),
        ("secp384r1", "sha384"),
        ("secp521r1", "sha512"),
        ("brainpoolP256r1", "sha256"),
        ("brainpoolP384r1", "sha384"),
        ("brainpoolP512r1", "sha512"),
    )
]
FILES = [
    *(f"ecdsa_{name}_test.json" for name in _CURVES),
    *(f"ecdsa_{name}_p1363_test.json" for name in _CURVES),
    "rsa_pss_2048_sha1_mgf1_20_test.json",
    "rsa_pss_2048_sha256_mgf1_0_test.json",
    "rsa_pss_2048_sha256_mgf1_32_test.json",
    "rsa_pss_2048_sha256_mgf1sha1_20_test.json",
    "rsa_pss_3072_sha256_mgf1_32_test.json",
    "rsa_pss_misc_test.json",
]


def _hash(name: str) -> str:
    return name.replace("-", "").lower()


def _algorithm(file: str, group: dict[str, object]) -> SignatureAlgorithm:
    hash_name = _hash(str(group["sha"]))
    if "pss" in file:
        salt = group["sLen"]
        assert isinstance(salt, int)
        return SignatureAlgorithm("RSASSA-PSS", "PSS", hash_name, _hash(str(group["mgfSha"])), salt)
    return SignatureAlgorithm("ecdsa", "ECDSA_PLAIN" if "p1363" in file else "ECDSA", hash_name)


@pytest.mark.parametrize("file", FILES)
def test_every_vector_has_its_expected_result(corpora: Path, file: str) -> None:
    groups = json.loads((corpora / "wycheproof" / file).read_text(encoding="utf-8"))["testGroups"]
    wrong = []
    tried = 0
    for group in groups:
        key = load_public_key(bytes.fromhex(group["publicKeyDer"]))
        for test in group["tests"]:
            tried += 1
            try:
                verify_signature(
                    key, _algorithm(file, group), bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])
                )
                found = "valid"
            except InvalidSignature:
                found = "invalid"
            if test["result"] != "acceptable" and found != test["result"]:
                wrong.append((test["tcId"], test["comment"]))
    assert tried > 80
    assert wrong == []
