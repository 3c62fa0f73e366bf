"""The command line: every command, its options, and nothing else. What a command does is in monitor/commands.

A command's module is imported when the command runs: `--help` is quick, and `check` loads no statistics.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from monitor import errors

app = typer.Typer(
    name="leftturn",
    help="Watches a company's sales for a strategic inflection point and tells leadership once.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Config = Annotated[Path, typer.Option("--config", help="The configuration file.", show_default=True)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit 4 when something was found.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress, no remarks.")]
DEFAULT = Path("leftturn.yaml")


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where the demo company, its mails and its digest go.")] = Path(
        "demo"
    ),
    seed: Annotated[int, typer.Option(help="Another seed is another company.", min=0)] = 1,
    quiet: Quiet = False,
) -> None:
    """A simulated company, two years replayed; its mails and digest written and shown."""
    from monitor.commands.demo import demo as run

    raise typer.Exit(run(out, seed=seed, quiet=quiet))


@app.command()
def init(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Exports of the CRM: deals, accounts, whatever there is; or a drop folder of them."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The configuration to write.")] = DEFAULT,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write a commented leftturn.yaml from the columns and values of the given files."""
    from monitor.commands.init import init as run

    raise typer.Exit(run(files, out=out, force=force, quiet=quiet))


@app.command()
def check(config: Config = DEFAULT, json: Json = False, quiet: Quiet = False) -> None:
    """Look over configuration, sources, reconciliation, mail and next runs; store and send nothing."""
    from monitor.commands.check import check as run

    raise typer.Exit(run(config, as_json=json, quiet=quiet))


@app.command()
def run(config: Config = DEFAULT) -> None:
    """Run the daemon: read, judge and mail whenever it is due, until it is told to stop."""
    from monitor.commands.run import run as start

    raise typer.Exit(start(config))


@app.command()
def once(
    config: Config = DEFAULT,
    as_of: Annotated[str | None, typer.Option(help="Act as if it were the end of this day.")] = None,
    json: Json = False,
    exit_code: ExitCode = False,
    quiet: Quiet = False,
) -> None:
    """One tick: read what is due, judge what is complete, deliver what waits."""
    from monitor.commands.once import once as run

    raise typer.Exit(run(config, as_of=as_of, as_json=json, exit_code=exit_code, quiet=quiet))


@app.command()
def backtest(
    config: Config = DEFAULT,
    start: Annotated[
        str | None, typer.Option("--from", help="First day; earlier history is learned from.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last day, inclusive.")] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", help="key=value: another setting; repeatable.")
    ] = None,
    json: Json = False,
    exit_code: ExitCode = False,
    quiet: Quiet = False,
) -> None:
    """What would have been sent, week by week, on the data as they were known then."""
    from monitor.commands.backtest import backtest as run

    code = run(
        config, start=start, end=end, changes=change or [], as_json=json, exit_code=exit_code, quiet=quiet
    )
    raise typer.Exit(code)


@app.command()
def digest(
    config: Config = DEFAULT,
    as_of: Annotated[str | None, typer.Option(help="The digest as of this day; default today.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write it there (.eml, .html or .txt); default: show it.")
    ] = None,
) -> None:
    """Show or write the weekly digest; nothing is sent."""
    from monitor.commands.digest import digest as run

    raise typer.Exit(run(config, as_of=as_of, out=out))


@app.command()
def scan(
    file: Annotated[
        Path, typer.Argument(help="A CSV file with a time, a value and maybe a number n behind it.")
    ],
    json: Json = False,
    exit_code: ExitCode = False,
) -> None:
    """Change points of any time,value[,n] table."""
    from monitor.commands.scan import scan as run

    raise typer.Exit(run(file, as_json=json, exit_code=exit_code))


@app.command()
def power(config: Config = DEFAULT, json: Json = False, quiet: Quiet = False) -> None:
    """How soon a change is found at this company's volume, and how large one must be to be found sooner."""
    from monitor.commands.power import power as run

    raise typer.Exit(run(config, as_json=json, quiet=quiet))


