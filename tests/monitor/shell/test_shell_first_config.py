"""`leftturn init`: what CRM exports look like is understood, what is not known is said, and the result loads."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import write_workbook

from config import Settings, load
from monitor.cli import exit_code
from monitor.first_config import draft, read_table
from monitor.first_config.write import listing, scalar

SALESFORCE = """\
Opportunity ID,Account Name,Opportunity Owner,Created Date,Close Date,Stage,Amount,Type,Region,Lost Reason__c
006A,Acme,Ann,1/14/2026,3/2/2026,Closed Won,1200.50,New Business,EMEA,
006B,Betas,Bob,1/15/2026,3/13/2026,Closed Lost,0,Existing Business,AMER,Price
006C,Acme,Ann,1/16/2026,3/4/2026,Closed Won,900.00,New Business,EMEA,
006D,Cody,Ann,1/17/2026,,Negotiation,500.00,Renewal,AMER,
006E,Cody,Ann,1/17/2026,3/5/2026,Closed Lost - No Decision,500.00,New Business,AMER,
"""
HUBSPOT = """Record ID,Deal Name,Deal Stage,Close Date,Create Date,Amount,Deal owner,Associated Company,Pipeline
101,Big one,closedwon,2026-03-02 10:00,2026-01-02 09:00,1200,Ann,Acme,Sales
102,Small one,closedlost,2026-03-03 10:00,2026-01-03 09:00,100,Bob,Betas,Sales
103,Next one,presentation,2026-04-03 10:00,2026-01-04 09:00,100,Bob,Betas,Partners
"""
PIPEDRIVE = """\
Deal - ID;Deal - Title;Deal - Status;Deal - Organization;Deal - Value;Deal - Deal created;Deal - Deal closed on;\
Deal - Owner
1;Eins;Won;Müller;1.200,50;14.01.2026;02.03.2026;Ann
2;Zwei;Lost;Maier;900,00;15.01.2026;03.03.2026;Bob
3;Drei;Open;Müller;10,00;16.01.2026;;Bob
"""
DYNAMICS = """opportunityid,customerid,ownerid,createdon,actualclosedate,statecode,actualvalue,transactioncurrencyid
a-1,Acme,Ann,2026-01-02T10:00:00Z,2026-03-02,Won,1200,EUR
a-2,Betas,Bob,2026-01-03T10:00:00Z,2026-03-03,Lost,0,EUR
a-3,Betas,Bob,2026-01-03T10:00:00Z,,Open,0,EUR
"""
ACCOUNTS = """Account Name,Industry,Employees,Phone
Acme,software,120,111
Betas,finance,4500,222
Cody,software,77,333
Dana,finance,12,444
"""


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def first(folder: Path, **files: str) -> tuple[str, Settings]:
    """What `init` writes for the files, and the settings in it."""
    paths = [str(written(folder, f"{name}.csv", text)) for name, text in files.items()]
    out = folder / "leftturn.yaml"
    assert exit_code(["init", *paths, "--out", str(out), "-q"]) == 0
    return out.read_text(), load(out, environ={})


@pytest.mark.parametrize(
    ("export", "columns", "stage"),
    [
        (
            SALESFORCE,
            {
                "deal_id": "Opportunity ID",
                "account": "Account Name",
                "owner": "Opportunity Owner",
                "created_at": "Created Date",
                "closed_at": "Close Date",
                "amount": "Amount",
                "motion": "Type",
                "loss_reason": "Lost Reason__c",
            },
            "Stage",
        ),
        (
            HUBSPOT,
            {
                "deal_id": "Record ID",
                "account": "Associated Company",
                "owner": "Deal owner",
                "created_at": "Create Date",
                "closed_at": "Close Date",
                "amount": "Amount",
                "pipeline": "Pipeline",
            },
            "Deal Stage",
        ),
        (
            PIPEDRIVE,
            {
                "deal_id": "Deal - ID",
                "account": "Deal - Organization",
                "owner": "Deal - Owner",
                "created_at": "Deal - Deal created",
                "closed_at": "Deal - Deal closed on",
                "amount": "Deal - Value",
            },
            "Deal - Status",
        ),
        (
            DYNAMICS,
            {
                "deal_id": "opportunityid",
                "account": "customerid",
                "owner": "ownerid",
                "created_at": "createdon",
                "closed_at": "actualclosedate",
                "amount": "actualvalue",
                "currency": "transactioncurrencyid",
            },
            "statecode",
        ),
    ],
    ids=["salesforce", "hubspot", "pipedrive", "dynamics"],
)
def test_the_exports_of_the_usual_systems_are_understood_and_load(
    tmp_path: Path, export: str, columns: dict[str, str], stage: str
) -> None:
    _, settings = first(tmp_path, deals=export)
    assert dict(settings.sources[0].columns) == columns
    assert settings.sources[0].outcome is not None
    assert settings.sources[0].outcome.column == stage


def test_stages_are_classed_by_their_words_and_their_counts_said(tmp_path: Path) -> None:
    text, settings = first(tmp_path, deals=SALESFORCE)
    outcome = settings.sources[0].outcome
    assert outcome is not None
    assert outcome.won == ("Closed Won",)
    assert outcome.lost == ("Closed Lost",)
    assert outcome.no_decision == ("Closed Lost - No Decision",)
    assert outcome.open == ("Negotiation",)
    assert "# Closed Won 2" in text


def test_types_of_deals_become_motions(tmp_path: Path) -> None:
    _, settings = first(tmp_path, deals=SALESFORCE)
    assert dict(settings.motions) == {
        "new": ("New Business",),
        "expansion": ("Existing Business",),
        "renewal": ("Renewal",),
    }


@pytest.mark.parametrize(
    ("days", "order", "sure"),
    [
        (("14/01/2026", "02/03/2026"), "day_first", True),
        (("01/14/2026", "02/03/2026"), "month_first", True),
        (("2026-01-14", "2026-03-02"), "iso", True),
        (("01/02/2026", "03/04/2026"), "month_first", False),
    ],
)
def test_a_value_over_twelve_tells_the_day_and_without_one_it_is_said(
    tmp_path: Path, days: tuple[str, str], order: str, sure: bool
) -> None:
    rows = f"id,stage,close date\n1,won,{days[0]}\n2,lost,{days[1]}\n"
    text, settings = first(tmp_path, deals=rows)
    assert settings.sources[0].format.dates == order
    assert ("AMBIGUOUS" in text) is not sure


def test_a_european_export_is_read_with_its_delimiter_decimal_comma_and_dotted_days(tmp_path: Path) -> None:
    _, settings = first(tmp_path, deals=PIPEDRIVE)
    read = settings.sources[0].format
    assert (read.delimiter, read.decimal, read.dates) == (";", ",", "day_first")


def test_the_encoding_of_an_old_spreadsheet_is_recognised(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, "old.csv", PIPEDRIVE, "cp1252")).encoding == "cp1252"
    assert read_table(written(tmp_path, "new.csv", PIPEDRIVE, "utf-8-sig")).encoding == "utf-8"


def test_accounts_are_joined_and_their_numbers_kept_but_no_phone(tmp_path: Path) -> None:
    _, settings = first(tmp_path, accounts=ACCOUNTS, deals=SALESFORCE)
    deals, accounts = settings.sources
    assert (deals.role, accounts.role, accounts.key) == ("deals", "accounts", "Account Name")
    assert dict(accounts.attributes) == {"industry": "Industry", "employees": "Employees"}


def test_a_list_of_numbered_products_is_not_taken_for_the_accounts(tmp_path: Path) -> None:
    deals = "id,customer_id,stage,close date\n" + "".join(
        f"{n},{n % 5},{'won' if n % 2 else 'lost'},2026-01-{n + 10}\n" for n in range(15)
    )
    products = "product,colour\n" + "".join(f"{n},{'red' if n % 2 else 'blue'}\n" for n in range(9))
    text, settings = first(tmp_path, deals=deals, products=products)
    assert [source.role for source in settings.sources] == ["deals"]
    assert "# products.csv is not used" in text


def test_what_wins_more_often_is_proposed_as_a_comment_and_not_set(tmp_path: Path) -> None:
    rows = "id,stage,close date,industry\n"
    for n in range(400):
        won = n % 4 == 0 if n % 2 else n % 4 != 0 or n % 3 == 0
        rows += (
            f"{n},{'won' if won else 'lost'},2026-01-{n % 28 + 1:02},{'retail' if n % 2 else 'software'}\n"
        )
    text, settings = first(tmp_path, deals=rows)
    assert "where: {industry: [software]}" in text
    assert settings.profile == ()


def test_sales_without_stages_are_all_won(tmp_path: Path) -> None:
    rows = "order_id,order_date,customer,total\n1,2026-01-02,Acme,10\n2,2026-01-03,Betas,20\n"
    _, settings = first(tmp_path, orders=rows)
    assert settings.sources[0].outcome is not None
    assert settings.sources[0].outcome.everything_won


def test_lines_of_orders_are_said_to_be_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "SalesOrderNumber,OrderDate,ProductKey,SalesAmount\n"
    rows += "A,2026-01-02,1,10\nA,2026-01-02,2,20\nB,2026-01-03,1,5\n"
    path = written(tmp_path, "lines.csv", rows)
    assert exit_code(["init", str(path), "--out", str(tmp_path / "l.yaml")]) == 0
    assert "SalesOrderNumber names 2 orders in 3 rows: these are lines" in capsys.readouterr().err


def _cells(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def test_a_parquet_file_is_understood_as_the_csv_file_is(tmp_path: Path) -> None:
    header, *rows = _cells(HUBSPOT)
    path = tmp_path / "deals.parquet"
    pl.DataFrame(rows, schema=header, orient="row").write_parquet(path)
    _, said = first(tmp_path, like=HUBSPOT)
    out = tmp_path / "p.yaml"
    assert exit_code(["init", str(path), "--out", str(out), "-q"]) == 0
    source = load(out, environ={}).sources[0]
    assert source.type == "parquet"
    assert source.columns == said.sources[0].columns
    assert exit_code(["check", "--config", str(out), "-q"]) == 0


def test_a_row_set_aside_of_a_parquet_file_with_a_column_nobody_reads_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header, *rows = _cells(HUBSPOT)
    rows[0][header.index("Amount")] = "-5"
    path, out = tmp_path / "deals.parquet", tmp_path / "p.yaml"
    pl.DataFrame(rows, schema=header, orient="row").write_parquet(path)
    assert exit_code(["init", str(path), "--out", str(out), "-q"]) == 0
    assert "Deal Name" not in out.read_text()
    assert exit_code(["check", "--config", str(out), "--json"]) == 1
    told = capsys.readouterr().out
    assert "negative_amount" in told
    assert '"rows_read": 3, "accepted": 2' in told


def test_a_workbook_is_understood_below_its_title_and_its_sheet_is_named(tmp_path: Path) -> None:
    path, out = tmp_path / "deals.xlsx", tmp_path / "x.yaml"
    write_workbook(path, {"Deals 2026": [["Closed deals"], [], *_cells(HUBSPOT)], "Notes": [["none"]]})
    assert exit_code(["init", str(path), "--out", str(out), "-q"]) == 0
    source = load(out, environ={}).sources[0]
    assert (source.type, source.format.sheet) == ("excel", "Deals 2026")
    assert source.columns["deal_id"] == "Record ID"
    assert exit_code(["check", "--config", str(out), "-q"]) == 0


def test_a_report_with_a_title_and_totals_is_read_without_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = f'Closed deals, as of today\n\n{HUBSPOT}\n"Grand Totals (3 records)"\n"Made by Ann"\n'
    _, settings = first(tmp_path, deals=report)
    form = settings.sources[0].format
    assert (form.header, form.footer) == (3, 2)
    assert exit_code(["check", "--config", str(tmp_path / "leftturn.yaml"), "--json"]) == 0
    assert '"rows_read": 3, "accepted": 3' in capsys.readouterr().out


def test_a_last_line_that_is_cut_is_no_total(tmp_path: Path) -> None:
    _, settings = first(tmp_path, deals=HUBSPOT + "104")
    assert settings.sources[0].format.footer == 0


def test_labels_that_differ_in_case_alone_are_one(tmp_path: Path) -> None:
    text, settings = first(tmp_path, deals=HUBSPOT + HUBSPOT.splitlines()[1].replace("101", "104").upper())
    outcome = settings.sources[0].outcome
    assert outcome is not None
    assert outcome.won == ("closedwon",)
    assert "closedwon 2" in text


def test_an_export_that_repeats_a_row_has_its_ids_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header, row, *_ = HUBSPOT.splitlines(keepends=True)
    rows = [
        row.replace("101", str(1000 + n)).replace("closedwon", ("closedwon", "closedlost")[n % 2])
        for n in range(100)
    ]
    path = written(tmp_path, "deals.csv", header + "".join([*rows, rows[7]]))
    out = tmp_path / "d.yaml"
    assert exit_code(["init", str(path), "--out", str(out)]) == 0
    assert "1 rows repeat or lack Record ID" in capsys.readouterr().err
    assert load(out, environ={}).sources[0].columns["deal_id"] == "Record ID"


def test_an_existing_file_is_not_overwritten_unless_forced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = written(tmp_path, "deals.csv", HUBSPOT), written(tmp_path, "leftturn.yaml", "precious")
    assert exit_code(["init", str(path), "--out", str(out)]) == 2
    assert out.read_text() == "precious"
    assert "exists; --force overwrites it" in capsys.readouterr().err
    assert exit_code(["init", str(path), "--out", str(out), "--force"]) == 0
    assert out.read_text() != "precious"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("deals.docx", b"PK", "CSV, Parquet and Excel files are read"),
        ("deals.xlsx", b"PK", "cannot be read as an Excel workbook"),
        ("deals.parquet", b"PK", "is no Parquet file"),
        ("deals.csv", b"", "empty"),
        ("deals.csv", b"id\n1\n", "one column only"),
        ("deals.csv", b"id,stage\n", "a header and no rows"),
        ("deals.csv", b"id,\x00\n", "holds NUL bytes"),
        ("deals.csv", b"id,name\n1,a\n", "no column of days"),
    ],
)
def test_a_file_that_holds_no_deals_is_refused_with_its_name(
    tmp_path: Path, name: str, content: bytes, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert exit_code(["init", str(path), "--out", str(tmp_path / "o.yaml")]) == 1
    told = capsys.readouterr().err
    assert sentence in told
    assert name in told


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1), min_size=1))
def test_any_label_survives_being_written_as_yaml(labels: list[str]) -> None:
    from ruamel.yaml import YAML

    assert YAML(typ="safe").load(listing(labels)) == labels
    assert YAML(typ="safe").load(f"{scalar(labels[0])}: 1") == {labels[0]: 1}


def test_headers_with_marks_and_words_of_yaml_still_load(tmp_path: Path) -> None:
    rows = '"id: #1",yes,"close, date",stage\n1,a,2026-01-02,won: yes\n2,b,2026-01-03,"lost ""x"""\n'
    _, settings = first(tmp_path, deals=rows)
    assert settings.sources[0].columns["deal_id"] == "id: #1"
    assert draft([read_table(tmp_path / "deals.csv")]).stage == "stage"


