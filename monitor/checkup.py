"""The checkup behind `leftturn check`: every source read dry, money to compare, the mail server asked.

Nothing is stored and nothing is sent. Every row of a file is accounted for:
rows read = accepted + quarantined + duplicates + ignored, and where that fails the checkup says so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from monitor.batches import Bearing, bearings_now
from monitor.beginning import beginning_of
from monitor.calendar import FiscalCalendar
from monitor.cohorts import Cohort, cohorts_now
from monitor.dry_history import dry_history
from monitor.lateness import Lateness, lateness_of
from monitor.price_sense import prices_that_clash
from monitor.profile_fit import TierCount, profile_fit
from monitor.retention import whole_from
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from config.settings import Settings, Smtp, Source
    from monitor.sources import FileRead

EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A reason for which rows were set aside: how many, and the first of them (row in the file, detail)."""

    reason: str
    column: str | None
    count: int
    first: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """What one file came to."""

    source: str
    file: str
    rows_read: int
    accepted: int
    quarantined: int
    duplicates: int
    ignored: int
    rejections: tuple[Rejection, ...]
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterWon:
    """Won deals and money of a fiscal quarter in a currency, to hold against the CRM's own report.

    amount    None where no deal has one
    """

    quarter: str
    currency: str
    won: int
    amount: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """The findings; `problems` are what must be mended, `warnings` what may be meant otherwise."""

    files: tuple[FileCheck, ...]
    quarters: tuple[QuarterWon, ...]
    tiers: tuple[TierCount, ...]
    mail: str
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    lateness: tuple[Lateness, ...] = ()
    whole_from: str | None = None
    left_out: str | None = None
    cohorts: tuple[Cohort, ...] = ()
    bearing: tuple[Bearing, ...] = ()


def examine(settings: Settings, probe: Callable[[Smtp], str | None], now: datetime) -> Checkup:
    """Read every source of `settings` without storing, reckon up, and ask the mail server by `probe`."""
    files: list[FileCheck] = []
    accepted: dict[str, list[pl.DataFrame]] = {"deals": []}
    problems: list[str] = []
    warned: list[str] = []
    for source in settings.sources:
        reads = list(_reads(settings, source, problems))
        for read in reads:
            checked = _file(source, read)
            files.append(checked)
            problems += _problems(checked, read)
            if read.deals.height:
                accepted.setdefault(source.role, []).append(read.deals)
                warned += prices_that_clash(source, read.deals) if source.role == "deals" else ()
    writers = list(_writers(settings))
    won = _won(accepted["deals"], settings.company.currency)
    history = dry_history(settings, accepted, now)
    fit = profile_fit(settings, history, now) if settings.profile or settings.segments else None
    beginning = beginning_of(history.versions) if history is not None else None
    mail, trouble = _mail(settings, probe)
    database, lateness, whole = _database(settings, now)
    wrong = (*(fit.problems if fit else ()), *database, *trouble, *_templates(settings))
    return Checkup(
        files=tuple(files),
        quarters=quarters(won, settings),
        tiers=fit.tiers if fit else (),
        mail=mail,
        problems=(*problems, *wrong),
        warnings=(*settings.warnings, *writers, *warned, *(fit.warnings if fit else ())),
        lateness=lateness,
        whole_from=whole,
        left_out=beginning.sentence if beginning else None,
        cohorts=cohorts_now(settings, history, now) if history is not None else (),
        bearing=bearings_now(settings, history, now)[0] if history is not None else (),
    )


def _reads(settings: Settings, source: Source, problems: list[str]) -> Iterable[FileRead]:
    """The files of a source; one that cannot be read at all is a problem and does not hinder the next."""
    from monitor.sources import SOURCES, ReadError

    try:
        yield from SOURCES[source.type](source, settings.company, settings.motions).read(lambda _: False)
    except ReadError as error:
        problems.append(f"source {source.name}: {error}")


def _writers(settings: Settings) -> Iterable[str]:
    """What is to be said of accounts that could do more than read."""
    from sqlalchemy.exc import SQLAlchemyError

    from monitor.sources.file_read import ReadError
    from monitor.sources.sql_session import can_write

    for source in settings.sources:
        if source.type != "sql":
            continue
        try:
            writes = can_write(source)
        except (SQLAlchemyError, ReadError):
            continue  # it cannot be read either, and that is told
        if writes:
            yield (
                f"source {source.name}: its account can write; LeftTurn never does, but give it one that cannot"
            )
        elif writes is None:
            yield f"source {source.name}: whether its account can write cannot be told on this database"


def _file(source: Source, read: FileRead) -> FileCheck:
    return FileCheck(
        source=source.name,
        file=read.file,
        rows_read=read.rows_read,
        accepted=read.deals.height,
        quarantined=read.rejected.height,
        duplicates=read.duplicates,
        ignored=read.ignored,
        rejections=rejections(read.rejected),
        messages=tuple(read.messages),
    )


def rejections(rejected: pl.DataFrame) -> tuple[Rejection, ...]:
    """Rejected rows (row, column, reason, detail) by reason and column, the most frequent first."""
    if rejected.height == 0:
        return ()
    grouped = (
        rejected.sort("row")
        .group_by("reason", "column", maintain_order=True)
        .agg(pl.len().alias("count"), pl.col("row").head(EXAMPLES), pl.col("detail").head(EXAMPLES))
        .sort("count", descending=True, maintain_order=True)
    )
    return tuple(
        Rejection(
            reason=line["reason"],
            column=line["column"],
            count=line["count"],
            first=tuple(zip(line["row"], (str(detail) for detail in line["detail"]), strict=True)),
        )
        for line in grouped.iter_rows(named=True)
    )


