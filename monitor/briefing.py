"""From an inflection to the alert that leadership reads: the same facts, plain numbers, the arrays of its charts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from alerts import types as mail
from monitor.budget import years_per_false_alarm
from monitor.cuts import BETTER, cut_of
from monitor.diagnosis.windows import mean_over, week_end
from monitor.ledger import Inflection
from monitor.panel import Panel, deals_of
from monitor.returns import RETURN
from monitor.types import Finding, FloatArray, Series, Verdict
from monitor.weekly import WeekJudged

OF_PRICE = ("discount", "price_realisation", "price_per_unit")

if TYPE_CHECKING:
    from config.settings import Settings

QUARTER_WEEKS = 13
CHART_WEEKS = 104
NEAR = timedelta(weeks=8)
MOST_CHARTS = 3
USUAL = 1.645
LEVEL_WORDS: Mapping[str, str] = {
    "count": "{value:.0f} deals a week",
    "days": "{value:.0f} days",
    "money": "{value:,.0f}",
}
"""How a level of a unit is said where it is no percentage."""

NEXT_STEP: Mapping[str, str] = {
    "market_shift": "Call five core accounts that were lost since then, and ask what they chose instead.",
    "left_turn": "Talk to six of the new customers: why they came, and what they would have bought otherwise.",
    "focus_drift": "Decide with the head of sales which deals {outside} to stop taking.",
    "price_erosion": "Look at the ten deepest discounts since then, and who approved them.",
    "commodity_drift": "Decide which deals {outside} to stop discounting for.",
    "internal": "Ask the head of sales what changed there.",
    "recording": "Ask operations what changed in the CRM.",
    "shock": "Nothing to do; it is over.",
    "unclear": "Look at twenty lost deals since then, before deciding anything.",
}


def alert_of(
    inflection: Inflection,
    judged: WeekJudged,
    settings: Settings,
    answers: tuple[mail.Answer, ...] = (),
) -> mail.Alert:
    """The alert as it stands in the judged week, with what was decided about it."""
    headline = inflection.headline
    panel = judged.panels.get(headline.key.metric)
    series = _series(judged, headline)
    cause = inflection.cause
    in_last_weeks = slice(-QUARTER_WEEKS, None)
    return mail.Alert(
        id=inflection.id,
        company=settings.company.name,
        verdict=cause.verdict,
        form=cause.form,
        direction="up" if headline.after > headline.before else "down",
        state=inflection.state,
        opened_on=inflection.opened_on,
        started_on=headline.started_on,
        started_between=headline.started_between,
        findings=tuple(_line(finding) for finding in inflection.findings),
        shares=dict(cause.shares),
        share_intervals={
            name: mail.Interval(low=pair[0], high=pair[1]) if pair else None
            for name, pair in cause.intervals.items()
        },
        breadth=mail.Breadth(
            dimension=cause.breadth.dimension, moved=cause.breadth.moved, of=cause.breadth.of
        )
        if cause.breadth
        else None,
        one_place=place_of(cause.place),
        years_per_false_alarm=years_per_false_alarm(
            inflection.part_of_bar, 1.0, settings.attention.false_alarms_per_year
        ),
        agree=agreeing_with(inflection),
        size=size_of(headline, panel, series, settings.company.currency) if panel and series else None,
        ruled_out=_ruled_out(inflection, judged),
        known_causes=_known_causes(inflection, settings),
        took=cause.took,
        cannot_see=("a rival's launch", "why single customers decided as they did"),
        withdraw_if=overturned_if(headline),
        next_step=next_step_of(cause.verdict, headline),
        charts=charts_of(inflection, judged),
        data_to=week_end(judged.week),
        decisions=int(series.deals[in_last_weeks].sum()) if series else 0,
        effective_decisions=float(series.effective[in_last_weeks].sum()) if series else 0.0,
        closed_on=inflection.closed_on,
        retracted_on=inflection.retracted_on,
        answers=answers,
        footnotes=footnotes(settings),
    )


def next_step_of(verdict: Verdict, headline: Finding) -> str:
    """What to do first; of a cut through the profile, about the deals below it."""
    cut = cut_of(headline.key) if headline.kind == "fit_mix" else None
    outside = f"below tier {cut.removesuffix(BETTER)}" if cut else "outside the profile"
    return NEXT_STEP[verdict].format(outside=outside)


def agreeing_with(inflection: Inflection) -> int:
    """How many series carry it together, its headline among them; 0 where that is over its own bar by now."""
    headline = inflection.headline
    agreed = {part.told.key for part in inflection.agreed if part.now > 0.0}
    return len(agreed) if headline.key in agreed and headline.evidence < headline.bar else 0


def _known_causes(inflection: Inflection, settings: Settings) -> tuple[mail.KnownCause, ...]:
    """What was weighed as a rival, and the other events near the start, oldest first."""
    headline = inflection.headline
    low, high = headline.started_between
    move = headline.after - headline.before
    weighed = [
        mail.KnownCause(
            on=rival.on,
            name=rival.name,
            says=None if rival.says == "fits" and not rival.could_make(move) else rival.says,
            weeks=rival.weeks,
        )
        for rival in inflection.cause.rivals
    ]
    names = {(cause.on, cause.name) for cause in weighed}
    others = [
        mail.KnownCause(on=event.on, name=event.name)
        for event in settings.events
        if low - NEAR <= event.on <= high + NEAR and (event.on, event.name) not in names
    ]
    return tuple(sorted((*weighed, *others), key=lambda cause: cause.on))


def _series(judged: WeekJudged, finding: Finding) -> Series | None:
    """The finding's series; None where it is watched no longer: its metric or its segment is gone."""
    panel = judged.panels.get(finding.key.metric)
    return next((s for s in panel.series if s.key == finding.key), None) if panel else None


