"""An alert as one reader's mail shows it: strings ready to be laid out, nothing left to decide or to format."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from alerts import safe_text
from alerts.buttons import Button, answers
from alerts.pictures import LARGE, MOST_PICTURES, SMALL, Picture, picture
from alerts.types import Alert, Chart, FindingLine, Reason, Size
from alerts.words import decided, known, names, news, shares, verdicts
from alerts.words.figures import Figures, how_often, in_words, opening
from alerts.words.news import NOTHING_BEFORE, Before, root_of

MOST_LISTED = 5
COUNTED_LESS = 0.97
ENDED = frozenset({Reason.CLOSED, Reason.RETRACTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of the mail: what it is about, and what is known."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """Everything an alert's mail says; empty strings and tuples are left out of it.

    tone       "good", "bad" or "even"
    news       what a later mail says first
    evidence   the address of the page with everything known, where there is one
    glance     what is read in ten seconds: since when, how sure, what it costs; `facts` is what stands behind it
    by         "down 9 points"; `between` its interval, "5 to 13 points"
    """

    subject: str
    preheader: str
    company: str
    label: str
    tone: str
    news: str
    notice: str
    headline: str
    verdict: str
    before: str
    after: str
    after_label: str
    per: str
    by: str
    between: str
    pictures: tuple[Picture, ...]
    glance: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    shares: tuple[shares.Share, ...]
    shares_line: str
    untold: str
    next_step: str
    buttons: tuple[Button, ...]
    answer_to: str
    evidence: str
    data: str
    promise: str
    footnotes: tuple[str, ...]
    identity: str


def view_of(
    alert: Alert,
    reason: Reason,
    figures: Figures,
    answer_to: str,
    before: Before = NOTHING_BEFORE,
    notice: str = "",
) -> AlertView:
    """The view of `alert`, told for `reason` to somebody who knows what was told `before`.

    Answers go to the address `answer_to`; `notice` is said before anything else, such as who sees this when.
    """
    ended = _asks_nothing(alert, reason)
    withdrawn = reason is Reason.RETRACTED
    moved = names.move(alert.findings[0], figures)
    head = news.announce(alert, reason, figures, before)
    found = () if ended else shares.shares(alert, figures)
    return AlertView(
        subject=head.subject,
        preheader=safe_text.clean(_preheader(alert, head, figures, ended=ended), 220),
        company=safe_text.name(alert.company),
        label=head.label,
        tone="even" if ended else verdicts.tone(alert),
        news=head.news,
        notice=safe_text.clean(notice),
        headline=head.headline,
        verdict=head.verdict,
        before="" if withdrawn else moved.before,
        after="" if withdrawn else moved.after,
        after_label="Meanwhile" if reason is Reason.CLOSED else "Now",
        per=moved.per,
        by="" if withdrawn else moved.by,
        between="" if withdrawn else moved.between,
        pictures=tuple(picture for picture, _ in drawings(alert, reason, figures)),
        glance=() if withdrawn else tuple(_glance(alert, figures, ended=ended)),
        facts=tuple(_facts(alert, figures, ended=ended)),
        shares=found,
        shares_line=shares.in_a_line(found, moved.size),
        untold=(shares.untold(alert) or "") if found else "",
        next_step="" if ended else safe_text.clean(alert.next_step),
        buttons=() if ended else answers(answer_to, alert.id, root_of(head.subject)),
        answer_to="" if ended else safe_text.clean(answer_to, 120),
        evidence="",
        data=_data(alert, figures),
        promise=_promise(alert, reason, ended=ended),
        footnotes=tuple(safe_text.clean(note) for note in alert.footnotes[:MOST_LISTED]),
        identity=safe_text.slug(alert.id),
    )


def _asks_nothing(alert: Alert, reason: Reason) -> bool:
    """Whether the mail tells of an end or a correction: nothing is asked of the reader, and little told."""
    return reason in ENDED or alert.verdict in news.NOT_OF_THE_MARKET


def _preheader(alert: Alert, head: news.Announcement, figures: Figures, *, ended: bool) -> str:
    """What a phone shows beside the subject: the news or the verdict, and what it comes to."""
    lead = head.news or head.verdict
    if ended or alert.size is None:
        return lead
    money = f", {_worth(alert.size, figures)}" if alert.size.money is not None else ""
    return f"{lead} {opening(_deals(alert, alert.size, figures))}{money}."


def _glance(alert: Alert, figures: Figures, *, ended: bool) -> list[Fact]:
    """Since when, how sure, and what it comes to; of what is over, from when to when."""
    facts = [("Began", _began(alert, figures))]
    if ended:
        facts.append(("Over since", figures.day(alert.closed_on) if alert.closed_on else ""))
    else:
        rare = f"noise this strong comes {how_often(alert.years_per_false_alarm)} across all we watch{_agreed(alert)}"
        costs = "If it holds" if verdicts.tone(alert) == "good" else "What waiting costs"
        facts += [("How sure", rare), (costs, _size(alert.size, figures, alert))]
    return _said(facts)


def _began(alert: Alert, figures: Figures) -> str:
    """When; of what came bit by bit, when half of it had come."""
    about = f"about {figures.day(alert.started_on)} ({figures.between(*alert.started_between)})"
    if alert.took is None:
        return about
    return f"bit by bit, over about {in_words(alert.took)} weeks; half of it by {about}"


def _agreed(alert: Alert) -> str:
    """Where no figure would be enough by itself: how many say it together."""
    if alert.agree < 2:
        return ""
    none = "neither" if alert.agree == 2 else "none"
    return f"; {in_words(alert.agree)} figures that moved together say so, {none} of them alone"


def _facts(alert: Alert, figures: Figures, *, ended: bool) -> list[Fact]:
    """What stands behind it; of what is over, only what was decided."""
    answer = [("Decided", decided.in_a_line(alert.answers, figures))]
    if ended:
        return _said(answer)
    causes = [known.in_a_line(cause, figures) for cause in alert.known_causes]
    withdraw = safe_text.clean(alert.withdraw_if) if alert.withdraw_if else ""
    return _said(
        [
            ("How widely", verdicts.how_wide(alert) or ""),
            ("Also moved", _others(alert.findings[1:], figures)),
            ("Ruled out", _listed(alert.ruled_out, figures)),
            ("On record", _with_rest(causes[:MOST_LISTED], len(causes), figures)),
            ("We cannot see", _listed(alert.cannot_see, figures)),
            ("We withdraw this if", withdraw),
            *answer,
        ]
    )


def _said(facts: list[tuple[str, str]]) -> list[Fact]:
    return [Fact(label=label, text=opening(text)) for label, text in facts if text]


def _size(size: Size | None, figures: Figures, alert: Alert) -> str:
    """What it comes to: "47 fewer wins a quarter (26 to 68), USD 1.1M of bookings (620K to 1.6M)"."""
    if size is None:
        return ""
    low, high = size.deals_between.low, size.deals_between.high
    if low < 0 < high:
        between = f"{figures.number(-low)} fewer to {figures.number(high)} more"
        return f"{_deals(alert, size, figures)} ({between})" + (
            f", {_worth(size, figures)}" if size.money is not None else ""
        )
    near, far = sorted((abs(low), abs(high)))
    said = f"{_deals(alert, size, figures)} ({figures.number(near)} to {figures.number(far)})"
    if size.money is None:
        return said
    said += f", {_worth(size, figures)}"
    if size.money_between is None:
        return said
    least, most = sorted(abs(amount) for amount in size.money_between)
    return f"{said} ({figures.short_money(least)} to {figures.short_money(most)})"


def _deals(alert: Alert, size: Size, figures: Figures) -> str:
    what = "wins" if alert.findings[0].unit == "rate" else "deals"
    return f"{figures.number(abs(size.deals))} {'more' if size.deals > 0 else 'fewer'} {what} a quarter"


def _worth(size: Size, figures: Figures) -> str:
    return f"{figures.money(abs(size.money or Decimal()), safe_text.clean(size.currency, 8))} of bookings"


def _others(findings: tuple[FindingLine, ...], figures: Figures) -> str:
    """The other series that moved, the first few."""
    said = []
    for line in findings[:MOST_LISTED]:
        name = names.metric_name(line.metric, line.kind, line.segment)
        said.append(f"{name} {names.move(line, figures).levels}")
    return _with_rest(said, len(findings), figures)


def _listed(texts: tuple[str, ...], figures: Figures) -> str:
    return _with_rest([safe_text.clean(text) for text in texts[:MOST_LISTED]], len(texts), figures)


def _with_rest(said: list[str], of: int, figures: Figures) -> str:
    rest = of - len(said)
    return "; ".join([*said, *([f"and {figures.number(rest)} more"] if rest else [])])


def drawings(alert: Alert, reason: Reason, figures: Figures) -> list[tuple[Picture, Chart]]:
    """The pictures and their charts: the headline's large, others small; the first alone where all is over.

    A change that was withdrawn is not marked any more.
    """
    charts = alert.charts[: 1 if _asks_nothing(alert, reason) else MOST_PICTURES]
    if reason is Reason.RETRACTED:
        charts = tuple(replace(chart, change=None, change_between=None) for chart in charts)
    if reason is Reason.CLOSED:
        charts = tuple(replace(chart, over=True) for chart in charts)
    return [
        (picture(chart, place, SMALL if place else LARGE, figures, alert.findings), chart)
        for place, chart in enumerate(charts)
    ]


def _data(alert: Alert, figures: Figures) -> str:
    said = f"Data to {figures.day(alert.data_to)}, {figures.number(alert.decisions)} decisions"
    if alert.decisions and alert.effective_decisions < COUNTED_LESS * alert.decisions:
        count = figures.number(alert.effective_decisions)
        said += f", which count as {count}: deals closed in one go count as about one"
    return said + "."


def _promise(alert: Alert, reason: Reason, *, ended: bool) -> str:
    if reason in ENDED:
        return "This was the last mail about this change."
    if ended:
        return "We write again only if this changes once more."
    again = ""
    if alert.answers and alert.answers[-1].look_again_on and reason is not Reason.REMINDER:
        again = "on the day to look again, or "
    return f"We write again only {again}if it grows by half, becomes clearer, ends or is withdrawn."
