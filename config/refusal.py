"""How a setting refuses a value: a sentence with the mend, at the place inside the value that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from pydantic_core import PydanticCustomError

from config.document import Loc, Scalar

KIND = "refused"


def refuse(message: str, at: Loc = ()) -> PydanticCustomError:
    """The error to raise from a pydantic validator for one thing wrong."""
    return refuse_all([(at, message)])


def refuse_all(wrongs: Iterable[tuple[Loc, str]]) -> PydanticCustomError:
    """The same for several, each at its place below the value."""
    return PydanticCustomError(KIND, "{said}", {"said": "refused", "wrongs": list(wrongs)})


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A suggestion in brackets with a leading space, or nothing.

    >>> did_you_mean("atention", ["attention", "amount"])
    ' (did you mean attention?)'
    >>> did_you_mean("mo", ["sunday", "monday"])
    ' (did you mean monday?)'
    >>> did_you_mean("zzz", ["attention", "amount"])
    ''
    """
    by_fold = {choice.casefold(): choice for choice in choices}
    fold = word.casefold()[:80]
    begun = sorted(choice for choice in by_fold if len(fold) > 1 and choice.startswith(fold))
    near = begun[:1] or get_close_matches(fold, by_fold, n=1, cutoff=0.6)
    return f" (did you mean {by_fold[near[0]]}?)" if near else ""


def listed(words: Iterable[str]) -> str:
    """Words as a sentence lists them.

    >>> listed(["a", "b", "c"])
    'a, b or c'
    """
    *first, last = list(words) or ["nothing"]
    return f"{', '.join(first)} or {last}" if first else last


def shown(value: object) -> str:
    """A short word for a value that is of the wrong kind; long text is cut, control characters are escaped.

    >>> shown([1, 2]), shown({}), shown("5")
    ('a list', 'a mapping', '"5"')
    """
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = str(value)
    cut = text if len(text) <= 60 else text[:59] + "…"
    return '"' + repr(cut)[1:-1].replace("\\'", "'") + '"'


def kind_of(value: object) -> str:
    """What a value is, and no word of what it says: it may be a secret in the wrong place.

    >>> kind_of("smtp://me:secret@host")
    'a single value'
    """
    return "a single value" if isinstance(value, str) else shown(value)


def text_of(value: object) -> str:
    """The text of a single value. Raises the refusal of a list, a mapping or nothing."""
    if isinstance(value, str):
        return value
    if value is None:
        raise refuse('is empty; write a value, or leave the line out ("null" in quotes is text)')
    if isinstance(value, bool | int | float):  # made in code, not read from a file
        return str(value)
    raise refuse(f"must be a single value, not {shown(value)}")


def is_quoted(value: object) -> bool:
    """Whether the value was written in quotes."""
    return isinstance(value, Scalar) and value.quoted
