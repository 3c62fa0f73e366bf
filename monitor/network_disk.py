"""Whether a file lies on a disk of the network, where SQLite's locks mean nothing; told from Linux's mounts."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
NETWORK = frozenset(
    (
        *(
            "nfs",
            "nfs4",
            "cifs",
            "smb3",
            "smbfs",
            "ncpfs",
            "9p",
            "afs",
            "ceph",
            "lustre",
            "beegfs",
            "gfs2",
            "ocfs2",
        ),
        *(
            "fuse.sshfs",
            "fuse.glusterfs",
            "fuse.ceph",
            "fuse.s3fs",
            "fuse.gcsfuse",
            "fuse.rclone",
            "fuse.davfs",
        ),
        *("davfs", "fuse.grpcfuse", "vboxsf", "prl_fs"),
    )
)
"""Filesystems of other machines, or of the host of a virtual one; their locks are the server's, if any."""
_OCTAL = re.compile(r"\\([0-7]{3})")


def read_mounts(file: Path = MOUNTS) -> str:
    """What is mounted where, as the kernel says it; "" where it does not."""
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


def network_kind(path: Path, mounts: str) -> str | None:
    r"""The kind of network filesystem that the absolute `path` lies on; None of a disk of this machine.

    mounts  the text of /proc/self/mountinfo (proc(5)): the longest mount point above `path` counts, of equal ones
            the last, which covers the others

    >>> mounts = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n31 20 0:44 / /srv rw shared:9 - nfs4 box:/srv rw"
    >>> network_kind(Path("/srv/leftturn/leftturn.db"), mounts), network_kind(Path("/srvice/x.db"), mounts)
    ('nfs4', None)
    """
    longest, kind = -1, ""
    for line in mounts.splitlines():
        place, dash, what = line.partition(" - ")
        fields = place.split(" ")
        if not dash or len(fields) < 5:
            continue
        point = Path(_OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[4]))
        if path.is_relative_to(point) and len(point.parts) >= longest:
            longest, kind = len(point.parts), what.split(" ")[0]
    return kind if kind in NETWORK else None


def warning(database: Path | None, mounts: str) -> str | None:
    """What is to be said of an SQLite file on a network's disk; None where there is nothing to say."""
    if database is None or (kind := network_kind(database.resolve(), mounts)) is None:
        return None
    return (
        f"{database} lies on a disk of the network ({kind}): SQLite's locks mean nothing there, and the database can "
        "be damaged; put it on a disk of this machine, or use PostgreSQL"
    )
