"""A source's files become versions: what is assumed, observed, deleted, held, and what changes nothing."""

from __future__ import annotations

import csv
import io
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select

from config.settings import Settings
from monitor import ingest as room
from monitor.health import last_read
from monitor.ingest import IngestReport, ingest
from monitor.sources import ReadError
from monitor.store import Store, holds, tables
from monitor.store.deals import as_known, load_history

NOW = datetime(2026, 6, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1)
HEADER = ["id", "at", "acct", "created", "closed", "amount", "stage", "office"]
STAGES = {"column": "stage", "won": ["Won"], "lost": ["Lost"], "open": ["Open"], "ignore": ["Test"]}
COLUMNS = {
    "deal_id": "id",
    "account": "acct",
    "created_at": "created",
    "closed_at": "closed",
    "amount": "amount",
}
DEALS = {
    "name": "crm",
    "columns": COLUMNS,
    "outcome": STAGES,
    "attributes": {"office": "office"},
}
ACCOUNTS = {"name": "accounts", "role": "accounts", "key": "account", "attributes": {"industry": "sector"}}


def deal(number: int | str, **cells: Any) -> dict[str, Any]:
    """A row of the CRM's export: a deal won in February, unless it is said otherwise."""
    row = {
        "id": f"d{number}",
        "acct": "Acme",
        "created": "2026-01-05",
        "closed": "2026-02-10",
        "amount": "10",
    }
    return row | {"stage": "Won", "office": "Berlin", "at": ""} | cells


class Company:
    """A company with a folder of files and a store; `read` ingests a source at an instant."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store
        self.deals: dict[str, Any] = {**DEALS, "path": f"{folder}/deals*.csv"}
        self.now = NOW

    def settings(self) -> Settings:
        return Settings.model_validate(
            {
                "company": {"name": "Acme", "timezone": "UTC", "currency": "USD"},
                "sources": [self.deals, {**ACCOUNTS, "path": f"{self.folder}/accounts.csv"}],
            }
        )

    def write(self, *rows: dict[str, Any], file: str = "deals.csv") -> None:
        out = io.StringIO()
        header = HEADER if "id" in (rows[0] if rows else {"id"}) else list(rows[0])
        writer = csv.DictWriter(out, header)
        writer.writeheader()
        writer.writerows(rows)
        (self.folder / file).write_text(out.getvalue())

    def read(self, source: str = "crm") -> IngestReport:
        settings = self.settings()
        (found,) = (each for each in settings.sources if each.name == source)
        with self.store.write() as connection:
            report = ingest(connection, settings, found, now=self.now)
        told = report.accepted + report.quarantined + report.duplicates + report.ignored
        assert told == report.rows_read
        self.now += DAY
        return report

    def versions(self) -> pl.DataFrame:
        with self.store.read() as connection:
            return load_history(connection)[0]

    def known(self, at: datetime) -> dict[str, dict[str, Any]]:
        settings = self.settings()
        with self.store.read() as connection:
            versions, accounts = load_history(connection)
        late = {source.name: source.late_by for source in settings.sources}
        told = as_known(versions, accounts, at, late, settings.company.timezone)
        return {row["deal_id"]: row for row in told.iter_rows(named=True)}

    def everything(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        with self.store.read() as connection:
            return {
                name: sorted(map(repr, connection.execute(select(table)).all()))
                for name, table in tables.metadata.tables.items()
            }


@pytest.fixture
def company(tmp_path: Path, store: Store, quick: None) -> Company:
    (tmp_path / "files").mkdir()
    return Company(tmp_path / "files", store)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files just written are not waited for."""
    monkeypatch.setattr("monitor.sources.landing.FRESH", 0.0)


def version(company: Company, number: int | str) -> list[tuple[Any, ...]]:
    """The versions of a deal: known at, observed, outcome, deleted."""
    rows = company.versions().filter(pl.col("deal_id") == f"d{number}")
    return rows.select("known_at", "observed", "outcome", "deleted").rows()


def test_a_first_read_is_history_and_assumed(company: Company) -> None:
    company.write(*(deal(n) for n in range(3)), deal(3, stage="Open", closed=""))
    report = company.read()
    assert (report.files, report.rows_read, report.accepted, report.new_versions) == (("deals.csv",), 4, 4, 4)
    assert version(company, 0) == [(NOW, False, "won", False)]
    assert company.known(datetime(2026, 2, 1, tzinfo=UTC))["d0"]["outcome"] == "open"


