"""Backups: a whole, checked copy of the store in one file, and the way back.

Whatever the database, a backup is an SQLite file with the same tables: one format, one check, and a company that
moves from one database to the other restores into it.
"""

from monitor.backup.files import BACKUP_NAME, backups_in
from monitor.backup.restore import Restored, restore
from monitor.backup.take import Backup, BackupError, backup_settings, take_backup

__all__ = [
    "BACKUP_NAME",
    "Backup",
    "BackupError",
    "Restored",
    "backup_settings",
    "backups_in",
    "restore",
    "take_backup",
]