@app.command()
def tune(config: Config = DEFAULT, json: Json = False, quiet: Quiet = False) -> None:
    """Proposals for budget, sizes, segments and learning, each with its price on this company's own history."""
    from monitor.commands.tune import tune as run

    raise typer.Exit(run(config, as_json=json, quiet=quiet))


@app.command()
def status(config: Config = DEFAULT, json: Json = False) -> None:
    """Last runs, freshness of the sources, open inflections, what is due next, mail waiting."""
    from monitor.commands.status import status as run

    raise typer.Exit(run(config, as_json=json))


@app.command()
def explain(
    id: Annotated[str, typer.Argument(help="The inflection, as status and the mails name it; or a deal.")],
    config: Config = DEFAULT,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the evidence to a page that needs nothing else."),
    ] = None,
    json: Json = False,
) -> None:
    """Everything known about one inflection: findings, shares, dates and notices. Of a deal: its tier, and why."""
    from monitor.commands.explain import explain as run

    raise typer.Exit(run(config, id, as_json=json, html=html))


@app.command()
def outbox(
    config: Config = DEFAULT,
    send: Annotated[
        str | None, typer.Option(metavar="ID", help="Send a mail again that was given up or held back.")
    ] = None,
    json: Json = False,
) -> None:
    """Mails: waiting, sent, held back, given up."""
    from monitor.commands.outbox import outbox as run

    raise typer.Exit(run(config, send=send, as_json=json))


@app.command()
def quarantine(
    config: Config = DEFAULT,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    limit: Annotated[int, typer.Option(help="How many rows to show.", min=1)] = 50,
    json: Json = False,
) -> None:
    """Rows that were set aside, with file, row, column and reason."""
    from monitor.commands.quarantine import quarantine as run

    raise typer.Exit(run(config, source=source, limit=limit, as_json=json))


@app.command()
def batches(
    batch: Annotated[
        str | None, typer.Argument(help="A batch, as check and the console name it: its deals.")
    ] = None,
    config: Config = DEFAULT,
    json: Json = False,
) -> None:
    """What the data can bear: deals and effective deals of each series, and the batches that cost most."""
    from monitor.commands.batches import batches as run

    raise typer.Exit(run(config, batch, as_json=json))


By = Annotated[str | None, typer.Option("--by", help="Who does it; default: the user logged in.")]


@app.command()
def ack(
    id: Annotated[str, typer.Argument(help="The inflection, as status and the mails name it.")],
    decision: Annotated[str, typer.Option(help="act, watch, reject or known.")] = "act",
    owner: Annotated[str, typer.Option(help="Who takes it on; default: who says so.")] = "",
    look_again: Annotated[
        str | None, typer.Option(help="The day to look again; default: in four weeks.")
    ] = None,
    note: Annotated[str, typer.Option(help="A word for the record.")] = "",
    feedback: Annotated[
        str | None, typer.Option(help="Instead of a decision: true, not_useful or known.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the decision that stands back.")] = False,
    by: By = None,
    config: Config = DEFAULT,
    json: Json = False,
) -> None:
    """Acknowledge an inflection: what is decided, who takes it on, when to look again."""
    from monitor.commands.ack import Wish
    from monitor.commands.ack import ack as run

    wish = Wish(
        decision=decision, owner=owner, look_again=look_again, note=note, feedback=feedback, undo=undo
    )
    raise typer.Exit(run(config, id, wish, by=by, as_json=json))


