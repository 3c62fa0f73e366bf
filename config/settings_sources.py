"""Where deals come from: a source, how its files are written, which column is what, what its stages mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic.json_schema import SkipJsonSchema

from config.kinds import OneOf, Span, Text
from config.passwords import found_by_the_loader, kept_outside
from config.places import Encoding, Zone
from config.refusal import did_you_mean, refuse, refuse_all, shown, text_of
from config.section import Listing, Or, Section
from config.settings_crm import CrmLogin
from config.where import RowWhere

COLUMNS = (
    "deal_id",
    "order",
    "modified_at",
    "account",
    "owner",
    "creator",
    "closed_by",
    "created_at",
    "qualified_at",
    "closed_at",
    "amount",
    "list_amount",
    "discount",
    "quantity",
    "term_months",
    "currency",
    "pipeline",
    "motion",
    "channel",
    "competitor",
    "loss_reason",
    "deleted",
)
"""Our names for what a deal has; a source maps its own to them."""
LINE_COLUMNS = ("deal_id", "amount", "list_amount", "discount", "quantity")
"""What a line of a deal or an order has; deal_id is the deal or the order it is of."""
HISTORY_COLUMNS = ("deal_id", "stage", "changed_at")
"""What a change of a deal's stage has: the stage it came to, and when."""
ALL_COLUMNS = tuple(dict.fromkeys((*COLUMNS, *HISTORY_COLUMNS)))


def _date_format(text: str) -> str:
    named = ("iso", "month_first", "day_first")
    if text in named:
        return text
    parts = (r"%[Yy]", r"%[mbB]", r"%d")
    if "%" in text and all(re.search(part, text) for part in parts):
        return text
    raise refuse(
        f"{shown(text)} is no way to write dates; write iso, month_first, day_first or a pattern such as %d.%m.%Y"
        f"{did_you_mean(text, named)}"
    )


def _delimiter(value: object) -> str:
    text = str(text_of(value))
    text = {"tab": "\t", "\\t": "\t"}.get(text, text)
    if len(text) != 1 or text.isalnum() or text in "\r\n\"'":
        raise refuse(f'must be one character such as "," or ";", or the word tab, not {shown(text)}')
    return text


def _columns(value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise refuse(f"must be a mapping of our names to the file's, such as deal_id: Id, not {shown(value)}")
    wrongs = [
        (
            (str(name),),
            f"is not one of our names{did_you_mean(str(name), ALL_COLUMNS)}; other columns are `attributes`",
        )
        for name in value
        if name not in ALL_COLUMNS
    ]
    if wrongs:
        raise refuse_all(wrongs)
    return value


def _outcome(value: Any) -> Any:
    if isinstance(value, Mapping | OutcomeMap):
        return value
    if isinstance(value, str) and value == "won":
        return {}
    raise refuse(f"must be a mapping of column, won, lost …, or `outcome: won`, not {shown(value)}")


_ADDRESS = kept_outside("url, or url_env: NAME")


class FileFormat(Section):
    """How the text of a file is to be read."""

    encoding: Encoding = "utf-8"
    delimiter: Annotated[str, BeforeValidator(_delimiter)] = ","
    decimal: Annotated[Literal[".", ","], OneOf()] = "."
    dates: Annotated[Text, AfterValidator(_date_format)] = "iso"
    discounts: Annotated[Literal["share", "percent"], OneOf()] = "share"
    timezone: Zone = "UTC"
    sheet: Text | None = None
    header: Annotated[int, Field(ge=1)] | None = None
    footer: Annotated[int, Field(ge=0)] = 0


class OutcomeMap(Section):
    """What the labels of the stage column mean. Labels are compared without regard to case and outer blanks."""

    column: Text | None = None
    won: Listing[Text] = ()
    lost: Listing[Text] = ()
    no_decision: Listing[Text] = ()
    disqualified: Listing[Text] = ()
    open: Listing[Text] = ()
    ignore: Listing[Text] = ()
    by_pipeline: dict[Text, OutcomeMap] = Field(default={})

    @property
    def everything_won(self) -> bool:
        """Whether every row is a won deal (`outcome: won`)."""
        return self.column is None and not self.won and not self.by_pipeline

    def labels(self) -> dict[str, tuple[str, ...]]:
        """The labels of each class."""
        classes = ("won", "lost", "no_decision", "disqualified", "open", "ignore")
        return {name: getattr(self, name) for name in classes}


Outcome = Annotated[
    OutcomeMap,
    BeforeValidator(_outcome),
    Or({"const": "won"}),
]


class Source(Section):
    """One place that deals, or what belongs to them, are read from.

    path                      of files; `url` or `url_env`, and `query` or `table`, of a database
    login, object, api        of a CRM: how to log in, what its deals are called, which version of its interface
    address                   the URL of the database, found by the loader, since it may hold a password
    """

    made = frozenset({"address"})

    name: Text
    role: Annotated[Literal["deals", "accounts", "lines", "history"], OneOf()] = "deals"
    type: Annotated[Literal["csv", "parquet", "excel", "sql", "salesforce", "hubspot"], OneOf()] = "csv"
    path: Text | None = None
    url: Text | None = None
    url_env: Text | None = None
    query: Text | None = None
    table: Text | None = None
    login: CrmLogin | None = None
    object: Text | None = None
    api: Text | None = None
    contains: Annotated[Literal["everything", "changes"], OneOf()] = "everything"
    every: Span = timedelta(days=1)
    late_by: Span = timedelta(days=3)
    revises: Span = timedelta(days=35)
    format: FileFormat = FileFormat()
    where: RowWhere | None = None
    columns: Annotated[dict[str, Text], BeforeValidator(_columns)] = Field(
        default={}, json_schema_extra={"propertyNames": {"enum": list(ALL_COLUMNS)}}
    )
    attributes: dict[Text, Text] = Field(default={})
    key: Text | None = None
    outcome: Outcome | None = None
    address: SkipJsonSchema[Annotated[SecretStr | None, _ADDRESS]] = found_by_the_loader()
