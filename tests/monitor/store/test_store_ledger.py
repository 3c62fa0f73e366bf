"""The ledger in the store: what is saved comes back equal, and saving twice is saving once."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select

from detectors import Reading
from monitor.budget import BarsInForce
from monitor.diagnosis.facts import Breadth
from monitor.diagnosis.rivals import Rival
from monitor.diagnosis.verdict import Cause
from monitor.judge import Judged, Regime, Watch
from monitor.ledger import Inflection, Ledger, Part, Suppression, Told
from monitor.store import Store, tables
from monitor.store.ledger import (
    judged_at,
    load_ledger,
    load_suppressed,
    save_judgements,
    save_ledger,
    save_suppressed,
)
from monitor.types import Finding, Series, SeriesKey

WEEK = date(2026, 4, 27)
NOW = datetime(2026, 5, 7, 8, 30, 15, 123456, tzinfo=UTC)
COMPANY = SeriesKey(metric="win_rate")
CORE = SeriesKey(metric="win_rate", segment=(("tier", "core"),))
ODD = SeriesKey(metric="won, or: not?", segment=(("région", "EMEA = Süd, (50 %)"), ("b", "")), contrast=True)


def finding(key: SeriesKey, **more: Any) -> Finding:
    told: dict[str, Any] = {
        "key": key,
        "kind": "win_rate",
        "unit": "rate",
        "started_on": date(2026, 3, 2),
        "started_between": (date(2026, 2, 9), date(2026, 3, 30)),
        "before": 0.3141592653589793,
        "after": 0.1 + 0.2,
        "change_between": (-0.13, -0.05),
        "adjusted_for": ("tier", "product"),
        "evidence": 9.25,
        "bar": 8.5,
        "deals_before": 900,
        "deals_after": 300,
    }
    return Finding(**{**told, **more})


def inflection(id_: str, *findings: Finding, **more: Any) -> Inflection:
    told: dict[str, Any] = {
        "id": id_,
        "opened_on": date(2026, 5, 7),
        "opened_week": WEEK,
        "findings": findings,
        "cause": Cause(
            verdict="market_shift",
            form="choose_others",
            place=None,
            shares={"market": -0.06, "mix": -0.02, "price": None, "people": -0.01, "recording": 0.0},
            intervals={"market": (-0.1, -0.02), "mix": None},
            breadth=Breadth(dimension="region", moved=9, of=11),
            took=12,
            rivals=(
                Rival(on=date(2026, 2, 1), name="List", says="began_after", favour=-3.5, weeks=9),
                Rival(on=date(2026, 4, 1), name="Stage", says="fits", favour=0.5, weeks=0, touches=0.2),
            ),
        ),
    }
    return Inflection(**{**told, **more})


def regime(key: SeriesKey, **more: Any) -> Regime:
    told: dict[str, Any] = {"key": key, "since": WEEK, "first_candidate": date(2026, 5, 4), "why": "start"}
    return Regime(**{**told, **more})


def ledger() -> Ledger:
    """Two inflections, one with everything that may be missing, and three regimes."""
    bare = Cause(
        verdict="internal", form=None, place={"region": "EMEA"}, shares={}, intervals={}, breadth=None
    )
    return Ledger(
        regimes={key: regime(key) for key in (COMPANY, CORE, ODD)},
        inflections=[
            inflection("2026-05-04-a", finding(COMPANY), finding(ODD, adjusted_for=())),
            inflection(
                "2026-05-04-b", finding(CORE), cause=bare, state="retracted", retracted_on=date(2026, 6, 1)
            ),
        ],
    )


def saved(store: Store, told: Ledger, week: date = WEEK) -> Ledger:
    with store.write() as connection:
        save_ledger(connection, told, week=week, now=NOW)
    with store.read() as connection:
        return load_ledger(connection)


def rows(store: Store, name: str) -> int:
    table = tables.metadata.tables[name]
    with store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_an_empty_store_remembers_nothing(store: Store) -> None:
    with store.read() as connection:
        assert load_ledger(connection) == Ledger()


def test_what_is_saved_comes_back_equal(store: Store) -> None:
    found = saved(store, ledger())
    assert found.regimes == ledger().regimes
    assert found.inflections == ledger().inflections


def test_the_series_that_carry_an_inflection_together_come_back_with_their_parts(store: Store) -> None:
    """To the last digit: what restarts with a program started anew is the sum."""
    parts = tuple(
        Part(
            told=Told(key=key, started_on=WEEK, started_low=WEEK, until=WEEK, change=change),
            since=date(2025, 1, 6),
            raised=raised,
            now=0.1 + 0.2,
        )
        for key, change, raised in ((COMPANY, -0.08, 1 / 3), (ODD, math.nan, 0.7))
    )
    agreed = inflection("2026-05-04-a", finding(COMPANY), finding(ODD), told=parts[0].told, agreed=parts)
    (found,) = saved(store, Ledger(inflections=[agreed])).inflections
    assert found.carried
    assert [(part.told.key, part.since, part.raised, part.now) for part in found.agreed] == [
        (COMPANY, date(2025, 1, 6), 1 / 3, 0.1 + 0.2),
        (ODD, date(2025, 1, 6), 0.7, 0.1 + 0.2),
    ]
    assert found.agreed[0] == parts[0]
    assert math.isnan(found.agreed[1].told.change)


def test_saving_twice_is_saving_once(store: Store) -> None:
    saved(store, ledger())
    assert saved(store, ledger()) == Ledger(regimes=ledger().regimes, inflections=ledger().inflections)
    assert (rows(store, "inflection"), rows(store, "finding"), rows(store, "regime")) == (2, 3, 3)


def test_an_inflection_that_is_followed_is_brought_up_to_date_in_its_place(store: Store) -> None:
    told = ledger()
    saved(store, told)
    first = told.inflections[0]
    told.inflections[0] = replace(
        first,
        findings=(finding(CORE), finding(COMPANY, after=0.2), finding(ODD)),
        cause=replace(first.cause, verdict="unclear", form=None, breadth=None),
        state="closed",
        closed_on=date(2026, 8, 3),
    )
    told.regimes[CORE] = regime(CORE, since=date(2026, 5, 4), why="changed")
    found = saved(store, told, date(2026, 5, 4))
    assert found.inflections == told.inflections
    assert found.regimes == told.regimes


def test_the_order_of_findings_and_of_inflections_is_kept(store: Store) -> None:
    later = inflection("2026-01-01-early-name", finding(CORE), opened_on=date(2026, 6, 1))
    told = Ledger(inflections=[inflection("z", finding(ODD), finding(COMPANY), finding(CORE)), later])
    found = saved(store, told)
    assert [each.id for each in found.inflections] == ["z", "2026-01-01-early-name"]
    assert [each.key for each in found.inflections[0].findings] == [ODD, COMPANY, CORE]


def judged(key: SeriesKey, evidence: float, quiet: str | None) -> Judged:
    nothing = np.array([])
    series = Series(
        key=key,
        kind="win_rate",
        unit="rate",
        weeks=(),
        values=nothing,
        effective=nothing,
        raw=nothing,
        deals=nothing,
    )
    nan = float("nan")
    reading = Reading(
        evidence=evidence,
        alarm=quiet is None,
        start=None,
        start_low=None,
        start_high=None,
        effect=nan,
        effect_low=-0.5,
        effect_high=float("inf"),
        matters=0.9,
        expected=nan,
        expected_sd=nan,
        still_low=nan,
        still_high=nan,
        shock=False,
    )
    watch = Watch(bar=4_000.0, watch_bar=500.0, harmful="down", harmful_weight=0.8, matters_if=0.05)
    return Judged(
        series=series,
        regime=regime(key),
        watch=watch,
        reading=reading,
        quiet=quiet,  # type: ignore[arg-type]
        weeks_judged=31,
    )


def test_the_bars_that_weeks_were_judged_by_come_back(store: Store) -> None:
    weeks = [WEEK + timedelta(weeks=later) for later in range(4)]
    told = BarsInForce()
    for week, bar in zip(weeks, (4_000.0, 4_000.0, 500.0, 500.0), strict=True):
        one = judged(COMPANY, 1.5, "stable")
        one = replace(one, watch=replace(one.watch, bar=bar))
        with store.write() as connection:
            save_judgements(connection, week, NOW, [one, judged(ODD, 0.5, "stable")])
        told.note(week, {COMPANY: bar, ODD: 4_000.0})
    with store.read() as connection:
        found = load_ledger(connection).bars
    assert found.newest == weeks[-1]
    for key, at in ((COMPANY, [weeks[0], weeks[2]]), (ODD, [weeks[0]])):
        assert [since for since, _ in found.steps[key]] == at
        assert found.over(key, weeks, 9.0) == pytest.approx(told.over(key, weeks, 9.0), rel=1e-12)


def test_a_week_that_is_judged_again_replaces_its_judgements(store: Store) -> None:
    for evidence in (1.5, 2.5):
        with store.write() as connection:
            told = [judged(COMPANY, evidence, "stable"), judged(ODD, float("-inf"), "learning")]
            save_judgements(connection, WEEK, NOW, told)
    with store.read() as connection:
        found = {row.metric: row for row in connection.execute(select(tables.judgement))}
        assert judged_at(connection, WEEK) == NOW
        assert judged_at(connection, date(2026, 5, 4)) is None
    assert len(found) == 2
    company, odd = found["win_rate"], found[ODD.metric]
    assert (company.evidence, company.quiet, company.weeks) == (2.5, "stable", 31)
    assert company.bar == pytest.approx(np.log(4_000))
    assert (odd.evidence, odd.contrast) == (None, True), "SQL and JSON know neither nan nor infinity"
    assert (company.reading["effect"], company.reading["effect_high"]) == (None, None)
    assert company.reading["effect_low"] == -0.5


def test_what_was_seen_and_not_sent_is_found_by_its_day(store: Store) -> None:
    days = {"started_on": date(2026, 4, 6), "ended_on": date(2026, 4, 26)}
    told = [
        Suppression(on=date(2026, 5, 7), key=CORE, reason="shock", **days),
        Suppression(on=date(2026, 5, 7), key=CORE, reason="too_small"),
    ]
    with store.write() as connection:
        save_suppressed(connection, told)
        save_suppressed(connection, [])
    with store.read() as connection:
        assert load_suppressed(connection, date(2026, 5, 7)) == told
        assert load_suppressed(connection, date(2026, 5, 8)) == []
