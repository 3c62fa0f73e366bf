"""The online alarm in its two everyday forms: one series period by period, and tables of finished series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from detectors.settings import SIZES, per_series
from detectors.shiryaev import Scan
from detectors.types import Direction, FloatArray, Reading, Readings

BLOCK = 64  # series a scan; their state then stays in the processor's cache


class InvariantSR:
    """The detector over one series, a period at a time: a `Scan` of one, with the same settings.

    >>> noise = np.random.default_rng(1).normal(size=120)
    >>> detector = InvariantSR(learning=52, arl=4160.0, harmful="down")
    >>> for week in range(120):
    ...     out = detector.update(0.4 + 0.06 * noise[week] - 0.1 * (week >= 80), 60)
    ...     if out.alarm:
    ...         break
    >>> week, out.start_low, out.start, out.start_high
    (86, 71, 77, 82)
    """

    def __init__(
        self,
        learning: int = 52,
        arl: float = 4160.0,
        harmful: Direction | None = None,
        drift: float = 0.0002,
        *,
        harmful_weight: float = 0.8,
        matters_if: float = math.nan,
        first_candidate: int = 0,
        rho: float = 0.02,
        phi: float = 0.2,
        sizes: Sequence[float] = SIZES,
        clip: float = 3.0,
        prior_sd: Sequence[float] = (),
    ) -> None:
        self._scan = Scan(
            learning=learning,
            arl=arl,
            harmful=[harmful],
            harmful_weight=harmful_weight,
            drift=drift,
            matters=matters_if,
            first_candidate=first_candidate,
            rho=rho,
            phi=phi,
            sizes=sizes,
            clip=clip,
            prior_sd=prior_sd,
        )

    def update(self, value: float, n: float = 1.0, regressors: ArrayLike = ()) -> Reading:
        """The reading after one more period: its value, effective deals (0: missing), regressors (p,).

        Regressors come without the intercept. Raises ValueError as `Scan.advance` does.
        """
        return self._scan.advance([value], [n], regressors).of(0)


def scan_batch(
    values: ArrayLike,
    n: ArrayLike,
    regressors: ArrayLike | None = None,
    *,
    learning: ArrayLike = 52,
    arl: ArrayLike = 4160.0,
    harmful: Direction | Sequence[Direction | None] | None = None,
    harmful_weight: ArrayLike = 0.8,
    drift: ArrayLike = 0.0002,
    matters: ArrayLike = math.nan,
    first_candidate: ArrayLike = 0,
    rho: float = 0.02,
    phi: float = 0.2,
    sizes: Sequence[float] = SIZES,
    clip: float = 3.0,
    prior_sd: Sequence[float] = (),
) -> Readings:
    """The readings of every period of finished series: values and n (S, T), regressors (T, p) or (S, T, p).

    Settings are those of `Scan`, one for all series or one each. A reading uses the periods up to its own only.
    Returns arrays of shape (S, T); raises ValueError as `Scan` does.
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 2 or not x.size:
        raise ValueError(f"values have shape (series, periods), at least one of each, not {x.shape}")
    series, periods = x.shape
    deals = np.broadcast_to(np.asarray(n, dtype=np.float64), x.shape)
    design = np.zeros((periods, 0)) if regressors is None else np.asarray(regressors, dtype=np.float64)
    if design.shape[:-1] not in ((periods,), (series, periods)):
        raise ValueError(
            f"regressors have shape ({periods}, p) or ({series}, {periods}, p), not {design.shape}"
        )
    directions = cast(
        "list[Direction | None]",
        [harmful] * series if harmful is None or isinstance(harmful, str) else list(harmful),
    )
    each = {
        name: per_series(name, setting, series)
        for name, setting in {
            "learning": learning,
            "arl": arl,
            "harmful_weight": harmful_weight,
            "drift": drift,
            "matters": matters,
            "first_candidate": first_candidate,
        }.items()
    }
    blocks = []
    for first in range(0, series, BLOCK):
        rows = slice(first, first + BLOCK)
        own = {name: setting[rows] for name, setting in each.items()}
        scan = Scan(
            harmful=directions[rows], rho=rho, phi=phi, sizes=sizes, clip=clip, prior_sd=prior_sd, **own
        )
        blocks.append(_scanned(scan, x[rows], deals[rows], design[rows] if design.ndim == 3 else design))
    return _joined(blocks, axis=0)


def _scanned(scan: Scan, values: FloatArray, n: FloatArray, design: FloatArray) -> Readings:
    """The readings of one block; design (T, p) or (S, T, p)."""
    return _joined(
        [scan.advance(values[:, t], n[:, t], design[..., t, :]) for t in range(values.shape[1])], axis=1
    )


def _joined(parts: Sequence[Readings], axis: int) -> Readings:
    return Readings(
        **{
            one.name: np.concatenate([getattr(part, one.name) for part in parts], axis)
            for one in fields(Readings)
        }
    )
