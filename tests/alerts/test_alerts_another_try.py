"""What a second try changes in a mail, and what it leaves."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from alerts.another_try import TEXT_ALONE, as_plain_text, as_possible_duplicate
from alerts.samples.mails import every
from alerts.types import Email

SAMPLES = [sample.email for sample in every()]


@pytest.mark.parametrize("mail", SAMPLES[:2] + SAMPLES[-2:], ids=lambda mail: mail.kind)
def test_a_mail_that_may_have_arrived_says_so_and_is_otherwise_the_same(mail: Email) -> None:
    again = as_possible_duplicate(mail.content)
    assert again.endswith(mail.content)
    assert message_from_bytes(again, policy=policy.default)["X-Possible-Duplicate"] == "1"
    assert as_possible_duplicate(again) == again


@pytest.mark.parametrize("mail", SAMPLES[:2] + SAMPLES[-2:], ids=lambda mail: mail.kind)
def test_the_text_alone_has_the_same_words_and_headers_and_nothing_to_refuse(mail: Email) -> None:
    whole = message_from_bytes(mail.content, policy=policy.default)
    alone = message_from_bytes(as_plain_text(mail.content), policy=policy.default)
    assert not alone.is_multipart()
    for header in ("Message-ID", "Subject", "From", "To", "Date", "References", "Auto-Submitted"):
        assert alone[header] == whole[header]
    text = whole.get_body(("plain",))
    assert text is not None
    assert alone.get_content().split() == (text.get_content() + TEXT_ALONE).split()
    assert len(as_plain_text(mail.content)) < 60_000
    assert as_plain_text(as_plain_text(mail.content)) == as_plain_text(mail.content)
