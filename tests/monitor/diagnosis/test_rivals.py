"""What is held against the market: dates, known causes, hands that begin to record, sellers who came."""

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from scipy.signal import lfilter

from monitor.diagnosis.dates import StepDate, step_date
from monitor.diagnosis.people import staying
from monitor.diagnosis.recording import signals, suspect
from monitor.diagnosis.rivals import recorded_rivals, rivals_of
from monitor.diagnosis.sums import Window
from monitor.observations import Observations, other_hand
from monitor.recording import RecordingEvent
from monitor.types import SeriesKey

FIRST = date(2024, 1, 1)
WEEKS = tuple(FIRST + timedelta(weeks=week) for week in range(90))
WIN = SeriesKey(metric="win_rate")
WINDOW = Window(before=np.arange(40), after=np.arange(40, 60))


def stepped(seed, at=60, size=-0.12, weeks=90):
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.06, weeks)
    return 0.3 + noise + size * (np.arange(weeks) >= at)


def event(week, **more):
    return SimpleNamespace(
        **{"on": WEEKS[week], "name": f"week {week}", "affects": (), "where": None, **more}
    )


def observed(rng, *, creator=None, owner=None, closer=None, value=None, a_week=40):
    week = np.repeat(np.arange(60), a_week)
    nothing = np.full(week.size, -1)
    return Observations(
        week=week,
        value=(rng.random(week.size) < 0.3).astype(float) if value is None else value(week),
        tier=np.zeros(week.size, dtype=np.int64),
        tiers=("A",),
        core=np.ones(week.size, dtype=bool),
        stratum=np.zeros(week.size, dtype=np.int64),
        strata=1,
        segments={},
        names={},
        batches=(np.arange(week.size), np.arange(week.size)),
        owner=nothing if owner is None else owner(week),
        creator=nothing if creator is None else creator(week),
        closer=nothing if closer is None else closer(week),
        amount=np.full(week.size, np.nan),
        day_terms=np.zeros((week.size, 4)),
    )


@pytest.mark.parametrize("phi", [0.0, 0.2, 0.4])
def test_the_interval_holds_the_start_as_often_as_it_says(phi):
    """Nine times in ten, within three standard deviations of 400 runs and a little more, for weeks are whole."""
    inside = 0
    for seed in range(400):
        rng = np.random.default_rng([seed, 5])
        noise = lfilter([1.0], [1.0, -phi], rng.normal(0, 1, 110))[20:] * np.sqrt(1 - phi**2)
        values = 0.3 + 0.06 * noise - 0.08 * (np.arange(90) >= 60)
        found = step_date(values, np.full(90, 50.0))
        inside += found.low <= 60 <= found.high
    assert 0.855 <= inside / 400 <= 0.96


def test_a_step_of_nothing_is_no_evidence_and_one_of_two_deviations_is():
    still = [step_date(stepped(seed, size=0.0), np.full(90, 50.0)).evidence for seed in range(40)]
    assert np.mean(np.array(still) > 3.0) <= 0.1
    assert all(step_date(stepped(seed), np.full(90, 50.0)).evidence > 3.0 for seed in range(10))


def test_too_few_weeks_have_no_date():
    assert step_date(stepped(1)[:7], np.full(7, 50.0)) is None


@pytest.mark.parametrize(("week", "says"), [(60, "fits"), (75, "began_before"), (50, "began_after")])
def test_a_known_cause_is_held_against_the_date(week, says):
    posterior = step_date(stepped(1, size=-0.2), np.full(90, 50.0))
    (rival,) = rivals_of(WIN, (WEEKS[58], WEEKS[62]), posterior, WEEKS, [event(week)])
    assert rival.says == says
    assert (rival.favour > 0) == (says == "fits")


