"""Every page and form by its path, and the application that serves them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from monitor.console import batch_pages, door, ops_forms, ops_pages, reader_pages, view
from monitor.console.desk import Desk
from monitor.console.forms import Fields, fields_of
from monitor.console.guard import Guard, TooLargeError
from monitor.console.measures import measures
from monitor.daemon import debugging
from monitor.store import StoreError
from monitor.store.acts import ActError

Look = Callable[[Desk, Request], Response]
Act = Callable[[Desk, Request, Fields], Response]
Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]

FOR_READERS: dict[str, tuple[Look, Act | None]] = {
    "/a/{ticket}": (reader_pages.answer_page, reader_pages.answer),
    "/a/{ticket}/picture": (reader_pages.answer_picture, None),
    "/u/{ticket}": (reader_pages.unsubscribe_page, reader_pages.unsubscribe),
    "/login": (door.login_page, door.login),
}
"""Open to everybody: a ticket, or the token, is asked for inside."""

FOR_OPERATIONS: dict[str, Look] = {
    "/": ops_pages.overview,
    "/inflections": ops_pages.inflections,
    "/inflections/{id}": ops_pages.one_inflection,
    "/inflections/{id}/picture": ops_pages.inflection_picture,
    "/outbox": ops_pages.outbox,
    "/data": ops_pages.data,
    "/batches": batch_pages.batches,
    "/batches/{batch}": batch_pages.one_batch,
    "/decisions": ops_pages.decisions,
    "/people": ops_pages.people,
}
"""Who may look is asked before each."""

OPERATIONS_ACT: dict[str, Act] = {
    "/logout": door.logout,
    "/inflections/{id}": ops_forms.decide,
    "/answers/undo": ops_forms.take_back,
    "/silences/add": ops_forms.silence,
    "/silences/end": ops_forms.end_silence,
    "/people/subscribe": ops_forms.subscribe,
    "/data/accept": ops_forms.accept,
}
"""Each asks for a session, and for the word of its form."""
SORRY = "LeftTurn cannot reach its database just now. Nothing was changed; try again in a minute."


def pages(desk: Desk) -> ASGIApp:
    """The application."""
    routes = [
        Route("/healthz", _looking(desk, _healthz), methods=["GET"]),
        Route("/readyz", _looking(desk, _readyz), methods=["GET"]),
        Route("/metrics", _looking(desk, _behind_the_door(_metrics)), methods=["GET"]),
        Route("/style.css", _looking(desk, lambda *_: view.style()), methods=["GET"]),
        Route("/icon.svg", _looking(desk, lambda *_: view.icon()), methods=["GET"]),
    ]
    for path, (look, act) in FOR_READERS.items():
        routes.append(Route(path, _looking(desk, look), methods=["GET"]))
        if act is not None:
            routes.append(Route(path, _acting(desk, act), methods=["POST"]))
    for path, act in OPERATIONS_ACT.items():
        routes.append(Route(path, _acting(desk, act), methods=["POST"]))
    for path, look in FOR_OPERATIONS.items():
        routes.append(Route(path, _looking(desk, _behind_the_door(look)), methods=["GET"]))
    app = Starlette(routes=routes, exception_handlers={HTTPException: _unknown(desk)})
    url = desk.console.url or ""
    hosts = {"localhost", "127.0.0.1", "::1", desk.console.host, urlsplit(url).hostname or "localhost"}
    return Guard(app, hosts=hosts - {"0.0.0.0", "::"}, secure=url.startswith("https://"))  # noqa: S104


def _looking(desk: Desk, look: Look) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(_guarded, desk, lambda: look(desk, request))

    return endpoint


def _acting(desk: Desk, act: Act) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            fields = await fields_of(request)
        except TooLargeError:
            return view.sentence(desk, "Not done", "Too much was sent.", 413)
        except ActError as error:
            return view.sentence(desk, "Not done", _opening(error), 400)
        return await run_in_threadpool(_guarded, desk, lambda: act(desk, request, fields))

    return endpoint


def _guarded(desk: Desk, work: Callable[[], Response]) -> Response:
    """What a page or form gives; what goes wrong is a sentence, and never more than that."""
    try:
        return work()
    except ActError as error:
        return view.sentence(desk, "Not done", _opening(error), 400)
    except StoreError as error:
        desk.log.error("a page could not reach the database", message=str(error))
        return view.sentence(desk, "Not now", SORRY, 503)
    except Exception as error:
        desk.log.error("a page failed", error=type(error).__name__, exc_info=debugging())
        return view.sentence(
            desk, "This went wrong", "It is our fault, and in the log. Nothing was changed.", 500
        )


def _behind_the_door(look: Look) -> Look:
    def guarded(desk: Desk, request: Request) -> Response:
        return look(desk, request) if door.may_look(desk, request) else door.turned_away(desk, request)

    return guarded


def _unknown(desk: Desk) -> Callable[[Request, Exception], Response]:
    def page(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if (
            request.method == "GET"
            and status == 404
            and request.url.path.endswith("/")
            and request.url.path != "/"
        ):
            return RedirectResponse("/" + request.url.path.strip("/"), status_code=307)
        return view.sentence(desk, "Not here", "There is no such page.", status)

    return page


def _healthz(_desk: Desk, _request: Request) -> Response:
    """The process answers; whether it does its work is another question."""
    return PlainTextResponse("alive\n")


def _readyz(desk: Desk, request: Request) -> Response:
    """Whether it does its work; what exactly is wrong is told to those only who may look."""
    found = desk.checks()
    ready = all(check.ok for check in found)
    body: dict[str, Any] = {"ready": ready, "checks": {check.name: check.ok for check in found}}
    if door.may_look(desk, request):
        body["checks"] = {check.name: {"ok": check.ok, "says": check.says} for check in found}
    return JSONResponse(body, status_code=200 if ready else 503)


def _metrics(desk: Desk, _request: Request) -> Response:
    text = measures(desk.store, desk.settings, desk.pulse, desk.clock(), desk.checks())
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _opening(error: ActError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
