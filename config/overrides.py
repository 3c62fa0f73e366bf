"""Single settings given beside the file, as `--set attention.learning="30 weeks"`."""

from __future__ import annotations

from collections.abc import Mapping

from config.document import Document, Loc, Mark, Value, parse
from config.errors import ConfigError, Problem
from config.refusal import shown


def override(document: Document, overrides: Mapping[str, str]) -> None:
    """Put each value in its place in `document`; what is wrong is noted there, named after the option."""
    for key, text in overrides.items():
        try:
            _set(document, key, parse(text, f"--set {key}", lines=False))
        except ConfigError as error:
            document.problems.extend(error.problems)


def _set(document: Document, key: str, given: Document) -> None:
    loc, holder = _holder(document, key)
    last = loc[-1]
    if isinstance(holder, list) and isinstance(last, int):
        holder[last] = given.value
    elif isinstance(holder, dict):
        holder[str(last)] = given.value
    document.problems.extend(given.problems)
    _forget(document, loc)
    for below, mark in given.values.items():
        document.values[(*loc, *below)] = mark
    for below, mark in given.keys.items():
        document.keys[(*loc, *below)] = mark
    document.values.setdefault(loc, Mark(given.file, 0, 0))  # an empty text has no value to be marked
    document.keys[loc] = Mark(given.file, 0, 0)


def _holder(document: Document, key: str) -> tuple[Loc, Value]:
    """The place that `key` names and what holds it; mappings on the way are made where there are none."""
    if document.value is None:
        document.value = {}
    here: Value = document.value
    loc: Loc = ()
    *way, last = key.split(".")
    for part in way:
        step = _step(here, part, key)
        loc = (*loc, step)
        if isinstance(here, dict) and here.get(str(step)) is None:
            here[str(step)] = {}
            document.values[loc] = Mark(f"--set {key}", 0, 0)
        here = here[step]  # type: ignore[index, assignment]
    return (*loc, _step(here, last, key)), here


def _step(here: Value, part: str, key: str) -> str | int:
    if isinstance(here, dict) and part:
        return part
    if isinstance(here, list):
        if part.isdecimal() and int(part) < len(here):
            return int(part)
        names = [item.get("name") if isinstance(item, dict) else None for item in here]
        if part in names:
            return names.index(part)  # type: ignore[arg-type]
    message = f"{shown(part)} leads nowhere; write the keys from the top, joined by dots"
    raise ConfigError([Problem(file=f"--set {key}", line=0, col=0, path="", message=message)])


def _forget(document: Document, loc: Loc) -> None:
    for marks in (document.values, document.keys):
        for known in [known for known in marks if known[: len(loc)] == loc]:
            del marks[known]
