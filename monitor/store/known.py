"""As known then: the deals and their accounts as they could be known at an instant.

An observed version counts from its `known_at` on. An assumed one (a first load, a backfill) is replayed from its
dates: a day becomes known when it is over in the company's zone and `late_by` has passed, by the clock on the wall,
so that everything of a week is known at the instant the week may be judged. Between its opening and its closing an
assumed deal is shown as an open one: what came with the outcome is blank, everything else is as loaded.

No day of the future is known, whatever a source says: a deal won tomorrow is open today.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from monitor.account_key import account_key
from monitor.store.attributes import attributes_of
from monitor.store.lines import with_lines
from monitor.store.versions import newest
from monitor.types import DEAL_COLUMNS, INSTANT
from monitor.wall_clock import first_instant, local_day, wall

DAY = timedelta(days=1)
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
OF_THE_OUTCOME = (
    "closed_on",
    "closed_by",
    "loss_reason",
    "amount",
    "discount",
    "stage",
    "modified_at",
)
"""What an open deal does not have yet, or has with another value that nobody wrote down."""


def as_known(
    versions: pl.DataFrame,
    accounts: pl.DataFrame,
    at: datetime,
    late_by: Mapping[str, timedelta],
    timezone: str,
    lines: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The deals known at the instant `at`, one row each: DEAL_COLUMNS and attributes.

    versions   every version of every deal (VERSION_COLUMNS, DEAL_COLUMNS, attributes)
    accounts   every version of every account; its attributes fill those that a deal lacks
    late_by    of each configured source, in order; deals of other sources are left out, and of two sources of
               accounts the first named wins
    lines      every version of the lines of each deal or order, added up; they fill what a deal lacks

    The newest known version of a deal wins, an observed one over an assumed one. A deal is gone from the moment its
    deletion is known. One without a day of creation is known once its outcome is.
    """
    newest = _newest(versions.filter(pl.col("source").is_in(list(late_by))), "deal_id", at)
    known = _days_known(newest.filter(~pl.col("deleted")), at, late_by, timezone)
    attributes = sorted({*attributes_of(versions), *attributes_of(accounts)})
    if lines is not None and lines.height:
        known = with_lines(known, _newest(lines, "deal_id", at))
        attributes = sorted({*attributes, *attributes_of(lines)})
    return _with_accounts(known, _newest(accounts, "account", at), late_by).select(*DEAL_COLUMNS, *attributes)


def as_first_known(
    versions: pl.DataFrame,
    accounts: pl.DataFrame,
    at: datetime,
    late_by: Mapping[str, timedelta],
    timezone: str,
) -> pl.DataFrame:
    """The deals known at `at` as each was when it was first known, with its account as it was known then.

    Columns and parameters as in `as_known`. An assumed deal has the account's assumed version, where there is one.
    """
    order = pl.when("observed").then("known_at").otherwise(pl.lit(BEFORE_ALL, INSTANT))
    first = (
        versions.filter(pl.col("source").is_in(list(late_by)))
        .sort("known_at", maintain_order=True)
        .unique(["source", "deal_id"], keep="first", maintain_order=True)
        .with_columns(then=order)
    )
    known = _days_known(first.filter(~pl.col("observed") | (pl.col("known_at") <= at)), at, late_by, timezone)
    attributes = sorted({*attributes_of(versions), *attributes_of(accounts)})
    accounts = accounts.filter(~pl.col("observed") | (pl.col("known_at") <= at))
    dated = accounts.with_columns(then=order).sort("then", "known_at", maintain_order=True)
    return _with_accounts(known.sort("then"), dated, late_by).select(*DEAL_COLUMNS, *attributes)


def first_described(accounts: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """One version of every account known at `at`: each attribute as it was when it first had a value.

    What was blank at first and filled in later counts from the beginning: nobody knew otherwise.
    """
    known = accounts.filter(~pl.col("observed") | (pl.col("known_at") <= at))
    names = attributes_of(accounts)
    said = (pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).alias(name) for name in names)
    return (
        known.sort("observed", "known_at", maintain_order=True)
        .with_columns(said)
        .group_by("source", "account", maintain_order=True)
        .agg(
            pl.col(name).drop_nulls().first() if name in names else pl.col(name).first()
            for name in accounts.columns
            if name not in ("source", "account")
        )
        .select(accounts.columns)
    )


