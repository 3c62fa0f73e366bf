"""The life of an inflection: alarms of one time become one, it is followed while young, and it closes.

open     an alarm that matters, on a series that no open inflection explains, opens one, or joins one, as
         monitor.raising says; so do series that agree, none of which has an alarm of its own
follow   for FOLLOW weeks dates, sizes and verdict are brought up to date; then its series take the new level as
         their baseline (the new normal). How a verdict may change, monitor.naming says
close    as monitor.returns says
retract  as monitor.retractions says
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from monitor.agreement import brought_up_to_date, moved_elsewhere
from monitor.blips import days_of_blip
from monitor.diagnosis.verdict import Move
from monitor.diagnosis.windows import finding_of
from monitor.judge import Judged, dismissed, restarted
from monitor.ledger import FOLLOW, Inflection, Ledger, Suppression, Week
from monitor.metrics import METRICS
from monitor.panel import Panel
from monitor.raising import Diagnose, agree, diagnosed, join, open_new
from monitor.retractions import retract_undone
from monitor.returns import close_returned, part_endings
from monitor.types import Finding, SeriesKey


def live_through(
    ledger: Ledger,
    judged: Sequence[Judged],
    panels: Mapping[str, Panel],
    *,
    week: date,
    today: date,
    diagnose: Diagnose,
) -> Week:
    """Take one judged week into the ledger, which is changed in place; what changed is returned."""
    by_key = {one.key: one for one in judged}
    closed = [*retract_undone(ledger, by_key, week, today), *close_returned(ledger, by_key, panels, today)]
    followed = _follow(ledger, by_key, week, diagnose)
    over = {finding.key for inflection in closed for finding in inflection.findings}
    alarms, suppressed = _sift(ledger, [one for one in judged if one.key not in over], week, today)
    alarms, endings = part_endings(ledger, alarms, by_key, panels, today)
    joined = join(ledger, alarms, week, diagnose)
    told = {finding.key for inflection in joined for finding in inflection.findings}
    fresh = [one for one in alarms if one.key not in told and METRICS[one.series.kind].opens]
    opened = open_new(ledger, fresh, week, today, diagnose)
    told |= {finding.key for inflection in opened for finding in inflection.findings}
    quiet = [one for one in judged if one.key not in over | told and not _explains(ledger, one, week)]
    agreed = agree(ledger, quiet, by_key, panels, week=week, today=today, diagnose=diagnose)
    new = {inflection.id for inflection in (*opened, *agreed.opened)}
    _settle(ledger, by_key, week)
    changed = {inflection.id: inflection for inflection in (*followed, *joined, *agreed.joined)}
    return Week(
        week=week,
        opened=tuple(one for one in ledger.inflections if one.id in new),
        followed=tuple(changed[i] for i in changed if i not in new),
        closed=tuple(closed),
        suppressed=(*suppressed, *endings, *agreed.endings),
    )


def dismiss(ledger: Ledger, rejected: Collection[str], week: date, today: date) -> None:
    """Close the open inflections that people rejected: `week` and what follows is read as if nothing had been.

    Their series keep what they had learned, and only starts from `week` on count as new changes.
    """
    for inflection in ledger.open():
        if inflection.id not in rejected:
            continue
        ledger.put(replace(inflection, state="closed", closed_on=today))
        for finding in inflection.findings:
            regime = ledger.regimes.get(finding.key)
            if regime is not None:
                ledger.regimes[finding.key] = dismissed(regime, week)


def move_of(finding: Finding) -> Move:
    """The finding as the verdict reads it."""
    return Move(key=finding.key, kind=finding.kind, before=finding.before, after=finding.after)


def _sift(
    ledger: Ledger, judged: Sequence[Judged], week: date, today: date
) -> tuple[list[Judged], list[Suppression]]:
    """Alarms that may open or join something, and those that may not, with the reason."""
    explained = {finding.key for inflection in ledger.open() for finding in inflection.findings}
    alarms: list[Judged] = []
    reasons: dict[tuple[SeriesKey, str], Judged] = {}
    for one in judged:
        over = one.reading.evidence >= np.log(one.watch.bar)
        if not over or (one.key in explained and _explains(ledger, one, week)):
            continue
        if one.reading.shock:
            reasons[one.key, "shock"] = one
        elif not one.reading.alarm:
            continue  # too young to be told from a blip: it waits
        elif one.quiet == "too_small":
            reasons[one.key, "too_small"] = one
        elif moved_elsewhere(one):
            reasons[one.key, "elsewhere"] = one
        else:
            alarms.append(one)
    quiet_since = week - timedelta(weeks=FOLLOW)
    new = {one for one in reasons if ledger.listed.get(one, date.min) < quiet_since}
    ledger.listed |= dict.fromkeys(reasons, week)
    return alarms, [_suppression(reasons[one], one[1], today) for one in sorted(new, key=str)]


def _suppression(one: Judged, reason: str, today: date) -> Suppression:
    """What was seen and opened nothing, with the days it has had so far."""
    series, reading = one.series, one.reading
    if reading.start is None or reading.start_low is None or reading.start_high is None:
        return Suppression(on=today, key=one.key, reason=reason)
    if reason != "shock":
        return Suppression(on=today, key=one.key, reason=reason, started_on=series.weeks[reading.start])
    begun, over = days_of_blip(series, one.regime.since, reading.start_low, reading.start_high)
    return Suppression(on=today, key=one.key, reason=reason, started_on=begun, ended_on=over)


def _explains(ledger: Ledger, one: Judged, week: date) -> bool:
    """Whether an open inflection already tells of this alarm: while it is followed, or as it turns back.

    A move back is given FOLLOW weeks to become a return, which closes the inflection; then it is a change of its own.
    """
    for inflection in ledger.open():
        finding = next((f for f in inflection.findings if f.key == one.key), None)
        if finding is None:
            continue
        weeks_ago = len(one.series.weeks) - (one.reading.start or 0)
        turning_back = (finding.after - finding.before) * one.reading.effect < 0 and weeks_ago <= FOLLOW
        unsettled = one.regime.since < finding.started_between[1]
        if inflection.young(week) or unsettled or turning_back:
            return True
    return False


def _follow(
    ledger: Ledger, by_key: Mapping[SeriesKey, Judged], week: date, diagnose: Diagnose
) -> list[Inflection]:
    """Bring young inflections up to date: while followed, their series are still read in the old regime."""
    followed = []
    for inflection in ledger.open():
        if not inflection.young(week):
            continue
        agreed, still = brought_up_to_date(inflection.agreed, by_key)
        findings = [
            _refreshed(finding, by_key.get(finding.key), agrees=finding.key in still)
            for finding in inflection.findings
        ]
        after = diagnosed(replace(inflection, agreed=agreed), findings, diagnose)
        ledger.put(after)
        followed.append(after)
    return followed


def _refreshed(finding: Finding, judged: Judged | None, *, agrees: bool) -> Finding:
    """The finding on the data of this week; as it was, once the evidence is below the bar again.

    `agrees`: it is one of those that carry the inflection together, whose sum is above it. A change that is turning
    back is dated worse every week, and said to have begun earlier than it did.
    """
    if judged is None or judged.reading.start is None:
        return finding
    if not agrees and judged.reading.evidence < np.log(judged.watch.bar):
        return finding
    now = finding_of(judged)
    overlaps = (
        now.started_between[0] <= finding.started_between[1]
        and finding.started_between[0] <= now.started_between[1]
    )
    return now if overlaps and np.isfinite(now.before) and np.isfinite(now.after) else finding


def _settle(ledger: Ledger, by_key: Mapping[SeriesKey, Judged], week: date) -> None:
    """When an inflection has been followed long enough, the level after it is the new baseline of its series."""
    for inflection in ledger.open():
        if (week - inflection.opened_week).days < 7 * (FOLLOW - 1):
            continue
        if inflection.settled_on is None:
            ledger.put(replace(inflection, settled_on=week))
        for finding in inflection.findings:
            since, regime = finding.started_between[1], ledger.regimes.get(finding.key)
            if finding.key in by_key and regime is not None and regime.since < since:
                ledger.regimes[finding.key] = restarted(regime, since=since, why="changed")
