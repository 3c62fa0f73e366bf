"""The facts of a count, from the deals of the two windows around a change."""

from __future__ import annotations

import numpy as np

from monitor.diagnosis.facts import VolumeFacts
from monitor.diagnosis.recording import signals, suspect
from monitor.diagnosis.split import difference, log_ratio
from monitor.diagnosis.sums import Window
from monitor.observations import BoolArray, IntArray
from monitor.panel import Panel
from monitor.types import FloatArray


def volume_facts(panel: Panel, window: Window) -> VolumeFacts | None:
    """The facts of a count between the two windows; `unknown` deals count with neither side but in the whole.

    None where the windows are too short.
    """
    if not window.tells:
        return None
    observed = panel.observed

    def counts(mask: BoolArray, weeks: IntArray) -> FloatArray:
        every = np.bincount(observed.week[mask], minlength=int(weeks.max(initial=0)) + 1)
        return every[weeks].astype(np.float64)

    everything = np.ones(len(observed.week), dtype=np.bool_)
    weights = np.ones(len(observed.week))
    told = signals(observed, weights, window, outcomes=False)
    marked = suspect(told, len(observed.week))
    core = counts(observed.core, window.before), counts(observed.core, window.after)
    out = counts(observed.outside, window.before), counts(observed.outside, window.after)
    whole = counts(everything, window.before), counts(everything, window.after)
    return VolumeFacts(
        core=log_ratio(*core),
        outside=log_ratio(*out),
        whole=log_ratio(*whole),
        core_change=float(core[1].mean() - core[0].mean()),
        outside_change=float(out[1].mean() - out[0].mean()),
        recorded=difference(counts(marked, window.before), counts(marked, window.after)) if told else None,
    )
