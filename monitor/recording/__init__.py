"""Signs that the way deals are recorded changed, so that a change in a figure need not be one in the market.

    events = recording_events(versions, accounts)      # of everything that was ever read
    events = events_of(deals)                          # of deals as known at one time, for a diagnosis

Pure: from versions of deals and accounts (`monitor.store.deals.load_history`) to dated events, oldest first. Each
event says what happened, to what, and how many deals it touches; whether it explains a change is for the diagnosis
to weigh, by its date and by its share of the deals around it.

    bulk_close        one person closed at least 30 deals on a day, ten times what he usually closes on one
    one_sided_came    somebody who closes nearly all one way (95 % of at least 30) begins to close deals
    one_sided_left    the same, ends (bulk jobs and integration users come and go so)
    stage_new         a stage label that was never there before, on at least 10 deals within 8 weeks
    stage_gone        a label that at least 10 deals had, and none of the last 8 weeks
    stage_renamed     one label ends within 2 weeks of another's beginning, with the same outcome
    category_new      the same as stage_new for a value of a column or an attribute
    disqualified      the share of disqualified among closed deals moved by 10 points or more
    nulls             the share of blank cells of a column moved by 10 points or more
    enriched          values of an attribute were filled in for at least 20 deals or accounts at one time
    rewritten         an attribute of at least 20 accounts got another value on a day, ten times what is usual on one

A `hold` kind makes the weeks around it doubtful in themselves; an `annotate` kind is told beside a change. Fewer
deals in a week is no sign of anything here.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from monitor.recording.enrichment import enriched, rewritten
from monitor.recording.events import EFFECTS, Effect, Kind, RecordingEvent
from monitor.recording.labels import categories, stages
from monitor.recording.people import bulk_closes, one_sided
from monitor.recording.shares import disqualified, nulls

CLOSED = ("won", "lost", "no_decision", "disqualified")

__all__ = ["EFFECTS", "Effect", "Kind", "RecordingEvent", "events_of", "recording_events", "rewritten"]


def recording_events(
    versions: pl.DataFrame, accounts: pl.DataFrame | None = None
) -> tuple[RecordingEvent, ...]:
    """Every event in the history of `versions` (VERSION_COLUMNS, DEAL_COLUMNS, attributes), oldest first.

    accounts   versions of accounts, where attributes may have been filled in; None where there are none
    """
    if not versions.height:
        return ()
    deals = (
        versions.sort("observed", "known_at", maintain_order=True)
        .unique(["source", "deal_id"], keep="last", maintain_order=True)
        .filter(~pl.col("deleted"))
    )
    found = [
        *events_of(deals),
        *enriched(versions, ["source", "deal_id"]),
        *(enriched(accounts, ["source", "account"]) if accounts is not None else ()),
        *(rewritten(accounts, ["source", "account"]) if accounts is not None else ()),
    ]
    return tuple(sorted(found, key=_order))


def events_of(deals: pl.DataFrame) -> tuple[RecordingEvent, ...]:
    """The events that deals show as they are known at one time (DEAL_COLUMNS, attributes), oldest first."""
    closed = deals.filter(pl.col("outcome").is_in(CLOSED), pl.col("closed_on").is_not_null()).with_columns(
        who=pl.coalesce("closed_by", "creator", "owner")
    )
    found = [
        *bulk_closes(closed),
        *one_sided(closed),
        *stages(closed),
        *categories(deals),
        *disqualified(closed),
        *nulls(deals),
    ]
    return tuple(sorted(found, key=_order))


def _order(event: RecordingEvent) -> tuple[date, str, str]:
    return event.on, event.kind, event.subject