def _line(finding: Finding) -> mail.FindingLine:
    return mail.FindingLine(
        metric=finding.key.metric,
        kind=finding.kind,
        unit=finding.unit,
        segment=dict(finding.key.segment),
        before=finding.before,
        after=finding.after,
        change=mail.Interval(low=finding.change_between[0], high=finding.change_between[1]),
        deals_before=finding.deals_before,
        deals_after=finding.deals_after,
    )


def place_of(place: Mapping[str, str] | None) -> dict[str, str] | None:
    """Where it is concentrated; a person is never named."""
    if place is None:
        return None
    return {name: value for name, value in place.items() if name != "owner"} or {"team": "one seller"}


def size_of(headline: Finding, panel: Panel, series: Series, currency: str) -> mail.Size | None:
    """Deals and money a quarter if the change lasts.

    A rate of won deals: change x decided deals a quarter, and the mean amount of a won deal. A count: the change
    itself over a quarter. A share or a discount: None, as its worth depends on what replaces it.
    """
    low, high = headline.change_between
    middle = headline.after - headline.before
    middle = min(max(middle, low), high)
    if headline.unit == "count":
        deals, low, high = middle * QUARTER_WEEKS, low * QUARTER_WEEKS, high * QUARTER_WEEKS
        worth = None
    elif headline.unit == "rate":
        decided = float(series.deals[-QUARTER_WEEKS:].mean()) * QUARTER_WEEKS
        deals, low, high = middle * decided, low * decided, high * decided
        worth = _mean_won(panel, headline)
    else:
        return None
    money = None if worth is None else _round_money(worth * deals)
    between = None if worth is None else (_round_money(worth * low), _round_money(worth * high))
    return mail.Size(
        deals=deals,
        deals_between=mail.Interval(low=low, high=high),
        money=money,
        money_between=between,
        currency=currency,
    )


