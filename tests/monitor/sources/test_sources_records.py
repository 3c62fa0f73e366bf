"""Text into records: what the standard library reads of sound files, and what becomes of unsound ones."""

from __future__ import annotations

import csv
import io
import random

import pytest

from monitor.sources.reasons import Reason
from monitor.sources.records import Records, read_records


def read(text: str, delimiter: str = ",") -> Records:
    records = read_records(text, delimiter)
    assert records is not None
    return records


def rows(records: Records) -> list[tuple[str, ...]]:
    return [tuple(row[2:]) for row in records.cells.iter_rows()]


def numbers(records: Records) -> list[int]:
    return records.cells["row"].to_list()


def broken(records: Records) -> list[tuple[int, Reason]]:
    return [(each.row, each.reason) for each in records.broken]


ODD = (
    "",
    "a",
    "a b",
    " a ",
    '"',
    '""',
    ",",
    "x,y",
    "line\nbreak",
    "line\n\nbreak",
    "tab\t",
    "é€😀",
    "'",
    ";",
    "0",
    "NULL",
)


@pytest.mark.parametrize("seed", range(30))
def test_sound_files_are_read_as_the_standard_library_reads_them(seed: int) -> None:
    rng = random.Random(seed)
    width, quoting = rng.randrange(2, 7), rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC))
    delimiter, end = rng.choice(",;\t|"), rng.choice(("\n", "\r\n"))
    written = [[f"c{place}" for place in range(width)]]
    written += [[rng.choice(ODD) + str(rng.randrange(9)) for _ in range(width)] for _ in range(40)]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(written)
    text = out.getvalue()
    reader = csv.reader(io.StringIO(text.replace("\r\n", "\n"), newline=""), delimiter=delimiter)
    starts, expected, line = [], [], 1
    for row in reader:
        starts.append(line)
        expected.append(tuple(row))
        line = reader.line_num + 1
    records = read(text, delimiter)
    assert records.broken == ()
    assert rows(records) == expected[1:]
    assert numbers(records) == starts[1:]
    assert not records.cut_off


def test_a_row_is_numbered_by_the_line_an_editor_shows() -> None:
    records = read('\n\na,b\n1,"two\nlines"\n\n2,"three\n\nlines"\n3,x\n')
    assert (records.header, records.header_row) == (("a", "b"), 3)
    assert numbers(records) == [4, 7, 10]
    assert records.raw(7, records.cells["lines"].to_list()[1]) == '2,"three\n\nlines"'


def test_ragged_rows_are_set_aside_and_shift_nothing() -> None:
    records = read("a,b,c\n1,2,3\n1,2\n1,2,3,4\n4,5,6\n")
    assert rows(records) == [("1", "2", "3"), ("4", "5", "6")]
    assert broken(records) == [(3, Reason.RAGGED), (4, Reason.RAGGED)]
    assert records.broken[0].detail == "2 cells where the header has 3; the row is cut short"
    assert records.broken[1].cells == ("1", "2", "3", "4")


def test_a_mark_left_open_costs_its_own_line_only() -> None:
    records = read('a,b,c\n1,"Acme,3\n4,5,6\n7,"x",9\n')
    assert rows(records) == [("4", "5", "6"), ("7", "x", "9")]
    assert broken(records) == [(2, Reason.BROKEN_QUOTES)]
    assert "a quotation mark inside a quoted cell is written twice" in records.broken[0].detail


def test_a_mark_left_open_swallows_no_rows_even_if_the_cells_add_up() -> None:
    text = 'a,b,c,d\n1,"Acme,x,y\n4,5,6,7\n8,9,10,11\n2,foo",z,w\n3,4,5,6\n'
    assert len(next(csv.reader(io.StringIO(text.split("\n", 1)[1])))) == 4  # which others read as one row
    records = read(text)
    assert rows(records)[:2] == [("4", "5", "6", "7"), ("8", "9", "10", "11")]
    assert rows(records)[2:] == [("2", 'foo"', "z", "w"), ("3", "4", "5", "6")]
    assert broken(records) == [(2, Reason.BROKEN_QUOTES)]


