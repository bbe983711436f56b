"""Fuzz keys: a JWK that is read is written as the same key, holds nothing private, and is for one algorithm."""

from __future__ import annotations

import base64
import contextlib
import functools
import json
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from lists import issuer

    from eid.crypto.algorithms import ALGORITHMS, DEFAULT_ALGORITHMS
    from eid.crypto.key_files import read_signer
    from eid.crypto.keys import Key, KeySet, SoftwareSigner
    from eid.encoding import strict_json
    from eid.errors import EidError

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_ALL = frozenset(ALGORITHMS)


@functools.cache
def _signers() -> tuple[SoftwareSigner, ...]:
    return tuple(SoftwareSigner.generate(alg) for alg in ("ES256", "ES512", "Ed25519", "RS256", "ML-DSA-44"))


def check(data: bytes) -> None:
    """Read *data* as a JWK Set, a JWK, a private key and a certificate."""
    with contextlib.suppress(EidError):
        signer = read_signer(data)
        assert signer.alg in ALGORITHMS
        repr(signer)
    with contextlib.suppress(EidError):
        _check_key(Key.from_certificate(data))
    with contextlib.suppress(EidError):
        for key in KeySet.from_jwks(data):
            assert key.alg in DEFAULT_ALGORITHMS
            _check_key(key)
        KeySet.from_jwks(data, algorithms=_ALL)
    jwk = strict_json.loads(data, limit=100_000)
    if isinstance(jwk, dict):
        for alg in (None, "RS256", "PS256"):
            with contextlib.suppress(EidError):
                key = Key.from_jwk(jwk, alg=alg, algorithms=_ALL)
                assert _PRIVATE.isdisjoint(jwk)
                assert alg is None or key.alg == alg
                _check_key(key)


def _check_key(key: Key) -> None:
    repr(key)
    written = key.to_jwk()
    assert _PRIVATE.isdisjoint(written)
    again = Key.from_jwk(strict_json.loads(strict_json.dumps(written), limit=100_000), algorithms=_ALL)
    assert again == key
    assert again.thumbprint() == key.thumbprint()
    with contextlib.suppress(EidError):
        key.verify(b"\0" * 64, b"message")
        raise AssertionError("a signature of zeros holds")


def seeds() -> Iterator[bytes]:
    """JWKs of every kind, a set, private keys, certificates."""
    jwks = [signer.key.to_jwk() for signer in _signers()]
    for jwk in jwks:
        yield json.dumps(jwk).encode()
    yield json.dumps({"keys": [*jwks, {"kty": "oct", "k": "AA"}, {**jwks[0], "use": "enc"}]}).encode()
    yield json.dumps({**jwks[0], "d": "AA"}).encode()
    yield json.dumps({**jwks[0], "nbf": 1, "exp": 2**40, "key_ops": ["verify"], "kid": "k"}).encode()
    certificate = issuer().ds_der
    yield certificate
    key = Key.from_certificate(certificate)
    yield json.dumps({**key.to_jwk(), "x5c": [base64.b64encode(certificate).decode()]}).encode()
    for signer in _signers()[:3]:
        text = base64.b64encode(signer.private_bytes()).decode()
        yield f"kid: k\nalg: {signer.alg}\n-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n".encode()


if __name__ == "__main__":
    run(check, seeds)
