"""Accounts described anew: what that alone made of a move, with a ruler that stays as it is."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from monitor.diagnosis.attribution import Parts
from monitor.diagnosis.facts import Facts, VolumeFacts
from monitor.diagnosis.parts import parts_of_fit, parts_of_mean
from monitor.diagnosis.redescribed import Redescribed, redescribed
from monitor.diagnosis.split import Estimate
from monitor.diagnosis.tree import name_cause
from monitor.diagnosis.verdict import Move
from monitor.types import SeriesKey

from .test_facts import FIRST, WINDOW, panel_of
from .test_verdict import rate

MIX = SeriesKey(metric="fit_mix")


def created(truth, *, measured=None, seed=4, a_week=60, weeks=45):
    """The mix of a company: a week's chance that a deal is core in truth, and what is measured of those that are not.

    measured   from week 30 on, the chance that a deal outside is described as core
    """
    rng = np.random.default_rng(seed)
    week = np.repeat(np.arange(weeks), rng.poisson(a_week, weeks))
    core = rng.random(len(week)) < np.array([truth(w) for w in range(weeks)])[week]
    anew = rng.random(len(week)) < (measured or 0.0)
    days = [
        FIRST + timedelta(weeks=int(w), days=int(d))
        for w, d in zip(week, rng.integers(0, 5, len(week)), strict=True)
    ]
    rulers = {"first": core, "latest": core | anew, "measured": core | (anew & (week >= 30))}
    return {
        name: panel_of(
            pl.DataFrame(
                {"created_on": days, "tier": np.where(by, "A", "out"), "owner": "Ann", "account": "Acme"}
            ).with_columns(outcome=pl.lit("open")),
            "fit_mix",
        )
        for name, by in rulers.items()
    }


def found(panels) -> Redescribed | None:
    return redescribed(MIX, panels["measured"], WINDOW, (panels["first"], panels["latest"]))


def test_a_vendor_alone_made_all_of_it():
    """30 % of those outside become core from week 30 on: 18 points by no business at all."""
    seen = found(created(lambda _: 0.4, measured=0.3))
    assert seen.measured.value == pytest.approx(0.18, abs=3 * seen.measured.error)
    assert not seen.first.clears_zero(0.999)
    assert not seen.latest.clears_zero(0.999)
    assert seen.made.clears_half_of(seen.measured.value)


def test_a_drift_that_a_vendor_hid_stays_a_drift():
    """The core falls from 50 to 30 %, and what is described anew takes half of that away again."""
    seen = found(created(lambda week: 0.5 if week < 30 else 0.3, measured=0.15))
    assert seen.first.value == pytest.approx(-0.2, abs=3 * seen.first.error)
    assert seen.made.value > 0 > seen.measured.value
    assert not seen.made.clears_half_of(seen.measured.value)


def test_a_drift_among_accounts_described_as_ever_has_nothing_of_it():
    panels = created(lambda week: 0.5 if week < 30 else 0.3)
    assert found(panels) is None
    assert redescribed(MIX, panels["measured"], WINDOW, None) is None


def test_where_the_descriptions_disagree_neither_is_believed():
    """Accounts that came after the vendor are in its words at once: by the first description it moves as well."""
    panels = created(lambda _: 0.4, measured=0.3)
    seen = found({**panels, "first": panels["measured"]})
    assert seen.made.value == pytest.approx(seen.measured.value / 2, abs=0.02)
    assert not seen.made.clears_half_of(seen.measured.value)


def test_its_error_is_what_it_scatters_by_with_the_move_as_given():
    """Of 60 companies all of whose move is described, nine in ten or more have it within the 90 % interval."""
    inside = []
    for seed in range(60):
        seen = found(created(lambda _: 0.4, measured=0.3, seed=seed, a_week=30))
        inside.append(seen.made.low <= seen.measured.value <= seen.made.high)
    assert np.mean(inside) > 0.9 - 3 * np.sqrt(0.09 / 60)
    assert np.mean(inside) < 1.0


def about(value, error=0.01):
    return Estimate(value=value, error=error, freedom=40.0)


def anew(measured, *, first, latest, made):
    left = about((first.value + latest.value) / 2, (first.error + latest.error) / 2)
    return Redescribed(measured=about(measured), first=first, latest=latest, made=made, left=left)


def test_the_parts_add_up_and_the_verdict_is_recording():
    made = anew(0.10, first=about(0.01), latest=about(0.02), made=about(0.085))
    demand = VolumeFacts(
        core=about(0.02), outside=about(0.4), whole=about(0.1), core_change=0.3, outside_change=6.0
    )
    headline = Move(key=MIX, kind="fit_mix", before=0.5, after=0.6)
    cause = name_cause([headline], Facts(demand=demand, redescribed=made))
    assert cause.verdict == "recording"
    assert sum(share or 0.0 for share in cause.shares.values()) == pytest.approx(headline.whole, abs=1e-9)
    assert name_cause([headline], Facts(demand=demand)).verdict == "focus_drift"


def test_a_part_that_does_not_clear_half_stands_alone_where_nothing_moves_by_either_description():
    """By chance the whole came out larger; if what is left surely moved as well, something else did."""
    demand = VolumeFacts(
        core=about(0.02), outside=about(0.4), whole=about(0.1), core_change=0.3, outside_change=6.0
    )
    headline = Move(key=MIX, kind="fit_mix", before=0.5, after=0.607)
    made = anew(0.107, first=about(0.031, 0.023), latest=about(0.03, 0.022), made=about(0.076, 0.016))
    assert not made.made.clears_half_of(headline.whole)
    assert name_cause([headline], Facts(demand=demand, redescribed=made)).verdict == "recording"
    moved = replace(made, left=about(0.038, 0.018))
    assert name_cause([headline], Facts(demand=demand, redescribed=moved)).verdict == "unclear"


def test_what_is_left_is_as_uncertain_as_what_was_taken_away():
    made = anew(0.10, first=about(0.09), latest=about(0.0), made=about(0.055, 0.045))
    demand = VolumeFacts(
        core=about(0.0, 0.001),
        outside=about(0.4, 0.001),
        whole=about(0.1),
        core_change=0.3,
        outside_change=6.0,
    )
    parts = parts_of_fit(
        Move(key=MIX, kind="fit_mix", before=0.5, after=0.6), Facts(demand=demand, redescribed=made), demand
    )
    assert parts["mix"].error == pytest.approx(0.045, rel=0.01)


def test_hands_that_came_count_beside_it():
    """On a rate of one tier: 3 points by a hand, 4 by accounts described anew, and the rest is the market's."""
    split = Parts(
        whole=about(-0.10),
        recording=about(-0.03, 0.004),
        mix=about(0.0),
        people=None,
        rest=about(-0.07),
        left=about(-0.07),
    )
    headline = Move(
        key=SeriesKey(metric="win_rate", segment=(("tier", "core"),)), kind="win_rate", before=0.4, after=0.3
    )
    made = anew(-0.10, first=about(-0.06), latest=about(-0.06), made=about(-0.04, 0.003))
    parts = parts_of_mean(headline, replace(rate(), parts=split), Facts(redescribed=made), rest="market")
    assert parts["recording"].value == pytest.approx(-0.07)
    assert parts["recording"].error == pytest.approx(0.005)
    assert sum(part.value for part in parts.values() if part) == pytest.approx(-0.1, abs=1e-9)
