"""Alarms become inflections: those of one time open one together, or join the one that began when they did.

Series that agree do the same as a set, as monitor.agreement finds them: a set opens one or joins one as a whole, and
so restarts as a whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from monitor.agreement import ALARM, sets_that_agree
from monitor.diagnosis.verdict import Cause
from monitor.diagnosis.windows import finding_of
from monitor.judge import Judged, restarted
from monitor.ledger import FOLLOW, Inflection, Ledger, Part, Suppression
from monitor.naming import renamed
from monitor.panel import Panel
from monitor.retractions import told_of
from monitor.returns import part_endings
from monitor.same_time import together
from monitor.types import Finding, SeriesKey

HEADLINES = ("win_rate", "fit_mix", "discount", "volume")


Diagnose = Callable[[Sequence[Finding]], Cause | None]
"""The cause of findings that belong together; None where it cannot be looked into this week."""
UNKNOWN = Cause(verdict="unclear")


@dataclass(slots=True)
class Agreed:
    """What series that agree opened and joined, and those of them that tell of an end."""

    opened: list[Inflection] = field(default_factory=list)
    joined: list[Inflection] = field(default_factory=list)
    endings: list[Suppression] = field(default_factory=list)


def join(ledger: Ledger, alarms: Iterable[Judged], week: date, diagnose: Diagnose) -> list[Inflection]:
    """Alarms that began with an open inflection become its findings.

    While it is followed its cause is named anew and the most prominent finding is the headline. Afterwards the
    finding is added to what is known, and its series takes the new level at once, as the others did.
    """
    joined = []
    for one in alarms:
        finding = finding_of(one)
        home = _home_of(ledger, [finding], week)
        if home is not None:
            joined.append(_taken_in(ledger, home, [finding], week, diagnose))
    return joined


def _taken_in(
    ledger: Ledger,
    home: Inflection,
    fresh: Sequence[Finding],
    week: date,
    diagnose: Diagnose,
    agreed: tuple[Part, ...] = (),
) -> Inflection:
    """`home` with further findings, and with the parts of those that alarmed together."""
    keys = {finding.key for finding in fresh}
    home = replace(home, agreed=(*home.agreed, *agreed))
    if home.young(week):
        kept = (finding for finding in home.findings if finding.key not in keys)
        after = diagnosed(home, sorted((*kept, *fresh), key=_prominence), diagnose)
    else:
        after = replace(home, findings=(*home.findings, *fresh))
        for finding in fresh:
            ledger.regimes[finding.key] = restarted(
                ledger.regimes[finding.key], since=finding.started_between[1], why="changed"
            )
    ledger.put(after)
    return after


def _home_of(ledger: Ledger, findings: Sequence[Finding], week: date) -> Inflection | None:
    return next((one for one in ledger.open() if _at_home(one, findings, week)), None)


def _at_home(inflection: Inflection, findings: Sequence[Finding], week: date) -> bool:
    """Whether findings, the strongest first, belong to an open inflection; a series that was settled changed anew."""
    keys = {finding.key for finding in findings}
    known = any(finding.key in keys for finding in inflection.findings)
    return together(inflection.headline, findings[0]) and (inflection.young(week) or not known)


def diagnosed(inflection: Inflection, findings: Sequence[Finding], diagnose: Diagnose) -> Inflection:
    """The inflection with these findings, its shares as they are now, its verdict as far as it may change."""
    after, cause = replace(inflection, findings=tuple(findings)), diagnose(findings)
    return after if cause is None else renamed(after, cause)


def open_new(
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
        opened.append(_opened(ledger, group, by_key, week, today, diagnose))
    return opened


def _opened(
    ledger: Ledger,
    group: Sequence[Finding],
    by_key: Mapping[SeriesKey, Judged],
    week: date,
    today: date,
    diagnose: Diagnose,
    agreed: tuple[Part, ...] = (),
) -> Inflection:
    """A new inflection of the ledger; `group` are its findings, the most prominent first."""
    headline = group[0]
    inflection = Inflection(
        id=_identity(headline, week),
        opened_on=today,
        opened_week=week,
        findings=tuple(group),
        cause=diagnose(group) or UNKNOWN,
        learned_from=ledger.regimes[headline.key].since,
        told=told_of(by_key[headline.key], headline, week),
        related=tuple(i.id for i in ledger.inflections if _related(i, headline, today)),
        agreed=agreed,
    )
    ledger.inflections.append(inflection)
    return inflection


def agree(
    ledger: Ledger,
    quiet: Sequence[Judged],
    by_key: Mapping[SeriesKey, Judged],
    panels: Mapping[str, Panel],
    *,
    week: date,
    today: date,
    diagnose: Diagnose,
) -> Agreed:
    """Take in the series that alarm together; `quiet` are those that no open inflection tells of."""
    done = Agreed()
    for found in sets_that_agree(quiet):
        members, endings = part_endings(ledger, found, by_key, panels, today)
        done.endings += endings
        if sum(one.part_of_bar for one in members) < ALARM:
            continue
        group = [finding_of(one) for one in members]
        agreed = tuple(
            Part(
                told=told_of(one, finding, week),
                since=one.regime.since,
                raised=one.part_of_bar,
                now=one.part_of_bar,
            )
            for one, finding in zip(members, group, strict=True)
        )
        home = _home_of(ledger, group, week)
        if home is not None:
            done.joined.append(_taken_in(ledger, home, group, week, diagnose, agreed))
        else:
            group.sort(key=_prominence)
            done.opened.append(_opened(ledger, group, by_key, week, today, diagnose, agreed))
    return done


def _related(inflection: Inflection, finding: Finding, today: date) -> bool:
    """Whether an inflection that is open, or was until lately, may have begun when the finding did."""
    ended = inflection.closed_on or inflection.retracted_on
    lately = ended is None or (today - ended).days < 7 * FOLLOW
    return lately and together(inflection.headline, finding)


def _prominence(finding: Finding) -> tuple[bool, int, bool, float]:
    """Company before segment, the metrics in the order leaders ask for them, whole before core, then evidence."""
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
