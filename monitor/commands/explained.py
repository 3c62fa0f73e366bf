"""An inflection's record as sentences: what moved, why it alarmed, what it is put down to, who was told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from alerts.types import FindingLine, Interval
from alerts.words.figures import NBSP, Figures, how_often, in_words, opening
from alerts.words.names import dimension_plural, metric_name, move
from alerts.words.quiet import not_sent
from alerts.words.shares import CAUSES
from alerts.words.verdicts import LABELS
from monitor.budget import part_of_bar, years_per_false_alarm
from monitor.commands.explained_evidence import evidence_lines

Key = tuple[str, tuple[tuple[str, str], ...], bool]
"""A series: its metric, its place, and whether it is held against the rest of the company."""
FORMS: Mapping[str, str] = {
    "fewer_come": "fewer come",
    "choose_others": "they choose others",
    "decide_later": "they decide later",
    "decide_nothing": "they decide nothing",
    "known_cause": "a known cause fits its date",
}


def sentences(known: Mapping[str, Any], *, false_alarms_per_year: float, owners_named: bool) -> Iterator[str]:
    """The record `known` (see `monitor.commands.explain.collect`) for a person, line by line.

    `false_alarms_per_year` is the budget that its rarity is measured against; people are named if `owners_named`.
    """
    figures = Figures(locale="en", today=known["inflection"]["opened_on"])
    for line in _sentences(known, figures, false_alarms_per_year, owners_named):
        yield line.replace(NBSP, " ")


def _sentences(
    known: Mapping[str, Any], figures: Figures, budget: float, owners_named: bool
) -> Iterator[str]:
    inflection, findings = known["inflection"], known["findings"]
    label = LABELS.get(inflection["verdict"], inflection["verdict"])
    form = FORMS.get(inflection["form"] or "")
    yield f"{inflection['id']}: {label} ({inflection['verdict']}{', ' + form if form else ''}), {_state(inflection)}"
    yield f"Decided on {inflection['opened_on']}; began about {_between(inflection)}."
    yield from _lived(inflection["detail"] or {})
    yield from _agreed(known, budget)
    agreed = {_key(one) for one in known["agreed"]}
    for finding in findings:
        yield ""
        yield from _finding(finding, figures, budget, agrees=_key(finding) in agreed)
    yield ""
    if findings:
        yield from _causes(inflection, findings[0], figures)
        yield from _reach(inflection["detail"] or {}, owners_named)
    if known.get("aged_out"):
        yield f"Aged out: {known['aged_out']}."
    yield from evidence_lines(known.get("evidence"))
    yield from _told(known)
    yield from _answered(known)


def _answered(known: Mapping[str, Any]) -> Iterator[str]:
    """What people decided and said of it, and what they silenced; with what was taken back."""
    for one in known["answers"]:
        said = f"{one['at']:%Y-%m-%d} {one['kind']} {one['what']}, by {one['by']}"
        said += f", owner {one['owner']}" if one["owner"] else ""
        said += f", look again on {one['look_again_on']}" if one["look_again_on"] else ""
        said += f": {one['note']}" if one["note"] else ""
        yield said + (f" (taken back on {one['undone_at']:%Y-%m-%d})" if one["undone_at"] else "")
    for one in known["silences"]:
        ended = f"; ended on {one['ended_at']:%Y-%m-%d}: {one['ended_why']}" if one["ended_at"] else ""
        yield f"Silence {one['id']} of {one['about']} until {one['until']}, by {one['by']}: {one['reason']}{ended}"


def _lived(detail: Mapping[str, Any]) -> Iterator[str]:
    """What became of it since: the new normal, and what belongs with it."""
    if detail.get("ended_on"):
        yield f"It lasted until about {detail['ended_on']}."
    if detail.get("settled_on"):
        yield f"Followed until {detail['settled_on']}; the level after it is the new normal."
    if detail.get("related"):
        yield f"Of the same time: {', '.join(detail['related'])}."


def _state(inflection: Mapping[str, Any]) -> str:
    for word in ("retracted", "closed"):
        if inflection[f"{word}_on"]:
            return f"{word} on {inflection[f'{word}_on']}"
    return str(inflection["state"])


def _key(row: Mapping[str, Any]) -> Key:
    return row["metric"], tuple(row["segment"].items()), bool(row["contrast"])


def _agreed(known: Mapping[str, Any], budget: float) -> Iterator[str]:
    """What series carry together that none of them carried alone, and how rarely noise does as much."""
    parts = sorted(
        (one for one in known["agreed"] if one["part_now"] > 0.0), key=lambda one: -float(one["part_now"])
    )
    if not parts:
        return
    kinds = {_key(finding): finding["kind"] for finding in known["findings"]}
    each = ", ".join(
        f"{metric_name(one['metric'], kinds.get(_key(one), one['metric']), one['segment'])} {one['part_now']:.2f}"
        for one in parts
    )
    whole = sum(one["part_now"] for one in parts)
    carry = _key(known["findings"][0]) in {_key(one) for one in parts}
    told = (
        f"{opening(in_words(len(parts)))} series that agree {'carry it' if carry else 'joined it'} together"
    )
    years = years_per_false_alarm(whole, 1.0, budget)
    rare = f"Noise comes to as much {how_often(years)}, over everything watched."
    yield f"{told}: {whole:.2f} of the bar; {each}. {rare}"


def _finding(
    finding: Mapping[str, Any], figures: Figures, budget: float, *, agrees: bool = False
) -> Iterator[str]:
    """One series: from where to where, how sure, on how many deals."""
    line = _line(finding)
    moved = move(line, figures)
    name = metric_name(finding["metric"], finding["kind"], finding["segment"])
    against = ", against the rest of the company" if finding["contrast"] else ""
    yield f"{name[:1].upper()}{name[1:]}{against}: {moved.levels}, {moved.by} (nine times in ten {moved.between})"
    if not finding["change_low"] <= finding["after"] - finding["before"] <= finding["change_high"]:
        yield "  (levels as counted; the range is of the change as estimated, which is shrunk towards nought)"
    yield f"  began about {_between(finding)}"
    yield f"  {_evidence(finding, budget, agrees=agrees)}"
    adjusted = ", ".join(finding["adjusted_for"] or ())
    yield f"  on {finding['deals_before']:,} deals before and {finding['deals_after']:,} after" + (
        f"; the mix of {adjusted} is taken out of the interval" if adjusted else ""
    )


def _evidence(finding: Mapping[str, Any], budget: float, *, agrees: bool) -> str:
    """How far it is over its bar; the logarithms, and the part of the bar where that is what adds up."""
    evidence, bar = float(finding["evidence"]), float(finding["bar"])
    told = f"evidence {evidence:.2f} against a bar of {bar:.2f}"
    part = part_of_bar(evidence, bar)
    if evidence < bar:
        return f"{told}: " + (
            f"{part:.2f} of it, with those that agree" if agrees else "below the bar by now"
        )
    years = years_per_false_alarm(part, 1.0, budget)
    return f"{told}: noise this strong comes {how_often(years)}, over everything watched"


def _causes(inflection: Mapping[str, Any], headline: Mapping[str, Any], figures: Figures) -> Iterator[str]:
    """What the move of the headline is put down to."""
    detail, count = inflection["detail"] or {}, headline["unit"] == "count"
    shares, intervals = inflection["shares"] or {}, detail.get("intervals") or {}
    known = {name: share for name, share in shares.items() if share is not None}
    if known:
        whole = move(_line(headline), figures).by
        said = (
            _share(name, share, intervals.get(name), figures, count=count) for name, share in known.items()
        )
        yield f"Of the move ({whole}): {'; '.join(said)}."
    unknown = [CAUSES.get(name, name) for name in shares if shares[name] is None]
    if unknown:
        yield f"Not known: the part of {', '.join(unknown)}."


def _reach(detail: Mapping[str, Any], owners_named: bool) -> Iterator[str]:
    """How widely it was seen, or in which one place."""
    breadth, place = detail.get("breadth"), dict(detail.get("place") or {})
    if not owners_named and place.pop("owner", None) is not None:
        place["team"] = "one seller"
    if breadth:
        dimension, moved, of = breadth[:3]
        yield f"Breadth: {moved} of {of} {dimension_plural(dimension)} moved the same way."
    if place:
        yield f"In one place: {', '.join(f'{name} {value}' for name, value in place.items())}."


def _share(
    name: str, share: float, interval: tuple[float, float] | None, figures: Figures, *, count: bool
) -> str:
    def shown(value: float) -> str:
        return figures.count(value) if count else figures.number(100 * value, 1)

    def signed(value: float) -> str:
        told = shown(abs(value))
        sign = "" if told == shown(0.0) else "+" if value > 0 else "-"
        return f"{sign}{told}"

    unit = "deals a week" if count else "points"
    between = f" ({signed(interval[0])} to {signed(interval[1])})" if interval else ""
    return f"{CAUSES.get(name, name)} {signed(share)} {unit}{between}"


def _told(known: Mapping[str, Any]) -> Iterator[str]:
    """Who was told what, and when; or why nobody was."""
    for (created, reason), notices in groupby(
        known["notices"], key=lambda n: (_day(n["created_at"]), n["reason"])
    ):
        mails = list(notices)
        yield f"{created} {reason}: {mails[0]['subject']}"
        for mail in mails:
            sent = f"sent {mail['sent_at']:%Y-%m-%d %H:%M} UTC" if mail["sent_at"] else str(mail["state"])
            yield f"  to {mail['recipient']}: {sent}"
    if known["notices"]:
        return
    reasons = ", ".join(dict.fromkeys(not_sent(reason) for reason in known["kept_back"]))
    yield f"Nobody was mailed{': ' + reasons if reasons else ''}."


def _line(finding: Mapping[str, Any]) -> FindingLine:
    return FindingLine(
        metric=finding["metric"],
        kind=finding["kind"],
        segment=finding["segment"],
        unit=finding["unit"],
        before=finding["before"],
        after=finding["after"],
        change=Interval(low=finding["change_low"], high=finding["change_high"]),
        deals_before=finding["deals_before"],
        deals_after=finding["deals_after"],
    )


def _between(row: Mapping[str, Any]) -> str:
    return f"{row['started_on']} ({row['started_low']} to {row['started_high']})"


def _day(instant: Any) -> date:
    return date.fromisoformat(f"{instant:%Y-%m-%d}")
