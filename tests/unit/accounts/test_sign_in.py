"""What is kept between the two halves of a sign-in, without any provider."""

from __future__ import annotations

import base64
import hashlib
import itertools
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eid.accounts.sign_in import MAX_SEALED, PendingSignIn, SignInTransactions
from eid.errors import (
    InputError,
    SignInExpired,
    SignInOtherPerson,
    SignInReplayed,
    SignInStateMismatch,
    SignInTransactionInvalid,
)
from eid.tokens.replay import MemoryReplayStore

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SESSION = "a-session-of-one-browser"
OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)


class Clock:
    now = START

    def __call__(self) -> datetime:
        return self.now


def kept(*secrets_: bytes, clock: Clock | None = None, **options: Any) -> SignInTransactions:
    options.setdefault("replay", MemoryReplayStore())
    return SignInTransactions(list(secrets_ or (OLD,)), clock=clock or Clock(), **options)


def begin(transactions: SignInTransactions, **changes: Any) -> tuple[PendingSignIn, str]:
    arguments = {"session": SESSION, "transaction": "T", "purpose": "p", "consent": "c", "expected": None}
    return transactions.begin(changes.pop("provider", "one"), **{**arguments, **changes})


def test_what_was_begun_comes_back_as_it_was() -> None:
    transactions = kept()
    pending, sealed = begin(
        transactions, expected="001099012349", acr_values=["urn:a", "urn:b"], max_age=timedelta(minutes=5),
        again=True,
    )  # fmt: skip
    assert transactions.redeem(sealed, provider="one", session=SESSION, state=pending.state) == pending
    assert pending.expires_at - pending.started_at == timedelta(minutes=10)


def test_every_sign_in_has_256_random_bits_of_each_kind() -> None:
    transactions = kept()
    found = [begin(transactions)[0] for _ in range(50)]
    values = [value for each in found for value in (each.state, each.nonce, each.verifier)]
    assert len(set(values)) == 150
    for value in values:
        assert len(base64.urlsafe_b64decode(value + "=")) == 32


def test_the_challenge_is_that_of_rfc_7636_appendix_b() -> None:
    pending, _ = begin(kept())
    object.__setattr__(pending, "verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert pending.code_challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_browser_sees_nothing_of_what_is_sealed() -> None:
    pending, sealed = begin(kept(), expected="001099012349", purpose="account_opening")
    octets = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    for secret in (b"001099012349", pending.state.encode(), b"account_opening", b"one"):
        assert secret not in octets
    assert sealed not in repr(pending)
    for secret in (pending.state, pending.nonce, pending.verifier, str(pending.expected)):
        assert secret not in repr(pending)
    assert begin(kept())[1] != begin(kept())[1]
    assert len(sealed) < 700  # beside other cookies


def test_the_digest_of_whom_it_has_to_be_says_nothing_outside_its_transaction() -> None:
    transactions = kept()
    one, other = (begin(transactions, expected="001099012349")[0] for _ in range(2))
    assert one.expected != other.expected
    assert hashlib.sha256(b"001099012349").hexdigest() != one.expected
    one.require_person("001099012349")
    for wrong in ("001099012340", "", "1099012349", "001099012349 "):
        with pytest.raises(SignInOtherPerson):
            one.require_person(wrong)
    begin(transactions)[0].require_person("anybody")


def test_a_transaction_belongs_to_one_provider_and_one_session() -> None:
    transactions = kept()
    pending, sealed = begin(transactions)
    for provider, session in (
        ("two", SESSION), ("one", SESSION + "x"), ("oneA", SESSION[1:] + "x"), ("on", "e" + SESSION),
    ):  # fmt: skip
        with pytest.raises(SignInTransactionInvalid):
            transactions.redeem(sealed, provider=provider, session=session, state=pending.state)
    transactions.redeem(sealed, provider="one", session=SESSION, state=pending.state)


def test_it_is_redeemed_once_with_any_store_that_all_share() -> None:
    replay = MemoryReplayStore()
    one, two = kept(replay=replay), kept(replay=replay)
    pending, sealed = begin(one)
    two.redeem(sealed, provider="one", session=SESSION, state=pending.state)
    for again in (one, two):
        with pytest.raises(SignInReplayed):
            again.redeem(sealed, provider="one", session=SESSION, state=pending.state)


def test_a_wrong_state_is_refused_and_uses_nothing_up() -> None:
    transactions = kept()
    pending, sealed = begin(transactions)
    for wrong in ("", pending.state[:-1], pending.state + "A", pending.nonce, pending.state.swapcase(), "é"):
        with pytest.raises(SignInStateMismatch):
            transactions.redeem(sealed, provider="one", session=SESSION, state=wrong)
    transactions.redeem(sealed, provider="one", session=SESSION, state=pending.state)


def test_it_ends_on_the_second() -> None:
    clock = Clock()
    transactions = kept(clock=clock, lifetime=timedelta(minutes=2))
    one, two = begin(transactions), begin(transactions)
    clock.now = START + timedelta(seconds=119)
    transactions.redeem(one[1], provider="one", session=SESSION, state=one[0].state)
    clock.now = START + timedelta(seconds=120)
    with pytest.raises(SignInExpired):
        transactions.redeem(two[1], provider="one", session=SESSION, state=two[0].state)


def test_a_secret_is_changed_while_people_sign_in() -> None:
    replay = MemoryReplayStore()
    before, during, after = kept(OLD, replay=replay), kept(NEW, OLD, replay=replay), kept(NEW, replay=replay)
    old, new = begin(before), begin(during)
    during.redeem(old[1], provider="one", session=SESSION, state=old[0].state)
    after.redeem(new[1], provider="one", session=SESSION, state=new[0].state)
    with pytest.raises(SignInTransactionInvalid):
        after.redeem(begin(before)[1], provider="one", session=SESSION, state="x")


def test_everything_sealed_fits_into_a_cookie_or_is_refused() -> None:
    word = "é" * 200
    _, sealed = begin(kept(), transaction=word, purpose=word, consent=word, provider=word)
    assert len(sealed) <= MAX_SEALED
    with pytest.raises(InputError):
        begin(kept(), acr_values=["x" * 200] * 20)


@pytest.mark.parametrize(
    "changes",
    [{"acr_values": "urn:a"}, {"acr_values": ["a b"]}, {"acr_values": [""]}, {"max_age": timedelta(seconds=-1)},
     {"provider": ""}, {"transaction": "x\ny"}, {"purpose": None}, {"session": None}],
)  # fmt: skip
def test_arguments_out_of_range_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        begin(kept(), **changes)


def test_no_two_contexts_are_spelled_the_same() -> None:
    transactions = kept()
    parts = ["a", "ab", "abc" + "s" * 16, "b" + "s" * 16, "s" * 16, "as" + "s" * 15]
    for provider, session in itertools.product(parts[:2], parts[2:]):
        pending, sealed = begin(transactions, provider=provider, session=session)
        for other in itertools.product(parts[:2], parts[2:]):
            if other != (provider, session):
                with pytest.raises(SignInTransactionInvalid):
                    transactions.redeem(sealed, provider=other[0], session=other[1], state=pending.state)
