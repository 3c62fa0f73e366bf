"""The guesses put together: which file holds the deals, which the accounts, and what follows from their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from monitor.account_key import account_key
from monitor.first_config.accounts import Accounts, accounts_of, barely_known
from monitor.first_config.attributes import DATES, MOST_KINDS, NUMBERS, attributes_of
from monitor.first_config.columns import (
    NAMES,
    YES,
    Flags,
    by_name,
    flags,
    map_columns,
    stage_column,
    unread_stages,
)
from monitor.first_config.files import FileError, Table
from monitor.first_config.languages import folded
from monitor.first_config.outcomes import are_motions, classified, motions, outcome_of, won_and_lost
from monitor.first_config.values import (
    Dates,
    counts,
    currency_mark,
    date_order,
    decimal_mark,
    in_percent,
    kinds,
)
from monitor.sources.amounts import currency_of

MOST_MOTIONS = 12
SEGMENT_KINDS = range(2, 13)
MOST_SEGMENTS = 2
LEAST_SHARE = 0.05
LEAST_DEALS = 30
LIFT = 1.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Typical:
    """A value that is more frequent among won deals than among all decided ones."""

    attribute: str
    values: tuple[str, ...]
    won_share: float
    decided_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Everything that is written into a first configuration."""

    deals: Table
    columns: dict[str, str]
    stage: str | None
    stages_read: bool
    closed: dict[str, str | None]
    """Where a flag says won or not: the column and value that tell closed deals, None for "anything"; else empty."""
    outcomes: dict[str, dict[str, int]]
    attributes: dict[str, str]
    accounts: tuple[Accounts, ...]
    dates: Dates
    decimal: str
    percent: bool
    """Whether discounts are written in percent without saying so."""
    currency: str | None
    motions: dict[str, list[str]]
    segments: tuple[str, ...]
    typical: tuple[Typical, ...]
    unused: tuple[Table, ...]
    notes: tuple[str, ...]


def draft(tables: Sequence[Table]) -> Draft:
    """Guess a configuration from `tables`; raises FileError where none of them can hold deals."""
    mapped = [(table, stage_column(table, won_and_lost)) for table in tables]
    guesses = [(table, stage, map_columns(table, stage)) for table, stage in mapped]
    deals, stage, columns = max(guesses, key=lambda guess: _like_deals(*guess))
    if "closed_at" not in columns:
        names = ", ".join(str(table.path) for table in tables)
        raise FileError(f"{names}: no column of days a deal was closed on; deals cannot be told without one")
    notes = _identity(deals, columns)
    found = flags(deals) if stage is None else None
    if found is not None:
        stage = found.won
        notes.append(_flagged(found))
    _motion_by_values(deals, columns, stage)
    stages_read = stage is not None
    if stage is None and (stage := unread_stages(deals)) is not None:
        notes.append(f"none of the labels of {stage} reads like a win: say below which of them do")
    columns = {ours: theirs for ours, theirs in columns.items() if theirs != stage}
    taken = {*columns.values(), stage or "", (found.closed if found else None) or ""}
    attributes = attributes_of(deals, taken, "deal")
    accounts = accounts_of(deals, columns, [table for table in tables if table is not deals])
    attributes = {ours: theirs for ours, theirs in attributes.items() if theirs != columns.get("account")}
    unused = [
        table for table in tables if table is not deals and all(table is not each.table for each in accounts)
    ]
    notes += barely_known(deals, columns, unused)
    joined = _joined(deals, columns, attributes, accounts)
    segments = _segments(joined)
    return Draft(
        deals=deals,
        columns={ours: columns[ours] for ours in NAMES if ours in columns},
        stage=stage,
        stages_read=stages_read,
        closed=_closed(deals, found, columns["closed_at"]) if found else {},
        outcomes=_outcomes(deals, stage, found),
        attributes=attributes,
        accounts=accounts,
        dates=date_order(deals, [columns[name] for name in DATES if name in columns]),
        decimal=decimal_mark(deals, [columns[name] for name in NUMBERS if name in columns]),
        percent="discount" in columns and in_percent(deals, columns["discount"]),
        currency=_currency(deals, columns),
        motions=motions(counts(deals, columns["motion"])) if "motion" in columns else {},
        segments=segments,
        typical=_typical(joined, deals, stage) if stage and not found else (),
        unused=tuple(unused),
        notes=tuple(notes),
    )


def _motion_by_values(deals: Table, columns: dict[str, str], stage: str | None) -> None:
    """What no header told, the labels may: "Deal Category" of New Logo, Upsell and Renewal are motions."""
    if "motion" in columns:
        return
    taken = {*columns.values(), stage}
    for column in deals.columns:
        if (
            column not in taken
            and kinds(deals, column) <= MOST_MOTIONS
            and are_motions(counts(deals, column))
        ):
            columns["motion"] = column
            return


def _outcomes(deals: Table, stage: str | None, found: Flags | None) -> dict[str, dict[str, int]]:
    if stage is None:
        return {}
    tally = counts(deals, stage)
    if found is not None:
        return {"won": {found.yes: tally[found.yes]}, "lost": {found.no: tally[found.no]}}
    return classified(tally)


def _closed(deals: Table, found: Flags, closed_at: str) -> dict[str, str | None]:
    """What a closed deal has, since a deal that is still open is not won either."""
    if found.closed is None:
        return {closed_at: None}
    yes = next((cell for cell in counts(deals, found.closed) if folded(cell) in YES), "true")
    return {found.closed: yes}


