"""Our tokens in PyJWT and joserfc, theirs in ours; JWKs and thumbprints alike. Random headers and contents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.algorithms import DEFAULT_ALGORITHMS
from eid.crypto.keys import Key, KeySet, SoftwareSigner
from eid.encoding import base64url
from eid.errors import EidError
from eid.tokens.jws import parse_jws, sign_jws, verify_jws

jwt = pytest.importorskip("jwt")
jwk = pytest.importorskip("joserfc.jwk", reason="joserfc is not installed")
jose = pytest.importorskip("joserfc.jws")

ALGORITHMS = sorted(DEFAULT_ALGORITHMS)
SIGNERS = {alg: SoftwareSigner.generate(alg, kid=f"key {alg}") for alg in ALGORITHMS}
#: PyJWT knows Ed25519 under its older name alone (RFC 8037); RFC 9864 wants the new one.
PYJWT = jwt.PyJWS()
PYJWT.register_algorithm("Ed25519", jwt.algorithms.OKPAlgorithm())

#: Text that JSON can carry between all of them.
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
HEADERS = st.fixed_dictionaries(
    {"typ": st.sampled_from(["eid+jwt", "dc+sd-jwt", "JWT"])},
    optional={"cty": st.just("text/plain"), "x": VALUES},
)
#: Not empty: a token without content is refused here, as the content may stand elsewhere (RFC 7515, F).
PAYLOADS = st.one_of(
    st.dictionaries(TEXT, VALUES, max_size=5).map(lambda claims: json.dumps(claims).encode()),
    st.binary(min_size=1, max_size=200),
)
FEW = settings(max_examples=40, deadline=None)


def in_joserfc(key: Key) -> Any:
    return jwk.import_key(key.to_jwk())


def private_of(signer: SoftwareSigner) -> tuple[Any, Any]:
    """The private key of *signer* for PyJWT and for joserfc."""
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    native: Any = load_der_private_key(signer.private_bytes(), None)
    jwt_class = {
        "E": jwt.algorithms.ECAlgorithm,
        "R": jwt.algorithms.RSAAlgorithm,
        "P": jwt.algorithms.RSAAlgorithm,
    }
    cls = jwt.algorithms.OKPAlgorithm if signer.alg == "Ed25519" else jwt_class[signer.alg[0]]
    return native, jwk.import_key(cls.to_jwk(native, as_dict=True))


PRIVATE = {alg: private_of(signer) for alg, signer in SIGNERS.items()}


# --- ours in theirs ------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ALGORITHMS)
@FEW
@given(header=HEADERS, payload=PAYLOADS)
def test_our_tokens_verify_in_pyjwt_and_joserfc(alg: str, header: dict[str, Any], payload: bytes) -> None:
    signer = SIGNERS[alg]
    token = sign_jws(header, payload, signer)
    whole = {**header, "alg": alg, "kid": signer.kid}

    found = PYJWT.decode_complete(token, signer.key.public, algorithms=[alg])
    assert (found["payload"], found["header"]) == (payload, whole)

    registry = jose.JWSRegistry(algorithms=[alg], strict_check_header=False)
    theirs = jose.deserialize_compact(token, in_joserfc(signer.key), registry=registry)
    assert (theirs.payload, theirs.headers()) == (payload, whole)


@pytest.mark.parametrize("alg", ALGORITHMS)
@FEW
@given(damage=st.data())
def test_a_token_with_one_character_changed_is_refused(alg: str, damage: st.DataObject) -> None:
    signer = SIGNERS[alg]
    token = sign_jws({"typ": "eid+jwt"}, b'{"sub":"someone"}', signer)
    at = damage.draw(st.integers(0, len(token) - 1))
    altered = token[:at] + damage.draw(st.characters(codec="ascii")) + token[at + 1 :]
    if altered == token:
        return
    with pytest.raises(EidError):
        verify_jws(parse_jws(altered), signer.key)


# --- theirs in ours ------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ALGORITHMS)
@FEW
@given(header=HEADERS, payload=PAYLOADS)
def test_tokens_of_pyjwt_verify_in_ours(alg: str, header: dict[str, Any], payload: bytes) -> None:
    signer = SIGNERS[alg]
    for name in (alg, "EdDSA") if alg == "Ed25519" else (alg,):
        token = PYJWT.encode(payload, PRIVATE[alg][0], algorithm=name, headers={**header, "kid": signer.kid})
        jws = parse_jws(token)
        verify_jws(jws, signer.key)
        assert jws.payload == payload
        assert dict(jws.header) == {**header, "alg": name, "kid": signer.kid}


@pytest.mark.parametrize("alg", ALGORITHMS)
@FEW
@given(header=HEADERS, payload=PAYLOADS)
def test_tokens_of_joserfc_verify_in_ours(alg: str, header: dict[str, Any], payload: bytes) -> None:
    signer = SIGNERS[alg]
    whole = {**header, "alg": alg, "kid": signer.kid}
    registry = jose.JWSRegistry(algorithms=[alg], strict_check_header=False)
    jws = parse_jws(jose.serialize_compact(whole, payload, PRIVATE[alg][1], registry=registry))
    verify_jws(jws, signer.key)
    assert (jws.payload, dict(jws.header)) == (payload, whole)


# --- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_thumbprints_are_equal(alg: str) -> None:
    for _ in range(1 if SIGNERS[alg].key.to_jwk()["kty"] == "RSA" else 20):
        key = SoftwareSigner.generate(alg).key
        assert key.thumbprint() == in_joserfc(key).thumbprint()
        jwcrypto = pytest.importorskip("jwcrypto.jwk")
        assert key.thumbprint() == jwcrypto.JWK(**key.to_jwk()).thumbprint()


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_keys_of_joserfc_are_ours_and_back(alg: str) -> None:
    kind, crv = SIGNERS[alg].key.to_jwk()["kty"], SIGNERS[alg].key.to_jwk().get("crv")
    for _ in range(1 if kind == "RSA" else 20):
        theirs = jwk.generate_key(kind, crv or 2048, {"use": "sig", "alg": alg, "kid": "k"}, private=True)
        key = Key.from_jwk(theirs.as_dict(private=False))
        assert (key.kid, key.alg) == ("k", alg)
        registry = jose.JWSRegistry(algorithms=[alg])
        token = jose.serialize_compact({"alg": alg, "kid": "k"}, b"m", theirs, registry=registry)
        verify_jws(parse_jws(token), key)
        assert in_joserfc(key).as_dict(private=False).items() >= theirs.as_dict(private=False).items()


def test_our_key_sets_are_read_by_both() -> None:
    keys = KeySet(signer.key for signer in SIGNERS.values())
    jwks = json.loads(json.dumps(keys.to_jwks()))
    theirs = {key.kid: key.thumbprint() for key in jwk.KeySet.import_key_set(jwks).keys}
    assert theirs == {key.kid: key.thumbprint() for key in keys}
    known = {"keys": [each for each in jwks["keys"] if each["alg"] != "Ed25519"]}
    assert {key.key_id for key in jwt.PyJWKSet.from_dict(known).keys} == {
        each["kid"] for each in known["keys"]
    }


@pytest.mark.parametrize("octets", [bytes(range(n)) for n in (0, 1, 2, 3, 4, 31, 32, 33)])
def test_base64url_is_that_of_pyjwt(octets: bytes) -> None:
    text = base64url.encode(octets)
    assert text.encode() == jwt.utils.base64url_encode(octets)
    assert base64url.decode(text, limit=99) == jwt.utils.base64url_decode(text) == octets
