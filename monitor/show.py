"""What a command prints: JSON for scripts and plain tables for people on stdout, progress on stderr.

rich is imported inside functions: a command that prints JSON does not pay for it.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

Progress = Callable[[str, int, int], None]
"""What is being done, how many are done, of how many."""


def as_json(value: object) -> str:
    """One JSON object; dates as ISO, money as numbers, what is not a number as null.

    >>> print(as_json({"on": date(2026, 1, 5), "share": float("nan")}))
    {"on": "2026-01-05", "share": null}
    """
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (float, Decimal)):
        number = float(value)
        return number if math.isfinite(number) else None
    if value is None or isinstance(value, (str, int)):
        return value
    return str(value)


def say(text: str = "") -> None:
    """A line of a command's result, on stdout."""
    print(text)


def note(text: str) -> None:
    """A line beside the result, on stderr: what is going on, what was written where."""
    print(text, file=sys.stderr)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
    """A small table on stdout, numbers to the right; plain text where stdout is no terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        numeric = all(isinstance(row[index], (int, float, Decimal)) or row[index] is None for row in rows)
        grid.add_column(column, justify="right" if numeric and rows else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell(value)) for value in row))  # Text: what the CRM says is no markup
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 160
    console.print(grid)


def cell(value: object) -> str:
    """A value as a reader sees it in a table.

    >>> cell(None), cell(0.31234567), cell(1200)
    ('–', '0.3123', '1,200')
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else "–"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, datetime):
        zone = " UTC" if value.tzinfo is UTC else ""  # another zone has a column of its own
        return f"{value:%Y-%m-%d %H:%M}{zone}"
    return str(value)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress | None]:
    """A progress bar on stderr while inside; none where stderr is no terminal or `quiet` was asked for."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def show(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of)

        yield show
