"""One label, one segment: spellings, groups, and a name that stays."""

from datetime import date, timedelta

import polars as pl
import pytest

from config.settings_profile import SegmentBy
from monitor.segments import SETTLED, with_segments

DAY = date(2026, 1, 5)


def regions(*labels, groups=None):
    deals = pl.DataFrame({"attr:region": labels}, schema={"attr:region": pl.String})
    by = SegmentBy(by="region", groups=groups or {})
    return with_segments(deals, (by,))["seg:region"].to_list()


@pytest.mark.parametrize("other", ["emea", " EMEA ", "E M E A", "E-M-E-A", "e_mea", "ＥＭＥＡ", "E\u00a0MEA"])
def test_a_label_spelled_otherwise_is_the_same_segment(other):
    assert regions("EMEA", "EMEA", other) == ["EMEA"] * 3


def test_labels_that_differ_by_more_stay_apart():
    assert regions("EMEA", "EMEA 2", "E.M.E.A") == ["EMEA", "EMEA 2", "E.M.E.A"]


def test_a_blank_or_missing_label_is_no_segment():
    assert regions("EMEA", "", "  ", None) == ["EMEA", None, None, None]


def test_of_spellings_as_frequent_the_first_in_order_is_taken_whatever_the_order_of_deals():
    assert set(regions("emea", "EMEA")) == set(regions("EMEA", "emea"))


def test_nothing_has_no_segment():
    assert regions() == []
    assert regions(None, None) == [None, None]


def test_a_new_spelling_does_not_rename_a_segment_that_has_a_past():
    """A CRM renames EMEA to Emea: after three years most deals are of the new name, and the series goes on."""
    old, new = SETTLED + 20, 10 * SETTLED
    frame = pl.DataFrame(
        {
            "created_on": [DAY + timedelta(days=n) for n in range(old + new)],
            "closed_on": [None] * (old + new),
            "attr:region": ["EMEA"] * old + ["Emea"] * new,
        },
        schema_overrides={"closed_on": pl.Date},
    )
    for deals in (frame, frame.reverse()):
        assert set(with_segments(deals, (SegmentBy(by="region"),))["seg:region"]) == {"EMEA"}


def test_deals_without_a_day_of_creation_are_dated_by_their_closing():
    frame = pl.DataFrame(
        {
            "created_on": [None] * (4 * SETTLED),
            "closed_on": [DAY - timedelta(days=n) for n in range(4 * SETTLED)],
            "attr:region": ["Emea"] * (3 * SETTLED) + ["EMEA"] * SETTLED,
        },
        schema_overrides={"created_on": pl.Date},
    )
    assert set(with_segments(frame, (SegmentBy(by="region"),))["seg:region"]) == {"EMEA"}


def test_values_find_their_group_however_they_are_spelled():
    groups = {"EMEA": ("united kingdom", "D-A-CH"), "Americas": ("US",)}
    found = regions("United Kingdom", "UnitedKingdom", "dach", "us ", "Japan", None, groups=groups)
    assert found == ["EMEA", "EMEA", "EMEA", "Americas", "other", None]


def test_two_dimensions_stand_beside_each_other():
    deals = pl.DataFrame({"attr:region": ["EMEA"], "channel": ["direct"]})
    cut = with_segments(deals, (SegmentBy(by="region"), SegmentBy(by="channel")))
    assert cut.select("seg:region", "seg:channel").row(0) == ("EMEA", "direct")


def people(*names, pseudonyms):
    deals = pl.DataFrame({"owner": names, "channel": names})
    dimensions = (SegmentBy(by="owner"), SegmentBy(by="channel"))
    return with_segments(deals, dimensions, pseudonyms=pseudonyms)


def test_people_have_pseudonyms_where_they_are_not_to_be_named_and_nothing_else_has():
    cut = people("Jane Doe", "jane doe", "John Roe", None, pseudonyms=True)
    jane, again, john, nobody = cut["seg:owner"].to_list()
    assert jane == again != john
    assert nobody is None
    assert not {"Jane Doe", "jane doe", "John Roe"} & set(cut["seg:owner"])
    assert cut["seg:channel"].to_list() == ["Jane Doe", "Jane Doe", "John Roe", None]
    assert people("Jane Doe", pseudonyms=False)["seg:owner"].to_list() == ["Jane Doe"]


def test_a_pseudonym_stays_when_others_come_and_spellings_change():
    one = people("Jane Doe", pseudonyms=True)["seg:owner"][0]
    assert people("A. Newcomer", "JANE DOE", pseudonyms=True)["seg:owner"][1] == one
