"""CSV files into deals: each rule with a file that keeps it and one that breaks it, and the sentence it gets."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from config.settings import Company, Source
from monitor.sources import CsvSource, FileRead, ReadError
from monitor.sources.landing import SYSTEM, Disk
from monitor.types import DEAL_COLUMNS

COLUMNS = {"deal_id": "id", "created_at": "created", "closed_at": "closed", "amount": "amount"}
STAGES = {"column": "stage", "won": ["Won"], "lost": ["Lost"], "open": ["Open"], "ignore": ["Test"]}
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()
QUIET = Disk(now=lambda: NOW, stat=os.stat, pause=lambda _: None)
"""A disk whose files were all written long ago."""
Read = Callable[..., FileRead]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read one file of `text` with a source described by keywords; its one FileRead."""

    def reading(
        text: str | bytes,
        *,
        company: dict[str, Any] | None = None,
        motions: dict[str, tuple[str, ...]] | None = None,
        disk: Disk = QUIET,
        **source: Any,
    ) -> FileRead:
        path = tmp_path / "deals.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        described = {"columns": COLUMNS, "outcome": STAGES, **source}
        if described.get("role") == "accounts":
            described = {**source}
        told = CsvSource(
            Source(name="crm", path=str(path), **described),
            Company(
                **{"name": "Acme", "timezone": "America/Los_Angeles", "currency": "USD", **(company or {})}
            ),
            motions or {},
            disk,
        )
        (found,) = list(told.read(lambda _: False))
        return found

    return reading


HEAD = "id,created,closed,amount,stage\n"
GOOD = "1,2026-01-05,2026-02-10,1200.50,Won\n"


def why(found: FileRead) -> list[tuple[int, str, str | None]]:
    """Row, reason and column of each row set aside."""
    return list(found.rejected.select("row", "reason", "column").iter_rows())


def detail(found: FileRead) -> str:
    (told,) = found.rejected["detail"].to_list()
    return str(told)


def test_a_sound_row_becomes_a_deal(read: Read) -> None:
    found = read(
        "id,order,at,acct,who,maker,closer,created,qualified,closed,amount,list,n,term,cur,pipe,kind,via,rival,why,"
        "stage,gone,office\n"
        "0012,SO1,2026-02-11T08:00:00Z,NA,Ann,Bob,Cy,2026-01-05,2026-01-06,2026-02-10,1200.5,1500,3,12,EUR,EMEA,"
        "Upsell,Web,Zeta,price,WON ,no,Berlin\n",
        columns={
            "deal_id": "id",
            "order": "order",
            "modified_at": "at",
            "account": "acct",
            "owner": "who",
            "creator": "maker",
            "closed_by": "closer",
            "created_at": "created",
            "qualified_at": "qualified",
            "closed_at": "closed",
            "amount": "amount",
            "list_amount": "list",
            "quantity": "n",
            "term_months": "term",
            "currency": "cur",
            "pipeline": "pipe",
            "motion": "kind",
            "channel": "via",
            "competitor": "rival",
            "loss_reason": "why",
            "deleted": "gone",
        },
        attributes={"region": "office"},
        motions={"expansion": ("upsell",)},
    )
    assert dict(found.deals.schema) == {**DEAL_COLUMNS, "attr:region": pl.String}
    assert found.deals.row(0, named=True) == {
        "source": "crm",
        "deal_id": "0012",
        "order": "SO1",
        "modified_at": datetime(2026, 2, 11, 8, tzinfo=UTC),
        "account": "NA",
        "owner": "Ann",
        "creator": "Bob",
        "closed_by": "Cy",
        "created_on": date(2026, 1, 5),
        "qualified_on": date(2026, 1, 6),
        "closed_on": date(2026, 2, 10),
        "amount": Decimal("1200.5"),
        "list_amount": Decimal(1500),
        "discount": None,
        "quantity": 3.0,
        "term_months": 12.0,
        "currency": "EUR",
        "pipeline": "EMEA",
        "motion": "expansion",
        "channel": "Web",
        "competitor": "Zeta",
        "loss_reason": "price",
        "outcome": "won",
        "stage": "WON",
        "deleted": False,
        "attr:region": "Berlin",
    }
    assert (found.rows_read, found.messages, found.rejected_file) == (1, (), None)


