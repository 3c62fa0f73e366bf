"""Sizes as CRMs write them: 1,200; 51-200; 1k-5k; 10,000+; <10; 51 to 200 employees.

A range is read as its middle (the geometric mean of its ends, as sizes are spread), an open one as its one end.
"""

from __future__ import annotations

import polars as pl

BLANKS = r"[,\s\u{a0}\u{202f}']"
END = r"[$€£]?(\d+(?:\.\d+)?)([km])?"
SPAN = (
    rf"^(?:<|>|≤|≥|~|over|under|upto|morethan|lessthan|from)?{END}"
    rf"(?:(?:-|–|—|to|bis|and){END}|\+|plus|andmore|ormore|andover|andup)?"
    r"(?:employees|people|staff|fte|seats|users|mitarbeiter)?$"
)
TIMES = {"": 1.0, "k": 1e3, "m": 1e6}


def size_in(text: pl.Expr) -> pl.Expr:
    """The number, or the middle of the range, that a text says; null where it says none.

    >>> told = pl.DataFrame({"size": ["1,200", "51-200", "1k-5k", "10,000+", "< 10 people", "200-51", "some"]})
    >>> told.select(size_in(pl.col("size")).round(0)).to_series().to_list()
    [1200.0, 101.0, 2236.0, 10000.0, 10.0, None, None]
    """
    plain = text.cast(pl.String).str.replace_all(BLANKS, "")
    parts = plain.str.to_lowercase().str.extract_groups(SPAN)
    low, high = _end(parts, "1", "2"), _end(parts, "3", "4")
    middle = pl.when(high.is_null()).then(low).when(high >= low).then((low * high).sqrt())
    return pl.coalesce(plain.cast(pl.Float64, strict=False), middle)


def _end(parts: pl.Expr, figures: str, times: str) -> pl.Expr:
    factor = parts.struct.field(times).fill_null("").replace_strict(TIMES, return_dtype=pl.Float64)
    return parts.struct.field(figures).cast(pl.Float64, strict=False) * factor
