"""The mail as it travels: headers, parts, sizes, identity, read back from its bytes as a mail program would."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser
from importlib import resources
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from alerts import envelope, samples
from alerts.render import render_alert, render_digest, render_operations
from alerts.types import Email, Reason

ALERTS = samples.alerts()
DIGESTS = {
    "quiet": samples.quiet_digest(),
    "busy": samples.busy_digest(),
    "unjudged": samples.unjudged_digest(),
}


def alert_mail(alert=ALERTS["market_shift"], reason=Reason.OPENED, reader=samples.READER, **changes) -> Email:
    given = {
        "sender": samples.SENDER,
        "reply_to": samples.REPLY_TO,
        "sequence": 1,
        "opening_id": None,
        "now": samples.NOW,
    }
    return render_alert(alert, reason, reader, **{**given, **changes})


def digest_mail(digest=DIGESTS["quiet"], reader=samples.READER, **changes) -> Email:
    given = {"sender": samples.SENDER, "reply_to": samples.REPLY_TO, "now": samples.NOW}
    return render_digest(digest, reader, **{**given, **changes})


def operations_mail(subject="Data are stale: crm", lines=("Nothing after 3 September.",), **changes) -> Email:
    given = {
        "key": "stale:crm:2026-09-21",
        "sender": samples.SENDER,
        "reply_to": None,
        "company": samples.COMPANY,
        "now": samples.NOW,
    }
    return render_operations(subject, lines, samples.READER, **{**given, **changes})


EVERY = {
    **{f"alert {verdict}": alert_mail(alert) for verdict, alert in ALERTS.items()},
    **{f"digest {name}": digest_mail(digest) for name, digest in DIGESTS.items()},
    "operations": operations_mail(),
}
every = pytest.mark.parametrize("mail", EVERY.values(), ids=EVERY.keys())


def read(mail: Email):
    return message_from_bytes(mail.content, policy=policy.default)


def page(mail: Email) -> str:
    return read(mail).get_body(("html",)).get_content()


def text(mail: Email) -> str:
    return read(mail).get_body(("plain",)).get_content()


class Shown(HTMLParser):
    """What a reader sees of a page: its texts and the texts of its pictures; the hidden preheader apart."""

    def __init__(self, html: str):
        super().__init__()
        self.texts, self.hidden, self.depth = [], [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in ("style", "title") or "display:none" in given.get("style", "").replace(" ", ""):
            self.hidden.append(tag)
        if given.get("alt"):
            self.texts.append(given["alt"])

    def handle_endtag(self, tag):
        if self.hidden and self.hidden[-1] == tag:
            self.hidden.pop()

    def handle_data(self, data):
        if not self.hidden:
            self.texts.append(data)


@every
def test_a_mail_is_whole_plain_ascii_with_short_lines(mail):
    assert mail.note is None
    assert mail.content.isascii()
    lines = mail.content.split(b"\r\n")
    assert all(b"\r" not in line and b"\n" not in line for line in lines)
    assert max(map(len, lines)) <= 998
    assert read(mail).defects == []
    assert all(part.defects == [] for part in read(mail).walk())


@every
def test_a_mail_is_small(mail):
    assert len(page(mail).encode()) < 60_000
    assert len(mail.content) < 600_000
    assert sum(part.get_content_type() == "image/png" for part in read(mail).walk()) <= 12


@every
def test_a_page_loads_nothing_from_afar_and_follows_nobody(mail):
    html = page(mail)
    sources = re.findall(r'(?:src|background|data|poster)="([^"]*)"', html)
    assert all(source.startswith("cid:") for source in sources)
    links = re.findall(r'href="([^"]*)"', html)
    assert all(link.startswith("mailto:") for link in links)
    assert not re.search(r"(?i)url\s*\(|@import|<script|<link|<iframe|<form|javascript:|\son\w+=", html)


@every
def test_every_picture_of_the_page_is_in_the_mail_and_carries_its_figures_as_text(mail):
    parts = {part["Content-ID"].strip("<>") for part in read(mail).walk() if part["Content-ID"]}
    images = re.findall(r"<img [^>]*>", page(mail))
    assert {re.search('src="cid:([^"]+)"', image)[1] for image in images} == parts
    for image in images:
        alt = re.search('alt="([^"]*)"', image)[1].replace("&nbsp;", " ")
        assert re.search(r"\d+.%|\d+ in the last week|\d+ before|between \d+ and \d+", alt), alt


@every
def test_every_number_of_the_page_stands_in_the_text(mail):
    shown = " ".join(Shown(page(mail)).texts).replace("\u00a0", " ")
    plain = text(mail).replace("\u00a0", " ")
    numbers = re.findall(r"\d[\d.,]*", shown)
    assert numbers or "operations" in mail.kind
    missing = [n for n in numbers if n.rstrip(".,") not in plain]
    assert missing == []


ONLY_ON_THE_PAGE = re.compile(
    r"|leftturn|next|change|before|now|stop this weekly mail|the other way:|each opens a mail to .*"
    r"|(market|mix|price|people|recording|place) [\d.,]+"
)
"""Labels of the layout, and what stands in the bar of shares and again beside it."""


def words_of(piece: str) -> str:
    return " ".join(piece.replace("\u00a0", " ").casefold().split()).strip("· .,:;()")


@every
def test_every_sentence_of_the_page_stands_in_the_text(mail):
    plain = " ".join(text(mail).replace("\u00a0", " ").casefold().split())
    pieces = {words_of(piece) for whole in Shown(page(mail)).texts for piece in whole.split(" · ")}
    assert [p for p in pieces if p not in plain and not ONLY_ON_THE_PAGE.fullmatch(p)] == []


@every
def test_the_phone_shows_a_first_line_that_is_not_the_logo(mail):
    hidden = re.search(r'<div style="display:none[^>]*>([^<]*)', page(mail))[1]
    assert len(hidden.split("\u034f")[0].strip()) > 20


@every
def test_the_headers_a_mail_program_reads(mail):
    message = read(mail)
    assert message["From"].addresses[0].addr_spec == "leftturn@larkspur.example"
    assert message["From"].addresses[0].display_name == "LeftTurn"
    assert [one.addr_spec for one in message["To"].addresses] == ["ceo@larkspur.example"]
    assert message["Cc"] is None
    assert message["Bcc"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    assert message["Message-ID"] == mail.message_id
    assert message["Subject"] == mail.subject
    assert message["MIME-Version"] == "1.0"
    assert {name for name in message if name.startswith("X-")} == {"X-Auto-Response-Suppress"}
    for once in ("From", "To", "Subject", "Date", "Message-ID"):
        assert len(message.get_all(once)) == 1


def test_the_date_is_the_one_passed_in_on_the_readers_clock():
    message = read(alert_mail(reader=replace(samples.READER, timezone="Asia/Kolkata")))
    assert message["Date"] == "Mon, 21 Sep 2026 11:00:00 +0530"
    assert parsedate_to_datetime(message["Date"]) == samples.NOW


def test_an_unknown_zone_does_not_stop_a_mail():
    assert "+0000" in read(alert_mail(reader=replace(samples.READER, timezone="Mars/Olympus")))["Date"]


def test_the_same_mail_rendered_twice_is_the_same_bytes():
    assert alert_mail().content == alert_mail().content
    assert digest_mail().content == digest_mail().content


def test_a_message_id_is_of_change_sequence_reader_and_domain_alone():
    first = alert_mail()
    later = alert_mail(ALERTS["focus_drift"], now=samples.NOW + timedelta(days=3))
    other = replace(ALERTS["focus_drift"], id=ALERTS["market_shift"].id)
    same = alert_mail(other, Reason.CLARIFIED, now=samples.NOW + timedelta(days=1))
    assert first.message_id == same.message_id
    ids = {
        first.message_id,
        later.message_id,
        alert_mail(sequence=2).message_id,
        alert_mail(reader=replace(samples.READER, email="cfo@larkspur.example")).message_id,
        alert_mail(sender="x@other.example").message_id,
    }
    assert len(ids) == 5
    assert all(re.fullmatch(r"<[a-z0-9.-]+@[a-z.]+>", one) for one in ids)
    assert first.message_id.endswith("@larkspur.example>")


def test_a_digests_message_id_is_of_company_week_and_reader():
    quiet = DIGESTS["quiet"]
    assert digest_mail().message_id == digest_mail(DIGESTS["busy"]).message_id
    others = {
        digest_mail(replace(quiet, week=quiet.week + timedelta(weeks=1))).message_id,
        digest_mail(replace(quiet, company="Another")).message_id,
        digest_mail(reader=replace(samples.READER, email="cfo@larkspur.example")).message_id,
        digest_mail().message_id,
    }
    assert len(others) == 4


def test_a_word_to_operations_is_known_by_its_key():
    assert operations_mail("One").message_id == operations_mail("Other").message_id
    assert operations_mail(key="a").message_id != operations_mail(key="b").message_id


def test_later_mails_about_a_change_belong_to_the_first():
    first = alert_mail()
    assert read(first)["References"] is None
    later = read(alert_mail(reason=Reason.WORSENED, sequence=2, opening_id=first.message_id))
    assert later["In-Reply-To"] == first.message_id
    assert later["References"] == first.message_id


def test_long_references_and_unsubscribe_addresses_are_not_folded_into_encoded_words():
    opening = f"<{'very-long-' * 12}x@{'sub.' * 20}larkspur.example>"
    raw = alert_mail(reason=Reason.CLOSED, sequence=2, opening_id=opening).content
    assert b"References: " + opening.encode() + b"\r\n" in raw
    assert b"In-Reply-To: " + opening.encode() + b"\r\n" in raw
    company = "Zürcher Gesellschaft für ungewöhnlich lange und klangvolle Firmennamen"
    raw = digest_mail(replace(DIGESTS["quiet"], company=company)).content
    line = next(line for line in raw.split(b"\r\n") if line.startswith(b"List-Unsubscribe"))
    assert re.fullmatch(
        rb"List-Unsubscribe: <mailto:revops@larkspur\.example\?subject=[A-Za-z0-9%._~-]+>", line
    )


def test_the_digest_can_be_left_and_an_alert_is_no_list():
    message = read(digest_mail())
    leave = urlsplit(message["List-Unsubscribe"].strip("<>"))
    assert leave.path == "revops@larkspur.example"
    assert parse_qs(leave.query)["subject"] == [
        "Unsubscribe ceo@larkspur.example from the weekly digest of Larkspur Instruments"
    ]
    assert read(alert_mail())["List-Unsubscribe"] is None


def test_the_buttons_open_mails_to_operations_with_a_ready_subject():
    links = [
        urlsplit(link.replace("&amp;", "&"))
        for link in re.findall(r'href="(mailto:[^"]*)"', page(alert_mail()))
    ]
    assert [link.path for link in links] == [samples.REPLY_TO] * 3
    subjects = [parse_qs(link.query)["subject"][0] for link in links]
    assert [subject.partition(":")[0] for subject in subjects] == ["Act", "Watch", "We knew"]
    assert all(subject.endswith(f"[{ALERTS['market_shift'].id}]") for subject in subjects)


def test_without_a_reply_address_answers_go_to_the_sender():
    mail = alert_mail(reply_to=None)
    assert 'href="mailto:leftturn@larkspur.example?' in page(mail)
    assert read(mail)["Reply-To"] is None


@pytest.mark.parametrize(
    "name",
    [
        "Chief executive",
        "Zoë Müller-Łukasiewicz",
        "社長 山田太郎",
        'Smith, "Bob" (CEO)',
        "Ünïcode name that is long enough to be folded over more than one line, äöüäöüäöü",
        "a" * 300,
        "🙂 Emoji",
        "",
        None,
    ],
)
def test_any_name_of_a_reader_survives_the_header(name):
    mail = alert_mail(reader=replace(samples.READER, name=name))
    told, address = parseaddr(decoded(mail, "To"))
    assert address == "ceo@larkspur.example"
    assert told[:59] == (name or "")[:59]
    header = mail.content.partition(b"\r\n\r\n")[0]
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^ ]*\?=", header))


@pytest.mark.parametrize(
    "place", ["Zürich", "São Paulo y Área Metropolitana", "東京都", "Ελλάδα", "Île-de-France — Nord", "🙂🙃"]
)
def test_any_place_survives_the_subject(place):
    alert = ALERTS["internal"]
    first = replace(alert.findings[0], segment={"region": place})
    mail = alert_mail(replace(alert, findings=(first,), one_place={"region": place}))
    assert mail.note is None
    assert decoded(mail, "Subject") == mail.subject
    assert place[:10] in mail.subject
    assert len(mail.subject) < 70
    header = mail.content.partition(b"\r\n\r\n")[0]
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^ ]*\?=", header))


@pytest.mark.parametrize(
    "address", ["a.b+c@x.example", "a..b@x.example", ".a@x.example", "o'neil@x.example", "!#$%@x"]
)
def test_any_address_the_configuration_takes_is_one_recipient(address):
    mail = alert_mail(reader=replace(samples.READER, email=address))
    assert mail.to == address
    assert mail.note is None
    header = mail.content.partition(b"\r\n\r\n")[0].decode()
    to = re.search(r"(?m)^To: (.*)$", header)[1]
    assert address in to
    assert "," not in to


@pytest.mark.parametrize(
    "words",
    [
        "I down since over-long-hyphenated-word-of-thirty 東京 東京 9 a I",
        "(x) over-long-hyphenated-word-of-thirty points a São — 東京 down I over",
        "Ünïcode words that go over more than one line, äöüäöüäöü äöüäöüäöü ß ß ß ß",
        "plain words that are long enough to be folded over more than one line, once",
    ],
)
def test_blanks_between_words_outside_ascii_are_neither_lost_nor_made(words):
    mail = operations_mail(words)
    assert decoded(mail, "Subject") == words
    header = mail.content.partition(b"\r\n\r\n")[0]
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^ \r]*\?=", header))


def decoded(mail: Email, header: str) -> str:
    """A header as mail programs read it; the library's own reader puts blanks between encoded words."""
    folded = message_from_bytes(mail.content)[header]
    return str(make_header(decode_header(folded.replace("\r\n", ""))))


