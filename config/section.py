"""What every section of the configuration has in common: frozen, no unknown keys, no nan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from config.refusal import refuse, shown


class Section(BaseModel):
    """A mapping of the configuration; its attributes are its keys."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,  # what is written may be a secret in the wrong place
        validate_default=False,
        serialize_by_alias=True,
    )
    made: ClassVar[frozenset[str]] = frozenset()
    """Attributes that the loader makes and nobody may write."""


def _listing(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return value
    example = f"[{value}]" if isinstance(value, str) and len(value) <= 30 else "[a, b]"
    if isinstance(value, Mapping):
        example = 'each entry begins with "- "'
    raise refuse(f"must be a list ({example}), not {shown(value)}")


def _one_or_more(value: Any) -> Any:
    if isinstance(_listing(value), list | tuple) and not value:
        raise refuse("is an empty list; write at least one entry")
    return value


@dataclass(frozen=True, slots=True, eq=False)  # a dict has no hash, and Annotated wants one
class Or:
    """Beside an annotation's own JSON Schema, another that the loader takes as well."""

    short: dict[str, Any]

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The two in one."""
        return {"anyOf": [self.short, handler(schema)]}


T = TypeVar("T")
Listing = Annotated[tuple[T, ...], BeforeValidator(_listing)]
"""A list; a single value is refused with the mend."""
OneOrMore = Annotated[tuple[T, ...], BeforeValidator(_one_or_more)]
"""A list that must not be empty."""
