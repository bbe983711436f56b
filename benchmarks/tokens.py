"""e-ID tokens beside the raw signature, and beside PyJWT and joserfc.

    python benchmarks/tokens.py [--rounds 40] [--json]

*Raw* is one check of the same octets with the key ready and the signature in the form that ``cryptography``
takes; for issuing, one signature, the HMAC that makes the pseudonym and the random octets of ``jti``; the detail
gives the ratio to the signature alone. Ours is the whole of :class:`eid.tokens.verifying.TokenVerifier`; what
marking a token as used adds stands by itself, since the other two cannot. They check what they can be told to:
issuer, audience, times, required claims, and by hand type and nonce; they are given the key and look up none.
"""

from __future__ import annotations

import argparse
import gc
import hmac
import json
import random
import secrets
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import joserfc.jwk
import joserfc.jwt
import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from measure import Row

from eid.crypto.keys import KeySet, SoftwareSigner
from eid.tokens.issuing import Subject, TokenIssuer
from eid.tokens.jws import parse_jws
from eid.tokens.replay import MemoryReplayStore
from eid.tokens.verifying import TokenVerifier

__all__ = ["rows"]

_ISSUER, _AUDIENCE, _NONCE = "https://id.example", "https://portal.example", "n-0S6_WzA2Mj"
_REQUIRED = ["iss", "sub", "aud", "iat", "exp", "jti"]
#: Tokens of one measurement: enough for the caches to be warm, few enough to alternate often.
_BATCH = 100

#: What is done to one token, given by its number.
Act = Callable[[int], object]


def now() -> datetime:
    """The clock of all sides."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Made:
    """Tokens by one key, as many as are verified."""

    signer: SoftwareSigner
    tokens: Sequence[str]

    @property
    def octets(self) -> float:
        """The usual length of one."""
        return statistics.median(map(len, self.tokens))


def issuer(signer: SoftwareSigner) -> TokenIssuer:
    """One that counters would use."""
    return TokenIssuer(issuer=_ISSUER, signer=signer, pairwise_secret=secrets.token_bytes(32), clock=now)


def issued(by: TokenIssuer) -> str:
    """A token with both levels, for a person authenticated with card and face."""
    return by.issue(
        Subject("001099012349", now(), ("sc", "face")),
        audience=_AUDIENCE,
        nonce=_NONCE,
        account_level=2,
        authentication_level=3,
    )


def made(alg: str, count: int) -> Made:
    """*count* tokens by a new key."""
    signer = SoftwareSigner.generate(alg)
    by = issuer(signer)
    return Made(signer, [issued(by) for _ in range(count)])


# --- what is compared ----------------------------------------------------------------------------


def raw_verify(what: Made) -> Act:
    """The signature alone."""
    scheme, public = ec.ECDSA(hashes.SHA256()), what.signer.key.public
    checks: list[tuple[Any, ...]] = []
    for token in what.tokens:
        jws = parse_jws(token)
        if what.signer.alg == "ES256":
            r, s = int.from_bytes(jws.signature[:32], "big"), int.from_bytes(jws.signature[32:], "big")
            checks.append((encode_dss_signature(r, s), jws.signing_input, scheme))
        else:
            checks.append((jws.signature, jws.signing_input))
    return lambda number: public.verify(*checks[number])


def ours(what: Made, *, remember: bool = True) -> Act:
    """Everything a service does."""
    verifier = TokenVerifier(
        issuers=_ISSUER,
        audience=_AUDIENCE,
        keys=KeySet([what.signer.key]),
        replay=MemoryReplayStore(),
        clock=now,
    )
    verifier = verifier if remember else verifier.without_replay_check()
    return lambda number: verifier.verify(what.tokens[number], nonce=_NONCE)


def by_pyjwt(what: Made) -> Act:
    """PyJWT, which knows Ed25519 by its older name."""
    algorithm = "EdDSA" if what.signer.alg == "Ed25519" else what.signer.alg
    decoder = jwt.PyJWT({"require": _REQUIRED})
    if what.signer.alg == "Ed25519":
        decoder._jws.register_algorithm("Ed25519", jwt.get_algorithm_by_name("EdDSA"))
    public = what.signer.key.public

    def verify(number: int) -> None:
        found = decoder.decode_complete(
            what.tokens[number],
            public,
            algorithms=[algorithm, what.signer.alg],
            audience=_AUDIENCE,
            issuer=_ISSUER,
            leeway=30,
        )
        assert found["header"]["typ"] == "eid+jwt"
        assert found["payload"]["nonce"] == _NONCE

    return verify


def by_joserfc(what: Made) -> Act:
    """Joserfc."""
    key = joserfc.jwk.import_key(what.signer.key.to_jwk())
    expected = {"iss": _ISSUER, "aud": _AUDIENCE, "nonce": _NONCE}
    claims = joserfc.jwt.JWTClaimsRegistry(
        leeway=30,
        **{name: {"essential": True} for name in _REQUIRED},
        **{name: {"essential": True, "value": value} for name, value in expected.items() if name == "nonce"},
    )
    for name in ("iss", "aud"):
        claims.options[name] = {"essential": True, "value": expected[name]}

    def verify(number: int) -> None:
        found = joserfc.jwt.decode(what.tokens[number], key, algorithms=[what.signer.alg])
        assert found.header["typ"] == "eid+jwt"
        claims.validate(found.claims)

    return verify


def signature(what: Made) -> Act:
    """The signature alone."""
    inputs = [parse_jws(token).signing_input for token in what.tokens]
    private, scheme = what.signer._private, ec.ECDSA(hashes.SHA256())
    if what.signer.alg == "ES256":
        return lambda number: private.sign(inputs[number], scheme)
    return lambda number: private.sign(inputs[number])


def raw_issue(what: Made) -> Act:
    """All cryptography of a token: the pseudonym's HMAC, its key ready as ours is, random octets, signature."""
    sign, keyed = signature(what), hmac.new(secrets.token_bytes(32), digestmod="sha256")
    message = f"{_AUDIENCE} 001099012349".encode()

    def calls(number: int) -> None:
        code = keyed.copy()
        code.update(message)
        code.digest()
        secrets.token_bytes(16)
        sign(number)

    return calls


