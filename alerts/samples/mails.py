"""Every kind of mail with every verdict, rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from alerts.envelope import message_id
from alerts.gate import FOR_OPERATIONS, change_of
from alerts.good_news import told_as_a_rise
from alerts.operations_view import Topic
from alerts.render import render_alert, render_digest, render_operations
from alerts.samples.changes import alerts
from alerts.samples.company import COMPANY, NOW, READER, REPLY_TO, SENDER
from alerts.samples.weeks import (
    answered,
    busy_digest,
    full_digest,
    month_digest,
    quiet_digest,
    unjudged_digest,
)
from alerts.types import Alert, Chart, Digest, Email, Interval, Reader, Reason, Verdict
from alerts.words.figures import Figures
from alerts.words.news import Before, subject

GROWTH = 0.6
"""How much larger a worsened change is than it was."""
PREVIEW = "Preview for operations: leadership is mailed tomorrow at 07:30, unless it is silenced until then."
BACK_FOR = 8
"""Weeks for which a change that is over has been back."""
TOLD = (
    Reason.PREVIEW,
    Reason.OPENED,
    Reason.WORSENED,
    Reason.CLARIFIED,
    Reason.REMINDER,
    Reason.CLOSED,
    Reason.RETRACTED,
)
OPERATIONS: Mapping[Topic, tuple[str, tuple[str, ...]]] = {
    "stale": (
        "No fresh deals: judging is held",
        ("crm: its newest deal is of 3 September, so the week of 14 September cannot be judged.",),
    ),
    "source": (
        "Source crm needs a look",
        (
            "deals.csv: 3 of 1,204 rows were set aside, two of them without a close date.",
            "Row 718: no such day.",
        ),
    ),
    "mail": (
        "A mail could not be delivered",
        ("cfo@larkspur.example: Market shift: core-fit win rate down 9 points (550 no such user).",),
    ),
    "configuration": (
        "The changed configuration is refused",
        ("leftturn.yaml:14:3: people[1].recieves: is no key of people (did you mean receives?)",),
    ),
    "seen": (
        "Seen, and not a matter for leadership",
        (
            "Win rate in EMEA: how deals are recorded changed, since about 6 April (leftturn explain 20260608-x).",
        ),
    ),
    "failed": (
        "Source crm could not be read",
        (
            "deals.csv: the file cannot be read.",
            "It is tried again every ten minutes; nothing half done was kept.",
        ),
    ),
    "note": ("A mail went out plain", ("ceo@larkspur.example: Quiet week 38: a template of yours failed.",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample mail: its kind ("opened", "weekly digest", "operations"), and of what (a verdict, a topic)."""

    kind: str
    of: str
    email: Email

    @property
    def name(self) -> str:
        """Kind and content in one word, as a file is called: "opened-market_shift"."""
        return f"{self.kind.replace(' ', '-')}-{self.of.replace(' ', '-')}"


def every(
    reader: Reader = READER, *, sender: str = SENDER, reply_to: str | None = REPLY_TO, now: datetime = NOW
) -> Iterator[Sample]:
    """Every kind of mail with every verdict or topic, once; the mails about one alert are one thread."""
    for verdict, alert in alerts().items():
        yield from _thread(verdict, alert, reader, sender, reply_to, now)
    for (kind, of), digest in digests().items():
        email = render_digest(digest, reader, sender=sender, reply_to=reply_to, now=now)
        yield Sample(kind=kind, of=of, email=email)
    for topic, (words, lines) in OPERATIONS.items():
        email = render_operations(
            words,
            lines,
            reader,
            key=f"sample:{topic}",
            sender=sender,
            reply_to=reply_to,
            company=COMPANY,
            now=now,
            topic=topic,
        )
        yield Sample(kind="operations", of=topic, email=email)


def digests() -> dict[tuple[str, str], Digest]:
    """The digests by their kind and what there is in them."""
    return {
        ("weekly digest", "quiet"): quiet_digest(),
        ("weekly digest", "busy"): replace(busy_digest(), week=date(2026, 9, 21)),
        ("weekly digest", "not judged"): replace(unjudged_digest(), week=date(2026, 9, 28), number=40),
        ("monthly digest", "quiet"): month_digest(),
        ("monthly digest", "busy"): full_digest(),
    }


