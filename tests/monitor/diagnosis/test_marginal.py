"""The marginal likelihood of shapes: against generalised least squares, with a memory, and with weeks missing."""

import numpy as np
import pytest
from scipy.signal import lfilter

from monitor.diagnosis.marginal import LONGEST_MEMORY, Marginal

WEEKS = 50


def made(seed, missing=()):
    rng = np.random.default_rng(seed)
    values, effective = rng.normal(0.3, 0.05, WEEKS), rng.uniform(20, 60, WEEKS)
    values[list(missing)] = np.nan
    return values, effective, rng.normal(size=(WEEKS, 2))


@pytest.mark.parametrize("missing", [(), (7, 8, 30)])
@pytest.mark.parametrize("phi", [0.0, 0.3])
def test_it_is_that_of_generalised_least_squares(phi, missing):
    """The covariance of the known weeks written out: phi to the power of the weeks between, over the root of n."""
    values, effective, terms = made(1, missing)
    marginal = Marginal(values, effective, terms, phi)
    weeks = marginal.weeks
    assert set(range(WEEKS)) - set(weeks.tolist()) == set(missing)
    shapes = np.stack([weeks >= 30, (weeks >= 20) & (weeks < 26)]).astype(float)
    scale = 1 / np.sqrt(effective[weeks])
    inverse = np.linalg.inv(np.outer(scale, scale) * phi ** np.abs(weeks[:, None] - weeks[None, :]))
    log, sizes, _ = marginal(shapes)
    theirs = []
    for row, shape in enumerate(shapes):
        small = np.column_stack([np.ones(len(weeks)), terms[weeks]])
        large = np.column_stack([small, shape])
        beta = np.linalg.solve(large.T @ inverse @ large, large.T @ inverse @ values[weeks])
        residual = values[weeks] - large @ beta
        size = np.linalg.det(large.T @ inverse @ large) / np.linalg.det(small.T @ inverse @ small)
        theirs.append(-0.5 * np.log(size) - 0.5 * (len(weeks) - 4) * np.log(residual @ inverse @ residual))
        assert sizes[row] == pytest.approx(beta[-1])
    assert log[0] - log[1] == pytest.approx(theirs[0] - theirs[1], abs=1e-9)


def test_the_memory_is_found_where_there_is_one():
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        noise = lfilter([1.0], [1.0, -0.4], rng.normal(0, 0.05, 320))[20:]
        step = (np.arange(300) >= 150).astype(float)
        found.append(Marginal(noise + 0.3 * step, np.full(300, 50.0), None).memory(step))
    assert np.mean(found) == pytest.approx(0.4, abs=0.03)
    assert max(found) <= LONGEST_MEMORY


def test_a_shape_that_the_terms_hold_already_is_impossible():
    values, effective, terms = made(2)
    marginal = Marginal(values, effective, terms)
    assert marginal(np.stack([terms[:, 0], np.ones(WEEKS)]))[0].tolist() == [-np.inf, -np.inf]


def test_with_few_weeks_the_calendar_is_left_out():
    values, effective, terms = made(3)
    assert Marginal(values[:8], effective[:8], terms[:8]).freedom == 8 - 2
    assert Marginal(values[:9], effective[:9], terms[:9]).freedom == 9 - 4
