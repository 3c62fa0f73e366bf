"""What the mails say: of every verdict, in every direction, of every metric, for every reason, in readers' words."""

from __future__ import annotations

import itertools
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal

import pytest

from alerts import samples
from alerts.render import view_of_alert, view_of_digest
from alerts.types import SHARES, Alert, Breadth, Interval, KnownCause, Reason, Size
from alerts.words import known
from alerts.words.banned import banned
from alerts.words.figures import Figures, how_often
from alerts.words.names import METRICS, Move, move
from alerts.words.news import Before
from alerts.words.quiet import SENTENCES, way_to_alert
from alerts.words.shares import in_a_line, shares
from alerts.words.verdicts import LABELS, sentences

TOLD = (
    Reason.OPENED,
    Reason.CLARIFIED,
    Reason.WORSENED,
    Reason.CLOSED,
    Reason.RETRACTED,
    Reason.REMINDER,
    Reason.PREVIEW,
)
SHAPES = {
    # kind: unit, before, after if it falls, after if it rises
    "win_rate": ("rate", 0.31, 0.22, 0.394),
    "fit_mix": ("share", 0.58, 0.46, 0.66),
    "volume": ("count", 61.3, 42.0, 141.0),
    "discount": ("discount", -0.012, -0.041, 0.026),
}
CUT = {"tier": "B or better"}
SEGMENTS = (
    {},
    {"tier": "core"},
    CUT,
    {"region": "Europe, the Middle East and Africa without the islands"},
)
STATES = {Reason.CLOSED: "closed", Reason.RETRACTED: "retracted"}
EN = Figures(locale="en", today=date(2026, 9, 20))


def every_alert():
    """All that can be told, and much that cannot: verdict x direction x metric x place x reason."""
    for verdict, down, (kind, shape), segment, reason in itertools.product(
        LABELS, (True, False), SHAPES.items(), SEGMENTS, TOLD
    ):
        if segment == CUT and kind != "fit_mix":
            continue  # a tier or better is a share of the mix alone
        unit, before, fallen, risen = shape
        after = fallen if down else risen
        change = after - before
        sample = samples.alerts()[verdict]
        first = samples.finding(
            kind, unit, before, after, tuple(sorted((0.5 * change, 1.5 * change))), segment
        )
        parts = {
            **dict.fromkeys(SHARES),
            "market": 0.7 * change,
            "mix": 0.5 * change,
            "people": -0.2 * change,
        }
        yield (
            replace(
                sample,
                direction="down" if down else "up",
                form="fewer_come" if kind in ("volume", "fit_mix") else "choose_others",
                state=STATES.get(reason, "open"),
                closed_on=date(2026, 9, 21) if reason is Reason.CLOSED else None,
                findings=(first, *samples.alerts()["left_turn"].findings),
                shares=parts,
                share_intervals={
                    c: None if v is None else Interval(low=v - 0.1, high=v + 0.1) for c, v in parts.items()
                },
                breadth=Breadth(dimension="industry", moved=4, of=5),
                one_place={"region": "EMEA"} if verdict == "internal" else None,
                size=Size(
                    deals=100 * change,
                    deals_between=Interval(low=-50.0, high=20.0),
                    money=Decimal(4_000),
                    money_between=None,
                    currency="EUR",
                ),
            ),
            reason,
        )


ALL_VIEWS = [
    (alert, reason, view_of_alert(alert, reason, samples.READER, reply_to=samples.REPLY_TO))
    for alert, reason in every_alert()
]


def strings(view):
    """Every text of a view that is shown (not the addresses behind buttons)."""
    if isinstance(view, str):
        yield view
    elif isinstance(view, tuple):
        for one in view:
            yield from strings(one)
    elif is_dataclass(view):
        for field in fields(view):
            if field.name not in ("href", "name", "cause", "tone", "identity", "unsubscribe", "answer_to"):
                yield from strings(getattr(view, field.name))


def test_no_mail_says_a_word_that_leaders_must_not_meet():
    said = {word for _, _, view in ALL_VIEWS for text in strings(view) for word in banned(text)}
    digests = (samples.quiet_digest(), samples.busy_digest(), samples.unjudged_digest())
    for digest in digests:
        view = view_of_digest(digest, samples.READER, reply_to=None, sender=samples.SENDER)
        said |= {word for text in strings(view) for word in banned(text)}
    said |= {word for text in SENTENCES.values() for word in banned(text)}
    assert said == set()


@pytest.mark.parametrize(
    "word",
    [
        "p-value",
        "Bayes factor",
        "posterior",
        "structural break",
        "evidence",
        "regime",
        "3 sigma",
        "quantiles",
        "statistically",
        "significant",
        "closed-won",
        "pipeline",
        "win_rate",
        "nan",
        "inflection",
    ],
)
def test_the_lint_knows_the_words(word):
    assert banned(f"There is {word} here")


