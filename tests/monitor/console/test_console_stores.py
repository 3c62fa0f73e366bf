"""What the pages read is the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from console_company import ID, NOW, Silent, fill, settings_in

from monitor.commands.explain import collect as collect_one
from monitor.commands.status import collect
from monitor.console.measures import measures
from monitor.console.server import desk_of
from monitor.console.told import as_told, picture_of, titles
from monitor.store import Store


def test_words_picture_titles_checks_and_measures_on_both(store: Store, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    fill(store)
    desk = desk_of(settings, store, lambda: NOW, Silent())
    with store.read() as conn:
        told = as_told(conn, ID)
        assert told is not None
        assert titles(conn) == {ID: told.headline, "other": "other"}
        assert (picture_of(conn, ID) or b"").startswith(b"\x89PNG")
        assert picture_of(conn, "other") is None
        assert [one["id"] for one in collect(conn, settings, NOW)["open"]] == [ID, "other"]
        assert collect_one(conn, ID)["answers"] == []
    assert [check.name for check in desk.checks() if not check.ok] == ["tick"]
    text = measures(store, settings, None, NOW, desk.checks()).decode()
    assert 'leftturn_inflections{state="open"} 2.0' in text.splitlines()
