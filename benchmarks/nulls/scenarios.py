"""The nulls: what makes false inflections in real CRMs, done to a simulated company to which nothing happens.

Win rates, prices and whom the company sells to stay as they are in every one of them. What a raw count would be read
from stands beside each, since what deceives it differs: an outcome, a cohort, the tier that is in the CRM today.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
import polars as pl

from benchmarks.nulls.live import enriched, lived_in
from benchmarks.nulls.naive import Counts, by_closing, by_cohort, by_entry, by_latest_tier
from benchmarks.verdict.lived import history_of
from config.settings import Settings
from monitor.demo.company import FIRST_DAY, LAST_DAY, Company
from monitor.demo.simulate import Simulated
from monitor.weekly import History

Rng = np.random.Generator
Mess = Callable[[Rng, pl.DataFrame], pl.DataFrame]

NEW = pl.col("type") == "New Business"
LOST_STAGES = ("Lost", "Gone Dark")
BUILDS_UP = timedelta(weeks=6)
JOB_RUNS = (FIRST_DAY + timedelta(weeks=40), FIRST_DAY + timedelta(weeks=75))
"""The first and the last day of the integration user: well after learning, and over before the end."""
SLOWER = timedelta(days=35)
LEAVES = 40, 40
"""The first week in which a seller may leave, and of how many weeks one is drawn."""
SWINGS_CREATED, SWINGS_WON = 0.25, 0.1
MOST_LINES, LINES = 12, 4.0
ANNIVERSARIES = (1, 2, 3)
"""The months in which most contracts are renewed."""

ORDINARY = Company(weekly_renewals=0.0, weekly_self_serve=0.0)
TIDY = replace(ORDINARY, stale_share=0.0, clean_up_chance=0.0, leavers=0, quarter_end_lift=0.0)


def as_it_is(rng: Rng, deals: pl.DataFrame) -> pl.DataFrame:
    """The export as the simulator made it."""
    del rng
    return deals


def job(rng: Rng, deals: pl.DataFrame) -> pl.DataFrame:
    """Stale deals are closed only while the integration user works: on its first day all that have piled up."""
    del rng
    begins, ends = JOB_RUNS
    stale, closed = pl.col("closed_by") == ORDINARY.integration_user, pl.col("close_date")
    return deals.with_columns(
        close_date=pl.when(stale & (closed < begins)).then(pl.lit(begins)).otherwise(closed)
    ).pipe(_reopened, stale & (closed > ends))


def slow_losses(rng: Rng, deals: pl.DataFrame) -> pl.DataFrame:
    """Losses take five weeks longer, so that the youngest deals decided are wins; the first weeks are cut off."""
    del rng
    lost = NEW & pl.col("deal_stage").is_in(LOST_STAGES)
    later = deals.with_columns(
        close_date=pl.when(lost).then(pl.col("close_date") + SLOWER).otherwise("close_date")
    )
    return later.pipe(_reopened, pl.col("close_date") > LAST_DAY).filter(
        pl.col("close_date").is_null() | (pl.col("close_date") >= FIRST_DAY + BUILDS_UP)
    )


def created_since(rng: Rng, deals: pl.DataFrame) -> pl.DataFrame:
    """An export of what was created since the first day; of its first closings all are quick, and quick ones win."""
    return slow_losses(rng, deals).filter(pl.col("created_on") >= FIRST_DAY)


def seller_leaves(rng: Rng, deals: pl.DataFrame) -> pl.DataFrame:
    """The seller with most deals leaves: what is open is closed as lost in one go, and a successor takes over."""
    first, weeks = LEAVES
    leaves = FIRST_DAY + timedelta(weeks=first + int(rng.integers(weeks)))
    most = deals.filter(NEW)["sales_agent"].value_counts(sort=True)["sales_agent"][0]
    own = NEW & (pl.col("sales_agent") == most)
    left = (
        own
        & (pl.col("created_on") <= leaves)
        & (pl.col("close_date").is_null() | (pl.col("close_date") > leaves))
    )
    return deals.with_columns(
        deal_stage=pl.when(left).then(pl.lit("Lost")).otherwise("deal_stage"),
        close_date=pl.when(left).then(pl.lit(leaves)).otherwise("close_date"),
        closed_by=pl.when(left).then(pl.lit("sales manager")).otherwise("closed_by"),
        sales_agent=pl.when(own & (pl.col("created_on") > leaves))
        .then(pl.lit("successor"))
        .otherwise("sales_agent"),
    )


def lines_of_orders(rng: Rng, deals: pl.DataFrame) -> pl.DataFrame:
    """Every deal is an order of one to twelve lines, each a row with the order's outcome and nearly its discount."""
    lines = np.minimum(rng.geometric(1 / LINES, deals.height), MOST_LINES)
    rows = deals.with_columns(order=pl.col("opportunity_id"), lines=pl.Series(lines))
    rows = rows.select(
        pl.exclude("lines").repeat_by("lines").explode(), lines=pl.col("lines").repeat_by("lines").explode()
    )
    number = pl.int_range(pl.len()).over("order").cast(pl.String)
    wobble = pl.Series(1 + rng.normal(0.0, 0.02, rows.height))
    return rows.with_columns(
        opportunity_id=pl.concat_str("order", pl.lit("-"), number),
        list_price=pl.col("list_price") / pl.col("lines"),
        close_value=pl.col("close_value") / pl.col("lines") * wobble,
    ).drop("lines")


