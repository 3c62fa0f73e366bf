"""Each fault of the catalogue: what goes wrong, and the tests that show what is done; or why there is none.

The faults of input, 79 to 113 and 119, have a table of their own (tests/monitor/sources/test_input_fault_table.py). A
test is named by file and function; `E1@smtp.dot` is an experiment of `make proof`, and a point at which it kills.
"""

from __future__ import annotations

from dataclasses import dataclass

OUTBOX = "monitor/store/test_store_outbox.py::test_"
CHANNEL = "alerts/test_alerts_email_channel.py::test_"
CORRIDOR = "monitor/corridor/test_corridor.py::test_"
ROLL_UP = "monitor/corridor/test_roll_up.py::test_"
SMALL_SERVER = "monitor/corridor/test_small_server.py::test_"
REFUSALS = "monitor/corridor/test_refusals.py::test_"
OPENING = "monitor/store/test_store_opening.py::test_"
LEADERSHIP = "monitor/shell/test_shell_leadership.py::test_"
SCHEDULE = "monitor/shell/test_shell_schedule.py::test_"
DAEMON = "monitor/shell/test_shell_daemon.py::test_"
RELOAD = "monitor/shell/test_shell_reload.py::test_"
GUARD = "monitor/shell/test_shell_clock_guard.py::test_"
WRONG_CLOCK = "monitor/shell/test_shell_wrong_clock.py::test_"
CRASH_LOOP = "monitor/shell/test_shell_crash_loop.py::test_"
DOCTOR = "monitor/upkeep/test_doctor.py::test_"
BACKUP = "monitor/upkeep/test_backup.py::test_"
DISK_ERRORS = "monitor/upkeep/test_disk_errors.py::test_"
FULL_DISK = "monitor/upkeep/test_full_disk.py::test_"
FAILOVER = "monitor/upkeep/test_failover.py::test_"
HEART = "monitor/upkeep/test_heartbeat.py::test_"
READERS = "monitor/console/test_console_reader_pages.py::test_"
HOSTILE_FILES = "monitor/sources/test_sources_hostile.py::test_"
HOSTILE_TEXT = "alerts/test_alerts_hostile.py::test_"
TEMPLATES = "alerts/test_alerts_own_templates.py::test_"
CONFIG = "config/test_config_load.py::test_"
SURPRISES = "config/test_config_surprises.py::test_"


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, the tests that show what is done then, and what of it no test shows."""

    what: str
    tests: tuple[str, ...] = ()
    not_covered: str = ""


def _killed(what: str, *points: str) -> Fault:
    return Fault(what, tuple(f"E1@{point}" for point in points))


FAULTS: dict[int, Fault] = {
    1: _killed("dies before ingest", "ingest.begun"),
    2: _killed("dies in the transaction of ingest", "ingest.rows"),
    3: _killed("dies between ingest and judging", "ingest.committed", "judge.judged"),
    4: _killed("dies with the inflection written and no mail", "judge.ledger"),
    5: _killed("dies with mails written, not committed", "judge.queued"),
    6: _killed("dies after that commit", "judge.committed", "deliver.waiting"),
    7: _killed("dies after a mail was claimed", "deliver.claiming", "deliver.claimed"),
    8: _killed("dies after MAIL", "smtp.mail"),
    9: _killed("dies after RCPT", "smtp.rcpt"),
    10: _killed("dies in the middle of DATA", "smtp.data", "smtp.content", "deliver.data", "deliver.handed"),
    11: _killed("dies with the dot out and no answer", "smtp.dot"),
    12: _killed("dies with the answer read, not written", "smtp.answered"),
    13: _killed("dies with it written, not committed", "deliver.recording"),
    14: _killed("dies after that", "deliver.recorded"),
    15: Fault(
        "dies in the middle of a migration",
        ("E11", f"{OPENING}a_migration_that_fails_half_way_leaves_nothing"),
    ),
    16: _killed("dies while a digest is made", "digest.rendered", "digest.queued", "digest.committed"),
    17: Fault(
        "dies while a file is moved",
        not_covered="no file of a source is moved: its content says whether it is known (103)",
    ),
    18: Fault(
        "dies in a form of the pages",
        (f"{READERS}a_decision_is_recorded_once_with_who_and_when_and_can_be_taken_back",),
    ),
    19: Fault("SIGTERM at work", (f"{DAEMON}sigterm_lets_the_tick_at_work_finish_and_exits_zero",)),
    20: Fault(
        "SIGTERM twice, SIGHUP",
        (
            f"{DAEMON}a_second_signal_exits_fast",
            f"{RELOAD}a_good_configuration_is_in_force_from_the_next_tick_on",
            f"{RELOAD}a_wrong_configuration_changes_nothing_and_operations_are_told_once",
            f"{RELOAD}sighup_reads_the_configuration_again_in_the_running_daemon",
        ),
    ),
    21: Fault(
        "out of memory by a huge file",
        (f"{HOSTILE_FILES}a_file_that_needs_too_much_memory_ends_its_process_and_nothing_else",),
    ),
    22: Fault(
        "a crash loop on one item",
        (
            f"{CRASH_LOOP}a_period_that_ends_the_process_three_times_rests_for_a_day_and_is_told",
            f"{CRASH_LOOP}a_mail_that_ends_the_process_three_times_lets_the_others_go_first",
        ),
    ),
    23: Fault(
        "no connection, no such host",
        (
            f"{CHANNEL}nobody_listening_defers_everything",
            f"{OUTBOX}a_failed_mail_waits_longer_each_time_and_dies_of_age",
            f"{HEART}a_mail_that_waits_too_long_is_trouble_and_a_dead_one_was_told_already",
        ),
    ),
    24: Fault("silence after the connection", ("E4", f"{CHANNEL}silence_before_the_dot_defers")),
    25: Fault("421 at the banner or later", ("E4",)),
    26: Fault(
        "4xx", ("E4", f"{OUTBOX}a_server_that_says_later_is_given_time_and_one_that_refuses_the_login_more")
    ),
    27: Fault(
        "5xx to a reader",
        (
            "E4",
            f"{OUTBOX}a_refused_mail_is_dead_at_once",
            f"{CHANNEL}one_connection_serves_many_mails_and_one_bad_address_stops_no_other",
        ),
    ),
    28: Fault(
        "the login is refused",
        (f"{CHANNEL}a_wrong_password_defers_all_mails_after_one_knock_and_is_nowhere_to_be_read",),
    ),
    29: Fault(
        "5xx after the dot", ("E4", f"{OUTBOX}a_page_that_is_refused_goes_out_once_more_as_text_alone")
    ),
    30: Fault(
        "some of the readers are refused",
        (f"{CORRIDOR}mails_go_through_a_real_server_encrypted_and_logged_in_one_to_each_reader",),
    ),
    31: Fault("all readers are refused", (f"{OUTBOX}a_refused_mail_is_dead_at_once",)),
    32: Fault(
        "dropped before the dot",
        ("E4", f"{CHANNEL}a_connection_that_drops_before_the_dot_defers_for_certain"),
    ),
    33: Fault(
        "dropped after the dot",
        (
            "E4",
            f"{CHANNEL}no_answer_after_the_dot_is_ambiguous",
            f"{OUTBOX}an_alert_left_at_the_dot_is_sent_once_more_and_says_so_and_a_second_time_ends_it",
            f"{OUTBOX}a_digest_left_at_the_dot_is_held_until_somebody_asks_for_it",
        ),
    ),
    34: Fault("silence after the dot", ("E4",)),
    35: Fault("an answer a byte at a time", ("E4",)),
    36: Fault("dropped at QUIT", ("E4",)),
    37: Fault(
        "a certificate that is not good",
        (
            f"{CHANNEL}a_certificate_that_is_not_good_stops_everything",
            f"{CHANNEL}a_certificate_of_an_unknown_authority_stops_everything",
        ),
    ),
    38: Fault("no STARTTLS", (f"{CHANNEL}without_an_offer_of_encryption_nothing_is_sent",)),
    39: Fault(
        "larger than the server takes",
        (
            f"{CHANNEL}a_mail_larger_than_the_server_says_it_takes_is_not_offered",
            f"{CHANNEL}a_mail_that_is_too_large_after_the_dot_is_refused_for_its_content",
            f"{SMALL_SERVER}a_server_that_takes_only_small_mails_gets_the_text_and_operations_hear_once",
        ),
    ),
    40: Fault(
        "250, and bounced later",
        not_covered="cannot be seen from here; digests are numbered, so that a gap shows",
    ),
    41: Fault(
        "an endless answer",
        ("E4", f"{CHANNEL}an_answer_without_an_end_is_hung_up_on_early"),
    ),
    42: Fault("a limit of mails", ("E4", f"{OUTBOX}alerts_go_before_words_to_operations_and_digests_last")),
    43: Fault(
        "three days without a server",
        (
            f"{ROLL_UP}alerts_that_waited_for_longer_than_a_day_go_out_as_one_list",
            f"{ROLL_UP}a_summary_that_could_not_be_sent_either_is_replaced_by_the_next",
            f"{ROLL_UP}an_alert_that_may_have_arrived_is_never_folded",
        ),
    ),
    44: Fault(
        "a wrong clock dates a mail",
        (
            f"{WRONG_CLOCK}the_word_of_a_clock_that_is_behind_is_not_dated_by_it",
            f"{WRONG_CLOCK}a_clock_that_is_behind_makes_no_other_mail",
            f"{HEART}a_clock_behind_the_newest_thing_in_the_store_is_trouble",
        ),
        "a mail that a clock made which was ahead, and believed (65), keeps its date",
    ),
    45: Fault("the database is locked", (f"{OPENING}two_writers_that_read_first_lose_nothing",)),
    46: Fault(
        "the disk is full",
        (
            f"{FULL_DISK}what_waits_while_the_database_cannot_be_written_goes_out_once_afterwards",
            f"{FULL_DISK}a_source_that_does_not_fit_keeps_no_mail_back",
            f"{FULL_DISK}a_failure_that_cannot_be_written_down_keeps_no_mail_back",
            f"{FULL_DISK}a_backup_that_cannot_be_written_is_told_and_made_up",
            f"{FULL_DISK}mails_that_cannot_be_written_into_their_folder_wait",
            f"{DOCTOR}little_room_is_told_before_there_is_none",
        ),
    ),
    47: Fault(
        "the disk is read-only, or reports errors",
        (
            f"{DISK_ERRORS}a_page_that_the_disk_does_not_take_leaves_the_old_one_or_the_new",
            f"{DISK_ERRORS}a_mail_that_the_disk_does_not_take_is_deferred_and_leaves_no_half",
            f"{DISK_ERRORS}a_backup_that_the_disk_does_not_take_is_told_and_never_has_a_backups_name",
            f"{FULL_DISK}what_waits_while_the_database_cannot_be_written_goes_out_once_afterwards",
            f"{FULL_DISK}commands_say_what_is_wrong_and_leave_nothing_half_written",
        ),
        "an error of fsync inside SQLite and PostgreSQL, which call the system by themselves",
    ),
    48: Fault(
        "a damaged database",
        (
            f"{OPENING}a_damaged_file_is_told_from_a_new_one",
            f"{DOCTOR}a_damaged_database_is_the_doctors_to_tell",
        ),
    ),
    49: Fault(
        "the database is gone",
        (f"{CORRIDOR}a_first_load_shows_the_past_and_alarms_nobody",),
        "a new one is made: what it is filled with alarms nobody, but who was told of what is forgotten",
    ),
    50: Fault(
        "the log of the database grows",
        not_covered="SQLite empties it at every 1,000 pages; E14 sees no growth of memory or files",
    ),
    51: Fault(
        "the live file is copied", (f"{BACKUP}a_backup_taken_while_the_daemon_writes_is_of_one_moment",)
    ),
    52: Fault(
        "the power goes",
        (f"{OPENING}sqlite_keeps_what_was_committed_and_its_rules",),
        "that the setting does what it promises",
    ),
    53: Fault("PostgreSQL is restarted", ("E9",)),
    54: Fault(
        "a commit of which nobody hears",
        ("E3", f"{OUTBOX}the_same_message_is_queued_once_and_stays_as_it_was"),
    ),
    55: Fault(
        "a replica takes over that lacks commits",
        (
            "E18",
            f"{FAILOVER}what_was_decided_before_another_server_answered_is_not_written",
            f"{FAILOVER}another_timeline_is_told_once_with_the_stretch_that_may_be_missing",
        ),
        "acts of people in the stretch that is missing: operations are told to give them again",
    ),
    56: Fault("a pooler shares sessions", (f"{DOCTOR}a_pooler_that_shares_sessions_is_ill",)),
    57: Fault(
        "the pages take every connection",
        (f"{LEADERSHIP}a_second_process_on_one_postgresql_is_refused_or_stands_by_and_follows",),
        "the lease has a connection of its own; nothing presses on it in a test",
    ),
    58: Fault(
        "a query that never ends",
        ("monitor/sources/test_sources_sql.py::test_a_statement_that_never_ends_is_ended",),
    ),
    59: Fault("no file can be opened any more", ("E14",)),
    60: Fault(
        "SQLite on a network's disk",
        (
            f"{DOCTOR}a_database_on_a_disk_of_the_network_is_ill",
            "monitor/shell/test_shell_network_disk.py::test_the_daemon_says_so_when_it_starts",
        ),
        "it is told, not refused; kinds of filesystem that are not known by name are not found out",
    ),
    61: Fault(
        "SQLite's fault of the log", (f"{DOCTOR}versions_of_sqlite_with_the_fault_of_the_log_are_named",)
    ),
    62: Fault(
        "clocks go forward",
        ("E6", f"{SCHEDULE}every_week_has_exactly_one_digest_in_every_zone_across_every_change_of_clocks"),
    ),
    63: Fault(
        "clocks go back",
        ("E6", f"{SCHEDULE}every_day_is_read_once_in_every_zone_across_every_change_of_clocks"),
    ),
    64: Fault(
        "the clock is set back",
        (
            "E7",
            f"{DAEMON}a_scheduler_that_sleeps_on_after_a_clock_was_set_back_is_woken",
            f"{WRONG_CLOCK}a_clock_that_is_behind_dates_nothing_and_is_told_once",
            f"{OUTBOX}a_next_try_made_by_a_clock_that_was_set_back_since_is_due",
        ),
    ),
    65: Fault(
        "the clock leaps ahead",
        (
            "E7",
            f"{GUARD}a_leap_ahead_is_believed_after_an_hour_and_then_for_good",
            f"{WRONG_CLOCK}a_clock_that_was_ahead_leaves_nothing_in_the_future",
        ),
    ),
    66: Fault(
        "asleep for days",
        (
            f"{SCHEDULE}a_digest_slept_through_for_three_days_is_sent_late_and_says_so",
            f"{CORRIDOR}digests_slept_through_are_listed_as_missed_and_the_newest_is_sent_late",
        ),
    ),
    67: Fault(
        "a text that no header takes",
        ("E12", f"{HOSTILE_TEXT}no_text_from_outside_changes_the_page_or_the_headers"),
    ),
    68: Fault("no such zone", (f"{CONFIG}a_wrong_file_is_refused_with_all_its_sentences",)),
    69: Fault(
        "a digest in an hour that clocks skip", (f"{DOCTOR}digests_in_an_hour_that_clocks_skip_are_named",)
    ),
    70: Fault(
        "two daemons on one file",
        (
            "monitor/shell/test_shell_lock.py::test_a_second_daemon_on_the_same_file_is_told_which_process_is_active",
        ),
    ),
    71: Fault(
        "daemons on one server",
        ("E8", f"{LEADERSHIP}a_second_process_on_one_postgresql_is_refused_or_stands_by_and_follows"),
    ),
    72: Fault(
        "the active one is stopped, and wakes",
        (
            "E9",
            f"{LEADERSHIP}a_process_that_was_stopped_does_not_lead_when_it_wakes",
            f"{LEADERSHIP}what_a_stale_leader_writes_on_postgresql_is_not_kept",
        ),
    ),
    73: Fault(
        "the database goes while a mail is under way",
        ("E3", f"{OUTBOX}what_an_attempt_knows_is_not_written_once_the_mail_is_in_other_hands"),
    ),
    74: Fault(
        "a lock of a session taken twice",
        not_covered="there is none: locks end with their transaction, and the lease is a row",
    ),
    75: Fault(
        "cut off from the database",
        (
            f"{LEADERSHIP}trust_ends_before_the_lease_does",
            f"{LEADERSHIP}renewals_that_fail_exhaust_trust_and_the_term_is_not_resumed",
        ),
    ),
    76: Fault(
        "two versions at once",
        ("E11", f"{OPENING}a_newer_schema_is_refused_and_left_alone"),
        "they do not run side by side: the older refuses",
    ),
    77: Fault(
        "a tick longer than its interval",
        (f"{SCHEDULE}weeks_that_were_slept_through_are_all_judged_in_order_and_the_one_done_is_not",),
    ),
    78: Fault(
        "a tick that comes late", (f"{DAEMON}a_scheduler_that_sleeps_on_after_a_clock_was_set_back_is_woken",)
    ),
    114: Fault("a key that is misspelt", (f"{CONFIG}a_wrong_file_is_refused_with_all_its_sentences",)),
    115: Fault(
        "values that are taken for others",
        (
            f"{SURPRISES}a_time_is_a_time_with_and_without_quotes",
            f"{SURPRISES}words_and_codes_stay_as_written",
            f"{SURPRISES}the_last_of_two_equal_keys_does_not_win",
        ),
    ),
    116: Fault("no number, or an endless one", (f"{CONFIG}a_wrong_file_is_refused_with_all_its_sentences",)),
    117: Fault(
        "settings that contradict each other", (f"{CONFIG}a_wrong_file_is_refused_with_all_its_sentences",)
    ),
    118: Fault(
        "a template that cannot be used",
        (
            f"{TEMPLATES}what_cannot_be_used_is_told_before_the_first_mail",
            f"{TEMPLATES}a_template_that_fails_later_leaves_the_built_in_mail_and_a_note",
            f"{CORRIDOR}a_mail_whose_page_cannot_be_made_goes_out_plain_and_operations_hear_of_it",
        ),
    ),
    120: Fault(
        "hostile text",
        (
            "E12",
            f"{HOSTILE_TEXT}no_text_from_outside_changes_the_page_or_the_headers",
            f"{HOSTILE_TEXT}a_long_name_is_cut_with_an_ellipsis",
        ),
    ),
}
"""By their numbers in the catalogue."""
