"""Signing in through somebody else's page: what stays here while the browser is there, and what comes of it.

Between the two halves nothing is kept but a sealed transaction in the browser's own session, and a
note that it was used (:class:`~eid.tokens.replay.ReplayStore`). So any process of a service can end
what another began, and a store that cannot be asked means that nobody signs in.

The adapters are :class:`eid.accounts.sign_in.oidc.OidcSignIn` and :class:`eid.vietnam.vneid.VneidSignIn`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eid.accounts.model import EvidenceItem, Factor, HolderKind
from eid.accounts.usage import NewEntry, UsageKind
from eid.document.checks import Outcome
from eid.document.dates import PartialDate
from eid.encoding import base64url, strict_json
from eid.errors import (
    EidError,
    InputError,
    SignInExpired,
    SignInOtherPerson,
    SignInReplayed,
    SignInStateMismatch,
    SignInTransactionInvalid,
)
from eid.tokens.claims import equal, moment, present
from eid.tokens.issuing import Subject, TokenIssuer
from eid.tokens.profile import DEFAULT_TTL
from eid.tokens.replay import ReplayStore

__all__ = [
    "LIFETIME",
    "MAX_SEALED",
    "MIN_SECRET",
    "PendingSignIn",
    "SignIn",
    "SignInStart",
    "SignInTransactions",
]

#: How long the person may take, and how long at most.
LIFETIME = timedelta(minutes=10)
_LONGEST = timedelta(minutes=30)
#: Octets of each secret that seals transactions.
MIN_SECRET = 32
#: Characters of a sealed transaction: it fits into a cookie beside others.
MAX_SEALED = 3800
_MAX_WORD = 200
#: Characters of a browser session's identifier: less can be guessed.
_SESSION = range(16, 1025)
_ACR = re.compile(r"[!-~]{1,200}")
_VERSION = 2


@dataclass(frozen=True, slots=True)
class SignInStart:
    """What to do with the browser.

    :param url: where to send it (303).
    :param sealed: what to keep in its session until it comes back: a cookie ``__Host-…`` with
        ``Secure; HttpOnly; SameSite=Lax``, or the server's own session. Never in the address.
    """

    url: str = field(repr=False)  # the state is in it
    sealed: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """A sign-in that was begun.

    :param provider: whose page the browser is on.
    :param transaction: the service's own name for what the person is about to do.
    :param purpose: what the data are used for, a stable word.
    :param consent: reference of the recorded consent.
    :param state: 256 bits that come back with the answer (RFC 6749, 10.12).
    :param nonce: 256 bits for the ID token.
    :param verifier: of PKCE (RFC 7636); also 256 bits.
    :param expected: a keyed digest of whom it has to be; ``None`` for anybody.
    :param acr_values: one of these has to come back, when not empty.
    :param max_age: how long ago the person may have authenticated.
    :param again: not before this sign-in was begun.
    """

    provider: str
    transaction: str
    purpose: str
    consent: str
    started_at: datetime
    expires_at: datetime
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    expected: str | None = field(default=None, repr=False)
    acr_values: tuple[str, ...] = ()
    max_age: timedelta | None = None
    again: bool = False

    @property
    def code_challenge(self) -> str:
        """``code_challenge`` of method S256 (RFC 7636, 4.2)."""
        return base64url.encode(hashlib.sha256(self.verifier.encode("ascii")).digest())

    def request(self, *, client_id: str, redirect_uri: str, scope: str, pkce: bool) -> dict[str, str]:
        """The parameters that every request has (RFC 6749, 4.1.1).

        :param pkce: with :attr:`code_challenge`.
        """
        parameters = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "scope": scope,
            "state": self.state,
        }
        if pkce:
            parameters.update(code_challenge=self.code_challenge, code_challenge_method="S256")
        return parameters

    def oldest(self, now: datetime) -> timedelta | None:
        """How long ago the person may have authenticated, by both :attr:`max_age` and :attr:`again`."""
        ages = [] if self.max_age is None else [self.max_age]
        return min([*ages, now - self.started_at] if self.again else ages, default=None)

    def require_person(self, subject: str) -> None:
        """Whether *subject* is whom the sign-in was begun for.

        :raises SignInOtherPerson: it was begun for somebody, and this is somebody else.
        """
        if self.expected is not None and not equal(_digest(self.state, subject), self.expected):
            raise SignInOtherPerson("not the person it was begun for")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Who signed in, as the provider says. For one transaction, and for a short time.

    It is not passed on, and is no factor in another transaction (Decree 69/2024/NĐ-CP, Art. 19(4));
    who has to be told gets a token of :meth:`token`.

    :param kind: of evidence: ``vneid_sign_in`` or ``oidc_sign_in``.
    :param subject: the personal number, or the provider's name for the person.
    :param transaction: the one it is for; with *purpose* and *consent* as it was begun.
    :param at: when it was completed here.
    :param expires_at: from then on it counts no more.
    :param account_level: of the person's account there; ``None`` for an organisation, or when nobody says.
    :param authentication_level: another axis: 1 to 4, or ``None`` for unknown. Never derived from the
        account level.
    :param authenticated_at: when the provider says the person authenticated; ``None`` when it does not.
    :param methods: how, in the words of RFC 8176.
    :param factors: of this transaction, as far as the caller's mapping knows the methods and the provider says
        when they were used.
    :param holder: kind of holder by the caller's mapping; ``None`` for unknown.
    :param signed: the provider signed it; else trust rests on the connection alone.
    :param claims: all that the provider said.
    :param warnings: stable words.
    """

    provider: str
    kind: str
    subject: str = field(repr=False)
    transaction: str
    purpose: str
    consent: str
    at: datetime
    expires_at: datetime
    account_level: int | None
    authentication_level: int | None
    signed: bool
    authenticated_at: datetime | None = None
    methods: tuple[str, ...] = ()
    factors: tuple[Factor, ...] = ()
    holder: HolderKind | None = None
    name: str | None = field(default=None, repr=False)
    birth_date: PartialDate | None = field(default=None, repr=False)
    claims: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False, hash=False)
    warnings: tuple[str, ...] = ()

    def evidence(self) -> EvidenceItem:
        """The same as evidence of an account. It has no digest: the claims are few, so that from one
        they could be guessed.
        """
        return EvidenceItem(self.kind, Outcome.PASSED, self.at, self.provider, self.expires_at)

    def entry(self, *, requester: str, subject: str | None = None) -> NewEntry:
        """The same for the log of uses: ``log.append(sign_in.entry(requester=...))``. Who signed in is kept
        keyed; beside that provider, levels, purpose, transaction and when, and nothing that the provider
        said of the person.

        :param requester: what the log calls this service.
        :param subject: the identifier of the person's account, under which its other entries stand;
            :attr:`subject` if left out.
        :raises UsageEntryRefused: purpose, provider or transaction looks like the number of a person.
        """
        levels = {"ACCOUNT_LEVEL": self.account_level, "AUTHENTICATION_LEVEL": self.authentication_level}
        once = "\0".join((self.kind, self.provider, self.subject, self.transaction, self.at.isoformat()))
        return NewEntry(
            kind=UsageKind.DISCLOSURE,
            at=self.at,
            requester=requester,
            subject=self.subject if subject is None else subject,
            purpose=self.purpose,
            outcome="DONE",
            codes=tuple(f"{name}_{level}" for name, level in levels.items() if level is not None),
            action=self.kind,
            channel=self.provider,
            reference=self.transaction,
            once=hashlib.sha256(once.encode("utf-8", "surrogatepass")).hexdigest(),
        )

    def token(
        self,
        issuer: TokenIssuer,
        *,
        audience: str,
        nonce: str,
        now: datetime,
        ttl: timedelta = DEFAULT_TTL,
    ) -> str:
        """An e-ID token for the one service on whose behalf the person signed in.

        It holds both levels as they are known, a pseudonym, and the transaction; any other audience
        refuses it, and this one a second use.

        Its ``auth_time`` is the provider's, or where that says none the time the sign-in was completed.

        :param nonce: the value that service chose.
        :param now: aware.
        :param ttl: at most; the token never outlives the sign-in.
        :raises SignInExpired: the sign-in counts no more.
        :raises InputError: see :meth:`eid.tokens.issuing.TokenIssuer.issue`.
        """
        left = timedelta(seconds=int((self.expires_at - now).total_seconds()))
        if left < timedelta(seconds=1):
            raise SignInExpired("the result is no longer good")
        return issuer.issue(
            Subject(self.subject, min(self.authenticated_at or self.at, now), self.methods),
            audience=audience,
            nonce=nonce,
            account_level=self.account_level,
            authentication_level=self.authentication_level,
            ttl=min(ttl, left),
            claims={"transaction": self.transaction},
        )


