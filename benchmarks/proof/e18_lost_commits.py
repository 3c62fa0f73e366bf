"""E18: the server dies, and a replica takes over that lacks what was committed last; what is told again says so.

Two PostgreSQL servers, the second following the first by streaming replication. It is cut off; LeftTurn lives through
some more weeks on the first, in one of them a change is found and mailed; then the first is killed and the second
promoted. In every other trial LeftTurn goes on in the process that saw all of it, which remembers more than the
database by then, in the others in a new one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from company import Company, export, monday
from figures import Figure, Size, at_least, none
from postgres import Server, server
from sqlalchemy import URL

from config import Settings

TRIALS: dict[Size, int] = {"short": 1, "tenth": 3, "long": 12}
BEGIN, CUT_OFF, LOST, END = 13, 16, 22, 24
"""Weeks: the first that is judged, the last of the replica, the last of the first server alone, the end."""


@dataclass(slots=True)
class _Tally:
    lacked: int = 0
    alerts_lacked: int = 0
    lost: int = 0
    copies: int = 0
    unmarked: int = 0
    marked_later: int = 0
    not_told_once: int = 0
    other_inflections: int = 0


def run(size: Size) -> list[Figure]:
    """Failover after failover, each on servers of its own."""
    tally = _Tally()
    for number in range(TRIALS[size]):
        with tempfile.TemporaryDirectory(prefix="leftturn-proof-") as folder:
            _fail_over(Path(folder), number, tally)
    trials = TRIALS[size]
    return [
        at_least("mails that went out and the replica knows nothing of", tally.lacked, trials),
        at_least("alerts among them", tally.alerts_lacked, trials),
        none("alerts that were not made again", tally.lost, tally.alerts_lacked),
        at_least("copies", tally.copies, trials),
        none("copies without X-Possible-Duplicate", tally.unmarked, tally.copies),
        none("mails of later weeks that call themselves copies", tally.marked_later),
        none("failovers after which other inflections were found", tally.other_inflections, trials),
        none("failovers of which operations were not told once", tally.not_told_once, trials),
    ]


def _fail_over(folder: Path, number: int, tally: _Tally) -> None:
    with _two_servers() as (first, second, url):
        company = Company(folder)
        company.write(port=None, lines=export(number))
        settings = company.settings().model_copy(
            update={"database": url.render_as_string(hide_password=False)}
        )
        app = _app(settings)
        _live(app, BEGIN, CUT_OFF)
        first.followed(second)
        second.cut_off()
        _live(app, CUT_OFF + 1, LOST)
        sent, found = _taken(folder), _inflections(settings)
        known = _known(second, url)
        first.stop()
        second.promote()
        if number % 2 == 0:
            app = _app(settings)
        app.tick(monday(LOST))
        app.tick(monday(LOST))
        again = _taken(folder)
        _live(app, LOST + 1, END)
        later = _taken(folder)
        lacked = set(sent) - known
        alerts = {name for name in lacked if "digest" not in name}
        copies = [mail for name, mail in (again | later).items() if name in sent]
        told = [mail for mail in (again | later).values() if "another server" in str(mail["Subject"])]
        tally.lacked += len(lacked)
        tally.alerts_lacked += len(alerts)
        tally.lost += len(alerts - _known(second, url))
        tally.copies += len(copies)
        tally.unmarked += sum(not _marked(mail) for mail in copies)
        tally.marked_later += sum(_marked(mail) for name, mail in later.items() if name not in sent)
        tally.not_told_once += len(told) != 1
        tally.other_inflections += not found or _inflections(settings)[: len(found)] != found


@contextmanager
def _two_servers() -> Iterator[tuple[Server, Server, URL]]:
    """One server, one that follows it, and the URL of a database on whichever of the two can be written to."""
    with server() as first, first.standby() as second:
        first.made("company")
        hosts = ",".join(str(each.url.query["host"]) for each in (first, second))
        query = {"host": hosts, "target_session_attrs": "read-write"}
        yield first, second, first.url.set(database="company", query=query)


def _app(settings: Settings) -> Any:
    from monitor.app import App

    return App.build(settings, lambda: monday(END))


def _live(app: Any, first: int, last: int) -> None:
    for week in range(first, last + 1):
        report = app.tick(monday(week))
        if report.failed:
            raise RuntimeError(f"week {week}: {report.failed}")


def _taken(folder: Path) -> dict[str, Any]:
    """By Message-ID, the mails that went out since the last look."""
    mails = {}
    for file in sorted((folder / "mails").glob("*.eml")):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        mails[str(mail["Message-ID"])] = mail
        file.unlink()
    return mails


def _marked(mail: Any) -> bool:
    return str(mail["X-Possible-Duplicate"]) == "1"


def _known(one: Server, url: URL) -> set[str]:
    """The Message-IDs in the database as this server has it."""
    from sqlalchemy import create_engine, text

    engine = create_engine(one.url.set(database=url.database))
    try:
        with engine.connect() as conn:
            return set(conn.execute(text("SELECT message_id FROM notice")).scalars())
    finally:
        engine.dispose()


def _inflections(settings: Settings) -> list[tuple[Any, ...]]:
    from sqlalchemy import select

    from monitor.store import open_store, tables

    table = tables.inflection.c
    with open_store(settings.database) as store, store.read() as conn:
        rows = conn.execute(select(table.id, table.verdict, table.started_on).order_by(table.id))
        return [tuple(row) for row in rows]
