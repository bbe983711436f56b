"""Selective disclosure: what is shown is seen, what is kept back is not, and nothing can be made up."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.keys import SoftwareSigner
from eid.errors import (
    ClaimInvalid,
    ClaimMustBeOpen,
    ClaimNotThere,
    DigestAlgorithmUnsupported,
    DisclosureMalformed,
    DisclosureNameForbidden,
    DisclosureUnreferenced,
    TokenError,
    TokenSignatureInvalid,
    TokenTooLarge,
)
from eid.tokens.jws import parse_claims
from eid.tokens.sd_jwt import MUST_BE_OPEN, Path, parse_sd_jwt, places, reveal, verify_sd_jwt
from eid.tokens.sd_jwt.issuing import conceal, issue_sd_jwt

SIGNER = SoftwareSigner.generate(kid="issuer")
ADDRESS = {"street": "1 Test Street", "province": "Test"}
CLAIMS = {"name": "Vera", "address": ADDRESS, "nationalities": ["VN", "FR"]}


def content(disclosure: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))


# --- worked examples -----------------------------------------------------------------------------


def test_rfc_9901_4_2_3_digest() -> None:
    disclosure = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    payload = {"given_name": "Alice", "_sd": ["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"]}
    assert reveal(payload, [disclosure]) == {"given_name": "Alice", "family_name": "Möbius"}


def test_rfc_9901_4_2_4_2_array_element() -> None:
    digest = "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"
    payload: dict[str, Any] = {"nationalities": ["DE", {"...": digest}, "US"]}
    shown = reveal(copy.deepcopy(payload), ["WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0"])
    assert shown == {"nationalities": ["DE", "FR", "US"]}
    assert reveal(payload, []) == {"nationalities": ["DE", "US"]}


# --- issuing -------------------------------------------------------------------------------------


def test_only_what_is_disclosable_leaves_the_payload() -> None:
    payload, disclosures = conceal(CLAIMS, [("name",), ("address", "street"), ("nationalities", 1)])
    assert set(payload) == {"address", "nationalities", "_sd", "_sd_alg"}
    assert set(payload["address"]) == {"province", "_sd"}
    assert payload["nationalities"][0] == "VN"
    assert set(payload["nationalities"][1]) == {"..."}
    assert [content(each)[1:] for each in disclosures] == [
        ["name", "Vera"],
        ["street", "1 Test Street"],
        ["FR"],
    ]
    assert payload["_sd_alg"] == "sha-256"


def test_nothing_disclosable_leaves_an_ordinary_payload() -> None:
    assert conceal(CLAIMS, []) == (CLAIMS, ())


def test_claims_may_be_any_mappings_and_sequences() -> None:
    frozen = MappingProxyType({"address": MappingProxyType(ADDRESS), "nationalities": ("VN", "FR")})
    _, disclosures = conceal(frozen, [("address", "street"), ("nationalities", 1)])
    assert [content(each)[1:] for each in disclosures] == [["street", "1 Test Street"], ["FR"]]
    text = issue_sd_jwt(
        frozen, disclosable=[("address", "street"), ("nationalities", 1)], signer=SIGNER, header={}
    )
    assert verify_sd_jwt(parse_sd_jwt(text), SIGNER.key) == {
        "address": ADDRESS,
        "nationalities": ["VN", "FR"],
    }


def test_salts_are_new_for_each_claim_and_long_enough() -> None:
    claims = {f"claim{number}": "same" for number in range(100)}
    _, disclosures = conceal(claims, [(name,) for name in claims])
    salts = {content(each)[0] for each in disclosures}
    assert len(salts) == 100
    assert all(len(base64.urlsafe_b64decode(salt)) >= 16 for salt in salts)


def test_digests_do_not_tell_the_order_of_claims() -> None:
    payload, _ = conceal({str(n): n for n in range(50)}, [(str(n),) for n in range(50)])
    assert payload["_sd"] == sorted(payload["_sd"])


def test_decoys_make_the_number_of_claims_uncertain() -> None:
    sizes = set()
    for _ in range(60):
        payload, disclosures = conceal(CLAIMS, [("name",), ("nationalities", None)], decoys=4)
        assert len(disclosures) == 3
        sizes.add((len(payload["_sd"]), len(payload["nationalities"])))
        assert {len(digest) for digest in payload["_sd"]} == {43}
        assert reveal(payload, disclosures) == CLAIMS
    assert {size for size, _ in sizes} == {2, 3, 4, 5}
    assert {size for _, size in sizes} == {3, 4, 5, 6}


@pytest.mark.parametrize("name", ["sha-256", "sha-384", "sha-512"])
def test_each_hash_algorithm(name: str) -> None:
    payload, (disclosure,) = conceal({"name": "Vera"}, [("name",)], hash_name=name)
    octets = hashlib.new(name.replace("-", ""), disclosure.encode()).digest()
    assert payload == {"_sd": [base64.urlsafe_b64encode(octets).rstrip(b"=").decode()], "_sd_alg": name}
    assert reveal(payload, [disclosure]) == {"name": "Vera"}


def test_an_unsafe_hash_algorithm_is_not_issued_with() -> None:
    with pytest.raises(DigestAlgorithmUnsupported):
        conceal(CLAIMS, [("name",)], hash_name="sha-1")


@pytest.mark.parametrize(
    "path",
    [("nickname",), ("address", "zip"), ("nationalities", 2), ("nationalities", -1), ("name", "first"),
     ("name", None), ("nationalities", "0"), ()],
)  # fmt: skip
def test_a_place_that_is_not_there_is_a_mistake_of_the_issuer(path: Path) -> None:
    with pytest.raises(ClaimNotThere):
        conceal(CLAIMS, [path])


@pytest.mark.parametrize("name", sorted(MUST_BE_OPEN))
def test_what_decides_about_validity_cannot_be_hidden(name: str) -> None:
    for path in [(name,), (name, "jwk")]:
        with pytest.raises(ClaimMustBeOpen):
            conceal({name: {"jwk": {}}}, [path])


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_names_of_the_mechanism_are_not_claims(name: str) -> None:
    for claims in ({name: 1}, {"place": {name: 1}}, {"list": [{name: 1}]}):
        with pytest.raises(DisclosureNameForbidden):
            conceal(claims, [])


def test_values_that_json_cannot_carry() -> None:
    for value in (float("nan"), float("inf"), "\ud800", object(), {1, 2}, b"octets", {"x": object()}):
        with pytest.raises(ClaimInvalid):
            conceal({"name": value}, [("name",)])
        with pytest.raises(ClaimInvalid):
            issue_sd_jwt({"name": value}, disclosable=[], signer=SIGNER, header={})


def test_names_of_claims_are_texts() -> None:
    for claims in ({1: "x"}, {"place": {None: "x"}}, {"list": [{True: 1}]}):
        with pytest.raises(ClaimInvalid):
            conceal(claims, [])  # type: ignore[dict-item]
        with pytest.raises(ClaimInvalid):
            conceal(claims, [(name,) for name in claims])  # type: ignore[dict-item,misc]


def test_what_nobody_would_read_is_not_issued() -> None:
    many = {str(number): number for number in range(201)}
    with pytest.raises(TokenTooLarge):
        issue_sd_jwt(many, disclosable=[(name,) for name in many], signer=SIGNER, header={})
    with pytest.raises(TokenTooLarge):
        issue_sd_jwt({"portrait": "A" * 200_000}, disclosable=[("portrait",)], signer=SIGNER, header={})
    with pytest.raises(TokenTooLarge):
        issue_sd_jwt({"open": "A" * 70_000}, disclosable=[], signer=SIGNER, header={})


def test_limits_come_before_all_work() -> None:
    text = issue_sd_jwt(CLAIMS, disclosable=[], signer=SIGNER, header={"typ": "x"})
    for long in (text + f"{'A' * 2000}~" * 150, text + "A~" * 201):
        with pytest.raises(TokenTooLarge):
            parse_sd_jwt(long)


def test_as_many_disclosures_as_allowed() -> None:
    many = {str(number): number for number in range(200)}
    text = issue_sd_jwt(many, disclosable=[(name,) for name in many], signer=SIGNER, header={"typ": "x"})
    assert verify_sd_jwt(parse_sd_jwt(text), SIGNER.key) == many


# --- showing and seeing --------------------------------------------------------------------------

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=5).filter(
    lambda name: name not in {"_sd", "...", "_sd_alg"} | MUST_BE_OPEN
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8"), max_size=6)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def every_place(value: Any, path: Path = ()) -> list[Path]:
    found: list[Path] = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in items:
        found += every_place(inner, (*path, part))
    return found


@settings(deadline=None)
@given(claims=st.dictionaries(NAMES, VALUES, max_size=5), data=st.data())
def test_everything_shown_is_everything_issued(claims: dict[str, Any], data: st.DataObject) -> None:
    every = every_place(claims)
    chosen = data.draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    payload, disclosures = conceal(claims, chosen, decoys=data.draw(st.integers(0, 2)))
    signed = json.loads(json.dumps(payload))
    assert reveal(copy.deepcopy(signed), disclosures) == json.loads(json.dumps(claims))
    where = places(signed, disclosures)
    assert sorted(where.values(), key=repr) == sorted(chosen, key=repr)
    shuffled = data.draw(st.permutations(disclosures))
    assert reveal(copy.deepcopy(signed), shuffled) == json.loads(json.dumps(claims))


@settings(deadline=None)
@given(claims=st.dictionaries(NAMES, VALUES, max_size=5), data=st.data())
def test_what_is_kept_back_leaves_no_trace(claims: dict[str, Any], data: st.DataObject) -> None:
    every = every_place(claims)
    chosen = data.draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    payload, disclosures = conceal(claims, chosen)
    signed = json.loads(json.dumps(payload))
    where = places(signed, disclosures)
    kept_back = {path for path in chosen if data.draw(st.booleans())}
    sent = [each for each in disclosures if not any(where[each][: len(path)] == path for path in kept_back)]
    assert reveal(copy.deepcopy(signed), sent) == without(json.loads(json.dumps(claims)), kept_back)


def without(value: Any, dropped: set[Path], path: Path = ()) -> Any:
    if isinstance(value, dict):
        return {n: without(v, dropped, (*path, n)) for n, v in value.items() if (*path, n) not in dropped}
    if isinstance(value, list):
        return [without(v, dropped, (*path, i)) for i, v in enumerate(value) if (*path, i) not in dropped]
    return value


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_a_disclosure_with_any_change_is_refused(data: st.DataObject) -> None:
    payload, disclosures = conceal(CLAIMS, [("name",), ("address",), ("nationalities", None)])
    number = data.draw(st.integers(0, len(disclosures) - 1))
    position = data.draw(st.integers(0, len(disclosures[number]) - 1))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    letter = data.draw(st.sampled_from(alphabet))
    changed = disclosures[number][:position] + letter + disclosures[number][position + 1 :]
    sent = [*disclosures[:number], changed, *disclosures[number + 1 :]]
    if changed == disclosures[number]:
        assert reveal(payload, sent) == CLAIMS
    else:
        with pytest.raises(TokenError):
            reveal(payload, sent)


def test_another_key_or_any_change_of_the_token_is_refused() -> None:
    text = issue_sd_jwt(CLAIMS, disclosable=[("name",)], signer=SIGNER, header={"typ": "x"})
    other = issue_sd_jwt({"name": "Eve"}, disclosable=[], signer=SIGNER, header={"typ": "x"})
    with pytest.raises(TokenSignatureInvalid):
        verify_sd_jwt(parse_sd_jwt(text), SoftwareSigner.generate().key)
    header, _, rest = text.split(".", 2)
    with pytest.raises(TokenSignatureInvalid):
        verify_sd_jwt(parse_sd_jwt(f"{header}.{other.split('.')[1]}.{rest}"), SIGNER.key)


@pytest.mark.parametrize("odd", ["é", "Ａ", "\u200b", "\ud800"])
def test_a_disclosure_with_characters_beyond_ascii_is_refused(odd: str) -> None:
    text = issue_sd_jwt(CLAIMS, disclosable=[("name",)], signer=SIGNER, header={})
    token, disclosure, _ = text.split("~")
    for spelt in (odd + disclosure, disclosure + odd):
        with pytest.raises(DisclosureMalformed):
            verify_sd_jwt(parse_sd_jwt(f"{token}~{spelt}~"), SIGNER.key)


def test_a_disclosure_of_another_credential_is_refused() -> None:
    payload, _ = conceal(CLAIMS, [("name",)])
    _, (other,) = conceal({"name": "Eve"}, [("name",)])
    with pytest.raises(DisclosureUnreferenced):
        reveal(payload, [other])


def test_what_is_read_shows_neither_claims_nor_disclosures() -> None:
    text = issue_sd_jwt(CLAIMS, disclosable=[("name",)], signer=SIGNER, header={"typ": "x"})
    parsed = parse_sd_jwt(text)
    assert "Vera" not in repr(parsed)
    assert parsed.disclosures[0] not in repr(parsed)
    assert parse_sd_jwt(text.encode()) == parsed
    assert parse_claims(parsed.jws.payload)["nationalities"] == ["VN", "FR"]
