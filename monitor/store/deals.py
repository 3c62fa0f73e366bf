"""Versions of deals and accounts: saved as they become known, loaded whole, seen as they were known at an instant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import polars as pl
from sqlalchemy import Connection, Table, delete

from monitor.store.attributes import folded, unfolded
from monitor.store.bulk import insert_frame, select_frame
from monitor.store.known import as_first_known, as_known, first_described
from monitor.store.tables import account_version, deal_version, line_version
from monitor.types import DEAL_COLUMNS, VERSION_COLUMNS

Role = Literal["deals", "accounts", "lines"]
TABLES: Mapping[Role, Table] = {
    "deals": deal_version,
    "accounts": account_version,
    "lines": line_version,
}
COLUMNS: Mapping[Role, tuple[str, ...]] = {
    "deals": (*VERSION_COLUMNS, *DEAL_COLUMNS),
    "accounts": (*VERSION_COLUMNS, "source", "account"),
    "lines": (*VERSION_COLUMNS, "source", "deal_id", "amount", "list_amount", "discount", "quantity"),
}
"""The columns of a version; its attributes stand beside them."""

__all__ = [
    "as_first_known",
    "as_known",
    "first_described",
    "load_history",
    "load_versions",
    "replace_versions",
    "save_deals",
    "save_versions",
]


def load_history(connection: Connection, attributes: Iterable[str] = ()) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every version of deals and of accounts, in the order they were saved.

    attributes   names that are to be columns of the deals even where no deal has them
    """
    return (
        load_versions(connection, "deals", attributes=attributes),
        load_versions(connection, "accounts"),
    )


def load_versions(
    connection: Connection, role: Role, source: str | None = None, attributes: Iterable[str] = ()
) -> pl.DataFrame:
    """The versions of deals or accounts, of one source or of all, in the order they were saved."""
    table = TABLES[role]
    columns = [table.c[name] for name in (*COLUMNS[role], "attributes")]
    wanted = [] if source is None else [table.c.source == source]
    return unfolded(select_frame(connection, columns, *wanted, order_by=table.c.id), attributes)


def save_versions(connection: Connection, role: Role, versions: pl.DataFrame) -> None:
    """Add versions of deals or accounts: COLUMNS and attributes."""
    insert_frame(connection, TABLES[role], folded(versions))


def save_deals(connection: Connection, versions: pl.DataFrame) -> None:
    """Add versions of deals: VERSION_COLUMNS, DEAL_COLUMNS and attributes."""
    save_versions(connection, "deals", versions)


def replace_versions(connection: Connection, role: Role, source: str, versions: pl.DataFrame) -> None:
    """Put `versions` in the place of every version of a source."""
    table = TABLES[role]
    connection.execute(delete(table).where(table.c.source == source))
    save_versions(connection, role, versions)
