"""How far each mail came on the wire, and who is the active process."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.columns import Instant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Columns of the outbox, and the lease."""
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.add_column("notice", sa.Column("claim_epoch", sa.Integer(), nullable=True))
    op.add_column("notice", sa.Column("claimed_at", Instant(), nullable=True))
    for flag in ("maybe_sent", "plain"):
        op.add_column("notice", sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("notice", sa.Column("folded_into", sa.String(), nullable=True))
