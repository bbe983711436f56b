"""A relying party, the mock provider behind real HTTP, and a browser that does what the page offers."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from eid.accounts.sign_in import SignIn, SignInStart, SignInTransactions
from eid.accounts.sign_in.back_channel import ClientSecretPost
from eid.tokens.replay import MemoryReplayStore, ReplayStore
from eid.vietnam.vneid import VneidSignIn
from eid.vietnam.vneid.envelope import SoftwareUnwrapper
from eid.vietnam.vneid.mock import CARD_LOCKED, KINDS, Fault, MockProvider, RunningMock, running

CALLBACK = "http://127.0.0.1:9/callback"
ANH, THU = "001099012349", "001198012347"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Party:
    """A service under test, and what it set up."""

    mock: RunningMock
    adapter: VneidSignIn
    clock: Clock
    session: str = "a-session-of-one-browser"

    def begin(self, **changes: Any) -> SignInStart:
        arguments: dict[str, Any] = {
            "session": self.session, "transaction": "T-1", "purpose": "account_opening", "consent": "receipt-1",
        }  # fmt: skip
        return self.adapter.begin(**{**arguments, **changes})

    def browse(self, start: SignInStart, *, person: str = "anh", fault: Fault = Fault.NONE) -> str:
        """Open the page, choose, and come back: the query of the callback."""
        return callback_query(browse(start.url, {"person": person, "fault": str(fault)}))

    def finish(self, query: str, start: SignInStart) -> SignIn:
        return self.adapter.finish(query, sealed=start.sealed, session=self.session)

    def sign_in(self, *, person: str = "anh", fault: Fault = Fault.NONE, **changes: Any) -> SignIn:
        start = self.begin(**changes)
        return self.finish(self.browse(start, person=person, fault=fault), start)


def browse(url: str, choice: dict[str, str]) -> str:
    """What a browser does: load the page, send its form with *choice*; where it is sent."""
    with httpx.Client() as browser:
        page = browser.get(url)
        assert page.status_code == 200, page.text
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
        form = {name: html.unescape(value) for name, value in hidden}
        answer = browser.post(url.partition("?")[0], data={**form, **choice})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def callback_query(location: str) -> str:
    assert location.startswith(CALLBACK + "?")
    return urlsplit(location).query


def transactions(clock: Clock, replay: ReplayStore | None = None, **options: Any) -> SignInTransactions:
    secret = options.pop("secret", None) or secrets.token_bytes(32)
    return SignInTransactions([secret], replay=replay or MemoryReplayStore(), clock=clock, **options)


@contextmanager
def relying_party(
    unwrapper: SoftwareUnwrapper, *, pkce: bool = True, kept: SignInTransactions | None = None, **options: Any
) -> Iterator[Party]:
    clock = Clock()
    provider = MockProvider(
        test_only=True, redirect_uris=[CALLBACK], public_key=unwrapper.public, clock=clock, pkce=pkce
    )
    with running(provider) as mock:
        adapter = VneidSignIn(
            mock.endpoints,
            client_id=provider.client_id,
            authentication=ClientSecretPost(provider.client_secret),
            redirect_uri=CALLBACK,
            unwrapper=unwrapper,
            transactions=kept or transactions(clock),
            clock=clock,
            **{"kinds": KINDS, "locked": [CARD_LOCKED], "pkce": pkce, **options},
        )
        try:
            yield Party(mock, adapter, clock)
        finally:
            adapter.close()
