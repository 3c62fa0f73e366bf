"""`leftturn init FILE...`: a first configuration, guessed and commented."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from monitor.errors import UsageError
from monitor.show import note
from monitor.whole_file import write_whole


def init(files: Sequence[Path], *, out: Path, force: bool, quiet: bool) -> int:
    """Write a configuration for `files` to `out`; raises UsageError, FileError."""
    from monitor.first_config import draft, offered, yaml_text
    from monitor.first_config.write import summary

    if out.exists() and not force:
        raise UsageError(f"{out} exists; --force overwrites it, --out F writes another")
    if not out.absolute().parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder {out.absolute().parent}")
    guessed = draft(offered(files))
    write_whole(out, yaml_text(guessed, out).encode("utf-8"), option="--out")
    if not quiet:
        for line in summary(guessed, out):
            note(line)
    return 0
