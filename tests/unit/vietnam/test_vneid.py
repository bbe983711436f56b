"""Sign-in with VNeID against the mock provider, over HTTP: who signs in, and everything that is refused."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from vneid_flow import (
    ANH,
    CALLBACK,
    THU,
    Clock,
    Party,
    browse,
    callback_query,
    relying_party,
    transactions,
)

from eid.accounts.model import HolderKind
from eid.accounts.sign_in import LIFETIME, SignInTransactions
from eid.accounts.sign_in.back_channel import ClientSecretPost
from eid.accounts.usage import SubjectKey
from eid.accounts.usage.log import MemoryUsageLog
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.document.checks import Outcome
from eid.document.dates import PartialDate
from eid.errors import (
    AddressForbidden,
    AudienceMismatch,
    EidError,
    InputError,
    ReplayStoreUnavailable,
    SignInCardLocked,
    SignInCodeRefused,
    SignInDenied,
    SignInExpired,
    SignInOtherPerson,
    SignInProviderUnavailable,
    SignInReplayed,
    SignInResponseInvalid,
    SignInStateMismatch,
    SignInTransactionInvalid,
    TokenReplayed,
    VneidClaimsInvalid,
    VneidEnvelopeInvalid,
)
from eid.tokens.issuing import TokenIssuer
from eid.tokens.replay import MemoryReplayStore
from eid.tokens.replay.sql import SqlReplayStore
from eid.tokens.verifying import TokenVerifier
from eid.vietnam.vneid import RESULT_LIFETIME, VneidEndpoints, VneidSignIn
from eid.vietnam.vneid.envelope import SoftwareUnwrapper
from eid.vietnam.vneid.mock import CARD_LOCKED, KINDS, Fault


@pytest.fixture(scope="module")
def unwrapper() -> SoftwareUnwrapper:
    return SoftwareUnwrapper(rsa.generate_private_key(65537, 2048))


@pytest.fixture
def party(unwrapper: SoftwareUnwrapper) -> Iterator[Party]:
    with relying_party(unwrapper) as party:
        yield party


# --- who signs in --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "number", "level", "holder", "born"),
    [
        ("anh", ANH, 2, HolderKind.CITIZEN, PartialDate(1999, 7, 4)),
        ("thu", THU, 1, HolderKind.CITIZEN, PartialDate(1998, 2, 28)),
        ("be", "048320000123", 1, HolderKind.CITIZEN, PartialDate(2020)),
        ("anton", "001099012340", 2, HolderKind.FOREIGNER, PartialDate(1999, 2, 28)),
        ("viduco", "001199012340", None, HolderKind.ORGANISATION, None),
    ],
)
def test_the_service_learns_who_signed_in_and_with_which_level(
    party: Party, person: str, number: str, level: int | None, holder: HolderKind, born: PartialDate | None
) -> None:
    signed_in = party.sign_in(person=person)
    assert (signed_in.subject, signed_in.account_level, signed_in.holder) == (number, level, holder)
    assert signed_in.birth_date == born
    assert (signed_in.transaction, signed_in.purpose, signed_in.consent) == (
        "T-1",
        "account_opening",
        "receipt-1",
    )


def test_the_authentication_level_stays_unknown_and_nothing_is_called_signed(party: Party) -> None:
    signed_in = party.sign_in()
    assert signed_in.account_level == 2
    assert signed_in.authentication_level is None
    assert (signed_in.factors, signed_in.methods, signed_in.authenticated_at) == ((), (), None)
    assert not signed_in.signed


def test_the_result_is_evidence_like_any_other_and_soon_expires(party: Party) -> None:
    item = party.sign_in().evidence()
    assert (item.kind, item.outcome, item.source) == ("vneid_sign_in", Outcome.PASSED, "vneid")
    assert item.at == party.clock.now
    assert item.expires_at == party.clock.now + RESULT_LIFETIME
    assert item.digest is None  # from one the number could be guessed


def test_the_sign_in_goes_into_the_log_of_uses_and_nothing_of_the_person_does(party: Party) -> None:
    log = MemoryUsageLog(key=SubjectKey(bytes(32)))
    signed_in = party.sign_in()
    (entry,) = log.append(signed_in.entry(requester="bank.example"))
    assert list(log.of_subject("001099012349")) == [entry]
    assert entry.content is not None
    assert (entry.content.action, entry.content.channel) == ("vneid_sign_in", "vneid")
    assert entry.content.codes == ("ACCOUNT_LEVEL_2",)
    assert (entry.content.purpose, entry.content.reference) == (signed_in.purpose, signed_in.transaction)
    kept = (
        repr(list(log.rows()))
        + repr([row.content for row in log.rows()])
        + repr(signed_in.entry(requester="b"))
    )
    for personal in ("001099012349", "Ánh", "1999"):
        assert personal not in kept


def test_a_kind_of_account_that_nobody_mapped_stays_unknown(unwrapper: SoftwareUnwrapper) -> None:
    with relying_party(unwrapper, kinds={"mock-citizen": HolderKind.CITIZEN}) as party:
        assert party.sign_in(person="anton").holder is None


def test_secret_and_claims_go_over_the_back_channel_alone(party: Party) -> None:
    start = party.begin(expected=ANH)
    query = party.browse(start)
    secret = party.mock.provider.client_secret
    for text in (start.url, query):
        assert secret not in text
        assert ANH not in text
    assert "expected" not in start.url
    sent = dict(parse_qsl(urlsplit(start.url).query))
    assert sent["scope"] == "openid"
    assert sent["code_challenge_method"] == "S256"
    assert len(sent["state"]) == 43  # 256 bits


def test_no_log_and_no_repr_holds_a_person_or_a_secret(
    party: Party, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    start = party.begin()
    query = party.browse(start)
    signed_in = party.finish(query, start)
    code = dict(parse_qsl(query))["code"]
    secrets_ = (ANH, "Nguyễn", "Ánh", party.mock.provider.client_secret, start.sealed, code)
    shown = [repr(each) for each in (signed_in, signed_in.evidence(), start, party.adapter)]
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("httpcore")]
    for text in [*shown, *ours]:
        assert not [secret for secret in secrets_ if secret in text]


def test_any_process_ends_what_another_began_and_one_alone(
    unwrapper: SoftwareUnwrapper, tmp_path: Path
) -> None:
    secret, url = secrets.token_bytes(32), f"sqlite:///{tmp_path / 'used.db'}"
    with (
        relying_party(unwrapper) as party,
        closing(SqlReplayStore.open(url)) as one,
        closing(SqlReplayStore.open(url)) as two,
    ):
        adapters = [
            VneidSignIn(
                party.mock.endpoints,
                client_id=party.mock.provider.client_id,
                authentication=ClientSecretPost(party.mock.provider.client_secret),
                redirect_uri=CALLBACK,
                unwrapper=unwrapper,
                transactions=transactions(party.clock, store, secret=secret),
                clock=party.clock,
                kinds=KINDS,
                locked=[CARD_LOCKED],
                pkce=True,
            )
            for store in (one, two)
        ]
        start = adapters[0].begin(session=party.session, transaction="T", purpose="p", consent="c")
        query = party.browse(start)
        done = adapters[1].finish(query, sealed=start.sealed, session=party.session)
        assert done.subject == ANH
        with pytest.raises(SignInReplayed):
            adapters[0].finish(query, sealed=start.sealed, session=party.session)
        for adapter in adapters:
            adapter.close()


# --- what is refused -----------------------------------------------------------------------------


def test_a_callback_that_comes_twice_is_good_once(party: Party) -> None:
    start = party.begin()
    query = party.browse(start)
    party.finish(query, start)
    with pytest.raises(SignInReplayed):
        party.finish(query, start)


def test_of_many_at_the_same_time_one_succeeds(party: Party) -> None:
    start = party.begin()
    query = party.browse(start)

    def attempt(_: int) -> str:
        try:
            return party.finish(query, start).subject
        except SignInReplayed as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(attempt, range(16)))
    assert sorted(results) == [ANH, *["SIGN_IN_REPLAYED"] * 15]


def test_a_used_code_in_a_new_transaction_is_refused(party: Party) -> None:
    first = party.begin()
    old = dict(parse_qsl(party.browse(first)))
    party.finish(urlencode(old), first)
    second = party.begin()
    state = dict(parse_qsl(urlsplit(second.url).query))["state"]
    with pytest.raises(SignInCodeRefused):
        party.finish(urlencode({**old, "state": state}), second)


@pytest.mark.parametrize("name", ["code", "encrypt_key"])
def test_an_altered_code_or_key_is_refused_with_one_error(party: Party, name: str) -> None:
    shown = set()
    for position in (0, 7, 20, -30):
        start = party.begin()
        parameters = dict(parse_qsl(party.browse(start)))
        value = parameters[name]
        changed = "B" if value[position] != "B" else "C"
        parameters[name] = f"{value[:position]}{changed}{value[position:][1:]}"
        with pytest.raises(VneidEnvelopeInvalid) as caught:
            party.finish(urlencode(parameters), start)
        shown.add(str(caught.value))
    assert len(shown) == 1


def test_another_state_is_refused_and_does_not_spoil_the_sign_in(party: Party) -> None:
    start = party.begin()
    query = party.browse(start)
    forged = dict(parse_qsl(query)) | {"state": secrets.token_urlsafe(32)}
    with pytest.raises(SignInStateMismatch):
        party.finish(urlencode(forged), start)
    assert party.finish(query, start).subject == ANH


def test_the_providers_own_wrong_state_is_refused(party: Party) -> None:
    with pytest.raises(SignInStateMismatch):
        party.sign_in(fault=Fault.WRONG_STATE)


def test_somebody_elses_answer_cannot_be_planted_in_a_browser(party: Party) -> None:
    """Login CSRF: the attacker's answer in the victim's browser, which has begun a sign-in, or none."""
    attacker, victim = party.begin(session="the-session-of-the-attacker"), party.begin()
    query = party.browse(attacker)
    with pytest.raises(SignInStateMismatch):
        party.adapter.finish(query, sealed=victim.sealed, session=party.session)
    with pytest.raises(SignInTransactionInvalid):
        party.adapter.finish(query, sealed=None, session=party.session)
    with pytest.raises(SignInTransactionInvalid):  # even with the attacker's cookie beside it
        party.adapter.finish(query, sealed=attacker.sealed, session=party.session)


def test_a_sealed_transaction_with_any_change_is_refused(party: Party) -> None:
    start = party.begin()
    query = party.browse(start)
    text = start.sealed
    for position in range(0, len(text), 37):
        changed = f"{text[:position]}{'A' if text[position] != 'A' else 'B'}{text[position + 1 :]}"
        with pytest.raises(SignInTransactionInvalid):
            party.adapter.finish(query, sealed=changed, session=party.session)
    for wrong in ("", "x", text[:20], text + "AAAA", text + "=", "é" * 50):
        with pytest.raises(SignInTransactionInvalid):
            party.adapter.finish(query, sealed=wrong, session=party.session)
    assert party.finish(query, start).subject == ANH


def test_a_transaction_is_good_until_its_last_second(party: Party) -> None:
    start, late = party.begin(), party.begin()
    party.clock.pass_by(seconds=LIFETIME.total_seconds() - 1)
    query, late_query = party.browse(start), party.browse(late)
    assert party.finish(query, start).subject == ANH
    party.clock.pass_by(seconds=1)
    with pytest.raises(SignInExpired):
        party.finish(late_query, late)


def test_a_code_that_comes_late_is_refused_by_the_provider(party: Party) -> None:
    start = party.begin()
    query = party.browse(start)
    party.clock.pass_by(seconds=30)
    with pytest.raises(SignInCodeRefused) as caught:
        party.finish(query, start)
    assert caught.value.detail == "status 401 invalid_grant"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.LATE_CODE, SignInCodeRefused),
        (Fault.UNAUTHORISED, SignInCodeRefused),
        (Fault.SERVER_ERROR, SignInProviderUnavailable),
        (Fault.ALTERED_CODE, VneidEnvelopeInvalid),
        (Fault.WRONG_KEY, VneidEnvelopeInvalid),
        (Fault.CHANGED_BLOCK, VneidEnvelopeInvalid),
        (Fault.CARD_LOCKED, SignInCardLocked),
    ],
)
def test_a_fault_of_the_provider_is_told_apart(party: Party, fault: Fault, error: type[EidError]) -> None:
    with pytest.raises(error) as caught:
        party.sign_in(fault=fault)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.MISSING_LEVEL, "account_level_missing"),
        (Fault.UNKNOWN_LEVEL, "account_level_unknown"),
        (Fault.NUMBER_WITHOUT_ZEROS, "pin_not_string"),
    ],
)
def test_a_claim_that_is_missing_or_wrong_is_never_replaced_by_a_default(
    party: Party, fault: Fault, kind: str
) -> None:
    with pytest.raises(VneidClaimsInvalid) as caught:
        party.sign_in(fault=fault)
    assert caught.value.kind == kind
    assert ANH not in str(caught.value)


def test_a_plus_that_became_a_space_is_restored(party: Party) -> None:
    start = party.begin()
    query = party.browse(start, fault=Fault.SPACE_FOR_PLUS)
    assert "+" in query
    assert " " in dict(parse_qsl(query))["code"]
    assert party.finish(query, start).subject == ANH


def test_somebody_else_than_expected_is_refused(party: Party) -> None:
    assert party.sign_in(expected=ANH).subject == ANH
    with pytest.raises(SignInOtherPerson):
        party.sign_in(person="thu", expected=ANH)
    with pytest.raises(SignInOtherPerson):  # the right person at the page, another one's claims
        party.sign_in(fault=Fault.OTHER_PERSON, expected=ANH)


def test_two_answers_about_two_people_are_refused_whoever_was_expected(party: Party) -> None:
    with pytest.raises(SignInOtherPerson):
        party.sign_in(fault=Fault.TWO_PEOPLE)


def test_a_locked_card_is_a_result_of_its_own_with_its_article(party: Party) -> None:
    with pytest.raises(SignInCardLocked) as caught:
        party.sign_in(fault=Fault.CARD_LOCKED)
    assert caught.value.article == "Law 26/2023/QH15, Art. 34(4)"
    assert caught.value.code == "SIGN_IN_CARD_LOCKED"


def test_a_person_who_declines_is_not_signed_in(party: Party) -> None:
    start = party.begin()
    query = callback_query(browse(start.url, {"decline": "1"}))
    with pytest.raises(SignInDenied) as caught:
        party.finish(query, start)
    assert (caught.value.reason, type(caught.value)) == ("access_denied", SignInDenied)


def test_an_error_without_the_right_state_tells_nothing(party: Party) -> None:
    start = party.begin()
    with pytest.raises(SignInStateMismatch):
        party.finish(f"error={CARD_LOCKED}&state=x", start)
    with pytest.raises(SignInResponseInvalid):
        party.finish("error=access_denied", start)


def test_a_strange_error_word_stays_out_of_messages(party: Party) -> None:
    start = party.begin()
    state = dict(parse_qsl(urlsplit(start.url).query))["state"]
    with pytest.raises(SignInDenied) as caught:
        party.finish(urlencode({"error": f"<b>{ANH}</b>", "state": state}), start)
    assert (caught.value.reason, ANH in str(caught.value)) == ("", False)


@pytest.mark.parametrize("left_out", ["code", "encrypt_key", "state"])
def test_a_callback_without_one_of_its_parts_is_refused(party: Party, left_out: str) -> None:
    start = party.begin()
    parameters = dict(parse_qsl(party.browse(start)))
    del parameters[left_out]
    with pytest.raises(SignInResponseInvalid):
        party.finish(urlencode(parameters), start)


def test_a_stolen_code_is_worth_nothing_without_the_verifier(party: Party) -> None:
    """With PKCE: the thief's own transaction has another verifier."""
    victim, thief = party.begin(), party.begin(session="the-session-of-the-thief")
    stolen = dict(parse_qsl(party.browse(victim)))
    state = dict(parse_qsl(urlsplit(thief.url).query))["state"]
    with pytest.raises(SignInCodeRefused):
        party.adapter.finish(
            urlencode({**stolen, "state": state}), sealed=thief.sealed, session="the-session-of-the-thief"
        )


