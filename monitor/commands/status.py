"""`leftturn status`: is it running, is it fed, what is open, what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.commands.opening import open_existing_store, read_settings, system_clock
from monitor.lock import active_process
from monitor.show import as_json as to_json
from monitor.show import say, table
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from config import Settings
    from monitor.store.answers import Answer

LAST_RUNS = 10
SILENT_WHERE_EMPTY = ("silences", "unsubscribed", "held", "defects")
LATELY = timedelta(weeks=26)
"""For so long what was seen and not sent is listed."""
CLOCK_STEP = timedelta(days=1)
"""How far a clock may have been set back before a run in its future is worth a word."""


def status(config: Path, *, as_json: bool) -> int:
    """Print what the store knows of runs, sources, inflections and mails, and what is due next."""
    from monitor.commands.next_runs import next_runs

    settings = read_settings(config)
    with open_existing_store(settings).read() as connection:
        known = collect(connection, settings, system_clock())
    known["next"] = next_runs(settings, system_clock())
    if as_json:
        say(to_json(known))
    else:
        _show(known)
    return 0


def collect(connection: Connection, settings: Settings, now: datetime) -> dict[str, Any]:
    """Runs, sources, inflections and outbox counts, as plain values. `ahead` is what was done after `now`."""
    from sqlalchemy import func, select

    from monitor.remembered import newest_judged_run
    from monitor.retention import whole_from
    from monitor.store import tables
    from monitor.store.answers import standing

    decisions, today = standing(connection), local_day(settings.company.timezone, now)
    run = tables.run
    done = select(run).where(run.c.state != run.c.job)  # the others are notes: which server, which columns
    runs = connection.execute(done.order_by(run.c.id.desc()).limit(LAST_RUNS)).mappings()
    open_ones = connection.execute(
        select(tables.inflection)
        .where(tables.inflection.c.state == "open")
        .order_by(tables.inflection.c.opened_on)
    ).mappings()
    mails = connection.execute(
        select(tables.notice.c.state, func.count()).group_by(tables.notice.c.state)
    ).all()
    newest = connection.execute(select(func.max(run.c.finished_at))).scalar()
    return {
        "active": _active(connection, settings),
        "ahead": newest if newest is not None and newest > now + CLOCK_STEP else None,
        "runs": [
            {key: one[key] for key in ("key", "job", "state", "started_at", "finished_at")} for one in runs
        ],
        "sources": [_source(connection, settings, source.name, now) for source in settings.sources],
        "lateness": list(_lateness(connection, settings, today)),
        "whole_from": whole_from(connection),
        "left_out": newest_judged_run(connection).get("left_out"),
        "defects": list(newest_judged_run(connection).get("faults", ())),
        "bearing": _bearing(connection),
        "suppressed": _suppressed(connection, today),
        "open": [
            {key: row[key] for key in ("id", "verdict", "direction", "opened_on", "started_on")}
            | _decided(decisions.get(row["id"]))
            for row in open_ones
        ],
        **_acts(connection, today),
        "outbox": {str(state): int(count) for state, count in mails},
    }


def _lateness(connection: Connection, settings: Settings, today: date) -> Iterator[dict[str, Any]]:
    """How closings arrive, beside the `late_by` of each source that tells."""
    from monitor.lateness import lateness_of

    for source in settings.sources:
        if (known := lateness_of(connection, source, today, settings.company.timezone)) is not None:
            yield known.as_dict()


def _bearing(connection: Connection) -> list[dict[str, Any]]:
    """Deals and effective deals a week of each series, as the newest judged week had them."""
    from monitor.remembered import newest_judged_run

    return list(newest_judged_run(connection).get("bearing", ()))


def _suppressed(connection: Connection, today: date) -> list[dict[str, Any]]:
    """What was over its bar and not sent in the last LATELY, the newest first; of a blip, its days."""
    from sqlalchemy import select

    from monitor.store.ledger import place_of
    from monitor.store.tables import suppressed

    here = suppressed.c
    rows = connection.execute(
        select(here.on, here.metric, here.segment, here.reason, here.detail)
        .where(here.on > today - LATELY)
        .order_by(here.on.desc(), here.id)
    )
    return [
        {
            "on": row.on,
            "metric": row.metric,
            "segment": place_of(row.segment),
            "reason": row.reason,
            "started_on": row.detail.get("started_on"),
            "ended_on": row.detail.get("ended_on"),
        }
        for row in rows
    ]


def _decided(decision: Answer | None) -> dict[str, Any]:
    """What is decided on an inflection, by whom, and when it is looked at again."""
    if decision is None:
        return {"decision": None, "owner": None, "look_again_on": None}
    return {
        "decision": decision.what,
        "owner": decision.owner or decision.by,
        "look_again_on": decision.look_again_on,
    }


def _acts(connection: Connection, today: date) -> dict[str, Any]:
    """What people silenced, what they do not want to be mailed, and data that wait to be accepted."""
    from monitor.store.acceptances import waiting
    from monitor.store.silences import active_silences
    from monitor.store.subscriptions import words

    return {
        "silences": [
            {"id": one.id, "about": one.about, "until": one.until, "by": one.by, "reason": one.reason}
            for one in active_silences(connection, today)
        ],
        "unsubscribed": [
            {"email": word.email, "kind": word.kind, "by": word.by, "at": word.at}
            for word in words(connection).values()
            if not word.wanted
        ],
        "held": [{"run": one.run, "message": one.message, "since": one.since} for one in waiting(connection)],
    }


def _active(connection: Connection, settings: Settings) -> str | None:
    """The active process, by the lock file or by the lease."""
    from monitor.store.lease import active_holder

    if connection.dialect.name == "postgresql":
        return active_holder(connection)
    return active_process(settings.database)


def _source(connection: Connection, settings: Settings, name: str, now: datetime) -> dict[str, Any]:
    """When a source was last looked at and read, what came of it, and the newest day of a deal in it."""
    from monitor.health import failing_read, last_read, last_try, newest_day

    last, tried = last_read(connection, name), last_try(connection, name)
    today = local_day(settings.company.timezone, now)
    return {
        "name": name,
        "looked_at": tried["finished_at"] if tried else None,
        "read_at": last["read_at"],
        "rows_read": last["rows_read"],
        "accepted": last["accepted"],
        "quarantined": last["quarantined"],
        "message": failing_read(connection, name) or last["message"],
        "newest_day": newest_day(connection, name, today),
    }


def _show(known: dict[str, Any]) -> None:
    if known["active"] is not None:
        say(f"active: {known['active']}" if known["active"] else "active: no process")
    if known["ahead"] is not None:
        say(
            f"careful: something was done as of {known['ahead']:%Y-%m-%d}, so the clock is behind, or was ahead; "
            f"until then what was done counts as done, and nothing of it is read or sent again"
        )
    for title in ("open", "defects", "silences", "unsubscribed", "held", "sources", "runs", "next"):
        rows = known[title]
        if not rows and title in SILENT_WHERE_EMPTY:
            continue
        if rows:
            columns = list(rows[0])
            table(
                [column.replace("_", " ") for column in columns],
                [list(row.values()) for row in rows],
                title=title,
            )
        else:
            say(f"{title}: none")
    for each in known["lateness"]:
        say(each["sentence"])
    for sentence in (known["left_out"], known["whole_from"]):
        if sentence:
            say(f"{sentence}.")
    counts = ", ".join(f"{count} {state}" for state, count in known["outbox"].items())
    say(f"outbox: {counts or 'empty'}")