@app.command()
def silence(
    id: Annotated[str | None, typer.Argument(help="An inflection; or --metric or --where.")] = None,
    metric: Annotated[str | None, typer.Option(help="Whatever begins in this metric.")] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="Whatever begins in this segment: region=EMEA; repeatable.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; kept, and shown to everybody.")] = "",
    until: Annotated[str | None, typer.Option(help="Its last day; default: in 30 days.")] = None,
    long: Annotated[bool, typer.Option("--long", help="Allow more than 30 days.")] = False,
    end: Annotated[int | None, typer.Option(help="End the silence of this number.")] = None,
    by: By = None,
    config: Config = DEFAULT,
    json: Json = False,
) -> None:
    """Silence an inflection, a metric or a segment for a while; end a silence; without anything, list them."""
    from monitor.commands.silence import Wish
    from monitor.commands.silence import silence as run

    wish = Wish(id=id, metric=metric, where=where or [], reason=reason, until=until, long=long, end=end)
    raise typer.Exit(run(config, wish, by=by, as_json=json))


@app.command()
def accept(
    run: Annotated[
        str | None, typer.Argument(help="The run that holds data back; without it, list them.")
    ] = None,
    reason: Annotated[str, typer.Option(help="A word for the record.")] = "",
    by: By = None,
    config: Config = DEFAULT,
    json: Json = False,
) -> None:
    """Accept data that are held back: deals missing all at once are gone, a week without fresh deals is whole."""
    from monitor.commands.accept import accept as start

    raise typer.Exit(start(config, run, reason=reason, by=by, as_json=json))


@app.command()
def backup(
    config: Config = DEFAULT,
    out: Annotated[Path | None, typer.Option(help="Another folder than the configured one.")] = None,
    json: Json = False,
) -> None:
    """Take a whole, checked copy of the database now, beside a working daemon."""
    from monitor.commands.backup import backup as run

    raise typer.Exit(run(config, out=out, as_json=json))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `leftturn backup` made.")],
    config: Config = DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; what stands there now is kept.")] = False,
    json: Json = False,
) -> None:
    """Put a backup in the place of the database; what stood there is kept. Stop the daemon first."""
    from monitor.commands.backup import restore as run

    raise typer.Exit(run(config, file, yes=yes, as_json=json))


@app.command()
def doctor(config: Config = DEFAULT, json: Json = False) -> None:
    """Examine what LeftTurn runs on: versions, database, disk, clocks, mail server, backups, schedule."""
    from monitor.commands.doctor import doctor as run

    raise typer.Exit(run(config, as_json=json))


mail = typer.Typer(help="The mails themselves.", no_args_is_help=True)
app.add_typer(mail, name="mail")


@mail.command()
def samples(
    out: Annotated[Path, typer.Option(help="The folder to write them into.")],
    locale: Annotated[str, typer.Option(help="The reader's language: of dates and figures.")] = "en",
    timezone: Annotated[str, typer.Option(help="The reader's zone: of the mails' dates.")] = "UTC",
) -> None:
    """Write every kind of mail with every verdict as .eml, .html and .txt, and a page that leads to them."""
    from monitor.commands.mail import samples as run

    raise typer.Exit(run(out, locale=locale, timezone=timezone))


@app.command()
def console(config: Config = DEFAULT) -> None:
    """Serve the pages without the daemon's ticking, until it is told to stop."""
    from monitor.commands.console import console as run

    raise typer.Exit(run(config))


@app.command()
def forget(
    account: Annotated[str | None, typer.Option(help="A customer, as the source names it.")] = None,
    owner: Annotated[str | None, typer.Option(help="A person: owner, creator or closer of deals.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = DEFAULT,
    json: Json = False,
) -> None:
    """Erase a customer or a person from everything that is kept; says what that comes to, and asks."""
    from monitor.commands.forget import forget as run

    raise typer.Exit(run(config, account=account, owner=owner, yes=yes, as_json=json))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code; whatever goes wrong is one line on stderr."""
    sys.exit(exit_code(arguments))


def exit_code(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        code = app(args=arguments, prog_name="leftturn", standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return errors.FAILED
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the flush at exit is silent
        return 0
    except Exception as error:
        return errors.report(error)
    return code if isinstance(code, int) else 0
