"""A stand-in for the provider of VNeID sign-in, for tests and for those who wait for access.

**It is not VNeID and has nothing to do with its operator.** It copies what is publicly known of the
interface, the faults that are known or to be feared, and knows invented people alone. It runs on loopback
addresses, sends browsers to loopback addresses, and only for who says that this is a test. Needs the extra
``web``.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

from cryptography.hazmat.primitives.asymmetric import rsa

from eid.encoding import base64url, strict_json
from eid.errors import AddressForbidden, MissingExtra, MockNotStarted, MockRefused
from eid.tokens.claims import equal, present
from eid.tokens.fetching import permitted
from eid.vietnam.vneid import VneidEndpoints
from eid.vietnam.vneid import mock_pages as pages
from eid.vietnam.vneid.envelope import seal
from eid.vietnam.vneid.mock_people import CARD_LOCKED, KINDS, PEOPLE, Fault, MockPerson

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

__all__ = [
    "CARD_LOCKED",
    "KINDS",
    "PEOPLE",
    "Fault",
    "MockPerson",
    "MockProvider",
    "RunningMock",
    "running",
]

_MAX_BODY = 16 * 1024
_MAX_KEPT = 1000
_TOKEN_LIFETIME = timedelta(seconds=60)


@dataclass(slots=True)
class _Grant:
    person: MockPerson
    fault: Fault
    redirect_uri: str
    challenge: str | None
    expires_at: datetime
    used: bool = False


class MockProvider:
    """The stand-in for one relying party. Thread-safe.

    :param test_only: has to be ``True``: this is a test.
    :param redirect_uris: where browsers may be sent, on this machine alone.
    :param public_key: of the relying party: answers are encrypted for it.
    :param client_secret: made up when left out.
    :param clock: aware time.
    :param code_lifetime: of a code; the real ones live for seconds.
    :param pkce: refuse requests without ``code_challenge``.
    :raises MockRefused: no test, or an address that is not this machine's.
    """

    def __init__(
        self,
        *,
        test_only: bool,
        redirect_uris: Collection[str],
        public_key: rsa.RSAPublicKey,
        clock: Callable[[], datetime],
        client_id: str = "test-client",
        client_secret: str | None = None,
        code_lifetime: timedelta = timedelta(seconds=30),
        pkce: bool = False,
    ) -> None:
        if test_only is not True:
            raise MockRefused("nobody said that this is a test")
        if isinstance(redirect_uris, str) or not redirect_uris or not all(map(_on_loopback, redirect_uris)):
            raise MockRefused("a redirect address that is not this machine's")
        self.redirect_uris = frozenset(redirect_uris)
        self.client_id = client_id
        self.client_secret = client_secret or secrets.token_urlsafe(32)
        self._public_key = public_key
        self._clock = clock
        self._code_lifetime = code_lifetime
        self._pkce = pkce
        self._people = {person.key: person for person in PEOPLE}
        self._lock = threading.Lock()
        self._grants: dict[str, _Grant] = {}
        self._tokens: dict[str, tuple[_Grant, datetime]] = {}

    def app(self) -> FastAPI:
        """The web application.

        :raises MissingExtra: FastAPI is not installed.
        """
        try:
            from fastapi import FastAPI
            from starlette.routing import BaseRoute, Route
        except ImportError:
            raise MissingExtra("install eid[web]") from None
        routes: list[BaseRoute] = [
            Route("/", self._guarded(self._front), methods=["GET"]),
            Route("/authorize", self._guarded(self._ask), methods=["GET"]),
            Route("/authorize", self._guarded(self._answer), methods=["POST"]),
            Route("/token", self._guarded(self._token), methods=["POST"]),
            Route("/userinfo", self._guarded(self._userinfo), methods=["GET"]),
        ]
        return FastAPI(
            title="Stand-in for tests, not VNeID", routes=routes, docs_url=None, redoc_url=None, openapi_url=None
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<MockProvider for tests, not VNeID, of {self.client_id!r}>"

    # --- what every request goes through ----------------------------------------------------------

    def _guarded(self, handler: Callable[[Request, Mapping[str, str]], Response]) -> Callable[..., Any]:
        """Only for this machine, and no proxy before it."""
        from starlette.responses import PlainTextResponse

        async def endpoint(request: Request) -> Response:
            client = request.client.host if request.client else ""
            proxied = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via"))
            body = b""
            async for chunk in request.stream():
                body += chunk
                if len(body) > _MAX_BODY:
                    return PlainTextResponse("too large", 413)
            if proxied or not _loopback(client) or not _loopback(request.url.hostname or ""):
                return PlainTextResponse("A stand-in for tests answers on its own machine only.", 403)
            octets = body if request.method == "POST" else request.url.query.encode()
            try:
                parameters = dict(parse_qsl(octets.decode("ascii"), keep_blank_values=True, errors="strict"))
            except ValueError:
                return PlainTextResponse("not a form", 400)
            response = handler(request, parameters)
            response.headers.update(pages.HEADERS)
            return response

        return endpoint

    def _front(self, request: Request, parameters: Mapping[str, str]) -> Response:
        from starlette.responses import HTMLResponse

        return HTMLResponse(pages.front())

    # --- the browser ------------------------------------------------------------------------------

    def _problem(self, parameters: Mapping[str, str]) -> str | None:
        if not equal(parameters.get("client_id", ""), self.client_id):
            return "client_id"
        if parameters.get("redirect_uri") not in self.redirect_uris:
            return "redirect_uri"
        if parameters.get("response_type") != "code":
            return "response_type"
        if "openid" not in parameters.get("scope", "").split():
            return "scope"
        if not parameters.get("state"):
            return "state"
        challenge = "code_challenge" in parameters
        if (self._pkce and not challenge) or (
            challenge and parameters.get("code_challenge_method") != "S256"
        ):
            return "code_challenge"
        return None

    def _ask(self, request: Request, parameters: Mapping[str, str]) -> Response:
        from starlette.responses import HTMLResponse

        problem = self._problem(parameters)
        if problem is not None:
            return HTMLResponse(pages.refused(problem), 400)
        people = [(each.key, str(each.claims["fullName"]), each.note) for each in PEOPLE]
        return HTMLResponse(pages.choose(people, list(Fault), parameters))

    def _answer(self, request: Request, parameters: Mapping[str, str]) -> Response:
        from starlette.responses import HTMLResponse, RedirectResponse

        problem = self._problem(parameters)
        declined = "decline" in parameters
        person = None if declined else self._people.get(parameters.get("person", ""))
        if problem is not None or (person is None and not declined):
            return HTMLResponse(pages.refused(problem or "person"), 400)
        fault = (
            Fault(parameters.get("fault", "none")) if parameters.get("fault") in set(Fault) else Fault.NONE
        )
        state = parameters["state"] + ("x" if fault is Fault.WRONG_STATE else "")
        if person is None:
            query = urlencode({"error": "access_denied", "state": state})
        elif fault is Fault.CARD_LOCKED:
            query = urlencode({"error": CARD_LOCKED, "state": state})
        else:
            query = self._granted(person, fault, parameters, state)
        return RedirectResponse(f"{parameters['redirect_uri']}?{query}", 303)

    def _granted(self, person: MockPerson, fault: Fault, parameters: Mapping[str, str], state: str) -> str:
        code = secrets.token_urlsafe(24)
        lifetime = timedelta(0) if fault is Fault.LATE_CODE else self._code_lifetime
        grant = _Grant(
            person,
            fault,
            parameters["redirect_uri"],
            parameters.get("code_challenge"),
            present(self._clock) + lifetime,
        )
        with self._lock:
            _keep(self._grants, code, grant)
        data, key = seal(code.encode(), self._public_key)
        if fault is Fault.ALTERED_CODE:
            data = _change_block(data)
        while fault is Fault.SPACE_FOR_PLUS and not ("+" in data and "+" in key):
            data, key = seal(code.encode(), self._public_key)
        # The known trap: a plus that nobody escaped, which the receiver's decoder turns into a space.
        safe = "+" if fault is Fault.SPACE_FOR_PLUS else ""
        return "&".join(
            f"{name}={quote(value, safe=safe)}"
            for name, value in (("code", data), ("encrypt_key", key), ("state", state))
        )

    # --- the relying party ------------------------------------------------------------------------

    def _token(self, request: Request, parameters: Mapping[str, str]) -> Response:
        known = equal(parameters.get("client_id", ""), self.client_id)
        known &= equal(parameters.get("client_secret", ""), self.client_secret)
        if not known:
            return _error("invalid_client")
        now = present(self._clock)
        token = secrets.token_urlsafe(32)
        with self._lock:
            grant = self._grants.get(parameters.get("code", ""))
            if grant is None or grant.used or now >= grant.expires_at:
                if grant is not None:  # used twice: what came of it is withdrawn (RFC 6749, 4.1.2)
                    self._tokens = {name: v for name, v in self._tokens.items() if v[0] is not grant}
                return _error("invalid_grant")
            grant.used = True
            if not _proven(grant, parameters):
                return _error("invalid_grant")
            _keep(self._tokens, token, (grant, now + _TOKEN_LIFETIME))
        if grant.fault is Fault.UNAUTHORISED:
            return _error("invalid_grant")
        if grant.fault is Fault.SERVER_ERROR:
            return _error("server_error", 503)
        content = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(_TOKEN_LIFETIME.total_seconds()),
        }
        if grant.fault is Fault.TWO_PEOPLE:
            content["citizenPid"] = grant.person.claims["citizenPid"]
        return self._sealed(content)

    def _userinfo(self, request: Request, parameters: Mapping[str, str]) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        with self._lock:
            grant, expires_at = self._tokens.get(token, (None, None))
        if scheme != "Bearer" or grant is None or expires_at is None or present(self._clock) >= expires_at:
            return _error("invalid_token")
        claims, fault = dict(grant.person.claims), grant.fault
        match fault:
            case Fault.OTHER_PERSON | Fault.TWO_PEOPLE:
                claims = dict(next(each.claims for each in PEOPLE if each is not grant.person))
            case Fault.UNKNOWN_LEVEL:
                claims["accountLevel"] = 3
            case Fault.MISSING_LEVEL:
                claims.pop("accountLevel", None)
            case Fault.NUMBER_WITHOUT_ZEROS:
                claims["citizenPid"] = int(claims["citizenPid"])
        return self._sealed(claims, fault)

    def _sealed(self, content: Mapping[str, Any], fault: Fault = Fault.NONE) -> Response:
        public = self._public_key
        if fault is Fault.WRONG_KEY:
            public = rsa.generate_private_key(65537, public.key_size).public_key()
        data, key = seal(strict_json.dumps(dict(content)), public)
        return _json({"data": _change_block(data) if fault is Fault.CHANGED_BLOCK else data, "key": key})


def _proven(grant: _Grant, parameters: Mapping[str, str]) -> bool:
    """Whether who has the code is who asked for it."""
    verifier = parameters.get("code_verifier", "")
    challenge = base64url.encode(hashlib.sha256(verifier.encode()).digest())
    return (
        parameters.get("grant_type") == "authorization_code"
        and parameters.get("redirect_uri") == grant.redirect_uri
        and (grant.challenge is None or equal(challenge, grant.challenge))
    )


def _keep(kept: dict[str, Any], name: str, value: object) -> None:
    """As many as a test needs; the oldest go first."""
    kept[name] = value
    if len(kept) > _MAX_KEPT:
        del kept[next(iter(kept))]


def _json(content: Mapping[str, Any], status: int = 200) -> Response:
    from starlette.responses import Response

    return Response(strict_json.dumps(dict(content)), status, media_type="application/json")


def _error(word: str, status: int = 401) -> Response:
    return _json({"error": word}, status)


def _change_block(data: str) -> str:
    """One block of the ciphertext becomes another."""
    changed = "A" if data[4] != "A" else "B"
    return data[:4] + changed + data[5:]


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _on_loopback(url: str) -> bool:
    try:
        address = permitted(url)
    except AddressForbidden:
        return False
    return _loopback(address.host) and not address.query


# --- running it ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunningMock:
    """A mock that answers.

    :param url: its address, without path.
    """

    url: str
    provider: MockProvider

    @property
    def endpoints(self) -> VneidEndpoints:
        """For :class:`~eid.vietnam.vneid.VneidSignIn`."""
        return VneidEndpoints(
            authorization=f"{self.url}/authorize", token=f"{self.url}/token", userinfo=f"{self.url}/userinfo"
        )


@contextlib.contextmanager
def running(provider: MockProvider, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[RunningMock]:
    """Serve *provider* until the block ends.

    :param host: an address of this machine that no other can reach.
    :param port: 0 for any that is free.
    :raises MockRefused: an address that others can reach.
    :raises MockNotStarted: the port cannot be had.
    :raises MissingExtra: FastAPI or uvicorn is not installed.
    """
    if not _loopback(host):
        raise MockRefused("an address that others can reach")
    try:
        import uvicorn
    except ImportError:
        raise MissingExtra("install eid[web]") from None
    address = "127.0.0.1" if host == "localhost" else host.strip("[]")
    # Codes and secrets pass through here: nothing of it is logged.
    server = uvicorn.Server(
        uvicorn.Config(provider.app(), log_config=None, access_log=False, lifespan="off", ws="none")
    )
    try:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listening = socket.create_server((address, port), family=family)
    except (OSError, OverflowError) as error:
        raise MockNotStarted(type(error).__name__) from None
    with listening:
        shown = f"[{address}]" if ":" in address else address
        url = f"http://{shown}:{listening.getsockname()[1]}"
        thread = threading.Thread(target=server.run, args=([listening],), name="eid-vneid-mock", daemon=True)
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise MockNotStarted("the server ended at once")
                time.sleep(0.01)
            yield RunningMock(url, provider)
        finally:
            server.should_exit = True
            thread.join(10)
