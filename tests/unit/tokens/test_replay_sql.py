"""Used tokens in SQLite and in a real PostgreSQL."""

from __future__ import annotations

import secrets
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import replay_processes

from eid import databases
from eid.errors import InputError, ReplayStoreUnavailable
from eid.tokens.replay import KEPT_LONGER
from eid.tokens.replay.sql import SqlReplayStore

sqlalchemy = pytest.importorskip("sqlalchemy", reason="needs the extra sql")
psycopg = pytest.importorskip("psycopg", reason="needs the extra sql")

NOW = datetime.now(UTC)
SOON = NOW + timedelta(minutes=5)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'used.db'}"
    return str(request.getfixturevalue("database"))


@pytest.fixture
def store(url: str) -> Iterator[SqlReplayStore]:
    with closing(SqlReplayStore.open(url)) as opened:
        yield opened


def rows(store: SqlReplayStore) -> int:
    with store._database.engine.connect() as connection:
        return int(connection.execute(sqlalchemy.text("SELECT count(*) FROM eid_used_tokens")).scalar_one())


def test_the_first_use_is_the_only_one(store: SqlReplayStore, url: str) -> None:
    name = secrets.token_hex()
    assert [store.use("i", name, expires_at=SOON, now=NOW) for _ in range(3)] == [True, False, False]
    assert store.use("j", name, expires_at=SOON, now=NOW)
    with closing(SqlReplayStore.open(url)) as another:
        assert not another.use("i", name, expires_at=SOON, now=NOW)


def test_of_four_processes_with_fifty_threads_one_thread_is_first(url: str) -> None:
    found = replay_processes.outcomes_of_one_token("eid.tokens.replay.sql", "SqlReplayStore", url)
    assert found == {"accepted": 1, "replayed": 199}


def test_old_entries_go_and_no_sooner_than_they_may(store: SqlReplayStore) -> None:
    start = datetime.now(UTC) + timedelta(days=1)  # later than everything that other tests left
    soon = start + timedelta(minutes=5)
    name = secrets.token_hex()
    assert store.use("i", name, expires_at=soon, now=start)
    last = soon + KEPT_LONGER
    assert not store.use("i", name, expires_at=soon, now=last)
    store.use("i", secrets.token_hex(), expires_at=last + timedelta(hours=1), now=last + timedelta(minutes=2))
    assert rows(store) == 1


def test_what_is_kept_tells_nothing_of_the_token(store: SqlReplayStore) -> None:
    store.use("https://issuer.example", "readable-name", expires_at=SOON, now=NOW)
    with store._database.engine.connect() as connection:
        kept = connection.execute(sqlalchemy.text("SELECT token FROM eid_used_tokens")).scalars().all()
    assert all(len(bytes(each)) == 32 and b"readable" not in bytes(each) for each in kept)


def test_an_engine_of_the_callers_will_do(url: str) -> None:
    engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with closing(SqlReplayStore(engine)) as store:
        store.create_table()
        store.create_table()
        assert store.use("i", secrets.token_hex(), expires_at=SOON, now=NOW)


def test_a_table_that_went_away_is_an_answer_with_a_code(store: SqlReplayStore) -> None:
    with store._database.engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE eid_used_tokens"))
    with pytest.raises(ReplayStoreUnavailable):
        store.use("i", "a", expires_at=SOON, now=NOW)


def test_a_lock_somebody_holds_is_waited_for_only_so_long(store: SqlReplayStore, monkeypatch: Any) -> None:
    store.use("i", secrets.token_hex(), expires_at=SOON, now=NOW)
    with closing(_impatient(store, monkeypatch)) as impatient, store._database.engine.connect() as holder:
        sqlite = store._database.engine.dialect.name == "sqlite"
        holder.execute(sqlalchemy.text("BEGIN EXCLUSIVE" if sqlite else "LOCK TABLE eid_used_tokens"))
        name = secrets.token_hex()
        with pytest.raises(ReplayStoreUnavailable):
            impatient.use("i", name, expires_at=SOON, now=NOW)
        holder.rollback()
        assert impatient.use("i", name, expires_at=SOON, now=NOW), "nothing was used up"


