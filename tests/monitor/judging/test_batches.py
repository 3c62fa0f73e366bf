"""What the data can bear: counted by hand, and the same weights as the weekly series have."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from config.settings_profile import MetricSettings, SegmentBy
from config.units import parse_size
from monitor.batches import bearings, bearings_now, counted, rows_of, worst
from monitor.calendar import FiscalCalendar
from monitor.cli import exit_code
from monitor.panel import Frame, Panel, build_panel
from monitor.profile import with_tier
from monitor.segments import pseudonym, with_segments
from monitor.types import DEAL_COLUMNS, SeriesKey

FIRST = date(2024, 1, 1)  # a Monday
NOW = datetime(2025, 6, 1, tzinfo=UTC)
FRAME = Frame(calendar=FiscalCalendar(), holidays=None, learning=2, dimensions=("region",), at_most={})


def deals_of(rows: list[tuple[int, str, str, str]]) -> pl.DataFrame:
    """Won deals from (day after FIRST, owner, who closed it, region)."""
    frame = pl.DataFrame(
        [
            {
                "source": "crm",
                "deal_id": f"D{n}",
                "owner": owner,
                "closed_by": closer,
                "created_on": FIRST,
                "closed_on": FIRST + timedelta(days=day),
                "outcome": "won",
                "deleted": False,
                "attr:region": region,
            }
            for n, (day, owner, closer, region) in enumerate(rows)
        ]
    )
    lacking = [
        pl.lit(None, kind).alias(name) for name, kind in DEAL_COLUMNS.items() if name not in frame.columns
    ]
    return with_segments(with_tier(frame.with_columns(lacking), ()), (SegmentBy(by="region"),))


@pytest.fixture(scope="module")
def by_hand() -> tuple[Panel, pl.DataFrame]:
    """A robot closes nine deals on the first Tuesday, five of them EMEA's; seven more stand alone."""
    swept = [(1, f"owner {n}", "Robot", "EMEA" if n < 5 else "Americas") for n in range(9)]
    alone = [(3, f"owner {n}", f"closer {n}", "Americas") for n in range(3)]
    later = [(8 + n, f"owner {n}", f"closer {n}", "EMEA" if n == 0 else "Americas") for n in range(4)]
    deals = deals_of([*swept, *alone, *later])
    told = {"name": "win_rate", "kind": "win_rate", "matters_if": parse_size("5 points")}
    panel = build_panel(
        deals,
        MetricSettings.model_validate(told),
        FRAME,
        first_week=FIRST,
        last_week=FIRST + timedelta(weeks=1),
        basis="decided",
    )
    alike = (0.0, 0.5, 0.0, 0.0)  # of the kinds of batch only (closed by, day) counts, with 0.5
    emea = next(code for code, name in enumerate(panel.observed.names["region"]) if name == "EMEA")
    baseline = replace(panel.baseline, alike=alike, slices={"region": (emea,)})
    key = SeriesKey(metric="win_rate", segment=(("region", "EMEA"),), contrast=True)
    company = replace((*panel.series, *panel.thin)[0], key=SeriesKey(metric="win_rate"))
    return replace(panel, baseline=baseline, series=(company,), thin=(replace(company, key=key),)), deals


def test_deals_and_effective_deals_a_week_are_as_counted_by_hand(by_hand, settings_with) -> None:
    """Nine alike by half weigh 9 / (1 + 8 x 0.5) = 1.8; five of them, within EMEA, 5 / (1 + 4 x 0.5) = 1.67."""
    panel, deals = by_hand
    company, emea = bearings({"win_rate": panel}, deals, settings_with())
    assert (company.deals, company.weeks, company.judged) == (8.0, 2, True)  # (9 + 3 + 4) / 2
    assert company.effective == pytest.approx((1.8 + 3 + 4) / 2)
    assert (emea.deals, emea.judged) == (3.0, False)  # (5 + 1) / 2
    assert emea.effective == pytest.approx((5 / 3 + 1) / 2)


def test_the_worst_batch_says_who_when_and_what_it_weighs(by_hand, settings_with) -> None:
    panel, deals = by_hand
    settings = settings_with()
    company, emea = bearings({"win_rate": panel}, deals, settings)
    [batch] = company.batches
    assert (batch.by, batch.who, batch.on, batch.span) == (
        "closed by",
        pseudonym("Robot"),
        FIRST + timedelta(days=1),
        "day",
    )
    assert (batch.deals, batch.alike) == (9, 0.5)
    assert batch.effective == pytest.approx(1.8)
    assert [one.deals for one in emea.batches] == [5]
    assert emea.batches[0].id != batch.id
    assert worst((company, emea), 9) == [batch], "one batch is one line, whatever series it shows in"
    rows = rows_of(batch, deals, settings)
    assert rows["deal_id"].to_list() == [f"D{n}" for n in range(9)]
    assert set(rows["closed_by"]) == {pseudonym("Robot")}


