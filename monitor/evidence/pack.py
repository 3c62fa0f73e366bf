"""A pack: what a verdict rested on in a judged week, as plain values, and the same figures reckoned anew."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from config.resolve import digest_of, plain
from monitor.briefing import overturned_if, place_of, size_of
from monitor.evidence.figures import figures_of, finding_row, in_the_form_of, part_row
from monitor.evidence.placebo import placebo_of
from monitor.evidence.who import who_rises
from monitor.ledger import Inflection
from monitor.panel import Panel
from monitor.types import Finding, Series, SeriesKey
from monitor.weekly import Seen, Weekly

if TYPE_CHECKING:
    from config.settings import Settings

FORMAT = 2
RISING = ("left_turn", "focus_drift", "commodity_drift")
HASHED = ("source", "deal_id", "owner", "creator", "closed_by", "created_on", "closed_on", "amount", "list_amount",
          "outcome", "tier")  # fmt: skip


def pack_of(
    inflection: Inflection, seen: Seen, at: datetime, weekly: Weekly, settings: Settings
) -> dict[str, Any]:
    """The pack of an inflection as judged on what `seen` holds, known at the instant `at`."""
    return {
        "format": FORMAT,
        "inflection": inflection.id,
        "week": seen.week.isoformat(),
        "as_of": at.isoformat(),
        "data": {"hash": data_hash(seen.deals), "deals": seen.deals.height},
        "configuration": {"hash": digest_of(settings), "settings": plain(settings)},
        "learned_from": inflection.learned_from.isoformat() if inflection.learned_from else None,
        "verdict": {
            "name": inflection.cause.verdict,
            "form": inflection.cause.form,
            "place": place_of(inflection.cause.place),
            "shares": dict(inflection.cause.shares),
            "intervals": {k: list(v) if v else None for k, v in inflection.cause.intervals.items()},
            "overturned_if": overturned_if(inflection.headline),
        },
        "findings": [finding_row(finding) for finding in inflection.findings],
        "agreed": [part_row(part) for part in inflection.agreed],
        "figures": reckoned(
            inflection.findings, inflection.learned_from, inflection.cause.verdict, seen, weekly
        ),
    }


def reckoned(
    findings: tuple[Finding, ...], since: date | None, verdict: str, seen: Seen, weekly: Weekly
) -> dict[str, Any]:
    """Every figure that follows from the store alone, given which findings they are and when they began."""
    headline, settings = findings[0], weekly.settings
    found = [one for finding in findings if (one := _series(seen, finding)) is not None]
    panel, series = seen.panels.get(headline.key.metric), _series(seen, headline)
    placebo = size = None
    if panel is not None and series is not None:
        placebo = placebo_of(headline, series, panel, since, seed=int(seen.week.strftime("%Y%m%d")))
        size = size_of(headline, panel, series, settings.company.currency)
    place = headline.key.segment[0] if headline.key.contrast else None
    who = who_rises(seen.deals, place, headline.started_on) if verdict in RISING else None
    return {
        **figures_of(weekly.facts_since(seen, headline, since), found, seen.panels),
        "placebo": asdict(placebo) if placebo else None,
        "waiting_costs_a_quarter": None
        if size is None
        else {
            "deals": size.deals,
            "deals_between": [size.deals_between.low, size.deals_between.high],
            "money": float(size.money) if size.money is not None else None,
            "money_between": [float(m) for m in size.money_between] if size.money_between else None,
            "currency": size.currency,
        },
        "who": asdict(who) | {"traits": [asdict(trait) for trait in who.traits]} if who else None,
    }


def reckoned_anew(pack: dict[str, Any], seen: Seen, weekly: Weekly) -> dict[str, Any]:
    """The figures of a stored pack from the deals in `seen`, which is the pack's week as known at its instant.

    Of a pack that was stored in an earlier format, what that did not hold is left out.
    """
    findings = tuple(_finding(row) for row in pack["findings"])
    since = date.fromisoformat(pack["learned_from"]) if pack["learned_from"] else None
    anew = reckoned(findings, since, pack["verdict"]["name"], seen, weekly)
    return anew if pack["format"] == FORMAT else in_the_form_of(pack["figures"], anew)


def data_hash(deals: pl.DataFrame) -> str:
    """sha256 over the deals as known: who, when, how much and what became of them, in order of their ids."""
    rows = deals.select(pl.col(name).cast(pl.String) for name in HASHED).sort("source", "deal_id")
    return hashlib.sha256(rows.write_csv().encode()).hexdigest()


def _series(seen: Seen, finding: Finding) -> Series | None:
    panel: Panel | None = seen.panels.get(finding.key.metric)
    return next((s for s in panel.series if s.key == finding.key), None) if panel else None


def _finding(row: dict[str, Any]) -> Finding:
    low, high = (date.fromisoformat(day) for day in row["started_between"])
    return Finding(
        key=SeriesKey(
            metric=row["metric"],
            segment=tuple((name, value) for name, value in row["segment"]),
            contrast=row["contrast"],
        ),
        kind=row["kind"],
        unit=row["unit"],
        started_on=date.fromisoformat(row["started_on"]),
        started_between=(low, high),
        before=row["before"],
        after=row["after"],
        change_between=(row["change_between"][0], row["change_between"][1]),
        adjusted_for=(),
        evidence=row["evidence"],
        bar=row["bar"],
        deals_before=row["deals_before"],
        deals_after=row["deals_after"],
    )
