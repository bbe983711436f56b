"""Verify e-ID tokens: signature, issuer, audience, transaction, time, holder, first use."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Self

from eid.crypto.keys import KeySource
from eid.document.checks import Outcome
from eid.errors import (
    AudienceMismatch,
    ClaimInvalid,
    ClaimMissing,
    InputError,
    NonceMismatch,
    TokenReplayed,
)
from eid.tokens.claims import (
    LEEWAY,
    check_times,
    equal,
    moment,
    required_text,
    required_time,
    texts,
)
from eid.tokens.dpop import DpopRequest, check_proof, prove_holder
from eid.tokens.profile import (
    ACCOUNT_LEVELS,
    ACR_PREFIX,
    AUTHENTICATION_LEVELS,
    CLAIMS,
    MAX_EID_TOKEN,
    MAX_TTL,
    TYPE,
    EvidenceReference,
    acr_for,
    check_evidence,
)
from eid.tokens.replay import ReplayStore
from eid.tokens.signed import SignedClaims, read_signed, sources_of
from eid.verification.policy import VERDICTS

__all__ = ["TokenVerifier", "VerifiedToken"]

_LIFETIME = MAX_TTL.total_seconds()
_VERDICTS = frozenset(VERDICTS)
_ACR: Mapping[int | None, str] = {level: acr_for(level) for level in AUTHENTICATION_LEVELS}
_OUTCOMES = frozenset(outcome.value for outcome in Outcome)


@dataclass(frozen=True, slots=True, repr=False)
class VerifiedToken(SignedClaims):
    """What a token says that holds. Made by :meth:`TokenVerifier.verify`.

    :param first_use: the token was not used before; ``False`` when nobody looked.
    """

    first_use: bool

    @property
    def audience(self) -> str:
        """The one service it is for."""
        return str(self._claims["aud"])

    @property
    def subject_is_number(self) -> bool:
        """Whether :attr:`subject` is the personal number; else it is a pseudonym for this audience."""
        return "sub_type" in self._claims

    @property
    def account_level(self) -> int | None:
        """Level of the person's account: 1, 2, or ``None`` when the token says nothing of it."""
        return self._claims.get("account_level")

    @property
    def authentication_level(self) -> int | None:
        """How the person was authenticated: 1 to 4, or ``None`` when the token says nothing of it.
        Another scale than :attr:`account_level`.
        """
        return self._claims.get("authentication_level")

    @property
    def verdicts(self) -> Mapping[str, Outcome]:
        """Of the issuer's report on a document, by name; empty when there was none. Look at those you
        need: a report passes with what its policy required.
        """
        verdicts = self._claims.get("verdicts", {})
        return MappingProxyType({name: Outcome(word) for name, word in verdicts.items()})

    @property
    def evidence(self) -> tuple[EvidenceReference, ...]:
        """What the issuer keeps."""
        return EvidenceReference.from_claims(self._claims)

    @property
    def person(self) -> Mapping[str, Any]:
        """Fields of the document that the issuer's report proved."""
        return MappingProxyType(self._claims.get("person", {}))

    @property
    def claims(self) -> Mapping[str, Any]:
        """The issuer's further claims, its word alone."""
        return MappingProxyType({name: self._claims[name] for name in self._claims.keys() - CLAIMS.keys()})

    def __repr__(self) -> str:  # subject, person and claims are personal data
        return (
            f"<VerifiedToken issuer={self.issuer!r} jti={self.jti!r} account_level={self.account_level} "
            f"authentication_level={self.authentication_level} verdicts={dict(self.verdicts)}>"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenVerifier:
    """Verifies e-ID tokens for one service. Immutable; build it once, share it between threads.

    :param issuers: who may have issued a token, exactly as they write themselves in ``iss``.
    :param audience: the name of this service, exactly as it stands in ``aud``.
    :param keys: the issuer's keys; for several issuers a mapping from each to its own, so that the key
        of one never speaks for another.
    :param replay: where used tokens are kept.
    :param clock: aware UTC time.
    :param leeway: how far the clocks may be apart.
    :raises InputError: no issuer, issuers without keys, or keys for nobody.
    """

    issuers: str | Collection[str]
    audience: str
    keys: KeySource | Mapping[str, KeySource]
    replay: ReplayStore
    clock: Callable[[], datetime]
    leeway: timedelta = LEEWAY
    _sources: Mapping[str, KeySource] = field(init=False, repr=False)
    _leeway: float = field(init=False, repr=False)
    _require_first_use: bool = field(init=False, default=True)
    _require_proof: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        if not self.audience:
            raise InputError("the audience is the name of this service")
        object.__setattr__(self, "_sources", sources_of(self.issuers, self.keys))
        object.__setattr__(self, "_leeway", self.leeway.total_seconds())

    def without_replay_check(self) -> Self:
        """The same, but a token may be used again and again. Only for looking at tokens: a result of
        authentication must not be reused. The result says ``first_use=False``.
        """
        return self._but(_require_first_use=False)

    def without_proof_of_possession(self) -> Self:
        """The same, but whoever sends a bound token is taken for its holder. The result says
        ``holder_proven=False``.
        """
        return self._but(_require_proof=False)

    def _but(self, **changes: bool) -> Self:
        other = copy.copy(self)
        for name, value in changes.items():
            object.__setattr__(other, name, value)
        return other

    def verify(self, token: str | bytes, *, nonce: str, proof: DpopRequest | None = None) -> VerifiedToken:
        """Verify *token*. It is marked as used only when everything else holds.

        :param token: as received, nothing around it.
        :param nonce: the value this service chose for the transaction.
        :param proof: the request with the holder's DPoP proof; then the token has to be bound.
        :raises TokenMalformed: not a token; its kinds say more.
        :raises HeaderInvalid: the header lacks ``alg`` or ``kid``.
        :raises HeaderForbidden: it brings a key.
        :raises CriticalHeader: it has ``crit``.
        :raises AlgorithmForbidden: ``none`` and the like.
        :raises TokenTypeMismatch: another kind of token.
        :raises IssuerMismatch: by nobody expected.
        :raises UnknownKey: by a key the issuer does not have; likewise KeyNotInForce, KeysTooOld and
            KeysUnavailable of the :class:`~eid.crypto.keys.KeySource`.
        :raises AlgorithmMismatch: with another algorithm than the key's.
        :raises TokenSignatureInvalid: altered or forged.
        :raises ClaimMissing: a claim that has to be there is not.
        :raises ClaimInvalid: a claim has another type, or a value it cannot have.
        :raises AudienceMismatch: for another service.
        :raises TokenLifetimeTooLong: it lives too long.
        :raises TokenExpired: it has ended.
        :raises TokenNotYetValid: it has not begun.
        :raises NonceMismatch: for another transaction.
        :raises ProofMissing: bound to a key, and no proof came along.
        :raises TokenNotBound: a proof came along, and it is bound to no key.
        :raises TokenError: the proof does not hold, see :func:`eid.tokens.dpop.check_proof`.
        :raises TokenReplayed: used before.
        :raises ReplayStoreUnavailable: nobody knows whether it was used.
        """
        claims, found, now = read_signed(
            token, limit=MAX_EID_TOKEN, typ=TYPE, sources=self._sources, clock=self.clock
        )
        expires = self._check_claims(claims, nonce, now.timestamp())
        proven = False
        if proof is not None or "cnf" in claims:
            # That the proof is used once follows from the token, whose hash it holds, being used once.
            check = functools.partial(check_proof, now=now, leeway=self.leeway)
            proven = prove_holder(token, claims, proof, required=self._require_proof, check=check)
        if self._require_first_use:
            # Last, so that a token refused for another reason stays good for its real holder.
            until = moment(expires) + self.leeway
            if not self.replay.use(claims["iss"], claims["jti"], expires_at=until, now=now):
                raise TokenReplayed("jti was used before")
        return VerifiedToken(claims, found, proven, self._require_first_use)

    def _check_claims(self, claims: Mapping[str, Any], nonce: str, now: float) -> int:
        """Whether they are for this service, transaction and time; returns ``exp``."""
        if claims.get("aud") != self.audience:
            if "aud" not in claims:
                raise ClaimMissing("aud")
            raise AudienceMismatch("aud is not this service alone")
        issued, expires = check_times(claims, now=now, leeway=self._leeway, lifetime=_LIFETIME)
        required_text(claims, "jti")
        required_text(claims, "sub")
        if not equal(required_text(claims, "nonce"), nonce):
            raise NonceMismatch("nonce is of another transaction")
        _check_profile(claims, issued)
        return expires


def _check_profile(claims: Mapping[str, Any], issued: int) -> None:
    """The claims that a token need not have: where one stands, it is what its reader will take it for."""
    level = None
    if "account_level" in claims:
        _check_level(claims["account_level"], ACCOUNT_LEVELS)
    if "authentication_level" in claims:
        level = claims["authentication_level"]
        _check_level(level, AUTHENTICATION_LEVELS)
    if "acr" in claims:
        acr = required_text(claims, "acr")
        if acr != _ACR.get(level) and acr.startswith(ACR_PREFIX):
            raise ClaimInvalid("acr contradicts authentication_level")
    if "amr" in claims:
        texts(claims, "amr")
    if "auth_time" in claims and required_time(claims, "auth_time") > issued:
        raise ClaimInvalid("auth_time is after iat")
    if "sub_type" in claims and claims["sub_type"] != "number":
        raise ClaimInvalid("sub_type is unknown")
    if "verdicts" in claims:
        _check_verdicts(claims["verdicts"])
    if "evidence" in claims:
        check_evidence(claims["evidence"])
    if "person" in claims and not isinstance(claims["person"], dict):
        raise ClaimInvalid("person is no object")


def _check_level(value: Any, levels: frozenset[int]) -> None:
    if type(value) is not int or value not in levels:
        raise ClaimInvalid("there is no such level")


def _check_verdicts(value: Any) -> None:
    if not isinstance(value, dict) or not value.keys() <= _VERDICTS:
        raise ClaimInvalid("verdicts holds something else than verdicts")
    for outcome in value.values():
        if type(outcome) is not str or outcome not in _OUTCOMES:
            raise ClaimInvalid("verdicts holds something else than outcomes")
