"""A mail always comes out: plainer than meant, and saying so, where a template, a view or a chart fails."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from jinja2 import DictLoader

from alerts import charts, pages, samples
from alerts.render import render_alert, render_digest, render_operations
from alerts.types import Reason

COMMON = {"sender": samples.SENDER, "reply_to": samples.REPLY_TO, "now": samples.NOW}
SHIFT = samples.alerts()["market_shift"]


def alert_mail(alert=SHIFT):
    return render_alert(alert, Reason.OPENED, samples.READER, sequence=1, opening_id=None, **COMMON)


@pytest.fixture(params=["html", "txt"])
def broken_templates(request, monkeypatch):
    """Every template of one of the two forms asks for what no view has."""
    html, text = pages.environments()
    broken = DictLoader(
        {
            f"{kind}.{request.param}.j2": "rate {{ view.no_such_thing }} %"
            for kind in ("alert", "digest", "operations")
        }
    )
    if request.param == "html":
        html = html.overlay(loader=broken)
    else:
        text = text.overlay(loader=broken)
    monkeypatch.setattr(pages, "environments", lambda _=None: (html, text))


def plain(mail):
    message = message_from_bytes(mail.content, policy=policy.default)
    assert message.get_content_type() == "text/plain"
    return message.get_content()


def test_a_failing_template_never_prints_a_hole_but_sends_the_facts(broken_templates):
    mail = alert_mail()
    assert "no_such_thing" in mail.note
    said = plain(mail)
    assert "rate" not in said.split("win_rate")[0]
    assert "before 0.31, now 0.22" in said
    assert SHIFT.next_step in said
    assert mail.subject == "LeftTurn: a change at Larkspur Instruments"
    assert mail.message_id == alert_mail().message_id


def test_the_other_mails_have_their_plain_form_too(broken_templates):
    digest = render_digest(samples.busy_digest(), samples.READER, **COMMON)
    assert digest.note
    assert "2 new, 1 open" in plain(digest)
    word = render_operations(
        "Data are stale", ["nothing since"], samples.READER, key="k", company="C", **COMMON
    )
    assert word.note
    assert "nothing since" in plain(word)


def test_the_plain_mail_keeps_the_identity_and_the_thread(broken_templates):
    mail = render_alert(
        SHIFT, Reason.WORSENED, samples.READER, sequence=2, opening_id="<first@x.example>", **COMMON
    )
    message = message_from_bytes(mail.content, policy=policy.default)
    assert message["References"] == "<first@x.example>"
    assert message["Message-ID"] == mail.message_id


def test_an_alert_whose_figures_are_none_still_goes_out():
    """Figures that are no numbers are told as unknown, never as "nan"."""
    first = replace(SHIFT.findings[0], before=float("nan"), after=float("inf"))
    mail = alert_mail(replace(SHIFT, findings=(first,), years_per_false_alarm=float("nan")))
    assert mail.note is None
    body = message_from_bytes(mail.content, policy=policy.default).get_body(("plain",)).get_content()
    assert "nan" not in body.lower().split()
    assert "unknown" in body


def test_an_alert_that_breaks_the_view_goes_out_plain():
    mail = alert_mail(replace(SHIFT, verdict="no_such_verdict"))
    assert "KeyError" in mail.note
    assert "no_such_verdict" in plain(mail)


def test_a_chart_that_cannot_be_drawn_leaves_its_words_in_its_place(monkeypatch):
    def fails(chart, size):
        raise RuntimeError("no canvas")

    monkeypatch.setattr(charts, "png", fails)
    mail = alert_mail()
    assert "could not be drawn" in mail.note
    message = message_from_bytes(mail.content, policy=policy.default)
    page = message.get_body(("html",)).get_content()
    assert "<img" not in page
    assert "week by week from" in page
    assert not [part for part in message.walk() if part.get_content_type() == "image/png"]
