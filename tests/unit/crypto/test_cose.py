"""COSE_Sign1: what is accepted, and what else is refused with which code."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.algorithms import ALGORITHMS
from eid.crypto.cose import (
    ALG,
    CRIT,
    CWT_TAGGED,
    KID,
    TAGGED,
    TYP,
    UNTAGGED,
    X5CHAIN,
    X5T,
    Sign1,
    Wrapping,
    kid_octets,
    kid_text,
    parse_sign1,
    parse_sign1_without_header_placement,
    sign1,
    verify_sign1,
)
from eid.crypto.keys import SoftwareSigner
from eid.errors import (
    AlgorithmMismatch,
    AlgorithmUnprotected,
    CoseMalformed,
    CoseTagMismatch,
    CriticalHeader,
    EidError,
    HeaderForbidden,
    HeaderInvalid,
    PayloadDetached,
    TokenDuplicateMember,
    TokenMalformed,
    TokenSignatureInvalid,
    TokenTextInvalid,
    TokenTooLarge,
)

SIGNER = SoftwareSigner.generate("ES256", kid="k1")
EDWARDS = SoftwareSigner.generate("Ed25519", kid="k2")
ANY = frozenset({TAGGED, CWT_TAGGED, UNTAGGED})
PAYLOAD = b"payload"


def parse(octets: bytes) -> Sign1:
    return parse_sign1(octets, wrappings=ANY, limit=4096)


def message(
    protected: Any = None,
    unprotected: Any = None,
    *,
    payload: Any = PAYLOAD,
    signer: SoftwareSigner = SIGNER,
    raw: bytes | None = None,
) -> bytes:
    """A message with any headers, its signature right: what refuses it is the reading alone."""
    header = cbor2.dumps({ALG: -7} if protected is None else protected) if raw is None else raw
    structure = ["Signature1", b"" if header == b"\xa0" else header, b"", payload or b""]
    signature = signer.sign(cbor2.dumps(structure))
    return cbor2.dumps(cbor2.CBORTag(18, [header, unprotected or {}, payload, signature]))


def accepted(octets: bytes, signer: SoftwareSigner = SIGNER) -> Sign1:
    found = parse(octets)
    verify_sign1(found, signer.key)
    return found


# --- what holds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", [name for name in ALGORITHMS if not name.startswith("ML-DSA")])
def test_what_is_signed_verifies_and_nothing_else_does(alg: str) -> None:
    signer = SoftwareSigner.generate(alg, kid="k")
    octets = sign1(PAYLOAD, signer, wrapping=TAGGED, protected={KID: b"k"}, external_aad=b"aad")
    found = parse(octets)
    assert (found.payload, found.kid) == (PAYLOAD, b"k")
    verify_sign1(found, signer.key, external_aad=b"aad")
    with pytest.raises(TokenSignatureInvalid):
        verify_sign1(found, signer.key)
    with pytest.raises(TokenSignatureInvalid):
        verify_sign1(found, SoftwareSigner.generate(alg).key, external_aad=b"aad")


def test_post_quantum_keys_sign_where_the_caller_has_one() -> None:
    signer = SoftwareSigner.generate("ML-DSA-44")
    verify_sign1(parse_sign1(sign1(PAYLOAD, signer, wrapping=TAGGED), wrappings=ANY, limit=4096), signer.key)


@given(st.data())
def test_no_changed_octet_is_accepted_as_something_else(draw: st.DataObject) -> None:
    octets = bytearray(sign1(PAYLOAD, SIGNER, wrapping=TAGGED, protected={KID: b"k1"}))
    at = draw.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= 1 << draw.draw(st.integers(0, 7))
    with pytest.raises(EidError):
        accepted(bytes(octets))


@given(st.binary(max_size=400))
def test_random_octets_are_refused_with_our_errors_only(octets: bytes) -> None:
    with pytest.raises(EidError):
        parse(octets)


@pytest.mark.parametrize(("number", "signer"), [(-7, SIGNER), (-9, SIGNER), (-8, EDWARDS), (-19, EDWARDS)])
def test_both_numbers_of_an_algorithm_are_read(number: int, signer: SoftwareSigner) -> None:
    accepted(message({ALG: number}, signer=signer), signer)


@pytest.mark.parametrize("wrapping", [UNTAGGED, TAGGED, CWT_TAGGED])
def test_only_the_wrappings_asked_for_are_read(wrapping: Wrapping) -> None:
    octets = sign1(PAYLOAD, SIGNER, wrapping=wrapping)
    verify_sign1(parse_sign1(octets, wrappings=frozenset({wrapping}), limit=4096), SIGNER.key)
    with pytest.raises(CoseTagMismatch):
        parse_sign1(octets, wrappings=ANY - {wrapping}, limit=4096)


@pytest.mark.parametrize("tags", [(17,), (98,), (18, 18), (18, 61), (61,), (61, 61, 18), (16,), (61, 98)])
def test_other_wrappings_are_another_kind_of_message(tags: tuple[int, ...]) -> None:
    item: Any = cbor2.loads(message()).value
    for number in reversed(tags):
        item = cbor2.CBORTag(number, item)
    with pytest.raises(CoseTagMismatch):
        parse(cbor2.dumps(item))


def test_an_encoded_empty_map_is_signed_as_no_header() -> None:
    octets = message(raw=b"\xa0", unprotected={ALG: -7})
    found = parse_sign1_without_header_placement(octets, wrappings=ANY, limit=4096)
    verify_sign1(found, SIGNER.key)
    assert found.protected_raw == b""


# --- the algorithm -------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", [-35, -36, -8, -37, -257, -47, -46, 5, 0, -65535, "ES256", "unknown", 2**63])
def test_the_algorithm_belongs_to_the_key(alg: int | str) -> None:
    with pytest.raises(AlgorithmMismatch):
        accepted(message({ALG: alg}))


def test_an_algorithm_that_anybody_can_change_is_refused() -> None:
    for octets in (
        message({KID: b"k"}, {ALG: -7}),
        message(raw=b"", unprotected={ALG: -7}),
        message(raw=b""),
    ):
        with pytest.raises((AlgorithmUnprotected, HeaderInvalid)):
            parse(octets)
    with pytest.raises(AlgorithmUnprotected):
        parse(message({ALG: -7}, {ALG: -7}))


@pytest.mark.parametrize("alg", [None, True, b"\x26", [-7], {}])
def test_an_algorithm_of_another_type_is_refused(alg: object) -> None:
    with pytest.raises((HeaderInvalid, AlgorithmMismatch)):
        accepted(message({ALG: alg}))


# --- headers -------------------------------------------------------------------------------------


def test_a_label_in_both_headers_is_refused() -> None:
    with pytest.raises(HeaderInvalid):
        parse(message({ALG: -7, KID: b"a"}, {KID: b"b"}))
    # Formats that allow it say so, and then what is signed counts.
    octets = message({ALG: -7, KID: b"a"}, {ALG: -8, KID: b"b"})
    found = parse_sign1_without_header_placement(octets, wrappings=ANY, limit=4096)
    assert (found.alg, found.kid) == (-7, b"a")
    verify_sign1(found, SIGNER.key)


@pytest.mark.parametrize(
    ("label", "value"),
    [
        (KID, "text"), (KID, b""), (KID, bytes(257)), (KID, 5), (KID, None),
        (TYP, b"x"), (TYP, ""), (TYP, "x" * 101), (TYP, -1), (TYP, 65536), (TYP, True), (3, []),
        (X5CHAIN, "x"), (X5CHAIN, []), (X5CHAIN, [b"one"]), (X5CHAIN, [b"1", 2]), (X5CHAIN, [b"x"] * 9),
        (X5T, b"x"),
    ],
)  # fmt: skip
def test_parameters_of_wrong_types_are_refused_in_either_header(label: int, value: object) -> None:
    for octets in (message({ALG: -7, label: value}), message(None, {label: value})):
        with pytest.raises(HeaderInvalid):
            parse(octets)


def test_certificates_come_from_either_header() -> None:
    assert accepted(message({ALG: -7, X5CHAIN: b"der"})).x5chain == (b"der",)
    assert accepted(message(None, {X5CHAIN: [b"a", b"b"]})).x5chain == (b"a", b"b")
    assert accepted(message()).x5chain == ()


def test_a_header_that_fetches_a_key_is_refused() -> None:
    for octets in (
        message({ALG: -7, 35: "https://evil.example/"}),
        message(None, {35: "https://evil.example/"}),
    ):
        with pytest.raises(HeaderForbidden):
            parse(octets)


@pytest.mark.parametrize(
    "crit",
    [[], [99], [5], ["x"], [ALG, 99], [ALG, ALG], [KID], True, -7, b"", [None], [[1]], {}, [CRIT], [True]],
)
def test_critical_parameters_must_be_understood(crit: object) -> None:
    with pytest.raises(CriticalHeader):
        parse(message({ALG: -7, CRIT: crit, 99: 1}))


def test_critical_parameters_that_are_understood_pass_and_only_where_they_are_signed() -> None:
    accepted(message({ALG: -7, KID: b"k", CRIT: [ALG, KID]}))
    with pytest.raises(CriticalHeader):
        parse(message(None, {CRIT: [ALG]}))
    with pytest.raises(CriticalHeader):
        parse_sign1_without_header_placement(message(None, {CRIT: [ALG]}), wrappings=ANY, limit=4096)


def test_unknown_parameters_are_ignored() -> None:
    accepted(message({ALG: -7, 70_000: [1, "x"], "own": None}, {11: [[b"", {}, b"sig"]], -5: 1}))


# --- the structure -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "item",
    [
        [], [b"", {}, b""], [b"", {}, b"", b"", b""], {}, b"", 5, None,
        ["", {}, b"", b""], [b"", [], b"", b""], [b"", b"", b"", b""], [b"", {}, "x", b""], [b"", {}, 5, b""],
        [b"", {}, b"", None], [b"", {}, b"", [b""]], [{}, {}, b"", b""], [b"\x80", {}, b"", b""],
        [b"\x01", {}, b"", b""],
    ],
)  # fmt: skip
def test_other_structures_are_not_read(item: object) -> None:
    with pytest.raises(CoseMalformed):
        parse(cbor2.dumps(cbor2.CBORTag(18, item)))


def test_what_can_be_read_in_two_ways_is_not_read() -> None:
    whole = message()
    with pytest.raises(CoseMalformed) as caught:
        parse(whole + b"\0")
    assert caught.value.kind == "trailing"
    with pytest.raises(TokenDuplicateMember):
        parse(message(raw=bytes.fromhex("a201260138 22".replace(" ", ""))))
    with pytest.raises(TokenDuplicateMember):
        parse(whole.replace(b"\xa0\x47", b"\xa2\x04\x41a\x04\x41b\x47"))
    with pytest.raises(CoseMalformed):  # the header is one map and nothing after it
        parse(message(raw=b"\xa1\x01\x26\x00"))
    with pytest.raises(CoseMalformed):  # an indefinite length
        parse(b"\xd2\x9f" + whole[2:] + b"\xff")
    with pytest.raises(TokenTextInvalid):
        parse(message(raw=b"\xa2\x01\x26\x61\xff\x01"))
    with pytest.raises(TokenMalformed):  # a float is no number of an algorithm
        parse(message(raw=b"\xa1\x01\xf9\xc7\x00"))


def test_size_and_depth_are_bounded() -> None:
    with pytest.raises(TokenTooLarge):
        parse_sign1(message(), wrappings=ANY, limit=50)
    with pytest.raises(TokenTooLarge):
        parse(message(None, {99: [[[[[[1]]]]]]}))
    with pytest.raises(TokenTooLarge):
        parse_sign1(message(None, {99: [0] * 20_000}), wrappings=ANY, limit=1 << 20)


# --- detached payloads ---------------------------------------------------------------------------


def test_a_detached_payload_has_to_be_given_and_only_then() -> None:
    octets = sign1(PAYLOAD, SIGNER, wrapping=TAGGED)
    parts = cbor2.loads(octets).value
    detached = parse(cbor2.dumps(cbor2.CBORTag(18, [parts[0], parts[1], None, parts[3]])))
    assert detached.payload is None
    with pytest.raises(PayloadDetached):
        verify_sign1(detached, SIGNER.key)
    verify_sign1(detached, SIGNER.key, detached=PAYLOAD)
    with pytest.raises(TokenSignatureInvalid):
        verify_sign1(detached, SIGNER.key, detached=b"other")
    with pytest.raises(PayloadDetached):
        verify_sign1(parse(octets), SIGNER.key, detached=PAYLOAD)


def test_the_signature_covers_lengths_of_every_size() -> None:
    for size in (0, 23, 24, 255, 256, 65_535, 65_536):
        octets = sign1(bytes(size), SIGNER, wrapping=TAGGED, external_aad=bytes(size))
        found = parse_sign1(octets, wrappings=ANY, limit=1 << 20)
        structure = ["Signature1", found.protected_raw, bytes(size), bytes(size)]
        SIGNER.key.verify(found.signature, cbor2.dumps(structure))  # as cbor2 encodes it
        verify_sign1(found, SIGNER.key, external_aad=bytes(size))


# --- key identifiers -----------------------------------------------------------------------------


def test_identifiers_of_keys_go_both_ways() -> None:
    assert kid_text(kid_octets("khoá-2026")) == "khoá-2026"
    assert kid_text(bytes.fromhex("66d25512539d5a6d")) == "ZtJVElOdWm0"
    assert kid_text(b"a\nb") == "YQpi"


def test_nothing_of_the_content_is_shown() -> None:
    text = repr(accepted(message(payload=b"secret")))
    assert "secret" not in text
    assert "signature" not in text
