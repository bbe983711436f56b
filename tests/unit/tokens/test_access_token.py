"""Access tokens (RFC 9068): used more than once, for some services, never in place of an e-ID token."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from eid.crypto.keys import KeySet, SoftwareSigner
from eid.errors import (
    AudienceMismatch,
    DpopReplayed,
    EidError,
    InputError,
    ProofMissing,
    TokenTypeMismatch,
)
from eid.tokens.access_token import AccessTokenIssuer, AccessTokenVerifier
from eid.tokens.dpop import DpopRequest, make_proof
from eid.tokens.issuing import Subject, TokenIssuer
from eid.tokens.jws import sign_jws
from eid.tokens.replay import MemoryReplayStore
from eid.tokens.verifying import TokenVerifier

ISSUER, SERVICE, URL = "https://as.example", "https://api.example", "https://api.example/records"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
SIGNER, HOLDER = SoftwareSigner.generate(kid="as-1"), SoftwareSigner.generate()


def issue(**changes: Any) -> str:
    settings: dict[str, Any] = {
        "subject": "pairwise-1", "audience": SERVICE, "client_id": "app", "scope": ["read", "list"],
        "ttl": timedelta(minutes=15), "auth_time": NOW - timedelta(minutes=1), "acr": "urn:x:gold",
        "amr": ["face"], **changes,
    }  # fmt: skip
    return AccessTokenIssuer(issuer=ISSUER, signer=SIGNER, clock=lambda: NOW).issue(**settings)


def verifier(**changes: Any) -> AccessTokenVerifier:
    settings: dict[str, Any] = {
        "issuers": ISSUER, "audience": SERVICE, "keys": KeySet([SIGNER.key]),
        "replay": MemoryReplayStore(), "clock": lambda: NOW, **changes,
    }  # fmt: skip
    return AccessTokenVerifier(**settings)


def proof(token: str, signer: SoftwareSigner = HOLDER) -> DpopRequest:
    text = make_proof(signer, signer.key, method="GET", url=URL, token=token, nonce=None, now=NOW)
    return DpopRequest(text, "GET", URL, None)


def test_a_good_token_tells_everything_it_says_and_may_be_used_again() -> None:
    one, text = verifier(), issue(claims={"tenant": "7"})
    for _ in range(2):
        read = one.verify(text)
    assert (read.issuer, read.subject, read.client_id) == (ISSUER, "pairwise-1", "app")
    assert (read.audience, read.scope) == ((SERVICE,), {"read", "list"})
    assert (read.acr, read.amr, read.auth_time) == ("urn:x:gold", ("face",), NOW - timedelta(minutes=1))
    assert (read.issued_at, read.expires_at) == (NOW, NOW + timedelta(minutes=15))
    assert (read.holder, read.holder_proven, read.key_id) == (None, False, "as-1")
    assert (read.claims, read.trust_age, read.stale) == ({"tenant": "7"}, None, False)
    assert read.jti
    assert "pairwise-1" not in repr(read)
    with pytest.raises(dataclasses.FrozenInstanceError):
        read.holder_proven = True  # type: ignore[misc]


def test_several_services_may_be_named_and_each_has_to_be() -> None:
    text = issue(audience=["https://other.example", SERVICE])
    assert verifier().verify(text).audience == ("https://other.example", SERVICE)
    for audience in ("https://other.example", ["https://other.example"], f"{SERVICE}/", SERVICE.upper()):
        with pytest.raises(AudienceMismatch):
            verifier().verify(issue(audience=audience))


def test_an_access_token_is_no_e_id_token_and_the_other_way_round() -> None:
    settings: dict[str, Any] = {
        "issuers": ISSUER, "audience": SERVICE, "keys": KeySet([SIGNER.key]), "replay": MemoryReplayStore(),
        "clock": lambda: NOW,
    }  # fmt: skip
    with pytest.raises(TokenTypeMismatch):
        TokenVerifier(**settings).verify(issue(claims={"nonce": "n"}), nonce="n")
    issuer = TokenIssuer(issuer=ISSUER, signer=SIGNER, pairwise_secret=bytes(32), clock=lambda: NOW)
    text = issuer.issue(
        Subject("1", NOW), audience=SERVICE, nonce="n", account_level=1, authentication_level=1
    )
    with pytest.raises(TokenTypeMismatch):
        verifier().verify(text)


def test_a_bound_token_needs_a_new_proof_for_each_request() -> None:
    one, text = verifier(), issue(confirmation=HOLDER.key)
    with pytest.raises(ProofMissing):
        one.verify(text)
    asked = proof(text)
    assert one.verify(text, proof=asked).holder_proven
    with pytest.raises(DpopReplayed):
        one.verify(text, proof=asked)
    assert one.verify(text, proof=proof(text)).holder == HOLDER.key.thumbprint()
    assert not one.without_proof_of_possession().verify(text).holder_proven


def claims(**changes: Any) -> dict[str, Any]:
    whole = {
        "iss": ISSUER, "sub": "pairwise-1", "aud": SERVICE, "iat": AT, "exp": AT + 300, "jti": "j",
        "client_id": "app", **changes,
    }  # fmt: skip
    return {name: value for name, value in whole.items() if value != "OUT"}


def made(typ: str = "at+jwt", **changes: Any) -> str:
    return sign_jws({"typ": typ}, json.dumps(claims(**changes)).encode(), SIGNER)


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt"])
def test_a_token_of_another_server_is_read(typ: str) -> None:
    assert verifier().verify(made(typ)).scope == frozenset()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        *[({name: "OUT"}, "TOKEN_CLAIM_MISSING") for name in claims()],
        *[({name: None}, "TOKEN_CLAIM_INVALID") for name in claims()],
        ({"iss": "https://mallory.example"}, "TOKEN_ISSUER"),
        ({"aud": []}, "TOKEN_AUDIENCE"),
        ({"aud": [1]}, "TOKEN_CLAIM_INVALID"),
        ({"exp": AT - 30, "iat": AT - 60}, "TOKEN_EXPIRED"),
        ({"iat": AT + 31}, "TOKEN_NOT_YET_VALID"),
        ({"exp": AT + 3601}, "TOKEN_LIFETIME"),
        ({"scope": ["read"]}, "TOKEN_CLAIM_INVALID"),
        ({"scope": "read  list"}, "TOKEN_CLAIM_INVALID"),
        ({"scope": 'read"'}, "TOKEN_CLAIM_INVALID"),
        ({"scope": ""}, "TOKEN_CLAIM_INVALID"),
        ({"acr": 1}, "TOKEN_CLAIM_INVALID"),
        ({"amr": "face"}, "TOKEN_CLAIM_INVALID"),
        ({"auth_time": AT + 1}, "TOKEN_CLAIM_INVALID"),
        ({"auth_time": "x"}, "TOKEN_CLAIM_INVALID"),
        ({"cnf": {}}, "TOKEN_CLAIM_INVALID"),
    ],
)  # fmt: skip
def test_what_breaks_the_profile_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(EidError) as caught:
        verifier().verify(made(**changes))
    assert caught.value.code == code


@pytest.mark.parametrize("typ", ["JWT", "eid+jwt", "dpop+jwt"])
def test_another_type_is_refused(typ: str) -> None:
    with pytest.raises(TokenTypeMismatch):
        verifier().verify(made(typ))


def test_pyjwt_reads_ours() -> None:
    issuer = AccessTokenIssuer(issuer=ISSUER, signer=SIGNER, clock=lambda: datetime.now(UTC))
    text = issuer.issue(
        subject="s", audience=[SERVICE], client_id="app", scope=["read"], ttl=timedelta(minutes=1)
    )
    read = jwt.decode(text, SIGNER.key.public, algorithms=["ES256"], audience=SERVICE, issuer=ISSUER)
    assert (read["client_id"], read["scope"]) == ("app", "read")


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": "read"}, {"scope": ["read list"]}, {"scope": ['"']}, {"scope": [""]}, {"ttl": timedelta(0)},
        {"ttl": timedelta(hours=2)}, {"subject": ""}, {"client_id": ""}, {"audience": ""}, {"audience": []},
        {"claims": {"iss": "x"}}, {"claims": {"scope": "all"}}, {"claims": {"x": float("inf")}},
        {"confirmation": "short"}, {"subject": "x" * 2000}, {"auth_time": NOW.replace(tzinfo=None)},
        {"auth_time": NOW + timedelta(minutes=1)}, {"audience": ["", SERVICE]},
    ],
)  # fmt: skip
def test_what_verifiers_would_refuse_is_not_issued(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        issue(**changes)


def test_issuer_and_verifier_need_a_name() -> None:
    with pytest.raises(InputError):
        AccessTokenIssuer(issuer="", signer=SIGNER, clock=lambda: NOW)
    with pytest.raises(InputError):
        verifier(audience="")
    with pytest.raises(InputError):
        verifier(issuers=["a", "b"])
