"""Reading opportunities from Salesforce: what fields there are, everything by Bulk 2.0, changes by keyset, history.

Changes are asked for in the order of (SystemModstamp, Id) and from a pair of them on, so that rows of one instant
that fall on both sides of a page are neither lost nor read for ever; queryAll also gives what was deleted. As the
vendor's guides have it: REST API, Bulk API 2.0 queries, SOQL.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor.sources.paging import Page, RemoteError, Row, Watermark

if TYPE_CHECKING:
    import requests
    from simple_salesforce.api import Salesforce

MODIFIED, DELETED = "SystemModstamp", "IsDeleted"
ALWAYS = ("Id", MODIFIED, DELETED)
TRIES = 6
ROWS_AT_ONCE = 50_000
"""Of a bulk result; each part is text in memory."""
FIELD = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*){0,4}", re.ASCII)
FIRST_ID = "000000000000000AAA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How to log in: `domain` is the part before .salesforce.com; a secret (client credentials) or a key (JWT).

    username and private_key belong to the JWT bearer flow.
    """

    domain: str
    client_id: str
    client_secret: str | None = None
    username: str | None = None
    private_key: str | None = None


def patient_session() -> requests.Session:
    """A session that waits as long as it is asked to and tries again what may pass: 429, 502, 503, 504."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    session = requests.Session()
    often = Retry(
        total=TRIES,
        status_forcelist=(429, 502, 503, 504),
        allowed_methods=None,  # every call only reads, queries posted included
        backoff_factor=0.5,
        respect_retry_after_header=True,
        raise_on_status=False,
    )
    session.mount("https://", HTTPAdapter(max_retries=often))
    return session


class SalesforceOrg:
    """One Salesforce organisation, logged in at the first call, and again where the session ran out."""

    def __init__(
        self,
        login: Login,
        *,
        session: Callable[[], requests.Session] = patient_session,
        version: str = "60.0",
        kind: str = "Opportunity",
        poll_seconds: float = 2.0,
    ) -> None:
        self._login = login
        self._session = session
        self._version = version
        self._kind = kind
        self._poll_seconds = poll_seconds
        self._logged_in: Salesforce | None = None

    def missing(self, names: Sequence[str]) -> tuple[list[str], list[str]]:
        """Which of the fields do not exist, and which do; `Account.Industry` is one of the account linked to."""
        known: dict[str, dict[str, Any]] = {self._kind: self._fields(self._kind)}
        return [name for name in names if not self._exists(name, self._kind, known)], sorted(
            known[self._kind]
        )

    def _exists(self, name: str, kind: str, known: dict[str, dict[str, Any]]) -> bool:
        link, _, rest = name.partition(".")
        fields = known[kind]
        if not rest:
            return name in fields
        for field in fields.values():
            if field.get("relationshipName") == link and field.get("referenceTo"):
                other = str(field["referenceTo"][0])
                if other not in known:
                    known[other] = self._fields(other)
                return self._exists(rest, other, known)
        return False

    def _fields(self, kind: str) -> dict[str, Any]:
        found = self._ask(lambda org: getattr(org, kind).describe())
        return {str(field["name"]): field for field in found["fields"]}

    def changed(
        self, names: Sequence[str], since: Watermark | None, *, at_least: bool = False
    ) -> Iterator[Page]:
        """All rows modified after `since`, in order, deleted ones too; with `at_least`, at that instant as well."""
        condition = _after(since, at_least=at_least)
        soql = f"SELECT {', '.join(_all(names))} FROM {self._kind}{condition} ORDER BY {MODIFIED}, Id"  # noqa: S608
        found = self._ask(lambda org: org.query(soql, include_deleted=True))
        total, seen, met = int(found["totalSize"]), 0, set[str]()
        while True:
            rows = tuple(_flat(record) for record in found["records"])
            seen += len(rows)
            if rows:
                yield Page(rows=rows, upto=mark_of(rows[-1]))
            if found.get("done", True):
                break
            found = self._more(self._onward(str(found["nextRecordsUrl"]), met))
        if seen < total:
            raise RemoteError(
                f"{self._place}: {seen:,} of {total:,} rows came; the rest is read at the next turn",
                again=True,
            )

    def everything(self, names: Sequence[str]) -> Iterator[Page]:
        """All rows there are, deleted ones too, by a Bulk 2.0 query job, in no order."""
        soql = f"SELECT {', '.join(_all(names))} FROM {self._kind}"  # noqa: S608
        job = self._ask(lambda org: self._bulk(org).create_job("queryAll", soql))
        self._ask(lambda org: self._bulk(org).wait_for_job(job["id"], True, self._poll_seconds))
        done = self._ask(lambda org: self._bulk(org).get_job(job["id"], True))
        total, seen, locator, met = int(done["numberRecordsProcessed"]), 0, "", set[str]()
        while True:
            part = self._part(str(job["id"]), locator)
            rows = tuple(_cells(part["records"]))
            seen += len(rows)
            yield Page(rows=rows, upto=None)
            locator = str(part["locator"] or "")
            if not locator or locator == "null":
                break
            self._onward(locator, met)
        if seen != total:
            raise RemoteError(
                f"{self._place}: {seen:,} of {total:,} rows came; everything is read again", again=True
            )

    def history(self, since: datetime | None) -> Iterator[Row]:
        """What fields were, and until when, as the organisation tracks them: `id`, `property`, `value`, `at`.

        `value` is the new one. Nothing where the organisation keeps no history of this kind.
        """
        kind = f"{self._kind}FieldHistory"
        condition = f" WHERE CreatedDate > {_instant(since)}" if since is not None else ""
        soql = (
            f"SELECT {self._kind}Id, Field, NewValue, CreatedDate FROM {kind}{condition} ORDER BY CreatedDate"  # noqa: S608
        )
        try:
            found = self._ask(lambda org: org.query(soql))
        except RemoteError as error:
            if "INVALID_TYPE" in str(error):
                return
            raise
        met = set[str]()
        while True:
            for record in map(_flat, found["records"]):
                yield {
                    "id": record[f"{self._kind}Id"],
                    "property": record["Field"],
                    "value": record["NewValue"],
                    "at": record["CreatedDate"],
                }
            if found.get("done", True):
                return
            found = self._more(self._onward(str(found["nextRecordsUrl"]), met))

    def _onward(self, place: str, met: set[str]) -> str:
        """Where a result goes on; that it does so where it was `met` is an error, and would have no end."""
        if place in met:
            raise RemoteError(
                f"{self._place}: the result goes on where it was; it is asked again at the next turn",
                again=True,
            )
        met.add(place)
        return place

    def _part(self, job: str, locator: str) -> Any:
        return self._ask(lambda org: self._bulk(org).get_query_results(job, locator, ROWS_AT_ONCE))

    def _more(self, url: str) -> Any:
        return self._ask(lambda org: org.query_more(url, identifier_is_url=True))

    @property
    def _place(self) -> str:
        return f"{self._login.domain}.salesforce.com"

    def _bulk(self, org: Salesforce) -> Any:
        """The client of bulk jobs below the library's object handler: it gives one part of a result at a time."""
        return getattr(org.bulk2, self._kind)._client

    def _ask(self, call: Callable[[Any], Any]) -> Any:
        """The answer of one call, logging in first; once more after a session ran out."""
        from simple_salesforce.exceptions import SalesforceExpiredSession

        with self._telling():
            for _ in range(2):
                org = self._logged_in or self._log_in()
                try:
                    return call(org)
                except SalesforceExpiredSession:
                    self._logged_in = None
            return call(self._log_in())

    def _log_in(self) -> Salesforce:
        """A new session. The library's own way of renewing one has no end where it runs out at once."""
        from simple_salesforce.api import Salesforce
        from simple_salesforce.login import SalesforceLogin

        login, session = self._login, self._session()
        by_key = login.private_key is not None
        # A signed assertion is addressed to the login service, and sent to the organisation's own domain.
        service = "test" if ".sandbox" in login.domain else "login"
        token, instance = SalesforceLogin(
            domain=service if by_key else login.domain,
            instance_url=login.domain if by_key else None,
            consumer_key=login.client_id,
            consumer_secret=login.client_secret,
            username=login.username,
            privatekey=login.private_key,
            session=session,
        )
        self._logged_in = Salesforce(
            session_id=token, instance=instance, version=self._version, session=session
        )
        return self._logged_in

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """What the library raises, as a sentence without the login."""
        import requests
        from simple_salesforce import exceptions

        try:
            yield
        except exceptions.SalesforceAuthenticationFailed as error:
            said = f"{self._place}: the login is refused ({error.code}); check client_id and what proves it"
            raise RemoteError(said, again=False) from None
        except exceptions.SalesforceExpiredSession:
            raise RemoteError(
                f"{self._place}: the session runs out at once; check the app's policies", again=False
            ) from None
        except exceptions.SalesforceError as error:
            status = int(getattr(error, "status", 0) or 0)
            raise RemoteError(
                f"{self._place}: it answers {status} ({_told(error)})", again=status >= 429
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RemoteError(
                f"{self._place}: the answer cannot be read ({type(error).__name__})", again=True
            ) from None
        except requests.RequestException as error:
            raise RemoteError(
                f"{self._place}: does not answer ({type(error).__name__})", again=True
            ) from None


def _all(names: Sequence[str]) -> list[str]:
    """The fields to ask for; a name that could be more than one never reaches a query."""
    odd = next((name for name in names if not FIELD.fullmatch(name)), None)
    if odd is not None:
        raise RemoteError(f"{odd!r} is no name of a field; mend columns or attributes", again=False)
    return list(dict.fromkeys([*ALWAYS, *names]))


def _after(since: Watermark | None, *, at_least: bool) -> str:
    if since is None:
        return ""
    at, number = _instant(since.modified_at), since.id or FIRST_ID
    if at_least:
        return f" WHERE {MODIFIED} >= {at}"
    return f" WHERE {MODIFIED} > {at} OR ({MODIFIED} = {at} AND Id > '{_plain_id(number)}')"


def _plain_id(text: str) -> str:
    """An id that can stand in a query."""
    if not text.isalnum():
        raise RemoteError("the saved watermark holds no Salesforce id; read everything again", again=False)
    return text


def _instant(at: datetime) -> str:
    """An instant as SOQL writes it, without quotes.

    >>> _instant(datetime(2026, 2, 10, 12, 0, 0, 5000, tzinfo=UTC))
    '2026-02-10T12:00:00.005Z'
    """
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def mark_of(row: Row) -> Watermark:
    """How far the organisation is read with a row."""
    return Watermark(
        modified_at=datetime.fromisoformat(str(row[MODIFIED])).astimezone(UTC), id=str(row["Id"])
    )


def _flat(record: Mapping[str, Any], before: str = "") -> dict[str, str | None]:
    """A record's cells as text; those of a linked record under `Link.Field`."""
    cells: dict[str, str | None] = {}
    for name, value in record.items():
        if name == "attributes":
            continue
        if isinstance(value, Mapping):
            cells |= _flat(value, f"{before}{name}.")
        else:
            cells[f"{before}{name}"] = _text(value)
    return cells


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cells(text: str) -> Iterator[Row]:
    """The rows of a bulk result, which is CSV with a header."""
    for row in csv.DictReader(io.StringIO(text)):
        yield {name: value or None for name, value in row.items()}


def _told(error: Any) -> str:
    content = getattr(error, "content", None)
    first = content[0] if isinstance(content, list) and content else content
    said = f"{first.get('errorCode')}: {first.get('message')}" if isinstance(first, dict) else str(first)
    return " ".join(said.split())[:200]
