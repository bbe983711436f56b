"""Sign-in through an OpenID Connect provider over HTTP; its tokens are made by another implementation."""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from openid_provider import CALLBACK, CLIENT, SECRET, START, Provider

from eid.accounts.sign_in import SignIn, SignInStart, SignInTransactions
from eid.accounts.sign_in.back_channel import ClientSecretBasic, ClientSecretPost
from eid.accounts.sign_in.oidc import OidcProvider, OidcSignIn
from eid.accounts.usage import SubjectKey
from eid.accounts.usage.log import MemoryUsageLog
from eid.crypto.keys import Key, KeySet
from eid.errors import (
    AddressForbidden,
    AlgorithmForbidden,
    AudienceMismatch,
    AuthenticationInsufficient,
    ClaimInvalid,
    ClaimMissing,
    EidError,
    HeaderInvalid,
    InputError,
    IssuerMismatch,
    NonceMismatch,
    SignInAnswerInvalid,
    SignInCodeRefused,
    SignInDenied,
    SignInOtherPerson,
    SignInProviderUnavailable,
    SignInReplayed,
    SignInResponseInvalid,
    SignInStateMismatch,
    SignInTransactionInvalid,
    TokenExpired,
    TokenSignatureInvalid,
    TokenTypeMismatch,
    UnknownKey,
)
from eid.tokens.replay import MemoryReplayStore

SESSION = "a-session-of-one-browser"
ACR = {"urn:op:low": 1, "urn:op:high": 3}
FACTORS = {"pwd": "password", "face": "face", "hwk": "digital_device"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with contextlib.closing(Provider()) as provider:
        yield provider


class Service:
    def __init__(self, provider: Provider, **options: Any) -> None:
        self.provider = provider
        known = OidcProvider.discover(provider.url, clock=provider.clock)
        self.adapter = OidcSignIn(
            options.pop("known", None) or known,
            **{
                "client_id": CLIENT,
                "authentication": ClientSecretBasic(SECRET),
                "redirect_uri": CALLBACK,
                "transactions": SignInTransactions(
                    [secrets.token_bytes(32)], replay=MemoryReplayStore(), clock=provider.clock
                ),
                "clock": provider.clock,
                "acr": ACR,
                "factors": FACTORS,
                **options,
            },
        )

    def begin(self, **options: Any) -> SignInStart:
        return self.adapter.begin(
            **{"session": SESSION, "transaction": "T-1", "purpose": "p", "consent": "c", **options}
        )

    def finish(self, response: str, start: SignInStart) -> SignIn:
        return self.adapter.finish(response, sealed=start.sealed, session=SESSION)

    def sign_in(self, **options: Any) -> SignIn:
        start = self.begin(**options)
        return self.finish(self.provider.authorise(start.url), start)

    def close(self) -> None:
        self.adapter.close()


@pytest.fixture
def service(provider: Provider) -> Iterator[Service]:
    with contextlib.closing(Service(provider)) as service:
        yield service


# --- who signs in --------------------------------------------------------------------------------


@pytest.mark.parametrize("authentication", [ClientSecretBasic(SECRET), ClientSecretPost(SECRET)])
def test_the_service_learns_who_signed_in_and_how(provider: Provider, authentication: Any) -> None:
    with contextlib.closing(Service(provider, authentication=authentication)) as service:
        signed_in = service.sign_in()
    assert (signed_in.subject, signed_in.provider, signed_in.signed) == ("person-1", provider.url, True)
    assert (signed_in.account_level, signed_in.authentication_level) == (None, 3)
    assert signed_in.authenticated_at == START - timedelta(seconds=60)
    assert [(each.kind, each.transaction) for each in signed_in.factors] == [
        ("password", "T-1"),
        ("face", "T-1"),
    ]
    assert all(each.at == START - timedelta(seconds=60) for each in signed_in.factors)
    assert signed_in.claims["name"] == "Nguyễn Đức Ánh"
    assert "Ánh" not in repr(signed_in)
    assert signed_in.evidence().kind == "oidc_sign_in"


def test_every_request_has_state_nonce_and_pkce(service: Service) -> None:
    asked = [dict(parse_qsl(urlsplit(service.begin().url).query)) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name]) == 43
        assert asked[0][name] != asked[1][name]
    assert {name: asked[0][name] for name in ("response_type", "scope", "code_challenge_method")} == {
        "response_type": "code", "scope": "openid", "code_challenge_method": "S256",
    }  # fmt: skip
    assert asked[0].keys().isdisjoint({"code_verifier", "client_secret", "max_age", "acr_values", "prompt"})


