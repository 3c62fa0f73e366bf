"""What the data can bear: of every series its deals, what they are worth, and the batches that cost most of it.

Nothing is reckoned anew here: the weights are those of the weekly series (`monitor.panel`), counted out by batch. A
deal is charged to the kind of batch that gives it its weight, so that no deal is charged twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from detectors.effective import deal_weights
from monitor.completeness import newest_week
from monitor.observations import BoolArray, IntArray
from monitor.panel import Panel, deals_of, weights_of
from monitor.segments import PEOPLE, pseudonym
from monitor.types import FloatArray, SeriesKey
from monitor.weekly import Weekly

if TYPE_CHECKING:
    from config.settings import Settings
    from monitor.weekly import History

WORST = 5
"""Batches of a series that are named."""
LEAST_LOST = 1.0
"""Deals that a batch costs before it is worth a line."""
MOSTLY = 0.5
"""Share of a batch's deals that must have their weight from it: the others are told with theirs."""
HANDS = {"owner": "owner", "closer": "closed by", "maker": "created by", "order": "order"}
"""What makes a batch, as operations read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Deals that one hand dealt with in one go, or that are of one order.

    by         "owner", "closed by", "created by" or "order"
    who        that person, by a made-up name where the configuration asks for it, or that order
    on, span   the day, or the first day of the week
    deals      how many; `effective`, what they weigh together
    alike      the intraclass correlation that such batches had in ordinary times, 0..1
    rows       their places among the deals that were looked at
    """

    id: str
    key: SeriesKey
    by: str
    who: str
    on: date
    span: str
    deals: int
    effective: float
    alike: float
    rows: IntArray

    @property
    def when(self) -> str:
        """The day, or the week by its first day."""
        return self.on.isoformat() if self.span == "day" else f"week of {self.on.isoformat()}"

    @property
    def sentence(self) -> str:
        """The batch in a sentence, without its full stop."""
        return (
            f"{self.key}: {self.deals:,} deals, {self.by} {self.who}, {self.when}; since such deals are alike "
            f"({self.alike:.2f} of 1), they count together as {self.effective:,.1f}"
        )

    def as_dict(self) -> dict[str, Any]:
        """The batch without its rows, for JSON."""
        return {
            "id": self.id,
            "by": self.by,
            "who": self.who,
            "on": self.on,
            "span": self.span,
            "deals": self.deals,
            "effective": round(self.effective, 2),
            "alike": round(self.alike, 3),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearing:
    """What one series rests on: deals and effective deals a week, over as many newest weeks as are learned from.

    Of a segment value they are its own deals, before it is compared with the rest; `batches` are the worst of all
    weeks, by how many deals they cost.
    """

    key: SeriesKey
    weeks: int
    deals: float
    effective: float
    judged: bool
    batches: tuple[Batch, ...] = ()

    def numbers(self) -> dict[str, Any]:
        """The series without its batches, as `status` prints it in JSON: nobody's name is in it."""
        return {
            "metric": self.key.metric,
            "segment": dict(self.key.segment),
            "weeks": self.weeks,
            "deals_per_week": round(self.deals, 2),
            "effective_per_week": round(self.effective, 2),
            "judged": self.judged,
        }

    def as_dict(self) -> dict[str, Any]:
        """The series with its worst batches, as `check` and `batches` print it in JSON."""
        return {**self.numbers(), "batches": [batch.as_dict() for batch in self.batches]}


def bearings_now(
    settings: Settings, history: History, now: datetime
) -> tuple[tuple[Bearing, ...], pl.DataFrame]:
    """What every series rests on in the newest complete week, and the deals that the rows of batches are places in.

    Nothing where the history holds no complete week.
    """
    week = newest_week(settings, history.versions, now)
    if week is None:
        return (), pl.DataFrame()
    weekly = Weekly(settings=settings, isolates=True)
    deals = weekly.deals(now, history)
    return bearings(weekly.panels(deals, week, history), deals, settings), deals


def bearings(panels: Mapping[str, Panel], deals: pl.DataFrame, settings: Settings) -> tuple[Bearing, ...]:
    """What each series of `panels` rests on; `deals` are those that the panels were made of."""
    named = settings.privacy.owners == "names"
    return tuple(
        replace(one, batches=tuple(_worst(panel, one.key, deals, named=named)))
        for panel in panels.values()
        for one in _counted(panel)
    )


def counted(panels: Mapping[str, Panel]) -> tuple[Bearing, ...]:
    """What each series of `panels` rests on, without batches: numbers alone, nobody's name."""
    return tuple(one for panel in panels.values() for one in _counted(panel))


def worst(found: Sequence[Bearing], most: int) -> list[Batch]:
    """The batches that cost most over all series, each once, whatever series it shows in."""
    batches = sorted(
        (batch for one in found for batch in one.batches), key=lambda one: one.effective - one.deals
    )
    once: dict[tuple[str, str, date], Batch] = {}
    for batch in batches:
        once.setdefault((batch.by, batch.who, batch.on), batch)
    return list(once.values())[:most]


def rows_of(batch: Batch, deals: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The deals of a batch, people by made-up names where the configuration asks for them."""
    columns = (
        "deal_id",
        "source",
        "account",
        "owner",
        "creator",
        "closed_by",
        "order",
        "created_on",
        "closed_on",
    )
    rows = deals[batch.rows].select(*columns, "outcome", "amount", "currency")
    if settings.privacy.owners == "names":
        return rows
    return rows.with_columns(
        pl.col(name).map_elements(pseudonym, return_dtype=pl.String) for name in (*PEOPLE, "closed_by")
    )


def _keys(panel: Panel) -> Iterator[SeriesKey]:
    """The series of a panel that rest on deals of their own; shares of one whole rest on the whole."""
    if panel.kind.categories is not None:
        yield SeriesKey(metric=panel.metric)
        return
    for one in (*panel.series, *panel.thin):
        yield one.key


def _counted(panel: Panel) -> Iterator[Bearing]:
    newest = min(len(panel.weeks), panel.learning)
    judged = {one.key for one in panel.series}
    for key in _keys(panel):
        mask = deals_of(panel, key)
        recent = panel.observed.week[mask] >= len(panel.weeks) - newest
        yield Bearing(
            key=key,
            weeks=newest,
            deals=float(recent.sum()) / newest,
            effective=float(weights_of(panel, mask)[recent].sum()) / newest,
            judged=key in judged or panel.kind.categories is not None,
        )


def _worst(panel: Panel, key: SeriesKey, deals: pl.DataFrame, *, named: bool) -> list[Batch]:
    """The batches of a series that cost most, each with the deals that are in it."""
    mask = deals_of(panel, key)
    weights = weights_of(panel, mask)
    found: list[tuple[float, int, int]] = []
    free = weights < 1.0
    kinds = list(zip(panel.kind.clusters, panel.observed.batches, panel.baseline.alike, strict=True))
    for number, (_, batches, alike) in enumerate(kinds):
        ids = batches[mask]
        charged = free & (deal_weights([ids], [alike]) == weights)
        free &= ~charged
        if not charged.any():
            continue
        lost, bound = np.bincount(ids[charged], 1.0 - weights[charged]), np.bincount(ids[charged])
        size = np.bincount(ids, minlength=len(lost))[: len(lost)]
        told = (lost >= LEAST_LOST) & (bound >= MOSTLY * size)
        largest = np.flatnonzero(told)[np.argsort(-lost[told], kind="stable")[:WORST]]
        found += [(float(lost[batch]), number, int(batch)) for batch in largest]
    found.sort(key=lambda one: -one[0])
    return [
        _batch(panel, key, kinds[number], batch, mask, weights, deals, named=named)
        for _, number, batch in found[:WORST]
    ]


def _batch(
    panel: Panel,
    key: SeriesKey,
    kind: tuple[tuple[str, ...], IntArray, float],
    id_: int,
    mask: BoolArray,
    weights: FloatArray,
    deals: pl.DataFrame,
    *,
    named: bool,
) -> Batch:
    """The batch `id_` of one kind within a series."""
    (hand, span), batches, alike = kind
    inside = batches[mask] == id_
    rows = panel.observed.deal[mask][inside]
    one = deals[int(rows[0])]
    who = str(_hand(one, hand))
    on = (
        panel.weeks[int(panel.observed.week[mask][inside][0])]
        if span == "week"
        else one["created_on" if panel.basis == "created" else "closed_on"][0]
    )
    shown = who if named or hand == "order" else pseudonym(who)
    name = "\x1f".join((str(key), hand, span, pseudonym(who), on.isoformat()))
    return Batch(
        id=hashlib.sha256(name.encode()).hexdigest()[:10],
        key=key,
        by=HANDS[hand],
        who=shown,
        on=on,
        span="week" if span == "week" else "day",
        deals=len(rows),
        effective=float(weights[inside].sum()),
        alike=alike,
        rows=rows,
    )


def _hand(deal: pl.DataFrame, hand: str) -> str | None:
    """Whose batch a deal is of, as the panel has it."""
    first, second = {"closer": ("closed_by", "creator"), "maker": ("creator", "owner")}.get(
        hand, (hand, hand)
    )
    who: str | None = deal.select(pl.coalesce(first, second)).item()
    return who