def _impatient(store: SqlReplayStore, monkeypatch: Any) -> SqlReplayStore:
    monkeypatch.setattr(databases, "TIMEOUT", 1)
    return SqlReplayStore(
        databases.open_engine(store._database.engine.url.render_as_string(hide_password=False))
    )


# --- when it cannot be reached ---------------------------------------------------------------------


def test_nobody_listens(unused_port: int) -> None:
    with pytest.raises(ReplayStoreUnavailable) as caught:
        SqlReplayStore.open(f"postgresql://secret-user:secret-word@127.0.0.1:{unused_port}/x")
    assert "secret" not in str(caught.value)


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Line:
    """Carries what goes to the server and back, until it is told to keep silent."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.silent = threading.Event()
        self._open: list[socket.socket] = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", 5432))
            self._open += [client, server]
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while octets := source.recv(65_536):
                if not self.silent.is_set():
                    target.sendall(octets)
        except OSError:
            pass

    def close(self) -> None:
        for each in self._open:
            each.close()


def test_a_server_that_falls_silent_is_given_up_and_used_again_later(database: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(databases, "TIMEOUT", 1)
    with closing(Line()) as line:
        url = database.replace(":5432", f":{line.port}")
        with closing(SqlReplayStore.open(url)) as store:
            assert store.use("i", secrets.token_hex(), expires_at=SOON, now=NOW)
            line.silent.set()
            name = secrets.token_hex()
            for _ in range(2):
                with pytest.raises(ReplayStoreUnavailable):
                    store.use("i", name, expires_at=SOON, now=NOW)
            line.silent.clear()
            assert store.use("i", name, expires_at=SOON, now=NOW), "nothing was used up"


def test_sqlite_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReplayStoreUnavailable):
        SqlReplayStore.open(f"sqlite:///{tmp_path}/nowhere/used.db")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "used.db").write_bytes(b"no database" * 100)
    with pytest.raises(ReplayStoreUnavailable):
        SqlReplayStore.open(f"sqlite:///{tmp_path / 'used.db'}")


def test_a_disk_that_is_full_refuses(tmp_path: Path) -> None:
    with closing(SqlReplayStore.open(f"sqlite:///{tmp_path / 'used.db'}")) as store:
        sqlalchemy.event.listen(
            store._database.engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 6")
        )
        store._database.engine.dispose()
        used: list[str] = []

        def use_until_full() -> None:
            while True:
                name = secrets.token_hex()
                assert store.use("i", name, expires_at=SOON, now=NOW)
                used.append(name)

        with pytest.raises(ReplayStoreUnavailable):
            use_until_full()
        assert len(used) > 10
        assert not store.use("i", used[0], expires_at=SOON, now=NOW), "the first is not forgotten"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://", "sqlite:///:memory:", "sqlite+aiosqlite:///x.db", "postgresql+psycopg2://x/y", "sqlite:///file:x?mode=memory&uri=true", "nonsense", "", "://",
        "mysql://x/y", "oracle://x/y", "postgresql://host:port/x",
    ],
)  # fmt: skip
def test_addresses_that_cannot_work_are_refused(url: str) -> None:
    with pytest.raises(InputError):
        SqlReplayStore.open(url)


def test_another_database_is_refused() -> None:
    class Engine:
        class dialect:
            name = "mysql"

    with pytest.raises(InputError):
        SqlReplayStore(Engine())  # type: ignore[arg-type]


def test_no_address_shows(tmp_path: Path) -> None:
    with closing(SqlReplayStore.open(f"sqlite:///{tmp_path / 'used.db'}")) as store:
        assert repr(store) == "<SqlReplayStore sqlite>"
