"""Accounts in SQLite or PostgreSQL, shared by processes and machines (the extra ``sql``).

Nothing personal is in the database in clear, so neither in its log files, its backups or what is sent to
it: identifiers are keyed hashes, everything else is sealed with the account's key (:mod:`eid.accounts.stores.vault`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from eid.accounts.lifecycle.event_bytes import (
    account_from_bytes,
    account_to_bytes,
    event_from_bytes,
    event_to_bytes,
)
from eid.accounts.lifecycle.events import Event
from eid.accounts.model import Account
from eid.accounts.stores.migrations import prepare
from eid.accounts.stores.store import MAX_SUBJECT, Change, is_account_id
from eid.accounts.stores.vault import DataKey, Vault
from eid.databases import Database
from eid.errors import (
    AccountConflict,
    AccountDataDamaged,
    AccountStoreUnavailable,
    CommandIdReused,
    SubjectTaken,
    VaultMismatch,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

__all__ = ["SqlAccountStore"]

#: Accounts whose keys are wrapped anew in one transaction.
_AT_ONCE = 200


class SqlAccountStore:
    """An :class:`~eid.accounts.stores.store.AccountStore` in four tables. Thread-safe.

    Every reading is one statement and one round trip. A change locks its account, so of two that were
    handled on the same version one is kept and the other is an :class:`~eid.errors.AccountConflict`.

    :param database: with the tables of this library; :meth:`open` makes them.
    :param vault: the secrets the store was made with.
    """

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._sql = _Statements(database)

    @classmethod
    def open(cls, url: str, *, vault: Vault) -> Self:
        """The store at *url*; an empty database becomes one.

        :param url: see :func:`eid.databases.open_engine`: ``sqlite:///accounts.db``,
            ``postgresql://user@host/name``.
        :raises InputError: not such an address.
        :raises VaultMismatch: the store was made with another vault.
        :raises AccountStoreOutdated: the tables are older than this library; see
            :func:`eid.accounts.stores.migrations.prepare` for this and the other errors of tables.
        :raises AccountStoreUnavailable: the database does not answer.
        :raises MissingExtra: SQLAlchemy, Alembic or the database's driver is not installed.
        """
        database = Database.open(url, unavailable=AccountStoreUnavailable)
        try:
            prepare(database)
            store = cls(database, vault=vault)
            store._require_vault()
        except BaseException:
            database.close()
            raise
        return store

    @property
    def database(self) -> Database:
        """For what is kept beside the accounts: the log of uses, the limits of attempts."""
        return self._database

    def by_subject(self, subject: str) -> Account | None:
        """See :class:`~eid.accounts.stores.store.AccountStore`.

        :raises AccountDataDamaged: somebody altered what is kept; see :mod:`eid.accounts.lifecycle.event_bytes` and
            :class:`~eid.accounts.stores.vault.Vault` for what else cannot be read.
        """
        if len(subject) > MAX_SUBJECT:
            return None
        account = self._account(self._sql.by_subject, {"key": self._subject_key(subject)})
        # Which identifier leads where is not sealed, and whoever can write here could let it lead to himself.
        if account is not None and subject not in account.subjects:
            raise AccountDataDamaged("an identifier that leads to another's account")
        return account

    def by_id(self, account_id: str) -> Account | None:
        """See :class:`~eid.accounts.stores.store.AccountStore`, and :meth:`by_subject` for the errors."""
        if not is_account_id(account_id):
            return None
        return self._account(self._sql.by_id, {"id": account_id})

    def _account(self, query: Any, values: dict[str, Any]) -> Account | None:
        row = self._database.read(lambda connection: connection.execute(query, values).first())
        return None if row is None else self._opened(row)[1]

    def append(self, change: Change) -> Account:
        """See :class:`~eid.accounts.stores.store.AccountStore`, and :meth:`by_subject` for further errors.

        :raises AccountStoreUnavailable: nobody knows whether it was kept. The same change can be appended
            again: it is kept once.
        """
        try:
            with self._database.transaction() as connection:
                return self._append(connection, change)
        except _MadeBefore as made:
            return made.account

    def _append(self, connection: Connection, change: Change) -> Account:
        new, sql = change.account, self._sql
        row = connection.execute(sql.locked, {"id": new.id}).first()
        if row is None:
            if change.before:
                raise AccountConflict(f"no account, and none at version {change.before}")
            key, wrapped = self._vault.new_key(new.id)
            # Of two that make the same account the second waits here, and then finds it made.
            values = {"id": new.id, "data_key": wrapped, **self._sealed(key, new)}
            if connection.execute(sql.insert_account, values).first() is None:
                row = connection.execute(sql.locked, {"id": new.id}).one()
        if row is not None:
            key, kept = self._opened(row)
            digest = self._digest(connection, new.id, key, change.command_id)
            if digest is not None:
                if digest != change.command_digest:
                    raise CommandIdReused
                return kept
            if kept.version != change.before:
                raise AccountConflict(f"the account is at version {kept.version}, not {change.before}")
            connection.execute(sql.update_account, {"of": new.id, **self._sealed(key, new)})
        self._point(connection, change)
        self._add(connection, change, key)
        return new

    def _sealed(self, key: DataKey, account: Account) -> dict[str, Any]:
        snapshot = key.seal(account_to_bytes(account), kind="account", place=account.version)
        return {"version": account.version, "snapshot": snapshot}

    def _point(self, connection: Connection, change: Change) -> None:
        """Let the identifiers of *change* lead to its account."""
        # In one order, so that no two wait for each other.
        for key in sorted({self._subject_key(subject) for subject in change.subjects}):
            values = {"key": key, "account_id": change.account.id}
            if connection.execute(self._sql.insert_subject, values).first() is not None:
                continue
            row = connection.execute(self._sql.by_subject, {"key": key}).one()
            if row.id == change.account.id:
                continue
            data_key, account = self._opened(row)
            digest = self._digest(connection, row.id, data_key, change.command_id)
            if change.before == 0 and digest == change.command_digest:
                raise _MadeBefore(account)
            raise SubjectTaken

    def _add(self, connection: Connection, change: Change, key: DataKey) -> None:
        account_id, command = change.account.id, self._command_key(change.command_id)
        bodies = [
            {
                "account_id": account_id,
                "version": version,
                "body": key.seal(event_to_bytes(event), kind="event", place=version),
            }
            for version, event in enumerate(change.events, start=change.before + 1)
        ]
        if bodies:
            try:
                connection.execute(self._sql.insert_event, bodies)
            except self._database.sql.exc.IntegrityError:
                # The account is locked, so nobody came between: an older state of it was put back.
                raise AccountDataDamaged("events beyond the version of the account") from None
        digest = key.seal(change.command_digest, kind="command", place=command.hex())
        connection.execute(
            self._sql.insert_command,
            {
                "account_id": account_id,
                "command": command,
                "version": change.account.version,
                "digest": digest,
            },
        )

    def events(self, account_id: str) -> tuple[Event, ...]:
        """See :class:`~eid.accounts.stores.store.AccountStore`, and :meth:`by_subject` for the errors. One that was
        taken out is noticed.
        """
        if not is_account_id(account_id):
            return ()
        values = {"id": account_id}
        rows = self._database.read(lambda connection: connection.execute(self._sql.events, values).all())
        if not rows:
            return ()
        if [row.version for row in rows] != list(range(1, rows[0].last + 1)):
            raise AccountDataDamaged("events are missing")
        key = self._vault.key(account_id, bytes(rows[0].data_key))
        return tuple(
            event_from_bytes(key.open(bytes(row.body), kind="event", place=row.version)) for row in rows
        )

    def executed(self, account_id: str, command_id: str) -> bytes | None:
        """See :class:`~eid.accounts.stores.store.AccountStore`, and :meth:`by_subject` for the errors."""
        if not is_account_id(account_id):
            return None
        values = {"id": account_id, "command": self._command_key(command_id)}
        row = self._database.read(lambda connection: connection.execute(self._sql.executed, values).first())
        if row is None:
            return None
        return self._opened_digest(self._vault.key(account_id, bytes(row.data_key)), row.digest, command_id)

    def erase(self, account_id: str) -> bool:
        """See :class:`~eid.accounts.stores.store.AccountStore`.

        The database's own log files and backups may hold copies, sealed; :mod:`eid.accounts.stores.vault` says how
        their keys go.
        """
        if not is_account_id(account_id):
            return False
        with self._database.transaction() as connection:
            return bool(connection.execute(self._sql.erase, {"id": account_id}).rowcount)

    def rewrap(self) -> int:
        """Wrap the keys of all accounts with the vault's wrapping key in use.

        May run while the store is used, and again after it was interrupted.

        :returns: how many were wrapped with another before. When it is 0, no account needs an older key.
        """
        count, last = 0, ""
        while True:
            with self._database.transaction() as connection:
                rows = connection.execute(self._sql.wrapped, {"after": last}).all()
                changed = self._rewrapped(rows)
                if changed:
                    connection.execute(self._sql.update_account, changed)
            count += len(changed)
            if not rows:
                return count
            last = rows[-1].id

    def _rewrapped(self, rows: Iterable[Row[Any]]) -> list[dict[str, Any]]:
        new = ((row.id, self._vault.rewrapped(row.id, bytes(row.data_key))) for row in rows)
        return [{"of": account_id, "data_key": wrapped} for account_id, wrapped in new if wrapped]

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    # --- what rows hold ----------------------------------------------------------------------------

    def _opened(self, row: Row[Any]) -> tuple[DataKey, Account]:
        key = self._vault.key(row.id, bytes(row.data_key))
        # It opens in the row and at the version it was sealed for and nowhere else.
        return key, account_from_bytes(key.open(bytes(row.snapshot), kind="account", place=row.version))

    def _digest(self, connection: Connection, account_id: str, key: DataKey, command_id: str) -> bytes | None:
        values = {"id": account_id, "command": self._command_key(command_id)}
        row = connection.execute(self._sql.executed, values).first()
        return None if row is None else self._opened_digest(key, row.digest, command_id)

    def _opened_digest(self, key: DataKey, digest: Any, command_id: str) -> bytes:
        return key.open(bytes(digest), kind="command", place=self._command_key(command_id).hex())

    def _subject_key(self, subject: str) -> bytes:
        return self._vault.index("subject", subject)

    def _command_key(self, command_id: str) -> bytes:
        return self._vault.index("command", command_id)

    def _require_vault(self) -> None:
        """With another vault every number would seem unknown, and be registered once more."""
        sql = self._sql
        row = self._database.read(lambda connection: connection.execute(sql.fingerprint).first())
        if row is None:
            with self._database.transaction() as connection:
                connection.execute(
                    sql.insert_fingerprint, {"id": 1, "fingerprint": self._vault.fingerprint()}
                )
            row = self._database.read(lambda connection: connection.execute(sql.fingerprint).first())
        if row is None or bytes(row.fingerprint) != self._vault.fingerprint():
            raise VaultMismatch

    def __repr__(self) -> str:  # an address may hold a password
        return f"<SqlAccountStore {self._database.engine.dialect.name}>"


class _MadeBefore(Exception):
    """The same command made an account before. Handled anew, it gave it another identifier."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account


