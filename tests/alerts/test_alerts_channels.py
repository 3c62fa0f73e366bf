"""What every channel promises, and what the folder promises beyond."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from alerts import samples
from alerts.channels import CHANNELS, FolderChannel
from alerts.render import render_alert, render_digest, render_operations
from alerts.types import Delivery, Reason

COMMON = {"sender": samples.SENDER, "reply_to": samples.REPLY_TO, "now": samples.NOW}
ALERT = render_alert(
    samples.alerts()["market_shift"], Reason.OPENED, samples.READER, sequence=1, opening_id=None, **COMMON
)
DIGEST = render_digest(samples.quiet_digest(), samples.READER, **COMMON)
WORD = render_operations("A word", ["x"], samples.READER, key="k", company="C", **COMMON)


@pytest.fixture
def make(real_server, tmp_path):
    """A working channel of each name, and how to read back what it took."""

    def email():
        server = real_server()
        road = CHANNELS["email"](host="127.0.0.1", port=server.port, security="none")
        return road, lambda: [content for _, _, content in server.received.mails]

    def folder():
        place = tmp_path / "outbox"
        road = CHANNELS["folder"](folder=place)
        return road, lambda: [path.read_bytes() for path in sorted(place.glob("*.eml"))]

    makers = {"email": email, "folder": folder}
    assert set(makers) == set(CHANNELS), "a new channel needs a line here"
    return makers


every = pytest.mark.parametrize("name", sorted(CHANNELS))


@every
def test_a_channel_takes_mails_in_order_and_answers_each(make, name):
    road, arrived = make[name]()
    answers = list(road.deliver(iter([ALERT, DIGEST, WORD])))
    assert [mail for mail, _ in answers] == [ALERT, DIGEST, WORD]
    assert all(isinstance(one, Delivery) and one.state == "sent" and one.detail for _, one in answers)
    assert sorted(arrived()) == sorted([ALERT.content, DIGEST.content, WORD.content])


@every
def test_a_channel_with_nothing_to_deliver_does_nothing(make, name):
    road, arrived = make[name]()
    assert list(road.deliver([])) == []
    assert arrived() == []


@every
def test_a_channel_can_be_used_again(make, name):
    road, arrived = make[name]()
    assert [one.state for _, one in road.deliver([ALERT])] == ["sent"]
    assert [one.state for _, one in road.deliver([DIGEST])] == ["sent"]
    assert len(arrived()) == 2


@every
def test_a_channel_asks_for_a_mail_only_after_the_answer_before(make, name):
    road, _ = make[name]()
    asked = []

    def mails():
        for mail in (ALERT, DIGEST):
            asked.append(mail)
            yield mail

    deliveries = road.deliver(mails())
    next(deliveries)
    assert asked == [ALERT]
    deliveries.close()


@every
def test_a_channel_does_not_say_its_secrets(make, name):
    road, _ = make[name]()
    assert "secret" not in repr(road)
    assert repr(road).startswith(type(road).__name__)


def test_a_folder_names_files_by_day_kind_reader_and_subject(tmp_path):
    (answer,) = FolderChannel(tmp_path).deliver([ALERT])
    names = sorted(path.name for path in tmp_path.iterdir())
    stem = "2026-09-21-alert-ceo-market-shift-core-fit-win-rate-down-9-points-sin"
    assert [re.sub(r"-[0-9a-f]{8}(?=\.)", "", name) for name in names] == [f"{stem}.eml", f"{stem}.html"]
    assert answer[1].detail.endswith(".eml")


def test_writing_the_same_mail_twice_leaves_one_and_another_mail_of_the_same_name_two(tmp_path):
    road = FolderChannel(tmp_path)
    list(road.deliver([ALERT, ALERT]))
    assert len(list(tmp_path.glob("*.eml"))) == 1
    list(road.deliver([replace(ALERT, message_id="<another@x.example>")]))
    assert len(list(tmp_path.glob("*.eml"))) == 2


def test_the_page_opens_in_a_browser_as_it_is(tmp_path):
    list(FolderChannel(tmp_path).deliver([DIGEST]))
    (path,) = tmp_path.glob("*.html")
    page = path.read_text(encoding="utf-8")
    sources = re.findall(r'src="([^"]*)"', page)
    assert len(sources) == 6
    assert all(source.startswith("data:image/png;base64,iVBOR") for source in sources)
    assert "cid:" not in page


def test_a_mail_of_text_alone_has_no_page(tmp_path):
    mail = replace(WORD, content=b"Subject: x\r\nDate: Mon, 21 Sep 2026 07:30:00 +0200\r\n\r\nword\r\n")
    list(FolderChannel(tmp_path).deliver([mail]))
    assert [path.suffix for path in tmp_path.iterdir()] == [".eml"]


def test_only_the_owner_may_read_mails(tmp_path):
    place = tmp_path / "a" / "b"
    list(FolderChannel(place).deliver([ALERT]))
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()} == {0o600}


def test_hostile_subjects_and_addresses_stay_in_the_folder(tmp_path):
    place = tmp_path / "outbox"
    evil = replace(ALERT, subject="../../../etc/passwd\x00", to="../../x@y.example", message_id="<../z@y>")
    list(FolderChannel(place).deliver([evil]))
    assert [path.name for path in tmp_path.iterdir()] == ["outbox"]
    assert len(list(place.iterdir())) == 2


def test_a_folder_that_cannot_be_written_defers_and_the_next_mail_is_tried(tmp_path):
    (tmp_path / "file").write_text("in the way")
    answers = [one for _, one in FolderChannel(tmp_path / "file").deliver([ALERT, DIGEST])]
    assert [one.state for one in answers] == ["deferred", "deferred"]
    assert "file" in answers[0].detail


def test_a_file_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    """The disk fills up while the mail is written: nothing half, nothing left behind, and the mail is deferred."""

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ((_, answer),) = FolderChannel(tmp_path).deliver([ALERT])
    assert answer.state == "deferred"
    assert "No space left" in answer.detail
    assert list(tmp_path.iterdir()) == []


def test_what_is_on_disk_is_what_was_stored(tmp_path):
    list(FolderChannel(tmp_path).deliver([ALERT]))
    (path,) = tmp_path.glob("*.eml")
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert message["Message-ID"] == ALERT.message_id
