"""Fuzz what a sign-in gets from outside: the callback, the sealed transaction, a provider's metadata, and
the claims of an ID token. Nobody is signed in by octets that nobody sealed or signed.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator
from datetime import UTC, datetime

from common import instrumented, run

with instrumented(__name__):
    from eid.accounts.sign_in import SignInTransactions
    from eid.accounts.sign_in.callback import read_response, refuse_error
    from eid.accounts.sign_in.id_token import verify_id_token
    from eid.accounts.sign_in.oidc import OidcProvider
    from eid.crypto.keys import KeySet, SoftwareSigner
    from eid.errors import EidError, SignInTransactionInvalid
    from eid.tokens.jws import sign_jws
    from eid.tokens.replay import MemoryReplayStore

_NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
_SESSION = "a-session-of-one-browser"
_ISSUER = "https://op.example"


@functools.cache
def _signer() -> SoftwareSigner:
    return SoftwareSigner.generate("ES256", kid="k")


def check(data: bytes) -> None:
    """Read *data* as each of them."""
    with contextlib.suppress(EidError):
        parameters = read_response(data)
        assert len(parameters) <= 20
        refuse_error(parameters)
    transactions = SignInTransactions([b"s" * 32], replay=MemoryReplayStore(), clock=lambda: _NOW)
    try:
        transactions.redeem(data.decode("latin-1"), provider="p", session=_SESSION, state="s")
        raise AssertionError("a transaction that nobody sealed")
    except SignInTransactionInvalid:
        pass
    with contextlib.suppress(EidError):
        found = OidcProvider.from_metadata(data, issuer=_ISSUER, key_source=lambda _: KeySet([]))
        assert found.issuer == _ISSUER
        assert found.token.lower().startswith(("https://", "http://"))
    token = sign_jws({}, data, _signer())
    claims = verify_id_token(
        token, issuer=_ISSUER, client_id="me", nonce="n", keys=KeySet([_signer().key]), now=_NOW, access_token="a"
    )  # fmt: skip
    assert claims["iss"] == _ISSUER
    assert claims["nonce"] == "n"
    assert claims["aud"] in ("me", ["me"], ["me", "me"]) or set(claims["aud"]) == {"me"}
    assert claims["exp"] > _NOW.timestamp() - 31


def seeds() -> Iterator[bytes]:
    """A good one of each."""
    issued = int(_NOW.timestamp())
    claims = {"iss": _ISSUER, "sub": "s", "aud": "me", "iat": issued, "exp": issued + 60, "nonce": "n"}
    yield json.dumps(claims).encode()
    yield json.dumps(
        {**claims, "aud": ["me"], "azp": "me", "acr": "a", "amr": ["pwd"], "auth_time": issued}
    ).encode()
    yield json.dumps({**claims, "at_hash": "ypeBEsobvcr6wjGzmiPcTQ"}).encode()
    yield json.dumps(
        {
            "issuer": _ISSUER, "authorization_endpoint": _ISSUER + "/a", "token_endpoint": _ISSUER + "/t",
            "jwks_uri": _ISSUER + "/k", "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
        }
    ).encode()  # fmt: skip
    yield b"code=a%2Bb&state=c&encrypt_key=d+e"
    yield b"error=access_denied&state=c"
    transactions = SignInTransactions([b"t" * 32], replay=MemoryReplayStore(), clock=lambda: _NOW)
    yield transactions.begin(
        "p", session=_SESSION, transaction="t", purpose="p", consent="c", expected="x"
    )[1].encode()  # fmt: skip


if __name__ == "__main__":
    run(check, seeds)
