"""The outer side of a mail: headers, parts, identity. What comes out is bytes that never change again.

`email.policy.SMTP` folds a long References or List-Unsubscribe into encoded words that no mail program reads, so
lines stay whole (up to 998 characters, RFC 5322). Only names and subjects outside ASCII are folded, as an encoded
word may not be longer than 75 (RFC 2047). Both texts go out quoted-printable: the mail is plain ASCII on the wire.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.header import Header
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, parseaddr
from zoneinfo import ZoneInfo

from alerts import safe_text

LONG_LINES = SMTP.clone(max_line_length=998)
WORDED = frozenset({"subject", "from", "to", "reply-to"})
LANGUAGE = "en"
LINK = re.compile(r"(?:https?|mailto):[!#-;=?-~]{1,900}")
"""An address that stands in a header as it is: visible ASCII, without quotes and the signs around it."""


class _Policy(EmailPolicy):
    """Long lines, and words outside ASCII encoded here: the library's own folding loses blanks between them."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() not in WORDED or str(value).isascii():
            return str(LONG_LINES.fold(name, value))
        return f"{name}: {_encoded(name, value)}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii", "surrogateescape")


def _encoded(name: str, value: str) -> str:
    """The value of a header with words outside ASCII: a subject whole, of mailboxes the names."""
    if not isinstance(value, AddressHeader):
        return _words(str(value), len(name) + 2)
    return ", ".join(
        f"{_words(one.display_name, len(name) + 2)} <{one.addr_spec}>" if one.display_name else one.addr_spec
        for one in value.addresses
    )


def _words(text: str, taken: int) -> str:
    """`text` as encoded words of at most 75 characters, on lines of their own (RFC 2047)."""
    return Header(text, "utf-8").encode(splitchars="", maxlinelen=76 - taken, linesep="\r\n")


WIRE = _Policy(max_line_length=998, linesep="\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who writes to whom about what.

    opening_id     the Message-ID of the reader's first mail about this, for later ones
    unsubscribe    a mailto address, for mails that come by the calendar
    leave_at       a page that does the same by one click (RFC 8058)
    """

    message_id: str
    sender: str
    to: str
    to_name: str | None
    reply_to: str | None
    subject: str
    now: datetime
    timezone: str
    opening_id: str | None = None
    unsubscribe: str | None = None
    leave_at: str | None = None


def message_id(sender: str, *parts: str, reader: str) -> str:
    """The Message-ID of a mail: the same parts and reader give the same one, in the domain of the sender.

    >>> message_id("LeftTurn <l@acme.example>", "20260413-win-rate-3fa2b1", "1", reader="ceo@acme.example")
    '<20260413-win-rate-3fa2b1.1.addc049fce@acme.example>'
    """
    who = hashlib.sha256(reader.casefold().encode("utf-8", "replace")).hexdigest()[:10]
    return f"<{'.'.join(safe_text.slug(part, 64) for part in parts)}.{who}@{domain_of(sender)}>"


def short_hash(*parts: str) -> str:
    """A short name for a text of any length."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:12]


def domain_of(sender: str) -> str:
    """The domain of the sender's address; "localhost" where there is none."""
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"


def address_of(sender: str) -> str:
    """The bare address of "LeftTurn <leftturn@acme.example>"."""
    return parseaddr(sender)[1] or sender


def compose(envelope: Envelope, text: str, html: str | None, pictures: Mapping[str, bytes]) -> bytes:
    """The whole mail: text alone, or text and page as alternatives, the page with its PNG `pictures` by name."""
    message = EmailMessage(policy=WIRE)
    _head(message, envelope)
    message.set_content(text, cte="quoted-printable")
    if html is not None:
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        page = message.get_body(preferencelist=("html",))
        if page is not None:
            _attach(page, pictures, domain_of(envelope.sender))
    message["Content-Language"] = LANGUAGE  # last: a multipart gives its Content headers to its first part
    _fix_boundaries(message, envelope.message_id)
    return message.as_bytes(policy=WIRE)


def content_id(name: str, sender: str) -> str:
    """The Content-ID of the picture `name`, as a page refers to it behind "cid:"."""
    return f"{name}@{domain_of(sender)}"


def _head(message: EmailMessage, envelope: Envelope) -> None:
    message["From"] = _mailbox(parseaddr(envelope.sender)[0], address_of(envelope.sender))
    message["To"] = _mailbox(envelope.to_name or "", envelope.to)
    if envelope.reply_to:
        message["Reply-To"] = _mailbox(*parseaddr(envelope.reply_to))
    message["Subject"] = safe_text.header(envelope.subject)
    message["Date"] = format_datetime(envelope.now.astimezone(_zone(envelope.timezone)))
    message["Message-ID"] = envelope.message_id
    if envelope.opening_id and envelope.opening_id != envelope.message_id:
        opening = safe_text.header(envelope.opening_id, 900)
        message["In-Reply-To"] = opening
        message["References"] = opening
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    ways = [way for way in (envelope.leave_at, envelope.unsubscribe) if way and LINK.fullmatch(way)]
    if ways:
        message["List-Unsubscribe"] = ", ".join(f"<{way}>" for way in ways)
    if envelope.leave_at in ways:
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _mailbox(name: str, address: str) -> Address | str:
    """One mailbox; the bare address where the name or the address is of a kind the library does not take."""
    plain = safe_text.header(name, 60)
    try:
        return Address(display_name=plain, addr_spec=address)
    except (ValueError, IndexError, TypeError):
        return safe_text.header(address, 320)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return UTC


def _attach(page: MIMEPart, pictures: Mapping[str, bytes], domain: str) -> None:
    for name, png in pictures.items():
        page.add_related(
            png, "image", "png", cid=f"<{name}@{domain}>", disposition="inline", filename=f"{name}.png"
        )


def _fix_boundaries(message: EmailMessage, identity: str) -> None:
    """Boundaries made of the mail's identity: the same mail rendered twice is the same bytes."""
    for place, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{short_hash(identity, str(place))}")
