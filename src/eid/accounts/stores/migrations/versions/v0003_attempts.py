"""Counters of attempts. What they count for stands as keyed hashes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "eid_account_attempts",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("opened", sa.BigInteger, nullable=False),
        sa.Column("locks", sa.BigInteger, nullable=False),
        sa.Column("locked", sa.BigInteger, nullable=False),
        sa.Column("kept_until", sa.BigInteger, nullable=False, index=True),
    )
