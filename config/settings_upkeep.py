"""How the daemon is looked after: the dead man's switch and the nightly backup."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, SecretStr
from pydantic.json_schema import SkipJsonSchema

from config.kinds import Clock, Span, Text, read_whole
from config.refusal import refuse
from config.section import Section
from config.settings_people import Folder


def _no_address(value: Any) -> Any:
    if value is None or isinstance(value, SecretStr):
        return value
    raise refuse("must not stand in this file; write url_env: NAME, and the address into that variable")


class Heartbeat(Section):
    """An address outside that is asked for while all is well; whoever watches it raises the alarm when it is not.

    `url` is found by the loader: who knows it can keep the switch quiet, so it does not stand in the file.
    """

    made = frozenset({"url"})

    url_env: Text
    every: Span = timedelta(minutes=5)
    url: SkipJsonSchema[Annotated[SecretStr | None, PlainValidator(_no_address)]] = Field(
        default=None, exclude=True, repr=False
    )


class Backup(Section):
    """Where the nightly backups go, how many are kept, and when they are taken, on the company's clock."""

    folder: Folder = Path("backups")
    keep: Annotated[int, Field(ge=1, le=1000), BeforeValidator(read_whole)] = 7
    at: Clock = time(3, 0)
