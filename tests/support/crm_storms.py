"""Replies of the two CRMs with something wrong in them, given in this process: no port, no wait."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import requests
from crm_servers import Answer, Crm, FakeHubSpot, FakeSalesforce
from requests.adapters import HTTPAdapter

from config.document import parse
from config.load import judge
from monitor.sources.crm_source import CrmSource
from monitor.sources.hubspot_api import HubSpot
from monitor.sources.hubspot_source import HubSpotSource
from monitor.sources.patience import PatientCalls
from monitor.sources.salesforce_source import SalesforceSource

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
DEALS = 7
_LOGIN = {"hubspot": "{token_env: T}", "salesforce": "{client_id_env: T, client_secret_env: T}"}
_COLUMNS = {
    "hubspot": "closed_at: closedate, amount: amount, pipeline: pipeline, owner: hubspot_owner_id",
    "salesforce": "closed_at: CloseDate, amount: Amount",
}
_STAGE = {"hubspot": "dealstage", "salesforce": "StageName"}
_INDUSTRY = {"hubspot": "company.industry", "salesforce": "Account.Industry"}
_ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e308, 10**30, "", "x", "2026-13-45T99:00:00Z", "\x00", "9" * 400, "\ud800"),
    *([], {}, [None], {"x": None}, [[]], "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "null"),
)


def mutated(body: Any, rng: random.Random) -> Any:
    """`body` with one of its parts taken out, doubled or put another in its place, anywhere in the tree."""
    places = list(_places(body))
    if not places or rng.random() < 0.05:
        return rng.choice(_ODD)
    holder, key = rng.choice(places)
    match rng.randrange(4):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.append(holder[key])
        case _:
            holder[key] = rng.choice(_ODD)
    return body


def _places(body: Any) -> Iterator[tuple[Any, Any]]:
    """Every holder and key in the tree."""
    keys: Iterable[Any] = (
        body if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    )
    for key in keys:
        yield body, key
        yield from _places(body[key])


class Stormy:
    """A CRM whose answers come out wrong `often`, and a part `cut` of those short; it fails at MOST calls.

    harmed   whether one did
    """

    MOST = 400

    def __init__(self, crm: Crm, rng: random.Random) -> None:
        self.crm, self._rng, self._calls = crm, rng, 0
        self.often, self.cut = rng.choice((0.0, 0.1, 0.3, 1.0)), 0.15
        self.harmed = False

    def answer(self, method: str, url: str, content: bytes) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers."""
        self._calls += 1
        if self._calls > self.MOST:
            raise AssertionError(f"asked {self._calls} times for {DEALS} deals")
        address = httpx.URL(url)
        try:
            body: Any = json.loads(content)
        except ValueError:
            body = content.decode()
        try:
            given = self.crm.answer(method, address.path, dict(address.params), body)
        except (KeyError, ValueError, AssertionError, TypeError, IndexError, AttributeError):
            given = Answer([{"message": "what is this?", "errorCode": "MALFORMED_QUERY"}], 400)
        text = given.body
        calm = "token" in address.path or self._rng.random() >= self.often
        if not calm:
            self.harmed = True
        if not isinstance(text, str):
            text = json.dumps(text if calm else mutated(json.loads(json.dumps(text)), self._rng))
        raw = text.encode("utf-8", "surrogatepass")
        if not calm and self._rng.random() < self.cut:
            raw = raw[: self._rng.randrange(len(raw) + 1)]
        kind = "text/csv" if isinstance(given.body, str) else "application/json"
        return given.status, raw, {"Content-Type": kind, **given.headers}


class _InProcess(HTTPAdapter):
    """Carries a session's calls to a CRM in this process."""

    def __init__(self, crm: Stormy) -> None:
        super().__init__()
        self._crm = crm

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else bytes(body)  # type: ignore[arg-type]
        status, content, headers = self._crm.answer(str(request.method), str(request.url), raw)
        response = requests.Response()
        response.status_code, response._content, response.request = status, content, request
        response.headers.update(headers)
        response.url = str(request.url)
        return response


def stormy_source(kind: str, rng: random.Random, folder: Path) -> tuple[CrmSource, Stormy]:
    """A source of DEALS deals whose answers may be wrong."""
    text = (
        "company: {name: Acme, timezone: Europe/Paris, currency: EUR}\n"
        f"sources:\n  - name: crm\n    type: {kind}\n    login: {_LOGIN[kind]}\n"
        f"    url: {'https://api.example' if kind == 'hubspot' else 'https://acme.my.salesforce.com'}\n"
        f"    columns: {{{_COLUMNS[kind]}}}\n    attributes: {{industry: {_INDUSTRY[kind]}}}\n"
        f"    outcome: {{column: {_STAGE[kind]}, won: [Closed won], lost: [Closed lost], open: [Talking]}}\n"
        "people: [{email: ceo@acme.example}]\n"
    )
    crm = _hubspot() if kind == "hubspot" else _salesforce()
    settings = judge(parse(text, "leftturn.yaml"), folder / "leftturn.yaml", {"T": crm.token})
    stormy = Stormy(crm, rng)
    given = settings.sources[0], settings.company, settings.motions

    def over_httpx(request: httpx.Request) -> httpx.Response:
        status, content, headers = stormy.answer(request.method, str(request.url), request.content)
        return httpx.Response(status, content=content, headers=headers)

    def session() -> requests.Session:
        made = requests.Session()
        made.mount("https://", _InProcess(stormy))
        return made

    source: CrmSource
    if kind == "hubspot":
        source = HubSpotSource(*given, pause=lambda _: None, now=lambda: NOW)
        client = httpx.Client(base_url="https://api.example", transport=httpx.MockTransport(over_httpx))
        source.__dict__["_crm"] = HubSpot(PatientCalls(client, pause=lambda _: None, clock=lambda: NOW))
    else:
        source = SalesforceSource(*given, session=session, poll_seconds=0.0, now=lambda: NOW)
    return source, stormy


def _hubspot() -> FakeHubSpot:
    crm = FakeHubSpot()
    crm.companies = {"c1": {"industry": "Energy"}}
    for number in range(DEALS + 1):
        told = {"dealstage": "closedwon", "pipeline": "default", "hubspot_owner_id": "9", "amount": "10"}
        crm.put(number + 1, f"2026-02-0{number + 1}T08:00:00Z", closedate="2026-02-01", **told)
        crm.linked[str(number + 1)] = "c1"
    crm.archive(DEALS + 1, "2026-03-01T08:00:00Z")
    return crm


def _salesforce() -> FakeSalesforce:
    crm = FakeSalesforce(page=3)
    crm.fields["Opportunity"].append({"name": "CloseDate"})
    for number in range(DEALS):
        cells = {"StageName": "Closed won", "Amount": 10.0, "CloseDate": "2026-02-01"}
        account = {"attributes": {}, "Industry": "Energy"}
        crm.put(f"006{number:012d}AAA", f"2026-02-0{number + 1}T08:00:00.000+0000", Account=account, **cells)
    return crm
