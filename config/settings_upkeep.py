"""How the daemon is looked after: the dead man's switch and the nightly backup."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic.json_schema import SkipJsonSchema

from config.kinds import Clock, OnDisk, Span, Text, read_whole
from config.passwords import found_by_the_loader, kept_outside
from config.section import Section

_ADDRESS = kept_outside("url_env: NAME, and the address into that variable")


class Heartbeat(Section):
    """An address outside that is asked for while all is well; whoever watches it raises the alarm when it is not.

    `url` is found by the loader: who knows it can keep the switch quiet, so it does not stand in the file.
    """

    made = frozenset({"url"})

    url_env: Text
    every: Span = timedelta(minutes=5)
    url: SkipJsonSchema[Annotated[SecretStr | None, _ADDRESS]] = found_by_the_loader()


class Backup(Section):
    """Where the nightly backups go, how many are kept, and when they are taken, on the company's clock."""

    folder: OnDisk = Path("backups")
    keep: Annotated[int, Field(ge=1, le=1000), BeforeValidator(read_whole)] = 7
    at: Clock = time(3, 0)
