"""Whether a source in a CRM says where it is, how to log in, and only what a CRM can give."""

from __future__ import annotations

import re
from collections.abc import Iterator

from config.document import Loc, Wrong
from config.settings_sources import Source

CRM = ("salesforce", "hubspot")
SALESFORCE_DOMAIN = re.compile(r"https://([A-Za-z0-9][A-Za-z0-9.-]*)\.salesforce\.com/?")
ADDRESS = re.compile(r"https://[^\s/@]+/?|http://(127\.0\.0\.1|localhost)(:\d+)?/?")
FILES_ONLY = ("path", "url_env", "query", "table")


def check_crm(source: Source, at: Loc) -> Iterator[Wrong]:
    """Everything wrong with where a CRM is and how to log in to it."""
    for name in FILES_ONLY:
        if getattr(source, name) is not None:
            yield (*at, name), f"does not belong to a source of type {source.type}"
    if source.role == "lines" or (source.role == "accounts" and source.type == "hubspot"):
        yield (*at, "role"), f"{source.role} cannot be read from {source.type}"
    if source.login is None:
        yield (*at, "login"), "is missing: how to log in; see docs/crm.md"
    yield from _salesforce(source, at) if source.type == "salesforce" else _hubspot(source, at)


def _salesforce(source: Source, at: Loc) -> Iterator[Wrong]:
    login, here = source.login, (*at, "login")
    if source.url is None or not SALESFORCE_DOMAIN.fullmatch(source.url):
        yield (*at, "url"), "must be your own domain, such as https://acme.my.salesforce.com"
    if login is None:
        return
    if login.client_id_env is None:
        yield (*here, "client_id_env"), "is missing: the variable with the connected app's consumer key"
    if login.token_env is not None or login.token_file is not None:
        yield here, "has a token, which Salesforce does not take"
    by_key = login.username is not None or login.private_key_file is not None
    if (login.client_secret_env is not None) == by_key:
        yield here, "must have client_secret_env, or username and private_key_file, and not both"
    elif by_key and (login.username is None or login.private_key_file is None):
        yield here, "needs username and private_key_file together"


def _hubspot(source: Source, at: Loc) -> Iterator[Wrong]:
    login, here = source.login, (*at, "login")
    if source.url is not None and not ADDRESS.fullmatch(source.url):
        yield (*at, "url"), "must begin with https:// and name a host only"
    if login is None:
        return
    if (login.token_env is None) == (login.token_file is None):
        yield here, "must have token_env or token_file: the access token of a private app"
    for name in ("client_id_env", "client_secret_env", "username", "private_key_file"):
        if getattr(login, name) is not None:
            yield (*here, name), "belongs to a source of type salesforce"
