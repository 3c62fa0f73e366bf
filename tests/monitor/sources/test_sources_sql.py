"""Databases as sources, on real ones: PostgreSQL, SQLite and DuckDB. They are read, never written, from a mark on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from config.settings import Company, Settings, Source
from monitor import checkup
from monitor.ingest import IngestReport, ingest
from monitor.sources import FileRead, ReadError, SqlSource
from monitor.sources.sql_session import Session, can_write
from monitor.store import Store, holds
from monitor.store.deals import load_history

COMPANY = Company(name="Acme", timezone="America/New_York", currency="USD")
NOW = datetime(2026, 6, 1, 6, tzinfo=UTC)
COLUMNS = {
    "deal_id": "Id",
    "modified_at": "changed",
    "created_at": "created",
    "closed_at": "closed",
    "amount": "amount",
    "deleted": "is_deleted",
}
OUTCOME = {"column": "stage", "won": ["Won"], "lost": ["Lost"], "open": ["Open"]}
TABLE = 'CREATE TABLE deals ("Id" VARCHAR(20), changed TIMESTAMP, created DATE, closed DATE, amount DECIMAL(12, 2), '
TABLE += "stage VARCHAR(20), is_deleted BOOLEAN)"
KINDS = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("duckdb", id="duckdb"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres),
]


class Crm:
    """Somebody else's database with a table of deals."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.do(TABLE)

    def do(self, statement: str, *rows: dict[str, Any]) -> None:
        engine: Engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text(statement), rows or None)
        engine.dispose()

    def add(self, *numbers: int, at: datetime = datetime(2026, 5, 1, 12), **cells: Any) -> None:
        row = {
            "created": "2026-01-05",
            "closed": "2026-02-10",
            "amount": 1200.5,
            "stage": "Won",
            "gone": False,
        }
        self.do(
            "INSERT INTO deals VALUES (:id, :at, :created, :closed, :amount, :stage, :gone)",
            *({**row, "id": f"d{number:03}", "at": at, **cells} for number in numbers),
        )

    def described(self, **more: Any) -> dict[str, Any]:
        described = {
            "name": "crm",
            "type": "sql",
            "table": "deals",
            "address": SecretStr(self.url),
            "columns": COLUMNS,
            "outcome": OUTCOME,
        }
        return {**described, **more}

    def source(self, **more: Any) -> Source:
        return Source.model_validate(self.described(**more))

    def settings(self, **more: Any) -> Settings:
        company = {"name": "Acme", "timezone": "America/New_York", "currency": "USD"}
        return Settings.model_validate({"company": company, "sources": [self.described(**more)]})

    def read(self, since: Any = None, page: int = 50_000, **more: Any) -> list[FileRead]:
        return list(SqlSource(self.source(**more), COMPANY, {}, page=page).read(lambda _: False, since))


@pytest.fixture(params=KINDS)
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crm]:
    if request.param == "postgresql":
        yield Crm(request.getfixturevalue("postgres_url"))
        return
    yield Crm(f"{request.param}:///{tmp_path / 'crm.db'}")


def test_rows_are_read_as_what_they_are(crm: Crm) -> None:
    crm.add(1)
    crm.add(2, stage="Open", closed="2026-09-01", amount=None)
    (page,) = crm.read()
    won, still_open = page.deals.sort("deal_id").rows(named=True)
    assert (str(won["amount"]), str(won["closed_on"]), won["outcome"]) == ("1200.500000", "2026-02-10", "won")
    assert won["modified_at"] == datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert (still_open["closed_on"], still_open["amount"], still_open["outcome"]) == (None, None, "open")


def test_equal_stamps_over_a_page_border_lose_and_double_nothing(crm: Crm) -> None:
    crm.add(*range(25))
    pages = crm.read(page=10)
    ids = [deal for page in pages for deal in page.deals["deal_id"]]
    assert ids == [f"d{n:03}" for n in range(25)]
    assert [page.mark["id"] for page in pages if page.mark] == ["d009", "d019", "d024"]


