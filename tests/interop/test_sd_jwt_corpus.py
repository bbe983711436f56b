"""The SD-JWT corpus: every case is issued, shown and verified; the printed tokens verify as described."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jwt.algorithms import ECAlgorithm

from eid.crypto.keys import Key, SoftwareSigner
from eid.errors import EidError, TokenSignatureInvalid
from eid.tokens.credentials import Credential
from eid.tokens.jws import parse_claims
from eid.tokens.sd_jwt import hash_name, parse_sd_jwt, verify_sd_jwt
from eid.tokens.sd_jwt.issuing import issue_sd_jwt
from eid.tokens.sd_jwt.key_binding import check_key_binding

sys.path.insert(0, str(Path(__file__).resolve().parent))

from sd_jwt_cases import Case, cases

REGISTERED = {"iss", "iat", "exp", "cnf", "vct"}


def signer(jwk: dict[str, Any]) -> SoftwareSigner:
    return SoftwareSigner(ECAlgorithm.from_jwk(jwk), kid=jwk.get("kid", "issuer"))


def issuer_jwk(case: Case) -> dict[str, Any]:
    keys = case.settings["key_settings"]
    found: dict[str, Any] = keys["issuer_keys"][0] if "issuer_keys" in keys else keys["issuer_key"]
    return found


def issued(case: Case, *, decoys: int = 0) -> str:
    """The case as a credential, registered claims added as the corpus describes."""
    claims = {
        "iss": case.settings["identifiers"]["issuer"],
        "iat": case.settings["iat"],
        "exp": case.settings["exp"],
        "vct": "https://credentials.example/corpus",
        **case.claims,
    }
    if case.bound:
        claims["cnf"] = {"jwk": signer(case.settings["key_settings"]["holder_key"]).key.to_jwk()}
    return issue_sd_jwt(
        claims,
        disclosable=case.disclosable,
        signer=signer(issuer_jwk(case)),
        header={"typ": "dc+sd-jwt"},
        decoys=decoys,
    )


def seen(case: Case, text: str) -> dict[str, Any]:
    """What a verifier sees, without the registered claims that were added."""
    claims = verify_sd_jwt(parse_sd_jwt(text), signer(issuer_jwk(case)).key)
    return {name: value for name, value in claims.items() if name in case.claims or name not in REGISTERED}


@pytest.fixture(scope="module")
def all_cases(corpora: Path) -> list[Case]:
    return list(cases(corpora))


def test_the_corpus_is_read_whole(all_cases: list[Case]) -> None:
    assert len(all_cases) == 17 + 15 + 3
    assert sum(case.expected is not None for case in all_cases) == 17


@pytest.mark.parametrize("decoys", [0, 5])
def test_holder_shows_what_was_chosen_and_the_verifier_sees_just_that(
    all_cases: list[Case], decoys: int
) -> None:
    now = datetime.fromtimestamp(1_683_000_100, UTC)
    for case in all_cases:
        credential = Credential.parse(issued(case, decoys=decoys))
        everything = {name: value for name, value in credential.claims.items() if name not in REGISTERED}
        assert everything == {n: v for n, v in case.claims.items() if n not in REGISTERED}, case.name
        if case.bound:
            holder = signer(case.settings["key_settings"]["holder_key"])
            nonce, audience = case.settings["key_binding_nonce"], case.settings["identifiers"]["verifier"]
            text = credential.present(case.shown, audience=audience, nonce=nonce, signer=holder, now=now).text
            parsed = parse_sd_jwt(text)
            payload = parse_claims(parsed.jws.payload)
            key = check_key_binding(
                parsed, payload, hash_name=hash_name(payload), audience=audience, nonce=nonce, now=now
            )
            assert key.thumbprint() == holder.key.thumbprint(), case.name
        else:
            text = credential.present_without_key_binding(case.shown).text
        if case.expected is not None:
            assert seen(case, text) == case.expected, case.name


def test_printed_tokens_verify_as_described(corpora: Path) -> None:
    printed = json.loads((corpora / "sd_jwt" / "signed.json").read_text(encoding="utf-8"))
    assert len(printed) == 4
    for entry in printed:
        key = Key.from_jwk(entry["issuer_key_jwk"])
        parsed = parse_sd_jwt(entry["sd_jwt"])
        assert parsed.jws.header["typ"] == entry["typ"]
        assert parse_claims(parsed.jws.payload) == entry["payload"]
        assert list(parsed.disclosures) == [each["disclosure"] for each in entry["disclosures"]]
        claims = verify_sd_jwt(parsed, key)
        for each in entry["disclosures"]:
            name, value = each["value"][1], each["value"][2]
            assert _has(claims, name, value), entry["source"]
        with pytest.raises(TokenSignatureInvalid):
            verify_sd_jwt(parsed, SoftwareSigner.generate().key)
        for number in range(len(parsed.disclosures)):  # none can be altered
            changed = entry["sd_jwt"].replace(parsed.disclosures[number], parsed.disclosures[number][:-4])
            with pytest.raises(EidError):
                verify_sd_jwt(parse_sd_jwt(changed), key)


def test_the_printed_proof_of_possession_holds(corpora: Path) -> None:
    printed = json.loads((corpora / "sd_jwt" / "signed.json").read_text(encoding="utf-8"))
    (entry,) = (each for each in printed if "key_binding" in each)
    parsed = parse_sd_jwt(entry["sd_jwt"])
    claims = verify_sd_jwt(parsed, Key.from_jwk(entry["issuer_key_jwk"]))
    proof = entry["key_binding"]["payload"]
    key = check_key_binding(
        parsed,
        claims,
        hash_name="sha-256",
        audience=proof["aud"],
        nonce=proof["nonce"],
        now=datetime.fromtimestamp(proof["iat"] + 5, UTC),
    )
    assert key.thumbprint() == Key.from_jwk(entry["payload"]["cnf"]["jwk"]).thumbprint()


def _has(value: Any, name: str, wanted: Any) -> bool:
    """Whether a member of this name stands somewhere, with this value once digests are replaced."""
    if isinstance(value, dict):
        if name in value and (value[name] == wanted or "_sd" in str(wanted)):
            return True
        return any(_has(each, name, wanted) for each in value.values())
    return False
