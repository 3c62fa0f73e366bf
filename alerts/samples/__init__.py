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
from alerts.samples.mails import mails
from alerts.samples.weeks import busy_digest, metric, quiet_digest, unjudged_digest

__all__ = [
    "COMPANY",
    "NOW",
    "READER",
    "REPLY_TO",
    "SENDER",
    "WEEK",
    "alerts",
    "busy_digest",
    "chart",
    "finding",
    "mails",
    "metric",
    "quiet_digest",
    "unjudged_digest",
]
