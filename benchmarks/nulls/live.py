"""A history that is read live from a day on, with what comes late and what is rewritten; before, a backfill."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from monitor.demo.company import FIRST_DAY
from monitor.store.known import OF_THE_OUTCOME
from monitor.weekly import History

ZONE = ZoneInfo("America/New_York")
LIVE = FIRST_DAY + timedelta(weeks=26)
LATE_DAYS = 10.0
ENRICHED = FIRST_DAY + timedelta(weeks=60)
SHARE, WANTED, INTO = 1 / 3, ("Software", "Financial Services", "Healthcare"), "Software"


def lived_in(rng: np.random.Generator, history: History, late: float = 0.0) -> History:
    """Versions as they are seen from LIVE on: a deal when it opens, its outcome when somebody enters it.

    late   the share of losses that are entered late, by an exponential number of days with a mean of LATE_DAYS
    """
    deals = history.versions
    closed = pl.col("outcome") != "open"
    lost = pl.col("outcome").is_in(["lost", "no_decision"])
    delay = np.where(rng.random(deals.height) < late, rng.exponential(LATE_DAYS, deals.height), 0.0)
    deals = deals.with_columns(delay=pl.Series(np.ceil(delay)).cast(pl.Int64))
    entered = pl.col("closed_on") + pl.duration(days=pl.when(lost).then("delay").otherwise(0))
    loaded = deals.filter(~closed | (entered < LIVE) | (pl.col("created_on") < LIVE))
    still_open = (~closed | (entered >= LIVE)).fill_null(True)
    opened = pl.col("created_on") >= LIVE
    first = pl.concat(
        [
            loaded.filter(~opened & ~still_open),
            _as_open(loaded.filter(~opened & still_open)),
            _seen(_as_open(deals.filter(opened)), pl.col("created_on")),
            _seen(deals.filter(closed & (entered >= LIVE)), entered),
        ]
    )
    return replace(history, versions=first.drop("delay"))


def enriched(rng: np.random.Generator, history: History) -> History:
    """The accounts with the industry of some rewritten on one day."""
    wrong = history.accounts.filter(~pl.col("attr:industry").is_in(WANTED))
    chosen = wrong.filter(pl.Series(rng.random(wrong.height) < SHARE))
    on = pl.lit(ENRICHED).cast(pl.Datetime("us")).dt.replace_time_zone(ZONE.key).dt.convert_time_zone("UTC")
    rewritten = chosen.with_columns(
        **{"attr:industry": pl.lit(INTO)}, known_at=on, observed=pl.lit(True)
    ).select(history.accounts.columns)
    return replace(history, accounts=pl.concat([history.accounts, rewritten]))


def _as_open(deals: pl.DataFrame) -> pl.DataFrame:
    return deals.with_columns(
        *(pl.lit(None, deals.schema[name]).alias(name) for name in OF_THE_OUTCOME), outcome=pl.lit("open")
    )


def _seen(deals: pl.DataFrame, on: pl.Expr) -> pl.DataFrame:
    """Versions observed at the end of a day's work."""
    evening = on.cast(pl.Datetime("us")).dt.replace_time_zone(ZONE.key) + pl.duration(hours=18)
    return deals.with_columns(known_at=evening.dt.convert_time_zone("UTC"), observed=pl.lit(True))
