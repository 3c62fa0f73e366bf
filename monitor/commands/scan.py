"""`leftturn scan FILE.csv`: the change points of any time,value[,n] table."""

from __future__ import annotations

from pathlib import Path

from monitor.commands.series_file import SeriesTable, read_series
from monitor.errors import FOUND
from monitor.show import as_json as to_json
from monitor.show import say, table


def scan(file: Path, *, as_json: bool, exit_code: bool) -> int:
    """Print the change points of the table in `file`; return the exit code. Raises TableError."""
    series = read_series(file)

    import numpy as np

    from detectors import segment

    counts = None if series.counts is None else np.array(series.counts)
    points = [
        {
            "index": point.index,
            "at": series.times[point.index],
            "between": [series.times[point.low], series.times[point.high]],
            "before": point.before,
            "after": point.after,
        }
        for point in segment(np.array(series.values), counts)
    ]
    if as_json:
        say(to_json({"change_points": points}))
    else:
        _show(series, points)
    return FOUND if exit_code and points else 0


def _show(series: SeriesTable, points: list[dict[str, object]]) -> None:
    if not points:
        say(f"No change in {len(series.times)} periods from {series.times[0]} to {series.times[-1]}.")
        return
    rows = [
        (point["at"], " to ".join(series_times(point["between"])), point["before"], point["after"])
        for point in points
    ]
    table(("changed at", "90 % between", "before", "after"), rows)


def series_times(between: object) -> tuple[str, str]:
    """The two ends of an interval, as written in the file."""
    low, high = between if isinstance(between, list) else (between, between)
    return str(low), str(high)
