"""From the file to settings: read, judge each section, judge them together, resolve. All problems at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import SecretStr, TypeAdapter
from pydantic_core import PydanticCustomError, ValidationError

from config.advice import warn
from config.check_attention import (
    check_attention,
    check_budget,
    check_directions,
    check_events,
    check_mail,
    check_people,
)
from config.check_console import check_console, console_secrets
from config.check_profile import check_metrics, check_motions, check_profile, check_segments
from config.check_sources import check_sources
from config.check_upkeep import check_keep, check_upkeep
from config.complete import complete
from config.document import Document, Loc, Wrong, parse, read_text
from config.errors import ConfigError
from config.overrides import override
from config.refusal import shown
from config.resolve import (
    crm_login,
    database_password,
    database_url,
    heartbeat_url,
    resolve,
    smtp_password,
    smtp_token,
    source_address,
)
from config.sentences import keys_of, sentences, unknown_key
from config.settings import Company, Settings
from config.settings_crm import CrmLogin

Check = Callable[[Settings], Iterator[Wrong]]

CHECKS: tuple[tuple[Check, frozenset[str]], ...] = tuple(
    (check, frozenset(needs.split()))
    for check, needs in (
        (check_sources, "sources"),
        (check_motions, "sources motions"),
        (check_profile, "sources motions profile"),
        (check_segments, "sources segments"),
        (check_metrics, "sources motions profile metrics"),
        (check_attention, "attention"),
        (check_budget, "attention segments"),
        (check_directions, "sources profile metrics attention"),
        (check_events, "sources motions profile metrics events"),
        (check_mail, "mail"),
        (check_people, "people segments"),
        (check_console, "console"),
        (check_upkeep, "heartbeat backup"),
        (check_keep, "privacy attention"),
    )
)
"""Each check with the sections it reads; it is asked where those could be understood."""

STAND_INS: dict[str, Any] = {
    "company": Company(name="?", timezone="UTC", currency="USD"),
    "sources": (),
}
"""In place of required sections that could not be understood, so that the others are judged all the same."""


def load(path: Path, environ: Mapping[str, str], overrides: Mapping[str, str] | None = None) -> Settings:
    """The settings in the file at `path`.

    environ    where passwords are looked up
    overrides  dotted key → YAML text, put in place of what the file says

    Raises ConfigError with every problem that can be seen.
    """
    document = parse(read_text(path, str(path)), str(path))
    override(document, overrides or {})
    return judge(document, path.absolute(), environ)


def judge(document: Document, path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings in a document that was read from the absolute `path`. Raises ConfigError."""
    sections = _top(document)
    good = dict(_judged(document, sections))
    draft = complete(Settings.model_construct(**{**STAND_INS, **good}))
    wrong = (sections.keys() | STAND_INS.keys()) - good.keys()
    for check, needs in CHECKS:
        if not needs & wrong:
            for loc, message in check(draft):
                document.refuse(loc, message)
    return _resolved(document, draft, good, path, environ)


def _top(document: Document) -> dict[str, Any]:
    value = document.value
    if not isinstance(value, dict):
        said = "is empty" if value is None else f"must be a mapping of sections, not {shown(value)}"
        document.refuse((), f"{said}; `leftturn init FILE...` writes a configuration to start from")
        raise ConfigError(document.problems)
    return dict(value)


def _judged(document: Document, sections: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The sections that can be understood, with their values; problems are noted."""
    known = keys_of(Settings, ())
    for name in sections:
        if name not in known:
            document.refuse((name,), unknown_key((name,), known), key=True)
    for name in known:
        if name not in sections:
            if Settings.model_fields[name].is_required():
                document.refuse((name,), "is missing")
            continue
        try:
            yield name, _reader(name).validate_python(sections[name])
        except ValidationError as error:
            for loc, key, message in sentences(error, Settings, (name,)):
                document.refuse(loc, message, key=key)


@cache
def _reader(name: str) -> TypeAdapter[Any]:
    field = Settings.model_fields[name]
    kind: Any = field.annotation
    for extra in field.metadata:
        kind = Annotated[kind, extra]
    return TypeAdapter(kind)


def _resolved(
    document: Document, draft: Settings, good: dict[str, Any], path: Path, environ: Mapping[str, str]
) -> Settings:
    base = path.parent
    database: str = ""
    secrets: dict[str, SecretStr | None] = {}
    logins: dict[str, CrmLogin] = {}

    def ask(loc: Loc, answer: Callable[[], Any]) -> Any:
        try:
            return answer()
        except PydanticCustomError as error:
            for at, message in (error.context or {})["wrongs"]:
                document.refuse(at or loc, message)

    database = ask(("database",), lambda: database_url(draft.database, base))
    secrets["database_password"] = ask(("database",), lambda: database_password(environ, base))
    smtp = good["mail"].smtp if "mail" in good else None
    if smtp is not None:
        secrets["smtp_password"] = ask(("mail",), lambda: smtp_password(smtp, environ, base))
        secrets["oauth_secret"] = ask(("mail",), lambda: smtp_token(smtp, environ, base))
    for place, source in enumerate(good.get("sources", ())):
        if source.type == "sql" and (source.url is None) != (source.url_env is None):
            find = partial(source_address, source, environ, base, ("sources", place))
            secrets[f"source:{source.name}"] = ask(("sources", place), find)
        if source.login is not None:
            ready = partial(crm_login, source.login, environ, base, ("sources", place, "login"))
            logins[source.name] = ask(("sources", place, "login"), ready)
    console = good.get("console")
    if console is not None:
        draft = draft.model_copy(
            update={"console": ask(("console",), lambda: console_secrets(console, environ, base))}
        )
    beat = good.get("heartbeat")
    if beat is not None:
        secrets["heartbeat_url"] = ask(("heartbeat",), lambda: heartbeat_url(beat, environ))
    if document.problems:
        raise ConfigError(document.problems)
    settings = resolve(draft, path, database, logins=logins, **secrets)
    return settings.model_copy(update={"warnings": tuple(warn(settings))})
