"""What hostile tokens are made with: invented issuers and a holder, fresh keys for each run, the verifier
that everything is shown to, and a good token that each hostile one differs from in one thing.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hostile_sd_jwts import b64, dumps, jwt, public

from eid.crypto.keys import Key, KeySet, SoftwareSigner
from eid.tokens.dpop import DpopRequest
from eid.tokens.replay import MemoryReplayStore, ReplayStore
from eid.tokens.verifying import TokenVerifier

ISSUER, PARTNER = "https://issuer.example", "https://partner.example"
AUDIENCE, NONCE, PERSON = "https://bank.example", "n-0S6_WzA2Mj", "pairwise-7f3a"
URL = "https://bank.example/token"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
AT = int(NOW.timestamp())

ISSUING = SoftwareSigner.generate(kid="2026-a")
ISSUING_NEXT = SoftwareSigner.generate(kid="2026-b")
EDWARDS = SoftwareSigner.generate("Ed25519", kid="2026-e")
RSA = SoftwareSigner.generate("RS256", kid="2026-r")
RETIRED, COMING = SoftwareSigner.generate(kid="2025"), SoftwareSigner.generate(kid="2027")
PARTNERS = SoftwareSigner.generate(kid="partner-1")
#: Two issuers may call their keys alike.
PARTNERS_NAMESAKE = SoftwareSigner.generate(kid="2026-b")
HOLDER = SoftwareSigner.generate(kid="holder")
MALLORY = SoftwareSigner.generate(kid="2026-a")

#: Order of the group of P-256 (SEC 2, 2.4.2).
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
#: A claim or header that is taken away.
OUT = object()


def issuer_keys() -> KeySet:
    """What the issuer has published."""
    day = timedelta(days=1)
    retired = Key(RETIRED.kid, RETIRED.alg, RETIRED.key.public, not_after=NOW - day)
    coming = Key(COMING.kid, COMING.alg, COMING.key.public, not_before=NOW + day)
    return KeySet([ISSUING.key, ISSUING_NEXT.key, EDWARDS.key, RSA.key, retired, coming])


def verifier(replay: ReplayStore | None = None, *, now: datetime = NOW) -> TokenVerifier:
    """The one that all of this is shown to."""
    return TokenVerifier(
        issuers={ISSUER, PARTNER},
        audience=AUDIENCE,
        keys={ISSUER: issuer_keys(), PARTNER: KeySet([PARTNERS.key, PARTNERS_NAMESAKE.key])},
        replay=MemoryReplayStore() if replay is None else replay,
        clock=lambda: now,
    )


HEADER = {"alg": "ES256", "typ": "eid+jwt", "kid": "2026-a"}
DIGEST = b64(hashlib.sha256(b"evidence").digest())


def claims(**changes: Any) -> dict[str, Any]:
    """What the issuer says."""
    whole = {
        "iss": ISSUER,
        "sub": PERSON,
        "aud": AUDIENCE,
        "iat": AT - 10,
        "exp": AT + 290,
        "jti": "j-1",
        "nonce": NONCE,
        "auth_time": AT - 60,
        "acr": "urn:eid:authentication-level:3",
        "amr": ["face"],
        "account_level": 2,
        "authentication_level": 3,
        "verdicts": {"authentic": "PASSED", "holder": "NOT_CHECKED"},
        "evidence": [{"sha256": DIGEST, "ref": "file-1"}],
        "person": {"name": "Vera Muster"},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not OUT}


def header(**changes: Any) -> dict[str, Any]:
    """What stands before it."""
    return {name: value for name, value in {**HEADER, **changes}.items() if value is not OUT}


def by(signer: SoftwareSigner) -> dict[str, Any]:
    """A header that names the key of *signer*."""
    return header(alg=signer.alg, kid=signer.kid)


def with_header(signer: SoftwareSigner | None = ISSUING, **changes: Any) -> str:
    """The good token with another header, signed."""
    return jwt(header(**changes), claims(), signer)


def with_claims(**changes: Any) -> str:
    """The good token with other claims, signed."""
    return jwt(HEADER, claims(**changes), ISSUING)


def header_and(octets: bytes) -> str:
    """The good header, and before its closing brace *octets* as they are."""
    return jwt(dumps(HEADER)[:-1] + octets + b"}", claims(), ISSUING)


def claims_and(octets: bytes, **changes: Any) -> str:
    """The good claims, and before their closing brace *octets* as they are."""
    return jwt(HEADER, dumps(claims(**changes))[:-1] + octets + b"}", ISSUING)


def signature_of(token: str, signer: SoftwareSigner = ISSUING) -> bytes:
    """What *signer* signs of *token*."""
    return signer.sign(token.rpartition(".")[0].encode())


def resigned(token: str, signature: bytes) -> str:
    """*token* with another signature."""
    return f"{token.rpartition('.')[0]}.{b64(signature)}"


@functools.cache
def good() -> str:
    """The one that is accepted."""
    return jwt(HEADER, claims(), ISSUING)


def proof(token: str, signer: SoftwareSigner = HOLDER, **changes: Any) -> DpopRequest:
    """A request with a proof for *token* by the holder; ``head`` changes the header of the proof."""
    head = {"alg": "ES256", "typ": "dpop+jwt", "jwk": public(signer), **changes.pop("head", {})}
    body = {
        "jti": "p-1",
        "htm": "POST",
        "htu": URL,
        "iat": AT,
        "ath": b64(hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()),
        **changes,
    }
    made = jwt(
        {name: value for name, value in head.items() if value is not OUT},
        {name: value for name, value in body.items() if value is not OUT},
        signer,
    )
    return DpopRequest(made, "POST", URL, None)


@dataclass(frozen=True)
class Case:
    """One token.

    :param rule: where a standard forbids it; ``strict`` where standards leave it open and careful readers
        refuse it; ``profile`` where it breaks a rule of e-ID tokens alone.
    :param good: what it differs from in one thing, and what is accepted; for a replay the same token.
    :param proof: the request it comes with; the good one comes with *good_proof*.
    :param used: tokens that were accepted before.
    :param later: seconds after :data:`NOW` at which it is shown.
    """

    name: str
    rule: str
    code: str
    token: str | bytes
    good: str
    proof: DpopRequest | None = None
    good_proof: DpopRequest | None = None
    used: tuple[str, ...] = ()
    later: int = 0

    @property
    def everybodys(self) -> bool:
        """Whether a library for JWT in general can be asked about it."""
        return not (self.rule == "profile" or self.used or self.proof or self.good_proof)


@dataclass
class Corpus:
    """Collects cases."""

    cases: list[Case] = field(default_factory=list)

    def add(self, rule: str, code: str, good_one: str | None = None, /, **tokens: str | bytes) -> None:
        """Cases that break *rule* and differ from *good_one*."""
        good_one = good() if good_one is None else good_one
        self.cases += [Case(name, rule, code, token, good_one) for name, token in tokens.items()]


_MAKERS: list[Callable[[Corpus], None]] = []


def group(maker: Callable[[Corpus], None]) -> Callable[[Corpus], None]:
    """Marks a function that adds cases."""
    _MAKERS.append(maker)
    return maker


@functools.cache
def collected() -> tuple[Case, ...]:
    """All cases of the groups marked so far."""
    made = Corpus()
    for maker in _MAKERS:
        maker(made)
    return tuple(made.cases)
