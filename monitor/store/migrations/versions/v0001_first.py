"""The first schema: every table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.columns import Instant, Money

revision = "0001"
down_revision = None


def upgrade() -> None:
    """The first schema: every table."""
    op.create_table(
        "account_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("observed", sa.Boolean(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_version")),
        sa.UniqueConstraint(
            "source", "account", "known_at", name=op.f("uq_account_version_source_account_known_at")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "deal_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("deal_id", sa.String(), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("observed", sa.Boolean(), nullable=False),
        sa.Column("order", sa.String(), nullable=True),
        sa.Column("modified_at", Instant(), nullable=True),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("creator", sa.String(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("created_on", sa.Date(), nullable=True),
        sa.Column("qualified_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("amount", Money(), nullable=True),
        sa.Column("list_amount", Money(), nullable=True),
        sa.Column("discount", sa.Float(), nullable=True),
        sa.Column("quantity", sa.Float(), nullable=True),
        sa.Column("term_months", sa.Float(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("pipeline", sa.String(), nullable=True),
        sa.Column("motion", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("competitor", sa.String(), nullable=True),
        sa.Column("loss_reason", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_version")),
        sa.UniqueConstraint(
            "source", "deal_id", "known_at", name=op.f("uq_deal_version_source_deal_id_known_at")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inflection",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("started_low", sa.Date(), nullable=False),
        sa.Column("started_high", sa.Date(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=True),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("shares", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("retracted_on", sa.Date(), nullable=True),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inflection")),
    )
    op.create_index(op.f("ix_inflection_state"), "inflection", ["state"], unique=False)
    op.create_table(
        "judgement",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("segment", sa.String(), nullable=False),
        sa.Column("contrast", sa.Boolean(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Float(), nullable=True),
        sa.Column("bar", sa.Float(), nullable=False),
        sa.Column("quiet", sa.String(), nullable=True),
        sa.Column("reading", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("week", "metric", "segment", "contrast", name=op.f("pk_judgement")),
    )
    op.create_table(
        "regime",
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("segment", sa.String(), nullable=False),
        sa.Column("contrast", sa.Boolean(), nullable=False),
        sa.Column("since_week", sa.Date(), nullable=False),
        sa.Column("first_candidate_week", sa.Date(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("metric", "segment", "contrast", name=op.f("pk_regime")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("key", name=op.f("uq_run_key")),
    )
    op.create_index(op.f("ix_run_job"), "run", ["job"], unique=False)
    op.create_table(
        "setting_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_change")),
    )
    op.create_table(
        "suppressed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("segment", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressed")),
    )
    op.create_index(op.f("ix_suppressed_on"), "suppressed", ["on"], unique=False)
    op.create_table(
        "finding",
        sa.Column("inflection_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("segment", sa.String(), nullable=False),
        sa.Column("contrast", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("before", sa.Float(), nullable=False),
        sa.Column("after", sa.Float(), nullable=False),
        sa.Column("change_low", sa.Float(), nullable=False),
        sa.Column("change_high", sa.Float(), nullable=False),
        sa.Column("adjusted_for", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("evidence", sa.Float(), nullable=False),
        sa.Column("bar", sa.Float(), nullable=False),
        sa.Column("deals_before", sa.Integer(), nullable=False),
        sa.Column("deals_after", sa.Integer(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("started_low", sa.Date(), nullable=False),
        sa.Column("started_high", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inflection_id"],
            ["inflection.id"],
            name=op.f("fk_finding_inflection_id_inflection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("inflection_id", "position", name=op.f("pk_finding")),
    )
    op.create_table(
        "notice",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("inflection_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("view", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("change", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["inflection_id"],
            ["inflection.id"],
            name=op.f("fk_notice_inflection_id_inflection"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_inflection_id"), "notice", ["inflection_id"], unique=False)
    op.create_index(
        op.f("ix_notice_kind_recipient_created_at"),
        "notice",
        ["kind", "recipient", "created_at"],
        unique=False,
    )
    op.create_index(op.f("ix_notice_state_next_try_at"), "notice", ["state", "next_try_at"], unique=False)
    op.create_table(
        "source_read",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("reading", sa.String(), nullable=False),
        sa.Column("names", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("read_at", Instant(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("ignored", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_source_read_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_read")),
    )
    op.create_index(op.f("ix_source_read_source"), "source_read", ["source"], unique=False)
    op.create_table(
        "rejected_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_read_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_read_id"],
            ["source_read.id"],
            name=op.f("fk_rejected_row_source_read_id_source_read"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejected_row")),
    )
    op.create_index(op.f("ix_rejected_row_source_read_id"), "rejected_row", ["source_read_id"], unique=False)
