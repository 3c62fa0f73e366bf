"""Rooms 3 to 5 for one week: deals as known → panels → readings → findings → inflections with a verdict.

Daemon, backtest, demo and tests all judge through `Weekly.judge`; they differ in the clock and in what they do with
what comes out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from monitor.beginning import beginning_of
from monitor.budget import WEEKS_A_YEAR, Group, bars
from monitor.calendar import FiscalCalendar, week_start
from monitor.completeness import silent_sources
from monitor.cuts import cut_of, cuts_of, parts_of_budget
from monitor.diagnosis.facts import Facts
from monitor.diagnosis.gather import Gatherer
from monitor.diagnosis.rivals import touches
from monitor.diagnosis.tree import name_cause
from monitor.diagnosis.verdict import Cause
from monitor.faults import FAULTS, Apart, Fault
from monitor.frozen import Frozen, FrozenPanel
from monitor.inflections import dismiss, live_through, move_of
from monitor.judge import EVEN_WEIGHT, HARMFUL_WEIGHT, Judge, Judged, Regime, Watch
from monitor.ledger import Ledger, Week
from monitor.metrics import METRICS, Basis
from monitor.metrics.kind import at_once
from monitor.observations import DEAL
from monitor.outside import lies_outside
from monitor.panel import Frame, Panel, build_panel
from monitor.profile import with_tier
from monitor.reading import reading_of
from monitor.recording import RecordingEvent, events_of, rewritten
from monitor.segments import with_segments
from monitor.store.deals import as_first_known, as_known, first_described
from monitor.types import Finding, SeriesKey
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from config.settings import MetricSettings, ProfileVersion, Settings

ONE_SIDED_WEIGHT = 1.0
DEFAULT_MOTION = "new"
MOST_DATED = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything ever read: versions of deals, of accounts and of lines, as the store holds them.

    whole_from   the first week whose deals are all there; None: none was ever aged out
    restated     whether any deal or account had several versions, one that was aged out included
    """

    versions: pl.DataFrame
    accounts: pl.DataFrame
    lines: pl.DataFrame | None = None
    whole_from: date | None = None
    restated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a diagnosis looks at: a week's deals and panels, and the history they were made from, known at `at`."""

    week: date
    at: datetime
    deals: pl.DataFrame
    panels: Mapping[str, Panel]
    history: History


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekJudged:
    """One judged week: the deals it rests on, its panels and readings, and what it changed.

    `held` says why nothing could be judged: "stale_data" when a source fell silent before the end of the week.
    """

    week: date
    at: datetime
    deals: pl.DataFrame
    panels: Mapping[str, Panel]
    judged: tuple[Judged, ...]
    too_few: tuple[SeriesKey, ...]
    changes: Week
    held: Literal["stale_data"] | None = None
    faults: tuple[Fault, ...] = ()
    """What the program failed on, and left out of this week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The deals a metric is read from, the day they count by, its first week, and what is frozen of it."""

    deals: pl.DataFrame
    basis: Basis
    first_week: date
    past: FrozenPanel | None


