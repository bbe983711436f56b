"""Used tokens in SQLite or PostgreSQL, shared by processes and machines (the extra ``sql``)."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from eid.databases import TIMEOUT, Database, open_engine
from eid.errors import ReplayStoreUnavailable
from eid.tokens.replay import KEPT_LONGER, replay_key

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["CLEAN_EVERY", "TIMEOUT", "SqlReplayStore"]

#: How often entries that are no longer needed are deleted.
CLEAN_EVERY = timedelta(minutes=1)
_TABLE = "eid_used_tokens"


class SqlReplayStore:
    """A :class:`~eid.tokens.replay.ReplayStore` in one table, ``eid_used_tokens``.

    A use is one ``INSERT`` of a primary key, committed before it counts. Thread-safe.

    :param engine: an engine of the caller's, for SQLite or PostgreSQL; its timeouts are the caller's
        business. :meth:`open` makes one.
    :raises InputError: another database.
    """

    def __init__(self, engine: Engine) -> None:
        self._database = Database(engine, unavailable=ReplayStoreUnavailable)
        sql = self._database.sql
        self._table = sql.Table(
            _TABLE,
            sql.MetaData(),
            sql.Column("token", sql.LargeBinary(32), primary_key=True),
            sql.Column("kept_until", sql.BigInteger, nullable=False, index=True),
        )
        kept = self._table.c.token
        insert = self._database.insert(self._table)
        self._insert = insert.on_conflict_do_nothing(index_elements=[kept]).returning(kept)
        self._delete = self._table.delete().where(self._table.c.kept_until <= sql.bindparam("now"))
        self._cleaned: datetime | None = None
        self._cleaning = threading.Lock()

    @classmethod
    def open(cls, url: str) -> Self:
        """The store at *url*, with its table, which is made if it is not there.

        :param url: as SQLAlchemy writes it: ``sqlite:///used.db``, ``postgresql+psycopg://user@host/name``.
        :raises InputError: not such an address.
        :raises ReplayStoreUnavailable: the database does not answer.
        :raises MissingExtra: SQLAlchemy or the database's driver is not installed.
        """
        store = cls(open_engine(url))
        store.create_table()
        return store

    def create_table(self) -> None:
        """Make the table if it is not there.

        :raises ReplayStoreUnavailable: the database does not answer, or forbids it.
        """
        with self._database.errors():
            sql, engine = self._database.sql, self._database.engine
            try:
                self._table.metadata.create_all(engine)
            except sql.exc.SQLAlchemyError:
                # Of two that make it at the same time, one fails.
                if not sql.inspect(engine).has_table(_TABLE):
                    raise

    def use(self, issuer: str, jti: str, *, expires_at: datetime, now: datetime) -> bool:
        """See :class:`~eid.tokens.replay.ReplayStore`.

        :raises ReplayStoreUnavailable: the database does not answer.
        """
        row = {
            "token": replay_key(issuer, jti),
            "kept_until": int((expires_at + KEPT_LONGER).timestamp()) + 1,
        }
        self._clean(now)
        with self._database.transaction() as connection:
            return connection.execute(self._insert, row).first() is not None

    def _clean(self, now: datetime) -> None:
        """Delete what is no longer needed, before anything is inserted: who fails here has used nothing."""
        with self._cleaning:
            if self._cleaned is not None and abs(now - self._cleaned) < CLEAN_EVERY:
                return
            self._cleaned = now
        with self._database.transaction() as connection:
            connection.execute(self._delete, {"now": int(now.timestamp())})

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def __repr__(self) -> str:  # an address may hold a password
        return f"<SqlReplayStore {self._database.engine.dialect.name}>"
