"""`leftturn mail samples`: every mail in three forms, and a page that leads to them."""

from __future__ import annotations

import re

import pytest
from mail_pages import sample_mails

from monitor.cli import exit_code


def test_every_sample_is_written_in_three_forms_and_the_index_leads_to_each(tmp_path, monkeypatch, capsys):
    out = tmp_path / "mails"
    assert exit_code(["mail", "samples", "--out", str(out)]) == 0
    names = {path.name for path in out.iterdir()}
    expected = {f"{name}.{form}" for name in sample_mails() for form in ("eml", "html", "txt")}
    assert names == expected | {"index.html"}
    links = set(re.findall('href="([^"]+)"', (out / "index.html").read_text()))
    assert links == expected
    assert "cid:" not in (out / "opened-market_shift.html").read_text()


@pytest.mark.parametrize(
    "words", [["--locale", "tlh"], ["--timezone", "Mars/Olympus"], ["--out", "/proc/no/such"]]
)
def test_what_cannot_be_written_is_one_sentence(tmp_path, words, capsys):
    assert exit_code(["mail", "samples", "--out", str(tmp_path), *words]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert words[1].split("/")[0] in said or words[1] in said
