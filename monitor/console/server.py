"""Serving the pages: from a thread beside the daemon's ticking, or alone.

The socket is bound before anything is served, so that a taken port is one clear sentence. No request is logged: the
path of a reader's link is a login.
"""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.console.bearing import Bears
from monitor.console.desk import Desk, Log
from monitor.console.failures import Failures
from monitor.console.links import Signer
from monitor.console.pages import pages
from monitor.console.pulse import Pulse
from monitor.console.readiness import Lately, checks
from monitor.console.session import Sessions
from monitor.store import Store, open_store

if TYPE_CHECKING:
    import uvicorn

    from config.settings import Console, Settings

GRACE_SECONDS = 5
BACKLOG = 128


class ConsoleError(RuntimeError):
    """The pages cannot be served; the sentence says why."""


def desk_of(
    settings: Settings,
    store: Store,
    clock: Callable[[], datetime],
    log: Log,
    pulse: Pulse | None = None,
    leads: Callable[[], bool] = lambda: True,
    *,
    checks_last: float = 2.0,
) -> Desk:
    """What the pages of `settings` need. Raises ConsoleError where no console is configured.

    `leads` says whether this process is the active one; what is well is looked at anew after `checks_last` seconds.
    """
    console = settings.console
    if console is None:
        raise ConsoleError("there is no console section in the configuration; config/default.yaml shows one")
    return Desk(
        settings=settings,
        console=console,
        store=store,
        clock=clock,
        signer=Signer(console.signing_keys) if console.signing_keys else None,
        sessions=Sessions(console.token.get_secret_value() if console.token is not None else None),
        failures=Failures(time.monotonic),
        pulse=pulse,
        log=log,
        checks=Lately(lambda: checks(store, settings, pulse, clock(), leads), checks_last),
        bears=Bears(settings, store, clock),
    )


@contextmanager
def serving(
    settings: Settings,
    clock: Callable[[], datetime],
    log: Log,
    pulse: Pulse | None = None,
    leads: Callable[[], bool] = lambda: True,
) -> Iterator[None]:
    """Serve the pages from a thread while inside, where a console is configured.

    Raises ConsoleError where the address cannot be listened on, StoreError where there is no database.
    """
    if settings.console is None:
        yield
        return
    with _store_of(settings) as store, bound(settings.console) as listening:
        server = _server(desk_of(settings, store, clock, log, pulse, leads))
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listening]}, name="console", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(GRACE_SECONDS + 1)


def _store_of(settings: Settings) -> Store:
    """A store of the pages' own: they never wait for a connection that the jobs hold, nor keep one from them."""
    secret = settings.database_password
    return open_store(
        settings.database, password=secret.get_secret_value() if secret is not None else None, create=False
    )


@contextmanager
def bound(console: Console) -> Iterator[socket.socket]:
    """A socket on `console.bind`. Raises ConsoleError where it cannot be had."""
    host = "127.0.0.1" if console.host == "localhost" else console.host
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, console.port))
            listening.listen(BACKLOG)
        except OSError as error:
            raise ConsoleError(f"console.bind: {console.bind} {_why(error)}") from None
        yield listening
    finally:
        with suppress(OSError):
            listening.close()


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is taken by another process; stop it, or write another port"
    if error.errno == errno.EADDRNOTAVAIL:
        return "is no address of this machine"
    return f"cannot be listened on: {error.strerror}"


def _server(desk: Desk) -> uvicorn.Server:
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            pages(desk),
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            date_header=True,
            timeout_keep_alive=10,
            timeout_graceful_shutdown=GRACE_SECONDS,
            limit_concurrency=100,
            h11_max_incomplete_event_size=16 * 1024,
        )
    )
