"""Secrets come from outside, and are in nothing that is written or said."""

from __future__ import annotations

from pathlib import Path

import pytest

import config
from config import ConfigError
from config.document import parse
from config.load import judge

HERE = Path(__file__).parent
FULL = (HERE / "right" / "full.yaml").read_text(encoding="utf-8")
CANARY = "canary-7f3a"


def load_text(text, environ, folder=Path("/srv/acme")):
    return judge(parse(text, "leftturn.yaml"), folder / "leftturn.yaml", environ)


def test_passwords_are_found_in_the_environment():
    read = load_text(FULL, {"SMTP_PASSWORD": CANARY, "LEFTTURN_DATABASE_PASSWORD": f"{CANARY}-db"})
    assert read.mail.smtp.password.get_secret_value() == CANARY
    assert read.database_password.get_secret_value() == f"{CANARY}-db"


def test_passwords_are_found_in_files_beside_the_configuration(tmp_path):
    (tmp_path / "smtp").write_text(f"{CANARY}\n")
    text = FULL.replace("password_env: SMTP_PASSWORD", "password_file: smtp")
    read = load_text(text, {"LEFTTURN_DATABASE_PASSWORD_FILE": "smtp"}, tmp_path)
    assert read.mail.smtp.password.get_secret_value() == CANARY
    assert read.database_password.get_secret_value() == CANARY


def test_no_secret_is_in_what_settings_show():
    read = load_text(FULL, {"SMTP_PASSWORD": CANARY, "LEFTTURN_DATABASE_PASSWORD": CANARY})
    for text in (
        repr(read),
        str(read),
        read.model_dump_json(),
        str(read.model_dump()),
        str(config.plain(read)),
    ):
        assert CANARY not in text
    assert CANARY not in repr(read.mail.smtp)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("password_env: SMTP_PASSWORD", f"password: {CANARY}"),
        ("password_env: SMTP_PASSWORD", f"Password: {CANARY}"),
        ("password_env: SMTP_PASSWORD", f"password_env: {CANARY}"),
        ("password_env: SMTP_PASSWORD", f"password_file: {CANARY}"),
        ("smtp: {host: smtp.acme.example, port", f"smtp: {{host: 'me:{CANARY}@smtp.acme.example', port"),
        ("sqlite:///leftturn.db", f"postgresql+psycopg://me:{CANARY}@db/leftturn"),
        ("sqlite:///leftturn.db", f"postgresql+psycopg://me@db/leftturn?password={CANARY}"),
        ("sqlite:///leftturn.db", f"me:{CANARY}@db/leftturn"),
        ("sqlite:///leftturn.db", f"mysql://me:{CANARY}@db:port/leftturn"),
        ("path: data/deals*.csv", f"path: https://me:{CANARY}@crm.example/deals.csv"),
    ],
)
def test_a_secret_in_the_wrong_place_is_refused_and_not_repeated(old, new):
    assert old in FULL
    with pytest.raises(ConfigError) as caught:
        load_text(FULL.replace(old, new), {"SMTP_PASSWORD": "x"})
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(caught.value.__context__)


def test_a_mail_server_as_a_url_is_refused_without_its_words():
    text = FULL[: FULL.index("  smtp:")] + f"  smtp: smtp://me:{CANARY}@smtp.acme.example\n"
    with pytest.raises(ConfigError, match="must be a mapping") as caught:
        load_text(text, {})
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"x" * 5000])
def test_a_file_that_is_no_password_is_refused(tmp_path, content):
    (tmp_path / "smtp").write_bytes(content)
    text = FULL.replace("password_env: SMTP_PASSWORD", "password_file: smtp")
    with pytest.raises(ConfigError, match=r"mail\.smtp\.password_file: the file"):
        load_text(text, {}, tmp_path)


def test_a_database_password_file_that_is_not_there_is_named_by_its_variable(tmp_path):
    with pytest.raises(ConfigError, match="LEFTTURN_DATABASE_PASSWORD_FILE: there is no such file"):
        load_text(FULL, {"SMTP_PASSWORD": "x", "LEFTTURN_DATABASE_PASSWORD_FILE": "none"}, tmp_path)
