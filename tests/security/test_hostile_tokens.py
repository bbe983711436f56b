"""No hostile e-ID token is accepted, each is refused for its own reason, and none uses up a good one."""

from __future__ import annotations

from datetime import timedelta

import hostile_tokens
import pytest
import token_making
from token_making import ISSUER, NONCE, NOW, PERSON, Case

from eid import errors
from eid.crypto.keys import Signer
from eid.errors import EidError, ReplayStoreUnavailable
from eid.tokens.issuing import Subject, TokenIssuer
from eid.tokens.jws import parse_claims, parse_jws
from eid.tokens.replay import MemoryReplayStore

CASES = hostile_tokens.corpus()
#: Of the errors that a verifier of tokens documents, what depends on its surroundings and not on a token.
OF_SURROUNDINGS = {"KEYS_TOO_OLD", "KEYS_UNAVAILABLE", "REPLAY_STORE_UNAVAILABLE", "REPLAY_STORE_FULL"}
#: Nor is a proof used twice, where the token it belongs to can be used once.
OF_DPOP_ALONE = {"DPOP_REPLAYED"}


def test_the_corpus_is_large_and_each_case_its_own() -> None:
    assert len(CASES) >= 150
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({(case.token, case.proof, case.used, case.later) for case in CASES}) == len(CASES)


def test_a_token_of_the_issuer_has_the_same_claims_as_the_good_one() -> None:
    signer: Signer = token_making.ISSUING
    issuer = TokenIssuer(issuer=ISSUER, signer=signer, pairwise_secret=bytes(32), clock=lambda: NOW)
    token = issuer.issue(
        Subject("000000000000", NOW - timedelta(minutes=1), ("face",)),
        audience=token_making.AUDIENCE,
        nonce=NONCE,
        account_level=2,
        authentication_level=3,
    )
    assert token_making.verifier().verify(token, nonce=NONCE).account_level == 2
    issued, made = parse_jws(token), parse_jws(token_making.good())
    assert issued.header == made.header
    own, mine = parse_claims(issued.payload), parse_claims(made.payload)
    assert mine.keys() - own.keys() == {"verdicts", "evidence", "person"}  # those of a report
    assert own.keys() <= mine.keys()
    assert {name: type(own[name]) for name in own} == {name: type(mine[name]) for name in own}
    assert own["acr"] == mine["acr"]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_hostile_token_is_refused_for_its_own_reason(case: Case) -> None:
    store = MemoryReplayStore()
    for token in case.used:
        token_making.verifier(store).verify(token, nonce=NONCE)
    used = len(store)
    verifier = token_making.verifier(store, now=NOW + timedelta(seconds=case.later))
    with pytest.raises(EidError) as caught:
        verifier.verify(case.token, nonce=NONCE, proof=case.proof)
    assert caught.value.code == case.code
    for secret in (NONCE, token_making.AUDIENCE, PERSON, "Muster", "j-1", case.good.split(".")[1]):
        assert secret not in str(caught.value)
        assert secret not in caught.value.public_message.en
    assert len(store) == used, "a token that is refused must not count as used"
    if not case.used:
        # The good one bears the same jti, and is shown to the same verifier afterwards.
        assert verifier.verify(case.good, nonce=NONCE, proof=case.good_proof).first_use


@pytest.mark.parametrize("case", [case for case in CASES if case.used], ids=lambda case: case.name)
def test_what_is_refused_as_used_was_good_before(case: Case) -> None:
    later = case.later if case.code == "TOKEN_REPLAYED" else 0
    verifier = token_making.verifier(now=NOW + timedelta(seconds=later))
    assert verifier.verify(case.token, nonce=NONCE, proof=case.proof).first_use


def test_looking_at_a_token_is_just_as_strict() -> None:
    """Without a look at earlier uses and without the holder's proof, all else still counts."""
    weakened = {"TOKEN_REPLAYED", "PROOF_MISSING"}
    for case in CASES:
        verifier = token_making.verifier(now=NOW + timedelta(seconds=case.later))
        looking = verifier.without_replay_check().without_proof_of_possession()
        found, looked_at = None, None
        try:
            looked_at = looking.verify(case.token, nonce=NONCE, proof=case.proof)
        except EidError as error:
            found = error.code
        assert found == (None if case.code in weakened else case.code), case.name
        if looked_at is not None:
            assert not looked_at.first_use
            assert looked_at.holder_proven == (case.proof is not None)


def test_as_octets_none_is_accepted_either() -> None:
    for case in CASES:
        if case.used or not isinstance(case.token, str):
            continue
        with pytest.raises(EidError):
            token_making.verifier().verify(
                case.token.encode("utf-8", "surrogatepass"), nonce=NONCE, proof=case.proof
            )


HARMLESS = {
    "white space": token_making.claims_and(b' ,\n"x" : 1\t'),
    "an escaped name": token_making.claims_and(b',"\\u0061ud":"https://bank.example"', aud=token_making.OUT),
    "letters outside ASCII": token_making.with_claims(place="Đắk Lắk", face="\U0001f642"),
    "the largest exact integer": token_making.with_claims(x=2**53 - 1),
    "a header nobody knows": token_making.with_header(x5t="AAAA", x={"y": 1}),
    "claims nobody knows": token_making.with_claims(x={"y": [1, 2.5, None]}, scope="openid"),
    "nothing that need not be there": token_making.with_claims(
        **dict.fromkeys(
            ("auth_time", "acr", "amr", "account_level", "authentication_level", "verdicts", "evidence", "person"),
            token_making.OUT,
        )
    ),
}  # fmt: skip


@pytest.mark.parametrize("token", HARMLESS.values(), ids=HARMLESS)
def test_what_is_merely_unusual_is_accepted(token: str) -> None:
    assert token_making.verifier().verify(token, nonce=NONCE).first_use


def test_the_same_name_by_another_issuer_is_another_token() -> None:
    verifier = token_making.verifier(MemoryReplayStore())
    partners = token_making.PARTNERS
    theirs = hostile_tokens.jwt(
        token_making.by(partners), token_making.claims(iss=token_making.PARTNER), partners
    )
    assert verifier.verify(token_making.good(), nonce=NONCE).issuer == ISSUER
    assert verifier.verify(theirs, nonce=NONCE).issuer == token_making.PARTNER


class _Unreachable:
    def use(self, *_: object, **__: object) -> bool:
        raise ReplayStoreUnavailable("down")


def test_nothing_is_accepted_while_the_store_cannot_be_asked() -> None:
    with pytest.raises(ReplayStoreUnavailable):
        token_making.verifier(_Unreachable()).verify(token_making.good(), nonce=NONCE)


def test_every_reason_of_the_catalogue_is_met() -> None:
    """Each error that the verifier says it raises, and each of a proof, is the answer to some case."""
    prefixes = ("TOKEN_", "UNKNOWN_KEY", "KEY_NOT", "KEYS_", "PROOF_", "REPLAY_", "DPOP_")
    wanted = {
        cls.code
        for cls in errors.all_errors()
        if cls.__module__ == "eid.errors.tokens"
        and cls.code.startswith(prefixes)
        and cls is not errors.TokenError
    }
    assert wanted - {case.code for case in CASES} == OF_SURROUNDINGS | OF_DPOP_ALONE
