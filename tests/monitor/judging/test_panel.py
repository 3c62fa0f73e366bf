"""Panels against a slow reference in plain Python, deal by deal, and what a panel may not know."""

import math
from collections import defaultdict
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from config.settings_profile import MetricSettings, ProfileVersion, SegmentBy
from config.units import parse_size
from monitor.calendar import FiscalCalendar
from monitor.metrics import METRICS, Scope
from monitor.panel import Frame, build_panel, deal_weights_of
from monitor.profile import with_tier
from monitor.segments import with_segments
from monitor.types import SeriesKey

FIRST = date(2024, 1, 1)
LEARNING = 12
PEOPLE = ("owner", "creator", "closed_by", "order")
PROFILE = ProfileVersion.model_validate(
    {"effective": "2020-01-01", "tier_column": "icp", "tiers": {"A": 0.8, "B": 0.5}, "core": ["A"]}
)
FRAME = Frame(calendar=FiscalCalendar(), holidays=None, learning=LEARNING, dimensions=("region",), at_most={})


def metric(kind, name=None, **more):
    size = parse_size("5 points" if kind != "volume" else "20 %")
    return MetricSettings.model_validate({"name": name or kind, "kind": kind, "matters_if": size, **more})


def known(versions, profile=(PROFILE,)):
    """Versions as deals with tier and segment; some in batches, in orders, without a seller or a tier."""
    rng = np.random.default_rng(99)
    size = versions.height
    late = rng.random(size) < 0.25
    swept = pl.Series(np.where(late, "sweeper", None).tolist(), dtype=pl.String)
    orders = pl.Series(
        [f"order {n}" if n % 3 else None for n in rng.integers(0, size // 2, size)], dtype=pl.String
    )
    nobody = pl.Series(rng.random(size) < 0.1)
    nowhere = pl.Series(rng.random(size) < 0.1)
    alike = pl.Series(rng.random(size) < 0.6)  # created by one person on one day for like customers
    deals = versions.with_columns(
        pl.when(alike)
        .then(pl.col("attr:icp").first().over("creator", "created_on"))
        .otherwise("attr:icp")
        .alias("attr:icp"),
        closed_by=pl.coalesce(swept, "owner"),
        order=orders,
        owner=pl.when(nobody).then(None).otherwise("owner"),
        creator=pl.when(nowhere).then(None).otherwise("creator"),
    ).with_columns(
        pl.when(nobody).then(None).otherwise("attr:icp").alias("attr:icp"),
        pl.when(nowhere).then(None).otherwise("attr:region").alias("attr:region"),
    )
    return with_segments(with_tier(deals, profile), (SegmentBy(by="region"),))


def panel_of(deals, kind, weeks, basis="decided", frame=FRAME, **more):
    last = FIRST + timedelta(weeks=weeks - 1)
    return build_panel(deals, metric(kind, **more), frame, first_week=FIRST, last_week=last, basis=basis)


# --- the reference -------------------------------------------------------------------------------------------


class Reference:
    """Everything that a panel says, worked out deal by deal."""

    def __init__(self, deals, kind, weeks, basis="decided", strata=()):
        self.kind, self.weeks = METRICS[kind], weeks
        self.rows = [
            row | {"week": (row["on"] - FIRST).days // 7}
            for row in self.kind.observe(
                deals, Scope(basis=basis, first_week=FIRST, learning=LEARNING)
            ).iter_rows(named=True)
        ]
        self.rows = [row for row in self.rows if 0 <= row["week"] < weeks]
        for row in self.rows:
            row["stratum"] = tuple(row[name] for name in strata)
            row["closer"] = row["closed_by"] if row["closed_by"] is not None else row["creator"]
            row["maker"] = row["creator"] if row["creator"] is not None else row["owner"]
        early = [row for row in self.rows if row["week"] < LEARNING]
        self.level = sum(row["value"] for row in early) / len(early)
        self.stratum_level = self.shrunk(early, "value", lambda row: row["stratum"], self.level)
        self.alike = self.likeness(early)

    @staticmethod
    def shrunk(rows, name, group, towards):
        """Mean of each group with ten deals of `towards` added."""
        found = defaultdict(list)
        for row in rows:
            found[group(row)].append(row[name])
        return {key: (sum(values) + 10 * towards) / (len(values) + 10) for key, values in found.items()}

    def expected(self, row):
        return self.stratum_level.get(row["stratum"], self.level) if row["stratum"] else self.level

    def likeness(self, early):
        for row in early:
            row["residual"] = row["value"] - self.expected(row)
        of_owner = self.shrunk(early, "residual", lambda row: (row["owner"], row["stratum"]), 0.0)
        for row in early:
            row["residual"] -= of_owner[row["owner"], row["stratum"]]
        season = np.array([self.season(row["on"]) for row in early])
        residual = np.array([row["residual"] for row in early])
        residual = residual - season @ np.linalg.lstsq(season, residual, rcond=None)[0]
        for row, left in zip(early, residual, strict=True):
            row["residual"] = left
        return [self.intraclass(self.batches(early, columns)) for columns in self.kind.clusters]

    @staticmethod
    def season(day):
        place = FiscalCalendar().day(day)
        return (
            1.0,
            place.days_left_in_month == 0,
            place.days_left_in_quarter < 14,
            place.month_of_quarter == 1,
            place.month_of_quarter == 2,
        )

    @staticmethod
    def batches(rows, columns):
        found = defaultdict(list)
        for alone, row in enumerate(rows):
            key = tuple(row[name] for name in columns)
            found[("alone", alone) if None in key else key].append(row)
        return list(found.values())

    @staticmethod
    def intraclass(batches):
        sizes = [len(batch) for batch in batches]
        total, kinds = sum(sizes), len(sizes)
        by_week = defaultdict(list)
        for batch in batches:
            for week in {row["week"] for row in batch}:
                by_week[week].append(len([row for row in batch if row["week"] == week]))
        if sorted(max(s) / sum(s) for s in by_week.values())[len(by_week) // 2] > 0.9 or total == kinds:
            return 0.0
        grand = sum(row["residual"] for batch in batches for row in batch) / total
        means = [sum(row["residual"] for row in batch) / len(batch) for batch in batches]
        between = sum(n * (mean - grand) ** 2 for n, mean in zip(sizes, means, strict=True)) / (kinds - 1)
        within = sum(
            (row["residual"] - mean) ** 2 for batch, mean in zip(batches, means, strict=True) for row in batch
        ) / (total - kinds)
        usual = (total - sum(n * n for n in sizes) / total) / (kinds - 1)
        return max(0.0, (between - within) / (between + (usual - 1) * within))

    def weighted(self, rows):
        """Each row's weight, batches counted among `rows` alone."""
        weights = dict.fromkeys(map(id, rows), 1.0)
        for columns, rho in zip(self.kind.clusters, self.alike, strict=True):
            for batch in self.batches(rows, columns):
                for row in batch:
                    weights[id(row)] = min(weights[id(row)], 1 / (1 + (len(batch) - 1) * rho))
        return weights

    def weekly(self, rows, adjusted=True):
        """Estimate, effective deals, unadjusted estimate and count of every week."""
        weights = self.weighted(rows)
        out = []
        for week in range(self.weeks):
            here = [row for row in rows if row["week"] == week]
            pairs = [
                (row["value"] - (self.expected(row) - self.level) * adjusted, weights[id(row)])
                for row in here
            ]
            raw = [(row["value"], weights[id(row)]) for row in here]
            out.append((self.mean(pairs), sum(w for _, w in pairs), self.mean(raw), len(here)))
        return [list(column) for column in zip(*out, strict=True)]

    def mean(self, pairs):
        """The weighted mean of what is left when a share of the weight is cut from each end."""
        total = sum(weight for _, weight in pairs)
        if not total:
            return math.nan
        cut, at, left = self.kind.trim * total, 0.0, []
        for value, weight in sorted(pairs):
            kept = max(0.0, min(at + weight, total - cut) - max(at, cut))
            left.append((value, kept))
            at += weight
        return sum(v * w for v, w in left) / sum(w for _, w in left)

    def contrast(self, value):
        here = self.weekly([row for row in self.rows if row["seg:region"] == value])
        there = self.weekly([row for row in self.rows if row["seg:region"] not in (value, None)])
        gap = [h - t for h, t in zip(here[0], there[0], strict=True)]
        n = [1 / (1 / h + 1 / t) if h and t else 0.0 for h, t in zip(here[1], there[1], strict=True)]
        return gap, n, here[2], here[3]


def check(series, values, effective, raw, deals):
    np.testing.assert_allclose(series.values, values, atol=1e-12)
    np.testing.assert_allclose(series.effective, effective, atol=1e-12)
    np.testing.assert_allclose(series.raw, raw, atol=1e-12)
    np.testing.assert_array_equal(series.deals, deals)


def by_key(panel):
    return {series.key: series for series in (*panel.series, *panel.thin)}


@pytest.mark.parametrize(
    ("kind", "basis", "strata"),
    [
        ("win_rate", "decided", ("tier",)),
        ("fit_mix", "created", ()),
        ("fit_mix", "decided", ()),
        ("discount", "decided", ()),
    ],
)
def test_a_panel_says_what_the_deals_say_one_by_one(versions_of, kind, basis, strata):
    deals, weeks = known(versions_of(5, weeks=22, a_week=14)), 20
    reference, panel = Reference(deals, kind, weeks, basis, strata), panel_of(deals, kind, weeks, basis)
    np.testing.assert_allclose(panel.baseline.alike, reference.alike, atol=1e-12)
    assert max(panel.baseline.alike) > 0  # or the weights would be tried on nothing
    found = by_key(panel)
    check(found[SeriesKey(metric=kind)], *reference.weekly(reference.rows))
    for region in ("East", "North", "West"):
        key = SeriesKey(metric=kind, segment=(("region", region),), contrast=True)
        check(found[key], *reference.contrast(region))
    if kind == "win_rate":
        core = [row for row in reference.rows if row["core"]]
        check(found[SeriesKey(metric=kind, segment=(("tier", "core"),))], *reference.weekly(core))


def test_deals_are_adjusted_by_what_their_like_had_in_ordinary_times(versions_of):
    deals = known(versions_of(6, weeks=22, a_week=30))
    series = by_key(panel_of(deals, "discount", 20, adjust_for=["product"]))[SeriesKey(metric="discount")]
    check(
        series,
        *(reference := Reference(deals, "discount", 20, strata=("attr:product",))).weekly(reference.rows),
    )
    assert series.adjusted_for == ("product",)


def test_deal_weights_of_the_whole_company_are_those_of_its_series(versions_of):
    deals = known(versions_of(5, weeks=22, a_week=14))
    reference, panel = Reference(deals, "win_rate", 20, strata=("tier",)), panel_of(deals, "win_rate", 20)
    weights = reference.weighted(reference.rows)
    np.testing.assert_allclose(deal_weights_of(panel), [weights[id(row)] for row in reference.rows])


def priced(rows):
    """Won deals of FIRST's weeks from (week, discount, term, product)."""
    listed = pl.lit(100.0).cast(pl.Decimal(38, 6))
    return pl.DataFrame(
        {
            "closed_on": [FIRST + timedelta(weeks=week) for week, *_ in rows],
            "discount": [float(discount) for _, discount, *_ in rows],
            "term_months": [float(term) for _, _, term, _ in rows],
            "attr:product": [product for *_, product in rows],
        }
    ).with_columns(
        *(pl.lit(None, pl.String).alias(n) for n in ("owner", "creator", "closed_by", "order", "seg:region")),
        outcome=pl.lit("won"),
        amount=listed,
        list_amount=listed,
        tier=pl.lit("unknown"),
        core=pl.lit(False),
    )


def test_a_change_of_terms_is_no_change_of_discount_where_it_is_adjusted_for():
    """One-year deals at 10 %, three-year deals at 30 %; from week 12 on nearly all are for three years."""
    rows = [(week, d, t, "X") for week in range(24) for d, t in [(0.1, 12), (0.3, 36)] * 40]
    rows = [row for n, row in enumerate(rows) if row[0] < 12 or row[2] == 36 or n % 20 == 0]
    plain, adjusted = (
        by_key(panel_of(priced(rows), "discount", 24, adjust_for=names))[SeriesKey(metric="discount")].values
        for names in ([], ["term_months"])
    )
    assert plain[12:].mean() - plain[:12].mean() == pytest.approx(0.09, abs=0.02)
    assert adjusted[12:].mean() - adjusted[:12].mean() == pytest.approx(0.0, abs=0.02)  # up to the shrinkage


def test_a_label_spelled_in_two_ways_is_one_stratum():
    rows = [(week, d, 12, p) for week in range(20) for d, p in [(0.1, "GTX Pro"), (0.3, "Basic")] * 10]
    other = [(w, d, t, "gtx-pro" if p == "GTX Pro" and w >= 12 else p) for w, d, t, p in rows]
    one, two = (
        by_key(panel_of(priced(r), "discount", 20, adjust_for=["product"]))[SeriesKey(metric="discount")]
        for r in (rows, other)
    )
    np.testing.assert_array_equal(one.values, two.values)


# --- counts --------------------------------------------------------------------------------------------------


def test_counts_are_logarithms_and_a_week_without_deals_is_one_of_them(versions_of):
    deals, weeks = known(versions_of(7, weeks=22, a_week=12)), 20
    deals = deals.with_columns(order=pl.lit(None, pl.String))
    gone = FIRST + timedelta(weeks=15)
    deals = deals.filter(~pl.col("created_on").is_between(gone, gone + timedelta(days=6)))
    counts, east, rest = ([0] * weeks for _ in range(3))
    for day, region in zip(deals["created_on"], deals["seg:region"], strict=True):
        week = (day - FIRST).days // 7
        if 0 <= week < weeks:
            counts[week] += 1
            east[week] += region == "East"
            rest[week] += region not in ("East", None)
    assert counts[15] == 0
    found = by_key(panel_of(deals, "volume", weeks, "created"))
    usual = sum(counts[:LEARNING]) / LEARNING
    logs = [math.log(count + 0.5) for count in counts]
    check(found[SeriesKey(metric="volume")], logs, [usual] * weeks, counts, counts)
    gap = [math.log(here + 0.5) - math.log(there + 0.5) for here, there in zip(east, rest, strict=True)]
    n = 1 / (LEARNING / sum(east[:LEARNING]) + LEARNING / sum(rest[:LEARNING]))
    key = SeriesKey(metric="volume", segment=(("region", "East"),), contrast=True)
    check(found[key], gap, [n] * weeks, east, east)


def test_a_week_without_decisions_says_nothing_about_a_rate(versions_of):
    deals = known(versions_of(8, weeks=22, a_week=12))
    gone = FIRST + timedelta(weeks=15)
    deals = deals.filter(
        pl.col("closed_on").is_null() | ~pl.col("closed_on").is_between(gone, gone + timedelta(days=6))
    )
    series = by_key(panel_of(deals, "win_rate", 20))[SeriesKey(metric="win_rate")]
    assert math.isnan(series.values[15])
    assert math.isnan(series.raw[15])
    assert (series.effective[15], series.deals[15]) == (0.0, 0.0)


# --- what a panel may not know -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more"),
    [("win_rate", {}), ("fit_mix", {}), ("volume", {}), ("discount", {"adjust_for": ["product", "amount"]})],
)
def test_a_week_reads_the_same_whatever_comes_after_it(versions_of, kind, more):
    """To the last bit: a detector is carried on only where the past stands exactly as it stood."""
    deals = known(versions_of(9, weeks=40, a_week=14, win=lambda week: np.where(week > 25, 0.9, 0.3)))
    late = (pl.col("created_on") > FIRST + timedelta(weeks=20)) | (
        pl.col("closed_on") > FIRST + timedelta(weeks=20)
    )
    deals = deals.with_columns(
        pl.when(late).then(pl.lit("Antarctic")).otherwise("seg:region").alias("seg:region"),
        pl.when(late).then(pl.lit("0 new tier")).otherwise("tier").alias("tier"),
        pl.when(late).then(pl.lit("0 newcomer")).otherwise("owner").alias("owner"),
        pl.when(late).then(pl.lit("0 new")).otherwise("attr:product").alias("attr:product"),
    )
    basis = METRICS[kind].default_basis
    then, now = (panel_of(deals, kind, weeks, basis, **more) for weeks in (18, 38))
    assert then.baseline.level == now.baseline.level
    assert then.baseline.alike == now.baseline.alike
    new = by_key(now).keys() - by_key(then).keys()
    assert all("Antarctic" in str(key) for key in new)  # it came to hold enough deals since
    assert by_key(then).keys() <= by_key(now).keys()
    assert {s.key for s in then.series} == {s.key for s in now.series} - new
    assert then.learned_from.items() <= now.learned_from.items()
    for key, series in by_key(then).items():
        later = by_key(now)[key]
        for name in ("values", "effective", "raw", "deals"):
            np.testing.assert_array_equal(getattr(series, name), getattr(later, name)[:18], err_msg=name)
        assert series.adjusted_for == later.adjusted_for
    np.testing.assert_array_equal(then.terms, now.terms[:18])


def test_the_baseline_is_of_the_learning_weeks_alone(versions_of):
    deals = known(versions_of(9, weeks=40, a_week=14))
    early = pl.col("closed_on") < FIRST + timedelta(weeks=LEARNING)
    alone = panel_of(deals.filter(early), "win_rate", 30).baseline
    whole = panel_of(deals, "win_rate", 30).baseline
    assert alone.level == whole.level
    assert alone.alike == whole.alike
    np.testing.assert_array_equal(alone.stratum_level, whole.stratum_level)


def test_a_segment_value_that_appears_later_belongs_to_the_rest_and_then_is_a_series_too(versions_of):
    deals = known(versions_of(9, weeks=30, a_week=14))
    late = pl.col("closed_on") > FIRST + timedelta(weeks=LEARNING)
    moon = deals.with_columns(
        pl.when(late & (pl.col("seg:region") == "West"))
        .then(pl.lit("Moon"))
        .otherwise("seg:region")
        .alias("seg:region")
    )
    east = SeriesKey(metric="win_rate", segment=(("region", "East"),), contrast=True)
    before, after = (by_key(panel_of(d, "win_rate", 28)) for d in (deals, moon))
    moon_key = SeriesKey(metric="win_rate", segment=(("region", "Moon"),), contrast=True)
    assert after.keys() - before.keys() == {moon_key}
    early = by_key(panel_of(moon, "win_rate", LEARNING + 8))
    assert moon_key not in early
    np.testing.assert_array_equal(before[east].values, after[east].values)


# --- batches -------------------------------------------------------------------------------------------------


def test_one_user_who_closes_everything_is_no_batch_and_one_who_closes_half_is(versions_of):
    deals = known(versions_of(10, weeks=22, a_week=20))
    nothing = pl.lit(None, pl.String)
    everything = deals.with_columns(owner=nothing, closed_by=pl.lit("sync"), order=nothing)
    every_other = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("sync"))
    half = everything.with_columns(closed_by=every_other.otherwise(deals["creator"]))
    worse = pl.col("closed_on").dt.week() % 2 == 0  # in every second week all is lost
    outcome = pl.when(worse & (pl.col("outcome") == "won")).then(pl.lit("lost")).otherwise("outcome")
    names = METRICS["win_rate"].clusters
    place = names.index(("closer", "week"))
    assert panel_of(everything.with_columns(outcome=outcome), "win_rate", 20).baseline.alike[place] == 0.0
    assert panel_of(half.with_columns(outcome=outcome), "win_rate", 20).baseline.alike[place] > 0.05


def test_a_sweep_of_a_hundred_lost_deals_counts_as_about_one(versions_of):
    """Such a sweep every other Friday, 20 deals a week beside it."""
    deals = known(versions_of(11, weeks=22, a_week=20))
    some = deals.filter(pl.col("outcome") == "lost").head(1)
    days = [FIRST + timedelta(weeks=week, days=4) for week in range(1, 20, 2)]
    sweep = pl.concat(
        [
            some.with_columns(
                closed_on=pl.lit(day),
                owner=pl.lit("admin"),
                closed_by=pl.lit("admin"),
                creator=pl.lit("admin"),
                order=pl.lit(None, pl.String),
            )
            for day in days
            for _ in range(100)
        ]
    )
    plain, swept = (
        by_key(panel_of(d, "win_rate", 20))[SeriesKey(metric="win_rate")]
        for d in (deals, pl.concat([deals, sweep]))
    )
    odd = np.arange(13, 20, 2)
    assert (swept.deals - plain.deals)[odd].tolist() == [100.0] * len(odd)
    assert (swept.effective - plain.effective)[odd].max() < 5
    assert np.abs(swept.raw - plain.raw)[odd].max() < 0.1


# --- adjusted for, too few -----------------------------------------------------------------------------------


def test_a_rate_says_that_it_is_adjusted_only_where_it_is(versions_of):
    versions = versions_of(12, weeks=22, a_week=30)
    with_profile, without = (
        panel_of(known(versions), "win_rate", 20),
        panel_of(known(versions, ()), "win_rate", 20),
    )
    said = {str(key): series.adjusted_for for key, series in by_key(with_profile).items()}
    assert said["win_rate"] == said["win_rate[region=East]"] == ("tier",)
    assert said["win_rate[tier=core]"] == ()  # one tier: nothing to adjust for
    assert {series.adjusted_for for series in by_key(without).values()} == {()}
    series = by_key(without)[SeriesKey(metric="win_rate")]
    np.testing.assert_allclose(series.values, series.raw, atol=1e-12)


def test_a_change_of_mix_is_no_change_of_the_adjusted_rate(versions_of):
    """Core deals win twice as often; their share falls from 70 to 30 %. The raw rate falls, the adjusted does not."""
    versions = versions_of(13, weeks=60, a_week=150, core=lambda week: np.where(week >= 30, 0.3, 0.7))
    series = by_key(panel_of(known(versions), "win_rate", 58))[SeriesKey(metric="win_rate")]
    before, after = slice(0, 30), slice(36, 58)
    error = math.sqrt(0.3 * 0.7 / (20 * 150))
    assert series.raw[after].mean() - series.raw[before].mean() < -3 * error
    assert abs(series.values[after].mean() - series.values[before].mean()) < 3 * error


def test_series_with_too_few_deals_are_kept_apart_and_still_readable(versions_of):
    panel = panel_of(known(versions_of(14, weeks=22, a_week=5)), "win_rate", 20)
    assert [str(series.key) for series in panel.series] == ["win_rate"]
    assert {str(key) for key in panel.too_few} == {
        "win_rate[tier=core]",
        "win_rate[region=East]",
        "win_rate[region=North]",
        "win_rate[region=West]",
    }
    assert all(len(series.values) == 20 for series in panel.thin)


def test_a_slice_is_judged_from_one_and_a_half_effective_deals_a_week_on_and_the_company_from_three(
    versions_of,
):
    """Of a slice's n and the rest's, 1 / (1 / n + 1 / n) counts: half of either, where both are alike."""
    slices = {"win_rate[region=East]", "win_rate[region=North]"}
    for a_week, judged in ((5, {"win_rate"}), (8, {"win_rate", *slices})):
        versions = versions_of(17, weeks=22, a_week=a_week, regions=("East", "North"))
        deals = with_segments(with_tier(versions, ()), (SegmentBy(by="region"),))
        panel = panel_of(deals, "win_rate", 20)
        usual = {
            str(series.key): series.effective[:LEARNING].mean() for series in (*panel.series, *panel.thin)
        }
        assert {str(series.key) for series in panel.series} == judged, usual
    assert 1.5 < usual["win_rate[region=East]"] < 3


def test_only_the_largest_values_of_a_dimension_are_watched(versions_of):
    deals = known(versions_of(15, weeks=22, a_week=60))
    frame = Frame(
        calendar=FRAME.calendar,
        holidays=None,
        learning=LEARNING,
        dimensions=("region",),
        at_most={"region": 1},
    )
    decided = deals.filter(pl.col("closed_on").is_between(FIRST, FIRST + timedelta(weeks=LEARNING, days=-1)))
    largest = decided.filter(pl.col("seg:region").is_not_null())["seg:region"].value_counts(sort=True)[0, 0]
    contrasts = [s.key for s in panel_of(deals, "win_rate", 20, frame=frame).series if s.key.contrast]
    assert contrasts == [SeriesKey(metric="win_rate", segment=(("region", largest),), contrast=True)]


@pytest.mark.parametrize("kind", METRICS)
@pytest.mark.parametrize(
    ("says", "spoil"),
    [
        ("no deals at all", lambda d: d.clear()),
        ("no owner, creator or closer", lambda d: d.with_columns(pl.lit(None, pl.String).alias(n) for n in PEOPLE)),
        ("one segment value", lambda d: d.with_columns(pl.lit("East").alias("seg:region"))),
        ("no segment value", lambda d: d.with_columns(pl.lit(None, pl.String).alias("seg:region"))),
        ("every tier unknown", lambda d: d.with_columns(tier=pl.lit("unknown"), core=pl.lit(False))),
        ("all won", lambda d: d.with_columns(outcome=pl.lit("won"))),
        ("all lost", lambda d: d.with_columns(outcome=pl.lit("lost"))),
        ("no prices", lambda d: d.with_columns(amount=pl.lit(None, pl.Decimal(38, 6)))),
        ("nothing in the learning period", lambda d: d.filter(pl.col("created_on") > FIRST + timedelta(weeks=12))),
    ],
)  # fmt: skip
def test_a_strange_company_makes_a_panel_without_a_warning(versions_of, kind, says, spoil):
    deals = spoil(known(versions_of(16, weeks=18, a_week=8)))
    panel = panel_of(deals, kind, 16, METRICS[kind].default_basis)
    for series in (*panel.series, *panel.thin):
        assert np.isfinite(series.values[series.effective > 0]).all(), says
        assert (np.isfinite(series.effective) & (series.effective >= 0)).all(), says


# --- what comes to hold enough deals -------------------------------------------------------------------------


def grown_in(versions, region, week):
    """The versions without the deals of `region` that were created before the week."""
    opened = FIRST + timedelta(weeks=week)
    return versions.filter((pl.col("attr:region") != region) | (pl.col("created_on") >= opened))


@pytest.mark.parametrize("kind", ["win_rate", "volume"])
def test_a_region_that_opens_later_is_learned_from_when_it_holds_enough_deals(versions_of, kind):
    versions = grown_in(versions_of(21, weeks=60, a_week=45.0, cycle=7.0), "West", 30)
    deals = with_segments(with_tier(versions, ()), (SegmentBy(by="region"),))
    key = SeriesKey(metric=kind, segment=(("region", "West"),), contrast=True)
    early, late = (panel_of(deals, kind, weeks, METRICS[kind].default_basis) for weeks in (29, 58))
    assert key not in early.learned_from
    assert 30 <= (late.learned_from[key] - FIRST).days / 7 <= 31
    others = {k: since for k, since in late.learned_from.items() if k != key}
    assert others == early.learned_from  # those that were there before stay as they were
    assert set(others.values()) == {FIRST}


def test_a_company_that_grows_is_judged_once_a_learning_period_held_enough_deals(versions_of):
    versions = versions_of(22, weeks=60, a_week=lambda week: np.where(week < 25, 1.0, 12.0), cycle=7.0)
    panel = panel_of(with_segments(with_tier(versions, ()), (SegmentBy(by="region"),)), "win_rate", 58)
    whole = SeriesKey(metric="win_rate")
    assert 23 < (panel.learned_from[whole] - FIRST).days / 7 <= 27
    short = panel_of(with_segments(with_tier(versions, ()), (SegmentBy(by="region"),)), "win_rate", 24)
    assert short.series == ()
