"""Cells to deals and accounts, by contract: every cell that the configuration names is read as what it is to be.

A row that breaks a rule is set aside whole, with the first rule it breaks; a row that is no deal by configuration is
ignored before any rule is asked. Nothing is guessed: what cannot be read is never taken for something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from monitor.sources.deal_rows import read_deals
from monitor.sources.deal_rules import deal_checks
from monitor.sources.history_rows import change_checks, finished_changes, typed_changes
from monitor.sources.line_rows import finished_lines, line_checks, typed_lines
from monitor.sources.reasons import Check, Reason, says, sift
from monitor.where import ATTRIBUTE, matches

if TYPE_CHECKING:
    from config.settings import Company, Source

NOTHING = ("", "NULL", r"\N")
"""What databases export for no value; so written, it is none in every column."""
LONGEST_CELL = 65_536
LONGEST_KEY = 200
ROW = "\0row"
"""A name that no column of a file can have."""
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of a file's rows.

    rows      deals or accounts, with a column "row"
    rejected  as in REJECTED without `raw`
    ignored   what the rows are about that are no deals by configuration
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame
    ignored: pl.Series
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """How the rows of one source are read. `today` is the company's day, to tell what is too far ahead."""

    source: Source
    company: Company
    motions: Mapping[str, Sequence[str]]
    today: date

    @property
    def key(self) -> str:
        """Our name of what a row is about."""
        return "account" if self.source.role == "accounts" else "deal_id"

    @property
    def single(self) -> bool:
        """Whether there is one row a key; lines and changes of a deal are several."""
        return self.source.role in ("deals", "accounts")

    def columns(self) -> dict[str, str]:
        """Our name of every column that is read → the file's."""
        names = dict(self.source.columns)
        if self.source.role == "accounts":
            names["account"] = str(self.source.key)
        elif self.source.outcome is not None and self.source.outcome.column is not None:
            names["stage"] = self.source.outcome.column
        return names | {f"{ATTRIBUTE}{name}": column for name, column in self.source.attributes.items()}

    def wanted(self) -> Iterable[str]:
        """The file's names of all columns that are needed."""
        where = self.source.where.names() if self.source.where is not None else ()
        return dict.fromkeys([*self.columns().values(), *where])

    def accept(self, cells: pl.DataFrame) -> Accepted:
        """Read rows of cells: ROW, the line each begins on, and String columns by the file's names."""
        names = [name for name in cells.columns if name != ROW]
        tidy = cells.with_columns(_tidy(name) for name in names)
        wanted = matches(self.source.where, names) if self.source.where is not None else pl.lit(True)
        rows, ignored = tidy.filter(wanted), tidy.filter(~wanted)[self.columns()[self.key]]
        ours = [pl.col(theirs).alias(name) for name, theirs in self.columns().items()]
        text = rows.select(pl.col(ROW).alias("row"), *ours)
        sound, unsound = sift(text, list(self._cell_checks()), self.key)
        if self.source.role == "accounts":
            accepted = sound.select(pl.lit(self.source.name).alias("source"), pl.all())
            return Accepted(rows=accepted, rejected=unsound, ignored=ignored, messages=())
        if self.source.role in ("lines", "history"):
            return self._beside_deals(sound, unsound, ignored)
        deals = read_deals(sound, self.source, self.company, self.motions)
        good, bad = sift(deals.rows, list(deal_checks(deals, self.today)), self.key)
        finished = deals.finished(good)
        return Accepted(
            rows=finished,
            rejected=pl.concat([unsound, bad]),
            ignored=pl.concat([ignored.alias(self.key), deals.ignored]),
            messages=tuple(deals.messages(finished)),
        )

    def _beside_deals(self, sound: pl.DataFrame, unsound: pl.DataFrame, ignored: pl.Series) -> Accepted:
        """Lines, or changes of stage."""
        source, columns = self.source, dict(self.source.columns)
        if source.role == "lines":
            typed = typed_lines(sound, source)
            good, bad = sift(typed, list(line_checks(columns, source.format.decimal)), self.key)
            rows = finished_lines(good, source)
        else:
            typed = typed_changes(sound, source, self.company)
            good, bad = sift(typed, list(change_checks(columns, source.format.dates)), self.key)
            rows = finished_changes(good, source)
        return Accepted(rows=rows, rejected=pl.concat([unsound, bad]), ignored=ignored, messages=())

    def _cell_checks(self) -> Iterator[Check]:
        """What any cell must be, and that the row says what it is about."""
        columns = self.columns()
        yield Check(
            reason=Reason.NO_ID,
            column=columns[self.key],
            bad=pl.col(self.key).is_null(),
            detail=pl.lit("the cell is blank, so the row belongs to nothing that can be named"),
        )
        yield Check(
            reason=Reason.TOO_LONG,
            column=columns[self.key],
            bad=pl.col(self.key).str.len_chars() > LONGEST_KEY,
            detail=says(self.key, f" is longer than {LONGEST_KEY} characters and no name of anything"),
        )
        for name, theirs in columns.items():
            yield Check(
                reason=Reason.TOO_LONG,
                column=theirs,
                bad=pl.col(name).str.len_bytes() > LONGEST_CELL,
                detail=says(name, f" is longer than {LONGEST_CELL} bytes; is a quotation mark missing?"),
            )
            yield Check(
                reason=Reason.CONTROL_CHARACTER,
                column=theirs,
                bad=pl.col(name).str.contains(CONTROL),
                detail=says(name, " holds a control character; take it out where the file comes from"),
            )


def _tidy(name: str) -> pl.Expr:
    """The cell without outer blanks; null where it says nothing."""
    text = pl.col(name).str.strip_chars()
    return pl.when(~text.is_in(NOTHING)).then(text).alias(name)
