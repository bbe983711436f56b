"""SQLite and PostgreSQL, opened so that nothing hangs and what was written stays (the extra ``sql``).

The stores of tokens and accounts stand on this. It knows no table of theirs.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, Self, TypeVar
from weakref import WeakKeyDictionary

from eid.errors import EidError, InputError, MissingExtra

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, Table
    from sqlalchemy.dialects.postgresql import Insert

__all__ = ["TIMEOUT", "Database", "open_engine", "sqlalchemy"]

#: Seconds until an answer of the database is given up, for each of: connecting, a place in the pool,
#: a lock, a statement.
TIMEOUT = 5
#: A line that was quiet for this many seconds is tried before something is written over it.
_QUIET = 2
_T = TypeVar("_T")
#: By engine, because several stores may share one: the lock of those of this process that write to SQLite.
_WRITERS: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()
_WRITING = threading.Lock()


class Database:
    """One database as the stores of this library use it. Thread-safe.

    Whatever it raises leaves as *unavailable*, without the driver's text, which names hosts, users,
    statements and values.

    :param engine: for SQLite or PostgreSQL; :meth:`open` makes one. The timeouts of an engine that the
        caller made are the caller's business.
    :param unavailable: the error of the library that says: nobody knows.
    :param timeout: seconds that a thread waits for the others of this process that write.
    :raises InputError: another database.
    """

    def __init__(self, engine: Engine, *, unavailable: type[EidError], timeout: float | None = None) -> None:
        if engine.dialect.name not in ("sqlite", "postgresql"):
            raise InputError("data are kept in SQLite or PostgreSQL")
        self.engine = engine
        self.sql: Any = sqlalchemy()
        self.unavailable = unavailable
        self._timeout = TIMEOUT if timeout is None else timeout
        with _WRITING:
            self._one_writer = _WRITERS.setdefault(engine, threading.Lock())
        #: Of single statements: no transaction is begun and ended around them.
        self._single = engine if self.is_sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")

    @classmethod
    def open(cls, url: str, *, unavailable: type[EidError], timeout: float | None = None) -> Self:
        """The database at *url*. Nothing is sent yet.

        :param url: see :func:`open_engine`, also for the errors.
        :param timeout: seconds; :data:`TIMEOUT` unless said otherwise.
        """
        return cls(open_engine(url, timeout=timeout), unavailable=unavailable, timeout=timeout)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite; else it is PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    def insert(self, table: Table) -> Insert:
        """An ``INSERT`` that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
        if self.is_sqlite:
            from sqlalchemy.dialects.sqlite import insert

            return insert(table)  # type: ignore[return-value]
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        return postgresql_insert(table)

    def read(self, look: Callable[[Connection], _T]) -> _T:
        """What *look* finds with one statement, which goes in one round trip and changes nothing.

        A line that broke while nobody used it costs one more try.

        :param look: is given a connection; may be called twice.
        """
        with self.errors():
            try:
                return self._look(look)
            except self.sql.exc.DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                return self._look(look)

    def _look(self, look: Callable[[Connection], _T]) -> _T:
        with self._single.connect() as connection:
            return look(connection)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that writes: committed and on the disk when the block ends, undone when it raises.

        In SQLite the right to write is taken first, so that whoever reads in it reads what nobody else
        can change before its end. In PostgreSQL the transaction is READ COMMITTED; lock rows yourself.
        """
        with self.errors():
            if not self.is_sqlite:
                with self._usable() as connection, connection.begin():
                    yield connection
                return
            # SQLite lets one write at a time and has the others look again and again; so the threads
            # of this process wait for each other here.
            if not self._one_writer.acquire(timeout=self._timeout):
                raise self.unavailable("the database is busy")
            try:
                with self.engine.connect() as connection, connection.begin():
                    _take_the_right_to_write(connection)
                    yield connection
            finally:
                self._one_writer.release()

    def _usable(self) -> Connection:
        """A connection to the server, tried when it was not used for a while."""
        connection = self.engine.connect()
        try:
            last = connection.info.get("eid_used", 0.0)
            if time.monotonic() - last > _QUIET:
                try:
                    connection.exec_driver_sql("SELECT 1")
                    connection.rollback()
                except self.sql.exc.DBAPIError as error:
                    if not error.connection_invalidated:
                        raise
                    connection.close()
                    connection = self.engine.connect()
            connection.info["eid_used"] = time.monotonic()
        except BaseException:
            connection.close()
            raise
        return connection

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Whatever the database raises in the block means that nobody knows."""
        try:
            yield
        except (self.sql.exc.SQLAlchemyError, sqlite3.Error) as error:
            raise self.unavailable(f"the database raised {type(error).__name__}") from None

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def __repr__(self) -> str:  # an address may hold a password
        return f"<Database {self.engine.dialect.name}>"