def test_a_second_read_changes_nothing_not_even_a_row(company: Company) -> None:
    company.write(*(deal(n) for n in range(3)), deal(4, stage="nonsense"))
    company.read()
    before = company.everything()
    report = company.read()
    assert report == IngestReport(source="crm", skipped=True)
    assert company.everything() == before


def test_a_renamed_file_changes_nothing(company: Company) -> None:
    company.write(deal(1))
    company.read()
    before = company.everything()
    (company.folder / "deals.csv").rename(company.folder / "deals-of-may.csv")
    assert company.read().skipped
    assert company.everything() == before


def test_the_same_rows_in_another_order_are_no_news(company: Company) -> None:
    company.write(deal(1), deal(2))
    company.read()
    company.write(deal(2), deal(1), deal(1))
    report = company.read()
    assert (report.skipped, report.new_versions, report.deleted, report.duplicates) == (False, 0, 0, 1)


def test_what_changed_is_observed_and_what_did_not_is_left(company: Company) -> None:
    company.write(deal(1, stage="Open", closed=""), deal(2))
    company.read()
    company.write(deal(1, stage="Lost", closed="2026-05-30"), deal(2))
    report = company.read()
    assert (report.new_versions, report.unchanged, report.deleted) == (1, 1, 0)
    assert version(company, 1) == [(NOW, False, "open", False), (NOW + DAY, True, "lost", False)]
    assert len(version(company, 2)) == 1
    assert company.known(NOW + DAY - timedelta(seconds=1))["d1"]["outcome"] == "open"
    assert company.known(NOW + DAY)["d1"]["outcome"] == "lost"


@pytest.mark.parametrize(
    "cells",
    [{"amount": "10.000001"}, {"office": "Paris"}, {"office": ""}, {"acct": ""}, {"created": "2026-01-06"}],
)
def test_any_cell_that_changed_is_a_change(company: Company, cells: dict[str, str]) -> None:
    company.write(deal(1), deal(2))
    company.read()
    company.write(deal(1, **cells), deal(2))
    assert company.read().new_versions == 1


def test_a_new_moment_of_modification_alone_is_no_change(company: Company) -> None:
    company.deals["columns"] = {**COLUMNS, "modified_at": "at"}
    company.write(deal(1, at="2026-02-10T08:00:00Z"))
    company.read()
    company.write(deal(1, at="2026-05-10T08:00:00Z"))
    report = company.read()
    assert (report.skipped, report.new_versions, report.unchanged) == (False, 0, 1)


def test_a_new_deal_is_observed_and_one_of_long_ago_is_a_backfill(company: Company) -> None:
    company.write(deal(1))
    company.read()
    late = (company.now - timedelta(days=35 + 3)).date()  # revises and late_by
    company.write(
        deal(1),
        deal(2, closed=late.isoformat()),
        deal(3, closed=(late - DAY).isoformat()),
        deal(4, stage="Open", closed="", created="2026-05-30"),
        deal(5, stage="Open", closed="", created="2025-05-30"),
    )
    assert company.read().new_versions == 4
    observed = dict(company.versions().select("deal_id", "observed").rows())
    assert observed == {"d1": False, "d2": True, "d3": False, "d4": True, "d5": False}


def test_a_missing_deal_was_deleted(company: Company) -> None:
    company.write(*(deal(n) for n in range(5)))
    company.read()
    company.write(*(deal(n) for n in range(4)))
    report = company.read()
    assert (report.deleted, report.new_versions, report.messages) == (1, 0, ())
    assert version(company, 4)[-1] == (NOW + DAY, True, "won", True)
    assert "d4" in company.known(NOW + DAY - timedelta(seconds=1))
    assert "d4" not in company.known(NOW + DAY)
    company.write(*(deal(n) for n in range(4)), deal(9))
    assert company.read().deleted == 0, "gone once, gone for good"


def test_a_deal_that_comes_back_is_there_again(company: Company) -> None:
    company.write(deal(1), deal(2))
    company.read()
    company.write(deal(1))
    company.read()
    company.write(deal(1), deal(2))
    assert company.read().new_versions == 1
    assert "d2" in company.known(company.now)
    assert [row[3] for row in version(company, 2)] == [False, True, False]


