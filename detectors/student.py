"""Which way a step goes, as a table: thousands of values a period, each a hundredth of a microsecond.

A direction's share of the budget needs P(theta > 0) - P(theta < 0) under the posterior of the moment prior, for
every candidate and every size of step. With q as in `evidence` and u = q sqrt(df / (1 - q^2)) that is

    2 F(u) - 1 + 2 q (1 - q^2)^(df/2) / (B(1/2, df/2) (1 + (df - 1) q^2)),    F Student's t distribution function,

a smooth function over a bounded range; one table a number of degrees of freedom serves all series that share it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import gammaln, stdtr, stdtrit

from detectors.types import FloatArray, IntArray

_INTERVALS = 1024
_REACH = 9.5  # standard deviations; beyond them the rest is below 1e-20
_SMOOTH_DF = 8  # below, the density's ends are too steep for the table
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(4)


def sign_belief(q: FloatArray, df: IntArray) -> FloatArray:
    """P(theta > 0) - P(theta < 0), signed like q; absolute error below 1e-9.

    `q` has shape (S, ...) and values within [-1, 1], `df` shape (S,) and values of at least 1.

    >>> sign_belief(np.array([[0.0, 0.2, -1.0]]), np.array([30])).round(6).tolist()
    [[0.0, 0.945108, -1.0]]
    """
    mass = np.empty_like(q)
    degrees, member = np.unique(df, return_inverse=True)
    smooth = degrees >= _SMOOTH_DF
    for row in np.flatnonzero(~smooth[member]):
        mass[row] = _exact(q[row], int(df[row]))
    if smooth.all() and len(degrees) == 1:
        return _from_table(q, _table(int(degrees[0])), _step(degrees[0]), 0)
    rows = np.flatnonzero(smooth[member])
    if len(rows):
        known = degrees[smooth]
        tables = np.concatenate([_table(int(one)) for one in known], axis=1)
        which = np.searchsorted(known, df[rows]).reshape(-1, *[1] * (q.ndim - 1))
        mass[rows] = _from_table(q[rows], tables, _step(known)[which], which * (_INTERVALS + 1))
    return mass


@lru_cache(maxsize=4096)
def quantile_95(df: int) -> float:
    """The 95 % quantile of the t distribution with `df` degrees of freedom.

    >>> round(quantile_95(50), 4)
    1.6759
    """
    return float(stdtrit(df, 0.95))


def _exact(q: FloatArray, df: int) -> FloatArray:
    with np.errstate(divide="ignore"):
        u = np.abs(q) * np.sqrt(df / (1.0 - q * q))
    mass: FloatArray = np.copysign(2.0 * stdtr(float(df), u) - 1.0, q) + _moment(q, df)
    return mass


def _moment(q: FloatArray, df: int) -> FloatArray:
    """What the factor theta^2 of the prior adds to the sign's mass."""
    log_beta = gammaln(0.5) + gammaln(0.5 * df) - gammaln(0.5 * df + 0.5)
    left = np.maximum(1.0 - q * q, 0.0) ** (0.5 * df)
    added: FloatArray = 2.0 * np.exp(-log_beta) * q * left / (1.0 + (df - 1.0) * q * q)
    return added


def _step(df: IntArray | np.int64) -> FloatArray:
    """The table's spacing in q."""
    step: FloatArray = np.minimum(1.0, _REACH / np.sqrt(df)) / _INTERVALS
    return step


@lru_cache(maxsize=512)
def _table(df: int) -> FloatArray:
    """Coefficients of the cubic Hermite pieces, shape (4, intervals + 1); the last piece is the constant 1."""
    step = float(_step(np.int64(df)))
    edges = np.linspace(0.0, _INTERVALS * step, _INTERVALS + 1)
    log_scale = gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * np.log(np.pi) + np.log(2.0)

    def density(q: FloatArray) -> FloatArray:
        inside = np.maximum(1.0 - q * q, 1e-300)
        values: FloatArray = np.exp(log_scale + (df / 2 - 1.0) * np.log(inside))
        return values

    points = edges[:-1, None] + step * (_NODES + 1.0) / 2
    mass = np.concatenate(([0.0], np.cumsum(density(points) @ _NODE_WEIGHTS) * step / 2))
    mass = np.minimum(mass + _moment(edges, df), 1.0)
    q2, base = edges**2, 1.0 + (df - 1.0) * edges**2
    moved = ((1.0 - (df + 1.0) * q2) * base - 2.0 * (df - 1.0) * q2 * (1.0 - q2)) / base**2
    slope = density(edges) * (1.0 + moved) * step
    rise = np.diff(mass)
    table = np.zeros((4, _INTERVALS + 1))
    table[0, :-1], table[0, -1] = mass[:-1], 1.0
    table[1, :-1] = slope[:-1]
    table[2, :-1] = 3 * rise - 2 * slope[:-1] - slope[1:]
    table[3, :-1] = slope[:-1] + slope[1:] - 2 * rise
    return table


def _from_table(q: FloatArray, table: FloatArray, step: FloatArray, offset: IntArray | int) -> FloatArray:
    place = np.minimum(np.abs(q) / step, float(_INTERVALS))
    piece = place.astype(np.int64)
    place -= piece
    piece += offset
    mass = table[3].take(piece)
    for power in (2, 1, 0):
        mass *= place
        mass += table[power].take(piece)
    signed: FloatArray = np.copysign(mass, q)
    return signed
