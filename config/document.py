"""A YAML text as plain values, each with its place in the text.

Every scalar stays the text that was written: whether 12:30, NO, 0123 or 1e3 is a time, a country, a code or a
number is for the setting to say that reads it, never for YAML. So nothing changes its meaning unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from config.errors import ConfigError, Problem

MOST_BYTES = 256 * 1024
"""A thousand lines take 40 kB; what is larger is no configuration, and would be parsed for many seconds."""
DEEPEST = 20
"""The deepest setting lies eight levels down."""

Loc: TypeAlias = "tuple[str | int, ...]"
"""Where a value lies: keys and list positions from the top."""

Wrong: TypeAlias = "tuple[Loc, str]"
"""A place and its sentence."""


class Scalar(str):
    """A value as written; `quoted` tells "12" from 12, and "null" from null."""

    quoted: bool

    def __new__(cls, text: str, *, quoted: bool = False) -> Scalar:
        """The scalar with `text`."""
        scalar = super().__new__(cls, text)
        scalar.quoted = quoted
        return scalar


Value: TypeAlias = "Scalar | list[Value] | dict[str, Value] | None"


class Mark(NamedTuple):
    """A place in a text, counted from 1; line 0 where the text has no lines (`--set`)."""

    file: str
    line: int
    col: int


@dataclass(slots=True)
class Document:
    """The values of a text and where each of them, and each key, was written."""

    file: str
    value: Value = None
    values: dict[Loc, Mark] = field(default_factory=dict)
    keys: dict[Loc, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def known(self, loc: Loc) -> Loc:
        """The longest beginning of `loc` that was written."""
        while loc and loc not in self.values:
            loc = loc[:-1]
        return loc

    def place(self, loc: Loc, *, key: bool = False) -> Mark:
        """Where `loc` was written (its key, if asked), or else what would hold it."""
        known = self.known(loc)
        marks = self.keys if (key or known != loc) and known in self.keys else self.values
        return marks.get(known, Mark(self.file, 1, 1))

    def path(self, loc: Loc) -> str:
        """`loc` as readers write it; the sources go by their names."""
        parts: list[str] = []
        here: object = self.value
        for part in loc:
            parts.append(_name_of(here, part))
            here = _step(here, part)
        return ".".join(parts)

    def refuse(self, loc: Loc, message: str, *, key: bool = False) -> None:
        """Note a problem at `loc`."""
        mark = self.place(loc, key=key)
        self.problems.append(
            Problem(file=mark.file, line=mark.line, col=mark.col, path=self.path(loc), message=message)
        )


def _name_of(holder: object, part: str | int) -> str:
    if isinstance(part, int):
        name = _step(_step(holder, part), "name")
        return name if isinstance(name, str) and re.fullmatch(r"\w[\w-]*", name) else str(part)
    return part if re.fullmatch(r"[\w -]{1,60}", part) else repr(part[:60])


def _step(holder: object, part: str | int) -> object:
    if isinstance(holder, Mapping):
        return holder.get(part)
    if isinstance(holder, list) and isinstance(part, int) and part < len(holder):
        return holder[part]
    return None


def read_text(path: Path, name: str) -> str:
    """The text of a file. Raises ConfigError for one that cannot be a configuration."""

    def wrong(message: str, line: int = 0, col: int = 0) -> ConfigError:
        return ConfigError([Problem(file=name, line=line, col=col, path="", message=message)])

    try:
        if not path.exists():
            raise wrong("no such file; `leftturn init FILE...` writes one")
        if not path.is_file():  # a pipe or a device would be read for ever
            raise wrong("is no regular file")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise wrong(f"cannot be read: {error.strerror or 'the system refuses'}") from None
    if len(content) > MOST_BYTES:
        raise wrong(f"is larger than {MOST_BYTES // 1024} kB; this cannot be a configuration")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, col = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise wrong("is not UTF-8 text here; save the file as UTF-8", line, col) from None


def parse(text: str, file: str, *, lines: bool = True) -> Document:
    """The document in `text`. Raises ConfigError where the text is no YAML or plays a trick.

    Keys written twice are noted in `Document.problems` and the first is kept, so that the rest is judged too.
    Without `lines` (an option's value) no place is given.
    """
    document = Document(file)
    builder = _Builder(document, lines)
    try:
        _refuse_tabs(text, builder)
        builder.build(YAML(typ="rt", pure=True).parse(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, col = (mark.line, mark.column) if mark else (0, 0)
        builder.stop(line, col, _said(error))
    except ReaderError as error:
        before = text[: error.position]
        line, col = before.count("\n"), error.position - (before.rfind("\n") + 1)
        builder.stop(line, col, "a control character stands here; delete it")
    except (YAMLError, ValueError, RecursionError, AssertionError, IndexError, KeyError) as error:
        if isinstance(error, ConfigError):
            raise
        builder.stop(0, 0, "is no YAML")
    return document


def _refuse_tabs(text: str, builder: _Builder) -> None:
    for number, line in enumerate(text.split("\n")):
        tab = re.match(r" *\t", line)
        if tab and line.strip() and not line.strip().startswith("#"):
            builder.stop(number, tab.end() - 1, "a tab stands in the indentation; write spaces")


def _said(error: MarkedYAMLError) -> str:
    problem = str(error.problem or "is no YAML").split("\n")[0]
    if "mapping values are not allowed" in problem:
        return 'a second ": " stands in this line; put text that holds ": " in quotes'
    if "'%'" in problem or "'@'" in problem or "'`'" in problem:
        return 'text beginning with %, @ or ` must be put in "quotes"'
    opened = re.search("flow (sequence|mapping)", error.context or "")
    if opened and error.context_mark:
        what, bracket = ("list", "[") if opened[1] == "sequence" else ("mapping", "{")
        line = error.context_mark.line + 1
        return f'the {what} that opens with "{bracket}" in line {line} is not closed, or a comma is missing'
    if "could not find expected ':'" in problem:
        return 'a key stands alone here; write "key: value"'
    where = f" {error.context}" if error.context else ""
    return f"is no YAML{where}: {problem}"


class _Builder:
    """Turns the parser's events into values, and refuses what a configuration has no use for."""

    def __init__(self, document: Document, lines: bool) -> None:
        self.document = document
        self.lines = lines
        self.events: Iterator[Event] = iter(())

    def stop(self, line: int, col: int, message: str) -> NoReturn:
        """Raise ConfigError with this and all earlier problems; `line` and `col` count from 0."""
        mark = self._mark(line, col)
        last = Problem(file=mark.file, line=mark.line, col=mark.col, path="", message=message)
        raise ConfigError([*self.document.problems, last])

    def build(self, events: Iterator[Event]) -> None:
        self.events = events
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop_at(event, "a second document begins here; one file is one configuration")
            elif isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent | AliasEvent):
                self.document.value = self._value(event, ())

    def _mark(self, line: int, col: int) -> Mark:
        return Mark(self.document.file, line + 1, col + 1) if self.lines else Mark(self.document.file, 0, 0)

    def _stop_at(self, event: Event, message: str) -> NoReturn:
        self.stop(event.start_mark.line, event.start_mark.column, message)

    def _value(self, event: Event, loc: Loc) -> Value:
        self.document.values[loc] = self._mark(event.start_mark.line, event.start_mark.column)
        self._refuse_tricks(event, loc)
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(loc)
        return self._mapping(loc)

    def _refuse_tricks(self, event: Event, loc: Loc) -> None:
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            self._stop_at(event, "anchors (&) and aliases (*) are not used here; write the value out")
        if getattr(event, "tag", None):
            self._stop_at(event, "tags (!) are not used here; write the value alone")
        if len(loc) > DEEPEST:
            self._stop_at(event, f"is nested deeper than {DEEPEST} levels; no setting lies so deep")

    def _sequence(self, loc: Loc) -> Value:
        items: list[Value] = []
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._value(event, (*loc, len(items))))
        return items

    def _mapping(self, loc: Loc) -> Value:
        mapping: dict[str, Value] = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            here: Loc = (*loc, self._key(event, loc))
            key = str(here[-1])
            mark = self._mark(event.start_mark.line, event.start_mark.column)
            if key in mapping:
                self._refuse_twice(here, mark)
                self._skip(next(self.events), here)
                continue
            self.document.keys[here] = mark
            mapping[key] = self._value(next(self.events), here)
        return mapping

    def _key(self, event: Event, loc: Loc) -> str:
        self._refuse_tricks(event, loc)
        if not isinstance(event, ScalarEvent) or event.value == "<<":
            self._stop_at(event, "a key must be a word; lists, mappings and << are no keys")
        return str(event.value)

    def _refuse_twice(self, loc: Loc, mark: Mark) -> None:
        first = self.document.keys[loc]
        path = ".".join(str(part) for part in loc)
        before = f", first in line {first.line}" if first.line else ""
        said = f"is written twice{before}; keep one of them"
        self.document.problems.append(
            Problem(file=mark.file, line=mark.line, col=mark.col, path=path, message=said)
        )

    def _skip(self, event: Event, loc: Loc) -> None:
        """Read over a value, noting no places."""
        kept = dict(self.document.values), dict(self.document.keys)
        self._value(event, loc)
        self.document.values, self.document.keys = kept


def _scalar(event: ScalarEvent) -> Scalar | None:
    quoted = event.style is not None
    if not quoted and event.value in ("", "~", "null", "Null", "NULL"):
        return None
    return Scalar(event.value, quoted=quoted)