def test_what_is_asked_for_is_sent(service: Service) -> None:
    url = service.begin(acr_values=["urn:op:high", "x"], max_age=timedelta(minutes=5), again=True).url
    asked = dict(parse_qsl(urlsplit(url).query))
    assert (asked["acr_values"], asked["max_age"], asked["prompt"]) == ("urn:op:high x", "300", "login")


@pytest.mark.parametrize(("acr", "level"), [("urn:op:low", 1), ("urn:op:other", None), (None, None)])
def test_an_acr_that_nobody_mapped_means_unknown(
    service: Service, acr: str | None, level: int | None
) -> None:
    service.provider.claims["acr"] = acr
    assert service.sign_in().authentication_level == level


def test_methods_that_nobody_mapped_are_no_factors(service: Service) -> None:
    service.provider.claims["amr"] = ["otp", "pwd", "pwd"]
    signed_in = service.sign_in()
    assert [each.kind for each in signed_in.factors] == ["password"]
    assert signed_in.methods == ("otp", "pwd", "pwd")


def test_userinfo_never_overrides_what_was_signed(service: Service) -> None:
    service.provider.userinfo.update(acr="urn:op:low", iss="https://evil.example")
    signed_in = service.sign_in()
    assert (signed_in.authentication_level, signed_in.claims["iss"]) == (3, service.provider.url)


def test_how_the_person_authenticated_is_told_by_the_id_token_alone(service: Service) -> None:
    service.provider.claims.update(acr=None, amr=None, auth_time=None)
    service.provider.userinfo.update(acr="urn:op:high", amr=["face"], auth_time=1, exp=[])
    signed_in = service.sign_in()
    assert (signed_in.authentication_level, signed_in.methods, signed_in.factors) == (None, (), ())
    assert signed_in.authenticated_at is None
    assert signed_in.claims["name"] == "Nguyễn Đức Ánh"


def test_keys_are_changed_by_the_provider_without_a_restart(service: Service) -> None:
    assert service.sign_in().subject == "person-1"
    service.provider.key = ECKey.generate_key("P-256", {"kid": "op-2", "alg": "ES256"})
    service.provider.header["kid"] = "op-2"
    service.provider.clock.now += timedelta(seconds=61)
    assert service.sign_in().subject == "person-1"


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"iss": "https://other.example"}, IssuerMismatch),
        ({"iss": None}, ClaimMissing),
        ({"aud": "another"}, AudienceMismatch),
        ({"aud": []}, AudienceMismatch),
        ({"aud": None}, ClaimMissing),
        ({"aud": [CLIENT, "stranger"], "azp": CLIENT}, AudienceMismatch),
        ({"azp": "another"}, AudienceMismatch),
        ({"nonce": "another"}, NonceMismatch),
        ({"nonce": None}, ClaimMissing),
        ({"exp": int(START.timestamp()) - 31, "iat": int(START.timestamp()) - 400, "auth_time": None}, TokenExpired),
        ({"exp": None}, ClaimMissing),
        ({"iat": None}, ClaimMissing),
        ({"iat": int(START.timestamp()) + 31}, EidError),
        ({"exp": int(START.timestamp()) + 90_000}, EidError),
        ({"sub": None}, ClaimMissing),
        ({"sub": "x" * 256}, ClaimInvalid),
        ({"sub": "é"}, ClaimInvalid),
        ({"sub": 5}, ClaimInvalid),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, ClaimInvalid),
        ({"acr": 3}, ClaimInvalid),
        ({"amr": "pwd"}, ClaimInvalid),
        ({"auth_time": int(START.timestamp()) + 31}, ClaimInvalid),
        ({"auth_time": "yesterday"}, ClaimInvalid),
    ],
)  # fmt: skip
def test_an_id_token_that_does_not_hold_signs_nobody_in(
    service: Service, changes: dict[str, Any], error: type[EidError]
) -> None:
    service.provider.claims.update(changes)
    with pytest.raises(error):
        service.sign_in()


