from datetime import date

import polars as pl
import pytest

from config.settings_profile import ProfileVersion
from config.where import parse_where
from monitor.profile import explain_tier, with_tier
from monitor.segments import with_segments
from monitor.where import column_of, matches, readable

DEALS = pl.DataFrame(
    {
        "deal_id": ["1", "2", "3", "4", "5"],
        "motion": ["new", "renewal", "new", "new", "new"],
        "created_on": [date(2026, 1, 5)] * 4 + [date(2026, 6, 1)],
        "amount": [100.0, 200.0, None, 50.0, 10.0],
        "attr:region": ["EMEA", "emea ", "US", None, "  "],
        "attr:employees": ["250", "1,200", "12", None, "n/a"],
        "attr:industry": ["Software", "software", "Retail", "Finance", None],
    }
)


def met(grammar):
    return DEALS.select(m=matches(parse_where(grammar), DEALS.columns))["m"].to_list()


@pytest.mark.parametrize(
    ("grammar", "expected"),
    [
        ({"region": "EMEA"}, [True, True, False, False, False]),
        ({"region": ["EMEA", "US"]}, [True, True, True, False, False]),
        ({"region": {"not_in": ["EMEA"]}}, [False, False, True, True, True]),
        ({"employees": {"between": [200, 5000]}}, [True, True, False, False, False]),
        ({"industry": {"matches": "[Ss]oft.*"}}, [True, True, False, False, False]),
        ({"industry": {"matches": "oft"}}, [False] * 5),  # the whole value, not a part of it
        ({"region": {"missing": True}}, [False, False, False, True, True]),
        ({"region": {"missing": False}}, [True, True, True, False, False]),
        ({"motion": "new", "region": "EMEA"}, [True, False, False, False, False]),
        ({"created_on": {"between": [date(2026, 5, 1), date(2026, 12, 31)]}}, [False] * 4 + [True]),
    ],
)
def test_every_condition_means_what_it_says(grammar, expected):
    assert met(grammar) == expected


def test_a_name_that_is_no_column_is_an_error():
    with pytest.raises(KeyError):
        column_of("regoin", DEALS.columns)


def test_a_number_that_is_no_number_cannot_be_read():
    where = parse_where({"employees": {"between": [200, 5000]}})
    assert DEALS.select(r=readable(where, DEALS.columns))["r"].to_list() == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("written", "asked", "is_met"),
    [
        ("51-200", [51, 1000], True),
        ("51\u2013200 employees", [51, 200], True),
        ("11 to 50", [51, 1000], False),
        ("1k-5k", [1000, 5000], True),
        ("501-1K", [501, 1000], True),
        ("10,000+", [5000, 1_000_000], True),
        ("< 10", [51, 1000], False),
        ("$1M - $10M", [1_000_000, 10_000_000], True),
    ],
)
def test_a_range_is_read_by_its_middle_and_an_open_one_by_its_end(written, asked, is_met):
    deals = pl.DataFrame({"attr:size": [written]})
    where = parse_where({"size": {"between": asked}})
    assert deals.select(m=matches(where, deals.columns), r=readable(where, deals.columns)).row(0) == (
        is_met,
        True,
    )


@pytest.mark.parametrize("written", ["200-51", "large", "n/a", "2 of 3", "1-2-3", ""])
def test_what_is_no_range_cannot_be_read(written):
    deals = pl.DataFrame({"attr:size": [written]})
    where = parse_where({"size": {"between": [1, 1000]}})
    assert deals.select(r=readable(where, deals.columns))["r"].to_list() == [False]


def profile(**changes):
    body = {
        "effective": "2026-01-01",
        "criteria": [
            {"name": "Right industry", "where": {"industry": ["software", "finance"]}, "weight": 3},
            {"name": "Mid-market", "where": {"employees": {"between": [200, 5000]}}, "weight": 2},
        ],
        "tiers": {"A": 0.8, "B": 0.5, "C": 0.2},
        "core": ["A"],
        **changes,
    }
    return ProfileVersion.model_validate(body)


def tiers(*versions):
    return with_tier(DEALS, versions)["tier"].to_list()


def test_the_tier_is_the_best_whose_least_share_the_score_reaches():
    # 1: both; 2: both; 3: neither; 4: industry met, size unreadable: 0.6 or 1.0, so it cannot be told; 5: neither
    assert tiers(profile()) == ["A", "A", "out", "unknown", "unknown"]


def test_a_missing_value_counts_as_no_where_the_profile_says_so():
    assert tiers(profile(missing="no")) == ["A", "A", "out", "B", "out"]


def test_a_missing_value_that_could_not_change_the_tier_leaves_it_known():
    assert tiers(profile(tiers={"A": 0.5}))[3] == "A"


def test_an_excluded_deal_is_out_whatever_its_score():
    assert tiers(profile(exclude={"motion": "renewal"}))[1] == "out"


def test_each_deal_is_judged_by_the_version_in_force_when_it_was_created():
    later = profile(effective="2026-05-01", criteria=[{"name": "US", "where": {"region": {"missing": True}}}])
    assert tiers(profile(), later) == ["A", "A", "out", "unknown", "A"]


def test_without_a_profile_every_tier_is_unknown_and_nothing_is_core():
    tiered = with_tier(DEALS, ())
    assert set(tiered["tier"]) == {"unknown"}
    assert not tiered["core"].any()


def test_core_are_the_tiers_named_so():
    assert with_tier(DEALS, (profile(core=["A"]),))["core"].to_list() == [True, True, False, False, False]


def test_the_score_is_explained_per_deal():
    explained = explain_tier(DEALS[3], (profile(),))
    assert explained.tier == "unknown"
    assert [(c.name, c.met) for c in explained.criteria] == [("Right industry", True), ("Mid-market", None)]
    assert explained.score == pytest.approx(0.6)


def test_spellings_of_one_label_are_one_segment_spelled_as_most_spell_it():
    deals = pl.DataFrame({"attr:product": ["GTX Pro", "GTXPro", "GTX Pro", "gtx-pro", "Other", None, " "]})
    from config.settings_profile import SegmentBy

    seen = with_segments(deals, (SegmentBy(by="product"),))["seg:product"].to_list()
    assert seen == ["GTX Pro", "GTX Pro", "GTX Pro", "GTX Pro", "Other", None, None]


def test_groups_join_values_and_the_rest_is_other():
    from config.settings_profile import SegmentBy

    deals = pl.DataFrame({"attr:region": ["UK", "DACH", "US", None]})
    grouped = with_segments(deals, (SegmentBy(by="region", groups={"EMEA": ("uk", "DACH")}),))
    assert grouped["seg:region"].to_list() == ["EMEA", "EMEA", "other", None]