def test_a_provider_without_pkce_can_be_used(unwrapper: SoftwareUnwrapper) -> None:
    with relying_party(unwrapper, pkce=False) as party:
        start = party.begin()
        assert "code_challenge" not in start.url
        assert party.finish(party.browse(start), start).subject == ANH


def test_a_wrong_client_secret_is_refused(party: Party, unwrapper: SoftwareUnwrapper) -> None:
    wrong = VneidSignIn(
        party.mock.endpoints, client_id="test-client", authentication=ClientSecretPost("wrong"), redirect_uri=CALLBACK,
        unwrapper=unwrapper, transactions=transactions(party.clock), clock=party.clock, kinds=KINDS, locked=[], pkce=True,
    )  # fmt: skip
    start = wrong.begin(session=party.session, transaction="T", purpose="p", consent="c")
    with pytest.raises(SignInCodeRefused, match="invalid_client"):
        wrong.finish(party.browse(start), sealed=start.sealed, session=party.session)
    wrong.close()


def test_a_store_that_cannot_be_asked_means_that_nobody_signs_in(unwrapper: SoftwareUnwrapper) -> None:
    class Broken(MemoryReplayStore):
        def use(self, *_: object, **__: object) -> bool:
            raise ReplayStoreUnavailable

    with relying_party(unwrapper, kept=transactions(Clock(), Broken())) as party:
        start = party.begin()
        with pytest.raises(ReplayStoreUnavailable):
            party.finish(party.browse(start), start)