def last_day_known(at: datetime, late_by: timedelta, timezone: str) -> date:
    """The newest day of the company that an assumed version may show at `at`.

    >>> from datetime import UTC
    >>> last_day_known(datetime(2026, 3, 4, 5, tzinfo=UTC), timedelta(days=3), "America/New_York")
    datetime.date(2026, 2, 28)
    """
    day = (wall(ZoneInfo(timezone), at) - late_by).date()  # at most a day too late
    while first_instant(timezone, datetime.combine(day + DAY, datetime.min.time()) + late_by) > at:
        day -= DAY
    return day


def _newest(versions: pl.DataFrame, key: str, at: datetime) -> pl.DataFrame:
    """The newest version of each that may count at `at`; whether an assumed one does, its dates say."""
    return newest(versions.filter(~pl.col("observed") | (pl.col("known_at") <= at)), key)


def _days_known(
    deals: pl.DataFrame, at: datetime, late_by: Mapping[str, timedelta], timezone: str
) -> pl.DataFrame:
    """`deals` whose opening is known, those whose outcome is not known yet as open ones."""
    assumed_until = {source: last_day_known(at, late, timezone) for source, late in late_by.items()}
    until = (
        pl.when("observed")
        .then(pl.lit(local_day(timezone, at)))
        .otherwise(pl.col("source").replace_strict(assumed_until, return_dtype=pl.Date))
    )
    decided = (pl.col("outcome") != "open") & (pl.col("closed_on") <= until).fill_null(False)
    opened = (pl.col("created_on") <= until).fill_null(False)
    return (
        deals.with_columns(decided=decided, opened=opened)
        .filter(pl.col("opened") | pl.col("decided"))
        .with_columns(
            pl.when("decided").then("outcome").otherwise(pl.lit("open")).alias("outcome"),
            *(
                pl.when(pl.col("decided") | (pl.col("outcome") == "open")).then(name).alias(name)
                for name in OF_THE_OUTCOME
            ),
        )
    )


def _with_accounts(
    deals: pl.DataFrame, accounts: pl.DataFrame, late_by: Mapping[str, timedelta]
) -> pl.DataFrame:
    """`deals` with the attributes of their accounts where they have none of their own.

    Where both carry `then`, each deal takes the account as of its own.
    """
    for source in _in_order(accounts, late_by):
        own = accounts.filter(pl.col("source") == source).with_columns(account=account_key(pl.col("account")))
        names, asked = attributes_of(own), account_key(pl.col("account"))
        if "then" in deals.columns:
            found = deals.select(asked, "then").join_asof(
                own.select("account", "then", *names), on="then", by="account", check_sortedness=False
            )
            first = deals.select(asked).join(
                own.unique("account", keep="first", maintain_order=True).select("account", *names),
                on="account",
                how="left",
                maintain_order="left",
            )
            found = found.select(pl.coalesce(pl.col(name), first[name]).alias(name) for name in names)
        else:
            found = deals.select(asked).join(
                own.unique("account", keep="last", maintain_order=True).select("account", *names),
                on="account",
                how="left",
                maintain_order="left",
            )
        deals = deals.with_columns(
            pl.coalesce(_present(deals, name), found[name]).alias(name) for name in names
        )
    unread = [name for name in attributes_of(accounts) if name not in deals.columns]
    return deals.with_columns(pl.lit(None, pl.String).alias(name) for name in unread)


def _in_order(accounts: pl.DataFrame, late_by: Mapping[str, timedelta]) -> list[str]:
    there = set(accounts["source"].unique().to_list())
    return [name for name in late_by if name in there] + sorted(there - set(late_by))


def _present(deals: pl.DataFrame, name: str) -> pl.Expr:
    """The deal's own attribute, null where it is blank."""
    if name not in deals.columns:
        return pl.lit(None, pl.String)
    return pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name))
