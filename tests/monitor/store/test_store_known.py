"""As known then: what a replay shows at an instant, against the same rules applied deal by deal."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from monitor.schedule import Plan, ready_at
from monitor.store.deals import as_first_known, as_known, first_described
from monitor.store.known import OF_THE_OUTCOME, last_day_known
from monitor.types import DEAL_COLUMNS, INSTANT, VERSION_COLUMNS
from monitor.wall_clock import first_instant

DAY = timedelta(days=1)
ZONE = "America/New_York"
LATE = {"crm": timedelta(days=3), "web": timedelta(hours=6), "accounts": timedelta(0), "extra": timedelta(0)}
LOADED = datetime(2026, 5, 1, 12, tzinfo=UTC)
NOTHING = dict.fromkeys(DEAL_COLUMNS, None)
ASSUMED = {"known_at": LOADED, "observed": False, "source": "crm", "deleted": False, "outcome": "won"}


def versions(*rows: dict[str, Any]) -> pl.DataFrame:
    """Versions of deals; what a row leaves out is as in ASSUMED, or null."""
    schema = {**VERSION_COLUMNS, **DEAL_COLUMNS, "attr:industry": pl.String, "attr:region": pl.String}
    empty = dict.fromkeys(schema)
    return pl.DataFrame([{**empty, **ASSUMED, **row} for row in rows], schema=schema)


def accounts(*rows: dict[str, Any]) -> pl.DataFrame:
    """Versions of accounts, likewise."""
    schema = {**VERSION_COLUMNS, "source": pl.String, "account": pl.String, "attr:industry": pl.String}
    base = {"known_at": LOADED, "observed": False, "source": "accounts"}
    return pl.DataFrame([{**dict.fromkeys(schema), **base, **row} for row in rows], schema=schema)


def at_noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def known(frame: pl.DataFrame, at: datetime, of: pl.DataFrame | None = None) -> dict[str, dict[str, Any]]:
    """The deals known at an instant, by id."""
    told = as_known(frame, accounts() if of is None else of, at, LATE, ZONE)
    assert told["deal_id"].is_unique().all()
    return {row["deal_id"]: row for row in told.iter_rows(named=True)}


WON = {
    "deal_id": "a",
    "created_on": date(2026, 1, 5),
    "closed_on": date(2026, 2, 10),
    "closed_by": "Ann",
    "stage": "Won",
    "amount": 100,
    "account": "Acme",
}


def test_an_assumed_deal_is_unknown_then_open_then_decided() -> None:
    frame = versions(WON)
    start, end = (
        datetime(2026, 1, 9, 5, tzinfo=UTC),
        datetime(2026, 2, 14, 5, tzinfo=UTC),
    )  # midnight, 3 days on
    assert known(frame, start - timedelta(seconds=1)) == {}
    assert known(frame, start)["a"]["outcome"] == "open"
    assert known(frame, end - timedelta(seconds=1))["a"]["outcome"] == "open"
    assert known(frame, end)["a"]["outcome"] == "won"


def test_what_comes_with_the_outcome_is_blank_while_it_is_not_known() -> None:
    told = known(versions({**WON, "loss_reason": "price"}), at_noon(date(2026, 2, 1)))["a"]
    assert {name: told[name] for name in OF_THE_OUTCOME} == dict.fromkeys(OF_THE_OUTCOME)
    assert (told["account"], told["created_on"]) == ("Acme", date(2026, 1, 5))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Beirut", "Pacific/Apia", "UTC", "Africa/Cairo"])
@pytest.mark.parametrize(
    "late", [timedelta(0), timedelta(days=3), timedelta(hours=36), timedelta(minutes=90)]
)
def test_everything_of_a_week_is_known_at_the_instant_it_may_be_judged(zone: str, late: timedelta) -> None:
    week = date(2026, 1, 5)
    while week < date(2027, 1, 1):
        ready = ready_at(Plan(timezone=zone, late_by=late), week)
        assert last_day_known(ready, late, zone) == week + 6 * DAY, week
        assert last_day_known(ready - timedelta(seconds=1), late, zone) < week + 6 * DAY, week
        week += 7 * DAY


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Beirut", "America/Havana", "Africa/Cairo"])
def test_what_is_known_stays_known_when_clocks_are_set_back(zone: str) -> None:
    late, at = timedelta(hours=1), datetime(2026, 1, 1, tzinfo=UTC)
    day = last_day_known(at, late, zone)
    for _ in range(24 * 2 * 365):
        at += timedelta(minutes=30)
        later = last_day_known(at, late, zone)
        assert day <= later <= day + DAY
        day = later


def test_an_observed_version_counts_from_the_instant_it_was_known() -> None:
    seen = LOADED + timedelta(days=7)
    frame = versions(
        {**WON, "outcome": "open", "closed_on": None},
        {**WON, "known_at": seen, "observed": True, "outcome": "lost", "closed_on": date(2026, 5, 6)},
    )
    assert known(frame, seen - timedelta(seconds=1))["a"]["outcome"] == "open"
    told = known(frame, seen)["a"]
    assert (told["outcome"], told["closed_on"]) == ("lost", date(2026, 5, 6))


def test_a_deleted_deal_is_there_until_its_deletion_is_known() -> None:
    seen = LOADED + timedelta(days=7)
    frame = versions(WON, {**WON, "known_at": seen, "observed": True, "deleted": True})
    assert "a" in known(frame, seen - timedelta(seconds=1))
    assert known(frame, seen) == {}


def test_a_deal_that_was_loaded_as_deleted_never_was() -> None:
    assert known(versions({**WON, "deleted": True}), at_noon(date(2026, 6, 1))) == {}


def test_a_deal_without_a_day_of_creation_is_known_with_its_outcome() -> None:
    frame = versions(
        {**WON, "created_on": None}, {**WON, "deal_id": "b", "created_on": None, "outcome": "open"}
    )
    assert known(frame, at_noon(date(2026, 2, 12))) == {}
    assert list(known(frame, at_noon(date(2026, 2, 14)))) == ["a"]


def test_a_day_of_the_future_is_not_known_even_if_it_was_observed() -> None:
    frame = versions(
        {**WON, "observed": True, "closed_on": date(2026, 6, 30)},
        {
            **WON,
            "deal_id": "b",
            "observed": True,
            "created_on": date(2026, 6, 30),
            "closed_on": None,
            "outcome": "open",
        },
    )
    assert {name: row["outcome"] for name, row in known(frame, LOADED).items()} == {"a": "open"}
    assert {name: row["outcome"] for name, row in known(frame, at_noon(date(2026, 6, 30))).items()} == {
        "a": "won",
        "b": "open",
    }


def test_a_deals_own_attribute_wins_over_its_accounts_unless_it_is_blank() -> None:
    of = accounts({"account": "Acme", "attr:industry": "software"})
    frame = versions(
        {**WON, "attr:industry": "finance"},
        {**WON, "deal_id": "b", "attr:industry": " "},
        {**WON, "deal_id": "c"},
        {**WON, "deal_id": "d", "account": "Other"},
        {**WON, "deal_id": "e", "account": None},
    )
    told = known(frame, at_noon(date(2026, 3, 1)), of)
    assert {name: row["attr:industry"] for name, row in told.items()} == {
        "a": "finance",
        "b": "software",
        "c": "software",
        "d": None,
        "e": None,
    }


def test_an_accounts_newest_known_version_counts_and_an_assumed_one_always() -> None:
    seen = LOADED + timedelta(days=7)
    of = accounts(
        {"account": "Acme", "attr:industry": "software"},
        {"account": "Acme", "attr:industry": "retail", "known_at": seen, "observed": True},
        {"account": "New", "attr:industry": "steel", "known_at": seen, "observed": True},
    )
    frame = versions(WON, {**WON, "deal_id": "b", "account": "New"})
    early = known(frame, at_noon(date(2026, 3, 1)), of)
    assert [early[name]["attr:industry"] for name in "ab"] == ["software", None]
    late = known(frame, seen, of)
    assert [late[name]["attr:industry"] for name in "ab"] == ["retail", "steel"]


def test_of_two_sources_of_accounts_the_first_configured_wins() -> None:
    of = accounts(
        {"source": "accounts", "account": "Acme", "attr:industry": "zinc"},
        {"source": "extra", "account": "Acme", "attr:industry": "alum"},
    )
    told = as_known(versions(WON), of, at_noon(date(2026, 3, 1)), LATE, ZONE)
    assert told["attr:industry"].to_list() == ["zinc"]
    turned = dict(reversed(LATE.items()))
    told = as_known(versions(WON), of, at_noon(date(2026, 3, 1)), turned, ZONE)
    assert told["attr:industry"].to_list() == ["alum"]


def test_deals_of_a_source_that_is_not_configured_any_more_are_left_out() -> None:
    assert known(versions({**WON, "source": "old crm"}), at_noon(date(2026, 6, 1))) == {}


def test_the_result_has_exactly_the_columns_of_deals() -> None:
    told = as_known(versions(), accounts(), LOADED, LATE, ZONE)
    assert dict(told.schema) == {
        **DEAL_COLUMNS,
        "attr:industry": pl.String,
        "attr:region": pl.String,
    }


# The same rules, one deal at a time.


def slowly(frame: pl.DataFrame, of: pl.DataFrame, at: datetime) -> dict[tuple[str, str], dict[str, Any]]:
    """`as_known` as a person would do it with paper and pencil."""
    deals: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        deals.setdefault((row["source"], row["deal_id"]), []).append(row)
    told = {}
    for key, rows in deals.items():
        observed = [row for row in rows if row["observed"] and row["known_at"] <= at]
        assumed = [row for row in rows if not row["observed"]]
        chosen = max(observed or assumed, key=lambda row: row["known_at"], default=None)
        if chosen is None or chosen["deleted"]:
            continue
        shown = _shown(chosen, at)
        if shown is not None:
            told[key] = _enriched(shown, of, at)
    return told


def _is_over(day: date | None, row: dict[str, Any], at: datetime) -> bool:
    """Whether a day is known: of an observed row once it has begun, else when it is over and `late_by` has passed."""
    if day is None:
        return False
    if row["observed"]:
        return first_instant(ZONE, datetime.combine(day, time())) <= at
    return first_instant(ZONE, datetime.combine(day + DAY, time()) + LATE[row["source"]]) <= at


def _shown(row: dict[str, Any], at: datetime) -> dict[str, Any] | None:
    row = {name: value for name, value in row.items() if name not in ("known_at",)}
    if row["outcome"] != "open" and _is_over(row["closed_on"], row, at):
        return row
    if not _is_over(row["created_on"], row, at):
        return None
    if row["outcome"] != "open":
        row |= {**dict.fromkeys(OF_THE_OUTCOME), "outcome": "open"}
    return row


def _enriched(row: dict[str, Any], of: pl.DataFrame, at: datetime) -> dict[str, Any]:
    rows = [each for each in of.iter_rows(named=True) if each["account"] == row["account"]]
    rows = [each for each in rows if not each["observed"] or each["known_at"] <= at]
    rows.sort(key=lambda each: (each["observed"], each["known_at"]))
    own = row["attr:industry"]
    if own is None or not own.strip():
        row["attr:industry"] = rows[-1]["attr:industry"] if rows else None
    row.pop("observed")
    return row


def some_versions(rng: random.Random, deals: int) -> Iterable[dict[str, Any]]:
    """A first load, then days of changes, deletions, returns and backfills."""
    for number in range(deals):
        created = date(2026, 4, 1) + timedelta(days=rng.randrange(40)) if rng.random() < 0.9 else None
        closed = (created or date(2026, 4, 1)) + timedelta(days=rng.randrange(40))
        at = LOADED
        for step in range(rng.choice((1, 1, 2, 4))):
            outcome = rng.choice(("won", "lost", "open", "no_decision"))
            yield {
                "source": rng.choice(("crm", "web")) if step == 0 and number % 7 == 0 else "crm",
                "deal_id": f"d{number}",
                "known_at": at,
                "observed": rng.random() < (0.85 if step else 0.3),
                "created_on": created,
                "closed_on": closed if outcome != "open" else None,
                "outcome": outcome,
                "stage": outcome,
                "deleted": rng.random() < 0.1,
                "account": rng.choice(("Acme", "Zeta", None)),
                "attr:industry": rng.choice((None, "", "steel")),
                "amount": number,
                "owner": "Ann",
            }
            at += timedelta(hours=rng.randrange(1, 200))


@pytest.mark.parametrize("seed", range(6))
def test_replaying_instant_by_instant_equals_deal_by_deal(seed: int) -> None:
    rng = random.Random(seed)
    frame = versions(*some_versions(rng, 80))
    of = accounts(
        {"account": "Acme", "attr:industry": "software"},
        {"account": "Acme", "attr:industry": "retail", "known_at": LOADED + 5 * DAY, "observed": True},
        {"account": "Zeta", "attr:industry": "zinc", "known_at": LOADED + 9 * DAY, "observed": True},
    )
    at = datetime(2026, 3, 30, tzinfo=UTC)
    seen = set()
    while at < datetime(2026, 6, 20, tzinfo=UTC):
        told = as_known(frame, of, at, LATE, ZONE)
        expected = slowly(frame, of, at)
        found = {(row["source"], row["deal_id"]): row for row in told.iter_rows(named=True)}
        assert found == expected
        seen.add(len(found))
        at += timedelta(hours=rng.randrange(1, 30))
    assert len(seen) > 20, "the replay shows hardly anything"


def test_the_known_time_of_an_assumed_version_is_no_bound() -> None:
    """It was read in May, and yet known in February: that is what assumed means."""
    frame = versions(WON).with_columns(pl.lit(LOADED + 900 * DAY).cast(INSTANT).alias("known_at"))
    assert known(frame, at_noon(date(2026, 3, 1)))["a"]["outcome"] == "won"


def test_an_account_is_described_as_it_was_when_that_was_first_said() -> None:
    """Blank at first and filled in later counts from the beginning; what is not known yet does not."""
    later = {"known_at": at_noon(date(2026, 6, 1)), "observed": True}
    last = {"known_at": at_noon(date(2026, 7, 1)), "observed": True}
    of = accounts(
        {"account": "Acme", "attr:industry": "alum", **last},
        {"account": "Acme", "attr:industry": "zinc"},
        {"account": "Blank", "attr:industry": " "},
        {"account": "Blank", "attr:industry": "zinc", **later},
        {"account": "Blank", "attr:industry": "alum", **last},
        {"account": "New", "attr:industry": "alum", **last},
    )
    told = first_described(of, at_noon(date(2026, 7, 2)))
    assert dict(told.select("account", "attr:industry").iter_rows()) == {
        "Acme": "zinc",
        "Blank": "zinc",
        "New": "alum",
    }
    assert told.columns == of.columns
    early = first_described(of, at_noon(date(2026, 6, 30)))
    assert sorted(early["account"]) == ["Acme", "Blank"]


def test_a_deal_after_its_account_was_rewritten_has_the_first_description_where_that_is_asked_for() -> None:
    came = {
        "deal_id": "1",
        "account": "Acme",
        "outcome": "open",
        "created_on": date(2026, 7, 3),
        "known_at": at_noon(date(2026, 7, 3)),
        "observed": True,
    }
    of = accounts(
        {"account": "Acme", "attr:industry": "zinc"},
        {"account": "Acme", "attr:industry": "alum", "known_at": at_noon(date(2026, 7, 1)), "observed": True},
    )
    at = at_noon(date(2026, 7, 4))
    then, first = (
        as_first_known(versions(came), one, at, LATE, ZONE)["attr:industry"].to_list()
        for one in (of, first_described(of, at))
    )
    assert (then, first) == (["alum"], ["zinc"])