def test_the_client_may_stand_in_a_list_and_beside_those_it_trusts(provider: Provider) -> None:
    for audience, azp in (([CLIENT], None), ([CLIENT, "friend"], CLIENT)):
        provider.claims.update(aud=audience, azp=azp)
        with contextlib.closing(Service(provider, audiences=frozenset({"friend"}))) as service:
            assert service.sign_in().subject == "person-1"
    provider.claims["azp"] = None  # several, and nobody says for whom
    with (
        contextlib.closing(Service(provider, audiences=frozenset({"friend"}))) as service,
        pytest.raises(ClaimMissing),
    ):
        service.sign_in()


def test_an_id_token_without_at_hash_is_complete(service: Service) -> None:
    service.provider.claims["at_hash"] = None
    assert service.sign_in().subject == "person-1"


@pytest.mark.parametrize(
    "attack", ["none", "hmac", "other key", "same kid", "no kid", "access token", "altered"]
)
def test_a_token_that_is_not_the_providers_signs_nobody_in(service: Service, attack: str) -> None:
    op = service.provider

    def forged(document: dict[str, Any]) -> tuple[int, bytes]:
        token = document["id_token"]
        claims = token.split(".")[1]
        body = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        match attack:
            case "none":
                token = f"eyJhbGciOiJub25lIiwia2lkIjoib3AtMSJ9.{claims}."
            case "hmac":
                head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"op-1"}').decode().rstrip("=")
                mac = hmac.digest(op.key.as_pem(private=False), f"{head}.{claims}".encode(), "sha256")
                token = f"{head}.{claims}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
            case "other key":
                token = jwt.encode({"alg": "ES256", "kid": "op-9"}, body, ECKey.generate_key("P-256"))
            case "same kid":
                token = jwt.encode({"alg": "ES256", "kid": "op-1"}, body, ECKey.generate_key("P-256"))
            case "no kid":
                token = jwt.encode({"alg": "ES256"}, body, op.key)
            case "access token":
                token = jwt.encode({"alg": "ES256", "kid": "op-1", "typ": "at+jwt"}, body, op.key)
            case "altered":
                head, _, signature = token.split(".")
                body["sub"] = "person-2"
                encoded = base64.urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")
                token = f"{head}.{encoded}.{signature}"
        return 200, json.dumps({**document, "id_token": token}).encode()

    op.answer = forged
    with pytest.raises(EidError) as caught:
        service.sign_in()
    assert caught.value.code in {
        "none": {AlgorithmForbidden.code}, "hmac": {AlgorithmForbidden.code}, "other key": {UnknownKey.code},
        "same kid": {TokenSignatureInvalid.code}, "no kid": {HeaderInvalid.code}, "access token": {TokenTypeMismatch.code},
        "altered": {TokenSignatureInvalid.code},
    }[attack]  # fmt: skip


def test_an_algorithm_outside_the_callers_list_is_refused(provider: Provider) -> None:
    with (
        contextlib.closing(Service(provider, algorithms=frozenset({"PS256"}))) as service,
        pytest.raises(AlgorithmForbidden),
    ):
        service.sign_in()


