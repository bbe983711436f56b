"""What a service gets from an e-ID token, and when it gets nothing. Hostile tokens: tests/security."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import joserfc.jwk
import joserfc.jwt
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from eid.crypto.keys import FoundKey, Key, KeySet, SoftwareSigner
from eid.errors import (
    AudienceMismatch,
    EidError,
    InputError,
    IssuerMismatch,
    KeyNotInForce,
    KeysUnavailable,
    NonceMismatch,
    ProofMissing,
    ReplayStoreUnavailable,
    TokenExpired,
    TokenReplayed,
    UnknownKey,
)
from eid.tokens.issuing import Subject, TokenIssuer
from eid.tokens.replay import MemoryReplayStore
from eid.tokens.verifying import TokenVerifier

ISSUER, PARTNER = "https://counter.example", "https://partner.example"
AUDIENCE, NONCE, NUMBER = "https://portal.example", "n-1", "001099012349"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
SIGNER, PARTNERS = SoftwareSigner.generate(kid="k-1"), SoftwareSigner.generate(kid="k-1")


def issuer(name: str = ISSUER, signer: SoftwareSigner = SIGNER, now: datetime = NOW) -> TokenIssuer:
    return TokenIssuer(issuer=name, signer=signer, pairwise_secret=bytes(32), clock=lambda: now)


def token(by: TokenIssuer | None = None, **changes: Any) -> str:
    settings: dict[str, Any] = {
        "audience": AUDIENCE, "nonce": NONCE, "account_level": 2, "authentication_level": 3, **changes,
    }  # fmt: skip
    return (by or issuer()).issue(Subject(NUMBER, NOW - timedelta(hours=1), ("otp",)), **settings)


def verifier(**changes: Any) -> TokenVerifier:
    settings: dict[str, Any] = {
        "issuers": ISSUER,
        "audience": AUDIENCE,
        "keys": KeySet([SIGNER.key]),
        "replay": MemoryReplayStore(),
        "clock": lambda: NOW,
        **changes,
    }
    return TokenVerifier(**settings)


def test_a_good_token_tells_everything_it_says() -> None:
    read = verifier().verify(token(claims={"purpose": "residence"}), nonce=NONCE)
    assert (read.issuer, read.audience, read.key_id) == (ISSUER, AUDIENCE, "k-1")
    assert (read.account_level, read.authentication_level) == (2, 3)
    assert (read.issued_at, read.expires_at) == (NOW, NOW + timedelta(minutes=5))
    assert (read.auth_time, read.amr) == (NOW - timedelta(hours=1), ("otp",))
    assert read.claims == {"purpose": "residence"}
    assert (read.holder, read.holder_proven, read.first_use) == (None, False, True)
    assert (read.trust_age, read.stale) == (None, False)
    assert (dict(read.verdicts), read.evidence, dict(read.person)) == ({}, (), {})


def test_the_result_shows_nothing_personal_and_cannot_be_changed() -> None:
    read = verifier().verify(token(with_number=True, claims={"purpose": "residence"}), nonce=NONCE)
    for word in (NUMBER, "residence", NONCE):
        assert word not in repr(read)
    assert "account_level=2" in repr(read)
    with pytest.raises(dataclasses.FrozenInstanceError):
        read.first_use = False  # type: ignore[misc]
    for mapping in (read.claims, read.person, read.verdicts):
        with pytest.raises(TypeError):
            mapping["x"] = 1  # type: ignore[index]


def test_a_token_may_come_as_octets() -> None:
    assert verifier().verify(token().encode(), nonce=NONCE).account_level == 2


# --- for this service, this transaction, once ------------------------------------------------------


def test_a_token_for_another_service_is_refused_and_stays_good_there() -> None:
    store, text = MemoryReplayStore(), token(audience="https://shop.example")
    with pytest.raises(AudienceMismatch):
        verifier(replay=store).verify(text, nonce=NONCE)
    assert verifier(replay=store, audience="https://shop.example").verify(text, nonce=NONCE).first_use


def test_a_token_of_another_transaction_is_refused_and_stays_good_there() -> None:
    with pytest.raises(NonceMismatch):
        (one := verifier()).verify(text := token(), nonce="n-2")
    assert one.verify(text, nonce=NONCE).first_use


def test_a_token_is_good_for_one_use() -> None:
    one, text = verifier(), token()
    one.verify(text, nonce=NONCE)
    for _ in range(3):
        with pytest.raises(TokenReplayed):
            one.verify(text, nonce=NONCE)


def test_looking_at_a_token_neither_uses_it_nor_says_it_was_not_used() -> None:
    one, text = verifier(), token()
    for _ in range(2):
        assert not one.without_replay_check().verify(text, nonce=NONCE).first_use
    assert one.verify(text, nonce=NONCE).first_use


class Down:
    def use(self, *_: object, **__: object) -> bool:
        raise ReplayStoreUnavailable("down")


def test_nothing_is_accepted_while_used_tokens_cannot_be_looked_up() -> None:
    with pytest.raises(ReplayStoreUnavailable):
        verifier(replay=Down()).verify(token(), nonce=NONCE)


def test_of_two_hundred_threads_with_one_token_one_is_accepted() -> None:
    one, text, found = verifier(), token(), Counter[str]()
    start, lock = threading.Barrier(200), threading.Lock()

    def present() -> None:
        start.wait()
        try:
            one.verify(text, nonce=NONCE)
            outcome = "accepted"
        except EidError as error:
            outcome = error.code
        with lock:
            found[outcome] += 1

    threads = [threading.Thread(target=present) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"accepted": 1, "TOKEN_REPLAYED": 199}


def test_a_used_token_is_remembered_until_no_clock_accepts_it() -> None:
    store, text = MemoryReplayStore(), token()
    verifier(replay=store).verify(text, nonce=NONCE)
    last = NOW + timedelta(minutes=5, seconds=29)
    with pytest.raises(TokenReplayed):
        verifier(replay=store, clock=lambda: last).verify(text, nonce=NONCE)
    with pytest.raises(TokenExpired):
        verifier(replay=store, clock=lambda: last + timedelta(seconds=1)).verify(text, nonce=NONCE)
    # Another machine, whose clock is five minutes ahead, does its part; ours accepts nothing for that.
    ahead = last + timedelta(minutes=5)
    verifier(replay=store, clock=lambda: ahead).verify(token(issuer(now=ahead)), nonce=NONCE)
    with pytest.raises(TokenReplayed):
        verifier(replay=store, clock=lambda: last).verify(text, nonce=NONCE)


def test_the_store_is_told_how_long_any_clock_may_accept_the_token() -> None:
    asked: list[tuple[Any, ...]] = []

    class Noting:
        def use(self, issuer: str, jti: str, *, expires_at: datetime, now: datetime) -> bool:
            asked.append((issuer, jti, expires_at, now))
            return True

    read = verifier(replay=Noting()).verify(token(), nonce=NONCE)
    assert asked == [(ISSUER, read.jti, NOW + timedelta(minutes=5, seconds=30), NOW)]


# --- whom to believe -------------------------------------------------------------------------------


def both() -> TokenVerifier:
    keys = {ISSUER: KeySet([SIGNER.key]), PARTNER: KeySet([PARTNERS.key])}
    return verifier(issuers=[ISSUER, PARTNER], keys=keys)


def test_each_issuer_speaks_with_its_own_keys_alone() -> None:
    assert both().verify(token(issuer(PARTNER, PARTNERS)), nonce=NONCE).issuer == PARTNER
    for name, signer in ((ISSUER, PARTNERS), (PARTNER, SIGNER)):
        with pytest.raises(EidError) as caught:
            both().verify(token(issuer(name, signer)), nonce=NONCE)
        assert caught.value.code == "TOKEN_SIGNATURE"  # the key identifiers are alike


def test_two_issuers_may_give_their_tokens_the_same_name() -> None:
    one = both()
    first, second = token(), token(issuer(PARTNER, PARTNERS))
    assert one.verify(first, nonce=NONCE).first_use
    assert one.verify(second, nonce=NONCE).first_use


def test_an_issuer_nobody_named_is_refused() -> None:
    with pytest.raises(IssuerMismatch):
        verifier().verify(token(issuer(PARTNER)), nonce=NONCE)


@pytest.mark.parametrize(
    "changes",
    [
        {"issuers": ""},
        {"issuers": []},
        {"issuers": [ISSUER, PARTNER]},
        {"issuers": [ISSUER, PARTNER], "keys": {ISSUER: KeySet([])}},
        {"issuers": [ISSUER], "keys": {ISSUER: KeySet([]), PARTNER: KeySet([])}},
        {"issuers": ISSUER, "keys": {}},
        {"audience": ""},
    ],
)
def test_a_verifier_that_would_believe_too_many_cannot_be_made(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        verifier(**changes)


def test_a_clock_without_zone_is_refused() -> None:
    with pytest.raises(InputError):
        verifier(clock=lambda: NOW.replace(tzinfo=None)).verify(token(), nonce=NONCE)


class Aged:
    """Keys that were last confirmed some time ago."""

    def find(self, kid: str, *, now: datetime) -> FoundKey:
        return FoundKey(SIGNER.key, timedelta(hours=3), stale=True)


def test_how_old_the_trust_in_the_key_is_stands_in_the_result() -> None:
    read = verifier(keys=Aged()).verify(token(), nonce=NONCE)
    assert (read.trust_age, read.stale) == (timedelta(hours=3), True)


class Failing:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def find(self, kid: str, *, now: datetime) -> FoundKey:
        raise self.error


@pytest.mark.parametrize("error", [UnknownKey(), KeysUnavailable(), KeyNotInForce()])
def test_without_a_key_nothing_is_accepted_and_nothing_used_up(error: EidError) -> None:
    store = MemoryReplayStore()
    with pytest.raises(type(error)):
        verifier(keys=Failing(error), replay=store).verify(token(), nonce=NONCE)
    assert len(store) == 0


def test_keys_are_asked_at_the_time_of_the_clock() -> None:
    key = Key("k-1", "ES256", SIGNER.key.public, not_after=NOW)
    assert verifier(keys=KeySet([key])).verify(token(), nonce=NONCE).first_use
    later = NOW + timedelta(seconds=1)
    with pytest.raises(KeyNotInForce):
        verifier(keys=KeySet([key]), clock=lambda: later).verify(token(), nonce=NONCE)


def test_leeway_is_half_a_minute_unless_said_otherwise() -> None:
    text = token()
    end = NOW + timedelta(minutes=5)
    for leeway, last in ((None, 29), (0, -1), (60, 59)):
        changes = {} if leeway is None else {"leeway": timedelta(seconds=leeway)}
        accepted, refused = end + timedelta(seconds=last), end + timedelta(seconds=last + 1)
        assert verifier(clock=lambda now=accepted: now, **changes).verify(text, nonce=NONCE)
        with pytest.raises(TokenExpired):
            verifier(clock=lambda now=refused: now, **changes).verify(text, nonce=NONCE)


def test_a_weakened_verifier_leaves_the_first_one_strict() -> None:
    one = verifier()
    one.without_replay_check()
    one.without_proof_of_possession()
    text = token(confirmation=SIGNER.key.thumbprint())
    with pytest.raises(ProofMissing):
        one.verify(text, nonce=NONCE)
    read = one.without_proof_of_possession().verify(text, nonce=NONCE)
    assert (read.holder, read.holder_proven) == (SIGNER.key.thumbprint(), False)


# --- tokens made by others -------------------------------------------------------------------------


def claims(**changes: Any) -> dict[str, Any]:
    return {
        "iss": ISSUER, "sub": "pairwise-1", "aud": AUDIENCE, "iat": AT, "exp": AT + 300, "jti": "j-1",
        "nonce": NONCE, "account_level": 1, **changes,
    }  # fmt: skip


ALGORITHMS = ["ES256", "ES384", "ES512", "Ed25519", "RS256", "PS256"]


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_token_made_by_pyjwt_is_read(alg: str) -> None:
    signer = SoftwareSigner.generate(alg)
    head = {"typ": "eid+jwt", "kid": signer.kid}
    theirs = "EdDSA" if alg == "Ed25519" else alg
    text = jwt.encode(claims(), signer._private, algorithm=theirs, headers=head)
    assert verifier(keys=KeySet([signer.key])).verify(text, nonce=NONCE).account_level == 1


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_token_made_by_joserfc_is_read(alg: str) -> None:
    signer = SoftwareSigner.generate(alg)
    pem = signer._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = joserfc.jwk.import_key(pem, {"ES": "EC", "Ed": "OKP"}.get(alg[:2], "RSA"))
    head = {"alg": alg, "typ": "eid+jwt", "kid": signer.kid}
    text = joserfc.jwt.encode(head, claims(), key, algorithms=[alg])
    assert verifier(keys=KeySet([signer.key])).verify(text, nonce=NONCE).subject == "pairwise-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"x": {"y": [1, 2.5, None]}},
        {"iat": AT + 30, "exp": AT + 60},
        {"iat": AT - 300, "exp": AT - 29},
        {"nbf": AT + 30},
        {"exp": AT + 600},
        {"acr": "urn:example:gold"},
        {"place": "Đắk Lắk", "face": "\U0001f642"},
        {"x": 2**53 - 1},
        {"amr": []},
        {"verdicts": {}},
    ],
    ids=lambda changes: json.dumps(changes)[:30],
)
def test_what_is_merely_unusual_is_accepted(changes: dict[str, Any]) -> None:
    text = jwt.encode(
        claims(**changes), SIGNER._private, algorithm="ES256", headers={"typ": "eid+jwt", "kid": "k-1"}
    )
    assert verifier().verify(text, nonce=NONCE).first_use


@pytest.mark.parametrize("typ", ["eid+jwt", "application/eid+jwt", "EID+JWT"])
def test_the_type_is_a_media_type(typ: str) -> None:
    text = jwt.encode(claims(), SIGNER._private, algorithm="ES256", headers={"typ": typ, "kid": "k-1"})
    assert verifier().verify(text, nonce=NONCE).first_use
