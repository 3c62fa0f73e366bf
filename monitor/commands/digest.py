"""`leftturn digest`: the weekly digest shown or written, not sent."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

from monitor.commands.opening import end_of, open_app, parse_day, read_settings, system_clock
from monitor.errors import UsageError
from monitor.show import note, say
from monitor.whole_file import write_whole

PARTS = {".html": "html", ".htm": "html", ".txt": "plain"}


def digest(config: Path, *, as_of: str | None, out: Path | None) -> int:
    """Render the digest as of the end of `as_of` (default now) and show its text, or write it to `out`."""
    settings = read_settings(config)
    now = system_clock()
    if as_of is not None:
        now = end_of(parse_day(as_of, "--as-of"), settings.company.timezone)
    mail = open_app(settings, lambda: now).digest_mail(now=now)
    if out is None:
        say(part(mail.content, "plain"))
        return 0
    write(mail.content, out)
    note(f"digest written to {out}")
    return 0


def write(content: bytes, out: Path) -> None:
    """Write a mail to a file: whole as .eml, its page as .html, its text as .txt."""
    suffix = out.suffix.lower()
    if suffix == ".eml":
        write_whole(out, content, option="--out")
    elif suffix in PARTS:
        write_whole(out, part(content, PARTS[suffix]).encode("utf-8"), option="--out")
    else:
        raise UsageError(f"--out {out}: end it in .eml, .html or .txt")


def part(content: bytes, kind: str) -> str:
    """The text of a mail's "plain" or "html" part; pictures of the page stay behind in the mail."""
    message = message_from_bytes(content, policy=policy.default)
    body = message.get_body(preferencelist=(kind,))
    return str(body.get_content()) if body is not None else ""