@dataclass(slots=True)
class Weekly:
    """Judges a company week by week. `ledger` is what is remembered; everything else can be rebuilt."""

    settings: Settings
    ledger: Ledger = field(default_factory=Ledger)
    first_weeks: dict[Basis, date] = field(default_factory=dict)
    """The first honest week of each basis: fixed once known, so that later deals do not move the beginning."""
    left_out: str | None = None
    """What of the first weeks is not read, and why, in a sentence; None where nothing is left out."""
    creations: Basis | None = None
    """The day that deals are counted by where creations are asked for; fixed once known as well."""
    frozen: Frozen = field(default_factory=Frozen)
    """What is known of weeks whose deals were aged out; without it, judging begins anew where history is whole."""
    isolates: bool = False
    """Whether what fails with one metric is left out and told of; else it is raised."""
    watched: dict[str, tuple[SeriesKey, ...]] = field(default_factory=dict)
    """The series of each metric in the newest week that it was judged in: one that fails keeps its budget."""
    unread: tuple[SeriesKey, ...] = ()
    """Those that a fault left out of the newest week."""
    _judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        self._judge = Judge()

    def first_week(self, history: History) -> date | None:
        """The first week that any metric can be read from; None without deals."""
        found = [self._first_of(history, self._basis(history, kind)) for kind in METRICS]
        return min((week for week in found if week is not None), default=None)

    def judged_from(self, history: History) -> date | None:
        """The first week in which anything may alarm: the learning period after the first week."""
        first = self.first_week(history)
        return None if first is None else first + timedelta(weeks=self.settings.attention.learning)

    def judge(
        self,
        week: date,
        at: datetime,
        history: History,
        *,
        accepted: bool = False,
        rejected: Collection[str] = (),
    ) -> WeekJudged:
        """Judge `week` on the deals known at the instant `at`, and bring the ledger up to date.

        accepted   where a person said that a source without fresh deals has none
        rejected   the inflections of which people said that they are none
        """
        dismiss(self.ledger, rejected, week, local_day(self.settings.company.timezone, at))
        apart = Apart(self.isolates)
        seen = self._look(week, at, history, nothing_in(week), apart, accepted=accepted)
        if seen.held:
            return seen
        changes = live_through(
            self.ledger,
            seen.judged,
            seen.panels,
            week=week,
            today=local_day(self.settings.company.timezone, at),
            diagnose=partial(
                self._diagnosed,
                Seen(week=week, at=at, deals=seen.deals, panels=seen.panels, history=history),
                apart,
            ),
        )
        self.ledger.bars.note(week, {one.key: one.watch.bar for one in seen.judged})
        self._note_series(seen.panels, apart)
        return replace(seen, changes=changes, faults=apart.faults)

    def look(
        self, week: date, at: datetime, history: History, changes: Week, *, accepted: bool = False
    ) -> WeekJudged:
        """`week` as read on the deals known at `at`; the ledger's inflections stay as they are.

        `changes` is what judging the week changed, where it was judged before.
        """
        return self._look(week, at, history, changes, Apart(self.isolates), accepted=accepted)

    def _look(
        self, week: date, at: datetime, history: History, changes: Week, apart: Apart, *, accepted: bool
    ) -> WeekJudged:
        deals = self._deals(at, history, apart)
        panels = self._panels(deals, week, history, apart)
        if not accepted and self._stale(week, at, history):
            return WeekJudged(
                week=week,
                at=at,
                deals=deals,
                panels=panels,
                judged=(),
                too_few=(),
                changes=changes,
                held="stale_data",
                faults=apart.faults,
            )
        watches = self._watches(panels, week, apart)
        self._begin(panels, week)
        judged: dict[str, list[Judged]] = {}
        for name, panel in panels.items():
            found = apart.tried("metric", name, partial(self._judged, panel, watches))
            if found is not None:
                judged[name] = found
        if apart.failed("metric") and not judged:
            raise next(error for (part, _), error in apart.raised.items() if part == "metric")
        read = {name: panels[name] for name in judged}
        return WeekJudged(
            week=week,
            at=at,
            deals=deals,
            panels=read,
            judged=tuple(one for name in judged for one in judged[name]),
            too_few=tuple(key for panel in read.values() for key in panel.too_few),
            changes=changes,
            faults=apart.faults,
        )

    def _judged(self, panel: Panel, watches: Mapping[SeriesKey, Watch]) -> list[Judged]:
        """The panel's series in the week; once more from their beginning where what was carried on fails."""
        try:
            return self._judge.judge(panel, self.ledger.regimes, watches, self.ledger.bars)
        except FAULTS:
            self._judge.forget(panel.metric)
            if not self.isolates:
                raise
        return self._judge.judge(panel, self.ledger.regimes, watches, self.ledger.bars)

    def deals(self, at: datetime, history: History) -> pl.DataFrame:
        """The deals as known at `at`, numbered, with tier, core and segment columns."""
        return self._deals(at, history, Apart(self.isolates))

    def _deals(self, at: datetime, history: History, apart: Apart) -> pl.DataFrame:
        known = as_known(
            history.versions,
            history.accounts,
            at,
            {source.name: source.late_by for source in self.settings.sources},
            self.settings.company.timezone,
            history.lines,
        )
        return with_segments(
            self._tiered(known, at, history),
            self.settings.segments,
            pseudonyms=self.settings.privacy.owners == "pseudonyms",
            spelled=self.frozen.spelled,
            apart=apart,
        ).with_row_index(DEAL)

    def diagnose(self, seen: Seen, findings: Sequence[Finding]) -> Cause:
        """The cause of findings that belong together, from the deals around the headline's date."""
        return name_cause([move_of(finding) for finding in findings], self.facts(seen, findings[0]))

    def _diagnosed(self, seen: Seen, apart: Apart, findings: Sequence[Finding]) -> Cause | None:
        """The same; None where it fails, or where what is left out of this week would have had a say in it.

        A known cause is not named anew on less than it was named on. A new one is, as it would be of a company
        without that metric; but where no place can be looked at, one team's fall is not told from the market's.
        """
        headline, faults = findings[0].key, apart.failed("metric")
        told = {one.key for inflection in self.ledger.open() for one in inflection.findings}
        known = any(finding.key in told for finding in findings)
        if headline.metric in faults or apart.failed("segment") or (known and faults):
            return None
        return apart.tried("cause", str(headline), partial(self.diagnose, seen, findings))

    def facts(self, seen: Seen, headline: Finding) -> Facts:
        """What each family of evidence says around the headline's date."""
        regime = self.ledger.regimes.get(headline.key)
        return self.facts_since(seen, headline, regime.since if regime else None)

    def facts_since(self, seen: Seen, headline: Finding, since: date | None) -> Facts:
        """The same, against the level that the series had from `since` on (None: from the beginning)."""
        return Gatherer(
            panels=seen.panels,
            headline=headline,
            since=since,
            profile=self.settings.profile,
            events=self.settings.events,
            retiered=partial(self._retiered, seen),
            described=partial(self._described, seen),
            cut=frame_of(self.settings).cuts.get(cut_of(headline.key) or ""),
            recorded=_recorded(seen, headline),
        ).facts()

    def _retiered(self, seen: Seen, metric: str, version: ProfileVersion) -> Panel | None:
        """The metric's panel with every deal's tier by one version of the profile."""
        return self._panel(metric, with_tier(seen.deals, [version]), seen.week, seen.history)

    def _described(self, seen: Seen, metric: str) -> tuple[Panel, Panel] | None:
        """The metric's panel with every deal's tier by its account's first, and by its latest, description.

        None where no account was described anew, or where tiers are by the latest in any case.
        """
        profile, accounts = self.settings.profile, seen.history.accounts
        if not profile or profile[-1].score == "latest" or not _changed(accounts):
            return None
        known = seen.deals.drop("tier", "core")
        first = self._frozen(known, seen.at, seen.history, first_described(accounts, seen.at))
        panels = [
            self._panel(metric, deals, seen.week, seen.history)
            for deals in (first, with_tier(known, profile))
        ]
        if panels[0] is None or panels[1] is None:
            return None
        return panels[0], panels[1]

    def _tiered(self, known: pl.DataFrame, at: datetime, history: History) -> pl.DataFrame:
        """Deals with their tier; frozen at the first version known where the profile says so."""
        profile = self.settings.profile
        restated = history.restated or history.versions.height > history.versions.n_unique(
            ["source", "deal_id"]
        )
        if not profile or profile[-1].score == "latest" or not (restated or _changed(history.accounts)):
            return with_tier(known, profile)
        return self._frozen(known, at, history, history.accounts)

    def _frozen(
        self, known: pl.DataFrame, at: datetime, history: History, accounts: pl.DataFrame
    ) -> pl.DataFrame:
        """Deals with the tier that each had when it was first known, by these versions of the accounts."""
        first = as_first_known(
            history.versions,
            accounts,
            at,
            {source.name: source.late_by for source in self.settings.sources},
            self.settings.company.timezone,
        )
        frozen = with_tier(first, self.settings.profile).select("source", "deal_id", "tier", "core")
        return known.join(frozen, on=["source", "deal_id"], how="left").with_columns(
            pl.col("tier").fill_null("unknown"), pl.col("core").fill_null(False)
        )

    def panels(self, deals: pl.DataFrame, week: date, history: History) -> dict[str, Panel]:
        """The panel of each metric that can be read by the end of `week`, from the `deals` of `history`."""
        return self._panels(deals, week, history, Apart(self.isolates))

    def _panels(self, deals: pl.DataFrame, week: date, history: History, apart: Apart) -> dict[str, Panel]:
        panels = {}
        for name in self.settings.metrics:
            panel = apart.tried("metric", name, partial(self._panel, name, deals, week, history))
            if panel is not None:
                panels[name] = panel
        return panels

    def _panel(self, name: str, deals: pl.DataFrame, week: date, history: History) -> Panel | None:
        """One metric's panel; None where its first week is not over, or how long it waits is not learned yet."""
        asked = self.asked(name, deals, week, history)
        if asked is None:
            return None
        keep = self.settings.privacy.keep
        panel = build_panel(
            asked.deals,
            self.settings.metrics[name],
            frame_of(self.settings),
            first_week=asked.first_week,
            last_week=week,
            basis=asked.basis,
            past=asked.past,
            told_from=None if keep is None else week - timedelta(weeks=keep),
        )
        return panel if panel.weeks else None

    def asked(self, name: str, deals: pl.DataFrame, week: date, history: History) -> Asked | None:
        """What a metric is read from in a week; None as in `_panel`."""
        metric, learning = self.settings.metrics[name], timedelta(weeks=self.settings.attention.learning)
        kind, basis = METRICS[metric.kind], self._basis(history, metric.kind)
        first, past = self._first_of(history, basis), self._past_of(name, basis)
        if past is not None:
            first = past.first_week
        elif first is not None and history.whole_from is not None:
            first = max(first, history.whole_from)
        if first is None or first > week or (kind.needs_open and basis == "decided"):
            return None
        if kind.waits is not at_once and week < first + learning:
            return None
        wanted = of_motion(deals, metric, self.settings)
        return Asked(deals=wanted, basis=basis, first_week=first, past=past)

    def readable(self, name: str, history: History) -> bool:
        """Whether a metric can be read from these sources at all, now or later."""
        kind = METRICS[self.settings.metrics[name].kind]
        return not (kind.needs_open and self._basis(history, kind.name) == "decided")

    def _basis(self, history: History, kind: str) -> Basis:
        """Created, unless the newest creations are not in the sources yet: then they would seem to vanish.

        That is so where there are no open deals, or where open deals have no day of creation (such as exports that
        date a deal from its first step on).
        """
        if METRICS[kind].default_basis == "decided":
            return "decided"
        if self.creations is None and history.versions.height:
            dated = history.versions.filter(pl.col("outcome") == "open")["created_on"].is_not_null()
            shown = bool(len(dated)) and dated.sum() >= MOST_DATED * len(dated)
            self.creations = "created" if shown else "decided"
        return self.creations or "created"

    def _past_of(self, metric: str, basis: Basis) -> FrozenPanel | None:
        """What is frozen of a metric, if it was read as it is now."""
        past = self.frozen.panels.get(metric)
        if past is None or past.basis != basis:
            return None
        before = past.first_week + timedelta(weeks=past.weeks)
        return past if past.reading == reading_of(self.settings, metric, before) else None

    def _first_of(self, history: History, basis: Basis) -> date | None:
        if basis not in self.first_weeks:
            beginning = beginning_of(history.versions)
            if beginning is None:
                return None
            first, self.left_out = (
                beginning.week(basis, self.settings.company.week_starts),
                beginning.sentence,
            )
            if history.whole_from is not None:
                first = max(first, history.whole_from)
            self.first_weeks[basis] = first
        return self.first_weeks[basis]

    def _stale(self, week: date, at: datetime, history: History) -> bool:
        """Whether a source of deals fell silent before the end of `week`."""
        names = [source.name for source in self.settings.sources if source.role == "deals"]
        return bool(silent_sources(history.versions, names, week, at, self.settings.company.timezone))

    def _begin(self, panels: Mapping[str, Panel], week: date) -> None:
        """Give every new series a regime, and restart those that an event of the configuration restarts."""
        learning = timedelta(weeks=self.settings.attention.learning)
        for panel in panels.values():
            for series in panel.series:
                since = panel.learned_from.get(series.key, panel.weeks[0])
                known = self.ledger.regimes.get(series.key)
                if known is None or known.since < panel.weeks[0]:  # what it was learned from is gone
                    self.ledger.regimes[series.key] = Regime(
                        key=series.key, since=since, first_candidate=since + learning, why="start"
                    )
        for event in self.settings.events:
            begins = week_start(event.on, self.settings.company.week_starts)
            if event.then != "restart" or begins > week:
                continue
            for key, regime in self.ledger.regimes.items():
                if regime.since < begins and touches(event, key):
                    self.ledger.regimes[key] = Regime(
                        key=key, since=begins, first_candidate=begins + learning, why="event"
                    )

    def _watches(self, panels: Mapping[str, Panel], week: date, apart: Apart) -> dict[SeriesKey, Watch]:
        """What each series is held against in `week`: the bars it was judged by, else those of today's budget."""
        attention = self.settings.attention
        share: dict[Group, float] = {"company": attention.share.company, "segments": attention.share.segments}
        series = [one for panel in panels.values() for one in panel.series]
        kinds = {**self._unread(apart), **{one.key: one.kind for one in series}}
        carried = {key for key, kind in kinds.items() if not METRICS[kind].opens}
        keys = [key for key in kinds if key not in carried]
        parts = parts_of_budget(kinds)
        split = partial(bars, keys, share=share, parts=parts)
        alarm = split(false_alarms_per_year=attention.false_alarms_per_year)
        watch = split(false_alarms_per_year=attention.watch.false_alarms_per_year)
        strictest = max(alarm.values(), default=WEEKS_A_YEAR), max(watch.values(), default=WEEKS_A_YEAR)
        alarm |= dict.fromkeys(carried, strictest[0])  # they open nothing, and so cost nothing
        watch |= dict.fromkeys(carried, strictest[1])
        alarm = {key: self.ledger.bars.at(key, week, bar) for key, bar in alarm.items()}
        return {
            one.key: self._watch(one.key, panels[one.key.metric], alarm[one.key], watch[one.key])
            for one in series
        }

    def _unread(self, apart: Apart) -> dict[SeriesKey, str]:
        """The series that a fault leaves out of the week, with their kinds: they keep their part of the budget."""
        metrics, dimensions = apart.failed("metric"), apart.failed("segment")
        return {
            key: self.settings.metrics[metric].kind
            for metric, keys in self.watched.items()
            for key in keys
            if metric in self.settings.metrics
            and (metric in metrics or any(dimension in dimensions for dimension, _ in key.segment))
        }

    def _note_series(self, panels: Mapping[str, Panel], apart: Apart) -> None:
        """Remember which series are watched, those that a fault left out of this week included."""
        self.unread = tuple(self._unread(apart))
        for name, panel in panels.items():
            left_out = (key for key in self.unread if key.metric == name)
            self.watched[name] = (*(one.key for one in panel.series), *left_out)

    def _watch(self, key: SeriesKey, panel: Panel, bar: float, watch_bar: float) -> Watch:
        metric = self.settings.metrics[panel.metric]
        directions = self.settings.attention.directions
        wanted = directions if isinstance(directions, str) else directions.get(panel.metric, "both")
        both = wanted == "both"
        weight = EVEN_WEIGHT if lies_outside(key, metric, self.settings.profile) else HARMFUL_WEIGHT
        return Watch(
            bar=bar,
            watch_bar=watch_bar,
            harmful=panel.kind.harmful if both else ("down" if wanted == "down" else "up"),
            harmful_weight=weight if both else ONE_SIDED_WEIGHT,
            matters_if=size_in_values(metric, panel),
        )


