"""What the labels of a stage column mean, by the words in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from monitor.first_config.languages import LABELS, folded
from monitor.first_config.languages import MOTIONS as MOTIONS_ABROAD

WORDS: Mapping[str, str] = {
    "ignore": r"\btest|\bdemo record|\bdummy",
    "disqualified": r"disqualif|unqualif|not qualif|duplicate|\bjunk|\bspam|bad fit|\binvalid",
    "no_decision": r"no ?decision|gone dark|no budget|abandon|cancel|unresponsive|ghosted|no response|went dark",
    "lost": r"^l$|\blost\b|closedlost|\blose\b|\bloss\b|reject|declin|\bdead\b|not won|\bnot interested",
    "won": r"^w$|\bwon\b|closedwon|\bwin\b|\bsigned\b|\bbooked\b|\bordered\b|\bsold\b|success",
}
"""In this order: "Closed Lost - No Decision" is no decision, "Not won" is lost. Other languages: `languages`."""
CLASSES = ("won", "lost", "no_decision", "disqualified", "open", "ignore")
MOTIONS: Mapping[str, str] = {
    "renewal": r"renew",
    "expansion": r"upsell|up-sell|cross|expan|existing|add-?on|upgrade",
    "self_serve": r"self.?serv|\bweb\b|online",
    "new": r"new|first|net",
}


def outcome_of(label: str) -> str:
    """The class of a stage label.

    >>> [outcome_of(label) for label in ("Closed Won", "Closed-Lost", "Gone Dark", "Proposal", "Fermée gagnée")]
    ['won', 'lost', 'no_decision', 'open', 'won']
    """
    text = re.sub(r"[_\-/]+", " ", folded(label))
    return next((kind for kind, words in _every(WORDS, LABELS).items() if words.search(text)), "open")


def _every(english: Mapping[str, str], abroad: Mapping[str, tuple[str, ...]]) -> dict[str, re.Pattern[str]]:
    """The patterns of all languages by class; `re` keeps what it compiled."""
    return {kind: re.compile("|".join((words, *abroad.get(kind, ())))) for kind, words in english.items()}


def without_case(counts: Mapping[str, int]) -> dict[str, int]:
    """Labels that differ in case alone as one, spelt as the first of them: labels are compared so.

    >>> without_case({"Won": 5, "Lost": 3, "WON": 1})
    {'Won': 6, 'Lost': 3}
    """
    spelt: dict[str, str] = {}
    found: dict[str, int] = {}
    for label, count in counts.items():
        first = spelt.setdefault(label.casefold(), label)
        found[first] = found.get(first, 0) + count
    return found


def classified(counts: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Labels with their counts by class, in the order of CLASSES; classes without labels are left out."""
    classes: dict[str, dict[str, int]] = {kind: {} for kind in CLASSES}
    for label, count in without_case(counts).items():
        classes[outcome_of(label)][label] = count
    return {kind: labels for kind, labels in classes.items() if labels}


def won_and_lost(labels: Iterable[str]) -> tuple[bool, bool]:
    """Whether among the labels is a win, and whether a loss."""
    kinds = {outcome_of(label) for label in labels}
    return "won" in kinds, bool(kinds & {"lost", "no_decision"})


def motions(counts: Mapping[str, int]) -> dict[str, list[str]]:
    """Types of deals by motion; empty where none of them reads like new business, since then the column is no motion.

    >>> motions({"New Business": 7, "Existing Business": 3, "Services": 1})
    {'expansion': ['Existing Business'], 'new': ['New Business'], 'services': ['Services']}
    """
    patterns = _every(MOTIONS, MOTIONS_ABROAD)
    found: dict[str, list[str]] = {}
    for label in without_case(counts):
        named = next((motion for motion, words in patterns.items() if words.search(folded(label))), None)
        found.setdefault(named or snake(label), []).append(label)
    return dict(sorted(found.items())) if "new" in found else {}


def are_motions(labels: Iterable[str]) -> bool:
    """Whether every label reads like a motion, new business among them, and business with customers as well.

    >>> are_motions(["New Logo", "Existing Business", "Upsell"]), are_motions(["Network", "Add-on", "Core"])
    (True, False)
    """
    found = motions(dict.fromkeys(labels, 1))
    return found.keys() <= MOTIONS.keys() and bool(found.keys() & {"renewal", "expansion"})


def snake(text: str) -> str:
    """A header or label as a name of ours.

    >>> snake("Regional Office"), snake("NumberOfEmployees"), snake("Kundengröße")
    ('regional_office', 'number_of_employees', 'kundengrosse')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"__c$", "", text.strip()))
    return re.sub(r"[^a-z0-9]+", "_", folded(parted)).strip("_") or "other"