def test_a_literal_mark_inside_an_unquoted_cell_is_a_letter() -> None:
    assert rows(read('a,b\n5" pipe,x\ny,6"\n')) == [('5" pipe', "x"), ("y", '6"')]


def test_marks_escaped_with_a_backslash_are_told_how_to_be_written() -> None:
    records = read('a,b\n1,"say \\"hi\\""\n2,x\n')
    assert rows(records) == [("2", "x")]
    assert broken(records) == [(2, Reason.BROKEN_QUOTES)]


def test_many_marks_left_open_do_not_take_forever() -> None:
    text = "a,b\n" + '1,"x\n' * 3_000
    records = read(text)
    assert records.rows_read == 3_000
    assert {reason for _, reason in broken(records)} == {Reason.BROKEN_QUOTES}


def test_blank_rows_are_counted_and_empty_lines_are_none() -> None:
    records = read('a,b\n1,2\n\n,\n  \n" ",""\n3,4\n')
    assert rows(records) == [("1", "2"), ("3", "4")]
    assert (records.blank, records.rows_read) == (2, 4)


def test_a_nul_character_sets_its_row_aside() -> None:
    records = read('a,b\n1,\0\n2,"\0"\n3,4\n')
    assert rows(records) == [("3", "4")]
    assert broken(records) == [(2, Reason.CONTROL_CHARACTER), (3, Reason.CONTROL_CHARACTER)]


@pytest.mark.parametrize("text", ["", "\n", " \n\n", "\r\n"])
def test_a_file_without_anything_has_no_records(text: str) -> None:
    assert read_records(text, ",") is None


def test_a_header_alone_is_a_file_of_no_rows() -> None:
    for text in ("a,b", "a,b\n", "a,b\r\n\r\n"):
        records = read(text)
        assert (records.header, records.rows_read, records.cut_off) == (("a", "b"), 0, False)


def test_line_ends_of_any_kind_are_line_ends() -> None:
    for end in ("\n", "\r\n", "\r"):
        records = read(end.join(["a,b", "1,2", "3,4", ""]))
        assert rows(records) == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize(
    "tail, cut_off",
    [
        ("3,4,5\n", False),
        ("3,4,5", False),
        ("3,4", True),
        ("3", True),
        ("3,4\n", False),
        ('3,"4', True),
        ('3,"4\nmore', True),
        ("3,4,5,6", False),
        ('3,"4\nmore", 5', False),
    ],
)
def test_a_file_that_ends_in_the_middle_of_a_row_is_told_from_one_that_is_merely_wrong(
    tail: str, cut_off: bool
) -> None:
    assert read("a,b,c\n1,2,3\n" + tail).cut_off is cut_off


def test_an_open_mark_far_above_the_end_is_no_cut() -> None:
    assert not read('a,b,c\n1,"2,3\n4,5,6').cut_off


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_file_no_row_is_lost_and_none_is_made_up(seed: int) -> None:
    """Every line that is not empty belongs to exactly one record."""
    rng = random.Random(seed)
    letters = 'ab,,,"""\n\n\n \0é'
    text = "a,b,c\n" + "".join(rng.choice(letters) for _ in range(600)) + "\n"
    records = read(text)
    every = pl_lines(records)
    assert len(every) == len(set(every)), "a line belongs to two records"
    full = {number for number, line in enumerate(records.lines, 1) if line.strip(" ")} - {1}
    inside = full - set(every)
    assert not inside - blanks(records, text), "a line is lost"
    assert records.rows_read == records.cells.height + records.blank + len(records.broken)


def pl_lines(records: Records) -> list[int]:
    """The lines of all records that are kept or broken."""
    kept = [
        row + place
        for row, lines in records.cells.select("row", "lines").iter_rows()
        for place in range(lines)
    ]
    return kept + [each.row + place for each in records.broken for place in range(each.lines)]


def blanks(records: Records, text: str) -> set[int]:
    """Lines of nothing but delimiters, blanks and marks: they may be rows of blank cells."""
    return {number for number, line in enumerate(records.lines, 1) if not line.strip(' ,"')}
