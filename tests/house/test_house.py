"""What holds for the project as a whole: its names are its own, its locks carry no address, its README is true."""

from __future__ import annotations

import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from typer.main import get_command

from monitor.cli import app

ROOT = Path(__file__).parents[2]
ROOMS = ("alerts", "config", "detectors", "monitor")
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("room", ROOMS)
def test_no_other_distribution_ships_a_package_of_our_name(room: str) -> None:
    assert packages_distributions().get(room, ["leftturn"]) == ["leftturn"]


def test_the_locks_carry_hashes_and_no_address() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock", "requirements-peers.lock"):
        text = (ROOT / lock).read_text()
        assert "://" not in text
        names = re.findall(r"^[a-z0-9][\w.-]*==", text, flags=re.MULTILINE)
        assert len(names) > 20
        assert text.count("--hash=sha256:") >= len(names)


def test_every_command_the_readme_names_exists() -> None:
    known = {
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    }
    known |= {group.name for group in app.registered_groups if group.name}
    named = set(re.findall(r"`leftturn ([a-z]+)", README))
    assert named
    assert named <= known
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)", README)) - {"and"} <= targets


def test_every_command_stands_in_the_architecture() -> None:
    commands = re.search(r"^## Commands\n.*?(?=^## )", ARCHITECTURE, flags=re.MULTILINE | re.DOTALL)
    assert commands
    assert set(re.findall(r"`([a-z]+)`", commands[0])) == set(get_command(app).commands)  # type: ignore[attr-defined]


def test_every_file_the_readme_and_the_docs_link_to_is_there() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        text = page.read_text(encoding="utf-8")
        links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", text) + re.findall(r'src="([^"]+)"', text)
        for link in links:
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_every_target_says_itself_that_it_is_no_file() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.*## ", makefile, flags=re.MULTILINE)
    assert targets
    assert [name for name in targets if f"\n.PHONY: {name}\n" not in makefile] == []


def test_each_decision_has_a_number_of_its_own_and_stands_in_the_architecture() -> None:
    decisions = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [name[:4] for name in decisions]
    assert len(set(numbers)) == len(numbers), numbers
    assert [name for name in decisions if f"(decisions/{name})" not in ARCHITECTURE] == []


def test_a_module_says_in_its_first_line_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if not path.read_text(encoding="utf-8").startswith('"""')
    ]
    assert silent == []
