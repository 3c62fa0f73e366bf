import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detectors.effective import deal_weights, intraclass, weekly_means


def test_intraclass_is_the_textbook_ratio_for_unequal_clusters():
    clusters = np.array([0, 0, 0, 1, 1, 2])
    residuals = np.array([1.0, 2.0, 3.0, 5.0, 7.0, 9.0])
    # by hand: means 2, 6, 9; SSB 43.5 on 2, SSW 4 on 3; m0 = (6 - 14 / 6) / 2
    between, within, m0 = 43.5 / 2, 4 / 3, (6 - 14 / 6) / 2
    assert intraclass(residuals, clusters) == pytest.approx(
        (between - within) / (between + (m0 - 1) * within)
    )


def test_intraclass_recovers_the_correlation_it_was_simulated_with():
    rng = np.random.default_rng(5)
    clusters = np.repeat(np.arange(4000), rng.integers(1, 6, 4000))
    shared = rng.normal(size=4000)[clusters] * np.sqrt(0.3)
    values = shared + rng.normal(size=len(clusters)) * np.sqrt(0.7)
    assert intraclass(values, clusters) == pytest.approx(0.3, abs=4 * 0.014)  # se from 4000 clusters


@pytest.mark.parametrize(
    "residuals, clusters, why",
    [
        ([1.0, 2.0, 3.0], [0, 0, 0], "one cluster only"),
        ([1.0, 2.0, 3.0], [0, 1, 2], "no cluster of two"),
        ([2.0, 2.0, 2.0, 2.0], [0, 0, 1, 1], "no variation"),
        ([0.0, 2.0, 0.0, 2.0], [0, 0, 1, 1], "members differ more than clusters"),
        ([], [], "no deals"),
    ],
)
def test_intraclass_is_0_where_nothing_can_be_said(residuals, clusters, why):
    assert intraclass(np.array(residuals), np.array(clusters, dtype=np.int64)) == 0.0, why


def test_intraclass_refuses_what_is_not_a_number():
    with pytest.raises(ValueError, match="finite"):
        intraclass(np.array([1.0, np.nan]), np.array([0, 0]))


@given(st.floats(-1e6, 1e6), st.floats(0.01, 100.0))
def test_intraclass_does_not_depend_on_level_and_unit(level, unit):
    residuals = np.array([1.0, 1.5, 3.0, 2.5, 0.0, 0.25])
    clusters = np.array([0, 0, 1, 1, 2, 2])
    moved = intraclass(level + unit * residuals, clusters)
    assert moved == pytest.approx(intraclass(residuals, clusters), rel=1e-4)


def test_a_batch_of_identical_deals_weighs_as_one_deal():
    batch = np.zeros(1488, dtype=np.int64)
    assert deal_weights([batch], [1.0]).sum() == pytest.approx(1.0)
    assert deal_weights([batch], [0.85]).sum() == pytest.approx(1488 / (1 + 1487 * 0.85))


def test_the_smallest_weight_over_the_kinds_of_batch_counts():
    weights = deal_weights([np.array([0, 0, 1]), np.array([0, 1, 1])], [0.5, 1.0])
    assert weights.tolist() == pytest.approx([1 / 1.5, 0.5, 0.5])


def test_deal_weights_refuse_kinds_without_a_correlation():
    with pytest.raises(ValueError, match="2 kinds of batch, but 1"):
        deal_weights([np.array([0]), np.array([0])], [0.5])
    with pytest.raises(ValueError, match="between 0 and 1"):
        deal_weights([np.array([0])], [1.5])


def test_trimmed_means_are_those_of_scipy_for_equal_weights():
    from scipy.stats import trim_mean

    rng = np.random.default_rng(3)
    week = np.repeat([0, 1, 2], [10, 40, 20])
    values = rng.standard_t(3, 70)
    means, _, _ = weekly_means(week, values, np.ones(70), 3, trim=0.1)
    assert means.tolist() == pytest.approx([trim_mean(values[week == w], 0.1) for w in range(3)])


def test_a_weight_of_two_is_two_deals_also_at_the_trimmed_edge():
    values, weights = np.array([5.0, 1.0, 3.0, 9.0, 1.0]), np.array([2.0, 1.0, 3.0, 1.0, 2.0])
    split = np.repeat(values, weights.astype(int))
    for trim in (0.05, 0.1, 0.25, 0.4):
        one, _, _ = weekly_means(np.zeros(5, dtype=np.int64), values, weights, 1, trim)
        many, _, _ = weekly_means(np.zeros(9, dtype=np.int64), split, np.ones(9), 1, trim)
        assert one == pytest.approx(many)


def test_a_trimmed_mean_by_hand_keeps_part_of_the_edge():
    # weights 1, 1, 1; a tenth of 3 is cut at each end: 0.7, 1, 0.7
    means, _, _ = weekly_means(
        np.zeros(3, dtype=np.int64), np.array([9.0, 0.0, 3.0]), np.ones(3), 1, trim=0.1
    )
    assert means[0] == pytest.approx((0.7 * 0 + 3 + 0.7 * 9) / 2.4)


def test_weeks_without_deals_have_no_mean_and_weeks_of_one_deal_keep_it():
    means, effective, deals = weekly_means(np.array([2]), np.array([0.4]), np.array([0.5]), 4, trim=0.1)
    assert np.isnan(means[[0, 1, 3]]).all()
    assert means[2] == pytest.approx(0.4)
    assert effective.tolist() == [0, 0, 0.5, 0]
    assert deals.tolist() == [0, 0, 1, 0]


@given(
    arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e3, 1e3)),
    st.floats(0, 0.49),
    st.randoms(use_true_random=False),
)
def test_a_trimmed_mean_lies_within_the_values_and_does_not_depend_on_their_order(values, trim, random):
    weights = np.array([random.uniform(0.1, 2.0) for _ in values])
    order = np.array(random.sample(range(len(values)), len(values)))
    zero = np.zeros(len(values), dtype=np.int64)
    mean = weekly_means(zero, values, weights, 1, trim)[0][0]
    shuffled = weekly_means(zero, values[order], weights[order], 1, trim)[0][0]
    assert values.min() - 1e-9 <= mean <= values.max() + 1e-9
    assert shuffled == pytest.approx(mean, abs=1e-6)


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"trim": 0.5}, "trim is a share"),
        ({"week": np.array([0, 3])}, "weeks run from 0 to 1"),
        ({"week": np.array([-1, 0])}, "weeks run from 0 to 1"),
        ({"values": np.array([1.0, np.nan])}, "values must be finite"),
        ({"weights": np.array([1.0, -1.0])}, "not negative"),
        ({"weights": np.ones(3)}, "one each a deal"),
    ],
)
def test_weekly_means_refuse_what_makes_no_sense(change, sentence):
    good = {"week": np.array([0, 1]), "values": np.ones(2), "weights": np.ones(2), "weeks": 2, "trim": 0.1}
    with pytest.raises(ValueError, match=sentence):
        weekly_means(**(good | change))
