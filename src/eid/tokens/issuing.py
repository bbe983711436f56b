"""Issue e-ID tokens: what was found out about a person, for one service and one transaction."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from eid.crypto.keys import Key, Signer
from eid.document.checks import Outcome
from eid.document.dates import PartialDate
from eid.document.evidence import Evidence
from eid.document.person import Person
from eid.encoding import base64url, strict_json
from eid.errors import InputError, NotPassed
from eid.tokens.claims import MAX_TEXTS, authenticated_seconds, issued_text, plain_claims, present
from eid.tokens.dpop import confirmation_claim
from eid.tokens.jws import sign_jws
from eid.tokens.profile import (
    ACCOUNT_LEVELS,
    AUTHENTICATION_LEVELS,
    CLAIMS,
    DEFAULT_TTL,
    MAX_EID_TOKEN,
    MAX_EVIDENCE,
    MAX_TTL,
    TYPE,
    EvidenceReference,
    acr_for,
)
from eid.verification.report import Report

__all__ = ["MIN_SECRET", "Subject", "TokenIssuer"]

#: Octets of a pairwise secret. Numbers of people are few: who has the secret can try them all.
MIN_SECRET = 32
#: How a comparison of the person with the portrait is called in RFC 8176; an officer's look has no name.
_METHODS = {"face": "face", "fingerprint": "fpt", "iris": "iris", "voice": "vbm"}
#: Fields of a person that are members of :class:`Person`; those in ``other`` come beside them.
_FIELDS = frozenset({"name", "surname", "given_names", "birth_date", "sex", "nationality"})
_HEADER = {"typ": TYPE}
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """A person whom the issuer has authenticated without a document: its own word.

    :param number: what identifies the person; for Viet Nam the 12-digit number.
    :param authenticated_at: when, aware.
    :param methods: how, in the words of RFC 8176: ``otp``, ``pwd``, ``face`` ...
    """

    number: str = field(repr=False)
    authenticated_at: datetime
    methods: tuple[str, ...] = ()


class TokenIssuer:
    """Issues e-ID tokens. Share one between threads.

    :param issuer: this service, as it writes itself: an ``https`` address.
    :param signer: signs; its key identifier goes into each header.
    :param pairwise_secret: at least :data:`MIN_SECRET` random octets, kept as long as the pseudonyms
        shall stay the same. Not the signing key: that one rotates.
    :param clock: aware UTC time.
    :raises InputError: an empty issuer, or too short a secret.
    """

    def __init__(
        self, *, issuer: str, signer: Signer, pairwise_secret: bytes, clock: Callable[[], datetime]
    ) -> None:
        if len(pairwise_secret) < MIN_SECRET:
            raise InputError(f"a pairwise secret has at least {MIN_SECRET} octets")
        self._issuer = issued_text(issuer, "issuer")
        self._signer = signer
        begun = b"eid pairwise subject 1" + _measured(self._issuer)
        self._pairwise = hmac.new(pairwise_secret, begun, "sha256")
        self._clock = clock

    def issue(
        self,
        about: Report | Subject,
        *,
        audience: str,
        nonce: str,
        account_level: int | None,
        authentication_level: int | None,
        evidence: Iterable[Evidence | EvidenceReference] = (),
        ttl: timedelta = DEFAULT_TTL,
        disclose: Collection[str] = (),
        claims: Mapping[str, Any] | None = None,
        confirmation: Key | str | None = None,
        with_number: bool = False,
    ) -> str:
        """A token about one person.

        The two levels are the caller's: a report on a document says nothing of accounts, and neither
        level follows from the other.

        :param about: a report that passed, or a person authenticated otherwise.
        :param audience: the one service that may use the token.
        :param nonce: the value that service chose for its transaction.
        :param account_level: 1, 2, or ``None`` when the person has no such account or nobody asked.
        :param authentication_level: 1 to 4, or ``None``.
        :param evidence: what the issuer keeps; digests of it go in, it does not.
        :param ttl: whole seconds, at most :data:`~eid.tokens.profile.MAX_TTL`.
        :param disclose: names of fields of the report's person that go in, in clear: ``name``,
            ``birth_date`` ...; none unless named.
        :param claims: further claims, the issuer's own word, under other names than
            :data:`~eid.tokens.profile.CLAIMS`.
        :param confirmation: the holder's public key, or its thumbprint (RFC 7638): then whoever sends
            the token has to prove to hold that key.
        :param with_number: ``sub`` is the personal number instead of a pseudonym for this audience.
        :returns: a compact JWT of type ``eid+jwt``.
        :raises NotPassed: the report did not pass, or its document is not authentic.
        :raises InputError: an argument outside its range, a field or claim that cannot go in.
        """
        now = present(self._clock)
        subject = _passed(about) if isinstance(about, Report) else about
        number, audience = issued_text(subject.number, "number"), issued_text(audience, "audience")
        issued = int(now.timestamp())
        body: dict[str, Any] = {
            "iss": self._issuer,
            "sub": number if with_number else self._pseudonym(number, audience),
            "aud": audience,
            "iat": issued,
            "exp": issued + _seconds(ttl),
            "jti": base64url.encode(secrets.token_bytes(16)),
            "nonce": issued_text(nonce, "nonce"),
            "auth_time": authenticated_seconds(subject.authenticated_at, now),
        }
        if with_number:
            body["sub_type"] = "number"
        if len(subject.methods) > MAX_TEXTS:
            raise InputError(f"more than {MAX_TEXTS} methods")
        if subject.methods:
            body["amr"] = [issued_text(method, "method") for method in subject.methods]
        _add_levels(body, account_level, authentication_level)
        if isinstance(about, Report):
            body["verdicts"] = {name: verdict.outcome.value for name, verdict in about.verdicts.items()}
        if disclose:
            body["person"] = _disclosed(about, disclose)
        _add_evidence(body, evidence)
        if confirmation is not None:
            body["cnf"] = confirmation_claim(confirmation)
        return self._signed(body, claims or {})

    def _pseudonym(self, number: str, audience: str) -> str:
        """The same for one person at one audience, and telling no other audience anything (OpenID
        Connect Core, 8.1).
        """
        code = self._pairwise.copy()
        code.update(_measured(audience) + _measured(number))
        return base64url.encode(code.digest())

    def _signed(self, body: dict[str, Any], claims: Mapping[str, Any]) -> str:
        if claims:
            if taken := CLAIMS.keys() & claims:
                raise InputError(f"claims with a meaning of their own: {', '.join(sorted(taken))}")
            body.update(plain_claims(claims))
        token = sign_jws(_HEADER, strict_json.dumps(body), self._signer)
        if len(token) > MAX_EID_TOKEN:
            raise InputError(f"a token of more than {MAX_EID_TOKEN} characters")
        return token

    def __repr__(self) -> str:
        return f"TokenIssuer(issuer={self._issuer!r}, kid={self._signer.kid!r})"


def _measured(text: str) -> bytes:
    """*text* with its length before it, so that parts of a message never run together."""
    octets = text.encode("utf-8")
    return len(octets).to_bytes(4, "big") + octets


def _passed(report: Report) -> Subject:
    """Whom a report proves.

    :raises NotPassed: nobody.
    """
    if report.verdict is not Outcome.PASSED or report.authentic.outcome is not Outcome.PASSED:
        raise NotPassed(report.code or report.authentic.code or "", report)
    person = report.person
    if person is None or not person.number:
        raise InputError("the document has no number by which to name the person")
    at, methods = report.verified_at, []
    if report.chip_genuine.outcome is Outcome.PASSED:
        methods.append("sc")
    match = report.holder.check("holder_match")
    if match is not None and report.holder.outcome is Outcome.PASSED:
        at = min(at, datetime.fromisoformat(str(match.facts["at"])))
        methods += [_METHODS[str(match.facts["method"])]] if match.facts["method"] in _METHODS else []
    return Subject(person.number, at, tuple(methods))


def _add_levels(body: dict[str, Any], account: int | None, authentication: int | None) -> None:
    if account is not None:
        body["account_level"] = _level("account_level", account, ACCOUNT_LEVELS)
    if authentication is not None:
        body["authentication_level"] = _level("authentication_level", authentication, AUTHENTICATION_LEVELS)
        body["acr"] = acr_for(authentication)


def _level(name: str, level: int, levels: frozenset[int]) -> int:
    if type(level) is not int or level not in levels:
        raise InputError(f"{name} is one of {sorted(levels)}, or None")
    return level


def _disclosed(about: Report | Subject, names: Collection[str]) -> dict[str, Any]:
    person = about.person if isinstance(about, Report) else None
    if isinstance(names, str) or person is None:
        raise InputError("fields are disclosed by their names, from a report")
    return {name: _field(person, name) for name in names}


def _field(person: Person, name: str) -> Any:
    value = getattr(person, name) if name in _FIELDS else person.other.get(name)
    if isinstance(value, PartialDate | dt.date):
        return str(value)
    if isinstance(value, str | int):
        return value
    # A portrait is too large and too sensitive for a token, and the number is asked for by its own name.
    raise InputError("a field that the document does not have, or that cannot be disclosed in a token")


def _add_evidence(body: dict[str, Any], evidence: Iterable[Evidence | EvidenceReference]) -> None:
    listed = [
        (EvidenceReference.of(each) if isinstance(each, Evidence) else each).to_claim() for each in evidence
    ]
    if len(listed) > MAX_EVIDENCE:
        raise InputError(f"more than {MAX_EVIDENCE} pieces of evidence")
    if listed:
        body["evidence"] = listed


def _seconds(ttl: timedelta) -> int:
    if not _SECOND <= ttl <= MAX_TTL:
        raise InputError(f"a token lives for 1 to {MAX_TTL.total_seconds():.0f} seconds")
    return int(ttl.total_seconds())
