"""What a verdict rested on, frozen with its hash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """One pack an inflection and judged week."""
    op.create_table(
        "evidence",
        sa.Column("inflection_id", sa.String(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("pack", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("inflection_id", "week", name=op.f("pk_evidence")),
    )
