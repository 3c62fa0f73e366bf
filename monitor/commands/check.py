"""`leftturn check`: is everything as it should be, before the daemon is let loose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.commands.batches import show_bearing
from monitor.commands.next_runs import next_runs
from monitor.commands.opening import read_settings, system_clock
from monitor.errors import FAILED
from monitor.show import as_json as to_json
from monitor.show import note, say, table

if TYPE_CHECKING:
    from monitor.checkup import Checkup


def check(config: Path, *, as_json: bool, quiet: bool) -> int:
    """Examine configuration, sources and mail; 1 where a problem was found. Raises ConfigError with them all."""
    from monitor.checkup import as_dict, examine
    from monitor.mail_probe import probe

    settings = read_settings(config)
    now = system_clock()
    checkup = examine(settings, probe, now)
    upcoming = next_runs(settings, now)
    if as_json:
        say(to_json({**as_dict(checkup), "next": upcoming}))
    else:
        _show(checkup, upcoming, quiet=quiet)
    return FAILED if checkup.problems else 0


def _show(checkup: Checkup, upcoming: list[dict[str, Any]], *, quiet: bool) -> None:
    if not quiet:
        _show_files(checkup)
        _show_quarters(checkup)
        _show_tiers(checkup)
        show_bearing(checkup.bearing)
        for lateness in checkup.lateness:
            say(f"{lateness.sentence}.")
        _show_cohorts(checkup)
        if checkup.left_out:
            say(f"{checkup.left_out}.")
        if checkup.whole_from:
            say(f"{checkup.whole_from}.")
        say(f"Mail: {checkup.mail}.")
        table(("job", "for", "due at", "zone"), [list(line.values()) for line in upcoming], title="Next runs")
        for warning in checkup.warnings:
            say(f"Note: {warning}.")
    for problem in checkup.problems:
        note(problem)
    count = len(checkup.problems)
    say(f"{count} problem{'s' if count != 1 else ''} found." if count else "No problem found.")


def _show_files(checkup: Checkup) -> None:
    rows = [
        (
            each.source,
            Path(each.file).name,
            each.rows_read,
            each.accepted,
            each.quarantined,
            each.duplicates,
            each.ignored,
        )
        for each in checkup.files
    ]
    columns = ("source", "file", "rows read", "accepted", "set aside", "duplicates", "ignored")
    table(columns, rows, title="Sources")
    for each in checkup.files:
        for message in each.messages:
            say(f"{Path(each.file).name}: {message}")


def _show_quarters(checkup: Checkup) -> None:
    if checkup.quarters:
        rows = [
            (each.quarter, each.won, None if each.amount is None else f"{each.amount:,.2f}", each.currency)
            for each in checkup.quarters
        ]
        table(
            ("quarter", "won deals", "amount", "currency"),
            rows,
            title="Won, to compare with the CRM's own report",
        )


def _show_cohorts(checkup: Checkup) -> None:
    if checkup.cohorts:
        weeks = checkup.cohorts[0].weeks
        rows = [
            (
                each.quarter,
                each.deals,
                each.still_open,
                _share(each.so_far),
                _share(each.won) or "too young",
                "{:.0%} to {:.0%}".format(*each.between) if each.between else None,
                _share(each.lost),
                _share(each.no_decision),
            )
            for each in checkup.cohorts
        ]
        by = f"by {weeks} weeks"
        columns = (
            "created in",
            "deals",
            "open",
            "won of decided",
            f"won {by}",
            "90 %",
            f"lost {by}",
            "no decision",
        )
        table(columns, rows, title="Win rate by quarter of creation, open deals counted as open")


def _share(share: float | None) -> str | None:
    return None if share is None else f"{share:.0%}"


def _show_tiers(checkup: Checkup) -> None:
    if checkup.tiers:
        total = sum(each.deals for each in checkup.tiers)
        rows = [
            (
                each.tier,
                each.deals,
                f"{each.deals / total:.0%}" if total else None,
                each.decided,
                f"{each.won / each.decided:.0%}" if each.decided else None,
            )
            for each in checkup.tiers
        ]
        table(("tier", "deals", "of all", "decided", "won of decided"), rows, title="Profile")
