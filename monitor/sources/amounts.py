"""Numbers and money as files write them: signs, thousands, brackets for a minus, currency marks.

Grouping must be whole, so that 1,20 is no 120 where the comma groups, and 1.200,50 is nothing where it does not
decide. Amounts stay exact.
"""

from __future__ import annotations

import polars as pl

from monitor.types import MONEY

BLANKS = r" \u{a0}\u{202f}\u{2009}'’"
NOTHING = ("n/a", "#n/a", "na", "none", "nil", "-", "--", "–", "—")
"""What stands for no value in a column of numbers or dates, in any case. In a column of names it is a name."""
DOLLARS = frozenset(["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "BRL", "CLP", "COP", "ARS", "TWD"])
MARKS = {
    "$": "USD",
    "US$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "C$": "CAD",
    "CA$": "CAD",
} | {
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "S$": "SGD",
    "HK$": "HKD",
    "R$": "BRL",
    "₩": "KRW",
    "₺": "TRY",
    "zł": "PLN",
    "Kč": "CZK",
}


def number(text: pl.Expr, decimal: str) -> pl.Expr:
    """The text as a Float64; null where it is no finite number."""
    read = _plain(text, decimal).cast(pl.Float64, strict=False)
    return pl.when(read.is_finite()).then(read)


def share(text: pl.Expr, decimal: str, *, in_percent: bool = False) -> pl.Expr:
    """The same for a share, which may be written in percent: with a sign, or in a column that is `in_percent`."""
    percent = text.str.ends_with("%") | in_percent
    read = number(text.str.strip_suffix("%").str.strip_chars(), decimal)
    return pl.when(percent).then(read / 100).otherwise(read)


def money(text: pl.Expr, decimal: str) -> pl.Expr:
    """The text, with a currency's mark or without, as an exact amount; null where it is none."""
    bare = text.str.replace(_MARK, "").str.strip_chars(" \u00a0\u202f")
    plain = _plain(bare, decimal)
    exact = plain.cast(MONEY, strict=False)
    return pl.when(plain.is_not_null()).then(exact)


def plain_money(text: pl.Series, decimal: str) -> bool:
    """Whether a column is written as programs write numbers, so that it can be read at once: nearly all are."""
    return decimal == "." and bool(text.drop_nulls().str.contains(r"^[0-9]{1,30}(?:\.[0-9]{0,6})?$").all())


def mark(text: pl.Expr) -> pl.Expr:
    """The currency's mark in a cell of money, as it stands there; null without one."""
    return text.str.extract(_MARK, 0).str.strip_chars(" \u00a0\u202f")


def currency_of(mark: str, company: str) -> str | None:
    """The currency a mark means to a company: a dollar is its own dollar. None for an unknown mark.

    >>> currency_of("$", "CAD"), currency_of("$", "EUR"), currency_of("eur", "USD"), currency_of("XX$", "USD")
    ('CAD', 'USD', 'EUR', None)
    """
    if mark == "$" and company in DOLLARS:
        return company
    if mark == "¥" and company == "CNY":
        return company
    if mark in MARKS:
        return MARKS[mark]
    code = mark.upper()
    return code if len(code) == 3 and code in _currencies() else None


def _currencies() -> frozenset[str]:
    from babel.numbers import list_currencies

    return frozenset(list_currencies())


_MARK = r"\p{Lu}{0,2}[$€£¥₹₩₺]|[A-Za-z]{3}|zł|Kč"
_EXPONENT = r"(?:[eE][+-]?[0-9]{1,3})?"


def _plain(text: pl.Expr, decimal: str) -> pl.Expr:
    """The number in the notation of programs, null where the text is not written as numbers are."""
    group = "," if decimal == "." else "."
    mark = f"\\{decimal}"
    groups = f"[{group}{BLANKS}]"
    whole = rf"(?:[0-9]+|[0-9]{{1,3}}(?:{groups}[0-9]{{3}})+)"
    shape = rf"^[+\-−]?(?:{whole}(?:{mark}[0-9]*)?|{mark}[0-9]+){_EXPONENT}$"
    inner = text.str.extract(r"^\((.+)\)$", 1)
    signed = pl.when(inner.is_not_null()).then(pl.concat_str(pl.lit("-"), inner)).otherwise(text)
    tidy = signed.str.replace_all(r"^([+\-−])\s+", "$1")
    bare = (
        tidy.str.replace_all(groups, "")
        .str.replace(decimal, ".", literal=True)
        .str.replace("−", "-", literal=True)
    )
    return pl.when(tidy.str.contains(shape)).then(bare)
