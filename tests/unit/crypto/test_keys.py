"""Keys, key sets and software signers."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x25519
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.algorithms import ALGORITHMS, DEFAULT_ALGORITHMS, POST_QUANTUM, algorithm
from eid.crypto.keys import MAX_JWKS, MAX_KEYS, FoundKey, Key, KeySet, SoftwareSigner
from eid.encoding import base64url
from eid.errors import (
    EidError,
    InvalidSignature,
    KeyFormatError,
    KeyNotInForce,
    LimitExceeded,
    UnknownKey,
    UnsupportedAlgorithm,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
#: One signer for each algorithm; making RSA keys takes a while.
SIGNERS = {alg: SoftwareSigner.generate(alg) for alg in ALGORITHMS}


def jwk_of(alg: str) -> dict[str, Any]:
    return SIGNERS[alg].key.to_jwk()


# --- signing and verifying -----------------------------------------------------------------------


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_what_a_signer_signs_its_public_key_verifies(alg: str) -> None:
    signer = SIGNERS[alg]
    assert signer.alg == signer.key.alg == alg
    signature = signer.sign(b"message")
    signer.key.verify(signature, b"message")
    with pytest.raises(InvalidSignature):
        signer.key.verify(signature, b"messagf")


@pytest.mark.parametrize("alg", ALGORITHMS)
@settings(deadline=None, max_examples=60)
@given(damage=st.data())
def test_a_damaged_signature_never_holds(alg: str, damage: st.DataObject) -> None:
    signer = SIGNERS[alg]
    signature = bytearray(signer.sign(b"message"))
    match damage.draw(st.sampled_from(["flip", "cut", "longer", "other"])):
        case "flip":
            at = damage.draw(st.integers(0, len(signature) * 8 - 1))
            signature[at // 8] ^= 1 << at % 8
        case "cut":
            del signature[damage.draw(st.integers(0, len(signature) - 1)) :]
        case "longer":
            signature += damage.draw(st.binary(min_size=1, max_size=8))
        case _:
            signature = bytearray(damage.draw(st.binary(max_size=200)))
    with pytest.raises(InvalidSignature):
        signer.key.verify(bytes(signature), b"message")


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_key_of_another_kind_never_verifies(alg: str) -> None:
    signature = SIGNERS[alg].sign(b"message")
    for other, signer in SIGNERS.items():
        if other != alg:
            with pytest.raises(InvalidSignature):
                signer.key.verify(signature, b"message")


def test_one_rsa_key_for_two_algorithms_is_two_keys() -> None:
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    pkcs1, pss = SoftwareSigner(private, alg="RS256"), SoftwareSigner(private, alg="PS256")
    with pytest.raises(InvalidSignature):
        pss.key.verify(pkcs1.sign(b"m"), b"m")
    with pytest.raises(InvalidSignature):
        pkcs1.key.verify(pss.sign(b"m"), b"m")


def test_one_signer_serves_many_threads() -> None:
    signer = SIGNERS["ES256"]
    wrong: list[Exception] = []

    def work(number: int) -> None:
        try:
            message = b"%d" % number
            for _ in range(20):
                signer.key.verify(signer.sign(message), message)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# --- the algorithm belongs to the key ------------------------------------------------------------


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_key_is_refused_for_every_algorithm_but_its_own(alg: str) -> None:
    public = SIGNERS[alg].key.public
    rsa_algorithms = {"RS256", "PS256", "PS384"}
    same = rsa_algorithms if alg in rsa_algorithms else {alg}
    for other in ALGORITHMS:
        if other in same:
            assert Key("k", other, public).alg == other
        else:
            with pytest.raises(KeyFormatError):
                Key("k", other, public)


@pytest.mark.parametrize(
    "alg", ["none", "None", "HS256", "HS512", "RS1", "ES256K", "dir", "A128KW", "", "es256"]
)
def test_algorithms_outside_the_table_do_not_exist(alg: str) -> None:
    with pytest.raises(UnsupportedAlgorithm):
        algorithm(alg)
    with pytest.raises(UnsupportedAlgorithm):
        Key("k", alg, SIGNERS["ES256"].key.public)
    with pytest.raises(UnsupportedAlgorithm):
        SoftwareSigner.generate(alg)


@pytest.mark.parametrize("private", [
    rsa.generate_private_key(public_exponent=65_537, key_size=1024),  # RFC 7518, 3.3 wants 2048
    ec.generate_private_key(ec.SECP256K1()), ec.generate_private_key(ec.BrainpoolP256R1()),
    ed448.Ed448PrivateKey.generate(), x25519.X25519PrivateKey.generate(), dsa.generate_private_key(2048), object(),
], ids=["RSA-1024", "secp256k1", "brainpool", "Ed448", "X25519", "DSA", "object"])  # fmt: skip
def test_keys_of_other_kinds_sign_nothing(private: Any) -> None:
    for alg in (None, "ES256", "RS256"):
        with pytest.raises(KeyFormatError):
            SoftwareSigner(private, alg=alg)


def test_eddsa_is_another_name_of_ed25519() -> None:
    key = Key("k", "EdDSA", SIGNERS["Ed25519"].key.public)
    assert key.alg == "Ed25519"
    assert Key.from_jwk({**jwk_of("Ed25519"), "alg": "EdDSA"}) == SIGNERS["Ed25519"].key


def test_an_rsa_key_has_to_name_its_algorithm() -> None:
    public = SIGNERS["RS256"].key.public
    jwk = jwk_of("RS256")
    del jwk["alg"]
    with pytest.raises(KeyFormatError):
        Key.from_public(public)
    with pytest.raises(KeyFormatError):
        Key.from_jwk(jwk)
    assert Key.from_jwk(jwk, alg="PS256").alg == "PS256"


# --- post-quantum --------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", sorted(POST_QUANTUM))
def test_post_quantum_keys_are_read_only_when_asked_for(alg: str) -> None:
    jwk = jwk_of(alg)
    assert (jwk["kty"], jwk["alg"]) == ("AKP", alg)
    with pytest.raises(UnsupportedAlgorithm):
        Key.from_jwk(jwk)
    jwks = json.dumps({"keys": [jwk, jwk_of("ES256")]}).encode()
    assert [key.alg for key in KeySet.from_jwks(jwks)] == ["ES256"]
    wanted = DEFAULT_ALGORITHMS | {alg}
    assert [key.alg for key in KeySet.from_jwks(jwks, algorithms=wanted)] == [alg, "ES256"]
    key = Key.from_jwk(jwk, algorithms=wanted)
    key.verify(SIGNERS[alg].sign(b"message"), b"message")
    assert key.thumbprint() == SIGNERS[alg].key.thumbprint()


def test_a_post_quantum_thumbprint_covers_the_algorithm() -> None:
    """RFC 9964, 6: kty, alg and pub are hashed."""
    import hashlib

    jwk = jwk_of("ML-DSA-44")
    canonical = '{{"alg":"ML-DSA-44","kty":"AKP","pub":"{}"}}'.format(jwk["pub"])
    assert SIGNERS["ML-DSA-44"].key.thumbprint() == base64url.encode(
        hashlib.sha256(canonical.encode()).digest()
    )


def test_a_post_quantum_key_of_another_length_is_refused() -> None:
    jwk = jwk_of("ML-DSA-44")
    for other in ("ML-DSA-65", "ML-DSA-87"):
        with pytest.raises(KeyFormatError):
            Key.from_jwk({**jwk, "alg": other}, algorithms=POST_QUANTUM)
    del jwk["alg"]
    with pytest.raises(KeyFormatError):
        Key.from_jwk(jwk, algorithms=POST_QUANTUM)


# --- JWK -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_key_survives_the_way_through_its_jwk(alg: str) -> None:
    key = Key("the key", alg, SIGNERS[alg].key.public, NOW, NOW + timedelta(days=90))
    jwk = json.loads(json.dumps(key.to_jwk()))
    again = Key.from_jwk(jwk, algorithms=frozenset(ALGORITHMS))
    assert again == key
    assert again.thumbprint() == key.thumbprint()
    assert not {"d", "p", "q", "dp", "dq", "qi", "priv", "k"} & set(jwk)


def test_rfc_8037_appendix_a_3_thumbprint() -> None:
    key = Key.from_jwk(
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}  # RFC 8037, A.2
    )
    assert key.thumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert key.kid == key.thumbprint()  # the name of a key that has none


def test_the_identifier_of_the_jwk_comes_first() -> None:
    jwk = jwk_of("ES256")
    assert Key.from_jwk({**jwk, "kid": "a"}, kid="b").kid == "a"
    del jwk["kid"]
    assert Key.from_jwk(jwk, kid="b").kid == "b"
    for kid in (1, None, [], "", "x" * 257):
        with pytest.raises(KeyFormatError):
            Key.from_jwk({**jwk, "kid": kid})


@pytest.mark.parametrize("change", [
    {"use": "enc"}, {"use": "SIG"}, {"use": None}, {"use": 1}, {"key_ops": []}, {"key_ops": ["sign"]}, {"key_ops": "verify"},
    {"key_ops": ["verify", "verify"]}, {"key_ops": [1, "verify"]}, {"key_ops": None},
    {"kty": "RSA"}, {"kty": "oct"}, {"kty": None}, {"kty": ["EC"]}, {"crv": "P-384"}, {"crv": "Ed25519"}, {"crv": None}, {"crv": 256},
    {"alg": "ES384"}, {"alg": "RS256"}, {"alg": None}, {"alg": ["ES256"]},
    {"x": None}, {"x": 1}, {"x": ""}, {"x": "AA"}, {"x": "A" * 44}, {"y": "A" * 43}, {"y": ["A"]},
    {"nbf": "1"}, {"nbf": 1.5}, {"nbf": True}, {"nbf": -1}, {"nbf": None}, {"exp": 10**15}, {"exp": []},
    {"x5c": []}, {"x5c": "AA"}, {"x5c": ["AA"]}, {"x5c": [1]}, {"x5c": ["AA=="] * 9}, {"x5c": None},
], ids=str)  # fmt: skip
def test_a_jwk_that_is_not_quite_one_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((KeyFormatError, UnsupportedAlgorithm)):
        Key.from_jwk({**jwk_of("ES256"), **change})


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"])
def test_a_private_key_is_not_taken_for_a_public_one(member: str) -> None:
    for alg in ("ES256", "RS256", "Ed25519"):
        with pytest.raises(KeyFormatError, match="private"):
            Key.from_jwk({**jwk_of(alg), member: "AA"})


def test_each_octet_string_of_a_jwk_has_one_spelling() -> None:
    jwk = jwk_of("ES256")
    for spoiled in (jwk["x"] + "=", jwk["x"] + "\n", " " + jwk["x"], jwk["x"].replace(jwk["x"][5], "+", 1),
                    jwk["x"][:-1] + chr(ord(jwk["x"][-1]) + 1), jwk["x"] + "AA"):  # fmt: skip
        with pytest.raises(KeyFormatError):
            Key.from_jwk({**jwk, "x": spoiled})
    # P-256 coordinates have 32 octets, also where the first is 0 (RFC 7518, 6.2.1.2).
    short = base64url.encode(base64url.decode(jwk["x"], limit=99)[1:])
    with pytest.raises(KeyFormatError):
        Key.from_jwk({**jwk, "x": short})


def test_rsa_numbers_have_no_leading_zero() -> None:
    jwk = jwk_of("RS256")
    for name in ("n", "e"):
        padded = base64url.encode(b"\0" + base64url.decode(jwk[name], limit=2000))
        with pytest.raises(KeyFormatError):
            Key.from_jwk({**jwk, name: padded})


@pytest.mark.parametrize("exponent", [0, 1, 2, 4])
def test_rsa_exponents_that_sign_nothing_are_refused(exponent: int) -> None:
    octets = exponent.to_bytes(1, "big")
    with pytest.raises(KeyFormatError):
        Key.from_jwk({**jwk_of("RS256"), "e": base64url.encode(octets)})


def test_rsa_keys_of_absurd_length_are_refused_before_they_cost_time() -> None:
    with pytest.raises(KeyFormatError):
        Key.from_jwk({**jwk_of("RS256"), "n": base64url.encode(b"\xff" * 4096)})


def test_a_point_off_its_curve_is_refused() -> None:
    jwk = jwk_of("ES256")
    with pytest.raises(KeyFormatError):
        Key.from_jwk({**jwk, "x": jwk["y"], "y": jwk["x"]})
    with pytest.raises(KeyFormatError):
        Key.from_jwk({**jwk, "x": base64url.encode(bytes(32)), "y": base64url.encode(bytes(32))})


@settings(deadline=None)
@given(st.dictionaries(
    st.sampled_from(["kty", "crv", "x", "y", "n", "e", "alg", "kid", "use", "key_ops", "nbf", "exp", "x5c", "pub", "d"]),
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=90), st.lists(st.text(max_size=8), max_size=3),
              st.sampled_from(["EC", "RSA", "OKP", "AKP", "P-256", "Ed25519", "ES256", "RS256", "ML-DSA-44", "AQAB", "sig"])),
))  # fmt: skip
def test_no_foreign_error_comes_from_a_jwk(jwk: dict[str, Any]) -> None:
    with contextlib.suppress(EidError):
        Key.from_jwk(jwk, algorithms=frozenset(ALGORITHMS))


# --- certificates --------------------------------------------------------------------------------


def certificate(private: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test")])
    builder = x509.CertificateBuilder(name, name, private.public_key(), 1, NOW, NOW + timedelta(days=9))
    return builder.sign(private, hashes.SHA256())


def der(of: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return of.public_bytes(Encoding.DER)


def test_the_key_of_a_certificate() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    octets = der(certificate(private))
    key = Key.from_certificate(octets)
    assert (key.alg, key.kid, key.x5c) == ("ES256", key.thumbprint(), (octets,))
    key.verify(SoftwareSigner(private).sign(b"m"), b"m")
    for spoiled in (b"", octets[:-1], octets + b"\0", b"0" * 50):
        with pytest.raises(KeyFormatError):
            Key.from_certificate(spoiled)


def test_certificates_of_a_jwk_are_of_its_own_key() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    octets = der(certificate(private))
    jwk = Key.from_certificate(octets).to_jwk()
    assert Key.from_jwk(jwk).x5c == (octets,)
    other = der(certificate(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(KeyFormatError, match="another key"):
        Key.from_jwk({**jwk, "x5c": [base64.b64encode(other).decode()]})


def test_a_certificate_of_an_unknown_version_is_no_foreign_error() -> None:
    octets = bytearray(der(certificate(ec.generate_private_key(ec.SECP256R1()))))
    at = octets.index(bytes.fromhex("a003020102"))
    octets[at + 4] = 9
    with pytest.raises(KeyFormatError):
        Key.from_certificate(bytes(octets))
    jwk = jwk_of("ES256")
    with pytest.raises(KeyFormatError):
        Key.from_jwk({**jwk, "x5c": [base64.b64encode(bytes(octets)).decode()]})


# --- sets ----------------------------------------------------------------------------------------


def test_a_set_survives_the_way_through_its_jwks() -> None:
    keys = KeySet(SIGNERS[alg].key for alg in DEFAULT_ALGORITHMS)
    again = KeySet.from_jwks(json.dumps(keys.to_jwks()).encode())
    assert {key.kid: key for key in again} == {key.kid: key for key in keys}
    assert again.problems == ()
    assert len(again) == len(DEFAULT_ALGORITHMS)


def test_keys_nobody_can_use_are_left_out_and_counted() -> None:
    jwks = {
        "keys": [
            jwk_of("ES256"),
            {"kty": "oct", "k": "AA"},
            {"kty": "RSA", "use": "enc"},
            7,
            jwk_of("ML-DSA-44"),
        ]
    }
    keys = KeySet.from_jwks(json.dumps(jwks).encode())
    assert [key.alg for key in keys] == ["ES256"]
    assert len(keys.problems) == 4
    assert set(keys.problems) <= {"KEY_FORMAT", "UNSUPPORTED_ALGORITHM"}


def test_two_keys_with_one_identifier_are_refused() -> None:
    one, two = {**jwk_of("ES256"), "kid": "k"}, {**jwk_of("ES384"), "kid": "k"}
    with pytest.raises(KeyFormatError):
        KeySet.from_jwks(json.dumps({"keys": [one, two]}).encode())
    assert len(KeySet.from_jwks(json.dumps({"keys": [one, one]}).encode())) == 1  # the same key twice


@pytest.mark.parametrize("octets", [
    b"", b"[]", b"null", b"{}", b'{"keys":{}}', b'{"keys":null}', b'{"keys":[],"keys":[]}', b"\xff", b'{"keys":[NaN]}',
    b'{"keys":[]} x', b'\xef\xbb\xbf{"keys":[]}',
])  # fmt: skip
def test_what_is_no_key_set_is_refused(octets: bytes) -> None:
    with pytest.raises(KeyFormatError):
        KeySet.from_jwks(octets)


def test_a_key_set_is_bounded() -> None:
    with pytest.raises(LimitExceeded):
        KeySet.from_jwks(b'{"keys":[' + b" " * MAX_JWKS + b"]}")
    with pytest.raises(LimitExceeded):
        KeySet.from_jwks(json.dumps({"keys": [0] * (MAX_KEYS + 1)}).encode())
    with pytest.raises(LimitExceeded):
        KeySet.from_jwks(b'{"keys":' + b"[" * 50 + b"]" * 50 + b"}")


def test_an_unknown_key_is_its_own_error() -> None:
    keys = KeySet([SIGNERS["ES256"].key])
    kid = SIGNERS["ES256"].kid
    assert keys.find(kid, now=NOW) == FoundKey(SIGNERS["ES256"].key, None, False)
    assert keys.get("x") is None
    with pytest.raises(UnknownKey):
        keys.find("x", now=NOW)


def test_a_key_is_found_only_in_its_time() -> None:
    day = timedelta(days=1)
    keys = KeySet([Key("k", "ES256", SIGNERS["ES256"].key.public, NOW, NOW + day)])
    for moment in (NOW, NOW + day):
        assert keys.find("k", now=moment).key.kid == "k"
    for moment in (NOW - timedelta(seconds=1), NOW + day + timedelta(seconds=1)):
        with pytest.raises(KeyNotInForce):
            keys.find("k", now=moment)


# --- secrets stay inside -------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_nothing_secret_shows(alg: str) -> None:
    signer = SIGNERS[alg]
    secret = signer.private_bytes()
    shown = f"{signer!r} {signer} {signer.key!r} {KeySet([signer.key])!r}"
    assert signer.kid in shown
    for form in (secret.hex(), base64.b64encode(secret).decode(), repr(secret)):
        assert form[60:100] not in shown
    assert "PrivateKey" not in shown
