"""The gate, case by case: who is told what and when, a sentence a row."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from alerts import samples
from alerts.gate import change_of, decide, recipients
from alerts.types import Alert, Decision, Interval, LastNotice, Reader, Reason

NOW = datetime(2026, 9, 21, 6, tzinfo=UTC)
TODAY = NOW.date()


def alert(verdict="market_shift", *, state="open", opened_days_ago=0, change=-0.09, unsure=0.03) -> Alert:
    sample = samples.alerts()["market_shift"]
    first = replace(
        sample.findings[0],
        before=0.31,
        after=0.31 + change,
        change=Interval(low=change - unsure, high=change + unsure),
    )
    return replace(
        sample,
        verdict=verdict,
        state=state,
        opened_on=TODAY - timedelta(days=opened_days_ago),
        findings=(first, *sample.findings[1:]),
    )


def told(reason, verdict="market_shift", *, change=-0.09, weeks_ago=1.0) -> LastNotice:
    return LastNotice(
        reason=Reason(reason), verdict=verdict, change=change, at=NOW - timedelta(weeks=weeks_ago)
    )


CASES = [
    # a sentence, the alert, what was told, whether it goes out, the reason
    ("a new change is told", alert(), None, True, "opened"),
    ("good news is told just so", alert("left_turn"), None, True, "opened"),
    ("what we cannot explain is told just so", alert("unclear"), None, True, "opened"),
    ("a change inside the company is told", alert("internal"), None, True, "opened"),
    ("one that opened three weeks ago is still told", alert(opened_days_ago=21), None, True, "opened"),
    ("an older one is the past of a first load", alert(opened_days_ago=22), None, False, "too_old"),
    (
        "an old change of recording is the past too",
        alert("recording", opened_days_ago=30),
        None,
        False,
        "too_old",
    ),
    ("a change of recording goes to operations", alert("recording"), None, False, "not_for_leadership"),
    ("a blip goes to operations", alert("shock"), None, False, "not_for_leadership"),
    ("a told change that stays as it is is not told again", alert(), told("opened"), False, "unchanged"),
    ("nor after a year: never by the clock", alert(), told("opened", weeks_ago=52), False, "unchanged"),
    (
        "the first cause of an unclear one is told at once",
        alert(),
        told("opened", "unclear"),
        True,
        "clarified",
    ),
    (
        "a cause after an unclear correction waits four weeks",
        alert(),
        told("clarified", "unclear"),
        False,
        "unchanged",
    ),
    (
        "and is told after them",
        alert(),
        told("clarified", "unclear", weeks_ago=4),
        True,
        "clarified",
    ),
    (
        "one named cause for another waits four weeks",
        alert("focus_drift"),
        told("opened"),
        False,
        "unchanged",
    ),
    ("and is told after them", alert("focus_drift"), told("opened", weeks_ago=4), True, "clarified"),
    ("a cause that fell through waits four weeks", alert("unclear"), told("opened"), False, "unchanged"),
    ("and is told after them", alert("unclear"), told("opened", weeks_ago=5), True, "clarified"),
    ("that it was recording corrects at once", alert("recording"), told("opened"), True, "clarified"),
    ("that it was a blip corrects at once", alert("shock"), told("worsened"), True, "clarified"),
    ("a correction is told once", alert("recording"), told("clarified", "recording"), False, "unchanged"),
    (
        "a corrected one that grows stays with operations",
        alert("recording", change=-0.3),
        told("clarified", "recording", weeks_ago=9),
        False,
        "unchanged",
    ),
    (
        "from recording back to the market waits four weeks",
        alert(),
        told("clarified", "recording", weeks_ago=3),
        False,
        "unchanged",
    ),
    (
        "half as large again, after four weeks, is worse",
        alert(change=-0.135),
        told("opened", weeks_ago=4),
        True,
        "worsened",
    ),
    (
        "half as large again, too soon, is not",
        alert(change=-0.135),
        told("opened", weeks_ago=3.9),
        False,
        "unchanged",
    ),
    ("a little larger is not worse", alert(change=-0.13), told("opened", weeks_ago=9), False, "unchanged"),
    (
        "what wobbles within its interval is not worse",
        alert(change=-0.17, unsure=0.09),
        told("opened", weeks_ago=9),
        False,
        "unchanged",
    ),
    (
        "a rise that surely grew is told like a fall",
        alert("left_turn", change=0.2),
        told("opened", "left_turn", change=0.09, weeks_ago=9),
        True,
        "worsened",
    ),
    ("the other way is not worse", alert(change=0.2), told("opened", weeks_ago=9), False, "unchanged"),
    (
        "worse is measured by what was last told",
        alert(change=-0.14),
        told("worsened", change=-0.135, weeks_ago=9),
        False,
        "unchanged",
    ),
    ("nothing grows out of nothing", alert(), told("opened", change=0.0, weeks_ago=9), False, "unchanged"),
    ("a told change that ended is told", alert(state="closed"), told("opened"), True, "closed"),
    ("a told blip that ended is told", alert("shock", state="closed"), told("opened"), True, "closed"),
    ("an end is told once", alert(state="closed"), told("closed"), False, "unchanged"),
    ("an end after a retraction is none", alert(state="closed"), told("retracted"), False, "unchanged"),
    ("a told change that was undone is told", alert(state="retracted"), told("opened"), True, "retracted"),
    ("also after its end was told", alert(state="retracted"), told("closed"), True, "retracted"),
    ("a retraction is told once", alert(state="retracted"), told("retracted"), False, "unchanged"),
    (
        "an old one that was told is still ended",
        alert(state="closed", opened_days_ago=200),
        told("opened"),
        True,
        "closed",
    ),
    ("the end of what nobody was told is not", alert(state="closed"), None, False, "never_told"),
    ("the undoing of what nobody was told is not", alert(state="retracted"), None, False, "never_told"),
    (
        "one that opens again soon after its end is not told",
        alert(),
        told("closed", weeks_ago=2),
        False,
        "unchanged",
    ),
    ("one that opens again later is told anew", alert(), told("closed", weeks_ago=6), True, "opened"),
]


@pytest.mark.parametrize(
    ("why", "alert", "last", "send", "reason"), CASES, ids=[f"{i}: {case[0]}" for i, case in enumerate(CASES)]
)
def test_the_gate(why, alert, last, send, reason):
    assert decide(alert, last, now=NOW) == Decision(send=send, reason=Reason(reason))


def test_every_reason_is_reached_and_each_always_sends_or_never_does():
    sends = {}
    for _, _, _, send, reason in CASES:
        sends.setdefault(Reason(reason), set()).add(send)
    assert set(sends) == set(Reason) - {
        Reason.REMINDER,
        Reason.PREVIEW,
    }  # by a date, and before the gate opens
    assert all(len(answers) == 1 for answers in sends.values())


def test_a_change_that_was_held_back_at_first_is_told_when_its_verdict_changes():
    late = alert(opened_days_ago=35)
    since = NOW - timedelta(days=34)
    assert decide(late, None, now=NOW, known_since=since).reason is Reason.OPENED
    assert decide(late, None, now=NOW).reason is Reason.TOO_OLD


def test_a_year_of_flapping_between_two_causes_is_a_mail_in_four_weeks_at_most():
    last, mails = told("opened", weeks_ago=0), []
    for week in range(52):
        at = NOW + timedelta(weeks=week)
        verdict = ("focus_drift", "market_shift", "unclear")[week % 3]
        decision = decide(alert(verdict), last, now=at)
        if decision.send:
            mails.append(at)
            last = LastNotice(reason=decision.reason, verdict=verdict, change=-0.09, at=at)
    assert len(mails) <= 13
    assert all(b - a >= timedelta(weeks=4) for a, b in itertools.pairwise(mails))


@pytest.mark.parametrize("wrong", ["now", "known_since", "last"])
def test_an_instant_without_a_zone_is_refused(wrong):
    naive = datetime(2026, 9, 21, 6)
    last = replace(told("opened"), at=naive) if wrong == "last" else None
    with pytest.raises(ValueError, match="has no zone"):
        decide(
            alert(),
            last,
            now=naive if wrong == "now" else NOW,
            known_since=naive if wrong == "known_since" else None,
        )


def test_the_change_that_is_remembered_is_after_minus_before_of_the_headline():
    assert change_of(alert(change=-0.09)) == pytest.approx(-0.09)


def reader(name, *, receives=("inflections",), verdicts=None, segments=None) -> Reader:
    return replace(
        samples.READER,
        email=f"{name}@acme.example",
        receives=frozenset(receives),
        verdicts=None if verdicts is None else frozenset(verdicts),
        segments=segments,
    )


ALL = reader("all")
DIGEST = reader("digest", receives=("digest",))
OPS = reader("ops", receives=("operations", "digest"))
PRICES = reader("prices", verdicts=("price_erosion",))
EMEA = reader("emea", segments={"region": frozenset({"EMEA"})})
APAC = reader("apac", segments={"region": frozenset({"APAC"})})
READERS = (ALL, DIGEST, OPS, PRICES, EMEA, APAC)


def names(chosen):
    return [one.email.partition("@")[0] for one in chosen]


def of_segment(segment, verdict="market_shift") -> Alert:
    sample = samples.alerts()[verdict]
    return replace(
        sample, one_place=None, findings=(replace(sample.findings[0], segment=segment), *sample.findings[1:])
    )


ROUTES = [
    ("the whole company concerns everybody", of_segment({}), "opened", ["all", "emea", "apac"]),
    ("the core tier is no place", of_segment({"tier": "core"}), "opened", ["all", "emea", "apac"]),
    ("one region concerns those who asked for it", of_segment({"region": "EMEA"}), "opened", ["all", "emea"]),
    (
        "another dimension narrows nothing",
        of_segment({"product": "Orion"}),
        "opened",
        ["all", "emea", "apac"],
    ),
    (
        "a verdict asked for by name",
        of_segment({}, "price_erosion"),
        "opened",
        ["all", "prices", "emea", "apac"],
    ),
    ("the one place of an internal change", samples.alerts()["internal"], "opened", ["all", "emea"]),
    (
        "nobody is kept from a correction by verdict",
        replace(of_segment({}), verdict="recording"),
        "clarified",
        ["all", "prices", "emea", "apac"],
    ),
    ("nor from an end", of_segment({}), "closed", ["all", "prices", "emea", "apac"]),
]


@pytest.mark.parametrize(("why", "alert", "reason", "who"), ROUTES, ids=[route[0] for route in ROUTES])
def test_who_is_told(why, alert, reason, who):
    assert names(recipients(alert, READERS, Reason(reason))) == who


def test_an_end_goes_to_exactly_those_who_were_told():
    told_of = {"prices@acme.example", "APAC@acme.example", "gone@acme.example", "ops@acme.example"}
    assert names(recipients(of_segment({}), READERS, Reason.RETRACTED, told=told_of)) == ["prices", "apac"]


def test_a_new_cause_goes_to_those_who_were_told_and_those_who_asked_for_it():
    erosion = of_segment({}, "price_erosion")
    assert names(recipients(erosion, READERS, Reason.CLARIFIED, told=["apac@acme.example"])) == [
        "all",
        "prices",
        "emea",
        "apac",
    ]


def test_whole_dates_only_decide_what_is_old():
    """The day the alert was decided counts, not the hour."""
    assert decide(alert(opened_days_ago=21), None, now=NOW.replace(hour=23)).reason is Reason.OPENED
    assert alert(opened_days_ago=21).opened_on == date(2026, 8, 31)
