"""Every table of the store, in one MetaData.

run, source_read, rejected_row            what was done, what was read, what was set aside
hold, watermark                           what keeps judging back, how far a source was read
deal_version, account_version             what we knew, when we knew it, observed or assumed
line_version                              the lines of each deal or order, added up
regime, judgement, suppressed             how each series is read, what each week said, what was seen and not sent
inflection, finding                       changes and the series that show them
notice                                    the outbox: mails frozen before their first attempt
lease                                     which process is the active one, and its epoch
setting_change                            which configuration was in force from when
answer, silence, silenced                 what people decided and said of inflections, what they asked not to hear
subscription, acceptance                  who wants which mails, which held data were accepted
aged, aged_key                            what was erased by age, and what stays of it

`segment` is a series' place as text (see `monitor.store.ledger`), "" for the company.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
)

from monitor.store.columns import Instant, Money

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Constraints have names, so that a migration can change them."""


def _given(name: str, kind: Any, **more: Any) -> Column[Any]:
    """A column that always has a value."""
    return Column(name, kind, nullable=False, **more)


def _json(name: str) -> Column[Any]:
    """Plain values; nothing is NULL, not JSON's null."""
    return Column(name, JSON(none_as_null=True))


def _series() -> tuple[Column[Any], ...]:
    """The columns that name a series."""
    return _given("metric", String), _given("segment", String), _given("contrast", Boolean)


run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    _given("key", String, unique=True),  # the period's key: what is done twice is done once
    _given("job", String, index=True),
    Column("period", String),
    _given("state", String),
    _given("started_at", Instant),
    Column("finished_at", Instant),
    _json("detail"),
)

source_read = Table(
    "source_read",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("run.id")),
    _given("source", String, index=True),
    _given("file", String),
    _given("content_hash", String),  # sha256 of the file's bytes
    _given("reading", String),  # sha256 of how the configuration says to read it
    _json("names"),  # our names of the columns that were read
    _given("read_at", Instant),
    _given("whole", Boolean),  # False: the file was refused or still being written
    Column("again", Boolean),  # False: it was refused for what it is, and reading it again cannot help
    Column("newest_day", Date),  # of its deals, not in the future
    _given("rows_read", Integer),
    _given("accepted", Integer),
    _given("quarantined", Integer),
    _given("duplicates", Integer),
    _given("ignored", Integer),
    _given("message", String),
)

hold = Table(
    "hold",
    metadata,
    Column("id", Integer, primary_key=True),
    _given("source", String),
    _given("reason", String),
    _given("content", String),  # of the read that it is about: accepting it accepts no other
    _given("message", String),
    _given("state", String, index=True),
    _given("opened_at", Instant),
    Column("accepted_at", Instant),
    Column("ended_at", Instant),
)

watermark = Table(
    "watermark",
    metadata,
    Column("source", String, primary_key=True),
    _given("reading", String),  # as in source_read: another way of reading begins anew
    _given("mark", JSON),
    _given("moved_at", Instant),
    Column("reconciled_at", Instant),  # when everything was last compared
)

rejected_row = Table(
    "rejected_row",
    metadata,
    Column("id", Integer, primary_key=True),
    _given("source_read_id", ForeignKey("source_read.id", ondelete="CASCADE"), index=True),
    _given("row", Integer),  # the line of the file on which the row begins; the header is line 1
    Column("column", String),
    _given("reason", String),
    _given("detail", String),
    _given("raw", String),
)

deal_version = Table(
    "deal_version",
    metadata,
    Column("id", Integer, primary_key=True),
    _given("source", String),
    _given("deal_id", String),
    _given("known_at", Instant),
    _given("observed", Boolean),
    Column("order", String),
    Column("modified_at", Instant),
    Column("account", String),
    Column("owner", String),
    Column("creator", String),
    Column("closed_by", String),
    Column("created_on", Date),
    Column("qualified_on", Date),
    Column("closed_on", Date),
    Column("amount", Money),
    Column("list_amount", Money),
    Column("discount", Float),
    Column("quantity", Float),
    Column("term_months", Float),
    Column("currency", String),
    Column("pipeline", String),
    Column("motion", String),
    Column("channel", String),
    Column("competitor", String),
    Column("loss_reason", String),
    _given("outcome", String),
    Column("stage", String),
    _given("deleted", Boolean),
    _given("attributes", JSON),
    UniqueConstraint("source", "deal_id", "known_at"),
    sqlite_autoincrement=True,  # an id is never used again: that the newest is another one tells of a change
)

