"""What stands beside deals: their lines, added up, and the history of their stages, as observed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from monitor.ingest import IngestReport, ingest
from monitor.store import Store
from monitor.store.deals import as_known, load_history, load_versions

NOW = datetime(2026, 6, 1, 6, tzinfo=UTC)
DEALS = {
    "name": "crm",
    "columns": {"deal_id": "id", "order": "order", "created_at": "created", "closed_at": "closed"},
    "outcome": {"column": "stage", "won": ["Won"], "lost": ["Lost"], "open": ["Open", "Offer"]},
}
LINES = {
    "name": "lines",
    "role": "lines",
    "columns": {"deal_id": "of", "amount": "paid", "list_amount": "list", "quantity": "n"},
    "attributes": {"product": "sku"},
}
HISTORY = {
    "name": "stages",
    "role": "history",
    "columns": {"deal_id": "id", "stage": "to", "changed_at": "at"},
}


class Company:
    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store, self.now = folder, store, NOW

    def settings(self) -> Settings:
        sources: list[dict[str, Any]] = [
            {**DEALS, "path": str(self.folder / "deals.csv")},
            {**LINES, "path": str(self.folder / "lines.csv")},
            {**HISTORY, "path": str(self.folder / "stages.csv")},
        ]
        company = {"name": "Acme", "timezone": "UTC", "currency": "USD"}
        return Settings.model_validate({"company": company, "sources": sources})

    def read(self, name: str, text: str | None = None) -> IngestReport:
        settings = self.settings()
        (source,) = (each for each in settings.sources if each.name == name)
        if text is not None:
            Path(str(source.path)).write_text(text)
        with self.store.write() as connection:
            report = ingest(connection, settings, source, now=self.now)
        self.now += timedelta(days=1)
        return report

    def known(self, at: datetime) -> dict[str, dict[str, Any]]:
        settings = self.settings()
        with self.store.read() as connection:
            versions, accounts = load_history(connection)
            lines = load_versions(connection, "lines")
        late = {source.name: source.late_by for source in settings.sources}
        told = as_known(versions, accounts, at, late, "UTC", lines)
        return {row["deal_id"]: row for row in told.iter_rows(named=True)}


@pytest.fixture
def company(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setattr("monitor.sources.landing.FRESH", 0.0)
    company = Company(tmp_path, store)
    company.read(
        "crm",
        "id,order,created,closed,stage\n"
        "d1,o1,2026-01-05,2026-02-10,Won\n"
        "d2,o2,2026-01-05,2026-02-10,Won\n"
        "d3,o2,2026-01-05,2026-02-10,Lost\n"
        "d4,,2026-01-05,2026-09-01,Open\n",
    )
    return company


def test_lines_are_added_up_and_fill_what_a_deal_lacks(company: Company) -> None:
    report = company.read(
        "lines",
        "of,paid,list,n,sku\nd1,80,100,2,bolt\nd1,300,400,1,crane\nd4,5,5,1,nut\no2,9,9,1,shared\n",
    )
    assert (report.rows_read, report.accepted, report.new_versions) == (4, 4, 3)
    known = company.known(company.now)
    assert (float(known["d1"]["amount"]), float(known["d1"]["list_amount"]), known["d1"]["quantity"]) == (
        380,
        500,
        3,
    )
    assert known["d1"]["attr:product"] == "crane", "what the largest line is"
    assert (known["d2"]["amount"], known["d2"]["attr:product"]) == (None, "shared"), (
        "an order of two deals is neither's"
    )
    assert (known["d4"]["amount"], known["d4"]["attr:product"]) == (None, "nut"), (
        "an open deal has no price yet"
    )


def test_a_line_that_changes_is_known_from_then_on(company: Company) -> None:
    company.read("lines", "of,paid,list,n,sku\nd1,80,100,2,bolt\n")
    before = company.now
    company.read("lines", "of,paid,list,n,sku\nd1,80,100,2,bolt\nd1,20,100,1,bolt\n")
    assert float(company.known(before - timedelta(hours=1))["d1"]["amount"]) == 80
    assert float(company.known(company.now)["d1"]["amount"]) == 100
    assert company.read("lines").skipped


def test_half_a_list_price_is_none(company: Company) -> None:
    company.read("lines", "of,paid,list,n,sku\nd1,80,100,2,bolt\nd1,20,,1,bolt\n")
    assert company.known(company.now)["d1"]["list_amount"] is None


def test_a_stage_is_known_from_the_instant_it_was_set(company: Company) -> None:
    set_at = datetime(2026, 2, 20, 15, tzinfo=UTC)
    report = company.read(
        "stages",
        "id,to,at\nd1,Open,2026-01-05T09:00:00Z\nd1,Offer,2026-01-20T09:00:00Z\nd1,Won,2026-02-20T15:00:00Z\n",
    )
    assert report.new_versions == 3
    minute = timedelta(minutes=1)
    assert company.known(set_at - minute)["d1"]["stage"] == "Offer"
    assert company.known(set_at - minute)["d1"]["outcome"] == "open", (
        "though its closing day is ten days past"
    )
    assert company.known(set_at + minute)["d1"]["outcome"] == "won"
    assert str(company.known(set_at + minute)["d1"]["closed_on"]) == "2026-02-10"
    assert company.read("crm").skipped
    assert company.read("stages").skipped


def test_what_the_history_added_is_not_added_again(company: Company) -> None:
    text = "id,to,at\nd1,Open,2026-01-05T09:00:00Z\nd1,Won,2026-02-20T15:00:00Z\n"
    company.read("stages", text)
    assert company.read("stages", text + "d3,Lost,2026-02-11T15:00:00Z\n").new_versions == 1


def test_a_history_of_deals_that_are_not_there_yet_is_read_again(company: Company) -> None:
    report = company.read("stages", "id,to,at\nd9,Won,2026-02-20T15:00:00Z\n")
    assert (report.new_versions, report.again) == (0, True)
    assert "1 changes are of deals that are not known yet" in report.messages[-1]
    assert not company.read("stages").skipped