@pytest.mark.parametrize(
    "deals, missing, held", [(20, 10, False), (20, 11, True), (1_000, 20, False), (1_000, 21, True)]
)
def test_when_too_many_vanish_at_once_nothing_is_deleted(
    company: Company, deals: int, missing: int, held: bool
) -> None:
    company.write(*(deal(n) for n in range(deals)))
    company.read()
    company.write(*(deal(n) for n in range(deals - missing)))
    report = company.read()
    assert report.deleted == (0 if held else missing)
    told = f"{missing} of {deals:,} deals are missing all at once, which looks like half an export: they were kept"
    assert [message.split(";")[0] for message in report.messages] == ([told] if held else [])
    company.write(*(deal(n) for n in range(deals)))
    report = company.read()
    assert report.new_versions == (0 if held else missing)


def test_an_export_without_any_deal_deletes_none_however_few_there_are(company: Company) -> None:
    company.write(deal(1), deal(2))
    company.read()
    company.write()
    report = company.read()
    assert report.deleted == 0
    assert report.messages == (
        "there is no deal in it at all; the 2 that are known were kept; judging waits. If it is so, "
        "`leftturn accept 1` ends the wait",
    )


def test_a_deal_that_cannot_be_read_today_is_not_missing(company: Company) -> None:
    company.write(deal(1), deal(2), deal(3))
    company.read()
    company.write(deal(1), deal(2, stage="nonsense"))
    with (company.folder / "deals.csv").open("a") as file:
        file.write("d3,,Acme,2026-01-05\n")
    report = company.read()
    assert (report.quarantined, report.deleted) == (2, 0)
    assert report.messages == (
        "deals.csv: 2 rows set aside (ragged 1, unknown_stage 1); leftturn quarantine shows them",
    )


@pytest.mark.parametrize("files", [3, 4])
def test_rows_set_aside_in_many_files_are_one_sentence(company: Company, files: int) -> None:
    for number in range(files):
        company.write(deal(number), deal(number + 10, stage="nonsense"), file=f"deals-{number}.csv")
    report = company.read()
    assert report.quarantined == files
    if files == 3:
        assert report.messages[0] == (
            "deals-0.csv: 1 row set aside (unknown_stage 1); leftturn quarantine shows it"
        )
        assert len(report.messages) == files
    else:
        assert report.messages == (
            "4 files, deals-0.csv first: 4 rows set aside (unknown_stage 4); leftturn quarantine shows them",
        )
        with company.store.read() as connection:
            told = last_read(connection, "crm")["message"]
        assert told.endswith("; and 1 more of its files")
        assert told.count("set aside") == 3


def test_a_deal_that_is_none_any_more_is_deleted(company: Company) -> None:
    company.write(deal(1), deal(2))
    company.read()
    company.write(deal(1), deal(2, stage="Test"))
    assert company.read().deleted == 1


def test_a_file_that_cannot_be_used_stops_neither_the_others_nor_deletes_anything(company: Company) -> None:
    company.write(deal(1), deal(2), file="deals-a.csv")
    company.write(deal(3), deal(4), file="deals-b.csv")
    company.read()
    (company.folder / "deals-a.csv").write_text("id;created\n")
    company.write(deal(3, stage="Lost"), file="deals-b.csv")
    report = company.read()
    assert (report.new_versions, report.deleted, report.rows_read) == (1, 0, 1)
    assert report.messages == (
        "deals-a.csv:1: looks separated by ';'; set format.delimiter (nothing of the file was used)",
    )
    company.write(deal(1), deal(2), file="deals-a.csv")
    assert company.read().deleted == 1, "now that every file can be read, d4 is gone"


def test_a_file_still_being_written_is_read_at_the_next_turn(company: Company) -> None:
    company.write(deal(1), deal(2))
    whole = (company.folder / "deals.csv").read_bytes()
    (company.folder / "deals.csv").write_bytes(whole[:-20])
    report = company.read()
    assert (report.rows_read, report.new_versions) == (0, 0)
    assert "as if it were still being written" in report.messages[0]
    (company.folder / "deals.csv").write_bytes(whole)
    assert company.read().new_versions == 2
    assert {row[1] for row in version(company, 1)} == {False}, "the first read that could be used is history"


