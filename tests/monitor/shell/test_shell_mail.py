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


@pytest.mark.parametrize("words", [["--locale", "tlh"], ["--timezone", "Mars/Olympus"]])
def test_what_nobody_knows_is_one_sentence(tmp_path, words, capsys):
    assert exit_code(["mail", "samples", "--out", str(tmp_path), *words]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert words[1].split("/")[0] in said or words[1] in said


def test_a_folder_that_cannot_be_written_is_a_failure_and_no_mistake_of_the_command(capsys):
    assert exit_code(["mail", "samples", "--out", "/proc/no/such"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("leftturn: /proc/no")
    assert said.count("\n") == 1


CONFIG = """\
company: {name: Acme, timezone: Europe/Berlin, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, owner: seller, created_at: created, closed_at: closed, amount: value}
    outcome: {column: stage, won: [Won], lost: [Lost], open: [Open]}
people: [{email: ceo@acme.example, receives: [inflections, digest, operations]}]
mail: {templates: ours}
"""


def test_templates_that_cannot_be_used_stop_the_start_and_check_names_them(tmp_path, capsys):
    (tmp_path / "leftturn.yaml").write_text(CONFIG)
    (tmp_path / "deals.csv").write_text(
        "id,seller,created,closed,value,stage\n1,a,2026-01-05,2026-02-02,10,Won\n"
    )
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "digest.txt.j2").write_text("{{ view.weekly }}")
    said = "mail.templates: "
    assert exit_code(["once", "--config", str(tmp_path / "leftturn.yaml")]) == 2
    assert said in capsys.readouterr().err
    assert exit_code(["check", "--config", str(tmp_path / "leftturn.yaml"), "--json"]) == 1
    assert "digest.txt.j2:1: UndefinedError" in capsys.readouterr().out
    (tmp_path / "ours" / "digest.txt.j2").write_text("Ours: {{ view.first }}")
    assert exit_code(["check", "--config", str(tmp_path / "leftturn.yaml"), "-q"]) == 0
