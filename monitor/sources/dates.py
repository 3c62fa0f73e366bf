"""Dates and moments as files write them, read by the declared order and nothing else.

A date without a time is that date of the company and passes through no zone. A moment becomes the company's date at
that moment; without a zone of its own it is in the zone of the format. Dates that begin with a year of
four digits are understood in every order, since they cannot be mistaken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from monitor.types import INSTANT

_TIME = (
    r"(?:[T ]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?\s*(?P<zone>Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$"
)
_SHORT_YEAR = r"(?P<year>\d{4}|\d{2})"
_DAY, _MONTH, _BETWEEN = r"(?P<day>\d{1,2})", r"(?P<month>\d{1,2})", r"[/.\-]"
ISO = r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _TIME
ORDERS = {
    "month_first": "^" + _MONTH + _BETWEEN + _DAY + _BETWEEN + _SHORT_YEAR + _TIME,
    "day_first": "^" + _DAY + _BETWEEN + _MONTH + _BETWEEN + _SHORT_YEAR + _TIME,
}
CENTURY_TURNS_AT = 70
"""A year of two digits from 70 on is of the last century."""
ENOUGH_TO_TELL = 20
"""From so many values on, midnight throughout is no coincidence: the time says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How a source writes moments: the order or pattern, its zone, and the company's zone."""

    dates: str
    zone: str
    company: str

    def moments(self, text: pl.Series) -> Moments:
        """The column read; what cannot be read is null."""
        distinct = text.unique(maintain_order=True)  # few days, many deals
        read = _by_order(distinct, ISO)
        if self.dates != "iso":
            pattern = ORDERS.get(self.dates)
            other = _by_order(distinct, pattern) if pattern else _by_pattern(distinct, self.dates)
            read = pl.DataFrame([read[name].fill_null(other[name]) for name in read.columns])
        table = read.with_columns(text=distinct)
        read = text.to_frame("text").join(
            table, on="text", how="left", nulls_equal=True, maintain_order="left"
        )
        return Moments(read=read, written=self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """A column of dates and moments.

    `read` has `wall` (what the clock shows, midnight without a time), `offset` (minutes east of UTC, null without a
    zone) and `timed` (whether there is a time).
    """

    read: pl.DataFrame
    written: Written

    @property
    def only_midnights(self) -> bool:
        """Whether the times of this column say nothing: dates that were exported as moments."""
        walls = self.read.filter("timed")["wall"].drop_nulls()
        return walls.len() >= ENOUGH_TO_TELL and bool((walls == walls.dt.truncate("1d")).all())

    def days(self) -> pl.Series:
        """The company's date of each."""
        dates = self.read["wall"].dt.date()
        if self.only_midnights:
            return dates
        there = self._timed_instants().dt.convert_time_zone(self.written.company).dt.date()
        return pl.select(pl.when(self.read["timed"]).then(there).otherwise(dates)).to_series()

    def instants(self) -> pl.Series:
        """The instant of each; of a date, its first in the company's zone."""
        at_home = _in_zone(self.read["wall"], self.written.company)
        return pl.select(
            pl.when(self.read["timed"]).then(self._timed_instants()).otherwise(at_home)
        ).to_series()

    def _timed_instants(self) -> pl.Series:
        zoned = (pl.col("wall") - pl.duration(minutes="offset")).dt.replace_time_zone("UTC")
        local = _in_zone(self.read["wall"], self.written.zone)
        return self.read.select(pl.coalesce(zoned.cast(INSTANT), local)).to_series()


def _in_zone(wall: pl.Series, zone: str) -> pl.Series:
    """The instant at which the clock of `zone` shows `wall`: the first of two, and past a gap."""
    ahead = wall.dt.offset_by("1h")
    choices = [
        each.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").cast(INSTANT)
        for each in (wall, ahead)
    ]
    return pl.select(pl.coalesce(*choices)).to_series()


def _by_order(text: pl.Series, pattern: str) -> pl.DataFrame:
    """`wall`, `offset` and `timed` of texts that `pattern` takes apart."""
    parts = text.str.extract_groups(pattern).struct.unnest()
    year, month, day = pl.col("year"), pl.col("month"), pl.col("day")
    number = year.cast(pl.Int32)
    full = pl.when(year.str.len_chars() == 4).then(number).otherwise(number + _century(number))
    days = parts.select(
        pl.concat_str(
            full.cast(pl.String).str.zfill(4), month.str.zfill(2), day.str.zfill(2), separator="-"
        ).str.to_date("%Y-%m-%d", strict=False)
    ).to_series()
    return parts.select(
        _clock(days).alias("wall"),
        _offset(pl.col("zone")).alias("offset"),
        pl.when(days.is_not_null()).then(pl.col("hour").is_not_null()).alias("timed"),
    ).with_columns(pl.when(pl.col("wall").is_not_null()).then("timed").alias("timed"))


def _clock(days: pl.Series) -> pl.Expr:
    """The day with its time; null where there is no such time."""
    hour, minute, second = (pl.col(name).cast(pl.Int32) for name in ("hour", "minute", "second"))
    half = pl.col("half").str.to_lowercase()
    noon = pl.when(half == "p").then(12).otherwise(0)
    hour24 = pl.when(half.is_null()).then(hour).otherwise(hour % 12 + noon)
    real = (
        (hour24 < 24) & (minute < 60) & (second.fill_null(0) < 60) & (half.is_null() | hour.is_between(1, 12))
    )
    time = pl.duration(
        hours=hour24.fill_null(0),
        minutes=minute.fill_null(0),
        seconds=second.fill_null(0),
        microseconds=pl.col("fraction").str.pad_end(6, "0").str.head(6).cast(pl.Int64).fill_null(0),
    )
    return pl.when(hour.is_null() | real).then(pl.lit(days).cast(pl.Datetime("us")) + time)


def _century(year: pl.Expr) -> pl.Expr:
    return pl.when(year >= CENTURY_TURNS_AT).then(1900).otherwise(2000)


def _offset(zone: pl.Expr) -> pl.Expr:
    """Minutes east of UTC."""
    digits = zone.str.replace_all(r"\D", "")
    minutes = digits.str.slice(0, 2).cast(pl.Int32, strict=False) * 60 + digits.str.slice(2, 2).cast(
        pl.Int32, strict=False
    ).fill_null(0)
    sign = pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    return pl.when(zone.is_null()).then(None).when(digits == "").then(0).otherwise(sign * minutes)


def _by_pattern(text: pl.Series, pattern: str) -> pl.DataFrame:
    """The same by a pattern as the standard library has it."""
    pattern = re.sub(r"[.,]%f", "%.f", pattern)
    timed = re.search(r"%[HIkl]|%T|%R", pattern) is not None
    if timed:
        wall = text.str.to_datetime(pattern, strict=False, time_unit="us").dt.replace_time_zone(None)
    else:
        wall = text.str.to_date(pattern, strict=False).cast(pl.Datetime("us"))
    zoned = timed and "%z" in pattern  # read as UTC then
    there = wall.is_not_null()
    return pl.select(
        wall=wall,
        offset=pl.when(pl.lit(there) & zoned).then(pl.lit(0, pl.Int32)),
        timed=pl.when(there).then(pl.lit(timed)),
    )
