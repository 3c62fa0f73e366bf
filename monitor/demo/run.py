"""The demo: a simulated company lives through its two years with LeftTurn beside it.

The export is written once; then the ordinary application ticks as it would have, with the clock moved from one
Thursday, on which a week is ready to be judged, to the Monday of its digest, and on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from config import load
from monitor.app import App
from monitor.demo.company import Plant, Planted
from monitor.demo.export import CONFIGURATION, DEALS, TRUTH, write_company
from monitor.demo.score import Found, Score, score
from monitor.ledger import Inflection
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.store import open_store
from monitor.store.ledger import load_ledger
from monitor.wall_clock import first_instant

if TYPE_CHECKING:
    from config import Settings
    from monitor.report import Report
    from monitor.show import Progress

A_MINUTE = timedelta(minutes=1)
WEEK = timedelta(weeks=1)
LEFTOVERS = ("leftturn.db", "leftturn.db-wal", "leftturn.db-shm")

Say = Callable[[str], None]


def run_demo(
    out: Path, seed: int, say: Say, progress: Progress | None = None, program: str = "leftturn"
) -> Score:
    """Simulate the company of `seed` in `out`, replay it, and say what was found beside what was planted.

    Files of an earlier demo in `out` are replaced. Returns the score.
    """
    planted = write_company(out, seed=seed)
    _clear(out)
    settings = load(out / CONFIGURATION, environ={})
    say(f"{settings.company.name}, seed {seed}: {_rows(out / DEALS):,} rows of deals in {out / DEALS}")
    say(f"{planted.first_day} to {planted.last_day}, replayed as the weeks would have come ...")
    reports = list(_live_through(settings, planted, say, progress))
    inflections = _inflections(settings)
    result = score(planted.changes, inflections)
    _say_score(result, settings, say)
    _say_where(out, settings, reports, inflections, say, program)
    return result


def _clear(out: Path) -> None:
    """Remove the store and the mails of an earlier demo."""
    for name in LEFTOVERS:
        (out / name).unlink(missing_ok=True)
    outbox = out / "outbox"
    if outbox.is_dir():
        for suffix in (".eml", ".html"):
            for mail in outbox.glob(f"*{suffix}"):
                mail.unlink()


def _rows(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1


def _live_through(
    settings: Settings, planted: Planted, say: Say, progress: Progress | None
) -> Iterator[Report]:
    """Tick through the company's time and say what the first reader is told; yields what each tick did."""
    reader = settings.people[0].email
    instants = list(moments(settings, planted))
    now = instants[0]
    app = App.build(settings, lambda: now)
    for position, now in enumerate(instants):
        report = app.tick(now)
        for mail in report.delivered:
            if mail.kind == "alert" and mail.to == reader:
                say(f"{now.date()}  to {reader}: {mail.subject}")
        yield report
        if progress:
            progress("weeks lived through", position + 1, len(instants))


def moments(settings: Settings, planted: Planted) -> Iterator[datetime]:
    """A minute after each week is ready, and a minute after the digest of that week is due.

    From the first week that may be judged to the last of the export.
    """
    plan, zone = plan_of(settings), settings.company.timezone
    week = planted.first_day + WEEK * settings.attention.learning
    while week <= planted.last_day:
        yield ready_at(plan, week) + A_MINUTE
        yield (
            first_instant(zone, datetime.combine(_digest_day(settings, week), settings.digest.at)) + A_MINUTE
        )
        week += WEEK


def _digest_day(settings: Settings, week: date) -> date:
    """The day of the digest that covers `week`: the first one after the week is ready."""
    ready = ready_at(plan_of(settings), week).date() + timedelta(days=1)
    return ready + timedelta(days=(settings.digest.day - ready.weekday()) % 7)


def _inflections(settings: Settings) -> list[Inflection]:
    with open_store(settings.database, create=False) as store, store.read() as conn:
        return load_ledger(conn).inflections


def _say_score(result: Score, settings: Settings, say: Say) -> None:
    say("")
    for one in result.found:
        say(f"Planted: {_planted(one.plant)}")
        say(f"Found:   {_found(one)}")
    allowed = settings.attention.false_alarms_per_year
    for inflection in result.further:
        say(f"Beside what was planted: {_inflection(inflection)}")
    if not result.further:
        say(f"Nothing else was alerted, of {allowed:g} false alarms a year that the budget allows.")


def _planted(plant: Plant) -> str:
    ends = f" to {plant.ends}" if plant.ends else ""
    points = f"{abs(plant.size) * 100:.0f} points"
    way = "down" if plant.size < 0 else "up"
    return f"{plant.verdict}: {plant.metric} {way} {points} from {plant.begins}{ends}"


def _found(one: Found) -> str:
    if one.inflection is None:
        return "nothing"
    dated = "the day planted lies between" if one.dated else "the day planted does not lie between"
    return f"{_inflection(one.inflection)}; {dated}; {one.weeks} weeks after it began"


def _inflection(inflection: Inflection) -> str:
    headline = inflection.headline
    low, high = headline.started_between
    place = ", ".join(value for _, value in headline.key.segment)
    metric = f"{headline.key.metric} ({place})" if place else headline.key.metric
    return (
        f"{inflection.cause.verdict}: {metric} {_figure(headline.before)} to {_figure(headline.after)}, alerted "
        f"{inflection.opened_on}, began about {headline.started_on} ({low} to {high})"
    )


def _figure(value: float) -> str:
    return f"{100 * value:.0f} %" if abs(value) <= 1 else f"{value:.0f}"


def _say_where(
    out: Path,
    settings: Settings,
    reports: list[Report],
    inflections: list[Inflection],
    say: Say,
    program: str,
) -> None:
    sent = sum(mail.state == "sent" for report in reports for mail in report.delivered)
    reader = settings.people[0].email.partition("@")[0]
    pages = sorted((settings.mail.folder or out).glob(f"*-{reader}-*.html"))
    alerts = [page for page in pages if "-alert-" in page.name]
    digests = [page for page in pages if "-digest-" in page.name]
    config = out / CONFIGURATION
    say("")
    say(f"{sent} mails lie in {out / 'outbox'} as .eml and .html.")
    say(f"What {settings.people[0].email} was told, and the newest digest, to open in a browser:")
    for page in (*alerts, *digests[-1:]):
        say(f"  {out / 'outbox' / page.name}")
    say(f"What was planted is in {out / TRUTH}; {config} is the configuration.")
    say("")
    say("Next, look behind an alert:")
    say(f"  {program} explain {inflections[-1].id if inflections else 'ID'} --config {config}")
    say("or begin with your own deals:")
    say(f"  {program} init your-deals.csv")
