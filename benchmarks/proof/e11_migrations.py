"""E11: every migration from every schema there was, killed at each of its statements, and taken up again.

A database of each schema is made, with a row in every table, on SQLite and on PostgreSQL. A forked child opens it,
which brings it up to date, and kills itself at its n-th statement; another child opens it again. Then every row that
was there must be there still, and the schema must be the newest. Last, a program that is older than the schema must
refuse to open it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from e01_kills import in_child
from figures import Figure, Size, none
from postgres import Server, server
from sqlalchemy import create_engine, inspect, text

REVISIONS: dict[Size, slice] = {"short": slice(-1, None), "tenth": slice(None), "long": slice(None)}


class Ground(Protocol):
    """Where databases are made and copied."""

    name: str

    def empty(self) -> str:
        """The URL of a new database."""
        ...

    def copy(self, url: str) -> str:
        """The URL of a copy, which takes the place of the last one."""
        ...


class Files:
    """SQLite files in a folder."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, 0

    def empty(self) -> str:
        """A file that is not there yet."""
        self._made += 1
        return f"sqlite:///{self._folder / f'golden-{self._made}.db'}"

    def copy(self, url: str) -> str:
        """The file and nothing beside it."""
        for old in self._folder.glob("work.db*"):
            old.unlink()
        shutil.copy(url.removeprefix("sqlite:///"), self._folder / "work.db")
        return f"sqlite:///{self._folder / 'work.db'}"


class Databases:
    """Databases of a server."""

    name = "PostgreSQL"

    def __init__(self, one: Server) -> None:
        self._server, self._made = one, 0

    def empty(self) -> str:
        """A database of its own."""
        self._made += 1
        return self._server.made(f"golden_{self._made}")

    def copy(self, url: str) -> str:
        """By the server's own copying."""
        return self._server.made("work", template=url.rsplit("/", 1)[1].split("?")[0])


def run(size: Size) -> list[Figure]:
    """From every schema; the short form from the one before the newest."""
    older = json.loads(in_child(_older_schemas) or "[]")[REVISIONS[size]]
    figures: list[Figure] = []
    with _folder() as folder, server() as one:
        for ground in (Files(folder), Databases(one)):
            kills, wrong = _killed(ground, older)
            figures += [
                Figure(
                    f"{ground.name}: kills in the middle of migrations",
                    f"{kills:,} from {len(older)} schemas",
                    "every statement",
                    kills > 5,
                ),
                none(
                    f"{ground.name}: databases with a row lost or another schema"
                    + "".join(f"; {w}" for w in wrong[:3]),
                    len(wrong),
                    kills,
                ),
            ]
        refused = in_child(lambda: _refusal(folder / "newer.db"))
    return [
        *figures,
        Figure("an older program", str(refused), "refuses a newer schema", refused == "refused"),
    ]


def _killed(ground: Ground, older: list[str]) -> tuple[int, list[str]]:
    """How many kills there were, and after which something was wrong."""
    kills, wrong = 0, []
    for revision in older:
        golden = ground.empty()
        in_child(lambda: _make(golden, revision))  # noqa: B023  the child ends before the next turn
        before = json.loads(in_child(lambda: json.dumps(_rows(golden, {}))) or "{}")  # noqa: B023
        number = 0
        while True:
            work = ground.copy(golden)
            if in_child(lambda: _open(work, die_at=number), may_die=True) is not None:  # noqa: B023
                break
            kills += 1
            left = in_child(lambda: _open(work))  # noqa: B023
            found = json.loads(in_child(lambda: json.dumps(_rows(work, before))) or "{}")  # noqa: B023
            if left != _newest() or found != before:
                wrong.append(f"from {revision}, killed at statement {number}")
            number += 1
    return kills, wrong


@contextmanager
def _folder() -> Iterator[Path]:
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="leftturn-proof-", dir=memory if memory.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _newest() -> str:
    from monitor.store.schema import HEAD

    return HEAD


def _older_schemas() -> str:
    from alembic.script import ScriptDirectory

    from monitor.store.schema import alembic_config

    scripts = ScriptDirectory.from_config(alembic_config())
    return json.dumps([one.revision for one in reversed(list(scripts.walk_revisions()))][:-1])


def _make(url: str, revision: str) -> str:
    """A database of an older schema with a row in every table."""
    from alembic import command

    from monitor.store.schema import alembic_config

    engine = create_engine(url)
    with engine.begin() as conn:
        config = alembic_config()
        config.attributes["connection"] = conn
        command.upgrade(config, revision)
        look = inspect(conn)
        for table in look.get_sorted_table_and_fkc_names():
            name = table[0]
            if name is not None and name != "alembic_version":
                values = {column["name"]: _value(str(column["type"])) for column in look.get_columns(name)}
                names = ", ".join(f'"{column}"' for column in values)
                slots = ", ".join(f":v{place}" for place in range(len(values)))
                bound = {f"v{place}": value for place, value in enumerate(values.values())}
                conn.execute(text(f'INSERT INTO "{name}" ({names}) VALUES ({slots})'), bound)  # noqa: S608
    engine.dispose()
    return ""


def _value(kind: str) -> Any:
    """Something that fits a column of this type."""
    if kind.startswith("BOOLEAN"):
        return True
    if kind.startswith(("INTEGER", "FLOAT", "DOUBLE", "NUMERIC")):
        return 1
    if kind.startswith("DATE"):
        return "2026-05-04"
    if kind.startswith(("VARCHAR(27)", "TIMESTAMP")):
        return "2026-05-04T00:00:00.000000Z"
    return "{}" if kind.startswith("JSON") else b"1" if kind.startswith(("BLOB", "BYTEA")) else "1"


def _open(url: str, die_at: int | None = None) -> str:
    """Open the store, or die at one of its statements; the schema it has then."""
    from sqlalchemy import Engine, event

    from monitor.store import open_store
    from monitor.store.schema import schema_version

    left = [die_at]

    def statement(*_: object) -> None:
        if left[0] is not None:
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1

    event.listen(Engine, "before_cursor_execute", statement)
    with open_store(url) as store, store.read() as conn:
        return str(schema_version(conn))


def _rows(url: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """A hash of each table's rows, over the columns that `wanted` has (all, where it is empty)."""
    engine = create_engine(url)
    with engine.connect() as conn:
        look = inspect(conn)
        tables = wanted or dict.fromkeys(t for t in look.get_table_names() if not t.startswith("alembic"))
        found = {}
        for table, (columns, _) in {t: known or (None, "") for t, known in tables.items()}.items():
            columns = columns or [column["name"] for column in look.get_columns(table)]
            names = ", ".join(f'"{name}"' for name in columns)
            rows = sorted(map(repr, conn.execute(text(f'SELECT {names} FROM "{table}"'))))  # noqa: S608
            found[table] = [columns, hashlib.sha256("\n".join(rows).encode()).hexdigest()]
    engine.dispose()
    return found


def _refusal(file: Path) -> str:
    from monitor.store import StoreError, open_store

    open_store(f"sqlite:///{file}").close()
    with sqlite3.connect(file) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    try:
        open_store(f"sqlite:///{file}").close()
    except StoreError:
        return "refused"
    return "opened it"