def test_every_subject_is_shorter_than_seventy_characters_and_one_line():
    lengths = {len(view.subject) for _, _, view in ALL_VIEWS}
    assert max(lengths) < 70
    assert all(view.subject.isprintable() for _, _, view in ALL_VIEWS)


def test_every_subject_says_what_moved_and_is_not_cut_where_a_shorter_way_exists():
    cut = [view.subject for _, _, view in ALL_VIEWS if view.subject.endswith("…")]
    assert cut == []


def test_a_cut_through_the_profile_is_never_called_the_whole_profile():
    """What is below tier B need not be outside the profile: tier B may be a part of the core."""
    told = [
        (alert, view)
        for alert, reason, view in ALL_VIEWS
        if alert.findings[0].segment == CUT and reason is Reason.OPENED
    ]
    assert {alert.verdict for alert, _ in told} == set(LABELS)
    for alert, view in told:
        if alert.verdict in ("focus_drift", "commodity_drift", "left_turn"):
            assert "tier B" in view.verdict
            assert "outside your profile" not in view.verdict
        assert "core share" not in view.subject


def test_a_left_turn_never_looks_like_bad_news():
    turns = [
        (alert, view)
        for alert, reason, view in ALL_VIEWS
        if alert.verdict == "left_turn" and reason is Reason.OPENED
    ]
    assert turns
    for alert, view in turns:
        assert view.tone == "good"
        assert view.subject.startswith("Left turn?")
        assert view.verdict.startswith("You are winning where you do not aim.")
        assert "waiting costs" not in " ".join(fact.label for fact in view.facts)
        if alert.findings[0].kind == "fit_mix" and alert.direction == "down":
            assert "up 12 points" in view.subject


def test_the_examples_of_the_design_are_matched():
    view = view_of_alert(samples.alerts()["market_shift"], Reason.OPENED, samples.READER, reply_to=None)
    assert view.subject == "Market shift: core-fit win rate down 9 points since April"
    assert view.verdict == (
        "You win fewer of the customers you aim for, almost everywhere. It does not look like your own doing."
    )
    assert (view.before, view.after, view.by, view.between) == (
        "31\u00a0%",
        "22\u00a0%",
        "down 9\u00a0points",
        "5 to 13 points",
    )
    assert view.shares_line == "Of the 9\u00a0points: 6 market, 2 mix, 1 people"
    facts = {fact.label: fact.text.replace("\u00a0", " ") for fact in (*view.glance, *view.facts)}
    assert facts["Began"] == "About 6 April (16 March to 4 May)"
    assert facts["How sure"] == "Noise this strong comes once in two years across all we watch"
    assert (
        facts["What waiting costs"]
        == "47 fewer wins a quarter (26 to 68), USD 1.1M of bookings (620K to 1.6M)"
    )
    assert facts["How widely"] == "9 of 11 regions fell"


def test_the_figures_of_a_mail_add_up_as_they_are_written():
    """Before, after and change are rounded together: a reader subtracts."""
    for before, after in itertools.product((0.306, 0.31, 0.2951, 0.4449), (0.224, 0.2549, 0.2, 0.3349)):
        line = samples.finding("win_rate", "rate", before, after, (-0.2, -0.01))
        said: Move = move(line, EN)
        first, second = (float(text.split("\u00a0")[0]) for text in (said.before, said.after))
        by = float(said.size.split("\u00a0")[0])
        assert abs(abs(second - first) - by) <= 0.11, (before, after, said)
        if "." not in said.size:
            assert second - first == -by


def test_shares_add_up_to_the_move_as_written():
    for alert, reason, _ in ALL_VIEWS:
        found = shares(alert, EN)
        if not found or reason is not Reason.OPENED:
            continue
        size = float(move(alert.findings[0], EN).size.replace("\u00a0", " ").split(" ")[0])
        whole = sum((-1 if share.against else 1) * float(share.told.split(" ")[0]) for share in found)
        assert whole == pytest.approx(size, abs=0.051 if size != int(size) else 1e-9)
        assert sum(share.width for share in found) == pytest.approx(100, abs=2)


def test_a_share_that_goes_the_other_way_is_said_to():
    alert = replace(
        samples.alerts()["focus_drift"], shares={**dict.fromkeys(SHARES), "market": 0.02, "mix": -0.14}
    )
    found = shares(alert, EN)
    assert [(share.cause, share.against) for share in found] == [("mix", False), ("market", True)]
    assert in_a_line(found, "12 points") == "Of the 12 points: 14 mix; less 2 market that went the other way"