def test_what_was_asked_for_has_to_come_back(service: Service) -> None:
    assert service.sign_in(acr_values=["urn:op:high"]).authentication_level == 3
    with pytest.raises(AuthenticationInsufficient):
        service.sign_in(acr_values=["urn:op:highest"])
    service.provider.claims["acr"] = None
    with pytest.raises(AuthenticationInsufficient):
        service.sign_in(acr_values=["urn:op:high"])


def test_an_old_authentication_is_refused_when_a_recent_one_was_asked_for(service: Service) -> None:
    # Authenticated 60 seconds ago; clocks may differ by 30.
    assert service.sign_in(max_age=timedelta(seconds=30)).subject == "person-1"
    with pytest.raises(AuthenticationInsufficient):
        service.sign_in(max_age=timedelta(seconds=29))
    service.provider.claims["auth_time"] = None
    assert service.sign_in().authenticated_at is None
    with pytest.raises(ClaimMissing):
        service.sign_in(max_age=timedelta(minutes=5))


def test_who_has_to_authenticate_again_did_so_after_the_sign_in_was_begun(service: Service) -> None:
    """The browser can drop ``prompt`` and ``max_age`` from the address, and a session there goes on."""
    start, clock = service.begin(again=True), service.provider.clock
    stripped = start.url.replace("&prompt=login", "").replace("&max_age=0", "")
    assert stripped != start.url
    for ago, refused in ((timedelta(seconds=30), False), (timedelta(seconds=31), True)):
        service.provider.claims["auth_time"] = int((clock.now - ago).timestamp())
        start = service.begin(again=True)
        response = service.provider.authorise(start.url)
        if refused:
            with pytest.raises(AuthenticationInsufficient):
                service.finish(response, start)
        else:
            assert service.finish(response, start).subject == "person-1"
    service.provider.claims["auth_time"] = None
    with pytest.raises(ClaimMissing):
        service.sign_in(again=True)


def test_who_authenticated_again_may_take_their_time_afterwards(service: Service) -> None:
    start, clock = service.begin(again=True), service.provider.clock
    service.provider.claims["auth_time"] = int(clock.now.timestamp())
    clock.now += timedelta(minutes=5)
    assert service.finish(service.provider.authorise(start.url), start).subject == "person-1"
    start = service.begin(again=True, max_age=timedelta(minutes=1))
    service.provider.claims["auth_time"] = int(clock.now.timestamp())
    clock.now += timedelta(minutes=5)
    with pytest.raises(AuthenticationInsufficient):
        service.finish(service.provider.authorise(start.url), start)


def test_factors_of_which_nobody_says_when_they_were_used_do_not_count_as_of_now(service: Service) -> None:
    service.provider.claims["auth_time"] = None
    signed_in = service.sign_in()
    assert (signed_in.methods, signed_in.factors) == (("pwd", "face"), ())


def test_a_sign_in_goes_into_the_log_of_uses_without_the_person(service: Service) -> None:
    log = MemoryUsageLog(key=SubjectKey(bytes(32)))
    signed_in = service.sign_in()
    for _ in range(2):  # the answer of the log was lost
        (entry,) = log.append(signed_in.entry(requester="bank.example", subject="a-17"))
    assert list(log.of_subject("a-17")) == [entry]
    assert list(log.of_subject("person-1")) == []
    said = entry.to_json()
    assert (said["kind"], said["action"], said["outcome"]) == ("disclosure", "oidc_sign_in", "DONE")
    assert (said["channel"], said["reference"], said["purpose"]) == (service.provider.url, "T-1", "p")
    assert (said["codes"], said["at"]) == (["AUTHENTICATION_LEVEL_3"], START.isoformat())
    assert "person-1" not in str(said)


def test_somebody_else_than_expected_is_refused(service: Service) -> None:
    assert service.sign_in(expected="person-1").subject == "person-1"
    with pytest.raises(SignInOtherPerson):
        service.sign_in(expected="person-2")


@pytest.mark.parametrize("said", [{"sub": "person-2"}, {"sub": None}, {"sub": 5}])
def test_userinfo_about_somebody_else_is_refused(service: Service, said: dict[str, Any]) -> None:
    service.provider.userinfo.update(said)
    with pytest.raises(SignInOtherPerson):
        service.sign_in()