def test_a_provider_that_is_gone_is_an_error_of_the_environment(unwrapper: SoftwareUnwrapper) -> None:
    with relying_party(unwrapper) as party:
        start = party.begin()
        query = party.browse(start)
    with pytest.raises(SignInProviderUnavailable) as caught:
        party.finish(query, start)
    assert "127.0.0.1" not in str(caught.value)
    party.adapter.close()


# --- what is passed on ---------------------------------------------------------------------------


def test_the_result_is_told_to_one_service_for_one_transaction_and_not_later(party: Party) -> None:
    signed_in = party.sign_in(person="anh")
    signer = SoftwareSigner.generate(kid="k")
    issuer = TokenIssuer(
        issuer="https://here.example", signer=signer, pairwise_secret=secrets.token_bytes(32), clock=party.clock
    )  # fmt: skip

    def verifier(audience: str) -> TokenVerifier:
        return TokenVerifier(
            issuers="https://here.example", audience=audience, keys=KeySet([signer.key]),
            replay=MemoryReplayStore(), clock=party.clock,
        )  # fmt: skip

    token = signed_in.token(issuer, audience="https://bank.example", nonce="n", now=party.clock.now)
    bank = verifier("https://bank.example")
    with pytest.raises(AudienceMismatch):
        verifier("https://shop.example").verify(token, nonce="n")
    verified = bank.verify(token, nonce="n")
    assert (verified.account_level, verified.authentication_level) == (2, None)
    assert not verified.subject_is_number
    assert verified.claims == {"transaction": "T-1"}
    with pytest.raises(TokenReplayed):
        bank.verify(token, nonce="n")
    # A token never outlives the result it tells of.
    party.clock.pass_by(seconds=RESULT_LIFETIME.total_seconds() - 2)
    last = signed_in.token(issuer, audience="https://bank.example", nonce="m", now=party.clock.now)
    assert bank.verify(last, nonce="m").expires_at <= signed_in.expires_at
    party.clock.pass_by(seconds=2)
    with pytest.raises(SignInExpired):
        signed_in.token(issuer, audience="https://bank.example", nonce="o", now=party.clock.now)


