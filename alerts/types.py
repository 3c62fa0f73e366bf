"""What the mail room knows: an alert, a digest, a reason, a mail and what became of it.

Everything here is plain numbers and names, made by `monitor` from its own types. Rates and shares are 0..1
(a discount may be negative), instants are aware UTC, days are dates of the company, money is `Decimal`.
Formatting to "%", "points", "weeks" happens in `alerts.render` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

Verdict = Literal[
    "market_shift",
    "left_turn",
    "focus_drift",
    "price_erosion",
    "commodity_drift",
    "internal",
    "recording",
    "shock",
    "unclear",
]
Direction = Literal["up", "down"]
Unit = Literal["rate", "share", "discount", "count", "price", "days", "money"]
"""How a metric reads: a rate of deals, a share of deals, a discount off list, a count of deals a week; a price as a
share of list or of its ordinary level, a length in days, an amount in the company's currency."""
SHARES = ("market", "mix", "price", "people", "recording")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A 90 % interval in the unit of what it bounds."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A series as a picture needs it: one entry a week, oldest first; `nan` where a week has no value.

    `band_low`/`band_high` is where 90 % of ordinary weeks lie; `change_between` the 90 % interval of the
    dated change, `change` its middle, `levels` what the mail says of before and after. All four lists are of
    the same length.
    """

    title: str
    unit: Unit
    weeks: tuple[date, ...]
    values: tuple[float, ...]
    band_low: tuple[float, ...]
    band_high: tuple[float, ...]
    change: date | None = None
    change_between: tuple[date, date] | None = None
    levels: tuple[float, float] | None = None
    over: bool = False
    """Whether the change is over: the heavy line then follows the weeks, there and back, not its two levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    """One finding as readers see it: `metric` is the configured name, `segment` like {"region": "EMEA"}."""

    metric: str
    kind: str
    unit: Unit
    segment: dict[str, str]
    before: float
    after: float
    change: Interval
    deals_before: int
    deals_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Breadth:
    """How many independent segments moved the headline's way: `moved` of `of`, along `dimension`."""

    dimension: str
    moved: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What it comes to a quarter if it is true: wins (or deals) and money, each with a 90 % interval."""

    deals: float
    deals_between: Interval
    money: Decimal | None
    money_between: tuple[Decimal, Decimal] | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody decided about an alert: one row of its decision log.

    `by` is who, as the company knows them ("Head of sales"); `known` is "we knew".
    """

    what: Literal["act", "watch", "reject", "known"]
    by: str
    on: date
    look_again_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCause:
    """A dated event near a change, and what the date of the change says of it; None where it was not asked.

    `weeks` from the event to the likeliest start: below nought the change began before it.
    """

    on: date
    name: str
    says: Literal["fits", "began_before", "began_after"] | None = None
    weeks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An inflection, as leadership is told of it. `findings[0]` is the headline."""

    id: str
    company: str
    verdict: Verdict
    form: str | None
    """Of a market shift: "fewer_come" or "choose_others"; of other verdicts None."""
    direction: Direction
    state: Literal["open", "closed", "retracted"]
    opened_on: date
    started_on: date
    started_between: tuple[date, date]
    findings: tuple[FindingLine, ...]
    shares: dict[str, float | None]
    """SHARES, in the unit of the headline; None where the data cannot tell."""
    share_intervals: dict[str, Interval | None]
    breadth: Breadth | None
    one_place: dict[str, str] | None
    """The segment that moved alone, for `internal`."""
    years_per_false_alarm: float
    """On unchanged data, noise this strong comes less than once in so many years over everything watched."""
    size: Size | None
    ruled_out: tuple[str, ...]
    known_causes: tuple[KnownCause, ...]
    """Events of the configuration and of the records near the start, oldest first."""
    cannot_see: tuple[str, ...]
    withdraw_if: str | None
    next_step: str
    charts: tuple[Chart, ...]
    data_to: date
    decisions: int
    effective_decisions: float
    closed_on: date | None = None
    retracted_on: date | None = None
    agree: int = 0
    """How many series that moved together carry it, none of which would by itself; 0 where one does."""
    took: int | None = None
    """The weeks of a change that came bit by bit; None of one that came at once, or of which that cannot be told."""
    restated: int | None = None
    """Of a retraction: how many deals behind the change were restated; None where that is not what undid it."""
    answers: tuple[Answer, ...] = ()
    """The decision log, oldest first; the newest is what stands."""
    footnotes: tuple[str, ...] = ()
    """Definitions: what amount means, what counts as decided, what is left out."""


class Reason(StrEnum):
    """Why a notice goes out, or why it does not. Exactly one applies to each decision of the gate."""

    OPENED = "opened"
    CLARIFIED = "clarified"  # the verdict was unclear and is now known
    WORSENED = "worsened"
    CLOSED = "closed"
    RETRACTED = "retracted"
    REMINDER = "reminder"  # the day has come on which a decision was to be looked at again
    PREVIEW = "preview"  # operations see it before leadership does
    UNCHANGED = "unchanged"  # already told, and nothing material is new
    NOT_FOR_LEADERSHIP = "not_for_leadership"  # recording and shock go to operations and the digest
    TOO_OLD = "too_old"  # a first load shows the past; nobody is alarmed about it
    NEVER_TOLD = "never_told"  # a closing or retraction of what nobody was mailed about


@dataclass(frozen=True, slots=True, kw_only=True)
class LastNotice:
    """What the readers were last told about an inflection; only OPENED..RETRACTED are ever told of."""

    reason: Reason
    verdict: Verdict
    change: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The gate's answer: `send` and the one reason for it."""

    send: bool
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A person who receives mail."""

    email: str
    name: str | None
    receives: frozenset[str]
    """Of "inflections", "digest", "operations"."""
    verdicts: frozenset[str] | None
    """Only these verdicts; None for all that go to leadership."""
    segments: Mapping[str, Container[str]] | None
    """Only inflections whose headline lies in these segments, or that are company-wide; None for all."""
    timezone: str
    locale: str
    monthly: bool = False
    """Whether the digest comes once a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLine:
    """A metric in the digest: where it stands, what is usual, and what can be ruled out.

    `recent` is over the last 13 judged weeks; `usual` where 90 % of 13-week stretches lie; `ruled_out_down`
    and `ruled_out_up` the smallest fall and rise over those weeks that the data exclude (None: cannot say).
    """

    name: str
    kind: str
    unit: Unit
    this_week: float
    recent: float
    usual: Interval
    ruled_out_down: float | None
    ruled_out_up: float | None
    deals: int
    effective_deals: float
    chart: Chart | None
    quarter: float | None = None
    """The fiscal quarter so far; None where it has no deals."""
    year_ago: float | None = None
    """The same weeks of the quarter a year before; None where they are not known."""
    quiet: str | None
    """Of a metric that cannot alarm: "learning", "too_few_deals", "stale_data", "held", ...; None when judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A series over the looser bar: shown in the digest, never mailed as an alert."""

    metric: str
    segment: dict[str, str]
    unit: Unit
    change: float
    since: date
    share_of_bar: float
    """evidence / bar, on the log scale: 1 would be an alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """Seen and not sent, with the reason kept."""

    on: date
    metric: str
    segment: dict[str, str]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """One source's data of the week."""

    name: str
    fresh_to: date | None
    rows_read: int
    accepted: int
    quarantined: int
    restated: int
    stale: bool
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A series that nobody is mailed about for a while: why, by whom, until when (the last day)."""

    metric: str
    segment: dict[str, str]
    why: str
    by: str
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How the alerts of the last year held, by their readers' own word, against the budget of false ones."""

    sent: int
    true: int
    known: int
    not_useful: int
    false_alarms_per_year: float
    proposal: str = ""
    """What these answers propose for the budget, in a sentence without its full stop; nothing changes by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A metric, or the segments of a dimension (`kind` None), that the program failed on this week."""

    name: str
    kind: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One week, or one month of weeks, for one company. `week` is the first day of the last judged week.

    `month` is the first day of the month that a monthly digest is of; None of a weekly one.
    """

    company: str
    week: date
    number: int
    """Of the year: "mail 47 of 2026", so that a gap is visible."""
    year: int
    late: bool
    metrics: tuple[MetricLine, ...]
    opened: tuple[Alert, ...]
    """Inflections that opened, changed or closed this week."""
    open: tuple[Alert, ...]
    watched: tuple[Watched, ...]
    suppressed: tuple[Suppressed, ...]
    sources: tuple[SourceHealth, ...]
    setting_changes: tuple[str, ...]
    missed: tuple[str, ...]
    """Periods that were due and could not be made up."""
    ruled_out_since: date | None
    footnotes: tuple[str, ...] = ()
    month: date | None = None
    silences: tuple[Silence, ...] = ()
    due: tuple[Alert, ...] = ()
    """Alerts whose newest answer is to be looked at again by now, or within a week."""
    record: Record | None = None
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """A mail to one person, its bytes frozen: what is stored is what is sent."""

    message_id: str
    sender: str
    to: str
    subject: str
    kind: Literal["alert", "digest", "operations"]
    content: bytes
    note: str | None = None
    """What failed while it was rendered, so that it went out plainer than meant; None if nothing did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of an attempt.

    sent       the server took responsibility (250 after the dot), or the file is on disk
    deferred   not taken, trying again can help
    refused    not taken, trying again cannot help
    ambiguous  the connection died after the content went out: it may have been taken

    `about` says what the answer was about: the road to the server (connection, encryption, login), the sender, the
    reader, or the content; None where that is not known.
    """

    state: Literal["sent", "deferred", "refused", "ambiguous"]
    detail: str
    code: int | None = field(default=None)
    about: Literal["road", "sender", "reader", "content"] | None = None
