"""Why nothing is said: each reason its own sentence, since "nothing moved" is not "we could not look"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts import safe_text

SENTENCES: Mapping[str, str] = {
    "learning": "Still learning what is usual here; nothing is judged until then.",
    "too_few_deals": "Too few deals to tell a change from chance.",
    "stale_data": "No fresh data, so this week could not be judged.",
    "held": "On hold: this week's data did not look sound, and are judged once they do.",
    "stable": "",
    "too_small": "",
}
OF_ALL: Mapping[str, str] = {
    "learning": "we are still learning what is usual",
    "too_few_deals": "there are too few deals",
    "stale_data": "there is no fresh data",
    "held": "the data did not look sound and are on hold",
}
NOT_SENT: Mapping[str, str] = {
    "shock": "a blip of a few weeks, now over",
    "too_small": "a change, but smaller than what matters to you",
    "recording": "a change in how deals are recorded, told to operations",
    "not_for_leadership": "not of the market, told to operations",
    "too_old": "older than our watch; it lies in the past",
    "unchanged": "told already, and nothing new",
    "never_told": "over before anybody was told",
    "ending": "the end of a change that was told before",
    "nobody_asked": "nobody asked to be told of this",
    "silenced": "silenced by you",
    "acknowledged": "somebody is on it already",
    "known_cause": "explained by something on record",
}
ON_THE_WAY = (
    (0.29, "a quarter of the way to an alert"),
    (0.42, "a third of the way to an alert"),
    (0.58, "half way to an alert"),
    (0.71, "two thirds of the way to an alert"),
    (0.9, "three quarters of the way to an alert"),
)


def sentence(why: str | None) -> str:
    """The sentence for a metric that cannot be judged; nothing for one that can."""
    return "" if why is None else SENTENCES.get(why, f"Not judged: {_plain(why)}.")


def of_all(whys: Sequence[str | None]) -> str:
    """Why nothing at all could be judged, in a clause."""
    if not whys:
        return "no metric has any data yet"
    reasons = list(dict.fromkeys(why for why in whys if why is not None))
    return " and ".join(OF_ALL.get(why, _plain(why)) for why in reasons) or "no reason is on record"


def not_sent(reason: str) -> str:
    """Why something that was seen was not sent."""
    return NOT_SENT.get(reason, _plain(reason))


def way_to_alert(share: float) -> str:
    """How far something watched is from an alert.

    >>> way_to_alert(0.33), way_to_alert(0.95)
    ('a third of the way to an alert', 'close to an alert')
    """
    if share < 0.2:
        return "far from an alert"
    return next((words for most, words in ON_THE_WAY if share < most), "close to an alert")


def _plain(reason: str) -> str:
    return safe_text.clean(reason.replace("_", " "), 80)