def _take_the_right_to_write(connection: Connection) -> None:
    """``BEGIN IMMEDIATE``, tried as long as the connection waits for locks.

    SQLite's own waiting looks ten times a second in the end, so that one of several processes that write all
    the time may find the lock taken each time. This one looks every few milliseconds.

    :raises sqlite3.OperationalError: somebody else held it all the time.
    """
    raw: Any = connection.connection.driver_connection
    if raw.in_transaction:  # an engine of the caller's that begins by itself
        return
    (patience,) = raw.execute("PRAGMA busy_timeout").fetchone()
    end = time.monotonic() + patience / 1000
    raw.execute("PRAGMA busy_timeout = 0").close()
    try:
        while True:
            try:
                raw.execute("BEGIN IMMEDIATE").close()
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
            time.sleep(random.uniform(0.0005, 0.004))
    finally:
        raw.execute(f"PRAGMA busy_timeout = {patience}").close()


def sqlalchemy() -> Any:
    """The package SQLAlchemy.

    :raises MissingExtra: it is not installed.
    """
    try:
        import sqlalchemy as package
    except ImportError:
        raise MissingExtra("a database needs SQLAlchemy: install eid[sql]") from None
    return package


def open_engine(url: str, *, timeout: float | None = None) -> Engine:
    """An engine for the database at *url*. Nothing is sent yet.

    SQLite writes ahead and waits for the disk at every commit (``journal_mode=WAL``,
    ``synchronous=FULL``). PostgreSQL commits no less safely than ``synchronous_commit=on``, unless its
    own files are set up to forget (``fsync=off``).

    :param url: as SQLAlchemy writes it: ``sqlite:///used.db``, ``postgresql://user@host/name``.
    :param timeout: seconds; :data:`TIMEOUT` unless said otherwise.
    :raises InputError: not such an address, or a memory, of which every connection would have its own.
    :raises MissingExtra: SQLAlchemy or the database's driver is not installed.
    """
    sql = sqlalchemy()
    seconds = TIMEOUT if timeout is None else timeout
    try:
        address = sql.make_url(url)
        if address.drivername in ("postgres", "postgresql"):
            address = address.set(drivername="postgresql+psycopg")
        if address.drivername == "postgresql+psycopg":
            return _postgresql(address, seconds)
        if address.drivername not in ("sqlite", "sqlite+pysqlite"):
            raise InputError("data are kept in SQLite or PostgreSQL")
        if address.database in (None, "", ":memory:") or "mode" in address.query:
            raise InputError("each connection would have a memory of its own: use the store in memory")
        return _sqlite(address, seconds)
    except ImportError:
        raise MissingExtra("PostgreSQL needs psycopg: install eid[sql]") from None
    except (sql.exc.ArgumentError, ValueError):
        raise InputError("not the address of a database") from None


def _sqlite(address: URL, seconds: float) -> Engine:
    import sqlalchemy

    engine = sqlalchemy.create_engine(address, connect_args={"timeout": seconds}, pool_timeout=seconds)

    @sqlalchemy.event.listens_for(engine, "connect")
    def connected(raw: Any, record: Any) -> None:
        # Python begins no transaction by itself; `Database.transaction` does.
        raw.isolation_level = None
        _write_ahead(raw, seconds)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            raw.execute(f"PRAGMA {pragma}").close()

    return engine


def _write_ahead(raw: sqlite3.Connection, seconds: float) -> None:
    """Let SQLite write ahead. The first to do so has the file for itself, and SQLite does not always wait
    for that.

    :raises sqlite3.OperationalError: others had it for *seconds*.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(random.uniform(0.0005, 0.004))


def _postgresql(address: URL, seconds: float) -> Engine:
    """An engine that hangs nowhere: not in a lock, not on a line that went dead, not on a server that
    keeps silent.
    """
    import psycopg
    import sqlalchemy

    class Impatient(psycopg.Connection[Any]):
        """Ends a wait for the server, which psycopg itself lets last."""

        def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
            return super().wait(self._bounded(gen), *args, **options)

        def _bounded(self, gen: Any) -> Generator[Any, Any, Any]:
            end = time.monotonic() + seconds
            try:
                wanted = next(gen)
                while True:
                    ready = yield wanted
                    if not ready and time.monotonic() > end:
                        self.close()
                        raise psycopg.OperationalError("no answer")
                    wanted = gen.send(ready)
            except StopIteration as done:
                return done.value

    engine = sqlalchemy.create_engine(
        address,
        pool_timeout=seconds,
        connect_args={
            "connect_timeout": max(1, round(min(seconds, TIMEOUT))),
            "options": f"-c statement_timeout={round(seconds * 1000)}",
        },
    )

    @sqlalchemy.event.listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, arguments: Any, parameters: Any) -> Any:
        return Impatient.connect(*arguments, **parameters)

    @sqlalchemy.event.listens_for(engine, "connect")
    def connected(raw: Any, record: Any) -> None:
        raw.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
        raw.commit()

    return engine
