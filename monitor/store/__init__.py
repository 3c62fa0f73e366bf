"""What LeftTurn remembers: one database, SQLite or PostgreSQL, behind SQLAlchemy Core."""

from monitor.store import tables
from monitor.store.engine import Store, StoreError, open_store

__all__ = ["Store", "StoreError", "open_store", "tables"]
