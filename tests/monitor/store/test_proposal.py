"""A budget is proposed only where a year's answers say more than chance would."""

from __future__ import annotations

import pytest

from monitor.proposal import proposal


@pytest.mark.parametrize(
    ("true", "mistaken", "budget", "begins"),
    [
        (0, 2, 0.5, "That is more than was agreed on"),  # P(X >= 2) = 9 % at a half a year
        (0, 1, 0.5, ""),
        (0, 2, 4.0, ""),
        (3, 0, 0.5, "None was mistaken"),
        (2, 0, 0.5, ""),
        (9, 1, 0.5, ""),
    ],
)
def test_a_budget_is_proposed_where_the_answers_say_more_than_chance(
    true: int, mistaken: int, budget: float, begins: str
) -> None:
    said = proposal(true, mistaken, budget)
    assert bool(said) == bool(begins)
    assert said.startswith(begins)
