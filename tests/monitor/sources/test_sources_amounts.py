"""Numbers and money: whole notations only, exact to the last decimal."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from monitor.sources.amounts import currency_of, mark, money, number, share


def one(expression: pl.Expr, text: str) -> object:
    return pl.DataFrame({"text": [text]}).select(expression).item()


def amount(text: str, decimal: str = ".") -> object:
    return one(money(pl.col("text"), decimal), text)


@pytest.mark.parametrize(
    "text, decimal, expected",
    [
        ("1200", ".", "1200"),
        ("1200.5", ".", "1200.5"),
        ("1,200.50", ".", "1200.50"),
        ("1,234,567", ".", "1234567"),
        ("1 234 567.8", ".", "1234567.8"),
        ("1\u202f234,5", ",", "1234.5"),
        ("1.200,50", ",", "1200.50"),
        ("1.200", ",", "1200"),
        ("1.200", ".", "1.2"),
        ("1'200.50", ".", "1200.50"),
        ("-4200.0", ".", "-4200"),
        ("(1,200)", ".", "-1200"),
        ("($1,200)", ".", "-1200"),
        ("- 12", ".", "-12"),
        ("−12", ".", "-12"),
        ("+12", ".", "12"),
        (".5", ".", "0.5"),
        ("12.", ".", "12"),
        ("0", ".", "0"),
        ("1.5E+05", ".", "150000"),
        ("1e-3", ".", "0.001"),
        ("$1,200", ".", "1200"),
        ("1.200,00 €", ",", "1200"),
        ("EUR 300", ".", "300"),
        ("300 EUR", ".", "300"),
        ("US$ 12.5", ".", "12.5"),
        ("99999999999999999999.999999", ".", "99999999999999999999.999999"),
    ],
)
def test_money_is_read_exactly(text: str, decimal: str, expected: str) -> None:
    assert amount(text, decimal) == Decimal(expected)


@pytest.mark.parametrize(
    "text, decimal",
    [
        ("1,20", "."),
        ("1,2000", "."),
        ("12,34,567", "."),
        ("1.200,50", "."),
        ("1,200.50", ","),
        ("1.20.3", ","),
        ("1200.50", ","),
        ("1..2", "."),
        ("NaN", "."),
        ("nan", "."),
        ("inf", "."),
        ("-Infinity", "."),
        ("1e400", "."),
        ("1e", "."),
        ("12x", "."),
        ("0x1F", "."),
        ("1_000", "."),
        ("--12", "."),
        ("()", "."),
        ("$", "."),
        ("EUR 300 USD", "."),
        ("12 50", "."),
        ("", "."),
        ("twelve", "."),
        ("½", "."),
        ("١٢", "."),
    ],
)
def test_what_is_not_wholly_a_number_is_none(text: str, decimal: str) -> None:
    assert amount(text, decimal) is None
    assert one(number(pl.col("text"), decimal), text) is None


def test_numbers_are_finite_and_amounts_have_an_end() -> None:
    assert amount("1" * 40) is None
    assert one(number(pl.col("text"), "."), "1e308") == 1e308
    assert one(number(pl.col("text"), "."), "1e309") is None


@pytest.mark.parametrize(
    "text, expected",
    [("0.15", 0.15), ("15 %", 0.15), ("15%", 0.15), ("-2.5%", -0.025), ("1", 1.0), ("%", None)],
)
def test_a_share_may_be_written_in_percent(text: str, expected: float | None) -> None:
    assert one(share(pl.col("text"), "."), text) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("$12", "$"),
        ("12 €", "€"),
        ("EUR 3", "EUR"),
        ("usd 3", "usd"),
        ("CA$3", "CA$"),
        ("12", None),
        ("1e5", None),
    ],
)
def test_the_mark_of_a_currency_is_found(text: str, expected: str | None) -> None:
    assert one(mark(pl.col("text")), text) == expected


def test_a_mark_means_the_companys_currency_where_it_can() -> None:
    assert currency_of("$", "USD") == "USD"
    assert currency_of("$", "AUD") == "AUD"
    assert currency_of("$", "EUR") == "USD"
    assert currency_of("€", "USD") == "EUR"
    assert currency_of("¥", "CNY") == "CNY"
    assert currency_of("chf", "USD") == "CHF"
    assert currency_of("abc", "USD") is None
