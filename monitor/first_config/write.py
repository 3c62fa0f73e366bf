"""The draft as a commented leftturn.yaml that can be used as it is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from monitor.first_config.accounts import Accounts
from monitor.first_config.columns import NAMES
from monitor.first_config.draft import Draft
from monitor.first_config.files import Table
from monitor.first_config.outcomes import snake
from monitor.first_config.values import Dates, date_order

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_ ./-]*[A-Za-z0-9_]|[A-Za-z]")
WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"}
WORTH_HAVING = {
    "created_at": "deals created are counted by it; without it volume is counted on the day of decision",
    "amount": "money is told by it, and with list_amount prices",
    "list_amount": "with it (or discount, a share) LeftTurn watches prices; without, it is blind to them",
    "owner": "without it a single team cannot be told from the market",
    "account": "without it nothing can be joined from accounts",
    "loss_reason": "supports a verdict, never carries one",
}


def yaml_text(draft: Draft, out: Path) -> str:
    """The configuration of `draft`, with paths relative to the folder of `out`."""
    return "\n".join(_lines(draft, out)) + "\n"


def _lines(draft: Draft, out: Path) -> Iterator[str]:
    yield "# Written by `leftturn init` from " + ", ".join(table.name for table in _tables(draft)) + "."
    yield "# Every guess has a comment. Look it over, then run `leftturn check`: it shows what the rows came to."
    yield from (f"# NOTE {note}" for note in draft.notes)
    yield ""
    yield from _company(draft)
    yield "database: sqlite:///leftturn.db"
    yield ""
    yield "sources:"
    yield from _deals(draft, out)
    for accounts in draft.accounts:
        yield from _account_source(accounts, out)
    for table in draft.unused:
        yield f"  # {table.name} is not used: it names no accounts of the deals, and nothing else can be joined"
    yield ""
    yield from _motions(draft)
    yield from _profile(draft)
    yield from _segments(draft)
    yield "# Without `metrics`, win rate, fit to the profile, volume and discount are watched, as far as files tell"
    yield "# them. Naming some replaces these; each costs a part of the budget. Further kinds: price_realisation,"
    yield "# price_per_unit, deal_size, cycle_time, stalled, no_decision, loss_reasons."
    yield "# metrics: {win_rate: {matters_if: 5 points}, volume: {matters_if: 20 %}, stalled: {matters_if: 8 points}}"
    yield ""
    yield from _mail()


def _tables(draft: Draft) -> list[Table]:
    return [draft.deals, *(accounts.table for accounts in draft.accounts), *draft.unused]


def _company(draft: Draft) -> Iterator[str]:
    yield "company:"
    yield "  name: My company                  # named in every mail"
    yield "  timezone: UTC                     # days and weeks are those of this zone, e.g. America/Los_Angeles"
    currency = draft.currency if draft.currency and re.fullmatch(r"[A-Z]{3}", draft.currency) else "USD"
    yield f"  currency: {currency}                     # the one that totals are said in"
    yield "  fiscal: {starts: january, pattern: months}   # deals crowd at its quarters' ends; or 4-4-5 and such"
    yield "  week_starts: monday               # figures are read by weeks that begin on it"
    yield "  # holidays: US                    # a country, so that its holidays are no surprise to the counts"


def _deals(draft: Draft, out: Path) -> Iterator[str]:
    table = draft.deals
    yield f"  - name: {scalar(_source_name(table))}"
    yield "    role: deals"
    yield f"    type: {table.kind}"
    told = f"a pattern such as deals*{table.path.suffix} works too"
    if table.shown:
        told = f"every file in it; what stands here was guessed from {table.shown.name}"
    yield f"    path: {scalar(_relative(table.path, out))}            # {told}"
    yield "    every: 1 day                    # how often it is read"
    yield "    late_by: 3 days                 # how long a closed deal may take to show up; weeks are judged then"
    yield "    revises: 35 days                # how far back the CRM may still change a deal"
    yield from _format(table, draft.dates, draft.decimal, percent=draft.percent)
    yield "    columns:                        # ours: theirs"
    yield from (f"      {ours}: {scalar(theirs)}" for ours, theirs in draft.columns.items())
    for name, why in WORTH_HAVING.items():
        if name not in draft.columns and not (name == "list_amount" and "discount" in draft.columns):
            yield f"      # {name}: not found; {why}"
    yield "      # others there may be: " + ", ".join(
        name for name in NAMES if name not in draft.columns and name not in WORTH_HAVING
    )
    if draft.attributes:
        yield f"    attributes: {mapping(draft.attributes)}"
    for column, value in draft.closed.items():
        wanted = "{missing: false}" if value is None else scalar(value)
        yield f"    where: {{{scalar(column)}: {wanted}}}   # closed deals; an open one is not won either"
    yield from _outcome(draft)


def _source_name(table: Table) -> str:
    """The sheet of a workbook with several, since several of them may be sources; else the file."""
    return snake(table.sheet or table.path.stem)


def _format(table: Table, dates: Dates, decimal: str, *, percent: bool = False) -> Iterator[str]:
    told = []
    if table.kind == "csv":
        delimiter = "tab" if table.delimiter == "\t" else table.delimiter
        told = [f"encoding: {table.encoding}", f"delimiter: {json.dumps(delimiter)}"]
    told += [f"sheet: {scalar(table.sheet)}"] if table.sheet else []
    told += [f'decimal: "{decimal}"', f"dates: {scalar(dates.order)}", "timezone: UTC"]
    told += ["discounts: percent"] if percent else []
    told += [f"header: {table.header}"] if table.header else []
    told += [f"footer: {table.footer}"] if table.footer else []
    yield f"    format: {{{', '.join(told)}}}"
    if table.footer:
        yield f"    # footer: the last {table.footer} lines are totals or remarks, so they are taken for no rows"
    if not dates.sure:
        other = "day_first" if dates.order == "month_first" else "month_first"
        yield f"    # AMBIGUOUS: no date in the file tells month from day; if 03/04 is wrong so, write {other}"


def _outcome(draft: Draft) -> Iterator[str]:
    if draft.stage is None:
        yield "    outcome: won                    # no column of stages was found: every row counts as a won deal"
        return
    if not draft.stages_read:
        yield f"    # NONE of the labels of {_comment(draft.stage)} reads like a win: move each to what it means;"
        yield "    # classes are won, lost, no_decision, disqualified, open and ignore. Until then no deal is won."
    yield "    outcome:                        # what each stage means; the counts are those of the file"
    yield f"      column: {scalar(draft.stage)}"
    for kind, labels in draft.outcomes.items():
        tally = ", ".join(f"{label} {count:,}" for label, count in labels.items())
        yield f"      {kind}: {listing(labels)}  # {_comment(tally)}"
    if "no_decision" not in draft.outcomes:
        yield "      # no_decision: [...]          # deals that nobody won, if you record those"


def _account_source(accounts: Accounts, out: Path) -> Iterator[str]:
    table = accounts.table
    yield f"  - name: {scalar(_source_name(table))}"
    yield "    role: accounts"
    yield f"    type: {table.kind}"
    yield f"    path: {scalar(_relative(table.path, out))}"
    yield from _format(table, date_order(table, []), ".")
    yield f"    key: {scalar(accounts.key)}                    # knows {accounts.matched:.0%} of the deals' accounts"
    yield f"    attributes: {mapping(accounts.attributes)}"


def _motions(draft: Draft) -> Iterator[str]:
    if draft.motions:
        pairs = ", ".join(f"{motion}: {listing(labels)}" for motion, labels in draft.motions.items())
        yield "# Win rate counts new business only: renewals would swamp it."
        yield f"motions: {{{pairs}}}"
        yield ""


def _profile(draft: Draft) -> Iterator[str]:
    yield "# The strategic customer profile: whom you want to win. It is yours to write; without it LeftTurn cannot"
    yield "# tell a changed market from a changed aim."
    if not draft.typical:
        yield "# Nothing in the files is clearly more frequent among won deals than among all that were decided."
        yield ""
        return
    yield "# What won deals in these files have more often than all decided ones (who buys, not yet whom you want):"
    yield "# profile:"
    yield "#   - effective: 2020-01-01"
    yield "#     criteria:"
    for typical in draft.typical:
        yield (
            f"#       - {{name: {scalar(typical.attribute)}, where: {{{typical.attribute}: "
            f"{listing(typical.values)}}}, weight: 1}}  # {typical.won_share:.0%} of won, "
            f"{typical.decided_share:.0%} of decided"
        )
    yield "#     tiers: {A: 0.6, B: 0.3}"
    yield "#     core: [A]"
    yield ""


def _segments(draft: Draft) -> Iterator[str]:
    names = [*draft.attributes, *(name for accounts in draft.accounts for name in accounts.attributes)]
    others = [name for name in names if name not in draft.segments]
    if draft.segments:
        yield "# Watched apart, beside the company as a whole; each costs a part of the budget."
        yield f"segments: {listing(draft.segments)}"
    if others:
        yield f"# segments could also be: {', '.join(others)}"
    yield ""


def _mail() -> Iterator[str]:
    yield "attention: {false_alarms_per_year: 0.5}   # over everything watched: the price of leadership's attention"
    yield ""
    yield "mail:"
    yield '  from: "LeftTurn <leftturn@example.com>"   # an address that your server lets send'
    yield "  folder: mails                     # .eml and .html files; or smtp: {host: ..., username: ..., ...}"
    yield ""
    yield "people:                             # leaders: inflections, digest; ops: operations, such as stale data"
    yield "  - {email: you@example.com, receives: [inflections, digest, operations]}"
    yield ""
    yield 'digest: {day: monday, at: "07:30"}    # on each reader\'s own clock'
    yield ""
    yield "backup: {folder: backups, keep: 7}       # every night; `leftturn restore FILE` is the way back"
    yield "# privacy: {keep: 5 years}              # deals that were over before are erased every night; else never"
    yield "# The pages; with a url the buttons of mails lead to them, and both secrets come from the environment:"
    yield '# console: {bind: "127.0.0.1:8615", url: "https://leftturn.example.com", token_env: LEFTTURN_TOKEN,'
    yield "#           signing_key_env: LEFTTURN_KEY}"
    yield "# heartbeat: {url_env: LEFTTURN_HEARTBEAT_URL, every: 5 minutes}   # asked for only while all is well"


def scalar(text: str) -> str:
    """A text as YAML, quoted where it would read as anything else.

    >>> scalar("close_date"), scalar("No"), scalar("a: b")
    ('close_date', '"No"', '"a: b"')
    """
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def listing(values: Iterable[str]) -> str:
    """A flow sequence."""
    return "[" + ", ".join(scalar(value) for value in values) + "]"


def mapping(pairs: Mapping[str, str]) -> str:
    """A flow mapping."""
    return "{" + ", ".join(f"{scalar(key)}: {scalar(value)}" for key, value in pairs.items()) + "}"


def _comment(text: str) -> str:
    return " ".join(text.split())[:160]


def _relative(path: Path, out: Path) -> str:
    """The path as seen from the configuration's folder, which is how it is read back."""
    return Path(os.path.relpath(path.resolve(), out.resolve().parent)).as_posix()


def summary(draft: Draft, out: Path) -> Sequence[str]:
    """What was understood, in a few sentences."""
    said = [
        f"{draft.deals.name}: {draft.deals.frame.height:,} deals, {len(draft.columns)} columns understood"
    ]
    said += [
        f"{each.table.name}: accounts by {each.key}, {each.matched:.0%} of the deals' accounts known"
        for each in draft.accounts
    ]
    said += [f"{table.name}: not used, it cannot be joined to the deals" for table in draft.unused]
    if not draft.dates.sure:
        said.append(f"dates are taken as {draft.dates.order}: nothing in the file says so; see the comment")
    said += draft.notes
    said.append(f"{out} written; look it over, then run: leftturn check --config {out}")
    return said
