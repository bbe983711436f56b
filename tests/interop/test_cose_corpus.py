"""The COSE working group's examples of COSE_Sign1: each case as expected, or refused for a stated reason."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from eid.crypto.cose import (
    TAGGED,
    UNTAGGED,
    Sign1,
    parse_sign1,
    parse_sign1_without_header_placement,
    verify_sign1,
)
from eid.crypto.keys import Key
from eid.errors import (
    AlgorithmMismatch,
    AlgorithmUnprotected,
    CoseMalformed,
    EidError,
    TokenSignatureInvalid,
    UnsupportedAlgorithm,
)
from eid.tokens.cwt import read_cwt

#: Valid by the book, and refused here because the house is stricter.
REFUSED_BY_POLICY: dict[str, type[EidError]] = {
    "sign1-tests/sign-pass-01.json": AlgorithmUnprotected,  # alg in the unprotected header only
    "ecdsa-examples/ecdsa-sig-04.json": AlgorithmMismatch,  # SHA-512 with P-256: the curve binds the hash
    "eddsa-examples/eddsa-sig-02.json": UnsupportedAlgorithm,  # Ed448
}
INVALID: dict[str, type[EidError]] = {
    "sign1-tests/sign-fail-01.json": CoseMalformed,  # tag 998
    "sign1-tests/sign-fail-02.json": TokenSignatureInvalid,
    "sign1-tests/sign-fail-03.json": AlgorithmMismatch,
    "sign1-tests/sign-fail-04.json": AlgorithmMismatch,
    "sign1-tests/sign-fail-06.json": TokenSignatureInvalid,
    "sign1-tests/sign-fail-07.json": TokenSignatureInvalid,
}


def key_of(case: dict[str, Any]) -> Key:
    found = case["input"]["sign0"]["key"]
    jwk = {name: found[name] for name in ("kty", "crv") if name in found}
    for name in ("x", "y"):
        if f"{name}_hex" in found:
            octets = bytes.fromhex(found[f"{name}_hex"])
            jwk[name] = base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
        elif name in found:
            jwk[name] = found[name]
    return Key.from_jwk(jwk)


def verified(case: dict[str, Any], *, tagged: bool, lenient: bool = False) -> Sign1:
    sign0 = case["input"]["sign0"]
    key = key_of(case)
    octets = bytes.fromhex(case["output"]["cbor"])
    parse = parse_sign1_without_header_placement if lenient else parse_sign1
    message = parse(octets, wrappings=frozenset({TAGGED if tagged else UNTAGGED}), limit=65_536)
    verify_sign1(message, key, external_aad=bytes.fromhex(sign0.get("external", "")))
    return message


def test_every_case_comes_out_as_expected(corpora: Path) -> None:
    folder = corpora / "cose_sign1"
    counts = {"valid": 0, "invalid": 0, "unsupported": 0, "policy": 0}
    for entry in json.loads((folder / "expected.json").read_text()):
        name = entry["file"]
        case = json.loads((folder / name).read_text())
        tagged = entry.get("tag", 18) is not None
        if name in REFUSED_BY_POLICY:
            assert entry["expect"] == "valid"
            with pytest.raises(REFUSED_BY_POLICY[name]):
                verified(case, tagged=tagged)
            counts["policy"] += 1
        elif entry["expect"] == "valid":
            message = verified(case, tagged=tagged)
            assert (message.payload or b"").startswith((b"This is the content.", b"\xa7\x01\x75coap"))
        elif entry["expect"] == "invalid":
            with pytest.raises(INVALID[name]):
                verified(case, tagged=tagged)
        else:
            with pytest.raises(UnsupportedAlgorithm):
                verified(case, tagged=tagged)
        counts[entry["expect"]] += 1
    assert counts == {"valid": 14, "invalid": 6, "unsupported": 1, "policy": 3}


def test_an_encoded_empty_header_counts_as_none_where_placement_is_free(corpora: Path) -> None:
    case = json.loads((corpora / "cose_sign1/sign1-tests/sign-pass-01.json").read_text())
    assert verified(case, tagged=True, lenient=True).alg == -7


def test_rfc_8392_appendix_a_3_signed_cwt(corpora: Path) -> None:
    case = json.loads((corpora / "cose_sign1/CWT/A_3.json").read_text())
    cwt = read_cwt(verified(case, tagged=True).payload or b"", limit=4096)
    assert (cwt.issuer, cwt.subject, cwt.audience, cwt.token_id) == (
        "coap://as.example.com",
        "erikw",
        ("coap://light.example.com",),
        b"\x0bq",
    )
    assert (cwt.expires_at, cwt.not_before, cwt.issued_at) == (1444064944, 1443944944, 1443944944)
