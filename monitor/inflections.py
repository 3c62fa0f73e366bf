"""The life of an inflection: alarms of one time become one, it is followed while young, and it closes.

open     an alarm that matters, on a series that no open inflection explains, opens one; alarms that began
         when a young one's did join it
follow   for FOLLOW weeks dates, sizes and verdict are brought up to date; then its series take the new level as
         their baseline (the new normal). How a verdict may change, monitor.naming says
close    as monitor.returns says
retract  as monitor.retractions says
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from monitor.blips import days_of_blip
from monitor.diagnosis.verdict import Cause, Move
from monitor.diagnosis.windows import finding_of
from monitor.judge import Judged, dismissed, restarted
from monitor.ledger import FOLLOW, Inflection, Ledger, Suppression, Week
from monitor.metrics import METRICS
from monitor.naming import renamed
from monitor.panel import Panel
from monitor.retractions import retract_undone, told_of
from monitor.returns import close_returned, part_endings
from monitor.types import Finding, SeriesKey

TOGETHER_WEEKS = 4
APART_WEEKS = 13
HEADLINES = ("win_rate", "fit_mix", "discount", "volume")


Diagnose = Callable[[Sequence[Finding]], Cause]


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
    joined = _join(ledger, alarms, week, diagnose)
    told = {finding.key for inflection in joined for finding in inflection.findings}
    fresh = [one for one in alarms if one.key not in told and METRICS[one.series.kind].opens]
    opened = _open(ledger, fresh, week, today, diagnose)
    _settle(ledger, by_key, week)
    changed = {inflection.id: inflection for inflection in (*followed, *joined)}
    return Week(
        week=week,
        opened=tuple(opened),
        followed=tuple(changed[i] for i in changed if i not in {o.id for o in opened}),
        closed=tuple(closed),
        suppressed=(*suppressed, *endings),
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
        elif one.key.contrast and _moved_elsewhere(one):
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


def _moved_elsewhere(one: Judged) -> bool:
    """Whether a slice that changed against the rest did not itself move that way: it is the rest that changed."""
    finding = finding_of(one)
    return not (finding.after - finding.before) * one.reading.effect > 0


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


def _join(ledger: Ledger, alarms: Iterable[Judged], week: date, diagnose: Diagnose) -> list[Inflection]:
    """Alarms that began with an open inflection become its findings.

    While it is followed its cause is named anew and the most prominent finding is the headline. Afterwards the
    finding is added to what is known, and its series takes the new level at once, as the others did.
    """
    joined = []
    for one in alarms:
        finding = finding_of(one)
        home = next((i for i in ledger.open() if _at_home(i, finding, week)), None)
        if home is None:
            continue
        if home.young(week):
            findings = sorted((*(f for f in home.findings if f.key != finding.key), finding), key=_prominence)
            after = _diagnosed(home, findings, diagnose)
        else:
            after = replace(home, findings=(*home.findings, finding))
            ledger.regimes[one.key] = restarted(
                ledger.regimes[one.key], since=finding.started_between[1], why="changed"
            )
        ledger.put(after)
        joined.append(after)
    return joined


def _at_home(inflection: Inflection, finding: Finding, week: date) -> bool:
    """Whether a finding belongs to an open inflection: a new change of a series that was settled does not."""
    known = any(f.key == finding.key for f in inflection.findings)
    return together(inflection.headline, finding) and (inflection.young(week) or not known)


def together(one: Finding, other: Finding) -> bool:
    """Whether two changes may have begun at one time.

    Their likeliest dates lie within TOGETHER_WEEKS; or their intervals overlap and they are of one kind, or those
    dates are not more than APART_WEEKS apart (an interval of half a year overlaps everything, and says little).
    """
    apart = abs((one.started_on - other.started_on).days) // 7
    low, high = one.started_between
    overlap = other.started_between[0] <= high and low <= other.started_between[1]
    return apart <= TOGETHER_WEEKS or (overlap and (apart <= APART_WEEKS or one.kind == other.kind))


def _diagnosed(inflection: Inflection, findings: Sequence[Finding], diagnose: Diagnose) -> Inflection:
    """The inflection with these findings, its shares as they are now, its verdict as far as it may change."""
    return renamed(replace(inflection, findings=tuple(findings)), diagnose(findings))


def _open(
    ledger: Ledger, alarms: Sequence[Judged], week: date, today: date, diagnose: Diagnose
) -> list[Inflection]:
    """Open one inflection for each group of alarms that began together."""
    by_key = {one.key: one for one in alarms}
    findings = sorted((finding_of(one) for one in alarms), key=_prominence)
    opened: list[Inflection] = []
    while findings:
        headline = findings[0]
        group = [f for f in findings if together(headline, f)]
        findings = [f for f in findings if f not in group]
        inflection = Inflection(
            id=_identity(headline, week),
            opened_on=today,
            opened_week=week,
            findings=tuple(group),
            cause=diagnose(group),
            learned_from=ledger.regimes[headline.key].since,
            told=told_of(by_key[headline.key], headline, week),
            related=tuple(i.id for i in ledger.inflections if _related(i, headline, today)),
        )
        ledger.inflections.append(inflection)
        opened.append(inflection)
    return opened


def _related(inflection: Inflection, finding: Finding, today: date) -> bool:
    """Whether an inflection that is open, or was until lately, may have begun when the finding did."""
    ended = inflection.closed_on or inflection.retracted_on
    lately = ended is None or (today - ended).days < 7 * FOLLOW
    return lately and together(inflection.headline, finding)


def _prominence(finding: Finding) -> tuple[bool, int, bool, float]:
    """Company before segment, the metrics in the order leaders ask for them, core before whole, then evidence."""
    return (
        finding.key.contrast,
        HEADLINES.index(finding.kind) if finding.kind in HEADLINES else len(HEADLINES),
        bool(finding.key.segment),
        finding.bar - finding.evidence,
    )


def _identity(headline: Finding, week: date) -> str:
    """Stable under a re-run: the same alarm in the same week has the same id."""
    text = f"{headline.key}|{headline.key.contrast}|{week}"
    return f"{week:%Y%m%d}-{headline.kind.replace('_', '-')}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _follow(
    ledger: Ledger, by_key: Mapping[SeriesKey, Judged], week: date, diagnose: Diagnose
) -> list[Inflection]:
    """Bring young inflections up to date: while followed, their series are still read in the old regime."""
    followed = []
    for inflection in ledger.open():
        if not inflection.young(week):
            continue
        findings = [_refreshed(finding, by_key.get(finding.key)) for finding in inflection.findings]
        after = _diagnosed(inflection, findings, diagnose)
        ledger.put(after)
        followed.append(after)
    return followed


def _refreshed(finding: Finding, judged: Judged | None) -> Finding:
    """The finding on the data of this week; as it was, once the evidence is below the bar again.

    A change that is turning back is dated worse every week, and said to have begun earlier than it did.
    """
    if judged is None or judged.reading.start is None:
        return finding
    if judged.reading.evidence < np.log(judged.watch.bar):
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
