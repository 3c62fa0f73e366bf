"""`leftturn explain DEAL`: the tier of a deal and every criterion behind it."""

from __future__ import annotations

import json

import pytest

from monitor.cli import exit_code

from .conftest import Place, moments

PROFILE = """
profile:
  - effective: 2024-01-01
    criteria:
      - {name: North, where: {region: North}, weight: 3}
      - {name: Large, where: {amount: {between: [50, 100]}}, weight: 1}
    tiers: {A: 0.7, B: 0.2}
    core: [A]
"""


@pytest.mark.parametrize("profile", [True, False])
def test_a_deal_is_explained_criterion_by_criterion(
    place: Place, capsys: pytest.CaptureFixture[str], profile: bool
) -> None:
    if profile:
        place.config.write_text(place.config.read_text() + PROFILE)
    place.app().tick(next(moments(14, 14)))
    assert exit_code(["explain", "D1", "--config", str(place.config), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["deal"]["deal_id"] == "D1"
    if not profile:
        assert told["tier"] is None
        return
    north = told["deal"]["attr:region"] == "North"
    met = {criterion["name"]: criterion["met"] for criterion in told["tier"]["criteria"]}
    assert met["North"] == north
    assert told["tier"]["score"] == pytest.approx(0.75 * north + 0.25 * bool(met["Large"]))
    assert told["tier"]["core"] == north
    assert exit_code(["explain", "D1", "--config", str(place.config)]) == 0
    said = capsys.readouterr().out
    assert f"North (weight 3): {'met' if north else 'not met'}" in said


def test_what_is_neither_inflection_nor_deal_is_said_so(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.app().tick(next(moments(14, 14)))
    assert exit_code(["explain", "nonsense", "--config", str(place.config)]) == 2
    assert "no such inflection or deal" in capsys.readouterr().err
