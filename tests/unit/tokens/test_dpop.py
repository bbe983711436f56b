"""Proofs of possession (RFC 9449): for one request, by one key, once."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.keys import KeySet, SoftwareSigner
from eid.errors import (
    DpopKeyMismatch,
    DpopNonceMismatch,
    DpopReplayed,
    DpopTimeMismatch,
    DpopUrlMismatch,
    EidError,
    InputError,
    ProofMissing,
    ReplayStoreUnavailable,
    TokenNotBound,
    TokenReplayed,
)
from eid.tokens.dpop import (
    DpopRequest,
    DpopVerifier,
    check_proof,
    confirmation_claim,
    confirmed_thumbprint,
    make_proof,
    normalised_url,
)
from eid.tokens.issuing import Subject, TokenIssuer
from eid.tokens.replay import MemoryReplayStore
from eid.tokens.verifying import TokenVerifier

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
URL, TOKEN = "https://portal.example/eid/token", "eyJ.eyJ.c2ln"
HOLDER, MALLORY = SoftwareSigner.generate(), SoftwareSigner.generate()


def proof(signer: SoftwareSigner = HOLDER, **changes: Any) -> str:
    settings = {"method": "POST", "url": URL, "token": TOKEN, "nonce": None, "now": NOW, **changes}
    return make_proof(signer, signer.key, **settings)


def request(text: str, **changes: Any) -> DpopRequest:
    return DpopRequest(**{"proof": text, "method": "POST", "url": URL, "nonce": None, **changes})


def check(asked: DpopRequest, **changes: Any) -> Any:
    settings = {"token": TOKEN, "thumbprint": HOLDER.key.thumbprint(), "now": NOW, **changes}
    return check_proof(asked, **settings)


def verifier(**changes: Any) -> DpopVerifier:
    return DpopVerifier(**{"replay": MemoryReplayStore(), "clock": lambda: NOW, **changes})


def made(claims: dict[str, Any] | bytes, signer: SoftwareSigner = HOLDER, **header: Any) -> str:
    """A proof by hand."""
    jwk = {name: value for name, value in signer.key.to_jwk().items() if name in ("kty", "crv", "x", "y")}
    head = {"typ": "dpop+jwt", "alg": signer.alg, "jwk": jwk, **header}
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    first, second = (
        base64.urlsafe_b64encode(each).rstrip(b"=") for each in (json.dumps(head).encode(), body)
    )
    signature = base64.urlsafe_b64encode(signer.sign(first + b"." + second)).rstrip(b"=")
    return b".".join((first, second, signature)).decode()


def claims(**changes: Any) -> dict[str, Any]:
    ath = base64.urlsafe_b64encode(hashlib.sha256(TOKEN.encode()).digest()).rstrip(b"=").decode()
    whole = {"jti": "p-1", "htm": "POST", "htu": URL, "iat": int(NOW.timestamp()), "ath": ath, **changes}
    return {name: value for name, value in whole.items() if value != "OUT"}


# --- what holds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "Ed25519", "RS256", "PS256"])
def test_a_proof_holds_for_its_request(alg: str) -> None:
    signer = SoftwareSigner.generate(alg)
    found = check(request(proof(signer)), thumbprint=signer.key.thumbprint())
    assert found.thumbprint == signer.key.thumbprint()
    assert found.issued_at == NOW


def test_a_proof_shows_no_private_key() -> None:
    header = jwt.get_unverified_header(proof())
    assert header["jwk"].keys() == {"kty", "crv", "x", "y", "alg"}


def test_rfc_9449_section_4_2() -> None:
    """The example of the standard (figure 2), at its time."""
    text = (
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik"
        "VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR"
        "nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE"
        "QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIj"
        "oiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia"
        "WF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg"
        "4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
    )
    at = datetime.fromtimestamp(1562262616, UTC)
    asked = request(text, url="https://server.example.com/token")
    found = check(asked, token=None, thumbprint=None, now=at)
    assert found.jti == "-BwC3ESc6acc2lTc"


def test_a_proof_is_good_for_one_use() -> None:
    one, asked = verifier(), request(proof())
    settings = {"token": TOKEN, "thumbprint": HOLDER.key.thumbprint()}
    one.verify(asked, **settings)
    with pytest.raises(DpopReplayed):
        one.verify(asked, **settings)
    one.verify(request(proof()), **settings)


def test_a_proof_that_does_not_hold_is_not_used_up() -> None:
    one, asked = verifier(), request(proof())
    with pytest.raises(DpopKeyMismatch):
        one.verify(asked, token=TOKEN, thumbprint=MALLORY.key.thumbprint())
    assert one.verify(asked, token=TOKEN, thumbprint=HOLDER.key.thumbprint())


def test_nothing_is_accepted_while_used_proofs_cannot_be_looked_up() -> None:
    class Down:
        def use(self, *_: object, **__: object) -> bool:
            raise ReplayStoreUnavailable("down")

    with pytest.raises(ReplayStoreUnavailable):
        verifier(replay=Down()).verify(request(proof()), token=TOKEN, thumbprint=None)


def test_a_used_proof_is_remembered_as_long_as_it_could_be_accepted() -> None:
    store, asked = MemoryReplayStore(), request(proof())
    verifier(replay=store).verify(asked, token=TOKEN, thumbprint=None)
    with pytest.raises(DpopReplayed):
        verifier(replay=store, clock=lambda: NOW + timedelta(seconds=90)).verify(
            asked, token=TOKEN, thumbprint=None
        )


@pytest.mark.parametrize("seconds", [-90, -60, 0, 30])
def test_a_proof_about_now_is_accepted(seconds: int) -> None:
    assert check(request(proof(now=NOW + timedelta(seconds=seconds))))


@pytest.mark.parametrize("seconds", [-91, -3600, 31, 3600])
def test_a_proof_of_another_time_is_refused(seconds: int) -> None:
    with pytest.raises(DpopTimeMismatch):
        check(request(proof(now=NOW + timedelta(seconds=seconds))))


def test_the_servers_value_has_to_be_in_the_proof_when_it_gave_one() -> None:
    assert check(request(proof(nonce="s-1"), nonce="s-1"))
    assert check(request(proof(nonce="s-1"))), "a value nobody asked for is no harm"
    for text in (proof(), proof(nonce="s-2"), proof(nonce="S-1")):
        with pytest.raises(DpopNonceMismatch):
            check(request(text, nonce="s-1"))


# --- what does not -------------------------------------------------------------------------------

_NUMBER = {"kty": "EC", "crv": "P-256", "x": 1, "y": 2}
_PRIVATE = {**HOLDER.key.to_jwk(), "d": base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (proof(MALLORY), "DPOP_KEY"),
        (proof(method="GET"), "DPOP_METHOD"),
        (proof(url="https://portal.example/eid/other"), "DPOP_URL"),
        (proof(url="http://portal.example/eid/token"), "DPOP_URL"),
        (proof(token="another"), "DPOP_ACCESS_TOKEN"),
        (proof(token=None), "TOKEN_CLAIM_MISSING"),
        (made(claims(htm="post")), "DPOP_METHOD"),
        (made(claims(htu="https://portal.example.mallory.example/eid/token")), "DPOP_URL"),
        (made(claims(htu="/eid/token")), "TOKEN_CLAIM_INVALID"),
        (made(claims(htu="https://user@portal.example/eid/token")), "TOKEN_CLAIM_INVALID"),
        (made(claims(exp=int(NOW.timestamp()) - 31)), "DPOP_TIME"),
        (made(claims(nbf=int(NOW.timestamp()) + 31)), "DPOP_TIME"),
        *[(made(claims(**{name: "OUT"})), "TOKEN_CLAIM_MISSING") for name in claims()],
        *[(made(claims(**{name: None})), "TOKEN_CLAIM_INVALID") for name in claims()],
        *[(made(claims(**{name: [1]})), "TOKEN_CLAIM_INVALID") for name in claims()],
        (made(claims(nonce=1)), "TOKEN_CLAIM_INVALID"),
        (made(claims(jti="")), "TOKEN_CLAIM_INVALID"),
        (made(b"[]"), "TOKEN_MALFORMED"),
        (made(b'{"jti":"a","jti":"b"}'), "TOKEN_DUPLICATE_MEMBER"),
        (made(claims(), typ="JWT"), "TOKEN_TYPE"),
        (made(claims(), typ="eid+jwt"), "TOKEN_TYPE"),
        (made(claims(), jwk=None), "DPOP_JWK"),
        (made(claims(), jwk=_PRIVATE), "DPOP_JWK"),
        (made(claims(), jwk=_NUMBER), "DPOP_JWK"),
        (made(claims(), jwk={"kty": "oct", "k": "c2VjcmV0"}), "DPOP_JWK"),
        (made(claims(), jwk=SoftwareSigner.generate("Ed25519").key.to_jwk()), "DPOP_JWK"),
        (made(claims(), jwk=MALLORY.key.to_jwk()), "TOKEN_SIGNATURE"),
        (made(claims(), alg="none"), "TOKEN_ALGORITHM_FORBIDDEN"),
        (made(claims(), alg="HS256"), "TOKEN_ALGORITHM_FORBIDDEN"),
        (made(claims(), alg="ES384"), "DPOP_JWK"),
        (made(claims(), crit=["x"], x=1), "TOKEN_CRITICAL_HEADER"),
        (made(claims(), jku="https://mallory.example"), "TOKEN_HEADER_FORBIDDEN"),
        ("", "TOKEN_MALFORMED"),
        (proof() + ", " + proof(), "TOKEN_FORM_UNSUPPORTED"),
        (proof()[:-2], "TOKEN_SIGNATURE"),
        ("A" * 9000, "TOKEN_TOO_LARGE"),
    ],
)  # fmt: skip
def test_what_is_no_proof_for_this_request_is_refused(text: str, code: str) -> None:
    with pytest.raises(EidError) as caught:
        check(request(text))
    assert caught.value.code == code


def test_another_method_than_the_proofs_is_refused_however_it_is_spelled() -> None:
    for method in ("GET", "post", "POST ", ""):
        with pytest.raises(EidError) as caught:
            check(request(proof(), method=method))
        assert caught.value.code == "DPOP_METHOD"


def test_a_request_is_not_shown_with_its_proof() -> None:
    text = proof()
    assert text not in repr(request(text, nonce="s-1"))
    assert "s-1" not in repr(request(text, nonce="s-1"))


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://portal.example", "https://portal.example/"),
        ("HTTPS://Portal.Example:443/a?b=c#d", "https://portal.example/a"),
        ("https://portal.example:8443/a", "https://portal.example:8443/a"),
        ("http://portal.example:80/", "http://portal.example/"),
        ("https://portal.example/a/./b/../c", "https://portal.example/a/c"),
        ("https://portal.example/../../a", "https://portal.example/a"),
        ("https://portal.example/a/..", "https://portal.example/"),
        ("https://portal.example/a/.", "https://portal.example/a/"),
        ("https://portal.example/%7euser/%2fx%c3%A9", "https://portal.example/~user/%2Fx%C3%A9"),
        ("https://portal.example/a%2e%2e/b", "https://portal.example/a../b"),
        ("https://portal.example/a/%2E%2e/b", "https://portal.example/b"),
        ("https://portal.example//a", "https://portal.example//a"),
        ("https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a"),
        ("http://localhost:8000/a;b=c,d", "http://localhost:8000/a;b=c,d"),
    ],
)
def test_addresses_are_compared_in_one_form(url: str, normal: str) -> None:
    assert normalised_url(url) == normal
    assert normalised_url(normal) == normal
    assert check(request(proof(url=url), url=normal))


@pytest.mark.parametrize(
    "url",
    [
        "", "portal.example/a", "//portal.example/a", "ftp://portal.example/a", "https:///a", "https://",
        "https://user:word@portal.example/a", "https://portal.example\\@mallory.example/", "https://por tal.example/",
        "https://portal.example/\n", "https://portal.example/é", "https://portal.example/%zz", "https://portal.example:port/",
        "https://portal.example:99999/", "https://[portal.example/", 'https://portal.example/"', "x" * 3000,
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_request_is_refused(url: str) -> None:
    with pytest.raises(InputError):
        normalised_url(url)


@given(st.text("aA%2f.e/~:?#[]@", max_size=14))
def test_normalising_twice_changes_nothing(path: str) -> None:
    try:
        once = normalised_url(f"https://portal.example/{path}")
    except InputError:
        return
    assert normalised_url(once) == once
    assert once.startswith("https://portal.example/")


def test_two_addresses_of_one_request_differ_only_in_spelling() -> None:
    with pytest.raises(DpopUrlMismatch):
        check(request(proof(url="https://portal.example/a%2Fb"), url="https://portal.example/a/b"))


# --- what a token is bound to ----------------------------------------------------------------------


def test_thumbprint_and_key_name_the_same_holder() -> None:
    expected = HOLDER.key.thumbprint()
    assert confirmed_thumbprint({"cnf": confirmation_claim(HOLDER.key)}) == expected
    assert confirmed_thumbprint({"cnf": confirmation_claim(expected)}) == expected
    assert confirmed_thumbprint({}) is None


def bound_token(confirmation: Any = HOLDER.key, now: datetime = NOW) -> str:
    issuer = TokenIssuer(
        issuer="https://id.example", signer=MALLORY, pairwise_secret=bytes(32), clock=lambda: now
    )
    return issuer.issue(
        Subject("001099012349", now),
        audience="https://portal.example",
        nonce="n-1",
        account_level=None,
        authentication_level=2,
        confirmation=confirmation,
    )


def token_verifier(store: MemoryReplayStore | None = None) -> TokenVerifier:
    return TokenVerifier(
        issuers="https://id.example",
        audience="https://portal.example",
        keys=KeySet([MALLORY.key]),
        replay=MemoryReplayStore() if store is None else store,
        clock=lambda: NOW,
    )


@pytest.mark.parametrize("form", ["key", "thumbprint"])
def test_a_bound_token_is_accepted_from_its_holder_alone(form: str) -> None:
    text = bound_token(HOLDER.key if form == "key" else HOLDER.key.thumbprint())
    one = token_verifier()
    with pytest.raises(ProofMissing):
        one.verify(text, nonce="n-1")
    with pytest.raises(DpopKeyMismatch):
        one.verify(text, nonce="n-1", proof=request(proof(MALLORY, token=text)))
    read = one.verify(text, nonce="n-1", proof=request(proof(token=text)))
    assert (read.holder, read.holder_proven) == (HOLDER.key.thumbprint(), True)
    with pytest.raises(TokenReplayed):
        one.verify(text, nonce="n-1", proof=request(proof(token=text)))


def test_a_token_as_octets_has_the_same_hash() -> None:
    text = bound_token()
    read = token_verifier().verify(text.encode(), nonce="n-1", proof=request(proof(token=text)))
    assert read.holder_proven


def test_a_proof_does_not_make_an_unbound_token_the_senders() -> None:
    store, text = MemoryReplayStore(), bound_token(None)
    with pytest.raises(TokenNotBound):
        token_verifier(store).verify(text, nonce="n-1", proof=request(proof(token=text)))
    assert len(store) == 0


def test_without_the_look_at_possession_a_proof_that_came_along_still_has_to_hold() -> None:
    text = bound_token()
    lax = token_verifier().without_proof_of_possession()
    with pytest.raises(DpopKeyMismatch):
        lax.verify(text, nonce="n-1", proof=request(proof(MALLORY, token=text)))
    assert not lax.verify(text, nonce="n-1").holder_proven


def test_a_client_cannot_make_proofs_for_what_is_no_request() -> None:
    for changes in ({"method": "PO ST"}, {"method": ""}, {"url": "/a"}):
        with pytest.raises(InputError):
            proof(**changes)