def test_the_sender_may_have_any_name():
    mail = alert_mail(sender='"Müller, LeftTurn" <l@acme.example>')
    assert read(mail)["From"].addresses[0].display_name == "Müller, LeftTurn"
    assert mail.message_id.endswith("@acme.example>")
    assert envelope.address_of(mail.sender) == "l@acme.example"


def test_an_instant_in_winter_time_and_one_in_summer_time_differ_by_the_offset():
    paris = replace(samples.READER, timezone="Europe/Paris")
    winter = datetime(2026, 1, 5, 7, 30, tzinfo=ZoneInfo("Europe/Paris"))
    assert read(alert_mail(reader=paris, now=winter))["Date"].endswith("07:30:00 +0100")


def test_a_storm_of_findings_is_still_a_small_mail():
    """A hundred thousand segments at once: told in one mail that says how many more there are."""
    alert = ALERTS["market_shift"]
    many = tuple(replace(alert.findings[1], segment={"account": f"A{i}"}) for i in range(100_000))
    mail = alert_mail(replace(alert, findings=(alert.findings[0], *many), ruled_out=("x",) * 5000))
    assert len(page(mail).encode()) < 60_000
    assert "and 99,995 more" in text(mail)


def test_a_digest_of_everything_at_once_is_still_a_small_mail():
    busy = DIGESTS["busy"]
    mail = digest_mail(
        replace(
            busy,
            metrics=busy.metrics * 40,
            opened=busy.opened * 200,
            open=busy.open * 200,
            watched=busy.watched * 1000,
            suppressed=busy.suppressed * 1000,
            sources=busy.sources * 100,
            setting_changes=busy.setting_changes * 100,
            footnotes=busy.footnotes * 50,
        )
    )
    assert mail.note is None
    assert len(page(mail).encode()) < 60_000
    assert len(mail.content) < 600_000
    assert "And 988 more." in text(mail)


def test_the_samples_are_one_mail_of_every_kind():
    every_sample = list(samples.every())
    mails = [sample.email for sample in every_sample]
    assert all(mail.note is None for mail in mails)
    assert len({mail.message_id for mail in mails}) == len(mails)
    assert {mail.kind for mail in mails} == {"alert", "digest", "operations"}
    told = {(sample.kind, sample.of) for sample in every_sample if sample.email.kind == "alert"}
    assert len({kind for kind, _ in told}) * len(ALERTS) == len(told) == 63
    assert len({sample.name for sample in every_sample}) == len(every_sample)


def test_templates_are_found_where_the_package_is_installed():
    folder = resources.files("alerts") / "templates"
    assert (folder / "alert.html.j2").is_file()


def test_a_day_is_told_with_its_year_where_it_could_be_taken_for_another():
    alert = replace(
        ALERTS["market_shift"],
        data_to=date(2026, 2, 1),
        started_on=date(2025, 12, 8),
        started_between=(date(2025, 2, 3), date(2025, 12, 29)),
    )
    mail = alert_mail(alert)
    assert mail.subject == "Market shift: core-fit win rate down 9 points since Dec"
    assert "About 8 December (3 February 2025 to 29 December)" in text(mail).replace("\u00a0", " ")
