"""A sound file of a few deals, hit at random; and how many rows somebody else sees in it."""

from __future__ import annotations

import csv
import io
import random

from source_files import HEADER

PIECES = (
    "", ",", '"', '""', "\n", "\r\n", "\r", "\0", "\t", " ", "\u00a0", "\u2028", "é", "€", "😀", "\ufeff", "NULL",
    "nan", "1e400", "-", "(", ")", "%", "$", "EUR", "2026-02-30", "99999-01-01", "0000-00-00", "24:00", "Won",
    "TEST", "\x1b", "\x85", "=1+1", "'", "\\", "A" * 300, "1" * 50, "+14:00", "T", "Z",
)  # fmt: skip


def csv_storm(rng: random.Random) -> bytes:
    """A sound file of a few deals, hit at random places with random pieces, cuts and swaps."""
    rows = [
        (
            str(n % 17),
            rng.choice(("2026-02-11T08:00:00Z", "2026-02-12", "")),
            rng.choice(("Acme", "Zeta, Inc.", "NA", "")),
            rng.choice(("2026-01-05", "2026-01-05T23:30:00-05:00", "")),
            rng.choice(("2026-02-10", "")),
            rng.choice(("1200", "1,200.50", "-3", "")),
            rng.choice(("EUR", "usd", "", "???")),
            rng.choice(("New", "Other")),
            rng.choice(("Won", "Lost", "Open", "Test", "won ")),
            rng.choice(("Berlin", "two\nlines", 'a "quoted" word')),
        )
        for n in range(rng.randrange(1, 25))
    ]
    out = io.StringIO(newline="")
    quoting, end = rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)), rng.choice(("\n", "\r\n"))
    writer = csv.writer(out, quoting=quoting, lineterminator=end)
    writer.writerows([HEADER, *rows])
    text = out.getvalue()
    for _ in range(rng.choice((0, 1, 1, 3, 12))):
        place = rng.randrange(len(text) + 1)
        cut = rng.choice((0, 0, 0, 1, 5))
        text = text[:place] + rng.choice(PIECES) + text[place + cut :]
    content = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.1:
        place = rng.randrange(len(content) + 1)
        content = content[:place] + bytes([rng.randrange(256)]) + content[place:]
    return content[: rng.randrange(len(content) + 1)] if rng.random() < 0.15 else content


def rows_by_another_reader(content: bytes) -> int | None:
    """How many rows the standard library sees, where it finds nothing odd."""
    text = content.decode().removeprefix("\ufeff")
    if "\0" in text or "\r" in text.replace("\r\n", ""):
        return None
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return None
    rows = [row for row in rows if row and not (len(row) == 1 and not row[0].strip(" "))]
    if any(len(row) != len(HEADER) for row in rows):
        return None
    return len(rows) - 1
