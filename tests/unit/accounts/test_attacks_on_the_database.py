"""What somebody can do to accounts who can write into the database but has no key."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import store_samples as samples
from lifecycle_samples import ADULT, NOW, OFFICER, PROVEN, holder_of

import servers
from eid.accounts.decision import DecisionOutcome
from eid.accounts.lifecycle import commands as c
from eid.accounts.requirement import Context, Requirement
from eid.accounts.service import Accounts
from eid.accounts.stores import migrations
from eid.accounts.stores.sql import SqlAccountStore
from eid.accounts.stores.vault import Vault
from eid.errors import AccountDataDamaged, AccountStoreForeign
from eid.vietnam import rules

sqlalchemy = pytest.importorskip("sqlalchemy", reason="needs the extra sql")
pytest.importorskip("alembic", reason="needs the extra sql")

LOCK = c.LockAccount(reason="authority_request")
#: What one account has in the database.
TABLES = {
    "eid_accounts": "id",
    "eid_account_events": "account_id",
    "eid_account_commands": "account_id",
    "eid_account_subjects": "account_id",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlAccountStore]:
    vault = Vault.generate()
    if request.param == "sqlite":
        with closing(SqlAccountStore.open(f"sqlite:///{tmp_path / 'accounts.db'}", vault=vault)) as opened:
            yield opened
        return
    with servers.database() as address, closing(SqlAccountStore.open(address, vault=vault)) as opened:
        yield opened


def accounts(store: SqlAccountStore) -> Accounts:
    return Accounts(store, rules=rules, clock=lambda: NOW)


def made(store: SqlAccountStore, *more: c.Command) -> tuple[str, Any]:
    """A number, and its account of level 2."""
    number = samples.new_number()
    for command in (ADULT, c.Notify(), c.Activate(), c.Upgrade(items=PROVEN), *more):
        account = accounts(store).run(number, command, actor=OFFICER)
    return number, account


def sql(store: SqlAccountStore, statement: str, *rows: Any, **values: Any) -> list[Any]:
    with store.database.engine.begin() as connection:
        result = connection.execute(sqlalchemy.text(statement), *rows or (values,))
        return list(result.mappings().all()) if result.returns_rows else []


def test_a_number_that_somebody_let_lead_to_his_own_account_opens_nothing(store: SqlAccountStore) -> None:
    """He signs in as himself and would be allowed what the other's number is asked for."""
    theirs, victim = made(store)
    mine, attacker = made(store)
    asked = Context(transaction="t", actor=holder_of(attacker))
    wanted = Requirement(account_level=2)
    assert accounts(store).check(mine, require=wanted, context=asked).outcome is DecisionOutcome.ALLOW
    assert accounts(store).check(theirs, require=wanted, context=asked).codes == ("NOT_ENTITLED",)
    statement = "UPDATE eid_account_subjects SET account_id = :to WHERE account_id = :id"
    sql(store, statement, to=attacker.id, id=victim.id)
    with pytest.raises(AccountDataDamaged) as caught:
        accounts(store).check(theirs, require=wanted, context=asked)
    assert theirs not in str(caught.value)
    for command in (LOCK, c.GiveConsent(purpose="loan", fields=frozenset({"name"}))):
        with pytest.raises(AccountDataDamaged):
            accounts(store).run(theirs, command, actor=holder_of(attacker))
    # His own number still leads where it did, and so does every number that the account has.
    assert store.by_subject(mine) == attacker
    other = samples.new_number()
    accounts(store).run(mine, c.Renumber(subject=other, reason="sex_redetermined"), actor=OFFICER)
    renumbered = accounts(store).run(mine, c.AddAlias(subject=f"9{mine[:8]}"), actor=OFFICER)
    assert {store.by_subject(each) for each in (mine, other, f"9{mine[:8]}")} == {renumbered}


def test_an_older_state_put_back_is_noticed_where_the_events_are_read_or_continued(
    store: SqlAccountStore,
) -> None:
    number, account = made(store)
    [older] = sql(store, "SELECT version, snapshot FROM eid_accounts WHERE id = :id", id=account.id)
    accounts(store).run(number, LOCK, actor=OFFICER)
    sql(
        store,
        "UPDATE eid_accounts SET version = :version, snapshot = :snapshot WHERE id = :id",
        id=account.id,
        **older,
    )
    with pytest.raises(AccountDataDamaged):
        accounts(store).history(number, actor=OFFICER)
    with pytest.raises(AccountDataDamaged):
        accounts(store).run(number, c.Link(scope="banking", reference="r"), actor=OFFICER)
    assert store.by_id(account.id) == account, "nothing was added on top of it"


def test_an_event_of_a_state_that_was_put_back_does_not_stand_in_a_history_it_did_not_make(
    store: SqlAccountStore,
) -> None:
    """All rows as they were before, one more event, then the old one in its place: every seal opens."""
    number, account = made(store)
    before = {
        table: sql(store, f"SELECT * FROM {table} WHERE {key} = :id", id=account.id)
        for table, key in TABLES.items()
    }
    locked = accounts(store).run(number, LOCK, actor=OFFICER)
    at = {"id": account.id, "version": locked.version}
    where = "WHERE account_id = :id AND version = :version"
    [lock] = sql(store, f"SELECT body FROM eid_account_events {where}", **at)
    sql(store, "DELETE FROM eid_accounts WHERE id = :id", id=account.id)
    for table, rows in before.items():
        names = list(rows[0])
        values = ", ".join(f":{name}" for name in names)
        sql(store, f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})", [dict(row) for row in rows])
    accounts(store).run(number, c.Link(scope="banking", reference=secrets.token_hex(4)), actor=OFFICER)
    assert accounts(store).history(number, actor=OFFICER)[-1].kind == "linked"
    sql(store, f"UPDATE eid_account_events SET body = :body {where}", body=lock["body"], **at)
    assert store.events(account.id)[-1].kind == "locked", "it opens: it is of this place"
    with pytest.raises(AccountDataDamaged):
        accounts(store).history(number, actor=OFFICER)


def test_tables_that_any_version_made_are_known_by_their_names(store: SqlAccountStore) -> None:
    """Without the table of versions nobody knows which they are, and none may be made beside them."""
    names = set(sqlalchemy.inspect(store.database.engine).get_table_names()) - {migrations.SCHEMA_TABLE}
    assert len(names) >= 9
    for name in sorted(names - {"eid_accounts"}):
        sql(store, f"DROP TABLE {name}")
    sql(store, f"DROP TABLE {migrations.SCHEMA_TABLE}")
    for name in sorted(names):
        sql(store, "DROP TABLE IF EXISTS eid_accounts")
        sql(store, f"CREATE TABLE {name} (x integer)")
        with pytest.raises(AccountStoreForeign):
            migrations.prepare(store.database)
        sql(store, f"DROP TABLE {name}")
