"""From values to pages: templates, where everything is escaped, and the few ways in which values read on a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from starlette.responses import HTMLResponse, Response

from alerts import colours, safe_text
from alerts.words.verdicts import LABELS
from monitor.console.desk import Desk

if TYPE_CHECKING:
    from jinja2 import Environment


WORDS = {
    "act": "To act",
    "watch": "To watch",
    "known": "We knew",
    "reject": "Not a change",
    "true": "It is true",
    "not_useful": "Not useful",
}
"""Answers as people read them."""


def page(desk: Desk, name: str, status: int = 200, **values: Any) -> Response:
    """The page `name` with these values."""
    html = _environment().get_template(f"{name}.html.j2")
    clock = _clock_of(desk.settings.company.timezone)
    text = html.render(
        company=safe_text.name(desk.settings.company.name),
        named=desk.named,
        local=clock,
        verdicts=LABELS,
        words=WORDS,
        **values,
    )
    return HTMLResponse(text, status_code=status)


def sentence(desk: Desk, title: str, text: str, status: int, *, back: str = "") -> Response:
    """A page that says one thing: what could not be done, and why."""
    return page(desk, "sentence", status, title=title, text=text, back=back)


def style() -> Response:
    """The style of all pages, in the colours of the mails."""
    text = _environment().get_template("style.css.j2").render(light=colours.LIGHT, dark=colours.DARK)
    return Response(text, media_type="text/css")


def icon() -> Response:
    """The icon of all pages."""
    return Response(_environment().get_template("icon.svg").render(), media_type="image/svg+xml")


def _clock_of(timezone: str) -> Callable[[datetime | None], str]:
    """How an instant reads to the company."""
    zone = ZoneInfo(timezone)

    def local(at: datetime | None) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at is not None else "never"

    return local


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    pages = Environment(
        loader=PackageLoader("monitor.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters.update(clean=_clean, day=_day)
    return pages


def _clean(value: object, longest: int = safe_text.LONGEST) -> str:
    """A text from outside, harmless; nothing where there is none."""
    return "" if value is None else safe_text.clean(value, longest)


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
