"""The simulated company does what it says: sizes, rates and rhythms, over many seeds."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from monitor.demo.company import DRIFT_WEEKS, FIRST_DAY, LAST_DAY, SHIFT_WEEK, WEEKS, Company
from monitor.demo.simulate import simulate

SEEDS = range(40, 60)
DECIDED = ("Won", "Lost", "Gone Dark")


def by_week(deals: pl.DataFrame) -> pl.DataFrame:
    """New business with the week of creation, the week of the decision and whether it was won."""
    week = lambda day: (pl.col(day) - FIRST_DAY).dt.total_days().floordiv(7)  # noqa: E731
    return deals.filter(pl.col("type") == "New Business").with_columns(
        created=week("created_on"), decided=week("close_date"), won=pl.col("deal_stage") == "Won"
    )


def many(**sizes: float) -> pl.DataFrame:
    """New business of all seeds, with the seed."""
    return pl.concat(by_week(simulate(seed, **sizes).deals).with_columns(seed=pl.lit(seed)) for seed in SEEDS)


@pytest.fixture(scope="module")
def planted() -> pl.DataFrame:
    return many()


@pytest.fixture(scope="module")
def plain() -> pl.DataFrame:
    return many(drift=0, shift=0)


def core_share(deals: pl.DataFrame, start: int, stop: int) -> float:
    return float((deals.filter(pl.col("created").is_between(start, stop - 1))["tier"] == "A").mean())


def win_rate(deals: pl.DataFrame, start: int, stop: int, tier: str) -> float:
    decided = deals.filter(
        pl.col("decided").is_between(start, stop - 1)
        & pl.col("deal_stage").is_in(DECIDED)
        & (pl.col("tier") == tier)
    )
    return float(decided["won"].mean())


def test_the_same_seed_is_the_same_company_and_another_is_another() -> None:
    assert simulate(5).deals.equals(simulate(5).deals)
    assert simulate(5).accounts.equals(simulate(5).accounts)
    assert not simulate(5).deals.equals(simulate(6).deals)


def test_the_export_is_104_weeks_that_end_on_a_sunday() -> None:
    assert (LAST_DAY - FIRST_DAY).days + 1 == 7 * 104 == 7 * WEEKS
    assert (FIRST_DAY.weekday(), LAST_DAY) == (0, date(2026, 6, 28))
    deals = simulate(1).deals
    assert deals["close_date"].min() >= FIRST_DAY
    assert deals["close_date"].max() <= LAST_DAY
    assert deals["created_on"].max() <= LAST_DAY


def test_about_sixty_new_business_deals_are_decided_a_week(plain: pl.DataFrame) -> None:
    decided = plain.filter(pl.col("deal_stage").is_in(DECIDED))
    assert decided.height / len(SEEDS) / WEEKS == pytest.approx(60, rel=0.05)


def test_the_company_is_as_old_in_its_first_weeks_as_later(plain: pl.DataFrame) -> None:
    """Closings of the first quarter come as much from old deals as those of a year on."""
    age = plain.with_columns(age=(pl.col("close_date") - pl.col("created_on")).dt.total_days())
    first = age.filter(pl.col("decided").is_between(0, 12))["age"].mean()
    year_on = age.filter(pl.col("decided").is_between(52, 64))["age"].mean()
    assert first == pytest.approx(year_on, rel=0.04)


@pytest.mark.parametrize(("tier", "rate"), [("A", 0.32), ("B", 0.25), ("out", 0.15)])
def test_win_rates_of_the_tiers_are_as_described(plain: pl.DataFrame, tier: str, rate: float) -> None:
    assert win_rate(plain, 0, WEEKS, tier) == pytest.approx(rate, abs=0.015)


def test_without_changes_the_core_share_stays_at_45_percent(plain: pl.DataFrame) -> None:
    for start, stop in ((0, 34), (34, 58), (58, 104)):
        assert core_share(plain, start, stop) == pytest.approx(0.45, abs=0.012)


def test_the_drift_takes_16_points_of_core_share_and_goes_away_again(planted: pl.DataFrame) -> None:
    before, during, after = (core_share(planted, *w) for w in ((0, 34), DRIFT_WEEKS, (58, WEEKS)))
    assert during - before == pytest.approx(-0.16, abs=0.012)
    assert after == pytest.approx(before, abs=0.012)


def test_the_drift_leaves_core_creations_as_they_were(planted: pl.DataFrame, plain: pl.DataFrame) -> None:
    def core(deals: pl.DataFrame) -> int:
        during = pl.col("created").is_between(DRIFT_WEEKS[0], DRIFT_WEEKS[1] - 1)
        return deals.filter(during & (pl.col("tier") == "A")).height

    assert core(planted) == pytest.approx(core(plain), rel=0.04)


@pytest.mark.parametrize("tier", ["A", "B", "out"])
def test_the_drift_leaves_win_rates_within_the_tiers_as_they_were(planted: pl.DataFrame, tier: str) -> None:
    assert win_rate(planted, 34, 70, tier) == pytest.approx(win_rate(planted, 0, 34, tier), abs=0.025)


@pytest.mark.parametrize(("tier", "size"), [("A", -0.15), ("B", -0.117), ("out", -0.07)])
def test_the_shift_takes_12_points_of_win_rate_from_each_tier_as_it_wins(
    planted: pl.DataFrame, plain: pl.DataFrame, tier: str, size: float
) -> None:
    after = win_rate(planted, SHIFT_WEEK, WEEKS, tier) - win_rate(plain, SHIFT_WEEK, WEEKS, tier)
    assert after == pytest.approx(size, abs=0.02)


@pytest.mark.parametrize("by", ["region", "product"])
def test_the_shift_is_felt_alike_in_every_segment(
    planted: pl.DataFrame, plain: pl.DataFrame, by: str
) -> None:
    for value in plain[by].unique():
        here = [deals.filter(pl.col(by) == value) for deals in (planted, plain)]
        falls = [win_rate(deals, SHIFT_WEEK, WEEKS, "A") for deals in here]
        assert falls[0] - falls[1] == pytest.approx(-0.15, abs=0.045), value


def test_the_shift_changes_neither_decisions_nor_mix_nor_discount(plain: pl.DataFrame) -> None:
    shifted = many(drift=0)
    late = pl.col("decided") >= SHIFT_WEEK
    discount = (1 - pl.col("close_value") / pl.col("list_price")).mean()
    assert shifted.height == pytest.approx(plain.height, rel=0.02)
    for deals in (plain, shifted):
        won = deals.filter(late & pl.col("won"))
        assert won.select(discount).item() == pytest.approx(0.089, abs=0.004)
        assert core_share(deals, SHIFT_WEEK, WEEKS) == pytest.approx(0.45, abs=0.015)


def test_the_integration_user_closes_a_constant_share_as_lost_in_batches(plain: pl.DataFrame) -> None:
    decided = plain.filter(pl.col("deal_stage").is_in(DECIDED))
    swept = decided.filter(pl.col("closed_by") == "crm-sync")
    assert set(swept["deal_stage"]) == {"Lost"}
    assert swept.group_by("seed", "close_date").len()["len"].mean() > 3
    assert swept["close_date"].dt.weekday().unique().to_list() == [2]
    for start in range(0, WEEKS, 26):
        half_year = decided.filter(pl.col("decided").is_between(start, start + 25))
        assert (half_year["closed_by"] == "crm-sync").mean() == pytest.approx(0.082, abs=0.012)


def test_weekly_win_rates_vary_more_than_coins_do(plain: pl.DataFrame) -> None:
    decided = plain.filter(pl.col("deal_stage").is_in(DECIDED) & (pl.col("decided") < SHIFT_WEEK))
    weekly = decided.group_by("seed", "decided").agg(pl.col("won").mean(), pl.len())
    rate = decided["won"].mean()
    z = (weekly["won"] - rate) / (rate * (1 - rate) / weekly["len"]).sqrt()
    assert 1.3 < float((z**2).mean()) < 2.5


def test_deals_crowd_at_quarter_ends_and_thin_out_at_the_holidays(plain: pl.DataFrame) -> None:
    closed = plain.filter(pl.col("close_date").is_not_null())
    per_day = closed.group_by("close_date").len()

    def a_day(first: date, days: int) -> float:
        span = pl.col("close_date").is_between(first, first + timedelta(days=days - 1))
        return float(per_day.filter(span)["len"].sum()) / days

    assert a_day(date(2025, 3, 18), 14) > 1.4 * a_day(date(2025, 4, 1), 14)
    created = plain.group_by("created").len().sort("created")
    christmas = (date(2024, 12, 23) - FIRST_DAY).days // 7
    usual = created.filter(pl.col("created").is_between(0, 20))["len"].mean()
    assert created.filter(pl.col("created") == christmas)["len"].item() < 0.6 * usual


def test_owners_close_piles_of_losses_in_a_day(plain: pl.DataFrame) -> None:
    by_people = plain.filter(pl.col("deal_stage").is_in(DECIDED) & (pl.col("closed_by") != "crm-sync"))
    piles = by_people.group_by("seed", "sales_agent", "close_date").agg(pl.len(), pl.col("won").mean())
    large = piles.filter(pl.col("len") >= 5)
    assert large.height > 5 * len(SEEDS)
    assert large["won"].mean() < 0.2


def test_discounts_average_nine_percent_and_are_deeper_at_quarter_ends(plain: pl.DataFrame) -> None:
    won = plain.filter(pl.col("won")).with_columns(d=1 - pl.col("close_value") / pl.col("list_price"))
    assert won["d"].mean() == pytest.approx(0.09, abs=0.006)
    assert won["d"].std() == pytest.approx(0.08, abs=0.008)
    end = pl.col("close_date").dt.month().is_in([3, 6, 9, 12]) & (pl.col("close_date").dt.day() > 17)
    assert won.filter(end)["d"].mean() - won.filter(~end)["d"].mean() == pytest.approx(0.025, abs=0.006)


def test_newcomers_sell_worse_for_a_quarter() -> None:
    many_leave = Company(leavers=18, seller_spread=0.0, newcomer_penalty=0.2)
    nobody = Company(leavers=0, seller_spread=0.0)
    rates = []
    for company in (many_leave, nobody):
        deals = pl.concat(by_week(simulate(s, shift=0, company=company).deals) for s in SEEDS)
        rates.append(np.mean([win_rate(deals, 0, WEEKS, tier) for tier in ("A", "B")]))
    assert rates[1] - rates[0] == pytest.approx(0.2 * 91 / 728, abs=0.012)


def test_renewals_are_won_nine_times_in_ten_and_web_sales_always() -> None:
    deals = pl.concat(simulate(seed).deals for seed in SEEDS)
    closed = deals.filter(pl.col("close_date").is_not_null())
    won = dict(closed.group_by("type").agg((pl.col("deal_stage") == "Won").mean()).iter_rows())
    assert won["Renewal"] == pytest.approx(0.92, abs=0.01)
    assert won["Web"] == 1.0


@pytest.mark.parametrize(("sizes", "word"), [({"drift": 0.31}, "drift"), ({"shift": -0.1}, "shift")])
def test_a_size_the_company_cannot_have_is_refused(sizes: dict[str, float], word: str) -> None:
    with pytest.raises(ValueError, match=f"{word} must be between 0 and"):
        simulate(1, **sizes)