def test_the_next_read_begins_at_the_mark_and_looks_back_an_hour(crm: Crm) -> None:
    at = datetime(2026, 5, 1, 12)
    crm.add(1, at=at - timedelta(hours=3))
    crm.add(2, at=at)
    mark = crm.read()[-1].mark
    crm.add(3, at=at - timedelta(minutes=30))  # committed late, with an older stamp
    crm.add(4, at=at + timedelta(days=1))
    pages = crm.read(since=mark)
    assert [deal for page in pages for deal in page.deals["deal_id"]] == ["d003", "d002", "d004"]
    assert all(page.changes for page in pages)


def test_a_query_is_read_as_a_table_is(crm: Crm) -> None:
    crm.add(1)
    crm.add(2, stage="Lost")
    (page,) = crm.read(table=None, query="SELECT * FROM deals WHERE stage = 'Won';")
    assert page.deals["deal_id"].to_list() == ["d001"]


def test_a_missing_column_is_named(crm: Crm) -> None:
    (page,) = crm.read(columns={**COLUMNS, "owner": "selller"})
    assert page.rejected_file is not None
    assert "there is no column 'selller'" in page.rejected_file


@pytest.mark.parametrize(
    "statement", ["DELETE FROM deals", "DROP TABLE deals", "UPDATE deals SET stage = 'Lost'"]
)
def test_the_session_cannot_write(crm: Crm, statement: str) -> None:
    crm.add(1)
    with Session(crm.source()) as connection, pytest.raises(SQLAlchemyError):
        connection.execute(text(statement))
    assert crm.read()[0].deals["outcome"].to_list() == ["won"]


def test_a_statement_that_never_ends_is_ended(crm: Crm) -> None:
    never = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with Session(crm.source(), seconds=1) as connection, pytest.raises(SQLAlchemyError):
        connection.execute(text(never)).fetchall()


def test_check_knows_that_the_account_can_write(crm: Crm) -> None:
    assert can_write(crm.source()) is True


@pytest.mark.postgres
def test_check_knows_that_the_account_cannot_write(postgres_url: str) -> None:
    crm = Crm(postgres_url)
    crm.add(1)
    crm.do("CREATE ROLE looker LOGIN PASSWORD 'tru5tno1'")
    crm.do("GRANT SELECT ON deals TO looker")
    theirs = make_url(postgres_url).set(username="looker", password="tru5tno1")
    looker = crm.source(address=SecretStr(theirs.render_as_string(hide_password=False)))
    try:
        assert can_write(looker) is False
        (page,) = SqlSource(looker, COMPANY, {}).read(lambda _: False)
        assert page.deals.height == 1
    finally:
        crm.do("DROP OWNED BY looker")
        crm.do("DROP ROLE looker")


def test_an_error_names_the_place_and_no_secret(tmp_path: Path) -> None:
    address = "postgresql+psycopg://reader:hunter2@localhost:1/crm"
    source = Source(
        name="crm", type="sql", table="deals", address=SecretStr(address), columns=COLUMNS, outcome=OUTCOME
    )
    with pytest.raises(ReadError) as caught:
        list(SqlSource(source, COMPANY, {}).read(lambda _: False))
    assert "hunter2" not in str(caught.value)
    assert str(caught.value).startswith("postgresql+psycopg://reader:***@localhost:1/crm: ")
    assert "hunter2" not in repr(source)


def test_a_database_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    source = Crm(f"sqlite:///{tmp_path / 'there.db'}").source(
        address=SecretStr(f"sqlite:///{tmp_path / 'none.db'}")
    )
    with pytest.raises(ReadError, match=r"none\.db: unable to open database file"):
        list(SqlSource(source, COMPANY, {}).read(lambda _: False))


# The way into the store


