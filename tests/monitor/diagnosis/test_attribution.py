"""How a move divides: against hand counts, statsmodels' Oaxaca-Blinder, a bootstrap, and the textbook reversal."""

import numpy as np
import pandas as pd
import pytest

from monitor.diagnosis.attribution import Cells, attribute, cells

NOBODY = {"suspect": False, "staying": True}
# Graduate admissions at Berkeley, autumn 1973: admitted and applied by department, men then women.
# Bickel, Hammel and O'Connell, "Sex bias in graduate admissions", Science 187 (1975), 398-404.
BERKELEY = {
    "A": (512, 825, 89, 108),
    "B": (353, 560, 17, 25),
    "C": (120, 325, 202, 593),
    "D": (138, 417, 131, 375),
    "E": (53, 191, 94, 393),
    "F": (22, 373, 24, 341),
}


def deals(
    rng,
    weeks,
    *,
    a_week=40,
    shares=(0.5, 0.3, 0.2),
    rates=(0.36, 0.24, 0.12),
    suspect=0.0,
    staying=1.0,
    luck=0.0,
):
    """Columns of invented deals: those of suspects are all lost, those of newcomers won by a third less."""
    week = np.repeat(np.arange(weeks), a_week)
    stratum = rng.choice(3, week.size, p=shares)
    marked, stays = rng.random(week.size) < suspect, rng.random(week.size) < staying
    chance = (
        np.asarray(rates)[stratum] * np.where(stays, 1.0, 2 / 3) * ~marked + rng.normal(0, luck, weeks)[week]
    )
    value = (rng.random(week.size) < chance).astype(float)
    return week, value, rng.uniform(0.4, 1.0, week.size), stratum, marked, stays


def summed(columns, weeks):
    week, value, weights, stratum, marked, stays = columns
    return cells(week, value, weights, stratum, 3, suspect=marked, staying=stays, weeks=np.arange(weeks))


def both(seed, **later):
    rng = np.random.default_rng(seed)
    return deals(rng, 40, staying=0.6), deals(rng, 20, **({"staying": 0.5} | later))


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_add_up_to_the_whole(seed):
    before, after = both(seed, shares=(0.3, 0.3, 0.4), rates=(0.3, 0.2, 0.1), suspect=0.2)
    parts = attribute(summed(before, 40), summed(after, 20))
    total = parts.recording.value + parts.mix.value + parts.people.value + parts.rest.value
    assert total == pytest.approx(parts.whole.value, abs=1e-12)


def test_each_part_is_what_counting_by_hand_gives():
    before, after = both(3, shares=(0.3, 0.3, 0.4), suspect=0.2)
    parts = attribute(summed(before, 40), summed(after, 20))

    def mean(columns, mask):
        return np.average(columns[1][mask], weights=columns[2][mask])

    everything = [mean(c, c[4] | True) for c in (before, after)]
    clean = [mean(c, ~c[4]) for c in (before, after)]
    assert parts.whole.value == pytest.approx(everything[1] - everything[0])
    assert parts.recording.value == pytest.approx(everything[1] - everything[0] - (clean[1] - clean[0]))
    shares, rates = [], []
    for columns in (before, after):
        here = [(columns[3] == g) & ~columns[4] for g in range(3)]
        shares.append(np.array([columns[2][m].sum() for m in here]) / columns[2][~columns[4]].sum())
        rates.append(np.array([mean(columns, m) for m in here]))
    assert parts.mix.value == pytest.approx((shares[1] - shares[0]) @ (rates[0] + rates[1]) / 2)
    level = (rates[0] + rates[1]) / 2
    stayers = [
        np.average((c[1] - level[c[3]])[c[5] & ~c[4]], weights=c[2][c[5] & ~c[4]]) for c in (before, after)
    ]
    assert parts.rest.value == pytest.approx(stayers[1] - stayers[0])


def test_newcomers_who_win_less_are_people_and_not_the_market():
    rng = np.random.default_rng(1)
    before, after = deals(rng, 60, a_week=200, staying=1.0), deals(rng, 40, a_week=200, staying=0.4)
    parts = attribute(summed(before, 60), summed(after, 40))
    assert parts.people.clears_half_of(parts.whole.value)
    assert abs(parts.rest.value) < 0.02


