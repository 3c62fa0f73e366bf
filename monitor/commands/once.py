"""`leftturn once`: one tick by hand."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from monitor.commands.opening import end_of, hold_database, open_app, parse_day, read_settings, system_clock
from monitor.errors import FAILED, FOUND
from monitor.show import as_json as to_json
from monitor.show import note, progress, say, table

MOST_ROWS = 12
"""Of more rows, those without an event are left out."""
AHEAD = (
    "--as-of {day} lies in the future: what is read and sent for it counts as done, and nothing that is due before "
    "it will be done again; `leftturn digest --as-of` looks ahead without that"
)


def once(config: Path, *, as_of: str | None, as_json: bool, exit_code: bool, quiet: bool) -> int:
    """Do all that is due, now or as if the day `as_of` had just ended; return the exit code.

    1 where a part failed (the others are done all the same), 4 where something was found and `exit_code` asked.
    """
    settings = read_settings(config)
    clock = system_clock
    if as_of is not None:
        then = end_of(parse_day(as_of, "--as-of"), settings.company.timezone)

        def clock() -> Any:
            return then

        if then > system_clock():
            note(f"leftturn: {AHEAD.format(day=as_of)}")

    with hold_database(settings) as leadership, progress(quiet=quiet) as bar:
        report = asdict(open_app(settings, clock, bar, leadership).tick(clock(), named=as_of is not None))
    if as_json:
        say(to_json(report))
    else:
        _show(report)
    for failure in report.get("failed", ()):
        note(f"leftturn: {failure['period']}: {failure['message']}")
    if report.get("failed"):
        return FAILED
    found = any(week.get("opened") for week in report.get("judged", ()))
    return FOUND if exit_code and found else 0


def _show(report: dict[str, Any]) -> None:
    """One table a job, whatever its report holds."""
    for job, runs in report.items():
        rows = [run for run in runs if isinstance(run, dict)] if isinstance(runs, (list, tuple)) else []
        if rows:
            columns = list(rows[0])
            told = _eventful(rows) if len(rows) > MOST_ROWS else rows
            title = job if len(told) == len(rows) else f"{job}: {len(rows):,}, quiet ones left out"
            table(columns, [[_short(row[column]) for column in columns] for row in told], title=title)
        elif not isinstance(runs, (list, tuple)):
            say(f"{job}: {_short(runs)}")


def _eventful(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that say more than which week they are, and the newest: a history read at once is a hundred weeks."""
    key = next(iter(rows[0]))
    return [row for row in rows[:-1] if any(row[name] for name in row if name != key)] + rows[-1:]


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(item)}" for key, item in value.items())
    return ", ".join(str(item) for item in value) if isinstance(value, (list, tuple)) else value
