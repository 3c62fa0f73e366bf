"""The CRMs as sources, walked into a real store: everything, changes, deletions, faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from crm_servers import Crm, FakeHubSpot, FakeSalesforce, Fault, serving, to
from pydantic import SecretStr
from source_files import WRITE
from sqlalchemy import select

from config import Settings
from config.document import parse
from config.load import judge
from config.settings import Company, Source
from config.settings_crm import CrmLogin
from monitor import ingest as ingesting
from monitor.sources import SOURCES, ReadError
from monitor.sources.hubspot_source import HubSpotSource
from monitor.sources.salesforce_source import SalesforceSource
from monitor.store import Store, tables
from monitor.types import DEAL_COLUMNS

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
COMPANY = Company(name="Acme", timezone="America/New_York", currency="USD")
CONFIG = {
    "hubspot": """
company: {name: Acme, timezone: America/New_York, currency: USD}
sources:
  - name: crm
    type: hubspot
    url: ADDRESS
    login: {token_env: TOKEN}
    columns: {owner: hubspot_owner_id, created_at: createdate, closed_at: closedate, amount: amount,
      pipeline: pipeline}
    attributes: {industry: company.industry}
    outcome: {column: dealstage, won: [Closed won], lost: [Closed lost], open: [Talking]}
people: [{email: ceo@acme.example}]
""",
    "salesforce": """
company: {name: Acme, timezone: America/New_York, currency: USD}
sources:
  - name: crm
    type: salesforce
    url: https://acme.my.salesforce.com
    login: {client_id_env: TOKEN, client_secret_env: TOKEN}
    columns: {owner: OwnerId, created_at: CreatedDate, closed_at: CloseDate, amount: Amount, pipeline: RecordTypeId}
    attributes: {industry: Account.Industry}
    outcome: {column: StageName, won: [Closed won], lost: [Closed lost], open: [Talking]}
