"""Signed links: only ours open anything, for what and whom they were made, until they expire."""

from __future__ import annotations

import base64
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from monitor.console.links import LIFETIME, LinkError, Signer, Ticket
from monitor.console.session import Sessions, same_word

NOW = datetime(2026, 5, 7, 8, 0, 30, tzinfo=UTC)
NEW, OLD, OTHER = (SecretStr(letter * 40) for letter in "nox")
TICKET = Ticket(purpose="answer", about="20260504-win-rate-aaaaaa", reader="ceo@acme.example")


def refusal(signer: Signer, text: str, now: datetime = NOW, purpose: str = "answer") -> str:
    with pytest.raises(LinkError) as caught:
        signer.read(text, purpose, now)
    return str(caught.value)


def test_a_link_gives_back_what_was_signed_until_it_expires() -> None:
    signer = Signer([NEW])
    text = signer.sign(TICKET, NOW)
    assert signer.sign(TICKET, NOW) == text
    assert signer.read(text, "answer", NOW + LIFETIME["answer"]) == TICKET
    assert "has expired" in refusal(signer, text, NOW + LIFETIME["answer"] + timedelta(seconds=1))


def test_the_newest_key_signs_and_the_others_still_verify_until_they_are_taken_out() -> None:
    before, both, after = Signer([OLD]), Signer([NEW, OLD]), Signer([NEW])
    out = before.sign(TICKET, NOW)
    assert both.read(out, "answer", NOW) == TICKET
    assert after.read(both.sign(TICKET, NOW), "answer", NOW) == TICKET
    assert "not one of ours" in refusal(after, out)
    assert "not one of ours" in refusal(Signer([OTHER]), out)
    with pytest.raises(ValueError, match="without a key"):
        Signer([])


def test_a_link_for_one_purpose_opens_no_other() -> None:
    signer = Signer([NEW])
    assert "not one of ours" in refusal(signer, signer.sign(TICKET, NOW), purpose="unsubscribe")


def test_every_link_with_one_sign_changed_is_refused() -> None:
    signer, rng = Signer([NEW]), random.Random(7)
    text = signer.sign(TICKET, NOW)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    for place in range(len(text) - 1):  # of the last one, some bits are of no meaning in base 64
        other = rng.choice([sign for sign in alphabet if sign != text[place]])
        assert refusal(signer, text[:place] + other + text[place + 1 :])


def test_a_body_that_somebody_wrote_under_another_signature_is_refused() -> None:
    signer = Signer([NEW])
    _, stamp, signature = signer.sign(TICKET, NOW).split(".")
    body = base64.urlsafe_b64encode(b'{"p":"answer","a":"x","r":"eve@evil.example"}').rstrip(b"=").decode()
    assert "not one of ours" in refusal(signer, f"{body}.{stamp}.{signature}")


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=300) | st.binary(max_size=200).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
)
def test_whatever_is_sent_is_refused_by_a_sentence(text: str) -> None:
    assert refusal(Signer([NEW]), text)
    assert refusal(Signer([NEW]), f"{text}.{text}.{text}")


def test_a_session_lasts_for_a_day_of_work_and_no_longer_than_its_token() -> None:
    sessions = Sessions("t" * 20)
    cookie = sessions.open("Rita", NOW)
    session = sessions.read(cookie, NOW + timedelta(hours=11))
    assert session is not None
    assert session.name == "Rita"
    assert same_word(session, session.word)
    assert not same_word(session, session.word[:-1] + "é")
    assert sessions.read(cookie, NOW + timedelta(hours=13)) is None
    assert Sessions("another-token-0123").read(cookie, NOW) is None
    assert [sessions.read(bad, NOW) for bad in (None, "", "x.y.z", cookie + "A", "a" * 3000)] == [None] * 5
    other = sessions.read(sessions.open("Rita", NOW), NOW)
    assert other is not None
    assert not same_word(other, session.word)


def test_only_the_token_is_the_token() -> None:
    sessions = Sessions("correct-horse-battery")
    given = ["correct-horse-battery", "correct-horse-batter", "", "CORRECT-HORSE-BATTERY", "é\ud800"]
    assert [sessions.token_is(one) for one in given] == [True, False, False, False, False]
    assert Sessions(None).token_is("anything")
