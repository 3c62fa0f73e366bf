"""Mails as files: the mail itself (.eml) and its page (.html), which opens in a browser as it is.

A file appears whole or not at all: it is written beside its place, flushed to the disk, and renamed. The name
comes from the mail, so that writing the same mail twice leaves one file.
"""

from __future__ import annotations

import base64
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from alerts import safe_text
from alerts.channels.channel import HandingOver, told_nobody
from alerts.envelope import short_hash
from alerts.types import Delivery, Email

OWNER_ONLY = 0o700


class FolderChannel:
    """Writes mails into `folder`, which is made when it is missing; nobody but the owner may read them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __repr__(self) -> str:
        return f"FolderChannel({str(self._folder)!r})"

    def deliver(
        self, emails: Iterable[Email], handing_over: HandingOver = told_nobody
    ) -> Iterator[tuple[Email, Delivery]]:
        """Write every mail; a full or closed disk defers it. Twice is once here, so `handing_over` is not told."""
        del handing_over
        for email in emails:
            yield email, self._write(email)

    def _write(self, email: Email) -> Delivery:
        try:
            self._folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
            message = message_from_bytes(email.content, policy=policy.default)
            name = file_name(email, message)
            page = standalone_page(message)
            if page is not None:
                _put(self._folder / f"{name}.html", page.encode("utf-8"))
            _put(self._folder / f"{name}.eml", email.content)
        except OSError as error:
            return Delivery(state="deferred", detail=f"{self._folder}: {error.strerror or error}")
        return Delivery(state="sent", detail=str(self._folder / f"{name}.eml"))


def file_name(email: Email, message: EmailMessage) -> str:
    """The name of a mail's files without ending: day, kind, reader, subject, and a few letters of its identity."""
    parts = [
        _day(message),
        email.kind,
        safe_text.slug(email.to.partition("@")[0], 24),
        safe_text.slug(email.subject),
        short_hash(email.message_id)[:8],
    ]
    return "-".join(parts)


def _day(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(str(message["Date"])).date().isoformat()
    except ValueError:
        return "undated"


def standalone_page(message: EmailMessage) -> str | None:
    """The page of a mail with its pictures inside; None where the mail is text alone."""
    body = message.get_body(preferencelist=("html",))
    if body is None:
        return None
    pictures = _pictures(message)
    return re.sub(
        r'src="cid:([^"]+)"', lambda found: f'src="{pictures.get(found[1], "")}"', str(body.get_content())
    )


def _pictures(message: EmailMessage) -> Mapping[str, str]:
    """Every picture of the mail as a data address, by its Content-ID."""
    return {
        str(part["Content-ID"]).strip("<> \t\r\n"): "data:image/png;base64,"
        + base64.b64encode(part.get_content()).decode("ascii")
        for part in message.walk()
        if part.get_content_type() == "image/png" and part["Content-ID"]
    }


def _put(path: Path, content: bytes) -> None:
    """Write the file whole or not at all, and wait until the disk has it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
