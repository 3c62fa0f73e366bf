"""Invented alerts, digests and mails, one of each kind: to look at, and for tests."""

from alerts.samples.changes import alerts
from alerts.samples.company import (
    COMPANY,
    NOW,
    READER,
    REPLY_TO,
    SENDER,
    WEEK,
    chart,
    finding,
)
from alerts.samples.mails import Sample, every, told
from alerts.samples.weeks import (
    answered,
    busy_digest,
    full_digest,
    metric,
    month_digest,
    quiet_digest,
    unjudged_digest,
)

__all__ = [
    "COMPANY",
    "NOW",
    "READER",
    "REPLY_TO",
    "SENDER",
    "WEEK",
    "Sample",
    "alerts",
    "answered",
    "busy_digest",
    "chart",
    "every",
    "finding",
    "full_digest",
    "metric",
    "month_digest",
    "quiet_digest",
    "told",
    "unjudged_digest",
]
