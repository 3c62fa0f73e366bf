"""`leftturn check`: every row accounted for, money to compare, the mail server asked; nothing stored or sent."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import monitor.sources
from config import load
from monitor.checkup import examine, quarters
from monitor.cli import exit_code
from monitor.mail_probe import probe
from monitor.types import DEAL_COLUMNS

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
CONFIG = """
company: {name: Acme, timezone: Europe/Berlin, currency: EUR, fiscal: {starts: february, pattern: months}}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed, amount: amount}
    outcome: {column: stage, won: [Won], lost: [Lost]}
people: [{email: a@acme.example}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What the rooms' contract says of a file that was read."""

    file: str
    rows_read: int
    deals: pl.DataFrame
    rejected: pl.DataFrame
    duplicates: int = 0
    ignored: int = 0
    messages: tuple[str, ...] = ()
    rejected_file: str | None = None


class UnreadableError(ValueError):
    """Stands for ReadError."""


DEALS = pl.DataFrame(
    {
        "closed_on": [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 2), None],
        "amount": [Decimal("10.50"), Decimal("1"), Decimal("2"), Decimal("4")],
        "currency": ["EUR", None, "USD", "EUR"],
        "outcome": ["won", "won", "won", "open"],
    },
    schema_overrides={"amount": DEAL_COLUMNS["amount"]},
)
DEALS = DEALS.with_columns(
    pl.lit("crm").alias("source"),
    pl.format("D{}", pl.int_range(pl.len())).alias("deal_id"),
    pl.lit(False).alias("deleted"),
    *(
        pl.lit(None, kind).alias(name)
        for name, kind in DEAL_COLUMNS.items()
        if name not in {*DEALS.columns, "source", "deal_id", "deleted"}
    ),
)
NOTHING_REJECTED = pl.DataFrame(
    schema={"row": pl.Int64, "column": pl.String, "reason": pl.String, "detail": pl.String}
)
REJECTED = pl.DataFrame(
    {
        "row": [9, 3, 5],
        "column": ["amount", "amount", None],
        "reason": ["not_a_number", "not_a_number", "ragged"],
        "detail": ["'12x'", "'1e400'", "5 cells"],
    }
)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Read] | UnreadableError], None]:
    """Let the sources give these reads, or fail."""

    def prepare(reads: list[Read] | UnreadableError) -> None:
        class Source:
            def __init__(self, *_: object) -> None: ...

            def read(self, skip: Callable[[str], bool]) -> Iterator[Read]:
                assert not skip("any hash")
                if isinstance(reads, UnreadableError):
                    raise reads
                yield from reads

        monkeypatch.setattr(monitor.sources, "SOURCES", {"csv": Source}, raising=False)
        monkeypatch.setattr(monitor.sources, "ReadError", UnreadableError, raising=False)

    return prepare


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with one source and mail to a folder."""
    path = tmp_path / "leftturn.yaml"
    path.write_text(CONFIG)
    return path


def check_json(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, list[dict[str, object]]]]:
    code = exit_code(["check", "--config", str(config), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_clean_source_is_no_problem_and_exit_nought(
    config: Path, reading: Callable[[object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    reading(
        [Read(file="deals.csv", rows_read=6, deals=DEALS, rejected=NOTHING_REJECTED, duplicates=1, ignored=1)]
    )
    code, told = check_json(config, capsys)
    assert (code, told["problems"]) == (0, [])
    assert [line["job"] for line in told["next"]] == ["ingest", "judge", "digest"]
    assert exit_code(["check", "--config", str(config)]) == 0
    assert "No problem found." in capsys.readouterr().out


def test_rows_set_aside_are_counted_by_reason_with_the_first_of_them(
    config: Path, reading: Callable[[object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    reading([Read(file="deals.csv", rows_read=7, deals=DEALS, rejected=REJECTED)])
    code, told = check_json(config, capsys)
    assert code == 1
    assert told["files"][0]["rejections"] == [
        {"reason": "not_a_number", "column": "amount", "count": 2, "first": [[3, "'1e400'"], [9, "'12x'"]]},
        {"reason": "ragged", "column": None, "count": 1, "first": [[5, "5 cells"]]},
    ]
    assert told["problems"] == [
        "source crm: deals.csv:3: 2 rows set aside, column amount: not_a_number ('1e400')",
        "source crm: deals.csv:5: 1 row set aside: ragged (5 cells)",
    ]


def test_a_row_that_is_not_accounted_for_is_a_problem(
    config: Path, reading: Callable[[object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    reading([Read(file="deals.csv", rows_read=9, deals=DEALS, rejected=NOTHING_REJECTED)])
    code, told = check_json(config, capsys)
    assert code == 1
    assert "9 rows read but 4 accounted for" in str(told["problems"][0])


def test_a_source_that_cannot_be_read_is_a_problem_with_its_sentence(
    config: Path, reading: Callable[[object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    reading(UnreadableError("deals*.csv: no file matches"))
    code, told = check_json(config, capsys)
    assert (code, told["problems"]) == (1, ["source crm: deals*.csv: no file matches"])


def test_won_deals_and_money_are_told_by_fiscal_quarter_and_currency(config: Path) -> None:
    won = DEALS.filter(pl.col("outcome") == "won").select(
        "closed_on", "amount", pl.col("currency").fill_null("EUR")
    )
    told = quarters(won, load(config, environ={}))
    assert [(q.quarter, q.currency, q.won, q.amount) for q in told] == [
        ("FY2026 Q4", "EUR", 1, Decimal("10.50")),
        ("FY2027 Q1", "EUR", 1, Decimal("1")),
        ("FY2027 Q1", "USD", 1, Decimal("2")),
    ]


SMTP = "mail: {from: l@acme.example, smtp: {host: 127.0.0.1, port: PORT, security: starttls, auth: none}}\n"


def test_a_mail_server_that_cannot_be_reached_is_a_problem(
    config: Path, reading: Callable[[object], None]
) -> None:
    reading([])
    config.write_text(CONFIG + SMTP.replace("PORT", "1"))
    checkup = examine(load(config, environ={}), lambda smtp: probe(smtp, 2), NOW)
    assert len(checkup.problems) == 1
    assert checkup.problems[0].startswith("mail: 127.0.0.1:1: ")


def test_a_mail_server_that_offers_no_encryption_is_a_problem_and_not_used_in_clear(config: Path) -> None:
    controller = pytest.importorskip("aiosmtpd.controller")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = controller.Controller(object(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        config.write_text(CONFIG + SMTP.replace("PORT", str(port)))
        smtp = load(config, environ={}).mail.smtp
        assert smtp is not None
        assert "STARTTLS" in str(probe(smtp, 5))
        config.write_text(CONFIG + SMTP.replace("PORT", str(port)).replace("starttls", "none"))
        smtp = load(config, environ={}).mail.smtp
        assert smtp is not None
        assert probe(smtp, 5) is None
    finally:
        server.stop()


def test_check_loads_no_statistics(config: Path) -> None:
    code = f"""
