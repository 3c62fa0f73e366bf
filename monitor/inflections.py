"""The life of an inflection: alarms of one time become one, it is followed while young, and it closes.

open     an alarm that matters, on a series that no open inflection explains, opens one; alarms that began
         when a young one's did join it
follow   for FOLLOW weeks dates, sizes and verdict are brought up to date (a cause once named stays until another
         can be named); then its series take the new level as their baseline
close    the headline's last RETURN weeks lie clearly nearer to where it came from; what other series show of that
         return is no change of its own
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from monitor.diagnosis.verdict import Cause, Move
from monitor.diagnosis.windows import finding_of, mean_over, window_of
from monitor.judge import Judged, Regime, restarted
from monitor.panel import Panel
from monitor.types import Finding, Series, SeriesKey

FOLLOW = 13
TOGETHER_WEEKS = 4
APART_WEEKS = 13
RETURN = 8
BLIP_WEEKS = 6
RETURN_LEVEL = 1.645
ENDING_LEVEL = 0.84
"""Normal quantiles, one-sided: 95 % to close; 80 % where another series says at that moment that it is over."""
HEADLINES = ("win_rate", "fit_mix", "discount", "volume")
State = Literal["open", "closed", "retracted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflection:
    """Findings of one time with one cause. `findings[0]` is the headline; days are the company's."""

    id: str
    opened_on: date
    opened_week: date
    findings: tuple[Finding, ...]
    cause: Cause
    learned_from: date | None = None
    """The first week of the level that the headline left; None: of all that is known."""
    state: State = "open"
    closed_on: date | None = None
    retracted_on: date | None = None

    @property
    def headline(self) -> Finding:
        """The finding that names the inflection."""
        return self.findings[0]

    @property
    def young(self) -> Callable[[date], bool]:
        """Whether the inflection is still being followed in a week."""
        return lambda week: (week - self.opened_week).days < 7 * FOLLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A series over its bar that opened nothing, with the reason."""

    on: date
    key: SeriesKey
    reason: str


@dataclass(slots=True)
class Ledger:
    """All that is remembered from week to week."""

    regimes: dict[SeriesKey, Regime] = field(default_factory=dict)
    inflections: list[Inflection] = field(default_factory=list)
    listed: dict[tuple[SeriesKey, str], date] = field(default_factory=dict)
    """What was suppressed for which reason, and the last week it was so: listed once, until it was quiet for long."""

    def open(self) -> list[Inflection]:
        """The open inflections, oldest first."""
        return [inflection for inflection in self.inflections if inflection.state == "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What one week's judgement changed."""

    week: date
    opened: tuple[Inflection, ...]
    followed: tuple[Inflection, ...]
    closed: tuple[Inflection, ...]
    suppressed: tuple[Suppression, ...]


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
    closed = _close_returned(ledger, by_key, panels, today)
    followed = _follow(ledger, by_key, week, diagnose)
    over = {finding.key for inflection in closed for finding in inflection.findings}
    alarms, suppressed = _sift(ledger, [one for one in judged if one.key not in over], week, today)
    alarms, endings = _part_endings(ledger, alarms, by_key, panels, today)
    joined = _join(ledger, alarms, week, diagnose)
    fresh = [one for one in alarms if one.key not in {f.key for i in joined for f in i.findings}]
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


def move_of(finding: Finding) -> Move:
    """The finding as the verdict reads it."""
    return Move(key=finding.key, kind=finding.kind, before=finding.before, after=finding.after)


def _sift(
    ledger: Ledger, judged: Sequence[Judged], week: date, today: date
) -> tuple[list[Judged], list[Suppression]]:
    """Alarms that may open or join something, and those that may not, with the reason."""
    explained = {finding.key for inflection in ledger.open() for finding in inflection.findings}
    alarms: list[Judged] = []
    reasons: set[tuple[SeriesKey, str]] = set()
    for one in judged:
        over = one.reading.evidence >= np.log(one.watch.bar)
        if not over or (one.key in explained and _explains(ledger, one, week)):
            continue
        if one.reading.shock:
            reasons.add((one.key, "shock"))
        elif not one.reading.alarm:
            continue  # too young to be told from a blip: it waits
        elif one.quiet == "too_small":
            reasons.add((one.key, "too_small"))
        elif one.key.contrast and _moved_elsewhere(one):
            reasons.add((one.key, "elsewhere"))
        else:
            alarms.append(one)
    quiet_since = week - timedelta(weeks=FOLLOW)
    new = {one for one in reasons if ledger.listed.get(one, date.min) < quiet_since}
    ledger.listed |= dict.fromkeys(reasons, week)
    return alarms, [Suppression(on=today, key=key, reason=why) for key, why in sorted(new, key=str)]


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
        _replace(ledger, after)
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
    """The inflection with these findings and their cause; a named cause is not given up for "unclear"."""
    cause = diagnose(findings)
    if cause.verdict == "unclear":
        known = inflection.cause
        cause = replace(cause, verdict=known.verdict, form=known.form, place=known.place)
    return replace(inflection, findings=tuple(findings), cause=cause)


