"""Labels that end on the day on which others begin: the deals went on, and only their records changed."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from config.settings_profile import MetricSettings
from config.units import parse_size
from monitor.calendar import FiscalCalendar
from monitor.diagnosis.facts import Facts
from monitor.diagnosis.relabelled import relabelled
from monitor.diagnosis.sums import Window
from monitor.diagnosis.tree import name_cause
from monitor.diagnosis.verdict import Move
from monitor.metrics import METRICS
from monitor.panel import Frame, build_panel
from monitor.types import DEAL_COLUMNS, SeriesKey

FIRST = date(2024, 1, 1)
WINDOW = Window(before=np.arange(30), after=np.arange(30, 45))

NORTH = SeriesKey(metric="volume", segment=(("region", "North"),), contrast=True)


def created(names):
    """Twenty deals a week in North and ten in South; from week 30 on they have the labels and numbers of `names`."""
    rng, rows = np.random.default_rng(7), []
    for week in range(45):
        for label, a_week in (names if week >= 30 else {"North": 20, "South": 10}).items():
            day = FIRST + timedelta(weeks=week)
            rows += [(day, day, "A", "open", label)] * rng.poisson(a_week)
    made = pl.DataFrame(
        rows, orient="row", schema=["created_on", "qualified_on", "tier", "outcome", "seg:region"]
    )
    absent = [
        pl.lit(None, kind).alias(name) for name, kind in DEAL_COLUMNS.items() if name not in made.columns
    ]
    return made.with_columns(*absent, pl.col("seg:region").cast(pl.String), core=True)


def verdict(names):
    panel = build_panel(
        created(names),
        MetricSettings.model_validate({"name": "volume", "kind": "volume", "matters_if": parse_size("20 %")}),
        Frame(calendar=FiscalCalendar(), holidays=None, learning=26, dimensions=("region",), at_most={}),
        first_week=FIRST,
        last_week=FIRST + timedelta(weeks=44),
        basis=METRICS["volume"].default_basis,
    )
    part = relabelled(NORTH, panel, WINDOW)
    north = panel.observed.names["region"].index("North")
    counts = np.bincount(panel.observed.week[panel.observed.segments["region"] == north], minlength=45)
    move = Move(
        key=NORTH,
        kind="volume",
        before=float(counts[WINDOW.before].mean()),
        after=float(counts[WINDOW.after].mean()),
    )
    return part, name_cause([move], Facts(relabelled=part))


@pytest.mark.parametrize(
    "names",
    [
        {"EMEA North": 20, "EMEA South": 10},
        {"EMEA": 30},
        {"EMEA North": 20, "South": 10},
        {None: 20, "South": 10},
    ],
    ids=["renamed", "joined", "one renamed", "left blank"],
)
def test_deals_that_go_on_under_other_labels_are_a_change_of_records(names):
    part, cause = verdict(names)
    assert part is not None
    assert part.value == pytest.approx(-20, abs=4)
    assert (cause.verdict, cause.place) == ("recording", None)
    assert cause.shares["recording"] == part.value


def test_a_place_that_ends_and_nothing_begins_is_internal():
    part, cause = verdict({"South": 10})
    assert part is None
    assert cause.verdict == "internal"


def test_a_new_place_that_holds_little_does_not_explain_the_old_one():
    part, cause = verdict({"South": 10, "West": 4})
    assert part is not None
    assert part.value == pytest.approx(-4, abs=2)
    assert cause.verdict == "internal"


def test_a_place_that_only_fell_was_not_relabelled():
    assert verdict({"North": 8, "South": 10, "West": 12})[0] is None