def turn(crm: Crm, store: Store, now: datetime, **more: Any) -> IngestReport:
    settings = crm.settings(**more)
    with store.write() as connection:
        report = ingest(connection, settings, settings.sources[0], now=now)
    assert report.accepted + report.quarantined + report.duplicates + report.ignored == report.rows_read
    return report


def deals(store: Store) -> dict[str, bool]:
    with store.read() as connection:
        rows = load_history(connection)[0].sort("known_at")
    return dict(rows.select("deal_id", "deleted").iter_rows())


def test_only_what_changed_is_read_and_saved_once(crm: Crm, sqlite_store: Store) -> None:
    crm.add(*range(40))
    crm.add(41, at=datetime(2026, 5, 1, 18))
    assert turn(crm, sqlite_store, NOW).new_versions == 41
    crm.add(50, at=datetime(2026, 5, 2, 12))
    crm.do("UPDATE deals SET amount = 5, changed = '2026-05-02 13:00:00' WHERE \"Id\" = 'd007'")
    second = turn(crm, sqlite_store, NOW + timedelta(hours=1))
    assert (second.new_versions, second.rows_read, second.deleted) == (2, 3, 0), "d041 is within the hour"
    assert turn(crm, sqlite_store, NOW + timedelta(hours=2)).new_versions == 0


def test_a_week_later_everything_is_compared_and_what_is_gone_is_deleted(
    crm: Crm, sqlite_store: Store
) -> None:
    crm.add(*range(40))
    crm.add(41, at=datetime(2026, 5, 1, 18))
    turn(crm, sqlite_store, NOW)
    crm.do("DELETE FROM deals WHERE \"Id\" = 'd003'")
    crm.do("UPDATE deals SET amount = 7 WHERE \"Id\" = 'd004'")  # an edit without a stamp
    assert turn(crm, sqlite_store, NOW + timedelta(days=1)).new_versions == 0
    week = turn(crm, sqlite_store, NOW + timedelta(days=7))
    assert (week.deleted, week.new_versions) == (1, 1)
    assert deals(sqlite_store)["d003"] is True


def test_a_table_that_lost_a_third_of_its_rows_holds_judging(crm: Crm, sqlite_store: Store) -> None:
    crm.add(*range(60))
    turn(crm, sqlite_store, NOW)
    crm.do("DELETE FROM deals WHERE \"Id\" < 'd020'")
    report = turn(crm, sqlite_store, NOW + timedelta(days=7))
    assert report.deleted == 0
    with sqlite_store.read() as connection:
        assert [each.reason for each in holds.open_holds(connection)] == ["vanished"]


def test_a_row_marked_as_deleted_is_gone(crm: Crm, sqlite_store: Store) -> None:
    crm.add(1, 2)
    turn(crm, sqlite_store, NOW, contains="changes")
    crm.do("UPDATE deals SET is_deleted = true, changed = '2026-05-02 13:00:00' WHERE \"Id\" = 'd001'")
    turn(crm, sqlite_store, NOW + timedelta(hours=1), contains="changes")
    assert deals(sqlite_store) == {"d001": True, "d002": False}


def test_a_source_that_gives_changes_never_deletes_what_it_does_not_show(
    crm: Crm, sqlite_store: Store
) -> None:
    crm.add(*range(5))
    turn(crm, sqlite_store, NOW, contains="changes")
    crm.do("DELETE FROM deals WHERE \"Id\" = 'd003'")
    turn(crm, sqlite_store, NOW + timedelta(days=8), contains="changes")
    assert not any(deals(sqlite_store).values())


def test_what_fails_moves_no_mark(crm: Crm, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.add(1)
    monkeypatch.setattr("monitor.ingest.save_read", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        turn(crm, sqlite_store, NOW)
    monkeypatch.undo()
    assert turn(crm, sqlite_store, NOW).new_versions == 1


def test_the_checkup_says_that_the_account_can_write(crm: Crm) -> None:
    assert list(checkup._writers(crm.settings())) == [
        "source crm: its account can write; LeftTurn never does, but give it one that cannot"
    ]
