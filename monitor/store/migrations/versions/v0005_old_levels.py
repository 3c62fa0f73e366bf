"""The weeks of the level that a series left: they still tell of its season and scale."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Two weeks beside a regime's own; of a regime that is stored already, nothing of the old level counts."""
    for name in ("old_since_week", "old_left_week"):
        op.add_column("regime", sa.Column(name, sa.Date(), nullable=True))