@pytest.mark.parametrize(
    "row, reason, column, said",
    [
        ("1,2026-01-05,,10,Won", "won_without_closing_date", "closed", "belongs to no week"),
        (
            "1,2026-01-05,,10,Lost",
            "decided_without_closing_date",
            "closed",
            "decided (lost) but has no closing",
        ),
        ("1,2026-01-05,2026-01-04,10,Won", "closed_before_created", "closed", "closed on 2026-01-04, before"),
        ("1,2026-01-05,2026-02-30,10,Won", "not_a_date", "closed", "'2026-02-30' is not written iso"),
        ("1,05.01.2026,2026-02-10,10,Won", "not_a_date", "created", "see format.dates"),
        ("1,0001-01-01,2026-02-10,10,Won", "implausible_date", "created", "lies before 1970-01-01"),
        ("1,2026-01-05,2099-02-10,10,Won", "implausible_date", "closed", "or after 2031-12-31"),
        ("1,2026-01-05,2026-02-10,12x,Won", "not_a_number", "amount", "'12x' is no number where '.' is"),
        ("1,2026-01-05,2026-02-10,1e400,Won", "not_a_number", "amount", "see format.decimal"),
        ("1,2026-01-05,2026-02-10,NaN,Won", "not_a_number", "amount", "'NaN' is no number"),
        ("1,2026-01-05,2026-02-10,-1,Won", "negative_amount", "amount", "credits and refunds are no deals"),
        (
            "1,2026-01-05,2026-02-10,10,Verbal commit",
            "unknown_stage",
            "stage",
            "'Verbal commit' is in no list",
        ),
        ("1,2026-01-05,2026-02-10,10,", "unknown_stage", "stage", "the cell is blank"),
        (",2026-01-05,2026-02-10,10,Won", "no_id", "id", "belongs to nothing that can be named"),
        ("x" * 201 + ",2026-01-05,,10,Open", "too_long", "id", "longer than 200 characters"),
        ("1,2026-01-05,2026-02-10,10,Won,x", "ragged", None, "6 cells where the header has 5"),
        ("1,2026-01-05,2026-02-10", "ragged", None, "the row is cut short"),
        ('1,"2026-01-05,2026-02-10,10,Won', "broken_quotes", None, "is written twice"),
        ("1,2026-01-05,2026-02-10,10,Won\0", "control_character", None, "NUL"),
        ("1\x07,2026-01-05,2026-02-10,10,Won", "control_character", "id", "take it out"),
    ],
)
def test_a_row_that_breaks_a_rule_is_set_aside_with_its_reason(
    read: Read, row: str, reason: str, column: str | None, said: str
) -> None:
    found = read(HEAD + GOOD.replace("1,", "9,", 1) + row + "\n")
    assert why(found) == [(3, reason, column)]
    assert said in detail(found)
    assert found.deals["deal_id"].to_list() == ["9"]
    assert found.rejected["raw"].to_list() == [row.replace("\0", "\u2400")]
    assert (found.rows_read, found.duplicates, found.ignored) == (2, 0, 0)


def test_of_an_open_deal_the_closing_date_is_a_hope_and_not_asked(read: Read) -> None:
    found = read(HEAD + "1,2026-01-05,2027-12-31,10,Open\n2,2026-01-05,soon,10,Open\n")
    assert found.deals["closed_on"].to_list() == [None, None]
    assert found.rejected.height == 0


def test_labels_are_compared_without_case_and_outer_blanks(read: Read) -> None:
    found = read(HEAD + GOOD.replace("Won", '" wON\u00a0"') + "2,2026-01-05,2026-02-10,1,ＬＯＳＴ\n")
    assert found.deals["outcome"].to_list() == ["won", "lost"]


def test_rows_that_are_no_deals_are_ignored_and_counted(read: Read) -> None:
    text = HEAD + GOOD + "2,nonsense,,x,TEST\n" + ",,,,\n"
    found = read(text)
    assert (found.rows_read, found.deals.height, found.ignored, found.rejected.height) == (3, 1, 2, 0)
    found = read(text, where={"id": {"not_in": ["1"]}})
    assert (found.rows_read, found.deals.height, found.ignored) == (3, 0, 3)


def test_a_where_speaks_of_the_files_own_columns(read: Read) -> None:
    text = "id,closed,stage,type\n1,2026-02-10,Won,Real\n2,2026-02-10,bad,Test\n3,2026-02-10,Won,NULL\n"
    columns = {"deal_id": "id", "closed_at": "closed"}
    found = read(text, columns=columns, where={"type": {"not_in": ["Test"]}})
    assert found.deals["deal_id"].to_list() == ["1", "3"]
    found = read(text, columns=columns, where={"type": {"missing": True}})
    assert found.deals["deal_id"].to_list() == ["3"]


