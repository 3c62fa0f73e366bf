"""A lint of the pages: only what Outlook (Word), Gmail and Apple Mail show, and what a reader without pictures reads.

What cannot be seen here, since those programs do not run here, is held by rules:
caniemail.com and the makers' lists say which elements and styles they support.
"""

from __future__ import annotations

import re

import pytest
from mail_pages import Page, message_of, page_of, sample_mails, text_of

from alerts.colours import contrast
from alerts.words.banned import banned

SAMPLES = sample_mails()
PAGES = {name: Page(page_of(email)) for name, email in SAMPLES.items()}
every = pytest.mark.parametrize("name", SAMPLES)

ELEMENTS = {
    "html", "head", "meta", "title", "style", "body",
    "table", "tbody", "tr", "td", "div", "span", "strong", "h1", "h2", "a", "img",
}  # fmt: skip
STYLES = {
    "background-color", "border", "border-radius", "border-spacing", "border-top", "color", "display",
    "font-family", "font-size", "font-weight", "height", "letter-spacing", "line-height",
    "margin", "margin-bottom", "margin-top", "max-height", "max-width", "mso-hide", "mso-padding-alt", "opacity",
    "overflow", "overflow-wrap", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top",
    "table-layout", "text-align", "text-decoration", "text-transform", "vertical-align", "width", "word-break",
    "-webkit-text-size-adjust", "-ms-text-size-adjust", "color-scheme", "supported-color-schemes",
}  # fmt: skip
"""What the three show, or pass over without harm. Not among them: flex, grid, float, position, background images."""
GMAIL_CLIPS = 102_000
GMAIL_STYLE = 8_192
"""Characters of one style block beyond which Gmail throws it away."""


@every
def test_only_elements_and_styles_that_mail_programs_know(name):
    for one in PAGES[name].elements:
        assert one.tag in ELEMENTS, one.tag
        assert set(one.styles) <= STYLES, set(one.styles) - STYLES
        assert not re.search(
            r"(?i)flex|grid|calc\(|var\(|url\(|\d(?:rem|vw|vh|em)\b", one.attrs.get("style", "")
        )
        assert not re.search(r"margin[^;]*:\s*-", one.attrs.get("style", ""))
        assert "display" not in one.styles or one.styles["display"] in ("block", "none", "inline-block")
        assert "id" not in one.attrs


@every
def test_layout_is_made_of_tables_that_say_their_sizes(name):
    page = PAGES[name]
    assert page.unclosed == []
    for table in page.all("table"):
        assert table.attrs["role"] == "presentation"
        assert (table.attrs["cellpadding"], table.attrs["cellspacing"], table.attrs["border"]) == (
            "0",
            "0",
            "0",
        )
        assert re.fullmatch(r"\d+%?", table.attrs["width"])
    for cell in page.all("td"):
        assert "width" not in cell.attrs or re.fullmatch(r"\d+%?", cell.attrs["width"])
    for row in page.all("tr"):
        widths = [cell.attrs.get("width", "") for cell in row.children]
        shares = [int(width.rstrip("%")) for width in widths if width.endswith("%")]
        assert sum(shares) <= 101, shares
        assert not shares or len(shares) == len(row.children) or len(row.children) - len(shares) <= 2


@every
def test_space_is_given_in_ways_that_word_keeps(name):
    """Word, which draws for Outlook, knows padding of cells alone, and of links where the cell has its own."""
    for one in PAGES[name].elements:
        if one.tag in ("div", "h1", "h2", "span", "strong", "table", "img"):
            assert not [style for style in one.styles if style.startswith("padding")], one.attrs
        if one.tag == "a" and any(style.startswith("padding") for style in one.styles):
            assert "mso-padding-alt" in one.parent.styles


@every
def test_every_ground_is_said_twice(name):
    """Some programs drop the style, some the attribute."""
    for one in PAGES[name].all("body", "table", "td"):
        ground = one.styles.get("background-color")
        assert one.attrs.get("bgcolor") == ground, one.attrs


@every
def test_what_is_for_outlook_alone_opens_and_closes(name):
    comments = [comment for comment in PAGES[name].comments if "if mso" in comment or "endif" in comment]
    assert len(comments) == 3
    assert all(comment.startswith("[if mso]>") and comment.endswith("<![endif]") for comment in comments)
    inside = "".join(comments)
    for tag in ("table", "tr", "td", "xml", "style", "noscript"):
        assert len(re.findall(rf"<{tag}[ >]", inside)) == inside.count(f"</{tag}>"), tag
    assert 'width="600"' in inside
    wide = next(one for one in PAGES[name].all("table") if "wide" in one.attrs.get("class", ""))
    assert wide.styles["max-width"] == "600px"


