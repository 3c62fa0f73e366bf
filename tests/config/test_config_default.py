"""default.yaml and schema.json say what the code does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

import config
from config.document import parse, read_text
from config.load import judge
from config.section import Section

HERE = Path(__file__).parent
ROOM = Path(config.__file__).parent
DEFAULT = ROOM / "default.yaml"
MINIMAL = """
company: {name: Acme Robotics, timezone: America/Los_Angeles, currency: USD}
sources:
  - name: crm
    path: data/deals*.csv
    columns: {deal_id: opportunity_id, account: account, owner: sales_agent, created_at: engage_date,
      closed_at: close_date, amount: close_value, list_amount: list_price}
    attributes: {region: office, industry: sector, employees: employees}
    outcome: {column: deal_stage, won: [Won], lost: [Lost], open: [Prospecting, Engaging]}
profile:
  - {effective: 2026-01-01, criteria: [{name: Right industry, where: {industry: [software, finance]}}]}
people: [{email: ceo@acme.example}]
"""


def load_text(text: str) -> config.Settings:
    return judge(parse(text, "leftturn.yaml"), Path("/srv/leftturn.yaml"), {})


def test_every_default_written_is_the_default_that_holds():
    assert load_text(read_text(DEFAULT, "default.yaml")) == load_text(MINIMAL)


def _missing(model: Section, written: Any, path: str = "") -> list[str]:
    lines: list[str] = []
    for name, field in type(model).model_fields.items():
        key = field.alias or name
        if name in model.made or key in ("verdicts",):
            continue
        if not isinstance(written, dict) or key not in written:
            lines.append(f"{path}{key}")
            continue
        value = getattr(model, name)
        pairs = [(value, written[key])]
        if isinstance(value, tuple) and isinstance(written[key], list):
            pairs = list(zip(value, written[key], strict=True))
        for inner, inner_written in pairs:
            if isinstance(inner, Section):
                lines += _missing(inner, inner_written, f"{path}{key}.")
    return lines


def test_every_setting_stands_in_the_defaults():
    settings, document = load_text(read_text(DEFAULT, "default.yaml")), parse(DEFAULT.read_text("utf-8"), "d")
    assert _missing(settings, document.value) == []


def test_the_schema_file_is_what_the_function_gives():
    written = json.loads((ROOM / "schema.json").read_text("utf-8"))
    assert written == config.json_schema(), "write it anew: python -c 'import config.schema as s; s.write()'"


def _as_editors_see(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _as_editors_see(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_editors_see(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


@pytest.mark.parametrize("path", [DEFAULT, HERE / "right" / "full.yaml", HERE / "right" / "pipelines.yaml"])
def test_the_schema_accepts_what_the_loader_accepts(path):
    written = _as_editors_see(YAML(typ="safe", pure=True).load(path.read_text("utf-8")))
    jsonschema.Draft202012Validator(config.json_schema()).validate(written)


@pytest.mark.parametrize(
    "change",
    [
        {"atention": {}},
        {"attention": {"false_alarm_per_year": 1}},
        {"attention": {"false_alarms_per_year": 0}},
        {"attention": {"false_alarms_per_year": 53}},
        {"segments": [{"by": "region", "at_most": 0}]},
        {"sources": [{"name": "x", "path": "p", "columns": {"dealid": "id"}}]},
        {"metrics": {"volume": {"kind": "volumes"}}},
        {"mail": {"smtp": {"host": "h", "password": "x"}}},
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(change):
    written = _as_editors_see(YAML(typ="safe", pure=True).load(MINIMAL))
    validator = jsonschema.Draft202012Validator(config.json_schema())
    validator.validate(written)
    assert not validator.is_valid({**written, **change})


def _with_default(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [found for inner in schema for found in _with_default(inner)]
    if not isinstance(schema, dict):
        return []
    here = [schema] if "default" in schema else []
    return here + [found for inner in schema.values() for found in _with_default(inner)]


def test_every_default_of_the_schema_may_be_written():
    schema = config.json_schema()
    defaults = _with_default(schema["$defs"]) + _with_default(schema["properties"])
    assert len(defaults) > 20
    for found in defaults:
        jsonschema.Draft202012Validator({**found, "$defs": schema["$defs"]}).validate(found["default"])
