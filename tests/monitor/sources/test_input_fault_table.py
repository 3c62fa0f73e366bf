"""The faults of input, 79 to 113 and 119, a line each: what goes wrong, and the tests that show what is done then.

A test is named by file and function; behind an @ stands the id of the one case of a table that is meant.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
FILES = "monitor/sources/test_input_faults.py"
REFUSED = f"{FILES}::test_a_file_that_cannot_be_trusted_is_refused_with_the_mend"
ASIDE = f"{FILES}::test_a_row_that_cannot_be_trusted_is_set_aside_and_no_other"
USED = f"{FILES}::test_what_means_no_harm_is_used"
CSV = "monitor/sources/test_sources_csv.py"
SQL = "monitor/sources/test_sources_sql.py"
CRM = "monitor/sources/test_sources_crm.py"
HOSTILE = "monitor/sources/test_sources_hostile.py"
HUBSPOT = "monitor/sources/test_sources_hubspot_api.py"
SALESFORCE = "monitor/sources/test_sources_salesforce_api.py"
INGEST = "monitor/ingest/test_ingest.py"
KINDS = "monitor/judging/test_metric_kinds.py"
PANEL = "monitor/judging/test_panel.py"
ODD = "monitor/judging/test_odd_data.py"
WEEKLY = "monitor/judging/test_weekly.py"
CORRIDOR = "monitor/corridor/test_corridor.py"
DRIFT = "monitor/corridor/test_drift.py"
REFUSALS = "monitor/corridor/test_refusals.py"

TABLE: dict[int, tuple[str, tuple[str, ...]]] = {
    79: (
        "a byte order mark",
        (f"{USED}@79 byte order mark", f"{CSV}::test_a_byte_order_mark_is_no_part_of_the_first_column"),
    ),
    80: (
        "another encoding",
        (
            f"{REFUSED}@80 UTF-16",
            f"{REFUSED}@80 cp1252",
            f"{CSV}::test_another_encoding_is_refused_with_byte_and_line",
            f"{CSV}::test_a_declared_encoding_is_used",
        ),
    ),
    81: ("another delimiter", (f"{REFUSED}@81 semicolons", f"{REFUSED}@81 tabs")),
    82: (
        "a missing column",
        (
            f"{REFUSED}@82 missing column",
            f"{REFUSALS}::test_a_file_that_cannot_be_used_fails_its_turn_and_is_read_as_soon_as_it_can_be",
        ),
    ),
    83: (
        "an extra column",
        (
            f"{USED}@83 extra column",
            f"{DRIFT}::test_a_column_that_a_file_gains_is_told_once_and_holds_nothing",
        ),
    ),
    84: ("a header twice", (f"{REFUSED}@84 duplicate header",)),
    85: (
        "a ragged row",
        (
            f"{ASIDE}@85 short row",
            f"{ASIDE}@85 long row",
            "monitor/sources/test_sources_records.py::test_ragged_rows_are_set_aside_and_shift_nothing",
        ),
    ),
    86: (
        "an open quote",
        (
            f"{ASIDE}@86 open quote",
            "monitor/sources/test_sources_records.py::test_a_mark_left_open_swallows_no_rows_even_if_the_cells_add_up",
        ),
    ),
    87: ("control characters", (f"{ASIDE}@87 NUL", f"{ASIDE}@87 escape")),
    88: ("a cell of 70,000 characters", (f"{ASIDE}@88 long cell",)),
    89: (
        "the same row twice",
        (f"{USED}@89 identical duplicates", f"{CSV}::test_rows_that_say_the_same_count_once"),
    ),
    90: (
        "one id, two rows that differ",
        (
            f"{ASIDE}@90 different duplicates",
            f"{CSV}::test_the_newest_of_several_versions_wins",
            f"{CSV}::test_equally_new_rows_that_differ_are_all_set_aside",
        ),
    ),
    91: (
        "00123, NA, None",
        (
            f"{FILES}::test_a_name_stays_what_it_is",
            f"{CSV}::test_blank_and_null_are_nothing_but_a_name_stays_a_name",
        ),
    ),
    92: ("NaN, inf, 1e400", (f"{ASIDE}@92 NaN", f"{ASIDE}@92 inf", f"{ASIDE}@92 1e400")),
    93: (
        "a negative price, and none",
        (
            f"{ASIDE}@93 negative",
            f"{USED}@93 zero",
            f"{KINDS}::test_a_deal_won_for_nothing_says_nothing_about_price_and_is_counted",
        ),
    ),
    94: ("a decimal comma", (f"{ASIDE}@94 decimal comma", f"{CSV}::test_decimal_commas_are_declared")),
    95: (
        "several currencies",
        (
            f"{ASIDE}@95 unknown currency",
            f"{CSV}::test_other_currencies_among_the_companys_own_are_set_aside",
            f"{CSV}::test_a_currency_column_is_believed_and_kept",
            f"{KINDS}::test_another_mix_of_currencies_is_no_change_of_size",
        ),
    ),
    96: (
        "03/04/2026",
        (
            f"{ASIDE}@96 ambiguous date",
            "monitor/sources/test_sources_dates.py::test_a_date_is_read_as_declared_or_not_at_all",
        ),
    ),
    97: (
        "a closing day ahead",
        (
            f"{ASIDE}@97 far future",
            f"{FILES}::test_a_closing_day_ahead_is_a_hope",
            "monitor/store/test_store_known.py::test_a_day_of_the_future_is_not_known_even_if_it_was_observed",
        ),
    ),
    98: ("won without a closing day", (f"{ASIDE}@98 won without a day",)),
    99: ("an unknown stage", (f"{ASIDE}@99 unknown stage", f"{USED}@99 stage with blanks")),
    100: (
        "a tenth of the rows or of the freshness",
        (
            f"{INGEST}::test_a_snapshot_of_a_tenth_of_the_rows_holds_as_long_as_it_lasts",
            f"{INGEST}::test_a_source_that_goes_stale_tenfold_holds",
            f"{INGEST}::test_half_an_export_holds_judging_until_a_whole_one_comes",
            f"{INGEST}::test_what_a_person_accepts_is_deleted_at_the_next_read",
        ),
    ),
    101: ("a column of another type", (f"{ASIDE}@101 another type",)),
    102: (
        "half a file",
        (
            f"{REFUSED}@102 half a row",
            f"{REFUSED}@102 half a cell",
            f"{INGEST}::test_a_file_still_being_written_is_read_at_the_next_turn",
            f"{HOSTILE}::test_a_packed_file_that_is_cut_is_waited_for",
        ),
    ),
    103: (
        "the same file again, or renamed",
        (
            f"{INGEST}::test_a_second_read_changes_nothing_not_even_a_row",
            f"{INGEST}::test_a_renamed_file_changes_nothing",
        ),
    ),
    104: (
        "an older file after a newer one",
        (f"{INGEST}::test_an_older_export_changes_nothing_back", f"{SQL}::test_what_fails_moves_no_mark"),
    ),
    105: (
        "no row in a week, or in a file",
        (
            f"{PANEL}::test_a_week_without_decisions_says_nothing_about_a_rate",
            f"{WEEKLY}::test_a_week_of_which_nothing_has_arrived_is_held_and_changes_nothing",
            f"{INGEST}::test_an_export_without_any_deal_deletes_none_however_few_there_are",
        ),
    ),
    106: (
        "all won, all lost, nobody asked",
        (
            f"{ODD}::test_every_rate_of_few_deals_is_a_finite_number_and_no_alarm",
            "detectors/test_shiryaev.py::test_a_constant_series_is_no_news_whatever_its_level",
            f"{PANEL}::test_series_with_too_few_deals_are_kept_apart_and_still_readable",
        ),
    ),
    107: (
        "two years of past that come late",
        (
            f"{ODD}::test_a_past_of_two_years_that_comes_late_changes_no_judgement_and_opens_nothing",
            f"{INGEST}::test_a_new_deal_is_observed_and_one_of_long_ago_is_a_backfill",
            f"{CORRIDOR}::test_a_first_load_shows_the_past_and_alarms_nobody",
            "monitor/corridor/test_restated_history.py::test_a_restated_week_is_judged_again_without_a_word",
        ),
    ),
    108: (
        "deals that were deleted",
        (
            f"{INGEST}::test_a_missing_deal_was_deleted",
            f"{INGEST}::test_when_too_many_vanish_at_once_nothing_is_deleted",
            f"{SQL}::test_a_table_that_lost_a_third_of_its_rows_holds_judging",
            f"{CRM}::test_only_what_changed_is_read_after_and_what_was_deleted_is_gone",
        ),
    ),
    109: (
        "equal and late stamps",
        (
            f"{SQL}::test_equal_stamps_over_a_page_border_lose_and_double_nothing",
            f"{SQL}::test_the_next_read_begins_at_the_mark_and_looks_back_an_hour",
            f"{HUBSPOT}::test_equal_instants_over_a_page_border_lose_nothing",
            f"{SALESFORCE}::test_equal_instants_over_a_page_border_are_read_once_each",
        ),
    ),
    110: (
        "pages that change while they are read",
        (
            f"{HUBSPOT}::test_a_list_that_goes_on_where_it_was_ends_with_a_sentence",
            f"{SALESFORCE}::test_half_a_page_and_missing_rows_are_no_end",
            f"{CRM}::test_a_weekly_comparison_finds_what_vanished_without_a_trace",
        ),
    ),
    111: (
        "a hundred thousand segments",
        (
            f"{ODD}::test_a_hundred_thousand_values_of_a_dimension_are_a_few_series_and_a_warning",
            f"{PANEL}::test_only_the_largest_values_of_a_dimension_are_watched",
            "monitor/corridor/test_roll_up.py::test_alerts_that_waited_for_longer_than_a_day_go_out_as_one_list",
        ),
    ),
    112: (
        "labels that look alike",
        (
            f"{ODD}::test_labels_that_look_alike_are_two_segments_and_ops_are_told",
            "monitor/judging/test_segments.py::test_a_label_spelled_otherwise_is_the_same_segment",
        ),
    ),
    113: (
        "a source that is down",
        (
            f"{REFUSALS}::test_operations_hear_once_of_a_source_that_is_gone_and_again_when_it_is_gone_again",
            f"{CORRIDOR}::test_a_source_that_stops_holds_judgement_and_what_comes_later_is_judged",
            f"{CRM}::test_a_crm_that_cannot_be_reached_is_an_error_without_a_secret",
            f"{HUBSPOT}::test_what_may_pass_is_waited_for_as_long_as_asked",
            f"{SALESFORCE}::test_a_session_that_ran_out_is_logged_in_again_and_the_call_repeated",
        ),
    ),
    119: (
        "files made to do harm",
        (
            "config/test_config_surprises.py::test_a_bomb_is_refused_before_it_is_built",
            f"{HOSTILE}::test_a_packed_file_that_unpacks_to_a_thousand_times_its_size_is_refused",
            f"{HOSTILE}::test_a_zip_bomb_is_refused_whatever_it_says_of_its_size",
            f"{HOSTILE}::test_fifty_million_rows_in_a_small_parquet_file_are_refused",
            f"{HOSTILE}::test_a_file_that_needs_too_much_memory_ends_its_process_and_nothing_else",
            f"{HOSTILE}::test_a_file_of_five_gigabytes_is_refused_unread",
            f"{HOSTILE}::test_a_pipe_and_a_device_are_no_files",
            f"{HOSTILE}::test_a_link_that_leads_out_of_a_drop_folder_is_not_followed",
            f"{HOSTILE}::test_a_name_that_cannot_be_shown_is_refused",
        ),
    ),
}


def test_every_fault_of_input_has_its_line() -> None:
    assert list(TABLE) == [*range(79, 114), 119]
    assert all(what and tests for what, tests in TABLE.values())


@pytest.mark.parametrize("fault", TABLE)
def test_the_tests_of_a_fault_are_there(fault: int) -> None:
    for named in TABLE[fault][1]:
        place, _, case = named.partition("@")
        file, _, function = place.partition("::")
        source = (TESTS / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {function}\(", source, re.MULTILINE), named
        if case:
            assert case.startswith(f"{fault} "), named
            assert f'id="{case}"' in source, named


def test_every_case_of_the_table_of_files_belongs_to_a_fault() -> None:
    """A case that is added there is added here."""
    written = set(re.findall(r'id="(\d+ [^"]+)"', (TESTS / FILES).read_text(encoding="utf-8")))
    told = {named.partition("@")[2] for _, tests in TABLE.values() for named in tests}
    assert written <= told, written - told
