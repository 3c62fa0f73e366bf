"""What readers' answers propose for the budget of false alarms: said in the digest, and nothing changes by itself."""

from __future__ import annotations

RARE = 0.1
"""What comes by chance in fewer than one of ten years is more than was agreed on."""
ENOUGH_TRUE = 3


def proposal(true: int, mistaken: int, budget: float) -> str:
    """What a year's answers propose, in a sentence without its full stop; "" where they say nothing.

    Mistaken alerts are held against a Poisson of the budget: P(X ≥ mistaken) below RARE is more than was agreed on.

    >>> proposal(true=2, mistaken=0, budget=0.5), proposal(true=1, mistaken=1, budget=0.5)
    ('', '')
    >>> proposal(true=0, mistaken=3, budget=0.5)
    'That is more than was agreed on; operations can see what half as many would have told'
    """
    from scipy.stats import poisson

    if mistaken and poisson.sf(mistaken - 1, budget) < RARE:
        return "That is more than was agreed on; operations can see what half as many would have told"
    if true >= ENOUGH_TRUE and not mistaken:
        return "None was mistaken; operations can see what twice as many would have told sooner"
    return ""
