import numpy as np
import pytest
from scipy import special, stats

from detectors.student import quantile_95, sign_belief


def belief(u, df):
    """The posterior mass above nought less that below: theta ~ N(m, v) weighted by theta^2, m / sqrt(v) = u s.

    s^2 is the unknown precision, chi-square with df degrees over df.
    """
    beyond = stats.t.cdf(u * np.sqrt((df + 2) / df), df + 2)
    edge = u * np.sqrt(2 / df) * np.exp(special.gammaln((df + 1) / 2) - special.gammaln(df / 2))
    edge *= (1 + u**2 / df) ** (-(df + 1) / 2) / np.sqrt(2 * np.pi)
    above = stats.t.cdf(u, df) + u**2 * beyond + edge
    return 2 * above / (1 + u**2) - 1


@pytest.mark.parametrize("df", [1, 2, 7, 8, 9, 23, 100, 1000])
def test_the_table_equals_the_formula(df):
    u = np.concatenate([np.linspace(-12, 12, 4001), [-1e6, -50, 0, 50, 1e6]])[None]
    np.testing.assert_allclose(sign_belief(u / np.sqrt(df + u**2), np.array([df])), belief(u, df), atol=1e-9)


def test_each_series_has_its_own_degrees_of_freedom():
    df = np.array([50, 3, 8, 200, 50])
    u = np.random.default_rng(2).normal(size=(5, 3, 4)) * 2
    q = u / np.sqrt(df[:, None, None] + u**2)
    np.testing.assert_allclose(sign_belief(q, df), belief(u, df[:, None, None]), atol=1e-9)


def test_the_quantile_is_that_of_the_distribution():
    assert quantile_95(17) == pytest.approx(stats.t.ppf(0.95, 17), rel=1e-12)
