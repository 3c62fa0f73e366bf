"""The kinds beside the usual four, on made-up companies: what each shows, and what it must not call a change."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from config.check_profile import ADJUSTABLE, IN_PERCENT, WHY_NOT
from config.settings_profile import MATTERS_IF, MetricSettings
from config.units import parse_size
from monitor.calendar import FiscalCalendar
from monitor.metrics import METRICS, Scope
from monitor.metrics.stalled import usual_age
from monitor.panel import Frame, build_panel, deals_of
from monitor.types import DEAL_COLUMNS, SeriesKey

FIRST = date(2024, 1, 1)
LEARNING, WEEKS = 12, 24
FRAME = Frame(
    calendar=FiscalCalendar(), holidays=None, learning=LEARNING, dimensions=(), at_most={}, currency="EUR"
)


def deals(*rows):
    """One won deal a row of (week, more columns), on the Wednesday of its week."""
    usual = {"source": "crm", "outcome": "won"}
    frame = pl.DataFrame(
        [
            usual | {"deal_id": f"D{n}", "closed_on": FIRST + timedelta(weeks=week, days=2)} | more
            for n, (week, more) in enumerate(rows)
        ],
        infer_schema_length=None,
    )
    absent = [
        pl.lit(None, kind).alias(name) for name, kind in DEAL_COLUMNS.items() if name not in frame.columns
    ]
    frame = frame.with_columns(absent).with_columns(pl.col(n).cast(k) for n, k in DEAL_COLUMNS.items())
    return frame.with_columns(tier=pl.lit("A"), core=pl.lit(True))


def panel_of(frame, kind, **more):
    size = parse_size(MATTERS_IF[kind])
    metric = MetricSettings.model_validate({"name": kind, "kind": kind, "matters_if": size, **more})
    last = FIRST + timedelta(weeks=WEEKS - 1)
    return build_panel(
        frame, metric, FRAME, first_week=FIRST, last_week=last, basis=METRICS[kind].default_basis
    )


def only(panel):
    """The one series of a panel, judged or not."""
    (series,) = (*panel.series, *panel.thin)
    return series


def halves(values):
    """The mean of the learning weeks and of those after them."""
    return np.nanmean(values[:LEARNING]), np.nanmean(values[LEARNING:])


# --- prices --------------------------------------------------------------------------------------------------


def sold(*products, weeks=WEEKS, currency="EUR"):
    """So many won deals a week of each (product, price a unit, deals before, deals after the learning weeks)."""
    same = {"quantity": 10.0, "currency": currency}
    return [
        (week, same | {"amount": 10 * price, "list_amount": 20 * price, "attr:product": name})
        for week in range(weeks)
        for name, price, before, after in products
        for _ in range(before if week < LEARNING else after)
    ]


def test_another_mix_of_products_is_no_change_of_price():
    """Cheap units crowd out dear ones: the mean price per unit falls by half, that of each product not at all."""
    frame = deals(*sold(("dear", 100.0, 8, 2), ("cheap", 10.0, 2, 8)))
    plain, basket = (only(panel_of(frame, "price_per_unit", adjust_for=names)) for names in ([], ["product"]))
    assert np.diff(halves(plain.values))[0] < -1.0
    np.testing.assert_allclose(basket.values, 0.0, atol=1e-12)
    np.testing.assert_allclose(basket.raw, 1.0)  # an index: its ordinary level is 1
    assert basket.adjusted_for == ("currency", "product")


def test_a_price_that_falls_in_every_product_falls_in_the_index_by_as_much():
    rows = [
        (week, more | {"amount": more["amount"] * (0.9 if week >= LEARNING else 1.0)})
        for week, more in sold(("dear", 100.0, 8, 2), ("cheap", 10.0, 2, 8))
    ]
    series = only(panel_of(deals(*rows), "price_per_unit", adjust_for=["product"]))
    assert halves(series.raw) == pytest.approx((1.0, 0.9))


def test_a_product_that_ordinary_times_do_not_know_is_kept_out_and_counted():
    frame = deals(*sold(("old", 100.0, 8, 8), ("new", 3.0, 0, 8)))
    panel = panel_of(frame, "price_per_unit", adjust_for=["product"])
    np.testing.assert_allclose(only(panel).raw, 1.0)
    assert panel.kept_out == {"new to the basket": 8 * (WEEKS - LEARNING)}


def test_a_deal_won_for_nothing_says_nothing_about_price_and_is_counted():
    rows = sold(("one", 100.0, 8, 8))
    rows[3][1]["amount"] = 0.0
    rows[5][1]["quantity"] = None
    panel = panel_of(deals(*rows), "price_per_unit")
    assert panel.kept_out == {"without a value": 2}
    assert int(only(panel).deals.sum()) == len(rows) - 2


def test_another_mix_of_currencies_is_no_change_of_size():
    """A yen deal has a hundred times the figure of a euro deal; what is told is in euro."""
    rows = [
        (week, {"amount": 1000.0 if euro else 160_000.0, "currency": "EUR" if euro else "JPY"})
        for week in range(WEEKS)
        for euro in ([True] * 8 + [False] * 2 if week < LEARNING else [True] * 2 + [False] * 8)
    ]
    series = only(panel_of(deals(*rows), "deal_size"))
    np.testing.assert_allclose(series.raw, 1000.0)


def test_price_realisation_is_the_share_of_list_that_is_paid():
    rows = sold(("one", 100.0, 8, 8))
    rows = [(w, more | {"amount": more["list_amount"] * (0.9 if w < LEARNING else 0.81)}) for w, more in rows]
    series = only(panel_of(deals(*rows), "price_realisation"))
    assert halves(series.raw) == pytest.approx((0.9, 0.81))
    assert np.diff(halves(series.values))[0] == pytest.approx(np.log(0.9))
    given_away = deals((0, {"discount": 1.0}), (1, {"discount": 0.25}))
    scope = Scope(basis="decided", first_week=FIRST, learning=LEARNING)
    read = METRICS["price_realisation"].observe(given_away, scope)
    assert read["value"].to_list() == pytest.approx([np.log(0.75)])


# --- time ----------------------------------------------------------------------------------------------------


def test_cycle_time_is_the_geometric_mean_of_days_of_won_deals():
    rows = [
        (week, {"created_on": FIRST + timedelta(weeks=week, days=2 - days), "outcome": outcome})
        for week in range(WEEKS)
        for days, outcome in ((9, "won"), (39, "won"), (999, "lost"))
    ]
    series = only(panel_of(deals(*rows), "cycle_time"))
    np.testing.assert_allclose(series.raw, np.sqrt(10 * 40))


def aging(lengths_before, lengths_after, at=LEARNING):
    """Deals created every week that are decided after so many weeks; None: still open."""
    rows = []
    for week in range(-10, WEEKS):
        for length in lengths_before if week < at else lengths_after:
            created = FIRST + timedelta(weeks=week, days=1)
            closed = created + timedelta(weeks=length) if length is not None else None
            rows.append(
                (week, {"created_on": created, "closed_on": closed, "outcome": "won" if closed else "open"})
            )
    return deals(*rows)


def test_stalled_is_the_share_still_open_of_deals_that_come_of_their_usual_age():
    """Usually three weeks: of four deals one takes longer, of those created later two do."""
    frame = aging((1, 2, 3, 8), (1, 2, 8, None))
    assert usual_age(frame, Scope(basis="created", first_week=FIRST, learning=LEARNING)) == 3
    panel = panel_of(frame, "stalled")
    assert panel.weeks[0] == FIRST + timedelta(weeks=3)
    series = only(panel)
    np.testing.assert_allclose(series.raw[:LEARNING], 0.25)  # created in the weeks 0 to 11
    np.testing.assert_allclose(series.raw[LEARNING:], 0.5)
    assert set(series.deals) == {4.0}


def test_what_was_stalled_does_not_change_when_it_is_decided_at_last():
    open_ones, decided = aging((1, 2, 3, None), (1, 2, 3, None)), aging((1, 2, 3, 20), (1, 2, 3, 20))
    np.testing.assert_array_equal(
        only(panel_of(open_ones, "stalled")).raw, only(panel_of(decided, "stalled")).raw
    )


# --- outcomes ------------------------------------------------------------------------------------------------


def test_no_decision_is_a_share_of_all_that_was_decided():
    rows = [(w, {"outcome": o}) for w in range(WEEKS) for o in ("won", "lost", "lost", "no_decision", "open")]
    np.testing.assert_allclose(only(panel_of(deals(*rows), "no_decision")).raw, 0.25)


def test_each_usual_reason_for_losing_has_a_series_of_its_own_however_it_is_spelled():
    said = ("Price", "price ", "PRICE", "Feature", None, " ")
    rows = [(w, {"outcome": "lost", "loss_reason": said[n % 6]}) for w in range(WEEKS) for n in range(24)]
    panel = panel_of(deals(*rows), "loss_reasons")
    found = {dict(s.key.segment)["loss_reason"]: s for s in (*panel.series, *panel.thin)}
    assert set(map(str.lower, found)) == {"price", "feature"}
    shares = {name.lower(): series.raw for name, series in found.items()}
    np.testing.assert_allclose(shares["price"], 0.75)
    np.testing.assert_allclose(shares["price"] + shares["feature"], 1.0)
    assert panel.kept_out == {"without a value": 8 * WEEKS}
    key = next(s.key for s in found.values() if s.raw[0] > 0.5)
    assert deals_of(panel, key).sum() == 12 * WEEKS


def test_a_reason_for_losing_opens_nothing_and_spends_nothing_of_the_budget(settings_with, company, lived):
    """Of the losses, from week 36 on nearly all name the price; nothing else changes."""
    history = company(5, weeks=52, a_week=40.0)
    rng = np.random.default_rng(5)
    late = history.versions["closed_on"] >= FIRST + timedelta(weeks=36)
    reason = np.where(rng.random(len(late)) < np.where(late.fill_null(False), 0.9, 0.3), "Price", "Feature")
    versions = history.versions.with_columns(loss_reason=pl.Series(reason.tolist(), dtype=pl.String))
    history = type(history)(versions=versions, accounts=history.accounts)
    floor = settings_with.floor.replace("motion: type", "motion: type, loss_reason: reason")
    with_reasons = lived(settings_with("metrics: {win_rate: {}, loss_reasons: {}}\n", floor), history)
    without = lived(settings_with("metrics: {win_rate: {}}\n", floor), history)
    by_key = {one.key: one for one in with_reasons.last.judged}
    price = SeriesKey(metric="loss_reasons", segment=(("loss_reason", "Price"),))
    assert by_key[price].reading.alarm
    assert with_reasons.weekly.ledger.inflections == []
    whole = SeriesKey(metric="win_rate")
    assert by_key[whole].watch.bar == {one.key: one for one in without.last.judged}[whole].watch.bar


def test_the_deals_of_one_order_are_one_deal_of_the_volume():
    rows = [
        (w, {"created_on": FIRST + timedelta(weeks=w), "order": order})
        for w in range(WEEKS)
        for order in (f"O{w}", f"O{w}", f"O{w}", None, None)
    ]
    np.testing.assert_array_equal(only(panel_of(deals(*rows), "volume")).raw, 3.0)


# --- the registry and the configuration ----------------------------------------------------------------------


def test_the_configuration_knows_every_kind_as_the_registry_has_it():
    assert set(METRICS) == set(MATTERS_IF) == set(WHY_NOT) | {"volume"}
    assert {name for name, kind in METRICS.items() if kind.relative} == set(IN_PERCENT)
    assert all(not METRICS[name].by_tier and METRICS[name].estimate == "mean" for name in ADJUSTABLE)
    assert all(kind.name == name for name, kind in METRICS.items())


@pytest.mark.parametrize("kind", METRICS)
def test_the_size_that_matters_of_every_kind_is_in_its_own_unit(kind):
    size = parse_size(MATTERS_IF[kind])
    assert (size.unit == "percent") == METRICS[kind].relative


@pytest.mark.parametrize("kind", sorted(METRICS))
def test_no_kind_reads_the_future(kind, versions_of):
    """What a week was worth on the deals known then is what it is worth a quarter later."""
    from monitor.profile import with_tier

    frame = with_tier(versions_of(8, weeks=40, a_week=30.0), ())
    reason = pl.when(pl.col("deal_id").str.ends_with("1")).then(pl.lit("Price")).otherwise(pl.lit("Fit"))
    frame = frame.with_columns(quantity=pl.lit(2.0), currency=pl.lit("EUR"), loss_reason=reason)
    then = FIRST + timedelta(weeks=WEEKS)
    known = frame.filter(pl.col("created_on") < then).with_columns(
        outcome=pl.when(pl.col("closed_on") < then).then("outcome").otherwise(pl.lit("open")),
        closed_on=pl.when(pl.col("closed_on") < then).then("closed_on"),
    )
    early, late = panel_of(known, kind), panel_of(frame, kind)
    assert early.weeks == late.weeks
    pairs = list(zip((*early.series, *early.thin), (*late.series, *late.thin), strict=True))
    assert pairs
    for one, other in pairs:
        assert one.key == other.key
        np.testing.assert_allclose(one.values, other.values, atol=1e-12)
        np.testing.assert_allclose(one.effective, other.effective, atol=1e-12)
