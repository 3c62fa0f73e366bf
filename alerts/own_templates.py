"""Whether the operators' own templates can be used: looked over, and tried with every sample before the first mail.

A folder holds files named as ours are (`alert.html.j2`, ...), which stand in for them; what it does not hold is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from alerts import safe_text
from alerts.pages import environments, pages

if TYPE_CHECKING:
    from alerts.samples.views import SampleView

LARGEST = 200_000
"""Bytes of a template."""
CLIPPED = 100_000
"""Bytes of a page from which on Gmail shows only a part of it."""
FETCHES = re.compile(
    r"(?i)\b(?:src|background|poster|data)\s*=\s*[\"']?\s*(?!cid:)[a-z]*:?//|url\s*\(|<(?:script|iframe|link|form)\b"
)


def problems_of(folder: Path) -> list[str]:
    """What is wrong with the templates of a folder, a sentence each, naming the file and, where known, the line."""
    if not folder.is_dir():
        return [f"{folder} is no folder"]
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    looked = [problem for path in files for problem in _looked_over(path, folder)]
    return looked or list(_tried(folder))


def ours() -> set[str]:
    """The names of the built-in templates."""
    return {
        one.name for one in (resources.files("alerts") / "templates").iterdir() if one.name.endswith(".j2")
    }


def _looked_over(path: Path, folder: Path) -> Iterator[str]:
    name = str(path.relative_to(folder))
    if name not in ours():
        near = get_close_matches(name, ours(), n=1)
        hint = f" (did you mean {near[0]}?)" if near else f"; known are {', '.join(sorted(ours()))}"
        yield f"{path}: no template has this name{hint}"
        return
    if path.stat().st_size > LARGEST:
        yield f"{path}: is larger than {LARGEST:,} bytes"
        return
    yield from _read(path, name)


def _read(path: Path, name: str) -> Iterator[str]:
    """Whether it is a template, and one that leaves the escaping on."""
    from jinja2 import TemplateSyntaxError, nodes

    html, text = environments()
    environment = html if name.endswith(".html.j2") else text
    try:
        tree = environment.parse(path.read_text(encoding="utf-8"), name)
    except TemplateSyntaxError as error:
        yield f"{path}:{error.lineno}: {safe_text.clean(error.message or 'is no template')}"
        return
    except (OSError, UnicodeDecodeError):
        yield f"{path}: cannot be read as UTF-8 text"
        return
    for node in tree.find_all((nodes.ScopedEvalContextModifier, nodes.EvalContextModifier)):
        yield f"{path}:{node.lineno}: autoescape cannot be switched off: names come from outside"
    for found in tree.find_all(nodes.Filter):
        if found.name == "safe":
            yield f"{path}:{found.lineno}: the filter safe is not known here: names come from outside"


def _tried(folder: Path) -> Iterator[str]:
    """Every sample, rendered with the folder's templates: the first failure of each kind of mail."""
    from alerts.samples.views import every_view

    environments.cache_clear()  # the folder may hold other files than when it was last looked at
    failed: set[str] = set()
    for sample in every_view():
        problem = "" if sample.kind in failed else _trial(sample, folder)
        if problem:
            failed.add(sample.kind)
            yield f"{folder}: {sample.kind}, sample {sample.name}: {problem}"


def _trial(sample: SampleView, folder: Path) -> str:
    """What is wrong with one sample in the folder's templates; nothing where it comes out."""
    try:
        plain, page = pages(sample.kind, sample.view, sample.sources, folder)
    except Exception as error:  # whatever a template raises
        return f"{_where(error)}{type(error).__name__}: {safe_text.clean(error)}"
    if not plain.strip():
        return "the plain text is empty"
    if found := FETCHES.search(page):
        return f"{safe_text.clean(found[0])} would fetch something; a mail fetches nothing"
    if len(page.encode()) > CLIPPED:
        return f"the page has {len(page.encode()):,} bytes; Gmail cuts what is over {CLIPPED:,}"
    return ""


def _where(error: Exception) -> str:
    """The template and line an error comes from, where it comes from one."""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith(".j2"):
            place = f"{Path(file).name}:{trace.tb_lineno}: "
        trace = trace.tb_next
    return place
