"""Words that leaders must not meet: of statistics, of CRM systems, of our own workshop. A lint over all mails."""

from __future__ import annotations

import re

STATISTICS = (
    r"p[- ]?values?",
    r"bayes\w*",
    r"posterior\w*",
    r"priors?",
    r"structural breaks?",
    r"change ?points?",
    r"evidence",
    r"regimes?",
    r"sigmas?",
    r"quantiles?",
    r"percentiles?",
    r"confidence",
    r"credible",
    r"likelihoods?",
    r"hypothes[ie]s",
    r"null",
    r"statistic\w*",
    r"significan\w+",
    r"variances?",
    r"standard (?:deviation|error)s?",
    r"outliers?",
    r"autocorrelat\w+",
    r"anomal\w+",
    r"baselines?",
    r"false[- ]alarms?",
    r"nan",
    r"inf",
)
CRM = (
    r"closed[- ](?:won|lost)",
    r"opportunit(?:y|ies) (?:id|stage|owner|record)s?",
    r"opps?",
    r"pipelines?",
    r"funnels?",
    r"s?mqls?",
    r"sqls?",
    r"icps?",
    r"lead source",
    r"stage names?",
    r"reps?",
)
WORKSHOP = (
    r"inflections?",
    r"findings?",
    r"contrasts?",
    r"detectors?",
    r"quarantined?",
    r"outbox",
    r"as[- ]of",
    r"\w+_\w+",
)
_ANY = re.compile(rf"(?i)(?<![\w-])(?:{'|'.join((*STATISTICS, *CRM, *WORKSHOP))})(?![\w-])")


def banned(text: str) -> list[str]:
    """The words in `text` that a leader must not meet.

    >>> banned("The posterior of the win_rate crossed the bar"), banned("Noise this strong comes once in two years")
    (['posterior', 'win_rate'], [])
    """
    return _ANY.findall(text)
