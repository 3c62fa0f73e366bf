"""What was erased by age, and what stays of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.columns import Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """One row a time that deals were aged out, and the digests of their ids."""
    op.create_table(
        "aged",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("before", sa.Date(), nullable=False),
        sa.Column("deals", sa.Integer(), nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("restated", sa.Boolean(), nullable=False),
        sa.Column("frozen", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aged")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "aged_key",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_aged_key")),
    )
