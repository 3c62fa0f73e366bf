import numpy as np
import pytest
from scipy import stats

from detectors.student import quantile_95, signed_mass


@pytest.mark.parametrize("df", [1, 2, 7, 8, 9, 23, 100, 1000])
def test_the_table_equals_the_distribution_function(df):
    u = np.concatenate([np.linspace(-12, 12, 4001), [-1e6, -50, 0, 50, 1e6]])[None]
    mass = signed_mass(u / np.sqrt(df + u**2), np.array([df]))
    np.testing.assert_allclose(mass, 2 * stats.t.cdf(u, df) - 1, atol=1e-10)


def test_each_series_has_its_own_degrees_of_freedom():
    df = np.array([50, 3, 8, 200, 50])
    u = np.random.default_rng(2).normal(size=(5, 3, 4)) * 2
    q = u / np.sqrt(df[:, None, None] + u**2)
    np.testing.assert_allclose(signed_mass(q, df), 2 * stats.t.cdf(u, df[:, None, None]) - 1, atol=1e-10)


def test_the_quantile_is_that_of_the_distribution():
    assert quantile_95(17) == pytest.approx(stats.t.ppf(0.95, 17), rel=1e-12)