def _thread(
    verdict: Verdict, alert: Alert, reader: Reader, sender: str, reply_to: str | None, now: datetime
) -> Iterator[Sample]:
    """All mails about one alert; what is none for leadership was told of as unclear, and is then corrected."""
    day = opened_on(alert)
    as_told = replace(alert, verdict="unclear") if verdict in FOR_OPERATIONS else alert
    figures = Figures(locale=reader.locale, today=day)
    before = Before(
        root=subject(told_as_a_rise(as_told), Reason.OPENED, figures), change=change_of(alert), told_on=day
    )
    opening_id = message_id(sender, alert.id, "1", reader=reader.email)
    for place, reason in enumerate(TOLD):
        later = reason not in (Reason.PREVIEW, Reason.OPENED)
        email = render_alert(
            told(alert, reason),
            reason,
            reader,
            sender=sender,
            reply_to=reply_to,
            sequence=max(1, place),
            opening_id=opening_id if later else None,
            now=now if later else datetime.combine(day, now.timetz()),
            before=before if later else Before(),
            notice=PREVIEW if reason is Reason.PREVIEW else "",
        )
        yield Sample(kind=reason.value, of=verdict, email=email)


def told(alert: Alert, reason: Reason) -> Alert:
    """The alert as it stands when it is told of for `reason`: first on the data of its day, then on today's."""
    alert = replace(alert, opened_on=opened_on(alert))
    if reason in (Reason.OPENED, Reason.PREVIEW):
        return _on_its_day(alert)
    if reason is Reason.WORSENED:
        return _grown(alert)
    if reason is Reason.REMINDER:
        return answered(alert)
    if reason is Reason.CLOSED:
        over = replace(answered(alert), state="closed", closed_on=NOW.date())
        return replace(over, charts=tuple(_returned(chart) for chart in alert.charts))
    if reason is Reason.RETRACTED:
        restated = None if alert.verdict == "unclear" else 41
        return replace(alert, state="retracted", retracted_on=NOW.date(), restated=restated)
    return alert


def opened_on(alert: Alert) -> date:
    """The day on which a sample alert was first told: its name begins with it."""
    return datetime.strptime(alert.id[:8], "%Y%m%d").replace(tzinfo=UTC).date()


def _on_its_day(alert: Alert) -> Alert:
    day = alert.opened_on
    return replace(
        alert, data_to=day - timedelta(days=1), charts=tuple(_until(chart, day) for chart in alert.charts)
    )


def _until(chart: Chart, day: date) -> Chart:
    """The chart as it was on a day: of the weeks before it."""
    count = sum(week + timedelta(days=7) <= day for week in chart.weeks)
    return replace(
        chart,
        weeks=chart.weeks[:count],
        values=chart.values[:count],
        band_low=chart.band_low[:count],
        band_high=chart.band_high[:count],
    )


def _grown(alert: Alert) -> Alert:
    """The alert with a headline that moved on the same way, and its chart with it."""
    first = alert.findings[0]
    more = GROWTH * (first.after - first.before)
    grown = replace(
        first,
        after=first.after + more,
        change=Interval(low=first.change.low + more, high=first.change.high + more),
    )
    share = 1 + GROWTH
    return replace(
        alert,
        findings=(grown, *alert.findings[1:]),
        shares={cause: None if part is None else share * part for cause, part in alert.shares.items()},
        share_intervals={
            cause: None if one is None else Interval(low=share * one.low, high=share * one.high)
            for cause, one in alert.share_intervals.items()
        },
        charts=(_moved(alert.charts[0], more), *alert.charts[1:]),
    )


def _moved(chart: Chart, more: float) -> Chart:
    """The chart with all weeks since the change `more` farther."""
    if chart.change is None or chart.levels is None:
        return chart
    return replace(
        chart,
        values=_shifted(chart, chart.change, more),
        levels=(chart.levels[0], chart.levels[1] + more),
    )


def _returned(chart: Chart) -> Chart:
    """The chart with its last weeks back where they were before the change."""
    if chart.levels is None:
        return chart
    return replace(chart, values=_shifted(chart, chart.weeks[-BACK_FOR], chart.levels[0] - chart.levels[1]))


def _shifted(chart: Chart, since: date, more: float) -> tuple[float, ...]:
    weeks = zip(chart.weeks, chart.values, strict=True)
    return tuple(max(0.0, value + more if week >= since else value) for week, value in weeks)