def test_a_callback_and_a_code_are_good_once(service: Service) -> None:
    start = service.begin()
    response = service.provider.authorise(start.url)
    service.finish(response, start)
    with pytest.raises(SignInReplayed):
        service.finish(response, start)
    again = service.begin()
    state = dict(parse_qsl(urlsplit(again.url).query))["state"]
    with pytest.raises(SignInCodeRefused):
        service.finish(urlencode({**dict(parse_qsl(response)), "state": state}), again)


def test_a_code_of_another_transaction_fails_on_pkce(service: Service) -> None:
    victim, thief = service.begin(), service.begin()
    stolen = dict(parse_qsl(service.provider.authorise(victim.url)))
    state = dict(parse_qsl(urlsplit(thief.url).query))["state"]
    with pytest.raises(SignInCodeRefused):
        service.finish(urlencode({**stolen, "state": state}), thief)


def test_an_answer_of_another_provider_is_refused(service: Service) -> None:
    """Mix-up (RFC 9207): each answer says who gives it, and each transaction to whom it belongs."""
    for changes in ({"iss": "https://other.example"}, {"iss": ""}):
        start = service.begin()
        with pytest.raises(SignInResponseInvalid):
            service.finish(service.provider.authorise(start.url, **changes), start)
    start = service.begin()
    without = dict(parse_qsl(service.provider.authorise(start.url)))
    del without["iss"]
    with pytest.raises(SignInResponseInvalid):
        service.finish(urlencode(without), start)


def test_a_transaction_of_another_provider_is_refused(provider: Provider) -> None:
    shared = SignInTransactions([secrets.token_bytes(32)], replay=MemoryReplayStore(), clock=provider.clock)
    with (
        contextlib.closing(Provider()) as evil,
        contextlib.closing(Service(provider, transactions=shared)) as honest,
        contextlib.closing(Service(evil, transactions=shared)) as other,
    ):
        start = other.begin()
        with pytest.raises(SignInTransactionInvalid):
            honest.finish(provider.authorise(start.url), start)


def test_a_wrong_state_and_another_session_are_refused(service: Service) -> None:
    start = service.begin()
    response = service.provider.authorise(start.url)
    with pytest.raises(SignInStateMismatch):
        service.finish(response.replace("state=", "state=x"), start)
    with pytest.raises(SignInTransactionInvalid):
        service.adapter.finish(response, sealed=start.sealed, session="the-session-of-another")
    assert service.finish(response, start).subject == "person-1"


def test_a_person_who_declines_is_not_signed_in(service: Service) -> None:
    start = service.begin()
    with pytest.raises(SignInDenied) as caught:
        service.finish(service.provider.authorise(start.url, error="access_denied"), start)
    assert caught.value.reason == "access_denied"


def test_a_wrong_client_secret_is_refused(provider: Provider) -> None:
    with (
        contextlib.closing(Service(provider, authentication=ClientSecretPost("wrong"))) as service,
        pytest.raises(SignInCodeRefused, match="invalid_client"),
    ):
        service.sign_in()


