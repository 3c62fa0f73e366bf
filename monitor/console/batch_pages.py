"""The pages on what the data can bear: effective deals of each series, its worst batches, and the deals of one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.batches import worst
from monitor.console.desk import Desk
from monitor.console.ops_pages import ops_page
from monitor.console.view import sentence

MOST_BATCHES = 20


def batches(desk: Desk, request: Request) -> Response:
    """Deals and effective deals of every series, and the batches that cost most."""
    borne = desk.bears()
    return ops_page(desk, request, "batches", found=borne.found, worst=worst(borne.found, MOST_BATCHES))


def one_batch(desk: Desk, request: Request) -> Response:
    """The deals of one batch."""
    borne, id_ = desk.bears(), request.path_params["batch"]
    batch = borne.batch(id_)
    if batch is None:
        text = "There is no such batch among the worst of the deals known now."
        return sentence(desk, "Not known", text, 404, back="/batches")
    return ops_page(desk, request, "batch", batch=batch, rows=borne.rows[id_])
