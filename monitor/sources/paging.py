"""What remote sources give: pages of rows as text, each with how far the source was read when it was taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

Row = Mapping[str, str | None]
"""Cells by the source's own names; None where there is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Watermark:
    """How far a source was read: everything modified before `modified_at`, and at it up to `id`.

    Both, since many rows are modified in one instant: with the instant alone, a border between two pages that
    falls among them would lose or repeat some for ever.
    """

    modified_at: datetime
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows that came together, in the order of their watermarks; `upto` is None where they are in no order."""

    rows: tuple[Row, ...]
    upto: Watermark | None


class RemoteError(Exception):
    """A remote source that does not answer as it should. `again`: whether trying later can help.

    The sentence names the place and the mend, and no secret.
    """

    def __init__(self, sentence: str, *, again: bool) -> None:
        super().__init__(sentence)
        self.again = again
