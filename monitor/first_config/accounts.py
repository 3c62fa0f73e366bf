"""The files that describe accounts, and the columns by which they are joined to the deals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from monitor.account_key import account_key
from monitor.first_config.attributes import attributes_of
from monitor.first_config.columns import account_columns, plain
from monitor.first_config.files import Table
from monitor.first_config.values import are_numbers, are_unique

OVERLAP = 0.5
"""The share of the deals' accounts that a file must know to be joined."""
SOME = 0.05
"""A share from which on it is said why it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """A file that describes accounts: `key` names them, `matched` is the share of the deals' accounts it knows."""

    table: Table
    key: str
    matched: float
    attributes: dict[str, str]


def accounts_of(deals: Table, columns: dict[str, str], others: Sequence[Table]) -> tuple[Accounts, ...]:
    """Files with a column that names each row once and knows the accounts of the deals."""
    if "account" not in columns:
        return ()
    columns["account"] = _account_column(deals, columns, others)
    found: list[Accounts] = []
    known: set[str] = set()
    for table in others:
        overlaps = _overlaps(deals, columns["account"], table)
        key = max(overlaps, key=lambda column: overlaps[column], default=None)
        if key is None or overlaps[key] < OVERLAP:
            continue
        if are_numbers(table, key) and plain(key) != plain(columns["account"]):
            continue  # small numbers are in every list of numbers: only the same name makes them the same thing
        attributes = {n: c for n, c in attributes_of(table, {key}, "account").items() if n not in known}
        if attributes:
            known |= attributes.keys()
            found.append(Accounts(table=table, key=key, matched=overlaps[key], attributes=attributes))
    return tuple(found)


def _overlaps(deals: Table, column: str, table: Table) -> dict[str, float]:
    """The share of the deals' accounts that each column of `table` without repeats knows."""
    wanted = deals.cells(column).unique().to_frame("one").select(account_key(pl.col("one"))).to_series()
    return {
        key: float(wanted.is_in(_keys(table, key)).mean() or 0.0)  # type: ignore[arg-type]
        for key in table.columns
        if are_unique(table, key)
    }


def _keys(table: Table, key: str) -> list[str]:
    return table.cells(key).to_frame("one").select(account_key(pl.col("one"))).to_series().to_list()


def _named(deals: Table, columns: dict[str, str]) -> list[str]:
    """The columns that may name the account, as its id and its name do; first the one that was taken for it."""
    taken = {theirs for ours, theirs in columns.items() if ours != "account"}
    return list(dict.fromkeys([columns["account"], *account_columns(deals, taken)]))


def _account_column(deals: Table, columns: dict[str, str], others: Sequence[Table]) -> str:
    """Of those the one that another file knows best; the first where none is known well enough to be joined."""
    known = {
        column: max(
            (share for table in others for share in _overlaps(deals, column, table).values()), default=0.0
        )
        for column in _named(deals, columns)
    }
    best = max(known, key=lambda column: known[column])
    return best if known[best] >= OVERLAP else columns["account"]


def barely_known(deals: Table, columns: dict[str, str], unused: Sequence[Table]) -> list[str]:
    """What a file that is not used lacks, where it knows some accounts of the deals."""
    told = []
    for table in unused if "account" in columns else ():
        shares = {
            (key, column): share
            for column in _named(deals, columns)
            for key, share in _overlaps(deals, column, table).items()
        }
        best = max(shares, key=lambda pair: shares[pair], default=None)
        if best is not None and SOME < shares[best] < OVERLAP:
            key, column = best
            told.append(
                f"{table.name}: its {key} knows {shares[best]:.0%} of the deals' {column}, too few to join it; "
                "capitals, legal forms and marks must be the same in both, so an id is better than a name"
            )
    return told
