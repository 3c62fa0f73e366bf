"""Erasing a customer or a person: gone from everywhere, and nothing that is counted changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from config.settings import Settings
from monitor.ingest import ingest
from monitor.store import Store, tables
from monitor.store.deals import as_known, load_history
from monitor.store.forgetting import forget

NOW = datetime(2026, 6, 1, 6, tzinfo=UTC)


@pytest.fixture
def filled(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr("monitor.sources.landing.FRESH", 0.0)
    (tmp_path / "deals.csv").write_text(
        "id,acct,owner,closed,stage\nd1,Initech,Ann Lee,2026-02-10,Won\nd2,Initech,Bob,2026-02-10,Lost\n"
        "d3,Acme,Ann Lee,2026-02-10,Won\nd4,Initech,Ann Lee,never,Won\n"
    )
    (tmp_path / "accounts.csv").write_text("acct,sector\nInitech,software\nAcme,steel\n")
    columns = {"deal_id": "id", "account": "acct", "owner": "owner", "closed_at": "closed"}
    deals = {
        "name": "crm",
        "path": str(tmp_path / "deals.csv"),
        "columns": columns,
        "outcome": {"column": "stage", "won": ["Won"], "lost": ["Lost"]},
    }
    accounts = {
        "name": "accounts",
        "role": "accounts",
        "path": str(tmp_path / "accounts.csv"),
        "key": "acct",
        "attributes": {"industry": "sector"},
    }
    company = {"name": "Acme", "timezone": "UTC", "currency": "USD"}
    settings = Settings.model_validate({"company": company, "sources": [deals, accounts]})
    with store.write() as connection:
        for source in settings.sources:
            ingest(connection, settings, source, now=NOW)
        mail: dict[str, Any] = dict.fromkeys(("kind", "reason", "sender", "recipient"), "x")
        mail |= {"seq": 0, "state": "sent", "content": b"Initech", "attempts": 1, "created_at": NOW}
        connection.execute(
            insert(tables.notice),
            [
                {**mail, "message_id": "<1>", "subject": "x", "view": {"lines": ["deal of Initech"]}},
                {
                    **mail,
                    "message_id": "<2>",
                    "subject": "x",
                    "view": {"lines": ["deal of Acme"]},
                    "content": b"Acme",
                },
            ],
        )
    return store


def everything(store: Store) -> str:
    with store.read() as connection:
        return "".join(
            repr(connection.execute(select(table)).all()) for table in tables.metadata.sorted_tables
        )


def counted(store: Store) -> list[tuple[Any, ...]]:
    with store.read() as connection:
        versions, accounts = load_history(connection)
    known = as_known(versions, accounts, NOW + timedelta(days=1), {"crm": timedelta(0)}, "UTC")
    return known.sort("deal_id").select("deal_id", "outcome", "closed_on").rows()


def test_a_customer_is_gone_from_everywhere(filled: Store) -> None:
    before = counted(filled)
    with filled.write() as connection:
        found = forget(connection, "account", "Initech")
    assert (found.versions, found.attributes, found.set_aside, found.mails, found.waiting) == (2, 1, 1, 1, 0)
    assert "Initech" not in everything(filled)
    assert "Acme" in everything(filled)
    assert counted(filled) == before


def test_a_person_is_gone_and_the_deals_stay_together(filled: Store) -> None:
    with filled.write() as connection:
        assert forget(connection, "owner", "Ann Lee").versions == 2
    assert "Ann Lee" not in everything(filled)
    with filled.read() as connection:
        owners = load_history(connection)[0].sort("deal_id")["owner"].to_list()
    assert owners[0] == owners[2] != owners[1] == "Bob"


def test_counting_erases_nothing(filled: Store) -> None:
    before = everything(filled)
    with filled.write() as connection:
        assert forget(connection, "account", "Initech", only_count=True).versions == 2
        assert forget(connection, "account", "Nobody", only_count=True).nothing
    assert everything(filled) == before
