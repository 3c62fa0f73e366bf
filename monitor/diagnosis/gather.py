"""The facts around one change, gathered from the panels of a week."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from monitor.cuts import seen_at
from monitor.diagnosis.basket import Basket, basket_of
from monitor.diagnosis.dates import StepDate, step_date
from monitor.diagnosis.facts import Facts, Moved, RateFacts, VolumeFacts
from monitor.diagnosis.rates import rate_facts
from monitor.diagnosis.redefined import Redefined, redefined
from monitor.diagnosis.redescribed import Redescribed, of_tiers, redescribed
from monitor.diagnosis.relabelled import relabelled
from monitor.diagnosis.rivals import Rival, recorded_rivals, rivals_of
from monitor.diagnosis.shape import Shape, shape_since
from monitor.diagnosis.split import Estimate
from monitor.diagnosis.sums import Window
from monitor.diagnosis.volumes import volume_facts
from monitor.diagnosis.windows import window_of
from monitor.panel import Panel, as_discount, deals_of
from monitor.recording import RecordingEvent
from monitor.types import Finding, Series

if TYPE_CHECKING:
    from config.settings import Event, ProfileVersion

PRICES = ("discount", "price_realisation", "price_per_unit")
FAMILIES = ("fit_mix", "discount", "win_rate", "cycle_time")
"""Whose order in time is told."""
MOVED = 3.0
"""Ln of the Bayes factor for a step from which on a series counts as moved."""
AROUND = 39
"""Weeks before and after the change in which a family's own step is looked for."""

Retiered = Callable[[str, "ProfileVersion"], Panel | None]
"""The panel of a metric with every deal's tier by one version of the profile."""

Described = Callable[[str], tuple[Panel, Panel] | None]
"""The panels of a metric with every deal's tier by its account's first, and by its latest, description."""


