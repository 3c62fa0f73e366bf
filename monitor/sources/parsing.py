"""One file read by contract: its parts into accepted rows, rows set aside, and a sum that adds up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeAlias

import polars as pl

from monitor.sources.contract import ROW, Accepted, Contract
from monitor.sources.file_read import MOST_OTHERS, REJECTED, FileRead, RefusedFileError
from monitor.sources.header import positions
from monitor.sources.records import Broken, Records, kept
from monitor.sources.repeats import single
from monitor.sources.rows import Rows, together

CUT_NOW = ", as if it were still being written; it is read at the next turn"
CUT_LONG_AGO = "; it was cut off, so export it again"
LONG_AGO = 600.0
"""Seconds after which a file that ends in the middle of a row is not being written any more."""
JUST_NOW = 60.0
"""Seconds within which a file without a line end at its end is taken for one that is still being written."""


LONGEST_NAME = 80


class Part(Protocol):
    """Some rows of a table, as `Records` and `Grid` have them."""

    @property
    def header(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def header_row(self) -> int: ...  # noqa: D102
    @property
    def cells(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def blank(self) -> int: ...  # noqa: D102
    @property
    def broken(self) -> tuple[Broken, ...]: ...  # noqa: D102
    @property
    def cut_off(self) -> bool: ...  # noqa: D102
    @property
    def rows_read(self) -> int: ...  # noqa: D102

    def raws(self, rows: pl.DataFrame) -> list[str]: ...  # noqa: D102


Put: TypeAlias = "Callable[[pl.DataFrame], Rows]"
"""Puts a part's accepted rows where they wait to be stored."""


@dataclass(slots=True)
class _Sums:
    rows_read: int = 0
    blank: int = 0


def read_parts(
    parts: Callable[[], Iterable[Part]],
    contract: Contract,
    *,
    name: str,
    digest: str,
    age: float,
    put: Put = Rows.of,
) -> FileRead:
    """The file `name` of hash `digest`, written `age` seconds ago, whose parts `parts()` gives.

    Raises RefusedFileError where nothing of it can be used.
    """
    sums, accepted, rejected, waiting = _Sums(), list[Accepted](), list[pl.DataFrame](), list[Rows]()
    others = dict[str, None]()
    for part in parts():
        _whole(part, age)
        at = positions(part.header, part.header_row, contract.wanted(), contract.source.format.delimiter)
        cells = part.cells.select(
            pl.col("row").alias(ROW), *(pl.col(str(place)).alias(column) for column, place in at.items())
        )
        found = contract.accept(cells)
        others |= dict.fromkeys(_others(part.header, at))
        key_at = at[contract.columns()[contract.key]]
        sums.rows_read += part.rows_read
        sums.blank += part.blank
        rejected += [_with_raw(found.rejected, part), _broken(part, key_at)]
        waiting.append(put(found.rows))
        accepted.append(replace(found, rows=pl.DataFrame()))
    rows, torn, duplicates = together(waiting), pl.DataFrame(), 0
    if contract.single:
        rows, torn, duplicates = _one_a_key(rows, contract.key, put)
    rejected.append(_torn(torn, parts))
    ignored = pl.concat([found.ignored for found in accepted])
    return FileRead(
        file=name,
        content_hash=digest,
        rows_read=sums.rows_read,
        rows=replace(rows, hidden=("row",)),
        rejected=pl.concat(rejected).sort("row"),
        duplicates=duplicates,
        ignored=ignored.len() + sums.blank,
        ignored_keys=ignored.drop_nulls(),
        messages=tuple(dict.fromkeys(message for found in accepted for message in found.messages)),
        others=tuple(others)[:MOST_OTHERS],
    )


def _others(header: Sequence[str], at: Mapping[str, int]) -> Iterator[str]:
    """The names of the columns that are not read, as they may be shown."""
    read = set(at.values())
    for place, name in enumerate(header):
        if place not in read and name and name.isprintable():
            yield name[:LONGEST_NAME]


