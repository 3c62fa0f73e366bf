"""Local servers that speak the documented REST shapes of two CRMs, over TCP, with their faults.

A fault stands for the next call whose path it fits: a status with Retry-After, half an answer, a lost connection, a
session that ran out. They count what they were asked, so that a test can say how often, and in what order.
"""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import HTTPAdapter

from monitor.sources.salesforce_api import patient_session


@dataclass
class Fault:
    """What happens to a call whose method and path match `fits`, `times` times, after `after` of them went well."""

    fits: str
    does: str  # "status 429", "half", "drop", "expired"
    times: int = 1
    after: int = 0
    retry_after: str | None = "0"


@dataclass
class Answer:
    """A status, a body (JSON, or text as it is) and headers."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Crm:
    """What both servers have: a token, faults, and the calls they saw."""

    def __init__(self) -> None:
        self.token = "token-1"
        self.faults: list[Fault] = []
        self.calls: list[tuple[str, str, Any]] = []

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        """The answer to one call."""
        raise NotImplementedError

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The fault that this call meets, used up by it."""
        for fault in self.faults:
            if fault.times > 0 and re.search(fault.fits, f"{method} {path}"):
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    def expired(self) -> Answer:
        """What a call with an old token is told."""
        return Answer({"message": "expired"}, 401)


@contextmanager
def serving(crm: Crm) -> Iterator[str]:
    """Serve a CRM on a port of this machine; the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._handle("GET")

        def do_POST(self) -> None:
            self._handle("POST")

        def _handle(self, method: str) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            as_json = "json" in (self.headers.get("content-type") or "")
            body = json.loads(raw) if as_json and raw else raw
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            crm.calls.append((method, parts.path, body or query))
            fault = crm.fault_for(method, parts.path)
            if fault is not None and fault.does == "drop":
                self.close_connection = True
                return
            if fault is not None and fault.does.startswith("status"):
                wait = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
                self._send(Answer({"message": "not now"}, int(fault.does.split()[1]), wait))
                return
            given = self.headers.get("authorization", "")
            if (fault is not None and fault.does == "expired") or (
                "oauth2/token" not in parts.path and given != f"Bearer {crm.token}"
            ):
                self._send(crm.expired())
                return
            answer = crm.answer(method, parts.path, query, body)
            self._send(answer, half=fault is not None and fault.does == "half")

        def _send(self, answer: Answer, *, half: bool = False) -> None:
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            content = text.encode()
            if half:
                content = content[: len(content) // 2]
            self.send_response(answer.status)
            kind = "text/csv" if isinstance(answer.body, str) else "application/json"
            for name, value in {
                "Content-Type": kind,
                "Content-Length": str(len(content)),
                **answer.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class FakeHubSpot(Crm):
    """Deals with properties, as the search, list and batch calls give them. `limit` is the search's cap."""

    def __init__(self, limit: int = 10_000) -> None:
        super().__init__()
        self.limit = limit
        self.deals: dict[str, dict[str, str]] = {}
        self.archived: dict[str, str] = {}
        self.gone: dict[str, dict[str, str]] = {}
        self.companies: dict[str, dict[str, str]] = {}
        self.linked: dict[str, str] = {}
        self.history: dict[str, dict[str, list[dict[str, str]]]] = {}
        self.loses = 0
        """How many further pages of a search lack their first row."""

    def put(self, number: int | str, changed: str, **properties: str) -> None:
        """Save a deal, changed at an ISO instant."""
        self.deals[str(number)] = {**properties, "hs_lastmodifieddate": changed, "hs_object_id": str(number)}

    def archive(self, number: int | str, at: str) -> None:
        """Delete a deal."""
        self.gone[str(number)] = self.deals.pop(str(number))
        self.archived[str(number)] = at

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        """See Crm."""
        routes: dict[str, Callable[[], Any]] = {
            "/crm/v3/properties/deals": lambda: {
                "results": [{"name": name} for name in self._names(self.deals)]
            },
            "/crm/v3/properties/companies": lambda: {
                "results": [{"name": name} for name in self._names(self.companies)]
            },
            "/crm/v3/pipelines/deals": lambda: {
                "results": [
                    {
                        "id": "default",
                        "label": "Sales",
                        "stages": [
                            {"id": "closedwon", "label": "Closed won"},
                            {"id": "closedlost", "label": "Closed lost"},
                            {"id": "open1", "label": "Talking"},
                        ],
                    }
                ]
            },
            "/crm/v3/owners": lambda: {
                "results": [{"id": "9", "email": "rep@acme.example"}] if query["archived"] == "false" else []
            },
            "/crm/v3/objects/deals/search": lambda: self._search(body),
            "/crm/v3/objects/deals": lambda: self._archived(query),
            "/crm/v3/objects/deals/batch/read": lambda: self._with_history(body),
            "/crm/v3/objects/companies/batch/read": lambda: {
                "results": [
                    {"id": each["id"], "properties": self.companies[each["id"]]}
                    for each in body["inputs"]
                    if each["id"] in self.companies
                ]
            },
            "/crm/v4/associations/deals/companies/batch/read": lambda: {
                "results": [
                    {
                        "from": {"id": each["id"]},
                        "to": [
                            {
                                "toObjectId": self.linked[each["id"]],
                                "associationTypes": [{"label": "Primary"}],
                            }
                        ],
                    }
                    for each in body["inputs"]
                    if each["id"] in self.linked
                ]
            },
        }
        if path not in routes:
            return Answer({"message": f"no such path {path}"}, 404)
        return Answer(routes[path]())

    @staticmethod
    def _names(records: dict[str, dict[str, str]]) -> list[str]:
        return sorted({name for record in records.values() for name in record})

    def _search(self, body: dict[str, Any]) -> dict[str, Any]:
        found = [
            (number, deal)
            for number, deal in self.deals.items()
            if all(self._fits(deal, each) for each in body["filterGroups"][0]["filters"])
        ]
        by = body["sorts"][0]["propertyName"]
        found.sort(key=lambda each: int(each[0]) if by == "hs_object_id" else each[1][by])
        start = int(body.get("after", 0))
        assert body["limit"] <= 200
        assert start + body["limit"] <= self.limit, "the search gives no more than its limit"
        page = found[start : start + body["limit"]]
        more = start + body["limit"] < len(found)
        if self.loses > 0:
            page, self.loses = page[1:], self.loses - 1
        wanted = set(body["properties"])
        return {
            "total": len(found),
            "results": [
                {"id": number, "properties": {name: deal.get(name) for name in wanted}}
                for number, deal in page
            ],
            **({"paging": {"next": {"after": str(start + body["limit"])}}} if more else {}),
        }

    @staticmethod
    def _fits(deal: dict[str, str], condition: dict[str, str]) -> bool:
        name, wanted = condition["propertyName"], int(condition["value"])
        if name == "hs_lastmodifieddate":
            here = round(datetime.fromisoformat(deal[name]).timestamp() * 1000)
        else:
            here = int(deal[name])
        return {"GTE": here >= wanted, "EQ": here == wanted, "GT": here > wanted}[condition["operator"]]

    def _archived(self, query: dict[str, str]) -> dict[str, Any]:
        start, size = int(query.get("after", 0)), int(query["limit"])
        wanted = query["properties"].split(",")
        gone = [
            {
                "id": number,
                "archivedAt": at,
                "properties": {name: self.gone.get(number, {}).get(name) for name in wanted},
            }
            for number, at in sorted(self.archived.items())
        ]
        more = {"paging": {"next": {"after": str(start + size)}}} if start + size < len(gone) else {}
        return {"results": gone[start : start + size], **more}

    def _with_history(self, body: dict[str, Any]) -> dict[str, Any]:
        assert len(body["inputs"]) <= 50, "with history, fifty at a time"
        wanted = body["propertiesWithHistory"]
        return {
            "results": [
                {
                    "id": each["id"],
                    "properties": {},
                    "propertiesWithHistory": {
                        name: self.history.get(each["id"], {}).get(name, []) for name in wanted
                    },
                }
                for each in body["inputs"]
            ]
        }


