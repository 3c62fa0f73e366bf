"""A silence keeps a notice back, never an end, a correction or what became materially worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert

from alerts import samples
from alerts.types import Interval, Reason
from monitor.silencing import REARMED, silence_over
from monitor.store import Store, tables
from monitor.store.acts import Author
from monitor.store.silences import Silence, active_silences, add_silence, all_silences

NOW = datetime(2026, 5, 7, 8, tzinfo=UTC)
ALERT = replace(samples.alerts()["market_shift"], id="a")
SETTINGS: Any = SimpleNamespace(company=SimpleNamespace(timezone="UTC"))
INFLECTION: Any = SimpleNamespace(
    id="a",
    headline=SimpleNamespace(key=SimpleNamespace(metric="win_rate", segment=(("tier", "core"),))),
    cause=SimpleNamespace(place={"region": "EMEA"}),
)


def sized(change: float) -> Any:
    """The alert with a headline that moved by so much, its interval close about it."""
    head = ALERT.findings[0]
    between = Interval(low=change - 0.01, high=change + 0.01)
    return replace(ALERT, findings=(replace(head, before=0.5, after=0.5 + change, change=between),))


@pytest.fixture
def silent(sqlite_store: Store) -> Any:
    """Asks about a notice in a store with one silence of the kind asked for; gives who keeps it back."""
    days = dict.fromkeys(("opened_on", "started_on", "started_low", "started_high"), NOW.date())
    row = {"id": "a", **days, "verdict": "market_shift", "direction": "down", "state": "open"}
    with sqlite_store.write() as conn:
        conn.execute(insert(tables.inflection), [row])

    def add(**of: Any) -> Silence:
        author = Author(who="Rita", via="console", at=NOW)
        with sqlite_store.write() as conn:
            return add_silence(conn, author, today=NOW.date(), reason="known", **of)

    def ask(alert: Any = ALERT, reason: Reason = Reason.OPENED, days: int = 0) -> Any:
        with sqlite_store.write() as conn:
            return silence_over(conn, INFLECTION, alert, reason, SETTINGS, NOW + timedelta(days=days))

    return SimpleNamespace(add=add, ask=ask, store=sqlite_store)


@pytest.mark.parametrize(
    ("of", "kept"),
    [
        ({"inflection_id": "a"}, True),
        ({"metric": "win_rate"}, True),
        ({"place": {"region": "EMEA"}}, True),
        ({"metric": "win_rate", "place": {"tier": "core"}}, True),
        ({"metric": "volume"}, False),
        ({"place": {"region": "North"}}, False),
    ],
)
def test_what_is_silenced_is_kept_back_until_the_last_day(
    silent: Any, of: dict[str, Any], kept: bool
) -> None:
    made = silent.add(**of)
    found = silent.ask()
    assert (found is not None) == kept
    if kept:
        assert (found.by, found.first_on) == (made, NOW.date())
        assert silent.ask().first_on is None
        assert silent.ask(days=30) is not None
    assert silent.ask(days=31) is None


@pytest.mark.parametrize("reason", [Reason.CLOSED, Reason.RETRACTED])
def test_an_end_is_told_to_those_who_were_told(silent: Any, reason: Reason) -> None:
    silent.add(inflection_id="a")
    assert silent.ask(reason=reason) is None


def test_the_correction_of_a_false_alarm_is_told(silent: Any) -> None:
    silent.add(inflection_id="a")
    assert silent.ask(replace(ALERT, verdict="recording"), Reason.CLARIFIED) is None


def test_what_became_worse_is_told_and_ends_the_silence_of_that_change(silent: Any) -> None:
    silent.add(inflection_id="a")
    assert silent.ask(reason=Reason.WORSENED) is None
    with silent.store.read() as conn:
        assert [(one.ended_by, one.ended_why) for one in all_silences(conn)] == [("LeftTurn", REARMED)]


def test_a_change_nobody_was_told_of_is_told_once_it_is_half_as_large_again(silent: Any) -> None:
    silent.add(inflection_id="a")
    assert silent.ask(sized(-0.10)) is not None
    assert silent.ask(sized(-0.14)) is not None
    assert silent.ask(sized(+0.30)) is not None
    assert silent.ask(sized(-0.16)) is None
    with silent.store.read() as conn:
        assert active_silences(conn, NOW.date()) == []


def test_a_wider_silence_goes_on_for_what_else_lies_in_it(silent: Any) -> None:
    silent.add(metric="win_rate")
    assert silent.ask(reason=Reason.WORSENED) is None
    with silent.store.read() as conn:
        assert len(active_silences(conn, NOW.date())) == 1
