"""Being the one active daemon of a database, term by term.

SQLite       the file lock is held for the life of the process; a new term is counted when the store is opened
PostgreSQL   a lease of 4 s, renewed every second. This process trusts it for 3 s from the moment it *asked* for the
             renewal, by the monotonic clock: an answer that took long extends nothing, and a process that was
             stopped, or cut off, stops trusting before anybody else can begin

Trust only saves work and mails. What is written is fenced in the database itself (`monitor.store.lease`), and unique
keys keep that nothing is done twice.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from monitor.lock import AnotherDaemon, hold_file

if TYPE_CHECKING:
    from sqlalchemy import URL

    from monitor.store import Store
    from monitor.store.lease import Fence

TERM_SECONDS = 4.0
MARGIN_SECONDS = 1.0
RENEW_SECONDS = 1.0
STAND_BY_SECONDS = 0.5
"""How often one that stands by asks: a daemon that ended cleanly is followed within this."""
NEVER = float("-inf")


class Leases(Protocol):
    """Where terms are taken and kept; each may raise StoreError or what the driver raises."""

    def take(self) -> int | None:
        """The epoch of a new term; None while another one lasts."""
        ...

    def renew(self, epoch: int) -> bool:
        """Prolong the term; False where it was replaced."""
        ...

    def give_up(self, epoch: int) -> None:
        """End the term."""
        ...


class Leadership(Protocol):
    """Whether this process may act, and under which term."""

    on_lead: Callable[[], None]
    """Called when a term begins."""

    def leads(self) -> bool:
        """Whether this process may act now."""
        ...

    def fence(self, store: Store) -> Fence:
        """The present term, to fence writes with. Raises LostLeaseError where there is none."""
        ...


class FileLeadership:
    """Leadership by the file lock: it lasts as long as the process."""

    def __init__(self) -> None:
        self.on_lead: Callable[[], None] = _nothing
        self._fence: Fence | None = None

    def leads(self) -> bool:
        """Always: the kernel keeps the lock."""
        return True

    def fence(self, store: Store) -> Fence:
        """The term of this process, which begins with the first call."""
        from monitor.store.lease import Fence, next_epoch

        if self._fence is None:
            holder = process_name()
            with store.write() as conn:
                self._fence = Fence(holder=holder, epoch=next_epoch(conn, holder))
        return self._fence


class LeaseLeadership:
    """Leadership by the lease. `step` takes or renews it once; `kept` does so in a thread."""

    def __init__(
        self,
        leases: Leases,
        holder: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        term: float = TERM_SECONDS,
        margin: float = MARGIN_SECONDS,
    ) -> None:
        self.on_lead: Callable[[], None] = _nothing
        self._leases = leases
        self._holder = holder
        self._monotonic = monotonic
        self._trust = term - margin
        self._term: tuple[int, float] = (0, NEVER)  # epoch and end of trust, read and replaced as one
        self._ended = threading.Event()

    def leads(self) -> bool:
        """Whether the term is still to be trusted."""
        return self._monotonic() < self._term[1]

    def fence(self, store: Store) -> Fence:
        """The present term."""
        from monitor.store.lease import Fence, LostLeaseError

        del store
        epoch, until = self._term
        if self._monotonic() >= until:
            raise LostLeaseError("this process is not the active daemon")
        return Fence(holder=self._holder, epoch=epoch)

    def step(self) -> None:
        """Renew a term that is trusted, take one otherwise. Errors are no answer: trust runs out by itself."""
        asked = self._monotonic()
        epoch, until = self._term
        try:
            if asked < until:
                kept = self._leases.renew(epoch)
                self._term = (epoch, asked + self._trust if kept else NEVER)
                return
            new = self._leases.take()
        except Exception:  # whatever it is, it is no renewal
            return
        if new is not None:
            self._term = (new, asked + self._trust)
            if self.leads():
                self.on_lead()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep stepping in a thread; the term is given up at the end."""
        thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()
            epoch, until = self._term
            self._term = (epoch, NEVER)
            if self._monotonic() < until:
                with contextlib.suppress(Exception):  # then it ends by itself
                    self._leases.give_up(epoch)

    def _keep(self) -> None:
        while not self._ended.wait(RENEW_SECONDS if self.leads() else STAND_BY_SECONDS):
            self.step()


class DatabaseLeases:
    """The lease row of a PostgreSQL, on a connection of its own that no other work can keep busy."""

    def __init__(self, url: URL, holder: str, term: float = TERM_SECONDS) -> None:
        from sqlalchemy import create_engine

        milliseconds = int(
            1000 * (TERM_SECONDS - MARGIN_SECONDS)
        )  # an answer later than that is worth nothing
        self._holder = holder
        self._seconds = term
        self._engine = create_engine(
            url,
            hide_parameters=True,
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,
            isolation_level="AUTOCOMMIT",
            connect_args={
                "connect_timeout": milliseconds // 1000,
                "tcp_user_timeout": milliseconds,
                "options": f"-c statement_timeout={milliseconds}",
            },
        )

    def take(self) -> int | None:
        """The epoch of a new term; None while another one lasts."""
        from monitor.store.lease import take

        with self._engine.connect() as conn:
            return take(conn, self._holder, self._seconds)

    def renew(self, epoch: int) -> bool:
        """Prolong the term; False where it was replaced."""
        from monitor.store.lease import Fence, renew

        with self._engine.connect() as conn:
            return renew(conn, Fence(holder=self._holder, epoch=epoch), self._seconds)

    def give_up(self, epoch: int) -> None:
        """End the term."""
        from monitor.store.lease import Fence, give_up

        with self._engine.connect() as conn:
            give_up(conn, Fence(holder=self._holder, epoch=epoch))

    def close(self) -> None:
        """Give back the connection."""
        self._engine.dispose()


def only_daemon(database: str, password: str | None = None) -> AbstractContextManager[Leadership]:
    """Be the only active process of `database` (a SQLAlchemy URL) inside the `with`.

    Raises AnotherDaemon on entry where one is active already, StoreError where a server's database cannot be used.
    """
    return _lead(database, password, wait=False)


def stand_by(database: str, password: str | None = None) -> AbstractContextManager[Leadership]:
    """Lead `database` inside the `with`, or stand by until its active daemon is gone (`Leadership.leads`).

    A file has no daemons that stand by: there, AnotherDaemon is raised.
    """
    return _lead(database, password, wait=True)


@contextmanager
def _lead(database: str, password: str | None, *, wait: bool) -> Iterator[Leadership]:
    from sqlalchemy import make_url

    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        with hold_file(Path(str(url.database))):
            yield FileLeadership()
        return
    from monitor.store import open_store

    open_store(database, password).close()  # the lease is one of its tables
    holder = process_name()
    leases = DatabaseLeases(url if password is None else url.set(password=password), holder)
    try:
        leadership = LeaseLeadership(leases, holder)
        leadership.step()
        if not wait and not leadership.leads():
            place = url.render_as_string(hide_password=True)
            raise AnotherDaemon(f"another daemon is active on {place}; stop it first")
        with leadership.kept():
            yield leadership
    finally:
        leases.close()


def process_name() -> str:
    """A name for this process, apart from any other's and from its own next life's: host, number, random letters."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def _nothing() -> None:
    """Nobody waits for a term to begin."""
