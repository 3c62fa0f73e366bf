"""The pages behind the buttons of mails: a GET changes nothing, a POST acts once, and every refusal is a sentence."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from console_company import CONFIG, HOSTILE, ID, NOW

from monitor.console.failures import MOST_FAILURES
from monitor.store import tables

from .conftest import Site, site_of

ACTS = (tables.answer, tables.silence, tables.subscription, tables.acceptance)


def acts(site: Site) -> int:
    return sum(len(site.rows(table, "id")) for table in ACTS)


def test_a_link_opens_the_mail_s_words_its_picture_and_a_form(site: Site) -> None:
    page = site.get(f"{site.link()}?answer=watch")
    assert page.status_code == 200
    assert "Core-fit win rate down 9 points" in page.text
    assert "Chief executive &lt;ceo@acme.example&gt;" in page.text
    assert 'value="watch" checked' in page.text
    assert 'value="2026-06-04"' in page.text
    assert site.get(f"{site.link()}/picture").content.startswith(b"\x89PNG")


def test_whoever_follows_links_by_get_or_head_changes_nothing(site: Site) -> None:
    every = [
        f"{site.link()}?answer=act",
        site.link(),
        site.link("unsubscribe", "digest"),
        f"{site.link()}/picture",
    ]
    for path in every:
        for method in ("GET", "HEAD"):
            assert site.ask(method, path).status_code in (200, 405)
        assert (
            site.ask("GET", path, params={"decision": "act", "feedback": "true", "wanted": "no"}).status_code
            == 200
        )
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert site.ask(method, site.link()).status_code == 405
    assert acts(site) == 0


def test_a_decision_is_recorded_once_with_who_and_when_and_can_be_taken_back(site: Site) -> None:
    fields = {"decision": "watch", "owner": "Head of sales", "look_again_on": "2026-05-20", "nonce": "n1"}
    for _ in range(2):  # a double click
        answer = site.post(site.link(), fields)
        assert answer.status_code == 303
    page = site.get(answer.headers["location"])
    assert "Recorded." in page.text
    assert site.rows(tables.answer, "what", "by", "via", "at", "owner", "look_again_on") == [
        ("watch", "ceo@acme.example", "mail", NOW, "Head of sales", date(2026, 5, 20))
    ]
    ((number,),) = site.rows(tables.answer, "id")
    site.later(hours=1)
    assert site.post(site.link(), {"undo": str(number)}).status_code == 303
    assert site.rows(tables.answer, "undone_by") == [("ceo@acme.example",)]
    assert "Take it back" not in site.get(site.link()).text


def test_what_was_known_or_is_no_change_has_no_owner_and_no_day_though_the_form_fills_them_in(
    site: Site,
) -> None:
    filled = {"owner": "Head of sales", "look_again_on": "2026-06-04"}
    for what in ("known", "reject"):
        site.post(site.link(), {"decision": what, "nonce": what, **filled})
    assert site.rows(tables.answer, "what", "owner", "look_again_on") == [
        ("known", None, None),
        ("reject", None, None),
    ]


def test_nobody_takes_back_what_another_decided_nor_what_is_of_another_change(site: Site) -> None:
    site.post(site.link(), {"decision": "act", "nonce": "n"})
    ((number,),) = site.rows(tables.answer, "id")
    answer = site.post(site.link(reader="ops@acme.example"), {"undo": str(number)})
    assert answer.status_code == 400
    assert "Somebody else decided that" in answer.text
    assert site.post(site.link(about="other"), {"undo": str(number)}).status_code == 400
    assert site.rows(tables.answer, "undone_by") == [(None,)]


def test_feedback_is_one_tap(site: Site) -> None:
    assert site.post(site.link(), {"feedback": "not_useful", "nonce": "n"}).status_code == 303
    assert site.rows(tables.answer, "kind", "what") == [("feedback", "not_useful")]
    assert "You said: <strong>not useful</strong>" in site.get(site.link()).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "is no decision"),
        ({"decision": "drop table"}, "is no decision"),
        ({"decision": "act", "look_again_on": "tomorrow"}, "a day is written like 2026-01-31"),
        ({"decision": "act", "look_again_on": "2020-01-01"}, "within a year"),
        ({"feedback": "great"}, "is no feedback"),
        ({"undo": "one"}, "no form of ours"),
        ({"undo": "99"}, "no such answer"),
    ],
)
def test_what_is_no_answer_is_refused_by_a_sentence(site: Site, fields: dict[str, str], said: str) -> None:
    answer = site.post(site.link(), fields)
    assert answer.status_code == 400
    assert said.casefold() in answer.text.casefold()
    assert acts(site) == 0


def test_links_that_open_nothing_say_why(site: Site) -> None:
    gone = site.link(reader="former@acme.example")
    assert "not among the readers any more" in site.get(gone).text
    assert site.post(gone, {"decision": "act"}).status_code == 403
    assert "not known here any more" in site.get(site.link(about="nothing")).text
    assert "not one of ours" in site.get("/a/forged").text
    assert site.get(site.link().replace("/a/", "/u/")).status_code == 403
    good = site.link()
    site.later(days=61)
    assert "has expired" in site.get(good).text
    assert site.post(good, {"decision": "act"}).status_code == 403
    assert acts(site) == 0


def test_after_many_wrong_links_an_address_waits_but_right_links_open(site: Site) -> None:
    for number in range(MOST_FAILURES):
        assert site.get(f"/a/wrong-{number}").status_code == 403
    assert site.get("/a/wrong").status_code == 429
    assert site.get(site.link()).status_code == 200


def test_a_mail_program_unsubscribes_with_one_post_and_no_page(site: Site) -> None:
    link = site.link("unsubscribe", "digest")
    answer = site.post(link, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    told = [("ceo@acme.example", "digest", False, "mail")]
    assert site.rows(tables.subscription, "email", "kind", "wanted", "via") == told
    assert site.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert site.rows(tables.subscription, "email", "kind", "wanted", "via") == told
    assert "gets the weekly digest no more" in site.get(link).text
    assert site.post(link, {"wanted": "yes", "nonce": "n"}).headers["location"].endswith("said=on")
    assert [wanted for (wanted,) in site.rows(tables.subscription, "wanted")] == [False, True]
    assert site.post(link, {"wanted": "maybe"}).status_code == 400


def test_text_from_outside_is_text_on_every_page(tmp_path: Path) -> None:
    with site_of(tmp_path, CONFIG, HOSTILE) as site:
        site.post(site.link(), {"decision": "act", "owner": HOSTILE, "note": HOSTILE, "nonce": "n"})
        site.sign_in(HOSTILE)
        word = site.hidden("/decisions")
        site.post("/silences/add", {**word, "reason": HOSTILE, "segment": "region", "value": HOSTILE})
        pages = ["/", "/inflections", f"/inflections/{ID}", "/outbox", "/data", "/decisions", "/people"]
        for path in [site.link(), *pages]:
            page = site.get(path)
            assert page.status_code == 200
            for bad in ("<script", "<img src=x", "\u202e", ">49<"):
                assert bad not in page.text, (path, bad)
        assert "&lt;script&gt;" in site.get("/decisions").text