class _Statements:
    """What is said to the database, put together once."""

    def __init__(self, database: Database) -> None:
        sql = database.sql
        metadata = sql.MetaData()

        def table(name: str, *columns: str) -> Any:
            return sql.Table(name, metadata, *(sql.Column(each) for each in columns))

        accounts = table("eid_accounts", "id", "version", "data_key", "snapshot")
        subjects = table("eid_account_subjects", "key", "account_id")
        events = table("eid_account_events", "account_id", "version", "body")
        commands = table("eid_account_commands", "account_id", "command", "version", "digest")
        vault = table("eid_account_vault", "id", "fingerprint")
        this_account = accounts.c.id == sql.bindparam("id")

        self.by_id = sql.select(accounts).where(this_account)
        self.by_subject = (
            sql.select(accounts)
            .join(subjects, subjects.c.account_id == accounts.c.id)
            .where(subjects.c.key == sql.bindparam("key"))
        )
        # In one statement, so that no change can come between the account and its events.
        self.events = (
            sql.select(accounts.c.data_key, accounts.c.version.label("last"), events.c.version, events.c.body)
            .join(events, events.c.account_id == accounts.c.id)
            .where(this_account)
            .order_by(events.c.version)
        )
        self.executed = (
            sql.select(accounts.c.data_key, commands.c.digest)
            .join(commands, commands.c.account_id == accounts.c.id)
            .where(this_account, commands.c.command == sql.bindparam("command"))
        )
        self.fingerprint = sql.select(vault.c.fingerprint)
        self.locked = self.by_id.with_for_update()
        self.wrapped = (
            sql.select(accounts.c.id, accounts.c.data_key)
            .where(accounts.c.id > sql.bindparam("after"))
            .order_by(accounts.c.id)
            .limit(_AT_ONCE)
            .with_for_update()
        )

        insert = database.insert
        self.insert_account = insert(accounts).on_conflict_do_nothing().returning(accounts.c.id)
        self.insert_subject = insert(subjects).on_conflict_do_nothing().returning(subjects.c.key)
        self.insert_fingerprint = insert(vault).on_conflict_do_nothing()
        self.insert_event = events.insert()
        self.insert_command = commands.insert()
        #: Sets the columns it is given values for.
        self.update_account = accounts.update().where(accounts.c.id == sql.bindparam("of"))
        self.erase = accounts.delete().where(this_account)
