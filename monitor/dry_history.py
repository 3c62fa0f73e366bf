"""The history that the rows just read would make, without a store: what `leftturn check` looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from monitor.sources.line_rows import added_up
from monitor.types import INSTANT
from monitor.weekly import History
from monitor.where import ATTRIBUTE

if TYPE_CHECKING:
    from config.settings import Settings

NO_ACCOUNTS = pl.DataFrame(schema={"source": pl.String, "account": pl.String})


def dry_history(
    settings: Settings, accepted: Mapping[str, Sequence[pl.DataFrame]], now: datetime
) -> History | None:
    """Accepted rows by their source's role as versions that became known at `now`; None without a deal.

    Every attribute that the configuration names is a column of the deals, blank where no source has it.
    """
    seen = {"known_at": pl.lit(now, INSTANT), "observed": pl.lit(True)}
    if not accepted.get("deals"):
        return None
    versions = pl.concat(accepted["deals"], how="diagonal").with_columns(**seen)
    names = dict.fromkeys(f"{ATTRIBUTE}{name}" for source in settings.sources for name in source.attributes)
    lines = accepted.get("lines")
    return History(
        versions=versions.with_columns(
            pl.lit(None, pl.String).alias(name) for name in names if name not in versions.columns
        ),
        accounts=pl.concat([NO_ACCOUNTS, *accepted.get("accounts", ())], how="diagonal").with_columns(**seen),
        lines=added_up(pl.concat(lines, how="diagonal")).with_columns(**seen) if lines else None,
    )
