"""Small words of the command line: none of them claims more, or other, than is so."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.words.figures import Figures
from config import Settings
from monitor.commands.explained import _finding, _share
from monitor.commands.once import _show
from monitor.commands.silence import place_in
from monitor.errors import UsageError
from monitor.show import cell

FIGURES = Figures(locale="en", today=date(2026, 7, 6))


def test_a_share_of_nought_has_no_sign() -> None:
    assert _share("recording", -2.8e-17, (-4e-17, 1e-17), FIGURES, count=False).endswith(
        " 0.0 points (0.0 to 0.0)"
    )
    assert _share("market", -0.13, (-0.14, 0.01), FIGURES, count=False).endswith(
        " -13.0 points (-14.0 to +1.0)"
    )


@pytest.mark.parametrize(("high", "told"), [(50.0, False), (43.0, True)])
def test_a_range_that_misses_the_difference_of_the_levels_says_why(high: float, told: bool) -> None:
    finding: dict[str, Any] = {
        "metric": "volume",
        "kind": "volume",
        "segment": {},
        "contrast": False,
        "unit": "count",
        "adjusted_for": [],
    }
    finding |= {
        "before": 58.0,
        "after": 102.0,
        "change_low": 18.0,
        "change_high": high,
        "deals_before": 9,
        "deals_after": 9,
    }
    finding |= {
        "started_on": date(2025, 2, 24),
        "started_low": date(2025, 2, 17),
        "started_high": date(2025, 3, 3),
    }
    finding |= {"evidence": 8.0, "bar": 6.8}
    assert any("shrunk towards nought" in line for line in _finding(finding, FIGURES, 0.5)) == told


def test_an_instant_in_a_table_names_its_zone_unless_a_column_does() -> None:
    assert cell(datetime(2026, 7, 6, 11, 31, tzinfo=UTC)) == "2026-07-06 11:31 UTC"
    assert cell(datetime(2026, 7, 6, 11, 31, tzinfo=ZoneInfo("America/New_York"))) == "2026-07-06 11:31"


def test_a_segment_that_is_none_is_answered_with_those_there_are() -> None:
    settings = Settings.model_construct(segments=())  # type: ignore[call-arg]
    with pytest.raises(UsageError, match=r"there are tier$"):
        place_in(settings, ["regio=EMEA"])


def test_a_long_history_is_told_by_its_weeks_with_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    weeks = [{"week": f"week {n}", "opened": int(n == 7), "held": None} for n in range(60)]
    _show({"judged": weeks})
    told = capsys.readouterr().out
    assert "judged: 60, quiet ones left out" in " ".join(told.split())
    assert [n for n in range(60) if f"week {n} " in told] == [7, 59]
