"""`leftturn mail samples`: every kind of mail with every verdict, to look at before the first one is sent."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

from monitor.errors import UsageError
from monitor.show import note


def samples(out: Path, *, locale: str, timezone: str) -> int:
    """Write every sample mail as .eml, .html and .txt into `out`, and a page that leads to them.

    Raises UsageError where nobody knows the locale or the zone, OSError where `out` cannot be written.
    """
    from dataclasses import replace
    from zoneinfo import ZoneInfo

    from babel import Locale, UnknownLocaleError

    from alerts.channels.folder import standalone_page
    from alerts.samples import READER, every
    from alerts.samples.index import index_page

    try:
        Locale.parse(locale.replace("-", "_"))
        ZoneInfo(timezone)
    except (UnknownLocaleError, ValueError, KeyError, OSError) as error:
        raise UsageError(f"--locale {locale} --timezone {timezone}: {error}") from None
    shown = list(every(replace(READER, locale=locale, timezone=timezone)))
    out.mkdir(parents=True, exist_ok=True)
    for sample in shown:
        message = message_from_bytes(sample.email.content, policy=policy.default)
        text = message.get_body(preferencelist=("plain",))
        (out / f"{sample.name}.eml").write_bytes(sample.email.content)
        (out / f"{sample.name}.html").write_text(standalone_page(message) or "", encoding="utf-8")
        (out / f"{sample.name}.txt").write_text(str(text.get_content()) if text else "", encoding="utf-8")
    (out / "index.html").write_text(index_page(shown), encoding="utf-8")
    note(f"{len(shown)} mails, each as .eml, .html and .txt: open {out / 'index.html'}")
    return 0
