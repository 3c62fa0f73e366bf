"""Labels that come and go: stages, and the values of columns and attributes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from monitor.recording.events import SOON, Kind, RecordingEvent
from monitor.store.attributes import attributes_of

NEW_DEALS = 10
SETTLED_AFTER = timedelta(weeks=26)
"""Values that appear this long after the first deal are new; before, everything is."""
TOGETHER = timedelta(weeks=2)
LEAST_OTHERS = 30
OF_THE_END = ("competitor", "loss_reason")
"""Told of deals as they end, so that a label of them says nothing of how deals end."""
CATEGORIES = ("pipeline", "motion", "channel", "currency", "competitor", "loss_reason")


def stages(closed: pl.DataFrame) -> Iterator[RecordingEvent]:
    """Stage labels that began, ended, or gave way to one another."""
    labels = _lives(closed, "stage", "closed_on", "outcome")
    begin, end = closed["closed_on"].min(), closed["closed_on"].max()
    if not (isinstance(begin, date) and isinstance(end, date)):
        return
    came = [one for one in labels if one.first - begin >= SETTLED_AFTER and one.soon >= NEW_DEALS]
    went = [one for one in labels if end - one.last >= SOON and one.deals >= NEW_DEALS]
    renamed: set[str] = set()
    for new in came:
        for old in went:
            if old.outcome == new.outcome and abs(new.first - old.last) <= TOGETHER:
                renamed |= {new.value, old.value}
                yield RecordingEvent(
                    on=new.first,
                    kind="stage_renamed",
                    subject=new.value,
                    deals=new.deals,
                    detail=f"'{old.value}' ended on {old.last}, '{new.value}' began on {new.first}",
                )
    for one in came:
        if one.value not in renamed:
            yield one.told("stage_new", one.first, "stage")
    for one in went:
        if one.value not in renamed:
            yield one.told("stage_gone", one.last, "stage")


def categories(deals: pl.DataFrame) -> Iterator[RecordingEvent]:
    """Values of columns and attributes that appear long after the first deal."""
    dated = deals.with_columns(on=pl.coalesce("created_on", "closed_on"))
    begin = dated["on"].min()
    if not isinstance(begin, date):
        return
    for column in (*CATEGORIES, *attributes_of(deals)):
        if dated[column].n_unique() > dated.height / NEW_DEALS:
            continue  # names and free text, no categories
        for one in _lives(dated, column, "on"):
            if one.first - begin >= SETTLED_AFTER and one.soon >= NEW_DEALS:
                told = one.told("category_new", one.first, column.removeprefix("attr:"))
                yield told if column in OF_THE_END else replace(told, made=_made(deals, column, one))


def _made(deals: pl.DataFrame, column: str, one: _Life) -> float | None:
    """What the deals of a label do to the win rate since it came: that of all, less that of the others."""
    ended = deals.filter(
        pl.col("outcome").is_in(["won", "lost", "no_decision"]), pl.col("closed_on") >= one.first
    )
    mine = ended[column].fill_null("") == one.value
    won = ended["outcome"] == "won"
    if mine.sum() < NEW_DEALS or (~mine).sum() < LEAST_OTHERS:
        return None
    return float(won.mean() or 0.0) - float(won.filter(~mine).mean() or 0.0)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Life:
    """A value of a column: its first and last day, its deals, and those of its first weeks."""

    value: str
    first: date
    last: date
    deals: int
    soon: int
    outcome: str | None = None

    def told(self, kind: Kind, on: date, column: str) -> RecordingEvent:
        seen = "first" if on == self.first else "last"
        return RecordingEvent(
            on=on,
            kind=kind,
            subject=self.value if column == "stage" else f"{column}={self.value}",
            deals=self.deals,
            detail=f"{column} '{self.value}' {seen} seen on {on}, {self.deals:,} deals in all",
        )


def _lives(deals: pl.DataFrame, column: str, day: str, *by: str) -> list[_Life]:
    known = deals.filter(pl.col(column).is_not_null(), pl.col(day).is_not_null())
    rows = (
        known.with_columns(first=pl.col(day).min().over(column, *by))
        .group_by(pl.col(column).alias("value"), *by)
        .agg(
            pl.col("first").first(),
            pl.col(day).max().alias("last"),
            pl.len().alias("deals"),
            (pl.col(day) < pl.col("first") + SOON).sum().alias("soon"),
        )
        .sort("first", "value")
    )
    return [_Life(**row) for row in rows.iter_rows(named=True)]
