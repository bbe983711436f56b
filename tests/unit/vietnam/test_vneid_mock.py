"""The mock provider: it runs in tests only, for this machine only, and says on each page what it is not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from vneid_flow import ANH, CALLBACK, Clock, Party, browse, relying_party

from eid.errors import MockNotStarted, MockRefused, SignInDenied
from eid.vietnam.number import parse_number
from eid.vietnam.vneid.envelope import SoftwareUnwrapper, open_code, open_json, restore_plus
from eid.vietnam.vneid.mock import PEOPLE, MockProvider, running

UNWRAPPER = SoftwareUnwrapper(rsa.generate_private_key(65537, 2048))


@pytest.fixture
def party() -> Iterator[Party]:
    with relying_party(UNWRAPPER) as party:
        yield party


def provider(**changes: object) -> MockProvider:
    arguments = {
        "test_only": True,
        "redirect_uris": [CALLBACK],
        "public_key": UNWRAPPER.public,
        "clock": Clock(),
    }
    return MockProvider(**{**arguments, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"test_only": False}, {"test_only": 1}, {"test_only": "yes"}, {"redirect_uris": []},
        {"redirect_uris": "http://127.0.0.1/"}, {"redirect_uris": ["https://service.example/callback"]},
        {"redirect_uris": [CALLBACK, "http://10.0.0.1/"]}, {"redirect_uris": ["http://127.0.0.1.example/"]},
        {"redirect_uris": ["http://127.0.0.1@service.example/"]}, {"redirect_uris": ["app://127.0.0.1/"]},
        {"redirect_uris": ["//127.0.0.1/"]}, {"redirect_uris": ["http://[::1/"]},
        # A browser reads the backslash as a slash, and goes to the host before it.
        {"redirect_uris": ["http://service.example\\@127.0.0.1/"]}, {"redirect_uris": ["http://127.0.0.1/?a=b"]},
        {"redirect_uris": ["http://127.0.0.1/#a"]},
    ],
)  # fmt: skip
def test_it_refuses_to_be_used_for_anything_but_a_test_on_this_machine(changes: dict[str, object]) -> None:
    with pytest.raises(MockRefused):
        provider(**changes)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.1", "example.com", "127.0.0.1.example.com"])
def test_it_listens_nowhere_that_others_can_reach(host: str) -> None:
    with pytest.raises(MockRefused), running(provider(), host=host):
        pass


def test_a_port_that_is_taken_is_another_error() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(MockNotStarted),
        running(provider(), port=taken.getsockname()[1]),
    ):
        pass


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"Via": "1.1 proxy"},
        {"Host": "service.example"}, {"Host": "10.0.0.1"}, {"Host": "localhost.example"},
    ],
)  # fmt: skip
def test_it_answers_nobody_behind_a_proxy_or_another_name(party: Party, headers: dict[str, str]) -> None:
    for path in ("/", "/authorize", "/token", "/userinfo"):
        method = "POST" if path == "/token" else "GET"
        assert httpx.request(method, party.mock.url + path, headers=headers).status_code == 403


def test_every_page_says_that_it_is_not_official(party: Party) -> None:
    for url in (party.mock.url, party.begin().url, party.mock.url + "/authorize"):
        answer = httpx.get(url)
        assert "KHÔNG phải VNeID" in answer.text
        assert "NOT VNeID" in answer.text
        assert answer.headers["x-eid-mock"] == "stand-in for tests, not VNeID"
        assert answer.headers["cache-control"] == "no-store"


def test_its_people_have_well_formed_numbers_and_kinds_that_cannot_be_taken_for_real_ones() -> None:
    for person in PEOPLE:
        assert parse_number(person.claims["citizenPid"]).number == person.claims["citizenPid"]
        assert str(person.claims["accountType"]).startswith("mock-")  # never a value that could be real
    assert len({person.claims["citizenPid"] for person in PEOPLE}) == len(PEOPLE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_id", "another"), ("redirect_uri", "http://127.0.0.1:9/elsewhere"), ("response_type", "token"),
        ("scope", "profile"), ("state", ""), ("code_challenge_method", "plain"), ("code_challenge", None),
    ],
)  # fmt: skip
def test_a_request_that_is_wrong_sends_the_browser_nowhere(
    party: Party, name: str, value: str | None
) -> None:
    url = party.begin().url
    parameters: dict[str, str] = dict(parse_qsl(urlsplit(url).query))
    if value is None:
        del parameters[name]
    else:
        parameters[name] = value
    for answer in (
        httpx.get(party.mock.url + "/authorize", params=parameters),
        httpx.post(party.mock.url + "/authorize", data={**parameters, "person": "anh"}),
    ):
        assert answer.status_code == 400
        assert "location" not in answer.headers


def test_what_a_request_says_is_text_on_the_page_and_no_markup(party: Party) -> None:
    parameters = dict(parse_qsl(urlsplit(party.begin().url).query)) | {"state": '"><script>x</script>'}
    page = httpx.get(party.mock.url + "/authorize", params=parameters).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_page_works_in_a_browser_that_only_knows_the_page(party: Party) -> None:
    start = party.begin()
    location = browse(start.url, {"decline": "1"})
    with pytest.raises(SignInDenied):
        party.finish(urlsplit(location).query, start)


def _code(party: Party) -> tuple[str, dict[str, str]]:
    """A code in clear, as only the relying party's key opens it, and the form that redeems it."""
    party = Party(party.mock, party.adapter, party.clock)
    start = party.begin()
    found = dict(parse_qsl(party.browse(start)))
    code = open_code(restore_plus(found["code"]), restore_plus(found["encrypt_key"]), UNWRAPPER)
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "client_id": "test-client",
        "client_secret": party.mock.provider.client_secret,
    }  # fmt: skip
    return code, form


