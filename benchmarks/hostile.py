"""The hostile corpora of the tests, shown to us and to the packages that others would use.

    python benchmarks/hostile.py    # and what exactly each of them accepts

Each package is set up as a careful developer would: algorithms, audience, issuer, required claims, leeway.
What it has no setting for, the developer compares by hand: ``typ`` and ``nonce`` of a token. Replays, DPoP
and the levels of e-ID tokens are left out, for which these packages are not made. So is each case whose good
twin a package does not accept either. *Wrongly*: a standard forbids it. *Laxly*: standards leave it open.
"""

from __future__ import annotations

import importlib.metadata
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from unittest import mock

import joserfc.errors
import joserfc.jwk
import joserfc.jwt
import jwt
from joserfc.errors import SecurityWarning
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from measure import Row
from sd_jwt.verifier import SDJWTVerifier

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "security"))

import hostile_sd_jwts as presentations
import hostile_tokens
import token_making as tokens

from eid.errors import EidError
from eid.tokens.replay import MemoryReplayStore

CLAIMS = ["iss", "sub", "aud", "iat", "exp", "jti", "nonce"]
_LEEWAY = 30
#: PyJWT and joserfc know nothing of keys that are not in force.
_IN_FORCE = [jwk for jwk in tokens.issuer_keys().to_jwks()["keys"] if "nbf" not in jwk and "exp" not in jwk]
#: Of the SD-JWTs: what RFC 9901 forbids every verifier, and what nobody can ask of the package.
_FORBIDDEN = ("RFC 9901, 4", "RFC 9901, 7")
_NOT_ASKED = ("RFC 9901, 7.1, 2c", "RFC 9901, 7.1, 6", "SD-JWT VC", "limits")


class Refused(Exception):
    """The careful developer's own comparison."""


def _require_type(header: dict[str, Any]) -> None:
    typ = header.get("typ")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") != "eid+jwt":
        raise Refused


class _Clock(datetime):
    """The present of the corpus, for a package that takes no clock."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return tokens.NOW.astimezone(tz or UTC)


_PYJWT_KEYS = {
    jwk["kid"]: (jwt.PyJWK(jwk, algorithm="EdDSA" if jwk["alg"] == "Ed25519" else None), jwk["alg"])
    for jwk in _IN_FORCE
}
_JOSERFC_KEYS = joserfc.jwk.KeySet.import_key_set({"keys": _IN_FORCE})
_JOSERFC_CLAIMS = joserfc.jwt.JWTClaimsRegistry(
    now=tokens.AT,
    leeway=_LEEWAY,
    **{name: {"essential": True} for name in CLAIMS}
    | {
        name: {"essential": True, "value": value}
        for name, value in (("iss", tokens.ISSUER), ("aud", tokens.AUDIENCE), ("nonce", tokens.NONCE))
    },
)


def by_pyjwt(token: str | bytes) -> None:
    """Verify with PyJWT: the key and its one algorithm by ``kid``."""
    header = jwt.get_unverified_header(token)
    _require_type(header)
    kid = header.get("kid")
    if kid not in _PYJWT_KEYS:
        raise Refused
    key, alg = _PYJWT_KEYS[kid]
    with mock.patch("jwt.api_jwt.datetime", _Clock):
        claims = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"] if alg == "Ed25519" else [alg],
            audience=tokens.AUDIENCE,
            issuer=tokens.ISSUER,
            leeway=_LEEWAY,
            options={"require": CLAIMS, "strict_aud": True},
        )
    if claims["nonce"] != tokens.NONCE:
        raise Refused


def by_joserfc(token: str | bytes) -> None:
    """Verify with joserfc: the key from its set, by ``kid``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # says that the name EdDSA is an old one
        found = joserfc.jwt.decode(token, _JOSERFC_KEYS, algorithms=["ES256", "EdDSA", "Ed25519", "RS256"])
    _require_type(found.header)
    _JOSERFC_CLAIMS.validate(found.claims)


def by_sd_jwt(text: str | bytes) -> None:
    """Verify with sd-jwt: issuer, key, kind of token, audience and nonce are all it can be told."""

    def key_of(issuer: str, header: dict[str, Any]) -> JWK:
        expected = (presentations.ISSUER, presentations.ISSUING.kid, "dc+sd-jwt", "ES256")
        if (issuer, header.get("kid"), header.get("typ"), header.get("alg")) != expected:
            raise Refused
        return JWK(**presentations.public(presentations.ISSUING))

    SDJWTVerifier(text, key_of, presentations.AUDIENCE, presentations.NONCE).get_verified_payload()


