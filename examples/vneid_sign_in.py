"""A service lets people sign in with VNeID: the whole flow, against the stand-in provider.

    python examples/vneid_sign_in.py

Three parties on this machine, talking HTTP: the service with two pages (`/login`, `/callback`), the
stand-in provider, and a browser. The stand-in is not VNeID and knows invented people only; what is publicly
known of the real interface, and what is not, is in the guide "Sign-in with VNeID".

You will see who signed in, that a callback is good once and in one browser, what a locked card and other
faults look like, and that the result reaches one other service, for one transaction.
"""

from __future__ import annotations

import contextlib
import html
import re
import secrets
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, RedirectResponse

import eid
from eid.accounts.sign_in import SignIn, SignInTransactions
from eid.accounts.sign_in.back_channel import ClientSecretPost
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.errors import EidError
from eid.tokens.replay import MemoryReplayStore
from eid.vietnam.vneid import VneidSignIn
from eid.vietnam.vneid.envelope import SoftwareUnwrapper
from eid.vietnam.vneid.mock import CARD_LOCKED, KINDS, MockProvider, running

ANH = "001099012349"  # invented


class Service:
    """The relying party: two pages, and what it remembers of each browser."""

    def __init__(self, sign_in: VneidSignIn) -> None:
        self.sign_in = sign_in
        self.signed_in: list[SignIn] = []
        self.app = FastAPI(openapi_url=None)
        self.app.get("/login")(self.login)
        self.app.get("/callback")(self.callback)

    def login(self, expected: str | None = None) -> RedirectResponse:
        """Ask for consent first; then send the browser away."""
        session = secrets.token_urlsafe(32)
        start = self.sign_in.begin(
            session=session,
            transaction="opening-17",
            purpose="account_opening",
            consent="receipt-2041",
            expected=expected,
        )
        answer = RedirectResponse(start.url, 303)
        # On a real site: the names begin with __Host-, and secure=True.
        answer.set_cookie("session", session, httponly=True, samesite="lax")
        answer.set_cookie("sign-in", start.sealed, httponly=True, samesite="lax", max_age=600)
        return answer

    def callback(self, request: Request) -> PlainTextResponse:
        """The browser is back: the query string as it arrived, undecoded."""
        try:
            who = self.sign_in.finish(
                request.url.query,
                sealed=request.cookies.get("sign-in"),
                session=request.cookies.get("session", "nobody-was-here-before"),
            )
        except EidError as error:
            return PlainTextResponse(error.code, 403)
        self.signed_in.append(who)
        level = who.authentication_level or "unknown"
        return PlainTextResponse(
            f"{who.name}, {who.holder}, account level {who.account_level}, authentication level {level}, "
            f"signed: {who.signed}"
        )


@contextlib.contextmanager
def serving(app: FastAPI, listening: socket.socket) -> Iterator[None]:
    """Serve *app* in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def through_the_browser(site: str, choice: dict[str, str], *, query: str = "") -> tuple[httpx.Client, str]:
    """What a person does: open `/login`, choose on the provider's page, come back. Returns the browser and
    the address it was sent back to.
    """
    browser = httpx.Client()
    page = browser.get(f"{site}/login{query}", follow_redirects=True)
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
    form = {name: html.unescape(value) for name, value in hidden}
    answer = browser.post(str(page.url).partition("?")[0], data={**form, **choice})
    return browser, answer.headers["location"]


def main() -> None:
    """Play the parties."""
    with socket.create_server(("127.0.0.1", 0)) as listening, contextlib.ExitStack() as stack:
        site = f"http://127.0.0.1:{listening.getsockname()[1]}"
        callback = f"{site}/callback"
        unwrapper = SoftwareUnwrapper(rsa.generate_private_key(65537, 2048))  # else: SoftwareUnwrapper.load
        provider = MockProvider(
            test_only=True,
            redirect_uris=[callback],
            public_key=unwrapper.public,
            clock=eid.utc_now,
            pkce=True,
        )
        mock = stack.enter_context(running(provider))
        sign_in = VneidSignIn(
            mock.endpoints,
            client_id=provider.client_id,
            authentication=ClientSecretPost(provider.client_secret),
            redirect_uri=callback,
            unwrapper=unwrapper,
            transactions=SignInTransactions(
                [secrets.token_bytes(32)],  # the same for all processes of the service
                replay=MemoryReplayStore(),  # with several processes: SqlReplayStore, RedisReplayStore
                clock=eid.utc_now,
            ),
            clock=eid.utc_now,
            kinds=KINDS,  # what accountType means: for the real provider from the contract
            locked=[CARD_LOCKED],
            pkce=True,
        )
        stack.enter_context(contextlib.closing(sign_in))
        service = Service(sign_in)
        stack.enter_context(serving(service.app, listening))
        play(site, stack)
        pass_on(service.signed_in[0])


def play(site: str, stack: contextlib.ExitStack) -> None:
    """People and faults."""
    browser, location = through_the_browser(site, {"person": "anh"})
    stack.enter_context(contextlib.closing(browser))
    print("signed in:", browser.get(location).text)
    print("the same callback again:", browser.get(location).text)
    print("and in another browser:", httpx.get(location).text)
    for what, choice, query in (
        ("an organisation", {"person": "viduco"}, ""),
        ("a plus that became a space", {"person": "anh", "fault": "space_for_plus"}, ""),
        ("somebody else than expected", {"person": "thu"}, f"?expected={ANH}"),
        ("a locked card", {"person": "anh", "fault": "card_locked"}, ""),
        ("a late code", {"person": "anh", "fault": "late_code"}, ""),
        ("an altered answer", {"person": "anh", "fault": "changed_block"}, ""),
        ("no account level", {"person": "anh", "fault": "missing_level"}, ""),
        ("the person declines", {"decline": "1"}, ""),
    ):
        browser, location = through_the_browser(site, choice, query=query)
        with contextlib.closing(browser):
            print(f"{what}:", browser.get(location).text)


def pass_on(who: SignIn) -> None:
    """Tell the bank for which the person signed in; a shop that gets hold of the token learns nothing."""
    signer = SoftwareSigner.generate(kid="service-2026")
    issuer = eid.TokenIssuer(
        issuer="https://service.example",
        signer=signer,
        pairwise_secret=secrets.token_bytes(32),
        clock=eid.utc_now,
    )
    token = who.token(issuer, audience="https://bank.example", nonce="n-1", now=eid.utc_now())
    for name in ("shop", "bank"):
        verifier = eid.TokenVerifier(
            issuers="https://service.example",
            audience=f"https://{name}.example",
            keys=KeySet([signer.key]),
            replay=MemoryReplayStore(),
            clock=eid.utc_now,
        )
        try:
            told = verifier.verify(token, nonce="n-1")
        except EidError as error:
            print(f"the {name}: {error.code}")
        else:
            print(f"the {name}: account level {told.account_level}, transaction {told.claims['transaction']}")


if __name__ == "__main__":
    main()
