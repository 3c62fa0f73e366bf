"""The mails in a real browser: nothing runs over the edge of a phone, and dark is dark and readable."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from real_browser import LOWEST_CONTRAST, NEEDS_BROWSER

from alerts import samples
from alerts.channels.folder import standalone_page
from alerts.render import render_alert, render_digest, render_operations
from alerts.types import Reason

pytestmark = NEEDS_BROWSER
COMMON = {"sender": samples.SENDER, "reply_to": samples.REPLY_TO, "now": samples.NOW}
LONG = {"region": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"}


def mails():
    for verdict in ("market_shift", "left_turn", "internal"):
        alert = samples.alerts()[verdict]
        if verdict == "internal":
            alert = replace(alert, one_place=LONG, findings=(replace(alert.findings[0], segment=LONG),))
        yield render_alert(alert, Reason.OPENED, samples.READER, sequence=1, opening_id=None, **COMMON)
    yield render_digest(samples.busy_digest(), samples.READER, **COMMON)
    yield render_operations("Data are stale", ["x" * 200], samples.READER, key="k", company="C", **COMMON)


PAGES = {mail.subject[:24]: message_from_bytes(mail.content, policy=policy.default) for mail in mails()}
every = pytest.mark.parametrize("message", PAGES.values(), ids=PAGES.keys())


@pytest.fixture
def opened(browser):
    contexts = []

    def open_page(html: str, *, width: int = 400, scheme: str = "light"):
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            offline=True,
            java_script_enabled=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_content(html)
        return page

    yield open_page
    for context in contexts:
        context.close()


def html_of(message) -> str:
    return message.get_body(("html",)).get_content()


@every
@pytest.mark.parametrize("width", [320, 400, 700])
def test_nothing_runs_over_the_edge(opened, message, width):
    for html in (standalone_page(message), html_of(message)):  # with pictures, and with pictures blocked
        page = opened(html, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@every
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_both_schemes(opened, message, scheme):
    lowest, text = opened(html_of(message), scheme=scheme).evaluate(LOWEST_CONTRAST)
    assert lowest >= 4.5, text


@every
def test_dark_is_dark_and_light_is_light(opened, message):
    def brightness(scheme):
        colour = opened(html_of(message), scheme=scheme).evaluate(
            "getComputedStyle(document.querySelector('.card')).backgroundColor"
        )
        return sum(int(part) for part in colour.removeprefix("rgb(").rstrip(")").split(","))

    assert brightness("light") > 3 * 230
    assert brightness("dark") < 3 * 60


def test_a_phone_shows_label_over_text_and_buttons_a_thumb_can_hit(opened):
    message = next(iter(PAGES.values()))
    page = opened(standalone_page(message), width=360)
    assert page.evaluate("getComputedStyle(document.querySelector('.label')).display") == "block"
    buttons = page.query_selector_all(".button a")
    assert [button.inner_text() for button in buttons] == ["Act", "Watch", "We knew"]
    assert all(button.bounding_box()["height"] >= 44 for button in buttons)


def test_the_bar_of_shares_has_its_lengths_without_any_picture(opened):
    message = next(iter(PAGES.values()))
    page = opened(html_of(message), width=700)
    widths = page.eval_on_selector_all(
        "table[style*='table-layout'] td", "cells => cells.map(cell => cell.getBoundingClientRect().width)"
    )
    assert widths[0] / sum(widths) == pytest.approx(6 / 9, abs=0.02)
    assert widths[1] / sum(widths) == pytest.approx(2 / 9, abs=0.02)