people: [{email: ceo@acme.example}]
""",
}


@dataclass
class Place:
    """A CRM with a few deals, how to change them, and the settings that read it."""

    kind: str
    crm: Any
    settings: Settings

    def put(self, number: int, at: datetime, *, stage: str = "Talking", amount: str = "100") -> None:
        if self.kind == "hubspot":
            ids = {"Closed won": "closedwon", "Closed lost": "closedlost", "Talking": "open1"}
            told = {"dealstage": ids[stage], "pipeline": "default", "hubspot_owner_id": "9", "amount": amount}
            days = {"createdate": "2026-01-05T15:00:00Z", "closedate": "2026-02-10T15:00:00.123Z"}
            self.crm.put(number, at.isoformat().replace("+00:00", "Z"), **told, **days)
            self.crm.linked[str(number)] = "c1"
        else:
            stamp = f"{at:%Y-%m-%dT%H:%M:%S.000+0000}"
            self.crm.put(
                self.id(number),
                stamp,
                StageName=stage,
                Amount=float(amount),
                OwnerId="rep@acme.example",
                RecordTypeId="Sales",
                CreatedDate="2026-01-05T15:00:00.000+0000",
                CloseDate="2026-02-10",
                Account={"attributes": {}, "Industry": "Energy"},
            )

    def delete(self, number: int, at: datetime) -> None:
        if self.kind == "hubspot":
            self.crm.archive(number, at.isoformat())
        else:
            record = self.crm.records[self.id(number)]
            record |= {"IsDeleted": True, "SystemModstamp": f"{at:%Y-%m-%dT%H:%M:%S.000+0000}"}

    def id(self, number: int) -> str:
        return str(number) if self.kind == "hubspot" else f"006{number:012d}AAA"

    @property
    def source(self) -> Source:
        return self.settings.sources[0]


@pytest.fixture(params=["hubspot", "salesforce"])
def place(request: pytest.FixtureRequest, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    crm: Crm = FakeHubSpot() if request.param == "hubspot" else FakeSalesforce(page=4)
    if isinstance(crm, FakeHubSpot):
        crm.companies = {"c1": {"industry": "Energy"}}
    else:
        crm.fields["Opportunity"] += [
            {"name": name} for name in ("OwnerId", "RecordTypeId", "CreatedDate", "CloseDate")
        ]
    with ExitStack() as stack:
        address = stack.enter_context(serving(crm))
        text = CONFIG[request.param].replace("ADDRESS", address)
        settings = judge(parse(text, "leftturn.yaml"), tmp_path / "leftturn.yaml", {"TOKEN": crm.token})
        clock = lambda: START  # noqa: E731

        def hubspot(*arguments: Any) -> HubSpotSource:
            return HubSpotSource(*arguments, pause=lambda _: None, now=clock)

        def salesforce(*arguments: Any) -> SalesforceSource:
            return SalesforceSource(*arguments, session=to(address), poll_seconds=0.0, now=clock)

        made: dict[str, Callable[..., Any]] = {"hubspot": hubspot, "salesforce": salesforce}
        monkeypatch.setitem(ingesting.SOURCES, request.param, made[request.param])
        monkeypatch.setattr(made[request.param], "keeps_mark", True, raising=False)
        yield Place(kind=request.param, crm=crm, settings=settings)


def read(store: Store, place: Place, now: datetime) -> Any:
    with store.write() as connection:
        return ingesting.ingest(connection, place.settings, place.source, now=now)


def deals(store: Store) -> dict[str, dict[str, Any]]:
    """The newest version of every deal."""
    with store.read() as connection:
        deal = tables.deal_version
        rows = connection.execute(select(deal).order_by(deal.c.known_at)).mappings()
        return {row["deal_id"]: dict(row) for row in rows}


def fill(place: Place, count: int) -> None:
    for number in range(1, count + 1):
        place.put(number, START + number * HOUR, stage="Closed won" if number % 2 else "Talking")


def test_every_kind_of_source_is_either_written_to_a_file_or_a_crm() -> None:
    assert set(SOURCES) == {*WRITE, "hubspot", "salesforce"}


def test_a_first_read_takes_everything_as_deals_in_the_fixed_columns(place: Place, store: Store) -> None:
    fill(place, 10)
    report = read(store, place, START + 12 * HOUR)
    assert (report.rows_read, report.accepted, report.quarantined) == (10, 10, 0), report.messages
    deal = deals(store)[place.id(1)]
    assert (deal["outcome"], deal["amount"], deal["owner"]) == ("won", 100, "rep@acme.example")
    assert (str(deal["created_on"]), str(deal["closed_on"])) == ("2026-01-05", "2026-02-10")
    assert (deal["attributes"], deal["pipeline"]) == ({"industry": "Energy"}, "Sales")
    assert not deal["observed"], "a first load is history"


def test_the_columns_of_a_page_are_the_deals_columns(place: Place) -> None:
    fill(place, 3)
    reader = ingesting.SOURCES[place.kind](place.source, COMPANY, {})
    pages = list(reader.read(lambda _: False))
    assert dict(pages[0].deals.schema) == {
        **DEAL_COLUMNS,
        "attr:industry": pages[0].deals["attr:industry"].dtype,
    }
    assert sum(page.rows_read for page in pages) == 3
    assert list(reader.read(lambda _: True)) == []


def test_only_what_changed_is_read_after_and_what_was_deleted_is_gone(place: Place, store: Store) -> None:
    fill(place, 10)
    read(store, place, START + 12 * HOUR)
    later = START + 20 * HOUR
    place.put(2, later, stage="Closed lost")
    place.put(11, later)
    place.delete(4, later)
    report = read(store, place, later + HOUR)
    assert report.rows_read == 5, "three changes, and two of the hour before the mark"
    assert report.new_versions == 3
    known = deals(store)
    assert known[place.id(2)]["outcome"] == "lost"
    assert known[place.id(4)]["deleted"]
    assert place.id(11) in known
    assert not known[place.id(1)]["deleted"], "what is not among the changes is not missing"
    again = read(store, place, later + 2 * HOUR)
    assert (again.new_versions, again.deleted) == (0, 0)


def test_a_weekly_comparison_finds_what_vanished_without_a_trace(place: Place, store: Store) -> None:
    fill(place, 10)
    read(store, place, START + 12 * HOUR)
    records = place.crm.deals if place.kind == "hubspot" else place.crm.records
    del records[place.id(3)]
    assert read(store, place, START + 29 * HOUR).deleted == 0
    assert read(store, place, START + timedelta(days=8)).deleted == 1


def test_changes_go_on_from_the_page_before_a_fault(place: Place, store: Store, monkeypatch: Any) -> None:
    from monitor.sources import hubspot_api

    monkeypatch.setattr(hubspot_api, "PAGE", 4)
    fill(place, 3)
    read(store, place, START + 12 * HOUR)
    for number in range(20, 32):
        place.put(number, START + 20 * HOUR + number * HOUR / 60)
    place.crm.faults.append(Fault("search|query/c", "half", after=1))
    report = read(store, place, START + 24 * HOUR)
    assert report.again
    assert any("is read in part" in message for message in report.messages)
    some = len(deals(store))
    assert 3 < some < 15
    read(store, place, START + 25 * HOUR)
    assert len(deals(store)) == 15


def test_a_crm_that_cannot_be_reached_is_an_error_without_a_secret(place: Place, store: Store) -> None:
    place.crm.token = "another"
    place.crm.faults.append(Fault("oauth2|properties|search", "expired", times=9))
    with pytest.raises(ReadError) as caught:
        read(store, place, START)
    assert "token-1" not in str(caught.value)


def test_a_column_that_is_not_there_is_named_with_the_nearest(place: Place, store: Store) -> None:
    fill(place, 1)
    columns = {**place.source.columns, "amount": "amonut" if place.kind == "hubspot" else "Amonut"}
    source = place.source.model_copy(update={"columns": columns})
    (found,) = ingesting.SOURCES[place.kind](source, COMPANY, {}).read(lambda _: False)
    assert found.rejected_file is not None
    assert "there is no column '" in found.rejected_file
    assert "did you mean" in found.rejected_file


def test_a_row_that_is_no_deal_is_set_aside_and_the_sum_holds(place: Place, store: Store) -> None:
    fill(place, 5)
    record = place.crm.deals["3"] if place.kind == "hubspot" else place.crm.records[place.id(3)]
    record |= {"dealstage": "unheard"} if place.kind == "hubspot" else {"StageName": "Unheard"}
    report = read(store, place, START + 12 * HOUR)
    assert (report.rows_read, report.accepted, report.quarantined) == (5, 4, 1)


def test_the_history_of_stages_is_read_beside_the_deals(place: Place) -> None:
    fill(place, 2)
    place.crm.history = (
        {"1": {"dealstage": [{"value": "closedwon", "timestamp": "2026-02-10T15:00:00Z"}]}}
        if place.kind == "hubspot"
        else [
            {
                "OpportunityId": place.id(1),
                "Field": "StageName",
                "NewValue": "Closed won",
                "CreatedDate": "2026-02-10T15:00:00.000+0000",
            }
        ]
    )
    source = place.source.model_copy(
        update={
            "role": "history",
            "columns": {"deal_id": "id", "stage": "value", "changed_at": "at"},
            "outcome": None,
            "attributes": {},
        }
    )
    (page,) = ingesting.SOURCES[place.kind](source, COMPANY, {}).read(lambda _: False)
    (row,) = page.deals.iter_rows(named=True)
    assert (row["deal_id"], row["stage"]) == (place.id(1), "Closed won")
    assert row["changed_at"] == datetime(2026, 2, 10, 15, tzinfo=UTC)


def test_secrets_of_a_login_are_in_no_output() -> None:
    login = CrmLogin(token_env="TOKEN").model_copy(update={"token": SecretStr("canary")})
    assert "canary" not in f"{login!r} {login.model_dump_json()}"
