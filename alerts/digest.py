"""The weekly digest as one reader's mail shows it: strings ready to be laid out, worst first, never empty."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from alerts import safe_text
from alerts.good_news import told_as_a_rise
from alerts.pictures import MOST_PICTURES, SMALL, Picture, picture, title_of
from alerts.types import Alert, Chart, Digest, MetricLine, SourceHealth, Suppressed, Watched
from alerts.words import names, news, quiet, verdicts
from alerts.words.figures import Figures, in_words, joined, opening

MOST_LISTED = 12
MOST_CHANGES = 8
MOST_METRICS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """A change in the digest: its verdict's name, its line, what it means, and where it stands."""

    label: str
    tone: str
    headline: str
    sentence: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricView:
    """A metric in the digest: its figures, what can be ruled out, why it is quiet (if it cannot be judged)."""

    name: str
    recent: str
    usual: str
    this_week: str
    standing: str
    ruled_out: str
    quiet: str
    picture: Picture | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A source of data and the state it is in."""

    text: str
    sound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """Everything a digest says; empty strings and tuples are left out of it."""

    subject: str
    preheader: str
    company: str
    week: str
    late: str
    first: str
    ruled_out: str
    not_judged: str
    caution: str
    changes: tuple[ChangeView, ...]
    metrics: tuple[MetricView, ...]
    more: str
    watched: tuple[str, ...]
    open: tuple[ChangeView, ...]
    suppressed: tuple[str, ...]
    sources: tuple[SourceView, ...]
    settings: tuple[str, ...]
    missed: tuple[str, ...]
    number: str
    unsubscribe: str
    footnotes: tuple[str, ...]


def view_of(digest: Digest, figures: Figures, unsubscribe: str) -> DigestView:
    """The view of `digest`; `unsubscribe` is the address that ends it."""
    first, ruled_out = first_line(digest, figures), _ruled_out(digest, figures)
    return DigestView(
        subject=subject(digest, figures),
        preheader=safe_text.clean(f"{first} {ruled_out}", 180),
        company=safe_text.name(digest.company),
        week=f"Week {week_number(digest.week)}, {figures.between(digest.week, digest.week + timedelta(days=6))}",
        late="This mail is late: it was due earlier and could not be sent." if digest.late else "",
        first=first,
        ruled_out=ruled_out,
        not_judged=_not_judged(digest),
        caution=_caution(digest, figures),
        changes=tuple(_change(alert, figures) for alert in digest.opened[:MOST_CHANGES]),
        metrics=tuple(_metrics(digest, figures)),
        more=_more(digest),
        watched=_some(_watched(one, figures) for one in digest.watched) or (_nothing_watched(digest),),
        open=tuple(_change(alert, figures) for alert in digest.open[:MOST_CHANGES]),
        suppressed=_some(_suppressed(one, figures) for one in digest.suppressed),
        sources=tuple(
            _source(one, figures)
            for one in sorted(digest.sources, key=lambda one: not one.stale)[:MOST_LISTED]
        ),
        settings=_some(opening(safe_text.clean(text)) for text in digest.setting_changes),
        missed=_some(opening(safe_text.clean(text)) for text in digest.missed),
        number=f"Mail {digest.number} of {digest.year}",
        unsubscribe=unsubscribe,
        footnotes=_some(safe_text.clean(note) for note in digest.footnotes),
    )


def week_number(week: date) -> int:
    """The number of the week that begins on `week`, by the year its middle lies in (ISO 8601).

    >>> week_number(date(2026, 9, 14)), week_number(date(2026, 9, 13))
    (38, 38)
    """
    return (week + timedelta(days=3)).isocalendar().week


def subject(digest: Digest, figures: Figures) -> str:
    """The subject: what changed, or that nothing did, or that nothing can be said."""
    week = f"week {week_number(digest.week)}"
    late = "Late: " if digest.late else ""
    if digest.opened:
        said = [f"{late}{opening(week)}: {_brief(alert, figures)}" for alert in digest.opened[:1]]
        more = len(digest.opened) - 1
        whole = safe_text.header(said[0] + (f", and {more} more" if more else ""))
        fits = len(whole) <= news.LONGEST_SUBJECT
        return whole if fits else f"{late}{opening(week)}: {_counted(len(digest.opened), 'change')}"
    if not _judged(digest):
        return f"{late}{opening(week)}: nothing could be judged"
    if digest.open:
        return f"{late}{opening(week)}: nothing new, {_counted(len(digest.open), 'change')} open"
    return f"{late}{'q' if late else 'Q'}uiet {week}: nothing changed"


def _brief(alert: Alert, figures: Figures) -> str:
    headline = news.headline(told_as_a_rise(alert), figures)
    plain = headline[:1].lower() + headline[1:]
    if alert.state == "closed":
        return f"over, {plain}"
    if alert.state == "retracted":
        return f"withdrawn, {plain}"
    return plain


def first_line(digest: Digest, figures: Figures) -> str:
    """The first sentence of the mail."""
    week = f"week {week_number(digest.week)}"
    if digest.opened:
        what = [_brief(alert, figures) for alert in digest.opened[:3]]
        more = len(digest.opened) - len(what)
        listed = "; ".join([*what, *([f"and {more} more"] if more else [])])
        return f"{opening(_counted(len(digest.opened), 'change'))} in {week}: {listed}."
    judged = _judged(digest)
    if not judged:
        return f"Nothing could be judged in {week}: {quiet.of_all([m.quiet for m in digest.metrics])}."
    if digest.open:
        return f"Nothing new in {week}; {_counted(len(digest.open), 'change')} open since earlier."
    return f"Nothing changed in {week}."


def _judged(digest: Digest) -> list[MetricLine]:
    return [line for line in digest.metrics if line.quiet is None]


def _ruled_out(digest: Digest, figures: Figures) -> str:
    """What can be ruled out in the metrics that can be judged, each in the direction that would hurt."""
    parts: list[str] = []
    told, kinds = _told(digest), set[str]()
    for line in sorted(_judged(digest), key=_core_first):
        harm = _harm(line)
        if harm is None or line.kind in kinds or line.name in told:
            continue
        kinds.add(line.kind)
        way, change = harm
        parts.append(f"a {way} of more than {_ruled_change(line, change, figures)} in {_name(line)}")
    if not parts:
        return "How small a change could still hide cannot be told yet." if _judged(digest) else ""
    since = f" since {figures.day(digest.ruled_out_since)}" if digest.ruled_out_since else ""
    return f"{opening(joined(parts[:3]))} can be ruled out{since}; smaller moves could hide."


def _told(digest: Digest) -> frozenset[str]:
    """The titles of series that an open change tells of: what could hide in them is no longer the question."""
    alerts = (*digest.opened, *digest.open)
    return frozenset(
        title_of(finding) for alert in alerts if alert.state == "open" for finding in alert.findings
    )


def _core_first(line: MetricLine) -> tuple[int, bool]:
    order = ("win_rate", "fit_mix", "discount", "volume")
    return (order.index(line.kind) if line.kind in order else len(order), not line.name.endswith(", core"))


def _harm(line: MetricLine) -> tuple[str, float] | None:
    """The direction that would hurt, and the smallest such change that the data exclude."""
    up = line.kind in names.HARMFUL_UP
    change = line.ruled_out_up if up else line.ruled_out_down
    return None if change is None else ("rise" if up else "fall", change)


def _ruled_change(line: MetricLine, change: float, figures: Figures) -> str:
    """Rounded up, so that no more is ruled out than the data say. Counts relative to what is usual."""
    usual = (line.usual.low + line.usual.high) / 2
    if line.unit == "count":
        return figures.percent(_up(change / usual)) if usual > 0 else f"{figures.count(change)} a week"
    return figures.points(_up(change))


def _up(change: float) -> float:
    """The next whole percent or point.

    >>> _up(0.0611), _up(0.07)
    (0.07, 0.07)
    """
    return -(-round(100 * change, 6) // 1) / 100


def _caution(digest: Digest, figures: Figures) -> str:
    """What stands against a quiet week: sources without fresh data."""
    stale = [source for source in digest.sources if source.stale]
    said = [
        f"{safe_text.name(source.name)} shows nothing after {figures.day(source.fresh_to)}"
        if source.fresh_to
        else f"{safe_text.name(source.name)} has no data yet"
        for source in stale
    ]
    return f"Careful: {joined(_first(said))}." if said else ""


def _not_judged(digest: Digest) -> str:
    """The metrics that cannot be judged, where others can."""
    mute = sorted({_name(line) for line in digest.metrics if line.quiet is not None})
    return f"Not judged: {joined(_first(mute))}." if mute and _judged(digest) else ""


def _first(said: list[str], most: int = 3) -> list[str]:
    rest = len(said) - most
    return [*said[:most], *([f"{rest} more"] if rest > 0 else [])]


def _change(alert: Alert, figures: Figures) -> ChangeView:
    alert = told_as_a_rise(alert)
    standing = {
        "open": f"Open since {figures.day(alert.opened_on)}.",
        "closed": f"Over since {figures.day(alert.closed_on)}." if alert.closed_on else "Over.",
        "retracted": "Withdrawn: with the data as they stand now, this change is not there.",
    }[alert.state]
    headline = names.move(alert.findings[0], figures)
    return ChangeView(
        label=verdicts.LABELS[alert.verdict],
        tone=verdicts.tone(alert),
        headline=news.headline(alert, figures),
        sentence="" if alert.state == "retracted" else verdicts.sentences(alert),
        standing=f"From {headline.levels}. {standing}",
    )


def _name(line: MetricLine) -> str:
    return names.titled(line.name, line.kind)


def _metrics(digest: Digest, figures: Figures) -> Iterable[MetricView]:
    pictured, told = 0, _told(digest)
    for line in _worst_first(digest):
        shown = line.chart if pictured < MOST_PICTURES else None
        pictured += shown is not None
        yield MetricView(
            name=opening(_name(line)),
            recent=_amount(line.recent, line, figures),
            usual=f"{_bare(line.usual.low, line, figures)} to {_amount(line.usual.high, line, figures)}",
            this_week=_this_week(line, figures),
            standing=_standing(line),
            ruled_out="" if line.name in told else _both_ways(line, digest.ruled_out_since, figures),
            quiet=_quiet(line, digest) or ("A change is open here." if line.name in told else ""),
            picture=picture(shown, pictured, SMALL, figures) if shown is not None else None,
        )


def _more(digest: Digest) -> str:
    rest = len(digest.metrics) - MOST_METRICS
    return f"{rest} more metrics are left out here." if rest > 0 else ""


def _worst_first(digest: Digest) -> list[MetricLine]:
    """Where a change is open, then what is not as usual, then the rest; what cannot be judged comes last."""
    told = _told(digest)
    ordered = sorted(
        digest.metrics, key=lambda line: (line.quiet is not None, line.name not in told, not _standing(line))
    )
    return ordered[:MOST_METRICS]


def _amount(value: float, line: MetricLine, figures: Figures) -> str:
    said = names.amount(value, line.unit, figures, _digits(line))
    return f"{said} a week" if line.unit == "count" else said


def _bare(value: float, line: MetricLine, figures: Figures) -> str:
    scale = 1.0 if line.unit == "count" else 100.0
    return figures.count(value) if line.unit == "count" else figures.number(scale * value, _digits(line))


def _digits(line: MetricLine) -> int:
    """Tenths where the usual range is narrower than three points."""
    return 1 if line.unit != "count" and line.usual.high - line.usual.low < 0.03 else 0


def _this_week(line: MetricLine, figures: Figures) -> str:
    """The last week alone; nothing where it has no value or its data are not in."""
    if line.quiet in ("stale_data", "held") or not math.isfinite(line.this_week):
        return ""
    return _amount(line.this_week, line, figures) + _deals(line, figures)


def _quiet(line: MetricLine, digest: Digest) -> str:
    """Why this metric cannot be judged; not said of each where none can, as the first line says it of all."""
    alike = len({one.quiet for one in digest.metrics}) == 1 and not _judged(digest)
    return "" if alike else quiet.sentence(line.quiet)


def _deals(line: MetricLine, figures: Figures) -> str:
    if line.unit == "count":
        return ""
    said = f"{figures.number(line.deals)} {'deal' if line.deals == 1 else 'deals'}"
    less = line.effective_deals < 0.97 * line.deals
    return f" ({said}, counted as {figures.number(line.effective_deals)})" if less else f" ({said})"


def _standing(line: MetricLine) -> str:
    if line.recent < line.usual.low:
        return "below what is usual"
    return "above what is usual" if line.recent > line.usual.high else ""


def _both_ways(line: MetricLine, since: date | None, figures: Figures) -> str:
    if line.quiet is not None:
        return ""
    ways = [
        f"a {way} of more than {_ruled_change(line, change, figures)}"
        for way, change in (("fall", line.ruled_out_down), ("rise", line.ruled_out_up))
        if change is not None
    ]
    when = f" since {figures.day(since)}" if since else ""
    return (
        f"Ruled out{when}: {' and '.join(ways)}."
        if ways
        else "How small a change could hide cannot be told yet."
    )


def _watched(one: Watched, figures: Figures) -> str:
    name = names.metric_name(one.metric, one.metric, one.segment)
    digits = 1 if abs(one.change) < 0.03 else 0
    way = f"{'up' if one.change > 0 else 'down'} {names.difference(one.change, one.unit, figures, digits)}"
    return f"{opening(name)}, {way} since {figures.day(one.since)}: {quiet.way_to_alert(one.share_of_bar)}."


def _nothing_watched(digest: Digest) -> str:
    return "Nothing is on its way to an alert." if _judged(digest) else "Not known this week."


def _suppressed(one: Suppressed, figures: Figures) -> str:
    name = names.metric_name(one.metric, one.metric, one.segment)
    return f"{opening(name)}, {figures.day(one.on)}: {quiet.not_sent(one.reason)}."


def _source(one: SourceHealth, figures: Figures) -> SourceView:
    name = safe_text.name(one.name)
    if one.stale:
        since = f" since {figures.day(one.fresh_to)}" if one.fresh_to else " yet"
        said = f"{name}: no fresh data{since}"
    else:
        said = f"{name}: complete to {figures.day(one.fresh_to)}" if one.fresh_to else f"{name}: read"
    counts = [f"{figures.number(one.rows_read)} rows read"]
    if one.quarantined:
        counts.append(f"{figures.number(one.quarantined)} set aside")
    if one.restated:
        counts.append(f"{figures.number(one.restated)} changed after the fact")
    message = f" {safe_text.clean(one.message)}" if one.message else ""
    return SourceView(text=f"{said}; {', '.join(counts)}.{message}", sound=not one.stale and not one.message)


def _some(texts: Iterable[str]) -> tuple[str, ...]:
    """The first few, and how many more there are."""
    said = list(texts)
    rest = len(said) - MOST_LISTED
    return (*said[:MOST_LISTED], *([f"And {rest} more."] if rest > 0 else []))


def _counted(number: int, noun: str) -> str:
    return f"{in_words(number)} {noun if number == 1 else noun + 's'}"


def drawings(view: DigestView, digest: Digest) -> list[tuple[Picture, Chart]]:
    """Each picture of the view with the chart it is drawn from."""
    shown = zip(view.metrics, _worst_first(digest), strict=True)
    return [
        (one.picture, line.chart) for one, line in shown if one.picture is not None and line.chart is not None
    ]
