"""What the detector is told before the first period, checked and spread over the series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detectors.types import Direction, FloatArray, IntArray

SIZES = (0.7,)
_SIGN = {None: 0.0, "down": -1.0, "up": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The hyper-parameters all series share.

    rho, phi  variance and autocorrelation of the weekly effect; phi rounded up is the safe side
    sizes     scales nu of the moment prior of a step, in sd of a typical period; sqrt(2) nu is its likeliest size
    clip      values are cut at this many sd around their prediction; inf: never
    prior_sd  prior standard deviations of the coefficients of the last regressors, in sd of one deal; those of the
              regressors before them are diffuse. So a yearly season can be allowed for before a year was seen
    """

    rho: float = 0.02
    phi: float = 0.2
    sizes: Sequence[float] = SIZES
    clip: float = 3.0
    prior_sd: Sequence[float] = ()

    def __post_init__(self) -> None:
        _refuse(
            {
                "rho is a share of variance, 0 or more and below 1": not 0.0 <= self.rho < 1.0,
                "phi is an autocorrelation, 0 or more and below 1": not 0.0 <= self.phi < 1.0,
                "sizes are positive": not len(self.sizes) or not min(self.sizes) > 0.0,
                "clip is positive": not self.clip > 0.0,
                "prior_sd are positive and finite": not all(0.0 < sd < math.inf for sd in self.prior_sd),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of S series, each of shape (S,); `tilt` is what the harmful direction and its share make."""

    learning: IntArray
    first_candidate: IntArray
    arl: FloatArray
    tilt: FloatArray
    drift: FloatArray
    matters: FloatArray


def settled(
    *,
    learning: ArrayLike,
    first_candidate: ArrayLike,
    arl: ArrayLike,
    harmful: Sequence[Direction | None],
    harmful_weight: ArrayLike,
    drift: ArrayLike,
    matters: ArrayLike,
) -> Settings:
    """The settings of as many series as `harmful` names; raises ValueError with the sentence that is broken."""
    series = len(harmful)
    if any(one not in _SIGN for one in harmful):
        raise ValueError('harmful is "down", "up" or None, one for each series')
    weight = per_series("harmful_weight", harmful_weight, series)
    found = Settings(
        learning=per_series("learning", learning, series).astype(np.int64),
        first_candidate=per_series("first_candidate", first_candidate, series).astype(np.int64),
        arl=per_series("arl", arl, series),
        tilt=np.array([_SIGN[one] for one in harmful]) * (2.0 * weight - 1.0),
        drift=per_series("drift", drift, series),
        matters=per_series("matters", matters, series),
    )
    _refuse(
        {
            "learning is a number of periods, 0 or more": bool((found.learning < 0).any()),
            "arl is a number of periods, at least 1": not (found.arl >= 1.0).all(),
            "drift is a variance, 0 or more": not ((found.drift >= 0.0) & (found.drift < math.inf)).all(),
            "harmful_weight is a share from 0 to 1": not ((weight >= 0.0) & (weight <= 1.0)).all(),
        }
    )
    return found


def per_series(name: str, setting: ArrayLike, series: int) -> FloatArray:
    """One setting for all, or one each, as an array (S,)."""
    values = np.asarray(setting, dtype=np.float64)
    if values.ndim and values.shape != (series,):
        raise ValueError(f"{name} holds settings of shape {values.shape} for {series} series")
    return np.array(np.broadcast_to(values, (series,)))


def _refuse(broken: dict[str, bool]) -> None:
    for sentence, is_broken in broken.items():
        if is_broken:
            raise ValueError(sentence)
