"""`leftturn explain ID`: everything the store knows about one inflection, or one deal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.commands.explain_deal import find_deal, is_deal, show_deal
from monitor.commands.opening import open_existing_store, read_settings, system_clock
from monitor.errors import UsageError
from monitor.show import as_json as to_json
from monitor.show import say

if TYPE_CHECKING:
    from sqlalchemy import Connection

NOTICE = ("reason", "recipient", "subject", "state", "created_at", "sent_at")


def explain(config: Path, id_: str, *, as_json: bool) -> int:
    """Print the inflection with all its findings and notices, or a deal with its tier explained.

    Raises UsageError for an id that is neither.
    """
    settings = read_settings(config)
    with open_existing_store(settings).read() as connection:
        if is_deal(connection, id_):
            told = find_deal(connection, settings, id_, system_clock())
            if told is not None:
                say(to_json(told)) if as_json else show_deal(told)
                return 0
        known = collect(connection, id_)
    if as_json:
        say(to_json(known))
    else:
        _show(known)
    return 0


def collect(connection: Connection, id_: str) -> dict[str, Any]:
    """The inflection's row, its findings in order, and what was sent about it."""
    from sqlalchemy import select

    from monitor.store import tables
    from monitor.store.ledger import place_of

    inflections, findings, notices = tables.inflection, tables.finding, tables.notice
    row = connection.execute(select(inflections).where(inflections.c.id == id_)).mappings().first()
    if row is None:
        known = connection.execute(select(inflections.c.id).order_by(inflections.c.opened_on.desc()).limit(5))
        names = ", ".join(known.scalars()) or "none so far"
        raise UsageError(f"{id_}: no such inflection or deal; the newest are {names} (see leftturn status)")
    found = select(findings).where(findings.c.inflection_id == id_).order_by(findings.c.position)
    sent = select(*(notices.c[column] for column in NOTICE)).where(notices.c.inflection_id == id_)
    return {
        "inflection": dict(row),
        "findings": [
            {**finding, "segment": place_of(finding["segment"])}
            for finding in connection.execute(found).mappings()
        ],
        "notices": [
            dict(notice) for notice in connection.execute(sent.order_by(notices.c.created_at)).mappings()
        ],
    }


def _show(known: dict[str, Any]) -> None:
    inflection = known["inflection"]
    say(f"{inflection['id']}: {inflection['verdict']} ({inflection['direction']}), {inflection['state']}")
    say(f"Opened {inflection['opened_on']}; began about {_between(inflection)}.")
    shares = {name: share for name, share in (inflection["shares"] or {}).items() if share is not None}
    if shares:
        say("Of the change: " + ", ".join(f"{name} {share:+.4g}" for name, share in shares.items()) + ".")
    for finding in known["findings"]:
        _show_finding(finding)
    for notice in known["notices"]:
        say(f"Told {notice['recipient']} ({notice['reason']}, {notice['state']}): {notice['subject']}")


def _show_finding(finding: dict[str, Any]) -> None:
    say()
    against = " against the rest of the company" if finding["contrast"] else ""
    place = ", ".join(f"{name} {value}" for name, value in finding["segment"].items())
    say(f"{finding['metric']}, {place or 'company'}{against}")
    say(
        f"  {finding['before']:.4g} before, {finding['after']:.4g} after; the change lies between "
        f"{finding['change_low']:+.4g} and {finding['change_high']:+.4g} (90 %), unit {finding['unit']}"
    )
    say(f"  began about {_between(finding)}")
    say(f"  evidence {finding['evidence']:.2f} against a bar of {finding['bar']:.2f}")
    say(f"  {finding['deals_before']} deals before, {finding['deals_after']} after")
    if finding["adjusted_for"]:
        say(f"  adjusted for {', '.join(finding['adjusted_for'])}")


def _between(row: dict[str, Any]) -> str:
    return f"{row['started_on']} ({row['started_low']} to {row['started_high']})"
