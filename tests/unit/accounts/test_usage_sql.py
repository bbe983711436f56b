"""The usage log in a database: many processes, crashes, and what lies on the disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import usage_processes
import usage_samples as samples

from eid.accounts.model import Actor, Role
from eid.accounts.usage import SubjectKey, UsageKind
from eid.accounts.usage.checkpoint import take_checkpoint
from eid.accounts.usage.log import UsageLog
from eid.accounts.usage.sql import SqlUsageLog
from eid.accounts.usage.verify import verify_log
from eid.document.checks import Outcome
from eid.errors import EidError, InputError, UsageLogDamaged, UsageLogUnavailable

pytest.importorskip("sqlalchemy", reason="needs the extra sql")
pytest.importorskip("alembic", reason="needs the extra sql")
pytest.importorskip("psycopg", reason="needs the extra sql")

import private_cluster
import sqlalchemy

import servers


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'log.db'}"
    else:
        with servers.database() as made:
            yield made


@pytest.fixture
def log(url: str) -> Iterator[SqlUsageLog]:
    with closing(SqlUsageLog.open(url, key=samples.KEY)) as opened:
        yield opened


def verdict(log: UsageLog) -> Outcome:
    token = take_checkpoint(log, samples.SIGNER, at=samples.turn(9999))
    report = verify_log(log.rows(), log=log.head().log, checkpoints=[token], keys=samples.KEYS)
    assert report.findings == ()
    return report.outcome


def tell(log: SqlUsageLog, statement: str, **values: Any) -> None:
    """What somebody who can write to the database does."""
    with log._database.transaction() as connection:
        connection.execute(sqlalchemy.text(statement), values)


def test_a_log_that_was_closed_goes_on_where_it_ended(log: SqlUsageLog, url: str) -> None:
    samples.fill(log, 5)
    with closing(SqlUsageLog.open(url, key=samples.KEY)) as again:
        assert again.head() == log.head()
        samples.fill(again, 5, start=5)
        assert list(again.of_subject("a-2")) == list(log.of_subject("a-2"))
    assert log.head().size == 10
    assert verdict(log) is Outcome.PASSED


def test_another_key_would_find_nobody_and_is_refused(log: SqlUsageLog, url: str) -> None:
    with pytest.raises(InputError):
        SqlUsageLog.open(url, key=SubjectKey(bytes(32)))


def test_everything_that_is_read_is_of_one_moment(log: SqlUsageLog, monkeypatch: Any) -> None:
    """Somebody erases while the log is verified: the record and what it tells of belong together."""
    monkeypatch.setattr("eid.accounts.usage.sql._PAGE", 10)
    samples.fill(log, 40)
    rows = log.rows()
    seen = [next(rows) for _ in range(5)]
    log.erase("a-2", at=samples.turn(40), requester="office")
    seen += rows
    assert len(seen) == 40
    report = verify_log(seen, log=log.head().log)
    assert not [each for each in report.findings if each.outcome is Outcome.FAILED]


def test_pages_join_without_a_seam(log: SqlUsageLog, monkeypatch: Any) -> None:
    monkeypatch.setattr("eid.accounts.usage.sql._PAGE", 7)
    samples.fill(log, 35)
    assert [row.sequence for row in log.rows()] == list(range(35))
    assert [row.sequence for row in log.rows(3, 17)] == list(range(3, 17))
    mine = [entry.sequence for entry in log.of_subject("a-2", "a-3")]
    assert mine == [n for n in range(35) if n % 3]


# --- many processes, and crashes -----------------------------------------------------------------


def _eight(url: str, count: int) -> None:
    usage_processes.run(url, count, timeout=600)
    with closing(SqlUsageLog.open(url, key=samples.KEY)) as log:
        names = [entry.content.reference for entry in log.entries() if entry.content is not None]
        expected = {f"c-{n}-{turn}" for n in range(usage_processes.PROCESSES) for turn in range(count)}
        assert len(names) == len(expected)
        assert set(names) == expected
        assert verdict(log) is Outcome.PASSED


def test_eight_processes_lose_no_entry_and_double_none(url: str) -> None:
    _eight(url, 20)


@pytest.mark.soak
def test_eight_processes_with_two_thousand_entries_each(url: str) -> None:
    _eight(url, 2000)


def _killed_writers(tmp_path: Path, times: int) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    acknowledged: set[bytes] = set()
    for turn in range(times):
        acknowledged.update(usage_processes.killed_in_the_middle(url, 5 + turn))
        with closing(SqlUsageLog.open(url, key=samples.KEY)) as log:
            assert acknowledged <= {row.hash for row in log.rows()}
            assert verdict(log) is Outcome.PASSED


def test_a_writer_that_is_killed_leaves_a_log_that_holds(tmp_path: Path) -> None:
    _killed_writers(tmp_path, 3)


def _killed_server(times: int) -> None:
    with private_cluster.cluster() as cluster:
        cluster.start()
        with closing(SqlUsageLog.open(cluster.url, key=samples.KEY)) as log:
            said: set[bytes] = set()
            for _ in range(times):
                before = len(said)
                stop = threading.Event()
                writers = [threading.Thread(target=_write, args=(log, said, stop)) for _ in range(4)]
                for each in writers:
                    each.start()
                while len(said) < before + 20:
                    stop.wait(0.01)
                cluster.kill()
                stop.set()
                for each in writers:
                    each.join(60)
                cluster.start()
                assert said <= {row.hash for row in log.rows()}
                assert verdict(log) is Outcome.PASSED


def _write(log: SqlUsageLog, said: set[bytes], stop: threading.Event) -> None:
    number = 0
    while not stop.is_set():
        try:
            made = log.append(samples.entry(number), samples.entry(number + 1))
        except UsageLogUnavailable:
            continue
        said.update(entry.hash for entry in made)
        number += 2


def test_a_server_that_is_killed_keeps_every_entry_it_acknowledged() -> None:
    _killed_server(2)


@pytest.mark.soak
def test_a_server_that_is_killed_twenty_times_keeps_every_entry() -> None:
    _killed_server(20)


# --- when it cannot be used ----------------------------------------------------------------------


def test_without_its_tables_nothing_is_logged_and_there_is_a_code(log: SqlUsageLog) -> None:
    tell(log, "DROP TABLE eid_usage_entries")
    for act in (
        lambda: log.append(samples.entry()),
        lambda: list(log.rows()),
        lambda: list(log.of_subject("a-2")),
        lambda: log.erase("a-2", at=samples.NOW, requester="office"),
    ):
        with pytest.raises(UsageLogUnavailable) as caught:
            act()
        assert "eid_usage" not in str(caught.value)


def test_a_log_beside_accounts_says_it_in_its_own_words(url: str) -> None:
    from eid.accounts.stores.sql import SqlAccountStore
    from eid.accounts.stores.vault import Vault

    vault = Vault.generate()
    with closing(SqlAccountStore.open(url, vault=vault)) as store:
        log = SqlUsageLog(store.database, key=SubjectKey(vault.secret("usage log")))
        samples.fill(log, 3)
        assert verdict(log) is Outcome.PASSED
        log.close()
        assert log.head().size == 3, "the connections are those of the store"
        tell(log, "DROP TABLE eid_usage_log")
        with pytest.raises(UsageLogUnavailable):
            log.append(samples.entry())
        with pytest.raises(UsageLogUnavailable):
            log.head()


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM eid_usage_log", "UPDATE eid_usage_log SET size = 7", "UPDATE eid_usage_log SET size = -1"],
)
def test_a_log_that_does_not_know_its_end_grows_no_further(log: SqlUsageLog, change: str) -> None:
    samples.fill(log, 3)
    tell(log, change)
    with pytest.raises(UsageLogDamaged):
        log.append(samples.entry())
    with pytest.raises(UsageLogDamaged):
        log.head()


def test_a_place_that_is_taken_is_not_taken_again(log: SqlUsageLog) -> None:
    samples.fill(log, 2)
    tell(log, "UPDATE eid_usage_log SET size = 1, frontier = :node", node=bytes(32))
    with pytest.raises(EidError):
        log.append(samples.entry())


def test_what_the_driver_gives_back_of_another_type_is_found_as_altered(tmp_path: Path) -> None:
    with closing(SqlUsageLog.open(f"sqlite:///{tmp_path / 'log.db'}", key=samples.KEY)) as log:
        samples.fill(log, 6)
        for place, change in enumerate(
            ["content = 'text'", "salt = 5", "hash = 'x'", "at = 'never'", "kind = 1.5", "subject = 1.5"]
        ):
            tell(log, f"UPDATE eid_usage_entries SET {change} WHERE sequence = {place}")
        report = verify_log(log.rows(), log=log.head().log, keys=samples.KEYS)
        altered = [(each.first, each.last) for each in report.findings if each.code == "USAGE_ENTRY_ALTERED"]
        assert altered == [(0, 5)]
        with pytest.raises(EidError):
            list(log.entries())


# --- what lies on the disk -----------------------------------------------------------------------


def test_no_file_of_the_database_holds_a_person_in_clear(tmp_path: Path) -> None:
    number, account = "001099012349", "account-of-somebody"
    with closing(SqlUsageLog.open(f"sqlite:///{tmp_path / 'log.db'}", key=samples.KEY)) as log:
        for subject in (number, account):
            log.append(
                samples.entry(subject=subject, actor=Actor(Role.HOLDER, subject), once=f"register {subject}")
            )
        files = [path.read_bytes() for path in tmp_path.iterdir()]
        assert any(b"bank.example" in octets for octets in files), "the log is there"
        for octets in files:
            assert number.encode() not in octets
            assert account.encode() not in octets


def test_the_pseudonym_of_an_erased_person_leaves_the_file(tmp_path: Path) -> None:
    with closing(SqlUsageLog.open(f"sqlite:///{tmp_path / 'log.db'}", key=samples.KEY)) as log:
        samples.fill(log, 30)
        salts = [row.salt for row in log.rows() if row.subject == samples.KEY.pseudonym("a-2")]
        log.erase("a-2", at=samples.NOW, requester="office")
        with log._database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    octets = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert samples.KEY.pseudonym("a-3") in octets
    assert samples.KEY.pseudonym("a-2") not in octets
    assert not [salt for salt in salts if salt in octets]


def test_a_log_says_nothing_of_its_address(log: SqlUsageLog) -> None:
    assert repr(log) in ("<SqlUsageLog sqlite>", "<SqlUsageLog postgresql>")


def test_an_append_waits_for_the_disk_once_however_many_entries(log: SqlUsageLog) -> None:
    commits: list[object] = []
    sqlalchemy.event.listen(log._database.engine, "commit", commits.append)
    samples.fill(log, 200)
    assert len(commits) == 1


def test_expiry_goes_on_where_it_stopped(log: SqlUsageLog, monkeypatch: Any) -> None:
    monkeypatch.setattr("eid.accounts.usage.store.MAX_EXPIRY", 4)
    samples.fill(log, 30)
    counts = []
    while (
        record := log.expire({UsageKind.CHECK: samples.turn(99)}, at=samples.NOW, requester="office")
    ) is not None:
        assert record.content is not None
        counts.append(record.content.count)
    assert counts == [4, 4, 2]
    assert verdict(log) is Outcome.PASSED