account_version = Table(
    "account_version",
    metadata,
    Column("id", Integer, primary_key=True),
    _given("source", String),
    _given("account", String),
    _given("known_at", Instant),
    _given("observed", Boolean),
    _given("attributes", JSON),
    UniqueConstraint("source", "account", "known_at"),
    sqlite_autoincrement=True,
)

line_version = Table(
    "line_version",
    metadata,
    Column("id", Integer, primary_key=True),
    _given("source", String),
    _given("deal_id", String),  # the deal or the order that the lines are of
    _given("known_at", Instant),
    _given("observed", Boolean),
    Column("amount", Money),
    Column("list_amount", Money),
    Column("discount", Float),
    Column("quantity", Float),
    _given("attributes", JSON),
    UniqueConstraint("source", "deal_id", "known_at"),
    sqlite_autoincrement=True,
)

regime = Table(
    "regime",
    metadata,
    Column("metric", String, primary_key=True),
    Column("segment", String, primary_key=True),
    Column("contrast", Boolean, primary_key=True),
    _given("since_week", Date),
    _given("first_candidate_week", Date),
    _given("why", String),
    _given("decided_on", Date),
)

judgement = Table(
    "judgement",
    metadata,
    Column("week", Date, primary_key=True),
    Column("metric", String, primary_key=True),
    Column("segment", String, primary_key=True),
    Column("contrast", Boolean, primary_key=True),
    _given("as_of", Instant),
    _given("weeks", Integer),
    Column("evidence", Float),  # NULL: nothing to read yet
    _given("bar", Float),
    Column("quiet", String),  # NULL: it alarmed
    _json("reading"),
)

