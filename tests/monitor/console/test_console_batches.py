"""The pages on what the data can bear: effective deals of each series, and the deals of a batch."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import polars as pl

from monitor.segments import pseudonym
from monitor.store.deals import save_deals
from monitor.types import DEAL_COLUMNS, INSTANT

from .conftest import Site

FIRST = date(2025, 1, 6)
WEEKS = 69
ROBOT = "Robot <b>"


def sold(site: Site, *, more: int = 0, read_at: datetime) -> None:
    """Five deals a day by five people; each Tuesday a robot closes twelve, all of them won or all lost."""
    rows = []
    for day in (FIRST + timedelta(days=n) for n in range(7 * WEEKS)):
        rows += [
            (day, f"rep {n}", f"rep {n}", "won" if (day.toordinal() + n) % 2 else "lost") for n in range(5)
        ]
        if day.weekday() == 1:
            outcome = "won" if day.toordinal() % 2 else "lost"
            rows += [(day, f"rep {n % 5}", ROBOT, outcome) for n in range(12 + more)]
    frame = pl.DataFrame(
        rows, schema=["closed_on", "owner", "closed_by", "outcome"], orient="row"
    ).with_columns(
        source=pl.lit("crm"),
        deal_id=pl.format("{}-{}", pl.lit(f"B{more}"), pl.int_range(pl.len())),
        created_on=pl.col("closed_on") - timedelta(days=3),
        deleted=pl.lit(False),
        observed=pl.lit(False),
        known_at=pl.lit(read_at, INSTANT),
    )
    lacking = [
        pl.lit(None, kind).alias(name) for name, kind in DEAL_COLUMNS.items() if name not in frame.columns
    ]
    with site.store.write() as conn:
        save_deals(conn, frame.with_columns(lacking))


def test_the_page_tells_of_series_and_batches_and_leads_to_their_deals(site: Site) -> None:
    sold(site, read_at=site.clock.now)
    site.sign_in()
    page = site.get("/batches").text
    assert re.search(r"<b>win_rate</b> <span>47\.0 deals a week, \d+\.\d effective \(\d+ %\)", page), page
    [first, *_] = re.findall(r'href="(/batches/\w+)">12 deals, closed by (seller \w+)', page)
    assert first[1] == pseudonym(ROBOT)
    rows = site.get(first[0])
    assert rows.status_code == 200
    assert rows.text.count("<li><b>B0-") == 12
    assert "Robot" not in page + rows.text


def test_deals_that_come_later_are_reckoned_with(site: Site) -> None:
    sold(site, read_at=site.clock.now)
    site.sign_in()
    before = site.get("/batches").text
    assert site.get("/batches").text == before
    sold(site, more=5, read_at=site.clock.now)
    after = site.get("/batches").text
    assert "29 deals, closed by" in after, after
    assert "29 deals, closed by" not in before


def test_without_deals_and_without_such_a_batch_the_pages_say_so(site: Site) -> None:
    site.sign_in()
    assert "no complete week of deals yet" in site.get("/batches").text
    missing = site.get("/batches/0123456789")
    assert missing.status_code == 404
    assert "no such batch" in missing.text


def test_the_deals_of_a_batch_are_for_those_who_know_the_token(site: Site) -> None:
    assert site.get("/batches/0123456789").headers["location"].startswith("/login")
