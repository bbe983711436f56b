"""The usage log: where it ends, its entries, and the checkpoints that were signed.

No column holds personal data in clear: persons are keyed pseudonyms, everything else is stable words.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "eid_usage_log",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("log", sa.LargeBinary, nullable=False),
        sa.Column("key_check", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("id = 1", name="eid_usage_log_one_row"),
    )
    op.create_table(
        "eid_usage_entries",
        sa.Column("sequence", _place(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("subject", sa.LargeBinary),
        sa.Column("actor", sa.LargeBinary),
        sa.Column("commitment", sa.LargeBinary),
        sa.Column("digest", sa.LargeBinary),
        sa.Column("nodes", sa.LargeBinary, nullable=False),
        sa.Column("once", sa.LargeBinary, unique=True),
    )
    # Who used this person's data?
    op.create_index("eid_usage_entries_subject", "eid_usage_entries", ["subject", "sequence"])
    # What is due? And who was erased?
    whole, erased = sa.text("content IS NOT NULL"), sa.text("salt IS NULL AND content IS NOT NULL")
    op.create_index(
        "eid_usage_entries_due", "eid_usage_entries", ["kind", "at"],
        sqlite_where=whole, postgresql_where=whole,
    )  # fmt: skip
    op.create_index(
        "eid_usage_entries_erased", "eid_usage_entries", ["sequence"],
        sqlite_where=erased, postgresql_where=erased,
    )  # fmt: skip
    op.create_table(
        "eid_usage_checkpoints",
        sa.Column("number", _place(), primary_key=True, autoincrement=True),
        sa.Column("token", sa.Text, nullable=False),
    )


def _place() -> sa.types.TypeEngine[int]:
    """In SQLite only a plain INTEGER is the key of the table itself."""
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")