import sys
from monitor.cli import exit_code
exit_code(["check", "--config", {str(config)!r}])
print([name for name in ("statsmodels", "matplotlib", "numba") if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.stderr.splitlines()[-1] == "[]"


PROFILED = """
company: {name: Acme, timezone: Europe/Berlin, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, account: account, created_at: created, closed_at: closed}
    attributes: {region: region}
    outcome: {column: stage, won: [Won], lost: [Lost], open: [Open]}
  - {name: accounts, role: accounts, path: accounts.csv, key: account, attributes: {industry: sector}}
profile:
  - effective: 2026-01-01
    criteria: [{name: Right industry, where: {industry: [software]}, weight: 1}]
    tiers: {A: 0.8}
    core: [A]
segments: [region]
people: [{email: a@acme.example}]
"""


@pytest.fixture
def profiled(tmp_path: Path) -> Path:
    """Real files: three deals of a software company, one of a bank, one of an account nobody knows."""
    rows = ["D1,Soft,Won", "D2,Soft,Lost", "D3,Soft,Open", "D4,Bank,Won", "D5,Gone,Lost"]
    lines = []
    for row in rows:
        name, account, stage = row.split(",")
        lines.append(f"{name},{account},2026-01-05,{'' if stage == 'Open' else '2026-02-05'},{stage},EMEA")
    (tmp_path / "deals.csv").write_text("\n".join(["id,account,created,closed,stage,region", *lines, ""]))
    (tmp_path / "accounts.csv").write_text("account,sector\nSoft,software\nBank,finance\n")
    path = tmp_path / "leftturn.yaml"
    path.write_text(PROFILED)
    return path


def test_the_deals_of_each_tier_are_counted_with_their_accounts(
    profiled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = check_json(profiled, capsys)
    assert (code, told["problems"]) == (0, [])
    counted = {line["tier"]: [line["deals"], line["decided"], line["won"]] for line in told["tiers"]}
    assert counted == {"A": [3, 2, 1], "out": [1, 1, 1], "unknown": [1, 1, 0]}
    assert (
        told["warnings"][-1] == "segments: every deal has region EMEA, so it has no rest to be compared with"
    )


def test_deals_without_a_tier_are_a_remark_once_they_are_many(
    profiled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (profiled.parent / "accounts.csv").write_text("account,sector\nBank,finance\n")
    code, told = check_json(profiled, capsys)
    assert code == 0
    assert "profile: no deal at all is core-fit (A); is it written as the CRM writes it?" in told["warnings"]
    assert (
        "profile: 80% of the deals have no tier, since what it asks for is not known of them "
        "(industry is blank in 80%)" in told["warnings"]
    )


def test_labels_that_say_more_than_the_profile_asks_for_are_a_remark(
    profiled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (profiled.parent / "accounts.csv").write_text("account,sector\nSoft,Software & Services\nBank,SOFTWARE\n")
    _, told = check_json(profiled, capsys)
    (remark,) = [str(one) for one in told["warnings"] if "beside" in str(one)]
    assert "industry has 'software & services' (3 deals) beside what a criterion asks for" in remark


@pytest.mark.parametrize(("size", "said"), [("51-200", False), ("2,000", False), ("large", True)])
def test_sizes_that_are_no_numbers_are_a_remark(
    profiled: Path, capsys: pytest.CaptureFixture[str], size: str, said: bool
) -> None:
    profiled.write_text(
        profiled.read_text().replace("{industry: [software]}", "{industry: {between: [1, 500]}}")
    )
    (profiled.parent / "accounts.csv").write_text(f'account,sector\nSoft,"{size}"\nBank,20\n')
    _, told = check_json(profiled, capsys)
    remarks = [str(one) for one in told["warnings"] if "is no number in" in str(one)]
    assert bool(remarks) == said
    assert all("industry is no number in 60% of the deals (such as 'large')" in remark for remark in remarks)


def test_a_criterion_and_a_segment_that_are_blank_everywhere_are_problems(
    profiled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deals = profiled.parent / "deals.csv"
    deals.write_text(deals.read_text().replace("EMEA", ""))
    (profiled.parent / "accounts.csv").write_text("account,sector\nSomebody else,finance\n")
    code, told = check_json(profiled, capsys)
    assert code == 1
    assert [str(problem).partition(" is blank")[0] for problem in told["problems"]] == [
        "profile: industry",
        "segments: region",
    ]


def test_a_mail_folder_and_a_database_that_cannot_be_made_are_problems(
    profiled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mail = "mail: {from: l@acme.example, folder: deals.csv/mails}\ndatabase: sqlite:///nowhere/leftturn.db\n"
    profiled.write_text(PROFILED + mail)
    code, told = check_json(profiled, capsys)
    assert code == 1
    database, folder = told["problems"]
    assert str(database).startswith("database: ")
    assert "nowhere" in str(database)
    place = profiled.parent / "deals.csv"
    assert folder == f"mail.folder: {place}/mails cannot be made: {place} is a file"
    assert not (profiled.parent / "leftturn.db").exists()


def test_a_damaged_database_is_a_problem_and_is_left_as_it_is(
    profiled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (profiled.parent / "leftturn.db").write_text("garbage " * 200)
    code, told = check_json(profiled, capsys)
    assert code == 1
    assert "is not a database file" in str(told["problems"][0])
    assert (profiled.parent / "leftturn.db").read_text() == "garbage " * 200


@pytest.mark.parametrize(("amount", "listed", "told"), [("list", "paid", True), ("paid", "list", False)])
def test_deals_sold_above_their_list_price_are_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], amount: str, listed: str, told: bool
) -> None:
    rows = "".join(f"{n},2026-02-{n % 20 + 1:02},Won,{900 + n},{1000 + n}\n" for n in range(30))
    (tmp_path / "deals.csv").write_text("id,closed,stage,paid,list\n" + rows)
    config = tmp_path / "leftturn.yaml"
    columns = f"closed_at: closed, amount: {amount}, list_amount: {listed}"
    config.write_text(CONFIG.replace("created_at: created, closed_at: closed, amount: amount", columns))
    code, said = check_json(config, capsys)
    assert code == 0
    about = [
        str(warning) for warning in said["warnings"] if "cost more than their list price" in str(warning)
    ]
    assert [warning.split(":")[1].strip() for warning in about] == (
        ["30 of 30 won deals cost more than their list price (list over paid)"] if told else []
    )
