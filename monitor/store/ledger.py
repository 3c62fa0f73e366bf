"""The ledger in the store: regimes, inflections with their findings, judgements, suppressions.

Everything is keyed by what it is about, so that saving the same week twice changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, func, insert, or_, select

from monitor.budget import BarsInForce
from monitor.diagnosis.facts import Breadth
from monitor.diagnosis.rivals import Rival
from monitor.diagnosis.verdict import Cause
from monitor.judge import Judged, Regime
from monitor.ledger import Doubt, Inflection, Ledger, Part, Suppression, Told
from monitor.store import tables
from monitor.types import Finding, SeriesKey


def load_ledger(conn: Connection) -> Ledger:
    """Everything remembered, as the last saved week left it."""
    findings: dict[str, list[Finding]] = {}
    for row in conn.execute(select(tables.finding).order_by(tables.finding.c.position)).mappings():
        findings.setdefault(row["inflection_id"], []).append(_finding(row))
    inflections = [
        _inflection(row, findings[row["id"]])
        for row in conn.execute(select(tables.inflection).order_by(tables.inflection.c.opened_on)).mappings()
    ]
    regimes = {}
    for row in conn.execute(select(tables.regime)).mappings():
        key = _key(row)
        regimes[key] = Regime(
            key=key, since=row["since_week"], first_candidate=row["first_candidate_week"], why=row["why"]
        )
    return Ledger(regimes=regimes, inflections=inflections, bars=_bars_in_force(conn))


def _bars_in_force(conn: Connection) -> BarsInForce:
    """The bars that the weeks were judged by, from their judgements."""
    one = tables.judgement.c
    series = one.metric, one.segment, one.contrast
    before = func.lag(one.bar).over(partition_by=series, order_by=one.week)
    every = select(one.week, *series, one.bar, before.label("before")).subquery()
    steps = select(every).where(or_(every.c.before.is_(None), every.c.before != every.c.bar))
    known = BarsInForce(newest=newest_judged(conn))
    for row in conn.execute(steps.order_by(every.c.week)).mappings():
        known.steps.setdefault(_key(row), []).append((row["week"], math.exp(row["bar"])))
    return known


def save_ledger(conn: Connection, ledger: Ledger, *, week: date, now: datetime) -> None:
    """Make the store's regimes and inflections equal to the ledger's."""
    _replace_rows(conn, tables.regime, [_regime_row(regime, week) for regime in ledger.regimes.values()])
    for inflection in ledger.inflections:
        conn.execute(delete(tables.finding).where(tables.finding.c.inflection_id == inflection.id))
        row = _inflection_row(inflection, now)
        known = conn.execute(
            select(tables.inflection.c.id).where(tables.inflection.c.id == inflection.id)
        ).first()
        if known is None:
            conn.execute(insert(tables.inflection), [row])
        else:
            conn.execute(tables.inflection.update().where(tables.inflection.c.id == inflection.id), row)
        conn.execute(
            insert(tables.finding),
            [
                _finding_row(inflection.id, place, finding)
                for place, finding in enumerate(inflection.findings)
            ],
        )


def save_judgements(conn: Connection, week: date, as_of: datetime, judged: Iterable[Judged]) -> None:
    """One row a series for the week; a week judged again replaces its rows."""
    conn.execute(delete(tables.judgement).where(tables.judgement.c.week == week))
    rows = [
        {
            "week": week,
            **_key_columns(one.key),
            "as_of": as_of,
            "weeks": one.weeks_judged,
            "evidence": _number(one.reading.evidence),
            "bar": math.log(one.watch.bar),
            "quiet": one.quiet,
            "reading": {
                name: _number(getattr(one.reading, name))
                for name in (
                    "start",
                    "start_low",
                    "start_high",
                    "effect",
                    "effect_low",
                    "effect_high",
                    "matters",
                )
            },
        }
        for one in judged
    ]
    if rows:
        conn.execute(insert(tables.judgement), rows)


def load_watched(conn: Connection) -> dict[str, tuple[SeriesKey, ...]]:
    """The series of each metric in the newest week that it was judged in."""
    table = tables.judgement
    newest = select(table.c.metric, func.max(table.c.week).label("week")).group_by(table.c.metric).subquery()
    rows = conn.execute(
        select(table.c.metric, table.c.segment, table.c.contrast).join(
            newest, (table.c.metric == newest.c.metric) & (table.c.week == newest.c.week)
        )
    ).mappings()
    watched: dict[str, tuple[SeriesKey, ...]] = {}
    for row in rows:
        watched[row["metric"]] = (*watched.get(row["metric"], ()), _key(row))
    return watched


def save_suppressed(conn: Connection, suppressed: Iterable[Suppression]) -> None:
    """What was seen and not sent, with its reason."""
    rows = [
        {
            "on": one.on,
            "metric": one.key.metric,
            "segment": _segment_text(one.key),
            "reason": one.reason,
            "detail": {"started_on": _iso(one.started_on), "ended_on": _iso(one.ended_on)},
        }
        for one in suppressed
    ]
    if rows:
        conn.execute(insert(tables.suppressed), rows)


def load_suppressed(conn: Connection, on: date) -> list[Suppression]:
    """What was seen on a day and not sent."""
    rows = conn.execute(select(tables.suppressed).where(tables.suppressed.c.on == on)).mappings()
    return [
        Suppression(
            on=row["on"],
            key=SeriesKey(metric=row["metric"], segment=_segment(row["segment"])),
            reason=row["reason"],
            started_on=_date(row["detail"].get("started_on")),
            ended_on=_date(row["detail"].get("ended_on")),
        )
        for row in rows
    ]


def judged_at(conn: Connection, week: date) -> datetime | None:
    """The instant as of which a week was judged; None if it was not."""
    as_of = tables.judgement.c.as_of
    at: datetime | None = conn.execute(select(as_of).where(tables.judgement.c.week == week).limit(1)).scalar()
    return at


def newest_judged(conn: Connection) -> date | None:
    """The newest week that was judged; None where none was."""
    week: date | None = conn.execute(select(func.max(tables.judgement.c.week))).scalar()
    return week


def place_of(segment: str) -> dict[str, str]:
    r"""A series' place as people and scripts read it: {"region": "EMEA"}; empty for the company.

    >>> place_of("region\x1fEMEA")
    {'region': 'EMEA'}
    """
    return dict(_segment(segment))


def text_of_place(place: Mapping[str, str]) -> str:
    r"""A place as the store's text.

    >>> text_of_place({"region": "EMEA"})
    'region\x1fEMEA'
    """
    return "\x1e".join(f"{name}\x1f{value}" for name, value in place.items())


def _replace_rows(conn: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        here = and_(*(table.c[name] == row[name] for name in ("metric", "segment", "contrast")))
        conn.execute(delete(table).where(here))
    if rows:
        conn.execute(insert(table), rows)


def _segment_text(key: SeriesKey) -> str:
    return "\x1e".join(f"{name}\x1f{value}" for name, value in key.segment)


def _key_columns(key: SeriesKey) -> dict[str, Any]:
    return {"metric": key.metric, "segment": _segment_text(key), "contrast": key.contrast}


def _key(row: Mapping[Any, Any]) -> SeriesKey:
    return SeriesKey(metric=row["metric"], segment=_segment(row["segment"]), contrast=bool(row["contrast"]))


def _segment(text: str) -> tuple[tuple[str, str], ...]:
    parts = [part.split("\x1f", 1) for part in text.split("\x1e") if part]
    return tuple((name, value) for name, value in parts)


def _regime_row(regime: Regime, week: date) -> dict[str, Any]:
    return {
        **_key_columns(regime.key),
        "since_week": regime.since,
        "first_candidate_week": regime.first_candidate,
        "why": regime.why,
        "decided_on": week,
    }


def _inflection_row(inflection: Inflection, now: datetime) -> dict[str, Any]:
    headline, cause = inflection.headline, inflection.cause
    return {
        "id": inflection.id,
        "opened_on": inflection.opened_on,
        "started_on": headline.started_on,
        "started_low": headline.started_between[0],
        "started_high": headline.started_between[1],
        "verdict": cause.verdict,
        "form": cause.form,
        "direction": "up" if headline.after > headline.before else "down",
        "shares": dict(cause.shares),
        "state": inflection.state,
        "closed_on": inflection.closed_on,
        "retracted_on": inflection.retracted_on,
        "detail": {
            "opened_week": inflection.opened_week.isoformat(),
            "learned_from": inflection.learned_from.isoformat() if inflection.learned_from else None,
            "place": dict(cause.place) if cause.place else None,
            "intervals": {name: list(pair) if pair else None for name, pair in cause.intervals.items()},
            "breadth": _breadth_row(cause.breadth),
            "took": cause.took,
            "rivals": [_rival_row(rival) for rival in cause.rivals],
            "told": _told_row(inflection.told),
            "doubt": [inflection.doubt.verdict, inflection.doubt.weeks] if inflection.doubt else None,
            "renamed": inflection.renamed,
            "settled_on": _iso(inflection.settled_on),
            "ended_on": _iso(inflection.ended_on),
            "related": list(inflection.related),
            "agreed": [_part_row(part) for part in inflection.agreed],
            "saved_at": now.isoformat(),
        },
    }


def _inflection(row: Mapping[Any, Any], findings: list[Finding]) -> Inflection:
    detail = row["detail"]
    return Inflection(
        id=row["id"],
        opened_on=row["opened_on"],
        opened_week=date.fromisoformat(detail["opened_week"]),
        learned_from=date.fromisoformat(detail["learned_from"]) if detail["learned_from"] else None,
        findings=tuple(findings),
        cause=Cause(
            verdict=row["verdict"],
            form=row["form"],
            place=detail["place"],
            shares=row["shares"],
            intervals={
                name: (pair[0], pair[1]) if pair else None for name, pair in detail["intervals"].items()
            },
            breadth=_breadth(detail["breadth"]),
            took=detail.get("took"),
            rivals=tuple(_rival(row) for row in detail.get("rivals", ())),
        ),
        state=row["state"],
        closed_on=row["closed_on"],
        retracted_on=row["retracted_on"],
        told=_told(detail.get("told")),
        doubt=Doubt(verdict=detail["doubt"][0], weeks=detail["doubt"][1]) if detail.get("doubt") else None,
        renamed=detail.get("renamed", 0),
        settled_on=_date(detail.get("settled_on")),
        ended_on=_date(detail.get("ended_on")),
        related=tuple(detail.get("related", ())),
        agreed=parts_of(detail),
    )


def _rival_row(rival: Rival) -> dict[str, Any]:
    return {**asdict(rival), "on": rival.on.isoformat()}


def _rival(row: Mapping[str, Any]) -> Rival:
    return Rival(**{**row, "on": date.fromisoformat(row["on"])})


def _breadth_row(breadth: Breadth | None) -> list[Any] | None:
    if breadth is None:
        return None
    between = list(breadth.between) if breadth.between else None
    return [breadth.dimension, breadth.moved, breadth.of, breadth.share, between, breadth.concentration]


def _breadth(row: list[Any] | None) -> Breadth | None:
    """As saved; rows of earlier versions hold the first three alone."""
    if row is None:
        return None
    whole: list[Any] = [*row, None, None, None]
    dimension, moved, of, share, between, concentration = whole[:6]
    return Breadth(
        dimension=dimension,
        moved=moved,
        of=of,
        share=share,
        between=(between[0], between[1]) if between else None,
        concentration=concentration,
    )


def parts_of(detail: Mapping[str, Any]) -> tuple[Part, ...]:
    """The series that carry an inflection together, from what is stored of it."""
    return tuple(_part(row) for row in detail.get("agreed", ()))


def _part_row(part: Part) -> dict[str, Any]:
    return {
        "told": _told_row(part.told),
        "since": part.since.isoformat(),
        "raised": part.raised,
        "now": part.now,
    }


def _part(row: Mapping[str, Any]) -> Part:
    since = date.fromisoformat(row["since"])
    return Part(told=_told_of(row["told"]), since=since, raised=row["raised"], now=row["now"])


def _told_row(told: Told | None) -> list[Any] | None:
    if told is None:
        return None
    days = (told.started_on, told.started_low, told.until)
    key = [told.key.metric, [list(pair) for pair in told.key.segment], told.key.contrast]
    return [*(day.isoformat() for day in days), _number(told.change), key]


def _told(row: list[Any] | None) -> Told | None:
    return None if row is None else _told_of(row)


def _told_of(row: list[Any]) -> Told:
    started, low, until = (date.fromisoformat(day) for day in row[:3])
    change = math.nan if row[3] is None else row[3]
    metric, segment, contrast = row[4]
    key = SeriesKey(metric=metric, segment=tuple((n, v) for n, v in segment), contrast=contrast)
    return Told(key=key, started_on=started, started_low=low, until=until, change=change)


def _finding_row(inflection: str, position: int, finding: Finding) -> dict[str, Any]:
    return {
        "inflection_id": inflection,
        "position": position,
        **_key_columns(finding.key),
        "kind": finding.kind,
        "unit": finding.unit,
        "before": finding.before,
        "after": finding.after,
        "change_low": finding.change_between[0],
        "change_high": finding.change_between[1],
        "adjusted_for": list(finding.adjusted_for),
        "evidence": finding.evidence,
        "bar": finding.bar,
        "deals_before": finding.deals_before,
        "deals_after": finding.deals_after,
        "started_on": finding.started_on,
        "started_low": finding.started_between[0],
        "started_high": finding.started_between[1],
    }


def _finding(row: Mapping[Any, Any]) -> Finding:
    return Finding(
        key=_key(row),
        kind=row["kind"],
        unit=row["unit"],
        started_on=row["started_on"],
        started_between=(row["started_low"], row["started_high"]),
        before=row["before"],
        after=row["after"],
        change_between=(row["change_low"], row["change_high"]),
        adjusted_for=tuple(row["adjusted_for"]),
        evidence=row["evidence"],
        bar=row["bar"],
        deals_before=row["deals_before"],
        deals_after=row["deals_after"],
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(value: float | int | None) -> float | int | None:
    """JSON and SQL know no nan."""
    return None if value is None or (isinstance(value, float) and not math.isfinite(value)) else value
