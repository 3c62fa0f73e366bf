"""Tables in Markdown, and the figures in them."""

from __future__ import annotations

from dataclasses import dataclass, field

Row = tuple[str, ...]
MISSED = "MISSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A title, a head, rows of as many cells, and a sentence or two on how to read them."""

    title: str
    head: Row
    rows: list[Row] = field(default_factory=list)
    note: str = ""

    @property
    def markdown(self) -> str:
        """The table with its columns aligned, for reading as it is."""
        table = [self.head, *self.rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(self.head))]
        lines = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
            for row in table
        ]
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        note = f"{self.note}\n\n" if self.note else ""
        return f"## {self.title}\n\n{note}" + "\n".join(lines) + "\n"

    @property
    def missed(self) -> list[str]:
        """A line for each cell that says so: what its row and column are."""
        return [
            f"- {self.title.lower()}: {row[0]}, {row[1]}: {self.head[column]}"
            for row in self.rows
            for column, cell in enumerate(row)
            if MISSED in cell
        ]

    def count(self, word: str) -> int:
        """How many cells begin with `word`."""
        return sum(cell.startswith(word) for row in self.rows for cell in row)
