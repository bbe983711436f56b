"""Counters of attempts in SQLite or PostgreSQL, shared by processes and machines (the extra ``sql``)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from eid.accounts.attempts.limits import Admission, AttemptKey, Counter, checked, milliseconds, refused
from eid.accounts.stores.migrations import prepare
from eid.databases import Database
from eid.errors import AttemptLimitsUnavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["CLEAN_EVERY", "SqlAttemptLimits"]

#: How often counters that are no longer needed are deleted, and how many at once; as long as there are more,
#: at every attempt.
CLEAN_EVERY = timedelta(minutes=1)
_AT_ONCE = 10_000
_TABLE = "eid_account_attempts"


class SqlAttemptLimits:
    """An :class:`~eid.accounts.attempts.limits.AttemptLimits` in one table, beside the accounts. Thread-safe.

    An attempt is counted and on the disk before it is admitted. Counters of one attempt are locked in the
    order of their keys, so two attempts never wait for each other. What is locked is seen by a plain
    reading first: guesses during a lockout write nothing and wait for nobody.

    :param database: with the tables of this library, such as
        :attr:`eid.accounts.stores.sql.SqlAccountStore.database`; its errors leave as
        :class:`~eid.errors.AttemptLimitsUnavailable`. :meth:`open` makes the tables.
    """

    def __init__(self, database: Database) -> None:
        self._database = Database(database.engine, unavailable=AttemptLimitsUnavailable)
        sql = self._database.sql
        integer = sql.BigInteger
        self._table = sql.Table(
            _TABLE,
            sql.MetaData(),
            sql.Column("key", sql.LargeBinary, primary_key=True),
            sql.Column("count", integer, nullable=False),
            sql.Column("opened", integer, nullable=False),
            sql.Column("locks", integer, nullable=False),
            sql.Column("locked", integer, nullable=False),
            sql.Column("kept_until", integer, nullable=False, index=True),
        )
        columns = self._table.c
        old = (
            sql.select(columns.key)
            .where(columns.kept_until <= sql.bindparam("now"))
            .order_by(columns.key)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        self._delete_old = self._table.delete().where(columns.key.in_(old))
        self._read = sql.select(self._table).where(columns.key.in_(sql.bindparam("keys", expanding=True)))
        self._lock = self._read.order_by(columns.key).with_for_update()
        self._delete = self._table.delete().where(columns.key.in_(sql.bindparam("keys", expanding=True)))
        self._cleaned: datetime | None = None
        self._cleaning = threading.Lock()

    @classmethod
    def open(cls, url: str) -> Self:
        """The counters at *url*; an empty database gets the tables of this library.

        :param url: see :func:`eid.databases.open_engine`.
        :raises InputError: not such an address.
        :raises AccountStoreOutdated: the tables are older than this library; see
            :func:`eid.accounts.stores.migrations.prepare` for this and the other errors of tables.
        :raises AttemptLimitsUnavailable: the database does not answer.
        :raises MissingExtra: SQLAlchemy, Alembic or the database's driver is not installed.
        """
        database = Database.open(url, unavailable=AttemptLimitsUnavailable)
        try:
            prepare(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def admit(self, keys: Sequence[AttemptKey], *, now: datetime) -> Admission:
        """See :class:`~eid.accounts.attempts.limits.AttemptLimits`.

        :raises AttemptLimitsUnavailable: the database does not answer.
        """
        moment = milliseconds(now)
        # In one order, whoever asks: of two attempts with common counters none waits for the other in vain.
        ordered = sorted(checked(keys), key=lambda each: each.key)
        names = {"keys": [each.key for each in ordered]}
        found = self._database.read(lambda line: _counters(line.execute(self._read, names)))
        wait = _wait(found, moment)
        if wait:
            return refused(wait)
        self._clean(now)
        with self._database.transaction() as connection:
            found = self._locked(connection, ordered)
            wait = _wait(found, moment)
            if wait:
                connection.rollback()
                return refused(wait)
            self._write(
                connection, [(each, found[each.key].attempted(each.limit, moment)) for each in ordered]
            )
        return Admission(True)

    def succeeded(self, keys: Sequence[AttemptKey], *, at: datetime) -> None:
        """See :class:`~eid.accounts.attempts.limits.AttemptLimits`.

        :raises AttemptLimitsUnavailable: the database does not answer.
        """
        moment = milliseconds(at)
        names = {"keys": [each.key for each in checked(keys)]}
        with self._database.transaction() as connection:
            found = _counters(connection.execute(self._lock, names))
            changed = [
                (each, found[each.key].succeeded(moment, resets=each.resets))
                for each in keys
                if each.key in found
            ]
            gone = [each.key for each, counter in changed if not counter.kept_until(each.limit)]
            if gone:
                connection.execute(self._delete, {"keys": gone})
            self._write(connection, [pair for pair in changed if pair[0].key not in gone])

    def release(self, keys: Sequence[AttemptKey]) -> None:
        """See :class:`~eid.accounts.attempts.limits.AttemptLimits`.

        :raises AttemptLimitsUnavailable: the database does not answer.
        """
        names = {"keys": [each.key for each in checked(keys)]}
        with self._database.transaction() as connection:
            connection.execute(self._lock, names)
            connection.execute(self._delete, names)

    def _locked(self, connection: Connection, keys: Sequence[AttemptKey]) -> dict[bytes, Counter]:
        """The counters, of which nobody else can read or change any until the transaction ends; those that
        are missing are made. One statement, since one that finds and one that makes would leave a gap.
        """
        nothing = {"count": 0, "opened": 0, "locks": 0, "locked": 0, "kept_until": 0}
        statement = self._database.insert(self._table).values([{"key": each.key, **nothing} for each in keys])
        statement = statement.on_conflict_do_update(
            index_elements=["key"], set_={"key": statement.excluded.key}
        )
        return _counters(connection.execute(statement.returning(self._table)))

    def _write(self, connection: Connection, counters: Sequence[tuple[AttemptKey, Counter]]) -> None:
        if not counters:
            return
        rows = [
            {
                "key": each.key,
                "count": counter.count,
                "opened": counter.opened,
                "locks": counter.locks,
                "locked": counter.locked,
                "kept_until": counter.kept_until(each.limit),
            }
            for each, counter in counters
        ]
        statement = self._database.insert(self._table).values(rows)
        columns = ("count", "opened", "locks", "locked", "kept_until")
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["key"], set_={name: statement.excluded[name] for name in columns}
            )
        )

    def _clean(self, now: datetime) -> None:
        """Delete what is no longer needed, but nothing that an attempt holds at this moment."""
        with self._cleaning:
            if self._cleaned is not None and abs(now - self._cleaned) < CLEAN_EVERY:
                return
            self._cleaned = now
        with self._database.transaction() as connection:
            deleted = connection.execute(self._delete_old, {"now": milliseconds(now)}).rowcount
        if deleted == _AT_ONCE:  # there are more: an attack must not fill the table faster than it empties
            self._cleaned = None

    def close(self) -> None:
        """Give the connections back; those of a database that others use too."""
        self._database.close()

    def __repr__(self) -> str:  # an address may hold a password
        return f"<SqlAttemptLimits {self._database.engine.dialect.name}>"


def _counters(result: Any) -> dict[bytes, Counter]:
    return {bytes(key): Counter(*numbers) for key, *numbers, _ in result}


def _wait(counters: dict[bytes, Counter], now: int) -> int:
    return max((counter.waits(now) for counter in counters.values()), default=0)