def test_everything_is_won_where_the_source_says_so(read: Read) -> None:
    found = read("id,closed\n1,2026-02-10\n", columns={"deal_id": "id", "closed_at": "closed"}, outcome="won")
    assert found.deals.select("outcome", "stage").row(0) == ("won", None)


def test_stages_may_differ_by_pipeline(read: Read) -> None:
    outcome = {
        "column": "stage",
        "won": ["Won"],
        "by_pipeline": {"Partner": {"won": ["Signed"], "open": ["Won"]}},
    }
    found = read(
        "id,closed,stage,pipe\n1,2026-02-10,Won,Direct\n2,2026-02-10,Won, PARTNER\n3,2026-02-10,Signed,Partner\n"
        "4,2026-02-10,Signed,Direct\n",
        columns={"deal_id": "id", "closed_at": "closed", "pipeline": "pipe"},
        outcome=outcome,
    )
    assert found.deals.select("deal_id", "outcome").rows() == [("1", "won"), ("2", "open"), ("3", "won")]
    assert why(found) == [(5, "unknown_stage", "stage")]


def test_motions_are_told_by_label_and_others_keep_their_name(read: Read) -> None:
    text = "id,closed,stage,type\n" + "".join(
        f"{n},2026-02-10,Won,{label}\n"
        for n, label in enumerate(["New Business", "new business ", "Services", ""])
    )
    columns = {"deal_id": "id", "closed_at": "closed", "motion": "type"}
    found = read(text, columns=columns, motions={"new": ("New Business",)})
    assert found.deals["motion"].to_list() == ["new", "new", "services", None]
    assert found.messages == ("column type: in no motion, and kept under their own names: services (1 rows)",)
    assert set(read(text, columns=columns).deals["motion"]) == {"new"}


def test_blank_and_null_are_nothing_but_a_name_stays_a_name(read: Read) -> None:
    text = "id,created,closed,amount,stage,acct,office\n"
    text += "1,NULL,2026-02-10,N/A,Won,NA,None\n2,n/a,2026-02-10,-,Won,NULL,\\N\n"
    found = read(text, columns={**COLUMNS, "account": "acct"}, attributes={"office": "office"})
    assert found.deals.select("created_on", "amount", "account", "attr:office").rows() == [
        (None, None, "NA", "None"),
        (None, None, None, None),
    ]


def test_identifiers_stay_as_written(read: Read) -> None:
    found = read(
        HEAD + "".join(f"{each},2026-01-05,,1,Open\n" for each in ("00123", "1e5", "TRUE", "2026-01-01"))
    )
    assert found.deals["deal_id"].to_list() == ["00123", "1e5", "TRUE", "2026-01-01"]


# Money


def money(read: Read, *cells: str, **source: Any) -> FileRead:
    rows = "".join(f'{n},2026-01-05,2026-02-10,"{cell}",Won\n' for n, cell in enumerate(cells))
    return read(HEAD + rows, **source)


def test_amounts_without_a_mark_are_in_the_companys_currency(read: Read) -> None:
    assert money(read, "10", "").deals["currency"].to_list() == ["USD", "USD"]


def test_marks_of_one_currency_are_that_currency(read: Read) -> None:
    assert set(money(read, "$1,200", "$3").deals["currency"]) == {"USD"}
    assert set(money(read, "1.200 €", "€ 3", "", format={"decimal": ","}).deals["currency"]) >= {"EUR"}
    assert set(money(read, "$1", company={"currency": "CAD"}).deals["currency"]) == {"CAD"}


def test_other_currencies_among_the_companys_own_are_set_aside(read: Read) -> None:
    found = money(read, "$1,200", "EUR 300", "10")
    assert found.deals["deal_id"].to_list() == ["0", "2"]
    assert why(found) == [(3, "mixed_currencies", "amount")]
    assert "export the currency as a column and map it as `currency`" in detail(found)


def test_a_currency_column_is_believed_and_kept(read: Read) -> None:
    text = "id,closed,stage,amount,cur\n" + "".join(
        f"{n},2026-02-10,Won,{amount},{cur}\n"
        for n, (amount, cur) in enumerate(
            [
                ("10", "EUR"),
                ("20", "usd"),
                ("30", ""),
                ("€ 5", "EUR"),
                ("$5", "CAD"),
                ("€ 5", "USD"),
                ("1", "XXZ"),
            ]
        )
    )
    found = read(
        text, columns={"deal_id": "id", "closed_at": "closed", "amount": "amount", "currency": "cur"}
    )
    assert found.deals["currency"].to_list() == ["EUR", "USD", "USD", "EUR", "CAD"]
    assert why(found) == [(7, "mixed_currencies", "amount"), (8, "unknown_currency", "cur")]
    assert "'€ 5' but its currency is USD" in found.rejected["detail"][0]


