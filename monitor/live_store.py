"""The store that the daemon writes, opened to be looked at where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from monitor.store import Store, StoreError, open_store

if TYPE_CHECKING:
    from config.settings import Settings

NO_DATABASE_YET = "there is no database yet"
"""How the store says that nothing was ever written to it."""


def live_store(settings: Settings) -> Store | None:
    """The live store; None where there is none yet.

    Raises StoreError where a database is there and cannot be used: what it knows is not passed over in silence.
    """
    file = database_file(settings)
    if file is not None and not file.exists():
        return None
    secret = settings.database_password
    try:
        return open_store(
            settings.database, password=secret.get_secret_value() if secret else None, create=False
        )
    except StoreError as error:
        if NO_DATABASE_YET in str(error):
            return None
        raise


def database_file(settings: Settings) -> Path | None:
    """The file of an SQLite database; None for a server's."""
    url = make_url(settings.database)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
