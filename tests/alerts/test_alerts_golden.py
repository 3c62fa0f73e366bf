"""The sample mails as they read: the text of each whole, and the skeleton of the pages, beside this file.

After a wanted change, `make golden` writes them anew; the difference is what a reader will see.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mail_pages import page_of, sample_mails, skeleton, text_of

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = sample_mails()
PAGES = (
    "opened-market_shift",
    "worsened-left_turn",
    "reminder-internal",
    "retracted-market_shift",
    "weekly-digest-quiet",
    "monthly-digest-busy",
    "operations-stale",
)
"""One page of each layout; the others differ in text alone."""


def as_written(email) -> str:
    return f"Subject: {email.subject}\n\n{text_of(email)}"


def outline(email) -> str:
    """The skeleton of a page, an element a line, indented by depth; what css-inline adds to style is left out."""
    lines, depth = [], 0
    for name, *attributes in skeleton(page_of(email)):
        if name.startswith("/"):
            depth -= 1
            continue
        lines.append(" " * depth + " ".join((name, *attributes)))
        depth += name not in ("meta", "img", "comment")
    return "\n".join(lines) + "\n"


def compare(path: Path, said: str) -> None:
    if os.environ.get("LEFTTURN_GOLDEN") == "write":
        path.write_text(said, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing: make golden"
    assert said == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_reads_as_it_did(name):
    compare(GOLDEN / f"{name}.txt", as_written(SAMPLES[name]))


@pytest.mark.parametrize("name", PAGES)
def test_every_layout_has_the_elements_it_had(name):
    compare(GOLDEN / f"{name}.outline", outline(SAMPLES[name]))


def test_no_golden_file_is_left_of_a_sample_that_is_gone():
    expected = {f"{name}.txt" for name in SAMPLES} | {f"{name}.outline" for name in PAGES}
    assert {path.name for path in GOLDEN.iterdir()} == expected