def test_an_unknown_mark_is_told(read: Read) -> None:
    found = money(read, "12 pcs", "10")
    assert why(found) == [(2, "unknown_currency", "amount")]


def test_a_discount_is_a_share_of_at_most_one(read: Read) -> None:
    text = "id,closed,stage,off\n"
    text += "1,2026-02-10,Won,0.15\n2,2026-02-10,Won,15 %\n3,2026-02-10,Won,15\n4,2026-02-10,Won,-0.1\n"
    found = read(text, columns={"deal_id": "id", "closed_at": "closed", "discount": "off"})
    assert found.deals["discount"].to_list() == pytest.approx([0.15, 0.15, -0.1])
    assert why(found) == [(4, "discount_above_one", "off")]


def test_discounts_in_percent_are_declared_and_a_sign_says_it_anyway(read: Read) -> None:
    text = "id,closed,stage,off\n1,2026-02-10,Won,0.5\n2,2026-02-10,Won,15 %\n3,2026-02-10,Won,15\n"
    found = read(
        text,
        columns={"deal_id": "id", "closed_at": "closed", "discount": "off"},
        format={"discounts": "percent"},
    )
    assert found.deals["discount"].to_list() == pytest.approx([0.005, 0.15, 0.15])


def test_decimal_commas_are_declared(read: Read) -> None:
    text = "id;closed;stage;amount\n1;2026-02-10;Won;1.200,50\n2;2026-02-10;Won;1200.50\n"
    found = read(
        text,
        columns={"deal_id": "id", "closed_at": "closed", "amount": "amount"},
        format={"delimiter": ";", "decimal": ","},
    )
    assert found.deals["amount"].to_list() == [Decimal("1200.5")]
    assert why(found) == [(3, "not_a_number", "amount")]


def test_deleted_is_yes_or_no(read: Read) -> None:
    text = "id,closed,stage,gone\n" + "".join(
        f"{n},2026-02-10,Won,{cell}\n" for n, cell in enumerate(("TRUE", "0", "", "Yes", "perhaps"))
    )
    found = read(text, columns={"deal_id": "id", "closed_at": "closed", "deleted": "gone"})
    assert found.deals["deleted"].to_list() == [True, False, False, True]
    assert why(found) == [(6, "not_yes_or_no", "gone")]


# Several rows of one deal


def test_rows_that_say_the_same_count_once(read: Read) -> None:
    found = read(HEAD + GOOD + GOOD.replace("Won", "Won ").replace("1200.50", "1200.5") + GOOD)
    assert (found.deals.height, found.duplicates, found.rows_read) == (1, 2, 3)


def test_the_newest_of_several_versions_wins(read: Read) -> None:
    text = (
        "id,closed,stage,at\n1,,Open,2026-01-05T08:00:00Z\n1,2026-02-10,Won,2026-02-11T08:00:00Z\n1,,Open,\n"
    )
    found = read(text, columns={"deal_id": "id", "closed_at": "closed", "modified_at": "at"})
    assert found.deals["outcome"].to_list() == ["won"]
    assert (found.duplicates, found.rows_read) == (2, 3)


def test_equally_new_rows_that_differ_are_all_set_aside(read: Read) -> None:
    found = read(HEAD + GOOD + GOOD.replace("1200.50", "9") + "2,2026-01-05,,1,Open\n")
    assert found.deals["deal_id"].to_list() == ["2"]
    assert why(found) == [(2, "conflicting_duplicate", None), (3, "conflicting_duplicate", None)]
    assert found.rejected["detail"][0] == (
        "'1' stands on lines 2, 3 with different cells; map the column that says which is newer as `modified_at`, "
        "or what tells the lines of an order apart as `deal_id` and the order as `order`"
    )
    assert found.rejected["key"].to_list() == ["1", "1"]


def test_of_many_rows_that_differ_only_the_first_are_named(read: Read) -> None:
    found = read(HEAD + "".join(f"1,2026-01-05,,{n},Open\n" for n in range(12)))
    assert set(found.rejected["detail"].str.slice(0, 50)) == {
        "'1' stands on lines 2, 3, 4 and 9 more with differe"[:50]
    }


# Accounts