def _problems(checked: FileCheck, read: FileRead) -> Iterable[str]:
    place = f"source {checked.source}: {checked.file}"
    if read.rejected_file:
        yield f"source {checked.source}: {read.rejected_file}"
        return
    told = checked.accepted + checked.quarantined + checked.duplicates + checked.ignored
    if told != checked.rows_read:
        yield f"{place}: {checked.rows_read:,} rows read but {told:,} accounted for; please report this"
    for rejection in checked.rejections:
        row, detail = rejection.first[0]
        column = f", column {rejection.column}" if rejection.column else ""
        plural = "" if rejection.count == 1 else "s"
        yield f"{place}:{row}: {rejection.count:,} row{plural} set aside{column}: {rejection.reason} ({detail})"


def _won(reads: Sequence[pl.DataFrame], currency: str) -> pl.DataFrame | None:
    """The won deals, each as the last file that has it says, or the one that was modified last; None without any."""
    told = [
        read.select(
            "source", "deal_id", "modified_at", "deleted", "outcome", "closed_on", "amount", "currency"
        )
        for read in reads
    ]
    if not told:
        return None
    last = (
        pl.concat(told, how="vertical_relaxed")
        .sort("modified_at", nulls_last=False, maintain_order=True)
        .unique(["source", "deal_id"], keep="last")
    )
    won = last.filter(pl.col("outcome") == "won", pl.col("closed_on").is_not_null(), ~pl.col("deleted"))
    return won.select("closed_on", "amount", pl.col("currency").fill_null(currency))


def quarters(won: pl.DataFrame | None, settings: Settings) -> tuple[QuarterWon, ...]:
    """Won deals and their amounts by fiscal quarter and currency, oldest first."""
    if won is None:
        return ()
    company = settings.company
    calendar = FiscalCalendar(
        starts=company.fiscal.starts, pattern=company.fiscal.pattern, week_starts=company.week_starts
    )
    days = (
        won.group_by("closed_on", "currency")
        .agg(pl.len().alias("won"), pl.col("amount").sum())
        .sort("closed_on")
    )
    sums: dict[tuple[str, str], tuple[int, Decimal]] = {}
    told = won["amount"].null_count() < won.height
    for day, currency, count, amount in days.iter_rows():
        key = (calendar.quarter(day), currency)
        known = sums.get(key, (0, Decimal(0)))
        sums[key] = (known[0] + count, known[1] + (amount or Decimal(0)))
    return tuple(
        QuarterWon(quarter=quarter, currency=currency, won=count, amount=amount if told else None)
        for (quarter, currency), (count, amount) in sums.items()
    )


def _mail(settings: Settings, probe: Callable[[Smtp], str | None]) -> tuple[str, tuple[str, ...]]:
    """Where mails go, in a sentence, and what is wrong with that."""
    if not settings.people:
        return "nobody is told: people is empty", (
            "people: nobody is told of anything; name at least one reader",
        )
    smtp = settings.mail.smtp
    if smtp is None:
        trouble = _cannot_be_written(settings.mail.folder) if settings.mail.folder is not None else None
        return f"to the folder {settings.mail.folder}", (f"mail.folder: {trouble}",) if trouble else ()
    wrong = probe(smtp)
    if wrong is not None:
        return wrong, (f"mail: {wrong}",)
    return f"{smtp.host}:{smtp.port} answers, {smtp.security}, login {smtp.auth}", ()


def _cannot_be_written(folder: Path) -> str | None:
    """Why no file can be put into `folder`, which need not be there yet; None where one can."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir():
        return f"{folder} cannot be made: {there} is a file"
    if not os.access(there, os.W_OK | os.X_OK):
        return f"{folder} cannot be written: {there} does not let this user"
    return None


def _templates(settings: Settings) -> Iterable[str]:
    """What is wrong with the operators' own mail templates."""
    from monitor.mail_road import wrong_templates

    return wrong_templates(settings.mail)


def _database(settings: Settings, now: datetime) -> tuple[tuple[str, ...], tuple[Lateness, ...], str | None]:
    """What is wrong with the database, what it has learned, and from when on it is whole; none is nothing wrong."""
    from monitor.live_store import live_store
    from monitor.store import StoreError

    lateness: tuple[Lateness, ...] = ()
    whole = None
    try:
        store = live_store(settings)
    except StoreError as error:
        return (f"database: {error}", *_place_of_database(settings)), (), None
    if store is not None:
        with store, store.read() as conn:
            lateness, whole = tuple(_lateness(conn, settings, now)), whole_from(conn)
    return tuple(_place_of_database(settings)), lateness, whole


def _lateness(conn: Connection, settings: Settings, now: datetime) -> Iterable[Lateness]:
    """How closings arrive, of each source that tells."""
    timezone = settings.company.timezone
    for source in settings.sources:
        if (known := lateness_of(conn, source, local_day(timezone, now), timezone)) is not None:
            yield known


def _place_of_database(settings: Settings) -> Iterable[str]:
    """What hinders a database from being made where it is to be."""
    from monitor.live_store import database_file

    file = database_file(settings)
    if file is not None and not file.parent.is_dir():
        yield f"database: the folder {file.parent} does not exist; make it, or mend `database`"
    elif file is not None and (trouble := _cannot_be_written(file.parent)):
        yield f"database: {trouble}"


def as_dict(checkup: Checkup) -> dict[str, Any]:
    """The checkup as plain values, for JSON."""
    plain = asdict(replace(checkup, lateness=(), bearing=(), cohorts=()))
    return plain | {
        "cohorts": [one.as_dict() for one in checkup.cohorts],
        "lateness": [one.as_dict() for one in checkup.lateness],
        "bearing": [one.as_dict() for one in checkup.bearing],
    }
