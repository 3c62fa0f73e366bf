"""What YAML 1.1 makes of 12:30, NO, 0123 and the like must not be possible here."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from config.document import Scalar, parse
from config.errors import ConfigError
from config.load import judge
from config.where import parse_where

MINIMAL = (Path(__file__).parent / "right" / "minimal.yaml").read_text(encoding="utf-8")


def load_text(text):
    return judge(parse(text, "leftturn.yaml"), Path("/srv/leftturn.yaml"), {})


@pytest.mark.parametrize("written", ["12:30", "'12:30'", '"12:30"'])
def test_a_time_is_a_time_with_and_without_quotes(written):
    assert load_text(f"{MINIMAL}digest: {{at: {written}}}\n").digest.at == time(12, 30)


def test_words_and_codes_stay_as_written():
    read = load_text(
        MINIMAL.replace("name: Acme", "name: 0123, holidays: NO").replace("[Won]", "[1, yes, 007, 1e3]")
    )
    assert (read.company.name, read.company.holidays) == ("0123", "NO")
    assert read.sources[0].outcome.won == ("1", "yes", "007", "1e3")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        pytest.param("0123", "0123", id="a code is no octal number"),
        pytest.param("1e3", "1e3", id="a product code is no thousand"),
        pytest.param("NO", "NO", id="Norway is not false"),
        pytest.param("yes", "yes", id="yes is a word"),
        pytest.param("12:30", "12:30", id="no base of sixty"),
        pytest.param("1_000", "1_000", id="no thousands in underscores"),
        pytest.param("2.50", "2.50", id="a version keeps its zero"),
        pytest.param(".nan", ".nan", id="not-a-number is text"),
        pytest.param("200", 200.0, id="a plain number is a number"),
        pytest.param("-1.5", -1.5, id="a plain fraction is a number"),
        pytest.param("true", True, id="true is true"),
        pytest.param("2026-02-01", date(2026, 2, 1), id="a date is a date"),
    ],
)
def test_a_value_of_where_is_what_it_is_written_as(written, value):
    assert parse_where({"x": Scalar(written)}).conditions[0].values == (value,)
    assert parse_where({"x": Scalar(written, quoted=True)}).conditions[0].values == (written,)


@pytest.mark.parametrize(
    "written", [".nan", ".inf", "-.inf", "1e0", "0x1", "01", "1_0", "+", "'1'", "yes", "[1]"]
)
def test_a_number_is_written_in_plain_digits(written):
    with pytest.raises(ConfigError, match=r"attention\.false_alarms_per_year: must be"):
        load_text(f"{MINIMAL}attention: {{false_alarms_per_year: {written}}}\n")


def test_the_last_of_two_equal_keys_does_not_win():
    with pytest.raises(ConfigError, match=r"leftturn\.yaml:8:1: digest: is written twice, first in line 7"):
        load_text(f"{MINIMAL}digest: {{day: monday}}\ndigest: {{day: tuesday}}\n")


@pytest.mark.parametrize("word", ["null", "~", ""])
def test_nothing_is_not_a_default(word):
    with pytest.raises(ConfigError, match="is empty; write a value"):
        load_text(f"{MINIMAL}digest:\n  at: {word}\n")


def test_a_bomb_is_refused_before_it_is_built():
    rows = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 30)]
    with pytest.raises(ConfigError, match="anchors"):
        parse("\n".join(rows), "leftturn.yaml")


def test_places_count_from_one_and_know_their_keys():
    document = parse("company:\n  name: Acme\nsegments: [a,\n  b]\n", "f")
    assert document.place(("company", "name"))[1:] == (2, 9)
    assert document.place(("company", "name"), key=True)[1:] == (2, 3)
    assert document.place(("segments", 1))[1:] == (4, 3)
    assert document.place(("company", "none", "deeper"))[1:] == (1, 1)