def test_accounts_have_a_key_and_attributes(read: Read) -> None:
    found = read(
        "account,sector,employees\nAcme,Software,200\n ,x,1\nAcme,Software,200\nZeta,a,1\nZeta,b,1\n",
        role="accounts",
        key="account",
        attributes={"industry": "sector", "employees": "employees"},
    )
    assert found.deals.rows() == [("crm", "Acme", "Software", "200")]
    assert found.deals.columns == ["source", "account", "attr:industry", "attr:employees"]
    assert why(found) == [
        (3, "no_id", "account"),
        (5, "conflicting_duplicate", None),
        (6, "conflicting_duplicate", None),
    ]
    assert (found.duplicates, found.rows_read) == (1, 5)


# Files as a whole


def refused(found: FileRead) -> str:
    assert (found.rows_read, found.deals.height, found.rejected.height) == (0, 0, 0)
    assert found.rejected_file is not None
    return found.rejected_file


def test_a_missing_column_is_named_with_what_was_meant(read: Read) -> None:
    told = refused(
        read("id,created,close_date,amount,stage\n", columns={**COLUMNS, "closed_at": "close_dat"})
    )
    assert told == (
        "deals.csv:1: there is no column 'close_dat'; did you mean 'close_date'? "
        "Its columns are id, created, close_date, amount, stage"
    )


def test_every_missing_column_is_named_at_once(read: Read) -> None:
    told = refused(read("\n\nx,y\n1,2\n"))
    assert told.startswith("deals.csv:3: there is no column 'id'; there is no column 'created'; ")
    assert told.endswith("Its columns are x, y")


def test_another_delimiter_is_recognised(read: Read) -> None:
    told = refused(read(HEAD.replace(",", ";") + GOOD.replace(",", ";")))
    assert told == "deals.csv:1: looks separated by ';'; set format.delimiter"


def test_a_column_that_stands_twice_is_refused_only_where_it_is_needed(read: Read) -> None:
    told = refused(read("id,created,closed,closed,amount,stage\n"))
    assert told.startswith("deals.csv:1: there are 2 columns 'closed'; give each its own name.")
    found = read("id,note,created,closed,note,amount,stage\n1,a,2026-01-05,2026-02-10,b,1,Won\n")
    assert found.deals.height == 1


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused_and_looked_at_again(read: Read, content: bytes) -> None:
    found = read(content)
    assert refused(found) == "deals.csv: is empty; it must begin with a line of column names"
    assert found.again


def test_a_header_alone_is_no_deal_and_no_fault(read: Read) -> None:
    found = read(HEAD)
    assert (found.rows_read, found.rejected_file, found.deals.width) == (0, None, len(DEAL_COLUMNS))


def test_a_byte_order_mark_is_no_part_of_the_first_column(read: Read) -> None:
    assert read("\ufeff" + HEAD + GOOD).deals.height == 1
    assert read(("\ufeff" + HEAD + GOOD).encode("utf-16"), format={"encoding": "utf-16"}).deals.height == 1


def test_another_encoding_is_refused_with_byte_and_line(read: Read) -> None:
    told = refused(read((HEAD + GOOD + "2,2026-01-05,,1,Öpen\n").encode("cp1252")))
    assert told == (
        "deals.csv:3: byte 83 (d6 70 65) is not utf-8; "
        "if the file was written on Windows, set format.encoding to cp1252"
    )
    told = refused(read((HEAD + GOOD).encode("utf-16")))
    assert told.endswith("the file begins as UTF-16 does: set format.encoding to utf-16")


def test_a_declared_encoding_is_used(read: Read) -> None:
    text = HEAD + "Ö1,2026-01-05,,1,Open\n"
    assert read(text.encode("cp1252"), format={"encoding": "cp1252"}).deals["deal_id"].to_list() == ["Ö1"]


def disk(age: float, **more: Any) -> Disk:
    """A disk on which the file was written `age` seconds ago."""
    return Disk(**{"now": lambda: SYSTEM.now() + age, "stat": os.stat, "pause": lambda _: None, **more})


@pytest.mark.parametrize("end", ["2,2026-01-05,20", '2,2026-01-05,,1,"Op'])
def test_a_file_that_ends_in_the_middle_of_a_row_is_left_alone(read: Read, end: str) -> None:
    found = read(HEAD + GOOD + end, disk=disk(5))
    assert refused(found) == (
        "deals.csv:3: ends in the middle of a row, as if it were still being written; it is read at the next turn"
    )
    assert found.again
    found = read(HEAD + GOOD + end, disk=disk(3600))
    assert refused(found) == "deals.csv:3: ends in the middle of a row; it was cut off, so export it again"


