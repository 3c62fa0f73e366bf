"""`leftturn explain ID`: everything the store knows about one inflection, or one deal."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.commands.explain_deal import find_deal, is_deal, show_deal
from monitor.commands.opening import open_existing_store, read_settings, system_clock
from monitor.errors import UsageError
from monitor.show import as_json as to_json
from monitor.show import say

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

NOTICE = ("reason", "recipient", "subject", "state", "created_at", "sent_at")


def explain(config: Path, id_: str, *, as_json: bool, html: Path | None = None) -> int:
    """Print the inflection with all its findings and notices, or a deal with its tier explained.

    html   a file for the evidence of an inflection, as one page

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
        if html is not None:
            from monitor.commands.explain_page import write_page

            write_page(connection, settings, known, html)
    budget, named = settings.attention.false_alarms_per_year, settings.privacy.owners == "names"
    if as_json:
        say(to_json(known if named else without_owners(known)))
        return 0
    from monitor.commands.explained import sentences

    for line in sentences(known, false_alarms_per_year=budget, owners_named=named):
        say(line)
    return 0


def without_owners(known: dict[str, Any]) -> dict[str, Any]:
    """The record with "one seller" in the place of the one that a change lies with.

    >>> without_owners({"inflection": {"detail": {"place": {"owner": "7"}}}})
    {'inflection': {'detail': {'place': {'team': 'one seller'}}}}
    """
    detail = known["inflection"].get("detail") or {}
    place = detail.get("place") or {}
    if "owner" not in place:
        return known
    elsewhere = {name: value for name, value in place.items() if name != "owner"}
    told = {**detail, "place": {**elsewhere, "team": "one seller"}}
    return {**known, "inflection": {**known["inflection"], "detail": told}}


def collect(connection: Connection, id_: str) -> dict[str, Any]:
    """The inflection's row, its findings in order, what was sent about it, and why nothing was, where that is so."""
    from sqlalchemy import select

    from monitor.retention import aged_out
    from monitor.store import tables
    from monitor.store.ageing import aged_on
    from monitor.store.answers import answers_to
    from monitor.store.evidence import newest_evidence
    from monitor.store.ledger import parts_of, place_of
    from monitor.store.silences import silences_of

    inflections, findings, notices = tables.inflection, tables.finding, tables.notice
    row = connection.execute(select(inflections).where(inflections.c.id == id_)).mappings().first()
    if row is None:
        if (day := aged_on(connection, id_)) is not None:
            raise UsageError(f"{id_}: this deal, or order, was aged out on {day} (privacy.keep)")
        known = connection.execute(select(inflections.c.id).order_by(inflections.c.opened_on.desc()).limit(5))
        names = ", ".join(known.scalars()) or "none so far"
        raise UsageError(f"{id_}: no such inflection or deal; the newest are {names} (see leftturn status)")
    began = date.fromisoformat((row["detail"] or {}).get("learned_from") or str(row["started_low"]))
    found = select(findings).where(findings.c.inflection_id == id_).order_by(findings.c.position)
    sent = select(*(notices.c[column] for column in NOTICE)).where(notices.c.inflection_id == id_)
    kept = newest_evidence(connection, id_)
    return {
        "inflection": dict(row),
        "findings": [
            {**finding, "segment": place_of(finding["segment"])}
            for finding in connection.execute(found).mappings()
        ],
        "agreed": [
            {
                "metric": part.told.key.metric,
                "segment": dict(part.told.key.segment),
                "contrast": part.told.key.contrast,
                "part_raised": part.raised,
                "part_now": part.now,
            }
            for part in parts_of(row["detail"] or {})
        ],
        "evidence": {"hash": kept[0], **kept[1]} if kept else None,
        "aged_out": aged_out(connection, began),
        "kept_back": _kept_back(connection, row, id_),
        "answers": [asdict(one) for one in answers_to(connection, id_)],
        "silences": [{**asdict(one), "about": one.about} for one in silences_of(connection, id_)],
        "notices": [
            dict(notice) for notice in connection.execute(sent.order_by(notices.c.created_at)).mappings()
        ],
    }


def _kept_back(connection: Connection, inflection: RowMapping, id_: str) -> list[str]:
    """Why the headline was not told on the day the inflection was opened."""
    from sqlalchemy import select

    from monitor.store.tables import finding, suppressed

    headline = select(finding.c.metric, finding.c.segment).where(
        finding.c.inflection_id == id_, finding.c.position == 0
    )
    named = connection.execute(headline).first()
    if named is None:
        return []
    here = suppressed.c.metric == named.metric, suppressed.c.segment == named.segment
    rows = connection.execute(
        select(suppressed.c.reason).where(suppressed.c.on == inflection["opened_on"], *here)
    )
    return [str(reason) for reason in rows.scalars()]
