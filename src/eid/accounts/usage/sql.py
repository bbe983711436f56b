"""The usage log in SQLite or PostgreSQL, in the same database as the accounts (the extra ``sql``).

Whoever appends locks the one row that says where the log ends, so entries of all processes stand in one
order, without gaps. One call with many entries waits for the disk once.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from eid.accounts.stores.migrations import prepare
from eid.accounts.usage import SubjectKey
from eid.accounts.usage.chain import Frontier, first_hash
from eid.accounts.usage.checkpoint import MAX_CHECKPOINT
from eid.accounts.usage.rows import Row
from eid.accounts.usage.store import StoredUsageLog, Writer
from eid.databases import Database
from eid.errors import AccountStoreUnavailable, EidError, InputError, UsageLogDamaged, UsageLogUnavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["SqlUsageLog"]

#: Rows that are asked for at once.
_PAGE = 5000
#: Persons and names that one question is about.
_MANY = 500
_COLUMNS = (
    "sequence", "at", "kind", "hash", "content", "salt", "subject", "actor", "commitment", "digest",
)  # fmt: skip


class SqlUsageLog(StoredUsageLog):
    """A :class:`~eid.accounts.usage.log.UsageLog` in three tables. Thread-safe.

    :param database: with the tables of this library: :attr:`eid.accounts.stores.sql.SqlAccountStore.database`,
        or use :meth:`open`.
    :param key: makes the pseudonyms; ``SubjectKey(vault.secret("usage log"))``.
    :param clock: where the times of the entries come from, a stable word.
    :raises InputError: the log was begun with another key.
    :raises UsageLogUnavailable: the database does not answer.
    """

    def __init__(self, database: Database, *, key: SubjectKey, clock: str = "system") -> None:
        super().__init__(key=key, clock=clock)
        self._database = database
        self._sql = _Statements(database)
        self._owned = False
        self._begin()

    @classmethod
    def open(cls, url: str, *, key: SubjectKey, clock: str = "system") -> Self:
        """The log at *url*; an empty database becomes one.

        :param url: see :func:`eid.databases.open_engine`.
        :raises AccountStoreOutdated: see :func:`eid.accounts.stores.migrations.prepare`, also for other errors.
        """
        database = Database.open(url, unavailable=UsageLogUnavailable)
        try:
            prepare(database)
            log = cls(database, key=key, clock=clock)
        except BaseException:
            database.close()
            raise
        log._owned = True
        return log

    def _begin(self) -> None:
        check = self._key.of("check", "")
        identifier = secrets.token_bytes(16)
        with self._transaction() as connection:
            row = connection.execute(self._sql.head).first()
            if row is None:
                values = {
                    "id": 1, "log": identifier, "key_check": check, "size": 0,
                    "hash": first_hash(identifier), "frontier": b"",
                }  # fmt: skip
                connection.execute(self._sql.begin, values)
                row = connection.execute(self._sql.head).one()
        if bytes(row.key_check) != check:
            raise InputError(
                "the log was begun with another key: its entries could not be found with this one"
            )

    def close(self) -> None:
        """Give the connections back, when :meth:`open` made them."""
        if self._owned:
            self._database.close()

    def __repr__(self) -> str:
        return f"<SqlUsageLog {self._database.engine.dialect.name}>"

    # --- writing ----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Writer]:
        with self._transaction() as connection:
            yield _SqlWriter(connection, self._sql)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with _unavailable(), self._database.transaction() as connection:
            yield connection

    def keep_checkpoint(self, checkpoint: str) -> None:
        """See :class:`~eid.accounts.usage.log.UsageLog`."""
        if len(checkpoint) > MAX_CHECKPOINT:
            raise InputError("longer than a checkpoint")
        with self._transaction() as connection:
            connection.execute(self._sql.keep, {"token": checkpoint})

    # --- reading ----------------------------------------------------------------------------------

    def checkpoints(self) -> tuple[str, ...]:
        """See :class:`~eid.accounts.usage.log.UsageLog`."""
        with _unavailable():
            found = self._database.read(lambda connection: connection.execute(self._sql.checkpoints).all())
        return tuple(str(row.token) for row in found)

    def _place(self) -> tuple[bytes, Frontier, bytes]:
        with _unavailable():
            row = self._database.read(lambda connection: connection.execute(self._sql.head).first())
        return _placed(row)

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """See :class:`~eid.accounts.usage.log.UsageLog`. All of them as they are at one moment."""
        end = 1 << 62 if stop is None else stop
        with self._snapshot() as connection:
            while start < end:
                values = {"start": start, "stop": end, "page": _PAGE}
                page = connection.execute(self._sql.entries, values).all()
                yield from map(_row, page)
                if len(page) < _PAGE:
                    return
                start = page[-1].sequence + 1

    def _rows_about(self, pseudonyms: Sequence[bytes]) -> Iterator[Row]:
        if len(pseudonyms) > _MANY:
            raise InputError(f"more than {_MANY} identifiers at once")
        start = 0
        with self._snapshot() as connection:
            while True:
                values = {"subjects": pseudonyms, "start": start, "page": _PAGE}
                page = connection.execute(self._sql.about, values).all()
                yield from map(_row, page)
                if len(page) < _PAGE:
                    return
                start = page[-1].sequence + 1

    def _nodes(self, sequences: Sequence[int]) -> Mapping[int, bytes]:
        with _unavailable():
            found = self._database.read(
                lambda connection: connection.execute(self._sql.nodes, {"places": sequences}).all()
            )
        return {row.sequence: bytes(row.nodes) for row in found}

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        """Everything read in it is as it was at its beginning, while others write on."""
        with _unavailable(), self._database.errors(), self._database.engine.connect() as connection:
            if self._database.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                yield connection
            finally:
                connection.rollback()


@contextlib.contextmanager
def _unavailable() -> Iterator[None]:
    """A database that is shared with the accounts says it in their words."""
    try:
        yield
    except AccountStoreUnavailable as error:
        raise UsageLogUnavailable(error.detail) from None


def _placed(row: Any) -> tuple[bytes, Frontier, bytes]:
    if row is None:
        raise UsageLogDamaged("nothing says where the log ends")
    octets, last = bytes(row.frontier), bytes(row.hash)
    nodes = [octets[at : at + 32] for at in range(0, len(octets), 32)]
    try:
        return bytes(row.log), Frontier(row.size, nodes), last
    except EidError:
        raise UsageLogDamaged("what says where the log ends does not fit together") from None


def _row(row: Any) -> Row:
    """As the driver gives it. What is of another type was altered by somebody, and verifying says so."""
    return Row._make(row)


class _SqlWriter:
    """See :class:`~eid.accounts.usage.store.Writer`."""

    def __init__(self, connection: Connection, sql: _Statements) -> None:
        self._run = connection.execute
        self._sql = sql
        self.log, self.frontier, self.hash = _placed(self._run(sql.locked).first())

    def known(self, names: Sequence[bytes]) -> Mapping[bytes, Row]:
        found: dict[bytes, Row] = {}
        for at in range(0, len(names), _MANY):
            for once, *row in self._run(self._sql.known, {"names": names[at : at + _MANY]}):
                found[bytes(once)] = _row(row)
        return found

    def add(self, rows: Sequence[tuple[Row, bytes, bytes | None]]) -> None:
        values = [{**row._asdict(), "nodes": nodes, "once": once} for row, nodes, once in rows]
        self._run(self._sql.add, values)
        frontier = b"".join(self.frontier.nodes)
        self._run(self._sql.move, {"size": self.frontier.size, "hash": self.hash, "frontier": frontier})

    def about(self, pseudonyms: Sequence[bytes], before: int | None, keep: Sequence[int]) -> Sequence[Row]:
        rows: list[Row] = []
        for at in range(0, len(pseudonyms), _MANY):
            values = {"subjects": pseudonyms[at : at + _MANY], "start": 0, "page": -1}
            rows += map(_row, self._run(self._sql.all_about, values))
        rows.sort()
        return [row for row in rows if (before is None or row.at < before) and row.kind not in keep]

    def due(self, due: Mapping[int, int], limit: int) -> Sequence[Row]:
        rows: list[Row] = []
        for kind, before in due.items():
            values = {"kind": kind, "before": before, "page": limit}
            rows += map(_row, self._run(self._sql.due, values))
        return sorted(rows)[:limit]

    def erased(self) -> Iterator[int]:
        return (row.sequence for row in self._run(self._sql.erased))

    def replace(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        names = _COLUMNS[4:]
        values = [
            {"of": row.sequence, **{name: getattr(row, name) for name in names},
             "forget": row.content is None}
            for row in rows
        ]  # fmt: skip
        self._run(self._sql.replace, values)


class _Statements:
    """What is said to the database, put together once."""

    def __init__(self, database: Database) -> None:
        sql = database.sql
        metadata = sql.MetaData()

        def table(name: str, *columns: str) -> Any:
            return sql.Table(name, metadata, *(sql.Column(each) for each in columns))

        head = table("eid_usage_log", "id", "log", "key_check", "size", "hash", "frontier")
        entries = table("eid_usage_entries", *_COLUMNS, "nodes", "once")
        checkpoints = table("eid_usage_checkpoints", "number", "token")
        rows = sql.select(*[entries.c[name] for name in _COLUMNS])
        place = entries.c.sequence
        page, start = sql.bindparam("page"), sql.bindparam("start")

        def among(column: Any, name: str) -> Any:
            return column.in_(sql.bindparam(name, expanding=True))

        self.head = sql.select(head).where(head.c.id == 1)
        self.locked = self.head.with_for_update()
        self.begin = database.insert(head).on_conflict_do_nothing()
        self.move = head.update().where(head.c.id == 1)
        self.entries = rows.where(place >= start, place < sql.bindparam("stop")).order_by(place).limit(page)
        self.about = (
            rows.where(among(entries.c.subject, "subjects"), place >= start).order_by(place).limit(page)
        )
        self.all_about = rows.where(among(entries.c.subject, "subjects"))
        self.nodes = sql.select(place, entries.c.nodes).where(among(place, "places"))
        self.known = sql.select(entries.c.once, *rows.selected_columns).where(among(entries.c.once, "names"))
        self.due = (
            rows.where(
                entries.c.kind == sql.bindparam("kind"),
                entries.c.at < sql.bindparam("before"),
                entries.c.content.is_not(None),
            )
            .order_by(entries.c.at)
            .limit(page)
        )
        self.erased = (
            sql.select(place).where(entries.c.salt.is_(None), entries.c.content.is_not(None)).order_by(place)
        )
        self.add = entries.insert()
        self.replace = (
            entries.update()
            .where(place == sql.bindparam("of"))
            .values(
                **{name: sql.bindparam(name) for name in _COLUMNS[4:]},
                once=sql.case((sql.bindparam("forget"), None), else_=entries.c.once),
            )
        )
        self.keep = checkpoints.insert()
        self.checkpoints = sql.select(checkpoints.c.token).order_by(checkpoints.c.number)