def test_a_part_that_is_nought_as_written_is_left_out_of_the_sentence_and_stands_in_the_list() -> None:
    alert = samples.alerts()["market_shift"]
    line = alert.findings[0]
    whole = line.after - line.before
    parts = {"market": whole - 0.0004, "mix": 0.0, "price": None, "people": 0.0004, "recording": 0.0}
    found = shares(replace(alert, shares=parts, share_intervals={}), EN)
    assert {share.cause for share in found} == {"market", "mix", "people", "recording"}
    assert in_a_line(found, "9 points") == "Of the 9 points: 9 market"


def test_one_known_share_is_no_split():
    assert shares(samples.alerts()["internal"], EN) == ()


@pytest.mark.parametrize(
    ("locale", "subject", "began", "costs"),
    [
        (
            "en-US",
            "down 9.5 points since April",
            "About April 6 (March 16 to May 4)",
            "47 fewer wins a quarter (26 to 68), USD 1.1M of bookings (620K to 1.6M)",
        ),
        (
            "en-GB",
            "down 9.5 points since April",
            "About 6 April (16 March to 4 May)",
            "47 fewer wins a quarter (26 to 68), USD 1.1M of bookings (620K to 1.6M)",
        ),
        (
            "de",
            "down 9,5 points since April",
            "About 6. April (16. März – 4. Mai)",
            "47 fewer wins a quarter (26 to 68), 1,1 Mio. USD of bookings (620.000 to 1,6 Mio.)",
        ),
        (
            "fr",
            "down 9,5 points since avril",
            "About 6 avril (16 mars – 4 mai)",
            "47 fewer wins a quarter (26 to 68), 1,1 M USD of bookings (620 k to 1,6 M)",
        ),
        (
            "es",
            "down 9,5 points since abril",
            "About 6 de abril (16 de marzo – 4 de mayo)",
            "47 fewer wins a quarter (26 to 68), 1,1 M USD of bookings (620 mil to 1,6 M)",
        ),
    ],
)
def test_figures_follow_the_reader_and_sentences_stay_english(locale, subject, began, costs):
    alert = samples.alerts()["market_shift"]
    first = replace(alert.findings[0], segment={}, after=0.215)
    alert = replace(alert, findings=(first, *alert.findings[1:]))
    reader = replace(samples.READER, locale=locale)
    view = view_of_alert(alert, Reason.OPENED, reader, reply_to=None)
    assert view.subject.replace("\u00a0", " ").endswith(subject)
    told = {fact.label: fact.text.replace("\u00a0", " ") for fact in view.glance}
    assert told["Began"] == began
    assert told["What waiting costs"] == costs


@pytest.mark.parametrize("locale", ["en", "fr", "de_CH", "pt-BR", "ar", "fa", "hi", "ja", "tlh", "", "en_XX"])
def test_no_locale_breaks_a_mail_and_digits_stay_digits(locale):
    view = view_of_alert(
        samples.alerts()["market_shift"], Reason.OPENED, replace(samples.READER, locale=locale), reply_to=None
    )
    assert view.before == "31\u00a0%"


@pytest.mark.parametrize(
    ("years", "said"),
    [
        (2.0, "once in two years"),
        (2.99, "once in two years"),
        (1.0, "once a year"),
        (0.5, "2 times a year"),
        (11.7, "once in 11 years".replace("11", "eleven")),
        (28.0, "once in 25 years"),
        (1e9, "less than once in 100 years"),
        (float("inf"), "less than once in 100 years"),
        (float("nan"), "now and then"),
    ],
)
def test_how_sure_is_never_overstated(years, said):
    assert how_often(years) == said


def test_every_step_of_the_way_to_an_alert_has_words():
    said = [way_to_alert(share / 100) for share in range(130)]
    assert [key for key, _ in itertools.groupby(said)] == [
        "far from an alert",
        "a quarter of the way to an alert",
        "a third of the way to an alert",
        "half way to an alert",
        "two thirds of the way to an alert",
        "three quarters of the way to an alert",
        "close to an alert",
    ]


def test_later_mails_say_first_what_is_new_and_keep_the_root_of_the_subject():
    shift = samples.alerts()["market_shift"]
    root = "Market shift: core-fit win rate down 9 points since April"

    def head(reason, **changes):
        before = Before(root=root, change=-0.06, told_on=date(2026, 6, 8))
        view = view_of_alert(replace(shift, **changes), reason, samples.READER, reply_to=None, before=before)
        return view.subject.replace("\u00a0", " "), view.label, view.news.replace("\u00a0", " ")

    assert head(Reason.WORSENED) == (
        f"[Worse] {root}",
        "Market shift",
        "This has grown: down 6 points when we last wrote on 8 June, down 9 points now.",
    )
    assert head(Reason.CLOSED, state="closed")[:2] == (f"[Over] {root}", "Over")
    assert head(Reason.CLARIFIED, verdict="focus_drift")[:2] == (f"[Clearer] {root}", "Focus drift")
    assert head(Reason.CLARIFIED, verdict="recording")[:2] == (f"[Corrected] {root}", "Correction")
    assert head(Reason.CLOSED, verdict="shock", state="closed")[:2] == (f"[Corrected] {root}", "Correction")
    assert head(Reason.PREVIEW)[0] == f"[Preview] {root}"


