"""The benchmark of the detector runs, and says of each figure what it was to be and whether it is."""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_short_form_prints_every_table_with_targets_and_verdicts():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.detection", "--short", "--workers", "1"],
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for title in (
        "Weeks to a false alarm",
        "Mean delay over the oracle's",
        "90 % intervals",
        "Missed targets",
    ):
        assert f"## {title}" in done.stdout
    met, missed = map(int, re.search(r"(\d+) are met and (\d+) missed", done.stdout).groups())
    assert met + missed >= 40
    assert len(re.findall(r"^- ", done.stdout.split("## Missed targets")[1].split("##")[0], re.M)) == missed
    for family in (
        "win n=20",
        "win n=200",
        "baseline 26",
        "fit mix",
        "discount",
        "log price",
        "month ends",
        "phi 0.4",
    ):
        assert re.search(rf"^\| .*{family}", done.stdout, re.M)


@pytest.mark.parametrize(
    "value, verdict",
    [(1.1, "met, stretch too"), (1.2, "met"), (1.3, "met"), (1.31, "MISSED"), (math.nan, "MISSED")],
)
def test_a_target_is_met_or_missed_and_nothing_between(value, verdict):
    from benchmarks.detection.targets import Target

    assert Target(most=1.30, stretch=1.10).verdict(value) == verdict


def test_seeds_of_measuring_are_none_of_tuning():
    from benchmarks.detection import seeds

    assert len({seeds.MEASURING, seeds.COMPARING, seeds.CUTTING}) == 3
    assert not {seeds.MEASURING, seeds.COMPARING, seeds.CUTTING} & set(seeds.TUNING)
    first, again, other = (seeds.generator(*place).random() for place in ((1, 2), (1, 2), (2, 1)))
    assert first == again != other


def test_the_oracle_is_alarmed_by_the_change_it_knows_and_reaches_its_level_rarely_without():
    import numpy as np

    from benchmarks.detection.delays import truth_of
    from benchmarks.detection.families import WIN_60
    from benchmarks.detection.oracle import oracle

    change = WIN_60.asked["-12 points"].change
    truth = truth_of(WIN_60, change)
    made = WIN_60.make(np.random.default_rng(31), 40, change.at + 30, change)
    strength = oracle(made, truth)
    assert np.median(strength[:, change.at - 1]) < 2.0
    assert np.median(strength[:, -1]) > 15.0
    mirrored = WIN_60.make(np.random.default_rng(31), 40, change.at + 30)
    assert np.quantile(oracle(mirrored, truth)[:, -1], 0.9) < 8.0


def test_every_kind_of_series_to_cut_is_seeded_and_marked_within_itself():
    import numpy as np

    from benchmarks.segmentation.kinds import KINDS, collection

    made, again, other = (collection(seed, 1) for seed in (1, 1, 2))
    assert [one.name for one in made] == list(KINDS)
    for one, same, unlike in zip(made, again, other, strict=True):
        assert np.isfinite(one.values).all()
        np.testing.assert_array_equal(one.values, same.values)
        assert not np.array_equal(one.values, unlike.values)
        (marks,) = one.marked
        assert bool(marks) == (one.name.startswith("steps") or one.name == "bends")
        assert all(8 <= mark <= len(one.values) - 8 for mark in marks)