def test_a_file_that_is_cut_inside_a_letter_is_left_alone(read: Read) -> None:
    found = read((HEAD + "1,2026-01-05,,1,Ö").encode()[:-1])
    assert found.rejected_file is not None
    assert found.again


def test_a_last_row_without_a_line_end_is_a_row(read: Read) -> None:
    assert read((HEAD + GOOD).rstrip("\n"), disk=disk(100)).deals.height == 1
    assert refused(read((HEAD + GOOD).rstrip("\n"), disk=disk(0))) == (
        "deals.csv:2: ends without a line end, as if it were still being written; it is read at the next turn"
    )


def test_a_file_cut_off_inside_its_last_cell_is_not_used(read: Read) -> None:
    rows = "".join(GOOD.replace("1,", f"{n},", 1) for n in range(9))
    found = read((HEAD + rows)[:-2], disk=disk(100))
    assert (
        refused(found)
        == "deals.csv:10: ends inside the cell 'Wo', the beginning of 'Won'; it was cut off, so export it again"
    )


def test_a_file_that_grows_while_it_is_looked_at_is_left_alone(read: Read, tmp_path: Path) -> None:
    def grow(_: float) -> None:
        with (tmp_path / "deals.csv").open("a") as file:
            file.write(GOOD)

    found = read(HEAD + GOOD, disk=disk(0, pause=grow))
    assert refused(found) == "deals.csv: is still being written; it is read at the next turn"
    assert found.again


def test_a_file_of_yesterday_is_not_waited_for(read: Read) -> None:
    def never(_: float) -> None:
        raise AssertionError("waited")

    assert read(HEAD + GOOD, disk=disk(3600, pause=never)).deals.height == 1


def source(path: str) -> CsvSource:
    described = Source(name="crm", path=path, columns=COLUMNS, outcome=STAGES)  # type: ignore[arg-type]
    company = Company(name="Acme", timezone="UTC", currency="USD")
    return CsvSource(described, company, {}, QUIET)


def test_a_pattern_means_all_its_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b/deals2.csv", "a/deals1.csv", "a/other.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(HEAD + GOOD)
    told = [found.file for found in source(f"{tmp_path}/**/deals*.csv").read(lambda _: False)]
    assert told == ["a/deals1.csv", "b/deals2.csv"]


def test_a_folder_means_its_csv_files_but_no_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.CSV", "a.csv", ".a.csv.part", ".hidden.csv", "notes.txt"):
        (tmp_path / name).write_text(HEAD + GOOD)
    assert [found.file for found in source(f"{tmp_path}").read(lambda _: False)] == ["a.csv", "b.CSV"]


def test_what_is_no_pattern_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be looked for"):
        list(source(f"{tmp_path}/a**/x[.csv").read(lambda _: False))


def test_a_column_may_have_any_name(read: Read) -> None:
    text = "row,file,line,lines\n1,2026-02-10,Won,Berlin\n"
    found = read(
        text,
        columns={"deal_id": "row", "closed_at": "file"},
        outcome={**STAGES, "column": "line"},
        attributes={"row": "lines"},
        where={"row": {"not_in": ["2"]}},
    )
    assert found.deals.select("deal_id", "outcome", "attr:row").rows() == [("1", "won", "Berlin")]


def test_a_file_whose_hash_is_known_can_be_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + GOOD)
    (found,) = source(f"{tmp_path}/a.csv").read(lambda _: False)
    assert list(source(f"{tmp_path}/a.csv").read(lambda digest: digest == found.content_hash)) == []


def test_a_name_with_the_signs_of_a_pattern_is_found(tmp_path: Path) -> None:
    (tmp_path / "deals[1].csv").write_text(HEAD + GOOD)
    assert len(list(source(f"{tmp_path}/deals[1].csv").read(lambda _: False))) == 1


def test_no_file_at_all_is_an_error_that_may_pass(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file") as caught:
        list(source(f"{tmp_path}/deals*.csv").read(lambda _: False))
    assert caught.value.again


def test_a_broken_file_does_not_hinder_the_next(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "2.csv").write_text("x\n1\n")
    (tmp_path / "3.csv").write_text(HEAD + GOOD)
    found = list(source(f"{tmp_path}/*.csv").read(lambda _: False))
    assert [each.rejected_file is None for each in found] == [False, False, True]
    assert found[2].deals.height == 1
