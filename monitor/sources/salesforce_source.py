"""Salesforce as a source: everything by a bulk query at first and for comparison, changes by keyset in between."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from monitor.sources.crm_source import CrmSource
from monitor.sources.paging import Page, RemoteError, Watermark
from monitor.sources.salesforce_api import MODIFIED, Login, SalesforceOrg, mark_of, patient_session

if TYPE_CHECKING:
    import requests
    from pydantic import SecretStr

API, OBJECT, ACCOUNT = "60.0", "Opportunity", "Account"
STAGE = "StageName"
HISTORY_PAGE = 10_000


class SalesforceSource(CrmSource):
    """Opportunities (or what `object` names), accounts, or the history of stages."""

    def __init__(
        self,
        *arguments: Any,
        session: Callable[[], requests.Session] = patient_session,
        poll_seconds: float = 2.0,
        **more: Any,
    ) -> None:
        super().__init__(*arguments, **more)
        self._session = session
        self._poll_seconds = poll_seconds

    @cached_property
    def _org(self) -> SalesforceOrg:
        login = self._source.login
        if login is None or login.client_id is None:
            raise RemoteError(f"source {self._source.name}: there is no login", again=False)
        domain = re.sub(r"^https://|\.salesforce\.com/?$", "", str(self._source.url))
        return SalesforceOrg(
            Login(
                domain=domain,
                client_id=login.client_id.get_secret_value(),
                client_secret=_told(login.client_secret),
                username=login.username,
                private_key=_told(login.private_key),
            ),
            session=self._session,
            version=self._source.api or API,
            kind=OBJECT if self._source.role == "history" else self._kind,
            poll_seconds=self._poll_seconds,
        )

    @property
    def _kind(self) -> str:
        if self._source.role == "history":
            return f"{self._source.object or OBJECT}FieldHistory"
        return self._source.object or (ACCOUNT if self._source.role == "accounts" else OBJECT)

    def _missing(self, names: Sequence[str]) -> tuple[list[str], Sequence[str]]:
        return self._org.missing(names)

    def _everything(self, names: Sequence[str]) -> Iterator[Page]:
        for page in self._org.everything(names):
            marks = [mark_of(row) for row in page.rows if row.get(MODIFIED)]
            yield Page(rows=page.rows, upto=max(marks, default=None))

    def _changed(self, names: Sequence[str], since: Watermark) -> Iterator[Page]:
        return self._org.changed(names, since, at_least=True)

    def _stages(self) -> Iterator[Page]:
        rows = [row for row in self._org.history(None) if row["property"] == STAGE]
        for start in range(0, max(len(rows), 1), HISTORY_PAGE):
            yield Page(rows=tuple(rows[start : start + HISTORY_PAGE]), upto=None)


def _told(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None
