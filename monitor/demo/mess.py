"""What real exports have and clean ones lack: labels spelt in several ways, and rows that cannot be read.

Nothing here changes what is true of the company: labels keep their meaning once case and blanks are ignored, and
every spoilt row is an extra row beside the real ones.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

ODD_LABELS = 0.01
NOT_IN_ACCOUNTS = 6
WITHOUT_SIZE = 12
OLD_VERSIONS = 12
SPOILT: Mapping[str, Mapping[str, str | None]] = {
    "won without a closing date": {"deal_stage": "Won", "close_date": None},
    "unknown stage": {"deal_stage": "Verbal commit"},
    "negative amount": {"close_value": "-4200.0"},
    "date that does not exist": {"created_on": "2025-02-30"},
}
RAGGED, REPEATED, SUPERSEDED = "ragged line", "repeated row", "older version of a deal"


def misspell(rng: np.random.Generator, deals: pl.DataFrame) -> pl.DataFrame:
    """`deals` with one label of stage and product in a hundred written with other case or stray blanks."""
    for column in ("deal_stage", "product"):
        odd = pl.Series(rng.random(deals.height) < ODD_LABELS)
        way = pl.Series(rng.integers(0, 3, deals.height))
        label = pl.col(column)
        other = (
            pl.when(way == 0)
            .then(label.str.to_uppercase())
            .when(way == 1)
            .then(pl.concat_str(label, pl.lit(" ")))
            .otherwise(label.str.to_lowercase())
        )
        deals = deals.with_columns(pl.when(odd).then(other).otherwise(label).alias(column))
    return deals


def lose_accounts(rng: np.random.Generator, accounts: pl.DataFrame, used: pl.Series) -> pl.DataFrame:
    """`accounts` without a few that deals refer to, and with a few sizes unknown."""
    seen = accounts.filter(pl.col("account").is_in(used.unique().implode()))["account"].to_numpy()
    picks = rng.choice(seen, size=NOT_IN_ACCOUNTS + WITHOUT_SIZE, replace=False).tolist()
    missing, sizeless = picks[:NOT_IN_ACCOUNTS], picks[NOT_IN_ACCOUNTS:]
    unknown = pl.col("account").is_in(sizeless)
    return accounts.filter(~pl.col("account").is_in(missing)).with_columns(
        pl.when(unknown).then(None).otherwise(pl.col("employees")).alias("employees")
    )


def spoilt_lines(rng: np.random.Generator, deals: pl.DataFrame) -> tuple[list[str], dict[str, int]]:
    """Extra CSV lines that a reader must set aside or see through, and how many there are of each fault.

    `deals` holds text, with a closing date on the first row of every closed deal.
    """
    closed = deals.filter(pl.col("close_date").is_not_null())
    models = closed.sample(len(SPOILT) + 2, seed=int(rng.integers(2**31)))
    lines: list[str] = []
    counts: dict[str, int] = {}
    for number, (fault, values) in enumerate(SPOILT.items()):
        own = {"opportunity_id": f"O-9{number:05d}", **values}
        lines += _csv(models[number].with_columns(pl.lit(v, pl.String).alias(k) for k, v in own.items()))
        counts[fault] = 1
    lines.append(_csv(models[-2])[0].rsplit(",", 2)[0])
    lines += _csv(models[-1])
    older = closed.sample(OLD_VERSIONS, seed=int(rng.integers(2**31)))
    lines += _csv(older.with_columns(**_as_it_was()))
    return lines, {**counts, RAGGED: 1, REPEATED: 1, SUPERSEDED: OLD_VERSIONS}


def mix_in(rng: np.random.Generator, lines: list[str], extra: list[str]) -> list[str]:
    """`lines` with `extra` somewhere among them."""
    places = np.sort(rng.integers(1, len(lines), len(extra)))
    merged = list(lines)
    for place, line in zip(places[::-1], extra, strict=True):
        merged.insert(int(place), line)
    return merged


def _as_it_was() -> dict[str, pl.Expr]:
    """A closed deal on the day it was created: engaging, open, modified then."""
    nothing = pl.lit(None, pl.String)
    return {
        "deal_stage": pl.lit("Engaging"),
        "close_date": nothing,
        "closed_by": nothing,
        "last_modified": pl.concat_str(pl.col("created_on"), pl.lit("T08:00:00Z")),
    }


def _csv(frame: pl.DataFrame) -> list[str]:
    return frame.write_csv(include_header=False).splitlines()
