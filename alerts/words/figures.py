"""Numbers, money and days as one reader is used to seeing them.

The sentences of the mails are English. Figures are the reader's own: decimal and grouping signs, days and months by
name, short amounts of money ("1,1 Mio. USD") and ranges of days follow the locale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_compact_decimal, format_decimal

NBSP = "\u00a0"
MINUS = "\u2212"
SAME_YEAR = timedelta(days=300)
"""How far back a day is understood without its year."""
MONTH_FIRST = frozenset({"US", "FM", "MH", "PW"})
UNKNOWN = "unknown"
SMALL_CHANGE = 0.03  # changes under three points are told to a tenth of a point
SMALL_COUNT = 10.0
_WORDS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_MILLION, _THOUSAND = 1_000_000, 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Writes figures for one reader. `today` is the last day of the data: days long before it carry their year."""

    locale: str
    today: date

    def number(self, value: float, digits: int = 0) -> str:
        """`value` with exactly `digits` decimals; "unknown" if it is none.

        >>> Figures(locale="de", today=date(2026, 9, 20)).number(1234.56, 1)
        '1.234,6'
        >>> Figures(locale="en", today=date(2026, 9, 20)).number(float("nan"))
        'unknown'
        """
        if not math.isfinite(value):
            return UNKNOWN
        rounded = round(value, digits) + 0.0  # no minus zero
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        said = format_decimal(abs(rounded), format=pattern, locale=_known(self.locale))
        return f"{MINUS}{said}" if rounded < 0 else said

    def percent(self, rate: float, digits: int = 0) -> str:
        r"""A rate of 0..1.

        >>> Figures(locale="en", today=date(2026, 9, 20)).percent(0.314)
        '31\xa0%'
        """
        return f"{self.number(100 * rate, digits)}{NBSP}%" if math.isfinite(rate) else UNKNOWN

    def points(self, change: float, digits: int = 0) -> str:
        r"""A difference of two rates, without its sign.

        >>> figures = Figures(locale="en", today=date(2026, 9, 20))
        >>> figures.points(-0.09), figures.points(0.01), figures.points(0.014, 1)
        ('9\xa0points', '1\xa0point', '1.4\xa0points')
        """
        said = self.number(abs(100 * change), digits)
        return f"{said}{NBSP}{'point' if said == '1' else 'points'}"

    def count(self, value: float) -> str:
        """Deals, as counted or per week: whole numbers from ten on."""
        return self.number(value, 0 if abs(value) >= SMALL_COUNT or value == int(value) else 1)

    def money(self, amount: Decimal, currency: str) -> str:
        r"""An amount to two or three places that matter; the currency by its code, where the reader expects it.

        >>> [Figures(locale=l, today=date(2026, 9, 20)).money(Decimal(1_140_000), "USD") for l in ("en", "de", "fr")]
        ['USD\xa01.1M', '1,1\xa0Mio.\xa0USD', '1,1\xa0M\xa0USD']
        """
        said = self.short_money(amount)
        return f"{currency}{NBSP}{said}" if self._english else f"{said}{NBSP}{currency}"

    def short_money(self, amount: Decimal) -> str:
        """An amount without its currency: the second of two."""
        value = float(amount)
        size = abs(value)
        if not math.isfinite(value):
            return UNKNOWN
        for unit, sign in ((_MILLION * _THOUSAND, "B"), (_MILLION, "M"), (_THOUSAND, "K")):
            if size >= 0.9995 * unit:
                digits = 1 if size < 9.95 * unit and unit > _THOUSAND else 0
                return (
                    self.number(value / unit, digits) + sign
                    if self._english
                    else self._compact(value, digits)
                )
        return self.number(value)

    def _compact(self, value: float, digits: int) -> str:
        """An amount as the locale shortens it: "1,1 Mio.", "620 mil"; whole where it does not shorten it."""
        said = format_compact_decimal(abs(value), fraction_digits=digits, locale=_known(self.locale))
        short = NBSP.join(said.split())
        return (
            f"{MINUS if value < 0 else ''}{short}" if not short.isdigit() else self.number(round(value, -3))
        )

    def day(self, day: date) -> str:
        r"""A day; its year is named where it could be taken for another.

        >>> today, april = date(2026, 9, 20), date(2026, 4, 6)
        >>> [Figures(locale=locale, today=today).day(april) for locale in ("en", "en_US", "fr", "de", "es")]
        ['6\xa0April', 'April\xa06', '6\xa0avril', '6.\xa0April', '6\xa0de\xa0abril']
        >>> figures = Figures(locale="en", today=today)
        >>> figures.day(date(2025, 12, 1)), figures.day(date(2025, 10, 1))
        ('1\xa0December', '1\xa0October\xa02025')
        """
        locale = _known(self.locale)
        if not self._english:
            far = self._far(day)
            said = format_date(day, "long", locale) if far else format_skeleton("MMMMd", day, locale=locale)
            return NBSP.join(said.split())
        pattern = "MMMM d" if self._month_first else "d MMMM"
        if self._far(day):
            pattern += ", y" if self._month_first else " y"
        return format_date(day, pattern, locale="en").replace(" ", NBSP)

    def month(self, day: date, *, short: bool = False) -> str:
        """The month of a day: "April", or "November 2025"; `short`: "Apr"."""
        pattern = ("LLL" if short else "LLLL") + (" y" if self._far(day) else "")
        return NBSP.join(
            format_date(day, pattern, locale="en" if self._english else _known(self.locale)).split()
        )

    def between(self, first: date, last: date) -> str:
        r"""Two days, the month said once where it is the same.

        >>> first, last = date(2026, 9, 14), date(2026, 9, 20)
        >>> [Figures(locale=locale, today=last).between(first, last) for locale in ("en", "fr")]
        ['14 to 20\xa0September', '14\xa0septembre – 20\xa0septembre']
        """
        if first == last:
            return self.day(first)
        if not self._english:
            return f"{self.day(first)} – {self.day(last)}"
        same_month = (first.year, first.month) == (last.year, last.month)
        if same_month and self._month_first:
            return f"{self.day(first).partition(',')[0]} to {self.day(last).partition(NBSP)[2]}"
        return f"{first.day} to {self.day(last)}" if same_month else f"{self.day(first)} to {self.day(last)}"

    @property
    def _english(self) -> bool:
        """Whether days and money are written the English way: also where letters run the other way than the text."""
        locale = _known(self.locale)
        return bool(locale.language == "en" or locale.text_direction == "rtl")

    def _far(self, day: date) -> bool:
        """Whether the day needs its year: of another year, and not just lately or just ahead."""
        return day.year != self.today.year and not timedelta() <= self.today - day <= SAME_YEAR

    @property
    def _month_first(self) -> bool:
        return _known(self.locale).territory in MONTH_FIRST


