"""What people do: answers to inflections, silences, subscriptions, accepted data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.columns import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """What people do: answers to inflections, silences, subscriptions, accepted data."""
    op.create_table(
        "acceptance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance")),
        sa.UniqueConstraint("nonce", name=op.f("uq_acceptance_nonce")),
    )
    op.create_index(op.f("ix_acceptance_run"), "acceptance", ["run"], unique=False)
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("nonce", name=op.f("uq_subscription_nonce")),
    )
    op.create_index(op.f("ix_subscription_email"), "subscription", ["email"], unique=False)
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("inflection_id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("look_again_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["inflection_id"], ["inflection.id"], name=op.f("fk_answer_inflection_id_inflection")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("nonce", name=op.f("uq_answer_nonce")),
    )
    op.create_index(op.f("ix_answer_inflection_id"), "answer", ["inflection_id"], unique=False)
    op.create_table(
        "silence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("inflection_id", sa.String(), nullable=True),
        sa.Column("metric", sa.String(), nullable=True),
        sa.Column("segment", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_why", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["inflection_id"], ["inflection.id"], name=op.f("fk_silence_inflection_id_inflection")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
        sa.UniqueConstraint("nonce", name=op.f("uq_silence_nonce")),
    )
    op.create_table(
        "silenced",
        sa.Column("silence_id", sa.Integer(), nullable=False),
        sa.Column("inflection_id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("change", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inflection_id"],
            ["inflection.id"],
            name=op.f("fk_silenced_inflection_id_inflection"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["silence_id"], ["silence.id"], name=op.f("fk_silenced_silence_id_silence")),
        sa.PrimaryKeyConstraint("silence_id", "inflection_id", name=op.f("pk_silenced")),
    )
