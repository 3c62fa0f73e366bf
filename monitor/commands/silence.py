"""`leftturn silence`: what people asked not to hear of for a while."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.commands.acting import Acting, acting, today
from monitor.commands.opening import open_existing_store, parse_day, read_settings, system_clock
from monitor.errors import UsageError
from monitor.show import as_json as to_json
from monitor.show import say, table

if TYPE_CHECKING:
    from config import Settings
    from monitor.store.silences import Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line, as written; `where` holds name=value."""

    id: str | None
    metric: str | None
    where: list[str]
    reason: str
    until: str | None
    long: bool
    end: int | None


def silence(config: Path, wish: Wish, *, by: str | None, as_json: bool) -> int:
    """Add a silence, end one, or list those in force. Raises UsageError for what cannot be."""
    if wish.end is None and wish.id is None and wish.metric is None and not wish.where:
        return _list(config, as_json=as_json)
    with acting(config, by) as act:
        done = _act(act, wish)
    if as_json:
        say(to_json({"silence": as_row(done)}))
    elif done.ended_at is not None:
        say(f"silence {done.id} ({done.about}) is over: {done.ended_why}")
    else:
        say(f"silence {done.id}: {done.about} until {done.until} ({done.reason})")
    return 0


def _act(act: Acting, wish: Wish) -> Silence:
    from monitor.store.silences import add_silence, end_silence

    if wish.end is not None:
        return end_silence(act.conn, act.author, wish.end)
    place = place_in(act.settings, wish.where)
    if wish.metric is not None and wish.metric not in act.settings.metrics:
        raise UsageError(f"--metric {wish.metric}: there are {', '.join(act.settings.metrics)}")
    return add_silence(
        act.conn,
        act.author,
        today=act.today,
        reason=wish.reason,
        inflection_id=wish.id,
        metric=wish.metric,
        place=place,
        until=parse_day(wish.until, "--until") if wish.until is not None else None,
        long=wish.long,
    )


def place_in(settings: Settings, where: list[str]) -> dict[str, str]:
    """The place that name=value pairs mean. Raises UsageError for a name that is no segment."""
    place = {}
    names = [*(segment.by for segment in settings.segments), "tier"]
    for pair in where:
        name, equals, value = pair.partition("=")
        if not equals or not value or name not in names:
            there = ", ".join(names)
            raise UsageError(
                f"--where {pair}: write a segment and its value, such as {names[0]}=EMEA; there are {there}"
            )
        place[name] = value
    return place


def as_row(one: Silence) -> dict[str, Any]:
    """A silence as plain values, with what it is about in words."""
    return {**asdict(one), "about": one.about}


def _list(config: Path, *, as_json: bool) -> int:
    from monitor.store.silences import active_silences

    settings = read_settings(config)
    with open_existing_store(settings).read() as conn:
        rows = [as_row(one) for one in active_silences(conn, today(settings, system_clock()))]
    if as_json:
        say(to_json({"silences": rows}))
    elif rows:
        shown = ("id", "about", "until", "by", "reason")
        table(list(shown), [[row[name] for name in shown] for row in rows])
    else:
        say("Nothing is silenced.")
    return 0
