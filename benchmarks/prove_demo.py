"""Whether the product finds what the demo plants, and nothing else: `make prove-demo`.

Every seed is another company of the same kind, with a focus drift that recovers and a market shift. Each is
written as its CRM would export it, read by the ordinary source into a store of its own, and replayed week by week
as known then.
The targets are printed beside the figures; the run fails where one is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config import load
from monitor.backtest import backtest
from monitor.demo.export import CONFIGURATION, write_company
from monitor.demo.score import Found, Score, score
from monitor.scratch import store_to_look_back

DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One seed's score, and for how many years anything could have alarmed."""

    seed: int
    score: Score
    years: float


def judge(seed: int) -> Company:
    """Write the company of `seed`, read it, replay it, and score what was found."""
    with tempfile.TemporaryDirectory(prefix="leftturn-") as folder:
        planted = write_company(Path(folder), seed=seed)
        settings = load(Path(folder) / CONFIGURATION, environ={})
        end = planted.last_day + timedelta(days=14)
        now = datetime(end.year, end.month, end.day, 12, tzinfo=UTC)
        with store_to_look_back(settings, now, fresh=True) as (_, history):
            result = backtest(settings, history, start=None, end=end)
        years = (result.days[-1] - result.days[0]).days / DAYS_A_YEAR
        return Company(seed=seed, score=score(planted.changes, result.inflections()), years=years)


def poisson_limit(expected: float) -> int:
    """The largest count that a Poisson number with this mean exceeds in less than 5 % of cases."""
    from scipy.stats import poisson

    return int(poisson.ppf(0.95, expected))


def line(company: Company) -> str:
    """One company as a line of the table."""
    cells = [f"{company.seed:4d}"]
    for one in company.score.found:
        if one.inflection is None:
            cells.append(f"{'not found':<41}")
        else:
            dated = "dated" if one.dated else "not dated"
            cells.append(f"{one.weeks:3d} weeks  {one.inflection.cause.verdict:<15} {dated:<13}")
    further = ", ".join(f"{i.cause.verdict} ({i.headline.key}, {i.opened_on})" for i in company.score.further)
    return "  ".join(cells) + (further or "-")


def targets(companies: list[Company], budget: float) -> list[tuple[str, int, str, bool]]:
    """Each figure with its target and whether it is met."""
    drifts: list[Found] = [company.score.found[0] for company in companies]
    shifts: list[Found] = [company.score.found[1] for company in companies]
    count = len(companies)
    most = poisson_limit(budget * sum(company.years for company in companies))
    further = sum(len(company.score.further) for company in companies)

    def least(share: float) -> int:
        return round(share * count)

    found = sum(one.inflection is not None for one in shifts)
    dated = sum(one.dated for one in shifts)
    named = sum(one.rightly_named for one in shifts)
    drift = sum(one.inflection is not None for one in drifts)
    wrong = sum(
        one.inflection is not None and one.inflection.cause.verdict == "market_shift" for one in drifts
    )
    return [
        ("market shift found", found, f"all {count}", found == count),
        ("its start inside the stated interval", dated, f"at least {least(0.8)}", dated >= least(0.8)),
        ("its verdict right", named, f"at least {least(0.9)}", named >= least(0.9)),
        ("focus drift found", drift, f"at least {least(0.9)}", drift >= least(0.9)),
        ("focus drift called a market shift", wrong, "none", wrong == 0),
        ("further inflections", further, f"at most {most}", further <= most),
    ]


def main() -> int:
    """Print the table and the figures; 1 where a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="0-19", help="first-last (default 0-19)")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    print(f"{'seed':>4}  {'focus drift':<41}  {'market shift':<41}further")
    companies = []
    with ProcessPoolExecutor(options.workers) as pool:
        for company in pool.map(judge, seeds):
            companies.append(company)
            print(line(company), flush=True)
    print()
    figures = targets(companies, budget=0.5)
    for name, figure, target, met in figures:
        print(
            f"{name:<40} {figure:3d} of {len(companies)}   target {target:<14} {'met' if met else 'MISSED'}"
        )
    return 0 if all(met for *_, met in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