class FakeSalesforce(Crm):
    """Opportunities as describe, query, queryAll and bulk query jobs give them; `page` rows at a time."""

    VERSION = "/services/data/v60.0"

    def __init__(self, page: int = 3) -> None:
        super().__init__()
        self.page = page
        self.records: dict[str, dict[str, Any]] = {}
        self.fields: dict[str, list[dict[str, Any]]] = {
            "Opportunity": [
                {"name": name} for name in ("Id", "SystemModstamp", "IsDeleted", "StageName", "Amount")
            ]
            + [{"name": "AccountId", "relationshipName": "Account", "referenceTo": ["Account"]}],
            "Account": [{"name": "Id"}, {"name": "Industry"}],
        }
        self.history: list[dict[str, Any]] | None = []
        self.stands_still = False
        """Whether every result goes on at its second page for ever."""
        self.logins: list[str] = []
        self._cursors: dict[str, list[dict[str, Any]]] = {}
        self._jobs: dict[str, str] = {}
        self._waits: dict[str, int] = {}

    def put(self, number: str, changed: str, **cells: Any) -> None:
        """Save an opportunity, changed at an ISO instant."""
        self.records[number] = {"Id": number, "SystemModstamp": changed, "IsDeleted": False, **cells}

    def expired(self) -> Answer:
        """As the vendor says it."""
        return Answer([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}], 401)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        """See Crm."""
        if path == "/services/oauth2/token":
            return self._log_in(body)
        rest = path.removeprefix(self.VERSION)
        if found := re.fullmatch(r"/sobjects/(\w+)/describe", rest):
            return Answer({"fields": self.fields[found[1]]})
        if rest in ("/query/", "/queryAll/", "/query", "/queryAll"):
            return self._query(query["q"], deleted="queryAll" in rest)
        if found := re.fullmatch(r"/query/(\w+)-(\d+)", rest):
            return self._cursor(found[1], int(found[2]))
        if rest.startswith("/jobs/query"):
            return self._bulk(method, rest, query, body)
        return Answer([{"message": "no such path", "errorCode": "NOT_FOUND"}], 404)

    def _log_in(self, body: str) -> Answer:
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.logins.append(form["grant_type"])
        if self.token == "":
            return Answer({"error": "invalid_client", "error_description": "invalid client credentials"}, 400)
        return Answer({"access_token": self.token, "instance_url": "https://acme.my.salesforce.com"})

    def _rows(self, soql: str, *, deleted: bool) -> list[dict[str, Any]]:
        rows = [row for row in self.records.values() if deleted or not row["IsDeleted"]]
        found = re.search(r" WHERE (.+?)(?: ORDER|$)", soql)
        if found:
            keyset = re.fullmatch(
                r"SystemModstamp > (\S+) OR \(SystemModstamp = \1 AND Id > '(\w+)'\)", found[1]
            )
            at_least = re.fullmatch(r"SystemModstamp >= (\S+)", found[1])
            assert keyset or at_least, found[1]
            at = datetime.fromisoformat((keyset or at_least)[1])  # type: ignore[index]
            moment = lambda row: datetime.fromisoformat(row["SystemModstamp"])  # noqa: E731
            rows = [
                row
                for row in rows
                if (keyset and (moment(row), row["Id"]) > (at, keyset[2])) or (at_least and moment(row) >= at)
            ]
        return sorted(rows, key=lambda row: (row["SystemModstamp"], row["Id"]))

    def _query(self, soql: str, *, deleted: bool) -> Answer:
        if "FieldHistory" in soql:
            if self.history is None:
                wrong = {
                    "message": "sObject type 'OpportunityFieldHistory' is not supported",
                    "errorCode": "INVALID_TYPE",
                }
                return Answer([wrong], 400)
            rows = self.history
        else:
            rows = self._rows(soql, deleted=deleted)
        key = f"c{len(self._cursors)}"
        self._cursors[key] = rows
        return self._cursor(key, 0)

    def _cursor(self, key: str, start: int) -> Answer:
        rows = self._cursors[key]
        page = rows[start : start + self.page]
        done = start + self.page >= len(rows)
        body: dict[str, Any] = {
            "totalSize": len(rows),
            "done": done,
            "records": [{"attributes": {}, **row} for row in page],
        }
        if self.stands_still:
            done, body["done"], start = False, False, 0
        return Answer(
            body if done else {**body, "nextRecordsUrl": f"{self.VERSION}/query/{key}-{start + self.page}"}
        )

    def _bulk(self, method: str, rest: str, query: dict[str, str], body: Any) -> Answer:
        if method == "POST":
            number = f"job{len(self._jobs)}"
            self._jobs[number], self._waits[number] = body["query"], 1
            return Answer({"id": number, "state": "UploadComplete"})
        number = rest.split("/")[3]
        rows = self._rows(self._jobs[number], deleted=True)
        if not rest.endswith("/results"):
            self._waits[number] -= 1
            state = "InProgress" if self._waits[number] >= 0 else "JobComplete"
            return Answer({"id": number, "state": state, "numberRecordsProcessed": len(rows)})
        start = int(query.get("locator", 0))
        size = min(int(query["maxRecords"]), self.page)
        page = rows[start : start + size]
        text = io.StringIO()
        names = re.search(r"SELECT (.+) FROM", self._jobs[number])[1].split(", ")  # type: ignore[index]
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        for row in page:
            writer.writerow([_cell(row, name) for name in names])
        more = str(start + size) if start + size < len(rows) else "null"
        more = str(size) if self.stands_still else more
        return Answer(
            text.getvalue(), headers={"Sforce-Locator": more, "Sforce-NumberOfRecords": str(len(page))}
        )


def _cell(row: dict[str, Any], name: str) -> Any:
    value: Any = row
    for part in name.split("."):
        value = (value or {}).get(part)
    return str(value).lower() if isinstance(value, bool) else "" if value is None else value


class ToLocal(HTTPAdapter):
    """Carries calls for the vendor's host to a server on this machine, and keeps the product's own retries."""

    def __init__(self, address: str, retries: Any) -> None:
        self._address = address
        super().__init__(max_retries=retries)

    def send(self, request: requests.PreparedRequest, *arguments: Any, **more: Any) -> requests.Response:
        assert request.url is not None
        assert request.url.startswith("https://acme.my.salesforce.com/"), request.url
        request.url = request.url.replace("https://acme.my.salesforce.com", self._address)
        return super().send(request, *arguments, **more)


def to(address: str) -> Callable[[], requests.Session]:
    """What opens the product's own session, carried to a server on this machine, without its waits."""

    def session() -> requests.Session:
        made = patient_session()
        retries = made.get_adapter("https://x").max_retries.new(backoff_factor=0.0)  # type: ignore[attr-defined]
        made.mount("https://", ToLocal(address, retries))
        return made

    return session
