"""Frames into tables and back: equal to the last digit and the oddest letter."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text

from monitor.store import Store, tables
from monitor.store.bulk import insert_frame
from monitor.store.deals import load_history, load_versions, replace_versions, save_deals, save_versions
from monitor.types import DEAL_COLUMNS, VERSION_COLUMNS

SCHEMA = {
    **VERSION_COLUMNS,
    **DEAL_COLUMNS,
    "attr:région": pl.String,
    'attr:a "b", c': pl.String,
    "attr:none": pl.String,
}
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))
MONEY = st.decimals(-(10**30), 10**30, allow_nan=False, allow_infinity=False, places=6)
TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=8)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def cells(kind: Any) -> st.SearchStrategy[Any]:
    if kind == pl.Boolean:
        return st.booleans()
    if kind == pl.Date:
        return st.none() | DAYS
    if kind == pl.Float64:
        return st.none() | FLOATS
    if isinstance(kind, pl.Decimal):
        return st.none() | MONEY
    return st.none() | (INSTANTS if isinstance(kind, pl.Datetime) else TEXT)


ROWS = st.lists(st.tuples(*(cells(kind) for kind in SCHEMA.values())), min_size=1, max_size=4)


def frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    told = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    fixed = {
        "source": pl.lit("crm"),
        "deal_id": pl.format("d{}", pl.int_range(pl.len())),
        "outcome": pl.lit("won"),
        "known_at": pl.col("known_at").fill_null(datetime(2026, 1, 1, tzinfo=UTC)),
    }
    return told.with_columns(**fixed)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_versions_come_back_as_they_went(store: Store, rows: list[tuple[Any, ...]]) -> None:
    told = frame(rows)
    with store.write() as connection:
        replace_versions(connection, "deals", "crm", told)
    with store.read() as connection:
        found, accounts = load_history(connection)
    assert found.select(told.columns).equals(told)
    assert (found.width, accounts.height) == (told.width, 0)


@pytest.mark.parametrize("value", ["O'Neil", "50 % ?", ":name", "''", "\\'; --", "Süd ✓", "%s"])
def test_what_all_rows_have_alike_comes_back_as_it_is(store: Store, value: str) -> None:
    """A value that stands in the statement, over more rows than a statement holds."""
    row = [False if kind == pl.Boolean else None for kind in SCHEMA.values()]
    told = frame([tuple(row)] * 5_500).with_columns(owner=pl.lit(value), closed_by=pl.col("deal_id"))
    with store.write() as connection:
        replace_versions(connection, "deals", "crm", told)
        assert load_versions(connection, "deals").select(told.columns).equals(told)
        replace_versions(connection, "deals", "crm", told.head(1))
        assert load_versions(connection, "deals").select(told.columns).equals(told.head(1))


def test_a_frame_and_a_row_are_stored_alike(store: Store) -> None:
    """What goes in by frame is what SQLAlchemy reads and what goes in by row is what a frame reads."""
    instant = datetime(2026, 5, 7, 8, 30, 15, 120, tzinfo=timezone(timedelta(hours=2)))
    row = {
        "source": "crm",
        "deal_id": "row",
        "known_at": instant,
        "observed": True,
        "created_on": date(2026, 1, 5),
        "amount": Decimal("1200.5"),
        "quantity": 0.1 + 0.2,
        "outcome": "won",
        "deleted": False,
        "attributes": {"region": "Süd"},
    }
    with store.write() as connection:
        connection.execute(insert(tables.deal_version), [row])
        by_row = load_versions(connection, "deals")
        save_deals(connection, by_row.with_columns(deal_id=pl.lit("frame")))
        found = (
            connection.execute(select(tables.deal_version).order_by(tables.deal_version.c.id))
            .mappings()
            .all()
        )
    assert by_row.select("known_at", "amount", "quantity", "attr:region").row(0) == (
        instant,
        Decimal("1200.5"),
        0.1 + 0.2,
        "Süd",
    )
    first, second = ({k: v for k, v in each.items() if k not in ("id", "deal_id")} for each in found)
    assert first == second
    assert second["known_at"] == instant
    assert second["known_at"].utcoffset() == timedelta(0)
    assert second["amount"] == Decimal("1200.5")


def test_instants_sort_and_compare_in_the_database_as_they_do_in_time(store: Store) -> None:
    rng = random.Random(1)
    told = [
        datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=rng.randrange(10**12)) for _ in range(50)
    ]
    told += [told[0].replace(microsecond=0), told[0].replace(microsecond=100_000)]
    runs = [{"key": str(n), "job": "judge", "state": "done", "started_at": at} for n, at in enumerate(told)]
    at = tables.run.c.started_at
    with store.write() as connection:
        connection.execute(insert(tables.run), runs)
        assert connection.execute(select(at).order_by(at)).scalars().all() == sorted(told)
        later = connection.execute(select(at).where(at > told[7])).scalars().all()
    assert len(later) == sum(each > told[7] for each in told)


def test_an_instant_without_a_zone_is_refused(store: Store) -> None:
    row = {"key": "a", "job": "judge", "state": "done", "started_at": datetime(2026, 1, 1)}
    with pytest.raises(Exception, match="has no zone; an instant must be aware"), store.write() as connection:
        connection.execute(insert(tables.run), [row])


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_frame_of_accounts_without_attributes_is_a_frame(store: Store, rows: int) -> None:
    kinds = {**VERSION_COLUMNS, "source": pl.String, "account": pl.String}
    told = pl.DataFrame(
        [(datetime(2026, 1, 1, tzinfo=UTC), False, "acc", f"a{n}") for n in range(rows)],
        schema=kinds,
        orient="row",
    )
    with store.write() as connection:
        save_versions(connection, "accounts", told)
        assert load_versions(connection, "accounts").equals(told)


def test_attributes_that_only_some_deals_have_are_columns_of_all(store: Store) -> None:
    with store.write() as connection:
        save_deals(
            connection,
            frame([(None,) * len(SCHEMA)])
            .select(pl.exclude("^attr:.*$"))
            .with_columns(observed=pl.lit(False), deleted=pl.lit(False)),
        )
        for number, name in enumerate(("a", "b")):
            more = (
                frame([(None,) * len(SCHEMA)])
                .select(pl.exclude("^attr:.*$"))
                .with_columns(
                    observed=pl.lit(False),
                    deleted=pl.lit(False),
                    deal_id=pl.lit(name),
                    **{f"attr:{name}": pl.lit(str(number))},
                )
            )
            save_deals(connection, more)
        found = load_versions(connection, "deals", attributes=["b", "never"])
    assert found.select("attr:a", "attr:b", "attr:never").rows() == [
        (None, None, None),
        ("0", None, None),
        (None, "1", None),
    ]


def test_a_column_the_table_does_not_have_is_an_error(store: Store) -> None:
    with pytest.raises(KeyError, match="rejected_row has no column colour"), store.write() as connection:
        insert_frame(connection, tables.rejected_row, pl.DataFrame({"row": [1], "colour": ["red"]}))


def test_an_id_is_never_used_again(sqlite_store: Store) -> None:
    """What is remembered is thrown away when the newest id is another one."""
    told = frame([(None,) * len(SCHEMA)]).with_columns(observed=pl.lit(False), deleted=pl.lit(False))
    ids = []
    for _ in range(2):
        with sqlite_store.write() as connection:
            replace_versions(connection, "deals", "crm", told)
            ids.append(connection.execute(text("SELECT max(id) FROM deal_version")).scalar_one())
    assert ids[0] < ids[1]
