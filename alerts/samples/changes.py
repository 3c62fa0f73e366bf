"""One open alert of each verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from alerts.samples.company import COMPANY, FOOTNOTES, chart, finding
from alerts.types import SHARES, Alert, Breadth, Interval, KnownCause, Size, Verdict

_BEGAN, _BETWEEN = date(2026, 4, 6), (date(2026, 3, 16), date(2026, 5, 4))
_CORE = {"tier": "core"}

_MARKET_SHIFT = Alert(
    id="20260608-win-rate-3fa2b1",
    company=COMPANY,
    verdict="market_shift",
    form="choose_others",
    direction="down",
    state="open",
    opened_on=date(2026, 9, 21),
    started_on=_BEGAN,
    started_between=_BETWEEN,
    findings=(
        finding("win_rate", "rate", 0.31, 0.22, (-0.13, -0.05), _CORE),
        finding("win_rate", "rate", 0.288, 0.222, (-0.101, -0.031)),
    ),
    shares={"market": -0.06, "mix": -0.02, "price": None, "people": -0.01, "recording": None},
    share_intervals={
        "market": Interval(low=-0.10, high=-0.05),
        "mix": Interval(low=-0.03, high=-0.005),
        "price": None,
        "people": Interval(low=-0.02, high=0.004),
        "recording": None,
    },
    breadth=Breadth(dimension="region", moved=9, of=11),
    one_place=None,
    years_per_false_alarm=2.3,
    size=Size(
        deals=-47.0,
        deals_between=Interval(low=-68.0, high=-26.0),
        money=Decimal(-1_120_000),
        money_between=(Decimal(-1_630_000), Decimal(-620_000)),
        currency="USD",
    ),
    ruled_out=(
        "a change in which customers we sell to",
        "a single team, region or product",
        "deeper discounts",
        "many deals closed in one go by one person: they count as about one",
    ),
    known_causes=(
        KnownCause(on=date(2026, 2, 1), name="New price list", says="began_after", weeks=9),
        KnownCause(on=date(2026, 5, 11), name="Clean-up of the CRM", says="began_before", weeks=-5),
    ),
    cannot_see=("a rival's launch", "why single customers decided as they did"),
    withdraw_if="it stays above 26 % for 8 weeks",
    next_step="Call five core accounts that were lost since then, and ask what they chose instead.",
    charts=(
        chart("win rate, core", "rate", 0.31, 0.22, _BEGAN, spread=0.055, between=_BETWEEN),
        chart("win rate", "rate", 0.288, 0.222, _BEGAN, spread=0.045, between=_BETWEEN),
    ),
    data_to=date(2026, 9, 20),
    decisions=960,
    effective_decisions=812.4,
    footnotes=FOOTNOTES,
)


def _of(verdict: Verdict, **changes: object) -> Alert:
    none: dict[str, object] = {
        "verdict": verdict,
        "form": None,
        "breadth": None,
        "size": None,
        "shares": dict.fromkeys(SHARES),
        "share_intervals": dict.fromkeys(SHARES),
        "known_causes": (),
    }
    return replace(_MARKET_SHIFT, **{**none, **changes})  # type: ignore[arg-type]


def alerts() -> dict[Verdict, Alert]:
    """One open alert of each verdict."""
    june, in_june = date(2026, 6, 3), (date(2026, 5, 10), date(2026, 6, 24))
    march, in_march = date(2026, 3, 2), (date(2026, 2, 9), date(2026, 3, 30))
    logistics = {"industry": "Logistics"}
    return {
        "market_shift": _MARKET_SHIFT,
        "left_turn": _of(
            "left_turn",
            id="20260803-volume-7c1d90",
            direction="up",
            started_on=june,
            started_between=in_june,
            findings=(
                finding("volume", "count", 14.2, 41.0, (18.5, 35.1), logistics),
                finding("win_rate", "rate", 0.24, 0.37, (0.02, 0.24), logistics),
                finding("discount", "discount", 0.11, 0.06, (-0.08, -0.02), logistics),
            ),
            one_place=logistics,
            size=Size(
                deals=348.4,
                deals_between=Interval(low=240.5, high=456.3),
                money=None,
                money_between=None,
                currency="USD",
            ),
            ruled_out=("one seller alone: 9 sellers, 3 regions and 33 accounts moved", "deeper discounts"),
            cannot_see=("whether they renew",),
            withdraw_if="it stays below 28 deals a week for 8 weeks",
            next_step="Talk to six of the new customers: why they came, and what they would have bought otherwise.",
            charts=(
                chart("volume, Logistics", "count", 14.2, 41, june, spread=3.8, between=in_june),
                chart("win rate, Logistics", "rate", 0.24, 0.37, june, spread=0.09, between=in_june),
            ),
        ),
        "focus_drift": _of(
            "focus_drift",
            id="20260525-fit-mix-0a9e44",
            started_on=march,
            started_between=in_march,
            findings=(finding("fit_mix", "share", 0.58, 0.46, (-0.16, -0.08)),),
            shares={**dict.fromkeys(SHARES), "market": 0.01, "mix": -0.13},
            share_intervals={
                **dict.fromkeys(SHARES),
                "market": Interval(low=-0.02, high=0.03),
                "mix": Interval(low=-0.16, high=-0.1),
            },
            ruled_out=("core customers turning away", "deeper discounts"),
            withdraw_if="it stays above 52 % for 8 weeks",
            next_step="Decide with the head of sales which deals outside the profile to stop taking.",
            charts=(chart("fit mix", "share", 0.58, 0.46, march, spread=0.05, between=in_march),),
        ),
        "price_erosion": _of(
            "price_erosion",
            id="20260713-discount-51bc02",
            direction="up",
            started_on=june,
            started_between=in_june,
            findings=(finding("discount", "discount", 0.094, 0.138, (0.026, 0.061)),),
            shares={**dict.fromkeys(SHARES), "mix": 0.008, "price": 0.036},
            share_intervals={
                **dict.fromkeys(SHARES),
                "mix": Interval(low=-0.002, high=0.014),
                "price": Interval(low=0.024, high=0.049),
            },
            breadth=Breadth(dimension="product", moved=4, of=5),
            ruled_out=("a single team, region or product",),
            withdraw_if="it stays below 12 % for 8 weeks",
            next_step="Look at the ten deepest discounts since then, and who approved them.",
            charts=(chart("discount", "discount", 0.094, 0.138, june, spread=0.018, between=in_june),),
        ),
        "commodity_drift": _of(
            "commodity_drift",
            id="20260601-fit-mix-88e0c7",
            started_on=march,
            started_between=in_march,
            findings=(
                finding("fit_mix", "share", 0.58, 0.45, (-0.17, -0.09)),
                finding("discount", "discount", 0.09, 0.13, (0.02, 0.06)),
            ),
            shares={**dict.fromkeys(SHARES), "market": -0.01, "mix": -0.12},
            share_intervals={
                **dict.fromkeys(SHARES),
                "market": Interval(low=-0.03, high=0.01),
                "mix": Interval(low=-0.15, high=-0.09),
            },
            agree=2,
            ruled_out=(),
            withdraw_if="it stays above 52 % for 8 weeks",
            next_step="Decide which deals outside the profile to stop discounting for.",
            charts=(
                chart("fit mix", "share", 0.58, 0.45, march, spread=0.05, between=in_march),
                chart("discount", "discount", 0.09, 0.13, june, spread=0.018, between=in_june),
            ),
        ),
        "internal": _of(
            "internal",
            id="20260706-win-rate-e71f3a",
            findings=(finding("win_rate", "rate", 0.33, 0.22, (-0.16, -0.06), {"region": "EMEA"}),),
            shares={**dict.fromkeys(SHARES), "market": -0.11},
            share_intervals={**dict.fromkeys(SHARES), "market": Interval(low=-0.16, high=-0.06)},
            one_place={"region": "EMEA"},
            size=Size(
                deals=-14.0,
                deals_between=Interval(low=-20.0, high=-8.0),
                money=Decimal(-310_000),
                money_between=(Decimal(-450_000), Decimal(-170_000)),
                currency="USD",
            ),
            ruled_out=(),
            withdraw_if="it stays above 28 % for 8 weeks",
            next_step="Ask the head of sales what changed there.",
            charts=(chart("win rate, EMEA", "rate", 0.33, 0.22, _BEGAN, spread=0.08, between=_BETWEEN),),
        ),
        "recording": _of(
            "recording",
            id="20260608-win-rate-91aa0d",
            ruled_out=(),
            next_step="Ask operations what changed in the CRM.",
        ),
        "shock": _of(
            "shock",
            id="20260504-volume-2b60f8",
            started_on=date(2026, 4, 20),
            started_between=(date(2026, 4, 13), date(2026, 4, 27)),
            findings=(finding("volume", "count", 61.3, 42.0, (-26.0, -12.0)),),
            ruled_out=(),
            withdraw_if=None,
            next_step="Nothing to do; it is over.",
            charts=(chart("volume", "count", 61.3, 61.3, None, spread=7.0),),
        ),
        "unclear": _of(
            "unclear",
            id="20260615-win-rate-c4d2e9",
            findings=(finding("win_rate", "rate", 0.288, 0.236, (-0.09, -0.015)),),
            shares={**dict.fromkeys(SHARES), "market": -0.031, "mix": -0.021},
            share_intervals={
                **dict.fromkeys(SHARES),
                "market": Interval(low=-0.07, high=0.01),
                "mix": Interval(low=-0.05, high=0.01),
            },
            ruled_out=("many deals closed in one go by one person: they count as about one",),
            next_step="Look at twenty lost deals since then, before deciding anything.",
            charts=(chart("win rate", "rate", 0.288, 0.236, _BEGAN, spread=0.045, between=_BETWEEN),),
        ),
    }
