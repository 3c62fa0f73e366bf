"""Whoever can fill in a web form writes into the CRM: none of it may become a tag, a header, a link, or a failure."""

from __future__ import annotations

import os
import re
import unicodedata

import pytest
from hostile import KINDS, PAYLOADS, alert, digest, mail
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_pages import Page, message_of, page_of, skeleton, text_of

from alerts import charts, safe_text, samples
from alerts.render import as_dict, view_of_alert, view_of_digest
from alerts.types import Reason

SHORT = [(payload, KINDS[place % len(KINDS)]) for place, payload in enumerate(PAYLOADS)]
"""Every payload, each in one kind of mail, and the odd ones in two; `make prove-hostile` takes all in all."""
LONG = [(payload, kind) for payload in PAYLOADS for kind in KINDS]
CASES = LONG if os.environ.get("LEFTTURN_HOSTILE") == "all" else SHORT
cases = pytest.mark.parametrize("place", range(len(CASES)), ids=lambda place: f"{place}-{CASES[place][1]}")
VISIBLE_ADDRESS = re.compile(r"mailto:revops@larkspur\.example\?[A-Za-z0-9%=&._~-]*")


@pytest.fixture(scope="module", autouse=True)
def no_drawing():
    """A picture holds no text from outside; drawing one for each payload would only take time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(charts, "png", lambda chart, size: b"\x89PNG")
        yield


@pytest.fixture(scope="module")
def benign(no_drawing):
    """The skeleton of each kind of mail with an honest text in every place."""
    return {kind: skeleton(page_of(mail(kind, "benign"))) for kind in KINDS}


def test_there_are_three_hundred_payloads_and_each_is_another():
    assert len(PAYLOADS) == len(set(PAYLOADS)) >= 300


@cases
def test_no_text_from_outside_changes_the_page_or_the_headers(place, benign):
    payload, kind = CASES[place]
    email = mail(kind, payload)
    assert email.note is None
    message, html = message_of(email), page_of(email)
    assert skeleton(html) == benign[kind]
    known = {
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "MIME-Version",
    }
    known |= {
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "List-Unsubscribe",
        "Content-Type",
        "Content-Language",
    }
    assert set(message.keys()) <= known
    assert len(message.keys()) == len(set(message.keys()))
    assert [one.addr_spec for one in message["To"].addresses] == ["ceo@larkspur.example"]
    assert len(email.subject) <= 120
    assert "=?" not in email.subject
    assert len(email.content) < 600_000
    elements = Page(html).elements
    assert all(VISIBLE_ADDRESS.fullmatch(one.attrs["href"]) for one in elements if "href" in one.attrs)
    assert not [one for one in elements if "evil" in one.attrs.get("style", "") + one.attrs.get("src", "")]
    shown = re.sub(r"mailto:\S+", "", text_of(email)) + email.subject
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") and c not in "\n"]
    assert "://" not in shown
    assert not re.search(r"(?i)www\.\S", shown)
    assert not re.search(r"(?<!\d)49(?!\d)", email.subject)


def test_every_text_field_is_poisoned():
    """The mark stands in the page as often as an honest render has places for texts; none is forgotten."""
    html = page_of(mail("opened", "qzx"))
    for letter in "ABNPT":
        assert f"{letter}qzx" in html + str(message_of(mail("opened", "qzx"))["To"]), letter


def test_a_long_name_is_cut_with_an_ellipsis():
    long = text_of(mail("opened", "x" * 500))
    assert "x…" in long
    assert not re.search("x{301}", long)


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
    told = view_of_alert(alert(text), Reason.OPENED, samples.READER, reply_to=None)
    week = view_of_digest(digest(text), samples.READER, reply_to=None)
    for view in (told, week):
        stored = as_dict(view)
        assert stored["subject"] == view.subject
        assert isinstance(stored["pictures" if view is told else "metrics"], list)
