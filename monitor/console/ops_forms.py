"""What operations do on their pages. Each form acts once, in the name of who is signed in, and comes back."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.console.desk import Desk
from monitor.console.door import actor
from monitor.console.forms import Fields, day_in, decision_in, number_in
from monitor.store.acceptances import accept as accept_run
from monitor.store.acts import ActError, Author
from monitor.store.answers import decide as decide_on
from monitor.store.answers import give_feedback, undo
from monitor.store.silences import add_silence
from monitor.store.silences import end_silence as end_one
from monitor.store.subscriptions import subscribe as subscribe_one


def decide(desk: Desk, request: Request, fields: Fields) -> Response:
    """A decision on an inflection, or feedback on it."""
    author, id_ = _author(desk, request, fields), request.path_params["id"]
    with desk.store.write() as conn:
        if "feedback" in fields:
            give_feedback(conn, author, id_, fields["feedback"])
            return _back(f"/inflections/{id_}", "feedback")
        wish = decision_in(fields)
        decide_on(
            conn,
            author,
            id_,
            wish.what,
            today=desk.today(),
            owner=wish.owner,
            look_again_on=wish.look_again_on,
            note=wish.note,
        )
    return _back(f"/inflections/{id_}", "decision")


def take_back(desk: Desk, request: Request, fields: Fields) -> Response:
    """A decision or feedback of anybody, taken back."""
    author = _author(desk, request, fields)
    with desk.store.write() as conn:
        answer = undo(conn, author, number_in(fields, "id"))
    return _back(f"/inflections/{answer.inflection_id}", "undone")


def silence(desk: Desk, request: Request, fields: Fields) -> Response:
    """A silence of an inflection, or of a metric and a segment."""
    author = _author(desk, request, fields)
    id_ = fields.get("inflection_id") or None
    metric = fields.get("metric") or None
    if metric is not None and metric not in desk.settings.metrics:
        raise ActError("there is no such metric")
    place = _place(desk, fields)
    with desk.store.write() as conn:
        add_silence(
            conn,
            author,
            today=desk.today(),
            reason=fields.get("reason", ""),
            inflection_id=id_,
            metric=metric,
            place=place,
            until=day_in(fields, "until"),
        )
    return _back(f"/inflections/{id_}" if id_ else "/decisions", "silenced")


def end_silence(desk: Desk, request: Request, fields: Fields) -> Response:
    """A silence ended before its day."""
    author = _author(desk, request, fields)
    with desk.store.write() as conn:
        end_one(conn, author, number_in(fields, "id"))
    return _back("/decisions", "ended")


def subscribe(desk: Desk, request: Request, fields: Fields) -> Response:
    """A person taken off a kind of mail, or put on it again."""
    author, person = _author(desk, request, fields), desk.person(fields.get("email", ""))
    if person is None:
        raise ActError("there is no such reader in the configuration")
    wanted = fields.get("wanted") == "yes"
    with desk.store.write() as conn:
        subscribe_one(conn, author, person.email, fields.get("kind", ""), wanted=wanted)
    return _back("/people", "on" if wanted else "off")


def accept(desk: Desk, request: Request, fields: Fields) -> Response:
    """Held data accepted."""
    author = _author(desk, request, fields)
    with desk.store.write() as conn:
        accept_run(conn, author, fields.get("run", ""), fields.get("reason", ""))
    return _back("/data", "accepted")


def _place(desk: Desk, fields: Fields) -> dict[str, str]:
    name, value = fields.get("segment", ""), fields.get("value", "").strip()
    if not name and not value:
        return {}
    if name not in [segment.by for segment in desk.settings.segments] or not value:
        raise ActError("name a segment and its value, such as region and EMEA")
    return {name: value}


def _author(desk: Desk, request: Request, fields: Fields) -> Author:
    session = actor(desk, request, fields)
    return desk.author(session.name, "console", session.mark, fields.get("nonce", ""))


def _back(path: str, said: str) -> Response:
    return RedirectResponse(f"{path}?said={said}", status_code=303)
