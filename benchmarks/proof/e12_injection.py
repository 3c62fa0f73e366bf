"""Hostile text in every field of every mail, page and header: the same outline, our links alone."""

from __future__ import annotations

from figures import Figure, Size
from suites import suite

MAILS = "tests/alerts/test_alerts_hostile.py"
PAGES = "tests/monitor/console"


def run(size: Size) -> list[Figure]:
    """The mails' corpus, whole in the long form; the console's pages and tokens."""
    if size == "short":
        return [suite("mails: checks that failed", [MAILS])]
    return [
        suite("mails: checks of the whole corpus that failed", [MAILS], LEFTTURN_HOSTILE="all"),
        suite("pages, tokens and forms: checks that failed", [PAGES]),
    ]