@pytest.fixture
def plain_party() -> Iterator[Party]:
    with relying_party(UNWRAPPER, pkce=False) as party:
        yield party


def test_a_code_is_good_once_and_its_second_use_withdraws_what_came_of_it(plain_party: Party) -> None:
    _, form = _code(plain_party)
    url = plain_party.mock.endpoints
    first = httpx.post(url.token, data=form)
    assert first.status_code == 200
    sealed = first.json()
    assert set(sealed) == {"data", "key"}  # nothing in clear
    token = open_json(sealed["data"], sealed["key"], UNWRAPPER)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(url.userinfo, headers=headers).status_code == 200
    assert httpx.post(url.token, data=form).status_code == 401
    assert httpx.get(url.userinfo, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("name", "value"),
    [("grant_type", "password"), ("redirect_uri", CALLBACK + "2"), ("client_id", "x"), ("client_secret", "x"), ("code", "x"),
     ("code", "")],
)  # fmt: skip
def test_only_the_party_that_asked_redeems_a_code(plain_party: Party, name: str, value: str) -> None:
    _, form = _code(plain_party)
    answer = httpx.post(plain_party.mock.endpoints.token, data={**form, name: value})
    assert answer.status_code == 401
    assert ANH not in answer.text


def test_codes_and_tokens_live_for_seconds(plain_party: Party) -> None:
    url, clock = plain_party.mock.endpoints, plain_party.clock
    _, form = _code(plain_party)
    clock.now += timedelta(seconds=29)
    sealed = httpx.post(url.token, data=form).json()
    token = open_json(sealed["data"], sealed["key"], UNWRAPPER)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    clock.now += timedelta(seconds=59)
    assert httpx.get(url.userinfo, headers=headers).status_code == 200
    clock.now += timedelta(seconds=1)
    assert httpx.get(url.userinfo, headers=headers).status_code == 401


def test_bodies_and_stores_are_bounded(plain_party: Party) -> None:
    assert httpx.post(plain_party.mock.endpoints.token, content=b"x" * 20_000).status_code == 413
    assert httpx.post(plain_party.mock.endpoints.token, content=b"\xff").status_code == 400
