"""How an error reaches the person who ran a command: one clear line and an exit code, never a traceback.

usage, configuration    2   every problem of the configuration on its own line, with file, line and column
another daemon active   3
any other known error   1   the rooms' own errors are sentences: they say what is wrong and how to mend it
what nobody foresaw     1   "internal error"; the traceback with LEFTTURN_DEBUG=1 only
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator

ROOMS = {"alerts", "config", "detectors", "monitor"}
FAILED, USAGE, ANOTHER_DAEMON, FOUND = 1, 2, 3, 4


class UsageError(ValueError):
    """What was asked for on the command line cannot be; the sentence says why."""


def report(error: BaseException) -> int:
    """Print `error` on stderr and return the exit code it means."""
    if os.environ.get("LEFTTURN_DEBUG") == "1":
        traceback.print_exception(error)
    for line in lines(error):
        print(line, file=sys.stderr)
    return exit_code(error)


def exit_code(error: BaseException) -> int:
    """The exit code that `error` means; by the error's name, so that no room is imported to ask."""
    name = type(error).__name__
    if name in {"ConfigError", "UsageError"} or hasattr(error, "format_message"):
        return USAGE
    return ANOTHER_DAEMON if name == "AnotherDaemon" else FAILED


def lines(error: BaseException) -> Iterator[str]:
    """What `error` says to a person, each line whole in itself."""
    problems = getattr(error, "problems", None)
    if problems:
        yield from (str(problem) for problem in problems)
    elif hasattr(error, "format_message"):  # the command-line library's own errors
        yield f"leftturn: {one_line(error.format_message())} (see leftturn --help)"
    elif type(error).__module__.partition(".")[0] in ROOMS:
        yield f"leftturn: {one_line(str(error))}"
    elif isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        yield f"leftturn: {place}{error.strerror or error}"
    elif (
        driver := getattr(error, "orig", None)
    ) is not None:  # SQLAlchemy: not its statement, only the cause
        yield f"leftturn: database: {one_line(str(driver))}"
    else:
        detail = one_line(f"{type(error).__name__}: {error}")
        yield f"leftturn: internal error: {detail} (LEFTTURN_DEBUG=1 shows where; nothing half done was kept)"


def one_line(text: str) -> str:
    """`text` with every run of white space and line ends made one blank."""
    return " ".join(text.split())
