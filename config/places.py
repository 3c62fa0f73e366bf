"""Zones, countries, currencies, languages and mail addresses: names that others define, checked where written."""

from __future__ import annotations

import codecs
import re
from difflib import get_close_matches
from email.utils import parseaddr
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator

from config.kinds import Text
from config.refusal import did_you_mean, refuse, shown

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""One address in plain ASCII: what cannot be taken for two recipients or for a header."""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _currencies() -> frozenset[str]:
    from babel.numbers import list_currencies

    return frozenset(list_currencies())


@cache
def _countries() -> frozenset[str]:
    from holidays.registry import COUNTRIES  # the list alone: naming them loads every country's module

    return frozenset(code for entry in COUNTRIES.values() for code in entry if code.isupper())


def _zone(name: str) -> str:
    if name in _zones():
        return name
    near = did_you_mean(name, sorted(_zones())) or _of_city(name.replace(" ", "_").rpartition("/")[2])
    raise refuse(f"{shown(name)} is no time zone; write one such as Europe/Paris{near}")


def _of_city(city: str) -> str:
    """The suggestion of the zone that ends in the city, or in one spelt nearly so."""
    zones = {zone.rpartition("/")[2].casefold(): zone for zone in sorted(_zones(), reverse=True)}
    near = get_close_matches(city.casefold(), zones, n=1, cutoff=0.6)
    return f" (did you mean {zones[near[0]]}?)" if near else ""


def _currency(code: str) -> str:
    if code in _currencies():
        return code
    raise refuse(
        f"{shown(code)} is no currency; write its three letters such as USD{did_you_mean(code, _currencies())}"
    )


def _country(code: str) -> str:
    if code in _countries():
        return code
    raise refuse(
        f"{shown(code)} is no country whose holidays are known; write its two letters such as US"
        f"{did_you_mean(code, _countries())}"
    )


def _language(code: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse(code.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        raise refuse(f"{shown(code)} is no language; write one such as en, en_GB or fr") from None
    return code


def _address(text: str) -> str:
    if not ADDRESS.fullmatch(text):
        raise refuse(f"{shown(text)} is no single mail address such as ceo@acme.example")
    return text


def _sender(text: str) -> str:
    name, address = parseaddr(text)
    written = text.removesuffix(f"<{address}>").strip().strip('"')
    if not ADDRESS.fullmatch(address) or (
        address != text and name.replace("\\", "") != written.replace("\\", "")
    ):
        raise refuse(f'{shown(text)} is no sender; write "LeftTurn <leftturn@acme.example>"')
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:-]+|\[[0-9A-Fa-f:.]+\]", text):  # not quoted: it may hold a password
        raise refuse("is no host; write the server's name alone, such as smtp.acme.example")
    return text


def _encoding(name: str) -> str:
    try:
        found = codecs.lookup(name)
        "".encode(found.name)  # refuses base64 and the like, which are no encodings of text
    except (LookupError, ValueError, UnicodeError):
        raise refuse(f"{shown(name)} is no text encoding; write one such as utf-8 or cp1252") from None
    return found.name


Zone = Annotated[Text, AfterValidator(_zone)]
Currency = Annotated[Text, AfterValidator(_currency)]
Country = Annotated[Text, AfterValidator(_country)]
Language = Annotated[Text, AfterValidator(_language)]
Address = Annotated[Text, AfterValidator(_address)]
Sender = Annotated[Text, AfterValidator(_sender)]
Host = Annotated[Text, AfterValidator(_host)]
Encoding = Annotated[Text, AfterValidator(_encoding)]
