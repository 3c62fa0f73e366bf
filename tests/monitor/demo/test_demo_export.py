"""The files of the demo company: readable, messy as real ones are, and the truth beside them."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from config import load
from monitor.demo.company import Planted
from monitor.demo.export import write_company


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def planted(folder: Path) -> Planted:
    return write_company(folder, seed=1)


@pytest.fixture(scope="module")
def rows(folder: Path, planted: Planted) -> list[list[str]]:
    with (folder / "deals.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_same_seed_writes_the_same_bytes(folder: Path, planted: Planted, tmp_path: Path) -> None:
    write_company(tmp_path / "new" / "folder", seed=1)
    for name in ("deals.csv", "accounts.csv", "leftturn.yaml", "planted.json"):
        assert (tmp_path / "new" / "folder" / name).read_bytes() == (folder / name).read_bytes()


def test_the_configuration_is_one_the_product_accepts_without_a_remark(
    folder: Path, planted: Planted
) -> None:
    settings = load(folder / "leftturn.yaml", {})
    assert settings.warnings == ()
    assert set(settings.metrics) == {"win_rate", "fit_mix", "volume", "discount"}
    assert [segment.by for segment in settings.segments] == ["region", "product"]


def test_the_configuration_names_only_columns_that_the_files_have(
    folder: Path, planted: Planted, rows: list[list[str]]
) -> None:
    settings = load(folder / "leftturn.yaml", {})
    headers = {
        "crm": rows[0],
        "accounts": (folder / "accounts.csv").read_text(encoding="utf-8").splitlines()[0].split(","),
    }
    for source in settings.sources:
        named = {*source.columns.values(), *source.attributes.values()} | ({source.key} - {None})
        assert named <= set(headers[source.name])


def test_what_was_planted_is_returned_and_written_for_machines(folder: Path, planted: Planted) -> None:
    drift, shift = planted.changes
    assert (drift.verdict, drift.size, drift.begins, drift.ends) == (
        "focus_drift",
        -0.16,
        date(2025, 2, 24),
        date(2025, 8, 10),
    )
    assert (shift.verdict, shift.size, shift.begins, shift.ends) == (
        "market_shift",
        -0.12,
        date(2025, 12, 29),
        None,
    )
    written = json.loads((folder / "planted.json").read_text(encoding="utf-8"))
    assert written["changes"][1]["begins"] == "2025-12-29"
    assert written["seed"] == 1


def test_a_plain_company_has_nothing_planted(tmp_path: Path) -> None:
    assert write_company(tmp_path, seed=1, drift=0, shift=0).changes == ()


def test_labels_of_stage_and_product_come_in_several_spellings(rows: list[list[str]]) -> None:
    stage, product = rows[0].index("deal_stage"), rows[0].index("product")
    whole = [row for row in rows[1:] if len(row) == len(rows[0])]
    for column, known in ((stage, 7), (product, 4)):
        spellings = {row[column] for row in whole}
        assert len(spellings) > known
        assert len({label.strip().casefold() for label in spellings}) == known


def test_the_spoilt_rows_are_there_and_counted(rows: list[list[str]], planted: Planted) -> None:
    header = rows[0]
    deals = [dict(zip(header, row, strict=False)) for row in rows[1:]]
    ids = [deal["opportunity_id"] for deal in deals]
    again = planted.spoilt["repeated row"] + planted.spoilt["older version of a deal"]
    assert sum(len(row) != len(header) for row in rows) == planted.spoilt["ragged line"] == 1
    assert len(ids) - len(set(ids)) == again + planted.spoilt["ragged line"]
    assert len(rows) - len({tuple(row) for row in rows}) == planted.spoilt["repeated row"]
    assert sum(d["deal_stage"].strip().casefold() == "won" and not d["close_date"] for d in deals) == 1
    assert sum(d["deal_stage"] == "Verbal commit" for d in deals) == 1
    assert sum(d.get("close_value", "").startswith("-") for d in deals) == 1
    assert sum(d["created_on"] == "2025-02-30" for d in deals) == 1


def test_older_versions_of_a_deal_were_modified_before_the_newest(rows: list[list[str]]) -> None:
    whole = [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if len(row) == len(rows[0])]
    newest: dict[str, str] = {}
    for deal in whole:
        key = deal["opportunity_id"]
        newest[key] = max(newest.get(key, ""), deal["last_modified"])
    older = [deal for deal in whole if deal["last_modified"] < newest[deal["opportunity_id"]]]
    assert older
    assert {deal["deal_stage"] for deal in older} == {"Engaging"}


def test_a_few_accounts_are_missing_and_a_few_have_no_size(folder: Path, rows: list[list[str]]) -> None:
    with (folder / "accounts.csv").open(encoding="utf-8", newline="") as file:
        accounts = list(csv.DictReader(file))
    sold_to = {row[rows[0].index("account")] for row in rows[1:]}
    assert len(sold_to - {account["account"] for account in accounts}) == 6
    assert sum(account["employees"] == "" for account in accounts) == 12


def test_edits_after_the_closing_day_are_common_and_never_before_it(rows: list[list[str]]) -> None:
    header = rows[0]
    closed = [dict(zip(header, row, strict=True)) for row in rows[1:] if len(row) == len(header) and row[10]]
    late = [deal for deal in closed if deal["last_modified"][:10] > deal["close_date"]]
    assert 0.08 < len(late) / len(closed) < 0.2
    assert not [deal for deal in closed if deal["last_modified"][:10] < deal["close_date"]]
