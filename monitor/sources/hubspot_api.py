"""Reading deals from HubSpot: search in windows, pipelines, owners, companies, history, what was archived.

The search gives at most 10,000 results, oldest change first; a window that comes near that is begun anew at the last
change seen. One that gave fewer deals than it counts, since some moved to another page meanwhile, is walked again.
More deals than 10,000 may share one instant (an import): those are walked by their number instead. As the vendor's
developer pages have it: CRM search, pipelines, owners, associations, batch read with history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.sources.paging import Page, RemoteError, Row, Watermark
from monitor.sources.patience import PatientCalls

MODIFIED, NUMBER = "hs_lastmodifieddate", "hs_object_id"
SEARCH_LIMIT, PAGE, BATCH = 10_000, 200, 100
WALKS = 3
"""How often a search is walked that gave fewer deals than it counts."""
AN_INSTANT = timedelta(milliseconds=1)
"""HubSpot counts time in milliseconds."""
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage as people know it: its label, and its pipeline's."""

    label: str
    pipeline: str


class HubSpot:
    """HubSpot's deals, over HTTP. `api` and `associations` are paths below the address: the API's versions."""

    def __init__(
        self, calls: PatientCalls, *, api: str = "crm/v3", associations: str = "crm/v4/associations"
    ) -> None:
        self._calls = calls
        self._api = api.strip("/")
        self._associations = associations.strip("/")

    def properties(self, kind: str = "deals") -> frozenset[str]:
        """The names of all properties that deals (or companies) have."""
        found = self._calls.ask("GET", f"{self._api}/properties/{kind}")
        return frozenset(str(each["name"]) for each in _results(found, "properties"))

    def stages(self) -> dict[str, Stage]:
        """By the stage's id, what it and its pipeline are called."""
        found = self._calls.ask("GET", f"{self._api}/pipelines/deals")
        return {
            str(stage["id"]): Stage(label=str(stage["label"]), pipeline=str(pipeline["label"]))
            for pipeline in _results(found, "pipelines")
            for stage in pipeline.get("stages", ())
        }

    def owners(self) -> dict[str, str]:
        """By the owner's id, the address or name; those who left as well, since their deals stay."""
        return {
            str(owner["id"]): str(
                owner.get("email") or f"{owner.get('firstName', '')} {owner.get('lastName', '')}"
            ).strip()
            for archived in ("false", "true")
            for owner in self._walk(f"{self._api}/owners", {"archived": archived})
        }

    def changed(self, names: Sequence[str], since: datetime | None) -> Iterator[Page]:
        """All deals modified at `since` or later, oldest change first, with the properties `names`.

        The search puts deals of one instant in no order, so a page's watermark names the instant alone: whoever
        goes on from it reads that instant again.
        """
        start, known = since or BEGINNING, frozenset[str]()
        while True:
            newest, there, goes_on = start, set(known), False
            for rows, full in self._window(names, start):
                goes_on = full
                fresh = [row for row in rows if not (str(row["id"]) in known and _changed_at(row) == start)]
                for row in rows:
                    if _changed_at(row) > newest:
                        newest, there = _changed_at(row), set()
                    there.add(str(row["id"]))
                if fresh:
                    yield Page(rows=tuple(fresh), upto=Watermark(modified_at=newest, id=""))
            if not goes_on:
                return
            if newest == start:  # more deals than a search gives were changed in this one instant
                yield from self._instant(names, start)
                newest, there = start + AN_INSTANT, set()
            start, known = newest, frozenset(there)

    def _window(self, names: Sequence[str], since: datetime) -> Iterator[tuple[list[Row], bool]]:
        """The pages of one search from `since` on, and whether there was more than the search gives.

        Raises RemoteError where fewer deals come than the search itself counts, however often it is walked.
        """
        total, met = 0, set[str]()
        for _ in range(WALKS):
            asked, after = 0, None
            while True:
                found = self._search(names, [(MODIFIED, "GTE", _milliseconds(since))], MODIFIED, after)
                rows = [_row(result) for result in _results(found, "deals")]
                asked, after = asked + PAGE, _after(found, after)
                full = after is not None and asked + PAGE > SEARCH_LIMIT
                met.update(str(row["id"]) for row in rows)
                yield rows, full
                if after is None or full:
                    break
            total = min(int(found.get("total") or 0), asked)
            if len(met) >= total:
                return
        if not full:
            raise RemoteError(
                f"HubSpot: {len(met):,} of {total:,} deals came; the rest is asked for at the next turn",
                again=True,
            )

    def _instant(self, names: Sequence[str], at: datetime) -> Iterator[Page]:
        """All deals modified exactly at an instant, by their numbers."""
        last = "0"
        while True:
            here = [(MODIFIED, "EQ", _milliseconds(at)), (NUMBER, "GT", last)]
            rows = [_row(result) for result in _results(self._search(names, here, NUMBER, None), "deals")]
            if not rows:
                return
            last = str(rows[-1]["id"])
            yield Page(rows=tuple(rows), upto=Watermark(modified_at=at, id=""))

    def _search(
        self, names: Sequence[str], conditions: Sequence[tuple[str, str, str]], order: str, after: str | None
    ) -> Any:
        filters = [{"propertyName": name, "operator": how, "value": value} for name, how, value in conditions]
        body = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": order, "direction": "ASCENDING"}],
            "properties": sorted({*names, MODIFIED}),
            "limit": PAGE,
        }
        return self._calls.ask(
            "POST", f"{self._api}/objects/deals/search", body=body | ({"after": after} if after else {})
        )

    def archived(self, names: Sequence[str], since: datetime | None) -> Iterator[Row]:
        """Deals that were deleted after `since`, with the properties `names`; `archived` is true."""
        wanted = {"archived": "true", "limit": BATCH, "properties": ",".join(sorted({*names, MODIFIED}))}
        for deal in self._walk(f"{self._api}/objects/deals", wanted):
            if since is None or _moment(str(deal["archivedAt"])) > since:
                yield {**_row(deal), "archived": "true"}

    def companies(self, deals: Sequence[str], names: Sequence[str]) -> dict[str, Row]:
        """By the deal's id, its company: `id` and the properties `names`; the primary one, else the first."""
        of: dict[str, str] = {}
        for part in _parts(deals):
            body = {"inputs": [{"id": deal} for deal in part]}
            found = self._calls.ask("POST", f"{self._associations}/deals/companies/batch/read", body=body)
            of |= {
                str(each["from"]["id"]): _primary(each["to"])
                for each in _results(found, "companies")
                if each["to"]
            }
        known: dict[str, Row] = {}
        for part in _parts(sorted(set(of.values()))):
            wanted = {"properties": list(names), "inputs": [{"id": company} for company in part]}
            found = self._calls.ask("POST", f"{self._api}/objects/companies/batch/read", body=wanted)
            known |= {str(each["id"]): _row(each) for each in _results(found, "companies")}
        return {deal: known[company] for deal, company in of.items() if company in known}

    def history(self, deals: Sequence[str], names: Sequence[str]) -> Iterator[Row]:
        """What the properties `names` of `deals` were, and from when: `id`, `property`, `value`, `at`."""
        for part in _parts(deals, BATCH // 2):  # the vendor's limit where history is asked for
            body = {"propertiesWithHistory": list(names), "inputs": [{"id": deal} for deal in part]}
            found = self._calls.ask("POST", f"{self._api}/objects/deals/batch/read", body=body)
            for deal in _results(found, "deals"):
                for name, versions in deal.get("propertiesWithHistory", {}).items():
                    for version in versions:
                        at, value = str(version["timestamp"]), version.get("value")
                        yield {"id": str(deal["id"]), "property": str(name), "value": value or None, "at": at}

    def _walk(self, path: str, query: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Every result of a list, page after page."""
        after: str | None = None
        while True:
            found = self._calls.ask("GET", path, query={**query, **({"after": after} if after else {})})
            yield from _results(found, path)
            after = _after(found, after)
            if after is None:
                return


def _results(found: Any, what: str) -> list[dict[str, Any]]:
    """The list in an answer; half of one is an error, since what is missing in it would count as deleted."""
    results = found.get("results") if isinstance(found, dict) else None
    if not isinstance(results, list):
        raise RemoteError(f"HubSpot: the answer on {what} holds no results", again=True)
    return results


def _after(found: Mapping[str, Any], asked: str | None) -> str | None:
    """Where the list goes on; that it does so where it was `asked` for is an error, and would have no end."""
    after = found.get("paging", {}).get("next", {}).get("after")
    if after is not None and str(after) == asked:
        raise RemoteError(
            "HubSpot: the list goes on where it was; it is asked again at the next turn", again=True
        )
    return None if after is None else str(after)


def _row(result: Mapping[str, Any]) -> Row:
    """A record's properties as text, with its id; what is empty is None."""
    told = {
        str(name): None if value in (None, "") else str(value) for name, value in result["properties"].items()
    }
    return {**told, "id": str(result["id"])}


def _changed_at(row: Row) -> datetime:
    return _moment(str(row[MODIFIED]))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _milliseconds(at: datetime) -> str:
    return str(round(at.timestamp() * 1000))


def _primary(to: Sequence[Mapping[str, Any]]) -> str:
    for each in to:
        if any(kind.get("label") == "Primary" for kind in each.get("associationTypes", ())):
            return str(each["toObjectId"])
    return str(to[0]["toObjectId"])


def _parts(items: Sequence[str], size: int = BATCH) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