def issue(what: Made) -> Act:
    """A new token each time."""
    by = issuer(what.signer)
    return lambda _: issued(by)


# --- measuring -----------------------------------------------------------------------------------


def compared(acts: dict[str, Act], rounds: int) -> dict[str, tuple[float, float]]:
    """For each: its median ratio to the first, round by round, and its median microseconds. It is time of
    this processor alone, so that other programs disturb little.
    """
    times: dict[str, list[float]] = {name: [] for name in acts}
    gc.collect()
    gc.disable()  # as timeit does
    chance, order = random.Random(1), list(acts)
    for batch in range(rounds):
        numbers = range(batch * _BATCH, (batch + 1) * _BATCH)
        chance.shuffle(order)  # who comes after whom decides what is in the caches
        for name in order:
            act = acts[name]
            start = time.thread_time()
            for number in numbers:
                act(number)
            times[name].append((time.thread_time() - start) / _BATCH * 1e6)
    gc.enable()
    base = times[next(iter(acts))]
    return {
        name: (
            statistics.median(each / one for each, one in zip(found, base, strict=True)),
            statistics.median(found),
        )
        for name, found in times.items()
    }


def bench(alg: str, limit: float, rounds: int) -> list[Row]:
    """Verifying and issuing with one algorithm."""
    what = made(alg, rounds * _BATCH)
    found = compared(
        {
            "raw": raw_verify(what),
            "ours": ours(what),
            "looked": ours(what, remember=False),
            "PyJWT": by_pyjwt(what),
            "joserfc": by_joserfc(what),
        },
        rounds,
    )
    ratio, micros = found["looked"]
    peers = {name: found[name][0] for name in ("PyJWT", "joserfc")}
    made_anew = compared({"raw": raw_issue(what), "ours": issue(what), "signature": signature(what)}, rounds)
    issuing, alone = made_anew["ours"], made_anew["ours"][0] / made_anew["signature"][0]
    return [
        Row(f"{alg} token, verify", ratio, "x raw", limit, f"{micros:.0f} µs, {what.octets:.0f} characters"),
        Row(
            "  beside the faster of PyJWT and joserfc",
            ratio / min(peers.values()),
            "x",
            1.0,
            ", ".join(f"{name} {value:.2f}x raw" for name, value in peers.items()),
        ),
        Row("  and marked as used, in memory", found["ours"][0], "x raw", None, f"{found['ours'][1]:.0f} µs"),
        Row(
            f"{alg} token, issue",
            issuing[0],
            "x raw",
            1.6,
            f"{issuing[1]:.0f} µs, {alone:.2f}x the signature alone",
        ),
    ]


def rows(rounds: int = 40) -> list[Row]:
    """Every row about e-ID tokens."""
    return [*bench("ES256", 1.3, rounds), *bench("Ed25519", 1.2, rounds)]


def main() -> None:
    """Print the rows about e-ID tokens alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = rows(options.rounds)
    if options.json:
        print(json.dumps([row.__dict__ for row in found], indent=1, ensure_ascii=False))
        return
    for row in found:
        mark = {None: "", True: "ok", False: "OVER"}[row.kept]
        print(f"{row.name:42} {row.value:6.2f} {row.unit:6} {mark:5} {row.detail}")


if __name__ == "__main__":
    main()