def _flagged(found: Flags) -> str:
    return (
        f"{found.won} says won or not, so closed deals alone are read: export the stage as well, and open deals "
        "count in volume and fit"
    )


def _currency(deals: Table, columns: dict[str, str]) -> str | None:
    """The most frequent currency of the deals: by its column, else by the mark beside the amounts."""
    if "currency" in columns:
        return next(iter(counts(deals, columns["currency"])), None)
    mark = currency_mark(deals, [columns[name] for name in ("amount", "list_amount") if name in columns])
    return currency_of(mark, "USD") if mark else None


def _like_deals(table: Table, stage: str | None, columns: dict[str, str]) -> tuple[float, int]:
    """How much a file looks like deals: it has days of closing, stages, amounts, an account; then its rows."""
    weights = {
        "closed_at": 3.0,
        "amount": 2.0,
        "created_at": 1.0,
        "account": 1.0,
        "owner": 1.0,
        "deal_id": 0.5,
    }
    score = sum(weight for name, weight in weights.items() if name in columns)
    return score + (4.0 if stage else 0.0), table.frame.height


def _identity(deals: Table, columns: dict[str, str]) -> list[str]:
    """Every deal needs a name of its own; lines of orders have none, and the note says what to do."""
    if "deal_id" in columns:
        named = columns["deal_id"]
        repeats = deals.frame.height - kinds(deals, named)
        return (
            [f"{deals.name}: {repeats:,} rows repeat or lack {named}; check says what becomes of them"]
            if repeats
            else []
        )
    if "order" not in columns:
        if (repeated := by_name(deals, NAMES["deal_id"], lambda *_: True, set())) is not None:
            times = deals.frame.height / max(kinds(deals, repeated), 1)
            raise FileError(
                f"{deals.path}: each {repeated} comes {times:.1f} times, so its rows look like changes: export "
                "the deals as they stand, one row each, and give this file beside them with role: history "
                "(docs/sources.md), which tells when a stage was really set"
            )
        raise FileError(
            f"{deals.path}: no column whose values name each row; deals need an id of their own: "
            "export the CRM's, or add a number that stays with its deal"
        )
    columns["deal_id"] = order = columns["order"]
    return [
        f"{deals.name}: {order} names {kinds(deals, order):,} orders in {deals.frame.height:,} rows: these are "
        "lines; export one row an order as deals, and give these role: lines (docs/sources.md), or rows that differ "
        "are set aside"
    ]


def _joined(
    deals: Table, columns: dict[str, str], attributes: dict[str, str], accounts: Sequence[Accounts]
) -> pl.DataFrame:
    """One row a deal with every attribute by our name, accounts' beside it."""
    frame = deals.frame.select(
        pl.int_range(pl.len()).alias("#row"),
        *([account_key(pl.col(columns["account"])).alias("#account")] if "account" in columns else []),
        *(pl.col(theirs).alias(ours) for ours, theirs in attributes.items()),
    )
    for each in accounts:
        fresh = {ours: theirs for ours, theirs in each.attributes.items() if ours not in frame.columns}
        side = each.table.frame.select(
            account_key(pl.col(each.key)).alias("#account"),
            *(pl.col(theirs).alias(ours) for ours, theirs in fresh.items()),
        )
        frame = frame.join(side, on="#account", how="left", maintain_order="left")
    return frame.drop("#row", "#account", strict=False).fill_null("")


def _segments(joined: pl.DataFrame) -> tuple[str, ...]:
    """Attributes with a handful of values, most evenly spread first: those cut the company into segments."""
    ranked = []
    for column in joined.columns:
        cells = joined.get_column(column)
        filled = cells.filter(cells.str.len_chars() > 0)
        if filled.n_unique() in SEGMENT_KINDS and len(filled) >= joined.height * 0.8:
            largest = int(filled.value_counts(sort=True)["count"][0])
            if largest <= 0.7 * len(filled):
                ranked.append((largest / len(filled), column))
    return tuple(column for _, column in sorted(ranked)[:MOST_SEGMENTS])


def _typical(joined: pl.DataFrame, deals: Table, stage: str) -> tuple[Typical, ...]:
    """Attributes whose values are over-represented among won deals, against all decided ones."""
    outcome = deals.frame.get_column(stage).map_elements(outcome_of, return_dtype=pl.String)
    decided = joined.filter(outcome.is_in(["won", "lost", "no_decision"]))
    won = joined.filter(outcome == "won")
    found = []
    for column in joined.columns:
        values = decided.get_column(column).value_counts()
        if not 2 <= values.height <= MOST_KINDS or won.height < LEAST_DEALS:
            continue
        usual = dict(zip(values[column].to_list(), values["count"].to_list(), strict=True))
        tally = won.get_column(column).value_counts()
        wins = dict(zip(tally[column].to_list(), tally["count"].to_list(), strict=True))
        over = sorted(
            value
            for value, count in usual.items()
            if value
            and count >= max(LEAST_DEALS, LEAST_SHARE * decided.height)
            and wins.get(value, 0) / won.height >= LIFT * count / decided.height
        )
        if over:
            found.append(
                Typical(
                    attribute=column,
                    values=tuple(over),
                    won_share=sum(wins.get(value, 0) for value in over) / won.height,
                    decided_share=sum(usual[value] for value in over) / decided.height,
                )
            )
    return tuple(found)
