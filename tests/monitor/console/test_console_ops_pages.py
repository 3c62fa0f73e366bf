"""The operations' pages: behind a token, each form once, by a name; and what stands before every page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from console_company import CONFIG, HOST, ID, KEY, NOW, OLD_KEY, TOKEN
from sqlalchemy import insert

from monitor.console.failures import MOST_FAILURES
from monitor.console.guard import HEADERS, MOST_BYTES
from monitor.console.pages import FOR_OPERATIONS, OPERATIONS_ACT
from monitor.console.pulse import Pulse
from monitor.console.readiness import Check, Lately, checks
from monitor.store import StoreError, tables

from .conftest import Site, site_of

A_BATCH = "/batches/{batch}"
"""Leads somewhere only where there are deals; see test_console_batches."""
PAGES = [path.replace("{id}", ID) for path in FOR_OPERATIONS if path != A_BATCH]
FORMS = [path.replace("{id}", ID) for path in OPERATIONS_ACT]


@pytest.mark.parametrize("path", [*PAGES, "/metrics"])
def test_who_does_not_know_the_token_sees_nothing(site: Site, path: str) -> None:
    page = site.get(path)
    assert page.status_code == 303
    assert page.headers["location"].startswith("/login")
    assert site.ask("GET", path).status_code == 401
    assert site.ask("GET", path, headers={"authorization": f"Bearer {TOKEN}x"}).status_code == 401
    assert site.ask("GET", path, headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.mark.parametrize("path", FORMS)
def test_no_form_acts_without_a_session_or_from_another_page(site: Site, path: str) -> None:
    fields = {"decision": "act", "reason": "x", "metric": "win_rate", "id": "1", "email": "ceo@acme.example"}
    fields |= {"kind": "digest", "wanted": "no", "run": "1"}
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert site.post(path, fields).status_code == 400
    assert site.ask("POST", path, data=fields, headers=bearer).status_code == 400
    site.sign_in()
    assert site.post(path, fields).status_code == 400
    assert site.post(path, {**fields, "word": "0" * 64}).status_code == 400
    word = site.hidden("/decisions")
    other_site = {"sec-fetch-site": "cross-site"}
    assert site.ask("POST", path, data={**fields, **word}, headers=other_site).status_code == 403
    assert not any(site.rows(table, "id") for table in (tables.answer, tables.silence, tables.subscription))


def test_a_wrong_token_is_told_so_and_after_many_tries_to_wait(site: Site) -> None:
    for _ in range(MOST_FAILURES):
        assert site.post("/login", {"name": "Eve", "token": "guess"}).status_code == 403
    wait = site.post("/login", {"name": "Eve", "token": TOKEN})
    assert (wait.status_code, "Wait five minutes" in wait.text) == (429, True)
    assert site.post("/login", {"name": "", "token": "x"}).status_code == 429
    assert site.cookies == {}


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", ""]
)
def test_signing_in_leads_to_pages_of_ours_only(site: Site, wanted: str) -> None:
    answer = site.post("/login", {"name": "Rita", "token": TOKEN, "next": wanted})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    flags = answer.headers["set-cookie"].casefold()
    assert all(flag in flags for flag in ("httponly", "samesite=strict", "secure", "path=/"))


def test_a_session_ends_after_a_day_of_work_and_by_signing_out(site: Site) -> None:
    site.sign_in()
    assert site.get("/").status_code == 200
    word = site.hidden("/")
    assert site.post("/logout", word).status_code == 303
    assert site.get("/").status_code == 303
    site.sign_in()
    site.later(hours=13)
    assert site.get("/").status_code == 303


def test_operations_decide_silence_and_take_people_off_and_put_them_on(site: Site) -> None:
    site.sign_in("Rita")
    form = site.hidden("/decisions")
    done = site.post(f"/inflections/{ID}", {**form, "decision": "act", "owner": "Head of sales"})
    assert done.headers["location"] == f"/inflections/{ID}?said=decision"
    assert "Head of sales" in site.get(f"/inflections/{ID}").text
    site.post(f"/inflections/{ID}", {**site.hidden("/decisions"), "feedback": "known"})
    assert site.rows(tables.answer, "what", "by", "via") == [
        ("act", "Rita", "console"),
        ("known", "Rita", "console"),
    ]
    site.post("/answers/undo", {**form, "id": "1"})
    assert site.rows(tables.answer, "undone_by") == [("Rita",), (None,)]

    wide = {"metric": "win_rate", "segment": "region", "value": "EMEA", "reason": "price list"}
    assert site.post("/silences/add", {**form, **wide}).status_code == 303
    own = {"inflection_id": ID, "reason": "on it", "nonce": "other"}
    assert site.post("/silences/add", {**form, **own}).headers["location"].startswith(f"/inflections/{ID}")
    assert "win_rate in region EMEA" in site.get("/decisions").text
    site.post("/silences/end", {**form, "id": "1"})
    assert site.rows(tables.silence, "ended_by", "ended_why") == [("Rita", "by hand"), (None, None)]

    taken = {"email": "CEO@acme.example", "kind": "digest"}
    site.post("/people/subscribe", {**form, **taken, "wanted": "no"})
    assert "not sent" in site.get("/people").text
    site.post("/people/subscribe", {**form, **taken, "wanted": "yes", "nonce": "again"})
    assert [wanted for (wanted,) in site.rows(tables.subscription, "wanted")] == [False, True]


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("/silences/add", {"metric": "nothing", "reason": "x"}, "no such metric"),
        ("/silences/add", {"segment": "owner", "value": "x", "reason": "x"}, "name a segment"),
        ("/silences/add", {"metric": "win_rate", "reason": ""}, "say why"),
        ("/silences/add", {"metric": "win_rate", "reason": "x", "until": "2026-12-31"}, "at most 30 days"),
        ("/silences/end", {"id": "7"}, "no such silence"),
        ("/people/subscribe", {"email": "eve@evil.example", "kind": "digest"}, "no such reader"),
        ("/data/accept", {"run": "7"}, "holds nothing"),
        ("/inflections/nothing", {"decision": "act"}, "no such inflection"),
    ],
)
def test_what_cannot_be_done_is_said(site: Site, path: str, fields: dict[str, str], said: str) -> None:
    site.sign_in()
    answer = site.post(path, {**site.hidden("/decisions"), **fields})
    assert answer.status_code == 400
    assert said.casefold() in answer.text.casefold()


def test_a_row_set_aside_names_its_file_and_only_a_column_that_it_has(site: Site) -> None:
    read = {
        "source": "crm",
        "file": "deals-7.csv",
        "content_hash": "h",
        "reading": "r",
        "read_at": NOW,
        "whole": True,
        "rows_read": 1,
        "accepted": 0,
        "quarantined": 1,
        "duplicates": 0,
        "ignored": 0,
        "message": "",
        "names": [],
    }
    with site.store.write() as conn:
        made = conn.execute(insert(tables.source_read), [read]).lastrowid
        row = {"source_read_id": made, "row": 7, "reason": "ragged", "detail": "cut short", "raw": "a"}
        conn.execute(insert(tables.rejected_row), [row])
    site.sign_in()
    page = site.get("/data").text
    assert "crm, deals-7.csv, line 7</b> <span>ragged</span>" in page


def test_a_week_that_waits_is_accepted_on_the_page_of_data(site: Site) -> None:
    with site.store.write() as conn:
        row = {
            "key": "judge:2026-05-04",
            "job": "judge",
            "period": "2026-05-04",
            "state": "held",
            "started_at": NOW,
        }
        conn.execute(insert(tables.run), [row])
    site.sign_in("Rita")
    assert "nothing fresh of the week of 2026-05-04" in site.get("/data").text
    form = site.hidden("/data")
    assert site.post("/data/accept", {**form, "run": "judge:2026-05-04"}).status_code == 303
    assert site.rows(tables.acceptance, "run", "by") == [("judge:2026-05-04", "Rita")]
    assert "nothing fresh" not in site.get("/data").text


def test_every_answer_carries_the_headers_and_no_page_has_a_script_or_style_of_its_own(site: Site) -> None:
    site.sign_in()
    for path in [*PAGES, site.link(), "/login", "/healthz", "/nothing", "/style.css", "/a/x"]:
        page = site.get(path)
        assert HEADERS.items() <= {k: page.headers.get(k.lower()) for k in HEADERS}.items(), path
        assert "strict-transport-security" in page.headers
        for bad in ("<script", "style=", "onclick", "http://", "javascript:"):
            assert bad not in page.text, (path, bad)
        for secret in (TOKEN, KEY, OLD_KEY):
            assert secret not in page.text


@pytest.mark.parametrize("host", ["evil.example", "leftturn.acme.example.evil.example", "", "a b", "[::1"])
def test_pages_are_not_served_under_another_name(site: Site, host: str) -> None:
    assert site.ask("GET", site.link(), headers={"host": host}).status_code == 421
    assert site.ask("GET", "/healthz", headers={"host": host}).status_code == 200
    assert site.ask("GET", site.link(), headers={"host": f"{HOST}:443"}).status_code == 200
    assert site.ask("GET", site.link(), headers={"host": "127.0.0.1:8615"}).status_code == 200


def test_what_is_too_large_is_refused_whether_it_says_so_or_not(site: Site) -> None:
    large = {"note": "x" * (MOST_BYTES + 1), "decision": "act"}
    assert site.post(site.link(), large).status_code == 413

    async def unsaid() -> Any:
        for _ in range(80):
            yield b"note=" + b"x" * 1024

    form = {"content-type": "application/x-www-form-urlencoded"}
    assert site.ask("POST", site.link(), content=unsaid(), headers=form).status_code == 413
    many = {f"f{number}": "x" for number in range(200)}
    assert site.post(site.link(), many).status_code == 400
    files = {"decision": ("act.txt", b"act")}
    assert site.ask("POST", site.link(), files=files).status_code == 400
    assert site.rows(tables.answer, "id") == []


def test_where_the_database_fails_a_page_says_so_and_no_more(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.sign_in()

    def broken(*_: object) -> None:
        raise StoreError("postgresql+psycopg://me@db.internal/leftturn cannot be reached")

    monkeypatch.setattr(type(site.store), "read", broken)
    page = site.get(site.link())
    assert (page.status_code, "internal" in page.text) == (503, False)
    assert "db.internal" in site.desk.log.lines[-1]
    ready = site.ask("GET", "/readyz").json()
    assert ready["checks"]["database"]["ok"] is False
    monkeypatch.setattr(type(site.store), "read", lambda *_: 1 / 0)
    page = site.get("/outbox")
    assert (page.status_code, "ZeroDivision" in page.text) == (500, False)


def test_ready_is_told_from_alive(site: Site) -> None:
    class Works:
        def tick(self, now: object) -> None: ...

    def wrong() -> list[str]:
        response = site.ask("GET", "/readyz")
        body = response.json()
        assert (response.status_code == 200) == body["ready"] == all(body["checks"].values())
        return [part for part, ok in body["checks"].items() if not ok]

    assert site.ask("GET", "/healthz").text == "alive\n"
    assert wrong() == ["tick"]  # nothing ticks here, and no process is active
    elapsed, leads = [0.0], [True]
    pulse = Pulse(Works(), lambda: elapsed[0])
    object.__setattr__(site.desk, "pulse", pulse)

    def look() -> list[Check]:
        return checks(site.store, site.desk.settings, pulse, site.clock(), lambda: leads[0])

    object.__setattr__(site.desk, "checks", look)
    assert wrong() == ["tick"]
    pulse.tick(NOW)
    assert wrong() == []
    leads[0] = False
    assert wrong() == ["lease"]
    leads[0], elapsed[0] = True, 100.0
    assert wrong() == ["tick"]
    pulse.tick(NOW)
    site.clock.now = NOW + timedelta(days=3)
    assert wrong() == ["sources"]
    site.clock.now = NOW + timedelta(minutes=16)
    with site.store.write() as conn:
        conn.execute(tables.notice.update().values(state="deferred"))
    assert wrong() == ["outbox"]


def test_a_database_that_a_long_tick_writes_to_is_no_fault_of_it(site: Site) -> None:
    found: list[list[str]] = []

    class Works:
        def tick(self, now: object) -> None:
            found.append([c.name for c in checks(site.store, site.desk.settings, pulse, NOW) if not c.ok])

    pulse = Pulse(Works())
    pulse.tick(NOW)

    def held(*_: object) -> None:
        raise StoreError("leftturn.db is held by another process; try again when it is done")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(site.store), "write", held)
        pulse.tick(NOW)
        found.append([c.name for c in checks(site.store, site.desk.settings, pulse, NOW) if not c.ok])
    assert found == [[], [], ["database"]]


def test_who_asks_often_is_told_what_was_found_just_before() -> None:
    elapsed, looks = [0.0], []

    def look() -> list[Check]:
        looks.append(elapsed[0])
        return []

    lately = Lately(look, 2.0, lambda: elapsed[0])
    for elapsed[0] in (0.0, 1.0, 1.9, 2.0, 3.0, 4.5):
        lately()
    assert looks == [0.0, 2.0, 4.5]


def test_measures_count_what_there_is_and_name_nobody(site: Site) -> None:
    bearer = {"authorization": f"Bearer {TOKEN}"}
    text = site.ask("GET", "/metrics", headers=bearer).text
    for line in (
        'leftturn_ready{part="database"} 1.0',
        'leftturn_mails{state="sent"} 1.0',
        'leftturn_inflections{state="open"} 2.0',
        'leftturn_source_rows{source="crm",what="quarantined"} 1.0',
    ):
        assert line in text.splitlines()
    for word in ("acme.example", "EMEA", TOKEN, KEY, "win_rate"):
        assert word not in text


def test_without_a_token_everybody_looks_and_who_decides_says_a_name(tmp_path: Path) -> None:
    config = CONFIG.replace(f"url: https://{HOST}\n  token_env: LEFTTURN_TOKEN", "auth: none")
    with site_of(tmp_path, config) as site:
        local = {"host": "127.0.0.1:8615"}
        assert site.ask("GET", "/", headers=local).status_code == 200
        assert "Sign in to decide" in site.ask("GET", "/", headers=local).text
        assert site.ask("POST", "/silences/end", data={"id": "1"}, headers=local).status_code == 400