def frame_of(settings: Settings) -> Frame:
    """The floor that all metrics of a configuration stand on."""
    company = settings.company
    return Frame(
        calendar=FiscalCalendar(
            starts=company.fiscal.starts, pattern=company.fiscal.pattern, week_starts=company.week_starts
        ),
        holidays=company.holidays,
        learning=settings.attention.learning,
        dimensions=tuple(segment.by for segment in settings.segments),
        at_most={s.by: s.at_most for s in settings.segments if s.at_most is not None},
        currency=company.currency,
        cuts=cuts_of(settings.profile),
    )


def _recorded(seen: Seen, headline: Finding) -> tuple[RecordingEvent, ...]:
    """What happened to the records by then; of a headline of tiers, also to the accounts that tiers come from."""
    deals, accounts = events_of(seen.deals), seen.history.accounts
    if headline.kind != "fit_mix" and all(name != "tier" for name, _ in headline.key.segment):
        return deals
    known = accounts.filter(~pl.col("observed") | (pl.col("known_at") <= seen.at))
    return (*deals, *rewritten(known, ["source", "account"]))


def _changed(accounts: pl.DataFrame) -> bool:
    """Whether any account has several versions."""
    return accounts.height > accounts.n_unique(["source", "account"])


def nothing_in(week: date) -> Week:
    """A week that changed nothing."""
    return Week(week=week, opened=(), followed=(), closed=(), suppressed=())


def of_motion(deals: pl.DataFrame, metric: MetricSettings, settings: Settings) -> pl.DataFrame:
    """New business only, unless the metric's `where` speaks of motions: renewals would swamp everything."""
    asked = metric.where is not None and any(c.name == "motion" for c in metric.where.conditions)
    if asked or DEFAULT_MOTION not in settings.motions:
        return deals
    return deals.filter(pl.col("motion") == DEFAULT_MOTION)


def size_in_values(metric: MetricSettings, panel: Panel) -> float:
    """`matters_if` in the unit of the series' values: points as they are, percent of relative units as logarithms."""
    size = metric.matters_if
    if panel.kind.relative:
        return float(np.log1p(size.amount))
    return size.amount if size.unit == "points" else size.amount * panel.baseline.level
