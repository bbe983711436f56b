"""Whoever gets hold of the database, its log files or the server's log finds nobody in them."""

from __future__ import annotations

import contextlib
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "accounts"))

import store_samples as samples

from eid.accounts.stores.sql import SqlAccountStore
from eid.accounts.stores.vault import Vault
from eid.errors import AccountConflict, AccountStoreUnavailable, CommandIdReused, SubjectTaken

pytest.importorskip("sqlalchemy", reason="needs the extra sql")
pytest.importorskip("alembic", reason="needs the extra sql")
psycopg = pytest.importorskip("psycopg", reason="needs the extra sql")
private_cluster = pytest.importorskip("private_cluster")

OLD, NEW, UNKNOWN = "001099012349", "079099987654", "038188554433"
COMMAND = "registration-of-001099012349"


def full_run(url: str, vault: Vault) -> dict[str, bytes]:
    """Everything a store does, also what fails, with invented people.

    :returns: what must not be found afterwards.
    """
    store = SqlAccountStore.open(url, vault=vault)
    account = store.append(samples.registration(OLD, command=COMMAND))
    account = store.append(
        samples.change(account, samples.renumbering(NEW), command="renumber", subjects=(NEW,))
    )
    locking = samples.change(account, samples.lock(), command="lock")
    store.append(locking)
    store.append(locking)
    for _ in range(30):  # enough pages that some are written from the log into the file
        erased = store.append(samples.registration(samples.new_number()))
        store.erase(erased.id)
    for subject in (OLD, NEW, UNKNOWN, COMMAND):
        store.by_subject(subject)
    store.by_id(account.id)
    store.executed(account.id, COMMAND)
    assert len(store.events(account.id)) == 3
    with pytest.raises(SubjectTaken):
        store.append(samples.registration(OLD, command="again"))
    with pytest.raises(AccountConflict):
        store.append(samples.change(account, samples.note("late"), command="late"))
    other = samples.change(account, samples.note("x"), command=COMMAND)
    other = replace(other, command_digest=samples.digest("another"))
    with pytest.raises(CommandIdReused):
        store.append(other)
    # An error of the server shows its statement in the server's log, with the values.
    with contextlib.suppress(AccountStoreUnavailable), store.database.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE eid_account_commands")
        store._append(connection, samples.registration(UNKNOWN, command=f"registration-of-{UNKNOWN}"))
    assert store.by_subject(OLD) is not None, "it is still there"
    store.close()
    details = samples.DETAILS
    assert details.name
    assert details.phone
    assert details.email
    name = details.name
    texts = {
        "old number": OLD, "new number": NEW, "refused number": UNKNOWN, "phone": details.phone[1:],
        "national phone": details.phone[3:], "e-mail": details.email, "name": name, "family name": "Trần",
        "birth date": "1999-07-04",
    }  # fmt: skip
    found = {what: text.encode() for what, text in texts.items()}
    found["name in capitals"] = name.upper().encode()
    found["name in UTF-16"] = name.encode("utf-16-le")
    # Secrets of the vault, and hashes that all numbers could be tried against.
    found["index key"] = vault.index_key
    found["wrapping key"] = next(iter(vault.wrapper.keys.values()))  # type: ignore[attr-defined]
    found["SHA-256 of the number"] = samples.digest(OLD)
    found["command's digest"] = samples.digest(COMMAND)
    return found


def forms(octets: bytes) -> Iterator[bytes]:
    """As files and logs may hold *octets*."""
    yield octets
    yield octets.hex().encode()
    yield octets.hex().upper().encode()


def leaks(content: bytes, wanted: dict[str, bytes]) -> list[str]:
    return [what for what, octets in wanted.items() for form in forms(octets) if form in content]


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextlib.contextmanager
def without_sealing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same store, broken: what is sealed stays readable, and identifiers are not keyed."""
    from eid.accounts.stores.vault import DataKey

    with monkeypatch.context() as patch:
        patch.setattr(DataKey, "seal", lambda self, plain, *, kind, place: plain)
        patch.setattr(DataKey, "open", lambda self, sealed, *, kind, place: sealed)
        patch.setattr(Vault, "index", lambda self, domain, text: text.encode("utf-8", "replace"))
        yield


def test_sqlite_files_hold_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault.generate()
    url = f"sqlite:///{tmp_path / 'accounts.db'}"
    keeper = SqlAccountStore.open(url, vault=vault)  # so that the log file stays to be looked at
    keeper.by_subject("x")
    with keeper.database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1 FROM eid_accounts")
        wanted = full_run(url, vault)
        files = content_of(tmp_path)
    assert {"accounts.db", "accounts.db-wal"} <= set(files)
    assert len(files["accounts.db-wal"]) > 10_000
    for name, content in files.items():
        assert leaks(content, wanted) == [], name
    keeper.close()
    for name, content in content_of(tmp_path).items():
        assert leaks(content, wanted) == [], name


def test_the_search_would_find_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with without_sealing(monkeypatch):
        wanted = full_run(f"sqlite:///{tmp_path / 'accounts.db'}", Vault.generate())
    content = b"".join(content_of(tmp_path).values())
    assert {"old number", "new number", "phone", "e-mail", "name", "family name"} <= set(
        leaks(content, wanted)
    )


def test_a_postgresql_cluster_and_its_log_hold_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with private_cluster.cluster() as cluster:
        cluster.start()
        vault = Vault.generate()
        wanted = full_run(cluster.url, vault)
        with psycopg.connect(cluster.url, autocommit=True) as owner:
            # Tables as they are written out, and whole pages in the log files of the server.
            owner.execute("CHECKPOINT")
            wal = owner.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
        cluster.stop()
        files = content_of(cluster.folder)
        log = files["server.log"].decode()
        assert f"data/pg_wal/{wal[0]}" in files
        assert len(re.findall("INSERT INTO eid_account_subjects", log)) > 30, (
            "the server logs what it is told"
        )
        assert "parameters: " in log, "with its values"
        assert "does not exist" in log, "and what fails"
        for name, content in files.items():
            assert leaks(content, wanted) == [], name

        cluster.start()
        with psycopg.connect(cluster.url, autocommit=True) as owner:
            owner.execute("CREATE DATABASE open")
        with without_sealing(monkeypatch):
            wanted = full_run(
                cluster.url.replace("/postgres", "/open").replace("//open@", "//postgres@"), vault
            )
        cluster.stop()
        open_files = content_of(cluster.folder)
        in_log = leaks(open_files["server.log"], wanted)
        assert {"old number", "refused number", "name"} <= set(in_log), "the search would find them"


def test_what_is_kept_does_not_compress() -> None:
    """Ciphertext and keyed hashes look random; so does everything that is kept of a person."""
    vault = Vault.generate()
    key, wrapped = vault.new_key("a-1")
    sealed = key.seal(b"a" * 4000, kind="account", place=1)
    kept = sealed + wrapped + b"".join(vault.index("subject", f"{n:012}") for n in range(100))
    assert len(zlib.compress(kept, 9)) > 0.99 * len(kept)


def test_a_vault_never_reaches_the_database(tmp_path: Path) -> None:
    """Its fingerprint does, and tells nothing of its keys."""
    vault = Vault.generate()
    SqlAccountStore.open(f"sqlite:///{tmp_path / 'a.db'}", vault=vault).close()
    content = b"".join(content_of(tmp_path).values())
    assert vault.fingerprint() in content
    secret: Any = vault.index_key
    assert secret not in content
    assert vault.secret("usage") not in content
