"""What every account store promises: in memory, in SQLite and in a real PostgreSQL."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import store_samples as samples

from eid.accounts.lifecycle.events import replay
from eid.accounts.stores.memory import MemoryAccountStore
from eid.accounts.stores.sql import SqlAccountStore
from eid.accounts.stores.store import AccountStore, Change
from eid.accounts.stores.vault import Vault
from eid.errors import AccountConflict, CommandIdReused, InputError, SubjectTaken

pytest.importorskip("sqlalchemy", reason="needs the extra sql")
pytest.importorskip("alembic", reason="needs the extra sql")
pytest.importorskip("psycopg", reason="needs the extra sql")


@pytest.fixture(scope="module")
def vault() -> Vault:
    return Vault.generate()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path, vault: Vault) -> Iterator[AccountStore]:
    if request.param == "memory":
        yield MemoryAccountStore()
        return
    sqlite = f"sqlite:///{tmp_path / 'accounts.db'}"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("database")
    opened = SqlAccountStore.open(url, vault=vault)
    yield opened
    opened.close()


@pytest.fixture
def number() -> str:
    return samples.new_number()


def test_an_account_is_found_by_number_and_by_identifier_as_it_was_kept(
    store: AccountStore, number: str
) -> None:
    made = samples.registration(number)
    assert store.append(made) == made.account
    for found in (store.by_subject(number), store.by_id(made.account.id)):
        assert found == made.account
        assert found is not None
        assert found.details == samples.DETAILS
    assert store.events(made.account.id) == made.events
    assert store.executed(made.account.id, "register") == samples.digest("register")


def test_what_is_not_there_is_not_found(store: AccountStore, number: str) -> None:
    account = store.append(samples.registration(number)).id
    for subject in (
        samples.new_number(),
        "",
        number[:-1],
        f"{number}0",
        "x" * 1000,
        "\ud800",
        "a\0b",
        account,
    ):
        assert store.by_subject(subject) is None
    for account_id in (secrets.token_hex(16), "", "x" * 10_000, "\ud800", "a\0b", "ố", number):
        assert store.by_id(account_id) is None
        assert store.events(account_id) == ()
        assert store.executed(account_id, "register") is None
        assert not store.erase(account_id)
    for command in ("", "other", "\ud800", "a\0b"):
        assert store.executed(account, command) is None


def test_changes_follow_each_other(store: AccountStore, number: str) -> None:
    account = store.append(samples.registration(number))
    account = store.append(samples.change(account, samples.note("a"), samples.note("b"), command="1"))
    account = store.append(samples.change(account, samples.lock(), command="2"))
    assert account.version == 4
    assert store.by_subject(number) == account
    events = store.events(account.id)
    assert [event.kind for event in events] == ["registered", "notified", "notified", "locked"]
    assert replay(events) == account


def test_a_change_of_an_older_version_is_a_conflict_and_changes_nothing(
    store: AccountStore, number: str
) -> None:
    first = store.append(samples.registration(number))
    second = store.append(samples.change(first, samples.note("a"), command="1"))
    ahead = replace(second, version=7)
    for stale in (first, ahead):
        with pytest.raises(AccountConflict):
            store.append(samples.change(stale, samples.lock(), command="2"))
    assert store.by_subject(number) == second
    assert len(store.events(first.id)) == 2
    assert store.executed(first.id, "2") is None


def test_an_account_that_nobody_registered_cannot_change(store: AccountStore, number: str) -> None:
    unknown = samples.registration(number).account
    with pytest.raises(AccountConflict):
        store.append(samples.change(unknown, samples.lock(), command="1"))
    assert store.by_id(unknown.id) is None


def test_an_account_is_made_once(store: AccountStore, number: str) -> None:
    made = samples.registration(number)
    account = store.append(made)
    again = samples.registration(samples.new_number(), account_id=account.id, command="other")
    with pytest.raises(AccountConflict):
        store.append(again)
    assert store.by_id(account.id) == account
    assert store.by_subject(again.subjects[0]) is None


def test_a_repeated_command_adds_nothing_and_shows_the_account_as_it_is_now(
    store: AccountStore, number: str
) -> None:
    made = samples.registration(number)
    account = store.append(made)
    locking = samples.change(account, samples.lock(), command="lock")
    account = store.append(locking)
    account = store.append(samples.change(account, samples.note("later"), command="note"))
    for repeated in (made, locking):
        assert store.append(repeated) == account
    assert len(store.events(account.id)) == 3


def test_a_command_that_changed_nothing_is_remembered_all_the_same(store: AccountStore, number: str) -> None:
    account = store.append(samples.registration(number))
    nothing = samples.change(account, command="lock")
    assert store.append(nothing) == account
    assert store.executed(account.id, "lock") == samples.digest("lock")
    with pytest.raises(CommandIdReused):
        store.append(replace(nothing, command_digest=samples.digest("unlock")))


def test_one_identifier_for_two_commands_is_refused(store: AccountStore, number: str) -> None:
    account = store.append(samples.registration(number))
    locking = samples.change(account, samples.lock(), command="1")
    store.append(locking)
    with pytest.raises(CommandIdReused):
        store.append(replace(locking, command_digest=samples.digest("another")))
    with pytest.raises(CommandIdReused):
        store.append(
            replace(
                samples.change(account, samples.note("x"), command="1"), command_digest=samples.digest("y")
            )
        )
    assert len(store.events(account.id)) == 2


def test_two_accounts_may_use_the_same_identifier_for_commands(store: AccountStore) -> None:
    one = store.append(samples.registration(samples.new_number(), command="1"))
    two = store.append(samples.registration(samples.new_number(), command="1"))
    assert one.id != two.id
    assert len(store.events(one.id)) == len(store.events(two.id)) == 1


def test_a_number_leads_to_one_account(store: AccountStore, number: str) -> None:
    first = store.append(samples.registration(number, command="1"))
    second = samples.registration(number, command="2")
    with pytest.raises(SubjectTaken):
        store.append(second)
    assert store.by_subject(number) == first
    assert store.by_id(second.account.id) is None, "nothing of it is kept"
    assert store.events(second.account.id) == ()


def test_a_registration_that_was_handled_twice_makes_one_account(store: AccountStore, number: str) -> None:
    first = store.append(samples.registration(number, command="1"))
    assert store.append(samples.registration(number, command="1")) == first
    other = replace(samples.registration(number, command="1"), command_digest=samples.digest("another"))
    with pytest.raises(SubjectTaken):
        store.append(other)


def test_after_a_new_number_both_lead_to_the_account(store: AccountStore, number: str) -> None:
    account = store.append(samples.registration(number))
    new = samples.new_number()
    account = store.append(
        samples.change(account, samples.renumbering(new), command="2", subjects=(new, number))
    )
    assert store.by_subject(number) == store.by_subject(new) == account


def test_a_number_of_another_account_cannot_become_a_new_number(store: AccountStore, number: str) -> None:
    mine = store.append(samples.registration(number))
    others = samples.new_number()
    store.append(samples.registration(others))
    free = samples.new_number()
    both = (samples.renumbering(free), samples.renumbering(others))
    taking = samples.change(mine, *both, command="2", subjects=(free, others))
    with pytest.raises(SubjectTaken):
        store.append(taking)
    assert store.by_id(mine.id) == mine
    assert store.by_subject(free) is None, "not half of it"
    assert store.executed(mine.id, "2") is None


def test_an_erased_account_leaves_nothing_and_its_number_is_free(store: AccountStore, number: str) -> None:
    account = store.append(samples.registration(number))
    store.append(samples.change(account, samples.lock(), command="2"))
    assert store.erase(account.id)
    assert not store.erase(account.id)
    assert store.by_subject(number) is store.by_id(account.id) is None
    assert store.events(account.id) == ()
    assert store.executed(account.id, "2") is None
    anew = store.append(samples.registration(number))
    assert store.by_subject(number) == anew


def test_of_many_threads_that_change_one_version_one_does(store: AccountStore, number: str) -> None:
    account = store.append(samples.registration(number))
    outcomes = _in_threads(
        store, [samples.change(account, samples.note(f"o-{n}"), command=f"{n}") for n in range(12)]
    )
    assert sorted(outcomes) == ["ACCOUNT_CONFLICT"] * 11 + ["kept"]
    assert len(store.events(account.id)) == 2


def test_of_many_threads_that_register_one_number_one_does(store: AccountStore, number: str) -> None:
    outcomes = _in_threads(store, [samples.registration(number, command=f"{n}") for n in range(12)])
    assert sorted(outcomes) == ["SUBJECT_TAKEN"] * 11 + ["kept"]
    assert store.by_subject(number) is not None


def test_a_command_repeated_in_many_threads_is_carried_out_once(store: AccountStore, number: str) -> None:
    account = store.append(samples.registration(number))
    outcomes = _in_threads(store, [samples.change(account, samples.lock(), command="1")] * 12)
    assert outcomes == ["kept"] * 12
    assert len(store.events(account.id)) == 2


def test_those_who_want_the_same_numbers_in_another_order_do_not_wait_for_each_other_for_ever(
    store: AccountStore,
) -> None:
    for _ in range(3):
        accounts = [store.append(samples.registration(samples.new_number())) for _ in range(4)]
        wanted = [samples.new_number() for _ in range(16)]
        changes = [
            samples.change(account, *map(samples.renumbering, order), command="2", subjects=tuple(order))
            for account, order in zip(accounts, [wanted, wanted[::-1]] * 2, strict=True)
        ]
        assert sorted(_in_threads(store, changes)) == ["SUBJECT_TAKEN"] * 3 + ["kept"]


def _in_threads(store: AccountStore, changes: list[Change]) -> list[str]:
    from eid.errors import EidError

    outcomes: list[str] = []
    start = threading.Barrier(len(changes))

    def append(change: Change) -> None:
        start.wait()
        try:
            store.append(change)
            outcomes.append("kept")
        except EidError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=append, args=(each,)) for each in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


# --- what is given to a store ------------------------------------------------------------------------


def test_a_change_that_does_not_fit_together_is_refused(number: str) -> None:
    good = samples.registration(number)
    bad = [
        {"before": 1},
        {"before": -1},
        {"events": ()},
        {"events": good.events * 2},
        {"command_id": ""},
        {"command_id": "x" * 201},
        {"command_digest": b"short"},
        {"subjects": ("",)},
        {"subjects": ("x" * 129,)},
        {"subjects": tuple(f"{n}" for n in range(17))},
        {"subjects": (number, samples.new_number())},
        {"account": replace(good.account, id="")},
        {"account": replace(good.account, id="x" * 129)},
        {"account": replace(good.account, id="ố")},
        {"account": replace(good.account, id="a\nb")},
    ]
    for change in bad:
        with pytest.raises(InputError):
            replace(good, **change)
    longest = "x" * 128
    assert replace(
        good, command_id="x" * 200, account=replace(good.account, subjects=(longest,)), subjects=(longest,)
    )


def test_no_change_and_no_store_shows_whose_it_is(store: AccountStore, number: str) -> None:
    change = samples.registration(number)
    store.append(change)
    for text in (repr(change), repr(store)):
        assert number not in text
        assert "Trần" not in text
