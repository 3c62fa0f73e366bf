"""Whether the sources can be read as they are described, each alone and all together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from config.check_crm import CRM, check_crm
from config.complete import deals_sources
from config.document import Loc, Wrong
from config.settings import OutcomeMap, Settings, Source
from config.settings_sources import COLUMNS, HISTORY_COLUMNS, LINE_COLUMNS
from config.where import DAYS

RESERVED = frozenset({*COLUMNS, *DAYS.values(), "tier", "core", "outcome", "stage", "source"})
"""Names that deals have anyway; an attribute of that name could not be told from them."""
DAY = timedelta(days=1)


def check_sources(settings: Settings) -> Iterator[Wrong]:
    """Everything wrong with the sources."""
    if not deals_sources(settings):
        yield ("sources",), "hold no source of role deals; there is nothing to judge"
    seen: dict[str, str] = {}
    for position, source in enumerate(settings.sources):
        at: Loc = ("sources", position)
        if source.name.casefold() in seen:
            yield (*at, "name"), f"{source.name} is the name of an earlier source; names must differ"
        if not all(character.isalnum() or character in "_-. " for character in source.name):
            yield (*at, "name"), "must be made of letters, digits, blanks, _ - and . only"
        seen[source.name.casefold()] = source.name
        yield from _reading(source, at)
        yield from _attributes(source, at)
        yield from _place(source, at)
        if source.role == "deals":
            yield from _as_deals(source, at)
        elif source.role == "accounts":
            yield from _as_accounts(source, at, settings)
        else:
            yield from _beside_deals(source, at, settings)


def _reading(source: Source, at: Loc) -> Iterator[Wrong]:
    if source.every < timedelta(minutes=1):
        yield (*at, "every"), "must be at least 1 minute"
    if source.every > DAY and source.every % DAY:
        yield (*at, "every"), "must be whole days where it is more than one"
    if source.format.sheet is not None and source.type != "excel":
        yield (*at, "format", "sheet"), "belongs to a source of type excel"
    if source.format.header is not None and source.type == "parquet":
        yield (
            (*at, "format", "header"),
            "belongs to a source of type csv or excel; Parquet files name their columns",
        )
    if source.format.delimiter == source.format.decimal:
        yield (*at, "format"), "delimiter and decimal are the same character"


def _place(source: Source, at: Loc) -> Iterator[Wrong]:
    """Where the source lies: a path of files; a URL, and a query or a table, of a database; a CRM."""
    if source.type in CRM:
        yield from check_crm(source, at)
        return
    for name in ("login", "object", "api"):
        if getattr(source, name) is not None:
            yield (*at, name), "belongs to a source of type salesforce or hubspot"
    of_files, of_a_database = (
        source.path is not None,
        {name for name in ("url", "url_env", "query", "table") if getattr(source, name) is not None},
    )
    if source.type != "sql":
        if source.path is None:
            yield (*at, "path"), "is missing: a file, a folder or a pattern"
        elif "://" in source.path:
            yield (*at, "path"), f"is a URL; a source of type {source.type} is a file on this machine"
        for name in sorted(of_a_database):
            yield (*at, name), "belongs to a source of type sql"
        return
    if of_files:
        yield (*at, "path"), "belongs to a source of files; a database has url or url_env"
    if len(of_a_database & {"url", "url_env"}) != 1:
        both = {"url", "url_env"} <= of_a_database
        yield (
            (*at, "url"),
            "and url_env are both given; write one" if both else "is missing, or url_env: NAME",
        )
    if len(of_a_database & {"query", "table"}) != 1:
        both = {"query", "table"} <= of_a_database
        yield (*at, "query"), "and table are both given; write one" if both else "is missing, or table: NAME"
    if source.format.decimal != ".":
        yield (*at, "format", "decimal"), "belongs to a source of files; numbers of a database have a point"


def _beside_deals(source: Source, at: Loc, settings: Settings) -> Iterator[Wrong]:
    """Lines and stage histories: only their own columns, and deals that they can belong to."""
    allowed, needed = (
        (LINE_COLUMNS, ("deal_id",)) if source.role == "lines" else (HISTORY_COLUMNS, HISTORY_COLUMNS)
    )
    for name in source.columns:
        if name not in allowed:
            yield (
                (*at, "columns", name),
                f"is no column of a source of {source.role}; it has {', '.join(allowed)}",
            )
    for name in needed:
        if name not in source.columns:
            yield (*at, "columns", name), "is missing"
    if source.role == "lines" and not (set(LINE_COLUMNS[1:]) & source.columns.keys() or source.attributes):
        yield (
            (*at, "columns"),
            "say nothing of a line; map amount, list_amount, discount, quantity or an attribute",
        )
    if source.role == "history" and source.attributes:
        yield (*at, "attributes"), "belong to a source of deals, accounts or lines"
    for name in ("key", "outcome"):
        if getattr(source, name) is not None:
            yield (
                (*at, name),
                "belongs to a source of deals" if name == "outcome" else "belongs to a source of accounts",
            )
    if not deals_sources(settings):
        yield at, "cannot be joined: there is no source of deals"


def _attributes(source: Source, at: Loc) -> Iterator[Wrong]:
    for name in source.attributes:
        if name in COLUMNS:
            yield (*at, "attributes", name), "is one of our columns; map it under columns"
        elif name in RESERVED:
            yield (*at, "attributes", name), "is a name that every deal has already; choose another"


def _as_accounts(source: Source, at: Loc, settings: Settings) -> Iterator[Wrong]:
    if source.key is None:
        yield (*at, "key"), "is missing: the column that names the account"
    if not source.attributes:
        yield (*at, "attributes"), "is missing: a source of accounts is read for its attributes"
    if source.columns:
        yield (*at, "columns"), "belongs to a source of deals; accounts have key and attributes"
    if source.outcome is not None:
        yield (*at, "outcome"), "belongs to a source of deals"
    deals = deals_sources(settings)
    if deals and not any("account" in each.columns for each in deals):
        yield at, "cannot be joined: no source of deals maps the column account"


def _as_deals(source: Source, at: Loc) -> Iterator[Wrong]:
    if source.key is not None:
        yield (*at, "key"), "belongs to a source of accounts; a deal is named by columns.deal_id"
    columns = source.columns
    for name in columns.keys() - set(COLUMNS):
        yield (*at, "columns", name), "belongs to a source of role history"
    for name, meaning in (("deal_id", "what names the deal"), ("closed_at", "the day it was decided")):
        if name not in columns:
            yield (*at, "columns", name), f"is missing: the column with {meaning}"
    if "list_amount" in columns and "discount" in columns:
        yield (
            (*at, "columns", "discount"),
            "and list_amount are both given; the discount follows from one of them",
        )
    if "list_amount" in columns and "amount" not in columns:
        yield (
            (*at, "columns", "list_amount"),
            "needs amount beside it: the discount is 1 - amount / list_amount",
        )
    if source.outcome is None:
        yield (
            (*at, "outcome"),
            "is missing: what the stages mean, or `outcome: won` where every row is a won deal",
        )
    elif not source.outcome.everything_won:
        yield from _outcome(source, source.outcome, (*at, "outcome"))


def _outcome(source: Source, outcome: OutcomeMap, at: Loc) -> Iterator[Wrong]:
    if outcome.column is None:
        yield (*at, "column"), "is missing: the column that holds the stage"
    if outcome.by_pipeline and "pipeline" not in source.columns:
        yield (*at, "by_pipeline"), "needs the column pipeline, which this source does not map"
    if not outcome.by_pipeline or any(outcome.labels().values()):
        yield from _classes(outcome, at)
    for name, inner in outcome.by_pipeline.items():
        here = (*at, "by_pipeline", name)
        if inner.by_pipeline:
            yield (*here, "by_pipeline"), "cannot stand inside by_pipeline"
        if inner.column is not None:
            yield (*here, "column"), "is the same for all pipelines; write it beside by_pipeline"
        yield from _classes(inner, here)


def _classes(outcome: OutcomeMap, at: Loc) -> Iterator[Wrong]:
    if not outcome.won:
        yield (*at, "won"), "is missing: the stages of a won deal"
    first: dict[str, str] = {}
    for name, labels in outcome.labels().items():
        for position, label in enumerate(labels):
            key = label.casefold()
            if key in first and first[key] != name:
                yield (*at, name, position), f"{label} is in {first[key]} too; a stage has one meaning"
            first.setdefault(key, name)
        twice = [label for label, count in Counter(label.casefold() for label in labels).items() if count > 1]
        if twice:
            yield (*at, name), f"holds {twice[0]} twice"
