"""What an examiner tried on tokens, status lists and codes: times at the ends of the calendar, requests as
browsers send them, tokens as other programs write them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from typing import Any

import cbor2
import hostile_sd_jwts
import pytest
import token_making
from hostile_sd_jwts import b64, jwt
from token_making import AT, HOLDER, NOW, OUT, URL

from eid.crypto.cose import TAGGED, sign1
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.document.checks import Outcome
from eid.encoding import base64url
from eid.errors import EidError, InputError
from eid.qr.envelope import pack_text
from eid.qr.hcert_verifying import PREFIX, HcertVerifier, HealthSigners
from eid.qr.verifying import QrVerifier
from eid.tokens.access_token import AccessTokenVerifier, VerifiedAccessToken
from eid.tokens.dpop import DpopRequest, normalised_url
from eid.tokens.replay import MemoryReplayStore
from eid.tokens.status.lists import (
    Form,
    StatusList,
    StatusListToken,
    read_own_status_list,
    read_status_list,
    sign_status_list,
)
from eid.tokens.step_up import StepUpChallenge

#: The last second that a clock can show, and clocks at both ends.
LAST = 253_402_300_799
FIRST_DAY, LAST_DAY = dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC)

# --- codes at the ends of the calendar -----------------------------------------------------------

QR_ISSUER = "https://id.example"
SIGNING = SoftwareSigner.generate(kid="2026-1")
FORGING = SoftwareSigner.generate(kid="2026-1")
NONCE = b"12345678"


def code(changes: dict[int, Any], by: SoftwareSigner = SIGNING) -> str:
    claims = {1: QR_ISSUER, 4: AT + 86_400, 6: AT - 10, 169: {4: "Vera Muster"}, **changes}
    return pack_text(sign1(cbor2.dumps(claims), by, wrapping=TAGGED, protected={4: b"2026-1"}))


def judge(text: str, now: dt.datetime = NOW, **more: Any) -> tuple[Outcome, str | None]:
    verifier = QrVerifier(issuers=QR_ISSUER, keys=KeySet([SIGNING.key]), clock=lambda: now)
    found = verifier.verify(text, **more)
    return found.verdict, found.code


@pytest.mark.parametrize("end", [LAST, LAST - 29, LAST + 0.9])
def test_a_code_that_ends_with_the_calendar_is_judged_like_any_other(end: float) -> None:
    assert judge(code({4: end})) == (Outcome.PASSED, None)
    assert judge(code({4: end}, FORGING)) == (Outcome.FAILED, "QR_SIGNATURE_INVALID")
    assert judge(code({1: "https://nobody.example", 4: end}))[0] is Outcome.UNDECIDED
    assert judge(code({4: end, 10: NONCE}), nonce=NONCE) == (Outcome.FAILED, "QR_LIVES_TOO_LONG")


@pytest.mark.parametrize("claim", [5, 6])
def test_a_code_that_begins_with_the_end_of_the_calendar_is_not_valid_yet(claim: int) -> None:
    assert judge(code({4: LAST, claim: LAST})) == (Outcome.FAILED, "QR_NOT_YET_VALID")


def test_a_clock_at_an_end_of_the_calendar_stops_no_verifier() -> None:
    assert judge(code({}), LAST_DAY) == (Outcome.FAILED, "QR_EXPIRED")
    assert judge(code({}), FIRST_DAY) == (Outcome.FAILED, "QR_NOT_YET_VALID")


def test_leeway_of_a_code_counts_as_before() -> None:
    slack = dt.timedelta(seconds=30)
    end, begin = NOW + dt.timedelta(days=1), NOW - dt.timedelta(seconds=10)
    assert judge(code({}), end + slack - dt.timedelta(microseconds=1))[0] is Outcome.PASSED
    assert judge(code({}), end + slack) == (Outcome.FAILED, "QR_EXPIRED")
    assert judge(code({}), begin - slack)[0] is Outcome.PASSED
    assert judge(code({}), begin - slack - dt.timedelta(microseconds=1)) == (
        Outcome.FAILED, "QR_NOT_YET_VALID",
    )  # fmt: skip


def test_a_presentation_that_ends_before_it_begins_was_never_valid() -> None:
    good = {4: AT + 40, 6: AT - 9, 10: NONCE}
    assert judge(code(good), nonce=NONCE) == (Outcome.PASSED, None)
    for end in (AT - 9, AT - 10, AT - 20):
        assert judge(code({**good, 4: end}), nonce=NONCE) == (Outcome.FAILED, "QR_EXPIRED")


HEALTH = {
    "ver": "1.3.0", "dob": "1990-01-01", "nam": {"fnt": "MUSTER", "gnt": "VERA"},
    "v": [{"tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 2, "sd": 2,
           "dt": "2021-05-29", "co": "VN", "is": "MOH", "ci": "URN:UVCI:01:VN:1#A"}],
}  # fmt: skip


def health_code(changes: dict[int, Any]) -> str:
    claims = {1: "VN", 4: AT + 100, 6: AT - 100, -260: {1: HEALTH}, **changes}
    return PREFIX + pack_text(sign1(cbor2.dumps(claims), SIGNING, wrapping=TAGGED, protected={4: NONCE}))


@pytest.mark.parametrize(
    ("changes", "now", "times"),
    [
        ({}, NOW, None),
        ({4: LAST}, NOW, None),
        ({4: LAST, 6: LAST}, NOW, "QR_NOT_YET_VALID"),
        ({}, LAST_DAY, "QR_EXPIRED"),
        ({}, FIRST_DAY, "QR_NOT_YET_VALID"),
    ],
)
def test_a_health_certificate_at_the_ends_of_the_calendar(
    changes: dict[int, Any], now: dt.datetime, times: str | None
) -> None:
    found = HcertVerifier(signers=HealthSigners([]), clock=lambda: now).verify(health_code(changes))
    assert [each.code for each in found.still_valid.checks if each.name == "times"] == [times]


def test_a_clock_without_zone_is_refused_before_anything_is_judged() -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(InputError):
        judge(code({}), naive)
    with pytest.raises(InputError):
        HcertVerifier(signers=HealthSigners([]), clock=lambda: naive).verify(health_code({}))


# --- requests as they come -----------------------------------------------------------------------

AUDIENCE = "https://api.example"


def access_token(**changes: Any) -> str:
    claims = {
        "iss": token_making.ISSUER, "sub": "u", "aud": AUDIENCE, "exp": AT + 600, "iat": AT - 10, "jti": "a-1",
        "client_id": "app", "cnf": {"jkt": HOLDER.key.thumbprint()}, **changes,
    }  # fmt: skip
    head = {**token_making.HEADER, "typ": "at+jwt"}
    return jwt(
        head, {name: value for name, value in claims.items() if value is not OUT}, token_making.ISSUING
    )


def accept(token: str, request: DpopRequest | None = None) -> VerifiedAccessToken:
    verifier = AccessTokenVerifier(
        issuers=token_making.ISSUER,
        audience=AUDIENCE,
        keys=token_making.issuer_keys(),
        replay=MemoryReplayStore(),
        clock=lambda: NOW,
    )
    return verifier.verify(token, proof=request)


@pytest.mark.parametrize(
    "query",
    [
        "?a=b|c",
        '?a="b"',
        "?a={b}",
        "?a=%zz",
        "?a=é",
        "?a= b",
        "?a=" + "x" * 3000,
        "?q#f",
        "#<f>",
        "?a=@b:c/../d",
    ],
)
def test_a_query_says_nothing_about_the_proof(query: str) -> None:
    """RFC 9449, 4.3, 9: ``htu`` matches the address without regard to query and fragment."""
    token = access_token()
    proof = token_making.proof(token).proof
    assert accept(token, DpopRequest(proof, "POST", URL + query, None)).holder_proven
    assert normalised_url(URL + query) == URL
    if len(query) < 1000:
        asked = token_making.proof(token, htu=URL + query)
        assert accept(token, DpopRequest(asked.proof, "POST", URL, None)).holder_proven


@pytest.mark.parametrize(
    "url", ["https://api.example|x/?a", "https://?a", "https:?//api.example/", "?", "#", ""]
)
def test_what_stands_before_the_query_still_has_to_be_an_address(url: str) -> None:
    with pytest.raises(InputError):
        normalised_url(url)


def test_a_client_may_have_many_scopes() -> None:
    """RFC 6749, 3.3 names no length; the token itself has one."""
    scopes = {f"https://api.example/scope/{number}" for number in range(100)}
    bare = access_token(cnf=OUT, scope=" ".join(sorted(scopes)))
    assert accept(bare).scope == scopes
    for wrong in (" ".join(scopes) + " ", 'a"' * 600, [], 5, None, ""):
        with pytest.raises(EidError) as caught:
            accept(access_token(cnf=OUT, scope=wrong))
        assert caught.value.code == "TOKEN_CLAIM_INVALID"


@pytest.mark.parametrize("seconds", [0, 31_622_401, 99_999_999, 3_155_760_000])
def test_a_service_may_ask_for_any_age(seconds: int) -> None:
    """RFC 9470, 3: a number of seconds, with no bound named."""
    header = f'Bearer error="insufficient_user_authentication", max_age="{seconds}"'
    found = StepUpChallenge.parse(header)
    assert found is not None
    assert found.max_age == dt.timedelta(seconds=seconds)
    assert found.header() == header


@pytest.mark.parametrize("seconds", ["3155760001", "9" * 10, "9" * 400, "-1", "0x5", "5.0", "٥", "1_0", ""])
def test_an_age_of_no_meaning_is_refused(seconds: str) -> None:
    with pytest.raises(InputError):
        StepUpChallenge.parse(f'Bearer error="insufficient_user_authentication", max_age="{seconds}"')


# --- status lists by others ----------------------------------------------------------------------

LIST = "https://status.example/1"
LIST_SIGNER = SoftwareSigner.generate(kid="status-1")


def status_list(header: dict[str, Any] | None = None, **changes: Any) -> bytes:
    lst = base64url.encode(StatusList.of(8, bits=1, entries={3: 1}).compressed())
    claims = {"sub": LIST, "iat": AT - 10, "exp": AT + 60, "status_list": {"bits": 1, "lst": lst}, **changes}
    head = {"typ": "statuslist+jwt", "alg": "ES256", "kid": "status-1", **(header or {})}
    return jwt(head, claims, LIST_SIGNER).encode()


def read_list(octets: bytes) -> StatusListToken:
    return read_status_list(octets, uri=LIST, keys=KeySet([LIST_SIGNER.key]), now=NOW)


@pytest.mark.parametrize(("written", "seconds"), [(3600.0, 3600), (0.5, 1), (90.25, 91), (1e-300, 1)])
def test_a_time_to_live_is_any_positive_number(written: float, seconds: int) -> None:
    """Token Status List, 5.1: a number in JSON; ``timedelta.total_seconds()`` gives one with a point."""
    found = read_list(status_list(ttl=written))
    assert (found.ttl, found[3]) == (dt.timedelta(seconds=seconds), 1)
    own = read_own_status_list(status_list(ttl=written), keys=KeySet([LIST_SIGNER.key]), now=NOW)
    assert own.ttl is not None
    again = sign_status_list(
        own.statuses,
        LIST_SIGNER,
        uri=LIST,
        issued_at=NOW,
        expires_at=NOW + own.ttl,
        ttl=own.ttl,
        form=Form.JWT,
    )
    assert read_list(again).ttl == own.ttl


@pytest.mark.parametrize("written", [0.0, -0.5, 1e300, float(LAST + 1), "60", True, None])
def test_a_time_to_live_of_no_meaning_is_refused(written: object) -> None:
    with pytest.raises(EidError) as caught:
        read_list(status_list(ttl=written))
    assert caught.value.code == "STATUS_LIST_INVALID"


def test_certificates_that_come_along_do_not_spoil_a_list_whose_key_is_known() -> None:
    """A list for verifiers of both kinds names its key and brings its certificates: in both forms."""
    for form in Form:
        octets = sign_status_list(
            StatusList.of(8, bits=1), LIST_SIGNER, uri=LIST, issued_at=NOW, expires_at=NOW + dt.timedelta(days=1),
            ttl=dt.timedelta(hours=1), form=form, certificates=[b"not looked at"],
        )  # fmt: skip
        assert read_list(octets)[0] == 0


def test_certificates_that_come_along_choose_no_key() -> None:
    octets = status_list({"x5c": ["AAAA"]})
    head, body, _ = octets.split(b".")
    forged = head + b"." + body + b"." + b64(FORGING.sign(head + b"." + body)).encode()
    assert read_list(octets)[3] == 1
    for wrong, error in (
        (forged, "TOKEN_SIGNATURE"),
        (status_list({"kid": "x", "x5c": ["AAAA"]}), "UNKNOWN_KEY"),
    ):
        with pytest.raises(EidError) as caught:
            read_list(wrong)
        assert caught.value.code == error


# --- whatever stands in a claim ------------------------------------------------------------------

VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**31, 2**53 - 1, LAST, LAST - 30, AT + 100, 0.5, -0.0, 1e300, LAST + 0.9, "", "\0", "é" * 600,
    [], [[]], ["x"] * 40, {}, {"jwk": {}}, {"jkt": "A" * 43}, {"status_list": {"idx": 1, "uri": LIST}},
    {"a": {"b": {"c": []}}}, "9999-12-31", "0000-01-01", "2021-02-30",
)  # fmt: skip


def _only_ours(verify: Callable[[], object]) -> None:
    """Accepted or refused: whatever else is raised fails the test."""
    with contextlib.suppress(EidError):
        verify()


@pytest.mark.parametrize("now", [NOW, FIRST_DAY, LAST_DAY], ids=["now", "first-day", "last-day"])
def test_no_value_of_a_claim_ends_in_an_error_that_is_not_ours(now: dt.datetime) -> None:
    token, sd_jwt = token_making.verifier(now=now), hostile_sd_jwts.verifier()
    object.__setattr__(sd_jwt, "clock", lambda: now)
    for value in VALUES:
        for name in (*token_making.claims(), "nbf", "cnf", "sub_type"):
            _only_ours(
                lambda: token.verify(token_making.with_claims(**{name: value}), nonce=token_making.NONCE)
            )
        for name in (*hostile_sd_jwts.payload(), "nbf", "aud", "status", "vct#integrity"):
            text = hostile_sd_jwts.signed(hostile_sd_jwts.NAME, **{name: value})
            _only_ours(lambda: sd_jwt.verify(text, nonce=hostile_sd_jwts.NONCE))
        for name in (
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "jti",
            "client_id",
            "nbf",
            "scope",
            "auth_time",
            "acr",
        ):
            _only_ours(lambda: accept(access_token(cnf=OUT, **{name: value})))
        for claim in (1, 2, 3, 4, 5, 6, 7, 10, 169, 65535, -65537, -65538):
            _only_ours(lambda: judge(code({claim: value}), now))
            _only_ours(lambda: judge(code({10: NONCE, claim: value}), now, nonce=NONCE))
        for claim in range(1, 66):
            _only_ours(lambda: judge(code({169: {4: "Vera", claim: value}}), now))
        for claim in (1, 4, 5, 6, -260):
            health = HcertVerifier(signers=HealthSigners([]), clock=lambda: now)
            _only_ours(lambda: health.verify(health_code({claim: value})))


def test_members_of_a_status_list_end_in_no_foreign_error() -> None:
    for value in VALUES:
        for name in ("sub", "iat", "exp", "nbf", "ttl", "iss", "status_list"):
            _only_ours(lambda: read_list(status_list(**{name: value})))
        for name in ("bits", "lst", "aggregation_uri"):
            inner = {"bits": 1, "lst": "eNrbuRgAAhcBXQ", name: value}
            _only_ours(lambda: read_list(status_list(status_list=inner)))