class SignInTransactions:
    """Begins sign-ins and redeems each once. Share one between threads; give all processes of a service
    the same secrets and the same store.

    :param sealing_secrets: a list, of at least :data:`MIN_SECRET` random octets each; the first seals, all open. To
        change one put the new one in front, and drop the old one when :data:`LIFETIME` has passed.
    :param replay: where used transactions are noted.
    :param clock: aware time.
    :param lifetime: how long the person may take; at most half an hour.
    :raises InputError: no secret, too short a one, or a lifetime out of range.
    """

    def __init__(
        self,
        sealing_secrets: Sequence[bytes],
        *,
        replay: ReplayStore,
        clock: Callable[[], datetime],
        lifetime: timedelta = LIFETIME,
    ) -> None:
        if isinstance(sealing_secrets, bytes) or not sealing_secrets:
            raise InputError("a list of secrets, with at least one")
        if any(len(each) < MIN_SECRET for each in sealing_secrets):
            raise InputError(f"each secret has at least {MIN_SECRET} octets")
        if not timedelta(seconds=1) <= lifetime <= _LONGEST:
            raise InputError(f"a sign-in may take 1 to {_LONGEST.total_seconds():.0f} seconds")
        self._seals = [AESGCM(hmac.digest(each, b"eid sign-in seal 1", "sha256")) for each in sealing_secrets]
        self._replay = replay
        self._clock = clock
        self._lifetime = lifetime

    def begin(
        self,
        provider: str,
        *,
        session: str,
        transaction: str,
        purpose: str,
        consent: str,
        expected: str | None,
        acr_values: Sequence[str] = (),
        max_age: timedelta | None = None,
        again: bool = False,
    ) -> tuple[PendingSignIn, str]:
        """A new transaction, and the same sealed.

        :param provider: a name of its own for each adapter.
        :param session: identifies the browser's session; at least 16 characters that only this browser
            and this service have.
        :raises InputError: an argument missing or too long.
        """
        for word in (provider, transaction, purpose, consent):
            if not isinstance(word, str) or not 0 < len(word) <= _MAX_WORD or not word.isprintable():
                raise InputError(f"transaction, purpose and consent are texts of 1 to {_MAX_WORD} characters")
        if isinstance(acr_values, str) or not all(map(_ACR.fullmatch, acr_values)):
            raise InputError("an acr is printable ASCII without spaces")
        if max_age is not None and max_age < timedelta(0):
            raise InputError("a negative age")
        now = present(self._clock)
        state = secrets.token_urlsafe(32)
        pending = PendingSignIn(
            provider=provider,
            transaction=transaction,
            purpose=purpose,
            consent=consent,
            started_at=moment(int(now.timestamp())),
            expires_at=moment(int((now + self._lifetime).timestamp())),
            state=state,
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(32),
            expected=None if expected is None else _digest(state, expected),
            acr_values=tuple(acr_values),
            max_age=max_age,
            again=again,
        )
        vector = secrets.token_bytes(12)
        sealed = self._seals[0].encrypt(vector, _packed(pending), _context(provider, session))
        text = base64url.encode(vector + sealed)
        if len(text) > MAX_SEALED:
            raise InputError("more than fits into a cookie")
        return pending, text

    def redeem(self, sealed: str | None, *, provider: str, session: str, state: str) -> PendingSignIn:
        """The transaction, once.

        A wrong *state* does not use it up: else whoever can make a browser call the callback could
        spoil every sign-in.

        :param sealed: what the browser's session had; ``None`` when it had nothing.
        :param state: as it came with the answer.
        :raises SignInTransactionInvalid: missing, damaged, or of another session or provider.
        :raises SignInExpired: it took too long.
        :raises SignInStateMismatch: an answer to something else.
        :raises SignInReplayed: it was redeemed before.
        :raises ReplayStoreUnavailable: nobody knows whether it was.
        """
        pending = self._opened(sealed, provider, session)
        now = present(self._clock)
        if now >= pending.expires_at:
            raise SignInExpired("begun too long ago")
        if not equal(state, pending.state):
            raise SignInStateMismatch("state is another")
        name = base64url.encode(hashlib.sha256(pending.state.encode("ascii")).digest())
        if not self._replay.use(f"eid sign-in {provider}", name, expires_at=pending.expires_at, now=now):
            raise SignInReplayed("used before")
        return pending

    def _opened(self, sealed: str | None, provider: str, session: str) -> PendingSignIn:
        if not sealed:
            raise SignInTransactionInvalid("nothing in the session")
        context = _context(provider, session)
        try:
            octets = base64url.decode(sealed, limit=MAX_SEALED)
        except EidError:
            raise SignInTransactionInvalid("damaged") from None
        for seal in self._seals:
            try:
                plain = seal.decrypt(octets[:12], octets[12:], context)
            except (InvalidTag, ValueError):  # the latter: too short
                continue
            return _unpacked(plain)
        raise SignInTransactionInvalid("altered, or of another session, provider or secret")

    def __repr__(self) -> str:
        return f"<SignInTransactions {len(self._seals)} secrets, {self._replay!r}>"


