"""`leftturn tune`: proposals for the settings of attention, each with its price on the company's own history."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.opening import read_settings, system_clock
from monitor.commands.power import size
from monitor.show import as_json as to_json
from monitor.show import progress, say, table

if TYPE_CHECKING:
    from config import Settings
    from monitor.tune import Tried


def tune(config: Path, *, as_json: bool, quiet: bool) -> int:
    """Print what stands and what each proposal would have come to; neither the file nor the store is written."""
    from config import load
    from monitor.scratch import store_to_look_back
    from monitor.tune import tune as try_all

    settings, now = read_settings(config), system_clock()

    def load_with(overrides: Mapping[str, str]) -> Settings:
        return load(settings.path, environ=os.environ, overrides=overrides)

    with store_to_look_back(settings, now, fresh=False) as (_, history), progress(quiet=quiet) as bar:
        tried = list(try_all(settings, history, now, load_with, bar))
    if as_json:
        today, *proposals = (one.as_json() for one in tried)
        say(to_json({"today": today, "proposals": proposals}))
    else:
        show(tried)
    return 0


def show(tried: Sequence[Tried]) -> None:
    """What stands, then each proposal with what it changes."""
    today, *proposals = tried
    _show_today(today)
    for one in proposals:
        if one.proposal is None:
            continue
        say()
        say(f"--set {quoted(one.proposal.change)}")
        say(f"  {one.proposal.why}.")
        say(f"  {_mails(one)}: {_beside(one, today)}.")
        for sooner in _promises(one, today):
            say(f"  {sooner}")
    say()
    say(
        "Nothing was changed. Try one for yourself with `leftturn backtest --set ...`, then write it in the file."
    )


def quoted(change: str) -> str:
    """The option's value as a shell takes it.

    >>> quoted("attention.learning=39 weeks")
    "'attention.learning=39 weeks'"
    """
    return f"'{change}'" if any(character in change for character in " []{}") else change


def _show_today(today: Tried) -> None:
    say(
        f"As it stands: {today.false_alarms_per_year:g} false alarms a year allowed over {today.series} series; "
        f"{_mails(today)} in {today.weeks} weeks, {today.suppressed} seen and not sent."
    )
    for one in today.sent:
        place = ", ".join(one["segment"].values())
        name = f"{one['metric']} ({place})" if place else one["metric"]
        say(f"  {one['opened_on']}  {one['verdict']}  {name} {one['direction']}")
    rows = [
        (str(row.key), size(row, row.effect), _weeks(row.median_weeks), size(row, row.smallest[26]))
        for row in today.promises
    ]
    if rows:
        table(("series", "change that matters", "weeks to find it", "found in 26 weeks"), rows)


def _mails(one: Tried) -> str:
    count = len(one.sent)
    return f"{count} inflection{'' if count == 1 else 's'}"


def _beside(one: Tried, today: Tried) -> str:
    """Which mails a proposal adds or drops, by what they tell of."""
    mine, theirs = ({(s["metric"], str(s["segment"]), s["started_on"]) for s in t.sent} for t in (one, today))
    more, fewer = len(mine - theirs), len(theirs - mine)
    if not more and not fewer:
        return "the same as now"
    parts = [f"{more} not sent now" if more else "", f"{fewer} sent now are not" if fewer else ""]
    return ", ".join(part for part in parts if part)


def _promises(one: Tried, today: Tried) -> list[str]:
    """How the time to find what matters changes, for each series of the company where it does."""
    before = {row.key: row for row in today.promises}
    said = []
    for row in one.promises:
        old = before.get(row.key)
        if old is None or (old.median_weeks, old.effect) == (row.median_weeks, row.effect):
            continue
        said.append(
            f"{row.key}: {size(row, row.effect)} in {_weeks(row.median_weeks)} weeks "
            f"(now {size(old, old.effect)} in {_weeks(old.median_weeks)})"
        )
    return said


def _weeks(median: float | None) -> str:
    return "over 156" if median is None else f"{median:.0f}"