def test_a_workbooks_sheet_of_deals_is_found_behind_others_and_its_totals_are_no_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "deals.xlsx", tmp_path / "x.yaml"
    pivot = [["Deal Stage", "Sum of Amount"], ["closedwon", "1200"], ["closedlost", "100"]]
    deals = [["Pipeline"], ["Deal", None, None, "Days"], *_cells(HUBSPOT), [], ["Grand total"], ["Internal"]]
    write_workbook(path, {"Read me": [["Made by Ann"]], "Pivot": pivot, "Pipeline": deals})
    assert exit_code(["init", str(path), "--out", str(out)]) == 0
    source = load(out, environ={}).sources[0]
    assert (source.name, source.format.sheet, source.format.footer) == ("pipeline", "Pipeline", 2)
    assert "deals.xlsx (Pivot): not used" in capsys.readouterr().err
    assert exit_code(["check", "--config", str(out), "--json"]) == 0
    assert '"accepted": 3, "quarantined": 0' in capsys.readouterr().out


def test_sheets_of_accounts_stand_beside_the_deals_of_the_same_workbook(tmp_path: Path) -> None:
    path, out = tmp_path / "crm.xlsx", tmp_path / "x.yaml"
    write_workbook(path, {"Accounts": _cells(ACCOUNTS), "Deals": _cells(SALESFORCE)})
    assert exit_code(["init", str(path), "--out", str(out), "-q"]) == 0
    assert [(each.name, each.role) for each in load(out, environ={}).sources] == [
        ("deals", "deals"),
        ("accounts", "accounts"),
    ]


