"""Fuzz tokens: what is taken apart is what was sent, and verifies only when its key signed it."""

from __future__ import annotations

import base64
import contextlib
import functools
import json
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from eid.crypto.keys import SoftwareSigner
    from eid.encoding import base64url
    from eid.errors import EidError
    from eid.tokens.jws import parse_claims, parse_jws, parse_jws_json, require_type, sign_jws, verify_jws
    from eid.tokens.x5c import decode_x5c

_ALLOWED = frozenset({"jwk", "x5c"})
_NEVER = frozenset({"jku", "x5u", "b64", "zip", "enc", "crit"})


@functools.cache
def _signers() -> tuple[SoftwareSigner, ...]:
    return tuple(SoftwareSigner.generate(alg, kid=alg) for alg in ("ES256", "Ed25519", "ES512"))


@functools.cache
def _signed() -> frozenset[bytes]:
    return frozenset(token.rpartition(".")[0].encode() for token in _tokens())


def check(data: bytes) -> None:
    """Take *data* apart in every way that profiles do, and try every key."""
    with contextlib.suppress(EidError):
        parse_claims(data)
    with contextlib.suppress(EidError):
        for each in parse_jws_json(data):
            assert each.header.keys().isdisjoint(_ALLOWED | _NEVER)
            for signer in _signers():
                with contextlib.suppress(EidError):
                    verify_jws(each, signer.key)
                    assert each.signing_input in _signed()
    with contextlib.suppress(EidError):
        strict = parse_jws(data)
        assert strict.header.keys().isdisjoint(_ALLOWED)
    jws = parse_jws(data, allow=_ALLOWED)
    assert parse_jws(data.decode("ascii"), allow=_ALLOWED) == jws
    again = b".".join((jws.signing_input, base64url.encode(jws.signature).encode()))
    assert again == data  # one token, one spelling
    assert jws.header.keys().isdisjoint(_NEVER)
    assert jws.header["alg"] not in ("none", "HS256")
    repr(jws)
    for signer in _signers():
        with contextlib.suppress(EidError):
            verify_jws(jws, signer.key)
            assert jws.signing_input in _signed()  # nothing else verifies
    with contextlib.suppress(EidError):
        require_type(jws, "eid+jwt")
    with contextlib.suppress(EidError):
        decode_x5c(jws.header.get("x5c"))
    with contextlib.suppress(EidError):
        assert jws.kid.isprintable()
    parse_claims(jws.payload)


def _by_hand(header: object, payload: str = "e30", signature: str = "AAAA") -> str:
    return f"{base64url.encode(json.dumps(header).encode())}.{payload}.{signature}"


@functools.cache
def _tokens() -> tuple[str, ...]:
    claims = json.dumps({"iss": "https://issuer.example", "exp": 1, "levels": [1, {"a": "\u00e9"}]}).encode()
    return tuple(sign_jws({"typ": "eid+jwt"}, claims, signer) for signer in _signers())


def _in_json(token: str) -> str:
    protected, payload, signature = token.split(".")
    return json.dumps({"payload": payload, "signatures": [{"protected": protected, "signature": signature}]})


def seeds() -> Iterator[bytes]:
    """Good tokens, and the usual attempts: none, HMAC, embedded keys, critical headers, other forms."""
    x5c = [base64.b64encode(b"0" * 40).decode()]
    for token in (
        *_tokens(),
        _by_hand({"alg": "none"}, signature=""),
        _by_hand({"alg": "HS256", "kid": "ES256"}),
        _by_hand({"alg": "ES256", "jwk": _signers()[0].key.to_jwk()}),
        _by_hand({"alg": "ES256", "x5c": x5c, "kid": "a", "typ": "application/eid+jwt"}),
        _by_hand({"alg": "ES256", "jku": "https://a.example", "crit": ["b64"], "b64": False}),
        _by_hand({"alg": "EdDSA", "kid": "Ed25519"}),
        _by_hand([]),
        "a.b.c.d.e",
        '{"payload":"e30","signatures":[]}',
        *(_in_json(token) for token in _tokens()),
    ):
        yield token.encode()
    yield b'{"a":[{"b":1e400}],"a":"\\ud800"}'


if __name__ == "__main__":
    run(check, seeds)
