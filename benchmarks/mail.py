"""How long the mails take to render after import, and how large they are; `make bench-mail`."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes, policy

from alerts import charts, samples
from alerts.render import render_alert, render_digest
from alerts.types import Email, Reason

COMMON = {"sender": samples.SENDER, "reply_to": samples.REPLY_TO, "now": samples.NOW}
ROUNDS = 7


def alert_mail() -> Email:
    """An alert with three charts."""
    shift = samples.alerts()["market_shift"]
    third = samples.alerts()["focus_drift"].charts[0]
    told = samples.told(shift, Reason.CLARIFIED)
    told = replace(told, charts=(*told.charts, third))
    return render_alert(told, Reason.OPENED, samples.READER, sequence=1, opening_id=None, **COMMON)


def digest_mail() -> Email:
    """A digest with twelve charts."""
    return render_digest(samples.full_digest(), samples.READER, **COMMON)


def measured(make: Callable[[], Email]) -> tuple[float, float, float]:
    """Seconds of the first render, which loads what draws; the median afresh; the median with charts kept."""
    times = []
    for _ in range(ROUNDS):
        charts.png.cache_clear()
        start = time.perf_counter()
        make()
        times.append(time.perf_counter() - start)
    start = time.perf_counter()
    for _ in range(ROUNDS):
        make()
    return times[0], statistics.median(times[1:]), (time.perf_counter() - start) / ROUNDS


def sizes(email: Email) -> tuple[int, int, int]:
    """Bytes of the page, of the whole mail, and the count of pictures."""
    message = message_from_bytes(email.content, policy=policy.default)
    page = message.get_body(("html",))
    pictures = sum(part.get_content_type() == "image/png" for part in message.walk())
    return len(page.get_content().encode()) if page else 0, len(email.content), pictures


def main() -> None:
    """Print the table."""
    print("mail                       charts   first   afresh  again    page kB  mail kB")
    for name, make in (("alert with 3 charts", alert_mail), ("digest with 12 charts", digest_mail)):
        first, fresh, kept = measured(make)
        page, whole, pictures = sizes(make())
        row = f"{name:<26} {pictures:>6}  {first:5.2f} s  {fresh:5.2f} s {kept:5.3f} s"
        print(f"{row}  {page / 1000:7.1f}  {whole / 1000:7.1f}")
    every = [sizes(sample.email) for sample in samples.every()]
    page, whole, pictures = (max(one) for one in zip(*every, strict=True))
    print(
        f"of {len(every)} sample mails the largest page has {page / 1000:.1f} kB, "
        f"the largest mail {whole / 1000:.1f} kB, the most pictures {pictures}"
    )


if __name__ == "__main__":
    main()
