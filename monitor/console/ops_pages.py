"""The operations' pages: what is open, fed, waiting, set aside, decided, silenced, and who gets what."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select
from starlette.requests import Request
from starlette.responses import Response

from monitor.commands.next_runs import next_runs
from monitor.commands.status import collect
from monitor.console.desk import Desk
from monitor.console.door import session_of
from monitor.console.reader_pages import KINDS, evidence
from monitor.console.told import picture_of, titles
from monitor.console.view import page, sentence
from monitor.store.acceptances import waiting
from monitor.store.answers import DECISIONS, LONGEST_WAIT, LOOK_AGAIN_AFTER, answers_to, due, standing
from monitor.store.silences import USUAL, active_silences, all_silences, silences_of
from monitor.store.subscriptions import words
from monitor.store.tables import answer, inflection, notice, rejected_row, source_read

MOST_ROWS = 100
SOON = timedelta(days=7)
DONE = {
    "decision": "Recorded.",
    "feedback": "Recorded.",
    "undone": "Taken back.",
    "silenced": "Silenced.",
    "ended": "The silence is over.",
    "on": "Put on again.",
    "off": "Taken off.",
    "accepted": "Accepted.",
}


def overview(desk: Desk, request: Request) -> Response:
    """Everything at a glance: is it well, what is open, is it fed, what comes next."""
    now = desk.clock()
    with desk.store.read() as conn:
        known = collect(conn, desk.settings, now)
        soon, named = due(conn, desk.today() + SOON), titles(conn)
    found = desk.checks()
    return ops_page(
        desk,
        request,
        "overview",
        known=known,
        checks=found,
        well=all(check.ok for check in found),
        due=soon,
        titles=named,
        next=_soonest(next_runs(desk.settings, now)),
    )


def inflections(desk: Desk, request: Request) -> Response:
    """Every inflection, the newest first, with what is decided."""
    table = inflection
    with desk.store.read() as conn:
        rows = conn.execute(select(table).order_by(table.c.opened_on.desc(), table.c.id).limit(MOST_ROWS))
        known, decided, named = [dict(row) for row in rows.mappings()], standing(conn), titles(conn)
    return ops_page(desk, request, "inflections", rows=known, decided=decided, titles=named)


def one_inflection(desk: Desk, request: Request) -> Response:
    """One inflection: what `explain` knows, what people said, and the forms to say something."""
    id_ = request.path_params["id"]
    with desk.store.read() as conn:
        known = evidence(desk, conn, id_)
        if known is None:
            return sentence(desk, "Not known", "There is no such inflection.", 404, back="/inflections")
        log, silences = answers_to(conn, id_), silences_of(conn, id_)
        stands = standing(conn).get(id_)
        has_picture = known["told"] is not None and bool(known["told"].picture)
    today = desk.today()
    return ops_page(
        desk,
        request,
        "inflection",
        inflection_id=id_,
        log=log,
        stands=stands,
        silences=silences,
        picture=f"/inflections/{id_}/picture" if has_picture else "",
        decisions=DECISIONS,
        usual_day=today + LOOK_AGAIN_AFTER,
        first_day=today,
        last_day=today + LONGEST_WAIT,
        silent_until=today + USUAL,
        **known,
    )


def inflection_picture(desk: Desk, request: Request) -> Response:
    """The picture of an inflection's newest mail."""
    with desk.store.read() as conn:
        png = picture_of(conn, request.path_params["id"])
    if png is None:
        return sentence(desk, "Not known", "There is no picture of this inflection.", 404)
    return Response(png, media_type="image/png")


def outbox(desk: Desk, request: Request) -> Response:
    """The newest mails and what became of them; never their content."""
    shown = (
        "created_at",
        "sent_at",
        "state",
        "kind",
        "reason",
        "recipient",
        "subject",
        "attempts",
        "last_error",
    )
    wanted = select(*(notice.c[name] for name in shown)).order_by(notice.c.created_at.desc()).limit(MOST_ROWS)
    with desk.store.read() as conn:
        rows = [dict(row) for row in conn.execute(wanted).mappings()]
    return ops_page(desk, request, "outbox", rows=rows)


def data(desk: Desk, request: Request) -> Response:
    """Sources, what they hold back, and the rows that were set aside."""
    joined = rejected_row.join(source_read, rejected_row.c.source_read_id == source_read.c.id)
    names = ("row", "column", "reason", "detail")
    columns = (source_read.c.source, source_read.c.file, *(rejected_row.c[name] for name in names))
    wanted = select(*columns).select_from(joined).order_by(rejected_row.c.id.desc()).limit(MOST_ROWS)
    with desk.store.read() as conn:
        rows = [dict(row) for row in conn.execute(wanted).mappings()]
        held = waiting(conn)
        sources = collect(conn, desk.settings, desk.clock())["sources"]
    return ops_page(desk, request, "data", rows=rows, held=held, sources=sources)


def decisions(desk: Desk, request: Request) -> Response:
    """The log of decisions and feedback, and the silences with their forms."""
    with desk.store.read() as conn:
        log = _log(conn)
        active, all_of_them = active_silences(conn, desk.today()), all_silences(conn)
        soon, named = due(conn, desk.today() + SOON), titles(conn)
    ids = {one.id for one in active}
    return ops_page(
        desk,
        request,
        "decisions",
        log=log,
        titles=named,
        due=soon,
        active=active,
        over=[one for one in all_of_them if one.id not in ids],
        metrics=list(desk.settings.metrics),
        segments=[segment.by for segment in desk.settings.segments],
        first_day=desk.today(),
        silent_until=desk.today() + USUAL,
    )


def people(desk: Desk, request: Request) -> Response:
    """Who is to get which mails, and who does not want them any more."""
    with desk.store.read() as conn:
        said = words(conn)
    rows = [
        {
            "person": person,
            "kinds": [
                (kind, KINDS[kind], said.get((person.email.casefold(), kind))) for kind in person.receives
            ],
        }
        for person in desk.settings.people
    ]
    alone = _nobody_left(rows)
    return ops_page(desk, request, "people", rows=rows, nobody_left=alone)


def _nobody_left(rows: list[dict[str, Any]]) -> bool:
    """Whether nobody gets the mails to operations."""
    return not any(
        kind == "operations" and (word is None or word.wanted)
        for row in rows
        for kind, _, word in row["kinds"]
    )


def _log(conn: Connection) -> list[dict[str, Any]]:
    rows = conn.execute(select(answer).order_by(answer.c.id.desc()).limit(MOST_ROWS))
    return [dict(row) for row in rows.mappings()]


def _soonest(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(
        runs, key=lambda run: run["due_at"].timestamp() if isinstance(run["due_at"], datetime) else 1e12
    )


def ops_page(desk: Desk, request: Request, name: str, **values: Any) -> Response:
    """A page of operations, with who is signed in and a form's word and nonce."""
    session = session_of(desk, request)
    return page(
        desk,
        name,
        session=asdict(session) if session is not None else None,
        nonce=secrets.token_urlsafe(12),
        said=DONE.get(request.query_params.get("said", ""), ""),
        here=name,
        path=request.url.path,
        **values,
    )
