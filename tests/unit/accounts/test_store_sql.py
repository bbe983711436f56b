"""The account store in databases: round trips, damage, other vaults, older tables, a database that is away."""

from __future__ import annotations

import logging
import multiprocessing
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import store_samples as samples

import servers
from eid import databases
from eid.accounts.stores import migrations
from eid.accounts.stores.sql import SqlAccountStore
from eid.accounts.stores.vault import Vault
from eid.databases import Database
from eid.errors import (
    AccountDataDamaged,
    AccountStoreForeign,
    AccountStoreNewer,
    AccountStoreOutdated,
    AccountStoreUnavailable,
    EidError,
    InputError,
    VaultKeyMissing,
    VaultMismatch,
)

sqlalchemy = pytest.importorskip("sqlalchemy", reason="needs the extra sql")
pytest.importorskip("alembic", reason="needs the extra sql")
psycopg = pytest.importorskip("psycopg", reason="needs the extra sql")


@pytest.fixture(scope="module")
def vault() -> Vault:
    return Vault.generate()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'accounts.db'}"
        return
    with servers.database() as address:
        yield address


@pytest.fixture
def store(url: str, vault: Vault) -> Iterator[SqlAccountStore]:
    with closing(SqlAccountStore.open(url, vault=vault)) as opened:
        yield opened


@pytest.fixture
def number() -> str:
    return samples.new_number()


def sql(store: SqlAccountStore, statement: str, **values: Any) -> list[Any]:
    """What somebody does who writes into the database past the library."""
    with store.database.engine.begin() as connection:
        result = connection.execute(sqlalchemy.text(statement), values)
        return list(result.all()) if result.returns_rows else []


# --- one round trip --------------------------------------------------------------------------------


def asked(store: SqlAccountStore, ask: Callable[[], object], tmp_path: Path) -> tuple[int, int]:
    """How often *ask* went to the database: as SQLAlchemy and as the driver tell it."""
    engine = store.database.engine
    said: list[str] = []
    trace = tmp_path / f"trace-{secrets.token_hex(4)}"
    with engine.connect() as connection:
        raw = connection.connection.driver_connection

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        said.append(statement)

    sqlalchemy.event.listen(engine, "before_cursor_execute", note)
    try:
        if store.database.is_sqlite:
            steps: list[str] = []
            raw.set_trace_callback(steps.append)
            ask()
            raw.set_trace_callback(None)
            return len(said), len(steps)
        with trace.open("wb") as file:
            raw.pgconn.trace(file.fileno())
            ask()
            raw.pgconn.untrace()
        # Whatever is said to the server ends with "ready for query" from it.
        return len(said), sum("\tReadyForQuery\t" in line for line in trace.read_text().splitlines())
    finally:
        sqlalchemy.event.remove(engine, "before_cursor_execute", note)


def test_a_check_is_one_statement_and_one_round_trip(
    store: SqlAccountStore, number: str, tmp_path: Path
) -> None:
    account = store.append(samples.registration(number))
    for ask in (
        lambda: store.by_subject(number),
        lambda: store.by_subject("unknown"),
        lambda: store.by_id(account.id),
        lambda: store.events(account.id),
        lambda: store.executed(account.id, "register"),
    ):
        ask()  # what a connection needs once is over
        assert asked(store, ask, tmp_path) == (1, 1)
    counted, steps = asked(
        store, lambda: store.append(samples.change(account, samples.lock(), command="2")), tmp_path
    )
    assert counted >= 4, "the counting counts"
    assert steps >= 6, "the counting counts"


