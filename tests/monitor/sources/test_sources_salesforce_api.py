"""Salesforce over HTTP, by the library: keyset, bulk, deletions, sessions that run out, what is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from crm_servers import FakeSalesforce, Fault, serving, to

from monitor.sources.paging import Page, RemoteError, Watermark
from monitor.sources.salesforce_api import Login, SalesforceOrg

START = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LOGIN = Login(domain="acme.my", client_id="canary-id", client_secret="canary-secret")


@pytest.fixture
def crm() -> FakeSalesforce:
    return FakeSalesforce()


@pytest.fixture
def org(crm: FakeSalesforce) -> Iterator[SalesforceOrg]:
    with serving(crm) as address:
        yield SalesforceOrg(LOGIN, session=to(address), poll_seconds=0.0)


def number(of: int) -> str:
    return f"006{of:012d}AAA"


def fill(crm: FakeSalesforce, count: int, *, every: timedelta = SECOND) -> None:
    for each in range(count):
        crm.put(
            number(each),
            f"{START + each * every:%Y-%m-%dT%H:%M:%S.000+0000}",
            StageName="Closed Won",
            Amount=1000.5 + each,
            Account={"attributes": {"type": "Account"}, "Industry": "Energy"},
        )


def ids(pages: list[Page]) -> list[str]:
    return [str(row["Id"]) for page in pages for row in page.rows]


NAMES = ["StageName", "Amount", "Account.Industry"]


def test_changes_come_in_order_page_by_page_with_linked_fields(
    org: SalesforceOrg, crm: FakeSalesforce
) -> None:
    fill(crm, 8)
    pages = list(org.changed(NAMES, None))
    assert ids(pages) == [number(each) for each in range(8)]
    assert pages[0].rows[0] == {
        "Id": number(0),
        "SystemModstamp": "2026-03-01T00:00:00.000+0000",
        "IsDeleted": "false",
        "StageName": "Closed Won",
        "Amount": "1000.5",
        "Account.Industry": "Energy",
    }
    assert pages[-1].upto == Watermark(modified_at=START + 7 * SECOND, id=number(7))


@pytest.mark.parametrize("page", [1, 2, 3, 5])
def test_equal_instants_over_a_page_border_are_read_once_each(crm: FakeSalesforce, page: int) -> None:
    crm.page = page
    fill(crm, 7, every=timedelta(0))
    with serving(crm) as address:
        org = SalesforceOrg(LOGIN, session=to(address))
        first = next(org.changed([], None))
        assert ids([first]) + ids(list(org.changed([], first.upto))) == [number(each) for each in range(7)]


def test_a_look_back_reads_the_newest_again(org: SalesforceOrg, crm: FakeSalesforce) -> None:
    fill(crm, 6)
    since = Watermark(modified_at=START + 5 * SECOND, id=number(5))
    assert ids(list(org.changed([], since))) == []
    back = Watermark(modified_at=START + 3 * SECOND, id="")
    assert ids(list(org.changed([], back, at_least=True))) == [number(3), number(4), number(5)]


def test_what_was_deleted_comes_too(org: SalesforceOrg, crm: FakeSalesforce) -> None:
    fill(crm, 3)
    crm.records[number(1)]["IsDeleted"] = True
    for pages in (list(org.changed([], None)), list(org.everything([]))):
        assert [row["IsDeleted"] for page in pages for row in page.rows] == ["false", "true", "false"]


def test_everything_comes_by_a_bulk_job_in_parts(org: SalesforceOrg, crm: FakeSalesforce) -> None:
    fill(crm, 8)
    pages = list(org.everything(NAMES))
    assert sorted(ids(pages)) == [number(each) for each in range(8)]
    assert len(pages) == 3
    assert pages[0].rows[0]["Account.Industry"] == "Energy"
    assert any(path.endswith("/jobs/query") for method, path, _ in crm.calls if method == "POST")


def test_bulk_and_changes_say_the_same_of_every_row(org: SalesforceOrg, crm: FakeSalesforce) -> None:
    fill(crm, 7)
    one = {row["Id"]: row for page in org.everything(NAMES) for row in page.rows}
    two = {row["Id"]: row for page in org.changed(NAMES, None) for row in page.rows}
    assert one == two


@pytest.mark.parametrize("fits", ["queryAll", r"query/c0-3", "results"])
def test_a_session_that_ran_out_is_logged_in_again_and_the_call_repeated(
    org: SalesforceOrg, crm: FakeSalesforce, fits: str
) -> None:
    fill(crm, 8)
    crm.faults.append(Fault(fits, "expired"))
    assert len(ids(list(org.changed([], None)))) == 8
    assert len(ids(list(org.everything([])))) == 8
    assert crm.logins == ["client_credentials"] * 2


@pytest.mark.parametrize("does", ["status 503", "status 429", "drop"])
def test_what_may_pass_is_tried_again(org: SalesforceOrg, crm: FakeSalesforce, does: str) -> None:
    fill(crm, 8)
    crm.faults.append(Fault("query", does, times=3))
    assert len(ids(list(org.changed([], None)))) == 8


def test_half_a_page_and_missing_rows_are_no_end(org: SalesforceOrg, crm: FakeSalesforce) -> None:
    fill(crm, 8)
    crm.faults.append(Fault("query", "half", after=1))
    with pytest.raises(RemoteError, match="the answer cannot be read") as caught:
        list(org.changed([], None))
    assert caught.value.again
    crm.faults = [Fault("results", "half", after=1)]
    with pytest.raises(RemoteError, match=r"came; everything is read again|cannot be read"):
        list(org.everything(NAMES))


@pytest.mark.parametrize("way", ["changed", "history", "everything"])
def test_a_result_that_goes_on_where_it_was_ends_with_a_sentence(
    org: SalesforceOrg, crm: FakeSalesforce, way: str
) -> None:
    fill(crm, 8)
    crm.history = [
        {"OpportunityId": number(1), "Field": "StageName", "NewValue": "Won", "CreatedDate": "x"}
    ] * 8
    crm.stands_still = True
    asked: dict[str, Callable[[], Any]] = {
        "changed": lambda: org.changed([], None),
        "history": lambda: org.history(None),
        "everything": lambda: org.everything(NAMES),
    }
    with pytest.raises(RemoteError, match="goes on where it was") as told:
        list(asked[way]())
    assert told.value.again
    assert len(crm.calls) < 20


@pytest.mark.parametrize(
    ("prepare", "sentence", "again"),
    [
        (lambda crm: setattr(crm, "token", ""), "the login is refused .invalid_client.", False),
        (
            lambda crm: crm.faults.append(Fault("query", "status 400", times=9)),
            "it answers 400 .*not now",
            False,
        ),
        (
            lambda crm: crm.faults.append(Fault("query", "expired", times=9)),
            "the session runs out at once",
            False,
        ),
        (
            lambda crm: crm.faults.append(Fault("query", "status 503", times=99)),
            "answers 503|does not answer",
            True,
        ),
    ],
)
def test_what_does_not_pass_is_said_in_a_sentence_without_a_secret(
    org: SalesforceOrg, crm: FakeSalesforce, prepare, sentence: str, again: bool
) -> None:
    prepare(crm)
    with pytest.raises(RemoteError, match=sentence) as caught:
        list(org.changed([], None))
    assert caught.value.again is again
    assert "canary" not in str(caught.value)


def test_fields_that_do_not_exist_are_named_linked_ones_too(org: SalesforceOrg) -> None:
    missing, known = org.missing(["Amount", "Amuont", "Account.Industry", "Account.Size", "Owner.Name"])
    assert missing == ["Amuont", "Account.Size", "Owner.Name"]
    assert "Amount" in known


def test_history_comes_where_it_is_kept(org: SalesforceOrg, crm: FakeSalesforce) -> None:
    told = {"OpportunityId": number(1), "Field": "StageName", "NewValue": "Closed Won"}
    crm.history = [{**told, "CreatedDate": "2026-03-01T00:00:00.000+0000"} for _ in range(4)]
    assert len(list(org.history(None))) == 4
    assert next(org.history(START))["property"] == "StageName"
    crm.history = None
    assert list(org.history(None)) == []


def test_a_key_proves_the_login_by_a_signed_assertion(crm: FakeSalesforce) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    fill(crm, 1)
    with serving(crm) as address:
        login = Login(domain="acme.my", client_id="id", username="ops@acme.example", private_key=pem)
        assert len(ids(list(SalesforceOrg(login, session=to(address)).changed([], None)))) == 1
    assert crm.logins == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]


def test_a_watermark_that_is_no_id_never_reaches_a_query(org: SalesforceOrg) -> None:
    with pytest.raises(RemoteError, match="no Salesforce id"):
        list(org.changed([], Watermark(modified_at=START, id="x' OR Name != '")))
