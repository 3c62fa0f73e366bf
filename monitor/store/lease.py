"""The lease: one row that says which process is active, under which epoch, and until when.

The epoch grows with every new holder and is the fencing token: a write transaction of the daemon ends with a look at
this row (`Fence.check`), so that what a process decided while it led is not written once another one leads. On
PostgreSQL the look locks the row until the commit, and only the database's clock counts. On SQLite a file lock says
who is active (`monitor.lock`), and the row only counts the epochs.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, text

from monitor.store.tables import lease

NAME = "daemon"

_TAKE = text(
    """
    INSERT INTO lease (name, holder, epoch, until)
    VALUES (:name, :holder, 1, clock_timestamp() + :seconds * interval '1 second')
    ON CONFLICT (name) DO UPDATE
    SET holder = :holder, epoch = lease.epoch + 1, until = clock_timestamp() + :seconds * interval '1 second'
    WHERE lease.until IS NULL OR lease.until < clock_timestamp()
    RETURNING epoch
    """
)
_RENEW = text(
    """
    UPDATE lease SET until = clock_timestamp() + :seconds * interval '1 second'
    WHERE name = :name AND holder = :holder AND epoch = :epoch
    """
)
_GIVE_UP = text(
    """
    UPDATE lease SET until = clock_timestamp() - interval '1 second'
    WHERE name = :name AND holder = :holder AND epoch = :epoch
    """
)
_MINE = text(
    """
    SELECT 1 FROM lease
    WHERE name = :name AND holder = :holder AND epoch = :epoch AND until > clock_timestamp() FOR SHARE
    """
)
_HOLDER = text("SELECT holder FROM lease WHERE name = :name AND until > clock_timestamp()")


class LostLeaseError(RuntimeError):
    """Another process is the active one by now; nothing of this transaction is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """One term of one process: what it writes counts only as long as the term lasts."""

    holder: str
    epoch: int

    def check(self, conn: Connection) -> None:
        """Raise LostLeaseError unless the term lasts; on PostgreSQL it then lasts until the transaction ends."""
        if conn.dialect.name == "postgresql":
            mine = conn.execute(_MINE, self._named()).first()
        else:
            wanted = lease.c.name == NAME, lease.c.holder == self.holder, lease.c.epoch == self.epoch
            mine = conn.execute(select(lease.c.epoch).where(*wanted)).first()
        if mine is None:
            raise LostLeaseError(
                "another daemon is active by now; what this one was about to write is not kept"
            )

    def _named(self) -> dict[str, object]:
        return {"name": NAME, "holder": self.holder, "epoch": self.epoch}


def take(conn: Connection, holder: str, seconds: float) -> int | None:
    """The epoch of a new term, which lasts `seconds`; None while another one lasts. PostgreSQL."""
    epoch: int | None = conn.execute(_TAKE, {"name": NAME, "holder": holder, "seconds": seconds}).scalar()
    return epoch


def renew(conn: Connection, fence: Fence, seconds: float) -> bool:
    """Let the term last `seconds` from now; False where it was replaced. PostgreSQL."""
    values = {"name": NAME, "holder": fence.holder, "epoch": fence.epoch, "seconds": seconds}
    return conn.execute(_RENEW, values).rowcount == 1


def give_up(conn: Connection, fence: Fence) -> None:
    """End the term, so that another process need not wait. PostgreSQL."""
    conn.execute(_GIVE_UP, {"name": NAME, "holder": fence.holder, "epoch": fence.epoch})


def next_epoch(conn: Connection, holder: str) -> int:
    """Begin a term without an end, for whoever holds the file lock. SQLite."""
    epoch: int | None = conn.execute(select(lease.c.epoch).where(lease.c.name == NAME)).scalar()
    if epoch is None:
        conn.execute(insert(lease).values(name=NAME, holder=holder, epoch=1))
        return 1
    conn.execute(
        lease.update().where(lease.c.name == NAME).values(holder=holder, epoch=epoch + 1, until=None)
    )
    return epoch + 1


def active_holder(conn: Connection) -> str:
    """Who is active by the lease, as "process N on HOST"; "" where nobody is. PostgreSQL."""
    holder = conn.execute(_HOLDER, {"name": NAME}).scalar()
    if holder is None:
        return ""
    host, process, _ = str(holder).rsplit(":", 2)
    return f"process {process} on {host}"
