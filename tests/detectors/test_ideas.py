"""The experiments beside the detector measure what they say they do."""

import math
import sys

import numpy as np
import pytest
from scipy.special import expit, logsumexp
from scipy.stats import betabinom

from benchmarks.ideas import binomial, matched, scale
from benchmarks.ideas.__main__ import main as ideas
from benchmarks.lifetimes import returns, revision, watched
from detectors import scan_batch
from detectors.simulate import Change, Ordinary, Weekly, rates


def test_the_recursion_over_binomial_weeks_is_the_sum_over_all_starts(monkeypatch):
    monkeypatch.setattr(binomial, "LEARNING", 5)
    rng = np.random.default_rng(501)
    n = rng.poisson(8, size=(1, 12)).astype(float)
    won = rng.binomial(n.astype(int), 0.3)
    made = Weekly(values=np.divide(won, n, out=np.zeros_like(n), where=n > 0), n=n, terms=np.zeros((12, 0)))
    evidence = binomial.exact(8).strength(made)[0, -1]
    p = expit(binomial.GRID)[:, None]
    each = betabinom.logpmf(won, n, p * (1 / binomial.RHO - 1), (1 - p) * (1 / binomial.RHO - 1))
    scale = 0.7 * math.sqrt(0.02 + 0.98 / 8) / math.sqrt(0.21)
    moves = np.log(np.maximum(binomial._step_prior(scale), 1e-300))
    both = [
        logsumexp(each[:, :k].sum(axis=1)[:, None] + moves + each[:, k:].sum(axis=1)[None])
        for k in range(5, 12)
    ]
    assert evidence == pytest.approx(logsumexp(both) - logsumexp(each.sum(axis=1)), abs=1e-8)


def test_replaying_a_record_in_which_nothing_is_late_is_reading_it_once(monkeypatch):
    monkeypatch.setattr(revision, "WEEKS", 90)
    monkeypatch.setattr(revision, "KNOWN", (1.0, 0.0, 0.0))
    made = revision.told(np.random.default_rng(502), 3, 0.0, Change(at=65, size=-0.2))
    start = watched.LEARNING + 2
    assert np.isfinite(revision.once(made, 0)).any()
    np.testing.assert_array_equal(revision.replayed(made)[:, start:], revision.once(made, 0)[:, start:])


def test_no_degrees_from_theory_are_the_detector_as_it_is_and_many_fix_the_scale():
    made = rates(np.random.default_rng(503), 4, 90, Ordinary(), Change(at=70, size=-0.2))
    as_it_is, fixed = (scale.prior(degrees).strength(made) for degrees in (0, 2000))
    plain = scan_batch(made.values, made.n, made.terms, arl=26.0, harmful="down")
    np.testing.assert_array_equal(as_it_is, np.where(plain.alarm, plain.evidence, -np.inf))
    assert not np.array_equal(as_it_is, fixed)


def test_a_ratio_is_of_the_series_that_neither_form_alarmed_before_the_change():
    base = np.array([10.0, 20.0, np.nan, 30.0])
    assert matched.ratio(np.array([5.0, 10.0, 1.0, np.nan]), base) == "0.500 +- 0.000"
    assert matched.ratio(base, base) == "1"


def test_the_ideas_asked_for_print_a_row_for_every_form_and_change(monkeypatch, capsys):
    monkeypatch.setattr(matched, "HORIZON", 10)
    monkeypatch.setattr(sys, "argv", ["ideas", "sums", "--nulls", "3", "--runs", "2", "--weeks", "12"])
    assert ideas() == 0
    assert sum(line.startswith("| win") for line in capsys.readouterr().out.splitlines()) == 2 * 4 * 2


def test_a_restart_dated_by_the_detector_holds_fewer_weeks_of_the_level_that_is_over(monkeypatch):
    monkeypatch.setattr(returns, "AFTER", 20)
    monkeypatch.setattr(returns, "CASES", ((60.0, -12),))
    rows = [row for row in returns.rows(10) if "hold" in row[3]]
    assert [row[1] for row in rows] == ["eight weeks", "dated"]
    eight, dated = (float(row[3].split("%")[0]) for row in rows)
    assert dated <= eight
