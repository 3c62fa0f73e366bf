"""`leftturn init FILE...`: a first configuration, guessed and commented."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from monitor.errors import UsageError
from monitor.show import note


def init(files: Sequence[Path], *, out: Path, force: bool, quiet: bool) -> int:
    """Write a configuration for `files` to `out`; raises UsageError, FileError."""
    from monitor.first_config import draft, offered, yaml_text
    from monitor.first_config.write import summary

    if out.exists() and not force:
        raise UsageError(f"{out} exists; --force overwrites it, --out F writes another")
    if not out.absolute().parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder {out.absolute().parent}")
    guessed = draft(offered(files))
    _write(out, yaml_text(guessed, out))
    if not quiet:
        for line in summary(guessed, out):
            note(line)
    return 0


def _write(out: Path, text: str) -> None:
    """Write the file whole or not at all: a full disk leaves no half of it, and keeps what stood there."""
    unfinished = out.with_name(out.name + ".unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
