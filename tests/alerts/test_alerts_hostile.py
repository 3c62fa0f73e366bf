"""Whoever can fill in a web form writes into the CRM: none of it may become a tag, a header, a link, or a failure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import safe_text, samples
from alerts.render import (
    as_dict,
    render_alert,
    render_digest,
    render_operations,
    view_of_alert,
    view_of_digest,
)
from alerts.types import Reason

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</td></tr></table><h1>Pay here</h1>",
    '"><a href="https://evil.example">Act</a>',
    "'><svg/onload=alert(1)>",
    "</style><style>*{display:none}</style>",
    "</title><meta http-equiv=refresh content=0;url=https://evil.example>",
    "<!--[if mso]><v:rect><![endif]-->",
    "--><b>bold</b><!--",
    "<![CDATA[x]]>",
    "&lt;b&gt;&amp;#60;i&#x3e;",
    "javascript:alert(1)",
    "https://evil.example/?q=1",
    "HTTP://EVIL.EXAMPLE and www.evil.example",
    "ftp://x mailto:evil@evil.example",
    "{{ 7*7 }} {% for x in y %} {# no #}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "{name} %s %(x)s {0}",
    "Acme\r\nBcc: all@evil.example",
    "Acme\nSubject: You won",
    "Acme\r\n\r\n<html>new body",
    "Acme\u2028Bcc: x@evil.example",
    "Acme\u2029x\u0085y\x0bz\x0cw",
    "nul\x00byte \x07bell \x1b[31mred\x1b[0m \x7f",
    "\u202egnp.exe\u202c",
    "\u2066left\u2069 \u200e\u200f \u061c",
    "zero\u200bwidth\u200djoiner\ufeff\u2060",
    "Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357\u0358a\u0351\u0352\u0353\u0354lgo",
    "lone \ud800 surrogate \udfff",
    "private \ue000 unassigned \U000e0fff tag \U000e0041",
    "blank \u3164\u2800\u115f name",
    "👩\u200d👩\u200d👧\u200d👦 family 🏴\U000e0067\U000e007f",
    "=?utf-8?q?Subject=3A_evil?=",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "C:\\Windows\\System32",
    "a" * 1_000_000,
    "\u0301" * 10_000,
    "𝓐𝓬𝓶𝓮 ﷽ ‱",
    "ＡＣＭＥ：／／ｅｖｉｌ",
    "",
    " ",
    "\t\r\n",
    "NA",
    "null",
    "None",
    "nan",
    "-",
    "'",
    '"',
    "\\",
    "`id`",
    "x" * 70 + "\r\n " + "y" * 70,
    "=_boundary--",
    ".",
    "From me",
]
QUIET = samples.quiet_digest()


class Skeleton(HTMLParser):
    """Tags with their attribute names, in order: what may not depend on any text."""

    def __init__(self, html: str):
        super().__init__()
        self.shape, self.hrefs, self.styles = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.shape.append((tag, tuple(name for name, _ in attrs)))
        self.hrefs += [value for name, value in attrs if name == "href"]
        self.styles += [value for name, value in attrs if name in ("style", "class", "src")]

    def handle_endtag(self, tag):
        self.shape.append(("/" + tag,))

    def handle_comment(self, data):
        self.shape.append(("comment", data))


def poisoned_alert(text):
    """An alert with `text` wherever something from outside may stand."""
    sample = samples.alerts()["market_shift"]
    first, other = sample.findings
    return replace(
        sample,
        company=f"A{text}",
        findings=(
            replace(first, metric=f"M{text}", segment={"region": f"R{text}"}),
            replace(other, metric=f"N{text}", segment={f"D{text}": f"V{text}"}),
        ),
        breadth=replace(sample.breadth, dimension=f"B{text}"),
        ruled_out=(f"O{text}",),
        known_causes=((date(2026, 2, 1), f"K{text}"),),
        cannot_see=(f"C{text}",),
        withdraw_if=f"W{text}",
        next_step=f"S{text}",
        footnotes=(f"F{text}",),
        size=replace(sample.size, currency=f"U{text}"),
        charts=(replace(sample.charts[0], title=f"T{text}"),),
    )


def poisoned_digest(text):
    alert = poisoned_alert(text)
    return replace(
        QUIET,
        company=f"A{text}",
        metrics=(
            replace(QUIET.metrics[0], name=f"M{text}", kind=f"K{text}", quiet=f"Q{text}"),
            QUIET.metrics[1],
        ),
        opened=(alert,),
        open=(alert,),
        watched=(replace(QUIET.watched[0], metric=f"W{text}", segment={f"D{text}": f"V{text}"}),),
        suppressed=(replace(QUIET.suppressed[0], metric=f"P{text}", reason=f"R{text}"),),
        sources=(replace(QUIET.sources[0], name=f"S{text}", message=f"E{text}"),),
        setting_changes=(f"C{text}",),
        missed=(f"I{text}",),
        footnotes=(f"F{text}",),
    )


def mails(text):
    reader = replace(samples.READER, name=f"N{text}")
    common = {"sender": samples.SENDER, "reply_to": samples.REPLY_TO, "now": samples.NOW}
    yield render_alert(poisoned_alert(text), Reason.OPENED, reader, sequence=1, opening_id=None, **common)
    yield render_alert(
        poisoned_alert(text), Reason.WORSENED, reader, sequence=2, opening_id=f"<x{text}@y>", **common
    )
    yield render_digest(poisoned_digest(text), reader, **common)
    yield render_operations(f"J{text}", [f"L{text}"], reader, key=f"k{text}", company=f"A{text}", **common)


def pages(text):
    return [
        message_from_bytes(mail.content, policy=policy.default).get_body(("html",)).get_content()
        for mail in mails(text)
    ]


BENIGN = [Skeleton(html).shape for html in pages("benign")]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda text: ascii(text[:40]))
def test_no_text_from_outside_changes_the_page_or_the_headers(payload):
    for benign, mail in zip(BENIGN, mails(payload), strict=True):
        assert mail.note is None
        message = message_from_bytes(mail.content, policy=policy.default)
        assert Skeleton(message.get_body(("html",)).get_content()).shape == benign
        assert message["Bcc"] is None
        assert [one.addr_spec for one in message["To"].addresses] == ["ceo@larkspur.example"]
        assert len(message.get_all("Subject")) == 1
        assert len(message.keys()) == len(set(message.keys()))
        assert len(mail.subject) <= 120
        assert "=?" not in mail.subject
        assert len(mail.content) < 600_000


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda text: ascii(text[:40]))
def test_what_is_shown_can_be_seen_and_links_to_nothing(payload):
    for mail in mails(payload):
        message = message_from_bytes(mail.content, policy=policy.default)
        html = message.get_body(("html",)).get_content()
        plain = message.get_body(("plain",)).get_content()
        shown = re.sub(r"mailto:\S+", "", plain) + mail.subject
        assert not [
            c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") and c not in "\r\n"
        ]
        assert "://" not in shown
        assert not re.search(r"(?i)www\.\S", shown)
        assert "49 " not in mail.subject
        page = Skeleton(html)
        assert all(
            re.fullmatch(r"mailto:revops@larkspur\.example\?[A-Za-z0-9%=&._~-]*", one) for one in page.hrefs
        )
        assert not [style for style in page.styles if "evil" in style.lower()]


@given(st.text(max_size=400))
@settings(max_examples=300, deadline=None)
def test_a_cleaned_text_is_one_visible_line_of_bounded_length(text):
    once = safe_text.clean(text, 60)
    assert len(once) <= 60
    assert "\n" not in once
    assert once == once.strip()
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in once)
    once.encode("utf-8")


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_cleaning_twice_changes_nothing_more(text):
    once = safe_text.clean(text)
    assert safe_text.clean(once) == once


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("O'Brien & Söhne GmbH", "O'Brien & Söhne GmbH"),
        ("東京エレクトロン株式会社", "東京エレクトロン株式会社"),
        ("Cafe\u0301 de\u0301ja\u0300", "Café déjà"),
        ("हिन्दी कंपनी", "हिन्दी कंपनी"),
        ("  two   blanks ", "two blanks"),
        ("https://acme.example", "https: //acme.example"),
        ("WWW.acme.example", "WWW. acme.example"),
    ],
)
def test_honest_names_stay_as_they_are(text, said):
    assert safe_text.clean(text) == said


def test_a_slug_is_never_a_path():
    assert all(re.fullmatch(r"[a-z0-9-]+", safe_text.slug(payload)) for payload in PAYLOADS)


@given(st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_views_of_any_text_can_be_stored_as_json_and_rendered(text):
    alert = view_of_alert(poisoned_alert(text), Reason.OPENED, samples.READER, reply_to=None)
    digest = view_of_digest(poisoned_digest(text), samples.READER, reply_to=None)
    for view in (alert, digest):
        stored = as_dict(view)
        assert stored["subject"] == view.subject
        assert isinstance(stored["pictures" if view is alert else "metrics"], list)
