"""One metric that fails never stops the others: what raised is written down, and the rest of the week goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import polars as pl

from monitor.errors import one_line


@dataclass(slots=True)
class Isolation:
    """The metrics of one week that raised. `on`: without it, whatever raises goes up, as a test wants it."""

    on: bool
    errors: dict[str, BaseException] = field(default_factory=dict)

    @contextmanager
    def of(self, metric: str) -> Iterator[None]:
        """Work on a metric; what it raises is kept. A panic of polars is no Exception, and is one like any other."""
        try:
            yield
        except (Exception, pl.exceptions.PanicException) as error:
            if not self.on:
                raise
            self.errors[metric] = error

    def sentences(self) -> dict[str, str]:
        """Why each metric could not be judged, by its name."""
        return {
            name: one_line(f"{type(error).__name__}: {error}")[:300] for name, error in self.errors.items()
        }

    def raise_if_all(self, left: int) -> None:
        """Where nothing is left, the week failed: raise what was raised first."""
        if self.errors and not left:
            raise next(iter(self.errors.values()))
