"""The JSON Schema of the configuration, for editors: schema.json is this, written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from config.settings import Settings

FILE = Path(__file__).with_name("schema.json")


class _Written(GenerateJsonSchema):
    """Leaves out the defaults that are not written as they are kept (3 days, monday): default.yaml has them all."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """The schema of a setting with a default."""
        found = super().default_schema(schema)
        default = schema.get("default")
        as_kept = default is None or isinstance(default, str | float | dict)
        if not as_kept or ("enum" in found and default not in found["enum"]):
            found.pop("default", None)
        return found


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of leftturn.yaml."""
    schema = Settings.model_json_schema(by_alias=True, mode="validation", schema_generator=_Written)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "leftturn.yaml"}


def write(file: Path = FILE) -> None:
    """Write the schema down anew, after a setting has changed."""
    file.write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")