def test_a_line_that_broke_while_nobody_used_it_is_not_noticed(vault: Vault, number: str) -> None:
    with servers.database() as url, closing(SqlAccountStore.open(url, vault=vault)) as store:
        account = store.append(samples.registration(number))

        def cut() -> None:
            with psycopg.connect(url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        cut()
        assert store.by_subject(number) == account
        cut()
        assert store.append(samples.change(account, samples.lock(), command="2")).locks


# --- what somebody who can write into the database cannot do -----------------------------------------


def _two(store: SqlAccountStore) -> tuple[Any, Any]:
    one = store.append(samples.registration(samples.new_number()))
    two = store.append(samples.registration(samples.new_number()))
    two = store.append(samples.change(two, samples.lock(), command="2"))
    return one, two


@pytest.mark.parametrize("column", ["snapshot", "data_key"])
def test_a_row_with_the_content_of_another_does_not_open(store: SqlAccountStore, column: str) -> None:
    one, two = _two(store)
    sql(
        store,
        f"UPDATE eid_accounts SET {column} = (SELECT {column} FROM eid_accounts WHERE id = :one) WHERE id = :two",
        one=one.id,
        two=two.id,
    )
    with pytest.raises(AccountDataDamaged):
        store.by_id(two.id)
    assert store.by_id(one.id) == one


def test_one_account_cannot_be_put_in_the_place_of_another_as_a_whole(store: SqlAccountStore) -> None:
    one, two = _two(store)
    sql(
        store,
        "UPDATE eid_accounts SET (data_key, snapshot, version) ="
        " (SELECT data_key, snapshot, version FROM eid_accounts WHERE id = :one) WHERE id = :two",
        one=one.id,
        two=two.id,
    )
    with pytest.raises(AccountDataDamaged):
        store.by_id(two.id)


def test_an_older_state_under_the_newer_version_does_not_open(store: SqlAccountStore) -> None:
    account = store.append(samples.registration(samples.new_number()))
    [(older,)] = sql(store, "SELECT snapshot FROM eid_accounts WHERE id = :id", id=account.id)
    store.append(samples.change(account, samples.lock(), command="2"))
    sql(store, "UPDATE eid_accounts SET snapshot = :older WHERE id = :id", older=older, id=account.id)
    with pytest.raises(AccountDataDamaged):
        store.by_id(account.id)


def test_events_that_were_taken_out_or_changed_places_are_noticed(store: SqlAccountStore) -> None:
    for statement in (
        "DELETE FROM eid_account_events WHERE account_id = :id AND version = 2",
        "DELETE FROM eid_account_events WHERE account_id = :id AND version = 4",
        "UPDATE eid_account_events SET body ="
        " (SELECT body FROM eid_account_events WHERE account_id = :id AND version = 3)"
        " WHERE account_id = :id AND version = 2",
        "UPDATE eid_account_events SET version = 9 WHERE account_id = :id AND version = 4",
    ):
        account = store.append(samples.registration(samples.new_number()))
        for name in ("a", "b", "c"):
            account = store.append(samples.change(account, samples.note(name), command=name))
        assert len(store.events(account.id)) == 4
        sql(store, statement, id=account.id)
        with pytest.raises(AccountDataDamaged):
            store.events(account.id)


def test_a_digest_of_another_command_does_not_open(store: SqlAccountStore, number: str) -> None:
    account = store.append(samples.registration(number))
    store.append(samples.change(account, samples.lock(), command="2"))
    rows = sql(store, "SELECT digest FROM eid_account_commands WHERE account_id = :id", id=account.id)
    for (digest,) in rows:
        sql(
            store,
            "UPDATE eid_account_commands SET digest = :to WHERE account_id = :id",
            to=digest,
            id=account.id,
        )
        outcomes = []
        for command in ("register", "2"):
            try:
                outcomes.append(store.executed(account.id, command) == samples.digest(command))
            except AccountDataDamaged as error:
                outcomes.append(error.code)
        assert sorted(map(str, outcomes)) == ["ACCOUNT_DATA_DAMAGED", "True"]


def test_damage_is_an_answer_with_a_code(store: SqlAccountStore, number: str) -> None:
    account = store.append(samples.registration(number))
    [(sound,)] = sql(store, "SELECT snapshot FROM eid_accounts WHERE id = :id", id=account.id)
    sound = bytes(sound)
    for damaged in (
        b"",
        b"\1",
        b"\2" + sound[1:],
        sound[:-1],
        sound[:20],
        sound[:-1] + bytes([sound[-1] ^ 1]),
    ):
        sql(store, "UPDATE eid_accounts SET snapshot = :to WHERE id = :id", to=damaged, id=account.id)
        with pytest.raises(AccountDataDamaged) as caught:
            store.by_subject(number)
        assert number not in str(caught.value)
    for damaged in (b"", b"\1\2\3"):
        sql(store, "UPDATE eid_accounts SET data_key = :to WHERE id = :id", to=damaged, id=account.id)
        with pytest.raises(VaultKeyMissing):
            store.by_subject(number)


# --- vaults ------------------------------------------------------------------------------------------


def test_another_vault_is_refused_before_it_can_do_harm(url: str, vault: Vault) -> None:
    SqlAccountStore.open(url, vault=vault).close()
    SqlAccountStore.open(url, vault=vault).close()
    with pytest.raises(VaultMismatch):
        SqlAccountStore.open(url, vault=Vault.generate())


def test_a_wrapping_key_is_replaced_while_the_store_is_used(url: str, number: str, tmp_path: Path) -> None:
    path = tmp_path / "vault"
    first = Vault.create(path)
    with closing(SqlAccountStore.open(url, vault=first)) as old:
        account = old.append(samples.registration(number))
        others = [old.append(samples.registration(samples.new_number())) for _ in range(3)]
        assert old.rewrap() == 0
        Vault.add_key(path)
        with closing(SqlAccountStore.open(url, vault=Vault.use_newest_key(path))) as new:
            assert new.by_subject(number) == account
            # Whoever has not opened the file anew does not know the key of what is made from now on.
            later = new.append(samples.registration(samples.new_number()))
            with pytest.raises(VaultKeyMissing):
                old.by_id(later.id)
            assert new.rewrap() == 4
            assert new.rewrap() == 0
    with closing(SqlAccountStore.open(url, vault=Vault.drop_old_keys(path))) as newest:
        for each in (account, later, *others):
            assert newest.by_id(each.id) == each
            assert newest.events(each.id)
    with closing(SqlAccountStore.open(url, vault=first)) as old, pytest.raises(VaultKeyMissing):
        old.by_subject(number)


def test_many_accounts_are_wrapped_anew(
    store: SqlAccountStore, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from eid.accounts.stores import sql as store_sql
    from eid.accounts.stores.vault import WrappingKeys

    monkeypatch.setattr(store_sql, "_AT_ONCE", 2)
    kept = [store.append(samples.registration(samples.new_number())) for _ in range(5)]
    keys = vault.wrapper
    assert isinstance(keys, WrappingKeys)
    both = WrappingKeys({**keys.keys, "00000000": bytes(32)}, "00000000")
    again = SqlAccountStore(store.database, vault=replace(vault, wrapper=both))
    assert again.rewrap() == 5
    assert [again.by_id(each.id) for each in kept] == kept


# --- tables --------------------------------------------------------------------------------------------


def test_an_empty_database_becomes_a_store_once(url: str, vault: Vault, number: str) -> None:
    with closing(SqlAccountStore.open(url, vault=vault)) as store:
        account = store.append(samples.registration(number))
    before, now = migrations.migrate(url)
    assert before == now
    with closing(SqlAccountStore.open(url, vault=vault)) as store:
        assert store.by_subject(number) == account


def test_every_change_of_the_tables_has_a_file_named_after_it() -> None:
    scripts = migrations._scripts()
    assert scripts.get_current_head() == migrations._newest()
    for each in scripts.walk_revisions():
        assert Path(each.path).name.startswith(f"v{each.revision}_")


def test_migrating_an_empty_database_makes_the_tables(url: str, vault: Vault) -> None:
    before, now = migrations.migrate(url)
    assert before is None
    with closing(SqlAccountStore.open(url, vault=vault)) as store:
        assert migrations.schema_version(store.database) == now


def _open_in_process(url: str, vault: bytes, go: Any, found: Any) -> None:
    go.wait()
    try:
        SqlAccountStore.open(url, vault=Vault.from_bytes(vault)).close()
        found.put("opened")
    except EidError as error:
        found.put(str(error))


def test_processes_that_open_an_empty_database_at_the_same_time_all_succeed(url: str, vault: Vault) -> None:
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    go, found = context.Event(), context.Queue()
    processes = [
        context.Process(target=_open_in_process, args=(url, vault.to_bytes(), go, found)) for _ in range(6)
    ]
    for process in processes:
        process.start()
    go.set()
    assert [found.get(timeout=60) for _ in processes] == ["opened"] * 6
    for process in processes:
        process.join()


@pytest.fixture
def earlier(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A database of this version, and a library with one more change of the tables."""
    migrations.migrate(url)
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    source = Path(migrations.__file__).parent
    for name in ("env.py", *(f"versions/{path.name}" for path in (source / "versions").glob("v*.py"))):
        (folder / name).write_bytes((source / name).read_bytes())
    with closing(Database.open(url, unavailable=AccountStoreUnavailable)) as database:
        current = migrations.schema_version(database)
    (folder / "versions" / "v9999_test.py").write_text(
        textwrap.dedent(f"""
            import sqlalchemy as sa
            from alembic import op
            revision, down_revision, branch_labels, depends_on = "9999", "{current}", None, None
            def upgrade():
                op.create_table("eid_account_test", sa.Column("id", sa.Integer, primary_key=True))
                op.add_column("eid_accounts", sa.Column("test", sa.Text))
                FAILURE
        """).replace("FAILURE", "")
    )
    monkeypatch.setattr(migrations, "_FOLDER", folder)
    return str(current)


def test_older_tables_are_refused_until_somebody_migrates_them(
    url: str, earlier: str, vault: Vault, number: str
) -> None:
    with pytest.raises(AccountStoreOutdated) as caught:
        SqlAccountStore.open(url, vault=vault)
    assert "eid account migrate" in caught.value.remedy
    assert migrations.migrate(url) == (earlier, "9999")
    with closing(SqlAccountStore.open(url, vault=vault)) as store:
        assert store.append(samples.registration(number))


def test_tables_of_a_newer_version_are_refused(
    url: str, earlier: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations.migrate(url)
    monkeypatch.undo()
    with pytest.raises(AccountStoreNewer):
        SqlAccountStore.open(url, vault=vault)
    with pytest.raises(AccountStoreNewer):
        migrations.migrate(url)


def test_a_migration_that_fails_in_the_middle_changes_nothing(
    url: str, earlier: str, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = migrations._FOLDER / "versions" / "v9999_test.py"
    broken.write_text(broken.read_text().rstrip() + "\n    op.execute('no such statement')\n")
    with pytest.raises(AccountStoreUnavailable):
        migrations.migrate(url)
    monkeypatch.undo()
    with closing(SqlAccountStore.open(url, vault=vault)) as store:
        assert migrations.schema_version(store.database) == earlier
        with pytest.raises(sqlalchemy.exc.SQLAlchemyError):
            sql(store, "SELECT * FROM eid_account_test")


def test_tables_of_somebody_else_are_left_alone(url: str, vault: Vault) -> None:
    with closing(Database.open(url, unavailable=AccountStoreUnavailable)) as database:
        with database.transaction() as connection:
            connection.execute(sqlalchemy.text("CREATE TABLE eid_accounts (x integer)"))
        for attempt in (lambda: SqlAccountStore.open(url, vault=vault), lambda: migrations.migrate(url)):
            with pytest.raises(AccountStoreForeign):
                attempt()
        with database.transaction() as connection:
            connection.execute(sqlalchemy.text("DROP TABLE eid_accounts"))
            connection.execute(sqlalchemy.text("CREATE TABLE eid_schema (version_num varchar(32))"))
        with pytest.raises(AccountStoreForeign):
            SqlAccountStore.open(url, vault=vault)


def test_a_store_lives_beside_tables_of_the_application(url: str, vault: Vault, number: str) -> None:
    with (
        closing(Database.open(url, unavailable=AccountStoreUnavailable)) as database,
        database.transaction() as connection,
    ):
        connection.execute(sqlalchemy.text("CREATE TABLE alembic_version (version_num varchar(32))"))
        connection.execute(sqlalchemy.text("INSERT INTO alembic_version VALUES ('theirs')"))
    with closing(SqlAccountStore.open(url, vault=vault)) as store:
        assert store.append(samples.registration(number))
        assert sql(store, "SELECT version_num FROM alembic_version") == [("theirs",)]


# --- a database that is away ---------------------------------------------------------------------------


def test_nobody_listens(vault: Vault) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        with pytest.raises(AccountStoreUnavailable) as caught:
            SqlAccountStore.open(f"postgresql://secret-user:secret-word@127.0.0.1:{port}/x", vault=vault)
    assert "secret" not in str(caught.value)


def test_a_folder_that_is_not_there_and_a_file_that_is_no_database(tmp_path: Path, vault: Vault) -> None:
    (tmp_path / "text.db").write_bytes(b"no database" * 100)
    for name in ("nowhere/accounts.db", "text.db"):
        with pytest.raises(AccountStoreUnavailable):
            SqlAccountStore.open(f"sqlite:///{tmp_path / name}", vault=vault)


@pytest.mark.parametrize("address", ["sqlite://", "nonsense", "mysql://x/y"])
def test_addresses_that_cannot_work_are_refused(address: str, vault: Vault) -> None:
    with pytest.raises(InputError):
        SqlAccountStore.open(address, vault=vault)


def test_a_lock_somebody_holds_is_waited_for_only_so_long(
    url: str, vault: Vault, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(SqlAccountStore.open(url, vault=vault)) as holder:
        account = holder.append(samples.registration(number))
        monkeypatch.setattr(databases, "TIMEOUT", 1)
        with closing(SqlAccountStore.open(url, vault=vault)) as store:
            locking = samples.change(account, samples.lock(), command="2")
            with holder.database.transaction() as connection:
                if not holder.database.is_sqlite:
                    connection.execute(sqlalchemy.text("SELECT * FROM eid_accounts FOR UPDATE"))
                assert store.by_subject(number) == account, "a check waits for nobody who writes"
                with pytest.raises(AccountStoreUnavailable):
                    store.append(locking)
            assert store.append(locking).version == 2


def test_tables_that_went_away_are_an_answer_with_a_code(store: SqlAccountStore, number: str) -> None:
    account = store.append(samples.registration(number))
    for table in ("eid_account_subjects", "eid_account_events", "eid_account_commands", "eid_accounts"):
        sql(store, f"DROP TABLE {table}")
    for ask in (
        lambda: store.by_subject(number),
        lambda: store.by_id(account.id),
        lambda: store.events(account.id),
        lambda: store.executed(account.id, "x"),
        lambda: store.erase(account.id),
        lambda: store.rewrap(),
        lambda: store.append(samples.registration(number)),
    ):
        with pytest.raises(AccountStoreUnavailable):
            ask()


def test_a_change_that_fails_in_the_middle_leaves_nothing(store: SqlAccountStore, number: str) -> None:
    account = store.append(samples.registration(number))
    sql(store, "ALTER TABLE eid_account_commands RENAME TO away")
    new = samples.new_number()
    renumbering = samples.change(account, samples.renumbering(new), command="2", subjects=(new,))
    with pytest.raises(AccountStoreUnavailable):
        store.append(renumbering)
    sql(store, "ALTER TABLE away RENAME TO eid_account_commands")
    assert store.by_subject(number) == account
    assert store.by_subject(new) is None
    assert len(store.events(account.id)) == 1
    assert store.append(renumbering).version == 2, "the same again does it"


def test_a_process_that_is_killed_leaves_what_it_acknowledged(
    tmp_path: Path, vault: Vault, number: str
) -> None:
    """SQLite, whose writer is the process itself."""
    url = f"sqlite:///{tmp_path / 'accounts.db'}"
    store = SqlAccountStore.open(url, vault=vault)
    account = store.append(samples.registration(number))
    (tmp_path / "vault").write_bytes(vault.to_bytes())
    program = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import store_processes
        from eid.accounts.stores.sql import SqlAccountStore
        from eid.accounts.stores.vault import Vault
        store = SqlAccountStore.open({url!r}, vault=Vault.from_bytes(Path({str(tmp_path / "vault")!r}).read_bytes()))
        for turn in range(1_000_000):
            store_processes.append_until_kept(store, {account.id!r}, f"{{sys.argv[1]}}-{{turn}}")
            print(f"{{sys.argv[1]}}-{{turn}}", flush=True)
    """)
    acknowledged: set[str] = set()
    for round in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(round)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for line, _ in zip(process.stdout, range(10 + round), strict=False):
            acknowledged.add(line.strip())
        os.kill(process.pid, signal.SIGKILL)
        acknowledged.update(line.strip() for line in process.stdout if line.endswith("\n"))
        process.wait()
        process.stdout.close()
        kept = [event.by.reference for event in store.events(account.id)[1:]]
        assert len(kept) == len(set(kept))
        assert acknowledged <= set(kept)
        assert len(set(kept) - acknowledged) <= round + 1, "at most the one that was being added each time"
        with closing(sqlite3.connect(tmp_path / "accounts.db")) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()


def test_sqlite_waits_for_the_disk_and_postgresql_does_not_commit_in_passing(url: str, vault: Vault) -> None:
    if url.startswith("postgresql"):
        name = url.rpartition("/")[2]
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with (
        closing(SqlAccountStore.open(url, vault=vault)) as store,
        store.database.transaction() as connection,
    ):
        if store.database.is_sqlite:
            for pragma, value in (
                ("synchronous", 2),
                ("journal_mode", "wal"),
                ("foreign_keys", 1),
                ("secure_delete", 1),
            ):
                assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"


# --- what shows ------------------------------------------------------------------------------------------


def test_nothing_personal_is_logged_or_shown(
    url: str, vault: Vault, number: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with closing(SqlAccountStore.open(url, vault=vault)) as store:
        account = store.append(samples.registration(number))
        store.by_subject(number)
        assert repr(store) in ("<SqlAccountStore sqlite>", "<SqlAccountStore postgresql>")
        assert account.version == 1
    for text in (number, "Trần", "912345678", "ngoc.anh"):
        assert text not in caplog.text


def test_the_front_door_loads_no_database() -> None:
    program = (
        "import sys, eid, eid.accounts.stores.store, eid.accounts.stores.memory, eid.accounts.stores.sql;"
        "sys.exit(any(name in sys.modules for name in ('sqlalchemy', 'alembic', 'psycopg')))"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
