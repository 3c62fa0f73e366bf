"""HubSpot over HTTP: windows under the search's cap, one crowded instant, faults, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import pytest
from crm_servers import FakeHubSpot, Fault, serving

from monitor.sources import hubspot_api
from monitor.sources.hubspot_api import HubSpot, Stage
from monitor.sources.paging import Page, RemoteError, Watermark
from monitor.sources.patience import PatientCalls

START = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def crm(monkeypatch: pytest.MonkeyPatch) -> FakeHubSpot:
    monkeypatch.setattr(hubspot_api, "SEARCH_LIMIT", 20)
    monkeypatch.setattr(hubspot_api, "PAGE", 5)
    return FakeHubSpot(limit=20)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def hubspot(crm: FakeHubSpot, waits: list[float]) -> Iterator[HubSpot]:
    with serving(crm) as address:
        headers = {"Authorization": f"Bearer {crm.token}"}
        with httpx.Client(base_url=address, headers=headers) as client:
            yield HubSpot(PatientCalls(client, pause=waits.append, clock=lambda: START))


def ids(pages: list[Page]) -> list[str]:
    return [str(row["id"]) for page in pages for row in page.rows]


def fill(crm: FakeHubSpot, count: int, *, every: timedelta = SECOND, first: int = 1) -> None:
    for number in range(count):
        crm.put(first + number, (START + number * every).isoformat(), amount=str(number), dealstage="open1")


def test_more_deals_than_a_search_gives_are_read_in_windows_each_once(
    hubspot: HubSpot, crm: FakeHubSpot
) -> None:
    fill(crm, 73)
    pages = list(hubspot.changed(["amount"], None))
    assert sorted(map(int, ids(pages))) == list(range(1, 74))
    assert len(ids(pages)) == 73
    marks = [page.upto for page in pages if page.upto is not None]
    assert all(one <= two for one, two in pairwise(marks))
    assert marks[-1] == Watermark(modified_at=START + 72 * SECOND, id="")


def test_more_deals_of_one_instant_than_a_search_gives_are_walked_by_number(
    hubspot: HubSpot, crm: FakeHubSpot
) -> None:
    fill(crm, 57, every=timedelta(0))
    fill(crm, 4, first=900)
    assert sorted(set(map(int, ids(list(hubspot.changed(["amount"], None)))))) == [
        *range(1, 58),
        *range(900, 904),
    ]


@pytest.mark.parametrize("count", [4, 5, 6, 19, 20, 21, 40])
def test_equal_instants_over_a_page_border_lose_nothing(
    hubspot: HubSpot, crm: FakeHubSpot, count: int
) -> None:
    for number in range(count):  # three of each instant
        crm.put(number + 1, (START + number // 3 * SECOND).isoformat())
    assert len(set(ids(list(hubspot.changed([], None))))) == count


def test_going_on_from_a_watermark_reads_what_changed_since_and_that_instant_again(
    hubspot: HubSpot, crm: FakeHubSpot
) -> None:
    fill(crm, 12)
    pages = hubspot.changed([], None)
    first = next(pages)
    assert first.upto is not None
    rest = list(hubspot.changed([], first.upto.modified_at))
    assert set(ids([first])) | set(ids(rest)) == {str(number) for number in range(1, 13)}
    assert ids(rest)[0] == ids([first])[-1]


@pytest.mark.parametrize(
    ("fault", "waited"),
    [
        (Fault("search", "status 429", retry_after="7"), [7.0]),
        (Fault("search", "status 429", retry_after="Sun, 01 Mar 2026 00:00:30 GMT"), [30.0]),
        (Fault("search", "status 503", times=3, retry_after=None), [0.5, 1.0, 2.0]),
        (Fault("search", "drop", times=2), [0.5, 1.0]),
        (Fault("search", "status 429", retry_after="99999"), [120.0]),
    ],
)
def test_what_may_pass_is_waited_for_as_long_as_asked(
    hubspot: HubSpot, crm: FakeHubSpot, waits: list[float], fault: Fault, waited: list[float]
) -> None:
    fill(crm, 3)
    crm.faults.append(fault)
    assert len(ids(list(hubspot.changed([], None)))) == 3
    assert waits == waited


@pytest.mark.parametrize(
    ("fault", "sentence", "again"),
    [
        (Fault("search", "expired"), "the login is not accepted any more; give LeftTurn a new token", False),
        (Fault("search", "status 403"), "the login may not read this .not now.; widen its rights", False),
        (Fault("search", "status 400"), "it answers 400 .not now.", False),
        (Fault("search", "half"), "the answer is no JSON, or was cut off", True),
        (Fault("search", "status 503", times=99), "no answer after 6 tries .it answers 503.", True),
    ],
)
def test_what_does_not_pass_is_said_in_a_sentence_without_the_token(
    hubspot: HubSpot, crm: FakeHubSpot, fault: Fault, sentence: str, again: bool
) -> None:
    fill(crm, 3)
    crm.faults.append(fault)
    with pytest.raises(RemoteError, match=sentence) as caught:
        list(hubspot.changed([], None))
    assert caught.value.again is again
    assert crm.token not in str(caught.value)


def test_pages_before_a_fault_are_given_so_that_reading_can_go_on_from_them(
    hubspot: HubSpot, crm: FakeHubSpot
) -> None:
    fill(crm, 12)
    crm.faults.append(Fault("search", "half", after=1))
    given: list[Page] = []
    with pytest.raises(RemoteError):
        given.extend(iter_into(given, hubspot.changed([], None)))
    assert given[-1].upto is not None
    rest = list(hubspot.changed([], given[-1].upto.modified_at))
    assert set(ids(given)) | set(ids(rest)) == {str(number) for number in range(1, 13)}


def iter_into(given: list[Page], pages: Iterator[Page]) -> list[Page]:
    """Keep each page as it comes, so that a fault does not take them along."""
    for page in pages:
        given.append(page)
    return []


def test_stages_owners_companies_history_and_what_was_archived(hubspot: HubSpot, crm: FakeHubSpot) -> None:
    fill(crm, 130)
    crm.companies = {"c1": {"name": "Globex", "industry": "Energy"}}
    crm.linked = {"1": "c1", "2": "c1", "3": "gone"}
    crm.history = {"1": {"dealstage": [{"value": "closedwon", "timestamp": "2026-03-01T00:00:00Z"}]}}
    crm.archived = {str(number): "2026-03-02T00:00:00Z" for number in range(500, 720)}
    assert hubspot.stages()["closedwon"] == Stage(label="Closed won", pipeline="Sales")
    assert hubspot.owners() == {"9": "rep@acme.example"}
    companies = hubspot.companies([str(number) for number in range(1, 131)], ["industry"])
    assert {deal: row["industry"] for deal, row in companies.items()} == {"1": "Energy", "2": "Energy"}
    (was,) = hubspot.history([str(number) for number in range(1, 131)], ["dealstage"])
    assert was == {"id": "1", "property": "dealstage", "value": "closedwon", "at": "2026-03-01T00:00:00Z"}
    assert len(list(hubspot.archived(["amount"], None))) == 220
    assert list(hubspot.archived([], datetime(2026, 3, 2, tzinfo=UTC))) == []
    assert "amount" in hubspot.properties()


@pytest.mark.parametrize("count", [4, 18, 73])
def test_a_page_too_few_is_noticed_and_asked_for_again(
    hubspot: HubSpot, crm: FakeHubSpot, count: int
) -> None:
    fill(crm, count)
    crm.loses = 1
    pages = list(hubspot.changed(["amount"], None))
    assert set(map(int, ids(pages))) == set(range(1, count + 1))


def test_deals_that_never_come_are_an_error(hubspot: HubSpot, crm: FakeHubSpot) -> None:
    fill(crm, 18)
    crm.loses = 99
    with pytest.raises(
        RemoteError, match="14 of 18 deals came; the rest is asked for at the next turn"
    ) as told:
        list(hubspot.changed(["amount"], None))
    assert told.value.again


def test_a_list_that_goes_on_where_it_was_ends_with_a_sentence(
    hubspot: HubSpot, crm: FakeHubSpot, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(crm, 12)
    search = crm._search
    monkeypatch.setattr(crm, "_search", lambda body: {**search(body), "paging": {"next": {"after": "5"}}})
    with pytest.raises(RemoteError, match="goes on where it was") as told:
        list(hubspot.changed(["amount"], None))
    assert told.value.again