def test_names_are_shown_where_the_configuration_says_so(by_hand, settings_with) -> None:
    panel, deals = by_hand
    settings = settings_with("privacy: {owners: names}\n")
    company = bearings({"win_rate": panel}, deals, settings)[0]
    assert company.batches[0].who == "Robot"
    assert set(rows_of(company.batches[0], deals, settings)["closed_by"]) == {"Robot"}


def test_a_deal_is_charged_to_one_kind_of_batch_only(by_hand, settings_with) -> None:
    """The robot's day is the robot's week as well: once is enough."""
    panel, deals = by_hand
    alike = replace(panel.baseline, alike=(0.0, 0.5, 0.5, 0.0))
    company = bearings({"win_rate": replace(panel, baseline=alike)}, deals, settings_with())[0]
    assert [(one.span, one.deals) for one in company.batches] == [("day", 9)]


def test_the_weights_are_those_of_the_weekly_series(settings_with, company) -> None:
    """Effective deals a week are the mean of what the series themselves say, over as many newest weeks."""
    settings, history = settings_with(), company(5, weeks=60, a_week=30.0)
    found, _ = bearings_now(settings, history, NOW)
    from monitor.completeness import newest_week
    from monitor.weekly import Weekly

    weekly = Weekly(settings=settings)
    week = newest_week(settings, history.versions, NOW)
    panels = weekly.panels(weekly.deals(NOW, history), week, history)
    told = {one.key: one for one in found}
    means = [one for panel in panels.values() if panel.kind.estimate == "mean" for one in panel.series]
    plain = [one for one in means if not one.key.contrast and panels[one.key.metric].kind.categories is None]
    assert len(plain) >= 4
    for series in plain:
        one = told[series.key]
        assert one.effective == pytest.approx(np.mean(series.effective[-one.weeks :]))
        assert one.deals == pytest.approx(np.mean(series.deals[-one.weeks :]))
    assert counted(panels) == tuple(replace(one, batches=()) for one in found)


CSV_CONFIG = """
company: {name: Acme, timezone: UTC, currency: USD}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed, owner: owner, closed_by: closer}
    outcome: {column: stage, won: [Won], lost: [Lost]}
metrics: {win_rate: {matters_if: 5 points}}
attention: {learning: 26 weeks}
people: [{email: a@acme.example}]
mail: {folder: mails}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CRM in which a robot closes forty deals one day, and ten on some days before, all with one outcome each."""
    folder = tmp_path_factory.mktemp("batches")
    rng = np.random.default_rng(3)
    rows, n = ["id,created,closed,owner,closer,stage"], 0
    for week in range(60):
        days = [FIRST + timedelta(weeks=week, days=int(day)) for day in rng.integers(0, 5, 12)]
        for day in days:
            who = rng.integers(8)
            stage = "Won" if rng.random() < 0.5 else "Lost"
            rows.append(f"D{n},{day - timedelta(days=9)},{day},rep {who},rep {who},{stage}")
            n += 1
        if week % 3 == 0:
            day, stage = FIRST + timedelta(weeks=week, days=1), "Won" if week % 2 else "Lost"
            for _ in range(40 if week == 51 else 10):
                rows.append(f"D{n},{day - timedelta(days=9)},{day},rep {rng.integers(8)},Robot,{stage}")
                n += 1
    (folder / "deals.csv").write_text("\n".join(rows) + "\n")
    (folder / "leftturn.yaml").write_text(CSV_CONFIG)
    return folder


def test_check_shows_them_and_batches_lists_the_deals(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ["--config", str(folder / "leftturn.yaml")]
    exit_code(["check", "--json", *config])
    [one] = [row for row in json.loads(capsys.readouterr().out)["bearing"] if row["metric"] == "win_rate"]
    first = one["batches"][0]
    assert (first["deals"], first["on"], first["who"]) == (40, "2024-12-24", pseudonym("Robot"))
    weighs = 40 / (1 + 39 * first["alike"])
    assert first["effective"] == pytest.approx(weighs, rel=0.01)
    assert first["alike"] > 0.3, "on every day of his all have one outcome"
    assert one["effective_per_week"] < one["deals_per_week"]

    exit_code(["check", *config])
    told = capsys.readouterr().out
    assert first["id"] in told
    assert "Robot" not in told

    assert exit_code(["batches", first["id"], "--json", *config]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert len(rows) == 40
    assert {row["closed_on"] for row in rows} == {"2024-12-24"}
    assert exit_code(["batches", "nope", *config]) == 2
    assert "leftturn batches" in capsys.readouterr().err