suppressed = Table(
    "suppressed",
    metadata,
    Column("id", Integer, primary_key=True),
    _given("on", Date, index=True),
    _given("metric", String),
    _given("segment", String),
    _given("reason", String),
    _json("detail"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("inflection_id", String, primary_key=True),
    Column("week", Date, primary_key=True),
    _given("hash", String),
    _json("pack"),
)
"""What a verdict rested on in a judged week, frozen; the hash is over the pack."""

inflection = Table(
    "inflection",
    metadata,
    Column("id", String, primary_key=True),
    _given("opened_on", Date),
    _given("started_on", Date),
    _given("started_low", Date),
    _given("started_high", Date),
    _given("verdict", String),
    Column("form", String),
    _given("direction", String),
    _json("shares"),
    _given("state", String, index=True),
    Column("closed_on", Date),
    Column("retracted_on", Date),
    _json("detail"),
)

finding = Table(
    "finding",
    metadata,
    Column("inflection_id", ForeignKey("inflection.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),  # 0 is the headline
    *_series(),
    _given("kind", String),
    _given("unit", String),
    _given("before", Float),
    _given("after", Float),
    _given("change_low", Float),
    _given("change_high", Float),
    _json("adjusted_for"),
    _given("evidence", Float),
    _given("bar", Float),
    _given("deals_before", Integer),
    _given("deals_after", Integer),
    _given("started_on", Date),
    _given("started_low", Date),
    _given("started_high", Date),
)

notice = Table(
    "notice",
    metadata,
    Column("message_id", String, primary_key=True),
    # Deferred: the mail and the inflection it is about are saved in one transaction, in whatever order.
    Column("inflection_id", ForeignKey("inflection.id", deferrable=True, initially="DEFERRED"), index=True),
    _given("kind", String),
    _given("reason", String),
    _given("seq", Integer),
    _given("sender", String),
    _given("recipient", String),
    _given("subject", String),
    _json("view"),
    _given("content", LargeBinary),
    _given("state", String),
    _given("attempts", Integer),
    Column("next_try_at", Instant),
    _given("created_at", Instant),
    Column("sent_at", Instant),
    Column("last_error", String),
    Column("verdict", String),
    Column("change", Float),
    Column("claim_epoch", Integer),  # of the process that has it in hand; NULL: nobody has
    Column("claimed_at", Instant),
    _given("maybe_sent", Boolean, server_default=false()),  # an attempt ended after the dot without an answer
    _given("plain", Boolean, server_default=false()),  # its page was refused: the text alone goes out
    Column("folded_into", String),  # the Message-ID of the summary that went out in its place
    Index(None, "state", "next_try_at"),
    Index(None, "kind", "recipient", "created_at"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String, primary_key=True),
    _given("holder", String),
    _given("epoch", Integer),  # grows by one with every new holder, and never goes back
    Column("until", Instant),  # by the database's clock; NULL: a file lock says who is active
)

setting_change = Table(
    "setting_change",
    metadata,
    Column("id", Integer, primary_key=True),
    _given("changed_at", Instant),
    _given("digest", String),  # Settings.config_digest
    _json("settings"),
)


def _act() -> tuple[Column[Any], ...]:
    """Who did what a row says, when, and by which road; the same form sent twice is one row."""
    return (
        _given("at", Instant),
        _given("by", String),
        _given("via", String),  # mail | console | command
        _given("nonce", String, unique=True),
    )


answer = Table(
    "answer",
    metadata,
    Column("id", Integer, primary_key=True),
    _given("inflection_id", ForeignKey("inflection.id"), index=True),
    *_act(),
    _given("kind", String),  # decision | feedback
    _given("what", String),
    Column("owner", String),
    Column("look_again_on", Date),
    _given("note", String),
    Column("undone_at", Instant),
    Column("undone_by", String),
)

silence = Table(
    "silence",
    metadata,
    Column("id", Integer, primary_key=True),
    *_act(),
    _given("reason", String),
    Column("inflection_id", ForeignKey("inflection.id")),  # NULL: whatever lies in the metric and segment
    Column("metric", String),  # NULL: every metric
    _given("segment", String),
    _given("until", Date),  # its last day
    Column("ended_at", Instant),
    Column("ended_by", String),
    Column("ended_why", String),
)

silenced = Table(
    "silenced",
    metadata,
    Column("silence_id", ForeignKey("silence.id"), primary_key=True),
    Column(
        "inflection_id", ForeignKey("inflection.id", deferrable=True, initially="DEFERRED"), primary_key=True
    ),
    _given("at", Instant),
    _given("reason", String),  # of the notice that was not sent
    _given("verdict", String),
    _given("change", Float),  # the size then: what is materially worse than that is told all the same
)

subscription = Table(
    "subscription",
    metadata,
    Column("id", Integer, primary_key=True),
    *_act(),
    _given("email", String, index=True),  # in small letters
    _given("kind", String),  # of mails: inflections | digest | operations
    _given("wanted", Boolean),
)

acceptance = Table(
    "acceptance",
    metadata,
    Column("id", Integer, primary_key=True),
    *_act(),
    _given("run", String, index=True),  # judge:WEEK, or hold:NUMBER
    _given("reason", String),
)

aged = Table(
    "aged",
    metadata,
    Column("id", Integer, primary_key=True),
    _given("at", Instant),
    _given("before", Date),  # deals that were over before this day are gone
    _given("deals", Integer),
    _given("versions", Integer),
    _given("restated", Boolean),  # whether any deal or account had several versions by then
    Column("frozen", LargeBinary),  # what the weeks before said, packed; of the newest row alone
    sqlite_autoincrement=True,
)

aged_key = Table(
    "aged_key",
    metadata,
    Column(
        "key", String, primary_key=True
    ),  # a digest of the deal's id, or its order's: its lines are not taken back
    _given("on", Date),
)
