"""Sign-in with VNeID, as far as its interface is publicly known. **Not an official client.**

The operator's specification is not public; services are admitted one by one, by contract. What is built
here follows behaviour seen in public client code, and what it lacks compared with OpenID Connect is made
up for as far as one side alone can: see the guide "Sign-in with VNeID". Try it against
:mod:`eid.vietnam.vneid.mock`.

Nothing that comes back is signed: trust rests on the TLS connection to the configured addresses.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from eid.accounts.model import HolderKind
from eid.accounts.sign_in import PendingSignIn, SignIn, SignInStart, SignInTransactions
from eid.accounts.sign_in.back_channel import Answer, BackChannel, ClientAuthentication
from eid.accounts.sign_in.callback import (
    plain_word,
    read_response,
    refuse_error,
    required_parameter,
    with_parameters,
)
from eid.errors import (
    SignInAnswerInvalid,
    SignInCardLocked,
    SignInCodeRefused,
    SignInDenied,
    SignInOtherPerson,
    SignInProviderUnavailable,
)
from eid.tokens.claims import equal, present
from eid.tokens.fetching import TIMEOUT, permitted
from eid.vietnam import rules
from eid.vietnam.vneid.claims import VneidClaims, holder_kinds, parse_claims
from eid.vietnam.vneid.envelope import KeyUnwrapper, open_code, open_json, restore_plus

__all__ = ["EVIDENCE_KIND", "PROVIDER", "RESULT_LIFETIME", "VneidEndpoints", "VneidSignIn"]

EVIDENCE_KIND = "vneid_sign_in"
#: The source of the evidence.
PROVIDER = "vneid"
#: How long the result counts: for the transaction at hand.
RESULT_LIFETIME = timedelta(minutes=10)
_MAX_ACCESS_TOKEN = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class VneidEndpoints:
    """Addresses from the contract; none is public.

    :raises AddressForbidden: one that is neither ``https`` nor this machine.
    """

    authorization: str
    token: str
    userinfo: str

    def __post_init__(self) -> None:
        for url in (self.authorization, self.token, self.userinfo):
            permitted(url)


class VneidSignIn:
    """The whole flow of one relying party. Share one between threads.

    :param endpoints: where the provider is.
    :param client_id: as registered.
    :param authentication: how this service proves to be that client, as far as is known
        :class:`~eid.accounts.sign_in.back_channel.ClientSecretPost`.
    :param redirect_uri: where the browser comes back to, as registered.
    :param unwrapper: the service's private RSA key.
    :param transactions: what was begun.
    :param clock: aware UTC time.
    :param kinds: what each ``accountType`` means, from the contract.
    :param locked: the provider's error words for a locked electronic identity card, from the contract.
    :param pkce: send ``code_challenge`` (RFC 7636), where the provider takes it.
    :param scope: as registered.
    :param tls: pins the provider: see :class:`~eid.accounts.sign_in.back_channel.BackChannel`, as *proxy* and
        *timeout*.
    :param lifetime: how long the result counts.
    :raises InputError: *kinds* or *tls* cannot be used.
    :raises AddressForbidden: a redirect address that is neither ``https`` nor this machine.
    """

    def __init__(
        self,
        endpoints: VneidEndpoints,
        *,
        client_id: str,
        authentication: ClientAuthentication,
        redirect_uri: str,
        unwrapper: KeyUnwrapper,
        transactions: SignInTransactions,
        clock: Callable[[], datetime],
        kinds: Mapping[int | str, HolderKind],
        locked: Collection[str],
        pkce: bool,
        scope: str = "openid",
        tls: ssl.SSLContext | None = None,
        proxy: str | None = None,
        timeout: timedelta = TIMEOUT,
        lifetime: timedelta = RESULT_LIFETIME,
    ) -> None:
        permitted(redirect_uri)
        self._endpoints = endpoints
        self._client_id = client_id
        self._authentication = authentication
        self._redirect_uri = redirect_uri
        self._unwrapper = unwrapper
        self._transactions = transactions
        self._clock = clock
        self._kinds = holder_kinds(kinds)
        self._locked = frozenset(locked)
        self._pkce = pkce
        self._scope = scope
        self._channel = BackChannel(tls=tls, proxy=proxy, timeout=timeout)
        self._lifetime = lifetime

    def begin(
        self, *, session: str, transaction: str, purpose: str, consent: str, expected: str | None = None
    ) -> SignInStart:
        """Where to send the browser.

        Purpose and consent are recorded with the transaction (Decree 69/2024/NĐ-CP, Art. 19(3)): ask
        the person before, and keep the receipt that *consent* names.

        :param session: identifies the browser's session: 16 characters or more that cannot be guessed.
        :param transaction: the service's own name for what the person is about to do; the result is
            good for it alone.
        :param purpose: what the data are used for, a stable word.
        :param consent: reference of the recorded consent.
        :param expected: the personal number it has to be, where the service knows; ``None`` for anybody.
        :raises InputError: an argument missing or too long.
        """
        pending, sealed = self._transactions.begin(
            PROVIDER,
            session=session,
            transaction=transaction,
            purpose=purpose,
            consent=consent,
            expected=expected,
        )
        parameters = pending.request(
            client_id=self._client_id,
            redirect_uri=self._redirect_uri,
            scope=self._scope,
            pkce=self._pkce,
        )
        return SignInStart(with_parameters(self._endpoints.authorization, parameters), sealed)

    def finish(self, response: str | bytes, *, sealed: str | None, session: str) -> SignIn:
        """Who signed in. Call it at once when the browser comes back: the code lives for seconds.

        :param response: the callback's query string as it arrived.
        :param sealed: what :meth:`begin` put into the browser's session; forget it after this.
        :param session: the same as then.
        :raises SignInTransactionInvalid: not begun in this session.
        :raises SignInStateMismatch: an answer to another sign-in.
        :raises SignInExpired: begun too long ago.
        :raises SignInReplayed: completed before.
        :raises SignInDenied: the person declined, or the provider did.
        :raises SignInCardLocked: the electronic identity card is locked.
        :raises VneidEnvelopeInvalid: an envelope that does not open.
        :raises SignInCodeRefused: the provider does not take the code.
        :raises VneidClaimsInvalid: the claims cannot be relied on.
        :raises SignInOtherPerson: somebody else than *expected*.
        :raises SignInError: the provider does not answer, or not as it should.
        :raises ReplayStoreUnavailable: nobody knows whether it was completed before.
        """
        parameters = read_response(response)
        pending = self._transactions.redeem(
            sealed, provider=PROVIDER, session=session, state=required_parameter(parameters, "state")
        )
        self._refuse_lock(parameters.get("error"))
        refuse_error(parameters)
        code = open_code(
            restore_plus(required_parameter(parameters, "code")),
            restore_plus(required_parameter(parameters, "encrypt_key")),
            self._unwrapper,
        )
        granted = self._grant(code, pending)
        claims = self._userinfo(granted)
        found = parse_claims(claims, kinds=self._kinds)
        # Where the first answer names somebody too, both have to be the same.
        first = granted.get("citizenPid", found.number)
        if not isinstance(first, str) or not equal(first, found.number):
            raise SignInOtherPerson("the two answers name two people")
        pending.require_person(found.number)
        return self._result(pending, found, claims)

    def close(self) -> None:
        """Close the connections to the provider."""
        self._channel.close()

    def _grant(self, code: str, pending: PendingSignIn) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri}
        if self._pkce:
            form["code_verifier"] = pending.verifier
        headers: dict[str, str] = {}
        self._authentication.apply(self._client_id, form, headers, present(self._clock))
        return self._opened(self._channel.post(self._endpoints.token, form, headers))

    def _userinfo(self, granted: Mapping[str, Any]) -> dict[str, Any]:
        token = granted.get("access_token")
        if not isinstance(token, str) or not 0 < len(token) <= _MAX_ACCESS_TOKEN:
            raise SignInAnswerInvalid("no access_token")
        if not token.isascii() or not token.isprintable():  # it goes into a header
            raise SignInAnswerInvalid("an access token that is no token")
        return self._opened(self._channel.get(self._endpoints.userinfo, {"Authorization": f"Bearer {token}"}))

    def _opened(self, answer: Answer) -> dict[str, Any]:
        """What is in the envelope of an answer."""
        if answer.status != 200:
            raise self._refused(answer)
        document = answer.json_object()
        data, key = document.get("data"), document.get("key")
        if not isinstance(data, str) or not isinstance(key, str):
            raise SignInAnswerInvalid("no data or no key")
        return open_json(data, key, self._unwrapper)

    def _refused(self, answer: Answer) -> Exception:
        try:
            word = plain_word(answer.json_object().get("error"))
        except SignInAnswerInvalid:
            word = ""
        self._refuse_lock(word)
        said = f"status {answer.status} {word}".rstrip()
        if answer.status in (400, 401):
            return SignInCodeRefused(said)
        return SignInDenied(said, word) if answer.status == 403 else SignInProviderUnavailable(said)

    def _refuse_lock(self, word: str | None) -> None:
        if word is not None and word in self._locked:
            rule = rules.at(present(self._clock)).find("lock_authority", object="electronic_identity_card")
            article = rule.article if rule else None
            raise SignInCardLocked(plain_word(word), plain_word(word), article=article)

    def _result(self, pending: PendingSignIn, found: VneidClaims, claims: Mapping[str, Any]) -> SignIn:
        now = present(self._clock)
        return SignIn(
            provider=PROVIDER,
            kind=EVIDENCE_KIND,
            subject=found.number,
            transaction=pending.transaction,
            purpose=pending.purpose,
            consent=pending.consent,
            at=now,
            expires_at=now + self._lifetime,
            account_level=found.account_level,
            authentication_level=None,  # another axis: nothing says it, and the account level does not
            signed=False,
            holder=found.holder,
            name=found.name,
            birth_date=found.birth_date,
            claims=MappingProxyType(dict(claims)),
            warnings=found.warnings,
        )

    def __repr__(self) -> str:
        return f"<VneidSignIn as {self._client_id!r}, not an official client>"
