"""`leftturn forget`: erase a customer or a person from everything that is kept."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.opening import hold_database, open_existing_store, read_settings
from monitor.errors import UsageError
from monitor.show import as_json as to_json
from monitor.show import note, say

if TYPE_CHECKING:
    from monitor.store.forgetting import Forgotten, Kind

AFTER = (
    "Erase it in the source too, or the next read brings it back. Backups made before still hold it, and so do mails "
    "in their readers' mailboxes. What hung on an account's attributes (tier, segment) is unknown from now on."
)


def forget(config: Path, *, account: str | None, owner: str | None, yes: bool, as_json: bool) -> int:
    """Say what would be erased, ask, and erase. Raises UsageError without exactly one name, or without a yes."""
    from monitor.store.forgetting import forget as erase

    if (account is None) == (owner is None):
        raise UsageError("forget: name one of --account and --owner")
    kind: Kind = "account" if account is not None else "owner"
    name = str(account if account is not None else owner)
    settings = read_settings(config)
    with open_existing_store(settings) as store:
        with store.read() as conn:
            found = erase(conn, kind, name, only_count=True)
        if found.nothing:
            say(to_json(asdict(found)) if as_json else f"'{name}' stands nowhere in the store.")
            return 0
        if not yes and not _agreed(found):
            raise UsageError("forget: nothing was erased; --yes erases without asking")
        with hold_database(settings), store.write() as conn:
            found = erase(conn, kind, name)
    if as_json:
        say(to_json(asdict(found)))
    else:
        say(f"Erased: {_told(found)}.")
        note(AFTER)
    return 0


def _agreed(found: Forgotten) -> bool:
    note(f"To be erased for good: {_told(found)}. {AFTER}")
    if not sys.stdin.isatty():
        return False
    note("Erase it? Write yes:")
    return sys.stdin.readline().strip().lower() == "yes"


def _told(found: Forgotten) -> str:
    told = (
        f"'{found.name}' in {found.versions:,} versions of deals, {found.attributes:,} versions of the account, "
        f"{found.set_aside:,} rows set aside, {found.mails:,} mails kept"
    )
    return told + (
        f"; {found.waiting:,} mails that wait to be sent stay as they are" if found.waiting else ""
    )
