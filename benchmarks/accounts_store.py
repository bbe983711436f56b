"""One check against a database: account, decision, round trips, beside the same query through the bare driver.

    python benchmarks/accounts_store.py

*Bare* is the driver alone with a connection that is open: the same statement, the row fetched, nothing
opened or read. A check also finds the keyed hash, unseals and reads the account, and decides. PostgreSQL is
the server on this machine; without one its rows are left out.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from measure import Row, paired

import eid
from eid.accounts.lifecycle.commands import Activate, Notify, Register
from eid.accounts.model import Actor, Details, Factor, HolderKind, Role
from eid.accounts.requirement import Context, Requirement
from eid.accounts.service import Accounts
from eid.accounts.stores.sql import SqlAccountStore
from eid.accounts.stores.vault import Vault
from eid.document.dates import PartialDate
from eid.vietnam import rules

SERVER = "postgresql://postgres@127.0.0.1:5432"
#: Short turns, so that whatever else the machine does falls on both.
ACCOUNTS, ROUNDS, EACH = 300, 150, 10
CLERK = Actor(Role.OFFICER, "o-1")
QUERY = (
    "SELECT a.id, a.version, a.data_key, a.snapshot FROM eid_accounts a"
    " JOIN eid_account_subjects s ON s.account_id = a.id WHERE s.key = {}"
)


def numbers() -> list[str]:
    """Of invented people."""
    return [f"001099{n:06}" for n in range(ACCOUNTS)]


def filled(url: str, vault: Vault) -> tuple[SqlAccountStore, Accounts]:
    """A store with accounts that are in use."""
    store = SqlAccountStore.open(url, vault=vault)
    accounts = Accounts(store, rules=rules, clock=eid.utc_now)
    for number in numbers():
        details = Details("Trần Thị Ngọc Ánh", "+84912345678", "ngoc.anh@mail.example")
        register = Register(
            holder=HolderKind.CITIZEN,
            birth_date=PartialDate(1999, 7, 4),
            documents=frozenset({"identity_card", "valid_identity_card"}),
            details=details,
        )
        for name, command in (("1", register), ("2", Notify()), ("3", Activate())):
            accounts.run(number, command, actor=CLERK, command_id=name)
    return store, accounts


def one_check(accounts: Accounts, store: SqlAccountStore) -> Callable[[str], None]:
    """A check as a service makes it, of a holder who just signed in."""
    now = eid.utc_now()
    first = store.by_subject(numbers()[0])
    assert first is not None
    requirement = Requirement(account_level=1, authentication_level=1, max_auth_age=timedelta(minutes=5))

    def check(number: str) -> None:
        context = Context(
            transaction="t-1",
            actor=Actor(Role.HOLDER, first.id),
            factors=(Factor("password", now, "t-1"),),
        )
        accounts.check(number, require=requirement, context=context, now=now)

    return check


def round_trips(store: SqlAccountStore, ask: Callable[[], object]) -> int:
    """Questions that go to the database, as the driver tells it."""
    ask()
    with store.database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
    if store.database.is_sqlite:
        said: list[str] = []
        raw.set_trace_callback(said.append)
        ask()
        raw.set_trace_callback(None)
        return len(said)
    with tempfile.NamedTemporaryFile() as trace:
        raw.pgconn.trace(trace.fileno())
        ask()
        raw.pgconn.untrace()
        return sum("\tReadyForQuery\t" in line for line in Path(trace.name).read_text().splitlines())


def rows_of(name: str, url: str, bare_query: Callable[[bytes], object]) -> list[Row]:
    """A check at *url*, beside *bare_query*."""
    vault = Vault.generate()
    store, accounts = filled(url, vault)
    check = one_check(accounts, store)
    chosen = [secrets.choice(numbers()) for _ in range(EACH)]
    keys = [vault.index("subject", number) for number in chosen]

    def ours() -> None:
        for number in chosen:
            check(number)

    def bare() -> None:
        for key in keys:
            bare_query(key)

    def read() -> None:
        for number in chosen:
            store.by_subject(number)

    count = round_trips(store, lambda: check(chosen[0]))
    loading, load_ms = paired(read, bare, ROUNDS)
    ratio, ms = paired(ours, bare, ROUNDS)
    store.close()
    return [
        Row(f"check over {name}: round trips", count, "", 1, "as the driver counts them"),
        Row(
            f"  account loaded and opened, {name}", loading, "x bare", None, f"{load_ms / EACH * 1e3:.0f} µs"
        ),
        Row(f"  whole check, {name}", ratio, "x bare", None, f"{ms / EACH * 1e3:.0f} µs"),
    ]


@contextlib.contextmanager
def postgresql() -> Iterator[str | None]:
    """A new database on the server of this machine, or ``None``."""
    name = f"eid_bench_{secrets.token_hex(6)}"
    try:
        server = psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        yield None
        return
    with server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{SERVER}/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def rows() -> list[Row]:
    """What `make bench` shows."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "accounts.db")
        raw = sqlite3.connect(path)
        query = QUERY.format("?")
        found += rows_of(
            "SQLite", f"sqlite:///{path}", lambda key: raw.execute(query, (key,)).fetchone() or _missing()
        )
        raw.close()
    with postgresql() as url:
        if url is not None:
            with psycopg.connect(url, autocommit=True) as connection:
                query = QUERY.format("%s")
                found += rows_of(
                    "PostgreSQL",
                    url,
                    lambda key: connection.execute(query, (key,)).fetchone() or _missing(),
                )
    return found


def _missing() -> None:
    raise AssertionError("the bare query found nothing")


if __name__ == "__main__":
    for row in rows():
        print(f"{row.name:48} {row.value:8.2f} {row.unit:8} {row.detail}")
