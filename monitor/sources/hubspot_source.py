"""HubSpot as a source: deals with their labels in place of numbers, their company's properties, what was archived.

A column is a property of the deal by its internal name; `company.NAME` is one of its company; `archived` is true of a
deal that was deleted. Stage, pipeline and owner come as people know them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import httpx

from monitor.sources.crm_source import CrmSource
from monitor.sources.hubspot_api import HubSpot, Stage
from monitor.sources.paging import Page, RemoteError, Row, Watermark
from monitor.sources.patience import SECONDS, PatientCalls, Pause

ADDRESS, API = "https://api.hubapi.com", "crm/v3"
ALWAYS = ("id", "archived")
OF_COMPANY = "company."
STAGE, PIPELINE, OWNER = "dealstage", "pipeline", "hubspot_owner_id"
HISTORY_PAGE = 5_000


class HubSpotSource(CrmSource):
    """Deals, or the history of their stages. `pause` waits so many seconds."""

    def __init__(self, *arguments: Any, pause: Pause = time.sleep, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._pause = pause

    @cached_property
    def _crm(self) -> HubSpot:
        login = self._source.login
        if login is None or login.token is None:
            raise RemoteError(f"source {self._source.name}: there is no token", again=False)
        client = httpx.Client(
            base_url=self._source.url or ADDRESS,
            headers={"Authorization": f"Bearer {login.token.get_secret_value()}"},
            timeout=SECONDS,
        )
        calls = PatientCalls(client, pause=self._pause, clock=self._now)
        return HubSpot(calls, api=self._source.api or API)

    @property
    def _kind(self) -> str:
        return "dealstage history" if self._source.role == "history" else "deals"

    @cached_property
    def _stages_known(self) -> dict[str, Stage]:
        return self._crm.stages()

    @cached_property
    def _owners(self) -> dict[str, str]:
        return self._crm.owners()

    def _missing(self, names: Sequence[str]) -> tuple[list[str], Sequence[str]]:
        known = {*self._crm.properties(), *ALWAYS}
        if any(name.startswith(OF_COMPANY) for name in names):
            known |= {OF_COMPANY + name for name in (*self._crm.properties("companies"), "id")}
        return [name for name in names if name not in known], sorted(known)

    def _everything(self, names: Sequence[str]) -> Iterator[Page]:
        return self._told(names, self._crm.changed(_of_deals(names), None))

    def _changed(self, names: Sequence[str], since: Watermark) -> Iterator[Page]:
        yield from self._told(names, self._crm.changed(_of_deals(names), since.modified_at))
        gone = tuple(self._crm.archived(_of_deals(names), since.modified_at))
        if gone:
            yield from self._told(names, iter([Page(rows=gone, upto=None)]))

    def _stages(self) -> Iterator[Page]:
        deals = [str(row["id"]) for page in self._crm.changed([], None) for row in page.rows]
        rows = [{**row, "value": self._stage(row["value"])} for row in self._crm.history(deals, [STAGE])]
        for start in range(0, max(len(rows), 1), HISTORY_PAGE):
            yield Page(rows=tuple(rows[start : start + HISTORY_PAGE]), upto=None)

    def _told(self, names: Sequence[str], pages: Iterator[Page]) -> Iterator[Page]:
        """Pages with labels in place of numbers, and with what is asked of the deals' companies."""
        of_company = [name.removeprefix(OF_COMPANY) for name in names if name.startswith(OF_COMPANY)]
        for page in pages:
            ids = [str(row["id"]) for row in page.rows]
            companies = self._crm.companies(ids, of_company) if of_company else {}
            rows = tuple(self._row(row, companies.get(str(row["id"]), {}), of_company) for row in page.rows)
            yield Page(rows=rows, upto=page.upto)

    def _row(self, row: Row, company: Row, of_company: Sequence[str]) -> Row:
        told = {"archived": "false", **row, **{OF_COMPANY + name: company.get(name) for name in of_company}}
        if told.get(PIPELINE) is not None:
            stage = self._stages_known.get(str(row.get(STAGE)))
            told[PIPELINE] = stage.pipeline if stage is not None else told[PIPELINE]
        if told.get(STAGE) is not None:
            told[STAGE] = self._stage(told[STAGE])
        if told.get(OWNER) is not None:
            told[OWNER] = self._owners.get(str(told[OWNER]), told[OWNER])
        return told

    def _stage(self, number: str | None) -> str | None:
        stage = self._stages_known.get(str(number))
        return stage.label if stage is not None else number


def _of_deals(names: Sequence[str]) -> list[str]:
    """The properties to ask of deals: a pipeline's label is known by the stage."""
    asked = {name for name in names if name not in ALWAYS and not name.startswith(OF_COMPANY)}
    return sorted(asked | ({STAGE} if PIPELINE in asked else set()))
