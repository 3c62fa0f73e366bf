"""What a configuration means on this machine: absolute paths, the database, passwords from outside."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic_core import PydanticCustomError

from config.complete import OUTBOX
from config.document import Loc
from config.passwords import DATABASE_PASSWORD, from_environment, from_file, secret_of
from config.refusal import refuse
from config.settings import Heartbeat, Mail, Settings, Smtp, Source
from config.settings_crm import CrmLogin

CRM_SECRETS = ("token", "client_id", "client_secret", "private_key")
SQLITE = ("sqlite", "sqlite+pysqlite")
POSTGRES = ("postgresql+psycopg",)


def database_url(written: str, base: Path) -> str:
    """The SQLAlchemy URL with an absolute path. Raises the refusal; says no part of what was written."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        raise refuse(
            "is no database URL; write sqlite:///leftturn.db or postgresql+psycopg://user@host/database"
        ) from None
    if url.password is not None or any("password" in key.lower() for key in url.query):
        raise refuse(f"a password must not stand in this file; set {DATABASE_PASSWORD} instead")
    if url.drivername in POSTGRES:
        if not url.database:
            raise refuse("names no database; write postgresql+psycopg://user@host/database")
        return url.render_as_string()
    if url.drivername in SQLITE:
        if url.host:
            raise refuse("has two slashes where sqlite has three: sqlite:///leftturn.db")
        if not url.database or url.database == ":memory:" or "mode=memory" in written:
            raise refuse("keeps nothing when the daemon stops; write a file, such as sqlite:///leftturn.db")
        return url.set(database=str(base / url.database)).render_as_string()
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg2"):
        raise refuse("PostgreSQL is reached through psycopg: write postgresql+psycopg://…")
    raise refuse("is neither sqlite nor PostgreSQL; write sqlite:///leftturn.db or postgresql+psycopg://…")


def database_password(environ: Mapping[str, str], base: Path) -> SecretStr | None:
    """The password of the database from the environment, or from the file that it names; None without one."""
    if environ.get(DATABASE_PASSWORD):
        return from_environment(DATABASE_PASSWORD, environ)
    file = environ.get(f"{DATABASE_PASSWORD}_FILE")
    if not file:
        return None
    try:
        return from_file(base / file)
    except PydanticCustomError as error:
        said = (error.context or {})["wrongs"][0][1]
        raise refuse(f"{DATABASE_PASSWORD}_FILE: {said}") from None


def smtp_password(smtp: Smtp, environ: Mapping[str, str], base: Path) -> SecretStr | None:
    """The password of the mail server; None where it wants none. Raises the refusal at the key that is wrong."""
    return secret_of(smtp, "password", environ, base, ("mail", "smtp"))


def smtp_token(smtp: Smtp, environ: Mapping[str, str], base: Path) -> SecretStr | None:
    """The secret of the identity server; None where there is none. Raises the refusal at the key that is wrong.

    A token itself is only looked for here: it lives for an hour, and is read anew for each connection.
    """
    secret_of(smtp, "token", environ, base, ("mail", "smtp"))
    return secret_of(smtp.oauth, "client_secret", environ, base, ("mail", "smtp", "oauth"))


def heartbeat_url(beat: Heartbeat, environ: Mapping[str, str]) -> SecretStr:
    """The address of the dead man's switch. Raises the refusal where it is none; says no part of it."""
    at: Loc = ("heartbeat", "url_env")
    url = from_environment(beat.url_env, environ, at)
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url.get_secret_value()):
        raise refuse(f"the variable {beat.url_env} holds no address that begins with https://", at)
    return url


def source_address(source: Source, environ: Mapping[str, str], base: Path, at: Loc) -> SecretStr:
    """The URL of a source's database. Raises the refusal, which says no part of what may be a secret."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    if source.url_env is not None:
        at, written = (
            (*at, "url_env"),
            from_environment(source.url_env, environ, (*at, "url_env")).get_secret_value(),
        )
    else:
        at, written = (*at, "url"), str(source.url)
    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        raise refuse(
            "is no database URL; write such as postgresql+psycopg://user@host/database", at
        ) from None
    secret = url.password is not None or any("password" in key.lower() for key in url.query)
    if source.url is not None and secret:
        raise refuse("holds a password, which must not stand in this file; write url_env: NAME instead", at)
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg2"):
        raise refuse("PostgreSQL is reached through psycopg: write postgresql+psycopg://…", at)
    if url.get_backend_name() in ("sqlite", "duckdb"):
        if not url.database or url.database == ":memory:":
            raise refuse("names no file", at)
        url = url.set(database=str(base / url.database))
    return SecretStr(url.render_as_string(hide_password=False))


def crm_login(login: CrmLogin, environ: Mapping[str, str], base: Path, at: Loc) -> CrmLogin:
    """The login with its secrets found. Raises the refusal at the key that is wrong."""
    return login.model_copy(update={name: secret_of(login, name, environ, base, at) for name in CRM_SECRETS})


def resolve(
    settings: Settings,
    path: Path,
    database: str,
    *,
    logins: Mapping[str, CrmLogin],
    **secrets: SecretStr | None,
) -> Settings:
    """`settings` with absolute paths and its digest. `secrets`: passwords, the heartbeat's address.

    logins   by the name of a source in a CRM, its login with the secrets found
    """
    base = path.parent
    mail = settings.mail
    beat, backup = settings.heartbeat, settings.backup
    update: dict[str, object] = {}
    if mail.smtp is not None:
        update["smtp"] = _with_secrets(mail.smtp, base, secrets)
    if mail.folder is not None or mail.smtp is None:
        update["folder"] = base / (mail.folder or OUTBOX)
    if mail.templates is not None:
        update["templates"] = base / mail.templates
    here: Mail = mail.model_copy(update=update)
    found = settings.model_copy(
        update={
            "path": path,
            "database": database,
            "database_password": secrets.get("database_password"),
            "mail": here,
            "heartbeat": beat and beat.model_copy(update={"url": secrets.get("heartbeat_url")}),
            "backup": backup and backup.model_copy(update={"folder": base / backup.folder}),
            "sources": tuple(
                source.model_copy(
                    update={
                        "path": None if source.path is None else str(base / source.path),
                        "address": secrets.get(f"source:{source.name}"),
                        "login": logins.get(source.name, source.login),
                    }
                )
                for source in settings.sources
            ),
        }
    )
    return found.model_copy(update={"config_digest": digest_of(settings)})


def _with_secrets(smtp: Smtp, base: Path, secrets: Mapping[str, SecretStr | None]) -> Smtp:
    oauth = smtp.oauth and smtp.oauth.model_copy(update={"client_secret": secrets.get("oauth_secret")})
    file = smtp.token_file and str(base / smtp.token_file)
    return smtp.model_copy(
        update={"password": secrets.get("smtp_password"), "oauth": oauth, "token_file": file}
    )


def plain(settings: Settings) -> dict[str, Any]:
    """All settings in force as JSON has them, without secrets: for the log, `check` and what changed."""
    return settings.model_dump(mode="json", by_alias=True)


def digest_of(settings: Settings) -> str:
    """sha256 over the settings as written, with defaults, in one order; no secret and no path of the machine.

    Where the configuration lies does not matter, nor in what order its keys are written.
    """
    return hashlib.sha256(json.dumps(plain(settings), sort_keys=True).encode()).hexdigest()