@every
def test_style_blocks_are_small_and_know_the_dark_scheme(name):
    blocks = [one.text for one in PAGES[name].all("style")]
    assert all(len(block) < GMAIL_STYLE for block in blocks)
    assert any("prefers-color-scheme: dark" in block for block in blocks)
    assert not any(
        "[data-ogs" in block and "@media" in block for block in blocks
    )  # one bad rule spoils a block
    metas = {one.attrs.get("name"): one.attrs.get("content") for one in PAGES[name].all("meta")}
    assert metas["color-scheme"] == "light dark"
    assert "width=device-width" in metas["viewport"]
    assert PAGES[name].all("html")[0].attrs["lang"] == "en"


@every
def test_pictures_say_their_size_and_what_they_show(name):
    page, plain = PAGES[name], text_of(SAMPLES[name]).replace("\u00a0", " ")
    parts = [part for part in message_of(SAMPLES[name]).walk() if part.get_content_type() == "image/png"]
    images = page.all("img")
    assert len(images) == len(parts) <= 12
    for image in images:
        assert int(image.attrs["width"]) <= 536
        assert image.styles["display"] == "block"
        alt = image.attrs["alt"].replace("\u00a0", " ")
        assert len(re.findall(r"\d+", alt)) >= 3
        assert alt in plain
        assert image.attrs["src"].startswith("cid:")


@every
def test_sizes(name):
    assert len(page_of(SAMPLES[name]).encode()) < 60_000 < GMAIL_CLIPS
    assert len(SAMPLES[name].content) < 600_000


@every
def test_links_lead_to_us_and_nothing_is_fetched(name):
    for one in PAGES[name].elements:
        assert "src" not in one.attrs or one.attrs["src"].startswith("cid:")
        assert "background" not in one.attrs
        assert "href" not in one.attrs or one.attrs["href"].startswith("mailto:")
        assert not [attribute for attribute in one.attrs if attribute.startswith("on")]
    assert not re.search(r"(?i)https?:(?!//www\.w3\.org/1999/xhtml)", page_of(SAMPLES[name]))


@every
def test_every_text_stands_out_from_the_ground_it_is_on(name):
    """Read from the page itself, in the light scheme; the browser's test reads both."""
    for one in PAGES[name].elements:
        if not one.text.strip() or one.tag in ("style", "title", "head", "html"):
            continue
        if any(node.styles.get("display") == "none" for node in one.up()):
            continue
        ink = next(node.styles["color"] for node in one.up() if "color" in node.styles)
        ground = next(node.attrs["bgcolor"] for node in one.up() if "bgcolor" in node.attrs)
        assert contrast(ink, ground) >= 4.5, one.text


@every
def test_every_number_of_the_page_stands_in_the_text(name):
    seen = " ".join(
        one.text for one in PAGES[name].elements if one.tag not in ("style", "title") and not hidden(one)
    )
    plain = text_of(SAMPLES[name]).replace("\u00a0", " ")
    numbers = [found.rstrip(".,") for found in re.findall(r"\d[\d.,]*", seen)]
    assert [number for number in numbers if number not in plain] == []


def hidden(one) -> bool:
    return any(node.styles.get("display") == "none" for node in one.up())


@every
def test_leaders_meet_no_word_of_statistics_or_of_the_workshop(name):
    if SAMPLES[name].kind == "operations":
        return
    said = re.sub(
        r"mailto:\S+|\[\d{8}-[\w-]+\]|Reference \S+", "", f"{SAMPLES[name].subject}\n{text_of(SAMPLES[name])}"
    )
    assert banned(said) == []


@every
def test_mails_of_one_alert_are_one_thread(name):
    kind, _, of = name.partition("-")
    if SAMPLES[name].kind != "alert" or kind in ("opened", "preview"):
        return
    message, first = message_of(SAMPLES[name]), SAMPLES[f"opened-{of}"]
    assert message["In-Reply-To"] == message["References"] == first.message_id
    if of not in ("recording", "shock"):  # their threads began under another name
        assert base_subject(SAMPLES[name].subject) == base_subject(first.subject)
    assert len(SAMPLES[name].subject) < 70


def base_subject(subject: str) -> str:
    """What mail programs compare (RFC 5256, 2.1): without "Re:", "Fwd:" and words in brackets before it."""
    before = None
    while before != subject:
        before, subject = (
            subject,
            re.sub(r"(?i)^(?:\s+|\[[^\[\]]*\]\s*(?=\S)|(?:re|fwd?)\s*(?:\[[^\[\]]*\])?:)", "", subject),
        )
    return subject.strip()
