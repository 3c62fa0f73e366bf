"""What a week left out because the program failed on it: told to operations once, and once when it is well again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from monitor.faults import Fault, Part
from monitor.operations import tell_operations

if TYPE_CHECKING:
    from config.settings import Settings

FAILED: Mapping[Part, str] = {
    "metric": "the metric {} could not be judged",
    "segment": "deals could not be put in segments by {}",
    "cause": "what changed {} could not be looked into",
    "evidence": "no evidence pack could be made of {}",
}
MEANWHILE: Mapping[Part, str] = {
    "metric": "Everything else was judged as ever. What this metric would have told is told once it can be judged "
    "again. To do without it until then, take metrics.{} out of the configuration.",
    "segment": "The company as a whole was judged as ever; no cause is named meanwhile. To do without these segments "
    "until then, take {} out of segments in the configuration.",
    "cause": "It is told without a cause, or with the one that it had.",
    "evidence": "The mails went out; leftturn explain {} shows what is known.",
}


def tell_of_faults(
    conn: Connection,
    settings: Settings,
    faults: Sequence[Fault],
    before: Sequence[Mapping[str, Any]],
    week: date,
    now: datetime,
) -> list[dict[str, Any]]:
    """Tell operations what is new among the faults of a week, and which of those `before` are over.

    Returns what the run of the week keeps of them: each with the week that it began in.
    """
    known = {f"{one['part']}:{one['about']}": one for one in before}
    kept = []
    for fault in faults:
        since = known[fault.key]["since"] if fault.key in known else week.isoformat()
        kept.append({"part": fault.part, "about": fault.about, "why": fault.why, "since": since})
        tell_operations(
            conn,
            settings,
            f"A defect in the program: {FAILED[fault.part].format(fault.about)}",
            [
                f"In the week of {since}, {FAILED[fault.part].format(fault.about)}: {fault.why}",
                MEANWHILE[fault.part].format(fault.about),
                "Please report it: LEFTTURN_DEBUG=1 leftturn backtest shows where.",
            ],
            key=f"fault:{fault.key}:{since}",
            now=now,
        )
    for key, one in known.items():
        if key not in {fault.key for fault in faults} and _is_asked(one, settings):
            tell_operations(
                conn,
                settings,
                f"{'The metric' if one['part'] == 'metric' else 'Segments by'} {one['about']}: well again",
                [f"It could not be done from the week of {one['since']} on; in the week of {week} it was."],
                key=f"well:{key}:{one['since']}",
                now=now,
            )
    return kept


def _is_asked(one: Mapping[str, Any], settings: Settings) -> bool:
    """Whether it is a metric or dimension that the configuration still has; nobody waits to hear of the others."""
    if one["part"] == "metric":
        return one["about"] in settings.metrics
    return one["part"] == "segment" and any(one["about"] == segment.by for segment in settings.segments)
