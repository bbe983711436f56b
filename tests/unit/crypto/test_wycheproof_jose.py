"""Project Wycheproof through the keys that verify tokens: ECDSA as r || s, Ed25519, RSASSA-PSS, JWK Sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from eid.crypto.keys import Key, KeySet
from eid.errors import AlgorithmForbidden, EidError, InvalidSignature, KeyFormatError
from eid.tokens.jws import parse_jws, verify_jws

FILES = {
    "ecdsa_secp256r1_sha256_p1363_test.json": "ES256",
    "ecdsa_secp384r1_sha384_p1363_test.json": "ES384",
    "ecdsa_secp521r1_sha512_p1363_test.json": "ES512",
    "ed25519_test.json": "Ed25519",
    "rsa_pss_2048_sha256_mgf1_32_test.json": "PS256",
    "rsa_pss_3072_sha256_mgf1_32_test.json": "PS256",
}
#: Valid by the file, with secret keys (HMAC): refused here on purpose, with this very error.
SECRET_KEYS = {2, 13, 14, 15}


def groups(corpora: Path, file: str) -> list[dict[str, Any]]:
    return json.loads((corpora / "wycheproof" / file).read_text(encoding="utf-8"))["testGroups"]


@pytest.mark.parametrize("file", FILES)
def test_every_signature_has_its_expected_result(corpora: Path, file: str) -> None:
    wrong = []
    found = {"valid": 0, "invalid": 0}
    for group in groups(corpora, file):
        public = load_der_public_key(bytes.fromhex(group["publicKeyDer"]))
        keys = [Key.from_public(public, alg=FILES[file])]
        if "publicKeyJwk" in group:
            keys.append(Key.from_jwk(group["publicKeyJwk"], alg=FILES[file]))
        for key in keys:
            for test in group["tests"]:
                try:
                    key.verify(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
                    result = "valid"
                except InvalidSignature:
                    result = "invalid"
                found[result] += 1
                if result != test["result"]:  # in these files nothing is merely "acceptable"
                    wrong.append((test["tcId"], test["comment"]))
    assert wrong == []
    assert min(found.values()) > 20


def outcome(group: dict[str, Any], token: str) -> str | EidError:
    """``valid``, or the error that came of it."""
    try:
        jws = parse_jws(token)
        key = KeySet.from_jwks(json.dumps(group.get("public", group["private"])).encode()).get(jws.kid)
        if key is None:
            return KeyFormatError("no usable key of this name")
        verify_jws(jws, key)
    except EidError as error:
        return error
    return "valid"


def test_every_key_set_has_its_expected_result(corpora: Path) -> None:
    seen: dict[str, list[int]] = {"valid": [], "invalid": [], "secret keys": []}
    for group in groups(corpora, "json_web_key_test.json"):
        for test in group["tests"]:
            found = outcome(group, test["jws"])
            if test["tcId"] in SECRET_KEYS:
                assert test["result"] == "valid"
                assert isinstance(found, AlgorithmForbidden)
                seen["secret keys"].append(test["tcId"])
            elif test["result"] == "valid":
                assert found == "valid", test
                seen["valid"].append(test["tcId"])
            else:
                assert isinstance(found, EidError), test
                seen["invalid"].append(test["tcId"])
    assert {name: len(ids) for name, ids in seen.items()} == {"valid": 1, "invalid": 21, "secret keys": 4}


@pytest.mark.parametrize(("comment", "because"), [
    ("rejectsKeyWithRocaVulnerability", "CVE-2017-15361"), ("rejects1024bitRsaKey", "not a key for RS256"),
    ("rejectsPublicExponent1", "not a key for RS256"), ("rejectsWrongUse", "not in the table"),
])  # fmt: skip
def test_an_unsafe_key_is_refused_by_itself(corpora: Path, comment: str, because: str) -> None:
    """Not because the signature with it happened to be wrong."""
    ((jwk, _),) = [
        (group["public"]["keys"][0], test)
        for group in groups(corpora, "json_web_key_test.json")
        for test in group["tests"]
        if test["comment"] == comment
    ]
    with pytest.raises(EidError, match=because):
        Key.from_jwk(jwk)
