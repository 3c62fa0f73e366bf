"""Rows of text read as deals: days, amounts, currency, outcome, motion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from monitor.sources import amounts, labels
from monitor.sources.currencies import with_currency
from monitor.sources.dates import Moments, Written
from monitor.types import DEAL_COLUMNS, MONEY
from monitor.where import ATTRIBUTE

if TYPE_CHECKING:
    from config.settings import Company, Source
    from config.settings_sources import FileFormat

DAYS = {"created_at": "created_on", "qualified_at": "qualified_on", "closed_at": "closed_on"}
MOMENTS = (*DAYS, "modified_at")
AMOUNTS = ("amount", "list_amount")
NUMBERS = ("discount", "quantity", "term_months")
YES = ("true", "t", "yes", "y", "1", "x")
NO = ("false", "f", "no", "n", "0")
MOST_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRows:
    """The rows of a file that are deals, as text and as read.

    rows     "row", text columns by our names, `outcome` (null: no such stage), and "=<name>" for what was read of
             the text <name> (null: nothing there, or nothing that can be read)
    moments  the columns of dates and moments
    ignored  the ids of rows whose stage says that they are no deals
    """

    rows: pl.DataFrame
    moments: Mapping[str, Moments]
    ignored: pl.Series
    source: Source
    company: Company
    motions: Mapping[str, Sequence[str]]

    @property
    def columns(self) -> dict[str, str]:
        """Our names that are read of text, and the file's; attributes aside."""
        stage = self.source.outcome.column if self.source.outcome is not None else None
        return {**self.source.columns, **({"stage": stage} if stage is not None else {})}

    def finished(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows that keep every rule as deals: "row", DEAL_COLUMNS and attributes."""
        has = set(rows.columns)
        closed = pl.when(pl.col("outcome") != "open")
        made: dict[str, pl.Expr] = {
            "source": pl.lit(self.source.name),
            "modified_at": pl.col("=modified_at") if "modified_at" in has else pl.lit(None),
            "currency": pl.col("=currency"),
            "motion": labels.motion(self.motions, told="motion" in has),
            "deleted": pl.col("=deleted").fill_null(False) if "deleted" in has else pl.lit(False),
            **{
                ours: pl.col(f"={theirs}") if theirs in has else pl.lit(None) for theirs, ours in DAYS.items()
            },
            **{name: pl.col(f"={name}") if name in has else pl.lit(None) for name in (*AMOUNTS, *NUMBERS)},
        }
        made["closed_on"] = closed.then(made["closed_on"])  # of an open deal it is a hope, not a day
        fixed = [
            made.get(name, pl.col(name) if name in has else pl.lit(None)).cast(kind).alias(name)
            for name, kind in DEAL_COLUMNS.items()
        ]
        return rows.select("row", *fixed, *(name for name in rows.columns if name.startswith(ATTRIBUTE)))

    def messages(self, deals: pl.DataFrame) -> Iterator[str]:
        """What should be known of the file as a whole, whose finished rows are `deals`."""
        for name, moments in self.moments.items():
            if moments.only_midnights:
                theirs = self.source.columns[name]
                yield f"column {theirs}: every time is midnight, so they are read as dates without a time"
        if self.motions and "motion" in self.source.columns:
            other = labels.unmapped(deals, self.motions)
            told = ", ".join(f"{label} ({count:,} rows)" for label, count in list(other.items())[:MOST_TOLD])
            if told:
                column = self.source.columns["motion"]
                yield f"column {column}: in no motion, and kept under their own names: {told}"


def read_deals(
    text: pl.DataFrame, source: Source, company: Company, motions: Mapping[str, Sequence[str]]
) -> DealRows:
    """Read the text columns of `text`, leaving out rows that are no deals by their stage."""
    if source.outcome is None:
        raise ValueError(f"source {source.name} says nothing of outcomes")
    staged = text.with_columns(labels.outcome(source.outcome).alias("outcome"))
    is_none = (pl.col("outcome") == labels.IGNORE).fill_null(False)
    rows = staged.filter(~is_none)
    rows = rows.with_columns(_value(name) for name in (*MOMENTS, *AMOUNTS, *NUMBERS) if name in rows.columns)
    written = Written(dates=source.format.dates, zone=source.format.timezone, company=company.timezone)
    moments = {name: written.moments(rows[name]) for name in MOMENTS if name in rows.columns}
    rows = rows.with_columns(
        *(_moment(name, column).alias(f"={name}") for name, column in moments.items()),
        *_figures(rows, source.format),
    )
    return DealRows(
        rows=with_currency(rows, AMOUNTS, company.currency),
        moments=moments,
        ignored=staged.filter(is_none)["deal_id"],
        source=source,
        company=company,
        motions=motions,
    )


def _moment(name: str, column: Moments) -> pl.Series:
    return column.instants() if name == "modified_at" else column.days()


def _figures(rows: pl.DataFrame, form: FileFormat) -> Iterator[pl.Expr]:
    """Amounts, numbers and flags of the columns that are there."""
    decimal = form.decimal
    for name in (*AMOUNTS, *NUMBERS, "deleted"):
        if name not in rows.columns:
            continue
        text = pl.col(name)
        if name in AMOUNTS and amounts.plain_money(rows[name], decimal):
            read = text.cast(MONEY, strict=False)
        elif name in AMOUNTS:
            read = amounts.money(text, decimal)
        elif name == "discount":
            read = amounts.share(text, decimal, in_percent=form.discounts == "percent")
        elif name == "deleted":
            flag = text.str.to_lowercase()
            read = pl.when(flag.is_in(YES)).then(True).when(flag.is_in(NO)).then(False)
        else:
            read = amounts.number(text, decimal)
        yield read.alias(f"={name}")


def _value(name: str) -> pl.Expr:
    """The text of a number or moment; null where it is a word for nothing."""
    text = pl.col(name)
    return pl.when(~text.str.to_lowercase().is_in(amounts.NOTHING)).then(text).alias(name)
