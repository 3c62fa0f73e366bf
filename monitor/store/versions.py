"""Of several versions, the newest."""

from __future__ import annotations

import polars as pl


def newest(versions: pl.DataFrame, key: str) -> pl.DataFrame:
    """One version of each key of a source: the newest observed, else the newest assumed."""
    if not versions.select("source", key).is_duplicated().any():
        return versions  # the usual case of a replay, and ten times as fast
    return versions.sort("observed", "known_at", maintain_order=True).unique(
        ["source", key], keep="last", maintain_order=True
    )
