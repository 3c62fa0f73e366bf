"""What was aged out stays out: rows, lines and changes of stage that a source still shows are not taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config import load
from config.settings import Settings
from monitor.ingest import ingest
from monitor.retention import aged_out, whole_from
from monitor.store import Store, tables
from monitor.store.ageing import (
    Aged,
    aged_before,
    aged_on,
    erase_beside,
    erase_deals,
    note_aged,
    old_deals,
)
from monitor.store.deals import load_versions

NOW = datetime(2026, 6, 1, 6, tzinfo=UTC)
BEFORE = date(2024, 1, 1)
CONFIG = """\
company: {name: Acme, timezone: UTC, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, order: order, account: account, created_at: created, closed_at: closed, amount: amount}
    outcome: {column: stage, won: [Won], lost: [Lost], open: [Open]}
  - name: lines
    role: lines
    path: lines.csv
    columns: {deal_id: of, amount: net}
  - name: stages
    role: history
    path: stages.csv
    columns: {deal_id: of, stage: stage, changed_at: at}
"""
DEALS = """\
id,order,account,created,closed,amount,stage
old,,Alpha,2023-01-02,2023-03-04,10,Won
pair,O1,Alpha,2023-01-02,2023-03-04,10,Lost
mate,O1,Beta,2023-12-02,2024-02-02,10,Won
slow,,Beta,2023-01-02,2024-02-02,10,Won
open,,Gamma,2020-01-02,,,Open
young,,Gamma,2025-01-02,2025-02-02,10,Won
"""


def place(folder: Path, keep: str = "forever") -> Settings:
    (folder / "leftturn.yaml").write_text(CONFIG + f"privacy: {{keep: {keep}}}\n")
    (folder / "deals.csv").write_text(DEALS)
    (folder / "lines.csv").write_text("of,net\nold,4\nO1,5\nyoung,6\n")
    (folder / "stages.csv").write_text("of,stage,at\nold,Won,2023-03-04\nyoung,Won,2025-02-02\n")
    return load(folder / "leftturn.yaml", environ={})


def read(store: Store, settings: Settings, now: datetime = NOW) -> list[Any]:
    reports = []
    for source in settings.sources:
        with store.write() as conn:
            reports.append(ingest(conn, settings, source, now=now))
    return reports


def known(store: Store, role: Any = "deals") -> set[str]:
    with store.read() as conn:
        return set(load_versions(conn, role)["deal_id"].to_list())


def age(store: Store) -> int:
    with store.write() as conn:
        versions = load_versions(conn, "deals")
        old = old_deals(versions, BEFORE)
        count = erase_deals(conn, old, versions, NOW.date())
        note_aged(conn, Aged(at=NOW, before=BEFORE, deals=old.height, versions=count), restated=True)
    return count


def test_what_was_over_before_the_day_goes_with_its_lines_and_an_order_goes_whole(
    tmp_path: Path, store: Store
) -> None:
    settings = place(tmp_path)
    read(store, settings)
    assert age(store) == 2  # as it was loaded, and its change of stage
    assert known(store) == {"pair", "mate", "slow", "open", "young"}
    assert known(store, "lines") == {"O1", "young"}
    with store.read() as conn:
        assert aged_on(conn, "old") == NOW.date()
        assert aged_on(conn, "young") is None
        assert aged_before(conn) == BEFORE
        assert whole_from(conn) == (
            "History is whole from 2024-01-01 on: 1 deal that was over before 2024-01-01 left the store on "
            "2026-06-01, in 2 versions (privacy.keep), and the weeks before are kept as figures alone"
        )
        assert str(aged_out(conn, date(2023, 12, 31))).endswith(
            "in 2 versions: what this rests on cannot be reckoned from them any more"
        )
        assert aged_out(conn, BEFORE) is None
    with store.write() as conn:
        later = Aged(at=NOW + timedelta(days=7), before=BEFORE + timedelta(days=7), deals=20, versions=1100)
        note_aged(conn, later, restated=False)
        assert str(aged_out(conn, BEFORE)).startswith(
            "20 deals that were over before 2024-01-08 left the store on"
        )
        assert (
            "21 deals that were over before 2024-01-08 left the store from 2026-06-01 to 2026-06-08"
            in str(whole_from(conn))
        )


def test_a_source_that_still_shows_it_does_not_bring_it_back(tmp_path: Path, sqlite_store: Store) -> None:
    settings = place(tmp_path)
    read(sqlite_store, settings)
    age(sqlite_store)
    for name, more in (("deals", "new,,Alpha,2026-05-01,,,Open\n"), ("lines", "new,1\n")):
        with (tmp_path / f"{name}.csv").open("a") as file:
            file.write(more)
    with (tmp_path / "stages.csv").open("a") as file:
        file.write("old,Open,2023-02-02\n")
    deals, lines, stages = read(sqlite_store, settings, datetime(2026, 6, 2, 6, tzinfo=UTC))
    assert known(sqlite_store) == {"pair", "mate", "slow", "open", "young", "new"}
    assert known(sqlite_store, "lines") == {"O1", "young", "new"}
    assert (deals.rows_read, deals.accepted, deals.ignored, deals.new_versions) == (7, 6, 1, 1)
    assert (deals.deleted, lines.new_versions) == (0, 1)
    assert not stages.again  # its deal is not one that may yet come


def test_a_deal_that_lives_again_is_taken_with_its_lines(tmp_path: Path, sqlite_store: Store) -> None:
    settings = place(tmp_path)
    read(sqlite_store, settings)
    age(sqlite_store)
    (tmp_path / "deals.csv").write_text(DEALS.replace("2023-03-04,10,Won", ",,Open"))
    with (tmp_path / "lines.csv").open("a") as file:
        file.write("other,1\n")
    read(sqlite_store, settings, datetime(2026, 6, 2, 6, tzinfo=UTC))
    assert "old" in known(sqlite_store)
    assert "old" in known(sqlite_store, "lines")


def test_a_first_load_leaves_out_what_is_older_than_deals_are_kept(
    tmp_path: Path, sqlite_store: Store
) -> None:
    settings = place(tmp_path, "104 weeks")  # from 3 June 2024 on
    deals, *_ = read(sqlite_store, settings)
    assert known(sqlite_store) == {"open", "young"}
    assert (deals.rows_read, deals.accepted, deals.ignored) == (6, 2, 4)
    with sqlite_store.read() as conn:
        assert aged_before(conn) == date(2024, 6, 3)
    again, *_ = read(sqlite_store, settings, datetime(2026, 6, 2, 6, tzinfo=UTC))
    assert again.skipped


def test_old_mails_packs_and_rows_are_blank_but_for_open_inflections(tmp_path: Path, store: Store) -> None:
    old, late = datetime(2023, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    with store.write() as conn:
        for name, state in (("over", "closed"), ("lasts", "open")):
            day = date(2023, 1, 2)
            conn.execute(
                tables.inflection.insert().values(
                    id=name, opened_on=day, started_on=day, started_low=day, started_high=day,
                    verdict="unclear", direction="up", state=state,
                )
            )  # fmt: skip
            conn.execute(
                tables.evidence.insert().values(inflection_id=name, week=day, hash="h", pack={"who": "Alpha"})
            )
        for name, about, at, state in (
            ("1", "over", old, "sent"),
            ("2", "lasts", old, "sent"),
            ("3", None, old, "queued"),
            ("4", None, late, "sent"),
            ("5", None, old, "folded"),
        ):
            conn.execute(
                tables.notice.insert().values(
                    message_id=name, inflection_id=about, kind="digest", reason="r", seq=0, sender="s",
                    recipient="r", subject="Alpha", content=b"Alpha", state=state, attempts=1, created_at=at,
                )
            )  # fmt: skip
    with store.write() as conn:
        erased = erase_beside(conn, datetime(2024, 1, 1, tzinfo=UTC), BEFORE)
        assert (erased.mails, erased.packs) == (2, 1)
    with store.write() as conn:
        again = erase_beside(conn, datetime(2024, 1, 1, tzinfo=UTC), BEFORE)
        assert (again.mails, again.packs) == (0, 0)
        one = tables.notice.c
        told = dict(conn.execute(select(one.message_id, one.subject)).all())
        packs = dict(conn.execute(select(tables.evidence.c.inflection_id, tables.evidence.c.pack)).all())
    assert told == {"1": "(aged out)", "2": "Alpha", "3": "Alpha", "4": "Alpha", "5": "(aged out)"}
    assert packs == {"over": None, "lasts": {"who": "Alpha"}}


def test_rows_set_aside_go_with_reads_that_are_old_but_for_the_newest(tmp_path: Path, store: Store) -> None:
    settings = place(tmp_path)
    with store.write() as conn:
        for year, names in ((2021, ("a", "b")), (2022, ("a",))):
            for name in names:
                row = tables.source_read.insert().values(
                    source="crm", file=name, content_hash="h", reading="r", read_at=datetime(year, 1, 1, tzinfo=UTC),
                    whole=True, rows_read=1, accepted=0, quarantined=1, duplicates=0, ignored=0, message="",
                )  # fmt: skip
                (key,) = conn.execute(row).inserted_primary_key
                aside = {"row": 2, "reason": f"{name}{year}", "detail": "d", "raw": "Alpha"}
                conn.execute(tables.rejected_row.insert().values(source_read_id=key, **aside))
        assert erase_beside(conn, datetime(2024, 1, 1, tzinfo=UTC), BEFORE).set_aside == 1
        assert sorted(conn.execute(select(tables.rejected_row.c.reason)).scalars()) == ["a2022", "b2021"]
    assert settings.privacy.keep is None


@pytest.mark.parametrize(("written", "weeks"), [("104 weeks", 104), ("5 years", 261), ("forever", None)])
def test_how_long_deals_are_kept_is_read_as_whole_weeks(
    tmp_path: Path, written: str, weeks: int | None
) -> None:
    assert place(tmp_path, written).privacy.keep == weeks
