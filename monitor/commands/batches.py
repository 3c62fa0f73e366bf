"""`leftturn batches`: what each series rests on, the batches that cost most of it, and the deals of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.opening import read_settings, system_clock
from monitor.errors import UsageError
from monitor.show import as_json as to_json
from monitor.show import say, table

if TYPE_CHECKING:
    import polars as pl

    from config import Settings
    from monitor.batches import Bearing

MOST = 5
"""Batches shown; JSON has those of every series."""


def batches(config: Path, id_: str | None, *, as_json: bool) -> int:
    """Print deals and effective deals of each series with the worst batches, or the deals of the batch `id_`.

    The live store is looked at where it holds every source, and never written. Raises UsageError for a batch that
    is not known.
    """
    from monitor.batches import bearings_now
    from monitor.scratch import store_to_look_back

    settings, now = read_settings(config), system_clock()
    with store_to_look_back(settings, now, fresh=False) as (_, history):
        found, deals = bearings_now(settings, history, now)
    if id_ is not None:
        _one(settings, found, deals, id_, as_json=as_json)
    elif as_json:
        say(to_json({"bearing": [one.as_dict() for one in found]}))
    else:
        show_bearing(found)
        if not found:
            say("There is no complete week of deals yet.")
    return 0


def _one(
    settings: Settings, found: Sequence[Bearing], deals: pl.DataFrame, id_: str, *, as_json: bool
) -> None:
    from monitor.batches import rows_of

    batch = next((batch for one in found for batch in one.batches if batch.id == id_), None)
    if batch is None:
        raise UsageError(f"{id_}: no batch of that name is among the worst; `leftturn batches` lists them")
    rows = rows_of(batch, deals, settings).to_dicts()
    if as_json:
        say(to_json({**batch.as_dict(), "series": str(batch.key), "rows": rows}))
        return
    say(f"{batch.sentence}.")
    kept = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    table([name.replace("_", " ") for name in kept], [[row[name] for name in kept] for row in rows])


def show_bearing(found: Sequence[Bearing]) -> None:
    """What each series rests on, and the worst batches; nothing where nothing can be said."""
    from monitor.batches import worst

    if not found:
        return
    rows = [
        (
            str(one.key),
            round(one.deals, 1),
            round(one.effective, 1),
            _worth(one),
        )
        for one in found
    ]
    table(("series", "deals a week", "effective", "worth"), rows, title="What the data can bear")
    named = worst(found, MOST)
    if named:
        columns = ("batch", "series", "by", "who", "in", "deals", "weigh together")
        lines = [
            (one.id, str(one.key), one.by, one.who, one.when, one.deals, round(one.effective, 1))
            for one in named
        ]
        table(
            columns, lines, title="Batches that count for less than they hold (deals: leftturn batches BATCH)"
        )


def _worth(one: Bearing) -> str | None:
    share = f"{one.effective / one.deals:.0%}" if one.deals else None
    if one.judged:
        return share
    return f"{share}, too few to be judged" if share else "too few to be judged"