def renewals_come_and_go(rng: Rng, deals: pl.DataFrame) -> pl.DataFrame:
    """Most contracts are renewed in three months of the year, and nearly all renewals are won."""
    rare = (pl.col("type") == "Renewal") & ~pl.coalesce("close_date", "created_on").dt.month().is_in(
        ANNIVERSARIES
    )
    return deals.filter(~(rare & pl.Series(rng.random(deals.height) < 2 / 3)))


def the_year_swings(rng: Rng, deals: pl.DataFrame) -> pl.DataFrame:
    """A quarter more deals are created at one time of the year than usual, a quarter fewer half a year later.

    And a tenth more, or fewer, of what would be won is won, by the day of closing; both highs come when they come.
    """

    def kept(day: str, swing: float) -> pl.Expr:
        angle = 2 * np.pi * (pl.col(day).dt.ordinal_day() / 365.25 + rng.random())
        share = (1 + swing * angle.sin()) / (1 + swing)
        return (pl.Series(rng.random(deals.height)) < share).fill_null(True)

    lost_wins = (pl.col("deal_stage") == "Won") & ~kept("close_date", SWINGS_WON)
    return deals.filter(~NEW | (kept("created_on", SWINGS_CREATED) & ~lost_wins))


def _reopened(deals: pl.DataFrame, which: pl.Expr) -> pl.DataFrame:
    """`which` of the deals as open ones."""
    nothing = {name: pl.lit(None) for name in ("close_date", "closed_by")}
    changed = {"deal_stage": pl.lit("Engaging"), **nothing}
    return deals.with_columns(
        pl.when(which).then(value).otherwise(name).alias(name) for name, value in changed.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Null:
    """One thing that is no change.

    company   what is simulated; mess: what is done to its export
    history   how the export comes to be known
    naive     the counts that a binomial chart would watch, hits and deals of each week (2, T)
    """

    name: str
    says: str
    company: Company = ORDINARY
    mess: Mess = as_it_is
    history: Callable[[Rng, Simulated], History] = field(
        default=lambda rng, made: history_of(made.deals, made.accounts)  # noqa: ARG005
    )
    naive: Callable[[History, Settings], Counts] = by_closing


NULLS: dict[str, Null] = {
    one.name: one
    for one in (
        Null(name="tidy", says="no batches, no seasons, nobody leaves: for comparison", company=TIDY),
        Null(
            name="batches",
            says="owners close half of a month's losses in one go at its end, a job the stale ones on Tuesdays",
            company=replace(ORDINARY, clean_up_chance=0.5, stale_share=0.15),
        ),
        Null(
            name="integration_user",
            says="a job that closes stale deals as lost starts with all that piled up, and stops after 35 weeks",
            company=replace(ORDINARY, stale_share=0.15),
            mess=job,
        ),
        Null(
            name="month_and_quarter_ends",
            says="12 points more are won at deeper discounts before a quarter ends; losses wait for the month's end",
            company=replace(ORDINARY, quarter_end_lift=0.12, quarter_end_discount=0.05, clean_up_chance=0.6),
        ),
        Null(
            name="young_cohorts",
            says="losses take five weeks longer than wins, so that what is decided of a young cohort is won",
            mess=slow_losses,
            naive=by_cohort,
        ),
        Null(
            name="left_truncation",
            says="the same, exported from a day of creation on: only quick deals can have closed at first",
            mess=created_since,
        ),
        Null(
            name="late_data",
            says="a third of the losses are entered some 10 days late, from when the CRM is read live",
            history=lambda rng, made: lived_in(rng, history_of(made.deals, made.accounts), late=1 / 3),
            naive=by_entry,
        ),
        Null(
            name="rep_leaves",
            says="the busiest seller leaves, and all of the seller's open deals are closed as lost that day",
            mess=seller_leaves,
        ),
        Null(
            name="lines_in_orders",
            says="a row is a line of an order, four lines an order on average",
            company=replace(ORDINARY, weekly_deals=30.0),
            mess=lines_of_orders,
        ),
        Null(
            name="renewals",
            says="renewals, nearly always won, are in the export, most of them from January to March",
            company=replace(ORDINARY, weekly_renewals=40.0),
            mess=renewals_come_and_go,
        ),
        Null(
            name="seasons",
            says="a quarter more deals in one half of the year, a quarter fewer in the other; win rates swing too",
            company=replace(ORDINARY, weekly_deals=75.0),
            mess=the_year_swings,
        ),
        Null(
            name="enrichment",
            says="a data vendor rewrites the industry of a third of the accounts outside the profile",
            history=lambda rng, made: enriched(rng, lived_in(rng, history_of(made.deals, made.accounts))),
            naive=by_latest_tier,
        ),
    )
}
