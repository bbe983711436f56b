"""Accounts, their events and commands, and the identifiers that lead to them.

No column holds personal data in clear: identifiers of accounts are random, those of people are kept as
keyed hashes, and everything else is sealed with the account's key.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "eid_account_vault",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("id = 1", name="eid_account_vault_one_row"),
    )
    op.create_table(
        "eid_accounts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("data_key", sa.LargeBinary, nullable=False),
        sa.Column("snapshot", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "eid_account_subjects",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("account_id", sa.Text, _account(), nullable=False, index=True),
    )
    op.create_table(
        "eid_account_events",
        sa.Column("account_id", sa.Text, _account(), primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "eid_account_commands",
        sa.Column("account_id", sa.Text, _account(), primary_key=True),
        sa.Column("command", sa.LargeBinary, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
    )


def _account() -> sa.ForeignKey:
    return sa.ForeignKey("eid_accounts.id", ondelete="CASCADE")
