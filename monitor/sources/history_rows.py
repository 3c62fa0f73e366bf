"""Changes of a deal's stage, as a CRM's history has them: which deal, to which stage, at which instant."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from config.settings import Company, Source
from monitor.sources.dates import Written
from monitor.sources.reasons import Check, Reason, says


def typed_changes(text: pl.DataFrame, source: Source, company: Company) -> pl.DataFrame:
    """`text` with "=changed_at", the instant that was read of it."""
    written = Written(dates=source.format.dates, zone=source.format.timezone, company=company.timezone)
    return text.with_columns(written.moments(text["changed_at"]).instants().alias("=changed_at"))


def change_checks(columns: dict[str, str], dates: str) -> Iterator[Check]:
    """A change has a stage and an instant."""
    yield Check(
        reason=Reason.UNKNOWN_STAGE,
        column=columns["stage"],
        bad=pl.col("stage").is_null(),
        detail=pl.lit("the cell is blank; a change of stage must say to which"),
    )
    yield Check(
        reason=Reason.NOT_A_DATE,
        column=columns["changed_at"],
        bad=pl.col("=changed_at").is_null(),
        detail=pl.coalesce(
            says("changed_at", f" is not written {dates}, or there is no such moment; see format.dates"),
            pl.lit("the cell is blank; a change must say when it was"),
        ),
    )


def finished_changes(rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Changes that keep every rule: row, source, deal_id, stage, changed_at."""
    return rows.select(
        "row",
        pl.lit(source.name).alias("source"),
        "deal_id",
        "stage",
        pl.col("=changed_at").alias("changed_at"),
    )
