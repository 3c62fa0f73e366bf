"""From a view to the two texts of a mail, by the templates of the house or the operators' own.

An operator's template is a program of somebody else's: it runs in a sandbox, sees the view and the colours and
nothing else, cannot switch the escaping off, and writes at most a megabyte. It is read once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from alerts import colours

if TYPE_CHECKING:
    from css_inline import CSSInliner
    from jinja2 import Environment, Template

Kind = Literal["alert", "digest", "operations", "roll_up"]
KINDS: tuple[Kind, ...] = ("alert", "digest", "operations")
MOST_CHARACTERS = 1_000_000


class TemplateTooLongError(Exception):
    """A template wrote more than a mail may hold."""


def pages(
    kind: Kind, view: Any, sources: Mapping[str, str], templates: Path | None = None
) -> tuple[str, str]:
    """The plain text and the page of a view, styles written into every element.

    `sources` are the addresses of the pictures by their name; `templates` is the operators' folder, whose files
    stand in for ours of the same name. Raises whatever a template raises.
    """
    html, text = environments(templates)
    page = _whole(html.get_template(f"{kind}.html.j2"), view=view, sources=sources)
    plain = _whole(text.get_template(f"{kind}.txt.j2"), view=view)
    return plain, _inliner().inline(page)


def _whole(template: Template, **given: Any) -> str:
    """What the template writes. Raises TemplateTooLongError, as soon as it is too much."""
    return "".join(_bounded(template.generate(**given)))


def _bounded(pieces: Iterable[str]) -> Iterable[str]:
    written = 0
    for piece in pieces:
        written += len(piece)
        if written > MOST_CHARACTERS:
            raise TemplateTooLongError(f"a mail of more than {MOST_CHARACTERS:,} characters")
        yield piece


@lru_cache(maxsize=8)
def environments(templates: Path | None = None) -> tuple[Environment, Environment]:
    """For pages, where everything is escaped, and for plain text, where nothing must be."""
    from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    house = PackageLoader("alerts")
    loader = house if templates is None else ChoiceLoader([FileSystemLoader(templates), house])
    common: dict[str, Any] = {
        "loader": loader,
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "auto_reload": False,
    }
    html = ImmutableSandboxedEnvironment(autoescape=True, **common)
    html.globals.update(colours=colours)
    text = ImmutableSandboxedEnvironment(autoescape=False, **common)  # plain text: nothing is markup there
    for environment in (html, text):
        del environment.filters["safe"]
    return html, text


@lru_cache(maxsize=1)
def _inliner() -> CSSInliner:
    """Writes styles into elements, loads nothing; the block for the dark scheme stays a block."""
    from css_inline import CSSInliner

    return CSSInliner(
        load_remote_stylesheets=False, keep_style_tags=False, apply_width_attributes=False, minify_css=True
    )