# --- setting it up -------------------------------------------------------------------------------


def test_plain_http_to_elsewhere_is_refused() -> None:
    good = "https://sign-in.example/"
    for wrong in ("http://sign-in.example/", "ftp://sign-in.example/", "", "https://u:p@sign-in.example/"):
        for name in ("authorization", "token", "userinfo"):
            with pytest.raises(AddressForbidden):
                VneidEndpoints(**{"authorization": good, "token": good, "userinfo": good, name: wrong})


@pytest.mark.parametrize(
    "changes",
    [
        {"session": "short"}, {"session": ""}, {"session": "x" * 1025}, {"transaction": ""}, {"purpose": ""},
        {"consent": ""}, {"purpose": "x" * 201}, {"consent": "a\nb"},
    ],
)  # fmt: skip
def test_a_sign_in_without_session_purpose_or_consent_does_not_begin(
    party: Party, changes: dict[str, str]
) -> None:
    with pytest.raises(InputError):
        party.begin(**changes)


def test_transactions_need_good_secrets_and_a_short_life() -> None:
    for wrong in ([], [b"short"], [secrets.token_bytes(32), b"short"], secrets.token_bytes(32)):
        with pytest.raises(InputError):
            SignInTransactions(wrong, replay=MemoryReplayStore(), clock=Clock())
    for lifetime in (timedelta(0), timedelta(hours=1)):
        with pytest.raises(InputError):
            transactions(Clock(), lifetime=lifetime)