@pytest.mark.parametrize(
    ("status", "change", "error"),
    [
        (500, {}, SignInProviderUnavailable), (302, {}, SignInProviderUnavailable), (200, None, SignInAnswerInvalid),
        (200, {"token_type": "DPoP"}, SignInAnswerInvalid), (200, {"token_type": None}, SignInAnswerInvalid),
        (200, {"id_token": None}, SignInAnswerInvalid), (200, {"id_token": ["x"]}, SignInAnswerInvalid),
        (200, {"access_token": ""}, SignInAnswerInvalid), (200, {"access_token": "a\r\nX: y"}, SignInAnswerInvalid),
        (200, {"access_token": "x" * 40_000}, SignInAnswerInvalid), (400, {}, SignInCodeRefused),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_signs_nobody_in(
    service: Service, status: int, change: dict[str, Any] | None, error: type[EidError]
) -> None:
    service.provider.answer = lambda document: (
        status, b"no JSON" if change is None else json.dumps({**document, **change}).encode(),
    )  # fmt: skip
    with pytest.raises(error):
        service.sign_in()


# --- setting it up -------------------------------------------------------------------------------


def metadata(**changes: Any) -> bytes:
    document = {
        "issuer": "https://op.example", "authorization_endpoint": "https://op.example/a", "token_endpoint": "https://op.example/t",
        "jwks_uri": "https://op.example/k", "userinfo_endpoint": "https://op.example/u", **changes,
    }  # fmt: skip
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


def read(octets: bytes) -> OidcProvider:
    return OidcProvider.from_metadata(octets, issuer="https://op.example", key_source=lambda _: KeySet([]))


def test_a_metadata_document_is_read() -> None:
    found = read(metadata())
    assert (found.token, found.userinfo, found.says_iss) == (
        "https://op.example/t",
        "https://op.example/u",
        False,
    )
    assert read(metadata(userinfo_endpoint=None)).userinfo is None
    assert read(metadata(authorization_response_iss_parameter_supported=True)).says_iss


@pytest.mark.parametrize(
    ("octets", "error"),
    [
        (metadata(issuer="https://op.example/"), IssuerMismatch), (metadata(issuer=None), SignInAnswerInvalid),
        (metadata(token_endpoint=None), SignInAnswerInvalid), (metadata(token_endpoint=5), SignInAnswerInvalid),
        (metadata(token_endpoint="http://op.example/t"), AddressForbidden), (metadata(jwks_uri="ftp://x"), AddressForbidden),
        (metadata(token_endpoint="http://127.0.0.1:6379/"), AddressForbidden), (metadata(jwks_uri="http://localhost:9200/"), AddressForbidden),
        (metadata(userinfo_endpoint="http://[::1]:2375/"), AddressForbidden), (metadata(authorization_endpoint="http://localhost/"), AddressForbidden),
        (metadata(authorization_endpoint="javascript:x"), AddressForbidden), (metadata(userinfo_endpoint=""), SignInAnswerInvalid),
        (metadata(code_challenge_methods_supported=["plain"]), SignInAnswerInvalid),
        (metadata(response_types_supported=["token"]), SignInAnswerInvalid), (b"[]", SignInAnswerInvalid), (b"", SignInAnswerInvalid),
        (b'{"issuer":"https://op.example","issuer":"x"}', SignInAnswerInvalid), (metadata(x="y" * 70_000), SignInAnswerInvalid),
    ],
)  # fmt: skip
def test_a_metadata_document_that_is_wrong_is_refused(octets: bytes, error: type[EidError]) -> None:
    with pytest.raises(error):
        read(octets)


@pytest.mark.parametrize(
    "options",
    [{"acr": {"x": 0}}, {"acr": {"x": 5}}, {"acr": {"x": True}}, {"acr": {"x": "3"}}, {"algorithms": frozenset()},
     {"algorithms": frozenset({"none"})}, {"algorithms": frozenset({"HS256"})}, {"scope": "profile"},
     {"known": OidcProvider(issuer="https://op.example/" + "x" * 110, authorization="https://op.example/", token="https://op.example/", keys=KeySet([]))},
     {"redirect_uri": "http://service.example/"}],
)  # fmt: skip
def test_a_setting_that_would_weaken_it_is_refused(provider: Provider, options: dict[str, Any]) -> None:
    with pytest.raises(InputError if "redirect_uri" not in options else AddressForbidden):
        Service(provider, **options)


def test_a_provider_that_is_gone_is_an_error_of_the_environment(provider: Provider) -> None:
    key = Key.from_jwk(provider.key.as_dict(private=False))
    assert key.kid == "op-1"
    with pytest.raises(SignInProviderUnavailable):
        OidcProvider.discover("http://127.0.0.1:9", clock=provider.clock)
