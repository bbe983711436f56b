"""What a service asks a provider of sign-ins directly, and how it proves who it is. Needs the extra ``web``.

Address, time and size are bounded; certificates are always checked; redirects are not followed, because
a request carries a secret.
"""

from __future__ import annotations

import base64
import secrets
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode

from eid.crypto.keys import Signer
from eid.encoding import strict_json
from eid.errors import (
    EncodingError,
    InputError,
    LimitExceeded,
    SignInAnswerInvalid,
    SignInProviderUnavailable,
)
from eid.tokens.fetching import TIMEOUT, permitted
from eid.tokens.jws import sign_jws

if TYPE_CHECKING:
    import httpx

__all__ = [
    "MAX_ANSWER",
    "Answer",
    "BackChannel",
    "ClientAuthentication",
    "ClientSecretBasic",
    "ClientSecretPost",
    "PrivateKeyJwt",
]

#: Octets of one answer.
MAX_ANSWER = 64 * 1024
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFETIME = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered."""

    status: int
    octets: bytes = field(repr=False)

    def json_object(self) -> dict[str, Any]:
        """The JSON object in it.

        :raises SignInAnswerInvalid: something else.
        """
        try:
            value = strict_json.loads(self.octets, limit=MAX_ANSWER)
        except (EncodingError, LimitExceeded) as error:
            raise SignInAnswerInvalid(error.detail) from None
        if not isinstance(value, dict):
            raise SignInAnswerInvalid("no JSON object")
        return value


class BackChannel:
    """Requests to a provider. Thread-safe; connections are kept, so close it or let it live as long as
    the service. Cookies are not: the next request is about somebody else.

    :param tls: for private roots, pinned certificates or a client certificate; it has to check
        certificates and host names. Without it the usual roots count.
    :param proxy: address of a proxy; else what the environment says.
    :param timeout: for one request altogether.
    :raises InputError: *tls* does not check.
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, proxy: str | None = None, timeout: timedelta = TIMEOUT
    ) -> None:
        if tls is not None and not (tls.verify_mode is ssl.CERT_REQUIRED and tls.check_hostname):
            raise InputError("a TLS context that does not check certificates and host names")
        self._tls = tls
        self._proxy = proxy
        self._timeout = timeout.total_seconds()
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """Send *form*, URL-encoded.

        :raises SignInProviderUnavailable: no whole answer in time.
        :raises SignInAnswerInvalid: more than :data:`MAX_ANSWER` octets.
        :raises AddressForbidden: neither ``https`` nor this machine.
        """
        content = urlencode(form).encode("ascii")
        return self._ask(
            "POST", url, {**headers, "Content-Type": "application/x-www-form-urlencoded"}, content
        )

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Ask for *url*.

        :raises SignInError: as :meth:`post`.
        """
        return self._ask("GET", url, headers, None)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _ask(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        """In a thread of its own: a server that drips its headers cannot hold up the caller."""
        address = permitted(url)
        deadline = time.monotonic() + self._timeout
        outcome: list[Answer | Exception] = []

        def fly() -> None:
            try:
                outcome.append(self._fetch(method, address, headers, content, deadline))
            except Exception as error:  # noqa: BLE001 - raised again below
                outcome.append(error)

        flight = threading.Thread(target=fly, name="eid-sign-in", daemon=True)
        try:
            flight.start()
        except RuntimeError:
            raise SignInProviderUnavailable("no thread for the request") from None
        flight.join(self._timeout)
        if not outcome:
            raise SignInProviderUnavailable("not done in time")
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]

    def _fetch(
        self,
        method: str,
        address: httpx.URL,
        headers: Mapping[str, str],
        content: bytes | None,
        deadline: float,
    ) -> Answer:
        import httpx

        try:
            with self._connected().stream(
                method,
                address,
                # Identity: nothing has to be inflated before its size is known.
                headers={"Accept": "application/json", "Accept-Encoding": "identity", **headers},
                content=content,
                timeout=self._timeout,
                follow_redirects=False,
            ) as response:
                octets = bytearray()
                for chunk in response.iter_raw():
                    octets += chunk
                    if len(octets) > MAX_ANSWER:
                        raise SignInAnswerInvalid(f"more than {MAX_ANSWER} octets")
                    if time.monotonic() > deadline:
                        raise SignInProviderUnavailable("not done in time")
                return Answer(response.status_code, bytes(octets))
        except (httpx.HTTPError, httpx.InvalidURL, RuntimeError, ValueError, OSError) as error:
            # RuntimeError: closed meanwhile. ValueError: a name that no host can have.
            # Its text is left out: it can name addresses.
            raise SignInProviderUnavailable(type(error).__name__) from None

    def _connected(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                try:
                    self._client = httpx.Client(
                        verify=self._tls if self._tls is not None else True,
                        proxy=self._proxy,
                        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                    )
                except (OSError, ValueError, ImportError) as error:
                    raise SignInProviderUnavailable(
                        f"the environment's settings: {type(error).__name__}"
                    ) from None
            return self._client


# --- who asks ------------------------------------------------------------------------------------


class ClientAuthentication(Protocol):
    """How a service proves to be the client it says (RFC 6749, 2.3)."""

    def apply(self, client_id: str, form: dict[str, str], headers: dict[str, str], now: datetime) -> None:
        """Add to *form* or *headers* what proves it."""
        ...


@dataclass(frozen=True, slots=True)
class ClientSecretPost:
    """``client_secret_post``: identifier and secret in the form."""

    secret: str = field(repr=False)

    def apply(self, client_id: str, form: dict[str, str], headers: dict[str, str], now: datetime) -> None:
        """See :class:`ClientAuthentication`."""
        form.update(client_id=client_id, client_secret=self.secret)


@dataclass(frozen=True, slots=True)
class ClientSecretBasic:
    """``client_secret_basic``: in a header, each URL-encoded first (RFC 6749, 2.3.1)."""

    secret: str = field(repr=False)

    def apply(self, client_id: str, form: dict[str, str], headers: dict[str, str], now: datetime) -> None:
        """See :class:`ClientAuthentication`."""
        pair = f"{quote(client_id, safe='')}:{quote(self.secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode('ascii')).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class PrivateKeyJwt:
    """``private_key_jwt`` (RFC 7523, 2.2): signed with the client's key, so that no secret is shared.

    :param audience: the provider's issuer or, where it asks for that, its token endpoint.
    """

    signer: Signer
    audience: str

    def apply(self, client_id: str, form: dict[str, str], headers: dict[str, str], now: datetime) -> None:
        """See :class:`ClientAuthentication`."""
        issued = int(now.timestamp())
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": self.audience,
            "jti": secrets.token_urlsafe(16),
            "iat": issued,
            "exp": issued + _ASSERTION_LIFETIME,
        }
        form.update(
            client_id=client_id,
            client_assertion_type=_ASSERTION,
            client_assertion=sign_jws({"typ": "JWT"}, strict_json.dumps(claims), self.signer),
        )
