"""`leftturn doctor`: what LeftTurn runs on, and what to mend."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.opening import read_settings, system_clock
from monitor.errors import FAILED
from monitor.show import as_json as to_json
from monitor.show import say, table

if TYPE_CHECKING:
    from config import Settings
    from monitor.store import Store


def doctor(config: Path, *, as_json: bool) -> int:
    """Examine and tell; 1 where something is ill. Nothing is changed, and nothing is sent."""
    from dataclasses import asdict

    from monitor.doctor import Finding, Patient, examine
    from monitor.mail_probe import probe
    from monitor.network_disk import read_mounts
    from monitor.store import StoreError

    settings = read_settings(config)
    with ExitStack() as stack:
        first: list[Finding] = []
        try:
            store = _opened(settings, stack)
        except StoreError as error:
            store, first = None, [Finding(part="database", state="ill", message=str(error))]
        findings = [
            *first,
            *examine(
                Patient(settings=settings, store=store, clock=system_clock, probe=probe, mounts=read_mounts())
            ),
        ]
    if as_json:
        say(to_json({"findings": [asdict(finding) for finding in findings]}))
    else:
        table(("part", "state", "found"), [(each.part, each.state, each.message) for each in findings])
        ill = sum(each.state == "ill" for each in findings)
        say(f"{ill} to mend." if ill else "Nothing to mend.")
    return FAILED if any(each.state == "ill" for each in findings) else 0


def _opened(settings: Settings, stack: ExitStack) -> Store | None:
    from monitor.live_store import live_store

    store = live_store(settings)
    return stack.enter_context(store) if store is not None else None
