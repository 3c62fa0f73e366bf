"""Holds on judging, marks of how far a source was read, lines, and what a read's files say of themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.columns import Instant, Money

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """What sources beyond whole files need."""
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(op.f("ix_hold_state"), "hold", ["state"])
    op.create_table(
        "watermark",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reading", sa.String(), nullable=False),
        sa.Column("mark", sa.JSON(), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.Column("reconciled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_watermark")),
    )
    op.create_table(
        "line_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("deal_id", sa.String(), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("observed", sa.Boolean(), nullable=False),
        sa.Column("amount", Money(), nullable=True),
        sa.Column("list_amount", Money(), nullable=True),
        sa.Column("discount", sa.Float(), nullable=True),
        sa.Column("quantity", sa.Float(), nullable=True),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_version")),
        sa.UniqueConstraint(
            "source", "deal_id", "known_at", name=op.f("uq_line_version_source_deal_id_known_at")
        ),
        sqlite_autoincrement=True,
    )
    op.add_column("source_read", sa.Column("again", sa.Boolean(), nullable=True))
    op.add_column("source_read", sa.Column("newest_day", sa.Date(), nullable=True))