def test_an_import_that_is_all_lost_is_recording_and_not_the_market():
    rng = np.random.default_rng(2)
    before, after = deals(rng, 60, a_week=100), deals(rng, 30, a_week=100, suspect=0.4)
    parts = attribute(summed(before, 60), summed(after, 30))
    assert parts.recording.clears_half_of(parts.whole.value)
    assert parts.people.value == 0.0


def test_nothing_is_said_of_people_where_hardly_anybody_stayed():
    rng = np.random.default_rng(4)
    before, after = deals(rng, 30, staying=0.6), deals(rng, 10, staying=0.01)
    assert attribute(summed(before, 30), summed(after, 10)).people is None


def test_a_period_without_deals_has_no_mean():
    nothing = Cells(sums=np.zeros((4, 2, 3, 1, 2, 2)))
    with pytest.raises(ValueError, match="no mean"):
        attribute(nothing, summed(deals(np.random.default_rng(0), 20), 20))


def test_errors_are_those_of_a_bootstrap_over_weeks():
    before, after = both(7, shares=(0.35, 0.3, 0.35), suspect=0.1)
    start, end = summed(before, 40).sums, summed(after, 20).sums
    parts = attribute(Cells(sums=start), Cells(sums=end))
    rng, drawn = np.random.default_rng(8), []
    for _ in range(300):
        again = attribute(
            Cells(sums=start[rng.integers(0, 40, 40)]), Cells(sums=end[rng.integers(0, 20, 20)])
        )
        of_whole = [
            now.value - once.value / parts.whole.value * again.whole.value  # the part with the whole as given
            for now, once in zip(
                (again.mix, again.recording, again.people),
                (parts.mix, parts.recording, parts.people),
                strict=True,
            )
        ]
        drawn.append([again.whole.value, again.left.value, *of_whole])
    errors = [e.error for e in (parts.whole, parts.left, parts.mix, parts.recording, parts.people)]
    # a standard deviation of 300 draws is known to 4 %, that of 20 weeks to a sixth: three of the two together, and
    # the first autocovariance that is added where it is positive
    assert np.std(drawn, axis=0) == pytest.approx(errors, rel=0.35)


def test_berkeley_is_mix():
    """Women were admitted less often in all and not in most departments: they applied to those that admit few."""

    def period(admitted, applied):
        sums = np.zeros((1, 2, 6, 1, 2, 2))
        sums[0, 0, :, 0, 0] = [[row[admitted], row[applied]] for row in BERKELEY.values()]
        return Cells(sums=np.repeat(sums / 8, 8, axis=0))

    parts = attribute(period(0, 1), period(2, 3))
    assert parts.whole.value == pytest.approx(557 / 1835 - 1198 / 2691)
    assert parts.mix.value < parts.whole.value  # more than all of it
    assert parts.rest.value > 0
    assert parts.mix.clears_half_of(parts.whole.value)


def test_the_split_is_oaxaca_blinder_with_the_interaction_shared():
    from statsmodels.stats.oaxaca import OaxacaBlinder

    before, after = both(11, shares=(0.3, 0.3, 0.4), rates=(0.3, 0.2, 0.1))
    ones = [np.ones(len(c[0])) for c in (before, after)]
    parts = attribute(*(
        cells(c[0], c[1], one, c[3], 3, suspect=one == 0, staying=one == 1, weeks=np.arange(weeks))
        for c, one, weeks in ((before, ones[0], 40), (after, ones[1], 20))
    ))  # fmt: skip
    stratum, value = (np.concatenate([before[i], after[i]]) for i in (3, 1))
    later = np.repeat([0, 1], [len(ones[0]), len(ones[1])])
    frame = pd.DataFrame({"b": stratum == 1, "c": stratum == 2, "later": later}).astype(float)
    theirs = OaxacaBlinder(value, frame, "later", hasconst=False, swap=False).three_fold().params
    endowments, coefficients, interaction, gap = (abs(p) for p in theirs)
    signs = np.sign(theirs)
    assert abs(parts.whole.value) == pytest.approx(gap)
    halves = np.array([endowments * signs[0], coefficients * signs[1]]) + signs[2] * interaction / 2
    assert abs(parts.mix.value) == pytest.approx(abs(halves[0]))
    assert abs(parts.rest.value) == pytest.approx(abs(halves[1]))
