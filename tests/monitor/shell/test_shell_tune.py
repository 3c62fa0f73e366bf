"""`leftturn tune`: proposals with their price, on the company's own history, and nothing changed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from config import load
from monitor.cli import exit_code
from monitor.commands.tune import show
from monitor.power import PowerRow
from monitor.tune import Proposal, Tried, proposals_for
from monitor.types import SeriesKey

CONFIG = """
company: {name: Acme, timezone: UTC, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed, amount: amount, owner: owner}
    attributes: {region: region}
    outcome: {column: stage, won: [Won], lost: [Lost], open: [Open]}
segments: [region]
metrics: {win_rate: {matters_if: 3 points}}
attention: {false_alarms_per_year: 0.5, learning: 26 weeks}
"""
WEEKS, A_WEEK, FALL = 56, 40, 36


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose win rate falls from 35 to 18 % in week 36."""
    rng = np.random.default_rng(411)
    first, rows = date(2024, 1, 1), []
    for n in range(WEEKS * A_WEEK):
        created = first + timedelta(days=7 * (n // A_WEEK) + int(rng.integers(0, 5)))
        closed = created + timedelta(days=int(rng.integers(3, 20)))
        rate = 0.18 if closed >= first + timedelta(weeks=FALL) else 0.35
        is_open = closed >= first + timedelta(weeks=WEEKS)
        stage = "Open" if is_open else "Won" if rng.random() < rate else "Lost"
        region = "South" if n % 4 == 0 else "North"
        rows.append(f"{n},{created},{'' if is_open else closed},1000,s{n % 11},{region},{stage}")
    folder = tmp_path_factory.mktemp("tune")
    (folder / "deals.csv").write_text(
        "\n".join(["id,created,closed,amount,owner,region,stage", *rows]) + "\n"
    )
    (folder / "leftturn.yaml").write_text(CONFIG)
    return folder / "leftturn.yaml"


def test_each_proposal_says_what_it_would_have_sent_and_what_it_promises(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in config.parent.iterdir()}
    assert exit_code(["tune", "--config", str(config), "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {path.name: path.read_bytes() for path in config.parent.iterdir()} == before  # nothing is written
    today = found["today"]
    assert (today["set"], today["false_alarms_per_year"]) == (None, 0.5)
    assert [one["metric"] for one in today["sent"]] == ["win_rate"]
    by_set = {one["set"]: one for one in found["proposals"]}
    assert {"attention.false_alarms_per_year=1", "attention.false_alarms_per_year=0.25"} <= by_set.keys()
    tight, loose = (by_set[f"attention.false_alarms_per_year={f}"] for f in ("0.25", "1"))
    assert tight["sent"][0]["opened_on"] >= today["sent"][0]["opened_on"] >= loose["sent"][0]["opened_on"]
    smaller = [
        {row["metric"]: row["smallest"]["26"] for row in one["promises"]}["win_rate"]
        for one in (tight, today, loose)
    ]
    assert smaller[0] > smaller[1] > smaller[2]
    size = next(one for name, one in by_set.items() if name.startswith("metrics.win_rate.matters_if="))
    assert size["promises"][0]["median_weeks"] <= 26


def sent(day: date) -> dict[str, object]:
    return {
        "opened_on": day,
        "started_on": day - timedelta(weeks=9),
        "verdict": "market_shift",
        "metric": "win_rate",
        "segment": {},
        "direction": "down",
    }


def test_people_read_what_changes(capsys: pytest.CaptureFixture[str]) -> None:
    today = Tried(
        proposal=None,
        false_alarms_per_year=0.5,
        series=3,
        weeks=30,
        sent=(sent(date(2024, 9, 1)),),
        suppressed=2,
        promises=(row(0.03, 0.07),),
    )
    looser = Proposal(key="attention.false_alarms_per_year", value="1", why="sooner, and noisier")
    more = (*today.sent, sent(date(2024, 11, 1)))
    sooner = replace(row(0.03, 0.06), median_weeks=80.0)
    show([today, replace(today, proposal=looser, sent=more, promises=(sooner,))])
    said = capsys.readouterr().out
    for part in (
        "As it stands: 0.5 false alarms a year allowed over 3 series; 1 inflection in 30 weeks, 2 seen and not sent.",
        "2024-09-01  market_shift  win_rate down",
        "--set attention.false_alarms_per_year=1",
        "2 inflections: 1 not sent now.",
        "win_rate: 3.0 points in 80 weeks (now 3.0 points in over 156)",
        "Nothing was changed.",
    ):
        assert part in said


def row(effect: float, in_half_a_year: float | None) -> PowerRow:
    return PowerRow(
        key=SeriesKey(metric="win_rate"),
        unit="rate",
        deals_per_week=40.0,
        effect=effect,
        median_weeks=None,
        smallest={4: None, 8: None, 13: None, 26: in_half_a_year},
    )


def test_a_size_is_proposed_only_where_half_a_year_does_not_do(config: Path) -> None:
    settings = load(config, environ={})

    def sizes(one: PowerRow) -> list[str]:
        return [p.value for p in proposals_for(settings, [one], 40) if p.key == "metrics.win_rate.matters_if"]

    assert sizes(row(0.03, 0.0712)) == ["8 points"]
    assert sizes(row(0.08, 0.0712)) == []
    assert sizes(row(0.03, None)) == []


def test_groups_keep_their_names_whatever_these_hold(config: Path) -> None:
    groups = {"by": "region", "groups": {"A, B: both": ["North", "Rhein-Ruhr, [West]"]}}
    settings = load(config, environ={}, overrides={"segments": json.dumps([groups])})
    (places,) = [p for p in proposals_for(settings, [], 40) if p.key == "segments"]
    (changed,) = load(config, environ={}, overrides={"segments": places.value}).segments
    assert (changed.by, changed.at_most) == ("region", 4)
    assert changed.groups == settings.segments[0].groups


def test_every_proposal_is_a_setting_that_can_be_written(config: Path) -> None:
    settings = load(config, environ={})
    proposals = list(proposals_for(settings, [row(0.03, 0.07)], 60))
    assert {p.key for p in proposals} == {
        "attention.false_alarms_per_year",
        "metrics.win_rate.matters_if",
        "segments",
        "attention.learning",
    }
    for proposal in proposals:
        changed = load(config, environ={}, overrides={proposal.key: proposal.value})
        assert changed.config_digest != settings.config_digest, proposal
