"""One metric that fails never stops the others: its panel raises, polars panics, or its detector raises."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

import monitor.weekly
from monitor.judge import Judge
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.weekly import Weekly

from .conftest import FIRST, PROFILE

FIRST_JUDGED, LAST, BROKEN = 34, 42, range(37, 40)


def week(index):
    return FIRST + timedelta(weeks=index)


def breaks(monkeypatch, how, metric, while_broken):
    """Let the metric fail as `how` says while `while_broken` is not empty."""
    built, judged = monitor.weekly.build_panel, Judge.judge

    def build(deals, settings, frame, **more):
        if while_broken and settings.kind == metric and how == "raises":
            raise ZeroDivisionError("nobody foresaw it")
        if while_broken and settings.kind == metric and how == "panics":
            raise pl.exceptions.PanicException("index out of bounds")
        return built(deals, settings, frame, **more)

    def judge(self, panel, *more):
        found = judged(self, panel, *more)  # half of the week's work is done
        if while_broken and panel.metric == metric and how == "detector":
            raise np.linalg.LinAlgError("singular matrix")
        return found

    monkeypatch.setattr(monitor.weekly, "build_panel", build)
    monkeypatch.setattr(Judge, "judge", judge)


def live(settings, history, while_broken, *, broken=(), restarts=False):
    weekly, seen = Weekly(settings=settings, isolates=True), {}
    for index in range(FIRST_JUDGED, LAST + 1):
        while_broken[:] = [True] if index in broken else []
        if restarts:
            old, weekly = weekly, Weekly(settings=settings, isolates=True)
            weekly.ledger, weekly.first_weeks, weekly.creations = old.ledger, old.first_weeks, old.creations
            weekly.watched, weekly.unread = old.watched, old.unread
        seen[index] = weekly.judge(week(index), ready_at(plan_of(settings), week(index)), history)
    return weekly, seen


def numbers(judged, but_for):
    return {
        one.key: (one.reading.evidence, one.reading.effect, one.watch.bar, one.watch.watch_bar)
        for one in judged.judged
        if one.key.metric != but_for
    }


@pytest.mark.parametrize("how", ["raises", "panics", "detector"])
def test_the_others_are_judged_to_the_same_numbers_and_the_metric_comes_back(fallen, monkeypatch, how):
    broken_now, metric = [], "discount"
    _, whole = live(fallen.settings, fallen.history, broken_now)
    breaks(monkeypatch, how, metric, broken_now)
    weekly, seen = live(fallen.settings, fallen.history, broken_now, broken=BROKEN)
    for index in whole:
        assert {one.about for one in seen[index].faults} == ({metric} if index in BROKEN else set())
        assert (metric in seen[index].panels) is (index not in BROKEN)
        expected, found = numbers(whole[index], metric), numbers(seen[index], metric)
        assert expected.keys() == found.keys()
        for key, values in expected.items():
            np.testing.assert_allclose(found[key], values, rtol=1e-12, atol=1e-12, equal_nan=True)
    assert numbers(seen[LAST], "") == numbers(whole[LAST], "")
    again, _ = live(fallen.settings, fallen.history, broken_now, broken=BROKEN, restarts=True)
    assert again.ledger.inflections == weekly.ledger.inflections


def test_an_open_inflection_whose_metric_fails_stays_as_it_is(fallen, monkeypatch):
    broken_now = []
    breaks(monkeypatch, "raises", "win_rate", broken_now)
    weekly, seen = live(fallen.settings, fallen.history, broken_now, broken=range(41, LAST + 1))
    _, before = live(fallen.settings, fallen.history, broken_now)
    opened = next(i for index in before for i in before[index].changes.opened)
    assert opened.opened_week <= week(40)
    known = {one.id: one for index in range(FIRST_JUDGED, 41) for one in seen[index].changes.opened}
    known |= {one.id: one for index in range(FIRST_JUDGED, 41) for one in seen[index].changes.followed}
    for one in weekly.ledger.open():
        if one.headline.key.metric == "win_rate":
            assert (one.cause, one.findings, one.doubt) == (
                known[one.id].cause,
                known[one.id].findings,
                known[one.id].doubt,
            )
    assert opened.id in {one.id for one in weekly.ledger.open()}


def test_where_every_metric_fails_so_does_the_week_and_without_isolation_the_first_does(
    settings_with, company, monkeypatch
):
    settings, history = settings_with(PROFILE), company(3, weeks=40)

    def build(*_, **__):
        raise ZeroDivisionError("nobody foresaw it")

    monkeypatch.setattr(monitor.weekly, "build_panel", build)
    for isolates in (True, False):
        with pytest.raises(ZeroDivisionError, match="foresaw"):
            Weekly(settings=settings, isolates=isolates).judge(
                week(36), ready_at(plan_of(settings), week(36)), history
            )
