"""Texts that mean harm, and every mail with one of them in every place where a text from outside may stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date

from alerts import samples
from alerts.render import render_alert, render_digest, render_operations
from alerts.types import Answer, Email, Reason
from alerts.words.news import Before

ODD = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</td></tr></table><h1>Pay here</h1>",
    '"><a href="https://evil.example">Act</a>',
    "'><svg/onload=alert(1)>",
    "</style><style>*{display:none}</style>",
    "</title><meta http-equiv=refresh content=0;url=https://evil.example>",
    "<!--[if mso]><v:rect><![endif]-->",
    "--><b>bold</b><!--",
    "<![CDATA[x]]>",
    "&lt;b&gt;&amp;#60;i&#x3e;",
    "javascript:alert(1)",
    "https://evil.example/?q=1",
    "HTTP://EVIL.EXAMPLE and www.evil.example",
    "ftp://x mailto:evil@evil.example",
    "{{ 7*7 }} {% for x in y %} {# no #}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "{name} %s %(x)s {0}",
    "Acme\r\nBcc: all@evil.example",
    "Acme\nSubject: You won",
    "Acme\r\n\r\n<html>new body",
    "Acme\u2028Bcc: x@evil.example",
    "Acme\u2029x\u0085y\x0bz\x0cw",
    "nul\x00byte \x07bell \x1b[31mred\x1b[0m \x7f",
    "\u202egnp.exe\u202c",
    "\u2066left\u2069 \u200e\u200f \u061c",
    "zero\u200bwidth\u200djoiner\ufeff\u2060",
    "Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357\u0358a\u0351\u0352\u0353\u0354lgo",
    "lone \ud800 surrogate \udfff",
    "private \ue000 unassigned \U000e0fff tag \U000e0041",
    "blank \u3164\u2800\u115f name",
    "👩\u200d👩\u200d👧\u200d👦 family 🏴\U000e0067\U000e007f",
    "=?utf-8?q?Subject=3A_evil?=",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "C:\\Windows\\System32",
    "a" * 1_000_000,
    "\u0301" * 10_000,
    "𝓐𝓬𝓶𝓮 ﷽ ‱",
    "ＡＣＭＥ：／／ｅｖｉｌ",
    "",
    " ",
    "\t\r\n",
    "NA",
    "null",
    "None",
    "nan",
    "-",
    "'",
    '"',
    "\\",
    "`id`",
    "x" * 70 + "\r\n " + "y" * 70,
    "=_boundary--",
    ".",
    "From me",
]
WAYS_OUT = (
    "",
    '">',
    "'>",
    "-->",
    "<![endif]-->",
    "]]>",
    "</style>",
    "</title>",
    "</td></tr></table>",
    '\\">',
    '" ',
    "%22%3E",
    "\u202e",
)
"""Out of an attribute, a comment, a block of style, a cell: whatever the text may stand in."""
VECTORS = (
    "<script>alert(1)</script>",
    "<img src=https://evil.example/p.gif onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script href=data:,alert(1)></svg>",
    "<a href=javascript:alert(1)>Act</a>",
    "<a href='https://evil.example'>Act</a>",
    "<iframe srcdoc='<b>x'></iframe>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example>",
    "<form action=//evil.example><input name=p></form>",
    "<link rel=stylesheet href=//evil.example/s.css>",
    "<style>@import'//evil.example';body{display:none}</style>",
    "<math><mtext></mtext><mglyph><style><!--</style><img title='--&gt;&lt;img src onerror=alert(1)&gt;'>",
    "<table background=//evil.example/x><td>",
    '<div style="background:url(//evil.example)">',
    "style=x:expression(alert(1)) onmouseover=alert(1)",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<v:rect href='//evil.example'/>",
    "<x onclick=alert(1) tabindex=1>y</x>",
    "{{ view.__class__ }}{% include '/etc/passwd' %}",
)
PAYLOADS = list(dict.fromkeys((*ODD, *(way + vector for way in WAYS_OUT for vector in VECTORS))))

OURS = frozenset(
    {"id", "verdict", "form", "direction", "state", "unit", "what", "quiet", "reason", "dimension"}
)
"""Fields that hold one of our own words; `reason`, `quiet` and `dimension` are poisoned by hand as well."""


def poisoned(value, payload: str):
    """`value` with `payload` behind a letter in every text in it, at any depth, keys of mappings too."""
    if is_dataclass(value):
        changes = {
            one.name: poisoned(getattr(value, one.name), payload)
            for one in fields(value)
            if one.name not in OURS
        }
        return replace(value, **changes)
    if isinstance(value, str):
        return f"A{payload}"
    if isinstance(value, tuple):
        return tuple(poisoned(one, payload) for one in value)
    if isinstance(value, dict):
        ours = set(value) <= {"market", "mix", "price", "people", "recording"}
        return {(name if ours else f"D{payload}"): poisoned(one, payload) for name, one in value.items()}
    return value


def alert(payload: str):
    sample = samples.alerts()["market_shift"]
    answers = (Answer(what="act", by="x", on=date(2026, 8, 1), look_again_on=date(2026, 9, 1), note="x"),)
    bad = poisoned(replace(sample, answers=answers, one_place={"region": "x"}), payload)
    return replace(
        bad,
        breadth=replace(sample.breadth, dimension=f"B{payload}"),
        charts=(replace(sample.charts[0], title=f"T{payload}"),),
    )


def digest(payload: str):
    busy = samples.busy_digest()
    bad = poisoned(replace(busy, opened=(), open=(), due=()), payload)
    metrics = (
        replace(bad.metrics[0], quiet=f"Q{payload}"),
        *(replace(one, chart=None) for one in bad.metrics[1:3]),
    )
    suppressed = tuple(replace(one, reason=f"R{payload}") for one in bad.suppressed)
    one = alert(payload)
    return replace(bad, metrics=metrics, suppressed=suppressed, opened=(one,), open=(one,), due=(one,))


KINDS = ("opened", "reminder", "retracted", "worsened", "digest", "operations")


def mail(kind: str, payload: str) -> Email:
    """The mail of a kind with `payload` everywhere."""
    reader = replace(samples.READER, name=f"N{payload}")
    common = {"sender": samples.SENDER, "reply_to": samples.REPLY_TO, "now": samples.NOW}
    if kind == "digest":
        return render_digest(digest(payload), reader, **common)
    if kind == "operations":
        return render_operations(
            f"J{payload}",
            [f"L{payload}"],
            reader,
            key=f"k{payload}",
            company=f"A{payload}",
            next_step=f"X{payload}",
            **common,
        )
    told = alert(payload)
    if kind == "retracted":
        told = replace(told, state="retracted", restated=3)
    return render_alert(
        told,
        Reason(kind),
        reader,
        sequence=2,
        opening_id=None if kind == "opened" else f"<x{payload}@y>",
        before=Before(root=None if kind == "opened" else f"Z{payload}", change=-0.02),
        notice=f"P{payload}",
        **common,
    )


def mails(payload: str) -> Iterator[Email]:
    """A mail of every kind with `payload` everywhere."""
    for kind in KINDS:
        yield mail(kind, payload)
