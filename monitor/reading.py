"""How a metric's weeks are read: a digest of all settings that decide it, and of nothing else.

Figures that were kept of weeks whose deals are gone can be set before new ones only where both are read alike.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING, Any

from config.resolve import plain
from monitor.setting_changes import how_read

if TYPE_CHECKING:
    from config.settings import Settings

FORMAT = 1
"""Raised when the same deals come to be read differently: what was frozen before is then of no use."""
NOT_OF_READING = ("matters_if", "verdicts")


def reading_of(settings: Settings, metric: str, before: date) -> str:
    """The digest for the weeks before `before`: a version of the profile that came later decides nothing of them."""
    every = plain(settings)
    first, *later = every["profile"] or [None]
    how: list[Any] = [
        FORMAT,
        {name: value for name, value in every["metrics"][metric].items() if name not in NOT_OF_READING},
        [first, *(version for version in later if date.fromisoformat(version["effective"]) < before)],
        every["segments"],
        every["attention"]["learning"],
        {name: value for name, value in every["company"].items() if name != "name"},
        every["privacy"]["owners"],
        [how_read(every, source["name"]) for source in every["sources"]],
    ]
    return hashlib.sha256(json.dumps(how, sort_keys=True).encode()).hexdigest()
