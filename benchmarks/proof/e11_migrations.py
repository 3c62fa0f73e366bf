"""E11: every migration from every schema there was, killed at each of its statements, and taken up again.

A database of each schema is made, with a row in every table. A forked child opens it, which brings it up to date, and
kills itself at its n-th statement; another child opens it again. Then every row that was there must be there still,
and the schema must be the newest. Last, a program that is older than the schema must refuse to open it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from e01_kills import _in_child
from figures import Figure, Size, none

REVISIONS: dict[Size, slice] = {"short": slice(-1, None), "tenth": slice(None), "long": slice(None)}


def run(size: Size) -> list[Figure]:
    """From every schema; the short form from the one before the newest."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="leftturn-proof-", dir=memory if memory.is_dir() else None))
    wrong: list[str] = []
    kills = 0
    try:
        older = json.loads(_in_child(_older_schemas) or "[]")[REVISIONS[size]]
        for revision in older:
            golden = folder / f"golden-{revision}.db"
            _in_child(lambda: _make(golden, revision))  # noqa: B023  the child ends before the next turn
            before = _rows(golden, {})
            number = 0
            while True:
                work = folder / "work.db"
                for old in folder.glob("work.db*"):
                    old.unlink()
                shutil.copy(golden, work)
                if _in_child(lambda: _open(work, die_at=number), may_die=True) is not None:  # noqa: B023
                    break
                kills += 1
                left = _in_child(lambda: _open(work))  # noqa: B023
                if left != _newest() or _rows(work, before) != before:
                    wrong.append(f"from {revision}, killed at statement {number}")
                number += 1
        refused = _in_child(lambda: _refusal(folder / "newer.db"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        Figure(
            "kills in the middle of migrations",
            f"{kills:,} from {len(older)} schemas",
            "every statement",
            kills > 5,
        ),
        none(
            "databases with a row lost or another schema" + "".join(f"; {w}" for w in wrong[:3]),
            len(wrong),
            kills,
        ),
        Figure("an older program", str(refused), "refuses a newer schema", refused == "refused"),
    ]


def _newest() -> str:
    from monitor.store.schema import HEAD

    return HEAD


def _older_schemas() -> str:
    from alembic.script import ScriptDirectory

    from monitor.store.schema import alembic_config

    scripts = ScriptDirectory.from_config(alembic_config())
    return json.dumps([one.revision for one in reversed(list(scripts.walk_revisions()))][:-1])


def _make(file: Path, revision: str) -> str:
    """A database of an older schema with a row in every table."""
    from alembic import command
    from sqlalchemy import create_engine, inspect, text

    from monitor.store.schema import alembic_config

    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as conn:
        config = alembic_config()
        config.attributes["connection"] = conn
        command.upgrade(config, revision)
        look = inspect(conn)
        for table in look.get_table_names():
            if table != "alembic_version":
                values = {column["name"]: _value(str(column["type"])) for column in look.get_columns(table)}
                names = ", ".join(f'"{name}"' for name in values)
                slots = ", ".join(f":v{place}" for place in range(len(values)))
                bound = {f"v{place}": value for place, value in enumerate(values.values())}
                conn.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({slots})'), bound)  # noqa: S608
    engine.dispose()
    return ""


def _value(kind: str) -> Any:
    """Something that fits a column of this type."""
    if kind.startswith(("INTEGER", "BOOLEAN", "FLOAT")):
        return 1
    if kind.startswith("DATE"):
        return "2026-05-04"
    if kind.startswith("VARCHAR(27)"):
        return "2026-05-04T00:00:00.000000Z"
    return "{}" if kind.startswith("JSON") else b"1" if kind.startswith("BLOB") else "1"


def _open(file: Path, die_at: int | None = None) -> str:
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
    with open_store(f"sqlite:///{file}") as store, store.read() as conn:
        return str(schema_version(conn))


def _rows(file: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    """A hash of each table's rows, over the columns that `wanted` has (all, where it is empty)."""
    with sqlite3.connect(file) as conn:
        tables = list(wanted) or [
            name
            for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith(("sqlite_", "alembic"))
        ]
        found = {}
        for table in tables:
            columns = (
                wanted[table][0]
                if wanted
                else [row[1] for row in conn.execute(f'PRAGMA table_info("{table}")')]
            )
            names = ", ".join(f'"{name}"' for name in columns)
            rows = sorted(map(repr, conn.execute(f'SELECT {names} FROM "{table}"')))  # noqa: S608
            found[table] = (columns, hashlib.sha256("\n".join(rows).encode()).hexdigest())
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
