"""The command line: exit codes, one line an error, nothing loaded that is not needed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from typer.main import get_command

from monitor import cli, errors
from monitor.cli import exit_code

ROOT = Path(__file__).parents[3]
HEAVY = (
    "statsmodels",
    "matplotlib",
    "numba",
    "polars",
    "numpy",
    "sqlalchemy",
    "scipy",
    "structlog",
    "apscheduler",
)


def python(code: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), **environ},
        check=False,
    )


def test_help_costs_less_than_half_a_second_of_processor_and_loads_nothing_heavy() -> None:
    code = f"""
import sys, time
from monitor.cli import exit_code
code = exit_code(["--help"])
loaded = [name for name in {HEAVY!r} if name in sys.modules]
print(code, loaded, time.process_time() < 0.5, file=sys.stderr)
"""
    assert python(code).stderr.strip() == "0 [] True"


def test_help_of_every_command_works() -> None:
    for command in get_command(cli.app).commands:  # type: ignore[attr-defined]
        assert exit_code([command, "--help"]) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["bogus"], "No such command 'bogus'"),
        ([], "Missing command"),
        (["scan"], "Missing argument"),
        (["scan", "x.csv", "--bogus"], "No such option: --bogus"),
        (
            ["check", "--config", "nowhere.yaml"],
            "nowhere.yaml: no such file; `leftturn init FILE...` writes one",
        ),
        (["backtest", "--from", "yesterday"], "--from: 'yesterday' is no date; write it like 2026-01-31"),
        (["backtest", "--from", "2026-02-01", "--to", "2026-01-01"], "--to 2026-01-01 lies before --from"),
        (["backtest", "--set", "attention"], "--set 'attention': write it as key=value"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_two(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(arguments) == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1


def test_every_problem_of_a_configuration_is_a_line_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "leftturn.yaml"
    config.write_text("company:\n  name: Acme\n  timezone: Mars/Olympus\n  currency: USD\nbogus: 1\n")
    assert exit_code(["check", "--config", str(config)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert any(line.startswith(f"{config}:3:") for line in lines)
    assert any(line.startswith(f"{config}:5:") for line in lines)


def test_what_nobody_foresaw_is_an_internal_error_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LEFTTURN_DEBUG", raising=False)
    assert errors.report(ZeroDivisionError("division\nby zero")) == 1
    told = capsys.readouterr().err
    assert told.startswith("leftturn: internal error: ZeroDivisionError: division by zero (LEFTTURN_DEBUG=1")
    assert told.count("\n") == 1


def test_the_traceback_is_shown_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEFTTURN_DEBUG", "1")
    try:
        raise ZeroDivisionError
    except ZeroDivisionError as error:
        errors.report(error)
    assert "Traceback" in capsys.readouterr().err


def test_another_active_daemon_is_exit_three(capsys: pytest.CaptureFixture[str]) -> None:
    from monitor.lock import AnotherDaemon

    assert errors.report(AnotherDaemon("another daemon is active on x (process 7); stop it first")) == 3
    assert capsys.readouterr().err == "leftturn: another daemon is active on x (process 7); stop it first\n"


def test_a_file_that_is_not_there_is_a_sentence_and_exit_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["scan", str(tmp_path / "no.csv")]) == 1
    assert capsys.readouterr().err == f"leftturn: {tmp_path / 'no.csv'}: No such file or directory\n"


MINIMAL = """
company: {name: Acme, timezone: Europe/Berlin, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, closed_at: closed}
    outcome: {column: stage, won: [Won], lost: [Lost]}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    week: str
    opened: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    judged: tuple[Judged, ...]


