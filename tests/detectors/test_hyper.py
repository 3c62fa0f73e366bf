"""Hyper-parameters learned from baselines: the likelihood against statsmodels, the estimate against the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from detectors import scan_batch
from detectors.hyper import Hyper, learn_hyper, log_marginal
from detectors.simulate import Ordinary, rates
from detectors.whitening import FORGETTING

USUAL = Hyper()
OTHERS = (Hyper(rho=0.05, phi=0.5, drift=0.002), Hyper(rho=0.01, phi=0.0, drift=0.0001))


def baseline(
    seed: int, series: int, weeks: int, ordinary: Ordinary
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = rates(np.random.default_rng(seed), series, weeks, ordinary)
    return np.where(found.n > 0, found.values, 0.0), found.n, found.terms


def by_statsmodels(
    values: np.ndarray,
    n: np.ndarray,
    terms: np.ndarray,
    hyper: Hyper,
    prior_sd: tuple[float, ...] = (),
) -> float:
    """The largest diffuse log likelihood over the noise scale, of one series as a state-space model."""
    from statsmodels.tsa.statespace.initialization import Initialization
    from statsmodels.tsa.statespace.mlemodel import MLEModel

    design = np.column_stack([np.ones(len(values)), terms])
    states = design.shape[1] + 2

    class Model(MLEModel):
        def __init__(self) -> None:
            endog = np.where(n > 0, values, np.nan)
            super().__init__(endog, k_states=states, k_posdef=2)
            self["design"] = np.vstack([design.T, np.ones((2, len(values)))])[None]
            self["transition"] = np.diag([*np.ones(states - 2), FORGETTING, hyper.phi])
            self["selection"] = np.vstack([np.zeros((states - 2, 2)), np.eye(2)])

        def update(self, params: np.ndarray, **_: object) -> None:
            (scale,) = params
            noise = (1.0 - hyper.rho) / np.where(n > 0, n, 1.0)
            self["obs_cov"] = scale * noise[None, None, :]
            steps = (1 - FORGETTING**2) * hyper.drift, (1 - hyper.phi**2) * hyper.rho
            self["state_cov"] = scale * np.diag(steps)
            level = Initialization(states)
            known = dict(zip(range(states - 2 - len(prior_sd), states - 2), prior_sd, strict=True))
            for state in range(states - 2):
                if state in known:
                    level.set(state, "known", stationary_cov=np.array([[scale * known[state] ** 2]]))
                else:
                    level.set(state, "diffuse")
            for state, variance in zip((states - 2, states - 1), (hyper.drift, hyper.rho), strict=True):
                level.set(state, "known", stationary_cov=np.array([[scale * variance]]))
            self.ssm.initialize(level)

        @property
        def start_params(self) -> np.ndarray:
            return np.array([0.2])

        @property
        def param_names(self) -> list[str]:
            return ["scale"]

    model = Model()
    best = minimize_scalar(
        lambda log: -model.loglike([np.exp(log)]),
        bounds=(-5.0, 2.0),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return -float(best.fun)


@pytest.mark.parametrize("other", OTHERS)
def test_the_likelihood_is_that_of_the_state_space_model_with_a_diffuse_level(other: Hyper) -> None:
    """Up to a constant: the difference between two sets of hyper-parameters is the same."""
    values, n, terms = baseline(1, 2, 60, Ordinary())
    n[0, 17] = 0.0
    ours = log_marginal(values, n, terms, other) - log_marginal(values, n, terms, USUAL)
    for row in range(2):
        theirs = by_statsmodels(values[row], n[row], terms, other) - by_statsmodels(
            values[row], n[row], terms, USUAL
        )
        assert ours[row] == pytest.approx(theirs, abs=1e-5)


def test_a_prior_of_the_last_coefficients_is_that_of_a_state_with_a_known_variance() -> None:
    values, n, terms = baseline(4, 2, 60, Ordinary())
    prior = (0.3, 0.1)
    ours = log_marginal(values, n, terms, OTHERS[0], prior) - log_marginal(values, n, terms, USUAL, prior)
    for row in range(2):
        here = values[row], n[row], terms
        theirs = by_statsmodels(*here, OTHERS[0], prior) - by_statsmodels(*here, USUAL, prior)
        assert ours[row] == pytest.approx(theirs, abs=1e-5)


def test_level_season_and_unit_are_of_no_account() -> None:
    values, n, terms = baseline(2, 3, 40, Ordinary())
    moved = 7.0 * (values + terms @ [0.3, -0.2, 0.1]) - 4.0
    gap = log_marginal(moved, n, terms, OTHERS[0]) - log_marginal(values, n, terms, OTHERS[0])
    same = log_marginal(moved, n, terms, USUAL) - log_marginal(values, n, terms, USUAL)
    np.testing.assert_allclose(gap, same, atol=1e-9)


@pytest.mark.parametrize(
    ("says", "spoil"),
    [
        ("no deals", lambda v, n: (v, np.zeros_like(n))),
        ("a few weeks", lambda v, n: (v, np.where(np.arange(n.shape[1]) < 5, n, 0.0))),
        ("nothing varies", lambda v, n: (np.full_like(v, 0.5), n)),
    ],
)
def test_series_that_say_nothing_leave_the_usual(says: str, spoil) -> None:  # type: ignore[no-untyped-def]
    values, n, terms = baseline(3, 4, 26, Ordinary())
    found = learn_hyper(*spoil(values, n), terms, USUAL)
    assert (found.phi, found.drift) == pytest.approx((USUAL.phi, USUAL.drift), rel=0.25), says
    assert found.phi >= USUAL.phi, says
    assert found.drift >= USUAL.drift, says


def test_what_is_learned_leans_towards_the_truth_and_never_below_the_safe_side() -> None:
    """Ten series of half a year: a memory of weeks that is not there is not invented, one that is there is seen."""
    calm = [learn_hyper(*baseline(10 + s, 10, 26, Ordinary(phi=0.0)), USUAL) for s in range(8)]
    strong = [learn_hyper(*baseline(10 + s, 10, 26, Ordinary(phi=0.6, rho=0.04)), USUAL) for s in range(8)]
    assert all(one.phi >= USUAL.phi and one.drift >= USUAL.drift for one in (*calm, *strong))
    assert np.mean([one.phi for one in calm]) < 0.25
    assert np.mean([one.phi for one in strong]) > 0.35
    assert np.mean([one.rho for one in strong]) > 0.03


def test_where_weeks_remember_more_than_usual_the_learned_ones_alarm_far_less_often() -> None:
    """Ten companies of ten series each, in which nothing changes; the long form stands in docs/decisions."""
    alarms = {"usual": 0, "learned": 0}
    for company in range(10):
        values, n, terms = baseline(100 + company, 10, 26 + 208, Ordinary(phi=0.5, deals=200.0))
        learned = learn_hyper(values[:, :26], n[:, :26], terms[:26], USUAL)
        for name, hyper in (("usual", USUAL), ("learned", learned)):
            found = scan_batch(
                values, n, terms, learning=26, arl=1040.0, drift=hyper.drift, rho=hyper.rho, phi=hyper.phi
            )
            alarms[name] += int(found.alarm.any(axis=1).sum())
    assert alarms["usual"] > 2 * alarms["learned"]