def nothing_described(metric: str) -> None:
    """Of a company whose accounts are described as they always were."""
    del metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatherer:
    """What the facts are gathered from.

    since     the first week of the level that the headline left
    cut       the tiers on the better side of the cut whose share the headline is; None of another headline. They
              take the place of the core where it is asked who comes and who does not
    recorded  what happened to the records, as the deals show it
    """

    panels: Mapping[str, Panel]
    headline: Finding
    since: date | None
    profile: Sequence[ProfileVersion]
    events: Sequence[Event]
    retiered: Retiered
    described: Described = nothing_described
    cut: tuple[str, ...] | None = None
    recorded: Sequence[RecordingEvent] = ()

    def facts(self) -> Facts:
        """What each family of evidence says around the headline's date."""
        return Facts(
            win=self._rate(self._of("win_rate")),
            price=self._price(),
            fit=self._rate(self._at_the_cut(self._own)) if self.headline.kind == "fit_mix" else None,
            demand=self._demand(),
            has_profile=bool(self.profile),
            redefined=self._redefined(),
            redescribed=self._redescribed(),
            relabelled=self._relabelled(),
            rivals=self._rivals(),
            order=tuple(sorted(self._order(), key=lambda moved: moved.started_on)),
            shape=self._shape(),
            money=self._money(),
        )

    @property
    def _own(self) -> Panel | None:
        return self.panels.get(self.headline.key.metric)

    def _of(self, kind: str) -> Panel | None:
        if self._own is not None and self._own.kind.name == kind:
            return self._own
        of_kind = {name: panel for name, panel in self.panels.items() if panel.kind.name == kind}
        return of_kind.get(kind) or next(iter(of_kind.values()), None)

    def _window(self, panel: Panel) -> Window:
        since = max(self.since, panel.weeks[0]) if self.since else panel.weeks[0]
        since = max(since, panel.told_from) if panel.told_from else since
        return window_of(panel.weeks, since, self.headline.started_on, self.headline.started_between[0])

    def _price(self) -> RateFacts | None:
        """Of the discount; where it is not watched, of whatever says something of prices, as if it were one."""
        for kind in PRICES:
            panel = self._of(kind)
            if panel is not None:
                return self._rate(panel if kind == "discount" else as_discount(panel))
        return None

    def _money(self) -> Basket | None:
        panel = self._of("discount") or self._of("price_realisation")
        return basket_of(panel.observed, self._window(panel)) if panel is not None else None

    def _rate(self, panel: Panel | None) -> RateFacts | None:
        key = self.headline.key
        if panel is None or not len(panel.observed.week):
            return None
        return rate_facts(
            panel,
            self._window(panel),
            place=key.segment[0] if key.contrast else None,
            owners=not key.contrast,
            about=deals_of(panel, key) if key.segment and panel.metric == key.metric else None,
        )

    def _demand(self) -> VolumeFacts | None:
        panel = self._at_the_cut(self._of("volume") or self._of("fit_mix"))
        if panel is None or not self.profile:
            return None
        return volume_facts(panel, self._window(panel))

    def _redefined(self) -> Redefined | None:
        if self._own is None or len(self.profile) < 2:
            return None
        own = self._at_the_cut(self._own) or self._own
        return redefined(self.headline.key, own, self._window(own), self.profile, self._retiered)

    def _redescribed(self) -> Redescribed | None:
        own = self._at_the_cut(self._own)
        if own is None or not of_tiers(self.headline.key, own):
            return None
        described = self.described(own.metric)
        if described is not None and self.cut is not None:
            first, latest = (seen_at(one, self.cut) for one in described)
            described = first, latest
        return redescribed(self.headline.key, own, self._window(own), described)

    def _relabelled(self) -> Estimate | None:
        if self._own is None or self._own.kind.estimate != "count":
            return None
        return relabelled(self.headline.key, self._own, self._window(self._own))

    def _retiered(self, metric: str, version: ProfileVersion) -> Panel | None:
        return self._at_the_cut(self.retiered(metric, version))

    def _at_the_cut(self, panel: Panel | None) -> Panel | None:
        """The panel with the tiers of the cut in the place of the core, where the headline is a cut's share."""
        return panel if panel is None or self.cut is None else seen_at(panel, self.cut)

    def _rivals(self) -> tuple[Rival, ...]:
        started, posterior = self.headline.started_between, self._posterior()
        weeks = self._own.weeks if self._own else ()
        known = [event for event in self.events if event.then == "explain"]
        found = (
            *rivals_of(self.headline.key, started, posterior, weeks, known),
            *recorded_rivals(
                started,
                posterior,
                weeks,
                self.recorded,
                self.headline.deals_after,
                of_wins=self._move_of("win_rate"),
                more=self._move_of("volume"),
            ),
        )
        return tuple(sorted(found, key=lambda rival: rival.on))

    def _move_of(self, kind: str) -> float | None:
        """The move, where it is one of the company's figure of that kind."""
        of_company = self.headline.kind == kind and not self.headline.key.contrast
        return self.headline.after - self.headline.before if of_company else None

    def _posterior(self) -> StepDate | None:
        panel = self._own
        series = _series(panel, self.headline) if panel else None
        return _step(panel, series, self.since, None) if panel and series else None

    def _shape(self) -> Shape | None:
        panel = self._own
        series = _series(panel, self.headline) if panel else None
        return shape_since(series, panel, self.headline, self.since) if panel and series else None

    def _order(self) -> list[Moved]:
        """The families that moved around the change, by the company's own series."""
        found = []
        for panel in self.panels.values():
            series = next((s for s in panel.series if not s.key.segment), None)
            if panel.kind.name not in FAMILIES or series is None:
                continue
            step = _step(panel, series, self.since, self.headline.started_on)
            if step is not None and step.evidence > MOVED:
                found.append(
                    Moved(
                        metric=panel.metric,
                        kind=panel.kind.name,
                        size=step.size,
                        started_on=panel.weeks[step.best],
                        between=(panel.weeks[step.low], panel.weeks[step.high]),
                    )
                )
        return found


def _series(panel: Panel, finding: Finding) -> Series | None:
    return next((s for s in panel.series if s.key == finding.key), None)


def _step(panel: Panel, series: Series, since: date | None, around: date | None) -> StepDate | None:
    """The posterior of the step of a series since the regime began, or within AROUND weeks of a day."""
    weeks = np.arange(len(series.weeks))
    first = max((since - series.weeks[0]).days // 7, 0) if since else 0
    chosen = weeks >= first
    if around is not None:
        chosen &= np.abs(weeks - (around - series.weeks[0]).days // 7) <= AROUND
    used = weeks[chosen]
    if not len(used):
        return None
    return step_date(
        series.values[used], series.effective[used], panel.steady_terms[used], first=int(used[0])
    )
