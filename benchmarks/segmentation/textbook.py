"""Real series of the textbooks, with what the literature says of each; two readings count as two people."""

from __future__ import annotations

import numpy as np

from benchmarks.segmentation.kinds import Marked
from benchmarks.textbook import DISASTERS, DRIVERS, numbers


def collection() -> list[Marked]:
    """Nile, seat belts, coal mining; and three in which there is season and trend alone."""
    from statsmodels.datasets import co2, elnino, nile, sunspots

    warm = elnino.load_pandas().data.set_index("YEAR").to_numpy().ravel()
    carbon = co2.load_pandas().data["co2"].resample("MS").mean().to_numpy()
    return [
        _marked("Nile, 1871 to 1970", nile.load_pandas().data["volume"].to_numpy(), (28,)),
        _marked("drivers killed, 1969 to 1984", np.log(numbers(DRIVERS)), (169,), (58, 169)),
        _marked("mining disasters, 1851 to 1961", numbers(DISASTERS), (39,), (41,)),
        _marked("sunspots a year", sunspots.load_pandas().data["SUNACTIVITY"].to_numpy(), ()),
        _marked("sea temperature by month", warm, ()),
        _marked("carbon dioxide by month", carbon, ()),
    ]


def _marked(name: str, values: np.ndarray, *people: tuple[int, ...]) -> Marked:
    return Marked(name=name, values=np.asarray(values, dtype=np.float64), marked=people)
