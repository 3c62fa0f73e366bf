"""How an inflection's verdict may change while it is followed: seldom, and never on one week's figures.

- A name is not given up for `unclear`: less is known some weeks, and nothing was learned by it.
- A first name (of what opened as unclear) needs two weeks that agree; another name needs three.
- A verdict changes once. Only a correction may change it again: that it was how deals are recorded, after all.

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


def renamed(inflection: Inflection, cause: Cause) -> Inflection:
    """The inflection with the shares of `cause`, and its verdict where it may change to that."""
    known = inflection.cause
    stands = replace(cause, verdict=known.verdict, form=known.form, place=known.place)
    if cause.verdict == known.verdict:
        return replace(inflection, cause=cause, doubt=None)
    if cause.verdict == "unclear":
        return replace(inflection, cause=stands, doubt=None)
    doubt = _doubt(inflection, cause.verdict)
    enough = FIRST_NAME if known.verdict == "unclear" else OTHER_NAME
    free = inflection.renamed < MOST_CHANGES or cause.verdict == CORRECTION
    if doubt.weeks >= enough and free:
        return replace(inflection, cause=cause, doubt=None, renamed=inflection.renamed + 1)
    return replace(inflection, cause=stands, doubt=doubt)


def _doubt(inflection: Inflection, verdict: Verdict) -> Doubt:
    before = inflection.doubt
    same = before is not None and before.verdict == verdict
    return Doubt(verdict=verdict, weeks=before.weeks + 1 if before is not None and same else 1)
