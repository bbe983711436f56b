"""Verifying holder credentials: who issued it, who shows it, whether it is still in force, what it says."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol, Self

from eid.crypto.keys import FoundKey, Key, KeySource
from eid.errors import (
    AudienceMismatch,
    CertificateChainRefused,
    ClaimInvalid,
    ClaimMissing,
    CredentialNotInForce,
    CredentialRevoked,
    CredentialSuspended,
    CredentialTypeMismatch,
    HeaderInvalid,
    InputError,
    IssuerMismatch,
    KeyBindingMissing,
    KeyBindingUnexpected,
    StatusNotAsked,
    TokenExpired,
    TokenNotYetValid,
    TokenReplayed,
)
from eid.tokens.claims import LEEWAY, moment, optional_time, present, required_text, required_time
from eid.tokens.credentials import TYPE, Credential, subject_claims
from eid.tokens.jws import Jws, parse_claims, require_type, verify_jws
from eid.tokens.replay import ReplayStore
from eid.tokens.sd_jwt import SdJwt, hash_name, parse_sd_jwt, reveal
from eid.tokens.sd_jwt.key_binding import MAX_AGE, check_key_binding, parse_key_binding
from eid.tokens.status.lists import Status
from eid.tokens.status.reference import StatusReference
from eid.tokens.status.sources import CheckedStatus
from eid.tokens.x5c import PinnedRoots, decode_x5c, names_issuer

__all__ = ["AsksStatus", "CredentialVerifier", "VerifiedCredential"]


class AsksStatus(Protocol):
    """Who answers for statuses: a :class:`~eid.tokens.status.sources.StatusChecker`."""

    def check(self, reference: StatusReference, *, now: datetime) -> CheckedStatus:
        """The status.

        :raises StatusUndecided: not known.
        """
        ...


@dataclass(frozen=True, slots=True)
class VerifiedCredential:
    """What a presentation says that holds. Made by :meth:`CredentialVerifier.verify`.

    :param type: ``vct``.
    :param claims: what was disclosed, with what every verifier sees. What is not here was kept back or
        was never there: no conclusion can be drawn from that.
    :param holder: the key of the holder, who proved to have it; ``None`` when nobody asked.
    :param status: the answer of the issuer's list; ``None`` when the credential is in none, or nobody
        asked.
    :param first_use: the presentation was not used before; ``False`` when nobody looked.
    :param key_id: the key that signed.
    :param trust_age: since the issuer's keys were last confirmed; ``None`` for fixed keys and roots.
    :param stale: the last attempt to refresh them failed.
    """

    type: str
    issuer: str
    claims: Mapping[str, Any] = field(repr=False)
    issued_at: datetime | None
    not_before: datetime | None
    expires_at: datetime
    holder: Key | None
    status: CheckedStatus | None
    first_use: bool
    key_id: str
    trust_age: timedelta | None
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialVerifier:
    """Verifies presentations for one service. Immutable; build it once, share it between threads.

    :param types: the types of credential (``vct``) that are accepted.
    :param issuers: who may have issued one, exactly as they write themselves in ``iss``, each with its own
        keys: a source that knows them by ``kid``, or the roots to which the certificates in the header
        must lead. Then the signer's certificate has to name the issuer.
    :param audience: the name of this service, as wallets are told.
    :param status: whom to ask for the status of a credential that names its entry in a list.
    :param clock: aware UTC time.
    :param replay: where used presentations are kept, so that each nonce is good for one. With none, the
        caller sees to it that a nonce ends with its transaction.
    :param leeway: how far the clocks may be apart.
    :param max_age: how long after it was signed a presentation is accepted.
    :raises InputError: no type, issuer or audience.
    """

    types: Collection[str]
    issuers: Mapping[str, KeySource | PinnedRoots]
    audience: str
    status: AsksStatus | None
    clock: Callable[[], datetime]
    replay: ReplayStore | None = None
    leeway: timedelta = LEEWAY
    max_age: timedelta = MAX_AGE
    _bound: bool = field(init=False, default=True)
    _asks_status: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        if isinstance(self.types, str) or not self.types or not self.issuers or not self.audience:
            raise InputError("types, issuers and audience have to be named")
        object.__setattr__(self, "types", frozenset(self.types))
        object.__setattr__(self, "issuers", MappingProxyType(dict(self.issuers)))

    def without_key_binding(self) -> Self:
        """The same, but whoever sends a credential is taken at their word. A credential is a file: anybody
        who ever saw it can send it. Key binding that comes along is not looked at, and the result has no
        ``holder``.
        """
        return self._but("_bound")

    def without_status_check(self) -> Self:
        """The same, but a revoked or suspended credential is accepted. The result has no ``status``."""
        return self._but("_asks_status")

    def _but(self, name: str) -> Self:
        other = copy.copy(self)
        object.__setattr__(other, name, False)
        return other

    def verify(self, presentation: str | bytes, *, nonce: str | None) -> VerifiedCredential:
        """Verify *presentation*. Its nonce is marked as used only when everything else holds.

        :param presentation: as received, nothing around it.
        :param nonce: the value this service chose for the transaction; ``None`` only
            :meth:`without_key_binding`.
        :raises SdJwtMalformed: no credential (or TokenMalformed with its kinds).
        :raises TokenTypeMismatch: another kind of token; :raises CredentialTypeMismatch: another type.
        :raises IssuerMismatch: by nobody expected.
        :raises UnknownKey: by a key the issuer does not have (or KeyNotInForce, KeysTooOld,
            KeysUnavailable); :raises CertificateChainRefused: with certificates that do not hold.
        :raises AlgorithmMismatch: :raises TokenSignatureInvalid: the issuer's signature.
        :raises TokenError: the disclosures: see :func:`eid.tokens.sd_jwt.reveal`.
        :raises ClaimMissing: :raises ClaimInvalid: a claim that has to be there, or has another type.
        :raises TokenExpired: :raises TokenNotYetValid: the times.
        :raises AudienceMismatch: the issuer meant it for others (``aud``), or the holder did.
        :raises KeyBindingMissing: no proof of the holder's key; it does not hold for other reasons: see
            :func:`eid.tokens.sd_jwt.key_binding.check_key_binding`.
        :raises StatusUndecided: the status is not known; :raises CredentialRevoked:
            :raises CredentialSuspended: :raises CredentialNotInForce: it is, and is not VALID.
        :raises TokenReplayed: the nonce was used before.
        :raises ReplayStoreUnavailable: nobody knows whether it was.
        """
        if self._bound and not nonce:
            raise InputError("a presentation is for one transaction: a nonce has to be given")
        sd_jwt = parse_sd_jwt(presentation)
        if self._bound and sd_jwt.key_binding is None:
            raise KeyBindingMissing("no key-binding token")
        now = present(self.clock)
        claims, name, issuer, found = self._issued(sd_jwt, now)
        times = self._times(claims, now)
        if "aud" in claims:
            self._check_audience(claims["aud"])
        holder = None
        if self._bound:
            holder = check_key_binding(
                sd_jwt, claims, hash_name=name, audience=self.audience, nonce=str(nonce), now=now,
                max_age=self.max_age, leeway=self.leeway,
            )  # fmt: skip
        elif sd_jwt.key_binding is not None:
            parse_key_binding(sd_jwt.key_binding)  # not believed, but not just anything either
        status = self._status(claims, now)
        if first_use := self._bound and self.replay is not None:
            self._use(str(nonce), now)
        return VerifiedCredential(
            claims["vct"], issuer, subject_claims(claims), *times, holder, status, first_use,
            found.key.kid, found.trust_age, found.stale,
        )  # fmt: skip

    def receive(self, text: str | bytes) -> Credential:
        """What a holder does with a credential that an issuer sent (RFC 9901, 7.2): check it, then keep it.

        :raises KeyBindingUnexpected: it is somebody's presentation.
        :raises TokenError: see :meth:`verify`.
        """
        sd_jwt = parse_sd_jwt(text)
        if sd_jwt.key_binding is not None:
            raise KeyBindingUnexpected("a key-binding token")
        now = present(self.clock)
        claims, *_ = self._issued(sd_jwt, now)
        self._times(claims, now)
        self._status(claims, now)
        return Credential.of(sd_jwt)

    def _issued(self, sd_jwt: SdJwt, now: datetime) -> tuple[dict[str, Any], str, str, FoundKey]:
        """The claims whose issuer signed them, with the disclosed ones in their places; the name of their
        hash, of the issuer, and the key.
        """
        jws = sd_jwt.jws
        require_type(jws, TYPE)
        payload = parse_claims(jws.payload)
        # Read before the signature is checked only to know whose keys to ask.
        issuer, found = self._signer(jws, payload, now)
        verify_jws(jws, found.key)
        name = hash_name(payload)
        claims = reveal(payload, sd_jwt.disclosures)
        if required_text(claims, "vct") not in self.types:
            raise CredentialTypeMismatch("vct is none that is accepted")
        return claims, name, issuer, found

    def _signer(self, jws: Jws, payload: Mapping[str, Any], now: datetime) -> tuple[str, FoundKey]:
        """Who issued it, and the key. Where certificates tell, ``iss`` may be left out (SD-JWT VC, 2.2.2.2):
        then it is the one issuer with such roots whom the signer's certificate names.
        """
        if "iss" in payload or "x5c" not in jws.header:
            issuer = required_text(payload, "iss")
            return issuer, self._key(jws, issuer, now)
        refused: CertificateChainRefused | None = None
        for issuer, source in self.issuers.items():
            if isinstance(source, PinnedRoots):
                try:
                    return issuer, self._key(jws, issuer, now)
                except CertificateChainRefused as error:
                    refused = error
        raise refused or ClaimMissing("iss")

    def _key(self, jws: Jws, issuer: str, now: datetime) -> FoundKey:
        source = self.issuers.get(issuer)
        if source is None:
            raise IssuerMismatch("iss is nobody expected")
        if not isinstance(source, PinnedRoots):
            return source.find(jws.kid, now=now)
        if "x5c" not in jws.header:
            raise HeaderInvalid("no x5c")
        key = source.key(decode_x5c(jws.header["x5c"]), now=now, alg=jws.header["alg"])
        if not names_issuer(key, issuer):
            raise CertificateChainRefused("the signer's certificate does not name the issuer", "issuer")
        return FoundKey(key)

    def _times(
        self, claims: Mapping[str, Any], now: datetime
    ) -> tuple[datetime | None, datetime | None, datetime]:
        seconds, leeway = now.timestamp(), self.leeway.total_seconds()
        issued, begins = optional_time(claims, "iat"), optional_time(claims, "nbf")
        expires = required_time(claims, "exp")
        if seconds >= expires + leeway:
            raise TokenExpired("exp is past")
        for moment_of, name in ((issued, "iat"), (begins, "nbf")):
            if moment_of is not None and moment_of > seconds + leeway:
                raise TokenNotYetValid(f"{name} lies in the future")
        return (
            None if issued is None else moment(issued),
            None if begins is None else moment(begins),
            moment(expires),
        )

    def _check_audience(self, named: object) -> None:
        """Few issuers say for whom a credential is at all. Who does says it to be heard."""
        audiences = [named] if isinstance(named, str) else named
        if not isinstance(audiences, list) or not all(isinstance(each, str) for each in audiences):
            raise ClaimInvalid("aud is neither a text nor a list of texts")
        if self.audience not in audiences:
            raise AudienceMismatch("the issuer meant the credential for others")

    def _status(self, claims: Mapping[str, Any], now: datetime) -> CheckedStatus | None:
        if "status" not in claims or not self._asks_status:
            return None
        reference = StatusReference.from_claim(claims["status"])
        if self.status is None:
            raise StatusNotAsked("the credential is in a status list")
        answer = self.status.check(reference, now=now)
        if answer.value == Status.INVALID:
            raise CredentialRevoked("INVALID", answer.value)
        if answer.value == Status.SUSPENDED:
            raise CredentialSuspended("SUSPENDED", answer.value)
        if not answer.valid:
            raise CredentialNotInForce(f"status {answer.value}", answer.value)
        return answer

    def _use(self, nonce: str, now: datetime) -> None:
        """Last, so that a presentation refused for another reason does not use up the nonce."""
        assert self.replay is not None
        expires = now + self.max_age + 2 * self.leeway
        if not self.replay.use(f"kb+jwt {self.audience}", nonce, expires_at=expires, now=now):
            raise TokenReplayed("a presentation with this nonce was accepted before")