@lru_cache(maxsize=64)
def _known(code: str) -> Locale:
    """The locale of a code; plain English for one that nobody knows."""
    try:
        return Locale.parse(code.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale.parse("en")


def digits_of(before: float, after: float) -> int:
    """Decimals at which a pair of rates and their difference are told.

    None, unless the change is small or the rounded figures would not add up.

    >>> digits_of(0.31, 0.22), digits_of(0.094, 0.112), digits_of(0.306, 0.224)
    (0, 1, 1)
    """
    if not (math.isfinite(before) and math.isfinite(after)):
        return 0
    change = after - before
    adds_up = round(100 * after) - round(100 * before) == round(100 * change)
    return 0 if adds_up and abs(change) >= SMALL_CHANGE else 1


def in_words(number: int) -> str:
    """A small number as a word, a larger one in digits.

    >>> in_words(2), in_words(40)
    ('two', '40')
    """
    return _WORDS[number] if 0 <= number < len(_WORDS) else f"{number}"


def how_often(years: float) -> str:
    """How rarely noise does this: at most once in `years` years.

    >>> how_often(2.4), how_often(1.0), how_often(0.5), how_often(63), how_often(4000)
    ('once in two years', 'once a year', '2 times a year', 'once in 60 years', 'less than once in 100 years')
    """
    if math.isnan(years) or years <= 0:
        return "now and then"
    if years < 1:
        times = max(1, math.ceil(round(1 / years, 6)))
        return "once a year" if times == 1 else f"{times} times a year"
    if years >= 100:
        return "less than once in 100 years"
    whole = int(years) if years < 13 else int(years / 5) * 5
    return "once a year" if whole == 1 else f"once in {in_words(whole)} years"


def weeks(number: int) -> str:
    r"""A number of weeks.

    >>> weeks(1), weeks(8)
    ('1\xa0week', '8\xa0weeks')
    """
    return f"{number}{NBSP}{'week' if number == 1 else 'weeks'}"


def joined(parts: list[str]) -> str:
    """Words in a row: "a, b and c".

    >>> joined(["a"]), joined(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""


def few(said: list[str], most: int) -> list[str]:
    """The first `most`, and how many more there are.

    >>> joined(few(["a", "b", "c", "d"], 2))
    'a, b and 2 more'
    """
    rest = len(said) - most
    return [*said[:most], *([f"{rest} more"] if rest > 0 else [])]


def opening(sentence: str) -> str:
    """`sentence` with a capital first letter, its other letters as they are."""
    return sentence[:1].upper() + sentence[1:]
