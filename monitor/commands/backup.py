"""`leftturn backup` and `leftturn restore`: a checked copy of the store, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.opening import (
    hold_database,
    open_existing_store,
    password_of,
    read_settings,
    system_clock,
)
from monitor.errors import UsageError
from monitor.show import as_json as to_json
from monitor.show import note, say

if TYPE_CHECKING:
    from config import Settings


def backup(config: Path, *, out: Path | None, as_json: bool) -> int:
    """Take a backup now, beside a working daemon. Raises BackupError where it cannot be written or checked."""
    from monitor.backup import backup_settings, take_backup

    settings = read_settings(config)
    care = backup_settings(settings)
    with open_existing_store(settings) as store:
        made = take_backup(store, out or care.folder, keep=care.keep, now=system_clock())
    rows = sum(made.rows.values())
    if as_json:
        say(to_json({"file": made.file, "bytes": made.size, "rows": made.rows, "let_go": made.let_go}))
    else:
        say(f"{made.file}: {rows:,} rows, {made.size / 1e6:,.1f} MB, read back and whole.")
        for old in made.let_go:
            note(f"{old} was let go: the newest {care.keep} are kept")
    return 0


def restore(config: Path, file: Path, *, yes: bool, as_json: bool) -> int:
    """Put a backup in the database's place. Raises UsageError without a yes, AnotherDaemon while one is active."""
    from monitor.backup import backup_settings
    from monitor.backup import restore as put_back

    settings = read_settings(config)
    if not file.is_file():
        raise UsageError(f"{file}: no such file; backups lie in {backup_settings(settings).folder}")
    if not yes:
        raise UsageError(f"{_question(settings, file)} add --yes to do so")
    with hold_database(settings):
        done = put_back(
            settings.database,
            password_of(settings),
            file,
            aside=backup_settings(settings).folder,
            now=system_clock(),
        )
    if as_json:
        say(to_json({"file": done.file, "taken_at": done.taken_at, "rows": done.rows, "kept": done.kept}))
        return 0
    say(f"{done.file} is in place: {sum(done.rows.values()):,} rows.")
    if done.kept is not None:
        say(f"What stood there is kept in {done.kept}.")
    say("The next tick does again what was due since the backup; mails that may have gone out before say so.")
    return 0


def _question(settings: Settings, file: Path) -> str:
    from sqlalchemy import make_url

    from monitor.store.failures import place_of

    return f"this puts {file} in the place of {place_of(make_url(settings.database))};"
