"""What each kind of metric reads off a hand-made table of deals, row by row."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from monitor.metrics import METRICS, Scope
from monitor.types import DEAL_COLUMNS

JAN, FEB, MAR = date(2026, 1, 5), date(2026, 2, 3), date(2026, 3, 2)
ROWS = [
    # id, created, qualified, closed, outcome, amount, list, discount, tier
    ("won at list", JAN, None, FEB, "won", 100.0, 100.0, None, "A"),
    ("won at a tenth off", JAN, None, MAR, "won", 90.0, 100.0, None, "B"),
    ("won above list", None, None, MAR, "won", 120.0, 100.0, None, "out"),
    ("won, discount written down", JAN, None, MAR, "won", 50.0, 100.0, 0.25, "A"),
    ("won for nothing", JAN, None, MAR, "won", 0.0, 100.0, None, "unknown"),
    ("won without a list price", JAN, None, MAR, "won", 70.0, None, None, "A"),
    ("lost", JAN, None, FEB, "lost", 80.0, 100.0, None, "A"),
    ("went dark", JAN, None, FEB, "no_decision", 80.0, 100.0, None, "B"),
    ("disqualified", JAN, None, FEB, "disqualified", 80.0, 100.0, None, "out"),
    ("open", MAR, None, None, "open", 80.0, 100.0, None, "A"),
    ("won on no day", JAN, None, None, "won", 80.0, 100.0, None, "A"),
]
NAMES = (
    "deal_id",
    "created_on",
    "qualified_on",
    "closed_on",
    "outcome",
    "amount",
    "list_amount",
    "discount",
    "tier",
)


def table(rows=ROWS):
    frame = pl.DataFrame([dict(zip(NAMES, row, strict=True)) for row in rows], infer_schema_length=None)
    absent = [pl.lit(None, kind).alias(name) for name, kind in DEAL_COLUMNS.items() if name not in NAMES]
    frame = frame.with_columns(absent).with_columns(pl.col(n).cast(k) for n, k in DEAL_COLUMNS.items())
    return frame.with_columns(core=pl.col("tier") == "A")


def scope(basis):
    return Scope(basis=basis, first_week=date(2025, 12, 29), learning=12)


def read(kind, basis="decided", deals=None):
    rows = METRICS[kind].observe(table() if deals is None else deals, scope(basis))
    return {row["deal_id"]: (row["on"], row["value"]) for row in rows.iter_rows(named=True)}


def test_the_win_rate_is_of_decided_deals_that_have_a_day():
    assert read("win_rate") == {
        "won at list": (FEB, 1.0),
        "won at a tenth off": (MAR, 1.0),
        "won above list": (MAR, 1.0),
        "won, discount written down": (MAR, 1.0),
        "won for nothing": (MAR, 1.0),
        "won without a list price": (MAR, 1.0),
        "lost": (FEB, 0.0),
        "went dark": (FEB, 0.0),
    }


QUALIFIED = [
    ("old, nobody wrote it down yet", None, None, JAN, "lost", None, None, None, "A"),
    ("qualified and lost", JAN, FEB, MAR, "lost", None, None, None, "A"),
    ("qualified and won", JAN, FEB, MAR, "won", None, None, None, "A"),
    ("never qualified", JAN, None, MAR, "lost", None, None, None, "A"),
]


def test_the_win_rate_counts_from_qualification_once_that_is_written_down():
    assert set(read("win_rate", deals=table(QUALIFIED))) == {
        "old, nobody wrote it down yet",
        "qualified and lost",
        "qualified and won",
    }


def test_since_when_qualification_was_written_down_can_be_known_of_deals_that_are_gone():
    rows = METRICS["win_rate"].observe(
        table(QUALIFIED), replace(scope("decided"), recorded_since=date(2020, 1, 1))
    )
    assert rows["deal_id"].to_list() == ["qualified and lost", "qualified and won"]


def test_a_first_qualification_does_not_change_what_was_decided_before_it():
    early = table(QUALIFIED[:1])
    assert read("win_rate", deals=early).items() <= read("win_rate", deals=table(QUALIFIED)).items()


def test_fit_mix_is_core_or_not_of_every_deal_created_whose_tier_is_known():
    assert read("fit_mix", "created") == {
        "won at list": (JAN, 1.0),
        "won at a tenth off": (JAN, 0.0),
        "won, discount written down": (JAN, 1.0),
        "won without a list price": (JAN, 1.0),
        "lost": (JAN, 1.0),
        "went dark": (JAN, 0.0),
        "disqualified": (JAN, 0.0),
        "open": (MAR, 1.0),
        "won on no day": (JAN, 1.0),
    }


def test_fit_mix_on_decided_deals_takes_the_closing_day():
    assert read("fit_mix", "decided") == {
        "won at list": (FEB, 1.0),
        "won at a tenth off": (MAR, 0.0),
        "won above list": (MAR, 0.0),
        "won, discount written down": (MAR, 1.0),
        "won without a list price": (MAR, 1.0),
        "lost": (FEB, 1.0),
        "went dark": (FEB, 0.0),
    }


def test_volume_counts_every_deal_created_once():
    created = read("volume", "created")
    assert set(created) == {row[0] for row in ROWS} - {"won above list"}
    assert {value for _, value in created.values()} == {1.0}


def test_volume_on_decided_deals_counts_those_decided_and_not_those_that_never_were_deals():
    assert set(read("volume", "decided")) == set(read("win_rate"))


def test_the_discount_is_of_won_deals_with_a_price_and_what_the_source_says_comes_first():
    found = read("discount")
    assert found.keys() == {
        "won at list",
        "won at a tenth off",
        "won above list",
        "won, discount written down",
    }
    assert found["won at list"][1] == pytest.approx(0.0)
    assert found["won at a tenth off"][1] == pytest.approx(0.1)
    assert found["won above list"][1] == pytest.approx(-0.2)  # paid more than list: negative
    assert found["won, discount written down"][1] == pytest.approx(0.25)


@pytest.mark.parametrize("kind", METRICS)
@pytest.mark.parametrize("basis", ["created", "decided"])
def test_every_kind_reads_an_empty_table(kind, basis):
    rows = METRICS[kind].observe(table().clear(), scope(basis))
    assert rows.height == 0
    assert {"on", "value", "tier", "core"} <= set(rows.columns)


@pytest.mark.parametrize("kind", METRICS)
@pytest.mark.parametrize("basis", ["created", "decided"])
def test_every_kind_keeps_the_contract(kind, basis):
    """A day and a finite value for each row, and no row that was not there."""
    rows = METRICS[kind].observe(table(), scope(basis))
    assert rows["on"].null_count() == 0
    assert rows["value"].dtype == pl.Float64
    assert rows["value"].is_finite().all()
    assert rows["deal_id"].is_in(table()["deal_id"].implode()).all()
    assert rows["deal_id"].is_unique().all()


@pytest.mark.parametrize("kind", METRICS)
def test_no_batch_reaches_beyond_its_week(kind):
    assert all({"on", "week"} & set(columns) for columns in METRICS[kind].clusters)