def test_a_retraction_names_the_day_and_how_many_deals_were_restated():
    shift = replace(samples.alerts()["market_shift"], state="retracted", opened_on=date(2026, 3, 3))

    def told(**changes):
        view = view_of_alert(replace(shift, **changes), Reason.RETRACTED, samples.READER, reply_to=None)
        return f"{view.headline}: {view.news}".replace("\u00a0", " ")

    assert told(restated=41) == (
        "We withdraw the alert of 3 March: It said: core-fit win rate down 9 points since April. "
        "41 deals were restated since, and with them this change is not there."
    )
    assert "1 deal was restated since" in told(restated=1)
    assert "late or corrected records undid it" in told(restated=None)


def test_a_reminder_says_who_decided_what_and_when():
    shift = samples.answered(samples.alerts()["market_shift"])
    view = view_of_alert(shift, Reason.REMINDER, samples.READER, reply_to=None)
    assert view.label == "Look again"
    assert view.news.replace("\u00a0", " ") == (
        "On 10 August Head of sales decided to watch it, and to look again on 21 September."
    )
    assert view.buttons
    assert view.facts[-1].label == "Decided"
    assert "look again on" in view.facts[-1].text


def test_what_is_over_or_undone_asks_for_nothing():
    for alert, reason, view in ALL_VIEWS:
        if reason in (Reason.CLOSED, Reason.RETRACTED):
            assert view.buttons == ()
            assert view.next_step == ""
        elif alert.verdict not in ("recording", "shock"):
            assert view.next_step
            assert [button.label for button in view.buttons] == ["Act", "Watch", "We knew"]


def test_a_company_without_a_profile_is_not_told_of_customers_it_aims_for():
    shift = samples.alerts()["market_shift"]
    plain = replace(shift, findings=(samples.finding("win_rate", "rate", 0.3, 0.2, (-0.13, -0.05)),))
    view = view_of_alert(plain, Reason.OPENED, samples.READER, reply_to=None)
    assert view.verdict.startswith("You win fewer of your deals, almost everywhere.")


def test_every_metric_kind_has_a_name_without_an_underscore():
    assert all("_" not in name for name in METRICS.values())


def test_a_known_cause_is_told_with_what_the_date_says_of_it():
    english = Figures(locale="en", today=date(2026, 9, 20))
    said = {
        ("began_before", -3): "the change began three weeks before it, so it is not that",
        ("began_before", 0): "the change began before it, so it is not that",
        ("began_after", 1): "the change came one week after it",
        ("fits", 0): "its date fits",
    }
    for (says, weeks), words in said.items():
        cause = KnownCause(on=date(2026, 2, 1), name="New price list", says=says, weeks=weeks)
        assert known.in_a_line(cause, english) == f"New price list ({english.day(cause.on)}): {words}"
    unasked = KnownCause(on=date(2026, 2, 1), name="New price list")
    assert known.in_a_line(unasked, english) == f"New price list ({english.day(unasked.on)})"


def test_a_change_that_came_bit_by_bit_is_said_to():
    alert = samples.alerts()["market_shift"]
    at_once, slowly = (
        strings(view_of_alert(replace(alert, took=took), Reason.OPENED, samples.READER, reply_to=None))
        for took in (None, 8)
    )
    said = "Bit by bit, over about eight weeks; half of it by about"
    assert not any(said in line for line in at_once)
    assert any(said in line for line in slowly)


def test_what_a_known_cause_may_have_made_is_named_and_not_put_down_to_it():
    alert = replace(samples.alerts()["unclear"], form="known_cause")
    fits = KnownCause(on=date(2026, 4, 6), name="New price list", says="fits")
    told = sentences(replace(alert, known_causes=(fits, replace(fits, name="Later", says="began_before"))))
    assert "at about the time of “New price list”." in told
    assert "cannot tell the two apart" in told
    assert "at about the time" not in sentences(replace(alert, known_causes=()))


def test_breadth_below_half_claims_nothing():
    alert: Alert = replace(
        samples.alerts()["market_shift"], breadth=Breadth(dimension="region", moved=5, of=11)
    )
    view = view_of_alert(alert, Reason.OPENED, samples.READER, reply_to=None)
    assert "everywhere" not in view.verdict
    assert "most places" not in view.verdict
