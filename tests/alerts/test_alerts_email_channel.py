"""The SMTP road against real and misbehaving servers: what becomes of a mail in each of their moods."""

from __future__ import annotations

import dataclasses
import logging
import socket
import threading
import traceback
from email import message_from_bytes, policy

import pytest
from smtp_sink import sink

from alerts import samples
from alerts.channels import EmailChannel
from alerts.render import render_alert, render_operations
from alerts.types import Delivery, Email, Reason

LISTENED_AT_MOST = 32_000_000
"""Bytes: an answer is read up to 32 kB, and two sockets may hold some megabytes each."""
SMALL = render_operations(
    "A word",
    [".a line that begins with a dot", "and one that does not"],
    samples.READER,
    key="one",
    sender=samples.SENDER,
    reply_to=samples.REPLY_TO,
    company=samples.COMPANY,
    now=samples.NOW,
)


def mail_to(address: str) -> Email:
    return dataclasses.replace(SMALL, to=address, message_id=f"<{address}>")


def channel(port: int, **settings) -> EmailChannel:
    plain = {"host": "127.0.0.1", "security": "none", "timeout": 5.0, "answer_seconds": 5.0}
    return EmailChannel(port=port, **{**plain, **settings})


def outcomes(road: EmailChannel, *emails: Email) -> list[Delivery]:
    return [delivery for _, delivery in road.deliver(emails)]


@pytest.fixture(scope="module")
def alert_mail() -> Email:
    return render_alert(
        samples.alerts()["market_shift"],
        Reason.OPENED,
        samples.READER,
        sender=samples.SENDER,
        reply_to=samples.REPLY_TO,
        sequence=1,
        opening_id=None,
        now=samples.NOW,
    )


def test_a_mail_goes_out_encrypted_after_a_login_and_arrives_as_it_was_stored(
    real_server, certificates, login, alert_mail
):
    server = real_server(tls=certificates.server, auth=True)
    user, password = login
    road = channel(
        server.port,
        security="starttls",
        username=user,
        password=password,
        tls_context=certificates.client(),
    )
    (delivery,) = outcomes(road, alert_mail)
    assert (delivery.state, delivery.code) == ("sent", 250)
    ((sender, to, content),) = server.received.mails
    assert (sender, to) == ("leftturn@larkspur.example", ["ceo@larkspur.example"])
    assert content == alert_mail.content
    assert server.received.encrypted == [True]
    assert server.received.logins == [user]
    arrived = message_from_bytes(content, policy=policy.default)
    assert arrived["Message-ID"] == alert_mail.message_id
    assert arrived["Subject"] == "Market shift: core-fit win rate down 9 points since April"


def test_one_connection_serves_many_mails_and_one_bad_address_stops_no_other(real_server):
    server = real_server()
    server.received.answers = {
        "gone@x.example": "550 5.1.1 no such user",
        "later@x.example": "450 4.2.1 greylisted",
    }
    names = ("a@x.example", "gone@x.example", "b@x.example", "later@x.example", "c@x.example")
    answers = outcomes(channel(server.port), *map(mail_to, names))
    assert [(one.state, one.code) for one in answers] == [
        ("sent", 250),
        ("refused", 550),
        ("sent", 250),
        ("deferred", 450),
        ("sent", 250),
    ]
    assert [to for _, to, _ in server.received.mails] == [["a@x.example"], ["b@x.example"], ["c@x.example"]]
    assert len(server.received.connections) == 1


def test_each_mail_is_asked_for_only_when_the_one_before_has_its_answer(real_server):
    server = real_server()
    asked = []

    def mails():
        for name in ("a@x.example", "b@x.example"):
            asked.append((name, len(server.received.mails)))
            yield mail_to(name)

    for _, delivery in channel(server.port).deliver(mails()):
        assert delivery.state == "sent"
    assert asked == [("a@x.example", 0), ("b@x.example", 1)]


def test_lines_that_begin_with_a_dot_arrive_with_one_dot(real_server):
    server = real_server()
    dotted = dataclasses.replace(SMALL, content=b"Subject: x\r\n\r\n.\r\n..two\r\n.one\r\n")
    assert outcomes(channel(server.port), dotted)[0].state == "sent"
    assert server.received.mails[0][2] == dotted.content


def test_without_an_offer_of_encryption_nothing_is_sent(real_server):
    server = real_server()
    answers = outcomes(channel(server.port, security="starttls"), SMALL, SMALL)
    assert [one.state for one in answers] == ["deferred", "deferred"]
    assert "STARTTLS" in answers[0].detail
    assert server.received.mails == []


def test_without_an_offer_of_encryption_the_password_is_not_said_either(scripted_server, script_of, login):
    script = script_of(answers={"EHLO": b"250-here\r\n250 AUTH PLAIN LOGIN"})
    user, password = login
    road = channel(scripted_server(script), security="starttls", username=user, password=password)
    assert outcomes(road, SMALL)[0].state == "deferred"
    assert all(line.split()[0] in (b"EHLO", b"QUIT") for line in script.commands)