def _open(
    ledger: Ledger, alarms: Sequence[Judged], week: date, today: date, diagnose: Diagnose
) -> list[Inflection]:
    """Open one inflection for each group of alarms that began together."""
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
        )
        ledger.inflections.append(inflection)
        opened.append(inflection)
    return opened


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
        _replace(ledger, after)
        followed.append(after)
    return followed


def _refreshed(finding: Finding, judged: Judged | None) -> Finding:
    """The finding on the data of this week; as it was, if the detector has no date for it any more."""
    if judged is None or judged.reading.start is None:
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
        for finding in inflection.findings:
            since, regime = finding.started_between[1], ledger.regimes.get(finding.key)
            if finding.key in by_key and regime is not None and regime.since < since:
                ledger.regimes[finding.key] = restarted(regime, since=since, why="changed")


def _close_returned(
    ledger: Ledger, by_key: Mapping[SeriesKey, Judged], panels: Mapping[str, Panel], today: date
) -> list[Inflection]:
    closed = []
    for inflection in ledger.open():
        judged = by_key.get(inflection.headline.key)
        if judged is None or not has_returned(
            judged.series,
            panels[judged.key.metric],
            inflection.headline,
            RETURN,
            RETURN_LEVEL,
            inflection.learned_from,
        ):
            continue
        first = judged.series.weeks[-RETURN]
        blip = (first - inflection.headline.started_on).days <= 7 * BLIP_WEEKS
        cause = replace(inflection.cause, verdict="shock") if blip else inflection.cause
        after = replace(inflection, state="closed", closed_on=today, cause=cause)
        _replace(ledger, after)
        closed.append(after)
        for finding in inflection.findings:
            if finding.key in ledger.regimes:
                regime = ledger.regimes[finding.key]
                ledger.regimes[finding.key] = restarted(regime, since=first, why="returned")
    return closed


def _part_endings(
    ledger: Ledger,
    alarms: Sequence[Judged],
    by_key: Mapping[SeriesKey, Judged],
    panels: Mapping[str, Panel],
    today: date,
) -> tuple[list[Judged], list[Suppression]]:
    """Alarms that tell of something new, and those that tell of the end of an inflection, whose series restart."""
    fresh, endings = [], []
    for one in alarms:
        if any(_ends_with(one, inflection, by_key, panels, today) for inflection in ledger.inflections):
            since = finding_of(one).started_on
            ledger.regimes[one.key] = restarted(ledger.regimes[one.key], since=since, why="returned")
            endings.append(Suppression(on=today, key=one.key, reason="ending"))
        else:
            fresh.append(one)
    return fresh, endings


def _ends_with(
    one: Judged,
    inflection: Inflection,
    by_key: Mapping[SeriesKey, Judged],
    panels: Mapping[str, Panel],
    today: date,
) -> bool:
    """Whether an inflection's headline has turned back since the alarm's date: it is open, or closed lately."""
    headline = by_key.get(inflection.headline.key)
    lately = inflection.closed_on is not None and (today - inflection.closed_on).days < 7 * FOLLOW
    if headline is None or not (inflection.state == "open" or lately):
        return False
    since = finding_of(one).started_on
    if (since - inflection.headline.started_on).days <= 7 * TOGETHER_WEEKS:
        return False
    weeks = len(headline.series.weeks) - (since - headline.series.weeks[0]).days // 7
    return weeks >= 2 and has_returned(
        headline.series,
        panels[headline.key.metric],
        inflection.headline,
        weeks,
        ENDING_LEVEL,
        inflection.learned_from,
    )


def has_returned(
    series: Series, panel: Panel, finding: Finding, weeks: int, level: float, since: date | None = None
) -> bool:
    """Whether the last `weeks` weeks lie beyond the middle between after and before, by `level` standard errors.

    Level and calendar terms are fitted on the weeks before the change; the residuals of the weeks after it and of
    the last weeks are compared, with the scatter of the weeks before as the error. Weeks before `since` had another
    level yet.
    """
    first = since or series.weeks[0]
    window = window_of(series.weeks, first, finding.started_on, finding.started_between[0])
    recent = np.arange(len(series.weeks) - weeks, len(series.weeks))
    during = window.after[window.after < recent[0]]
    known = np.isfinite(series.values) & (series.effective > 0)
    before = window.before[known[window.before]]
    if len(during) < 2 or recent[0] < 0 or len(before) < 2:
        return False
    design = np.hstack([np.ones((len(series.weeks), 1)), panel.terms])
    if len(before) <= design.shape[1] + 2:
        design = design[:, :1]
    root = np.sqrt(series.effective[before])
    fitted = np.linalg.lstsq(design[before] * root[:, None], series.values[before] * root, rcond=None)[0]
    residual = np.where(known, series.values - design @ fitted, np.nan)
    spread = float(np.nanstd(residual[before]))
    there, now = (mean_over(series, residual, part) for part in (during, recent))
    if not np.isfinite(there) or not np.isfinite(now) or there == 0:
        return False
    error = spread * float(np.sqrt(1.0 / weeks + 1.0 / (4 * len(during))))
    return bool((there / 2 - now) * np.sign(there) > level * error)


def _replace(ledger: Ledger, after: Inflection) -> None:
    ledger.inflections = [after if one.id == after.id else one for one in ledger.inflections]
