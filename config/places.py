"""Zones, countries, currencies, languages and mail addresses: names that others define, checked where written."""

from __future__ import annotations

import codecs
import re
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
    from holidays import list_supported_countries  # type: ignore[attr-defined, unused-ignore]

    return frozenset(list_supported_countries())


def _zone(name: str) -> str:
    if name in _zones():
        return name
    last = {zone.rpartition("/")[2]: zone for zone in sorted(_zones(), reverse=True)}
    city = name.replace(" ", "_").rpartition("/")[2]
    whole = did_you_mean(name, _zones())
    near = whole or did_you_mean(city, last)
    for short, full in last.items():
        near = near.replace(f"mean {short}?", f"mean {full}?")
    raise refuse(f"{shown(name)} is no time zone; write one such as Europe/Paris{near}")


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
    if not ADDRESS.fullmatch(address) or (address != text and name.replace("\\", "") != written.replace("\\", "")):
        raise refuse(f'{shown(text)} is no sender; write "LeftTurn <leftturn@acme.example>"')
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
Encoding = Annotated[Text, AfterValidator(_encoding)]