def test_of_a_deal_in_two_files_the_newest_wins(company: Company) -> None:
    company.deals["columns"] = {**COLUMNS, "modified_at": "at"}
    company.write(deal(1, stage="Lost", at="2026-03-01"), deal(2), file="deals-a.csv")
    company.write(deal(1, at="2026-02-01"), deal(2, stage="Lost"), file="deals-b.csv")
    report = company.read()
    assert (report.rows_read, report.accepted, report.duplicates) == (4, 2, 2)
    outcomes = {name: row["outcome"] for name, row in company.known(NOW).items()}
    assert outcomes == {"d1": "lost", "d2": "lost"}, "by its date, else the later file"
    with company.store.read() as connection:
        rows = connection.execute(select(tables.source_read.c.file, tables.source_read.c.accepted)).all()
    assert sorted(map(tuple, rows)) == [("deals-a.csv", 1), ("deals-b.csv", 1)]


def test_an_older_export_changes_nothing_back(company: Company) -> None:
    company.deals["columns"] = {**COLUMNS, "modified_at": "at"}
    company.write(deal(1, at="2026-03-01"), deal(2, at="2026-03-01"))
    company.read()
    company.write(deal(1, at="2026-02-01", stage="Open"))
    report = company.read()
    assert (report.new_versions, report.deleted, report.unchanged) == (0, 0, 1)
    assert report.messages == (
        "an old export: of 1 of its deals a newer state is known; nothing was changed back, and what is missing "
        "in it (1) was kept",
    )


def test_a_clock_that_was_set_back_does_not_turn_the_order_round(company: Company) -> None:
    company.write(deal(1, stage="Open"))
    company.read()
    company.now = NOW - 10 * DAY
    company.write(deal(1))
    company.read()
    company.write(deal(1, stage="Lost"))
    company.now = NOW
    company.read()
    times = [row[0] for row in version(company, 1)]
    assert times == sorted(set(times))
    assert company.known(NOW + DAY)["d1"]["outcome"] == "lost"


def test_rows_set_aside_are_kept_as_they_stand_until_the_next_read(company: Company) -> None:
    def aside() -> list[tuple[Any, ...]]:
        rejected = tables.rejected_row
        with company.store.read() as connection:
            columns = (rejected.c.row, rejected.c.column, rejected.c.reason, rejected.c.raw)
            return [tuple(row) for row in connection.execute(select(*columns).order_by(rejected.c.id))]

    company.write(deal(1), deal(2, stage="Verbal, maybe"))
    company.read()
    raw = 'd2,,Acme,2026-01-05,2026-02-10,10,"Verbal, maybe",Berlin'
    assert aside() == [(3, "stage", "unknown_stage", raw)]
    (company.folder / "deals.csv").write_text("x\n")
    company.read()
    assert aside() == [(3, "stage", "unknown_stage", raw)], "the file at hand says nothing of it"
    company.write(deal(1), deal(2))
    company.read()
    assert aside() == []