@pytest.mark.parametrize(
    ("says", "chance", "week", "interval", "expected"),
    [
        ("three in a hundred that it began with it or later", 0.03, 61, (55, 59), "fits"),
        ("one in two hundred", 0.005, 61, (55, 59), "began_before"),
        ("though the interval that is told holds it", 0.005, 61, (55, 65), "began_before"),
        ("three in a hundred that it began with it or before", 0.97, 58, (62, 66), "fits"),
        ("one in two hundred", 0.995, 58, (62, 66), "began_after"),
    ],
)
def test_an_event_is_ruled_out_where_its_week_is_surely_on_the_other_side(
    says, chance, week, interval, expected
):
    posterior = StepDate(first=59, chance=np.array([1 - chance, chance]), size=-0.1, evidence=9.0)
    low, high = interval
    (rival,) = rivals_of(WIN, (WEEKS[low], WEEKS[high]), posterior, WEEKS, [event(week)])
    assert rival.says == expected, says


def test_what_came_with_the_change_is_ruled_out_once_in_fifty_times_at_most():
    """Either way one in a hundred; 400 series, so that 8 are expected and 17 are three deviations above them."""
    ruled_out = 0
    for seed in range(400):
        posterior = step_date(stepped(seed, size=-0.08), np.full(90, 50.0))
        started = WEEKS[posterior.low], WEEKS[posterior.high]
        rivals = rivals_of(WIN, started, posterior, WEEKS, [event(60)])
        ruled_out += not rivals or rivals[0].says != "fits"
    assert ruled_out <= 17


def test_causes_of_other_series_and_other_times_are_nobodys_rivals():
    posterior = step_date(stepped(1), np.full(90, 50.0))
    others = [event(60, affects=("discount",)), event(20)]
    assert rivals_of(WIN, (WEEKS[58], WEEKS[62]), posterior, WEEKS, others) == ()


def recorded(kind, week, deals=100):
    return RecordingEvent(on=WEEKS[week], kind=kind, subject="Parked", deals=deals, detail="")


def new_product(week, made):
    return replace(recorded("category_new", week), subject="product_line=Lite", made=made)


@pytest.mark.parametrize(
    ("says", "made", "of_wins", "names"),
    [
        ("its deals made most of the fall", -0.09, -0.12, ["a new product line, 'Lite'"]),
        ("a third of it", -0.041, -0.12, ["a new product line, 'Lite'"]),
        ("less", -0.03, -0.12, []),
        ("they are won more often, and the rate fell", 0.09, -0.12, []),
        ("what they made cannot be told", None, -0.12, []),
        ("no win rate moved", -0.09, None, []),
    ],
)
def test_a_new_label_is_a_suspect_where_its_deals_made_much_of_the_move(says, made, of_wins, names):
    posterior = step_date(stepped(1, size=-0.2), np.full(90, 50.0))
    found = recorded_rivals(
        (WEEKS[58], WEEKS[62]), posterior, WEEKS, [new_product(60, made), new_product(10, made)], 500, of_wins
    )
    assert [rival.name for rival in found] == names, says
    assert all(rival.could_make(-0.12) for rival in found)


@pytest.mark.parametrize(
    ("says", "deals", "more", "carries"),
    [
        ("most of the rise", 400, 20.0, [True]),
        ("less than half of it", 200, 20.0, []),
        ("a fall", 400, -20.0, []),
        ("no volume moved", 400, None, []),
    ],
)
def test_a_new_label_is_a_suspect_where_its_deals_are_most_of_a_rise(says, deals, more, carries):
    """Thirty weeks after it came."""
    posterior = step_date(stepped(1, size=0.2), np.full(90, 50.0))
    event = replace(recorded("category_new", 60, deals=deals), subject="region=Nexo")
    found = recorded_rivals((WEEKS[58], WEEKS[62]), posterior, WEEKS, [event], 500, more=more)
    assert [rival.carries for rival in found] == carries, says
    assert all(rival.name == "a new region, 'Nexo'" for rival in found)