@pytest.mark.parametrize("which", ["expired_certificates", "certificates_of_another_host"])
def test_a_certificate_that_is_not_good_stops_everything(real_server, request, which):
    bad = request.getfixturevalue(which)
    server = real_server(tls=bad.server)
    answers = outcomes(channel(server.port, security="starttls", tls_context=bad.client()), SMALL)
    assert answers[0].state == "deferred"
    assert "certificate" in answers[0].detail.lower()
    assert server.received.mails == []


def test_a_certificate_of_an_unknown_authority_stops_everything(real_server, certificates):
    server = real_server(tls=certificates.server)
    (delivery,) = outcomes(channel(server.port, security="starttls"), SMALL)
    assert delivery.state == "deferred"
    assert "certificate" in delivery.detail.lower()


def test_a_server_that_speaks_in_clear_where_tls_is_wanted_gets_nothing(scripted_server, script_of):
    script = script_of()
    assert (
        outcomes(channel(scripted_server(script), security="tls", timeout=1.0), SMALL)[0].state == "deferred"
    )
    assert b"MAIL" not in b" ".join(script.commands)


def test_a_wrong_password_defers_all_mails_after_one_knock_and_is_nowhere_to_be_read(
    real_server, certificates, login, caplog
):
    server = real_server(tls=certificates.server, auth=True)
    caplog.set_level(logging.DEBUG)
    road = channel(
        server.port,
        security="starttls",
        username=login[0],
        password="canary-41-secret",
        tls_context=certificates.client(),
    )
    answers = outcomes(road, SMALL, SMALL, SMALL)
    assert [(one.state, one.code) for one in answers] == [("deferred", 535)] * 3
    assert "does not accept the login of leftturn" in answers[0].detail
    assert len(server.received.logins) == 1
    assert "canary" not in repr(road) + str(answers) + caplog.text + str(vars(type(road)))


def test_a_server_that_repeats_the_password_does_not_get_it_into_the_record(scripted_server, script_of):
    script = script_of(
        answers={"EHLO": b"250-here\r\n250 AUTH PLAIN", "AUTH": b"454 cannot check canary-41-secret"}
    )
    road = channel(scripted_server(script), username="me", password="canary-41-secret")
    (delivery,) = outcomes(road, SMALL)
    assert delivery.state == "deferred"
    assert "canary" not in delivery.detail


@pytest.mark.parametrize(
    ("without", "state", "said"),
    [
        (("PLAIN",), "sent", "taken"),
        (("LOGIN",), "sent", "taken"),
        (("PLAIN", "LOGIN"), "deferred", "no login"),
    ],
)
def test_the_login_is_one_that_the_server_offers(real_server, certificates, login, without, state, said):
    server = real_server(tls=certificates.server, auth=True, without=without)
    tls = certificates.client()
    road = channel(server.port, security="starttls", username=login[0], password=login[1], tls_context=tls)
    (delivery,) = outcomes(road, SMALL)
    assert delivery.state == state
    assert said in delivery.detail


def test_no_traceback_carries_the_password():
    secret = "-".join(("canary", "41"))
    try:
        EmailChannel("mail.far.example", 25, "none", "me", secret)
    except ValueError:
        assert secret not in traceback.format_exc()


def test_unencrypted_mail_goes_to_this_machine_only():
    with pytest.raises(ValueError, match="mail goes unencrypted to this machine only"):
        EmailChannel("mail.far.example", 25, "none")


CASES = [
    ("the sender is refused for good: a matter of set-up", {"MAIL": b"550 not you"}, None, "deferred", 550),
    ("the sender is refused for now", {"MAIL": b"451 later"}, None, "deferred", 451),
    ("the mail is too large", {"MAIL": b"552 too large"}, None, "refused", 552),
    ("the address is refused for good", {"RCPT": b"550 unknown"}, None, "refused", 550),
    ("the address is refused for now", {"RCPT": b"450 busy"}, None, "deferred", 450),
    ("DATA is refused for now", {"DATA": b"451 no room"}, None, "deferred", 451),
    ("DATA is refused for good", {"DATA": b"554 never"}, None, "refused", 554),
    ("the content is refused for good", {"DOT": b"554 looks like spam"}, None, "refused", 554),
    ("the content is refused for now", {"DOT": b"451 try later"}, None, "deferred", 451),
    ("the server is closing", {"MAIL": b"421 closing"}, None, "deferred", 421),
    ("the greeting is a refusal", {"BANNER": b"554 go away"}, None, "deferred", 554),
    ("the connection drops at the greeting", {}, "BANNER", "deferred", None),
    ("the connection drops at MAIL", {}, "MAIL", "deferred", None),
    ("the connection drops at RCPT", {}, "RCPT", "deferred", None),
    ("the connection drops after the dot", {}, "DOT", "ambiguous", None),
    ("the answer after the dot is no answer", {"DOT": b"garbage"}, None, "ambiguous", None),
]


