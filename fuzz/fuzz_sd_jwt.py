"""Fuzz SD-JWTs: nothing altered verifies, and whatever is revealed is plain claims in which every
disclosure has its place.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import json
from collections.abc import Iterator
from typing import Any

from common import instrumented, run

with instrumented(__name__):
    from eid.crypto.keys import SoftwareSigner
    from eid.encoding import base64url
    from eid.errors import EidError
    from eid.tokens.credentials import Credential
    from eid.tokens.jws import parse_claims
    from eid.tokens.sd_jwt import HASHES, hash_name, parse_sd_jwt, places, reveal, verify_sd_jwt
    from eid.tokens.sd_jwt.issuing import issue_sd_jwt

_CLAIMS = {"iss": "https://issuer.example", "vct": "urn:x", "exp": 4_000_000_000, "name": "Vera",
           "address": {"street": "1", "province": "x"}, "nationalities": ["VN", "FR"]}  # fmt: skip


@functools.cache
def _signer() -> SoftwareSigner:
    return SoftwareSigner.generate(kid="issuer")


@functools.cache
def _issued() -> str:
    return issue_sd_jwt(
        _CLAIMS,
        disclosable=[("name",), ("address",), ("address", "street"), ("nationalities", None)],
        signer=_signer(),
        header={"typ": "dc+sd-jwt"},
    )


def check(data: bytes) -> None:
    """Read *data* as a presentation, and as the parts of one whose digests fit."""
    with contextlib.suppress(EidError):
        _read(data)
    _reveal(data)


def _read(data: bytes) -> None:
    parsed = parse_sd_jwt(data)
    repr(parsed)
    with contextlib.suppress(EidError):
        held = Credential.parse(data)
        assert len(held.fields) == len(parsed.disclosures)
        held.present_without_key_binding(held.fields)
    claims = verify_sd_jwt(parsed, _signer().key)
    good = _issued().split("~")
    assert data.split(b"~")[0] == good[0].encode()  # nothing else verifies
    assert set(parsed.disclosures) <= set(good[1:-1])
    for name, value in claims.items():
        assert name not in ("name", "iss") or value == _CLAIMS[name]


def _reveal(data: bytes) -> None:
    """Lines of JSON: a payload and disclosures. ``@3`` in one stands for the digest of the third."""
    lines = data.split(b"\n")[:12]
    disclosures: dict[int, str] = {}
    digests: dict[int, bytes] = {}
    name = "sha-512" if b"sha-512" in lines[0] else "sha-256"
    for number in range(len(lines) - 1, -1, -1):
        content = lines[number]
        for other, digest in digests.items():
            content = content.replace(b"@%x" % other, digest)
        if number == 0:
            break
        disclosures[number] = base64url.encode(content)
        octets = HASHES[name](disclosures[number].encode()).digest()
        digests[number] = base64url.encode(octets).encode()
    payload = parse_claims(content)
    sent = list(disclosures.values())
    claims = reveal(copy.deepcopy(payload), sent)
    assert hash_name(payload)
    assert json.loads(json.dumps(claims)) == claims
    _assert_plain(claims)
    where = places(payload, sent)
    assert len(where) == len(sent)
    for path in where.values():
        value: Any = claims
        for part in path:
            value = value[part]


def _assert_plain(value: Any) -> None:
    if isinstance(value, dict):
        assert not {"_sd", "...", "_sd_alg"} & value.keys()
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _assert_plain(inner)


def seeds() -> Iterator[bytes]:
    """A credential, parts of it, and payloads with disclosures in every place."""
    yield _issued().encode()
    yield "~".join((*_issued().split("~")[:2], "")).encode()
    yield b'{"_sd":["@1","@2"],"x":1}\n["s","name","Vera"]\n["s","address",{"_sd":["@3"]}]\n["s","street","1"]'
    yield b'{"list":["a",{"...":"@1"},{"...":"@2"}]}\n["s","b"]\n["s",[{"...":"@3"}]]\n["s",{"c":[1]}]'
    yield b'{"_sd_alg":"sha-512","_sd":["@1","decoy"],"cnf":{"jwk":{}}}\n["s","name",null]'
    yield b'{"_sd":["@1","@1"],"...":1,"_sd_alg":"sha-1"}\n["s","_sd",[]]\n[1,2,3,4]'


if __name__ == "__main__":
    run(check, seeds)
