"""The tables of accounts, usage logs and attempt limits, and how older ones become newer ones (Alembic).

Each change is one module in ``versions``, named ``vNNNN_what.py`` after its revision, and never edited after a release. A store
calls :func:`prepare` when it opens: an empty database gets its tables, an older one is refused, because an
operator wants a backup before tables change.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from eid.databases import Database
from eid.errors import (
    AccountStoreForeign,
    AccountStoreNewer,
    AccountStoreOutdated,
    AccountStoreUnavailable,
    MissingExtra,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["SCHEMA_TABLE", "migrate", "prepare", "schema_version"]

#: Holds the name of the last change that was made.
SCHEMA_TABLE = "eid_schema"
_PREFIXES = ("eid_account", "eid_usage")
_FOLDER = Path(__file__).parent
#: Of the lock in PostgreSQL under which one process changes tables: "eid" in ASCII and 6.
_LOCK = 0x65696406
#: Seconds that one statement of a migration may take: it may rewrite a large table.
_PATIENCE = 3600
#: How often the making of the tables is tried.
_ATTEMPTS = 5


def prepare(database: Database) -> None:
    """Make the tables in an empty database; else see that they are the ones this library knows.

    :raises AccountStoreOutdated: an older version of this library made them: :func:`migrate`.
    :raises AccountStoreNewer: a newer one did.
    :raises AccountStoreForeign: tables with such names, of somebody else.
    :raises AccountStoreUnavailable: the database does not answer, or forbids it.
    :raises MissingExtra: Alembic is not installed.
    """
    current = schema_version(database)
    if current == _newest():  # as nearly always: loading Alembic takes longer than all the rest
        return
    scripts = _scripts()
    attempts = 0
    while current is None:
        attempts += 1
        try:
            current = _made(database)
        except database.unavailable:
            # Whoever waits for another process to make the tables may wait longer than for other things.
            current = schema_version(database)
            if current is None and attempts == _ATTEMPTS:
                raise
    if current != _newest():
        _require_known(scripts, current)
        raise AccountStoreOutdated(f"tables of version {current}")


def migrate(url: str) -> tuple[str | None, str]:
    """Bring the tables at *url* to the newest form, in one transaction: all changes or none.

    :param url: see :func:`eid.databases.open_engine`.
    :returns: the version before, ``None`` for an empty database, and the one now.
    :raises AccountStoreNewer: a newer version of this library made them.
    :raises AccountStoreForeign: see :func:`prepare`.
    :raises AccountStoreUnavailable: the database does not answer, or forbids it.
    """
    database = Database.open(url, unavailable=AccountStoreUnavailable, timeout=_PATIENCE)
    try:
        scripts = _scripts()
        with database.transaction() as connection:
            _lock(database, connection)
            before = _current(database, connection)
            if before is not None:
                _require_known(scripts, before)
            _upgrade(connection)
        return before, _newest()
    finally:
        database.close()


def schema_version(database: Database) -> str | None:
    """The last change that was made to the tables; ``None`` when there are none."""
    return database.read(lambda connection: _current(database, connection))


def _newest() -> str:
    """The name of the last change that this version knows: its file is named after it."""
    return max(path.name[1:5] for path in (_FOLDER / "versions").glob("v[0-9]*.py"))


def _made(database: Database) -> str:
    """Make the tables, unless another process just did; the version that is there then."""
    with database.transaction() as connection:
        _lock(database, connection)
        if _current(database, connection) is None:
            _upgrade(connection)
        return str(_current(database, connection))


def _lock(database: Database, connection: Connection) -> None:
    """Of two processes that find an empty database, the second waits for the first."""
    if not database.is_sqlite:  # there the right to write is taken already
        connection.execute(database.sql.text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def _current(database: Database, connection: Connection) -> str | None:
    names = database.sql.inspect(connection).get_table_names()
    if SCHEMA_TABLE not in names:
        if any(name.startswith(_PREFIXES) for name in names):
            raise AccountStoreForeign(f"tables that begin as ours do, but no {SCHEMA_TABLE}")
        return None
    table = database.sql.table(SCHEMA_TABLE, database.sql.column("version_num"))
    found = connection.execute(database.sql.select(table.c.version_num)).scalars().all()
    if len(found) != 1:
        raise AccountStoreForeign(f"{SCHEMA_TABLE} has {len(found)} rows")
    return str(found[0])


def _require_known(scripts: Any, current: str) -> None:
    if current not in {each.revision for each in scripts.walk_revisions()}:
        raise AccountStoreNewer(f"tables of version {current}")


def _alembic() -> Any:
    try:
        # All that is needed of it: this takes a while, and later others may wait for a lock.
        import alembic.command
        import alembic.config
        import alembic.script
    except ImportError:
        raise MissingExtra("the tables of accounts need Alembic: install eid[sql]") from None
    return alembic


def _config() -> Any:
    config = _alembic().config.Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def _scripts() -> Any:
    return _alembic().script.ScriptDirectory.from_config(_config())


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    _alembic().command.upgrade(config, "head")
