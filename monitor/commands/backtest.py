"""`leftturn backtest`: what would have been sent, on the data as they were known then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from monitor.commands.opening import open_app, parse_day, read_settings, system_clock
from monitor.errors import FOUND, UsageError
from monitor.show import as_json as to_json
from monitor.show import progress, say, table


def backtest(
    config: Path,
    *,
    start: str | None,
    end: str | None,
    changes: Sequence[str],
    as_json: bool,
    exit_code: bool,
    quiet: bool,
) -> int:
    """Replay the days from `start` to `end` with the settings changed as `changes` ("key=value") say.

    Reads the sources into a scratch store where the store lacks them; the live one is never written.
    """
    first = parse_day(start, "--from") if start else None
    last = parse_day(end, "--to") if end else None
    if first and last and last < first:
        raise UsageError(f"--to {last} lies before --from {first}")
    overrides = parse_changes(changes)
    settings = read_settings(config)
    with progress(quiet=quiet) as bar:
        result = open_app(settings, system_clock, bar).backtest(first, last, overrides)
    if as_json:
        say(to_json(result))
    else:
        show(result)
    return FOUND if exit_code and result["inflections"] else 0


def parse_changes(changes: Sequence[str]) -> dict[str, str]:
    """`--set` options by key.

    >>> parse_changes(["attention.false_alarms_per_year=2"])
    {'attention.false_alarms_per_year': '2'}
    """
    parsed = {}
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals or not key.strip():
            raise UsageError(
                f"--set {change!r}: write it as key=value, like attention.false_alarms_per_year=2"
            )
        parsed[key.strip()] = value.strip()
    return parsed


def show(result: dict[str, Any]) -> None:
    """The result as a person reads it."""
    say(
        f"{result['weeks']} weeks judged, {result['from']} to {result['to']}, {result['series']} series, "
        f"data {result['as_known']}, {result['false_alarms_per_year']:g} false alarms a year allowed."
    )
    if result.get("whole_from"):
        say(
            f"Older deals were aged out: history is whole from {result['whole_from']} on, and learned from there."
        )
    inflections = result["inflections"]
    count = f"{len(inflections)} inflection{'s' if len(inflections) != 1 else ''}."
    say(count if inflections else "No inflection: nothing would have been sent.")
    for inflection in inflections:
        _show_inflection(inflection)
    if not result["judged"]:
        say(
            "No week of these days can be judged: the history that is read holds none, or too little before them."
        )
        return
    rows = [
        (name(line), line["weeks"], line["highest_evidence"], line["bar"], line["quiet"])
        for line in sorted(result["judged"], key=_nearness, reverse=True)
    ]
    table(("series", "weeks", "highest evidence", "bar", "quiet"), rows, title="Judged")
    if result["suppressed"]:
        unsent = [
            (line["on"], name(line), line["reason"], line["started_on"], line["ended_on"])
            for line in result["suppressed"]
        ]
        table(("on", "series", "reason", "began", "ended"), unsent, title="Seen and not sent")


def _nearness(line: dict[str, Any]) -> float:
    """How near the series came to its bar: the nearest comes first."""
    return (line["highest_evidence"] or 0.0) / (line["bar"] or 1.0)


def _show_inflection(inflection: dict[str, Any]) -> None:
    low, high = inflection["started_between"]
    say()
    say(f"{inflection['id']}  {inflection['verdict']}  {inflection['direction']}")
    say(f"  decided {inflection['opened_on']}, began about {inflection['started_on']} ({low} to {high})")
    shares = {name: share for name, share in inflection["shares"].items() if share is not None}
    if shares:
        say("  " + ", ".join(f"{name} {share:+.3f}" for name, share in shares.items()))
    for finding in inflection["findings"]:
        low, high = finding["change_between"]
        say(
            f"  {name(finding)}: {finding['before']:.3f} to {finding['after']:.3f} "
            f"({low:+.3f} to {high:+.3f}), "
            f"{finding['deals_before']} and {finding['deals_after']} deals"
        )
    for word in ("ended_on", "closed_on", "retracted_on"):
        if inflection[word]:
            say(f"  {word.replace('_', ' ')} {inflection[word]}")


def name(line: dict[str, Any]) -> str:
    """A series as people read it: the metric, and the segment in brackets."""
    place = ", ".join(f"{dimension} {value}" for dimension, value in (line["segment"] or {}).items())
    return f"{line['metric']} ({place})" if place else str(line["metric"])
