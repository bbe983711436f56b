"""Fuzz the claims of e-ID tokens, access tokens and DPoP proofs: signed as they come, so that all of it is read."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from common import instrumented, run

with instrumented(__name__):
    from eid.crypto.keys import KeySet, SoftwareSigner
    from eid.document.checks import Outcome
    from eid.errors import EidError
    from eid.tokens.access_token import AccessTokenVerifier
    from eid.tokens.dpop import DpopRequest, check_proof, normalised_url, public_members
    from eid.tokens.jws import sign_jws
    from eid.tokens.replay import MemoryReplayStore
    from eid.tokens.verifying import TokenVerifier

_ISSUER, _AUDIENCE, _NONCE = "https://id.example", "https://portal.example", "n-1"
_URL, _TOKEN = "https://portal.example/token", "a.b.c"
_NOW = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)
_AT = int(_NOW.timestamp())


@functools.cache
def _signer() -> SoftwareSigner:
    return SoftwareSigner.generate("Ed25519", kid="k")


@functools.cache
def _verifiers() -> tuple[TokenVerifier, AccessTokenVerifier]:
    common: dict[str, Any] = {
        "issuers": _ISSUER,
        "audience": _AUDIENCE,
        "keys": KeySet([_signer().key]),
        "replay": MemoryReplayStore(),
        "clock": lambda: _NOW,
    }
    one = TokenVerifier(**common).without_replay_check().without_proof_of_possession()
    return one, AccessTokenVerifier(**common).without_proof_of_possession()


def check(data: bytes) -> None:
    """Read *data* as the claims of each of the three."""
    token, access = _verifiers()
    with contextlib.suppress(EidError):
        read = token.verify(sign_jws({"typ": "eid+jwt"}, data, _signer()), nonce=_NONCE)
        assert (read.issuer, read.audience) == (_ISSUER, _AUDIENCE)
        assert read.account_level in (None, 1, 2)
        assert read.authentication_level in (None, 1, 2, 3, 4)
        assert read.expires_at - read.issued_at <= dt.timedelta(minutes=10)
        assert all(isinstance(outcome, Outcome) for outcome in read.verdicts.values())
        assert all(each.to_claim() for each in read.evidence)
        assert all(isinstance(each, str) for each in (read.subject, read.jti, *read.amr))
        assert read.auth_time is None or read.auth_time <= read.issued_at
        assert read.holder is None or len(read.holder) == 43
        assert isinstance(read.person, Mapping)
        assert isinstance(read.claims, Mapping)
        assert not read.first_use
        repr(read)
    with contextlib.suppress(EidError):
        granted = access.verify(sign_jws({"typ": "at+jwt"}, data, _signer()))
        assert _AUDIENCE in granted.audience
        assert all(" " not in word for word in granted.scope)
        assert isinstance(granted.client_id, str)
        repr(granted)
    header = {"typ": "dpop+jwt", "jwk": public_members(_signer().key)}
    request = DpopRequest(sign_jws(header, data, _signer()), "POST", _URL, None)
    with contextlib.suppress(EidError):
        proof = check_proof(request, token=_TOKEN, thumbprint=None, now=_NOW)
        assert proof.thumbprint == _signer().key.thumbprint()
        assert abs(proof.issued_at - _NOW) <= dt.timedelta(seconds=90)
    url = normalised_url(data.decode("utf-8", "replace"))
    assert normalised_url(url) == url


def seeds() -> Iterator[bytes]:
    """Claims of each kind, and an address."""
    common = {
        "iss": _ISSUER, "sub": "s", "aud": _AUDIENCE, "iat": _AT, "exp": _AT + 300, "jti": "j", "nonce": _NONCE,
    }  # fmt: skip
    digest = base64.urlsafe_b64encode(hashlib.sha256(_TOKEN.encode()).digest()).rstrip(b"=").decode()
    for claims in (
        common,
        {
            **common, "auth_time": _AT, "acr": "urn:eid:authentication-level:3", "amr": ["sc"], "sub_type": "number",
            "account_level": 2, "authentication_level": 3, "verdicts": {"authentic": "PASSED"},
            "evidence": [{"sha256": digest, "ref": "f"}], "person": {"name": "x"}, "cnf": {"jkt": digest}, "nbf": _AT,
        },
        {**common, "aud": ["x", _AUDIENCE], "client_id": "app", "scope": "read list", "acr": "x"},
        {"jti": "p", "htm": "POST", "htu": _URL, "iat": _AT, "ath": digest, "nonce": "n", "exp": _AT + 9},
    ):  # fmt: skip
        yield json.dumps(claims).encode()
    yield b"HTTPS://Portal.Example:443/a/../%7euser?b#c"


if __name__ == "__main__":
    run(check, seeds)
