"""`leftturn power`: the promise at a company's own volume, for people and for scripts."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from monitor.cli import exit_code

ROOT = Path(__file__).parents[3]
CONFIG = """
company: {name: Acme, timezone: Europe/Berlin, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed, amount: amount, owner: owner}
    attributes: {region: region}
    outcome: {column: stage, won: [Won], lost: [Lost], open: [Open]}
segments: [region]
metrics: {win_rate: {matters_if: 8 points}, volume: {matters_if: 30 %}}
attention: {false_alarms_per_year: 0.5}
"""
WEEKS, A_WEEK = 90, 40


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of 40 deals a week for 90 weeks, six in seven of them in the north."""
    rng = np.random.default_rng(405)
    first, rows = date(2024, 1, 1), []
    for n in range(WEEKS * A_WEEK):
        created = first + timedelta(days=7 * (n // A_WEEK) + int(rng.integers(0, 5)))
        closed = created + timedelta(days=int(rng.integers(3, 20)))
        region = "South" if n % 7 == 0 else "North"
        open_ = closed >= first + timedelta(weeks=WEEKS)
        stage = "Open" if open_ else "Won" if rng.random() < 0.3 else "Lost"
        rows.append(
            f"{n},{created},{'' if open_ else closed},{rng.integers(1, 9)}000,s{n % 11},{region},{stage}"
        )
    folder = tmp_path_factory.mktemp("power")
    (folder / "deals.csv").write_text(
        "\n".join(["id,created,closed,amount,owner,region,stage", *rows]) + "\n"
    )
    (folder / "leftturn.yaml").write_text(CONFIG)
    return folder / "leftturn.yaml"


def test_power_prints_a_row_for_each_series_in_the_shape_that_scripts_know(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["power", "--config", str(config), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {(row["metric"], *row["segment"].values()) for row in rows} == {
        (metric, *place) for metric in ("win_rate", "volume") for place in ((), ("North",), ("South",))
    }
    keys = ["metric", "segment", "deals_per_week", "effect", "median_weeks", "smallest"]
    assert all(list(row) == keys and list(row["smallest"]) == ["4", "8", "13", "26"] for row in rows)
    by = {(row["metric"], *row["segment"].values()): row for row in rows}
    whole = by["win_rate",]
    assert whole["deals_per_week"] == pytest.approx(A_WEEK, rel=0.15)
    assert whole["effect"] == 0.08
    assert 8 <= whole["median_weeks"] <= 30  # binomial noise of 40 deals, one of two series of the company
    assert whole["smallest"]["26"] < whole["smallest"]["13"] < whole["smallest"]["8"] <= 0.3
    assert by["volume",]["effect"] == pytest.approx(0.3)
    slice_ = by["win_rate", "South"]
    assert slice_["deals_per_week"] < 7
    assert slice_["median_weeks"] is None or slice_["median_weeks"] > whole["median_weeks"]
    assert slice_["smallest"]["4"] is None  # more than there is to lose
    assert not (config.parent / "leftturn.db").exists()


def test_power_shows_people_points_percent_and_weeks(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["power", "--config", str(config), "--quiet"]) == 0
    told = capsys.readouterr()
    assert "8.0 points" in told.out
    assert "30 %" in told.out
    assert "win_rate[region=South]" in told.out
    assert "nan" not in told.out
    assert told.err == ""


@pytest.mark.parametrize(
    ("deals", "code", "out", "err"),
    [
        (
            "1,2024-01-01,,1000,s1,North,Open\n",
            0,
            "No series has enough deals to be judged.\n",
            "too few deals to be judged: win_rate, volume\n",
        ),
        ("", 2, "", "leftturn: no complete week of deals yet: there is nothing to reckon with\n"),
    ],
    ids=["one deal", "no deals"],
)
def test_power_without_enough_deals_says_so(
    deals: str, code: int, out: str, err: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "leftturn.yaml").write_text(CONFIG)
    (tmp_path / "deals.csv").write_text("id,created,closed,amount,owner,region,stage\n" + deals)
    assert exit_code(["power", "--config", str(tmp_path / "leftturn.yaml")]) == code
    assert capsys.readouterr() == (out, err)


def test_asking_for_help_loads_no_statistics() -> None:
    code = (
        "import sys; from monitor.cli import exit_code; assert exit_code(['power', '--help']) == 0;"
        "print([m for m in ('numpy', 'scipy', 'polars', 'statsmodels', 'detectors') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.splitlines()[-1] == "[]"