@pytest.mark.parametrize(
    ("why", "answers", "hang_up", "state", "code"), CASES, ids=[case[0] for case in CASES]
)
def test_what_became_of_a_mail(scripted_server, script_of, why, answers, hang_up, state, code):
    script = script_of(answers=answers, hang_up=hang_up)
    (delivery,) = outcomes(channel(scripted_server(script)), SMALL)
    assert (delivery.state, delivery.code if code else None) == (state, code), delivery


def test_a_connection_that_drops_before_the_dot_defers_for_certain(scripted_server, script_of):
    """The content is larger than what the sockets hold, so that the dot cannot have left when the server hangs up."""
    script = script_of(hang_up="DATA")
    large = dataclasses.replace(SMALL, content=b"Subject: x\r\n\r\n" + b"word word word word\r\n" * 1_000_000)
    (delivery,) = outcomes(channel(scripted_server(script)), large)
    assert delivery.state == "deferred"
    assert script.contents == []


def test_no_answer_after_the_dot_is_ambiguous(scripted_server, script_of):
    script = script_of(silent="DOT")
    (delivery,) = outcomes(channel(scripted_server(script), answer_seconds=0.2), SMALL)
    assert delivery.state == "ambiguous"


@pytest.mark.parametrize("place", ["BANNER", "MAIL", "RCPT"])
def test_silence_before_the_dot_defers(scripted_server, script_of, place):
    (delivery,) = outcomes(channel(scripted_server(script_of(silent=place)), timeout=0.2), SMALL)
    assert delivery.state == "deferred"


def test_after_a_lost_connection_the_next_mail_gets_a_new_one(scripted_server, script_of):
    script = script_of(hang_up="DOT", only_first=True)
    answers = outcomes(channel(scripted_server(script)), *map(mail_to, ("a@x.example", "b@x.example")))
    assert [one.state for one in answers] == ["ambiguous", "sent"]
    assert script.connections == 2


def test_a_server_that_drops_every_connection_is_left_alone_after_two(scripted_server, script_of):
    script = script_of(hang_up="RCPT")
    answers = outcomes(channel(scripted_server(script)), *[mail_to(f"{i}@x.example") for i in range(5)])
    assert [one.state for one in answers] == ["deferred"] * 5
    assert script.connections == 2


def test_nobody_listening_defers_everything():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        answers = outcomes(channel(port), SMALL, SMALL)
    assert [one.state for one in answers] == ["deferred", "deferred"]


def test_an_address_that_cannot_be_said_is_refused_and_the_next_mail_goes_out(real_server):
    server = real_server()
    bad = dataclasses.replace(SMALL, to="a@x.example>\r\nRCPT TO:<evil@x.example")
    answers = outcomes(channel(server.port), bad, mail_to("b@x.example"))
    assert [one.state for one in answers] == ["refused", "sent"]
    assert [to for _, to, _ in server.received.mails] == [["b@x.example"]]


def test_a_caller_who_stops_early_leaves_the_connection_politely(scripted_server, script_of):
    script = script_of()
    deliveries = channel(scripted_server(script)).deliver(map(mail_to, ("a@x.example", "b@x.example")))
    next(deliveries)
    deliveries.close()
    assert script.commands[-1] == b"QUIT"
    assert len(script.contents) == 1


def test_a_channel_works_in_a_thread_that_is_not_the_first(real_server):
    """The daemon ticks in a thread of its scheduler."""
    server = real_server()
    answers = []
    worker = threading.Thread(target=lambda: answers.extend(outcomes(channel(server.port), SMALL)))
    worker.start()
    worker.join(timeout=20)
    assert [one.state for one in answers] == ["sent"]


def test_a_mail_larger_than_the_server_says_it_takes_is_not_offered(alert_mail):
    with sink(size=20_000) as server:
        large, small = outcomes(channel(server.port), alert_mail, SMALL)
    assert (large.state, large.code, large.about) == ("refused", 552, "content")
    assert "up to 20,000 bytes" in large.detail
    assert small.state == "sent"
    assert len(server.taken) == 1


@pytest.mark.parametrize("limit", [0, 10_000_000])
def test_a_limit_that_is_none_or_large_keeps_nothing_back(alert_mail, limit):
    with sink(size=limit) as server:
        assert [one.state for one in outcomes(channel(server.port), alert_mail)] == ["sent"]


def test_a_mail_that_is_too_large_after_the_dot_is_refused_for_its_content(alert_mail):
    with sink(most=20_000) as server:
        large, small = outcomes(channel(server.port), alert_mail, SMALL)
    assert (large.state, large.code, large.about) == ("refused", 552, "content")
    assert small.state == "sent"


@pytest.mark.parametrize("action", ["endless", "list"])
@pytest.mark.parametrize("command", ["connect", "ehlo", "mail", "rcpt", "data", "dot", "quit"])
def test_an_answer_without_an_end_is_hung_up_on_early(command, action):
    with sink({command: action}) as server:
        (delivery,) = outcomes(channel(server.port, timeout=20.0, answer_seconds=20.0), SMALL)
    assert delivery.state == {"dot": "ambiguous", "quit": "sent"}.get(command, "deferred")
    assert len(delivery.detail) <= 400
    assert server.said < LISTENED_AT_MOST, "no more was listened to than the machine's sockets hold"