RESULT = {
    "from": "2026-01-05",
    "to": "2026-06-28",
    "weeks": 25,
    "series": 1,
    "as_known": "assumed",
    "false_alarms_per_year": 0.5,
    "inflections": [
        {
            "id": "2026-05-04-a",
            "opened_on": "2026-05-07",
            "started_on": "2026-03-02",
            "started_between": ["2026-02-09", "2026-03-30"],
            "verdict": "market_shift",
            "direction": "down",
            "shares": {"market": -0.06, "mix": -0.02, "price": None, "people": -0.01, "recording": 0.0},
            "findings": [
                {
                    "metric": "win_rate",
                    "segment": {},
                    "before": 0.31,
                    "after": 0.22,
                    "change_between": [-0.13, -0.05],
                    "adjusted_for": [],
                    "evidence": 9.0,
                    "bar": 8.3,
                    "deals_before": 900,
                    "deals_after": 300,
                }
            ],
            "closed_on": None,
            "retracted_on": None,
            "ended_on": None,
        }
    ],
    "suppressed": [
        {
            "on": "2026-02-01",
            "metric": "volume",
            "segment": {"region": "EMEA"},
            "reason": "shock",
            "started_on": "2026-01-05",
            "ended_on": "2026-01-18",
        }
    ],
    "judged": [
        {"metric": "win_rate", "segment": {}, "weeks": 25, "highest_evidence": 9.0, "bar": 8.3, "quiet": None}
    ],
}


class FakeApp:
    """The application as the command line sees it."""

    opened = 0
    asked: tuple[object, ...] = ()
    ticked: datetime | None = None
    named = False

    def tick(self, now: datetime, *, named: bool = False) -> Report:
        FakeApp.ticked, FakeApp.named = now, named
        return Report(judged=(Judged(week="2026-01-05", opened=self.opened),))

    def backtest(self, start: object, end: object, overrides: object) -> dict[str, object]:
        FakeApp.asked = (start, end, overrides)
        return RESULT


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small configuration whose application is the fake one."""
    for module in ("once", "backtest"):
        monkeypatch.setattr(f"monitor.commands.{module}.open_app", lambda *_: FakeApp())
    path = tmp_path / "leftturn.yaml"
    path.write_text(MINIMAL)
    return path


def test_once_exits_four_when_something_opened_and_was_asked_to(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["once", "--config", str(config), "--exit-code"]) == 0
    monkeypatch.setattr(FakeApp, "opened", 1)
    assert exit_code(["once", "--config", str(config)]) == 0
    assert exit_code(["once", "--config", str(config), "--exit-code", "--json"]) == 4
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {
        "judged": [{"week": "2026-01-05", "opened": 1}]
    }


def test_once_as_of_a_day_acts_when_that_day_is_over_where_the_company_is(config: Path) -> None:
    assert exit_code(["once", "--config", str(config), "--as-of", "2026-03-29"]) == 0
    assert FakeApp.ticked is not None
    assert FakeApp.ticked.isoformat() == "2026-03-29T22:00:00+00:00"
    assert FakeApp.named


def test_once_beside_an_active_daemon_exits_three(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from monitor.leadership import only_daemon

    with only_daemon(f"sqlite:///{config.with_name('leftturn.db')}"):
        assert exit_code(["once", "--config", str(config)]) == 3
    assert "another daemon is active" in capsys.readouterr().err


def test_backtest_passes_days_and_settings_on_and_prints_the_object_as_it_is(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "--from",
        "2026-01-01",
        "--set",
        "attention.false_alarms_per_year=2",
        "--json",
        "--exit-code",
    ]
    assert exit_code(["backtest", "--config", str(config), *arguments]) == 4
    assert json.loads(capsys.readouterr().out) == RESULT
    assert [str(part) for part in FakeApp.asked] == [
        "2026-01-01",
        "None",
        "{'attention.false_alarms_per_year': '2'}",
    ]


def test_a_backtest_is_readable(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["backtest", "--config", str(config)]) == 0
    told = capsys.readouterr().out
    for words in (
        "25 weeks judged",
        "market_shift",
        "2026-02-09 to 2026-03-30",
        "volume (region EMEA)",
        "shock",
        "2026-01-05   2026-01-18",
    ):
        assert words in told


def test_a_reader_of_our_output_who_leaves_early_causes_no_noise() -> None:
    code = "from monitor.cli import main; main(['--help'])"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() in (0, 1)


def test_main_exits_with_the_code() -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["power"])
    assert left.value.code == 2
