"""A page that leads to the sample mails: kinds down, verdicts across."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from alerts.samples.mails import Sample

HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>LeftTurn: sample mails</title>
<style>body{font:16px/1.5 sans-serif;margin:24px}td,th{padding:4px 12px 4px 0;text-align:left}</style>
</head><body><h1>Sample mails</h1>
<p>Every kind of mail, of an invented company; each as a mail program shows it, as plain text, and as sent.</p>
<table><tr><th>Kind</th><th>Of</th><th>Subject</th><th></th><th></th><th>Size</th></tr>
"""


def index_page(samples: Iterable[Sample]) -> str:
    """The page: a row for each sample with its subject, its forms and its size."""
    rows = "\n".join(_row(sample) for sample in samples)
    return f"{HEAD}{rows}\n</table></body></html>\n"


def _row(sample: Sample) -> str:
    name, size = sample.name, len(sample.email.content) / 1000
    forms = "".join(f'<td><a href="{name}.{form}">{form}</a></td>' for form in ("txt", "eml"))
    subject = f'<a href="{name}.html">{escape(sample.email.subject)}</a>'
    what = f"<td>{escape(sample.kind)}</td><td>{escape(sample.of.replace('_', ' '))}</td><td>{subject}</td>"
    return f"<tr>{what}{forms}<td>{size:.0f} kB</td></tr>"
