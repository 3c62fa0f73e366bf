"""Labels that look alike and are not: a Cyrillic letter in a Latin word makes a segment of its own.

Which letters look alike is a short table after the confusables of Unicode Technical Standard 39: those letters of
Greek and Cyrillic that common type draws as a Latin one.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

CYRILLIC = "АВЕЅІЈКМНОРСТУХаеѕіјорсухһԁԛԝ", "ABESIJKMHOPCTYXaesijopcyxhdqw"
GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρ", "ABEZHIKMNOPTYXovp"
LATIN = str.maketrans("".join((CYRILLIC[0], GREEK[0])), "".join((CYRILLIC[1], GREEK[1])))


def look_alikes(labels: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    r"""Pairs of labels that look alike without being so, each with the name of a letter that sets them apart.

    Case, blanks and compatibility forms (NFKC) make no difference here: those are one label everywhere.

    >>> [letter for *_, letter in look_alikes(["EMEA", "\u0415MEA", "Americas"])]
    ['CYRILLIC CAPITAL LETTER IE']
    """
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    for label in sorted(set(labels)):
        plain = "".join(unicodedata.normalize("NFKC", label).split())
        groups[plain.translate(LATIN).lower()].setdefault(plain.lower(), label)
    for alike in groups.values():
        first, *others = alike.values()
        for other in others:
            strange = next((c for c in (*other, *first) if c != c.translate(LATIN)), "")
            yield first, other, unicodedata.name(strange, "another letter")
