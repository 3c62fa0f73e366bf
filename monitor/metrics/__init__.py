"""One metric kind a file; METRICS is the whole list."""

from monitor.metrics import discount, fit_mix, volume, win_rate
from monitor.metrics.kind import Basis, MetricKind

METRICS: dict[str, MetricKind] = {
    "win_rate": win_rate.KIND,
    "fit_mix": fit_mix.KIND,
    "volume": volume.KIND,
    "discount": discount.KIND,
}

__all__ = ["METRICS", "Basis", "MetricKind"]
