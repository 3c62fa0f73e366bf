"""How an inflection's verdict may change while it is followed: seldom, and never on one week's figures.

- A name is not given up for `unclear`: less is known some weeks, and nothing was learned by it. Unless the shares
  refute it: what it stands for made less than half of the move that is told now, and something else more than half,
  or that is sure.
- A first name (of what opened as unclear) needs two weeks that agree; another name needs three. What is refuted for
  three weeks is given up for what the third of them says.
- A verdict changes once. Only a correction may change it again: that it was how deals are recorded, after all, or
  that the shares beside it refute it.

Shares and their intervals are always those of the week at hand.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.diagnosis.verdict import Cause
from monitor.ledger import Doubt, Inflection
from monitor.types import Verdict

FIRST_NAME, OTHER_NAME = 2, 3
"""Weeks in a row."""
MOST_CHANGES = 1
CORRECTION: Verdict = "recording"
HALF = 0.5
STANDS_FOR: dict[Verdict, tuple[str, ...]] = {
    "market_shift": ("market",),
    "focus_drift": ("mix",),
    "price_erosion": ("price",),
    "commodity_drift": ("mix", "price"),
    "recording": ("recording",),
}
"""The share that must make most of a move of that name; others are of one place, or of a form in time."""


def renamed(inflection: Inflection, cause: Cause) -> Inflection:
    """The inflection with the shares of `cause`, and its verdict where it may change to that."""
    known = inflection.cause
    stands = replace(cause, verdict=known.verdict, form=known.form, place=known.place)
    if cause.verdict == known.verdict:
        return replace(inflection, cause=cause, doubt=None)
    refuted = refutes(cause, known)
    if cause.verdict == "unclear" and not refuted:
        return replace(inflection, cause=stands, doubt=None)
    doubt = _doubt(inflection, cause.verdict, any_name=refuted)
    enough = FIRST_NAME if known.verdict == "unclear" else OTHER_NAME
    free = inflection.renamed < MOST_CHANGES or refuted or cause.verdict == CORRECTION
    if doubt.weeks >= enough and free:
        return replace(inflection, cause=cause, doubt=None, renamed=inflection.renamed + 1)
    return replace(inflection, cause=stands, doubt=doubt)


def refutes(cause: Cause, known: Cause) -> bool:
    """Whether by the shares of `cause` what `known` stands for made less than half of the move that is told now.

    So it is where that is sure, and where another share makes more than half. The move is the sum of the shares; a
    share that the data cannot identify refutes nothing, and where customers stay away, the mix is the market's.
    """
    parts = {*STANDS_FOR.get(known.verdict, ()), *(["mix"] if known.form == "fewer_come" else [])}
    known_shares = {name: share for name, share in cause.shares.items() if share is not None}
    whole = sum(known_shares.values())
    if not parts or not parts <= known_shares.keys() or not whole:
        return False
    of_whole = {name: share / whole for name, share in known_shares.items()}
    if max(of_whole[name] for name in parts) >= HALF:
        return False
    return max(of_whole.values()) > HALF or all(_most(cause, name, whole) < HALF for name in parts)


def _most(cause: Cause, name: str, whole: float) -> float:
    """The largest part of the move that a share may be."""
    between = cause.intervals.get(name)
    return max(between[0] / whole, between[1] / whole) if between is not None else 1.0


def _doubt(inflection: Inflection, verdict: Verdict, *, any_name: bool) -> Doubt:
    """The doubt of one week more; `any_name`: what stands is refuted, whatever else the weeks would call it."""
    before = inflection.doubt
    goes_on = before is not None and (any_name or before.verdict == verdict)
    return Doubt(verdict=verdict, weeks=before.weeks + 1 if before is not None and goes_on else 1)
