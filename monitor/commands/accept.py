"""`leftturn accept RUN`: a person says that data which look wrong are right."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from monitor.commands.acting import acting
from monitor.commands.opening import open_existing_store, read_settings
from monitor.show import as_json as to_json
from monitor.show import say, table


def accept(config: Path, run: str | None, *, reason: str, by: str | None, as_json: bool) -> int:
    """Accept what `run` holds back, or list what is held. Raises UsageError for a run that holds nothing."""
    from monitor.store import acceptances

    if run is not None:
        with acting(config, by) as act:
            held = acceptances.accept(act.conn, act.author, run, reason)
        if as_json:
            say(to_json({"accepted": asdict(held)}))
        else:
            say(f"{run}: accepted; it is acted on at the next tick")
        return 0
    with open_existing_store(read_settings(config)).read() as conn:
        rows = [asdict(one) for one in acceptances.waiting(conn)]
    if as_json:
        say(to_json({"held": rows}))
    elif rows:
        table(list(rows[0]), [list(row.values()) for row in rows])
    else:
        say("Nothing is held.")
    return 0