@dataclass
class Tally:
    """How one package judged what it was asked about."""

    asked: int = 0
    wrongly: list[str] = field(default_factory=list)
    laxly: list[str] = field(default_factory=list)
    foreign: dict[str, str] = field(default_factory=dict)

    def count(
        self, verify: Callable[[], object], own: tuple[type[Exception], ...], name: str, *, forbidden: bool
    ) -> None:
        """Show it one more; *own* are the errors that its callers can be expected to catch."""
        self.asked += 1
        try:
            verify()
        except (Refused, *own):
            return
        except Exception as error:  # noqa: BLE001 - whatever else comes out is what is being counted
            self.foreign[name] = type(error).__name__
        else:
            (self.wrongly if forbidden else self.laxly).append(name)

    def summary(self) -> str:
        """All figures."""
        accepted = len(self.wrongly) + len(self.laxly)
        refused = self.asked - accepted - len(self.foreign)
        return (
            f"of {self.asked}: {len(self.wrongly)} accepted wrongly, {len(self.laxly)} laxly; "
            f"{len(self.foreign)} foreign exceptions; {refused} refused"
        )


def ours_on_tokens() -> Row:
    """Our own judgement, of all of them."""
    accepted, foreign, exact = 0, 0, 0
    for case in hostile_tokens.corpus():
        store = MemoryReplayStore()
        for token in case.used:
            tokens.verifier(store).verify(token, nonce=tokens.NONCE)
        verifier = tokens.verifier(store, now=tokens.NOW + timedelta(seconds=case.later))
        try:
            verifier.verify(case.token, nonce=tokens.NONCE, proof=case.proof)
        except EidError as error:
            exact += error.code == case.code
        except Exception:  # noqa: BLE001 - whatever else comes out is what is being counted
            foreign += 1
        else:
            accepted += 1
    return _our_row("hostile e-ID tokens accepted", accepted, foreign, exact, len(hostile_tokens.corpus()))


def _our_row(name: str, accepted: int, foreign: int, exact: int, asked: int) -> Row:
    detail = f"of {asked}: {exact} refused with the expected code, {foreign} foreign exceptions"
    return Row(name, accepted + foreign, "wrong", 0, detail)


def ours_on_presentations() -> Row:
    """Our own judgement, of all of them."""
    verifier = presentations.verifier()
    accepted, foreign, exact = 0, 0, 0
    for case in presentations.corpus():
        try:
            verifier.verify(case.text, nonce=presentations.NONCE)
        except EidError as error:
            exact += error.code == case.code
        except Exception:  # noqa: BLE001 - whatever else comes out is what is being counted
            foreign += 1
        else:
            accepted += 1
    return _our_row("hostile SD-JWTs accepted", accepted, foreign, exact, len(presentations.corpus()))


def theirs_on_tokens(verify: Callable[[str | bytes], None], own: tuple[type[Exception], ...]) -> Tally:
    """The judgement of another package."""
    tally = Tally()
    twins: dict[str, bool] = {}
    for case in hostile_tokens.corpus():
        if not case.everybodys:
            continue
        if case.good not in twins:
            twin = Tally()
            twin.count(lambda text=case.good: verify(text), own, "twin", forbidden=True)
            twins[case.good] = bool(twin.wrongly)
        if twins[case.good]:
            tally.count(lambda text=case.token: verify(text), own, case.name, forbidden=case.rule != "strict")
    assert twins[tokens.good()], "a package that refuses the good token tells nothing"
    return tally


def theirs_on_presentations() -> Tally:
    """The judgement of sd-jwt, which has no errors of its own: ValueError and those of jwcrypto count as
    such. What it leaves to its callers, a profile (SD-JWT VC) or our limits forbid is left out.
    """
    tally = Tally()
    by_sd_jwt(presentations.good())
    for case in presentations.corpus():
        if case.must.startswith(_NOT_ASKED):
            continue
        tally.count(
            lambda text=case.text: by_sd_jwt(text),
            (ValueError, JWException),
            case.name,
            forbidden=case.must.startswith(_FORBIDDEN),
        )
    return tally


def judgements() -> dict[str, Tally]:
    """Of each package."""
    return {
        "PyJWT": theirs_on_tokens(by_pyjwt, (jwt.PyJWTError,)),
        "joserfc": theirs_on_tokens(by_joserfc, (joserfc.errors.JoseError,)),
        "sd-jwt": theirs_on_presentations(),
    }


def rows() -> list[Row]:
    """What `make bench` shows."""
    found = judgements()

    def line(package: str) -> Row:
        tally = found[package]
        accepted = len(tally.wrongly) + len(tally.laxly)
        return Row(f"  by {_named(package)}", accepted, "wrong", None, tally.summary())

    return [ours_on_tokens(), line("PyJWT"), line("joserfc"), ours_on_presentations(), line("sd-jwt")]


def _named(package: str) -> str:
    return f"{package} {importlib.metadata.version(package)}"


def main() -> None:
    """Print the rows, and what was accepted or came out as a foreign exception."""
    for row in rows():
        print(f"{row.name:36} {row.value:4.0f} {row.unit:8} {row.detail}")
    for name, tally in judgements().items():
        print(f"\n{_named(name)}")
        print("  wrongly:", ", ".join(tally.wrongly) or "none")
        print("  laxly:", ", ".join(tally.laxly) or "none")
        print("  foreign:", ", ".join(f"{case} ({error})" for case, error in tally.foreign.items()) or "none")


if __name__ == "__main__":
    main()
