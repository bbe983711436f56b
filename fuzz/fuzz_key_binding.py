"""Fuzz key binding: what is accepted was signed by the holder for this verifier, transaction and choice."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime

from common import instrumented, run

with instrumented(__name__):
    from eid.crypto.keys import SoftwareSigner
    from eid.encoding import base64url
    from eid.errors import EidError
    from eid.tokens.dpop import public_members
    from eid.tokens.jws import parse_claims
    from eid.tokens.sd_jwt import SdJwt, parse_sd_jwt
    from eid.tokens.sd_jwt.issuing import issue_sd_jwt
    from eid.tokens.sd_jwt.key_binding import check_key_binding, holder_key, sign_key_binding

_AUDIENCE, _NONCE, _AT = "https://verifier.example", "n-1", 1_800_000_000
_NOW = datetime.fromtimestamp(_AT, UTC)


@functools.cache
def _holder() -> SoftwareSigner:
    return SoftwareSigner.generate(kid="holder")


@functools.cache
def _parsed() -> SdJwt:
    claims = {"iss": "https://issuer.example", "name": "Vera", "cnf": {"jwk": public_members(_holder().key)}}
    issuer = SoftwareSigner.generate(kid="issuer")
    return parse_sd_jwt(
        issue_sd_jwt(claims, disclosable=[("name",)], signer=issuer, header={"typ": "dc+sd-jwt"})
    )


@functools.cache
def _good() -> str:
    return sign_key_binding(
        _parsed().signed_text,
        hash_name="sha-256",
        audience=_AUDIENCE,
        nonce=_NONCE,
        now=_NOW,
        signer=_holder(),
    )


def check(data: bytes) -> None:
    """Take *data* for a key-binding token, for what the holder signs as one, and for the holder's key."""
    with contextlib.suppress(EidError, UnicodeDecodeError):
        _accept(data.decode("utf-8"), whole=True)
    header, _, claims = data.partition(b"\n")
    with contextlib.suppress(EidError):
        holder_key({"cnf": parse_claims(data)})
    signed = f"{base64url.encode(header)}.{base64url.encode(claims)}"
    token = f"{signed}.{base64url.encode(_holder().sign(signed.encode()))}"
    _accept(token, whole=False)


def _accept(token: str, *, whole: bool) -> None:
    parsed = _parsed()._replace(key_binding=token)
    payload = parse_claims(parsed.jws.payload)
    key = check_key_binding(parsed, payload, hash_name="sha-256", audience=_AUDIENCE, nonce=_NONCE, now=_NOW)
    assert key.thumbprint() == _holder().key.thumbprint()
    assert not whole or token == _good()  # whoever has no key can only repeat
    said = json.loads(base64url.decode(token.split(".")[1], limit=100_000))
    assert (said["aud"], said["nonce"]) == (_AUDIENCE, _NONCE)
    assert abs(said["iat"] - _AT) <= 330
    digest = hashlib.sha256(parsed.signed_text.encode()).digest()
    assert said["sd_hash"] == base64url.encode(digest)


def seeds() -> Iterator[bytes]:
    """The real one; headers and claims to be signed; holder keys."""
    yield _good().encode()
    digest = base64url.encode(hashlib.sha256(_parsed().signed_text.encode()).digest())
    claims = {"iat": _AT, "aud": _AUDIENCE, "nonce": _NONCE, "sd_hash": digest}
    header = b'{"alg":"ES256","typ":"kb+jwt"}\n'
    yield header + json.dumps(claims).encode()
    yield header + json.dumps({**claims, "exp": _AT + 60, "nbf": 0}).encode()
    yield header + json.dumps({**claims, "iat": "x", "aud": [_AUDIENCE]}).encode()
    yield b'{"alg":"none","typ":"kb+jwt"}\n{}'
    yield json.dumps({"jwk": public_members(_holder().key)}).encode()
    yield b'{"jwk":{"kty":"OKP","crv":"Ed25519","x":"AA"}}'


if __name__ == "__main__":
    run(check, seeds)
