"""Which series lie outside the core, and that a rise and a fall weigh alike there and nowhere else."""

from types import SimpleNamespace

import pytest

from config.where import parse_where
from monitor.outside import lies_outside
from monitor.types import SeriesKey

from .conftest import PROFILE
from .test_weekly import live


def version(tiers, core):
    return SimpleNamespace(tiers=dict.fromkeys(tiers, 0.5), core=list(core))


AB = [version("ABC", "AB")]


@pytest.mark.parametrize(
    ("tier", "outside"),
    [
        (None, False),
        ("core", False),
        ("C or better", False),  # the core and more: its fall is what hurts
        ("B", False),
        ("C", True),
        ("out", True),
        ("unknown", False),
    ],
)
def test_a_tier_below_the_core_is_outside(tier, outside):
    key = SeriesKey(metric="m", segment=(("tier", tier),) if tier else ())
    assert lies_outside(key, SimpleNamespace(where=None), AB) is outside


@pytest.mark.parametrize(
    ("where", "outside"),
    [
        ({"tier": "C"}, True),
        ({"tier": ["C", "out"]}, True),
        ({"tier": ["B", "C"]}, False),
        ({"tier": {"not_in": ["A", "B", "unknown"]}}, True),
        ({"tier": {"not_in": ["A"]}}, False),
        ({"region": "EMEA"}, False),
        ({"region": "EMEA", "tier": "out"}, True),
    ],
)
@pytest.mark.parametrize("segment", [(), (("region", "EMEA"),)])
def test_a_metric_of_tiers_outside_the_core_is_outside_in_every_segment(where, outside, segment):
    metric = SimpleNamespace(where=parse_where(where))
    assert lies_outside(SeriesKey(metric="m", segment=segment), metric, AB) is outside


def test_a_tier_that_any_version_takes_into_the_core_is_inside():
    both = [version("ABC", "A"), version("ABC", "AB")]
    key = SeriesKey(metric="m", segment=(("tier", "B"),))
    assert not lies_outside(key, SimpleNamespace(where=None), both)
    assert lies_outside(key, SimpleNamespace(where=None), both[:1])
    assert not lies_outside(key, SimpleNamespace(where=None), [])


METRICS = (
    "metrics:\n  fit_mix: {matters_if: 8 points}\n  win_rate: {matters_if: 6 points}\n"
    "  outside: {kind: win_rate, where: {tier: [B, out]}, matters_if: 6 points}\n"
)


@pytest.mark.parametrize("directions", ["both", "{outside: down}"])
def test_up_and_down_weigh_alike_outside_unless_one_is_asked_for(company, settings_with, directions):
    settings = settings_with(f"{PROFILE}{METRICS}attention: {{directions: {directions}}}\n")
    _, seen = live(settings, company(11, weeks=36), 35, first=35)
    weights = {str(one.key): one.watch.harmful_weight for one in seen[35].judged}
    assert weights["win_rate"] == weights["win_rate[tier=core]"] == weights["fit_mix"] == 0.8
    assert weights["outside"] == (0.5 if directions == "both" else 1.0)
