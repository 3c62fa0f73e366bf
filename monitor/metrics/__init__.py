"""One metric kind a file; METRICS is the whole list."""

from monitor.metrics import (
    cycle_time,
    deal_size,
    discount,
    fit_mix,
    loss_reasons,
    no_decision,
    price_per_unit,
    price_realisation,
    stalled,
    volume,
    win_rate,
)
from monitor.metrics.kind import Basis, MetricKind, Scope

METRICS: dict[str, MetricKind] = {
    "win_rate": win_rate.KIND,
    "fit_mix": fit_mix.KIND,
    "volume": volume.KIND,
    "discount": discount.KIND,
    "price_realisation": price_realisation.KIND,
    "price_per_unit": price_per_unit.KIND,
    "stalled": stalled.KIND,
    "cycle_time": cycle_time.KIND,
    "no_decision": no_decision.KIND,
    "deal_size": deal_size.KIND,
    "loss_reasons": loss_reasons.KIND,
}

__all__ = ["METRICS", "Basis", "MetricKind", "Scope"]
