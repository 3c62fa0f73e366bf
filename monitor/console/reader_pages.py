"""The pages behind the buttons of mails. A GET shows, and changes nothing, whoever follows it; only a POST acts."""

from __future__ import annotations

import secrets
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from monitor.commands.explain import collect
from monitor.commands.explained import sentences
from monitor.console.desk import Desk
from monitor.console.door import address_of
from monitor.console.forms import Fields, decision_in, number_in
from monitor.console.links import LinkError, Purpose, Ticket
from monitor.console.told import as_told, picture_of, titles
from monitor.console.view import page, sentence
from monitor.errors import UsageError
from monitor.store.acts import ActError, Author
from monitor.store.answers import (
    DECISIONS,
    LONGEST_WAIT,
    LOOK_AGAIN_AFTER,
    answers_to,
    decide,
    give_feedback,
    standing,
    undo,
)
from monitor.store.subscriptions import subscribe, words

if TYPE_CHECKING:
    from config.settings import Person

SAID = {
    "decision": "Recorded. Operations and the other readers see it.",
    "feedback": "Thank you: it is on record.",
    "undone": "Taken back.",
    "off": "You will get no more of these mails.",
    "on": "You will get these mails again.",
}
KINDS = {
    "digest": "the weekly digest",
    "inflections": "mails about changes",
    "operations": "mails to operations",
}
UNKNOWN_READER = "This link was written to somebody who is not among the readers any more."
GONE = "The change that this link is about is not known here any more."
BUSY = "Too many wrong links came from here. Wait five minutes."


def answer_page(desk: Desk, request: Request) -> Response:
    """What was told, what was decided so far, and the form to answer."""
    opened = _opened(desk, request, "answer")
    if isinstance(opened, Response):
        return opened
    ticket, person = opened
    with desk.store.read() as conn:
        known = evidence(desk, conn, ticket.about)
        if known is None:
            return sentence(desk, "Not known", GONE, 404)
        stands = standing(conn).get(ticket.about)
        log = answers_to(conn, ticket.about)
    wanted = request.query_params.get("answer", "")
    today = desk.today()
    return page(
        desk,
        "answer",
        person=person,
        inflection_id=ticket.about,
        wanted=wanted if wanted in DECISIONS else "act",
        said=SAID.get(request.query_params.get("said", ""), ""),
        stands=stands,
        log=log,
        mine=next((one for one in reversed(log) if _is_open_word(one, person)), None),
        nonce=secrets.token_urlsafe(12),
        usual_day=today + LOOK_AGAIN_AFTER,
        first_day=today,
        last_day=today + LONGEST_WAIT,
        picture=f"{request.url.path}/picture" if known["told"] and known["told"].picture else "",
        **known,
    )


def answer(desk: Desk, request: Request, fields: Fields) -> Response:
    """Write an answer down: a decision, a word of feedback, or one of them taken back."""
    opened = _opened(desk, request, "answer")
    if isinstance(opened, Response):
        return opened
    ticket, person = opened
    author = _author(desk, request, person, fields)
    with desk.store.write() as conn:
        said = _act(conn, author, ticket.about, fields, desk.today())
    return RedirectResponse(f"{request.url.path}?said={said}", status_code=303)


def answer_picture(desk: Desk, request: Request) -> Response:
    """The picture of the mail, for the page."""
    opened = _opened(desk, request, "answer")
    if isinstance(opened, Response):
        return opened
    with desk.store.read() as conn:
        png = picture_of(conn, opened[0].about)
    return Response(png, media_type="image/png") if png else PlainTextResponse("", status_code=404)


def unsubscribe_page(desk: Desk, request: Request) -> Response:
    """What the reader gets, and the button that ends it."""
    opened = _opened(desk, request, "unsubscribe")
    if isinstance(opened, Response):
        return opened
    ticket, person = opened
    if ticket.about not in KINDS:
        return sentence(desk, "Not known", GONE, 404)
    with desk.store.read() as conn:
        word = words(conn).get((person.email.casefold(), ticket.about))
    return page(
        desk,
        "unsubscribe",
        person=person,
        kind=KINDS[ticket.about],
        word=word,
        wanted=word is None or word.wanted,
        said=SAID.get(request.query_params.get("said", ""), ""),
        nonce=secrets.token_urlsafe(12),
    )


def unsubscribe(desk: Desk, request: Request, fields: Fields) -> Response:
    """Take the reader off or put them on again; from a mail program (RFC 8058) with one POST and no page."""
    opened = _opened(desk, request, "unsubscribe")
    if isinstance(opened, Response):
        return opened
    ticket, person = opened
    one_click = fields.get("List-Unsubscribe", "").casefold() == "one-click"
    wanted = not one_click and fields.get("wanted") == "yes"
    if not one_click and fields.get("wanted") not in ("yes", "no"):
        raise ActError("what was sent is no form of ours")
    with desk.store.write() as conn:
        subscribe(conn, _author(desk, request, person, fields), person.email, ticket.about, wanted=wanted)
    if one_click:
        return PlainTextResponse(f"{person.email} gets {KINDS.get(ticket.about, 'these mails')} no more.\n")
    return RedirectResponse(f"{request.url.path}?said={'on' if wanted else 'off'}", status_code=303)


def evidence(desk: Desk, conn: Connection, inflection_id: str) -> dict[str, Any] | None:
    """What is known of an inflection, as its mail told it and in `explain`'s sentences; None for an unknown one."""
    try:
        known = collect(conn, inflection_id)
    except UsageError:
        return None
    settings = desk.settings
    lines = sentences(
        known,
        false_alarms_per_year=settings.attention.false_alarms_per_year,
        owners_named=settings.privacy.owners == "names",
    )
    return {
        "told": as_told(conn, inflection_id),
        "row": known["inflection"],
        "lines": list(lines),
        "titles": titles(conn),
    }


def _opened(desk: Desk, request: Request, purpose: Purpose) -> tuple[Ticket, Person] | Response:
    """The ticket of the link and whose it is; or the page that says why there is none."""
    address = address_of(request)
    try:
        if desk.signer is None:
            raise LinkError("No links are signed here.")
        ticket = desk.signer.read(request.path_params["ticket"], purpose, desk.clock())
    except LinkError as error:
        if desk.failures.too_many(address):
            return sentence(desk, "Wait", BUSY, 429)
        desk.failures.note(address)
        return sentence(desk, "This link opens nothing", str(error), 403)
    person = desk.person(ticket.reader)
    if person is None:
        return sentence(desk, "This link opens nothing", UNKNOWN_READER, 403)
    return ticket, person


def _author(desk: Desk, request: Request, person: Person, fields: Fields) -> Author:
    word = fields.get("nonce") or secrets.token_urlsafe(12)
    return desk.author(person.email, "mail", request.path_params["ticket"], word)


def _act(conn: Connection, author: Author, inflection_id: str, fields: Fields, today: date) -> str:
    if "undo" in fields:
        undo(conn, author, number_in(fields, "undo"), of=inflection_id, own=True)
        return "undone"
    if "feedback" in fields:
        give_feedback(conn, author, inflection_id, fields["feedback"], note=fields.get("note", ""))
        return "feedback"
    wish = decision_in(fields)
    decide(
        conn,
        author,
        inflection_id,
        wish.what,
        today=today,
        owner=wish.owner,
        look_again_on=wish.look_again_on,
        note=wish.note,
    )
    return "decision"


def _is_open_word(one: Any, person: Person) -> bool:
    """Whether an answer is the person's own feedback, and still stands."""
    return one.kind == "feedback" and one.undone_at is None and one.by.casefold() == person.email.casefold()