def test_what_happened_to_the_records_is_held_against_the_date_and_against_the_size():
    posterior = step_date(stepped(1, size=-0.2), np.full(90, 50.0))
    events = [
        recorded("stage_gone", 48),
        recorded("stage_new", 60),
        recorded("disqualified", 60, deals=10),
        recorded("nulls", 61),
        recorded("bulk_close", 61),  # its deals are known: not judged by its date
        recorded("stage_new", 10),
    ]
    found = recorded_rivals((WEEKS[58], WEEKS[62]), posterior, WEEKS, events, 500)
    assert [rival.says for rival in found] == ["began_after", "fits", "fits", "fits"]
    assert [rival.could_make(-0.12) for rival in found] == [False, True, False, False]
    assert found[1].name == "a new stage, 'Parked'"
    assert recorded_rivals((WEEKS[58], WEEKS[62]), None, WEEKS, events, 500) == ()


def test_an_event_of_the_configuration_could_have_made_any_move():
    posterior = step_date(stepped(1, size=-0.2), np.full(90, 50.0))
    fits, after = rivals_of(WIN, (WEEKS[58], WEEKS[62]), posterior, WEEKS, [event(60), event(75)])
    assert fits.could_make(-0.9)
    assert not after.could_make(-0.01)


def test_a_new_hand_whose_deals_are_all_lost_is_a_signal_with_its_date():
    rng = np.random.default_rng(1)
    new = lambda week: np.where((week >= 45) & (np.arange(week.size) % 4 == 0), 7, -1)  # noqa: E731
    lost = lambda week: np.where(new(week) == 7, 0.0, rng.random(week.size) < 0.3)  # noqa: E731
    (found,) = signals(deals := observed(rng, creator=new, value=lost), np.ones(2400), WINDOW, outcomes=True)
    assert found.what == "creator"
    assert found.won == 0.0
    assert found.date.low <= 45 <= found.date.high
    assert (suspect((found,), 2400) == (deals.creator == 7)).all()


def test_a_hand_that_was_always_there_or_wins_like_others_is_none():
    rng = np.random.default_rng(2)
    always = lambda week: np.where(np.arange(week.size) % 4 == 0, 7, -1)  # noqa: E731
    new = lambda week: np.where((week >= 45) & (np.arange(week.size) % 4 == 0), 7, -1)  # noqa: E731
    lost = lambda week: np.where(np.arange(week.size) % 4 == 0, 0.0, rng.random(week.size) < 0.3)  # noqa: E731
    assert signals(observed(rng, closer=always, value=lost), np.ones(2400), WINDOW, outcomes=True) == ()
    assert signals(observed(rng, creator=new), np.ones(2400), WINDOW, outcomes=True) == ()


def test_where_creations_count_an_import_is_an_arrival_whatever_becomes_of_it():
    rng = np.random.default_rng(3)
    new = lambda week: np.where((week >= 40) & (np.arange(week.size) % 4 == 0), 7, -1)  # noqa: E731
    (found,) = signals(observed(rng, creator=new), np.ones(2400), WINDOW, outcomes=False)
    assert found.what == "arrival"


def test_what_a_leaver_had_begun_is_no_work_of_another_hand():
    """Some of a leaver's open deals go to a newcomer; an integration owns nothing, whatever it creates."""
    rows = pl.DataFrame({
        "owner": ["leaver"] * 6 + ["newcomer"] * 6,
        "creator": ["leaver"] * 6 + ["leaver"] * 4 + ["crm"] * 2,
    })  # fmt: skip
    assert other_hand(rows, "creator").tolist() == [-1] * 10 + [0, 0]


def test_stayers_sold_in_both_periods_and_were_not_new():
    def owner(week):
        place = np.arange(week.size) % 4
        leaves = np.where((place == 1) & (week >= 40), 11, place)  # 1 leaves, 11 comes
        return np.where((place == 2) & (week >= 30), 12, leaves)  # 12 came ten weeks before

    deals = observed(np.random.default_rng(4), owner=owner)
    stays = {int(o): bool(s) for o, s in zip(deals.owner, staying(deals, WINDOW), strict=True)}
    assert stays == {0: True, 3: True, 1: False, 11: False, 2: False, 12: False}
