"""A mail's page taken apart: elements with their attributes and styles, and the skeleton that no text may change."""

from __future__ import annotations

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import lru_cache
from html.parser import HTMLParser

from alerts import samples
from alerts.types import Email

VOID = frozenset({"meta", "img", "br", "hr", "link", "input", "base"})


def message_of(email: Email) -> EmailMessage:
    return message_from_bytes(email.content, policy=policy.default)


def page_of(email: Email) -> str:
    return message_of(email).get_body(("html",)).get_content().replace("\r\n", "\n")


def text_of(email: Email) -> str:
    return message_of(email).get_body(("plain",)).get_content().replace("\r\n", "\n")


@dataclass
class Element:
    """An element of a page: its tag, attributes, styles, the elements in it, and its own text."""

    tag: str
    attrs: dict[str, str]
    parent: Element | None
    children: list[Element] = field(default_factory=list)
    text: str = ""

    @property
    def styles(self) -> dict[str, str]:
        pairs = (one.partition(":") for one in self.attrs.get("style", "").split(";") if one.strip())
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    def up(self):
        node = self
        while node is not None:
            yield node
            node = node.parent

    def __iter__(self):
        yield self
        for child in self.children:
            yield from child


class Page(HTMLParser):
    """A parsed page. `elements` in order; `comments` and the texts of style blocks apart."""

    def __init__(self, html: str):
        super().__init__()
        self.html = html
        self.elements: list[Element] = []
        self.comments: list[str] = []
        self.unclosed: list[str] = []
        self._open: list[Element] = []
        self.feed(html)
        self.unclosed += [one.tag for one in self._open]

    def handle_starttag(self, tag, attrs):
        parent = self._open[-1] if self._open else None
        one = Element(tag=tag, attrs={name: value or "" for name, value in attrs}, parent=parent)
        self.elements.append(one)
        if parent is not None:
            parent.children.append(one)
        if tag not in VOID:
            self._open.append(one)

    def handle_endtag(self, tag):
        if self._open and self._open[-1].tag == tag:
            self._open.pop()
        else:
            self.unclosed.append(f"/{tag}")

    def handle_data(self, data):
        if self._open:
            self._open[-1].text += data

    def handle_comment(self, data):
        self.comments.append(data)

    def all(self, *tags: str) -> list[Element]:
        return [one for one in self.elements if one.tag in tags]


def skeleton(html: str) -> list[tuple[str, ...]]:
    """Tags with the names of their attributes and their classes, ends and comments, in order."""
    return Skeleton(html).shape


@lru_cache(maxsize=1)
def sample_mails() -> dict[str, Email]:
    """Every sample by its name, rendered once a process."""
    return {sample.name: sample.email for sample in samples.every()}


class Skeleton(HTMLParser):
    """The shape of a page without any of its text."""

    def __init__(self, html: str):
        super().__init__()
        self.shape: list[tuple[str, ...]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        names = sorted(f"class={value}" if name == "class" else name for name, value in attrs)
        self.shape.append((tag, *names))

    def handle_endtag(self, tag):
        self.shape.append((f"/{tag}",))

    def handle_comment(self, data):
        self.shape.append(("comment", data))
