"""Which columns are attributes: those left over that have few kinds of values, or are numbers of an account."""

from __future__ import annotations

import re

from monitor.first_config.columns import plain
from monitor.first_config.files import Table
from monitor.first_config.outcomes import snake
from monitor.first_config.values import are_dates, are_numbers, kinds

DATES = ("modified_at", "created_at", "qualified_at", "closed_at")
NUMBERS = ("amount", "list_amount", "discount", "quantity", "term_months")
OURS = {
    *DATES,
    *NUMBERS,
    "deal_id",
    "order",
    "account",
    "owner",
    "creator",
    "closed_by",
    "currency",
    "pipeline",
} | {
    *("motion", "channel", "competitor", "loss_reason", "deleted", "created_on", "qualified_on", "closed_on"),
    *("tier", "core", "outcome", "stage", "source"),
}
MOST_KINDS = 60
NO_QUANTITY = re.compile(r"(id|key|number|code|phone|fax|zip|postcode|postalcode)$")


def attributes_of(table: Table, taken: set[str], prefix: str) -> dict[str, str]:
    """Columns left over that have few kinds of values, or are numbers of an account."""
    found: dict[str, str] = {}
    for column in table.columns:
        if column in taken or are_dates(table, column):
            continue
        few = 2 <= kinds(table, column) <= min(MOST_KINDS, max(2, table.frame.height // 2))
        number = prefix == "account" and are_numbers(table, column) and not NO_QUANTITY.search(plain(column))
        if not (few or number):
            continue
        name = snake(column)
        found.setdefault(f"{prefix}_{name}" if name in OURS else name, column)
    return found