def test_a_drop_folder_is_guessed_from_its_largest_file_and_read_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drops = tmp_path / "drops"
    drops.mkdir()
    header, row, *_ = HUBSPOT.splitlines(keepends=True)
    written(drops, "2026-03-02.csv", header + row)
    written(drops, "2026-03-09.csv", HUBSPOT)
    out = tmp_path / "x.yaml"
    assert exit_code(["init", str(drops), "--out", str(out), "-q"]) == 0
    assert "guessed from 2026-03-09.csv" in out.read_text()
    assert load(out, environ={}).sources[0].columns["deal_id"] == "Record ID"
    assert exit_code(["check", "--config", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["accepted"] for each in told["files"]] == [1, 3]
    assert [(each["won"], each["amount"]) for each in told["quarters"]] == [
        (1, 1200)
    ]  # of two files that have it


@pytest.mark.parametrize(
    ("names", "sentence"),
    [((), "holds no CSV, Parquet or Excel file"), (("a.csv", "b.xlsx"), "files of several kinds")],
)
def test_a_folder_that_no_source_could_read_is_refused(
    tmp_path: Path, names: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    drops = tmp_path / "drops"
    drops.mkdir()
    for name in names:
        written(drops, name, HUBSPOT)
    assert exit_code(["init", str(drops), "--out", str(tmp_path / "x.yaml")]) == 1
    assert sentence in capsys.readouterr().err


def _with_column(name: str, cells: list[str]) -> str:
    header, *rows = HUBSPOT.splitlines()
    return (
        "\n".join([f"{header},{name}", *(f"{row},{cell}" for row, cell in zip(rows, cells, strict=True))])
        + "\n"
    )


def test_discounts_in_percent_without_a_sign_are_declared_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, settings = first(tmp_path, deals=_with_column("Discount (%)", ["12.5", "0.5", "40"]))
    assert settings.sources[0].format.discounts == "percent"
    assert exit_code(["check", "--config", str(tmp_path / "leftturn.yaml"), "--json"]) == 0
    assert '"accepted": 3, "quarantined": 0' in capsys.readouterr().out


@pytest.mark.parametrize("cells", [["0.1", "0.25", "1"], ["10 %", "5 %", "0 %"]])
def test_shares_and_signs_need_no_declaration(tmp_path: Path, cells: list[str]) -> None:
    _, settings = first(tmp_path, deals=_with_column("Discount", cells))
    assert settings.sources[0].columns["discount"] == "Discount"
    assert settings.sources[0].format.discounts == "share"


def test_a_discount_in_money_is_no_share(tmp_path: Path) -> None:
    _, settings = first(tmp_path, deals=_with_column("Discount", ["150", "2400", "310"]))
    assert "discount" not in settings.sources[0].columns


def test_remarks_and_currencies_behind_a_header_do_not_hide_it(tmp_path: Path) -> None:
    renamed = HUBSPOT.replace("Amount", "Amount (converted)").replace("Create Date", "Create Date [UTC]")
    columns = first(tmp_path, deals=renamed)[1].sources[0].columns
    assert (columns["amount"], columns["created_at"]) == ("Amount (converted)", "Create Date [UTC]")


def test_labels_that_are_motions_tell_the_column_of_motions_under_any_name(tmp_path: Path) -> None:
    _, settings = first(tmp_path, deals=_with_column("Deal Category", ["New Logo", "Renewal", "Upsell"]))
    assert settings.sources[0].columns["motion"] == "Deal Category"
    assert settings.motions["renewal"] == ("Renewal",)


def test_a_log_of_changes_is_told_from_deals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = "deal,stage,changed\n" + "".join(
        f"{deal},{stage},2026-0{month}-0{deal}\n"
        for deal in range(1, 6)
        for month, stage in ((1, "New"), (2, "Offer"), (3, "Won" if deal % 2 else "Lost"))
    )
    path = written(tmp_path, "log.csv", log)
    assert exit_code(["init", str(path), "--out", str(tmp_path / "x.yaml")]) == 1
    said = capsys.readouterr().err
    assert "each deal comes 3.0 times" in said
    assert "role: history" in said


SHORT_IDS = """Opportunity ID,Account ID,Account Name,Close Date,Stage
1,001Kj00000ABCde,ACME,2026-03-02,Closed Won
2,001Kj00000ABCdf,betas,2026-03-03,Closed Lost
3,001Kj00000ABCdg,Cody Inc,2026-03-04,Closed Won
"""


def test_accounts_are_joined_by_the_long_form_of_the_deals_ids(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"001Kj00000ABCd{n}FGH,{kind}\n" for n, kind in (("e", "a"), ("f", "b"), ("g", "a")))
    accounts = f"Account ID (18),Industry\n{rows}"
    _, settings = first(tmp_path, deals=SHORT_IDS, accounts=accounts)
    assert settings.sources[1].key == "Account ID (18)"
    criteria = "[{name: a, where: {industry: [a]}, weight: 1}]"
    profile = f"{{effective: 2026-01-01, criteria: {criteria}, tiers: {{A: 1}}, core: [A]}}"
    path = tmp_path / "leftturn.yaml"
    path.write_text(path.read_text() + f"\nprofile: [{profile}]\n")
    capsys.readouterr()
    assert exit_code(["check", "--config", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {each["tier"]: each["deals"] for each in told["tiers"]} == {"A": 2, "out": 1, "unknown": 0}


def test_of_an_accounts_id_and_name_the_one_that_the_other_file_knows_is_taken(tmp_path: Path) -> None:
    accounts = "Name,Industry\nACME,a\nbetas,b\nCody Inc,a\n"
    _, settings = first(tmp_path, deals=SHORT_IDS, accounts=accounts)
    assert settings.sources[0].columns["account"] == "Account Name"
    assert settings.sources[1].key == "Name"


def test_a_file_that_knows_few_of_the_accounts_is_said_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accounts = "Name,Industry\nAcme,a\nBetas,b\nCody Inc,a\n"
    paths = [
        str(written(tmp_path, f"{name}.csv", text)) for name, text in (("d", SHORT_IDS), ("a", accounts))
    ]
    out = tmp_path / "x.yaml"
    assert exit_code(["init", *paths, "--out", str(out)]) == 0
    assert (
        "a.csv: its Name knows 33% of the deals' Account Name, too few to join it" in capsys.readouterr().err
    )
    assert "too few to join it" in out.read_text()
