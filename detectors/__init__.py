"""Change detection on series of periods: an online alarm with a promise, and the cutting up of finished series.

Pure statistics: no input or output, no clock, no knowledge of deals. Arrays have shape (series, periods), an
index is the first period of the new regime, 0-based. `types` states the conventions once.
"""

from detectors.invariant_sr import InvariantSR, scan_batch
from detectors.segmentation import segment
from detectors.shiryaev import Scan
from detectors.types import ChangePoint, Reading, Readings

DETECTORS = {"invariant_sr": InvariantSR}

__all__ = ["DETECTORS", "ChangePoint", "InvariantSR", "Reading", "Readings", "Scan", "scan_batch", "segment"]
