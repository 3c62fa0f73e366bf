"""What a source's labels mean: stages to outcomes, types to motions. Case and outer blanks make no difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from unicodedata import normalize

import polars as pl

if TYPE_CHECKING:
    from config.settings import OutcomeMap

IGNORE = "ignore"
NEW = "new"


def label(column: str) -> pl.Expr:
    """The label as it is compared."""
    return pl.col(column).str.strip_chars().str.normalize("NFKC").str.to_lowercase()


def outcome(settings: OutcomeMap) -> pl.Expr:
    """The outcome of columns `stage` and `pipeline`, "ignore" for rows that are no deals; null where none is told."""
    if settings.everything_won:
        return pl.lit("won")
    own = [
        pl.when(label("pipeline") == _label(name)).then(_class_of("stage", inner.labels()))
        for name, inner in settings.by_pipeline.items()
    ]
    return pl.coalesce(*own, _class_of("stage", settings.labels()))


def motion(motions: Mapping[str, Sequence[str]], *, told: bool) -> pl.Expr:
    """The motion of column `motion`; a label of no motion keeps its own name, in lower case.

    Without motions, or where the source tells none (`told`), every deal is new business.
    """
    if not motions or not told:
        return pl.lit(NEW)
    return pl.coalesce(_class_of("motion", motions), label("motion"))


def unmapped(deals: pl.DataFrame, motions: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many deals have a motion that is not configured, by its label."""
    other = deals.filter(~pl.col("motion").is_in(list(motions)))
    return dict(other.group_by("motion").len().sort("len", descending=True).iter_rows())


def _class_of(column: str, classes: Mapping[str, Sequence[str]]) -> pl.Expr:
    meaning = {_label(name): kind for kind, names in classes.items() for name in names}
    if not meaning:
        return pl.lit(None, pl.String)
    return label(column).replace_strict(meaning, default=None, return_dtype=pl.String)


def _label(text: str) -> str:
    """The same as `label`, of a label of the configuration."""
    return normalize("NFKC", text.strip()).lower()
