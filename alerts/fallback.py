"""The mail that cannot fail: subject and text of what goes out where the full mail could not be made.

Facts as they are, in no reader's habit; whatever they hold is made safe, and nothing is reckoned or looked up.
"""

from __future__ import annotations

from alerts import safe_text
from alerts.types import Alert, Digest, Reason
from alerts.words.news import Before, root_of


def plain_alert(alert: Alert, reason: Reason, before: Before) -> tuple[str, str]:
    """Of an alert: its subject keeps the thread."""
    lines = [f"LeftTurn has news of a change ({reason.value}, {alert.verdict}).", ""]
    lines += [
        safe_text.clean(f"{f.metric} {', '.join(f.segment.values())}: before {f.before!r}, now {f.after!r}")
        for f in alert.findings[:10]
    ]
    lines += [
        f"began about {alert.started_on}, data to {alert.data_to}",
        f"next: {safe_text.clean(alert.next_step)}",
    ]
    lines += ["", "The full mail could not be made; operations know."]
    subject = (
        root_of(before.root) if before.root else f"LeftTurn: a change at {safe_text.name(alert.company)}"
    )
    return subject, "\n".join(lines)


def plain_digest(week: Digest) -> tuple[str, str]:
    """Of a digest."""
    lines = [f"LeftTurn, week of {week.week}: {len(week.opened)} new, {len(week.open)} open.", ""]
    lines += [f"{safe_text.clean(line.name)}: last 13 weeks {line.recent!r}" for line in week.metrics[:20]]
    lines += ["", "The full mail could not be made; operations know."]
    return f"LeftTurn: week of {week.week} at {safe_text.name(week.company)}", "\n".join(lines)
