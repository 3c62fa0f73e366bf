"""`leftturn ack ID`: a decision on an inflection, a word of feedback, or the decision taken back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.acting import Acting, acting
from monitor.commands.opening import parse_day
from monitor.errors import UsageError
from monitor.show import as_json as to_json
from monitor.show import say

if TYPE_CHECKING:
    from monitor.store.answers import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line, as written."""

    decision: str
    owner: str
    look_again: str | None
    note: str
    feedback: str | None
    undo: bool


def ack(config: Path, id_: str, wish: Wish, *, by: str | None, as_json: bool) -> int:
    """Write it down and say what stands. Raises UsageError for what cannot be."""
    from monitor.store.answers import standing

    with acting(config, by) as act:
        answer = _answer(act, id_, wish)
        stands = standing(act.conn).get(id_)
    if as_json:
        say(to_json({"answer": asdict(answer), "standing": asdict(stands) if stands else None}))
        return 0
    say(f"{id_}: {in_words(stands) if stands else 'nothing is decided'}")
    return 0


def _answer(act: Acting, id_: str, wish: Wish) -> Answer:
    from monitor.store.answers import decide, give_feedback, standing, undo

    if wish.undo:
        stands = standing(act.conn).get(id_)
        if stands is None:
            raise UsageError(f"{id_}: nothing is decided that could be taken back")
        return undo(act.conn, act.author, stands.id)
    if wish.feedback is not None:
        return give_feedback(act.conn, act.author, id_, wish.feedback, note=wish.note)
    day = parse_day(wish.look_again, "--look-again") if wish.look_again is not None else None
    return decide(
        act.conn,
        act.author,
        id_,
        wish.decision,
        today=act.today,
        owner=wish.owner,
        look_again_on=day,
        note=wish.note,
    )


def in_words(answer: Answer) -> str:
    """A decision in a few words."""
    said = f"{answer.what}, decided by {answer.by} on {answer.at:%Y-%m-%d}"
    if answer.owner:
        said += f", owner {answer.owner}"
    if answer.look_again_on:
        said += f", look again on {answer.look_again_on}"
    return said + (f" ({answer.note})" if answer.note else "")
