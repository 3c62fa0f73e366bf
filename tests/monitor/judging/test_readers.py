"""Readers of the configuration: which segments they asked for, by the one grammar of `where`."""

from __future__ import annotations

from typing import Any

import pytest

from config.settings_people import Person
from monitor.readers import reader_of


@pytest.mark.parametrize(
    ("where", "value", "asked"),
    [
        ({"region": "emea"}, "EMEA", True),
        ({"region": ["EMEA", "APAC"]}, "AMER", False),
        ({"region": {"not_in": ["EMEA"]}}, "AMER", True),
        ({"region": {"not_in": ["EMEA"]}}, "EMEA", False),
        ({"region": {"matches": "EU-.*"}}, "EU-North", True),
        ({"region": {"matches": "EU-.*", "not_in": ["EU-North"]}}, "EU-North", False),
        ({"seats": {"between": [10, 50]}}, "50", True),
        ({"seats": {"between": [10, 50]}}, "51", False),
        ({"seats": 10}, "10", True),
    ],
)
def test_a_reader_is_in_reach_of_the_segments_they_asked_for(
    where: dict[str, Any], value: str, asked: bool
) -> None:
    person = Person.model_validate({"email": "emea@acme.example", "where": where})
    segments = reader_of(person, "UTC").segments
    assert segments is not None
    (name,) = segments
    assert (value in segments[name]) is asked


def test_a_reader_without_conditions_is_in_reach_of_all() -> None:
    assert reader_of(Person.model_validate({"email": "ceo@acme.example"}), "UTC").segments is None
