"""What people do is kept with who and when: answers, silences, subscriptions, accepted data."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from monitor.store import Store, holds, tables
from monitor.store.acceptances import accept, is_accepted, waiting
from monitor.store.acts import ActError, Author
from monitor.store.answers import answers_to, decide, due, feedback_since, give_feedback, standing, undo
from monitor.store.silences import (
    active_silences,
    add_silence,
    all_silences,
    end_silence,
    kept_back,
    note_kept_back,
    silences_of,
)
from monitor.store.subscriptions import subscribe, unsubscribed, words

NOW = datetime(2026, 5, 7, 8, tzinfo=UTC)
TODAY = NOW.date()
ID = "20260504-win-rate-aaaaaa"
INFLECTION = {
    **dict.fromkeys(("opened_on", "started_on", "started_low", "started_high"), TODAY),
    "verdict": "market_shift",
    "direction": "down",
    "state": "open",
}


def author(who: str = "ceo@acme.example", nonce: str | None = None, hours: int = 0) -> Author:
    at = NOW + timedelta(hours=hours)
    return Author(who=who, via="mail", at=at, **({"nonce": nonce} if nonce else {}))


def with_inflections(store: Store) -> Store:
    with store.write() as conn:
        conn.execute(insert(tables.inflection), [{"id": ID, **INFLECTION}, {"id": "other", **INFLECTION}])
    return store


@pytest.fixture
def known(store: Store) -> Store:
    return with_inflections(store)


@pytest.fixture
def on_sqlite(sqlite_store: Store) -> Store:
    """For what is refused before the database is asked."""
    return with_inflections(sqlite_store)


def count(store: Store, table: Any) -> int:
    with store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def test_the_newest_decision_stands_and_what_is_taken_back_lets_the_one_before_stand_again(
    known: Store,
) -> None:
    with known.write() as conn:
        first = decide(conn, author(), ID, "watch", today=TODAY)
        second = decide(conn, author("revops", hours=1), ID, "act", today=TODAY, owner=" Head  of sales ")
        assert standing(conn)[ID] == second
        assert (second.owner, second.by, second.via) == ("Head of sales", "revops", "mail")
        assert first.look_again_on == second.look_again_on == date(2026, 6, 4)
        gone = undo(conn, author("cfo", hours=2), second.id)
        assert (gone.undone_by, gone.undone_at) == ("cfo", NOW + timedelta(hours=2))
        assert standing(conn)[ID] == first
        assert undo(conn, author("somebody else", hours=3), second.id) == gone
        assert [one.id for one in answers_to(conn, ID)] == [first.id, second.id]


def test_a_form_that_is_sent_twice_is_one_row(known: Store) -> None:
    for _ in range(2):
        with known.write() as conn:
            decide(conn, author(nonce="n1"), ID, "act", today=TODAY)
            add_silence(conn, author(nonce="n1"), today=TODAY, reason="known", metric="win_rate")
            subscribe(conn, author(nonce="n1"), "CEO@acme.example", "digest", wanted=False)
    assert [count(known, table) for table in (tables.answer, tables.silence, tables.subscription)] == [
        1,
        1,
        1,
    ]


@pytest.mark.parametrize(
    ("what", "wish", "said"),
    [
        ("delete", {}, "'delete' is no decision; write act, watch, reject, known"),
        ("act", {"look_again_on": TODAY - timedelta(days=1)}, "name a day from today on, within a year"),
        ("act", {"look_again_on": TODAY + timedelta(days=400)}, "name a day from today on, within a year"),
    ],
)
def test_what_is_no_decision_is_refused(on_sqlite: Store, what: str, wish: dict[str, Any], said: str) -> None:
    with pytest.raises(ActError, match=said), on_sqlite.write() as conn:
        decide(conn, author(), ID, what, today=TODAY, **wish)
    assert count(on_sqlite, tables.answer) == 0


def test_nobody_decides_on_what_there_is_not_nor_without_a_name(known: Store) -> None:
    with pytest.raises(ActError, match="nothing-like-it: no such inflection"), known.write() as conn:
        decide(conn, author(), "nothing-like-it", "act", today=TODAY)
    with pytest.raises(ActError, match="say who you are"), known.write() as conn:
        decide(conn, author("\u200b \n"), ID, "act", today=TODAY)
    with known.write() as conn:
        made = decide(conn, author(), ID, "act", today=TODAY, note="a\x00b\nc" + "x" * 900)
        assert made.note.startswith("a b cxxx")
        assert len(made.note) == 500
        with pytest.raises(ActError, match="no such answer"):
            undo(conn, author(), made.id, of="other")


def test_decisions_fall_due_while_their_inflection_is_open(known: Store) -> None:
    with known.write() as conn:
        made = decide(conn, author(), ID, "act", today=TODAY, look_again_on=date(2026, 5, 20))
        decide(conn, author(), "other", "known", today=TODAY)
        assert due(conn, date(2026, 5, 19)) == []
        assert due(conn, date(2026, 5, 20)) == [made]
        conn.execute(tables.inflection.update().where(tables.inflection.c.id == ID).values(state="closed"))
        assert due(conn, date(2026, 5, 20)) == []


def test_feedback_counts_the_last_word_of_each_person(known: Store) -> None:
    with known.write() as conn:
        give_feedback(conn, author("a"), ID, "true")
        give_feedback(conn, author("a"), ID, "not_useful")
        give_feedback(conn, author("b"), ID, "known")
        decide(conn, author("c"), "other", "reject", today=TODAY)
        taken = give_feedback(conn, author("d"), "other", "true")
        undo(conn, author("d"), taken.id)
        assert feedback_since(conn, NOW) == {ID: ["not_useful", "known"], "other": ["not_useful"]}
        assert feedback_since(conn, NOW + timedelta(days=1)) == {}
        with pytest.raises(ActError, match="'great' is no feedback"):
            give_feedback(conn, author(), ID, "great")


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"reason": " ", "metric": "win_rate"}, "say why"),
        ({"reason": "x"}, "say what to silence"),
        ({"reason": "x", "metric": "m", "until": TODAY - timedelta(days=1)}, "that day is over"),
        ({"reason": "x", "metric": "m", "until": TODAY + timedelta(days=31)}, "at most 30 days, unless"),
        (
            {"reason": "x", "metric": "m", "until": TODAY + timedelta(days=999), "long": True},
            "at most a year",
        ),
        ({"reason": "x", "inflection_id": "nothing"}, "nothing: no such inflection"),
    ],
)
def test_a_silence_has_a_reason_something_to_silence_and_an_end(
    on_sqlite: Store, wish: dict[str, Any], said: str
) -> None:
    with pytest.raises(ActError, match=said), on_sqlite.write() as conn:
        add_silence(conn, author(), today=TODAY, **wish)
    assert count(on_sqlite, tables.silence) == 0


def test_a_silence_covers_its_inflection_or_its_metric_and_place_until_its_last_day(known: Store) -> None:
    with known.write() as conn:
        one = add_silence(conn, author(), today=TODAY, reason="r", inflection_id=ID)
        place = {"région": "EMEA, (50 %)"}
        wide = add_silence(conn, author(), today=TODAY, reason="r", metric="win_rate", place=place)
        area = add_silence(
            conn, author(), today=TODAY, reason="r", place=place, until=TODAY + timedelta(days=90), long=True
        )
        assert one.until == TODAY + timedelta(days=30)
        assert active_silences(conn, TODAY + timedelta(days=30)) == [one, wide, area]
        assert active_silences(conn, TODAY + timedelta(days=31)) == [area]
        ended = end_silence(conn, author("b", hours=1), one.id)
        assert (ended.ended_by, ended.ended_why) == ("b", "by hand")
        assert end_silence(conn, author("c", hours=2), one.id) == ended
        assert active_silences(conn, TODAY) == [wide, area]
        assert all_silences(conn) == [area, wide, ended]
        with pytest.raises(ActError, match="99: there is no such silence"):
            end_silence(conn, author(), 99)
    assert one.covers(ID, "volume", {})
    assert not one.covers("other", "win_rate", {})
    assert wide.covers("other", "win_rate", {**place, "tier": "core"})
    assert not wide.covers("other", "volume", place)
    assert not wide.covers("other", "win_rate", {})
    assert area.covers("other", "volume", place)
    assert (one.about, wide.about) == (ID, "win_rate in région EMEA, (50 %)")


def test_what_a_silence_kept_back_is_remembered_as_it_was_first(known: Store) -> None:
    told = {"reason": "opened", "verdict": "market_shift"}
    with known.write() as conn:
        one = add_silence(conn, author(), today=TODAY, reason="r", metric="win_rate")
        assert kept_back(conn, ID, [one]) is None
        assert note_kept_back(conn, one, ID, at=NOW, change=-0.09, **told)
        assert not note_kept_back(conn, one, ID, at=NOW, change=-0.2, **told)
        found = kept_back(conn, ID, [one])
        assert found is not None
        assert (found.silence_id, found.change) == (one.id, -0.09)
        assert silences_of(conn, ID) == [one]
        assert silences_of(conn, "other") == []


def test_a_person_is_taken_off_and_put_on_again(store: Store) -> None:
    with store.write() as conn:
        subscribe(conn, author(), "CEO@Acme.example", "digest", wanted=True)
        assert words(conn) == {}
        subscribe(conn, author(), "CEO@Acme.example", "digest", wanted=False)
        assert unsubscribed(conn) == {("ceo@acme.example", "digest")}
        subscribe(conn, author("revops", hours=1), "ceo@acme.example", "digest", wanted=True)
        assert unsubscribed(conn) == set()
        assert words(conn)["ceo@acme.example", "digest"].by == "revops"
        with pytest.raises(ActError, match="'spam' is no kind of mail"):
            subscribe(conn, author(), "a@b", "spam", wanted=False)
    assert count(store, tables.subscription) == 2


def test_what_holds_judging_is_listed_until_it_is_accepted_and_by_whom_is_kept(store: Store) -> None:
    def run(key: str, state: str) -> dict[str, Any]:
        return {"key": key, "job": "judge", "period": key[-10:], "state": state, "started_at": NOW}

    with store.write() as conn:
        conn.execute(insert(tables.run), [run("judge:2026-04-27", "held"), run("judge:2026-04-20", "done")])
        assert [one.run for one in waiting(conn)] == ["judge:2026-04-27"]
        odd = holds.hold(conn, "crm", "vanished", "500 deals are missing", "digest", NOW)
        assert [(one.run, one.message) for one in waiting(conn)] == [
            (str(odd.run), "source crm: 500 deals are missing")
        ]
        with pytest.raises(ActError, match="judge:2026-04-20: holds nothing"):
            accept(conn, author(), "judge:2026-04-20")
        accept(conn, author(), str(odd.run), "cleaned up")
        assert holds.accepted(conn, "crm", "vanished", "digest")
        assert not is_accepted(conn, "judge:2026-04-27")
        accept(conn, author(), "judge:2026-04-27")
        assert is_accepted(conn, "judge:2026-04-27")
        assert waiting(conn) == []
        kept = conn.execute(select(tables.acceptance.c.run, tables.acceptance.c.by)).all()
        assert [tuple(row) for row in kept] == [
            (f"hold:{odd.run}", "ceo@acme.example"),
            ("judge:2026-04-27", "ceo@acme.example"),
        ]