def _mean_won(panel: Panel, headline: Finding) -> float | None:
    """The mean amount of a deal won there since the change began (ever, where too few were won since)."""
    observed = panel.observed
    won = (observed.value == 1.0) & np.isfinite(observed.amount) & (observed.amount > 0)
    won &= deals_of(panel, headline.key)
    since = won & (observed.week >= (headline.started_on - panel.weeks[0]).days // 7)
    chosen = since if since.sum() >= 10 else won
    return float(observed.amount[chosen].mean()) if chosen.any() else None


def _round_money(value: float) -> Decimal:
    return Decimal(round(value))


def _ruled_out(inflection: Inflection, judged: WeekJudged) -> tuple[str, ...]:
    """Rival explanations that were looked at and that the figures speak against, each in a few words."""
    cause, headline = inflection.cause, inflection.headline
    panel = judged.panels.get(headline.key.metric)
    places = panel is not None and (any(panel.baseline.slices.values()) or (panel.observed.owner >= 0).any())
    prices = any(p.kind.name == "discount" and p.series for p in judged.panels.values())
    whole = headline.after - headline.before
    said = []
    mix = cause.intervals.get("mix")
    if cause.verdict == "market_shift" and mix is not None and abs(whole) > 0:
        worst = max(mix[0] / whole, mix[1] / whole)
        if worst < 0.5:
            said.append("a change in which customers we sell to")
    if cause.verdict in ("market_shift", "price_erosion") and cause.place is None and places:
        said.append("a single team, region or product")
    if cause.verdict == "focus_drift":
        said.append("core customers turning away")
    kinds = {finding.kind for finding in inflection.findings}
    if cause.verdict in ("market_shift", "focus_drift") and "discount" not in kinds and prices:
        said.append("deeper discounts")
    said.append("deals closed in bulk")
    return tuple(said)


def overturned_if(headline: Finding) -> str | None:
    """What would overturn the verdict: the same rule that closes the inflection, in the headline's own unit."""
    middle = (headline.before + headline.after) / 2
    above = "above" if headline.after < headline.before else "below"
    level = LEVEL_WORDS.get(headline.unit, "{percent:.0f} %").format(value=middle, percent=100 * middle)
    return f"it stays {above} {level} for {RETURN} weeks"


def charts_of(inflection: Inflection, judged: WeekJudged) -> tuple[mail.Chart, ...]:
    """The headline's chart first, then those of other findings of the company, at most MOST_CHARTS."""
    findings = [inflection.headline]
    findings += [f for f in inflection.findings[1:] if not f.key.contrast]
    shown = ((_series(judged, finding), finding) for finding in findings[:MOST_CHARTS])
    return tuple(chart_of(series, change=finding) for series, finding in shown if series is not None)


def chart_of(series: Series, *, change: Finding | None = None) -> mail.Chart:
    """A series as a picture: raw weekly values over the last two years, where ordinary weeks lie, and its change."""
    weeks = slice(max(0, len(series.weeks) - CHART_WEEKS), None)
    level, spread = _ordinary(series, change.started_between[0] if change else None)
    low, high = level - USUAL * spread, level + USUAL * spread
    if series.unit in ("rate", "share"):
        low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
    return mail.Chart(
        title=title_of(series),
        unit=series.unit,
        weeks=series.weeks[weeks],
        values=tuple(float(v) for v in series.raw[weeks]),
        band_low=tuple(float(v) for v in low[weeks]),
        band_high=tuple(float(v) for v in high[weeks]),
        change=change.started_on if change else None,
        change_between=change.started_between if change else None,
        levels=(change.before, change.after) if change else None,
    )


def _ordinary(series: Series, until: date | None) -> tuple[FloatArray, FloatArray]:
    """Level and weekly standard deviation of ordinary weeks: those before `until`, the band as wide as n says."""
    count = len(series.weeks)
    end = count if until is None else max(2, (until - series.weeks[0]).days // 7)
    before = np.arange(end)
    known = np.isfinite(series.raw[before]) & (series.effective[before] > 0)
    level = mean_over(series, series.raw, before)
    deviation = series.raw[before][known] - level
    spread = 1.4826 * float(np.median(np.abs(deviation))) if known.any() else 0.0
    return np.full(count, level), np.full(count, spread)


def title_of(series: Series) -> str:
    """The chart's title: the metric's configured name and its place."""
    place = ", ".join(value for _, value in series.key.segment)
    name = series.key.metric.replace("_", " ")
    return f"{name}, {place}" if place else name


def footnotes(settings: Settings) -> tuple[str, ...]:
    """Definitions, so that a number that differs from the board's can be traced."""
    amount = settings.amount
    notes = [
        "Win rate: won of all decided deals (won, lost, no decision), by count; "
        "deals closed in one batch by one person count as about one.",
    ]
    if settings.profile:
        notes.append(
            "Core-fit: deals whose customer is in the core tier of the profile when the deal is created."
        )
    if not any(metric.kind in OF_PRICE for metric in settings.metrics.values()):
        notes.append("Blind to price: no list price, discount or price per unit is watched.")
    if amount is not None:
        notes.append(f"Amount: {amount.basis}, {amount.includes}; partner margin {amount.partner_margin}.")
    return tuple(notes)
