"""Run by Alembic, in the transaction that :mod:`eid.accounts.stores.migrations` began."""

from __future__ import annotations

from alembic import context

from eid.accounts.stores.migrations import SCHEMA_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=SCHEMA_TABLE)
with context.begin_transaction():
    context.run_migrations()
