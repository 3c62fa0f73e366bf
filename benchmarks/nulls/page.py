"""From lived nulls to a page: false alarms a year with their limits, LeftTurn's beside the naive chart's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import chi2

from benchmarks.nulls.lived import Lived
from benchmarks.nulls.naive import WEEKS_A_YEAR
from benchmarks.nulls.scenarios import NULLS

LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Events over years, with the exact Poisson limits (95 % both sides) of the events a year.

    >>> one = Rate(events=0, years=10.0)
    >>> one.low, round(one.high, 2)
    (0.0, 0.37)
    """

    events: int
    years: float

    @property
    def low(self) -> float:
        """The lower limit, events a year."""
        return float(chi2.ppf((1 - LEVEL) / 2, 2 * self.events)) / 2 / self.years if self.events else 0.0

    @property
    def high(self) -> float:
        """The upper limit, events a year."""
        return float(chi2.ppf((1 + LEVEL) / 2, 2 * self.events + 2)) / 2 / self.years

    def __str__(self) -> str:
        return f"{self.events / self.years:.2f} ({self.low:.2f} to {self.high:.2f})"


def told(lived: Sequence[Lived]) -> Rate:
    """What leadership would have been mailed about."""
    return Rate(events=sum(one.told for one in lived), years=sum(one.weeks for one in lived) / WEEKS_A_YEAR)


def opened(lived: Sequence[Lived]) -> Rate:
    """The same with what only operations are told: recording, and blips."""
    return Rate(
        events=sum(len(one.opened) for one in lived), years=sum(one.weeks for one in lived) / WEEKS_A_YEAR
    )


def naive(lived: Sequence[Lived]) -> Rate:
    """The naive chart's alarms."""
    return Rate(
        events=sum(one.naive for one in lived), years=sum(one.naive_weeks for one in lived) / WEEKS_A_YEAR
    )


def word(lived: Sequence[Lived], budget: float) -> str:
    """Whether the budget is kept, as far as this many years can say."""
    rate = opened(lived)
    if rate.high <= budget:
        return "**kept**"
    if rate.low > budget:
        return "*not kept*"
    return (
        "below, too few years to say" if rate.events / rate.years <= budget else "above, too few years to say"
    )


def page(found: Mapping[str, Sequence[Lived]], command: str, full: str, seeds: str, budget: float) -> str:
    """The whole page, Markdown."""
    return "\n".join(_page(found, command, full, seeds, budget)) + "\n"


def _page(
    found: Mapping[str, Sequence[Lived]], command: str, full: str, seeds: str, budget: float
) -> Iterator[str]:
    yield "# Companies to which nothing happens"
    yield ""
    yield (
        f"Printed by `{command}` (full size: `{full}`): simulated companies of which nothing changes but how deals "
        f"come, close and are recorded, seeds {seeds}, each lived through week by week in the ordinary rooms with "
        f"four metrics, two dimensions and a budget of {budget:g} false alarms a year, spent on some thirty series. "
        f"Where a history was read at once, the weeks before anything could alarm, a series or several together, are "
        f"read in one pass; they open nothing."
    )
    yield ""
    yield (
        "The naive chart watches one series, raw, at the same nominal budget: each week's share against that of the "
        "first 26 weeks by a binomial test, weeks in a row counted once. Alarms a year, with exact 95 % Poisson "
        'limits; "to leadership" leaves out what goes to operations alone (recording, and blips). The budget is '
        "**kept** where the upper limit of what was opened is below it, and *not kept* where the lower one is above."
    )
    yield ""
    names = (
        "null",
        "what happens",
        "companies",
        "years",
        "opened a year",
        "to leadership",
        "budget",
        "naive a year",
    )
    yield f"| {' | '.join(names)} | naive / nominal |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, lived in found.items():
        raw = naive(lived)
        yield (
            f"| `{name}` | {NULLS[name].says} | {len(lived)} | {opened(lived).years:.1f} | {opened(lived)} | "
            f"{told(lived)} | {word(lived, budget)} | {raw} | {raw.events / raw.years / budget:.0f} x |"
        )
    everything = [one for lived in found.values() for one in lived]
    yield (
        f"| all | | {len(everything)} | {opened(everything).years:.1f} | {opened(everything)} | {told(everything)} | "
        f"{word(everything, budget)} | {naive(everything)} | |"
    )
    yield ""
    yield "What was opened, and how often:"
    yield ""
    kinds = Counter(
        (name, one.rpartition(", ")[0])
        for name, lived in found.items()
        for each in lived
        for one in each.opened
    )
    yield from (f"- `{name}`: {what}, {count}" for (name, what), count in sorted(kinds.items()))
    if not kinds:
        yield "- nothing"
