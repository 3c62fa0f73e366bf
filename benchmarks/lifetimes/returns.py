"""Where a series begins anew when what changed has returned: eight weeks back, or where the return is dated.

A win rate falls, the fall is confirmed and settled, and 40 weeks after it began it is over. The inflection
closes as the product closes it (`monitor.returns.has_returned`, called as it is). *Eight weeks*: the new level
is learned from the first of the eight weeks that closed it. *Dated*: from the upper end of the interval in
which the detector, watching the fallen level, dates the return; the eight weeks where it has no date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.detection.tables import Row
from benchmarks.lifetimes.restarts import AT, of, settled
from benchmarks.lifetimes.watched import (
    BAR,
    LOOSE,
    RELEARNING,
    delay_cell,
    first_at,
    generator,
    length_cell,
    run_length,
    scanned,
    strength,
)
from detectors.simulate import Change, Ordinary, Weekly, rates
from monitor.returns import RETURN, RETURN_LEVEL, has_returned

BACK = 40
CASES = ((60.0, -8), (60.0, -12), (200.0, -8))
"""Deals a week, and the fall in points."""
LATEST = 52
AFTER = 130
AGAIN = 52
"""Weeks from the return to another fall."""
MONDAY = date(2020, 1, 6)


def rows(series: int) -> Iterator[Row]:
    """Falls of 8 and 12 points at 60 deals a week, and of 8 at 200."""
    for place, (deals, points) in enumerate(CASES):
        what = f"{points} points, {deals:.0f} deals, back"
        fell = Change(at=AT, size=points / 100, shape="shock", over=BACK)
        made = rates(generator(5, place), series, AT + BACK + LATEST + AFTER, Ordinary(deals=deals), fell)
        since = settled(made, last=BACK - 10)
        known = np.flatnonzero(since >= 0)
        made, since = of(made, known), since[known]
        closed = np.array([_closed(made, row, since[row]) for row in range(len(known))])
        found = np.flatnonzero(closed >= AT + BACK)
        made, since, closed = of(made, found), since[found], closed[found]
        dated = scanned(made, since, since + RELEARNING).start_high[np.arange(len(found)), closed]
        eight = closed - RETURN + 1
        for name, begun in (
            ("eight weeks", eight),
            ("dated", np.where(np.isfinite(dated), np.nan_to_num(dated), eight).astype(np.int64)),
        ):
            old = np.maximum(AT + BACK - begun, 0)
            late = begun - (AT + BACK)
            yield (
                "returned", name, what,
                f"{(old > 0).mean():.0%} hold weeks of the fallen level, {old.mean():.2f} in the mean; "
                f"begun {late.mean():+.1f} weeks from the return",
            )  # fmt: skip
            resumed = begun + RELEARNING
            soon = resumed <= AT + BACK + AGAIN - 13
            again = replace(
                made,
                values=made.values + np.where(np.arange(made.n.shape[1]) >= AT + BACK + AGAIN, -0.08, 0.0),
            )
            first = first_at(strength(again, begun, resumed), BAR, resumed)
            fair = soon & ~(first < AT + BACK + AGAIN)
            yield (
                "returned",
                name,
                f"{what}, then -8 again",
                f"{delay_cell(first[fair], AT + BACK + AGAIN)} weeks",
            )
            strong = strength(made, begun, resumed)
            for bar in (BAR, LOOSE):
                length = run_length(first_at(strong, bar, resumed), resumed, made.n.shape[1])
                yield ("returned", name, f"{what}, bar {bar:,.0f}", length_cell(length))


def _closed(made: Weekly, row: int, since: int) -> int:
    """The week in which one series' inflection closes, -1 where it does not within LATEST weeks of the return."""
    weeks = tuple(MONDAY + timedelta(weeks=week) for week in range(made.n.shape[1]))
    finding: Any = SimpleNamespace(
        key=SimpleNamespace(contrast=False),
        started_on=weeks[AT],
        started_between=(weeks[AT - 2], weeks[since]),
        before=0.0,
        after=-1.0,  # only which way it went is asked for
    )
    rate = SimpleNamespace(growth=False)
    for now in range(AT + 13, AT + BACK + LATEST):
        seen = slice(0, now + 1)
        series: Any = SimpleNamespace(
            weeks=weeks[seen],
            values=made.values[row, seen],
            effective=made.n[row, seen],
            unit="share",
            raw=None,
        )
        panel: Any = SimpleNamespace(terms=made.terms[seen], steady_terms=made.terms[seen], kind=rate)
        if has_returned(series, panel, finding, RETURN, RETURN_LEVEL):
            return now
    return -1
