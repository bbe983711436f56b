"""Used tokens in the memory of one process."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import ReplayStoreFull, ReplayStoreUnavailable
from eid.tokens.replay import KEPT_LONGER, MemoryReplayStore, replay_key

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
MINUTE = timedelta(minutes=1)


def test_the_first_use_is_the_only_one() -> None:
    store = MemoryReplayStore()
    assert [store.use("i", "a", expires_at=SOON, now=NOW) for _ in range(3)] == [True, False, False]
    assert store.use("i", "b", expires_at=SOON, now=NOW)
    assert store.use("j", "a", expires_at=SOON, now=NOW)


def test_of_two_hundred_threads_one_is_first() -> None:
    store = MemoryReplayStore()
    with ThreadPoolExecutor(200) as pool:
        found = Counter(pool.map(lambda _: store.use("i", "a", expires_at=SOON, now=NOW), range(200)))
    assert found == {True: 1, False: 199}


def test_between_looking_and_marking_nobody_else_looks() -> None:
    class Slow(set[str | bytes]):
        def __contains__(self, key: object) -> bool:
            found = super().__contains__(key)
            time.sleep(0.001)  # others have their turn
            return found

    store = MemoryReplayStore()
    store._keys = Slow()
    with ThreadPoolExecutor(8) as pool:
        found = Counter(pool.map(lambda _: store.use("i", "a", expires_at=SOON, now=NOW), range(8)))
    assert found == {True: 1, False: 7}


def test_an_entry_outlives_its_token_and_then_makes_room() -> None:
    store = MemoryReplayStore()
    store.use("i", "a", expires_at=SOON, now=NOW)
    assert not store.use("i", "a", expires_at=SOON, now=SOON + KEPT_LONGER)
    store.use("i", "b", expires_at=SOON + timedelta(hours=1), now=SOON + KEPT_LONGER + MINUTE)
    assert len(store) == 1


def test_a_longer_life_of_the_same_token_changes_nothing() -> None:
    store = MemoryReplayStore()
    store.use("i", "a", expires_at=SOON, now=NOW)
    assert not store.use("i", "a", expires_at=SOON + timedelta(days=1), now=NOW)


def test_a_full_store_refuses_and_forgets_nothing_early() -> None:
    store = MemoryReplayStore(capacity=3)
    for name in "abc":
        assert store.use("i", name, expires_at=SOON, now=NOW)
    for _ in range(2):
        with pytest.raises(ReplayStoreFull):
            store.use("i", "d", expires_at=SOON, now=NOW)
    assert not store.use("i", "a", expires_at=SOON, now=NOW), "known as used, also when full"
    assert store.use("i", "d", expires_at=SOON + timedelta(hours=1), now=SOON + KEPT_LONGER + MINUTE)
    assert issubclass(ReplayStoreFull, ReplayStoreUnavailable)


def test_a_clock_that_is_set_back_lets_nothing_in() -> None:
    store = MemoryReplayStore()
    store.use("i", "a", expires_at=SOON, now=NOW)
    store.use("i", "b", expires_at=SOON, now=NOW - timedelta(hours=1))
    assert not store.use("i", "a", expires_at=SOON, now=NOW - timedelta(hours=1))


def test_an_empty_store_is_a_store_and_shows_no_names() -> None:
    store = MemoryReplayStore()
    assert store
    store.use("https://issuer.example", "secret-name", expires_at=SOON, now=NOW)
    assert repr(store) == "<MemoryReplayStore 1 of 200000>"


@given(*[st.text(max_size=12)] * 4)
def test_other_names_are_other_keys(issuer: str, name: str, other_issuer: str, other_name: str) -> None:
    same = (issuer, name) == (other_issuer, other_name)
    assert (replay_key(issuer, name) == replay_key(other_issuer, other_name)) == same


def test_borders_between_issuer_and_name_are_kept() -> None:
    assert replay_key("ab", "c") != replay_key("a", "bc")
    assert replay_key("1 a", "") != replay_key("1", " a")
    assert len(replay_key("", "\ud800")) == 32
    store = MemoryReplayStore()
    for issuer, name in (("ab", "c"), ("a", "bc"), ("a", "b" * 500), ("a" * 500, "b")):
        assert store.use(issuer, name, expires_at=SOON, now=NOW)
        assert not store.use(issuer, name, expires_at=SOON, now=NOW)
