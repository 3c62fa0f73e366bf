"""Which of a file's columns is which of ours: by the names that CRM exports use, checked against the values.

The names are those of Salesforce, HubSpot, Pipedrive and Dynamics exports and of plain spreadsheets, in English
and the languages of `languages`, compared without blanks, marks, accents and case; the first that fits wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from monitor.first_config.files import Table
from monitor.first_config.languages import HEADERS, folded
from monitor.first_config.languages import STAGES as STAGES_ABROAD
from monitor.first_config.values import (
    CODES,
    are_dates,
    are_numbers,
    are_shares,
    are_unique,
    kinds,
    name_rows,
)

NAMES: Mapping[str, tuple[str, ...]] = {
    "deal_id": (
        *("opportunityid", "dealid", "recordid", "opportunityid18", "id", "opportunitynumber", "dealnumber"),
        *("hsobjectid", "opportunity", "deal", "orderid", "salesordernumber", "ordernumber", "invoiceid"),
    ),
    "order": (
        "orderid",
        "ordernumber",
        "salesordernumber",
        "salesorder",
        "order",
        "invoicenumber",
        "quoteid",
    ),
    "modified_at": (
        *("systemmodstamp", "lastmodifieddate", "lastmodified", "lastmodifiedat", "modifiedon", "modifiedat"),
        *("updatetime", "updatedat", "hslastmodifieddate", "lastupdated"),
    ),
    "account": (
        *("accountid", "account", "accountname", "associatedcompany", "associatedcompanyids", "companyid"),
        *("company", "companyname", "organization", "organisation", "orgid", "customerid", "customer"),
        *("customername", "potentialcustomer", "parentaccountid", "client", "resellerkey", "customerkey"),
        *("organizationname", "organisationname"),
    ),
    "owner": (
        *("opportunityowner", "ownerid", "owner", "dealowner", "hubspotownerid", "salesagent", "salesrep"),
        *("salesperson", "accountexecutive", "agent", "rep", "seller", "user", "employeekey"),
    ),
    "creator": ("createdbyid", "createdby", "creator", "creatorid", "hscreatedbyuserid"),
    "closed_by": ("closedby", "closedbyid", "wonby"),
    "created_at": (
        *("createddate", "createdate", "createdat", "createdon", "dealcreated", "created", "creationdate"),
        *("addtime", "engagedate", "opendate", "openeddate", "startdate", "datecreated"),
        *("dateopened", "opened"),
    ),
    "qualified_at": ("qualifiedat", "qualifiedon", "qualifieddate", "datequalified", "sqldate"),
    "closed_at": (
        *("closedate", "closedat", "closedon", "closeddate", "actualclosedate", "dealclosedon", "dateclosed"),
        *(
            "closetime",
            "decisiondate",
            "wontime",
            "orderdate",
            "invoicedate",
            "salesdate",
            "saledate",
            "date",
        ),
    ),
    "amount": (
        *(
            "tcv",
            "contractvalue",
            "totalcontractvalue",
            "annualcontractvalue",
            "netamount",
            "netprice",
            "netvalue",
            "dealsize",
        ),
        *("acv", "amount", "closevalue", "dealamount", "actualrevenue", "actualvalue", "value", "dealvalue"),
        *("salesamount", "totalprice", "revenue", "estimatedvalue", "estrevenue", "arr", "price", "total"),
        *("ordervalue", "salesvalue", "bookingvalue", "bookingamount", "bookings", "expectedrevenue", "mrr"),
    ),
    "list_amount": (
        "listamount",
        "listprice",
        "listvalue",
        "grossamount",
        "grossvalue",
        "catalogprice",
        "catalogvalue",
    ),
    "discount": ("discount", "discountpercent", "discountpct", "discountrate"),
    "quantity": (
        "quantity",
        "orderquantity",
        "seats",
        "users",
        "licenses",
        "units",
        "totalopportunityquantity",
    ),
    "term_months": ("termmonths", "term", "contractterm", "contractmonths", "contracttermmonths"),
    "currency": (
        "currencyisocode",
        "currency",
        "currencyofvalue",
        "dealcurrencycode",
        "transactioncurrencyid",
    ),
    "pipeline": ("pipeline", "pipelinename", "salesprocess"),
    "motion": ("dealtype", "opportunitytype", "type", "businesstype", "motion"),
    "channel": ("channel", "saleschannel", "route", "routetomarket"),
    "competitor": ("competitor", "maincompetitor", "maincompetitors", "primarycompetitor", "lostto"),
    "loss_reason": (
        *("lossreason", "lostreason", "closedlostreason", "reasonlost", "reasonforloss", "closelostreason"),
    ),
    "deleted": ("isdeleted", "deleted", "archived"),
}
STAGES = (
    *("status", "stage", "stagename", "dealstage", "opportunitystage", "salesstage", "outcome", "result"),
    *("statuscode", "statecode", "statusreason", "phase"),
    *STAGES_ABROAD,
)
WON_FLAGS = ("iswon", "won", "wonflag", "hsisclosedwon", "isclosedwon")
CLOSED_FLAGS = ("isclosed", "closed", "closedflag", "hsisclosed")
YES, NO = ("true", "yes", "1", "y", "ja", "oui", "si"), ("false", "no", "0", "n", "nein", "non")
WON_OR_LOST = ("won", "lost")
BEHIND = re.compile(rf"\s*(\([^()]*\)|\[[^\[\]]*\]|[ _]({CODES}))\s*$")
"""A remark or a currency behind a header: Amount (converted), Betrag [EUR], Value USD."""
PREFIXES = ("deal", "opportunity", "opp", "hs")
FEW = 60
DEEPEST = 4
"""So many spellings of a header are tried, the whole one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The column that says whether a deal is won, its two labels, and the column that says whether it is closed."""

    won: str
    yes: str
    no: str
    closed: str | None


Fits = Callable[[Table, str], bool]


def _few(table: Table, column: str) -> bool:
    return 1 <= kinds(table, column) <= FEW


def _any(table: Table, column: str) -> bool:
    return len(table.cells(column)) > 0


FITS: Mapping[str, Fits] = {
    "deal_id": name_rows,
    "modified_at": are_dates,
    "created_at": are_dates,
    "qualified_at": are_dates,
    "closed_at": are_dates,
    "amount": are_numbers,
    "list_amount": are_numbers,
    "discount": are_shares,
    "quantity": are_numbers,
    "term_months": are_numbers,
    "currency": _few,
    "pipeline": _few,
    "motion": _few,
    "channel": _few,
    "deleted": _few,
}
"""What the values must be for the name to be believed."""


def plain(header: str) -> str:
    """A header without what differs between exports.

    >>> plain("Deal - Lost Reason"), plain("Loss_Reason__c"), plain("Date de clôture")
    ('deallostreason', 'lossreason', 'datedecloture')
    """
    return re.sub(r"[^a-z0-9]", "", re.sub(r"__c$", "", folded(header.strip())))


def spellings(header: str) -> tuple[str, ...]:
    """The header's plain form, then without the object's name in front, then both without what stands behind.

    >>> spellings("Deal - Value"), spellings("Amount (converted)"), spellings("Amount USD")
    (('dealvalue', 'value'), ('amountconverted', 'amount'), ('amountusd', 'amount'))
    """
    forms = [plain(header), plain(BEHIND.sub("", header))]
    short = [form.removeprefix(prefix) for form in forms for prefix in PREFIXES if form.startswith(prefix)]
    return tuple(dict.fromkeys(form for form in (forms[0], *short, forms[1]) if form))


def by_name(table: Table, names: tuple[str, ...], fits: Fits, taken: set[str]) -> str | None:
    """The first column, in the order of `names`, that is called so and whose values fit."""
    for depth in range(DEEPEST):
        known = {
            spellings(column)[depth]: column
            for column in reversed(table.columns)
            if depth < len(spellings(column))
        }
        for name in names:
            column = known.get(name)
            if column is not None and column not in taken and fits(table, column):
                return column
    return None


def account_columns(table: Table, taken: set[str]) -> list[str]:
    """Every column whose name says that it names the account."""
    names = {*NAMES["account"], *HEADERS.get("account", ())}
    return [
        column
        for column in table.columns
        if column not in taken and names.intersection(spellings(column)) and _any(table, column)
    ]


def map_columns(table: Table, stage: str | None) -> dict[str, str]:
    """Ours to theirs, for all that is found; the stage column is left out."""
    found: dict[str, str] = {}
    taken = {stage} if stage else set()
    for ours, names in NAMES.items():
        theirs = by_name(table, (*names, *HEADERS.get(ours, ())), FITS.get(ours, _any), taken)
        if theirs is not None:
            found[ours] = theirs
            taken.add(theirs)
    _fill_gaps(table, found, taken)
    if "list_amount" in found:
        found.pop("discount", None)  # it follows from the two amounts
        if "amount" not in found:
            del found["list_amount"]
    return {ours: found[ours] for ours in NAMES if ours in found}


def _fill_gaps(table: Table, found: dict[str, str], taken: set[str]) -> None:
    """What no name told, the values may: a column of unique names, and days."""
    free = [column for column in table.columns if column not in taken]
    if "deal_id" not in found:
        unique = [column for column in free if are_unique(table, column) and not are_dates(table, column)]
        if unique:
            found["deal_id"] = unique[0]
            taken.add(unique[0])
    days = [column for column in free if column not in taken and are_dates(table, column)]
    if "closed_at" not in found and days:
        found["closed_at"] = days[-1]
        taken.add(days[-1])


def stage_column(table: Table, won_and_lost: Callable[[list[str]], tuple[bool, bool]]) -> str | None:
    """The column that says how deals stand: few values, of which one is a win, better one a loss as well."""
    ranked: list[tuple[int, int, str]] = []
    for position, column in enumerate(table.columns):
        if not 2 <= kinds(table, column) <= FEW or are_dates(table, column) or are_numbers(table, column):
            continue
        won, lost = won_and_lost(table.cells(column).unique().to_list())
        named = any(spelling in STAGES for spelling in spellings(column))
        if won and (lost or named):
            ranked.append((-int(lost) * 2 - int(named), position, column))
    return min(ranked)[2] if ranked else None


def flags(table: Table) -> Flags | None:
    """Columns that say yes or no to "won" and to "closed", as CRMs keep beside stages; None without them."""
    yes_or_no = {
        plain(column): column
        for column in table.columns
        if {folded(cell) for cell in table.cells(column).unique().to_list()} <= {*YES, *NO}
    }
    won = next((yes_or_no[name] for name in WON_FLAGS if name in yes_or_no), None)
    labels = {} if won is None else {folded(cell): cell for cell in table.cells(won).unique().to_list()}
    if won is None or len(labels) != len(WON_OR_LOST):
        return None
    closed = next((yes_or_no[name] for name in CLOSED_FLAGS if name in yes_or_no), None)
    yes, no = sorted(labels, key=lambda label: label in NO)
    return Flags(won=won, yes=labels[yes], no=labels[no], closed=closed)


def unread_stages(table: Table) -> str | None:
    """A column that is called as stages are, though none of its labels reads like a win; None without one."""
    return next(
        (
            column
            for column in table.columns
            if any(spelling in STAGES for spelling in spellings(column))
            and 2 <= kinds(table, column) <= FEW
            and not are_dates(table, column)
            and not are_numbers(table, column)
        ),
        None,
    )
