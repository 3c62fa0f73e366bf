"""`leftturn power`: the detection promise at this company's own volume."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.opening import read_settings, system_clock
from monitor.show import as_json as to_json
from monitor.show import note, say, table

if TYPE_CHECKING:
    from monitor.power import PowerRow


def power(config: Path, *, as_json: bool, quiet: bool) -> int:
    """Print what each series promises. The live store is looked at where it holds every source, and never written."""
    from monitor.power import power_now
    from monitor.scratch import store_to_look_back

    settings, now = read_settings(config), system_clock()
    with store_to_look_back(settings, now, fresh=False) as (_, history):
        rows, seen = power_now(settings, history, now)
    if as_json:
        say(to_json({"rows": [row.as_json() for row in rows]}))
    else:
        show(rows)
    kept_out = [(name, panel.kept_out) for name, panel in seen.panels.items() if panel.kept_out and not quiet]
    for name, counts in kept_out:
        note(
            f"{name}: " + ", ".join(f"{count} deals {why}" for why, count in counts.items()) + " are kept out"
        )
    if seen.too_few and not quiet:
        note(f"too few deals to be judged: {', '.join(str(key) for key in seen.too_few)}")
    return 0


def show(rows: list[PowerRow]) -> None:
    """The rows as a table, rates in points."""
    if not rows:
        say("No series has enough deals to be judged.")
        return
    weeks = tuple(rows[0].smallest)
    say(
        "Weeks of changed data until half of such changes are found, in the harmful direction; then the smallest"
    )
    say(f"change of which half are found within {', '.join(map(str, weeks[:-1]))} and {weeks[-1]} weeks.")
    table(
        ("series", "deals a week", "change", "weeks", *(f"in {one}" for one in weeks)),
        [
            (
                str(row.key),
                row.deals_per_week,
                size(row, row.effect),
                "over 156" if row.median_weeks is None else f"{row.median_weeks:.0f}",
                *(size(row, row.smallest[one]) for one in weeks),
            )
            for row in rows
        ],
    )


def size(row: PowerRow, value: float | None) -> str | None:
    """A size as people read it: points of a rate, percent of a count or an amount."""
    from monitor.types import RELATIVE

    if value is None:
        return None
    return f"{100 * value:.0f} %" if row.unit in RELATIVE else f"{100 * value:.1f} points"
