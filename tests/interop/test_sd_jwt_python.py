"""SD-JWTs across implementations: ours and the Python package ``sd-jwt``, on the cases of the corpus and
on claims that hypothesis makes up.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("sd_jwt")

from jwcrypto.jwk import JWK
from jwt.algorithms import ECAlgorithm
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from eid.crypto.keys import SoftwareSigner
from eid.tokens.credentials import Credential
from eid.tokens.jws import parse_claims
from eid.tokens.sd_jwt import Path as Place
from eid.tokens.sd_jwt import hash_name, parse_sd_jwt, verify_sd_jwt
from eid.tokens.sd_jwt.issuing import issue_sd_jwt
from eid.tokens.sd_jwt.key_binding import check_key_binding

sys.path.insert(0, str(Path(__file__).resolve().parent))

from sd_jwt_cases import Case, cases

ISSUER, HOLDER = SoftwareSigner.generate(kid="issuer"), SoftwareSigner.generate(kid="holder")
AUDIENCE, NONCE = "https://verifier.example", "n-1234"
HEADER = {"typ": "dc+sd-jwt", "kid": "issuer"}


def now() -> datetime:
    """The package knows no other clock."""
    return datetime.fromtimestamp(int(time.time()), UTC)


@functools.cache
def their(signer: SoftwareSigner) -> JWK:
    return JWK.from_json(ECAlgorithm.to_jwk(signer._private))


def marked(value: Any, places: set[Place], path: Place = ()) -> Any:
    """*value* as the package wants it: what can be disclosed is wrapped."""
    if isinstance(value, dict):
        members = {}
        for name, inner in value.items():
            plain = marked(inner, places, (*path, name))
            members[SDObj(name) if (*path, name) in places else name] = plain
        return members
    if isinstance(value, list):
        elements = [marked(inner, places, (*path, number)) for number, inner in enumerate(value)]
        return [SDObj(each) if (*path, number) in places else each for number, each in enumerate(elements)]
    return value


@functools.cache
def head() -> dict[str, Any]:
    """What every credential here says: the same time of issue in what is issued and in what is expected."""
    at = int(now().timestamp())
    return {"iss": "https://issuer.example", "iat": at, "exp": at + 86_400, "vct": "https://vct.example"}


def whole(claims: dict[str, Any]) -> dict[str, Any]:
    jwk: dict[str, Any] = ECAlgorithm.to_jwk(HOLDER.key.public, as_dict=True)
    return {**head(), "cnf": {"jwk": jwk}, **claims}


def issued_by_them(claims: dict[str, Any], places: list[Place], *, decoys: bool) -> str:
    unbound = {name: value for name, value in whole(claims).items() if name != "cnf"}
    issuer = SDJWTIssuer(
        marked(unbound, set(places)),
        their(ISSUER),
        their(HOLDER),  # else it would put decoys into the key
        add_decoy_claims=decoys,
        extra_header_parameters=HEADER,
    )
    text: str = issuer.sd_jwt_issuance
    return text


def issued_by_us(claims: dict[str, Any], places: list[Place], *, decoys: int) -> str:
    return issue_sd_jwt(whole(claims), disclosable=places, signer=ISSUER, header=HEADER, decoys=decoys)


def shown_by_us(text: str, fields: list[Place]) -> str:
    held = Credential.parse(text)
    return held.present(fields, audience=AUDIENCE, nonce=NONCE, signer=HOLDER, now=now()).text


def shown_by_them(text: str, wishes: Any) -> str:
    holder = SDJWTHolder(text)
    holder.create_presentation(wishes, NONCE, AUDIENCE, their(HOLDER))
    presentation: str = holder.sd_jwt_presentation
    return presentation


def seen_by_us(text: str) -> dict[str, Any]:
    parsed = parse_sd_jwt(text)
    payload = parse_claims(parsed.jws.payload)
    check_key_binding(
        parsed, payload, hash_name=hash_name(payload), audience=AUDIENCE, nonce=NONCE, now=now()
    )
    return verify_sd_jwt(parsed, ISSUER.key)


def seen_by_them(text: str) -> dict[str, Any]:
    verifier = SDJWTVerifier(text, lambda issuer, header: their(ISSUER), AUDIENCE, NONCE)
    claims: dict[str, Any] = verifier.get_verified_payload()
    return claims


@pytest.fixture(scope="module")
def some_cases(corpora: Path) -> list[Case]:
    return [case for case in cases(corpora) if not {"iss", "iat", "cnf"} & case.claims.keys()]


def test_every_case_of_the_corpus_in_all_directions(some_cases: list[Case]) -> None:
    assert len(some_cases) > 30
    for case in some_cases:
        for text in (
            issued_by_us(case.claims, case.disclosable, decoys=4),
            issued_by_them(case.claims, case.disclosable, decoys=True),
        ):
            presentation = shown_by_us(text, case.shown)
            ours = seen_by_us(presentation)
            assert seen_by_them(presentation) == ours, case.name
            if case.expected is not None:
                assert {name: ours[name] for name in ours if name in case.claims} == case.expected, case.name


def test_everything_shown_by_them_is_seen_by_us(some_cases: list[Case]) -> None:
    for case in some_cases:
        text = issued_by_us(case.claims, case.disclosable, decoys=0)
        assert seen_by_us(shown_by_them(text, wishes(case.claims))) == whole(case.claims), case.name


def wishes(value: Any) -> Any:
    """All of *value*, in the form in which the package is told what to show."""
    if isinstance(value, dict):
        return {name: wishes(inner) for name, inner in value.items()}
    return [wishes(inner) for inner in value] if isinstance(value, list) else True


_NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6).filter(
    lambda name: (
        name not in ("_sd", "...", "_sd_alg", "iss", "iat", "exp", "vct", "cnf", "aud", "nbf", "status")
    )
)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)


def all_places(value: Any, path: Place = ()) -> list[Place]:
    found: list[Place] = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in items:
        found += all_places(inner, (*path, part))
    return found


@settings(max_examples=40, deadline=None)
@given(claims=st.dictionaries(_NAMES, _VALUES, max_size=4), data=st.data())
def test_whatever_is_shown_both_see_the_same(claims: dict[str, Any], data: st.DataObject) -> None:
    every = all_places(claims)
    places = data.draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    fields = data.draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    by_us = issued_by_us(claims, places, decoys=data.draw(st.integers(0, 2)))
    by_them = issued_by_them(claims, places, decoys=data.draw(st.booleans()))
    presentations = [shown_by_us(by_us, fields), shown_by_us(by_them, fields)]
    first, second = (seen_by_us(text) for text in presentations)
    assert first == second == seen_by_them(presentations[0]) == seen_by_them(presentations[1])
    if set(fields) >= set(places):
        assert json.loads(json.dumps(first)) == whole(claims)
