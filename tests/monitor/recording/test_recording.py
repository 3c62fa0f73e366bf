"""Signs of changed recording: each kind is seen on its day, and ordinary histories show none."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from monitor.recording import EFFECTS, RecordingEvent, recording_events, rewritten
from monitor.types import DEAL_COLUMNS, VERSION_COLUMNS

FIRST = date(2024, 1, 1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def history(weeks: int = 80, a_week: int = 30, seed: int = 1) -> list[dict[str, Any]]:
    """Deals of an ordinary company: five sellers, two stages, one industry of three."""
    rng = random.Random(seed)
    return [
        {
            "source": "crm",
            "deal_id": f"d{week}-{n}",
            "known_at": NOW,
            "observed": False,
            "deleted": False,
            "owner": f"seller {rng.randrange(5)}",
            "creator": None,
            "created_on": FIRST + timedelta(weeks=week, days=-20),
            "closed_on": FIRST + timedelta(weeks=week, days=rng.randrange(5)),
            "outcome": (outcome := rng.choice(("won", "lost"))),
            "stage": outcome.title(),
            "currency": "USD",
            "attr:industry": rng.choice(("a", "b", "c")),
        }
        for week in range(weeks)
        for n in range(a_week)
    ]


def events(rows: list[dict[str, Any]]) -> tuple[RecordingEvent, ...]:
    schema = {**VERSION_COLUMNS, **DEAL_COLUMNS, "attr:industry": pl.String}
    frame = pl.DataFrame(rows, schema_overrides=schema)
    lacking = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in frame.columns]
    return recording_events(frame.with_columns(lacking))


@pytest.mark.parametrize("seed", range(6))
def test_an_ordinary_history_shows_nothing(seed: int) -> None:
    assert events(history(seed=seed)) == ()


def test_no_deals_no_events() -> None:
    assert recording_events(pl.DataFrame(schema={**VERSION_COLUMNS, **DEAL_COLUMNS})) == ()


def test_a_bulk_close_is_seen_on_its_day() -> None:
    rows = history()
    day = date(2024, 9, 4)
    rows += [
        {**rows[0], "deal_id": f"x{n}", "closed_on": day, "stage": "Lost", "outcome": "lost"}
        for n in range(200)
    ]
    (found,) = events(rows)
    assert (found.kind, found.on, found.subject) == ("bulk_close", day, rows[0]["owner"])
    assert found.deals >= 200


def test_an_integration_user_comes_and_goes() -> None:
    rows = history()
    mine = [
        {**row, "creator": "sync", "deal_id": f"s{n}", "outcome": "lost", "stage": "Lost"}
        for n, row in enumerate(rows[30 * 30 : 60 * 30 : 10])
    ]
    found = events(rows + mine)
    assert [(each.kind, each.subject) for each in found] == [
        ("one_sided_came", "sync"),
        ("one_sided_left", "sync"),
    ]
    assert found[0].on == min(row["closed_on"] for row in mine)
    assert found[1].on == max(row["closed_on"] for row in mine)


def test_a_stage_renamed_is_one_event_that_holds() -> None:
    rows = history()
    turn = date(2024, 12, 2)
    for row in rows:
        if row["closed_on"] >= turn and row["stage"] == "Lost":
            row["stage"] = "Closed Lost"
    (found,) = events(rows)
    assert (found.kind, found.subject, found.effect) == ("stage_renamed", "Closed Lost", "hold")
    assert turn <= found.on < turn + timedelta(days=7)


def test_a_new_stage_beside_the_old_ones_is_new() -> None:
    rows = history()
    turn = date(2024, 12, 2)
    for n, row in enumerate(rows):
        if row["closed_on"] >= turn and row["stage"] == "Lost" and n % 3 == 0:
            row |= {"stage": "Disqualified", "outcome": "disqualified"}
    found = {each.kind: each for each in events(rows)}
    assert found.keys() == {"stage_new", "disqualified"}
    assert abs(found["disqualified"].on - turn) <= timedelta(weeks=2)


def test_a_column_that_goes_blank_is_seen() -> None:
    rows = history()
    turn = date(2024, 12, 2)
    for row in rows:
        if row["created_on"] >= turn:
            row["attr:industry"] = None
    (found,) = [each for each in events(rows) if each.kind == "nulls"]
    assert (found.subject, found.effect) == ("industry", "hold")
    assert abs(found.on - turn) <= timedelta(weeks=1)


def test_a_category_that_appears_is_seen() -> None:
    rows = history()
    for n, row in enumerate(rows):
        if row["created_on"] >= date(2024, 12, 2) and n % 4 == 0:
            row["attr:industry"] = "new one"
    (found,) = events(rows)
    assert (found.kind, found.subject) == ("category_new", "industry=new one")
    assert found.made == pytest.approx(0.0, abs=0.05)  # its deals are won as often as the others


def test_what_a_new_category_does_to_the_win_rate_is_told_but_not_of_what_is_told_at_the_end() -> None:
    """One deal in four is of a new product that nobody wants: a fall from a half to three eighths."""
    rows = history()
    for n, row in enumerate(rows):
        row["loss_reason"] = None
        if row["created_on"] >= date(2024, 12, 2) and n % 4 == 0:
            row |= {
                "attr:industry": "new one",
                "loss_reason": "new reason",
                "outcome": "lost",
                "stage": "Lost",
            }
    found = {each.subject: each.made for each in events(rows) if each.kind == "category_new"}
    assert found["industry=new one"] == pytest.approx(-0.125, abs=0.04)
    assert found["loss_reason=new reason"] is None


def test_values_filled_in_later_for_many_are_an_enrichment() -> None:
    rows = history()
    for row in rows[:100]:
        row["attr:industry"] = None
    later = datetime(2026, 2, 3, 12, tzinfo=UTC)
    rows += [{**row, "attr:industry": "a", "observed": True, "known_at": later} for row in rows[:50]]
    (found,) = [each for each in events(rows) if each.kind == "enriched"]
    assert (found.on, found.subject, found.deals) == (later.date(), "industry", 50)


def test_accounts_rewritten_for_many_on_a_day_are_an_event_and_those_mended_every_day_are_none() -> None:
    """A vendor's 300 on one day; before, three a day are mended. Twenty on each of twelve days are nobody's event."""
    schema = {**VERSION_COLUMNS, "source": pl.String, "account": pl.String, "attr:industry": pl.String}

    def found(days: dict[date, int]) -> list[tuple[date, str, int]]:
        first = {"known_at": NOW, "observed": False, "source": "accounts", "attr:industry": "a"}
        rows = [{**first, "account": f"a{n}"} for n in range(500)]
        on = [day for day, count in days.items() for _ in range(count)]
        rows += [
            {
                **row,
                "attr:industry": "b",
                "observed": True,
                "known_at": datetime(*day.timetuple()[:3], 12, tzinfo=UTC),
            }
            for row, day in zip(rows, on, strict=False)
        ]
        told = rewritten(pl.DataFrame(rows, schema=schema), ["source", "account"])
        return [(one.on, one.subject, one.deals) for one in told]

    vendor = date(2025, 8, 25)
    daily = {date(2025, 6, 1) + timedelta(days=n): 3 for n in range(12)}
    assert found({**daily, vendor: 300}) == [(vendor, "industry", 300)]
    assert found(dict.fromkeys(daily, 20)) == []


def test_fewer_deals_are_no_sign() -> None:
    rows = [row for n, row in enumerate(history()) if row["closed_on"] < date(2024, 12, 2) or n % 3 == 0]
    assert events(rows) == ()


def test_every_kind_has_an_effect() -> None:
    assert set(EFFECTS.values()) == {"hold", "annotate"}