def test_a_failure_in_the_middle_leaves_nothing(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    before = company.everything()
    company.write(deal(1))
    monkeypatch.setattr(room, "save_read", fails)
    with pytest.raises(ZeroDivisionError):
        company.read()
    assert company.everything() == before


def test_no_file_is_an_error_and_not_an_empty_company(company: Company) -> None:
    company.write(deal(1))
    company.read()
    (company.folder / "deals.csv").unlink()
    with pytest.raises(ReadError, match="no such file"):
        company.read()
    assert list(company.known(NOW)) == ["d1"]


# The configuration changes


def test_a_stage_that_ops_add_to_the_configuration_mends_history(company: Company) -> None:
    company.write(deal(1), deal(2, stage="Signed", closed="2026-05-30"))
    company.read()
    company.deals["outcome"] = {**STAGES, "won": ["Won", "Signed"]}
    report = company.read()
    assert (report.skipped, report.new_versions, report.unchanged) == (False, 1, 1)
    assert version(company, 2) == [(NOW + DAY, False, "won", False)], "it was there all along"


def test_another_meaning_of_a_stage_is_no_change_of_the_deals(company: Company) -> None:
    company.write(deal(1), deal(2, stage="Lost"))
    company.read()
    company.write(deal(1), deal(2, stage="Won", closed="2026-05-30"))
    company.read()
    company.deals["outcome"] = {**STAGES, "won": ["Lost"], "lost": ["Won"]}
    report = company.read()
    assert version(company, 1) == [(NOW, False, "lost", False)]
    assert [row[1:3] for row in version(company, 2)] == [(False, "lost"), (True, "won"), (True, "lost")]
    assert (report.new_versions, report.unchanged) == (1, 1)


def test_a_column_that_was_never_read_before_is_filled_in_for_the_past(company: Company) -> None:
    company.deals["attributes"] = {}
    company.write(deal(1, stage="Open", closed=""), deal(2))
    company.read()
    company.write(deal(1, closed="2026-05-30"), deal(2))
    company.read()
    company.deals["attributes"] = {"office": "office"}
    company.deals["columns"] = {**COLUMNS, "closed_by": "acct"}
    report = company.read()
    assert (report.new_versions, report.unchanged) == (0, 2)
    told = company.versions().sort("deal_id", "known_at").select("deal_id", "attr:office", "closed_by").rows()
    assert told == [("d1", "Berlin", None), ("d1", "Berlin", "Acme"), ("d2", "Berlin", "Acme")]


def test_rows_that_the_configuration_calls_no_deals_never_were(company: Company) -> None:
    """However many they are: it is not an export that is cut in half."""
    company.write(*(deal(n, office="Berlin" if n % 2 else "Test") for n in range(60)))
    company.read()
    company.deals["where"] = {"office": {"not_in": ["Test"]}}
    report = company.read()
    assert (report.ignored, report.unchanged, report.deleted, report.messages) == (30, 30, 0, ())
    assert company.versions().height == 30
    del company.deals["where"]
    assert company.read().new_versions == 30
    assert set(company.versions()["observed"]) == {False}


def test_deals_that_come_to_be_called_none_are_deleted_however_many(company: Company) -> None:
    company.write(*(deal(n) for n in range(60)))
    company.read()
    company.write(*(deal(n, stage="Won" if n % 2 else "Test") for n in range(60)))
    report = company.read()
    assert (report.ignored, report.deleted, report.messages) == (30, 30, ())


def test_where_and_how_often_a_file_is_read_is_no_other_way_of_reading(company: Company) -> None:
    company.write(deal(1))
    company.read()
    company.deals |= {"every": timedelta(hours=1), "late_by": timedelta(days=5), "revises": timedelta(days=9)}
    assert company.read().skipped


def test_a_new_way_of_reading_waits_for_the_file_that_cannot_be_used_now(company: Company) -> None:
    company.deals["attributes"] = {}
    company.write(deal(1), file="deals-a.csv")
    company.write(deal(2), file="deals-b.csv")
    company.read()
    company.deals["attributes"] = {"office": "office"}
    whole = (company.folder / "deals-b.csv").read_bytes()
    (company.folder / "deals-b.csv").write_bytes(b"")
    assert company.read().new_versions == 0
    (company.folder / "deals-b.csv").write_bytes(whole)
    assert company.read().new_versions == 0
    told = company.versions().sort("deal_id").select("deal_id", "observed", "attr:office").rows()
    assert told == [("d1", False, "Berlin"), ("d2", False, "Berlin")]
    assert company.read().skipped


# Accounts


def account(name: str, sector: str) -> dict[str, str]:
    return {"account": name, "sector": sector}


def test_accounts_are_versioned_and_never_deleted(company: Company) -> None:
    company.write(deal(1), deal(2, acct="Zeta"))
    company.read()
    company.write(account("Acme", "steel"), account("Zeta", "zinc"), file="accounts.csv")
    assert company.read("accounts").new_versions == 2
    company.write(account("Acme", "software"), file="accounts.csv")
    report = company.read("accounts")
    assert (report.new_versions, report.deleted) == (1, 0)
    early, late = company.known(NOW), company.known(company.now)
    assert [early[name]["attr:industry"] for name in ("d1", "d2")] == ["steel", "zinc"]
    assert [late[name]["attr:industry"] for name in ("d1", "d2")] == ["software", "zinc"]


# Every day of a company


@pytest.mark.parametrize("seed", range(3))
def test_each_day_is_known_as_its_export_said(company: Company, seed: int) -> None:
    """Random exports, day after day; each instant, past or present, is replayed as the export of that day."""
    rng = random.Random(seed)
    company.deals["late_by"] = timedelta(0)
    rows: dict[int, dict[str, Any]] = {n: deal(n) for n in range(30)}
    exports: list[tuple[datetime, dict[str, tuple[Any, ...]]]] = []
    for step in range(12):
        for number in rng.sample(sorted(rows), rng.randrange(6)):
            cells = rng.choice(
                ({"stage": "Lost"}, {"office": ""}, {"amount": "7.5"}, {"stage": "Open"}, {"acct": "Z"})
            )
            rows[number] = rows[number] | cells
        for number in rng.sample(sorted(rows), rng.randrange(3)):
            del rows[number]
        for number in range(100 + 3 * step, 100 + 3 * step + rng.randrange(3)):
            rows[number] = deal(number, closed="2026-05-28")
        order = list(rows.values())
        rng.shuffle(order)
        company.write(*order)
        at = company.now
        company.read()
        exports.append((at, {row["id"]: seen(row) for row in rows.values()}))
    for at, export in exports:
        told = {
            name: (
                row["outcome"],
                row["account"],
                None if row["amount"] is None else float(row["amount"]),
                row["attr:office"],
            )
            for name, row in company.known(at).items()
        }
        assert told == export, at


def seen(row: dict[str, Any]) -> tuple[Any, ...]:
    """What an export's row says."""
    return row["stage"].lower(), row["acct"], float(row["amount"]), row["office"] or None


# Reads that are too odd to judge on


def open_holds(company: Company) -> list[tuple[int, str]]:
    with company.store.read() as connection:
        return [(each.run, each.reason) for each in holds.open_holds(connection)]


def accept(company: Company, run: int) -> holds.Hold:
    with company.store.write() as connection:
        return holds.accept(connection, run, company.now)


def test_half_an_export_holds_judging_until_a_whole_one_comes(company: Company) -> None:
    company.write(*(deal(n) for n in range(40)))
    company.read()
    company.write(*(deal(n) for n in range(20)))
    report = company.read()
    assert open_holds(company) == [(1, "vanished")]
    assert report.messages[-1].endswith("`leftturn accept 1` ends the wait")
    company.write(*(deal(n) for n in range(40)))
    company.read()
    assert open_holds(company) == []


def test_what_a_person_accepts_is_deleted_at_the_next_read(company: Company) -> None:
    company.write(*(deal(n) for n in range(40)))
    company.read()
    company.write(*(deal(n) for n in range(20)))
    assert company.read().deleted == 0
    assert accept(company, 1).state == "accepted"
    assert open_holds(company) == []
    assert company.read().deleted == 20
    assert company.read().skipped
    with pytest.raises(holds.NoSuchHoldError, match="there is no open hold 1; none is open"):
        accept(company, 1)


def test_what_was_accepted_is_that_export_and_no_other(company: Company) -> None:
    company.write(*(deal(n) for n in range(40)))
    company.read()
    company.write(*(deal(n) for n in range(20)))
    company.read()
    accept(company, 1)
    company.write(*(deal(n) for n in range(5)))
    assert company.read().deleted == 0
    assert open_holds(company) == [(1, "vanished")]


def test_a_snapshot_of_a_tenth_of_the_rows_holds_as_long_as_it_lasts(company: Company) -> None:
    accounts = [{"account": f"a{n}", "sector": "steel"} for n in range(200)]
    company.write(*accounts, file="accounts.csv")
    company.read("accounts")
    for few in (20, 19):
        company.write(*accounts[:few], file="accounts.csv")
        company.read("accounts")
        assert open_holds(company) == [(1, "rows_fell")]
    accept(company, 1)
    company.read("accounts")
    assert open_holds(company) == []
    assert company.read("accounts").skipped


def test_a_source_that_goes_stale_tenfold_holds(company: Company) -> None:
    for n in range(6):
        day = (company.now - DAY).date().isoformat()
        company.write(*(deal(k) for k in range(3)), deal(10 + n, created=day, closed=day))
        company.read()
        assert open_holds(company) == []
    company.now += 12 * DAY
    company.write(
        *(deal(k) for k in range(3)), deal(15, created=day, closed=day), *(deal(20 + k) for k in range(6))
    )
    company.read()
    assert "freshness_fell" in [reason for _, reason in open_holds(company)]


# Files that cannot be used


def test_a_file_refused_for_good_is_not_read_again_until_it_changes(company: Company) -> None:
    (company.folder / "deals.csv").write_text("id;at\n1;2\n")
    first = company.read()
    assert (first.skipped, first.again) == (False, False)
    assert company.read().skipped
    company.write(deal(1))
    assert company.read().accepted == 1


def test_a_file_that_stays_unusable_leaves_one_row(company: Company) -> None:
    company.write(deal(1))
    whole = (company.folder / "deals.csv").read_bytes()
    (company.folder / "deals.csv").write_bytes(whole[:-20])
    for _ in range(3):
        assert company.read().again
    with company.store.read() as connection:
        assert len(connection.execute(select(tables.source_read)).all()) == 1
