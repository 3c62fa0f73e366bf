"""The pages in a real browser, over a socket: answering, silencing, leaving, taking back; on a phone, at night."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from console_company import CONFIG, HOST, HOSTILE, ID, TOKEN, Silent
from ports import free_port
from real_browser import LOWEST_CONTRAST, NEEDS_BROWSER

from monitor.console.server import ConsoleError, bound, serving
from monitor.store import tables

from .conftest import Site, site_of

pytestmark = NEEDS_BROWSER


@dataclass
class Walk:
    """A browser at the pages of a company."""

    site: Site
    base: str
    browser: Any
    said: list[str]

    def page(self, path: str, *, width: int = 390, scheme: str = "light") -> Any:
        """A page in a browser of its own; what it complains of is kept."""
        context = self.browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: self.said.append(f"dialog: {dialog.message}"))
        page.goto(self.base + path)
        return page

    def signed_in(self, path: str, **more: Any) -> Any:
        """A page of operations."""
        page = self.page(path, **more)
        page.fill("[name=name]", "Rita")
        page.fill("[name=token]", TOKEN)
        page.click("button")
        return page


@pytest.fixture
def walk(tmp_path: Path, browser: Any, request: pytest.FixtureRequest) -> Iterator[Walk]:
    port = free_port()
    here = f'bind: "127.0.0.1:{port}"\n  url: http://127.0.0.1:{port}'
    config = CONFIG.replace(f"url: https://{HOST}", here)
    name = getattr(request, "param", "EMEA")
    with site_of(tmp_path, config, name) as site, serving(site.desk.settings, site.clock, Silent()):
        made = Walk(site, f"http://127.0.0.1:{port}", browser, [])
        yield made
        for context in browser.contexts:
            context.close()
        assert [line for line in made.said if "(Forbidden)" not in line] == []  # a wrong link is answered so


def test_a_reader_answers_takes_it_back_and_says_whether_it_was_right(walk: Walk) -> None:
    page = walk.page(f"{walk.site.link()}?answer=watch")
    assert page.is_checked("[value=watch]")
    assert walk.site.rows(tables.answer, "id") == []
    page.fill("[name=owner]", "Head of sales")
    page.fill("[name=look_again_on]", "2026-05-20")
    page.click("text=Record it")
    assert "Recorded." in page.inner_text("[role=status]")
    assert "To watch, by Chief executive" in page.inner_text("main")
    page.reload()  # what is sent is not sent again
    assert walk.site.rows(tables.answer, "what", "owner") == [("watch", "Head of sales")]
    page.click("text=Take it back")
    assert "Taken back." in page.inner_text("[role=status]")
    page.click("text=Not useful")
    assert "You said: not useful." in page.inner_text("main")
    answers = walk.site.rows(tables.answer, "what", "undone_by")
    assert answers == [("watch", "ceo@acme.example"), ("not_useful", None)]


def test_a_reader_leaves_the_digest_and_comes_back(walk: Walk) -> None:
    page = walk.page(walk.site.link("unsubscribe", "digest"))
    page.click("button")
    assert "You will get no more of these mails." in page.inner_text("main")
    page.click("text=Send it to me again")
    assert [wanted for (wanted,) in walk.site.rows(tables.subscription, "wanted")] == [False, True]


def test_operations_sign_in_acknowledge_silence_end_it_and_put_a_reader_on_again(walk: Walk) -> None:
    page = walk.signed_in(f"/inflections/{ID}")
    page.click("text=Record it")
    assert "To act, by Rita" in page.inner_text("main")
    page.click("text=Do not write of this for a while")
    page.fill("[name=reason]", "the price list")
    page.click("text=Silence it")
    assert "by Rita: the price list" in page.inner_text("main")
    page.click("nav >> text=Decisions")
    page.click("text=End it")
    assert walk.site.rows(tables.silence, "ended_by") == [("Rita",)]
    page.click("nav >> text=People")
    page.click("text=Stop >> nth=0")
    page.click("text=Send again")
    assert [wanted for (wanted,) in walk.site.rows(tables.subscription, "wanted")] == [False, True]
    page.click("text=Sign out")
    page.goto(f"{walk.base}/decisions")
    assert page.url == f"{walk.base}/login?next=/decisions"


PAGES = (
    "/",
    "/inflections",
    f"/inflections/{ID}",
    "/inflections/other",
    "/outbox",
    "/data",
    "/decisions",
    "/people",
)


@pytest.mark.parametrize("walk", [HOSTILE * 3], indirect=True, ids=["hostile"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read_on_a_phone_in_both_schemes_whatever_the_names(
    walk: Walk, scheme: str
) -> None:
    page = walk.signed_in("/", width=320, scheme=scheme)
    for path in (
        *PAGES,
        f"{walk.site.link()}?answer=act",
        walk.site.link("unsubscribe", "digest"),
        "/a/wrong",
    ):
        page.goto(walk.base + path)
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        lowest, text = page.evaluate(LOWEST_CONTRAST)
        assert lowest >= 4.5, (path, text)
        small = page.eval_on_selector_all(
            "button:not(.link)", "all => all.filter(b => b.getBoundingClientRect().height < 44).length"
        )
        assert small == 0, path


def test_a_port_that_is_taken_is_one_clear_sentence(walk: Walk) -> None:
    said = r"console.bind: 127.0.0.1:\d+ is taken by another process"
    with pytest.raises(ConsoleError, match=said), bound(walk.site.desk.console):
        pass
