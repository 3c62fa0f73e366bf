"""Metrics left out of their week since they raised: told to operations once, and once when they are back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from monitor.operations import tell_operations
from monitor.remembered import newest_judged_run
from monitor.weekly import WeekJudged

if TYPE_CHECKING:
    from config.settings import Settings

MEND = "Report it, or leave the metric out until then: take {name} out of `metrics` in the configuration."


def tell_of_metrics(
    conn: Connection, settings: Settings, judged: WeekJudged, now: datetime, *, newest: bool
) -> dict[str, dict[str, Any]]:
    """Tell of metrics that fail, and of those that no longer do; what the week's run is to keep of it.

    Of each metric that failed, why, and whether operations know. They hear it with the `newest` ready week only:
    weeks that are caught up on would say it over and over.
    """
    before = newest_judged_run(conn).get("not_judged", {})
    told = {name for name, one in before.items() if one["told"]}
    for name, why in judged.failed.items() if newest else ():
        if name not in told:
            lines = [
                why,
                f"The week of {judged.week} was judged without it. It is tried again with the next week, which reads "
                "its whole history: a change that it missed is told then.",
                MEND.format(name=name),
            ]
            subject = f"Metric {name} could not be judged"
            tell_operations(
                conn,
                settings,
                subject,
                lines,
                key=f"not-judged:{name}:{judged.week}",
                now=now,
                topic="failed",
            )
    for name in sorted(told - set(judged.failed)):
        if name in settings.metrics:
            line = f"It was judged with the week of {judged.week}, on its whole history."
            subject = f"Metric {name} is judged again"
            tell_operations(
                conn, settings, subject, [line], key=f"judged-again:{name}:{judged.week}", now=now
            )
    return {name: {"why": why, "told": newest or name in told} for name, why in sorted(judged.failed.items())}


def not_judged(judged: WeekJudged) -> tuple[str, ...]:
    """What a digest says of them, without the reason, which is for operations."""
    return tuple(f"{name.replace('_', ' ')} could not be judged this week" for name in judged.failed)
