"""The gate: whether anybody is told of an alert, why, and who. Pure: what was told and the instant are passed in.

A change is told once. It is told again only when it is news: its cause became known, it grew materially, it
closed, or it was undone. The clock alone never makes a notice, and two rules keep notices from flip-flopping:

- it is WORSENED only if the change is at least half as large again as last told and its interval leaves out what
  was told, at least 4 weeks later: an estimate that wobbles in the noise is no news;
- a named cause that becomes another is told (CLARIFIED) at most once in 4 weeks. Two things do not wait: the
  first name given to an alert that was opened as unclear, and the correction of an alert that was no change of
  the market at all (recording, shock), since every day of a false alarm costs trust.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from alerts.types import Alert, Decision, LastNotice, Reader, Reason

TOO_OLD_DAYS = 21
QUIET_FOR = timedelta(weeks=4)
GROWN = 1.5
FOR_OPERATIONS = frozenset({"recording", "shock"})
"""Verdicts that leadership hears of only as the correction of an alert already sent."""
CORRECTIONS = frozenset({Reason.CLOSED, Reason.RETRACTED})
TIER = "tier"


def change_of(alert: Alert) -> float:
    """The size by which a later change is judged worse: after minus before of the headline, in its unit."""
    headline = alert.findings[0]
    return headline.after - headline.before


def decide(
    alert: Alert, last: LastNotice | None, *, now: datetime, known_since: datetime | None = None
) -> Decision:
    """Whether `alert` is told at the instant `now`, and the one reason for it.

    `last` is what readers were last told about it, None if nobody was told anything. `known_since` is when the
    inflection was first judged (None: now): one that was already old by then comes from a first load, which
    shows the past; one that was held back at first (recording, say) may still be told when its verdict changes.
    Raises ValueError where an instant has no zone.
    """
    for instant in (now, known_since, last.at if last else None):
        if instant is not None and instant.tzinfo is None:
            raise ValueError(f"{instant} has no zone; the gate compares instants")
    if alert.state != "open":
        return _ended(alert, last)
    if last is None:
        return _unheard_of(alert, known_since or now)
    return _told(alert, last, now)


def _ended(alert: Alert, last: LastNotice | None) -> Decision:
    """A closed or retracted alert is told to those who were told of it, once; a retraction also after a close."""
    if last is None:
        return _no(Reason.NEVER_TOLD)
    if last.reason is Reason.RETRACTED or (alert.state == "closed" and last.reason is Reason.CLOSED):
        return _no(Reason.UNCHANGED)
    return _yes(Reason.RETRACTED if alert.state == "retracted" else Reason.CLOSED)


def _unheard_of(alert: Alert, seen: datetime) -> Decision:
    if (seen.date() - alert.opened_on).days > TOO_OLD_DAYS:
        return _no(Reason.TOO_OLD)
    if alert.verdict in FOR_OPERATIONS:
        return _no(Reason.NOT_FOR_LEADERSHIP)
    return _yes(Reason.OPENED)


def _told(alert: Alert, last: LastNotice, now: datetime) -> Decision:
    rested = now - last.at >= QUIET_FOR
    if last.reason in CORRECTIONS:  # told that it is over, and it is open again
        return (
            _yes(Reason.OPENED) if rested and alert.verdict not in FOR_OPERATIONS else _no(Reason.UNCHANGED)
        )
    if alert.verdict != last.verdict:
        first_name = last.verdict == "unclear" and last.reason is Reason.OPENED
        at_once = first_name or alert.verdict in FOR_OPERATIONS
        return _yes(Reason.CLARIFIED) if at_once or rested else _no(Reason.UNCHANGED)
    if alert.verdict not in FOR_OPERATIONS and rested and grew(last.change, alert):
        return _yes(Reason.WORSENED)
    return _no(Reason.UNCHANGED)


def grew(told: float, alert: Alert) -> bool:
    """Whether the change went on the same way, to at least GROWN times of what was told, and surely beyond it."""
    now, between = change_of(alert), alert.findings[0].change
    beyond = between.high < told if told < 0 else between.low > told
    slack = 1e-9 * abs(told)
    return told * now > 0 and abs(now) + slack >= GROWN * abs(told) and beyond


def _yes(reason: Reason) -> Decision:
    return Decision(send=True, reason=reason)


def _no(reason: Reason) -> Decision:
    return Decision(send=False, reason=reason)


def recipients(
    alert: Alert, readers: Sequence[Reader], reason: Reason, *, told: Collection[str] | None = None
) -> list[Reader]:
    """The readers who get the notice, in the order given.

    Somebody who receives inflections gets those whose verdict and place they asked for. `told` are the addresses
    that were told of this alert before: a correction or an end goes to exactly them, other later news to them
    as well, whatever they ask for by now. Without `told`, nobody is kept from a correction by their verdicts.
    """
    wanted = [reader for reader in readers if "inflections" in reader.receives]
    correction = reason in CORRECTIONS or alert.verdict in FOR_OPERATIONS
    if told is not None and reason is not Reason.OPENED:
        known = {address.casefold() for address in told}
        if correction:
            return [reader for reader in wanted if reader.email.casefold() in known]
        return [r for r in wanted if r.email.casefold() in known or _asks_for(alert, r)]
    return [r for r in wanted if (correction or _verdict_wanted(alert, r)) and _in_reach(alert, r)]


def _asks_for(alert: Alert, reader: Reader) -> bool:
    return _verdict_wanted(alert, reader) and _in_reach(alert, reader)


def _verdict_wanted(alert: Alert, reader: Reader) -> bool:
    return reader.verdicts is None or alert.verdict in reader.verdicts


def _in_reach(alert: Alert, reader: Reader) -> bool:
    """False where the headline, or the one place of a change, lies in a segment the reader did not ask for.

    The whole company concerns everybody, and so does a tier of the profile; a dimension that the reader does not
    name narrows nothing.
    """
    if reader.segments is None:
        return True
    place = {name: value for name, value in alert.findings[0].segment.items() if name != TIER}
    place = place or dict(alert.one_place or {})
    return all(value in reader.segments.get(name, (value,)) for name, value in place.items())