def _whole(part: Part, age: float) -> None:
    """Raise RefusedFileError for a part that ends in the middle of a row, or may be about to go on."""
    if not isinstance(part, Records):
        return
    line = part.first + len(part.lines) - 1
    if part.cut_off:
        end = f"ends in the middle of a row{CUT_NOW if age < LONG_AGO else CUT_LONG_AGO}"
        raise RefusedFileError(end, line=line, again=True)
    if part.ends_in_a_cell and age < JUST_NOW:
        raise RefusedFileError(f"ends without a line end{CUT_NOW}", line=line, again=True)
    if part.ends_in_a_cell and (torn := _torn_word(part)) is not None:
        raise RefusedFileError(
            f"ends inside the cell '{torn[0]}', the beginning of '{torn[1]}'{CUT_LONG_AGO}",
            line=line,
            again=True,
        )


def _torn_word(part: Records) -> tuple[str, str] | None:
    """The last cell of the last row where it is nothing but the beginning of what other rows have there."""
    if part.cells.height < 2 or part.cells["row"][-1] != part.first + len(part.lines) - 1:
        return None
    column = part.cells[str(len(part.header) - 1)]
    last, others = column[-1].strip(), column.head(column.len() - 1).str.strip_chars().unique()
    if last == "" or (others == last).any():
        return None
    longer = others.filter(others.str.starts_with(last))
    few = others.len() <= max(2, column.len() // 4)  # a column of words that repeat
    return (last, longer.sort()[0]) if few and longer.len() else None


def _one_a_key(rows: Rows, key: str, put: Put) -> tuple[Rows, pl.DataFrame, int]:
    """Of the rows of all parts: one a key, the rejected ones, and how many were left out as duplicates."""
    if len(rows.frames) + len(rows.files) == 1:
        (only,) = rows.parts()
        kept, torn, duplicates = single(only, key)
        return (put(kept) if kept.height < only.height else rows), torn, duplicates
    keys = pl.concat([part[key] for part in rows.parts([key])])
    repeated = keys.filter(keys.is_duplicated()).unique()
    if repeated.is_empty():
        return rows, pl.DataFrame(), 0
    again = pl.col(key).is_in(repeated.implode())
    kept, torn, duplicates = single(pl.concat([part.filter(again) for part in rows.parts()]), key)
    apart = [put(part.filter(~again)) for part in rows.parts()]
    return together([*apart, put(kept)]), torn, duplicates


def _with_raw(rejected: pl.DataFrame, part: Part) -> pl.DataFrame:
    raw = pl.Series("raw", part.raws(rejected.select("row")), dtype=pl.String)
    return rejected.with_columns(raw).select(*REJECTED)


def _torn(torn: pl.DataFrame, parts: Callable[[], Iterable[Part]]) -> pl.DataFrame:
    """Rows that contradict one another, which may stand far apart, as they stand in the file."""
    if torn.height == 0:
        return pl.DataFrame(schema=REJECTED)
    found = [
        _with_raw(torn.filter(pl.col("row").is_in(part.cells["row"].implode())), part) for part in parts()
    ]
    return pl.concat(found)


def _broken(part: Part, key_at: int) -> pl.DataFrame:
    """Records that are no rows; the key is in its place where the row reaches so far."""

    def rows() -> Iterator[tuple[int, None, str, str, str | None, str]]:
        for each in part.broken:
            key = (each.cells[key_at].strip() or None) if key_at < len(each.cells) else None
            raw = part.raw(each.row, each.lines) if isinstance(part, Records) else ""
            yield each.row, None, str(each.reason), each.detail, key, kept(raw)

    return pl.DataFrame(list(rows()), schema=REJECTED, orient="row")


def parts_of(kind: object, path: Path, contract: Contract) -> Callable[[], Iterable[Part]]:
    """The parts of a file of a kind of source, as often as they are asked for."""
    parts: Callable[..., Iterable[Part]] = kind.parts  # type: ignore[attr-defined]
    return lambda: parts(path, contract.source.format, contract.wanted())
