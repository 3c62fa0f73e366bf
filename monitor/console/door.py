"""The door of the operations' pages: a token and a name, once; then a session."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.console.desk import Desk
from monitor.console.forms import Fields
from monitor.console.guard import host_of
from monitor.console.session import COOKIE, LIFETIME, Session, same_word
from monitor.console.view import page, sentence
from monitor.store.acts import LONGEST_NAME, ActError, one_line

WRONG = "That is not the token."
WAIT = "Too many tries. Wait five minutes."


def session_of(desk: Desk, request: Request) -> Session | None:
    """Who is signed in."""
    return desk.sessions.read(request.cookies.get(COOKIE), desk.clock())


def may_look(desk: Desk, request: Request) -> bool:
    """Whether the pages may be read: by a session, by the token of a script, or by everybody."""
    return desk.sessions.open_to_all or session_of(desk, request) is not None or _bearer(desk, request)


def _bearer(desk: Desk, request: Request) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    if desk.sessions.token_is(given.strip()):
        return True
    desk.failures.note(address_of(request))
    return False


def actor(desk: Desk, request: Request, fields: Fields) -> Session:
    """Who sends a form of ours. Raises ActError where nobody is signed in or the form is of another page."""
    session = session_of(desk, request)
    if session is None:
        raise ActError("you are not signed in any more: sign in, and send it again")
    if not same_word(session, fields.get("word", "")):
        raise ActError("this form is not of your session: open the page again")
    return session


def login_page(desk: Desk, request: Request) -> Response:
    """The form that asks for the token and a name."""
    return _form(desk, request.query_params.get("next", ""), "", 200)


def login(desk: Desk, request: Request, fields: Fields) -> Response:
    """Open a session for who knows the token."""
    address = address_of(request)
    if desk.failures.too_many(address):
        return _form(desk, fields.get("next", ""), WAIT, 429)
    name = one_line(fields.get("name", ""), LONGEST_NAME)
    if not desk.sessions.token_is(fields.get("token", "")):
        desk.failures.note(address)
        return _form(desk, fields.get("next", ""), WRONG, 403)
    if not name:
        return _form(desk, fields.get("next", ""), "Say who you are: it stands beside what you decide.", 400)
    response = RedirectResponse(_inside(fields.get("next", "")), status_code=303)
    response.set_cookie(
        COOKIE,
        desk.sessions.open(name, desk.clock()),
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=_over_https(desk, request),
    )
    return response


def logout(desk: Desk, request: Request, fields: Fields) -> Response:
    """End the session of this browser."""
    actor(desk, request, fields)
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(COOKIE)
    return response


def turned_away(desk: Desk, request: Request) -> Response:
    """What who may not look gets: the door, or for a script a plain refusal."""
    if desk.failures.too_many(address_of(request)):
        return sentence(desk, "Wait", WAIT, 429)
    if "text/html" not in request.headers.get("accept", ""):
        response = sentence(desk, "No", "Send the token as Authorization: Bearer TOKEN.", 401)
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    path = request.url.path
    return RedirectResponse("/login" if path == "/" else f"/login?next={path}", status_code=303)


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client is not None else ""


def _inside(wanted: str) -> str:
    """A page of ours to go on to; never another site."""
    plain = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if plain and wanted.isascii() and wanted.isprintable() else "/"


def _over_https(desk: Desk, request: Request) -> bool:
    url = desk.console.url or ""
    return url.startswith("https://") and host_of(request.headers.get("host", "")) == host_of(url[8:])


def _form(desk: Desk, wanted: str, said: str, status: int) -> Response:
    return page(
        desk, "login", status, said=said, next=_inside(wanted), asks_token=not desk.sessions.open_to_all
    )
