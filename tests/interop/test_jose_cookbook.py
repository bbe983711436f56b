"""The examples of RFC 7520, RFC 7797 and RFC 8037, file by file: what verifies, and what is refused and how.

Signed with a public-key algorithm: verifies, in each form there is. Secret keys (HMAC), encryption (JWE)
and detached content are not supported, and each is told apart from a forgery.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eid.crypto.keys import Key
from eid.encoding import base64url
from eid.errors import (
    AlgorithmForbidden,
    AlgorithmMismatch,
    CriticalHeader,
    EidError,
    HeaderForbidden,
    KeyFormatError,
    TokenFormUnsupported,
    TokenMalformed,
    TokenSignatureInvalid,
    UnsupportedAlgorithm,
)
from eid.tokens.jws import parse_jws, parse_jws_json, verify_jws

VERIFIES = {
    "jws/4_1.rsa_v15_signature.json": "RS256",
    "jws/4_2.rsa-pss_signature.json": "PS384",
    "jws/4_3.ecdsa_signature.json": "ES512",
    "curve25519/jws.json": "Ed25519",
}
#: Compact tokens of which the cookbook says that they hold, and that are refused here.
REFUSED = {
    "jws/4_4.hmac-sha2_integrity_protection.json": AlgorithmForbidden,
    "jws/4_5.signature_with_detached_content.json": TokenFormUnsupported,
    "rfc7797/hmac-sha2_b64_false.json": CriticalHeader,
}
#: Without a compact form.
JSON_ONLY = {
    "jws/4_6.protecting_specific_header_fields.json", "jws/4_7.protecting_content_only.json",
    "jws/4_8.multiple_signatures.json", "rfc7797/4.2.hmac-sha2_b64_false.json",
}  # fmt: skip
KEYS: dict[str, type[EidError] | None] = {
    "jwk/3_1.ec_public_key.json": None,
    "jwk/3_2.ec_private_key.json": KeyFormatError,
    "jwk/3_3.rsa_public_key.json": None,
    "jwk/3_4.rsa_private_key.json": KeyFormatError,
    "jwk/3_5.symmetric_key_mac_computation.json": UnsupportedAlgorithm,
    "jwk/3_6.symmetric_key_encryption.json": UnsupportedAlgorithm,
}


@pytest.fixture(scope="module")
def cookbook(corpora: Path) -> Path:
    return corpora / "jose_cookbook"


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def expected(cookbook: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((cookbook / "expected.json").read_text(encoding="utf-8"))
    return entries


def public_key(jwk: dict[str, Any], alg: str) -> Key:
    private = {"d", "p", "q", "dp", "dq", "qi"}
    return Key.from_jwk({name: value for name, value in jwk.items() if name not in private}, alg=alg)


def test_every_example_has_its_place_here(cookbook: Path) -> None:
    listed: dict[str, set[str]] = {kind: set() for kind in ("jws", "jwe", "jwk")}
    for entry in expected(cookbook):
        listed[entry["kind"]].add(entry["file"])
    assert listed["jws"] == VERIFIES.keys() | REFUSED.keys() | JSON_ONLY
    assert listed["jwk"] == KEYS.keys()
    assert len(listed["jwe"]) == 15  # all refused, see below


@pytest.mark.parametrize(("file", "alg"), VERIFIES.items())
def test_a_signed_example_verifies(cookbook: Path, file: str, alg: str) -> None:
    example = read(cookbook / file)
    jws = parse_jws(example["output"]["compact"])
    key = public_key(example["input"]["key"], alg)
    verify_jws(jws, key)
    assert jws.payload.decode() == example["input"]["payload"]
    assert dict(jws.header) == example["signing"]["protected"]
    assert jws.signing_input.decode() == example["signing"]["sig-input"]
    flipped = bytes([jws.signature[0] ^ 1]) + jws.signature[1:]
    altered = example["signing"]["sig-input"] + "." + base64url.encode(flipped)
    with pytest.raises(TokenSignatureInvalid):
        verify_jws(parse_jws(altered), key)


def test_one_rsa_key_does_not_verify_with_the_algorithm_of_the_other_example(cookbook: Path) -> None:
    pkcs1, pss = (read(cookbook / file) for file in list(VERIFIES)[:2])
    assert pkcs1["input"]["key"] == pss["input"]["key"]
    for example, alg in ((pkcs1, "PS384"), (pss, "RS256"), (pss, "PS256")):
        with pytest.raises(AlgorithmMismatch):
            verify_jws(parse_jws(example["output"]["compact"]), public_key(example["input"]["key"], alg))


@pytest.mark.parametrize(("file", "error"), REFUSED.items())
def test_an_example_of_another_kind_is_refused_with_its_code(
    cookbook: Path, file: str, error: type[EidError]
) -> None:
    with pytest.raises(EidError) as caught:
        parse_jws(read(cookbook / file)["output"]["compact"])
    assert type(caught.value) is error


def json_forms(cookbook: Path, file: str) -> list[dict[str, Any]]:
    forms = [form for name, form in read(cookbook / file)["output"].items() if name.startswith("json")]
    assert forms
    return forms


@pytest.mark.parametrize(("file", "alg"), VERIFIES.items())
def test_a_signed_example_verifies_in_its_json_forms_too(cookbook: Path, file: str, alg: str) -> None:
    example = read(cookbook / file)
    key = public_key(example["input"]["key"], alg)
    for form in json_forms(cookbook, file):
        (jws,) = parse_jws_json(json.dumps(form).encode())
        verify_jws(jws, key)
        assert jws.payload.decode() == example["input"]["payload"]
        signed = form.get("signatures", [form])[0]
        signed["signature"] = base64url.encode(bytes(len(jws.signature)))
        with pytest.raises(TokenSignatureInvalid):
            verify_jws(parse_jws_json(json.dumps(form).encode())[0], key)


def test_of_several_signatures_those_with_public_keys_verify_each_with_its_own(cookbook: Path) -> None:
    """The third is an HMAC, which vouches for nothing here."""
    example = read(cookbook / "jws/4_8.multiple_signatures.json")
    keys = [
        public_key(jwk, alg) for jwk, alg in zip(example["input"]["key"], ("RS256", "ES512"), strict=False)
    ]
    (form,) = json_forms(cookbook, "jws/4_8.multiple_signatures.json")
    first, second = parse_jws_json(json.dumps(form).encode())
    verify_jws(first, keys[0])
    verify_jws(second, keys[1])
    with pytest.raises(AlgorithmMismatch):
        verify_jws(second, keys[0])


@pytest.mark.parametrize("file", [*REFUSED, *sorted(JSON_ONLY - {"jws/4_8.multiple_signatures.json"})])
def test_an_hmac_is_refused_in_json_too(cookbook: Path, file: str) -> None:
    for form in json_forms(cookbook, file):
        with pytest.raises((AlgorithmForbidden, CriticalHeader, TokenMalformed, HeaderForbidden)):
            parse_jws_json(json.dumps(form).encode())


@pytest.mark.parametrize("file", [*VERIFIES, *REFUSED, *sorted(JSON_ONLY)])
def test_where_a_compact_token_belongs_json_is_refused_and_named(cookbook: Path, file: str) -> None:
    for form in json_forms(cookbook, file):
        for text in (json.dumps(form), json.dumps(form, indent=2), " " + json.dumps(form)):
            with pytest.raises(TokenFormUnsupported, match="JSON"):
                parse_jws(text)


def test_every_encrypted_example_is_not_supported_and_says_so(cookbook: Path) -> None:
    seen = 0
    for entry in expected(cookbook):
        if entry["kind"] != "jwe":
            continue
        example = read(cookbook / entry["file"])
        outputs = (example if "output" in example else example["encrypt"])["output"]
        for name, form in outputs.items():
            with pytest.raises(TokenFormUnsupported, match="JWE" if name == "compact" else "JSON"):
                parse_jws(form if name == "compact" else json.dumps(form))
            seen += 1
    assert seen > 30


@pytest.mark.parametrize(("file", "error"), KEYS.items())
def test_public_keys_are_read_and_others_are_not(
    cookbook: Path, file: str, error: type[EidError] | None
) -> None:
    jwk = read(cookbook / file)
    alg = {"EC": "ES512", "RSA": "RS256"}.get(jwk["kty"])
    if error is None:
        key = Key.from_jwk(jwk, alg=alg)
        assert key.kid == jwk["kid"]
        assert {name: value for name, value in key.to_jwk().items() if name != "alg"} == jwk
    else:
        with pytest.raises(error):
            Key.from_jwk(jwk, alg=alg)
