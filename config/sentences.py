"""Pydantic's errors as sentences at their places in the file."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic_core import ErrorDetails, ValidationError

from config.document import Loc
from config.passwords import holds_a_secret
from config.refusal import KIND, did_you_mean, kind_of
from config.section import Section

_BOUNDS = {
    "greater_than": ("gt", "must be more than {}"),
    "greater_than_equal": ("ge", "must be at least {}"),
    "less_than": ("lt", "must be less than {}"),
    "less_than_equal": ("le", "must be at most {}"),
}


def sentences(error: ValidationError, root: type[Section], start: Loc) -> Iterator[tuple[Loc, bool, str]]:
    """Place, whether the key (not its value) is meant, and the sentence of everything that is wrong.

    `root` is the model of the whole file and `start` the place of what was judged.
    """
    for detail in error.errors(include_url=False):
        loc = (*start, *(part for part in detail["loc"]))
        if detail["type"] == KIND:
            for at, said in detail["ctx"]["wrongs"]:
                yield (*loc, *at), _means_key(said), said
        elif detail["type"] == "extra_forbidden":
            yield loc, True, unknown_key(loc, keys_of(root, loc[:-1]))
        elif detail["type"] == "missing":
            yield loc, True, "is missing"
        else:
            yield loc, False, _of_pydantic(detail)


def unknown_key(loc: Loc, known: list[str]) -> str:
    """The sentence for a key that is no setting."""
    key = str(loc[-1])
    if holds_a_secret(key):
        return "secrets do not stand in this file; they come from password_env or password_file"
    return f"is no setting{did_you_mean(key, known)}"


def _means_key(said: str) -> bool:
    return said.startswith(("is not one of our names", "is no condition", "must not stand in this file"))


def _of_pydantic(detail: ErrorDetails) -> str:
    kind, given = detail["type"], detail["input"]
    if kind in _BOUNDS:
        bound, sentence = _BOUNDS[kind]
        return sentence.format(f"{detail['ctx'][bound]:g}")
    if given is None:
        return "is empty; write a value, or leave the line out"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"must be a mapping (key: value), not {kind_of(given)}"
    return f"cannot be understood: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def keys_of(root: type[Section], loc: Loc) -> list[str]:
    """The keys that may stand in the mapping at `loc`; none where any may.

    Walks the models as the place does: a field, an entry of a list, a value of a mapping.
    """
    here: Any = root
    for part in loc:
        here = _model(here)
        if isinstance(here, type) and issubclass(here, Section):
            by_key = {field.alias or name: field for name, field in here.model_fields.items()}
            if part not in by_key:
                return []
            here = by_key[str(part)].annotation
        elif get_origin(here) in (tuple, dict):
            here = [arg for arg in get_args(here) if arg is not Ellipsis][-1]
        else:
            return []
    here = _model(here)
    if not (isinstance(here, type) and issubclass(here, Section)):
        return []
    return [field.alias or name for name, field in here.model_fields.items() if name not in here.made]


def _model(annotation: Any) -> Any:
    """The annotation without its wrapping: what is not None, and not metadata."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
        else:
            return annotation
