"""Tokens in JSON form: what others sign, read as strictly as the compact form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eid.crypto.keys import SoftwareSigner
from eid.encoding import base64url, strict_json
from eid.errors import (
    AlgorithmForbidden,
    CriticalHeader,
    EidError,
    HeaderForbidden,
    HeaderInvalid,
    TokenDuplicateMember,
    TokenEncodingInvalid,
    TokenMalformed,
    TokenSignatureInvalid,
    TokenTooLarge,
)
from eid.tokens.jws import parse_jws_json, verify_jws

SIGNER = SoftwareSigner.generate("ES256", kid="k")
PAYLOAD = base64url.encode(b'{"iss":"x"}')


def entry(header: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """One signature over PAYLOAD."""
    protected = base64url.encode(strict_json.dumps({"alg": "ES256"} if header is None else header))
    signature = SIGNER.sign(f"{protected}.{PAYLOAD}".encode())
    return {"protected": protected, "signature": base64url.encode(signature), **members}


def octets(**members: Any) -> bytes:
    return json.dumps({"payload": PAYLOAD, **members}).encode()


def test_both_forms_verify_with_the_key_of_the_signature() -> None:
    for document in (
        octets(**entry(header={"alg": "ES256"}) | {"header": {"kid": "k"}}),
        octets(signatures=[entry()]),
    ):
        (jws,) = parse_jws_json(document)
        verify_jws(jws, SIGNER.key)
        assert jws.payload == b'{"iss":"x"}'


def test_each_signature_stands_for_itself() -> None:
    forged = entry() | {"signature": base64url.encode(bytes(64))}
    good, bad = parse_jws_json(octets(signatures=[entry(), forged]))
    verify_jws(good, SIGNER.key)
    with pytest.raises(TokenSignatureInvalid):
        verify_jws(bad, SIGNER.key)


def test_a_signature_without_known_algorithm_vouches_for_nothing() -> None:
    none = entry({"alg": "none"})
    assert len(parse_jws_json(octets(signatures=[none, entry()]))) == 1
    with pytest.raises(AlgorithmForbidden):
        parse_jws_json(octets(signatures=[none]))


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (octets(), TokenMalformed),
        (octets(signatures=[]), TokenMalformed),
        (octets(signatures=[entry()] * 17), TokenMalformed),
        (octets(signatures=["x"]), TokenMalformed),
        (octets(signatures=[entry()], **entry()), TokenMalformed),
        (octets(**entry(), more=1), TokenMalformed),
        (json.dumps(entry()).encode(), TokenMalformed),
        (b'{"payload":"e30","payload":"e30"}', TokenDuplicateMember),
        (octets(**entry(), header={"alg": "ES256"}), TokenDuplicateMember),
        (octets(**entry(), header={"typ": "x"}), HeaderForbidden),
        (octets(**entry(), header={"jwk": {}}), HeaderForbidden),
        (octets(**entry(), header=[]), TokenMalformed),
        (octets(**entry({"alg": "ES256", "jku": "https://x"})), HeaderForbidden),
        (octets(**entry({"alg": "ES256", "crit": ["b64"], "b64": False})), CriticalHeader),
        (octets(**entry({})), HeaderInvalid),
        (octets(**entry() | {"protected": "e30="}), TokenEncodingInvalid),
        (octets(**entry() | {"protected": base64url.encode(b"[]")}), TokenMalformed),
        (octets(**entry() | {"signature": None}), TokenMalformed),
        (b"x" * 70_000, TokenTooLarge),
        (b"[]", TokenMalformed),
    ],
)  # fmt: skip
def test_what_is_not_strictly_that_form_is_refused(document: bytes, error: type[EidError]) -> None:
    with pytest.raises(EidError) as caught:
        parse_jws_json(document)
    assert type(caught.value) is error
