"""Sign-in through any OpenID Connect provider: authorization code flow with PKCE, always.

For providers that sign what they say. VNeID, as far as is publicly known, does not: see
:mod:`eid.vietnam.vneid`.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from eid.accounts.model import Factor
from eid.accounts.sign_in import PendingSignIn, SignIn, SignInStart, SignInTransactions
from eid.accounts.sign_in.back_channel import MAX_ANSWER, Answer, BackChannel, ClientAuthentication
from eid.accounts.sign_in.callback import (
    plain_word,
    read_response,
    refuse_error,
    required_parameter,
    with_parameters,
)
from eid.accounts.sign_in.id_token import ID_TOKEN_ALGORITHMS, verify_id_token
from eid.crypto.algorithms import ALGORITHMS
from eid.crypto.keys import KeySource
from eid.encoding import strict_json
from eid.errors import (
    AddressForbidden,
    EncodingError,
    InputError,
    IssuerMismatch,
    LimitExceeded,
    SignInAnswerInvalid,
    SignInCodeRefused,
    SignInOtherPerson,
    SignInProviderUnavailable,
    SignInResponseInvalid,
)
from eid.tokens.claims import equal, moment, present
from eid.tokens.fetching import TIMEOUT, permitted
from eid.tokens.key_sources import HttpKeySource
from eid.tokens.profile import AUTHENTICATION_LEVELS

__all__ = ["EVIDENCE_KIND", "OidcProvider", "OidcSignIn"]

EVIDENCE_KIND = "oidc_sign_in"
#: How long the result counts.
RESULT_LIFETIME = timedelta(minutes=10)
_MAX_CODE = 4096
#: Characters of an issuer: it names the transactions of its adapter, and its sign-ins in the log of uses.
_MAX_ISSUER = 128
#: Claims that are taken from the ID token alone.
_SIGNED_ONLY = frozenset(
    {"iss", "sub", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash", "acr", "amr", "auth_time"}
)
_MAX_ACCESS_TOKEN = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcProvider:
    """Where a provider is and what it signs with.

    :param issuer: exactly as it writes itself.
    :param keys: its signing keys.
    :param userinfo: address of further claims; ``None`` to take those of the ID token alone.
    :param says_iss: it puts ``iss`` into every answer (RFC 9207); then one without is refused.
    :raises AddressForbidden: an address that is neither ``https`` nor this machine.
    """

    issuer: str
    authorization: str
    token: str
    keys: KeySource
    userinfo: str | None = None
    says_iss: bool = False

    def __post_init__(self) -> None:
        for url in (self.authorization, self.token, self.userinfo):
            if url is not None:
                permitted(url)

    @classmethod
    def from_metadata(
        cls, octets: bytes, *, issuer: str, key_source: Callable[[str], KeySource]
    ) -> OidcProvider:
        """From the document at ``<issuer>/.well-known/openid-configuration`` (OpenID Connect Discovery
        1.0, 4), fetched by the caller or by :meth:`discover`.

        :param issuer: whom it has to be about.
        :param key_source: makes the source of keys from ``jwks_uri``.
        :raises SignInAnswerInvalid: no such document, or one without code flow and S256.
        :raises IssuerMismatch: about another issuer.
        :raises AddressForbidden: an address in it is not ``https``; of an issuer on this machine, nor on it.
        """
        try:
            document = strict_json.loads(octets, limit=MAX_ANSWER)
        except (EncodingError, LimitExceeded) as error:
            raise SignInAnswerInvalid(error.detail) from None
        if not isinstance(document, dict):
            raise SignInAnswerInvalid("no JSON object")
        if _text(document, "issuer") != issuer:
            raise IssuerMismatch("the document is about another issuer")
        # What is left out means the default (Discovery, 3); S256 has none (RFC 8414, 2).
        types = document.get("response_types_supported", ["code"])
        methods = document.get("code_challenge_methods_supported", ["S256"])
        if not (isinstance(types, list) and "code" in types):
            raise SignInAnswerInvalid("no code flow")
        if not (isinstance(methods, list) and "S256" in methods):
            raise SignInAnswerInvalid("no PKCE with S256")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
        found = {name: _text(document, name) for name in names if name in document or name != names[-1]}
        for url in found.values():
            # A provider elsewhere has no business with what listens on this machine, and is sent a secret.
            if permitted(url).scheme != "https" and permitted(issuer).scheme == "https":
                raise AddressForbidden("not https, as its issuer is")
        return cls(
            issuer=issuer,
            authorization=found["authorization_endpoint"],
            token=found["token_endpoint"],
            userinfo=found.get("userinfo_endpoint"),
            keys=key_source(found["jwks_uri"]),
            says_iss=document.get("authorization_response_iss_parameter_supported") is True,
        )

    @classmethod
    def discover(
        cls, issuer: str, *, clock: Callable[[], datetime], channel: BackChannel | None = None
    ) -> OidcProvider:
        """Ask the provider itself, once: call it when the service starts.

        :param issuer: its address.
        :param clock: aware UTC time, for the ages of keys.
        :raises SignInProviderUnavailable: no answer.
        :raises EidError: as :meth:`from_metadata`.
        """
        with contextlib.ExitStack() as stack:
            if channel is None:
                channel = stack.enter_context(contextlib.closing(BackChannel()))
            answer = channel.get(issuer.rstrip("/") + "/.well-known/openid-configuration", {})
        if answer.status != 200:
            raise SignInProviderUnavailable(f"status {answer.status}")
        return cls.from_metadata(
            answer.octets, issuer=issuer, key_source=lambda url: HttpKeySource(url, clock=clock)
        )


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise SignInAnswerInvalid(f"no {name}")
    return value


class OidcSignIn:
    """Sign-in through one provider. Share one between threads; each provider has an adapter, and a
    redirect address of its own.

    :param provider: where it is.
    :param client_id: of this service, as registered.
    :param authentication: how it proves to be that client.
    :param redirect_uri: where the browser comes back to, as registered.
    :param transactions: what was begun.
    :param clock: aware UTC time.
    :param acr: what each ``acr`` of this provider means on the scale of authentication levels, 1 to 4.
        One that is not in it means unknown. There is no default: nobody but the caller can know.
    :param factors: what each ``amr`` means in the words of the rules (``face``, ``password`` ...).
    :param scope: has ``openid`` in it.
    :param algorithms: of ID tokens.
    :param audiences: others that may stand in ``aud``.
    :param tls: see :class:`~eid.accounts.sign_in.back_channel.BackChannel`, as *proxy* and *timeout*.
    :param lifetime: how long the result counts.
    :raises InputError: a level that does not exist, an unknown algorithm, a scope without ``openid``, or an
        issuer of more than 128 characters.
    """

    def __init__(
        self,
        provider: OidcProvider,
        *,
        client_id: str,
        authentication: ClientAuthentication,
        redirect_uri: str,
        transactions: SignInTransactions,
        clock: Callable[[], datetime],
        acr: Mapping[str, int],
        factors: Mapping[str, str] = MappingProxyType({}),
        scope: str = "openid",
        algorithms: frozenset[str] = ID_TOKEN_ALGORITHMS,
        audiences: frozenset[str] = frozenset(),
        tls: ssl.SSLContext | None = None,
        proxy: str | None = None,
        timeout: timedelta = TIMEOUT,
        lifetime: timedelta = RESULT_LIFETIME,
    ) -> None:
        if any(type(level) is not int or level not in AUTHENTICATION_LEVELS for level in acr.values()):
            raise InputError("an acr means an authentication level of 1 to 4")
        if not algorithms or not algorithms <= ALGORITHMS.keys():
            raise InputError("algorithms are names of the table")
        if "openid" not in scope.split():
            raise InputError("a scope has openid in it")
        if len(provider.issuer) > _MAX_ISSUER:
            raise InputError(f"an issuer of more than {_MAX_ISSUER} characters")
        permitted(redirect_uri)
        self._provider = provider
        self._name = f"oidc {provider.issuer}"
        self._client_id = client_id
        self._authentication = authentication
        self._redirect_uri = redirect_uri
        self._transactions = transactions
        self._clock = clock
        self._acr = dict(acr)
        self._factors = dict(factors)
        self._scope = scope
        self._algorithms = frozenset(algorithms)
        self._audiences = frozenset(audiences)
        self._channel = BackChannel(tls=tls, proxy=proxy, timeout=timeout)
        self._lifetime = lifetime

    def begin(
        self,
        *,
        session: str,
        transaction: str,
        purpose: str,
        consent: str,
        expected: str | None = None,
        acr_values: Sequence[str] = (),
        max_age: timedelta | None = None,
        again: bool = False,
    ) -> SignInStart:
        """Where to send the browser.

        :param session: identifies the browser's session: 16 characters or more that cannot be guessed.
        :param transaction: the service's own name for what the person is about to do; the result is
            good for it alone.
        :param purpose: what the data are used for, a stable word.
        :param consent: reference of the recorded consent.
        :param expected: the ``sub`` it has to be; ``None`` for anybody.
        :param acr_values: one of these has to come back.
        :param max_age: how long ago the person may have authenticated, whole seconds.
        :param again: the person authenticates anew even with a session there. The browser could drop that
            from the request, so the provider has to say when it was (``auth_time``).
        :raises InputError: an argument missing or too long.
        """
        pending, sealed = self._transactions.begin(
            self._name,
            session=session,
            transaction=transaction,
            purpose=purpose,
            consent=consent,
            expected=expected,
            acr_values=acr_values,
            max_age=max_age,
            again=again,
        )
        parameters = pending.request(
            client_id=self._client_id, redirect_uri=self._redirect_uri, scope=self._scope, pkce=True
        )
        parameters["nonce"] = pending.nonce
        if pending.acr_values:
            parameters["acr_values"] = " ".join(pending.acr_values)
        if max_age is not None or again:  # asked for it, a provider tells auth_time (Core, 2)
            parameters["max_age"] = str(int((max_age or timedelta(0)).total_seconds()))
        if again:
            parameters["prompt"] = "login"
        return SignInStart(with_parameters(self._provider.authorization, parameters), sealed)

    def finish(self, response: str | bytes, *, sealed: str | None, session: str) -> SignIn:
        """Who signed in. Call it once for a callback, and then forget *sealed*.

        :param response: the callback's query string as it arrived.
        :param sealed: what :meth:`begin` put into the browser's session.
        :param session: the same as then.
        :raises SignInError: whatever does not hold; see its kinds.
        :raises TokenError: the ID token does not hold, see
            :func:`eid.accounts.sign_in.id_token.verify_id_token`.
        :raises ReplayStoreUnavailable: nobody knows whether it was used.
        """
        parameters = read_response(response)
        state = required_parameter(parameters, "state")
        pending = self._transactions.redeem(sealed, provider=self._name, session=session, state=state)
        # Before anything else is believed: an error, too, can be another provider's (RFC 9207, 2.4).
        said = parameters.get("iss")
        if (said is None and self._provider.says_iss) or (
            said is not None and not equal(said, self._provider.issuer)
        ):
            raise SignInResponseInvalid("iss is not this provider")
        refuse_error(parameters)
        code = required_parameter(parameters, "code")
        if len(code) > _MAX_CODE:
            raise SignInResponseInvalid(f"a code of more than {_MAX_CODE} characters")
        now = present(self._clock)
        access_token, id_token = self._redeem(code, pending.verifier, now)
        claims = verify_id_token(
            id_token,
            issuer=self._provider.issuer,
            client_id=self._client_id,
            nonce=pending.nonce,
            keys=self._provider.keys,
            now=now,
            access_token=access_token,
            acr_values=pending.acr_values,
            max_age=pending.oldest(now),
            algorithms=self._algorithms,
            audiences=self._audiences,
        )
        pending.require_person(claims["sub"])
        if self._provider.userinfo is not None:
            said_further = self._userinfo(self._provider.userinfo, access_token, claims["sub"])
            # What is signed counts; and how the person authenticated is told by what is signed alone.
            claims = {**{k: v for k, v in said_further.items() if k not in _SIGNED_ONLY}, **claims}
        return self._result(pending, claims, present(self._clock))

    def close(self) -> None:
        """Close the connections to the provider."""
        self._channel.close()

    def _redeem(self, code: str, verifier: str, now: datetime) -> tuple[str, str]:
        """Access token and ID token for a code (Core, 3.1.3)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        headers: dict[str, str] = {}
        self._authentication.apply(self._client_id, form, headers, now)
        answer = self._channel.post(self._provider.token, form, headers)
        if answer.status != 200:
            raise _refused(answer)
        document = answer.json_object()
        if str(document.get("token_type", "")).lower() != "bearer":
            raise SignInAnswerInvalid("token_type is not Bearer")
        found = []
        for name in ("access_token", "id_token"):
            value = document.get(name)
            if not isinstance(value, str) or not 0 < len(value) <= 2 * _MAX_ACCESS_TOKEN:
                raise SignInAnswerInvalid(f"no {name}")
            found.append(value)
        if not found[0].isascii() or not found[0].isprintable():  # it goes into a header
            raise SignInAnswerInvalid("an access token that is no token")
        return found[0], found[1]

    def _userinfo(self, url: str, access_token: str, subject: str) -> dict[str, Any]:
        answer = self._channel.get(url, {"Authorization": f"Bearer {access_token}"})
        if answer.status != 200:
            raise SignInProviderUnavailable(f"userinfo: status {answer.status}")
        claims = answer.json_object()
        said = claims.get("sub")
        if not isinstance(said, str) or not equal(said, subject):
            raise SignInOtherPerson("userinfo is about another sub (Core, 5.3.2)")
        return claims

    def _result(self, pending: PendingSignIn, claims: Mapping[str, Any], now: datetime) -> SignIn:
        methods = tuple(claims.get("amr", ()))
        at = None if "auth_time" not in claims else moment(claims["auth_time"])
        kinds = dict.fromkeys(self._factors[each] for each in methods if each in self._factors)
        # With a session at the provider that can be long ago: when nobody says, it was not just now.
        factors = (
            () if at is None else tuple(Factor(kind, min(at, now), pending.transaction) for kind in kinds)
        )
        return SignIn(
            provider=self._provider.issuer,
            kind=EVIDENCE_KIND,
            subject=claims["sub"],
            transaction=pending.transaction,
            purpose=pending.purpose,
            consent=pending.consent,
            at=now,
            expires_at=now + self._lifetime,
            account_level=None,
            authentication_level=self._acr.get(claims.get("acr", "")),
            signed=True,
            authenticated_at=at,
            methods=methods,
            factors=factors,
            claims=MappingProxyType(dict(claims)),
        )

    def __repr__(self) -> str:
        return f"<OidcSignIn {self._provider.issuer!r} as {self._client_id!r}>"


def _refused(answer: Answer) -> SignInCodeRefused | SignInProviderUnavailable:
    """What a status of the token endpoint means (RFC 6749, 5.2)."""
    if answer.status not in (400, 401, 403):
        return SignInProviderUnavailable(f"status {answer.status}")
    try:
        word = plain_word(answer.json_object().get("error"))
    except SignInAnswerInvalid:
        word = ""
    return SignInCodeRefused(f"status {answer.status} {word}".rstrip())