def _context(provider: str, session: str) -> bytes:
    """What a seal holds for, beside its content."""
    if not isinstance(session, str) or len(session) not in _SESSION:
        raise InputError("a session is identified by 16 to 1024 characters that cannot be guessed")
    parts = [part.encode("utf-8", "surrogatepass") for part in (provider, session)]
    return b"eid sign-in 1" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _digest(state: str, subject: str) -> str:
    """Keyed with the secret of the transaction: worth nothing outside it."""
    return hmac.digest(state.encode(), subject.encode("utf-8", "surrogatepass"), "sha256").hex()


def _packed(pending: PendingSignIn) -> bytes:
    return strict_json.dumps(
        [
            _VERSION,
            pending.provider,
            pending.transaction,
            pending.purpose,
            pending.consent,
            int(pending.started_at.timestamp()),
            int(pending.expires_at.timestamp()),
            pending.state,
            pending.nonce,
            pending.verifier,
            pending.expected,
            list(pending.acr_values),
            None if pending.max_age is None else int(pending.max_age.total_seconds()),
            pending.again,
        ]
    )


def _unpacked(plain: bytes) -> PendingSignIn:
    """What :func:`_packed` wrote; nobody else has the secret."""
    version, *rest = strict_json.loads(plain, limit=MAX_SEALED)
    if version != _VERSION:
        raise SignInTransactionInvalid("of another version of this library")
    provider, transaction, purpose, consent, started, expires, state, nonce, verifier, *last = rest
    expected, acr_values, max_age, again = last
    return PendingSignIn(
        provider=provider,
        transaction=transaction,
        purpose=purpose,
        consent=consent,
        started_at=moment(started),
        expires_at=moment(expires),
        state=state,
        nonce=nonce,
        verifier=verifier,
        expected=expected,
        acr_values=tuple(acr_values),
        max_age=None if max_age is None else timedelta(seconds=max_age),
        again=again,
    )
