"""What the database itself may say, as sentences for the person who runs LeftTurn."""

from __future__ import annotations

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

SAID: tuple[tuple[str, str], ...] = (
    ("file is not a database", "is not a database file; move it away, or mend `database`"),
    ("malformed", "is damaged; restore the newest backup in its place"),
    (
        "readonly database",
        "cannot be written; give the user of LeftTurn the right to write to it and its folder",
    ),
    ("read-only transaction", "is read-only; LeftTurn needs a server that it may write to"),
    ("unable to open database file", "cannot be opened; check the rights to it and to its folder"),
    ("database or disk is full", "cannot grow: the disk is full; make room, nothing half done was kept"),
    (
        "disk i/o error",
        "cannot be read or written: the disk is full or reports an error; look at the disk before anything else",
    ),
    ("database is locked", "is held by another process; try again when it is done"),
    ("password authentication failed", "refuses the password; check LEFTTURN_DATABASE_PASSWORD"),
    ("no password supplied", "asks for a password; set LEFTTURN_DATABASE_PASSWORD"),
    ("does not exist", "does not exist there, or its user does not; make it, or mend `database`"),
    ("permission denied", "refuses what LeftTurn needs to do; its user must own the schema"),
    ("lock timeout", "is held by another process; try again when it is done"),
    ("could not translate host name", "cannot be reached: no such host; mend `database`"),
    ("failed to resolve host", "cannot be reached: no such host; mend `database`"),
    ("connection", "cannot be reached; is the server running, and is `database` right?"),
)
"""The first that the driver's words contain, in lower case; the most telling come first."""


class StoreError(RuntimeError):
    """The database as a whole cannot be used; the sentence says why, and what to do."""


def place_of(url: URL) -> str:
    """The database as a person knows it: the file, or the address without its password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.render_as_string(hide_password=True)


def sentence_for(error: DBAPIError, url: URL) -> str | None:
    """The sentence for what a driver raised; None where it is about a statement, not about the database."""
    if type(error).__name__ in ("IntegrityError", "ProgrammingError", "DataError", "InterfaceError"):
        return None
    words = " ".join(str(error.orig).split())
    for known, sentence in SAID:
        if known in words.lower():
            return f"{place_of(url)} {sentence} ({words[:200]})"
    return None
