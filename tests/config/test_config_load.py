"""The loader on whole files: right ones, wrong ones with their sentences, and damaged ones."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import config
from config import ConfigError
from config.document import MOST_BYTES, parse
from config.load import judge
from config.units import Size
from config.where import Condition, Where

HERE = Path(__file__).parent
RIGHT = sorted((HERE / "right").glob("*.yaml"))
WRONG = sorted((HERE / "wrong").glob("*.yaml"))
ENVIRON = {
    "SMTP_PASSWORD": "hunter2-from-outside",
    "LEFTTURN_TOKEN": "token-from-outside-0123456789",
    "LEFTTURN_KEY": "key-from-outside-0123456789-0123456789",
    "HEARTBEAT_URL": "https://beat.example/hunter2",
    "SHORT_SECRET": "short",
}
MINIMAL = (HERE / "right" / "minimal.yaml").read_text(encoding="utf-8")
FULL = (HERE / "right" / "full.yaml").read_text(encoding="utf-8")


def load_text(text: str, environ: dict[str, str] = ENVIRON) -> config.Settings:
    return judge(parse(text, "leftturn.yaml"), Path("/srv/acme/leftturn.yaml"), environ)


def problems_of(text: str, environ: dict[str, str] = ENVIRON) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_text(text, environ)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_a_right_file_loads(path):
    assert config.load(path, ENVIRON).path == path


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_wrong_file_is_refused_with_all_its_sentences(path):
    with pytest.raises(ConfigError) as caught:
        config.load(path, ENVIRON)
    said = [str(problem).replace(f"{path.parent}/", "") for problem in caught.value.problems]
    assert said == path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()


def test_the_folder_of_wrong_files_is_not_empty_and_each_has_its_sentences():
    assert len(WRONG) >= 45
    assert {path.stem for path in WRONG} == {path.stem for path in (HERE / "wrong").glob("*.txt")}
    assert "ACCEPTED" not in "".join(path.read_text() for path in (HERE / "wrong").glob("*.txt"))


def test_settings_read_as_the_file_is_written():
    read = config.load(HERE / "right" / "full.yaml", ENVIRON)
    crm, accounts = read.sources
    assert (read.company.fiscal.starts, read.company.week_starts, read.company.holidays) == (2, 0, "US")
    assert (crm.every, crm.late_by, crm.revises) == (timedelta(1), timedelta(3), timedelta(35))
    assert crm.where == Where(conditions=(Condition(name="record_type", op="not_in", values=("Test",)),))
    assert crm.columns["deal_id"] == "opportunity_id"
    assert crm.outcome is not None
    assert crm.outcome.no_decision == ("Gone Dark",)
    assert not crm.outcome.everything_won
    assert (accounts.role, accounts.key) == ("accounts", "account")
    assert read.profile[0].effective == date(2026, 1, 1)
    assert list(read.profile[0].tiers.items()) == [("A", 0.8), ("B", 0.5), ("C", 0.2)]
    assert [segment.by for segment in read.segments] == ["region", "product"]
    assert read.metrics["renewals"].kind == "win_rate"
    assert read.metrics["volume"].matters_if == Size(amount=0.2, unit="percent")
    assert read.attention.learning == 26
    assert (read.digest.day, read.digest.at) == (0, time(7, 30))
    assert read.mail.from_ == "LeftTurn <leftturn@acme.example>"
    assert read.people[0].timezone == "Europe/Paris"
    assert read.people[1].timezone == "America/Los_Angeles"


def test_paths_are_relative_to_the_file():
    read = load_text(MINIMAL)
    assert read.sources[0].path == "/srv/acme/deals.csv"
    assert read.database == "sqlite:////srv/acme/leftturn.db"
    assert read.mail.folder == Path("/srv/acme/outbox")
    assert load_text(MINIMAL + "database: sqlite:////var/lib/l.db\n").database == "sqlite:////var/lib/l.db"


def test_with_a_mail_server_there_is_no_folder_unless_one_is_given():
    assert load_text(FULL).mail.folder is None


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        pytest.param("", ["win_rate", "volume"], id="without profile and prices: rates and counts"),
        pytest.param(
            "profile: [{effective: 2026-01-01, criteria: [{name: x, where: {deal_id: 1}}]}]\n",
            ["win_rate", "fit_mix", "volume"],
            id="a profile brings the fit mix",
        ),
        pytest.param("metrics: {volume: {}}\n", ["volume"], id="named metrics are all there is"),
    ],
)
def test_the_usual_metrics_are_those_that_can_be_measured(extra, expected):
    assert list(load_text(MINIMAL + extra).metrics) == expected


def test_a_win_rate_is_of_new_business_unless_its_where_names_the_motion():
    read = load_text(FULL.replace("win_rate:  {where: {motion: new}", "win_rate:  {where: {region: EMEA}"))
    where = read.metrics["win_rate"].where
    assert where is not None
    assert where.names() == ("region", "motion")
    assert where.conditions[1].values == ("new",)
    renewals = read.metrics["renewals"].where
    assert renewals is not None
    assert renewals.conditions[0].values == ("renewal",)


def test_settings_cannot_be_changed():
    read = load_text(MINIMAL)
    with pytest.raises(ValueError, match="frozen"):
        read.company.name = "Other"


def test_warnings_say_what_works_but_perhaps_not_as_meant():
    said = " ".join(load_text(MINIMAL).warnings)
    for part in ("created_at", "owner", "blind to price", "no profile", "nobody"):
        assert part in said
    assert load_text(FULL).warnings == ()


def test_the_watch_lane_follows_looser_alarms_unless_it_is_written():
    assert (
        load_text(MINIMAL + "attention: {false_alarms_per_year: 6}\n").attention.watch.false_alarms_per_year
        == 6
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "{attention.learning: 4 weeks}",
            "--set attention.learning: must be at least 12 weeks",
        ),
        (
            "{atention.learning: 30 weeks}",
            "--set atention.learning: atention: is no setting (did you mean attention?)",
        ),
        ("{segments: '[region'}", '--set segments: the list that opens with "["'),
        ("{sources.other.every: 1 day}", '--set sources.other.every: "other" leads nowhere'),
        ("{company.name.x: 1}", '--set company.name.x: "x" leads nowhere'),
        ("{attention: '{learning: 30 weeks, learning: 30 weeks}'}", "is written twice; keep one"),
    ],
)
def test_an_override_is_refused_in_the_name_of_the_option(text, sentence):
    key, value = re.fullmatch(r"\{([\w.]+): '?(.*?)'?\}", text).groups()
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        config.load(HERE / "right" / "full.yaml", ENVIRON, {key: value})


def test_an_override_takes_the_place_of_what_the_file_says():
    overrides = {"sources.crm.late_by": "10 days", "attention.false_alarms_per_year": "1", "segments": "[]"}
    overrides["people.0.where"] = overrides["people.1.where"] = "null"
    read = config.load(HERE / "right" / "full.yaml", ENVIRON, overrides)
    assert read.sources[0].late_by == timedelta(10)
    assert read.attention.false_alarms_per_year == 1.0
    assert read.segments == ()


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("tls, port: 2465", 2465)])
def test_the_port_follows_the_security_unless_it_is_written(security, port):
    text = MINIMAL + f"mail: {{from: a@b.example, smtp: {{host: h, security: {security}}}}}\n"
    smtp = load_text(text).mail.smtp
    assert smtp is not None
    assert smtp.port == port


def test_the_digest_of_settings_is_of_what_they_mean():
    one, same = load_text(FULL), load_text(FULL.replace("tiers: {A: 0.8", "tiers:  {A: 0.80"))
    assert one.config_digest == same.config_digest
    assert re.fullmatch("[0-9a-f]{64}", one.config_digest)
    assert one.config_digest == load_text(FULL, {"SMTP_PASSWORD": "another"}).config_digest
    assert one.config_digest != load_text(FULL.replace("5 points", "6 points")).config_digest


def test_a_file_that_is_no_configuration_is_refused_at_once(tmp_path):
    large = tmp_path / "large.yaml"
    large.write_bytes(b"# padding\n" * (MOST_BYTES // 10 + 1))
    for path, sentence in (
        (large, "larger than"),
        (tmp_path / "none.yaml", "no such file"),
        (tmp_path, "no regular"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            config.load(path, {})


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    path = tmp_path / "leftturn.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    assert config.load(path, {}).company.name == "Acme"


WORDS = "null [] {} -1 .nan [ } *a ' \" \\ % @ true NO 0123 2026-13-45 é 999999999weeks ((( <<:"
PIECES = st.sampled_from(
    [
        *WORDS.split(" "),
        ": ",
        "\t",
        "\n",
        "- ",
        "&a ",
        "!!int ",
        "|\n",
        "\x00",
        "\u2028",
        "? ",
        "5 points",
        "a" * 300,
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, len(FULL)), st.integers(0, 20), st.one_of(PIECES, st.text(max_size=5))),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_done_to_the_text_only_config_errors_are_raised(edits):
    text = FULL
    for at, length, piece in edits:
        text = text[:at] + piece + text[at + length :]
    with suppress(ConfigError):
        load_text(text)
