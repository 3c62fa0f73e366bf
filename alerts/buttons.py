"""What a reader can answer with one tap: mails with a ready subject, since a link would lead nowhere on a phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import quote

from alerts import safe_text

ANSWERS = (
    ("Act", "Act", "Who takes it on: \nLook again on: \n"),
    ("Watch", "Watch", "Look again on: \n"),
    ("We knew", "We knew", "Known since: \nBecause of: \n"),
)

LINKED = ("act", "watch", "known")
"""The same three as links name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button: what it says, where it leads (a mailto address, or a page of ours), and the subject of that mail."""

    label: str
    href: str
    subject: str

    @property
    def by_mail(self) -> bool:
        """Whether it opens a mail; else it leads to a page of ours."""
        return self.href.startswith("mailto:")


def answers(address: str, identity: str, subject: str) -> tuple[Button, ...]:
    """The three answers to an alert, to be sent to `address`."""
    return tuple(
        Button(label=label, href=mailto(address, said, body), subject=said)
        for label, word, body in ANSWERS
        for said in (safe_text.header(f"{word}: {subject} [{safe_text.slug(identity)}]"),)
    )


def linked(links: Mapping[str, str]) -> tuple[Button, ...]:
    """The three answers as pages of ours: `links` has their addresses by "act", "watch" and "known"."""
    pairs = zip(ANSWERS, LINKED, strict=True)
    return tuple(Button(label=label, href=links[name], subject=word) for (label, word, _), name in pairs)


def unsubscribe(address: str, company: str, reader: str, rhythm: str = "weekly") -> str:
    """The mailto address that asks to be taken off the digest."""
    subject = safe_text.header(f"Unsubscribe {reader} from the {rhythm} digest of {company}")
    return mailto(address, subject)


def mailto(address: str, subject: str, body: str = "") -> str:
    r"""A mailto address; everything but the address is percent-encoded.

    >>> mailto("ops@acme.example", "Act: a & b", "Who:\n")
    'mailto:ops@acme.example?subject=Act%3A%20a%20%26%20b&body=Who%3A%0D%0A'
    """
    plain = quote(parseaddr(address)[1] or address, safe="@.-_+")
    query = f"subject={quote(subject, safe='')}"
    if body:
        query += f"&body={quote(body.replace(chr(10), chr(13) + chr(10)), safe='')}"
    return f"mailto:{plain}?{query}"
