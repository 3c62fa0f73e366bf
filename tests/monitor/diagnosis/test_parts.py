"""Parts of a trimmed mean's move: in proportion to those of the plain mean, and they add up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.diagnosis.attribution import Parts
from monitor.diagnosis.conditions import clears
from monitor.diagnosis.facts import Facts
from monitor.diagnosis.parts import parts_of_mean
from monitor.diagnosis.split import Estimate
from monitor.diagnosis.verdict import Move
from monitor.types import SeriesKey

from .test_verdict import rate


def about(value: float, error: float = 0.001) -> Estimate:
    return Estimate(value=value, error=error, freedom=60.0)


def facts(**moves: float):
    plain = Parts(
        whole=about(sum(moves.values())),
        recording=about(0.0),
        mix=about(moves["mix"]),
        people=about(moves["people"]),
        rest=about(moves["rest"]),
        left=about(moves["rest"]),
    )
    return replace(rate(), parts=plain)


def move(kind: str, before: float, after: float) -> Move:
    return Move(key=SeriesKey(metric=kind), kind=kind, before=before, after=after)


@pytest.mark.parametrize("after", [0.0248, 0.0140, 0.0400])
def test_a_discount_on_a_tenth_of_the_deals_is_the_prices_however_much_is_trimmed(after: float) -> None:
    """The plain mean moved by 3.1 points, 72 % of it the price's; so is that part of the trimmed one's move."""
    headline = move("discount", 0.0061, after)
    parts = parts_of_mean(headline, facts(mix=0.0048, people=0.0038, rest=0.0225), Facts(), rest="price")
    assert parts["price"].value == pytest.approx(headline.whole * 225 / 311)
    assert sum(part.value for part in parts.values()) == pytest.approx(headline.whole)
    assert clears(parts, "price", headline)


def test_the_parts_of_a_plain_mean_are_taken_as_they_are() -> None:
    headline = move("win_rate", 0.30, 0.18)
    parts = parts_of_mean(headline, facts(mix=-0.01, people=-0.02, rest=-0.08), Facts(), rest="market")
    assert (parts["mix"].value, parts["people"].value) == (-0.01, -0.02)
    assert parts["market"].value == pytest.approx(-0.09)


def test_a_trimmed_mean_that_moved_the_other_way_is_not_divided_in_proportion() -> None:
    headline = move("discount", 0.02, 0.01)
    parts = parts_of_mean(headline, facts(mix=0.001, people=0.0, rest=0.01), Facts(), rest="price")
    assert parts["mix"].value == 0.001
