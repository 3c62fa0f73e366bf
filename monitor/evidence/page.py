"""The evidence pack as one HTML page that needs nothing else: text, tables and charts drawn in SVG."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT, LEFT, FOOT = 720, 180, 48, 20
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1f2933;max-width:760px;margin:2em auto;padding:0 1em}
h1{font-size:1.4em}h2{font-size:1.1em;margin-top:2em;border-bottom:1px solid #e5e9ed}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.2em .8em .2em 0;border-bottom:1px solid #e5e9ed}
td.n{text-align:right;font-variant-numeric:tabular-nums}code{font-size:.85em;overflow-wrap:anywhere}
svg{width:100%;height:auto}details{margin-top:1em}pre{white-space:pre-wrap;font-size:.8em}
"""
PARTS = ("whole", "recording", "mix", "price", "people", "rest")
NAMES = {"whole": "the whole move", "rest": "what is left: like deals of the same sellers"}


def page(
    pack: Mapping[str, Any], lines: Sequence[str], suppressed: Sequence[str], differ: Sequence[str]
) -> str:
    """The page of a pack.

    lines       what `leftturn explain` says of the inflection
    suppressed  what was seen and not sent around that time
    differ      figures that came out otherwise when they were reckoned anew; empty: all the same
    """
    title = escape(str(pack["inflection"]))
    body = "\n".join(_body(pack, lines, suppressed, differ))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Evidence {title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n'
        f"<body>\n{body}\n</body></html>\n"
    )


def _body(
    pack: Mapping[str, Any], lines: Sequence[str], suppressed: Sequence[str], differ: Sequence[str]
) -> Iterator[str]:
    figures = pack["figures"]
    yield f"<h1>Evidence: {escape(pack['inflection'])}</h1>"
    yield _paragraphs(lines)
    yield "<h2>Series</h2>"
    for series in figures["series"]:
        yield chart(series, pack["findings"])
    yield "<h2>How the move divides</h2>"
    for name in ("win_rate", "price", "fit"):
        if figures[name] and figures[name]["parts"]:
            yield f"<h3>{name.replace('_', ' ')}</h3>{_parts(figures[name]['parts'])}"
    yield "<h2>Rivals weighed</h2>"
    yield _rows(
        ("what", "says", "ln of how far the date favours it"),
        [
            (f"{r['name']} ({r['on']})", r["says"].replace("_", " "), f"{r['ln_favour']:.1f}")
            for r in figures["rivals"]
        ],
        "No event of the configuration lies near.",
    )
    yield "<h2>Seen and not sent</h2>"
    yield "".join(f"<div>{escape(line)}</div>" for line in suppressed) or "<p>Nothing around that time.</p>"
    yield "<h2>What this rests on</h2>"
    same = "the same to 1e-9" if not differ else "different: " + "; ".join(differ[:5])
    yield (
        f"<p>Week of {pack['week']}, as known at {escape(pack['as_of'])}. {pack['data']['deals']:,} deals, hash "
        f"<code>{pack['data']['hash']}</code>. Configuration <code>{pack['configuration']['hash']}</code>. This pack "
        f"<code>{pack.get('hash', '')}</code>. Reckoned anew from the store when "
        f"this page was written: {escape(same)}.</p>"
    )
    yield _detail("The configuration", pack["configuration"]["settings"])
    yield _detail("Every figure", figures)


def chart(series: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> str:
    """A series as SVG: its weekly values, the likely start and its interval, the levels before and after."""
    values = [v for v in series["raw"] if v is not None]
    if not values:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    weeks = series["weeks"]
    place = {week: index for index, week in enumerate(weeks)}

    def x(index: float) -> float:
        return LEFT + (WIDTH - LEFT - 4) * index / max(len(weeks) - 1, 1)

    def y(value: float) -> float:
        return float(HEIGHT - FOOT - (HEIGHT - FOOT - 8) * (value - low) / span)

    name = " ".join([series["metric"].replace("_", " "), *(value for _, value in series["segment"])])
    points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(series["raw"]) if v is not None)
    marks = "".join(_mark(f, x, y, place, len(weeks)) for f in findings if _same(f, series))
    labels = "".join(
        f'<text x="{LEFT - 6}" y="{y(v) + 4:.1f}" text-anchor="end" font-size="11">{_tick(v, series["unit"])}</text>'
        for v in (low, high)
    )
    days = "".join(
        f'<text x="{x(i):.1f}" y="{HEIGHT - 4}" text-anchor="{anchor}" font-size="11">{weeks[i]}</text>'
        for i, anchor in ((0, "start"), (len(weeks) - 1, "end"))
    )
    return (
        f'<h3>{escape(name)}</h3><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(name)}, by week">'
        f'{marks}<polyline points="{points}" fill="none" stroke="#7f9cb8" stroke-width="1.5"/>{labels}{days}</svg>'
    )


def _tick(value: float, unit: str) -> str:
    return f"{100 * value:.0f} %" if unit in ("rate", "share", "discount") else f"{value:.4g}"


def _same(finding: Mapping[str, Any], series: Mapping[str, Any]) -> bool:
    return all(finding[name] == series[name] for name in ("metric", "segment", "contrast"))


def _mark(finding: Mapping[str, Any], x: Any, y: Any, place: Mapping[str, int], weeks: int) -> str:
    start = place.get(finding["started_on"])
    low, high = (place.get(day) for day in finding["started_between"])
    if start is None or low is None or high is None:
        return ""
    return (
        f'<rect x="{x(low):.1f}" y="4" width="{x(high) - x(low):.1f}" height="{HEIGHT - FOOT - 4}" fill="#fbe3c4"/>'
        f'<line x1="{x(0):.1f}" x2="{x(start):.1f}" y1="{y(finding["before"]):.1f}" y2="{y(finding["before"]):.1f}" '
        f'stroke="#0b3d66" stroke-width="2"/><line x1="{x(start):.1f}" x2="{x(weeks - 1):.1f}" '
        f'y1="{y(finding["after"]):.1f}" y2="{y(finding["after"]):.1f}" stroke="#b45309" stroke-width="2"/>'
    )


def _parts(parts: Mapping[str, Any]) -> str:
    rows = [
        (
            NAMES.get(name, name),
            f"{100 * one['value']:+z.1f}",
            f"{100 * one['low']:+z.1f} to {100 * one['high']:+z.1f}",
        )
        for name in PARTS
        if (one := parts[name]) is not None
    ]
    return _rows(("part", "points", "nine times in ten"), rows, "")


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> str:
    if not rows:
        return f"<p>{escape(nothing)}</p>"
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def _paragraphs(lines: Sequence[str]) -> str:
    return "".join(f"<div>{escape(line) or '&nbsp;'}</div>" for line in lines)


def _detail(title: str, value: object) -> str:
    return f"<details><summary>{escape(title)}</summary><pre>{escape(json.dumps(value, indent=1))}</pre></details>"
