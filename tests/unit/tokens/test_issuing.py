"""What goes into an e-ID token, and what does not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import joserfc.jwk
import joserfc.jwt
import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eid
from eid import vietnam
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.errors import InputError, NotPassed
from eid.simulator.chip import Chip
from eid.simulator.personalise import Personalisation, new_personalisation, personalise
from eid.tokens.issuing import Subject, TokenIssuer
from eid.tokens.profile import EvidenceReference, acr_for
from eid.tokens.replay import MemoryReplayStore
from eid.tokens.verifying import TokenVerifier, VerifiedToken
from eid.trust.certificates import Certificate
from eid.vietnam.sample import sample_citizen

NUMBER = "001099012349"
ISSUER, AUDIENCE, OTHER = "https://counter.example", "https://portal.example", "https://shop.example"
SECRET = bytes(range(32))
SIGNER = SoftwareSigner.generate(kid="k-1")
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SUBJECT = Subject(NUMBER, NOW - timedelta(seconds=20), ("otp", "face"))


def issuer(**changes: Any) -> TokenIssuer:
    settings = {"issuer": ISSUER, "signer": SIGNER, "pairwise_secret": SECRET, "clock": lambda: NOW}
    return TokenIssuer(**{**settings, **changes})


def issue(about: Any = SUBJECT, by: TokenIssuer | None = None, **changes: Any) -> str:
    settings = {"audience": AUDIENCE, "nonce": "n-1", "account_level": 2, "authentication_level": 3}
    return (by or issuer()).issue(about, **{**settings, **changes})


def payload(token: str) -> dict[str, Any]:
    middle = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))))


def verified(token: str, signer: SoftwareSigner = SIGNER) -> VerifiedToken:
    verifier = TokenVerifier(
        issuers=ISSUER,
        audience=AUDIENCE,
        keys=KeySet([signer.key]),
        replay=MemoryReplayStore(),
        clock=lambda: NOW,
    )
    return verifier.without_proof_of_possession().verify(token, nonce="n-1")


# --- from a report -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return new_personalisation(sample_citizen())


@pytest.fixture(scope="module")
def card(description: dict[str, Any]) -> Personalisation:
    return personalise(description)


@pytest.fixture(scope="module")
def evidence(card: Personalisation) -> eid.Evidence:
    return eid.read(Chip(card), eid.Can("012349"), profile=vietnam.CITIZEN_CARD)


def report_on(evidence: eid.Evidence, card: Personalisation | None, **settings: Any) -> eid.Report:
    """A report on *evidence* by who trusts the issuer of *card*."""
    return eid.verify(
        evidence,
        trust=eid.TrustStore.of([Certificate.from_der(card.csca_der)] if card else []),
        profile=vietnam.CITIZEN_CARD,
        now=NOW,
        **{"policy": eid.Policy.counter(), **settings},
    )


@pytest.fixture(scope="module")
def report(evidence: eid.Evidence, card: Personalisation) -> eid.Report:
    match = eid.HolderMatch(matched=True, source="camera", method="face", at=NOW - timedelta(seconds=30))
    return report_on(evidence, card, holder=match)


def test_a_token_says_what_the_report_proved_and_no_more(report: eid.Report, evidence: eid.Evidence) -> None:
    token = issue(report, evidence=[evidence])
    read = verified(token)
    assert read.verdicts == {name: verdict.outcome for name, verdict in report.verdicts.items()}
    assert read.verdicts["still_valid"] is eid.Outcome.UNDECIDED
    assert read.evidence == (EvidenceReference(hashlib.sha256(evidence.to_bytes()).digest()),)
    assert (read.account_level, read.authentication_level) == (2, 3)
    assert read.acr == acr_for(3)
    assert read.amr == ("sc", "face")
    assert read.person == {}
    assert read.claims == {}
    assert 600 <= len(token) <= 1000


def test_nothing_of_the_person_is_in_the_token_unless_named(report: eid.Report) -> None:
    clear = json.dumps(payload(issue(report)), ensure_ascii=False)
    for word in (NUMBER, NUMBER[-6:], "Nguyễn", "NGUYEN", "1999"):
        assert word not in clear


def test_named_fields_are_in_the_token_as_the_document_has_them(report: eid.Report) -> None:
    read = verified(issue(report, disclose=["name", "birth_date", "expiry_date"]))
    assert read.person == {"name": "Nguyễn Đức Ánh", "birth_date": "1999-07-04", "expiry_date": "2039-07-04"}
    assert "Nguyễn" not in repr(read)


@pytest.mark.parametrize("name", ["number", "portrait", "ethnicity", "nothing", "other", "_sensitive"])
def test_number_portrait_and_sensitive_fields_cannot_be_named(report: eid.Report, name: str) -> None:
    with pytest.raises(InputError):
        issue(report, disclose=[name])


def test_fields_are_a_list_and_come_from_a_report(report: eid.Report) -> None:
    with pytest.raises(InputError):
        issue(report, disclose="name")
    with pytest.raises(InputError):
        issue(SUBJECT, disclose=["name"])


@pytest.mark.parametrize("faults", [{"clone": "wrong_keys"}, {"altered": ["DG1"]}, {"foreign_signer": True}])
def test_a_card_that_does_not_pass_gives_no_token(
    description: dict[str, Any], faults: dict[str, Any]
) -> None:
    bad = personalise({**description, "faults": faults})
    found = eid.read(Chip(bad), eid.Can("012349"), profile=vietnam.CITIZEN_CARD)
    result = report_on(found, bad)
    with pytest.raises(NotPassed) as caught:
        issue(result)
    assert caught.value.report is result


def test_an_unknown_issuer_of_the_card_gives_no_token(evidence: eid.Evidence) -> None:
    with pytest.raises(NotPassed, match="UNKNOWN_ISSUER"):
        issue(report_on(evidence, None))


def test_a_policy_that_asks_for_nothing_does_not_make_a_card_authentic(evidence: eid.Evidence) -> None:
    lenient = replace(eid.Policy.stored(), required=frozenset())
    result = report_on(evidence, None, policy=lenient)
    assert result.verdict is eid.Outcome.PASSED
    with pytest.raises(NotPassed):
        issue(result)


def test_authentication_is_as_old_as_the_oldest_thing_it_rests_on(
    evidence: eid.Evidence, card: Personalisation
) -> None:
    old = eid.HolderMatch(matched=True, source="camera", method="face", at=NOW - timedelta(minutes=9))
    assert verified(issue(report_on(evidence, card, holder=old))).auth_time == NOW - timedelta(minutes=9)
    assert verified(issue(report_on(evidence, card))).auth_time == NOW


def test_an_officers_look_is_a_verdict_but_no_method(evidence: eid.Evidence, card: Personalisation) -> None:
    match = eid.HolderMatch(matched=True, source="counter 3", method="officer", at=NOW)
    read = verified(issue(report_on(evidence, card, holder=match)))
    assert read.amr == ("sc",)
    assert read.verdicts["holder"] is eid.Outcome.PASSED


# --- whom it names -------------------------------------------------------------------------------


def test_one_person_is_the_same_to_one_service_and_another_to_others() -> None:
    here = payload(issue())["sub"]
    assert payload(issue(nonce="n-2"))["sub"] == here
    others = [
        issue(audience=OTHER),
        issue(by=issuer(issuer=OTHER)),
        issue(by=issuer(pairwise_secret=bytes(32))),
        issue(Subject("001099012348", NOW)),
    ]
    assert len({here, *(payload(token)["sub"] for token in others)}) == 5
    assert len(here) == 43


def test_one_issuer_names_everybody_as_before_whoever_came_in_between() -> None:
    by, other = issuer(), Subject("001099012348", NOW)
    names = [payload(issue(about, by=by))["sub"] for about in (SUBJECT, other, SUBJECT)]
    assert names[0] == names[2] != names[1]
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(lambda _: payload(issue(by=by))["sub"], range(200)))
    assert set(at_once) == {names[0]}
    # HMAC-SHA256 of what it is for, issuer, audience and number, each with its length before it. Services
    # know people by it: another version of this library may not change it.
    parts = (part.encode() for part in (ISSUER, AUDIENCE, NUMBER))
    message = b"eid pairwise subject 1" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    digest = hmac.digest(SECRET, message, "sha256")
    assert names[0] == base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_borders_between_issuer_audience_and_number_are_kept() -> None:
    first = payload(issue(Subject("23", NOW), audience="https://a.example/1"))["sub"]
    second = payload(issue(Subject("3", NOW), audience="https://a.example/12"))["sub"]
    assert first != second


def test_the_number_is_there_when_asked_for_and_says_so() -> None:
    read = verified(issue(with_number=True))
    assert (read.subject, read.subject_is_number) == (NUMBER, True)
    assert NUMBER not in repr(read)
    assert not verified(issue()).subject_is_number


# --- the two levels ------------------------------------------------------------------------------


@pytest.mark.parametrize("account", [None, 1, 2])
@pytest.mark.parametrize("authentication", [None, 1, 2, 3, 4])
def test_neither_level_follows_from_the_other(account: int | None, authentication: int | None) -> None:
    token = issue(account_level=account, authentication_level=authentication)
    read = verified(token)
    assert (read.account_level, read.authentication_level) == (account, authentication)
    assert read.acr == (None if authentication is None else acr_for(authentication))


@pytest.mark.parametrize("level", [0, 3, -1, True, "2", 2.0])
def test_levels_that_do_not_exist_are_refused(level: Any) -> None:
    with pytest.raises(InputError):
        issue(account_level=level)


@pytest.mark.parametrize("level", [0, 5, True, "3", 3.0])
def test_authentication_levels_that_do_not_exist_are_refused(level: Any) -> None:
    with pytest.raises(InputError):
        issue(authentication_level=level)


# --- the rest ------------------------------------------------------------------------------------


def test_a_token_lives_for_minutes() -> None:
    read = verified(issue(ttl=timedelta(minutes=10)))
    assert read.expires_at - read.issued_at == timedelta(minutes=10)
    read = verified(issue())
    assert read.expires_at - read.issued_at == timedelta(minutes=5)
    for ttl in (timedelta(0), timedelta(seconds=-1), timedelta(minutes=10, seconds=1), timedelta(days=1)):
        with pytest.raises(InputError):
            issue(ttl=ttl)


def test_every_token_has_a_name_of_its_own() -> None:
    names = {payload(issue())["jti"] for _ in range(100)}
    assert len(names) == 100
    assert all(len(base64.urlsafe_b64decode(name + "==")) == 16 for name in names)


def test_evidence_may_be_named_by_reference_or_both() -> None:
    references = [EvidenceReference(reference="file-7"), EvidenceReference(bytes(32), "file-8")]
    assert verified(issue(evidence=references)).evidence == tuple(references)
    with pytest.raises(InputError):
        issue(evidence=references * 5)


@pytest.mark.parametrize(
    ("digest", "reference"), [(None, None), (b"short", None), (None, ""), (None, "a b"), (None, "é")]
)
def test_evidence_of_another_form_is_refused(digest: bytes | None, reference: str | None) -> None:
    with pytest.raises(InputError):
        EvidenceReference(digest, reference)


def test_further_claims_are_the_issuers_own_word() -> None:
    read = verified(issue(claims={"purpose": "đăng ký", "more": {"x": [1, None, True]}}))
    assert read.claims == {"purpose": "đăng ký", "more": {"x": [1, None, True]}}
    assert "đăng ký" not in repr(read)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://mallory.example"}, {"account_level": 2}, {"verdicts": {}}, {"cnf": {}}, {"nbf": 1},
        {"x": float("nan")}, {"x": 2**60}, {"x": object()}, {"x": b"octets"}, {1: "a", "1": "b"},
        {"x": "\ud800"}, {"x": "y" * 20_000}, {"x": [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]},
    ],
)  # fmt: skip
def test_claims_that_verifiers_would_refuse_are_not_issued(claims: dict[Any, Any]) -> None:
    with pytest.raises(InputError):
        issue(claims=claims)


def test_a_token_can_be_bound_to_a_key_or_to_its_thumbprint() -> None:
    holder = SoftwareSigner.generate("Ed25519").key
    assert payload(issue(confirmation=holder.thumbprint()))["cnf"] == {"jkt": holder.thumbprint()}
    assert "d" not in payload(issue(confirmation=holder))["cnf"]["jwk"]
    for bound in (holder, holder.thumbprint()):
        assert verified(issue(confirmation=bound)).holder == holder.thumbprint()
    for wrong in ("", "x" * 42, holder.thumbprint() + "A", "!" * 43):
        with pytest.raises(InputError):
            issue(confirmation=wrong)


@pytest.mark.parametrize("field", ["audience", "nonce"])
@pytest.mark.parametrize("value", ["", "x" * 2000, "a\nb", "a\0", None, 1, ["https://portal.example"]])
def test_audience_and_nonce_are_one_text_each(field: str, value: Any) -> None:
    with pytest.raises(InputError):
        issue(**{field: value})


def test_an_issuer_needs_a_name_a_long_secret_and_a_clock_with_a_zone() -> None:
    for changes in ({"issuer": ""}, {"pairwise_secret": bytes(31)}):
        with pytest.raises(InputError):
            issuer(**changes)
    with pytest.raises(InputError):
        issue(by=issuer(clock=lambda: NOW.replace(tzinfo=None)))


def test_an_authentication_in_the_future_or_without_zone_is_refused() -> None:
    for at in (NOW + timedelta(seconds=1), NOW.replace(tzinfo=None)):
        with pytest.raises(InputError):
            issue(Subject(NUMBER, at))


def test_methods_are_a_short_list_of_words() -> None:
    for methods in (("face",) * 33, ("",), ("a\nb",)):
        with pytest.raises(InputError):
            issue(Subject(NUMBER, NOW, methods))


def test_nothing_secret_shows() -> None:
    assert repr(SECRET)[2:-1] not in repr(issuer())
    assert NUMBER not in repr(SUBJECT)


# --- others read it ------------------------------------------------------------------------------


ALGORITHMS = ["ES256", "ES384", "ES512", "Ed25519", "RS256", "PS256"]


@pytest.fixture(scope="module", params=ALGORITHMS)
def signer(request: pytest.FixtureRequest) -> SoftwareSigner:
    return SoftwareSigner.generate(request.param)


def test_pyjwt_verifies_ours(signer: SoftwareSigner) -> None:
    by = issuer(signer=signer, clock=lambda: datetime.now(UTC))
    token = issue(Subject(NUMBER, datetime.now(UTC) - timedelta(seconds=1)), by)
    if signer.alg == "Ed25519":  # PyJWT knows this algorithm by its older name
        algorithms = {"Ed25519": jwt.get_algorithm_by_name("EdDSA")}
        decoder = jwt.PyJWS(algorithms=list(algorithms))
        decoder.register_algorithm("Ed25519", algorithms["Ed25519"])
        claims = json.loads(decoder.decode(token, signer.key.public, algorithms=["Ed25519"]))
    else:
        claims = jwt.decode(
            token, signer.key.public, algorithms=[signer.alg], audience=AUDIENCE, issuer=ISSUER
        )
    assert (claims["account_level"], claims["authentication_level"]) == (2, 3)
    assert jwt.get_unverified_header(token) == {"alg": signer.alg, "typ": "eid+jwt", "kid": signer.kid}


def test_joserfc_verifies_ours(signer: SoftwareSigner) -> None:
    key = joserfc.jwk.import_key(signer.key.to_jwk())
    found = joserfc.jwt.decode(issue(by=issuer(signer=signer)), key, algorithms=[signer.alg])
    assert found.claims["acr"] == acr_for(3)


@given(
    number=st.text("0123456789", min_size=1, max_size=12),
    nonce=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=64),
    account=st.sampled_from([None, 1, 2]),
    authentication=st.sampled_from([None, 1, 2, 3, 4]),
    seconds=st.integers(1, 600),
    claims=st.dictionaries(
        st.text("abcdefgh_é", min_size=3, max_size=8).filter(lambda name: name not in ("iss", "aud")),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=9),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=8,
        ),
        max_size=4,
    ),
)  # fmt: skip
def test_what_is_issued_is_what_is_read(
    number: str,
    nonce: str,
    account: int | None,
    authentication: int | None,
    seconds: int,
    claims: dict[str, Any],
) -> None:
    token = issue(
        Subject(number, NOW),
        nonce=nonce,
        account_level=account,
        authentication_level=authentication,
        ttl=timedelta(seconds=seconds),
        claims=claims,
        with_number=True,
    )
    verifier = TokenVerifier(
        issuers=[ISSUER],
        audience=AUDIENCE,
        keys={ISSUER: KeySet([SIGNER.key])},
        replay=MemoryReplayStore(),
        clock=lambda: NOW,
    )
    read = verifier.verify(token, nonce=nonce)
    assert read.subject == number
    assert (read.account_level, read.authentication_level) == (account, authentication)
    assert read.expires_at == NOW + timedelta(seconds=seconds)
    assert read.claims == claims
    assert secrets.compare_digest(read.jti, payload(token)["jti"])
